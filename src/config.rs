//! Settings: a flag goes before the environment, the environment before the file, the file before
//! the built-in default, which is `templates/meshpki.toml` itself.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;

use crate::escape;
use crate::mesh::kubernetes::{Namespace, SecretName};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use crate::pki::name::{self, Attribute};

/// The file that is read where no other is named.
pub const FILE_NAME: &str = "meshpki.toml";

/// The built-in defaults, and the explanation of every setting.
pub const DEFAULTS: &str = include_str!("../templates/meshpki.toml");

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Environment(&'static str),
    File { path: PathBuf, line: usize },
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::File { path, line } => write!(f, "{}:{line}", escape::path(path)),
            Self::Default => f.write_str("the built-in default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub source: Source,
}

impl<T> Setting<T> {
    /// Whether somebody asked for it: a built-in default is not a request.
    pub fn is_request(&self) -> bool {
        self.source != Source::Default
    }

    /// Who asked for it, if somebody did.
    pub fn request(&self) -> Option<&Source> {
        self.is_request().then_some(&self.source)
    }

    /// The value of `flag`, if it is given.
    #[must_use]
    pub fn or_flag(self, flag: &'static str, value: Option<T>) -> Self {
        match value {
            Some(value) => Self {
                value,
                source: Source::Flag(flag),
            },
            None => self,
        }
    }
}

impl<T: Clone> Setting<T> {
    /// What is asked for; where nobody asks, what stands.
    pub fn over(&self, standing: Option<T>) -> T {
        match standing {
            Some(standing) if !self.is_request() => standing,
            _ => self.value.clone(),
        }
    }
}

/// What is wrong with the file or the environment.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}", escape::path(.path))]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}:{line}: {key}: {reason}", escape::path(.path))]
    File {
        path: PathBuf,
        line: usize,
        key: String,
        reason: String,
    },
    #[error("{name} in the environment: {reason}")]
    Environment { name: &'static str, reason: String },
}

/// The settings of `root-ca`.
#[derive(Debug)]
pub struct CaSettings {
    pub organization: Setting<String>,
    pub common_name: Setting<String>,
    pub days: Setting<u32>,
    pub key_type: Setting<KeySpec>,
}

/// The settings of `cluster-cacerts`.
#[derive(Debug)]
pub struct ClusterSettings {
    pub ca: CaSettings,
    pub san_dns: Setting<Vec<DnsName>>,
    pub chain_with_root: Setting<bool>,
}

/// The settings of `secret`.
#[derive(Debug)]
pub struct SecretSettings {
    pub namespace: Setting<Namespace>,
    pub name: Setting<SecretName>,
}

/// Looks up a variable.
type Environment = Box<dyn Fn(&str) -> Option<OsString>>;

/// The file and the environment, checked as far as they have been looked at.
pub struct Config {
    file: Option<Layer>,
    defaults: Layer,
    environment: Environment,
}

impl Config {
    /// The built-in defaults alone.
    pub fn built_in() -> Self {
        Self {
            file: None,
            defaults: Layer::parse(DEFAULTS, None).expect("a test reads the defaults"),
            environment: Box::new(|_| None),
        }
    }

    /// Reads `explicit`, or [`FILE_NAME`] if it is there.
    pub fn load(
        explicit: Option<&Path>,
        environment: impl Fn(&str) -> Option<OsString> + 'static,
    ) -> Result<Self, ConfigError> {
        let path = explicit.unwrap_or(Path::new(FILE_NAME));
        let file = match std::fs::read_to_string(path) {
            Ok(text) => Some(Layer::parse(&text, Some(path))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && explicit.is_none() => {
                None
            }
            Err(source) => {
                let path = path.to_owned();
                return Err(ConfigError::Unreadable { path, source });
            }
        };
        Ok(Self {
            file,
            defaults: Layer::parse(DEFAULTS, None).expect("a test reads the defaults"),
            environment: Box::new(environment),
        })
    }

    /// The trust domain, if there is one.
    pub fn trust_domain(&self) -> Setting<Option<TrustDomain>> {
        self.below(|layer| layer.mesh.trust_domain.clone())
    }

    pub fn root_ca(&self) -> Result<CaSettings, ConfigError> {
        self.ca(
            |layer| &layer.root_ca,
            ["ROOTCA_ORG", "ROOTCA_CN", "ROOTCA_DAYS", "ROOTCA_KEYSZ"],
        )
    }

    pub fn cluster_cacerts(&self) -> Result<ClusterSettings, ConfigError> {
        let ca = self.ca(
            |layer| &layer.cluster_cacerts.ca,
            [
                "INTERMEDIATE_ORG",
                "INTERMEDIATE_CN",
                "INTERMEDIATE_DAYS",
                "INTERMEDIATE_KEYSZ",
            ],
        )?;
        let san_dns = |names: &str| {
            names
                .split([',', ' '])
                .filter(|name| !name.is_empty())
                .map(|name| name.parse().map_err(display))
                .collect()
        };
        Ok(ClusterSettings {
            ca,
            san_dns: self.pick("INTERMEDIATE_SAN_DNS", san_dns, |layer| {
                layer.cluster_cacerts.san_dns.clone()
            })?,
            chain_with_root: self.below(|layer| layer.cluster_cacerts.chain_with_root.clone()),
        })
    }

    pub fn secret(&self) -> Result<SecretSettings, ConfigError> {
        let namespace = |name: &str| name.parse().map_err(display);
        Ok(SecretSettings {
            namespace: self.pick("ISTIO_NAMESPACE", namespace, |layer| {
                layer.secret.namespace.clone()
            })?,
            name: self.below(|layer| layer.secret.name.clone()),
        })
    }

    fn ca(
        &self,
        section: impl Fn(&Layer) -> &CaLayer,
        [organization, common_name, days, key_size]: [&'static str; 4],
    ) -> Result<CaSettings, ConfigError> {
        Ok(CaSettings {
            organization: self.pick(organization, parse_organization, |layer| {
                section(layer).organization.clone()
            })?,
            common_name: self.pick(common_name, parse_common_name, |layer| {
                section(layer).common_name.clone()
            })?,
            days: self.pick(days, parse_days, |layer| section(layer).days.clone())?,
            key_type: self.pick(key_size, parse_key_size, |layer| {
                section(layer).key_type.clone()
            })?,
        })
    }

    /// The value of the environment, else that of [`Config::below`]. An empty variable is none.
    fn pick<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        of: impl Fn(&Layer) -> Option<Setting<T>>,
    ) -> Result<Setting<T>, ConfigError> {
        let wrong = |reason: String| ConfigError::Environment { name, reason };
        match (self.environment)(name) {
            Some(value) if !value.is_empty() => {
                let text = value.to_str().ok_or_else(|| {
                    wrong(format!(
                        "{:?} is not UTF-8",
                        escape::bytes(value.as_encoded_bytes())
                    ))
                })?;
                Ok(Setting {
                    value: parse(text).map_err(wrong)?,
                    source: Source::Environment(name),
                })
            }
            _ => Ok(self.below(of)),
        }
    }

    /// The value of the file, else the default.
    fn below<T>(&self, of: impl Fn(&Layer) -> Option<Setting<T>>) -> Setting<T> {
        self.file
            .as_ref()
            .and_then(&of)
            .or_else(|| of(&self.defaults))
            .expect("the defaults hold every setting: a test reads each")
    }
}

/// `--org` and its like.
pub fn parse_organization(text: &str) -> Result<String, String> {
    name::checked(Attribute::Organization, text).map_err(display)
}

/// `--cn` and its like.
pub fn parse_common_name(text: &str) -> Result<String, String> {
    name::checked(Attribute::CommonName, text).map_err(display)
}

/// `--days` and its like.
pub fn parse_days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!(
            "{:?} is not a number of days: a whole number from 1 is wanted",
            escape::text(text)
        )),
        Ok(days) => Ok(days),
    }
}

/// The Makefile's `…_KEYSZ`: the bits of an RSA key.
fn parse_key_size(text: &str) -> Result<KeySpec, String> {
    text.parse().ok().and_then(KeySpec::rsa).ok_or_else(|| {
        format!(
            "{:?} is not a size of RSA key: 2048, 3072 or 4096 is wanted",
            escape::text(text)
        )
    })
}

fn display(error: impl fmt::Display) -> String {
    error.to_string()
}

/// One file's settings, each as far as it is there.
struct Layer {
    mesh: MeshLayer,
    root_ca: CaLayer,
    cluster_cacerts: ClusterLayer,
    secret: SecretLayer,
}

struct MeshLayer {
    trust_domain: Option<Setting<Option<TrustDomain>>>,
}

struct CaLayer {
    organization: Option<Setting<String>>,
    common_name: Option<Setting<String>>,
    days: Option<Setting<u32>>,
    key_type: Option<Setting<KeySpec>>,
}

struct ClusterLayer {
    ca: CaLayer,
    san_dns: Option<Setting<Vec<DnsName>>>,
    chain_with_root: Option<Setting<bool>>,
}

struct SecretLayer {
    namespace: Option<Setting<Namespace>>,
    name: Option<Setting<SecretName>>,
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
    fn parse(text: &str, path: Option<&Path>) -> Result<Self, ConfigError> {
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
        self.error(line, key, &error.message().replace('\n', ", "))
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

    fn config(file: &str, environment: &'static [(&str, &str)]) -> Config {
        Config {
            file: Some(Layer::parse(file, Some(Path::new("meshpki.toml"))).unwrap()),
            defaults: Layer::parse(DEFAULTS, None).unwrap(),
            environment: Box::new(|wanted| {
                let found = environment.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| OsString::from(value))
            }),
        }
    }

    fn refusal(file: &str) -> String {
        match Layer::parse(file, Some(Path::new("meshpki.toml"))) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_template_holds_a_default_for_every_setting() {
        let config = config("", &[]);
        assert_eq!(config.trust_domain().value, None);
        let root = config.root_ca().unwrap();
        assert_eq!(root.organization.value, "Istio");
        assert_eq!(root.common_name.value, "Root CA");
        assert_eq!(root.days.value, 3650);
        assert_eq!(root.key_type.value, KeySpec::Rsa4096);
        let cluster = config.cluster_cacerts().unwrap();
        assert_eq!(cluster.ca.common_name.value, "Intermediate CA");
        assert_eq!(cluster.san_dns.value[0].as_str(), "istiod.istio-system.svc");
        assert!(cluster.chain_with_root.value);
        assert!(!cluster.chain_with_root.is_request());
        let secret = config.secret().unwrap();
        assert_eq!(secret.namespace.value.as_str(), "istio-system");
        assert_eq!(secret.name.value.as_str(), "cacerts");
    }

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_the_default() {
        let file = "[root-ca]\ndays = 10\norganization = \"File\"\n";
        let config = config(file, &[("ROOTCA_DAYS", "20"), ("ROOTCA_CN", "")]);
        let root = config.root_ca().unwrap();
        assert_eq!(root.days.value, 20);
        assert_eq!(root.days.source, Source::Environment("ROOTCA_DAYS"));
        assert_eq!(root.organization.source.to_string(), "meshpki.toml:3");
        assert_eq!(root.common_name.source, Source::Default);
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
            "meshpki.toml:4: root-ca.days: invalid type: string \"ten\", expected i64"
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

    #[test]
    fn an_unusable_variable_is_named() {
        let reason = |environment| match config("", environment).root_ca() {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            reason(&[("ROOTCA_KEYSZ", "1024")]),
            "ROOTCA_KEYSZ in the environment: \"1024\" is not a size of RSA key: 2048, 3072 or 4096 is wanted"
        );
        assert_eq!(
            reason(&[("ROOTCA_DAYS", "-1")]),
            "ROOTCA_DAYS in the environment: \"-1\" is not a number of days: a whole number from 1 is wanted"
        );
    }
}
