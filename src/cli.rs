//! The command line: global flags, exit status, and the one place that reads the clock.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser};
use time::OffsetDateTime;

use crate::commands::{Command, Outcome, Session, spelling};
use crate::config::Config;
use crate::console::{Console, StdoutError, Verbosity};
use crate::interrupt::{Interrupt, Interrupted};
use crate::{pki, process};

/// A usage error, as sysexits.h numbers it: clap's own 2 would look like a failed verification.
const EX_USAGE: u8 = 64;

#[derive(Parser)]
#[command(
    name = "meshpki",
    about = "The certificate work of an Istio mesh, offline, from one binary",
    disable_version_flag = true,
    arg_required_else_help = true,
    before_help = "\
Examples:
  meshpki root-ca                                       make the root of a mesh
  meshpki cluster-cacerts cluster1 cluster2 cluster3    make a CA for each cluster
  meshpki secret cluster1 | kubectl apply -f -          give a cluster its CA
  meshpki workload-certs foo                            make a workload's certificate",
    after_help = "\
Exit status: 0 done; 1 trouble; 2 the answer is no; 64 wrong usage."
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directories: Vec<PathBuf>,
    /// Read the settings from FILE [default: meshpki.toml, if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Say nothing but what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Colours on stderr
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: ColorChoice,
    /// Print the version; with -v, that of OpenSSL too
    #[arg(short = 'V', long)]
    version: bool,
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    process::keep_memory_private();
    let arguments: Vec<_> = std::env::args_os().collect();
    set_color(color_of(&arguments));
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return explain(escaped(error)),
    };
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    set_color(cli.global.color);
    let mut console = Console::new(verbosity);
    if !cli.global.directories.is_empty() {
        let folder: PathBuf = cli.global.directories.iter().collect();
        console = console.working_in(crate::escape::in_shell(&crate::escape::path(&folder)));
    }
    let ran = run(cli, console);
    match ran {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let error = match error.downcast::<clap::Error>() {
                Ok(usage) => return explain(usage),
                Err(error) => error,
            };
            console.error(&error);
            let interrupted = error
                .chain()
                .find_map(|cause| cause.downcast_ref::<Interrupted>());
            if let Some(interrupted) = interrupted {
                interrupted.die();
            }
            Outcome::Trouble.into()
        }
    }
}

fn run(cli: Cli, console: Console) -> anyhow::Result<Outcome> {
    let Global {
        directories,
        config,
        verbose,
        version,
        ..
    } = cli.global;
    if version {
        console.print(&version_text(verbose))?;
        return Ok(Outcome::Done);
    }
    let Some(command) = cli.command else {
        let missing = ErrorKind::MissingSubcommand;
        return Err(Cli::command().error(missing, "no command is given").into());
    };
    for directory in &directories {
        std::env::set_current_dir(directory)
            .with_context(|| format!("cannot work in {}", crate::escape::path(directory)))?;
    }
    if command.only_reads() {
        pki::start_to_read();
    } else {
        pki::start();
    }
    let config = if command.has_settings() || config.is_some() {
        Config::load(config.as_deref(), |name| std::env::var_os(name))?
    } else {
        Config::built_in()
    };
    let console = match command.has_data_on_stdout() {
        true => console.with_data_on_stdout(),
        false => console,
    };
    let session = Session {
        command_line: Cli::command,
        config,
        now: OffsetDateTime::now_utc(),
        environment: |name| std::env::var_os(name),
        console,
        interrupt: Interrupt::default(),
    };
    command.run(&session)
}

fn version_text(verbose: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if verbose {
        format!("meshpki {version}\n{}\n", pki::openssl_version())
    } else {
        format!("meshpki {version}\n")
    }
}

fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// `--color` of a command line that may be wrong: how it is wrong is said in colour or without.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            choice = value;
        }
    }
    choice
}

/// The command line, with the Makefile's targets as words of it: `cluster1-cacerts` is
/// `cluster-cacerts cluster1`, `foo-certs` is `workload-certs foo`, and so for every further target.
fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    // To put together the flags of all commands takes longer than what many a command has to do: at
    // first it is those of the one asked for. How a command line is wrong is for the whole to say.
    let mut program =
        Global::augment_args(clap::Command::new("meshpki").arg_required_else_help(true));
    let arguments = spelling::normalized(arguments, &program);
    let at = spelling::subcommand(&arguments, &program);
    let name = at.and_then(|at| arguments[at].to_str());
    if let Some(command) = name.and_then(Command::alone) {
        program = program.subcommand(command);
    }
    let matches = program
        .try_get_matches_from(&arguments)
        .or_else(|_| Cli::command().try_get_matches_from(&arguments))
        .or_else(|error| {
            let unknown = match error.kind() {
                ErrorKind::InvalidSubcommand => error.get(ContextKind::InvalidSubcommand),
                _ => None,
            };
            match unknown {
                Some(ContextValue::String(word)) => makefile_targets(&arguments, word),
                _ => None,
            }
            .map_or(Err(error), |arguments| {
                Cli::command().try_get_matches_from(arguments)
            })
        });
    Cli::from_arg_matches_mut(&mut matches?)
}

/// How the Makefile's targets end, and the command that each is.
const TARGETS: [(&str, &str); 2] = [
    ("-cacerts", "cluster-cacerts"),
    ("-certs", "workload-certs"),
];

/// `arguments` with the target `word` and those that follow it as names. `None` if a word among
/// them is no target of its kind: `clustr-cacerts cluster1` is a slip of the pen.
fn makefile_targets(arguments: &[OsString], word: &str) -> Option<Vec<OsString>> {
    let (suffix, command) = TARGETS.iter().find(|(suffix, _)| word.ends_with(suffix))?;
    let target = |word: &OsString| {
        let name = word.to_str()?.strip_suffix(suffix)?;
        (!name.is_empty()).then(|| OsString::from(name))
    };
    let is_flag = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"-");
    let is_value = |at: usize| at > 0 && takes_value(command, &arguments[at - 1]);
    let start = (0..arguments.len()).find(|&at| arguments[at] == word && !is_value(at))?;
    let (before, words) = arguments.split_at(start);
    let end = words.iter().position(is_flag).unwrap_or(words.len());
    let (targets, flags) = words.split_at(end);
    let names = targets.iter().map(target).collect::<Option<Vec<_>>>()?;
    if names.is_empty() {
        return None;
    }
    // Targets may stand behind flags too.
    let flags = flags
        .iter()
        .zip(start + end..)
        .map(|(flag, at)| match target(flag) {
            Some(name) if !is_flag(flag) && !is_value(at) => name,
            _ => flag.clone(),
        });
    let flags: Vec<_> = flags.collect();
    Some([before, &[OsString::from(command)], &names, &flags].concat())
}

/// Whether what stands behind the `flag` of `command` is its value.
fn takes_value(command: &str, flag: &OsString) -> bool {
    let Some(flag) = flag.to_str() else {
        return false;
    };
    let command_line = Cli::command();
    let command = command_line.find_subcommand(command);
    let flags = command.into_iter().flat_map(clap::Command::get_arguments);
    command_line.get_arguments().chain(flags).any(|known| {
        let long = known.get_long().map(|long| format!("--{long}"));
        let short = known.get_short().map(|short| format!("-{short}"));
        let is_it = [long, short].iter().flatten().any(|spelt| spelt == flag);
        is_it && known.get_action().takes_values()
    })
}

/// `error` with what it quotes of the command line made harmless: a shell fills in file names. What
/// stands behind an option for passphrases may be one.
fn escaped(mut error: clap::Error) -> clap::Error {
    let argument = error.get(ContextKind::InvalidArg);
    let is_secret =
        matches!(argument, Some(ContextValue::String(argument)) if argument.starts_with("--pass"));
    if is_secret && error.get(ContextKind::InvalidValue).is_some() {
        let hidden = ContextValue::String("...".to_owned());
        error.insert(ContextKind::InvalidValue, hidden);
    }
    let quoted: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => {
                Some((kind, ContextValue::String(crate::escape::text(text))))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in quoted {
        error.insert(kind, value);
    }
    error
}

/// Help goes to stdout and is no error; everything else is a usage error.
// An error is handed over to be told of, and that is the end of it.
#[allow(clippy::needless_pass_by_value)]
fn explain(error: clap::Error) -> ExitCode {
    let printed = error.print();
    if error.use_stderr() {
        return ExitCode::from(EX_USAGE);
    }
    match printed {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Console::new(Verbosity::Normal).error(&StdoutError::from(error).into());
            Outcome::Trouble.into()
        }
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_alone_is_as_in_the_whole() {
        // Its place in the list of commands is the one thing that it has from there.
        let all = |command: clap::Command| format!("{:?}", command.display_order(0));

        for command in Cli::command().get_subcommands() {
            let alone = Command::alone(command.get_name()).expect("a command");
            let name = command.get_name();
            assert!(all(alone) == all(command.clone()), "{name}");
        }
    }

    #[test]
    fn makefile_targets_become_names() {
        let targets = |arguments: &[&str], word| {
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            makefile_targets(&arguments, word)
        };
        let words: Vec<_> = [
            "meshpki",
            "-C",
            "d",
            "cluster-cacerts",
            "a",
            "b",
            "--days",
            "3",
        ]
        .map(OsString::from)
        .into();
        assert_eq!(
            targets(
                &[
                    "meshpki",
                    "-C",
                    "d",
                    "a-cacerts",
                    "b-cacerts",
                    "--days",
                    "3"
                ],
                "a-cacerts"
            ),
            Some(words)
        );
        assert_eq!(targets(&["meshpki", "-cacerts"], "-cacerts"), None);
        let words = [
            "meshpki",
            "cluster-cacerts",
            "a",
            "--passin",
            "pass:x-cacerts",
        ];
        assert_eq!(
            targets(
                &["meshpki", "a-cacerts", "--passin", "pass:x-cacerts"],
                "a-cacerts"
            ),
            Some(words.map(OsString::from).into())
        );
        assert_eq!(targets(&["meshpki", "root"], "root"), None);
        let words = ["meshpki", "cluster-cacerts", "a", "--days", "3", "b"].map(OsString::from);
        assert_eq!(
            targets(
                &["meshpki", "a-cacerts", "--days", "3", "b-cacerts"],
                "a-cacerts"
            ),
            Some(words.into())
        );
        let words = ["meshpki", "-C", "x-cacerts", "cluster-cacerts", "x"].map(OsString::from);
        assert_eq!(
            targets(&["meshpki", "-C", "x-cacerts", "x-cacerts"], "x-cacerts"),
            Some(words.into())
        );
        let words = [
            "meshpki",
            "workload-certs",
            "foo",
            "bar",
            "--cluster",
            "x-certs",
        ];
        assert_eq!(
            targets(
                &["meshpki", "foo-certs", "bar-certs", "--cluster", "x-certs"],
                "foo-certs"
            ),
            Some(words.map(OsString::from).into())
        );
        let mixed = ["meshpki", "foo-certs", "cluster1-cacerts"];
        assert_eq!(targets(&mixed, "foo-certs"), None);
        let slip = ["meshpki", "clustr-cacerts", "cluster1"];
        assert_eq!(targets(&slip, "clustr-cacerts"), None);
    }
}
