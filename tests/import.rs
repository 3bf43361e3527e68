//! `meshpki import`: Secrets back into files. What it refuses is in `import_refusals.rs`.

mod common;

use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::pki::{AT, CA, Pki};
use common::secrets::{self, fed};
use common::{Run, Workspace, has};
use serde_json::json;

const FILES: [&str; 4] = [
    "ca-cert.pem",
    "ca-key.pem",
    "cert-chain.pem",
    "root-cert.pem",
];

/// What is in the folder `name`, by name: mode and contents.
fn folder(workspace: &Workspace, name: &str) -> Vec<(String, u32, Vec<u8>)> {
    let entries = common::snapshot(&workspace.join(name));
    let entries = entries.into_iter().map(|(path, entry)| {
        let name = path.to_str().expect("text").to_owned();
        (
            name,
            entry.mode & 0o7777,
            entry.contents.unwrap_or_default(),
        )
    });
    entries.collect()
}

fn lines<'a>(run: &'a Run, start: &str) -> Vec<&'a str> {
    let all = run.stdout.lines().chain(run.stderr.lines());
    all.filter(|line| line.starts_with(start)).collect()
}

#[test]
fn what_secret_prints_comes_back_octet_for_octet() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = folder(&workspace, "cluster1");
    for (number, form) in [
        &["-o", "yaml"][..],
        &["-o", "json"],
        &["--with-namespace"],
        &["--type", "tls"],
        &["--type", "tls", "-o", "json"],
    ]
    .into_iter()
    .enumerate()
    {
        let secret = ["secret", "cluster1"].iter().chain(form);
        let manifest = workspace.meshpki(secret).succeeds();
        let out = format!("out{number}");
        let run = fed(&workspace, &["import", "-", "--out-dir", &out], &manifest);
        assert_eq!(run.stderr, "");
        assert!(
            run.stdout
                .starts_with(&format!("{out}: Secret istio-system/cacerts: CA of a cluster\n  files        ca-cert.pem ca-key.pem cert-chain.pem root-cert.pem\n  subject      O = Istio, CN = Intermediate CA, L = cluster1\n")),
            "{}",
            run.stdout
        );
        assert!(
            run.stdout
                .ends_with("\n  issuer       O = Istio, CN = Root CA\n")
        );
        run.succeeds();
        assert_eq!(folder(&workspace, &out), before);
        assert_eq!(workspace.mode(&out), 0o700);
        let again = workspace.meshpki(["secret", &out].iter().chain(form));
        assert_eq!(again.succeeds(), manifest);
    }
}

#[test]
fn a_crl_comes_back_too_and_windows_lines_stay() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("cluster1/ca-crl.pem", "");
    let text = workspace.read_text("cluster1/ca-cert.pem");
    let text = format!("subject=Zoë\n{text}\nthe end").replace('\n', "\r\n");
    workspace.write("cluster1/ca-cert.pem", text);
    let manifest = workspace.meshpki(["secret", "cluster1"]).succeeds();
    fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest).succeeds();
    assert_eq!(folder(&workspace, "x"), folder(&workspace, "cluster1"));
}

#[test]
fn run_again_it_changes_nothing_and_says_so() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let manifest = workspace.meshpki(["secret", "cluster1"]).succeeds();
    let import = || fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest);
    import().succeeds();
    let before = workspace.snapshot();
    let run = import();
    assert!(
        run.stdout
            .starts_with("x: Secret istio-system/cacerts: up to date, expires 20"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stdout.lines().count(), 1);
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)));
    assert_eq!(workspace.snapshot(), before);

    // What is lost comes back.
    std::fs::remove_file(workspace.join("x/ca-key.pem")).unwrap();
    import().succeeds();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_working_directory_is_the_default() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let manifest = workspace.meshpki(["secret", "cluster1"]).succeeds();
    std::fs::create_dir(workspace.join("here")).unwrap();
    workspace.write("s.yaml", manifest);
    common::foreign::make_private(&workspace, "s.yaml");
    let run = workspace.meshpki(["-C", "here", "import", "../s.yaml"]);
    assert!(
        run.stdout
            .starts_with("Secret istio-system/cacerts: CA of a cluster\n"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr, "");
    assert_eq!(folder(&workspace, "here"), folder(&workspace, "cluster1"));
}

#[test]
fn what_kubectl_gets_and_what_it_would_create_are_read() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = folder(&workspace, "cluster1");
    let values = FILES.map(|file| (file, workspace.read(format!("cluster1/{file}"))));
    let values: Vec<_> = values
        .iter()
        .map(|(name, contents)| (*name, contents.as_slice()))
        .collect();
    let mut manifests = vec![
        secrets::got_as_yaml("cacerts", "Opaque", &values),
        secrets::got_as_json("cacerts", "Opaque", &values).to_string(),
    ];
    if has("kubectl") {
        for format in ["yaml", "json"] {
            let from = FILES.map(|file| format!("--from-file=cluster1/{file}"));
            let create = format!(
                "create secret generic cacerts -n istio-system --dry-run=client -o {format} {}",
                from.join(" ")
            );
            manifests.push(workspace.run("kubectl", create.split(' ')));
        }
    }
    for (number, manifest) in manifests.iter().enumerate() {
        let out = format!("out{number}");
        let run = fed(&workspace, &["import", "-", "--out-dir", &out], manifest);
        assert_eq!(run.stderr, "");
        run.succeeds();
        assert_eq!(folder(&workspace, &out), before);
    }
}

#[test]
fn string_data_goes_over_data_and_base64_may_have_line_breaks() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let read = |file| workspace.read_text(format!("cluster1/{file}"));
    let indented = |text: &str| text.trim_end().replace('\n', "\n    ");
    let encoded = |file| {
        let text = BASE64_STANDARD.encode(read(file));
        let lines: Vec<_> = text.as_bytes().chunks(76).collect();
        let lines = lines
            .into_iter()
            .map(|line| std::str::from_utf8(line).unwrap());
        lines.collect::<Vec<_>>().join("\n    ")
    };
    let manifest = format!(
        "---\n# two documents\napiVersion: v1\nkind: Namespace\nmetadata: {{name: istio-system}}\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: cacerts\ndata:\n  ca-cert.pem: {old}\n  ca-key.pem: |\n    {key}\n  cert-chain.pem: >-\n    {chain}\nstringData:\n  ca-cert.pem: |\n    {cert}\n  root-cert.pem: |\n    {root}\n---\n",
        old = BASE64_STANDARD.encode("another"),
        key = encoded("ca-key.pem"),
        chain = encoded("cert-chain.pem"),
        cert = indented(&read("ca-cert.pem")),
        root = indented(&read("root-cert.pem")),
    );
    let run = fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest);
    assert!(
        run.stdout
            .starts_with("x: Secret cacerts: CA of a cluster\n")
    );
    assert_eq!(run.stderr, "");
    run.succeeds();
    assert_eq!(folder(&workspace, "x"), folder(&workspace, "cluster1"));
}

/// A CA as istiod makes one for itself: RSA of 2048 bits, O = trust domain.
fn self_signed_by_istiod(workspace: &Workspace) {
    let command = "req -x509 -newkey rsa:2048 -nodes -keyout istiod-key.pem -out istiod-cert.pem -subj /O=cluster.local -days 3650 -addext keyUsage=critical,keyCertSign,cRLSign";
    workspace.run("openssl", command.split(' '));
}

#[test]
fn a_ca_that_istiod_has_made_becomes_the_root_of_a_mesh() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    self_signed_by_istiod(&workspace);
    let (cert, key) = (
        workspace.read("istiod-cert.pem"),
        workspace.read("istiod-key.pem"),
    );
    let values = [
        ("ca-cert.pem", cert.as_slice()),
        ("ca-key.pem", &key),
        ("cert-chain.pem", b""),
        ("key.pem", b""),
        ("root-cert.pem", b""),
    ];
    let manifest = secrets::got_as_yaml("istio-ca-secret", "istio.io/ca-root", &values);
    let run = fed(&workspace, &["import", "-", "--out-dir", "mesh"], &manifest);
    assert!(
        run.stdout.starts_with("mesh: Secret istio-system/istio-ca-secret: root CA that istiod has made\n  files        root-cert.pem root-key.pem\n  subject      O = cluster.local\n"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr, "");
    run.succeeds();
    assert_eq!(
        folder(&workspace, "mesh"),
        [
            ("root-cert.pem".to_owned(), 0o644, cert.clone()),
            ("root-key.pem".to_owned(), 0o600, key.clone()),
        ]
    );
    let issue = "-C mesh cluster-cacerts --key-type p256 cluster1";
    workspace.meshpki(issue.split(' ')).succeeds();
    let verify = "verify -x509_strict -CAfile istiod-cert.pem mesh/cluster1/ca-cert.pem";
    assert_eq!(
        workspace.run("openssl", verify.split(' ')),
        "mesh/cluster1/ca-cert.pem: OK\n"
    );
    workspace
        .meshpki(["-C", "mesh", "secret", "cluster1"])
        .succeeds();

    // As istiod keeps it with USE_CACERTS_FOR_SELF_SIGNED_CA: its root is there, and a mark.
    let values = [
        ("ca-cert.pem", cert.as_slice()),
        ("ca-key.pem", &key),
        ("cert-chain.pem", b""),
        ("istio-generated", b""),
        ("key.pem", b""),
        ("root-cert.pem", &cert),
    ];
    let manifest = secrets::got_as_yaml("cacerts", "Opaque", &values);
    let run = fed(
        &workspace,
        &["import", "-", "--out-dir", "again"],
        &manifest,
    );
    assert_eq!(run.stderr, "");
    run.succeeds();
    let files: Vec<_> = folder(&workspace, "again")
        .into_iter()
        .map(|file| file.0)
        .collect();
    assert_eq!(files, ["root-cert.pem", "root-key.pem"]);
}

#[test]
fn an_intermediate_is_never_called_a_root() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let read = |file: &str| workspace.read(format!("cluster1/{file}"));
    let (cert, key) = (read("ca-cert.pem"), read("ca-key.pem"));
    for (number, name) in ["cacerts", "istio-ca-secret", "other"].iter().enumerate() {
        let values = [("ca-cert.pem", cert.as_slice()), ("ca-key.pem", &key)];
        let manifest = secrets::got_as_yaml(name, "istio.io/ca-root", &values);
        let out = format!("out{number}");
        let run = fed(&workspace, &["import", "-", "--out-dir", &out], &manifest);
        assert!(
            run.stdout.starts_with(&format!(
                "{out}: Secret istio-system/{name}: CA of a cluster\n"
            )),
            "{}",
            run.stdout
        );
        // Without a root it is of little use, and that is said.
        assert_eq!(
            lines(&run, "warning: "),
            [
                format!(
                    "warning: {out}/cert-chain.pem: it is missing: istiod does not start with an incomplete set of files"
                ),
                format!(
                    "warning: {out}/root-cert.pem: it is missing: istiod does not start with an incomplete set of files"
                ),
            ]
        );
        assert_eq!(run.status, Some(0));
        let files: Vec<_> = folder(&workspace, &out)
            .into_iter()
            .map(|file| file.0)
            .collect();
        assert_eq!(files, ["ca-cert.pem", "ca-key.pem"]);
    }
}

#[test]
fn a_root_that_an_operator_has_plugged_in_keeps_the_files_that_istiod_reads() {
    let workspace = Workspace::with_clusters(&[]);
    let (cert, key) = (
        workspace.read("root-cert.pem"),
        workspace.read("root-key.pem"),
    );
    let values = [
        ("ca-cert.pem", cert.as_slice()),
        ("ca-key.pem", &key),
        ("cert-chain.pem", &cert),
        ("root-cert.pem", &cert),
    ];
    let manifest = secrets::got_as_yaml("cacerts", "Opaque", &values);
    let run = fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest);
    assert!(
        run.stdout
            .starts_with("x: Secret istio-system/cacerts: CA of a cluster, and its own root\n"),
        "{}",
        run.stdout
    );
    run.succeeds();
    assert_eq!(folder(&workspace, "x").len(), 4);

    // cert-manager's kubernetes.io/tls of a CA that signs itself is the root of a mesh.
    let values = [
        ("ca.crt", cert.as_slice()),
        ("tls.crt", &cert),
        ("tls.key", &key),
    ];
    let manifest = secrets::got_as_yaml("mesh-root", "kubernetes.io/tls", &values);
    let run = fed(&workspace, &["import", "-", "--out-dir", "y"], &manifest);
    assert!(
        run.stdout
            .starts_with("y: Secret istio-system/mesh-root: root CA\n"),
        "{}",
        run.stdout
    );
    run.succeeds();
    assert_eq!(workspace.read("y/root-key.pem"), key);
}

#[test]
fn of_both_forms_the_one_with_tls_crt_is_taken_and_that_is_said() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let read = |file: &str| workspace.read(file);
    let values = [
        ("ca-cert.pem", read("cluster2/ca-cert.pem")),
        ("ca-crl.pem", b"x".to_vec()),
        ("ca-key.pem", read("cluster2/ca-key.pem")),
        ("ca.crt", read("root-cert.pem")),
        ("notes.txt", b"x".to_vec()),
        ("tls.crt", read("cluster1/ca-cert.pem")),
        ("tls.key", read("cluster1/ca-key.pem")),
    ];
    let values: Vec<_> = values
        .iter()
        .map(|(name, contents)| (*name, contents.as_slice()))
        .collect();
    let manifest = secrets::got_as_yaml("cacerts", "kubernetes.io/tls", &values);
    let run = fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest);
    assert_eq!(
        run.stderr,
        "warning: Secret istio-system/cacerts: left out: ca-cert.pem, ca-crl.pem, ca-key.pem: istiod reads tls.crt, tls.key and ca.crt where it finds tls.crt\n\
         Secret istio-system/cacerts: left out: notes.txt: istiod reads no such file\n"
    );
    run.succeeds();
    assert_eq!(folder(&workspace, "x"), folder(&workspace, "cluster1"));
}

#[test]
fn the_chain_of_tls_crt_is_what_istiod_makes_of_it() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.issue("below", "/O=Istio/CN=Cluster CA", "inter", CA);
    pki.join("tls.crt", &["below.pem", "inter.pem"]);
    let read = |file| pki.0.read(file);
    let (tls_crt, key, root) = (read("tls.crt"), read("below.key"), read("root.pem"));
    let values = [
        ("ca.crt", root.as_slice()),
        ("tls.crt", &tls_crt),
        ("tls.key", &key),
    ];
    let manifest = secrets::got_as_yaml("cacerts", "kubernetes.io/tls", &values);
    fed(&pki.0, &["import", "-", "--out-dir", "x"], &manifest).succeeds();
    assert_eq!(read("x/ca-cert.pem"), read("below.pem"));
    assert_eq!(read("x/cert-chain.pem"), [tls_crt, root.clone()].concat());
    assert_eq!(read("x/root-cert.pem"), root);
    let verify = format!(
        "verify -attime {AT} -CAfile x/root-cert.pem -untrusted x/cert-chain.pem x/ca-cert.pem"
    );
    assert_eq!(
        pki.0.run("openssl", verify.split(' ')),
        "x/ca-cert.pem: OK\n"
    );
}

#[test]
fn what_istiod_would_refuse_is_a_warning_with_the_rule() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let short = ["20200101000000Z", "20250101000000Z"];
    let subject = "/O=Istio/CN=Intermediate CA";
    pki.issue_between("old", "inter", subject, "root", CA, short);
    let read = |file| pki.0.read(file);
    let (cert, key, root) = (read("old.pem"), read("inter.key"), read("root.pem"));
    let values = [
        ("ca-cert.pem", cert.as_slice()),
        ("ca-key.pem", &key),
        ("cert-chain.pem", &cert),
        ("root-cert.pem", &root),
    ];
    let manifest = secrets::got_as_yaml("cacerts", "Opaque", &values);
    let run = fed(&pki.0, &["-v", "import", "-", "--out-dir", "x"], &manifest);
    let stderr: Vec<_> = run.stderr.lines().collect();
    assert_eq!(stderr.len(), 3, "{stderr:#?}");
    assert!(stderr[0].starts_with(
        "warning: x/ca-cert.pem: O = Istio, CN = Intermediate CA expired on 2025-01-01T00:00:00Z, and now is "
    ));
    assert_eq!(
        stderr[1..],
        [
            "hint: a new certificate: meshpki cluster-cacerts --renew x",
            "rule not-valid-now: RFC 5280 §6.1.3 (a)(2)"
        ]
    );
    run.succeeds();
    assert_eq!(pki.0.mode("x/ca-key.pem"), 0o600);

    let ended = ["20200101000000Z", "20210101000000Z"];
    pki.issue_between("root", "root", "/O=Istio/CN=Root CA", "root", CA, ended);
    let (cert, key) = (read("root.pem"), read("root.key"));
    let values = [("ca-cert.pem", cert.as_slice()), ("ca-key.pem", &key)];
    let manifest = secrets::got_as_yaml("istio-ca-secret", "istio.io/ca-root", &values);
    let run = fed(&pki.0, &["import", "-", "--out-dir", "y"], &manifest);
    let [warning] = lines(&run, "warning: ")[..] else {
        panic!("{run:#?}");
    };
    assert!(
        warning.starts_with("warning: no CA of a cluster can be made with it: root-cert.pem: O = Istio, CN = Root CA cannot sign the CA of a cluster: it expired on 2021-01-01T00:00:00Z"),
        "{warning}"
    );
    run.succeeds();
}

#[test]
fn a_key_of_a_kind_that_a_mesh_does_not_take_is_imported_with_a_warning() {
    if !has("openssl") {
        return;
    }
    let workspace = Workspace::new();
    let command =
        "req -x509 -newkey ed25519 -nodes -keyout key.pem -out cert.pem -subj /O=x -days 3650";
    workspace.run("openssl", command.split(' '));
    let (cert, key) = (workspace.read("cert.pem"), workspace.read("key.pem"));
    let values = [
        ("ca-cert.pem", cert.as_slice()),
        ("ca-key.pem", &key),
        ("cert-chain.pem", &cert),
        ("root-cert.pem", &cert),
    ];
    let manifest = secrets::got_as_yaml("cacerts", "Opaque", &values);
    let run = fed(&workspace, &["import", "-", "--out-dir", "x"], &manifest);
    assert_eq!(
        lines(&run, "warning: "),
        [
            "warning: x/ca-key.pem: its kind is Ed25519: a mesh needs RSA, or ECDSA on P-256, P-384 or P-521"
        ]
    );
    run.succeeds();
    assert_eq!(workspace.read("x/ca-key.pem"), key);
}

#[test]
fn each_ca_of_a_list_has_a_folder_of_its_own() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let values =
        |cluster: &str| FILES.map(|file| (file, workspace.read(format!("{cluster}/{file}"))));
    let secret = |name: &str, cluster: &str| {
        let values = values(cluster);
        let values: Vec<_> = values
            .iter()
            .map(|(name, contents)| (*name, contents.as_slice()))
            .collect();
        secrets::got_as_json(name, "Opaque", &values)
    };
    let helm = secrets::got_as_json(
        "sh.helm.release.v1.istiod.v1",
        "helm.sh/release.v1",
        &[("release", b"x")],
    );
    let items = json!([
        secret("cacerts", "cluster1"),
        helm,
        secret("cacerts-old", "cluster2")
    ]);
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
    let import = || {
        fed(
            &workspace,
            &["import", "-", "--out-dir", "all"],
            &list.to_string(),
        )
    };
    let run = import();
    assert_eq!(
        lines(&run, "all/"),
        [
            "all/istio-system.cacerts: Secret istio-system/cacerts: CA of a cluster",
            "all/istio-system.cacerts-old: Secret istio-system/cacerts-old: CA of a cluster",
        ]
    );
    assert_eq!(
        run.stderr,
        "passed over: Secret istio-system/sh.helm.release.v1.istiod.v1\n3 Secrets: 2 imported, 0 up to date, 1 passed over, 0 failed\n"
    );
    run.succeeds();
    assert_eq!(
        folder(&workspace, "all/istio-system.cacerts"),
        folder(&workspace, "cluster1")
    );
    assert_eq!(
        folder(&workspace, "all/istio-system.cacerts-old"),
        folder(&workspace, "cluster2")
    );
    assert_eq!(workspace.mode("all/istio-system.cacerts"), 0o700);

    let before = workspace.snapshot();
    let run = import();
    assert!(
        run.stderr
            .ends_with("\n3 Secrets: 0 imported, 2 up to date, 1 passed over, 0 failed\n")
    );
    run.succeeds();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn of_a_list_what_cannot_be_had_does_not_harm_the_others() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let read = |file: &str| workspace.read(file);
    let (cert1, key1, key2) = (
        read("cluster1/ca-cert.pem"),
        read("cluster1/ca-key.pem"),
        read("cluster2/ca-key.pem"),
    );
    let secret = |name: &str, key: &[u8]| {
        let values = [("ca-cert.pem", cert1.as_slice()), ("ca-key.pem", key)];
        secrets::got_as_json(name, "Opaque", &values)
    };
    let good = workspace
        .meshpki(["secret", "cluster2", "-o", "json"])
        .succeeds();
    let third = ["secret", "cluster2", "-o", "json", "--name", "third"];
    let third = workspace.meshpki(third).succeeds();
    let mixed = format!("{}{good}{good}", secret("mixed-up", &key2));
    let disputed = secret("cacerts", &key1);
    let other = format!("{mixed}{disputed}{third}{disputed}{third}");
    let run = fed(&workspace, &["import", "-", "--out-dir", "all"], &other);
    assert_eq!(
        run.stderr,
        "error: Secret istio-system/mixed-up: ca-key.pem: the ECDSA P-256 key of 256 bits is not the key of O = Istio, CN = Intermediate CA, L = cluster1\n\
         hint: find the key that belongs to it: no file of this Secret is written\n\
         error: Secret istio-system/cacerts is there twice, with different files: are they of two clusters?\n\
         hint: import those of each cluster on their own: --out-dir CLUSTER\n\
         5 Secrets: 1 imported, 0 up to date, 0 passed over, 4 failed\n"
    );
    assert_eq!(run.status, Some(1));
    let folders: Vec<_> = std::fs::read_dir(workspace.join("all")).unwrap().collect();
    assert_eq!(folders.len(), 1);
    assert_eq!(
        folder(&workspace, "all/istio-system.third"),
        folder(&workspace, "cluster2")
    );
}

#[test]
fn the_imported_can_be_read_by_nobody_else_whatever_the_umask() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let manifest = workspace.meshpki(["secret", "cluster1"]).succeeds();
    workspace.write("s.yaml", manifest);
    let binary = assert_cmd::cargo::cargo_bin!("meshpki");
    let script = format!(
        "umask 0; exec {} import s.yaml --out-dir x",
        binary.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(workspace.path());
    let run = Run::of(&mut command);
    assert_eq!(
        lines(&run, "warning: "),
        ["warning: s.yaml can be read by others than its owner: chmod 600 s.yaml"]
    );
    run.succeeds();
    assert_eq!(workspace.mode("x"), 0o700);
    assert_eq!(workspace.mode("x/ca-key.pem"), 0o600);
}
