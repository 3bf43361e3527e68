//! One CA: its key, its certificate, and the files that they go into.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::asked::Asked;
use super::describe;
use super::differences::Way;
use super::key_source::{KeySource, other_kind_kept};
use super::standing::{Standing, kept_name};
use crate::commands::each;
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::cacerts::{Cacerts, CacertsFiles, Naming};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::record::NewEntry;
use crate::mesh::rules::{Circumstances, Finding};
use crate::mesh::signing_root::SigningRoot;
use crate::mesh::spiffe::TrustDomain;
use crate::output::{Batch, NewFile, OutputError};
use crate::pki::certificate::{Certificate, CertificateSpec};
use crate::pki::validity::date;

/// What all clusters have in common.
pub struct Mesh {
    pub root: SigningRoot,
    /// root-cert.pem, octet for octet.
    pub root_cert: Vec<u8>,
    /// The trust domain of the workloads, if one is asked for.
    pub trust_domain: Option<TrustDomain>,
    pub now: OffsetDateTime,
}

/// One CA to issue.
pub struct Job {
    name: ClusterName,
    spec: CertificateSpec,
    key: KeySource,
    chain_with_root: bool,
    /// The name that the files which stand are kept under, if some stand.
    keep_as: Option<String>,
    /// The CRLs that stand, where they stay in force.
    ca_crl: Option<Vec<u8>>,
    notes: Vec<String>,
}

impl Job {
    /// The CA of a cluster that is not there yet.
    pub fn new_cluster(name: &ClusterName, asked: &Asked, mesh: &Mesh) -> anyhow::Result<Self> {
        let (spec, note) = asked.spec(name, None, &mesh.root)?;
        asked.check_names(&spec, None, &mesh.root)?;
        Ok(Self {
            name: name.clone(),
            spec,
            key: KeySource::Generate(asked.key_type.value),
            chain_with_root: asked.chain_with_root.value,
            keep_as: None,
            ca_crl: None,
            notes: note.into_iter().collect(),
        })
    }

    /// A CA in the place of the one that stands. What nobody asks for stays as it was.
    pub fn replacement(
        name: &ClusterName,
        standing: &Standing,
        way: Way,
        asked: &Asked,
        mesh: &Mesh,
    ) -> anyhow::Result<Self> {
        let (spec, note) = asked.spec(name, Some(standing), &mesh.root)?;
        asked.check_names(&spec, Some(standing), &mesh.root)?;
        let mut notes: Vec<_> = note.into_iter().collect();
        let (key, ca_crl) = match way {
            Way::Rekey => (
                KeySource::Generate(asked.key_type.over(standing.key_type())),
                None,
            ),
            Way::Renew | Way::RootsOnly => {
                let rekey = format!("meshpki cluster-cacerts --rekey{} {name}", asked.flags());
                let key = standing.key("cluster-cacerts", name)?;
                let reason = "--renew keeps the key";
                notes.extend(other_kind_kept(
                    name, "its key", &key, asked, reason, &rekey,
                )?);
                (KeySource::Keep(key), standing.ca_crl().map(<[u8]>::to_vec))
            }
        };
        let keep_as = kept_name(name, mesh.now);
        let stays_behind = |other: &&String| ca_crl.is_none() || *other != mesh::CA_CRL;
        let others: Vec<_> = standing
            .others
            .iter()
            .filter(stays_behind)
            .cloned()
            .collect();
        if !others.is_empty() {
            let others = others.join(", ");
            notes.push(format!("{name}: {others} will stay in {keep_as}"));
        }
        Ok(Self {
            name: name.clone(),
            spec,
            key,
            chain_with_root: asked.chain_with_root.over(standing.chain_with_root()),
            keep_as: Some(keep_as),
            ca_crl,
            notes,
        })
    }
}

impl each::Job for Job {
    type Common = Mesh;
    type Made = Issued;

    const WHAT: &str = "clusters";
    const NOTHING_WRITTEN: &str = "no cluster was written";

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn plan(&self) -> String {
        let name = &self.name;
        let key = self.key.plan();
        let files: Vec<_> = [
            Some(mesh::CA_CERT),
            self.ca_crl.is_some().then_some(mesh::CA_CRL),
            Some(mesh::CA_KEY),
            Some(mesh::CERT_CHAIN),
            Some(mesh::ROOT_CERT),
        ]
        .into_iter()
        .flatten()
        .collect();
        let kept = match &self.keep_as {
            Some(kept) => format!("  kept         {kept}/, the files that it replaces\n"),
            None => String::new(),
        };
        format!(
            "{name}/ (not written)\n  files        {}\n  subject      {}\n  key          {key}\n  expires      {}\n{kept}",
            files.join(" "),
            self.spec.subject,
            date(self.spec.validity.not_after()),
        )
    }

    /// Generates the key, issues the certificate, and proves the files.
    fn make(self, mesh: &Mesh) -> anyhow::Result<Issued> {
        let key = self.key.into_key()?;
        let root = mesh.root.authority()?;
        let certificate = root.issue(&self.spec, &key.public_key()?)?;
        let chain = cert_chain(&certificate, &mesh.root, self.chain_with_root);
        let chain: String = chain.iter().map(Certificate::to_pem).collect();
        let files = CacertsFiles {
            naming: Naming::Pem,
            ca_cert: Some(certificate.to_pem().into_bytes()),
            ca_key: Some(Zeroizing::new(key.to_pem()?.as_bytes().to_vec())),
            cert_chain: Some(chain.into_bytes()),
            root_cert: Some(mesh.root_cert.clone()),
            ca_crl: self.ca_crl,
        };
        let circumstances =
            Circumstances::new(mesh.now, self.name.as_str(), mesh.trust_domain.as_ref());
        let cacerts =
            Cacerts::prove(files, &circumstances).map_err(|findings| unproven(&findings))?;
        Ok(Issued {
            name: self.name,
            keep_as: self.keep_as,
            cacerts,
        })
    }

    fn stage(issued: &Issued, batch: &mut Batch<'_>) -> Result<(), OutputError> {
        let files: Vec<_> = issued
            .cacerts
            .files()
            .present()
            .map(|(name, contents)| match name {
                mesh::CA_KEY => NewFile::private(name, contents),
                _ => NewFile::public(name, contents),
            })
            .collect();
        match &issued.keep_as {
            None => batch.new_folder(issued.name.as_str(), &files),
            Some(kept) => batch.replace_folder(issued.name.as_str(), kept, &files),
        }
    }

    fn signed(issued: &Issued) -> Option<NewEntry> {
        Some(NewEntry {
            cluster: Some(issued.name.clone()),
            certificate: issued.cacerts.authority().certificate().clone(),
            request: None,
        })
    }

    fn report(issued: &Issued) -> String {
        let mut report = describe(&issued.name, &issued.cacerts);
        if let Some(kept) = &issued.keep_as {
            report += &format!("  kept         {kept}/, the files that it replaces\n");
        }
        report
    }
}

/// The cert-chain.pem of a cluster whose CA has the `certificate`.
pub fn cert_chain(
    certificate: &Certificate,
    root: &SigningRoot,
    with_root: bool,
) -> Vec<Certificate> {
    let above = root.path().to_send(with_root);
    [std::slice::from_ref(certificate), above].concat()
}

fn unproven(findings: &[Finding]) -> anyhow::Error {
    let facts: Vec<_> = findings
        .iter()
        .map(|finding| format!("{}: {}", finding.file, finding.fact))
        .collect();
    let mut hints: Vec<_> = findings
        .iter()
        .map(|finding| finding.hint.as_str())
        .collect();
    hints.dedup();
    Refusal::new(facts.join("; "), hints.join("; ")).into()
}

/// A CA with its files, proven, on its way to the disk.
pub struct Issued {
    name: ClusterName,
    keep_as: Option<String>,
    cacerts: Cacerts,
}
