//! Files that are read: whole, named in every error, and not without end.

mod lines;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use zeroize::Zeroizing;

use crate::escape;

pub use lines::first_lines;

/// The most octets that a file may have: no file of a mesh comes near it.
pub const SIZE_LIMIT: u64 = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("cannot read {}", escape::path(.path))]
    Io { path: PathBuf, source: io::Error },
    #[error("cannot read {}: it is a folder", escape::path(.0))]
    IsAFolder(PathBuf),
    #[error("cannot read {}: it is {kind}, and no file", escape::path(.path))]
    IsNoFile { path: PathBuf, kind: &'static str },
    #[error("cannot read {}: it is longer than {limit} octets", escape::path(.path))]
    TooLong { path: PathBuf, limit: u64 },
}

impl InputError {
    /// Whether the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }

    /// Whether what is there is no folder.
    pub fn is_no_folder(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotADirectory)
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::IsNoFile { .. } => Some("give what it holds on stdin, as the file -"),
            _ => None,
        }
    }
}

/// The file `path` for a message; `-` is stdin.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        escape::path(path)
    }
}

/// The contents of the file `path`. They may be a private key.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    read_up_to(path, SIZE_LIMIT)
}

/// The bits of a mode by which the group or all may read.
const READ_BY_OTHERS: u32 = 0o044;

/// Whether others than its owner may read the file `path`.
pub fn is_exposed(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & READ_BY_OTHERS != 0)
}

/// Whether stdout is a file that others than its owner may read.
pub fn stdout_is_exposed() -> bool {
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    stdout
        .and_then(|stdout| stdout.metadata())
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & READ_BY_OTHERS != 0)
}

/// As [`read`]; `-` is stdin.
pub fn read_or_stdin(path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    read_or_stdin_up_to(path, SIZE_LIMIT)
}

/// Whether stdin is a person, of whom nothing is asked.
pub fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// As [`read_or_stdin`], with another limit than [`SIZE_LIMIT`].
pub fn read_or_stdin_up_to(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let is_stdin = path == Path::new("-");
    if !is_stdin && path != Path::new("/dev/stdin") {
        return read_up_to(path, limit);
    }
    let path = Path::new(if is_stdin { "stdin" } else { "/dev/stdin" });
    read_open(stdin(path)?, path, limit)
}

/// stdin, under the name `path`.
fn stdin(path: &Path) -> Result<File, InputError> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let stdin = stdin.map_err(|source| InputError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(File::from(stdin))
}

/// As [`read`], with another limit than [`SIZE_LIMIT`].
pub fn read_up_to(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, InputError> {
    read_open(open(rustix::fs::CWD, path, path)?, path, limit)
}

/// Opens what is a file, or a pipe that somebody else has opened for this process (`<(...)` of a
/// shell). A named pipe or a device might never end, or never begin.
fn open(folder: impl AsFd, name: &Path, path: &Path) -> Result<File, InputError> {
    let failed = |source: io::Error| InputError::Io {
        path: path.to_owned(),
        source,
    };
    // To open a named pipe without a writer would take for ever: NONBLOCK.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let open = rustix::fs::openat(folder, name, flags, Mode::empty());
    let open = File::from(open.map_err(|errno| failed(errno.into()))?);
    let kind = open.metadata().map_err(failed)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return Ok(open);
    }
    if kind.is_fifo() && is_anonymous(&open) {
        let flags = OFlags::RDONLY;
        rustix::fs::fcntl_setfl(&open, flags).map_err(|errno| failed(errno.into()))?;
        return Ok(open);
    }
    Err(InputError::IsNoFile {
        path: path.to_owned(),
        kind: if kind.is_fifo() {
            "a named pipe"
        } else {
            "a device"
        },
    })
}

/// Whether the pipe has no name: its file system is the kernel's own.
fn is_anonymous(pipe: &File) -> bool {
    const PIPEFS_MAGIC: rustix::fs::FsWord = 0x5049_5045; // linux/magic.h

    rustix::fs::fstatfs(pipe).is_ok_and(|system| system.f_type == PIPEFS_MAGIC)
}

fn read_open(open: File, path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let failed = |source| InputError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = open.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(InputError::IsAFolder(path.to_owned()));
    }
    // A buffer that never grows leaves no copies of a key behind.
    let expected = usize::try_from(metadata.len().min(limit)).unwrap_or(0);
    let mut contents = Zeroizing::new(Vec::with_capacity(expected + 1));
    open.take(limit.saturating_add(1))
        .read_to_end(&mut contents)
        .map_err(failed)?;
    if contents.len() as u64 > limit {
        return Err(InputError::TooLong {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(contents)
}

/// The names of what is in a folder.
#[derive(Default)]
pub struct Entries {
    pub files: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
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
        // A named pipe would keep this waiting for ever: DIRECTORY.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let handle = rustix::fs::open(path, flags, Mode::empty());
        let handle = File::from(handle.map_err(|errno| failed(errno.into()))?);
        Ok(Self {
            path: path.to_owned(),
            handle,
        })
    }

    /// The contents of the file `name`, if it is there.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, InputError> {
        match self.read_up_to(Path::new(name), SIZE_LIMIT) {
            Ok(contents) => Ok(Some(contents)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The contents of the file `name`.
    pub fn read_up_to(&self, name: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, InputError> {
        let path = self.path.join(name);
        read_open(open(&self.handle, name, &path)?, &path, limit)
    }

    /// What is in it, in the order of the names: no hidden file, and what links point to.
    pub fn entries(&self) -> Result<Entries, InputError> {
        let mut entries = Entries::default();
        for name in self.names()? {
            if name.as_bytes().starts_with(b".") {
                continue;
            }
            let path = PathBuf::from(name);
            match rustix::fs::statat(&self.handle, &path, AtFlags::empty()) {
                Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                    FileType::RegularFile => entries.files.push(path),
                    FileType::Directory => entries.folders.push(path),
                    _ => {}
                },
                // To read it is an error that tells why.
                Err(_) => entries.files.push(path),
            }
        }
        Ok(entries)
    }

    /// The names of what is in it, in order.
    pub fn names(&self) -> Result<Vec<OsString>, InputError> {
        let failed = |errno: rustix::io::Errno| InputError::Io {
            path: self.path.clone(),
            source: errno.into(),
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The permissions of the file `name`, if it is there.
    pub fn mode(&self, name: &str) -> Option<u32> {
        let found = rustix::fs::statat(&self.handle, name, AtFlags::empty()).ok()?;
        Some(found.st_mode & 0o7777)
    }
}
