//! `meshpki accept --ca-cert`: what a corporate PKI made with the real `openssl` hands over, in any
//! order and form, sorted into the files of a cluster.

mod common;

use std::path::Path;

use common::pki::{CA, Pki};
use common::{Run, Workspace, has};

/// A CA that may sign no other CA.
const LAST_CA: &str = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

const SHORT: [&str; 2] = ["20200101000000Z", "20450101000000Z"];
const LONG: [&str; 2] = ["20200101000000Z", "20500101000000Z"];

/// A root, a policy CA and an issuing CA, and the certificate of the cluster `c1` that asked with
/// c1/ca-csr.pem.
fn corporate() -> Pki {
    let pki = Pki::new();
    pki.issue("root", "/O=Corp/CN=Corp Root", "root", CA);
    pki.issue("policy", "/O=Corp/CN=Policy CA", "root", CA);
    pki.issue("issuing", "/O=Corp/CN=Issuing CA", "policy", CA);
    common::gap::request(&pki.0, &["c1"]);
    certify(&pki, "c1", "issuing", LONG);
    pki
}

/// NAME.pem for what c1/ca-csr.pem asks, by `issuer`.
fn certify(pki: &Pki, name: &str, issuer: &str, [begins, ends]: [&str; 2]) {
    pki.0.write("last.ext", LAST_CA);
    let command = format!(
        "ca -batch -config ca.cnf -in c1/ca-csr.pem -out {name}.pem -notext -startdate {begins} -enddate {ends} -extfile last.ext -keyfile {issuer}.key -cert {issuer}.pem -subj"
    );
    let words = command.split(' ');
    pki.0
        .run("openssl", words.chain(["/O=Istio/CN=Intermediate CA"]));
}

/// `meshpki accept` with these words.
fn accept(workspace: &Workspace, line: &str) -> Run {
    workspace.meshpki(["accept"].into_iter().chain(line.split(' ')))
}

/// The files are the certificates of `chain`, the CA's own first, and of `roots`; check has nothing
/// against them, nor has openssl.
#[track_caller]
fn is_sorted(workspace: &Workspace, chain: &[&str], roots: &[&str]) {
    let texts = |names: &[&str]| {
        let texts = names
            .iter()
            .map(|name| workspace.certificate(&format!("{name}.pem")).to_pem());
        texts.collect::<String>()
    };
    assert_eq!(workspace.read_text("c1/ca-cert.pem"), texts(&chain[..1]));
    assert_eq!(workspace.read_text("c1/cert-chain.pem"), texts(chain));
    assert_eq!(workspace.read_text("c1/root-cert.pem"), texts(roots));
    let check = workspace.meshpki(["check", "-q", "c1"]);
    assert_eq!(check.status, Some(0), "{check:#?}");
    let verify =
        "verify -x509_strict -CAfile c1/root-cert.pem -untrusted c1/cert-chain.pem c1/ca-cert.pem";
    let verdict = workspace.run("openssl", verify.split(' '));
    assert_eq!(verdict, "c1/ca-cert.pem: OK\n");
}

/// What is said on stderr of a heap that is taken.
#[track_caller]
fn notes(workspace: &Workspace, line: &str) -> String {
    let run = accept(workspace, line);
    let stderr = run.stderr.clone();
    run.succeeds();
    stderr
}

/// As before any was accepted.
fn again(workspace: &Workspace) {
    for file in ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"] {
        let _ = std::fs::remove_file(workspace.join("c1").join(file));
    }
}

#[test]
fn every_form_and_order_of_files_gives_the_same() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.join(
        "random.pem",
        &[
            "root.pem",
            "c1.pem",
            "policy.pem",
            "root.pem",
            "issuing.pem",
            "c1.pem",
        ],
    );
    for line in [
        "x509 -in c1.pem -outform DER -out c1.der",
        "x509 -in root.pem -outform DER -out root.der",
        "x509 -in policy.pem -text -out policy.txt",
        "x509 -in root.pem -trustout -addtrust serverAuth -out trusted.pem",
        "crl2pkcs7 -nocrl -certfile random.pem -out all.p7b",
        "crl2pkcs7 -nocrl -certfile random.pem -outform DER -out all.p7c",
        "crl2pkcs7 -nocrl -certfile issuing.pem -certfile policy.pem -outform DER -out two.p7c",
    ] {
        workspace.run("openssl", line.split(' '));
    }
    let quoted = |name: &str| workspace.read_text(name).replace('\n', "\\n");
    workspace.write(
        "secret.json",
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"corp\"}},\"data\":{{\"a\":\"{}\",\"b\":\"{}\"}}}}",
            quoted("policy.pem"),
            quoted("issuing.pem")
        ),
    );
    for line in [
        "--ca-cert c1.pem --chain issuing.pem --chain policy.pem --root root.pem c1",
        "--ca-cert c1.der --chain policy.txt --chain issuing.pem --root root.der c1",
        "--ca-cert random.pem --root trusted.pem c1/",
        "--ca-cert all.p7b --root all.p7c c1",
        "--ca-cert all.p7c --root root.pem --chain root.pem --chain all.p7b c1",
        "--root root.pem --chain two.p7c c1 --ca-cert c1.pem",
        "--ca-cert c1.pem --chain secret.json --root root.pem c1",
    ] {
        let before = workspace.snapshot();
        assert_eq!(notes(workspace, line), "", "{line}");
        is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
        let taken = workspace.snapshot();
        let run = accept(workspace, line);
        assert_eq!(run.succeeds(), "c1: up to date, expires 2050-01-01\n");
        assert!(workspace.snapshot() == taken);
        again(workspace);
        assert!(workspace.snapshot() == before, "{line}");
    }
}

#[test]
fn what_is_said_is_what_was_done() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let run = accept(
        &pki.0,
        "--ca-cert c1.pem --chain issuing.pem --chain policy.pem --root root.pem c1",
    );
    let fingerprint = pki.fingerprint("c1");
    assert_eq!(
        run.succeeds(),
        format!(
            "c1/\n  files        ca-cert.pem ca-csr.pem ca-key.pem cert-chain.pem root-cert.pem\n  subject      O = Istio, CN = Intermediate CA\n  key          ECDSA P-256\n  SHA-256      {fingerprint}\n  expires      2050-01-01\n  issuer       O = Corp, CN = Issuing CA\n  root         O = Corp, CN = Corp Root, expires 2050-01-01\n"
        )
    );
}

#[test]
fn what_is_not_needed_is_named() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.issue("other", "/O=Corp/CN=Other Root", "other", CA);
    pki.issue("twin", "/O=Corp/CN=Policy CA", "root", CA);
    pki.join(
        "heap.pem",
        &[
            "other.pem",
            "issuing.pem",
            "twin.pem",
            "other.key",
            "policy.pem",
        ],
    );
    let line = "--ca-cert c1.pem --chain heap.pem --root root.pem c1";
    let place = |block: &str| {
        let text = workspace.read_text("heap.pem");
        let before = &text[..text.find(&workspace.read_text(block)).unwrap()];
        format!("heap.pem, line {}", before.lines().count() + 1)
    };
    assert_eq!(
        notes(workspace, line),
        format!(
            "not needed: O = Corp, CN = Other Root ({}), O = Corp, CN = Policy CA ({}), a private key ({})\n",
            place("other.pem"),
            place("twin.pem"),
            place("other.key")
        )
    );
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn the_chain_goes_without_its_root_if_the_settings_say_so() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    workspace.write(
        "meshpki.toml",
        "[cluster-cacerts]\nchain-with-root = false\n",
    );
    pki.join("heap.pem", &["root.pem", "issuing.pem", "policy.pem"]);
    let line = "--ca-cert c1.pem --chain heap.pem --root root.pem c1";
    assert_eq!(notes(workspace, line), "");
    is_sorted(workspace, &["c1", "issuing", "policy"], &["root"]);
}

#[test]
fn of_ways_that_cross_the_one_to_the_trusted_root_is_taken() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.issue("new", "/O=Corp/CN=New Root", "new", CA);
    // The new root certifies the policy CA too, and each root the other.
    let policy = "/O=Corp/CN=Policy CA";
    pki.issue_between("crossed", "policy", policy, "new", CA, LONG);
    pki.issue_between("rootbynew", "root", "/O=Corp/CN=Corp Root", "new", CA, LONG);
    pki.issue_between("newbyroot", "new", "/O=Corp/CN=New Root", "root", CA, LONG);
    pki.join(
        "heap.pem",
        &[
            "newbyroot.pem",
            "crossed.pem",
            "rootbynew.pem",
            "issuing.pem",
            "policy.pem",
        ],
    );
    for (root, above) in [("root", "policy"), ("new", "crossed")] {
        let line = format!("--ca-cert c1.pem --chain heap.pem --root {root}.pem c1");
        let notes = notes(workspace, &line);
        assert!(notes.starts_with("not needed: O = Corp, CN = "), "{notes}");
        is_sorted(workspace, &["c1", "issuing", above, root], &[root]);
        again(workspace);
    }
    // Both are to be trusted: the path ends at the one, and the other stands behind it.
    pki.join("roots.pem", &["new.pem", "root.pem"]);
    let said = notes(
        workspace,
        "--ca-cert c1.pem --chain heap.pem --root roots.pem c1",
    );
    let ways = ["New", "Corp"].map(|root| format!("O = Corp, CN = {root} Root"));
    let is_told = |[one, other]: [&String; 2]| {
        said.starts_with(&format!(
            "the path ends at {one}; trusted too, as --root says: {other}\n"
        ))
    };
    let [one, other] = &ways;
    assert!(is_told([one, other]) || is_told([other, one]), "{said}");
    let text = workspace.read_text("c1/root-cert.pem");
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
    let run = accept(
        workspace,
        "--ca-cert c1.pem --chain heap.pem --root roots.pem c1",
    );
    assert_eq!(run.succeeds(), "c1: up to date, expires 2050-01-01\n");
}

#[test]
fn of_several_certificates_for_the_key_the_one_that_lasts_is_taken() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    certify(&pki, "short", "issuing", SHORT);
    // This one would last, and its issuer does not.
    pki.issue_between(
        "brief",
        "issuing",
        "/O=Corp/CN=Issuing CA",
        "policy",
        CA,
        SHORT,
    );
    pki.join(
        "heap.pem",
        &[
            "short.pem",
            "c1.pem",
            "brief.pem",
            "issuing.pem",
            "policy.pem",
        ],
    );
    let start = "several certificates are for the key: taken is heap.pem, line ";
    let said = notes(workspace, "--ca-cert heap.pem --root root.pem c1");
    assert!(said.starts_with(start), "{said}");
    assert!(
        said.contains(", expires 2050-01-01; left is heap.pem, line 1, expires 2045-01-01\nnot needed: O = Corp, CN = Issuing CA (heap.pem, line "),
        "{said}"
    );
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn a_certificate_that_istiod_refuses_gives_way_to_one_that_it_takes() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    // Nothing below it could serve TLS.
    workspace.write(
        "last.ext",
        format!("{LAST_CA}extendedKeyUsage=codeSigning\n"),
    );
    let command = "ca -batch -config ca.cnf -in c1/ca-csr.pem -out bad.pem -notext -startdate 20200101000000Z -enddate 20500101000000Z -extfile last.ext -keyfile policy.key -cert policy.pem -subj";
    workspace.run("openssl", command.split(' ').chain(["/O=Istio/CN=Bad"]));
    pki.join(
        "heap.pem",
        &["bad.pem", "c1.pem", "issuing.pem", "policy.pem"],
    );
    notes(workspace, "--ca-cert heap.pem --root root.pem c1");
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn four_tiers_and_a_fifth_are_in_order() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.issue("team", "/O=Corp/CN=Team CA", "issuing", CA);
    certify(&pki, "deep", "team", LONG);
    pki.join(
        "heap.pem",
        &["policy.pem", "team.pem", "root.pem", "issuing.pem"],
    );
    assert_eq!(
        notes(
            workspace,
            "--ca-cert deep.pem --chain heap.pem --root root.pem c1"
        ),
        ""
    );
    is_sorted(
        workspace,
        &["deep", "team", "issuing", "policy", "root"],
        &["root"],
    );
}

#[test]
fn an_intermediate_is_the_anchor_if_no_root_is_there_and_it_is_said_what_that_means() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    let said = notes(
        workspace,
        "--ca-cert c1.pem --chain issuing.pem --root policy.pem c1",
    );
    assert_eq!(
        said,
        "warning: c1/root-cert.pem: O = Corp, CN = Policy CA is issued by O = Corp, CN = Corp Root, and is no root: whatever that CA has issued is trusted; verifiers that go on to a root refuse it\n"
    );
    assert_eq!(
        workspace.read("c1/root-cert.pem"),
        workspace.certificate("policy.pem").to_pem().into_bytes()
    );
    let chain = workspace.read_text("c1/cert-chain.pem");
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 3);
    let verify = "verify -partial_chain -CAfile c1/root-cert.pem -untrusted c1/cert-chain.pem c1/ca-cert.pem";
    let verdict = workspace.run("openssl", verify.split(' '));
    assert_eq!(verdict, "c1/ca-cert.pem: OK\n");
    // With the root beside it, the path goes on.
    again(workspace);
    pki.join("both.pem", &["policy.pem", "root.pem"]);
    notes(
        workspace,
        "--ca-cert c1.pem --chain issuing.pem --root both.pem c1",
    );
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn without_root_it_is_pinned_as_for_an_archive() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.issue("other", "/O=Corp/CN=Other Root", "other", CA);
    pki.join(
        "heap.pem",
        &["other.pem", "root.pem", "issuing.pem", "policy.pem"],
    );
    let chain = &["c1", "issuing", "policy", "root"];
    let digest = pki.fingerprint("root");
    let line = format!("--ca-cert c1.pem --chain heap.pem --root-sha256 {digest} c1");
    notes(workspace, &line);
    is_sorted(workspace, chain, &["root"]);

    // The mesh's own file goes there as it is, though the path needs one root of it.
    again(workspace);
    pki.join("root-cert.pem", &["other.pem", "root.pem"]);
    notes(workspace, "--ca-cert c1.pem --chain heap.pem c1");
    assert_eq!(
        workspace.read("c1/root-cert.pem"),
        workspace.read("root-cert.pem")
    );

    again(workspace);
    std::fs::remove_file(workspace.join("root-cert.pem")).unwrap();
    workspace.write("c1/root-cert.pem", workspace.read("root.pem"));
    notes(
        workspace,
        "--ca-cert c1.pem --chain issuing.pem --chain policy.pem c1",
    );
    is_sorted(workspace, chain, &["root"]);
    assert!(!Path::new("root-cert.pem").exists());
}

#[test]
fn a_key_of_openssls_and_a_request_of_its_own_will_do() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    let workspace = &pki.0;
    pki.issue("root", "/O=Corp/CN=Corp Root", "root", CA);
    std::fs::create_dir(workspace.join("c1")).unwrap();
    for line in [
        "ecparam -name secp384r1 -genkey -noout -out c1/ca-key.pem",
        "req -new -config ca.cnf -key c1/ca-key.pem -out c1/ca-csr.pem -subj /O=Any",
    ] {
        workspace.run("openssl", line.split(' '));
    }
    common::foreign::make_private(workspace, "c1/ca-key.pem");
    certify(&pki, "c1", "root", LONG);
    let key = workspace.read("c1/ca-key.pem");
    assert_eq!(notes(workspace, "--ca-cert c1.pem --root root.pem c1"), "");
    is_sorted(workspace, &["c1", "root"], &["root"]);
    assert_eq!(workspace.read("c1/ca-key.pem"), key);
}

#[test]
fn a_key_that_waits_is_found_first() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.join("above.pem", &["issuing.pem", "policy.pem"]);
    notes(
        workspace,
        "--ca-cert c1.pem --chain above.pem --root root.pem c1",
    );
    common::gap::request(workspace, &["--rekey", "c1"]);
    let next = workspace.read("c1/ca-key.next.pem");
    certify(&pki, "next", "issuing", LONG);
    let said = notes(
        workspace,
        "--ca-cert next.pem --chain c1.pem --chain above.pem --root root.pem c1",
    );
    assert_eq!(
        said,
        "not needed: O = Istio, CN = Intermediate CA (c1.pem, line 1)\n"
    );
    assert_eq!(workspace.read("c1/ca-key.pem"), next);
    is_sorted(workspace, &["next", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn a_certificate_may_come_on_stdin() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    pki.join("above.pem", &["issuing.pem", "policy.pem"]);
    let mut command = workspace.meshpki_command();
    command.args("accept --ca-cert - --chain above.pem --root root.pem c1".split(' '));
    Run::fed(&mut command, &workspace.read("c1.pem")).succeeds();
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}

#[test]
fn what_cannot_be_read_is_passed_over_if_it_is_not_needed() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let workspace = &pki.0;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    workspace.write("broken.pem", broken);
    pki.join("above.pem", &["broken.pem", "issuing.pem", "policy.pem"]);
    let said = notes(
        workspace,
        "--ca-cert c1.pem --chain above.pem --root root.pem c1",
    );
    assert!(said.starts_with("warning: above.pem, line 1: "), "{said}");
    assert!(said.ends_with("; it is passed over\n"), "{said}");
    is_sorted(workspace, &["c1", "issuing", "policy", "root"], &["root"]);
}
