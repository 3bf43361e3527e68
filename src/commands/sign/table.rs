//! What is asked against what is granted, for people.

use super::given::{Asked, GivenRequest};
use super::plan::{Decision, New, Plan, Recorded};
use crate::mesh;
use crate::mesh::policy;
use crate::pki::certificate::{Certificate, CertificateSpec, SubjectAltName};
use crate::pki::digest::Sha256;
use crate::pki::key::PublicKey;
use crate::pki::name::Attribute;
use crate::pki::request::CertificationRequest;
use crate::pki::validity::date;

/// Lists are broken after a comma and sentences after a word, so that lines are no longer than a
/// terminal is wide, where they can be.
const WIDTH: usize = 80;
/// What stands before a value: its name, and whose it is.
const NAMES: usize = 13;
const SIDES: usize = 10;

/// The table of what the `plan` is.
pub fn render(plan: &Plan<'_>) -> String {
    let items = plan.items.iter();
    items
        .map(|(request, decision)| item(request, decision))
        .collect()
}

fn item(request: &GivenRequest, decision: &Decision) -> String {
    let mut table = Table {
        text: format!("{}: {}\n", request.name(), verdict(decision)),
    };
    if request.name() != request.file {
        table.row("from", "", &request.file);
    }
    if let Ok(asked) = &request.asked {
        asked_and_granted(asked, decision, &mut table);
    }
    if let Decision::Refused(problems) = decision {
        for problem in problems {
            table.sentence("refused", &problem.fact);
        }
    }
    table.text
}

fn verdict(decision: &Decision) -> String {
    match decision {
        Decision::Sign(new) => match &new.last {
            None => "a new certificate".to_owned(),
            Some(Recorded { number, .. }) if new.is_rekey => {
                format!("a new certificate, of another key than that of line {number}")
            }
            Some(Recorded { number, .. }) => {
                format!("a new certificate, beside that of line {number}")
            }
        },
        Decision::Again(recorded) => {
            let (file, day) = (mesh::ROOT_ISSUED, date(recorded.time));
            let number = recorded.number;
            format!("signed before, on {day}: line {number} of {file}")
        }
        Decision::Refused(_) => "refused".to_owned(),
    }
}

fn asked_and_granted(asked: &Asked, decision: &Decision, table: &mut Table) {
    if let Some(said_by) = asked.said_by {
        table.row("cluster", "", said_by);
    }
    let request = &asked.request;
    let granted = Granted::of(decision);
    let key = key(request.public_key());
    match replaced(decision) {
        Some(before) => {
            table.row("key", "another", &key);
            table.row("", "before", &before);
        }
        None => table.rows("key", &key, granted.as_ref().map(|_| &key)),
    }
    let subject = attributes(request);
    let names = names(&request.extensions().subject_alt_names);
    let others = request.extensions().other_alt_names.iter();
    let others = others.map(|name| format!("{}:{}", name.kind, crate::escape::text(&name.value)));
    let names = list(&[names, others.collect()].concat());
    let constraints = constraints(request);
    let granted = granted.as_ref();
    table.rows("subject", &subject, granted.map(|granted| &granted.subject));
    table.rows("names", &names, granted.map(|granted| &granted.names));
    let ca = "CA:TRUE, pathlen:0".to_owned();
    table.rows("CA", &constraints, granted.map(|_| &ca));
    if let Some(granted) = granted {
        table.row("expires", "granted", &granted.expires);
    }
    let left_out = policy::not_taken_over(request.extensions());
    if !left_out.is_empty() && granted.is_some() {
        table.row("left out", "asked", &left_out.join(", "));
    }
}

fn key(key: &PublicKey) -> String {
    let digest = Sha256::of(key.spki()).groups();
    // Sixteen digits are enough to tell keys apart, and few enough to be compared by eye.
    format!("{}, SPKI SHA-256 {} ...", key.kind(), &digest[..19])
}

/// The key that the cluster had, where it is given another.
fn replaced(decision: &Decision) -> Option<String> {
    let Decision::Sign(new) = decision else {
        return None;
    };
    let last = new.last.as_ref().filter(|_| new.is_rekey)?;
    let before = last.certificate.public_key();
    Some(before.map_or_else(|error| error.to_string(), |before| key(&before)))
}

/// What a certificate says, for people.
struct Granted {
    subject: String,
    names: String,
    expires: String,
}

impl Granted {
    fn of(decision: &Decision) -> Option<Self> {
        match decision {
            Decision::Refused(_) => None,
            Decision::Sign(new) => {
                let New { spec, bound, .. } = new.as_ref();
                let CertificateSpec {
                    subject, validity, ..
                } = spec;
                let days = validity.length().whole_days();
                let end = date(validity.not_after());
                let bound = bound.iter().map(|bound| format!(": {bound}"));
                let bound: String = bound.collect();
                Some(Self {
                    subject: subject.to_string(),
                    names: list(&names(&spec.subject_alt_names)),
                    expires: format!("{end}, after {days} days{bound}"),
                })
            }
            Decision::Again(recorded) => {
                let Recorded { certificate, .. } = recorded.as_ref();
                Some(Self {
                    subject: subject_of(certificate),
                    names: list(&names(certificate.subject_alt_names())),
                    expires: date(certificate.not_after()).to_string(),
                })
            }
        }
    }
}

/// The subject of what was composed here, in the form in which it was shown then.
fn subject_of(certificate: &Certificate) -> String {
    let attributes = [
        Attribute::Organization,
        Attribute::CommonName,
        Attribute::Locality,
    ];
    let values = attributes.into_iter().flat_map(|attribute| {
        let values = certificate.subject_values(attribute).into_iter();
        values.map(move |value| (attribute.short_name(), value))
    });
    let shown = values.map(|(name, value)| format!("{name} = {}", crate::escape::text(&value)));
    list(&shown.collect::<Vec<_>>())
}

/// The subject in the same form.
fn attributes(request: &CertificationRequest) -> String {
    let attributes = request.subject().iter().map(|(name, value)| {
        let (name, value) = (crate::escape::text(name), crate::escape::text(value));
        format!("{name} = {value}")
    });
    list(&attributes.collect::<Vec<_>>())
}

fn names(names: &[SubjectAltName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn constraints(request: &CertificationRequest) -> String {
    let extensions = request.extensions();
    let constraints = extensions.basic_constraints.map(|constraints| {
        let is_ca = if constraints.is_ca { "TRUE" } else { "FALSE" };
        let length = constraints.path_len;
        let length = length.map_or_else(String::new, |length| format!(", pathlen:{length}"));
        format!("CA:{is_ca}{length}")
    });
    list(&constraints.into_iter().collect::<Vec<_>>())
}

fn list(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        values => values.join(", "),
    }
}

struct Table {
    text: String,
}

impl Table {
    /// What is asked, and what is granted, if anything is.
    fn rows(&mut self, name: &str, asked: &str, granted: Option<&String>) {
        match granted {
            Some(granted) if granted == asked => self.row(name, "as asked", granted),
            granted => {
                self.row(name, "asked", asked);
                if let Some(granted) = granted {
                    self.row("", "granted", granted);
                }
            }
        }
    }

    fn row(&mut self, name: &str, side: &str, value: &str) {
        self.broken(name, side, value, ", ");
    }

    fn sentence(&mut self, name: &str, value: &str) {
        self.broken(name, "", value, " ");
    }

    /// A row of which each line ends behind a `separator`.
    fn broken(&mut self, name: &str, side: &str, value: &str, separator: &str) {
        let margin = 2 + NAMES + if side.is_empty() { 0 } else { SIDES };
        let begin = format!("  {name:<NAMES$}{side}");
        let mut line = format!("{begin:<margin$}");
        let mut parts = value.split_inclusive(separator);
        line += parts.next().unwrap_or_default();
        for part in parts {
            if line.chars().count() + part.trim_end().chars().count() > WIDTH {
                self.text += line.trim_end();
                self.text.push('\n');
                line = " ".repeat(margin);
            }
            line += part;
        }
        self.text += line.trim_end();
        self.text.push('\n');
    }
}
