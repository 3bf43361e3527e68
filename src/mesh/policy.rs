//! What the root signs for clusters that ask: the policy of `[sign]` in meshpki.toml.

mod judge;
mod pattern;

use std::fmt;

use super::kubernetes::ClusterName;
use super::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::{KeyKind, KeySpec};
use crate::pki::name::Attribute;

pub use judge::{Defaults, Granted, Reason, not_taken_over};
pub use pattern::{Pattern, PatternError};

/// What may be asked for. Whatever else a certificate says, `profile::cluster_ca` says alone.
#[derive(Debug)]
pub struct Policy {
    pub clusters: Permitted<Pattern>,
    pub organizations: Permitted<Pattern>,
    pub common_names: Permitted<Pattern>,
    pub dns_names: Permitted<Pattern>,
    pub trust_domains: Permitted<TrustDomain>,
    pub key_types: Permitted<KeySpec>,
}

/// What is permitted, and by whom.
#[derive(Debug)]
pub struct Permitted<T> {
    pub values: Vec<T>,
    /// For messages: `meshpki.toml:12`.
    pub source: String,
}

/// That something is asked for which is not permitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{asked} is not permitted: {source_name} permits {permitted}")]
pub struct Breach {
    asked: String,
    source_name: String,
    permitted: String,
    setting: &'static str,
}

impl Breach {
    /// The way out.
    pub fn hint(&self) -> String {
        let setting = self.setting;
        format!("if it is meant, permit it: {setting} in [sign] of meshpki.toml")
    }
}

impl Policy {
    pub fn permits_cluster(&self, name: &ClusterName) -> Result<(), Breach> {
        let is_permitted = |pattern: &Pattern| pattern.matches(name.as_str());
        let asked = || format!("the name {name}");
        self.clusters.check(is_permitted, asked, "clusters")
    }

    /// Of the subject, in which a cluster has its name as its locality.
    pub fn permits_attribute(&self, attribute: Attribute, value: &str) -> Result<(), Breach> {
        let asked = || {
            format!(
                "{} = {}",
                attribute.short_name(),
                crate::escape::text(value)
            )
        };
        let (permitted, setting) = match attribute {
            Attribute::Organization => (&self.organizations, "organizations"),
            Attribute::CommonName => (&self.common_names, "common-names"),
            Attribute::Locality => (&self.clusters, "clusters"),
        };
        permitted.check(|pattern| pattern.matches(value), asked, setting)
    }

    pub fn permits_dns_name(&self, name: &DnsName) -> Result<(), Breach> {
        let is_permitted = |pattern: &Pattern| pattern.matches_ignoring_case(name.as_str());
        let asked = || format!("DNS:{name}");
        self.dns_names.check(is_permitted, asked, "san-dns")
    }

    pub fn permits_trust_domain(&self, domain: &TrustDomain) -> Result<(), Breach> {
        let asked = || domain.signing_authority().to_string();
        let is_permitted = |permitted: &TrustDomain| permitted == domain;
        self.trust_domains
            .check(is_permitted, asked, "trust-domains")
    }

    pub fn permits_key(&self, kind: KeyKind) -> Result<(), Breach> {
        let is_permitted = |permitted: &KeySpec| kind.spec() == Some(*permitted);
        let asked = || format!("a key that is {kind}");
        self.key_types.check(is_permitted, asked, "key-types")
    }
}

impl<T: fmt::Display> Permitted<T> {
    fn check(
        &self,
        is_permitted: impl Fn(&T) -> bool,
        asked: impl Fn() -> String,
        setting: &'static str,
    ) -> Result<(), Breach> {
        if self.values.iter().any(is_permitted) {
            return Ok(());
        }
        Err(Breach {
            asked: asked(),
            source_name: self.source.clone(),
            permitted: self.to_string(),
            setting,
        })
    }
}

/// `Istio, Acme and Ac*`.
impl<T: fmt::Display> fmt::Display for Permitted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((last, others)) = self.values.split_last() else {
            return f.write_str("none");
        };
        for (position, value) in others.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{value}")?;
        }
        let and = if others.is_empty() { "" } else { " and " };
        write!(f, "{and}{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn permitted<T>(values: Vec<T>) -> Permitted<T> {
        let source = "meshpki.toml:7".to_owned();
        Permitted { values, source }
    }

    pub fn patterns(texts: &[&str]) -> Permitted<Pattern> {
        let patterns = texts.iter().map(|text| text.parse().unwrap());
        permitted(patterns.collect())
    }

    fn policy() -> Policy {
        Policy {
            clusters: patterns(&["eu-*"]),
            organizations: patterns(&["Acme", "R & D"]),
            common_names: patterns(&["Intermediate CA"]),
            dns_names: patterns(&["istiod*.istio-system.svc"]),
            trust_domains: permitted(Vec::new()),
            key_types: permitted(vec![KeySpec::EcdsaP256, KeySpec::Rsa4096]),
        }
    }

    #[test]
    fn what_is_permitted_is_taken() {
        let policy = policy();
        let cluster = "eu-west".parse().unwrap();
        policy.permits_cluster(&cluster).unwrap();
        for (attribute, value) in [
            (Attribute::Organization, "R & D"),
            (Attribute::CommonName, "Intermediate CA"),
            (Attribute::Locality, "eu-north"),
        ] {
            policy.permits_attribute(attribute, value).unwrap();
        }
        let name = "IstioD-1-29.istio-system.svc".parse().unwrap();
        policy.permits_dns_name(&name).unwrap();
        policy.permits_key(KeyKind::Rsa(4096)).unwrap();
    }

    #[test]
    fn a_breach_names_what_is_asked_what_is_permitted_and_by_whom() {
        let policy = policy();
        let refusal = |breach: Result<(), Breach>| breach.unwrap_err().to_string();
        assert_eq!(
            refusal(policy.permits_cluster(&"us-east".parse().unwrap())),
            "the name us-east is not permitted: meshpki.toml:7 permits eu-*"
        );
        assert_eq!(
            refusal(policy.permits_attribute(Attribute::Organization, "acme")),
            "O = acme is not permitted: meshpki.toml:7 permits Acme and R & D"
        );
        assert_eq!(
            refusal(policy.permits_trust_domain(&TrustDomain::istio_default())),
            "URI:spiffe://cluster.local is not permitted: meshpki.toml:7 permits none"
        );
        assert_eq!(
            refusal(policy.permits_key(KeyKind::EcdsaP521)),
            "a key that is ECDSA P-521 is not permitted: meshpki.toml:7 permits p256 and rsa-4096"
        );
        assert!(policy.permits_key(KeyKind::Rsa(2048)).is_err());
        let breach = policy.permits_dns_name(&"a.b".parse().unwrap());
        assert_eq!(
            breach.unwrap_err().hint(),
            "if it is meant, permit it: san-dns in [sign] of meshpki.toml"
        );
    }
}
