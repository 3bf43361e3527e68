//! The certificates of many clusters in one file: what `meshpki sign` writes.

use std::path::{Path, PathBuf};

use super::folder::Folder;
use super::job::Job;
use super::offer::{Offer, Terms, unproven};
use super::pins::Pins;
use crate::commands::each::Task;
use crate::commands::{Session, report};
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh::archive::{self, ArchiveError, Signed, SignedCertificate};
use crate::mesh::find;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::root_bundle;
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::pem;

/// An archive that is whole.
pub struct Archive {
    path: PathBuf,
    /// The same, for messages.
    file: String,
    signed: Signed,
    /// The SHA-256 of its manifest.
    digest: Sha256,
    roots: Vec<Certificate>,
}

impl Archive {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = input::name(path);
        let octets = input::read_or_stdin_up_to(path, archive::SIZE_LIMIT)?;
        if !archive::is_archive(&octets) {
            let what = match pem::scan(&octets).next() {
                Some(_) => "it is PEM",
                None => find::what_it_is(&octets),
            };
            let message = format!("{file}: it is no archive of meshpki sign: {what}");
            let hint =
                "certificates from elsewhere: meshpki accept --ca-cert CERT --root ROOT NAME";
            return Err(Refusal::new(message, hint).into());
        }
        let (signed, digest) = Signed::read(&octets).map_err(|error| {
            let hint = match error {
                ArchiveError::IsRequests => {
                    let archive = escape::in_shell(&file);
                    format!("it is for the folder of the root: meshpki sign {archive}")
                }
                _ => {
                    "nothing of it is taken: have it carried over again, or signed again".to_owned()
                }
            };
            Refusal::new(format_args!("{file}: {error}"), hint)
        })?;
        let roots = root_bundle::certificates(signed.root_cert())?;
        Ok(Self {
            path: path.to_owned(),
            file,
            signed,
            digest,
            roots,
        })
    }

    /// Shows the SHA-256 of its manifest, and holds it against the one that is `wanted`.
    pub fn compare(&self, wanted: Option<&Sha256>, session: &Session) -> anyhow::Result<()> {
        let Self { file, digest, .. } = self;
        let clusters = self.names();
        let mut lines = report::lines(&[("clusters", report::counted(&clusters))]);
        lines += &report::manifest(*digest);
        if let Some(requests) = self.signed.answers() {
            lines += &report::aloud("answers", requests);
        }
        session.console.report(&format!("{file}\n{lines}"))?;
        match wanted {
            Some(wanted) if wanted != digest => {
                let message = format!(
                    "{file}: the SHA-256 of its manifest is {digest}, and --manifest-sha256 says {wanted}"
                );
                let hint =
                    "it is another archive, or was changed on its way: have it carried over again";
                Err(Refusal::new(message, hint).into())
            }
            _ => Ok(()),
        }
    }

    /// What is to be done for each of the clusters `asked`, or, without any, for each that has a
    /// folder here.
    pub fn tasks(
        &self,
        asked: &[ClusterName],
        pins: &Pins,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Vec<(String, Task<Job>)>> {
        let clusters = match asked {
            [] => self.that_are_here(session)?,
            asked => self.of_names(asked),
        };
        let folders = clusters.iter().filter_map(|(_, found)| found.as_ref().ok());
        let folders: Vec<_> = folders.map(|(_, folder)| folder).collect();
        if !folders.is_empty() && folders.iter().all(|folder| pins.are_common_to(folder)) {
            // Once, and not for each; what is wrong with a cluster itself is told before it.
            if let Err(error) = pins.common().must_have(&self.roots) {
                for (name, found) in clusters {
                    if let Err(error) = found {
                        session.console.error(&error.context(name.to_string()));
                    }
                }
                return Err(error);
            }
        }
        let tasks = clusters.into_iter().map(|(name, found)| {
            let task =
                found.and_then(|(signed, folder)| self.task(signed, &folder, pins, terms, session));
            let task = task.unwrap_or_else(|error| Task::Refused(vec![error]));
            (name.to_string(), task)
        });
        Ok(tasks.collect())
    }

    fn that_are_here(&self, session: &Session) -> anyhow::Result<Vec<Cluster<'_>>> {
        let file = &self.file;
        let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
        for signed in self.signed.certificates() {
            let name = &signed.cluster;
            match Folder::read(name).transpose() {
                Some(folder) => here.push((name.clone(), folder.map(|folder| (signed, folder)))),
                None => elsewhere.push(name.as_str()),
            }
        }
        let count = elsewhere.len();
        if here.is_empty() {
            let message = format!(
                "no cluster of {file} has a folder here: {}",
                in_it(&elsewhere)
            );
            let archive = match self.path.as_path() {
                stdin if stdin == Path::new("-") => "-".to_owned(),
                path => {
                    let path = std::path::absolute(path)?;
                    escape::in_shell(&escape::path(&path))
                }
            };
            let hint = format!(
                "work in the folder in which the requests were made: meshpki -C DIR accept {archive}"
            );
            return Err(Refusal::new(message, hint).into());
        }
        if count > 0 {
            let named = report::first_of(&elsewhere);
            let told = match count {
                1 => "1 cluster has no folder here, and is passed over".to_owned(),
                count => format!("{count} clusters have no folder here, and are passed over"),
            };
            session
                .console
                .note(format_args!("{file}: {told}: {named}"));
        }
        Ok(here)
    }

    fn names(&self) -> Vec<&ClusterName> {
        let certificates = self.signed.certificates().iter();
        certificates.map(|signed| &signed.cluster).collect()
    }

    fn of_names(&self, names: &[ClusterName]) -> Vec<Cluster<'_>> {
        let mut clusters: Vec<Cluster<'_>> = Vec::new();
        for name in names {
            if clusters.iter().all(|(known, _)| known != name) {
                clusters.push((name.clone(), self.of_name(name)));
            }
        }
        clusters
    }

    fn of_name(&self, name: &ClusterName) -> anyhow::Result<(&SignedCertificate, Folder)> {
        let certificates = self.signed.certificates();
        let signed = certificates.iter().find(|signed| signed.cluster == *name);
        let signed = signed.ok_or_else(|| {
            let file = &self.file;
            let hint = in_it(&self.names());
            Refusal::new(format_args!("{file} has no certificate of it"), hint)
        })?;
        Ok((signed, folder_of(name)?))
    }

    fn task(
        &self,
        signed: &SignedCertificate,
        folder: &Folder,
        pins: &Pins,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Task<Job>> {
        let certificate = signed.certificate();
        let key_file = folder.key_file(
            |key| certificate.is_for(key),
            || {
                let spki = Sha256::of(certificate.spki());
                format!("the certificate is for another key: its public key has SHA-256 {spki}")
            },
        )?;
        pins.of(folder)?.must_have(&self.roots)?;
        let offer = Offer {
            key_file,
            ca_cert: signed.ca_cert_pem().into_bytes(),
            cert_chain: signed.cert_chain_pem().into_bytes(),
            root_cert: self.signed.root_cert().to_vec(),
        };
        match offer.prove(folder, terms, session) {
            Ok(cacerts) => offer.task(cacerts, folder, terms, session),
            Err(findings) => Ok(Task::Refused(unproven(&findings, certificate, folder))),
        }
    }
}

/// What an archive has, of which something else was wanted.
fn in_it<T: std::fmt::Display>(clusters: &[T]) -> String {
    let is = match clusters.len() {
        1 => "is",
        _ => "are",
    };
    format!("in it {is} {}", report::first_of(clusters))
}

/// A cluster of an archive, and its folder, or why there is none of it.
type Cluster<'a> = (ClusterName, anyhow::Result<(&'a SignedCertificate, Folder)>);

/// The folder of `name`, which has to be there.
pub fn folder_of(name: &ClusterName) -> anyhow::Result<Folder> {
    Folder::read(name)?.ok_or_else(|| {
        let hint = format!("make a key and a request first: meshpki request {name}");
        Refusal::new("there is no folder of that name", hint).into()
    })
}
