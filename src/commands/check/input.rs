//! What is to be checked: folders of clusters, and Secrets, as files or on stdin.

mod place;

use std::ffi::OsString;
use std::path::Path;

use anyhow::Context as _;

use self::place::Place;
use crate::console::{Console, Refusal};
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
pub(in crate::commands) fn read(
    path: &Path,
    version: IstioVersion,
    console: Console,
) -> anyhow::Result<Vec<Input>> {
    if path != Path::new("-") {
        match InputDir::open(path) {
            Ok(folder) => return Ok(vec![of_folder(path, &folder, version, console)?]),
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
        of_secret(name, secret, version, console)
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
        let forms = [Naming::Pem, Naming::Tls];
        let is_file = |key: &str| forms.iter().any(|form| form.names().contains(&key));
        let has_files = |secret: &Secret| secret.keys().any(is_file);
        if secrets.iter().any(has_files) {
            secrets.retain(has_files);
        }
    }
    secrets
}

/// As [`read`], where one cluster is wanted.
pub(super) fn read_one(
    path: &Path,
    version: IstioVersion,
    console: Console,
) -> anyhow::Result<Input> {
    let mut inputs = read(path, version, console)?;
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

fn of_folder(
    path: &Path,
    folder: &InputDir,
    version: IstioVersion,
    console: Console,
) -> anyhow::Result<Input> {
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
    // What the kubelet puts there to change all files at once.
    let is_of_kubelet = |name: &&OsString| name.as_encoded_bytes().starts_with(b"..");
    let others = names.iter().filter(|name| !is_of_kubelet(name));
    Ok(Input {
        place: Place::of(path, console),
        surroundings: Surroundings {
            naming: files.naming,
            names: others
                .map(|name| crate::escape::path(Path::new(name)))
                .collect(),
            key_mode: folder.mode(files.naming.name_of(mesh::CA_KEY)),
            next_key_mode: folder.mode(mesh::CA_KEY_NEXT),
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

fn of_secret(name: String, mut secret: Secret, version: IstioVersion, console: Console) -> Input {
    let names = secret.keys().map(str::to_owned).collect();
    let knows_tls = version >= IstioVersion::READS_TLS;
    let read = |name: &str| Ok::<_, InputError>(secret.take(name));
    let files = CacertsFiles::of(knows_tls, read).expect("a map takes every look");
    Input {
        name,
        place: Place::unknown(console),
        surroundings: Surroundings {
            naming: files.naming,
            names,
            key_mode: None,
            next_key_mode: None,
            secret: Some(secret.name.as_str().to_owned()),
        },
        files,
    }
}
