//! Certificates from anywhere, for one cluster: found in whatever files they came in.

use std::path::{Path, PathBuf};

use super::archive::folder_of;
use super::folder::Folder;
use super::job::Job;
use super::offer::{Offer, Terms, unproven};
use super::pins::{Pins, Root, Trusted, told};
use crate::commands::each::Task;
use crate::commands::{Session, report};
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::find;
use crate::mesh::heap::{self, Heap, HeapError, Piece};
use crate::mesh::kubernetes::ClusterName;
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::key::{PrivateKey, PublicKey};
use crate::pki::validity::date;

/// The most things of a kind that are named.
const NAMED: usize = 5;

/// All that the files hold.
pub struct Sources {
    heap: Heap,
    /// The certificates in the file of `--ca-cert`.
    ca_cert: Vec<Certificate>,
    /// Those in the files of `--root`, if it is given.
    roots: Option<Vec<Certificate>>,
    /// Things that are no certificates, and where.
    others: Vec<String>,
}

/// What becomes of a certificate that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    PassedOver,
    Refused,
}

impl Sources {
    pub fn read(
        ca_cert: &Path,
        chain: &[PathBuf],
        root: &[PathBuf],
        session: &Session,
    ) -> anyhow::Result<Self> {
        let mut sources = Self {
            heap: Heap::default(),
            ca_cert: Vec::new(),
            roots: (!root.is_empty()).then(Vec::new),
            others: Vec::new(),
        };
        sources.ca_cert = sources.add(ca_cert, Broken::PassedOver, session)?;
        for path in chain {
            sources.add(path, Broken::PassedOver, session)?;
        }
        for path in root {
            let certificates = sources.add(path, Broken::Refused, session)?;
            sources.roots.get_or_insert_default().extend(certificates);
        }
        Ok(sources)
    }

    /// The certificates of a file, of which there has to be one.
    fn add(
        &mut self,
        path: &Path,
        broken: Broken,
        session: &Session,
    ) -> anyhow::Result<Vec<Certificate>> {
        let name = input::name(path);
        let octets = input::read_or_stdin(path)?;
        let added = self.heap.add(&name, &octets);
        for fault in &added.broken {
            if broken == Broken::Refused {
                let hint = "a file of roots is taken whole or not at all";
                return Err(Refusal::new(fault, hint).into());
            }
            let console = session.console;
            console.warning(format_args!("{fault}; it is passed over"));
        }
        if added.certificates.is_empty() {
            let what = match added.others.as_slice() {
                [] => find::what_it_is(&octets).to_owned(),
                others => format!("there is {}", report::first_of(others)),
            };
            let message = format!("{name}: there is no certificate in it: {what}");
            let hint =
                "name a file with a certificate in it: PEM, DER, PKCS#7 or a Kubernetes object";
            return Err(Refusal::new(message, hint).into());
        }
        self.others.extend(added.others);
        Ok(added.certificates)
    }

    /// What is to be done for the cluster `name`.
    pub fn task(
        &self,
        name: &ClusterName,
        pins: &Pins,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Task<Job>> {
        let folder = folder_of(name)?;
        let is_for = |key: &PublicKey| !self.heap.of_key(key).is_empty();
        let key_file = folder.key_file(is_for, || self.offered())?;
        let key = folder.get(key_file).expect("it was found in it");
        let key = PrivateKey::from_pem(key)?.public_key()?;
        let trusted = match &self.roots {
            Some(_) => pins.named(),
            None => pins.of(&folder)?,
        };
        let anchors = self.anchors(&key, &trusted);
        let paths = self.heap.paths(&key, &anchors, session.now);
        let paths = paths.map_err(|error| self.no_path(error, &trusted))?;
        let mut refused = Vec::new();
        for path in &paths {
            let (roots, root_cert) = match (&self.roots, &trusted) {
                (None, Trusted::Files(files)) => of_file(path, files),
                _ => bundle(path, &key, &anchors, &folder),
            };
            let offer = Offer {
                key_file,
                ca_cert: path.signing().to_pem().into_bytes(),
                cert_chain: path.cert_chain(terms.chain_with_root),
                root_cert,
            };
            match offer.prove(&folder, terms, session) {
                Ok(cacerts) => {
                    if !pins.is_none() {
                        trusted.must_have(&roots)?;
                    }
                    self.tell(path, &key, &roots, session);
                    return offer.task(cacerts, &folder, terms, session);
                }
                Err(findings) => refused.push(findings),
            }
        }
        // Of the best path it is said what is wrong with it.
        Ok(Task::Refused(unproven(
            &refused[0],
            paths[0].signing(),
            &folder,
        )))
    }

    /// The certificates at which a path to the CA of `key` may end.
    fn anchors(&self, key: &PublicKey, trusted: &Trusted<'_>) -> Vec<Certificate> {
        let on_heap = || self.heap.pieces().iter().map(|piece| &piece.certificate);
        let anchors: Vec<_> = match (&self.roots, trusted) {
            // All that was at hand may have been named: a CA that is no root is not its own root.
            (Some(roots), _) => roots
                .iter()
                .filter(|root| root.is_self_issued() || !root.is_for(key))
                .collect(),
            (None, Trusted::Digests(digests)) => on_heap()
                .filter(|certificate| digests.contains(&Sha256::of(certificate.der())))
                .collect(),
            (None, Trusted::Files(files)) => {
                files.iter().flat_map(|file| &file.certificates).collect()
            }
        };
        anchors.into_iter().cloned().collect()
    }

    /// What has been chosen, and from what, and what else is trusted then.
    fn tell(&self, path: &heap::Path, key: &PublicKey, roots: &[Certificate], session: &Session) {
        let of_key = self.heap.of_key(key);
        let (taken, left): (Vec<_>, Vec<_>) = of_key
            .into_iter()
            .partition(|piece| piece.certificate == *path.signing());
        if !left.is_empty() {
            let [taken, left] = [taken, left].map(|pieces| {
                let named = pieces.iter().map(|piece| {
                    let Piece {
                        certificate,
                        source,
                    } = piece;
                    format!("{source}, expires {}", date(certificate.not_after()))
                });
                report::first(named.collect::<Vec<_>>().into_iter(), NAMED)
            });
            session.console.note(format_args!(
                "several certificates are for the key: taken is {taken}; left is {left}"
            ));
        }
        if self.roots.is_some() && roots.len() > 1 {
            let others: Vec<_> = roots[1..].iter().map(Certificate::subject).collect();
            let named = report::first(others.into_iter(), NAMED);
            session.console.note(format_args!(
                "the path ends at {}; trusted too, as --root says: {named}",
                roots[0].subject()
            ));
        }
        let is_used = |piece: &&Piece| {
            let certificate = &piece.certificate;
            path.certificates().contains(certificate)
                || roots.contains(certificate)
                || certificate.is_for(key)
        };
        let unneeded = self.heap.pieces().iter().filter(|piece| !is_used(piece));
        let unneeded = unneeded.map(|piece| {
            let Piece {
                certificate,
                source,
            } = piece;
            format!("{} ({source})", certificate.subject())
        });
        let unneeded: Vec<_> = unneeded.chain(self.others.iter().cloned()).collect();
        if !unneeded.is_empty() {
            let named = report::first(unneeded.into_iter(), NAMED);
            session.console.note(format_args!("not needed: {named}"));
        }
    }

    /// What the certificates are for, if for no key that is here.
    fn offered(&self) -> String {
        let given = self.ca_cert.iter().map(|certificate| {
            let spki = Sha256::of(certificate.spki());
            format!("{}, SHA-256 {spki}", certificate.subject())
        });
        let given = report::first(given.collect::<Vec<_>>().into_iter(), NAMED);
        format!(
            "no certificate is for a key of the cluster: --ca-cert has one for the public key of {given}"
        )
    }

    fn no_path(&self, error: HeapError, trusted: &Trusted<'_>) -> anyhow::Error {
        let hint = match &error {
            HeapError::OtherRoots(roots) => {
                let ends: Vec<_> = roots.iter().map(told).collect();
                let ends = ends.join("; ");
                if self.roots.is_none() {
                    return trusted.refuse(&ends, roots);
                }
                let message = format!("the path ends at a root that --root does not name: {ends}");
                let hint = "if it is the right one, name its file: --root FILE; if another has certified it too, that certificate is missing: --chain FILE";
                return Refusal::new(message, hint).into();
            }
            HeapError::Missing(_) => {
                "name the file that has it: --chain FILE, or --root FILE if it is the root"
            }
            HeapError::TooMany => "leave out what is not of this CA",
            HeapError::OtherKeys => "name the file that has it: --ca-cert FILE",
        };
        Refusal::new(error, hint).into()
    }
}

/// The root-cert.pem with the root at which `path` ends, one of `files`.
fn of_file(path: &heap::Path, files: &[Root]) -> (Vec<Certificate>, Vec<u8>) {
    let mut files = files.iter();
    let file = files.find(|file| file.certificates.contains(path.anchor()));
    let file = file.expect("the anchors are those of the files");
    (file.certificates.clone(), file.text.clone())
}

/// A root-cert.pem with the certificate at which `path` ends, and the other roots among `anchors`.
/// One that stands in `folder` with the same stays as it is.
fn bundle(
    path: &heap::Path,
    key: &PublicKey,
    anchors: &[Certificate],
    folder: &Folder,
) -> (Vec<Certificate>, Vec<u8>) {
    let is_root =
        |other: &&Certificate| other.is_self_issued() && other.is_ca() && !other.is_for(key);
    let mut roots = vec![path.anchor().clone()];
    for other in anchors.iter().filter(is_root) {
        if !roots.contains(other) {
            roots.push(other.clone());
        }
    }
    let standing = folder.certificates(mesh::ROOT_CERT);
    let is_same = standing.iter().all(|one| roots.contains(one))
        && roots.iter().all(|root| standing.contains(root));
    let text = match folder.get(mesh::ROOT_CERT) {
        Some(text) if is_same => text.to_vec(),
        _ => {
            let pems = roots.iter().map(Certificate::to_pem);
            pems.collect::<String>().into_bytes()
        }
    };
    (roots, text)
}
