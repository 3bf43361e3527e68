//! What is good about the path today, and will not be for ever or for everybody.

use time::Duration;

use super::super::spiffe::TrustDomain;
use super::super::{CA_CERT, CERT_CHAIN};
use super::path::file_of;
use super::{
    CA_KEY_KIND, EXPIRES_SOON, Judge, KEY_ENCIPHERMENT, NAMES_FOR_ZTUNNEL, NO_CRL_SIGN,
    NO_KEY_IDENTIFIERS, OTHER_TRUST_DOMAIN, OUTLIVES_ISSUER, PURPOSE_ON_CA, ROOT_SIGNS_WORKLOADS,
    UNCOMMON_KEY,
};
use crate::pki::certificate::{Certificate, KeyUsage};
use crate::pki::summary::KeySummary;
use crate::pki::validity::{date, moment};

impl Judge<'_> {
    /// `path` goes from the signing certificate to one of `roots`.
    pub(super) fn standing(&mut self, path: &[Certificate], roots: &[Certificate]) {
        let [signing, ..] = path else {
            return;
        };
        for certificate in path {
            let place = Place {
                file: file_of(certificate, signing, roots),
                subject: certificate.subject(),
                hint: self.new_certificate(certificate, path),
            };
            self.lasts(certificate, &place);
            if certificate.is_ca() {
                self.usage(certificate, &place);
            }
            self.names(certificate, &place);
            self.key_kind(certificate, &place, certificate == signing);
        }
        for pair in path.windows(2) {
            self.within_its_issuer(&pair[0], &pair[1], file_of(&pair[0], signing, roots), path);
        }
        self.key_identifiers(path);
        self.trust_domain(signing);
        if self.signatures.is_issued_by(signing, signing) {
            let fact = format!("{} is a self-signed root", signing.subject());
            let cluster = self.circumstances.cluster;
            let hint =
                format!("a CA of its own below a root: meshpki cluster-cacerts --rekey {cluster}");
            self.find(&ROOT_SIGNS_WORKLOADS, CA_CERT, fact, hint);
        }
    }

    /// The way to a better `certificate` of `path`.
    pub(super) fn new_certificate(
        &self,
        certificate: &Certificate,
        path: &[Certificate],
    ) -> String {
        if path.first() == Some(certificate) {
            self.renew()
        } else if path.last() == Some(certificate) {
            "another root: meshpki bundle --help shows the way to it".to_owned()
        } else {
            let cluster = self.circumstances.cluster;
            format!(
                "once the CA above has a new certificate: meshpki cluster-cacerts --renew {cluster}"
            )
        }
    }

    fn lasts(&mut self, certificate: &Certificate, place: &Place) {
        let (at, end) = (self.circumstances.at, certificate.not_after());
        if end - at < self.circumstances.soon {
            let (subject, days) = (&place.subject, (end - at).whole_days());
            let fact = format!("{subject} expires on {}, in {days} days", moment(end));
            self.find(&EXPIRES_SOON, place.file, fact, &*place.hint);
        }
    }

    fn within_its_issuer(
        &mut self,
        below: &Certificate,
        above: &Certificate,
        file: &'static str,
        path: &[Certificate],
    ) {
        /// Those of one sitting, of as many days each, are not spoken of.
        const SITTING: Duration = Duration::days(1);

        if below.not_after() - above.not_after() > SITTING {
            let fact = format!(
                "{} expires on {}, after its issuer {}, on {}",
                below.subject(),
                date(below.not_after()),
                above.subject(),
                date(above.not_after())
            );
            let hint = self.new_certificate(above, path);
            self.find(&OUTLIVES_ISSUER, file, fact, hint);
        }
    }

    fn usage(&mut self, certificate: &Certificate, place: &Place) {
        let Place {
            file,
            subject,
            hint,
        } = place;
        if !certificate.allows(KeyUsage::CrlSign) {
            let fact = format!("the keyUsage of {subject} lacks cRLSign");
            self.find(&NO_CRL_SIGN, file, fact, hint);
        }
        if certificate.names_usage(KeyUsage::KeyEncipherment) {
            let fact = format!("the keyUsage of {subject} names keyEncipherment");
            self.find(&KEY_ENCIPHERMENT, file, fact, hint);
        }
        if certificate.has_purposes() {
            let fact = format!("{subject} has an extKeyUsage");
            self.find(&PURPOSE_ON_CA, file, fact, "");
        }
    }

    fn names(&mut self, certificate: &Certificate, place: &Place) {
        let constraints = certificate.name_constraints();
        let kinds = [
            (constraints.has_uris(), "URIs"),
            (constraints.has_directory_names(), "distinguished names"),
        ];
        for (_, kind) in kinds.iter().filter(|(there, _)| *there) {
            let fact = format!("the name constraints of {} are about {kind}", place.subject);
            self.find(&NAMES_FOR_ZTUNNEL, place.file, fact, &*place.hint);
        }
    }

    fn key_kind(&mut self, certificate: &Certificate, place: &Place, is_signing: bool) {
        // Of the signing certificate's key worse may have been said.
        if is_signing && self.findings.iter().any(|found| found.rule == &CA_KEY_KIND) {
            return;
        }
        let key = KeySummary::of(certificate.spki());
        let is_common = match key.curve.as_deref() {
            Some(curve) => ["P-256", "P-384"].contains(&curve),
            None => key.is_rsa() && key.bits.is_some_and(|bits| (2048..=8192).contains(&bits)),
        };
        if !is_common {
            let fact = format!("the key of {} is {key}", place.subject);
            let hint = if is_signing {
                self.rekey()
            } else {
                place.hint.clone()
            };
            self.find(&UNCOMMON_KEY, place.file, fact, hint);
        }
    }

    fn key_identifiers(&mut self, path: &[Certificate]) {
        let [signing, ..] = path else {
            return;
        };
        let hint = self.renew();
        if signing.subject_key_identifier().is_none() {
            let fact = format!("{} has no subjectKeyIdentifier", signing.subject());
            self.find(&NO_KEY_IDENTIFIERS, CA_CERT, fact, &*hint);
        }
        let below = path.iter().take(path.len() - 1);
        for certificate in below.filter(|below| below.authority_key_identifier().is_none()) {
            let file = if certificate == signing {
                CA_CERT
            } else {
                CERT_CHAIN
            };
            let fact = format!("{} has no authorityKeyIdentifier", certificate.subject());
            self.find(&NO_KEY_IDENTIFIERS, file, fact, &*hint);
        }
    }

    fn trust_domain(&mut self, signing: &Certificate) {
        let of_ca = TrustDomain::of_authority(signing.subject_alt_names());
        let (Some(asked), Some(of_ca)) = (self.circumstances.trust_domain, of_ca) else {
            return;
        };
        if *asked != of_ca {
            let fact = format!("its SPIFFE ID is of the trust domain {of_ca}, and not of {asked}");
            let cluster = self.circumstances.cluster;
            let hint = format!(
                "a new certificate: meshpki cluster-cacerts --renew --trust-domain {asked} {cluster}"
            );
            let finding = self.find(&OTHER_TRUST_DOMAIN, CA_CERT, fact, hint);
            finding.assumption = Some(format!("the trust domain {asked}"));
        }
    }
}

/// A certificate of the path, as findings speak of it.
struct Place {
    file: &'static str,
    subject: String,
    hint: String,
}
