//! `meshpki check --from`: what a running istiod does with new files.

mod common;

use common::roots::{self, plain, root, run};
use common::{Run, Workspace};
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
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(key, mode).unwrap();
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
fn answers(workspace: &Workspace, old: &str, new: &str, version: &str) -> String {
    let arguments = ["--istio-version", version, "--from", old, new];
    let (_, change) = json(workspace, &arguments);
    let answer = |setting: &str| {
        change["running"][setting]["answer"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    answer("off") + " " + &answer("on")
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
  remedy 1: trust the new roots beside the old ones: meshpki bundle add NEW-ROOT, meshpki cluster-cacerts --roots-only b; apply the Secret everywhere, and go on when it is in use
  remedy 2: sign under the new root: put its key into root-key.pem, meshpki cluster-cacerts --renew b; apply the Secret, and wait until the old certificates are out of use (24 hours by default)
  remedy 3: trust the new roots alone: meshpki bundle remove OLD-ROOT, meshpki cluster-cacerts --roots-only b; apply the Secret
"
    );
}
