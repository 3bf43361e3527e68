//! A workload's folder that is there already.

use std::path::Path;

use time::Duration;

use super::signer::Signer;
use crate::commands::folder;
use crate::console::Refusal;
use crate::escape;
use crate::input::InputDir;
use crate::mesh;
use crate::mesh::kubernetes::Namespace;
use crate::mesh::profile;
use crate::mesh::spiffe::WorkloadId;
use crate::pki::certificate::Certificate;
use crate::pki::dns_name::DnsName;
use crate::pki::key::{KeyKind, KeySpec, PrivateKey};
use crate::pki::name::Attribute;

/// The files of a workload, in the order in which they are told of.
pub const FILES: [&str; 3] = [mesh::CERT_CHAIN, mesh::WORKLOAD_KEY, mesh::ROOT_CERT];

/// The files of a workload as they stand.
pub struct Standing {
    /// The certificates of cert-chain.pem, the workload's first.
    pub chain: Vec<Certificate>,
    pub root_cert: Option<Vec<u8>>,
    /// Whether there is a key.pem, readable or not.
    has_key: bool,
    /// What is wrong with the files.
    pub faults: Vec<String>,
    /// Names in the folder that are none of a workload's files.
    others: Vec<String>,
}

/// What is in the folder of `name`: nothing (or an empty folder), a workload's files, or something
/// that is in the way.
pub fn look(name: &Namespace) -> anyhow::Result<Option<Standing>> {
    const WAY_OUT: &str = "move it away";

    let path = Path::new(name.as_str());
    let Some(entries) = folder::names(path, WAY_OUT)? else {
        return Ok(None);
    };
    for key in [mesh::CA_KEY, mesh::ROOT_KEY] {
        if entries.iter().any(|entry| entry == key) {
            let hint = format!(
                "another folder is a cluster's; one that the Makefile has made is to be moved away: mv {name} {name}.old"
            );
            let fact = format!("{name}/{key} is there: a workload is not given the key of a CA");
            return Err(Refusal::new(fact, hint).into());
        }
    }
    let is_own = |entry: &&std::ffi::OsString| FILES.iter().any(|file| *entry == *file);
    let (own, others): (Vec<_>, Vec<_>) = entries.iter().partition(is_own);
    let others = others
        .iter()
        .map(|other| escape::bytes(other.as_encoded_bytes()));
    let others: Vec<_> = others.collect();
    if own.is_empty() {
        return match others.first() {
            None => Ok(None),
            Some(other) => Err(Refusal::new(
                format_args!("the folder is there, with {other} in it and no workload's files"),
                WAY_OUT,
            )
            .into()),
        };
    }
    Standing::read(path, others).map(Some)
}

impl Standing {
    fn read(path: &Path, others: Vec<String>) -> anyhow::Result<Self> {
        let folder = InputDir::open(path)?;
        let chain = folder.read(mesh::CERT_CHAIN)?;
        let key = folder.read(mesh::WORKLOAD_KEY)?;
        let root_cert = folder.read(mesh::ROOT_CERT)?;
        let mut faults = Vec::new();
        let chain = match chain.map(|text| Certificate::all_from_pem(&text)) {
            Some(Ok(chain)) => chain,
            Some(Err(error)) => {
                faults.push(format!("cert-chain.pem: {error}"));
                Vec::new()
            }
            None => {
                faults.push("cert-chain.pem is missing".to_owned());
                Vec::new()
            }
        };
        if let Some(text) = &key
            && let Err(fault) = key_fault(text, chain.first())
        {
            faults.push(fault);
        }
        if root_cert.is_none() {
            faults.push("root-cert.pem is missing".to_owned());
        }
        Ok(Self {
            chain,
            root_cert: root_cert.map(|text| text.to_vec()),
            has_key: key.is_some(),
            faults,
            others,
        })
    }

    pub fn has_key(&self) -> bool {
        self.has_key
    }

    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// The workload's certificate, if it can be read.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    pub fn id(&self) -> Option<WorkloadId> {
        WorkloadId::of_workload(self.certificate()?.subject_alt_names())
    }

    pub fn dns_names(&self) -> Option<Vec<DnsName>> {
        DnsName::all_in(self.certificate()?.subject_alt_names())
    }

    pub fn subject_value(&self, attribute: Attribute) -> Option<String> {
        self.certificate()?.subject_value(attribute)
    }

    pub fn key_kind(&self) -> Option<KeyKind> {
        Some(self.certificate()?.public_key().ok()?.kind())
    }

    /// The kind of its key, if meshpki makes such.
    pub fn key_type(&self) -> Option<KeySpec> {
        self.key_kind()?.spec()
    }

    /// Its lifetime, unless that was shortened to the CA's or to one's above.
    pub fn lifetime(&self, signer: &Signer) -> Option<Duration> {
        let certificate = self.certificate()?;
        let roots = Certificate::all_from_pem(self.root_cert.as_deref().unwrap_or_default());
        let roots = roots.unwrap_or_default();
        let mut above = self.chain.iter().skip(1).chain(&roots);
        if above.any(|above| above.not_after() == certificate.not_after()) {
            return None;
        }
        let validity = certificate.validity().ok()?;
        let (length, begin) = (validity.length(), signer.path().period().ok()?.not_before());
        let lifetime = length - profile::BACKDATING;
        // A CA that was a minute old has cut it at its beginning.
        let is_cut = validity.not_before() == begin && lifetime.whole_seconds() % 60 != 0;
        let lifetime = match is_cut {
            true => Duration::minutes(length.whole_minutes()),
            false => lifetime,
        };
        Some(lifetime).filter(|lifetime| lifetime.is_positive())
    }

    /// Whether its chain ends with a root.
    pub fn chain_with_root(&self) -> bool {
        let last = self.chain.last();
        last.is_some_and(|last| last.is_issued_by(last))
    }
}

/// What is wrong with key.pem, the key of `certificate`.
fn key_fault(text: &[u8], certificate: Option<&Certificate>) -> Result<(), String> {
    let key = PrivateKey::from_pem(text).map_err(|error| format!("key.pem: {error}"))?;
    let Some(certificate) = certificate else {
        return Ok(());
    };
    let public_key = certificate.public_key();
    let public_key = public_key.map_err(|error| format!("cert-chain.pem: {error}"))?;
    match key.belongs_to(&public_key) {
        true => Ok(()),
        false => Err("key.pem is not the key of cert-chain.pem".to_owned()),
    }
}
