//! `meshpki cluster-cacerts`.

pub(super) mod asked;
mod differences;
pub(super) mod flags;
mod issue;
pub(super) mod key_source;
mod roots_only;
pub(super) mod standing;

use std::path::Path;

use clap::Args;
use zeroize::Zeroizing;

use super::each::{self, Task};
use super::passphrase::Source;
use super::record::{self, RootRecord};
use super::root_key::RootKey;
use super::{Outcome, Session, cluster, report};
use crate::config;
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::signing_root::SigningRoot;
use asked::Asked;
use differences::{Difference, Way};
use flags::CaFlags;
use issue::{Job, Mesh};

pub(super) use issue::cert_chain;

/// Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem
///
/// A cluster that stands as asked is left as it is. One that does not is left as it is too, and
/// what differs is named. Each certificate is recorded in root-issued.jsonl before it is put in
/// place: meshpki issued.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki cluster-cacerts cluster1 cluster2 cluster3
  meshpki cluster-cacerts --renew cluster1             a new certificate for the same key
  meshpki cluster-cacerts --roots-only cluster1        the mesh's root-cert.pem, and nothing else")]
pub struct ClusterCacerts {
    /// The clusters: letters, digits, '-', '_' and '.', as the names of their folders
    #[arg(value_name = "NAME", required = true, value_parser = cluster::named)]
    clusters: Vec<ClusterName>,
    #[command(flatten)]
    ca: CaFlags,
    /// The days until it expires, no later than its root [default: 3650]
    #[arg(long, value_parser = config::parse_days)]
    days: Option<u32>,
    /// Leave the root out of cert-chain.pem, for clients that refuse it twice
    #[arg(long)]
    chain_without_root: bool,
    /// Replace the certificates by new ones for the same keys; the old files are kept
    #[arg(long, conflicts_with_all = ["rekey", "roots_only"])]
    renew: bool,
    /// Replace keys and certificates by new ones; the old files are kept
    #[arg(long, conflicts_with = "roots_only")]
    rekey: bool,
    /// Bring NAME/root-cert.pem up to root-cert.pem, and nothing else
    #[arg(long, conflicts_with_all = ["org", "cn", "days", "key_type", "san_dns", "chain_without_root"])]
    roots_only: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where root-key.pem's passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked
    /// for]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
    passin: Option<Source>,
}

impl ClusterCacerts {
    pub(crate) fn run(mut self, session: &Session) -> anyhow::Result<Outcome> {
        let mut seen = std::collections::HashSet::new();
        self.clusters.retain(|name| seen.insert(name.clone()));
        let asked = self.asked(session)?;
        let mut root_key = RootKey::to_sign_with(self.passin.as_ref(), session);
        loop {
            let output = match self.dry_run {
                true => None,
                false => Some(session.lock(Path::new("."))?),
            };
            if self.roots_only {
                return roots_only::run(&self.clusters, &asked, output.as_ref(), session);
            }
            let mesh = read_mesh(&asked, &mut root_key, session)?;
            if let Some(mesh) = mesh {
                let tasks = self.tasks(&asked, &mesh);
                let is_work = |(_, task): &(_, Task<Job>)| matches!(task, Task::Issue(_));
                let signs = tasks.iter().any(is_work);
                let record = match &output {
                    Some(output) if signs => Some(RootRecord::open(output, session)?),
                    // It would be refused.
                    None if signs => record::look().map(|_| None)?,
                    _ => None,
                };
                if record.is_none() || mesh.root.authority().is_ok() {
                    self.warn_if_exposed(session);
                    let issuer = mesh.root.certificate().clone();
                    let record = |signed: &[_]| match record {
                        Some(record) => record.append(signed, &issuer),
                        None => Ok(()),
                    };
                    return each::run(tasks, mesh, output.as_ref(), record, session);
                }
            }
            drop(output);
            root_key.unlock()?;
        }
    }

    fn tasks(&self, asked: &Asked, mesh: &Mesh) -> Vec<(String, Task<Job>)> {
        let names = self.clusters.iter();
        let tasks = names.map(|name| (name.to_string(), self.task(name, asked, mesh)));
        tasks.collect()
    }

    /// Warns of keys that others can read.
    fn warn_if_exposed(&self, session: &Session) {
        session.warn_if_exposed(Path::new(mesh::ROOT_KEY));
        for name in &self.clusters {
            session.warn_if_exposed(&Path::new(name.as_str()).join(mesh::CA_KEY));
        }
    }

    fn asked(&self, session: &Session) -> anyhow::Result<Asked> {
        let asked = self.ca.asked(session)?;
        let without_root = self.chain_without_root.then_some(false);
        Ok(Asked {
            days: asked.days.or_flag("--days", self.days),
            chain_with_root: asked
                .chain_with_root
                .or_flag("--chain-without-root", without_root),
            ..asked
        })
    }

    fn task(&self, name: &ClusterName, asked: &Asked, mesh: &Mesh) -> Task<Job> {
        let refused = |error: anyhow::Error| Task::Refused(vec![error]);
        let standing = match standing::look(name) {
            Ok(Some(standing)) => standing,
            Ok(None) if self.renew || self.rekey => return refused(nothing_to_replace(name)),
            Ok(None) => {
                return match Job::new_cluster(name, asked, mesh) {
                    Ok(job) => Task::Issue(Box::new(job)),
                    Err(error) => refused(error),
                };
            }
            Err(error) => return refused(error),
        };
        let way = match (self.renew, self.rekey) {
            (true, _) => Way::Renew,
            (_, true) => Way::Rekey,
            _ => {
                return match standing.differences(name, asked, mesh) {
                    Ok(expires) => {
                        Task::UpToDate(format!("{name}: up to date, expires {expires}\n"))
                    }
                    Err(differences) => {
                        let errors = differences.iter().map(Difference::to_error);
                        Task::Refused(errors.collect())
                    }
                };
            }
        };
        match Job::replacement(name, &standing, way, asked, mesh) {
            Ok(job) => Task::Issue(Box::new(job)),
            Err(error) => refused(error),
        }
    }
}

fn nothing_to_replace(name: &ClusterName) -> anyhow::Error {
    let hint = format!("make it first: meshpki cluster-cacerts {name}");
    Refusal::new("there is nothing to replace", hint).into()
}

/// A file of the root's.
pub(super) fn read_root(name: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    const NOT_HERE: &str = "if the root is in another folder, work there, with -C DIR; a new mesh begins with: meshpki root-ca";

    read_root_or(name, NOT_HERE)
}

/// A file of the root's; if there is nothing of a root's here, the way out is `not_here`.
pub(super) fn read_root_or(name: &str, not_here: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    input::read(Path::new(name)).map_err(|error| {
        if error.is_not_found() {
            let other = if name == mesh::ROOT_KEY {
                mesh::ROOT_CERT
            } else {
                mesh::ROOT_KEY
            };
            let is_there = |name: &str| Path::new(name).exists();
            let hint = if is_there(mesh::CA_KEY) || is_there(&format!("../{}", mesh::ROOT_KEY)) {
                "this is the folder of a cluster: work in that of the root, with -C DIR".to_owned()
            } else if is_there(other) {
                format!("{other} is here: put back the {name} that belongs to it")
            } else {
                not_here.to_owned()
            };
            Refusal::new(format_args!("there is no {name}"), hint).into()
        } else {
            anyhow::Error::from(error)
        }
    })
}

/// The root that signs, and what goes into every cluster's folder of it. `None` if which root that
/// is depends on a key that is encrypted.
fn read_mesh(
    asked: &Asked,
    root_key: &mut RootKey<'_>,
    session: &Session,
) -> anyhow::Result<Option<Mesh>> {
    let root_cert = read_root(mesh::ROOT_CERT)?;
    let key = root_key.read(&read_root(mesh::ROOT_KEY)?);
    let root = SigningRoot::find_of(&root_cert, key, session.now).map_err(|error| {
        Refusal::new(
            format_args!("the root cannot be used: {error}"),
            error.hint(),
        )
    })?;
    Ok(root.map(|root| Mesh {
        root,
        root_cert: root_cert.to_vec(),
        trust_domain: asked.trust_domain.value.clone(),
        now: session.now,
    }))
}

/// The lines that tell of a cluster whose files are in place.
fn describe(name: &ClusterName, cacerts: &Cacerts) -> String {
    let files: Vec<_> = cacerts.files().present().map(|(file, _)| file).collect();
    let certificate = cacerts.authority().certificate();
    format!("{name}/\n{}", report::certificate(certificate, &files))
}
