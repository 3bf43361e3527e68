//! `meshpki check`.

mod catalogue;
mod from;
mod input;
mod json;
mod report;
mod selection;
mod trust;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use time::OffsetDateTime;

use self::input::Input;
use self::report::Checked;
use self::selection::Selection;
use super::inspect::duration::Lifetime;
use super::{Outcome, Session, verify};
use crate::console::Console;
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::rules::{self, Circumstances, Rule};
use crate::mesh::spiffe::TrustDomain;
use crate::mesh::trust::{Clusters, Trust};
use crate::pki::dns_name::DnsName;

/// Would istiod take this, and will the mesh then work?
///
/// Judges a cluster's files, or its Secret, as istiod does when it starts, and as Envoy and ztunnel
/// do what istiod then issues. E: istiod refuses it, or makes a CA of its own in silence. B: istiod
/// starts, and the mesh breaks. W: it works today, and will hurt. N: worth knowing, never counted.
/// What has no E and no B, meshpki secret prints. Of several inputs it is also told whose workloads
/// each of them lets in.
#[derive(Args)]
#[command(
    before_help = "\
Examples:
  meshpki check cluster1 cluster2
  meshpki secret cluster1 | meshpki check -
  kubectl -n istio-system get secret cacerts -o json | meshpki check --strict -
  meshpki check --multiroot on --from old new        would a running istiod take it?
  meshpki check --explain chain-start                what a rule is about",
    after_help = "\
Exit status: 0 nothing worse than W; 2 any E or B, or W with --strict, or a cluster that refuses
another's workloads, or a change that cannot be applied as it is; 1 an input cannot be read.
The rules were read from istio/istio 86c9f01 (August 2026), ztunnel 62d8265 and Go 1.24 to 1.26."
)]
pub struct Check {
    /// A cluster's folder, or a file with Secrets in YAML or JSON; - is stdin
    #[arg(value_name = "INPUT", required_unless_present_any = ["rules", "explain"])]
    inputs: Vec<PathBuf>,
    /// Count W too
    #[arg(long)]
    strict: bool,
    /// For programs
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
    #[command(flatten)]
    selection: Selection,
    /// Judge as of TIME: RFC 3339, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = instant, allow_negative_numbers = true)]
    at: Option<OffsetDateTime>,
    /// What expires within TIME (30d, 12h) expires soon
    #[arg(long, value_name = "TIME", default_value = "30d")]
    expires_within: Lifetime,
    /// The trust domain of the workloads [default: the settings', or the CA's own, or cluster.local]
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
    /// The DNS name that proxies know istiod by [default: the CA's own, or istiod.istio-system.svc]
    #[arg(long, value_name = "NAME")]
    istiod_san: Option<DnsName>,
    /// The version of Istio, where it matters [default: the newest]
    #[arg(long, value_name = "1.X")]
    istio_version: Option<IstioVersion>,
    /// Whether a running istiod would take INPUT over OLD, which it has
    #[arg(long, value_name = "OLD", conflicts_with_all = ["rules", "explain"])]
    from: Option<PathBuf>,
    /// For --from: ISTIO_MULTIROOT_MESH as istiod has it [default: off, as Istio's]
    #[arg(
        long,
        value_name = "on|off",
        requires = "from",
        hide_possible_values = true
    )]
    multiroot: Option<from::MultiRoot>,
    /// List all rules
    #[arg(long, conflicts_with_all = ["inputs", "explain"])]
    rules: bool,
    /// Tell of a rule at length
    #[arg(long, value_name = "ID", value_parser = selection::rule, conflicts_with_all = ["inputs", "output"])]
    explain: Option<&'static Rule>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
}

impl Check {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let console = session.console;
        if let Some(rule) = self.explain {
            console.print(&catalogue::explanation(rule))?;
            return Ok(Outcome::Done);
        }
        if self.rules {
            console.print(&match self.output {
                Some(Format::Json) => catalogue::json(),
                None => catalogue::list(),
            })?;
            return Ok(Outcome::Done);
        }
        if self.from.is_some() && self.inputs.len() != 1 {
            let message = "--from OLD is for one INPUT";
            return Err(session.usage_error("check", message).into());
        }
        let all = self.inputs.iter().chain(&self.from);
        if all.filter(|path| path.as_os_str() == "-").count() > 1 {
            let message = "stdin is one input: - is given more than once";
            return Err(session.usage_error("check", message).into());
        }
        let bench = self.bench(session);
        let checked: Vec<_> = self
            .inputs
            .par_iter()
            .map(|path| bench.check(path))
            .collect();

        let mut is_trouble = false;
        let (mut files, mut inputs) = (Vec::new(), Vec::new());
        for checked in checked {
            match checked {
                Ok(checked) => {
                    for (read, checked) in checked {
                        files.push(read);
                        inputs.push(checked);
                    }
                }
                Err(error) => {
                    console.error(&error);
                    is_trouble = true;
                }
            }
        }
        let among = (files.len() > 1).then(|| bench.trust(&files));
        let among = among.as_ref().map(trust::Survey::of);
        let change = bench.change(&files)?;
        let change = change.as_ref().map(from::Judged::of);
        let says = |is_well: bool| !is_well || !console.is_quiet();
        match self.output {
            Some(Format::Json) => {
                let document = json::document(&inputs, among.as_ref(), change.as_ref());
                console.print(&document)?;
            }
            None => {
                let is_for_people = console.is_for_people();
                report::print(&inputs, console)?;
                if let Some(among) = among.as_ref().filter(|among| says(among.is_whole())) {
                    console.print_styled(&among.text(is_for_people))?;
                }
                if let Some(change) = change.as_ref().filter(|change| says(change.is_safe())) {
                    console.print_styled(&change.text(is_for_people))?;
                }
            }
        }
        let is_torn = among.is_some_and(|among| !among.is_whole())
            || change.is_some_and(|change| !change.is_safe());
        let is_bad = |input: &Checked| {
            let severities = input.findings.iter().map(|finding| finding.rule.severity);
            severities
                .into_iter()
                .any(|found| found.is_fatal() || self.strict && found == rules::Severity::Warning)
        };
        Ok(if is_trouble {
            Outcome::Trouble
        } else if is_torn || inputs.iter().any(is_bad) {
            Outcome::No
        } else {
            Outcome::Done
        })
    }

    fn bench(&self, session: &Session) -> Bench<'_> {
        let configured = session.config.trust_domain().value;
        Bench {
            at: self.at.unwrap_or(session.now),
            trust_domain: self.trust_domain.clone().or(configured),
            asked: self,
            console: session.console,
        }
    }
}

fn instant(text: &str) -> Result<OffsetDateTime, String> {
    let seconds = verify::instant(text)?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| "it is not in the years that certificates know, up to 9999".to_owned())
}

/// What every input is held against.
struct Bench<'a> {
    at: OffsetDateTime,
    trust_domain: Option<TrustDomain>,
    asked: &'a Check,
    console: Console,
}

impl Bench<'_> {
    fn version(&self) -> IstioVersion {
        self.asked.istio_version.unwrap_or(IstioVersion::NEWEST)
    }

    fn check(&self, path: &Path) -> anyhow::Result<Vec<(Input, Checked)>> {
        let inputs = input::read(path, self.version(), self.console)?.into_iter();
        Ok(inputs
            .map(|input| {
                let checked = self.judge(&input);
                (input, checked)
            })
            .collect())
    }

    fn trust<'a>(&self, inputs: impl IntoIterator<Item = &'a Input>) -> Trust {
        let mut clusters = Clusters::default();
        for input in inputs {
            clusters.add(input.name.clone(), &input.files);
        }
        clusters.judge(self.at, self.trust_domain.as_ref())
    }

    /// From --from to the one input.
    fn change<'a>(&self, inputs: &'a [Input]) -> anyhow::Result<Option<from::Change<'a>>> {
        let Some(old) = &self.asked.from else {
            return Ok(None);
        };
        let [new] = inputs else {
            return input::is_one(&self.asked.inputs[0], inputs.len()).map(|()| None);
        };
        let old = input::read_one(old, self.version(), self.console)?;
        Ok(Some(from::Change {
            findings: new.files.findings(&self.circumstances(new)),
            trust: self.trust([&old, new]),
            old,
            new,
            version: self.version(),
            multi_root: self.asked.multiroot,
        }))
    }

    fn circumstances<'a>(&'a self, input: &'a Input) -> Circumstances<'a> {
        Circumstances {
            istiod_name: self.asked.istiod_san.as_ref(),
            version: self.version(),
            soon: self.asked.expires_within.length(),
            folder: &input.place.folder,
            has_request: input.surroundings.has_request(),
            ..Circumstances::new(self.at, &input.place.cluster, self.trust_domain.as_ref())
        }
    }

    fn judge(&self, input: &Input) -> Checked {
        let mut findings = input.files.findings(&self.circumstances(input));
        findings.extend(rules::surroundings(&input.surroundings));
        findings.retain(|finding| self.asked.selection.takes(finding.rule));
        findings.sort_by_key(|finding| finding.rule.severity);
        for finding in &mut findings {
            finding.hint = input.place.as_typed(&finding.hint);
        }
        Checked {
            name: input.name.clone(),
            findings,
        }
    }
}
