//! Which chains lead to which roots.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use time::Duration;

use super::super::profile;
use super::super::rules;
use super::super::spiffe::TrustDomain;
use super::{BundleId, CertificateId, Chain, ChainId, Trust};
use crate::pki::certificate::{Certificate, ExtendedKeyUsage};
use crate::pki::chain::{Purpose, TrustBundle};
use crate::pki::validity::{Validity, moment};

/// What came of one chain.
#[derive(Default)]
struct Found {
    accepted: Vec<BundleId>,
    reached: Vec<CertificateId>,
}

/// Where anchors stand, so that none is looked at that cannot end a path.
struct Index<'a> {
    by_subject: HashMap<&'a [u8], Vec<CertificateId>>,
    holders: HashMap<CertificateId, Vec<BundleId>>,
    /// Of each chain, roots that should take it: its own cluster's.
    own: HashMap<ChainId, BundleId>,
}

/// The keys that certificates were found to be signed with.
type Signers<'a> = HashMap<CertificateId, &'a [u8]>;

impl Trust {
    pub(super) fn verify(&mut self) {
        let index = self.index();
        let chains = (0..self.chains.len()).into_par_iter();
        let found: Vec<_> = chains.map(|chain| self.found(chain, &index)).collect();
        for Found { accepted, reached } in found {
            self.accepted.push(accepted);
            self.reached.push(reached);
        }
    }

    fn index(&self) -> Index<'_> {
        let mut index = Index {
            by_subject: HashMap::new(),
            holders: HashMap::new(),
            own: HashMap::new(),
        };
        for (bundle, anchors) in self.bundles.iter().enumerate() {
            for &anchor in anchors {
                let holders = index.holders.entry(anchor).or_default();
                if holders.is_empty() {
                    let subject = self.certificates[anchor].subject_der();
                    index.by_subject.entry(subject).or_default().push(anchor);
                }
                holders.push(bundle);
            }
        }
        for cluster in &self.clusters {
            if let Some(chain) = cluster.chain {
                index.own.entry(chain).or_insert(cluster.bundle);
            }
        }
        index
    }

    fn found(&self, id: ChainId, index: &Index<'_>) -> Found {
        let chain = &self.chains[id];
        let Ok(workload) = self.workload(chain) else {
            return Found::default();
        };
        let candidates = self.candidates(chain, index);
        let holders = candidates.iter().flat_map(|anchor| &index.holders[anchor]);
        let bundles: BTreeSet<_> = holders.copied().collect();
        let own = index.own.get(&id).filter(|own| bundles.contains(own));
        let others = bundles.iter().filter(|bundle| Some(*bundle) != own);

        let mut found = Found::default();
        let mut signers = Signers::new();
        let mut judged: HashMap<Vec<CertificateId>, bool> = HashMap::new();
        for &bundle in own.into_iter().chain(others) {
            let anchors = self.bundles[bundle].iter().copied();
            let anchors: Vec<_> = anchors
                .filter(|anchor| candidates.contains(anchor))
                .collect();
            let accepted = *judged.entry(anchors).or_insert_with_key(|anchors| {
                if let [anchor] = anchors[..]
                    && self.is_ruled_out(anchor, chain, &signers)
                {
                    return false;
                }
                let Ok(path) = self.path(&workload, chain, anchors) else {
                    return false;
                };
                self.note_signers(&path, &mut signers);
                let end = path.last().copied();
                found
                    .reached
                    .extend(end.filter(|end| !found.reached.contains(end)));
                true
            });
            if accepted {
                found.accepted.push(bundle);
            }
        }
        found.accepted.sort_unstable();
        found.reached.sort_unstable();
        found
    }

    /// The anchors that go by the name and the key identifier of an issuer in `chain`.
    fn candidates(&self, chain: &Chain, index: &Index<'_>) -> HashSet<CertificateId> {
        let named = self
            .issuers(chain)
            .filter_map(|(subject, _)| index.by_subject.get(subject));
        let named = named.flatten().copied();
        named
            .filter(|&anchor| self.may_end(chain, anchor))
            .collect()
    }

    /// Whether the anchor goes by the name and the key identifier of an issuer in `chain`.
    pub(super) fn may_end(&self, chain: &Chain, anchor: CertificateId) -> bool {
        let anchor = &self.certificates[anchor];
        let identifier = anchor.subject_key_identifier();
        self.issuers(chain).any(|(subject, wanted)| {
            let is_wanted = wanted.is_none() || identifier.is_none() || wanted == identifier;
            subject == anchor.subject_der() && is_wanted
        })
    }

    /// The names and key identifiers of the issuers of a workload's certificate and of those behind
    /// it.
    pub(super) fn issuers<'a>(
        &'a self,
        chain: &'a Chain,
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let signing = &self.certificates[chain.signing];
        let of_workload = (signing.subject_der(), signing.subject_key_identifier());
        let above = chain.above.iter().map(|&id| {
            let certificate = &self.certificates[id];
            (
                certificate.issuer_der(),
                certificate.authority_key_identifier(),
            )
        });
        std::iter::once(of_workload).chain(above)
    }

    /// Whether everything that an issuer of the anchor's name has signed in `chain` is known to be
    /// signed with another key than the anchor's. Without key identifiers, a thousand roots of one
    /// name would each be tried on each chain.
    fn is_ruled_out(&self, anchor: CertificateId, chain: &Chain, signers: &Signers<'_>) -> bool {
        let anchor = &self.certificates[anchor];
        let is_other = |key: &[u8]| key != anchor.spki();
        let signing = &self.certificates[chain.signing];
        let of_workload = signing.subject_der() != anchor.subject_der() || is_other(signing.spki());
        let mut of_name = chain
            .above
            .iter()
            .filter(|&&id| self.certificates[id].issuer_der() == anchor.subject_der());
        of_workload && of_name.all(|id| signers.get(id).is_some_and(|key| is_other(key)))
    }

    fn note_signers<'a>(&'a self, path: &[CertificateId], signers: &mut Signers<'a>) {
        for pair in path.windows(2) {
            signers.insert(pair[0], self.certificates[pair[1]].spki());
        }
        if let Some(&anchor) = path.last() {
            let certificate = &self.certificates[anchor];
            if certificate.is_issued_by(certificate) {
                signers.insert(anchor, certificate.spki());
            }
        }
    }

    /// A workload's certificate as istiod would issue it, but for the signature.
    pub(super) fn workload(&self, chain: &Chain) -> Result<Certificate, String> {
        let ca = &self.certificates[chain.signing];
        let begin = self.at.checked_sub(profile::BACKDATING);
        let end = self.at.checked_add(Duration::days(1));
        let (Some(begin), Some(end)) = (begin, end) else {
            return Err(format!("{} is out of all time", moment(self.at)));
        };
        let validity = Validity::new(begin, end).map_err(|error| error.to_string())?;
        let trust_domain = TrustDomain::of_workloads(ca, self.domain.as_ref());
        let names = vec![trust_domain.workload("default", "default")];
        rules::draft(ca, validity, names).map_err(|error| error.to_string())
    }

    /// The path from behind `workload` to one of `anchors`, or why there is none.
    pub(super) fn path(
        &self,
        workload: &Certificate,
        chain: &Chain,
        anchors: &[CertificateId],
    ) -> Result<Vec<CertificateId>, String> {
        let certificates = |ids: &[CertificateId]| -> Vec<_> {
            ids.iter()
                .map(|&id| self.certificates[id].clone())
                .collect()
        };
        let bundle = TrustBundle::new(certificates(anchors));
        let above = certificates(&chain.above);
        let verified = bundle
            .verify_unsigned(workload, &above, Purpose::TlsPeer, Some(self.at))
            .map_err(|error| error.to_string())?;
        let behind = &verified.path()[1..];
        let narrow = behind
            .iter()
            .find(|ca| !ca.allows_purpose(ExtendedKeyUsage::ClientAuth));
        if let Some(ca) = narrow {
            let subject = ca.subject();
            return Err(format!("the extKeyUsage of {subject} lacks clientAuth"));
        }
        let known = chain.above.iter().chain(anchors);
        let id_of = |ca: &Certificate| {
            let id = known.clone().find(|&&id| self.certificates[id] == *ca);
            *id.expect("the path is made of what was given")
        };
        Ok(behind.iter().map(id_of).collect())
    }
}
