//! The form for people: what matters, on one screen.

use std::fmt::{Display, Write};

use time::OffsetDateTime;

use super::keys::NamedKey;
use crate::mesh::find::Source;
use crate::pki::summary::{CrlSummary, GeneralName, RequestSummary, Summary};
use crate::pki::validity::date;

/// A heading and the lines below it.
struct Block(String);

impl Block {
    fn new(word: &str, source: &Source) -> Self {
        Self(format!("{word} {}: {source}\n", source.position))
    }

    fn line(&mut self, name: &str, value: impl Display) {
        writeln!(self.0, "  {name:<11} {value}").expect("a String takes every write");
    }

    fn name(&mut self, title: &str, name: Option<&String>) {
        self.line(title, name.map_or("(unreadable)", String::as_str));
    }

    fn alternative_names(&mut self, names: &[GeneralName]) {
        if !names.is_empty() {
            let names = names
                .iter()
                .map(|name| format!("{}:{}", name.kind, name.value));
            self.line("SANs", names.collect::<Vec<_>>().join(", "));
        }
    }
}

pub fn certificate(summary: &Summary, source: &Source, now: OffsetDateTime) -> String {
    let mut block = Block::new("Certificate", source);
    block.name("subject", summary.subject.as_ref());
    block.name("issuer", summary.issuer.as_ref());
    block.line("role", summary.role.name());
    block.line("key", &summary.public_key);
    block.line("valid", validity(summary, now));
    block.alternative_names(&summary.subject_alt_names);
    if let Some(spiffe_id) = &summary.spiffe_id {
        block.line("SPIFFE ID", spiffe_id);
    }
    block.line("SHA-256", &summary.fingerprints.sha256);
    block.0
}

pub fn request(summary: &RequestSummary, source: &Source) -> String {
    let mut block = Block::new("Certification request", source);
    block.name("subject", summary.subject.as_ref());
    block.line("key", &summary.public_key);
    block.alternative_names(&summary.subject_alt_names);
    block.0
}

pub fn crl(summary: &CrlSummary, source: &Source, now: OffsetDateTime) -> String {
    let mut block = Block::new("CRL", source);
    block.name("issuer", summary.issuer.as_ref());
    let date_of = |at: Option<OffsetDateTime>| {
        at.map_or_else(|| "(none)".to_owned(), |at| date(at).to_string())
    };
    block.line("issued", date_of(summary.this_update));
    let left = summary
        .next_update
        .map(|next| format!(" ({})", time_left(next, now)));
    let next = date_of(summary.next_update) + &left.unwrap_or_default();
    block.line("next update", next);
    block.line("revoked", summary.revoked_certificates.len());
    block.0
}

pub fn key(key: &NamedKey) -> String {
    let mut block = Block::new("Private key", &key.source);
    block.line("kind", &key.key);
    block.line("belongs to", key.owner());
    block.0
}

fn validity(summary: &Summary, now: OffsetDateTime) -> String {
    let date_of = |at: Option<OffsetDateTime>| {
        at.map_or_else(|| "(unreadable)".to_owned(), |at| date(at).to_string())
    };
    let (begin, end) = (date_of(summary.not_before), date_of(summary.not_after));
    let left = match (summary.not_before, summary.not_after) {
        (Some(begin), _) if now < begin => " (not yet valid)".to_owned(),
        (_, Some(end)) => format!(" ({})", time_left(end, now)),
        _ => String::new(),
    };
    format!("{begin} to {end}{left}")
}

/// `29 days left`, `23 hours left`, `expired 3 days ago`.
pub fn time_left(end: OffsetDateTime, now: OffsetDateTime) -> String {
    let time = end - now;
    let days = time.whole_days().unsigned_abs();
    let (count, unit) = match days {
        0 | 1 => (time.whole_hours().unsigned_abs(), "hour"),
        days => (days, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if end < now {
        format!("expired {count} {unit}{plural} ago")
    } else {
        format!("{count} {unit}{plural} left")
    }
}
