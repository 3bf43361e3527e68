//! nameConstraints (RFC 5280 §4.2.1.10) on the names that a mesh uses.

use x509_parser::extensions::{GeneralName, NameConstraints as Extension};

use super::certificate::SubjectAltName;

/// The subtrees of DNS names and of URI hosts that a CA permits and excludes. Other kinds of names
/// are left to OpenSSL, which judges every certificate that is issued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
    /// There are subtrees of other kinds.
    others: bool,
    /// Among them, subtrees of distinguished names.
    directory_names: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subtree {
    Dns(String),
    /// The host part of a URI: `cluster.local`, not `spiffe://cluster.local`.
    Uri(String),
}

/// Why a name is not allowed below a CA.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameConstraintsError {
    #[error("its name constraints permit {permitted}, and so not {name}")]
    NotPermitted { permitted: String, name: String },
    #[error("its name constraints exclude {excluded}, and so {name}")]
    Excluded { excluded: String, name: String },
}

impl NameConstraints {
    pub(super) fn from_extension(extension: &Extension<'_>) -> Self {
        let mut others = false;
        let mut directory_names = false;
        let mut subtrees = |subtrees: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            let subtrees = subtrees.iter().flatten();
            let known = subtrees.filter_map(|subtree| {
                let known = Subtree::from_base(&subtree.base);
                others |= known.is_none();
                directory_names |= matches!(subtree.base, GeneralName::DirectoryName(_));
                known
            });
            known.collect()
        };
        Self {
            permitted: subtrees(&extension.permitted_subtrees),
            excluded: subtrees(&extension.excluded_subtrees),
            others,
            directory_names,
        }
    }

    /// Whether there are subtrees that [`NameConstraints::allow`] does not look at.
    pub fn has_others(&self) -> bool {
        self.others
    }

    /// Whether there are subtrees of URIs.
    pub fn has_uris(&self) -> bool {
        let mut subtrees = self.permitted.iter().chain(&self.excluded);
        subtrees.any(|subtree| matches!(subtree, Subtree::Uri(_)))
    }

    /// Whether there are subtrees of distinguished names.
    pub fn has_directory_names(&self) -> bool {
        self.directory_names
    }

    /// Whether `name` may stand in a certificate below.
    pub fn allow(&self, name: &SubjectAltName) -> Result<(), NameConstraintsError> {
        self.judge(name, Subtree::holds)
    }

    /// As [`NameConstraints::allow`], in Go's judgement (crypto/x509, matchDomainConstraint).
    pub fn allow_in_go(&self, name: &SubjectAltName) -> Result<(), NameConstraintsError> {
        self.judge(name, Subtree::holds_in_go)
    }

    fn judge(
        &self,
        name: &SubjectAltName,
        holds: fn(&Subtree, &SubjectAltName) -> bool,
    ) -> Result<(), NameConstraintsError> {
        if let Some(subtree) = self.excluded.iter().find(|subtree| holds(subtree, name)) {
            return Err(NameConstraintsError::Excluded {
                excluded: subtree.to_string(),
                name: name.to_string(),
            });
        }
        let mut of_kind = self
            .permitted
            .iter()
            .filter(|subtree| subtree.is_about(name));
        let Some(first) = of_kind.next() else {
            return Ok(());
        };
        if holds(first, name) || of_kind.any(|subtree| holds(subtree, name)) {
            return Ok(());
        }
        let permitted: Vec<_> = self
            .permitted
            .iter()
            .filter(|subtree| subtree.is_about(name))
            .map(ToString::to_string)
            .collect();
        Err(NameConstraintsError::NotPermitted {
            permitted: permitted.join(" and "),
            name: name.to_string(),
        })
    }
}

impl Subtree {
    fn from_base(base: &GeneralName<'_>) -> Option<Self> {
        match base {
            GeneralName::DNSName(name) => Some(Self::Dns(name.to_ascii_lowercase())),
            GeneralName::URI(host) => Some(Self::Uri(host.to_ascii_lowercase())),
            _ => None,
        }
    }

    fn is_about(&self, name: &SubjectAltName) -> bool {
        matches!(
            (self, name),
            (Self::Dns(_), SubjectAltName::Dns(_)) | (Self::Uri(_), SubjectAltName::Uri(_))
        )
    }

    fn holds(&self, name: &SubjectAltName) -> bool {
        match (self, name) {
            (Self::Dns(subtree), SubjectAltName::Dns(name)) => {
                let name = name.to_ascii_lowercase();
                subtree.is_empty()
                    || name == *subtree
                    || name
                        .strip_suffix(subtree.as_str())
                        .is_some_and(|labels| labels.ends_with('.') || subtree.starts_with('.'))
            }
            // A host alone is that host, and one with a leading dot every host below it
            // (RFC 5280 §4.2.1.10). Go takes the first form for both; OpenSSL and so Envoy do not.
            (Self::Uri(subtree), SubjectAltName::Uri(uri)) => {
                let host = uri_host(uri).to_ascii_lowercase();
                host == *subtree || subtree.starts_with('.') && host.ends_with(subtree.as_str())
            }
            _ => false,
        }
    }
}

impl Subtree {
    /// Whole labels from the right, of DNS names and of the hosts of URIs alike; with a leading dot,
    /// at least one more. No address is in any subtree of URIs.
    fn holds_in_go(&self, name: &SubjectAltName) -> bool {
        let (subtree, name) = match (self, name) {
            (Self::Dns(subtree), SubjectAltName::Dns(name)) => (subtree, name.as_str()),
            (Self::Uri(subtree), SubjectAltName::Uri(uri)) => (subtree, uri_host(uri)),
            _ => return false,
        };
        if subtree.is_empty() {
            return true;
        }
        if matches!(self, Self::Uri(_)) && name.parse::<std::net::IpAddr>().is_ok() {
            return false;
        }
        let name = name.to_ascii_lowercase();
        let (labels, needs_more) = match subtree.strip_prefix('.') {
            Some(labels) => (labels, true),
            None => (subtree.as_str(), false),
        };
        name.strip_suffix(labels)
            .is_some_and(|more| more.ends_with('.') || more.is_empty() && !needs_more)
    }
}

impl std::fmt::Display for Subtree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{}", crate::escape::text(name)),
            Self::Uri(host) => write!(f, "URI:{}", crate::escape::text(host)),
        }
    }
}

fn uri_host(uri: &str) -> &str {
    let authority = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(name: &str) -> SubjectAltName {
        SubjectAltName::Dns(name.into())
    }

    fn uri(uri: &str) -> SubjectAltName {
        SubjectAltName::Uri(uri.into())
    }

    #[test]
    fn a_dns_subtree_holds_whole_labels() {
        let svc = Subtree::Dns("istio-system.svc".into());
        assert!(svc.holds(&dns("istiod.istio-system.svc")));
        assert!(svc.holds(&dns("ISTIO-system.svc")));
        assert!(!svc.holds(&dns("evil-istio-system.svc")));
        assert!(Subtree::Dns(String::new()).holds(&dns("anything")));
    }

    #[test]
    fn a_uri_subtree_is_a_host_or_all_below_it() {
        let id = uri("spiffe://cluster.local/ns/foo/sa/bar");
        assert!(Subtree::Uri("cluster.local".into()).holds(&id));
        assert!(Subtree::Uri(".local".into()).holds(&id));
        assert!(!Subtree::Uri("local".into()).holds(&id));
        assert!(!Subtree::Uri(".cluster.local".into()).holds(&id));
    }

    #[test]
    fn go_takes_a_host_for_all_below_it_too() {
        let id = uri("spiffe://cluster.local/ns/foo/sa/bar");
        for (subtree, holds) in [
            ("cluster.local", true),
            ("local", true),
            (".local", true),
            (".cluster.local", false),
            ("uster.local", false),
            ("spiffe://cluster.local", false),
            ("", true),
        ] {
            assert_eq!(
                Subtree::Uri(subtree.into()).holds_in_go(&id),
                holds,
                "{subtree}"
            );
        }
        let address = uri("spiffe://10.0.0.1/ns/foo/sa/bar");
        assert!(!Subtree::Uri("1".into()).holds_in_go(&address));
        assert!(Subtree::Dns(".svc".into()).holds_in_go(&dns("A.svc")));
        assert!(!Subtree::Dns(".svc".into()).holds_in_go(&dns("svc")));
    }

    #[test]
    fn only_a_subtree_of_its_kind_speaks_of_a_name() {
        let constraints = NameConstraints {
            permitted: vec![
                Subtree::Dns("svc".into()),
                Subtree::Dns("example.com".into()),
            ],
            excluded: vec![Subtree::Dns("secret.svc".into())],
            others: false,
            directory_names: false,
        };
        assert_eq!(constraints.allow(&uri("spiffe://cluster.local")), Ok(()));
        assert_eq!(constraints.allow(&dns("a.example.com")), Ok(()));
        assert_eq!(
            constraints
                .allow(&dns("a.secret.svc"))
                .unwrap_err()
                .to_string(),
            "its name constraints exclude DNS:secret.svc, and so DNS:a.secret.svc"
        );
        assert_eq!(
            constraints.allow(&dns("other")).unwrap_err().to_string(),
            "its name constraints permit DNS:svc and DNS:example.com, and so not DNS:other"
        );
    }
}
