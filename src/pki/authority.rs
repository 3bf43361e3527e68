//! The right to issue certificates.

use openssl::error::ErrorStack;
use rcgen::{CertificateParams, Issuer, PublicKeyData, SigningKey};

use super::certificate::{
    BasicConstraints, Certificate, CertificateError, CertificateSpec, ExtendedKeyUsage, KeyUsage,
    SubjectAltName,
};
use super::chain::{Purpose, TrustBundle, VerifyError};
use super::der::{self, TbsFields};
use super::key::{KeyError, PrivateKey, PublicKey};
use super::name::{Attribute, DistinguishedName};

/// A CA certificate with its key: basicConstraints says CA:TRUE, keyUsage allows keyCertSign, and
/// the key is the certified one.
pub struct CertificateAuthority {
    certificate: Certificate,
    key: PrivateKey,
}

/// Why a certificate and a key do not make a CA.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("it is not a CA certificate: its basicConstraints do not say CA:TRUE")]
    NotACa,
    #[error("its keyUsage lacks keyCertSign, so it may not sign certificates")]
    NoKeyCertSign,
    #[error("the key is not the one that it certifies")]
    OtherKey,
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Why a certificate was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error("the certificate cannot be composed")]
    Compose(#[from] rcgen::Error),
    #[error("the certificate cannot be signed")]
    Sign(#[from] ErrorStack),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the certificate cannot be read back")]
    ReadBack(#[from] CertificateError),
    #[error("the certificate would name {issued:?} as its issuer, and the CA is {subject:?}")]
    OtherIssuer { issued: String, subject: String },
    #[error("the signature does not verify")]
    Signature,
    #[error("the certificate would be valid outside the period of its issuer")]
    OutlivesIssuer,
    #[error("the issuer's pathLenConstraint of 0 allows no CA below it")]
    PathLen,
    #[error("OpenSSL refuses the certificate: {0}")]
    Refused(#[from] VerifyError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl CertificateAuthority {
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, AuthorityError> {
        Self::may_sign(&certificate)?;
        if !key.belongs_to(&certificate.public_key()?) {
            return Err(AuthorityError::OtherKey);
        }
        Ok(Self { certificate, key })
    }

    /// Whether `certificate` is a CA's, which may sign certificates.
    pub fn may_sign(certificate: &Certificate) -> Result<(), AuthorityError> {
        if !certificate.is_ca() {
            return Err(AuthorityError::NotACa);
        }
        if !certificate.allows(KeyUsage::KeyCertSign) {
            return Err(AuthorityError::NoKeyCertSign);
        }
        Ok(())
    }

    /// A CA that vouches for itself.
    pub fn self_signed(spec: &CertificateSpec, key: PrivateKey) -> Result<Self, IssueError> {
        let public_key = key.public_key()?;
        let identifier = public_key.key_identifier();
        let composed = compose(spec, &public_key, identifier)?;
        let subject = subject_der(spec, &composed)?.to_vec();
        let certificate = sign(&composed, &subject, &subject, &public_key, &key)?;
        judge(&certificate, &certificate, spec)?;
        Ok(Self::new(certificate, key)?)
    }

    /// Issues what `spec` says for `subject_key`. The issuer is this CA's subject octet for octet,
    /// the signature verifies, and the certificate is within this CA's validity and
    /// pathLenConstraint: or there is no certificate.
    pub fn issue(
        &self,
        spec: &CertificateSpec,
        subject_key: &PublicKey,
    ) -> Result<Certificate, IssueError> {
        let identifier = match self.certificate.subject_key_identifier() {
            Some(identifier) => identifier.to_vec(),
            None => self.key.public_key()?.key_identifier(),
        };
        let composed = compose(spec, subject_key, identifier)?;
        let issuer = self.certificate.subject_der();
        let subject = subject_der(spec, &composed)?;
        let certificate = sign(&composed, issuer, subject, subject_key, &self.key)?;
        judge(&certificate, &self.certificate, spec)?;
        Ok(certificate)
    }

    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}

/// What the CA of the certificate `issuer` would issue for `subject_key`, with nothing in the place
/// of the signature: the CA's key need not be there.
pub fn unsigned(
    issuer: &Certificate,
    spec: &CertificateSpec,
    subject_key: &PublicKey,
) -> Result<Certificate, IssueError> {
    let issuer_key = issuer.public_key()?;
    let identifier = match issuer.subject_key_identifier() {
        Some(identifier) => identifier.to_vec(),
        None => issuer_key.key_identifier(),
    };
    let composed = compose(spec, subject_key, identifier)?;
    let subject = subject_der(spec, &composed)?;
    let algorithm = issuer_key.kind().signature_algorithm();
    let issuer = issuer.subject_der();
    let tbs = fields(&composed)?.reissued(&algorithm, issuer, subject, subject_key.spki());
    signed(&tbs, &algorithm, &[])
}

/// The extensions that a certificate of `spec` has, each in DER, but for the key identifiers, which
/// are its issuer's to write.
pub(super) fn extensions(
    spec: &CertificateSpec,
    subject_key: &PublicKey,
) -> Result<Vec<Vec<u8>>, IssueError> {
    const KEY_IDENTIFIERS: [&[u8]; 2] = [&[0x06, 3, 0x55, 0x1D, 14], &[0x06, 3, 0x55, 0x1D, 35]];

    let composed = compose(spec, subject_key, Vec::new())?;
    let is_spec = |extension: &&[u8]| {
        let fields = der::elements(extension).unwrap_or_default();
        fields
            .first()
            .is_some_and(|oid| !KEY_IDENTIFIERS.contains(oid))
    };
    let extensions = fields(&composed)?.extensions().into_iter();
    Ok(extensions.filter(is_spec).map(<[u8]>::to_vec).collect())
}

/// The DER of a certificate with everything but its issuer and signature.
fn compose(
    spec: &CertificateSpec,
    subject_key: &PublicKey,
    authority_key_identifier: Vec<u8>,
) -> Result<Vec<u8>, IssueError> {
    let mut parameters = parameters(spec)?;
    parameters.serial_number = Some(random_serial_number()?);
    parameters.key_identifier_method =
        rcgen::KeyIdMethod::PreSpecified(subject_key.key_identifier());
    let mut issuer = CertificateParams::default();
    issuer.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(authority_key_identifier);
    let issuer = Issuer::from_params(&issuer, Unsigned(subject_key));
    let composed = parameters.signed_by(&Unsigned(subject_key), &issuer)?;
    Ok(composed.der().to_vec())
}

/// Every field that rcgen has a default for is set: its defaults are valid until 4096.
fn parameters(spec: &CertificateSpec) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.not_before = spec.validity.not_before();
    parameters.not_after = spec.validity.not_after();
    parameters.distinguished_name = distinguished_name(&spec.subject);
    parameters.is_ca = match spec.basic_constraints {
        BasicConstraints::EndEntity => rcgen::IsCa::ExplicitNoCa,
        BasicConstraints::Ca { path_len: None } => {
            rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained)
        }
        BasicConstraints::Ca { path_len: Some(n) } => {
            rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(n))
        }
    };
    let usage = spec.key_usage.iter().map(|usage| match usage {
        KeyUsage::DigitalSignature => rcgen::KeyUsagePurpose::DigitalSignature,
        KeyUsage::KeyEncipherment => rcgen::KeyUsagePurpose::KeyEncipherment,
        KeyUsage::KeyCertSign => rcgen::KeyUsagePurpose::KeyCertSign,
        KeyUsage::CrlSign => rcgen::KeyUsagePurpose::CrlSign,
    });
    parameters.key_usages = usage.collect();
    let purposes = spec.extended_key_usage.iter().map(|purpose| match purpose {
        ExtendedKeyUsage::Any => rcgen::ExtendedKeyUsagePurpose::Any,
        ExtendedKeyUsage::ServerAuth => rcgen::ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsage::ClientAuth => rcgen::ExtendedKeyUsagePurpose::ClientAuth,
    });
    parameters.extended_key_usages = purposes.collect();
    let names = spec.subject_alt_names.iter().map(|name| {
        Ok(match name {
            SubjectAltName::Dns(name) => rcgen::SanType::DnsName(name.as_str().try_into()?),
            SubjectAltName::Uri(uri) => rcgen::SanType::URI(uri.as_str().try_into()?),
        })
    });
    parameters.subject_alt_names = names.collect::<Result<_, rcgen::Error>>()?;
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

fn distinguished_name(name: &DistinguishedName) -> rcgen::DistinguishedName {
    let mut composed = rcgen::DistinguishedName::new();
    if name.carried_der().is_some() {
        // Its octets come later. Without any name rcgen would make subjectAltName critical.
        composed.push(rcgen::DnType::CommonName, "carried over");
    }
    for (attribute, value) in name.attributes() {
        let kind = match attribute {
            Attribute::Organization => rcgen::DnType::OrganizationName,
            Attribute::CommonName => rcgen::DnType::CommonName,
            Attribute::Locality => rcgen::DnType::LocalityName,
        };
        composed.push(kind, value);
    }
    composed
}

/// 159 random bits: positive, at most 20 octets, and unpredictable (RFC 5280 §4.1.2.2). Never zero.
fn random_serial_number() -> Result<rcgen::SerialNumber, ErrorStack> {
    let mut octets = [0; 20];
    openssl::rand::rand_bytes(&mut octets)?;
    octets[0] &= 0x7F;
    if octets == [0; 20] {
        octets[19] = 1;
    }
    Ok(rcgen::SerialNumber::from_slice(&octets))
}

/// The subject in DER: carried over, or as rcgen has composed it.
fn subject_der<'a>(spec: &'a CertificateSpec, composed: &'a [u8]) -> Result<&'a [u8], IssueError> {
    match spec.subject.carried_der() {
        Some(carried) => Ok(carried),
        None => Ok(fields(composed)?.subject()),
    }
}

/// `composed` with `issuer` and `subject`, each a Name in DER, and `subject_key`, signed by `key`.
fn sign(
    composed: &[u8],
    issuer: &[u8],
    subject: &[u8],
    subject_key: &PublicKey,
    key: &PrivateKey,
) -> Result<Certificate, IssueError> {
    let algorithm = key.kind().signature_algorithm();
    let tbs = fields(composed)?.reissued(&algorithm, issuer, subject, subject_key.spki());
    signed(&tbs, &algorithm, &key.sign(&tbs)?)
}

/// The certificate of `tbs`. rcgen cannot say every name that a CA may have, nor every kind of key:
/// they are put in as octets.
fn signed(tbs: &[u8], algorithm: &[u8], signature: &[u8]) -> Result<Certificate, IssueError> {
    let signature = der::bit_string(signature);
    let signed = der::sequence(&[tbs, algorithm, &signature]);
    Ok(Certificate::from_der(&signed)?)
}

fn fields(certificate: &[u8]) -> Result<TbsFields<'_>, IssueError> {
    TbsFields::of(certificate).ok_or(IssueError::Compose(rcgen::Error::CouldNotParseCertificate))
}

/// The second opinion: what rcgen wrote, x509-parser has read; here OpenSSL judges it.
fn judge(
    issued: &Certificate,
    issuer: &Certificate,
    spec: &CertificateSpec,
) -> Result<(), IssueError> {
    if issued.issuer_der() != issuer.subject_der() {
        return Err(IssueError::OtherIssuer {
            issued: issued.issuer(),
            subject: issuer.subject(),
        });
    }
    let is_within = issuer
        .validity()
        .is_ok_and(|validity| validity.contains(&spec.validity));
    if !is_within {
        return Err(IssueError::OutlivesIssuer);
    }
    let is_self_signed = issued == issuer;
    // OpenSSL does not look at the signature of an anchor.
    if is_self_signed && !issued.is_issued_by(issuer) {
        return Err(IssueError::Signature);
    }
    if issued.is_ca() && !is_self_signed && issuer.path_len() == Some(0) {
        return Err(IssueError::PathLen);
    }
    TrustBundle::new(vec![issuer.clone()]).verify(
        issued,
        &[],
        Purpose::Any,
        Some(spec.validity.not_before()),
    )?;
    Ok(())
}

/// What rcgen needs to compose a certificate: a key, and an issuer's signature. Both are replaced
/// by [`sign`], so the algorithm that rcgen writes with them means nothing.
struct Unsigned<'a>(&'a PublicKey);

impl PublicKeyData for Unsigned<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.subject_public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Unsigned<'_> {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}
