//! The trust among clusters: whose workloads each cluster lets in.
//!
//! A workload shows its certificate and cert-chain.pem; its peer looks for a path from there to its
//! own root-cert.pem. The agent sends its own cluster's roots behind the chain, but ztunnel does
//! not (ztunnel src/tls/certificate.rs), so no path here leads through them.
//!
//! A thousand clusters are a million pairs. Few of them differ: what is verified is each chain
//! against each choice of roots that could end it.

mod groups;
mod paths;
mod reading;
mod refusal;
mod roots;

use std::collections::HashMap;

use time::OffsetDateTime;

pub use groups::Group;
pub use refusal::{Reason, Workloads};
pub use roots::{Root, Roots};

use super::cacerts::CacertsFiles;
use super::spiffe::TrustDomain;
use crate::pki::certificate::Certificate;

/// The clusters to be judged.
#[derive(Default)]
pub struct Clusters {
    /// Each certificate once, by its octets.
    known: HashMap<Vec<u8>, Option<CertificateId>>,
    certificates: Vec<Certificate>,
    all: Vec<Cluster>,
    chains: Distinct<Chain>,
    bundles: Distinct<Vec<CertificateId>>,
}

type CertificateId = usize;
type ChainId = usize;
type BundleId = usize;

/// What a cluster shows to others, and what it takes.
struct Cluster {
    name: String,
    /// Without it there is nothing that its workloads could show.
    chain: Option<ChainId>,
    bundle: BundleId,
}

/// What stands behind a workload's certificate.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Chain {
    /// The CA that signs.
    signing: CertificateId,
    /// cert-chain.pem.
    above: Vec<CertificateId>,
}

impl Clusters {
    /// Takes note of the cluster `name` with `files`.
    pub fn add(&mut self, name: String, files: &CacertsFiles) {
        let chain = self.chain(files).map(|chain| self.chains.id_of(chain));
        let roots = self.certificates_of(files.root_cert.as_deref());
        let bundle = self.bundles.id_of(roots);
        self.all.push(Cluster {
            name,
            chain,
            bundle,
        });
    }

    /// Who lets whom in, at the instant `at`. The workloads are of `trust_domain`; without it, of
    /// their CA's own, or Istio's default.
    pub fn judge(self, at: OffsetDateTime, trust_domain: Option<&TrustDomain>) -> Trust {
        let mut trust = Trust {
            at,
            domain: trust_domain.cloned(),
            certificates: self.certificates,
            clusters: self.all,
            chains: self.chains.values,
            bundles: self.bundles.values,
            reached: Vec::new(),
            accepted: Vec::new(),
        };
        trust.verify();
        trust
    }
}

/// Who lets whom in.
pub struct Trust {
    at: OffsetDateTime,
    /// Of the workloads, if it is known.
    domain: Option<TrustDomain>,
    certificates: Vec<Certificate>,
    clusters: Vec<Cluster>,
    chains: Vec<Chain>,
    bundles: Vec<Vec<CertificateId>>,
    /// For each chain the anchors that it was found to lead to, in any cluster.
    reached: Vec<Vec<CertificateId>>,
    /// For each chain the roots that take it, in order.
    accepted: Vec<Vec<BundleId>>,
}

impl Trust {
    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// The instant of the judgement.
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    pub fn name(&self, cluster: usize) -> &str {
        &self.clusters[cluster].name
    }

    /// The certificate of the CA that signs in `cluster`.
    pub fn signing(&self, cluster: usize) -> Option<&Certificate> {
        let chain = self.clusters[cluster].chain?;
        Some(&self.certificates[self.chains[chain].signing])
    }

    /// The root that the certificates of `cluster` lead to.
    pub fn root(&self, cluster: usize) -> Option<&Certificate> {
        self.root_of(cluster).map(|id| &self.certificates[id])
    }

    /// Whether the cluster `to` lets in the workloads of the cluster `from`.
    pub fn accepts(&self, from: usize, to: usize) -> bool {
        let bundle = self.clusters[to].bundle;
        let chain = self.clusters[from].chain;
        chain.is_some_and(|chain| self.accepted[chain].binary_search(&bundle).is_ok())
    }
}

/// Values, each once, by the number of its first appearance.
struct Distinct<T> {
    ids: HashMap<T, usize>,
    values: Vec<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Distinct<T> {
    fn id_of(&mut self, value: T) -> usize {
        if let Some(id) = self.ids.get(&value) {
            return *id;
        }
        let id = self.values.len();
        self.values.push(value.clone());
        self.ids.insert(value, id);
        id
    }
}
