//! Files and folders that appear whole or not at all.
//!
//! Everything new is first written into one folder, `.meshpki-…`, of mode 0700, beside where it is
//! to go; made durable together; put in place by one rename each; made durable again. Before the
//! first rename a plan of all of them is in that folder: whoever finds it after a crash knows what
//! was meant (see `plan.rs`).

mod exchange;
mod files;
mod item;
pub mod journal;
mod plan;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags};

use crate::escape;
use crate::interrupt::{Interrupt, Interrupted};
use item::{Placement, PlannedItem};
use plan::Plan;

/// How the names of staging folders begin.
const STAGING_PREFIX: &str = ".meshpki-";

/// A file's name, who may read it, and its contents.
pub struct NewFile<'a> {
    name: &'a str,
    mode: u32,
    contents: &'a [u8],
}

impl<'a> NewFile<'a> {
    /// Nobody but the owner may read it.
    pub fn private(name: &'a str, contents: &'a [u8]) -> Self {
        Self {
            name,
            mode: 0o600,
            contents,
        }
    }

    /// Everybody may read it, as far as the umask allows.
    pub fn public(name: &'a str, contents: &'a [u8]) -> Self {
        Self {
            name,
            mode: 0o644,
            contents,
        }
    }

    pub fn name(&self) -> &'a str {
        self.name
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("cannot {action} {}", escape::path(.path))]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} is there already", escape::path(.0))]
    Exists(PathBuf),
    #[error("{} is there, and would be removed with the folder", escape::path(.0))]
    Foreign(PathBuf),
    #[error("the plan in {} cannot be read: {reason}", escape::path(.path))]
    Plan { path: PathBuf, reason: String },
    #[error("{} is {kind}, and no file", escape::path(.path))]
    IsNoFile { path: PathBuf, kind: &'static str },
    #[error("{} is longer than {limit} octets", escape::path(.path))]
    TooLong { path: PathBuf, limit: u64 },
    #[error("{} has changed meanwhile", escape::path(.0))]
    Changed(PathBuf),
    // Not transparent: whoever asks the causes has to find it.
    #[error("{0}")]
    Interrupted(#[from] Interrupted),
}

impl OutputError {
    fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = as_typed(path.as_ref());
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    fn exists(path: &Path) -> Self {
        Self::Exists(as_typed(path))
    }
}

/// `./a` as people write it: `a`.
fn as_typed(path: &Path) -> PathBuf {
    let stripped = path.strip_prefix(".").unwrap_or(path);
    if stripped.as_os_str().is_empty() {
        path
    } else {
        stripped
    }
    .to_owned()
}

/// A folder in which no other meshpki writes as long as this value lives: it is locked by flock(2)
/// on the folder itself.
pub struct OutputDir {
    path: PathBuf,
    handle: File,
    interrupt: Interrupt,
    recovered: Vec<Recovery>,
}

/// What was done about the remains of a run that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// These were half in place.
    Completed(Vec<String>),
    /// This was all that was left of it.
    Removed(PathBuf),
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed(names) => {
                let names = names.join(", ");
                write!(f, "completed {names}, which an interrupted run began")
            }
            Self::Removed(path) => {
                let path = escape::path(path);
                write!(f, "removed {path}, which an interrupted run left")
            }
        }
    }
}

impl OutputDir {
    /// Waits for the lock; `on_wait` is called once if it has to. Then sees to the remains of runs
    /// that were killed.
    pub fn lock(
        path: &Path,
        interrupt: Interrupt,
        on_wait: impl FnOnce(),
    ) -> Result<Self, OutputError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let handle = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| OutputError::io("open", path)(errno.into()))?;
        let handle = File::from(handle);
        let try_lock = || rustix::fs::flock(&handle, FlockOperation::NonBlockingLockExclusive);
        let mut on_wait = Some(on_wait);
        loop {
            match try_lock() {
                Ok(()) => break,
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    if let Some(on_wait) = on_wait.take() {
                        on_wait();
                    }
                    interrupt.check()?;
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(OutputError::io("lock", path)(error.into())),
            }
        }
        let mut directory = Self {
            path: path.to_owned(),
            handle,
            interrupt,
            recovered: Vec::new(),
        };
        directory.recovered = plan::recover(path, || directory.sync())?;
        Ok(directory)
    }

    /// What was found and seen to when it was locked.
    pub fn recovered(&self) -> &[Recovery] {
        &self.recovered
    }

    /// The start of a batch: nothing of it is in place before it is committed.
    pub fn batch(&self) -> Result<Batch<'_>, OutputError> {
        let process = std::process::id();
        for attempt in 0_u32.. {
            let staging = self
                .path
                .join(format!("{STAGING_PREFIX}{process}-{attempt}"));
            match DirBuilder::new().mode(0o700).create(&staging) {
                Ok(()) => {
                    return Ok(Batch {
                        directory: self,
                        staging,
                        plan: Plan::default(),
                        count: 0,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(OutputError::io("create a folder in", &self.path)(error)),
            }
        }
        unreachable!("there are more numbers than folders in a file system")
    }

    /// Everything written to the file system of this folder is on the disk when it returns.
    fn sync(&self) -> Result<(), OutputError> {
        let synced = {
            #[cfg(target_os = "linux")]
            {
                rustix::fs::syncfs(&self.handle)
            }
            #[cfg(not(target_os = "linux"))]
            {
                rustix::fs::fsync(&self.handle)
            }
        };
        synced.map_err(|error| OutputError::io("make durable what is in", &self.path)(error.into()))
    }
}

/// Files and folders on their way. Dropped without a commit, it leaves nothing.
pub struct Batch<'a> {
    directory: &'a OutputDir,
    staging: PathBuf,
    plan: Plan,
    /// Items begun, those that failed among them.
    count: usize,
}

/// How an item got into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    Atomically,
    /// The file system cannot exchange two names: for a moment there was neither.
    WithAGap,
}

impl Batch<'_> {
    /// New files in the folder itself, of which all appear or none.
    pub fn new_files(&mut self, files: &[NewFile<'_>]) -> Result<(), OutputError> {
        self.files_in("", files, &[])
    }

    /// A file in exchange for the one at `path` below the folder, which is not kept.
    pub fn replace_file(&mut self, path: &str, file: &NewFile<'_>) -> Result<(), OutputError> {
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        self.files_in(folder, &[], std::slice::from_ref(file))
    }

    /// Files in the `folder` of that name, of which all appear or none: `new` ones, and those in
    /// exchange for files of their names, which are not kept.
    pub fn files_in(
        &mut self,
        folder: &str,
        new: &[NewFile<'_>],
        replacing: &[NewFile<'_>],
    ) -> Result<(), OutputError> {
        let target = self.directory.path.join(folder);
        for file in new {
            let path = target.join(file.name);
            if path.symlink_metadata().is_ok() {
                return Err(OutputError::exists(&path));
            }
        }
        let names = |files: &[NewFile<'_>]| files.iter().map(|file| file.name.to_owned()).collect();
        let placement = Placement::Files {
            folder: folder.to_owned(),
            new: names(new),
            replacing: names(replacing),
        };
        self.stage(placement, &target, new.iter().chain(replacing))
    }

    /// A new folder of mode 0700.
    pub fn new_folder(&mut self, name: &str, files: &[NewFile<'_>]) -> Result<(), OutputError> {
        let target = self.directory.path.join(name);
        let name = name.to_owned();
        self.stage(Placement::NewFolder { name }, &target, files)
    }

    /// A folder in exchange for the one of that name, which is kept under another.
    pub fn replace_folder(
        &mut self,
        name: &str,
        keep_as: &str,
        files: &[NewFile<'_>],
    ) -> Result<(), OutputError> {
        let target = self.directory.path.join(name);
        let placement = Placement::ReplaceFolder {
            name: name.to_owned(),
            keep_as: keep_as.to_owned(),
        };
        self.stage(placement, &target, files)
    }

    /// A folder in exchange for the one of that name, which goes: it `holds` files of these names,
    /// and if it holds others too, it stays.
    pub fn exchange_folder(
        &mut self,
        name: &str,
        holds: &[&str],
        files: &[NewFile<'_>],
    ) -> Result<(), OutputError> {
        let target = self.directory.path.join(name);
        let placement = Placement::ExchangeFolder {
            name: name.to_owned(),
            holds: holds.iter().map(|held| (*held).to_owned()).collect(),
        };
        self.stage(placement, &target, files)
    }

    fn stage<'f>(
        &mut self,
        placement: Placement,
        target: &Path,
        files: impl IntoIterator<Item = &'f NewFile<'f>>,
    ) -> Result<(), OutputError> {
        self.directory.interrupt.check()?;
        let folder = self.count.to_string();
        self.count += 1;
        let staged = self.staging.join(&folder);
        match write_folder(&staged, target, files) {
            Ok(inode) => {
                self.plan.items.push(PlannedItem {
                    folder,
                    inode,
                    placement,
                });
                Ok(())
            }
            Err(error) => {
                // What cannot be removed now goes with the whole staging folder.
                let _ = std::fs::remove_dir_all(&staged);
                Err(error)
            }
        }
    }

    /// Puts every item in place; one that cannot be placed does not harm the others. An error
    /// means that none is in place.
    pub fn commit_each(self) -> Result<Vec<Result<Placed, OutputError>>, OutputError> {
        self.commit_each_after(|| Ok(()))
    }

    /// As [`Batch::commit_each`]. When all is on the disk and nothing in place yet, `ready` is
    /// called; if it fails, nothing is put in place.
    pub fn commit_each_after<E: From<OutputError>>(
        self,
        ready: impl FnOnce() -> Result<(), E>,
    ) -> Result<Vec<Result<Placed, OutputError>>, E> {
        self.prepare()?;
        ready()?;
        let items = &self.plan.items;
        let placed: Vec<_> = items.iter().map(|item| self.place(item)).collect();
        if let Err(error) = self.directory.sync() {
            let in_place = items.iter().zip(placed);
            self.take_back(in_place.filter_map(|(item, placed)| Some((item, placed.ok()?))))?;
            return Err(error.into());
        }
        Ok(placed)
    }

    /// Puts all items in place, or none.
    pub fn commit_all(self) -> Result<(), OutputError> {
        self.prepare()?;
        let mut in_place = Vec::new();
        let placed = self.plan.items.iter().try_for_each(|item| {
            in_place.push((item, self.place(item)?));
            Ok(())
        });
        if let Err(error) = placed.and_then(|()| self.directory.sync()) {
            self.take_back(in_place)?;
            return Err(error);
        }
        Ok(())
    }

    /// Up to here nothing is in place, and all that is to be is on the disk.
    fn prepare(&self) -> Result<(), OutputError> {
        self.plan.write(&self.staging)?;
        self.directory.sync()?;
        Ok(self.directory.interrupt.check()?)
    }

    fn place(&self, item: &PlannedItem) -> Result<Placed, OutputError> {
        item.place(&self.directory.path, &self.staging)
    }

    /// Takes back what can be; an error tells of the first item that cannot.
    fn take_back<'i>(
        &self,
        items: impl IntoIterator<Item = (&'i PlannedItem, Placed)>,
    ) -> Result<(), OutputError> {
        let (root, staging) = (&self.directory.path, &self.staging);
        let mut outcome = Ok(());
        for (item, placed) in items {
            outcome = outcome.and(item.take_back(root, staging, placed));
        }
        outcome
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // If it stays, the next run sees to it, and says so.
        if !self.plan.is_half_done(&self.directory.path, &self.staging) {
            let _ = plan::remove(&self.staging);
        }
    }
}

/// Writes `files` into a new folder and returns its inode. Errors name the place that the files
/// are meant for, `target`.
fn write_folder<'f>(
    folder: &Path,
    target: &Path,
    files: impl IntoIterator<Item = &'f NewFile<'f>>,
) -> Result<u64, OutputError> {
    let created = DirBuilder::new().mode(0o700).create(folder);
    created.map_err(OutputError::io("create", target))?;
    for file in files {
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(file.mode)
            .open(folder.join(file.name))
            .and_then(|mut open| open.write_all(file.contents));
        written.map_err(OutputError::io("write", target.join(file.name)))?;
    }
    let metadata = folder
        .metadata()
        .map_err(OutputError::io("create", target))?;
    Ok(metadata.ino())
}
