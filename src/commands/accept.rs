//! `meshpki accept`.

mod archive;
mod folder;
mod heap;
mod job;
mod offer;
mod pins;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use self::offer::Terms;
use self::pins::Pins;
use super::each::{self, Task};
use super::{Outcome, Session, cluster};
use crate::mesh::kubernetes::ClusterName;
use crate::output::OutputDir;
use crate::pki::digest::Sha256;

/// Put the certificates that came back from the root beside the keys that stayed
///
/// Each has to be for NAME/ca-key.next.pem or NAME/ca-key.pem; the root has to be one of
/// --root-sha256, or else stand in root-cert.pem here or in NAME; and istiod has to take the
/// result. Only then are the files put in place, all of a cluster or none. Files that they replace
/// are kept in NAME.TIME.
///
/// With --ca-cert the certificates are from anywhere: PEM, DER, PKCS#7 or Kubernetes objects, in
/// any order, with others among them. What belongs to the key is sorted into the right files, or
/// what is missing is named.
#[derive(Args)]
#[command(
    override_usage = "meshpki accept [OPTIONS] <ARCHIVE> [NAME]...\n       meshpki accept [OPTIONS] --ca-cert <CERT> [--chain <CHAIN>]... [--root <ROOT>]... <NAME>",
    before_help = "\
Examples:
  meshpki accept signed.tar                            every cluster that has a folder here
  meshpki accept --root-sha256 3F:9A:... signed.tar    the first time: compare the fingerprint
  meshpki accept --dry-run signed.tar cluster1
  meshpki accept --ca-cert cert.pem --chain corp.p7b --root corp-root.pem cluster1"
)]
pub struct Accept {
    /// What `meshpki sign` wrote; - is stdin
    #[arg(value_name = "ARCHIVE", required_unless_present = "ca_cert")]
    archive: Option<OsString>,
    /// These clusters alone, of which each has to be in it
    #[arg(value_name = "NAME", value_parser = cluster::named)]
    clusters: Vec<ClusterName>,
    /// The SHA-256 of a root's certificate, as people have compared it; may be given more than once
    #[arg(long, value_name = "DIGEST")]
    root_sha256: Vec<Sha256>,
    /// The SHA-256 of the archive's manifest, as `meshpki sign` printed it
    #[arg(long, value_name = "DIGEST", conflicts_with = "ca_cert")]
    manifest_sha256: Option<Sha256>,
    /// A file with the certificate of the CA of one cluster
    #[arg(long, value_name = "CERT")]
    ca_cert: Option<PathBuf>,
    /// A file with CAs above it; may be given more than once
    #[arg(long, value_name = "CHAIN", requires = "ca_cert")]
    chain: Vec<PathBuf>,
    /// A file with the roots that are to be trusted; may be given more than once
    #[arg(long, value_name = "ROOT", requires = "ca_cert")]
    root: Vec<PathBuf>,
    /// Take a certificate that is older than the one that stands for the same key
    #[arg(long)]
    older: bool,
    /// Say what would be put in place, and leave all as it is
    #[arg(long)]
    dry_run: bool,
}

impl Accept {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let settings = session.config.cluster_cacerts()?;
        let terms = Terms {
            trust_domain: session.config.trust_domain().value,
            chain_with_root: settings.chain_with_root.value,
            is_older_taken: self.older,
        };
        match (&self.ca_cert, &self.archive) {
            (None, archive) => {
                let archive = archive.as_deref().expect("clap has asked for it");
                self.archive(Path::new(archive), &terms, session)
            }
            (Some(ca_cert), Some(name)) => self.heap(ca_cert, name, &terms, session),
            (Some(_), None) => {
                let message = "with --ca-cert the NAME of the cluster is needed";
                Err(session.usage_error("accept", message).into())
            }
        }
    }

    fn archive(&self, archive: &Path, terms: &Terms, session: &Session) -> anyhow::Result<Outcome> {
        let archive = archive::Archive::read(archive)?;
        archive.compare(self.manifest_sha256.as_ref(), session)?;
        let output = self.lock(session)?;
        let pins = Pins::read(&self.root_sha256)?;
        let tasks = archive.tasks(&self.clusters, &pins, terms, session)?;
        each::run(tasks, (), output.as_ref(), |_| Ok(()), session)
    }

    fn heap(
        &self,
        ca_cert: &Path,
        name: &OsStr,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Outcome> {
        let usage_error = |message: &str| Err(session.usage_error("accept", message).into());
        if !self.clusters.is_empty() {
            return usage_error("with --ca-cert there is no archive, and one NAME");
        }
        let name = name.to_str().map(cluster::named);
        let name = match name {
            Some(Ok(name)) => name,
            Some(Err(error)) => return usage_error(&format!("with --ca-cert: {error}")),
            None => return usage_error("with --ca-cert: the NAME is not UTF-8"),
        };
        let is_stdin = |path: &&Path| *path == Path::new("-");
        let paths = [&self.chain, &self.root].into_iter().flatten();
        let paths = paths.map(PathBuf::as_path).chain([ca_cert]);
        if paths.filter(is_stdin).count() > 1 {
            return usage_error("stdin can be one file, and no more");
        }
        let sources = heap::Sources::read(ca_cert, &self.chain, &self.root, session)?;
        let output = self.lock(session)?;
        let pins = match self.root.is_empty() {
            true => Pins::read(&self.root_sha256)?,
            false => Pins::of_command_line(&self.root_sha256),
        };
        let task = sources.task(&name, &pins, terms, session);
        let task = task.unwrap_or_else(|error| Task::Refused(vec![error]));
        each::run(
            vec![(name.to_string(), task)],
            (),
            output.as_ref(),
            |_| Ok(()),
            session,
        )
    }

    fn lock(&self, session: &Session) -> anyhow::Result<Option<OutputDir>> {
        match self.dry_run {
            true => Ok(None),
            false => session.lock(Path::new(".")).map(Some),
        }
    }
}
