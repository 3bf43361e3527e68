//! The settings of `sign`, some of which are those of other sections as long as nothing is said.

use super::file::SignLayer;
use super::{Config, ConfigError, Setting};
use crate::mesh::policy::Pattern;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::key::KeySpec;

/// The settings of `sign`: what clusters may ask for.
#[derive(Debug)]
pub struct SignSettings {
    pub clusters: Setting<Vec<Pattern>>,
    pub organizations: Setting<Vec<Pattern>>,
    pub common_names: Setting<Vec<Pattern>>,
    pub san_dns: Setting<Vec<Pattern>>,
    pub trust_domains: Setting<Vec<TrustDomain>>,
    pub key_types: Setting<Vec<KeySpec>>,
    pub max_days: Setting<u32>,
}

impl Config {
    pub fn sign(&self) -> Result<SignSettings, ConfigError> {
        let cluster = self.cluster_cacerts()?;
        let patterns = |of: fn(&SignLayer) -> &Option<Setting<Vec<Pattern>>>| {
            self.below(|layer| of(&layer.sign).clone())
        };
        let name = |name: &String| vec![Pattern::literal(name)];
        Ok(SignSettings {
            clusters: patterns(|layer| &layer.clusters),
            organizations: patterns(|layer| &layer.organizations)
                .or_that_of(&cluster.ca.organization, name),
            common_names: patterns(|layer| &layer.common_names)
                .or_that_of(&cluster.ca.common_name, name),
            san_dns: patterns(|layer| &layer.san_dns).or_that_of(&cluster.san_dns, |names| {
                let names = names.iter().map(|name| Pattern::literal(name.as_str()));
                names.collect()
            }),
            trust_domains: self
                .below(|layer| layer.sign.trust_domains.clone())
                .or_that_of(&self.trust_domain(), |domain| {
                    domain.iter().cloned().collect()
                }),
            key_types: self.below(|layer| layer.sign.key_types.clone()),
            max_days: self.below(|layer| layer.sign.max_days.clone()),
        })
    }
}

impl<T> Setting<Vec<T>> {
    /// Where nothing is in it, what the setting `other` says.
    fn or_that_of<U>(self, other: &Setting<U>, values: impl Fn(&U) -> Vec<T>) -> Self {
        if !self.value.is_empty() {
            return self;
        }
        Self {
            value: values(&other.value),
            source: other.source.clone(),
        }
    }
}
