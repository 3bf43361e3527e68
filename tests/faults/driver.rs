//! Runs a command once for each fault at each of its system calls.

use std::path::Path;
use std::process::Output;

use crate::common::Workspace;
use crate::judge::State;
use crate::strace::{Call, ERRORS, Fault, NO_SYNC, Traced};

/// A folder in which a command is to be run.
pub struct Folder {
    pub workspace: Workspace,
    /// The files of the cluster `a` that the command replaces, and nothing may destroy.
    pub replaced: Vec<Vec<u8>>,
}

impl Folder {
    pub fn new(workspace: Workspace) -> Self {
        let replaced = Vec::new();
        Self {
            workspace,
            replaced,
        }
    }

    /// Like `template`, whose `a` is to be replaced.
    pub fn to_replace_a(template: &Workspace) -> Self {
        let workspace = copy(template);
        let replaced = files_of_a(&workspace);
        Self {
            workspace,
            replaced,
        }
    }
}

fn files_of_a(workspace: &Workspace) -> Vec<Vec<u8>> {
    ["ca-cert.pem", "ca-key.pem", "cert-chain.pem"]
        .map(|file| workspace.read(Path::new("a").join(file)))
        .into()
}

pub fn copy(template: &Workspace) -> Workspace {
    let workspace = Workspace::in_memory();
    let copied = workspace.run(
        "cp",
        ["-a", template.join(".").to_str().expect("text"), "."],
    );
    assert_eq!(copied, "");
    workspace
}

pub fn command(arguments: &'static [&'static str]) -> Traced<'static> {
    Traced {
        arguments,
        failing: None,
    }
}

impl<'a> Traced<'a> {
    /// With a call that fails in any case.
    pub fn with(self, failing: &'a str) -> Self {
        let failing = Some(failing);
        Self { failing, ..self }
    }

    /// Whether `call` fails in any case.
    fn fails(self, call: &Call) -> bool {
        let name = self.failing.and_then(|failing| failing.split(':').next());
        name == Some(&call.name)
    }
}

/// Tries every fault at every call of `command` in a `folder`.
pub fn every_fault(command: Traced<'_>, folder: impl Fn() -> Folder) {
    let undisturbed = folder().workspace;
    let calls = command.calls(&undisturbed);
    let complete = State::of(&undisturbed);
    assert!(complete.staging().is_empty(), "{complete:#?}");
    for (position, call) in calls.iter().enumerate() {
        if command.fails(call) {
            continue;
        }
        let error = ERRORS[position % ERRORS.len()];
        let mut faults = vec![Fault::Once(error)];
        if call.changes() {
            faults.extend([Fault::FromThenOn(error), Fault::Kill]);
        }
        if call.is_undone_by_its_like() {
            faults.push(Fault::EverySuch(error));
        }
        for fault in faults {
            // Seen if the test fails.
            eprintln!("{fault:?}: {}", call.text);
            one_fault(command, &folder(), fault, call, &complete);
        }
    }
}

fn one_fault(command: Traced<'_>, folder: &Folder, fault: Fault, call: &Call, complete: &State) {
    let Folder {
        workspace,
        replaced,
    } = folder;
    let before = State::of(workspace);
    let output = command.run_with(workspace, fault, call);
    let after = State::of(workspace);
    after.check(&before, complete);
    assert!(after.keeps(replaced), "the files of a are lost");
    check_status(&output, fault, &before, &after, complete);
    if after == before && before.staging().is_empty() {
        return; // What is as before is no other case for the same command.
    }

    let is_half = is_half(&before, &after, replaced, complete);
    assert!(!is_half || !after.staging().is_empty(), "{output:#?}");
    let again = command.run_without_fault(workspace);
    let stderr = String::from_utf8_lossy(&again.stderr);
    let rest = State::of(workspace);
    rest.check(&before, complete);
    assert!(rest.keeps(replaced), "the files of a are lost");
    assert_eq!(rest.staging(), Vec::<&Path>::new(), "{again:#?}");
    assert_eq!(rest.shape(), complete.shape(), "{again:#?}");
    for staging in after.staging() {
        let removed = format!(
            "removed {}, which an interrupted run left\n",
            staging.display()
        );
        assert!(stderr.contains(&removed), "{again:#?}");
    }
    assert_eq!(stderr.contains("completed "), is_half, "{again:#?}");
    let refuses =
        stderr.contains(" is there already") && !is_half && is_done(&before, &after, complete);
    assert_eq!(again.status.code(), Some(refuses.into()), "{again:#?}");
}

/// The exit status says what has happened.
fn check_status(output: &Output, fault: Fault, before: &State, after: &State, complete: &State) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    match (output.status.code(), fault) {
        (Some(0), _) => assert!(is_done(before, after, complete), "{output:#?}"),
        (Some(1), Fault::EverySuch(_) | Fault::FromThenOn(_)) | (None, Fault::Kill) => {}
        // What an earlier run left may be seen to, and the command still fail.
        (Some(1), Fault::Once(_)) if !before.staging().is_empty() => {}
        (Some(1), Fault::Once(_)) if stderr.contains("error: cannot write to stdout") => {
            assert!(is_done(before, after, complete) || after == before);
        }
        // One of several clusters does not take the others with it.
        (Some(1), Fault::Once(_))
            if stderr.contains("2 clusters: 1 issued")
                || stderr.contains("2 clusters: 1 accepted")
                || stderr.contains("2 requests: 1 written") =>
        {
            assert!(after.shape().is_subset(&complete.shape()), "{output:#?}");
        }
        (Some(1), Fault::Once(_)) => assert!(after.has_in_place_what(before), "{output:#?}"),
        _ => panic!("{output:#?}"),
    }
    if let (Some(1), Fault::Once(_)) = (output.status.code(), fault) {
        check_what_stays_recorded(&stderr, before, after);
    }
}

/// Of what was recorded and is not in place, it is said that it stays so.
fn check_what_stays_recorded(stderr: &str, before: &State, after: &State) {
    if before.placed.is_empty() {
        return; // A root's own files are all there, the record among them, or none.
    }
    let recorded = after.recorded().len() - before.recorded().len();
    let in_place = |state: &State| state.clusters().count();
    let is_all_placed = recorded == in_place(after) - in_place(before) || recorded == 0;
    let is_told = stderr.contains("what was signed for it stays in root-issued.jsonl");
    assert_ne!(is_all_placed, is_told, "{stderr}");
}

/// All that the command is for is in place.
fn is_done(before: &State, after: &State, complete: &State) -> bool {
    after.shape() == complete.shape() && after.placed != before.placed
}

/// Something is in place, and what belongs to it is not: the rest of a root, or the name under
/// which a folder is kept that another has replaced, or that other.
fn is_half(before: &State, after: &State, replaced: &[Vec<u8>], complete: &State) -> bool {
    let a_is_half = !replaced.is_empty() && {
        let is_staged = |files: &[Vec<u8>]| !files.is_empty() && after.stages(files);
        is_staged(replaced) || is_staged(&before.files_in("a"))
    };
    let is_gone = |folder| !before.files_in(folder).is_empty() && after.files_in(folder).is_empty();
    let one_is_gone = ["a", "b", "w"].into_iter().any(is_gone);
    let root_is_half = after.has_half_a_root(before, complete);
    a_is_half || one_is_gone || root_is_half || after.has_half_a_request()
}

/// The disk fails once all is in place, and then the process is killed.
pub fn every_kill_after_the_sync(command: Traced<'_>, folder: impl Fn() -> Folder) {
    let undisturbed = folder().workspace;
    assert_eq!(
        command.run_without_fault(&undisturbed).status.code(),
        Some(0)
    );
    let complete = State::of(&undisturbed);
    let command = command.with(NO_SYNC);
    let folder_before = folder().workspace;
    let before = State::of(&folder_before);
    let calls = command.calls(&folder_before);
    assert!(State::of(&folder_before).has_in_place_what(&before));
    // By a plan, a folder of which some is gone already would be one of which some is in place; in
    // which order a folder is read, the file system decides.
    let removed = calls.iter().find(|call| call.name.starts_with("unlink"));
    assert!(removed.unwrap().text.contains("-0/plan\""), "{removed:?}");
    let sync = calls.iter().rposition(|call| call.name == "syncfs");
    for call in calls
        .iter()
        .skip(sync.expect("it fails") + 1)
        .filter(|call| call.changes())
    {
        eprintln!("killed: {}", call.text);
        one_fault(command, &folder(), Fault::Kill, call, &complete);
    }
}
