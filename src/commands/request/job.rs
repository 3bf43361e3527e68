//! One request: its key, and the files that they go into.

use zeroize::Zeroizing;

use crate::commands::cluster_cacerts::asked::Asked;
use crate::commands::cluster_cacerts::key_source::{KeySource, other_kind_kept};
use crate::commands::cluster_cacerts::standing::Standing;
use crate::commands::{Session, each, report};
use crate::console::Refusal;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::{CA_CSR, CA_KEY, CA_KEY_NEXT};
use crate::output::{Batch, NewFile, OutputError};
use crate::pki::certificate::CertificateSpec;
use crate::pki::key::{KeyKind, PrivateKey};
use crate::pki::request;

/// One request to make.
pub struct Job {
    name: ClusterName,
    spec: CertificateSpec,
    key: KeySource,
    place: Place,
    notes: Vec<String>,
}

/// Where the files go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A folder that is not there yet, with its key.
    NewFolder,
    /// The folder that is there.
    Folder {
        /// Whether the key is new, and goes there too.
        with_key: bool,
        /// Whether a request is there that asks otherwise.
        replaces: bool,
    },
}

impl Place {
    fn replaces(self) -> bool {
        matches!(self, Self::Folder { replaces: true, .. })
    }

    /// The name of the key's file, if the key is new.
    fn key_file(self) -> Option<&'static str> {
        match self {
            Self::NewFolder => Some(CA_KEY),
            Self::Folder { with_key, .. } => with_key.then_some(CA_KEY_NEXT),
        }
    }

    fn files(self) -> String {
        let files = [Some(CA_CSR), self.key_file()];
        files.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Job {
    /// The first request of a cluster that is not there yet.
    pub fn new_cluster(name: &ClusterName, asked: &Asked) -> anyhow::Result<Self> {
        Ok(Self {
            name: name.clone(),
            spec: asked.to_request(name, None)?,
            key: KeySource::Generate(asked.key_type.value),
            place: Place::NewFolder,
            notes: Vec::new(),
        })
    }

    /// A request of the key that the cluster has; `None` if it is there already.
    pub fn present_key(
        name: &ClusterName,
        standing: Standing,
        asked: &Asked,
        session: &Session,
    ) -> anyhow::Result<Option<Self>> {
        let flags = asked.flags();
        let rekey = format!("meshpki request --rekey{flags} {name}");
        if standing.next_key.is_some() {
            let next = session
                .console
                .path_as_typed(&format!("{name}/{CA_KEY_NEXT}"));
            let hint = format!(
                "ask for that one: {rekey}; or give it up: mv {next} {next}.old && meshpki request{flags} {name}"
            );
            let fact = format!("a new key waits in {CA_KEY_NEXT} for its certificate");
            return Err(Refusal::new(fact, hint).into());
        }
        let key = standing.key("request", name)?;
        let reason = "without --rekey it stays";
        let note = other_kind_kept(name, "its key", &key, asked, reason, &rekey)?;
        Self::of_key(name, standing, key, note, asked, session)
    }

    /// A request of the key that is to come: the one that waits already, or a new one.
    pub fn next_key(
        name: &ClusterName,
        mut standing: Standing,
        asked: &Asked,
        session: &Session,
    ) -> anyhow::Result<Option<Self>> {
        let next = session
            .console
            .path_as_typed(&format!("{name}/{CA_KEY_NEXT}"));
        let away = format!("move it away: mv {next} {next}.old");
        if let Some(text) = standing.next_key.take() {
            let key = PrivateKey::from_pem(&text?).map_err(|error| {
                Refusal::new(format_args!("{CA_KEY_NEXT}: {error}"), away.as_str())
            })?;
            let whose = format!("the key in {CA_KEY_NEXT}");
            let reason = "it waits for its certificate";
            let note = other_kind_kept(name, &whose, &key, asked, reason, &away)?;
            return Self::of_key(name, standing, key, note, asked, session);
        }
        let replaces = standing.request.is_some();
        readable(&standing, name, session)?;
        Ok(Some(Self {
            name: name.clone(),
            spec: asked.to_request(name, Some(&standing))?,
            key: KeySource::Generate(asked.key_type.over(standing.key_type())),
            place: Place::Folder {
                with_key: true,
                replaces,
            },
            notes: Vec::new(),
        }))
    }

    /// A request of a `key` that is there.
    fn of_key(
        name: &ClusterName,
        standing: Standing,
        key: PrivateKey,
        note: Option<String>,
        asked: &Asked,
        session: &Session,
    ) -> anyhow::Result<Option<Self>> {
        let spec = asked.to_request(name, Some(&standing))?;
        readable(&standing, name, session)?;
        let replaces = match standing.request {
            Some(Ok(there)) if key.belongs_to(there.public_key()) && there.asks_for(&spec) => {
                return Ok(None);
            }
            request => request.is_some(),
        };
        Ok(Some(Self {
            name: name.clone(),
            spec,
            key: KeySource::Keep(key),
            place: Place::Folder {
                with_key: false,
                replaces,
            },
            notes: note.into_iter().collect(),
        }))
    }
}

/// What goes by the name of the request, and is none, may be needed.
fn readable(standing: &Standing, name: &ClusterName, session: &Session) -> anyhow::Result<()> {
    match &standing.request {
        Some(Err(error)) => {
            let request = session.console.path_as_typed(&format!("{name}/{CA_CSR}"));
            let hint = format!("move it away: mv {request} {request}.old");
            Err(Refusal::new(format_args!("{error:#}"), hint).into())
        }
        _ => Ok(()),
    }
}

impl each::Job for Job {
    type Common = ();
    type Made = Made;

    const WHAT: &str = "requests";
    const DONE: &str = "written";
    const NOTHING_WRITTEN: &str = "no request was written";

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn plan(&self) -> String {
        let mut lines = vec![
            ("files", self.place.files()),
            ("subject", self.spec.subject.to_string()),
            ("key", self.key.plan()),
        ];
        lines.extend(replaced(self.place));
        format!("{}/ (not written)\n{}", self.name, report::lines(&lines))
    }

    /// Generates the key, and signs the request.
    fn make(self, (): &()) -> anyhow::Result<Made> {
        let key = self.key.into_key()?;
        let key_file = self.place.key_file();
        let key_file = key_file.map(|name| Ok::<_, anyhow::Error>((name, key.to_pem()?)));
        Ok(Made {
            request: request::asking_for(&self.spec, &key)?,
            kind: key.kind(),
            key: key_file.transpose()?,
            subject: self.spec.subject.to_string(),
            place: self.place,
            name: self.name,
        })
    }

    fn stage(made: &Made, batch: &mut Batch<'_>) -> Result<(), OutputError> {
        let request = NewFile::public(CA_CSR, made.request.as_bytes());
        let key = made.key.iter();
        let mut new: Vec<_> = key
            .map(|(name, text)| NewFile::private(name, text.as_bytes()))
            .collect();
        let name = made.name.as_str();
        match made.place {
            Place::Folder { replaces: true, .. } => batch.files_in(name, &new, &[request]),
            place => {
                new.push(request);
                match place {
                    Place::NewFolder => batch.new_folder(name, &new),
                    Place::Folder { .. } => batch.files_in(name, &new, &[]),
                }
            }
        }
    }

    fn report(made: &Made) -> String {
        let mut lines = vec![
            ("files", made.place.files()),
            ("subject", made.subject.clone()),
            ("key", made.kind.to_string()),
        ];
        lines.extend(replaced(made.place));
        format!("{}/\n{}", made.name, report::lines(&lines))
    }
}

fn replaced(place: Place) -> Option<(&'static str, String)> {
    let replaces = place.replaces();
    replaces.then(|| ("replaced", format!("the {CA_CSR} that was there")))
}

/// A request with its key, on its way to the disk.
pub struct Made {
    name: ClusterName,
    request: String,
    /// The key and its file, if it is new.
    key: Option<(&'static str, Zeroizing<String>)>,
    kind: KeyKind,
    subject: String,
    place: Place,
}
