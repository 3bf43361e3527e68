//! The issuer that is not on the heap.

use super::Piece;
use crate::pki::certificate::Certificate;
use crate::pki::summary::colons;

/// That nothing on the heap has issued a certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingIssuer {
    /// What it has issued.
    pub below: Certificate,
    /// What goes by its name, and is another.
    pub namesakes: Vec<Namesake>,
}

/// A certificate by the name of the issuer.
#[derive(Debug, Clone, PartialEq)]
pub struct Namesake {
    pub piece: Piece,
    pub misfit: Misfit,
}

/// Why a certificate by that name is not the issuer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    OtherKey,
    /// The name reads the same, and has other octets: Go compares octets (crypto/x509,
    /// CertPool.findPotentialParents).
    OtherEncoding,
}

impl MissingIssuer {
    pub(super) fn of(below: &Certificate, pieces: &[Piece]) -> Self {
        let issuer = below.issuer();
        let namesakes = pieces.iter().filter_map(|piece| {
            let candidate = &piece.certificate;
            let misfit = if candidate.subject_der() == below.issuer_der() {
                Misfit::OtherKey
            } else if candidate.subject() == issuer {
                Misfit::OtherEncoding
            } else {
                return None;
            };
            let piece = piece.clone();
            Some(Namesake { piece, misfit })
        });
        Self {
            below: below.clone(),
            namesakes: namesakes.collect(),
        }
    }
}

/// For a message: `O = Corp, CN = Policy CA (key identifier AB:CD) is missing, which issued …`.
pub(super) fn told(missing: &[MissingIssuer]) -> String {
    let told: Vec<_> = missing.iter().map(one).collect();
    told.join("; ")
}

fn one(missing: &MissingIssuer) -> String {
    let below = &missing.below;
    let (issuer, subject) = (below.issuer(), below.subject());
    let wanted = identified(below.authority_key_identifier());
    let mut text =
        format!("the certificate of {issuer} is missing{wanted}, which issued {subject}");
    for Namesake { piece, misfit } in &missing.namesakes {
        let source = &piece.source;
        text += &match misfit {
            Misfit::OtherKey => {
                let identifier = identified(piece.certificate.subject_key_identifier());
                format!("; {source} has that name, and another key{identifier}")
            }
            Misfit::OtherEncoding => {
                format!(
                    "; {source} has that name in other octets, by which istiod does not find it"
                )
            }
        };
    }
    text
}

fn identified(identifier: Option<&[u8]>) -> String {
    identifier.map_or_else(String::new, |identifier| {
        format!(" (key identifier {})", colons(identifier))
    })
}
