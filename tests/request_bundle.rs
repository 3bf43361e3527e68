//! `meshpki request --bundle`: requests on their way to the root, in one archive.

mod common;

use std::path::Path;
use std::process::Stdio;

use common::gap::{run_request as request, with_requests};
use common::terminal::AtTerminal;
use common::{Run, Workspace, has};
use meshpki::mesh::archive::Requests;
use meshpki::pki::digest::Sha256;

fn pack(workspace: &Workspace, arguments: &[&str]) -> Run {
    let command = ["request", "--bundle", "requests.tar"];
    workspace.meshpki(command.iter().chain(arguments))
}

/// The clusters in the archive `octets`, and the SHA-256 of its manifest.
fn read(octets: &[u8]) -> (Vec<String>, Sha256) {
    let (requests, manifest) = Requests::read(octets).expect("an archive");
    let clusters = requests
        .as_slice()
        .iter()
        .map(|one| one.cluster.to_string());
    (clusters.collect(), manifest)
}

/// What is told of an archive.
fn told(heading: &str, requests: &str, manifest: Sha256) -> String {
    let groups = manifest.groups();
    let (first, second) = (&groups[..39], &groups[40..]);
    format!(
        "{heading}\n  requests     {requests}\n  manifest     SHA-256 {first}\n                       {second}\n"
    )
}

const CARRY: &str =
    "carry it to the root, and compare the manifest there: meshpki sign requests.tar\n";

#[test]
fn every_request_that_is_here_goes_into_the_archive() {
    let workspace = with_requests(&["c2", "c1"]);
    workspace.write("c3/readme", "no request");
    workspace.write("c1.20261122T003800Z/ca-csr.pem", "of a folder that is kept");
    let before = workspace.snapshot();
    let run = pack(&workspace, &[]);
    let (clusters, manifest) = read(&workspace.read("requests.tar"));
    assert_eq!(clusters, ["c1", "c2"]);
    assert_eq!(run.stderr, CARRY);
    assert_eq!(run.succeeds(), told("requests.tar", "2: c1, c2", manifest));
    assert_eq!(workspace.mode("requests.tar"), 0o644);
    std::fs::remove_file(workspace.join("requests.tar")).unwrap();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn tar_and_sha256sum_read_what_was_packed() {
    if !has("tar") || !has("sha256sum") {
        return;
    }
    let workspace = with_requests(&["c1", "c2"]);
    pack(&workspace, &[]).succeeds();
    std::fs::create_dir(workspace.join("root")).unwrap();
    workspace.run("tar", ["-C", "root", "-xf", "requests.tar"]);
    for name in ["c1/ca-csr.pem", "c2/ca-csr.pem"] {
        assert_eq!(workspace.read(format!("root/{name}")), workspace.read(name));
    }
    let (_, manifest) = read(&workspace.read("requests.tar"));
    assert_eq!(
        workspace.run("sha256sum", ["root/manifest.json"]),
        format!("{manifest}  root/manifest.json\n")
    );
}

#[test]
fn no_key_goes_into_the_archive() {
    let workspace = with_requests(&["c1"]);
    let both = workspace.read_text("c1/ca-key.pem") + &workspace.read_text("c1/ca-csr.pem");
    workspace.write("c1/ca-csr.pem", both);
    pack(&workspace, &[]).succeeds();
    let archive = workspace.read("requests.tar");
    assert!(!archive.windows(11).any(|part| part == b"PRIVATE KEY"));
}

#[test]
fn named_clusters_are_asked_for_and_packed_in_one_go() {
    let workspace = with_requests(&["c1", "other"]);
    let run = pack(&workspace, &["--key-type", "p256", "c2", "c1"]);
    let (clusters, manifest) = read(&workspace.read("requests.tar"));
    assert_eq!(clusters, ["c1", "c2"]);
    let progress_and_sum = "2 requests: 1 written, 1 up to date, 0 failed\n".to_owned();
    assert_eq!(run.stderr, progress_and_sum + CARRY);
    let told = "c1: ca-csr.pem is up to date\n\
                c2/\n  files        ca-csr.pem ca-key.pem\n  subject      O = Istio, CN = Intermediate CA, L = c2\n  key          ECDSA P-256\n"
        .to_owned()
        + &told("requests.tar", "2: c1, c2", manifest);
    assert_eq!(run.succeeds(), told);
}

#[test]
fn an_archive_of_the_same_is_left_and_another_is_replaced_on_demand_alone() {
    let workspace = with_requests(&["c1"]);
    pack(&workspace, &[]).succeeds();
    let before = workspace.snapshot();
    let (_, manifest) = read(&workspace.read("requests.tar"));
    for arguments in [&[][..], &["c1"], &["--overwrite"], &["--dry-run"]] {
        let run = pack(&workspace, arguments);
        let heading = "requests.tar: up to date";
        let told = told(heading, "1: c1", manifest);
        if arguments.contains(&"--dry-run") {
            assert_eq!(run.succeeds(), told);
        } else {
            assert_eq!(run.stderr, CARRY);
            assert!(run.succeeds().ends_with(&told));
        }
        assert_eq!(workspace.snapshot(), before);
    }

    request(&workspace, &["--org", "Acme", "c1"]).succeeds();
    let before = workspace.snapshot();
    let refusal = "error: requests.tar is there already, and says something else\n\
                   hint: name another file with --bundle, or replace it with --overwrite\n";
    pack(&workspace, &[]).fails(1, refusal);
    pack(&workspace, &["--dry-run"]).fails(1, refusal);
    // Before a key is made.
    pack(&workspace, &["--key-type", "p256", "c1", "c2"]).fails(1, refusal);
    assert_eq!(workspace.snapshot(), before);
    pack(&workspace, &["--overwrite"]).succeeds();
    let (_, replaced) = read(&workspace.read("requests.tar"));
    assert_ne!(replaced, manifest);
    assert_eq!(workspace.path().read_dir().unwrap().count(), 2);
}

#[test]
fn the_archive_goes_to_stdout_and_what_is_told_to_stderr() {
    let workspace = with_requests(&["c1"]);
    let mut command = workspace.meshpki_command();
    let arguments = ["request", "--key-type", "p256", "--bundle", "-", "c2"];
    let output = command.args(arguments).output().unwrap();
    let (clusters, manifest) = read(&output.stdout);
    assert_eq!(clusters, ["c2"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let made = "c2/\n  files        ca-csr.pem ca-key.pem\n  subject      O = Istio, CN = Intermediate CA, L = c2\n  key          ECDSA P-256\n".to_owned();
    assert_eq!(stderr, made + &told("stdout", "1: c2", manifest));
    assert_eq!(output.status.code(), Some(0));

    let quiet = workspace
        .meshpki_command()
        .args(["-q", "request", "--bundle", "-"])
        .output();
    let quiet = quiet.unwrap();
    assert_eq!(read(&quiet.stdout).0, ["c1", "c2"]);
    assert_eq!(quiet.stderr, b"");

    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = workspace.meshpki_command();
    let command = command.args(["-q", "request", "--bundle", "-"]);
    let output = command.stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: cannot write to stdout: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_archive_is_not_shown_to_a_person() {
    if !has("setsid") {
        return;
    }
    let workspace = with_requests(&["c1"]);
    let before = workspace.snapshot();
    let mut command = workspace.meshpki_command();
    command.args(["request", "--bundle", "-", "c2"]);
    let (status, shown) = AtTerminal::start(&command).ends();
    let refusal = "stdout is a terminal, and an archive is nothing to look at\r\n";
    assert!(shown.contains(refusal), "{shown:?}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_request_of_no_key_beside_it_is_not_carried_away() {
    let workspace = with_requests(&["c1", "c2"]);
    workspace.write("c1/ca-csr.pem", workspace.read("c2/ca-csr.pem"));
    let before = workspace.snapshot();
    pack(&workspace, &[]).fails(
        1,
        "error: c1/ca-csr.pem is of none of the keys beside it\n\
         hint: make another: meshpki request c1\n",
    );
    assert_eq!(workspace.snapshot(), before);
    // Where there is no key, requests from elsewhere have been collected.
    std::fs::remove_file(workspace.join("c1/ca-key.pem")).unwrap();
    let run = pack(&workspace, &[]);
    assert!(
        run.succeeds()
            .starts_with("requests.tar\n  requests     2: c1, c2\n")
    );
}

#[test]
fn a_request_of_the_next_key_is_carried_away() {
    let workspace = with_requests(&["c1"]);
    request(&workspace, &["--rekey", "c1"]).succeeds();
    pack(&workspace, &[]).succeeds();
}

#[test]
fn what_cannot_be_packed_is_named() {
    let workspace = with_requests(&["c1"]);
    workspace.write("c0/ca-csr.pem", "nothing\n");
    let before = workspace.snapshot();
    pack(&workspace, &[]).fails(
        1,
        "error: c0/ca-csr.pem: there is no certification request in it\n\
         hint: look at it, and move it away if it is none\n",
    );
    assert_eq!(workspace.snapshot(), before);
    std::fs::remove_dir_all(workspace.join("c0")).unwrap();
    workspace.write("my cluster/ca-csr.pem", workspace.read("c1/ca-csr.pem"));
    let run = pack(&workspace, &[]);
    assert_eq!(
        run.stderr,
        "warning: my cluster/ca-csr.pem is left out: \"my cluster\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it\n".to_owned() + CARRY
    );
    assert!(
        run.succeeds()
            .starts_with("requests.tar\n  requests     1: c1\n")
    );
}

#[test]
fn without_a_request_there_is_no_archive() {
    let workspace = Workspace::with_clusters(&["c1"]);
    let before = workspace.snapshot();
    pack(&workspace, &[]).fails(
        1,
        "error: no folder here has a ca-csr.pem in it\n\
         hint: make requests first: meshpki request NAME\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_cluster_that_cannot_ask_takes_the_archive_with_it() {
    let workspace = with_requests(&["c1"]);
    workspace.write("c2", "in the way");
    let before = workspace.snapshot();
    pack(&workspace, &["-q", "c1", "c2"]).fails(
        1,
        "error: c2: what has that name is not a folder\n\
         hint: move it away, or give the cluster another name\n\
         error: no archive was written\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_file_that_cannot_be_there_is_refused_before_a_key_is_made() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.join("folder")).unwrap();
    let before = workspace.snapshot();
    let folders = ["folder", "folder/", "absent/requests.tar", "new/", ".."];
    let others = ["/dev/null", "/dev/stdout"];
    for path in folders.into_iter().chain(others) {
        workspace
            .meshpki(["request", "--key-type", "p256", "--bundle", path, "c1"])
            .fails(
                1,
                &format!(
                    "error: --bundle {path}: no file can be there\n\
                     hint: name a file in a folder that is there\n"
                ),
            );
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn an_archive_goes_into_another_folder_too() {
    let workspace = with_requests(&["c1"]);
    let stick = Workspace::new();
    let path = stick.join("a stick's.tar");
    let arguments = [Path::new("request"), Path::new("--bundle"), &path];
    let run = workspace.meshpki(arguments);
    let word = path.display().to_string().replace('\'', "'\\''");
    assert_eq!(
        run.stderr,
        format!("carry it to the root, and compare the manifest there: meshpki sign '{word}'\n")
    );
    run.succeeds();
    assert_eq!(read(&stick.read("a stick's.tar")).0, ["c1"]);
}

#[test]
fn what_makes_no_sense_together_is_wrong_usage() {
    let workspace = with_requests(&["c1"]);
    let before = workspace.snapshot();
    for (arguments, error) in [
        (&["request"][..], "no NAME is given, and no --bundle"),
        (
            &["request", "--bundle", "r.tar", "--rekey"],
            "--rekey needs a NAME",
        ),
        (
            &["request", "--bundle", "r.tar", "--san-dns", "a.example.com"],
            "--san-dns needs a NAME",
        ),
    ] {
        let run = workspace.meshpki(arguments);
        assert!(
            run.stderr.starts_with(&format!("error: {error}\n")),
            "{run:#?}"
        );
        assert_eq!(run.status, Some(64));
    }
    let overwrite = workspace.meshpki(["request", "--overwrite", "c1"]);
    assert_eq!(overwrite.status, Some(64));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_dry_run_tells_of_the_archive_and_writes_none() {
    let workspace = with_requests(&["c1"]);
    let before = workspace.snapshot();
    let requests = Requests::new(vec![(
        "c1".parse().unwrap(),
        workspace.read("c1/ca-csr.pem"),
    )]);
    let (_, manifest) = requests.unwrap().pack();
    assert_eq!(
        pack(&workspace, &["--dry-run"]).succeeds(),
        told("requests.tar (not written)", "1: c1", manifest)
    );
    let named = pack(&workspace, &["--dry-run", "c1", "c2"]).succeeds();
    assert!(
        named.ends_with("requests.tar (not written)\n  requests     2: c1, c2\n"),
        "{named}"
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_request_of_a_key_that_waits_is_packed_by_name_too() {
    let workspace = with_requests(&["c1"]);
    request(&workspace, &["--rekey", "c1"]).succeeds();
    let csr = workspace.read("c1/ca-csr.pem");
    let key = workspace.read("c1/ca-key.next.pem");
    pack(&workspace, &[]).succeeds();
    let without_name = workspace.read("requests.tar");
    std::fs::remove_file(workspace.join("requests.tar")).unwrap();
    let run = pack(&workspace, &["c1"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), CARRY));
    assert_eq!(workspace.read("requests.tar"), without_name);
    assert_eq!(workspace.read("c1/ca-csr.pem"), csr);
    assert_eq!(workspace.read("c1/ca-key.next.pem"), key);
}
