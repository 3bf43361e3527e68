//! Who is not let in by whom, why, and what to do.

use std::cmp::Ordering;
use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::{MOST_IN_A_TABLE, MOST_NAMES, names};
use crate::commands::report;
use crate::mesh::trust::{Group, Reason, Roots, Trust};

/// The workloads of one group, and the groups that do not let them in for one reason.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refused {
    /// The number of a group, counted from 1.
    from: usize,
    to: Vec<usize>,
    reason: String,
    /// The clusters of `to` are let in by those of `from`.
    one_way: bool,
    pub remedy: &'static str,
}

/// All refusals among `groups`.
pub(super) fn refused(trust: &Trust, groups: &[Group], roots: &Roots<'_>) -> Vec<Refused> {
    let of_each = groups.par_iter().enumerate();
    let of_each = of_each.map(|(from, group)| {
        let workloads = trust.workloads_of(group.first());
        let mut reasons: HashMap<(Reason, bool), Vec<usize>> = HashMap::new();
        for (to, other) in groups.iter().enumerate() {
            if !trust.accepts(group.first(), other.first()) {
                let reason = workloads.refusal(other.first());
                let one_way = from != to && trust.accepts(other.first(), group.first());
                reasons.entry((reason, one_way)).or_default().push(to + 1);
            }
        }
        let root = roots.led_to(trust, group.first());
        let root = root.map_or("", |root| root.label.as_str());
        let refused = reasons.into_iter().map(|((reason, one_way), to)| Refused {
            from: from + 1,
            to,
            reason: words(&reason, root, one_way),
            one_way,
            remedy: remedy(&reason),
        });
        let mut refused: Vec<_> = refused.collect();
        refused.sort_by_key(|refused| refused.to[0]);
        refused
    });
    of_each.flatten().collect()
}

/// `root` is what the root is called that the workloads are signed under.
pub fn words(reason: &Reason, root: &str, one_way: bool) -> String {
    // A cluster that is let in by those who do not know its root knows theirs.
    let state = if one_way { "half-rotated: " } else { "" };
    match reason {
        Reason::NoCa => "there is no certificate in ca-cert.pem".to_owned(),
        Reason::NoWorkload(error) => format!("its CA can issue nothing: {error}"),
        Reason::NoRoots => "there is no certificate in root-cert.pem there".to_owned(),
        Reason::UnknownRoot(Ordering::Less) => {
            format!("{state}signed under root {root}, which is not yet trusted there")
        }
        Reason::UnknownRoot(Ordering::Greater) => {
            format!("{state}signed under root {root}, which is no longer trusted there")
        }
        Reason::UnknownRoot(Ordering::Equal) => {
            format!("{state}signed under root {root}, which is not trusted there")
        }
        Reason::OtherKey => format!(
            "{state}signed under root {root}, which is not trusted there, but a root of the same name with another key is"
        ),
        Reason::ChainLacks(subject) => format!(
            "a CA above root {root} is trusted there, and {subject}, which is on the way to it, is not in cert-chain.pem"
        ),
        Reason::UnknownIssuer(issuer) => {
            format!("there is no path to a root of any cluster: the last issuer is {issuer}")
        }
        Reason::Broken(reason) => reason.clone(),
    }
}

fn remedy(reason: &Reason) -> &'static str {
    match reason {
        Reason::UnknownRoot(Ordering::Greater) => {
            "have the root trusted there until nothing is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME"
        }
        Reason::UnknownRoot(_) | Reason::OtherKey => {
            "have the root trusted there before anything is signed under it: meshpki bundle add CERT, then meshpki cluster-cacerts --roots-only NAME"
        }
        Reason::ChainLacks(_) => {
            "have every CA above it sent too: meshpki cluster-cacerts --renew NAME"
        }
        Reason::NoRoots => "give it the roots: meshpki cluster-cacerts --roots-only NAME",
        _ => "mend what is found wrong with each by itself: meshpki check NAME",
    }
}

impl Refused {
    /// For people: of few clusters the names, of many the groups.
    pub fn text(&self, trust: &Trust, groups: &[Group]) -> String {
        let to = self.to.as_slice();
        let (from, to) = if trust.len() <= MOST_IN_A_TABLE {
            let members = |of: &[usize]| {
                let members = of.iter().flat_map(|group| &groups[group - 1].members);
                let mut members: Vec<_> = members.copied().collect();
                members.sort_unstable();
                names(trust, &members, MOST_IN_A_TABLE)
            };
            (members(&[self.from]), members(to))
        } else {
            (format!("group {}", self.from), numbers(to))
        };
        let (reason, way_back) = (&self.reason, self.one_way);
        let way_back = if way_back {
            "; the other way is open"
        } else {
            ""
        };
        format!("{from} -> {to}: refused: {reason}{way_back}\n")
    }
}

/// `groups 1, 2, 3 and 4 more`.
fn numbers(groups: &[usize]) -> String {
    let word = if groups.len() == 1 { "group" } else { "groups" };
    format!("{word} {}", report::first(groups.iter(), MOST_NAMES))
}
