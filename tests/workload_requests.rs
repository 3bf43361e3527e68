//! `meshpki workload-certs --csr`: the key stays where it was made.

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{Run, Workspace, has};
use meshpki::pki::certificate::Certificate;

/// A cluster, and vm.key beside it, whose request is to come.
fn with_key(arguments: &[&str]) -> Workspace {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let genpkey = ["genpkey", "-quiet", "-out", "vm.key"];
    workspace.run("openssl", genpkey.iter().chain(arguments));
    workspace
}

const P256: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// vm.csr, by vm.key.
fn request(workspace: &Workspace, subject: &str, extensions: &[&str]) {
    let mut arguments = vec![
        "req", "-new", "-key", "vm.key", "-out", "vm.csr", "-subj", subject,
    ];
    for extension in extensions {
        arguments.extend(["-addext", extension]);
    }
    workspace.run("openssl", arguments);
}

fn workload_certs(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(
        ["workload-certs", "--csr", "vm.csr"]
            .iter()
            .chain(arguments),
    )
}

fn leaf(workspace: &Workspace) -> Certificate {
    let chain = workspace.read("vm/cert-chain.pem");
    Certificate::all_from_pem(&chain).unwrap().remove(0)
}

/// What is shown of a request, up to its names.
fn shown(file: &str, subject: &str, key: &str) -> String {
    format!(
        "Certification request 1: {file}, line 1\n  subject     {subject}\n  key         {key}\n"
    )
}

#[test]
fn the_key_of_the_request_is_certified_and_no_key_is_written() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    let sans = "subjectAltName=URI:spiffe://cluster.local/ns/vm/sa/web,DNS:VM.example.com";
    request(
        &workspace,
        "/CN=vm",
        &[sans, "keyUsage=digitalSignature,keyCertSign"],
    );
    let arguments = [
        "--service-account",
        "web",
        "--dns",
        "vm.example.com",
        "--cn",
        "vm",
        "vm",
    ];
    let run = workload_certs(&workspace, &arguments);
    assert_eq!(
        run.stderr,
        shown("vm.csr", "CN = vm", "ECDSA P-256")
            + "  SANs        URI:spiffe://cluster.local/ns/vm/sa/web, DNS:VM.example.com\n\
               vm: not taken over from the request: keyUsage\n"
    );
    let printed = run.succeeds();
    assert!(
        printed.contains("  files        cert-chain.pem root-cert.pem\n"),
        "{printed}"
    );
    let files = workspace.join("vm").read_dir().unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["cert-chain.pem", "root-cert.pem"]);
    let public = ["pkey", "-in", "vm.key", "-pubout"];
    let certified = ["x509", "-in", "vm/cert-chain.pem", "-noout", "-pubkey"];
    assert_eq!(
        workspace.run("openssl", public),
        workspace.run("openssl", certified)
    );
    let text = workspace.run(
        "openssl",
        ["x509", "-in", "vm/cert-chain.pem", "-noout", "-text"],
    );
    assert!(
        text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"),
        "{text}"
    );
    assert!(
        text.contains("URI:spiffe://cluster.local/ns/vm/sa/web, DNS:vm.example.com\n"),
        "{text}"
    );
}

#[test]
fn a_request_comes_from_stdin_and_in_der_too() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    request(&workspace, "/", &[]);
    workspace.run(
        "openssl",
        ["req", "-in", "vm.csr", "-outform", "DER", "-out", "vm.der"],
    );
    let text = workspace.read("vm.csr");
    let mut command = workspace.meshpki_command();
    command
        .args(["workload-certs", "--csr", "-", "vm"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.stderr, shown("stdin", "", "RSA 2048"));
    run.succeeds();
    let first = leaf(&workspace);
    let arguments = [
        "workload-certs",
        "-q",
        "--csr",
        "vm.der",
        "--grace-ratio",
        "1",
        "vm",
    ];
    let run = workspace.meshpki(arguments);
    assert_eq!(run.stderr, "");
    run.succeeds();
    // The same key, certified again.
    let second = leaf(&workspace);
    assert_ne!(first, second);
    assert_eq!(first.spki(), second.spki());
    assert!(!workspace.join("vm/key.pem").exists());
}

#[test]
fn what_the_request_asks_for_and_nobody_else_is_refused_by_name() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    let another = "make another request with an empty subject: openssl req -subj /";
    for (subject, sans, refusals) in [
        (
            "/",
            "URI:spiffe://cluster.local/ns/kube-system/sa/admin",
            "error: vm: the request names URI:spiffe://cluster.local/ns/kube-system/sa/admin, and what is asked for is spiffe://cluster.local/ns/vm/sa/default\n\
             hint: ask for it with --service-account, --trust-domain and its namespace, if it is meant\n".to_owned(),
        ),
        (
            "/",
            "DNS:evil.example.com",
            "error: vm: the request names DNS:evil.example.com, which is not asked for\n\
             hint: ask for it, if it is meant: --dns evil.example.com\n".to_owned(),
        ),
        (
            "/",
            "IP:10.0.0.1,email:a@example.com",
            "error: vm: the request names IP Address:10.0.0.1: a workload has a SPIFFE ID and DNS names alone\n\
             hint: make another request without it\n\
             error: vm: the request names email:a@example.com: a workload has a SPIFFE ID and DNS names alone\n\
             hint: make another request without it\n".to_owned(),
        ),
        (
            "/O=Acme/CN=it's/L=vm",
            "",
            format!(
                "error: vm: the request has O = Acme in its subject, which is not asked for\n\
                 hint: ask for it, if it is meant: --org Acme; or {another}\n\
                 error: vm: the request has CN = it's in its subject, which is not asked for\n\
                 hint: ask for it, if it is meant: --cn 'it'\\''s'; or {another}\n\
                 error: vm: the request has L = vm in its subject, which is not asked for\n\
                 hint: {another}\n"
            ),
        ),
    ] {
        let sans = format!("subjectAltName={sans}");
        let extensions = [sans.as_str()];
        let extensions = extensions.iter().filter(|sans| !sans.ends_with('='));
        request(&workspace, subject, &extensions.copied().collect::<Vec<_>>());
        let before = workspace.snapshot();
        let run = workload_certs(&workspace, &["-q", "vm"]);
        run.fails(1, &refusals);
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_request_for_a_ca_and_one_of_the_cas_own_key_are_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    request(&workspace, "/", &["basicConstraints=critical,CA:TRUE"]);
    workload_certs(&workspace, &["-q", "vm"]).fails(
        1,
        "error: vm: the request is for a CA: its basicConstraints say CA:TRUE\n\
         hint: make another request without them\n",
    );
    std::fs::copy(
        workspace.join("cluster1/ca-key.pem"),
        workspace.join("vm.key"),
    )
    .unwrap();
    request(&workspace, "/", &[]);
    workload_certs(&workspace, &["-q", "vm"]).fails(
        1,
        "error: vm: the request is of the key of the CA of cluster1\n\
         hint: make another request with a key of its own\n",
    );
    assert!(!workspace.join("vm").exists());
}

#[test]
fn a_key_that_the_mesh_does_not_take_is_refused() {
    if !has("openssl") {
        return;
    }
    let make_one =
        "hint: make one where the key is: openssl req -new -key key.pem -subj / -out FILE\n";
    for (kind, refusal) in [
        (
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..],
            format!("error: vm.csr: an RSA key of 1024 bits is too short: Envoy and ztunnel take no less than 2048\n{make_one}"),
        ),
        (
            &["-algorithm", "ED25519"],
            format!("error: vm.csr: its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521\n{make_one}"),
        ),
        (
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            "error: vm: the request has a key that is ECDSA P-521: a workload's is RSA of 2048 to 4096 bits, P-256 or P-384\n\
             hint: make another request with such a key\n".to_owned(),
        ),
    ] {
        let workspace = with_key(kind);
        request(&workspace, "/", &[]);
        let before = workspace.snapshot();
        workload_certs(&workspace, &["-q", "vm"]).fails(1, &refusal);
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn what_is_no_request_or_not_signed_by_its_key_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    request(&workspace, "/", &[]);
    let pem = workspace.read_text("vm.csr");
    workspace.run(
        "openssl",
        ["req", "-in", "vm.csr", "-outform", "DER", "-out", "vm.der"],
    );
    let mut forged = workspace.read("vm.der");
    *forged.last_mut().unwrap() ^= 1;
    let make_one = "make one where the key is: openssl req -new -key key.pem -subj / -out FILE";
    for (contents, refusal) in [
        (
            forged,
            format!(
                "vm.csr: its signature is not of its own key: who made it has not shown to have the key\nhint: {make_one}"
            ),
        ),
        (
            Vec::new(),
            format!(
                "vm.csr: there is no certification request in it: it is empty\nhint: {make_one}"
            ),
        ),
        (
            workspace.read("root-cert.pem"),
            format!(
                "vm.csr: there is no certification request in it: it is a certificate\nhint: {make_one}"
            ),
        ),
        (
            workspace.read("vm.key"),
            format!(
                "vm.csr: there is no certification request in it: it is a private key\nhint: {make_one}"
            ),
        ),
        (
            pem.repeat(2).into_bytes(),
            "vm.csr: there are 2 certification requests in it\nhint: give one of them".to_owned(),
        ),
    ] {
        workspace.write("vm.csr", contents);
        let before = workspace.snapshot();
        workload_certs(&workspace, &["vm"]).fails(1, &format!("error: {refusal}\n"));
        assert_eq!(workspace.snapshot(), before);
    }
    std::fs::remove_file(workspace.join("vm.csr")).unwrap();
    workload_certs(&workspace, &["vm"]).fails(
        1,
        "error: cannot read vm.csr: No such file or directory (os error 2)\n",
    );
}

#[test]
fn a_key_in_the_folder_is_not_removed_for_a_request() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    request(&workspace, "/", &[]);
    workspace.meshpki(["workload-certs", "vm"]).succeeds();
    let before = workspace.snapshot();
    for flags in [&[][..], &["--renew"]] {
        workload_certs(&workspace, &[flags, &["-q", "vm"]].concat()).fails(
            1,
            "error: vm: vm/key.pem is there, and with --csr no key is kept in the folder\n\
             hint: move it to where the key of the request is, or away: mv vm/key.pem DIR\n",
        );
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_request_of_another_key_than_what_stands_is_named() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    request(&workspace, "/", &[]);
    workload_certs(&workspace, &["vm"]).succeeds();
    assert!(
        workload_certs(&workspace, &["vm"])
            .succeeds()
            .starts_with("vm: up to date, ")
    );
    workspace.run(
        "openssl",
        ["genpkey", "-quiet", "-out", "vm.key"].iter().chain(&P256),
    );
    request(&workspace, "/", &[]);
    let before = workspace.snapshot();
    workload_certs(&workspace, &["-q", "vm"]).fails(
        1,
        "error: vm: its certificate is of another key than the request\n\
         hint: meshpki workload-certs --renew --csr vm.csr vm\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workload_certs(&workspace, &["--renew", "vm"]).succeeds();
    assert!(
        workload_certs(&workspace, &["vm"])
            .succeeds()
            .starts_with("vm: up to date, ")
    );
}

#[test]
fn a_request_is_for_one_namespace_and_brings_its_key() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = workspace.snapshot();
    let usage = "\n\nUsage: meshpki workload-certs [OPTIONS] <NAMESPACE>...\n\nFor more information, try '--help'.\n";
    workload_certs(&workspace, &["a", "b"]).fails(
        64,
        &format!("error: a request is one workload's: --csr takes one NAMESPACE{usage}"),
    );
    let both = workload_certs(&workspace, &["--key-type", "p256", "a"]);
    assert_eq!(both.status, Some(64));
    assert!(both.stderr.starts_with(
        "error: the argument '--csr <FILE>' cannot be used with '--key-type <TYPE>'\n"
    ));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_strangers_have_written_into_a_request_does_not_act_on_the_terminal() {
    if !has("openssl") {
        return;
    }
    let workspace = with_key(&P256);
    request(&workspace, "/CN=\u{1B}[31mred", &[]);
    let run = workload_certs(&workspace, &["vm"]);
    assert!(!run.stderr.contains('\u{1B}'), "{}", run.stderr);
    assert!(run.stderr.contains("CN = \\1B[31mred"), "{}", run.stderr);
    assert_eq!(run.status, Some(1));
}
