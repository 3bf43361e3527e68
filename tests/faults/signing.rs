//! `sign`: no certificate in an archive that is not in the record, none recorded that is lost, and
//! none signed twice.

use std::os::unix::process::ExitStatusExt;

use meshpki::mesh::archive::Signed;
use meshpki::mesh::record::Record;
use meshpki::pki::certificate::Certificate;

use crate::common::{Workspace, has, ignores};
use crate::driver::{command, copy};
use crate::judge::State;
use crate::strace::{Call, ERRORS, Fault, PLAIN_RENAMES, Traced};

const RECORD: &str = "root-issued.jsonl";
const ARCHIVE: &str = "signed.tar";

/// A root, and the requests of the clusters `a` and `b`.
fn with_requests() -> Workspace {
    let clusters = Workspace::new();
    let request = ["request", "--key-type", "p256", "a", "b"];
    let pack = ["--bundle", "requests.tar"];
    clusters.meshpki(request.iter().chain(&pack)).succeeds();
    let workspace = Workspace::with_clusters(&[]);
    workspace.write("requests.tar", clusters.read("requests.tar"));
    workspace
}

fn record(workspace: &Workspace) -> Record {
    match workspace.join(RECORD).exists() {
        true => Record::parse(&workspace.read(RECORD)).expect("it holds"),
        false => Record::default(),
    }
}

/// What the record has of clusters, from the `first` entry on.
fn recorded(workspace: &Workspace, first: usize) -> Vec<(String, Certificate)> {
    let record = record(workspace);
    let entries = record.entries().iter().skip(first);
    let of_clusters = entries.map(|entry| {
        let cluster = entry.cluster.as_ref().expect("a cluster's");
        (cluster.to_string(), entry.certificate.clone())
    });
    of_clusters.collect()
}

/// What the archive holds, if it is there and is not what was there `before`.
fn given(workspace: &Workspace, before: &Workspace) -> Option<Vec<(String, Certificate)>> {
    let octets = std::fs::read(workspace.join(ARCHIVE)).ok()?;
    if std::fs::read(before.join(ARCHIVE)).is_ok_and(|standing| standing == octets) {
        return None;
    }
    let (signed, _) = Signed::read(&octets).expect("it is whole");
    let certificates = signed.certificates().iter();
    let certificates =
        certificates.map(|signed| (signed.cluster.to_string(), signed.certificate().clone()));
    Some(certificates.collect())
}

/// Every fault at every call of `sign`, in a folder like `template`.
fn every_fault_of(sign: Traced<'_>, template: &Workspace) {
    let calls = sign.calls(&copy(template));
    let is_there = |name: &str| calls.iter().any(|call| call.text.contains(name));
    assert!(is_there(RECORD) && is_there(ARCHIVE), "{calls:#?}");
    for (position, call) in calls.iter().enumerate() {
        if sign.failing.is_some() && call.name == "renameat2" {
            continue;
        }
        let error = ERRORS[position % ERRORS.len()];
        let mut faults = vec![Fault::Once(error)];
        if call.changes() {
            faults.extend([
                Fault::FromThenOn(error),
                Fault::Kill,
                Fault::EverySuch(error),
            ]);
        }
        for fault in faults {
            // Seen if the test fails.
            eprintln!("{fault:?}: {}", call.text);
            one_fault(sign, template, fault, call);
        }
    }
}

fn one_fault(sign: Traced<'_>, template: &Workspace, fault: Fault, call: &Call) {
    let workspace = copy(template);
    let first = record(template).entries().len();
    let output = sign.run_with(&workspace, fault, call);
    let before = template.read(RECORD);
    assert!(workspace.read(RECORD).starts_with(&before), "{output:#?}");
    let recorded_then = recorded(&workspace, first);
    assert!([0, 2].contains(&recorded_then.len()), "{output:#?}");
    let given_then = given(&workspace, template);
    if let Some(given) = &given_then {
        assert_eq!(*given, recorded_then, "{output:#?}");
        assert_eq!(workspace.mode(ARCHIVE), 0o644);
    }
    assert_eq!(workspace.mode(RECORD), 0o600);
    match output.status.code() {
        Some(0) => assert!(given_then.is_some(), "{output:#?}"),
        Some(1) => {}
        None => assert!(matches!(fault, Fault::Kill), "{output:#?}"),
        Some(_) => panic!("{output:#?}"),
    }

    let again = sign.run_without_fault(&workspace);
    assert_eq!(again.status.code(), Some(0), "{again:#?}");
    assert!(State::of(&workspace).staging().is_empty(), "{again:#?}");
    let recorded = recorded(&workspace, first);
    assert_eq!(recorded.len(), 2, "{again:#?}");
    // What was signed then is what is given now.
    assert!(recorded_then.is_empty() || recorded_then == recorded);
    assert_eq!(given(&workspace, template), Some(recorded));
    for name in ["root-key.pem", "root-cert.pem", "requests.tar"] {
        assert_eq!(workspace.read(name), template.read(name));
    }
}

const SIGN: &[&str] = &["sign", "--yes", "requests.tar"];

#[test]
fn what_is_signed_survives_every_fault() {
    if !has("strace") {
        return;
    }
    every_fault_of(command(SIGN), &with_requests());
}

#[test]
fn what_is_signed_in_the_place_of_other_archives_survives_every_fault() {
    if !has("strace") {
        return;
    }
    let template = with_requests();
    template.write(ARCHIVE, "of the year before");
    let sign = command(&["sign", "--yes", "--overwrite", "requests.tar"]);
    every_fault_of(sign, &template);
}

#[test]
fn without_exchange_what_is_signed_survives_every_fault() {
    if !has("strace") {
        return;
    }
    every_fault_of(command(SIGN).with(PLAIN_RENAMES), &with_requests());
}

#[test]
fn ctrl_c_at_any_call_of_sign_loses_nothing() {
    if !has("strace") || ignores(2) {
        return;
    }
    let template = with_requests();
    let sign = command(SIGN);
    let first = record(&template).entries().len();
    let calls = sign.calls(&copy(&template));
    let mut interrupted = 0;
    for call in calls.iter().filter(|call| call.changes()) {
        eprintln!("interrupted: {}", call.text);
        let workspace = copy(&template);
        let output = sign.run_with(&workspace, Fault::Interrupt, call);
        assert!(State::of(&workspace).staging().is_empty(), "{output:#?}");
        let recorded_then = recorded(&workspace, first);
        match output.status.code() {
            Some(0) => assert_eq!(given(&workspace, &template), Some(recorded_then)),
            None => {
                assert_eq!(output.status.signal(), Some(2));
                assert_eq!(given(&workspace, &template), None);
                interrupted += 1;
                let again = sign.run_without_fault(&workspace);
                assert_eq!(again.status.code(), Some(0), "{again:#?}");
                let recorded = recorded(&workspace, first);
                assert!(recorded_then.is_empty() || recorded_then == recorded);
                assert_eq!(given(&workspace, &template), Some(recorded));
            }
            Some(_) => panic!("{output:#?}"),
        }
    }
    assert_ne!(interrupted, 0);
}
