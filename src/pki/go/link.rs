//! One step of a path.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::super::certificate::{Certificate, KeyUsage};
use super::super::signatures::Signatures;
use super::super::summary::KeySummary;
use super::{PathError, Reason, signature};

/// A certificate with what Go alone asks of it.
#[derive(Clone)]
pub(super) struct Link<'a> {
    pub certificate: &'a Certificate,
    is_version_3: bool,
    has_basic_constraints: bool,
    /// A critical extension that Go does not handle, by its OID.
    pub unhandled: Option<String>,
}

impl<'a> Link<'a> {
    pub fn of(certificate: &'a Certificate) -> Self {
        let mut link = Self {
            certificate,
            is_version_3: true,
            has_basic_constraints: false,
            unhandled: None,
        };
        if let Ok((_, parsed)) = X509Certificate::from_der(certificate.der()) {
            link.is_version_3 = parsed.version().0 == 2;
            for extension in parsed.extensions() {
                let content = extension.parsed_extension();
                link.has_basic_constraints |=
                    matches!(content, ParsedExtension::BasicConstraints(_));
                if extension.critical && !is_handled(content) {
                    link.unhandled = Some(extension.oid.to_id_string());
                }
            }
        }
        link
    }

    pub fn refuse(&self, reason: Reason) -> PathError {
        PathError {
            subject: self.certificate.subject(),
            reason,
        }
    }

    /// Certificate.CheckSignatureFrom; without a signature, that `parent` may sign.
    pub fn is_issued_by(
        &self,
        parent: &Self,
        known: Option<&mut Signatures>,
    ) -> Result<(), PathError> {
        let above = parent.certificate;
        if parent.is_version_3 && !above.is_ca() || parent.has_basic_constraints && !above.is_ca() {
            return Err(parent.refuse(Reason::NotACa));
        }
        if !above.allows(KeyUsage::KeyCertSign) {
            return Err(parent.refuse(Reason::NoKeyCertSign));
        }
        if known.is_some()
            && let Some(reason) = signature::refused(self.certificate)
        {
            return Err(self.refuse(reason));
        }
        let key = KeySummary::of(above.spki());
        if key.is_rsa() && key.bits.is_some_and(|bits| bits < 1024) {
            return Err(parent.refuse(Reason::WeakKey));
        }
        let is_signed = known.is_none_or(|known| known.is_issued_by(self.certificate, above));
        if is_signed {
            Ok(())
        } else {
            Err(self.refuse(Reason::OtherKey))
        }
    }
}

/// Whether Go looks at a critical extension of this kind (crypto/x509, processExtensions).
fn is_handled(extension: &ParsedExtension<'_>) -> bool {
    match extension {
        ParsedExtension::KeyUsage(_)
        | ParsedExtension::BasicConstraints(_)
        | ParsedExtension::ExtendedKeyUsage(_)
        | ParsedExtension::CRLDistributionPoints(_)
        | ParsedExtension::CertificatePolicies(_)
        | ParsedExtension::PolicyMappings(_)
        | ParsedExtension::PolicyConstraints(_)
        | ParsedExtension::InhibitAnyPolicy(_) => true,
        ParsedExtension::SubjectAlternativeName(names) => {
            names.general_names.iter().any(is_known_name)
        }
        ParsedExtension::NameConstraints(constraints) => {
            let subtrees = [
                &constraints.permitted_subtrees,
                &constraints.excluded_subtrees,
            ];
            let mut subtrees = subtrees.into_iter().flatten().flatten();
            subtrees.all(|subtree| is_known_name(&subtree.base))
        }
        _ => false,
    }
}

fn is_known_name(name: &GeneralName<'_>) -> bool {
    matches!(
        name,
        GeneralName::DNSName(_)
            | GeneralName::URI(_)
            | GeneralName::RFC822Name(_)
            | GeneralName::IPAddress(_)
    )
}
