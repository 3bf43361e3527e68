//! Several runs at once in one folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Stdio};

use rustix::fs::{FlockOperation, flock};
use rustix::process::Signal;

use crate::common::{Run, Workspace, ignores};
use crate::interrupts::{assert_died_of, send};
use crate::judge::State;

fn start(workspace: &Workspace, arguments: &[&str]) -> Child {
    let mut command = workspace.meshpki_command();
    command.args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Holds the folder's lock until a run says that it waits.
fn made_to_wait(
    workspace: &Workspace,
    arguments: &[&str],
) -> (Child, BufReader<ChildStderr>, File) {
    let lock = File::open(workspace.path()).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let mut child = start(workspace, arguments);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "waiting: another meshpki is at work in .\n");
    (child, stderr, lock)
}

#[test]
fn a_run_waits_for_another_and_says_so() {
    let workspace = Workspace::in_memory();
    let (child, mut stderr, lock) = made_to_wait(&workspace, &["init"]);
    assert!(workspace.snapshot().is_empty());
    drop(lock);
    assert_eq!(
        Run::from(child.wait_with_output().unwrap()).succeeds(),
        "meshpki.toml\n"
    );
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn a_run_that_waits_can_be_interrupted() {
    if ignores(Signal::INT.as_raw()) {
        return;
    }
    let workspace = Workspace::in_memory();
    let (child, mut stderr, _lock) = made_to_wait(&workspace, &["root-ca"]);
    send(&child, Signal::INT);
    let mut output = child.wait_with_output().unwrap();
    stderr.read_to_end(&mut output.stderr).unwrap();
    assert_died_of(Signal::INT, &output);
    assert!(workspace.snapshot().is_empty());
}

/// Ends all; what they printed on stdout and stderr.
fn finish(children: Vec<Child>) -> Vec<Run> {
    let outputs = children.into_iter().map(Child::wait_with_output);
    outputs.map(|output| Run::from(output.unwrap())).collect()
}

#[test]
fn eight_runs_for_eight_clusters_make_all_of_them() {
    let workspace = Workspace::with_clusters(&[]);
    let before = State::of(&workspace);
    let names = ["a", "b", "c", "d1", "e", "f", "g", "h"];
    let arguments = names.map(|name| ["cluster-cacerts", "--key-type", "p256", name]);
    let runs = arguments.map(|arguments| start(&workspace, &arguments));
    for run in finish(runs.into()) {
        run.succeeds();
    }
    let after = State::of(&workspace);
    after.check(&before, &after);
    assert_eq!(after.staging().len(), 0);
    assert_eq!(after.placed.len(), 3 + 8 * 5);
    assert_eq!(after.recorded().len(), 1 + 8);
}

#[test]
fn eight_runs_for_one_cluster_make_it_once() {
    let workspace = Workspace::with_clusters(&[]);
    let before = State::of(&workspace);
    let arguments = ["cluster-cacerts", "--key-type", "p256", "a"];
    let runs = (0..8).map(|_| start(&workspace, &arguments)).collect();
    let reports: Vec<_> = finish(runs).into_iter().map(Run::succeeds).collect();
    let made = reports
        .iter()
        .filter(|report| report.starts_with("a/\n"))
        .count();
    let up_to_date = "a: up to date, expires ";
    let left = reports
        .iter()
        .filter(|report| report.starts_with(up_to_date))
        .count();
    assert_eq!((made, left), (1, 7), "{reports:#?}");
    let after = State::of(&workspace);
    after.check(&before, &after);
    assert_eq!(after.placed.len(), 3 + 5);
    assert_eq!(after.recorded().len(), 1 + 1);
}

#[test]
fn eight_renewals_at_once_keep_all_that_they_replace() {
    let workspace = Workspace::with_clusters(&["a"]);
    let before = State::of(&workspace);
    let arguments = ["cluster-cacerts", "--renew", "a"];
    let runs = (0..8).map(|_| start(&workspace, &arguments)).collect();
    for run in finish(runs) {
        run.succeeds();
    }
    let after = State::of(&workspace);
    after.check(&before, &after);
    assert!(after.keeps(&before.files_in("a")));
    assert_eq!(after.placed.len(), 3 + 9 * 5);
    assert_eq!(after.recorded().len(), 1 + 1 + 8);
}

#[test]
fn of_eight_root_cas_at_once_one_is_made() {
    let workspace = Workspace::in_memory();
    let before = State::of(&workspace);
    let arguments = ["root-ca", "--key-type", "p256"];
    let runs = (0..8).map(|_| start(&workspace, &arguments)).collect();
    let (made, refused): (Vec<_>, Vec<_>) = finish(runs)
        .into_iter()
        .partition(|run| run.status == Some(0));
    assert_eq!(made.len(), 1, "{refused:#?}");
    for run in refused {
        assert_eq!(run.status, Some(1));
        assert!(
            run.stderr
                .contains("error: root-key.pem is there already: "),
            "{run:#?}"
        );
    }
    let after = State::of(&workspace);
    after.check(&before, &after);
    assert_eq!(after.placed.len(), 3);
    assert_eq!(after.recorded().len(), 1);
}
