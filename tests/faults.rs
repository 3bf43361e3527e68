//! All or nothing, whatever fails: every system call of every command that writes, from its lock
//! on, fails once, fails with all that follow, and is the one at which the process is killed.

mod common;

#[path = "faults/accept.rs"]
mod accept;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/driver.rs"]
mod driver;
#[path = "faults/interrupts.rs"]
mod interrupts;
#[path = "faults/judge.rs"]
mod judge;
#[path = "faults/locks.rs"]
mod locks;
#[path = "faults/signing.rs"]
mod signing;
#[path = "faults/strace.rs"]
mod strace;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use common::{Workspace, has, ignores};
use driver::{Folder, command, copy, every_fault, every_kill_after_the_sync};
use judge::State;
use strace::{Call, Fault, PLAIN_RENAMES};

#[test]
fn a_root_ca_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let folder = || Folder::new(Workspace::in_memory());
    every_fault(command(&["root-ca", "--key-type", "p256"]), folder);
}

#[test]
fn a_root_ca_with_the_configuration_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let arguments = &["root-ca", "--openssl-conf", "--key-type", "p256"];
    let folder = || Folder::new(Workspace::in_memory());
    every_fault(command(arguments), folder);
}

#[test]
fn new_clusters_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&[]);
    let arguments = &["cluster-cacerts", "--key-type", "p256", "a", "b"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn the_first_clusters_of_a_root_made_elsewhere_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&[]);
    std::fs::remove_file(template.join("root-issued.jsonl")).unwrap();
    let arguments = &["cluster-cacerts", "--key-type", "p256", "a", "b"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn what_follows_a_torn_line_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let mut record = template.read("root-issued.jsonl");
    record.truncate(record.len() - 7);
    template.write("root-issued.jsonl", record);
    let folder = || Folder::to_replace_a(&template);
    every_fault(command(&["cluster-cacerts", "--renew", "a"]), folder);
}

#[test]
fn a_renewal_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let folder = || Folder::to_replace_a(&template);
    every_fault(command(&["cluster-cacerts", "--renew", "a"]), folder);
}

#[test]
fn a_new_key_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let folder = || Folder::to_replace_a(&template);
    every_fault(command(&["cluster-cacerts", "--rekey", "a"]), folder);
}

#[test]
fn new_roots_in_a_cluster_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_another_root(&["a", "b"]);
    template
        .meshpki(["bundle", "add", "other/root-cert.pem"])
        .succeeds();
    std::fs::remove_dir_all(template.join("other")).unwrap();
    let arguments = &["cluster-cacerts", "--roots-only", "a"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn new_requests_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let arguments = &["request", "--key-type", "p256", "a", "b"];
    every_fault(command(arguments), || Folder::new(Workspace::in_memory()));
}

#[test]
fn a_request_that_is_replaced_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_request();
    let folder = || Folder::to_replace_a(&template);
    every_fault(command(&["request", "--cn", "Other", "a"]), folder);
}

#[test]
fn the_next_key_and_its_request_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let rekey = command(&["request", "--rekey", "a"]);
    let template = Workspace::with_clusters(&["a"]);
    every_fault(rekey, || Folder::to_replace_a(&template));
    let template = with_request();
    every_fault(rekey, || Folder::to_replace_a(&template));
}

#[test]
fn without_exchange_the_next_key_and_its_request_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_request();
    let rekey = command(&["request", "--rekey", "a"]).with(PLAIN_RENAMES);
    every_fault(rekey, || Folder::to_replace_a(&template));
}

#[test]
fn the_next_key_and_its_request_that_are_taken_back_survive_every_kill() {
    if !has("strace") {
        return;
    }
    let template = with_request();
    let rekey = command(&["request", "--rekey", "a"]);
    every_kill_after_the_sync(rekey, || Folder::to_replace_a(&template));
}

#[test]
fn an_archive_of_requests_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_request();
    let pack = command(&["request", "--bundle", "requests.tar", "--overwrite"]);
    every_fault(pack, || Folder::new(copy(&template)));
    template.write("requests.tar", "something else");
    every_fault(pack, || Folder::new(copy(&template)));
}

/// The cluster `a`, which asks for what it has.
fn with_request() -> Workspace {
    let workspace = Workspace::with_clusters(&["a"]);
    workspace.meshpki(["request", "a"]).succeeds();
    workspace
}

#[test]
fn a_bundle_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_another_root(&[]);
    std::fs::rename(
        template.join("other/root-cert.pem"),
        template.join("other.pem"),
    )
    .unwrap();
    std::fs::remove_dir_all(template.join("other")).unwrap();
    let arguments = &["bundle", "add", "other.pem"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn a_workload_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a"]);
    let arguments = &["workload-certs", "w"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn a_key_that_is_decrypted_survives_every_fault() {
    if !has("strace") || !has("openssl") {
        return;
    }
    let template = Workspace::with_clusters(&[]);
    let encrypt = ["pkcs8", "-topk8", "-in", "root-key.pem", "-out", "key"];
    let passphrase = ["-passout", "pass:correct horse"];
    template.run("openssl", encrypt.iter().chain(&passphrase));
    std::fs::rename(template.join("key"), template.join("root-key.pem")).unwrap();
    template.write("passphrase", "correct horse");
    let arguments = &[
        "rekey-passphrase",
        "--decrypt",
        "--passin",
        "file:passphrase",
    ];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn a_workload_that_is_renewed_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_workload();
    let arguments = &["workload-certs", "--renew", "w"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn without_exchange_a_workload_that_is_renewed_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_workload();
    let arguments = &["workload-certs", "--renew", "w"];
    let renewal = command(arguments).with(PLAIN_RENAMES);
    every_fault(renewal, || Folder::new(copy(&template)));

    let renewed = renewal.run_without_fault(&template);
    let stderr = String::from_utf8(renewed.stderr).unwrap();
    let note = "w: this file system cannot exchange two folders: for a moment there was none\n";
    assert!(stderr.ends_with(note), "{stderr}");
}

#[test]
fn a_workload_that_is_taken_back_survives_every_kill() {
    if !has("strace") {
        return;
    }
    let template = with_workload();
    let arguments = &["workload-certs", "--renew", "w"];
    every_kill_after_the_sync(command(arguments), || Folder::new(copy(&template)));
}

/// The cluster `a`, and the workload `w` below it.
fn with_workload() -> Workspace {
    let workspace = Workspace::with_clusters(&["a"]);
    workspace.meshpki(["workload-certs", "w"]).succeeds();
    workspace
}

#[test]
fn manifests_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let arguments = &["secret", "a", "b", "--out-dir", "d"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn manifests_that_are_overwritten_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    template
        .meshpki(["secret", "a", "--out-dir", "d", "--with-namespace"])
        .succeeds();
    let arguments = &["secret", "a", "b", "--out-dir", "d", "--overwrite"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn a_file_of_settings_survives_every_fault() {
    if !has("strace") {
        return;
    }
    every_fault(command(&["init"]), || Folder::new(Workspace::in_memory()));
}

#[test]
fn without_exchange_a_root_ca_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let arguments = &["root-ca", "--key-type", "p256"];
    let folder = || Folder::new(Workspace::in_memory());
    every_fault(command(arguments).with(PLAIN_RENAMES), folder);
}

#[test]
fn without_exchange_a_renewal_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let arguments = &["cluster-cacerts", "--renew", "a"];
    let folder = || Folder::to_replace_a(&template);
    every_fault(command(arguments).with(PLAIN_RENAMES), folder);

    let folder = folder();
    let renewed = command(arguments)
        .with(PLAIN_RENAMES)
        .run_without_fault(&folder.workspace);
    let stderr = String::from_utf8(renewed.stderr).unwrap();
    let note = "a: this file system cannot exchange two folders: for a moment there was none\n";
    assert!(stderr.ends_with(note), "{stderr}");
}

#[test]
fn the_recovery_of_a_root_ca_survives_every_fault() {
    if !has("strace") {
        return;
    }
    // Killed before each of the renames that put files in place.
    for first_placed in [1, 2, 3] {
        let folder = || {
            let workspace = Workspace::in_memory();
            kill_at(&workspace, &["root-ca", "--key-type", "p256"], first_placed);
            Folder::new(workspace)
        };
        every_fault(command(&["init"]), folder);
    }
}

#[test]
fn the_recovery_of_a_renewal_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let folder = || {
        let folder = Folder::to_replace_a(&template);
        let arguments = &["cluster-cacerts", "--renew", "a"];
        kill_at(&folder.workspace, arguments, 2);
        folder
    };
    every_fault(command(&["init"]), folder);
}

#[test]
fn ctrl_c_at_any_call_leaves_all_or_nothing() {
    if !has("strace") || ignores(2) {
        return;
    }
    let template = with_workload();
    accept::ask_and_answer(&template, &["e"]);
    for arguments in [
        &["root-ca", "-C", "other", "--key-type", "p256"][..],
        &["cluster-cacerts", "--key-type", "p256", "b", "c"],
        &["cluster-cacerts", "--renew", "a"],
        &["secret", "a", "--out-dir", "d"],
        &["workload-certs", "x", "y"],
        &["workload-certs", "--renew", "w"],
        &["request", "--key-type", "p256", "b", "c"],
        &["request", "--rekey", "a"],
        &["accept", "signed.tar"],
    ] {
        std::fs::create_dir_all(template.join("other")).unwrap();
        let undisturbed = copy(&template);
        let calls = command(arguments).calls(&undisturbed);
        let complete = State::of(&undisturbed);
        let mut interrupted = 0;
        for call in calls.iter().filter(|call| call.changes()) {
            eprintln!("interrupted: {}", call.text);
            let workspace = copy(&template);
            let before = State::of(&workspace);
            let output = command(arguments).run_with(&workspace, Fault::Interrupt, call);
            let after = State::of(&workspace);
            assert_eq!(after.staging(), Vec::<&Path>::new(), "{output:#?}");
            match output.status.code() {
                Some(0) => assert_eq!(after.shape(), complete.shape()),
                None => {
                    assert_eq!(output.status.signal(), Some(2));
                    assert_eq!(after, before);
                    interrupted += 1;
                }
                _ => panic!("{output:#?}"),
            }
        }
        assert_ne!(interrupted, 0);
    }
}

#[test]
fn a_root_ca_that_is_taken_back_survives_every_kill() {
    if !has("strace") {
        return;
    }
    let arguments = &["root-ca", "--openssl-conf", "--key-type", "p256"];
    let folder = || Folder::new(Workspace::in_memory());
    every_kill_after_the_sync(command(arguments), folder);
}

#[test]
fn a_renewal_that_is_taken_back_survives_every_kill() {
    if !has("strace") {
        return;
    }
    let template = Workspace::with_clusters(&["a", "b"]);
    let folder = || Folder::to_replace_a(&template);
    every_kill_after_the_sync(command(&["cluster-cacerts", "--renew", "a"]), folder);
}

/// Runs meshpki until it is about to rename for the `number`th time without overwriting.
fn kill_at(workspace: &Workspace, arguments: &'static [&'static str], number: usize) {
    let command = command(arguments);
    let killed = command.run_killed_at(workspace, "renameat2", number);
    assert_eq!(killed.status.code(), None, "{killed:#?}");
}

/// The clusters `names`, and the folder `other` with the root of another mesh.
fn with_another_root(names: &[&str]) -> Workspace {
    let workspace = Workspace::with_clusters(names);
    std::fs::create_dir(workspace.join("other")).unwrap();
    let arguments = [
        "-C",
        "other",
        "root-ca",
        "--cn",
        "Other",
        "--key-type",
        "p256",
    ];
    workspace.meshpki(arguments).succeeds();
    workspace
}

#[test]
fn a_key_is_new_and_private_from_birth() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::in_memory();
    for arguments in [
        &["root-ca", "--key-type", "p256"][..],
        &["cluster-cacerts", "--key-type", "p256", "a"],
        &["cluster-cacerts", "--rekey", "a"],
        &["workload-certs", "w"],
        &["workload-certs", "--renew", "w"],
        &["request", "--key-type", "p256", "b"],
        &["request", "--rekey", "b"],
    ] {
        let calls = command(arguments).calls(&workspace);
        let is_key = |text: &str| {
            ["key.pem\", ", "key.next.pem\", "]
                .iter()
                .any(|key| text.contains(key))
        };
        let is_created = |call: &&Call| is_key(&call.text) && call.changes();
        let (opened, others): (Vec<_>, Vec<_>) = calls
            .iter()
            .filter(is_created)
            .partition(|call| call.name == "openat");
        let [opened] = opened[..] else {
            panic!("{opened:#?}");
        };
        let as_it_should = ".pem\", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = ";
        assert!(opened.text.contains(as_it_should), "{opened:?}");
        // A workload's old key goes with its folder; no other key does.
        let (removed, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|call| call.name == "unlinkat");
        let goes = arguments.contains(&"workload-certs") && arguments.contains(&"--renew");
        assert_eq!(removed.len(), usize::from(goes), "{removed:#?}");
        assert!(
            others.iter().all(|call| call.name == "renameat2"),
            "{others:#?}"
        );
        // Nothing changes a mode: strace has been asked for fchmod and its like.
        assert!(calls.iter().all(|call| !call.name.contains("chmod")));
    }
}

#[test]
fn a_key_is_private_whatever_the_umask_is() {
    for umask in ["000", "022", "077"] {
        let workspace = Workspace::in_memory();
        let meshpki = workspace.meshpki_command();
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(workspace.path());
        let program = meshpki.get_program().to_str().unwrap();
        let script = format!(
            "umask {umask}; '{program}' root-ca --key-type p256 && '{program}' cluster-cacerts --key-type p256 a"
        );
        common::Run::of(shell.args(["-c", &script])).succeeds();
        for (path, mode) in [
            ("root-key.pem", 0o600),
            ("a/ca-key.pem", 0o600),
            ("a", 0o700),
        ] {
            assert_eq!(workspace.mode(path), mode, "{path} with umask {umask}");
        }
    }
}

#[test]
fn a_folder_of_somebody_else_is_no_staging_folder() {
    let workspace = Workspace::in_memory();
    for name in [".meshpki-", ".meshpki-old", ".meshpki-1", ".meshpki-1-0-1"] {
        workspace.write(Path::new(name).join("ca-key.pem"), "a key");
    }
    workspace.write(".meshpki-1-0", "a file");
    let before = workspace.snapshot();
    assert_eq!(workspace.meshpki(["init"]).succeeds(), "meshpki.toml\n");
    std::fs::remove_file(workspace.join("meshpki.toml")).unwrap();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_plan_that_cannot_be_read_is_left_with_all_that_it_may_tell_of() {
    let workspace = Workspace::in_memory();
    workspace.write(".meshpki-1-0/plan", "{");
    workspace.write(".meshpki-1-0/0/ca-key.pem", "a key");
    let before = workspace.snapshot();
    workspace.meshpki(["init"]).fails(
        1,
        "error: the plan in .meshpki-1-0 cannot be read: EOF while parsing an object at line 1 column 1\n\
         hint: what is in .meshpki-1-0 may be needed: look at it, and move it away\n",
    );
    assert_eq!(workspace.snapshot(), before);
}
