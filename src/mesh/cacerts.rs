//! The files that istiod loads its signing CA from: as found, and as proven.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::rules::{self, Circumstances, Finding, Proven};
use super::{CA_CRT, TLS_CRT, TLS_KEY};
use crate::pki::authority::CertificateAuthority;
use crate::pki::certificate::Certificate;
use crate::pki::chain::{VerifiedChain, VerifyError};
use crate::pki::path::CertificationPath;

/// The two sets of names that istiod knows the files by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Naming {
    /// ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem and ca-crl.pem.
    #[default]
    Pem,
    /// tls.crt, tls.key and ca.crt, as in a Secret of type kubernetes.io/tls.
    Tls,
}

impl Naming {
    /// The names that istiod reads.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Pem => &[
                super::CA_CERT,
                super::CA_KEY,
                super::CERT_CHAIN,
                super::ROOT_CERT,
                super::CA_CRL,
            ],
            Self::Tls => &[TLS_CRT, TLS_KEY, CA_CRT],
        }
    }

    /// The file that has what is in the file `name` of [`Naming::Pem`].
    pub fn name_of(self, name: &'static str) -> &'static str {
        match (self, name) {
            (Self::Tls, super::CA_KEY) => TLS_KEY,
            (Self::Tls, super::ROOT_CERT) => CA_CRT,
            (Self::Tls, super::CA_CERT | super::CERT_CHAIN) => TLS_CRT,
            (_, name) => name,
        }
    }
}

/// A cluster's files as found, each of which may be missing, and none of which is trusted.
#[derive(Clone, Default)]
pub struct CacertsFiles {
    /// The names that they were found under.
    pub naming: Naming,
    pub ca_cert: Option<Vec<u8>>,
    pub ca_key: Option<Zeroizing<Vec<u8>>>,
    pub cert_chain: Option<Vec<u8>>,
    pub root_cert: Option<Vec<u8>>,
    pub ca_crl: Option<Vec<u8>>,
}

impl CacertsFiles {
    /// Every rule that is broken, the worst first. Without one that is fatal,
    /// [`Cacerts::prove`] proves the files.
    pub fn findings(&self, circumstances: &Circumstances<'_>) -> Vec<Finding> {
        rules::judge(self, circumstances).1
    }

    /// As [`CacertsFiles::findings`], of files whose key is elsewhere, and has to be.
    pub fn findings_without_key(&self, circumstances: &Circumstances<'_>) -> Vec<Finding> {
        rules::judge_without_key(self, circumstances)
    }

    /// What istiod makes of the files that `read` finds by their names. tls.crt wins: where it is,
    /// the chain is tls.crt and ca.crt in one, and ca-crl.pem is never read (istio
    /// pilot/pkg/bootstrap/istio_ca.go).
    pub fn of<E>(
        knows_tls: bool,
        mut read: impl FnMut(&str) -> Result<Option<Zeroizing<Vec<u8>>>, E>,
    ) -> Result<Self, E> {
        let tls_crt = if knows_tls { read(TLS_CRT)? } else { None };
        let Some(tls_crt) = tls_crt else {
            let mut public = |name| Ok(read(name)?.map(|text| text.to_vec()));
            return Ok(Self {
                naming: Naming::Pem,
                ca_cert: public(super::CA_CERT)?,
                cert_chain: public(super::CERT_CHAIN)?,
                root_cert: public(super::ROOT_CERT)?,
                ca_crl: public(super::CA_CRL)?,
                ca_key: read(super::CA_KEY)?,
            });
        };
        let ca_crt = read(CA_CRT)?.map(|text| text.to_vec());
        let tls_crt = tls_crt.to_vec();
        let above = ca_crt.as_deref().unwrap_or_default();
        Ok(Self {
            naming: Naming::Tls,
            cert_chain: Some([&tls_crt, above].concat()),
            ca_cert: Some(tls_crt),
            ca_key: read(TLS_KEY)?,
            root_cert: ca_crt,
            ca_crl: None,
        })
    }

    /// The files that are there, by the names istiod reads, in the order of the names.
    pub fn present(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let ca_key = self.ca_key.as_ref().map(|key| key.as_slice());
        [
            (super::CA_CERT, self.ca_cert.as_deref()),
            (super::CA_CRL, self.ca_crl.as_deref()),
            (super::CA_KEY, ca_key),
            (super::CERT_CHAIN, self.cert_chain.as_deref()),
            (super::ROOT_CERT, self.root_cert.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, contents)| Some((name, contents?)))
    }
}

/// A cluster's files, of which every rule holds: istiod loads them, and the certificates that it
/// then issues are good throughout the mesh.
pub struct Cacerts {
    files: CacertsFiles,
    proven: Proven,
}

impl Cacerts {
    /// Every rule that is broken, and without which istiod or the mesh does not work, is a finding;
    /// without any, the files are proven.
    pub fn prove(
        files: CacertsFiles,
        circumstances: &Circumstances<'_>,
    ) -> Result<Self, Vec<Finding>> {
        let (proven, mut findings) = rules::judge(&files, circumstances);
        if let Some(proven) = proven {
            return Ok(Self { files, proven });
        }
        findings.retain(|finding| finding.rule.severity.is_fatal());
        Err(findings)
    }

    pub fn files(&self) -> &CacertsFiles {
        &self.files
    }

    /// The CA that istiod signs with.
    pub fn authority(&self) -> &CertificateAuthority {
        &self.proven.authority
    }

    /// What istiod sends with each certificate that it issues.
    pub fn chain(&self) -> &[Certificate] {
        &self.proven.chain
    }

    /// From the CA to the root that it was proven by, both included, and on to what is above that,
    /// if it is no root's.
    pub fn path(&self) -> &CertificationPath {
        &self.proven.path
    }

    /// The path that proxies will find from `workload`, which this CA has issued, to its roots; and
    /// those that trust the highest of them alone.
    pub fn verify_workload(
        &self,
        workload: &Certificate,
        at: OffsetDateTime,
    ) -> Result<VerifiedChain, VerifyError> {
        let Proven {
            authority,
            chain,
            roots,
            path,
        } = &self.proven;
        let signing = authority.certificate();
        let verified = rules::verify_workload(workload, signing, chain, roots, at)?;
        if verified.path().last() == Some(path.highest()) {
            return Ok(verified);
        }
        let highest = std::slice::from_ref(path.highest());
        rules::verify_workload(workload, signing, path.certificates(), highest, at)
    }
}
