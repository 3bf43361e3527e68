//! Where the files go, and what may stand there already.

use std::path::Path;

use super::Wanted;
use super::told::shown;
use crate::commands::Session;
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh;
use crate::mesh::import::{Files, Imported};
use crate::output::{NewFile, OutputDir};

/// What was done about the files of one Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Written,
    /// They all stood there, octet for octet.
    UpToDate,
}

/// Straight into `folder`, all or none.
pub fn alone(
    imported: &Imported,
    folder: &Path,
    output: &OutputDir,
    session: &Session,
) -> anyhow::Result<Placement> {
    let missing = missing(&imported.files, folder, session)?;
    if missing.is_empty() {
        return Ok(Placement::UpToDate);
    }
    let mut batch = output.batch()?;
    batch.new_files(&missing)?;
    batch.commit_all()?;
    Ok(Placement::Written)
}

/// Each of `wanted` into its folder below `folder`.
pub fn each(
    wanted: &[Wanted],
    folder: &Path,
    output: &OutputDir,
    session: &Session,
) -> anyhow::Result<Vec<anyhow::Result<Placement>>> {
    let mut batch = output.batch()?;
    let mut staged = Vec::new();
    for Wanted {
        folder: name,
        imported,
        ..
    } in wanted
    {
        let place = folder.join(name.as_str());
        let is_there = place.symlink_metadata().is_ok();
        let one = missing(&imported.files, &place, session).and_then(|missing| {
            match missing.first() {
                None => return Ok(Placement::UpToDate),
                Some(first) if is_there => {
                    let (place, first) = (escape::path(&place), first.name());
                    return Err(Refusal::new(
                        format_args!("{place} is there already, without {first}"),
                        "move it away, or import this Secret alone",
                    )
                    .into());
                }
                Some(_) => batch.new_folder(name.as_str(), &missing)?,
            }
            Ok(Placement::Written)
        });
        session.interrupt.check()?;
        staged.push(one);
    }
    let mut committed = batch.commit_each()?.into_iter();
    let placed = staged.into_iter().map(|one| match one {
        Ok(Placement::Written) => {
            let committed = committed.next().expect("it is staged");
            Ok(committed.map(|_| Placement::Written)?)
        }
        one => one,
    });
    Ok(placed.collect())
}

/// The files that are not in `folder` yet. Whatever differs there, or does not go with them, is in
/// the way.
fn missing<'a>(
    files: &'a Files,
    folder: &Path,
    session: &Session,
) -> anyhow::Result<Vec<NewFile<'a>>> {
    no_strangers(files, folder)?;
    let mut missing = Vec::new();
    for (name, contents) in files.present() {
        let path = folder.join(name);
        match input::read(&path) {
            Err(error) if error.is_not_found() => missing.push(new_file(name, contents)),
            Ok(standing) if *standing == contents => {
                if is_private(name) {
                    session.warn_if_exposed(&path);
                }
            }
            Ok(_) => {
                let path = escape::path(&shown(&path));
                return Err(in_the_way(format_args!(
                    "{path} is there already, and says something else"
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(missing)
}

/// A root's key beside a cluster's, or a workload's, would be taken for one of theirs; a file that
/// the Secret does not have would be taken for a part of it.
fn no_strangers(files: &Files, folder: &Path) -> anyhow::Result<()> {
    let strangers: &[(&str, &str)] = match files {
        Files::Root { .. } => &[
            (mesh::CA_KEY, "the folder is a cluster's"),
            (mesh::WORKLOAD_KEY, "the folder is a workload's"),
        ],
        Files::Cluster(_) => &[
            (mesh::ROOT_KEY, "the folder is a root's"),
            (mesh::WORKLOAD_KEY, "the folder is a workload's"),
            (mesh::CA_CRL, "and the Secret has none"),
            (mesh::CERT_CHAIN, "and the Secret has none"),
            (mesh::ROOT_CERT, "and the Secret has none"),
        ],
    };
    let own = files.present();
    let is_own = |name: &str| own.iter().any(|(own, _)| *own == name);
    for (name, reason) in strangers.iter().filter(|(name, _)| !is_own(name)) {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            let path = escape::path(&shown(&path));
            return Err(in_the_way(format_args!("{path} is there: {reason}")));
        }
    }
    Ok(())
}

fn in_the_way(message: std::fmt::Arguments<'_>) -> anyhow::Error {
    Refusal::new(
        message,
        "nothing is overwritten: name another folder with --out-dir",
    )
    .into()
}

fn is_private(name: &str) -> bool {
    [mesh::CA_KEY, mesh::ROOT_KEY].contains(&name)
}

fn new_file<'a>(name: &'a str, contents: &'a [u8]) -> NewFile<'a> {
    if is_private(name) {
        NewFile::private(name, contents)
    } else {
        NewFile::public(name, contents)
    }
}
