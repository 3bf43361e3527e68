//! What has the name of a folder that is to be made.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;

use crate::console::Refusal;

/// The names in the folder `path`, in order; `None` if nothing has that name. What is no folder is
/// refused, with the `way_out`.
pub fn names(path: &Path, way_out: &str) -> anyhow::Result<Option<Vec<OsString>>> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.context("cannot look at what has that name")?,
    };
    if !metadata.is_dir() {
        let what = if metadata.is_symlink() {
            "a symbolic link"
        } else {
            "not a folder"
        };
        let fact = format_args!("what has that name is {what}");
        return Err(Refusal::new(fact, way_out).into());
    }
    let unreadable = "cannot read the folder";
    let entries = std::fs::read_dir(path).context(unreadable)?;
    let names = entries.map(|entry| Ok(entry?.file_name()));
    let names: std::io::Result<Vec<_>> = names.collect();
    let mut names = names.context(unreadable)?;
    names.sort();
    Ok(Some(names))
}
