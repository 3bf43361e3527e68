//! `meshpki rekey-passphrase`, held against the `openssl` program.

mod common;

use std::os::unix::fs::PermissionsExt;

use common::{Run, Workspace, has};

const PKCS8: &[&str] = &["pkcs8", "-topk8"];

/// A mesh whose root key is encrypted, with `correct horse`: quickly, by openssl.
fn with_encrypted_key(command: &[&str]) -> Workspace {
    let workspace = Workspace::with_clusters(&[]);
    let files = ["-in", "root-key.pem", "-out", "encrypted.pem"];
    let passphrase = ["-passout", "pass:correct horse"];
    workspace.run("openssl", command.iter().chain(&files).chain(&passphrase));
    std::fs::rename(
        workspace.join("encrypted.pem"),
        workspace.join("root-key.pem"),
    )
    .unwrap();
    workspace
}

/// The public key of root-key.pem, as openssl reads it with `passphrase`.
fn public_key(workspace: &Workspace, passphrase: &str) -> String {
    let passin = format!("pass:{passphrase}");
    workspace.run(
        "openssl",
        ["pkey", "-in", "root-key.pem", "-pubout", "-passin", &passin],
    )
}

fn rekey(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["rekey-passphrase"].iter().chain(arguments))
}

#[test]
fn a_plain_key_is_encrypted_and_nothing_of_it_stays() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let key = public_key(&workspace, "");
    let plain = workspace.read("root-key.pem");
    let everybody = PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(workspace.join("root-key.pem"), everybody).unwrap();
    // Of one file, openssl takes the first line for what is, and the second for what is to be.
    workspace.write("lines", "correct horse\nbattery staple\n");
    let lines = ["--passin", "file:lines", "--passout", "file:lines"];
    let run = rekey(&workspace, &lines);
    assert_eq!(run.succeeds(), "root-key.pem: encrypted\n");
    assert_eq!(public_key(&workspace, "battery staple"), key);
    assert_eq!(workspace.mode("root-key.pem"), 0o600);
    let files = workspace.snapshot();
    assert_eq!(files.len(), 4);
    for entry in files.values() {
        let contents = entry.contents.as_ref().unwrap();
        assert!(!contents.windows(64).any(|part| part == &plain[40..104]));
    }
}

#[test]
fn a_passphrase_is_changed_by_two_lines_of_stdin() {
    if !has("openssl") || !has("sh") {
        return;
    }
    let workspace = with_encrypted_key(&["ec", "-aes256"]);
    let key = public_key(&workspace, "correct horse");
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    let script = format!(
        "printf 'correct horse\\nbattery staple\\nnotes\\n' | '{program}' rekey-passphrase --passin stdin --passout fd:0"
    );
    assert_eq!(
        workspace.run("sh", ["-c", &script]),
        "root-key.pem: encrypted\n"
    );
    assert_eq!(public_key(&workspace, "battery staple"), key);
    assert_eq!(workspace.snapshot().len(), 3);
}

#[test]
fn a_key_is_decrypted_and_once_is_enough() {
    if !has("openssl") {
        return;
    }
    let workspace = with_encrypted_key(PKCS8);
    let key = public_key(&workspace, "correct horse");
    workspace.write("passphrase", "correct horse\n");
    let decrypt = ["--decrypt", "--passin", "file:passphrase"];
    let run = rekey(&workspace, &decrypt);
    assert_eq!(run.succeeds(), "root-key.pem: decrypted\n");
    assert_eq!(public_key(&workspace, ""), key);
    assert_eq!(workspace.mode("root-key.pem"), 0o600);
    let before = workspace.snapshot();
    assert_eq!(before.len(), 4);
    let run = rekey(&workspace, &decrypt);
    assert_eq!(run.succeeds(), "root-key.pem: not encrypted\n");
    assert_eq!(workspace.snapshot(), before);
    workspace
        .meshpki(["cluster-cacerts", "--key-type", "p256", "cluster1"])
        .succeeds();
}

#[test]
fn what_is_refused_leaves_the_folder_as_it_was() {
    if !has("openssl") {
        return;
    }
    let workspace = with_encrypted_key(PKCS8);
    workspace.write("right", "correct horse\n");
    workspace.write("wrong", "correct house\n");
    workspace.write("short", "abc\n");
    let before = workspace.snapshot();
    let ask = "say where it is: --passout env:NAME, file:PATH, fd:N or stdin";
    let size = "a passphrase has 4 to 1023 octets; from a file, --passout takes one line";
    for (arguments, stderr) in [
        (
            &["--passin", "file:wrong", "--passout", "file:right"][..],
            "error: wrong passphrase for root-key.pem\n".to_owned(),
        ),
        (
            &["--passin", "file:wrong", "--decrypt"],
            "error: wrong passphrase for root-key.pem\n".to_owned(),
        ),
        (
            &["--passin", "file:right"],
            format!(
                "error: nobody can be asked for a passphrase for root-key.pem: stdin and stderr are not both terminals\nhint: {ask}\n"
            ),
        ),
        (
            &["--passin", "file:right", "--passout", "file:right"],
            "error: --passout: there is no second line in it\n".to_owned(),
        ),
        (
            &["--passin", "file:right", "--passout", "file:short"],
            format!(
                "error: the passphrase cannot be used: it is shorter than 4 octets, and openssl asks for no less\nhint: {size}\n"
            ),
        ),
    ] {
        rekey(&workspace, arguments).fails(1, &stderr);
        assert_eq!(workspace.snapshot(), before, "{arguments:?}");
    }
    let both = rekey(&workspace, &["--decrypt", "--passout", "file:right"]);
    assert_eq!(both.status, Some(64), "{both:#?}");
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_file_that_would_lose_something_is_not_written() {
    let workspace = Workspace::with_clusters(&[]);
    let [key, certificate] =
        ["root-key.pem", "root-cert.pem"].map(|file| workspace.read_text(file));
    let other = Workspace::with_clusters(&[]).read_text("root-key.pem");
    let own_file = "put it into a file of its own";
    let write_key = "write the root's private key into it, in PEM: PKCS#8, PKCS#1 or SEC1";
    for (contents, error, hint) in [
        (
            format!("{key}{certificate}"),
            "root-key.pem holds more than the key, and it would be lost: the CERTIFICATE block on line 6",
            own_file,
        ),
        (
            format!("{key}{other}"),
            "root-key.pem holds more than the key, and it would be lost: the PRIVATE KEY block on line 6",
            own_file,
        ),
        (
            certificate.clone(),
            "root-key.pem: there is no private key in it",
            write_key,
        ),
    ] {
        workspace.write("root-key.pem", contents);
        let before = workspace.snapshot();
        let stderr = format!("error: {error}\nhint: {hint}\n");
        rekey(&workspace, &["--passout", "env:PATH"]).fails(1, &stderr);
        assert_eq!(workspace.snapshot(), before);
    }
    std::fs::rename(workspace.join("root-key.pem"), workspace.join("elsewhere")).unwrap();
    rekey(&workspace, &[]).fails(
        1,
        "error: there is no root-key.pem\nhint: work in the folder of the root: meshpki -C DIR rekey-passphrase\n",
    );
    std::os::unix::fs::symlink("elsewhere", workspace.join("root-key.pem")).unwrap();
    rekey(&workspace, &["--decrypt"]).fails(
        1,
        "error: root-key.pem is a symbolic link: the change would put a file in its place\n\
         hint: work in the folder of the file that it points to: meshpki -C DIR rekey-passphrase\n",
    );
}

#[test]
fn the_parameters_that_openssl_writes_before_a_key_are_no_loss() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let make = [
        "ecparam",
        "-genkey",
        "-name",
        "prime256v1",
        "-out",
        "root-key.pem",
    ];
    workspace.run("openssl", make);
    let key = public_key(&workspace, "");
    workspace.write("passphrase", "correct horse");
    let run = rekey(&workspace, &["--passout", "file:passphrase"]);
    assert_eq!(run.succeeds(), "root-key.pem: encrypted\n");
    assert_eq!(public_key(&workspace, "correct horse"), key);
}
