//! Files on their way into a folder that is there, all or none.

use std::io;
use std::path::{Path, PathBuf};

use super::exchange::rename_new;
use super::item::{Stage, cannot_place, inode};
use super::{OutputError, Placed};

/// The files of one item: where they are staged, and where they go.
pub struct Files<'a> {
    staged: &'a Path,
    folder: PathBuf,
    new: &'a [String],
    replacing: &'a [String],
}

impl<'a> Files<'a> {
    pub fn new(
        staged: &'a Path,
        folder: &Path,
        new: &'a [String],
        replacing: &'a [String],
    ) -> Self {
        Self {
            staged,
            folder: folder.to_owned(),
            new,
            replacing,
        }
    }

    /// Puts all of them in place, or none: the new ones first.
    pub fn place(&self) -> Result<Placed, OutputError> {
        for (position, name) in self.new.iter().enumerate() {
            let target = self.folder.join(name);
            if let Err(error) = rename_new(&self.staged.join(name), &target) {
                self.take_back_of(&self.new[..position], &[])?;
                return Err(cannot_place(&target)(error));
            }
        }
        for (position, name) in self.replacing.iter().enumerate() {
            let target = self.folder.join(name);
            if let Err(error) = self.replace(name, &target) {
                self.take_back_of(self.new, &self.replacing[..position])?;
                return Err(OutputError::io("replace", target)(error));
            }
        }
        Ok(Placed::Atomically)
    }

    /// Undoes [`Files::place`].
    pub fn take_back(&self) -> io::Result<()> {
        self.restore(self.new, self.replacing)
    }

    /// How far they have come, as the disk says.
    pub fn stage(&self) -> io::Result<Stage> {
        Ok(match self.missing()?.len() {
            0 => Stage::Placed,
            missing if missing == self.new.len() + self.replacing.len() => Stage::Staged,
            _ => Stage::Half,
        })
    }

    /// Puts those in place that are not yet.
    pub fn complete(&self) -> Result<(), OutputError> {
        let missing = self.missing();
        for name in missing.map_err(OutputError::io("read", self.staged))? {
            let (staged, target) = (self.staged.join(name), self.folder.join(name));
            if self.new.contains(name) {
                rename_new(&staged, &target).map_err(cannot_place(&target))?;
            } else {
                std::fs::rename(staged, &target).map_err(OutputError::io("replace", target))?;
            }
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &'a String> {
        self.new.iter().chain(self.replacing)
    }

    /// Those that are not in place. One that is linked to both places is.
    fn missing(&self) -> io::Result<Vec<&'a String>> {
        let mut missing = Vec::new();
        for name in self.names() {
            let found = inode(&self.staged.join(name))?;
            if found.is_some() && found != inode(&self.folder.join(name))? {
                missing.push(name);
            }
        }
        Ok(missing)
    }

    fn replace(&self, name: &str, target: &Path) -> io::Result<()> {
        copy(target, &self.replaced(name))?;
        std::fs::rename(self.staged.join(name), target)
    }

    /// Where the old file is kept until the new one is durable.
    fn replaced(&self, name: &str) -> PathBuf {
        self.staged.join(format!("{name}.replaced"))
    }

    fn take_back_of(&self, new: &[String], replaced: &[String]) -> Result<(), OutputError> {
        self.restore(new, replaced).map_err(OutputError::io(
            "take back what was put in place in",
            &self.folder,
        ))
    }

    /// The last step first. At each moment the staging folder has all that is not in its place: a run
    /// that is killed here is completed, and never taken for one that is done.
    fn restore(&self, new: &[String], replaced: &[String]) -> io::Result<()> {
        for name in replaced.iter().rev() {
            let target = self.folder.join(name);
            copy(&target, &self.staged.join(name))?;
            std::fs::rename(self.replaced(name), target)?;
        }
        for name in new.iter().rev() {
            rename_new(&self.folder.join(name), &self.staged.join(name))?;
        }
        Ok(())
    }
}

/// The file `from` at `to` too: the same file, or, where the file system has no links, another that
/// is whole once it has that name.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| {
        let draft = to.with_extension("draft");
        std::fs::copy(from, &draft)?;
        std::fs::rename(draft, to)
    })
}
