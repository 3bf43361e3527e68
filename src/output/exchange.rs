//! Renames that never overwrite, and exchanges, with what is possible where the file system has
//! neither.

use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// Moves a file or folder to a name that nothing has. An empty folder of that name gives way.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Plain rename(2) replaces an empty folder by a folder, and no other.
        Err(Errno::EXIST) if from.is_dir() && to.is_dir() => std::fs::rename(from, to),
        Err(error) if is_unsupported(error) => rename_new_by_hand(from, to),
        Err(error) => Err(error.into()),
    }
}

/// For file systems without `RENAME_NOREPLACE`. The folder is locked: only a stranger could come
/// between, and link(2) and rename(2) of a folder do not replace what a stranger has put there.
fn rename_new_by_hand(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        return std::fs::rename(from, to);
    }
    std::fs::hard_link(from, to)?;
    std::fs::remove_file(from).inspect_err(|_| {
        // If the new name stays too, it is one of the same file.
        let _ = std::fs::remove_file(to);
    })
}

/// Exchanges two names at once. `false`: the file system cannot, and nothing has happened.
pub fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(error) if is_unsupported(error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_unsupported(error: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&error)
}
