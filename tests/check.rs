//! `meshpki check`: what it says and how, what it is asked, and its exit status.

mod common;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use common::{Run, Workspace, has};
use meshpki::mesh::rules;
use serde_json::Value;

const CLUSTER: &str = "cluster1";

fn mesh() -> Workspace {
    Workspace::with_clusters(&[CLUSTER])
}

fn json(run: &Run) -> Value {
    assert_eq!(run.stderr, "");
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// The findings of all inputs, as `E no-path`.
fn found(run: &Run) -> Vec<String> {
    let document = json(run);
    let items = document["items"].as_array().expect("items");
    let findings = items
        .iter()
        .flat_map(|item| item["findings"].as_array().expect("findings"));
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("text").to_owned();
    findings
        .map(|finding| format!("{} {}", text(finding, "severity"), text(finding, "id")))
        .collect()
}

/// What is said of each input; what is said of the trust among them comes behind it.
fn of_each(stdout: &str) -> &str {
    let trust = stdout.split_once("trust among ");
    trust.map_or(stdout, |(each, _)| each)
}

fn with_stdin(workspace: &Workspace, arguments: &[&str], text: &str) -> Run {
    let mut command = workspace.meshpki_command();
    command.args(arguments);
    for stream in [Command::stdout, Command::stderr] {
        stream(&mut command, Stdio::piped());
    }
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    Run::from(child.wait_with_output().expect("it ends"))
}

use std::process::Command;

const EMPTY_CHAIN: &str = "\
cluster1: broken (1 B)
cluster1/cert-chain.pem: B chain-start: it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail
  consequence: workloads cannot prove whom they were signed by, or do so out of order
  remedy: a new certificate: meshpki cluster-cacerts --renew cluster1
  source: istio security/pkg/server/ca/server.go; security/pkg/pki/ca/ca.go, minTTL
";

#[test]
fn without_a_terminal_a_finding_is_a_line_and_what_goes_below_it() {
    let workspace = mesh();
    workspace.write("cluster1/cert-chain.pem", "");
    let before = workspace.snapshot();
    let run = workspace.meshpki(["check", CLUSTER]);
    assert_eq!(run.stdout, EMPTY_CHAIN);
    assert_eq!((run.status, &*run.stderr), (Some(2), ""));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn with_colours_a_finding_has_a_mark_and_the_verdict_is_a_sentence() {
    let workspace = mesh();
    workspace.write("cluster1/cert-chain.pem", "");
    let run = workspace.meshpki(["--color", "always", "check", CLUSTER]);
    let lines: Vec<_> = run.stdout.lines().take(4).collect();
    assert_eq!(
        lines,
        [
            "\u{1b}[1m\u{1b}[31m✗ cluster1\u{1b}[0m: istiod starts, and the mesh breaks (1 B)",
            "  \u{1b}[1m\u{1b}[31m✗ B chain-start\u{1b}[0m cert-chain.pem",
            "    it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail",
            "    \u{1b}[2mconsequence:\u{1b}[0m workloads cannot prove whom they were signed by, or do so out of order",
        ]
    );
    assert_eq!(run.status, Some(2));
}

#[test]
fn a_folder_elsewhere_is_named_as_it_was_and_the_remedy_leads_there() {
    let workspace = mesh();
    workspace.write("cluster1/cert-chain.pem", "");
    let slash = workspace.meshpki(["check", "cluster1/"]);
    assert_eq!(slash.stdout, EMPTY_CHAIN);
    let folder = workspace.join(CLUSTER);
    let mut command = workspace.meshpki_command();
    command.current_dir(&folder);
    let run = Run::of(command.args(["check", "."]));
    let mesh = workspace.path().canonicalize().unwrap();
    let expected = EMPTY_CHAIN
        .replace("cluster1:", ".:")
        .replace("cluster1/", "./")
        .replace(
            "meshpki cluster",
            &format!("meshpki -C {} cluster", mesh.display()),
        );
    assert_eq!(run.stdout, expected);
    let remedy = run
        .stdout
        .lines()
        .find_map(|line| line.split_once("certificate: meshpki "));
    let (_, remedy) = remedy.expect("a command");
    workspace.meshpki(remedy.split(' ')).succeeds();
    assert_eq!(workspace.meshpki(["check", CLUSTER]).status, Some(0));
}

#[test]
fn the_folder_of_the_root_is_taken_for_no_cluster() {
    let workspace = mesh();
    workspace.meshpki(["check", "."]).fails(
        1,
        "error: . is the folder of a root, and of no cluster\n\
         hint: name its clusters: meshpki check ./CLUSTER\n",
    );
}

#[test]
fn the_ends_of_time_are_instants_like_others() {
    let workspace = mesh();
    for at in [
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "-377705116800",
    ] {
        let run = workspace.meshpki(["check", CLUSTER, "--at", at]);
        assert_eq!(run.status, Some(2), "{at}: {run:?}");
        assert!(run.stdout.contains(": E not-valid-now: "), "{}", run.stdout);
    }
    let run = workspace.meshpki(["check", CLUSTER, "--at", "999999999999999"]);
    assert_eq!(run.status, Some(64), "{run:?}");
}

#[test]
fn certificates_that_never_expire_are_fine() {
    if !has("openssl") {
        return;
    }
    let pki = common::pki::Pki::new();
    let for_ever = ["20200101000000Z", "99991231235959Z"];
    pki.key("root");
    pki.key("ca");
    let ca = common::pki::CA;
    pki.issue_between("root", "root", "/CN=root", "root", ca, for_ever);
    pki.issue_between("ca", "ca", "/CN=ca", "root", ca, for_ever);
    let workspace = &pki.0;
    for (file, from) in [
        ("ca-cert.pem", "ca.pem"),
        ("ca-key.pem", "ca.key"),
        ("cert-chain.pem", "ca.pem"),
        ("root-cert.pem", "root.pem"),
    ] {
        workspace.write(format!("c/{file}"), workspace.read(from));
    }
    let run = workspace.meshpki(["check", "c", "--ignore", "key-exposed"]);
    assert_eq!(run.succeeds(), "c: fine\n");
}

#[test]
fn a_finding_about_a_block_has_its_line() {
    let workspace = mesh();
    let key = workspace.read_text("cluster1/ca-key.pem");
    let chain = workspace.read_text("cluster1/cert-chain.pem");
    let line = chain.lines().count() + 1;
    workspace.write("cluster1/cert-chain.pem", chain + &key);
    let run = workspace.meshpki(["check", CLUSTER]);
    let start = format!(
        "cluster1: broken (1 B)\ncluster1/cert-chain.pem:{line}: B key-leak: there is a private key on line {line}: "
    );
    assert!(run.stdout.starts_with(&start), "{}", run.stdout);
    let body = key.lines().nth(1).expect("base64");
    assert!(!run.stdout.contains(body), "{}", run.stdout);
}

#[test]
fn notes_are_shown_of_one_input_or_to_those_who_ask() {
    let workspace = Workspace::with_clusters(&[CLUSTER, "cluster2"]);
    let one = workspace.meshpki(["check", CLUSTER]).succeeds();
    assert!(
        one.starts_with("cluster1: fine (1 N)\ncluster1/cert-chain.pem: N root-sent-twice: "),
        "{one}"
    );
    let two = ["check", CLUSTER, "cluster2"];
    assert_eq!(
        of_each(&workspace.meshpki(two).succeeds()),
        "cluster1: fine (1 N)\ncluster2: fine (1 N)\n"
    );
    let verbose = workspace.meshpki(["-v"].iter().chain(&two)).succeeds();
    assert_eq!(
        verbose.matches(": N root-sent-twice: ").count(),
        2,
        "{verbose}"
    );
    assert_eq!(workspace.meshpki(["-q"].iter().chain(&two)).succeeds(), "");
}

#[test]
fn more_than_a_screenful_of_good_ones_is_a_line() {
    let workspace = mesh();
    let files = [
        "ca-cert.pem",
        "ca-key.pem",
        "cert-chain.pem",
        "root-cert.pem",
    ];
    let mut names = vec!["check".to_owned()];
    for number in 0..30 {
        for file in files {
            let contents = workspace.read(format!("cluster1/{file}"));
            workspace.write(format!("c{number}/{file}"), contents);
        }
        let key = workspace.join(format!("c{number}/ca-key.pem"));
        std::fs::set_permissions(key, PermissionsExt::from_mode(0o600)).unwrap();
        names.push(format!("c{number}"));
    }
    let fine = workspace.meshpki(&names).succeeds();
    assert_eq!(of_each(&fine), "30 are fine\n");
    workspace.write("c7/cert-chain.pem", "");
    let run = workspace.meshpki(&names);
    let expected = EMPTY_CHAIN.replace("cluster1", "c7") + "29 others are fine\n";
    assert_eq!(
        (run.status, of_each(&run.stdout)),
        (Some(2), expected.as_str())
    );
}

#[test]
fn as_data_everything_is_there() {
    let workspace = mesh();
    workspace.write("cluster1/cert-chain.pem", "");
    let run = workspace.meshpki(["check", "-o", "json", CLUSTER]);
    assert_eq!(run.status, Some(2));
    let expected = serde_json::json!({
        "apiVersion": "meshpki/v1",
        "kind": "Check",
        "items": [{
            "input": "cluster1",
            "verdict": "broken",
            "findings": [{
                "id": "chain-start",
                "severity": "B",
                "file": "cert-chain.pem",
                "fact": "it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail",
                "consequence": "workloads cannot prove whom they were signed by, or do so out of order",
                "remedy": "a new certificate: meshpki cluster-cacerts --renew cluster1",
                "source": "istio security/pkg/server/ca/server.go; security/pkg/pki/ca/ca.go, minTTL",
            }],
        }],
    });
    assert_eq!(json(&run), expected);
}

#[test]
fn what_names_were_held_against_is_said() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    common::foreign::key(&workspace, common::foreign::P256);
    let extensions = format!(
        "{}nameConstraints = critical, permitted;URI:example.com\n",
        common::foreign::CA
    );
    common::foreign::certificate(&workspace, b"", b"CN = root", &extensions);
    let issue = [
        "cluster-cacerts",
        "c1",
        "--key-type",
        "p256",
        "--trust-domain",
        "example.com",
    ];
    workspace.meshpki(issue).succeeds();
    let against = |flags: &[&str]| {
        let run = workspace.meshpki(["check", "c1"].iter().chain(flags));
        let line = run
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("  held against: "));
        (run.status, line.map(str::to_owned))
    };
    // The CA's own trust domain, if no other is asked for.
    assert_eq!(against(&[]), (Some(0), None));
    let names = "the trust domain cluster.local and DNS:istiod.istio-system.svc";
    assert_eq!(
        against(&["--trust-domain", "cluster.local"]),
        (Some(2), Some(names.to_owned()))
    );
    let names = "the trust domain cluster.local and DNS:istiod.other.svc";
    let flags = [
        "--trust-domain",
        "cluster.local",
        "--istiod-san",
        "istiod.other.svc",
    ];
    assert_eq!(against(&flags), (Some(2), Some(names.to_owned())));
    workspace.write(
        "meshpki.toml",
        "[mesh]\ntrust-domain = \"elsewhere.example\"\n",
    );
    let names = "the trust domain elsewhere.example and DNS:istiod.istio-system.svc";
    assert_eq!(against(&[]), (Some(2), Some(names.to_owned())));
}

#[test]
fn rules_are_left_aside_or_looked_at_alone() {
    let workspace = mesh();
    workspace.write("cluster1/cert-chain.pem", "");
    let mode = PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(workspace.join("cluster1/ca-key.pem"), mode).unwrap();
    let with = |flags: &[&str]| {
        let run = workspace.meshpki(["check", "-o", "json", CLUSTER].iter().chain(flags));
        (run.status, found(&run).join(", "))
    };
    let all = "B chain-start, W key-exposed".to_owned();
    let warning = "W key-exposed".to_owned();
    assert_eq!(with(&[]), (Some(2), all));
    assert_eq!(
        with(&["--ignore", "chain-start"]),
        (Some(0), warning.clone())
    );
    assert_eq!(
        with(&["--ignore", "chain-start", "--strict"]),
        (Some(2), warning.clone())
    );
    let both = ["--ignore", "chain-start,key-exposed", "--strict"];
    assert_eq!(with(&both), (Some(0), String::new()));
    let twice = ["--ignore", "chain-start", "--ignore", "key-exposed"];
    assert_eq!(with(&twice), (Some(0), String::new()));
    assert_eq!(with(&["--only", "key-exposed"]), (Some(0), warning));
    assert_eq!(with(&["--only", "no-path"]), (Some(0), String::new()));
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest() {
    let workspace = mesh();
    for flag in ["--ignore", "--only", "--explain"] {
        let run = workspace.meshpki(["check", flag, "chain-strat"]);
        assert_eq!((run.status, &*run.stdout), (Some(64), ""));
        let reason = "there is no such rule: the nearest is chain-start, and meshpki check --rules lists them all";
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
}

#[test]
fn every_rule_is_listed_and_explained() {
    let workspace = Workspace::new();
    let list = workspace.meshpki(["check", "--rules"]).succeeds();
    let run = workspace.meshpki(["check", "--rules", "-o", "json"]);
    let records = json(&run);
    let records = records["items"].as_array().expect("items");
    assert_eq!(records.len(), rules::all().count());
    for (rule, record) in rules::all().zip(records) {
        let line = format!("  {:<21}  {}", rule.id, rule.title);
        assert!(
            list.lines().any(|listed| listed.starts_with(&line)),
            "{line}\n{list}"
        );
        assert_eq!(record["id"], rule.id);
        assert_eq!(record["severity"], rule.severity.letter().to_string());
        let text = workspace
            .meshpki(["check", "--explain", rule.id])
            .succeeds();
        assert!(
            text.ends_with(&format!("\nSource: {}\n", rule.source)),
            "{text}"
        );
        assert!(text.contains(rule.consequence), "{text}");
        let words = rule.explanation.split_whitespace();
        let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            told.contains(&words.collect::<Vec<_>>().join(" ")),
            "{text}"
        );
    }
}

#[test]
fn a_rule_is_explained_at_length() {
    let workspace = Workspace::new();
    assert_eq!(
        workspace
            .meshpki(["check", "--explain", "key-mismatch"])
            .succeeds(),
        "key-mismatch: E, istiod refuses it, or makes a CA of its own in silence\n\n\
         What must hold: the key belongs to the certificate\n\
         Otherwise: istiod does not start\n\n\
         The private key has to be the one that the CA's certificate certifies\n\
         (tls.X509KeyPair).\n\n\
         Source: istio security/pkg/pki/util/keycertbundle.go, Verify\n"
    );
}

#[test]
fn what_cannot_be_read_is_trouble_and_the_rest_is_judged() {
    let workspace = mesh();
    workspace.write("text.pem", "no PEM\n");
    workspace.write(
        "map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
    );
    workspace.write(
        "odd.yaml",
        "kind: Secret\nmetadata: {name: x}\ndata: {ca-cert.pem: '!'}\n",
    );
    workspace.write("cluster1/cert-chain.pem", "");
    let inputs = [
        "check", "nowhere", "text.pem", "map.yaml", "odd.yaml", CLUSTER,
    ];
    let run = workspace.meshpki(inputs);
    let hint = "hint: name a cluster's folder, or a Secret in YAML or JSON; single certificates: meshpki inspect, meshpki verify\n";
    assert_eq!(
        run.stderr,
        format!(
            "error: cannot read nowhere: No such file or directory (os error 2)\n\
             error: text.pem: it is neither YAML nor JSON of Kubernetes\n{hint}\
             error: map.yaml: there is no Secret in it\n{hint}\
             error: odd.yaml: Secret x: data.ca-cert.pem: it is not valid base64: character 1 is none of base64's\n{hint}"
        )
    );
    assert_eq!((run.status, &*run.stdout), (Some(1), EMPTY_CHAIN));
    let run = workspace.meshpki(["check"]);
    assert_eq!(run.status, Some(64), "{}", run.stderr);
}

#[test]
fn stdin_is_read_once() {
    let workspace = mesh();
    for arguments in [["check", "-", CLUSTER, "-"], ["check", "--from", "-", "-"]] {
        let run = workspace.meshpki(arguments);
        assert_eq!((run.status, &*run.stdout), (Some(64), ""));
        let message = "error: stdin is one input: - is given more than once\n";
        assert!(run.stderr.starts_with(message), "{}", run.stderr);
    }
}

#[test]
fn nothing_on_stdin_is_said_to_be_nothing() {
    let workspace = Workspace::new();
    for nothing in ["", "\n"] {
        let run = with_stdin(&workspace, &["check", "-"], nothing);
        assert_eq!((run.status, &*run.stdout), (Some(1), ""));
        let message = "error: stdin: it is empty\nhint: ";
        assert!(run.stderr.starts_with(message), "{}", run.stderr);
    }
}

/// As `kubectl get secret -A -o yaml` prints them.
#[test]
fn secrets_of_others_are_passed_over() {
    let workspace = mesh();
    let secret = workspace.meshpki(["secret", CLUSTER]).succeeds();
    let other =
        "kind: Secret\nmetadata: {name: sh.helm.release.v1.istiod.v1}\ndata: {release: QQ==}\n";
    let own = "kind: Secret\nmetadata: {name: istio-ca-secret}\ntype: istio.io/ca-root\ndata: {ca-cert.pem: QQ==, ca-key.pem: QQ==, key.pem: \"\"}\n";
    let all = [other, own, &secret].join("---\n");
    let run = with_stdin(&workspace, &["check", "-"], &all);
    assert!(run.stdout.starts_with("stdin: fine"), "{run:#?}");
    assert_eq!(run.status, Some(0));

    let run = with_stdin(&workspace, &["check", "-"], own);
    run.fails(
        1,
        "error: stdin: it is the CA that istiod has made for itself, and no cacerts\n\
         hint: to have its certificate and key as a root's files: meshpki import\n",
    );
    let run = with_stdin(&workspace, &["check", "-"], other);
    assert_eq!(run.status, Some(2), "{run:#?}");
}

#[test]
fn a_folder_with_nothing_in_it_leaves_istiod_to_itself() {
    let workspace = mesh();
    std::fs::create_dir(workspace.join("empty")).unwrap();
    let run = workspace.meshpki(["check", "empty"]);
    let start = "empty: refused (1 E)\nempty: E no-files: there is none of the files that istiod reads\n  consequence: istiod makes a CA of its own in silence";
    assert!(run.stdout.starts_with(start), "{}", run.stdout);
    assert_eq!(run.status, Some(2));
}

#[test]
fn secrets_are_judged_as_folders_are() {
    let workspace = Workspace::with_clusters(&[CLUSTER, "cluster2"]);
    let secret = |arguments: &[&str]| {
        workspace
            .meshpki(["secret"].iter().chain(arguments))
            .succeeds()
    };
    for form in [
        &[CLUSTER][..],
        &[CLUSTER, "-o", "json"],
        &[CLUSTER, "--with-namespace"],
        &[CLUSTER, "--with-namespace", "-o", "json"],
        &[CLUSTER, "--type", "tls"],
        &[CLUSTER, "--type", "tls", "-o", "json"],
    ] {
        let run = with_stdin(&workspace, &["check", "-o", "json", "-"], &secret(form));
        assert_eq!(
            (found(&run).join(", "), run.status),
            ("N root-sent-twice".to_owned(), Some(0))
        );
    }
    let both = secret(&[CLUSTER]) + "---\n" + &secret(&["cluster2", "-n", "other"]);
    let run = with_stdin(&workspace, &["check", "-"], &both);
    assert_eq!(
        of_each(&run.succeeds()),
        "stdin:istio-system/cacerts: fine (1 N)\nstdin:other/cacerts: fine (1 N)\n"
    );
    workspace.write("all.yaml", &both);
    assert_eq!(
        of_each(&workspace.meshpki(["check", "all.yaml", CLUSTER]).succeeds()),
        "all.yaml:istio-system/cacerts: fine (1 N)\nall.yaml:other/cacerts: fine (1 N)\ncluster1: fine (1 N)\n"
    );
}

#[test]
fn in_the_tls_form_files_go_by_their_own_names() {
    let workspace = Workspace::with_clusters(&[CLUSTER, "cluster2"]);
    let arguments = ["secret", CLUSTER, "--type", "tls", "-o", "json"];
    let secret = workspace.meshpki(arguments).succeeds();
    let other = workspace
        .meshpki(["secret", "cluster2", "--type", "tls", "-o", "json"])
        .succeeds();
    let [mut secret, other]: [Value; 2] =
        [secret, other].map(|text| serde_json::from_str(&text).expect("JSON"));
    secret["data"]["tls.key"] = other["data"]["tls.key"].clone();
    let run = with_stdin(&workspace, &["check", "-"], &secret.to_string());
    let line = "stdin/tls.key: E key-mismatch: it is not the key of tls.crt, O = Istio, CN = Intermediate CA, L = cluster1\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    assert_eq!(run.status, Some(2));
}

#[test]
fn what_the_operator_calls_things_is_harmless() {
    let workspace = mesh();
    let odd = "c\u{1b}[31m\nx";
    std::fs::rename(workspace.join(CLUSTER), workspace.join(odd)).unwrap();
    workspace.write(format!("{odd}/\u{1b}[1m.txt"), "");
    let run = workspace.meshpki(["check", odd]);
    assert_eq!(run.status, Some(0));
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("c\\1B[31m\\0Ax: fine (2 N)\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("istiod does not read \\1B[1m.txt\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_secret_refuses_is_what_check_finds() {
    let workspace = Workspace::with_clusters(&[CLUSTER, "cluster2"]);
    let other = workspace.read("cluster2/ca-key.pem");
    let good: Vec<_> = ["ca-key.pem", "cert-chain.pem", "root-cert.pem"]
        .map(|file| (file, workspace.read(format!("cluster1/{file}"))))
        .to_vec();
    let is_emitted = || workspace.meshpki(["secret", CLUSTER]).status == Some(0);
    let passes = || workspace.meshpki(["check", CLUSTER]).status == Some(0);
    assert!(is_emitted() && passes());
    for (file, contents) in &good {
        for bad in [&b""[..], &other] {
            workspace.write(format!("cluster1/{file}"), bad);
            assert_eq!(is_emitted(), passes(), "{file}");
            assert!(!passes(), "{file}");
        }
        workspace.write(format!("cluster1/{file}"), contents);
        assert!(is_emitted() && passes());
    }
}

/// Neither E, B nor W.
#[track_caller]
fn is_fine(workspace: &Workspace, cluster: &str) {
    let run = workspace.meshpki(["check", "--strict", "-o", "json", cluster]);
    assert_eq!(run.status, Some(0), "{}", run.stdout);
}

#[test]
fn whatever_meshpki_makes_is_fine() {
    for (root, cluster) in [
        ("--key-type p256", "--key-type p384"),
        ("--key-type p384", "--key-type rsa-2048"),
        ("--key-type rsa-2048", "--key-type rsa-3072"),
        (
            "--key-type p256 --trust-domain prod.example.com",
            "--key-type p256 --trust-domain prod.example.com",
        ),
        ("--key-type p256 --days 60", "--key-type p256 --days 59"),
        (
            "--key-type p256 --openssl-conf",
            "--key-type p256 --chain-without-root",
        ),
        (
            "--key-type p256 --cn Mesh --org Example",
            "--key-type p256 --cn CA --san-dns istiod.a.svc --san-dns istiod.b.svc",
        ),
    ] {
        let workspace = Workspace::new();
        workspace
            .meshpki(["root-ca"].into_iter().chain(root.split(' ')))
            .succeeds();
        let issue = ["cluster-cacerts", CLUSTER].into_iter();
        workspace
            .meshpki(issue.chain(cluster.split(' ')))
            .succeeds();
        is_fine(&workspace, CLUSTER);
        for change in ["--renew", "--rekey"] {
            let again = ["cluster-cacerts", change, CLUSTER].into_iter();
            workspace
                .meshpki(again.chain(cluster.split(' ')))
                .succeeds();
            is_fine(&workspace, CLUSTER);
        }
    }
}

#[test]
fn every_step_from_one_root_to_the_next_is_fine() {
    let workspace = mesh();
    workspace.write("a/root-cert.pem", workspace.read("root-cert.pem"));
    let steps = "root-ca --key-type p256 --cn Next";
    std::fs::create_dir(workspace.join("b")).unwrap();
    workspace
        .meshpki(["-C", "b"].into_iter().chain(steps.split(' ')))
        .succeeds();
    let run = |line: &str| workspace.meshpki(line.split(' ')).succeeds();
    run("bundle add b/root-cert.pem");
    run("cluster-cacerts --roots-only cluster1");
    is_fine(&workspace, CLUSTER);
    workspace.write("root-key.pem", workspace.read("b/root-key.pem"));
    run("cluster-cacerts --renew cluster1");
    is_fine(&workspace, CLUSTER);
    run("bundle remove a/root-cert.pem");
    run("cluster-cacerts --roots-only cluster1");
    is_fine(&workspace, CLUSTER);
}

#[test]
fn what_the_makefile_makes_has_the_warnings_that_it_deserves() {
    if !has("make") || !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let makefile = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/Makefile");
    let key = "KEY=openssl ecparam -name prime256v1 -genkey -noout -out $@";
    workspace.run(
        "sh",
        [
            "-c",
            "umask 022; exec make -s -f \"$0\" \"$@\"",
            makefile,
            key,
            "root-ca",
            "cluster1-cacerts",
        ],
    );
    let run = workspace.meshpki(["check", "-o", "json", CLUSTER]);
    assert_eq!(run.status, Some(0));
    let found = found(&run);
    let counted: Vec<_> = found
        .iter()
        .filter(|found| !found.starts_with('N'))
        .collect();
    assert_eq!(
        counted,
        [
            "W no-crl-sign",
            "W key-encipherment",
            "W no-crl-sign",
            "W key-encipherment",
        ]
    );
}
