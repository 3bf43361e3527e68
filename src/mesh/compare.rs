//! Whether two files, folders or Kubernetes objects hold the same certificates.
//!
//! Folders and objects are compared name by name; a file is compared with what has its name in an
//! object, or with all that is there. Where there are many objects on one side, each of them is
//! compared with what is on the other; where there are many on both, each with its namesake.

mod pairs;
mod side;

use std::collections::HashMap;

use crate::mesh::objects::ObjectName;
use crate::pki::compare::{Differences, Kind, Thing};
use pairs::{Known, KnownParts, Named};

pub use side::{Form, Holder, Part, Side};

/// What was compared, and how each comparison came out.
pub struct Comparison<'s> {
    pub pairs: Vec<Pair>,
    /// Those of pairs that are alike are here once.
    pub outcomes: Vec<Outcome<'s>>,
}

/// Two parts that were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub object: Option<ObjectName>,
    /// The name of the file, or the key; none of a whole side.
    pub name: Option<String>,
    /// Its index among the outcomes.
    pub outcome: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<'s> {
    /// The same octets.
    Identical,
    /// The same certificates (and keys, and CRLs), in the same order, in other octets.
    Same(Vec<Kind>),
    Differs(Differences<'s>),
    /// It is in the first side alone.
    OnlyBefore,
    /// It is in the second side alone.
    OnlyAfter,
    /// An entry that is meant for certificates has none.
    Nothing,
    /// An object that is not about certificates.
    NotCompared,
    /// Why, and where.
    Unreadable(String),
    /// Private keys that are encrypted, in other octets: whether they are the same cannot be told.
    Sealed,
}

/// How a comparison came out, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    NotCompared,
    Identical,
    Same,
    Differs,
    Unreadable,
}

impl Outcome<'_> {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NotCompared => Verdict::NotCompared,
            Self::Identical => Verdict::Identical,
            Self::Same(_) => Verdict::Same,
            Self::Differs(_) | Self::OnlyBefore | Self::OnlyAfter | Self::Nothing => {
                Verdict::Differs
            }
            Self::Unreadable(_) | Self::Sealed => Verdict::Unreadable,
        }
    }
}

impl Comparison<'_> {
    /// The worst of all.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.outcomes.iter().map(Outcome::verdict);
        verdicts.max().unwrap_or(Verdict::NotCompared)
    }
}

/// So many differences of one object among many are listed: of a thousand that all differ, a
/// thousand lists would be the product of the two sides.
const MOST_OF_ONE: usize = 4;

/// Holds `before` against `after`.
pub fn compare<'s>(before: &'s Side, after: &'s Side) -> Comparison<'s> {
    let mut comparison = Comparison {
        pairs: Vec::new(),
        outcomes: Vec::new(),
    };
    match (before.holders.as_slice(), after.holders.as_slice()) {
        ([one], others) if before.form == Form::File => {
            comparison.file(one, before.file_name.as_deref(), others, Turn::AsGiven);
        }
        (others, [one]) if after.form == Form::File => {
            comparison.file(one, after.file_name.as_deref(), others, Turn::Reversed);
        }
        ([one], others) => comparison.one(one, others, Turn::AsGiven),
        (others, [one]) => comparison.one(one, others, Turn::Reversed),
        (before, after) => comparison.namesakes(before, after),
    }
    comparison
}

/// Which side the one is on that is compared with each of the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It is the first.
    AsGiven,
    Reversed,
}

/// The kinds of things there are.
fn kinds(things: &[Thing]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for thing in things {
        if !kinds.contains(&thing.kind()) {
            kinds.push(thing.kind());
        }
    }
    kinds
}

impl<'s> Comparison<'s> {
    fn add(&mut self, outcome: Outcome<'s>, turn: Turn) -> usize {
        self.outcomes.push(match turn {
            Turn::AsGiven => outcome,
            Turn::Reversed => outcome.reversed(),
        });
        self.outcomes.len() - 1
    }

    fn pair(
        &mut self,
        object: Option<&ObjectName>,
        name: Option<String>,
        outcome: Outcome<'s>,
        turn: Turn,
    ) {
        let outcome = self.add(outcome, turn);
        self.pairs.push(Pair {
            object: object.cloned(),
            name,
            outcome,
        });
    }

    /// A file and each of several objects, or another file, or a folder.
    fn file(&mut self, one: &'s Holder, name: Option<&str>, others: &'s [Holder], turn: Turn) {
        let Some(part) = one.parts.first() else {
            return;
        };
        let part = Known::new(part);
        // Of a thousand objects most are alike.
        let mut alike: HashMap<Vec<&[u8]>, usize> = HashMap::new();
        for other in others {
            let compared = pairs::selected(other, name);
            let is_readable = compared.iter().all(|part| part.fault.is_none());
            let contents = compared.iter().map(|part| part.contents.as_slice());
            let contents: Vec<_> = contents.collect();
            let outcome = alike.get(&contents).copied().unwrap_or_else(|| {
                let outcome = pairs::whole(&part, other, &compared, most(others));
                self.add(outcome, turn)
            });
            if is_readable && !compared.is_empty() {
                alike.insert(contents, outcome);
            }
            let name = match compared.as_slice() {
                [part] if other.parts.len() > 1 => part.name.clone(),
                _ => None,
            };
            self.pairs.push(Pair {
                object: other.object.clone(),
                name,
                outcome,
            });
        }
    }

    /// A folder or an object and each of several, or but one, name by name.
    fn one(&mut self, one: &'s Holder, others: &'s [Holder], turn: Turn) {
        let known = KnownParts::new(one);
        for other in others {
            let object = other.object.as_ref().filter(|_| others.len() > 1);
            let named = match other.parts.is_empty() && others.len() > 1 {
                true => Vec::new(),
                false => known.with(other, most(others)),
            };
            self.named(object, named, turn);
        }
    }

    fn named(&mut self, object: Option<&ObjectName>, named: Named<'s>, turn: Turn) {
        if named.is_empty() {
            self.pair(object, None, Outcome::NotCompared, turn);
        }
        for (name, outcome) in named {
            self.pair(object, name, outcome, turn);
        }
    }

    /// Many objects and many others: each and the one of the same name.
    fn namesakes(&mut self, before: &'s [Holder], after: &'s [Holder]) {
        let mut places: HashMap<Option<&ObjectName>, Vec<usize>> = HashMap::new();
        for (position, holder) in after.iter().enumerate().rev() {
            let place = places.entry(holder.object.as_ref());
            place.or_default().push(position);
        }
        let mut is_found = vec![false; after.len()];
        for holder in before {
            let object = holder.object.as_ref();
            if let Some(position) = places.get_mut(&object).and_then(Vec::pop) {
                is_found[position] = true;
                let named = KnownParts::new(holder).with(&after[position], MOST_OF_ONE);
                self.named(object, named, Turn::AsGiven);
            } else {
                let alone = pairs::alone(holder, Outcome::OnlyBefore);
                self.pair(object, None, alone, Turn::AsGiven);
            }
        }
        let left = after.iter().zip(is_found);
        for (holder, _) in left.filter(|(_, is_found)| !is_found) {
            let alone = pairs::alone(holder, Outcome::OnlyAfter);
            self.pair(holder.object.as_ref(), None, alone, Turn::AsGiven);
        }
    }
}

/// How many differences are listed of each.
fn most(others: &[Holder]) -> usize {
    match others.len() {
        1 => usize::MAX,
        _ => MOST_OF_ONE,
    }
}
