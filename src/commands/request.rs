//! `meshpki request`.

mod job;

use std::path::Path;

use clap::Args;

use super::cluster_cacerts::asked::Asked;
use super::cluster_cacerts::flags::CaFlags;
use super::cluster_cacerts::standing;
use super::each::{self, Task};
use super::{Outcome, Session, cluster};
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
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
  meshpki request --rekey cluster1                 the next key, while the present one is in use")]
pub struct Request {
    /// The clusters
    #[arg(value_name = "NAME", required = true, value_parser = cluster::named)]
    clusters: Vec<ClusterName>,
    #[command(flatten)]
    ca: CaFlags,
    /// Ask for a new key, ca-key.next.pem, which waits for its certificate beside the present one
    #[arg(long)]
    rekey: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Request {
    pub(crate) fn run(mut self, session: &Session) -> anyhow::Result<Outcome> {
        let mut seen = std::collections::HashSet::new();
        self.clusters.retain(|name| seen.insert(name.clone()));
        let asked = self.ca.asked(session)?;
        let output = match self.dry_run {
            true => None,
            false => Some(session.lock(Path::new("."))?),
        };
        let names = self.clusters.iter();
        let tasks = names.map(|name| (name.to_string(), self.task(name, &asked)));
        let tasks: Vec<_> = tasks.collect();
        self.warn_if_exposed(session);
        each::run(tasks, (), output.as_ref(), session)
    }

    fn task(&self, name: &ClusterName, asked: &Asked) -> Task<Job> {
        let job = standing::look(name).and_then(|standing| match standing {
            None => Job::new_cluster(name, asked).map(Some),
            Some(standing) if self.rekey => Job::next_key(name, standing, asked),
            Some(standing) => Job::present_key(name, standing, asked),
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
