//! A file that is appended to, and never written anew.

mod common;

use std::os::unix::fs::symlink;

use common::Workspace;
use meshpki::interrupt::Interrupt;
use meshpki::output::OutputDir;

const NAME: &str = "journal";
const LIMIT: u64 = 40;

fn lock(workspace: &Workspace) -> OutputDir {
    OutputDir::lock(workspace.path(), Interrupt::default(), || {}).expect("nobody else is here")
}

/// Appends `lines` behind the first `length` octets; says why not, the folder's name aside.
fn append(workspace: &Workspace, length: usize, lines: &str) -> Result<(), String> {
    let output = lock(workspace);
    let journal = output.journal(NAME, LIMIT);
    let appended = journal.and_then(|journal| journal.append(length, lines.as_bytes()));
    appended.map_err(|error| told(workspace, &error))
}

fn told(workspace: &Workspace, error: &impl ToString) -> String {
    let folder = format!("{}/", workspace.path().display());
    error.to_string().replace(&folder, "")
}

#[test]
fn a_new_file_is_private_and_the_next_lines_follow() {
    let workspace = Workspace::in_memory();
    append(&workspace, 0, "one\n").unwrap();
    assert_eq!(workspace.read_text(NAME), "one\n");
    assert_eq!(workspace.mode(NAME), 0o600);
    append(&workspace, 4, "two\nthree\n").unwrap();
    assert_eq!(workspace.read_text(NAME), "one\ntwo\nthree\n");
    assert_eq!(workspace.snapshot().len(), 1);
}

#[test]
fn what_is_read_is_what_is_there() {
    let workspace = Workspace::in_memory();
    let output = lock(&workspace);
    assert_eq!(output.journal(NAME, LIMIT).unwrap().contents(), None);
    workspace.write(NAME, "");
    let nothing = Some(&b""[..]);
    assert_eq!(output.journal(NAME, LIMIT).unwrap().contents(), nothing);
    workspace.write(NAME, "one\ntw");
    let journal = output.journal(NAME, LIMIT).unwrap();
    assert_eq!(journal.contents(), Some(&b"one\ntw"[..]));
}

#[test]
fn what_is_torn_is_cut_off_before_the_next_line() {
    let workspace = Workspace::in_memory();
    workspace.write(NAME, "one\ntw");
    append(&workspace, 4, "2\n").unwrap();
    assert_eq!(workspace.read_text(NAME), "one\n2\n");
}

#[test]
fn what_is_no_file_of_the_folder_is_refused() {
    let workspace = Workspace::in_memory();
    workspace.write("elsewhere", "one\n");
    for (target, kind) in [
        ("elsewhere", "a symbolic link"),
        ("missing", "a symbolic link"),
        (".", "a symbolic link"),
    ] {
        symlink(target, workspace.join(NAME)).unwrap();
        let refusal = append(&workspace, 0, "two\n").unwrap_err();
        assert_eq!(refusal, format!("{NAME} is {kind}, and no file"));
        std::fs::remove_file(workspace.join(NAME)).unwrap();
    }
    assert_eq!(workspace.read_text("elsewhere"), "one\n");

    std::fs::create_dir(workspace.join(NAME)).unwrap();
    let refusal = append(&workspace, 0, "two\n").unwrap_err();
    assert_eq!(refusal, format!("{NAME} is a folder, and no file"));
    std::fs::remove_dir(workspace.join(NAME)).unwrap();

    workspace.run("mkfifo", [NAME]);
    let refusal = append(&workspace, 0, "two\n").unwrap_err();
    assert_eq!(refusal, format!("{NAME} is a named pipe, and no file"));
}

#[test]
fn a_file_that_is_too_long_is_left_as_it_is() {
    let workspace = Workspace::in_memory();
    let text = "x".repeat(41);
    workspace.write(NAME, &text);
    let refusal = append(&workspace, 41, "two\n").unwrap_err();
    assert_eq!(refusal, format!("{NAME} is longer than 40 octets"));
    assert_eq!(workspace.read_text(NAME), text);
}

#[test]
fn a_file_that_has_changed_since_it_was_read_is_left_as_it_is() {
    for before in [None, Some("one\n")] {
        let workspace = Workspace::in_memory();
        if let Some(before) = before {
            workspace.write(NAME, before);
        }
        let output = lock(&workspace);
        let journal = output.journal(NAME, LIMIT).unwrap();
        workspace.write(NAME, "another\n");
        let refusal = journal.append(4, b"two\n").unwrap_err();
        let expected = format!("{NAME} has changed meanwhile");
        assert_eq!(told(&workspace, &refusal), expected);
        assert_eq!(workspace.read_text(NAME), "another\n");
    }
}
