//! A public key as OpenSSL prints it in a certificate. To decode one and to print it, OpenSSL looks
//! through all its decoders and encoders each time: usual keys are printed here.

use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcPoint};

use crate::pki::summary;
use crate::pki::usual::{Curve, UsualKey};

/// The lines of the SubjectPublicKeyInfo `spki`. `None` if OpenSSL is to print it.
pub(super) fn lines(spki: &[u8]) -> Option<String> {
    match UsualKey::of(spki)? {
        UsualKey::Rsa { modulus, exponent } => Some(rsa(modulus, exponent)),
        UsualKey::Ec { curve, point } => ec(curve, point),
    }
}

fn rsa(modulus: &[u8], exponent: u32) -> String {
    let digits = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let unused = digits.first().map_or(0, |first| first.leading_zeros());
    let bits = digits.len() * 8 - unused as usize;
    let mut lines = heading("rsaEncryption", bits);
    lines += "                Modulus:\n";
    push_octets(&mut lines, modulus);
    lines += &format!("                Exponent: {exponent} ({exponent:#x})\n");
    lines
}

fn ec(curve: &Curve, point: &[u8]) -> Option<String> {
    // OpenSSL has no key whose point is not on the curve.
    let group = EcGroup::from_curve_name(curve.nid).ok()?;
    let mut context = BigNumContext::new().ok()?;
    EcPoint::from_bytes(&group, point, &mut context).ok()?;
    let mut lines = heading("id-ecPublicKey", curve.bits);
    lines += "                pub:\n";
    push_octets(&mut lines, point);
    for (label, name) in [("ASN1 OID", curve.name), ("NIST CURVE", curve.nist_name)] {
        lines += &format!("                {label}: {name}\n");
    }
    Some(lines)
}

fn heading(algorithm: &str, bits: usize) -> String {
    format!(
        "        Subject Public Key Info:\n            Public Key Algorithm: {algorithm}\n                Public-Key: ({bits} bit)\n"
    )
}

/// Fifteen octets a line.
fn push_octets(lines: &mut String, octets: &[u8]) {
    const A_LINE: usize = 15;

    for line in octets.chunks(A_LINE) {
        lines.push_str("                    ");
        lines.push_str(&summary::hex(line, ":").to_ascii_lowercase());
        lines.push_str(":\n");
    }
    // A colon stands between octets.
    lines.truncate(lines.len() - ":\n".len());
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::x509::{X509, X509NameBuilder};

    use super::*;
    use crate::pki::find::{self, Item};
    use crate::pki::text::{self, NameOptions, Printable};

    /// A certificate for the key, by itself.
    fn certified(key: &PKey<Private>) -> Vec<u8> {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "a").unwrap();
        let name = name.build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_subject_name(&name).unwrap();
        certificate.set_issuer_name(&name).unwrap();
        certificate.set_pubkey(key).unwrap();
        certificate.sign(key, MessageDigest::sha256()).unwrap();
        certificate.build().to_der().unwrap()
    }

    /// Whether the text of the certificate `der` has lines from here. It is OpenSSL's in any case.
    fn is_printed_here(der: &[u8]) -> bool {
        let items = find::in_der(der).unwrap_or_default();
        let Some(Item::Certificate(certificate)) = items.first() else {
            return false;
        };
        let names = NameOptions::default();
        let theirs = Printable::new(certificate).map(|printable| printable.text(names));
        assert_eq!(text::certificate(certificate, names), theirs, "{der:02x?}");
        summary::spki(der).and_then(lines).is_some()
    }

    fn keys() -> Vec<PKey<Private>> {
        let curves = ["P-256", "P-384", "P-521"].map(|curve| PKey::ec_gen(curve).unwrap());
        let rsa = [512, 1023, 1024].map(|bits| PKey::from_rsa(Rsa::generate(bits).unwrap()));
        curves.into_iter().chain(rsa.map(Result::unwrap)).collect()
    }

    #[test]
    fn the_usual_keys_are_printed_as_openssl_prints_them() {
        for key in keys() {
            assert!(is_printed_here(&certified(&key)), "{key:?}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_left_to_openssl() {
        let curve = PKey::ec_gen("secp256k1").unwrap();
        for key in [PKey::generate_ed448().unwrap(), curve] {
            let spki = key.public_key_to_der().unwrap();
            assert_eq!(lines(&spki), None);
        }
    }

    /// Points that are not on the curve, numbers that are even, lengths that are too long, algorithms
    /// that are others.
    #[test]
    fn whatever_octet_of_a_key_is_another_the_text_is_that_of_openssl() {
        let mut printed_here = 0;
        for key in keys() {
            let der = certified(&key);
            let spki = summary::spki(&der).unwrap();
            let start = memchr::memmem::find(&der, spki).unwrap();
            for at in start..start + spki.len() {
                for flipped in [0x01, 0x80, 0xFF] {
                    let mut der = der.clone();
                    der[at] ^= flipped;
                    printed_here += usize::from(is_printed_here(&der));
                }
            }
        }
        assert!(printed_here > 100, "{printed_here}");
    }
}
