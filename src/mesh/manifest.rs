//! A cluster's files as Kubernetes objects.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::cacerts::{Cacerts, CacertsFiles};
use super::kubernetes::{Annotation, ClusterName, Label, Namespace, SecretName};
use super::template::{self, TemplateError};
use crate::pki::certificate::Certificate;

/// The forms of Secret that istiod reads. It takes the second where it finds both, so that no
/// Secret may have both (istio pilot/pkg/bootstrap/istio_ca.go).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretType {
    /// ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem and, from Istio 1.27, ca-crl.pem
    Opaque,
    /// tls.crt, tls.key and ca.crt, from Istio 1.15
    Tls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Yaml,
    Json,
}

/// What a Secret says besides the files.
#[derive(Debug, Clone)]
pub struct SecretSpec {
    pub name: SecretName,
    pub namespace: Namespace,
    pub secret_type: SecretType,
    pub labels: Vec<Label>,
    pub annotations: Vec<Annotation>,
    /// Whether the Namespace object comes first.
    pub with_namespace: bool,
}

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("{0} is not UTF-8, and a template carries nothing else")]
    NotText(&'static str),
}

/// Everything that a template can say. The names are part of the command's interface.
#[derive(Serialize)]
struct Values<'a> {
    cluster: &'a str,
    name: &'a str,
    namespace: &'a str,
    with_namespace: bool,
    /// `kubernetes.io/tls`, or nothing: Kubernetes then has Opaque.
    #[serde(rename = "type")]
    secret_type: Option<&'static str>,
    labels: BTreeMap<&'a str, &'a str>,
    annotations: BTreeMap<&'a str, &'a str>,
    files: BTreeMap<&'static str, Contents<'a>>,
}

/// A file for a template: text as far as it is text.
struct Contents<'a>(&'a [u8]);

impl Serialize for Contents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.serialize_bytes(self.0),
        }
    }
}

/// The manifest of `cacerts`.
pub fn secret(
    cluster: &ClusterName,
    cacerts: &Cacerts,
    spec: &SecretSpec,
    format: Format,
) -> Result<Zeroizing<String>, ManifestError> {
    let files = files(cacerts, spec.secret_type);
    match format {
        Format::Yaml => {
            let template = include_str!("../../templates/secret.yaml");
            render(cluster, spec, &files, template)
        }
        Format::Json => Ok(json(&values(cluster, spec, &files))),
    }
}

/// The operator's own manifest: `template`, in the language of Jinja, with the same values.
pub fn with_template(
    cluster: &ClusterName,
    cacerts: &Cacerts,
    spec: &SecretSpec,
    template: &str,
) -> Result<Zeroizing<String>, ManifestError> {
    let files = files(cacerts, spec.secret_type);
    let not_text = files
        .iter()
        .find(|(_, contents)| std::str::from_utf8(contents).is_err());
    match not_text {
        Some((name, _)) => Err(ManifestError::NotText(name)),
        None => render(cluster, spec, &files, template),
    }
}

fn render(
    cluster: &ClusterName,
    spec: &SecretSpec,
    files: &Files,
    template: &str,
) -> Result<Zeroizing<String>, ManifestError> {
    let rendered = template::render(template, &values(cluster, spec, files))?;
    Ok(Zeroizing::new(rendered))
}

fn values<'a>(cluster: &'a ClusterName, spec: &'a SecretSpec, files: &'a Files) -> Values<'a> {
    Values {
        cluster: cluster.as_str(),
        name: spec.name.as_str(),
        namespace: spec.namespace.as_str(),
        with_namespace: spec.with_namespace,
        secret_type: match spec.secret_type {
            SecretType::Opaque => None,
            SecretType::Tls => Some("kubernetes.io/tls"),
        },
        labels: pairs(spec.labels.iter().map(|label| (&label.key, &label.value))),
        annotations: pairs(spec.annotations.iter().map(|note| (&note.key, &note.value))),
        files: files
            .iter()
            .map(|(name, contents)| (*name, Contents(contents)))
            .collect(),
    }
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> BTreeMap<&'a str, &'a str> {
    pairs
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

/// The files by the names that they have in the Secret.
type Files = BTreeMap<&'static str, Zeroizing<Vec<u8>>>;

fn files(cacerts: &Cacerts, secret_type: SecretType) -> Files {
    let present = cacerts.files().present();
    let kept = |contents: &[u8]| Zeroizing::new(contents.to_vec());
    match secret_type {
        SecretType::Opaque => present
            .map(|(name, contents)| (name, kept(contents)))
            .collect(),
        SecretType::Tls => present
            .filter_map(|(name, contents)| match name {
                super::CA_KEY => Some((super::TLS_KEY, kept(contents))),
                super::ROOT_CERT => Some((super::CA_CRT, kept(contents))),
                _ => None,
            })
            .chain([(
                super::TLS_CRT,
                Zeroizing::new(tls_crt(cacerts).into_bytes()),
            )])
            .collect(),
    }
}

/// The signing certificate and what is between it and the anchors: istiod appends ca.crt to it to
/// make the chain that it sends, and so the anchors are left out here.
fn tls_crt(cacerts: &Cacerts) -> String {
    let anchors = anchors(cacerts.files());
    let signing = cacerts.authority().certificate();
    let above = cacerts
        .chain()
        .iter()
        .filter(|certificate| *certificate != signing && !anchors.contains(certificate));
    std::iter::once(signing)
        .chain(above)
        .map(Certificate::to_pem)
        .collect()
}

fn anchors(files: &CacertsFiles) -> Vec<Certificate> {
    files
        .root_cert
        .as_deref()
        .and_then(|text| Certificate::all_from_pem(text).ok())
        .unwrap_or_default()
}

/// As `kubectl -o json` prints it; the Namespace and the Secret as one List.
fn json(values: &Values<'_>) -> Zeroizing<String> {
    let mut metadata = serde_json::json!({
        "name": values.name,
        "namespace": values.namespace,
    });
    if !values.labels.is_empty() {
        metadata["labels"] = serde_json::json!(values.labels);
    }
    if !values.annotations.is_empty() {
        metadata["annotations"] = serde_json::json!(values.annotations);
    }
    let data: BTreeMap<_, _> = values
        .files
        .iter()
        .map(|(name, contents)| (name, BASE64_STANDARD.encode(contents.0)))
        .collect();
    let mut object = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "data": data,
    });
    if let Some(secret_type) = values.secret_type {
        object["type"] = secret_type.into();
    }
    if values.with_namespace {
        object = serde_json::json!({
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": { "name": values.namespace },
                },
                object,
            ],
        });
    }
    Zeroizing::new(format!("{object:#}\n"))
}
