//! What is said of each certificate: the lines of `openssl verify`, then the explanation.

use std::collections::HashSet;
use std::sync::Arc;

use super::explain::Explanation;
use super::json;
use super::judge::Bench;
use crate::commands::Outcome;
use crate::console::{Console, Data, StdoutError};
use crate::mesh::svid::Breach;
use crate::pki::text::NameOptions;
use crate::pki::verify::{Candidate, Event, Verdict};

/// The answer for one certificate, or why there is none.
pub(super) enum Answer {
    Judged(Box<Judgement>),
    Unreadable { file: String, error: anyhow::Error },
}

/// What came of one certificate.
pub(super) struct Judgement {
    pub named: String,
    pub certificate: Candidate,
    pub bench: Arc<Bench>,
    /// The anchors were found beside the file, and not named.
    pub found_anchors: bool,
    pub is_ok: bool,
    pub verdict: Verdict,
    /// Of the rules for an X509-SVID.
    pub breaches: Vec<Breach>,
    /// For each error of the verdict, unless nothing is to be explained.
    pub explanations: Vec<Explanation>,
    /// Where nothing is trusted: whether the file agrees with itself.
    pub consistency: Option<String>,
    pub warnings: Vec<String>,
    /// Which certificate it is, where that is not plain.
    pub source: Option<String>,
}

/// Prints answers in the order in which they come.
pub(super) struct Printer {
    console: Console,
    stdout: Data,
    shows_chain: bool,
    names: NameOptions,
    /// The documents so far, if it is JSON that is printed.
    json: Option<json::List>,
    outcome: Outcome,
    /// The files of anchors that were told of.
    told: HashSet<Vec<String>>,
}

impl Printer {
    pub fn text(console: Console, shows_chain: bool, names: NameOptions) -> Self {
        Self {
            console,
            stdout: console.data(),
            shows_chain,
            names,
            json: None,
            outcome: Outcome::Done,
            told: HashSet::new(),
        }
    }

    pub fn json(console: Console) -> Self {
        Self {
            json: Some(json::List::default()),
            ..Self::text(console, false, NameOptions::default())
        }
    }

    pub fn print(&mut self, answer: &Answer) -> Result<(), StdoutError> {
        match answer {
            Answer::Unreadable { file, error } => {
                self.outcome = Outcome::Trouble;
                match &mut self.json {
                    Some(list) => list.push_unreadable(file, error),
                    None => self.talk()?.error(error),
                }
            }
            Answer::Judged(judgement) => {
                if !judgement.is_ok && self.outcome == Outcome::Done {
                    self.outcome = Outcome::No;
                }
                match &mut self.json {
                    Some(list) => list.push(judgement, self.console),
                    None => self.print_text(judgement)?,
                }
            }
        }
        Ok(())
    }

    /// Hands over what has been printed.
    pub fn flush(&mut self) -> Result<(), StdoutError> {
        self.stdout.flush()
    }

    /// What is left to print, and how it all ended.
    pub fn finish(mut self) -> anyhow::Result<Outcome> {
        if let Some(list) = self.json.take() {
            self.stdout.print(&list.into_text())?;
        }
        self.flush()?;
        Ok(self.outcome)
    }

    /// For stderr. What was printed before goes first, so that each answer keeps its place.
    fn talk(&mut self) -> Result<Console, StdoutError> {
        self.flush()?;
        Ok(self.console)
    }

    fn print_text(&mut self, judgement: &Judgement) -> Result<(), StdoutError> {
        self.tell_anchors(judgement)?;
        if let Some(source) = &judgement.source {
            self.talk()?
                .note(format_args!("the certificate verified: {source}"));
        }
        for warning in &judgement.warnings {
            self.talk()?.warning(warning);
        }
        let lines = openssl_lines(judgement, self.names);
        if !lines.is_empty() {
            self.talk()?.answer(&lines);
        }
        if judgement.is_ok {
            let mut text = format!("{}: OK\n", judgement.named);
            if self.shows_chain {
                text += &chain(&judgement.verdict, self.names);
            }
            return self.stdout.print(&text);
        }
        explain(judgement, self.talk()?);
        Ok(())
    }

    fn tell_anchors(&mut self, judgement: &Judgement) -> Result<(), StdoutError> {
        let anchors = &judgement.bench.anchors;
        let is_news = judgement.found_anchors && !anchors.is_none();
        if is_news && self.told.insert(anchors.names.clone()) {
            let names = anchors.names.join(", ");
            self.talk()?.note(format_args!("trust anchors: {names}"));
        }
        Ok(())
    }
}

/// Why it is not OK, and the way out.
fn explain(judgement: &Judgement, console: Console) {
    let verdict = &judgement.verdict;
    if !verdict.is_ok && verdict.failures().next().is_none() {
        let text = verdict.text;
        console.note(format_args!("  OpenSSL could not judge it: {text}"));
    }
    let mut said = HashSet::new();
    let explanations = judgement.explanations.iter();
    let lines = explanations.clone().flat_map(|one| &one.lines);
    for line in lines.chain(&judgement.consistency) {
        if said.insert(line) {
            console.note(format_args!("  {line}"));
        }
    }
    if judgement.found_anchors && judgement.bench.anchors.is_none() && !judgement.verdict.is_ok {
        console.note(
            "  nothing is trusted: no --CAfile, and no root-cert.pem beside the file or one folder up",
        );
    }
    for hint in explanations.filter_map(|one| one.hint.as_ref()) {
        if said.insert(hint) {
            console.hint(hint);
        }
    }
}

/// What `openssl verify` prints on stderr, and the same for the rules for an X509-SVID.
fn openssl_lines(judgement: &Judgement, names: NameOptions) -> String {
    let mut lines = String::new();
    for event in &judgement.verdict.events {
        match event {
            Event::Policies(policies) => {
                for line in policies {
                    lines += line;
                    lines.push('\n');
                }
            }
            Event::Failure(failure) => {
                if let Some(certificate) = &failure.certificate {
                    lines += &certificate.subject_as(names);
                    lines.push('\n');
                }
                let prefix = if failure.on_crl_path {
                    "[CRL path] "
                } else {
                    ""
                };
                let (code, depth, text) = (failure.code, failure.depth, failure.text);
                lines += &format!("{prefix}error {code} at {depth} depth lookup: {text}\n");
            }
        }
    }
    if !judgement.breaches.is_empty() {
        lines += &judgement.certificate.subject_as(names);
        lines.push('\n');
    }
    for breach in &judgement.breaches {
        lines += &format!("error X509-SVID at 0 depth: {breach}\n");
    }
    if !judgement.is_ok {
        lines += &format!("error {}: verification failed\n", judgement.named);
    }
    lines
}

/// The path, as `-show_chain` has it.
fn chain(verdict: &Verdict, names: NameOptions) -> String {
    let mut text = String::from("Chain:\n");
    for (depth, certificate) in verdict.path.iter().enumerate() {
        let untrusted = if depth < verdict.untrusted {
            " (untrusted)"
        } else {
            ""
        };
        let subject = certificate.subject_as(names);
        text += &format!("depth={depth}: {subject}{untrusted}\n");
    }
    text
}
