//! What is asked of a cluster's CA, and what it will then say.

use time::OffsetDateTime;

use super::standing::Standing;
use crate::config::{Setting, Source};
use crate::console::Refusal;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::profile;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::{Certificate, CertificateSpec};
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::validity::{Validity, moment};

/// The settings of one run.
pub struct Asked {
    pub organization: Setting<String>,
    pub common_name: Setting<String>,
    pub days: Setting<u32>,
    pub key_type: Setting<KeySpec>,
    pub san_dns: Setting<Vec<DnsName>>,
    pub trust_domain: Setting<Option<TrustDomain>>,
    pub chain_with_root: Setting<bool>,
    pub now: OffsetDateTime,
}

impl Asked {
    /// What the CA of `name` is to say. What nobody asks for stays as it is in `standing`.
    pub fn spec(
        &self,
        name: &ClusterName,
        standing: Option<&Standing>,
        root: &Certificate,
    ) -> anyhow::Result<(CertificateSpec, Option<String>)> {
        let organization = self
            .organization
            .over(standing.and_then(Standing::organization));
        let common_name = self
            .common_name
            .over(standing.and_then(Standing::common_name));
        let subject = DistinguishedName::new([
            (Attribute::Organization, organization.as_str()),
            (Attribute::CommonName, common_name.as_str()),
            (Attribute::Locality, name.as_str()),
        ])?;
        let dns_names = self.san_dns.over(standing.and_then(Standing::dns_names));
        let trust_domain = self
            .trust_domain
            .over(standing.and_then(Standing::trust_domain));
        let names = profile::cluster_ca_names(&dns_names, trust_domain.as_ref());
        let days = Setting {
            value: self
                .days
                .over(standing.and_then(|standing| standing.days(root))),
            source: self.days.source.clone(),
        };
        let (validity, note) = fit(&days, root, self.now)?;
        let note = note.map(|note| format!("{name}: {note}"));
        Ok((profile::cluster_ca(subject, validity, names), note))
    }
}

/// The period that is asked for, no longer than the root's: what a flag asks for beyond it is
/// refused, what comes from elsewhere is shortened, which the second value says.
fn fit(
    days: &Setting<u32>,
    root: &Certificate,
    now: OffsetDateTime,
) -> anyhow::Result<(Validity, Option<String>)> {
    let of_root = root.validity()?;
    let root_end = of_root.not_after();
    let asked = match Validity::starting(now, profile::BACKDATING, days.value) {
        Ok(asked) if asked.not_after() <= root_end => {
            return Ok((asked.within(&of_root)?, None));
        }
        asked => asked,
    };
    if let Source::Flag(flag) = days.source {
        let largest = (root_end - now).whole_days();
        let value = days.value;
        let hint = match largest {
            0 => "the root ends within a day: renew it first".to_owned(),
            _ => format!("the largest that fits: {flag} {largest}"),
        };
        return Err(Refusal::new(
            format_args!(
                "{flag} {value} goes beyond the root, which expires on {}",
                moment(root_end)
            ),
            hint,
        )
        .into());
    }
    // A period too long for any certificate is asked for from the file or the environment.
    let begin = asked.map_or(now - profile::BACKDATING, |asked| asked.not_before());
    let shortened = Validity::new(begin, root_end)?.within(&of_root)?;
    let note = format!(
        "it will expire with its root, on {}, and not after the {} days of {}",
        moment(root_end),
        days.value,
        days.source
    );
    Ok((shortened, Some(note)))
}
