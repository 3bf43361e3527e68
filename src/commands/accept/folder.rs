//! A cluster's folder, in which its keys have stayed.

use std::path::Path;

use zeroize::Zeroizing;

use crate::commands::folder;
use crate::console::Refusal;
use crate::escape;
use crate::input::InputDir;
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::key::{KeyError, PrivateKey, PublicKey};

/// The files that may be in it, the keys first: the one that waits before the one that is in use.
const FILES: [&str; 7] = [
    mesh::CA_KEY_NEXT,
    mesh::CA_KEY,
    mesh::CA_CSR,
    mesh::CA_CERT,
    mesh::CERT_CHAIN,
    mesh::ROOT_CERT,
    mesh::CA_CRL,
];

/// What is in the folder of a cluster, all of the same moment.
pub struct Folder {
    pub name: ClusterName,
    files: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
    /// Names of what is no file of a cluster's.
    pub others: Vec<String>,
}

/// A file that has a key in it, or should.
struct Key {
    file: &'static str,
    public_key: Result<PublicKey, KeyError>,
}

impl Folder {
    /// `None` if there is none.
    pub fn read(name: &ClusterName) -> anyhow::Result<Option<Self>> {
        const WAY_OUT: &str = "move it away, and put the cluster's folder in its place";

        let path = Path::new(name.as_str());
        let Some(names) = folder::names(path, WAY_OUT)? else {
            return Ok(None);
        };
        let others = names
            .iter()
            .filter(|name| !FILES.iter().any(|file| *name == file));
        let others = others.map(|name| escape::bytes(name.as_encoded_bytes()));
        let input = InputDir::open(path)?;
        let mut files = Vec::new();
        for file in FILES {
            if let Some(contents) = input.read(file)? {
                files.push((file, contents));
            }
        }
        Ok(Some(Self {
            name: name.clone(),
            files,
            others: others.collect(),
        }))
    }

    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Zeroizing<Vec<u8>>)> {
        self.files.iter().map(|(name, contents)| (*name, contents))
    }

    pub fn get(&self, file: &str) -> Option<&Zeroizing<Vec<u8>>> {
        self.files()
            .find_map(|(name, contents)| (name == file).then_some(contents))
    }

    /// The certificates in `file`, if all can be read.
    pub fn certificates(&self, file: &str) -> Vec<Certificate> {
        let text = self.get(file);
        text.and_then(|text| Certificate::all_from_pem(text).ok())
            .unwrap_or_default()
    }

    /// The file whose key is the one that is `wanted`: if both are, the one that waits. What is
    /// `offered` instead is for the message.
    pub fn key_file(
        &self,
        wanted: impl Fn(&PublicKey) -> bool,
        offered: impl FnOnce() -> String,
    ) -> anyhow::Result<&'static str> {
        let keys = self.keys();
        let is_wanted = |key: &&Key| key.public_key.as_ref().is_ok_and(&wanted);
        if let Some(key) = keys.iter().find(is_wanted) {
            return Ok(key.file);
        }
        let name = &self.name;
        let is_readable = |key: &Key| key.public_key.is_ok();
        let hint = if keys.is_empty() {
            format!("ask with a key that is here: meshpki request {name}")
        } else if keys.iter().any(is_readable) {
            format!(
                "it may be an older one, or another cluster's; if not, ask with a key that is here, and carry it again: meshpki request {name}"
            )
        } else {
            format!(
                "put a key there that istiod can read, which is never encrypted, or ask with a new one: meshpki request --rekey {name}"
            )
        };
        if keys.is_empty() {
            let message = format!(
                "there is neither {} nor {} in the folder",
                mesh::CA_KEY,
                mesh::CA_KEY_NEXT
            );
            return Err(Refusal::new(message, hint).into());
        }
        let there: Vec<_> = keys.iter().map(Key::told).collect();
        let message = format!("{}; {}", offered(), there.join("; "));
        Err(Refusal::new(message, hint).into())
    }

    fn keys(&self) -> Vec<Key> {
        let files = [mesh::CA_KEY_NEXT, mesh::CA_KEY].into_iter();
        let keys = files.filter_map(|file| {
            let public_key = PrivateKey::from_pem(self.get(file)?).and_then(|key| key.public_key());
            Some(Key { file, public_key })
        });
        keys.collect()
    }
}

impl Key {
    fn told(&self) -> String {
        let file = self.file;
        match &self.public_key {
            Ok(key) => format!("{file} has {}", Sha256::of(key.spki())),
            Err(error) => format!("{file}: {error}"),
        }
    }
}
