//! What stands, held against what is asked.

use super::asked::Asked;
use super::issue::Mesh;
use super::standing::Standing;
use crate::commands::report;
use crate::config::Setting;
use crate::console::Refusal;
use crate::escape;
use crate::mesh::cacerts::Cacerts;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::profile;
use crate::mesh::rules::Circumstances;
use crate::mesh::signing_root::SigningRoot;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::Certificate;
use crate::pki::dns_name::DnsName;
use crate::pki::path::CertificationPath;
use crate::pki::signatures::Signatures;
use crate::pki::validity::{date, moment};

/// The way from what stands to what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Renew,
    Rekey,
    RootsOnly,
}

/// What stands in the way of "up to date", and the way out.
pub struct Difference {
    fact: String,
    hint: String,
}

impl Difference {
    fn new(fact: String, way: Way, name: &ClusterName, asked: &Asked) -> Self {
        let (way, flags) = match way {
            Way::Renew => ("--renew", asked.flags()),
            Way::Rekey => ("--rekey", asked.flags()),
            Way::RootsOnly => ("--roots-only", String::new()),
        };
        Self {
            fact,
            hint: format!("meshpki cluster-cacerts {way}{flags} {name}"),
        }
    }

    pub fn to_error(&self) -> anyhow::Error {
        Refusal::new(&self.fact, self.hint.as_str()).into()
    }
}

impl Standing {
    /// The date on which it expires, if it is as asked; else every difference.
    pub fn differences(
        self,
        name: &ClusterName,
        asked: &Asked,
        mesh: &Mesh,
    ) -> Result<String, Vec<Difference>> {
        let other_key = self.other_key_than_asked(asked);
        // With another key comes another certificate.
        let renew = match other_key {
            Some(_) => Way::Rekey,
            None => Way::Renew,
        };
        let mut differences = Vec::new();
        let mut differs = |fact, way| differences.push(Difference::new(fact, way, name, asked));
        let root = mesh.root.certificate();
        let by_root = |certificate: &Certificate| certificate.is_issued_by(root);
        let is_by_root = self.certificate.as_ref().is_some_and(by_root);
        let lacking = match is_by_root {
            true => self.lacks_in_chain(mesh),
            false => None,
        };
        let root_cert = self.files.root_cert.as_deref();
        if root_cert.is_some_and(|root_cert| root_cert != mesh.root_cert) {
            let fact = "its root-cert.pem is not the mesh's root-cert.pem";
            // A renewal brings the roots with it.
            let is_all = is_by_root && lacking.is_none();
            let way = if is_all { Way::RootsOnly } else { renew };
            differs(fact.to_owned(), way);
        }
        if let Some(certificate) = &self.certificate {
            if !is_by_root {
                differs(other_issuer(certificate, root), renew);
            }
            if let Some(fact) = lacking {
                differs(fact, renew);
            }
            if let Some(locality) = self.locality().filter(|there| there != name.as_str()) {
                let locality = escape::text(&locality);
                let fact = format!("its certificate is that of a cluster {locality}");
                differs(fact, Way::Rekey);
            }
            for fact in self.other_than_asked(certificate, asked, &mesh.root) {
                differs(fact, renew);
            }
            if let Some(fact) = other_key {
                differs(fact, Way::Rekey);
            }
        }
        let circumstances = Circumstances::new(mesh.now, name.as_str(), mesh.trust_domain.as_ref());
        let proven = Cacerts::prove(self.files, &circumstances);
        if let Err(findings) = &proven {
            differences.extend(findings.iter().map(|finding| Difference {
                fact: format!("{}: {}", finding.file, finding.fact),
                hint: finding.hint.clone(),
            }));
        }
        match proven {
            Ok(cacerts) if differences.is_empty() => {
                Ok(date(cacerts.authority().certificate().not_after()).to_string())
            }
            _ => Err(differences),
        }
    }

    fn other_key_than_asked(&self, asked: &Asked) -> Option<String> {
        let kind = self.certificate.as_ref()?.public_key().ok()?.kind();
        let is_asked = kind.spec() == Some(asked.key_type.value);
        (asked.key_type.is_request() && !is_asked).then(|| {
            let Setting { value, source } = &asked.key_type;
            format!("its key is {kind}, and {source} asks for {value}")
        })
    }

    /// What the certificate says otherwise than somebody asks.
    fn other_than_asked(
        &self,
        certificate: &Certificate,
        asked: &Asked,
        root: &SigningRoot,
    ) -> Vec<String> {
        let names = |names: Option<Vec<DnsName>>| {
            let names = names.unwrap_or_default();
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let domain = |domain: Option<&TrustDomain>| domain.map(ToString::to_string);
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        let chain = |with_root: bool| match with_root {
            true => vec!["with the root".to_owned()],
            false => vec!["without the root".to_owned()],
        };
        let standing_domain = self.trust_domain().flatten();
        let compared = [
            (
                "organization",
                one(self.organization()),
                vec![asked.organization.value.clone()],
                asked.organization.request(),
            ),
            (
                "common name",
                one(self.common_name()),
                vec![asked.common_name.value.clone()],
                asked.common_name.request(),
            ),
            (
                "DNS names",
                names(self.dns_names()),
                names(Some(asked.san_dns.value.clone())),
                asked
                    .san_dns
                    .request()
                    .filter(|_| !self.has_dns_names(&asked.san_dns.value)),
            ),
            (
                "trust domain",
                one(domain(standing_domain.as_ref())),
                one(domain(asked.trust_domain.value.as_ref())),
                asked.trust_domain.request(),
            ),
            (
                "chain",
                self.chain_with_root().map(chain).unwrap_or_default(),
                chain(asked.chain_with_root.value),
                // Without a root above there is none to leave out.
                asked
                    .chain_with_root
                    .request()
                    .filter(|_| root.path().root().is_some()),
            ),
        ];
        let mut facts: Vec<_> = compared
            .into_iter()
            .filter(|(_, stands, wanted, _)| stands != wanted)
            .filter_map(|(what, stands, wanted, source)| {
                Some(report::otherwise(what, &stands, &wanted, source?))
            })
            .collect();
        facts.extend(other_lifetime(certificate, asked, root.path()));
        facts
    }

    /// The CA above it that its chain is without, though no other path is in it that lasts as long.
    fn lacks_in_chain(&self, mesh: &Mesh) -> Option<String> {
        let chain = self.chain();
        let path = mesh.root.path();
        let missing = |path: &CertificationPath| {
            let mut wanted = path.to_send(false).iter();
            wanted.find(|wanted| !chain.contains(wanted)).cloned()
        };
        let lacking = missing(path)?;
        let certificate = self.certificate.as_ref()?;
        let is_as_good = |other: &CertificationPath| {
            other.root().is_some() == path.root().is_some()
                && other.first_to_expire() == certificate
        };
        let roots = Certificate::all_from_pem(&mesh.root_cert).unwrap_or_default();
        let others = CertificationPath::all_from(certificate, &roots, &mut Signatures::default());
        let mut others = others.iter().filter(|other| is_as_good(other));
        if others.any(|other| missing(other).is_none()) {
            return None;
        }
        let subject = lacking.subject();
        let mut stands = chain
            .iter()
            .filter(|standing| standing.subject_der() == lacking.subject_der());
        Some(match stands.next() {
            Some(_) => format!("its cert-chain.pem has another certificate of {subject}"),
            None => format!("its cert-chain.pem is without {subject}, which is above it"),
        })
    }

    /// Whether these are its DNS names.
    fn has_dns_names(&self, wanted: &[DnsName]) -> bool {
        self.dns_names()
            .is_some_and(|names| DnsName::are_the_same(&names, wanted))
    }
}

fn other_issuer(certificate: &Certificate, root: &Certificate) -> String {
    let (issuer, subject) = (certificate.issuer(), root.subject());
    if issuer == subject {
        format!("it was issued by another {issuer} than the root of that name")
    } else {
        format!("it was issued by {issuer}, and not by the root, {subject}")
    }
}

/// Lifetimes are compared as lengths. One that ends with its root, or with one above that, is as long
/// as it can be.
fn other_lifetime(
    certificate: &Certificate,
    asked: &Asked,
    above: &CertificationPath,
) -> Option<String> {
    let source = asked.days.request()?;
    let days = asked.days.value;
    let length = certificate.validity().ok()?.length();
    let ends_with_it = certificate.not_after() == above.first_to_expire().not_after();
    if profile::is_length(days, length) || ends_with_it && length.whole_days() <= i64::from(days) {
        return None;
    }
    Some(format!(
        "its lifetime: {} days, until {}, and {source} asks for {days}",
        length.whole_days(),
        moment(certificate.not_after())
    ))
}
