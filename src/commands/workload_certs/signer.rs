//! The CA that signs: that of one cluster, of whose files every rule holds.

use std::path::Path;

use anyhow::Context as _;
use time::OffsetDateTime;

use super::asked::Asked;
use crate::commands::{Session, cluster, report};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::Certificate;
use crate::pki::path::CertificationPath;

pub struct Signer {
    pub cluster: ClusterName,
    pub cacerts: Cacerts,
    /// root-cert.pem, octet for octet.
    pub root_cert: Vec<u8>,
    pub now: OffsetDateTime,
}

impl Signer {
    /// The one that is asked for, or the only one here. `None` if some rule does not hold of it,
    /// which has been said.
    pub fn find(asked: &Asked, session: &Session) -> anyhow::Result<Option<Self>> {
        let cluster = match &asked.cluster.value {
            Some(cluster) => cluster.clone(),
            None => only_one()?,
        };
        let key = Path::new(cluster.as_str()).join(mesh::CA_KEY);
        session.warn_if_exposed(&key);
        let trust_domain = asked.trust_domain.value.as_ref();
        let Some(cacerts) = cluster::prove(&cluster, trust_domain, session) else {
            return Ok(None);
        };
        let root_cert = cacerts.files().root_cert.clone().unwrap_or_default();
        Ok(Some(Self {
            cluster,
            cacerts,
            root_cert,
            now: asked.now,
        }))
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &Certificate {
        self.cacerts.authority().certificate()
    }

    /// The CA's own trust domain, if its certificate names one.
    pub fn trust_domain(&self) -> Option<TrustDomain> {
        TrustDomain::of_authority(self.certificate().subject_alt_names())
    }

    /// From the CA upwards: its period is that in which the CA and all above it are valid.
    pub fn path(&self) -> &CertificationPath {
        self.cacerts.path()
    }

    /// What follows a workload's certificate in cert-chain.pem: the CA, the intermediates above it,
    /// and the root if it is wanted. Each stands there once.
    pub fn chain(&self, with_root: bool) -> Vec<&Certificate> {
        let is_root = |certificate: &Certificate| certificate.is_issued_by(certificate);
        let mut chain = Vec::new();
        let intermediates = std::iter::once(self.certificate()).chain(self.cacerts.chain());
        let intermediates = intermediates.filter(|certificate| !is_root(certificate));
        for certificate in intermediates.chain(self.path().to_send(with_root)) {
            if !chain.contains(&certificate) {
                chain.push(certificate);
            }
        }
        chain
    }
}

/// The only folder here that has a CA's certificate and key in it.
fn only_one() -> anyhow::Result<ClusterName> {
    let unreadable = "cannot read the folder .";
    let mut found = Vec::new();
    for entry in std::fs::read_dir(".").context(unreadable)? {
        let name = entry.context(unreadable)?.file_name();
        // Folders of replaced files have no cluster's name.
        let Some(name) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let name: ClusterName = name;
        let has = |file| Path::new(name.as_str()).join(file).is_file();
        if has(mesh::CA_CERT) && has(mesh::CA_KEY) {
            found.push(name);
        }
    }
    found.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Refusal::new(
            "no folder here is a cluster's: none has ca-cert.pem and ca-key.pem in it",
            "make one: meshpki cluster-cacerts NAME",
        )
        .into()),
        [first, ..] => Err(Refusal::new(
            format_args!("several clusters are here: {}", report::first_of(&found)),
            format!("say whose CA signs: --cluster {first}"),
        )
        .into()),
    }
}
