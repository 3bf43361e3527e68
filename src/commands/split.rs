//! `meshpki split`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::inspect::duration::Size;
use super::inspect::{self, First};
use super::unreadable::unreadable;
use super::{Outcome, Session, out_dir, report};
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh::find::{self, Found};
use crate::output::{NewFile, OutputDir};
use crate::pki::compare::Thing;
use crate::pki::find::{CertificateDer, Item};
use crate::pki::pem::{self, Block};

/// Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...
///
/// In the order in which they stand there: of what `openssl s_client -showcerts` prints,
/// proxy-cert-1.pem is the server's own certificate, and each next one is that of the CA above. All
/// are written or none, and a file that stands is never overwritten. Private keys are never
/// written.
#[derive(Args)]
#[command(before_help = "\
Examples:
  openssl s_client -showcerts -connect httpbin.foo:8000 </dev/null | meshpki split
  meshpki split httpbin-proxy-cert.txt
  meshpki split --prefix ca- --out-dir certs bundle.pem        certs/ca-1.pem, certs/ca-2.pem ...
  kubectl get secret cacerts -n istio-system -o yaml | meshpki split --prefix cacerts-")]
pub struct Split {
    /// Whatever `meshpki inspect` reads; - is stdin, as is nothing at all
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the names of the files begin; a number and .pem follow
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "proxy-cert-",
        allow_hyphen_values = true,
        value_parser = parse_prefix
    )]
    prefix: String,
    /// Write into DIR, which is made if it is not there
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    out_dir: PathBuf,
    /// The most octets that are read of a file (k, M, G)
    #[arg(long, value_name = "SIZE", default_value = "64M")]
    max_size: Size,
}

fn parse_prefix(prefix: &str) -> Result<String, String> {
    if prefix.contains('/') {
        return Err("it is the start of a file name; a folder is named by --out-dir".to_owned());
    }
    Ok(prefix.to_owned())
}

impl Split {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let mut pieces = Vec::new();
        let mut outcome = Outcome::Done;
        for path in session.files_or_stdin("split", &self.files)? {
            match read(&path, self.max_size, session) {
                Ok(found) => pieces.extend(found),
                Err(error) => {
                    session.console.error(&error);
                    outcome = Outcome::Trouble;
                }
            }
        }
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
        let numbered = pieces.into_iter().enumerate();
        let files = numbered.map(|(index, certificate)| {
            let name = format!("{}{}.pem", self.prefix, index + 1);
            (name, certificate)
        });
        let files: Vec<_> = files.collect();
        out_dir::with(&self.out_dir, session, |output| {
            write(&self.out_dir, &files, output)
        })?;
        session.console.report(&report(&self.out_dir, &files))?;
        Ok(Outcome::Done)
    }
}

/// The certificates of a file, of which there is at least one, and none that cannot be read: the
/// numbers of those behind it would not be what they seem.
fn read(path: &Path, limit: Size, session: &Session) -> anyhow::Result<Vec<CertificateDer>> {
    let contents = input::read_or_stdin_up_to(path, limit.octets()).map_err(unreadable)?;
    let name = input::name(path);
    let mut certificates = Vec::new();
    let mut others = First::default();
    let mut keys = First::default();
    for Found { source, item } in find::items(&name, &contents) {
        if let Some(fault) = find::fault(&item, source.line) {
            let place = source.object.as_ref().map(|_| source.to_string());
            let hint = "take it out, or get it again: what is behind it would be misnumbered";
            let message = format!("{}: {fault}", place.unwrap_or(name));
            return Err(Refusal::new(message, hint).into());
        }
        let other = inspect::other(&item);
        match item {
            Item::Certificate(certificate) => certificates.push(certificate),
            Item::PrivateKey(_) => keys.push(other.unwrap_or_default()),
            _ => others.push(other.unwrap_or_default()),
        }
    }
    if certificates.is_empty() {
        let others = if others.brief().is_some() {
            others
        } else {
            keys
        };
        return Err(inspect::no_certificate(
            &name,
            find::what_it_is(&contents),
            &others,
        ));
    }
    let note = |what: &First, why: &str| {
        if let Some(what) = what.brief() {
            session
                .console
                .note(format_args!("{name}: not written: {what}{why}"));
        }
    };
    note(&keys, ": private keys never are");
    note(&others, "");
    Ok(certificates)
}

type File = (String, CertificateDer);

fn write(folder: &Path, files: &[File], output: &OutputDir) -> anyhow::Result<()> {
    refuse_to_overwrite(folder, files)?;
    let texts = files
        .iter()
        .map(|(name, certificate)| (name, pem::encode(Block::CERTIFICATE, certificate.der())));
    let texts: Vec<_> = texts.collect();
    let new: Vec<_> = texts
        .iter()
        .map(|(name, text)| NewFile::public(name, text.as_bytes()))
        .collect();
    let mut batch = output.batch()?;
    batch.new_files(&new)?;
    Ok(batch.commit_all()?)
}

/// Every name that stands is told of, or the next run would fail on the next of them.
fn refuse_to_overwrite(folder: &Path, files: &[File]) -> Result<(), Refusal> {
    let paths = files.iter().map(|(name, _)| path_of(folder, name));
    let standing = paths.filter(|path| path.symlink_metadata().is_ok());
    let standing: Vec<_> = standing.map(|path| escape::path(&path)).collect();
    let named = report::first_of(&standing);
    let message = match standing.len() {
        0 => return Ok(()),
        1 => format!("{named} is there already"),
        _ => format!("{named} are there already"),
    };
    let hint = "move them away, or write elsewhere: --out-dir DIR, or --prefix TEXT";
    Err(Refusal::new(message, hint))
}

/// As people write it: no `./`.
fn path_of(folder: &Path, name: &str) -> PathBuf {
    match folder == Path::new(".") {
        true => PathBuf::from(name),
        false => folder.join(name),
    }
}

/// A line for each file: its path, and what is in it.
fn report(folder: &Path, files: &[File]) -> String {
    let mut first_of: HashMap<&[u8], &str> = HashMap::new();
    let mut report = String::new();
    for (name, certificate) in files {
        let path = escape::path(&path_of(folder, name));
        let described = Thing::Certificate(certificate.clone()).describe();
        report += &format!("{path}: {described}");
        let first = *first_of.entry(certificate.der()).or_insert(name);
        if first != name {
            report += &format!(", the same as {}", escape::text(first));
        }
        report.push('\n');
    }
    report
}
