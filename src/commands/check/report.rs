//! What was found, for people: laid out on a terminal, and in lines that grep well elsewhere.

use anstyle::{AnsiColor, Style};

use crate::console::{Console, StdoutError};
use crate::mesh::rules::{Finding, Severity};

/// An input that was judged.
pub(super) struct Checked {
    pub name: String,
    /// The worst first.
    pub findings: Vec<Finding>,
}

/// What is said of an input in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing but notes.
    Fine,
    /// With findings of this severity, and none that is worse.
    Worst(Severity),
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Worst(Severity::Refused) => "refused",
            Self::Worst(Severity::Broken) => "broken",
            Self::Worst(Severity::Warning) => "warned",
            Self::Fine | Self::Worst(Severity::Note) => "fine",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Worst(severity) => severity.meaning(),
            Self::Fine => "istiod takes it, and the mesh works",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Worst(severity) => style(severity),
            Self::Fine => AnsiColor::Green.on_default().bold(),
        }
    }

    fn mark(self) -> char {
        match self {
            Self::Worst(severity) => mark(severity),
            Self::Fine => '✓',
        }
    }
}

impl Checked {
    pub fn verdict(&self) -> Verdict {
        let worst = self.findings.iter().map(|finding| finding.rule.severity);
        match worst.min() {
            None | Some(Severity::Note) => Verdict::Fine,
            Some(worst) => Verdict::Worst(worst),
        }
    }

    /// `1 B, 2 W`.
    fn counts(&self) -> String {
        let counts = Severity::ALL.into_iter().filter_map(|severity| {
            let of_it = |finding: &&Finding| finding.rule.severity == severity;
            let count = self.findings.iter().filter(of_it).count();
            (count > 0).then(|| format!("{count} {}", severity.letter()))
        });
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// More inputs than these that are fine are told of in one line.
const SCREENFUL: usize = 24;

pub(super) fn print(inputs: &[Checked], console: Console) -> Result<(), StdoutError> {
    let is_for_people = console.is_for_people();
    let shows_notes = inputs.len() == 1 || console.is_verbose();
    let is_fine = |input: &&Checked| input.verdict() == Verdict::Fine;
    let fine = inputs.iter().filter(is_fine).count();
    let sums_up = fine > SCREENFUL && !console.is_verbose();
    let mut text = String::new();
    for input in inputs {
        let verdict = input.verdict();
        if verdict == Verdict::Fine && (sums_up || console.is_quiet()) {
            continue;
        }
        text += &head(input, verdict, is_for_people);
        let is_shown = |finding: &&Finding| {
            finding.rule.severity != Severity::Note || shows_notes && !console.is_quiet()
        };
        for finding in input.findings.iter().filter(is_shown) {
            text += &if is_for_people {
                laid_out(finding)
            } else {
                plain(&input.name, finding)
            };
        }
    }
    if sums_up && !console.is_quiet() {
        let others = if fine < inputs.len() { "others " } else { "" };
        text += &format!("{fine} {others}are fine\n");
    }
    console.print_styled(&text)
}

/// A line that says how it is, in front of those that say why.
pub(super) fn headline(text: &str, is_well: bool, is_for_people: bool) -> String {
    if !is_for_people {
        return format!("{text}\n");
    }
    let verdict = if is_well {
        Verdict::Fine
    } else {
        Verdict::Worst(Severity::Broken)
    };
    let (style, mark) = (verdict.style(), verdict.mark());
    format!("{style}{mark} {text}{style:#}\n")
}

/// `cluster1: broken (1 B, 2 W)`.
fn head(input: &Checked, verdict: Verdict, is_for_people: bool) -> String {
    let (name, counts) = (&input.name, input.counts());
    let counts = if counts.is_empty() {
        counts
    } else {
        format!(" ({counts})")
    };
    if is_for_people {
        let (style, mark) = (verdict.style(), verdict.mark());
        let sentence = verdict.sentence();
        format!("{style}{mark} {name}{style:#}: {sentence}{counts}\n")
    } else {
        format!("{name}: {}{counts}\n", verdict.word())
    }
}

fn plain(input: &str, finding: &Finding) -> String {
    let (rule, fact) = (finding.rule, &finding.fact);
    let (letter, id) = (rule.severity.letter(), rule.id);
    let mut text = format!("{input}{}: {letter} {id}: {fact}\n", place(finding, "/"));
    for (title, line) in lines(finding) {
        text += &format!("  {title}: {line}\n");
    }
    text
}

fn laid_out(finding: &Finding) -> String {
    const DIM: Style = Style::new().dimmed();

    let (rule, fact) = (finding.rule, &finding.fact);
    let style = style(rule.severity);
    let (mark, letter, id) = (mark(rule.severity), rule.severity.letter(), rule.id);
    let place = place(finding, " ");
    let mut text = format!("  {style}{mark} {letter} {id}{style:#}{place}\n    {fact}\n");
    for (title, line) in lines(finding) {
        text += &format!("    {DIM}{title}:{DIM:#} {line}\n");
    }
    text
}

/// `/cert-chain.pem:12`, with `before` in front.
fn place(finding: &Finding, before: &str) -> String {
    match (finding.file, finding.line) {
        ("", _) => String::new(),
        (file, Some(line)) => format!("{before}{file}:{line}"),
        (file, None) => format!("{before}{file}"),
    }
}

/// What goes below a finding.
fn lines(finding: &Finding) -> impl Iterator<Item = (&'static str, &str)> {
    let hint = Some(finding.hint.as_str()).filter(|hint| !hint.is_empty());
    let lines = [
        ("consequence", Some(finding.rule.consequence)),
        ("held against", finding.assumption.as_deref()),
        ("remedy", hint),
        ("source", Some(finding.rule.source)),
    ];
    lines
        .into_iter()
        .filter_map(|(title, line)| Some((title, line?)))
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Refused | Severity::Broken => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    color.on_default().bold()
}

fn mark(severity: Severity) -> char {
    match severity {
        Severity::Refused | Severity::Broken => '✗',
        Severity::Warning => '!',
        Severity::Note => '·',
    }
}
