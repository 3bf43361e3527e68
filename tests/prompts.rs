//! What is asked for at a terminal that is none, passphrases above all, and what is not.

mod common;

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use common::terminal::AtTerminal;
use common::{Run, Workspace, has, ignores};

const INTERRUPT: i32 = 2;

/// A mesh whose root key is encrypted, with `correct horse`: quickly, by openssl.
fn with_encrypted_key() -> Workspace {
    let workspace = Workspace::with_clusters(&[]);
    let key = ["-in", "root-key.pem", "-out", "encrypted.pem"];
    let encrypt = ["pkcs8", "-topk8", "-passout", "pass:correct horse"];
    workspace.run("openssl", encrypt.iter().chain(&key));
    std::fs::rename(
        workspace.join("encrypted.pem"),
        workspace.join("root-key.pem"),
    )
    .unwrap();
    workspace
}

fn at_terminal(workspace: &Workspace, arguments: &[&str]) -> AtTerminal {
    AtTerminal::start(workspace.meshpki_command().args(arguments))
}

const SIGN: &[&str] = &["-q", "cluster-cacerts", "--key-type", "p256", "cluster1"];

#[test]
fn the_passphrase_is_asked_for_and_not_shown() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = with_encrypted_key();
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    assert!(!run.shows_what_is_typed());
    // As in every line that is typed, ^U begins anew, and backspace takes back.
    run.types("wrong\x15correct hors\x7fse\n");
    let (status, screen) = run.ends();
    assert_eq!(screen, "Passphrase for root-key.pem: \r\n");
    assert_eq!(status.code(), Some(0));
    let verify = ["verify", "-CAfile", "root-cert.pem", "cluster1/ca-cert.pem"];
    workspace.run("openssl", verify);
}

#[test]
fn a_wrong_passphrase_changes_nothing() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = with_encrypted_key();
    let before = workspace.snapshot();
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct hores\n");
    let (status, screen) = run.ends();
    let error = "Passphrase for root-key.pem: \r\nerror: wrong passphrase for root-key.pem\r\n";
    assert_eq!(plain(&screen), error);
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);
}

/// `screen` without its colours.
fn plain(screen: &str) -> String {
    let mut parts = screen.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, text)| text)
    })
}

#[test]
fn ctrl_c_and_ctrl_d_at_the_question_leave_the_folder_and_the_terminal_as_they_were() {
    if !has("openssl") || !has("setsid") || ignores(INTERRUPT) {
        return;
    }
    let workspace = with_encrypted_key();
    let before = workspace.snapshot();
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct\x03");
    let (status, screen) = run.ends();
    assert_eq!(status.signal(), Some(INTERRUPT), "{screen}");
    assert_eq!(workspace.snapshot(), before);

    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("\x04");
    let (status, screen) = run.ends();
    let error = "Passphrase for root-key.pem: error: nothing was entered\r\n";
    assert_eq!(plain(&screen), error);
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_signal_ends_the_question() {
    if !has("openssl") || !has("setsid") || ignores(15) {
        return;
    }
    let workspace = with_encrypted_key();
    let before = workspace.snapshot();
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    workspace.run("kill", [run.pid().to_string()]);
    let (status, screen) = run.ends();
    assert_eq!(status.signal(), Some(15), "{screen}");
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_key_that_takes_long_to_be_decrypted_is_not_waited_for() {
    if !has("openssl") || !has("setsid") || ignores(INTERRUPT) {
        return;
    }
    let workspace = with_encrypted_key();
    let key = pem::parse(workspace.read("root-key.pem")).unwrap();
    // PBKDF2's iterations are an INTEGER of two octets, 2048. Of four octets, two of them the salt's
    // before it, they are days of work.
    let mut der = key.into_contents();
    let iterations = [0x02, 0x02, 0x08, 0x00];
    let at = der.windows(4).position(|octets| octets == iterations);
    let at = at.expect("openssl's number of iterations");
    let ends_there = |start: &usize| start + 2 + usize::from(der[start + 1]) == at;
    let salt = (0..at).rev().filter(|start| der[*start] == 0x04);
    let salt = salt.into_iter().find(ends_there).expect("a salt");
    der[salt + 1] -= 2;
    let more = [0x02, 0x04, 0x7F, 0xFF, 0xFF, 0xFF];
    der.splice(at - 2..at + 4, more);
    let pem = pem::encode(&pem::Pem::new("ENCRYPTED PRIVATE KEY", der));
    workspace.write("root-key.pem", pem);
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct horse\n");
    run.wait_for("\r\n");
    run.types("\x03");
    let (status, screen) = run.ends();
    assert_eq!(status.signal(), Some(INTERRUPT), "{screen}");
}

#[test]
fn a_new_passphrase_is_asked_for_twice() {
    if !has("setsid") {
        return;
    }
    let workspace = Workspace::new();
    let arguments = &["root-ca", "--encrypt-key", "--key-type", "p256"];
    let mut run = at_terminal(&workspace, arguments);
    run.wait_for("New passphrase for root-key.pem: ");
    run.types("correct horse\n");
    run.wait_for("The same again: ");
    run.types("correct hose\n");
    let (status, screen) = run.ends();
    assert_eq!(
        plain(&screen),
        "New passphrase for root-key.pem: \r\nThe same again: \r\nerror: the two passphrases are not the same\r\n"
    );
    assert_eq!(status.code(), Some(1));
    assert!(workspace.snapshot().is_empty());
}

#[test]
fn a_passphrase_is_changed_at_the_terminal() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    let workspace = with_encrypted_key();
    let mut run = at_terminal(&workspace, &["rekey-passphrase"]);
    run.wait_for("Passphrase for root-key.pem: ");
    run.types("correct horse\n");
    run.wait_for("New passphrase for root-key.pem: ");
    run.types("battery staple\n");
    run.wait_for("The same again: ");
    run.types("battery staple\n");
    let (status, screen) = run.ends();
    assert_eq!(
        screen,
        "Passphrase for root-key.pem: \r\nNew passphrase for root-key.pem: \r\nThe same again: \r\nroot-key.pem: encrypted\r\n"
    );
    assert_eq!(status.code(), Some(0));
    let read = ["pkey", "-noout", "-check", "-in", "root-key.pem", "-passin"];
    let passphrase = ["pass:battery staple"];
    workspace.run("openssl", read.iter().chain(&passphrase));
    assert_eq!(workspace.snapshot().len(), 3);
}

#[test]
fn while_somebody_thinks_others_work_and_what_they_do_is_seen() {
    if !has("openssl") || !has("setsid") {
        return;
    }
    // Nobody waits.
    let workspace = with_encrypted_key();
    let mut run = at_terminal(&workspace, SIGN);
    run.wait_for("Passphrase for root-key.pem: ");
    let other = workspace.meshpki(["init"]);
    assert_eq!((other.stderr.as_str(), other.status), ("", Some(0)));
    run.types("correct horse\n");
    assert_eq!(run.ends().0.code(), Some(0));

    // A key that was changed meanwhile stays as it is.
    let mut run = at_terminal(&workspace, &["rekey-passphrase", "--decrypt"]);
    run.wait_for("Passphrase for root-key.pem: ");
    let other = Workspace::with_clusters(&[]).read("root-key.pem");
    workspace.write("root-key.pem", &other);
    run.types("correct horse\n");
    let (status, screen) = run.ends();
    let error = "error: root-key.pem has changed meanwhile\r\nhint: run it again\r\n";
    assert!(plain(&screen).ends_with(error), "{screen}");
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.read("root-key.pem"), other);

    // So does a root that was made meanwhile.
    let workspace = Workspace::new();
    let mut run = at_terminal(&workspace, &["root-ca", "--encrypt-key"]);
    run.wait_for("New passphrase for root-key.pem: ");
    let root = ["root-ca", "--key-type", "p256"];
    workspace.meshpki(root).succeeds();
    let before = workspace.snapshot();
    run.types("correct horse\n");
    run.wait_for("The same again: ");
    run.types("correct horse\n");
    let (status, screen) = run.ends();
    assert!(
        screen.contains("root-key.pem is there already: "),
        "{screen}"
    );
    assert_eq!(status.code(), Some(1));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn nobody_is_asked_who_could_not_see_the_question_or_answer_it() {
    if !has("openssl") || !has("setsid") || !has("strace") {
        return;
    }
    let workspace = with_encrypted_key();
    let before = workspace.snapshot();
    for streams in ["</dev/null", "2>error"] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let meshpki = workspace.meshpki_command();
        let mut shell = Command::new("sh");
        let script = format!(
            "strace -f -e trace=open,openat -o '{}' '{}' cluster-cacerts cluster1 {streams}",
            log.path().display(),
            meshpki.get_program().to_str().unwrap(),
        );
        shell.args(["-c", &script]).current_dir(workspace.path());
        let (status, screen) = AtTerminal::start(&shell).ends();
        let said = match streams {
            "2>error" => workspace.read_text("error"),
            _ => plain(&screen).replace("\r\n", "\n"),
        };
        let _ = std::fs::remove_file(workspace.join("error"));
        assert_eq!(
            said,
            "error: root-key.pem is encrypted, and nobody can be asked for its passphrase: stdin and stderr are not both terminals\n\
             hint: say where it is: --passin env:NAME, file:PATH, fd:N or stdin\n"
        );
        assert_eq!(status.code(), Some(1));
        assert_eq!(workspace.snapshot(), before);
        let opened = std::fs::read_to_string(log.path()).unwrap();
        assert!(opened.contains("root-key.pem"), "{opened}");
        assert!(!opened.contains("/dev/tty"), "{opened}");
    }
}

#[test]
fn what_needs_no_key_asks_nothing() {
    if !has("openssl") {
        return;
    }
    let workspace = with_encrypted_key();
    let signed = workspace
        .meshpki_command()
        .env("PASSPHRASE", "correct horse")
        .args(SIGN)
        .args(["--passin", "env:PASSPHRASE"])
        .output()
        .unwrap();
    Run::from(signed).succeeds();
    let asked = ["cluster-cacerts", "cluster1"];
    let up_to_date = workspace.meshpki(asked).succeeds();
    assert!(up_to_date.starts_with("cluster1: up to date, expires "));
    let planned = workspace.meshpki(["cluster-cacerts", "--rekey", "--dry-run", "cluster1"]);
    assert!(planned.succeeds().starts_with("cluster1/ (not written)\n"));
    workspace
        .meshpki(["cluster-cacerts", "--roots-only", "cluster1"])
        .succeeds();
    workspace.meshpki(["secret", "cluster1"]).succeeds();
    // What is refused anyway is refused before.
    workspace.meshpki(["cluster-cacerts", "--renew", "cluster2"]).fails(
        1,
        "error: cluster2: there is nothing to replace\nhint: make it first: meshpki cluster-cacerts cluster2\n",
    );
}

#[test]
fn a_person_is_not_asked_for_a_file_and_the_command_says_how_it_is_used() {
    if !has("setsid") {
        return;
    }
    let workspace = Workspace::new();
    for command in ["split", "inspect"] {
        let (status, screen) = at_terminal(&workspace, &["--color=never", command]).ends();
        let expected = format!(
            "error: no FILE is given, and stdin is a terminal\r\n\r\n\
             Usage: meshpki {command} [OPTIONS] [FILE]...\r\n\r\n\
             For more information, try '--help'.\r\n"
        );
        assert_eq!(screen, expected);
        assert_eq!(status.code(), Some(64));
    }
}
