//! What goes back to the clusters, in one archive.

use super::given::Given;
use super::root::Root;
use crate::commands::out_file::OutFile;
use crate::commands::{Session, report};
use crate::console::Refusal;
use crate::mesh::archive::{Signed, SignedCertificate};
use crate::pki::digest::Sha256;

/// signed.tar, as it will be read.
pub struct Parcel {
    signed: Signed,
    octets: Vec<u8>,
    /// SHA-256 of its manifest.
    manifest: Sha256,
}

impl Parcel {
    /// The archive of `certificates`, which answers what is `given`. It is read again, as `accept`
    /// will read it: what would be refused there is not even recorded.
    pub fn of(
        certificates: Vec<SignedCertificate>,
        given: &Given,
        root: &Root,
    ) -> anyhow::Result<Self> {
        let refusal = |error| {
            let fact = format_args!("no archive can be made: {error}");
            Refusal::new(
                fact,
                "nothing was signed: mend what is named, or sign fewer at once",
            )
        };
        let signed = Signed::new(certificates, root.certificates.clone(), given.manifest());
        let (octets, _) = signed.map_err(refusal)?.pack();
        let (signed, manifest) = Signed::read(&octets).map_err(refusal)?;
        Ok(Self {
            signed,
            octets,
            manifest,
        })
    }

    /// Whether it stands there. What else stands there is refused, unless it may be replaced.
    pub fn is_there(&self, out: &OutFile<'_>) -> anyhow::Result<bool> {
        out.is_up_to_date(Some(&self.octets))
    }

    /// Puts it there, unless it is there: whether it did.
    pub fn place(&self, out: &OutFile<'_>, session: &Session) -> anyhow::Result<bool> {
        out.place(&self.octets, session)
    }

    /// The lines that tell of it.
    pub fn describe(&self, heading: &str) -> String {
        let clusters = self.signed.certificates().iter();
        let clusters: Vec<_> = clusters.map(|signed| &signed.cluster).collect();
        let lines = report::lines(&[("clusters", report::counted(&clusters))]);
        format!("{heading}\n{lines}{}", report::manifest(self.manifest))
    }
}
