//! Folders in exchange for ones that go, and files into a folder that stays: what somebody has put
//! there is never lost, whenever that was.

mod common;

use std::os::unix::fs::MetadataExt as _;

use common::Workspace;
use meshpki::interrupt::Interrupt;
use meshpki::output::{NewFile, OutputDir, OutputError, Recovery};

/// The folder foo, with one file of each name.
fn with_foo(names: &[&str]) -> Workspace {
    let workspace = Workspace::in_memory();
    for name in names {
        workspace.write(format!("foo/{name}"), "old\n");
    }
    workspace
}

fn lock(workspace: &Workspace) -> OutputDir {
    OutputDir::lock(workspace.path(), Interrupt::default(), || {}).expect("nobody else is here")
}

/// The names in `folder`, each with the file's first word.
fn contents(workspace: &Workspace, folder: &str) -> Vec<(String, String)> {
    let entries = workspace.join(folder).read_dir().expect("a folder");
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut contents: Vec<_> = names
        .map(|name| {
            let text = workspace.read_text(format!("{folder}/{name}"));
            (name, text.trim_end().to_owned())
        })
        .collect();
    contents.sort();
    contents
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn the_old_folder_goes() {
    let workspace = with_foo(&["key.pem", "cert-chain.pem"]);
    let output = lock(&workspace);
    let mut batch = output.batch().unwrap();
    let files = [NewFile::private("key.pem", b"new\n")];
    let holds = ["key.pem", "cert-chain.pem"];
    batch.exchange_folder("foo", &holds, &files).unwrap();
    let placed = batch.commit_each().unwrap();
    assert!(placed[0].is_ok(), "{placed:?}");
    assert_eq!(contents(&workspace, "foo"), pairs(&[("key.pem", "new")]));
    assert_eq!(workspace.path().read_dir().unwrap().count(), 1);
}

#[test]
fn what_is_put_into_it_at_the_last_moment_keeps_it_in_its_place() {
    let workspace = with_foo(&["key.pem"]);
    let output = lock(&workspace);
    let mut batch = output.batch().unwrap();
    let files = [NewFile::private("key.pem", b"new\n")];
    batch.exchange_folder("foo", &["key.pem"], &files).unwrap();
    workspace.write("foo/notes.txt", "mine\n");
    let placed = batch.commit_each().unwrap();
    let error = placed[0].as_ref().expect_err("something is in the folder");
    assert!(matches!(error, OutputError::Foreign(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("foo/notes.txt is there, and would be removed with the folder")
    );
    assert_eq!(
        contents(&workspace, "foo"),
        pairs(&[("key.pem", "old"), ("notes.txt", "mine")])
    );
    assert_eq!(workspace.path().read_dir().unwrap().count(), 1);
}

/// The remains of a run that was killed: .meshpki-1-0 with the plan to exchange foo for its folder 0.
fn plan(workspace: &Workspace, new: &str) {
    let inode = workspace.join(new).metadata().expect("a folder").ino();
    let plan = format!(
        r#"{{"items":[{{"folder":"0","inode":{inode},"placement":{{"ExchangeFolder":{{"name":"foo","holds":["key.pem"]}}}}}}]}}"#
    );
    workspace.write(".meshpki-1-0/plan", plan);
}

fn is_recovered(workspace: &Workspace, was_half: bool, rest: &[(&str, &str)]) {
    let output = lock(workspace);
    let completed = Recovery::Completed(vec!["foo".to_owned()]);
    assert_eq!(output.recovered().contains(&completed), was_half);
    assert!(matches!(
        output.recovered().last(),
        Some(Recovery::Removed(_))
    ));
    assert_eq!(contents(workspace, "foo"), pairs(rest));
    assert_eq!(workspace.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_kill_after_the_exchange_leaves_the_new_folder() {
    let workspace = Workspace::in_memory();
    workspace.write("foo/key.pem", "new\n");
    workspace.write(".meshpki-1-0/0/key.pem", "old\n");
    plan(&workspace, "foo");
    is_recovered(&workspace, false, &[("key.pem", "new")]);
}

#[test]
fn a_kill_before_the_exchange_leaves_the_old_folder() {
    let workspace = Workspace::in_memory();
    workspace.write("foo/key.pem", "old\n");
    workspace.write(".meshpki-1-0/0/key.pem", "new\n");
    plan(&workspace, ".meshpki-1-0/0");
    is_recovered(&workspace, false, &[("key.pem", "old")]);
}

#[test]
fn a_kill_after_the_exchange_for_a_folder_with_more_in_it_brings_that_back() {
    let workspace = Workspace::in_memory();
    workspace.write("foo/key.pem", "new\n");
    workspace.write(".meshpki-1-0/0/key.pem", "old\n");
    workspace.write(".meshpki-1-0/0/notes.txt", "mine\n");
    plan(&workspace, "foo");
    is_recovered(
        &workspace,
        true,
        &[("key.pem", "old"), ("notes.txt", "mine")],
    );
}

#[test]
fn a_kill_in_the_gap_is_completed_or_taken_back() {
    for (more, rest) in [
        (None, &[("key.pem", "new")][..]),
        (
            Some("notes.txt"),
            &[("key.pem", "old"), ("notes.txt", "mine")],
        ),
    ] {
        let workspace = Workspace::in_memory();
        workspace.write(".meshpki-1-0/0/key.pem", "new\n");
        workspace.write(".meshpki-1-0/0.replaced/key.pem", "old\n");
        if let Some(name) = more {
            workspace.write(format!(".meshpki-1-0/0.replaced/{name}"), "mine\n");
        }
        plan(&workspace, ".meshpki-1-0/0");
        is_recovered(&workspace, true, rest);
    }
}

/// The folder foo with the files of a cluster that asks for a certificate.
fn with_request() -> Workspace {
    with_foo(&["ca-key.pem", "ca-csr.pem"])
}

#[test]
fn files_go_into_a_folder_that_is_there() {
    let workspace = with_request();
    let output = lock(&workspace);
    let mut batch = output.batch().unwrap();
    let key = [NewFile::private("ca-key.next.pem", b"new\n")];
    let request = [NewFile::public("ca-csr.pem", b"new\n")];
    batch.files_in("foo", &key, &request).unwrap();
    batch.commit_all().unwrap();
    let expected = [
        ("ca-csr.pem", "new"),
        ("ca-key.next.pem", "new"),
        ("ca-key.pem", "old"),
    ];
    assert_eq!(contents(&workspace, "foo"), pairs(&expected));
    assert_eq!(workspace.mode("foo/ca-key.next.pem"), 0o600);
    assert_eq!(workspace.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_file_that_cannot_be_replaced_takes_the_new_ones_with_it() {
    let workspace = with_request();
    std::fs::remove_file(workspace.join("foo/ca-csr.pem")).unwrap();
    workspace.write("foo/ca-csr.pem/file", "a folder");
    let before = workspace.snapshot();
    let output = lock(&workspace);
    let mut batch = output.batch().unwrap();
    let key = [NewFile::private("ca-key.next.pem", b"new\n")];
    let request = [NewFile::public("ca-csr.pem", b"new\n")];
    batch.files_in("foo", &key, &request).unwrap();
    let placed = batch.commit_each().unwrap();
    assert!(
        matches!(
            &placed[..],
            [Err(OutputError::Io {
                action: "replace",
                ..
            })]
        ),
        "{placed:?}"
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_file_that_is_there_is_not_taken_for_a_new_one() {
    let workspace = with_request();
    let before = workspace.snapshot();
    let output = lock(&workspace);
    let mut batch = output.batch().unwrap();
    let key = [NewFile::private("ca-key.pem", b"new\n")];
    let refusal = batch.files_in("foo", &key, &[]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        format!(
            "{} is there already",
            workspace.join("foo/ca-key.pem").display()
        )
    );
    drop(batch);
    assert_eq!(workspace.snapshot(), before);
}
