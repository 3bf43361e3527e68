//! What `meshpki workload-certs` refuses: with which words and status, and with nothing written.

mod common;

use std::path::Path;

use common::{Run, Workspace};
use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::certificate::Certificate;
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::{Validity, moment};
use time::{Duration, OffsetDateTime};

fn workload_certs(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["workload-certs"].iter().chain(arguments))
}

/// It fails with these words, with or without `--dry-run`, and changes nothing.
#[track_caller]
fn is_refused(workspace: &Workspace, arguments: &[&str], stderr: &str) {
    let before = workspace.snapshot();
    workload_certs(workspace, arguments).fails(1, stderr);
    let dry_run = [&["--dry-run"], arguments].concat();
    workload_certs(workspace, &dry_run).fails(1, stderr);
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn without_a_cluster_there_is_nobody_to_sign() {
    let workspace = Workspace::with_clusters(&[]);
    let none = "error: no folder here is a cluster's: none has ca-cert.pem and ca-key.pem in it\n\
                hint: make one: meshpki cluster-cacerts NAME\n";
    is_refused(&workspace, &["foo"], none);
    is_refused(
        &workspace,
        &["--cluster", "cluster1", "foo"],
        "error: there is no folder cluster1\n\
         hint: make it first: meshpki cluster-cacerts cluster1\n",
    );
    // Neither a half of one nor what a renewal has kept is a cluster.
    workspace.write("half/ca-key.pem", "");
    workspace.write("cluster1.20261122T003800Z/ca-key.pem", "");
    workspace.write("cluster1.20261122T003800Z/ca-cert.pem", "");
    workspace.write(".hidden/ca-key.pem", "");
    workspace.write(".hidden/ca-cert.pem", "");
    is_refused(&workspace, &["foo"], none);
}

#[test]
fn of_several_clusters_one_has_to_be_named() {
    let workspace = Workspace::with_clusters(&["c2", "c1"]);
    let several = "error: several clusters are here: c1, c2\n\
                   hint: say whose CA signs: --cluster c1\n";
    is_refused(&workspace, &["foo"], several);
    workload_certs(&workspace, &["--cluster", "c2", "foo"]).succeeds();
    // What a renewal keeps is no further cluster.
    std::fs::remove_dir_all(workspace.join("c1")).unwrap();
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c2"])
        .succeeds();
    workload_certs(&workspace, &["foo"]).succeeds();
    for number in 3..=8 {
        workspace.write(format!("c{number}/ca-key.pem"), "");
        workspace.write(format!("c{number}/ca-cert.pem"), "");
    }
    is_refused(
        &workspace,
        &["foo"],
        "error: several clusters are here: c2, c3, c4, c5 and 3 more\n\
         hint: say whose CA signs: --cluster c2\n",
    );
}

#[test]
fn a_folder_with_the_key_of_a_ca_is_no_namespaces() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for key in ["ca-key.pem", "root-key.pem"] {
        workspace.write(Path::new("vm").join(key), "a key\n");
        workspace.write("vm/key.pem", "a key\n");
        is_refused(
            &workspace,
            &["vm"],
            &format!(
                "error: vm: vm/{key} is there: a workload is not given the key of a CA\n\
                 hint: another folder is a cluster's; one that the Makefile has made is to be moved away: mv vm vm.old\n"
            ),
        );
        is_refused(
            &workspace,
            &["--renew", "vm"],
            &format!(
                "error: vm: vm/{key} is there: a workload is not given the key of a CA\n\
                 hint: another folder is a cluster's; one that the Makefile has made is to be moved away: mv vm vm.old\n"
            ),
        );
        std::fs::remove_dir_all(workspace.join("vm")).unwrap();
    }
    is_refused(
        &workspace,
        &["cluster1"],
        "error: cluster1: cluster1/ca-key.pem is there: a workload is not given the key of a CA\n\
         hint: another folder is a cluster's; one that the Makefile has made is to be moved away: mv cluster1 cluster1.old\n",
    );
}

#[test]
fn a_workloads_folder_is_no_clusters() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workload_certs(&workspace, &["vm"]).succeeds();
    let is_refused = |flags: &[&str], reason: &str| {
        let before = workspace.snapshot();
        let arguments = [&["cluster-cacerts"], flags, &["vm"]].concat();
        workspace.meshpki(arguments).fails(
            1,
            &format!(
                "error: vm: vm/{reason}: the folder is a workload's\n\
                 hint: give the cluster another name\n"
            ),
        );
        assert_eq!(workspace.snapshot(), before);
    };
    is_refused(&[], "key.pem is there");
    // As after --csr.
    std::fs::remove_file(workspace.join("vm/key.pem")).unwrap();
    for flags in [&[][..], &["--renew"], &["--rekey"], &["--roots-only"]] {
        is_refused(flags, "cert-chain.pem begins with no CA's certificate");
    }
}

#[test]
fn a_cluster_of_which_some_rule_does_not_hold_signs_nothing() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    std::fs::copy(
        workspace.join("cluster2/ca-key.pem"),
        workspace.join("cluster1/ca-key.pem"),
    )
    .unwrap();
    is_refused(
        &workspace,
        &["--cluster", "cluster1", "foo"],
        "error: cluster1/ca-key.pem: it is not the key of ca-cert.pem, O = Istio, CN = Intermediate CA, L = cluster1\n\
         hint: put the right key back, or make a new one: meshpki cluster-cacerts --rekey cluster1\n",
    );
}

/// A cluster whose CA, or whose root, has expired an hour ago.
fn with_an_expired(is_root: bool) -> (Workspace, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    let end = now - Duration::HOUR;
    let past = Validity::new(now - Duration::days(9), end).unwrap();
    let present = Validity::new(now - Duration::days(9), now + Duration::days(9)).unwrap();
    let name = |name| DistinguishedName::new([(Attribute::CommonName, name)]).unwrap();
    let key = || PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let root = if is_root { past } else { present };
    let root = profile::root_ca(name("Root"), root, None);
    let root = CertificateAuthority::self_signed(&root, key()).unwrap();
    let ca_key = key();
    let spec = profile::cluster_ca(name("Cluster"), past, Vec::new());
    let ca = root.issue(&spec, &ca_key.public_key().unwrap()).unwrap();
    let workspace = Workspace::new();
    let [ca, root] = [&ca, root.certificate()].map(Certificate::to_pem);
    workspace.write("c/ca-cert.pem", &ca);
    workspace.write("c/cert-chain.pem", ca.clone() + &root);
    workspace.write("c/root-cert.pem", &root);
    workspace.write("c/ca-key.pem", ca_key.to_pem().unwrap().as_bytes());
    common::foreign::make_private(&workspace, "c/ca-key.pem");
    (workspace, end)
}

#[test]
fn an_expired_ca_signs_nothing_nor_does_one_below_an_expired_root() {
    for is_root in [false, true] {
        let (workspace, end) = with_an_expired(is_root);
        let before = workspace.snapshot();
        let run = workload_certs(&workspace, &["foo"]);
        let expired = format!(
            "error: c/ca-cert.pem: CN = Cluster expired on {}, and now is ",
            moment(end)
        );
        assert!(run.stderr.starts_with(&expired), "{}", run.stderr);
        let of_root = format!(
            "error: c/root-cert.pem: CN = Root expired on {}, and now is ",
            moment(end)
        );
        assert_eq!(run.stderr.contains(&of_root), is_root, "{}", run.stderr);
        assert_eq!(run.stdout, "");
        assert_eq!(run.status, Some(1));
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn what_is_in_the_way_is_left_there() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("file", "text\n");
    workspace.write("folder/notes.txt", "text\n");
    workspace.write("folder/cluster.env", "text\n");
    std::os::unix::fs::symlink("folder", workspace.join("link")).unwrap();
    workspace.write("odd/key.pem/inside", "text\n");
    for (name, refusal) in [
        (
            "file",
            "what has that name is not a folder\nhint: move it away\n",
        ),
        (
            "link",
            "what has that name is a symbolic link\nhint: move it away\n",
        ),
        (
            "folder",
            "the folder is there, with cluster.env in it and no workload's files\nhint: move it away\n",
        ),
        ("odd", "cannot read odd/key.pem: it is a folder\n"),
    ] {
        is_refused(&workspace, &[name], &format!("error: {name}: {refusal}"));
    }
}

#[test]
fn names_that_the_ca_does_not_permit_are_not_issued() {
    let now = OffsetDateTime::now_utc();
    let validity = Validity::new(now - Duration::HOUR, now + Duration::days(9)).unwrap();
    let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let workspace = Workspace::new();
    workspace.write("c/ca-key.pem", key.to_pem().unwrap().as_bytes());
    common::foreign::make_private(&workspace, "c/ca-key.pem");
    if !common::has("openssl") {
        return;
    }
    // DNS names below example.com alone, and istiod's own.
    let days = validity.length().whole_days().to_string();
    workspace.run(
        "openssl",
        [
            "req",
            "-x509",
            "-new",
            "-key",
            "c/ca-key.pem",
            "-days",
            &days,
            "-subj",
            "/CN=Constrained",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-addext",
            "nameConstraints=critical,permitted;DNS:example.com,permitted;DNS:istio-system.svc",
            "-out",
            "c/ca-cert.pem",
        ],
    );
    for file in ["c/cert-chain.pem", "c/root-cert.pem"] {
        std::fs::copy(workspace.join("c/ca-cert.pem"), workspace.join(file)).unwrap();
    }
    let before = workspace.snapshot();
    let arguments = ["--dns", "foo.example.org", "foo"];
    workload_certs(&workspace, &arguments).fails(
        1,
        "error: foo: what the CA of c issues is refused: permitted subtree violation\n\
         hint: ask for names that the CA and those above it permit, or for another: --cluster NAME\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workload_certs(&workspace, &["--dns", "foo.example.com", "foo"]).succeeds();
    // The CA is a root: it is not sent.
    assert_eq!(
        workspace
            .read_text("foo/cert-chain.pem")
            .matches("BEGIN")
            .count(),
        1
    );
}

#[test]
fn names_and_values_that_cannot_be_are_usage_errors_with_their_rule() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = workspace.snapshot();
    let not_hyphens =
        "a label has other characters than letters, digits and hyphens (RFC 1123 §2.1)";
    for (arguments, value, name, reason) in [
        (
            &["Foo"][..],
            "Foo",
            "<NAMESPACE>...",
            "\"Foo\" cannot be a namespace: it has capital letters in it (RFC 1123 §2.1)".to_owned(),
        ),
        (
            &["foo/"],
            "foo/",
            "<NAMESPACE>...",
            format!("\"foo/\" cannot be a namespace: {not_hyphens}"),
        ),
        (
            &["a.b"],
            "a.b",
            "<NAMESPACE>...",
            format!("\"a.b\" cannot be a namespace: {not_hyphens}"),
        ),
        (
            &[".."],
            "..",
            "<NAMESPACE>...",
            format!("\"..\" cannot be a namespace: {not_hyphens}"),
        ),
        (
            &["--service-account", "a_b", "foo"],
            "a_b",
            "--service-account <NAME>",
            format!("\"a_b\" cannot be a service account: {not_hyphens}"),
        ),
        (
            &["--trust-domain", "a_b", "foo"],
            "a_b",
            "--trust-domain <TD>",
            format!("\"a_b\" is not a trust domain: {not_hyphens}"),
        ),
        (
            &["--trust-domain", "spiffe://a", "foo"],
            "spiffe://a",
            "--trust-domain <TD>",
            "\"spiffe://a\" is not a trust domain: it is written without \"spiffe://\" (SPIFFE-ID §2.1)".to_owned(),
        ),
        (
            &["--ttl", "0s", "foo"],
            "0s",
            "--ttl <TIME>",
            "no certificate lasts no time".to_owned(),
        ),
        (
            &["--ttl", "12", "foo"],
            "12",
            "--ttl <TIME>",
            "\"12\" is no length of time: a whole number and s, m, h, d or w are wanted, such as 30d".to_owned(),
        ),
        (
            &["--days", "0", "foo"],
            "0",
            "--days <DAYS>",
            "\"0\" is not a number of days: a whole number from 1 is wanted".to_owned(),
        ),
        (
            &["--grace-ratio", "2", "foo"],
            "2",
            "--grace-ratio <RATIO>",
            "\"2\" is not a part of a lifetime: a number from 0 to 1 is wanted, such as 0.5".to_owned(),
        ),
        (
            &["--key-type", "ed25519", "foo"],
            "ed25519",
            "--key-type <TYPE>",
            "no key type is called \"ed25519\": there are rsa-2048, rsa-3072, rsa-4096, p256 and p384".to_owned(),
        ),
    ] {
        workload_certs(&workspace, arguments).fails(
            64,
            &format!(
                "error: invalid value '{value}' for '{name}': {reason}\n\nFor more information, try '--help'.\n"
            ),
        );
    }
    let both = workload_certs(&workspace, &["--ttl", "1h", "--days", "1", "foo"]);
    assert!(
        both.stderr.starts_with(
            "error: the argument '--ttl <TIME>' cannot be used with '--days <DAYS>'\n"
        ),
        "{}",
        both.stderr
    );
    assert_eq!(both.status, Some(64));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn targets_of_two_kinds_are_no_command() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = workspace.snapshot();
    for words in [["foo-certs", "cluster2-cacerts"], ["foo-certs", "bar"]] {
        let run = workspace.meshpki(words);
        assert!(
            run.stderr
                .starts_with("error: unrecognized subcommand 'foo-certs'\n"),
            "{}",
            run.stderr
        );
        assert_eq!(run.status, Some(64));
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn settings_that_cannot_be_used_are_named_with_their_line() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for (text, refusal) in [
        (
            "service-account = \"A\"",
            "service-account: \"A\" cannot be a service account: it has capital letters in it (RFC 1123 §2.1)",
        ),
        (
            "grace-ratio = 1.5",
            "grace-ratio: \"1.5\" is not a part of a lifetime: a number from 0 to 1 is wanted, such as 0.5",
        ),
        (
            "grace-ratio = \"half\"",
            "grace-ratio: invalid type: string \"half\", expected a number",
        ),
        (
            "cluster = \"a/b\"",
            "cluster: \"a/b\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it",
        ),
        (
            "ttl = \"1h\"",
            "ttl: unknown field `ttl`, expected one of `cluster`, `service-account`, `organization`, `common-name`, `days`, `key-type`, `dns`, `chain-with-root`, `grace-ratio`",
        ),
    ] {
        workspace.write("meshpki.toml", format!("[workload-certs]\n{text}\n"));
        let stderr = format!("error: meshpki.toml:2: workload-certs.{refusal}\n");
        is_refused(&workspace, &["foo"], &stderr);
    }
    workspace.write("meshpki.toml", "[workload-certs]\ngrace-ratio = 1\n");
    workload_certs(&workspace, &["foo"]).succeeds();
}
