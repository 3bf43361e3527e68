//! `meshpki diff`.

mod json;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::inspect::duration::Size;
use super::inspect::{self, First};
use super::unreadable::unreadable;
use super::{Outcome, Session};
use crate::console::Refusal;
use crate::escape;
use crate::input::{self, InputDir, InputError};
use crate::mesh::compare::{self, Form, Side, Verdict};
use crate::mesh::find;

/// Tell whether A and B hold the same certificates, and what differs
///
/// A and B are files, folders, Kubernetes objects in YAML or JSON, or - for stdin. What is compared
/// is certificates, public keys of private keys, CRLs and requests; private keys are never shown.
///
/// Exit status 0: the same, in the same order; that they are written in other bytes (line ends,
/// text around, DER) is said, and is no difference. 2: they differ, if only in their order, for a
/// chain begins with its leaf; or an entry that is meant for certificates (root-cert.pem) has none.
/// 1: something cannot be read, or there is nothing to compare.
///
/// Folders and Secrets are compared name by name, a Secret with tls.crt and one with ca-cert.pem by
/// what Istio reads of them. A file is compared with what has its name in an object, or else with
/// every certificate there, whatever their order. Many objects are each compared with the one on
/// the other side, or with their namesakes. Hidden files and folders in folders are passed over.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki diff cluster1/root-cert.pem proxy-cert-3.pem
  kubectl get secret cacerts -n istio-system -o yaml | meshpki diff cluster1 -
  kubectl get cm -A -l istio.io/config=true -o json | meshpki diff root-cert.pem -
  meshpki -q diff a.pem b.pem || echo \"they differ\"")]
pub struct Diff {
    /// The one that B is held against: a file, a folder or an object; - is stdin
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The one that is held against A; one of the two may be -
    #[arg(value_name = "B")]
    after: PathBuf,
    /// The differences as data
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
    /// The most octets that are read of a file or a folder (k, M, G)
    #[arg(long, value_name = "SIZE", default_value = "64M")]
    max_size: Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
}

impl Diff {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        if self.before == Path::new("-") && self.after == Path::new("-") {
            let message = "A and B are both stdin: there is but one";
            return Err(session.usage_error("diff", message).into());
        }
        let sides = [&self.before, &self.after].map(|path| {
            let side = read(path, self.max_size, session);
            side.map_err(|error| session.console.error(&error)).ok()
        });
        let [Some(mut before), Some(mut after)] = sides else {
            return Ok(Outcome::Trouble);
        };
        before.side.leave_out_what_waits(&after.side);
        after.side.leave_out_what_waits(&before.side);
        if before.side.is_empty() && after.side.is_empty() {
            for side in [&before, &after] {
                session.console.error(&side.no_certificate());
            }
            return Ok(Outcome::Trouble);
        }
        let comparison = compare::compare(&before.side, &after.side);
        let labels = [before.label.as_str(), after.label.as_str()];
        match self.output {
            Some(Format::Json) => json::print(&comparison, labels, session.console)?,
            None => text::print(&comparison, labels, session.console)?,
        }
        let is_unread = before.is_unread || after.is_unread;
        Ok(match comparison.verdict() {
            Verdict::Unreadable | Verdict::NotCompared => Outcome::Trouble,
            _ if is_unread => Outcome::Trouble,
            Verdict::Differs => Outcome::No,
            Verdict::Identical | Verdict::Same => Outcome::Done,
        })
    }
}

/// A or B.
struct Read {
    label: String,
    side: Side,
    /// Whether a file of it could not be read.
    is_unread: bool,
}

impl Read {
    /// That the objects of this side have nothing where certificates belong.
    fn no_certificate(&self) -> anyhow::Error {
        let key = escape::text(self.side.vacant().unwrap_or_default());
        let what_it_is = format!("it has {key}, with none in it");
        inspect::no_certificate(&self.label, &what_it_is, &First::default())
    }
}

fn read(path: &Path, limit: Size, session: &Session) -> anyhow::Result<Read> {
    if path.is_dir() {
        return read_folder(path, limit, session);
    }
    let label = input::name(path);
    let contents = input::read_or_stdin_up_to(path, limit.octets()).map_err(unreadable)?;
    let what_it_is = find::what_it_is(&contents);
    let file_name = path.file_name().and_then(|name| name.to_str());
    let file_name = file_name.filter(|name| *name != "-");
    let side = Side::of_stream(&label, file_name, contents)
        .map_err(|error| anyhow::format_err!("{label}: it cannot be read: {error}"))?;
    if side.is_empty() && side.vacant().is_none() {
        let parts = side.holders.iter().flat_map(|holder| &holder.parts);
        let mut others = First::default();
        for other in parts.filter_map(|part| part.other.as_ref()) {
            others.push(escape::text(other));
        }
        return Err(inspect::no_certificate(&label, what_it_is, &others));
    }
    if side.form == Form::File {
        let mut parts = side.holders.iter().flat_map(|holder| &holder.parts);
        if let Some(fault) = parts.find_map(|part| part.fault.as_ref()) {
            anyhow::bail!("{fault}");
        }
    }
    Ok(Read {
        label,
        side,
        is_unread: false,
    })
}

fn read_folder(path: &Path, limit: Size, session: &Session) -> anyhow::Result<Read> {
    let label = escape::path(path);
    let folder = InputDir::open(path)?;
    let entries = folder.entries()?;
    let mut files = Vec::new();
    let mut is_unread = false;
    let mut left = limit.octets();
    for name in entries.files {
        match folder.read_up_to(&name, left) {
            Err(InputError::TooLong { .. }) if left < limit.octets() => {
                let limit = limit.octets();
                let message = format!("{label}: its files together are longer than {limit} octets");
                return Err(Refusal::new(message, "raise the limit: --max-size").into());
            }
            Ok(contents) => {
                left = left.saturating_sub(contents.len() as u64);
                let name = name
                    .to_str()
                    .map_or_else(|| escape::path(&name), str::to_owned);
                files.push((name, contents));
            }
            Err(error) => {
                session.console.error(&unreadable(error));
                is_unread = true;
            }
        }
    }
    let side = Side::of_folder(&label, files);
    if side.is_empty() {
        let message = format!("{label}: there is no certificate in any file of the folder");
        return Err(match entries.folders.first() {
            Some(inner) if !is_unread => {
                let inner = escape::path(&path.join(inner));
                let hint = format!("folders in it are passed over: name one, such as {inner}");
                Refusal::new(message, hint).into()
            }
            _ => anyhow::Error::msg(message),
        });
    }
    if let Some(inner) = entries.folders.first() {
        let inner = escape::path(&path.join(inner));
        let rest = entries.folders.len() - 1;
        let more = match rest {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        let console = session.console;
        console.note(format_args!(
            "{label}: not compared: the folder {inner}{more}"
        ));
    }
    Ok(Read {
        label,
        side,
        is_unread,
    })
}
