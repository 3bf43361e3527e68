//! The keys and signatures that nearly all certificates have: RSA, and ECDSA on NIST's curves, in
//! plain DER. For the others OpenSSL looks through all that it has, which takes longer than the rest
//! of what is done with a certificate.

use openssl::nid::Nid;

use super::{der, ffi, summary};

/// A public key of a usual kind.
pub enum UsualKey<'a> {
    /// The contents of the two INTEGERs, both odd, as all that are any good are.
    Rsa { modulus: &'a [u8], exponent: u32 },
    /// An uncompressed point, which need not be one of the curve.
    Ec {
        curve: &'static Curve,
        point: &'a [u8],
    },
}

pub struct Curve {
    pub nid: Nid,
    pub bits: usize,
    pub name: &'static str,
    pub nist_name: &'static str,
    /// What stands in front of an uncompressed point's coordinates: the AlgorithmIdentifier with the
    /// curve's name (RFC 5480 §2.1), and 4 (§2.2).
    prefix: &'static [u8],
}

static CURVES: [Curve; 3] = [
    Curve {
        nid: Nid::X9_62_PRIME256V1,
        bits: 256,
        name: "prime256v1",
        nist_name: "P-256",
        prefix: b"\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\
            \x03\x01\x07\x03\x42\x00\x04",
    },
    Curve {
        nid: Nid::SECP384R1,
        bits: 384,
        name: "secp384r1",
        nist_name: "P-384",
        prefix: b"\x30\x76\x30\x10\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x05\x2B\x81\x04\x00\x22\
            \x03\x62\x00\x04",
    },
    Curve {
        nid: Nid::SECP521R1,
        bits: 521,
        name: "secp521r1",
        nist_name: "P-521",
        prefix: b"\x30\x81\x9B\x30\x10\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x05\x2B\x81\x04\x00\
            \x23\x03\x81\x86\x00\x04",
    },
];

impl<'a> UsualKey<'a> {
    /// That of the SubjectPublicKeyInfo `spki`, if it is one.
    pub fn of(spki: &'a [u8]) -> Option<Self> {
        let point = |curve: &'static Curve| {
            let coordinates = spki.strip_prefix(curve.prefix)?;
            let is_whole = coordinates.len() == 2 * curve.bits.div_ceil(8);
            is_whole.then(|| Self::Ec {
                curve,
                point: &spki[curve.prefix.len() - 1..],
            })
        };
        CURVES.iter().find_map(point).or_else(|| rsa(spki))
    }
}

/// Has OpenSSL ready for the certificate `der`.
pub fn set_up_algorithms_for(der: &[u8]) {
    if is_usual(der) {
        ffi::few_algorithms();
    } else {
        ffi::all_algorithms();
    }
}

/// Whether the certificate `der` has a usual key, and says of its signature that it is by one, with
/// SHA-2.
fn is_usual(der: &[u8]) -> bool {
    /// SHA-256, 384 and 512 with RSA (RFC 4055 §5), and with ECDSA (RFC 5758 §3.2), less the last
    /// octet, which says which.
    const SIGNATURES: [(&[u8], &[u8], std::ops::RangeInclusive<u8>); 2] = [
        (
            b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01",
            b"\x05\x00",
            11..=13,
        ),
        (b"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03", b"", 2..=4),
    ];

    let is_known = |algorithm: &[u8]| {
        SIGNATURES.iter().any(|(before, after, numbers)| {
            let rest = algorithm.strip_prefix(*before);
            let number = rest.and_then(|rest| rest.strip_suffix(*after));
            matches!(number, Some([number]) if numbers.contains(number))
        })
    };
    summary::key_and_signatures(der).is_some_and(|(spki, signatures)| {
        signatures.into_iter().all(is_known) && UsualKey::of(spki).is_some()
    })
}

/// An RSAPublicKey (RFC 8017 §A.1.1).
fn rsa(spki: &[u8]) -> Option<UsualKey<'_>> {
    /// The AlgorithmIdentifier of rsaEncryption (RFC 3279 §2.3.1).
    const ALGORITHM: &[u8] = b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";
    const SEQUENCE: u8 = 0x30;
    const BIT_STRING: u8 = 0x03;
    const MODULUS_OCTETS: std::ops::RangeInclusive<usize> = 64..=2049;
    const EXPONENT_OCTETS: std::ops::RangeInclusive<usize> = 1..=4;

    let spki = whole(SEQUENCE, spki)?;
    let key = whole(BIT_STRING, spki.strip_prefix(ALGORITHM)?)?;
    let numbers = whole(SEQUENCE, key.strip_prefix(&[0])?)?;
    let (modulus, rest) = number(numbers)?;
    let (exponent, rest) = number(rest)?;
    let is_usual = rest.is_empty()
        && MODULUS_OCTETS.contains(&modulus.len())
        && EXPONENT_OCTETS.contains(&exponent.len());
    let digits = exponent.iter();
    let exponent = digits.fold(0, |number, &octet| number << 8 | u32::from(octet));
    is_usual.then_some(UsualKey::Rsa { modulus, exponent })
}

/// The contents of the one value of DER that `octets` are.
fn whole(tag: u8, octets: &[u8]) -> Option<&[u8]> {
    let (contents, rest) = value(tag, octets)?;
    rest.is_empty().then_some(contents)
}

/// The contents of a positive, odd INTEGER, and what follows it.
fn number(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    const INTEGER: u8 = 0x02;

    let (contents, rest) = value(INTEGER, octets)?;
    let is_minimal = match contents {
        [0, second, ..] => *second >= 0x80,
        [first, ..] => *first < 0x80,
        [] => false,
    };
    let is_odd = contents.last().is_some_and(|octet| octet & 1 == 1);
    (is_minimal && is_odd).then_some((contents, rest))
}

/// The contents of the value of DER at the start of `octets`, and what follows it. `None` if it is
/// of another kind, or its length is not in the shortest form.
fn value(tag: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (value, rest) = der::value(octets)?;
    let header = match value.contents.len() {
        0..0x80 => 2,
        0x80..0x100 => 3,
        0x100..0x1_0000 => 4,
        _ => return None,
    };
    let is_definite = value.whole.get(1) != Some(&0x80);
    let is_plain = is_definite && value.whole.len() == header + value.contents.len();
    (value.tag == tag && is_plain).then_some((value.contents, rest))
}
