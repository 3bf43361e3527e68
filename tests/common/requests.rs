//! Certification requests as clusters send them, made by the real `openssl req`.

use meshpki::mesh::ROOT_ISSUED;
use meshpki::mesh::archive::{Requests, Signed};
use meshpki::mesh::record::Record;
use meshpki::pki::digest::Sha256;

use super::Workspace;

/// What a request of `meshpki request` asks for.
pub const AS_CLUSTER_CACERTS: &[&str] = &[
    "basicConstraints=critical,CA:TRUE,pathlen:0",
    "keyUsage=critical,keyCertSign,cRLSign",
    "subjectAltName=DNS:istiod.istio-system.svc",
];

/// NAME.csr, of a new key of P-256 in NAME.key.
pub fn request(workspace: &Workspace, name: &str, subject: &str, extensions: &[&str]) {
    let key = format!("{name}.key");
    let generate = [
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-noout",
        "-out",
    ];
    workspace.run("openssl", generate.iter().chain([&key.as_str()]));
    request_of(workspace, name, &key, subject, extensions);
}

/// NAME.csr, of the key in the file `key`.
pub fn request_of(
    workspace: &Workspace,
    name: &str,
    key: &str,
    subject: &str,
    extensions: &[&str],
) {
    workspace.write("req.cnf", "[req]\ndistinguished_name = name\n[name]\n");
    let csr = format!("{name}.csr");
    let new = ["req", "-new", "-config", "req.cnf", "-utf8", "-key", key];
    let what = ["-subj", subject, "-out", &csr];
    let extensions = extensions
        .iter()
        .flat_map(|extension| ["-addext", extension]);
    workspace.run("openssl", new.into_iter().chain(what).chain(extensions));
    std::fs::remove_file(workspace.join("req.cnf")).expect("a file of ours");
}

/// `cluster.csr` of each of the clusters, as `meshpki request` would have it.
pub fn requests(workspace: &Workspace, clusters: &[&str]) {
    for cluster in clusters {
        let subject = format!("/O=Istio/CN=Intermediate CA/L={cluster}");
        request(workspace, cluster, &subject, AS_CLUSTER_CACERTS);
    }
}

/// requests.tar with `CLUSTER.csr` of each of the clusters; the SHA-256 of its manifest.
pub fn pack(workspace: &Workspace, clusters: &[&str]) -> Sha256 {
    let requests = clusters.iter().map(|cluster| {
        let pem = workspace.read(format!("{cluster}.csr"));
        (cluster.parse().expect("a cluster's name"), pem)
    });
    let requests = Requests::new(requests.collect()).expect("requests");
    let (octets, digest) = requests.pack();
    workspace.write("requests.tar", octets);
    digest
}

/// What is in signed.tar, and the SHA-256 of its manifest.
pub fn signed(workspace: &Workspace) -> (Signed, Sha256) {
    Signed::read(&workspace.read("signed.tar")).expect("an archive")
}

/// What root-issued.jsonl has.
pub fn record(workspace: &Workspace) -> Record {
    match workspace.join(ROOT_ISSUED).exists() {
        true => Record::parse(&workspace.read(ROOT_ISSUED)).expect("a record"),
        false => Record::default(),
    }
}
