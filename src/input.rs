//! Files that are read: whole, named in every error, and not without end.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::escape;

/// The most octets that a file may have: no file of a mesh comes near it.
pub const SIZE_LIMIT: u64 = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("cannot read {}", escape::path(.path))]
    Io { path: PathBuf, source: io::Error },
    #[error("cannot read {}: it is a folder", escape::path(.0))]
    IsAFolder(PathBuf),
    #[error("cannot read {}: it is longer than {SIZE_LIMIT} octets", escape::path(.0))]
    TooLong(PathBuf),
}

impl InputError {
    /// Whether the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }
}

/// The contents of the file `path`. They may be a private key.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let open = File::open(path).map_err(|source| InputError::Io {
        path: path.to_owned(),
        source,
    })?;
    read_open(open, path)
}

/// Whether others than its owner may read the file `path`.
pub fn is_exposed(path: &Path) -> bool {
    const READ_BY_GROUP_OR_OTHERS: u32 = 0o044;

    path.metadata()
        .is_ok_and(|found| found.permissions().mode() & READ_BY_GROUP_OR_OTHERS != 0)
}

/// As [`read`]; `-` is stdin.
pub fn read_or_stdin(path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    if path != Path::new("-") {
        return read(path);
    }
    let path = Path::new("stdin");
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let stdin = stdin.map_err(|source| InputError::Io {
        path: path.to_owned(),
        source,
    })?;
    read_open(File::from(stdin), path)
}

fn read_open(open: File, path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let failed = |source| InputError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = open.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(InputError::IsAFolder(path.to_owned()));
    }
    // A buffer that never grows leaves no copies of a key behind.
    let expected = usize::try_from(metadata.len().min(SIZE_LIMIT)).unwrap_or(0);
    let mut contents = Zeroizing::new(Vec::with_capacity(expected + 1));
    open.take(SIZE_LIMIT + 1)
        .read_to_end(&mut contents)
        .map_err(failed)?;
    if contents.len() as u64 > SIZE_LIMIT {
        return Err(InputError::TooLong(path.to_owned()));
    }
    Ok(contents)
}

/// A folder that stays the same one while its files are read, even if another takes its name.
pub struct InputDir {
    path: PathBuf,
    handle: File,
}

impl InputDir {
    pub fn open(path: &Path) -> Result<Self, InputError> {
        let failed = |source| InputError::Io {
            path: path.to_owned(),
            source,
        };
        let handle = File::open(path).map_err(failed)?;
        if !handle.metadata().map_err(failed)?.is_dir() {
            return Err(failed(ErrorKind::NotADirectory.into()));
        }
        Ok(Self {
            path: path.to_owned(),
            handle,
        })
    }

    /// The contents of the file `name`, if it is there.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, InputError> {
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(open) => read_open(File::from(open), &path).map(Some),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(InputError::Io {
                path,
                source: error.into(),
            }),
        }
    }
}
