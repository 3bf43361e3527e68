//! Ctrl-C and its like.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Workspace, ignores};

/// The process dies of `signal`, which is sent while keys are generated, and nothing is left.
fn interrupted_by(signal: Signal) {
    if ignores(signal.as_raw()) {
        return;
    }
    let workspace = Workspace::with_clusters(&["standing"]);
    let before = workspace.snapshot();
    let mut command = workspace.meshpki_command();
    let names = (0..40).map(|number| format!("cluster{number}"));
    command.arg("cluster-cacerts").args(names);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let child = wait_for_staging(&workspace, child);
    send(&child, signal);
    let output = child.wait_with_output().unwrap();
    assert_died_of(signal, &output);
    assert!(workspace.snapshot() == before, "something is left");
}

/// 40 keys of RSA-4096 take many times as long as it takes to see that they have been begun.
fn wait_for_staging(workspace: &Workspace, mut child: Child) -> Child {
    let has_begun = || {
        let entries = std::fs::read_dir(workspace.path()).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name());
        names.any(|name| name.as_encoded_bytes().starts_with(b".meshpki-"))
    };
    while !has_begun() {
        let ended = child.try_wait().unwrap();
        assert_eq!(ended, None, "it has ended too soon");
        std::thread::yield_now();
    }
    child
}

pub fn send(child: &Child, signal: Signal) {
    let process = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}

pub fn assert_died_of(signal: Signal, output: &Output) {
    assert_eq!(output.status.signal(), Some(signal.as_raw()), "{output:#?}");
    assert_eq!(output.stdout, b"", "{output:#?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.ends_with("error: interrupted\n"), "{stderr}");
}

#[test]
fn ctrl_c_leaves_nothing() {
    interrupted_by(Signal::INT);
}

#[test]
fn sigterm_leaves_nothing() {
    interrupted_by(Signal::TERM);
}

#[test]
fn sighup_leaves_nothing() {
    interrupted_by(Signal::HUP);
}
