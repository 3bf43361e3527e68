//! `--bundle`: requests on their way to the root, in one archive.

use std::path::Path;

use super::Request;
use crate::commands::out_file::OutFile;
use crate::commands::{Session, report};
use crate::console::Refusal;
use crate::escape;
use crate::input::{self, InputDir};
use crate::mesh::archive::{self, Requests};
use crate::mesh::kubernetes::{self, ClusterName};
use crate::mesh::{CA_CSR, CA_KEY, CA_KEY_NEXT};
use crate::pki::digest::Sha256;
use crate::pki::key::PrivateKey;
use crate::pki::request::CertificationRequest;

/// Where the archive goes.
pub enum Bundle<'a> {
    Stdout,
    File(OutFile<'a>),
}

impl<'a> Bundle<'a> {
    /// What `--bundle` of the `command` asks for.
    pub fn of(command: &'a Request, session: &Session) -> anyhow::Result<Option<Self>> {
        let Some(path) = &command.bundle else {
            return Ok(None);
        };
        if path.as_path() != Path::new("-") {
            let file = OutFile::new("--bundle", path, command.overwrite)?;
            return Ok(Some(Self::File(file)));
        }
        if session.console.stdout_is_terminal() {
            let fact = "stdout is a terminal, and an archive is nothing to look at";
            let hint = "redirect it, or name a file: --bundle requests.tar";
            return Err(Refusal::new(fact, hint).into());
        }
        Ok(Some(Self::Stdout))
    }

    fn shown(&self) -> String {
        match self {
            Self::Stdout => "stdout".to_owned(),
            Self::File(file) => file.shown(),
        }
    }

    /// Puts the archive of `requests` where it goes.
    pub fn write(&self, requests: &Requests, session: &Session) -> anyhow::Result<()> {
        let (octets, manifest) = pack(requests)?;
        match self {
            Self::Stdout => {
                session
                    .console
                    .report(&described(&self.shown(), requests, &manifest))?;
                session.console.print_octets(&octets)?;
            }
            Self::File(file) => {
                let shown = file.shown();
                let heading = match file.place(&octets, session)? {
                    true => shown.clone(),
                    false => format!("{shown}: up to date"),
                };
                session
                    .console
                    .report(&described(&heading, requests, &manifest))?;
                session.console.note(format_args!(
                    "carry it to the root, and compare the manifest there: meshpki sign {}",
                    escape::in_shell(&shown)
                ));
            }
        }
        Ok(())
    }

    /// That other requests than those which are there are to be packed: whatever stands is none of
    /// them.
    pub fn will_differ(&self) -> anyhow::Result<()> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(file) => file.is_up_to_date(None).map(|_| ()),
        }
    }

    /// Says what would be written, of requests that may not be there yet.
    pub fn plan(&self, clusters: &[ClusterName], session: &Session) -> anyhow::Result<()> {
        let lines = report::lines(&[("requests", report::counted(clusters))]);
        let heading = format!("{} (not written)", self.shown());
        session.console.report(&format!("{heading}\n{lines}"))?;
        Ok(())
    }

    /// Says what would be written.
    pub fn preview(&self, requests: &Requests, session: &Session) -> anyhow::Result<()> {
        let (octets, manifest) = pack(requests)?;
        let is_there = match self {
            Self::Stdout => false,
            Self::File(file) => file.is_up_to_date(Some(&octets))?,
        };
        let heading = match is_there {
            true => format!("{}: up to date", self.shown()),
            false => format!("{} (not written)", self.shown()),
        };
        session
            .console
            .report(&described(&heading, requests, &manifest))?;
        Ok(())
    }
}

fn pack(requests: &Requests) -> anyhow::Result<(Vec<u8>, Sha256)> {
    let (octets, manifest) = requests.pack();
    if octets.len() as u64 > archive::SIZE_LIMIT {
        let (size, limit) = (octets.len(), archive::SIZE_LIMIT);
        let fact = format!("the archive has {size} octets, and the root takes {limit}");
        return Err(Refusal::new(fact, "make several, each with some of the NAMEs").into());
    }
    Ok((octets, manifest))
}

fn described(heading: &str, requests: &Requests, manifest: &Sha256) -> String {
    let clusters = requests.as_slice().iter().map(|one| &one.cluster);
    let clusters: Vec<_> = clusters.collect();
    let lines = report::lines(&[("requests", report::counted(&clusters))]);
    format!("{heading}\n{lines}{}", report::manifest(*manifest))
}

/// Every cluster here that has a request.
pub fn clusters(session: &Session) -> anyhow::Result<Vec<ClusterName>> {
    let mut clusters = Vec::new();
    for folder in InputDir::open(Path::new("."))?.entries()?.folders {
        let name = folder.to_string_lossy();
        let request = folder.join(CA_CSR);
        if kubernetes::is_kept_folder(&name) || request.symlink_metadata().is_err() {
            continue;
        }
        match name.parse() {
            Ok(cluster) => clusters.push(cluster),
            Err(error) => {
                let request = escape::path(&request);
                session
                    .console
                    .warning(format_args!("{request} is left out: {error}"));
            }
        }
    }
    if clusters.is_empty() {
        let fact = format!("no folder here has a {CA_CSR} in it");
        return Err(Refusal::new(fact, "make requests first: meshpki request NAME").into());
    }
    Ok(clusters)
}

/// The requests of `clusters`, of keys that are there.
pub fn read(clusters: &[ClusterName]) -> anyhow::Result<Requests> {
    let mut texts = Vec::new();
    for cluster in clusters {
        let folder = InputDir::open(Path::new(cluster.as_str()))?;
        let text = folder.read_up_to(Path::new(CA_CSR), input::SIZE_LIMIT)?;
        is_of_a_key(cluster, &text, &folder)?;
        texts.push((cluster.clone(), text.to_vec()));
    }
    Requests::new(texts)
        .map_err(|error| Refusal::new(&error, "look at it, and move it away if it is none").into())
}

/// That the request `text` of `cluster` is of a key in its `folder`. Where no key is, the requests
/// of others have been collected.
fn is_of_a_key(cluster: &ClusterName, text: &[u8], folder: &InputDir) -> anyhow::Result<()> {
    // What cannot be read is not packed either.
    let Ok(request) = CertificationRequest::from_pem(text) else {
        return Ok(());
    };
    let mut keys = Vec::new();
    for file in [CA_KEY, CA_KEY_NEXT] {
        let text = folder.read(file)?;
        keys.extend(text.and_then(|text| PrivateKey::from_pem(&text).ok()));
    }
    let is_its = |key: &PrivateKey| key.belongs_to(request.public_key());
    if keys.is_empty() || keys.iter().any(is_its) {
        return Ok(());
    }
    let fact = format!("{cluster}/{CA_CSR} is of none of the keys beside it");
    let hint = format!("make another: meshpki request {cluster}");
    Err(Refusal::new(fact, hint).into())
}
