//! The path from the signing certificate to the anchors, now, and for what is issued below it.

use time::OffsetDateTime;

use super::super::{CA_CERT, CA_KEY, CERT_CHAIN, ROOT_CERT};
use super::{
    CA_KEY_KIND, CHAIN_EXPIRED, CHAIN_START, Judge, KEY_MISMATCH, NO_CLIENT_AUTH, NO_KEY_CERT_SIGN,
    NO_PATH, NO_SERVER_AUTH, NOT_A_CA, NOT_VALID_NOW, WEAK_SIGNATURE,
};
use crate::pki::authority::{AuthorityError, CertificateAuthority};
use crate::pki::certificate::{Certificate, ExtendedKeyUsage};
use crate::pki::chain::{Purpose, TrustBundle, VerifyError};
use crate::pki::go::{self, Reason};
use crate::pki::key::PrivateKey;
use crate::pki::path::CertificationPath;
use crate::pki::validity::moment;

impl Judge<'_> {
    pub(super) fn chain_starts_with(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let hint = self.renew();
        let fact = match chain.first() {
            Some(first) if first == signing => return,
            Some(first) => {
                self.first_has_not_expired(first);
                let (first, subject) = (first.subject(), signing.subject());
                let is_namesake = |other: &Certificate| {
                    other.subject_der() == signing.subject_der() && other.spki() == signing.spki()
                };
                let effect = if chain.contains(signing) {
                    ", which comes later: lifetimes and metrics are taken from the first, and whoever insists on the order refuses it"
                } else if chain.iter().any(is_namesake) {
                    ", and has another certificate of the same name and key: lifetimes and metrics are taken from that one"
                } else {
                    ": workloads could not prove whom they were signed by"
                };
                format!("it begins with {first}, and not with ca-cert.pem, {subject}{effect}")
            }
            None if roots.contains(signing) => return,
            None => {
                "it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail"
                    .to_owned()
            }
        };
        self.find(&CHAIN_START, CERT_CHAIN, fact, hint);
    }

    fn first_has_not_expired(&mut self, first: &Certificate) {
        let at = self.circumstances.at;
        let end = first.not_after();
        if end < at {
            let (subject, end, now) = (first.subject(), moment(end), moment(at));
            let fact =
                format!("it begins with {subject}, which expired on {end}, and now is {now}");
            let hint = self.renew();
            self.find(&CHAIN_EXPIRED, CERT_CHAIN, fact, hint);
        }
    }

    /// The path from the signing certificate to an anchor that Go takes now, if there is one. Of
    /// several, it is the one that ends last.
    pub(super) fn path(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) -> Option<Vec<Certificate>> {
        let at = self.circumstances.at;
        let now = match go::paths(signing, chain, roots, Some(at), &mut self.signatures) {
            Ok(paths) => {
                let serving = paths.iter().filter(|path| path.iter().all(names_tls));
                if let Some(path) = serving.max_by_key(|path| end_of(path)) {
                    return Some(path.clone());
                }
                let path = longest_lasting(paths)?;
                for certificate in &path {
                    let file = file_of(certificate, signing, roots);
                    self.serves_tls(certificate, file, certificate == signing);
                }
                return None;
            }
            Err(now) => now,
        };
        let ever = match go::paths(signing, chain, roots, None, &mut self.signatures) {
            Ok(paths) => {
                self.not_valid_now(&longest_lasting(paths)?);
                return None;
            }
            Err(ever) => ever,
        };
        if let Reason::WeakSignature(hash) = ever.reason {
            let fact = format!("{} is signed with {hash}", ever.subject);
            let hint = self.mend(&ever.into(), signing);
            self.find(&WEAK_SIGNATURE, CERT_CHAIN, fact, hint);
            return None;
        }
        let error = if ever.reason == now.reason { now } else { ever };
        // The words of `openssl verify`, where it agrees: they are the better known ones.
        let error = openssl_error(signing, chain, roots, at).unwrap_or_else(|| error.into());
        let hint = self.mend(&error, signing);
        let fact = format!("there is no path from ca-cert.pem to root-cert.pem: {error}");
        self.find(&NO_PATH, CERT_CHAIN, fact, hint);
        None
    }

    /// `path`, and what is above its anchor: Go ends a path at any certificate that is trusted, and
    /// others go on from one that is no root's. What is not valid now is none of it.
    pub(super) fn up_to_a_root(
        &mut self,
        path: &[Certificate],
        chain: &[Certificate],
        roots: &[Certificate],
    ) -> Option<CertificationPath> {
        let whole = CertificationPath::of(path.to_vec())?;
        if whole.highest().is_self_issued() {
            return Some(whole);
        }
        let at = self.circumstances.at;
        let others = [chain, roots].concat();
        let upwards = CertificationPath::all_from(whole.highest(), &others, &mut self.signatures);
        let is_valid = |upper: &CertificationPath| {
            let mut certificates = upper.certificates().iter();
            certificates.all(|certificate| certificate.is_valid_at(at))
        };
        let longest = upwards
            .into_iter()
            .filter(is_valid)
            .max_by_key(|upper| (upper.root().is_some(), end_of(upper.certificates())));
        Some(match longest {
            Some(upper) => whole.and_on(upper),
            None => whole,
        })
    }

    /// Go takes anyExtendedKeyUsage for every purpose; what Envoy verifies with does not.
    fn serves_tls(&mut self, certificate: &Certificate, file: &'static str, is_signing: bool) {
        let allows = |purpose| certificate.allows_purpose(purpose);
        let (rule, purpose, effect) =
            if !allows(ExtendedKeyUsage::ServerAuth) && !allows(ExtendedKeyUsage::Any) {
                (&NO_SERVER_AUTH, "serverAuth", "istiod does not start")
            } else if !allows(ExtendedKeyUsage::ClientAuth) {
                let effect = "proxies refuse every client";
                (&NO_CLIENT_AUTH, "clientAuth", effect)
            } else {
                return;
            };
        let fact = format!(
            "the extKeyUsage of {} lacks {purpose}: {effect}",
            certificate.subject()
        );
        let hint = if is_signing {
            self.renew()
        } else {
            self.renew_under_another()
        };
        self.find(rule, file, fact, hint);
    }

    fn not_valid_now(&mut self, path: &[Certificate]) {
        let at = self.circumstances.at;
        let (Some(signing), Some(anchor)) = (path.first(), path.last()) else {
            return;
        };
        for certificate in path
            .iter()
            .filter(|certificate| !certificate.is_valid_at(at))
        {
            self.invalid.push(certificate.clone());
            let hint = self.new_certificate(certificate, path);
            let file = file_of(certificate, signing, std::slice::from_ref(anchor));
            self.find(&NOT_VALID_NOW, file, not_valid(certificate, at), hint);
        }
    }

    pub(super) fn authority(
        &mut self,
        signing: Certificate,
        key: PrivateKey,
    ) -> Option<CertificateAuthority> {
        let subject = signing.subject();
        let error = match CertificateAuthority::new(signing, key) {
            Ok(authority) => return Some(authority),
            Err(error) => error,
        };
        let hint = self.renew();
        match error {
            AuthorityError::OtherKey => {
                let fact = format!("it is not the key of ca-cert.pem, {subject}");
                let hint = self.key_back();
                self.find(&KEY_MISMATCH, CA_KEY, fact, hint)
            }
            AuthorityError::NoKeyCertSign => {
                self.find(&NO_KEY_CERT_SIGN, CA_CERT, error.to_string(), hint)
            }
            AuthorityError::NotACa => self.find(&NOT_A_CA, CA_CERT, error.to_string(), hint),
            AuthorityError::Key(_) => self.find(&CA_KEY_KIND, CA_CERT, error.to_string(), hint),
        };
        None
    }
}

/// When the first certificate of `path` expires.
fn end_of(path: &[Certificate]) -> Option<OffsetDateTime> {
    path.iter().map(Certificate::not_after).min()
}

fn longest_lasting(paths: Vec<Vec<Certificate>>) -> Option<Vec<Certificate>> {
    paths.into_iter().max_by_key(|path| end_of(path))
}

/// Whether `certificate` allows all that workloads do.
fn names_tls(certificate: &Certificate) -> bool {
    let purposes = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    let allows = |purpose| certificate.allows_purpose(purpose);
    allows(purposes[1]) && (allows(purposes[0]) || allows(ExtendedKeyUsage::Any))
}

/// Why OpenSSL finds no path either.
fn openssl_error(
    signing: &Certificate,
    chain: &[Certificate],
    roots: &[Certificate],
    at: OffsetDateTime,
) -> Option<VerifyError> {
    let bundle = TrustBundle::new(roots.to_vec());
    let now = bundle
        .verify(signing, chain, Purpose::Any, Some(at))
        .err()?;
    let ever = bundle.verify(signing, chain, Purpose::Any, None).err()?;
    Some(if ever.reason == now.reason { now } else { ever })
}

/// That `certificate` has expired, or is not valid yet.
pub(super) fn not_valid(certificate: &Certificate, at: OffsetDateTime) -> String {
    let period = if at > certificate.not_after() {
        format!("expired on {}", moment(certificate.not_after()))
    } else {
        format!("is not valid before {}", moment(certificate.not_before()))
    };
    format!(
        "{} {period}, and now is {}",
        certificate.subject(),
        moment(at)
    )
}

/// The file that `certificate` of the path stands in.
pub(super) fn file_of(
    certificate: &Certificate,
    signing: &Certificate,
    roots: &[Certificate],
) -> &'static str {
    if certificate == signing {
        CA_CERT
    } else if roots.contains(certificate) {
        ROOT_CERT
    } else {
        CERT_CHAIN
    }
}
