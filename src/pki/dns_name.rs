//! DNS names as a certificate carries them (RFC 5280 §4.2.1.6, RFC 1123 §2.1).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::certificate::SubjectAltName;

/// Labels of letters, digits and hyphens, at most 63 octets each and 253 in all; the first label
/// may be `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsName(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a DNS name: {reason}", crate::escape::text(.name))]
pub struct DnsNameError {
    name: String,
    reason: &'static str,
}

impl DnsName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DNS names among `names`, if each of them is one.
    pub fn all_in(names: &[SubjectAltName]) -> Option<Vec<Self>> {
        let dns_names = names.iter().filter_map(|name| match name {
            SubjectAltName::Dns(name) => Some(name.parse()),
            SubjectAltName::Uri(_) => None,
        });
        dns_names.collect::<Result<_, _>>().ok()
    }

    /// Whether two lists have the same names in them, in whatever order and case (RFC 4343).
    pub fn are_the_same(some: &[Self], others: &[Self]) -> bool {
        let set = |names: &[Self]| -> BTreeSet<String> {
            let names = names.iter().map(|name| name.0.to_ascii_lowercase());
            names.collect()
        };
        set(some) == set(others)
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DnsName {
    type Err = DnsNameError;

    fn from_str(name: &str) -> Result<Self, DnsNameError> {
        let refused = |reason| DnsNameError {
            name: name.to_owned(),
            reason,
        };
        if name.len() > 253 {
            return Err(refused("it is longer than 253 octets"));
        }
        let labels = name.strip_prefix("*.").unwrap_or(name);
        match labels.split('.').find_map(label_fault) {
            Some(fault) => Err(refused(fault)),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// What keeps `label` from being a label of a host name, if anything does.
pub fn label_fault(label: &str) -> Option<&'static str> {
    if label.is_empty() {
        Some("it has an empty label")
    } else if label.len() > 63 {
        Some("a label is longer than 63 octets")
    } else if label.starts_with('-') || label.ends_with('-') {
        Some("a label begins or ends with a hyphen")
    } else if label
        .bytes()
        .any(|octet| !octet.is_ascii_alphanumeric() && octet != b'-')
    {
        Some("a label has other characters than letters, digits and hyphens")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_and_wildcards_are_names() {
        for name in [
            "istiod.istio-system.svc",
            "*.example.com",
            "localhost",
            "1.2.3.4.in-addr.arpa",
        ] {
            assert_eq!(name.parse::<DnsName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_fault_is_named() {
        let fault = |name: &str| name.parse::<DnsName>().unwrap_err().to_string();
        assert_eq!(fault(""), "\"\" is not a DNS name: it has an empty label");
        assert_eq!(
            fault("a.*.b"),
            "\"a.*.b\" is not a DNS name: a label has other characters than letters, digits and hyphens"
        );
        assert!(fault("-a").contains("hyphen"));
        assert!(fault(&"a".repeat(64)).contains("63"));
        assert!(fault(&"a.".repeat(127)).contains("253"));
        assert!(fault("a\nb").contains("a\\0Ab"));
    }
}
