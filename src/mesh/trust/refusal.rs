//! Why a cluster does not let in the workloads of another.

use std::cmp::Ordering;

use super::{BundleId, CertificateId, Chain, Trust};
use crate::pki::certificate::Certificate;

/// Why the workloads of one cluster are not let in by another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is nothing that the workloads could show.
    NoCa,
    /// Why the CA can issue nothing.
    NoWorkload(String),
    /// Nothing is trusted there.
    NoRoots,
    /// The root that their certificates lead to elsewhere is not trusted there: what is began
    /// before it, after it, or on both sides of it.
    UnknownRoot(Ordering),
    /// A root of the same name is trusted there, with another key.
    OtherKey,
    /// A CA above the root that their certificates lead to elsewhere is trusted there, and this one on
    /// the path to it is not in their chain.
    ChainLacks(String),
    /// This issuer is trusted neither there nor elsewhere.
    UnknownIssuer(String),
    /// What is wrong with the path.
    Broken(String),
}

/// The workloads of one cluster, on the way to others.
pub struct Workloads<'a> {
    trust: &'a Trust,
    /// What stands behind their certificates, and one of these.
    shown: Result<(&'a Chain, Certificate), Reason>,
    root: Option<CertificateId>,
    /// The roots of their own cluster.
    own: BundleId,
}

impl Trust {
    pub fn workloads_of(&self, cluster: usize) -> Workloads<'_> {
        let chain = self.clusters[cluster].chain.ok_or(Reason::NoCa);
        let shown = chain.and_then(|chain| {
            let chain = &self.chains[chain];
            let workload = self.workload(chain).map_err(Reason::NoWorkload)?;
            Ok((chain, workload))
        });
        Workloads {
            trust: self,
            shown,
            root: self.root_of(cluster),
            own: self.clusters[cluster].bundle,
        }
    }

    /// The root that the certificates of `cluster` lead to: one of its own, if there are several.
    pub(super) fn root_of(&self, cluster: usize) -> Option<CertificateId> {
        let cluster = &self.clusters[cluster];
        let reached = &self.reached[cluster.chain?];
        let own = &self.bundles[cluster.bundle];
        let own = reached.iter().find(|id| own.contains(id));
        own.or(reached.first()).copied()
    }
}

impl Workloads<'_> {
    /// Why the cluster `to`, which does not let them in, does not.
    pub fn refusal(&self, to: usize) -> Reason {
        let Self {
            trust, shown, root, ..
        } = self;
        let (chain, workload) = match shown {
            Ok(shown) => shown,
            Err(reason) => return reason.clone(),
        };
        let anchors = &trust.bundles[trust.clusters[to].bundle];
        if anchors.is_empty() {
            return Reason::NoRoots;
        }
        let candidates = anchors.iter().copied();
        let candidates: Vec<_> = candidates.filter(|&id| trust.may_end(chain, id)).collect();
        let key_of = |id: CertificateId| trust.certificates[id].spki();
        let is_known = |root| candidates.iter().any(|&id| key_of(id) == key_of(root));
        match *root {
            Some(root) if !is_known(root) => {
                let lacking = trust.lacking(root, chain, self.own, anchors);
                lacking.unwrap_or_else(|| trust.missing(root, anchors))
            }
            None if candidates.is_empty() => {
                let last = chain.above.last().unwrap_or(&chain.signing);
                Reason::UnknownIssuer(trust.certificates[*last].issuer())
            }
            _ => {
                let path = trust.path(workload, chain, &candidates);
                Reason::Broken(path.err().unwrap_or_default())
            }
        }
    }
}

impl Trust {
    /// What `chain` is without, if `root` is no root, and one of `anchors` stands above it: by what is
    /// in the bundle `own`, that is known.
    fn lacking(
        &self,
        root: CertificateId,
        chain: &Chain,
        own: BundleId,
        anchors: &[CertificateId],
    ) -> Option<Reason> {
        let known = self.bundles[own].iter().chain(anchors);
        let paths = self.paths_above(root, known.copied());
        let is_of = |ids: &[CertificateId], certificate: &Certificate| {
            ids.iter().any(|&id| self.certificates[id] == *certificate)
        };
        let lacking = paths.iter().find_map(|path| {
            let certificates = path.certificates();
            let anchor = certificates.iter().position(|ca| is_of(anchors, ca))?;
            let mut below = certificates[..anchor].iter();
            below.find(|below| !is_of(&chain.above, below))
        });
        Some(Reason::ChainLacks(lacking?.subject()))
    }

    /// What `anchors` have in the place of `root`.
    fn missing(&self, root: CertificateId, anchors: &[CertificateId]) -> Reason {
        let root = &self.certificates[root];
        let mut anchors = anchors.iter().map(|&id| &self.certificates[id]);
        let mut namesakes = anchors.clone();
        if namesakes.any(|anchor| anchor.subject_der() == root.subject_der()) {
            return Reason::OtherKey;
        }
        let order = |anchor: &Certificate| anchor.not_before().cmp(&root.not_before());
        let first = anchors.next().map_or(Ordering::Equal, order);
        let is_same = anchors.all(|anchor| order(anchor) == first);
        Reason::UnknownRoot(if is_same { first } else { Ordering::Equal })
    }
}
