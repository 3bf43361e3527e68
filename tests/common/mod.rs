//! What the tests of the binary share: a folder of their own, the binary in it, and the programs
//! that it is held against.
#![allow(dead_code)] // Each test file is a crate of its own, and uses a part.

pub mod foreign;
pub mod gap;
pub mod machine;
pub mod pki;
pub mod requests;
pub mod roots;
pub mod secrets;
pub mod terminal;
pub mod tls;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use meshpki::pki::certificate::Certificate;
use tempfile::TempDir;

/// An empty folder, in which meshpki and other programs are run.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// One in memory, if the system has a file system there: to sync it takes no time.
    pub fn in_memory() -> Self {
        match tempfile::tempdir_in("/dev/shm") {
            Ok(folder) => Self { folder },
            Err(_) => Self::new(),
        }
    }

    /// One with a root of P-256 and the clusters `names`, of P-256 too: keys that are quickly made.
    pub fn with_clusters(names: &[&str]) -> Self {
        let workspace = Self::new();
        workspace
            .meshpki(["root-ca", "--key-type", "p256"])
            .succeeds();
        if !names.is_empty() {
            workspace.issue(names).succeeds();
        }
        workspace
    }

    /// One with a root of this common name, which outlives every cluster's CA of the default
    /// lifetime.
    pub fn with_root(name: &str) -> Self {
        let workspace = Self::new();
        workspace.make_root(name);
        workspace
    }

    /// Another root in the place of the one that is here.
    pub fn make_root(&self, name: &str) {
        self.remove_root();
        let arguments = "root-ca --key-type p256 --days 4000 --cn";
        self.meshpki(arguments.split(' ').chain([name])).succeeds();
    }

    /// The root goes, and what tells of it.
    pub fn remove_root(&self) {
        for file in ["root-cert.pem", "root-issued.jsonl", "root-key.pem"] {
            let _ = std::fs::remove_file(self.join(file));
        }
    }

    /// `meshpki cluster-cacerts`, with keys that are quickly made.
    pub fn issue(&self, arguments: &[&str]) -> Run {
        let command = ["cluster-cacerts", "--key-type", "p256"];
        self.meshpki(command.iter().chain(arguments))
    }

    /// The first certificate in `file`.
    pub fn certificate(&self, file: &str) -> Certificate {
        let all = Certificate::all_from_pem(&self.read(file));
        all.expect("certificates").remove(0)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn read_text(&self, name: impl AsRef<Path>) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    pub fn write(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) {
        let path = self.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder");
        }
        std::fs::write(path, contents).expect("a file");
    }

    pub fn mode(&self, name: impl AsRef<Path>) -> u32 {
        let metadata = self.join(name).metadata().expect("it is there");
        metadata.permissions().mode() & 0o7777
    }

    /// The binary with `arguments`, in this folder, without the caller's settings.
    pub fn meshpki<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::of(self.meshpki_command().args(arguments))
    }

    /// As [`Workspace::meshpki`], to be completed by the caller.
    pub fn meshpki_command(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("meshpki"));
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            let is_setting = [
                "ROOTCA_",
                "INTERMEDIATE_",
                "ISTIO_",
                "WORKLOAD_",
                "SERVICE_ACCOUNT",
                "SECRET_GRACE_PERIOD_RATIO",
                "OPENSSL_",
                "SSL_CERT_",
            ]
            .iter()
            .any(|prefix| name_text.starts_with(prefix));
            if is_setting {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Another program, which has to succeed; its stdout.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> String {
        let mut command = Command::new(program);
        command.current_dir(self.path()).args(arguments);
        Run::of(&mut command).succeeds()
    }

    /// Everything in the folder: names, kinds, modes, inodes' contents.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, Entry> {
        snapshot(self.path())
    }
}

/// Everything below `folder`.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut entries = BTreeMap::new();
    walk(folder, folder, &mut entries);
    entries
}

/// One file, folder or link, as far as a test wants it unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub mode: u32,
    pub contents: Option<Vec<u8>>,
}

fn walk(root: &Path, folder: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("metadata");
        let name = path.strip_prefix(root).expect("below the root").to_owned();
        let contents = metadata
            .is_file()
            .then(|| std::fs::read(&path).expect("a file"));
        let mode = metadata.mode();
        entries.insert(name, Entry { mode, contents });
        if metadata.is_dir() {
            walk(root, &path, entries);
        }
    }
}

/// A program that has run.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).output();
        Self::from(output.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// As [`Run::of`], with `input` on stdin.
    pub fn fed(command: &mut Command, input: &[u8]) -> Self {
        let streams = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = streams.spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut stdin = child.stdin.take().expect("it is piped");
        // One that has refused its arguments does not read.
        let _ = stdin.write_all(input);
        drop(stdin);
        Self::from(child.wait_with_output().expect("it ends"))
    }

    /// It has ended with 0; its stdout.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self.stdout
    }

    /// It has ended with `status`, printed nothing, and said exactly this on stderr.
    #[track_caller]
    pub fn fails(self, status: i32, stderr: &str) {
        assert_eq!(self.stderr, stderr);
        assert_eq!(self.stdout, "");
        assert_eq!(self.status, Some(status));
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Whether `program` is there. Where it is missing the test says so and is skipped; with
/// `MESHPKI_REQUIRE_TOOLS=1` that is a failure.
#[track_caller]
pub fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&paths).any(|folder| folder.join(program).is_file());
    let is_required = std::env::var("MESHPKI_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(
        is_there || !is_required,
        "{program} is required, and missing"
    );
    if !is_there {
        eprintln!("skipped: there is no {program}");
    }
    is_there
}

/// Whether this process ignores `signal`, as under nohup(1), and so whatever it starts does too.
/// The test says so and is skipped.
pub fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .expect("proc(5)");
    let is_ignored = ignored >> (signal - 1) & 1 == 1;
    if is_ignored {
        eprintln!("skipped: signal {signal} is ignored here");
    }
    is_ignored
}
