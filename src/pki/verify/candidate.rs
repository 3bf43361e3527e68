//! A certificate that may become part of a path.

use std::sync::Arc;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::{X509, X509NameRef};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use crate::pki::certificate::{Certificate, CertificateError, KeyUsage};
use crate::pki::digest::Sha256;
use crate::pki::text::NameOptions;
use crate::pki::{ffi, usual};

/// A certificate that OpenSSL reads, whether or not it is well-formed: what it is good for is for
/// the verification to say.
#[derive(Clone)]
pub struct Candidate {
    x509: X509,
    source: Arc<str>,
}

impl Candidate {
    pub(super) fn new(x509: X509, source: impl Into<Arc<str>>) -> Self {
        let source = source.into();
        Self { x509, source }
    }

    /// The certificate that `der` begins with; `source` says where it was found.
    pub fn from_der(der: &[u8], source: &Arc<str>) -> Result<Self, CertificateError> {
        usual::set_up_algorithms_for(der);
        Self::read(X509::from_der(der), source)
    }

    /// As [`Candidate::from_der`], with the trust settings of a `TRUSTED CERTIFICATE` behind it.
    pub fn from_trusted_der(der: &[u8], source: &Arc<str>) -> Result<Self, CertificateError> {
        let x509 = ffi::certificate_with_trust(der);
        Self::read(x509.ok_or_else(openssl::error::ErrorStack::get), source)
    }

    fn read(
        x509: Result<X509, openssl::error::ErrorStack>,
        source: &Arc<str>,
    ) -> Result<Self, CertificateError> {
        let x509 = x509.map_err(|errors| {
            ffi::load_error_texts();
            let reason = errors
                .errors()
                .last()
                .and_then(openssl::error::Error::reason);
            CertificateError::Malformed(reason.unwrap_or("it cannot be read").to_owned())
        })?;
        Ok(Self::new(x509, Arc::clone(source)))
    }

    /// Where it was found.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The subject as OpenSSL prints it: `O = Istio, CN = Root CA`.
    pub fn subject(&self) -> String {
        ffi::oneline(self.x509.subject_name())
    }

    /// The subject as `openssl verify` prints it with these options: lines, if they say so.
    pub fn subject_as(&self, names: NameOptions) -> String {
        names.print(self.x509.subject_name())
    }

    /// The issuer as OpenSSL prints it.
    pub fn issuer(&self) -> String {
        ffi::oneline(self.x509.issuer_name())
    }

    pub fn der(&self) -> Vec<u8> {
        self.x509.to_der().unwrap_or_default()
    }

    /// SHA-256 of the certificate in DER, as OpenSSL writes fingerprints: `AB:CD:…`.
    pub fn sha256_fingerprint(&self) -> String {
        // X509_digest may take SHA-256 for SHA-1 where no digest has a name yet.
        Sha256::of(&self.der()).fingerprint()
    }

    pub fn subject_key_identifier(&self) -> Option<String> {
        self.x509.subject_key_id().map(|id| hex(id.as_slice()))
    }

    pub fn authority_key_identifier(&self) -> Option<String> {
        self.x509.authority_key_id().map(|id| hex(id.as_slice()))
    }

    /// The name of the file that `openssl rehash` would give its issuer: `0a1b2c3d.0`.
    pub fn issuer_hash_name(&self) -> String {
        format!("{:08x}.0", self.x509.issuer_name_hash())
    }

    pub fn not_before(&self) -> Option<OffsetDateTime> {
        instant(self.x509.not_before())
    }

    pub fn not_after(&self) -> Option<OffsetDateTime> {
        instant(self.x509.not_after())
    }

    /// Its key for a message: `an RSA key of 1024 bits`.
    pub fn key(&self) -> Option<String> {
        use openssl::pkey::Id;

        let key = self.x509.public_key().ok()?;
        let kind = match key.id() {
            Id::RSA | Id::RSA_PSS => "an RSA",
            Id::EC => "an EC",
            Id::DSA => "a DSA",
            Id::ED25519 => "an Ed25519",
            Id::ED448 => "an Ed448",
            _ => "a",
        };
        Some(format!("{kind} key of {} bits", key.bits()))
    }

    /// Whether the subject and `other`'s are the same name.
    pub fn has_name_of(&self, other: &Self) -> bool {
        is_same(self.x509.subject_name(), other.x509.subject_name())
    }

    /// Whether the subject is the name of `other`'s issuer.
    pub fn has_name_of_issuer_of(&self, other: &Self) -> bool {
        is_same(self.x509.subject_name(), other.x509.issuer_name())
    }

    /// Whether its key signed `other`.
    pub fn signed(&self, other: &Self) -> bool {
        let key = self.x509.public_key();
        let signed = key.and_then(|key| other.x509.verify(&key)).unwrap_or(false);
        // A key that cannot be read leaves a reason behind, which is nobody's business.
        drop(openssl::error::ErrorStack::get());
        signed
    }

    /// Whether subject and issuer are the same name, and its own key signed it.
    pub fn is_self_signed(&self) -> bool {
        self.has_name_of_issuer_of(self) && self.signed(self)
    }

    /// What x509-parser reads in it, as far as it does.
    pub fn facts(&self) -> Facts {
        let der = self.der();
        X509Certificate::from_der(&der)
            .map(|(_, parsed)| Facts::of(&parsed))
            .unwrap_or_default()
    }

    pub(super) fn as_x509(&self) -> &X509 {
        &self.x509
    }
}

/// The same octets.
impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

/// The fields that explanations and rules look at. What is absent or cannot be read is at its
/// default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// 1 to 3, as people count them.
    pub version: u32,
    pub signature_algorithm: String,
    pub has_basic_constraints: bool,
    pub is_ca: bool,
    pub path_len: Option<u32>,
    pub key_usage: Option<u16>,
    pub key_usage_is_critical: bool,
    /// Purposes by RFC 5280's names, or numbers.
    pub extended_key_usage: Option<Vec<String>>,
    pub has_subject: bool,
    pub subject_alt_name_is_critical: bool,
    pub dns_names: Vec<String>,
    pub uris: Vec<String>,
    pub emails: Vec<String>,
    pub ip_addresses: Vec<String>,
    /// The critical extensions, by their numbers.
    pub critical_extensions: Vec<String>,
}

impl Facts {
    pub fn of_certificate(certificate: &Certificate) -> Self {
        let parsed = X509Certificate::from_der(certificate.der());
        parsed.map_or_else(|_| Self::default(), |(_, parsed)| Self::of(&parsed))
    }

    fn of(parsed: &X509Certificate<'_>) -> Self {
        let mut facts = Self {
            version: parsed.version.0 + 1,
            signature_algorithm: parsed.signature_algorithm.algorithm.to_id_string(),
            has_subject: parsed.subject().iter().next().is_some(),
            ..Self::default()
        };
        for extension in parsed.extensions() {
            if extension.critical {
                let number = extension.oid.to_id_string();
                facts.critical_extensions.push(number);
            }
            facts.read(extension.parsed_extension(), extension.critical);
        }
        facts
    }

    fn read(&mut self, extension: &ParsedExtension<'_>, is_critical: bool) {
        match extension {
            ParsedExtension::BasicConstraints(constraints) => {
                self.has_basic_constraints = true;
                self.is_ca = constraints.ca;
                self.path_len = constraints.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(usage.flags);
                self.key_usage_is_critical = is_critical;
            }
            ParsedExtension::ExtendedKeyUsage(purposes) => {
                self.extended_key_usage = Some(purpose_names(purposes));
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.subject_alt_name_is_critical = is_critical;
                for name in &names.general_names {
                    self.read_name(name);
                }
            }
            _ => {}
        }
    }

    fn read_name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
            GeneralName::URI(uri) => self.uris.push((*uri).to_owned()),
            GeneralName::RFC822Name(email) => self.emails.push((*email).to_owned()),
            GeneralName::IPAddress(octets) => self.ip_addresses.extend(ip_address(octets)),
            _ => {}
        }
    }

    /// Whether keyUsage is there and says this.
    pub fn key_usage_says(&self, usage: KeyUsage) -> bool {
        self.key_usage
            .is_some_and(|bits| bits >> (usage as u16) & 1 == 1)
    }

    /// Whether keyUsage allows this. Where the extension is absent, everything is allowed
    /// (RFC 5280 §4.2.1.3).
    pub fn allows(&self, usage: KeyUsage) -> bool {
        self.key_usage.is_none() || self.key_usage_says(usage)
    }
}

fn purpose_names(purposes: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (purposes.any, "anyExtendedKeyUsage"),
        (purposes.server_auth, "serverAuth"),
        (purposes.client_auth, "clientAuth"),
        (purposes.code_signing, "codeSigning"),
        (purposes.email_protection, "emailProtection"),
        (purposes.time_stamping, "timeStamping"),
        (purposes.ocsp_signing, "OCSPSigning"),
    ];
    let known = known.into_iter().filter(|(present, _)| *present);
    let others = purposes
        .other
        .iter()
        .map(x509_parser::asn1_rs::Oid::to_id_string);
    known
        .map(|(_, name)| name.to_owned())
        .chain(others)
        .collect()
}

fn ip_address(octets: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(octets).map(std::net::IpAddr::from);
    let address = v4.or_else(|_| <[u8; 16]>::try_from(octets).map(std::net::IpAddr::from));
    address.ok().map(|address| address.to_string())
}

fn is_same(one: &X509NameRef, other: &X509NameRef) -> bool {
    one.try_cmp(other).is_ok_and(std::cmp::Ordering::is_eq)
}

/// An instant as a certificate or a CRL writes it, unless that is no instant.
pub(super) fn instant(time: &Asn1TimeRef) -> Option<OffsetDateTime> {
    let epoch = Asn1Time::from_unix(0).ok()?;
    let since = epoch.diff(time).ok()?;
    let since = Duration::days(since.days.into()) + Duration::seconds(since.secs.into());
    OffsetDateTime::UNIX_EPOCH.checked_add(since)
}

fn hex(octets: &[u8]) -> String {
    let octets: Vec<_> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}
