//! What a batch is about to do, written down before it does it.
//!
//! A run that is killed leaves its staging folder. Without a plan in it, nothing is half in place:
//! the folder is removed. With one, each item is looked at: what was not in place yet is removed,
//! what was half in place is completed, a folder that was to be kept is kept, and one that has been
//! exchanged goes. What cannot be looked at is left as it is: it may be the last copy of a key.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::item::{PlannedItem, Stage};
use super::{OutputError, Recovery, STAGING_PREFIX, as_typed};

const FILE_NAME: &str = "plan";

#[derive(Serialize, Deserialize, Default)]
pub struct Plan {
    pub items: Vec<PlannedItem>,
}

impl Plan {
    /// The plan is there whole or not at all, even if the power fails.
    pub fn write(&self, staging: &Path) -> Result<(), OutputError> {
        let draft = staging.join("plan.draft");
        let text = serde_json::to_vec(self).expect("names are strings");
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&draft, staging.join(FILE_NAME)))
            .map_err(OutputError::io("write the plan of what to do in", staging))
    }

    /// Whether some item is half in place, so that what is staged of it is still needed.
    pub fn is_half_done(&self, root: &Path, staging: &Path) -> bool {
        let mut stages = self.items.iter().map(|item| item.stage(root, staging));
        // Of what cannot be looked at, the worst is assumed.
        stages.any(|stage| !matches!(stage, Ok(Stage::Staged | Stage::Placed)))
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

/// Completes or removes what runs that were killed have left in `root`, which is locked.
pub fn recover(
    root: &Path,
    sync: impl Fn() -> Result<(), OutputError>,
) -> Result<Vec<Recovery>, OutputError> {
    let mut recovered = Vec::new();
    for staging in remains(root)? {
        let plan = Plan::read(&staging)?.unwrap_or_default();
        let before = recovered.len();
        for item in &plan.items {
            let stage = item.stage(root, &staging);
            if stage.map_err(OutputError::io("read", &staging))? == Stage::Half {
                recovered.push(Recovery::Completed(item.complete(root, &staging)?));
            }
        }
        if recovered.len() > before {
            sync()?;
        }
        remove(&staging).map_err(OutputError::io("remove", &staging))?;
        recovered.push(Recovery::Removed(as_typed(&staging)));
    }
    Ok(recovered)
}

/// Removes a staging folder in which nothing is needed. The plan goes first: held against a folder
/// of which some is gone, it would tell of things in place that are not.
pub fn remove(staging: &Path) -> io::Result<()> {
    match std::fs::remove_file(staging.join(FILE_NAME)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => std::fs::remove_dir_all(staging),
    }
}

fn remains(root: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let failed = || OutputError::io("read the folder", root);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let is_staging = entry.file_name().to_str().is_some_and(is_staging_name);
        if is_staging && entry.file_type().map_err(failed())?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// `.meshpki-123-0`, and nothing that people would name a folder of theirs.
fn is_staging_name(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbers = name.strip_prefix(STAGING_PREFIX);
    let numbers = numbers.and_then(|numbers| numbers.split_once('-'));
    numbers.is_some_and(|(process, attempt)| is_number(process) && is_number(attempt))
}
