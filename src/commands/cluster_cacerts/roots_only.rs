//! `--roots-only`: the mesh's root-cert.pem into each cluster's folder, and nothing else.

use super::asked::Asked;
use super::standing;
use super::{nothing_to_replace, read_root};
use crate::commands::{Outcome, Session, cluster};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::root_bundle;
use crate::mesh::rules::{Circumstances, Finding};
use crate::output::{Batch, NewFile, OutputDir, OutputError};

/// Without an `output` it says what it would do.
pub fn run(
    clusters: &[ClusterName],
    asked: &Asked,
    output: Option<&OutputDir>,
    session: &Session,
) -> anyhow::Result<Outcome> {
    let roots = read_root(mesh::ROOT_CERT)?;
    root_bundle::certificates(&roots).map_err(|error| Refusal::new(&error, error.hint))?;
    let mut batch = output.map(OutputDir::batch).transpose()?;
    let mut staged = Vec::new();
    let mut report = String::new();
    let (mut written, mut up_to_date, mut failed) = (0, 0, 0);
    let complain = |name: &ClusterName, error: anyhow::Error| {
        session.console.error(&error.context(name.to_string()));
    };
    for name in clusters {
        match look(name, &roots, asked) {
            Ok(true) => {
                up_to_date += 1;
                report += &format!("{name}: root-cert.pem is up to date\n");
            }
            Ok(false) => match batch.as_mut().map(|batch| stage(name, &roots, batch)) {
                Some(Ok(())) => staged.push(name),
                Some(Err(error)) => {
                    session.interrupt.check()?;
                    failed += 1;
                    complain(name, error.into());
                }
                None => {
                    written += 1;
                    report += &format!("{name}/root-cert.pem (not written)\n");
                }
            },
            Err(Obstacle::InTheWay(error)) => {
                failed += 1;
                complain(name, error);
            }
            Err(Obstacle::Broken(findings)) => {
                failed += 1;
                cluster::explain(name, &findings, session);
            }
        }
    }
    let placed = batch.map(Batch::commit_each).transpose()?;
    for (name, placed) in staged.into_iter().zip(placed.into_iter().flatten()) {
        match placed {
            Ok(_) => {
                written += 1;
                report += &format!("{name}/root-cert.pem\n");
            }
            Err(error) => {
                failed += 1;
                complain(name, error.into());
            }
        }
    }
    session.console.report(&report)?;
    if clusters.len() > 1 {
        let total = clusters.len();
        let verb = match output {
            Some(_) => "written",
            None => "would be written",
        };
        session.console.note(format_args!(
            "{total} clusters: {written} {verb}, {up_to_date} up to date, {failed} failed"
        ));
    }
    Ok(match failed {
        0 => Outcome::Done,
        _ => Outcome::Trouble,
    })
}

fn stage(name: &ClusterName, roots: &[u8], batch: &mut Batch<'_>) -> Result<(), OutputError> {
    let path = format!("{name}/{}", mesh::ROOT_CERT);
    batch.replace_file(&path, &NewFile::public(mesh::ROOT_CERT, roots))
}

enum Obstacle {
    InTheWay(anyhow::Error),
    Broken(Vec<Finding>),
}

/// Whether `name` has these roots already. What would break the cluster is an obstacle.
fn look(name: &ClusterName, roots: &[u8], asked: &Asked) -> Result<bool, Obstacle> {
    let standing = standing::look(name).map_err(Obstacle::InTheWay)?;
    let standing = standing.ok_or_else(|| Obstacle::InTheWay(nothing_to_replace(name)))?;
    let mut files = standing.files;
    if files.root_cert.as_deref() == Some(roots) {
        return Ok(true);
    }
    files.root_cert = Some(roots.to_vec());
    let circumstances =
        Circumstances::new(asked.now, name.as_str(), asked.trust_domain.value.as_ref());
    Cacerts::prove(files, &circumstances).map_err(Obstacle::Broken)?;
    Ok(false)
}
