//! What is carried between the clusters and the root: requests there, certificates back, in plain
//! tar with a manifest.
//!
//! An archive is what packing makes of its parts, and nothing else: fixed order, no owner, no date.
//! One is taken only if packing what was read from it gives the same octets again. So there is no
//! field of a header, no padding and no line of the manifest that anybody could change unseen;
//! whoever changes a part and packs it again changes the SHA-256 of the manifest, which people
//! compare across the gap.

mod manifest;
mod members;
mod requests;
mod signed;

use crate::escape;
use crate::pki::digest::Sha256;

pub use members::is_archive;
pub use requests::{Requested, Requests};
pub use signed::{Signed, SignedCertificate};

/// The most octets that an archive may have: some 10,000 clusters with keys of RSA 4096.
pub const SIZE_LIMIT: u64 = 128 << 20;

/// Why an archive, or what was to go into one, is refused: all of it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArchiveError {
    #[error("it is not a tar archive: {0}")]
    NotTar(String),
    #[error("{}: {reason}", escape::text(.member))]
    Member { member: String, reason: String },
    #[error("manifest.json: {0}")]
    Manifest(String),
    #[error("it holds {found}, and {wanted} is wanted")]
    OtherKind { found: String, wanted: &'static str },
    #[error("it holds certificates that were signed, and no requests")]
    IsSigned,
    #[error("it holds requests, and no certificates that were signed")]
    IsRequests,
    #[error("there is nothing in it but a manifest")]
    Empty,
}

impl ArchiveError {
    fn member(member: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Member {
            member: member.into(),
            reason: reason.into(),
        }
    }
}

/// An archive and the SHA-256 of its manifest.
pub type Packed = (Vec<u8>, Sha256);

#[cfg(test)]
mod tests;
