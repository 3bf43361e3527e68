//! `--out-dir`: a folder that is made if it is not there.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::Context as _;

use super::Session;
use crate::output::OutputDir;

/// Has `write` write into the folder `path`. One that was made for it is gone again if that fails.
pub fn with<T>(
    path: &Path,
    session: &Session,
    write: impl FnOnce(&OutputDir) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let is_new = match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => {
            let path = crate::escape::path(path);
            return Err(error).context(format!("cannot create {path}"));
        }
    };
    let written = session.lock(path).and_then(|output| write(&output));
    if written.is_err() && is_new {
        // It is empty, unless somebody else has put something there.
        let _ = std::fs::remove_dir(path);
    }
    written
}
