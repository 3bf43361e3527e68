//! `meshpki accept` of an archive: certificates from the root beside keys that stayed.

mod common;

use std::path::Path;

use common::foreign::make_private;
use common::gap::{self, Ca, answer, request};
use common::{Entry, Run, Workspace, has};

const FILES: [&str; 5] = [
    "ca-cert.pem",
    "ca-csr.pem",
    "ca-key.pem",
    "cert-chain.pem",
    "root-cert.pem",
];

/// Clusters that have asked, and the root's certificate, which was carried here before.
fn asking(names: &[&str]) -> (Workspace, Ca) {
    let workspace = Workspace::new();
    request(&workspace, names);
    let root = Ca::root("Root CA");
    workspace.write("root-cert.pem", root.certificate().to_pem());
    (workspace, root)
}

/// The names in `folder`, in order.
fn names(workspace: &Workspace, folder: &str) -> Vec<String> {
    let entries = workspace.join(folder).read_dir().unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// The one folder in which files of `name` are kept.
fn kept(workspace: &Workspace, name: &str) -> String {
    let names = names(workspace, ".");
    let mut kept = names
        .into_iter()
        .filter(|entry| entry.starts_with(&format!("{name}.")));
    let only = kept.next().expect("a folder that was kept");
    assert_eq!(kept.next(), None);
    only
}

/// What is in `folder`.
fn inside(workspace: &Workspace, folder: &str) -> Vec<Entry> {
    let entries = workspace.snapshot().into_iter();
    let inside = entries.filter(|(path, _)| path.parent() == Some(Path::new(folder)));
    inside.map(|(_, entry)| entry).collect()
}

/// `check` has nothing to say but that the root is sent too, and openssl finds the path.
#[track_caller]
fn is_good(workspace: &Workspace, name: &str) {
    let run = workspace.meshpki(["check", "-q", name]);
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
    if has("openssl") {
        let command = format!(
            "verify -x509_strict -CAfile {name}/root-cert.pem -untrusted {name}/cert-chain.pem {name}/ca-cert.pem"
        );
        let verdict = workspace.run("openssl", command.split(' '));
        assert_eq!(verdict, format!("{name}/ca-cert.pem: OK\n"));
    }
}

/// What is said of a cluster whose files are in place.
fn told(workspace: &Workspace, name: &str, files: &[&str]) -> String {
    let certificate = workspace.certificate(&format!("{name}/ca-cert.pem"));
    let (files, sha256) = (files.join(" "), certificate.sha256_fingerprint());
    format!(
        "{name}/\n  files        {files}\n  subject      O = Istio, CN = Intermediate CA, L = {name}\n  key          ECDSA P-256\n  SHA-256      {sha256}\n  expires      2090-01-01\n  issuer       O = Istio, CN = Root CA\n  root         O = Istio, CN = Root CA, expires 2099-01-01\n"
    )
}

#[test]
fn the_clusters_that_have_asked_are_completed() {
    let (workspace, root) = asking(&["a", "b"]);
    let before = workspace.snapshot();
    let archive = answer(&workspace, &root, &["a", "b"], 2020);
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "2 clusters: 2 accepted, 0 up to date, 0 failed\n"
    );
    let archive = gap::told("signed.tar", "2: a, b", &archive);
    let [a, b] = ["a", "b"].map(|name| told(&workspace, name, &FILES));
    assert_eq!(run.succeeds(), format!("{archive}{a}{b}"));
    let after = workspace.snapshot();
    for (path, entry) in &before {
        assert_eq!(after.get(path), Some(entry), "{}", path.display());
    }
    // Those that were there, three for each cluster, and the archive.
    assert_eq!(after.len(), before.len() + 2 * 3 + 1);
    for name in ["a", "b"] {
        assert_eq!(names(&workspace, name), FILES);
        is_good(&workspace, name);
    }
    assert_eq!(workspace.mode("a"), 0o700);
    assert_eq!(workspace.mode("a/ca-key.pem"), 0o600);
    assert_eq!(workspace.mode("a/ca-cert.pem"), 0o644);
}

#[test]
fn twice_the_same_is_up_to_date() {
    let (workspace, root) = asking(&["a", "b"]);
    answer(&workspace, &root, &["a", "b"], 2020);
    workspace.meshpki(["accept", "signed.tar", "a"]).succeeds();
    let run = workspace.meshpki(["accept", "signed.tar", "b/", "a", "b"]);
    assert_eq!(
        run.stderr,
        "2 clusters: 1 accepted, 1 up to date, 0 failed\n"
    );
    assert!(
        run.succeeds()
            .contains("a: up to date, expires 2090-01-01\nb/\n")
    );
    let before = workspace.snapshot();
    for arguments in [
        &["accept", "signed.tar"][..],
        &["accept", "--dry-run", "signed.tar"],
    ] {
        let run = workspace.meshpki(arguments);
        let end = "a: up to date, expires 2090-01-01\nb: up to date, expires 2090-01-01\n";
        assert!(run.succeeds().ends_with(end));
        assert!(workspace.snapshot() == before);
    }
    let quiet = workspace.meshpki(["accept", "-q", "signed.tar"]);
    assert_eq!((quiet.stderr.as_str(), quiet.stdout.as_str()), ("", ""));
    assert_eq!(quiet.status, Some(0));
}

#[test]
fn a_renewal_keeps_what_it_replaces() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    workspace.write("a/notes.txt", "mine");
    let before = inside(&workspace, "a");
    let key = workspace.read("a/ca-key.pem");

    answer(&workspace, &root, &["a"], 2021);
    let run = workspace.meshpki(["accept", "signed.tar"]);
    let kept = kept(&workspace, "a");
    assert_eq!(run.stderr, format!("a: notes.txt will stay in {kept}\n"));
    let told = told(&workspace, "a", &FILES);
    let kept_line = format!("  kept         {kept}/, the files that it replaces\n");
    assert!(run.succeeds().ends_with(&format!("{told}{kept_line}")));
    assert_eq!(inside(&workspace, &kept), before);
    assert_eq!(names(&workspace, "a"), FILES);
    assert_eq!(workspace.read("a/ca-key.pem"), key);
    is_good(&workspace, "a");
}

#[test]
fn a_key_that_waited_takes_its_place() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    request(&workspace, &["--rekey", "a"]);
    let before = inside(&workspace, "a");
    let next = workspace.read("a/ca-key.next.pem");
    let certificate = root.certify(&workspace, "a", "ca-key.next.pem", 2020);
    let chain = [&certificate, root.certificate()];
    workspace.write("signed.tar", gap::archive(&[("a", &chain)], &[&root]));

    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    assert_eq!(names(&workspace, "a"), FILES);
    assert_eq!(workspace.read("a/ca-key.pem"), next);
    assert_eq!(workspace.mode("a/ca-key.pem"), 0o600);
    let kept = kept(&workspace, "a");
    assert_eq!(inside(&workspace, &kept), before);
    is_good(&workspace, "a");

    let before = workspace.snapshot();
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert!(
        run.succeeds()
            .ends_with("a: up to date, expires 2090-01-01\n")
    );
    assert!(workspace.snapshot() == before);
}

#[test]
fn a_key_for_which_nothing_came_goes_on_waiting() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    request(&workspace, &["--rekey", "a"]);
    let waiting =
        ["ca-csr.pem", "ca-key.next.pem"].map(|file| workspace.read(Path::new("a").join(file)));

    answer(&workspace, &root, &["a"], 2021);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    let still =
        ["ca-csr.pem", "ca-key.next.pem"].map(|file| workspace.read(Path::new("a").join(file)));
    assert!(still == waiting);
    assert_eq!(workspace.mode("a/ca-key.next.pem"), 0o600);
    assert_eq!(names(&workspace, "a").len(), FILES.len() + 1);
    is_good(&workspace, "a");
}

#[test]
fn a_key_alone_in_its_folder_is_completed() {
    let (workspace, root) = asking(&["a"]);
    for file in ["ca-key.pem", "ca-key.next.pem"] {
        let from = workspace.join("a/ca-key.pem");
        std::fs::rename(from, workspace.join("key")).unwrap();
        std::fs::remove_dir_all(workspace.join("a")).unwrap();
        std::fs::create_dir(workspace.join("a")).unwrap();
        std::fs::rename(workspace.join("key"), workspace.join("a").join(file)).unwrap();
        let certificate = root.certify(&workspace, "a", file, 2020);
        let chain = [&certificate, root.certificate()];
        workspace.write("signed.tar", gap::archive(&[("a", &chain)], &[&root]));
        workspace.meshpki(["accept", "signed.tar"]).succeeds();
        let four = [
            "ca-cert.pem",
            "ca-key.pem",
            "cert-chain.pem",
            "root-cert.pem",
        ];
        assert_eq!(names(&workspace, "a"), four);
        is_good(&workspace, "a");
        assert_eq!(names(&workspace, "."), ["a", "root-cert.pem", "signed.tar"]);
    }
}

#[test]
fn a_crl_stays_with_its_key() {
    if !has("openssl") {
        return;
    }
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    workspace.write("index.txt", "");
    workspace.write("number", "01\n");
    workspace.write(
        "ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\n",
    );
    root.write(&workspace, "root");
    for (certificate, key, out) in [
        ("a/ca-cert.pem", "a/ca-key.pem", "one.crl"),
        ("root.pem", "root.key", "other.crl"),
    ] {
        let command = format!(
            "ca -gencrl -config ca.cnf -cert {certificate} -keyfile {key} -crldays 20000 -out {out}"
        );
        workspace.run("openssl", command.split(' '));
    }
    let crls = workspace.read_text("one.crl") + &workspace.read_text("other.crl");
    workspace.write("a/ca-crl.pem", crls);
    let crl = workspace.read("a/ca-crl.pem");

    let renewed = root.certify(&workspace, "a", "ca-key.pem", 2021);
    workspace.write("signed.tar", gap::archive(&[("a", &[&renewed])], &[&root]));
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(run.stderr, "");
    run.succeeds();
    assert_eq!(workspace.read("a/ca-crl.pem"), crl);

    request(&workspace, &["--rekey", "a"]);
    let rekeyed = root.certify(&workspace, "a", "ca-key.next.pem", 2022);
    workspace.write("signed.tar", gap::archive(&[("a", &[&rekeyed])], &[&root]));
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert!(
        run.stderr.starts_with("a: ca-crl.pem will stay in a."),
        "{run:#?}"
    );
    run.succeeds();
    assert_eq!(names(&workspace, "a"), FILES);
}

#[test]
fn clusters_without_a_folder_are_passed_over() {
    let (workspace, root) = asking(&["a", "b", "c"]);
    answer(&workspace, &root, &["a", "b"], 2020);
    let two = workspace.read("signed.tar");
    answer(&workspace, &root, &["a", "b", "c"], 2020);
    for name in ["b", "c"] {
        std::fs::remove_dir_all(workspace.join(name)).unwrap();
    }
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "signed.tar: 2 clusters have no folder here, and are passed over: b, c\n"
    );
    run.succeeds();
    workspace.write("signed.tar", two);
    let run = workspace.meshpki(["accept", "--dry-run", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "signed.tar: 1 cluster has no folder here, and is passed over: b\n"
    );
    run.succeeds();
    assert_eq!(names(&workspace, "."), ["a", "root-cert.pem", "signed.tar"]);
    is_good(&workspace, "a");
}

#[test]
fn one_that_is_refused_does_not_harm_the_others() {
    let (workspace, root) = asking(&["a", "b"]);
    answer(&workspace, &root, &["a", "b"], 2020);
    let key = workspace.read("a/ca-key.pem");
    workspace.write("a/ca-key.pem", workspace.read("b/ca-key.pem"));
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(run.status, Some(1));
    let start = "error: a: the certificate is for another key: its public key has SHA-256 ";
    assert!(run.stderr.starts_with(start), "{run:#?}");
    let end = "\nhint: it may be an older one, or another cluster's; if not, ask with a key that is here, and carry it again: meshpki request a\n2 clusters: 1 accepted, 0 up to date, 1 failed\n";
    assert!(run.stderr.ends_with(end), "{run:#?}");
    assert_eq!(names(&workspace, "a"), ["ca-csr.pem", "ca-key.pem"]);
    is_good(&workspace, "b");

    workspace.write("a/ca-key.pem", key);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    is_good(&workspace, "a");
}

#[test]
fn the_root_may_be_pinned_in_either_place_or_by_its_fingerprint() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    std::fs::remove_file(workspace.join("root-cert.pem")).unwrap();
    let before = workspace.snapshot();
    let fingerprint = root.fingerprint();
    let blanks = fingerprint.to_lowercase().replace(':', " ");
    let other = "0".repeat(64);
    for digest in [&fingerprint, &blanks, &fingerprint.replace(':', "")] {
        let arguments = [
            "accept",
            "--dry-run",
            "--root-sha256",
            digest,
            "--root-sha256",
            &other,
            "signed.tar",
        ];
        workspace.meshpki(arguments).succeeds();
        assert!(workspace.snapshot() == before);
    }
    workspace.write("a/root-cert.pem", root.certificate().to_pem());
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    assert_eq!(names(&workspace, "a"), FILES);
    assert_eq!(names(&workspace, "."), ["a", "signed.tar"]);
}

#[test]
fn a_second_root_comes_by_its_fingerprint_and_one_that_goes_is_told_of() {
    let (workspace, first) = asking(&["a"]);
    answer(&workspace, &first, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    let second = Ca::root("Second");
    let certificate = first.certify(&workspace, "a", "ca-key.pem", 2020);
    let chain = [&certificate, first.certificate()];
    let both = gap::archive(&[("a", &chain)], &[&first, &second]);
    workspace.write("both.tar", both);
    let [one, other] = [&first, &second].map(Ca::fingerprint);
    let pins = ["--root-sha256", &one, "--root-sha256", &other];
    let run = workspace.meshpki(["accept", "both.tar"].iter().chain(&pins));
    assert_eq!(run.stderr, "");
    run.succeeds();
    assert_eq!(
        workspace.read_text("a/root-cert.pem"),
        first.certificate().to_pem() + &second.certificate().to_pem()
    );

    // Both are trusted here now, and the first goes.
    let certificate = second.certify(&workspace, "a", "ca-key.pem", 2021);
    let chain = [&certificate, second.certificate()];
    workspace.write("second.tar", gap::archive(&[("a", &chain)], &[&second]));
    let run = workspace.meshpki(["accept", "second.tar"]);
    assert_eq!(
        run.stderr,
        "warning: a: O = Istio, CN = Root CA goes from root-cert.pem: what is issued under it will be refused\n"
    );
    run.succeeds();
    is_good(&workspace, "a");
}

#[test]
fn a_dry_run_says_it_all_and_does_nothing() {
    let (workspace, root) = asking(&["a", "b"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    let archive = answer(&workspace, &root, &["a", "b"], 2021);
    let before = workspace.snapshot();
    let run = workspace.meshpki(["accept", "--dry-run", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "2 clusters: 2 would be accepted, 0 up to date, 0 failed\n"
    );
    let stdout = run.succeeds();
    let start = gap::told("signed.tar", "2: a, b", &archive)
        + "a/ (not written)\n  files        ca-cert.pem ca-csr.pem ";
    assert!(stdout.starts_with(&start), "{stdout}");
    assert!(
        stdout.contains("Z/, the files that it replaces\nb/ (not written)\n"),
        "{stdout}"
    );
    assert!(workspace.snapshot() == before);
}

#[test]
fn an_archive_may_come_on_stdin_and_be_compared() {
    let (workspace, root) = asking(&["a"]);
    let archive = answer(&workspace, &root, &["a"], 2020);
    std::fs::remove_file(workspace.join("signed.tar")).unwrap();
    let digest = gap::manifest(&archive);
    for wanted in [digest.groups(), digest.fingerprint(), digest.to_string()] {
        let mut command = workspace.meshpki_command();
        command.args(["accept", "--manifest-sha256", &wanted, "-"]);
        let run = Run::fed(&mut command, &archive);
        assert!(run.succeeds().starts_with("stdin\n  clusters     1: a\n"));
    }
    is_good(&workspace, "a");
}

#[test]
fn more_tiers_and_no_root_in_the_chain_are_taken_as_they_come() {
    let (workspace, root) = asking(&["a", "b"]);
    let policy = root.below("Policy CA");
    let certify = |name| policy.certify(&workspace, name, "ca-key.pem", 2020);
    let [a, b] = ["a", "b"].map(certify);
    let long = [&a, policy.certificate(), root.certificate()];
    let short = [&b, policy.certificate()];
    workspace.write(
        "signed.tar",
        gap::archive(&[("a", &long), ("b", &short)], &[&root]),
    );
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "2 clusters: 2 accepted, 0 up to date, 0 failed\n"
    );
    run.succeeds();
    for (name, count) in [("a", 3), ("b", 2)] {
        let chain = workspace.read_text(format!("{name}/cert-chain.pem"));
        assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), count);
        is_good(&workspace, name);
    }
}

#[test]
fn where_the_root_is_too_its_files_are_not_touched() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.write("root-key.pem", "no key at all");
    let key = workspace.snapshot().remove(Path::new("root-key.pem"));
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    assert_eq!(workspace.snapshot().remove(Path::new("root-key.pem")), key);
    is_good(&workspace, "a");
}

#[test]
fn an_older_certificate_is_taken_if_it_is_asked_for() {
    let (workspace, root) = asking(&["a"]);
    let newer = answer(&workspace, &root, &["a"], 2021);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    let of_newer = workspace.certificate("a/ca-cert.pem");
    answer(&workspace, &root, &["a"], 2020);
    let before = workspace.snapshot();
    workspace.meshpki(["accept", "-q", "signed.tar"]).fails(
        1,
        "error: a: the certificate is of 2020-01-01T00:00:00Z, and the one that stands, for the same key, of 2021-01-01T00:00:00Z\n\
         hint: to go back to the older one: --older\n",
    );
    assert!(workspace.snapshot() == before);
    workspace
        .meshpki(["accept", "--older", "signed.tar"])
        .succeeds();
    is_good(&workspace, "a");
    workspace.write("newer.tar", newer);
    workspace.meshpki(["accept", "newer.tar"]).succeeds();
    assert_eq!(workspace.certificate("a/ca-cert.pem"), of_newer);
}

#[test]
fn a_key_that_waits_and_is_in_use_too_brings_no_older_certificate_back() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2021);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    answer(&workspace, &root, &["a"], 2020);
    workspace.write("a/ca-key.next.pem", workspace.read("a/ca-key.pem"));
    make_private(&workspace, "a/ca-key.next.pem");
    let before = workspace.snapshot();
    workspace.meshpki(["accept", "-q", "signed.tar"]).fails(
        1,
        "error: a: the certificate is of 2020-01-01T00:00:00Z, and the one that stands, for the same key, of 2021-01-01T00:00:00Z\n\
         hint: to go back to the older one: --older\n",
    );
    assert!(workspace.snapshot() == before);
}

#[test]
fn that_a_key_goes_on_waiting_is_said_where_nothing_is_to_be_done() {
    let (workspace, root) = asking(&["a"]);
    answer(&workspace, &root, &["a"], 2020);
    workspace.meshpki(["accept", "signed.tar"]).succeeds();
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(run.stderr, "");
    request(&workspace, &["--rekey", "a"]);
    let before = workspace.snapshot();
    let run = workspace.meshpki(["accept", "signed.tar"]);
    assert_eq!(
        run.stderr,
        "a: ca-key.next.pem goes on waiting for its certificate\n"
    );
    assert!(run.succeeds().contains("\na: up to date, expires "));
    assert!(workspace.snapshot() == before);
}
