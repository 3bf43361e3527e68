//! The meshes whose workloads shake hands.

use crate::common::Workspace;
use crate::common::pki::{LEAF, Pki};

/// Two clusters under one root, and a workload of each: foo and bar.
pub fn mesh() -> Workspace {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    workload(&workspace, "cluster1", "foo", &[]);
    workload(&workspace, "cluster2", "bar", &[]);
    workspace
}

/// The files of a workload of CLUSTER in the folder NAMESPACE, with a DNS name for curl.
pub fn workload(workspace: &Workspace, cluster: &str, namespace: &str, more: &[&str]) {
    let dns = format!("{namespace}.example.com");
    let words = [
        "workload-certs",
        namespace,
        "--cluster",
        cluster,
        "--dns",
        &dns,
    ];
    workspace.meshpki(words.iter().chain(more)).succeeds();
}

/// A certificate under cluster1 that ended years ago, in `old/`.
pub fn expired(mesh: &Workspace) {
    let pki = Pki::new();
    pki.0.write("ca.pem", mesh.read("cluster1/ca-cert.pem"));
    pki.0.write("ca.key", mesh.read("cluster1/ca-key.pem"));
    let names = "subjectAltName=URI:spiffe://cluster.local/ns/old/sa/default,DNS:old.example.com\nextendedKeyUsage=serverAuth,clientAuth\n";
    let dates = ["20200101000000Z", "20210101000000Z"];
    pki.key("old");
    pki.issue_between(
        "old",
        "old",
        "/CN=old",
        "ca",
        &format!("{LEAF}{names}"),
        dates,
    );
    pki.join("chain.pem", &["old.pem", "ca.pem"]);
    mesh.write("old/cert-chain.pem", pki.0.read("chain.pem"));
    mesh.write("old/key.pem", pki.0.read("old.key"));
    mesh.write("old/root-cert.pem", mesh.read("root-cert.pem"));
}

/// A workload of another mesh, whose root goes by this name, in `stranger/`.
pub fn stranger(mesh: &Workspace, root: &str) {
    let other = Workspace::with_root(root);
    other.issue(&["cluster1"]).succeeds();
    workload(&other, "cluster1", "stranger", &[]);
    for file in ["cert-chain.pem", "key.pem", "root-cert.pem"] {
        let file = format!("stranger/{file}");
        mesh.write(&file, other.read(&file));
    }
}
