//! What goes over the wire in each handshake.

use super::super::CERT_CHAIN;
use super::super::cacerts::Naming;
use super::roots::repeated;
use super::{CHAIN_ORDER, DUPLICATE_CERTIFICATE, Judge, ROOT_SENT_TWICE, UNUSED_IN_CHAIN};
use crate::pki::certificate::Certificate;

impl Judge<'_> {
    /// `path` goes from the signing certificate to one of `roots`.
    pub(super) fn sent(
        &mut self,
        path: &[Certificate],
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        if self.naming == Naming::Pem
            && let Some(twice) = repeated(chain)
        {
            let fact = format!("{} is in it more than once", twice.subject());
            self.find(&DUPLICATE_CERTIFICATE, CERT_CHAIN, fact, "keep one of each");
        }
        // One that is no root's is sent for those who trust the root above it alone.
        let signatures = &mut self.signatures;
        let mut anchors = chain.iter().filter(|certificate| {
            roots.contains(certificate) && signatures.is_issued_by(certificate, certificate)
        });
        if let Some(root) = anchors.next_back() {
            self.root_is_sent(root, chain);
        }
        let is_needed =
            |certificate: &&Certificate| path.contains(certificate) || roots.contains(certificate);
        for certificate in chain.iter().filter(|certificate| !is_needed(certificate)) {
            let fact = format!("{} is not on the path to a root", certificate.subject());
            let hint = "leave it out, unless others need it";
            self.find(&UNUSED_IN_CHAIN, CERT_CHAIN, fact, hint);
        }
        let is_step = |pair: &[Certificate]| {
            pair[0].issuer_der() == pair[1].subject_der() || pair[0].is_self_issued()
        };
        if chain.first() == path.first()
            && let Some(pair) = chain.windows(2).find(|pair| !is_step(pair))
        {
            let (below, above) = (pair[0].subject(), pair[1].subject());
            let fact = format!("{below} is followed by {above}, which has not issued it");
            self.find(
                &CHAIN_ORDER,
                CERT_CHAIN,
                fact,
                "put each one before its issuer",
            );
        }
    }

    fn root_is_sent(&mut self, root: &Certificate, chain: &[Certificate]) {
        // A certificate in a TLS handshake has a length and an empty list of extensions beside it
        // (RFC 8446 §4.4.2).
        const OVERHEAD: usize = 5;

        let octets = |certificate: &Certificate| certificate.der().len() + OVERHEAD;
        let all: usize = chain.iter().map(octets).sum();
        let root_alone = octets(root);
        let fact = format!(
            "{} is in it: {root_alone} of the {all} octets that it adds to each handshake",
            root.subject()
        );
        let cluster = self.circumstances.cluster;
        let hint = match self.naming {
            Naming::Pem => {
                format!(
                    "leave it out: meshpki cluster-cacerts --renew --chain-without-root {cluster}"
                )
            }
            // istiod puts ca.crt there itself.
            Naming::Tls => String::new(),
        };
        self.find(&ROOT_SENT_TWICE, CERT_CHAIN, fact, hint);
    }
}
