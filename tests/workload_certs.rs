//! `meshpki workload-certs`: what it writes, and what its certificates say.

mod common;

use common::{Run, Workspace, has};
use meshpki::mesh::profile;
use meshpki::mesh::svid::{self, Expected};
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::certificate::{BasicConstraints, Certificate};
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::{Validity, moment};
use meshpki::pki::verify::Facts;
use time::{Duration, OffsetDateTime};

fn chain(workspace: &Workspace, file: &str) -> Vec<Certificate> {
    Certificate::all_from_pem(&workspace.read(file)).unwrap()
}

fn leaf(workspace: &Workspace, namespace: &str) -> Certificate {
    chain(workspace, &format!("{namespace}/cert-chain.pem")).remove(0)
}

fn names(certificate: &Certificate) -> Vec<String> {
    let names = certificate.subject_alt_names().iter();
    names.map(ToString::to_string).collect()
}

fn text(workspace: &Workspace, file: &str) -> String {
    workspace.run("openssl", ["x509", "-noout", "-text", "-in", file])
}

/// OpenSSL takes the chain for a server and for a client.
fn is_verified_by_openssl(workspace: &Workspace, namespace: &str) {
    for purpose in ["sslserver", "sslclient"] {
        let line = format!(
            "verify -x509_strict -purpose {purpose} -CAfile {namespace}/root-cert.pem -untrusted {namespace}/cert-chain.pem {namespace}/cert-chain.pem"
        );
        let verified = workspace.run("openssl", line.split(' '));
        assert_eq!(verified, format!("{namespace}/cert-chain.pem: OK\n"));
    }
}

#[test]
fn the_folder_holds_what_the_istio_agent_reads_and_nothing_else() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let run = workspace.meshpki(["workload-certs", "foo"]);
    assert_eq!(run.stderr, "");
    let printed = run.succeeds();
    let files = workspace.join("foo").read_dir().unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["cert-chain.pem", "key.pem", "root-cert.pem"]);
    assert_eq!(workspace.mode("foo"), 0o700);
    assert_eq!(workspace.mode("foo/key.pem"), 0o600);
    assert_eq!(workspace.mode("foo/cert-chain.pem"), 0o644);
    assert_eq!(workspace.mode("foo/root-cert.pem"), 0o644);
    assert_eq!(
        workspace.read("foo/root-cert.pem"),
        workspace.read("cluster1/root-cert.pem")
    );
    let chain = chain(&workspace, "foo/cert-chain.pem");
    let [leaf, ca] = &chain[..] else {
        panic!("{chain:?}");
    };
    assert_eq!(
        ca.to_pem().as_bytes(),
        workspace.read("cluster1/ca-cert.pem")
    );
    assert!(leaf.is_issued_by(ca));
    let key = PrivateKey::from_pem(&workspace.read("foo/key.pem")).unwrap();
    assert!(key.belongs_to(&leaf.public_key().unwrap()));
    let renewed = leaf.not_after() - leaf.validity().unwrap().length() / 2;
    assert_eq!(
        printed,
        format!(
            "foo/\n  files        cert-chain.pem key.pem root-cert.pem\n  \
             SPIFFE ID    spiffe://cluster.local/ns/foo/sa/default\n  \
             key          ECDSA P-256\n  SHA-256      {}\n  expires      {}\n  \
             renewed      from {} on\n",
            leaf.sha256_fingerprint(),
            moment(leaf.not_after()),
            moment(renewed)
        )
    );
    assert!(!printed.contains("PRIVATE"));
}

#[test]
fn it_is_an_svid_to_the_letter() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.meshpki(["workload-certs", "foo"]).succeeds();
    let leaf = leaf(&workspace, "foo");
    let ca = chain(&workspace, "cluster1/ca-cert.pem").remove(0);
    let facts = Facts::of_certificate(&leaf);
    assert_eq!(svid::breaches(&facts, &Expected::default()), []);
    assert_eq!(
        leaf.authority_key_identifier(),
        ca.subject_key_identifier(),
        "AKI"
    );
    let subject_key = leaf.public_key().unwrap().key_identifier();
    assert_eq!(leaf.subject_key_identifier(), Some(&subject_key[..]));
    let text = text(&workspace, "foo/cert-chain.pem");
    for expected in [
        "\n        Subject: \n",
        "\n            X509v3 Subject Alternative Name: critical\n                URI:spiffe://cluster.local/ns/foo/sa/default\n",
        "\n            X509v3 Key Usage: critical\n                Digital Signature\n",
        "\n            X509v3 Extended Key Usage: \n                TLS Web Server Authentication, TLS Web Client Authentication\n",
        "\n            X509v3 Basic Constraints: critical\n                CA:FALSE\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(text.matches("X509v3 ").count(), 7, "{text}");
    // Two minutes back, and never before the issuer, which is as young as this test.
    assert!(leaf.not_before() >= ca.not_before());
    let length = leaf.validity().unwrap().length();
    assert!(profile::is_length(1, length), "{length}");
}

#[test]
fn a_name_makes_the_spiffe_id_uncritical_and_dns_names_stand_behind_it() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let arguments = [
        "workload-certs",
        "--cn",
        "Workload",
        "--org",
        "R & D",
        "--dns",
        "vm.example.com",
        "--dns",
        "*.vm.example.com",
        "--key-type",
        "rsa-2048",
        "foo",
    ];
    let printed = workspace.meshpki(arguments).succeeds();
    for line in [
        "  DNS names    vm.example.com *.vm.example.com\n",
        "  subject      O = R & D, CN = Workload\n",
        "  key          RSA 2048\n",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    let text = text(&workspace, "foo/cert-chain.pem");
    for expected in [
        "\n        Subject: O = R & D, CN = Workload\n",
        "\n            X509v3 Subject Alternative Name: \n                URI:spiffe://cluster.local/ns/foo/sa/default, DNS:vm.example.com, DNS:*.vm.example.com\n",
        "\n            X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    is_verified_by_openssl(&workspace, "foo");
}

#[test]
fn every_kind_of_ca_issues_for_every_kind_of_key() {
    if !has("openssl") {
        return;
    }
    for ca in ["rsa-2048", "p256", "p384"] {
        let workspace = Workspace::new();
        for command in ["root-ca", "cluster-cacerts"] {
            let names = ["cluster1"].iter().filter(|_| command != "root-ca");
            let arguments = [command, "--key-type", ca];
            workspace.meshpki(arguments.iter().chain(names)).succeeds();
        }
        for spec in KeySpec::ALL {
            let longer = [KeySpec::Rsa3072, KeySpec::Rsa4096].contains(&spec);
            if longer && ca != "p256" {
                continue;
            }
            let spec = spec.name();
            let namespace = format!("ns-{spec}");
            let arguments = ["workload-certs", "--key-type", spec, &namespace];
            workspace.meshpki(arguments).succeeds();
            is_verified_by_openssl(&workspace, &namespace);
            let key = ["pkey", "-noout", "-text", "-in"];
            let file = format!("{namespace}/key.pem");
            let text = workspace.run("openssl", key.iter().chain(&[file.as_str()]));
            let bits = match spec {
                "p256" => "(256 bit)",
                "p384" => "(384 bit)",
                "rsa-2048" => "(2048 bit",
                "rsa-3072" => "(3072 bit",
                _ => "(4096 bit",
            };
            assert!(text.contains(bits), "{text}");
        }
    }
}

#[test]
fn the_root_ends_the_chain_where_it_is_wanted() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let arguments = ["workload-certs", "--chain-with-root", "foo"];
    workspace.meshpki(arguments).succeeds();
    let root = chain(&workspace, "root-cert.pem");
    let chain = chain(&workspace, "foo/cert-chain.pem");
    assert_eq!(chain.len(), 3);
    assert_eq!(chain[2], root[0]);
    // It stays so, without being asked for again.
    let again = ["workload-certs", "--grace-ratio", "1", "foo"];
    workspace.meshpki(again).succeeds();
    assert_eq!(
        workspace
            .read_text("foo/cert-chain.pem")
            .matches("BEGIN")
            .count(),
        3
    );
}

/// A cluster under an intermediate CA: root, intermediate, cluster, each with its days.
fn with_an_intermediate(days: [i64; 3], trust_domain: Option<&str>) -> Workspace {
    with_an_intermediate_since(Duration::HOUR, days, trust_domain)
}

fn with_an_intermediate_since(
    age: Duration,
    days: [i64; 3],
    trust_domain: Option<&str>,
) -> Workspace {
    let now = OffsetDateTime::now_utc();
    let validity = |days| Validity::new(now - age, now + Duration::days(days)).unwrap();
    let name = |name| DistinguishedName::new([(Attribute::CommonName, name)]).unwrap();
    let key = || PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let trust_domain = trust_domain.map(|name| name.parse().unwrap());
    let [root_days, intermediate_days, cluster_days] = days;
    let root = profile::root_ca(name("Root"), validity(root_days), None);
    let root = CertificateAuthority::self_signed(&root, key()).unwrap();
    let mut spec = profile::cluster_ca(
        name("Intermediate"),
        validity(intermediate_days),
        Vec::new(),
    );
    spec.basic_constraints = BasicConstraints::Ca { path_len: Some(1) };
    let intermediate_key = key();
    let intermediate = root
        .issue(&spec, &intermediate_key.public_key().unwrap())
        .unwrap();
    let intermediate = CertificateAuthority::new(intermediate, intermediate_key).unwrap();
    let names = profile::cluster_ca_names(&[], trust_domain.as_ref());
    let spec = profile::cluster_ca(name("Cluster"), validity(cluster_days), names);
    let cluster_key = key();
    let cluster = intermediate
        .issue(&spec, &cluster_key.public_key().unwrap())
        .unwrap();
    let workspace = Workspace::new();
    let pem = [&cluster, intermediate.certificate(), root.certificate()].map(Certificate::to_pem);
    workspace.write("mid/ca-cert.pem", &pem[0]);
    workspace.write("mid/cert-chain.pem", pem.concat());
    workspace.write("mid/root-cert.pem", &pem[2]);
    workspace.write("mid/ca-key.pem", cluster_key.to_pem().unwrap().as_bytes());
    common::foreign::make_private(&workspace, "mid/ca-key.pem");
    workspace
}

#[test]
fn intermediates_stand_in_the_chain_and_the_root_does_not() {
    if !has("openssl") {
        return;
    }
    let workspace = with_an_intermediate([30, 20, 10], None);
    let run = workspace.meshpki(["workload-certs", "foo"]);
    assert_eq!(run.stderr, "");
    run.succeeds();
    let subjects: Vec<_> = chain(&workspace, "foo/cert-chain.pem")
        .iter()
        .map(Certificate::subject)
        .collect();
    assert_eq!(subjects, ["", "CN = Cluster", "CN = Intermediate"]);
    is_verified_by_openssl(&workspace, "foo");
}

#[test]
fn the_lifetime_is_as_asked_and_ends_with_whatever_ends_first_above() {
    let workspace = with_an_intermediate([30, 20, 10], None);
    for (flags, length) in [
        (&["--ttl", "90m"][..], Duration::minutes(90)),
        (&["--ttl", "36h"], Duration::hours(36)),
        (&["--days", "7"], Duration::days(7)),
        (&["--ttl", "30s"], Duration::seconds(30)),
    ] {
        let arguments = ["workload-certs", "foo"];
        let run = workspace.meshpki(arguments.iter().chain(flags));
        assert_eq!(run.stderr, "");
        run.succeeds();
        let leaf = leaf(&workspace, "foo");
        let found = leaf.validity().unwrap().length() - profile::BACKDATING;
        assert_eq!(found, length);
        std::fs::remove_dir_all(workspace.join("foo")).unwrap();
    }
    for (days, first) in [([30, 20, 10], "CN = Cluster"), ([9, 9, 9], "CN = Cluster")] {
        let workspace = with_an_intermediate(days, None);
        let run = workspace.meshpki(["workload-certs", "--days", "11", "foo"]);
        let end = chain(&workspace, "mid/ca-cert.pem")[0].not_after();
        assert_eq!(
            run.stderr,
            format!(
                "foo: it will expire with {first}, on {}, and not after the 11d of --days\n",
                moment(end)
            )
        );
        run.succeeds();
        assert_eq!(leaf(&workspace, "foo").not_after(), end);
        // That it was shortened is no difference.
        let again = workspace.meshpki(["workload-certs", "--days", "11", "foo"]);
        assert!(again.succeeds().starts_with("foo: up to date, expires "));
    }
    let workspace = with_an_intermediate([30, 20, 10], None);
    let arguments = ["workload-certs", "--ttl", "99999999w", "foo"];
    let stderr = workspace.meshpki(arguments).stderr;
    assert!(
        stderr.ends_with(" and not after the 699999993d of --ttl\n"),
        "{stderr}"
    );
}

#[test]
fn no_certificate_begins_before_its_ca() {
    let workspace = with_an_intermediate_since(Duration::seconds(10), [30, 20, 10], None);
    workspace.meshpki(["workload-certs", "foo"]).succeeds();
    let ca = chain(&workspace, "mid/ca-cert.pem").remove(0);
    let first = leaf(&workspace, "foo");
    assert_eq!(first.not_before(), ca.not_before());
    // The lifetime that is kept on a renewal is the one that was asked for.
    let again = ["workload-certs", "--grace-ratio", "1", "foo"];
    workspace.meshpki(again).succeeds();
    let ends = [first, leaf(&workspace, "foo")].map(|leaf| leaf.not_after());
    assert!(ends[1] - ends[0] < Duration::minutes(1), "{ends:?}");
}

/// A CA that outlives its root, as the Makefile makes them.
#[test]
fn no_certificate_outlives_a_root_that_ends_before_its_ca() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let ca = CertificateAuthority::new(
        chain(&workspace, "root-cert.pem").remove(0),
        PrivateKey::from_pem(&workspace.read("root-key.pem")).unwrap(),
    )
    .unwrap();
    let now = OffsetDateTime::now_utc();
    let short = Validity::new(now - Duration::minutes(1), now + Duration::hours(3)).unwrap();
    let spec = profile::root_ca(ca.certificate().subject_name(), short, None);
    let shorter = CertificateAuthority::self_signed(
        &spec,
        PrivateKey::from_pem(&workspace.read("root-key.pem")).unwrap(),
    )
    .unwrap();
    // The root re-issued with the same key, for a shorter time.
    let root = shorter.certificate().to_pem();
    workspace.write("cluster1/root-cert.pem", &root);
    let cluster = workspace.read_text("cluster1/ca-cert.pem");
    workspace.write("cluster1/cert-chain.pem", cluster + &root);
    let run = workspace.meshpki(["workload-certs", "foo"]);
    let end = shorter.certificate().not_after();
    assert_eq!(
        run.stderr,
        format!(
            "foo: it will expire with O = Istio, CN = Root CA, on {}, and not after the 1d of the built-in default\n",
            moment(end)
        )
    );
    run.succeeds();
    assert_eq!(leaf(&workspace, "foo").not_after(), end);
}

#[test]
fn the_trust_domain_is_the_flags_then_the_settings_then_the_cas_then_istios() {
    let own = with_an_intermediate([30, 20, 10], Some("own.example.com"));
    let none = with_an_intermediate([30, 20, 10], None);
    let settings = "[mesh]\ntrust-domain = \"settings.example.com\"\n";
    for (workspace, file, flags, trust_domain) in [
        (
            &own,
            settings,
            &["--trust-domain", "flag.example.com"][..],
            "flag.example.com",
        ),
        (&own, settings, &[], "settings.example.com"),
        (&own, "", &[], "own.example.com"),
        (&none, settings, &[], "settings.example.com"),
        (&none, "", &[], "cluster.local"),
    ] {
        workspace.write("meshpki.toml", file);
        let arguments = ["workload-certs", "foo"];
        workspace.meshpki(arguments.iter().chain(flags)).succeeds();
        let id = format!("URI:spiffe://{trust_domain}/ns/foo/sa/default");
        assert_eq!(names(&leaf(workspace, "foo")), [id]);
        std::fs::remove_dir_all(workspace.join("foo")).unwrap();
    }
}

#[test]
fn several_namespaces_are_told_of_in_their_order() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let arguments = [
        "workload-certs",
        "--key-type",
        "rsa-2048",
        "c",
        "a",
        "b",
        "a",
    ];
    let run = workspace.meshpki(arguments);
    let told: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.ends_with('/'))
        .collect();
    assert_eq!(told, ["c/", "a/", "b/"]);
    assert_eq!(run.stderr.lines().count(), 4, "{}", run.stderr);
    assert!(
        run.stderr
            .ends_with("\n3 namespaces: 3 issued, 0 up to date, 0 failed\n"),
        "{}",
        run.stderr
    );
    for progress in ["[1/3] ", "[2/3] ", "[3/3] "] {
        assert!(run.stderr.contains(progress), "{}", run.stderr);
    }
    assert_ne!(workspace.read("a/key.pem"), workspace.read("b/key.pem"));
    run.succeeds();
}

#[test]
fn one_that_cannot_be_made_does_not_harm_the_others() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("b", "a file\n");
    let run = workspace.meshpki(["workload-certs", "a", "b", "c"]);
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr
            .starts_with("error: b: what has that name is not a folder\nhint: move it away\n"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .ends_with("3 namespaces: 2 issued, 0 up to date, 1 failed\n")
    );
    assert_eq!(workspace.read("b"), b"a file\n");
    for namespace in ["a", "c"] {
        assert!(workspace.join(namespace).join("key.pem").is_file());
    }
}

#[test]
fn the_makefiles_target_and_variables_are_understood() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let mut command = workspace.meshpki_command();
    command
        .args(["-q", "foo-certs", "bar-certs"])
        .env("SERVICE_ACCOUNT", "web")
        .env("WORKLOAD_CN", "Workload")
        .env("WORKLOAD_DAYS", "2");
    assert_eq!(Run::of(&mut command).succeeds(), "");
    for namespace in ["foo", "bar"] {
        let leaf = leaf(&workspace, namespace);
        assert_eq!(
            names(&leaf),
            [format!("URI:spiffe://cluster.local/ns/{namespace}/sa/web")]
        );
        assert_eq!(leaf.subject(), "CN = Workload");
        assert!(profile::is_length(2, leaf.validity().unwrap().length()));
    }
    // The variables are requests: what stands is as they ask.
    assert!(Run::of(&mut command).succeeds().is_empty());
}

#[test]
fn a_dry_run_says_what_it_would_write_and_writes_nothing() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.meshpki(["workload-certs", "bar"]).succeeds();
    let before = workspace.snapshot();
    let arguments = ["workload-certs", "--dry-run", "foo"];
    let printed = workspace.meshpki(arguments).succeeds();
    assert!(
        printed.starts_with(
            "foo/ (not written)\n  files        cert-chain.pem key.pem root-cert.pem\n  \
             SPIFFE ID    spiffe://cluster.local/ns/foo/sa/default\n  \
             key          a new key, p256\n  expires      "
        ),
        "{printed}"
    );
    let arguments = ["workload-certs", "--dry-run", "--renew", "foo", "bar"];
    let run = workspace.meshpki(arguments);
    assert!(
        run.stdout.starts_with("bar/ (not written)\n")
            && run
                .stdout
                .ends_with("  removed      the files that it replaces\n"),
        "{}",
        run.stdout
    );
    assert_eq!(
        run.stderr,
        "error: foo: there is nothing to replace\n\
         hint: make it first: meshpki workload-certs foo\n\
         2 namespaces: 1 would be issued, 0 up to date, 1 failed\n"
    );
    assert_eq!(run.status, Some(1));
    assert_eq!(workspace.snapshot(), before);
}

/// As completion writes a folder.
#[test]
fn the_cluster_may_be_named_by_its_folder() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let printed = workspace
        .meshpki(["workload-certs", "--cluster", "cluster2/", "foo"])
        .succeeds();
    assert!(printed.starts_with("foo/\n"), "{printed}");
    let short = workspace.meshpki(["inspect", "--short", "foo/cert-chain.pem"]);
    assert!(short.succeeds().contains(" (23 hours left)\n"));
}
