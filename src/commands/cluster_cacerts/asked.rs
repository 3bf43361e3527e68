//! What is asked of a cluster's CA, and what it will then say.

use time::{Duration, OffsetDateTime};

use super::standing::Standing;
use crate::config::{Setting, Source};
use crate::console::Refusal;
use crate::escape;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::profile;
use crate::mesh::signing_root::SigningRoot;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::CertificateSpec;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use crate::pki::name::{Attribute, DistinguishedName, NameError};
use crate::pki::path::CertificationPath;
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
    /// The flags that were given, each behind a blank, as a shell takes them.
    pub fn flags(&self) -> String {
        let text = |setting: &Setting<String>| setting.flag(|value| vec![escape::in_shell(value)]);
        let domain =
            |domain: &Option<TrustDomain>| domain.iter().map(ToString::to_string).collect();
        let flags = [
            text(&self.organization),
            text(&self.common_name),
            self.days.flag(|days| vec![days.to_string()]),
            self.key_type.flag(|spec| vec![spec.to_string()]),
            self.san_dns
                .flag(|names| names.iter().map(ToString::to_string).collect()),
            self.trust_domain.flag(domain),
            self.chain_with_root.flag(|_| vec![String::new()]),
        ];
        let words = flags.concat();
        words
            .iter()
            .flat_map(|flag| [" ", flag.trim_end()])
            .collect()
    }

    /// What the CA of `name` is to say. What nobody asks for stays as it is in `standing`.
    pub fn spec(
        &self,
        name: &ClusterName,
        standing: Option<&Standing>,
        root: &SigningRoot,
    ) -> anyhow::Result<(CertificateSpec, Option<String>)> {
        let standing_days = standing.and_then(Standing::days);
        let (validity, note) = match standing_days.filter(|_| !self.days.is_request()) {
            Some(days) => fit(days, None, root.path(), self.now)?,
            None => fit(
                self.days.value,
                Some(&self.days.source),
                root.path(),
                self.now,
            )?,
        };
        let note = note.map(|note| format!("{name}: {note}"));
        Ok((self.valid_for(validity, name, standing)?, note))
    }

    /// What a request for the CA of `name` is to say, as [`Asked::spec`] has it: no request says
    /// anything of a validity.
    pub fn to_request(
        &self,
        name: &ClusterName,
        standing: Option<&Standing>,
    ) -> anyhow::Result<CertificateSpec> {
        let any = Validity::starting(self.now, profile::BACKDATING, 1)?;
        Ok(self.valid_for(any, name, standing)?)
    }

    fn valid_for(
        &self,
        validity: Validity,
        name: &ClusterName,
        standing: Option<&Standing>,
    ) -> Result<CertificateSpec, NameError> {
        let subject = self.subject(name, standing)?;
        let dns_names = self.san_dns.over(standing.and_then(Standing::dns_names));
        let trust_domain = self
            .trust_domain
            .over(standing.and_then(Standing::trust_domain));
        let names = profile::cluster_ca_names(&dns_names, trust_domain.as_ref());
        Ok(profile::cluster_ca(subject, validity, names))
    }

    /// A name that stands is carried over, whatever else is in it, if nobody asks for another and it
    /// is no other cluster's.
    fn subject(
        &self,
        name: &ClusterName,
        standing: Option<&Standing>,
    ) -> Result<DistinguishedName, NameError> {
        let organization = self
            .organization
            .over(standing.and_then(Standing::organization));
        let common_name = self
            .common_name
            .over(standing.and_then(Standing::common_name));
        let is_as_asked = |standing: &&Standing| {
            let locality = standing.locality();
            let asks = |setting: &Setting<String>, stands| {
                setting.is_request() && stands != Some(setting.value.clone())
            };
            !asks(&self.organization, standing.organization())
                && !asks(&self.common_name, standing.common_name())
                && locality.is_none_or(|locality| locality == name.as_str())
        };
        let carried = standing.filter(is_as_asked).and_then(Standing::subject);
        carried.map_or_else(
            || {
                DistinguishedName::new([
                    (Attribute::Organization, organization.as_str()),
                    (Attribute::CommonName, common_name.as_str()),
                    (Attribute::Locality, name.as_str()),
                ])
            },
            Ok,
        )
    }

    /// Whether `root` permits the names of the CA that `spec` describes, and of its workloads.
    pub fn check_names(
        &self,
        spec: &CertificateSpec,
        standing: Option<&Standing>,
        root: &SigningRoot,
    ) -> anyhow::Result<()> {
        let trust_domain = self
            .trust_domain
            .over(standing.and_then(Standing::trust_domain))
            .unwrap_or_else(TrustDomain::istio_default);
        root.permits(spec, &trust_domain)
            .map_err(|error| Refusal::new(&error, error.hint()).into())
    }
}

/// The period of `days`, no longer than that of the root and of all above it: what a flag asks for
/// beyond it is refused, what comes from elsewhere is shortened, which the second value says. Without
/// a source, `days` is what the certificate had before.
pub fn fit(
    days: u32,
    source: Option<&Source>,
    above: &CertificationPath,
    now: OffsetDateTime,
) -> anyhow::Result<(Validity, Option<String>)> {
    let period = above.period()?;
    let last = period.not_after();
    let asked = match Validity::starting(now, profile::BACKDATING, days) {
        Ok(asked) if asked.not_after() <= last => return Ok((asked.within(&period)?, None)),
        asked => asked,
    };
    let first_to_expire = above.first_to_expire();
    let higher = (first_to_expire != above.lowest()).then(|| first_to_expire.subject());
    if let Some(Source::Flag(flag)) = source {
        let end = moment(last);
        let fact = match &higher {
            None => format!("the root, which expires on {end}"),
            Some(higher) => format!("{higher}, which is above the root and expires on {end}"),
        };
        let hint = match ((last - now).whole_days(), higher) {
            (0, None) => "the root ends within a day: renew it first".to_owned(),
            (0, Some(_)) => "it ends within a day: have it renewed first".to_owned(),
            (largest, _) => format!("the largest that fits: {flag} {largest}"),
        };
        let fact = format_args!("{flag} {days} goes beyond {fact}");
        return Err(Refusal::new(fact, hint).into());
    }
    // A root and its clusters that are made one after the other, both for so many days.
    let is_little = asked
        .as_ref()
        .is_ok_and(|asked| asked.not_after() - last < Duration::days(1));
    // A period too long for any certificate is asked for from the file or the environment.
    let begin = asked.map_or(now - profile::BACKDATING, |asked| asked.not_before());
    let shortened = Validity::new(begin, last)?.within(&period)?;
    let note = (!is_little).then(|| {
        let of = source.map_or_else(|| "before".to_owned(), |source| format!("of {source}"));
        let with = higher.map_or_else(
            || "its root".to_owned(),
            |higher| format!("{higher}, above its root"),
        );
        let end = moment(last);
        format!("it will expire with {with}, on {end}, and not after the {days} days {of}")
    });
    Ok((shortened, note))
}
