//! What is said to the person at the terminal. Data goes to stdout; talk goes to stderr.

use std::fmt;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};

use anstyle::{AnsiColor, Style};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors alone.
    Quiet,
    Normal,
    Verbose,
}

/// The streams of the process.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    verbosity: Verbosity,
    /// The folder of `-C` as a word of a shell, for commands in hints.
    folder: Option<&'static str>,
    /// Whether stdout is for data alone.
    has_data_on_stdout: bool,
}

/// stdout that cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout")]
pub struct StdoutError(#[from] io::Error);

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Console {
    pub fn new(verbosity: Verbosity) -> Self {
        Self {
            verbosity,
            folder: None,
            has_data_on_stdout: false,
        }
    }

    /// Of a run that works in `folder`, a word of a shell, and not where it was started. There is one
    /// for the life of the process.
    #[must_use]
    pub fn working_in(self, folder: String) -> Self {
        Self {
            folder: Some(folder.leak()),
            ..self
        }
    }

    /// Of a run whose data another program reads: what was done is told on stderr.
    #[must_use]
    pub fn with_data_on_stdout(self) -> Self {
        Self {
            has_data_on_stdout: true,
            ..self
        }
    }

    /// `hint`, whose commands of meshpki are for the folder `inner`, a word of a shell, as it is to
    /// be typed where this command was. Without `inner` they are for the folder in which it works.
    pub fn as_typed(self, inner: Option<&str>, hint: &str) -> String {
        const COMMAND: &str = "meshpki ";

        let folder = match (self.folder, inner) {
            (None, None) => return hint.to_owned(),
            (Some(outer), Some(inner)) if !is_absolute(inner) => format!("{outer}/{inner}"),
            (_, Some(folder)) | (Some(folder), None) => folder.to_owned(),
        };
        let mut parts = hint.split(COMMAND);
        let mut typed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            typed += COMMAND;
            if part.starts_with(|first: char| first.is_ascii_lowercase()) {
                typed += &format!("-C {folder} ");
            }
            typed += part;
        }
        typed
    }

    /// `path`, a word of a shell, as it is to be typed where this command was.
    pub fn path_as_typed(self, path: &str) -> String {
        match self.folder {
            Some(folder) if !is_absolute(path) => format!("{folder}/{path}"),
            _ => path.to_owned(),
        }
    }

    /// Whether progress and notes are wanted.
    pub fn is_quiet(self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether more is wanted.
    pub fn is_verbose(self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// What was done. It is left unsaid where nothing but trouble is to be told.
    pub fn report(self, report: &str) -> Result<(), StdoutError> {
        if self.is_quiet() {
            return Ok(());
        }
        if self.has_data_on_stdout {
            self.answer(report);
            return Ok(());
        }
        self.print(report)
    }

    /// Data, octet for octet. A reader that has gone away is no error.
    pub fn print(self, data: &str) -> Result<(), StdoutError> {
        self.print_octets(data.as_bytes())
    }

    /// As [`Console::print`], for data that is no text.
    pub fn print_octets(self, data: &[u8]) -> Result<(), StdoutError> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(data).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    pub fn stdout_is_terminal(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether what is printed is looked at by a person, and may be laid out and coloured.
    pub fn is_for_people(self) -> bool {
        self.stdout_is_terminal()
            || anstream::ColorChoice::global() == anstream::ColorChoice::Always
    }

    /// As [`Console::print`], for text with colours in it, where they are wanted.
    pub fn print_styled(self, text: &str) -> Result<(), StdoutError> {
        let mut stdout = anstream::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// As [`Console::print`], for data that comes in parts.
    pub fn data(self) -> Data {
        Data {
            stdout: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
            is_gone: false,
        }
    }

    /// What is good to know.
    pub fn note(self, message: impl fmt::Display) {
        if self.verbosity >= Verbosity::Normal {
            say(&message);
        }
    }

    /// What the answer is, whatever the verbosity: lines that end with a line feed.
    pub fn answer(self, lines: &str) {
        // Nobody is left to be told that stderr is gone.
        let _ = anstream::stderr().lock().write_all(lines.as_bytes());
    }

    /// A way out of what was told, without an error.
    pub fn hint(self, hint: impl fmt::Display) {
        if self.verbosity >= Verbosity::Normal {
            let hint = self.as_typed(None, &hint.to_string());
            say(&format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
    }

    /// How things came about, for those who ask.
    pub fn detail(self, message: impl fmt::Display) {
        if self.verbosity >= Verbosity::Verbose {
            say(&message);
        }
    }

    pub fn warning(self, message: impl fmt::Display) {
        if self.verbosity >= Verbosity::Normal {
            say(&format_args!("{WARNING}warning:{WARNING:#} {message}"));
        }
    }

    /// What went wrong, each cause once, and the way out.
    pub fn error(self, error: &anyhow::Error) {
        let mut causes: Vec<String> = Vec::new();
        for cause in error.chain() {
            let cause = cause.to_string();
            // An error that tells its cause in its own words has told it.
            if !causes.last().is_some_and(|last| last.ends_with(&cause)) {
                causes.push(cause);
            }
        }
        say(&format_args!(
            "{ERROR}error:{ERROR:#} {}",
            causes.join(": ")
        ));
        let causes = error.chain();
        let mut hints: Vec<_> = causes
            .filter_map(|cause| cause.downcast_ref::<Refusal>())
            .collect();
        // One that was added as the context of another error is no link of the chain.
        if let Some(context) = error.downcast_ref::<Refusal>()
            && !hints.iter().any(|hint| std::ptr::eq(*hint, context))
        {
            hints.insert(0, context);
        }
        for hint in hints {
            let hint = self.as_typed(None, &hint.hint);
            say(&format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
    }
}

/// Whether a word of a shell is a path from the root of all folders.
fn is_absolute(word: &str) -> bool {
    word.trim_start_matches('\'').starts_with('/')
}

/// stdout, for data that comes in parts. What goes to stderr meanwhile keeps its place among them.
pub struct Data {
    stdout: BufWriter<StdoutLock<'static>>,
    is_gone: bool,
}

impl Data {
    /// Whether the reader has gone away: it has what it wanted, and nothing more needs to be made.
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    pub fn print(&mut self, data: &str) -> Result<(), StdoutError> {
        let written = self.stdout.write_all(data.as_bytes());
        self.note_end(written)
    }

    /// Hands over what has been printed.
    pub fn flush(&mut self) -> Result<(), StdoutError> {
        let flushed = self.stdout.flush();
        self.note_end(flushed)
    }

    fn note_end(&mut self, written: io::Result<()>) -> Result<(), StdoutError> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(())
            }
            written => Ok(written?),
        }
    }
}

fn say(message: &dyn fmt::Display) {
    // Nobody is left to be told that stderr is gone.
    let _ = writeln!(anstream::stderr().lock(), "{message}");
}

/// An error with a way out of it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    message: String,
    hint: String,
}

impl Refusal {
    pub fn new(message: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self {
            message: message.to_string(),
            hint: hint.into(),
        }
    }
}
