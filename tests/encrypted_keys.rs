//! Root keys that are encrypted, held against the `openssl` program both ways.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Run, Workspace, has};

const SECRET: &str = "correct horse";
const ASK_FOR: &str = "say where it is: --passin env:NAME, file:PATH, fd:N or stdin";

/// meshpki, with the passphrase in `PASSPHRASE`, which is all that it is told.
fn run(workspace: &Workspace, passphrase: &str, arguments: &[&str]) -> Run {
    let mut command = workspace.meshpki_command();
    command.env("PASSPHRASE", passphrase).args(arguments);
    let run = Run::of(&mut command);
    assert!(!format!("{run:?}").contains(passphrase), "{run:#?}");
    run
}

/// Encrypts root-key.pem as `openssl COMMAND` does.
fn encrypt(workspace: &Workspace, command: &[&str]) {
    let files = ["-in", "root-key.pem", "-out", "encrypted.pem"];
    let passphrase = ["-passout", "pass:correct horse"];
    workspace.run("openssl", command.iter().chain(&files).chain(&passphrase));
    std::fs::rename(
        workspace.join("encrypted.pem"),
        workspace.join("root-key.pem"),
    )
    .unwrap();
}

const PKCS8: &[&str] = &["pkcs8", "-topk8"];

fn sign<'a>(name: &'a str, passin: &'a str) -> [&'a str; 6] {
    let command = ["cluster-cacerts", "--key-type", "p256"];
    [command[0], command[1], command[2], name, "--passin", passin]
}

/// Whether openssl reads root-key.pem with the passphrase.
fn opens(workspace: &Workspace, passphrase: &str) -> bool {
    let passin = format!("pass:{passphrase}");
    let mut openssl = Command::new("openssl");
    openssl.args(["pkey", "-noout", "-check", "-in", "root-key.pem", "-passin"]);
    openssl.arg(passin).current_dir(workspace.path());
    Run::of(&mut openssl).status == Some(0)
}

#[test]
fn a_key_that_is_encrypted_from_birth_is_read_by_openssl_and_signs() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let arguments = [
        "root-ca",
        "--key-type",
        "p256",
        "--encrypt-key",
        "--passout",
    ];
    let made = run(
        &workspace,
        SECRET,
        &[&arguments[..], &["env:PASSPHRASE"]].concat(),
    );
    assert_eq!(made.stderr, "");
    assert!(made.succeeds().starts_with("root CA\n"));
    let key = workspace.read_text("root-key.pem");
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert!(key.ends_with("-----END ENCRYPTED PRIVATE KEY-----\n"));
    assert_eq!(workspace.mode("root-key.pem"), 0o600);
    assert_eq!(workspace.snapshot().len(), 3);
    let structure = workspace.run("openssl", ["asn1parse", "-in", "root-key.pem"]);
    for part in [
        ":PBES2\n",
        ":scrypt\n",
        "INTEGER           :4000\n",
        "INTEGER           :08\n",
        "INTEGER           :14\n",
        ":aes-256-cbc\n",
    ] {
        assert!(structure.contains(part), "{part}{structure}");
    }
    assert!(opens(&workspace, SECRET));
    assert!(!opens(&workspace, "correct house"));

    run(&workspace, SECRET, &sign("cluster1", "env:PASSPHRASE")).succeeds();
    let verify = ["verify", "-CAfile", "root-cert.pem", "cluster1/ca-cert.pem"];
    workspace.run("openssl", verify);
    let key = workspace.read_text("cluster1/ca-key.pem");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let refused = workspace.meshpki(["root-ca"]);
    let start = "error: root-key.pem is there already: an encrypted key, of O = Istio, CN = Root CA, which expires on ";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
}

/// Each form is opened, and each tells a wrong passphrase.
fn signs_with(workspace: &Workspace, name: &str) {
    let before = workspace.snapshot();
    run(workspace, "correct house", &sign(name, "env:PASSPHRASE"))
        .fails(1, "error: wrong passphrase for root-key.pem\n");
    assert_eq!(workspace.snapshot(), before);
    run(workspace, SECRET, &sign(name, "env:PASSPHRASE")).succeeds();
}

#[test]
fn keys_that_openssl_has_encrypted_sign() {
    if !has("openssl") {
        return;
    }
    let prf = |hash| [PKCS8, &["-v2", "aes-256-cbc", "-v2prf", hash]].concat();
    let forms = [
        prf("hmacWithSHA1"),
        prf("hmacWithSHA224"),
        prf("hmacWithSHA256"),
        prf("hmacWithSHA384"),
        prf("hmacWithSHA512"),
        [PKCS8, &["-v2", "des3"]].concat(),
        [PKCS8, &["-v2", "aes-128-cbc", "-iter", "1000"]].concat(),
        [PKCS8, &["-scrypt"]].concat(),
        [PKCS8, &["-v1", "PBE-SHA1-3DES"]].concat(),
        vec!["ec", "-aes256"],
        vec!["ec", "-des3"],
    ];
    let template = Workspace::with_clusters(&[]);
    let plain = template.read("root-key.pem");
    for (number, form) in forms.iter().enumerate() {
        std::fs::remove_file(template.join("root-key.pem")).unwrap();
        template.write("root-key.pem", &plain);
        encrypt(&template, form);
        eprintln!("{form:?}");
        signs_with(&template, &format!("cluster{number}"));
    }
}

#[test]
fn an_rsa_key_of_genrsa_signs() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let genrsa = [
        "genrsa",
        "-aes256",
        "-traditional",
        "-passout",
        "pass:correct horse",
    ];
    workspace.run(
        "openssl",
        genrsa.iter().chain(&["-out", "root-key.pem", "2048"]),
    );
    let key = workspace.read_text("root-key.pem");
    assert!(key.contains("\nDEK-Info: AES-256-CBC,"), "{key}");
    let root = [
        "req",
        "-x509",
        "-new",
        "-key",
        "root-key.pem",
        "-passin",
        "pass:correct horse",
        "-subj",
        "/CN=X",
        "-days",
        "3650",
        "-out",
        "root-cert.pem",
    ];
    workspace.run("openssl", root);
    signs_with(&workspace, "cluster1");
    // As Go's crypto/x509 writes it for step and certstrap: hexadecimal digits in lower case.
    let (head, rest) = key.split_once("AES-256-CBC,").unwrap();
    let (iv, body) = rest.split_once('\n').unwrap();
    let key = format!("{head}AES-256-CBC,{}\n{body}", iv.to_lowercase());
    workspace.write(
        "root-key.pem",
        format!("subject: a\n{key}\nnotes\n").replace('\n', "\r\n"),
    );
    signs_with(&workspace, "cluster2");
}

#[test]
fn what_is_damaged_and_what_openssl_cannot_decrypt_are_told_from_a_wrong_passphrase() {
    if !has("openssl") {
        return;
    }
    let template = Workspace::with_clusters(&[]);
    encrypt(&template, PKCS8);
    let good = template.read_text("root-key.pem");
    let der = pem::parse(&good).unwrap().into_contents();
    let with = |octets: Vec<u8>| pem::encode(&pem::Pem::new("ENCRYPTED PRIVATE KEY", octets));
    // Three blocks before the end is in the middle of the public key, which is in the key too.
    let mut in_the_middle = der.clone();
    in_the_middle[der.len() - 60] ^= 1;
    let mut unknown = der.clone();
    let pbes2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D];
    let at = der.windows(9).position(|octets| octets == pbes2).unwrap();
    unknown[at + 8] = 0x63;
    let no_key = "write the root's private key into it, in PEM: PKCS#8, PKCS#1 or SEC1";
    for (text, error, hint) in [
        (
            with(in_the_middle),
            "root-key.pem: the private key is damaged: it decrypts, and not to a key that works",
            "take it from where it is kept a second time",
        ),
        (
            with(unknown),
            "root-key.pem: OpenSSL cannot decrypt the private key: unknown pbe algorithm: TYPE=1.2.840.113549.1.5.99",
            "decrypt it with the program that has encrypted it, and then: meshpki rekey-passphrase",
        ),
        (
            with(vec![0x30, 0]),
            "the root cannot be used: root-key.pem: the ENCRYPTED PRIVATE KEY block on line 1 is not a private key",
            no_key,
        ),
        (
            good.replace("-----END", "-----AND"),
            "the root cannot be used: root-key.pem: the ENCRYPTED PRIVATE KEY block on line 1 cannot be read: it has no END line",
            no_key,
        ),
    ] {
        template.write("root-key.pem", text);
        let before = template.snapshot();
        let stderr = format!("error: {error}\nhint: {hint}\n");
        run(&template, SECRET, &sign("cluster1", "env:PASSPHRASE")).fails(1, &stderr);
        assert_eq!(template.snapshot(), before);
    }
}

#[test]
fn a_passphrase_comes_from_each_place_by_openssls_rules() {
    if !has("openssl") || !has("bash") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    encrypt(&workspace, PKCS8);
    workspace.write("passphrase", "correct horse\nanother line\n");
    workspace.write("without end", "correct horse");
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    for (number, (passin, redirection)) in [
        ("file:passphrase", ""),
        ("'file:without end'", ""),
        ("fd:7", "7<passphrase"),
        ("fd:7", "7< <(echo correct horse)"),
        ("fd:0", "<passphrase"),
        ("stdin", "<passphrase"),
        ("file:/dev/stdin", "<passphrase"),
        ("file:/dev/fd/7", "7< <(cat passphrase)"),
        ("env:PASSPHRASE", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let script = format!(
            "'{program}' -q cluster-cacerts --key-type p256 c{number} --passin {passin} {redirection}"
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).current_dir(workspace.path());
        bash.env("PASSPHRASE", SECRET);
        eprintln!("{script}");
        let ran = Run::of(&mut bash);
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    }
    let ran = workspace.meshpki(sign("d", "pass:correct horse"));
    assert_eq!(
        ran.stderr.lines().next(),
        Some(
            "warning: --passin pass:... can be read by all who can list processes, and by the shell's history: use env:NAME, file:PATH, fd:N or stdin"
        )
    );
    ran.succeeds();
}

#[test]
fn whoever_writes_the_passphrase_need_not_go_away() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    encrypt(&workspace, PKCS8);
    let mut command = workspace.meshpki_command();
    command.args(sign("cluster1", "stdin"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut writer = child.stdin.take().unwrap();
    writer.write_all(b"correct horse\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(writer);
}

#[test]
fn a_passphrase_that_cannot_be_had_is_told_with_the_option() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    encrypt(&workspace, PKCS8);
    workspace.write("empty", "");
    workspace.write("nul", "correct\0horse\n");
    workspace.write("long", "x".repeat(1024));
    workspace.write("folder/file", "");
    workspace.run("mkfifo", ["fifo"]);
    let before = workspace.snapshot();
    let size = "a passphrase has 4 to 1023 octets; from a file, --passin takes one line";
    let refusal = |error: &str, hint: &str| format!("error: {error}\nhint: {hint}\n");
    for (passin, stderr) in [
        (
            "env:NONE",
            "error: --passin: there is no NONE in the environment\n".to_owned(),
        ),
        (
            "file:empty",
            "error: --passin: there is no line in it\n".to_owned(),
        ),
        (
            "stdin",
            "error: --passin: there is no line in it\n".to_owned(),
        ),
        (
            "file:none",
            "error: --passin: cannot read none: No such file or directory (os error 2)\n"
                .to_owned(),
        ),
        (
            "file:folder",
            "error: --passin: cannot read folder: it is a folder\n".to_owned(),
        ),
        (
            "file:fifo",
            refusal(
                "--passin: cannot read fifo: it is a named pipe, and no file",
                "give what it holds on stdin: --passin stdin",
            ),
        ),
        (
            "fd:77",
            "error: --passin: cannot read /dev/fd/77: No such file or directory (os error 2)\n"
                .to_owned(),
        ),
        (
            "file:nul",
            refusal(
                "the passphrase cannot be used: it has a NUL in it, where openssl would end it",
                size,
            ),
        ),
        (
            "file:long",
            refusal(
                "the passphrase cannot be used: it is longer than 1023 octets, and openssl reads no more",
                size,
            ),
        ),
    ] {
        workspace.meshpki(sign("a", passin)).fails(1, &stderr);
        assert_eq!(workspace.snapshot(), before, "{passin}");
    }
    let error = "root-key.pem is encrypted, and nobody can be asked for its passphrase: stdin and stderr are not both terminals";
    workspace
        .meshpki(["cluster-cacerts", "a"])
        .fails(1, &refusal(error, ASK_FOR));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_source_that_is_none_is_a_usage_error_that_does_not_repeat_it() {
    let workspace = Workspace::new();
    for (option, command) in [("--passin", "cluster-cacerts"), ("--passout", "root-ca")] {
        for source in [
            "correct horse",
            "word:correct",
            "env:",
            "fd:x",
            "fd:-1",
            "file:",
            "Stdin",
        ] {
            let cluster = (command == "cluster-cacerts").then_some("a");
            let refused = workspace.meshpki([command, option, source].into_iter().chain(cluster));
            let stderr = format!(
                "error: invalid value '...' for '{option} <SOURCE>': it is none of env:NAME, file:PATH, fd:N, stdin and pass:WORD\n\nFor more information, try '--help'.\n"
            );
            refused.fails(64, &stderr);
        }
    }
    for output in ["fd:1", "fd:2"] {
        let refused = workspace.meshpki(["cluster-cacerts", "--passin", output, "a"]);
        refused.fails(
            64,
            "error: invalid value '...' for '--passin <SOURCE>': nothing can be read where output goes: 0 is stdin, and 3 is free to be opened\n\nFor more information, try '--help'.\n",
        );
    }
    assert!(workspace.snapshot().is_empty());
}

#[test]
fn a_new_passphrase_that_cannot_be_used_makes_no_root() {
    let workspace = Workspace::new();
    let size = "a passphrase has 4 to 1023 octets; from a file, --passout takes one line";
    for (passphrase, error) in [
        (
            "abc",
            "the passphrase cannot be used: it is shorter than 4 octets, and openssl asks for no less",
        ),
        (
            "",
            "the passphrase cannot be used: it is shorter than 4 octets, and openssl asks for no less",
        ),
    ] {
        let mut command = workspace.meshpki_command();
        command.env("PASSPHRASE", passphrase);
        command.args(["root-ca", "--passout", "env:PASSPHRASE"]);
        let stderr = format!("error: {error}\nhint: {size}\n");
        Run::of(&mut command).fails(1, &stderr);
    }
    workspace.meshpki(["root-ca", "--encrypt-key"]).fails(
        1,
        "error: nobody can be asked for a passphrase for root-key.pem: stdin and stderr are not both terminals\n\
         hint: say where it is: --passout env:NAME, file:PATH, fd:N or stdin\n",
    );
    assert!(workspace.snapshot().is_empty());
    // And so it is where the settings ask for it.
    workspace.write("meshpki.toml", "[root-ca]\nencrypt-key = true\n");
    let refused = workspace.meshpki(["root-ca"]);
    assert_eq!(refused.status, Some(1));
    assert_eq!(workspace.snapshot().len(), 1);
}

#[test]
fn the_root_that_signs_is_not_removed_though_its_key_is_encrypted() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    std::fs::create_dir(workspace.join("b")).unwrap();
    let other = ["-C", "b", "root-ca", "--key-type", "p256", "--cn", "B"];
    workspace.meshpki(other).succeeds();
    workspace.write("a.pem", workspace.read("root-cert.pem"));
    encrypt(&workspace, PKCS8);
    workspace
        .meshpki(["bundle", "add", "b/root-cert.pem"])
        .succeeds();
    let before = workspace.snapshot();
    let remove = |cert| ["bundle", "remove", cert, "--passin", "env:PASSPHRASE"];
    run(&workspace, SECRET, &remove("a.pem")).fails(
        1,
        "error: O = Istio, CN = Root CA is the root that root-key.pem signs with\n\
         hint: put the key of the root that is to stay in the place of root-key.pem first\n",
    );
    workspace.meshpki(["bundle", "remove", "a.pem"]).fails(
        1,
        &format!("error: root-key.pem is encrypted, and nobody can be asked for its passphrase: stdin and stderr are not both terminals\nhint: {ASK_FOR}\n"),
    );
    assert_eq!(workspace.snapshot(), before);
    // Which of several roots signs, the key alone can tell.
    run(&workspace, SECRET, &sign("cluster1", "env:PASSPHRASE")).succeeds();
    run(&workspace, SECRET, &remove("b/root-cert.pem")).succeeds();
    // What is refused anyway, and what changes nothing, takes no passphrase.
    workspace.meshpki(["bundle", "remove", "a.pem"]).fails(
        1,
        "error: O = Istio, CN = Root CA is the only root in root-cert.pem\nhint: add its successor first: meshpki bundle add CERT\n",
    );
    workspace
        .meshpki(["bundle", "remove", "b/root-cert.pem"])
        .succeeds();
}

#[test]
fn inspect_names_an_encrypted_key_and_asks_nothing() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    encrypt(&workspace, PKCS8);
    let named = workspace.meshpki(["inspect", "root-key.pem"]);
    assert_eq!(named.stdout, "");
    let key = "private key 1: root-key.pem, line 1: encrypted key; it belongs to no certificate of the input\n";
    assert_eq!(named.stderr, key);
}
