//! What two things that belong together say differently.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;

use super::Thing;
use crate::pki::digest::Sha256;
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
    // A certificate may have a million extensions, and each of them twice.
    let (was, is) = (by_oid(before), by_oid(after));
    let oids: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    for oid in oids {
        let said = |found: &ByOid<'_>, of: &Summary| Some(extension(found.get(oid)?, oid, of));
        let octets = |found: &ByOid<'_>| Some(octets(found.get(oid)?));
        let name = extension_name(oid)
            .map(str::to_owned)
            .or_else(|| {
                let found = was.get(oid).or(is.get(oid))?;
                found.first()?.name.clone()
            })
            .unwrap_or_else(|| (*oid).to_owned());
        match (said(&was, before), said(&is, after)) {
            // What is said of them is not all that they say.
            (before, after) if before == after => changes.field(&name, octets(&was), octets(&is)),
            (before, after) => changes.field(&name, before, after),
        }
    }
    changes
}

/// The extensions of a certificate.
type ByOid<'s> = HashMap<&'s str, Vec<&'s Extension>>;

fn by_oid(of: &Summary) -> ByOid<'_> {
    let mut by_oid = ByOid::new();
    for extension in &of.extensions {
        by_oid.entry(&extension.oid).or_default().push(extension);
    }
    by_oid
}

const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";

/// The name of an extension whose value is shown, and not its octets.
fn extension_name(oid: &str) -> Option<&'static str> {
    match oid {
        SUBJECT_ALT_NAME => Some("SANs"),
        BASIC_CONSTRAINTS => Some("basicConstraints"),
        KEY_USAGE => Some("keyUsage"),
        EXTENDED_KEY_USAGE => Some("extKeyUsage"),
        SUBJECT_KEY_IDENTIFIER => Some("subjectKeyIdentifier"),
        AUTHORITY_KEY_IDENTIFIER => Some("authorityKeyIdentifier"),
        _ => None,
    }
}

/// What the extensions `found` by `oid` say.
fn extension(found: &[&Extension], oid: &str, of: &Summary) -> String {
    let value = match (oid, found) {
        (SUBJECT_ALT_NAME, [_]) => Some(names(&of.subject_alt_names)),
        (BASIC_CONSTRAINTS, [_]) => Some(basic_constraints(of)),
        (KEY_USAGE, [_]) => of.key_usage.as_ref().map(|usage| usage.join(", ")),
        (EXTENDED_KEY_USAGE, [_]) => {
            let purposes = of.extended_key_usage.as_ref();
            purposes.map(|purposes| purposes.join(", "))
        }
        (SUBJECT_KEY_IDENTIFIER, [_]) => of.subject_key_identifier.clone(),
        (AUTHORITY_KEY_IDENTIFIER, [_]) => of.authority_key_identifier.clone(),
        _ => None,
    };
    let value = value.unwrap_or_else(|| octets(found));
    let is_critical = found.iter().any(|one| one.critical);
    let critical = if is_critical { "critical, " } else { "" };
    format!("{critical}{value}")
}

/// The octets of extensions in hexadecimal: of those that have millions, the first.
fn octets(found: &[&Extension]) -> String {
    const MOST: usize = 64;

    let shortened = |extension: &&Extension| match extension.value.get(..MOST) {
        Some(start) if extension.value.len() > MOST => {
            let digest = Sha256::of(extension.value.as_bytes()).fingerprint();
            format!("{start}... ({digest})")
        }
        _ => extension.value.clone(),
    };
    let values: Vec<_> = found.iter().map(shortened).collect();
    values.join(", ")
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
