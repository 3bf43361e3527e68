//! What others see of the memory of the process.

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use common::Workspace;
use rustix::fs::{FlockOperation, flock};

#[test]
fn no_core_is_dumped() {
    let workspace = Workspace::new();
    let lock = File::open(workspace.path()).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let mut command = workspace.meshpki_command();
    command.arg("init").stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let stderr = child.stderr.take().unwrap();
    BufReader::new(stderr).read_line(&mut line).unwrap();
    assert_eq!(line, "waiting: another meshpki is at work in .\n");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = core.unwrap().split_whitespace().collect();
    assert_eq!(words, ["Max", "core", "file", "size", "0", "0", "bytes"]);
    // What belongs to root is for root alone to look into (proc(5)).
    let owner = std::fs::metadata(format!("/proc/{}", child.id())).unwrap();
    assert_eq!(owner.uid(), 0);
    drop(lock);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
