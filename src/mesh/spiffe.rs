//! SPIFFE identities, in the form that both the SPIFFE standards and Istio accept.

use std::fmt;
use std::str::FromStr;

use super::kubernetes::{Namespace, ServiceAccount};
use crate::pki::certificate::{Certificate, SubjectAltName};
use crate::pki::dns_name::label_fault;

/// A trust domain: DNS labels in lower case, at most 255 octets. SPIFFE alone would take an
/// underscore too (SPIFFE-ID §2.1); Istio would not (istio pkg/config/validation/agent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDomain(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a trust domain: {reason} ({rule})", crate::escape::text(.name))]
pub struct TrustDomainError {
    name: String,
    reason: &'static str,
    /// Where the rule stands.
    rule: &'static str,
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

    /// The trust domain of the workloads below `ca`: the one that is asked for, else the CA's own,
    /// else Istio's default.
    pub fn of_workloads(ca: &Certificate, asked: Option<&Self>) -> Self {
        asked
            .cloned()
            .or_else(|| Self::of_authority(ca.subject_alt_names()))
            .unwrap_or_else(Self::istio_default)
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
            Some(("it is longer than 255 octets", "SPIFFE-ID §2.3"))
        } else if name.contains("://") {
            let reason = "it is written without \"spiffe://\"";
            Some((reason, "SPIFFE-ID §2.1"))
        } else if name.bytes().any(|octet| octet.is_ascii_uppercase()) {
            Some(("it has capital letters in it", "SPIFFE-ID §2.1"))
        } else {
            let fault = labels.split('.').find_map(label_fault);
            fault.map(|reason| (reason, "RFC 1123 §2.1"))
        };
        match fault {
            Some((reason, rule)) => Err(TrustDomainError {
                name: name.to_owned(),
                reason,
                rule,
            }),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// Who a workload is: `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT`
/// (istio pkg/spiffe/spiffe.go).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadId {
    pub trust_domain: TrustDomain,
    pub namespace: Namespace,
    pub service_account: ServiceAccount,
}

impl WorkloadId {
    /// The workload that goes by one of `names`, if it is the only URI of them.
    pub fn of_workload(names: &[SubjectAltName]) -> Option<Self> {
        let mut uris = names.iter().filter_map(|name| match name {
            SubjectAltName::Uri(uri) => Some(uri),
            SubjectAltName::Dns(_) => None,
        });
        let uri = uris.next().filter(|_| uris.next().is_none())?;
        let segments: Vec<_> = uri.strip_prefix("spiffe://")?.split('/').collect();
        let [trust_domain, "ns", namespace, "sa", service_account] = segments[..] else {
            return None;
        };
        Some(Self {
            trust_domain: trust_domain.parse().ok()?,
            namespace: namespace.parse().ok()?,
            service_account: service_account.parse().ok()?,
        })
    }

    pub fn name(&self) -> SubjectAltName {
        let (namespace, account) = (self.namespace.as_str(), self.service_account.as_str());
        self.trust_domain.workload(namespace, account)
    }
}

impl fmt::Display for WorkloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trust_domain,
            namespace,
            service_account,
        } = self;
        write!(
            f,
            "spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn a_workload_is_known_by_its_only_uri() {
        let uri = |uri: &str| SubjectAltName::Uri(uri.to_owned());
        let dns = SubjectAltName::Dns("foo.example.com".to_owned());
        let name = uri("spiffe://cluster.local/ns/foo/sa/web");
        let id = WorkloadId::of_workload(&[dns.clone(), name.clone()]).unwrap();
        assert_eq!(id.to_string(), "spiffe://cluster.local/ns/foo/sa/web");
        assert_eq!(id.name(), name);
        for names in [
            &[][..],
            &[dns],
            &[name.clone(), name],
            &[uri("spiffe://cluster.local")],
            &[uri("spiffe://cluster.local/ns/foo/sa/web/x")],
            &[uri("spiffe://cluster.local/ns//sa/web")],
            &[uri("spiffe://cluster.local/ns/foo/sa/..")],
            &[uri("spiffe://Cluster.local/ns/foo/sa/web")],
            &[uri("https://cluster.local/ns/foo/sa/web")],
        ] {
            assert_eq!(WorkloadId::of_workload(names), None, "{names:?}");
        }
    }

    /// The rules, said once more: one character after the other.
    fn is_trust_domain(name: &str) -> bool {
        let mut label = 0;
        let mut last = '.';
        for character in name.chars() {
            label = match character {
                '.' if label == 0 || last == '-' => return false,
                '.' => 0,
                '-' if label == 0 => return false,
                'a'..='z' | '0'..='9' | '-' if label < 63 => label + 1,
                _ => return false,
            };
            last = character;
        }
        !name.is_empty() && name.len() <= 255 && last != '-'
    }

    /// What a name is made of, and what it must not be made of.
    fn names() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            8 => "[a-z0-9]{1,3}".boxed(),
            4 => Just(".".to_owned()).boxed(),
            2 => Just("-".to_owned()).boxed(),
            1 => "[A-Z_:/ \u{e4}\n]".boxed(),
            1 => "[a-z]{59,64}".boxed(),
        ];
        proptest::collection::vec(part, 0..9).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn exactly_what_the_rules_allow_is_a_trust_domain(name in names()) {
            let parsed = name.parse::<TrustDomain>();
            prop_assert_eq!(parsed.is_ok(), is_trust_domain(&name), "{}", name);
            if let Ok(domain) = parsed {
                prop_assert_eq!(domain.as_str(), &name);
                let authority = [domain.signing_authority()];
                prop_assert_eq!(TrustDomain::of_authority(&authority), Some(domain));
            }
        }
    }
}
