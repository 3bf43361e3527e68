//! What `meshpki cluster-cacerts` refuses to sign with: each by its name and its reason, before a
//! key is made, and with nothing written.

mod common;

use common::foreign::{self, CA, P256};
use common::{Workspace, has};
use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::Validity;
use time::OffsetDateTime;
use time::macros::datetime;

const ISSUE: [&str; 3] = ["cluster-cacerts", "c1", "c2"];
const UNUSABLE: &str = "error: the root cannot be used: ";
const USE_A_ROOT: &str =
    "use the certificate and key of a root CA, or make one: meshpki -C DIR root-ca";

/// Nothing is issued; the error is `reason`, the way out is `hint`, and the folder is as it was.
#[track_caller]
fn refuses(workspace: &Workspace, reason: &str, hint: &str) {
    let before = workspace.snapshot();
    workspace
        .meshpki(ISSUE)
        .fails(1, &format!("{UNUSABLE}{reason}\nhint: {hint}\n"));
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_certificate_that_may_not_sign_the_ca_of_a_cluster() {
    if !has("openssl") {
        return;
    }
    for (extensions, reason) in [
        (
            "basicConstraints = critical, CA:FALSE",
            "it is not a CA certificate: its basicConstraints do not say CA:TRUE",
        ),
        (
            "keyUsage = critical, keyCertSign",
            "it is not a CA certificate: its basicConstraints do not say CA:TRUE",
        ),
        (
            "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, cRLSign, digitalSignature",
            "its keyUsage lacks keyCertSign, so it may not sign certificates",
        ),
        (
            "basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign",
            "its pathLenConstraint is 0, so it may sign no CA: is it a cluster's?",
        ),
        (
            "basicConstraints = critical, CA:TRUE\nextendedKeyUsage = clientAuth",
            "its extKeyUsage lacks serverAuth, and every server below it would be refused",
        ),
        (
            "basicConstraints = critical, CA:TRUE\nextendedKeyUsage = anyExtendedKeyUsage",
            "its extKeyUsage lacks serverAuth, and every server below it would be refused",
        ),
        (
            "basicConstraints = critical, CA:TRUE\nextendedKeyUsage = serverAuth",
            "its extKeyUsage lacks clientAuth, and every client below it would be refused",
        ),
        (
            "basicConstraints = critical, CA:TRUE\n1.2.3.4 = critical, ASN1:UTF8String:x",
            "OpenSSL refuses it: unhandled critical extension",
        ),
    ] {
        let workspace = foreign::root("O = Acme\nCN = X", extensions);
        let reason =
            format!("root-cert.pem: O = Acme, CN = X cannot sign the CA of a cluster: {reason}");
        refuses(&workspace, &reason, USE_A_ROOT);
    }
}

#[test]
fn a_certificate_of_version_1() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    foreign::key(&workspace, P256);
    let request = ["req", "-new", "-subj", "/CN=old", "-key", "root-key.pem"];
    workspace.run("openssl", request.iter().chain(&["-out", "old.csr"]));
    let sign = ["x509", "-req", "-in", "old.csr", "-signkey", "root-key.pem"];
    workspace.run("openssl", sign.iter().chain(&["-out", "root-cert.pem"]));
    let reason = "root-cert.pem: CN = old cannot sign the CA of a cluster: it is not a CA certificate: its basicConstraints do not say CA:TRUE";
    refuses(&workspace, reason, USE_A_ROOT);
}

#[test]
fn name_constraints_that_leave_out_a_name() {
    if !has("openssl") {
        return;
    }
    let permit = |subtree: &str| format!("nameConstraints = critical, permitted;{subtree}");
    let exclude = |subtree: &str| format!("nameConstraints = critical, excluded;{subtree}");
    for (constraints, reason) in [
        (
            permit("DNS:example.com"),
            "its name constraints permit DNS:example.com, and so not DNS:istiod.istio-system.svc",
        ),
        (
            permit("URI:example.com"),
            "its name constraints permit URI:example.com, and so not URI:spiffe://cluster.local/ns/istio-system/sa/istiod",
        ),
        (
            permit("dirName:organization"),
            "OpenSSL refuses the certificate: O = Istio, CN = Intermediate CA, L = c1: permitted subtree violation",
        ),
        (
            exclude("DNS:istio-system.svc"),
            "its name constraints exclude DNS:istio-system.svc, and so DNS:istiod.istio-system.svc",
        ),
        (
            exclude("URI:.local"),
            "its name constraints exclude URI:.local, and so URI:spiffe://cluster.local/ns/istio-system/sa/istiod",
        ),
        (
            exclude("dirName:istio"),
            "OpenSSL refuses the certificate: O = Istio, CN = Intermediate CA, L = c1: excluded subtree violation",
        ),
    ] {
        let extensions =
            format!("{CA}{constraints}\n[organization]\nO = Acme\n[istio]\nO = Istio\n");
        let workspace = foreign::root("CN = X", &extensions);
        let before = workspace.snapshot();
        workspace.meshpki(["cluster-cacerts", "c1"]).fails(
            1,
            &format!(
                "error: c1: root-cert.pem: CN = X cannot sign the CA of a cluster: {reason}\n\
                 hint: ask for names that it permits, or use another root\n"
            ),
        );
        assert_eq!(workspace.snapshot(), before);
    }
}

/// A root that is valid in this period, by meshpki itself.
fn valid(from: OffsetDateTime, until: OffsetDateTime) -> Workspace {
    let workspace = Workspace::new();
    let subject = DistinguishedName::new([(Attribute::CommonName, "X")]).unwrap();
    let spec = profile::root_ca(subject, Validity::new(from, until).unwrap(), None);
    let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let root = CertificateAuthority::self_signed(&spec, key).unwrap();
    workspace.write("root-cert.pem", root.certificate().to_pem());
    workspace.write("root-key.pem", root.key().to_pem().unwrap().as_bytes());
    foreign::make_private(&workspace, "root-key.pem");
    workspace
}

#[test]
fn a_root_out_of_its_time() {
    for (workspace, reason, hint) in [
        (
            valid(
                datetime!(2001-01-01 00:00 UTC),
                datetime!(2011-01-01 00:00 UTC),
            ),
            "it expired on 2011-01-01T00:00:00Z, and now is ",
            "have it renewed, and put the new certificate into root-cert.pem",
        ),
        (
            valid(
                datetime!(9000-01-01 00:00 UTC),
                datetime!(9001-01-01 00:00 UTC),
            ),
            "it is not valid before 9000-01-01T00:00:00Z, and now is ",
            "wait until then, or set the clock right",
        ),
    ] {
        let before = workspace.snapshot();
        let refused = workspace.meshpki(ISSUE);
        let start =
            format!("{UNUSABLE}root-cert.pem: CN = X cannot sign the CA of a cluster: {reason}");
        assert!(refused.stderr.starts_with(&start), "{}", refused.stderr);
        let end = format!("Z\nhint: {hint}\n");
        assert!(refused.stderr.ends_with(&end), "{}", refused.stderr);
        assert_eq!(refused.status, Some(1));
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_key_that_no_mesh_can_use() {
    if !has("openssl") {
        return;
    }
    let other_kind = "use a root with another kind of key";
    for (arguments, reason) in [
        (
            &["genpkey", "-algorithm", "ED25519"][..],
            "its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521",
        ),
        (
            &["ecparam", "-name", "secp256k1", "-genkey", "-noout"],
            "its kind is secp256k1: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521",
        ),
        (
            &["genpkey", "-algorithm", "RSA-PSS"],
            "its kind is RSASSA-PSS: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521",
        ),
        (
            &["genrsa", "1024"],
            "an RSA key of 1024 bits is too short: Envoy and ztunnel take no less than 2048",
        ),
        (
            &[
                "ecparam",
                "-name",
                "prime256v1",
                "-genkey",
                "-noout",
                "-param_enc",
                "explicit",
            ],
            "its curve is given by parameters, and not by name: istiod cannot read it",
        ),
    ] {
        let workspace = Workspace::new();
        foreign::key(&workspace, arguments);
        foreign::certificate(&workspace, b"", b"CN = X", CA);
        refuses(&workspace, &format!("root-key.pem: {reason}"), other_kind);
    }
}

#[test]
fn a_compressed_public_key() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    foreign::key(&workspace, P256);
    std::fs::rename(workspace.join("root-key.pem"), workspace.join("key.pem")).unwrap();
    let compress = ["ec", "-in", "key.pem", "-conv_form", "compressed"];
    workspace.run("openssl", compress.iter().chain(&["-out", "root-key.pem"]));
    foreign::make_private(&workspace, "root-key.pem");
    foreign::certificate(&workspace, b"", b"CN = X", CA);
    let reason = "root-cert.pem: CN = X cannot sign the CA of a cluster: its public key is a compressed point: istiod cannot read it";
    refuses(&workspace, reason, USE_A_ROOT);
}

#[test]
fn an_encrypted_key() {
    if !has("openssl") {
        return;
    }
    for (form, begin) in [
        (
            &["pkcs8", "-topk8"][..],
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        ),
        (
            &["ec", "-aes128"],
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
        ),
    ] {
        let workspace = foreign::root("CN = X", CA);
        let files = ["-in", "root-key.pem", "-out", "encrypted.pem"];
        let passphrase = ["-passout", "pass:secret"];
        workspace.run("openssl", form.iter().chain(&files).chain(&passphrase));
        std::fs::rename(
            workspace.join("encrypted.pem"),
            workspace.join("root-key.pem"),
        )
        .unwrap();
        assert!(workspace.read_text("root-key.pem").starts_with(begin));
        let before = workspace.snapshot();
        workspace.meshpki(["cluster-cacerts", "cluster1"]).fails(
            1,
            "error: root-key.pem is encrypted, and nobody can be asked for its passphrase: stdin and stderr are not both terminals\n\
             hint: say where it is: --passin env:NAME, file:PATH, fd:N or stdin\n",
        );
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn the_key_of_another_certificate() {
    if !has("openssl") {
        return;
    }
    let workspace = foreign::root("CN = X", CA);
    foreign::key(&workspace, P256);
    refuses(
        &workspace,
        "root-key.pem is the key of no certificate in root-cert.pem: there is CN = X",
        "put the key of one of them into root-key.pem, or add its certificate: meshpki bundle add CERT",
    );
}

#[test]
fn files_with_something_else_in_them() {
    let good = Workspace::with_clusters(&[]);
    let [cert, key] = ["root-cert.pem", "root-key.pem"].map(|name| good.read_text(name));
    let no_certificate = (
        "root-cert.pem: there is no certificate in it",
        "write the root's certificate into it, in PEM",
    );
    let no_key = "write the root's private key into it, in PEM: PKCS#8, PKCS#1 or SEC1";
    let certificates_alone = "keep the CERTIFICATE blocks of the mesh's roots, and nothing else";
    let own_lines =
        "give the BEGIN line and the END line a line of their own, without a byte order mark";
    let broken = cert.replace("MII", "AAA");
    for (root_cert, root_key, (reason, hint)) in [
        ("", &*key, no_certificate),
        ("garbage\n", &key, no_certificate),
        ("\0\u{1}\u{2}", &key, no_certificate),
        (
            &format!("{cert}{key}"),
            &key,
            (
                "root-cert.pem: there is a private key on line {END}: istiod would send it to every namespace",
                "remove the block, and take the key for known to all who could read the file",
            ),
        ),
        (
            &cert.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            &key,
            (
                "root-cert.pem: the block on line 1 is a \"TRUSTED CERTIFICATE\": istiod wants CERTIFICATE blocks, and nothing else",
                certificates_alone,
            ),
        ),
        (
            &format!("\u{FEFF}{cert}"),
            &key,
            (
                "root-cert.pem: the BEGIN or END line of the block on line 1 has other text or a byte order mark on it: istiod does not see such a block",
                own_lines,
            ),
        ),
        (
            &format!("{}{cert}", cert.trim_end()),
            &key,
            (
                "root-cert.pem: the BEGIN or END line of the block on line 1 has other text or a byte order mark on it: istiod does not see such a block",
                own_lines,
            ),
        ),
        (
            &format!("{cert}-----BEGIN CERTIFICATE-----\nMIIB\n"),
            &key,
            (
                "root-cert.pem: the CERTIFICATE block on line {END} cannot be read: it has no END line",
                certificates_alone,
            ),
        ),
        (
            &cert,
            "",
            ("root-key.pem: there is no private key in it", no_key),
        ),
        (
            &cert,
            &cert,
            ("root-key.pem: there is no private key in it", no_key),
        ),
        (
            &cert,
            &key.replace("MI", "AA"),
            (
                "root-key.pem: the PRIVATE KEY block on line 1 is not a private key",
                no_key,
            ),
        ),
    ] {
        let workspace = Workspace::new();
        workspace.write("root-cert.pem", root_cert);
        workspace.write("root-key.pem", root_key);
        foreign::make_private(&workspace, "root-key.pem");
        let end = (cert.lines().count() + 1).to_string();
        refuses(&workspace, &reason.replace("{END}", &end), hint);
    }
    let workspace = Workspace::new();
    workspace.write("root-cert.pem", format!("{cert}{broken}"));
    workspace.write("root-key.pem", &key);
    foreign::make_private(&workspace, "root-key.pem");
    let refused = workspace.meshpki(ISSUE);
    let start = format!(
        "{UNUSABLE}root-cert.pem: the block on line {}: it is not an X.509 certificate: ",
        cert.lines().count() + 1
    );
    assert!(refused.stderr.starts_with(&start), "{}", refused.stderr);
    assert_eq!(workspace.snapshot().len(), 2);
}
