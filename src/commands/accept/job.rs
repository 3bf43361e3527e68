//! A cluster's files on their way into its folder.

use zeroize::Zeroizing;

use super::folder::Folder;
use crate::commands::cluster_cacerts::standing::kept_name;
use crate::commands::{Session, each, report};
use crate::mesh;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::output::{Batch, NewFile, OutputError};
use crate::pki::certificate::Certificate;
use crate::pki::validity::date;

/// Proven files, and what stays beside them.
pub struct Job {
    name: ClusterName,
    cacerts: Cacerts,
    /// The request, and a key that goes on waiting.
    stay: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
    way: Way,
    notes: Vec<String>,
}

/// What becomes of the folder that stands.
enum Way {
    /// Nothing in it is lost: it `holds` files of these names, which are in the new one.
    Complete { holds: Vec<&'static str> },
    /// It is kept under another name.
    Keep { kept: String },
}

impl Job {
    /// The file of the key in `folder` is `key_file`.
    pub fn new(
        key_file: &'static str,
        cacerts: Cacerts,
        folder: &Folder,
        session: &Session,
    ) -> Self {
        let name = folder.name.clone();
        let stays = |file: &str| {
            file == mesh::CA_CSR || file == mesh::CA_KEY_NEXT && key_file != mesh::CA_KEY_NEXT
        };
        let stay = folder.files().filter(|(file, _)| stays(file));
        let stay: Vec<_> = stay.map(|(file, text)| (file, text.clone())).collect();
        let is_there_then = |(file, contents): (&str, &Zeroizing<Vec<u8>>)| {
            let file = if file == key_file { mesh::CA_KEY } else { file };
            let placed = cacerts.files().present();
            stays(file)
                || placed
                    .into_iter()
                    .any(|placed| placed == (file, contents.as_slice()))
        };
        let mut notes = Vec::new();
        let way = if folder.others.is_empty() && folder.files().all(is_there_then) {
            let holds = folder.files().map(|(file, _)| file).collect();
            Way::Complete { holds }
        } else {
            let kept = kept_name(&name, session.now);
            let mut left: Vec<_> = folder.others.iter().map(String::as_str).collect();
            if folder.get(mesh::CA_CRL).is_some() && cacerts.files().ca_crl.is_none() {
                left.push(mesh::CA_CRL);
            }
            if !left.is_empty() {
                notes.push(format!("{name}: {} will stay in {kept}", left.join(", ")));
            }
            Way::Keep { kept }
        };
        Self {
            name,
            cacerts,
            stay,
            way,
            notes,
        }
    }

    /// The names of the files that will be in the folder.
    fn files(&self) -> Vec<&'static str> {
        let placed = self.cacerts.files().present().map(|(file, _)| file);
        let mut files: Vec<_> = placed
            .chain(self.stay.iter().map(|(file, _)| *file))
            .collect();
        files.sort_unstable();
        files
    }

    fn told(&self, title: &str) -> String {
        let certificate = self.cacerts.authority().certificate();
        let mut text = format!(
            "{title}\n{}",
            report::certificate(certificate, &self.files())
        );
        text += &report::lines(&[("issuer", certificate.issuer())]);
        let roots = self
            .cacerts
            .files()
            .root_cert
            .as_deref()
            .unwrap_or_default();
        for root in Certificate::all_from_pem(roots).unwrap_or_default() {
            let root = format!("{}, expires {}", root.subject(), date(root.not_after()));
            text += &report::lines(&[("root", root)]);
        }
        if let Way::Keep { kept } = &self.way {
            let kept = format!("{kept}/, the files that it replaces");
            text += &report::lines(&[("kept", kept)]);
        }
        text
    }
}

impl each::Job for Job {
    type Common = ();
    type Made = Self;

    const WHAT: &str = "clusters";
    const DONE: &str = "accepted";
    const SLOW: Option<&'static str> = None;
    const NOTHING_WRITTEN: &str = "no cluster was accepted";

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn plan(&self) -> String {
        self.told(&format!("{}/ (not written)", self.name))
    }

    fn make(self, (): &()) -> anyhow::Result<Self> {
        Ok(self)
    }

    fn stage(made: &Self, batch: &mut Batch<'_>) -> Result<(), OutputError> {
        let placed = made.cacerts.files().present();
        let stay = made
            .stay
            .iter()
            .map(|(file, text)| (*file, text.as_slice()));
        let files = placed.chain(stay).map(|(file, contents)| match file {
            mesh::CA_KEY | mesh::CA_KEY_NEXT => NewFile::private(file, contents),
            _ => NewFile::public(file, contents),
        });
        let files: Vec<_> = files.collect();
        let name = made.name.as_str();
        match &made.way {
            Way::Complete { holds } => batch.exchange_folder(name, holds, &files),
            Way::Keep { kept } => batch.replace_folder(name, kept, &files),
        }
    }

    fn report(made: &Self) -> String {
        made.told(&format!("{}/", made.name))
    }
}
