//! Private keys: named, with the certificate that they belong to, and never shown.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use super::form::SourceRecord;
use crate::mesh::find::Source;
use crate::pki::digest::Sha256;
use crate::pki::find::FoundKey;

/// The private keys of the input, and what is needed to find their certificates: which may come
/// first or last.
#[derive(Default)]
pub struct Keys {
    keys: Vec<(FoundKey, Source)>,
    certificates: HashMap<Sha256, Source>,
}

/// A private key and its certificate.
pub struct NamedKey {
    pub key: FoundKey,
    pub source: Source,
    /// Where its certificate is, if it is in the input.
    pub certificate: Option<Source>,
}

impl Keys {
    /// `digest` is that of the certificate's SubjectPublicKeyInfo.
    pub fn note_certificate(&mut self, digest: Option<Sha256>, source: &Source) {
        if let Some(digest) = digest {
            self.certificates
                .entry(digest)
                .or_insert_with(|| source.clone());
        }
    }

    pub fn note_key(&mut self, key: FoundKey, source: Source) {
        self.keys.push((key, source));
    }

    /// All keys, in order.
    pub fn named(&mut self) -> Vec<NamedKey> {
        let keys = std::mem::take(&mut self.keys).into_iter();
        keys.map(|(key, source)| NamedKey {
            certificate: key
                .spki
                .as_ref()
                .and_then(|spki| self.certificates.get(&Sha256::of(spki)))
                .cloned(),
            key,
            source,
        })
        .collect()
    }
}

/// A private key as data.
#[derive(Serialize)]
pub struct KeyRecord<'a> {
    source: SourceRecord<'a>,
    kind: &'a str,
    bits: Option<u32>,
    certificate: Option<SourceRecord<'a>>,
}

impl NamedKey {
    pub fn record(&self) -> KeyRecord<'_> {
        KeyRecord {
            source: SourceRecord::of(&self.source),
            kind: &self.key.kind,
            bits: self.key.bits,
            certificate: self.certificate.as_ref().map(SourceRecord::of),
        }
    }

    /// What it belongs to.
    pub fn owner(&self) -> String {
        match &self.certificate {
            Some(source) => format!("certificate {} of {source}", source.position),
            None => "no certificate of the input".to_owned(),
        }
    }
}

/// `private key 1: key.pem, line 1: RSA key of 2048 bits; it belongs to ...`.
impl fmt::Display for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, source, .. } = self;
        let (position, owner) = (source.position, self.owner());
        write!(
            f,
            "private key {position}: {source}: {key}; it belongs to {owner}"
        )
    }
}
