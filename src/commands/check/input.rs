//! What is to be checked: folders of clusters, and Secrets, as files or on stdin.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Context as _;

use crate::console::Refusal;
use crate::input::{self, InputDir, InputError};
use crate::mesh;
use crate::mesh::cacerts::{CacertsFiles, Naming};
use crate::mesh::import::SELF_SIGNED_SECRET;
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::kubernetes::Namespace;
use crate::mesh::rules::Surroundings;
use crate::mesh::secrets::{self, Secret};

/// A cluster's files by a name, as istiod would see them.
pub(in crate::commands) struct Input {
    /// For messages: `cluster1`, `cacerts.yaml`, `stdin`.
    pub name: String,
    /// For the commands in hints.
    pub place: Place,
    pub files: CacertsFiles,
    pub surroundings: Surroundings,
}

/// What `path` holds: one cluster of a folder, or as many as there are Secrets.
pub(in crate::commands) fn read(path: &Path, version: IstioVersion) -> anyhow::Result<Vec<Input>> {
    if path != Path::new("-") {
        match InputDir::open(path) {
            Ok(folder) => return Ok(vec![of_folder(path, &folder, version)?]),
            Err(error) if error.is_no_folder() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let name = input::name(path);
    let text = input::read_or_stdin(path)?;
    let secrets = find(&text).map_err(|error| {
        let hint = "name a cluster's folder, or a Secret in YAML or JSON; \
                    single certificates: meshpki inspect, meshpki verify";
        Refusal::new(format_args!("{name}: {error}"), hint)
    })?;
    let secrets = of_clusters(secrets);
    if secrets.is_empty() {
        let message =
            format!("{name}: it is the CA that istiod has made for itself, and no cacerts");
        let hint = "to have its certificate and key as a root's files: meshpki import";
        return Err(Refusal::new(message, hint).into());
    }
    let is_alone = secrets.len() == 1;
    let inputs = secrets.into_iter().map(|secret| {
        let name = if is_alone {
            name.clone()
        } else {
            let namespace = secret.namespace.as_ref().map(Namespace::as_str);
            let slash = if namespace.is_some() { "/" } else { "" };
            let namespace = namespace.unwrap_or_default();
            format!("{name}:{namespace}{slash}{}", secret.name.as_str())
        };
        of_secret(name, secret, version)
    });
    Ok(inputs.collect())
}

/// The Secrets of `text`: at least one.
fn find(text: &[u8]) -> anyhow::Result<Vec<Secret>> {
    anyhow::ensure!(!text.trim_ascii().is_empty(), "it is empty");
    let objects = std::str::from_utf8(text).ok().and_then(secrets::find);
    let objects = objects.context("it is neither YAML nor JSON of Kubernetes")??;
    anyhow::ensure!(!objects.secrets.is_empty(), "there is no Secret in it");
    let secrets = objects.secrets.into_iter();
    Ok(secrets.collect::<Result<_, _>>()?)
}

/// Those of `secrets` that istiod might be given, as `kubectl get secret -A` prints them among
/// others. One that stands alone is meant.
fn of_clusters(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.retain(|secret| secret.name.as_str() != SELF_SIGNED_SECRET);
    if secrets.len() > 1 {
        let is_file = |key: &str| CacertsFiles::NAMES.contains(&key);
        let has_files = |secret: &Secret| secret.keys().any(is_file);
        if secrets.iter().any(has_files) {
            secrets.retain(has_files);
        }
    }
    secrets
}

/// As [`read`], where one cluster is wanted.
pub(super) fn read_one(path: &Path, version: IstioVersion) -> anyhow::Result<Input> {
    let mut inputs = read(path, version)?;
    is_one(path, inputs.len())?;
    Ok(inputs.remove(0))
}

/// That there are not several Secrets in `path`.
pub(super) fn is_one(path: &Path, count: usize) -> anyhow::Result<()> {
    if count <= 1 {
        return Ok(());
    }
    let path = crate::escape::path(path);
    let hint = "give the one that is meant in a file of its own";
    Err(Refusal::new(
        format_args!("{path}: there are {count} Secrets in it"),
        hint,
    )
    .into())
}

fn of_folder(path: &Path, folder: &InputDir, version: IstioVersion) -> anyhow::Result<Input> {
    let knows_tls = version >= IstioVersion::READS_TLS;
    let files = CacertsFiles::of(knows_tls, |name| folder.read(name))?;
    let names = folder.names()?;
    let has = |name: &str| names.iter().any(|there| there == name);
    let shown = shown(path);
    let is_of_root = has(mesh::ROOT_KEY) && files.ca_cert.is_none() && files.ca_key.is_none();
    if is_of_root {
        let hint = format!("name its clusters: meshpki check {shown}/CLUSTER");
        let message = format_args!("{shown} is the folder of a root, and of no cluster");
        return Err(Refusal::new(message, hint).into());
    }
    let key = match files.naming {
        Naming::Pem => mesh::CA_KEY,
        Naming::Tls => mesh::TLS_KEY,
    };
    // What the kubelet puts there to change all files at once.
    let is_of_kubelet = |name: &&OsString| name.as_encoded_bytes().starts_with(b"..");
    let others = names.iter().filter(|name| !is_of_kubelet(name));
    Ok(Input {
        place: Place::of(path),
        surroundings: Surroundings {
            naming: files.naming,
            names: others
                .map(|name| crate::escape::path(Path::new(name)))
                .collect(),
            key_mode: folder.mode(key),
            secret: None,
        },
        name: shown,
        files,
    })
}

/// `path` for messages, without what may stand at its end.
fn shown(path: &Path) -> String {
    let shown = crate::escape::path(path);
    match shown.trim_end_matches('/') {
        "" => shown,
        trimmed => trimmed.to_owned(),
    }
}

/// Where a cluster's files are, in the words of a shell.
pub(in crate::commands) struct Place {
    /// The folder that holds the cluster's, unless it is the one that meshpki works in.
    pub mesh: Option<String>,
    pub cluster: String,
    pub folder: String,
}

impl Place {
    fn of(path: &Path) -> Self {
        let whole = match path.file_name() {
            Some(_) => path.to_owned(),
            // `.` and `..`
            None => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        };
        let parent = whole.parent().filter(|parent| *parent != Path::new(""));
        Self {
            mesh: parent.map(quoted),
            cluster: quoted(Path::new(whole.file_name().unwrap_or(whole.as_os_str()))),
            folder: quoted(&whole),
        }
    }

    /// Of a Secret nobody knows.
    fn unknown() -> Self {
        Self {
            mesh: None,
            cluster: "NAME".to_owned(),
            folder: "NAME".to_owned(),
        }
    }

    /// `hint`, a command of meshpki or another, to be run where meshpki runs now.
    pub fn as_run_here(&self, hint: &str) -> String {
        match &self.mesh {
            Some(mesh) => ["cluster-cacerts", "bundle", "root-ca"].iter().fold(
                hint.to_owned(),
                |hint, command| {
                    let there = format!("meshpki -C {mesh} {command}");
                    hint.replace(&format!("meshpki {command}"), &there)
                },
            ),
            None => hint.to_owned(),
        }
    }
}

/// `path` as a shell takes it.
fn quoted(path: &Path) -> String {
    let shown = crate::escape::path(path);
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "._-/+:@%".contains(character);
    if shown.chars().all(is_plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

fn of_secret(name: String, mut secret: Secret, version: IstioVersion) -> Input {
    let names = secret.keys().map(str::to_owned).collect();
    let knows_tls = version >= IstioVersion::READS_TLS;
    let read = |name: &str| Ok::<_, InputError>(secret.take(name));
    let files = CacertsFiles::of(knows_tls, read).expect("a map takes every look");
    Input {
        name,
        place: Place::unknown(),
        surroundings: Surroundings {
            naming: files.naming,
            names,
            key_mode: None,
            secret: Some(secret.name.as_str().to_owned()),
        },
        files,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_lead_to_where_the_cluster_is() {
        let hint = "a new certificate: meshpki cluster-cacerts --renew c1";
        let as_run_here = |path: &str| Place::of(Path::new(path)).as_run_here(hint);
        assert_eq!(as_run_here("c1/"), hint);
        assert_eq!(
            as_run_here("/m/c1"),
            "a new certificate: meshpki -C /m cluster-cacerts --renew c1"
        );
        assert_eq!(
            as_run_here("my mesh/c1"),
            "a new certificate: meshpki -C 'my mesh' cluster-cacerts --renew c1"
        );
        assert_eq!(quoted(Path::new("it's")), "'it'\\''s'");
    }
}
