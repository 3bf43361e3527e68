//! Why a verification failed, in plain words, and the way out.

mod issuer;
mod revocation;

use std::path::Path;

use time::OffsetDateTime;

use super::trust::Anchors;
use crate::pki::certificate::KeyUsage;
use crate::pki::validity::{date, moment};
use crate::pki::verify::{Candidate, Crl, Facts, Failure, Parameters, Verdict, code};

/// What was verified, and against what.
pub(super) struct Case<'a> {
    /// As the command line names it.
    pub file: &'a Path,
    pub certificate: &'a Candidate,
    /// What else was in the file.
    pub others: &'a [Candidate],
    pub untrusted: &'a [Candidate],
    /// The options that name `untrusted`, for a command to copy.
    pub untrusted_options: &'a [String],
    pub anchors: &'a Anchors,
    pub crls: &'a [Crl],
    pub parameters: &'a Parameters,
    pub verdict: &'a Verdict,
}

/// What is said of one error.
#[derive(Default)]
pub(super) struct Explanation {
    pub lines: Vec<String>,
    /// What to do, if that can be said.
    pub hint: Option<String>,
}

impl Explanation {
    fn new(line: impl Into<String>) -> Self {
        Self {
            lines: vec![line.into()],
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Case<'_> {
    /// The instant as of which is verified, if it is one that people count with.
    fn at(&self) -> Option<OffsetDateTime> {
        let seconds = self.parameters.at?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }

    /// Everything that could have become part of the path, each once, but the certificate itself.
    fn candidates(&self) -> Vec<&Candidate> {
        let all = self.anchors.trust.anchors.iter();
        let all = all.chain(self.untrusted).chain(self.others);
        let mut seen = std::collections::HashSet::from([self.certificate.der()]);
        all.filter(|candidate| seen.insert(candidate.der()))
            .collect()
    }

    /// The file's name as a word of a shell.
    fn word(&self) -> String {
        shell_word(&crate::escape::path(self.file))
    }

    /// The command that verifies the file with the same anchors and intermediates, and with `option`.
    fn command(&self, option: &str) -> String {
        let mut command = "meshpki verify".to_owned();
        for sources in self.anchors.options.iter().chain(self.untrusted_options) {
            command += &format!(" {sources}");
        }
        format!("{command} {option} {}", self.word())
    }
}

/// What the error is about, and what to do.
pub(super) fn explain(failure: &Failure, case: &Case<'_>) -> Explanation {
    let known = failure.certificate.as_ref();
    let Some(certificate) = known.or_else(|| case.verdict.path.get(failure.depth)) else {
        return general(failure);
    };
    let facts = certificate.facts();
    let subject = named(certificate);
    match failure.code {
        code::UNABLE_TO_GET_ISSUER_CERT | code::UNABLE_TO_GET_ISSUER_CERT_LOCALLY => {
            issuer::missing(failure, certificate, case)
        }
        code::DEPTH_ZERO_SELF_SIGNED_CERT | code::SELF_SIGNED_CERT_IN_CHAIN => {
            issuer::untrusted_root(certificate, case)
        }
        code::CERT_SIGNATURE_FAILURE => issuer::bad_signature(certificate, failure.depth, case),
        code::CERT_NOT_YET_VALID => not_yet_valid(certificate, &subject, case),
        code::CERT_HAS_EXPIRED => expired(certificate, &subject, case),
        code::UNABLE_TO_GET_CRL
        | code::CRL_HAS_EXPIRED
        | code::CRL_NOT_YET_VALID
        | code::CERT_REVOKED => revocation::explain(failure, certificate, case),
        code::INVALID_CA => Explanation::new(format!(
            "{subject} signed another certificate of the path and is no CA: {}",
            no_ca(&facts)
        ))
        .hint("issue the certificate below it from a CA, or give the CA of the same name if there is one: --untrusted FILE"),
        code::PATH_LENGTH_EXCEEDED => too_many_below(failure.depth, &facts, &subject, case),
        code::INVALID_PURPOSE => wrong_purpose(failure.depth, &facts, &subject, case),
        code::UNHANDLED_CRITICAL_EXTENSION => Explanation::new(format!(
            "{subject} has a critical extension that OpenSSL does not know; its critical extensions are {}",
            shown(&facts.critical_extensions)
        ))
        .hint("--ignore_critical passes over it, at your own risk"),
        code::HOSTNAME_MISMATCH => other_names(&subject, "DNS names", &facts.dns_names),
        code::EMAIL_MISMATCH => other_names(&subject, "email addresses", &facts.emails),
        code::IP_ADDRESS_MISMATCH => other_names(&subject, "IP addresses", &facts.ip_addresses),
        code::EE_KEY_TOO_SMALL | code::CA_KEY_TOO_SMALL | code::CA_MD_TOO_WEAK => {
            let key = certificate.key();
            Explanation::new(format!(
                "{subject} has {} and is signed with {}",
                key.as_deref().unwrap_or("a key that cannot be read"),
                signature_algorithm(&facts.signature_algorithm)
            ))
            .hint("issue it anew with a stronger key or digest, or ask for less: --auth_level 1")
        }
        code::CERT_CHAIN_TOO_LONG => Explanation::new(format!(
            "the path has more intermediates than --verify_depth {} allows",
            case.parameters.depth.unwrap_or(100)
        ))
        .hint("--verify_depth counts the certificates between the first and the trust anchor"),
        code::PERMITTED_VIOLATION | code::EXCLUDED_VIOLATION => Explanation::new(format!(
            "a CA above {subject} has nameConstraints that a name of it is outside of; its names are {}",
            all_names(&facts)
        ))
        .hint("issue it with names that the CA may certify, or from another CA"),
        _ => general(failure),
    }
}

/// For errors of which there is no more to say than where their rule stands.
fn general(failure: &Failure) -> Explanation {
    let rule = match failure.code {
        code::NO_EXPLICIT_POLICY => {
            "no policy of --policy holds along the whole path (RFC 5280 §6.1.5)"
        }
        80 => "pathLenConstraint has a meaning for CAs alone (RFC 5280 §4.2.1.9)",
        81 => "pathLenConstraint needs keyCertSign in keyUsage (RFC 5280 §4.2.1.9)",
        82 => "keyCertSign in keyUsage is for CAs alone (RFC 5280 §4.2.1.3)",
        83 => "every certificate names its issuer (RFC 5280 §4.1.2.4)",
        84 => "a CA, or a certificate without subjectAltName, has a subject (RFC 5280 §4.1.2.6)",
        85 => {
            "every certificate but a self-signed one has an authority key identifier (RFC 5280 §4.2.1.1)"
        }
        86 => "every CA has a subject key identifier (RFC 5280 §4.2.1.2)",
        87 => "subjectAltName has at least one name (RFC 5280 §4.2.1.6)",
        88 => "subjectAltName is critical where the subject is empty (RFC 5280 §4.2.1.6)",
        89 => "basicConstraints of a CA is critical (RFC 5280 §4.2.1.9)",
        90 => "the authority key identifier is not critical (RFC 5280 §4.2.1.1)",
        91 => "the subject key identifier is not critical (RFC 5280 §4.2.1.2)",
        92 => "every CA has keyUsage (RFC 5280 §4.2.1.3)",
        93 => "extensions are of version 3 (RFC 5280 §4.1.2.1)",
        78 => "the two fields that name the signature's algorithm are the same (RFC 5280 §4.1.1.2)",
        13 | 14 => "a time in it is not written as RFC 5280 §4.1.2.5 has it",
        28 => "the trust settings of the anchor (TRUSTED CERTIFICATE) rule this use out",
        32 => {
            "a certificate that signs others has keyCertSign in keyUsage, if it has keyUsage (RFC 5280 §4.2.1.3)"
        }
        35 => "a CRL is signed by a CA with cRLSign in keyUsage (RFC 5280 §5)",
        38 | 40 => {
            "proxy certificates (RFC 3820) are taken with --allow_proxy_certs alone, to the depth they allow"
        }
        41 | 42 => "an extension of it contradicts itself or is not as RFC 5280 §4.2 has it",
        44 => "none of the CRLs covers this certificate (RFC 5280 §5.2.5)",
        54 => "the path of the CRL's issuer ends at another trust anchor (RFC 5280 §6.3.3)",
        56..=61 => "Suite B is P-256 with SHA-256, and P-384 with SHA-384 (RFC 6460)",
        94 => "a curve is named, and not spelt out in parameters (RFC 5480 §2.1.1)",
        _ => "X509_STORE_CTX_get_error(3ssl) tells of it",
    };
    let subject = failure.certificate.as_ref();
    let subject = subject.map_or_else(String::new, |subject| named(subject) + ": ");
    Explanation::new(format!("{subject}{}: {rule}", failure.text))
}

fn not_yet_valid(certificate: &Candidate, subject: &str, case: &Case<'_>) -> Explanation {
    let Some(begins) = certificate.not_before() else {
        return Explanation::new(format!("{subject} is not valid yet"));
    };
    let at = case.at().map(moment).unwrap_or_default();
    Explanation::new(format!(
        "{subject} is valid from {}, and it is verified as of {at}",
        moment(begins)
    ))
    .hint("look at the clock; or see whether it will hold: --at TIME")
}

fn expired(certificate: &Candidate, subject: &str, case: &Case<'_>) -> Explanation {
    let Some(ended) = certificate.not_after() else {
        return Explanation::new(format!("{subject} has expired"));
    };
    let at = case.at().map(moment).unwrap_or_default();
    // For OpenSSL the last second has expired already.
    let before = moment(ended - time::Duration::SECOND);
    Explanation::new(format!(
        "{subject} expired on {}, and it is verified as of {at}",
        moment(ended)
    ))
    .hint(format!(
        "renew it; whether it was good until then: {}",
        case.command(&format!("--at {before}"))
    ))
}

/// Why OpenSSL does not take it for a CA.
fn no_ca(facts: &Facts) -> String {
    if facts.is_ca && !facts.allows(KeyUsage::KeyCertSign) {
        "its keyUsage lacks keyCertSign".to_owned()
    } else if facts.has_basic_constraints {
        "its basicConstraints says CA:FALSE".to_owned()
    } else {
        "it has no basicConstraints".to_owned()
    }
}

fn too_many_below(depth: usize, facts: &Facts, subject: &str, case: &Case<'_>) -> Explanation {
    let allowed = facts.path_len.unwrap_or_default();
    let below: Vec<_> = case
        .verdict
        .path
        .iter()
        .take(depth)
        .skip(1)
        .map(named)
        .collect();
    Explanation::new(format!(
        "{subject} allows {allowed} CAs below it (pathLenConstraint, RFC 5280 §4.2.1.9), and below it are {}",
        below.join(", ")
    ))
    .hint("issue the lowest CA's certificate from a CA that allows one below it")
}

fn wrong_purpose(depth: usize, facts: &Facts, subject: &str, case: &Case<'_>) -> Explanation {
    let purpose = case.parameters.purpose.as_deref();
    let purpose = purpose.or(case.parameters.named.as_deref());
    let purposes = match &facts.extended_key_usage {
        Some(purposes) => format!("its extKeyUsage has {}", shown(purposes)),
        None => "it has no extKeyUsage".to_owned(),
    };
    let usage = match facts.key_usage {
        Some(bits) => {
            let names: Vec<_> = KeyUsage::names(bits).map(str::to_owned).collect();
            format!("its keyUsage has {}", shown(&names))
        }
        None => "it has no keyUsage".to_owned(),
    };
    let role = if depth == 0 { "" } else { ", as a CA," };
    Explanation::new(format!(
        "{subject} is not for {}{role}: {purposes}, and {usage}",
        crate::escape::text(purpose.unwrap_or("what is asked")),
    ))
    .hint("--purpose any leaves purposes aside")
}

fn other_names(subject: &str, kind: &str, names: &[String]) -> Explanation {
    let line = if names.is_empty() {
        format!("{subject} has no {kind} in its subjectAltName")
    } else {
        format!("{subject} is good for the {kind} {}", shown(names))
    };
    Explanation::new(line)
}

fn all_names(facts: &Facts) -> String {
    let names = [
        &facts.dns_names,
        &facts.uris,
        &facts.emails,
        &facts.ip_addresses,
    ];
    let names: Vec<_> = names.into_iter().flatten().cloned().collect();
    shown(&names)
}

fn signature_algorithm(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.4" => "RSA and MD5",
        "1.2.840.113549.1.1.5" => "RSA and SHA-1",
        "1.2.840.113549.1.1.11" => "RSA and SHA-256",
        "1.2.840.113549.1.1.12" => "RSA and SHA-384",
        "1.2.840.113549.1.1.13" => "RSA and SHA-512",
        "1.2.840.10045.4.1" => "ECDSA and SHA-1",
        "1.2.840.10045.4.3.2" => "ECDSA and SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA and SHA-384",
        oid => oid,
    };
    name.to_owned()
}

/// The first few of what a stranger wrote, escaped.
fn shown(names: &[String]) -> String {
    const MOST: usize = 5;

    if names.is_empty() {
        return "nothing".to_owned();
    }
    let first = names.iter().take(MOST);
    let mut text = first
        .map(|name| crate::escape::text(name))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        text += &format!(", and {} more", names.len() - MOST);
    }
    text
}

/// What a certificate goes by in a sentence: its subject, or the URI that an X509-SVID has instead.
pub(super) fn named(certificate: &Candidate) -> String {
    let subject = certificate.subject();
    if subject.is_empty()
        && let Some(uri) = certificate.facts().uris.first()
    {
        return quoted(&crate::escape::text(uri));
    }
    quoted(&subject)
}

/// A name that has blanks in it, in a sentence.
pub(super) fn quoted(name: &str) -> String {
    if name.is_empty() {
        "a certificate without a subject".to_owned()
    } else {
        format!("\"{name}\"")
    }
}

/// When it expires, for a list.
fn until(certificate: &Candidate) -> String {
    certificate
        .not_after()
        .map_or_else(String::new, |ends| format!(", expires {}", date(ends)))
}

/// A word that a shell takes as it is.
pub(super) fn shell_word(word: &str) -> String {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"/._-+:=@%,".contains(&octet);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
