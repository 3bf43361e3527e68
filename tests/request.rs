//! `meshpki request`: keys that stay, and requests that go to a root elsewhere.

mod common;

use std::os::unix::fs::{PermissionsExt, symlink};

use common::gap::{run_request as request, with_requests};
use common::{Run, Workspace, has};
use meshpki::pki::key::PrivateKey;
use meshpki::pki::request::CertificationRequest;

/// What is said where every request is there already.
const CARRY: &str = "hint: carry ca-csr.pem to the root, or all of them in one archive: meshpki request --bundle requests.tar\n";

fn asked(workspace: &Workspace, file: &str) -> CertificationRequest {
    CertificationRequest::from_pem(&workspace.read(file)).expect("a request")
}

fn key(workspace: &Workspace, file: &str) -> PrivateKey {
    PrivateKey::from_pem(&workspace.read(file)).expect("a private key")
}

/// Whether the request of `cluster` is of the key in its `file`.
fn is_of(workspace: &Workspace, cluster: &str, file: &str) -> bool {
    let request = asked(workspace, &format!("{cluster}/ca-csr.pem"));
    key(workspace, &format!("{cluster}/{file}")).belongs_to(request.public_key())
}

/// What the openssl program says of the request in `file`, once it has verified it.
fn text(workspace: &Workspace, file: &str) -> String {
    let arguments = ["req", "-verify", "-noout", "-text", "-in", file];
    let mut openssl = std::process::Command::new("openssl");
    let run = Run::of(openssl.current_dir(workspace.path()).args(arguments));
    assert!(run.stderr.contains("verify OK"), "{run:#?}");
    run.succeeds()
}

/// The lines that tell of a request of `name`.
fn told(name: &str, files: &str, more: &str) -> String {
    format!(
        "{name}/\n  files        {files}\n  subject      O = Istio, CN = Intermediate CA, L = {name}\n  key          ECDSA P-256\n{more}"
    )
}

const REPLACED: &str = "  replaced     the ca-csr.pem that was there\n";

#[test]
fn a_new_cluster_gets_a_key_and_a_request_of_it_and_no_root_is_needed() {
    let workspace = Workspace::new();
    let run = request(&workspace, &["c1"]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.succeeds(), told("c1", "ca-csr.pem ca-key.pem", ""));
    let made: Vec<_> = workspace.snapshot().into_keys().collect();
    let expected = ["c1", "c1/ca-csr.pem", "c1/ca-key.pem"];
    assert_eq!(made, expected.map(std::path::PathBuf::from));
    let modes = expected.map(|path| workspace.mode(path));
    assert_eq!(modes, [0o700, 0o644, 0o600]);
    assert!(is_of(&workspace, "c1", "ca-key.pem"));
    if has("openssl") {
        let text = text(&workspace, "c1/ca-csr.pem");
        for line in [
            "        Subject: O = Istio, CN = Intermediate CA, L = c1\n",
            "X509v3 Subject Alternative Name: \n                    DNS:istiod.istio-system.svc\n",
            "X509v3 Key Usage: critical\n                    Certificate Sign, CRL Sign\n",
            "X509v3 Basic Constraints: critical\n                    CA:TRUE, pathlen:0\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}

#[test]
fn openssl_verifies_a_request_of_every_kind_of_key() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    for (key_type, shown) in [
        ("rsa-2048", "Public-Key: (2048 bit)"),
        ("p256", "NIST CURVE: P-256"),
        ("p384", "NIST CURVE: P-384"),
    ] {
        workspace
            .meshpki(["request", "--key-type", key_type, key_type])
            .succeeds();
        let text = text(&workspace, &format!("{key_type}/ca-csr.pem"));
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn several_clusters_ask_at_once_and_are_counted() {
    let workspace = with_requests(&["c2"]);
    workspace.write("c3", "in the way");
    let run = request(&workspace, &["c1", "c2", "c1/", "c3"]);
    assert_eq!(
        run.stderr,
        "error: c3: what has that name is not a folder\n\
         hint: move it away, or give the cluster another name\n\
         3 requests: 1 written, 1 up to date, 1 failed\n"
    );
    assert_eq!(run.status, Some(1));
    let up_to_date = "c2: ca-csr.pem is up to date\n";
    assert_eq!(
        run.stdout,
        up_to_date.to_owned() + &told("c1", "ca-csr.pem ca-key.pem", "")
    );
}

#[test]
fn what_is_asked_comes_from_flags_the_environment_and_the_settings() {
    let workspace = Workspace::new();
    workspace.write(
        "meshpki.toml",
        "[mesh]\ntrust-domain = \"prod.example.com\"\n[cluster-cacerts]\norganization = \"File\"\ncommon-name = \"File CA\"\nkey-type = \"p256\"\n",
    );
    let mut command = workspace.meshpki_command();
    command.env("INTERMEDIATE_ORG", "Environment");
    Run::of(command.args(["request", "--san-dns", "istiod.example.com", "c1"])).succeeds();
    let request = asked(&workspace, "c1/ca-csr.pem");
    assert_eq!(
        request.subject_name().to_string(),
        "O = Environment, CN = File CA, L = c1"
    );
    let names = request.extensions().subject_alt_names.iter();
    let names: Vec<_> = names.map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["DNS:istiod.example.com", "URI:spiffe://prod.example.com"]
    );
}

#[test]
fn a_request_that_asks_the_same_is_left_as_it_is() {
    let workspace = Workspace::new();
    request(&workspace, &["--org", "Acme", "c1"]).succeeds();
    let before = workspace.snapshot();
    for arguments in [
        &["c1"][..],
        &["--org", "Acme", "c1"],
        &["--dry-run", "c1"],
        &["--san-dns", "istiod.istio-system.svc", "c1/"],
    ] {
        let run = request(&workspace, arguments);
        assert_eq!(run.stderr, CARRY);
        assert_eq!(run.succeeds(), "c1: ca-csr.pem is up to date\n");
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_request_that_openssl_made_of_the_same_is_left_too() {
    if !has("openssl") {
        return;
    }
    let workspace = with_requests(&["c1"]);
    let words = [
        "req",
        "-new",
        "-key",
        "c1/ca-key.pem",
        "-out",
        "c1/ca-csr.pem",
        "-utf8",
        "-subj",
        "/O=Istio/CN=Intermediate CA/L=c1",
        "-addext",
        "keyUsage=critical,cRLSign,keyCertSign",
        "-addext",
        "basicConstraints=critical,CA:TRUE,pathlen:0",
        "-addext",
        "subjectAltName=DNS:istiod.istio-system.svc",
    ];
    workspace.run("openssl", words);
    let before = workspace.snapshot();
    assert_eq!(
        request(&workspace, &["c1"]).succeeds(),
        "c1: ca-csr.pem is up to date\n"
    );
    assert_eq!(workspace.snapshot(), before);
    workspace.run(
        "openssl",
        words
            .iter()
            .chain(&["-addext", "extendedKeyUsage=serverAuth"]),
    );
    let expected = told("c1", "ca-csr.pem", REPLACED);
    assert_eq!(request(&workspace, &["c1"]).succeeds(), expected);
    assert!(
        asked(&workspace, "c1/ca-csr.pem")
            .extensions()
            .others
            .is_empty()
    );
}

#[test]
fn a_request_that_asks_otherwise_is_replaced() {
    let workspace = with_requests(&["c1"]);
    let key = workspace.read("c1/ca-key.pem");
    let run = request(&workspace, &["--cn", "Mesh CA", "c1"]);
    assert_eq!(run.stderr, "");
    let expected = told("c1", "ca-csr.pem", REPLACED);
    assert_eq!(
        run.succeeds(),
        expected.replace("Intermediate CA", "Mesh CA")
    );
    assert_eq!(workspace.read("c1/ca-key.pem"), key);
    let request = asked(&workspace, "c1/ca-csr.pem");
    assert_eq!(
        request.subject_name().to_string(),
        "O = Istio, CN = Mesh CA, L = c1"
    );
    assert_eq!(workspace.snapshot().len(), 3);
}

#[test]
fn a_cluster_that_stands_asks_with_its_key_for_what_its_certificate_says() {
    let workspace = Workspace::with_clusters(&[]);
    let names = ["--org", "Acme", "--trust-domain", "prod.example.com", "c1"];
    workspace.issue(&names).succeeds();
    for file in ["root-key.pem", "root-cert.pem"] {
        std::fs::remove_file(workspace.join(file)).unwrap();
    }
    let before = workspace.snapshot();
    let run = workspace.meshpki(["request", "c1"]);
    assert_eq!(run.stderr, "");
    let expected = told("c1", "ca-csr.pem", "");
    assert_eq!(run.succeeds(), expected.replace("Istio", "Acme"));
    let request = asked(&workspace, "c1/ca-csr.pem");
    let certificate = workspace.certificate("c1/ca-cert.pem");
    assert!(is_of(&workspace, "c1", "ca-key.pem"));
    assert_eq!(request.subject_der(), certificate.subject_der());
    assert_eq!(
        request.extensions().subject_alt_names,
        certificate.subject_alt_names()
    );
    std::fs::remove_file(workspace.join("c1/ca-csr.pem")).unwrap();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_name_that_meshpki_would_not_write_is_asked_for_octet_for_octet() {
    if !has("openssl") {
        return;
    }
    let workspace = with_requests(&["c1"]);
    workspace.write(
        "odd.cnf",
        "[req]\ndistinguished_name=n\nprompt=no\nstring_mask=pkix\n[n]\nOU=odd\nC=DE\nCN=x\n",
    );
    let words = "req -new -x509 -config odd.cnf -key c1/ca-key.pem -out c1/ca-cert.pem -days 10";
    workspace.run("openssl", words.split(' '));
    request(&workspace, &["c1"]).succeeds();
    let certificate = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(
        asked(&workspace, "c1/ca-csr.pem").subject_der(),
        certificate.subject_der()
    );
}

#[test]
fn the_next_key_waits_beside_the_present_one() {
    let workspace = Workspace::with_clusters(&["c1"]);
    let standing = workspace.snapshot();
    let run = workspace.meshpki(["request", "--rekey", "c1"]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.succeeds(), told("c1", "ca-csr.pem ca-key.next.pem", ""));
    assert_eq!(workspace.mode("c1/ca-key.next.pem"), 0o600);
    assert!(is_of(&workspace, "c1", "ca-key.next.pem"));
    assert!(!is_of(&workspace, "c1", "ca-key.pem"));
    let after = workspace.snapshot();
    for (path, entry) in &standing {
        assert_eq!(after.get(path), Some(entry), "{}", path.display());
    }
    assert_eq!(after.len(), standing.len() + 2);

    let again = workspace.meshpki(["request", "--rekey", "c1"]);
    assert_eq!(again.stderr, CARRY);
    assert_eq!(again.succeeds(), "c1: ca-csr.pem is up to date\n");
    workspace.meshpki(["request", "c1"]).fails(
        1,
        "error: c1: a new key waits in ca-key.next.pem for its certificate\n\
         hint: ask for that one: meshpki request --rekey c1; or give it up: mv c1/ca-key.next.pem c1/ca-key.next.pem.old && meshpki request c1\n",
    );
    assert_eq!(workspace.snapshot(), after);
}

#[test]
fn a_key_that_waits_is_used_and_never_replaced() {
    let workspace = with_requests(&["c1"]);
    let run = workspace.meshpki(["request", "--rekey", "c1"]);
    let expected = told("c1", "ca-csr.pem ca-key.next.pem", REPLACED);
    assert_eq!(run.succeeds(), expected);
    let waiting = workspace.read("c1/ca-key.next.pem");
    std::fs::remove_file(workspace.join("c1/ca-csr.pem")).unwrap();
    let run = workspace.meshpki(["request", "--rekey", "c1"]);
    assert_eq!(run.succeeds(), told("c1", "ca-csr.pem", ""));
    assert_eq!(workspace.read("c1/ca-key.next.pem"), waiting);
    assert!(is_of(&workspace, "c1", "ca-key.next.pem"));

    let before = workspace.snapshot();
    workspace
        .meshpki(["request", "--rekey", "--key-type", "p384", "c1"])
        .fails(
            1,
            "error: c1: the key in ca-key.next.pem is ECDSA P-256, and --key-type asks for p384: it waits for its certificate\n\
             hint: move it away: mv c1/ca-key.next.pem c1/ca-key.next.pem.old\n",
        );
    workspace.write("c1/ca-key.next.pem", "no key\n");
    workspace.meshpki(["request", "--rekey", "c1"]).fails(
        1,
        "error: c1: ca-key.next.pem: there is no private key in it\n\
         hint: move it away: mv c1/ca-key.next.pem c1/ca-key.next.pem.old\n",
    );
    // From elsewhere, the line is for where it is typed.
    workspace.write("inner/c1/ca-key.next.pem", "no key\n");
    workspace.write("inner/c1/ca-csr.pem", "no request\n");
    workspace
        .meshpki(["-C", "inner", "request", "--rekey", "c1"])
        .fails(
            1,
            "warning: c1/ca-key.next.pem can be read by others than its owner: chmod 600 inner/c1/ca-key.next.pem\n\
             error: c1: ca-key.next.pem: there is no private key in it\n\
             hint: move it away: mv inner/c1/ca-key.next.pem inner/c1/ca-key.next.pem.old\n",
        );
    workspace.meshpki(["-C", "inner", "request", "c1"]).fails(
        1,
        "warning: c1/ca-key.next.pem can be read by others than its owner: chmod 600 inner/c1/ca-key.next.pem\n\
         error: c1: a new key waits in ca-key.next.pem for its certificate\n\
         hint: ask for that one: meshpki -C inner request --rekey c1; or give it up: mv inner/c1/ca-key.next.pem inner/c1/ca-key.next.pem.old && meshpki -C inner request c1\n",
    );
    std::fs::remove_dir_all(workspace.join("inner")).unwrap();
    workspace.write("c1/ca-key.next.pem", waiting);
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_key_of_another_kind_is_for_rekey() {
    let workspace = with_requests(&["c1"]);
    let before = workspace.snapshot();
    workspace
        .meshpki(["request", "--org", "Acme Inc.", "--key-type", "p384", "c1"])
        .fails(
            1,
            "error: c1: its key is ECDSA P-256, and --key-type asks for p384: without --rekey it stays\n\
             hint: meshpki request --rekey --org 'Acme Inc.' --key-type p384 c1\n",
        );
    assert_eq!(workspace.snapshot(), before);
    workspace.write(
        "meshpki.toml",
        "[cluster-cacerts]\nkey-type = \"p384\"\ncommon-name = \"x\"\n",
    );
    let run = workspace.meshpki(["request", "c1"]);
    assert_eq!(
        run.stderr,
        "c1: its key stays ECDSA P-256, and not p384 of meshpki.toml:2: without --rekey it stays\n"
    );
    run.succeeds();
    workspace.meshpki(["request", "--rekey", "c1"]).succeeds();
    let next = key(&workspace, "c1/ca-key.next.pem");
    assert_eq!(next.kind().to_string(), "ECDSA P-384");
}

#[test]
fn a_cluster_that_is_not_there_has_no_next_key() {
    let workspace = Workspace::new();
    request(&workspace, &["--rekey", "c1"]).fails(
        1,
        "error: c1: there is no key yet that another could follow\n\
         hint: make its first one: meshpki request --key-type p256 c1\n",
    );
    assert!(workspace.snapshot().is_empty());
}

#[test]
fn without_its_key_a_cluster_can_ask_for_a_new_one_alone() {
    let workspace = Workspace::with_clusters(&["c1"]);
    std::fs::remove_file(workspace.join("c1/ca-key.pem")).unwrap();
    let before = workspace.snapshot();
    request(&workspace, &["c1"]).fails(
        1,
        "error: c1: ca-key.pem is missing\n\
         hint: put it back, or make a new key: meshpki request --rekey c1\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workspace.meshpki(["request", "--rekey", "c1"]).succeeds();
    assert!(is_of(&workspace, "c1", "ca-key.next.pem"));
}

#[test]
fn what_is_no_request_is_not_replaced() {
    let workspace = with_requests(&["c1"]);
    let key = workspace.read("c1/ca-key.pem");
    let two = workspace.read_text("c1/ca-csr.pem").repeat(2);
    for (contents, what) in [
        (&b""[..], "there is no certification request in it"),
        (
            &key,
            "there is no certification request in it: it is a private key",
        ),
        (two.as_bytes(), "there are 2 certification requests in it"),
    ] {
        workspace.write("c1/ca-csr.pem", contents);
        let before = workspace.snapshot();
        for arguments in [&["c1"][..], &["--rekey", "c1"]] {
            request(&workspace, arguments).fails(
                1,
                &format!(
                    "error: c1: ca-csr.pem: {what}\n\
                     hint: move it away: mv c1/ca-csr.pem c1/ca-csr.pem.old\n"
                ),
            );
        }
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn what_is_no_folder_of_a_cluster_is_left_alone() {
    let workspace = Workspace::with_clusters(&["c1"]);
    workspace.meshpki(["workload-certs", "w"]).succeeds();
    workspace.write("notes/readme", "text");
    symlink("c1", workspace.join("link")).unwrap();
    workspace.write("file", "text");
    let before = workspace.snapshot();
    for (name, error) in [
        (
            "w",
            "w/key.pem is there: the folder is a workload's\nhint: give the cluster another name",
        ),
        (
            "notes",
            "the folder is there, with readme in it and no cluster's files\nhint: move it away, or give the cluster another name",
        ),
        (
            "link",
            "what has that name is a symbolic link\nhint: move it away, or give the cluster another name",
        ),
        (
            "file",
            "what has that name is not a folder\nhint: move it away, or give the cluster another name",
        ),
    ] {
        for arguments in [&[name][..], &["--rekey", name]] {
            request(&workspace, arguments).fails(1, &format!("error: {name}: {error}\n"));
        }
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_dry_run_says_what_would_be_and_writes_nothing() {
    let workspace = with_requests(&["c1"]);
    let before = workspace.snapshot();
    let run = workspace.meshpki(["request", "--dry-run", "--rekey", "c1"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.succeeds(),
        "c1/ (not written)\n  \
           files        ca-csr.pem ca-key.next.pem\n  \
           subject      O = Istio, CN = Intermediate CA, L = c1\n  \
           key          a new key, p256\n\
         \x20 replaced     the ca-csr.pem that was there\n"
    );
    let run = workspace.meshpki(["request", "--dry-run", "--cn", "Mesh CA", "c1", "c2"]);
    assert_eq!(
        run.stderr,
        "2 requests: 2 would be written, 0 up to date, 0 failed\n"
    );
    assert_eq!(
        run.succeeds(),
        "c1/ (not written)\n  \
           files        ca-csr.pem\n  \
           subject      O = Istio, CN = Mesh CA, L = c1\n  \
           key          the same key, ECDSA P-256\n\
         \x20 replaced     the ca-csr.pem that was there\n\
         c2/ (not written)\n  \
           files        ca-csr.pem ca-key.pem\n  \
           subject      O = Istio, CN = Mesh CA, L = c2\n  \
           key          a new key, rsa-4096\n"
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_key_that_others_can_read_is_told_of() {
    let workspace = with_requests(&["c1"]);
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(workspace.join("c1/ca-key.pem"), mode).unwrap();
    assert_eq!(
        request(&workspace, &["c1"]).stderr,
        "warning: c1/ca-key.pem can be read by others than its owner: chmod 600 c1/ca-key.pem\n"
            .to_owned()
            + CARRY
    );
}

#[test]
fn a_cluster_that_waits_for_its_certificate_is_told_so() {
    let workspace = with_requests(&["c1"]);
    workspace.meshpki(["secret", "c1"]).fails(
        1,
        "error: c1: there is no certificate yet: its request, ca-csr.pem, waits\n\
         hint: once the root has signed it: meshpki accept signed.tar c1\n",
    );
    let checked = workspace.meshpki(["check", "c1"]);
    assert_eq!(checked.status, Some(2));
    let remedies = checked
        .stdout
        .lines()
        .filter(|line| line.starts_with("  remedy: "));
    let remedies: Vec<_> = remedies.collect();
    let remedy = "  remedy: once the root has signed ca-csr.pem: meshpki accept signed.tar c1";
    assert_eq!(remedies, [remedy; 3]);
}

#[test]
fn what_waits_in_a_folder_is_no_finding_and_no_obstacle() {
    let workspace = Workspace::with_clusters(&["c1"]);
    let [checked, secret] = ["check", "secret"].map(|command| workspace.meshpki([command, "c1"]));
    workspace.meshpki(["request", "--rekey", "c1"]).succeeds();
    assert_eq!(
        workspace.meshpki(["check", "c1"]).succeeds(),
        checked.succeeds()
    );
    assert_eq!(
        workspace.meshpki(["secret", "c1"]).succeeds(),
        secret.succeeds()
    );
    workspace.write(
        "secret.yaml",
        workspace.meshpki(["secret", "c1"]).succeeds(),
    );
    for arguments in [["diff", "c1", "secret.yaml"], ["diff", "secret.yaml", "c1"]] {
        workspace.meshpki(arguments).succeeds();
    }
    let standing = workspace.issue(&["c1"]);
    assert!(standing.succeeds().starts_with("c1: up to date, "));

    let waiting = workspace.read("c1/ca-key.next.pem");
    let run = workspace.issue(&["--renew", "c1"]);
    let (note, kept) = run.stderr.trim_end().split_once(" will stay in ").unwrap();
    assert_eq!(note, "c1: ca-csr.pem, ca-key.next.pem");
    assert_eq!(workspace.read(format!("{kept}/ca-key.next.pem")), waiting);
    run.succeeds();
    assert!(!workspace.join("c1/ca-key.next.pem").exists());
}

#[test]
fn a_next_key_that_a_secret_has_is_a_finding_and_a_difference() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["c1"]);
    workspace.meshpki(["request", "--rekey", "c1"]).succeeds();
    let create = "create secret generic cacerts --from-file=c1 --dry-run=client -o yaml";
    let secret = workspace.run("kubectl", create.split(' '));
    workspace.write("secret.yaml", secret);
    let checked = workspace.meshpki(["check", "secret.yaml"]).stdout;
    let finding = "W stray-key: ca-key.next.pem is there, and istiod does not read it\n";
    assert!(checked.contains(finding), "{checked}");
    workspace.meshpki(["diff", "c1", "secret.yaml"]).succeeds();
    std::fs::remove_file(workspace.join("c1/ca-key.next.pem")).unwrap();
    let run = workspace.meshpki(["diff", "c1", "secret.yaml"]);
    assert!(
        run.stdout
            .contains("ca-key.next.pem: only in secret.yaml\n"),
        "{run:#?}"
    );
    assert_eq!(run.status, Some(2));
}

#[test]
fn a_next_key_that_others_can_read_is_a_finding() {
    let workspace = Workspace::with_clusters(&["c1"]);
    workspace.meshpki(["request", "--rekey", "c1"]).succeeds();
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(workspace.join("c1/ca-key.next.pem"), mode).unwrap();
    let checked = workspace.meshpki(["check", "c1"]).stdout;
    let finding = "c1/ca-key.next.pem: W key-exposed: its mode is 0640: others than its owner can get at it\n";
    assert!(checked.contains(finding), "{checked}");
}

#[test]
fn a_root_that_is_here_signs_what_the_request_asks_for() {
    let workspace = Workspace::new();
    request(&workspace, &["--org", "Acme", "c1"]).succeeds();
    let key = workspace.read("c1/ca-key.pem");
    workspace
        .meshpki(["root-ca", "--key-type", "p256"])
        .succeeds();
    workspace.issue(&["--renew", "c1"]).succeeds();
    assert_eq!(workspace.read("c1/ca-key.pem"), key);
    let certificate = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(
        certificate.subject(),
        "O = Acme, CN = Intermediate CA, L = c1"
    );
}
