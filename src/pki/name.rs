//! Distinguished names that meshpki composes (RFC 5280 §4.1.2.4, §4.1.2.6), or carries over.

use std::fmt;

/// A kind of attribute that meshpki writes into a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    Organization,
    CommonName,
    Locality,
}

impl Attribute {
    /// The largest number of characters: the `ub-…` of RFC 5280 appendix A.1.
    pub fn upper_bound(self) -> usize {
        match self {
            Self::Organization | Self::CommonName => 64,
            Self::Locality => 128,
        }
    }

    /// The short name of RFC 4514 §3.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Organization => "O",
            Self::CommonName => "CN",
            Self::Locality => "L",
        }
    }
}

/// Attributes in order: each of 1 to its upper bound of characters, without control characters,
/// and none twice. Or a name that stands in a certificate, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    attributes: Vec<(Attribute, String)>,
    carried: Option<Carried>,
}

/// A name in DER, and as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Carried {
    der: Vec<u8>,
    shown: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("the {} of a name is empty", .0.short_name())]
    Empty(Attribute),
    #[error(
        "the {} of a name has {length} characters, and RFC 5280 allows {}",
        .attribute.short_name(), .attribute.upper_bound()
    )]
    TooLong { attribute: Attribute, length: usize },
    #[error("the {} of a name has the control character {character:?} in it", .attribute.short_name())]
    Control {
        attribute: Attribute,
        character: char,
    },
    #[error("the {} stands twice in one name", .0.short_name())]
    Repeated(Attribute),
}

impl DistinguishedName {
    pub fn new<'a>(
        attributes: impl IntoIterator<Item = (Attribute, &'a str)>,
    ) -> Result<Self, NameError> {
        let mut name = Self::empty();
        let present = &mut name.attributes;
        for (attribute, value) in attributes {
            if present.iter().any(|(present, _)| *present == attribute) {
                return Err(NameError::Repeated(attribute));
            }
            present.push((attribute, checked(attribute, value)?));
        }
        Ok(name)
    }

    /// The name of a subject that is named by its subjectAltName alone (RFC 5280 §4.1.2.6).
    pub fn empty() -> Self {
        Self {
            attributes: Vec::new(),
            carried: None,
        }
    }

    /// The subject of a certificate, octet for octet.
    pub(super) fn carried(der: &[u8], shown: String) -> Self {
        let der = der.to_vec();
        Self {
            attributes: Vec::new(),
            carried: Some(Carried { der, shown }),
        }
    }

    /// The octets of a name that is carried over; one that is composed has none yet.
    pub(super) fn carried_der(&self) -> Option<&[u8]> {
        self.carried.as_ref().map(|carried| carried.der.as_slice())
    }

    /// The attributes of a name that is composed.
    pub fn attributes(&self) -> impl Iterator<Item = (Attribute, &str)> {
        self.attributes
            .iter()
            .map(|(attribute, value)| (*attribute, value.as_str()))
    }
}

/// `value`, if it can be this attribute of a name.
pub fn checked(attribute: Attribute, value: &str) -> Result<String, NameError> {
    let length = value.chars().count();
    if length == 0 {
        return Err(NameError::Empty(attribute));
    }
    if length > attribute.upper_bound() {
        return Err(NameError::TooLong { attribute, length });
    }
    match value.chars().find(|character| character.is_control()) {
        Some(character) => Err(NameError::Control {
            attribute,
            character,
        }),
        None => Ok(value.to_owned()),
    }
}

/// As OpenSSL prints it: `O = Istio, CN = Root CA`.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Carried { shown, .. }) = &self.carried {
            return f.write_str(shown);
        }
        for (position, (attribute, value)) in self.attributes().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            let value = crate::escape::text(value);
            write!(f, "{separator}{} = {value}", attribute.short_name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_count_characters_not_octets() {
        let umlauts = "ä".repeat(64);
        assert!(checked(Attribute::CommonName, &umlauts).is_ok());
        assert_eq!(
            checked(Attribute::CommonName, &(umlauts + "x"))
                .unwrap_err()
                .to_string(),
            "the CN of a name has 65 characters, and RFC 5280 allows 64"
        );
        assert!(checked(Attribute::Locality, &"l".repeat(128)).is_ok());
    }

    #[test]
    fn nothing_empty_no_control_character_nothing_twice() {
        assert_eq!(
            checked(Attribute::Organization, ""),
            Err(NameError::Empty(Attribute::Organization))
        );
        assert_eq!(
            checked(Attribute::Organization, "a\nb")
                .unwrap_err()
                .to_string(),
            "the O of a name has the control character '\\n' in it"
        );
        let twice = [(Attribute::CommonName, "a"), (Attribute::CommonName, "b")];
        assert_eq!(
            DistinguishedName::new(twice),
            Err(NameError::Repeated(Attribute::CommonName))
        );
    }
}
