//! `--roots-only`: the mesh's root-cert.pem into each cluster's folder, and nothing else.

use std::path::Path;

use super::Asked;
use crate::commands::{Outcome, Session, cluster};
use crate::console::Refusal;
use crate::input::{self, InputError};
use crate::mesh;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::rules::{Circumstances, Finding};
use crate::output::{Batch, NewFile, OutputDir};

/// Without an `output` it says what it would do.
pub fn run(
    clusters: &[ClusterName],
    asked: &Asked,
    output: Option<&OutputDir>,
    session: &Session,
) -> anyhow::Result<Outcome> {
    let roots = input::read(Path::new(mesh::ROOT_CERT)).map_err(|error| {
        let hint = "make the root first: meshpki root-ca";
        anyhow::Error::from(error).context(Refusal::new("there is no root-cert.pem", hint))
    })?;
    let mut batch = output.map(OutputDir::batch).transpose()?;
    let mut outcome = Outcome::Done;
    let mut staged = Vec::new();
    let mut report = String::new();
    for name in clusters {
        match look(name, &roots, asked) {
            Ok(true) => report += &format!("{name}: root-cert.pem is up to date\n"),
            Ok(false) => {
                if let Some(batch) = &mut batch {
                    let path = format!("{name}/{}", mesh::ROOT_CERT);
                    batch.replace_file(&path, &NewFile::public(mesh::ROOT_CERT, &roots))?;
                    staged.push(name);
                } else {
                    report += &format!("{name}/root-cert.pem (not written)\n");
                }
            }
            Err(Obstacle::Unreadable(error)) => {
                outcome = Outcome::Trouble;
                session
                    .console
                    .error(&anyhow::Error::from(error).context(name.to_string()));
            }
            Err(Obstacle::Broken(findings)) => {
                outcome = Outcome::Trouble;
                cluster::explain(name, &findings, session);
            }
        }
    }
    let placed = batch.map(Batch::commit_each).transpose()?;
    for (name, placed) in staged.into_iter().zip(placed.into_iter().flatten()) {
        match placed {
            Ok(_) => report += &format!("{name}/root-cert.pem\n"),
            Err(error) => {
                outcome = Outcome::Trouble;
                session
                    .console
                    .error(&anyhow::Error::from(error).context(name.to_string()));
            }
        }
    }
    session.console.report(&report)?;
    Ok(outcome)
}

enum Obstacle {
    Unreadable(InputError),
    Broken(Vec<Finding>),
}

/// Whether `name` has these roots already. What would break the cluster is an obstacle.
fn look(name: &ClusterName, roots: &[u8], asked: &Asked) -> Result<bool, Obstacle> {
    let mut files = cluster::read(name).map_err(Obstacle::Unreadable)?;
    if files.root_cert.as_deref() == Some(roots) {
        return Ok(true);
    }
    files.root_cert = Some(roots.to_vec());
    let circumstances = Circumstances {
        at: asked.now,
        cluster: name.as_str(),
        trust_domain: asked.trust_domain.value.as_ref(),
    };
    Cacerts::prove(files, &circumstances).map_err(Obstacle::Broken)?;
    Ok(false)
}
