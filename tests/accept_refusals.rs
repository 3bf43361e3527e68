//! What `meshpki accept` refuses, and that it leaves everything as it was.

mod common;

use common::gap::{self, Ca, answer, request};
use common::pki::{CA, LEAF, Pki};
use common::{Workspace, has};
use meshpki::mesh::archive::Requests;

const USAGE: &str = "\n\nUsage: meshpki accept [OPTIONS] <ARCHIVE> [NAME]...\n       meshpki accept [OPTIONS] --ca-cert <CERT> [--chain <CHAIN>]... [--root <ROOT>]... <NAME>\n\nFor more information, try '--help'.\n";

/// Clusters that have asked, the root that they have trusted before, and signed.tar.
fn answered(names: &[&str]) -> (Workspace, Ca) {
    let workspace = Workspace::new();
    request(&workspace, names);
    let root = Ca::root("Root CA");
    workspace.write("root-cert.pem", root.certificate().to_pem());
    answer(&workspace, &root, names, 2020);
    (workspace, root)
}

/// It is refused with `status` and exactly this on stderr, and leaves all as it was.
#[track_caller]
fn refused(workspace: &Workspace, line: &str, status: i32, stderr: &str) {
    let before = workspace.snapshot();
    let run = workspace.meshpki(["accept", "-q"].into_iter().chain(line.split(' ')));
    assert_eq!(run.stderr, stderr);
    assert_eq!((run.status, run.stdout.as_str()), (Some(status), ""));
    assert!(workspace.snapshot() == before);
}

/// The SHA-256 of the public key in a file of PEM, as openssl and sha256sum say.
fn spki_of(workspace: &Workspace, command: &str) -> String {
    let line = format!("{command} | openssl pkey -pubin -outform DER | sha256sum");
    let printed = workspace.run("sh", ["-c", &line]);
    printed.split(' ').next().unwrap().to_owned()
}

#[test]
fn arguments_that_make_no_sense_together_are_a_usage_error() {
    let (workspace, _) = answered(&["a"]);
    for (line, message) in [
        (
            "--ca-cert x signed.tar a",
            "with --ca-cert there is no archive, and one NAME",
        ),
        (
            "--ca-cert x",
            "with --ca-cert the NAME of the cluster is needed",
        ),
        (
            "--ca-cert x ../a",
            "with --ca-cert: \"../a\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it",
        ),
        (
            "--ca-cert - --root - a",
            "stdin can be one file, and no more",
        ),
    ] {
        refused(&workspace, line, 64, &format!("error: {message}{USAGE}"));
    }
    for (line, start) in [
        (
            "--chain x a",
            "error: the following required arguments were not provided:\n  --ca-cert <CERT>\n",
        ),
        (
            "--root x a",
            "error: the following required arguments were not provided:\n  --ca-cert <CERT>\n",
        ),
        (
            "--root-sha256 3f:9a signed.tar",
            "error: invalid value '3f:9a' for '--root-sha256 <DIGEST>': it is not a SHA-256 digest: ",
        ),
        (
            "signed.tar ../a",
            "error: invalid value '../a' for '[NAME]...': ",
        ),
    ] {
        let run = workspace.meshpki(["accept"].into_iter().chain(line.split(' ')));
        assert_eq!(run.status, Some(64));
        assert!(run.stderr.starts_with(start), "{run:#?}");
    }
    let run = workspace.meshpki(["accept"]);
    assert_eq!(run.status, Some(64));
}

#[test]
fn what_is_no_archive_of_certificates_is_named() {
    let (workspace, _) = answered(&["a"]);
    let requests = vec![("a".parse().unwrap(), workspace.read("a/ca-csr.pem"))];
    let requests = Requests::new(requests).unwrap().pack().0;
    workspace.write("requests.tar", requests);
    workspace.write("empty", "");
    workspace.write("text", "hello\n");
    let elsewhere =
        "hint: certificates from elsewhere: meshpki accept --ca-cert CERT --root ROOT NAME\n";
    for (file, what) in [
        ("empty", "it is empty"),
        ("text", "it is text without a PEM block"),
        ("root-cert.pem", "it is PEM"),
    ] {
        let stderr =
            format!("error: {file}: it is no archive of meshpki sign: {what}\n{elsewhere}");
        refused(&workspace, file, 1, &stderr);
    }
    refused(
        &workspace,
        "missing.tar",
        1,
        "error: cannot read missing.tar: No such file or directory (os error 2)\n",
    );
    refused(&workspace, "a", 1, "error: cannot read a: it is a folder\n");
    refused(
        &workspace,
        "requests.tar",
        1,
        "error: requests.tar: it holds requests, and no certificates that were signed\n\
         hint: it is for the folder of the root: meshpki sign requests.tar\n",
    );
}

#[test]
fn an_archive_that_was_changed_is_refused_as_a_whole() {
    let (workspace, _) = answered(&["a", "b"]);
    let archive = workspace.read("signed.tar");
    let hint = "\nhint: nothing of it is taken: have it carried over again, or signed again\n";
    // Somewhere in each part.
    for place in (0..archive.len()).step_by(509) {
        let mut changed = archive.clone();
        changed[place] ^= 1;
        workspace.write("signed.tar", &changed);
        let before = workspace.snapshot();
        let run = workspace.meshpki(["accept", "signed.tar"]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{place}");
        assert!(run.stderr.starts_with("error: signed.tar: "), "{run:#?}");
        let is_told = run.stderr.ends_with(hint) || run.stderr.contains("it is no archive");
        assert!(is_told, "{run:#?}");
        assert!(workspace.snapshot() == before);
    }
}

#[test]
fn another_manifest_than_the_one_that_was_read_out_is_refused() {
    let (workspace, _) = answered(&["a"]);
    let digest = gap::manifest(&workspace.read("signed.tar"));
    let other = "5".repeat(64);
    refused(
        &workspace,
        &format!("--manifest-sha256 {other} signed.tar"),
        1,
        &format!(
            "error: signed.tar: the SHA-256 of its manifest is {digest}, and --manifest-sha256 says {other}\n\
             hint: it is another archive, or was changed on its way: have it carried over again\n"
        ),
    );
}

#[test]
fn a_root_that_nobody_has_pinned_is_refused_with_the_fingerprint_to_compare() {
    let (workspace, root) = answered(&["a", "b"]);
    let fingerprint = root.fingerprint();
    let hint = format!(
        "hint: compare the SHA-256 with what whoever keeps the root reads out, and if it is the same, add: --root-sha256 {fingerprint}\n"
    );
    let is = format!("O = Istio, CN = Root CA, SHA-256 {fingerprint}\n{hint}");
    std::fs::rename(workspace.join("root-cert.pem"), workspace.join("mine.pem")).unwrap();
    // Once, and not for each cluster.
    refused(
        &workspace,
        "signed.tar",
        1,
        &format!("error: nothing here says that this is the mesh's root: {is}"),
    );
    let zeros = "0".repeat(64);
    // With the option in the hint, nobody would compare it.
    let stderr = format!(
        "error: the root is none of --root-sha256: O = Istio, CN = Root CA, SHA-256 {fingerprint}\n\
         hint: do not go on: it is not the root that was compared: ask whoever keeps the root\n"
    );
    let line = format!("--root-sha256 {zeros} signed.tar");
    refused(&workspace, &line, 1, &stderr);
    // What is not in the archive is told before it.
    let none = "error: c: signed.tar has no certificate of it\nhint: in it are a, b\n";
    refused(
        &workspace,
        &(line.clone() + " a c"),
        1,
        &(none.to_owned() + &stderr),
    );
    refused(&workspace, &(line + " c"), 1, none);
    let is = format!(
        "O = Istio, CN = Root CA, SHA-256 {fingerprint}\n\
         hint: do not go on unless a new root was announced: compare the SHA-256 with what whoever keeps the root reads out, and only if it is the same, add: --root-sha256 {fingerprint}\n"
    );
    let other = Ca::root("Root CA").certificate().to_pem();
    workspace.write("b/root-cert.pem", &other);
    refused(
        &workspace,
        "signed.tar b",
        1,
        &format!("error: b: the root is not in b/root-cert.pem: {is}"),
    );
    workspace.write("root-cert.pem", &other);
    refused(
        &workspace,
        "signed.tar b",
        1,
        &format!("error: b: the root is not in root-cert.pem or b/root-cert.pem: {is}"),
    );
    std::fs::remove_file(workspace.join("b/root-cert.pem")).unwrap();
    refused(
        &workspace,
        "signed.tar",
        1,
        &format!("error: the root is not in root-cert.pem: {is}"),
    );
    workspace.write("root-cert.pem", "");
    refused(
        &workspace,
        "signed.tar",
        1,
        "error: root-cert.pem: there is no certificate in it\n\
         hint: write the root's certificate into it, in PEM\n",
    );
}

#[test]
fn every_root_that_would_be_trusted_has_to_be_pinned() {
    let (workspace, root) = answered(&["a"]);
    let second = Ca::root("Second");
    let certificate = root.certify(&workspace, "a", "ca-key.pem", 2020);
    let chain = [&certificate, root.certificate()];
    workspace.write(
        "signed.tar",
        gap::archive(&[("a", &chain)], &[&root, &second]),
    );
    let [one, other] = [&root, &second].map(Ca::fingerprint);
    refused(
        &workspace,
        "signed.tar",
        1,
        &format!(
            "error: the root is not in root-cert.pem: O = Istio, CN = Second, SHA-256 {other}\n\
             hint: do not go on unless a new root was announced: compare the SHA-256 with what whoever keeps the root reads out, and only if it is the same, add: --root-sha256 {one} --root-sha256 {other}\n"
        ),
    );
    refused(
        &workspace,
        &format!("--root-sha256 {one} signed.tar"),
        1,
        &format!(
            "error: the root is none of --root-sha256: O = Istio, CN = Second, SHA-256 {other}\n\
             hint: each root that is to be trusted needs its own --root-sha256: compare the SHA-256 with what whoever keeps the root reads out, and only if it is the same, add: --root-sha256 {other}\n"
        ),
    );
}

#[test]
fn a_certificate_for_another_key_names_both() {
    if !has("openssl") {
        return;
    }
    let (workspace, root) = answered(&["a", "b"]);
    // Those of a and b, exchanged.
    let [a, b] = [("a", "b"), ("b", "a")]
        .map(|(_, other)| root.certify(&workspace, other, "ca-key.pem", 2020));
    let [of_a, of_b] = [[&a, root.certificate()], [&b, root.certificate()]];
    workspace.write(
        "signed.tar",
        gap::archive(&[("a", &of_a), ("b", &of_b)], &[&root]),
    );
    let [key_a, key_b] = ["a", "b"].map(|name| {
        spki_of(
            &workspace,
            &format!("openssl pkey -in {name}/ca-key.pem -pubout"),
        )
    });
    refused(
        &workspace,
        "signed.tar a",
        1,
        &format!(
            "error: a: the certificate is for another key: its public key has SHA-256 {key_b}; ca-key.pem has {key_a}\n\
             hint: it may be an older one, or another cluster's; if not, ask with a key that is here, and carry it again: meshpki request a\n"
        ),
    );
    request(&workspace, &["--rekey", "a"]);
    let next = spki_of(&workspace, "openssl pkey -in a/ca-key.next.pem -pubout");
    refused(
        &workspace,
        "signed.tar a",
        1,
        &format!(
            "error: a: the certificate is for another key: its public key has SHA-256 {key_b}; ca-key.next.pem has {next}; ca-key.pem has {key_a}\n\
             hint: it may be an older one, or another cluster's; if not, ask with a key that is here, and carry it again: meshpki request a\n"
        ),
    );
}

#[test]
fn folders_that_have_no_key_to_offer_are_told_apart() {
    let (workspace, _) = answered(&["a", "b", "c", "d", "e"]);
    std::fs::remove_dir_all(workspace.join("a")).unwrap();
    std::fs::rename(workspace.join("b"), workspace.join("b2")).unwrap();
    std::os::unix::fs::symlink("b2", workspace.join("b")).unwrap();
    std::fs::remove_file(workspace.join("c/ca-key.pem")).unwrap();
    workspace.write("d/ca-key.pem", "no key\n");
    std::fs::remove_dir_all(workspace.join("e")).unwrap();
    workspace.write("e", "a file");
    for (name, message, hint) in [
        (
            "a",
            "there is no folder of that name",
            "make a key and a request first: meshpki request a",
        ),
        (
            "b",
            "what has that name is a symbolic link",
            "move it away, and put the cluster's folder in its place",
        ),
        (
            "c",
            "there is neither ca-key.pem nor ca-key.next.pem in the folder",
            "ask with a key that is here: meshpki request c",
        ),
        (
            "e",
            "what has that name is not a folder",
            "move it away, and put the cluster's folder in its place",
        ),
        (
            "f",
            "signed.tar has no certificate of it",
            "in it are a, b, c, d and 1 more",
        ),
    ] {
        let stderr = format!("error: {name}: {message}\nhint: {hint}\n");
        refused(&workspace, &format!("signed.tar {name}"), 1, &stderr);
    }
    let run = workspace.meshpki(["accept", "-q", "signed.tar", "d"]);
    let start = "error: d: the certificate is for another key: ";
    assert!(run.stderr.starts_with(start), "{run:#?}");
    let end = "; ca-key.pem: there is no private key in it\nhint: put a key there that istiod can read, which is never encrypted, or ask with a new one: meshpki request --rekey d\n";
    assert!(run.stderr.ends_with(end), "{run:#?}");
    assert_eq!(run.status, Some(1));
}

#[test]
fn an_archive_of_nobody_here_is_refused() {
    let (workspace, _) = answered(&["a", "b"]);
    for name in ["a", "b"] {
        std::fs::remove_dir_all(workspace.join(name)).unwrap();
    }
    refused(
        &workspace,
        "signed.tar",
        1,
        &format!(
            "error: no cluster of signed.tar has a folder here: in it are a, b\n\
             hint: work in the folder in which the requests were made: meshpki -C DIR accept {}\n",
            workspace
                .join("signed.tar")
                .canonicalize()
                .unwrap()
                .display()
        ),
    );
}

#[test]
fn what_istiod_would_refuse_is_not_put_in_place() {
    let (workspace, root) = answered(&["a"]);
    // A chain that ends before the root.
    let policy = root.below("Policy CA");
    let certificate = policy.certify(&workspace, "a", "ca-key.pem", 2020);
    workspace.write(
        "signed.tar",
        gap::archive(&[("a", &[&certificate])], &[&root]),
    );
    refused(
        &workspace,
        "signed.tar",
        1,
        "error: a: cert-chain.pem: there is no path from ca-cert.pem to root-cert.pem: O = Istio, CN = Intermediate CA, L = a: unable to get local issuer certificate\n\
         hint: a new certificate: meshpki request a\n",
    );
    // One whose key istiod cannot read.
    let certificate = root.certify(&workspace, "a", "ca-key.pem", 2020);
    let chain = [&certificate, root.certificate()];
    workspace.write("signed.tar", gap::archive(&[("a", &chain)], &[&root]));
    let text = workspace.read_text("a/ca-key.pem");
    workspace.write(
        "a/ca-key.pem",
        format!("{}{text}", root.certificate().to_pem()),
    );
    let run = workspace.meshpki(["accept", "-q", "signed.tar"]);
    assert!(run.stderr.starts_with("error: a: ca-key.pem: "), "{run:#?}");
    assert!(
        run.stderr
            .ends_with("\nhint: a new key: meshpki request --rekey a\n"),
        "{run:#?}"
    );
    assert_eq!(run.status, Some(1));
}

/// As `corporate` of the heap: root, policy and issuing CA, and the certificate of c1.
fn corporate() -> Pki {
    let pki = Pki::new();
    pki.issue("root", "/O=Corp/CN=Corp Root", "root", CA);
    pki.issue("policy", "/O=Corp/CN=Policy CA", "root", CA);
    pki.issue("issuing", "/O=Corp/CN=Issuing CA", "policy", CA);
    request(&pki.0, &["c1"]);
    std::fs::copy(pki.0.join("c1/ca-key.pem"), pki.0.join("c1.key")).unwrap();
    let dates = ["20200101000000Z", "20500101000000Z"];
    pki.issue_between("c1", "c1", "/O=Istio/CN=C1", "issuing", CA, dates);
    std::fs::remove_file(pki.0.join("c1.key")).unwrap();
    pki
}

#[test]
fn what_is_missing_above_is_named_with_its_key() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let (issuing, policy) = (pki.key_identifier("issuing"), pki.key_identifier("policy"));
    let hint = "hint: name the file that has it: --chain FILE, or --root FILE if it is the root\n";
    refused(
        &pki.0,
        "--ca-cert c1.pem --chain policy.pem --root root.pem c1",
        1,
        &format!(
            "error: c1: the certificate of O = Corp, CN = Issuing CA is missing (key identifier {issuing}), which issued O = Istio, CN = C1\n{hint}"
        ),
    );
    pki.issue("twin", "/O=Corp/CN=Policy CA", "root", CA);
    let twin = pki.key_identifier("twin");
    refused(
        &pki.0,
        "--ca-cert c1.pem --chain issuing.pem --chain twin.pem --root root.pem c1",
        1,
        &format!(
            "error: c1: the certificate of O = Corp, CN = Policy CA is missing (key identifier {policy}), which issued O = Corp, CN = Issuing CA; twin.pem, line 1 has that name, and another key (key identifier {twin})\n{hint}"
        ),
    );
}

#[test]
fn a_path_to_another_root_is_not_taken() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    pki.issue("other", "/O=Corp/CN=Other Root", "other", CA);
    pki.join("above.pem", &["policy.pem", "issuing.pem", "root.pem"]);
    let digest = pki.fingerprint("root");
    let told = format!("O = Corp, CN = Corp Root, SHA-256 {digest}");
    refused(
        &pki.0,
        "--ca-cert c1.pem --chain above.pem --root other.pem c1",
        1,
        &format!(
            "error: c1: the path ends at a root that --root does not name: {told}\n\
             hint: if it is the right one, name its file: --root FILE; if another has certified it too, that certificate is missing: --chain FILE\n"
        ),
    );
    let hint = format!(
        "hint: compare the SHA-256 with what whoever keeps the root reads out, and if it is the same, add: --root-sha256 {digest}\n"
    );
    refused(
        &pki.0,
        "--ca-cert c1.pem --chain above.pem c1",
        1,
        &format!("error: c1: nothing here says that this is the mesh's root: {told}\n{hint}"),
    );
    let alarm =
        "hint: do not go on: it is not the root that was compared: ask whoever keeps the root\n";
    let zeros = "0".repeat(64);
    refused(
        &pki.0,
        &format!("--ca-cert c1.pem --chain above.pem --root-sha256 {zeros} c1"),
        1,
        &format!("error: c1: the root is none of --root-sha256: {told}\n{alarm}"),
    );
    // Both have to be as it was compared.
    refused(
        &pki.0,
        &format!("--ca-cert c1.pem --chain above.pem --root root.pem --root-sha256 {zeros} c1"),
        1,
        &format!("error: c1: the root is none of --root-sha256: {told}\n{alarm}"),
    );
}

#[test]
fn a_heap_without_the_keys_certificate_names_the_keys() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let there = spki_of(&pki.0, "openssl pkey -in c1/ca-key.pem -pubout");
    let given = spki_of(&pki.0, "openssl x509 -in issuing.pem -noout -pubkey");
    refused(
        &pki.0,
        "--ca-cert issuing.pem --chain policy.pem --root root.pem c1",
        1,
        &format!(
            "error: c1: no certificate is for a key of the cluster: --ca-cert has one for the public key of O = Corp, CN = Issuing CA, SHA-256 {given}; ca-key.pem has {there}\n\
             hint: it may be an older one, or another cluster's; if not, ask with a key that is here, and carry it again: meshpki request c1\n"
        ),
    );
}

#[test]
fn a_ca_that_is_no_root_is_not_its_own() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    pki.join("all.pem", &["c1.pem", "issuing.pem", "policy.pem"]);
    // Without any root, an intermediate is the anchor; but the CA itself never.
    let issuing = pki.key_identifier("issuing");
    refused(
        &pki.0,
        "--ca-cert c1.pem --root c1.pem c1",
        1,
        &format!(
            "error: c1: the certificate of O = Corp, CN = Issuing CA is missing (key identifier {issuing}), which issued O = Istio, CN = C1\n\
             hint: name the file that has it: --chain FILE, or --root FILE if it is the root\n"
        ),
    );
}

#[test]
fn what_istiod_refuses_of_the_best_path_is_told() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    let over = ["20200101000000Z", "20210101000000Z"];
    pki.issue_between(
        "issuing",
        "issuing",
        "/O=Corp/CN=Issuing CA",
        "policy",
        CA,
        over,
    );
    pki.join("above.pem", &["issuing.pem", "policy.pem"]);
    let run = pki
        .0
        .meshpki("accept --ca-cert c1.pem --chain above.pem --root root.pem c1".split(' '));
    let start = "error: c1: cert-chain.pem: O = Corp, CN = Issuing CA expired on 2021-01-01T00:00:00Z, and now is ";
    assert!(run.stderr.starts_with(start), "{run:#?}");
    let end = "\nhint: once the CA above has a new certificate: meshpki request c1\n";
    assert!(run.stderr.ends_with(end), "{run:#?}");
    assert_eq!(run.status, Some(1));
}

#[test]
fn files_without_certificates_are_named() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    pki.0.write("empty", "");
    let hint =
        "hint: name a file with a certificate in it: PEM, DER, PKCS#7 or a Kubernetes object\n";
    for (file, what) in [
        ("empty", "it is empty"),
        (
            "c1/ca-csr.pem",
            "there is a certification request (c1/ca-csr.pem, line 1)",
        ),
        ("root.key", "there is a private key (root.key, line 1)"),
    ] {
        let stderr = format!("error: {file}: there is no certificate in it: {what}\n{hint}");
        for line in [
            format!("--ca-cert {file} --root root.pem c1"),
            format!("--ca-cert c1.pem --chain {file} c1"),
            format!("--ca-cert c1.pem --root {file} c1"),
        ] {
            refused(&pki.0, &line, 1, &stderr);
        }
    }
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    pki.0
        .write("roots.pem", pki.0.read_text("root.pem") + broken);
    let run = pki
        .0
        .meshpki("accept --ca-cert c1.pem --root roots.pem c1".split(' '));
    assert!(
        run.stderr.starts_with("error: roots.pem, line "),
        "{run:#?}"
    );
    assert!(
        run.stderr
            .ends_with("\nhint: a file of roots is taken whole or not at all\n"),
        "{run:#?}"
    );
    assert_eq!(run.status, Some(1));
}

#[test]
fn a_certificate_of_no_ca_is_to_be_signed_again_for_the_same_request() {
    if !has("openssl") {
        return;
    }
    let pki = corporate();
    std::fs::copy(pki.0.join("c1/ca-key.pem"), pki.0.join("c1.key")).unwrap();
    let dates = ["20200101000000Z", "20500101000000Z"];
    pki.issue_between("c1", "c1", "/O=Istio/CN=C1", "issuing", LEAF, dates);
    pki.join("above.pem", &["issuing.pem", "policy.pem"]);
    let before = pki.0.snapshot();
    let line = "accept -q --ca-cert c1.pem --chain above.pem --root root.pem c1";
    let run = pki.0.meshpki(line.split(' '));
    let hint = "\nhint: have c1/ca-csr.pem signed again, as a subordinate CA: CA:TRUE, pathlen:0, keyCertSign\n";
    assert!(run.stderr.ends_with(hint), "{run:#?}");
    assert!(!run.stderr.contains("meshpki request"), "{run:#?}");
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(pki.0.snapshot() == before);
}
