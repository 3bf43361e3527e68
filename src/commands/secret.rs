//! `meshpki secret`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::{Outcome, Session, cluster, out_dir};
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh;
use crate::mesh::kubernetes::{Annotation, ClusterName, Label, Namespace, SecretName};
use crate::mesh::manifest::{self, Format, SecretSpec, SecretType};
use crate::mesh::spiffe::TrustDomain;
use crate::output::{NewFile, OutputDir};

/// Print the Secret that gives a cluster its CA
///
/// What istiod would refuse, or the mesh would break on, is not printed.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki secret cluster1 | kubectl apply -f -
  meshpki secret cluster1 --with-namespace -o json
  meshpki secret cluster1 cluster2 --out-dir manifests")]
pub struct Secret {
    /// The clusters
    #[arg(value_name = "NAME", required = true, value_parser = cluster::named)]
    clusters: Vec<ClusterName>,
    /// The namespace of the Secret [default: istio-system]
    #[arg(short, long)]
    namespace: Option<Namespace>,
    /// The name of the Secret; istiod reads "cacerts" [default: cacerts]
    #[arg(long)]
    name: Option<SecretName>,
    /// The format
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    output: Format,
    /// The form; Istio reads both, and never both at once
    #[arg(long = "type", value_name = "TYPE", default_value = "opaque")]
    form: SecretType,
    /// Put the Namespace object first
    #[arg(long)]
    with_namespace: bool,
    /// A label of the Secret; may be given more than once
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Label>,
    /// An annotation of the Secret; may be given more than once
    #[arg(long = "annotation", value_name = "KEY=VALUE")]
    annotations: Vec<Annotation>,
    /// Render this Jinja template with the same values: cluster, name, namespace, with_namespace,
    /// type, and the maps labels, annotations and files (name to PEM text); with the filters
    /// b64encode, quote and indent
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    template: Option<PathBuf>,
    /// The trust domain of the workloads, whose names a root's name constraints have to permit
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
    /// Write DIR/NAME.yaml for each cluster, readable by you alone
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Replace files in DIR that differ
    #[arg(long, requires = "out_dir")]
    overwrite: bool,
}

impl Secret {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let clusters = without_repetition(&self.clusters);
        if clusters.len() > 1 && self.out_dir.is_none() {
            let message = "several clusters need --out-dir DIR: on one stream their Secrets would \
                 be one object for different clusters, and the last would win";
            return Err(session.usage_error("secret", message).into());
        }
        let labels = self.labels.iter().map(|label| label.key.as_str());
        let annotations = self.annotations.iter().map(|note| note.key.as_str());
        if let Some(key) = repeated(labels).or_else(|| repeated(annotations)) {
            let message = format!("the label or annotation {key} is given twice");
            return Err(session.usage_error("secret", message).into());
        }
        let settings = session.config.secret()?;
        let spec = SecretSpec {
            name: self.name.unwrap_or(settings.name.value),
            namespace: self.namespace.unwrap_or(settings.namespace.value),
            secret_type: self.form,
            labels: self.labels,
            annotations: self.annotations,
            with_namespace: self.with_namespace,
        };
        let template = self.template.as_deref().map(read_template).transpose()?;
        let roots = input::read(Path::new(mesh::ROOT_CERT)).ok();
        let roots = roots.map(|text| text.to_vec());
        if self.out_dir.is_none() && input::stdout_is_exposed() {
            session.console.warning(
                "stdout is a file that others can read, and a Secret holds a private key: chmod 600 it, or use --out-dir",
            );
        }
        let trust_domain = self.trust_domain.or(session.config.trust_domain().value);

        let mut manifests = Vec::new();
        let mut outcome = Outcome::Done;
        for name in clusters {
            let Some(cacerts) = cluster::prove(name, trust_domain.as_ref(), session) else {
                outcome = Outcome::Trouble;
                continue;
            };
            if roots.is_some() && cacerts.files().root_cert != roots {
                session.console.warning(format_args!(
                    "{name}/root-cert.pem is not the mesh's root-cert.pem: meshpki cluster-cacerts {name} tells the way"
                ));
            }
            if spec.secret_type == SecretType::Tls && cacerts.files().ca_crl.is_some() {
                session.console.warning(format_args!(
                    "{name}/ca-crl.pem is left out: istiod reads no CRL beside tls.crt"
                ));
            }
            let manifest = match &template {
                Some((path, text)) => manifest::with_template(name, &cacerts, &spec, text)
                    .with_context(|| escape::path(path))?,
                None => manifest::secret(name, &cacerts, &spec, self.output)?,
            };
            manifests.push((name, manifest));
        }
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
        match self.out_dir {
            Some(folder) => {
                let extension = match self.output {
                    Format::Yaml => "yaml",
                    Format::Json => "json",
                };
                let report = out_dir::with(&folder, session, |output| {
                    write(&folder, extension, &manifests, self.overwrite, output)
                })?;
                session.console.report(&report)?;
            }
            None => {
                for (_, manifest) in &manifests {
                    session.console.print(manifest)?;
                }
            }
        }
        Ok(outcome)
    }
}

fn without_repetition(names: &[ClusterName]) -> Vec<&ClusterName> {
    let mut once = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

/// The first key that is there twice: of two values nobody could say which is meant.
fn repeated<'a>(keys: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = Vec::new();
    for key in keys {
        if seen.contains(&key) {
            return Some(key);
        }
        seen.push(key);
    }
    None
}

fn read_template(path: &Path) -> anyhow::Result<(&Path, String)> {
    let text = input::read_or_stdin(path)?;
    let text = std::str::from_utf8(&text)
        .with_context(|| format!("{} is not text", escape::path(path)))?;
    Ok((path, text.to_owned()))
}

fn write(
    folder: &Path,
    extension: &str,
    manifests: &[(&ClusterName, Zeroizing<String>)],
    overwrite: bool,
    output: &OutputDir,
) -> anyhow::Result<String> {
    let mut batch = output.batch()?;
    let mut report = String::new();
    for (name, manifest) in manifests {
        let name = format!("{name}.{extension}");
        let path = folder.join(&name);
        let shown = escape::path(&path);
        let file = NewFile::private(&name, manifest.as_bytes());
        match input::read(&path) {
            Err(error) if error.is_not_found() => batch.new_files(&[file])?,
            Ok(standing) if *standing == manifest.as_bytes() => {
                report += &format!("{shown}: up to date\n");
                continue;
            }
            Ok(_) if overwrite => batch.replace_file(&name, &file)?,
            Ok(_) => {
                return Err(Refusal::new(
                    format_args!("{shown} is there already, and says something else"),
                    "replace it with --overwrite",
                )
                .into());
            }
            Err(error) => return Err(error.into()),
        }
        report += &format!("{shown}\n");
    }
    batch.commit_all()?;
    Ok(report)
}
