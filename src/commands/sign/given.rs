//! What is given: archives of requests, and requests by themselves.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use crate::commands::{Session, report};
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh;
use crate::mesh::archive::{self, ArchiveError, Requests};
use crate::mesh::find;
use crate::mesh::kubernetes::ClusterName;
use crate::pki::digest::Sha256;
use crate::pki::name::Attribute;
use crate::pki::request::CertificationRequest;

/// All that is given, in order.
pub struct Given {
    pub requests: Vec<GivenRequest>,
    /// The archives, each with the SHA-256 of its manifest.
    archives: Vec<(String, Sha256)>,
    files: usize,
}

/// A request, and what it was found in.
pub struct GivenRequest {
    /// The file, for messages.
    pub file: String,
    pub asked: Result<Asked, Problem>,
}

/// A request whose signature is of its own key, and the cluster that it is of.
pub struct Asked {
    pub cluster: ClusterName,
    /// What says that it is this cluster's, where neither an archive nor its subject does.
    pub said_by: Option<&'static str>,
    pub request: CertificationRequest,
}

impl GivenRequest {
    /// What it is called: its cluster, or else its file.
    pub fn name(&self) -> &str {
        match &self.asked {
            Ok(asked) => asked.cluster.as_str(),
            Err(_) => &self.file,
        }
    }
}

impl Given {
    /// Reads the `files`. A file that cannot be read, or an archive that is not as it was packed, is
    /// an error; what is wrong with one request takes no other with it.
    pub fn read(files: &[PathBuf], cluster: Option<&ClusterName>) -> anyhow::Result<Self> {
        let mut given = Self {
            requests: Vec::new(),
            archives: Vec::new(),
            files: files.len(),
        };
        for path in files {
            let file = input::name(path);
            let contents = input::read_or_stdin_up_to(path, archive::SIZE_LIMIT)?;
            if !archive::is_archive(&contents) {
                let asked = alone(path, &file, &contents, cluster);
                given.requests.push(GivenRequest { file, asked });
                continue;
            }
            let (requests, digest) = Requests::read(&contents).map_err(|error| {
                let hint = match error {
                    ArchiveError::IsSigned => {
                        let archive = escape::in_shell(&file);
                        format!("it is for the folder of the clusters: meshpki accept {archive}")
                    }
                    _ => "have it packed again where it comes from: nothing in it is trusted"
                        .to_owned(),
                };
                Refusal::new(format_args!("{file}: {error}"), hint)
            })?;
            let requests = requests.into_vec().into_iter();
            given
                .requests
                .extend(requests.map(|requested| GivenRequest {
                    file: file.clone(),
                    asked: Ok(Asked {
                        cluster: requested.cluster,
                        said_by: None,
                        request: requested.request,
                    }),
                }));
            given.archives.push((file, digest));
        }
        Ok(given)
    }

    pub fn has_archives(&self) -> bool {
        !self.archives.is_empty()
    }

    /// The SHA-256 of the manifest, where everything came in one archive.
    pub fn manifest(&self) -> Option<Sha256> {
        match self.archives.as_slice() {
            [(_, digest)] if self.files == 1 => Some(*digest),
            _ => None,
        }
    }

    /// Whether the one archive has the manifest that `wanted` is the SHA-256 of.
    pub fn must_have(&self, wanted: Sha256) -> Result<(), Refusal> {
        const OPTION: &str = "--manifest-sha256";

        match self.archives.as_slice() {
            [(_, digest)] if *digest == wanted => Ok(()),
            [(file, digest)] => Err(Refusal::new(
                format_args!(
                    "{file}: the SHA-256 of its manifest is {digest}, and {OPTION} says {wanted}"
                ),
                "it is another archive, or was changed on its way: ask those who have packed it",
            )),
            several => Err(Refusal::new(
                format_args!(
                    "{OPTION} is of one archive, and {} are given",
                    several.len()
                ),
                "sign each archive by itself",
            )),
        }
    }

    /// The archives and their digests, to be read aloud.
    pub fn show(&self, session: &Session) -> anyhow::Result<()> {
        let mut shown = String::new();
        for (file, digest) in &self.archives {
            let requests = self.requests.iter().filter(|request| request.file == *file);
            let clusters: Vec<_> = requests.map(GivenRequest::name).collect();
            let lines = report::lines(&[("requests", report::counted(&clusters))]);
            shown += &format!("{file}\n{lines}{}", report::manifest(*digest));
        }
        Ok(session.console.report(&shown)?)
    }
}

/// The request that is by itself in the file `path`.
fn alone(
    path: &Path,
    file: &str,
    contents: &[u8],
    cluster: Option<&ClusterName>,
) -> Result<Asked, Problem> {
    const ANOTHER: &str = "have another made, where the key is";
    const FLAG: &str = "--cluster";
    const FOLDER: &str = "its folder";

    let found = find::items(file, contents).map(|found| (found.source, found.item));
    let (_, request) = CertificationRequest::only(found)
        .map_err(|error| Problem::new(escape::text(&error.to_string()), ANOTHER))?;
    let locality = match request.subject_value(Attribute::Locality).map(str::parse) {
        Some(Err(error)) if cluster.is_none() => {
            let hint = "have another made with the cluster's name as L, or say it: --cluster NAME";
            return Err(Problem::new(
                format!("the L of its subject is no cluster's name: {error}"),
                hint,
            ));
        }
        locality => locality.and_then(Result::ok),
    };
    let said = [
        (FLAG, cluster.cloned()),
        ("the L of its subject", locality),
        (FOLDER, folder(path)),
    ];
    let mut said = said
        .into_iter()
        .filter_map(|(source, name)| Some((source, name?)));
    let Some((source, name)) = said.next() else {
        let Some(cluster) = stem(path) else {
            let hint = "say which it is: --cluster NAME";
            return Err(Problem::new("nothing says which cluster it is of", hint));
        };
        return Ok(Asked {
            cluster,
            said_by: Some("by its file's name"),
            request,
        });
    };
    match said.find(|(_, other)| *other != name) {
        Some((other_source, other)) => Err(Problem::new(
            format!("{source} says that it is of {name}, and {other_source} of {other}"),
            "find out whose it is, and have another made that says so",
        )),
        None => Ok(Asked {
            cluster: name,
            said_by: match source {
                FLAG => Some("by --cluster"),
                FOLDER => Some("by its folder's name"),
                _ => None,
            },
            request,
        }),
    }
}

/// NAME of `NAME/ca-csr.pem`.
fn folder(path: &Path) -> Option<ClusterName> {
    if path.file_name() != Some(OsStr::new(mesh::CA_CSR)) {
        return None;
    }
    path.parent()?.file_name()?.to_str()?.parse().ok()
}

/// NAME of `NAME.csr`, if it can be a cluster's; of nothing that is called ca-csr.pem everywhere,
/// and of no pipe.
fn stem(path: &Path) -> Option<ClusterName> {
    let is_named = path.file_name() != Some(OsStr::new(mesh::CA_CSR))
        && path != Path::new("-")
        && !path.starts_with("/dev");
    let stem = path.file_stem().filter(|_| is_named);
    stem?.to_str()?.parse().ok()
}
