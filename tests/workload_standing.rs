//! `meshpki workload-certs` for workloads that stand: left alone, told apart, or renewed.

mod common;

use common::{Run, Workspace};
use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::certificate::Certificate;
use meshpki::pki::key::PrivateKey;
use meshpki::pki::validity::{Validity, moment};
use time::{Duration, OffsetDateTime};

fn workload_certs(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.meshpki(["workload-certs"].iter().chain(arguments))
}

fn leaf(workspace: &Workspace, namespace: &str) -> Certificate {
    let chain = workspace.read(format!("{namespace}/cert-chain.pem"));
    Certificate::all_from_pem(&chain).unwrap().remove(0)
}

fn names(certificate: &Certificate) -> Vec<String> {
    let names = certificate.subject_alt_names().iter();
    names.map(ToString::to_string).collect()
}

/// A cluster, and the workload foo below it.
fn with_foo(arguments: &[&str]) -> Workspace {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workload_certs(&workspace, &[arguments, &["foo"]].concat()).succeeds();
    workspace
}

/// It has a new key, a new certificate, and nothing of the old ones is anywhere.
fn is_renewed(workspace: &Workspace, run: Run, reason: &str) {
    assert_eq!(run.stderr, format!("foo: renewed: {reason}\n"));
    let printed = run.succeeds();
    assert!(printed.starts_with("foo/\n  files        "), "{printed}");
    assert!(
        printed.ends_with("\n  removed      the files that it replaces\n"),
        "{printed}"
    );
    let key = PrivateKey::from_pem(&workspace.read("foo/key.pem")).unwrap();
    assert!(key.belongs_to(&leaf(workspace, "foo").public_key().unwrap()));
}

/// The files and folders in the workspace itself.
fn entries(workspace: &Workspace) -> Vec<String> {
    let entries = workspace.path().read_dir().unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn one_that_fits_is_left_alone_and_says_when_it_will_be_renewed() {
    let workspace = with_foo(&[]);
    let before = workspace.snapshot();
    let leaf = leaf(&workspace, "foo");
    let (end, length) = (leaf.not_after(), leaf.validity().unwrap().length());
    for (flags, from) in [
        (&[][..], end - length / 2),
        (&["--grace-ratio", "0.25"], end - length / 4),
        (&["--grace-ratio", "0"], end),
        (&["--dry-run"], end - length / 2),
        (
            &[
                "--cluster",
                "cluster1",
                "--service-account",
                "default",
                "--trust-domain",
                "cluster.local",
                "--days",
                "1",
                "--key-type",
                "p256",
            ],
            end - length / 2,
        ),
        (&["--ttl", "24h"], end - length / 2),
    ] {
        let run = workload_certs(&workspace, &[flags, &["foo"]].concat());
        assert_eq!(run.stderr, "");
        assert_eq!(
            run.succeeds(),
            format!(
                "foo: up to date, expires {}, to be renewed from {} on\n",
                moment(end),
                moment(from)
            )
        );
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn what_nobody_asks_for_stays_as_it_was() {
    let workspace = with_foo(&[
        "--service-account",
        "web",
        "--trust-domain",
        "prod.example.com",
        "--ttl",
        "90m",
        "--key-type",
        "p384",
        "--dns",
        "foo.example.com",
        "--org",
        "Acme",
        "--cn",
        "Foo",
        "--chain-with-root",
    ]);
    let old = leaf(&workspace, "foo");
    assert!(
        workload_certs(&workspace, &["foo"])
            .succeeds()
            .starts_with("foo: up to date, ")
    );
    let run = workload_certs(&workspace, &["--grace-ratio", "1", "foo"]);
    let reason = format!("it expires on {}", moment(old.not_after()));
    is_renewed(&workspace, run, &reason);
    let new = leaf(&workspace, "foo");
    assert_ne!(new, old);
    assert_ne!(new.spki(), old.spki());
    assert_eq!(new.subject(), "O = Acme, CN = Foo");
    assert_eq!(
        names(&new),
        [
            "URI:spiffe://prod.example.com/ns/foo/sa/web",
            "DNS:foo.example.com"
        ]
    );
    assert_eq!(new.public_key().unwrap().kind().to_string(), "ECDSA P-384");
    let lifetime = new.validity().unwrap().length() - profile::BACKDATING;
    assert_eq!(lifetime, Duration::minutes(90));
    assert_eq!(
        workspace
            .read_text("foo/cert-chain.pem")
            .matches("BEGIN")
            .count(),
        3
    );
    assert_eq!(
        entries(&workspace),
        [
            "cluster1",
            "foo",
            "root-cert.pem",
            "root-issued.jsonl",
            "root-key.pem"
        ]
    );
}

#[test]
fn what_differs_from_what_is_asked_is_named_and_nothing_is_written() {
    let workspace = with_foo(&[]);
    let before = workspace.snapshot();
    let end = moment(leaf(&workspace, "foo").not_after());
    let all = [
        "--service-account",
        "web",
        "--trust-domain",
        "prod",
        "--days",
        "2",
        "--key-type",
        "p384",
        "--dns",
        "a.example.com",
        "--org",
        "R & D",
        "--cn",
        "it's",
        "--chain-with-root",
        "foo",
    ];
    let expected = format!(
        "error: foo: its service account: default, and --service-account asks for web\n\
         error: foo: its trust domain: cluster.local, and --trust-domain asks for prod\n\
         error: foo: its key: p256, and --key-type asks for p384\n\
         error: foo: its DNS names: none, and --dns asks for a.example.com\n\
         error: foo: its organization: none, and --org asks for R & D\n\
         error: foo: its common name: none, and --cn asks for it's\n\
         error: foo: its chain: without the root, and --chain-with-root asks for with the root\n\
         error: foo: its lifetime: 1d, until {end}, and --days asks for 2d\n\
         hint: meshpki workload-certs --renew --service-account web --trust-domain prod --days 2 --key-type p384 --dns a.example.com --org 'R & D' --cn 'it'\\''s' --chain-with-root foo\n"
    );
    for _ in 0..2 {
        workload_certs(&workspace, &all).fails(1, &expected);
        assert_eq!(workspace.snapshot(), before);
    }
    // Not even when its time has come.
    let due = [&["--grace-ratio", "1"], &all[..]].concat();
    workload_certs(&workspace, &due).fails(1, &expected);
    assert_eq!(workspace.snapshot(), before);

    let mut command = workspace.meshpki_command();
    command.args(["foo-certs"]).env("SERVICE_ACCOUNT", "other");
    Run::of(&mut command).fails(
        1,
        "error: foo: its service account: default, and SERVICE_ACCOUNT in the environment asks for other\n\
         hint: meshpki workload-certs --renew foo\n",
    );
    assert_eq!(workspace.snapshot(), before);

    // The way out leads out.
    let out = [&["--renew"], &all[..]].concat();
    let run = workload_certs(&workspace, &out);
    assert_eq!(run.stderr, "");
    run.succeeds();
    let leaf = leaf(&workspace, "foo");
    assert_eq!(
        names(&leaf),
        ["URI:spiffe://prod/ns/foo/sa/web", "DNS:a.example.com"]
    );
    assert!(
        workload_certs(&workspace, &all)
            .succeeds()
            .starts_with("foo: up to date, ")
    );
}

#[test]
fn a_trust_domain_that_the_ca_has_now_is_named() {
    let workspace = with_foo(&[]);
    let renew = [
        "cluster-cacerts",
        "--renew",
        "--trust-domain",
        "prod",
        "cluster1",
    ];
    workspace.meshpki(renew).succeeds();
    let before = workspace.snapshot();
    workload_certs(&workspace, &["foo"]).fails(
        1,
        "error: foo: its trust domain: cluster.local, and that of the CA of cluster1 is prod\n\
         hint: meshpki workload-certs --renew foo\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workload_certs(&workspace, &["--renew", "foo"]).succeeds();
    assert_eq!(
        names(&leaf(&workspace, "foo")),
        ["URI:spiffe://prod/ns/foo/sa/default"]
    );
}

#[test]
fn a_ca_with_another_certificate_or_key_and_other_roots_bring_a_renewal() {
    let workspace = with_foo(&[]);
    workspace
        .meshpki(["cluster-cacerts", "--renew", "cluster1"])
        .succeeds();
    let run = workload_certs(&workspace, &["foo"]);
    is_renewed(
        &workspace,
        run,
        "the CA of cluster1 has another certificate or chain",
    );

    workspace
        .meshpki(["cluster-cacerts", "--rekey", "cluster1"])
        .succeeds();
    let run = workload_certs(&workspace, &["foo"]);
    is_renewed(&workspace, run, "the CA of cluster1 has a new key");

    std::fs::create_dir(workspace.join("b")).unwrap();
    let other = [
        "-C",
        "b",
        "root-ca",
        "--key-type",
        "p256",
        "--cn",
        "Root CA B",
    ];
    workspace.meshpki(other).succeeds();
    workspace
        .meshpki(["bundle", "add", "b/root-cert.pem"])
        .succeeds();
    workspace
        .meshpki(["cluster-cacerts", "--roots-only", "cluster1"])
        .succeeds();
    let run = workload_certs(&workspace, &["foo"]);
    is_renewed(&workspace, run, "the roots of cluster1 have changed");
    assert_eq!(
        workspace.read("foo/root-cert.pem"),
        workspace.read("root-cert.pem")
    );
    assert!(
        workload_certs(&workspace, &["foo"])
            .succeeds()
            .starts_with("foo: up to date, ")
    );
}

#[test]
fn the_certificate_of_another_clusters_ca_is_named() {
    let workspace = with_foo(&[]);
    let another = ["cluster-cacerts", "--key-type", "p256", "cluster2"];
    workspace.meshpki(another).succeeds();
    let before = workspace.snapshot();
    workload_certs(&workspace, &["--cluster", "cluster2", "foo"]).fails(
        1,
        "error: foo: it was issued by O = Istio, CN = Intermediate CA, L = cluster1, and not by the CA of cluster2, O = Istio, CN = Intermediate CA, L = cluster2\n\
         hint: meshpki workload-certs --renew --cluster cluster2 foo\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workload_certs(&workspace, &["--renew", "--cluster", "cluster2", "foo"]).succeeds();
    assert_eq!(
        leaf(&workspace, "foo").issuer(),
        "O = Istio, CN = Intermediate CA, L = cluster2"
    );
}

#[test]
fn the_files_of_another_namespace_are_named() {
    let workspace = with_foo(&[]);
    std::fs::rename(workspace.join("foo"), workspace.join("bar")).unwrap();
    let before = workspace.snapshot();
    workload_certs(&workspace, &["bar"]).fails(
        1,
        "error: bar: its certificate is that of the namespace foo\n\
         hint: meshpki workload-certs --renew bar\n",
    );
    assert_eq!(workspace.snapshot(), before);
}

/// The workload's certificate as the CA would have issued it with another period or other names.
fn reissue(
    workspace: &Workspace,
    change: impl Fn(&mut meshpki::pki::certificate::CertificateSpec),
) {
    let ca = Certificate::all_from_pem(&workspace.read("cluster1/ca-cert.pem"))
        .unwrap()
        .remove(0);
    let ca_key = PrivateKey::from_pem(&workspace.read("cluster1/ca-key.pem")).unwrap();
    let ca = CertificateAuthority::new(ca, ca_key).unwrap();
    let old = leaf(workspace, "foo");
    let mut spec =
        profile::istiod_workload(old.validity().unwrap(), old.subject_alt_names().to_vec());
    change(&mut spec);
    let new = ca.issue(&spec, &old.public_key().unwrap()).unwrap();
    let chain = new.to_pem() + &ca.certificate().to_pem();
    workspace.write("foo/cert-chain.pem", chain);
}

#[test]
fn one_that_has_expired_is_renewed() {
    let workspace = with_foo(&[]);
    let now = OffsetDateTime::now_utc();
    let past = Validity::new(now - Duration::minutes(1), now - Duration::seconds(2)).unwrap();
    reissue(&workspace, |spec| spec.validity = past);
    let run = workload_certs(&workspace, &["--grace-ratio", "0", "foo"]);
    is_renewed(
        &workspace,
        run,
        &format!("it expired on {}", moment(past.not_after())),
    );
}

#[test]
fn a_certificate_that_is_no_svid_is_named() {
    let workspace = with_foo(&[]);
    reissue(&workspace, |spec| {
        let another = meshpki::mesh::spiffe::TrustDomain::istio_default();
        spec.subject_alt_names.push(another.workload("foo", "web"));
    });
    let before = workspace.snapshot();
    workload_certs(&workspace, &["foo"]).fails(
        1,
        "error: foo: cert-chain.pem: it has 2 URI SANs, and must have one: spiffe://cluster.local/ns/foo/sa/default, spiffe://cluster.local/ns/foo/sa/web (X509-SVID §5.2)\n\
         hint: meshpki workload-certs --renew foo\n",
    );
    reissue(&workspace, |spec| {
        let uri = "spiffe://cluster.local/somebody".to_owned();
        spec.subject_alt_names = vec![meshpki::pki::certificate::SubjectAltName::Uri(uri)];
    });
    workload_certs(&workspace, &["foo"]).fails(
        1,
        "error: foo: its SPIFFE ID is not of the form that Istio gives workloads\n\
         hint: meshpki workload-certs --renew foo\n",
    );
    assert_ne!(workspace.snapshot(), before);
    workload_certs(&workspace, &["--renew", "foo"]).succeeds();
    assert_eq!(
        names(&leaf(&workspace, "foo")),
        ["URI:spiffe://cluster.local/ns/foo/sa/default"]
    );
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let workspace = with_foo(&[]);
    workload_certs(&workspace, &["bar"]).succeeds();
    let (key, chain) = (
        workspace.read("foo/key.pem"),
        workspace.read("foo/cert-chain.pem"),
    );
    for (file, contents, fact) in [
        (
            "foo/key.pem",
            Some(workspace.read("bar/key.pem")),
            "key.pem is not the key of cert-chain.pem",
        ),
        (
            "foo/key.pem",
            Some(b"a key\n".to_vec()),
            "key.pem: there is no private key in it",
        ),
        (
            "foo/key.pem",
            None,
            "there is no key.pem: with --csr the key stays where it was made",
        ),
        (
            "foo/cert-chain.pem",
            Some(Vec::new()),
            "cert-chain.pem: there is no certificate in it",
        ),
        ("foo/cert-chain.pem", None, "cert-chain.pem is missing"),
        ("foo/root-cert.pem", None, "root-cert.pem is missing"),
    ] {
        match contents {
            Some(contents) => workspace.write(file, contents),
            None => std::fs::remove_file(workspace.join(file)).unwrap(),
        }
        let before = workspace.snapshot();
        let way_out = match fact.starts_with("there is no key.pem") {
            true => "certify that key again: --csr FILE; or make a new one: ",
            false => "",
        };
        workload_certs(&workspace, &["foo"]).fails(
            1,
            &format!("error: foo: {fact}\nhint: {way_out}meshpki workload-certs --renew foo\n"),
        );
        assert_eq!(workspace.snapshot(), before);
        workspace.write("foo/key.pem", &key);
        common::foreign::make_private(&workspace, "foo/key.pem");
        workspace.write("foo/cert-chain.pem", &chain);
    }
    // root-cert.pem is still missing: the way out leads out.
    workload_certs(&workspace, &["--renew", "foo"]).succeeds();
    assert!(
        workload_certs(&workspace, &["foo"])
            .succeeds()
            .starts_with("foo: up to date, ")
    );
}

#[test]
fn a_chain_that_somebody_has_changed_is_put_right() {
    let workspace = with_foo(&[]);
    let root = workspace.read_text("root-cert.pem");
    for times in [0, 2] {
        let leaf = leaf(&workspace, "foo").to_pem();
        let ca = workspace.read_text("cluster1/ca-cert.pem");
        workspace.write("foo/cert-chain.pem", leaf + &ca.repeat(times));
        let run = workload_certs(&workspace, &["foo"]);
        is_renewed(
            &workspace,
            run,
            "the CA of cluster1 has another certificate or chain",
        );
    }
    // With the root it is as somebody may have wanted it.
    let chain = workspace.read_text("foo/cert-chain.pem") + &root;
    workspace.write("foo/cert-chain.pem", chain);
    assert!(
        workload_certs(&workspace, &["foo"])
            .succeeds()
            .starts_with("foo: up to date, ")
    );
}

#[test]
fn what_somebody_has_put_into_the_folder_is_never_removed() {
    let workspace = with_foo(&[]);
    workspace.write("foo/cluster.env", "CANONICAL_SERVICE=vm\n");
    let before = workspace.snapshot();
    let run = workload_certs(&workspace, &["foo"]);
    assert_eq!(
        run.stderr,
        "warning: foo/cluster.env stands in the way of the renewal: move it out of the folder\n"
    );
    assert!(run.succeeds().starts_with("foo: up to date, "));
    for flags in [&["--grace-ratio", "1"][..], &["--renew"]] {
        workload_certs(&workspace, &[flags, &["foo"]].concat()).fails(
            1,
            "error: foo: foo/cluster.env is there, and would be removed with the folder\n\
             hint: move it out of the folder\n",
        );
        assert_eq!(workspace.snapshot(), before);
    }
    std::fs::rename(
        workspace.join("foo/cluster.env"),
        workspace.join("cluster.env"),
    )
    .unwrap();
    workload_certs(&workspace, &["--renew", "foo"]).succeeds();
}

#[test]
fn a_key_that_others_can_read_is_told_of() {
    let workspace = with_foo(&[]);
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(workspace.join("foo/key.pem"), readable).unwrap();
    let run = workload_certs(&workspace, &["foo"]);
    assert_eq!(
        run.stderr,
        "warning: foo/key.pem can be read by others than its owner: chmod 600 foo/key.pem\n"
    );
    run.succeeds();
}

#[test]
fn there_is_nothing_to_renew_where_nothing_stands() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    std::fs::create_dir(workspace.join("foo")).unwrap();
    let before = workspace.snapshot();
    for name in ["foo", "bar"] {
        workload_certs(&workspace, &["--renew", name]).fails(
            1,
            &format!(
                "error: {name}: there is nothing to replace\n\
                 hint: make it first: meshpki workload-certs {name}\n"
            ),
        );
    }
    let flags = ["--renew", "--cluster", "cluster1", "--ttl", "12h", "foo"];
    workload_certs(&workspace, &flags).fails(
        1,
        "error: foo: there is nothing to replace\n\
         hint: make it first: meshpki workload-certs --cluster cluster1 --ttl 12h foo\n",
    );
    assert_eq!(workspace.snapshot(), before);
    // An empty folder gives way.
    workload_certs(&workspace, &["foo"]).succeeds();
    assert_eq!(workspace.mode("foo"), 0o700);
}
