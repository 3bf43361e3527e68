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
