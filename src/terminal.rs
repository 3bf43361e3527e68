//! The person at the terminal, who types a passphrase without seeing it, or says yes or no.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::interrupt::{Interrupt, Interrupted};

/// The terminal that controls the process, whatever its streams are.
const PATH: &str = "/dev/tty";
/// The most octets that a terminal hands over as one line (termios(3), canonical mode).
const LONGEST_LINE: usize = 4096;
/// How often a signal is looked for: no longer than a person takes for a wait.
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    #[error("cannot ask on the terminal")]
    Io(#[from] io::Error),
    #[error("nothing was entered")]
    Nothing,
    // Not transparent: whoever asks the causes has to find it.
    #[error("{0}")]
    Interrupted(#[from] Interrupted),
}

/// A terminal that a question is asked at; what is typed is shown or not, as long as this value lives.
pub struct Terminal {
    file: File,
    before: Termios,
    interrupt: Interrupt,
}

/// Whether somebody is there to be asked, and would see the question.
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

impl Terminal {
    /// `interrupt` has to be listening: a process that died of a signal here would leave a terminal
    /// that shows nothing.
    pub fn open(interrupt: Interrupt) -> Result<Self, TerminalError> {
        Self::open_with(interrupt, false)
    }

    /// Asks for yes or no, and shows what is typed. Whatever is not yes is no. `interrupt` has to be
    /// listening, as for [`Terminal::open`].
    pub fn confirm(question: &str, interrupt: Interrupt) -> Result<bool, TerminalError> {
        let mut terminal = Self::open_with(interrupt, true)?;
        let answer = match terminal.ask(&format!("{question} [y/N] ")) {
            Err(TerminalError::Nothing) => return Ok(false),
            answer => answer?,
        };
        let answer = answer.trim_ascii().to_ascii_lowercase();
        Ok(matches!(answer.as_slice(), b"y" | b"yes"))
    }

    fn open_with(interrupt: Interrupt, echo: bool) -> Result<Self, TerminalError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, PATH, flags, Mode::empty()).map_err(io::Error::from)?;
        let before = tcgetattr(&file).map_err(io::Error::from)?;
        let mut modes = before.clone();
        modes.local_modes.set(LocalModes::ECHO, echo);
        // All the same the cursor goes to the next line.
        modes.local_modes.insert(LocalModes::ECHONL);
        modes
            .local_modes
            .insert(LocalModes::ICANON | LocalModes::ISIG);
        // What was typed before the question is no answer to it.
        tcsetattr(&file, OptionalActions::Flush, &modes).map_err(io::Error::from)?;
        Ok(Self {
            file: File::from(file),
            before,
            interrupt,
        })
    }

    /// The line that is typed, without its end.
    pub fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, TerminalError> {
        self.file.write_all(question.as_bytes())?;
        // A buffer that never grows leaves no copies behind.
        let mut line = Zeroizing::new(vec![0; LONGEST_LINE]);
        let mut length = 0;
        while length < LONGEST_LINE {
            self.wait()?;
            let read = match self.file.read(&mut line[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            length += read;
            let is_whole = line[..length].ends_with(b"\n");
            if read == 0 && length == 0 {
                return Err(TerminalError::Nothing);
            }
            if read == 0 || is_whole {
                line.truncate(length - usize::from(is_whole));
                return Ok(line);
            }
        }
        Ok(line)
    }

    /// Until there is something to read, or a signal has come.
    fn wait(&self) -> Result<(), TerminalError> {
        loop {
            self.interrupt.check()?;
            let mut wanted = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut wanted, Some(&PATIENCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A terminal that is gone has no echo to be given back.
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}
