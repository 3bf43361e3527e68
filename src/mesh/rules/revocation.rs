//! What must hold of ca-crl.pem.

use super::super::CA_CRL;
use super::reading::key_leak;
use super::{
    CRL_INCOMPLETE, CRL_MISSING, CRL_NOT_CURRENT, CRL_UNREAD, Judge, REVOKED, Rule,
    UNREADABLE_BLOCK,
};
use crate::pki::certificate::{Certificate, KeyUsage};
use crate::pki::crl::{CrlError, RevocationList};
use crate::pki::pem;
use crate::pki::validity::moment;

impl Judge<'_> {
    /// `path` goes from the signing certificate to an anchor. istiod wants a CRL of every CA in
    /// `chain`, and Envoy one of every CA on the path.
    pub(super) fn revocation(&mut self, text: &[u8], chain: &[Certificate], path: &[Certificate]) {
        let Some(lists) = self.lists(text) else {
            return;
        };
        let above = path
            .iter()
            .filter(|certificate| !chain.contains(certificate));
        for ca in chain.iter().chain(above) {
            let lists: Vec<_> = lists.iter().filter(|list| list.is_issued_by(ca)).collect();
            let absence = if chain.contains(ca) {
                &CRL_MISSING
            } else {
                &CRL_INCOMPLETE
            };
            self.one_is_current(ca, &lists, absence);
            for revoked in path
                .iter()
                .filter(|certificate| certificate.issuer_der() == ca.subject_der())
                .filter(|certificate| lists.iter().any(|list| list.revokes(certificate)))
            {
                let hint = if path.first() == Some(revoked) {
                    self.rekey()
                } else {
                    self.renew_under_another()
                };
                let fact = format!("{} is revoked", revoked.subject());
                self.find(&REVOKED, CA_CRL, fact, hint);
            }
        }
    }

    pub(super) fn crl_is_unread(&mut self) {
        let version = self.circumstances.version;
        let fact = format!("istiod {version} reads no CRL: it does so from 1.27 on");
        let hint = "take a newer Istio, or remove the file";
        self.find(&CRL_UNREAD, CA_CRL, fact, hint);
    }

    fn lists(&mut self, text: &[u8]) -> Option<Vec<RevocationList>> {
        let found_before = self.findings.len();
        let mut lists = Vec::new();
        for block in pem::blocks(text) {
            if block.is_private_key() {
                self.block_fault(CA_CRL, key_leak(CA_CRL, block.line));
            } else if !block.own_lines {
                self.shares_its_lines(CA_CRL, block.line);
            } else {
                match RevocationList::from_block(&block) {
                    Ok(list) => lists.push(list),
                    Err(error) => {
                        let fact = format!("{error}: istiod does not start");
                        let hint = match error {
                            CrlError::NoCrl { .. } => {
                                "write the CRLs into it as X509 CRL blocks, and nothing else"
                            }
                            CrlError::Version1 { .. } => {
                                "make it of version 2: with openssl ca, crl_extensions in its settings does so"
                            }
                        };
                        let finding = self.find(&UNREADABLE_BLOCK, CA_CRL, fact, hint);
                        finding.line = Some(block.line);
                    }
                }
            }
        }
        (self.findings.len() == found_before).then_some(lists)
    }

    fn one_is_current(
        &mut self,
        ca: &Certificate,
        lists: &[&RevocationList],
        absence: &'static Rule,
    ) {
        let subject = ca.subject();
        let at = self.circumstances.at;
        if lists.iter().any(|list| list.is_current_at(at)) {
            return;
        }
        let Some(list) = lists.last() else {
            let consequence = if absence == &CRL_MISSING {
                "istiod does not start"
            } else {
                "proxies refuse every peer"
            };
            let (fact, hint) = if ca.allows(KeyUsage::CrlSign) {
                let fact = format!("there is no CRL signed by {subject}: {consequence}");
                (fact, "add a CRL of that CA, or remove ca-crl.pem")
            } else {
                let fact = format!(
                    "the keyUsage of {subject} lacks cRLSign, so no CRL of it is valid: {consequence}"
                );
                (
                    fact,
                    "remove ca-crl.pem, or give that CA a certificate with cRLSign",
                )
            };
            self.find(absence, CA_CRL, fact, hint);
            return;
        };
        let period = match list.next_update() {
            Some(next) if next < at => format!("expired on {}", moment(next)),
            _ => format!("is not valid before {}", moment(list.this_update())),
        };
        let fact = format!("the CRL of {subject} {period}: proxies refuse every peer");
        let hint = "add a current CRL of that CA, or remove ca-crl.pem";
        self.find(&CRL_NOT_CURRENT, CA_CRL, fact, hint);
    }
}
