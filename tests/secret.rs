//! `meshpki secret`: what it prints, held against `kubectl`. What it refuses is in
//! `secret_refusals.rs`.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{Run, Workspace, has};
use serde_json::{Value, json};

/// The objects that kubectl makes of `manifest`, which it is given on stdin.
fn kubectl_reads(manifest: &str) -> Vec<Value> {
    let mut kubectl = Command::new("kubectl")
        .args(["patch", "--local", "-f", "-", "-p", "{}", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl");
    let mut stdin = kubectl.stdin.take().expect("it is piped");
    stdin.write_all(manifest.as_bytes()).expect("it is read");
    drop(stdin);
    let run = Run::from(kubectl.wait_with_output().expect("it ends"));
    let objects = run.succeeds();
    serde_json::Deserializer::from_str(&objects)
        .into_iter()
        .map(|object| object.expect("JSON"))
        .collect()
}

/// What kubectl itself makes of the files in `folder`.
fn kubectl_creates(workspace: &Workspace, folder: &str, files: &[&str]) -> Value {
    let files = files
        .iter()
        .map(|file| format!("--from-file={folder}/{file}"));
    let words = [
        "create",
        "secret",
        "generic",
        "cacerts",
        "-n",
        "istio-system",
    ];
    let arguments = words
        .map(str::to_owned)
        .into_iter()
        .chain(files)
        .chain(["--dry-run=client", "-o", "json"].map(str::to_owned));
    let mut object: Value =
        serde_json::from_str(&workspace.run("kubectl", arguments)).expect("JSON");
    // kubectl prints the field of an object that was never created as null, up to 1.33.
    let metadata = object["metadata"].as_object_mut().expect("it has metadata");
    metadata.remove("creationTimestamp");
    object
}

fn secret(workspace: &Workspace, more: &[&str]) -> String {
    workspace
        .meshpki(["secret", "cluster1"].iter().chain(more))
        .succeeds()
}

fn as_json(workspace: &Workspace, more: &[&str]) -> Value {
    let printed = secret(workspace, &[&["-o", "json"], more].concat());
    serde_json::from_str(&printed).expect("JSON")
}

fn decoded(object: &Value, name: &str) -> Vec<u8> {
    let text = object["data"][name].as_str().expect("a file");
    BASE64_STANDARD.decode(text).expect("base64")
}

const FILES: [&str; 4] = [
    "ca-cert.pem",
    "ca-key.pem",
    "cert-chain.pem",
    "root-cert.pem",
];

#[test]
fn it_is_what_kubectl_would_create() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let expected = kubectl_creates(&workspace, "cluster1", &FILES);
    assert_eq!(as_json(&workspace, &[]), expected);
    for format in ["yaml", "json"] {
        let objects = kubectl_reads(&secret(&workspace, &["-o", format]));
        assert_eq!(objects, std::slice::from_ref(&expected));
    }
}

#[test]
fn the_revocation_lists_go_with_the_other_files_where_there_are_any() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("cluster1/ca-crl.pem", "");
    let files = [&FILES[..], &["ca-crl.pem"]].concat();
    let expected = kubectl_creates(&workspace, "cluster1", &files);
    assert_eq!(as_json(&workspace, &[]), expected);
    assert_eq!(kubectl_reads(&secret(&workspace, &[])), [expected]);
}

#[test]
fn a_file_of_windows_lines_with_text_around_the_blocks_arrives_octet_for_octet() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for file in FILES {
        let text = workspace.read_text(format!("cluster1/{file}"));
        let text = format!("subject=Zoë & Söhne\n\n{text}\nthe end").replace('\n', "\r\n");
        workspace.write(format!("cluster1/{file}"), text);
    }
    let object = as_json(&workspace, &[]);
    for file in FILES {
        let written = workspace.read(format!("cluster1/{file}"));
        assert_eq!(decoded(&object, file), written, "{file}");
    }
    if has("kubectl") {
        assert_eq!(kubectl_reads(&secret(&workspace, &[])), [object]);
    }
}

#[test]
fn what_is_not_utf8_arrives_octet_for_octet_and_is_none_of_a_templates_business() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let mut chain = b"subject=caf\xE9\n".to_vec();
    chain.extend(workspace.read("cluster1/cert-chain.pem"));
    workspace.write("cluster1/cert-chain.pem", &chain);
    let object = as_json(&workspace, &[]);
    assert_eq!(decoded(&object, "cert-chain.pem"), chain);
    if has("kubectl") {
        assert_eq!(object, kubectl_creates(&workspace, "cluster1", &FILES));
        assert_eq!(kubectl_reads(&secret(&workspace, &[])), [object]);
    }
    workspace.write("template", "{{ cluster }}");
    workspace
        .meshpki(["secret", "cluster1", "--template", "template"])
        .fails(
            1,
            "error: template: cert-chain.pem is not UTF-8, and a template carries nothing else\n",
        );
}

#[test]
fn a_key_that_is_given_twice_is_refused() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for flag in ["--label", "--annotation"] {
        workspace
            .meshpki(["secret", "cluster1", flag, "a=1", flag, "a=2"])
            .fails(
                64,
                "error: the label or annotation a is given twice\n\n\
                 Usage: meshpki secret [OPTIONS] <NAME>...\n\n\
                 For more information, try '--help'.\n",
            );
    }
}

#[test]
fn a_cluster_that_is_named_twice_is_one() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let once = workspace.meshpki(["secret", "cluster1"]).succeeds();
    let twice = workspace.meshpki(["secret", "cluster1", "cluster1"]);
    assert_eq!(twice.succeeds(), once);
    let arguments = ["secret", "cluster1", "cluster1", "--out-dir", "manifests"];
    let printed = workspace.meshpki(arguments).succeeds();
    assert_eq!(printed, "manifests/cluster1.yaml\n");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let arguments = [
        "--label",
        "b=2",
        "--label",
        "a=1",
        "--annotation",
        "d=4",
        "--annotation",
        "c=3",
        "--with-namespace",
    ];
    for format in ["yaml", "json"] {
        let arguments = [&arguments[..], &["-o", format]].concat();
        let first = secret(&workspace, &arguments);
        assert_eq!(secret(&workspace, &arguments), first);
    }
}

#[test]
fn the_order_of_labels_on_the_command_line_changes_nothing() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let one = secret(&workspace, &["--label", "a=1", "--label", "b=2"]);
    let other = secret(&workspace, &["--label", "b=2", "--label", "a=1"]);
    assert_eq!(one, other);
}

#[test]
fn words_that_yaml_takes_for_something_else_stay_words() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for word in ["no", "on", "null", "1e3", "0x1", "true", "1.5"] {
        let namespace = if word.contains('.') { "y" } else { word };
        let label = format!("l={word}");
        let annotation = format!("a={word}");
        let arguments = [
            "-n",
            namespace,
            "--name",
            word,
            "--label",
            &label,
            "--annotation",
            &annotation,
            "--with-namespace",
        ];
        for format in ["yaml", "json"] {
            let manifest = secret(&workspace, &[&arguments[..], &["-o", format]].concat());
            let objects = kubectl_reads(&manifest);
            assert_eq!(objects[0]["kind"], "Namespace");
            assert_eq!(objects[0]["metadata"], json!({ "name": namespace }));
            let expected = json!({
                "name": word,
                "namespace": namespace,
                "labels": { "l": word },
                "annotations": { "a": word },
            });
            assert_eq!(objects[1]["metadata"], expected);
            assert_eq!(objects.len(), 2);
        }
    }
}

#[test]
fn an_annotation_holds_any_text() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for text in [
        "",
        " a: b # c ",
        "\"quoted\" \\ 'single' {{ name }}",
        "two\nlines\r\n\tand a tab",
        "\u{1B}[31m\u{7F}\u{9B}",
        "Zoë \u{1F600} \u{2028}\u{2029}\u{85}\u{FEFF}\u{FFFF}",
        "a=b",
    ] {
        let annotation = format!("example.com/note={text}");
        for format in ["yaml", "json"] {
            let manifest = secret(&workspace, &["--annotation", &annotation, "-o", format]);
            let object = kubectl_reads(&manifest).remove(0);
            let annotations = &object["metadata"]["annotations"];
            assert_eq!(
                *annotations,
                json!({ "example.com/note": text }),
                "{format}"
            );
        }
    }
}

#[test]
fn a_name_that_kubernetes_would_refuse_is_a_usage_error() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for (flag, value, reason) in [
        (
            "-n",
            "a.b",
            "\"a.b\" cannot be a namespace: a label has other characters than letters, digits and hyphens (RFC 1123 §2.1)",
        ),
        (
            "--name",
            "Cacerts",
            "\"Cacerts\" cannot be the name of a Secret: it has capital letters in it",
        ),
        (
            "--label",
            "a",
            "\"a\" cannot be a label: it has to be KEY=VALUE",
        ),
        (
            "--label",
            "a=b c",
            "\"b c\" cannot be the value of a label: it may have letters, digits, '-', '_' and '.' in it",
        ),
        (
            "--annotation",
            "=b",
            "\"\" cannot be the key of a label or annotation: it is empty",
        ),
    ] {
        let refused = workspace.meshpki(["secret", "cluster1", flag, value]);
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
        assert_eq!((refused.status, &*refused.stdout), (Some(64), ""));
    }
}

#[test]
fn the_tls_form_has_its_own_files_and_none_of_the_others() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let object = as_json(&workspace, &["--type", "tls"]);
    assert_eq!(object["type"], "kubernetes.io/tls");
    let names: Vec<_> = object["data"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["ca.crt", "tls.crt", "tls.key"]);
    // istiod appends ca.crt to tls.crt to make the chain that it sends: the root is not in both.
    assert_eq!(
        decoded(&object, "tls.crt"),
        workspace.read("cluster1/ca-cert.pem")
    );
    assert_eq!(
        decoded(&object, "tls.key"),
        workspace.read("cluster1/ca-key.pem")
    );
    assert_eq!(
        decoded(&object, "ca.crt"),
        workspace.read("cluster1/root-cert.pem")
    );
    if has("kubectl") {
        let yaml = secret(&workspace, &["--type", "tls"]);
        assert_eq!(kubectl_reads(&yaml), [object]);
    }

    let opaque = as_json(&workspace, &["--type", "opaque"]);
    let names: Vec<_> = opaque["data"].as_object().unwrap().keys().collect();
    assert_eq!(names, FILES.iter().collect::<Vec<_>>());
    assert_eq!(opaque.get("type"), None);
}

#[test]
fn the_tls_form_has_no_place_for_revocation_lists_and_says_so() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("cluster1/ca-crl.pem", "");
    let run = workspace.meshpki(["secret", "cluster1", "--type", "tls"]);
    assert_eq!(
        run.stderr,
        "warning: cluster1/ca-crl.pem is left out: istiod reads no CRL beside tls.crt\n"
    );
    assert!(!run.succeeds().contains("ca-crl"));
}

#[test]
fn several_clusters_on_one_stream_are_refused_with_the_reason() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    workspace.meshpki(["secret", "cluster1", "cluster2"]).fails(
        64,
        "error: several clusters need --out-dir DIR: on one stream their Secrets would be one object for different clusters, and the last would win\n\n\
         Usage: meshpki secret [OPTIONS] <NAME>...\n\n\
         For more information, try '--help'.\n",
    );
}

#[test]
fn with_a_folder_each_cluster_has_a_file_that_nobody_else_can_read() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    let arguments = ["secret", "cluster1", "cluster2", "--out-dir", "manifests"];
    let printed = workspace.meshpki(arguments).succeeds();
    assert_eq!(
        printed,
        "manifests/cluster1.yaml\nmanifests/cluster2.yaml\n"
    );
    assert_eq!(workspace.mode("manifests"), 0o700);
    for cluster in ["cluster1", "cluster2"] {
        let file = format!("manifests/{cluster}.yaml");
        assert_eq!(workspace.mode(&file), 0o600);
        let alone = workspace.meshpki(["secret", cluster]).succeeds();
        assert_eq!(workspace.read_text(&file), alone);
    }

    let before = workspace.snapshot();
    let again = workspace.meshpki(arguments).succeeds();
    assert_eq!(
        again,
        "manifests/cluster1.yaml: up to date\nmanifests/cluster2.yaml: up to date\n"
    );
    assert_eq!(workspace.snapshot(), before);

    let json = ["secret", "cluster1", "-o", "json", "--out-dir", "manifests"];
    assert_eq!(
        workspace.meshpki(json).succeeds(),
        "manifests/cluster1.json\n"
    );
}

#[test]
fn a_file_that_says_something_else_stays_unless_it_may_be_replaced() {
    let workspace = Workspace::with_clusters(&["cluster1", "cluster2"]);
    workspace.write("manifests/cluster2.yaml", "mine\n");
    let before = workspace.snapshot();
    let arguments = ["secret", "cluster1", "cluster2", "--out-dir", "manifests"];
    workspace.meshpki(arguments).fails(
        1,
        "error: manifests/cluster2.yaml is there already, and says something else\n\
         hint: replace it with --overwrite\n",
    );
    assert_eq!(workspace.snapshot(), before);

    let overwrite = arguments.iter().chain(&["--overwrite"]);
    let printed = workspace.meshpki(overwrite).succeeds();
    assert_eq!(
        printed,
        "manifests/cluster1.yaml\nmanifests/cluster2.yaml\n"
    );
    assert_eq!(workspace.mode("manifests/cluster2.yaml"), 0o600);
    assert!(
        workspace
            .read_text("manifests/cluster2.yaml")
            .starts_with("apiVersion: v1\n")
    );
}

#[test]
fn one_cluster_that_is_refused_keeps_the_others_from_being_written() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = workspace.snapshot();
    workspace
        .meshpki(["secret", "cluster1", "cluster2", "--out-dir", "manifests"])
        .fails(
            1,
            "error: there is no folder cluster2\n\
             hint: make it first: meshpki cluster-cacerts cluster2\n",
        );
    assert_eq!(workspace.snapshot(), before);
}

const EXTERNAL_SECRET: &str = r#"{#- the CA of one cluster -#}
apiVersion: external-secrets.io/v1
kind: PushSecret
metadata:
  name: {{ (cluster ~ "-" ~ name) | quote }}
  namespace: {{ namespace | quote }}
spec:
  data:
{%- for file, contents in files | items %}
    - remoteRef: {{ ("istio/" ~ cluster ~ "/" ~ file) | quote }}
      value: {{ contents | b64encode | quote }}
{%- endfor %}
"#;

#[test]
fn a_template_of_the_operators_own_is_filled_with_the_same_values() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("push.yaml", EXTERNAL_SECRET);
    let printed = secret(&workspace, &["--template", "push.yaml", "-n", "no"]);
    let mut expected = "apiVersion: external-secrets.io/v1\nkind: PushSecret\nmetadata:\n  \
        name: \"cluster1-cacerts\"\n  namespace: \"no\"\nspec:\n  data:\n"
        .to_owned();
    for file in FILES {
        let contents = BASE64_STANDARD.encode(workspace.read(format!("cluster1/{file}")));
        expected +=
            &format!("    - remoteRef: \"istio/cluster1/{file}\"\n      value: \"{contents}\"\n");
    }
    assert_eq!(printed, expected);
}

#[test]
fn a_template_can_give_helm_the_files_as_text() {
    if !has("kubectl") {
        return;
    }
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: values\n\
        {%- if labels %}\n  labels: {{ labels | tojson }}{% endif %}\ndata:\n\
        {%- for file, contents in files | items %}\n  {{ file }}: |\n    {{ contents | indent }}\n{%- endfor %}\n";
    workspace.write("values.yaml", template);
    let arguments = ["--template", "values.yaml", "--label", "team=mesh"];
    let object = kubectl_reads(&secret(&workspace, &arguments)).remove(0);
    for file in FILES {
        let text = workspace.read_text(format!("cluster1/{file}"));
        assert_eq!(object["data"][file], *text, "{file}");
    }
    assert_eq!(object["metadata"]["labels"], json!({ "team": "mesh" }));
}

#[test]
fn what_a_template_says_is_printed_octet_for_octet() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    workspace.write("template", "\u{1B}[1m\u{7}{{ cluster }}\r\n");
    let printed = secret(&workspace, &["--template", "template"]);
    assert_eq!(printed, "\u{1B}[1m\u{7}cluster1\r\n");
}

#[test]
fn a_fault_in_a_template_is_named_with_its_file_and_line() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for (template, reason) in [
        (
            "a\n{{ nothing }}\n",
            "line 2: there is no such value: nothing",
        ),
        ("{{ files.ca }}", "line 1: there is no such value: files.ca"),
        (
            "\n\n{{ name | upcase }}",
            "line 3: there is no such filter: upcase",
        ),
        (
            "\n{% if name %}",
            "line 2: the syntax is wrong: unexpected end of input",
        ),
        (
            "{{ files['tls.crt'] | b64encode }}",
            "line 1: b64encode: it is given a value that is not there, and takes text",
        ),
    ] {
        workspace.write("a\u{1B}[31m.yaml", template);
        let refused = workspace.meshpki(["secret", "cluster1", "--template", "a\u{1B}[31m.yaml"]);
        let start = format!("error: a\\1B[31m.yaml: {reason}");
        assert!(refused.stderr.starts_with(&start), "{}", refused.stderr);
        assert_eq!((refused.status, &*refused.stdout), (Some(1), ""));
    }
    workspace
        .meshpki(["secret", "cluster1", "--template", "absent.yaml"])
        .fails(
            1,
            "error: cannot read absent.yaml: No such file or directory (os error 2)\n",
        );
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::OpenOptionsExt;

    let workspace = Workspace::with_clusters(&["cluster1"]);
    let said = |name: &str, mode| {
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode);
        let file = file.open(workspace.join(name)).unwrap();
        let mut command = workspace.meshpki_command();
        let output = command.args(["secret", "cluster1"]).stdout(file).output();
        let run = Run::from(output.unwrap());
        assert_eq!(run.status, Some(0));
        run.stderr
    };
    assert_eq!(said("private.yaml", 0o600), "");
    assert_eq!(
        said("public.yaml", 0o644),
        "warning: stdout is a file that others can read, and a Secret holds a private key: chmod 600 it, or use --out-dir\n"
    );
    assert_eq!(
        workspace.read("private.yaml"),
        workspace.read("public.yaml")
    );
}

#[test]
fn roots_that_a_cluster_does_not_have_yet_are_told() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let other = Workspace::with_clusters(&[]);
    workspace.write("b.pem", other.read("root-cert.pem"));
    workspace.meshpki(["bundle", "add", "b.pem"]).succeeds();
    let run = workspace.meshpki(["secret", "cluster1"]);
    assert_eq!(
        run.stderr,
        "warning: cluster1/root-cert.pem is not the mesh's root-cert.pem: meshpki cluster-cacerts cluster1 tells the way\n"
    );
    assert!(run.succeeds().contains("kind: Secret"));
}
