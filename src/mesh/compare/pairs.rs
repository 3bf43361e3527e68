//! Which part is compared with which, and how.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::side::{Holder, Part, without_copies};
use super::{Outcome, kinds};
use crate::mesh::{CA_CERT, CA_CRT, CA_KEY, CERT_CHAIN, ROOT_CERT, TLS_CRT, TLS_KEY};
use crate::pki::compare::{Difference, Differences, Kind, Row, Thing};

impl Outcome<'_> {
    /// The same, seen from the other side.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::Differs(mut differences) => {
                for difference in &mut differences.listed {
                    *difference = difference.reversed();
                }
                // What has gone comes before what has come.
                differences
                    .listed
                    .sort_by_key(|difference| match difference {
                        Difference::Removed(_) => 1,
                        Difference::Added(_) => 2,
                        _ => 0,
                    });
                Self::Differs(differences)
            }
            Self::OnlyBefore => Self::OnlyAfter,
            Self::OnlyAfter => Self::OnlyBefore,
            other => other,
        }
    }
}

/// The parts of `holder` that a file is compared with: the one of its name, or all in which there is
/// something.
pub(super) fn selected<'h>(holder: &'h Holder, name: Option<&str>) -> Vec<&'h Part> {
    let filled = holder.parts.iter().filter(|part| !part.is_empty());
    let namesake = filled
        .clone()
        .find(|part| name.is_some() && part.name.as_deref() == name);
    namesake.map_or_else(|| filled.collect(), |part| vec![part])
}

/// A part that is held against several others, known by heart.
pub(super) struct Known<'s> {
    part: &'s Part,
    kinds: Vec<Kind>,
    is_sealed: bool,
    row: OnceCell<Row<'s>>,
    /// Without copies.
    set: OnceCell<Row<'s>>,
}

impl<'s> Known<'s> {
    pub fn new(part: &'s Part) -> Self {
        Self {
            part,
            kinds: kinds(&part.things),
            is_sealed: part.things.iter().any(Thing::is_sealed),
            row: OnceCell::new(),
            set: OnceCell::new(),
        }
    }

    /// This part, and another.
    fn with(&self, after: &'s Part, most: usize) -> Outcome<'s> {
        if let Some(fault) = self.part.fault.iter().chain(&after.fault).next() {
            return Outcome::Unreadable(fault.clone());
        }
        if self.part.contents == after.contents {
            return Outcome::Identical;
        }
        if self.is_sealed || after.things.iter().any(Thing::is_sealed) {
            return Outcome::Sealed;
        }
        let row = || Row::new(self.part.things.iter().collect());
        let things: Vec<_> = after.things.iter().collect();
        let differences = self.row.get_or_init(row).differences(&things, most);
        outcome(differences, kinds(&after.things))
    }

    /// This part, and what is under several keys: a set, without an order, and of the kinds that are
    /// in this part too.
    pub fn with_set(&self, parts: &[&'s Part], most: usize) -> Outcome<'s> {
        let faults = parts.iter().filter_map(|part| part.fault.as_ref());
        if let Some(fault) = self.part.fault.iter().chain(faults).next() {
            return Outcome::Unreadable(fault.clone());
        }
        let things = parts.iter().flat_map(|part| &part.things);
        let things = things.filter(|thing| self.kinds.contains(&thing.kind()));
        let things = without_copies(things);
        let row = || Row::new(without_copies(self.part.things.iter()));
        let mut differences = self.set.get_or_init(row).differences(&things, most);
        differences.is_reordered = false;
        outcome(differences, self.kinds.clone())
    }
}

fn outcome(differences: Differences<'_>, kinds: Vec<Kind>) -> Outcome<'_> {
    if differences.is_empty() {
        Outcome::Same(kinds)
    } else {
        Outcome::Differs(differences)
    }
}

/// A file, and the `compared` parts of `other`.
pub(super) fn whole<'s>(
    one: &Known<'s>,
    other: &'s Holder,
    compared: &[&'s Part],
    most: usize,
) -> Outcome<'s> {
    match compared {
        [] if other.parts.is_empty() => Outcome::NotCompared,
        [] => Outcome::Nothing,
        [part] => one.with(part, most),
        several => one.with_set(several, most),
    }
}

/// What `holder` is, if it has no namesake.
pub(super) fn alone<'s>(holder: &Holder, outcome: Outcome<'s>) -> Outcome<'s> {
    if holder.parts.iter().all(Part::is_empty) {
        Outcome::NotCompared
    } else {
        outcome
    }
}

/// The parts of a folder or an object, known by heart.
pub(super) struct KnownParts<'s> {
    holder: &'s Holder,
    known: Vec<Known<'s>>,
}

/// How the parts of one name came out, by that name.
pub(super) type Named<'s> = Vec<(Option<String>, Outcome<'s>)>;

impl<'s> KnownParts<'s> {
    pub fn new(holder: &'s Holder) -> Self {
        Self {
            holder,
            known: holder.parts.iter().map(Known::new).collect(),
        }
    }

    /// Name by name. Where an object has but one, and so has the other side, they are compared
    /// whatever their names.
    pub fn with(&self, other: &'s Holder, most: usize) -> Named<'s> {
        if let ([one], [part]) = (self.known.as_slice(), other.parts.as_slice())
            && (self.holder.object.is_some() || other.object.is_some())
            && one.part.name != part.name
            && !one.part.is_empty()
            && !part.is_empty()
        {
            let names = [&one.part.name, &part.name].map(|name| name.as_deref().unwrap_or("-"));
            return vec![(Some(names.join(" and ")), one.with(part, most))];
        }
        match (has_tls_form(self.holder), has_tls_form(other)) {
            (true, false) if has_pem_form(other) => tls_and_pem(self.holder, other, most),
            (false, true) if has_pem_form(self.holder) => {
                let reversed = tls_and_pem(other, self.holder, most).into_iter();
                reversed
                    .map(|(name, outcome)| (name, outcome.reversed()))
                    .collect()
            }
            _ => self.name_by_name(other, most),
        }
    }

    fn name_by_name(&self, other: &'s Holder, most: usize) -> Named<'s> {
        let parts = other.parts.iter().filter(|part| !part.is_empty());
        let mut left: HashMap<_, _> = parts.map(|part| (&part.name, part)).collect();
        let mut named = Vec::new();
        for one in self.known.iter().filter(|known| !known.part.is_empty()) {
            let outcome = match left.remove(&one.part.name) {
                Some(part) => one.with(part, most),
                None => Outcome::OnlyBefore,
            };
            named.push((one.part.name.clone(), outcome));
        }
        let is_left = |part: &&Part| left.contains_key(&part.name);
        let only_after = other.parts.iter().filter(is_left);
        named.extend(only_after.map(|part| (part.name.clone(), Outcome::OnlyAfter)));
        named
    }
}

fn has_tls_form(holder: &Holder) -> bool {
    holder.part(TLS_CRT).is_some()
}

fn has_pem_form(holder: &Holder) -> bool {
    holder.part(CA_CERT).is_some()
}

/// The two forms in which Istio reads a CA (istio security/pkg/pki/ca/ca.go): tls.crt is
/// ca-cert.pem and what is between it and the roots.
fn tls_and_pem<'s>(tls: &'s Holder, pem: &'s Holder, most: usize) -> Named<'s> {
    let mut named = Vec::new();
    for (tls_name, pem_name) in [(TLS_KEY, CA_KEY), (CA_CRT, ROOT_CERT)] {
        let label = Some(format!("{tls_name} and {pem_name}"));
        match (tls.part(tls_name), pem.part(pem_name)) {
            (Some(tls), Some(pem)) => named.push((label, Known::new(tls).with(pem, most))),
            (Some(_), None) => named.push((Some(tls_name.to_owned()), Outcome::OnlyBefore)),
            (None, Some(_)) => named.push((Some(pem_name.to_owned()), Outcome::OnlyAfter)),
            (None, None) => {}
        }
    }
    if let Some(part) = tls.part(TLS_CRT) {
        let roots: HashSet<_> = pem.things(ROOT_CERT).map(Thing::octets).collect();
        let chain = pem.things(CA_CERT).chain(pem.things(CERT_CHAIN));
        let chain = chain.filter(|thing| !roots.contains(thing.octets()));
        let chain = without_copies(chain);
        let parts = [Some(part), pem.part(CA_CERT), pem.part(CERT_CHAIN)];
        let fault = parts.iter().flatten().find_map(|part| part.fault.clone());
        let outcome = if let Some(fault) = fault {
            Outcome::Unreadable(fault)
        } else {
            let row = Row::new(part.things.iter().collect());
            outcome(row.differences(&chain, most), kinds(&part.things))
        };
        named.insert(0, (Some(format!("{TLS_CRT} and {CERT_CHAIN}")), outcome));
    }
    let others = |holder: &'s Holder, known: [&'static str; 4], outcome: fn() -> Outcome<'s>| {
        let names = holder.parts.iter().filter(|part| !part.is_empty());
        let names = names.filter_map(|part| part.name.clone());
        names
            .filter(move |name| !known.contains(&name.as_str()))
            .map(move |name| (Some(name), outcome()))
    };
    let known = [TLS_CRT, TLS_KEY, CA_CRT, ""];
    named.extend(others(tls, known, || Outcome::OnlyBefore));
    let known = [CA_CERT, CA_KEY, CERT_CHAIN, ROOT_CERT];
    named.extend(others(pem, known, || Outcome::OnlyAfter));
    named
}
