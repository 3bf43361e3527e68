//! `[sign]`: what the root signs for clusters that ask.

use std::fmt;
use std::str::FromStr;

use super::raw::RawSign;
use super::{ConfigError, Reader, Setting, parse_days, parsed};
use crate::mesh::policy::Pattern;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::key::KeySpec;

pub struct SignLayer {
    pub clusters: Option<Setting<Vec<Pattern>>>,
    pub organizations: Option<Setting<Vec<Pattern>>>,
    pub common_names: Option<Setting<Vec<Pattern>>>,
    pub san_dns: Option<Setting<Vec<Pattern>>>,
    pub trust_domains: Option<Setting<Vec<TrustDomain>>>,
    pub key_types: Option<Setting<Vec<KeySpec>>>,
    pub max_days: Option<Setting<u32>>,
}

impl Reader<'_> {
    pub(super) fn sign(&self, raw: RawSign) -> Result<SignLayer, ConfigError> {
        Ok(SignLayer {
            clusters: self.setting("sign.clusters", raw.clusters, all)?,
            organizations: self.setting("sign.organizations", raw.organizations, all)?,
            common_names: self.setting("sign.common-names", raw.common_names, all)?,
            san_dns: self.setting("sign.san-dns", raw.san_dns, all)?,
            trust_domains: self.setting("sign.trust-domains", raw.trust_domains, all)?,
            key_types: self.setting("sign.key-types", raw.key_types, all)?,
            max_days: self.setting("sign.max-days", raw.max_days, |days| {
                parse_days(&days.to_string())
            })?,
        })
    }
}

// What Spanned<Vec<String>> holds is a Vec, and a parser is handed a reference to it.
#[allow(clippy::ptr_arg)]
pub(super) fn all<T: FromStr<Err: fmt::Display>>(texts: &Vec<String>) -> Result<Vec<T>, String> {
    texts.iter().map(|text| parsed(text)).collect()
}
