//! A cluster's folder that is there already, held against what is asked.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use time::OffsetDateTime;

use super::asked::Asked;
use super::issue::{self, Mesh};
use crate::commands::cluster;
use crate::config::Setting;
use crate::console::Refusal;
use crate::escape;
use crate::mesh::cacerts::{Cacerts, CacertsFiles};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::rules::Circumstances;
use crate::mesh::spiffe::TrustDomain;
use crate::mesh::{self, profile};
use crate::pki::certificate::{Certificate, SubjectAltName};
use crate::pki::dns_name::DnsName;
use crate::pki::key::{KeySpec, PrivateKey};
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::validity::{date, moment};

/// The files of a cluster as they stand.
pub struct Standing {
    files: CacertsFiles,
    /// The CA's certificate, if it can be read.
    certificate: Option<Certificate>,
    /// Names in the folder that are none of a cluster's files.
    pub others: Vec<String>,
}

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
    fn new(fact: impl Into<String>, way: Way, name: &ClusterName) -> Self {
        let flag = match way {
            Way::Renew => "--renew",
            Way::Rekey => "--rekey",
            Way::RootsOnly => "--roots-only",
        };
        Self {
            fact: fact.into(),
            hint: format!("meshpki cluster-cacerts {flag} {name}"),
        }
    }

    pub fn to_error(&self) -> anyhow::Error {
        Refusal::new(&self.fact, self.hint.as_str()).into()
    }
}

/// What is in the folder of `name`: nothing (or an empty folder), a cluster's files, or something
/// that is in the way.
pub fn look(name: &ClusterName) -> anyhow::Result<Option<Standing>> {
    let path = Path::new(name.as_str());
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.context("cannot look at what has that name")?,
    };
    if !metadata.is_dir() {
        let what = if metadata.is_symlink() {
            "a symbolic link"
        } else {
            "not a folder"
        };
        return Err(Refusal::new(
            format_args!("what has that name is {what}"),
            "move it away, or give the cluster another name",
        )
        .into());
    }
    let mut others = Vec::new();
    let mut own = 0;
    let unreadable = "cannot read the folder";
    for entry in std::fs::read_dir(path).context(unreadable)? {
        let entry = entry.context(unreadable)?.file_name();
        let files = [
            mesh::CA_CERT,
            mesh::CA_KEY,
            mesh::CERT_CHAIN,
            mesh::ROOT_CERT,
        ];
        match files.into_iter().find(|file| entry == *file) {
            Some(_) => own += 1,
            None => others.push(escape::bytes(entry.as_encoded_bytes())),
        }
    }
    others.sort();
    if others.iter().any(|other| other == mesh::WORKLOAD_KEY) {
        return Err(Refusal::new(
            format_args!("{name}/key.pem is there: the folder is a workload's"),
            "give the cluster another name",
        )
        .into());
    }
    if own == 0 {
        return match others.first() {
            None => Ok(None),
            Some(other) => Err(Refusal::new(
                format_args!("the folder is there, with {other} in it and no cluster's files"),
                "move it away, or give the cluster another name",
            )
            .into()),
        };
    }
    let files = cluster::read(name)?;
    let certificates = files.ca_cert.as_deref().map(Certificate::all_from_pem);
    let certificate = certificates
        .and_then(Result::ok)
        .map(|mut all| all.remove(0));
    Ok(Some(Standing {
        files,
        certificate,
        others,
    }))
}

impl Standing {
    pub fn key(&self) -> anyhow::Result<PrivateKey> {
        let missing = || Refusal::new("ca-key.pem is missing", "make a new key: --rekey");
        let text = self.files.ca_key.as_deref().ok_or_else(missing)?;
        PrivateKey::from_pem(text).map_err(|error| {
            Refusal::new(
                format_args!("ca-key.pem: {error}"),
                "make a new key: --rekey",
            )
            .into()
        })
    }

    pub fn into_files(self) -> CacertsFiles {
        self.files
    }

    pub fn ca_crl(&self) -> Option<&[u8]> {
        self.files.ca_crl.as_deref()
    }

    /// The kind of its key, if meshpki makes such.
    pub fn key_type(&self) -> Option<KeySpec> {
        self.certificate.as_ref()?.public_key().ok()?.kind().spec()
    }

    pub fn subject(&self) -> Option<DistinguishedName> {
        Some(self.certificate.as_ref()?.subject_name())
    }

    pub fn locality(&self) -> Option<String> {
        self.subject_value(Attribute::Locality)
    }

    pub fn organization(&self) -> Option<String> {
        self.subject_value(Attribute::Organization)
    }

    pub fn common_name(&self) -> Option<String> {
        self.subject_value(Attribute::CommonName)
    }

    fn subject_value(&self, attribute: Attribute) -> Option<String> {
        let mut values = self.certificate.as_ref()?.subject_values(attribute);
        (values.len() == 1).then(|| values.remove(0))
    }

    pub fn dns_names(&self) -> Option<Vec<DnsName>> {
        let names = self.certificate.as_ref()?.subject_alt_names();
        let dns_names = names.iter().filter_map(|name| match name {
            SubjectAltName::Dns(name) => Some(name.parse()),
            SubjectAltName::Uri(_) => None,
        });
        dns_names.collect::<Result<_, _>>().ok()
    }

    /// Whether these are its DNS names, in whatever order and case (RFC 4343).
    fn has_dns_names(&self, wanted: &[DnsName]) -> bool {
        let set = |names: &[DnsName]| -> BTreeSet<String> {
            let names = names.iter().map(|name| name.as_str().to_ascii_lowercase());
            names.collect()
        };
        self.dns_names()
            .is_some_and(|names| set(&names) == set(wanted))
    }

    pub fn trust_domain(&self) -> Option<Option<TrustDomain>> {
        let names = self.certificate.as_ref()?.subject_alt_names();
        let domain = names.iter().find_map(|name| match name {
            SubjectAltName::Uri(uri) => uri.strip_prefix("spiffe://")?.parse().ok(),
            SubjectAltName::Dns(_) => None,
        });
        Some(domain)
    }

    /// Its lifetime in days, unless that was shortened to its issuer's.
    pub fn days(&self) -> Option<u32> {
        let certificate = self.certificate.as_ref()?;
        let public = [&self.files.cert_chain, &self.files.root_cert];
        let above = public.into_iter().flatten();
        let above = above.filter_map(|text| Certificate::all_from_pem(text).ok());
        let ends_with_issuer = above.flatten().any(|above| {
            above.not_after() == certificate.not_after() && certificate.is_issued_by(&above)
        });
        if ends_with_issuer {
            return None;
        }
        let days = certificate.validity().ok()?.length().whole_days();
        u32::try_from(days).ok().filter(|days| *days > 0)
    }

    /// Whether its chain ends with a root.
    pub fn chain_with_root(&self) -> Option<bool> {
        let chain = Certificate::all_from_pem(self.files.cert_chain.as_deref()?).ok()?;
        let roots = Certificate::all_from_pem(self.files.root_cert.as_deref()?).ok()?;
        Some(chain.last().is_some_and(|last| roots.contains(last)))
    }

    /// The date on which it expires, if it is as asked; else every difference.
    pub fn differences(
        self,
        name: &ClusterName,
        asked: &Asked,
        mesh: &Mesh,
    ) -> Result<String, Vec<Difference>> {
        let mut differences = Vec::new();
        let mut differs = |fact: String, way| differences.push(Difference::new(fact, way, name));
        if self.files.root_cert.is_some()
            && self.files.root_cert.as_deref() != Some(&*mesh.root_cert)
        {
            let fact = "its root-cert.pem is not the mesh's root-cert.pem";
            differs(fact.to_owned(), Way::RootsOnly);
        }
        if let Some(certificate) = &self.certificate {
            let root = mesh.root.certificate();
            if !certificate.is_issued_by(root) {
                differs(other_issuer(certificate, root), Way::Renew);
            }
            for fact in self.other_than_asked(certificate, asked, root) {
                differs(fact, Way::Renew);
            }
            if let Some(fact) = self.other_key_than_asked(asked) {
                differs(fact, Way::Rekey);
            }
        }
        let circumstances = Circumstances {
            at: mesh.now,
            cluster: name.as_str(),
            trust_domain: mesh.trust_domain.as_ref(),
        };
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
        root: &Certificate,
    ) -> Vec<String> {
        let shown = |names: Vec<String>| match names.is_empty() {
            true => "none".to_owned(),
            false => escape::text(&names.join(", ")),
        };
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
                asked.chain_with_root.request(),
            ),
        ];
        let mut facts: Vec<_> = compared
            .into_iter()
            .filter(|(_, stands, wanted, _)| stands != wanted)
            .filter_map(|(what, stands, wanted, source)| {
                let (stands, wanted) = (shown(stands), shown(wanted));
                Some(format!(
                    "its {what}: {stands}, and {} asks for {wanted}",
                    source?
                ))
            })
            .collect();
        facts.extend(other_lifetime(certificate, asked, root));
        facts
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

/// Lifetimes are compared as lengths. One that ends with its root is as long as it can be.
fn other_lifetime(certificate: &Certificate, asked: &Asked, root: &Certificate) -> Option<String> {
    let source = asked.days.request()?;
    let days = asked.days.value;
    let length = certificate.validity().ok()?.length();
    let ends_with_root = certificate.not_after() == root.not_after();
    if profile::is_length(days, length) || ends_with_root && length.whole_days() <= i64::from(days)
    {
        return None;
    }
    Some(format!(
        "its lifetime: {} days, until {}, and {source} asks for {days}",
        length.whole_days(),
        moment(certificate.not_after())
    ))
}

/// The name under which the files of `name` are kept when they are replaced at the instant `now`.
pub fn kept_name(name: &ClusterName, now: OffsetDateTime) -> String {
    (0..i64::from(u32::MAX))
        .map(|later| issue::stamp(now + time::Duration::seconds(later)))
        .map(|stamp| format!("{name}.{stamp}"))
        .find(|kept| Path::new(kept).symlink_metadata().is_err())
        .expect("there are more seconds than folders")
}
