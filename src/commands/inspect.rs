//! `meshpki inspect`.

pub(super) mod duration;
mod fields;
pub(super) mod form;
mod keys;
pub(super) mod short;
mod yaml;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use self::duration::{Lifetime, Size};
use self::fields::Fields;
pub(super) use self::fields::is_option_of_x509;
pub(super) use self::form::json as plain_json;
use self::form::{Form, Rendered};
use self::keys::Keys;
pub(super) use self::yaml::element as yaml_element;
use super::unreadable::unreadable;
use super::{Outcome, Session};
use crate::console::{Console, Data};
use crate::input;
use crate::mesh::find::{self, Found};
use crate::pki::find::Item;
use crate::pki::text::NameOptions;

/// Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki inspect cluster1/ca-cert.pem                        as openssl x509 -noout -text
  kubectl get cm -A -o json | meshpki inspect --short         what every namespace trusts
  istioctl pc secret POD -o json | meshpki inspect --short    what a proxy has
  meshpki inspect --expires-within 30d cluster?/ca-cert.pem   status 2 if one does")]
pub struct Inspect {
    /// PEM, DER, PKCS#7, Kubernetes objects in YAML or JSON; - is stdin, as is nothing at all
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What matters, for people
    #[arg(long, conflicts_with_all = ["output", "fields"])]
    short: bool,
    /// All fields, for programs
    #[arg(short, long, value_name = "FORMAT", conflicts_with = "fields")]
    output: Option<Format>,
    /// Only certificates that expire within TIME (30d, 12h); exit status 2 if there are any
    #[arg(long, value_name = "TIME")]
    expires_within: Option<Lifetime>,
    /// How names are printed, as openssl has it
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "oneline",
        allow_hyphen_values = true
    )]
    nameopt: NameOptions,
    #[command(flatten)]
    fields: Fields,
    /// The most octets that are read of a file (k, M, G)
    #[arg(long, value_name = "SIZE", default_value = "64M")]
    max_size: Size,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

impl Inspect {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let files = session.files_or_stdin("inspect", &self.files)?;
        let form = Form::new(&self, session.now);
        let mut report = Report {
            console: session.console,
            data: session.console.data(),
            names_all: files.len() > 1,
            form,
            keys: Keys::default(),
            has_begun: false,
            expires: false,
            trouble: false,
        };
        for path in &files {
            if report.data.is_gone() {
                break;
            }
            match input::read_or_stdin_up_to(path, self.max_size.octets()) {
                Ok(contents) => report.file(&input::name(path), &contents)?,
                Err(error) => report.trouble(&unreadable(error)),
            }
        }
        report.finish()
    }
}

/// An error that tells what is in a file instead.
pub(super) fn no_certificate(name: &str, what_it_is: &str, others: &First) -> anyhow::Error {
    let instead = match others.brief() {
        None => format!(": {what_it_is}"),
        Some(others) => format!(", but {others}"),
    };
    anyhow::format_err!("{name}: there is no certificate in it{instead}")
}

/// What is no certificate, and not broken, for a message.
pub(super) fn other(item: &Item) -> Option<String> {
    match item {
        Item::PrivateKey(key) => Some(format!("a private key ({key})")),
        Item::Request(_) => Some("a certification request".to_owned()),
        Item::Crl(_) => Some("a CRL".to_owned()),
        Item::Other(name) => Some(crate::escape::text(name)),
        Item::Certificate(_) | Item::Broken { .. } => None,
    }
}

/// What has been said so far.
struct Report {
    console: Console,
    data: Data,
    form: Form,
    /// Whether each thing is named on stderr: there is more than one.
    names_all: bool,
    keys: Keys,
    /// Whether anything has gone to stdout.
    has_begun: bool,
    expires: bool,
    trouble: bool,
}

/// What there was in a file besides what is shown: how many, and the first of them.
#[derive(Default)]
struct Rest {
    shown: usize,
    broken: First,
    others: First,
}

/// The first few of something, of which there may be millions.
#[derive(Default)]
pub(super) struct First {
    first: Vec<String>,
    count: usize,
}

impl First {
    pub fn push(&mut self, text: String) {
        const MOST: usize = 4;

        self.count += 1;
        if self.first.len() < MOST {
            self.first.push(text);
        }
    }

    /// The first, and how many more there are.
    pub fn brief(&self) -> Option<String> {
        let first = self.first.first()?;
        Some(match self.count {
            1 => first.clone(),
            count => format!("{first} and {} more", count - 1),
        })
    }

    /// A line for each, and one for those that are not told of.
    fn lines(&self) -> impl Iterator<Item = String> {
        let more = self.count - self.first.len();
        let more = (more > 0).then(|| format!("{more} more cannot be read"));
        self.first.iter().cloned().chain(more)
    }
}

impl Report {
    fn file(&mut self, name: &str, contents: &[u8]) -> anyhow::Result<()> {
        let mut found = find::items(name, contents).peekable();
        let mut rest = Rest::default();
        let mut names_each = self.names_all;
        while !self.data.is_gone() && found.peek().is_some() {
            let batch = batch(&mut found);
            let shown = batch.iter().filter(|found| self.form.shows(&found.item));
            names_each |= shown.count() > 1;
            names_each |= batch.iter().any(|found| found.source.object.is_some());
            let form = &self.form;
            let rendered: Vec<Rendered> = if batch.len() < 4 {
                batch.iter().map(|found| form.render(found)).collect()
            } else {
                batch.par_iter().map(|found| form.render(found)).collect()
            };
            for (found, rendered) in batch.into_iter().zip(rendered) {
                self.item(found, rendered, names_each, &mut rest)?;
            }
        }
        self.rest(name, contents, &rest)
    }

    fn item(
        &mut self,
        found: Found,
        rendered: Rendered,
        names_it: bool,
        rest: &mut Rest,
    ) -> anyhow::Result<()> {
        let Found { source, item } = found;
        self.keys.note_certificate(rendered.spki_digest, &source);
        match rendered.output {
            Ok(Some(output)) => {
                rest.shown += 1;
                self.expires |= rendered.expires;
                if names_it && self.form.is_text() && !self.console.is_quiet() {
                    self.data.flush()?;
                    let (word, position) = (item.word(), source.position);
                    self.console
                        .note(format_args!("{word} {position}: {source}"));
                }
                let before = self.form.before(self.has_begun);
                self.has_begun = true;
                self.data.print(before)?;
                self.data.print(&output)?;
                if let Some(lack) = rendered.lack {
                    self.data.flush()?;
                    self.console.note(lack);
                }
            }
            Ok(None) => {
                if let Some(other) = other(&item) {
                    rest.others.push(other);
                }
                match item {
                    Item::PrivateKey(key) => {
                        self.keys.note_key(key, source);
                        rest.shown += usize::from(self.form.names_keys());
                    }
                    // It is left out because it does not expire, which is an answer.
                    Item::Certificate(_) => rest.shown += 1,
                    _ => {}
                }
            }
            Err(reason) => rest.broken.push(match &source.object {
                Some(_) => format!("{source}: {reason}"),
                None => format!("{}: {reason}", source.file),
            }),
        }
        Ok(())
    }

    /// What is left to say of a file.
    fn rest(&mut self, name: &str, contents: &[u8], rest: &Rest) -> anyhow::Result<()> {
        if rest.shown > 0 {
            if rest.broken.count > 0 {
                self.data.flush()?;
            }
            for broken in rest.broken.lines() {
                self.console.warning(broken);
            }
            return Ok(());
        }
        if rest.broken.count == 0 {
            self.trouble(&no_certificate(
                name,
                find::what_it_is(contents),
                &rest.others,
            ));
        }
        for broken in rest.broken.lines() {
            self.trouble(&anyhow::format_err!("{broken}"));
        }
        Ok(())
    }

    fn trouble(&mut self, error: &anyhow::Error) {
        self.trouble = true;
        // A stdout that cannot be written to is told of by what comes next.
        let _ = self.data.flush();
        self.console.error(error);
    }

    fn finish(mut self) -> anyhow::Result<Outcome> {
        let mut keys = self.keys.named();
        if self.form.has_end() {
            if !self.form.names_keys() {
                keys.clear();
            }
            if !self.trouble || self.has_begun || !keys.is_empty() {
                let end = self.form.end(self.has_begun, &keys);
                self.data.print(&end)?;
            }
            self.data.flush()?;
        } else {
            self.data.flush()?;
            if self.has_begun || self.form.names_keys() {
                for key in &keys {
                    self.console.note(key);
                }
            }
        }
        Ok(match (self.trouble, self.expires) {
            (true, _) => Outcome::Trouble,
            (false, true) => Outcome::No,
            (false, false) => Outcome::Done,
        })
    }
}

/// The next things, as many as are worth sharing out among the cores, and no more than fit in a
/// modest memory.
fn batch(found: &mut impl Iterator<Item = Found>) -> Vec<Found> {
    const MOST: usize = 512;
    const MOST_OCTETS: usize = 1 << 20;

    let mut octets = 0;
    let mut batch = Vec::new();
    while batch.len() < MOST && octets < MOST_OCTETS {
        let Some(found) = found.next() else { break };
        octets += match &found.item {
            Item::Certificate(certificate) => certificate.with_trailer().len(),
            Item::Request(der) | Item::Crl(der) => der.len(),
            _ => 0,
        };
        batch.push(found);
    }
    batch
}
