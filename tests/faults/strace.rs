//! meshpki under `strace`: the system calls that it makes, and faults in the place of them.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use crate::common::Workspace;

/// What changes a folder, or writes, or can fail on the way to it. A `?` lets strace pass over a
/// name that this machine's kernel does not have.
const CALLS: [&str; 21] = [
    "write",
    "openat",
    "?mkdir",
    "mkdirat",
    "?rename",
    "?renameat",
    "renameat2",
    "?link",
    "linkat",
    "?unlink",
    "unlinkat",
    "?rmdir",
    "ftruncate",
    "fsync",
    "syncfs",
    "flock",
    "?getdents64",
    "statx",
    "?chmod",
    "fchmod",
    "fchmodat",
];

/// As on a file system without `RENAME_EXCHANGE` and `RENAME_NOREPLACE`.
pub const PLAIN_RENAMES: &str = "renameat2:error=EINVAL";

/// All is in place, and cannot be made durable: it has to be taken back.
pub const NO_SYNC: &str = "syncfs:error=EIO:when=2";

/// The errors that are put in the place of calls, in turns.
pub const ERRORS: [&str; 3] = ["ENOSPC", "EIO", "EACCES"];

/// A system call of the thread that writes.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// As strace prints it.
    pub text: String,
    /// How many of each name there have been with it, since the start of the program.
    counts: BTreeMap<String, usize>,
}

impl Call {
    /// What is in the folder is another after it.
    pub fn changes(&self) -> bool {
        match self.name.as_str() {
            "openat" => self.text.contains("O_CREAT"),
            "write" => !self.text.starts_with("write(2,"),
            "getdents64" | "statx" | "flock" => false,
            _ => true,
        }
    }

    /// What undoes it is a call of the same name.
    pub fn is_undone_by_its_like(&self) -> bool {
        self.name.starts_with("rename") || self.name.contains("link")
    }

    fn count(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or(0)
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails, and every other works.
    Once(&'static str),
    /// It fails, and so do all of its name that follow: what was done may not be undone.
    EverySuch(&'static str),
    /// It fails, and so does all that follows.
    FromThenOn(&'static str),
    /// Somebody presses Ctrl-C; the call is done.
    Interrupt,
    /// The process is killed before the call is done.
    Kill,
}

impl Fault {
    /// As strace wants to have it.
    fn injections(self, call: &Call) -> Vec<String> {
        let (name, when) = (&call.name, call.count(&call.name));
        match self {
            Self::Once(error) => vec![format!("{name}:error={error}:when={when}")],
            Self::EverySuch(error) => vec![format!("{name}:error={error}:when={when}+")],
            Self::Interrupt => vec![format!("{name}:signal=INT:when={when}")],
            Self::Kill => vec![format!("{name}:signal=KILL:when={when}")],
            Self::FromThenOn(error) => CALLS
                .iter()
                .map(|failing| {
                    let name = failing.trim_start_matches('?');
                    let done = call.count(name) - usize::from(name == call.name);
                    format!("{failing}:error={error}:when={}+", done + 1)
                })
                .collect(),
        }
    }
}

/// A command line of meshpki, and what fails in its runs.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    pub arguments: &'a [&'a str],
    /// A call that fails in any case, as strace wants to have it.
    pub failing: Option<&'a str>,
}

impl Traced<'_> {
    /// The calls of a run in which nothing else fails, from the one that begins its output on.
    pub fn calls(self, workspace: &Workspace) -> Vec<Call> {
        let (output, log) = self.run(workspace, &[]);
        let succeeds = output.status.code() == Some(0);
        assert_eq!(succeeds, self.failing != Some(NO_SYNC), "{output:#?}");
        parse(&log)
    }

    /// A run with `fault` in the place of `call`.
    pub fn run_with(self, workspace: &Workspace, fault: Fault, call: &Call) -> Output {
        let (output, log) = self.run(workspace, &fault.injections(call));
        let happened = match fault {
            Fault::Kill => output.status.signal() == Some(9),
            Fault::Interrupt => output.status.code() != Some(1),
            _ => log.contains("(INJECTED)"),
        };
        assert!(happened, "it did not come about: {output:#?}");
        output
    }

    /// A run that is killed when it makes the call `name` for the `number`th time.
    pub fn run_killed_at(self, workspace: &Workspace, name: &str, number: usize) -> Output {
        self.run(workspace, &[format!("{name}:signal=KILL:when={number}")])
            .0
    }

    /// A run in which nothing else fails.
    pub fn run_without_fault(self, workspace: &Workspace) -> Output {
        if self.failing == Some(PLAIN_RENAMES) {
            self.run(workspace, &[]).0
        } else {
            let mut command = workspace.meshpki_command();
            command.args(self.arguments).output().expect("meshpki")
        }
    }

    /// Its output, and the log of strace.
    fn run(self, workspace: &Workspace, injections: &[String]) -> (Output, String) {
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        let meshpki = workspace.meshpki_command();
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-s", "256", "-e", "signal=none", "-o"]);
        command.arg(log.path());
        command.arg(format!("--trace={}", CALLS.join(",")));
        if !injections
            .iter()
            .any(|injection| injection.contains("signal="))
        {
            // Quicker; but it has no stop in which a signal could be sent.
            command.arg("--seccomp-bpf");
        }
        for injection in injections {
            command.arg(format!("--inject={injection}"));
        }
        // The last word on a call is what counts.
        let failing = self.failing.iter();
        command.args(failing.map(|failing| format!("--inject={failing}")));
        command.arg(meshpki.get_program()).args(self.arguments);
        command.current_dir(workspace.path());
        for (name, value) in meshpki.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Threads that wait for work make thousands of calls, and strace stops at each.
        command.env("RAYON_NUM_THREADS", "1");
        // cargo has the loader look for libraries in many places; none is there.
        command.env_remove("LD_LIBRARY_PATH");
        let output = command.output().expect("strace");
        let log = std::fs::read(log.path()).expect("the log of strace");
        (output, String::from_utf8_lossy(&log).into_owned())
    }
}

/// The calls of the main thread, which alone writes; those before the first lock or folder are of
/// the loader, or read.
fn parse(log: &str) -> Vec<Call> {
    let main = log.split_whitespace().next().expect("some call");
    let mut counts = BTreeMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let Some(text) = line.strip_prefix(main).map(str::trim_start) else {
            continue;
        };
        let Some((name, _)) = text.split_once('(') else {
            continue;
        };
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            continue;
        }
        *counts.entry(name.to_owned()).or_insert(0) += 1;
        if calls.is_empty() && !["flock", "mkdir", "mkdirat"].contains(&name) {
            continue;
        }
        calls.push(Call {
            name: name.to_owned(),
            text: text.to_owned(),
            counts: counts.clone(),
        });
    }
    calls
}
