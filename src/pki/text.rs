//! Certificates, requests and CRLs as the `openssl` program prints them: by libcrypto itself, with
//! the octets that a terminal would act on shown as `\XX`.

mod key;

use std::str::FromStr;

use openssl::hash::MessageDigest;
use openssl::x509::X509NameRef;

use super::ffi::{self, NameFlags, ReadCertificate};
use super::find::CertificateDer;
use super::{masked, summary};

/// How names are printed: openssl's `-nameopt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameOptions(NameFlags);

/// `O = Istio, CN = Root CA`, as OpenSSL 3.0 prints names unasked.
impl Default for NameOptions {
    fn default() -> Self {
        Self(ffi::XN_FLAG_ONELINE)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name option: there are oneline, RFC2253, multiline, compat, sep_..., esc_..., utf8, and the others of openssl-namedisplay-options(1)"
)]
pub struct UnknownNameOption(String);

/// The words of `-nameopt`: name, the flags it sets, and those it clears first (OpenSSL
/// apps/lib/apps.c, `set_name_ex`).
const WORDS: [(&str, NameFlags, NameFlags); 28] = [
    ("esc_2253", 0x1, 0),
    ("esc_2254", 0x400, 0),
    ("esc_ctrl", 0x2, 0),
    ("esc_msb", 0x4, 0),
    ("use_quote", 0x8, 0),
    ("utf8", 0x10, 0),
    ("ignore_type", 0x20, 0),
    ("show_type", 0x40, 0),
    ("dump_all", 0x80, 0),
    ("dump_nostr", 0x100, 0),
    ("dump_der", 0x200, 0),
    ("compat", 0, ALL),
    ("sep_comma_plus", 0x1_0000, SEPARATORS),
    ("sep_comma_plus_space", COMMA_PLUS_SPACE, SEPARATORS),
    ("sep_semi_plus_space", 0x3_0000, SEPARATORS),
    ("sep_multiline", MULTILINE, SEPARATORS),
    ("dn_rev", 0x10_0000, 0),
    ("nofname", 0x60_0000, FIELD_NAMES),
    ("sname", 0, FIELD_NAMES),
    ("lname", 0x20_0000, FIELD_NAMES),
    ("align", 0x200_0000, 0),
    ("oid", 0x40_0000, FIELD_NAMES),
    ("space_eq", 0x80_0000, 0),
    ("dump_unknown", 0x100_0000, 0),
    ("RFC2253", 0x111_0317, ALL),
    ("oneline", ffi::XN_FLAG_ONELINE, ALL),
    ("multiline", 0x2A4_0006, ALL),
    ("ca_default", 0x2A4_0006, ALL),
];
const ALL: NameFlags = 0xFFFF_FFFF;
const SEPARATORS: NameFlags = 0xF_0000;
const FIELD_NAMES: NameFlags = 0x60_0000;
const COMMA_PLUS_SPACE: NameFlags = 0x2_0000;
const MULTILINE: NameFlags = 0x4_0000;

impl FromStr for NameOptions {
    type Err = UnknownNameOption;

    /// Words with commas between them; `-` before a word takes it back.
    fn from_str(words: &str) -> Result<Self, UnknownNameOption> {
        let mut flags: NameFlags = 0;
        for word in words.split(',').map(str::trim) {
            let (is_set, name) = match word.strip_prefix('-') {
                Some(name) => (false, name),
                None => (true, word.strip_prefix('+').unwrap_or(word)),
            };
            let (_, sets, clears) = WORDS
                .iter()
                .find(|(known, ..)| known.eq_ignore_ascii_case(name))
                .ok_or_else(|| UnknownNameOption(word.to_owned()))?;
            flags &= !clears;
            flags = if is_set { flags | sets } else { flags & !sets };
        }
        if flags != 0 && flags & SEPARATORS == 0 {
            flags |= COMMA_PLUS_SPACE;
        }
        Ok(Self(flags))
    }
}

impl NameOptions {
    /// `name` as `X509_NAME_print_ex` has it. Only where lines were asked for does a line feed
    /// begin one: within a value, OpenSSL escapes it unless told not to.
    pub(super) fn print(self, name: &X509NameRef) -> String {
        const ESC_CTRL: NameFlags = 0x2;

        let printed = ffi::name_lines(name, self.0);
        if self.0 & SEPARATORS == MULTILINE && self.0 & ESC_CTRL != 0 {
            let lines = printed.split(|&octet| octet == b'\n');
            lines
                .map(crate::escape::bytes)
                .collect::<Vec<_>>()
                .join("\n")
        } else {
            crate::escape::bytes(&printed)
        }
    }
}

/// A digest for fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, which OpenSSL takes unasked, and then writes in capitals.
    Unasked,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// What OpenSSL cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("OpenSSL cannot read it as {0}")]
pub struct Unreadable(&'static str);

/// A certificate as `openssl x509 -noout -text` prints it.
pub fn certificate(certificate: &CertificateDer, names: NameOptions) -> Result<String, Unreadable> {
    match with_key_lines(certificate, names) {
        Some(text) => Ok(text),
        None => Ok(Printable::new(certificate)?.text(names)),
    }
}

/// The same text, if its key is one that is printed here, and nothing stands behind it.
fn with_key_lines(certificate: &CertificateDer, names: NameOptions) -> Option<String> {
    let der = certificate.with_trailer();
    if certificate.is_trusted() || certificate.der() != der {
        return None;
    }
    let key = key::lines(summary::spki(der)?)?;
    let print = |der: &[u8]| {
        let read = ReadCertificate::without_key(der)?;
        Some(read.text_with_key(names.0, key.as_bytes()))
    };
    Some(masked::sanitized(print(der)?, der, print))
}

/// A certificate that OpenSSL can read.
pub struct Printable<'a> {
    source: &'a CertificateDer,
    read: ReadCertificate,
}

impl<'a> Printable<'a> {
    pub fn new(certificate: &'a CertificateDer) -> Result<Self, Unreadable> {
        let octets = certificate.with_trailer();
        match ReadCertificate::new(octets, certificate.is_trusted()) {
            Some(read) => Ok(Self {
                source: certificate,
                read,
            }),
            None => Err(Unreadable("a certificate")),
        }
    }

    /// As `openssl x509 -noout -text` prints it.
    pub fn text(&self, names: NameOptions) -> String {
        let print = |certificate: &ReadCertificate| certificate.text(names.0);
        masked::sanitized(print(&self.read), self.source.with_trailer(), |masked| {
            ReadCertificate::new(masked, self.source.is_trusted()).map(|masked| print(&masked))
        })
    }

    /// As `-text` prints it beside `-ext`: without the extensions whose short names are no part of
    /// `list`.
    pub fn text_of_extensions(&self, names: NameOptions, list: &str) -> String {
        let print = |der: &[u8]| {
            let mut read = ReadCertificate::new(der, self.source.is_trusted())?;
            read.keep_extensions(list);
            Some(read.text(names.0))
        };
        let octets = self.source.with_trailer();
        masked::sanitized(print(octets).unwrap_or_default(), octets, print)
    }

    /// As `-serial`.
    pub fn serial(&self) -> String {
        format!("serial={}\n", masked::own(self.read.serial()))
    }

    /// As `-dates`.
    pub fn dates(&self) -> String {
        let [not_before, not_after] = self.read.dates().map(masked::own);
        format!("notBefore={not_before}\nnotAfter={not_after}\n")
    }

    /// As `-fingerprint`.
    pub fn fingerprint(&self, digest: Digest) -> String {
        let (name, digest) = match digest {
            Digest::Unasked => ("SHA1", MessageDigest::sha1()),
            Digest::Sha1 => ("sha1", MessageDigest::sha1()),
            Digest::Sha256 => ("sha256", MessageDigest::sha256()),
            Digest::Sha384 => ("sha384", MessageDigest::sha384()),
            Digest::Sha512 => ("sha512", MessageDigest::sha512()),
        };
        let octets = self.read.digest(digest);
        format!("{name} Fingerprint={}\n", summary::hex(&octets, ":"))
    }

    /// As `-ext` with these short names, commas between them; `None` if the certificate has none of
    /// them, nor any whose name is a part of the list.
    pub fn extensions(&self, list: &str) -> Option<String> {
        let print = |certificate: &ReadCertificate| certificate.extensions(list);
        let printed = print(&self.read)?;
        Some(masked::sanitized(
            printed,
            self.source.with_trailer(),
            |masked| {
                let certificate = ReadCertificate::new(masked, self.source.is_trusted())?;
                print(&certificate)
            },
        ))
    }
}

/// A request in DER, as `openssl req -noout -text` prints it.
pub fn request(der: &[u8], names: NameOptions) -> Result<String, Unreadable> {
    let print = |der: &[u8]| ffi::request_text(der, names.0);
    let printed = print(der).ok_or(Unreadable("a certification request"))?;
    Ok(masked::sanitized(printed, der, print))
}

/// A CRL in DER, as `openssl crl -noout -text` prints it.
pub fn crl(der: &[u8], names: NameOptions) -> Result<String, Unreadable> {
    let print = |der: &[u8]| ffi::crl_text(der, names.0);
    let printed = print(der).ok_or(Unreadable("a CRL"))?;
    Ok(masked::sanitized(printed, der, print))
}

/// A Name in DER, as `openssl x509 -noout -subject` prints it behind `subject=`.
pub fn name(der: &[u8], names: NameOptions) -> Option<String> {
    let is_multiline = names.0 & SEPARATORS == MULTILINE;
    let indent = if is_multiline { 4 } else { 0 };
    let print = |der: &[u8]| ffi::name_text(der, names.0, indent);
    let printed = masked::sanitized(print(der)?, der, print);
    Some(if is_multiline {
        format!("\n{printed}")
    } else {
        printed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_added_and_taken_back_as_in_openssl() {
        let flags = |words: &str| words.parse::<NameOptions>().map(|options| options.0);
        assert_eq!(flags("oneline"), Ok(0x82_031F));
        assert_eq!(flags("oneline,-space_eq"), Ok(0x02_031F));
        assert_eq!(flags("RFC2253, sep_multiline"), Ok(0x114_0317));
        assert_eq!(flags("utf8,ESC_CTRL"), Ok(0x2_0012));
        assert_eq!(flags("compat"), Ok(0));
        for wrong in ["", "onelines", "utf8,,", "--utf8"] {
            assert!(flags(wrong).is_err(), "{wrong:?}");
        }
    }
}
