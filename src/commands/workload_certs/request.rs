//! `--csr`: a request for a certificate, whose private key stays where it is.

use std::path::Path;

use super::asked::Contents;
use super::signer::Signer;
use crate::commands::Session;
use crate::commands::inspect::short;
use crate::console::Refusal;
use crate::escape;
use crate::input;
use crate::mesh::find::{self, Source};
use crate::mesh::kubernetes::Namespace;
use crate::pki::dns_name::DnsName;
use crate::pki::key::{KeyKind, PublicKey};
use crate::pki::request::{CertificationRequest, RequestError};

/// A request that is signed by its own key.
pub struct Request(CertificationRequest);

impl Request {
    /// Reads the one request in the file `path`, and shows it.
    pub fn read(path: &Path, session: &Session) -> anyhow::Result<Self> {
        const MAKE_ONE: &str =
            "make one where the key is: openssl req -new -key key.pem -subj / -out FILE";

        let contents = input::read_or_stdin(path)?;
        let file = match path == Path::new("-") {
            true => "stdin".to_owned(),
            false => escape::path(path),
        };
        let items = find::items(&file, &contents).map(|found| (found.source, found.item));
        let (source, request) = CertificationRequest::only(items).map_err(|error| {
            let hint = match error {
                RequestError::Several(_) => "give one of them",
                _ => MAKE_ONE,
            };
            match error {
                RequestError::None(None) => {
                    let what = find::what_it_is(&contents);
                    Refusal::new(format_args!("{file}: {error}: {what}"), hint)
                }
                error => Refusal::new(format_args!("{file}: {error}"), hint),
            }
        })?;
        show(&request, &source, session);
        Ok(Self(request))
    }

    pub fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    /// Holds the request against what will be certified: a note of what is not taken over, or what
    /// it asks for and will not get.
    pub fn check(
        &self,
        name: &Namespace,
        contents: &Contents,
        signer: &Signer,
    ) -> Result<Option<String>, Vec<anyhow::Error>> {
        let mut refusals = Vec::new();
        let mut refuse = |fact: String, hint: String| {
            refusals.push(Refusal::new(format_args!("the request {fact}"), hint).into());
        };
        let kind = self.public_key().kind();
        if !is_for_workloads(kind) {
            refuse(
                format!(
                    "has a key that is {kind}: a workload's is RSA of 2048 to 4096 bits, P-256 or P-384"
                ),
                "make another request with such a key".to_owned(),
            );
        }
        let ca_key = signer.certificate().public_key();
        if ca_key.is_ok_and(|key| key == *self.public_key()) {
            refuse(
                format!("is of the key of the CA of {}", signer.cluster),
                "make another request with a key of its own".to_owned(),
            );
        }
        let summary = self.0.summary();
        if summary.is_ca {
            refuse(
                "is for a CA: its basicConstraints say CA:TRUE".to_owned(),
                "make another request without them".to_owned(),
            );
        }
        for asked in &summary.subject_alt_names {
            let (kind, value) = (asked.kind, asked.value.as_str());
            match kind {
                "URI" if value == contents.id.to_string() => {}
                "URI" => refuse(
                    format!("names URI:{value}, and what is asked for is {}", contents.id),
                    "ask for it with --service-account, --trust-domain and its namespace, if it is meant".to_owned(),
                ),
                "DNS" if is_asked(value, &contents.dns_names) => {}
                "DNS" => refuse(
                    format!("names DNS:{value}, which is not asked for"),
                    format!("ask for it, if it is meant: --dns {}", escape::in_shell(value)),
                ),
                _ => refuse(
                    format!("names {kind}:{value}: a workload has a SPIFFE ID and DNS names alone"),
                    "make another request without it".to_owned(),
                ),
            }
        }
        for (attribute, value) in self.0.subject() {
            let (asked, flag) = match attribute.as_str() {
                "O" => (&contents.organization, Some("--org")),
                "CN" => (&contents.common_name, Some("--cn")),
                _ => (&None, None),
            };
            if asked.as_ref() == Some(value) {
                continue;
            }
            let (attribute, value) = (escape::text(attribute), escape::text(value));
            let fact = format!("has {attribute} = {value} in its subject, which is not asked for");
            let another = "make another request with an empty subject: openssl req -subj /";
            let hint = flag.map_or_else(String::new, |flag| {
                let value = escape::in_shell(&value);
                format!("ask for it, if it is meant: {flag} {value}; or ")
            });
            refuse(fact, hint + another);
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(self
            .left_out()
            .map(|left_out| format!("{name}: not taken over from the request: {left_out}")))
    }

    /// The extensions that are asked for and decided here.
    fn left_out(&self) -> Option<String> {
        let extensions = self.0.summary().extensions.iter();
        let extensions = extensions.map(|asked| asked.name.as_ref().unwrap_or(&asked.oid).as_str());
        let left_out: Vec<_> = extensions
            .filter(|name| *name != "subjectAltName")
            .collect();
        (!left_out.is_empty()).then(|| left_out.join(", "))
    }
}

/// On stderr, as `inspect --short` shows it.
fn show(request: &CertificationRequest, source: &Source, session: &Session) {
    let shown = short::request(request.summary(), source);
    session.console.note(shown.trim_end());
}

fn is_asked(name: &str, asked: &[DnsName]) -> bool {
    asked
        .iter()
        .any(|asked| asked.as_str().eq_ignore_ascii_case(name))
}

fn is_for_workloads(kind: KeyKind) -> bool {
    match kind {
        KeyKind::Rsa(bits) => (2048..=4096).contains(&bits),
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 => true,
        KeyKind::EcdsaP521 => false,
    }
}
