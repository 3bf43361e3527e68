//! `meshpki split`, held against sed and awk on what the real `openssl s_client` prints.

mod common;

use std::process::Command;

use common::pki::{CA, Pki};
use common::secrets::fed;
use common::tls::TlsServer;
use common::{Run, Workspace, has};

const SVID: &str = "basicConstraints=critical,CA:FALSE\nsubjectAltName=critical,URI:spiffe://cluster.local/ns/foo/sa/httpbin\n";

/// leaf.pem, inter.pem and root.pem, as a sidecar sends them.
fn mesh() -> Pki {
    let pki = Pki::new();
    pki.issue("root", "/O=Istio/CN=Root CA", "root", CA);
    pki.issue("inter", "/O=Istio/CN=Intermediate CA", "root", CA);
    pki.issue("leaf", "/", "inter", SVID);
    pki.join("above.pem", &["inter.pem", "root.pem"]);
    pki.join("chain.pem", &["leaf.pem", "inter.pem", "root.pem"]);
    pki
}

const REPORT: &str = "\
proxy-cert-1.pem: X509-SVID, URI:spiffe://cluster.local/ns/foo/sa/httpbin, expires 2050-01-01
proxy-cert-2.pem: intermediate CA, O = Istio, CN = Intermediate CA, expires 2050-01-01
proxy-cert-3.pem: root CA, O = Istio, CN = Root CA, expires 2050-01-01
";

/// What `openssl s_client` prints of it.
fn transcript(workspace: &Workspace, options: &[&str]) -> String {
    let line = "-naccept 1 -cert leaf.pem -cert_chain above.pem -key leaf.key";
    let server = TlsServer::start(workspace.path(), line.split(' '));
    let mut client = Command::new("openssl");
    client
        .args(["s_client", "-connect", &server.address])
        .args(options);
    Run::of(&mut client).stdout
}

#[test]
fn what_s_client_prints_is_numbered_as_sed_and_awk_number_it() {
    if !["openssl", "sed", "awk"].into_iter().all(has) {
        return;
    }
    let pki = mesh();
    let workspace = &pki.0;
    for tls in ["-tls1_2", "-tls1_3"] {
        let text = transcript(workspace, &["-showcerts", tls]);
        workspace.write("httpbin-proxy-cert.txt", &text);
        std::fs::create_dir_all(workspace.join("awk")).unwrap();
        let old_way = "\
            sed -n '/-----BEGIN CERTIFICATE-----/{:start /-----END CERTIFICATE-----/!{N;b start};/.*/p}' httpbin-proxy-cert.txt > awk/certs.pem && \
            cd awk && awk 'BEGIN {counter=0;} /BEGIN CERT/{counter++} { print > \"proxy-cert-\" counter \".pem\"}' < certs.pem";
        workspace.run("sh", ["-c", old_way]);
        let run = workspace.meshpki(["split", "httpbin-proxy-cert.txt"]);
        assert_eq!(run.stderr, "");
        assert_eq!(run.succeeds(), REPORT, "{tls}");
        for (number, name) in ["leaf", "inter", "root"].iter().enumerate() {
            let file = format!("proxy-cert-{}.pem", number + 1);
            assert_eq!(
                workspace.read(&file),
                workspace.read(format!("awk/{file}")),
                "{tls}"
            );
            assert_eq!(workspace.read(&file), workspace.read(format!("{name}.pem")));
            assert_eq!(workspace.mode(&file), 0o644);
            std::fs::remove_file(workspace.join(&file)).unwrap();
        }
        assert!(!workspace.join("proxy-cert-4.pem").exists());
        assert!(!workspace.join("awk/proxy-cert-4.pem").exists());
    }
    // Without -showcerts it prints the server's own alone.
    let text = transcript(workspace, &[]);
    let printed = fed(workspace, &["split"], &text).succeeds();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [REPORT.lines().next().unwrap()]
    );
}

#[test]
fn a_certificate_that_comes_again_keeps_its_number_and_is_said_to_be_the_same() {
    if !has("openssl") {
        return;
    }
    let pki = mesh();
    let workspace = &pki.0;
    pki.join("twice.txt", &["chain.pem", "leaf.pem"]);
    let again = "proxy-cert-4.pem: X509-SVID, URI:spiffe://cluster.local/ns/foo/sa/httpbin, expires 2050-01-01, the same as proxy-cert-1.pem\n";
    let printed = workspace.meshpki(["split", "twice.txt"]).succeeds();
    assert_eq!(printed, format!("{REPORT}{again}"));
    assert_eq!(
        workspace.read("proxy-cert-4.pem"),
        workspace.read("leaf.pem")
    );
}

#[test]
fn the_files_go_where_they_are_asked_for_by_the_names_that_are_asked_for() {
    if !has("openssl") {
        return;
    }
    let pki = mesh();
    let workspace = &pki.0;
    let line = "split --prefix ca- --out-dir certs leaf.pem above.pem";
    let printed = workspace.meshpki(line.split(' ')).succeeds();
    assert_eq!(printed, REPORT.replace("proxy-cert-", "certs/ca-"));
    assert_eq!(workspace.read("certs/ca-3.pem"), workspace.read("root.pem"));
    let line = "-q split --prefix= chain.pem";
    let run = workspace.meshpki(line.split(' '));
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert_eq!(workspace.read("2.pem"), workspace.read("inter.pem"));
    let before = workspace.snapshot();
    workspace.meshpki(["split", "--prefix", "a/b", "chain.pem"]).fails(
        64,
        "error: invalid value 'a/b' for '--prefix <TEXT>': it is the start of a file name; a folder is named by --out-dir\n\nFor more information, try '--help'.\n",
    );
    workspace
        .meshpki(["split", "--out-dir", "no/where", "chain.pem"])
        .fails(
            1,
            "error: cannot create no/where: No such file or directory (os error 2)\n",
        );
    workspace
        .meshpki(["split", "--out-dir", "1.pem", "chain.pem"])
        .fails(
            1,
            "error: cannot open 1.pem: Not a directory (os error 20)\n",
        );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn every_file_that_stands_is_named_and_nothing_is_written() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("proxy-cert-2.pem", "mine");
    let before = workspace.snapshot();
    let hint = "hint: move them away, or write elsewhere: --out-dir DIR, or --prefix TEXT\n";
    let split = ["split", "cluster1/cert-chain.pem"];
    workspace.meshpki(split).fails(
        1,
        &format!("error: proxy-cert-2.pem is there already\n{hint}"),
    );
    assert_eq!(workspace.snapshot(), before);
    // A link that points nowhere is there too.
    std::os::unix::fs::symlink("nowhere", workspace.join("proxy-cert-1.pem")).unwrap();
    let before = workspace.snapshot();
    workspace.meshpki(split).fails(
        1,
        &format!("error: proxy-cert-1.pem, proxy-cert-2.pem are there already\n{hint}"),
    );
    assert_eq!(workspace.snapshot(), before);

    let many = workspace.read_text("root-cert.pem").repeat(20);
    workspace.write("many.pem", many);
    let split = ["split", "--prefix", "m\u{1B}-", "many.pem"];
    workspace.meshpki(split).succeeds();
    let before = workspace.snapshot();
    let run = workspace.meshpki(split);
    let named: Vec<_> = (1..=4)
        .map(|number| format!("m\\1B-{number}.pem"))
        .collect();
    run.fails(
        1,
        &format!(
            "error: {} and 16 more are there already\n{hint}",
            named.join(", ")
        ),
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_private_key_is_named_and_never_written() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let key = workspace.read_text("cluster1/ca-key.pem");
    let certificate = workspace.read_text("root-cert.pem");
    let run = fed(
        &workspace,
        &["split", "--out-dir", "out", "-"],
        &format!("{key}{certificate}"),
    );
    assert_eq!(
        run.stderr,
        "stdin: not written: a private key (ECDSA P-256 key of 256 bits): private keys never are\n"
    );
    assert!(!run.stdout.contains("KEY"), "{}", run.stdout);
    run.succeeds();
    let files: Vec<_> = std::fs::read_dir(workspace.join("out")).unwrap().collect();
    assert_eq!(files.len(), 1);
    assert_eq!(workspace.read_text("out/proxy-cert-1.pem"), certificate);

    let before = workspace.snapshot();
    workspace.meshpki(["split", "cluster1/ca-key.pem"]).fails(
        1,
        "error: cluster1/ca-key.pem: there is no certificate in it, but a private key (ECDSA P-256 key of 256 bits)\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn secrets_and_der_are_split_too() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let secret = workspace.meshpki(["secret", "cluster1"]).succeeds();
    workspace.write("s.yaml", secret);
    let printed = workspace.meshpki(["split", "s.yaml"]);
    assert_eq!(printed.stdout.lines().count(), 4, "{printed:?}");
    assert_eq!(
        workspace.read("proxy-cert-1.pem"),
        workspace.read("cluster1/ca-cert.pem")
    );
    let der = "x509 -in root-cert.pem -outform DER -out root.der";
    workspace.run("openssl", der.split(' '));
    let line = "split --prefix der- root.der";
    workspace.meshpki(line.split(' ')).succeeds();
    assert_eq!(workspace.read("der-1.pem"), workspace.read("root-cert.pem"));
}

#[test]
fn what_cannot_be_read_or_has_no_certificate_leaves_nothing() {
    let workspace = Workspace::with_clusters(&[]);
    workspace.write("notes.txt", "no certificate\n");
    let root = workspace.read_text("root-cert.pem");
    workspace.write("cut.txt", format!("{root}{}", &root[..200]));
    workspace.write(
        "list.json",
        "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"ca.crt\":\"-----BEGIN CERTIFICATE-----\\nx\"}}",
    );
    std::fs::create_dir(workspace.join("folder")).unwrap();
    let before = workspace.snapshot();
    let hint = "hint: take it out, or get it again: what is behind it would be misnumbered\n";
    let lines = root.lines().count();
    for (file, error) in [
        (
            "notes.txt",
            "notes.txt: there is no certificate in it: it is text without a PEM block\n".to_owned(),
        ),
        (
            "cut.txt",
            format!(
                "cut.txt: the CERTIFICATE block on line {} cannot be read: it has no END line\n{hint}",
                lines + 1
            ),
        ),
        (
            "list.json",
            format!(
                "list.json, ConfigMap a, ca.crt: the CERTIFICATE block on line 1 cannot be read: it has no END line\n{hint}"
            ),
        ),
        (
            "folder",
            "cannot read folder: it is a folder\nhint: name a file in it\n".to_owned(),
        ),
        (
            "absent",
            "cannot read absent: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        let run = workspace.meshpki(["split", "--out-dir", "out", "root-cert.pem", file]);
        run.fails(1, &format!("error: {error}"));
        assert_eq!(workspace.snapshot(), before, "{file}");
    }
}

#[test]
fn thousands_of_certificates_are_as_many_files() {
    let workspace = Workspace::in_memory();
    workspace
        .meshpki("root-ca --key-type p256".split(' '))
        .succeeds();
    let many = workspace.read_text("root-cert.pem").repeat(3_000);
    workspace.write("many.pem", many);
    let line = "split --out-dir out many.pem";
    let printed = workspace.meshpki(line.split(' ')).succeeds();
    assert_eq!(printed.lines().count(), 3_000);
    assert_eq!(
        std::fs::read_dir(workspace.join("out")).unwrap().count(),
        3_000
    );
}
