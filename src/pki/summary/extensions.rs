//! Extensions, for a summary.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use x509_parser::asn1_rs::Oid;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

use crate::pki::certificate::KeyUsage;
use crate::pki::der::{self, Value};
use crate::pki::ffi;

/// An extension, whether it is known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    pub oid: String,
    /// OpenSSL's short name.
    pub name: Option<String>,
    pub critical: bool,
    /// Hexadecimal.
    pub value: String,
}

/// One name of subjectAltName: what a terminal would act on is `\XX` in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneralName {
    /// As OpenSSL prints it: `DNS`, `URI`, `email`, `IP Address`, `DirName`, `Registered ID`,
    /// `othername`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub value: String,
}

/// What the extensions say.
#[derive(Default)]
pub struct Extensions {
    pub all: Vec<Extension>,
    pub is_ca: bool,
    pub path_len: Option<u32>,
    pub key_usage: Option<Vec<&'static str>>,
    pub extended_key_usage: Option<Vec<String>>,
    pub subject_alt_names: Vec<GeneralName>,
    pub subject_key_identifier: Option<String>,
    pub authority_key_identifier: Option<String>,
}

/// From the contents of an Extensions.
pub fn read(contents: &[u8]) -> Extensions {
    let mut read = Extensions::default();
    for value in der::values(contents) {
        let Ok((_, extension)) = X509Extension::from_der(value.whole) else {
            continue;
        };
        read.interpret(&extension);
        let oid = extension.oid.to_id_string();
        read.all.push(Extension {
            name: ffi::short_name(&oid),
            oid,
            critical: extension.critical,
            value: super::hex(extension.value, ""),
        });
    }
    read
}

impl Extensions {
    fn interpret(&mut self, extension: &X509Extension<'_>) {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints) => {
                self.is_ca = constraints.ca;
                self.path_len = constraints.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage::names(usage.flags).collect());
            }
            ParsedExtension::ExtendedKeyUsage(_) => {
                let purposes = der::value(extension.value)
                    .into_iter()
                    .flat_map(|(purposes, _)| der::values(purposes.contents))
                    .filter_map(oid)
                    .map(|oid| ffi::short_name(&oid).unwrap_or(oid));
                self.extended_key_usage = Some(purposes.collect());
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(super::colons(identifier.0));
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                let key = identifier.key_identifier.as_ref();
                self.authority_key_identifier = key.map(|key| super::colons(key.0));
            }
            _ if extension.oid == SUBJECT_ALT_NAME => {
                self.subject_alt_names = der::value(extension.value)
                    .into_iter()
                    .flat_map(|(names, _)| der::values(names.contents))
                    .map(GeneralName::of)
                    .collect();
            }
            _ => {}
        }
    }
}

const SUBJECT_ALT_NAME: Oid<'static> = x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;

impl GeneralName {
    pub(in crate::pki) fn of(name: Value<'_>) -> Self {
        let octets = name.contents;
        let text = || crate::escape::bytes(octets);
        let (kind, value) = match name.tag {
            0x81 => ("email", text()),
            0x82 => ("DNS", text()),
            0x86 => ("URI", text()),
            0x87 => ("IP Address", address(octets)),
            0x88 => ("Registered ID", dotted(octets).unwrap_or_else(text)),
            0xA4 => ("DirName", super::name(octets).unwrap_or_else(text)),
            0xA0 => ("othername", super::hex(octets, "")),
            0xA3 => ("X400Name", super::hex(octets, "")),
            0xA5 => ("EdiPartyName", super::hex(octets, "")),
            _ => ("unknown", super::hex(octets, "")),
        };
        Self { kind, value }
    }
}

fn address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        Ipv4Addr::from(octets).to_string()
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        Ipv6Addr::from(octets).to_string()
    } else {
        super::hex(octets, "")
    }
}

/// The OBJECT IDENTIFIER `value` with dots.
pub fn oid(value: Value<'_>) -> Option<String> {
    dotted(value.contents).filter(|_| value.tag == 0x06)
}

/// The contents of an OBJECT IDENTIFIER with dots, if it has a reasonable length: numbers of
/// thousands of digits are no names.
pub fn dotted(contents: &[u8]) -> Option<String> {
    (!contents.is_empty() && contents.len() <= 128)
        .then(|| Oid::new(contents.into()).to_id_string())
}
