//! `meshpki man`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::{Outcome, Session};
use crate::cli::Cli;
use crate::output::NewFile;

/// Print the manual, or write a page for each command into a folder
#[derive(Args)]
#[command(after_help = "\
Examples:
  meshpki man | man -l -
  meshpki man /usr/local/share/man/man1
  man meshpki-root-ca")]
pub struct Man {
    /// Write meshpki.1, meshpki-root-ca.1 and so on into this folder
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let pages = pages().context("cannot write the manual")?;
        match self.folder {
            None => {
                let (_, main) = &pages[0];
                session.console.print(&String::from_utf8_lossy(main))?;
            }
            Some(folder) => write(&folder, &pages, session)?,
        }
        Ok(Outcome::Done)
    }
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)], session: &Session) -> anyhow::Result<()> {
    let output = session.lock(folder)?;
    let mut batch = output.batch()?;
    for (name, page) in pages {
        let file = NewFile::public(name, page);
        if folder.join(name).exists() {
            batch.replace_file(name, &file)?;
        } else {
            batch.new_files(&[file])?;
        }
    }
    batch.commit_all()?;
    for (name, _) in pages {
        let path = crate::escape::path(&folder.join(name));
        session.console.print(&format!("{path}\n"))?;
    }
    Ok(())
}

/// The name and the text of each page, the main one first.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command();
    command.build();
    let mut pages = vec![page(&command, "meshpki")?];
    let subcommands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    for subcommand in subcommands {
        if subcommand.get_name() != "help" {
            let name = format!("meshpki-{}", subcommand.get_name());
            pages.push(page(subcommand, &name)?);
        }
    }
    Ok(pages)
}

fn page(command: &clap::Command, name: &str) -> std::io::Result<(String, Vec<u8>)> {
    let file = format!("{name}.1");
    let mut text = Vec::new();
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    Page::new(command).render(&mut text)?;
    Ok((file, text))
}
