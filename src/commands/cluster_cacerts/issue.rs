//! Issues CAs, on every core, and puts their files in place.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::asked::Asked;
use super::describe;
use super::differences::Way;
use super::standing::{Standing, kept_name};
use crate::commands::Session;
use crate::config::{Setting, Source};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::cacerts::{Cacerts, CacertsFiles};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::rules::{Circumstances, Finding};
use crate::mesh::signing_root::SigningRoot;
use crate::mesh::spiffe::TrustDomain;
use crate::output::{Batch, NewFile, OutputDir, OutputError, Placed};
use crate::pki::certificate::CertificateSpec;
use crate::pki::key::{KeyKind, KeySpec, PrivateKey};
use crate::pki::validity::date;
use crate::progress::Progress;

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

enum KeySource {
    Generate(KeySpec),
    Keep(PrivateKey),
}

impl Job {
    /// The CA of a cluster that is not there yet.
    pub fn new_cluster(name: &ClusterName, asked: &Asked, mesh: &Mesh) -> anyhow::Result<Self> {
        let (spec, note) = asked.spec(name, None, mesh.root.certificate())?;
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
        let (spec, note) = asked.spec(name, Some(standing), mesh.root.certificate())?;
        asked.check_names(&spec, Some(standing), &mesh.root)?;
        let mut notes: Vec<_> = note.into_iter().collect();
        let (key, ca_crl) = match way {
            Way::Rekey => (
                KeySource::Generate(asked.key_type.over(standing.key_type())),
                None,
            ),
            Way::Renew | Way::RootsOnly => {
                let key = standing.key(name)?;
                notes.extend(other_key_kept(name, &key, asked)?);
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

    /// What there is to know before it is done.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What `--dry-run` says of it.
    pub fn plan(&self) -> String {
        let name = &self.name;
        let key = match &self.key {
            KeySource::Generate(spec) => format!("a new key, {spec}"),
            KeySource::Keep(key) => format!("the same key, {}", key.kind()),
        };
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
    fn issue(self, mesh: &Mesh) -> anyhow::Result<Issued> {
        let key = match self.key {
            KeySource::Generate(spec) => PrivateKey::generate(spec)?,
            KeySource::Keep(key) => key,
        };
        let root = mesh.root.authority();
        let certificate = root.issue(&self.spec, &key.public_key()?)?;
        let mut chain = certificate.to_pem();
        if self.chain_with_root {
            chain += &root.certificate().to_pem();
        }
        let files = CacertsFiles {
            ca_cert: Some(certificate.to_pem().into_bytes()),
            ca_key: Some(Zeroizing::new(key.to_pem()?.as_bytes().to_vec())),
            cert_chain: Some(chain.into_bytes()),
            root_cert: Some(mesh.root_cert.clone()),
            ca_crl: self.ca_crl,
        };
        let circumstances = Circumstances {
            at: mesh.now,
            cluster: self.name.as_str(),
            trust_domain: mesh.trust_domain.as_ref(),
        };
        let cacerts =
            Cacerts::prove(files, &circumstances).map_err(|findings| unproven(&findings))?;
        Ok(Issued {
            name: self.name,
            keep_as: self.keep_as,
            cacerts,
        })
    }
}

/// A renewal keeps the key. A flag that asks for another kind is refused; what comes from elsewhere
/// is left, which the note says.
fn other_key_kept(
    name: &ClusterName,
    key: &PrivateKey,
    asked: &Asked,
) -> anyhow::Result<Option<String>> {
    let Setting { value, source } = &asked.key_type;
    let (kind, wanted) = (key.kind(), KeyKind::from(*value));
    if kind == wanted || !asked.key_type.is_request() {
        return Ok(None);
    }
    if let Source::Flag(_) = source {
        let fact =
            format!("its key is {kind}, and {source} asks for {value}: --renew keeps the key");
        let hint = format!("meshpki cluster-cacerts --rekey{} {name}", asked.flags());
        return Err(Refusal::new(fact, hint).into());
    }
    Ok(Some(format!(
        "{name}: its key stays {kind}, and not {value} of {source}: --renew keeps the key"
    )))
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
struct Issued {
    name: ClusterName,
    keep_as: Option<String>,
    cacerts: Cacerts,
}

impl Issued {
    fn stage(&self, batch: &mut Batch<'_>) -> Result<(), OutputError> {
        let files: Vec<_> = self
            .cacerts
            .files()
            .present()
            .map(|(name, contents)| match name {
                mesh::CA_KEY => NewFile::private(name, contents),
                _ => NewFile::public(name, contents),
            })
            .collect();
        match &self.keep_as {
            None => batch.new_folder(self.name.as_str(), &files),
            Some(kept) => batch.replace_folder(self.name.as_str(), kept, &files),
        }
    }
}

/// Does `jobs` and says what came of each; how many are in place. Keys and certificates are made
/// on all cores; this thread alone writes.
pub fn run(
    jobs: Vec<Job>,
    mesh: Mesh,
    output: &OutputDir,
    session: &Session,
) -> anyhow::Result<usize> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let mut progress = Progress::new(jobs.len(), "keys", session.console);
    let mut batch = output.batch()?;
    let mut staged: Vec<(ClusterName, String)> = Vec::new();
    let order: Vec<_> = jobs.iter().map(|job| job.name.clone()).collect();
    let results = start(jobs, mesh);
    for _ in 0..order.len() {
        let (name, issued) = next(&results, session)?;
        progress.advance(name.as_str());
        let written = issued.and_then(|issued| {
            issued.stage(&mut batch)?;
            let mut report = describe(&issued.name, &issued.cacerts);
            if let Some(kept) = &issued.keep_as {
                report += &format!("  kept         {kept}/, the files that it replaces\n");
            }
            staged.push((issued.name, report));
            Ok(())
        });
        if let Err(error) = written {
            session.interrupt.check()?;
            session.console.error(&error.context(name.to_string()));
        }
    }
    drop(progress);

    let placed = batch.commit_each().context("no cluster was written")?;
    let mut reports = Vec::new();
    for ((name, report), placed) in staged.into_iter().zip(placed) {
        match placed {
            Ok(placed) => {
                if placed == Placed::WithAGap {
                    session.console.note(format_args!(
                        "{name}: this file system cannot exchange two folders: for a moment there was none"
                    ));
                }
                let position = order.iter().position(|ordered| *ordered == name);
                reports.push((position, report));
            }
            Err(error) => {
                let error = anyhow::Error::from(error).context(name.to_string());
                session.console.error(&error);
            }
        }
    }
    reports.sort();
    let report: String = reports.iter().map(|(_, report)| report.as_str()).collect();
    session.console.report(&report)?;
    Ok(reports.len())
}

type JobResult = (ClusterName, anyhow::Result<Issued>);

/// Every job on its way, as many at once as there are cores.
fn start(jobs: Vec<Job>, mesh: Mesh) -> mpsc::Receiver<JobResult> {
    let mesh = Arc::new(mesh);
    let (sender, results) = mpsc::channel();
    for job in jobs {
        let (mesh, sender) = (mesh.clone(), sender.clone());
        rayon::spawn_fifo(move || {
            let name = job.name.clone();
            // The receiver is gone if the run was interrupted, and the result with it.
            let _ = sender.send((name, job.issue(&mesh)));
        });
    }
    results
}

/// The next result, or an error as soon as a signal comes: a key is never waited for then.
fn next(results: &mpsc::Receiver<JobResult>, session: &Session) -> anyhow::Result<JobResult> {
    loop {
        session.interrupt.check()?;
        match results.recv_timeout(Duration::from_millis(50)) {
            Ok(result) => return Ok(result),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                anyhow::bail!("a worker ended without a result")
            }
        }
    }
}
