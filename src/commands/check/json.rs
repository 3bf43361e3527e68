//! What was found, as data.

use serde::Serialize;

use super::from::{self, Judged};
use super::report::Checked;
use super::trust::{self, Survey};
use crate::commands::inspect::plain_json;
use crate::mesh::rules::Finding;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<trust::Document<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<from::Document<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    input: &'a str,
    verdict: &'static str,
    findings: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    id: &'static str,
    severity: char,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    fact: &'a str,
    consequence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    source: &'static str,
}

impl<'a> Record<'a> {
    fn of(finding: &'a Finding) -> Self {
        let rule = finding.rule;
        Self {
            id: rule.id,
            severity: rule.severity.letter(),
            file: Some(finding.file).filter(|file| !file.is_empty()),
            line: finding.line,
            fact: &finding.fact,
            consequence: rule.consequence,
            assumption: finding.assumption.as_deref(),
            remedy: Some(finding.hint.as_str()).filter(|hint| !hint.is_empty()),
            source: rule.source,
        }
    }
}

pub(super) fn document(
    inputs: &[Checked],
    trust: Option<&Survey<'_>>,
    change: Option<&Judged<'_>>,
) -> String {
    let items = inputs.iter().map(|input| Item {
        input: &input.name,
        verdict: input.verdict().word(),
        findings: input.findings.iter().map(Record::of).collect(),
    });
    let document = Document {
        api_version: "meshpki/v1",
        kind: "Check",
        items: items.collect(),
        trust: trust.map(Survey::document),
        change: change.map(Judged::document),
    };
    plain_json(&document) + "\n"
}
