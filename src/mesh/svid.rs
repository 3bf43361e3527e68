//! The rules for a leaf X.509-SVID (spiffe/spiffe standards/X509-SVID.md), and whose it is.

use std::fmt;
use std::str::FromStr;

use super::spiffe::TrustDomain;
use crate::pki::certificate::KeyUsage;
use crate::pki::verify::Facts;

/// The identity of a workload: a trust domain and a path (SPIFFE-ID §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiffeId {
    trust_domain: String,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{:?} is not a SPIFFE ID: {reason}", crate::escape::text(.id))]
pub struct SpiffeIdError {
    id: String,
    reason: &'static str,
}

impl SpiffeId {
    /// The trust domain's name.
    pub fn trust_domain(&self) -> &str {
        &self.trust_domain
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}{}", self.trust_domain, self.path)
    }
}

impl FromStr for SpiffeId {
    type Err = SpiffeIdError;

    fn from_str(id: &str) -> Result<Self, SpiffeIdError> {
        let refused = |reason| SpiffeIdError {
            id: id.to_owned(),
            reason,
        };
        if id.len() > 2048 {
            return Err(refused("it is longer than 2048 octets"));
        }
        let rest = id.strip_prefix("spiffe://");
        let rest = rest.ok_or_else(|| refused("it does not begin with spiffe://"))?;
        let (trust_domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_of_domain = |octet: u8| {
            octet.is_ascii_lowercase() || octet.is_ascii_digit() || b".-_".contains(&octet)
        };
        if trust_domain.is_empty() {
            return Err(refused("it has no trust domain"));
        }
        if trust_domain.len() > 255 {
            return Err(refused("its trust domain is longer than 255 octets"));
        }
        if !trust_domain.bytes().all(is_of_domain) {
            return Err(refused(
                "its trust domain is not of a-z, 0-9, \".\", \"-\" and \"_\"",
            ));
        }
        let is_of_path = |octet: u8| octet.is_ascii_alphanumeric() || b".-_".contains(&octet);
        for segment in path.split('/').skip(1) {
            if ["", ".", ".."].contains(&segment) {
                return Err(refused(
                    "its path has an empty segment, \".\" or \"..\" in it",
                ));
            }
            if !segment.bytes().all(is_of_path) {
                return Err(refused(
                    "its path is not of letters, digits, \".\", \"-\" and \"_\"",
                ));
            }
        }
        Ok(Self {
            trust_domain: trust_domain.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Whose SVID is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    pub id: Option<SpiffeId>,
    /// The trust domain and its aliases; empty if any will do.
    pub trust_domains: Vec<TrustDomain>,
}

impl Expected {
    /// Whether nothing is asked, so that the certificate need not be an SVID.
    pub fn is_nothing(&self) -> bool {
        self.id.is_none() && self.trust_domains.is_empty()
    }
}

/// A rule that a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Where the rule stands: `X509-SVID §5.2`.
    pub source: &'static str,
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.source)
    }
}

/// Every rule for a leaf that the certificate breaks, and every way in which it is not the one
/// that is expected.
pub fn breaches(certificate: &Facts, expected: &Expected) -> Vec<Breach> {
    let mut breaches = usage_breaches(certificate);
    match identity(certificate) {
        Err(breach) => breaches.push(breach),
        Ok(id) => breaches.extend(stranger(&id, expected)),
    }
    breaches
}

fn breach(source: &'static str, message: impl Into<String>) -> Breach {
    Breach {
        source,
        message: message.into(),
    }
}

fn usage_breaches(certificate: &Facts) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut found = |source, message: &str| breaches.push(breach(source, message));
    if certificate.is_ca {
        found(
            "X509-SVID §5.2",
            "basicConstraints says CA:TRUE: it is a signing certificate, and identifies nobody",
        );
    }
    if certificate.key_usage_says(KeyUsage::KeyCertSign) {
        found(
            "X509-SVID §5.2",
            "keyUsage has keyCertSign, which a leaf must not have",
        );
    }
    if certificate.key_usage_says(KeyUsage::CrlSign) {
        found(
            "X509-SVID §5.2",
            "keyUsage has cRLSign, which a leaf must not have",
        );
    }
    if certificate.key_usage.is_none() {
        found(
            "X509-SVID §4.3",
            "it has no keyUsage, which every SVID must have",
        );
    } else {
        if !certificate.key_usage_is_critical {
            found(
                "X509-SVID §4.3",
                "keyUsage is not critical, which it must be",
            );
        }
        if !certificate.key_usage_says(KeyUsage::DigitalSignature) {
            found(
                "X509-SVID §4.3",
                "keyUsage lacks digitalSignature, which a leaf must have",
            );
        }
    }
    if let Some(purposes) = &certificate.extended_key_usage {
        for purpose in ["serverAuth", "clientAuth"] {
            if !purposes.iter().any(|found| found == purpose) {
                breaches.push(breach(
                    "X509-SVID §4.4",
                    format!("extKeyUsage is there and lacks {purpose}"),
                ));
            }
        }
    }
    if !certificate.has_subject && !certificate.subject_alt_name_is_critical {
        breaches.push(breach(
            "X509-SVID §3.1",
            "it has no subject, and its subjectAltName is not critical",
        ));
    }
    breaches
}

/// The one SPIFFE ID of a leaf.
fn identity(certificate: &Facts) -> Result<SpiffeId, Breach> {
    let uri = match certificate.uris.as_slice() {
        [] => {
            return Err(breach(
                "X509-SVID §2",
                "it has no URI SAN, and so no SPIFFE ID",
            ));
        }
        [uri] => uri,
        uris => {
            let uris: Vec<_> = uris.iter().map(|uri| crate::escape::text(uri)).collect();
            let (number, uris) = (uris.len(), shown(&uris));
            return Err(breach(
                "X509-SVID §5.2",
                format!("it has {number} URI SANs, and must have one: {uris}"),
            ));
        }
    };
    if !uri.starts_with("spiffe://") {
        let uri = crate::escape::text(uri);
        return Err(breach(
            "X509-SVID §5.2",
            format!("its URI SAN is {uri}, and its scheme must be spiffe"),
        ));
    }
    let id: SpiffeId = uri
        .parse()
        .map_err(|error: SpiffeIdError| breach("SPIFFE-ID §2", error.to_string()))?;
    if id.path.is_empty() {
        return Err(breach(
            "X509-SVID §5.2",
            format!("its SPIFFE ID {id} has no path, and a leaf's must have one"),
        ));
    }
    Ok(id)
}

/// How `id` is not the one that is expected.
fn stranger(id: &SpiffeId, expected: &Expected) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if let Some(wanted) = &expected.id
        && wanted != id
    {
        let message = format!("its SPIFFE ID is {id}, and not {wanted}");
        breaches.push(breach("--spiffe-id", message));
    }
    let domains = &expected.trust_domains;
    let is_of = |domain: &TrustDomain| domain.as_str() == id.trust_domain();
    if !domains.is_empty() && !domains.iter().any(is_of) {
        let names: Vec<_> = domains.iter().map(TrustDomain::to_string).collect();
        let (domain, names) = (id.trust_domain(), names.join(" or "));
        let message = format!("its trust domain is {domain}, and not {names}");
        breaches.push(breach("--trust-domain", message));
    }
    breaches
}

/// The first few of a list that a stranger made.
fn shown(list: &[String]) -> String {
    const MOST: usize = 5;

    let mut text = list[..list.len().min(MOST)].join(", ");
    if list.len() > MOST {
        text += &format!(", and {} more", list.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// digitalSignature, critical; serverAuth and clientAuth; one SPIFFE ID.
    fn leaf() -> Facts {
        Facts {
            key_usage: Some(1),
            key_usage_is_critical: true,
            extended_key_usage: Some(vec!["serverAuth".into(), "clientAuth".into()]),
            has_subject: true,
            uris: vec!["spiffe://cluster.local/ns/foo/sa/bar".into()],
            ..Facts::default()
        }
    }

    fn said(facts: &Facts, expected: &Expected) -> Vec<String> {
        let breaches = breaches(facts, expected);
        breaches.iter().map(Breach::to_string).collect()
    }

    #[test]
    fn a_leaf_that_keeps_the_rules_breaks_none() {
        assert_eq!(said(&leaf(), &Expected::default()), [""; 0]);
    }

    #[test]
    fn each_rule_is_named_with_its_section() {
        let certificate = Facts {
            is_ca: true,
            key_usage: Some(1 << 5 | 1 << 6),
            key_usage_is_critical: false,
            extended_key_usage: Some(vec!["serverAuth".into()]),
            has_subject: false,
            uris: vec![],
            ..Facts::default()
        };
        assert_eq!(
            said(&certificate, &Expected::default()),
            [
                "basicConstraints says CA:TRUE: it is a signing certificate, and identifies nobody (X509-SVID §5.2)",
                "keyUsage has keyCertSign, which a leaf must not have (X509-SVID §5.2)",
                "keyUsage has cRLSign, which a leaf must not have (X509-SVID §5.2)",
                "keyUsage is not critical, which it must be (X509-SVID §4.3)",
                "keyUsage lacks digitalSignature, which a leaf must have (X509-SVID §4.3)",
                "extKeyUsage is there and lacks clientAuth (X509-SVID §4.4)",
                "it has no subject, and its subjectAltName is not critical (X509-SVID §3.1)",
                "it has no URI SAN, and so no SPIFFE ID (X509-SVID §2)",
            ]
        );
    }

    #[test]
    fn an_identity_is_one_uri_of_the_right_kind() {
        let with = |uris: &[&str]| Facts {
            uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
            ..leaf()
        };
        let said = |uris: &[&str]| said(&with(uris), &Expected::default()).concat();
        assert_eq!(
            said(&["spiffe://a/b", "https://x\n"]),
            "it has 2 URI SANs, and must have one: spiffe://a/b, https://x\\0A (X509-SVID §5.2)"
        );
        assert_eq!(
            said(&["https://a/b"]),
            "its URI SAN is https://a/b, and its scheme must be spiffe (X509-SVID §5.2)"
        );
        assert_eq!(
            said(&["spiffe://a"]),
            "its SPIFFE ID spiffe://a has no path, and a leaf's must have one (X509-SVID §5.2)"
        );
        assert_eq!(
            said(&["spiffe://a//b"]),
            "\"spiffe://a//b\" is not a SPIFFE ID: its path has an empty segment, \".\" or \"..\" in it (SPIFFE-ID §2)"
        );
    }

    #[test]
    fn a_stranger_is_told_from_the_one_expected() {
        let expected = Expected {
            id: Some("spiffe://cluster.local/ns/foo/sa/other".parse().unwrap()),
            trust_domains: vec!["a.example".parse().unwrap(), "b.example".parse().unwrap()],
        };
        assert_eq!(
            said(&leaf(), &expected),
            [
                "its SPIFFE ID is spiffe://cluster.local/ns/foo/sa/bar, and not spiffe://cluster.local/ns/foo/sa/other (--spiffe-id)",
                "its trust domain is cluster.local, and not a.example or b.example (--trust-domain)",
            ]
        );
    }

    /// SPIFFE-ID §2 said once more: one character after the other.
    fn is_spiffe_id(id: &str) -> bool {
        let mut characters = id.chars();
        if !"spiffe://"
            .chars()
            .all(|wanted| characters.next() == Some(wanted))
        {
            return false;
        }
        let mut segments = vec![String::new()];
        for character in characters {
            match (character, segments.len()) {
                ('/', _) => segments.push(String::new()),
                ('a'..='z' | '0'..='9' | '.' | '-' | '_', _) | ('A'..='Z', 2..) => {
                    segments.last_mut().unwrap().push(character);
                }
                _ => return false,
            }
        }
        let is_path = |segment: &String| !matches!(segment.as_str(), "" | "." | "..");
        id.len() <= 2048
            && (1..=255).contains(&segments[0].len())
            && segments[1..].iter().all(is_path)
    }

    fn ids() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            6 => "[a-z0-9]{1,3}".boxed(),
            6 => Just("/".to_owned()).boxed(),
            2 => "[-._]{1,2}".boxed(),
            1 => "[A-Z]".boxed(),
            1 => "[%:@?# \u{e4}\n]".boxed(),
            1 => "[a-z]{120,130}".boxed(),
        ];
        let parts = proptest::collection::vec(part, 0..9);
        let scheme = prop_oneof![9 => Just("spiffe://"), 1 => Just("Spiffe://"), 1 => Just("")];
        (scheme, parts).prop_map(|(scheme, parts)| scheme.to_owned() + &parts.concat())
    }

    proptest! {
        #[test]
        fn exactly_what_the_rules_allow_is_a_spiffe_id(id in ids()) {
            let parsed = id.parse::<SpiffeId>();
            prop_assert_eq!(parsed.is_ok(), is_spiffe_id(&id), "{}", id);
            if let Ok(parsed) = parsed {
                prop_assert_eq!(parsed.to_string(), id);
            }
        }

        #[test]
        fn the_identity_of_a_workload_is_one(
            domain in "[a-z0-9]{1,20}(\\.[a-z0-9]{1,20}){0,3}",
            namespace in "[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?",
            account in "[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?",
        ) {
            let trust_domain: TrustDomain = domain.parse().unwrap();
            let identity = trust_domain.workload(&namespace, &account).to_string();
            let id: SpiffeId = identity.strip_prefix("URI:").unwrap().parse().unwrap();
            prop_assert_eq!(id.trust_domain(), &domain);
            prop_assert_eq!(id.to_string(), format!("spiffe://{domain}/ns/{namespace}/sa/{account}"));
        }
    }
}
