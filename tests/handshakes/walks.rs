//! Meshes on their way from one CA to another: no handshake fails while they are.

use crate::common::secrets::{self, fed};
use crate::common::{Workspace, has};
use crate::fixture::{mesh, workload};
use crate::memory::{self, Party, Side};

/// Every one of `names` with every one, itself included.
#[track_caller]
fn all_hold(mesh: &Workspace, names: &[&str]) {
    for server in names {
        for client in names {
            memory::holds(&Party::of(mesh, server), &Party::of(mesh, client));
        }
    }
}

/// README.md, "From one root to the next".
#[test]
fn from_one_root_to_the_next_everybody_is_understood() {
    let mesh = mesh();
    mesh.write("a/root-cert.pem", mesh.read("root-cert.pem"));
    let b = Workspace::with_root("Root CA B");
    mesh.write("b/root-cert.pem", b.read("root-cert.pem"));
    let both = ["cluster1", "cluster2"];

    // 1. Trust A and B. foo and bar have their certificates from before.
    mesh.meshpki(["bundle", "add", "b/root-cert.pem"])
        .succeeds();
    mesh.meshpki(["cluster-cacerts", "--roots-only"].iter().chain(&both))
        .succeeds();
    workload(&mesh, "cluster1", "foo1", &[]);
    workload(&mesh, "cluster2", "bar1", &[]);
    all_hold(&mesh, &["foo", "bar", "foo1", "bar1"]);

    // 2. Sign with B, in one cluster and then the other.
    std::fs::copy(b.join("root-key.pem"), mesh.join("root-key.pem")).unwrap();
    mesh.meshpki(["cluster-cacerts", "--renew", "cluster1"])
        .succeeds();
    workload(&mesh, "cluster1", "foo2", &[]);
    all_hold(&mesh, &["foo1", "bar1", "foo2"]);
    mesh.meshpki(["cluster-cacerts", "--renew", "cluster2"])
        .succeeds();
    workload(&mesh, "cluster2", "bar2", &[]);
    all_hold(&mesh, &["foo1", "bar1", "foo2", "bar2"]);

    // 3. Trust B alone.
    mesh.meshpki(["bundle", "remove", "a/root-cert.pem"])
        .succeeds();
    mesh.meshpki(["cluster-cacerts", "--roots-only"].iter().chain(&both))
        .succeeds();
    workload(&mesh, "cluster1", "foo3", &[]);
    workload(&mesh, "cluster2", "bar3", &[]);
    all_hold(&mesh, &["foo2", "bar2", "foo3", "bar3"]);
    let (old, new) = (Party::of(&mesh, "bar"), Party::of(&mesh, "foo3"));
    memory::fails(&new, &old, Side::Client, "UnknownIssuer");
    memory::fails(&new, &old.trusting("foo3"), Side::Server, "UnknownIssuer");
}

/// The CA that an istiod has made for itself signs the CAs of clusters, and what it signed before
/// stays good.
#[test]
fn a_mesh_grows_out_of_the_ca_that_istiod_has_made() {
    if !has("openssl") {
        return;
    }
    let mesh = Workspace::new();
    let command = "req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.pem -subj /O=cluster.local -days 3650 -addext keyUsage=critical,keyCertSign,cRLSign";
    mesh.run("openssl", command.split(' '));
    let (cert, key) = (mesh.read("own.pem"), mesh.read("own.key"));
    let values = [("ca-cert.pem", cert.as_slice()), ("ca-key.pem", &key)];
    let secret = secrets::got_as_yaml("istio-ca-secret", "istio.io/ca-root", &values);
    fed(&mesh, &["import", "-"], &secret).succeeds();
    mesh.issue(&["cluster1", "cluster2"]).succeeds();
    workload(&mesh, "cluster1", "foo", &[]);
    workload(&mesh, "cluster2", "bar", &[]);
    // What istiod issues with it itself.
    for file in ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"] {
        mesh.write(format!("own/{file}"), &cert);
    }
    mesh.write("own/ca-key.pem", &key);
    crate::common::foreign::make_private(&mesh, "own/ca-key.pem");
    workload(&mesh, "own", "before", &[]);
    all_hold(&mesh, &["foo", "bar", "before"]);
}
