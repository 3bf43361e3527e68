//! Mutual TLS with what meshpki issues: by the `openssl` program and `curl` over 127.0.0.1, and by
//! rustls in memory. What must not hold does not hold in either.

mod common;
#[path = "handshakes/fixture.rs"]
mod fixture;
#[path = "handshakes/judge.rs"]
mod judge;
#[path = "handshakes/memory.rs"]
mod memory;
#[path = "handshakes/openssl.rs"]
mod openssl;
#[path = "handshakes/walks.rs"]
mod walks;

use common::pki::{CA, Pki};
use common::tls::without_the_first;
use common::{Workspace, has};
use fixture::{expired, mesh, stranger, workload};
use memory::{Party, Side};
use openssl::{Peer, Server};

const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

#[test]
fn workloads_of_two_clusters_prove_themselves_to_each_other() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    for (server, client) in [("foo", "bar"), ("bar", "foo")] {
        for version in VERSIONS {
            let page =
                Server::of(&mesh, server, &[version]).answers(&Peer::openssl(client, version));
            page.tells(&format!(
                "URI:spiffe://cluster.local/ns/{client}/sa/default"
            ));
            if has("curl") {
                let page = Server::of(&mesh, server, &[version]).answers(&Peer::curl(client));
                page.tells(&format!(
                    "URI:spiffe://cluster.local/ns/{client}/sa/default"
                ));
            }
        }
        memory::holds(&Party::of(&mesh, server), &Party::of(&mesh, client));
    }
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    for version in VERSIONS {
        let reason = "peer did not return a certificate";
        Server::of(&mesh, "foo", &[version])
            .refuses(&Peer::openssl("bar", version).without_certificate(), reason);
        if has("curl") {
            Server::of(&mesh, "foo", &[version])
                .refuses(&Peer::curl("bar").without_certificate(), reason);
        }
    }
    let nobody = Party::of(&mesh, "bar").without_certificate();
    memory::fails(
        &Party::of(&mesh, "foo"),
        &nobody,
        Side::Server,
        "peer sent no certificates",
    );
}

#[test]
fn one_of_another_root_is_refused_on_either_side() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    let reason = "unable to get local issuer certificate";
    // One that goes by the same name is told apart by its signature alone.
    for (root, by_rustls) in [("Root CA", "BadSignature"), ("Root CA B", "UnknownIssuer")] {
        stranger(&mesh, root);
        for version in VERSIONS {
            // It trusts foo, and foo does not trust it.
            let client = Peer::openssl("stranger", version).trusting("foo");
            Server::of(&mesh, "foo", &[version]).refuses(&client, reason);
            // foo's certificate is not of its root.
            let client = Peer::openssl("stranger", version);
            Server::of(&mesh, "foo", &[version]).loses(&client, reason);
            if has("curl") {
                let client = Peer::curl("stranger").trusting("foo");
                Server::of(&mesh, "foo", &[version]).refuses(&client, reason);
                let client = Peer::curl("stranger");
                Server::of(&mesh, "foo", &[version]).loses(&client, reason);
            }
        }
        let (foo, stranger) = (Party::of(&mesh, "foo"), Party::of(&mesh, "stranger"));
        let trusting = Party::of(&mesh, "stranger").trusting("foo");
        memory::fails(&foo, &trusting, Side::Server, by_rustls);
        memory::fails(&foo, &stranger, Side::Client, by_rustls);
    }
}

#[test]
fn an_expired_one_is_refused_on_either_side() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    expired(&mesh);
    let reason = "certificate has expired";
    for version in VERSIONS {
        Server::of(&mesh, "foo", &[version]).refuses(&Peer::openssl("old", version), reason);
        Server::of(&mesh, "old", &[version]).loses(&Peer::openssl("foo", version), reason);
        if has("curl") {
            Server::of(&mesh, "foo", &[version]).refuses(&Peer::curl("old"), reason);
            Server::of(&mesh, "old", &[version]).loses(&Peer::curl("foo"), reason);
        }
    }
    let (foo, old) = (Party::of(&mesh, "foo"), Party::of(&mesh, "old"));
    memory::fails(&foo, &old, Side::Server, "Expired");
    memory::fails(&old, &foo, Side::Client, "Expired");
}

/// What meshpki has issued, from before it begins until after it has ended. Of its last second
/// OpenSSL has it that it is over; RFC 5280 §4.1.2.5, and rustls, count it in.
#[test]
fn a_workloads_certificate_holds_as_long_as_it_says() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    let leaf = mesh.certificate("bar/cert-chain.pem");
    let (begins, ends) = (
        leaf.not_before().unix_timestamp(),
        leaf.not_after().unix_timestamp(),
    );
    // foo was made a little earlier, and ends so.
    let foo = mesh.certificate("foo/cert-chain.pem");
    assert!(foo.not_before() <= leaf.not_before() && foo.not_after() <= leaf.not_after());
    for (at, expected) in [
        (begins - 1, Some("certificate is not yet valid")),
        (begins, None),
        (ends - 1, None),
        (ends + 1, Some("certificate has expired")),
    ] {
        let at = at.to_string();
        for version in VERSIONS {
            let server = Server::of(&mesh, "foo", &[version, "-attime", &at]);
            let client = Peer::openssl("bar", version);
            match expected {
                None => server.answers(&client).tells("Verify return code: 0 (ok)"),
                Some(reason) => server.refuses(&client, reason),
            }
        }
    }
    let (foo, bar) = (Party::of(&mesh, "foo"), Party::of(&mesh, "bar"));
    let bar_at = |at| Party::of(&mesh, "bar").at(at);
    let foo_at = |at| Party::of(&mesh, "foo").at(at);
    memory::fails(&foo_at(begins - 1), &bar, Side::Server, "NotValidYet");
    memory::holds(&foo_at(begins), &bar);
    memory::holds(&foo_at(ends), &bar);
    memory::fails(&foo_at(ends + 1), &bar, Side::Server, "Expired");
    let ends = mesh
        .certificate("foo/cert-chain.pem")
        .not_after()
        .unix_timestamp();
    memory::holds(&foo, &bar_at(ends));
    memory::fails(&foo, &bar_at(ends + 1), Side::Client, "Expired");
}

/// TLS itself does not look at it: rustls does here as ztunnel does, and `verify` where it is told.
#[test]
fn one_of_another_trust_domain_is_refused_where_that_is_looked_at() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    workload(
        &mesh,
        "cluster2",
        "abroad",
        &["--trust-domain", "other.example"],
    );
    let page = Server::of(&mesh, "foo", &[]).answers(&Peer::openssl("abroad", "-tls1_3"));
    page.tells("URI:spiffe://other.example/ns/abroad/sa/default");

    let (foo, abroad) = (Party::of(&mesh, "foo"), Party::of(&mesh, "abroad"));
    memory::holds(&foo, &abroad);
    let strict = Party::of(&mesh, "foo").of_trust_domain("cluster.local");
    let reason = "spiffe://other.example/ns/abroad/sa/default is not of cluster.local";
    memory::fails(&strict, &abroad, Side::Server, reason);
    memory::fails(&abroad, &strict, Side::Client, reason);
    memory::holds(
        &strict,
        &Party::of(&mesh, "bar").of_trust_domain("cluster.local"),
    );

    let verify = |folder: &str| {
        let chain = format!("{folder}/cert-chain.pem");
        let run = mesh.meshpki(["-q", "verify", "--trust-domain", "cluster.local", &chain]);
        run.status
    };
    assert_eq!(verify("bar"), Some(0));
    assert_eq!(verify("abroad"), Some(2));
}

#[test]
fn every_kind_of_key_holds_for_workloads_clusters_and_roots() {
    const KEY_TYPES: [&str; 5] = ["p256", "p384", "rsa-2048", "rsa-3072", "rsa-4096"];

    if !has("openssl") {
        return;
    }
    let mesh = Workspace::with_clusters(&[]);
    for key_type in KEY_TYPES {
        let cluster = format!("ca-{key_type}");
        mesh.meshpki(["cluster-cacerts", "--key-type", key_type, &cluster])
            .succeeds();
        workload(&mesh, &cluster, key_type, &["--key-type", key_type]);
    }
    let others = KEY_TYPES.iter().cycle().skip(1);
    for (server, client) in KEY_TYPES.iter().zip(others) {
        for version in VERSIONS {
            let page =
                Server::of(&mesh, server, &[version]).answers(&Peer::openssl(client, version));
            page.tells(&format!(
                "URI:spiffe://cluster.local/ns/{client}/sa/default"
            ));
        }
        memory::holds(&Party::of(&mesh, server), &Party::of(&mesh, client));
    }
    for key_type in KEY_TYPES {
        let mesh = Workspace::new();
        mesh.meshpki(["root-ca", "--key-type", key_type]).succeeds();
        mesh.issue(&["cluster1"]).succeeds();
        workload(&mesh, "cluster1", "foo", &[]);
        let foo = Party::of(&mesh, "foo");
        memory::holds(&foo, &foo);
        let page = Server::of(&mesh, "foo", &[]).answers(&Peer::openssl("foo", "-tls1_3"));
        page.tells("Verify return code: 0 (ok)");
    }
}

/// As istiod sends it with and without the root, and with several roots in every order.
#[test]
fn every_layout_of_chain_and_roots_holds() {
    if !has("openssl") {
        return;
    }
    let mesh = Workspace::with_clusters(&["cluster1"]);
    mesh.issue(&["--chain-without-root", "cluster2"]).succeeds();
    let other = Workspace::with_clusters(&[]);
    mesh.write("other.pem", other.read("root-cert.pem"));
    workload(&mesh, "cluster1", "foo", &[]);
    workload(&mesh, "cluster1", "long", &["--chain-with-root"]);
    workload(&mesh, "cluster2", "bar", &[]);
    assert_eq!(
        mesh.read_text("long/cert-chain.pem")
            .matches("BEGIN")
            .count(),
        3
    );
    mesh.meshpki(["bundle", "add", "other.pem"]).succeeds();
    mesh.meshpki(["cluster-cacerts", "--roots-only", "cluster1", "cluster2"])
        .succeeds();
    workload(&mesh, "cluster1", "two", &[]);
    assert_eq!(
        mesh.read_text("two/root-cert.pem").matches("BEGIN").count(),
        2
    );
    let roots = [other.read("root-cert.pem"), mesh.read("foo/root-cert.pem")];
    for file in ["cert-chain.pem", "key.pem"] {
        mesh.write(format!("owt/{file}"), mesh.read(format!("two/{file}")));
    }
    mesh.write("owt/root-cert.pem", roots.concat());

    let all = ["foo", "long", "bar", "two", "owt"];
    for server in all {
        for client in all {
            memory::holds(&Party::of(&mesh, server), &Party::of(&mesh, client));
        }
        let page = Server::of(&mesh, server, &[]).answers(&Peer::openssl("owt", "-tls1_3"));
        page.tells("Verify return code: 0 (ok)");
    }
}

/// Names in CAs and workloads, and a key that was made elsewhere.
#[test]
fn every_kind_of_name_holds() {
    if !has("openssl") {
        return;
    }
    let mesh = Workspace::new();
    let root = "root-ca --key-type p256 --org Zo\u{eb} --trust-domain prod.example";
    mesh.meshpki(root.split(' ')).succeeds();
    mesh.issue(&[
        "--trust-domain",
        "prod.example",
        "--san-dns",
        "istiod.example.com",
        "cluster1",
    ])
    .succeeds();
    let domain = ["--trust-domain", "prod.example"];
    workload(&mesh, "cluster1", "foo", &domain);
    workload(
        &mesh,
        "cluster1",
        "named",
        &[&domain[..], &["--org", "Zo\u{eb}", "--cn", "web"]].concat(),
    );
    let request = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout vm.key -out vm.csr -subj /CN=vm";
    mesh.run("openssl", request.split(' '));
    workload(
        &mesh,
        "cluster1",
        "vm",
        &[&domain[..], &["--csr", "vm.csr", "--cn", "vm"]].concat(),
    );
    mesh.write("vm/key.pem", mesh.read("vm.key"));
    let party = |name: &str| Party::of(&mesh, name).of_trust_domain("prod.example");
    for (server, client) in [("foo", "named"), ("named", "vm"), ("vm", "foo")] {
        memory::holds(&party(server), &party(client));
        let page = Server::of(&mesh, server, &[]).answers(&Peer::openssl(client, "-tls1_3"));
        page.tells(&format!("URI:spiffe://prod.example/ns/{client}/sa/default"));
    }
}

/// A cluster's CA below another intermediate, as a company has one.
#[test]
fn a_chain_of_three_tiers_holds() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let subject = "/O=Istio/CN=Cluster CA";
    pki.issue(
        "below",
        subject,
        "inter",
        &CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"),
    );
    pki.join("cluster1/cert-chain.pem", &["below.pem", "inter.pem"]);
    let mesh = &pki.0;
    for (from, to) in [
        ("below.pem", "ca-cert.pem"),
        ("below.key", "ca-key.pem"),
        ("root.pem", "root-cert.pem"),
    ] {
        mesh.write(format!("cluster1/{to}"), mesh.read(from));
    }
    common::foreign::make_private(mesh, "cluster1/ca-key.pem");
    workload(mesh, "cluster1", "foo", &[]);
    assert_eq!(
        mesh.read_text("foo/cert-chain.pem")
            .matches("BEGIN")
            .count(),
        3
    );
    let foo = Party::of(mesh, "foo");
    memory::holds(&foo, &foo);
    for version in VERSIONS {
        let server = Server::of(mesh, "foo", &[version, "-Verify", "2"]);
        server
            .answers(&Peer::openssl("foo", version))
            .tells("Verify return code: 0 (ok)");
    }
    // Without the one in the middle there is no path.
    shorten(mesh);
    let short = Party::of(mesh, "short");
    memory::fails(&foo, &short, Side::Server, "UnknownIssuer");
}

/// The files of foo in `short/`, with the first two certificates of its chain and no others.
fn shorten(mesh: &Workspace) {
    let chain = mesh.read_text("foo/cert-chain.pem");
    let third = without_the_first(without_the_first(&chain));
    mesh.write("short/cert-chain.pem", chain.trim_end_matches(third));
    for file in ["key.pem", "root-cert.pem"] {
        mesh.write(format!("short/{file}"), mesh.read(format!("foo/{file}")));
    }
}

/// The root that signs clusters' CAs below a corporate one, and both in root-cert.pem. Who trusts the
/// corporate one alone is content with what the workloads send.
#[test]
fn a_root_below_a_corporate_one_holds() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    pki.issue("corp", "/O=Corp/CN=Corp Root", "corp", CA);
    pki.issue("root", "/O=Istio/CN=Root CA", "corp", CA);
    pki.join("root-cert.pem", &["root.pem", "corp.pem"]);
    let mesh = &pki.0;
    mesh.write("root-key.pem", mesh.read("root.key"));
    common::foreign::make_private(mesh, "root-key.pem");
    mesh.issue(&["cluster1"]).succeeds();
    mesh.issue(&["--chain-without-root", "cluster2"]).succeeds();
    workload(mesh, "cluster1", "foo", &[]);
    workload(mesh, "cluster2", "bar", &["--chain-with-root"]);
    workload(mesh, "cluster2", "far", &[]);
    mesh.write("far/root-cert.pem", mesh.read("corp.pem"));
    for server in ["foo", "bar", "far"] {
        for client in ["foo", "bar", "far"] {
            memory::holds(&Party::of(mesh, server), &Party::of(mesh, client));
        }
        for version in VERSIONS {
            Server::of(mesh, server, &[version, "-Verify", "3"])
                .answers(&Peer::openssl("far", version))
                .tells("Verify return code: 0 (ok)");
        }
    }
    shorten(mesh);
    let (far, short) = (Party::of(mesh, "far"), Party::of(mesh, "short"));
    memory::fails(&far, &short, Side::Server, "UnknownIssuer");
}

/// What goes over the wire is the chain as it stands in the file, each certificate once.
#[test]
fn a_server_sends_its_chain_and_nothing_twice() {
    if !has("openssl") {
        return;
    }
    let mesh = mesh();
    workload(&mesh, "cluster1", "long", &["--chain-with-root"]);
    for version in VERSIONS {
        for name in ["foo", "long"] {
            let client = Peer::openssl("bar", version).showing();
            let page = Server::of(&mesh, name, &[version]).answers(&client);
            page.came_with(&mesh.read_text(format!("{name}/cert-chain.pem")));
        }
    }
}
