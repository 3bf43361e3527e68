//! The configuration with which the `openssl` program makes the same root.

use serde::Serialize;

use super::spiffe::TrustDomain;
use super::template::{self, TemplateError};
use crate::pki::key::KeySpec;

/// What the configuration of a root says.
pub struct RootConf<'a> {
    pub organization: &'a str,
    pub common_name: &'a str,
    pub days: u32,
    pub key_type: KeySpec,
    pub trust_domain: Option<&'a TrustDomain>,
}

#[derive(Serialize)]
struct Values<'a> {
    organization: &'a str,
    common_name: &'a str,
    days: u32,
    digest: &'static str,
    signing_authority: Option<String>,
}

impl RootConf<'_> {
    pub fn render(&self) -> Result<String, TemplateError> {
        let values = Values {
            organization: self.organization,
            common_name: self.common_name,
            days: self.days,
            digest: match self.key_type {
                KeySpec::EcdsaP384 => "sha384",
                _ => "sha256",
            },
            signing_authority: self
                .trust_domain
                .map(|domain| domain.signing_authority().to_string()),
        };
        template::render(include_str!("../../templates/root-ca.conf"), &values)
    }
}
