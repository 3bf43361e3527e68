//! The roots that clusters trust, told apart by their certificates and not by their names.

use std::collections::HashMap;

use super::{BundleId, CertificateId, Trust};
use crate::pki::certificate::Certificate;
use crate::pki::path::CertificationPath;
use crate::pki::signatures::Signatures;

/// A root that some cluster trusts.
pub struct Root<'a> {
    /// `A`, `B` and so on: shorter than a fingerprint, and not the same for two, as a name may be.
    pub label: String,
    pub certificate: &'a Certificate,
    /// How many clusters' certificates lead to it.
    pub led_to_by: usize,
    /// How many clusters trust it.
    pub trusted_by: usize,
    id: CertificateId,
}

/// The roots, those first that clusters' certificates lead to.
pub struct Roots<'a> {
    pub all: Vec<Root<'a>>,
    places: HashMap<CertificateId, usize>,
}

impl Trust {
    pub fn roots(&self) -> Roots<'_> {
        let mut leading = Vec::new();
        let mut trusting = Vec::new();
        let mut led_to_by: HashMap<_, usize> = HashMap::new();
        let mut trusted_by: HashMap<_, usize> = HashMap::new();
        let mut above = HashMap::new();
        for (number, cluster) in self.clusters.iter().enumerate() {
            if let Some(id) = self.root_of(number) {
                let bundle = cluster.bundle;
                let above = above.entry((id, bundle));
                let above: &Vec<_> = above.or_insert_with(|| self.above(id, bundle));
                for &id in std::iter::once(&id).chain(above) {
                    leading.push(id);
                    *led_to_by.entry(id).or_default() += 1;
                }
            }
            for &id in &self.bundles[cluster.bundle] {
                trusting.push(id);
                *trusted_by.entry(id).or_default() += 1;
            }
        }
        let mut roots = Roots {
            all: Vec::new(),
            places: HashMap::new(),
        };
        for id in leading.into_iter().chain(trusting) {
            let place = roots.all.len();
            if *roots.places.entry(id).or_insert(place) == place {
                roots.all.push(Root {
                    label: label(place),
                    certificate: &self.certificates[id],
                    led_to_by: led_to_by.get(&id).copied().unwrap_or_default(),
                    trusted_by: trusted_by.get(&id).copied().unwrap_or_default(),
                    id,
                });
            }
        }
        roots
    }

    /// The CAs of `bundle` above `anchor`, if that is no root's.
    fn above(&self, anchor: CertificateId, bundle: BundleId) -> Vec<CertificateId> {
        let bundle = self.bundles[bundle].iter().copied();
        let paths = self.paths_above(anchor, bundle.clone());
        let is_above = |id: &CertificateId| {
            let certificate = &self.certificates[*id];
            paths.iter().any(|path| path.above().contains(certificate))
        };
        bundle.filter(is_above).collect()
    }

    /// The paths from `anchor` upwards by way of `others`; none, if it goes by the name of a root.
    pub(super) fn paths_above(
        &self,
        anchor: CertificateId,
        others: impl Iterator<Item = CertificateId>,
    ) -> Vec<CertificationPath> {
        let anchor = &self.certificates[anchor];
        if anchor.is_self_issued() {
            return Vec::new();
        }
        let others: Vec<_> = others.map(|id| self.certificates[id].clone()).collect();
        CertificationPath::all_from(anchor, &others, &mut Signatures::default())
    }
}

impl<'a> Roots<'a> {
    /// The root that the certificates of `cluster` lead to.
    pub fn led_to(&self, trust: &Trust, cluster: usize) -> Option<&Root<'a>> {
        let place = self.places.get(&trust.root_of(cluster)?)?;
        self.all.get(*place)
    }

    /// Of the roots that any cluster's certificates lead to, those that `cluster` trusts.
    pub fn trusted(&self, trust: &Trust, cluster: usize) -> impl Iterator<Item = &Root<'a>> {
        let bundle = &trust.bundles[trust.clusters[cluster].bundle];
        let used = self.all.iter().filter(|root| root.led_to_by > 0);
        used.filter(|root| bundle.contains(&root.id))
    }

    /// Roots that share a name and not a key: whoever compares subjects takes them for one.
    pub fn namesakes(&self) -> Vec<Vec<&Root<'a>>> {
        let mut of_name: HashMap<&[u8], Vec<&Root<'a>>> = HashMap::new();
        for root in &self.all {
            let namesakes = of_name.entry(root.certificate.subject_der()).or_default();
            namesakes.push(root);
        }
        let has_two_keys = |roots: &Vec<&Root<'_>>| {
            let first = roots[0].certificate.spki();
            roots.iter().any(|root| root.certificate.spki() != first)
        };
        let mut namesakes: Vec<_> = of_name.into_values().filter(has_two_keys).collect();
        namesakes.sort_by_key(|roots| self.places[&roots[0].id]);
        namesakes
    }
}

/// `A` to `Z`, `AA`, `AB` and so on.
fn label(mut number: usize) -> String {
    const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    let mut label = String::new();
    loop {
        label.insert(0, char::from(LETTERS[number % 26]));
        if number < 26 {
            return label;
        }
        number = number / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_as_columns_of_a_sheet_are() {
        let labels: Vec<_> = [0, 25, 26, 51, 52, 701, 702].map(label).into();
        assert_eq!(labels, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
