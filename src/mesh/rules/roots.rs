//! What is in root-cert.pem besides the root that the path needs.

use super::super::{CERT_CHAIN, ROOT_CERT};
use super::path::not_valid;
use super::{
    AMBIGUOUS_ROOT, DUPLICATE_CERTIFICATE, Judge, LEAF_IN_ROOTS, ROOT_NOT_SELF_SIGNED,
    ROOT_NOT_VALID, ROOTS_SHARE_NAME,
};
use crate::pki::certificate::Certificate;

const REMOVE: &str = "remove it, if no cluster needs it: meshpki bundle remove CERT";

impl Judge<'_> {
    /// `path` is that of the signing certificate; empty, if there is none.
    pub(super) fn anchors(&mut self, roots: &[Certificate], path: &[Certificate]) {
        let once = without_repetition(roots);
        if let Some(repeated) = repeated(roots) {
            let fact = format!("{} is in it more than once", repeated.subject());
            let hint = "keep one of each";
            self.find(&DUPLICATE_CERTIFICATE, ROOT_CERT, fact, hint);
        }
        for root in &once {
            self.anchor(root, &once, path);
        }
        self.namesakes(&once, path);
    }

    fn anchor(&mut self, root: &Certificate, all: &[Certificate], path: &[Certificate]) {
        let at = self.circumstances.at;
        let subject = root.subject();
        if !root.is_ca() {
            let fact = format!("{subject} is no CA: its basicConstraints do not say CA:TRUE");
            self.find(&LEAF_IN_ROOTS, ROOT_CERT, fact, REMOVE);
        } else if !all
            .iter()
            .any(|above| self.signatures.is_issued_by(root, above))
        {
            let fact = format!("{subject} is issued by {}, and is no root", root.issuer());
            let hint = "trust the root above it: meshpki bundle add CERT";
            self.find(&ROOT_NOT_SELF_SIGNED, ROOT_CERT, fact, hint);
        }
        let is_told_of = path.contains(root) || self.invalid.contains(root);
        if !root.is_valid_at(at) && !is_told_of {
            self.find(&ROOT_NOT_VALID, ROOT_CERT, not_valid(root, at), REMOVE);
        }
    }

    /// Roots of one name with different keys.
    fn namesakes(&mut self, roots: &[Certificate], path: &[Certificate]) {
        let at = self.circumstances.at;
        let mut told: Vec<&[u8]> = Vec::new();
        for (position, root) in roots.iter().enumerate() {
            let is_namesake = |other: &&Certificate| {
                other.subject_der() == root.subject_der() && other.spki() != root.spki()
            };
            let Some(other) = roots[..position].iter().find(is_namesake) else {
                continue;
            };
            if told.contains(&root.subject_der()) {
                continue;
            }
            told.push(root.subject_der());
            let (subject, [first, second]) = (root.subject(), [other, root].map(fingerprint));
            let fact = format!(
                "two roots with different keys are called {subject}: SHA-256 {first} and {second}"
            );
            let hint = "name the next root otherwise: meshpki root-ca --cn NAME";
            self.find(&ROOTS_SHARE_NAME, ROOT_CERT, fact, hint);
        }
        let (Some(anchor), Some(child)) = (path.last(), path.iter().nth_back(1)) else {
            return;
        };
        let Some(place) = roots.iter().position(|root| root == anchor) else {
            return;
        };
        let is_mistaken = |other: &&Certificate| {
            other.subject_der() == anchor.subject_der()
                && other.spki() != anchor.spki()
                && other.is_valid_at(at)
                && !are_told_apart(child, other)
        };
        if let Some(other) = roots[..place].iter().find(is_mistaken) {
            let fact = format!(
                "{} is issued by the second root of the name {}, and nothing but its signature tells it from the first, SHA-256 {}",
                child.subject(),
                anchor.subject(),
                fingerprint(other)
            );
            let hint = self.renew();
            let file = if path.len() > 2 {
                CERT_CHAIN
            } else {
                super::super::CA_CERT
            };
            self.find(&AMBIGUOUS_ROOT, file, fact, hint);
        }
    }
}

/// Whether key identifiers say that `other` has not issued `child`.
fn are_told_apart(child: &Certificate, other: &Certificate) -> bool {
    let wanted = child.authority_key_identifier();
    let there = other.subject_key_identifier();
    wanted
        .zip(there)
        .is_some_and(|(wanted, there)| wanted != there)
}

/// The first octets of a fingerprint tell certificates apart.
fn fingerprint(certificate: &Certificate) -> String {
    let whole = certificate.sha256_fingerprint();
    format!("{}…", whole.get(..23).unwrap_or(&whole))
}

pub(super) fn repeated(certificates: &[Certificate]) -> Option<&Certificate> {
    let mut enumerated = certificates.iter().enumerate();
    let found = enumerated.find(|(at, certificate)| certificates[..*at].contains(certificate));
    found.map(|(_, certificate)| certificate)
}

fn without_repetition(certificates: &[Certificate]) -> Vec<Certificate> {
    let mut once: Vec<Certificate> = Vec::new();
    for certificate in certificates {
        if !once.contains(certificate) {
            once.push(certificate.clone());
        }
    }
    once
}
