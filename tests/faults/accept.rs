//! Certificates that come back: whatever fails, every key is still there, and each cluster is as it
//! was or has all that came.

use crate::common::{Workspace, has};
use crate::driver::{Folder, command, copy, every_fault, every_kill_after_the_sync};
use crate::strace::{Call, PLAIN_RENAMES};

const ACCEPT: &[&str] = &["accept", "signed.tar"];

/// Clusters that have asked, beside the root that has answered: signed.tar.
fn answered(names: &[&str]) -> Workspace {
    let workspace = Workspace::with_clusters(&[]);
    ask_and_answer(&workspace, names);
    workspace
}

/// The clusters `names` ask, and are answered: signed.tar.
pub fn ask_and_answer(workspace: &Workspace, names: &[&str]) {
    let request = ["request", "--key-type", "p256"];
    workspace.meshpki(request.iter().chain(names)).succeeds();
    sign(workspace, &[]);
}

/// The root answers what is asked for now.
fn sign(workspace: &Workspace, arguments: &[&str]) {
    for command in [
        &["request", "--bundle", "requests.tar", "--overwrite"][..],
        &["sign", "--yes", "--overwrite", "requests.tar"],
    ] {
        let more = arguments.iter().filter(|_| command[0] == "sign");
        workspace.meshpki(command.iter().chain(more)).succeeds();
    }
}

/// As `answered`, and the cluster `a` has what it asked for then, and has asked for more.
fn answered_again(request: &[&str], sign_with: &[&str]) -> Workspace {
    let workspace = answered(&["a"]);
    workspace.meshpki(ACCEPT).succeeds();
    if !request.is_empty() {
        workspace.meshpki(request).succeeds();
    }
    sign(&workspace, sign_with);
    workspace
}

fn rekeyed() -> Workspace {
    answered_again(&["request", "--rekey", "a"], &["--rekey", "a"])
}

#[test]
fn the_first_certificates_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = answered(&["a", "b"]);
    every_fault(command(ACCEPT), || Folder::new(copy(&template)));
}

#[test]
fn without_exchange_the_first_certificates_survive_every_fault() {
    if !has("strace") {
        return;
    }
    let template = answered(&["a"]);
    let accept = command(ACCEPT).with(PLAIN_RENAMES);
    every_fault(accept, || Folder::new(copy(&template)));
}

#[test]
fn first_certificates_that_are_taken_back_survive_every_kill() {
    if !has("strace") {
        return;
    }
    let template = answered(&["a"]);
    every_kill_after_the_sync(command(ACCEPT), || Folder::new(copy(&template)));
}

#[test]
fn a_renewal_that_comes_back_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = answered_again(&[], &["--renew"]);
    every_fault(command(ACCEPT), || Folder::to_replace_a(&template));
}

#[test]
fn a_key_that_waited_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = rekeyed();
    every_fault(command(ACCEPT), || Folder::to_replace_a(&template));
}

#[test]
fn without_exchange_a_key_that_waited_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = rekeyed();
    let accept = command(ACCEPT).with(PLAIN_RENAMES);
    every_fault(accept, || Folder::to_replace_a(&template));
}

#[test]
fn a_key_that_waited_and_is_taken_back_survives_every_kill() {
    if !has("strace") {
        return;
    }
    let template = rekeyed();
    every_kill_after_the_sync(command(ACCEPT), || Folder::to_replace_a(&template));
}

#[test]
fn a_heap_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = answered(&["a"]);
    let done = copy(&template);
    done.meshpki(ACCEPT).succeeds();
    template.write("cert.pem", done.read("a/ca-cert.pem"));
    let arguments = &["accept", "--ca-cert", "cert.pem", "a"];
    every_fault(command(arguments), || Folder::new(copy(&template)));
}

#[test]
fn a_key_that_stays_is_new_and_private_in_its_place() {
    if !has("strace") {
        return;
    }
    // The folder that it was in goes with what was in it, or is kept.
    for (workspace, goes) in [(answered(&["a"]), 1), (rekeyed(), 0)] {
        let calls = command(ACCEPT).calls(&workspace);
        let is_key = |call: &&Call| call.text.contains("key.pem\", ") && call.changes();
        let (opened, others): (Vec<_>, Vec<_>) = calls
            .iter()
            .filter(is_key)
            .partition(|call| call.name == "openat");
        let [opened] = opened[..] else {
            panic!("{opened:#?}");
        };
        let as_it_should = "/ca-key.pem\", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = ";
        assert!(opened.text.contains(as_it_should), "{opened:?}");
        assert_eq!(others.len(), goes, "{others:#?}");
        assert!(calls.iter().all(|call| !call.name.contains("chmod")));
    }
}
