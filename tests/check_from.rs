//! `meshpki check --from`: what a running istiod does with new files.

mod common;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use common::pki::{AT, CA, LEAF, Pki};
use common::roots::{self, plain, root, run};
use common::{Run, Workspace, has};
use serde_json::Value;

/// Roots A, B and C, the one older than the next, and the clusters a and b that are signed under A
/// and B, each with its own root alone.
fn mesh() -> Workspace {
    let workspace = Workspace::new();
    for (folder, name, begin) in [
        ("A", "Root CA A", 2020),
        ("B", "Root CA B", 2021),
        ("C", "Root CA C", 2022),
    ] {
        root(&workspace, folder, name, begin);
    }
    for (folder, line) in [
        ("A", "cluster-cacerts --key-type p256 a"),
        ("B", "cluster-cacerts --key-type p256 b"),
    ] {
        roots::sign_under(&workspace, folder);
        run(&workspace, &[line]);
    }
    workspace
}

/// The folder `name`: cluster `of` with this root-cert.pem.
fn with_roots(workspace: &Workspace, name: &str, of: &str, roots: &str) {
    for file in ["ca-cert.pem", "ca-key.pem", "cert-chain.pem"] {
        workspace.write(
            format!("{name}/{file}"),
            workspace.read(format!("{of}/{file}")),
        );
    }
    workspace.write(format!("{name}/root-cert.pem"), roots);
    let key = workspace.join(name).join("ca-key.pem");
    std::fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
}

/// What is said of the change: it comes last.
fn change(run: &Run) -> String {
    let start = run.stdout.find("\nfrom ").map(|start| start + 1);
    plain(&run.stdout[start.expect("a judgement")..])
}

fn json(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, Value) {
    let run = workspace.meshpki(["check", "-o", "json"].iter().chain(arguments));
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    (run.status, document["change"].clone())
}

/// What a running istiod does with ISTIO_MULTIROOT_MESH off, and on.
fn reactions(change: &Value) -> String {
    let running = &change["running"];
    let answers = ["off", "on"].map(|setting| running[setting]["answer"].as_str().unwrap());
    answers.join(" ")
}

fn answers(workspace: &Workspace, old: &str, new: &str, version: &str) -> String {
    let arguments = ["--istio-version", version, "--from", old, new];
    reactions(&json(workspace, &arguments).1)
}

/// A change of root-cert.pem, and whether Istio takes it with ISTIO_MULTIROOT_MESH on: as it
/// compares text (1.20 to 1.29), and as it compares sets.
struct Case {
    name: &'static str,
    /// The cluster, which is signed under a root that stays.
    cluster: &'static str,
    old: String,
    new: String,
    text: bool,
    sets: bool,
}

fn cases(workspace: &Workspace) -> Vec<Case> {
    let root = |folder| workspace.read_text(format!("{folder}/root-cert.pem"));
    let [a, b, c] = ["A", "B", "C"].map(root);
    let (ab, ba, bc) = (format!("{a}{b}"), format!("{b}{a}"), format!("{b}{c}"));
    let abc = format!("{ab}{c}");
    let mut cases = Vec::new();
    let mut case = |name, cluster, old: &str, new: &str, text, sets| {
        let [old, new] = [old, new].map(str::to_owned);
        cases.push(Case {
            name,
            cluster,
            old,
            new,
            text,
            sets,
        });
    };
    case("A to A and B", "a", &a, &ab, true, true);
    case("A to B and A", "a", &a, &ba, true, true);
    case("A and B to B", "b", &ab, &b, true, true);
    case("A and B to A", "a", &ab, &a, true, true);
    case("A and B to B and A", "a", &ab, &ba, false, true);
    let ac = format!("{a}{c}");
    case("one from between others", "a", &abc, &ac, false, true);
    case("one between others", "a", &ac, &abc, false, true);
    case("A to A twice", "a", &a, &format!("{a}{a}"), true, true);
    case(
        "a blank line behind",
        "a",
        &a,
        &format!("{a}\n"),
        true,
        true,
    );
    let apart = format!("{a}\n{b}");
    case("a blank line between", "a", &ab, &apart, false, true);
    let [above, other] = ["# A", "# a"].map(|comment| format!("{comment}\n{a}"));
    case("a comment in front", "a", &a, &above, true, true);
    case("another comment", "a", &above, &other, false, true);
    let crlf = a.replace('\n', "\r\n");
    case("other line ends", "a", &a, &crlf, false, true);
    case("no line feed at the end", "a", &a, a.trim_end(), true, true);
    case("A to B", "b", &a, &b, false, false);
    case("A and B to B and C", "b", &ab, &bc, false, false);
    cases
}

#[test]
fn root_cert_pem_may_change_as_the_version_compares_it() {
    let workspace = mesh();
    for case in cases(&workspace) {
        with_roots(&workspace, "old", case.cluster, &case.old);
        with_roots(&workspace, "new", case.cluster, &case.new);
        for (version, takes) in [
            ("1.19", false),
            ("1.20", case.text),
            ("1.29", case.text),
            ("1.30", case.sets),
        ] {
            let on = if takes { "taken" } else { "dropped" };
            let answers = answers(&workspace, "old", "new", version);
            assert_eq!(answers, format!("dropped {on}"), "{}, {version}", case.name);
        }
    }
}

#[test]
fn old_versions_read_their_files_once() {
    let workspace = mesh();
    run(&workspace, &["cluster-cacerts --key-type p256 b2"]);
    for (version, reason) in [
        (
            "1.10",
            "Istio before 1.11 reads its files once, when it starts",
        ),
        (
            "1.17",
            "Istio 1.11 to 1.17 watches its files only with AUTO_RELOAD_PLUGIN_CERTS=true, which is not the default",
        ),
    ] {
        let arguments = ["--istio-version", version, "--from", "b", "b2"];
        let (status, change) = json(&workspace, &arguments);
        assert_eq!(status, Some(2), "{change}");
        for setting in ["off", "on"] {
            assert_eq!(change["running"][setting]["reason"], reason);
            assert_eq!(change["running"][setting]["serves"], "old");
        }
        assert_eq!(change["atNextStart"]["answer"], "loaded");
    }
    assert_eq!(answers(&workspace, "b", "b2", "1.18"), "taken taken");
    assert_eq!(answers(&workspace, "b", "b", "1.10"), "same same");
}

#[test]
fn each_step_of_a_rotation_can_be_applied() {
    let workspace = mesh();
    let [a, b] = ["A", "B"].map(|folder| workspace.read_text(format!("{folder}/root-cert.pem")));
    with_roots(&workspace, "0", "a", &a);
    with_roots(&workspace, "1", "a", &format!("{a}{b}"));
    with_roots(&workspace, "2", "b", &format!("{a}{b}"));
    with_roots(&workspace, "3", "b", &b);
    for version in ["1.20", "1.29", "1.30"] {
        for (old, new) in [("0", "1"), ("1", "2"), ("2", "3")] {
            let line = format!("check --istio-version {version} --multiroot on --from {old} {new}");
            let run = workspace.meshpki(line.split(' '));
            assert_eq!(run.status, Some(0), "{line}: {run:#?}");
        }
        // Two steps in one.
        for (old, new) in [("0", "2"), ("0", "3"), ("1", "3")] {
            let line = format!("check --istio-version {version} --multiroot on --from {old} {new}");
            let run = workspace.meshpki(line.split(' '));
            assert_eq!(run.status, Some(2), "{line}: {run:#?}");
        }
    }
    // Off, as it is by default, the CA can change, and the roots cannot.
    for (old, new, status) in [("0", "1", 2), ("1", "2", 0), ("2", "3", 2)] {
        for line in ["check --from", "check --multiroot off --from"] {
            let run = workspace.meshpki(line.split(' ').chain([old, new]));
            assert_eq!(run.status, Some(status), "{old} {new}: {run:#?}");
        }
    }
}

#[test]
fn what_is_the_same_needs_nothing() {
    let workspace = mesh();
    let before = workspace.snapshot();
    let run = workspace.meshpki(["check", "--from", "a", "a"]);
    assert_eq!(run.status, Some(0), "{run:#?}");
    assert_eq!(
        change(&run),
        "\
from a to a, Istio 1.30, ISTIO_MULTIROOT_MESH off, the default: the running istiod takes it, and the mesh works meanwhile
  ISTIO_MULTIROOT_MESH      off            on
  the running istiod        has it         has it
  CA and roots in use then  new            new
  istiod at its next start  loads it       loads it
  workloads with certificates of the old CA, where the new roots are: are let in
  workloads with certificates of the new CA, where the old roots still are: are let in
"
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn from_one_root_to_another_it_names_the_steps_between() {
    let workspace = mesh();
    let run = workspace.meshpki(["check", "--multiroot", "on", "--from", "a", "b"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    assert_eq!(
        change(&run),
        "\
from a to b, Istio 1.30, ISTIO_MULTIROOT_MESH on: the running istiod drops it, and a restart would have workloads refuse each other
  ISTIO_MULTIROOT_MESH      off            on
  the running istiod        drops it       drops it
  CA and roots in use then  old            old
  istiod at its next start  loads it       loads it
  off: root-cert.pem is different: the whole update is dropped, with the line \"Multi root is disabled, updating new ROOT-CA not supported\"
  on: of the old roots and the new ones neither contain the others: the whole update is dropped, with the line \"Updating new ROOT-CA not supported\"
  a restart, whenever it comes, loads it without a look at what was there before
  old CA: O = Istio, CN = Intermediate CA, L = a, expires _
    SHA-256 _
  new CA: O = Istio, CN = Intermediate CA, L = b, expires _
    SHA-256 _
  root added: O = Istio, CN = Root CA B, expires _
    SHA-256 _
  root removed: O = Istio, CN = Root CA A, expires _
    SHA-256 _
  workloads with certificates of the old CA, where the new roots are: are refused: signed under root O = Istio, CN = Root CA A, which is no longer trusted there
  workloads with certificates of the new CA, where the old roots still are: are refused: signed under root O = Istio, CN = Root CA B, which is not yet trusted there
  remedy 1: starting from a, trust the new roots beside the old ones: meshpki bundle add NEW-ROOT, meshpki cluster-cacerts --roots-only a; apply the Secret everywhere, and go on when it is in use
  remedy 2: sign under the new root: put its key into root-key.pem, meshpki cluster-cacerts --renew a; apply the Secret, and wait until the old certificates are out of use (24 hours by default)
  remedy 3: trust the new roots alone: meshpki bundle remove OLD-ROOT, meshpki cluster-cacerts --roots-only a; apply the Secret
"
    );
}

/// Certificates by openssl, and the folder `good` of a cluster with ca.pem under root.pem.
fn foreign() -> Pki {
    let no_sign = CA.replace("keyCertSign,", "");
    let pki = Pki::new();
    pki.issue("root", "/O=Istio/CN=Root CA", "root", CA);
    pki.issue("ca", "/O=Istio/CN=Cluster CA", "root", CA);
    pki.issue("other", "/O=Istio/CN=Other CA", "root", CA);
    let long = ["20200101000000Z", "20500101000000Z"];
    let over = ["20200101000000Z", "20210101000000Z"];
    for (name, extensions, dates) in [
        ("leaf", LEAF, long),
        ("nosign", no_sign.as_str(), long),
        ("over", CA, over),
    ] {
        pki.issue_between(
            name,
            "ca",
            "/O=Istio/CN=Cluster CA",
            "root",
            extensions,
            dates,
        );
    }
    let garbage = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    pki.0.write("garbage.pem", garbage);
    pki.0.write("nothing", "");
    pki.crl("ca.crl", "ca", &[], long);
    pki.crl("root.crl", "root", &[], long);
    cluster(&pki, "good", &[]);
    pki
}

/// The folder `name`: that of the cluster, with other files, each of these parts.
fn cluster(pki: &Pki, name: &str, others: &[(&str, &[&str])]) {
    let usual: [(&str, &[&str]); 4] = [
        ("ca-cert.pem", &["ca.pem"]),
        ("ca-key.pem", &["ca.key"]),
        ("cert-chain.pem", &["ca.pem", "root.pem"]),
        ("root-cert.pem", &["root.pem"]),
    ];
    std::fs::create_dir(pki.0.join(name)).unwrap();
    for (file, parts) in usual.iter().chain(others) {
        pki.join(&format!("{name}/{file}"), parts);
    }
    let key = pki.0.join(name).join("ca-key.pem");
    std::fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
}

/// What a running istiod does with the variable off and on, what istiod does at its next start,
/// with the rules that it finds broken, and whether all is well.
fn fate(workspace: &Workspace, old: &str, new: &str, version: &str) -> (String, String, bool) {
    let arguments = ["--at", AT, "--istio-version", version, "--from", old, new];
    let (status, change) = json(workspace, &arguments);
    let is_safe = change["isSafe"] == true;
    assert_eq!(status, Some(if is_safe { 0 } else { 2 }), "{change:#}");
    let start = &change["atNextStart"];
    let rules = start["rules"].as_array().unwrap();
    let words = std::iter::once(&start["answer"]).chain(rules);
    let words: Vec<_> = words.map(|word| word.as_str().unwrap()).collect();
    (reactions(&change), words.join(" "), is_safe)
}

/// Files that differ from the cluster's, each of its parts.
type Files<'a> = &'a [(&'a str, &'a [&'a str])];

/// Each of these changes, from the cluster's files, comes to the same end.
fn come_to(
    pki: &Pki,
    version: &str,
    running: &str,
    start: &str,
    is_safe: bool,
    cases: &[(&str, Files<'_>)],
) {
    for (name, files) in cases {
        cluster(pki, name, files);
        let fate = fate(&pki.0, "good", name, version);
        assert_eq!(
            fate,
            (running.to_owned(), start.to_owned(), is_safe),
            "{name}"
        );
    }
}

#[test]
fn what_a_running_istiod_takes_and_will_not_start_with_is_a_trap() {
    if !has("openssl") {
        return;
    }
    let pki = foreign();
    let trap = |running: &str, rule: &str, cases: &[(&str, Files<'_>)]| {
        let start = format!("refused {rule}");
        come_to(&pki, "1.30", running, &start, false, cases);
    };
    let no_ca: Files<'_> = &[
        ("ca-cert.pem", &["leaf.pem"]),
        ("cert-chain.pem", &["leaf.pem", "root.pem"]),
    ];
    trap("taken taken", "not-a-ca", &[("no CA", no_ca)]);
    let expired: Files<'_> = &[("cert-chain.pem", &["over.pem", "ca.pem", "root.pem"])];
    trap("taken taken", "chain-expired", &[("expired", expired)]);
    let garbage: Files<'_> = &[("cert-chain.pem", &["ca.pem", "garbage.pem"])];
    trap("taken taken", "unreadable-block", &[("chain", garbage)]);
    let garbage: Files<'_> = &[("root-cert.pem", &["root.pem", "garbage.pem"])];
    trap("dropped taken", "unreadable-block", &[("roots", garbage)]);
}

#[test]
fn what_breaks_the_mesh_is_taken_all_the_same() {
    if !has("openssl") {
        return;
    }
    let pki = foreign();
    let cases: &[(&str, Files<'_>)] = &[
        ("no chain", &[("cert-chain.pem", &["nothing"])]),
        ("no CA in the chain", &[("cert-chain.pem", &["root.pem"])]),
        (
            "no keyCertSign",
            &[
                ("ca-cert.pem", &["nosign.pem"]),
                ("cert-chain.pem", &["nosign.pem", "root.pem"]),
            ],
        ),
    ];
    come_to(&pki, "1.30", "taken taken", "loaded", false, cases);
}

#[test]
fn what_does_not_pass_takes_the_whole_update_with_it() {
    if !has("openssl") {
        return;
    }
    let pki = foreign();
    let crl_of_ca: Files<'_> = &[("ca-crl.pem", &["ca.crl"])];
    let dropped = |rule: &str, files: Files<'_>| {
        let start = format!("refused {rule}");
        come_to(
            &pki,
            "1.30",
            "dropped dropped",
            &start,
            false,
            &[(rule, files)],
        );
    };
    dropped("not-valid-now", &[("ca-cert.pem", &["over.pem"])]);
    dropped("key-mismatch", &[("ca-key.pem", &["other.key"])]);
    dropped("crl-missing", crl_of_ca);
    let cases = [("not read", crl_of_ca)];
    come_to(&pki, "1.26", "taken taken", "loaded", true, &cases);
}

#[test]
fn a_crl_that_is_gone_is_not_forgotten() {
    if !has("openssl") {
        return;
    }
    let pki = foreign();
    cluster(&pki, "crls", &[("ca-crl.pem", &["ca.crl", "root.crl"])]);
    for (version, old, new, keeps) in [
        ("1.30", "good", "crls", false),
        ("1.30", "crls", "good", true),
        ("1.26", "crls", "good", false),
    ] {
        let arguments = ["--at", AT, "--istio-version", version, "--from", old, new];
        let (status, change) = json(&pki.0, &arguments);
        assert_eq!((status, &change["keepsCrl"]), (Some(0), &keeps.into()));
    }
    let run = pki
        .0
        .meshpki(["check", "--at", AT, "--from", "crls", "good"]);
    let line = "  the old ca-crl.pem stays in use until istiod is restarted: a running istiod never drops a CRL\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
fn an_istiod_with_a_ca_of_its_own_has_to_be_restarted() {
    let workspace = mesh();
    std::fs::create_dir(workspace.join("nothing")).unwrap();
    let run = workspace.meshpki(["check", "--from", "nothing", "a"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    assert_eq!(
        change(&run),
        "\
from nothing to a, Istio 1.30, ISTIO_MULTIROOT_MESH off, the default: the running istiod drops it, and a restart would have workloads refuse each other
  ISTIO_MULTIROOT_MESH      off            on
  the running istiod        drops it       drops it
  CA and roots in use then  old            old
  istiod at its next start  loads it       loads it
  off and on: it began without a whole set of files, with a CA of its own, and watches none (istio#57853)
  a restart, whenever it comes, loads it without a look at what was there before
  new CA: O = Istio, CN = Intermediate CA, L = a, expires _
    SHA-256 _
  root added: O = Istio, CN = Root CA A, expires _
    SHA-256 _
  remedy 1: apply a, restart istiod (kubectl -n istio-system rollout restart deployment/istiod), then the workloads: those signed under istiod's own CA and those signed under a refuse each other
"
    );
}

#[test]
fn files_that_are_taken_away_leave_istiod_with_a_ca_of_its_own() {
    let workspace = mesh();
    std::fs::create_dir(workspace.join("nothing")).unwrap();
    let reactions = |version: &str, new: &str| {
        let arguments = ["--istio-version", version, "--from", "a", new];
        let (status, change) = json(&workspace, &arguments);
        assert_eq!(status, Some(2), "{change}");
        let start = change["atNextStart"]["answer"].as_str().unwrap().to_owned();
        reactions(&change) + " " + &start
    };
    assert_eq!(reactions("1.30", "nothing"), "dropped dropped ownCa");
    std::fs::remove_file(workspace.join("b/ca-key.pem")).unwrap();
    assert_eq!(reactions("1.26", "b"), "dropped dropped ownCa");
    assert_eq!(reactions("1.27", "b"), "dropped dropped refused");
}

#[test]
fn from_is_for_one_set_of_files_and_one_other() {
    let workspace = mesh();
    let run = workspace.meshpki(["check", "--from", "a", "a", "b"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(64), ""));
    assert!(
        run.stderr
            .starts_with("error: --from OLD is for one INPUT\n"),
        "{}",
        run.stderr
    );
    let run = workspace.meshpki(["check", "--multiroot", "on", "a"]);
    assert_eq!(run.status, Some(64), "{run:#?}");

    let secrets = ["a", "b"].map(|name| workspace.meshpki(["secret", name]).succeeds());
    workspace.write("two.yaml", secrets.join("---\n"));
    workspace.write("one.yaml", &secrets[0]);
    let hint = "hint: give the one that is meant in a file of its own\n";
    for arguments in [["two.yaml", "a"], ["a", "two.yaml"]] {
        let run = workspace.meshpki(["check", "--from"].iter().chain(&arguments));
        let error = format!("error: two.yaml: there are 2 Secrets in it\n{hint}");
        run.fails(1, &error);
    }
    let missing = "error: cannot read missing: No such file or directory (os error 2)\n";
    workspace
        .meshpki(["check", "--from", "missing", "a"])
        .fails(1, missing);
    let run = workspace.meshpki(["check", "--from", "one.yaml", "a"]);
    assert_eq!(run.status, Some(0), "{run:#?}");
    let run = workspace.meshpki(["check", "-q", "--from", "one.yaml", "a"]);
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
}

#[test]
fn remedies_are_commands_for_where_the_old_cluster_is() {
    let workspace = mesh();
    std::fs::create_dir(workspace.join("the mesh")).unwrap();
    std::fs::rename(workspace.join("b"), workspace.join("the mesh/b")).unwrap();
    let run = workspace.meshpki(["check", "--from", "the mesh/b", "a"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let step = "  remedy 1: starting from the mesh/b, trust the new roots beside the old ones: meshpki -C 'the mesh' bundle add NEW-ROOT, meshpki -C 'the mesh' cluster-cacerts --roots-only b;";
    assert!(run.stdout.contains(step), "{}", run.stdout);
    std::fs::remove_file(workspace.join("the mesh/b/ca-key.pem")).unwrap();
    let run = workspace.meshpki(["check", "--from", "a", "the mesh/b"]);
    let step = "  remedy 1: mend the mesh/b first: meshpki check 'the mesh/b'\n";
    assert!(run.stdout.ends_with(step), "{}", run.stdout);
}

#[test]
fn a_folder_with_nothing_in_it_is_no_file_that_does_not_pass() {
    let workspace = mesh();
    std::fs::create_dir(workspace.join("empty")).unwrap();
    let run = workspace.meshpki(["check", "--from", "a", "empty"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let reason = "\n  off and on: it does not pass, and the whole update is dropped: no-files\n";
    assert!(run.stdout.contains(reason), "{}", run.stdout);
}
