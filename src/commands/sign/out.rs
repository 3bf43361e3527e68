//! signed.tar, wherever it is to go.

use std::path::Path;

use super::Sign;
use crate::commands::Session;
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh;
use crate::output::NewFile;

pub struct Out<'a> {
    path: &'a Path,
    folder: &'a Path,
    name: &'a str,
    overwrite: bool,
}

impl<'a> Out<'a> {
    pub fn of(command: &'a Sign) -> anyhow::Result<Self> {
        let path = command.out.as_path();
        let parent = path.parent().unwrap_or(Path::new(""));
        let folder = match parent.as_os_str().is_empty() {
            true => Path::new("."),
            false => parent,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let out = name.filter(|_| folder.is_dir()).map(|name| Self {
            path,
            folder,
            name,
            overwrite: command.overwrite,
        });
        out.ok_or_else(|| {
            let fact = format!("--out {}: no file can be there", escape::path(path));
            Refusal::new(fact, "name a file in a folder that is there").into()
        })
    }

    pub fn shown(&self) -> String {
        escape::path(self.path)
    }

    /// Whether these octets stand there. What else stands there is refused, unless it may be
    /// replaced; without octets, which are yet to be signed, whatever stands is something else.
    pub fn is_up_to_date(&self, wanted: Option<&[u8]>) -> anyhow::Result<bool> {
        match input::read(self.path) {
            Err(error) if error.is_not_found() => Ok(false),
            Ok(standing) if wanted == Some(&*standing) => Ok(true),
            Ok(_) if self.overwrite => Ok(false),
            Ok(_) => {
                let fact = format!("{} is there already, and says something else", self.shown());
                let hint = "move it to where it is wanted, name another with --out, or replace it with --overwrite";
                Err(Refusal::new(fact, hint).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts `octets` there, unless they are there.
    pub fn place(&self, octets: &[u8], session: &Session) -> anyhow::Result<()> {
        let placed = session.lock(self.folder).and_then(|output| {
            if self.is_up_to_date(Some(octets))? {
                return Ok(());
            }
            let file = NewFile::public(self.name, octets);
            let mut batch = output.batch()?;
            match self.path.symlink_metadata() {
                Ok(_) => batch.replace_file(self.name, &file)?,
                Err(_) => batch.new_files(&[file])?,
            }
            Ok(batch.commit_all()?)
        });
        placed.map_err(|error| {
            let fact = format!("{} was not written", self.shown());
            let file = mesh::ROOT_ISSUED;
            let hint = format!(
                "what was signed is in {file}: the same command, without --renew, makes an archive of it"
            );
            error.context(Refusal::new(fact, hint))
        })
    }
}
