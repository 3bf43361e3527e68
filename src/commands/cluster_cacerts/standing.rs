//! A cluster's folder that is there already.

use std::path::Path;

use anyhow::Context as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::commands::{cluster, folder};
use crate::console::Refusal;
use crate::escape;
use crate::input::{InputDir, InputError};
use crate::mesh;
use crate::mesh::cacerts::CacertsFiles;
use crate::mesh::kubernetes::{self, ClusterName};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::{Certificate, SubjectAltName};
use crate::pki::dns_name::DnsName;
use crate::pki::key::{KeySpec, PrivateKey};
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::path::CertificationPath;
use crate::pki::request::CertificationRequest;
use crate::pki::signatures::Signatures;

/// The files of a cluster as they stand.
pub struct Standing {
    pub files: CacertsFiles,
    /// The CA's certificate, if it can be read.
    pub certificate: Option<Certificate>,
    /// The request for one, or why it cannot be read.
    pub request: Option<anyhow::Result<CertificationRequest>>,
    /// ca-key.next.pem.
    pub next_key: Option<Result<Zeroizing<Vec<u8>>, InputError>>,
    /// Names in the folder that are none of a cluster's files.
    pub others: Vec<String>,
}

/// What is in the folder of `name`: nothing (or an empty folder), a cluster's files, or something
/// that is in the way.
pub fn look(name: &ClusterName) -> anyhow::Result<Option<Standing>> {
    const WAY_OUT: &str = "move it away, or give the cluster another name";

    let Some(entries) = folder::names(Path::new(name.as_str()), WAY_OUT)? else {
        return Ok(None);
    };
    let mut others = Vec::new();
    let mut own = 0;
    for entry in entries {
        let files = [
            mesh::CA_CERT,
            mesh::CA_KEY,
            mesh::CERT_CHAIN,
            mesh::ROOT_CERT,
        ];
        if files.into_iter().any(|file| entry == *file) {
            own += 1;
            continue;
        }
        if mesh::ON_THE_WAY.into_iter().any(|file| entry == *file) {
            own += 1;
        }
        others.push(escape::bytes(entry.as_encoded_bytes()));
    }
    if others.iter().any(|other| other == mesh::WORKLOAD_KEY) {
        return Err(a_workloads(name, "key.pem is there"));
    }
    if own == 0 {
        return match others.first() {
            None => Ok(None),
            Some(other) => Err(Refusal::new(
                format_args!("the folder is there, with {other} in it and no cluster's files"),
                WAY_OUT,
            )
            .into()),
        };
    }
    let folder = InputDir::open(Path::new(name.as_str()))?;
    let files = cluster::read_in(&folder)?;
    // cert-chain.pem begins with the same certificate: what nobody asks to change is read there
    // where ca-cert.pem is lost.
    let certificate = [&files.ca_cert, &files.cert_chain]
        .into_iter()
        .flatten()
        .find_map(|text| Some(Certificate::all_from_pem(text).ok()?.remove(0)));
    // That of a workload whose key is elsewhere has no key in it.
    let has_ca = files.ca_cert.is_some() || files.ca_key.is_some();
    if !has_ca && certificate.as_ref().is_some_and(|found| !found.is_ca()) {
        return Err(a_workloads(
            name,
            "cert-chain.pem begins with no CA's certificate",
        ));
    }
    Ok(Some(Standing {
        files,
        certificate,
        request: request(&folder).transpose(),
        next_key: folder.read(mesh::CA_KEY_NEXT).transpose(),
        others,
    }))
}

fn request(folder: &InputDir) -> anyhow::Result<Option<CertificationRequest>> {
    let Some(text) = folder.read(mesh::CA_CSR)? else {
        return Ok(None);
    };
    let request = CertificationRequest::from_pem(&text).context(mesh::CA_CSR)?;
    Ok(Some(request))
}

fn a_workloads(name: &ClusterName, reason: &str) -> anyhow::Error {
    Refusal::new(
        format_args!("{name}/{reason}: the folder is a workload's"),
        "give the cluster another name",
    )
    .into()
}

impl Standing {
    /// The key of the cluster `name`, whose folder this is, for the `command` that keeps it.
    pub fn key(&self, command: &str, name: &ClusterName) -> anyhow::Result<PrivateKey> {
        let hint = format!("put it back, or make a new key: meshpki {command} --rekey {name}");
        let Some(text) = self.files.ca_key.as_deref() else {
            return Err(Refusal::new("ca-key.pem is missing", hint).into());
        };
        PrivateKey::from_pem(text)
            .map_err(|error| Refusal::new(format_args!("ca-key.pem: {error}"), hint).into())
    }

    pub fn ca_crl(&self) -> Option<&[u8]> {
        self.files.ca_crl.as_deref()
    }

    /// The kind of its key, if meshpki makes such.
    pub fn key_type(&self) -> Option<KeySpec> {
        let public_key = match (&self.certificate, self.asking()) {
            (Some(certificate), _) => certificate.public_key().ok(),
            (None, request) => request.map(|request| request.public_key().clone()),
        };
        public_key?.kind().spec()
    }

    pub fn subject(&self) -> Option<DistinguishedName> {
        match &self.certificate {
            Some(certificate) => Some(certificate.subject_name()),
            None => Some(self.asking()?.subject_name()),
        }
    }

    pub fn locality(&self) -> Option<String> {
        self.subject_value(Attribute::Locality)
    }

    pub fn organization(&self) -> Option<String> {
        self.subject_value(Attribute::Organization)
    }

    pub fn common_name(&self) -> Option<String> {
        self.subject_value(Attribute::CommonName)
    }

    fn subject_value(&self, attribute: Attribute) -> Option<String> {
        match &self.certificate {
            Some(certificate) => certificate.subject_value(attribute),
            None => self.asking()?.subject_value(attribute).map(str::to_owned),
        }
    }

    pub fn dns_names(&self) -> Option<Vec<DnsName>> {
        DnsName::all_in(self.subject_alt_names()?)
    }

    pub fn trust_domain(&self) -> Option<Option<TrustDomain>> {
        Some(TrustDomain::of_authority(self.subject_alt_names()?))
    }

    fn subject_alt_names(&self) -> Option<&[SubjectAltName]> {
        match &self.certificate {
            Some(certificate) => Some(certificate.subject_alt_names()),
            None => Some(&self.asking()?.extensions().subject_alt_names),
        }
    }

    /// The request, which says what a cluster without a certificate is to be.
    fn asking(&self) -> Option<&CertificationRequest> {
        self.request.as_ref()?.as_ref().ok()
    }

    /// Its lifetime in days, unless that was shortened to the end of one above it.
    pub fn days(&self) -> Option<u32> {
        let certificate = self.certificate.as_ref()?;
        let others = [self.chain(), self.roots()].concat();
        let paths = CertificationPath::all_from(certificate, &others, &mut Signatures::default());
        let mut above = paths.iter().flat_map(CertificationPath::above);
        if above.any(|above| above.not_after() == certificate.not_after()) {
            return None;
        }
        let days = certificate.validity().ok()?.length().whole_days();
        u32::try_from(days).ok().filter(|days| *days > 0)
    }

    /// Whether its chain ends with a root. `None` where that cannot be told: the root is not there
    /// that it would end with.
    pub fn chain_with_root(&self) -> Option<bool> {
        let chain = self.chain();
        let last = chain.last()?;
        let is_root = |certificate: &Certificate| certificate.is_issued_by(certificate);
        if is_root(last) {
            return Some(true);
        }
        let roots = self.roots();
        let mut issuers = roots.iter().filter(|root| last.is_issued_by(root));
        issuers.any(is_root).then_some(false)
    }

    /// The certificates of cert-chain.pem, as far as it can be read.
    pub fn chain(&self) -> Vec<Certificate> {
        certificates(self.files.cert_chain.as_deref())
    }

    /// The certificates of root-cert.pem, as far as it can be read.
    fn roots(&self) -> Vec<Certificate> {
        certificates(self.files.root_cert.as_deref())
    }
}

fn certificates(text: Option<&[u8]>) -> Vec<Certificate> {
    let certificates = Certificate::all_from_pem(text.unwrap_or_default());
    certificates.unwrap_or_default()
}

/// The name under which the files of `name` are kept when they are replaced at the instant `now`.
pub fn kept_name(name: &ClusterName, now: OffsetDateTime) -> String {
    (0..i64::from(u32::MAX))
        .map(|later| kubernetes::stamp(now + time::Duration::seconds(later)))
        .map(|stamp| format!("{name}.{stamp}"))
        .find(|kept| Path::new(kept).symlink_metadata().is_err())
        .expect("there are more seconds than folders")
}
