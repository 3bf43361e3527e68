//! A file that is written where a flag says.

use std::path::Path;

use super::Session;
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh::{archive, kubernetes};
use crate::output::NewFile;

pub struct OutFile<'a> {
    flag: &'static str,
    path: &'a Path,
    folder: &'a Path,
    name: &'a str,
    overwrite: bool,
}

impl<'a> OutFile<'a> {
    /// The file at `path`, which `flag` names, in a folder that is there. What stands there may be
    /// replaced by something else if it says `overwrite`.
    pub fn new(flag: &'static str, path: &'a Path, overwrite: bool) -> Result<Self, Refusal> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let folder = match parent.as_os_str().is_empty() {
            true => Path::new("."),
            false => parent,
        };
        // Of a pipe, to look at what stands there would take for ever.
        let is_another_thing = path.metadata().is_ok_and(|found| !found.is_file())
            || path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.filter(|_| folder.is_dir() && !is_another_thing);
        let name = name.ok_or_else(|| {
            let fact = format!("{flag} {}: no file can be there", escape::path(path));
            Refusal::new(fact, "name a file in a folder that is there")
        })?;
        // One slip of the pen, and a root's key would be gone.
        if kubernetes::is_file_name(name) {
            let fact = format!(
                "{flag} {}: meshpki has a file of that name",
                escape::path(path)
            );
            return Err(Refusal::new(fact, "name another file"));
        }
        Ok(Self {
            flag,
            path,
            folder,
            name,
            overwrite,
        })
    }

    /// Its name for messages.
    pub fn shown(&self) -> String {
        escape::path(self.path)
    }

    /// Whether these octets stand there. What else stands there is refused, unless it may be
    /// replaced; without octets, which are yet to come, whatever stands is something else.
    pub fn is_up_to_date(&self, wanted: Option<&[u8]>) -> anyhow::Result<bool> {
        match input::read_up_to(self.path, archive::SIZE_LIMIT) {
            Err(error) if error.is_not_found() => Ok(false),
            Ok(standing) if wanted == Some(&*standing) => Ok(true),
            Ok(_) if self.overwrite => Ok(false),
            Ok(_) => {
                let fact = format!("{} is there already, and says something else", self.shown());
                let hint = format!(
                    "name another file with {}, or replace it with --overwrite",
                    self.flag
                );
                Err(Refusal::new(fact, hint).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts `octets` there, unless they are there: whether it did.
    pub fn place(&self, octets: &[u8], session: &Session) -> anyhow::Result<bool> {
        let output = session.lock(self.folder)?;
        if self.is_up_to_date(Some(octets))? {
            return Ok(false);
        }
        let file = NewFile::public(self.name, octets);
        let mut batch = output.batch()?;
        match self.path.symlink_metadata() {
            Ok(_) => batch.replace_file(self.name, &file)?,
            Err(_) => batch.new_files(&[file])?,
        }
        batch.commit_all()?;
        Ok(true)
    }
}
