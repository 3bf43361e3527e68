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
        self.openssl_verify(certificate, intermediates, purpose, at)
            .unwrap_or_else(|error| {
                Err(VerifyError {
                    subject: certificate.subject(),
                    reason: error.to_string(),
                    is_of_names: false,
                })
            })
    }

    fn openssl_verify(
        &self,
        certificate: &Certificate,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: Option<OffsetDateTime>,
    ) -> Result<Result<VerifiedChain, VerifyError>, ErrorStack> {
        let store = self.store(purpose, at)?;
        let mut untrusted = Stack::new()?;
        for intermediate in intermediates {
            untrusted.push(intermediate.as_x509().clone())?;
        }
        let mut context = X509StoreContext::new()?;
        context.init(&store, certificate.as_x509(), &untrusted, |context| {
            if context.verify_cert()? {
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
            }
            let subject = context
                .current_cert()
                .map_or_else(String::new, |x509| ffi::oneline(x509.subject_name()));
            Ok(Err(VerifyError {
                subject,
                reason: context.error().error_string().to_owned(),
                is_of_names: NAME_CONSTRAINT_VIOLATIONS.contains(&context.error().as_raw()),
            }))
        })
    }

    /// As [`TrustBundle::verify`], of a certificate that is not signed yet: its signature, and no
    /// other, is left aside.
    pub fn verify_draft(
        &self,
        draft: &Certificate,
        intermediates: &[Certificate],
        purpose: Purpose,
        at: OffsetDateTime,
    ) -> Result<(), VerifyError> {
        let failed = |error: ErrorStack| VerifyError {
            subject: draft.subject(),
            reason: error.to_string(),
            is_of_names: false,
        };
        let store = self.store(purpose, Some(at)).map_err(failed)?;
        let mut untrusted = Stack::new().map_err(failed)?;
        for intermediate in intermediates {
            let x509 = intermediate.as_x509().clone();
            untrusted.push(x509).map_err(failed)?;
        }
        let mut context = X509StoreContext::new().map_err(failed)?;
        let crls = ffi::CrlStack::new(Vec::new());
        let goes_on = |code| code == code::CERT_SIGNATURE_FAILURE;
        let events = context.init(&store, draft.as_x509(), &untrusted, |context| {
            Ok(ffi::verify(context, None, &crls, goes_on).1)
        });
        let refusal = events
            .map_err(failed)?
            .into_iter()
            .find_map(|event| match event {
                ffi::Event::Error { code, depth, .. }
                    if code == code::CERT_SIGNATURE_FAILURE && depth == 0 =>
                {
                    None
                }
                ffi::Event::Error {
                    code,
                    text,
                    certificate,
                    ..
                } => Some(VerifyError {
                    subject: certificate
                        .map_or_else(String::new, |x509| ffi::oneline(x509.subject_name())),
                    reason: text.to_owned(),
                    is_of_names: NAME_CONSTRAINT_VIOLATIONS.contains(&code),
                }),
                ffi::Event::Policies(_) => None,
            });
        refusal.map_or(Ok(()), Err)
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
