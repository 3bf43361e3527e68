//! `meshpki root-ca`, held against the `openssl` program.

mod common;

use common::{Run, Workspace, has};

const KEY_TYPES: [&str; 5] = ["rsa-2048", "rsa-3072", "rsa-4096", "p256", "p384"];

/// The lines of `openssl x509 -text` that do not differ from key to key.
fn says(workspace: &Workspace, file: &str) -> String {
    workspace.run("openssl", ["x509", "-in", file, "-noout", "-text"])
}

#[test]
fn a_root_is_what_openssl_takes_for_one() {
    if !has("openssl") {
        return;
    }
    for key_type in KEY_TYPES {
        let workspace = Workspace::new();
        workspace
            .meshpki(["root-ca", "--key-type", key_type])
            .succeeds();
        let verify = [
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-CAfile",
            "root-cert.pem",
            "root-cert.pem",
        ];
        assert_eq!(workspace.run("openssl", verify), "root-cert.pem: OK\n");
        workspace.run(
            "openssl",
            ["pkey", "-in", "root-key.pem", "-check", "-noout"],
        );
        let text = says(&workspace, "root-cert.pem");
        for line in [
            "Issuer: O = Istio, CN = Root CA\n",
            "Subject: O = Istio, CN = Root CA\n",
            "X509v3 Basic Constraints: critical\n                CA:TRUE\n",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert_eq!(workspace.mode("root-key.pem"), 0o600);
        assert_eq!(workspace.mode("root-cert.pem"), 0o644);
        assert_eq!(workspace.mode("root-issued.jsonl"), 0o600);
        assert_eq!(workspace.snapshot().len(), 3);
    }
}

#[test]
fn name_lifetime_and_trust_domain_are_as_asked() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let arguments = [
        "root-ca",
        "--key-type",
        "p384",
        "--org",
        "Zoë & \"R$D\", #1",
        "--cn",
        "A=B+C",
        "--days",
        "10",
        "--trust-domain",
        "prod.example.com",
    ];
    workspace.meshpki(arguments).succeeds();
    let text = says(&workspace, "root-cert.pem");
    assert!(text.contains("URI:spiffe://prod.example.com\n"), "{text}");
    let subject = [
        "x509",
        "-in",
        "root-cert.pem",
        "-noout",
        "-subject",
        "-nameopt",
        "sep_multiline,utf8",
    ];
    assert_eq!(
        workspace.run("openssl", subject),
        "subject=\n    O=Zoë & \"R$D\", #1\n    CN=A=B+C\n"
    );
    let checkend = |seconds: &str| {
        let arguments = [
            "x509",
            "-in",
            "root-cert.pem",
            "-noout",
            "-checkend",
            seconds,
        ];
        let mut command = std::process::Command::new("openssl");
        Run::of(command.current_dir(workspace.path()).args(arguments)).status
    };
    assert_eq!(checkend("863000"), Some(0));
    assert_eq!(checkend("864100"), Some(1));
}

#[test]
fn openssl_makes_the_same_root_from_the_configuration() {
    if !has("openssl") {
        return;
    }
    for extra in [&[][..], &["--trust-domain", "prod.example.com"]] {
        for key_type in KEY_TYPES {
            let workspace = Workspace::new();
            let arguments = [
                "root-ca",
                "--openssl-conf",
                "--org",
                "A \"$B\" # \\C;",
                "--key-type",
                key_type,
            ];
            workspace.meshpki(arguments.iter().chain(extra)).succeeds();
            assert_eq!(workspace.mode("root-ca.conf"), 0o644);
            assert_eq!(workspace.mode("root-cert.csr"), 0o644);
            let at_once = [
                "req",
                "-x509",
                "-new",
                "-config",
                "root-ca.conf",
                "-key",
                "root-key.pem",
                "-out",
                "once.pem",
            ];
            workspace.run("openssl", at_once);
            let from_request = [
                "x509",
                "-req",
                "-in",
                "root-cert.csr",
                "-signkey",
                "root-key.pem",
                "-extfile",
                "root-ca.conf",
                "-extensions",
                "req_ext",
                "-out",
                "request.pem",
            ];
            workspace.run("openssl", from_request);
            let ours = extensions(&workspace, "root-cert.pem");
            assert_eq!(extensions(&workspace, "once.pem"), ours);
            assert_eq!(extensions(&workspace, "request.pem"), ours);
        }
    }
}

/// The subject and the extensions in DER.
fn extensions(workspace: &Workspace, file: &str) -> (Vec<u8>, Vec<u8>) {
    use x509_parser::prelude::FromDer;

    let pem = pem::parse(workspace.read(file)).unwrap();
    let (_, certificate) =
        x509_parser::certificate::X509Certificate::from_der(pem.contents()).unwrap();
    let subject = certificate.subject().as_raw().to_vec();
    let extensions = certificate.extensions();
    let whole = extensions.iter().flat_map(|extension| {
        let head = format!("{} {} ", extension.oid, extension.critical);
        [head.into_bytes(), extension.value.to_vec()].concat()
    });
    (subject, whole.collect())
}

#[test]
fn a_root_that_stands_is_never_overwritten() {
    let workspace = Workspace::new();
    workspace
        .meshpki(["root-ca", "--key-type", "p256"])
        .succeeds();
    let before = workspace.snapshot();
    let refused = workspace.meshpki(["root-ca"]);
    assert_eq!(refused.status, Some(1));
    let start = "error: root-key.pem is there already: an ECDSA P-256 key, of O = Istio, CN = Root CA, which expires on ";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
    let hint = "\nhint: a mesh has one root; for another mesh, work in another folder: mkdir DIR && meshpki -C DIR root-ca\n";
    assert!(refused.stderr.ends_with(hint), "{}", refused.stderr);
    assert_eq!(workspace.snapshot(), before);

    std::fs::remove_file(workspace.join("root-key.pem")).unwrap();
    let before = workspace.snapshot();
    let refused = workspace.meshpki(["root-ca"]);
    let start = "error: root-cert.pem is there already: a certificate, of O = Istio, CN = Root CA, which expires on ";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_record_of_another_root_is_kept() {
    let workspace = Workspace::new();
    workspace.write("root-issued.jsonl", "");
    let before = workspace.snapshot();
    workspace.meshpki(["root-ca"]).fails(
        1,
        "error: root-issued.jsonl is there already: the record of what another root has signed\n\
         hint: keep it with that root, and move it away: mv root-issued.jsonl DIR; or work in another folder: mkdir DIR && meshpki -C DIR root-ca\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_stands_in_the_place_of_a_key_is_left_there() {
    let workspace = Workspace::new();
    workspace.write("root-key.pem", "");
    workspace.meshpki(["root-ca"]).fails(
        1,
        "error: root-key.pem is there already: there is no private key in it, and there is no certificate of it in root-cert.pem\n\
         hint: a mesh has one root; for another mesh, work in another folder: mkdir DIR && meshpki -C DIR root-ca\n",
    );
    assert_eq!(workspace.read("root-key.pem"), b"");
}

#[test]
fn a_value_that_no_certificate_can_hold_is_a_usage_error() {
    let workspace = Workspace::new();
    for (flag, value, reason) in [
        ("--org", "", "the O of a name is empty"),
        (
            "--cn",
            &*"x".repeat(65),
            "the CN of a name has 65 characters, and RFC 5280 allows 64",
        ),
        (
            "--days",
            "0",
            "\"0\" is not a number of days: a whole number from 1 is wanted",
        ),
        (
            "--key-type",
            "rsa-1024",
            "no key type is called \"rsa-1024\": there are rsa-2048, rsa-3072, rsa-4096, p256 and p384",
        ),
        (
            "--trust-domain",
            "Prod",
            "\"Prod\" is not a trust domain: it has capital letters in it (SPIFFE-ID §2.1)",
        ),
    ] {
        let refused = workspace.meshpki(["root-ca", flag, value]);
        assert_eq!(refused.status, Some(64), "{flag}");
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
        assert!(workspace.snapshot().is_empty());
    }
    let refused = workspace.meshpki(["root-ca", "--days", "4294967295"]);
    assert_eq!(refused.status, Some(1));
    let start = "error: --days: a lifetime of 4294967295 days: no certificate outlives the year 9999, so at most ";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
    assert!(workspace.snapshot().is_empty());
}

#[test]
fn a_file_of_openssls_that_stands_is_refused_before_a_key_is_made() {
    let workspace = Workspace::new();
    workspace.write("root-ca.conf", "");
    workspace.meshpki(["root-ca", "--openssl-conf"]).fails(
        1,
        "error: root-ca.conf is there already\nhint: move it away: mv root-ca.conf root-ca.conf.old\n",
    );
    assert_eq!(workspace.snapshot().len(), 1);
}

#[test]
fn a_key_that_cannot_be_read_is_told_as_such() {
    let workspace = Workspace::new();
    std::os::unix::fs::symlink("missing", workspace.join("root-key.pem")).unwrap();
    workspace.meshpki(["root-ca"]).fails(
        1,
        "error: root-key.pem is there already: cannot read root-key.pem: No such file or directory (os error 2)\n\
         hint: a mesh has one root; for another mesh, work in another folder: mkdir DIR && meshpki -C DIR root-ca\n",
    );
}
