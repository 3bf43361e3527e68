//! What is to be checked: folders of clusters, and Secrets, as files or on stdin.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Context as _;

use crate::console::Refusal;
use crate::input::{self, InputDir, InputError};
use crate::mesh;
use crate::mesh::cacerts::{CacertsFiles, Naming};
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::kubernetes::Namespace;
use crate::mesh::rules::Surroundings;
use crate::mesh::secrets::{self, Secret};

/// A cluster's files by a name, as istiod would see them.
pub(in crate::commands) struct Input {
    /// For messages: `cluster1`, `cacerts.yaml`, `stdin`.
    pub name: String,
    /// The cluster's name, for the commands in hints.
    pub cluster: String,
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
    let objects = std::str::from_utf8(text).ok().and_then(secrets::find);
    let objects = objects.context("it is neither YAML nor JSON of Kubernetes")??;
    anyhow::ensure!(!objects.secrets.is_empty(), "there is no Secret in it");
    let secrets = objects.secrets.into_iter();
    Ok(secrets.collect::<Result<_, _>>()?)
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
    let name = |name: OsString| crate::escape::path(Path::new(&name));
    let key = match files.naming {
        Naming::Pem => mesh::CA_KEY,
        Naming::Tls => mesh::TLS_KEY,
    };
    let cluster = path.file_name().unwrap_or(path.as_os_str());
    Ok(Input {
        name: crate::escape::path(path),
        cluster: crate::escape::path(Path::new(cluster)),
        surroundings: Surroundings {
            naming: files.naming,
            names: names.into_iter().map(name).collect(),
            key_mode: folder.mode(key),
            secret: None,
        },
        files,
    })
}

fn of_secret(name: String, mut secret: Secret, version: IstioVersion) -> Input {
    let names = secret.keys().map(str::to_owned).collect();
    let knows_tls = version >= IstioVersion::READS_TLS;
    let read = |name: &str| Ok::<_, InputError>(secret.take(name));
    let files = CacertsFiles::of(knows_tls, read).expect("a map takes every look");
    Input {
        name,
        cluster: "NAME".to_owned(),
        surroundings: Surroundings {
            naming: files.naming,
            names,
            key_mode: None,
            secret: Some(secret.name.as_str().to_owned()),
        },
        files,
    }
}
