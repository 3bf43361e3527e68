//! Every rule, by what becomes of a mesh that breaks it.

mod broken;
mod notes;
mod refused;
mod warnings;

use super::super::istio_version::IstioVersion;
pub use broken::*;
pub use notes::*;
pub use refused::*;
pub use warnings::*;

/// What becomes of a mesh that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// istiod does not start, or makes a CA of its own in silence.
    Refused,
    /// istiod starts, and the mesh breaks: handshakes fail, or a key leaks.
    Broken,
    /// It works, and will hurt.
    Warning,
    /// It is good to know.
    Note,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Refused, Self::Broken, Self::Warning, Self::Note];

    /// E, B, W or N.
    pub fn letter(self) -> char {
        match self {
            Self::Refused => 'E',
            Self::Broken => 'B',
            Self::Warning => 'W',
            Self::Note => 'N',
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Refused => "istiod refuses it, or makes a CA of its own in silence",
            Self::Broken => "istiod starts, and the mesh breaks",
            Self::Warning => "it works today, and will hurt",
            Self::Note => "worth knowing",
        }
    }

    /// Whether nobody should be given such files.
    pub fn is_fatal(self) -> bool {
        self <= Self::Broken
    }
}

/// A rule, by a name that stays the same, and where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: &'static str,
    pub severity: Severity,
    /// What must hold.
    pub title: &'static str,
    /// What becomes of the mesh otherwise.
    pub consequence: &'static str,
    /// The same at length.
    pub explanation: &'static str,
    pub source: &'static str,
    /// The first Istio that it is true of, where that matters.
    pub since: Option<IstioVersion>,
}

/// All rules, the worst first.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [REFUSED, BROKEN, WARNINGS, NOTES]
        .into_iter()
        .flatten()
        .copied()
}

macro_rules! rules {
    ($severity:ident, $list:ident: $(
        $(#[since($since:expr)])?
        $name:ident = $id:literal, $title:literal
        => $consequence:literal
        ; $explanation:literal
        ; $source:literal
    )*) => {
        use super::{Rule, Severity};

        $(
            #[doc = $title]
            pub static $name: Rule = Rule {
                id: $id,
                severity: Severity::$severity,
                title: $title,
                consequence: $consequence,
                explanation: $explanation,
                source: $source,
                since: super::first(&[$($since)?]),
            };
        )*
        pub(super) static $list: &[&Rule] = &[$(&$name),*];
    };
}
use rules;

const fn first(versions: &[IstioVersion]) -> Option<IstioVersion> {
    match versions {
        [first, ..] => Some(*first),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_all_that_is_told_of_it() {
        let mut ids: Vec<_> = all().map(|rule| rule.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for rule in all() {
            let is_of_name = |octet: u8| octet.is_ascii_lowercase() || octet == b'-';
            assert!(rule.id.bytes().all(is_of_name), "{}", rule.id);
            for text in [rule.title, rule.consequence, rule.source] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}", rule.id);
            }
            assert!(rule.explanation.ends_with('.'), "{}", rule.id);
        }
    }

    #[test]
    fn severities_go_from_the_worst_to_the_least() {
        assert!(all().is_sorted_by_key(|rule| rule.severity));
        let fatal = Severity::ALL.map(Severity::is_fatal);
        assert_eq!(fatal, [true, true, false, false]);
    }
}
