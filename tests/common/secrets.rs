//! Secrets in the form in which `kubectl get` prints them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::{Run, Workspace};

/// `kubectl get secret NAME -n istio-system -o json --show-managed-fields`, of one that
/// `kubectl apply` has made, with other contents.
pub fn got_as_json(name: &str, secret_type: &str, values: &[(&str, &[u8])]) -> Value {
    let data: Map<_, _> = values
        .iter()
        .map(|(key, contents)| ((*key).to_owned(), BASE64_STANDARD.encode(contents).into()))
        .collect();
    let applied = json!({
        "apiVersion": "v1",
        "data": data,
        "kind": "Secret",
        "metadata": {"annotations": {}, "name": name, "namespace": "istio-system"},
    });
    json!({
        "apiVersion": "v1",
        "data": data,
        "kind": "Secret",
        "metadata": {
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": format!("{applied}\n"),
            },
            "creationTimestamp": "2026-11-22T00:38:00Z",
            "managedFields": [{
                "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {".": {}, "f:ca-cert.pem": {}}, "f:type": {}},
                "manager": "kubectl-client-side-apply",
                "operation": "Update",
                "time": "2026-11-22T00:38:00Z",
            }],
            "name": name,
            "namespace": "istio-system",
            "resourceVersion": "1187",
            "uid": "0c2bd6a1-7a2b-4a4c-9f8e-52c0e7a5c2ce",
        },
        "type": secret_type,
    })
}

/// `kubectl get secret NAME -n istio-system -o yaml`, of one that istiod or `kubectl create` has
/// made, with other contents.
pub fn got_as_yaml(name: &str, secret_type: &str, values: &[(&str, &[u8])]) -> String {
    let data = values.iter().map(|(key, contents)| {
        let text = match BASE64_STANDARD.encode(contents) {
            text if text.is_empty() => "\"\"".to_owned(),
            text => text,
        };
        format!("  {key}: {text}\n")
    });
    format!(
        "apiVersion: v1\ndata:\n{}kind: Secret\nmetadata:\n  creationTimestamp: \"2026-11-22T00:38:00Z\"\n  name: {name}\n  namespace: istio-system\n  resourceVersion: \"1187\"\n  uid: 0c2bd6a1-7a2b-4a4c-9f8e-52c0e7a5c2ce\ntype: {secret_type}\n",
        data.collect::<String>()
    )
}

/// The binary with `arguments` and `input` on stdin.
pub fn fed(workspace: &Workspace, arguments: &[&str], input: &str) -> Run {
    Run::fed(
        workspace.meshpki_command().args(arguments),
        input.as_bytes(),
    )
}
