//! One workload: its key, its certificate, and the files that they go into.

use std::fmt::Display;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::asked::Asked;
use super::request::Request;
use super::signer::Signer;
use super::standing::{FILES, Standing};
use crate::commands::{each, report};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::kubernetes::Namespace;
use crate::mesh::profile;
use crate::mesh::spiffe::WorkloadId;
use crate::mesh::svid::{self, Expected};
use crate::output::{Batch, NewFile, OutputError};
use crate::pki::authority::IssueError;
use crate::pki::certificate::{Certificate, CertificateSpec, SubjectAltName};
use crate::pki::key::{KeyKind, KeySpec, PrivateKey, PublicKey};
use crate::pki::validity::moment;
use crate::pki::verify::Facts;

/// One certificate to issue.
pub struct Job {
    name: Namespace,
    id: WorkloadId,
    spec: CertificateSpec,
    key: KeySource,
    chain_with_root: bool,
    renewed_from: OffsetDateTime,
    /// Whether files stand, which go.
    replaces: bool,
    notes: Vec<String>,
}

enum KeySource {
    Generate(KeySpec),
    /// Of a request: the private key is elsewhere.
    Requested(PublicKey),
}

impl KeySource {
    fn kind(&self) -> KeyKind {
        match self {
            Self::Generate(spec) => (*spec).into(),
            Self::Requested(key) => key.kind(),
        }
    }

    /// The names of the files that go with such a key.
    fn files(&self) -> Vec<&'static str> {
        let has_key = matches!(self, Self::Generate(_));
        let is_there = |file: &&str| has_key || *file != mesh::WORKLOAD_KEY;
        FILES.into_iter().filter(is_there).collect()
    }
}

impl Job {
    /// A certificate where none is, or in the place of what stands, for the `reason`.
    pub fn new(
        name: &Namespace,
        standing: Option<&Standing>,
        reason: Option<String>,
        asked: &Asked,
        request: Option<&Request>,
        signer: &Signer,
    ) -> Result<Self, Vec<anyhow::Error>> {
        let one = |error: anyhow::Error| vec![error];
        let contents = asked.contents(name, standing, signer);
        let mut notes = Vec::new();
        notes.extend(reason.map(|reason| format!("{name}: renewed: {reason}")));
        let key = if let Some(request) = request {
            notes.extend(request.check(name, &contents, signer)?);
            KeySource::Requested(request.public_key().clone())
        } else {
            let standing = standing.and_then(Standing::key_type);
            KeySource::Generate(asked.key_type.over(standing))
        };
        let subject = contents.subject().map_err(|error| one(error.into()))?;
        let (validity, note) = asked
            .validity(standing, signer)
            .map_err(|error| one(error.into()))?;
        notes.extend(note.map(|note| format!("{name}: {note}")));
        let spec = profile::workload(
            subject,
            validity,
            key.kind(),
            &contents.id,
            &contents.dns_names,
        );
        Ok(Self {
            name: name.clone(),
            id: contents.id,
            spec,
            key,
            chain_with_root: asked
                .chain_with_root
                .over(standing.map(Standing::chain_with_root)),
            renewed_from: asked.renewed_from(&validity),
            replaces: standing.is_some(),
            notes,
        })
    }

    /// The lines that tell of it.
    fn describe(&self, key: String, digest: Option<String>) -> String {
        let dns_names = self
            .spec
            .subject_alt_names
            .iter()
            .filter_map(|name| match name {
                SubjectAltName::Dns(name) => Some(name.as_str()),
                SubjectAltName::Uri(_) => None,
            });
        let dns_names: Vec<_> = dns_names.collect();
        let subject = self.spec.subject.to_string();
        let mut fields = vec![
            ("files", self.key.files().join(" ")),
            ("SPIFFE ID", self.id.to_string()),
        ];
        if !dns_names.is_empty() {
            fields.push(("DNS names", dns_names.join(" ")));
        }
        if !subject.is_empty() {
            fields.push(("subject", subject));
        }
        fields.push(("key", key));
        fields.extend(digest.map(|digest| ("SHA-256", digest)));
        fields.extend([
            ("expires", moment(self.spec.validity.not_after())),
            ("renewed", format!("from {} on", moment(self.renewed_from))),
        ]);
        if self.replaces {
            fields.push(("removed", "the files that it replaces".to_owned()));
        }
        report::lines(&fields)
    }
}

impl each::Job for Job {
    type Common = Signer;
    type Made = Issued;

    const WHAT: &str = "namespaces";
    const NOTHING_WRITTEN: &str = "no workload's certificate was written";

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn plan(&self) -> String {
        let key = match &self.key {
            KeySource::Generate(spec) => format!("a new key, {spec}"),
            KeySource::Requested(key) => format!("that of the request, {}", key.kind()),
        };
        let name = &self.name;
        format!("{name}/ (not written)\n{}", self.describe(key, None))
    }

    /// Generates the key, issues the certificate, and proves it.
    fn make(self, signer: &Signer) -> anyhow::Result<Issued> {
        let (public_key, key) = match &self.key {
            KeySource::Generate(spec) => {
                let key = PrivateKey::generate(*spec)?;
                (key.public_key()?, Some(key.to_pem()?))
            }
            KeySource::Requested(key) => (key.clone(), None),
        };
        let issued = signer.cacerts.authority().issue(&self.spec, &public_key);
        let certificate = issued.map_err(|error| match error {
            IssueError::Refused(error) => refused(&error, signer),
            error => error.into(),
        })?;
        prove(&certificate, &self.id, signer)?;
        let mut chain = certificate.to_pem();
        for above in signer.chain(self.chain_with_root) {
            chain += &above.to_pem();
        }
        let digest = certificate.sha256_fingerprint();
        let description = self.describe(public_key.kind().to_string(), Some(digest));
        Ok(Issued {
            report: format!("{}/\n{description}", self.name),
            name: self.name,
            replaces: self.replaces.then(|| self.key.files()),
            chain,
            key,
            root_cert: signer.root_cert.clone(),
        })
    }

    fn stage(issued: &Issued, batch: &mut Batch<'_>) -> Result<(), OutputError> {
        let name = issued.name.as_str();
        let chain = NewFile::public(mesh::CERT_CHAIN, issued.chain.as_bytes());
        let key = issued.key.as_ref();
        let key = key.map(|key| NewFile::private(mesh::WORKLOAD_KEY, key.as_bytes()));
        let roots = NewFile::public(mesh::ROOT_CERT, &issued.root_cert);
        let files: Vec<_> = [Some(chain), key, Some(roots)]
            .into_iter()
            .flatten()
            .collect();
        match &issued.replaces {
            None => batch.new_folder(name, &files),
            Some(old) => batch.exchange_folder(name, old, &files),
        }
    }

    fn report(issued: &Issued) -> String {
        issued.report.clone()
    }
}

/// A workload's files, on their way to the disk.
pub struct Issued {
    name: Namespace,
    report: String,
    /// The names of the files that may go, if some stand.
    replaces: Option<Vec<&'static str>>,
    chain: String,
    key: Option<Zeroizing<String>>,
    root_cert: Vec<u8>,
}

/// That proxies will take it, and that it is an X509-SVID of this workload.
fn prove(certificate: &Certificate, id: &WorkloadId, signer: &Signer) -> anyhow::Result<()> {
    let verified = signer.cacerts.verify_workload(certificate, signer.now);
    verified.map_err(|error| refused(&error, signer))?;
    let expected = Expected {
        id: id.to_string().parse().ok(),
        trust_domains: Vec::new(),
    };
    match svid::breaches(&Facts::of_certificate(certificate), &expected).first() {
        Some(breach) => Err(refused(breach, signer)),
        None => Ok(()),
    }
}

fn refused(reason: &dyn Display, signer: &Signer) -> anyhow::Error {
    let fact = format!(
        "what the CA of {} issues is refused: {reason}",
        signer.cluster
    );
    let hint =
        "ask for names that the CA and those above it permit, or for another: --cluster NAME";
    Refusal::new(fact, hint).into()
}
