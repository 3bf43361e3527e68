//! Certificates inside Kubernetes objects and Envoy's configuration, as JSON or YAML: the strings
//! that hold them, each by the name of its object and its key.
//!
//! No kind of object is known here but by its `kind` and `metadata`: a Secret's `data`, a
//! ConfigMap's, a webhook's `caBundle` and Envoy's `inlineBytes` are all found by what they hold.

mod contents;
mod node;

use std::fmt;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

pub use self::contents::{NotBase64, base64};
use self::node::{Held, Node};

/// A Kubernetes object, or a secret of Envoy's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectName {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// `Secret istio-system/cacerts`.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = |text: &String| crate::escape::text(text);
        f.write_str(&escape(&self.kind))?;
        match &self.namespace {
            Some(namespace) => write!(f, " {}/{}", escape(namespace), escape(&self.name)),
            None => write!(f, " {}", escape(&self.name)),
        }
    }
}

/// A string of an object, decoded, that may hold certificates.
#[derive(Clone)]
pub struct Value {
    pub object: Option<ObjectName>,
    /// Empty, as the contents then are, of an object in which nothing was found.
    pub key: String,
    /// PEM text or DER, and no private key's name is on it: it may be one.
    pub contents: Result<Zeroizing<Vec<u8>>, NotBase64>,
}

const JSON: &str = "JSON";

/// What is neither JSON nor YAML, though it begins so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not valid {format}: {reason}")]
pub struct SyntaxError {
    format: &'static str,
    reason: String,
}

impl SyntaxError {
    pub fn is_of_json(&self) -> bool {
        self.format == JSON
    }
}

/// The values of interest in the objects of `text`, in order. `None` if it holds no objects.
pub fn values(text: &str) -> Option<Result<Vec<Value>, SyntaxError>> {
    let nodes = documents::<Node>(text)?;
    Some(nodes.map(|nodes| {
        let held = nodes.into_iter().flat_map(|node| node.held);
        held.map(Held::into_value).collect()
    }))
}

/// The documents of `text`, in order. `None` if it holds no objects.
pub(super) fn documents<D: DeserializeOwned>(text: &str) -> Option<Result<Vec<D>, SyntaxError>> {
    let text = text.trim_start_matches('\u{FEFF}');
    if text.trim_start().starts_with(['{', '[']) {
        Some(json(text))
    } else if is_yaml(text) {
        Some(yaml(text))
    } else {
        None
    }
}

/// JSON values in a row.
fn json<D: DeserializeOwned>(text: &str) -> Result<Vec<D>, SyntaxError> {
    let documents = serde_json::Deserializer::from_str(text).into_iter();
    documents
        .collect::<Result<_, _>>()
        .map_err(|error| syntax_error(JSON, &error))
}

/// Whether `text` begins as a mapping does, and has a line that begins a Kubernetes object or
/// `istioctl proxy-config secret -o yaml`.
fn is_yaml(text: &str) -> bool {
    const KEYS: [&str; 5] = [
        "apiVersion:",
        "kind:",
        "- apiVersion:",
        "- kind:",
        "dynamicActiveSecrets:",
    ];

    let is_significant = |line: &&str| {
        !line.trim().is_empty()
            && !["#", "---", "%"]
                .iter()
                .any(|start| line.starts_with(start))
    };
    let is_mapping = text.lines().find(is_significant).is_some_and(|line| {
        let key = line.trim_start_matches("- ").split(':').next();
        line.contains(':') && key.is_some_and(|key| key.chars().all(char::is_alphanumeric))
    });
    is_mapping
        && text
            .lines()
            .any(|line| KEYS.iter().any(|key| line.starts_with(key)))
}

/// YAML documents in a row.
fn yaml<D: DeserializeOwned>(text: &str) -> Result<Vec<D>, SyntaxError> {
    /// Scalars, sequences and mappings: ten thousand ConfigMaps have a fifth of them.
    const MOST_NODES: usize = 1_000_000;

    // What grows with the text may be as long as that, but what could make more of it than is there
    // (aliases) may not.
    let mut options = serde_saphyr::Options::default();
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = 4 * MOST_NODES;
    budget.max_nodes = MOST_NODES;
    budget.max_documents = MOST_NODES;
    budget.max_total_scalar_bytes = text.len().saturating_mul(2);
    budget.max_aliases = 100;
    budget.max_anchors = 100;
    budget.max_merge_keys = 100;
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = 100_000;
    options.with_snippet = false;
    serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| syntax_error("YAML", &error))
}

fn syntax_error(format: &'static str, error: &dyn fmt::Display) -> SyntaxError {
    let reason = error.to_string();
    let reason = reason.lines().next().unwrap_or_default();
    // Advice for programmers.
    let reason = reason.replace(", set DuplicateKeyPolicy in Options if acceptable", "");
    SyntaxError {
        format,
        reason: crate::escape::text(&reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use proptest::prelude::*;

    const PEM: &str = "-----BEGIN X-----\nAQID\n-----END X-----\n";

    fn named(text: &str) -> Vec<(String, String, bool)> {
        let values = values(text).expect("objects").expect("valid");
        let named = values.into_iter().map(|value| {
            let object = value.object.map(|object| object.to_string());
            (
                object.unwrap_or_default(),
                value.key,
                value.contents.is_ok(),
            )
        });
        named.collect()
    }

    fn found(object: &str, key: &str) -> (String, String, bool) {
        (object.to_owned(), key.to_owned(), true)
    }

    fn encoded(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    #[test]
    fn data_before_its_kind_is_named_all_the_same() {
        let secret = serde_json::json!({
            "apiVersion": "v1",
            "data": {"ca-cert.pem": encoded(PEM), "other": encoded("text")},
            "kind": "Secret",
            "metadata": {"name": "cacerts", "namespace": "istio-system"},
        });
        let config_map = serde_json::json!({
            "data": {"root-cert.pem": PEM},
            "kind": "ConfigMap",
            "metadata": {"name": "istio-ca-root-cert", "namespace": "foo", "labels": {"name": "x"}},
        });
        let list =
            serde_json::json!({"kind": "List", "items": [secret, config_map], "metadata": {}});
        let wanted = [
            found("Secret istio-system/cacerts", "ca-cert.pem"),
            found("ConfigMap foo/istio-ca-root-cert", "root-cert.pem"),
        ];
        assert_eq!(named(&list.to_string()), wanted);
        assert_eq!(named(&format!("{secret}\n{config_map}")), wanted);
        let yaml = format!(
            "# a comment\n---\napiVersion: v1\ndata:\n  ca-cert.pem: {}\nkind: Secret\nmetadata:\n  name: cacerts\n  namespace: istio-system\n---\nkind: ConfigMap\nmetadata: {{name: istio-ca-root-cert, namespace: foo}}\ndata:\n  root-cert.pem: |\n    {}",
            encoded(PEM),
            PEM.trim_end().replace('\n', "\n    ")
        );
        assert_eq!(named(&yaml), wanted);
    }

    #[test]
    fn secrets_of_envoy_go_by_their_names() {
        let dump = serde_json::json!({"dynamicActiveSecrets": [
            {"name": "default", "secret": {"name": "default", "tlsCertificate": {
                "certificateChain": {"inlineBytes": encoded(PEM)},
                "privateKey": {"inlineBytes": encoded("[redacted]")},
            }}},
            {"name": "ROOTCA", "secret": {"name": "ROOTCA", "validationContext": {
                "trustedCa": {"inlineBytes": encoded(PEM)},
            }}},
        ]});
        assert_eq!(
            named(&dump.to_string()),
            [
                found("Envoy secret default", "tlsCertificate.certificateChain"),
                found("Envoy secret ROOTCA", "validationContext.trustedCa"),
            ]
        );
    }

    #[test]
    fn a_webhook_has_its_bundle_by_its_path() {
        let webhook = serde_json::json!({
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "istio"},
            "webhooks": [{"name": "a", "clientConfig": {"caBundle": encoded(PEM)}}],
        });
        assert_eq!(
            named(&webhook.to_string()),
            [found(
                "MutatingWebhookConfiguration istio",
                "webhooks.clientConfig.caBundle"
            )]
        );
    }

    #[test]
    fn pem_in_damaged_base64_is_said_to_be_damaged() {
        let damaged = format!("{{\"data\": {{\"a\": \"{}!\"}}}}", encoded(PEM));
        assert_eq!(named(&damaged), [(String::new(), "a".to_owned(), false)]);
    }

    #[test]
    fn what_an_object_lacks_is_named_without_contents() {
        let nothing = |object: &str, key: &str| found(&format!("ConfigMap {object}"), key);
        let list = serde_json::json!({"kind": "List", "metadata": {"resourceVersion": ""}, "items": [
            {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"root-cert.pem": "", "x": "y"}},
            {"kind": "ConfigMap", "metadata": {"name": "b"}, "data": {"Corefile": "x"}},
            {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"key.pem": "", "ca.crt": null}},
        ]});
        let wanted = [
            nothing("a", "root-cert.pem"),
            nothing("b", ""),
            nothing("c", "ca.crt"),
        ];
        assert_eq!(named(&list.to_string()), wanted);
        let values = values(&list.to_string()).unwrap().unwrap();
        let is_empty = |value: &Value| value.contents.as_ref().unwrap().is_empty();
        assert!(values.iter().all(is_empty));
    }

    #[test]
    fn what_kubectl_apply_notes_down_is_no_certificate() {
        let applied = serde_json::json!({"data": {"root-cert.pem": PEM}}).to_string();
        let key = "kubectl.kubernetes.io/last-applied-configuration";
        let config_map = serde_json::json!({
            "data": {"root-cert.pem": PEM},
            "kind": "ConfigMap",
            "metadata": {"name": "a", "annotations": {key: applied}},
        });
        assert_eq!(
            named(&config_map.to_string()),
            [found("ConfigMap a", "root-cert.pem")]
        );
    }

    #[test]
    fn what_is_no_object_is_text() {
        assert!(values(PEM).is_none());
        assert!(values("subject: a\nissuer: b\n").is_none());
        assert!(values("").is_none());
    }

    #[test]
    fn a_repeated_key_is_an_error_in_yaml() {
        let Some(Err(error)) = values("kind: A\nkind: B\n") else {
            panic!("no error");
        };
        let error = error.to_string();
        assert!(error.starts_with("it is not valid YAML: "), "{error}");
        assert!(error.contains("duplicate"), "{error}");
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut yaml = "kind: A\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let below = format!("*a{}, ", level - 1).repeat(9);
            yaml += &format!("a{level}: &a{level} [{below}]\n");
        }
        assert!(matches!(values(&yaml), Some(Err(_))));
        for (open, key) in [("[", ""), ("{", "a: ")] {
            let nested = format!("kind: A\na: {}", format!("{open}{key}").repeat(100_000));
            assert!(matches!(values(&nested), Some(Err(_))));
        }
        assert!(matches!(values(&"[".repeat(1_000_000)), Some(Err(_))));
        assert!(matches!(values(&"{\"a\":".repeat(1_000_000)), Some(Err(_))));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = values(&text);
            let _ = values(&format!("kind: {text}"));
            let _ = values(&format!("{{{text}"));
        }
    }
}
