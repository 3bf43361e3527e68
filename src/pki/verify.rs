//! Whether a certificate has a path to a trust anchor, in the judgement of `openssl verify`: every
//! error that it would report, in its order, and not the first alone.

mod candidate;
pub mod code;
mod crl;
mod parameters;

use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Lookup, X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509StoreContext};
use openssl_sys as sys;

pub use candidate::{Candidate, Facts};
pub use crl::Crl;
pub use parameters::{Check, ParameterError, Parameters};

use super::ffi;

/// What a certificate is verified against: trust anchors, other certificates that may be part of
/// a path, and CRLs. One serves any number of certificates, on any number of threads.
pub struct Verifier {
    store: X509Store,
    trusted: Option<Stack<X509>>,
    untrusted: Stack<X509>,
    crls: ffi::CrlStack,
}

/// Where the trust anchors are: as `-CAfile`, or as `-trusted`. The two differ in one thing: no
/// path is found for the issuer of a CRL among anchors of the second kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchorage {
    Store,
    Stack,
}

/// What is trusted.
#[derive(Clone)]
pub struct Trust {
    pub anchorage: Anchorage,
    pub anchors: Vec<Candidate>,
    /// CRLs that stand among the anchors.
    pub crls: Vec<Crl>,
    /// Folders of anchors by the hash of their names, as `openssl rehash` leaves them.
    pub folders: Vec<String>,
}

/// What came of a verification.
pub struct Verdict {
    pub is_ok: bool,
    /// OpenSSL's last word on it: `ok`, or what is wrong.
    pub text: &'static str,
    pub events: Vec<Event>,
    /// The path as far as it was built, from the certificate verified towards the anchor.
    pub path: Vec<Candidate>,
    /// How many of the path's certificates are not trust anchors.
    pub untrusted: usize,
}

/// What OpenSSL tells of.
pub enum Event {
    Failure(Failure),
    /// The lines that tell of the policies found; nothing in them is a control character.
    Policies(Vec<String>),
}

/// One error.
pub struct Failure {
    /// `X509_V_ERR_…` of `openssl/x509_vfy.h`.
    pub code: i32,
    /// OpenSSL's words for it.
    pub text: &'static str,
    pub depth: usize,
    /// The certificate that it is about, if it is about one.
    pub certificate: Option<Candidate>,
    /// It is about the path of a CRL's issuer.
    pub on_crl_path: bool,
}

impl Verdict {
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.events.iter().filter_map(|event| match event {
            Event::Failure(failure) => Some(failure),
            Event::Policies(_) => None,
        })
    }
}

impl Verifier {
    pub fn new(
        trust: &Trust,
        untrusted: &[Candidate],
        crls: &[Crl],
        parameters: &X509VerifyParam,
    ) -> Result<Self, ErrorStack> {
        Self::of(trust, untrusted, crls, parameters).inspect_err(|_| ffi::load_error_texts())
    }

    fn of(
        trust: &Trust,
        untrusted: &[Candidate],
        crls: &[Crl],
        parameters: &X509VerifyParam,
    ) -> Result<Self, ErrorStack> {
        ffi::name_usual_digests();
        let mut builder = X509StoreBuilder::new()?;
        builder.set_param(parameters)?;
        let trusted = match trust.anchorage {
            Anchorage::Store => {
                for anchor in &trust.anchors {
                    builder.add_cert(anchor.as_x509().clone())?;
                }
                None
            }
            Anchorage::Stack => Some(stack(trust.anchors.iter())?),
        };
        for crl in &trust.crls {
            ffi::add_crl(&mut builder, crl.as_x509_crl())?;
        }
        if !trust.folders.is_empty() {
            // What is in them, OpenSSL reads by itself.
            ffi::all_algorithms();
            let lookup = builder.add_lookup(X509Lookup::hash_dir())?;
            for folder in &trust.folders {
                lookup.add_dir(folder, openssl::ssl::SslFiletype::PEM)?;
            }
        }
        Ok(Self {
            store: builder.build(),
            trusted,
            untrusted: stack(untrusted.iter())?,
            crls: ffi::CrlStack::new(
                crls.iter()
                    .map(|crl| Arc::clone(crl.as_x509_crl()))
                    .collect(),
            ),
        })
    }

    /// Looks for a path from `certificate` to an anchor; `others` may be part of it.
    pub fn verify(&self, certificate: &Candidate, others: &[Candidate]) -> Verdict {
        let verified = self.openssl_verify(certificate, others);
        // Without memory for a context there is no error that OpenSSL could tell of.
        verified.unwrap_or_else(|_| Verdict {
            is_ok: false,
            text: "out of memory",
            events: Vec::new(),
            path: Vec::new(),
            untrusted: 0,
        })
    }

    fn openssl_verify(
        &self,
        certificate: &Candidate,
        others: &[Candidate],
    ) -> Result<Verdict, ErrorStack> {
        let all;
        let untrusted = if others.is_empty() {
            &self.untrusted
        } else {
            let mut stack = Stack::new()?;
            for x509 in &self.untrusted {
                stack.push(x509.to_owned())?;
            }
            for other in others {
                stack.push(other.as_x509().clone())?;
            }
            all = stack;
            &all
        };
        let mut context = X509StoreContext::new()?;
        context.init(&self.store, certificate.as_x509(), untrusted, |context| {
            let (reached_the_end, events) =
                ffi::verify(context, self.trusted.as_deref(), &self.crls, goes_on_after);
            Ok(Verdict {
                is_ok: reached_the_end && context.error().as_raw() == sys::X509_V_OK,
                text: context.error().error_string(),
                events: events.into_iter().map(Event::from).collect(),
                path: context
                    .chain()
                    .into_iter()
                    .flatten()
                    .map(|x509| Candidate::new(x509.to_owned(), ""))
                    .collect(),
                untrusted: ffi::number_untrusted(context),
            })
        })
    }
}

fn stack<'a>(certificates: impl Iterator<Item = &'a Candidate>) -> Result<Stack<X509>, ErrorStack> {
    let mut stack = Stack::new()?;
    for certificate in certificates {
        stack.push(certificate.as_x509().clone())?;
    }
    Ok(stack)
}

/// The errors after which `openssl verify` goes on to look for more (openssl apps/verify.c). The
/// verdict is no all the same.
fn goes_on_after(code: i32) -> bool {
    let is_one = matches!(
        code,
        code::NO_EXPLICIT_POLICY
            | code::CERT_HAS_EXPIRED
            | code::DEPTH_ZERO_SELF_SIGNED_CERT
            | code::INVALID_CA
            | code::INVALID_NON_CA
            | code::PATH_LENGTH_EXCEEDED
            | code::CRL_HAS_EXPIRED
            | code::CRL_NOT_YET_VALID
            | code::UNHANDLED_CRITICAL_EXTENSION
            | code::INVALID_PURPOSE
            | code::SIGNATURE_ALGORITHM_INCONSISTENCY
    );
    is_one || code::STRICT.contains(&code)
}

impl From<ffi::Event> for Event {
    fn from(event: ffi::Event) -> Self {
        match event {
            ffi::Event::Error {
                code,
                text,
                depth,
                certificate,
                on_crl_path,
            } => Self::Failure(Failure {
                code,
                text,
                depth,
                certificate: certificate.map(|x509| Candidate::new(x509, "")),
                on_crl_path,
            }),
            ffi::Event::Policies(policies) => Self::Policies(policy_lines(&policies)),
        }
    }
}

/// As `openssl verify -policy_print` shows them.
fn policy_lines(policies: &ffi::Policies) -> Vec<String> {
    let explicit = if policies.is_explicit {
        "True"
    } else {
        "False"
    };
    let mut lines = vec![format!("Require explicit Policy: {explicit}")];
    for (name, nodes) in [("Authority", &policies.authority), ("User", &policies.user)] {
        match nodes {
            None => lines.push(format!("{name} Policies: <empty>")),
            Some(nodes) => {
                lines.push(format!("{name} Policies:"));
                lines.extend(nodes.iter().flat_map(|node| node_lines(node)));
            }
        }
    }
    lines
}

/// The lines of one policy. A qualifier comes from a stranger: a line feed in it, which OpenSSL
/// prints as it is, does not begin a line here.
fn node_lines(node: &[u8]) -> Vec<String> {
    const KNOWN: [&str; 8] = [
        "CPS: ",
        "User Notice:",
        "Organization: ",
        "Number: ",
        "Numbers: ",
        "Explicit Text: ",
        "Unknown Qualifier: ",
        "No Qualifiers",
    ];
    let node = node.strip_suffix(b"\n").unwrap_or(node);
    let mut lines: Vec<String> = Vec::new();
    for (number, line) in node.split(|&octet| octet == b'\n').enumerate() {
        let line = crate::escape::bytes(line);
        let begins = KNOWN.iter().any(|known| {
            let indented = line.strip_prefix("    ");
            indented.is_some_and(|line| line.trim_start().starts_with(known))
        });
        match lines.last_mut() {
            Some(last) if number > 1 && !begins => {
                last.push_str("\\0A");
                last.push_str(&line);
            }
            _ => lines.push(line),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_feed_in_a_qualifier_forges_no_policy() {
        let node = b"  Policy: 1.2.3\n    Non Critical\n    CPS: a\n  Policy: 1.2.4\x1B\n";
        assert_eq!(
            node_lines(node),
            [
                "  Policy: 1.2.3",
                "    Non Critical",
                "    CPS: a\\0A  Policy: 1.2.4\\1B"
            ]
        );
    }
}
