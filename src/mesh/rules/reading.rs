//! The files as istiod reads them: which blocks it sees, and what it makes of them.

use super::super::cacerts::{CacertsFiles, Naming};
use super::super::{CA_CERT, CA_KEY, CERT_CHAIN};
use super::{
    CA_KEY_KIND, CA_KEY_UNREADABLE, FOREIGN_LABEL, Judge, KEY_LEAK, Rule, UNREADABLE_BLOCK,
};
use crate::escape;
use crate::pki::certificate::{Certificate, CertificateError};
use crate::pki::go;
use crate::pki::key::{KeyError, PrivateKey};
use crate::pki::pem::{self, Block};

/// The labels of the private keys that istiod reads (istio security/pkg/pki/util/crypto.go).
const KEY_LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

impl Judge<'_> {
    fn as_pkcs8(&self, act: &str) -> String {
        let key = format!("{}/{}", self.circumstances.folder, CA_KEY);
        format!(
            "{act} as one PKCS#8 block: openssl pkey -in {key} -out {key}.new && mv {key}.new {key}"
        )
    }

    /// istiod reads the first block, whatever it is.
    pub(super) fn key(&mut self, text: &[u8]) -> Option<PrivateKey> {
        let Some(first) = pem::blocks(text).into_iter().next() else {
            let hint = self.rekey();
            self.find(
                &CA_KEY_UNREADABLE,
                CA_KEY,
                "there is no private key in it",
                hint,
            );
            return None;
        };
        if !first.own_lines {
            self.shares_its_lines(CA_KEY, first.line);
            return None;
        }
        if !first.is_private_key() {
            let label = escape::text(&first.label);
            let fact = format!(
                "it begins with the block {label:?}: istiod reads the first block alone, and wants a private key there"
            );
            let hint = self.as_pkcs8("write the key");
            self.find(&CA_KEY_UNREADABLE, CA_KEY, fact, hint);
            return None;
        }
        let label = first.label.clone();
        match PrivateKey::from_block(first) {
            Ok(_) if !KEY_LABELS.contains(&label.as_str()) => {
                let label = escape::text(&label);
                let fact = format!(
                    "the private key is in the block {label:?}: istiod reads none of that name"
                );
                let hint = self.as_pkcs8("write it");
                self.find(&CA_KEY_UNREADABLE, CA_KEY, fact, hint);
                None
            }
            Ok(key) if !key.is_consistent().unwrap_or(false) => {
                let fact = "the numbers of the private key do not go together";
                let hint = self.rekey();
                self.find(&CA_KEY_UNREADABLE, CA_KEY, fact, hint);
                None
            }
            Ok(key) => Some(key),
            Err(KeyError::Encrypted) => {
                let fact = "the private key is encrypted: istiod cannot ask for a passphrase";
                let hint = self.as_pkcs8("decrypt it");
                self.find(&CA_KEY_UNREADABLE, CA_KEY, fact, hint);
                None
            }
            Err(error @ (KeyError::WeakRsa { .. } | KeyError::Unsupported(_))) => {
                // Of what meshpki does not sign with, Go reads RSA and these.
                const READ_BY_GO: [&str; 2] = ["Ed25519", "secp224r1"];

                let is_read = match &error {
                    KeyError::Unsupported(kind) => READ_BY_GO.contains(&kind.as_str()),
                    _ => true,
                };
                let rule = if is_read {
                    &CA_KEY_KIND
                } else {
                    &CA_KEY_UNREADABLE
                };
                let hint = self.rekey();
                self.find(rule, CA_KEY, error.to_string(), hint);
                None
            }
            Err(error) => {
                let hint = self.rekey();
                self.find(&CA_KEY_UNREADABLE, CA_KEY, error.to_string(), hint);
                None
            }
        }
    }

    /// istiod reads the first block, and takes one label.
    pub(super) fn signing_certificate(&mut self, text: &[u8]) -> Option<Certificate> {
        let first = pem::blocks(text).into_iter().next();
        let refusal = match first {
            None => "there is no certificate in it".to_owned(),
            Some(block) if !block.is_certificate() => format!(
                "it begins with a block {:?}: istiod reads the first block alone, and wants a CERTIFICATE there",
                escape::text(&block.label)
            ),
            Some(block) if !block.own_lines => {
                self.shares_its_lines(CA_CERT, block.line);
                return None;
            }
            Some(block) => match readable_by_go(&block).and_then(with_readable_key) {
                Ok(certificate) => {
                    self.seen.push(certificate.clone());
                    return Some(certificate);
                }
                Err(error) => error.to_string(),
            },
        };
        let hint = self.renew();
        self.find(&UNREADABLE_BLOCK, CA_CERT, refusal, hint);
        None
    }

    /// The certificates of cert-chain.pem, or of tls.crt.
    pub(super) fn chain(&mut self, files: &CacertsFiles) -> Option<Vec<Certificate>> {
        if self.naming == Naming::Pem {
            let text = files.cert_chain.as_deref()?;
            return self.public_file(CERT_CHAIN, text);
        }
        let text = files.ca_cert.as_deref()?;
        let chain = self.public_file(CERT_CHAIN, text);
        if !text.ends_with(b"\n") {
            let fact = "there is no line feed at its end: istiod puts root-cert.pem right behind it, and then does not see the certificates on that line";
            let hint = "put a line feed at its end";
            self.find(&UNREADABLE_BLOCK, CERT_CHAIN, fact, hint);
            return None;
        }
        chain
    }

    /// The certificates of a file that is sent to others: every block of it has to be one.
    pub(super) fn public_file(
        &mut self,
        file: &'static str,
        text: &[u8],
    ) -> Option<Vec<Certificate>> {
        let blocks = pem::blocks(text);
        let found_before = self.findings.len();
        if blocks.is_empty() && !(file == CERT_CHAIN && text.is_empty()) {
            let hint = self.renew();
            self.find(
                &UNREADABLE_BLOCK,
                file,
                "there is no certificate in it",
                hint,
            );
        }
        let mut certificates = Vec::new();
        for block in &blocks {
            certificates.extend(self.public_block(file, block));
        }
        (self.findings.len() == found_before).then_some(certificates)
    }

    fn public_block(&mut self, file: &'static str, block: &Block) -> Option<Certificate> {
        let is_block = |seen: &&Certificate| {
            let der = block.body.as_ref().map(|der| der.as_slice());
            go::sees(block) && der == Ok(seen.der())
        };
        if let Some(seen) = self.seen.iter().find(is_block) {
            return Some(seen.clone());
        }
        let with_key = |certificate| {
            with_readable_key(certificate).map_err(|error| unreadable_block(block.line, error))
        };
        match public_certificate(file, block).and_then(with_key) {
            Ok(certificate) => {
                self.seen.push(certificate.clone());
                Some(certificate)
            }
            Err(fault) => {
                self.block_fault(file, fault);
                None
            }
        }
    }

    pub(super) fn block_fault(&mut self, file: &'static str, fault: BlockFault) {
        let hint = fault.hint.map_or_else(|| self.renew(), str::to_owned);
        self.find(fault.rule, file, fault.fact, hint).line = Some(fault.line);
    }

    pub(super) fn shares_its_lines(&mut self, file: &'static str, line: usize) {
        let fact = shared_lines(line);
        self.find(&UNREADABLE_BLOCK, file, fact, LINES_OF_THEIR_OWN)
            .line = Some(line);
    }
}

/// What is wrong with a block of a file that istiod sends to others.
pub(in crate::mesh) struct BlockFault {
    rule: &'static Rule,
    line: usize,
    pub fact: String,
    /// The way out, where it is in the file.
    pub hint: Option<&'static str>,
}

const LINES_OF_THEIR_OWN: &str =
    "give the BEGIN line and the END line a line of their own, without a byte order mark";

fn shared_lines(line: usize) -> String {
    format!(
        "the BEGIN or END line of the block on line {line} has other text or a byte order mark on it: istiod does not see such a block"
    )
}

pub(super) fn key_leak(file: &str, line: usize) -> BlockFault {
    let readers = if file == CERT_CHAIN {
        "workload"
    } else {
        "namespace"
    };
    BlockFault {
        rule: &KEY_LEAK,
        line,
        fact: format!(
            "there is a private key on line {line}: istiod would send it to every {readers}"
        ),
        hint: Some("remove the block, and take the key for known to all who could read the file"),
    }
}

/// The certificate that `block` of cert-chain.pem or root-cert.pem has to be.
pub(in crate::mesh) fn public_certificate(
    file: &str,
    block: &Block,
) -> Result<Certificate, BlockFault> {
    let line = block.line;
    let unreadable = |fact, hint| BlockFault {
        rule: &UNREADABLE_BLOCK,
        line,
        fact,
        hint,
    };
    if block.is_private_key() {
        return Err(key_leak(file, line));
    }
    if !block.is_certificate() {
        let label = escape::text(&block.label);
        let fact = format!(
            "the block on line {line} is a {label:?}: istiod wants CERTIFICATE blocks, and nothing else"
        );
        let fault = unreadable(fact, None);
        return Err(match readable_by_go(block) {
            Ok(_) if block.own_lines => BlockFault {
                rule: &FOREIGN_LABEL,
                ..fault
            },
            _ => fault,
        });
    }
    if !block.own_lines {
        return Err(unreadable(shared_lines(line), Some(LINES_OF_THEIR_OWN)));
    }
    readable_by_go(block).map_err(|error| unreadable_block(line, error))
}

fn unreadable_block(line: usize, error: CertificateError) -> BlockFault {
    BlockFault {
        rule: &UNREADABLE_BLOCK,
        line,
        fact: match error {
            CertificateError::Block { .. } => error.to_string(),
            error => format!("the block on line {line}: {error}"),
        },
        hint: None,
    }
}

/// The certificate that `block` holds, if Go reads it, leaving its key aside.
fn readable_by_go(block: &Block) -> Result<Certificate, CertificateError> {
    let certificate = Certificate::from_block(block)?;
    match go::unreadable(&certificate) {
        Some(unreadable) => Err(CertificateError::UnreadableByGo(unreadable)),
        None => Ok(certificate),
    }
}

fn with_readable_key(certificate: Certificate) -> Result<Certificate, CertificateError> {
    match go::unreadable_key(&certificate) {
        Some(unreadable) => Err(CertificateError::UnreadableByGo(unreadable)),
        None => Ok(certificate),
    }
}
