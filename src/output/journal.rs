//! A file that grows by whole lines at its end, and is never written anew.
//!
//! It is read and appended to under the lock of its folder. What an interrupted run has left of a
//! line is cut off first; if an append fails, the file is as long as it was before.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{OutputDir, OutputError, as_typed};

/// The file and what is in it, while its folder is locked.
pub struct Journal<'a> {
    directory: &'a OutputDir,
    path: PathBuf,
    limit: u64,
    /// `None` if it is not there yet.
    contents: Option<Vec<u8>>,
}

impl OutputDir {
    /// The file `name`, whether it is there or not. One of more than `limit` octets is an error.
    pub fn journal(&self, name: &str, limit: u64) -> Result<Journal<'_>, OutputError> {
        let path = self.path.join(name);
        let contents = read(&path, limit)?.map(|(_, contents)| contents);
        Ok(Journal {
            directory: self,
            path,
            limit,
            contents,
        })
    }
}

impl Journal<'_> {
    /// What is in it; `None` if it is not there.
    pub fn contents(&self) -> Option<&[u8]> {
        self.contents.as_deref()
    }

    /// Appends `lines` behind its first `length` octets; what else stands there is cut off. They
    /// are on the disk when it returns. After an error it is as long as it was, or, if that cannot
    /// be brought about either, ends with some of the lines.
    pub fn append(self, length: usize, lines: &[u8]) -> Result<(), OutputError> {
        let failed = OutputError::io("append to", &self.path);
        // A folder's lock keeps out no editor, and keys may have been generated meanwhile.
        let (file, contents) = read(&self.path, self.limit)?.unzip();
        if contents != self.contents {
            return Err(OutputError::Changed(as_typed(&self.path)));
        }
        match file {
            Some(file) => extend(file, length, self.contents, lines).map_err(failed),
            None => create(&self.path, self.directory, lines).map_err(failed),
        }
    }
}

/// The file `path`, to append to it, and what is in it. `None` if it is not there.
fn read(path: &Path, limit: u64) -> Result<Option<(File, Vec<u8>)>, OutputError> {
    // What a link points to need not be in the locked folder; to open a named pipe could take for
    // ever.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let open = OpenOptions::new()
        .read(true)
        .append(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let mut file = match open {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(match path.symlink_metadata() {
                Ok(found) if !found.is_file() => no_file(path, &found),
                _ => OutputError::io("open", path)(error),
            });
        }
    };
    let metadata = file.metadata().map_err(OutputError::io("read", path))?;
    if !metadata.is_file() {
        return Err(no_file(path, &metadata));
    }
    let mut contents = Vec::new();
    let mut limited = (&mut file).take(limit.saturating_add(1));
    let read = limited.read_to_end(&mut contents);
    read.map_err(OutputError::io("read", path))?;
    if contents.len() as u64 > limit {
        let path = as_typed(path);
        return Err(OutputError::TooLong { path, limit });
    }
    Ok(Some((file, contents)))
}

fn no_file(path: &Path, metadata: &Metadata) -> OutputError {
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_symlink() => "a symbolic link",
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    let path = as_typed(path);
    OutputError::IsNoFile { path, kind }
}

/// Nobody but the owner may read it, from birth.
fn create(path: &Path, directory: &OutputDir, lines: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file
        .write_all(lines)
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(rustix::fs::fsync(&directory.handle)?));
    written.inspect_err(|_| {
        // If it stays, it holds what was signed, and nothing else.
        let _ = std::fs::remove_file(path);
    })
}

fn extend(
    mut file: File,
    length: usize,
    contents: Option<Vec<u8>>,
    lines: &[u8],
) -> io::Result<()> {
    let end = length as u64;
    if contents.is_some_and(|contents| contents.len() > length) {
        file.set_len(end)?;
    }
    let written = file.write_all(lines).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        // What stays if this fails too is cut off by the next run, or is what was signed.
        let _ = file.set_len(end).and_then(|()| file.sync_all());
    })
}
