//! The trust among clusters, as `meshpki check` tells it, and as the `openssl` program sees it.

mod common;

use common::pki::{AT, CA, LEAF, Pki};
use common::roots::{self, plain, root, run};
use common::{Run, Workspace, has};
use serde_json::{Value, json};

/// What is said of the trust: it comes last.
fn trust(run: &Run) -> String {
    let (_, trust) = run.stdout.split_once("trust among ").expect("a judgement");
    trust.to_owned()
}

/// Clusters on the way from root A to root B: one has not begun, one trusts both, one is signed
/// under B, one trusts B alone.
fn on_the_way() -> Workspace {
    let workspace = Workspace::new();
    root(&workspace, "old", "Root CA", 2020);
    root(&workspace, "new", "Root CA B", 2021);
    roots::sign_under(&workspace, "old");
    run(
        &workspace,
        &[
            "cluster-cacerts --key-type p256 a ab ba b",
            "bundle add new/root-cert.pem",
            "cluster-cacerts --roots-only ab ba b",
        ],
    );
    let new_key = workspace.read("new/root-key.pem");
    workspace.write("root-key.pem", new_key);
    run(
        &workspace,
        &[
            "cluster-cacerts --renew ba b",
            "bundle remove old/root-cert.pem",
            "cluster-cacerts --roots-only b",
        ],
    );
    workspace
}

/// Whether openssl finds a path from a workload's certificate under `from` to a root of `to`.
fn openssl_accepts(workspace: &Workspace, from: &str, to: &str) -> bool {
    let leaf = format!("{from}-leaf.pem");
    if !workspace.join(&leaf).exists() {
        workspace.write("leaf.ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=critical,URI:spiffe://cluster.local/ns/default/sa/default\nauthorityKeyIdentifier=keyid\n");
        let key = "ecparam -name prime256v1 -genkey -noout -out leaf.key";
        workspace.run("openssl", key.split(' '));
        let request = "req -new -key leaf.key -subj /CN=w -out leaf.csr";
        workspace.run("openssl", request.split(' '));
        let sign = format!(
            "x509 -req -in leaf.csr -CA {from}/ca-cert.pem -CAkey {from}/ca-key.pem -extfile leaf.ext -days 1 -set_serial 7 -out {leaf}"
        );
        workspace.run("openssl", sign.split(' '));
    }
    let verify = format!(
        "verify -partial_chain -purpose sslserver -CAfile {to}/root-cert.pem -untrusted {from}/cert-chain.pem {leaf}"
    );
    let mut openssl = std::process::Command::new("openssl");
    openssl
        .current_dir(workspace.path())
        .args(verify.split(' '));
    match Run::of(&mut openssl).status {
        Some(0) => true,
        Some(2) => false,
        status => panic!("{status:?}"),
    }
}

#[test]
fn clusters_under_one_root_let_in_each_other() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let before = workspace.snapshot();
    let run = workspace.meshpki(["check", "cluster1", "cluster2"]);
    assert_eq!(run.status, Some(0), "{run:#?}");
    assert_eq!(
        plain(&trust(&run)),
        "\
2 clusters at _ each lets in all
                 1    2
   1 cluster1  yes  yes
   2 cluster2  yes  yes
  root A: O = Istio, CN = Root CA, expires _ 2 clusters signed under it, 2 clusters trusting it
    SHA-256 _
"
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn one_cluster_has_nobody_to_trust() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let run = workspace.meshpki(["check", "cluster1"]);
    assert_eq!(run.status, Some(0), "{run:#?}");
    assert!(!run.stdout.contains("trust among"), "{}", run.stdout);
}

#[test]
fn every_step_from_one_root_to_the_next_is_as_openssl_sees_it() {
    if !has("openssl") {
        return;
    }
    let clusters = ["a", "ab", "ba", "b"];
    let workspace = on_the_way();
    let run = workspace.meshpki(["check"].iter().chain(&clusters));
    assert_eq!(run.status, Some(2), "{run:#?}");
    assert_eq!(
        plain(&trust(&run)),
        "\
4 clusters at _ not all are let in
           1    2    3    4
   1 a   yes  yes  yes   no
   2 ab  yes  yes  yes   no
   3 ba   no  yes  yes  yes
   4 b    no  yes  yes  yes
  root A: O = Istio, CN = Root CA, expires _ 2 clusters signed under it, 3 clusters trusting it
    SHA-256 _
  root B: O = Istio, CN = Root CA B, expires _ 2 clusters signed under it, 3 clusters trusting it
    SHA-256 _
a -> b: refused: signed under root A, which is no longer trusted there
ab -> b: refused: half-rotated: signed under root A, which is no longer trusted there; the other way is open
  remedy: have the root trusted there until nothing is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME
ba -> a: refused: half-rotated: signed under root B, which is not yet trusted there; the other way is open
b -> a: refused: signed under root B, which is not yet trusted there
  remedy: have the root trusted there before anything is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME
"
    );
    let trust = trust(&run);
    let rows = trust.lines().skip(2).take(clusters.len());
    for (from, row) in clusters.iter().zip(rows) {
        let answers = row.split_whitespace().skip(2);
        for (to, answer) in clusters.iter().zip(answers) {
            let expected = openssl_accepts(&workspace, from, to);
            assert_eq!(answer == "yes", expected, "{from} -> {to}");
        }
    }
}

#[test]
fn of_many_clusters_the_groups_are_told() {
    let workspace = Workspace::new();
    root(&workspace, "old", "Root CA", 2020);
    root(&workspace, "new", "Root CA", 2021);
    roots::sign_under(&workspace, "old");
    let names = |prefix: &str, count| {
        let names = (1..=count).map(|number| format!("{prefix}{number}"));
        names.collect::<Vec<_>>().join(" ")
    };
    let (a, ab, ba) = (names("a", 9), names("ab", 4), names("ba", 2));
    let both = "cluster-cacerts --roots-only";
    run(
        &workspace,
        &[
            &format!("cluster-cacerts --key-type p256 {a} {ab} {ba}"),
            "bundle add new/root-cert.pem",
            &format!("{both} {ab} {ba}"),
        ],
    );
    let new_key = workspace.read("new/root-key.pem");
    workspace.write("root-key.pem", new_key);
    run(&workspace, &[&format!("cluster-cacerts --renew {ba}")]);
    let all = format!("check {ba} {a} {ab}");
    let checked = workspace.meshpki(all.split(' '));
    assert_eq!(checked.status, Some(2), "{checked:#?}");
    assert_eq!(
        plain(&trust(&checked)),
        "\
15 clusters at _ not all are let in
  group 1: 9 clusters, signed under B, trusting B: a1, a2, a3 and 6 more
  group 2: 4 clusters, signed under B, trusting A, B: ab1, ab2, ab3 and 1 more
  group 3: 2 clusters, signed under A, trusting A, B: ba1, ba2
  root A: O = Istio, CN = Root CA, expires _ 2 clusters signed under it, 6 clusters trusting it
    SHA-256 _
  root B: O = Istio, CN = Root CA, expires _ 13 clusters signed under it, 15 clusters trusting it
    SHA-256 _
  roots A, B share the name O = Istio, CN = Root CA, and not the key: by their subjects they would pass for one
group 3 -> group 1: refused: half-rotated: signed under root A, which is not trusted there, but a root of the same name with another key is; the other way is open
  remedy: have the root trusted there before anything is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME
"
    );

    let document = workspace.meshpki(all.split(' ').chain(["-o", "json"]));
    assert_eq!(document.status, Some(2));
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    let trust = &document["trust"];
    assert_eq!(trust["clusters"], 15);
    assert_eq!(trust["isWhole"], false);
    assert_eq!(trust["sameName"], json!([["A", "B"]]));
    let groups = trust["groups"].as_array().unwrap();
    assert_eq!(
        groups[2],
        json!({"group": 3, "clusters": ["ba1", "ba2"], "signedUnder": "A", "trusts": ["A", "B"]})
    );
    let refused = &trust["refused"][0];
    assert_eq!((&refused["from"], &refused["to"]), (&json!(3), &json!([1])));
    assert_eq!(refused["oneWay"], true);
    assert_eq!(trust["roots"][0]["signedUnder"], 2);
    assert_eq!(trust["roots"][0]["trustedBy"], 6);
}

#[test]
fn the_keys_need_not_be_there() {
    let workspace = on_the_way();
    for cluster in ["a", "ab", "ba", "b"] {
        std::fs::remove_file(workspace.join(cluster).join("ca-key.pem")).unwrap();
    }
    let run = workspace.meshpki(["check", "a", "ab", "ba", "b"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let table = "\
4 clusters at _ not all are let in
           1    2    3    4
   1 a   yes  yes  yes   no
   2 ab  yes  yes  yes   no
   3 ba   no  yes  yes  yes
   4 b    no  yes  yes  yes
";
    let trust = plain(&trust(&run));
    assert!(trust.starts_with(table), "{trust}");
}

#[test]
fn a_cluster_that_has_nothing_is_let_in_nowhere_and_lets_in_nobody() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    std::fs::create_dir(workspace.join("nothing")).unwrap();
    let run = workspace.meshpki(["check", "cluster1", "nothing"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let trust = plain(&trust(&run));
    let table = "\
2 clusters at _ not all are let in
                 1    2
   1 cluster1  yes   no
   2 nothing    no   no
";
    assert!(trust.starts_with(table), "{trust}");
    let refused = "\
cluster1 -> nothing: refused: there is no certificate in root-cert.pem there
  remedy: give it the roots: meshpki cluster-cacerts --roots-only NAME
nothing -> cluster1, nothing: refused: there is no certificate in ca-cert.pem
  remedy: mend what is found wrong with each by itself: meshpki check NAME
";
    assert!(trust.ends_with(refused), "{trust}");
}

#[test]
fn it_is_judged_as_of_the_time_that_is_asked() {
    let workspace = on_the_way();
    for (at, status, verdict) in [
        ("2090-01-01T00:00:00Z", 2, "not all are let in"),
        ("1970-01-01T00:00:00Z", 2, "not all are let in"),
        ("-9999999999", 2, "not all are let in"),
    ] {
        let run = workspace.meshpki(["check", "--at", at, "ab", "ba"]);
        assert_eq!(run.status, Some(status), "{run:#?}");
        let trust = trust(&run);
        assert!(trust.lines().next().unwrap().ends_with(verdict), "{trust}");
    }
    let at = format!("--at {}", 253_402_300_799_i64);
    let run = workspace.meshpki(["check", "ab", "ba"].into_iter().chain(at.split(' ')));
    assert_eq!(run.status, Some(2), "{run:#?}");
    let reason = "its CA can issue nothing: 9999-12-31T23:59:59Z is out of all time";
    assert!(run.stdout.contains(reason), "{}", run.stdout);
}

/// The folder `name` of a cluster with the CA `ca`.
fn cluster(pki: &Pki, name: &str, ca: &str, chain: &[&str], roots: &[&str]) {
    std::fs::create_dir(pki.0.join(name)).unwrap();
    for (file, parts) in [
        ("ca-cert.pem", &[ca][..]),
        ("cert-chain.pem", chain),
        ("root-cert.pem", roots),
    ] {
        pki.join(&format!("{name}/{file}"), parts);
    }
}

#[test]
fn what_stands_in_the_way_is_what_openssl_sees() {
    const WORKLOAD: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=critical,URI:spiffe://cluster.local/ns/default/sa/default\nauthorityKeyIdentifier=keyid\n";

    if !has("openssl") {
        return;
    }
    let ca = |more: &str| format!("{CA}{more}");
    let narrow = CA.replace("CA:TRUE", "CA:TRUE,pathlen:0");
    let pki = Pki::new();
    for (name, issuer, extensions) in [
        ("root", "root", CA.to_owned()),
        ("narrow-root", "narrow-root", narrow.clone()),
        ("good", "root", narrow),
        ("policy", "root", CA.to_owned()),
        ("below", "policy", CA.to_owned()),
        ("too-deep", "narrow-root", CA.to_owned()),
        ("client", "root", ca("extendedKeyUsage=clientAuth\n")),
        ("server", "root", ca("extendedKeyUsage=serverAuth\n")),
        (
            "both",
            "root",
            ca("extendedKeyUsage=serverAuth,clientAuth\n"),
        ),
        (
            "inside",
            "root",
            ca("nameConstraints=critical,permitted;URI:cluster.local\n"),
        ),
        (
            "outside",
            "root",
            ca("nameConstraints=critical,permitted;URI:other.local\n"),
        ),
        ("no-ca", "root", LEAF.to_owned()),
        ("no-sign", "root", CA.replace("keyCertSign,", "")),
        ("odd", "root", ca("1.2.3.4.5=critical,ASN1:UTF8String:x\n")),
    ] {
        pki.issue(name, &format!("/O=Istio/CN={name}"), issuer, &extensions);
    }
    let over = ["20200101000000Z", "20210101000000Z"];
    pki.issue_between("over", "good", "/O=Istio/CN=over", "root", CA, over);
    std::fs::copy(pki.0.join("good.key"), pki.0.join("over.key")).unwrap();

    cluster(&pki, "home", "good.pem", &["good.pem"], &["root.pem"]);
    for (name, chain, accepted) in [
        ("good", &["good.pem"][..], true),
        ("good", &["good.pem", "root.pem"], true),
        ("good", &["root.pem", "good.pem"], true),
        ("good", &["root.pem"], false),
        ("below", &["below.pem", "policy.pem"], true),
        ("below", &["below.pem"], false),
        ("too-deep", &["too-deep.pem", "narrow-root.pem"], false),
        ("client", &["client.pem"], false),
        ("server", &["server.pem"], false),
        ("both", &["both.pem"], true),
        ("inside", &["inside.pem"], true),
        ("outside", &["outside.pem"], false),
        ("no-ca", &["no-ca.pem"], false),
        ("no-sign", &["no-sign.pem"], false),
        ("odd", &["odd.pem"], false),
        ("over", &["over.pem"], false),
    ] {
        let folder = format!("{name}-{}", chain.join("-"));
        cluster(&pki, &folder, &format!("{name}.pem"), chain, &["root.pem"]);
        pki.issue(&format!("{folder}-leaf"), "/", name, WORKLOAD);
        let verify = |purpose: &str| {
            let line = format!(
                "verify -partial_chain -attime {AT} -purpose {purpose} -CAfile root.pem -untrusted {folder}/cert-chain.pem {folder}-leaf.pem"
            );
            let mut openssl = std::process::Command::new("openssl");
            openssl.current_dir(pki.0.path()).args(line.split(' '));
            Run::of(&mut openssl).status
        };
        let openssl = ["sslserver", "sslclient"].map(|purpose| verify(purpose) == Some(0));
        assert_eq!(openssl == [true, true], accepted, "{folder}: {openssl:?}");

        let run = pki.0.meshpki(["check", "--at", AT, &folder, "home"]);
        let trust = trust(&run);
        let row = trust.lines().nth(2).expect("a row");
        let answer = if accepted { "yes" } else { "no" };
        assert_eq!(row.split_whitespace().last(), Some(answer), "{trust}");
    }
}

#[test]
fn roots_without_key_identifiers_are_told_apart_by_what_they_signed() {
    if !has("openssl") {
        return;
    }
    let bare = CA
        .replace("subjectKeyIdentifier=hash", "subjectKeyIdentifier=none")
        .replace(
            "authorityKeyIdentifier=keyid",
            "authorityKeyIdentifier=none",
        );
    let pki = Pki::new();
    for number in 1..=3 {
        let root = format!("root{number}");
        pki.issue(&root, "/O=Istio/CN=Root CA", &root, &bare);
        let ca = format!("ca{number}");
        pki.issue(&ca, "/O=Istio/CN=Cluster CA", &root, &bare);
        let [ca, root] = [ca, root].map(|name| format!("{name}.pem"));
        cluster(&pki, &format!("c{number}"), &ca, &[&ca], &[&root]);
    }
    let run = pki.0.meshpki(["check", "--at", AT, "c1", "c2", "c3"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let trust = plain(&trust(&run));
    let table = "\
3 clusters at _ not all are let in
           1    2    3
   1 c1  yes   no   no
   2 c2   no  yes   no
   3 c3   no   no  yes
";
    assert!(trust.starts_with(table), "{trust}");
    let namesakes = "  roots A, B, C share the name O = Istio, CN = Root CA, and not the key: by their subjects they would pass for one\n";
    assert!(trust.contains(namesakes), "{trust}");
    let reason = "c1 -> c2, c3: refused: signed under root A, which is not trusted there, but a root of the same name with another key is\n";
    assert!(trust.contains(reason), "{trust}");
}

#[test]
fn many_roots_in_one_file_are_read_once() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let root = workspace.read_text("root-cert.pem");
    workspace.write("cluster2/root-cert.pem", root.repeat(5000));
    let run = workspace.meshpki(["check", "cluster1", "cluster2"]);
    let trust = plain(&trust(&run));
    assert!(
        trust.starts_with("2 clusters at _ each lets in all\n"),
        "{trust}"
    );
}

#[test]
fn a_name_forges_no_line() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let name = "x\ntrust among 9 clusters";
    std::fs::create_dir(workspace.join(name)).unwrap();
    for file in ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"] {
        workspace.write(
            format!("{name}/{file}"),
            workspace.read(format!("cluster1/{file}")),
        );
    }
    let run = workspace.meshpki(["check", name, "cluster1"]);
    let begins = |line: &&str| line.starts_with("trust among");
    assert_eq!(
        run.stdout.lines().filter(begins).count(),
        1,
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("   1 x\\0Atrust among 9 clusters  yes  yes\n"),
        "{}",
        run.stdout
    );
}
