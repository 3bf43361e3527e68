//! root-cert.pem as it changes: octets that stay are never touched.
//!
//! A running istiod 1.20 to 1.29 takes a new root-cert.pem only if the old text is a contiguous
//! part of the new one, or the new one of the old (istio security/pkg/pki/ca/ca.go,
//! `bytes.Contains`); from 1.30 on it compares sets of certificates.

use super::rules::{self, BlockFault};
use crate::pki::certificate::Certificate;
use crate::pki::pem;

/// A root-cert.pem that istiod would not read, or should not be given.
#[derive(Debug, thiserror::Error)]
#[error("root-cert.pem: {fact}")]
pub struct BundleError {
    pub fact: String,
    pub hint: &'static str,
}

/// The certificates of root-cert.pem: at least one, and nothing else in PEM.
pub fn certificates(bundle: &[u8]) -> Result<Vec<Certificate>, BundleError> {
    let refused = |BlockFault { fact, hint, .. }| BundleError {
        fact,
        hint: hint.unwrap_or("keep the CERTIFICATE blocks of the mesh's roots, and nothing else"),
    };
    let certificates = pem::blocks(bundle)
        .iter()
        .map(|block| rules::public_certificate(super::ROOT_CERT, block).map_err(refused))
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err(BundleError {
            fact: "there is no certificate in it".to_owned(),
            hint: "write the root's certificate into it, in PEM",
        });
    }
    Ok(certificates)
}

/// `bundle` with `root` at its end.
pub fn with(bundle: &[u8], root: &Certificate) -> Vec<u8> {
    let mut text = bundle.to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(root.to_pem().as_bytes());
    text
}

/// What is left when a root is removed.
#[derive(Debug, PartialEq, Eq)]
pub enum Removed {
    /// It was not there.
    Absent,
    /// Nothing else was there.
    All,
    /// Something else was: this.
    Leaving(Vec<u8>),
}

/// `bundle` without `root`, however often it stands there. Text between certificates belongs to
/// the one that follows it, as the comments in bundles do, and text at the end to the last one.
pub fn without(bundle: &[u8], root: &Certificate) -> Removed {
    let blocks = pem::blocks(bundle);
    let last = blocks.len().saturating_sub(1);
    let is_root = |block: &pem::Block| {
        Certificate::from_block(block).is_ok_and(|certificate| certificate == *root)
    };
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut position = 0;
    for (number, block) in blocks.iter().enumerate() {
        let end = if number == last {
            bundle.len()
        } else {
            after_line(bundle, block.end)
        };
        if !is_root(block) {
            kept.push(&bundle[position..end]);
        }
        position = end;
    }
    if kept.len() == blocks.len() {
        return Removed::Absent;
    }
    if kept.is_empty() {
        return Removed::All;
    }
    let text = kept.concat();
    Removed::Leaving(text)
}

/// Whether `text` stands in `bundle` in one piece.
pub fn is_contiguous(text: &[u8], bundle: &[u8]) -> bool {
    memchr::memmem::find(bundle, text).is_some()
}

/// The offset behind the line that `offset` is on.
fn after_line(text: &[u8], offset: usize) -> usize {
    let line_end = text[offset..].iter().position(|&octet| octet == b'\n');
    line_end.map_or(text.len(), |length| offset + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::profile;
    use crate::pki::authority::CertificateAuthority;
    use crate::pki::key::{KeySpec, PrivateKey};
    use crate::pki::name::{Attribute, DistinguishedName};
    use crate::pki::validity::Validity;
    use time::Duration;
    use time::macros::datetime;

    fn root(name: &str) -> Certificate {
        let subject = DistinguishedName::new([(Attribute::CommonName, name)]).unwrap();
        let now = datetime!(2026-01-01 00:00 UTC);
        let validity = Validity::starting(now, Duration::ZERO, 1).unwrap();
        let spec = profile::root_ca(subject, validity, None);
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let authority = CertificateAuthority::self_signed(&spec, key).unwrap();
        authority.certificate().clone()
    }

    fn left(bundle: &[u8], root: &Certificate) -> (Vec<u8>, bool) {
        match without(bundle, root) {
            Removed::Leaving(text) => {
                let contiguous = is_contiguous(&text, bundle);
                (text, contiguous)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_root_that_comes_and_goes_leaves_every_octet() {
        let [a, b] = ["a", "b"].map(root);
        let before = format!("# the first\r\n{}", a.to_pem()).into_bytes();
        let both = with(&before, &b);
        assert!(both.starts_with(&before));
        assert_eq!(left(&both, &b), (before, true));
        assert_eq!(left(&both, &a), (b.to_pem().into_bytes(), true));
    }

    #[test]
    fn a_missing_line_feed_at_the_end_is_added_before_the_next() {
        let [a, b] = ["a", "b"].map(root);
        let both = with(a.to_pem().trim_end().as_bytes(), &b);
        assert_eq!(both, (a.to_pem() + &b.to_pem()).into_bytes());
    }

    #[test]
    fn text_at_the_end_belongs_to_the_last_root() {
        let [a, b] = ["a", "b"].map(root);
        let text = format!("{}{}# the end", a.to_pem(), b.to_pem());
        let second = format!("{}# the end", b.to_pem());
        assert_eq!(left(text.as_bytes(), &a), (second.into_bytes(), true));
        assert_eq!(left(text.as_bytes(), &b), (a.to_pem().into_bytes(), true));
    }

    #[test]
    fn one_from_between_others_leaves_a_gap_that_is_told() {
        let [a, b, c] = ["a", "b", "c"].map(root);
        let all = [&a, &b, &c].map(Certificate::to_pem).concat();
        let (text, contiguous) = left(all.as_bytes(), &b);
        assert_eq!(text, (a.to_pem() + &c.to_pem()).into_bytes());
        assert!(!contiguous);
    }

    #[test]
    fn every_copy_goes_and_the_last_root_stays() {
        let [a, b] = ["a", "b"].map(root);
        let twice = [&a, &b, &b].map(Certificate::to_pem).concat();
        assert_eq!(left(twice.as_bytes(), &b), (a.to_pem().into_bytes(), true));
        assert_eq!(without(a.to_pem().as_bytes(), &b), Removed::Absent);
        assert_eq!(without(a.to_pem().as_bytes(), &a), Removed::All);
    }
}
