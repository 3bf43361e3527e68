//! What a batch is about to do, written down before it does it.
//!
//! A run that is killed leaves its staging folder. Without a plan in it, nothing had been put in
//! place: the folder is removed. With one, each item is looked at: what was not in place yet is
//! removed, what was half in place is completed, and a folder that was to be kept is kept.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::exchange::{exchange, rename_new};
use super::{OutputError, Placed, Recovery, STAGING_PREFIX, as_typed};

const FILE_NAME: &str = "plan";

#[derive(Serialize, Deserialize, Default)]
pub struct Plan {
    pub items: Vec<PlannedItem>,
}

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
    NewFiles { names: Vec<String> },
    NewFolder { name: String },
    ReplaceFolder { name: String, keep_as: String },
    ReplaceFile { path: String, name: String },
}

impl Plan {
    /// The plan is there whole or not at all.
    pub fn write(&self, staging: &Path) -> Result<(), OutputError> {
        let draft = staging.join("plan.draft");
        let text = serde_json::to_vec(self).expect("names are strings");
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| std::fs::rename(&draft, staging.join(FILE_NAME)))
            .map_err(OutputError::io("write the plan of what to do in", staging))
    }

    /// Whether a folder that was to be kept is still in the staging folder: an exchange could
    /// neither be completed nor undone.
    pub fn holds_the_last_copy(&self, staging: &Path) -> bool {
        self.items.iter().any(|item| {
            matches!(item.placement, Placement::ReplaceFolder { .. })
                && item.is_exchanged(&staging.join(&item.folder))
        })
    }

    fn read(staging: &Path) -> Result<Option<Self>, OutputError> {
        let path = staging.join(FILE_NAME);
        match std::fs::read(&path) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(plan) => Ok(Some(plan)),
                Err(error) => Err(OutputError::Plan {
                    path: as_typed(staging),
                    reason: error.to_string(),
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutputError::io("read", path)(error)),
        }
    }
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
            Placement::ReplaceFile { path, name } => {
                let target = root.join(path);
                replace_file(&staged, &staged.join(name), &target)
                    .map_err(OutputError::io("replace", target))?;
                Ok(Placed::Atomically)
            }
        }
    }

    /// Undoes [`PlannedItem::place`].
    pub fn take_back(&self, root: &Path, staging: &Path) -> Result<(), OutputError> {
        let staged = staging.join(&self.folder);
        let undone = match &self.placement {
            Placement::NewFiles { names } => names
                .iter()
                .try_for_each(|name| rename_new(&root.join(name), &staged.join(name))),
            Placement::NewFolder { name } => rename_new(&root.join(name), &staged),
            Placement::ReplaceFolder { name, keep_as } => {
                let (name, keep_as) = (root.join(name), root.join(keep_as));
                rename_new(&name, &staged).and_then(|()| rename_new(&keep_as, &name))
            }
            Placement::ReplaceFile { path, .. } => {
                std::fs::rename(staged.join(REPLACED), root.join(path))
            }
        };
        undone.map_err(OutputError::io("take back what was put in place in", root))
    }

    /// Whether `staged` is the folder that was replaced, and not the new one.
    fn is_exchanged(&self, staged: &Path) -> bool {
        staged
            .metadata()
            .is_ok_and(|found| found.ino() != self.inode)
    }

    /// What a run that was killed has left of this item: completed or forgotten. Says so if it was
    /// completed.
    fn recover(&self, root: &Path, staging: &Path) -> Result<Option<Recovery>, OutputError> {
        let staged = staging.join(&self.folder);
        match &self.placement {
            Placement::NewFiles { names } => {
                let missing: Vec<_> = names
                    .iter()
                    .filter(|name| staged.join(name).exists())
                    .cloned()
                    .collect();
                if missing.is_empty() || missing.len() == names.len() {
                    return Ok(None);
                }
                place_files(&missing, root, &staged)?;
                Ok(Some(Recovery::Completed(names.clone())))
            }
            Placement::ReplaceFolder { name, keep_as } if staged.exists() => {
                let (target, kept) = (root.join(name), root.join(keep_as));
                if self.is_exchanged(&staged) {
                    rename_new(&staged, &kept).map_err(cannot_place(&kept))?;
                } else if !target.exists() && kept.exists() {
                    rename_new(&staged, &target).map_err(cannot_place(&target))?;
                } else {
                    return Ok(None);
                }
                Ok(Some(Recovery::Completed(vec![name.clone()])))
            }
            Placement::ReplaceFolder { .. }
            | Placement::NewFolder { .. }
            | Placement::ReplaceFile { .. } => Ok(None),
        }
    }
}

fn cannot_place(target: &Path) -> impl FnOnce(std::io::Error) -> OutputError {
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
            for placed in &names[..position] {
                rename_new(&root.join(placed), &staged.join(placed))
                    .map_err(OutputError::io("take back", root.join(placed)))?;
            }
            return Err(cannot_place(&target)(error));
        }
    }
    Ok(Placed::Atomically)
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

/// Where the old file is kept until the new one is durable.
const REPLACED: &str = "replaced";

fn replace_file(staged: &Path, new: &Path, target: &Path) -> std::io::Result<()> {
    let replaced = staged.join(REPLACED);
    std::fs::hard_link(target, &replaced)
        .or_else(|_| std::fs::copy(target, &replaced).map(|_| ()))?;
    std::fs::rename(new, target)
}

/// Completes or removes what runs that were killed have left in `root`, which is locked.
pub fn recover(root: &Path) -> Result<Vec<Recovery>, OutputError> {
    let mut recovered = Vec::new();
    for staging in remains(root)? {
        if let Some(plan) = Plan::read(&staging)? {
            for item in &plan.items {
                recovered.extend(item.recover(root, &staging)?);
            }
        }
        std::fs::remove_dir_all(&staging).map_err(OutputError::io("remove", &staging))?;
        recovered.push(Recovery::Removed(as_typed(&staging)));
    }
    Ok(recovered)
}

fn remains(root: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let failed = || OutputError::io("read the folder", root);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let is_staging = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(STAGING_PREFIX.as_bytes());
        if is_staging && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
