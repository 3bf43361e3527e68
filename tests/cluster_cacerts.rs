//! `meshpki cluster-cacerts` for clusters that are not there yet.

mod common;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use common::{Run, Workspace, has};
use meshpki::pki::validity::date;

const KEY_TYPES: [&str; 5] = ["rsa-2048", "rsa-3072", "rsa-4096", "p256", "p384"];
const FILES: [&str; 4] = [
    "ca-cert.pem",
    "ca-key.pem",
    "cert-chain.pem",
    "root-cert.pem",
];

fn text(workspace: &Workspace, file: &str) -> String {
    workspace.run("openssl", ["x509", "-in", file, "-noout", "-text"])
}

#[test]
fn four_files_in_a_folder_that_is_the_owners_alone() {
    let workspace = Workspace::with_root("Root CA");
    workspace.issue(&["c1"]).succeeds();
    let created: Vec<_> = workspace.snapshot().into_keys().collect();
    let root = ["root-cert.pem", "root-issued.jsonl", "root-key.pem"];
    let mut expected = vec!["c1".into()];
    expected.extend(root.map(std::path::PathBuf::from));
    expected.extend(FILES.map(|file| std::path::Path::new("c1").join(file)));
    expected.sort();
    assert_eq!(created, expected);
    assert_eq!(workspace.mode("c1"), 0o700);
    assert_eq!(workspace.mode("c1/ca-key.pem"), 0o600);
    for file in ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"] {
        assert_eq!(workspace.mode(format!("c1/{file}")), 0o644);
    }
    let [ca, root] = ["c1/ca-cert.pem", "root-cert.pem"].map(|file| workspace.read_text(file));
    assert_eq!(workspace.read_text("c1/cert-chain.pem"), ca + &root);
    assert_eq!(workspace.read_text("c1/root-cert.pem"), root);
    let key = workspace.read_text("c1/ca-key.pem");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
fn what_was_made_is_told() {
    let workspace = Workspace::with_root("Root CA");
    let run = workspace.issue(&["c1"]);
    assert_eq!(run.stderr, "");
    let ca = workspace.certificate("c1/ca-cert.pem");
    let expected = format!(
        "c1/\n  \
           files        ca-cert.pem ca-key.pem cert-chain.pem root-cert.pem\n  \
           subject      O = Istio, CN = Intermediate CA, L = c1\n  \
           key          ECDSA P-256\n  \
           SHA-256      {}\n  \
           expires      {}\n",
        ca.sha256_fingerprint(),
        date(ca.not_after())
    );
    assert_eq!(run.succeeds(), expected);
    if has("openssl") {
        let arguments = [
            "x509",
            "-in",
            "c1/ca-cert.pem",
            "-noout",
            "-fingerprint",
            "-sha256",
        ];
        let fingerprint = workspace.run("openssl", arguments);
        assert_eq!(
            fingerprint.trim_end(),
            format!("sha256 Fingerprint={}", ca.sha256_fingerprint())
        );
    }
}

/// The clusters' keys are made once, and certified by one root after the other.
#[test]
fn openssl_takes_every_kind_of_key_under_every_other() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_root("Root CA");
    for key_type in KEY_TYPES {
        let issue = ["cluster-cacerts", "--key-type", key_type, key_type];
        workspace.meshpki(issue).succeeds();
    }
    for root_type in KEY_TYPES {
        workspace.remove_root();
        let arguments = ["root-ca", "--days", "4000", "--key-type", root_type];
        workspace.meshpki(arguments).succeeds();
        let renew = ["cluster-cacerts", "--renew"];
        workspace.meshpki(renew.iter().chain(&KEY_TYPES)).succeeds();
        for key_type in KEY_TYPES {
            let [ca, key, chain] = ["ca-cert.pem", "ca-key.pem", "cert-chain.pem"]
                .map(|file| format!("{key_type}/{file}"));
            let verify = ["verify", "-x509_strict", "-CAfile", "root-cert.pem"];
            let untrusted = ["-untrusted", &chain, &ca];
            let verified = workspace.run("openssl", verify.iter().chain(&untrusted));
            assert_eq!(verified, format!("{ca}: OK\n"));
            let public = |arguments: &[&str]| workspace.run("openssl", arguments);
            assert_eq!(
                public(&["pkey", "-in", &key, "-check", "-pubout"]),
                format!(
                    "Key is valid\n{}",
                    public(&["x509", "-in", &ca, "-noout", "-pubkey"])
                )
            );
        }
    }
}

#[test]
fn the_certificate_says_what_a_cluster_ca_has_to() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_root("Root CA");
    workspace.issue(&["c1"]).succeeds();
    let said = text(&workspace, "c1/ca-cert.pem");
    for lines in [
        "        Issuer: O = Istio, CN = Root CA\n",
        "        Subject: O = Istio, CN = Intermediate CA, L = c1\n",
        "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n",
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
        "X509v3 Subject Alternative Name: \n                DNS:istiod.istio-system.svc\n",
    ] {
        assert!(said.contains(lines), "{lines}{said}");
    }
    assert_eq!(said.matches("X509v3 ").count() - 1, 5, "extensions: {said}");
    let value = |said: &str, heading: &str| {
        let after = said.split_once(heading).expect(heading).1;
        after.lines().nth(1).unwrap().trim().to_owned()
    };
    let root = text(&workspace, "root-cert.pem");
    assert_eq!(
        value(&said, "X509v3 Authority Key Identifier:"),
        value(&root, "X509v3 Subject Key Identifier:")
    );
    let [ca, root] = ["c1/ca-cert.pem", "root-cert.pem"].map(|file| workspace.certificate(file));
    assert!(ca.not_before() >= root.not_before());
    assert!(ca.raw_serial_number().len() <= 20);
    assert_ne!(ca.raw_serial_number(), root.raw_serial_number());
}

#[test]
fn names_and_trust_domain_are_as_asked() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_root("Root CA");
    let names = [
        "--org",
        "Zoë",
        "--cn",
        "CA, 1",
        "--trust-domain",
        "prod.example.com",
    ];
    let dns = ["--san-dns", "a.example.com", "--san-dns", "*.b.svc", "c1"];
    workspace.issue(&[&names[..], &dns].concat()).succeeds();
    let said = text(&workspace, "c1/ca-cert.pem");
    let line = "DNS:a.example.com, DNS:*.b.svc, URI:spiffe://prod.example.com\n";
    assert!(said.contains(line), "{said}");
    let subject = ["x509", "-in", "c1/ca-cert.pem", "-noout", "-subject"];
    let shown = ["-nameopt", "sep_multiline,utf8"];
    assert_eq!(
        workspace.run("openssl", subject.iter().chain(&shown)),
        "subject=\n    O=Zoë\n    CN=CA, 1\n    L=c1\n"
    );
}

#[test]
fn the_environment_and_the_file_are_heard() {
    let workspace = Workspace::with_root("Root CA");
    workspace.write(
        "meshpki.toml",
        "[mesh]\ntrust-domain = \"td.example.com\"\n[cluster-cacerts]\ncommon-name = \"File\"\norganization = \"File\"\nchain-with-root = false\n",
    );
    let variables = [
        ("INTERMEDIATE_ORG", "Env"),
        ("INTERMEDIATE_DAYS", "7"),
        ("INTERMEDIATE_KEYSZ", "2048"),
        ("INTERMEDIATE_SAN_DNS", "a.example.com, b.example.com"),
    ];
    let mut command = workspace.meshpki_command();
    Run::of(command.envs(variables).args(["cluster-cacerts", "c1"])).succeeds();
    let ca = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(ca.subject(), "O = Env, CN = File, L = c1");
    assert_eq!(ca.public_key().unwrap().kind().to_string(), "RSA 2048");
    assert_eq!(ca.validity().unwrap().length().whole_days(), 7);
    let names: Vec<_> = ca
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "DNS:a.example.com",
            "DNS:b.example.com",
            "URI:spiffe://td.example.com"
        ]
    );
    assert_eq!(
        workspace.read("c1/cert-chain.pem"),
        workspace.read("c1/ca-cert.pem")
    );
}

#[test]
fn a_name_may_be_written_as_its_folder_is_completed() {
    let workspace = Workspace::with_root("Root CA");
    workspace.issue(&["c1/"]).succeeds();
    assert!(workspace.join("c1/ca-cert.pem").is_file());
    let ca = workspace.certificate("c1/ca-cert.pem");
    assert!(ca.subject().ends_with("L = c1"), "{}", ca.subject());
    let secret = workspace.meshpki(["secret", "c1/"]).succeeds();
    assert_eq!(secret, workspace.meshpki(["secret", "c1"]).succeeds());
    let before = workspace.snapshot();
    for (word, name) in [
        ("c1//", "c1/"),
        ("/", "/"),
        ("a/c1", "a/c1"),
        ("./c1/", "./c1"),
    ] {
        workspace.issue(&[word]).fails(
            64,
            &format!(
                "error: invalid value '{word}' for '<NAME>...': \"{name}\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it\n\nFor more information, try '--help'.\n"
            ),
        );
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_chain_leaves_out_the_root_if_asked() {
    let workspace = Workspace::with_root("Root CA");
    workspace.issue(&["--chain-without-root", "c1"]).succeeds();
    assert_eq!(
        workspace.read("c1/cert-chain.pem"),
        workspace.read("c1/ca-cert.pem")
    );
}

#[test]
fn a_root_file_of_several_is_kept_byte_for_byte_and_the_keys_own_root_signs() {
    let [first, second] = ["first", "second"].map(Workspace::with_root);
    let [a, b] = [&first, &second].map(|workspace| workspace.read_text("root-cert.pem"));
    let crlf = a.replace('\n', "\r\n");
    for bundle in [
        format!("{a}{b}"),
        format!("{b}{a}"),
        format!("# the old one\r\n{crlf}\n\n# the new one\n{b}# the end"),
        format!("{b}{b}{a}{b}"),
    ] {
        second.write("root-cert.pem", &bundle);
        second.issue(&["c1"]).succeeds();
        assert_eq!(second.read_text("c1/root-cert.pem"), bundle);
        let ca = second.read_text("c1/ca-cert.pem");
        assert_eq!(second.read_text("c1/cert-chain.pem"), ca + &b);
        std::fs::remove_dir_all(second.join("c1")).unwrap();
    }
}

#[test]
fn a_root_file_may_be_a_link_to_elsewhere() {
    let workspace = Workspace::with_root("Root CA");
    let elsewhere = Workspace::new();
    for file in ["root-cert.pem", "root-key.pem"] {
        std::fs::copy(workspace.join(file), elsewhere.join(file)).unwrap();
        std::fs::remove_file(workspace.join(file)).unwrap();
        symlink(elsewhere.join(file), workspace.join(file)).unwrap();
    }
    workspace.issue(&["c1"]).succeeds();
    let metadata = workspace.join("c1/root-cert.pem").symlink_metadata();
    assert!(metadata.unwrap().is_file());
    assert_eq!(
        workspace.read("c1/root-cert.pem"),
        elsewhere.read("root-cert.pem")
    );
}

#[test]
fn a_root_key_that_others_can_read_is_warned_of() {
    let workspace = Workspace::with_root("Root CA");
    let warning =
        "warning: root-key.pem can be read by others than its owner: chmod 600 root-key.pem\n";
    for (mode, stderr) in [(0o644, warning), (0o640, warning), (0o400, "")] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(workspace.join("root-key.pem"), mode).unwrap();
        let run = workspace.issue(&["--dry-run", "c1"]);
        assert_eq!(run.stderr, stderr);
        run.succeeds();
    }
}

#[test]
fn a_missing_root_is_never_made() {
    let workspace = Workspace::new();
    let hint = "hint: if the root is in another folder, work there, with -C DIR; a new mesh begins with: meshpki root-ca\n";
    let missing = format!("error: there is no root-cert.pem\n{hint}");
    workspace.issue(&["c1"]).fails(1, &missing);
    workspace.issue(&["--dry-run", "c1"]).fails(1, &missing);
    workspace
        .meshpki(["cluster-cacerts", "--roots-only", "c1"])
        .fails(1, &missing);
    assert!(workspace.snapshot().is_empty());

    let workspace = Workspace::with_root("Root CA");
    std::fs::remove_file(workspace.join("root-key.pem")).unwrap();
    let before = workspace.snapshot();
    workspace.issue(&["c1"]).fails(
        1,
        "error: there is no root-key.pem\n\
         hint: root-cert.pem is here: put back the root-key.pem that belongs to it\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_folder_of_a_cluster_is_not_that_of_the_root() {
    let workspace = Workspace::with_clusters(&["c1"]);
    let before = workspace.snapshot();
    workspace
        .meshpki(["-C", "c1", "cluster-cacerts", "c1"])
        .fails(
            1,
            "error: there is no root-key.pem\n\
             hint: this is the folder of a cluster: work in that of the root, with -C DIR\n",
        );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_hint_is_typed_where_the_command_was() {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.join("my meshes/one")).unwrap();
    workspace
        .meshpki(["-C", "my meshes", "-C", "one", "cluster-cacerts", "c1"])
        .fails(
            1,
            "error: there is no root-cert.pem\n\
             hint: if the root is in another folder, work there, with -C DIR; a new mesh begins with: meshpki -C 'my meshes/one' root-ca\n",
        );
}

#[test]
fn a_dry_run_says_what_would_be_written_and_writes_nothing() {
    let workspace = Workspace::with_root("Root CA");
    let before = workspace.snapshot();
    let run = workspace.issue(&["--dry-run", "--days", "10", "c1", "c2"]);
    assert_eq!(
        run.stderr,
        "2 clusters: 2 would be issued, 0 up to date, 0 failed\n"
    );
    let said = run.succeeds();
    let root = workspace.certificate("root-cert.pem");
    let today = root.not_after() - time::Duration::days(3990);
    let plan = |name: &str, expires: time::OffsetDateTime| {
        format!(
            "{name}/ (not written)\n  \
               files        ca-cert.pem ca-key.pem cert-chain.pem root-cert.pem\n  \
               subject      O = Istio, CN = Intermediate CA, L = {name}\n  \
               key          a new key, p256\n  \
               expires      {}\n",
            date(expires)
        )
    };
    // Midnight may have passed between the two commands.
    let days = [today, today + time::Duration::DAY];
    let plans = days.map(|day| plan("c1", day) + &plan("c2", day));
    assert!(plans.contains(&said), "{said}");
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn odd_names_that_are_names_are_taken() {
    let workspace = Workspace::with_root("Root CA");
    let long = "a".repeat(128);
    let names = ["a.b", "1e3", "no", "a_b-c", "A", "a", "0", "null", &long];
    workspace.issue(&names).succeeds();
    for name in names {
        let ca = workspace.certificate(&format!("{name}/ca-cert.pem"));
        let subject = format!("O = Istio, CN = Intermediate CA, L = {name}");
        assert_eq!(ca.subject(), subject);
    }
}

#[test]
fn what_is_no_name_is_refused_before_anything_is_made() {
    let workspace = Workspace::new();
    for (name, reason) in [
        ("", "it is empty"),
        ("a/b", "it may have letters, digits, '-', '_' and '.' in it"),
        ("a b", "it may have letters, digits, '-', '_' and '.' in it"),
        ("ä", "it may have letters, digits, '-', '_' and '.' in it"),
        (".a", "it has to begin and end with a letter or a digit"),
        ("..", "it has to begin and end with a letter or a digit"),
        ("a-", "it has to begin and end with a letter or a digit"),
        (
            &"a".repeat(129),
            "it has 129 characters, and the locality of a certificate holds 128",
        ),
        ("root-cert.pem", "meshpki has a file of that name"),
        ("meshpki.toml", "meshpki has a file of that name"),
        (
            "c1.20260102T030405Z",
            "a name with a date and time at its end is a replaced cluster's",
        ),
    ] {
        let stderr = format!(
            "error: invalid value '{name}' for '<NAME>...': {name:?} cannot be a cluster's name: {reason}\n\n\
             For more information, try '--help'.\n"
        );
        let run = workspace.issue(&["good", name]);
        match name {
            // What clap itself says of an empty value is its own.
            "" => assert_eq!(run.status, Some(64)),
            _ => run.fails(64, &stderr),
        }
        assert!(workspace.snapshot().is_empty());
    }
}

#[test]
fn a_name_that_is_taken_is_refused_and_the_others_are_made() {
    let workspace = Workspace::with_root("Root CA");
    workspace.write("file", "x");
    workspace.write("workload/key.pem", "x");
    workspace.write("workload/ca-cert.pem", "x");
    workspace.write("other/notes.txt", "x");
    symlink("other", workspace.join("link")).unwrap();
    std::fs::create_dir(workspace.join("empty")).unwrap();
    let mut before = workspace.snapshot();
    let names = ["file", "workload", "other", "link", "empty", "new", "new"];
    let run = workspace.issue(&names);
    let elsewhere = "hint: move it away, or give the cluster another name\n";
    let (progress, stderr): (Vec<_>, Vec<_>) = run
        .stderr
        .split_inclusive('\n')
        .partition(|line| line.starts_with('['));
    assert_eq!(progress.len(), 2);
    assert_eq!(
        stderr.concat(),
        format!(
            "error: file: what has that name is not a folder\n{elsewhere}\
             error: workload: workload/key.pem is there: the folder is a workload's\n\
             hint: give the cluster another name\n\
             error: other: the folder is there, with notes.txt in it and no cluster's files\n{elsewhere}\
             error: link: what has that name is a symbolic link\n{elsewhere}\
             6 clusters: 2 issued, 0 up to date, 4 failed\n"
        )
    );
    assert_eq!(run.status, Some(1));
    let told: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.ends_with('/'))
        .collect();
    assert_eq!(told, ["empty/", "new/"]);
    let mut after = workspace.snapshot();
    for name in ["empty", "new"] {
        for file in FILES {
            assert!(
                after
                    .remove(&std::path::Path::new(name).join(file))
                    .is_some()
            );
        }
        assert_eq!(workspace.mode(name), 0o700);
    }
    after.remove(std::path::Path::new("new"));
    after.insert(
        "empty".into(),
        before[std::path::Path::new("empty")].clone(),
    );
    // The two that were made are recorded.
    let record = std::path::Path::new("root-issued.jsonl");
    let [before_it, after_it] = [&mut before, &mut after].map(|all| all.remove(record).unwrap());
    let [before_it, after_it] = [before_it, after_it].map(|entry| entry.contents.unwrap());
    assert!(after_it.starts_with(&before_it));
    let lines = after_it.iter().filter(|&&octet| octet == b'\n').count();
    assert_eq!(lines, 3);
    assert_eq!(after, before);
}

#[test]
fn the_makefiles_words_work_in_the_folder_that_is_asked_for() {
    let workspace = Workspace::with_root("Root CA");
    let elsewhere = Workspace::new();
    let folder = workspace.path().to_str().unwrap();
    let words = ["c1-cacerts", "c2-cacerts", "--key-type", "p256"];
    elsewhere
        .meshpki(["-C", folder].iter().chain(&words))
        .succeeds();
    assert_eq!(
        workspace.certificate("c2/ca-cert.pem").subject(),
        "O = Istio, CN = Intermediate CA, L = c2"
    );
    assert!(workspace.join("c1/ca-key.pem").is_file());
    assert!(elsewhere.snapshot().is_empty());
}

#[test]
fn a_second_run_waits_for_the_first_and_says_so() {
    let workspace = Workspace::with_root("Root CA");
    let folder = std::fs::File::open(workspace.path()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let mut command = workspace.meshpki_command();
    command.args(["cluster-cacerts", "--key-type", "p256", "c1"]);
    let mut waiting = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(waiting.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "waiting: another meshpki is at work in .\n");
    assert!(!workspace.join("c1").exists());
    drop(folder);
    assert!(waiting.wait().unwrap().success());
    assert!(workspace.join("c1/ca-cert.pem").is_file());
}
