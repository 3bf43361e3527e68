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

    /// What is the same for every cluster whose folder says nothing of it.
    pub fn common(&self) -> Trusted<'_> {
        match self.digests.as_slice() {
            [] => Trusted::Files(self.here.iter().cloned().collect()),
            digests => Trusted::Digests(digests),
        }
    }

    /// Whether what is trusted for the cluster of `folder` is what is trusted for all.
    pub fn are_common_to(&self, folder: &Folder) -> bool {
        !self.digests.is_empty() || folder.get(mesh::ROOT_CERT).is_none()
    }

    /// Whether there is nothing that would be the same for every cluster.
    pub fn is_none(&self) -> bool {
        self.digests.is_empty() && self.here.is_none()
    }

    pub fn of(&self, folder: &Folder) -> anyhow::Result<Trusted<'_>> {
        let mut trusted = self.common();
        if let (Trusted::Files(files), Some(text)) = (&mut trusted, folder.get(mesh::ROOT_CERT)) {
            let file = format!("{}/{}", folder.name, mesh::ROOT_CERT);
            files.push(Root::of(file, text)?);
        }
        Ok(trusted)
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
        const COMPARE: &str = "compare the SHA-256 with what whoever keeps the root reads out";

        let (message, hint) = match self {
            Self::Digests(_) => {
                let missing = roots.iter().filter(|root| !self.has(root));
                let missing: Vec<_> = missing.collect();
                // With an option to paste, nothing would be compared.
                let hint = match missing.len() < roots.len() {
                    true => format!(
                        "each root that is to be trusted needs its own --root-sha256: {COMPARE}, and only if it is the same, add:{}",
                        options(missing.into_iter())
                    ),
                    false => "do not go on: it is not the root that was compared: ask whoever keeps the root".to_owned(),
                };
                (format!("the root is none of --root-sha256: {told}"), hint)
            }
            Self::Files(files) => {
                let options = options(roots.iter());
                match files.as_slice() {
                    [] => (
                        format!("nothing here says that this is the mesh's root: {told}"),
                        format!("{COMPARE}, and if it is the same, add:{options}"),
                    ),
                    files => {
                        let names: Vec<_> = files.iter().map(|file| file.file.as_str()).collect();
                        (
                            format!("the root is not in {}: {told}", names.join(" or ")),
                            format!(
                                "do not go on unless a new root was announced: {COMPARE}, and only if it is the same, add:{options}"
                            ),
                        )
                    }
                }
            }
        };
        Refusal::new(message, hint).into()
    }
}

/// What names `roots` on the command line.
fn options<'a>(roots: impl Iterator<Item = &'a Certificate>) -> String {
    let options = roots.map(|root| format!(" --root-sha256 {}", root.sha256_fingerprint()));
    options.collect()
}

/// A root for people to compare.
pub fn told(root: &Certificate) -> String {
    format!("{}, SHA-256 {}", root.subject(), root.sha256_fingerprint())
}
