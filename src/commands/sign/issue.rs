//! The certificates of a plan: signed in memory, and proven.

use anyhow::Context as _;

use super::given::Asked;
use super::plan::{Decision, Plan};
use super::root::Root;
use super::terms::Terms;
use crate::commands::{Session, cluster_cacerts};
use crate::console::Refusal;
use crate::mesh::archive::SignedCertificate;
use crate::mesh::cacerts::CacertsFiles;
use crate::mesh::record::NewEntry;
use crate::mesh::rules::Circumstances;
use crate::pki::certificate::{Certificate, CertificateSpec};

/// What was signed, to be recorded, and all that is given out.
#[derive(Default)]
pub struct Issued {
    pub new: Vec<NewEntry>,
    pub certificates: Vec<SignedCertificate>,
}

impl Issued {
    /// What the `plan` says, whose root has its key if there is anything to sign.
    pub fn by(
        plan: &Plan<'_>,
        root: &Root,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Self> {
        let mut issued = Self::default();
        for (asked, decision) in plan.answered() {
            session.interrupt.check()?;
            let cluster = &asked.cluster;
            let certificate = match decision {
                Decision::Refused(_) => continue,
                Decision::Again(recorded) => recorded.certificate.clone(),
                Decision::Sign(new) => {
                    let signed = sign(asked, &new.spec, root, terms);
                    let certificate = signed.with_context(|| cluster.to_string())?;
                    issued.new.push(NewEntry {
                        cluster: Some(cluster.clone()),
                        certificate: certificate.clone(),
                        request: Some(asked.request.info_digest()),
                    });
                    certificate
                }
            };
            issued.certificates.push(SignedCertificate {
                cluster: cluster.clone(),
                chain: chain(&certificate, root, terms),
            });
        }
        Ok(issued)
    }
}

fn chain(certificate: &Certificate, root: &Root, terms: &Terms) -> Vec<Certificate> {
    cluster_cacerts::cert_chain(certificate, &root.signing, terms.chain_with_root)
}

fn sign(
    asked: &Asked,
    spec: &CertificateSpec,
    root: &Root,
    terms: &Terms,
) -> anyhow::Result<Certificate> {
    let authority = root.signing.authority()?;
    let certificate = authority.issue(spec, asked.request.public_key())?;
    prove(&certificate, asked, root, terms)?;
    Ok(certificate)
}

/// Whether istiod will work with it, as far as that can be told without the key.
fn prove(
    certificate: &Certificate,
    asked: &Asked,
    root: &Root,
    terms: &Terms,
) -> anyhow::Result<()> {
    let chain = chain(certificate, root, terms);
    let chain: String = chain.iter().map(Certificate::to_pem).collect();
    let files = CacertsFiles {
        ca_cert: Some(certificate.to_pem().into_bytes()),
        cert_chain: Some(chain.into_bytes()),
        root_cert: Some(root.certificates.clone()),
        ..CacertsFiles::default()
    };
    let trust_domain = terms.defaults.trust_domain.as_ref();
    let circumstances = Circumstances::new(terms.now, asked.cluster.as_str(), trust_domain);
    let findings = files.findings_without_key(&circumstances);
    let facts: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule.severity.is_fatal())
        .map(|finding| format!("{}: {}", finding.file, finding.fact))
        .collect();
    if facts.is_empty() {
        return Ok(());
    }
    let fact = format!(
        "istiod would refuse what it is to be given: {}",
        facts.join("; ")
    );
    let hint = "mend root-cert.pem, or leave this request out: nothing was signed";
    Err(Refusal::new(fact, hint).into())
}
