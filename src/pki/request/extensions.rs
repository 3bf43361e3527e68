//! What a request asks for beside its subject and its key.

use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

use super::RequestError;
use crate::pki::certificate::{BasicConstraints, CertificateSpec, KeyUsage, SubjectAltName};
use crate::pki::summary::{self, GeneralName};
use crate::pki::{der, ffi};

/// basicConstraints as a request has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedConstraints {
    pub is_ca: bool,
    pub path_len: Option<u32>,
}

/// The extensions that are asked for (extensionRequest, RFC 2985 §5.4.2), each at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestedExtensions {
    pub basic_constraints: Option<RequestedConstraints>,
    /// The bits of keyUsage, for [`KeyUsage::names`].
    pub key_usage: Option<u16>,
    /// The DNS names and URIs of subjectAltName, in order.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// Its other names.
    pub other_alt_names: Vec<GeneralName>,
    /// All other extensions, by OpenSSL's short names or their object identifiers.
    pub others: Vec<String>,
    /// All other attributes than extensionRequest, which ask for nothing that is known here.
    pub other_attributes: Vec<String>,
}

const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";

impl RequestedExtensions {
    /// From the `attributes` of a CertificationRequestInfo, each in DER. Nothing in them is passed
    /// over: what cannot be read, or stands there twice, is an error.
    pub(super) fn of(attributes: &[&[u8]]) -> Result<Self, RequestError> {
        let mut requested = Self::default();
        let mut seen = Vec::new();
        for attribute in attributes {
            let fields = der::elements(attribute).ok_or(RequestError::Malformed)?;
            let [kind, values] = fields[..] else {
                return Err(RequestError::Malformed);
            };
            let oid = object_identifier(kind).ok_or(RequestError::Malformed)?;
            let name = || known_as(&oid);
            if seen.contains(&oid) {
                return Err(RequestError::Repeated(name()));
            }
            if oid == EXTENSION_REQUEST {
                let values = der::elements(values).ok_or(RequestError::Malformed)?;
                let [extensions] = values[..] else {
                    return Err(RequestError::Unreadable(name()));
                };
                requested.read_all(extensions)?;
            } else {
                requested.other_attributes.push(name());
            }
            seen.push(oid);
        }
        Ok(requested)
    }

    fn read_all(&mut self, extensions: &[u8]) -> Result<(), RequestError> {
        let unreadable = || RequestError::Unreadable(known_as(EXTENSION_REQUEST));
        let mut seen = Vec::new();
        for whole in der::elements(extensions).ok_or_else(unreadable)? {
            let (after, extension) = X509Extension::from_der(whole).map_err(|_| unreadable())?;
            if !after.is_empty() {
                return Err(unreadable());
            }
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                return Err(RequestError::Repeated(known_as(&oid)));
            }
            self.read(&oid, &extension)
                .ok_or_else(|| RequestError::Unreadable(known_as(&oid)))?;
            seen.push(oid);
        }
        Ok(())
    }

    fn read(&mut self, oid: &str, extension: &X509Extension<'_>) -> Option<()> {
        match (oid, extension.parsed_extension()) {
            (BASIC_CONSTRAINTS, ParsedExtension::BasicConstraints(constraints)) => {
                self.basic_constraints = Some(RequestedConstraints {
                    is_ca: constraints.ca,
                    path_len: constraints.path_len_constraint,
                });
            }
            (KEY_USAGE, ParsedExtension::KeyUsage(usage)) => self.key_usage = Some(usage.flags),
            (SUBJECT_ALT_NAME, _) => {
                for name in der::elements(extension.value)? {
                    self.read_name(name)?;
                }
            }
            (BASIC_CONSTRAINTS | KEY_USAGE, _) => return None,
            _ => self.others.push(known_as(oid)),
        }
        Some(())
    }

    fn read_name(&mut self, name: &[u8]) -> Option<()> {
        const DNS_NAME: u8 = 0x82;
        const URI: u8 = 0x86;

        let (value, _) = der::value(name)?;
        // IA5String (RFC 5280 §4.2.1.6).
        let text = || {
            std::str::from_utf8(value.contents)
                .ok()
                .filter(|text| text.is_ascii())
        };
        match (value.tag, text()) {
            (DNS_NAME, Some(name)) => self
                .subject_alt_names
                .push(SubjectAltName::Dns(name.into())),
            (URI, Some(uri)) => self.subject_alt_names.push(SubjectAltName::Uri(uri.into())),
            _ => self.other_alt_names.push(GeneralName::of(value)),
        }
        Some(())
    }

    /// Whether these are the extensions of `spec`, and no others.
    pub fn are_those_of(&self, spec: &CertificateSpec) -> bool {
        let basic_constraints = match spec.basic_constraints {
            BasicConstraints::EndEntity => RequestedConstraints {
                is_ca: false,
                path_len: None,
            },
            BasicConstraints::Ca { path_len } => RequestedConstraints {
                is_ca: true,
                path_len: path_len.map(u32::from),
            },
        };
        let key_usage = KeyUsage::bits(&spec.key_usage);
        self.basic_constraints == Some(basic_constraints)
            && self.key_usage.unwrap_or(0) == key_usage
            && in_order(&self.subject_alt_names) == in_order(&spec.subject_alt_names)
            && self.other_alt_names.is_empty()
            && self.others.is_empty()
    }
}

/// The OBJECT IDENTIFIER `der` with dots.
fn object_identifier(der: &[u8]) -> Option<String> {
    summary::object_identifier(der::value(der)?.0)
}

/// The object identifier `dotted` by OpenSSL's short name for it.
fn known_as(dotted: &str) -> String {
    ffi::short_name(dotted).unwrap_or_else(|| dotted.to_owned())
}

fn in_order(names: &[SubjectAltName]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.sort();
    names
}
