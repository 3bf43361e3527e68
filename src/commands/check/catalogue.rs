//! The rules themselves, told of.

use serde::Serialize;

use crate::commands::inspect::plain_json;
use crate::mesh::rules::{self, Rule, Severity};

/// A line for each, below what its letter means.
pub(super) fn list() -> String {
    let width = rules::all().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut list = String::new();
    for severity in Severity::ALL {
        list += &format!("{}: {}\n", severity.letter(), severity.meaning());
        for rule in rules::all().filter(|rule| rule.severity == severity) {
            list += &format!("  {:<width$}  {}{}\n", rule.id, rule.title, since(rule));
        }
    }
    list
}

fn since(rule: &Rule) -> String {
    rule.since
        .map_or_else(String::new, |version| format!(" (from Istio {version} on)"))
}

pub(super) fn explanation(rule: &Rule) -> String {
    let (letter, meaning) = (rule.severity.letter(), rule.severity.meaning());
    let mut text = format!("{}: {letter}, {meaning}\n\n", rule.id);
    text += &format!("What must hold: {}{}\n", rule.title, since(rule));
    text += &format!("Otherwise: {}\n\n", rule.consequence);
    text += &format!("{}\n\nSource: {}\n", wrapped(rule.explanation), rule.source);
    text
}

/// `text` in lines that fit a terminal.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;

    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<Record>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: &'static str,
    severity: char,
    title: &'static str,
    consequence: &'static str,
    explanation: &'static str,
    source: &'static str,
    since: Option<String>,
}

pub(super) fn json() -> String {
    let records = rules::all().map(|rule| Record {
        id: rule.id,
        severity: rule.severity.letter(),
        title: rule.title,
        consequence: rule.consequence,
        explanation: rule.explanation,
        source: rule.source,
        since: rule.since.map(|version| version.to_string()),
    });
    let document = Document {
        api_version: "meshpki/v1",
        kind: "RuleList",
        items: records.collect(),
    };
    plain_json(&document) + "\n"
}
