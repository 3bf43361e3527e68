//! `meshpki inspect`, held against the `openssl` program, and fed what operators have.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Run, Workspace, has};

/// `openssl req -x509` with these extensions, by a key of P-256; the file `name`.
fn make(workspace: &Workspace, name: &str, subject: &str, extensions: &str) {
    if !workspace.join("ec.key").exists() {
        let curve = "ec_paramgen_curve:P-256";
        workspace.run(
            "openssl",
            [
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                curve,
                "-out",
                "ec.key",
            ],
        );
    }
    make_with(workspace, "ec.key", name, subject, extensions);
}

fn make_with(workspace: &Workspace, key: &str, name: &str, subject: &str, extensions: &str) {
    let settings = format!("[req]\ndistinguished_name=n\n[n]\n[e]\n{extensions}\n");
    workspace.write("make.cnf", settings);
    let options = [
        "req",
        "-x509",
        "-new",
        "-utf8",
        "-config",
        "make.cnf",
        "-extensions",
        "e",
        "-days",
        "100",
        "-key",
        key,
        "-subj",
        subject,
        "-out",
        name,
    ];
    workspace.run("openssl", options);
}

/// What `openssl x509 -noout -text` prints, names as OpenSSL 3.0 has them in every version.
fn openssl_text(workspace: &Workspace, file: &str) -> String {
    let options = [
        "x509", "-in", file, "-noout", "-text", "-nameopt", "oneline",
    ];
    workspace.run("openssl", options)
}

fn with_stdin(workspace: &Workspace, arguments: &[&str], stdin: &[u8]) -> Run {
    let mut command = workspace.meshpki_command();
    command.args(arguments).stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A program that has heard enough closes the pipe.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    Run::from(child.wait_with_output().unwrap())
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_text_is_that_of_openssl() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let extensions = [
        "",
        "basicConstraints=critical,CA:TRUE,pathlen:3\nkeyUsage=critical,keyCertSign,cRLSign",
        "extendedKeyUsage=serverAuth,clientAuth,1.2.3.4",
        "subjectAltName=critical,DNS:a,URI:spiffe://td/ns/a/sa/b,email:a@b,IP:10.0.0.1,IP:fe80::1,RID:1.2.3",
        "nameConstraints=critical,permitted;DNS:.a,excluded;IP:10.0.0.0/255.0.0.0",
        "certificatePolicies=1.2.3,@p\n[p]\npolicyIdentifier=1.3.5\nCPS.1=http://cps/\nuserNotice.1=@u\n[u]\nexplicitText=UTF8:Täxt\norganization=O\nnoticeNumbers=1,2",
        "authorityInfoAccess=OCSP;URI:http://o,caIssuers;URI:http://c",
        "policyConstraints=requireExplicitPolicy:3\ninhibitAnyPolicy=2\npolicyMappings=1.2.3:2.3.4",
        "nsComment=A comment\nnsCertType=client,server\ntlsfeature=status_request",
        "1.2.3.4=ASN1:UTF8String:unknown",
        "2.5.29.19=DER:0500\n2.5.29.17=DER:30058703010203",
    ];
    let subjects = [
        "/O=Istio/CN=Root CA",
        "/C=DE/L=München/O=a, b;c<d>\"e\"/CN=#lead",
        "/DC=com/DC=example/UID=u/CN= blanks ",
    ];
    for (number, extensions) in extensions.iter().enumerate() {
        let subject = subjects[number % subjects.len()];
        make(&workspace, "a.pem", subject, extensions);
        let ours = workspace.meshpki(["inspect", "a.pem"]);
        assert_eq!(ours.stderr, "");
        assert_eq!(
            ours.succeeds(),
            openssl_text(&workspace, "a.pem"),
            "{extensions}"
        );
    }
    for words in [
        "RFC2253",
        "multiline",
        "compat",
        "utf8,sep_semi_plus_space,lname",
        "oneline,-space_eq,-esc_msb",
    ] {
        let options = ["x509", "-in", "a.pem", "-noout", "-text", "-nameopt", words];
        let theirs = workspace.run("openssl", options);
        let ours = workspace.meshpki(["inspect", "a.pem", "--nameopt", words]);
        assert_eq!(ours.succeeds(), theirs, "{words}");
    }
}

#[test]
fn the_text_is_that_of_openssl_for_every_kind_of_key() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let kinds: [&[&str]; 6] = [
        &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        &["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:1024"],
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &[
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-pkeyopt",
            "ec_param_enc:explicit",
        ],
        &["ED25519"],
        &["ED448"],
    ];
    for kind in kinds {
        let generate = ["genpkey", "-out", "k.key", "-algorithm"];
        workspace.run("openssl", generate.iter().chain(kind));
        make_with(&workspace, "k.key", "k.pem", "/CN=k", "");
        let ours = workspace.meshpki(["inspect", "k.pem"]).succeeds();
        assert_eq!(ours, openssl_text(&workspace, "k.pem"), "{kind:?}");
    }
}

#[test]
fn single_fields_are_those_of_openssl_in_the_order_asked_for() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    make(
        &workspace,
        "a.pem",
        "/O=Istio/CN=a",
        "keyUsage=critical,keyCertSign\nsubjectAltName=DNS:a",
    );
    for fields in [
        &["subject", "issuer", "serial", "dates"][..],
        &["dates", "fingerprint", "subject"],
        &["fingerprint", "sha256"],
        &["fingerprint", "sha512", "text"],
        &["ext", "subjectAltName,keyUsage", "serial"],
        &["ext", "subjectAltName"],
    ] {
        let words = |dashes: &str| -> Vec<String> {
            let word = |field: &&str| {
                let is_value = field.starts_with("subjectA") || field.starts_with("basic");
                if is_value {
                    (*field).to_owned()
                } else {
                    format!("{dashes}{field}")
                }
            };
            fields.iter().map(word).collect()
        };
        let theirs = ["x509", "-in", "a.pem", "-noout", "-nameopt", "oneline"].map(str::to_owned);
        let theirs = workspace.run("openssl", theirs.into_iter().chain(words("-")));
        for dashes in ["--", "-"] {
            let ours = ["inspect", "a.pem"].map(str::to_owned);
            let ours = workspace.meshpki(ours.into_iter().chain(words(dashes)));
            assert_eq!(ours.succeeds(), theirs, "{fields:?}");
        }
    }
}

#[test]
fn requests_and_crls_are_shown_as_openssl_shows_them() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    make(
        &workspace,
        "ca.pem",
        "/O=Istio/CN=CA",
        "basicConstraints=critical,CA:TRUE",
    );
    workspace.write(
        "r.cnf",
        "[req]\ndistinguished_name=n\nattributes=a\nprompt=no\n[n]\nCN=x\n[a]\nchallengePassword=word\n\
         [ca]\ndefault_ca=c\n[c]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=30\n",
    );
    let request = [
        "req",
        "-new",
        "-key",
        "ec.key",
        "-config",
        "r.cnf",
        "-addext",
        "subjectAltName=DNS:a",
        "-out",
        "a.csr",
    ];
    workspace.run("openssl", request);
    workspace.write(
        "index",
        "R\t361119020729Z\t250101000000Z,keyCompromise\t0A\tunknown\t/CN=x\n",
    );
    let crl = [
        "ca", "-gencrl", "-config", "r.cnf", "-keyfile", "ec.key", "-cert", "ca.pem", "-out",
        "a.crl",
    ];
    workspace.run("openssl", crl);
    for (kind, file) in [("req", "a.csr"), ("crl", "a.crl")] {
        let options = [kind, "-in", file, "-noout", "-text", "-nameopt", "oneline"];
        let theirs = workspace.run("openssl", options);
        let ours = workspace.meshpki(["inspect", file]).succeeds();
        // OpenSSL 3.0 indents the head of a CRL by eight blanks, later versions by four.
        let lines = |text: &str| -> Vec<String> {
            let indented = |line: &str| if kind == "crl" { line.trim() } else { line }.to_owned();
            text.lines().map(indented).collect()
        };
        assert_eq!(lines(&ours), lines(&theirs));
    }
    let short = workspace
        .meshpki(["inspect", "--short", "a.csr", "a.crl"])
        .succeeds();
    assert!(short.starts_with(
        "Certification request 1: a.csr, line 1\n  subject     CN = x\n  key         ECDSA P-256\n  SANs        DNS:a\n\nCRL 1: a.crl, line 1\n  issuer      O = Istio, CN = CA\n"
    ), "{short}");
    let data = json(
        &workspace
            .meshpki(["inspect", "-o", "json", "a.csr", "a.crl"])
            .succeeds(),
    );
    assert_eq!(data["items"][0]["type"], "certificationRequest");
    assert_eq!(
        data["items"][1]["revokedCertificates"][0]["serialNumber"],
        "0A"
    );
}

#[test]
fn every_certificate_is_shown_in_order_and_named() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let chain = workspace.meshpki(["inspect", "cluster1/cert-chain.pem"]);
    assert_eq!(
        chain.stderr,
        "certificate 1: cluster1/cert-chain.pem, line 1\ncertificate 2: cluster1/cert-chain.pem, line 14\n"
    );
    let one = workspace.meshpki(["inspect", "cluster1/ca-cert.pem"]);
    assert_eq!(one.stderr, "");
    let root = workspace.meshpki(["inspect", "root-cert.pem"]).succeeds();
    assert_eq!(chain.succeeds(), one.succeeds() + &root);
    let quiet = workspace.meshpki(["inspect", "-q", "cluster1/cert-chain.pem"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn every_encoding_of_the_same_certificates_is_read() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let chain = "cluster1/cert-chain.pem";
    workspace.run(
        "openssl",
        ["x509", "-in", chain, "-outform", "DER", "-out", "one.der"],
    );
    let pkcs7 = ["crl2pkcs7", "-nocrl", "-certfile", chain, "-out"];
    workspace.run("openssl", pkcs7.iter().chain(&["chain.p7b"]));
    workspace.run(
        "openssl",
        pkcs7.iter().chain(&["chain.p7", "-outform", "DER"]),
    );
    let both = workspace.read_text(chain);
    let expected = workspace.meshpki(["inspect", "-q", chain]).succeeds();
    let first = workspace
        .meshpki(["inspect", "cluster1/ca-cert.pem"])
        .succeeds();
    let second = workspace.meshpki(["inspect", "root-cert.pem"]).succeeds();
    workspace.run(
        "openssl",
        [
            "x509",
            "-in",
            "root-cert.pem",
            "-outform",
            "DER",
            "-out",
            "two.der",
        ],
    );
    workspace.write(
        "row.der",
        [workspace.read("one.der"), workspace.read("two.der")].concat(),
    );
    workspace.write("crlf.pem", both.replace('\n', "\r\n"));
    workspace.write("bom.pem", format!("\u{FEFF}{both}"));
    workspace.write("glued.pem", both.replace("-----\n-----", "----------"));
    workspace.write(
        "text.pem",
        format!(
            "subject=x\n{}\nverify\n",
            both.replace("-----BEGIN", "some words\n-----BEGIN")
        ),
    );
    for file in [
        "chain.p7b",
        "chain.p7",
        "row.der",
        "crlf.pem",
        "bom.pem",
        "glued.pem",
        "text.pem",
    ] {
        let shown = workspace.meshpki(["inspect", "-q", file]);
        assert_eq!(shown.succeeds(), expected, "{file}");
    }
    assert_eq!(workspace.meshpki(["inspect", "one.der"]).succeeds(), first);
    assert_eq!(expected, first + &second);
    let stdin = with_stdin(&workspace, &["inspect", "-q"], both.as_bytes());
    assert_eq!(stdin.succeeds(), expected);
    let dash = with_stdin(&workspace, &["inspect", "-q", "-"], both.as_bytes());
    assert_eq!(dash.succeeds(), expected);
    let device = with_stdin(
        &workspace,
        &["inspect", "-q", "/dev/stdin"],
        both.as_bytes(),
    );
    assert_eq!(device.succeeds(), expected);
}

#[test]
fn process_substitution_is_a_file() {
    if !has("bash") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let binary = assert_cmd::cargo::cargo_bin!("meshpki");
    let script = format!(
        "{} inspect --subject <(cat root-cert.pem)",
        binary.display()
    );
    let mut command = Command::new("bash");
    let run = Run::of(command.current_dir(workspace.path()).args(["-c", &script]));
    assert_eq!(run.succeeds(), "subject=O = Istio, CN = Root CA\n");
}

#[test]
fn objects_of_kubernetes_are_named_with_their_keys() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let expected = workspace
        .meshpki(["inspect", "-q", "cluster1/ca-cert.pem"])
        .succeeds();
    let secret = workspace.meshpki(["secret", "cluster1"]).succeeds();
    let shown = with_stdin(&workspace, &["inspect"], secret.as_bytes());
    let object = "stdin, Secret istio-system/cacerts";
    assert_eq!(
        shown.stderr,
        format!(
            "certificate 1: {object}, ca-cert.pem\n\
             certificate 2: {object}, cert-chain.pem\n\
             certificate 3: {object}, cert-chain.pem, line 14\n\
             certificate 4: {object}, root-cert.pem\n\
             private key 1: {object}, ca-key.pem: ECDSA P-256 key of 256 bits; \
             it belongs to certificate 1 of {object}, ca-cert.pem\n"
        )
    );
    assert!(shown.stdout.starts_with(&expected));
    assert_eq!(shown.status, Some(0));

    let root = workspace.read_text("root-cert.pem");
    let config_map = |namespace: &str| {
        serde_json::json!({
            "apiVersion": "v1",
            "data": {"root-cert.pem": root},
            "kind": "ConfigMap",
            "metadata": {"name": "istio-ca-root-cert", "namespace": namespace},
        })
    };
    let other = serde_json::json!({"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "y"}, "data": {"a": "b"}});
    let list = serde_json::json!({
        "apiVersion": "v1", "items": [config_map("a"), other, config_map("b")], "kind": "List", "metadata": {},
    });
    let shown = with_stdin(&workspace, &["inspect"], list.to_string().as_bytes());
    assert_eq!(
        shown.stderr,
        "certificate 1: stdin, ConfigMap a/istio-ca-root-cert, root-cert.pem\n\
         certificate 2: stdin, ConfigMap b/istio-ca-root-cert, root-cert.pem\n"
    );
    let short = with_stdin(
        &workspace,
        &["inspect", "--short"],
        list.to_string().as_bytes(),
    );
    assert!(
        short
            .stdout
            .contains("Certificate 2: stdin, ConfigMap b/istio-ca-root-cert, root-cert.pem\n")
    );
    assert_eq!(short.stderr, "");
}

#[test]
fn what_kubectl_prints_is_read() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for format in ["yaml", "json"] {
        let create = [
            "create",
            "secret",
            "generic",
            "cacerts",
            "-n",
            "istio-system",
            "--dry-run=client",
            "--from-file=cluster1/ca-cert.pem",
            "--from-file=cluster1/root-cert.pem",
            "-o",
            format,
        ];
        let secret = workspace.run("kubectl", create);
        let create = [
            "create",
            "configmap",
            "istio-ca-root-cert",
            "-n",
            "foo",
            "--dry-run=client",
            "--from-file=root-cert.pem",
            "-o",
            format,
        ];
        let config_map = workspace.run("kubectl", create);
        let separator = if format == "yaml" { "---\n" } else { "" };
        let both = format!("{secret}{separator}{config_map}");
        let shown = with_stdin(&workspace, &["inspect", "--serial"], both.as_bytes());
        assert_eq!(
            shown.stderr,
            "certificate 1: stdin, Secret istio-system/cacerts, ca-cert.pem\n\
             certificate 2: stdin, Secret istio-system/cacerts, root-cert.pem\n\
             certificate 3: stdin, ConfigMap foo/istio-ca-root-cert, root-cert.pem\n",
            "{format}"
        );
    }
}

#[test]
fn the_secrets_of_a_proxy_are_named() {
    use base64::Engine;

    let workspace = Workspace::with_clusters(&["cluster1"]);
    let encoded =
        |file: &str| base64::engine::general_purpose::STANDARD.encode(workspace.read(file));
    let dump = serde_json::json!({
        "dynamicActiveSecrets": [
            {"name": "default", "versionInfo": "1", "lastUpdated": "2026-01-01T00:00:00Z", "secret": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
                "name": "default",
                "tlsCertificate": {
                    "certificateChain": {"inlineBytes": encoded("cluster1/cert-chain.pem")},
                    "privateKey": {"inlineBytes": "W3JlZGFjdGVkXQ=="},
                },
            }},
        ],
        "dynamicWarmingSecrets": [
            {"name": "ROOTCA", "secret": {"name": "ROOTCA", "validationContext": {
                "trustedCa": {"inlineBytes": encoded("root-cert.pem")},
            }}},
        ],
    });
    let shown = with_stdin(
        &workspace,
        &["inspect", "--subject"],
        dump.to_string().as_bytes(),
    );
    assert_eq!(
        shown.stderr,
        "certificate 1: stdin, Envoy secret default, tlsCertificate.certificateChain\n\
         certificate 2: stdin, Envoy secret default, tlsCertificate.certificateChain, line 14\n\
         certificate 3: stdin, Envoy secret ROOTCA, validationContext.trustedCa\n"
    );
    assert!(shown.stdout.ends_with("subject=O = Istio, CN = Root CA\n"));
}

#[test]
fn the_value_of_one_key_is_read_as_kubectl_prints_it() {
    use base64::Engine;

    let workspace = Workspace::with_clusters(&[]);
    let value = base64::engine::general_purpose::STANDARD.encode(workspace.read("root-cert.pem"));
    let shown = with_stdin(&workspace, &["inspect", "--subject"], value.as_bytes());
    assert_eq!(shown.succeeds(), "subject=O = Istio, CN = Root CA\n");
}

#[test]
fn data_has_every_field_in_a_stable_order() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let text = workspace
        .meshpki([
            "inspect",
            "-o",
            "json",
            "cluster1/ca-cert.pem",
            "cluster1/ca-key.pem",
        ])
        .succeeds();
    let data = json(&text);
    assert_eq!(data["apiVersion"], "meshpki/v1");
    assert_eq!(data["kind"], "Inspection");
    let certificate = &data["items"][0];
    assert_eq!(
        certificate["subject"],
        "O = Istio, CN = Intermediate CA, L = cluster1"
    );
    assert_eq!(certificate["role"], "intermediate CA");
    assert_eq!(certificate["pathLenConstraint"], 0);
    assert_eq!(
        certificate["keyUsage"],
        serde_json::json!(["keyCertSign", "cRLSign"])
    );
    assert_eq!(
        certificate["subjectAltNames"][0]["value"],
        "istiod.istio-system.svc"
    );
    assert_eq!(certificate["source"]["file"], "cluster1/ca-cert.pem");
    assert_eq!(
        certificate["pem"],
        workspace.read_text("cluster1/ca-cert.pem")
    );
    let end = certificate["notAfter"].as_str().unwrap();
    assert!(end.len() == 20 && end.ends_with('Z'), "{end}");
    let key = &data["privateKeys"][0];
    assert_eq!(key["kind"], "ECDSA P-256");
    assert_eq!(key["certificate"]["file"], "cluster1/ca-cert.pem");
    let order = [
        "\"type\"",
        "\"source\"",
        "\"version\"",
        "\"serialNumber\"",
        "\"issuer\"",
        "\"subject\"",
        "\"notBefore\"",
        "\"fingerprints\"",
        "\"pem\"",
    ];
    let positions: Vec<_> = order.iter().map(|key| text.find(key).unwrap()).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    if has("openssl") {
        let options = [
            "x509",
            "-in",
            "cluster1/ca-cert.pem",
            "-noout",
            "-fingerprint",
            "-sha256",
            "-serial",
        ];
        let theirs = workspace.run("openssl", options);
        let fingerprint = certificate["fingerprints"]["sha256"].as_str().unwrap();
        let serial = certificate["serialNumber"].as_str().unwrap();
        assert_eq!(
            theirs,
            format!("sha256 Fingerprint={fingerprint}\nserial={serial}\n")
        );
    }
}

#[test]
fn yaml_says_what_json_says() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let files = ["cluster1/cert-chain.pem", "cluster1/ca-key.pem"];
    let form = |format| {
        workspace
            .meshpki(["inspect", "-o", format].iter().chain(&files))
            .succeeds()
    };
    let from_yaml: serde_json::Value = serde_saphyr::from_str(&form("yaml")).unwrap();
    assert_eq!(from_yaml, json(&form("json")));
}

#[test]
fn a_private_key_is_named_and_never_printed() {
    let workspace = Workspace::with_clusters(&[]);
    let key = workspace.read_text("root-key.pem");
    let body = key.lines().nth(1).unwrap();
    for form in [
        &["inspect"][..],
        &["inspect", "--short"],
        &["inspect", "-o", "json"],
        &["inspect", "-o", "yaml"],
    ] {
        let shown = workspace.meshpki(form.iter().chain(&["root-key.pem", "root-cert.pem"]));
        assert!(!shown.stdout.contains(body) && !shown.stderr.contains(body));
        assert!(!shown.stdout.contains("PRIVATE KEY"));
    }
    workspace.write("both.pem", key + &workspace.read_text("root-cert.pem"));
    let shown = workspace.meshpki(["inspect", "both.pem"]);
    assert_eq!(
        shown.stderr,
        "private key 1: both.pem, line 1: ECDSA P-256 key of 256 bits; it belongs to certificate 1 of both.pem, line 6\n"
    );
}

#[test]
fn a_private_key_alone_is_named_in_every_form() {
    let workspace = Workspace::with_clusters(&[]);
    let inspect = |form: &[&str]| {
        let arguments = ["inspect", "root-key.pem"];
        workspace.meshpki(arguments.iter().chain(form))
    };
    let run = inspect(&[]);
    assert_eq!(
        run.stderr,
        "private key 1: root-key.pem, line 1: ECDSA P-256 key of 256 bits; it belongs to no certificate of the input\n"
    );
    assert_eq!(run.succeeds(), "");
    assert_eq!(
        inspect(&["--short"]).succeeds(),
        "Private key 1: root-key.pem, line 1\n  kind        ECDSA P-256 key of 256 bits\n  belongs to  no certificate of the input\n"
    );
    let data = json(&inspect(&["-o", "json"]).succeeds());
    assert_eq!(data["items"], serde_json::json!([]));
    assert_eq!(data["privateKeys"][0]["kind"], "ECDSA P-256");
    // These ask of certificates alone.
    for form in [
        &["--subject"][..],
        &["--expires-within", "30d"],
        &["--expires-within", "30d", "--short"],
    ] {
        inspect(form).fails(
            1,
            "error: root-key.pem: there is no certificate in it, but a private key (ECDSA P-256 key of 256 bits)\n",
        );
    }
}

#[test]
fn a_certificate_without_extensions_says_so_on_stderr() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    let request = "req -new -key root-key.pem -subj /CN=v1 -out v1.csr";
    workspace.run("openssl", request.split(' '));
    let sign = "x509 -req -in v1.csr -key root-key.pem -days 9 -out v1.pem";
    workspace.run("openssl", sign.split(' '));
    // OpenSSL sets those aside first whose names are no part of the list.
    for (file, list, stderr) in [
        ("v1.pem", "keyUsage", "No extensions in certificate\n"),
        (
            "root-cert.pem",
            "nameConstraints",
            "No extensions in certificate\n",
        ),
        ("root-cert.pem", "", "No extensions in certificate\n"),
        ("root-cert.pem", "nameConstraints,,keyUsage", ""),
    ] {
        let mut theirs = Command::new("openssl");
        let options = ["x509", "-in", file, "-noout", "-serial", "-ext", list];
        let theirs = Run::of(theirs.current_dir(workspace.path()).args(options));
        let ours = workspace.meshpki(["inspect", "--serial", "--ext", list, file]);
        assert_eq!(ours.stderr, stderr);
        assert_eq!((ours.stderr, ours.stdout), (theirs.stderr, theirs.stdout));
        assert_eq!(ours.status, theirs.status);
    }
    // The text goes without those that are set aside, and the last list counts.
    for line in [
        "-text -ext keyUsage,subjectKeyIdentifier",
        "-ext basicConstraints -text",
        "-ext keyUsage -subject -ext basicConstraints -serial",
        "-text -ext keyUsage -ext nameConstraints",
        "-ext keyUsage,subjectKeyIdentifier,keyUsage",
    ] {
        let theirs = format!("x509 -in root-cert.pem -noout {line}");
        let theirs = workspace.run("openssl", theirs.split(' '));
        let ours = format!("inspect root-cert.pem {line}").replace(" -", " --");
        let ours = workspace.meshpki(ours.split(' '));
        assert_eq!(ours.stdout, theirs, "{line}");
        assert_eq!(ours.status, Some(0), "{line}");
    }
    // OpenSSL 3.0 says nothing of this one.
    let part = workspace.meshpki(["inspect", "--ext", "keyUsages", "root-cert.pem"]);
    assert_eq!(part.stderr, "");
    assert_eq!(part.succeeds(), "No extensions matched with keyUsages\n");
}

#[test]
fn a_digest_is_named_as_openssl_names_it() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    for digest in [&[][..], &["sha1"], &["sha256"], &["sha384"], &["sha512"]] {
        let one = digest.iter().map(|name| format!("-{name}"));
        let options = ["x509", "-in", "root-cert.pem", "-noout", "-fingerprint"];
        let options = options.map(str::to_owned).into_iter().chain(one);
        let theirs = workspace.run("openssl", options);
        let two = digest.iter().map(|name| format!("--{name}"));
        let options = ["inspect", "root-cert.pem", "--fingerprint"];
        let options = options.map(str::to_owned).into_iter().chain(two);
        assert_eq!(workspace.meshpki(options).succeeds(), theirs);
    }
}

#[test]
fn a_folder_is_refused_with_the_files_in_it() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    std::fs::create_dir(workspace.join("empty")).unwrap();
    for command in ["inspect", "verify"] {
        workspace.meshpki([command, "cluster1/"]).fails(
            1,
            "error: cannot read cluster1/: it is a folder\n\
             hint: name a file in it: cluster1/ca-cert.pem, cluster1/cert-chain.pem or cluster1/root-cert.pem\n",
        );
        workspace.meshpki([command, "."]).fails(
            1,
            "error: cannot read .: it is a folder\nhint: name the file in it: ./root-cert.pem\n",
        );
        workspace.meshpki([command, "empty"]).fails(
            1,
            "error: cannot read empty: it is a folder\nhint: name a file in it\n",
        );
    }
}

#[test]
fn values_before_a_certificate_in_der_are_passed_over_as_openssl_does() {
    let workspace = Workspace::with_clusters(&[]);
    let root = workspace.certificate("root-cert.pem");
    workspace.write(
        "row.der",
        [b"\x05\x00\x30\x03\x02\x01\x01", root.der()].concat(),
    );
    let run = workspace.meshpki(["inspect", "--subject", "row.der"]);
    assert_eq!(run.succeeds(), "subject=O = Istio, CN = Root CA\n");
    workspace.write("junk.der", [b"\x30\x85", root.der()].concat());
    workspace.meshpki(["inspect", "junk.der"]).fails(
        1,
        "error: junk.der: there is no certificate in it: it is binary data, and no DER of a certificate\n",
    );
}

#[test]
fn what_expires_is_named_and_is_status_2() {
    let workspace = Workspace::new();
    let roots = [("soon", "20"), ("late", "400")];
    for (folder, days) in roots {
        std::fs::create_dir(workspace.join(folder)).unwrap();
        let root = [
            "-C",
            folder,
            "root-ca",
            "--key-type",
            "p256",
            "--cn",
            folder,
            "--days",
            days,
        ];
        workspace.meshpki(root).succeeds();
    }
    let files = ["soon/root-cert.pem", "late/root-cert.pem"];
    let within = |time: &str, form: &[&str]| {
        let arguments = ["inspect", "--expires-within", time];
        workspace.meshpki(arguments.iter().chain(form).chain(&files))
    };
    let none = within("12h", &[]);
    assert_eq!(
        (none.status, none.stdout.as_str(), none.stderr.as_str()),
        (Some(0), "", "")
    );
    let one = within("30d", &[]);
    assert_eq!(one.status, Some(2));
    let start = "soon/root-cert.pem, line 1: O = Istio, CN = soon: expires ";
    assert!(one.stdout.starts_with(start), "{}", one.stdout);
    assert!(one.stdout.ends_with(" (19 days left)\n"), "{}", one.stdout);
    assert_eq!(within("60w", &[]).stdout.lines().count(), 2);
    let data = within("30d", &["-o", "json"]);
    assert_eq!(data.status, Some(2));
    assert_eq!(json(&data.stdout)["items"].as_array().unwrap().len(), 1);
    let nothing = within("12h", &["-o", "json"]);
    assert_eq!(json(&nothing.succeeds())["items"], serde_json::json!([]));
    let wrong = within("30", &[]);
    assert_eq!(wrong.status, Some(64));
    assert!(
        wrong.stderr.contains("\"30\" is no length of time"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn what_expires_and_has_no_subject_goes_by_its_other_name() {
    let workspace = Workspace::new();
    workspace
        .meshpki(["root-ca", "--key-type", "p256"])
        .succeeds();
    let clusters = ["cluster-cacerts", "--key-type", "p256", "cluster1"];
    workspace.meshpki(clusters).succeeds();
    workspace.meshpki(["workload-certs", "foo"]).succeeds();
    let run = workspace.meshpki(["inspect", "--expires-within", "2d", "foo/cert-chain.pem"]);
    assert_eq!(run.status, Some(2));
    let start =
        "foo/cert-chain.pem, line 1: URI:spiffe://cluster.local/ns/foo/sa/default: expires ";
    assert!(run.stdout.starts_with(start), "{}", run.stdout);
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let workspace = Workspace::with_clusters(&[]);
    let run = workspace.meshpki(["inspect", "--subject", "absent.pem", "root-cert.pem"]);
    assert_eq!(run.status, Some(1));
    assert_eq!(run.stdout, "subject=O = Istio, CN = Root CA\n");
    assert_eq!(
        run.stderr,
        "error: cannot read absent.pem: No such file or directory (os error 2)\ncertificate 1: root-cert.pem, line 1\n"
    );
}

#[test]
fn a_broken_block_beside_a_good_one_is_warned_of() {
    let workspace = Workspace::with_clusters(&[]);
    let root = workspace.read_text("root-cert.pem");
    workspace.write(
        "mixed.pem",
        format!("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n{root}"),
    );
    let run = workspace.meshpki(["inspect", "--subject", "mixed.pem"]);
    assert_eq!(run.status, Some(0));
    assert_eq!(run.stdout, "subject=O = Istio, CN = Root CA\n");
    assert_eq!(
        run.stderr,
        "warning: mixed.pem: the CERTIFICATE block on line 1 cannot be read: it is not valid base64\n"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    if !has("bash") {
        return;
    }
    let workspace = Workspace::with_clusters(&[]);
    workspace.write(
        "many.pem",
        workspace.read_text("root-cert.pem").repeat(2000),
    );
    let binary = assert_cmd::cargo::cargo_bin!("meshpki");
    for form in ["", "--short", "-o json", "-o yaml"] {
        let script = format!(
            "{} inspect -q {form} many.pem | head -n 1; echo ${{PIPESTATUS[0]}}",
            binary.display()
        );
        let mut command = Command::new("bash");
        let run = Run::of(command.current_dir(workspace.path()).args(["-c", &script]));
        assert_eq!(run.stderr, "");
        assert!(run.stdout.ends_with("\n0\n"), "{}", run.stdout);
    }
}

#[test]
fn a_broken_configuration_is_of_no_concern() {
    let workspace = Workspace::with_clusters(&[]);
    workspace.write("meshpki.toml", "not = [toml");
    workspace
        .meshpki(["inspect", "--subject", "root-cert.pem"])
        .succeeds();
}
