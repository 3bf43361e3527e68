//! The answers as data.

use serde::Serialize;

use super::answer::Judgement;
use crate::console::Console;
use crate::pki::validity::moment;
use crate::pki::verify::Candidate;

/// The answers so far.
#[derive(Default)]
pub(super) struct List {
    items: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    file: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    trust_anchors: Vec<String>,
    path: Vec<Step>,
    errors: Vec<Error>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    svid_errors: Vec<SvidError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<String>,
    /// Why the file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    subject: String,
    issuer: String,
    sha256_fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    depth: usize,
    trusted: bool,
    #[serde(flatten)]
    certificate: Certificate,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Error {
    code: i32,
    text: &'static str,
    depth: usize,
    crl_path: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    explanation: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SvidError {
    source: &'static str,
    message: String,
}

impl List {
    pub fn push(&mut self, judgement: &Judgement, console: Console) {
        let verdict = &judgement.verdict;
        let mut explanations = judgement.explanations.iter();
        let errors = verdict.failures().map(|failure| {
            let explanation = explanations.next();
            Error {
                code: failure.code,
                text: failure.text,
                depth: failure.depth,
                crl_path: failure.on_crl_path,
                certificate: failure.certificate.as_ref().map(Certificate::of),
                explanation: explanation.map_or_else(Vec::new, |one| one.lines.clone()),
                hint: explanation
                    .and_then(|one| one.hint.as_ref())
                    .map(|hint| console.as_typed(None, hint)),
            }
        });
        let path = verdict.path.iter().enumerate();
        self.items.push(Item {
            file: judgement.named.clone(),
            verdict: if judgement.is_ok { "ok" } else { "failed" },
            certificate: Some(Certificate::of(&judgement.certificate)),
            trust_anchors: judgement.bench.anchors.names.clone(),
            errors: errors.collect(),
            path: path
                .map(|(depth, certificate)| Step {
                    depth,
                    trusted: depth >= verdict.untrusted,
                    certificate: Certificate::of(certificate),
                })
                .collect(),
            svid_errors: judgement
                .breaches
                .iter()
                .map(|breach| SvidError {
                    source: breach.source,
                    message: breach.message.clone(),
                })
                .collect(),
            consistency: judgement.consistency.clone(),
            reason: None,
        });
    }

    pub fn push_unreadable(&mut self, file: &str, error: &anyhow::Error) {
        self.items.push(Item {
            file: file.to_owned(),
            verdict: "unreadable",
            certificate: None,
            trust_anchors: Vec::new(),
            path: Vec::new(),
            errors: Vec::new(),
            svid_errors: Vec::new(),
            consistency: None,
            reason: Some(format!("{error:#}")),
        });
    }

    pub fn into_text(self) -> String {
        let document = Document {
            api_version: "meshpki/v1",
            kind: "Verification",
            items: self.items,
        };
        let mut text =
            serde_json::to_string_pretty(&document).expect("strings and numbers are JSON");
        text.push('\n');
        text
    }
}

impl Certificate {
    fn of(candidate: &Candidate) -> Self {
        Self {
            subject: candidate.subject(),
            issuer: candidate.issuer(),
            sha256_fingerprint: candidate.sha256_fingerprint(),
            not_after: candidate.not_after().map(moment),
        }
    }
}
