//! Certificates in no order, as a corporate PKI hands them over, and the paths that are among them.

mod climb;
mod missing;
mod path;

use std::collections::HashSet;

use time::OffsetDateTime;

use self::climb::Climb;
pub use self::missing::{Misfit, MissingIssuer, Namesake};
pub use self::path::Path;
use super::find;
use crate::pki::certificate::Certificate;
use crate::pki::find::Item;
use crate::pki::key::PublicKey;

/// Certificates from any number of files, each once.
#[derive(Default)]
pub struct Heap {
    pieces: Vec<Piece>,
    seen: HashSet<Vec<u8>>,
}

/// A certificate, and where it was found first.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub certificate: Certificate,
    pub source: String,
}

/// What was found in a file.
#[derive(Default)]
pub struct Added {
    /// Its certificates, in order, those among them that were on the heap before.
    pub certificates: Vec<Certificate>,
    /// Where something cannot be read, what, and why.
    pub broken: Vec<String>,
    /// Where something else is, and what.
    pub others: Vec<String>,
}

/// Why there is no path.
#[derive(Debug, thiserror::Error)]
pub enum HeapError {
    #[error("none of the certificates is for the key")]
    OtherKeys,
    #[error("{}", missing::told(.0))]
    Missing(Vec<MissingIssuer>),
    /// The paths go on to these roots, of which none is an anchor.
    #[error("the path ends at {}, which is not trusted here", path::subjects(.0))]
    OtherRoots(Vec<Certificate>),
    #[error(
        "more than {} signatures would have to be looked at",
        climb::MOST_SIGNATURES
    )]
    TooMany,
}

impl Heap {
    /// Takes in what is in `contents`. `file` is its name for messages, escaped already.
    pub fn add(&mut self, file: &str, contents: &[u8]) -> Added {
        let mut added = Added::default();
        for found in find::items(file, contents) {
            let source = found.source.to_string();
            match &found.item {
                Item::Certificate(der) => match Certificate::from_der(der.der()) {
                    Ok(certificate) => {
                        self.put(&certificate, &source);
                        added.certificates.push(certificate);
                    }
                    Err(error) => {
                        let broken = format!("{source}: the certificate cannot be read: {error}");
                        added.broken.push(broken);
                    }
                },
                Item::Broken { what, reason } => {
                    let what = crate::escape::text(what);
                    let broken = format!("{source}: {what} cannot be read: {reason}");
                    added.broken.push(broken);
                }
                Item::Other(what) => {
                    let what = crate::escape::text(what);
                    added.others.push(format!("{what} ({source})"));
                }
                item => added.others.push(format!("a {} ({source})", item.word())),
            }
        }
        added
    }

    fn put(&mut self, certificate: &Certificate, source: &str) {
        if self.seen.insert(certificate.der().to_vec()) {
            self.pieces.push(Piece {
                certificate: certificate.clone(),
                source: source.to_owned(),
            });
        }
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The certificates for `key`.
    pub fn of_key(&self, key: &PublicKey) -> Vec<&Piece> {
        let pieces = self.pieces.iter();
        pieces
            .filter(|piece| piece.certificate.is_for(key))
            .collect()
    }

    /// What is on the heap and not among `used`.
    pub fn others_than(&self, used: &[Certificate]) -> impl Iterator<Item = &Piece> {
        let pieces = self.pieces.iter();
        pieces.filter(|piece| !used.contains(&piece.certificate))
    }

    /// The paths from the certificates for `key` to one of `anchors`, the best first, at least one.
    /// Those that Go takes at the instant `at` go before those that it does not; of them, those that
    /// end at a root before those that end at another anchor; and then as [`Path`] has it.
    pub fn paths(
        &self,
        key: &PublicKey,
        anchors: &[Certificate],
        at: OffsetDateTime,
    ) -> Result<Vec<Path>, HeapError> {
        let signing = self.of_key(key);
        if signing.is_empty() {
            return Err(HeapError::OtherKeys);
        }
        let on_heap = self.pieces.iter().map(|piece| &piece.certificate);
        let elsewhere = anchors
            .iter()
            .filter(|anchor| !self.seen.contains(anchor.der()));
        let mut climb = Climb::new(on_heap.chain(elsewhere));
        let mut ways = Vec::new();
        for piece in &signing {
            ways.push(climb.from(&piece.certificate)?);
        }
        let roots = anchors.iter().filter(|anchor| anchor.is_self_issued());
        let roots: Vec<_> = roots.cloned().collect();
        let taken = |anchors: &[Certificate]| {
            let taken = ways.iter().flat_map(|way| way.taken_by_go(anchors, at));
            path::ranked(taken)
        };
        let shortest = ways.iter().filter_map(|way| way.shortest(anchors));
        let mut paths: Vec<Path> = Vec::new();
        for path in [taken(&roots), taken(anchors), path::ranked(shortest)]
            .into_iter()
            .flatten()
        {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if !paths.is_empty() {
            return Ok(paths);
        }
        let roots = distinct(ways.iter().flat_map(|way| &way.roots));
        if !roots.is_empty() {
            return Err(HeapError::OtherRoots(roots));
        }
        let missing = distinct(ways.iter().flat_map(|way| &way.without_issuer));
        let missing = missing
            .iter()
            .map(|below| MissingIssuer::of(below, &self.pieces));
        Err(HeapError::Missing(missing.collect()))
    }
}

/// Each once, in an order that does not depend on that of the heap.
fn distinct<'a>(certificates: impl Iterator<Item = &'a &'a Certificate>) -> Vec<Certificate> {
    let mut certificates: Vec<Certificate> = certificates.map(|one| (*one).clone()).collect();
    certificates.sort_by(|a, b| a.der().cmp(b.der()));
    certificates.dedup();
    certificates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::profile;
    use crate::pki::authority::CertificateAuthority;
    use crate::pki::key::{KeySpec, PrivateKey};
    use crate::pki::name::{Attribute, DistinguishedName};
    use crate::pki::validity::Validity;
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    fn key() -> PrivateKey {
        PrivateKey::generate(KeySpec::EcdsaP256).unwrap()
    }

    fn copy(key: &PrivateKey) -> PrivateKey {
        PrivateKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap()
    }

    fn spec(name: &str, days: u32) -> crate::pki::certificate::CertificateSpec {
        let subject = DistinguishedName::new([(Attribute::CommonName, name)]).unwrap();
        let validity = Validity::starting(NOW, Duration::ZERO, days).unwrap();
        profile::root_ca(subject, validity, None)
    }

    fn root(name: &str, days: u32, key: PrivateKey) -> CertificateAuthority {
        CertificateAuthority::self_signed(&spec(name, days), key).unwrap()
    }

    fn below(above: &CertificateAuthority, name: &str, days: u32, key: &PrivateKey) -> Certificate {
        let public_key = key.public_key().unwrap();
        above.issue(&spec(name, days), &public_key).unwrap()
    }

    fn authority(certificate: &Certificate, key: &PrivateKey) -> CertificateAuthority {
        CertificateAuthority::new(certificate.clone(), copy(key)).unwrap()
    }

    fn heap(certificates: &[&Certificate]) -> Heap {
        let mut heap = Heap::default();
        for certificate in certificates {
            heap.add("heap.pem", certificate.to_pem().as_bytes());
        }
        heap
    }

    fn best(
        heap: &Heap,
        key: &PrivateKey,
        anchors: &[&Certificate],
    ) -> Result<Vec<Certificate>, String> {
        let anchors: Vec<_> = anchors.iter().map(|&anchor| anchor.clone()).collect();
        let paths = heap.paths(&key.public_key().unwrap(), &anchors, NOW);
        let paths = paths.map_err(|error| error.to_string())?;
        Ok(paths[0].certificates().to_vec())
    }

    /// The roots A and B, which sign each other; the policy CA below A, re-issued by B, with a
    /// namesake of another key; and below that the CA of a cluster, of which there are two
    /// certificates.
    struct Corporate {
        a: CertificateAuthority,
        b: CertificateAuthority,
        a_by_b: Certificate,
        b_by_a: Certificate,
        policy: Certificate,
        policy_by_b: Certificate,
        namesake: Certificate,
        key: PrivateKey,
        old: Certificate,
        new: Certificate,
    }

    static CORPORATE: LazyLock<Corporate> = LazyLock::new(|| {
        let (a, b) = (root("A", 3000, key()), root("B", 2000, key()));
        let a_by_b = below(&b, "A", 1500, a.key());
        let b_by_a = below(&a, "B", 1500, b.key());
        let policy_key = key();
        let policy = below(&a, "Policy", 1000, &policy_key);
        let policy_by_b = below(&b, "Policy", 1200, &policy_key);
        let namesake = below(&a, "Policy", 1400, &key());
        let cluster_key = key();
        let old = below(&authority(&policy, &policy_key), "C", 100, &cluster_key);
        let new = below(
            &authority(&policy_by_b, &policy_key),
            "C",
            1100,
            &cluster_key,
        );
        Corporate {
            a,
            b,
            a_by_b,
            b_by_a,
            policy,
            policy_by_b,
            namesake,
            key: cluster_key,
            old,
            new,
        }
    });

    impl Corporate {
        fn all(&self) -> [&Certificate; 9] {
            [
                self.a.certificate(),
                self.b.certificate(),
                &self.a_by_b,
                &self.b_by_a,
                &self.policy,
                &self.policy_by_b,
                &self.namesake,
                &self.old,
                &self.new,
            ]
        }
    }

    #[test]
    fn of_several_paths_the_one_is_taken_that_lasts() {
        let corporate = &*CORPORATE;
        let (a, b) = (corporate.a.certificate(), corporate.b.certificate());
        let heap = heap(&corporate.all());
        let Corporate { key, .. } = corporate;
        // Below A alone the certificate of the policy CA ends first, or else that of B by A.
        let to_a = [&corporate.new, &corporate.policy_by_b, &corporate.b_by_a, a];
        assert_eq!(best(&heap, key, &[a]).unwrap(), to_a.map(Clone::clone));
        let to_b = [&corporate.new, &corporate.policy_by_b, b];
        assert_eq!(best(&heap, key, &[b]).unwrap(), to_b.map(Clone::clone));
        // As long as each other: the shorter one.
        assert_eq!(best(&heap, key, &[a, b]).unwrap(), to_b.map(Clone::clone));
    }

    #[test]
    fn an_anchor_that_is_no_root_is_taken_if_there_is_no_other() {
        let corporate = &*CORPORATE;
        let (policy, b) = (&corporate.policy_by_b, corporate.b.certificate());
        let Corporate { key, new, .. } = corporate;
        let heap = heap(&corporate.all());
        let short = [new, policy].map(Clone::clone);
        let long = [new, policy, b].map(Clone::clone);
        assert_eq!(best(&heap, key, &[policy]).unwrap(), short);
        assert_eq!(best(&heap, key, &[policy, b]).unwrap(), long);
    }

    #[test]
    fn a_ca_is_its_own_root_only_if_it_has_no_other() {
        let corporate = &*CORPORATE;
        let b = corporate.b.certificate();
        let Corporate {
            key,
            new,
            policy_by_b,
            ..
        } = corporate;
        let own = root("C", 3000, copy(key));
        let own = own.certificate();
        let all = heap(&[own, new, policy_by_b, b]);
        let path = best(&all, key, &[own, b]).unwrap();
        assert_eq!(path, [new, policy_by_b, b].map(Clone::clone));
        assert_eq!(best(&all, key, &[own]).unwrap(), std::slice::from_ref(own));
    }

    #[test]
    fn anchors_need_not_be_on_the_heap() {
        let corporate = &*CORPORATE;
        let b = corporate.b.certificate();
        let Corporate {
            key,
            new,
            policy_by_b,
            ..
        } = corporate;
        let path = best(&heap(&[policy_by_b, new]), key, &[b]).unwrap();
        assert_eq!(path, [new, policy_by_b, b].map(Clone::clone));
    }

    #[test]
    fn what_is_missing_is_told_by_name_and_key() {
        let corporate = &*CORPORATE;
        let (a, b) = (corporate.a.certificate(), corporate.b.certificate());
        let Corporate {
            key,
            new,
            policy_by_b,
            namesake,
            ..
        } = corporate;
        let identifier =
            |of: &Certificate| crate::pki::summary::colons(of.subject_key_identifier().unwrap());
        let (wanted, other) = (identifier(policy_by_b), identifier(namesake));
        assert_eq!(
            best(&heap(&[new, namesake]), key, &[b]).unwrap_err(),
            format!(
                "the certificate of CN = Policy is missing (key identifier {wanted}), which issued CN = C; heap.pem, line 1 has that name, and another key (key identifier {other})"
            )
        );
        assert_eq!(
            best(&heap(&[new, policy_by_b, b]), key, &[a]).unwrap_err(),
            "the path ends at CN = B, which is not trusted here"
        );
        assert_eq!(
            best(&heap(&[namesake]), key, &[a]).unwrap_err(),
            "none of the certificates is for the key"
        );
    }

    #[test]
    fn a_path_that_nobody_takes_is_shown_for_others_to_say_why() {
        let corporate = &*CORPORATE;
        let b = corporate.b.certificate();
        let heap = heap(&corporate.all());
        let public_key = corporate.key.public_key().unwrap();
        let late = NOW + Duration::days(10_000);
        let paths = heap.paths(&public_key, std::slice::from_ref(b), late);
        let ends: Vec<_> = paths
            .unwrap()
            .iter()
            .map(|path| path.certificates().len())
            .collect();
        assert_eq!(ends.len(), 2);
    }

    #[test]
    fn thousands_of_namesakes_come_to_an_end() {
        let key = key();
        let mut heap = Heap::default();
        // Each could have issued each.
        for days in 1..=120 {
            heap.put(root("Same", days, copy(&key)).certificate(), "x");
        }
        let error = heap
            .paths(&key.public_key().unwrap(), &[], NOW)
            .unwrap_err();
        assert!(matches!(error, HeapError::TooMany), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn the_order_makes_no_difference(order in Just((0..9).collect::<Vec<_>>()).prop_shuffle()) {
            let corporate = &*CORPORATE;
            let all = corporate.all();
            let shuffled: Vec<_> = order.into_iter().map(|place: usize| all[place]).collect();
            let anchors = [corporate.a.certificate().clone(), corporate.b.certificate().clone()];
            let public_key = corporate.key.public_key().unwrap();
            let paths = |certificates: &[&Certificate]| {
                let paths = heap(certificates).paths(&public_key, &anchors, NOW);
                paths.unwrap()
            };
            prop_assert_eq!(paths(&shuffled), paths(&all));
        }
    }
}
