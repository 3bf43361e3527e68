//! `meshpki sign`.

mod ask;
mod given;
mod index;
mod issue;
mod parcel;
mod plan;
mod problem;
mod root;
mod table;
mod terms;

use std::path::{Path, PathBuf};

use clap::Args;

use super::out_file::OutFile;
use super::passphrase::Source;
use super::record::{self, RootRecord};
use super::root_key::RootKey;
use super::{Outcome, Session, cluster};
use crate::config;
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
use crate::pki::digest::Sha256;
use given::{Given, GivenRequest};
use issue::Issued;
use parcel::Parcel;
use plan::{Decision, Plan};
use root::Root;
use terms::Terms;

/// Sign what clusters ask for, with the root's key: requests.tar or requests by themselves
///
/// Shows what is asked against what is granted, and asks once. What the policy in meshpki.toml does
/// not permit is refused, by name and reason; the rest goes into signed.tar, for `meshpki accept`,
/// and into root-issued.jsonl.
///
/// A request that was signed before is given the same certificate again.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki sign requests.tar                    look at the table, then say y
  meshpki sign --dry-run requests.tar          look at the table, and sign nothing
  meshpki sign --yes --days 730 cluster1.csr   a request that openssl made, without a question")]
pub struct Sign {
    /// Archives of requests, and requests in PEM or DER; - is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the certificates go [default: signed.tar]
    #[arg(
        long,
        value_name = "FILE",
        default_value = "signed.tar",
        hide_default_value = true
    )]
    out: PathBuf,
    /// Replace what stands there
    #[arg(long)]
    overwrite: bool,
    /// The days until they expire, no later than the root and max-days of the policy [default: 3650]
    #[arg(long, value_parser = config::parse_days)]
    days: Option<u32>,
    /// The cluster whose request it is, where the request does not say; for one request
    #[arg(long, value_name = "NAME", value_parser = cluster::named)]
    cluster: Option<ClusterName>,
    /// Let this cluster have another key than the recorded one; may be given more than once
    #[arg(long, value_name = "NAME", value_parser = cluster::named)]
    rekey: Vec<ClusterName>,
    /// Sign requests that were signed before anew
    #[arg(long)]
    renew: bool,
    /// Refuse the archive unless this is the SHA-256 of its manifest
    #[arg(long, value_name = "DIGEST")]
    manifest_sha256: Option<Sha256>,
    /// Sign what the table says without a question
    #[arg(long)]
    yes: bool,
    /// Show the table, and sign nothing
    #[arg(long)]
    dry_run: bool,
    /// Where root-key.pem's passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked
    /// for]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
    passin: Option<Source>,
}

impl Sign {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let terms = Terms::of(&self, session)?;
        if self.out == Path::new("-") {
            let message = "--out -: stdout is for what there is to look at";
            return Err(session.usage_error("sign", message).into());
        }
        let out = OutFile::new("--out", &self.out, self.overwrite)?;
        let given = self.given(session)?;
        let mut root_key = RootKey::to_sign_with(self.passin.as_ref(), session);
        let mut root = Root::look(&mut root_key, session)?;
        session.warn_if_exposed(Path::new(mesh::ROOT_KEY));

        let record = record::look()?.unwrap_or_default();
        let plan = Plan::of(&given, &terms, &root, &record)?;
        self.show(&plan, session)?;
        if plan.answered().next().is_none() {
            return Ok(Outcome::Trouble);
        }
        let outcome = match plan.refused() {
            0 => Outcome::Done,
            _ => Outcome::Trouble,
        };
        // What is recorded already is signed by nobody, and asks nobody.
        if plan.to_sign() == 0 {
            let issued = Issued::by(&plan, &root, &terms, session)?;
            let parcel = Parcel::of(issued.certificates, &given, &root)?;
            let is_there = parcel.is_there(&out)?;
            if !self.dry_run {
                // The lock sees to what an interrupted run has left, whether there is something to
                // write or not.
                let placed = parcel.place(&out, session)?;
                tell(&parcel, placed, &out, session)?;
            } else if is_there {
                tell(&parcel, false, &out, session)?;
            }
            return Ok(outcome);
        }
        out.is_up_to_date(None)?;
        if self.dry_run {
            return Ok(outcome);
        }
        if !self.yes && !ask::is_agreed(&plan, root.signing.certificate(), session)? {
            session.console.note("nothing was signed");
            return Ok(Outcome::Trouble);
        }
        root.open(&mut root_key, session)?;

        let parcel = {
            let output = session.lock(Path::new("."))?;
            let record = RootRecord::open(&output, session)?;
            let again = Plan::of(&given, &terms, &root, record.record())?;
            if !root.stands()? || !again.is_as(&plan) {
                let fact = "what would be signed has changed meanwhile: nothing was signed";
                return Err(Refusal::new(fact, "run it again").into());
            }
            out.is_up_to_date(None)?;
            let issued = Issued::by(&again, &root, &terms, session)?;
            let parcel = Parcel::of(issued.certificates, &given, &root)?;
            record.append(&issued.new, root.signing.certificate())?;
            parcel
        };
        let placed = parcel.place(&out, session);
        let placed = placed.map_err(|error| not_written(error, &out, session))?;
        tell(&parcel, placed, &out, session)?;
        Ok(outcome)
    }

    fn given(&self, session: &Session) -> anyhow::Result<Given> {
        let usage = |message: String| session.usage_error("sign", message);
        let is_stdin = |file: &&PathBuf| {
            file.as_path() == Path::new("-") || file.as_path() == Path::new("/dev/stdin")
        };
        let stdin = self.files.iter().filter(is_stdin);
        let is_passphrase = self.passin == Some(Source::Stdin);
        if stdin.count() + usize::from(is_passphrase) > 1 {
            return Err(usage("stdin can be read once".to_owned()).into());
        }
        let given = Given::read(&self.files, self.cluster.as_ref())?;
        if let Some(cluster) = &self.cluster
            && (given.has_archives() || given.requests.len() > 1)
        {
            let message = format!("--cluster {cluster} is of one request that is no archive's");
            return Err(usage(message).into());
        }
        let names = given.requests.iter().map(GivenRequest::name);
        let names: std::collections::HashSet<_> = names.collect();
        let is_missing = |cluster: &&ClusterName| !names.contains(cluster.as_str());
        if let Some(cluster) = self.rekey.iter().find(is_missing) {
            let message = format!("--rekey {cluster}: no request of {cluster} is given");
            return Err(usage(message).into());
        }
        given.show(session)?;
        if let Some(wanted) = self.manifest_sha256 {
            given.must_have(wanted)?;
        }
        Ok(given)
    }

    /// The table, and on stderr what is refused, and why.
    fn show(&self, plan: &Plan<'_>, session: &Session) -> anyhow::Result<()> {
        let console = session.console;
        let table = table::render(plan);
        // Nobody is asked about what was not shown.
        match self.yes || plan.to_sign() == 0 {
            true => console.report(&table)?,
            false => console.print(&table)?,
        }
        for note in &plan.notes {
            console.note(note);
        }
        if plan.again() > 0 {
            let days = match self.days {
                Some(_) => ", whatever --days says",
                None => "",
            };
            console.note(format_args!(
                "what was signed before is given as it was{days}: --renew has it signed anew"
            ));
        }
        for (request, decision) in &plan.items {
            if let Decision::Refused(problems) = decision {
                for problem in problems {
                    console.error(&problem.to_error(request.name()));
                }
            }
        }
        let total = plan.items.len();
        if total > 1 {
            let (new, again, refused) = (plan.to_sign(), plan.again(), plan.refused());
            console.note(format_args!(
                "{total} requests: {new} to be signed, {again} signed before, {refused} refused"
            ));
        }
        Ok(())
    }
}

/// Tells of the archive, which was placed there, or was there already.
fn tell(parcel: &Parcel, placed: bool, out: &OutFile<'_>, session: &Session) -> anyhow::Result<()> {
    let shown = out.shown();
    let heading = match placed {
        true => shown.clone(),
        false => format!("{shown}: up to date"),
    };
    session.console.report(&parcel.describe(&heading))?;
    if placed {
        session.console.note(format_args!(
            "carry it to the clusters, and compare the manifest there: meshpki accept {}",
            crate::escape::in_shell(&shown)
        ));
    }
    Ok(())
}

/// That what is recorded is in no archive yet, for whatever reason but a signal.
fn not_written(error: anyhow::Error, out: &OutFile<'_>, session: &Session) -> anyhow::Error {
    if session.interrupt.check().is_err() {
        return error;
    }
    let fact = format!("{} was not written: {error:#}", out.shown());
    let file = mesh::ROOT_ISSUED;
    let hint = format!(
        "what was signed is in {file}: the same command, without --renew, makes an archive of it"
    );
    Refusal::new(fact, hint).into()
}
