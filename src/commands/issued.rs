//! `meshpki issued`.

mod json;
mod table;

use std::path::Path;

use clap::{Args, ValueEnum};

use super::record;
use super::{Outcome, Session, cluster};
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::record::{Entry, Record};
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::pem;
use crate::pki::validity::date;

/// Show what the root has signed, as root-issued.jsonl records it
///
/// The record is judged first: that no line was changed, removed, moved or repeated, that each says
/// what its certificate says, and that the key it names signed it; status 1 if not. That lines are
/// missing at its end, or that it was written anew, is seen only against a head that was kept
/// elsewhere: it is printed last, and --since shows what came after it. The root's key is not read.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki issued                                       all, and the head to write down
  meshpki issued --cluster cluster1                    what was signed for one cluster
  meshpki issued --since \"$(cat head)\"                 what came after a head that was kept
  meshpki issued -o json | jq -r '.items[].pem'        the certificates themselves")]
pub struct Issued {
    /// As a table, or as data
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// Only what was signed for this cluster
    #[arg(long, value_name = "NAME", value_parser = cluster::named)]
    cluster: Option<ClusterName>,
    /// Only what was signed after the record had this head; status 1 if it never had
    #[arg(long, value_name = "DIGEST")]
    since: Option<Sha256>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Yaml,
}

impl Issued {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let record = record::look()?.ok_or_else(none)?;
        let unknown = record.verify(&roots());
        let unknown = unknown.map_err(|error| record::broken(&error))?;
        let mut entries: Vec<_> = self.after(&record)?.iter().collect();
        if let Some(cluster) = &self.cluster {
            entries.retain(|entry| entry.cluster.as_ref() == Some(cluster));
        }
        self.note(&record, &entries, unknown, session);
        session.console.print(&match self.output {
            Format::Text => table::table(&entries, &record.head()),
            Format::Json => json::json(&entries, &record.head()),
            Format::Yaml => json::yaml(&entries, &record.head()),
        })?;
        Ok(Outcome::Done)
    }

    /// What was signed after the head that is asked for.
    fn after<'r>(&self, record: &'r Record) -> Result<&'r [Entry], Refusal> {
        let Some(head) = &self.since else {
            return Ok(record.entries());
        };
        record.since(head).ok_or_else(|| {
            let file = mesh::ROOT_ISSUED;
            Refusal::new(
                format_args!("{file} never had the head {head}: lines are missing at its end, or it was written anew"),
                format!("compare it with a {file} that was kept a second time; if the digest was mistyped, or is of another root's record, give that of this one"),
            )
        })
    }

    /// What the record does not hold, or does not show.
    fn note(&self, judged: &Record, shown: &[&Entry], unknown: usize, session: &Session) {
        let console = session.console;
        for late in judged.late_beginnings() {
            let Entry { number, time, .. } = late;
            let (date, key) = (date(*time), table::short(&late.issuer));
            console.note(format_args!(
                "line {number}, of {date}, is the first that the key {key} has signed, and not its own certificate: {}",
                record::not_in_it("it")
            ));
        }
        if unknown > 0 {
            let plural = if unknown == 1 { "" } else { "s" };
            let (certs, file) = (mesh::ROOT_CERT, mesh::ROOT_ISSUED);
            console.note(format_args!(
                "{unknown} signature{plural} not verified: the key is neither in {certs} nor in {file}"
            ));
        }
        if shown.is_empty() {
            let of = self.cluster.as_ref().map(|name| format!(" for {name}"));
            let since = self.since.map(|_| " since then");
            let (of, since) = (of.unwrap_or_default(), since.unwrap_or_default());
            console.note(format_args!("nothing was signed{of}{since}"));
        }
    }
}

fn none() -> Refusal {
    Refusal::new(
        format_args!("there is no {}", mesh::ROOT_ISSUED),
        "it begins with the first certificate that is signed here; if the root is in another folder, work there, with -C DIR",
    )
}

/// The roots that the mesh trusts, as far as they can be read.
fn roots() -> Vec<Certificate> {
    let text = input::read(Path::new(mesh::ROOT_CERT));
    let blocks = text.map(|text| pem::blocks(&text)).unwrap_or_default();
    let certificates = blocks.iter().map(Certificate::from_block);
    certificates.filter_map(Result::ok).collect()
}
