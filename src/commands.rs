//! The subcommands, one file each.

pub mod accept;
pub mod bundle;
pub mod check;
mod cluster;
pub mod cluster_cacerts;
pub mod completions;
pub mod diff;
mod each;
mod folder;
pub mod import;
pub mod init;
pub mod inspect;
pub mod issued;
pub mod man;
mod out_dir;
mod out_file;
mod passphrase;
mod record;
pub mod rekey_passphrase;
mod report;
pub mod request;
pub mod root_ca;
mod root_key;
pub mod secret;
pub mod sign;
pub(crate) mod spelling;
pub mod split;
mod unreadable;
pub mod verify;
pub mod workload_certs;

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{Args, Subcommand};
use time::OffsetDateTime;

use crate::config::Config;
use crate::console::{Console, Refusal};
use crate::input;
use crate::interrupt::Interrupt;
use crate::output::{OutputDir, OutputError};

#[derive(Subcommand)]
pub enum Command {
    RootCa(root_ca::RootCa),
    ClusterCacerts(cluster_cacerts::ClusterCacerts),
    Request(request::Request),
    Sign(Box<sign::Sign>),
    Accept(Box<accept::Accept>),
    WorkloadCerts(Box<workload_certs::WorkloadCerts>),
    Secret(secret::Secret),
    Import(import::Import),
    Bundle(bundle::Bundle),
    RekeyPassphrase(rekey_passphrase::RekeyPassphrase),
    Issued(issued::Issued),
    Check(Box<check::Check>),
    Inspect(inspect::Inspect),
    Verify(Box<verify::Verify>),
    Split(split::Split),
    Diff(diff::Diff),
    Init(init::Init),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// The command of this name alone, as it stands in the command line.
    pub(crate) fn alone(name: &str) -> Option<clap::Command> {
        type AddFlags = fn(clap::Command) -> clap::Command;
        const COMMANDS: [(&str, AddFlags); 19] = [
            ("root-ca", root_ca::RootCa::augment_args),
            (
                "cluster-cacerts",
                cluster_cacerts::ClusterCacerts::augment_args,
            ),
            ("request", request::Request::augment_args),
            ("sign", sign::Sign::augment_args),
            ("accept", accept::Accept::augment_args),
            (
                "workload-certs",
                workload_certs::WorkloadCerts::augment_args,
            ),
            ("secret", secret::Secret::augment_args),
            ("import", import::Import::augment_args),
            ("bundle", bundle::Bundle::augment_args),
            (
                "rekey-passphrase",
                rekey_passphrase::RekeyPassphrase::augment_args,
            ),
            ("issued", issued::Issued::augment_args),
            ("check", check::Check::augment_args),
            ("inspect", inspect::Inspect::augment_args),
            ("verify", verify::Verify::augment_args),
            ("split", split::Split::augment_args),
            ("diff", diff::Diff::augment_args),
            ("init", init::Init::augment_args),
            ("completions", completions::Completions::augment_args),
            ("man", man::Man::augment_args),
        ];

        let (name, add_flags) = COMMANDS.into_iter().find(|(known, _)| *known == name)?;
        Some(add_flags(clap::Command::new(name)))
    }

    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        match self {
            Self::RootCa(command) => command.run(session),
            Self::ClusterCacerts(command) => command.run(session),
            Self::Request(command) => command.run(session),
            Self::Sign(command) => command.run(session),
            Self::Accept(command) => command.run(session),
            Self::WorkloadCerts(command) => command.run(session),
            Self::Secret(command) => command.run(session),
            Self::Import(command) => command.run(session),
            Self::Bundle(command) => command.run(session),
            Self::RekeyPassphrase(command) => command.run(session),
            Self::Issued(command) => command.run(session),
            Self::Check(command) => command.run(session),
            Self::Inspect(command) => command.run(session),
            Self::Verify(command) => command.run(session),
            Self::Split(command) => command.run(session),
            Self::Diff(command) => command.run(session),
            Self::Init(command) => command.run(session),
            Self::Completions(command) => command.run(session),
            Self::Man(command) => command.run(session),
        }
    }

    /// Whether it looks at certificates alone: it makes none, and needs no private key.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(self, Self::Inspect(_) | Self::Verify(_))
    }

    /// Whether meshpki.toml is of any concern to it.
    pub(crate) fn has_settings(&self) -> bool {
        matches!(
            self,
            Self::RootCa(_)
                | Self::ClusterCacerts(_)
                | Self::Request(_)
                | Self::Accept(_)
                | Self::WorkloadCerts(_)
                | Self::Secret(_)
                | Self::Sign(_)
                | Self::Check(_)
        )
    }
}

impl Command {
    /// Whether what it has to say beside its data goes to stderr.
    pub(crate) fn has_data_on_stdout(&self) -> bool {
        matches!(self, Self::Request(request) if request.has_data_on_stdout())
    }
}

/// What every command is given: the world outside, looked at once.
pub(crate) struct Session {
    /// The whole command line, for those that speak of it.
    pub command_line: fn() -> clap::Command,
    pub config: Config,
    pub now: OffsetDateTime,
    /// Looks up a variable that the command line names.
    pub environment: fn(&OsStr) -> Option<OsString>,
    pub console: Console,
    pub interrupt: Interrupt,
}

impl Session {
    /// That the arguments of `subcommand` make no sense together.
    pub fn usage_error(&self, subcommand: &str, message: impl Display) -> clap::Error {
        let mut command_line = (self.command_line)();
        command_line.build();
        let subcommand = command_line.find_subcommand_mut(subcommand);
        let subcommand = subcommand.expect("it is a command");
        subcommand.error(ErrorKind::ArgumentConflict, message)
    }

    /// From now on a signal is remembered, and acted upon where nothing is half done.
    pub fn listen(&self) -> anyhow::Result<()> {
        let listening = self.interrupt.listen();
        listening.context("cannot listen for signals")
    }

    /// The folder `path` for this run alone.
    pub fn lock(&self, path: &Path) -> anyhow::Result<OutputDir> {
        let console = self.console;
        self.listen()?;
        let locked = OutputDir::lock(path, self.interrupt.clone(), || {
            let folder = crate::escape::path(path);
            console.note(format_args!(
                "waiting: another meshpki is at work in {folder}"
            ));
        });
        let output = locked.map_err(|error| match &error {
            OutputError::Plan { path, .. } => {
                let path = crate::escape::path(path);
                let hint = format!("what is in {path} may be needed: look at it, and move it away");
                Refusal::new(error, hint).into()
            }
            _ => anyhow::Error::from(error),
        })?;
        for recovery in output.recovered() {
            console.note(recovery);
        }
        Ok(output)
    }

    /// A key that others can read may be known to them.
    pub fn warn_if_exposed(&self, key: &Path) {
        if crate::input::is_exposed(key) {
            let key = crate::escape::path(key);
            let typed = crate::escape::in_shell(&key);
            let typed = self.console.path_as_typed(&typed);
            self.console.warning(format_args!(
                "{key} can be read by others than its owner: chmod 600 {typed}"
            ));
        }
    }
}

impl Session {
    /// The inputs of `subcommand`, which reads stdin where no file is named. Of a person at a
    /// terminal nothing is asked.
    pub fn files_or_stdin(
        &self,
        subcommand: &str,
        files: &[PathBuf],
    ) -> Result<Vec<PathBuf>, clap::Error> {
        match files {
            [] if input::stdin_is_terminal() => {
                let message = "no FILE is given, and stdin is a terminal";
                Err(self.usage_error(subcommand, message))
            }
            [] => Ok(vec![PathBuf::from("-")]),
            files => Ok(files.to_vec()),
        }
    }
}

/// How a command ended, which is its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done; verified; nothing to report.
    Done,
    /// Something could not be read, made or written.
    Trouble,
    /// The answer is no, from a command that answers.
    No,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Trouble => Self::from(1),
            Outcome::No => Self::from(2),
        }
    }
}
