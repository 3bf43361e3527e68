//! The configuration file: TOML read into checked values, each with the line it stands on.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;

use super::{
    ConfigError, FILE_NAME, Setting, Source, display, parse_common_name, parse_days,
    parse_organization,
};
use crate::escape;
use crate::mesh::kubernetes::{Namespace, SecretName};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;

/// One file's settings, each as far as it is there.
pub struct Layer {
    pub mesh: MeshLayer,
    pub root_ca: CaLayer,
    pub cluster_cacerts: ClusterLayer,
    pub secret: SecretLayer,
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

/// The file as it is written: TOML's types, not ours.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawLayer {
    mesh: RawMesh,
    root_ca: RawCa,
    cluster_cacerts: RawCluster,
    secret: RawSecret,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawMesh {
    trust_domain: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawCa {
    organization: Option<Spanned<String>>,
    common_name: Option<Spanned<String>>,
    days: Option<Spanned<i64>>,
    key_type: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawCluster {
    organization: Option<Spanned<String>>,
    common_name: Option<Spanned<String>>,
    days: Option<Spanned<i64>>,
    key_type: Option<Spanned<String>>,
    san_dns: Option<Spanned<Vec<String>>>,
    chain_with_root: Option<Spanned<bool>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawSecret {
    namespace: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
}

impl Layer {
    /// `path` is the file's, for errors and sources; the defaults have none.
    pub fn parse(text: &str, path: Option<&Path>) -> Result<Self, ConfigError> {
        let reader = Reader { text, path };
        let raw = reader.raw()?;
        let trust_domain = |name: &String| match name.as_str() {
            "" => Ok(None),
            name => name.parse().map(Some).map_err(display),
        };
        let cluster = raw.cluster_cacerts;
        let cluster_ca = RawCa {
            organization: cluster.organization,
            common_name: cluster.common_name,
            days: cluster.days,
            key_type: cluster.key_type,
        };
        let dns_names = |names: &Vec<String>| names.iter().map(parsed).collect();
        let section = "cluster-cacerts";
        Ok(Self {
            mesh: MeshLayer {
                trust_domain: reader.setting(
                    "mesh.trust-domain",
                    raw.mesh.trust_domain,
                    trust_domain,
                )?,
            },
            root_ca: reader.ca("root-ca", raw.root_ca)?,
            cluster_cacerts: ClusterLayer {
                ca: reader.ca(section, cluster_ca)?,
                san_dns: reader.setting("cluster-cacerts.san-dns", cluster.san_dns, dns_names)?,
                chain_with_root: reader.setting(
                    "cluster-cacerts.chain-with-root",
                    cluster.chain_with_root,
                    |value| Ok(*value),
                )?,
            },
            secret: SecretLayer {
                namespace: reader.setting("secret.namespace", raw.secret.namespace, parsed)?,
                name: reader.setting("secret.name", raw.secret.name, parsed)?,
            },
        })
    }
}

// What Spanned<String> holds is a String, and a parser is handed a reference to it.
#[allow(clippy::ptr_arg)]
fn parsed<T: FromStr<Err: fmt::Display>>(text: &String) -> Result<T, String> {
    text.parse().map_err(display)
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
            key_type: self.setting(&key("key-type"), raw.key_type, parsed)?,
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
        // serde speaks of Rust's types.
        let message = error
            .message()
            .replace("expected i64", "expected a whole number");
        self.error(line, key, &message.replace('\n', ", "))
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
            "meshpki.toml:2: root-ca.dayz: unknown field `dayz`, expected one of `organization`, `common-name`, `days`, `key-type`"
        );
        assert_eq!(
            refusal("x = 1\n"),
            "meshpki.toml:1: x: unknown field `x`, expected one of `mesh`, `root-ca`, `cluster-cacerts`, `secret`"
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
            "meshpki.toml:2: cluster-cacerts.san-dns: invalid type: string \"a\", expected a sequence"
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
