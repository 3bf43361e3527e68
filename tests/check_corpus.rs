//! For every rule of `meshpki check` a set of files that breaks it, and one that just does not.

mod common;

#[path = "check/broken.rs"]
mod broken;
#[path = "check/kit.rs"]
mod kit;
#[path = "check/refused.rs"]
mod refused;
#[path = "check/warnings.rs"]
mod warnings;
#[path = "check/webpki.rs"]
mod webpki;

use std::collections::BTreeSet;

use common::has;
use kit::{Case, Kit};
use meshpki::mesh::rules;
use serde_json::Value;

fn all() -> impl Iterator<Item = &'static Case> {
    [refused::CASES, broken::CASES, warnings::CASES]
        .into_iter()
        .flatten()
}

/// The findings as cases write them, and the exit status.
fn found(kit: &Kit, case: &Case, name: &str) -> (String, Option<i32>) {
    let set = (case.build)(kit);
    let workspace = &kit.0.0;
    let run = workspace.meshpki(set.write(workspace, name));
    assert_eq!(run.stderr, "", "{}", case.name);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let findings = document["items"][0]["findings"]
        .as_array()
        .expect("findings");
    let findings = findings.iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().expect("text").to_owned();
        assert!(!text("fact").is_empty() && !text("consequence").is_empty());
        format!("{} {}", text("severity"), text("id"))
    });
    let findings: Vec<_> = findings.collect();
    (findings.join(", "), run.status)
}

fn are_judged_as_written(cases: &[Case]) {
    if !has("openssl") {
        return;
    }
    let kit = Kit::new();
    let mut wrong = Vec::new();
    for (position, case) in cases.iter().enumerate() {
        let (findings, status) = found(&kit, case, &format!("set{position}"));
        let is_fatal = case
            .expected
            .split(", ")
            .any(|found| found.starts_with(['E', 'B']));
        let expected = if is_fatal { 2 } else { 0 };
        if findings != case.expected || status != Some(expected) {
            wrong.push(format!(
                "{} ({}):\n  expected {:?}\n  found    {findings:?}, status {status:?}",
                case.name, case.source, case.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_istiod_refuses_is_refused() {
    are_judged_as_written(refused::CASES);
}

#[test]
fn what_breaks_the_mesh_is_broken() {
    are_judged_as_written(broken::CASES);
}

#[test]
fn what_will_hurt_is_told() {
    are_judged_as_written(warnings::CASES);
}

/// The folder of the set of `case`, with a workload under its CA in workload.pem. `None` if it has
/// other names.
fn with_a_workload(kit: &Kit, case: &Case, position: usize) -> Option<String> {
    let set = (case.build)(kit);
    let folder = format!("trial{position}");
    set.write(&kit.0.0, &folder);
    let has = |file: &str| kit.0.0.join(&folder).join(file).exists();
    if !has("ca-cert.pem") || !has("ca-key.pem") || has("tls.crt") {
        return None;
    }
    let names = set.flag("--trust-domain").unwrap_or("cluster.local");
    let istiod = set
        .flag("--istiod-san")
        .unwrap_or("istiod.istio-system.svc");
    kit.issue_workload(&folder, names, istiod);
    Some(folder)
}

/// ztunnel's verifier refuses what is said to break it, and takes what is said to be fine.
#[test]
fn rustls_refuses_what_breaks_ztunnel_and_nothing_else() {
    if !has("openssl") {
        return;
    }
    let kit = Kit::new();
    let mut wrong = Vec::new();
    let mut refused = 0;
    let cases = [broken::CASES, warnings::CASES].into_iter().flatten();
    for (position, case) in cases.enumerate() {
        let breaks = case.expected.contains("names-for-ztunnel");
        let is_fine = !case
            .expected
            .split(", ")
            .any(|found| found.starts_with(['E', 'B']) || found == "W uncommon-key");
        if !breaks && !is_fine {
            continue;
        }
        let Some(folder) = with_a_workload(&kit, case, position) else {
            continue;
        };
        let accepted = webpki::accepts_the_workload(&kit.0.0, &folder);
        refused += usize::from(!accepted);
        if accepted == breaks {
            wrong.push(format!("{}: accepted {accepted}", case.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(refused > 3, "{refused}");
}

/// What breaks handshakes breaks them for the `openssl` program too, which judges a workload's
/// certificate that it has made itself: as a server's and as a client's, by what istiod sends.
#[test]
fn openssl_refuses_what_breaks_handshakes_and_nothing_else() {
    /// Rules that are about something else than the path.
    const OTHERS: [&str; 5] = [
        "key-leak",
        "foreign-label",
        "ca-key-kind",
        "crl-",
        "revoked",
    ];
    /// OpenSSL finds its way in any order: these break what else hangs on the first certificate.
    const OUT_OF_ORDER: [&str; 3] = [
        "the root first in the chain",
        "the policy CA first",
        "another certificate of the same key first",
    ];

    if !has("openssl") {
        return;
    }
    let kit = Kit::new();
    let mut wrong = Vec::new();
    let is_of_path = |case: &&Case| {
        !case.expected.starts_with('E')
            && !OTHERS.iter().any(|rule| case.expected.contains(rule))
            && !case.name.contains("CRL")
            && !OUT_OF_ORDER.contains(&case.name)
    };
    for (position, case) in broken::CASES.iter().filter(is_of_path).enumerate() {
        let Some(folder) = with_a_workload(&kit, case, position) else {
            continue;
        };
        let accepted = kit.openssl_accepts_the_workload(&folder);
        let breaks = case.expected.starts_with('B');
        if accepted == breaks {
            wrong.push(format!("{}: accepted {accepted}", case.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_broken_by_a_case_and_just_kept_by_another() {
    let ids = |text: &'static str| text.split(", ").filter_map(|found| found.split(' ').nth(1));
    let broken: BTreeSet<_> = all().flat_map(|case| ids(case.expected)).collect();
    let kept: BTreeSet<_> = all()
        .filter(|case| !ids(case.expected).any(|id| id == case.near))
        .map(|case| case.near)
        .filter(|near| !near.is_empty())
        .collect();
    let rules: BTreeSet<_> = rules::all().map(|rule| rule.id).collect();
    assert_eq!(broken, rules);
    assert_eq!(kept, rules);
    // Alone but for notes, so that nothing else can be what is found: but an expired first
    // certificate is not the CA's, and namesakes are told of besides.
    let is_alone = |rule: &str, case: &Case| {
        let mut others = case
            .expected
            .split(", ")
            .filter(|found| found.get(2..) != Some(rule));
        ids(case.expected).any(|id| id == rule) && others.all(|found| found.starts_with('N'))
    };
    for rule in &rules {
        let never = ["chain-expired", "ambiguous-root"].contains(rule);
        assert!(never || all().any(|case| is_alone(rule, case)), "{rule}");
    }
}
