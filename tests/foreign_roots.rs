//! `meshpki cluster-cacerts` under roots that other tools made.

mod common;

use common::foreign::{self, CA, P256};
use common::{Workspace, has};
use x509_parser::prelude::{FromDer, X509Certificate};

const ISSUE: [&str; 4] = ["cluster-cacerts", "--key-type", "p256", "c1"];

/// A cluster's CA is issued: its issuer is the root's subject octet for octet, and `openssl verify`
/// takes it, with `flags`.
#[track_caller]
fn signs(workspace: &Workspace, flags: &[&str]) {
    let root_cert = workspace.read("root-cert.pem");
    workspace.meshpki(ISSUE).succeeds();
    assert_eq!(workspace.read("c1/root-cert.pem"), root_cert);

    let root = pem::parse(&root_cert).unwrap();
    let (_, root) = X509Certificate::from_der(root.contents()).unwrap();
    let issued = pem::parse(workspace.read("c1/ca-cert.pem")).unwrap();
    let (_, issued) = X509Certificate::from_der(issued.contents()).unwrap();
    assert_eq!(issued.issuer().as_raw(), root.subject().as_raw());

    let verify = ["verify", "-CAfile", "root-cert.pem", "c1/ca-cert.pem"];
    let (verify, files) = verify.split_at(1);
    let verified = workspace.run("openssl", verify.iter().chain(flags).chain(files));
    assert_eq!(verified, "c1/ca-cert.pem: OK\n");
}

#[test]
fn a_key_in_every_form_signs() {
    if !has("openssl") {
        return;
    }
    let pkcs8 = |algorithm, option| ["genpkey", "-algorithm", algorithm, "-pkeyopt", option];
    let sec1 = |curve| ["ecparam", "-name", curve, "-genkey", "-noout"];
    for (begins_with, arguments) in [
        ("PRIVATE KEY", &pkcs8("EC", "ec_paramgen_curve:P-256")[..]),
        ("PRIVATE KEY", &pkcs8("RSA", "rsa_keygen_bits:2048")),
        ("RSA PRIVATE KEY", &["genrsa", "-traditional", "2048"]),
        ("EC PRIVATE KEY", &sec1("prime256v1")),
        ("EC PRIVATE KEY", &sec1("secp384r1")),
        ("EC PRIVATE KEY", &sec1("secp521r1")),
        ("EC PARAMETERS", &sec1("prime256v1")[..4]),
    ] {
        let workspace = Workspace::new();
        foreign::key(&workspace, arguments);
        let begin = format!("-----BEGIN {begins_with}-----\n");
        let text = workspace.read_text("root-key.pem");
        assert!(text.starts_with(&begin), "{arguments:?} makes no {begin}");
        foreign::certificate(&workspace, b"", b"CN = root", CA);
        signs(&workspace, &["-x509_strict"]);
    }
}

#[test]
fn a_name_of_every_string_type_is_carried_over() {
    if !has("openssl") {
        return;
    }
    let long = format!("O = {0}\n0.OU = {0}\n1.OU = {0}\nCN = {0}", "Ω".repeat(64));
    let utf8 = "utf8 = yes\nstring_mask = ";
    for (mask, kind, name) in [
        (
            "utf8only",
            "UTF8STRING",
            "O = Zoë & Söhne\nCN = 日本".as_bytes(),
        ),
        ("utf8only", "UTF8STRING", long.as_bytes()),
        ("default", "PRINTABLESTRING", b"C = DE\nO = Acme\nCN = root"),
        ("MASK:0x800", "BMPSTRING", "CN = 日本".as_bytes()),
        ("MASK:0x4", "T61STRING", "CN = Zoë@".as_bytes()),
        (
            "default",
            "IA5STRING",
            b"emailAddress = ca@example.com\nCN = root",
        ),
    ] {
        let workspace = Workspace::new();
        foreign::key(&workspace, P256);
        foreign::certificate(&workspace, format!("{utf8}{mask}").as_bytes(), name, CA);
        let types = workspace.run("openssl", ["asn1parse", "-in", "root-cert.pem"]);
        assert!(types.contains(kind), "there is no {kind}: {types}");
        signs(&workspace, &["-x509_strict"]);
    }
}

/// `openssl req` writes none: a BMPString of two characters is made one of UniversalString. The
/// root's signature is then wrong, which is nobody's business: it is trusted for its key.
#[test]
fn a_name_in_universal_string_is_carried_over() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    foreign::key(&workspace, P256);
    let settings = b"utf8 = yes\nstring_mask = MASK:0x800";
    foreign::certificate(&workspace, settings, "CN = \u{1}\u{6D4B}".as_bytes(), CA);
    let mut der = pem::parse(workspace.read("root-cert.pem"))
        .unwrap()
        .into_contents();
    let bmp = [0x1E, 4, 0, 1, 0x6D, 0x4B];
    for at in 0..der.len() - bmp.len() {
        if der[at..].starts_with(&bmp) {
            der[at] = 0x1C;
        }
    }
    let text = pem::encode(&pem::Pem::new("CERTIFICATE", der));
    workspace.write("root-cert.pem", text);
    let types = workspace.run("openssl", ["asn1parse", "-in", "root-cert.pem"]);
    assert_eq!(types.matches("UNIVERSALSTRING").count(), 2, "{types}");
    signs(&workspace, &[]);
}

#[test]
fn a_name_of_every_form_is_carried_over() {
    if !has("openssl") {
        return;
    }
    for (name, shown) in [
        ("O = a\n+OU = b\nCN = c", "subject=O = a + OU = b, CN = c\n"),
        (
            "0.DC = com\n1.DC = example\nCN = root",
            "subject=DC = com, DC = example, CN = root\n",
        ),
        ("0.OU = a\n1.OU = a", "subject=OU = a, OU = a\n"),
        (
            "serialNumber = 42\nbusinessCategory = x\n0.1.2.3.4 = y",
            "subject=serialNumber = 42, businessCategory = x, 1.2.3.4 = y\n",
        ),
        ("CN = \" a  b \"", "subject=CN = \" a  b \"\n"),
        ("CN = a\\, O\\= b", "subject=CN = \"a, O= b\"\n"),
    ] {
        let workspace = foreign::root(name, CA);
        let subject = ["x509", "-in", "root-cert.pem", "-noout", "-subject"];
        assert_eq!(workspace.run("openssl", subject), shown);
        signs(&workspace, &["-x509_strict"]);
    }
}

#[test]
fn a_root_without_a_name_is_carried_over_too() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    foreign::key(&workspace, P256);
    let arguments = ["req", "-x509", "-new", "-subj", "/", "-days", "4000"];
    let files = ["-key", "root-key.pem", "-out", "root-cert.pem"];
    workspace.run("openssl", arguments.iter().chain(&files));
    signs(&workspace, &[]);
}

/// What certificates of self-signed roots say, tool by tool: the name, the extensions, and the key.
#[test]
fn the_roots_of_other_tools_sign() {
    if !has("openssl") {
        return;
    }
    let rsa: &[&str] = &["genrsa", "-traditional", "2048"];
    for (tool, key, name, extensions) in [
        (
            "cert-manager",
            P256,
            "O = cert-manager\nCN = istio-ca",
            "keyUsage = critical, digitalSignature, keyEncipherment, keyCertSign\n\
             basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\n",
        ),
        (
            "step",
            P256,
            "CN = Smallstep Root CA",
            "keyUsage = critical, keyCertSign, cRLSign\n\
             basicConstraints = critical, CA:TRUE, pathlen:1\nsubjectKeyIdentifier = hash\n",
        ),
        (
            "Vault",
            rsa,
            "CN = example.com",
            "keyUsage = critical, keyCertSign, cRLSign\nbasicConstraints = critical, CA:TRUE\n\
             subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always\n\
             subjectAltName = DNS:example.com\n\
             authorityInfoAccess = caIssuers;URI:http://127.0.0.1:8200/v1/pki/ca\n\
             crlDistributionPoints = URI:http://127.0.0.1:8200/v1/pki/crl\n",
        ),
        (
            "cfssl",
            rsa,
            "C = US\nST = CA\nL = San Francisco\nO = Example\nOU = WWW\nCN = Example CA",
            CA,
        ),
        (
            "Istio's Makefile",
            rsa,
            "O = Istio\nCN = Root CA",
            "subjectKeyIdentifier = hash\nbasicConstraints = critical, CA:true\n\
             keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, keyCertSign\n",
        ),
    ] {
        eprintln!("the root of {tool}");
        let workspace = Workspace::new();
        foreign::key(&workspace, key);
        foreign::certificate(&workspace, b"", name.as_bytes(), extensions);
        signs(&workspace, &["-x509_strict"]);
    }
}

#[test]
fn what_a_root_says_besides_is_no_fault() {
    if !has("openssl") {
        return;
    }
    for extensions in [
        "basicConstraints = CA:TRUE",
        "basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = none",
        "basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = 01020304",
        "basicConstraints = critical, CA:TRUE, pathlen:1\nkeyUsage = keyCertSign",
        "basicConstraints = critical, CA:TRUE\nextendedKeyUsage = serverAuth, clientAuth",
        "basicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\n\
         authorityKeyIdentifier = keyid:always, issuer:always",
        "basicConstraints = critical, CA:TRUE\ncrlDistributionPoints = point\n\
         [point]\nfullname = dirName:name\nCRLissuer = dirName:name\nreasons = keyCompromise",
        "basicConstraints = critical, CA:TRUE\ncertificatePolicies = 1.2.3.4, @policy\n\
         policyConstraints = requireExplicitPolicy:3\ninhibitAnyPolicy = 2\n\
         [policy]\npolicyIdentifier = 1.2.3.5\nCPS = http://example.com\nuserNotice = @notice\n\
         [notice]\nexplicitText = UTF8:é\norganization = o\nnoticeNumbers = 1, 2",
        "basicConstraints = critical, CA:TRUE\nnsComment = a\nnsCertType = sslCA\n\
         issuerAltName = email:ca@example.com\n1.2.3.4 = ASN1:UTF8String:x\n\
         subjectAltName = IP:10.0.0.1, dirName:name, otherName:1.2.3;UTF8:x, RID:1.2.3, \
         email:ca@example.com",
        "basicConstraints = critical, CA:TRUE\nnameConstraints = critical, \
         permitted;DNS:svc, permitted;URI:cluster.local, \
         permitted;email:example.com, permitted;IP:10.0.0.0/255.0.0.0, excluded;DNS:example.com",
        // Go does not handle these, so that they must not be critical.
        "basicConstraints = critical, CA:TRUE\nnameConstraints = permitted;dirName:istio\n\
         [istio]\nO = Istio",
    ] {
        eprintln!("{extensions}");
        signs(&foreign::root("CN = root", extensions), &[]);
    }
}

#[test]
fn a_root_that_another_ca_signed_is_an_anchor_too() {
    if !has("openssl") {
        return;
    }
    let workspace = foreign::root("CN = above", CA);
    let (above, above_key) = (
        workspace.read("root-cert.pem"),
        workspace.read("root-key.pem"),
    );
    workspace.write("above.pem", above);
    workspace.write("above.key", above_key);
    foreign::key(&workspace, P256);
    let request = ["req", "-new", "-subj", "/CN=below", "-key", "root-key.pem"];
    let request_to = ["-out", "below.csr"];
    workspace.run("openssl", request.iter().chain(&request_to));
    let sign = ["x509", "-req", "-in", "below.csr", "-days", "4000"];
    let by = [
        "-CA",
        "above.pem",
        "-CAkey",
        "above.key",
        "-out",
        "root-cert.pem",
    ];
    let extensions = ["-extfile", "root.cnf", "-extensions", "extensions"];
    workspace.run("openssl", sign.iter().chain(&by).chain(&extensions));
    signs(&workspace, &["-partial_chain", "-x509_strict"]);
}

#[test]
fn names_within_the_constraints_are_issued_and_stay_up_to_date_without_asking_again() {
    if !has("openssl") {
        return;
    }
    let constraints = format!(
        "{CA}nameConstraints = critical, permitted;DNS:example.com, permitted;URI:prod.example.com"
    );
    let workspace = foreign::root("CN = root", &constraints);
    let names = [
        "--san-dns",
        "istiod.example.com",
        "--trust-domain",
        "prod.example.com",
    ];
    workspace.meshpki(ISSUE.iter().chain(&names)).succeeds();
    let before = workspace.snapshot();
    let again = workspace.meshpki(["cluster-cacerts", "c1"]).succeeds();
    assert!(again.starts_with("c1: up to date, expires "), "{again}");
    assert_eq!(workspace.snapshot(), before);
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    let text = workspace.run(
        "openssl",
        ["x509", "-in", "c1/ca-cert.pem", "-noout", "-text"],
    );
    let line = "DNS:istiod.example.com, URI:spiffe://prod.example.com\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn of_two_certificates_for_the_key_the_fit_one_that_lasts_longer_signs() {
    if !has("openssl") {
        return;
    }
    let workspace = foreign::root("CN = short", CA);
    let short = workspace.read_text("root-cert.pem");
    let arguments = ["req", "-x509", "-config", "root.cnf", "-days", "5000"];
    let files = ["-key", "root-key.pem", "-out", "root-cert.pem"];
    let reissue = |name: &str, extensions: &str| {
        foreign::certificate(&workspace, b"", name.as_bytes(), extensions);
        workspace.run("openssl", arguments.iter().chain(&files));
        workspace.read_text("root-cert.pem")
    };
    let long = reissue("CN = long", CA);
    let unfit = reissue(
        "CN = unfit",
        "basicConstraints = critical, CA:TRUE, pathlen:0",
    );
    for (bundle, issuer) in [
        (format!("{short}{long}"), "issuer=CN = long\n"),
        (format!("{long}{short}"), "issuer=CN = long\n"),
        (format!("{short}{unfit}"), "issuer=CN = short\n"),
    ] {
        workspace.write("root-cert.pem", &bundle);
        workspace.meshpki(ISSUE).succeeds();
        assert_eq!(workspace.read_text("c1/root-cert.pem"), bundle);
        let shown = ["x509", "-in", "c1/ca-cert.pem", "-noout", "-issuer"];
        assert_eq!(workspace.run("openssl", shown), issuer);
        std::fs::remove_dir_all(workspace.join("c1")).unwrap();
    }
}
