//! The roots that people have compared, or that were trusted here before.

use std::path::Path;

use super::folder::Folder;
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::root_bundle;
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;

/// Where it is said which roots are trusted: on the command line, or else in root-cert.pem of the
/// working directory and of each cluster's folder.
pub struct Pins {
    digests: Vec<Sha256>,
    here: Option<Root>,
}

/// A root-cert.pem that is here.
#[derive(Clone)]
pub struct Root {
    pub text: Vec<u8>,
    pub certificates: Vec<Certificate>,
    /// For messages.
    file: String,
}

/// The roots that are trusted in one folder.
pub enum Trusted<'a> {
    Digests(&'a [Sha256]),
    /// Of these files; there may be none.
    Files(Vec<Root>),
}

impl Pins {
    /// What the command line says, and no more.
    pub fn of_command_line(digests: &[Sha256]) -> Self {
        Self {
            digests: digests.to_vec(),
            here: None,
        }
    }

    pub fn read(digests: &[Sha256]) -> anyhow::Result<Self> {
        let mut pins = Self::of_command_line(digests);
        if digests.is_empty() {
            pins.here = match input::read(Path::new(mesh::ROOT_CERT)) {
                Err(error) if error.is_not_found() => None,
                text => Some(Root::of(mesh::ROOT_CERT.to_owned(), &text?)?),
            };
        }
        Ok(pins)
    }

    /// Those of the command line.
    pub fn named(&self) -> Trusted<'_> {
        Trusted::Digests(&self.digests)
    }

    /// Whether there is nothing that would be the same for every cluster.
    pub fn is_none(&self) -> bool {
        self.digests.is_empty() && self.here.is_none()
    }

    pub fn of(&self, folder: &Folder) -> anyhow::Result<Trusted<'_>> {
        if !self.digests.is_empty() {
            return Ok(Trusted::Digests(&self.digests));
        }
        let mut files = Vec::new();
        if let Some(here) = &self.here {
            files.push(here.clone());
        }
        if let Some(text) = folder.get(mesh::ROOT_CERT) {
            let file = format!("{}/{}", folder.name, mesh::ROOT_CERT);
            files.push(Root::of(file, text)?);
        }
        Ok(Trusted::Files(files))
    }
}

impl Root {
    fn of(file: String, text: &[u8]) -> anyhow::Result<Self> {
        let certificates = root_bundle::certificates(text).map_err(|error| {
            let message = format!("{file}: {}", error.fact);
            Refusal::new(message, error.hint)
        })?;
        Ok(Self {
            text: text.to_vec(),
            certificates,
            file,
        })
    }
}

impl Trusted<'_> {
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Files(files) if files.is_empty())
    }

    fn has(&self, root: &Certificate) -> bool {
        match self {
            Self::Digests(digests) => digests.contains(&Sha256::of(root.der())),
            Self::Files(files) => files.iter().any(|file| file.certificates.contains(root)),
        }
    }

    /// Refuses `roots`, which are to be trusted, unless each of them is.
    pub fn must_have(&self, roots: &[Certificate]) -> anyhow::Result<()> {
        let others = roots.iter().filter(|root| !self.has(root));
        let others: Vec<_> = others.collect();
        if others.is_empty() {
            return Ok(());
        }
        let told = others.into_iter().map(told);
        let told = told.collect::<Vec<_>>().join("; ");
        Err(self.refuse(&told, roots))
    }

    /// `told` are roots that are not among these; `roots`, all that are to be trusted.
    pub fn refuse(&self, told: &str, roots: &[Certificate]) -> anyhow::Error {
        let message = match self {
            Self::Digests(_) => format!("it is none of --root-sha256: {told}"),
            Self::Files(files) => match files.as_slice() {
                [] => format!("nothing here says that this is the mesh's root: {told}"),
                files => {
                    let names: Vec<_> = files.iter().map(|file| file.file.as_str()).collect();
                    format!("it is not in {}: {told}", names.join(" or "))
                }
            },
        };
        let options = roots.iter().map(|root| {
            let fingerprint = root.sha256_fingerprint();
            format!(" --root-sha256 {fingerprint}")
        });
        let options: String = options.collect();
        let hint = format!(
            "compare the SHA-256 with what whoever keeps the root reads out, and if it is the same, add:{options}"
        );
        Refusal::new(message, hint).into()
    }
}

/// A root for people to compare.
pub fn told(root: &Certificate) -> String {
    format!("{}, SHA-256 {}", root.subject(), root.sha256_fingerprint())
}
