//! Chains, trust anchors, and whether the one reaches the other.

use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509PurposeId, X509StoreContext};
use time::OffsetDateTime;

use super::certificate::Certificate;
use super::ffi;
use super::verify::code;

/// What a path is to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Any: extKeyUsage is not looked at.
    Any,
    /// The end of the path is a TLS server's and client's certificate.
    TlsPeer,
}

/// A set of trust anchors, of which none need be self-signed: Go, and Envoy's verifier, end a path
/// at any certificate that is trusted.
pub struct TrustBundle {
    anchors: Vec<Certificate>,
}

/// Why no path was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}{}{reason}", if .subject.is_empty() { "" } else { ": " })]
pub struct VerifyError {
    /// The subject of the certificate that stood in the way; a workload has none.
    pub subject: String,
    /// OpenSSL's words for it.
    pub reason: String,
    /// Whether a name constraint was broken (RFC 5280 §4.2.1.10): then it is not the certificate
    /// named here that is at fault, but one above it, or the choice of names.
    pub is_of_names: bool,
}

const NAME_CONSTRAINT_VIOLATIONS: [i32; 2] = [code::PERMITTED_VIOLATION, code::EXCLUDED_VIOLATION];

impl VerifyError {
    /// Where OpenSSL could not begin.
    fn of(certificate: &Certificate, error: &ErrorStack) -> Self {
        Self {
            subject: certificate.subject(),
            reason: error.to_string(),
            is_of_names: false,
        }
    }
}

/// A path from a certificate to an anchor, both included: it held when it was built.
pub struct VerifiedChain {
    path: Vec<Certificate>,
}

impl VerifiedChain {
    /// The certificates, from the one verified to the anchor.
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }
}

impl TrustBundle {
    pub fn new(anchors: Vec<Certificate>) -> Self {
        Self { anchors }
    }

    /// A path from `certificate` by way of `intermediates` to an anchor, which holds in
    /// OpenSSL's judgement at the instant `at`, or, without one, leaving periods of validity aside.
    pub fn verify(
        &self,
        certificate: &Certificate,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: Option<OffsetDateTime>,
    ) -> Result<VerifiedChain, VerifyError> {
        self.openssl_verify(certificate, intermediates, purpose, at, |_| false)
            .unwrap_or_else(|error| Err(VerifyError::of(certificate, &error)))
    }

    /// As [`TrustBundle::verify`], for a certificate that nobody has signed yet: all but its own
    /// signature is judged.
    pub fn verify_unsigned(
        &self,
        certificate: &Certificate,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: Option<OffsetDateTime>,
    ) -> Result<VerifiedChain, VerifyError> {
        let goes_on = |error| error == code::CERT_SIGNATURE_FAILURE;
        self.openssl_verify(certificate, intermediates, purpose, at, goes_on)
            .unwrap_or_else(|error| Err(VerifyError::of(certificate, &error)))
    }

    /// `goes_on` names the errors that are no reason for a no at the end of the path, where
    /// `certificate` is.
    fn openssl_verify(
        &self,
        certificate: &Certificate,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: Option<OffsetDateTime>,
        goes_on: fn(i32) -> bool,
    ) -> Result<Result<VerifiedChain, VerifyError>, ErrorStack> {
        let store = self.store(purpose, at)?;
        let mut untrusted = Stack::new()?;
        for intermediate in intermediates {
            untrusted.push(intermediate.as_x509().clone())?;
        }
        let no_crls = ffi::CrlStack::new(Vec::new());
        let mut context = X509StoreContext::new()?;
        context.init(&store, certificate.as_x509(), &untrusted, |context| {
            let (reached_the_end, events) = ffi::verify(context, None, &no_crls, goes_on);
            let failure = events.into_iter().find_map(|event| match event {
                ffi::Event::Error { code, depth, .. } if depth == 0 && goes_on(code) => None,
                ffi::Event::Error {
                    code,
                    text,
                    certificate,
                    ..
                } => Some((code, text, certificate)),
                ffi::Event::Policies(_) => None,
            });
            // Without memory OpenSSL comes to no end, and tells of nothing.
            let unsaid = || {
                let error = context.error();
                (!reached_the_end).then(|| (error.as_raw(), error.error_string(), None))
            };
            let Some((code, text, culprit)) = failure.or_else(unsaid) else {
                let known = || {
                    intermediates
                        .iter()
                        .chain(&self.anchors)
                        .chain([certificate])
                };
                let path = context.chain().into_iter().flatten().map(|x509| {
                    let mut known = known();
                    let found = known.find(|certificate| **certificate.as_x509() == *x509);
                    found
                        .expect("OpenSSL builds paths of what it is given")
                        .clone()
                });
                let path = path.collect();
                return Ok(Ok(VerifiedChain { path }));
            };
            Ok(Err(VerifyError {
                subject: culprit.map_or_else(String::new, |x509| ffi::oneline(x509.subject_name())),
                reason: text.to_owned(),
                is_of_names: NAME_CONSTRAINT_VIOLATIONS.contains(&code),
            }))
        })
    }

    fn store(&self, purpose: Purpose, at: Option<OffsetDateTime>) -> Result<X509Store, ErrorStack> {
        let mut parameters = X509VerifyParam::new()?;
        parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        match at {
            Some(at) => parameters.set_time(at.unix_timestamp()),
            None => parameters.set_flags(X509VerifyFlags::NO_CHECK_TIME)?,
        }
        let mut builder = X509StoreBuilder::new()?;
        builder.set_param(&parameters)?;
        if purpose == Purpose::TlsPeer {
            builder.set_purpose(X509PurposeId::SSL_SERVER)?;
        }
        for anchor in &self.anchors {
            builder.add_cert(anchor.as_x509().clone())?;
        }
        Ok(builder.build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::authority::{self, CertificateAuthority};
    use crate::pki::certificate::{
        BasicConstraints, CertificateSpec, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    };
    use crate::pki::key::{KeySpec, PrivateKey};
    use crate::pki::name::{Attribute, DistinguishedName};
    use crate::pki::validity::Validity;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    fn root() -> CertificateAuthority {
        let spec = CertificateSpec {
            subject: DistinguishedName::new([(Attribute::CommonName, "Root")]).unwrap(),
            validity: Validity::starting(NOW, Duration::ZERO, 10).unwrap(),
            basic_constraints: BasicConstraints::Ca { path_len: None },
            key_usage: vec![KeyUsage::KeyCertSign],
            extended_key_usage: Vec::new(),
            subject_alt_names: Vec::new(),
        };
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        CertificateAuthority::self_signed(&spec, key).unwrap()
    }

    #[test]
    fn of_an_unsigned_certificate_all_but_the_signature_is_judged() {
        let [root, other] = [root(), root()].map(|root| root.certificate().clone());
        let spec = CertificateSpec {
            subject: DistinguishedName::empty(),
            validity: Validity::starting(NOW, Duration::ZERO, 1).unwrap(),
            basic_constraints: BasicConstraints::EndEntity,
            key_usage: vec![KeyUsage::DigitalSignature],
            extended_key_usage: vec![ExtendedKeyUsage::ServerAuth],
            subject_alt_names: vec![SubjectAltName::Uri("spiffe://a/b".to_owned())],
        };
        let unsigned = authority::unsigned(&root, &spec, &root.public_key().unwrap()).unwrap();
        let reason = |root: &Certificate, at: OffsetDateTime| {
            let bundle = TrustBundle::new(vec![root.clone()]);
            let signed = bundle.verify(&unsigned, &[], Purpose::TlsPeer, Some(at));
            let unsigned = bundle.verify_unsigned(&unsigned, &[], Purpose::TlsPeer, Some(at));
            [signed, unsigned].map(|verdict| verdict.err().map(|error| error.reason))
        };
        let no = |reason: &str| Some(reason.to_owned());
        assert_eq!(
            reason(&root, NOW),
            [no("certificate signature failure"), None]
        );
        let issuer = no("unable to get local issuer certificate");
        assert_eq!(reason(&other, NOW), [issuer.clone(), issuer]);
        let late = NOW + Duration::days(20);
        let expired = no("certificate has expired");
        assert_eq!(reason(&root, late), [expired.clone(), expired]);
    }
}
