//! The trust anchors that stand beside a file, where the command line names none.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::trust::Anchors;
use crate::console::Refusal;
use crate::mesh::ROOT_CERT;

/// The root-cert.pem that stands beside a file, or one folder up, for all files of a run.
pub(super) struct Neighbours {
    limit: u64,
    read: Mutex<HashMap<PathBuf, Arc<Neighbour>>>,
}

/// What to do with one that is no trust file: nobody has named it, so that it is told why it is read.
const UNNAMED: &str = "it is what is trusted where nothing else is named: mend it, or name what is trusted: --CAfile FILE";

enum Neighbour {
    Absent,
    /// It is there, and this is wrong with it.
    Refused(String),
    Found {
        anchors: Arc<Anchors>,
        id: (u64, u64),
    },
}

impl Neighbours {
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            read: Mutex::default(),
        }
    }

    /// The anchors for the file `path`. A certificate does not vouch for itself: a root-cert.pem
    /// that is the file is passed over.
    pub fn of(&self, path: &Path) -> anyhow::Result<Option<Arc<Anchors>>> {
        let id = id_of(path);
        for place in places(path) {
            match &*self.read(&place) {
                Neighbour::Absent => {}
                Neighbour::Refused(message) => return Err(Refusal::new(message, UNNAMED).into()),
                Neighbour::Found { id: found, .. } if Some(*found) == id => {}
                Neighbour::Found { anchors, .. } => return Ok(Some(Arc::clone(anchors))),
            }
        }
        Ok(None)
    }

    fn read(&self, place: &Path) -> Arc<Neighbour> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(neighbour) = read.get(place) {
            return Arc::clone(neighbour);
        }
        let neighbour = Arc::new(Neighbour::at(place, self.limit));
        read.insert(place.to_owned(), Arc::clone(&neighbour));
        neighbour
    }
}

impl Neighbour {
    fn at(place: &Path, limit: u64) -> Self {
        // A link that leads nowhere is there, and cannot be read.
        if place.symlink_metadata().is_err() {
            return Self::Absent;
        }
        let mut anchors = Anchors::none();
        if let Err(error) = anchors.add_file(place, limit) {
            return Self::Refused(format!("{error:#}"));
        }
        anchors.deduplicate();
        Self::Found {
            anchors: Arc::new(anchors),
            id: id_of(place).unwrap_or_default(),
        }
    }
}

fn id_of(path: &Path) -> Option<(u64, u64)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Where a root-cert.pem is looked for.
fn places(path: &Path) -> Vec<PathBuf> {
    if path == Path::new("-") {
        return Vec::new();
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let above = match folder.components().next_back() {
        Some(std::path::Component::Normal(_)) => folder.parent().unwrap_or(folder).to_owned(),
        Some(std::path::Component::RootDir) => return vec![folder.join(ROOT_CERT)],
        _ => folder.join(".."),
    };
    vec![folder.join(ROOT_CERT), above.join(ROOT_CERT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_looked_for_beside_the_file_and_one_folder_up() {
        let looked_for = |path: &str| -> Vec<String> {
            let places = places(Path::new(path));
            let names = places.iter().map(|place| place.display().to_string());
            names.collect()
        };
        assert_eq!(looked_for("a.pem"), ["root-cert.pem", "../root-cert.pem"]);
        assert_eq!(looked_for("c/a.pem"), ["c/root-cert.pem", "root-cert.pem"]);
        assert_eq!(
            looked_for("../a.pem"),
            ["../root-cert.pem", "../../root-cert.pem"]
        );
        assert_eq!(looked_for("/a.pem"), ["/root-cert.pem"]);
        assert_eq!(
            looked_for("/c/a.pem"),
            ["/c/root-cert.pem", "/root-cert.pem"]
        );
        assert_eq!(looked_for("-"), [""; 0]);
    }
}
