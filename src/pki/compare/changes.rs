//! What two things that belong together say differently.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::Thing;
use crate::pki::summary::{CrlSummary, Extension, GeneralName, RequestSummary, Summary};
use crate::pki::validity::moment;

/// A field, as both have it; `None` where it is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The fields in which `after` differs from `before`, which is of the same kind.
pub fn changes(before: &Thing, after: &Thing) -> Vec<Change> {
    let mut changes = match (before, after) {
        (Thing::Certificate(before), Thing::Certificate(after)) => {
            let both = Summary::of(before.der()).zip(Summary::of(after.der()));
            both.map(|(before, after)| certificates(&before, &after))
        }
        (Thing::Crl(before), Thing::Crl(after)) => {
            let both = CrlSummary::of(before).zip(CrlSummary::of(after));
            both.map(|(before, after)| crls(&before, &after))
        }
        (Thing::Request(before), Thing::Request(after)) => {
            let both = RequestSummary::of(before).zip(RequestSummary::of(after));
            both.map(|(before, after)| requests(&before, &after))
        }
        (Thing::PrivateKey(before), Thing::PrivateKey(after)) => {
            let mut changes = Changes::default();
            changes.field("kind", Some(before.to_string()), Some(after.to_string()));
            Some(changes)
        }
        _ => None,
    }
    .unwrap_or_default();
    if changes.0.is_empty() {
        // The signature alone, or an encoding.
        let print = |thing: &Thing| Some(thing.fingerprint());
        changes.field("SHA-256", print(before), print(after));
    }
    changes.0
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn field(&mut self, field: &str, before: Option<String>, after: Option<String>) {
        if before != after {
            self.0.push(Change {
                field: field.to_owned(),
                before,
                after,
            });
        }
    }
}

fn certificates(before: &Summary, after: &Summary) -> Changes {
    let mut changes = Changes::default();
    let mut field = |name: &str, value: fn(&Summary) -> Option<String>| {
        changes.field(name, value(before), value(after));
    };
    field("subject", |of| of.subject.clone());
    field("issuer", |of| of.issuer.clone());
    field("serial number", |of| Some(of.serial_number.clone()));
    field("notBefore", |of| of.not_before.map(moment));
    field("notAfter", |of| of.not_after.map(moment));
    field("public key", |of| Some(of.public_key.to_string()));
    field("public key SHA-256", |of| {
        Some(of.fingerprints.spki_sha256.clone())
    });
    field("signature algorithm", |of| {
        let algorithm = of.signature_algorithm.as_ref()?;
        Some(algorithm.name.as_ref().unwrap_or(&algorithm.oid).clone())
    });
    field("version", |of| Some(of.version.to_string()));
    let oids = |of: &Summary| -> BTreeSet<String> {
        of.extensions.iter().map(|one| one.oid.clone()).collect()
    };
    for oid in oids(before).union(&oids(after)) {
        let (name, was) = extension(before, oid);
        let (other_name, is) = extension(after, oid);
        changes.field(&name.or(other_name).unwrap_or(oid.clone()), was, is);
    }
    changes
}

/// The extensions `oid` of a certificate: a name for it, and what it says.
fn extension(of: &Summary, oid: &str) -> (Option<String>, Option<String>) {
    let found: Vec<_> = of.extensions.iter().filter(|one| one.oid == oid).collect();
    let Some(first) = found.first() else {
        return (None, None);
    };
    let (name, value) = match oid {
        "2.5.29.17" => ("SANs", Some(names(&of.subject_alt_names))),
        "2.5.29.19" => ("basicConstraints", Some(basic_constraints(of))),
        "2.5.29.15" => (
            "keyUsage",
            of.key_usage.as_ref().map(|usage| usage.join(", ")),
        ),
        "2.5.29.37" => (
            "extKeyUsage",
            of.extended_key_usage.as_ref().map(|usage| usage.join(", ")),
        ),
        "2.5.29.14" => ("subjectKeyIdentifier", of.subject_key_identifier.clone()),
        "2.5.29.35" => (
            "authorityKeyIdentifier",
            of.authority_key_identifier.clone(),
        ),
        oid => (first.name.as_deref().unwrap_or(oid), None),
    };
    let value = value.filter(|_| found.len() == 1).unwrap_or_else(|| {
        let values = found.iter().map(|one| shortened(one));
        values.collect::<Vec<_>>().join(", ")
    });
    let critical = if first.critical { "critical, " } else { "" };
    (Some(name.to_owned()), Some(format!("{critical}{value}")))
}

/// The octets of an extension, of which there may be millions.
fn shortened(extension: &Extension) -> String {
    const MOST: usize = 64;

    match extension.value.get(..MOST) {
        Some(start) if extension.value.len() > MOST => {
            let digest = crate::pki::summary::fingerprint(extension.value.as_bytes());
            format!("{start}... ({digest})")
        }
        _ => extension.value.clone(),
    }
}

fn basic_constraints(of: &Summary) -> String {
    match (of.is_ca, of.path_len_constraint) {
        (false, _) => "CA:FALSE".to_owned(),
        (true, None) => "CA:TRUE".to_owned(),
        (true, Some(length)) => format!("CA:TRUE, pathlen:{length}"),
    }
}

fn names(names: &[GeneralName]) -> String {
    let names = names
        .iter()
        .map(|name| format!("{}:{}", name.kind, name.value));
    names.collect::<Vec<_>>().join(", ")
}

fn crls(before: &CrlSummary, after: &CrlSummary) -> Changes {
    let mut changes = Changes::default();
    let instant = |at: Option<OffsetDateTime>| at.map(moment);
    let count = |crl: &CrlSummary| Some(crl.revoked_certificates.len().to_string());
    changes.field("issuer", before.issuer.clone(), after.issuer.clone());
    changes.field(
        "CRL number",
        before.crl_number.clone(),
        after.crl_number.clone(),
    );
    changes.field(
        "lastUpdate",
        instant(before.this_update),
        instant(after.this_update),
    );
    changes.field(
        "nextUpdate",
        instant(before.next_update),
        instant(after.next_update),
    );
    changes.field("revoked certificates", count(before), count(after));
    changes
}

fn requests(before: &RequestSummary, after: &RequestSummary) -> Changes {
    let mut changes = Changes::default();
    let key = |request: &RequestSummary| Some(request.public_key.to_string());
    let sans = |request: &RequestSummary| Some(names(&request.subject_alt_names));
    changes.field("subject", before.subject.clone(), after.subject.clone());
    changes.field("public key", key(before), key(after));
    changes.field("SANs", sans(before), sans(after));
    changes
}
