//! What a run signs by: the policy, the defaults, the lifetime.

use time::OffsetDateTime;

use super::Sign;
use crate::commands::Session;
use crate::commands::cluster_cacerts::asked;
use crate::config::{Setting, SignSettings, Source};
use crate::console::Refusal;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::policy::{Defaults, Permitted, Policy};
use crate::mesh::signing_root::SigningRoot;
use crate::pki::validity::Validity;

pub struct Terms {
    pub policy: Policy,
    pub defaults: Defaults,
    pub chain_with_root: bool,
    /// Certificates that are recorded are not given again.
    pub renew: bool,
    /// Clusters that may have another key than the recorded one.
    pub rekey: Vec<ClusterName>,
    pub now: OffsetDateTime,
    days: Setting<u32>,
    shortened: Option<String>,
}

/// The period of what a root signs, and what there is to know of it.
pub struct Lifetime {
    pub validity: Validity,
    /// Why it is no longer.
    pub bound: Option<String>,
    pub notes: Vec<String>,
}

impl Terms {
    pub fn of(command: &Sign, session: &Session) -> anyhow::Result<Self> {
        let SignSettings {
            clusters,
            organizations,
            common_names,
            san_dns,
            trust_domains,
            key_types,
            max_days,
        } = session.config.sign()?;
        let settings = session.config.cluster_cacerts()?;
        let days = settings.ca.days.or_flag("--days", command.days);
        let (days, shortened) = at_most(days, max_days)?;
        Ok(Self {
            policy: Policy {
                clusters: permitted(clusters),
                organizations: permitted(organizations),
                common_names: permitted(common_names),
                dns_names: permitted(san_dns),
                trust_domains: permitted(trust_domains),
                key_types: permitted(key_types),
            },
            defaults: Defaults {
                organization: settings.ca.organization.value,
                common_name: settings.ca.common_name.value,
                dns_names: settings.san_dns.value,
                trust_domain: session.config.trust_domain().value,
            },
            chain_with_root: settings.chain_with_root.value,
            renew: command.renew,
            rekey: command.rekey.clone(),
            now: session.now,
            days,
            shortened,
        })
    }

    /// Of what `root` signs now.
    pub fn lifetime(&self, root: &SigningRoot) -> anyhow::Result<Lifetime> {
        let Setting { value, source } = &self.days;
        let above = root.path();
        let (validity, note) = asked::fit(*value, Some(source), above, self.now)?;
        let first_to_expire = above.first_to_expire();
        let bound = if validity.not_after() < first_to_expire.not_after() {
            let permits = |_| format!("{source} permits no more");
            self.shortened.as_ref().map(permits)
        } else if first_to_expire == above.lowest() {
            Some("the root ends then".to_owned())
        } else {
            let subject = first_to_expire.subject();
            Some(format!("{subject}, above the root, ends then"))
        };
        let notes = [self.shortened.clone(), note];
        Ok(Lifetime {
            validity,
            bound,
            notes: notes.into_iter().flatten().collect(),
        })
    }
}

fn permitted<T>(setting: Setting<Vec<T>>) -> Permitted<T> {
    Permitted {
        values: setting.value,
        source: setting.source.to_string(),
    }
}

/// What a flag asks for beyond `most` is refused; what comes from elsewhere is shortened, which the
/// second value says.
fn at_most(
    days: Setting<u32>,
    most: Setting<u32>,
) -> Result<(Setting<u32>, Option<String>), Refusal> {
    if days.value <= most.value {
        return Ok((days, None));
    }
    let (asked, permitted) = (days.value, most.value);
    if let Source::Flag(flag) = days.source {
        let fact = format!(
            "{flag} {asked} goes beyond the {permitted} days that {} permits",
            most.source
        );
        let hint = format!("the most that is permitted: {flag} {permitted}");
        return Err(Refusal::new(fact, hint));
    }
    let note = format!(
        "the lifetime will be {permitted} days, as {} permits, and not the {asked} of {}",
        most.source, days.source
    );
    Ok((most, Some(note)))
}
