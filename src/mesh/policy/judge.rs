//! A request held against the policy: what is granted of it, or why nothing is.

use super::{Breach, Policy};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::profile;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::{KeyUsage, SubjectAltName};
use crate::pki::dns_name::{DnsName, DnsNameError};
use crate::pki::name::{Attribute, DistinguishedName, NameError};
use crate::pki::request::{CertificationRequest, RequestedExtensions};

/// What a certificate says of that of which its request says nothing.
#[derive(Debug)]
pub struct Defaults {
    pub organization: String,
    pub common_name: String,
    pub dns_names: Vec<DnsName>,
    pub trust_domain: Option<TrustDomain>,
}

/// What a certificate will say that depends on its request, its key apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub subject: DistinguishedName,
    pub subject_alt_names: Vec<SubjectAltName>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error(transparent)]
    Breach(#[from] Breach),
    #[error("it is for no CA: its basicConstraints do not say CA:TRUE")]
    NotACa,
    #[error("its pathLenConstraint is {0}, and below a cluster's CA there is none: 0 is granted")]
    PathLen(u32),
    #[error(
        "{name} = {value} in its subject is not granted: the name of a cluster's CA has O, CN and L alone"
    )]
    Attribute { name: String, value: String },
    #[error("{0} stands in its subject more than once")]
    Repeated(&'static str),
    #[error(
        "L = {found} in its subject is not granted: the L of a cluster's CA is its name, {cluster}"
    )]
    OtherLocality { found: String, cluster: ClusterName },
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    DnsName(#[from] DnsNameError),
    #[error("URI:{0} is not granted: the only URI of a cluster's CA is spiffe://TRUST-DOMAIN")]
    Uri(String),
    #[error("{0} URIs are not granted: the trust domain of a cluster's CA is one")]
    SeveralUris(usize),
    #[error("{0} is not granted: the names of a cluster's CA are DNS names and a trust domain")]
    OtherName(String),
}

impl Reason {
    /// The way out.
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Breach(breach) => return breach.hint(),
            Self::NotACa => "make another request that says CA:TRUE, or without basicConstraints",
            Self::PathLen(_) => "make another request that says pathlen:0, or nothing of it",
            Self::OtherLocality { .. } => {
                "make another request with that name, or without it; or is it another cluster's?"
            }
            Self::Attribute { .. } | Self::Repeated(_) | Self::Name(_) => {
                "make another request with another subject"
            }
            Self::DnsName(_) | Self::Uri(_) | Self::SeveralUris(_) | Self::OtherName(_) => {
                "make another request without it"
            }
        };
        hint.to_owned()
    }
}

impl Policy {
    /// What is granted to `cluster`, which has made the `request`. Whatever the request asks for
    /// beyond is refused, or not taken over: see [`not_taken_over`].
    pub fn judge(
        &self,
        cluster: &ClusterName,
        request: &CertificationRequest,
        defaults: &Defaults,
    ) -> Result<Granted, Vec<Reason>> {
        let mut reasons = Vec::new();
        reasons.extend(self.permits_cluster(cluster).err().map(Reason::from));
        let key = self.permits_key(request.public_key().kind());
        reasons.extend(key.err().map(Reason::from));
        let subject = self.subject(cluster, request, defaults, &mut reasons);
        let extensions = request.extensions();
        if let Some(constraints) = extensions.basic_constraints {
            match constraints.path_len {
                _ if !constraints.is_ca => reasons.push(Reason::NotACa),
                None | Some(0) => {}
                Some(length) => reasons.push(Reason::PathLen(length)),
            }
        }
        let subject_alt_names = self.names(extensions, defaults, &mut reasons);
        match subject {
            Some(subject) if reasons.is_empty() => Ok(Granted {
                subject,
                subject_alt_names,
            }),
            _ => Err(reasons),
        }
    }

    fn subject(
        &self,
        cluster: &ClusterName,
        request: &CertificationRequest,
        defaults: &Defaults,
        reasons: &mut Vec<Reason>,
    ) -> Option<DistinguishedName> {
        let known = [
            Attribute::Organization,
            Attribute::CommonName,
            Attribute::Locality,
        ];
        for (name, value) in request.subject() {
            if !known.iter().any(|known| known.short_name() == name) {
                reasons.push(Reason::Attribute {
                    name: crate::escape::text(name),
                    value: crate::escape::text(value),
                });
            }
        }
        let mut value = |attribute: Attribute, default: &str| -> String {
            let name = attribute.short_name();
            let values = request.subject().iter().filter(|(found, _)| found == name);
            let mut values = values.map(|(_, value)| value);
            let value = values.next().map_or(default, String::as_str);
            if values.next().is_some() {
                reasons.push(Reason::Repeated(name));
            }
            value.to_owned()
        };
        let organization = value(Attribute::Organization, &defaults.organization);
        let common_name = value(Attribute::CommonName, &defaults.common_name);
        let locality = value(Attribute::Locality, cluster.as_str());
        for (attribute, value) in [
            (Attribute::Organization, &organization),
            (Attribute::CommonName, &common_name),
        ] {
            let permitted = self.permits_attribute(attribute, value);
            reasons.extend(permitted.err().map(Reason::from));
        }
        if locality != cluster.as_str() {
            reasons.push(Reason::OtherLocality {
                found: crate::escape::text(&locality),
                cluster: cluster.clone(),
            });
        }
        let subject = DistinguishedName::new([
            (Attribute::Organization, organization.as_str()),
            (Attribute::CommonName, common_name.as_str()),
            (Attribute::Locality, cluster.as_str()),
        ]);
        subject.map_err(|error| reasons.push(error.into())).ok()
    }

    /// A request without any name is granted those of every cluster; one with some, these alone.
    fn names(
        &self,
        asked: &RequestedExtensions,
        defaults: &Defaults,
        reasons: &mut Vec<Reason>,
    ) -> Vec<SubjectAltName> {
        for name in &asked.other_alt_names {
            let name = format!("{}:{}", name.kind, crate::escape::text(&name.value));
            reasons.push(Reason::OtherName(name));
        }
        let mut dns_names: Vec<DnsName> = Vec::new();
        let mut trust_domains: Vec<TrustDomain> = Vec::new();
        let mut uris = 0;
        for name in &asked.subject_alt_names {
            match name {
                SubjectAltName::Dns(name) => match name.parse::<DnsName>() {
                    Err(error) => reasons.push(error.into()),
                    Ok(name) => {
                        reasons.extend(self.permits_dns_name(&name).err().map(Reason::from));
                        let is_it =
                            |known: &DnsName| known.as_str().eq_ignore_ascii_case(name.as_str());
                        if !dns_names.iter().any(is_it) {
                            dns_names.push(name);
                        }
                    }
                },
                SubjectAltName::Uri(uri) => {
                    uris += 1;
                    let domain = uri.strip_prefix("spiffe://");
                    match domain.and_then(|domain| domain.parse::<TrustDomain>().ok()) {
                        None => reasons.push(Reason::Uri(crate::escape::text(uri))),
                        Some(domain) => {
                            let permitted = self.permits_trust_domain(&domain);
                            reasons.extend(permitted.err().map(Reason::from));
                            trust_domains.push(domain);
                        }
                    }
                }
            }
        }
        if uris > 1 {
            reasons.push(Reason::SeveralUris(uris));
        }
        if asked.subject_alt_names.is_empty() && asked.other_alt_names.is_empty() {
            let trust_domain = defaults.trust_domain.as_ref();
            for name in &defaults.dns_names {
                reasons.extend(self.permits_dns_name(name).err().map(Reason::from));
            }
            if let Some(domain) = trust_domain {
                reasons.extend(self.permits_trust_domain(domain).err().map(Reason::from));
            }
            return profile::cluster_ca_names(&defaults.dns_names, trust_domain);
        }
        profile::cluster_ca_names(&dns_names, trust_domains.first())
    }
}

/// What is asked for and decided here, whatever is asked: extensions and attributes by their names.
pub fn not_taken_over(asked: &RequestedExtensions) -> Vec<String> {
    let granted = KeyUsage::bits(&profile::CA_KEY_USAGE);
    let usage = KeyUsage::names(asked.key_usage.unwrap_or(0) & !granted);
    let others = asked.others.iter().chain(&asked.other_attributes);
    let others = others.map(|name| crate::escape::text(name));
    usage.map(str::to_owned).chain(others).collect()
}

#[cfg(test)]
mod tests;
