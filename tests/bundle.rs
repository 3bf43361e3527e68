//! `meshpki bundle`: root-cert.pem from one root to the next.

mod common;

use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use common::{Run, Workspace, foreign, has, ignores};
use meshpki::pki::certificate::Certificate;
use meshpki::pki::validity::date;

/// One with root A, in which the certificate of another root is `B.pem`, and so on.
fn with_others(names: &[&str]) -> Workspace {
    let workspace = Workspace::with_root("A");
    for name in names {
        let root = Workspace::with_root(name).read("root-cert.pem");
        workspace.write(format!("{name}.pem"), root);
    }
    workspace
}

fn bundle(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["bundle"].iter().chain(arguments))
}

/// What is told of the roots in root-cert.pem.
fn listed(workspace: &Workspace) -> String {
    let roots = Certificate::all_from_pem(&workspace.read("root-cert.pem")).unwrap();
    let lines = roots
        .iter()
        .map(|root| format!("  {}, expires {}\n", root.subject(), date(root.not_after())));
    ["root-cert.pem\n".to_owned()]
        .into_iter()
        .chain(lines)
        .collect()
}

#[test]
fn a_mesh_walks_from_one_root_to_the_next() {
    let workspace = Workspace::with_root("A");
    let next = Workspace::with_root("B");
    let next_file = next.join("root-cert.pem");
    let next_file = next_file.to_str().unwrap();
    let clusters = ["c1", "c2"];
    let issue = ["cluster-cacerts", "--key-type", "p256"];
    workspace.meshpki(issue.iter().chain(&clusters)).succeeds();
    let [a, b] = [&workspace, &next].map(|folder| folder.read_text("root-cert.pem"));
    workspace.write("a.pem", &a);
    let all = |flag: &str| {
        let command = ["cluster-cacerts", flag];
        workspace
            .meshpki(command.iter().chain(&clusters))
            .succeeds();
    };
    let roots_are = |expected: &str| {
        for cluster in clusters {
            assert_eq!(
                workspace.read_text(format!("{cluster}/root-cert.pem")),
                expected
            );
            if has("openssl") {
                let ca = format!("{cluster}/ca-cert.pem");
                let roots = format!("{cluster}/root-cert.pem");
                let verify = ["verify", "-x509_strict", "-CAfile", &roots, &ca];
                assert_eq!(workspace.run("openssl", verify), format!("{ca}: OK\n"));
            }
        }
    };
    roots_are(&a);

    let run = bundle(&workspace, &["add", next_file]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.succeeds(), listed(&workspace));
    assert_eq!(workspace.mode("root-cert.pem"), 0o644);
    let both = a.clone() + &b;
    assert_eq!(workspace.read_text("root-cert.pem"), both);
    all("--roots-only");
    roots_are(&both);

    let before = workspace.snapshot();
    bundle(&workspace, &["remove", "a.pem"]).fails(
        1,
        "error: O = Istio, CN = A is the root that root-key.pem signs with\n\
         hint: put the key of the root that is to stay in the place of root-key.pem first\n",
    );
    assert_eq!(workspace.snapshot(), before);

    std::fs::copy(next.join("root-key.pem"), workspace.join("root-key.pem")).unwrap();
    all("--renew");
    roots_are(&both);
    let ca = workspace.read_text("c1/ca-cert.pem");
    assert_eq!(workspace.read_text("c1/cert-chain.pem"), ca + &b);

    assert_eq!(
        bundle(&workspace, &["remove", "a.pem"]).succeeds(),
        listed(&workspace)
    );
    assert_eq!(workspace.read_text("root-cert.pem"), b);
    all("--roots-only");
    roots_are(&b);
    let said = workspace.meshpki(issue.iter().chain(&clusters)).succeeds();
    assert_eq!(said.matches(": up to date, expires ").count(), 2, "{said}");
}

#[test]
fn what_stays_stays_byte_for_byte() {
    let workspace = with_others(&["B"]);
    let [a, b] = ["root-cert.pem", "B.pem"].map(|file| workspace.read_text(file));
    for before in [
        format!("# ours\r\n{}", a.replace('\n', "\r\n")),
        format!("{a}\n\n# the end"),
        a.trim_end().to_owned(),
    ] {
        workspace.write("root-cert.pem", &before);
        bundle(&workspace, &["add", "B.pem"]).succeeds();
        let line_feed = if before.ends_with('\n') { "" } else { "\n" };
        let both = format!("{before}{line_feed}{b}");
        assert_eq!(workspace.read_text("root-cert.pem"), both);
    }
    workspace.write("root-cert.pem", format!("# old\n{b}\n# ours\n{a}# the end"));
    bundle(&workspace, &["remove", "B.pem"]).succeeds();
    assert_eq!(
        workspace.read_text("root-cert.pem"),
        format!("\n# ours\n{a}# the end")
    );
}

#[test]
fn what_is_there_already_or_not_there_is_said_and_no_change() {
    let workspace = with_others(&["B"]);
    let before = workspace.snapshot();
    for (arguments, said) in [
        (
            ["add", "root-cert.pem"],
            "O = Istio, CN = A is in root-cert.pem already\n",
        ),
        (
            ["remove", "B.pem"],
            "O = Istio, CN = B is not in root-cert.pem\n",
        ),
    ] {
        let run = bundle(&workspace, &arguments);
        assert_eq!(run.stderr, said);
        assert_eq!(run.succeeds(), listed(&workspace));
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_root_that_stands_twice_in_a_file_is_added_once_and_removed_wholly() {
    let workspace = with_others(&["B"]);
    let [a, b] = ["root-cert.pem", "B.pem"].map(|file| workspace.read_text(file));
    workspace.write("twice.pem", format!("{b}{b}"));
    let run = bundle(&workspace, &["add", "twice.pem"]);
    assert_eq!(
        run.stderr,
        "O = Istio, CN = B is in root-cert.pem already\n"
    );
    run.succeeds();
    assert_eq!(workspace.read_text("root-cert.pem"), format!("{a}{b}"));
    workspace.write("root-cert.pem", format!("{a}{b}{b}"));
    bundle(&workspace, &["remove", "B.pem"]).succeeds();
    assert_eq!(workspace.read_text("root-cert.pem"), a);
}

#[test]
fn several_roots_come_and_go_at_once_from_stdin_too() {
    let workspace = with_others(&["B", "C"]);
    let [a, b, c] = ["root-cert.pem", "B.pem", "C.pem"].map(|file| workspace.read_text(file));
    let mut command = workspace.meshpki_command();
    command.args(["bundle", "add", "-"]).stdin(Stdio::piped());
    let mut adding = command.stdout(Stdio::null()).spawn().unwrap();
    let mut stdin = adding.stdin.take().unwrap();
    stdin.write_all(format!("{b}{c}").as_bytes()).unwrap();
    drop(stdin);
    assert!(adding.wait().unwrap().success());
    assert_eq!(workspace.read_text("root-cert.pem"), format!("{a}{b}{c}"));
    workspace.write("both.pem", format!("{c}{b}"));
    bundle(&workspace, &["remove", "both.pem"]).succeeds();
    assert_eq!(workspace.read_text("root-cert.pem"), a);
}

#[test]
fn a_root_in_der_is_taken_too() {
    let workspace = with_others(&["B"]);
    let b = workspace.certificate("B.pem");
    workspace.write("b.der", b.der());
    let before = workspace.snapshot();
    let run = bundle(&workspace, &["add", "b.der"]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.succeeds(), listed(&workspace));
    assert!(workspace.read_text("root-cert.pem").contains(&b.to_pem()));
    bundle(&workspace, &["remove", "b.der"]).succeeds();
    assert_eq!(workspace.snapshot(), before);
    workspace.write("b.der", &b.der()[1..]);
    bundle(&workspace, &["add", "b.der"]).fails(
        1,
        "error: b.der: there is no certificate in it\nhint: name a file with a CA certificate in it, in PEM or DER\n",
    );
    let mut command = workspace.meshpki_command();
    let empty = command.args(["bundle", "add", "-"]).stdin(Stdio::null());
    Run::from(empty.output().unwrap()).fails(
        1,
        "error: stdin: there is no certificate in it\nhint: name a file with a CA certificate in it, in PEM or DER\n",
    );
}

#[test]
fn a_gap_between_roots_is_warned_of() {
    let workspace = with_others(&["B", "C"]);
    bundle(&workspace, &["add", "B.pem"]).succeeds();
    bundle(&workspace, &["add", "C.pem"]).succeeds();
    let run = bundle(&workspace, &["remove", "B.pem"]);
    assert_eq!(
        run.stderr,
        "warning: what is left stood apart before: Istio 1.20 to 1.29 takes the change after a restart of istiod alone\n"
    );
    run.succeeds();
}

#[test]
fn what_no_bundle_can_hold_is_refused() {
    let workspace = with_others(&["B"]);
    workspace.write("garbage.pem", "garbage\n");
    let key = workspace.read("root-key.pem");
    workspace.write("key.pem", key);
    let before = workspace.snapshot();
    let a_ca = "hint: name a file with a CA certificate in it, in PEM or DER\n";
    for (arguments, stderr) in [
        (
            ["add", "garbage.pem"],
            format!("error: garbage.pem: there is no certificate in it\n{a_ca}"),
        ),
        (
            ["remove", "key.pem"],
            format!("error: key.pem: there is no certificate in it\n{a_ca}"),
        ),
        (
            ["add", "missing.pem"],
            "error: cannot read missing.pem: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        bundle(&workspace, &arguments).fails(1, &stderr);
    }
    assert_eq!(workspace.snapshot(), before);

    std::fs::remove_file(workspace.join("root-key.pem")).unwrap();
    let before = workspace.snapshot();
    bundle(&workspace, &["remove", "root-cert.pem"]).fails(
        1,
        "error: O = Istio, CN = A is the only root in root-cert.pem\n\
         hint: add its successor first: meshpki bundle add CERT\n",
    );
    assert_eq!(workspace.snapshot(), before);

    std::fs::remove_file(workspace.join("root-cert.pem")).unwrap();
    let before = workspace.snapshot();
    bundle(&workspace, &["add", "B.pem"]).fails(
        1,
        "error: there is no root-cert.pem\nhint: make a root first: meshpki root-ca\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_bundle_that_istiod_would_not_read_is_left_alone() {
    let workspace = with_others(&["B"]);
    let [a, key] = ["root-cert.pem", "root-key.pem"].map(|file| workspace.read_text(file));
    let second = a.lines().count() + 1;
    for (text, reason, hint) in [
        (
            format!("{}{a}", a.trim_end()),
            "the BEGIN or END line of the block on line 1 has other text or a byte order mark on it: istiod does not see such a block".to_owned(),
            "give the BEGIN line and the END line a line of their own, without a byte order mark",
        ),
        (
            format!("{a}{key}"),
            format!("there is a private key on line {second}: istiod would send it to every namespace"),
            "remove the block, and take the key for known to all who could read the file",
        ),
        (
            format!("{a}-----BEGIN CERTIFICATE-----\n"),
            format!("the CERTIFICATE block on line {second} cannot be read: it has no END line"),
            "keep the CERTIFICATE blocks of the mesh's roots, and nothing else",
        ),
    ] {
        workspace.write("root-cert.pem", text);
        let before = workspace.snapshot();
        for change in ["add", "remove"] {
            bundle(&workspace, &[change, "B.pem"])
                .fails(1, &format!("error: root-cert.pem: {reason}\nhint: {hint}\n"));
        }
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_link_is_not_replaced_by_a_file() {
    let workspace = with_others(&["B"]);
    std::fs::rename(workspace.join("root-cert.pem"), workspace.join("real.pem")).unwrap();
    symlink("real.pem", workspace.join("root-cert.pem")).unwrap();
    let before = workspace.snapshot();
    bundle(&workspace, &["add", "B.pem"]).fails(
        1,
        "error: root-cert.pem is a symbolic link: the change would put a file in its place\n\
         hint: work in the folder of the file that it points to: meshpki -C DIR bundle\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_certificate_that_is_no_ca_is_refused() {
    if !has("openssl") {
        return;
    }
    let leaf = foreign::root("CN = leaf", "basicConstraints = CA:FALSE");
    let workspace = Workspace::with_root("A");
    workspace.write("leaf.pem", leaf.read("root-cert.pem"));
    let before = workspace.snapshot();
    bundle(&workspace, &["add", "leaf.pem"]).fails(
        1,
        "error: CN = leaf is not a CA certificate\n\
         hint: a trust anchor has basicConstraints CA:TRUE\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

/// A root that was issued anew for the same key: the old certificate may go, and the last may not.
#[test]
fn the_signing_roots_older_certificate_can_be_removed() {
    if !has("openssl") {
        return;
    }
    let workspace = foreign::root("CN = root", foreign::CA);
    let old = workspace.read_text("root-cert.pem");
    foreign::certificate(&workspace, b"", b"CN = root", foreign::CA);
    let new = workspace.read_text("root-cert.pem");
    workspace.write("old.pem", &old);
    workspace.write("new.pem", &new);
    workspace.write("both.pem", format!("{old}{new}"));
    workspace.write("root-cert.pem", format!("{old}{new}"));
    bundle(&workspace, &["remove", "both.pem"]).fails(
        1,
        "error: CN = root is the root that root-key.pem signs with\n\
         hint: put the key of the root that is to stay in the place of root-key.pem first\n",
    );
    bundle(&workspace, &["remove", "old.pem"]).succeeds();
    assert_eq!(workspace.read_text("root-cert.pem"), new);
    bundle(&workspace, &["remove", "old.pem"]).succeeds();
    assert_eq!(workspace.read_text("root-cert.pem"), new);
}

#[test]
fn a_root_that_has_expired_is_warned_of() {
    use meshpki::mesh::profile;
    use meshpki::pki::authority::CertificateAuthority;
    use meshpki::pki::key::{KeySpec, PrivateKey};
    use meshpki::pki::name::{Attribute, DistinguishedName};
    use meshpki::pki::validity::Validity;
    use time::macros::datetime;

    let subject = DistinguishedName::new([(Attribute::CommonName, "old")]).unwrap();
    let [from, until] = [
        datetime!(2001-01-01 0:00 UTC),
        datetime!(2011-01-01 0:00 UTC),
    ];
    let spec = profile::root_ca(subject, Validity::new(from, until).unwrap(), None);
    let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let root = CertificateAuthority::self_signed(&spec, key).unwrap();
    let workspace = Workspace::with_root("A");
    workspace.write("old.pem", root.certificate().to_pem());
    let run = bundle(&workspace, &["add", "old.pem"]);
    assert_eq!(
        run.stderr,
        "warning: CN = old is valid from 2001-01-01 to 2011-01-01, and not now\n"
    );
    assert_eq!(run.succeeds(), listed(&workspace));
}

#[test]
fn a_run_that_waits_for_its_input_can_be_stopped() {
    use std::os::unix::process::ExitStatusExt;

    use rustix::process::{Pid, Signal, kill_process};

    if ignores(Signal::TERM.as_raw()) {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let before = workspace.snapshot();
    let mut command = workspace.meshpki_command();
    command.args(["bundle", "add", "-"]).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    // Its stdin is open still.
    let stdin = child.stdin.take();
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    drop(stdin);
    assert_eq!(workspace.snapshot(), before);
}
