//! The judgement over each file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::answer::{Answer, Judgement};
use super::explain::{self, Case, Explanation};
use super::neighbours::Neighbours;
use super::options::Sources;
use super::trust::{self, Anchors, Contents};
use crate::console::Console;
use crate::input;
use crate::mesh::svid::{self, Expected};
use crate::pki::verify::{Anchorage, Candidate, Check, Crl, Parameters, Trust, Verdict, Verifier};

/// Everything but the files: what is trusted, what is asked.
pub(super) struct Judge {
    /// What the command line says is trusted; `None` leaves it to what stands beside each file.
    asked: Option<Arc<Bench>>,
    neighbours: Neighbours,
    limit: u64,
    benches: Mutex<HashMap<Vec<String>, Arc<Bench>>>,
    untrusted: Vec<Candidate>,
    untrusted_options: Vec<String>,
    crls: Vec<Crl>,
    parameters: Parameters,
    expected: Expected,
    each: bool,
    explains: bool,
}

/// Trust anchors, and the verifier that has them.
pub(super) struct Bench {
    pub anchors: Anchors,
    verifier: Verifier,
}

impl Judge {
    pub fn new(
        sources: &Sources,
        parameters: Parameters,
        expected: Expected,
        each: bool,
        explains: bool,
        console: Console,
    ) -> anyhow::Result<Self> {
        let limit = sources.max_size.octets();
        let mut judge = Self {
            asked: None,
            neighbours: Neighbours::new(limit),
            limit,
            benches: Mutex::default(),
            untrusted: Vec::new(),
            untrusted_options: Vec::new(),
            crls: Vec::new(),
            parameters,
            expected,
            each,
            explains,
        };
        let asked = Anchors::asked(sources, console)?;
        for path in &sources.untrusted {
            let contents = trust::read_some(path, limit, console)?;
            judge.untrusted.extend(contents.certificates);
            let option = trust::option("--untrusted", path);
            judge.untrusted_options.push(option);
        }
        for path in &sources.crl_file {
            judge.crls.extend(trust::read_crls(path, limit, console)?);
        }
        judge.asked = match asked {
            Some(anchors) => Some(judge.bench(&anchors)?),
            None => None,
        };
        Ok(judge)
    }

    /// What is to be said of the file `path`: one answer, or with `--each` one a certificate.
    pub fn answers(&self, path: &Path) -> Vec<Answer> {
        let name = input::name(path);
        let judged = self.judged(path, &name);
        judged.unwrap_or_else(|error| vec![Answer::Unreadable { file: name, error }])
    }

    fn judged(&self, path: &Path, name: &str) -> anyhow::Result<Vec<Answer>> {
        let octets = trust::read(path, self.limit)?;
        let contents = Contents::of(name, &octets);
        if contents.certificates.is_empty() {
            if let Some(broken) = contents.broken.first() {
                return Err(anyhow::format_err!("{broken}"));
            }
            return Err(trust::no_certificate(name, &octets));
        }
        let bench = match &self.asked {
            Some(bench) => Arc::clone(bench),
            None => match self.neighbours.of(path)? {
                Some(anchors) => self.bench_of(&anchors)?,
                None => self.bench_of(&Anchors::none())?,
            },
        };
        let warnings: Vec<_> = contents
            .broken
            .iter()
            .map(|broken| format!("{broken}; it is passed over"))
            .collect();
        let mut certificates = contents.certificates;
        let mut answers = if self.each && certificates.len() > 1 {
            let judge = |(position, certificate): (usize, &Candidate)| {
                let named = match contents.has_keys {
                    true => certificate.source().to_owned(),
                    false => format!("{name}, certificate {}", position + 1),
                };
                self.judge(&named, path, certificate, &certificates, &bench)
            };
            certificates.par_iter().enumerate().map(judge).collect()
        } else {
            let others = certificates.split_off(1);
            vec![self.judge(name, path, &certificates[0], &others, &bench)]
        };
        if let Some(Answer::Judged(first)) = answers.first_mut() {
            first.warnings = warnings;
            let source = || first.certificate.source().to_owned();
            first.source = (contents.has_keys && !self.each).then(source);
        }
        Ok(answers)
    }

    /// `named` is how the answer names the certificate, `file` how a command would.
    fn judge(
        &self,
        named: &str,
        file: &Path,
        certificate: &Candidate,
        others: &[Candidate],
        bench: &Arc<Bench>,
    ) -> Answer {
        let verdict = bench.verifier.verify(certificate, others);
        let breaches = if self.expected.is_nothing() {
            Vec::new()
        } else {
            svid::breaches(&certificate.facts(), &self.expected)
        };
        let mut judgement = Judgement {
            named: named.to_owned(),
            certificate: certificate.clone(),
            bench: Arc::clone(bench),
            found_anchors: self.asked.is_none(),
            is_ok: verdict.is_ok && breaches.is_empty(),
            verdict,
            breaches,
            explanations: Vec::new(),
            consistency: None,
            warnings: Vec::new(),
            source: None,
        };
        if !judgement.verdict.is_ok && self.explains {
            let case = Case {
                file,
                certificate,
                others,
                untrusted: &self.untrusted,
                untrusted_options: &self.untrusted_options,
                anchors: &bench.anchors,
                crls: &self.crls,
                parameters: &self.parameters,
                verdict: &judgement.verdict,
            };
            let explanations: Vec<Explanation> = case
                .verdict
                .failures()
                .map(|failure| explain::explain(failure, &case))
                .collect();
            let consistency = bench
                .anchors
                .is_none()
                .then(|| self.consistency(&case))
                .flatten();
            judgement.explanations = explanations;
            judgement.consistency = consistency;
        }
        Answer::Judged(Box::new(judgement))
    }

    /// Where nothing is trusted: whether all would be well if the end of the path were.
    fn consistency(&self, case: &Case<'_>) -> Option<String> {
        let end = case.verdict.path.last()?;
        if case.verdict.path.len() == 1 && !end.is_self_signed() {
            return None;
        }
        let trust = Trust {
            anchorage: Anchorage::Store,
            anchors: vec![end.clone()],
            crls: Vec::new(),
            folders: Vec::new(),
        };
        let mut parameters = self.parameters.clone();
        parameters.checks.push(Check::PartialChain);
        let parameters = parameters.to_openssl().ok()?;
        let verifier = Verifier::new(&trust, &self.untrusted, &self.crls, &parameters).ok()?;
        let verdict = verifier.verify(case.certificate, case.others);
        Some(consistency_text(&verdict, end))
    }

    fn bench_of(&self, anchors: &Anchors) -> anyhow::Result<Arc<Bench>> {
        let mut benches = self.benches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bench) = benches.get(&anchors.names) {
            return Ok(Arc::clone(bench));
        }
        let bench = self.bench(anchors)?;
        benches.insert(anchors.names.clone(), Arc::clone(&bench));
        Ok(bench)
    }

    fn bench(&self, anchors: &Anchors) -> anyhow::Result<Arc<Bench>> {
        let parameters = self.parameters.to_openssl()?;
        let verifier = Verifier::new(&anchors.trust, &self.untrusted, &self.crls, &parameters)?;
        Ok(Arc::new(Bench {
            anchors: anchors.clone(),
            verifier,
        }))
    }
}

fn consistency_text(verdict: &Verdict, end: &Candidate) -> String {
    let end = explain::named(end);
    match verdict.failures().next() {
        None => format!(
            "in itself the file is consistent: its path leads to {end}, for which nothing here vouches"
        ),
        Some(failure) => format!(
            "in itself the file is not consistent: even if {end} were trusted, {} (error {} at depth {})",
            failure.text, failure.code, failure.depth
        ),
    }
}
