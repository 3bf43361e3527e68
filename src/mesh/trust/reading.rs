//! The certificates of a cluster's files, as far as they can be read: what cannot is for the rules
//! to tell.

use std::collections::HashSet;

use super::super::cacerts::CacertsFiles;
use super::{CertificateId, Chain, Clusters};
use crate::pki::certificate::Certificate;
use crate::pki::go;
use crate::pki::pem::{self, Block};

impl Clusters {
    pub(super) fn chain(&mut self, files: &CacertsFiles) -> Option<Chain> {
        let first = pem::scan(files.ca_cert.as_deref()?).next()?;
        let signing = self.certificate(&first)?;
        let above = self.certificates_of(files.cert_chain.as_deref());
        Some(Chain { signing, above })
    }

    /// The certificates that Go sees in `text`, each once.
    pub(super) fn certificates_of(&mut self, text: Option<&[u8]>) -> Vec<CertificateId> {
        let mut seen = HashSet::new();
        let blocks = pem::scan(text.unwrap_or_default());
        let found = blocks.filter_map(|block| self.certificate(&block));
        found.filter(|id| seen.insert(*id)).collect()
    }

    fn certificate(&mut self, block: &Block) -> Option<CertificateId> {
        if !go::sees(block) {
            return None;
        }
        let der = block.body.as_ref().ok()?;
        if let Some(known) = self.known.get(der.as_slice()) {
            return *known;
        }
        let id = Certificate::from_der(der).ok().map(|certificate| {
            self.certificates.push(certificate);
            self.certificates.len() - 1
        });
        self.known.insert(der.to_vec(), id);
        id
    }
}
