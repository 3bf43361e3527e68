//! The trust among clusters, as `meshpki check` tells it, and as the `openssl` program sees it.

mod common;

use common::roots::{self, plain, root, run};
use common::{Run, Workspace, has};

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
  remedy: have root A trusted there until nothing is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME
ba -> a: refused: half-rotated: signed under root B, which is not yet trusted there; the other way is open
b -> a: refused: signed under root B, which is not yet trusted there
  remedy: have root B trusted there before anything is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME
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
