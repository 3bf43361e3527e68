//! The configuration file: TOML read into checked values, each with the line it stands on.

mod raw;
mod sign;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use toml::Spanned;

use super::parse::{parse_common_name, parse_days, parse_grace_ratio, parse_organization, parsed};
use super::{ConfigError, FILE_NAME, Setting, Source};
use crate::escape;
use crate::mesh::kubernetes::{ClusterName, Namespace, SecretName, ServiceAccount};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use raw::{RawCa, RawLayer, RawWorkload};

pub use sign::SignLayer;

/// One file's settings, each as far as it is there.
pub struct Layer {
    pub mesh: MeshLayer,
    pub root_ca: CaLayer,
    pub encrypt_key: Option<Setting<bool>>,
    pub cluster_cacerts: ClusterLayer,
    pub sign: SignLayer,
    pub secret: SecretLayer,
    pub workload_certs: WorkloadLayer,
}

pub struct MeshLayer {
    pub trust_domain: Option<Setting<Option<TrustDomain>>>,
}

pub struct CaLayer {
    pub organization: Option<Setting<String>>,
    pub common_name: Option<Setting<String>>,
    pub days: Option<Setting<u32>>,
    pub key_type: Option<Setting<KeySpec>>,
}

pub struct ClusterLayer {
    pub ca: CaLayer,
    pub san_dns: Option<Setting<Vec<DnsName>>>,
    pub chain_with_root: Option<Setting<bool>>,
}

pub struct SecretLayer {
    pub namespace: Option<Setting<Namespace>>,
    pub name: Option<Setting<SecretName>>,
}

pub struct WorkloadLayer {
    pub cluster: Option<Setting<Option<ClusterName>>>,
    pub service_account: Option<Setting<ServiceAccount>>,
    pub organization: Option<Setting<Option<String>>>,
    pub common_name: Option<Setting<Option<String>>>,
    pub days: Option<Setting<u32>>,
    pub key_type: Option<Setting<KeySpec>>,
    pub dns: Option<Setting<Vec<DnsName>>>,
    pub chain_with_root: Option<Setting<bool>>,
    pub grace_ratio: Option<Setting<f64>>,
}

impl Layer {
    /// `path` is the file's, for errors and sources; the defaults have none.
    pub fn parse(text: &str, path: Option<&Path>) -> Result<Self, ConfigError> {
        let reader = Reader { text, path };
        let raw = reader.raw()?;
        let root = raw.root_ca;
        let root_ca = RawCa {
            organization: root.organization,
            common_name: root.common_name,
            days: root.days,
            key_type: root.key_type,
        };
        let cluster = raw.cluster_cacerts;
        let cluster_ca = RawCa {
            organization: cluster.organization,
            common_name: cluster.common_name,
            days: cluster.days,
            key_type: cluster.key_type,
        };
        let section = "cluster-cacerts";
        Ok(Self {
            mesh: MeshLayer {
                trust_domain: reader.setting(
                    "mesh.trust-domain",
                    raw.mesh.trust_domain,
                    |name| unless_empty(name, parsed),
                )?,
            },
            root_ca: reader.ca("root-ca", root_ca)?,
            encrypt_key: reader
                .setting("root-ca.encrypt-key", root.encrypt_key, |value| Ok(*value))?,
            cluster_cacerts: ClusterLayer {
                ca: reader.ca(section, cluster_ca)?,
                san_dns: reader.setting("cluster-cacerts.san-dns", cluster.san_dns, sign::all)?,
                chain_with_root: reader.setting(
                    "cluster-cacerts.chain-with-root",
                    cluster.chain_with_root,
                    |value| Ok(*value),
                )?,
            },
            sign: reader.sign(raw.sign)?,
            secret: SecretLayer {
                namespace: reader.setting(
                    "secret.namespace",
                    raw.secret.namespace,
                    parsed_owned,
                )?,
                name: reader.setting("secret.name", raw.secret.name, parsed_owned)?,
            },
            workload_certs: reader.workload(raw.workload_certs)?,
        })
    }
}

/// What serde says in Rust's words.
fn in_words_of_toml(message: &str) -> String {
    message
        .replace('\n', ", ")
        .replace(" as i128", "")
        .replace("expected i64", "expected a whole number")
        .replace("expected f64", "expected a number")
        .replace("expected a sequence", "expected an array")
        .replace("type: sequence", "type: array")
}

// What Spanned<String> holds is a String, and a parser is handed a reference to it.
#[allow(clippy::ptr_arg)]
fn parsed_owned<T: FromStr<Err: fmt::Display>>(text: &String) -> Result<T, String> {
    parsed(text)
}

/// Nothing is said by saying nothing.
fn unless_empty<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    (!text.is_empty()).then(|| parse(text)).transpose()
}

struct Reader<'a> {
    text: &'a str,
    path: Option<&'a Path>,
}

impl Reader<'_> {
    fn raw(&self) -> Result<RawLayer, ConfigError> {
        let parsed = toml::Deserializer::parse(self.text);
        let deserializer = parsed.map_err(|error| self.toml_error("syntax", &error))?;
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let key = error.path().to_string();
            let key = key.split(".$__").next().unwrap_or_default();
            self.toml_error(key, error.inner())
        })
    }

    fn ca(&self, section: &str, raw: RawCa) -> Result<CaLayer, ConfigError> {
        let key = |name: &str| format!("{section}.{name}");
        Ok(CaLayer {
            organization: self.setting(&key("organization"), raw.organization, |text| {
                parse_organization(text)
            })?,
            common_name: self.setting(&key("common-name"), raw.common_name, |text| {
                parse_common_name(text)
            })?,
            days: self.setting(&key("days"), raw.days, |days| parse_days(&days.to_string()))?,
            key_type: self.setting(&key("key-type"), raw.key_type, parsed_owned)?,
        })
    }

    fn workload(&self, raw: RawWorkload) -> Result<WorkloadLayer, ConfigError> {
        Ok(WorkloadLayer {
            cluster: self.setting("workload-certs.cluster", raw.cluster, |name| {
                unless_empty(name, parsed)
            })?,
            service_account: self.setting(
                "workload-certs.service-account",
                raw.service_account,
                parsed_owned,
            )?,
            organization: self.setting(
                "workload-certs.organization",
                raw.organization,
                |text| unless_empty(text, parse_organization),
            )?,
            common_name: self.setting("workload-certs.common-name", raw.common_name, |text| {
                unless_empty(text, parse_common_name)
            })?,
            days: self.setting("workload-certs.days", raw.days, |days| {
                parse_days(&days.to_string())
            })?,
            key_type: self.setting("workload-certs.key-type", raw.key_type, parsed_owned)?,
            dns: self.setting("workload-certs.dns", raw.dns, sign::all)?,
            chain_with_root: self.setting(
                "workload-certs.chain-with-root",
                raw.chain_with_root,
                |value| Ok(*value),
            )?,
            grace_ratio: self.setting("workload-certs.grace-ratio", raw.grace_ratio, |ratio| {
                parse_grace_ratio(&ratio.to_string())
            })?,
        })
    }

    fn setting<R, T>(
        &self,
        key: &str,
        raw: Option<Spanned<R>>,
        parse: impl Fn(&R) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let Some(raw) = raw else { return Ok(None) };
        let line = self.line(raw.span().start);
        match parse(raw.get_ref()) {
            Ok(value) => Ok(Some(Setting {
                value,
                source: match self.path {
                    Some(path) => Source::File {
                        path: path.to_owned(),
                        line,
                    },
                    None => Source::Default,
                },
            })),
            Err(reason) => Err(self.error(line, key, &reason)),
        }
    }

    fn toml_error(&self, key: &str, error: &toml::de::Error) -> ConfigError {
        let line = error.span().map_or(1, |span| self.line(span.start));
        self.error(line, key, &in_words_of_toml(error.message()))
    }

    fn error(&self, line: usize, key: &str, reason: &str) -> ConfigError {
        ConfigError::File {
            path: self.path.unwrap_or(Path::new(FILE_NAME)).to_owned(),
            line,
            key: escape::text(key),
            reason: escape::text(reason),
        }
    }

    fn line(&self, offset: usize) -> usize {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        1 + before.iter().filter(|&&octet| octet == b'\n').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(file: &str) -> String {
        match Layer::parse(file, Some(Path::new("meshpki.toml"))) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_named_with_those_that_are() {
        assert_eq!(
            refusal("[root-ca]\ndayz = 1\n"),
            "meshpki.toml:2: root-ca.dayz: unknown field `dayz`, expected one of `organization`, `common-name`, `days`, `key-type`, `encrypt-key`"
        );
        assert_eq!(
            refusal("x = 1\n"),
            "meshpki.toml:1: x: unknown field `x`, expected one of `mesh`, `root-ca`, `cluster-cacerts`, `sign`, `secret`, `workload-certs`"
        );
    }

    #[test]
    fn a_wrong_type_is_named_with_the_right_one() {
        assert_eq!(
            refusal("\n[root-ca]\n\ndays = \"ten\"\n"),
            "meshpki.toml:4: root-ca.days: invalid type: string \"ten\", expected a whole number"
        );
        assert_eq!(
            refusal("[cluster-cacerts]\nsan-dns = \"a\"\n"),
            "meshpki.toml:2: cluster-cacerts.san-dns: invalid type: string \"a\", expected an array"
        );
        assert_eq!(
            refusal("root-ca = 5\n"),
            "meshpki.toml:1: root-ca: invalid type: integer `5`, expected a section"
        );
        assert_eq!(
            refusal("mesh = [\"cluster.local\"]\n"),
            "meshpki.toml:1: mesh: invalid type: array, expected a section"
        );
    }

    #[test]
    fn an_unusable_value_is_named_with_the_rule() {
        assert_eq!(
            refusal("[root-ca]\ndays = 0\n"),
            "meshpki.toml:2: root-ca.days: \"0\" is not a number of days: a whole number from 1 is wanted"
        );
        assert_eq!(
            refusal("[root-ca]\n\nkey-type = \"rsa-1024\"\n"),
            "meshpki.toml:3: root-ca.key-type: no key type is called \"rsa-1024\": there are rsa-2048, rsa-3072, rsa-4096, p256 and p384"
        );
        assert!(refusal("[mesh]\ntrust-domain = \"A\"\n").contains("capital letters"));
        assert!(
            refusal("[secret]\nnamespace = \"a.b\"\n")
                .starts_with("meshpki.toml:2: secret.namespace: ")
        );
    }

    #[test]
    fn a_syntax_error_is_on_its_line() {
        let refusal = refusal("[root-ca]\ndays =\n");
        assert!(refusal.starts_with("meshpki.toml:2: syntax: "), "{refusal}");
    }
}
