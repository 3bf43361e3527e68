//! root-issued.jsonl: every command that signs with the root's key records it first.

mod common;

use std::os::unix::fs::symlink;

use common::{Run, Workspace, has};
use meshpki::mesh::record::{Entry, Record};
use meshpki::pki::digest::Sha256;

const RECORD: &str = "root-issued.jsonl";

fn entries(workspace: &Workspace) -> Vec<Entry> {
    let record = Record::parse(&workspace.read(RECORD)).expect("it holds");
    assert_eq!(record.torn(), 0);
    record.entries().to_vec()
}

/// The clusters in the record, `-` for the root.
fn clusters(workspace: &Workspace) -> Vec<String> {
    let names = entries(workspace).into_iter().map(|entry| entry.cluster);
    let names = names.map(|name| name.map_or("-".to_owned(), |name| name.to_string()));
    names.collect()
}

fn renew(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["cluster-cacerts", "--renew"].iter().chain(arguments))
}

#[test]
fn a_root_begins_its_record_with_its_own_certificate() {
    let workspace = Workspace::new();
    let made = workspace.meshpki(["root-ca", "--key-type", "p256"]);
    let files = "\n  files        root-key.pem root-cert.pem root-issued.jsonl\n";
    assert!(made.stdout.contains(files), "{made:#?}");
    let [own] = &entries(&workspace)[..] else {
        panic!("one entry");
    };
    let certificate = workspace.certificate("root-cert.pem");
    assert_eq!(own.certificate, certificate);
    assert_eq!(own.issuer, Sha256::of(certificate.spki()));
    assert_eq!((&own.cluster, own.request), (&None, None));
    assert_eq!(workspace.mode(RECORD), 0o600);
}

#[test]
fn what_is_issued_is_recorded_in_the_order_in_which_it_was_asked_for() {
    let workspace = Workspace::with_clusters(&["b", "c", "a"]);
    assert_eq!(clusters(&workspace), ["-", "b", "c", "a"]);
    let root = Sha256::of(workspace.certificate("root-cert.pem").spki());
    for entry in &entries(&workspace)[1..] {
        let name = entry.cluster.as_ref().unwrap();
        let file = format!("{name}/ca-cert.pem");
        assert_eq!(entry.certificate, workspace.certificate(&file));
        assert_eq!(entry.issuer, root);
        assert_eq!(entry.time, entries(&workspace)[1].time);
    }
    let before = workspace.read(RECORD);
    renew(&workspace, &["a"]).succeeds();
    workspace.issue(&["--rekey", "b"]).succeeds();
    assert_eq!(clusters(&workspace), ["-", "b", "c", "a", "a", "b"]);
    assert!(workspace.read(RECORD).starts_with(&before));
    assert_eq!(workspace.mode(RECORD), 0o600);
}

#[test]
fn what_signs_nothing_records_nothing() {
    let workspace = Workspace::with_clusters(&["a"]);
    let before = workspace.read(RECORD);
    workspace.issue(&["a"]).succeeds();
    workspace.issue(&["--dry-run", "b"]).succeeds();
    workspace.issue(&["--rekey", "--dry-run", "a"]).succeeds();
    let roots_only = ["cluster-cacerts", "--roots-only", "a"];
    workspace.meshpki(roots_only).succeeds();
    let workload = ["workload-certs", "foo"];
    workspace.meshpki(workload).succeeds();
    assert_eq!(workspace.issue(&["--days", "9", "a"]).status, Some(1));
    assert_eq!(workspace.read(RECORD), before);
}

#[test]
fn as_long_as_the_record_does_not_hold_nothing_is_signed() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let text = workspace.read_text(RECORD);
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    workspace.write(RECORD, [lines[0], lines[2]].concat());
    let before = workspace.snapshot();
    let refusal = "error: root-issued.jsonl: line 2: its number is 3: lines are missing, moved or repeated\n\
                   hint: put back the root-issued.jsonl that was kept a second time, and find out who has changed this one\n";
    for arguments in [
        &["c"][..],
        &["--renew", "a"],
        &["--rekey", "a"],
        &["--dry-run", "c"],
    ] {
        let command = ["cluster-cacerts"].iter().chain(arguments);
        workspace.meshpki(command).fails(1, refusal);
        assert_eq!(workspace.snapshot(), before);
    }
    // What is to be signed is nothing.
    workspace.issue(&["a"]).succeeds();
    workspace
        .meshpki(["cluster-cacerts", "--roots-only", "a"])
        .succeeds();
    assert_eq!(workspace.snapshot(), before);

    workspace.write(RECORD, text);
    renew(&workspace, &["a"]).succeeds();
}

#[test]
fn an_encrypted_root_is_recorded_and_no_passphrase_asked_for_if_the_record_does_not_hold() {
    let workspace = Workspace::new();
    workspace.write("passphrase", "correct horse\n");
    let root = [
        "root-ca",
        "--key-type",
        "p256",
        "--passout",
        "file:passphrase",
    ];
    workspace.meshpki(root).succeeds();
    let issue = ["--passin", "file:passphrase", "a"];
    workspace.issue(&issue).succeeds();
    assert_eq!(clusters(&workspace), ["-", "a"]);
    workspace.write(RECORD, "{}\n");
    let refused = workspace.issue(&["b"]);
    let start = "error: root-issued.jsonl: line 1: it cannot be read: missing field `number`";
    assert!(refused.stderr.starts_with(start), "{refused:#?}");
    assert_eq!(refused.status, Some(1));
}

#[test]
fn a_record_that_is_no_file_of_the_folder_is_refused() {
    let workspace = Workspace::with_clusters(&["a"]);
    std::fs::rename(workspace.join(RECORD), workspace.join("kept")).unwrap();
    let hint =
        "hint: what the root has signed is recorded in a file of its own folder: move this away\n";
    symlink("kept", workspace.join(RECORD)).unwrap();
    let before = workspace.snapshot();
    renew(&workspace, &["a"]).fails(
        1,
        &format!("error: root-issued.jsonl is a symbolic link, and no file\n{hint}"),
    );
    assert_eq!(workspace.snapshot(), before);

    std::fs::remove_file(workspace.join(RECORD)).unwrap();
    std::fs::create_dir(workspace.join(RECORD)).unwrap();
    let before = workspace.snapshot();
    renew(&workspace, &["a"]).fails(
        1,
        &format!("error: root-issued.jsonl is a folder, and no file\n{hint}"),
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_line_that_a_crash_has_cut_short_is_removed_and_told_of() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let whole = workspace.read(RECORD);
    workspace.write(RECORD, &whole[..whole.len() - 10]);
    let last = whole.split_inclusive(|&octet| octet == b'\n').next_back();
    let torn = last.unwrap().len() - 10;
    let run = renew(&workspace, &["a"]);
    assert_eq!(
        run.stderr,
        format!(
            "root-issued.jsonl: cut off {torn} octets at its end, of a line that an interrupted run left\n"
        )
    );
    run.succeeds();
    assert_eq!(clusters(&workspace), ["-", "a", "a"]);
}

#[test]
fn a_record_that_was_emptied_does_not_begin_with_the_next_line() {
    let workspace = Workspace::with_clusters(&["a"]);
    workspace.write(RECORD, "");
    renew(&workspace, &["a"]).succeeds();
    assert_eq!(clusters(&workspace), ["a"]);
    let run = workspace.meshpki(["issued"]);
    let told = "and not its own certificate: what it signed before is not in root-issued.jsonl\n";
    assert!(run.stderr.ends_with(told), "{run:#?}");
}

#[test]
fn the_record_goes_on_under_another_root() {
    let workspace = Workspace::with_clusters(&["a"]);
    let other = Workspace::with_clusters(&[]);
    let key = other.read("root-key.pem");
    workspace.write("root-key.pem", key);
    workspace.write("b.pem", other.read("root-cert.pem"));
    workspace.meshpki(["bundle", "add", "b.pem"]).succeeds();
    renew(&workspace, &["a"]).succeeds();
    let issuers = entries(&workspace).into_iter().map(|entry| entry.issuer);
    let [first, second] = [&workspace, &other].map(|folder| entries(folder)[0].issuer);
    assert_eq!(issuers.collect::<Vec<_>>(), [first, first, second]);
    let run = workspace.meshpki(["issued"]);
    let start = "line 3, of ";
    assert!(run.stderr.starts_with(start), "{run:#?}");
    let middle = format!(
        "is the first that the key {} has",
        &second.to_string()[..16]
    );
    assert!(run.stderr.contains(&middle), "{run:#?}");
    run.succeeds();
}

#[test]
fn all_of_a_run_is_one_write_and_one_fsync_before_the_first_rename() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    let calls = "trace=write,pwrite64,fsync,fdatasync,renameat2";
    let strace = ["-f", "-y", "-o", "log", "-e", calls, program];
    let command = ["cluster-cacerts", "--key-type", "p256", "a", "b", "c"];
    workspace.run("strace", strace.iter().chain(&command));
    let log = workspace.read_text("log");
    let is_placed = |line: &&str| line.contains("renameat2(") && !line.contains("plan");
    let of_record: Vec<_> = log
        .lines()
        .filter(|line| line.contains("/root-issued.jsonl>"))
        .collect();
    let [write, fsync] = of_record[..] else {
        panic!("{of_record:#?}");
    };
    assert!(write.contains("write(") && fsync.contains("fsync("));
    let position = |wanted: &str| log.lines().position(|line| line == wanted);
    let placed = log.lines().position(|line| is_placed(&line));
    assert!(placed.is_some() && position(fsync) < placed, "{log}");
    assert_eq!(clusters(&workspace), ["-", "a", "b", "c"]);
}

#[test]
fn what_is_recorded_and_cannot_be_put_in_place_is_told() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::with_clusters(&["a"]);
    let before = workspace.read("a/ca-cert.pem");
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    for (call, refusal) in [
        (
            "renameat2:error=EIO",
            "error: a: it is not in place, and what was signed for it stays in root-issued.jsonl: cannot replace a: Input/output error (os error 5)\n",
        ),
        (
            "syncfs:error=EIO:when=2",
            "error: no cluster was written, and what was signed for it stays in root-issued.jsonl: cannot make durable what is in .: Input/output error (os error 5)\n",
        ),
    ] {
        let inject = format!("--inject={call}");
        let strace = ["-f", "-qq", "-o", "log", &inject, program];
        let mut command = std::process::Command::new("strace");
        command.current_dir(workspace.path());
        let run = Run::of(
            command
                .args(strace)
                .args(["cluster-cacerts", "--renew", "a"]),
        );
        run.fails(1, refusal);
        assert_eq!(workspace.read("a/ca-cert.pem"), before);
    }
    assert_eq!(clusters(&workspace), ["-", "a", "a", "a"]);
}

#[test]
fn an_archive_that_cannot_be_put_in_place_is_made_again_from_the_record() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let request = ["request", "--key-type", "p256", "a"];
    workspace.meshpki(request).succeeds();
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    let sign = ["sign", "--yes", "a/ca-csr.pem"];
    let mut command = std::process::Command::new("strace");
    command.current_dir(workspace.path());
    let inject = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "--inject=renameat2:error=EIO",
    ];
    let run = Run::of(command.args(inject).arg(program).args(sign));
    assert_eq!(run.status, Some(1));
    let hint = "\nhint: what was signed is in root-issued.jsonl";
    assert!(run.stderr.contains(hint), "{run:#?}");
    let recorded = entries(&workspace);
    assert_eq!(clusters(&workspace), ["-", "a"]);
    workspace.meshpki(sign).succeeds();
    assert!(workspace.join("signed.tar").is_file());
    assert_eq!(entries(&workspace), recorded);
}

#[test]
fn without_its_record_nothing_is_put_in_place() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::with_clusters(&["a"]);
    let before = workspace.snapshot();
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    // The first fsync is that of the plan.
    let strace = [
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "--inject=fsync:error=EIO:when=2",
    ];
    let mut command = std::process::Command::new("strace");
    command.current_dir(workspace.path()).args(strace);
    let run = Run::of(command.args([program, "cluster-cacerts", "--renew", "a"]));
    run.fails(
        1,
        "error: no cluster was written: cannot append to root-issued.jsonl: Input/output error (os error 5)\n",
    );
    assert_eq!(workspace.snapshot(), before);
}
