//! What `meshpki secret` refuses: what istiod would not load, or the mesh would break on.

mod common;

use common::{Run, Workspace, has};
use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::certificate::{
    BasicConstraints, Certificate, CertificateSpec, ExtendedKeyUsage, KeyUsage,
};
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::Validity;
use time::OffsetDateTime;
use time::macros::datetime;

const RENEW: &str = "a new certificate: meshpki cluster-cacerts --renew cluster1";
const REKEY: &str = "a new key and certificate: meshpki cluster-cacerts --rekey cluster1";
const KEY_BACK: &str =
    "put the right key back, or make a new one: meshpki cluster-cacerts --rekey cluster1";
const ANOTHER_CA: &str =
    "a new certificate under another CA: meshpki cluster-cacerts --renew cluster1";

const ALWAYS: [OffsetDateTime; 2] = [
    datetime!(2020-01-01 0:00 UTC),
    datetime!(9999-01-01 0:00 UTC),
];
const PAST: [OffsetDateTime; 2] = [
    datetime!(2020-01-01 0:00 UTC),
    datetime!(2021-01-01 0:00 UTC),
];
const FUTURE: [OffsetDateTime; 2] = [
    datetime!(9000-01-01 0:00 UTC),
    datetime!(9999-01-01 0:00 UTC),
];

fn validity([not_before, not_after]: [OffsetDateTime; 2]) -> Validity {
    Validity::new(not_before, not_after).expect("a period")
}

/// A CA of the tests: what it was issued from, so that twins of it can be made.
struct Ca {
    spec: CertificateSpec,
    key: String,
    certificate: Certificate,
}

impl Ca {
    fn root(name: &str) -> Self {
        Self::make(None, name, |_| ())
    }

    fn below(&self, name: &str) -> Self {
        Self::make(Some(self), name, |_| ())
    }

    fn make(issuer: Option<&Self>, name: &str, change: impl FnOnce(&mut CertificateSpec)) -> Self {
        let subject = [
            (Attribute::Organization, "Istio"),
            (Attribute::CommonName, name),
        ];
        let subject = DistinguishedName::new(subject).expect("a name");
        let mut spec = profile::root_ca(subject, validity(ALWAYS), None);
        change(&mut spec);
        let key = PrivateKey::generate(KeySpec::EcdsaP256).expect("a key");
        let key = key.to_pem().expect("PEM").to_string();
        Self::issue(issuer, spec, key)
    }

    fn issue(issuer: Option<&Self>, spec: CertificateSpec, key: String) -> Self {
        let private = PrivateKey::from_pem(key.as_bytes()).expect("a key");
        let certificate = if let Some(issuer) = issuer {
            let public = private.public_key().expect("a public key");
            let issued = issuer.authority().issue(&spec, &public);
            issued.expect("a certificate")
        } else {
            let root = CertificateAuthority::self_signed(&spec, private).expect("a root");
            root.certificate().clone()
        };
        Self {
            spec,
            key,
            certificate,
        }
    }

    /// Another certificate of the same name and key, by `issuer` or by itself: it takes this one's
    /// place above what this one has issued.
    fn twin(&self, issuer: Option<&Self>, change: impl FnOnce(&mut CertificateSpec)) -> Self {
        let mut spec = self.spec.clone();
        change(&mut spec);
        Self::issue(issuer, spec, self.key.clone())
    }

    fn authority(&self) -> CertificateAuthority {
        let key = PrivateKey::from_pem(self.key.as_bytes()).expect("a key");
        CertificateAuthority::new(self.certificate.clone(), key).expect("a CA")
    }
}

fn pem(cas: &[&Ca]) -> String {
    cas.iter().map(|ca| ca.certificate.to_pem()).collect()
}

/// The folder of a cluster that signs with `signing`.
fn cluster(signing: &Ca, chain: &[&Ca], roots: &[&Ca]) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("cluster1/ca-cert.pem", pem(&[signing]));
    workspace.write("cluster1/ca-key.pem", &signing.key);
    workspace.write("cluster1/cert-chain.pem", pem(chain));
    workspace.write("cluster1/root-cert.pem", pem(roots));
    workspace
}

fn secret(workspace: &Workspace) -> Run {
    workspace.meshpki(["secret", "cluster1"])
}

fn change(workspace: &Workspace, file: &str, change: impl FnOnce(String) -> String) {
    let path = format!("cluster1/{file}");
    workspace.write(&path, change(workspace.read_text(&path)));
}

/// It is refused with each of these files, facts and hints, and with nothing else.
#[track_caller]
fn is_refused(workspace: &Workspace, findings: &[(&str, &str, &str)]) {
    let before = workspace.snapshot();
    let mut expected = String::new();
    for (file, fact, hint) in findings {
        expected += &format!("error: cluster1/{file}: {fact}\nhint: {hint}\n");
    }
    secret(workspace).fails(1, &expected);
    assert_eq!(workspace.snapshot(), before);
}

/// As [`is_refused`], where the fact ends with what the clock says.
#[track_caller]
fn is_refused_now(workspace: &Workspace, file: &str, fact: &str, hint: &str) {
    let run = secret(workspace);
    let start = format!("error: cluster1/{file}: {fact}, and now is ");
    assert!(run.stderr.starts_with(&start), "{}", run.stderr);
    assert!(
        run.stderr.ends_with(&format!("\nhint: {hint}\n")),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert_eq!((run.status, &*run.stdout), (Some(1), ""));
}

/// The command in the hint is run, and then there is a Secret.
#[track_caller]
fn helps(workspace: &Workspace, command: &str) {
    let words = command.split(' ').skip(1);
    workspace.meshpki(words).succeeds();
    secret(workspace).succeeds();
}

const RUN_RENEW: &str = "meshpki cluster-cacerts --renew cluster1";
const RUN_REKEY: &str = "meshpki cluster-cacerts --rekey cluster1";

#[test]
fn a_cluster_that_is_not_there_is_named_with_the_command_that_makes_it() {
    Workspace::with_clusters(&[])
        .meshpki(["secret", "cluster1"])
        .fails(
            1,
            "error: there is no folder cluster1\n\
         hint: make it first: meshpki cluster-cacerts cluster1\n",
        );
}

#[test]
fn each_file_that_is_missing_is_named() {
    for (file, hint, command) in [
        ("ca-cert.pem", RENEW, RUN_RENEW),
        ("ca-key.pem", KEY_BACK, RUN_REKEY),
        ("cert-chain.pem", RENEW, RUN_RENEW),
        ("root-cert.pem", RENEW, RUN_RENEW),
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        std::fs::remove_file(workspace.join("cluster1").join(file)).unwrap();
        let fact = "it is missing: istiod does not start with an incomplete set of files";
        is_refused(&workspace, &[(file, fact, hint)]);
        helps(&workspace, command);
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.join("cluster1")).unwrap();
    workspace.meshpki(["secret", "cluster1"]).fails(
        1,
        "error: cluster1: there is no cluster's file in the folder\n\
         hint: make it: meshpki cluster-cacerts cluster1\n",
    );
    workspace.write("cluster1/ca-crl.pem", "");
    let fact = "it is missing: istiod does not start with an incomplete set of files";
    is_refused(
        &workspace,
        &[
            ("ca-cert.pem", fact, RENEW),
            ("ca-key.pem", fact, KEY_BACK),
            ("cert-chain.pem", fact, RENEW),
            ("root-cert.pem", fact, RENEW),
        ],
    );
}

#[test]
fn the_rule_and_its_source_are_told_to_those_who_ask() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("cluster1/cert-chain.pem", "");
    workspace.meshpki(["-v", "secret", "cluster1"]).fails(
        1,
        "error: cluster1/cert-chain.pem: it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail\n\
         hint: a new certificate: meshpki cluster-cacerts --renew cluster1\n\
         rule chain-start: istio security/pkg/server/ca/server.go; security/pkg/pki/ca/ca.go, minTTL\n",
    );
}

#[test]
fn the_key_of_another_certificate_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    workspace.write("cluster1/ca-key.pem", workspace.read("cluster2/ca-key.pem"));
    let fact = "it is not the key of ca-cert.pem, O = Istio, CN = Intermediate CA, L = cluster1";
    is_refused(&workspace, &[("ca-key.pem", fact, KEY_BACK)]);
    helps(&workspace, RUN_REKEY);
}

#[test]
fn an_encrypted_key_is_refused_and_the_hint_decrypts_it() {
    if !has("openssl") {
        return;
    }
    for form in [
        &["pkcs8", "-topk8", "-v2", "aes-256-cbc"][..],
        &["ec", "-aes128"],
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        let files = [
            "-in",
            "cluster1/ca-key.pem",
            "-out",
            "key",
            "-passout",
            "pass:four",
        ];
        workspace.run("openssl", form.iter().chain(&files));
        std::fs::rename(workspace.join("key"), workspace.join("cluster1/ca-key.pem")).unwrap();
        let hint = "decrypt it as one PKCS#8 block: openssl pkey -in cluster1/ca-key.pem -out cluster1/ca-key.pem.new && mv cluster1/ca-key.pem.new cluster1/ca-key.pem";
        let fact = "the private key is encrypted: istiod cannot ask for a passphrase";
        is_refused(&workspace, &[("ca-key.pem", fact, hint)]);
        let (_, command) = hint.split_once(": ").unwrap();
        let command = command.replace("pkey", "pkey -passin pass:four");
        workspace.run("sh", ["-c", &command]);
        secret(&workspace).succeeds();
        assert_eq!(workspace.mode("cluster1/ca-key.pem"), 0o600);
    }
}

#[test]
fn leading_ec_parameters_are_refused_and_the_hint_removes_them() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.run(
        "openssl",
        ["ecparam", "-name", "prime256v1", "-out", "parameters"],
    );
    workspace.run(
        "openssl",
        ["ec", "-in", "cluster1/ca-key.pem", "-out", "key"],
    );
    let key = workspace.read_text("parameters") + &workspace.read_text("key");
    workspace.write("cluster1/ca-key.pem", key);
    let fact = "it begins with the block \"EC PARAMETERS\": istiod reads the first block alone, and wants a private key there";
    let hint = "write the key as one PKCS#8 block: openssl pkey -in cluster1/ca-key.pem -out cluster1/ca-key.pem.new && mv cluster1/ca-key.pem.new cluster1/ca-key.pem";
    is_refused(&workspace, &[("ca-key.pem", fact, hint)]);
    let (_, command) = hint.split_once(": ").unwrap();
    workspace.run("sh", ["-c", command]);
    secret(&workspace).succeeds();
}

#[test]
fn keys_of_the_three_forms_that_istiod_reads_are_fine() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.run(
        "openssl",
        ["ec", "-in", "cluster1/ca-key.pem", "-out", "key"],
    );
    workspace.write("cluster1/ca-key.pem", workspace.read("key"));
    secret(&workspace).succeeds();

    let workspace = Workspace::new();
    workspace
        .meshpki(["root-ca", "--key-type", "p256"])
        .succeeds();
    workspace
        .meshpki(["cluster-cacerts", "--key-type", "rsa-2048", "cluster1"])
        .succeeds();
    let arguments = [
        "rsa",
        "-traditional",
        "-in",
        "cluster1/ca-key.pem",
        "-out",
        "key",
    ];
    workspace.run("openssl", arguments);
    workspace.write("cluster1/ca-key.pem", workspace.read("key"));
    assert!(
        workspace
            .read_text("key")
            .starts_with("-----BEGIN RSA PRIVATE KEY-----\n")
    );
    secret(&workspace).succeeds();
}

#[test]
fn a_key_under_a_label_that_istiod_does_not_know_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    change(&workspace, "ca-key.pem", |key| {
        key.replace("PRIVATE KEY", "ANY PRIVATE KEY")
    });
    let fact =
        "the private key is in the block \"ANY PRIVATE KEY\": istiod reads none of that name";
    let hint = "write it as one PKCS#8 block: openssl pkey -in cluster1/ca-key.pem -out cluster1/ca-key.pem.new && mv cluster1/ca-key.pem.new cluster1/ca-key.pem";
    is_refused(&workspace, &[("ca-key.pem", fact, hint)]);
}

#[test]
fn a_key_file_without_a_readable_key_is_refused() {
    let block =
        |body: &str| format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
    for (key, fact) in [
        (String::new(), "there is no private key in it"),
        (
            block("AAAA\n"),
            "the PRIVATE KEY block on line 1 is not a private key",
        ),
        (
            block("!\n"),
            "the PRIVATE KEY block on line 1 cannot be read: it is not valid base64",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n".to_owned(),
            "the PRIVATE KEY block on line 1 cannot be read: it has no END line",
        ),
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        workspace.write("cluster1/ca-key.pem", key);
        is_refused(&workspace, &[("ca-key.pem", fact, REKEY)]);
        helps(&workspace, RUN_REKEY);
    }
}

#[test]
fn a_kind_of_key_that_the_mesh_does_not_take_is_refused() {
    if !has("openssl") {
        return;
    }
    for (algorithm, fact) in [
        (
            &["-algorithm", "ed25519"][..],
            "its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521",
        ),
        (
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            "an RSA key of 1024 bits is too short: Envoy and ztunnel take no less than 2048",
        ),
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        let arguments = ["genpkey", "-out", "cluster1/ca-key.pem", "-quiet"];
        workspace.run("openssl", arguments.iter().take(3).chain(algorithm));
        is_refused(&workspace, &[("ca-key.pem", fact, REKEY)]);
        helps(&workspace, RUN_REKEY);
    }
}

#[test]
fn a_chain_that_starts_with_another_certificate_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let root = workspace.read_text("cluster1/root-cert.pem");
    workspace.write("cluster1/cert-chain.pem", &root);
    let fact = "it begins with O = Istio, CN = Root CA, and not with ca-cert.pem, O = Istio, CN = Intermediate CA, L = cluster1: workloads could not prove whom they were signed by";
    is_refused(&workspace, &[("cert-chain.pem", fact, RENEW)]);
    helps(&workspace, RUN_RENEW);
}

#[test]
fn an_empty_chain_is_right_only_below_no_other_ca() {
    let root = Ca::root("Root CA");
    secret(&cluster(&root, &[], &[&root])).succeeds();
    // An intermediate CA that is trusted itself needs no chain either.
    let ca = root.below("Cluster CA");
    secret(&cluster(&ca, &[], &[&ca])).succeeds();

    let fact = "it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail";
    let workspace = cluster(&ca, &[], &[&root]);
    is_refused(&workspace, &[("cert-chain.pem", fact, RENEW)]);
}

#[test]
fn a_chain_of_nothing_but_white_space_is_refused_even_where_none_is_needed() {
    let root = Ca::root("Root CA");
    for text in ["\n", " \r\n\t"] {
        let workspace = cluster(&root, &[], &[&root]);
        workspace.write("cluster1/cert-chain.pem", text);
        let fact = "there is no certificate in it";
        is_refused(&workspace, &[("cert-chain.pem", fact, RENEW)]);
    }
}

#[test]
fn a_root_file_without_a_root_is_refused() {
    for text in ["", "\n"] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        workspace.write("cluster1/root-cert.pem", text);
        let fact = "there is no certificate in it";
        is_refused(&workspace, &[("root-cert.pem", fact, RENEW)]);
        helps(&workspace, RUN_RENEW);
    }
}

#[test]
fn a_chain_that_does_not_reach_a_root_is_refused() {
    let (root, other) = (Ca::root("Root CA"), Ca::root("Other Root CA"));
    let ca = root.below("Cluster CA");
    let no_path = |reason| format!("there is no path from ca-cert.pem to root-cert.pem: {reason}");
    let reason = "O = Istio, CN = Cluster CA: unable to get local issuer certificate";
    is_refused(
        &cluster(&ca, &[&ca], &[&other]),
        &[("cert-chain.pem", &no_path(reason), RENEW)],
    );

    // The CA between is missing.
    let policy = root.below("Policy CA");
    let ca = policy.below("Cluster CA");
    is_refused(
        &cluster(&ca, &[&ca], &[&root]),
        &[("cert-chain.pem", &no_path(reason), RENEW)],
    );

    // The same name, another key.
    let ca = root.below("Cluster CA");
    let namesake = Ca::root("Root CA");
    let workspace = cluster(&ca, &[&ca], &[&namesake]);
    is_refused(&workspace, &[("cert-chain.pem", &no_path(reason), RENEW)]);
}

#[test]
fn three_tiers_are_fine_with_and_without_the_root_in_the_chain() {
    let root = Ca::root("Root CA");
    let policy = root.below("Policy CA");
    let ca = policy.below("Cluster CA");
    secret(&cluster(&ca, &[&ca, &policy], &[&root])).succeeds();
    secret(&cluster(&ca, &[&ca, &policy, &root], &[&root])).succeeds();

    // In the TLS form, what is between goes with the certificate, and the root does not.
    let workspace = cluster(&ca, &[&ca, &policy, &root], &[&root]);
    workspace.write("tls", "{{ files['tls.crt'] }}");
    let arguments = ["secret", "cluster1", "--type", "tls", "--template", "tls"];
    assert_eq!(
        workspace.meshpki(arguments).succeeds(),
        pem(&[&ca, &policy])
    );
}

#[test]
fn a_ca_certificate_that_is_none_is_refused() {
    let root = Ca::root("Root CA");
    let leaf = Ca::make(Some(&root), "Cluster CA", |spec| {
        spec.basic_constraints = BasicConstraints::EndEntity;
    });
    is_refused(
        &cluster(&leaf, &[&leaf], &[&root]),
        &[(
            "ca-cert.pem",
            "it is not a CA certificate: its basicConstraints do not say CA:TRUE",
            RENEW,
        )],
    );

    let mute = Ca::make(Some(&root), "Cluster CA", |spec| {
        spec.key_usage = vec![KeyUsage::CrlSign];
    });
    is_refused(
        &cluster(&mute, &[&mute], &[&root]),
        &[(
            "ca-cert.pem",
            "its keyUsage lacks keyCertSign, so it may not sign certificates",
            RENEW,
        )],
    );

    // Without the extension everything is allowed.
    let silent = Ca::make(Some(&root), "Cluster CA", |spec| spec.key_usage.clear());
    secret(&cluster(&silent, &[&silent], &[&root])).succeeds();
}

#[test]
fn a_ca_above_that_is_none_is_refused() {
    let root = Ca::root("Root CA");
    let policy = root.below("Policy CA");
    let ca = policy.below("Cluster CA");
    let no_path = "there is no path from ca-cert.pem to root-cert.pem: O = Istio, CN = Policy CA:";
    let leaf = policy.twin(Some(&root), |spec| {
        spec.basic_constraints = BasicConstraints::EndEntity;
    });
    let fact = format!("{no_path} invalid CA certificate");
    is_refused(
        &cluster(&ca, &[&ca, &leaf], &[&root]),
        &[("cert-chain.pem", &fact, ANOTHER_CA)],
    );
}

#[test]
fn whatever_on_the_path_is_not_valid_now_is_refused() {
    let root = Ca::root("Root CA");
    let policy = root.below("Policy CA");
    let ca = policy.below("Cluster CA");

    let expired = ca.twin(Some(&policy), |spec| spec.validity = validity(PAST));
    is_refused_now(
        &cluster(&expired, &[&expired, &policy], &[&root]),
        "ca-cert.pem",
        "O = Istio, CN = Cluster CA expired on 2021-01-01T00:00:00Z",
        RENEW,
    );
    let early = ca.twin(Some(&policy), |spec| spec.validity = validity(FUTURE));
    is_refused_now(
        &cluster(&early, &[&early, &policy], &[&root]),
        "ca-cert.pem",
        "O = Istio, CN = Cluster CA is not valid before 9000-01-01T00:00:00Z",
        RENEW,
    );
    let expired = policy.twin(Some(&root), |spec| spec.validity = validity(PAST));
    is_refused_now(
        &cluster(&ca, &[&ca, &expired], &[&root]),
        "cert-chain.pem",
        "O = Istio, CN = Policy CA expired on 2021-01-01T00:00:00Z",
        "once the CA above has a new certificate: meshpki cluster-cacerts --renew cluster1",
    );
    let expired = root.twin(None, |spec| spec.validity = validity(PAST));
    is_refused_now(
        &cluster(&ca, &[&ca, &policy], &[&expired]),
        "root-cert.pem",
        "O = Istio, CN = Root CA expired on 2021-01-01T00:00:00Z",
        "another root: meshpki bundle --help shows the way to it",
    );
}

#[test]
fn an_expired_root_that_nothing_needs_is_fine() {
    let root = Ca::root("Root CA");
    let ca = root.below("Cluster CA");
    let expired = |spec: &mut CertificateSpec| spec.validity = validity(PAST);
    let others = [
        Ca::make(None, "Old Root CA", expired),
        Ca::make(None, "Root CA", expired), // of the same name
        root.twin(None, expired),           // of the same name and key
    ];
    for other in &others {
        secret(&cluster(&ca, &[&ca], &[other, &root])).succeeds();
        secret(&cluster(&ca, &[&ca], &[&root, other])).succeeds();
    }
}

#[test]
fn a_private_key_in_a_file_that_is_handed_out_is_refused() {
    for (file, readers) in [
        ("cert-chain.pem", "workload"),
        ("root-cert.pem", "namespace"),
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        let key = workspace.read_text("cluster1/ca-key.pem");
        change(&workspace, file, |text| text + &key);
        let line = workspace.read_text(format!("cluster1/{file}"));
        let line = 1 + line
            .lines()
            .position(|line| line.contains("PRIVATE"))
            .unwrap();
        let fact = format!(
            "there is a private key on line {line}: istiod would send it to every {readers}"
        );
        let hint = "remove the block, and take the key for known to all who could read the file";
        is_refused(&workspace, &[(file, &fact, hint)]);
    }
}

#[test]
fn blocks_that_istiod_does_not_see_are_refused() {
    let fact = "the BEGIN or END line of the block on line 1 has other text or a byte order mark on it: istiod does not see such a block";
    let hint =
        "give the BEGIN line and the END line a line of their own, without a byte order mark";
    for file in [
        "ca-cert.pem",
        "ca-key.pem",
        "cert-chain.pem",
        "root-cert.pem",
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        change(&workspace, file, |text| format!("\u{FEFF}{text}"));
        is_refused(&workspace, &[(file, fact, hint)]);

        let workspace = Workspace::with_clusters(&["cluster1"]);
        change(&workspace, file, |text| {
            text.trim_end().to_owned() + " # the end\n"
        });
        let refused = secret(&workspace).stderr;
        assert!(refused.contains("has other text"), "{refused}");
    }
}

#[test]
fn blocks_that_share_a_line_are_refused() {
    for file in ["cert-chain.pem", "root-cert.pem"] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        let root = workspace.read_text("root-cert.pem");
        let ca = workspace.read_text("cluster1/ca-cert.pem");
        let lines = ca.lines().count();
        workspace.write(format!("cluster1/{file}"), ca.trim_end().to_owned() + &root);
        let fact = |line| {
            format!(
                "the BEGIN or END line of the block on line {line} has other text or a byte order mark on it: istiod does not see such a block"
            )
        };
        let hint =
            "give the BEGIN line and the END line a line of their own, without a byte order mark";
        is_refused(
            &workspace,
            &[(file, &fact(1), hint), (file, &fact(lines), hint)],
        );
    }
}

#[test]
fn blocks_of_another_label_are_refused() {
    for file in ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        change(&workspace, file, |text| {
            text.replacen(" CERTIFICATE", " TRUSTED CERTIFICATE", 2)
        });
        let fact = match file {
            "ca-cert.pem" => {
                "it begins with a block \"TRUSTED CERTIFICATE\": istiod reads the first block alone, and wants a CERTIFICATE there"
            }
            _ => {
                "the block on line 1 is a \"TRUSTED CERTIFICATE\": istiod wants CERTIFICATE blocks, and nothing else"
            }
        };
        is_refused(&workspace, &[(file, fact, RENEW)]);
        helps(&workspace, RUN_RENEW);
    }
}

#[test]
fn a_block_that_cannot_be_read_is_refused() {
    let garbled = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    for file in ["cert-chain.pem", "root-cert.pem"] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        change(&workspace, file, |text| text + garbled);
        let refused = secret(&workspace);
        let start = format!("error: cluster1/{file}: the block on line ");
        assert!(refused.stderr.starts_with(&start), "{}", refused.stderr);
        assert!(
            refused
                .stderr
                .contains(": it is not an X.509 certificate: "),
            "{}",
            refused.stderr
        );
        assert_eq!((refused.status, &*refused.stdout), (Some(1), ""));
    }
}

#[test]
fn a_root_that_allows_no_ca_two_below_it_is_refused() {
    let root = Ca::root("Root CA");
    let ca = root.below("Cluster CA");
    let narrow = root.twin(None, |spec| {
        spec.basic_constraints = BasicConstraints::Ca { path_len: Some(0) };
    });
    is_refused(
        &cluster(&ca, &[&ca], &[&narrow]),
        &[(
            "ca-cert.pem",
            "what istiod would issue with it is refused in every handshake: O = Istio, CN = Root CA: path length constraint exceeded",
            ANOTHER_CA,
        )],
    );
}

#[test]
fn a_purpose_that_leaves_servers_out_is_refused_wherever_it_stands() {
    let root = Ca::root("Root CA");
    let ca = root.below("Cluster CA");
    let for_clients = |spec: &mut CertificateSpec| {
        spec.extended_key_usage = vec![ExtendedKeyUsage::ClientAuth];
    };
    let fact = |name| {
        format!("the extKeyUsage of O = Istio, CN = {name} lacks serverAuth: istiod does not start")
    };
    let narrow = ca.twin(Some(&root), for_clients);
    is_refused(
        &cluster(&narrow, &[&narrow], &[&root]),
        &[("ca-cert.pem", &fact("Cluster CA"), RENEW)],
    );
    let narrow = root.twin(None, for_clients);
    is_refused(
        &cluster(&ca, &[&ca], &[&narrow]),
        &[("root-cert.pem", &fact("Root CA"), ANOTHER_CA)],
    );
    let wide = ca.twin(Some(&root), |spec| {
        spec.extended_key_usage = vec![ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    });
    secret(&cluster(&wide, &[&wide], &[&root])).succeeds();

    // istiod starts with these: Go takes "any" for serverAuth, and asks for no other purpose.
    for purpose in [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::Any] {
        let servers = ca.twin(Some(&root), |spec| spec.extended_key_usage = vec![purpose]);
        is_refused(
            &cluster(&servers, &[&servers], &[&root]),
            &[(
                "ca-cert.pem",
                "the extKeyUsage of O = Istio, CN = Cluster CA lacks clientAuth: proxies refuse every client",
                RENEW,
            )],
        );
    }
}

#[test]
fn names_that_the_root_excludes_are_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let constrained = |constraint: &str| {
        let arguments = [
            "req",
            "-x509",
            "-new",
            "-key",
            "root-key.pem",
            "-subj",
            "/O=Istio/CN=Root CA",
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-days",
            "36500",
            "-out",
            "cluster1/root-cert.pem",
            "-addext",
        ];
        let constraint = format!("nameConstraints=critical,{constraint}");
        workspace.run("openssl", arguments.iter().copied().chain([&*constraint]));
        workspace.write(
            "cluster1/cert-chain.pem",
            workspace.read("cluster1/ca-cert.pem"),
        );
    };
    let hint = "other names (--san-dns, --trust-domain) or another CA above: meshpki cluster-cacerts --renew cluster1";
    constrained("excluded;URI:cluster.local");
    let fact =
        "what istiod would issue with it is refused in every handshake: excluded subtree violation";
    is_refused(&workspace, &[("ca-cert.pem", fact, hint)]);
    constrained("permitted;DNS:example.com");
    let fact = "there is no path from ca-cert.pem to root-cert.pem: O = Istio, CN = Intermediate CA, L = cluster1: permitted subtree violation";
    is_refused(&workspace, &[("cert-chain.pem", fact, hint)]);
    constrained("permitted;URI:cluster.local");
    secret(&workspace).succeeds();
    // Names of other kinds and trust domains are none of this mesh's.
    constrained("excluded;URI:example.com");
    secret(&workspace).succeeds();
    let elsewhere = ["secret", "cluster1", "--trust-domain", "example.com"];
    assert_eq!(workspace.meshpki(elsewhere).status, Some(1));
}

#[test]
fn windows_line_ends_and_text_around_blocks_are_fine() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for file in [
        "ca-cert.pem",
        "ca-key.pem",
        "cert-chain.pem",
        "root-cert.pem",
    ] {
        change(&workspace, file, |text| {
            format!("# {file}\n\n{text}\nend").replace('\n', "\r\n")
        });
    }
    secret(&workspace).succeeds();
}

#[test]
fn a_set_that_no_secret_holds_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    change(&workspace, "root-cert.pem", |text| {
        text + &"#".repeat(1 << 20)
    });
    let refused = secret(&workspace);
    let start = "error: cluster1/root-cert.pem: the files have 10";
    assert!(refused.stderr.starts_with(start), "{}", refused.stderr);
    let end = " octets, and a Secret holds 1048576\nhint: drop the roots that are no longer in use: meshpki bundle remove CERT\n";
    assert!(refused.stderr.ends_with(end), "{}", refused.stderr);
    assert_eq!((refused.status, &*refused.stdout), (Some(1), ""));
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        text += &format!("{octet:02X}");
        text
    })
}

/// Writes ca-crl.pem with a list of each of `cas`, as `openssl ca` makes them.
fn revocation_lists(workspace: &Workspace, cas: &[(&Ca, &[&Ca], &[&str])]) -> String {
    workspace.write(
        "ca.conf",
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index\ndefault_md=sha256\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n",
    );
    let mut lists = String::new();
    for (ca, revoked, period) in cas {
        let mut index = String::new();
        for revoked in *revoked {
            let serial = hex(revoked.certificate.raw_serial_number());
            index += &format!("R\t99990101000000Z\t200601000000Z\t{serial}\tunknown\t/CN=x\n");
        }
        workspace.write("index", index);
        workspace.write("crl-cert.pem", pem(&[ca]));
        workspace.write("crl-key.pem", &ca.key);
        let arguments = [
            "ca",
            "-gencrl",
            "-config",
            "ca.conf",
            "-cert",
            "crl-cert.pem",
            "-keyfile",
            "crl-key.pem",
        ];
        lists += &workspace.run("openssl", arguments.iter().chain(*period));
    }
    workspace.write("cluster1/ca-crl.pem", &lists);
    lists
}

const CURRENT: &[&str] = &[
    "-crl_lastupdate",
    "20200101000000Z",
    "-crl_nextupdate",
    "99990101000000Z",
];
const EXPIRED: &[&str] = &[
    "-crl_lastupdate",
    "20200101000000Z",
    "-crl_nextupdate",
    "20210101000000Z",
];
const EARLY: &[&str] = &[
    "-crl_lastupdate",
    "90000101000000Z",
    "-crl_nextupdate",
    "99990101000000Z",
];
const NONE: &[&Ca] = &[];

#[test]
fn current_lists_of_every_ca_on_the_path_are_fine() {
    if !has("openssl") {
        return;
    }
    let root = Ca::root("Root CA");
    let other = root.below("Other CA");
    let ca = root.below("Cluster CA");
    let workspace = cluster(&ca, &[&ca], &[&root]);
    let lists = [(&root, &[&other][..], CURRENT), (&ca, NONE, CURRENT)];
    let lists = revocation_lists(&workspace, &lists);
    secret(&workspace).succeeds();
    // An old list beside the current one takes nothing from it.
    revocation_lists(&workspace, &[(&root, NONE, EXPIRED)]);
    change(&workspace, "ca-crl.pem", |old| old + &lists);
    secret(&workspace).succeeds();
}

#[test]
fn a_list_that_is_missing_expired_or_early_is_refused() {
    if !has("openssl") {
        return;
    }
    let root = Ca::root("Root CA");
    let ca = root.below("Cluster CA");
    let workspace = cluster(&ca, &[&ca], &[&root]);
    let missing = |name| format!("there is no CRL signed by O = Istio, CN = {name}");
    // istiod wants one of each certificate of cert-chain.pem, and proxies one of the root as well.
    let of_ca = missing("Cluster CA") + ": istiod does not start";
    let of_root = missing("Root CA") + ": proxies refuse every peer";
    let hint = "add a CRL of that CA, or remove ca-crl.pem";
    revocation_lists(&workspace, &[(&root, NONE, CURRENT)]);
    is_refused(&workspace, &[("ca-crl.pem", &of_ca, hint)]);
    revocation_lists(&workspace, &[(&ca, NONE, CURRENT)]);
    is_refused(&workspace, &[("ca-crl.pem", &of_root, hint)]);
    // A list by another key of the same name is not one of this CA.
    let namesake = Ca::root("Root CA");
    revocation_lists(
        &workspace,
        &[(&ca, NONE, CURRENT), (&namesake, NONE, CURRENT)],
    );
    is_refused(&workspace, &[("ca-crl.pem", &of_root, hint)]);

    let hint = "add a current CRL of that CA, or remove ca-crl.pem";
    revocation_lists(&workspace, &[(&ca, NONE, EXPIRED), (&root, NONE, CURRENT)]);
    let fact = "the CRL of O = Istio, CN = Cluster CA expired on 2021-01-01T00:00:00Z: proxies refuse every peer";
    is_refused(&workspace, &[("ca-crl.pem", fact, hint)]);
    revocation_lists(&workspace, &[(&ca, NONE, CURRENT), (&root, NONE, EARLY)]);
    let fact = "the CRL of O = Istio, CN = Root CA is not valid before 9000-01-01T00:00:00Z: proxies refuse every peer";
    is_refused(&workspace, &[("ca-crl.pem", fact, hint)]);
}

#[test]
fn a_ca_that_is_revoked_is_refused() {
    if !has("openssl") {
        return;
    }
    let root = Ca::root("Root CA");
    let policy = root.below("Policy CA");
    let ca = policy.below("Cluster CA");
    let workspace = cluster(&ca, &[&ca, &policy], &[&root]);
    let lists = [
        (&root, NONE, CURRENT),
        (&policy, &[&ca][..], CURRENT),
        (&ca, NONE, CURRENT),
    ];
    revocation_lists(&workspace, &lists);
    let fact = "O = Istio, CN = Cluster CA is revoked";
    is_refused(&workspace, &[("ca-crl.pem", fact, REKEY)]);
    let lists = [
        (&root, &[&policy][..], CURRENT),
        (&policy, NONE, CURRENT),
        (&ca, NONE, CURRENT),
    ];
    revocation_lists(&workspace, &lists);
    let fact = "O = Istio, CN = Policy CA is revoked";
    is_refused(&workspace, &[("ca-crl.pem", fact, ANOTHER_CA)]);
}

#[test]
fn a_list_by_a_ca_that_may_sign_none_is_refused() {
    if !has("openssl") {
        return;
    }
    let root = Ca::root("Root CA");
    let ca = Ca::make(Some(&root), "Cluster CA", |spec| {
        spec.key_usage = vec![KeyUsage::KeyCertSign];
    });
    let workspace = cluster(&ca, &[&ca], &[&root]);
    revocation_lists(&workspace, &[(&root, NONE, CURRENT), (&ca, NONE, CURRENT)]);
    let fact = "the keyUsage of O = Istio, CN = Cluster CA lacks cRLSign, so no CRL of it is valid: istiod does not start";
    let hint = "remove ca-crl.pem, or give that CA a certificate with cRLSign";
    is_refused(&workspace, &[("ca-crl.pem", fact, hint)]);
}

#[test]
fn a_revocation_file_with_something_else_in_it_is_refused() {
    if !has("openssl") {
        return;
    }
    let root = Ca::root("Root CA");
    let ca = root.below("Cluster CA");
    let workspace = cluster(&ca, &[&ca], &[&root]);
    let lists = revocation_lists(&workspace, &[(&root, NONE, CURRENT), (&ca, NONE, CURRENT)]);
    let only_lists = "write the CRLs into it as X509 CRL blocks, and nothing else";
    for (text, fact, hint) in [
        (
            pem(&[&root]) + &lists,
            "the block on line 1, \"CERTIFICATE\", is not a CRL: istiod does not start",
            only_lists,
        ),
        (
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n".to_owned() + &lists,
            "the block on line 1, \"X509 CRL\", is not a CRL: istiod does not start",
            only_lists,
        ),
        (
            format!("\u{FEFF}{lists}"),
            "the BEGIN or END line of the block on line 1 has other text or a byte order mark on it: istiod does not see such a block",
            "give the BEGIN line and the END line a line of their own, without a byte order mark",
        ),
        (
            ca.key.clone() + &lists,
            "there is a private key on line 1: istiod would send it to every namespace",
            "remove the block, and take the key for known to all who could read the file",
        ),
    ] {
        workspace.write("cluster1/ca-crl.pem", text);
        is_refused(&workspace, &[("ca-crl.pem", fact, hint)]);
    }
}

#[test]
fn no_refusal_prints_a_key() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let key = workspace.read_text("cluster1/ca-key.pem");
    let body = key.lines().nth(1).expect("base64");
    for file in [
        "ca-cert.pem",
        "cert-chain.pem",
        "root-cert.pem",
        "ca-crl.pem",
    ] {
        let workspace = Workspace::with_clusters(&["cluster1"]);
        workspace.write(format!("cluster1/{file}"), &key);
        let refused = workspace.meshpki(["-v", "secret", "cluster1"]);
        assert_eq!(refused.status, Some(1));
        assert!(!refused.stderr.contains(body), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
}

#[test]
fn a_crl_of_version_1_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("index", "");
    workspace.write(
        "ca.conf",
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index\ndefault_md=sha256\n",
    );
    let arguments = [
        "ca",
        "-gencrl",
        "-config",
        "ca.conf",
        "-crldays",
        "9",
        "-cert",
        "root-cert.pem",
        "-keyfile",
        "root-key.pem",
        "-out",
        "cluster1/ca-crl.pem",
    ];
    workspace.run("openssl", arguments);
    let refused = secret(&workspace);
    assert_eq!(refused.status, Some(1));
    assert_eq!(
        refused.stderr.lines().collect::<Vec<_>>()[..2],
        [
            "error: cluster1/ca-crl.pem: the CRL on line 1 is of version 1, without extensions, and Go reads version 2 alone: istiod does not start",
            "hint: make it of version 2: with openssl ca, crl_extensions in its settings does so",
        ]
    );
}

#[test]
fn a_root_with_a_negative_serial_number_is_refused() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let arguments = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "root-key.pem",
        "-out",
        "root-cert.pem",
        "-subj",
        "/CN=Root",
        "-set_serial",
        "-5",
    ];
    workspace.run("openssl", arguments);
    workspace.meshpki(["cluster-cacerts", "cluster1"]).fails(
        1,
        "error: the root cannot be used: root-cert.pem: the block on line 1: its serial number is negative\n\
         hint: keep the CERTIFICATE blocks of the mesh's roots, and nothing else\n",
    );
}

#[test]
fn the_folder_of_a_workload_is_no_clusters() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.meshpki(["workload-certs", "foo"]).succeeds();
    let before = workspace.snapshot();
    workspace.meshpki(["secret", "foo"]).fails(
        1,
        "error: foo: key.pem is there: the folder is a workload's\n\
         hint: name the folder of a cluster\n",
    );
    assert_eq!(workspace.snapshot(), before);
}
