//! What `meshpki import` does not write, and that it leaves the folder as it was.

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::secrets::{self, fed};
use common::{Workspace, has};

const GET_ONE: &str =
    "hint: kubectl get secret cacerts -n istio-system -o yaml | meshpki import -\n";
const AS_IT_IS: &str = "hint: give the Secret as it is in the cluster: kubectl get secret cacerts -n istio-system -o yaml\n";
const WHERE_IT_IS: &str = "hint: istiod's CA is in the Secret cacerts, or else in istio-ca-secret: kubectl get secret NAME -n istio-system -o yaml\n";
const WHOLE: &str = "hint: give the whole Secret, as kubectl get secret -o yaml prints it: where keys are blacked out, none can be restored\n";
const ELSEWHERE: &str = "hint: nothing is overwritten: name another folder with --out-dir\n";

/// The values of a Secret by their keys.
type Values<'a> = &'a [(&'a str, &'a [u8])];

/// `input` is refused with `status` and exactly this on stderr, and leaves nothing behind.
#[track_caller]
fn refused(workspace: &Workspace, input: &str, status: i32, stderr: &str) {
    let before = workspace.snapshot();
    let run = fed(workspace, &["import", "-", "--out-dir", "x"], input);
    run.fails(status, stderr);
    assert!(workspace.snapshot() == before);
}

/// `cluster1`, and the Secret with its files.
fn cluster1() -> (Workspace, String) {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let manifest = workspace.meshpki(["secret", "cluster1"]).succeeds();
    (workspace, manifest)
}

/// `manifest` with the line that has `key` as `line`, or without it.
fn with(manifest: &str, key: &str, line: &str) -> String {
    let start = format!("  {key}: ");
    assert!(manifest.contains(&start), "{key}");
    let lines = manifest.lines().map(|old| match old.starts_with(&start) {
        true if line.is_empty() => String::new(),
        true => format!("  {line}\n"),
        false => format!("{old}\n"),
    });
    lines.collect()
}

#[test]
fn what_holds_no_secret_is_named() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let pem = workspace.read_text("cluster1/ca-cert.pem");
    for (input, what) in [
        ("", "Kubernetes object in it: it is empty"),
        (
            " \n",
            "Kubernetes object in it: there are only blanks in it",
        ),
        (&pem, "Kubernetes object in it: it is PEM"),
        (
            "ca-key.pem:  241 bytes\n",
            "Kubernetes object in it: it is text without a PEM block",
        ),
        (
            r#"{"apiVersion": "v1", "items": [], "kind": "List"}"#,
            "Secret in it, the List is empty",
        ),
        ("{}", "Secret in it, but an object without a kind"),
        (
            r#"{"kind": "Pod", "metadata": {"name": "a\u001b[31m", "namespace": "b"}}"#,
            "Secret in it, but Pod b/a\\1B[31m",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio-ca-root-cert\n  namespace: foo\n",
            "Secret in it, but ConfigMap foo/istio-ca-root-cert",
        ),
        (
            &"---\nkind: Pod\nmetadata: {name: a}\n".repeat(6),
            "Secret in it, but Pod a, Pod a, Pod a, Pod a and 2 more",
        ),
    ] {
        let stderr = format!("error: stdin: there is no {what}\n{GET_ONE}");
        refused(&workspace, input, 1, &stderr);
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let (workspace, manifest) = cluster1();
    let key = BASE64_STANDARD.encode(workspace.read("cluster1/ca-key.pem"));
    let both = format!("ca-key.pem: {key}\n  ca-key.pem: {key}");
    for (input, fact) in [
        (
            with(&manifest, "ca-key.pem", &both),
            "it is not valid YAML: duplicate mapping key: ca-key.pem at line 9, column 3",
        ),
        (
            format!(r#"{{"kind": "Secret", "data": {{"ca-key.pem": "{key}", "ca-key.pem": ""}}}}"#),
            "it is not valid JSON: the key \"ca-key.pem\" is there twice at line 1 column ",
        ),
        (
            with(&manifest, "ca-key.pem", "ca-key.pem: '[redacted]'"),
            "Secret istio-system/cacerts: data.ca-key.pem: it is not valid base64: character 1 is none of base64's",
        ),
        (
            with(&manifest, "ca-key.pem", &format!("ca-key.pem: [{key}]")),
            "Secret istio-system/cacerts: data.ca-key.pem has to be text",
        ),
        (
            with(&manifest, "ca-key.pem", &format!("../ca-key.pem: {key}")),
            "Secret istio-system/cacerts: no key of a Secret can be \"../ca-key.pem\"",
        ),
        (
            with(&manifest, "name", "name: ../x"),
            "object 1, a Secret: \"../x\" cannot be the name of a Secret: it has an empty label",
        ),
        (
            with(&manifest, "namespace", "namespace: ../x"),
            "object 1, a Secret: \"../x\" cannot be a namespace: a label has other characters than letters, digits and hyphens",
        ),
        (
            with(&manifest, "name", "generateName: x-"),
            "object 1, a Secret: it has no name",
        ),
    ] {
        let before = workspace.snapshot();
        let run = fed(&workspace, &["import", "-", "--out-dir", "x"], &input);
        assert!(
            run.stderr.starts_with(&format!("error: stdin: {fact}"))
                && run.stderr.ends_with(AS_IT_IS),
            "{fact}\n{}",
            run.stderr
        );
        assert!(!run.stderr.contains(&key[..40]));
        assert_eq!((run.stdout.as_str(), run.status), ("", Some(1)));
        assert!(workspace.snapshot() == before);
    }
}

#[test]
fn without_a_ca_certificate_or_its_key_nothing_is_written() {
    let (workspace, manifest) = cluster1();
    let redacted = format!("ca-key.pem: {}", BASE64_STANDARD.encode("[redacted]"));
    for (input, fact, hint) in [
        (
            with(&manifest, "ca-cert.pem", ""),
            "there is no CA certificate in it: ca-cert.pem is missing",
            WHOLE,
        ),
        (
            with(&manifest, "ca-cert.pem", "ca-cert.pem: ''"),
            "there is no CA certificate in it: ca-cert.pem: there is no certificate in it",
            WHOLE,
        ),
        (
            with(&manifest, "ca-key.pem", ""),
            "there is no CA key in it: ca-key.pem is missing",
            WHOLE,
        ),
        (
            with(&manifest, "ca-key.pem", &redacted),
            "there is no CA key in it: ca-key.pem: there is no private key in it",
            WHOLE,
        ),
        (
            "kind: Secret\nmetadata: {name: cacerts, namespace: istio-system}\ndata:\n".to_owned(),
            "there is no CA certificate in it: it is empty",
            WHERE_IT_IS,
        ),
        (
            "kind: Secret\nmetadata: {name: cacerts, namespace: istio-system}\nstringData: {token: x}\n".to_owned(),
            "there is no CA certificate in it: it has token",
            WHERE_IT_IS,
        ),
    ] {
        let stderr = format!("error: Secret istio-system/cacerts: {fact}\n{hint}");
        refused(&workspace, &input, 1, &stderr);
    }
}

#[test]
fn the_certificate_of_a_server_is_no_ca() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -subj /CN=www -addext basicConstraints=critical,CA:FALSE";
    workspace.run("openssl", command.split(' '));
    let (cert, key) = (workspace.read("c.pem"), workspace.read("k.pem"));
    let values = [("tls.crt", cert.as_slice()), ("tls.key", &key)];
    let secret = secrets::got_as_yaml("www", "kubernetes.io/tls", &values);
    let stderr = format!(
        "error: Secret istio-system/www: there is no CA certificate in it: tls.crt is the certificate of CN = www\n{WHERE_IT_IS}"
    );
    refused(&workspace, &secret, 1, &stderr);
    let list = format!("{secret}---\n{secret}");
    let stderr = format!(
        "passed over: Secret istio-system/www, Secret istio-system/www\nerror: stdin: there is no CA of istiod's in its 2 Secrets\n{GET_ONE}"
    );
    refused(&workspace, &list, 1, &stderr);
}

#[test]
fn a_key_that_is_not_the_certificates_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for (cert, key, other) in [
        (
            "cluster1/ca-cert.pem",
            "root-key.pem",
            "O = Istio, CN = Intermediate CA, L = cluster1",
        ),
        (
            "root-cert.pem",
            "cluster1/ca-key.pem",
            "O = Istio, CN = Root CA",
        ),
    ] {
        let (cert, key) = (workspace.read(cert), workspace.read(key));
        let values = [("ca-cert.pem", cert.as_slice()), ("ca-key.pem", &key)];
        let secret = secrets::got_as_yaml("istio-ca-secret", "istio.io/ca-root", &values);
        let stderr = format!(
            "error: Secret istio-system/istio-ca-secret: ca-key.pem: the ECDSA P-256 key of 256 bits is not the key of {other}\nhint: find the key that belongs to it: no file of this Secret is written\n"
        );
        refused(&workspace, &secret, 1, &stderr);
    }
}

#[test]
fn an_encrypted_key_is_refused() {
    if !has("openssl") {
        return;
    }
    let (workspace, manifest) = cluster1();
    let encrypt = "pkcs8 -topk8 -passout pass:x -in cluster1/ca-key.pem";
    let encrypted = BASE64_STANDARD.encode(workspace.run("openssl", encrypt.split(' ')));
    let secret = with(&manifest, "ca-key.pem", &format!("ca-key.pem: {encrypted}"));
    refused(
        &workspace,
        &secret,
        1,
        "error: Secret istio-system/cacerts: ca-key.pem: the private key is encrypted: whether it is the certificate's cannot be told, and istiod could not read it\n\
         hint: decrypt the key first: openssl pkey -in KEY -out NEW.pem\n",
    );
}

#[test]
fn a_private_key_never_becomes_a_file_that_all_can_read() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let read = |file: &str| workspace.read(format!("cluster1/{file}"));
    let (cert, key) = (read("ca-cert.pem"), read("ca-key.pem"));
    let leak = [cert.as_slice(), &key].concat();
    let line = String::from_utf8(cert.clone()).unwrap().lines().count() + 1;
    let forms: [(&str, Values<'_>); 4] = [
        (
            "ca-cert.pem",
            &[("ca-cert.pem", &leak), ("ca-key.pem", &key)],
        ),
        (
            "cert-chain.pem",
            &[
                ("ca-cert.pem", &cert),
                ("ca-key.pem", &key),
                ("cert-chain.pem", &leak),
            ],
        ),
        ("tls.crt", &[("tls.crt", &leak), ("tls.key", &key)]),
        (
            "ca.crt",
            &[("ca.crt", &leak), ("tls.crt", &cert), ("tls.key", &key)],
        ),
    ];
    for (file, values) in forms {
        let secret = secrets::got_as_yaml("cacerts", "Opaque", values);
        let stderr = format!(
            "error: Secret istio-system/cacerts: {file}: there is a private key on line {line}, and {file} is public\nhint: istiod sends that file to others: take the key for known to them, and make a new CA\n"
        );
        refused(&workspace, &secret, 1, &stderr);
    }
}

#[test]
fn several_need_a_folder_for_their_folders() {
    let (workspace, manifest) = cluster1();
    let list = workspace
        .meshpki(["secret", "cluster1", "--with-namespace", "-o", "json"])
        .succeeds();
    for input in [format!("{manifest}---\n{manifest}"), list] {
        let before = workspace.snapshot();
        let run = fed(&workspace, &["import", "-"], &input);
        run.fails(
            64,
            "error: several Secrets, or a List, need --out-dir DIR: each is given a folder of its own in it\n\nUsage: meshpki import [OPTIONS] <FILE>\n\nFor more information, try '--help'.\n",
        );
        assert!(workspace.snapshot() == before);
    }
}

#[test]
fn what_stands_there_and_differs_is_never_overwritten() {
    let (workspace, manifest) = cluster1();
    for (file, contents, fact) in [
        (
            "x/root-cert.pem",
            "another",
            "x/root-cert.pem is there already, and says something else",
        ),
        (
            "x/ca-key.pem",
            "",
            "x/ca-key.pem is there already, and says something else",
        ),
        (
            "x/root-key.pem",
            "",
            "x/root-key.pem is there: the folder is a root's",
        ),
        (
            "x/key.pem",
            "",
            "x/key.pem is there: the folder is a workload's",
        ),
        (
            "x/ca-crl.pem",
            "",
            "x/ca-crl.pem is there: and the Secret has none",
        ),
    ] {
        workspace.write(file, contents);
        refused(
            &workspace,
            &manifest,
            1,
            &format!("error: {fact}\n{ELSEWHERE}"),
        );
        std::fs::remove_file(workspace.join(file)).unwrap();
    }
    // In the mesh's own folder.
    let before = workspace.snapshot();
    let run = fed(&workspace, &["import", "-"], &manifest);
    run.fails(
        1,
        &format!("error: root-key.pem is there: the folder is a root's\n{ELSEWHERE}"),
    );
    assert!(workspace.snapshot() == before);
}

#[test]
fn a_root_does_not_go_into_the_folder_of_a_cluster_or_of_another_root() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let other = Workspace::with_clusters(&[]);
    let (cert, key) = (other.read("root-cert.pem"), other.read("root-key.pem"));
    let values = [("ca-cert.pem", cert.as_slice()), ("ca-key.pem", &key)];
    let secret = secrets::got_as_yaml("istio-ca-secret", "istio.io/ca-root", &values);
    let before = workspace.snapshot();
    for (folder, fact) in [
        (
            "cluster1",
            "cluster1/ca-key.pem is there: the folder is a cluster's",
        ),
        (
            ".",
            "root-cert.pem is there already, and says something else",
        ),
    ] {
        let run = fed(&workspace, &["import", "-", "--out-dir", folder], &secret);
        run.fails(1, &format!("error: {fact}\n{ELSEWHERE}"));
        assert!(workspace.snapshot() == before);
    }
}

#[test]
fn a_folder_of_a_list_is_whole_or_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let list = workspace
        .meshpki(["secret", "cluster1", "--with-namespace", "-o", "json"])
        .succeeds();
    let import = ["import", "-", "--out-dir", "x"];
    fed(&workspace, &import, &list).succeeds();
    std::fs::remove_file(workspace.join("x/istio-system.cacerts/ca-cert.pem")).unwrap();
    refused(
        &workspace,
        &list,
        1,
        "error: x/istio-system.cacerts is there already, without ca-cert.pem\nhint: move it away, or import this Secret alone\n",
    );
}

#[test]
fn folders_that_cannot_be_written_are_named() {
    let (workspace, manifest) = cluster1();
    workspace.write("file", "");
    for (folder, error) in [
        (
            "a/b",
            "cannot create a/b: No such file or directory (os error 2)",
        ),
        ("file", "cannot open file: Not a directory (os error 20)"),
    ] {
        let before = workspace.snapshot();
        let run = fed(&workspace, &["import", "-", "--out-dir", folder], &manifest);
        run.fails(1, &format!("error: {error}\n"));
        assert!(workspace.snapshot() == before);
    }
}

#[test]
fn files_that_are_none_are_refused() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.join("folder")).unwrap();
    for (file, error) in [
        (
            "none",
            "cannot read none: No such file or directory (os error 2)",
        ),
        ("folder", "cannot read folder: it is a folder"),
        (
            "/dev/zero",
            "cannot read /dev/zero: it is a device, and no file",
        ),
    ] {
        let run = workspace.meshpki(["import", file]);
        run.fails(1, &format!("error: {error}\n"));
    }
}
