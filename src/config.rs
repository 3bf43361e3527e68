//! Settings: a flag goes before the environment, the environment before the file, the file before
//! the built-in default, which is `templates/meshpki.toml` itself.

mod file;
mod parse;
mod setting;
mod sign;

use std::cell::LazyCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::escape;
use crate::mesh::kubernetes::{ClusterName, Namespace, SecretName, ServiceAccount};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use file::{CaLayer, Layer};
use parse::{parse_key_size, parsed};

pub use parse::{parse_common_name, parse_days, parse_grace_ratio, parse_organization};
pub use setting::{Setting, Source};
pub use sign::SignSettings;

/// The file that is read where no other is named.
pub const FILE_NAME: &str = "meshpki.toml";

/// The built-in defaults, and the explanation of every setting.
pub const DEFAULTS: &str = include_str!("../templates/meshpki.toml");

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

/// The settings of `workload-certs`.
#[derive(Debug)]
pub struct WorkloadSettings {
    /// The cluster whose CA signs, if it is said.
    pub cluster: Setting<Option<ClusterName>>,
    pub service_account: Setting<ServiceAccount>,
    pub organization: Setting<Option<String>>,
    pub common_name: Setting<Option<String>>,
    pub days: Setting<u32>,
    pub key_type: Setting<KeySpec>,
    pub dns: Setting<Vec<DnsName>>,
    pub chain_with_root: Setting<bool>,
    pub grace_ratio: Setting<f64>,
}

/// Looks up a variable.
type Environment = Box<dyn Fn(&str) -> Option<OsString>>;

/// The file and the environment, checked as far as they have been looked at.
pub struct Config {
    file: Option<Layer>,
    /// Most commands have no settings, and never look at them.
    defaults: LazyCell<Layer>,
    environment: Environment,
}

fn defaults() -> Layer {
    Layer::parse(DEFAULTS, None).expect("a test reads the defaults")
}

impl Config {
    /// The built-in defaults alone.
    pub fn built_in() -> Self {
        Self {
            file: None,
            defaults: LazyCell::new(defaults),
            environment: Box::new(|_| None),
        }
    }

    /// Reads `explicit`, or [`FILE_NAME`] if it is there.
    pub fn load(
        explicit: Option<&Path>,
        environment: impl Fn(&str) -> Option<OsString> + 'static,
    ) -> Result<Self, ConfigError> {
        let path = explicit.unwrap_or(Path::new(FILE_NAME));
        let file = if explicit.is_none() && is_absent(path) {
            None
        } else {
            let text =
                read(path, explicit.is_some()).map_err(|source| ConfigError::Unreadable {
                    path: path.to_owned(),
                    source,
                })?;
            Some(Layer::parse(&text, Some(path))?)
        };
        Ok(Self {
            file,
            defaults: LazyCell::new(defaults),
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

    /// Whether the root's key is to be encrypted.
    pub fn encrypt_key(&self) -> Setting<bool> {
        self.below(|layer| layer.encrypt_key.clone())
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
                .map(parsed)
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
        Ok(SecretSettings {
            namespace: self.pick("ISTIO_NAMESPACE", parsed, |layer| {
                layer.secret.namespace.clone()
            })?,
            name: self.below(|layer| layer.secret.name.clone()),
        })
    }

    pub fn workload_certs(&self) -> Result<WorkloadSettings, ConfigError> {
        let common_name = |text: &str| parse_common_name(text).map(Some);
        let of = |layer: &Layer| layer.workload_certs.common_name.clone();
        Ok(WorkloadSettings {
            common_name: self.pick("WORKLOAD_CN", common_name, of)?,
            days: self.pick("WORKLOAD_DAYS", parse_days, |layer| {
                layer.workload_certs.days.clone()
            })?,
            service_account: self.pick("SERVICE_ACCOUNT", parsed, |layer| {
                layer.workload_certs.service_account.clone()
            })?,
            grace_ratio: self.pick("SECRET_GRACE_PERIOD_RATIO", parse_grace_ratio, |layer| {
                layer.workload_certs.grace_ratio.clone()
            })?,
            cluster: self.below(|layer| layer.workload_certs.cluster.clone()),
            organization: self.below(|layer| layer.workload_certs.organization.clone()),
            key_type: self.below(|layer| layer.workload_certs.key_type.clone()),
            dns: self.below(|layer| layer.workload_certs.dns.clone()),
            chain_with_root: self.below(|layer| layer.workload_certs.chain_with_root.clone()),
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
                        "\"{}\" is not UTF-8",
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

fn is_absent(path: &Path) -> bool {
    let metadata = path.symlink_metadata();
    metadata.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// A file that nobody has named has to be one: a named pipe might never end.
fn read(path: &Path, is_named: bool) -> std::io::Result<String> {
    if !is_named && !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    std::fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(file: &str, environment: &'static [(&str, &str)]) -> Config {
        Config {
            file: Some(Layer::parse(file, Some(Path::new("meshpki.toml"))).unwrap()),
            defaults: LazyCell::new(defaults),
            environment: Box::new(|wanted| {
                let found = environment.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| OsString::from(value))
            }),
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
        assert!(!config.encrypt_key().value);
        let cluster = config.cluster_cacerts().unwrap();
        assert_eq!(cluster.ca.common_name.value, "Intermediate CA");
        assert_eq!(cluster.san_dns.value[0].as_str(), "istiod.istio-system.svc");
        assert!(cluster.chain_with_root.value);
        assert!(!cluster.chain_with_root.is_request());
        let sign = config.sign().unwrap();
        assert_eq!(sign.clusters.value, ["*".parse().unwrap()]);
        assert_eq!(sign.organizations.value[0].to_string(), "Istio");
        assert_eq!(sign.common_names.value[0].to_string(), "Intermediate CA");
        assert_eq!(sign.san_dns.value[0].to_string(), "istiod.istio-system.svc");
        assert!(sign.trust_domains.value.is_empty());
        assert_eq!(sign.key_types.value, KeySpec::ALL);
        assert_eq!(sign.max_days.value, 3650);
        let secret = config.secret().unwrap();
        assert_eq!(secret.namespace.value.as_str(), "istio-system");
        assert_eq!(secret.name.value.as_str(), "cacerts");
        let workload = config.workload_certs().unwrap();
        assert_eq!(workload.cluster.value, None);
        assert_eq!(workload.service_account.value.as_str(), "default");
        assert_eq!(workload.organization.value, None);
        assert_eq!(workload.common_name.value, None);
        assert_eq!(workload.days.value, 1);
        assert_eq!(workload.key_type.value, KeySpec::EcdsaP256);
        assert!(workload.dns.value.is_empty());
        assert!(!workload.chain_with_root.value);
        assert!((workload.grace_ratio.value - 0.5).abs() < f64::EPSILON);
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
    fn where_the_policy_says_nothing_it_is_that_of_other_sections() {
        let file = "[mesh]\ntrust-domain = \"prod\"\n[cluster-cacerts]\norganization = \"A*\"\n\
                    [sign]\ncommon-names = [\"C*\"]\n";
        let config = config(file, &[("INTERMEDIATE_SAN_DNS", "a.b c.d")]);
        let sign = config.sign().unwrap();
        assert!(sign.organizations.value[0].matches("A*"));
        assert!(!sign.organizations.value[0].matches("Acme"));
        assert_eq!(sign.organizations.source.to_string(), "meshpki.toml:4");
        assert!(sign.common_names.value[0].matches("CA"));
        assert_eq!(sign.common_names.source.to_string(), "meshpki.toml:6");
        assert_eq!(sign.san_dns.value.len(), 2);
        let variable = Source::Environment("INTERMEDIATE_SAN_DNS");
        assert_eq!(sign.san_dns.source, variable);
        assert_eq!(sign.trust_domains.value[0].as_str(), "prod");
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
