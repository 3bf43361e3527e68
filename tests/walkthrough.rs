//! The two walks of README.md: every command of either column is run, against stand-ins for the
//! cluster that print what real ones print, and against a real TLS server.

mod common;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::machine::Machine;
use common::tls::TlsServer;
use common::{Run, has};
use serde_json::{Value, json};

const README: &str = include_str!("../README.md");

/// What stands in the second column where there is no command.
const NO_COMMAND: &[&str] = &["as before", "part of the next", "nothing to install"];

struct Row {
    old: String,
    new: String,
}

/// The rows of the table below `heading`.
fn rows(heading: &str) -> Vec<Row> {
    let (_, rest) = README.split_once(heading).expect("README.md has the walk");
    let table = rest.lines().skip_while(|line| !line.starts_with('|'));
    let rows = table.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        // A `|` inside a cell is written `\|`.
        let line = line.replace("\\|", "\0");
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        let [old, new] = cells[..] else {
            panic!("two columns: {line}")
        };
        let cell = |text: &str| text.trim().replace('\0', "|");
        Row {
            old: cell(old),
            new: cell(new),
        }
    })
    .collect()
}

/// The command in a cell that holds one and nothing else.
fn command(cell: &str) -> Option<&str> {
    let code = cell.strip_prefix('`')?.strip_suffix('`')?;
    (!code.contains("`, `")).then_some(code)
}

/// A machine from which a cluster is reached.
struct Site {
    machine: Machine,
    /// A workload's side of mutual TLS.
    peer: Option<TlsServer>,
}

/// What the programs print that ask the cluster: files in `cluster/`, put there by [`Site::publish`].
const KUBECTL: &str = r#"#!/bin/bash
set -eu
case "$*" in
*"-o json") ;;
"get configmap istio "*) echo '    authPolicy: MUTUAL_TLS'; exit ;;
"get pod -l "*) echo sleep-7656cf8794-kqhkx; exit ;;
"get pod") echo 'productpage-v1-564d4686f-bdqfs   2/2     Running   0          9m'; exit ;;
"get "*) echo 'NAME                 DATA   AGE'; exit ;;
"create secret "*) exec REAL "$@" --dry-run=client -o yaml ;;
"create "*) exit ;;
"apply -f -") cat > ../cluster/applied; exit ;;
"exec "*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
esac
case "$*" in
"get secret -n istio-system -o json") cat ../cluster/secrets.json ;;
"get cm istio-ca-root-cert -o json") cat ../cluster/root.json ;;
"get cm -n istio-system -o json"|"get cm -A "*) cat ../cluster/roots.json ;;
*) echo "unknown: kubectl $*" >&2; exit 1 ;;
esac
"#;

const ISTIOCTL: &str = "#!/bin/sh\nset -eu\ncase \"$*\" in 'proxy-config secret '*' -o json') cat ../cluster/proxy.json;; esac\n";

/// Names of the cluster lead to the server on this machine.
const OPENSSL: &str = r#"#!/bin/bash
set -eu
arguments=()
for argument; do
    case "$argument" in httpbin.foo:8000|details:9080) argument=$(cat ../cluster/address);; esac
    arguments+=("$argument")
done
exec REAL "${arguments[@]}"
"#;

const CURL: &str = "#!/bin/sh\nset -eu\nexec REAL -sS --connect-to \"details:9080:$(cat ../cluster/address)\" \"$@\"\n";

impl Site {
    fn new() -> Self {
        let machine = Machine::new();
        for folder in ["cluster", "tmp", "work/tools/certs"] {
            std::fs::create_dir_all(machine.workspace.join(folder)).unwrap();
        }
        for (name, script) in [("kubectl", KUBECTL), ("openssl", OPENSSL), ("curl", CURL)] {
            machine.stand_in(name, &script.replace("REAL", &real(name)));
        }
        machine.stand_in("istioctl", ISTIOCTL);
        let makefile = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/Makefile");
        let there = "work/tools/certs/Makefile.selfsigned.mk";
        std::fs::copy(makefile, machine.workspace.join(there)).unwrap();
        Self {
            machine,
            peer: None,
        }
    }

    /// One whose cluster has a CA of its own that nobody has plugged in.
    fn self_signed() -> Self {
        let site = Self::new();
        site.prepare(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
             -subj /O=cluster.local -keyout ../cluster/istiod-key.pem -out ../cluster/istiod-cert.pem",
        );
        site.publish("cluster/istiod-cert.pem");
        site
    }

    fn prepare(&self, script: &str) -> String {
        self.machine.bash(script).succeeds()
    }

    /// What the cluster says once istiod has the root in `file`.
    fn publish(&self, file: &str) {
        let root = self.machine.workspace.read_text(file);
        let config_map = |namespace: &str| {
            json!({
                "apiVersion": "v1",
                "data": {"root-cert.pem": root},
                "kind": "ConfigMap",
                "metadata": metadata("istio-ca-root-cert", namespace, &json!({"istio.io/config": "true"})),
            })
        };
        self.write("root.json", &config_map("default"));
        let namespaces = ["default", "demo", "istio-system"];
        self.write("roots.json", &list(&namespaces.map(config_map)));
        let key = self.machine.workspace.read("cluster/istiod-key.pem");
        let secret = json!({
            "apiVersion": "v1",
            "data": {
                "ca-cert.pem": STANDARD.encode(&root), "ca-key.pem": STANDARD.encode(key),
                "cert-chain.pem": "", "key.pem": "", "root-cert.pem": "",
            },
            "kind": "Secret",
            "metadata": metadata("istio-ca-secret", "istio-system", &json!({})),
            "type": "istio.io/ca-root",
        });
        self.write("secrets.json", &list(&[secret]));
    }

    /// What `istioctl proxy-config secret` says of the sidecar with the files in `folder`.
    fn publish_proxy(&self, folder: &str) {
        let encoded = |file: &str| {
            let contents = self.machine.workspace.read(format!("{folder}/{file}"));
            STANDARD.encode(contents)
        };
        let secret = |name: &str, contents: Value| {
            let mut secret = json!({
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
                "name": name,
            });
            let fields = contents.as_object().unwrap().clone();
            secret.as_object_mut().unwrap().extend(fields);
            json!({"lastUpdated": "2026-08-04T07:01:46.331Z", "name": name, "secret": secret, "versionInfo": "08-04"})
        };
        let identity = json!({"tlsCertificate": {
            "certificateChain": {"inlineBytes": encoded("cert-chain.pem")},
            "privateKey": {"inlineBytes": STANDARD.encode("[redacted]")},
        }});
        let roots =
            json!({"validationContext": {"trustedCa": {"inlineBytes": encoded("root-cert.pem")}}});
        let secrets = [secret("default", identity), secret("ROOTCA", roots)];
        self.write("proxy.json", &json!({"dynamicActiveSecrets": secrets}));
    }

    fn write(&self, name: &str, value: &Value) {
        let text = serde_json::to_string_pretty(value).unwrap();
        self.machine
            .workspace
            .write(format!("cluster/{name}"), text);
    }

    /// The files of a workload as its agent has them, in `FOLDER/NAMESPACE`; not where the walk goes.
    fn workload(&self, folder: &str, namespace: &str, service_account: &str) {
        self.prepare(&format!(
            "cp -r certs ../{folder} && meshpki -C ../{folder} workload-certs --cluster cluster1 \
             --chain-with-root --service-account {service_account} {namespace}"
        ));
    }

    /// The server that `folder/namespace` is the files of.
    fn serve(&mut self, folder: &str, namespace: &str, options: &[&str]) {
        let files = self.machine.workspace.join(folder).join(namespace);
        let line = "-www -cert cert-chain.pem -cert_chain ../cluster1/cert-chain.pem -key key.pem -CAfile root-cert.pem";
        // The leaf is the first of the former, and what the agent sends behind it the latter.
        let arguments = line.split(' ').chain(options.iter().copied());
        let peer = TlsServer::start(&files, arguments);
        self.machine
            .workspace
            .write("cluster/address", &peer.address);
        self.peer = Some(peer);
    }

    /// A command of the table, with the folders of the text in this machine's own.
    fn run(&self, command: &str) -> Run {
        let folder = |name: &str| format!("{}/", self.machine.workspace.join(name).display());
        let command = command
            .replace(" /tmp/", &format!(" {}", folder("tmp")))
            .replace(" /etc/certs/", &format!(" {}", folder("sidecar/default")));
        // Small keys are quickly made.
        let key = "export KEY='openssl genrsa -out $@ 2048'";
        self.machine.bash(&format!("{key}\n{command}"))
    }
}

fn real(program: &str) -> String {
    let paths = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&paths).map(|folder| folder.join(program));
    let found = found.find(|path| path.is_file()).expect("it is there");
    found.to_str().unwrap().to_owned()
}

/// As an API server gives it back.
fn metadata(name: &str, namespace: &str, labels: &Value) -> Value {
    json!({
        "creationTimestamp": "2026-08-04T07:01:46Z",
        "labels": labels,
        "managedFields": [{
            "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {".": {}, "f:root-cert.pem": {}}},
            "manager": "pilot-discovery", "operation": "Update", "time": "2026-08-04T07:01:46Z",
        }],
        "name": name,
        "namespace": namespace,
        "resourceVersion": "1084",
        "uid": "9a3c1d0e-65b1-4f0d-9c34-0b6a6f3ab0c1",
    })
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

fn has_all() -> bool {
    ["openssl", "kubectl", "curl", "jq", "make"]
        .iter()
        .all(|program| has(program))
}

#[derive(Clone, Copy, PartialEq)]
enum Column {
    Old,
    New,
}

impl Column {
    fn commands(self, rows: &[Row]) -> impl Iterator<Item = &str> {
        let cells = rows.iter().map(move |row| match self {
            Self::Old => row.old.as_str(),
            Self::New => row.new.as_str(),
        });
        cells.filter_map(command)
    }
}

/// What a command of the walk ends with: part of its stdout.
type Expected = &'static [(&'static str, &'static str)];

#[track_caller]
fn is_as_expected(command: &str, run: &Run, expected: Expected) {
    assert_eq!(run.status, Some(0), "{command}: {run:#?}");
    for (_, printed) in expected.iter().filter(|(part, _)| command.contains(part)) {
        assert!(run.stdout.contains(printed), "{command}: {run:#?}");
    }
}

fn plug_in_and_prove(column: Column, expected: Expected) {
    let mut site = Site::self_signed();
    for command in column.commands(&rows("### A CA of one's own")) {
        if command.contains("s_client") {
            site.workload("httpbin", "foo", "httpbin");
            site.serve("httpbin", "foo", &["-verify", "1"]);
        }
        let run = site.run(command);
        is_as_expected(command, &run, expected);
        if command.contains("secret generic") || command.contains("meshpki -C certs secret") {
            site.publish("work/certs/root-cert.pem");
        }
    }
    assert!(site.peer.is_some());
}

#[test]
fn a_ca_is_plugged_in_and_proved_as_it_was() {
    if has_all() {
        plug_in_and_prove(
            Column::Old,
            &[
                ("diff -s", "are identical"),
                ("verify", "./proxy-cert-1.pem: OK"),
            ],
        );
    }
}

#[test]
fn a_ca_is_plugged_in_and_proved() {
    if has_all() {
        plug_in_and_prove(
            Column::New,
            &[
                ("inspect", "cluster.local"),
                ("meshpki diff", "identical"),
                ("meshpki split", "proxy-cert-3.pem"),
                ("verify", "httpbin-proxy-cert.txt: OK"),
            ],
        );
    }
}

fn look_from_a_sidecar(column: Column, expected: Expected) {
    let mut site = Site::new();
    site.prepare(
        "mkdir certs && meshpki -C certs root-ca && meshpki -C certs cluster-cacerts cluster1",
    );
    site.workload("details", "default", "bookinfo-details");
    site.workload("sidecar", "default", "bookinfo-productpage");
    site.publish_proxy("sidecar/default");
    site.serve(
        "details",
        "default",
        &["-Verify", "1", "-verify_return_error"],
    );
    for command in column.commands(&rows("### Mutual TLS, seen from a sidecar")) {
        if let Some(name) = command.strip_prefix("yum install -y ") {
            assert!(has(name));
            continue;
        }
        let run = site.run(command);
        if command.starts_with("openssl verify") {
            // It reads the leaf alone, whose issuer is not the root.
            assert_eq!(run.status, Some(2), "{run:#?}");
            continue;
        }
        is_as_expected(command, &run, expected);
    }
}

#[test]
fn a_sidecar_sees_what_it_saw() {
    if has_all() {
        look_from_a_sidecar(
            Column::Old,
            &[
                ("ls /etc/certs/", "cert-chain.pem"),
                (" --key ", "Secure Renegotiation"),
                (
                    "-text",
                    "URI:spiffe://cluster.local/ns/default/sa/bookinfo-productpage",
                ),
            ],
        );
    }
}

#[test]
fn a_sidecar_sees_whom_it_speaks_to() {
    if has_all() {
        look_from_a_sidecar(
            Column::New,
            &[
                (
                    "inspect",
                    "spiffe://cluster.local/ns/default/sa/bookinfo-productpage",
                ),
                (" --key ", "Secure Renegotiation"),
                ("verify", ": OK"),
            ],
        );
    }
}

#[test]
fn every_row_has_a_command_or_says_why_not() {
    for heading in [
        "### A CA of one's own",
        "### Mutual TLS, seen from a sidecar",
    ] {
        let rows = rows(heading);
        assert!(rows.len() > 10, "{heading}");
        for Row { old, new } in rows {
            let is_said = NO_COMMAND.iter().any(|words| new.starts_with(words));
            assert!(command(&new).is_some() || is_said, "{old}: {new}");
        }
    }
}
