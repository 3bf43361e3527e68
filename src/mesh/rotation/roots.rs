//! How root-cert.pem changes, as istiod compares it.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::super::cacerts::CacertsFiles;
use super::super::root_bundle;
use crate::pki::certificate::Certificate;
use crate::pki::{go, pem};

/// What is different about the roots.
pub struct RootsChange {
    /// Those that are new, as far as they can be read.
    pub added: Vec<Certificate>,
    /// Those that are gone.
    pub removed: Vec<Certificate>,
    /// Not an octet is different.
    pub is_same_text: bool,
    /// The one text stands in the other in one piece.
    pub is_contiguous: bool,
    /// The one set of certificates contains the other.
    pub is_contained: bool,
    /// There is no new root-cert.pem.
    pub is_missing: bool,
}

impl RootsChange {
    pub(super) fn between(old: &CacertsFiles, new: &CacertsFiles) -> Self {
        let [old_text, new_text] = [old, new].map(|files| files.root_cert.as_deref());
        let is_missing = new_text.is_none();
        let [old, new] = [old_text, new_text].map(Option::unwrap_or_default);
        let [old_roots, new_roots] = [old, new].map(roots);
        let added = without(&new_roots, &old_roots);
        let removed = without(&old_roots, &new_roots);
        Self {
            is_same_text: old == new,
            is_contiguous: root_bundle::is_contiguous(old, new)
                || root_bundle::is_contiguous(new, old),
            is_contained: added.is_empty() || removed.is_empty(),
            is_missing,
            added: readable(&added),
            removed: readable(&removed),
        }
    }
}

/// The certificates that Go sees in `text`, in DER.
fn roots(text: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let blocks = pem::scan(text).filter(go::sees);
    blocks.filter_map(|block| block.body.ok()).collect()
}

/// Those of `roots` that are not among `others`, each once.
fn without(roots: &[Zeroizing<Vec<u8>>], others: &[Zeroizing<Vec<u8>>]) -> Vec<Zeroizing<Vec<u8>>> {
    let others: HashSet<_> = others.iter().map(|root| root.as_slice()).collect();
    let mut seen = HashSet::new();
    let left = roots
        .iter()
        .filter(|root| !others.contains(root.as_slice()));
    left.filter(|root| seen.insert(root.as_slice()))
        .cloned()
        .collect()
}

fn readable(roots: &[Zeroizing<Vec<u8>>]) -> Vec<Certificate> {
    roots
        .iter()
        .filter_map(|root| Certificate::from_der(root).ok())
        .collect()
}
