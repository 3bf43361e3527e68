//! `meshpki issued`: what the root has signed, and whether its record can be believed.

mod common;

use std::fs::File;

use common::{Run, Workspace, has};
use meshpki::mesh::record::{NewEntry, Record};
use meshpki::pki::certificate::Certificate;
use meshpki::pki::digest::Sha256;
use rustix::fs::{FlockOperation, flock};
use time::OffsetDateTime;

const RECORD: &str = "root-issued.jsonl";

fn issued(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["issued"].iter().chain(arguments))
}

/// The lines of the record, with their line feeds.
fn lines(workspace: &Workspace) -> Vec<String> {
    let text = workspace.read_text(RECORD);
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn head_of(line: &str) -> Sha256 {
    Sha256::of(line.as_bytes())
}

/// The serial numbers in the lines that are printed.
fn serials(run: Run) -> Vec<String> {
    let printed = run.succeeds();
    let rows = printed
        .lines()
        .skip(1)
        .filter(|row| !row.starts_with("head"));
    let serials = rows.map(|row| row.split_whitespace().nth(3).expect("a column"));
    serials.map(str::to_owned).collect()
}

fn serial(workspace: &Workspace, file: &str) -> String {
    workspace.certificate(file).serial_number()
}

#[test]
fn a_line_for_each_certificate_and_the_head_to_be_read_aloud() {
    let workspace = Workspace::with_clusters(&["a", "much-longer"]);
    let run = issued(&workspace, &[]);
    assert_eq!(run.stderr, "");
    let record = Record::parse(&workspace.read(RECORD)).unwrap();
    let files = ["root-cert.pem", "a/ca-cert.pem", "much-longer/ca-cert.pem"];
    let names = ["(root)     ", "a          ", "much-longer"];
    let rows = files.iter().zip(names).zip(record.entries());
    let rows: Vec<_> = rows
        .map(|((file, name), entry)| {
            let certificate = workspace.certificate(file);
            let digest = Sha256::of(certificate.spki()).to_string();
            let (signed, expires) = (entry.time.date(), certificate.not_after().date());
            let (number, serial) = (entry.number, certificate.serial_number());
            let key = &digest[..16];
            format!("{number}       {signed}  {name}  {serial}  {key}  {expires}\n")
        })
        .collect();
    let titles = format!(
        "NUMBER  DATE        CLUSTER      {:40}  KEY               EXPIRES\n",
        "SERIAL"
    );
    let head = head_of(&lines(&workspace)[2]).groups();
    let rows = rows.concat();
    assert_eq!(run.succeeds(), format!("{titles}{rows}head  {head}\n"));
    assert_eq!(
        issued(&workspace, &["-o", "text"]).stdout.lines().count(),
        5
    );
}

#[test]
fn openssl_and_sha256sum_say_the_same() {
    if !has("openssl") || !has("sha256sum") || !has("sed") {
        return;
    }
    let workspace = Workspace::with_clusters(&["a"]);
    for (number, file) in [(1, "root-cert.pem"), (2, "a/ca-cert.pem")] {
        let x509 = |what: &[&str]| {
            let arguments = ["x509", "-noout", "-in", file];
            workspace.run("openssl", arguments.iter().chain(what))
        };
        let serial = x509(&["-serial"]);
        let fingerprint = x509(&["-fingerprint", "-sha256"]);
        let line = format!("sed -n {number}p {RECORD} | sha256sum | cut -c -64");
        let head = workspace.run("sh", ["-c", &line]);
        let spki = format!(
            "openssl x509 -noout -pubkey -in {file} | openssl pkey -pubin -outform DER | sha256sum | cut -c -64"
        );
        let spki = workspace.run("sh", ["-c", &spki]);
        let document = data(&workspace, "json");
        let item = &document["items"][number - 1];
        assert_eq!(format!("serial={}\n", text(&item["serialNumber"])), serial);
        let (_, fingerprint) = fingerprint.split_once('=').unwrap();
        assert_eq!(item["sha256"].as_str(), Some(&*digest(fingerprint)));
        assert_eq!(format!("{}\n", text(&item["head"])), head);
        assert_eq!(format!("{}\n", text(&item["spkiSha256"])), spki);
    }
}

fn data(workspace: &Workspace, format: &str) -> serde_json::Value {
    let printed = issued(workspace, &["-o", format]).succeeds();
    match format {
        "json" => serde_json::from_str(&printed).unwrap(),
        _ => serde_saphyr::from_str(&printed).unwrap(),
    }
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}

fn digest(text: &str) -> String {
    text.trim().parse::<Sha256>().unwrap().to_string()
}

#[test]
fn data_holds_what_the_record_holds() {
    let workspace = Workspace::with_clusters(&["a"]);
    let document = data(&workspace, "json");
    assert_eq!(document["apiVersion"], "meshpki/v1");
    assert_eq!(document["kind"], "Issued");
    let items = document["items"].as_array().unwrap();
    let lines = lines(&workspace);
    assert_eq!(items.len(), 2);
    for ((item, line), file) in items
        .iter()
        .zip(&lines)
        .zip(["root-cert.pem", "a/ca-cert.pem"])
    {
        let mut recorded: serde_json::Value = serde_json::from_str(line).unwrap();
        let recorded = recorded.as_object_mut().unwrap();
        let mut shown = item.as_object().unwrap().clone();
        assert_eq!(
            text(&shown.remove("pem").unwrap()),
            workspace.read_text(file)
        );
        let head = shown.remove("head").unwrap();
        assert_eq!(text(&head), head_of(line).to_string());
        assert!(recorded.remove("certificate").is_some());
        assert!(recorded.remove("previous").is_some());
        assert_eq!(&shown, recorded);
    }
    assert_eq!(text(&document["head"]), head_of(&lines[1]).to_string());
    assert_eq!(items[0]["cluster"], serde_json::Value::Null);
    assert_eq!(items[1]["cluster"], "a");
    assert_eq!(data(&workspace, "yaml"), document);
}

#[test]
fn one_cluster_is_told_of_by_its_name() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let first = serial(&workspace, "a/ca-cert.pem");
    workspace
        .meshpki(["cluster-cacerts", "--renew", "a"])
        .succeeds();
    let second = serial(&workspace, "a/ca-cert.pem");
    let of_a = issued(&workspace, &["--cluster", "a/"]);
    assert!(of_a.stdout.contains("\nhead  "), "{of_a:#?}");
    assert_eq!(serials(of_a), [first, second]);

    let of_nobody = issued(&workspace, &["--cluster", "c"]);
    assert_eq!(of_nobody.stderr, "nothing was signed for c\n");
    let head = head_of(&lines(&workspace)[3]);
    assert_eq!(of_nobody.succeeds(), format!("head  {}\n", head.groups()));
    let data = issued(&workspace, &["--cluster", "c", "-o", "yaml"]).succeeds();
    assert_eq!(
        data,
        format!("apiVersion: meshpki/v1\nkind: Issued\nitems: []\nhead: \"{head}\"\n")
    );
    let data = issued(&workspace, &["--cluster", "c", "-o", "json"]).succeeds();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["items"], serde_json::json!([]));
}

#[test]
fn what_came_after_a_head_is_shown_however_it_was_written_down() {
    let workspace = Workspace::with_clusters(&["a"]);
    let head = head_of(&lines(&workspace)[1]);
    workspace.issue(&["b"]).succeeds();
    let b = [serial(&workspace, "b/ca-cert.pem")];
    for spelling in [head.to_string(), head.fingerprint(), head.groups()] {
        assert_eq!(serials(issued(&workspace, &["--since", &spelling])), b);
    }
    let nothing = format!("{:064}", 0);
    let all = issued(&workspace, &["--since", &nothing]);
    assert_eq!(serials(all).len(), 3);

    let head = head_of(&lines(&workspace)[2]);
    let none = issued(&workspace, &["--since", &head.to_string()]);
    assert_eq!(none.stderr, "nothing was signed since then\n");
    assert_eq!(none.succeeds(), format!("head  {}\n", head.groups()));
    let none = issued(
        &workspace,
        &["--since", &head.to_string(), "--cluster", "a"],
    );
    assert_eq!(none.stderr, "nothing was signed for a since then\n");
}

#[test]
fn a_cut_at_the_end_is_seen_by_whoever_has_kept_the_head() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let all = lines(&workspace);
    let head = head_of(&all[2]);
    workspace.write(RECORD, all[..2].concat());
    // By itself it is whole.
    issued(&workspace, &[]).succeeds();
    issued(&workspace, &["--since", &head.to_string()]).fails(
        1,
        &format!(
            "error: root-issued.jsonl never had the head {head}: lines are missing at its end, or it was written anew\n\
             hint: compare it with a root-issued.jsonl that was kept a second time; if the digest was mistyped, or is of another root's record, give that of this one\n"
        ),
    );
}

#[test]
fn what_is_no_digest_is_a_usage_error() {
    let workspace = Workspace::with_clusters(&[]);
    for word in ["", "abc", "x"] {
        let refused = issued(&workspace, &["--since", word]);
        assert_eq!(refused.status, Some(64), "{refused:#?}");
        let reason = "it is not a SHA-256 digest: 64 hexadecimal digits are wanted";
        assert!(refused.stderr.contains(reason), "{refused:#?}");
    }
}

#[test]
fn what_was_changed_is_refused_by_its_line_and_nothing_is_shown() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let all = lines(&workspace);
    let [one, two, three] = [&all[0], &all[1], &all[2]];
    let later = two.replacen("\"time\":\"2", "\"time\":\"3", 1);
    let other_serial = two.replacen("\"serialNumber\":\"", "\"serialNumber\":\"1", 1);
    let [a, of_root] = ["a/ca-cert.pem", "root-cert.pem"].map(|file| serial(&workspace, file));
    let renumbered = three.replacen("\"number\":3", "\"number\":2", 1);
    for (text, refusal) in [
        (
            [one, &later, three].map(String::as_str).concat(),
            format!(
                "line 3: its previous is {}, and the SHA-256 of line 2 is {}: one of the two lines was changed",
                head_of(two),
                head_of(&later)
            ),
        ),
        (
            [one, &other_serial].map(String::as_str).concat(),
            format!("line 2: its serialNumber is 1{a}, and that of its certificate is {a}"),
        ),
        (
            [&one.replacen(&of_root, &a, 1), two]
                .map(String::as_str)
                .concat(),
            format!("line 1: its serialNumber is {a}, and that of its certificate is {of_root}"),
        ),
        (
            [one, three].map(String::as_str).concat(),
            "line 2: its number is 3: lines are missing, moved or repeated".to_owned(),
        ),
        (
            [one, three, two].map(String::as_str).concat(),
            "line 2: its number is 3: lines are missing, moved or repeated".to_owned(),
        ),
        (
            [one, two, two].map(String::as_str).concat(),
            "line 3: its number is 2: lines are missing, moved or repeated".to_owned(),
        ),
        (
            [one, &renumbered].map(String::as_str).concat(),
            format!(
                "line 2: its previous is {}, and the SHA-256 of line 1 is {}: one of the two lines was changed",
                head_of(two),
                head_of(one)
            ),
        ),
        (
            format!("{one}\n"),
            "line 2: it cannot be read: EOF while parsing a value at line 2 column 0".to_owned(),
        ),
    ] {
        workspace.write(RECORD, text);
        let before = workspace.snapshot();
        for arguments in [&[][..], &["-o", "json"], &["--cluster", "a"]] {
            issued(&workspace, arguments).fails(
                1,
                &format!(
                    "error: root-issued.jsonl: {refusal}\n\
                     hint: put back the root-issued.jsonl that was kept a second time, and find out who has changed this one\n"
                ),
            );
        }
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_certificate_that_the_key_it_names_has_not_signed_is_refused() {
    let [workspace, other] = [
        Workspace::with_clusters(&["a"]),
        Workspace::with_clusters(&[]),
    ];
    let [root, cluster] =
        ["root-cert.pem", "a/ca-cert.pem"].map(|file| workspace.certificate(file));
    let other = other.certificate("root-cert.pem");
    let record = Record::parse(&workspace.read(RECORD)).unwrap();
    let forged = NewEntry {
        cluster: Some("a".parse().unwrap()),
        certificate: cluster,
        request: None,
    };
    let line = record.lines_for(&[forged], &other, OffsetDateTime::UNIX_EPOCH);
    workspace.write(RECORD, [workspace.read(RECORD), line].concat());
    let key = Sha256::of(other.spki());

    // As long as nobody knows that key, nobody can tell.
    let run = issued(&workspace, &[]);
    assert_eq!(
        run.stderr,
        format!(
            "line 3, of 1970-01-01, is the first that the key {} has signed, and not its own certificate: what it signed before is not in root-issued.jsonl\n\
             1 signature not verified: the key is neither in root-cert.pem nor in root-issued.jsonl\n",
            &key.to_string()[..16]
        )
    );
    run.succeeds();

    workspace.write("root-cert.pem", root.to_pem() + &other.to_pem());
    issued(&workspace, &[]).fails(
        1,
        &format!(
            "error: root-issued.jsonl: line 3: its certificate was not signed by the key that it names, {key}\n\
             hint: put back the root-issued.jsonl that was kept a second time, and find out who has changed this one\n"
        ),
    );
}

#[test]
fn where_there_is_no_record_it_says_where_one_begins() {
    let workspace = Workspace::new();
    issued(&workspace, &[]).fails(
        1,
        "error: there is no root-issued.jsonl\n\
         hint: it begins with the first certificate that is signed here; if the root is in another folder, work there, with -C DIR\n",
    );
    assert!(workspace.snapshot().is_empty());
    std::fs::create_dir(workspace.join(RECORD)).unwrap();
    issued(&workspace, &[]).fails(1, "error: cannot read root-issued.jsonl: it is a folder\n");
}

#[test]
fn a_root_made_elsewhere_gets_its_record_with_its_first_signature() {
    let workspace = Workspace::with_clusters(&["old"]);
    std::fs::remove_file(workspace.join(RECORD)).unwrap();
    workspace.issue(&["new"]).succeeds();
    assert_eq!(workspace.mode(RECORD), 0o600);
    let run = issued(&workspace, &[]);
    let record = Record::parse(&workspace.read(RECORD)).unwrap();
    let key = Sha256::of(workspace.certificate("root-cert.pem").spki()).to_string();
    assert_eq!(
        run.stderr,
        format!(
            "line 1, of {}, is the first that the key {} has signed, and not its own certificate: what it signed before is not in root-issued.jsonl\n",
            record.entries()[0].time.date(),
            &key[..16]
        )
    );
    assert_eq!(serials(run), [serial(&workspace, "new/ca-cert.pem")]);
    let quiet = workspace.meshpki(["-q", "issued"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn neither_the_key_nor_the_certificate_of_the_root_is_needed() {
    let workspace = Workspace::with_clusters(&["a"]);
    let with = issued(&workspace, &[]).succeeds();
    workspace.write("root-key.pem", "no key");
    workspace.write("root-cert.pem", "no certificate");
    assert_eq!(issued(&workspace, &[]).succeeds(), with);
    for file in ["root-key.pem", "root-cert.pem"] {
        std::fs::remove_file(workspace.join(file)).unwrap();
    }
    let run = issued(&workspace, &[]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.succeeds(), with);
    // An auditor's copy, by another way.
    let elsewhere = Workspace::new();
    std::os::unix::fs::symlink(workspace.join(RECORD), elsewhere.join(RECORD)).unwrap();
    assert_eq!(issued(&elsewhere, &[]).succeeds(), with);
}

#[test]
fn the_key_of_the_root_is_not_opened() {
    if !has("strace") {
        return;
    }
    let workspace = Workspace::with_clusters(&["a"]);
    let meshpki = workspace.meshpki_command();
    let program = meshpki.get_program().to_str().unwrap();
    let arguments = [
        "-f",
        "-o",
        "log",
        "-e",
        "trace=openat,open",
        program,
        "issued",
    ];
    workspace.run("strace", arguments);
    let log = workspace.read_text("log");
    assert!(log.contains("root-issued.jsonl"), "{log}");
    assert!(!log.contains("root-key.pem"), "{log}");
}

#[test]
fn a_run_that_is_at_work_is_not_waited_for_nor_its_half_line_shown() {
    let workspace = Workspace::with_clusters(&["a", "b"]);
    let all = lines(&workspace);
    let half = &all[2][..all[2].len() - 2];
    workspace.write(RECORD, [&all[0], &all[1], half].concat());
    let before = workspace.snapshot();
    let lock = File::open(workspace.path()).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let run = issued(&workspace, &[]);
    assert_eq!(run.stderr, "");
    assert!(
        run.stdout
            .ends_with(&format!("head  {}\n", head_of(&all[1]).groups()))
    );
    assert_eq!(serials(run).len(), 2);
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn an_empty_record_has_the_head_of_none() {
    let workspace = Workspace::new();
    workspace.write(RECORD, "");
    let run = issued(&workspace, &[]);
    assert_eq!(run.stderr, "nothing was signed\n");
    let zeros = ["0000"; 16].join(" ");
    assert_eq!(run.succeeds(), format!("head  {zeros}\n"));
}

#[test]
fn what_is_recorded_is_the_certificate_itself() {
    let workspace = Workspace::with_clusters(&["a"]);
    let before = workspace.certificate("a/ca-cert.pem");
    std::fs::remove_dir_all(workspace.join("a")).unwrap();
    let document = data(&workspace, "json");
    let pem = text(&document["items"][1]["pem"]);
    let recorded = Certificate::all_from_pem(pem.as_bytes()).unwrap();
    assert_eq!(recorded, [before]);
}
