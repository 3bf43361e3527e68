//! Trust anchors, intermediates and CRLs, read from the files that the command line names.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::explain::shell_word;
use super::options::Sources;
use zeroize::Zeroizing;

use crate::commands::unreadable::unreadable;
use crate::console::{Console, Refusal};
use crate::input;
use crate::mesh::find;
use crate::pki::certificate::CertificateError;
use crate::pki::find::{CertificateDer, Item};
use crate::pki::verify::{Anchorage, Candidate, Crl, Trust};

/// The bundles in which Linux distributions and the BSDs keep what they trust; the first that is
/// there is taken (compare Go's crypto/x509/root_linux.go).
const SYSTEM_BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What was found in a file.
#[derive(Default)]
pub(super) struct Contents {
    pub certificates: Vec<Candidate>,
    pub crls: Vec<Crl>,
    /// It is an object with keys, such as a Secret: which certificate is the first is not plain.
    pub has_keys: bool,
    /// What could not be read, and why.
    pub broken: Vec<String>,
}

impl Contents {
    /// `name` is the file's for messages.
    pub fn of(name: &str, octets: &[u8]) -> Self {
        let mut contents = Self::default();
        let mut items: Vec<_> = find::items(name, octets).collect();
        // In a kubernetes.io/tls Secret the certificate is tls.crt, though ca.crt stands before it.
        if items.iter().any(|found| found.source.is_key("tls.crt")) {
            items.sort_by_key(|found| found.source.is_key("ca.crt"));
        }
        for found in items {
            let source: Arc<str> = found.source.to_string().into();
            contents.has_keys |= found.source.key.is_some();
            match found.item {
                Item::Certificate(der) => match candidate(&der, &source) {
                    Ok(certificate) => contents.certificates.push(certificate),
                    Err(error) => contents.broken.push(format!("{source}: {error}")),
                },
                Item::Crl(der) => match Crl::from_der(&der) {
                    Some(crl) => contents.crls.push(crl),
                    None => contents.broken.push(format!("{source}: it is not a CRL")),
                },
                Item::Broken { what, reason } => {
                    let what = crate::escape::text(&what);
                    let fault = format!("{source}: {what} cannot be read: {reason}");
                    contents.broken.push(fault);
                }
                Item::Request(_) | Item::PrivateKey(_) | Item::Other(_) => {}
            }
        }
        contents
    }
}

fn candidate(der: &CertificateDer, source: &Arc<str>) -> Result<Candidate, CertificateError> {
    if der.is_trusted() {
        Candidate::from_trusted_der(der.with_trailer(), source)
    } else {
        Candidate::from_der(der.der(), source)
    }
}

/// Trust anchors, and the files that they are from.
#[derive(Clone)]
pub(super) struct Anchors {
    pub trust: Trust,
    /// For messages: `root-cert.pem`.
    pub names: Vec<String>,
    /// The options that name them, for a command to copy.
    pub options: Vec<String>,
}

impl Anchors {
    /// None at all.
    pub fn none() -> Self {
        Self {
            trust: Trust {
                anchorage: Anchorage::Store,
                anchors: Vec::new(),
                crls: Vec::new(),
                folders: Vec::new(),
            },
            names: Vec::new(),
            options: Vec::new(),
        }
    }

    pub fn is_none(&self) -> bool {
        self.names.is_empty()
    }

    /// Those that the command line names, if it names any.
    pub fn asked(sources: &Sources, console: Console) -> anyhow::Result<Option<Self>> {
        let limit = sources.max_size.octets();
        let mut asked = Self::none();
        if let Some(path) = &sources.ca_file {
            asked.add_file(path, limit)?;
        }
        if let Some(path) = &sources.ca_path {
            asked.add_folder(path)?;
        }
        if sources.system_roots {
            let bundle = SYSTEM_BUNDLES
                .iter()
                .map(Path::new)
                .find(|path| path.exists());
            let bundle = bundle.ok_or_else(|| {
                Refusal::new(
                    "this system keeps its trust anchors in no place that is known",
                    format!(
                        "name their file: --CAfile FILE (looked for: {})",
                        SYSTEM_BUNDLES.join(", ")
                    ),
                )
            })?;
            console.note(format_args!("trust anchors: {}", bundle.display()));
            asked.add_file(bundle, limit)?;
        }
        for path in &sources.trusted {
            asked.trust.anchorage = Anchorage::Stack;
            let contents = read_some(path, limit, console)?;
            asked.named("--trusted", path);
            asked.trust.anchors.extend(contents.certificates);
        }
        asked.deduplicate();
        Ok(Some(asked).filter(|asked| !asked.is_none()))
    }

    /// A file of anchors: one of its certificates that cannot be read spoils it, as for OpenSSL.
    pub fn add_file(&mut self, path: &Path, limit: u64) -> anyhow::Result<()> {
        let name = input::name(path);
        let octets = read(path, limit)?;
        let contents = Contents::of(&name, &octets);
        if let Some(broken) = contents.broken.first() {
            let hint = "a file of trust anchors is taken whole or not at all";
            return Err(Refusal::new(broken, hint).into());
        }
        if contents.certificates.is_empty() && contents.crls.is_empty() {
            return Err(no_certificate(&name, &octets));
        }
        self.named("--CAfile", path);
        self.trust.anchors.extend(contents.certificates);
        self.trust.crls.extend(contents.crls);
        Ok(())
    }

    fn add_folder(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = crate::escape::path(path);
        let refused = |reason: &dyn std::fmt::Display| {
            let hint = "--CApath names a folder that `openssl rehash` was run on";
            Refusal::new(format_args!("{name}: {reason}"), hint)
        };
        let text = path
            .to_str()
            .ok_or_else(|| refused(&"its name is not UTF-8"))?;
        // OpenSSL takes several folders with ":" between them.
        for folder in text.split(':') {
            let entries = std::fs::read_dir(folder).map_err(|error| refused(&error))?;
            let mut files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            if !files.any(|file| is_hash_name(&file)) {
                return Err(refused(&"no file in it is named by the hash of its subject").into());
            }
            self.trust.folders.push(folder.to_owned());
        }
        self.named("--CApath", path);
        Ok(())
    }

    fn named(&mut self, option: &str, path: &Path) {
        self.options.push(self::option(option, path));
        self.names.push(input::name(path));
    }

    /// To add a certificate to OpenSSL's store takes the longer the more are in it.
    pub fn deduplicate(&mut self) {
        let mut seen = HashSet::new();
        self.trust
            .anchors
            .retain(|anchor| seen.insert(anchor.der()));
    }
}

/// An option and its file, for a command to copy.
pub(super) fn option(name: &str, path: &Path) -> String {
    format!("{name} {}", shell_word(&crate::escape::path(path)))
}

/// Whether a file is named as `openssl rehash` names a certificate: `0a1b2c3d.0`.
fn is_hash_name(name: &str) -> bool {
    name.split_once('.').is_some_and(|(hash, number)| {
        hash.len() == 8
            && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
            && !number.is_empty()
            && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// The certificates of a file of which those that cannot be read are passed over; at least one.
pub(super) fn read_some(path: &Path, limit: u64, console: Console) -> anyhow::Result<Contents> {
    let name = input::name(path);
    let octets = read(path, limit)?;
    let contents = Contents::of(&name, &octets);
    for broken in &contents.broken {
        console.warning(format_args!("{broken}; it is passed over"));
    }
    if contents.certificates.is_empty() {
        return Err(no_certificate(&name, &octets));
    }
    Ok(contents)
}

/// The CRLs of a file; at least one.
pub(super) fn read_crls(path: &Path, limit: u64, console: Console) -> anyhow::Result<Vec<Crl>> {
    let name = input::name(path);
    let contents = Contents::of(&name, &read(path, limit)?);
    for broken in &contents.broken {
        console.warning(format_args!("{broken}; it is passed over"));
    }
    if contents.crls.is_empty() {
        let hint = "name a file with a CRL in it, in PEM or DER";
        return Err(Refusal::new(format_args!("{name}: there is no CRL in it"), hint).into());
    }
    Ok(contents.crls)
}

/// The contents of a file, `-` being stdin, up to the limit.
pub(super) fn read(path: &Path, limit: u64) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    input::read_or_stdin_up_to(path, limit).map_err(unreadable)
}

pub(super) fn no_certificate(name: &str, octets: &[u8]) -> anyhow::Error {
    let mut kinds: Vec<_> = find::items(name, octets)
        .filter_map(|found| match found.item {
            Item::Other(what) => Some(crate::escape::text(&what)),
            Item::Broken { .. } => None,
            item => Some(format!("a {}", item.word())),
        })
        .take(100)
        .collect();
    kinds.dedup();
    kinds.truncate(3);
    let what = match kinds.as_slice() {
        [] => find::what_it_is(octets).to_owned(),
        kinds => format!("what is in it is {}", kinds.join(", ")),
    };
    Refusal::new(
        format_args!("{name}: there is no certificate in it: {what}"),
        "name a file with a certificate in it: PEM, DER, PKCS#7 or a Kubernetes object",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_name_is_eight_digits_and_a_number() {
        assert!(is_hash_name("0a1b2c3d.0") && is_hash_name("0A1b2c3d.12"));
        for name in ["0a1b2c3d", "0a1b2c3d.", "0a1b2c3d.r0", "a.0", "root.pem"] {
            assert!(!is_hash_name(name), "{name}");
        }
    }
}
