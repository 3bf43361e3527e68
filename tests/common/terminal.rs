//! meshpki at a terminal of its own, and who sits at it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// A program whose terminal is a pseudo-terminal: it needs setsid(1) of util-linux.
pub struct AtTerminal {
    child: Child,
    keyboard: File,
    /// Kept open, so that the terminal outlives the program.
    terminal: File,
    seen: String,
}

impl AtTerminal {
    /// `command` with stdin, stdout and stderr at the terminal.
    pub fn start(command: &Command) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let keyboard = keyboard.expect("a pseudo-terminal");
        grantpt(&keyboard).expect("it is ours");
        unlockpt(&keyboard).expect("it is ours");
        let name = ptsname(&keyboard, Vec::new()).expect("its name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = openat(
            CWD,
            OsStr::from_bytes(name.as_bytes()),
            flags,
            Mode::empty(),
        );
        let terminal = File::from(terminal.expect("the other end"));
        let stream = || terminal.try_clone().expect("one more");
        let mut setsid = Command::new("setsid");
        setsid.args(["--ctty", "--wait"]).arg(command.get_program());
        setsid.args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            setsid.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => setsid.env(name, value),
                None => setsid.env_remove(name),
            };
        }
        let child = setsid.stdin(stream()).stdout(stream()).stderr(stream());
        let child = child.spawn().expect("setsid");
        Self {
            child,
            keyboard: keyboard.into(),
            terminal,
            seen: String::new(),
        }
    }

    /// Reads until `text` has appeared.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let has_ended = self.child.try_wait().expect("a child").is_some();
            let has_read = self.read_some();
            assert!(has_read || !has_ended, "{:?}", self.seen);
        }
    }

    /// What is there to be read, if it comes soon.
    fn read_some(&mut self) -> bool {
        let soon = Timespec {
            tv_sec: 0,
            tv_nsec: 20_000_000,
        };
        let mut wanted = [PollFd::new(&self.keyboard, PollFlags::IN)];
        if poll(&mut wanted, Some(&soon)).expect("poll") == 0 {
            return false;
        }
        let mut octets = [0; 4096];
        match self.keyboard.read(&mut octets) {
            Ok(read) => self.seen += &String::from_utf8_lossy(&octets[..read]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}"),
        }
        true
    }

    pub fn types(&mut self, text: &str) {
        self.keyboard
            .write_all(text.as_bytes())
            .expect("a terminal");
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether what is typed is shown.
    pub fn shows_what_is_typed(&self) -> bool {
        let modes = tcgetattr(&self.terminal).expect("a terminal").local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// Its end, and all that was on the screen.
    pub fn ends(mut self) -> (ExitStatus, String) {
        while self.child.try_wait().expect("a child").is_none() {
            self.read_some();
        }
        while self.read_some() {}
        assert!(self.shows_what_is_typed(), "the terminal is left silent");
        let status = self.child.wait().expect("a child");
        (status, self.seen)
    }
}
