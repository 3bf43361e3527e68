//! `meshpki request`.

mod bundle;
mod job;

use std::path::{Path, PathBuf};

use clap::Args;

use super::cluster_cacerts::asked::Asked;
use super::cluster_cacerts::flags::CaFlags;
use super::cluster_cacerts::standing;
use super::each::{self, Task};
use super::{Outcome, Session, cluster};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
use crate::output::OutputDir;
use bundle::Bundle;
use job::Job;

/// Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem
/// if there is none
///
/// No root is needed here, and no key leaves this machine. A cluster that stands asks with its
/// present key, and for what its certificate says.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki request cluster1 cluster2 cluster3       a key and a request for each cluster
  meshpki request --rekey cluster1                 the next key, while the present one is in use
  meshpki request --bundle requests.tar            every request here, in one archive
  meshpki request --bundle - cluster1 | ssh root.example.com 'cat > requests.tar'")]
pub struct Request {
    /// The clusters; with --bundle alone, all that have a request
    #[arg(value_name = "NAME", value_parser = cluster::named)]
    clusters: Vec<ClusterName>,
    #[command(flatten)]
    ca: CaFlags,
    /// Ask for a new key, ca-key.next.pem, which waits for its certificate beside the present one
    #[arg(long)]
    rekey: bool,
    /// Pack the requests into FILE, to be carried to the root; - is stdout
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Replace FILE if it says something else
    #[arg(long, requires = "bundle")]
    overwrite: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Request {
    pub(crate) fn run(mut self, session: &Session) -> anyhow::Result<Outcome> {
        let mut seen = std::collections::HashSet::new();
        self.clusters.retain(|name| seen.insert(name.clone()));
        let asked = self.ca.asked(session)?;
        if self.clusters.is_empty() {
            self.is_to_pack_alone(&asked, session)?;
        }
        let bundle = Bundle::of(&self, session)?;
        let output = match self.dry_run {
            true => None,
            false => Some(session.lock(Path::new("."))?),
        };
        if !self.clusters.is_empty() {
            let outcome = self.ask(&asked, bundle.as_ref(), output.as_ref(), session)?;
            if outcome != Outcome::Done {
                anyhow::ensure!(bundle.is_none(), "no archive was written");
                return Ok(outcome);
            }
        }
        if let Some(bundle) = &bundle {
            self.pack(bundle, output, session)?;
        }
        Ok(Outcome::Done)
    }

    /// Makes the requests that are not there yet.
    fn ask(
        &self,
        asked: &Asked,
        bundle: Option<&Bundle<'_>>,
        output: Option<&OutputDir>,
        session: &Session,
    ) -> anyhow::Result<Outcome> {
        let names = self.clusters.iter();
        let tasks = names.map(|name| (name.to_string(), self.task(name, asked, session)));
        let tasks: Vec<_> = tasks.collect();
        let is_work = |(_, task): &(_, Task<Job>)| matches!(task, Task::Issue(_));
        if let Some(bundle) = bundle.filter(|_| tasks.iter().any(is_work)) {
            bundle.will_differ()?;
        }
        self.warn_if_exposed(session);
        let is_up_to_date = |(_, task): &(_, Task<Job>)| matches!(task, Task::UpToDate(_));
        let is_all_there = tasks.iter().all(is_up_to_date);
        let outcome = each::run(tasks, (), output, |_| Ok(()), session)?;
        if is_all_there && bundle.is_none() {
            session.console.hint(format_args!(
                "carry {} to the root, or all of them in one archive: meshpki request --bundle requests.tar",
                mesh::CA_CSR
            ));
        }
        Ok(outcome)
    }

    /// Packs the requests that are there.
    fn pack(
        &self,
        bundle: &Bundle<'_>,
        output: Option<OutputDir>,
        session: &Session,
    ) -> anyhow::Result<()> {
        if self.dry_run && !self.clusters.is_empty() {
            return bundle.plan(&self.clusters, session);
        }
        let clusters = match self.clusters.as_slice() {
            [] => bundle::clusters(session)?,
            clusters => clusters.to_vec(),
        };
        let requests = bundle::read(&clusters)?;
        // The archive may be for the same folder.
        drop(output);
        match self.dry_run {
            true => bundle.preview(&requests, session),
            false => bundle.write(&requests, session),
        }
    }

    /// Without a NAME there is nothing to ask for.
    fn is_to_pack_alone(&self, asked: &Asked, session: &Session) -> Result<(), clap::Error> {
        let message = match asked.flags().split_whitespace().next() {
            _ if self.bundle.is_none() => "no NAME is given, and no --bundle".to_owned(),
            _ if self.rekey => "--rekey needs a NAME".to_owned(),
            Some(flag) => format!("{flag} needs a NAME"),
            None => return Ok(()),
        };
        Err(session.usage_error("request", message))
    }

    /// Whether stdout is for the archive.
    pub(crate) fn has_data_on_stdout(&self) -> bool {
        self.bundle.as_deref() == Some(Path::new("-")) && !self.dry_run
    }

    fn task(&self, name: &ClusterName, asked: &Asked, session: &Session) -> Task<Job> {
        let job = standing::look(name).and_then(|standing| match standing {
            None if self.rekey => {
                let hint = format!(
                    "make its first one: meshpki request{} {name}",
                    asked.flags()
                );
                Err(Refusal::new("there is no key yet that another could follow", hint).into())
            }
            None => Job::new_cluster(name, asked).map(Some),
            // The request that is packed is the one of the key that waits.
            Some(standing)
                if self.rekey || self.bundle.is_some() && standing.next_key.is_some() =>
            {
                Job::next_key(name, standing, asked, session)
            }
            Some(standing) => Job::present_key(name, standing, asked, session),
        });
        match job {
            Ok(Some(job)) => Task::Issue(Box::new(job)),
            Ok(None) => Task::UpToDate(format!("{name}: {} is up to date\n", mesh::CA_CSR)),
            Err(error) => Task::Refused(vec![error]),
        }
    }

    /// Warns of keys that others can read.
    fn warn_if_exposed(&self, session: &Session) {
        for name in &self.clusters {
            for key in [mesh::CA_KEY, mesh::CA_KEY_NEXT] {
                session.warn_if_exposed(&Path::new(name.as_str()).join(key));
            }
        }
    }
}
