//! Requests on their way to the root.

use serde::Serialize;

use super::manifest::{self, API_VERSION, Unpacked};
use super::members::Member;
use super::{ArchiveError, Packed};
use crate::mesh::CA_CSR;
use crate::mesh::kubernetes::ClusterName;
use crate::pki::digest::Sha256;
use crate::pki::request::CertificationRequest;

pub(super) const KIND: &str = "CertificationRequests";

/// The requests of clusters, one each, in the order of their names.
pub struct Requests {
    requests: Vec<Requested>,
}

/// A cluster's request, whose signature is of its own key.
pub struct Requested {
    pub cluster: ClusterName,
    pub request: CertificationRequest,
}

/// manifest.json: all of it follows from the requests.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    api_version: &'static str,
    kind: &'static str,
    requests: Vec<Asked<'a>>,
}

/// What is asked, by which key, for which cluster.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    cluster: &'a str,
    subject: &'a str,
    subject_alt_names: Vec<String>,
    key: String,
    spki_sha256: Sha256,
    file: String,
    sha256: Sha256,
}

impl Requests {
    /// The requests of `clusters`, each in the text of its ca-csr.pem: at least one, and one of each
    /// cluster. Nothing else of that text is taken along.
    pub fn new(clusters: Vec<(ClusterName, Vec<u8>)>) -> Result<Self, ArchiveError> {
        let mut requests = Vec::new();
        for (cluster, text) in clusters {
            let request = CertificationRequest::from_pem(&text)
                .map_err(|error| ArchiveError::member(file(&cluster), error.to_string()))?;
            requests.push(Requested { cluster, request });
        }
        requests.sort_by(|one, other| one.cluster.as_str().cmp(other.cluster.as_str()));
        let twice = requests
            .windows(2)
            .find(|pair| pair[0].cluster == pair[1].cluster);
        match twice {
            Some(pair) => {
                let reason = "there are two requests of this cluster";
                Err(ArchiveError::member(file(&pair[0].cluster), reason))
            }
            None if requests.is_empty() => Err(ArchiveError::Empty),
            None => Ok(Self { requests }),
        }
    }

    /// What the archive `octets` holds, and the SHA-256 of its manifest.
    pub fn read(octets: &[u8]) -> Result<(Self, Sha256), ArchiveError> {
        let mut unpacked = Unpacked::of(octets, KIND)?;
        let members = std::mem::take(&mut unpacked.members);
        let clusters = members.into_iter().map(|(name, pem)| {
            let cluster = name.split_once('/').filter(|(_, file)| *file == CA_CSR);
            let cluster = cluster.and_then(|(cluster, _)| cluster.parse().ok());
            let unexpected = "it is no request: it does not belong into this archive";
            cluster
                .map(|cluster| (cluster, pem))
                .ok_or_else(|| ArchiveError::member(name, unexpected))
        });
        let requests = Self::new(clusters.collect::<Result<_, _>>()?)?;
        let (packed, _) = requests.pack();
        unpacked.must_be(&packed, octets)?;
        Ok((requests, unpacked.digest))
    }

    pub fn pack(&self) -> Packed {
        let asked = self.requests.iter().map(Requested::asked).collect();
        let manifest = Manifest {
            api_version: API_VERSION,
            kind: KIND,
            requests: asked,
        };
        let members = self.requests.iter().map(Requested::member).collect();
        manifest::pack(&manifest, members)
    }

    pub fn into_vec(self) -> Vec<Requested> {
        self.requests
    }

    pub fn as_slice(&self) -> &[Requested] {
        &self.requests
    }
}

impl Requested {
    fn asked(&self) -> Asked<'_> {
        let summary = self.request.summary();
        let names = summary.subject_alt_names.iter();
        let key = self.request.public_key();
        Asked {
            cluster: self.cluster.as_str(),
            subject: summary.subject.as_deref().unwrap_or_default(),
            subject_alt_names: names
                .map(|name| format!("{}:{}", name.kind, name.value))
                .collect(),
            key: key.kind().to_string(),
            spki_sha256: Sha256::of(key.spki()),
            file: file(&self.cluster),
            sha256: Sha256::of(self.request.to_pem().as_bytes()),
        }
    }

    fn member(&self) -> Member {
        (file(&self.cluster), self.request.to_pem().into_bytes())
    }
}

fn file(cluster: &ClusterName) -> String {
    format!("{cluster}/{CA_CSR}")
}
