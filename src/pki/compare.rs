//! Two rows of certificates, requests, CRLs and private keys, held against each other.
//!
//! What is on both sides, octet for octet, is the same. Of the rest, what has the same key belongs
//! together, then what has the same name; what is left has come or gone. Time and memory grow with
//! the two rows together, and not with their product, whatever is in them.

mod changes;
mod thing;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

pub use changes::{Change, changes};
pub use thing::{Kind, Thing};

use super::digest::Sha256;

/// One thing in which a row differs from another. `before` is of the first row, `after` of the
/// second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference<'t> {
    /// The key is the same, and the rest is not.
    Reissued {
        before: &'t Thing,
        after: &'t Thing,
    },
    /// The name is the same, and the key (of a CRL: the contents) is not.
    SameName {
        before: &'t Thing,
        after: &'t Thing,
    },
    /// The one thing that has gone, and the one of the same role that has come.
    Replaced {
        before: &'t Thing,
        after: &'t Thing,
    },
    Removed(&'t Thing),
    Added(&'t Thing),
}

impl Difference<'_> {
    /// The same, seen from the other side.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Reissued { before, after } => Self::Reissued {
                before: after,
                after: before,
            },
            Self::SameName { before, after } => Self::SameName {
                before: after,
                after: before,
            },
            Self::Replaced { before, after } => Self::Replaced {
                before: after,
                after: before,
            },
            Self::Removed(thing) => Self::Added(thing),
            Self::Added(thing) => Self::Removed(thing),
        }
    }
}

/// All in which two rows differ.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences<'t> {
    pub listed: Vec<Difference<'t>>,
    /// How many more there are.
    pub more: usize,
    /// What is in both stands in another order.
    pub is_reordered: bool,
}

impl Differences<'_> {
    pub fn count(&self) -> usize {
        self.listed.len() + self.more + usize::from(self.is_reordered)
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.more == 0 && !self.is_reordered
    }
}

/// A row, known by heart: it can be held against many others.
pub struct Row<'t> {
    things: Vec<&'t Thing>,
    by_octets: Index<(Kind, &'t [u8])>,
    by_key_and_name: OnceCell<Index<(Kind, Sha256, Vec<u8>)>>,
    by_key: OnceCell<Index<(Kind, Sha256)>>,
    by_name: OnceCell<Index<(Kind, Vec<u8>)>>,
}

/// Positions in a row, rising, by what is there.
type Index<K> = HashMap<K, Vec<usize>>;

impl<'t> Row<'t> {
    pub fn new(things: Vec<&'t Thing>) -> Self {
        Self {
            by_octets: index(&things, |thing| Some((thing.kind(), thing.octets()))),
            things,
            by_key_and_name: OnceCell::new(),
            by_key: OnceCell::new(),
            by_name: OnceCell::new(),
        }
    }

    /// In what `after` differs from this row, of which `most` differences are listed.
    pub fn differences(&self, after: &[&'t Thing], most: usize) -> Differences<'t> {
        let mut matching = Matching::default();
        // The partner of each thing of `after`, and how it was found.
        let mut partners: Vec<Option<(usize, Likeness)>> = vec![None; after.len()];
        let octets = |thing: &'t Thing| Some((thing.kind(), thing.octets()));
        matching.pass(
            &self.by_octets,
            after,
            octets,
            Likeness::Same,
            &mut partners,
        );
        if partners.contains(&None) && matching.used.len() < self.things.len() {
            let both = |thing: &Thing| Some((thing.kind(), thing.key()?, thing.name()?));
            let known = self
                .by_key_and_name
                .get_or_init(|| index(&self.things, both));
            matching.pass(known, after, both, Likeness::Key, &mut partners);
            let key = |thing: &Thing| Some((thing.kind(), thing.key()?));
            let known = self.by_key.get_or_init(|| index(&self.things, key));
            matching.pass(known, after, key, Likeness::Key, &mut partners);
            let name = |thing: &Thing| Some((thing.kind(), thing.name()?));
            let known = self.by_name.get_or_init(|| index(&self.things, name));
            matching.pass(known, after, name, Likeness::Name, &mut partners);
        }
        self.listed(after, &partners, &matching.used, most)
    }

    fn listed(
        &self,
        after: &[&'t Thing],
        partners: &[Option<(usize, Likeness)>],
        used: &HashSet<usize>,
        most: usize,
    ) -> Differences<'t> {
        let is_left = |position: &usize| !used.contains(position);
        let mut gone = (0..self.things.len()).filter(is_left);
        let gone = gone.by_ref().map(|position| self.things[position]);
        let count_gone = self.things.len() - used.len();
        let come = || {
            let pairs = after.iter().zip(partners);
            pairs
                .filter(|(_, partner)| partner.is_none())
                .map(|(thing, _)| *thing)
        };
        let changed = after.iter().zip(partners).filter_map(|(after, partner)| {
            let (position, likeness) = (*partner)?;
            let before = self.things[position];
            match likeness {
                Likeness::Same => None,
                Likeness::Key => Some(Difference::Reissued { before, after }),
                Likeness::Name => Some(Difference::SameName { before, after }),
            }
        });
        let count = changed.clone().count() + count_gone + come().count();
        let mut listed: Vec<_> = changed.take(most).collect();
        let left = most - listed.len();
        let mut gone: Vec<_> = gone.take(left.max(1)).collect();
        match (
            gone.as_slice(),
            come().take(2).collect::<Vec<_>>().as_slice(),
        ) {
            ([before], [after]) if count_gone == 1 && before.has_role_of(after) => {
                listed.push(Difference::Replaced { before, after });
                // One that stands for two.
                let more = count - 1 - listed.len();
                return self.ordered(listed, more, partners);
            }
            _ => {}
        }
        gone.truncate(left);
        listed.extend(gone.into_iter().map(Difference::Removed));
        let left = most - listed.len();
        listed.extend(come().take(left).map(Difference::Added));
        let more = count - listed.len();
        self.ordered(listed, more, partners)
    }

    fn ordered(
        &self,
        listed: Vec<Difference<'t>>,
        more: usize,
        partners: &[Option<(usize, Likeness)>],
    ) -> Differences<'t> {
        let mut last: HashMap<Kind, usize> = HashMap::new();
        let mut partners = partners.iter().flatten();
        let is_reordered = partners.any(|&(position, _)| {
            let before = last.insert(self.things[position].kind(), position);
            before.is_some_and(|before| before > position)
        });
        Differences {
            listed,
            more,
            is_reordered,
        }
    }
}

/// How two things were found to belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Likeness {
    Same,
    Key,
    Name,
}

/// The positions that have a partner, and how far each entry of an index is used up.
#[derive(Default)]
struct Matching {
    used: HashSet<usize>,
}

impl Matching {
    fn pass<'t, K: Eq + Hash>(
        &mut self,
        index: &Index<K>,
        after: &[&'t Thing],
        identity: impl Fn(&'t Thing) -> Option<K>,
        likeness: Likeness,
        partners: &mut [Option<(usize, Likeness)>],
    ) {
        // Where in an entry, by its first position, the search goes on.
        let mut next: HashMap<usize, usize> = HashMap::new();
        for (thing, partner) in after.iter().zip(partners) {
            if partner.is_some() {
                continue;
            }
            let Some(positions) = identity(thing).and_then(|identity| index.get(&identity)) else {
                continue;
            };
            let next = next.entry(positions[0]).or_default();
            while let Some(&position) = positions.get(*next) {
                *next += 1;
                if self.used.insert(position) {
                    *partner = Some((position, likeness));
                    break;
                }
            }
        }
    }
}

fn index<'t, K: Eq + Hash>(
    things: &[&'t Thing],
    identity: impl Fn(&'t Thing) -> Option<K>,
) -> Index<K> {
    let mut index = Index::new();
    for (position, thing) in things.iter().enumerate() {
        if let Some(identity) = identity(thing) {
            index.entry(identity).or_default().push(position);
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::find::FoundKey;

    /// A private key by the number of its public key: two of a number are the same.
    fn key(number: u8) -> Thing {
        Thing::PrivateKey(FoundKey {
            kind: "RSA".to_owned(),
            bits: Some(u32::from(number)),
            spki: Some(vec![number]),
        })
    }

    fn row(numbers: &[u8]) -> Vec<Thing> {
        numbers.iter().copied().map(key).collect()
    }

    fn compared(before: &[u8], after: &[u8], most: usize) -> (Vec<String>, usize, bool) {
        let (before, after) = (row(before), row(after));
        let row = Row::new(before.iter().collect());
        let after: Vec<_> = after.iter().collect();
        let found = row.differences(&after, most);
        let number = |thing: &Thing| thing.octets()[0];
        let listed = found.listed.iter().map(|difference| match difference {
            Difference::Removed(thing) => format!("-{}", number(thing)),
            Difference::Added(thing) => format!("+{}", number(thing)),
            Difference::Replaced { before, after } => {
                format!("{}>{}", number(before), number(after))
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(found.is_empty(), found == Differences::default());
        (listed.collect(), found.more, found.is_reordered)
    }

    #[test]
    fn what_is_on_both_sides_in_the_same_order_is_no_difference() {
        assert_eq!(compared(&[], &[], 9), (vec![], 0, false));
        assert_eq!(compared(&[1, 2, 1], &[1, 2, 1], 9), (vec![], 0, false));
    }

    #[test]
    fn the_order_counts_and_copies_count() {
        assert_eq!(compared(&[1, 2], &[2, 1], 9), (vec![], 0, true));
        assert_eq!(compared(&[1, 1], &[1], 9), (vec!["-1".into()], 0, false));
        assert_eq!(compared(&[1], &[1, 1], 9), (vec!["+1".into()], 0, false));
    }

    #[test]
    fn one_that_has_gone_and_one_that_has_come_belong_together() {
        assert_eq!(
            compared(&[1, 2], &[1, 3], 9),
            (vec!["2>3".into()], 0, false)
        );
        let both = (vec!["-1".into(), "-2".into(), "+3".into()], 0, false);
        assert_eq!(compared(&[1, 2], &[3], 9), both);
    }

    #[test]
    fn no_more_are_listed_than_are_asked_for() {
        let numbers: Vec<_> = (1..=100).collect();
        let listed = (vec!["-1".into(), "-2".into()], 98, false);
        assert_eq!(compared(&numbers, &[], 2), listed);
        let listed = (vec!["+1".into(), "+2".into()], 98, false);
        assert_eq!(compared(&[], &numbers, 2), listed);
        assert_eq!(compared(&[1, 2], &[3], 0), (vec![], 3, false));
    }

    #[test]
    fn many_copies_are_one_scan() {
        let many = vec![7; 100_000];
        assert_eq!(compared(&many, &many, 9), (vec![], 0, false));
    }
}
