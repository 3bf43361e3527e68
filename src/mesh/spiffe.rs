//! SPIFFE identities, in the form that both the SPIFFE standards and Istio accept.

use std::fmt;
use std::str::FromStr;

use crate::pki::certificate::SubjectAltName;
use crate::pki::dns_name::label_fault;

/// A trust domain: DNS labels in lower case, at most 255 octets. SPIFFE alone would take an
/// underscore too (SPIFFE-ID §2.1); Istio would not (istio pkg/config/validation/agent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDomain(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a trust domain: {reason}", crate::escape::text(.name))]
pub struct TrustDomainError {
    name: String,
    reason: &'static str,
}

impl TrustDomain {
    /// Istio's own default (istio pkg/config/mesh).
    pub fn istio_default() -> Self {
        Self("cluster.local".to_owned())
    }

    /// The trust domain whose signing authority goes by one of `names`, those of a CA.
    pub fn of_authority(names: &[SubjectAltName]) -> Option<Self> {
        names.iter().find_map(|name| match name {
            SubjectAltName::Uri(uri) => uri.strip_prefix("spiffe://")?.parse().ok(),
            SubjectAltName::Dns(_) => None,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identity of the trust domain's signing authority, which has no path (X509-SVID §3.2).
    pub fn signing_authority(&self) -> SubjectAltName {
        SubjectAltName::Uri(format!("spiffe://{}", self.0))
    }

    /// The identity of a workload (istio pkg/spiffe/spiffe.go).
    pub fn workload(&self, namespace: &str, service_account: &str) -> SubjectAltName {
        let Self(domain) = self;
        SubjectAltName::Uri(format!(
            "spiffe://{domain}/ns/{namespace}/sa/{service_account}"
        ))
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TrustDomain {
    type Err = TrustDomainError;

    fn from_str(name: &str) -> Result<Self, TrustDomainError> {
        let labels = name.strip_suffix('.').unwrap_or(name);
        let fault = if name.len() > 255 {
            Some("it is longer than 255 octets")
        } else if name.contains("://") {
            Some("it is written without \"spiffe://\"")
        } else if name.bytes().any(|octet| octet.is_ascii_uppercase()) {
            Some("it has capital letters in it")
        } else {
            labels.split('.').find_map(label_fault)
        };
        match fault {
            Some(reason) => Err(TrustDomainError {
                name: name.to_owned(),
                reason,
            }),
            None => Ok(Self(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spiffe_and_istio_both_take_is_a_trust_domain() {
        for name in ["cluster.local", "example.com.", "prod", "10.0.0.1"] {
            assert_eq!(name.parse::<TrustDomain>().unwrap().as_str(), name);
        }
        for name in [
            "",
            "Prod",
            "a_b",
            "spiffe://a",
            "a:1",
            "a/b",
            "a..b",
            &"a.".repeat(128),
        ] {
            assert!(name.parse::<TrustDomain>().is_err(), "{name}");
        }
    }

    #[test]
    fn identities_are_written_as_uris() {
        let domain = TrustDomain::istio_default();
        assert_eq!(
            domain.signing_authority().to_string(),
            "URI:spiffe://cluster.local"
        );
        assert_eq!(
            domain.workload("foo", "default").to_string(),
            "URI:spiffe://cluster.local/ns/foo/sa/default"
        );
    }
}
