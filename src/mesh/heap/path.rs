//! A way from a CA's certificate to an anchor.

use std::cmp::Reverse;

use time::OffsetDateTime;

use crate::pki::certificate::Certificate;

/// A CA's certificate, and above it certificates each of which has issued the one before, up to an
/// anchor. Of several, the best is the one of which no certificate expires as long as possible; of
/// those the one whose CA's certificate expires last, and is the newest; of those the shortest. A
/// CA that is its own anchor comes last: its certificate may be what was made to ask with.
#[derive(Debug, Clone, PartialEq)]
pub struct Path(Vec<Certificate>);

impl Path {
    /// `certificates` is not empty.
    pub(super) fn new(certificates: Vec<Certificate>) -> Self {
        debug_assert!(!certificates.is_empty());
        Self(certificates)
    }

    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// The certificate that istiod signs with.
    pub fn signing(&self) -> &Certificate {
        &self.0[0]
    }

    pub fn anchor(&self) -> &Certificate {
        &self.0[self.0.len() - 1]
    }

    /// When the first certificate of it expires.
    pub fn end(&self) -> OffsetDateTime {
        let ends = self.0.iter().map(Certificate::not_after);
        ends.min().expect("a path is not empty")
    }

    /// cert-chain.pem: the CA's certificate first, and its anchor at the end, if that is asked for.
    pub fn cert_chain(&self, with_anchor: bool) -> Vec<u8> {
        let length = match self.0.len() {
            1 => 1,
            length if with_anchor => length,
            length => length - 1,
        };
        let pems = self.0[..length].iter().map(Certificate::to_pem);
        pems.collect::<String>().into_bytes()
    }
}

/// The best first, whatever order they come in.
pub(super) fn ranked(paths: impl Iterator<Item = Path>) -> Vec<Path> {
    let mut paths: Vec<_> = paths.collect();
    paths.sort_by_cached_key(|path| {
        let signing = path.signing();
        let octets: Vec<_> = path.0.iter().map(|part| part.der().to_vec()).collect();
        (
            path.0.len() == 1,
            Reverse(path.end()),
            Reverse(signing.not_after()),
            Reverse(signing.not_before()),
            path.0.len(),
            octets,
        )
    });
    paths
}

/// For a message.
pub(super) fn subjects(certificates: &[Certificate]) -> String {
    let subjects: Vec<_> = certificates.iter().map(Certificate::subject).collect();
    subjects.join(" and at ")
}
