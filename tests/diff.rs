//! `meshpki diff`: of files, folders, Secrets and ConfigMaps, each against the other.

mod common;

use common::pki::{CA, Pki};
use common::secrets::{fed, got_as_json, got_as_yaml};
use common::{Run, Workspace, has};
use serde_json::{Value, json};

/// What is printed, and the status.
#[track_caller]
fn prints(run: &Run, status: i32, stdout: &str) {
    assert_eq!(run.stderr, "");
    assert_eq!(run.stdout, stdout);
    assert_eq!(run.status, Some(status));
}

#[track_caller]
fn diff(workspace: &Workspace, before: &str, after: &str, status: i32, stdout: &str) {
    prints(&workspace.meshpki(["diff", before, after]), status, stdout);
}

/// `kubectl get cm istio-ca-root-cert -n NAMESPACE -o json --show-managed-fields`, as istiod makes
/// it, with an annotation of `kubectl annotate`.
fn config_map(namespace: &str, root: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "data": {"root-cert.pem": root},
        "kind": "ConfigMap",
        "metadata": {
            "annotations": {"owner": "mesh-team"},
            "creationTimestamp": "2026-11-22T00:38:00Z",
            "labels": {"istio.io/config": "true"},
            "managedFields": [{
                "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {".": {}, "f:root-cert.pem": {}}, "f:metadata": {}},
                "manager": "pilot-discovery",
                "operation": "Update",
                "time": "2026-11-22T00:38:00Z",
            }],
            "name": "istio-ca-root-cert",
            "namespace": namespace,
            "resourceVersion": "1187",
            "uid": "0c2bd6a1-7a2b-4a4c-9f8e-52c0e7a5c2ce",
        },
    })
}

/// `kubectl get ... -o json` of several.
fn list(items: &[Value]) -> String {
    let list = json!({
        "apiVersion": "v1",
        "items": items,
        "kind": "List",
        "metadata": {"resourceVersion": ""},
    });
    serde_json::to_string_pretty(&list).unwrap()
}

/// root.pem and other.pem, of another key and the same name; inter.pem, and again.pem of the same
/// key; b.pem, of another name; leaf.pem.
fn zoo() -> Pki {
    let pki = Pki::with_chain();
    let dates = ["20200101000000Z", "20400101000000Z"];
    pki.issue("other", "/O=Istio/CN=Root CA", "other", CA);
    let name = "/O=Istio/CN=Intermediate CA";
    pki.issue_between("again", "inter", name, "root", CA, dates);
    pki.issue("b", "/O=Istio/CN=Root CA B", "b", CA);
    pki
}

#[test]
fn the_walk_through_finds_its_certificates_identical() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let split = ["split", "cluster1/cert-chain.pem"];
    workspace.meshpki(split).succeeds();
    for (file, proxy) in [("root-cert", 2), ("ca-cert", 1)] {
        let file = format!("cluster1/{file}.pem");
        let proxy = format!("proxy-cert-{proxy}.pem");
        diff(&workspace, &file, &proxy, 0, "identical\n");
        let run = fed(
            &workspace,
            &["diff", "-", &proxy],
            &workspace.read_text(&file),
        );
        prints(&run, 0, "identical\n");
    }
}

#[test]
fn other_bytes_are_said_and_are_no_difference() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let root = workspace.read_text("root.pem");
    workspace.write("crlf.pem", root.replace('\n', "\r\n"));
    workspace.write("noted.pem", format!("# the root\n{root}"));
    let der = "x509 -in root.pem -outform DER -out root.der";
    workspace.run("openssl", der.split(' '));
    for other in ["crlf.pem", "noted.pem", "root.der"] {
        let same = "the same certificates, other bytes\n";
        diff(workspace, "root.pem", other, 0, same);
    }
}

#[test]
fn what_was_issued_again_is_told_by_what_changed() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let serial = |name: &str| {
        let serial = pki.x509(name, "-serial");
        serial.trim().trim_start_matches("serial=").to_owned()
    };
    let expected = format!(
        "re-issued with the same key: intermediate CA, O = Istio, CN = Intermediate CA\n  \
         - serial number: {}\n  + serial number: {}\n  \
         - notAfter: 2050-01-01T00:00:00Z\n  + notAfter: 2040-01-01T00:00:00Z\n",
        serial("inter"),
        serial("again")
    );
    diff(workspace, "inter.pem", "again.pem", 2, &expected);
}

#[test]
fn another_key_another_name_and_what_comes_or_goes_are_told_apart() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let run = workspace.meshpki(["diff", "root.pem", "other.pem"]);
    let start =
        "another key under the same name: root CA, O = Istio, CN = Root CA\n  - serial number: ";
    assert!(run.stdout.starts_with(start), "{}", run.stdout);
    assert!(
        run.stdout.contains("\n  + public key SHA-256: "),
        "{}",
        run.stdout
    );
    assert_eq!(run.status, Some(2));

    let expected = format!(
        "another root CA: O = Istio, CN = Root CA B\n  \
         - root CA, O = Istio, CN = Root CA, expires 2050-01-01, SHA-256 {}\n  \
         + root CA, O = Istio, CN = Root CA B, expires 2050-01-01, SHA-256 {}\n",
        pki.fingerprint("root"),
        pki.fingerprint("b")
    );
    diff(workspace, "root.pem", "b.pem", 2, &expected);

    pki.join("both.pem", &["root.pem", "b.pem"]);
    let root_b = "root CA, O = Istio, CN = Root CA B, expires 2050-01-01\n";
    diff(
        workspace,
        "root.pem",
        "both.pem",
        2,
        &format!("added: {root_b}"),
    );
    diff(
        workspace,
        "both.pem",
        "root.pem",
        2,
        &format!("removed: {root_b}"),
    );
    let both = "2 differences\n  \
         removed: root CA, O = Istio, CN = Root CA, expires 2050-01-01\n  \
         added: leaf, O = Istio, CN = leaf, expires 2050-01-01\n";
    diff(workspace, "root.pem", "leaf.pem", 2, both);
}

#[test]
fn another_order_is_a_difference() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    pki.join("reversed.pem", &["inter.pem", "leaf.pem"]);
    let reordered = "reordered: the same certificates in another order\n";
    diff(workspace, "chain.pem", "reversed.pem", 2, reordered);
    pki.join("longer.pem", &["inter.pem", "leaf.pem", "root.pem"]);
    let both = "2 differences\n  \
         added: root CA, O = Istio, CN = Root CA, expires 2050-01-01\n  \
         reordered: those on both sides in another order\n";
    diff(workspace, "chain.pem", "longer.pem", 2, both);
}

#[test]
fn keys_are_compared_and_never_shown() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    for arguments in [
        "pkcs8 -topk8 -nocrypt -in root.key -out root.pkcs8",
        "pkcs8 -topk8 -passout pass:secret -in root.key -out sealed.pem",
        "pkcs8 -topk8 -passout pass:secret -in root.key -out sealed2.pem",
    ] {
        workspace.run("openssl", arguments.split(' '));
    }
    let same = "the same private key, other bytes\n";
    diff(workspace, "root.key", "root.pkcs8", 0, same);
    let print = |name: &str| {
        let der = format!("pkey -in {name} -pubout -outform DER -out {name}.pub");
        workspace.run("openssl", der.split(' '));
        let printed = workspace.run("openssl", ["sha256", "-c", &format!("{name}.pub")]);
        let digest = printed.split("= ").nth(1).unwrap().trim().to_uppercase();
        format!("private key, ECDSA P-256 key of 256 bits, public key SHA-256 {digest}")
    };
    let other = format!(
        "another private key: ECDSA P-256 key of 256 bits\n  - {}\n  + {}\n",
        print("root.key"),
        print("b.key")
    );
    diff(workspace, "root.key", "b.key", 2, &other);
    diff(workspace, "sealed.pem", "sealed.pem", 0, "identical\n");
    for after in ["sealed2.pem", "root.key"] {
        workspace.meshpki(["diff", "sealed.pem", after]).fails(
            1,
            "error: a private key is encrypted: whether it is the same cannot be told\n",
        );
    }
}

#[test]
fn crls_and_requests_are_compared_by_their_bytes() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    pki.crl("1.crl", "root", &[], ["20250101000000Z", "20260101000000Z"]);
    pki.crl(
        "2.crl",
        "root",
        &["leaf"],
        ["20250601000000Z", "20260601000000Z"],
    );
    let expected = "another CRL of the same issuer: O = Istio, CN = Root CA\n  \
         - CRL number: 01\n  + CRL number: 02\n  \
         - lastUpdate: 2025-01-01T00:00:00Z\n  + lastUpdate: 2025-06-01T00:00:00Z\n  \
         - nextUpdate: 2026-01-01T00:00:00Z\n  + nextUpdate: 2026-06-01T00:00:00Z\n  \
         - revoked certificates: 0\n  + revoked certificates: 1\n";
    diff(workspace, "1.crl", "2.crl", 2, expected);
    diff(workspace, "leaf.csr", "leaf.csr", 0, "identical\n");
    let run = workspace.meshpki(["diff", "inter.csr", "again.csr"]);
    assert!(
        run.stdout.starts_with("another request with the same key: certification request, O = Istio, CN = Intermediate CA\n  - SHA-256: "),
        "{run:?}"
    );
    assert_eq!(run.status, Some(2));
}

#[test]
fn folders_are_compared_name_by_name() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    workspace.write("cluster1/notes.txt", "no certificate");
    workspace.write("cluster1/values.yaml", "{{ template }}");
    workspace.write("cluster1/.hidden.pem", workspace.read("root-cert.pem"));
    let identical = "ca-cert.pem: identical\nca-key.pem: identical\ncert-chain.pem: identical\nroot-cert.pem: identical\n";
    diff(&workspace, "cluster1", "cluster1/", 0, identical);
    let run = workspace.meshpki(["diff", "cluster1", "cluster2"]);
    let lines: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert_eq!(
        lines,
        [
            "ca-cert.pem: another intermediate CA: O = Istio, CN = Intermediate CA, L = cluster2",
            "ca-key.pem: another private key: ECDSA P-256 key of 256 bits",
            "cert-chain.pem: another intermediate CA: O = Istio, CN = Intermediate CA, L = cluster2",
            "root-cert.pem: identical",
        ]
    );
    assert_eq!(run.status, Some(2));

    std::fs::create_dir(workspace.join("cluster2/inner")).unwrap();
    std::fs::remove_file(workspace.join("cluster2/ca-key.pem")).unwrap();
    for name in ["ca-cert.pem", "cert-chain.pem"] {
        workspace.write(
            format!("cluster2/{name}"),
            workspace.read(format!("cluster1/{name}")),
        );
    }
    let run = workspace.meshpki(["diff", "cluster1", "cluster2"]);
    assert_eq!(
        run.stderr,
        "cluster2: not compared: the folder cluster2/inner\n"
    );
    assert_eq!(
        run.stdout,
        identical.replace("ca-key.pem: identical", "ca-key.pem: only in cluster1")
    );
    assert_eq!(run.status, Some(2));
    workspace.write("one/a.pem", workspace.read("root-cert.pem"));
    workspace.write("other/b.pem", workspace.read("root-cert.pem"));
    let only = "a.pem: only in one\nb.pem: only in other\n";
    diff(&workspace, "one", "other", 2, only);
    // A file and what has its name.
    let run = workspace.meshpki(["diff", "cluster1/ca-cert.pem", "cluster2"]);
    assert_eq!(run.stdout, "ca-cert.pem: identical\n");
}

#[test]
fn a_folder_and_its_secret_are_the_same_in_either_form() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let names = [
        "ca-cert.pem",
        "ca-key.pem",
        "cert-chain.pem",
        "root-cert.pem",
    ];
    let contents = names.map(|name| workspace.read(format!("cluster1/{name}")));
    let values: Vec<_> = names
        .iter()
        .zip(&contents)
        .map(|(name, contents)| (*name, contents.as_slice()))
        .collect();
    let identical = names.map(|name| format!("{name}: identical\n")).concat();
    let secret = got_as_json("cacerts", "Opaque", &values).to_string();
    for secret in [secret.clone(), got_as_yaml("cacerts", "Opaque", &values)] {
        prints(
            &fed(&workspace, &["diff", "cluster1", "-"], &secret),
            0,
            &identical,
        );
        prints(
            &fed(&workspace, &["diff", "-", "cluster1"], &secret),
            0,
            &identical,
        );
    }
    let [certificate, key, _, root] = &contents;
    let values = [
        ("ca.crt", root.as_slice()),
        ("tls.crt", certificate),
        ("tls.key", key),
    ];
    let tls = got_as_yaml("cacerts", "kubernetes.io/tls", &values);
    let same = "tls.crt and cert-chain.pem: the same certificates, other bytes\n\
                tls.key and ca-key.pem: identical\n\
                ca.crt and root-cert.pem: identical\n";
    prints(&fed(&workspace, &["diff", "cluster1", "-"], &tls), 0, same);
    workspace.write("secret.json", secret);
    prints(
        &fed(&workspace, &["diff", "-", "secret.json"], &tls),
        0,
        same,
    );
    workspace
        .meshpki("cluster-cacerts --rekey --key-type p256 cluster1".split(' '))
        .succeeds();
    let run = fed(&workspace, &["diff", "-", "cluster1"], &tls);
    let lines: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert_eq!(
        lines,
        [
            "tls.crt and cert-chain.pem: another key under the same name: intermediate CA, O = Istio, CN = Intermediate CA, L = cluster1",
            "tls.key and ca-key.pem: another private key: ECDSA P-256 key of 256 bits",
            "ca.crt and root-cert.pem: identical",
        ]
    );
    assert_eq!(run.status, Some(2));
}

#[test]
fn a_file_is_held_against_all_that_an_object_has() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let webhook = |roots: [&str; 2]| {
        let webhooks = roots.map(|root| {
            let bundle =
                base64::Engine::encode(&base64::prelude::BASE64_STANDARD, workspace.read(root));
            json!({"name": "x", "clientConfig": {"caBundle": bundle}})
        });
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "istio-sidecar-injector"},
            "webhooks": webhooks,
        })
        .to_string()
    };
    let run = fed(
        workspace,
        &["diff", "root.pem", "-"],
        &webhook(["root.pem"; 2]),
    );
    let line = "istio-sidecar-injector: identical\n";
    prints(&run, 0, &line.repeat(2));

    // The names of its keys are others.
    let secret = got_as_yaml(
        "two",
        "Opaque",
        &[
            ("a", &workspace.read("inter.pem")),
            ("b", &workspace.read("chain.pem")),
            ("c", &workspace.read("root.key")),
        ],
    );
    let same = "istio-system/two: the same certificates, other bytes\n";
    prints(
        &fed(workspace, &["diff", "chain.pem", "-"], &secret),
        0,
        same,
    );
    let removed = "istio-system/two: removed: leaf, O = Istio, CN = leaf, expires 2050-01-01\n";
    prints(
        &fed(workspace, &["diff", "-", "inter.pem"], &secret),
        2,
        removed,
    );
}

#[test]
fn the_namespaces_that_carry_another_root_are_named() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    pki.join("root-cert.pem", &["root.pem"]);
    let [root, b] = ["root.pem", "b.pem"].map(|name| workspace.read_text(name));
    let maps = [
        config_map("default", &root),
        config_map("demo", &b),
        config_map("empty", ""),
        config_map("foo", &format!("{root}\n")),
        config_map("istio-system", &root),
        json!({"kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": "kube-system"}, "data": {"Corefile": "."}}),
    ];
    let run = fed(workspace, &["diff", "root-cert.pem", "-"], &list(&maps));
    let expected = format!(
        "default/istio-ca-root-cert: identical\n\
         istio-system/istio-ca-root-cert: identical\n\
         demo/istio-ca-root-cert: another root CA: O = Istio, CN = Root CA B\n  \
         - root CA, O = Istio, CN = Root CA, expires 2050-01-01, SHA-256 {}\n  \
         + root CA, O = Istio, CN = Root CA B, expires 2050-01-01, SHA-256 {}\n\
         empty/istio-ca-root-cert: there is no certificate in it\n\
         foo/istio-ca-root-cert: the same certificates, other bytes\n\
         kube-system/coredns: not compared: it has no certificates\n",
        pki.fingerprint("root"),
        pki.fingerprint("b")
    );
    prints(&run, 2, &expected);
    let good = list(&[&maps[0], &maps[3], &maps[4], &maps[5]].map(Clone::clone));
    let run = fed(workspace, &["diff", "root-cert.pem", "-"], &good);
    assert_eq!(run.status, Some(0), "{run:?}");
    let run = fed(
        workspace,
        &["diff", "root-cert.pem", "-"],
        &list(&maps[4..]),
    );
    assert_eq!(run.status, Some(0), "{run:?}");
    let run = fed(
        workspace,
        &["diff", "root-cert.pem", "-"],
        &list(&maps[2..3]),
    );
    let expected = "empty/istio-ca-root-cert: there is no certificate in it\n";
    prints(&run, 2, expected);
    // As before a rotation and after it.
    workspace.write("before.json", list(&maps[..2]));
    let after = list(&[config_map("default", &root), config_map("new", &root)]);
    let run = fed(workspace, &["diff", "before.json", "-"], &after);
    let expected = "default/istio-ca-root-cert, root-cert.pem: identical\n\
         demo/istio-ca-root-cert: only in before.json\n\
         new/istio-ca-root-cert: only in stdin\n";
    prints(&run, 2, expected);
}

#[test]
fn an_object_whose_entry_has_no_certificate_differs_from_what_has_one() {
    let workspace = &Workspace::with_clusters(&["cluster1"]);
    for text in ["", "garbage"] {
        let map = config_map("demo", text).to_string();
        workspace.write("map.json", &map);
        let line = "demo/istio-ca-root-cert: there is no certificate in it\n";
        diff(workspace, "root-cert.pem", "map.json", 2, line);
        diff(workspace, "map.json", "root-cert.pem", 2, line);
        let lines = ["ca-cert", "ca-key", "cert-chain", "root-cert"];
        let lines = lines.map(|name| format!("{name}.pem: only in cluster1\n"));
        diff(workspace, "cluster1", "map.json", 2, &lines.concat());
        let json = ["diff", "-o", "json", "root-cert.pem", "map.json"];
        let run = workspace.meshpki(json);
        let data: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(data["items"][0]["verdict"], "noCertificate");
        assert_eq!(run.status, Some(2));

        // Where neither has one there is nothing to compare.
        let none = "there is no certificate in it: it has root-cert.pem, with none in it";
        let errors = format!("error: map.json: {none}\nerror: stdin: {none}\n");
        fed(workspace, &["diff", "map.json", "-"], &map).fails(1, &errors);
    }
}

#[test]
fn a_thousand_namespaces_fit_on_a_screen() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let [root, other, b] = ["root.pem", "other.pem", "b.pem"].map(|name| workspace.read_text(name));
    let maps: Vec<_> = (0..1000)
        .map(|number| {
            let root = match number {
                0..900 => &root,
                900..995 => &b,
                _ => &other,
            };
            config_map(&format!("ns-{number}"), root)
        })
        .collect();
    workspace.write("cms.json", list(&maps));
    let run = workspace.meshpki(["diff", "root.pem", "cms.json"]);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines.len() < 50, "{}", run.stdout);
    assert_eq!(lines[0], "istio-ca-root-cert in 900 namespaces: identical");
    assert_eq!(
        lines[1],
        "istio-ca-root-cert in 95 namespaces: another root CA: O = Istio, CN = Root CA B"
    );
    let names = "    ns-900/istio-ca-root-cert ns-901/istio-ca-root-cert ns-902/istio-ca-root-cert";
    assert!(lines[2].starts_with(names), "{}", lines[2]);
    assert!(
        lines.contains(&"    and 55 more; -v names all"),
        "{}",
        run.stdout
    );
    let named = "ns-999/istio-ca-root-cert: another key under the same name: root CA, O = Istio, CN = Root CA";
    assert!(lines.contains(&named), "{}", run.stdout);
    assert_eq!(
        lines.last(),
        Some(&"1000 compared: 900 identical, 100 differ")
    );
    assert_eq!(run.status, Some(2));
    let run = workspace.meshpki(["-v", "diff", "root.pem", "cms.json"]);
    assert!(
        run.stdout
            .contains("\nns-500/istio-ca-root-cert: identical\n")
    );
    let run = workspace.meshpki(["-q", "diff", "root.pem", "cms.json"]);
    run.fails(2, "");
    let run = workspace.meshpki(["-q", "diff", "root.pem", "cms.json", "-o", "json"]);
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(data["items"].as_array().unwrap().len(), 1000);
}

#[test]
fn what_kubectl_prints_is_compared() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for format in ["yaml", "json"] {
        let line = format!(
            "create configmap istio-ca-root-cert -n foo --dry-run=client --from-file=root-cert.pem -o {format}"
        );
        let map = workspace.run("kubectl", line.split(' '));
        let run = fed(&workspace, &["diff", "root-cert.pem", "-"], &map);
        prints(&run, 0, "foo/istio-ca-root-cert: identical\n");
        let line = format!(
            "create secret generic cacerts -n istio-system --dry-run=client --from-file=cluster1 -o {format}"
        );
        let secret = workspace.run("kubectl", line.split(' '));
        let run = fed(&workspace, &["diff", "cluster1", "-"], &secret);
        assert_eq!(run.status, Some(0), "{run:?}");
        assert_eq!(run.stdout.matches(": identical\n").count(), 4);
    }
}

#[test]
fn data_names_both_sides_and_every_change() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let run = workspace.meshpki(["diff", "inter.pem", "again.pem", "-o", "json"]);
    assert_eq!(run.status, Some(2));
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    let of = |name: &str| {
        json!({
            "type": "certificate",
            "word": "intermediate CA",
            "name": "O = Istio, CN = Intermediate CA",
            "sha256Fingerprint": pki.fingerprint(name),
        })
    };
    let head = ["apiVersion", "kind", "a", "b", "verdict"].map(|field| data[field].as_str());
    let wanted = [
        "meshpki/v1",
        "Comparison",
        "inter.pem",
        "again.pem",
        "differs",
    ];
    assert_eq!(head, wanted.map(Some));
    let item = &data["items"][0];
    assert_eq!(
        (&item["object"], &item["name"]),
        (&Value::Null, &Value::Null)
    );
    let difference = &item["differences"][0];
    assert_eq!(difference["type"], "reissued");
    assert_eq!(
        (&difference["a"], &difference["b"]),
        (&of("inter"), &of("again"))
    );
    let changes = difference["changes"].as_array().unwrap();
    let fields: Vec<_> = changes
        .iter()
        .map(|change| change["field"].as_str())
        .collect();
    assert_eq!(fields, [Some("serial number"), Some("notAfter")]);
    assert_eq!(changes[1]["b"], "2040-01-01T00:00:00Z");

    let map = config_map("foo", &workspace.read_text("root.pem")).to_string();
    let run = fed(workspace, &["diff", "root.pem", "-", "--output=json"], &map);
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    let object = json!({"kind": "ConfigMap", "namespace": "foo", "name": "istio-ca-root-cert"});
    assert_eq!(data["items"][0]["object"], object);
    assert_eq!(data["verdict"], "identical");
    assert_eq!(run.status, Some(0));
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    if !has("mkfifo") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let root = workspace.read_text("root-cert.pem");
    workspace.write("notes.txt", "x");
    workspace.write("cut.pem", &root[..200]);
    workspace.write(
        "params.pem",
        "-----BEGIN DH PARAMETERS-----\nAQID\n-----END DH PARAMETERS-----\n",
    );
    workspace.write("half.json", "{\"kind\": ");
    workspace.run("mkfifo", ["pipe"]);
    std::fs::create_dir_all(workspace.join("empty/inner")).unwrap();
    for (name, error) in [
        (
            "notes.txt",
            "notes.txt: there is no certificate in it: it is text without a PEM block\n",
        ),
        (
            "cut.pem",
            "cut.pem: the CERTIFICATE block on line 1 cannot be read: it has no END line\n",
        ),
        (
            "params.pem",
            "params.pem: there is no certificate in it, but DH PARAMETERS\n",
        ),
        (
            "half.json",
            "half.json: it cannot be read: it is not valid JSON: EOF while parsing a value at line 1 column 9\n",
        ),
        (
            "absent",
            "cannot read absent: No such file or directory (os error 2)\n",
        ),
        (
            "pipe",
            "cannot read pipe: it is a named pipe, and no file\nhint: give what it holds on stdin, as the file -\n",
        ),
        (
            "empty",
            "empty: there is no certificate in any file of the folder\nhint: folders in it are passed over: name one, such as empty/inner\n",
        ),
    ] {
        let error = format!("error: {error}");
        workspace
            .meshpki(["diff", "root-cert.pem", name])
            .fails(1, &error);
        workspace
            .meshpki(["diff", name, "root-cert.pem"])
            .fails(1, &error);
        workspace
            .meshpki(["-q", "diff", name, "root-cert.pem"])
            .fails(1, &error);
    }
    let line = "diff --max-size 1500 cluster1 root-cert.pem";
    workspace.meshpki(line.split(' ')).fails(
        1,
        "error: cluster1: its files together are longer than 1500 octets\nhint: raise the limit: --max-size\n",
    );
    let usage = "error: A and B are both stdin: there is but one\n\nUsage: meshpki diff [OPTIONS] <A> <B>\n\nFor more information, try '--help'.\n";
    workspace.meshpki(["diff", "-", "-"]).fails(64, usage);

    // One of several does not hide the others.
    let damaged = got_as_yaml(
        "cacerts",
        "Opaque",
        &[("ca-cert.pem", b"-----BEGIN CERTIFICATE-----\n!")],
    );
    let maps = format!("{damaged}---\n{}\n", config_map("foo", &root));
    let run = fed(&workspace, &["diff", "root-cert.pem", "-"], &maps);
    assert_eq!(run.stdout, "ConfigMap foo/istio-ca-root-cert: identical\n");
    assert_eq!(
        run.stderr,
        "error: stdin, Secret istio-system/cacerts, ca-cert.pem: the CERTIFICATE block on line 1 cannot be read: it has no END line\n"
    );
    assert_eq!(run.status, Some(1));
    std::os::unix::fs::symlink("nowhere", workspace.join("cluster1/link.pem")).unwrap();
    let run = workspace.meshpki(["diff", "cluster1", "cluster1/root-cert.pem"]);
    assert_eq!(run.stdout, "root-cert.pem: identical\n");
    assert_eq!(
        run.stderr,
        "error: cannot read cluster1/link.pem: No such file or directory (os error 2)\n"
    );
    assert_eq!(run.status, Some(1));
}

#[test]
fn names_cannot_drive_the_terminal() {
    let workspace = Workspace::with_clusters(&[]);
    let root = workspace.read_text("root-cert.pem");
    let object = |name: &str| {
        json!({
            "kind": "Config\u{1B}Map",
            "metadata": {"name": name, "namespace": "\u{202E}"},
            "data": {"k\r": root, "l": root},
        })
        .to_string()
    };
    workspace.write("a\u{1B}.json", format!("{}{}", object("a"), object("b\n")));
    let run = workspace.meshpki(["diff", "a\u{1B}.json", "root-cert.pem"]);
    let same = "the same certificates, other bytes";
    let expected = format!("\\E2\\80\\AE/a: {same}\n\\E2\\80\\AE/b\\0A: {same}\n");
    prints(&run, 0, &expected);
    let run = fed(
        &workspace,
        &["diff", "a\u{1B}.json", "-"],
        &format!("{}{}", object("a"), object("c")),
    );
    let expected = "\\E2\\80\\AE/a, k\\0D: identical\n\\E2\\80\\AE/a, l: identical\n\\E2\\80\\AE/b\\0A: only in a\\1B.json\n\\E2\\80\\AE/c: only in stdin\n";
    prints(&run, 2, expected);
    let run = workspace.meshpki(["diff", "a\u{1B}.json", "root-cert.pem", "-o", "json"]);
    assert!(
        !run.stdout.contains(['\u{1B}', '\r', '\u{202E}']),
        "{}",
        run.stdout
    );
}

#[test]
fn long_inputs_take_no_more_than_their_length() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let workspace = &pki.0;
    let [root, b] = ["root.pem", "b.pem"].map(|name| workspace.read_text(name));
    // Thousands on each side, all of the same name, in another order, and of another key.
    workspace.write("many.pem", format!("{}{b}", root.repeat(3_000)));
    workspace.write("reversed.pem", format!("{b}{}", root.repeat(3_000)));
    let reordered = "reordered: the same certificates in another order\n";
    diff(workspace, "many.pem", "reversed.pem", 2, reordered);
    let run = workspace.meshpki(["diff", "many.pem", "other.pem"]);
    assert!(
        run.stdout
            .starts_with("3001 differences\n  another key under the same name: "),
        "{run:?}"
    );
    assert_eq!(run.stdout.matches("\n  removed: ").count(), 3_000);

    let maps: Vec<_> = (0..3_000)
        .map(|number| config_map(&format!("ns-{number}"), &format!("{root}# {number}\n")))
        .collect();
    workspace.write("maps.json", list(&maps));
    let run = workspace.meshpki(["diff", "maps.json", "root.pem"]);
    let line = "istio-ca-root-cert in 3000 namespaces: the same certificates, other bytes\n3000 compared: 3000 the same in other bytes\n";
    prints(&run, 0, line);
    let run = workspace.meshpki(["diff", "many.pem", "maps.json"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stdout.contains("and 2996 more\n"), "{}", run.stdout);
    assert!(run.stdout.lines().count() < 60, "{}", run.stdout);
    let run = workspace.meshpki(["diff", "maps.json", "maps.json"]);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    assert_eq!(run.status, Some(0));
}
