//! One thing on its way from the staging folder to its place: done, undone, or, after a crash, done
//! to the end.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::exchange::{exchange, rename_new};
use super::files::Files;
use super::{OutputError, Placed, as_typed};
use crate::escape;

#[derive(Serialize, Deserialize)]
pub struct PlannedItem {
    /// The folder in the staging folder that holds the item.
    pub folder: String,
    /// That folder's inode: after an exchange another folder has its name.
    pub inode: u64,
    pub placement: Placement,
}

#[derive(Serialize, Deserialize)]
pub enum Placement {
    /// Files in a folder that is there: those that are new, and those that replace others.
    Files {
        folder: String,
        new: Vec<String>,
        replacing: Vec<String>,
    },
    NewFolder {
        name: String,
    },
    ReplaceFolder {
        name: String,
        keep_as: String,
    },
    /// The old folder goes: it `holds` files of these names, and no others.
    ExchangeFolder {
        name: String,
        holds: Vec<String>,
    },
}

/// How far an item has come, as the disk says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Staged,
    /// Some of what is to be done is done.
    Half,
    Placed,
}

impl PlannedItem {
    /// Puts the item in place, all of it or nothing.
    pub fn place(&self, root: &Path, staging: &Path) -> Result<Placed, OutputError> {
        let staged = staging.join(&self.folder);
        match &self.placement {
            Placement::Files {
                folder,
                new,
                replacing,
            } => Files::new(&staged, &root.join(folder), new, replacing).place(),
            Placement::NewFolder { name } => {
                let target = root.join(name);
                rename_new(&staged, &target).map_err(cannot_place(&target))?;
                Ok(Placed::Atomically)
            }
            Placement::ReplaceFolder { name, keep_as } => {
                replace_folder(&staged, &root.join(name), &root.join(keep_as))
            }
            Placement::ExchangeFolder { name, holds } => {
                exchange_folder(&staged, &root.join(name), holds)
            }
        }
    }

    /// Undoes [`PlannedItem::place`], the last step first.
    pub fn take_back(
        &self,
        root: &Path,
        staging: &Path,
        placed: Placed,
    ) -> Result<(), OutputError> {
        let staged = staging.join(&self.folder);
        let undone = match &self.placement {
            Placement::Files {
                folder,
                new,
                replacing,
            } => Files::new(&staged, &root.join(folder), new, replacing).take_back(),
            Placement::NewFolder { name } => rename_new(&root.join(name), &staged),
            Placement::ReplaceFolder { name, keep_as } => {
                let (name, keep_as) = (root.join(name), root.join(keep_as));
                match placed {
                    Placed::Atomically => rename_new(&keep_as, &staged)
                        .and_then(|()| exchange(&staged, &name).map(|_| ())),
                    Placed::WithAGap => {
                        rename_new(&name, &staged).and_then(|()| rename_new(&keep_as, &name))
                    }
                }
            }
            Placement::ExchangeFolder { name, .. } => {
                let target = root.join(name);
                match placed {
                    Placed::Atomically => exchange(&staged, &target).map(|_| ()),
                    Placed::WithAGap => rename_new(&target, &staged)
                        .and_then(|()| rename_new(&set_aside(&staged), &target)),
                }
            }
        };
        undone.map_err(OutputError::io("take back what was put in place in", root))
    }

    /// How far it has come.
    pub fn stage(&self, root: &Path, staging: &Path) -> io::Result<Stage> {
        let staged = staging.join(&self.folder);
        match &self.placement {
            Placement::Files {
                folder,
                new,
                replacing,
            } => Files::new(&staged, &root.join(folder), new, replacing).stage(),
            Placement::NewFolder { .. } => Ok(match inode(&staged)? {
                Some(_) => Stage::Staged,
                None => Stage::Placed,
            }),
            Placement::ExchangeFolder { name, holds } => Ok(match inode(&staged)? {
                None => Stage::Placed,
                // What is left is the old folder.
                Some(found) if found != self.inode => match other_than(holds, &staged)? {
                    None => Stage::Placed,
                    Some(_) => Stage::Half,
                },
                Some(_) => match (inode(&root.join(name))?, inode(&set_aside(&staged))?) {
                    (None, Some(_)) => Stage::Half,
                    _ => Stage::Staged,
                },
            }),
            Placement::ReplaceFolder { name, keep_as } => Ok(match inode(&staged)? {
                None => Stage::Placed,
                Some(found) if found != self.inode => Stage::Half,
                Some(_) => match (inode(&root.join(name))?, inode(&root.join(keep_as))?) {
                    (None, Some(_)) => Stage::Half,
                    _ => Stage::Staged,
                },
            }),
        }
    }

    /// Puts the rest of an item in place that is half in place. Returns its names.
    pub fn complete(&self, root: &Path, staging: &Path) -> Result<Vec<String>, OutputError> {
        let staged = staging.join(&self.folder);
        match &self.placement {
            Placement::Files {
                folder,
                new,
                replacing,
            } => {
                Files::new(&staged, &root.join(folder), new, replacing).complete()?;
                let names = new.iter().chain(replacing);
                let path = |name| as_typed(&Path::new(folder).join(name));
                Ok(names.map(|name| escape::path(&path(name))).collect())
            }
            Placement::ReplaceFolder { name, keep_as } => {
                // The new folder goes where there is none; after an exchange, the old one is left.
                let standing = inode(&root.join(name)).map_err(OutputError::io("read", root))?;
                let target = root.join(standing.map_or(name, |_| keep_as));
                rename_new(&staged, &target).map_err(cannot_place(&target))?;
                Ok(vec![name.clone()])
            }
            Placement::ExchangeFolder { name, holds } => {
                complete_exchange(&staged, self.inode, &root.join(name), holds)
                    .map_err(OutputError::io("replace", root.join(name)))?;
                Ok(vec![name.clone()])
            }
            Placement::NewFolder { name } => {
                unreachable!("{name} takes one step, and is never half in place")
            }
        }
    }
}

/// The inode of what is at `path`, if something is. Of anything else that can be wrong, nothing
/// follows about what is there.
pub fn inode(path: &Path) -> io::Result<Option<u64>> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub fn cannot_place(target: &Path) -> impl FnOnce(io::Error) -> OutputError {
    move |error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
            OutputError::exists(target)
        }
        _ => OutputError::io("put in place", target)(error),
    }
}

fn replace_folder(staged: &Path, target: &Path, kept: &Path) -> Result<Placed, OutputError> {
    let failed = OutputError::io("replace", target);
    match exchange(staged, target) {
        Ok(true) => match rename_new(staged, kept) {
            Ok(()) => Ok(Placed::Atomically),
            Err(error) => {
                exchange(staged, target).map_err(OutputError::io("take back", target))?;
                Err(cannot_place(kept)(error))
            }
        },
        Ok(false) => {
            rename_new(target, kept).map_err(cannot_place(kept))?;
            match rename_new(staged, target) {
                Ok(()) => Ok(Placed::WithAGap),
                Err(error) => {
                    rename_new(kept, target).map_err(OutputError::io("take back", target))?;
                    Err(failed(error))
                }
            }
        }
        Err(error) => Err(failed(error)),
    }
}

/// Where the old folder is until the new one is durable, where the two cannot be exchanged.
fn set_aside(staged: &Path) -> PathBuf {
    staged.with_extension(REPLACED)
}

/// The old folder is left in the staging folder, and goes with it.
fn exchange_folder(staged: &Path, target: &Path, holds: &[String]) -> Result<Placed, OutputError> {
    let failed = OutputError::io("replace", target);
    match exchange(staged, target) {
        Ok(true) => match holds_no_others(staged, holds, target) {
            Ok(()) => Ok(Placed::Atomically),
            Err(error) => {
                exchange(staged, target).map_err(OutputError::io("take back", target))?;
                Err(error)
            }
        },
        Ok(false) => {
            let old = set_aside(staged);
            rename_new(target, &old).map_err(failed)?;
            let placed = holds_no_others(&old, holds, target).and_then(|()| {
                rename_new(staged, target).map_err(OutputError::io("replace", target))
            });
            match placed {
                Ok(()) => Ok(Placed::WithAGap),
                Err(error) => {
                    rename_new(&old, target).map_err(OutputError::io("take back", target))?;
                    Err(error)
                }
            }
        }
        Err(error) => Err(failed(error)),
    }
}

/// Of an exchange that is half done: the new folder goes into its place, unless somebody has put
/// something into the old one, which then goes back.
fn complete_exchange(staged: &Path, new: u64, target: &Path, holds: &[String]) -> io::Result<()> {
    if inode(staged)? != Some(new) {
        return exchange(staged, target).map(|_| ());
    }
    let old = set_aside(staged);
    match other_than(holds, &old)? {
        None => rename_new(staged, target),
        Some(_) => rename_new(&old, target),
    }
}

/// What somebody has put into the `old` folder, whose name is `target`, is not removed with it.
fn holds_no_others(old: &Path, holds: &[String], target: &Path) -> Result<(), OutputError> {
    match other_than(holds, old).map_err(OutputError::io("read the folder", target))? {
        None => Ok(()),
        Some(other) => Err(OutputError::Foreign(as_typed(&target.join(other)))),
    }
}

/// The first name in `folder` that is none of `names`.
fn other_than(names: &[String], folder: &Path) -> io::Result<Option<OsString>> {
    for entry in std::fs::read_dir(folder)? {
        let found = entry?.file_name();
        if !names.iter().any(|name| found == *name.as_str()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What is set aside has this for its ending.
const REPLACED: &str = "replaced";
