//! Names of Kubernetes objects, and of the clusters they live in.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::pki::dns_name::label_fault;

/// A name that cannot be used, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" cannot be {what}: {reason}", crate::escape::text(.name))]
pub struct NameError {
    name: String,
    what: &'static str,
    reason: String,
}

impl NameError {
    fn new(name: &str, what: &'static str, reason: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            what,
            reason: reason.into(),
        }
    }
}

/// The name of a cluster, which is also the folder of its files and the locality of its CA's name:
/// 1 to 128 letters, digits, `-`, `_` and `.`, the first and the last a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterName(String);

/// Names that would stand in the way of a file that meshpki writes or reads.
const FILE_NAMES: [&str; 13] = [
    super::ROOT_KEY,
    super::ROOT_CERT,
    super::ROOT_CONF,
    super::ROOT_CSR,
    super::ROOT_ISSUED,
    super::CA_CERT,
    super::CA_KEY,
    super::CERT_CHAIN,
    super::CA_CRL,
    super::CA_CSR,
    super::CA_KEY_NEXT,
    super::WORKLOAD_KEY,
    "meshpki.toml",
];

/// Whether a file that meshpki writes or reads goes by this name.
pub fn is_file_name(name: &str) -> bool {
    FILE_NAMES.contains(&name)
}

impl ClusterName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ClusterName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        /// `ub-locality-name` of RFC 5280 appendix A.1.
        const LONGEST: usize = 128;

        let refused = |reason: &str| Err(NameError::new(name, "a cluster's name", reason));
        let is_inner = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
        let ends_well = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
        if name.is_empty() {
            return refused("it is empty");
        }
        if !name.bytes().all(is_inner) {
            return refused("it may have letters, digits, '-', '_' and '.' in it");
        }
        if !ends_well(name.as_bytes().first()) || !ends_well(name.as_bytes().last()) {
            return refused("it has to begin and end with a letter or a digit");
        }
        if name.len() > LONGEST {
            return refused(&format!(
                "it has {} characters, and the locality of a certificate holds {LONGEST}",
                name.len()
            ));
        }
        if is_file_name(name) {
            return refused("meshpki has a file of that name");
        }
        if is_kept_folder(name) {
            return refused("a name with a date and time at its end is a replaced cluster's");
        }
        Ok(Self(name.to_owned()))
    }
}

/// The moment that a cluster's files were replaced at, behind a dot at the end of their folder's
/// name: `20261122T003800Z`.
pub fn stamp(at: OffsetDateTime) -> String {
    at.format(format_description!(
        "[year][month][day]T[hour][minute][second]Z"
    ))
    .expect("every component is there")
}

/// Whether `name` is of the form `NAME.YYYYMMDDThhmmssZ`, under which the files of a cluster are
/// kept when they are replaced.
pub fn is_kept_folder(name: &str) -> bool {
    let Some((_, stamp)) = name.rsplit_once('.') else {
        return false;
    };
    let form = b"00000000T000000Z";
    stamp.len() == form.len()
        && stamp.bytes().zip(form).all(|(octet, form)| match form {
            b'0' => octet.is_ascii_digit(),
            letter => octet == *letter,
        })
}

/// A namespace: a DNS label in lower case (RFC 1123).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Namespace(String);

/// The name of a service account: a DNS subdomain in lower case (RFC 1123), and so a segment of a
/// SPIFFE ID's path (SPIFFE-ID §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount(String);

/// The name of a Secret: a DNS subdomain in lower case (RFC 1123).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName(String);

impl Namespace {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ServiceAccount {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SecretName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match lower_case_label_fault(name) {
            Some(fault) => Err(NameError::new(name, "a namespace", by_rfc_1123(fault))),
            None => Ok(Self(name.to_owned())),
        }
    }
}

impl FromStr for ServiceAccount {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match subdomain_fault(name) {
            Some(fault) => Err(NameError::new(
                name,
                "a service account",
                by_rfc_1123(fault),
            )),
            None => Ok(Self(name.to_owned())),
        }
    }
}

impl FromStr for SecretName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        match subdomain_fault(name) {
            Some(fault) => Err(NameError::new(name, "the name of a Secret", fault)),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// A label of a Kubernetes object, `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub key: String,
    pub value: String,
}

/// An annotation of a Kubernetes object, `KEY=VALUE`; the value is any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    pub key: String,
    pub value: String,
}

impl FromStr for Label {
    type Err = NameError;

    fn from_str(pair: &str) -> Result<Self, NameError> {
        let (key, value) = key_and_value(pair, "a label")?;
        match qualified_part_fault(value) {
            Some(fault) if !value.is_empty() => {
                Err(NameError::new(value, "the value of a label", fault))
            }
            _ => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
        }
    }
}

impl FromStr for Annotation {
    type Err = NameError;

    fn from_str(pair: &str) -> Result<Self, NameError> {
        let (key, value) = key_and_value(pair, "an annotation")?;
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// A qualified name, `[PREFIX/]NAME`, and a value. Kubernetes, Object Names and Labels.
fn key_and_value<'a>(pair: &'a str, what: &'static str) -> Result<(&'a str, &'a str), NameError> {
    let Some((key, value)) = pair.split_once('=') else {
        return Err(NameError::new(pair, what, "it has to be KEY=VALUE"));
    };
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let fault = prefix
        .and_then(subdomain_fault)
        .or_else(|| qualified_part_fault(name));
    match fault {
        Some(fault) => Err(NameError::new(
            key,
            "the key of a label or annotation",
            fault,
        )),
        None => Ok((key, value)),
    }
}

fn qualified_part_fault(part: &str) -> Option<&'static str> {
    let is_inner = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    let ends_well = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
    let octets = part.as_bytes();
    if octets.is_empty() {
        Some("it is empty")
    } else if octets.len() > 63 {
        Some("it is longer than 63 characters")
    } else if !part.bytes().all(is_inner) {
        Some("it may have letters, digits, '-', '_' and '.' in it")
    } else if !ends_well(octets.first()) || !ends_well(octets.last()) {
        Some("it has to begin and end with a letter or a digit")
    } else {
        None
    }
}

fn subdomain_fault(name: &str) -> Option<&'static str> {
    if name.len() > 253 {
        return Some("it is longer than 253 characters");
    }
    name.split('.').find_map(lower_case_label_fault)
}

/// What Kubernetes names by the rule for host names (Kubernetes, Object Names and IDs).
fn by_rfc_1123(fault: &str) -> String {
    format!("{fault} (RFC 1123 §2.1)")
}

fn lower_case_label_fault(label: &str) -> Option<&'static str> {
    if label.bytes().any(|octet| octet.is_ascii_uppercase()) {
        return Some("it has capital letters in it");
    }
    label_fault(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(name: &str) -> String {
        name.parse::<ClusterName>().unwrap_err().reason
    }

    #[test]
    fn a_cluster_may_have_any_name_that_is_a_plain_folder() {
        for name in [
            "cluster1",
            "a",
            "eu-west_1.prod",
            "0",
            "1e3",
            "no",
            &"a".repeat(128),
        ] {
            assert_eq!(name.parse::<ClusterName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_cluster_name_is_refused_with_the_rule() {
        assert_eq!(fault(""), "it is empty");
        for name in ["a/b", "a b", "ä", "a\n", "..\\x", "a=b"] {
            assert_eq!(
                fault(name),
                "it may have letters, digits, '-', '_' and '.' in it"
            );
        }
        for name in ["..", ".a", "-a", "a-", "_", "a."] {
            assert_eq!(
                fault(name),
                "it has to begin and end with a letter or a digit"
            );
        }
        assert_eq!(fault("root-cert.pem"), "meshpki has a file of that name");
        assert_eq!(
            fault(&"a".repeat(129)),
            "it has 129 characters, and the locality of a certificate holds 128"
        );
        assert_eq!(
            fault("cluster1.20261122T003800Z"),
            "a name with a date and time at its end is a replaced cluster's"
        );
        assert!("cluster1.20261122".parse::<ClusterName>().is_ok());
    }

    #[test]
    fn what_is_stamped_is_no_clusters_name() {
        let stamp = stamp(time::macros::datetime!(2026-11-22 00:38 UTC));
        assert_eq!(stamp, "20261122T003800Z");
        assert!(is_kept_folder(&format!("cluster1.{stamp}")));
    }

    #[test]
    fn namespaces_and_secrets_are_named_as_kubernetes_has_it() {
        assert!("istio-system".parse::<Namespace>().is_ok());
        assert!("a.b".parse::<Namespace>().is_err());
        assert!("bookinfo.v1".parse::<ServiceAccount>().is_ok());
        for wrong in [
            "",
            ".",
            "..",
            "a/b",
            "Web",
            "a_b",
            "a b",
            "ä",
            "-a",
            &"a".repeat(254),
        ] {
            assert!(wrong.parse::<ServiceAccount>().is_err(), "{wrong}");
        }
        assert!("a.b".parse::<SecretName>().is_ok());
        assert!("Istio".parse::<Namespace>().is_err());
        assert!("a..b".parse::<SecretName>().is_err());
        assert!("".parse::<SecretName>().is_err());
    }

    #[test]
    fn labels_are_checked_and_annotations_hold_any_text() {
        let label: Label = "app.kubernetes.io/name=mesh".parse().unwrap();
        assert_eq!(
            (label.key.as_str(), label.value.as_str()),
            ("app.kubernetes.io/name", "mesh")
        );
        assert!("empty=".parse::<Label>().is_ok());
        for wrong in ["novalue", "=x", "a=b c", "A.b/c=d", "a=-b", "a/b/c=d"] {
            assert!(wrong.parse::<Label>().is_err(), "{wrong}");
        }
        assert_eq!("a=b = c".parse::<Annotation>().unwrap().value, "b = c");
    }

    /// A DNS label in lower case (RFC 1123), said once more: one character after the other.
    fn is_label(label: &str) -> bool {
        let mut length = 0;
        let mut ends_well = false;
        for character in label.chars() {
            ends_well = matches!(character, 'a'..='z' | '0'..='9');
            if !ends_well && (character != '-' || length == 0) {
                return false;
            }
            length += 1;
        }
        ends_well && length < 64
    }

    fn names() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            8 => "[a-z0-9]{1,3}".boxed(),
            3 => "[-.]".boxed(),
            1 => "[A-Z_/ \u{e4}\n]".boxed(),
            1 => "[a-z]{58,64}".boxed(),
        ];
        proptest::collection::vec(part, 0..7).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn exactly_what_kubernetes_allows_is_a_name(name in names()) {
            let namespace = name.parse::<Namespace>();
            prop_assert_eq!(namespace.is_ok(), is_label(&name), "{}", name);
            prop_assert!(namespace.is_ok_and(|taken| taken.as_str() == name) || !is_label(&name));
            let secret = name.parse::<SecretName>();
            let is_subdomain = name.len() < 254 && name.split('.').all(is_label);
            prop_assert_eq!(secret.is_ok(), is_subdomain, "{}", name);
            prop_assert!(secret.is_ok_and(|taken| taken.as_str() == name) || !is_subdomain);
        }

        #[test]
        fn a_name_that_is_taken_is_a_plain_folder_of_this_directory(name in "\\PC{0,140}") {
            if let Ok(name) = name.parse::<ClusterName>() {
                let path = std::path::Path::new(name.as_str());
                prop_assert_eq!(path.components().count(), 1);
                prop_assert_eq!(path.file_name().unwrap(), name.as_str());
            }
        }
    }
}
