//! What stands, held against what is asked and against the CA that would sign.

use super::asked::Asked;
use super::request::Request;
use super::signer::Signer;
use super::standing::Standing;
use crate::commands::inspect::duration::Lifetime;
use crate::commands::report;
use crate::config::Source;
use crate::console::Refusal;
use crate::mesh::kubernetes::Namespace;
use crate::mesh::profile;
use crate::mesh::svid::{self, Expected};
use crate::pki::certificate::Certificate;
use crate::pki::dns_name::DnsName;
use crate::pki::name::Attribute;
use crate::pki::validity::moment;
use crate::pki::verify::Facts;

/// What is to be done about a workload whose files stand.
pub enum Verdict {
    UpToDate(String),
    /// It is as asked, and its time has come; or somebody wants a new one, whatever the reason.
    Renew(Option<String>),
    Differs(Differences),
}

/// What stands in the way of "up to date", and the way out of all of it.
pub struct Differences {
    facts: Vec<String>,
    hint: String,
}

impl Differences {
    /// The way out is said once, with the last.
    pub fn to_errors(&self) -> Vec<anyhow::Error> {
        let last = self.facts.len() - 1;
        let facts = self.facts.iter().enumerate();
        let errors = facts.map(|(position, fact)| match position == last {
            true => Refusal::new(fact, self.hint.as_str()).into(),
            false => anyhow::Error::msg(fact.clone()),
        });
        errors.collect()
    }
}

impl Standing {
    pub fn verdict(
        &self,
        name: &Namespace,
        asked: &Asked,
        request: Option<&Request>,
        signer: &Signer,
    ) -> Verdict {
        let mut facts = self.faults.clone();
        let mut hint = format!("meshpki workload-certs --renew{} {name}", asked.flags());
        if !self.has_key() && request.is_none() {
            facts
                .push("there is no key.pem: with --csr the key stays where it was made".to_owned());
            hint = format!("certify that key again: --csr FILE; or make a new one: {hint}");
        }
        if let Some(certificate) = self.certificate() {
            facts.extend(self.other_identity(name, asked, signer));
            facts.extend(self.other_than_asked(asked, signer));
            facts.extend(self.other_lifetime(certificate, asked, signer));
            facts.extend(other_issuer(certificate, signer));
            facts.extend(request.and_then(|request| other_key(certificate, request)));
        }
        if !facts.is_empty() {
            return Verdict::Differs(Differences { facts, hint });
        }
        match self
            .certificate()
            .map(|certificate| self.due(certificate, asked, signer))
        {
            Some(Ok(line)) => Verdict::UpToDate(format!("{name}: {line}\n")),
            Some(Err(reason)) => Verdict::Renew(Some(reason)),
            None => Verdict::Renew(None),
        }
    }

    /// Whose certificate it is, if not this workload's, and what keeps it from being an SVID.
    fn other_identity(&self, name: &Namespace, asked: &Asked, signer: &Signer) -> Vec<String> {
        let Some(certificate) = self.certificate() else {
            return Vec::new();
        };
        let breaches = svid::breaches(&Facts::of_certificate(certificate), &Expected::default());
        let mut facts: Vec<_> = breaches
            .iter()
            .map(|breach| format!("cert-chain.pem: {breach}"))
            .collect();
        let Some(id) = self.id() else {
            if facts.is_empty() {
                facts
                    .push("its SPIFFE ID is not of the form that Istio gives workloads".to_owned());
            }
            return facts;
        };
        if id.namespace != *name {
            let namespace = &id.namespace;
            facts.push(format!(
                "its certificate is that of the namespace {namespace}"
            ));
        }
        let mut differs = |what, stands: String, wanted: String, source: &Source| {
            if stands != wanted {
                facts.push(report::otherwise(what, &[stands], &[wanted], source));
            }
        };
        if let Some(source) = asked.service_account.request() {
            let wanted = asked.service_account.value.to_string();
            differs(
                "service account",
                id.service_account.to_string(),
                wanted,
                source,
            );
        }
        let stands = id.trust_domain.to_string();
        match (&asked.trust_domain.value, signer.trust_domain()) {
            (Some(wanted), _) => {
                let source = &asked.trust_domain.source;
                differs("trust domain", stands, wanted.to_string(), source);
            }
            (None, Some(own)) if own.to_string() != stands => facts.push(format!(
                "its trust domain: {stands}, and that of the CA of {} is {own}",
                signer.cluster
            )),
            _ => {}
        }
        facts
    }

    /// What the certificate says otherwise than somebody asks.
    fn other_than_asked(&self, asked: &Asked, signer: &Signer) -> Vec<String> {
        let names = |names: &[DnsName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let one = |value: Option<&String>| value.into_iter().cloned().collect::<Vec<_>>();
        let chain = |with_root: bool| match with_root {
            true => vec!["with the root".to_owned()],
            false => vec!["without the root".to_owned()],
        };
        let dns_names = self.dns_names().unwrap_or_default();
        let are_the_same = DnsName::are_the_same(&dns_names, &asked.dns_names.value);
        let key_type = self.key_type().map(|spec| spec.to_string());
        let key_type = key_type.or_else(|| Some(self.key_kind()?.to_string()));
        // With a request, its key is what is certified.
        let key_source = asked.key_type.request().filter(|_| asked.csr.is_none());
        let compared = [
            (
                "key",
                one(key_type.as_ref()),
                vec![asked.key_type.value.to_string()],
                key_source,
            ),
            (
                "DNS names",
                names(&dns_names),
                names(&asked.dns_names.value),
                asked.dns_names.request().filter(|_| !are_the_same),
            ),
            (
                "organization",
                one(self.subject_value(Attribute::Organization).as_ref()),
                one(asked.organization.value.as_ref()),
                asked.organization.request(),
            ),
            (
                "common name",
                one(self.subject_value(Attribute::CommonName).as_ref()),
                one(asked.common_name.value.as_ref()),
                asked.common_name.request(),
            ),
            (
                "chain",
                chain(self.chain_with_root()),
                chain(asked.chain_with_root.value),
                // Without a root above there is none to leave out.
                asked
                    .chain_with_root
                    .request()
                    .filter(|_| signer.path().root().is_some()),
            ),
        ];
        compared
            .into_iter()
            .filter(|(_, stands, wanted, _)| stands != wanted)
            .filter_map(|(what, stands, wanted, source)| {
                Some(report::otherwise(what, &stands, &wanted, source?))
            })
            .collect()
    }

    /// Lifetimes are compared as lengths. One that ends with its CA is as long as it can be.
    fn other_lifetime(
        &self,
        certificate: &Certificate,
        asked: &Asked,
        signer: &Signer,
    ) -> Option<String> {
        let source = asked.lifetime.request()?;
        let wanted = asked.lifetime.value;
        let length = certificate.validity().ok()?.length();
        let was_shortened = self.lifetime(signer).is_none() && length < wanted.length();
        if profile::is_lifetime(wanted.length(), length) || was_shortened {
            return None;
        }
        Some(format!(
            "its lifetime: {}, until {}, and {source} asks for {wanted}",
            Lifetime::of(self.lifetime(signer).unwrap_or(length)),
            moment(certificate.not_after())
        ))
    }

    /// What is said of a certificate that is up to date, or why it is to be renewed now.
    fn due(
        &self,
        certificate: &Certificate,
        asked: &Asked,
        signer: &Signer,
    ) -> Result<String, String> {
        let cluster = &signer.cluster;
        let expires = moment(certificate.not_after());
        if asked.now > certificate.not_after() {
            return Err(format!("it expired on {expires}"));
        }
        if !certificate.is_issued_by(signer.certificate()) {
            return Err(format!("the CA of {cluster} has a new key"));
        }
        if self.root_cert.as_ref() != Some(&signer.root_cert) {
            return Err(format!("the roots of {cluster} have changed"));
        }
        let above: Vec<_> = self.chain.iter().skip(1).collect();
        let with_root = asked.chain_with_root.over(Some(self.chain_with_root()));
        if above != signer.chain(with_root) {
            return Err(format!(
                "the CA of {cluster} has another certificate or chain"
            ));
        }
        signer
            .cacerts
            .verify_workload(certificate, asked.now)
            .map_err(|error| format!("it is refused: {error}"))?;
        let validity = certificate.validity().map_err(|error| error.to_string())?;
        let from = asked.renewed_from(&validity);
        if asked.now >= from {
            return Err(format!("it expires on {expires}"));
        }
        let from = moment(from);
        Ok(format!(
            "up to date, expires {expires}, to be renewed from {from} on"
        ))
    }
}

fn other_issuer(certificate: &Certificate, signer: &Signer) -> Option<String> {
    let ca = signer.certificate();
    (certificate.issuer_der() != ca.subject_der()).then(|| {
        let (issuer, subject, cluster) = (certificate.issuer(), ca.subject(), &signer.cluster);
        format!("it was issued by {issuer}, and not by the CA of {cluster}, {subject}")
    })
}

fn other_key(certificate: &Certificate, request: &Request) -> Option<String> {
    let public_key = certificate.public_key().ok();
    let is_the_same = public_key.is_some_and(|key| key == *request.public_key());
    let fact = "its certificate is of another key than the request";
    (!is_the_same).then(|| fact.to_owned())
}
