//! The path from the signing certificate to the anchors, now, and for what is issued below it.

use time::{Duration, OffsetDateTime};

use super::super::spiffe::TrustDomain;
use super::super::{CA_CERT, CA_KEY, CERT_CHAIN, ROOT_CERT, profile};
use super::{
    CA_KEY_KIND, CHAIN_START, Circumstances, Judge, KEY_MISMATCH, NO_CLIENT_AUTH, NO_KEY_CERT_SIGN,
    NO_PATH, NO_SERVER_AUTH, NOT_A_CA, NOT_VALID_NOW, WORKLOAD_REFUSED,
};
use crate::pki::authority::{AuthorityError, CertificateAuthority};
use crate::pki::certificate::{Certificate, ExtendedKeyUsage, SubjectAltName};
use crate::pki::chain::{Purpose, TrustBundle, VerifiedChain, VerifyError};
use crate::pki::key::PrivateKey;
use crate::pki::validity::{Validity, moment};

impl Judge<'_> {
    pub(super) fn chain_starts_with(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let hint = self.renew();
        match chain.first() {
            Some(first) if first == signing => {}
            Some(first) => self.find(
                &CHAIN_START,
                CERT_CHAIN,
                format!(
                    "it begins with {}, and not with ca-cert.pem, {}: workloads could not prove whom they were signed by",
                    first.subject(),
                    signing.subject()
                ),
                hint,
            ),
            None if roots.contains(signing) => {}
            None => self.find(
                &CHAIN_START,
                CERT_CHAIN,
                "it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail",
                hint,
            ),
        }
    }

    /// The path from the signing certificate to an anchor, if there is one that holds now.
    pub(super) fn path(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) -> Option<Vec<Certificate>> {
        let at = self.circumstances.at;
        let bundle = TrustBundle::new(roots.to_vec());
        let path = match bundle.verify(signing, chain, Purpose::Any, Some(at)) {
            Ok(verified) => verified.path().to_vec(),
            Err(now) => match bundle.verify(signing, chain, Purpose::Any, None) {
                Ok(verified) => {
                    self.not_valid_now(verified.path());
                    return None;
                }
                Err(ever) => {
                    let reason = if ever.reason == now.reason { now } else { ever };
                    let hint = self.mend(&reason, signing);
                    self.find(
                        &NO_PATH,
                        CERT_CHAIN,
                        format!("there is no path from ca-cert.pem to root-cert.pem: {reason}"),
                        hint,
                    );
                    return None;
                }
            },
        };
        let mut serve_tls = true;
        for certificate in &path {
            let file = file_of(certificate, signing, roots);
            serve_tls &= self.serves_tls(certificate, file, certificate == signing);
        }
        serve_tls.then_some(path)
    }

    /// Go takes anyExtendedKeyUsage for every purpose; what Envoy verifies with does not.
    fn serves_tls(
        &mut self,
        certificate: &Certificate,
        file: &'static str,
        is_signing: bool,
    ) -> bool {
        let allows = |purpose| certificate.allows_purpose(purpose);
        let (rule, purpose, effect) =
            if !allows(ExtendedKeyUsage::ServerAuth) && !allows(ExtendedKeyUsage::Any) {
                (&NO_SERVER_AUTH, "serverAuth", "istiod does not start")
            } else if !allows(ExtendedKeyUsage::ClientAuth) {
                let effect = "proxies refuse every client";
                (&NO_CLIENT_AUTH, "clientAuth", effect)
            } else {
                return true;
            };
        let fact = format!(
            "the extKeyUsage of {} lacks {purpose}: {effect}",
            certificate.subject()
        );
        let hint = if is_signing {
            self.renew()
        } else {
            self.renew_under_another()
        };
        self.find(rule, file, fact, hint);
        false
    }

    fn not_valid_now(&mut self, path: &[Certificate]) {
        let at = self.circumstances.at;
        let (Some(signing), Some(anchor)) = (path.first(), path.last()) else {
            return;
        };
        for certificate in path
            .iter()
            .filter(|certificate| !certificate.is_valid_at(at))
        {
            let period = if at > certificate.not_after() {
                format!("expired on {}", moment(certificate.not_after()))
            } else {
                format!("is not valid before {}", moment(certificate.not_before()))
            };
            let hint = if certificate == signing {
                self.renew()
            } else if certificate == anchor {
                "another root: meshpki bundle --help shows the way to it".to_owned()
            } else {
                let cluster = self.circumstances.cluster;
                format!(
                    "once the CA above has a new certificate: meshpki cluster-cacerts --renew {cluster}"
                )
            };
            self.find(
                &NOT_VALID_NOW,
                file_of(certificate, signing, std::slice::from_ref(anchor)),
                format!(
                    "{} {period}, and now is {}",
                    certificate.subject(),
                    moment(at)
                ),
                hint,
            );
        }
    }

    pub(super) fn authority(
        &mut self,
        signing: Certificate,
        key: PrivateKey,
    ) -> Option<CertificateAuthority> {
        let subject = signing.subject();
        let error = match CertificateAuthority::new(signing, key) {
            Ok(authority) => return Some(authority),
            Err(error) => error,
        };
        let hint = self.renew();
        match error {
            AuthorityError::OtherKey => self.find(
                &KEY_MISMATCH,
                CA_KEY,
                format!("it is not the key of ca-cert.pem, {subject}"),
                self.key_back(),
            ),
            AuthorityError::NoKeyCertSign => {
                self.find(&NO_KEY_CERT_SIGN, CA_CERT, error.to_string(), hint);
            }
            AuthorityError::NotACa => {
                self.find(&NOT_A_CA, CA_CERT, error.to_string(), hint);
            }
            AuthorityError::Key(_) => {
                self.find(&CA_KEY_KIND, CA_CERT, error.to_string(), hint);
            }
        }
        None
    }

    /// Issues, in memory, what istiod would issue, and has OpenSSL judge it as Envoy would: this
    /// finds what no look at the CA alone does, such as a pathLenConstraint of 0 above it.
    pub(super) fn workload_is_accepted(
        &mut self,
        authority: &CertificateAuthority,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let at = self.circumstances.at;
        let signing = authority.certificate();
        let (reason, hint) = match trial_workload(authority, self.circumstances) {
            Err(reason) => (reason, self.renew()),
            Ok(workload) => match verify_workload(&workload, signing, chain, roots, at) {
                Ok(_) => return,
                Err(error) => (error.to_string(), self.mend(&error, signing)),
            },
        };
        let fact =
            format!("what istiod would issue with it is refused in every handshake: {reason}");
        self.find(&WORKLOAD_REFUSED, CA_CERT, fact, hint);
    }
}

/// The path that proxies would find from `workload`, issued by `signing` and sent with `chain`, to
/// `roots`.
pub(in crate::mesh) fn verify_workload(
    workload: &Certificate,
    signing: &Certificate,
    chain: &[Certificate],
    roots: &[Certificate],
    at: OffsetDateTime,
) -> Result<VerifiedChain, VerifyError> {
    let mut intermediates = vec![signing.clone()];
    intermediates.extend_from_slice(chain);
    let bundle = TrustBundle::new(roots.to_vec());
    bundle.verify(workload, &intermediates, Purpose::TlsPeer, Some(at))
}

/// A workload's certificate as istiod would issue it, valid now; or why there can be none.
fn trial_workload(
    authority: &CertificateAuthority,
    circumstances: &Circumstances<'_>,
) -> Result<Certificate, String> {
    let ca = authority.certificate();
    let fitting = || {
        let begin = circumstances.at - profile::BACKDATING;
        let lifetime = Validity::new(begin, circumstances.at + Duration::days(1))?;
        lifetime.within(&ca.validity()?)
    };
    let validity = fitting().map_err(|error| error.to_string())?;
    let trust_domain = TrustDomain::of_workloads(ca, circumstances.trust_domain);
    let workload = trust_domain.workload("istio-system", "istiod");
    let dns_names = ca
        .subject_alt_names()
        .iter()
        .filter(|name| matches!(name, SubjectAltName::Dns(_)));
    let names = std::iter::once(&workload).chain(dns_names).cloned();
    let spec = profile::istiod_workload(validity, names.collect());
    let key = authority.key().public_key();
    let key = key.map_err(|error| error.to_string())?;
    authority
        .issue(&spec, &key)
        .map_err(|error| error.to_string())
}

fn file_of(
    certificate: &Certificate,
    signing: &Certificate,
    roots: &[Certificate],
) -> &'static str {
    if certificate == signing {
        CA_CERT
    } else if roots.contains(certificate) {
        ROOT_CERT
    } else {
        CERT_CHAIN
    }
}
