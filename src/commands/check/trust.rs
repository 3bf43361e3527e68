//! The trust among clusters, for people and for programs.

mod json;
mod refusals;
mod table;

pub(super) use self::json::Document;
pub(super) use self::refusals::words;
use self::refusals::{Refused, refused};
use super::report::headline;
use crate::commands::report;
use crate::mesh::trust::{Group, Root, Roots, Trust};
use crate::pki::validity::{date, moment};

/// So many clusters are shown in a table; of more, groups are told.
const MOST_IN_A_TABLE: usize = 12;

/// Of lists that could go on for ever, so much is said.
pub(super) const MOST_LINES: usize = 8;
const MOST_NAMES: usize = 3;

/// What is to be told.
pub(super) struct Survey<'a> {
    trust: &'a Trust,
    groups: Vec<Group>,
    roots: Roots<'a>,
    refused: Vec<Refused>,
}

impl<'a> Survey<'a> {
    pub fn of(trust: &'a Trust) -> Self {
        let groups = trust.groups();
        let roots = trust.roots();
        let refused = refused(trust, &groups, &roots);
        Self {
            trust,
            groups,
            roots,
            refused,
        }
    }

    /// Whether every cluster lets in every other, and itself.
    pub fn is_whole(&self) -> bool {
        self.refused.is_empty()
    }

    /// For people: a screenful.
    pub fn text(&self, is_for_people: bool) -> String {
        let count = self.trust.len();
        let at = moment(self.trust.at());
        let verdict = if self.is_whole() {
            "each lets in all"
        } else {
            "not all are let in"
        };
        let head = format!("trust among {count} clusters at {at}: {verdict}");
        let mut text = headline(&head, self.is_whole(), is_for_people);
        if count <= MOST_IN_A_TABLE {
            text += &table::table(self.trust);
        } else if !self.is_whole() {
            text += &self.groups();
        }
        text += &self.all_roots();
        text += &self.namesakes();
        text + &self.refusals()
    }

    /// What is to be done stands below the last of those who need it.
    fn refusals(&self) -> String {
        let mut text = String::new();
        let mut shown = self.refused.iter().take(MOST_LINES).peekable();
        while let Some(refused) = shown.next() {
            text += &refused.text(self.trust, &self.groups);
            let is_last = shown
                .peek()
                .is_none_or(|next| next.remedy != refused.remedy);
            if is_last {
                text += &format!("  remedy: {}\n", refused.remedy);
            }
        }
        text + &more(self.refused.len(), "refusals")
    }

    fn groups(&self) -> String {
        let mut text = String::new();
        for (number, group) in self.groups.iter().take(MOST_LINES).enumerate() {
            let first = group.first();
            let led_to = self.roots.led_to(self.trust, first);
            let led_to = led_to.map_or("no root", |root| root.label.as_str());
            let trusted = labels(self.roots.trusted(self.trust, first));
            let names = names(self.trust, &group.members, MOST_NAMES);
            let number = number + 1;
            let count = clusters(group.members.len());
            text += &format!(
                "  group {number}: {count}, signed under {led_to}, trusting {trusted}: {names}\n"
            );
        }
        text + &more(self.groups.len(), "groups")
    }

    fn all_roots(&self) -> String {
        let mut text = String::new();
        for root in self.roots.all.iter().take(MOST_LINES) {
            let Root {
                label, certificate, ..
            } = root;
            let (subject, expires) = (certificate.subject(), date(certificate.not_after()));
            let (led_to_by, trusted_by) = (clusters(root.led_to_by), clusters(root.trusted_by));
            let fingerprint = certificate.sha256_fingerprint();
            text += &format!(
                "  root {label}: {subject}, expires {expires}: {led_to_by} signed under it, {trusted_by} trusting it\n    SHA-256 {fingerprint}\n"
            );
        }
        text + &more(self.roots.all.len(), "roots")
    }

    fn namesakes(&self) -> String {
        let all = self.roots.namesakes();
        let lines = all.iter().take(MOST_LINES).map(|roots| {
            let subject = roots[0].certificate.subject();
            let labels = labels(roots.iter().copied());
            format!(
                "  roots {labels} share the name {subject}, and not the key: by their subjects they would pass for one\n"
            )
        });
        lines.collect::<String>() + &more(all.len(), "names of several roots")
    }
}

fn clusters(count: usize) -> String {
    let word = if count == 1 { "cluster" } else { "clusters" };
    format!("{count} {word}")
}

fn labels<'a>(roots: impl Iterator<Item = &'a Root<'a>>) -> String {
    let labels: Vec<_> = roots.map(|root| root.label.as_str()).collect();
    match labels.len() {
        0 => "none of them".to_owned(),
        _ => report::first(labels.iter(), MOST_LINES),
    }
}

/// The names of `members`, at most so many.
fn names(trust: &Trust, members: &[usize], most: usize) -> String {
    report::first(members.iter().map(|&one| trust.name(one)), most)
}

/// The line for what is left unsaid of `count` things.
pub(super) fn more(count: usize, what: &str) -> String {
    match count.checked_sub(MOST_LINES) {
        Some(more @ 1..) => format!("  and {more} more {what}\n"),
        _ => String::new(),
    }
}
