//! What is asked of a workload's certificate, and what it will then say.

use std::path::PathBuf;

use time::{Duration, OffsetDateTime};

use super::signer::Signer;
use super::standing::Standing;
use crate::commands::inspect::duration::Lifetime;
use crate::config::{Setting, Source};
use crate::escape;
use crate::mesh::kubernetes::{ClusterName, Namespace, ServiceAccount};
use crate::mesh::profile;
use crate::mesh::spiffe::{TrustDomain, WorkloadId};
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use crate::pki::name::{Attribute, DistinguishedName, NameError};
use crate::pki::validity::{Validity, ValidityError, moment};

/// The settings of one run.
pub struct Asked {
    pub cluster: Setting<Option<ClusterName>>,
    pub service_account: Setting<ServiceAccount>,
    pub trust_domain: Setting<Option<TrustDomain>>,
    pub lifetime: Setting<Lifetime>,
    pub key_type: Setting<KeySpec>,
    pub dns_names: Setting<Vec<DnsName>>,
    pub organization: Setting<Option<String>>,
    pub common_name: Setting<Option<String>>,
    pub chain_with_root: Setting<bool>,
    pub csr: Option<Setting<PathBuf>>,
    /// The last part of a lifetime, in which a certificate is renewed.
    pub grace_ratio: f64,
    pub now: OffsetDateTime,
}

/// What one certificate will say, besides its key. What nobody asks for stays as it stands.
pub struct Contents {
    pub id: WorkloadId,
    pub dns_names: Vec<DnsName>,
    pub organization: Option<String>,
    pub common_name: Option<String>,
}

impl Contents {
    pub fn subject(&self) -> Result<DistinguishedName, NameError> {
        let organization = self.organization.iter();
        let organization = organization.map(|value| (Attribute::Organization, value.as_str()));
        let common_name = self.common_name.iter();
        let common_name = common_name.map(|value| (Attribute::CommonName, value.as_str()));
        DistinguishedName::new(organization.chain(common_name))
    }
}

impl Asked {
    /// The flags that were given, each behind a blank, as a shell takes them.
    pub fn flags(&self) -> String {
        let text = |text: &Option<String>| text.iter().map(|text| escape::in_shell(text)).collect();
        let domain =
            |domain: &Option<TrustDomain>| domain.iter().map(ToString::to_string).collect();
        let csr = self.csr.as_ref().map_or_else(Vec::new, |csr| {
            csr.flag(|path| vec![escape::in_shell(&escape::path(path))])
        });
        let flags = [
            self.cluster
                .flag(|name| name.iter().map(ToString::to_string).collect()),
            self.service_account.flag(|name| vec![name.to_string()]),
            self.trust_domain.flag(domain),
            self.lifetime.flag(|lifetime| {
                vec![match self.lifetime.source {
                    Source::Flag("--days") => lifetime.length().whole_days().to_string(),
                    _ => lifetime.to_string(),
                }]
            }),
            self.key_type.flag(|spec| vec![spec.to_string()]),
            self.dns_names
                .flag(|names| names.iter().map(ToString::to_string).collect()),
            self.organization.flag(text),
            self.common_name.flag(text),
            self.chain_with_root.flag(|_| vec![String::new()]),
            csr,
        ];
        let words = flags.concat();
        words
            .iter()
            .flat_map(|flag| [" ", flag.trim_end()])
            .collect()
    }

    /// What the workload of `namespace` is to be certified for.
    pub fn contents(
        &self,
        namespace: &Namespace,
        standing: Option<&Standing>,
        signer: &Signer,
    ) -> Contents {
        let id = standing.and_then(Standing::id);
        let account = id.as_ref().map(|id| id.service_account.clone());
        let domain = id.map(|id| id.trust_domain);
        // The CA's own goes before one that was once asked for.
        let domain = domain.filter(|_| signer.trust_domain().is_none());
        let domain = self.trust_domain.value.clone().or(domain);
        let trust_domain = TrustDomain::of_workloads(signer.certificate(), domain.as_ref());
        Contents {
            id: WorkloadId {
                trust_domain,
                namespace: namespace.clone(),
                service_account: self.service_account.over(account),
            },
            dns_names: self.dns_names.over(standing.and_then(Standing::dns_names)),
            organization: self
                .organization
                .over(standing.map(|standing| standing.subject_value(Attribute::Organization))),
            common_name: self
                .common_name
                .over(standing.map(|standing| standing.subject_value(Attribute::CommonName))),
        }
    }

    /// The period of the lifetime, shortened to those of the CA and of what is above it, which the
    /// second value says.
    pub fn validity(
        &self,
        standing: Option<&Standing>,
        signer: &Signer,
    ) -> Result<(Validity, Option<String>), ValidityError> {
        let kept = standing.and_then(|standing| standing.lifetime(signer));
        let lifetime = self.lifetime.over(kept.map(Lifetime::of));
        let period = signer.path().period()?;
        let begin = self.now - profile::BACKDATING;
        let end = self.now.checked_add(lifetime.length());
        // A certificate's times have no fractions of a second.
        let fits = |end: &OffsetDateTime| *end < period.not_after() + Duration::SECOND;
        if let Some(end) = end.filter(fits) {
            return Ok((Validity::new(begin, end)?.within(&period)?, None));
        }
        let shortened = Validity::new(begin, period.not_after())?.within(&period)?;
        let of = match self.lifetime.request() {
            None if kept.is_some() => "before".to_owned(),
            _ => format!("of {}", self.lifetime.source),
        };
        let note = format!(
            "it will expire with {}, on {}, and not after the {lifetime} {of}",
            signer.path().first_to_expire().subject(),
            moment(period.not_after())
        );
        Ok((shortened, Some(note)))
    }

    /// The instant from which a certificate of this period is renewed.
    pub fn renewed_from(&self, validity: &Validity) -> OffsetDateTime {
        validity.not_after() - validity.length() * self.grace_ratio
    }
}
