//! Certificates on their way back to the clusters.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::manifest::{self, API_VERSION, Unpacked};
use super::members::Member;
use super::{ArchiveError, Packed};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::{CA_CERT, CERT_CHAIN, ROOT_CERT, root_bundle};
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::summary::Summary;
use crate::pki::validity::moment;

pub(super) const KIND: &str = "SignedCertificates";

/// The certificates of clusters' CAs, one each, in the order of the clusters' names, and the
/// root-cert.pem that goes with them.
pub struct Signed {
    certificates: Vec<SignedCertificate>,
    /// root-cert.pem, octet for octet.
    root_cert: Vec<u8>,
    /// The SHA-256 of the manifest of the requests that it answers, if they came in an archive.
    answers: Option<Sha256>,
}

/// A cluster's certificate and its chain.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedCertificate {
    pub cluster: ClusterName,
    /// The certificates of cert-chain.pem: the CA's own is the first.
    pub chain: Vec<Certificate>,
}

/// manifest.json: all of it but `answers` follows from the certificates.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    answers: Option<Sha256>,
    certificates: Vec<Granted<'a>>,
    roots: Vec<Root>,
    files: BTreeMap<&'static str, Sha256>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Granted<'a> {
    cluster: &'a str,
    subject: String,
    serial_number: String,
    not_before: String,
    not_after: String,
    spki_sha256: Sha256,
    /// Of the certificate in DER.
    sha256: Sha256,
    files: BTreeMap<&'static str, Sha256>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    subject: String,
    not_after: String,
    sha256: Sha256,
}

impl Signed {
    /// At least one certificate, and one of each cluster.
    pub fn new(
        mut certificates: Vec<SignedCertificate>,
        root_cert: Vec<u8>,
        answers: Option<Sha256>,
    ) -> Result<Self, ArchiveError> {
        root_bundle::certificates(&root_cert)
            .map_err(|error| ArchiveError::member(ROOT_CERT, error.fact))?;
        certificates.sort_by(|one, other| one.cluster.as_str().cmp(other.cluster.as_str()));
        let mut pairs = certificates.windows(2);
        if let Some(pair) = pairs.find(|pair| pair[0].cluster == pair[1].cluster) {
            let reason = "there are two certificates of this cluster";
            return Err(ArchiveError::member(pair[0].file(CA_CERT), reason));
        }
        match certificates.is_empty() {
            true => Err(ArchiveError::Empty),
            false => Ok(Self {
                certificates,
                root_cert,
                answers,
            }),
        }
    }

    /// What the archive `octets` holds, and the SHA-256 of its manifest.
    pub fn read(octets: &[u8]) -> Result<(Self, Sha256), ArchiveError> {
        let mut unpacked = Unpacked::of(octets, KIND)?;
        let mut root_cert = None;
        let mut chains = Vec::new();
        for (name, contents) in std::mem::take(&mut unpacked.members) {
            match name.split_once('/') {
                None => root_cert = Some(contents),
                Some((cluster, CERT_CHAIN)) => {
                    chains.push(SignedCertificate::read(cluster, &name, &contents)?);
                }
                // It is the first certificate of cert-chain.pem once more: packing shows whether.
                Some((_, CA_CERT)) => {}
                Some(_) => {
                    let unexpected = "it is no certificate: it does not belong into this archive";
                    return Err(ArchiveError::member(name, unexpected));
                }
            }
        }
        let root_cert =
            root_cert.ok_or_else(|| ArchiveError::member(ROOT_CERT, "it is not there"))?;
        let answers = match unpacked.field("answers")? {
            Value::Null => None,
            Value::String(text) => Some(text.parse().map_err(|error| {
                let reason = format!("answers is not a SHA-256 digest: {error}");
                ArchiveError::Manifest(reason)
            })?),
            _ => {
                let reason = "answers is not a SHA-256 digest".to_owned();
                return Err(ArchiveError::Manifest(reason));
            }
        };
        let signed = Self::new(chains, root_cert, answers)?;
        let (packed, _) = signed.pack();
        unpacked.must_be(&packed, octets)?;
        Ok((signed, unpacked.digest))
    }

    pub fn pack(&self) -> Packed {
        let roots = root_bundle::certificates(&self.root_cert);
        let roots = roots.expect("they were read before");
        let manifest = Manifest {
            api_version: API_VERSION,
            kind: KIND,
            answers: self.answers,
            certificates: self.certificates.iter().map(Granted::of).collect(),
            roots: roots.iter().map(Root::of).collect(),
            files: BTreeMap::from([(ROOT_CERT, Sha256::of(&self.root_cert))]),
        };
        let of_clusters = self.certificates.iter().flat_map(|signed| {
            let files = signed.files().into_iter();
            files.map(|(name, contents)| (signed.file(name), contents.into_bytes()))
        });
        let root: Member = (ROOT_CERT.to_owned(), self.root_cert.clone());
        manifest::pack(&manifest, of_clusters.chain([root]).collect())
    }

    pub fn certificates(&self) -> &[SignedCertificate] {
        &self.certificates
    }

    /// root-cert.pem, octet for octet: certificates, and nothing else in PEM.
    pub fn root_cert(&self) -> &[u8] {
        &self.root_cert
    }

    pub fn answers(&self) -> Option<Sha256> {
        self.answers
    }
}

impl SignedCertificate {
    /// Of `cluster`, whose cert-chain.pem is the member `name` with these `contents`.
    fn read(cluster: &str, name: &str, contents: &[u8]) -> Result<Self, ArchiveError> {
        let refused = |error: &dyn ToString| ArchiveError::member(name, error.to_string());
        let chain = Certificate::all_from_pem(contents).map_err(|error| refused(&error))?;
        let cluster = cluster.parse().map_err(|error| refused(&error))?;
        Ok(Self { cluster, chain })
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    pub fn ca_cert_pem(&self) -> String {
        self.certificate().to_pem()
    }

    pub fn cert_chain_pem(&self) -> String {
        self.chain.iter().map(Certificate::to_pem).collect()
    }

    fn files(&self) -> [(&'static str, String); 2] {
        [
            (CA_CERT, self.ca_cert_pem()),
            (CERT_CHAIN, self.cert_chain_pem()),
        ]
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.cluster)
    }
}

impl<'a> Granted<'a> {
    fn of(signed: &'a SignedCertificate) -> Self {
        let certificate = signed.certificate();
        let summary = Summary::of(certificate.der()).expect("it was read before");
        let files = signed.files().into_iter();
        Self {
            cluster: signed.cluster.as_str(),
            subject: certificate.subject(),
            serial_number: summary.serial_number,
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            spki_sha256: Sha256::of(certificate.spki()),
            sha256: Sha256::of(certificate.der()),
            files: files
                .map(|(name, contents)| (name, Sha256::of(contents.as_bytes())))
                .collect(),
        }
    }
}

impl Root {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject(),
            not_after: moment(certificate.not_after()),
            sha256: Sha256::of(certificate.der()),
        }
    }
}
