//! One thing on its way from the staging folder to its place: done, undone, or, after a crash, done
//! to the end.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::exchange::{exchange, rename_new};
use super::{OutputError, Placed, as_typed};

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
    NewFiles {
        names: Vec<String>,
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
    ReplaceFile {
        path: String,
        name: String,
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
            Placement::NewFiles { names } => place_files(names, root, &staged),
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
            Placement::ReplaceFile { path, name } => {
                let target = root.join(path);
                replace_file(&staged, &staged.join(name), &target)
                    .map_err(OutputError::io("replace", target))?;
                Ok(Placed::Atomically)
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
            Placement::NewFiles { names } => take_back_files(names, root, &staged),
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
            Placement::ReplaceFile { path, .. } => {
                std::fs::rename(staged.join(REPLACED), root.join(path))
            }
        };
        undone.map_err(OutputError::io("take back what was put in place in", root))
    }

    /// How far it has come.
    pub fn stage(&self, root: &Path, staging: &Path) -> io::Result<Stage> {
        let staged = staging.join(&self.folder);
        let staged_or_placed = |path: &Path| {
            Ok(match inode(path)? {
                Some(_) => Stage::Staged,
                None => Stage::Placed,
            })
        };
        match &self.placement {
            Placement::NewFiles { names } => {
                let missing = missing(names, root, &staged)?.len();
                Ok(match missing {
                    0 => Stage::Placed,
                    _ if missing == names.len() => Stage::Staged,
                    _ => Stage::Half,
                })
            }
            Placement::NewFolder { .. } => staged_or_placed(&staged),
            Placement::ReplaceFile { name, .. } => staged_or_placed(&staged.join(name)),
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
            Placement::NewFiles { names } => {
                let missing = missing(names, root, &staged);
                for name in missing.map_err(OutputError::io("read", staging))? {
                    let target = root.join(name);
                    rename_new(&staged.join(name), &target).map_err(cannot_place(&target))?;
                }
                Ok(names.clone())
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
            Placement::NewFolder { name } | Placement::ReplaceFile { path: name, .. } => {
                unreachable!("{name} takes one step, and is never half in place")
            }
        }
    }
}

/// The inode of what is at `path`, if something is. Of anything else that can be wrong, nothing
/// follows about what is there.
fn inode(path: &Path) -> io::Result<Option<u64>> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Those of the files `names` that are not in place. One that is linked to both places is.
fn missing<'n>(names: &'n [String], root: &Path, staged: &Path) -> io::Result<Vec<&'n String>> {
    let mut missing = Vec::new();
    for name in names {
        let found = inode(&staged.join(name))?;
        if found.is_some() && found != inode(&root.join(name))? {
            missing.push(name);
        }
    }
    Ok(missing)
}

fn cannot_place(target: &Path) -> impl FnOnce(io::Error) -> OutputError {
    move |error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
            OutputError::exists(target)
        }
        _ => OutputError::io("put in place", target)(error),
    }
}

fn place_files(names: &[String], root: &Path, staged: &Path) -> Result<Placed, OutputError> {
    for (position, name) in names.iter().enumerate() {
        let target = root.join(name);
        if let Err(error) = rename_new(&staged.join(name), &target) {
            take_back_files(&names[..position], root, staged)
                .map_err(OutputError::io("take back what was put in place in", root))?;
            return Err(cannot_place(&target)(error));
        }
    }
    Ok(Placed::Atomically)
}

fn take_back_files(names: &[String], root: &Path, staged: &Path) -> io::Result<()> {
    let mut placed = names.iter().rev();
    placed.try_for_each(|name| rename_new(&root.join(name), &staged.join(name)))
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

/// Where the old file is kept until the new one is durable.
const REPLACED: &str = "replaced";

fn replace_file(staged: &Path, new: &Path, target: &Path) -> io::Result<()> {
    let replaced = staged.join(REPLACED);
    std::fs::hard_link(target, &replaced)
        .or_else(|_| std::fs::copy(target, &replaced).map(|_| ()))?;
    std::fs::rename(new, target)
}
