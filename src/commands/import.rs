//! `meshpki import`.

mod place;
mod told;

use std::path::{Path, PathBuf};

use clap::Args;

use self::place::Placement;
use super::{Outcome, Session, out_dir, report};
use crate::console::Refusal;
use crate::input;
use crate::mesh::find;
use crate::mesh::import::{self, ImportError, Imported};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::objects::ObjectName;
use crate::mesh::secrets::{self, Found, Secret};
use crate::output::OutputDir;
use crate::pki::pem;

/// Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret
///
/// Of cacerts, what `meshpki secret` has made it of: ca-cert.pem, ca-key.pem, cert-chain.pem,
/// root-cert.pem and, if it is there, ca-crl.pem. Of istio-ca-secret, in which istiod keeps the CA
/// that it has made for itself, root-cert.pem and root-key.pem. What istiod would refuse of it is a
/// warning. Nothing is overwritten.
///
/// A List needs --out-dir: each CA in it goes into a folder of its own, NAMESPACE.NAME. Secrets
/// without a CA are passed over.
#[derive(Args)]
#[command(before_help = "\
Examples:
  kubectl get secret cacerts -n istio-system -o yaml | meshpki import - --out-dir cluster1
  kubectl get secret istio-ca-secret -n istio-system -o yaml | meshpki import -
  kubectl get secret -A -o json | meshpki import - --out-dir found")]
pub struct Import {
    /// What `kubectl get secret` printed, in YAML or JSON; - is stdin
    file: PathBuf,
    /// Write into DIR, which is made if it is not there [default: the working directory]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
}

/// The most octets that are read: a List of Secrets has some that are no CA's.
const SIZE_LIMIT: u64 = 64 << 20;

const HOW_TO_GET_ONE: &str =
    "kubectl get secret cacerts -n istio-system -o yaml | meshpki import -";

impl Import {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let file = input::name(&self.file);
        let text = input::read_or_stdin_up_to(&self.file, SIZE_LIMIT)?;
        let found = find(&file, &text)?;
        session.warn_if_exposed(&self.file);
        told::passed_over(&found.others, session.console);
        if found.in_a_list || found.secrets.len() > 1 {
            let Some(folder) = self.out_dir.as_deref() else {
                let message = "several Secrets, or a List, need --out-dir DIR: each is given a folder of its own in it";
                return Err(session.usage_error("import", message).into());
            };
            return several(&file, found, folder, session);
        }
        let only = found.secrets.into_iter().next().expect("there is one");
        let secret =
            only.map_err(|error| Refusal::new(format_args!("{file}: {error}"), KUBECTL))?;
        let imported = import::import(&secret).map_err(|error| refused(&secret, &error))?;
        let name = secret.object_name();
        let folder = self.out_dir.as_deref().unwrap_or(Path::new("."));
        let write = |output: &OutputDir| place::alone(&imported, folder, output, session);
        let placement = match &self.out_dir {
            Some(folder) => out_dir::with(folder, session, write)?,
            None => write(&session.lock(folder)?)?,
        };
        told::faults(&name, &imported, folder, session);
        session
            .console
            .report(&told::placed(&name, &imported, folder, placement))?;
        Ok(Outcome::Done)
    }
}

const KUBECTL: &str =
    "give the Secret as it is in the cluster: kubectl get secret cacerts -n istio-system -o yaml";

/// The objects of `text`, with a Secret among them.
fn find(file: &str, text: &[u8]) -> anyhow::Result<Found> {
    let no_object = || {
        let what_it_is = match pem::scan(text).next() {
            Some(_) => "it is PEM",
            None => find::what_it_is(text),
        };
        Refusal::new(
            format_args!("{file}: there is no Kubernetes object in it: {what_it_is}"),
            HOW_TO_GET_ONE,
        )
    };
    let found = std::str::from_utf8(text).ok().and_then(secrets::find);
    let found = found.ok_or_else(no_object)?;
    let found = found.map_err(|error| Refusal::new(format_args!("{file}: {error}"), KUBECTL))?;
    if found.secrets.is_empty() {
        let what = match found.others.as_slice() {
            [] => "the List is empty".to_owned(),
            others => format!("but {}", report::first_of(others)),
        };
        let message = format!("{file}: there is no Secret in it, {what}");
        return Err(Refusal::new(message, HOW_TO_GET_ONE).into());
    }
    Ok(found)
}

fn refused(secret: &Secret, error: &ImportError) -> Refusal {
    let name = secret.object_name();
    Refusal::new(format_args!("{name}: {error}"), error.hint())
}

/// Each CA in a folder of its own below `folder`. One that cannot be had does not harm the others.
fn several(file: &str, found: Found, folder: &Path, session: &Session) -> anyhow::Result<Outcome> {
    let mut total = found.secrets.len();
    let mut wanted: Vec<Wanted> = Vec::new();
    let (mut failed, mut passed_over) = (0, Vec::new());
    for secret in found.secrets {
        let secret = match secret {
            Ok(secret) => secret,
            Err(error) => {
                failed += 1;
                session.console.error(&anyhow::anyhow!("{file}: {error}"));
                continue;
            }
        };
        match import::import(&secret) {
            Ok(imported) => match Wanted::new(&secret, imported) {
                Ok(one) => match wanted.iter_mut().find(|other| other.folder == one.folder) {
                    None => wanted.push(one),
                    Some(other)
                        if other.imported.files.present() == one.imported.files.present() =>
                    {
                        total -= 1;
                    }
                    Some(other) => {
                        failed += 1;
                        if !other.is_disputed {
                            session.console.error(&disputed(&one.name));
                        }
                        other.is_disputed = true;
                    }
                },
                Err(error) => {
                    failed += 1;
                    session.console.error(&error);
                }
            },
            Err(error) if error.is_of_no_ca(&secret) => passed_over.push(secret.object_name()),
            Err(error) => {
                failed += 1;
                session.console.error(&refused(&secret, &error).into());
            }
        }
    }
    told::passed_over(&passed_over, session.console);
    failed += wanted.extract_if(.., |one| one.is_disputed).count();
    if wanted.is_empty() {
        if failed == 0 {
            let message = format!("{file}: there is no CA of istiod's in its {total} Secrets");
            return Err(Refusal::new(message, HOW_TO_GET_ONE).into());
        }
        return Ok(Outcome::Trouble);
    }
    let write = |output: &OutputDir| {
        let placed = place::each(&wanted, folder, output, session)?;
        // An empty folder is of no use to anybody.
        if placed.iter().all(Result::is_err) {
            let first = placed.into_iter().find_map(Result::err);
            return Err(first.expect("there is one"));
        }
        Ok(placed)
    };
    let placed = out_dir::with(folder, session, write)?;
    let mut report = String::new();
    let (mut imported, mut up_to_date) = (0, 0);
    for (one, placed) in wanted.iter().zip(placed) {
        match placed {
            Ok(placement) => {
                match placement {
                    Placement::Written => imported += 1,
                    Placement::UpToDate => up_to_date += 1,
                }
                let place = folder.join(one.folder.as_str());
                told::faults(&one.name, &one.imported, &place, session);
                report += &told::placed(&one.name, &one.imported, &place, placement);
            }
            Err(error) => {
                failed += 1;
                session.console.error(&error);
            }
        }
    }
    session.console.report(&report)?;
    if total > 1 {
        session.console.note(format_args!(
            "{total} Secrets: {imported} imported, {up_to_date} up to date, {} passed over, {failed} failed",
            passed_over.len()
        ));
    }
    Ok(match failed {
        0 => Outcome::Done,
        _ => Outcome::Trouble,
    })
}

/// A CA that is to have a folder of its own.
struct Wanted {
    name: ObjectName,
    folder: ClusterName,
    imported: Imported,
    /// Whether another one with other files has its name: neither is written, for nobody could tell
    /// whose the folder is.
    is_disputed: bool,
}

impl Wanted {
    fn new(secret: &Secret, imported: Imported) -> anyhow::Result<Self> {
        let name = secret.object_name();
        // A namespace has no dot in it, so that no two Secrets of a cluster share a folder.
        let folder = match &secret.namespace {
            Some(namespace) => format!("{}.{}", namespace.as_str(), secret.name.as_str()),
            None => secret.name.as_str().to_owned(),
        };
        let folder: ClusterName = folder.parse().map_err(|error| {
            Refusal::new(
                format_args!("{name}: {error}"),
                "import it alone, into a folder that you name",
            )
        })?;
        Ok(Self {
            name,
            folder,
            imported,
            is_disputed: false,
        })
    }
}

fn disputed(name: &ObjectName) -> anyhow::Error {
    Refusal::new(
        format_args!("{name} is there twice, with different files: are they of two clusters?"),
        "import those of each cluster on their own: --out-dir CLUSTER",
    )
    .into()
}
