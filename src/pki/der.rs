//! The octets of a structure's parts, as they stand: for what must be carried over unharmed.

use x509_parser::asn1_rs::{Any, FromBer};

/// The elements inside the constructed value `der`, each with its header, octet for octet.
/// `None` if `der` is not one value, or its contents are not a row of values.
pub fn elements(der: &[u8]) -> Option<Vec<&[u8]>> {
    let (after, value) = Any::from_ber(der).ok()?;
    if !after.is_empty() {
        return None;
    }
    let mut rest = value.data;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (after, _) = Any::from_ber(rest).ok()?;
        elements.push(&rest[..rest.len() - after.len()]);
        rest = after;
    }
    Some(elements)
}

/// A SEQUENCE of `elements`, each already DER.
pub fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for element in elements {
                writer.next().write_der(element);
            }
        });
    })
}

/// A BIT STRING of whole octets.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    yasna::construct_der(|writer| writer.write_bitvec_bytes(octets, octets.len() * 8))
}

/// The octets of the BIT STRING `der`, if it is one of whole octets.
pub fn octets_of_bit_string(der: &[u8]) -> Option<Vec<u8>> {
    match Any::from_ber(der).ok()?.1.data {
        [0, octets @ ..] => Some(octets.to_vec()),
        _ => None,
    }
}

/// The fields of a certificate's TBSCertificate (RFC 5280 §4.1) that are copied or replaced as
/// octets, never decoded and encoded again.
pub struct TbsFields<'a> {
    fields: Vec<&'a [u8]>,
    /// Where serialNumber stands: 0 in X.509 v1, which writes no version, else 1.
    serial_number: usize,
}

impl<'a> TbsFields<'a> {
    /// Of the certificate `der`. `None` if it is none.
    pub fn of(der: &'a [u8]) -> Option<Self> {
        const EXPLICIT_VERSION: u8 = 0xA0;

        let fields = elements(elements(der)?.first()?)?;
        let has_version = fields.first()?.first() == Some(&EXPLICIT_VERSION);
        let serial_number = usize::from(has_version);
        (fields.len() > serial_number + 5).then_some(Self {
            fields,
            serial_number,
        })
    }

    pub fn issuer(&self) -> &'a [u8] {
        self.fields[self.serial_number + 2]
    }

    pub fn subject(&self) -> &'a [u8] {
        self.fields[self.serial_number + 4]
    }

    /// Each Extension, if there are any.
    pub fn extensions(&self) -> Vec<&'a [u8]> {
        const EXPLICIT_EXTENSIONS: u8 = 0xA3;

        let field = self
            .fields
            .last()
            .filter(|field| field[0] == EXPLICIT_EXTENSIONS);
        let extensions = field.and_then(|field| elements(elements(field)?.first()?));
        extensions.unwrap_or_default()
    }

    /// The TBSCertificate with another signature algorithm, issuer, subject and
    /// SubjectPublicKeyInfo, each given in DER.
    pub fn reissued(
        &self,
        signature_algorithm: &[u8],
        issuer: &[u8],
        subject: &[u8],
        spki: &[u8],
    ) -> Vec<u8> {
        let mut fields = self.fields.clone();
        fields[self.serial_number + 1] = signature_algorithm;
        fields[self.serial_number + 2] = issuer;
        fields[self.serial_number + 4] = subject;
        fields[self.serial_number + 5] = spki;
        sequence(&fields)
    }
}

/// A value of BER, definite or indefinite in length: the octets are as they stand, nothing is
/// decoded further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    /// The identifier octet.
    pub tag: u8,
    pub contents: &'a [u8],
    /// The value with its header and, if it has them, its end-of-contents octets.
    pub whole: &'a [u8],
}

/// The value at the start of `octets`, and what follows it. Each octet is looked at once, and
/// nesting takes no stack.
pub fn value(octets: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let header = header(octets)?;
    let (content_end, end) = if let Some(length) = header.length {
        let end = header.octets.checked_add(length)?;
        (end, end)
    } else {
        let end = end_of_contents(octets, header.octets)?;
        (end - 2, end)
    };
    let value = Value {
        tag: octets[0],
        contents: octets.get(header.octets..content_end)?,
        whole: &octets[..end],
    };
    Some((value, &octets[end..]))
}

/// The values in a row in `octets`, up to the first that is none.
pub fn values(octets: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (value, after) = value(rest)?;
        rest = after;
        Some(value)
    })
}

/// Identifier and length (X.690 §8.1.2, §8.1.3).
struct Header {
    octets: usize,
    /// `None` is the indefinite form.
    length: Option<usize>,
}

fn header(octets: &[u8]) -> Option<Header> {
    const LONG_TAG: u8 = 0x1F;
    const CONSTRUCTED: u8 = 0x20;

    let tag = *octets.first()?;
    let mut at = 1;
    if tag & LONG_TAG == LONG_TAG {
        at += 1 + octets[at..].iter().position(|octet| octet & 0x80 == 0)?;
    }
    let first = *octets.get(at)?;
    at += 1;
    let length = match first {
        0..0x80 => Some(usize::from(first)),
        0x80 if tag & CONSTRUCTED == 0 => return None,
        0x80 => None,
        _ => {
            let count = usize::from(first & 0x7F);
            let digits = octets.get(at..at + count)?;
            at += count;
            let length = digits.iter().try_fold(0_usize, |length, &digit| {
                Some(length.checked_mul(256)? + usize::from(digit))
            });
            Some(length?)
        }
    };
    Some(Header { octets: at, length })
}

/// The offset behind the end-of-contents octets that close the contents from `at` on.
fn end_of_contents(octets: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 1_usize;
    loop {
        let rest = octets.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            at += 2;
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            continue;
        }
        let header = header(rest)?;
        at += header.octets;
        match header.length {
            Some(length) => at = at.checked_add(length)?,
            None => open += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_every_form_are_read() {
        let contents =
            |octets: &'static [u8]| value(octets).map(|(value, rest)| (value.contents, rest));
        assert_eq!(contents(&[0x30, 1, 7, 8]), Some((&[7][..], &[8][..])));
        assert_eq!(contents(&[0x30, 0x82, 0, 1, 7]), Some((&[7][..], &[][..])));
        assert_eq!(
            contents(&[0x30, 0x80, 0x30, 0x80, 0, 0, 2, 1, 0, 0, 0, 9]),
            Some((&[0x30, 0x80, 0, 0, 2, 1, 0][..], &[9][..]))
        );
        assert_eq!(
            contents(&[0x9F, 0x81, 0x01, 1, 5]),
            Some((&[5][..], &[][..]))
        );
        for broken in [
            &[][..],
            &[0x30],
            &[0x30, 2, 1],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x80, 0],
            &[0x30, 0xFF, 1],
            &[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x3F, 0x80],
        ] {
            assert_eq!(value(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_million_open_values_take_no_stack() {
        assert_eq!(value(&[0x30, 0x80].repeat(1_000_000)), None);
    }

    proptest! {
        #[test]
        fn a_value_and_what_follows_are_the_whole(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some((value, rest)) = value(&octets) {
                prop_assert_eq!([value.whole, rest].concat(), octets);
            }
        }
    }
}
