//! What `meshpki sign` refuses: by exact message, and with the folder as it was.

mod common;

use common::foreign::{self, CA};
use common::requests::{AS_CLUSTER_CACERTS, pack, record, request, request_of, requests, signed};
use common::{Run, Workspace, has};

/// A folder with a root of P-256 that outlives what it signs.
fn root() -> Workspace {
    Workspace::with_root("Mesh")
}

fn sign(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["-q", "sign", "--yes"].iter().chain(arguments))
}

/// It ends with 1, says exactly this on stderr, and leaves everything as it was.
#[track_caller]
fn refused(workspace: &Workspace, arguments: &[&str], stderr: &str) {
    let before = workspace.snapshot();
    sign(workspace, arguments).fails(1, stderr);
    assert_eq!(workspace.snapshot(), before);
}

/// As [`refused`], for an error and the way out.
#[track_caller]
fn is_refused(workspace: &Workspace, arguments: &[&str], fact: &str, hint: &str) {
    refused(
        workspace,
        arguments,
        &format!("error: {fact}\nhint: {hint}\n"),
    );
}

const SUBJECT: &str = "make another request with another subject";
const WITHOUT: &str = "make another request without it";

/// What is asked for by the subject and the extensions, why it is refused, and the way out.
const ASKED: &[(&str, &[&str], &str, &str)] = &[
    (
        "/O=Evil",
        &[],
        "O = Evil is not permitted: the built-in default permits Istio",
        "if it is meant, permit it: organizations in [sign] of meshpki.toml",
    ),
    (
        "/CN=intermediate ca",
        &[],
        "CN = intermediate ca is not permitted: the built-in default permits Intermediate CA",
        "if it is meant, permit it: common-names in [sign] of meshpki.toml",
    ),
    (
        "/C=DE",
        &[],
        "C = DE in its subject is not granted: the name of a cluster's CA has O, CN and L alone",
        SUBJECT,
    ),
    (
        "/O=Istio/O=Istio",
        &[],
        "O stands in its subject more than once",
        SUBJECT,
    ),
    (
        "/L=a/L=a",
        &[],
        "L stands in its subject more than once",
        SUBJECT,
    ),
    (
        "/",
        &["basicConstraints=critical,CA:FALSE"],
        "it is for no CA: its basicConstraints do not say CA:TRUE",
        "make another request that says CA:TRUE, or without basicConstraints",
    ),
    (
        "/",
        &["basicConstraints=critical,CA:TRUE,pathlen:1"],
        "its pathLenConstraint is 1, and below a cluster's CA there is none: 0 is granted",
        "make another request that says pathlen:0, or nothing of it",
    ),
    (
        "/",
        &["subjectAltName=DNS:istiod.istio-system.svc,DNS:*.example.com"],
        "DNS:*.example.com is not permitted: the built-in default permits istiod.istio-system.svc",
        "if it is meant, permit it: san-dns in [sign] of meshpki.toml",
    ),
    (
        "/",
        &["subjectAltName=DNS:a_b"],
        "\"a_b\" is not a DNS name: a label has other characters than letters, digits and hyphens",
        WITHOUT,
    ),
    (
        "/",
        &["subjectAltName=URI:spiffe://cluster.local"],
        "URI:spiffe://cluster.local is not permitted: the built-in default permits none",
        "if it is meant, permit it: trust-domains in [sign] of meshpki.toml",
    ),
    (
        "/",
        &["subjectAltName=URI:spiffe://cluster.local/ns/foo/sa/default"],
        "URI:spiffe://cluster.local/ns/foo/sa/default is not granted: the only URI of a cluster's CA is spiffe://TRUST-DOMAIN",
        WITHOUT,
    ),
    (
        "/",
        &["subjectAltName=IP:192.0.2.1"],
        "IP Address:192.0.2.1 is not granted: the names of a cluster's CA are DNS names and a trust domain",
        WITHOUT,
    ),
    (
        "/",
        &["subjectAltName=email:a@example.com"],
        "email:a@example.com is not granted: the names of a cluster's CA are DNS names and a trust domain",
        WITHOUT,
    ),
];

#[test]
fn what_the_profile_or_the_policy_does_not_allow_is_refused_by_name_and_reason() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    for (subject, extensions, reason, hint) in ASKED {
        request(&workspace, "a", subject, extensions);
        is_refused(&workspace, &["a.csr"], &format!("a: {reason}"), hint);
    }
}

#[test]
fn each_setting_of_the_policy_refuses_by_the_line_that_it_stands_on() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    let names = "subjectAltName=DNS:a.b,URI:spiffe://other";
    request(&workspace, "us-1", "/O=Istio/CN=Intermediate CA", &[names]);
    workspace.write(
        "meshpki.toml",
        "[sign]\n\
         clusters = [\"eu-*\", \"ap-*\"]\n\
         organizations = [\"Acme\"]\n\
         common-names = [\"Acme *\"]\n\
         san-dns = [\"*.svc\"]\n\
         trust-domains = [\"prod\", \"test\", \"dev\"]\n\
         key-types = [\"p384\"]\n",
    );
    let permit = |setting: &str| {
        format!("hint: if it is meant, permit it: {setting} in [sign] of meshpki.toml\n")
    };
    let expected = [
        "error: us-1: the name us-1 is not permitted: meshpki.toml:2 permits eu-* and ap-*\n".to_owned(),
        permit("clusters"),
        "error: us-1: a key that is ECDSA P-256 is not permitted: meshpki.toml:7 permits p384\n".to_owned(),
        permit("key-types"),
        "error: us-1: O = Istio is not permitted: meshpki.toml:3 permits Acme\n".to_owned(),
        permit("organizations"),
        "error: us-1: CN = Intermediate CA is not permitted: meshpki.toml:4 permits Acme *\n".to_owned(),
        permit("common-names"),
        "error: us-1: DNS:a.b is not permitted: meshpki.toml:5 permits *.svc\n".to_owned(),
        permit("san-dns"),
        "error: us-1: URI:spiffe://other is not permitted: meshpki.toml:6 permits prod, test and dev\n".to_owned(),
        permit("trust-domains"),
    ];
    refused(&workspace, &["us-1.csr"], &expected.concat());

    // What is granted where nothing is asked has to be permitted too.
    request(&workspace, "eu-1", "/", &["subjectAltName=DNS:a.svc"]);
    workspace.write(
        "meshpki.toml",
        "[sign]\norganizations = [\"Acme\"]\nsan-dns = [\"*.svc\"]\n",
    );
    is_refused(
        &workspace,
        &["eu-1.csr"],
        "eu-1: O = Istio is not permitted: meshpki.toml:2 permits Acme",
        "if it is meant, permit it: organizations in [sign] of meshpki.toml",
    );
}

#[test]
fn two_trust_domains_are_one_too_many() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    workspace.write("meshpki.toml", "[sign]\ntrust-domains = [\"a\", \"b\"]\n");
    let names = "subjectAltName=URI:spiffe://a,URI:spiffe://b";
    request(&workspace, "a", "/", &[names]);
    is_refused(
        &workspace,
        &["a.csr"],
        "a: 2 URIs are not granted: the trust domain of a cluster's CA is one",
        WITHOUT,
    );
}

#[test]
fn a_setting_that_cannot_be_is_named_with_its_line() {
    let workspace = root();
    workspace.write("a.csr", "");
    for (setting, reason) in [
        (
            "clusters = [\"\"]",
            "sign.clusters: an empty name permits nothing: \"*\" permits every name",
        ),
        (
            "key-types = [\"p521\"]",
            "sign.key-types: no key type is called \"p521\": there are rsa-2048, rsa-3072, rsa-4096, p256 and p384",
        ),
        (
            "trust-domains = [\"*\"]",
            "sign.trust-domains: \"*\" is not a trust domain: a label has other characters than letters, digits and hyphens (RFC 1123 §2.1)",
        ),
        (
            "max-days = 0",
            "sign.max-days: \"0\" is not a number of days: a whole number from 1 is wanted",
        ),
    ] {
        workspace.write("meshpki.toml", format!("[sign]\n{setting}\n"));
        refused(
            &workspace,
            &["a.csr"],
            &format!("error: meshpki.toml:2: {reason}\n"),
        );
    }
}

#[test]
fn which_cluster_it_is_has_to_be_said_without_a_contradiction() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    let other = "find out whose it is, and have another made that says so";
    request(&workspace, "x", "/L=b", &[]);
    is_refused(
        &workspace,
        &["--cluster", "a", "x.csr"],
        "x.csr: --cluster says that it is of a, and the L of its subject of b",
        other,
    );
    workspace.write("c/ca-csr.pem", workspace.read("x.csr"));
    is_refused(
        &workspace,
        &["c/ca-csr.pem"],
        "c/ca-csr.pem: the L of its subject says that it is of b, and its folder of c",
        other,
    );
    request(&workspace, "x", "/L=San Francisco", &[]);
    is_refused(
        &workspace,
        &["x.csr"],
        "x.csr: the L of its subject is no cluster's name: \"San Francisco\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it",
        "have another made with the cluster's name as L, or say it: --cluster NAME",
    );
    is_refused(
        &workspace,
        &["--cluster", "a", "x.csr"],
        "a: L = San Francisco in its subject is not granted: the L of a cluster's CA is its name, a",
        "make another request with that name, or without it; or is it another cluster's?",
    );
    request(&workspace, "x", "/", &[]);
    for file in ["ca-csr.pem", "a b.csr"] {
        workspace.write(file, workspace.read("x.csr"));
        is_refused(
            &workspace,
            &[file],
            &format!("{file}: nothing says which cluster it is of"),
            "say which it is: --cluster NAME",
        );
    }
    // An archive says it, and the subject has to say the same.
    request(&workspace, "a", "/L=b", &[]);
    pack(&workspace, &["a"]);
    is_refused(
        &workspace,
        &["requests.tar"],
        "a: L = b in its subject is not granted: the L of a cluster's CA is its name, a",
        "make another request with that name, or without it; or is it another cluster's?",
    );
}

#[test]
fn what_is_no_request_is_refused_by_its_file() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    let hint = "have another made, where the key is";
    workspace.write("empty.csr", "");
    requests(&workspace, &["a", "b"]);
    let both = [workspace.read("a.csr"), workspace.read("b.csr")].concat();
    workspace.write("both.csr", both);
    for (file, fact) in [
        (
            "root-cert.pem",
            "there is no certification request in it: it is a certificate",
        ),
        ("empty.csr", "there is no certification request in it"),
        ("both.csr", "there are 2 certification requests in it"),
    ] {
        is_refused(&workspace, &[file], &format!("{file}: {fact}"), hint);
    }
    refused(
        &workspace,
        &["none.csr"],
        "error: cannot read none.csr: No such file or directory (os error 2)\n",
    );
    refused(&workspace, &["."], "error: cannot read .: it is a folder\n");
}

#[test]
fn a_request_that_is_not_signed_by_its_own_key_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    workspace.run(
        "openssl",
        ["req", "-in", "a.csr", "-outform", "DER", "-out", "a.der"],
    );
    let mut der = workspace.read("a.der");
    let name = der
        .windows(5)
        .position(|octets| octets == b"Istio")
        .unwrap();
    der[name] = b'E';
    workspace.write("a.der", der);
    is_refused(
        &workspace,
        &["a.der"],
        "a.der: its signature is not of its own key: who made it has not shown to have the key",
        "have another made, where the key is",
    );
}

#[test]
fn a_key_that_is_too_weak_or_of_another_kind_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    for (generate, fact, hint) in [
        (
            &["genrsa", "-out", "key", "1024"][..],
            "a.csr: an RSA key of 1024 bits is too short: Envoy and ztunnel take no less than 2048",
            "have another made, where the key is",
        ),
        (
            &[
                "genpkey",
                "-algorithm",
                "RSA",
                "-pkeyopt",
                "rsa_keygen_pubexp:4294967297",
                "-out",
                "key",
            ],
            "a.csr: an RSA key with the public exponent 4294967297 is of no use: istiod and Envoy take odd ones from 3 to 2147483647",
            "have another made, where the key is",
        ),
        (
            &["genpkey", "-algorithm", "ed25519", "-out", "key"],
            "a.csr: its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521",
            "have another made, where the key is",
        ),
        (
            &[
                "ecparam",
                "-name",
                "secp521r1",
                "-genkey",
                "-noout",
                "-out",
                "key",
            ],
            "a: a key that is ECDSA P-521 is not permitted: the built-in default permits rsa-2048, rsa-3072, rsa-4096, p256 and p384",
            "if it is meant, permit it: key-types in [sign] of meshpki.toml",
        ),
        (
            &["genrsa", "-out", "key", "2056"],
            "a: a key that is RSA 2056 is not permitted: the built-in default permits rsa-2048, rsa-3072, rsa-4096, p256 and p384",
            "if it is meant, permit it: key-types in [sign] of meshpki.toml",
        ),
    ] {
        workspace.run("openssl", generate);
        request_of(&workspace, "a", "key", "/", &[]);
        is_refused(&workspace, &["a.csr"], fact, hint);
    }
}

#[test]
fn a_key_is_of_one_cluster_and_never_the_roots() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    request_of(&workspace, "a", "root-key.pem", "/", &[]);
    let another = "have another made with a key of its own";
    is_refused(
        &workspace,
        &["a.csr"],
        "a: its key is the root's own, that of O = Istio, CN = Mesh",
        another,
    );

    // Of two in one run, both are refused.
    requests(&workspace, &["a"]);
    request_of(&workspace, "b", "a.key", "/", &[]);
    let hint = "hint: have others made, each with a key of its own\n";
    let same = |one: &str, other: &str| {
        format!("error: {one}: the request of {other} has the same key\n{hint}")
    };
    refused(
        &workspace,
        &["a.csr", "b.csr"],
        &(same("a", "b") + &same("b", "a")),
    );

    // Of two that come one after the other, the second.
    sign(&workspace, &["a.csr"]).succeeds();
    let line = record(&workspace).entries().len();
    is_refused(
        &workspace,
        &["--out", "b.tar", "b.csr"],
        &format!("b: its key is that of a, by line {line} of root-issued.jsonl"),
        another,
    );
    is_refused(
        &workspace,
        &["--out", "b.tar", "--rekey", "b", "b.csr"],
        &format!("b: its key is that of a, by line {line} of root-issued.jsonl"),
        another,
    );

    // So is another key of the same cluster, as long as it is not said.
    std::fs::rename(workspace.join("a.csr"), workspace.join("old.csr")).unwrap();
    requests(&workspace, &["a"]);
    is_refused(
        &workspace,
        &["--overwrite", "a.csr"],
        &format!("a: its key is another than that of line {line} of root-issued.jsonl"),
        "if a is to have a new key: --rekey a",
    );
    sign(&workspace, &["--overwrite", "--rekey", "a", "a.csr"]).succeeds();
    // And the old one, once there is a new one.
    is_refused(
        &workspace,
        &["--overwrite", "old.csr"],
        &format!(
            "a: its key is the old one of line {line} of root-issued.jsonl, which line {} replaced",
            line + 1
        ),
        "is it an old request or archive? give the newest; if a is to have its old key back: --rekey a",
    );
}

#[test]
fn of_two_requests_of_one_cluster_neither_is_signed() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    pack(&workspace, &["a", "b"]);
    request(&workspace, "again", "/L=a", AS_CLUSTER_CACERTS);
    let arguments = ["requests.tar", "again.csr"];
    let error = "error: a: 2 requests of this cluster are given: requests.tar, again.csr\nhint: give the one that is meant\n";
    sign(&workspace, &arguments).fails(1, &error.repeat(2));
    // The rest is.
    let (signed, _) = signed(&workspace);
    let clusters = signed.certificates().iter();
    let clusters: Vec<_> = clusters.map(|signed| signed.cluster.as_str()).collect();
    assert_eq!(clusters, ["b"]);
    assert_eq!(
        record(&workspace)
            .entries()
            .last()
            .unwrap()
            .cluster
            .as_ref()
            .unwrap()
            .as_str(),
        "b"
    );
}

#[test]
fn nothing_of_an_archive_that_was_changed_is_signed() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    let digest = pack(&workspace, &["a", "b"]);
    let archive = workspace.read("requests.tar");
    let hint = "have it packed again where it comes from: nothing in it is trusted";
    for at in (0..archive.len()).step_by(509) {
        let mut changed = archive.clone();
        changed[at] ^= 1;
        workspace.write("requests.tar", changed);
        let before = workspace.snapshot();
        let run = sign(&workspace, &["requests.tar"]);
        assert_eq!(run.status, Some(1), "{at}");
        assert!(
            run.stderr.starts_with("error: requests.tar: "),
            "{at} {}",
            run.stderr
        );
        assert!(
            run.stderr.ends_with(&format!("\nhint: {hint}\n")),
            "{at} {}",
            run.stderr
        );
        assert_eq!(workspace.snapshot(), before);
    }
    workspace.write("requests.tar", &archive);
    let other = "00".repeat(32);
    is_refused(
        &workspace,
        &["--manifest-sha256", &other, "requests.tar"],
        &format!(
            "requests.tar: the SHA-256 of its manifest is {digest}, and --manifest-sha256 says {other}"
        ),
        "it is another archive, or was changed on its way: ask those who have packed it",
    );
    is_refused(
        &workspace,
        &["--manifest-sha256", &other, "a.csr"],
        "--manifest-sha256 is of one archive, and 0 are given",
        "sign each archive by itself",
    );
}

#[test]
fn an_archive_on_its_way_in_the_other_direction_is_sent_there() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    pack(&workspace, &["a"]);
    sign(&workspace, &["--out", "to a.tar", "requests.tar"]).succeeds();
    is_refused(
        &workspace,
        &["to a.tar"],
        "to a.tar: it holds certificates that were signed, and no requests",
        "it is for the folder of the clusters: meshpki accept 'to a.tar'",
    );
    let before = workspace.snapshot();
    workspace.meshpki(["accept", "requests.tar"]).fails(
        1,
        "error: requests.tar: it holds requests, and no certificates that were signed\n\
         hint: it is for the folder of the root: meshpki sign requests.tar\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_lifetime_beyond_what_is_permitted_and_beyond_the_root_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    is_refused(
        &workspace,
        &["--days", "3651", "a.csr"],
        "--days 3651 goes beyond the 3650 days that the built-in default permits",
        "the most that is permitted: --days 3650",
    );
    workspace.write("meshpki.toml", "[sign]\nmax-days = 9000\n");
    let before = workspace.snapshot();
    let run = sign(&workspace, &["--days", "4001", "a.csr"]);
    let start = "error: --days 4001 goes beyond the root, which expires on ";
    assert!(run.stderr.starts_with(start), "{}", run.stderr);
    assert!(
        run.stderr
            .ends_with("\nhint: the largest that fits: --days 3999\n")
            || run
                .stderr
                .ends_with("\nhint: the largest that fits: --days 4000\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.status, Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_the_root_may_not_sign_is_refused_before_it_signs() {
    if !has("openssl") {
        return;
    }
    let constraints = format!("{CA}nameConstraints = critical, permitted;DNS:istio-system.svc\n");
    let workspace = foreign::root("CN = Narrow", &constraints);
    workspace.write("meshpki.toml", "[sign]\nsan-dns = [\"*\"]\n");
    let names = "subjectAltName=DNS:istiod.example.com";
    request(&workspace, "a", "/", &[names]);
    is_refused(
        &workspace,
        &["a.csr"],
        "a: root-cert.pem: CN = Narrow cannot sign the CA of a cluster: its name constraints permit DNS:istio-system.svc, and so not DNS:istiod.example.com",
        "ask for names that it permits, or use another root",
    );
    request(&workspace, "a", "/", &[]);
    sign(&workspace, &["a.csr"]).succeeds();
}

#[test]
fn without_a_root_or_with_a_record_that_does_not_hold_nothing_is_signed() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    requests(&workspace, &["a"]);
    is_refused(
        &workspace,
        &["a.csr"],
        "there is no root-cert.pem",
        "the root is in another folder: work there, with -C DIR",
    );
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    sign(&workspace, &["a.csr"]).succeeds();
    sign(&workspace, &["--out", "b.tar", "b.csr"]).succeeds();
    let record = workspace.read_text("root-issued.jsonl");
    let first = record.split_inclusive('\n').next().unwrap();
    workspace.write("root-issued.jsonl", record.replacen(first, "", 1));
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    let before = workspace.snapshot();
    let run = sign(&workspace, &["a.csr"]);
    assert!(
        run.stderr.starts_with("error: root-issued.jsonl: line 1: "),
        "{}",
        run.stderr
    );
    assert_eq!(run.status, Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_stands_in_the_place_of_the_archive_is_left_there() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    let elsewhere = "name another file with --out, or replace it with --overwrite";
    workspace.write("signed.tar", "other");
    let standing = "signed.tar is there already, and says something else";
    is_refused(&workspace, &["a.csr"], standing, elsewhere);
    is_refused(&workspace, &["--dry-run", "a.csr"], standing, elsewhere);
    sign(&workspace, &["--overwrite", "a.csr"]).succeeds();
    // What is recorded is no reason to replace something else either.
    sign(&workspace, &["--out", "b.tar", "b.csr"]).succeeds();
    is_refused(&workspace, &["b.csr"], standing, elsewhere);
    let place = "name a file in a folder that is there";
    requests(&workspace, &["c"]);
    std::fs::create_dir(workspace.join("folder")).unwrap();
    for out in ["none/signed.tar", "a.csr/signed.tar", "folder", "..", "/"] {
        is_refused(
            &workspace,
            &["--out", out, "c.csr"],
            &format!("--out {out}: no file can be there"),
            place,
        );
    }
    // Not even with --overwrite.
    for out in ["root-key.pem", "./root-issued.jsonl", "folder/ca-key.pem"] {
        is_refused(
            &workspace,
            &["--overwrite", "--out", out, "c.csr"],
            &format!("--out {out}: meshpki has a file of that name"),
            "name another file",
        );
    }
}

#[test]
fn an_archive_that_cannot_be_written_is_made_of_the_record_later() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let first = record(&workspace).entries().len();
    // Nothing can be made there, whoever tries.
    sign(&workspace, &["--out", "/proc/signed.tar", "a.csr"]).fails(
        1,
        "error: /proc/signed.tar was not written: cannot create a folder in /proc: No such file or directory (os error 2)\n\
         hint: what was signed is in root-issued.jsonl: the same command, without --renew, makes an archive of it\n",
    );
    let recorded = record(&workspace).entries()[first].certificate.clone();
    workspace.meshpki(["sign", "a.csr"]).succeeds();
    let (signed, _) = signed(&workspace);
    assert_eq!(*signed.certificates()[0].certificate(), recorded);
    assert_eq!(record(&workspace).entries().len(), first + 1);
}

#[test]
fn what_cannot_be_shown_is_not_signed() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let before = workspace.snapshot();
    let mut command = workspace.meshpki_command();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command
        .args(["sign", "--yes", "a.csr"])
        .stdout(full)
        .output();
    let run = Run::from(output.unwrap());
    run.fails(
        1,
        "error: cannot write to stdout: No space left on device (os error 28)\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn nothing_is_signed_with_roots_that_no_archive_can_carry() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let cert = workspace.read_text("root-cert.pem");
    let line = cert.lines().count() + 1;
    workspace.write("root-cert.pem", cert + &workspace.read_text("a.csr"));
    is_refused(
        &workspace,
        &["a.csr"],
        &format!(
            "the root cannot be used: root-cert.pem: the block on line {line} is a \"CERTIFICATE REQUEST\": istiod wants CERTIFICATE blocks, and nothing else"
        ),
        "keep the CERTIFICATE blocks of the mesh's roots, and nothing else",
    );
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_signed() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    let before = workspace.snapshot();
    for (files, number) in [
        (&["a.csr"][..], "1 certificate"),
        (&["a.csr", "b.csr"], "2 certificates"),
    ] {
        let run = workspace.meshpki(["-q", "sign"].iter().chain(files));
        assert_eq!(
            run.stderr,
            format!(
                "error: nobody can be asked whether to sign {number} with the key of O = Istio, CN = Mesh: stdin and stderr are not both terminals\n\
                 hint: if the table above says what is meant, say so: --yes\n"
            )
        );
        assert_eq!(run.status, Some(1));
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn arguments_that_make_no_sense_together_are_a_usage_error() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    pack(&workspace, &["a"]);
    let before = workspace.snapshot();
    for (arguments, message) in [
        (
            &["--cluster", "a", "a.csr", "b.csr"][..],
            "--cluster a is of one request that is no archive's",
        ),
        (
            &["--cluster", "a", "requests.tar"],
            "--cluster a is of one request that is no archive's",
        ),
        (
            &["--rekey", "c", "a.csr"],
            "--rekey c: no request of c is given",
        ),
        (
            &["--out", "-", "a.csr"],
            "--out -: stdout is for what there is to look at",
        ),
        (&["-", "-"], "stdin can be read once"),
        (&["--passin", "stdin", "-"], "stdin can be read once"),
    ] {
        let usage =
            "Usage: meshpki sign [OPTIONS] <FILE>...\n\nFor more information, try '--help'.\n";
        sign(&workspace, arguments).fails(64, &format!("error: {message}\n\n{usage}"));
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_a_stranger_writes_does_not_reach_the_terminal() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    request(
        &workspace,
        "a",
        "/CN=\u{1B}[31mred\u{202E}",
        &["subjectAltName=URI:x\u{1B}[2J"],
    );
    let run = workspace.meshpki(["sign", "--yes", "a.csr"]);
    assert_eq!(run.status, Some(1));
    for shown in [&run.stdout, &run.stderr] {
        assert!(!shown.contains(['\u{1B}', '\u{202E}']), "{shown:?}");
        assert!(shown.contains("CN = \\1B[31mred\\E2\\80\\AE"), "{shown}");
    }
}
