//! Names of which a part may be anything.

use std::fmt;
use std::str::FromStr;

/// A name, or several at once: of one that is parsed, `*` stands for any characters, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What has to be there, in this order; between two of them anything may be.
    parts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an empty name permits nothing: \"*\" permits every name")]
pub struct PatternError;

impl Pattern {
    /// This name and no other, whatever characters are in it.
    pub fn literal(name: &str) -> Self {
        let parts = vec![name.to_owned()];
        Self { parts }
    }

    pub fn matches(&self, name: &str) -> bool {
        matches(&self.parts, name)
    }

    /// For DNS names (RFC 4343).
    pub fn matches_ignoring_case(&self, name: &str) -> bool {
        let parts = self.parts.iter();
        let parts: Vec<_> = parts.map(|part| part.to_ascii_lowercase()).collect();
        matches(&parts, &name.to_ascii_lowercase())
    }
}

/// Whether `name` is `parts` with anything between them. Of each part but the last, the first place
/// where it fits is as good as any other.
fn matches(parts: &[String], name: &str) -> bool {
    let Some((first, others)) = parts.split_first() else {
        return false;
    };
    let Some(mut rest) = name.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, between)) = others.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.split_once(part.as_str()) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError);
        }
        let parts = text.split('*').map(str::to_owned).collect();
        Ok(Self { parts })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::escape::text(&self.parts.join("*")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_star_is_any_characters_or_none() {
        for (text, name) in [
            ("*", ""),
            ("*", "cluster1"),
            ("eu-*", "eu-"),
            ("eu-*", "eu-west-1"),
            ("*-prod", "eu-prod-prod"),
            ("a*b*c", "abbc"),
            ("a*b*c", "a-b-b-c"),
            ("a**c", "abc"),
            ("ä*", "äö"),
        ] {
            assert!(pattern(text).matches(name), "{text} {name}");
        }
        for (text, name) in [
            ("eu-*", "us-eu-"),
            ("*-prod", "eu-prod-"),
            ("a*b*c", "acb"),
            ("ab*ba", "aba"),
            ("cluster1", "cluster10"),
            ("Acme", "acme"),
        ] {
            assert!(!pattern(text).matches(name), "{text} {name}");
        }
        assert!(pattern("*.svc").matches_ignoring_case("A.SVC"));
        assert_eq!("".parse::<Pattern>(), Err(PatternError));
    }

    #[test]
    fn a_literal_name_has_no_such_star() {
        let name = Pattern::literal("*.example.com");
        assert!(name.matches("*.example.com"));
        assert!(!name.matches("a.example.com"));
    }

    /// The rule, said once more: one character after the other.
    fn is_match(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|skipped| is_match(rest, &name[skipped..])),
            Some((octet, rest)) => name.first() == Some(octet) && is_match(rest, &name[1..]),
        }
    }

    proptest! {
        #[test]
        fn exactly_what_the_rule_says_is_a_match(text in "[ab*]{1,6}", name in "[ab]{0,8}") {
            let expected = is_match(text.as_bytes(), name.as_bytes());
            prop_assert_eq!(pattern(&text).matches(&name), expected);
            prop_assert_eq!(pattern(&text).to_string(), text);
        }
    }
}
