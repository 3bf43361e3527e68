//! `meshpki sign`, with requests of the real `openssl req`, and its certificates judged by the real
//! `openssl verify`.

mod common;

use std::os::unix::process::ExitStatusExt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::requests::{AS_CLUSTER_CACERTS, pack, record, request, request_of, requests, signed};
use common::terminal::AtTerminal;
use common::{Run, Workspace, has, ignores};
use meshpki::mesh::ROOT_ISSUED;
use meshpki::mesh::record::{NewEntry, Record};
use meshpki::pki::certificate::Certificate;
use meshpki::pki::digest::Sha256;
use meshpki::pki::name::Attribute;
use time::macros::datetime;

const QUESTION: &str = "sign 1 certificate with the key of O = Istio, CN = Mesh? [y/N] ";

/// A folder with a root, `O = Istio, CN = Mesh`, that outlives what it signs.
fn root() -> Workspace {
    Workspace::with_root("Mesh")
}

fn sign(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["sign"].iter().chain(arguments))
}

/// The certificate of `cluster` in signed.tar.
fn certificate(workspace: &Workspace, cluster: &str) -> Certificate {
    let (signed, _) = signed(workspace);
    let mut certificates = signed.certificates().iter();
    let found = certificates.find(|signed| signed.cluster.as_str() == cluster);
    found.expect("it is signed").certificate().clone()
}

/// What `openssl verify` says of a cluster's certificate, and of its chain.
fn is_good(workspace: &Workspace, cluster: &str) {
    workspace.run("tar", ["xf", "signed.tar"]);
    let ca_cert = format!("{cluster}/ca-cert.pem");
    let strict = ["verify", "-x509_strict", "-CAfile", "root-cert.pem"];
    let verified = workspace.run("openssl", strict.iter().chain([&ca_cert.as_str()]));
    assert_eq!(verified, format!("{ca_cert}: OK\n"));
    let chain = workspace.certificate(&format!("{cluster}/cert-chain.pem"));
    assert_eq!(chain, workspace.certificate(&ca_cert));
}

fn extensions(workspace: &Workspace, file: &str) -> String {
    let show = ["x509", "-in", file, "-noout", "-text"];
    let text = workspace.run("openssl", show);
    let (_, extensions) = text.split_once("X509v3 extensions:\n").expect("extensions");
    extensions.to_owned()
}

#[test]
fn what_openssl_asks_for_with_and_without_extensions_is_what_openssl_takes() {
    if !has("openssl") || !has("tar") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["whole"]);
    request(&workspace, "bare", "/", &[]);
    let more = [
        "subjectAltName=DNS:istiod.istio-system.svc",
        "keyUsage=digitalSignature,keyCertSign",
        "extendedKeyUsage=codeSigning",
        "certificatePolicies=1.2.3.4",
        "subjectKeyIdentifier=DEADBEEF",
    ];
    request(&workspace, "more", "/CN=Intermediate CA", &more);
    let der = [
        "req", "-in", "more.csr", "-outform", "DER", "-out", "more.der",
    ];
    workspace.run("openssl", der);
    std::fs::remove_file(workspace.join("more.csr")).unwrap();
    sign(&workspace, &["--yes", "whole.csr", "bare.csr", "more.der"]).succeeds();
    assert_eq!(workspace.mode("signed.tar"), 0o644);
    assert_eq!(workspace.mode("root-issued.jsonl"), 0o600);
    let mut seen = Vec::new();
    for cluster in ["whole", "bare", "more"] {
        is_good(&workspace, cluster);
        let file = format!("{cluster}/ca-cert.pem");
        let extensions = extensions(&workspace, &file);
        for line in [
            "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
            "                DNS:istiod.istio-system.svc\n",
        ] {
            assert!(extensions.contains(line), "{line}{extensions}");
        }
        assert_eq!(extensions.matches("X509v3 ").count(), 5, "{extensions}");
        let certificate = workspace.certificate(&file);
        let subject = format!("O = Istio, CN = Intermediate CA, L = {cluster}");
        assert_eq!(certificate.subject(), subject);
        // It is for the key of the request, and that was nowhere.
        let key = format!("{cluster}.key");
        let public = workspace.run("openssl", ["pkey", "-in", &key, "-pubout"]);
        let show = ["x509", "-in", &file, "-noout", "-pubkey"];
        assert_eq!(workspace.run("openssl", show), public);
        seen.push(certificate);
    }
    let record = record(&workspace);
    let recorded = record.entries().iter().rev().take(3).rev();
    let recorded: Vec<_> = recorded.map(|entry| &entry.certificate).collect();
    assert_eq!(recorded, seen.iter().collect::<Vec<_>>());
}

#[test]
fn the_table_shows_what_is_asked_against_what_is_granted() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["whole"]);
    let names = "subjectAltName=DNS:evil.example.com,IP:192.0.2.1";
    request(
        &workspace,
        "other",
        "/OU=x",
        &[names, "basicConstraints=CA:FALSE"],
    );
    let more = ["extendedKeyUsage=codeSigning", "keyUsage=digitalSignature"];
    request(&workspace, "more", "/CN=Intermediate CA", &more);
    let files = ["--dry-run", "whole.csr", "more.csr", "other.csr"];
    let before = workspace.snapshot();
    let run = sign(&workspace, &files);
    assert_eq!(workspace.snapshot(), before);
    assert_eq!(run.status, Some(1));
    let key = |name: &str| {
        let key = format!("{name}.key");
        let out = [
            "pkey", "-in", &key, "-pubout", "-outform", "DER", "-out", "public",
        ];
        workspace.run("openssl", out);
        let digest = Sha256::of(&workspace.read("public")).groups();
        format!("ECDSA P-256, SPKI SHA-256 {} ...", &digest[..19])
    };
    let expires = run.stdout.split("granted   20").nth(1).expect("a date");
    let (whole, more, other) = (key("whole"), key("more"), key("other"));
    let expires = &expires[..8];
    assert_eq!(
        run.stdout,
        format!(
            "\
whole: a new certificate
  from         whole.csr
  key          as asked  {whole}
  subject      as asked  O = Istio, CN = Intermediate CA, L = whole
  names        as asked  DNS:istiod.istio-system.svc
  CA           as asked  CA:TRUE, pathlen:0
  expires      granted   20{expires}, after 3650 days
more: a new certificate
  from         more.csr
  cluster      by its file's name
  key          as asked  {more}
  subject      asked     CN = Intermediate CA
               granted   O = Istio, CN = Intermediate CA, L = more
  names        asked     nothing
               granted   DNS:istiod.istio-system.svc
  CA           asked     nothing
               granted   CA:TRUE, pathlen:0
  expires      granted   20{expires}, after 3650 days
  left out     asked     digitalSignature, extendedKeyUsage
other: refused
  from         other.csr
  cluster      by its file's name
  key          asked     {other}
  subject      asked     OU = x
  names        asked     DNS:evil.example.com, IP Address:192.0.2.1
  CA           asked     CA:FALSE
  refused      OU = x in its subject is not granted: the name of a cluster's CA
               has O, CN and L alone
  refused      it is for no CA: its basicConstraints do not say CA:TRUE
  refused      IP Address:192.0.2.1 is not granted: the names of a cluster's CA
               are DNS names and a trust domain
  refused      DNS:evil.example.com is not permitted: the built-in default
               permits istiod.istio-system.svc
"
        )
    );
    assert!(
        run.stderr
            .ends_with("\n3 requests: 2 to be signed, 0 signed before, 1 refused\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_archive_is_answered_by_an_archive_and_both_manifests_are_read_aloud() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["b", "a"]);
    let asked = pack(&workspace, &["b", "a"]);
    let wanted = ["--manifest-sha256", &asked.fingerprint()];
    let arguments = [&["--yes", "requests.tar"], &wanted[..]].concat();
    let printed = sign(&workspace, &arguments).succeeds();
    let (signed, granted) = signed(&workspace);
    assert_eq!(signed.answers(), Some(asked));
    assert_eq!(signed.root_cert(), workspace.read("root-cert.pem"));
    let clusters = signed.certificates().iter();
    let clusters: Vec<_> = clusters.map(|signed| signed.cluster.as_str()).collect();
    assert_eq!(clusters, ["a", "b"]);
    let aloud = |digest: Sha256| {
        let groups = digest.groups();
        let (first, second) = (&groups[..39], &groups[40..]);
        format!("  manifest     SHA-256 {first}\n                       {second}\n")
    };
    let begin = format!("requests.tar\n  requests     2: a, b\n{}", aloud(asked));
    assert!(printed.starts_with(&begin), "{printed}");
    let end = format!("signed.tar\n  clusters     2: a, b\n{}", aloud(granted));
    assert!(printed.ends_with(&end), "{printed}");
}

#[test]
fn the_same_request_is_given_the_same_certificate_until_it_is_to_be_renewed() {
    if !has("openssl") || !has("tar") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    sign(&workspace, &["--yes", "a.csr"]).succeeds();
    let first = workspace.read("signed.tar");
    let before = workspace.snapshot();
    // Nothing is signed, so nothing is asked.
    let run = sign(&workspace, &["a.csr"]);
    assert_eq!(
        run.stderr,
        "what was signed before is given as it was: --renew has it signed anew\n"
    );
    let again = run.succeeds();
    assert!(again.contains("\nsigned.tar: up to date\n"), "{again}");
    let number = record(&workspace).entries().len();
    let first_line = again.lines().next().expect("a line");
    assert!(first_line.starts_with("a: signed before, on 20"), "{again}");
    let line = format!(": line {number} of root-issued.jsonl");
    assert!(first_line.ends_with(&line), "{again}");
    assert_eq!(workspace.snapshot(), before);

    // The same is asked by the same key, and the signature is another.
    let subject = "/O=Istio/CN=Intermediate CA/L=a";
    request_of(&workspace, "again", "a.key", subject, AS_CLUSTER_CACERTS);
    assert_ne!(workspace.read("again.csr"), workspace.read("a.csr"));
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    sign(&workspace, &["again.csr"]).succeeds();
    assert_eq!(workspace.read("signed.tar"), first);

    // A run that was interrupted before there was an archive of it.
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    sign(&workspace, &["--yes", "a.csr"]).succeeds();
    assert_eq!(workspace.read("signed.tar"), first);
    assert_eq!(record(&workspace).entries().len(), number);

    let renewal = ["--yes", "--renew", "--overwrite", "a.csr"];
    let table = sign(&workspace, &renewal).succeeds();
    let heading = format!("a: a new certificate, beside that of line {number}\n");
    assert!(table.starts_with(&heading), "{table}");
    assert!(table.contains("\n  key          as asked  "), "{table}");
    assert_eq!(record(&workspace).entries().len(), number + 1);
    is_good(&workspace, "a");
    let renewed = certificate(&workspace, "a");
    assert_eq!(record(&workspace).entries()[number].certificate, renewed);
    // From now on, that is the one.
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    sign(&workspace, &["a.csr"]).succeeds();
    assert_eq!(certificate(&workspace, "a"), renewed);
}

#[test]
fn a_cluster_gets_another_key_when_that_is_said() {
    if !has("openssl") || !has("tar") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    sign(&workspace, &["--yes", "a.csr"]).succeeds();
    let old = certificate(&workspace, "a");
    std::fs::rename(workspace.join("a.csr"), workspace.join("old.csr")).unwrap();
    requests(&workspace, &["a"]);
    let line = record(&workspace).entries().len();
    let rekey = ["--yes", "--overwrite", "--rekey", "a", "a.csr"];
    let table = sign(&workspace, &rekey).succeeds();
    is_good(&workspace, "a");
    let new = certificate(&workspace, "a");
    assert_ne!(new.spki(), old.spki());
    // Nobody agrees to it without seeing it.
    let digest = |certificate: &Certificate| {
        let groups = Sha256::of(certificate.spki()).groups();
        groups[..19].to_owned()
    };
    let seen = format!(
        "a: a new certificate, of another key than that of line {line}
  from         a.csr
  key          another   ECDSA P-256, SPKI SHA-256 {} ...
               before    ECDSA P-256, SPKI SHA-256 {} ...
",
        digest(&new),
        digest(&old)
    );
    assert!(table.starts_with(&seen), "{table}");
    let after = record(&workspace).entries().len();
    // The same command, once more.
    sign(&workspace, &rekey).succeeds();
    assert_eq!(certificate(&workspace, "a"), new);
    assert_eq!(record(&workspace).entries().len(), after);
}

#[test]
fn the_lifetime_is_as_asked_and_no_longer_than_is_permitted_and_than_the_root() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    requests(&workspace, &["a"]);
    let days = |settings: &str, arguments: &[&str]| {
        workspace.write("meshpki.toml", settings);
        let all = [&["--yes", "--renew", "--overwrite", "a.csr"], arguments].concat();
        let run = sign(&workspace, &all);
        let carry =
            "carry it to the clusters, and compare the manifest there: meshpki accept signed.tar\n";
        let notes = run
            .stderr
            .strip_suffix(carry)
            .expect("what is next")
            .to_owned();
        let table = run.succeeds();
        let length = certificate(&workspace, "a").validity().unwrap().length();
        let length = length.whole_days();
        let after = format!("after {length} days");
        let (_, bound) = table.split_once(&after).expect("when it expires");
        let bound = bound
            .lines()
            .next()
            .expect("the rest of the line")
            .to_owned();
        (length, bound, notes)
    };
    let none = String::new();
    assert_eq!(
        days("", &["--days", "10"]),
        (10, none.clone(), none.clone())
    );
    let shorter = "[cluster-cacerts]\ndays = 20\n";
    assert_eq!(days(shorter, &[]), (20, none.clone(), none));
    assert_eq!(
        days("[cluster-cacerts]\ndays = 400\n[sign]\nmax-days = 30\n", &[]),
        (
            30,
            ": meshpki.toml:4 permits no more".to_owned(),
            "the lifetime will be 30 days, as meshpki.toml:4 permits, and not the 400 of meshpki.toml:2\n"
                .to_owned()
        )
    );
    let longer = "[cluster-cacerts]\ndays = 9000\n[sign]\nmax-days = 8000\n";
    let (length, bound, notes) = days(longer, &[]);
    assert_eq!((length, bound.as_str()), (3650, ": the root ends then"));
    let end = certificate(&workspace, "a").not_after();
    assert_eq!(end, workspace.certificate("root-cert.pem").not_after());
    let expected = "the lifetime will be 8000 days, as meshpki.toml:4 permits, and not the 9000 of meshpki.toml:2\nit will expire with its root, on ";
    assert!(notes.starts_with(expected), "{notes}");
}

#[test]
fn that_a_record_begins_late_is_said_before_it_begins() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let kept = workspace.read_text("root-issued.jsonl");
    std::fs::remove_file(workspace.join("root-issued.jsonl")).unwrap();
    let late = "what O = Istio, CN = Mesh signed before is not in root-issued.jsonl\n";
    let dry_run = ["--dry-run", "a.csr"];
    let said = |begin: &str| {
        let run = sign(&workspace, &dry_run);
        assert_eq!(run.stderr, format!("root-issued.jsonl {begin}: {late}"));
        run.succeeds();
    };
    said("begins now");
    // The record of another root is no record of this one.
    let other = Workspace::with_root("Other");
    workspace.write("root-issued.jsonl", other.read("root-issued.jsonl"));
    said("has nothing of O = Istio, CN = Mesh yet");
    // One that begins with the root itself says nothing.
    workspace.write("root-issued.jsonl", kept);
    assert_eq!(sign(&workspace, &dry_run).stderr, "");
    // Once it has begun, `issued` tells of it.
    std::fs::remove_file(workspace.join("root-issued.jsonl")).unwrap();
    let run = sign(&workspace, &["--yes", "a.csr"]);
    assert!(run.stderr.contains(late), "{}", run.stderr);
    run.succeeds();
    let renewal = ["--dry-run", "--renew", "--overwrite", "a.csr"];
    assert_eq!(sign(&workspace, &renewal).stderr, "");
}

#[test]
fn a_policy_permits_other_names_and_what_is_not_asked_is_that_of_every_cluster() {
    if !has("openssl") || !has("tar") {
        return;
    }
    let workspace = root();
    workspace.write(
        "meshpki.toml",
        "[mesh]\ntrust-domain = \"prod.example.com\"\n\
         [cluster-cacerts]\nchain-with-root = false\n\
         [sign]\nclusters = [\"eu-*\"]\norganizations = [\"Ac*\", \"Istio\"]\n\
         common-names = [\"*CA\"]\nsan-dns = [\"istiod*.istio-system.svc\"]\n",
    );
    let names = "subjectAltName=DNS:istiod-1-29.istio-system.svc,DNS:ISTIOD.istio-system.svc,DNS:istiod.istio-system.svc,URI:spiffe://prod.example.com";
    request(&workspace, "eu-1", "/CN=Öl CA/O=Acme", &[names]);
    request(&workspace, "eu-2", "/", &[]);
    let run = sign(&workspace, &["--yes", "eu-1.csr", "eu-2.csr"]);
    run.succeeds();
    let one = certificate(&workspace, "eu-1");
    assert_eq!(one.subject_values(Attribute::CommonName), ["Öl CA"]);
    assert_eq!(one.subject_values(Attribute::Organization), ["Acme"]);
    let names = |certificate: &Certificate| {
        let names = certificate.subject_alt_names().iter();
        names.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&one),
        [
            "DNS:istiod-1-29.istio-system.svc",
            "DNS:ISTIOD.istio-system.svc",
            "URI:spiffe://prod.example.com"
        ]
    );
    let other = certificate(&workspace, "eu-2");
    assert_eq!(
        names(&other),
        [
            "DNS:istiod.istio-system.svc",
            "URI:spiffe://prod.example.com"
        ]
    );
    for cluster in ["eu-1", "eu-2"] {
        is_good(&workspace, cluster);
        let chain = workspace.read(format!("{cluster}/cert-chain.pem"));
        assert_eq!(Certificate::all_from_pem(&chain).unwrap().len(), 1);
    }
}

#[test]
fn the_cluster_is_said_by_the_flag_the_request_its_folder_or_its_file() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    std::fs::create_dir(workspace.join("folder")).unwrap();
    request(&workspace, "folder/ca-csr", "/", &[]);
    std::fs::rename(
        workspace.join("folder/ca-csr.csr"),
        workspace.join("folder/ca-csr.pem"),
    )
    .unwrap();
    request(&workspace, "by.file", "/", &[]);
    request(&workspace, "any", "/L=subject", &[]);
    let files = ["folder/ca-csr.pem", "by.file.csr", "any.csr"];
    let arguments = [&["--dry-run"], &files[..]].concat();
    let table = sign(&workspace, &arguments).succeeds();
    for (cluster, file, row) in [
        ("folder", files[0], "cluster      by its folder's name"),
        ("by.file", files[1], "cluster      by its file's name"),
        ("subject", files[2], "key          as asked"),
    ] {
        let begin = format!("{cluster}: a new certificate\n  from         {file}\n  {row}");
        assert!(table.contains(&begin), "{table}");
    }
    let mut command = workspace.meshpki_command();
    command.args(["sign", "--dry-run", "--cluster", "flag/", "-"]);
    let table = Run::fed(&mut command, &workspace.read("by.file.csr")).succeeds();
    assert!(
        table.starts_with(
            "flag: a new certificate\n  from         stdin\n  cluster      by --cluster\n"
        ),
        "{table}"
    );
}

#[test]
fn a_request_comes_in_whatever_form_its_maker_has() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let pem = workspace.read_text("a.csr");
    let base64 = BASE64_STANDARD.encode(&pem);
    let text = workspace.run("openssl", ["req", "-in", "a.csr", "-text"]);
    for (file, contents) in [
        // `kubectl get certificaterequest`, of cert-manager, and with -o jsonpath.
        (
            "resource.yaml",
            format!(
                "apiVersion: cert-manager.io/v1\nkind: CertificateRequest\nmetadata:\n  name: x\nspec:\n  isCA: true\n  request: {base64}\n"
            ),
        ),
        ("value.txt", base64),
        ("text.pem", text),
        ("windows.pem", pem.replace('\n', "\r\n")),
        (
            "old.pem",
            pem.replace("CERTIFICATE REQ", "NEW CERTIFICATE REQ"),
        ),
    ] {
        workspace.write(file, contents);
        let table = sign(&workspace, &["--dry-run", file]).succeeds();
        assert!(
            table.starts_with("a: a new certificate\n"),
            "{file}: {table}"
        );
    }
}

#[test]
fn a_key_that_is_encrypted_signs_what_is_new_and_is_not_needed_for_what_is_recorded() {
    if !has("openssl") || !has("tar") {
        return;
    }
    let workspace = root();
    encrypt(&workspace);
    requests(&workspace, &["a"]);
    let before = workspace.snapshot();
    let with = |passphrase: &str| {
        let mut command = workspace.meshpki_command();
        command.args(["-q", "sign", "--yes", "--passin", "env:PASSPHRASE", "a.csr"]);
        Run::of(command.env("PASSPHRASE", passphrase))
    };
    with("wrong").fails(1, "error: wrong passphrase for root-key.pem\n");
    assert_eq!(workspace.snapshot(), before);
    with("correct horse").succeeds();
    is_good(&workspace, "a");
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    sign(&workspace, &["a.csr"]).succeeds();
    is_good(&workspace, "a");
}

/// root-key.pem, encrypted with `correct horse`: quickly, by openssl.
fn encrypt(workspace: &Workspace) {
    let key = ["-in", "root-key.pem", "-out", "encrypted.pem"];
    let encrypt = ["pkcs8", "-topk8", "-passout", "pass:correct horse"];
    workspace.run("openssl", encrypt.iter().chain(&key));
    let [from, to] = ["encrypted.pem", "root-key.pem"].map(|name| workspace.join(name));
    std::fs::rename(from, to).unwrap();
}

#[test]
fn the_archive_goes_where_it_is_wanted() {
    if !has("openssl") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    std::fs::create_dir(workspace.join("stick")).unwrap();
    let out = ["--yes", "--out", "stick/to-a.tar", "a.csr"];
    let printed = sign(&workspace, &out).succeeds();
    assert!(
        printed.contains("\nstick/to-a.tar\n  clusters     1: a\n"),
        "{printed}"
    );
    let octets = workspace.read("stick/to-a.tar");
    assert_eq!(
        meshpki::mesh::archive::Signed::read(&octets)
            .unwrap()
            .0
            .answers(),
        None
    );
    assert!(!workspace.join("signed.tar").exists());
}

fn at_terminal(workspace: &Workspace, arguments: &[&str]) -> AtTerminal {
    AtTerminal::start(workspace.meshpki_command().args(arguments))
}

#[test]
fn one_question_is_asked_and_only_yes_is_yes() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let before = workspace.snapshot();
    for answer in ["n\n", "\n", "yess\n", "\x04"] {
        let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
        run.wait_for("a: a new certificate");
        run.wait_for(QUESTION);
        assert!(run.shows_what_is_typed());
        run.types(answer);
        let (status, screen) = run.ends();
        assert_eq!(status.code(), Some(1));
        assert!(screen.ends_with("nothing was signed\r\n"), "{screen}");
        assert_eq!(workspace.snapshot(), before);
    }
    for answer in ["y\n", " YES\n"] {
        let mut run = at_terminal(
            &workspace,
            &["-q", "sign", "--renew", "--overwrite", "a.csr"],
        );
        // What is asked about is shown, however quiet it is to be.
        run.wait_for("a: a new certificate");
        run.wait_for(QUESTION);
        run.types(answer);
        let (status, screen) = run.ends();
        assert_eq!(status.code(), Some(0), "{screen}");
        certificate(&workspace, "a");
    }
}

#[test]
fn ctrl_c_at_the_question_leaves_everything_as_it_was() {
    if !has("openssl") || !has("setsid") || ignores(2) {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a"]);
    let before = workspace.snapshot();
    let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
    run.wait_for(QUESTION);
    run.types("y\x03");
    let (status, screen) = run.ends();
    assert_eq!(status.signal(), Some(2), "{screen}");
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_passphrase_is_asked_for_after_the_question() {
    if !has("openssl") || !has("setsid") || !has("tar") {
        return;
    }
    let workspace = root();
    encrypt(&workspace);
    requests(&workspace, &["a"]);
    let before = workspace.snapshot();
    let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
    run.wait_for(QUESTION);
    run.types("no\n");
    let (_, screen) = run.ends();
    assert!(!screen.contains("Passphrase"), "{screen}");
    assert_eq!(workspace.snapshot(), before);

    let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
    run.wait_for(QUESTION);
    run.types("y\n");
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct horse\n");
    let (status, screen) = run.ends();
    assert_eq!(status.code(), Some(0), "{screen}");
    is_good(&workspace, "a");
}

#[test]
fn where_only_the_key_tells_which_root_signs_the_passphrase_is_asked_for_once_and_first() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = root();
    encrypt(&workspace);
    let other = Workspace::with_root("Other");
    let roots = [other.read("root-cert.pem"), workspace.read("root-cert.pem")];
    workspace.write("root-cert.pem", roots.concat());
    requests(&workspace, &["a"]);
    let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct horse\n");
    run.wait_for(QUESTION);
    run.types("y\n");
    let (status, screen) = run.ends();
    assert_eq!(status.code(), Some(0), "{screen}");
    assert_eq!(screen.matches("Passphrase").count(), 1, "{screen}");
    assert_eq!(
        certificate(&workspace, "a").issuer(),
        "O = Istio, CN = Mesh"
    );
}

#[test]
fn while_somebody_thinks_others_sign_and_what_they_change_is_seen() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = root();
    requests(&workspace, &["a", "b"]);
    // Nobody waits, and what is agreed upon is still the same.
    let mut run = at_terminal(&workspace, &["sign", "a.csr"]);
    run.wait_for(QUESTION);
    sign(&workspace, &["--yes", "--out", "b.tar", "b.csr"]).succeeds();
    run.types("y\n");
    let (status, screen) = run.ends();
    assert_eq!(status.code(), Some(0), "{screen}");

    // The same request has been signed meanwhile.
    requests(&workspace, &["c"]);
    let arguments = ["--color=never", "sign", "--out", "c.tar", "c.csr"];
    let mut run = at_terminal(&workspace, &arguments);
    run.wait_for(QUESTION);
    sign(&workspace, &["--yes", "--out", "other.tar", "c.csr"]).succeeds();
    let before = workspace.snapshot();
    run.types("y\n");
    let (status, screen) = run.ends();
    let error = "error: what would be signed has changed meanwhile: nothing was signed\r\nhint: run it again\r\n";
    assert!(screen.ends_with(error), "{screen}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);

    // The root is another.
    requests(&workspace, &["d"]);
    let arguments = ["--color=never", "sign", "--out", "d.tar", "d.csr"];
    let mut run = at_terminal(&workspace, &arguments);
    run.wait_for(QUESTION);
    let other = Workspace::with_root("Mesh");
    for file in ["root-key.pem", "root-cert.pem"] {
        workspace.write(file, other.read(file));
    }
    let before = workspace.snapshot();
    run.types("y\n");
    let (status, screen) = run.ends();
    assert!(screen.ends_with(error), "{screen}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_clock_that_is_behind_the_record_is_told() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_root("Mesh");
    requests(&workspace, &["a"]);
    let root = workspace.certificate("root-cert.pem");
    let own = NewEntry {
        cluster: None,
        certificate: root.clone(),
        request: None,
    };
    for (time, is_told) in [
        (datetime!(2098-01-01 00:00 UTC), true),
        (datetime!(2020-01-01 00:00 UTC), false),
    ] {
        let line = Record::default().lines_for(std::slice::from_ref(&own), &root, time);
        workspace.write(ROOT_ISSUED, line);
        let run = workspace.meshpki(["sign", "--dry-run", "a.csr"]);
        let note = "line 1 of root-issued.jsonl is of 2098-01-01T00:00:00Z, and now is 20";
        assert_eq!(run.stderr.starts_with(note), is_told, "{}", run.stderr);
        assert_eq!(run.stderr.ends_with("Z: is the clock right?\n"), is_told);
        run.succeeds();
    }
}
