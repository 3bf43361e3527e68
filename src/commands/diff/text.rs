//! The differences for people: a line for what is alike, on a screen however much there is.

use std::collections::{HashMap, HashSet};

use crate::console::{Console, StdoutError};
use crate::escape;
use crate::mesh::compare::{Comparison, Outcome, Pair, Verdict};
use crate::mesh::objects::ObjectName;
use crate::pki::compare::{self, Difference, Differences, Kind, Thing};

/// Up to so many that are alike have a line each.
const MOST_LINES: usize = 10;
/// So many of those that are alike are named.
const MOST_NAMES: usize = 40;

pub fn print(
    comparison: &Comparison<'_>,
    sides: [&str; 2],
    console: Console,
) -> Result<(), StdoutError> {
    unreadable(comparison, console);
    if console.is_quiet() {
        return Ok(());
    }
    let labels = Labels::of(comparison);
    let mut data = console.data();
    for (text, pairs) in groups(comparison, sides) {
        let Some(first) = pairs.first() else { continue };
        let is_same = comparison.outcomes[first.outcome].verdict() <= Verdict::Same;
        if pairs.len() <= MOST_LINES || console.is_verbose() {
            for pair in pairs {
                data.print(&text.line(labels.of_pair(pair).as_deref()))?;
            }
        } else {
            data.print(&text.line(Some(&of_group(&pairs))))?;
            if !is_same {
                data.print(&labels.list(&pairs))?;
            }
        }
        data.print(&text.rest)?;
        if data.is_gone() {
            break;
        }
    }
    if comparison.pairs.len() > MOST_LINES && labels.are_objects {
        data.print(&summary(comparison))?;
    }
    data.flush()
}

/// What cannot be read is told of, once each.
fn unreadable(comparison: &Comparison<'_>, console: Console) {
    let labels = Labels::of(comparison);
    let mut told = HashSet::new();
    for pair in &comparison.pairs {
        let reason = match &comparison.outcomes[pair.outcome] {
            Outcome::Unreadable(reason) => reason.clone(),
            Outcome::Sealed => {
                let label = labels.of_pair(pair).map(|label| format!("{label}: "));
                let label = label.unwrap_or_default();
                format!("{label}a private key is encrypted: whether it is the same cannot be told")
            }
            _ => continue,
        };
        if told.insert(reason.clone()) {
            console.error(&anyhow::Error::msg(reason));
        }
    }
}

/// How an outcome is told of: on the line of what was compared, and below it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Text {
    first: String,
    rest: String,
}

impl Text {
    fn line(&self, label: Option<&str>) -> String {
        match label {
            Some(label) => format!("{label}: {}\n", self.first),
            None => format!("{}\n", self.first),
        }
    }
}

/// What is alike together, in the order in which the first of each comes.
fn groups<'c>(comparison: &'c Comparison<'_>, sides: [&str; 2]) -> Vec<(Text, Vec<&'c Pair>)> {
    let texts = comparison
        .outcomes
        .iter()
        .map(|outcome| text(outcome, sides));
    let texts: Vec<_> = texts.collect();
    let mut groups: Vec<(Text, Vec<&Pair>)> = Vec::new();
    let mut known: HashMap<(&Text, &Option<String>), usize> = HashMap::new();
    for pair in &comparison.pairs {
        let Some(text) = &texts[pair.outcome] else {
            continue;
        };
        let position = *known.entry((text, &pair.name)).or_insert_with(|| {
            groups.push((text.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[position].1.push(pair);
    }
    groups
}

fn text(outcome: &Outcome<'_>, [before, after]: [&str; 2]) -> Option<Text> {
    let first = match outcome {
        Outcome::Identical => "identical".to_owned(),
        Outcome::Same(kinds) => format!("the same {}, other bytes", things(kinds)),
        Outcome::OnlyBefore => format!("only in {before}"),
        Outcome::OnlyAfter => format!("only in {after}"),
        Outcome::Nothing => "there is no certificate in it".to_owned(),
        Outcome::NotCompared => "not compared: it has no certificates".to_owned(),
        Outcome::Unreadable(_) | Outcome::Sealed => return None,
        Outcome::Differs(differences) => return Some(differing(differences)),
    };
    Some(Text {
        first,
        rest: String::new(),
    })
}

fn things(kinds: &[Kind]) -> &'static str {
    match kinds {
        [Kind::PrivateKey] => "private key",
        [Kind::Crl] => "CRL",
        [Kind::Request] => "certification request",
        _ => "certificates",
    }
}

fn differing(differences: &Differences<'_>) -> Text {
    let mut entries: Vec<_> = differences.listed.iter().map(entry).collect();
    if differences.is_reordered {
        let what = match entries.is_empty() && differences.more == 0 {
            true => "the same certificates",
            false => "those on both sides",
        };
        entries.push((format!("reordered: {what} in another order"), Vec::new()));
    }
    if differences.more > 0 {
        entries.push((format!("and {} more", differences.more), Vec::new()));
    }
    if let [(heading, details)] = entries.as_slice() {
        return Text {
            first: heading.clone(),
            rest: indented(details, "  "),
        };
    }
    let mut rest = String::new();
    for (heading, details) in &entries {
        rest += &format!("  {heading}\n{}", indented(details, "    "));
    }
    Text {
        first: format!("{} differences", differences.count()),
        rest,
    }
}

fn indented(lines: &[String], indent: &str) -> String {
    let mut text = String::new();
    for line in lines {
        text += &format!("{indent}{line}\n");
    }
    text
}

/// A difference, and the lines below it: `-` is what A has, `+` what B has.
fn entry(difference: &Difference<'_>) -> (String, Vec<String>) {
    let named = |thing: &Thing| format!("{}, {}", thing.word(), thing.known_as());
    match difference {
        Difference::Reissued { before, after } => {
            let how = match after.kind() {
                Kind::Request => "another request with the same key",
                _ => "re-issued with the same key",
            };
            (format!("{how}: {}", named(after)), changes(before, after))
        }
        Difference::SameName { before, after } => {
            let heading = match after.kind() {
                Kind::Crl => format!("another CRL of the same issuer: {}", after.known_as()),
                _ => format!("another key under the same name: {}", named(after)),
            };
            (heading, changes(before, after))
        }
        Difference::Replaced { before, after } => {
            let heading = format!("another {}: {}", after.word(), after.known_as());
            let lines = [("-", before), ("+", after)].map(|(sign, thing)| {
                let (described, print) = (thing.describe(), thing.fingerprint());
                let of = match thing.kind() {
                    Kind::PrivateKey => "public key ",
                    _ => "",
                };
                format!("{sign} {described}, {of}SHA-256 {print}")
            });
            (heading, lines.into())
        }
        Difference::Removed(thing) => (format!("removed: {}", thing.describe()), Vec::new()),
        Difference::Added(thing) => (format!("added: {}", thing.describe()), Vec::new()),
    }
}

fn changes(before: &Thing, after: &Thing) -> Vec<String> {
    let mut lines = Vec::new();
    for change in compare::changes(before, after) {
        for (sign, value) in [("-", change.before), ("+", change.after)] {
            let value = value.unwrap_or_else(|| "(none)".to_owned());
            lines.push(format!("{sign} {}: {value}", change.field));
        }
    }
    lines
}

/// How objects are named: by their kinds too, if there is more than one.
struct Labels {
    are_objects: bool,
    has_kinds: bool,
}

impl Labels {
    fn of(comparison: &Comparison<'_>) -> Self {
        let mut kinds = comparison
            .pairs
            .iter()
            .filter_map(|pair| pair.object.as_ref())
            .map(|object| &object.kind);
        let first = kinds.next();
        Self {
            are_objects: first.is_some(),
            has_kinds: kinds.any(|kind| Some(kind) != first),
        }
    }

    fn of_object(&self, object: &ObjectName) -> String {
        let named = object.to_string();
        let kind = format!("{} ", escape::text(&object.kind));
        match named.strip_prefix(&kind) {
            Some(name) if !self.has_kinds => name.to_owned(),
            _ => named,
        }
    }

    /// `None` where two files are compared, and the reader knows which.
    fn of_pair(&self, pair: &Pair) -> Option<String> {
        let object = pair.object.as_ref().map(|object| self.of_object(object));
        let name = pair.name.as_ref().map(|name| escape::text(name));
        let parts: Vec<_> = object.into_iter().chain(name).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Their names, on as many lines as they need.
    fn list(&self, pairs: &[&Pair]) -> String {
        const WIDTH: usize = 96;

        let mut list = String::new();
        let mut line = String::new();
        for pair in pairs.iter().take(MOST_NAMES) {
            let name = pair.object.as_ref().map(|object| self.of_object(object));
            let name = name.unwrap_or_default();
            if !line.is_empty() && line.len() + name.len() > WIDTH {
                list += &format!("    {line}\n");
                line.clear();
            }
            line += &format!("{}{name}", if line.is_empty() { "" } else { " " });
        }
        list += &format!("    {line}\n");
        if pairs.len() > MOST_NAMES {
            let more = pairs.len() - MOST_NAMES;
            list += &format!("    and {more} more; -v names all\n");
        }
        list
    }
}

/// `istio-ca-root-cert in 998 namespaces`.
fn of_group(pairs: &[&Pair]) -> String {
    let count = pairs.len();
    let objects = || pairs.iter().filter_map(|pair| pair.object.as_ref());
    let first = objects().next();
    let is_one_name = objects().all(|object| {
        object.namespace.is_some() && Some(&object.name) == first.map(|first| &first.name)
    });
    let name = first.map(|first| escape::text(&first.name));
    let label = match name.filter(|_| is_one_name) {
        Some(name) => format!("{name} in {count} namespaces"),
        None => format!("{count} objects"),
    };
    match pairs.first().and_then(|pair| pair.name.as_ref()) {
        Some(key) => format!("{label}, {}", escape::text(key)),
        None => label,
    }
}

fn summary(comparison: &Comparison<'_>) -> String {
    let verdicts = [
        (Verdict::Identical, "identical"),
        (Verdict::Same, "the same in other bytes"),
        (Verdict::Differs, "differ"),
        (Verdict::Unreadable, "cannot be compared"),
        (Verdict::NotCompared, "not compared"),
    ];
    let counts = verdicts.iter().filter_map(|(verdict, word)| {
        let pairs = comparison.pairs.iter();
        let of_it = pairs.filter(|pair| comparison.outcomes[pair.outcome].verdict() == *verdict);
        let count = of_it.count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    let counts: Vec<_> = counts.collect();
    format!(
        "{} compared: {}\n",
        comparison.pairs.len(),
        counts.join(", ")
    )
}
