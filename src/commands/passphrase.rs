//! Where passphrases come from: openssl's `-passin` and `-passout`, or the person at the terminal.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use zeroize::Zeroizing;

use super::Session;
use crate::console::Refusal;
use crate::escape;
use crate::input::{self, InputError};
use crate::pki::key::{Passphrase, PassphraseError};
use crate::terminal::{self, Terminal, TerminalError};

/// A place where a passphrase is (openssl-passphrase-options(1)). It has no `Debug`: it may be the
/// passphrase itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    Environment(OsString),
    File(PathBuf),
    Descriptor(u32),
    Stdin,
    Word(Zeroizing<Vec<u8>>),
}

/// What is no such place. What it was is not said: somebody may have forgotten a `pass:`.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("it is none of env:NAME, file:PATH, fd:N, stdin and pass:WORD")]
    Unknown,
    #[error("nothing can be read where output goes: 0 is stdin, and 3 is free to be opened")]
    Output,
}

impl Source {
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(|text| Self::parse(&text))
    }

    fn parse(text: &OsStr) -> Result<Self, SourceError> {
        let octets = text.as_bytes();
        if octets == b"stdin" {
            return Ok(Self::Stdin);
        }
        let colon = octets.iter().position(|&octet| octet == b':');
        let (form, place) = octets.split_at(colon.ok_or(SourceError::Unknown)? + 1);
        let name = OsStr::from_bytes(place);
        match form {
            b"env:" if !place.is_empty() && !place.contains(&b'=') => {
                Ok(Self::Environment(name.to_owned()))
            }
            b"file:" if !place.is_empty() => Ok(Self::File(name.into())),
            b"fd:" => match name.to_str().map(str::parse) {
                Some(Ok(0)) => Ok(Self::Stdin),
                Some(Ok(1 | 2)) => Err(SourceError::Output),
                Some(Ok(number)) => Ok(Self::Descriptor(number)),
                _ => Err(SourceError::Unknown),
            },
            b"pass:" => Ok(Self::Word(Zeroizing::new(place.to_vec()))),
            _ => Err(SourceError::Unknown),
        }
    }

    /// The file that it is a line of.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Descriptor(number) => Some(PathBuf::from(format!("/dev/fd/{number}"))),
            Self::Stdin => Some(PathBuf::from("-")),
            Self::Environment(_) | Self::Word(_) => None,
        }
    }
}

const PASSIN: &str = "--passin";
const PASSOUT: &str = "--passout";

/// The passphrases of one run.
pub struct Passphrases<'a> {
    passin: Option<&'a Source>,
    passout: Option<&'a Source>,
    session: &'a Session,
    /// Where both are lines of one file, the second of them.
    second_line: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Passphrases<'a> {
    pub fn new(
        passin: Option<&'a Source>,
        passout: Option<&'a Source>,
        session: &'a Session,
    ) -> Self {
        for (option, source) in [(PASSIN, passin), (PASSOUT, passout)] {
            if let Some(Source::Word(_)) = source {
                session.console.warning(format_args!(
                    "{option} pass:... can be read by all who can list processes, and by the shell's history: use env:NAME, file:PATH, fd:N or stdin"
                ));
            }
        }
        Self {
            passin,
            passout,
            session,
            second_line: None,
        }
    }

    /// The one that the key `file` is encrypted with.
    pub fn of(&mut self, file: &str) -> anyhow::Result<Passphrase> {
        let octets = if let Some(source) = self.passin {
            self.first(source)?
        } else {
            let nobody = format!("{file} is encrypted, and nobody can be asked for its passphrase");
            let mut terminal = self.terminal(&nobody, PASSIN)?;
            terminal.ask(&format!("Passphrase for {file}: "))?
        };
        Passphrase::new(octets).map_err(|error| unusable(PASSIN, error))
    }

    /// The one that the key `file` is going to be encrypted with.
    pub fn for_new(&mut self, file: &str) -> anyhow::Result<Passphrase> {
        let octets = if let Some(source) = self.passout {
            self.second(source)?
        } else {
            let nobody = format!("nobody can be asked for a passphrase for {file}");
            let mut terminal = self.terminal(&nobody, PASSOUT)?;
            let octets = terminal.ask(&format!("New passphrase for {file}: "))?;
            if terminal.ask("The same again: ")? != octets {
                anyhow::bail!("the two passphrases are not the same");
            }
            octets
        };
        Passphrase::for_encryption(octets).map_err(|error| unusable(PASSOUT, error))
    }

    fn terminal(&self, nobody: &str, option: &'static str) -> anyhow::Result<Terminal> {
        let refusal = |reason: &str| -> anyhow::Error {
            let hint = format!("say where it is: {option} env:NAME, file:PATH, fd:N or stdin");
            Refusal::new(format_args!("{nobody}: {reason}"), hint).into()
        };
        if !terminal::is_there() {
            return Err(refusal("stdin and stderr are not both terminals"));
        }
        self.session.listen()?;
        Terminal::open(self.session.interrupt.clone()).map_err(|error| match error {
            TerminalError::Io(error) => refusal(&format!("/dev/tty: {error}")),
            error => error.into(),
        })
    }

    /// `--passin`, whose source may be that of `--passout` too: then it is the first line.
    fn first(&mut self, source: &Source) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let is_shared = self.passout == Some(source);
        let mut lines = self
            .lines(PASSIN, source, 1 + usize::from(is_shared))?
            .into_iter();
        let first = lines.next();
        self.second_line = lines.next();
        first.ok_or_else(|| missing(PASSIN, "line"))
    }

    /// `--passout`, whose source may be that of `--passin` too: then it is the second line.
    fn second(&mut self, source: &Source) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        if self.passin != Some(source) || source.path().is_none() {
            let first = self.lines(PASSOUT, source, 1)?.pop();
            return first.ok_or_else(|| missing(PASSOUT, "line"));
        }
        if self.second_line.is_none() {
            // There was nothing to be decrypted.
            drop(self.first(source)?);
        }
        let second = self.second_line.take();
        second.ok_or_else(|| missing(PASSOUT, "second line"))
    }

    fn lines(
        &self,
        option: &'static str,
        source: &Source,
        count: usize,
    ) -> anyhow::Result<Vec<Zeroizing<Vec<u8>>>> {
        let path = match source {
            Source::Word(word) => return Ok(vec![word.clone()]),
            Source::Environment(name) => {
                let value = (self.session.environment)(name).ok_or_else(|| {
                    let name = escape::bytes(name.as_bytes());
                    anyhow::anyhow!("{option}: there is no {name} in the environment")
                })?;
                return Ok(vec![Zeroizing::new(value.into_vec())]);
            }
            source => source.path().expect("it is a file"),
        };
        if path == Path::new("-") && input::stdin_is_terminal() {
            let hint = format!("without {option} it is asked for, and not shown");
            return Err(Refusal::new(format_args!("{option}: stdin is a terminal"), hint).into());
        }
        input::first_lines(&path, count).map_err(|error| match error {
            InputError::IsNoFile { .. } => {
                let hint = format!("give what it holds on stdin: {option} stdin");
                Refusal::new(format_args!("{option}: {error}"), hint).into()
            }
            error => anyhow::Error::from(error).context(option),
        })
    }
}

fn missing(option: &'static str, line: &str) -> anyhow::Error {
    anyhow::anyhow!("{option}: there is no {line} in it")
}

fn unusable(option: &'static str, error: PassphraseError) -> anyhow::Error {
    let hint = format!("a passphrase has 4 to 1023 octets; from a file, {option} takes one line");
    Refusal::new(format_args!("the passphrase cannot be used: {error}"), hint).into()
}
