//! The differences as data.

use serde::Serialize;

use crate::commands::inspect::form::{self, ObjectRecord};
use crate::console::{Console, StdoutError};
use crate::mesh::compare::{Comparison, Outcome, Pair, Verdict};
use crate::pki::compare::{self, Change, Difference, Kind, Thing};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemRecord<'a> {
    object: Option<ObjectRecord<'a>>,
    name: Option<&'a str>,
    verdict: &'static str,
    differences: Vec<DifferenceRecord>,
    /// Those that are not listed.
    more_differences: usize,
    reordered: bool,
    /// Why it cannot be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct DifferenceRecord {
    #[serde(rename = "type")]
    kind: &'static str,
    a: Option<ThingRecord>,
    b: Option<ThingRecord>,
    changes: Vec<ChangeRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThingRecord {
    #[serde(rename = "type")]
    kind: &'static str,
    /// In a word; of a certificate, its role.
    word: &'static str,
    name: String,
    sha256_fingerprint: String,
}

#[derive(Serialize)]
struct ChangeRecord {
    field: String,
    a: Option<String>,
    b: Option<String>,
}

pub fn print(
    comparison: &Comparison<'_>,
    [a, b]: [&str; 2],
    console: Console,
) -> Result<(), StdoutError> {
    let mut data = console.data();
    let (a, b) = (form::json(a), form::json(b));
    let verdict = match comparison.verdict() {
        Verdict::Identical => "identical",
        Verdict::Same => "same",
        Verdict::Differs => "differs",
        Verdict::Unreadable => "unreadable",
        Verdict::NotCompared => "notCompared",
    };
    data.print(&format!(
        "{{\n\"apiVersion\":\"meshpki/v1\",\n\"kind\":\"Comparison\",\n\"a\":{a},\n\"b\":{b},\n\"verdict\":\"{verdict}\",\n\"items\":["
    ))?;
    for (index, pair) in comparison.pairs.iter().enumerate() {
        let record = item(pair, &comparison.outcomes[pair.outcome]);
        let separator = if index == 0 { "\n" } else { ",\n" };
        data.print(separator)?;
        data.print(&form::json(&record))?;
        if data.is_gone() {
            break;
        }
    }
    data.print("\n]\n}\n")?;
    data.flush()
}

fn item<'a>(pair: &'a Pair, outcome: &'a Outcome<'_>) -> ItemRecord<'a> {
    let differences = match outcome {
        Outcome::Differs(differences) => Some(differences),
        _ => None,
    };
    let listed = differences.iter().flat_map(|found| &found.listed);
    ItemRecord {
        object: pair.object.as_ref().map(ObjectRecord::of),
        name: pair.name.as_deref(),
        verdict: match outcome {
            Outcome::Identical => "identical",
            Outcome::Same(_) => "same",
            Outcome::Differs(_) => "differs",
            Outcome::OnlyBefore => "onlyInA",
            Outcome::OnlyAfter => "onlyInB",
            Outcome::Nothing => "noCertificate",
            Outcome::NotCompared => "notCompared",
            Outcome::Unreadable(_) | Outcome::Sealed => "unreadable",
        },
        differences: listed.map(difference).collect(),
        more_differences: differences.map_or(0, |found| found.more),
        reordered: differences.is_some_and(|found| found.is_reordered),
        reason: match outcome {
            Outcome::Unreadable(reason) => Some(reason),
            Outcome::Sealed => Some("a private key is encrypted"),
            _ => None,
        },
    }
}

fn difference(difference: &Difference<'_>) -> DifferenceRecord {
    let (kind, before, after) = match *difference {
        Difference::Reissued { before, after } => ("reissued", Some(before), Some(after)),
        Difference::SameName { before, after } => ("sameName", Some(before), Some(after)),
        Difference::Replaced { before, after } => ("replaced", Some(before), Some(after)),
        Difference::Removed(before) => ("removed", Some(before), None),
        Difference::Added(after) => ("added", None, Some(after)),
    };
    let changes = before
        .zip(after)
        .map(|(before, after)| compare::changes(before, after));
    DifferenceRecord {
        kind,
        a: before.map(thing),
        b: after.map(thing),
        changes: changes
            .into_iter()
            .flatten()
            .map(|change: Change| ChangeRecord {
                field: change.field,
                a: change.before,
                b: change.after,
            })
            .collect(),
    }
}

fn thing(thing: &Thing) -> ThingRecord {
    ThingRecord {
        kind: match thing.kind() {
            Kind::Certificate => "certificate",
            Kind::Request => "certificationRequest",
            Kind::Crl => "crl",
            Kind::PrivateKey => "privateKey",
        },
        word: thing.word(),
        name: thing.known_as(),
        sha256_fingerprint: thing.fingerprint(),
    }
}
