//! Requests and CRLs, for a summary.

use serde::Serialize;
use time::OffsetDateTime;

use super::{Algorithm, Extension, GeneralName, KeySummary, extensions};
use crate::pki::der::{self, Value};
use crate::pki::digest::Sha256;

/// The fields of a certification request (RFC 2986 §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestSummary {
    pub subject: Option<String>,
    pub public_key: KeySummary,
    pub signature_algorithm: Option<Algorithm>,
    pub subject_alt_names: Vec<GeneralName>,
    /// The extensions that are asked for.
    #[serde(skip)]
    pub extensions: Vec<Extension>,
    /// Whether it asks for a CA's certificate.
    #[serde(skip)]
    pub is_ca: bool,
}

impl RequestSummary {
    /// Of the request `der`. `None` if its fields cannot be told apart.
    pub fn of(der: &[u8]) -> Option<Self> {
        let (request, _) = der::value(der)?;
        let mut parts = der::values(request.contents);
        let mut fields = der::values(parts.next()?.contents);
        fields.next()?; // the version
        let (subject, spki) = (fields.next()?, fields.next()?);
        let attributes = fields
            .next()
            .map_or(&[][..], |attributes| attributes.contents);
        let extensions = extensions::read(requested_extensions(attributes).unwrap_or_default());
        Some(Self {
            subject: super::name(subject.whole),
            public_key: KeySummary::of(spki.whole),
            signature_algorithm: parts.next().and_then(|field| Algorithm::of(field.contents)),
            subject_alt_names: extensions.subject_alt_names,
            extensions: extensions.all,
            is_ca: extensions.is_ca,
        })
    }
}

/// The contents of the Extensions among the `attributes` of a request.
fn requested_extensions(attributes: &[u8]) -> Option<&[u8]> {
    /// extensionRequest (RFC 2985 §5.4.2).
    const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";

    der::values(attributes).find_map(|attribute| {
        let mut fields = der::values(attribute.contents);
        let oid = extensions::oid(fields.next()?)?;
        let values = fields.next()?;
        let extensions = der::values(values.contents).next()?;
        (oid == EXTENSION_REQUEST).then_some(extensions.contents)
    })
}

impl RequestSummary {
    /// SHA-256 of the request's SubjectPublicKeyInfo.
    pub fn spki_digest(der: &[u8]) -> Option<Sha256> {
        let (request, _) = der::value(der)?;
        let info = der::values(request.contents).next()?;
        let spki = der::values(info.contents).nth(2)?;
        Some(Sha256::of(spki.whole))
    }
}

/// The fields of a CRL (RFC 5280 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CrlSummary {
    pub issuer: Option<String>,
    pub signature_algorithm: Option<Algorithm>,
    #[serde(serialize_with = "super::moment")]
    pub this_update: Option<OffsetDateTime>,
    #[serde(serialize_with = "super::moment")]
    pub next_update: Option<OffsetDateTime>,
    /// Hexadecimal, as a serial number is.
    pub crl_number: Option<String>,
    pub revoked_certificates: Vec<Revoked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    pub serial_number: String,
    #[serde(serialize_with = "super::moment")]
    pub revocation_date: Option<OffsetDateTime>,
}

impl CrlSummary {
    /// Of the CRL `der`. `None` if its fields cannot be told apart.
    pub fn of(der: &[u8]) -> Option<Self> {
        const INTEGER: u8 = 0x02;
        const SEQUENCE: u8 = 0x30;
        const EXPLICIT_EXTENSIONS: u8 = 0xA0;

        let (crl, _) = der::value(der)?;
        let mut parts = der::values(crl.contents);
        let mut fields = der::values(parts.next()?.contents).peekable();
        fields.next_if(|field| field.tag == INTEGER); // the version
        let algorithm = fields.next()?;
        let issuer = fields.next()?;
        let this_update = fields.next()?;
        let next_update = fields.next_if(|field| is_time(*field));
        let revoked = fields.next_if(|field| field.tag == SEQUENCE);
        let revoked = revoked.map_or(&[][..], |revoked| revoked.contents);
        let extensions = fields.find(|field| field.tag == EXPLICIT_EXTENSIONS);
        let extensions = extensions.and_then(|field| Some(der::value(field.contents)?.0.contents));
        let revoked = der::values(revoked).filter_map(|entry| {
            let mut fields = der::values(entry.contents);
            Some(Revoked {
                serial_number: super::serial_number(fields.next()?.contents),
                revocation_date: fields.next().and_then(super::moment_of),
            })
        });
        Some(Self {
            issuer: super::name(issuer.whole),
            signature_algorithm: Algorithm::of(algorithm.contents),
            this_update: super::moment_of(this_update),
            next_update: next_update.and_then(super::moment_of),
            crl_number: extensions.and_then(crl_number),
            revoked_certificates: revoked.collect(),
        })
    }
}

/// cRLNumber (RFC 5280 §5.2.3) among the contents of an Extensions.
fn crl_number(extensions: &[u8]) -> Option<String> {
    const CRL_NUMBER: &str = "2.5.29.20";

    der::values(extensions).find_map(|extension| {
        let mut fields = der::values(extension.contents);
        let oid = extensions::oid(fields.next()?)?;
        let (number, _) = der::value(fields.last()?.contents)?;
        (oid == CRL_NUMBER).then(|| super::serial_number(number.contents))
    })
}

fn is_time(field: Value<'_>) -> bool {
    matches!(field.tag, 0x17 | 0x18)
}
