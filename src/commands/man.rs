//! `meshpki man`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use clap_mangen::Man as Page;

use super::{Outcome, Session};
use crate::output::NewFile;

/// Print the manual, or write a page for each command into a folder
#[derive(Args)]
#[command(before_help = "\
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
        let pages = pages((session.command_line)()).context("cannot write the manual")?;
        match self.folder {
            None => {
                let (_, main) = &pages[0];
                session.console.print(&String::from_utf8_lossy(main))?;
            }
            Some(folder) => {
                let page = format!("meshpki-{}.1", folder.display());
                if pages.iter().any(|(name, _)| *name == page) {
                    return Err(not_a_folder(&folder, session).into());
                }
                write(&folder, &pages, session)?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// A command's name is not taken for that of a folder: its page is what was meant.
fn not_a_folder(command: &Path, session: &Session) -> clap::Error {
    let command = command.display();
    let message = format!(
        "{command} is a command, and DIR is a folder for the pages: meshpki {command} --help tells of the command, meshpki man ./{command} makes a folder of that name"
    );
    let mut program = (session.command_line)();
    program.build();
    let man = program.find_subcommand_mut("man");
    man.expect("it is a subcommand")
        .error(clap::error::ErrorKind::ValueValidation, message)
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)], session: &Session) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", crate::escape::path(folder)))?;
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
        session.console.report(&format!("{path}\n"))?;
    }
    Ok(())
}

/// The name and the text of each page, the main one first.
fn pages(command_line: clap::Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command_line.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, "meshpki", &mut pages)?;
    Ok(pages)
}

/// The page of `command` and, after it, those of the commands below it.
fn add_pages(
    command: &clap::Command,
    name: &str,
    pages: &mut Vec<(String, Vec<u8>)>,
) -> std::io::Result<()> {
    pages.push(page(command, name)?);
    for subcommand in command.get_subcommands() {
        let name = format!("{name}-{}", subcommand.get_name());
        add_pages(subcommand, &name, pages)?;
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str) -> std::io::Result<(String, Vec<u8>)> {
    let file = format!("{name}.1");
    let mut text = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    let page = Page::new(command.clone().version(version));
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    let mut synopsis = Vec::new();
    page.render_synopsis_section(&mut synopsis)?;
    text.extend_from_slice(with_values(&String::from_utf8_lossy(&synopsis), command).as_bytes());
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    for help in [command.get_after_help(), command.get_before_help()]
        .into_iter()
        .flatten()
    {
        text.extend_from_slice(section(&help.to_string()).as_bytes());
    }
    page.render_version_section(&mut text)?;
    Ok((file, text))
}

/// `synopsis` with the values of the options that take one, which clap_mangen leaves out.
fn with_values(synopsis: &str, command: &clap::Command) -> String {
    let mut synopsis = synopsis.to_owned();
    let options = command.get_opts();
    for option in options.filter(|option| option.get_action().takes_values()) {
        let value = match option.get_value_names() {
            Some([name, ..]) => name.to_string(),
            _ => option.get_id().as_str().to_uppercase(),
        };
        let long = option.get_long().map(|name| format!("--{name}"));
        let short = option.get_short().map(|letter| format!("-{letter}"));
        let Some(flag) = long.or(short) else { continue };
        let flag = flag.replace('-', "\\-");
        for written in [format!("\\fB{flag}\\fR"), format!("\\fB{flag} \\fR")] {
            let valued = format!("\\fB{flag}\\fR \\fI{value}\\fR");
            synopsis = synopsis.replace(&format!("{written}]"), &format!("{valued}]"));
        }
    }
    synopsis
}

/// `Title: text` as a section. Several lines stay the lines they are.
fn section(help: &str) -> String {
    let (title, body) = help.split_once(':').unwrap_or(("Notes", help));
    let title = title.to_uppercase();
    let mut section = format!(".SH \"{title}\"\n");
    if body.contains('\n') {
        section += ".nf\n";
    }
    for line in body.trim().lines() {
        let line = line.trim_start().replace('\\', "\\e").replace('-', "\\-");
        // A zero-width character keeps a line that begins with a dot from being a request.
        section += &format!("\\&{line}\n");
    }
    if body.contains('\n') {
        section += ".fi\n";
    }
    section
}
