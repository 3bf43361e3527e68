//! What came for a cluster: proven, held against what stands, and so put in place or refused.

use super::folder::Folder;
use super::job::Job;
use crate::commands::Session;
use crate::commands::each::Task;
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::cacerts::{Cacerts, CacertsFiles, Naming};
use crate::mesh::rules::{Circumstances, Finding, Severity};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::Certificate;
use crate::pki::validity::{date, moment};

/// What holds of every cluster.
pub struct Terms {
    pub trust_domain: Option<TrustDomain>,
    pub chain_with_root: bool,
    /// Whether a certificate is taken that is older than the one that stands.
    pub is_older_taken: bool,
}

/// The files that came for a cluster, and the name of the file that has their key.
pub struct Offer {
    pub key_file: &'static str,
    pub ca_cert: Vec<u8>,
    pub cert_chain: Vec<u8>,
    pub root_cert: Vec<u8>,
}

impl Offer {
    /// The files with their key, if every rule holds of them.
    pub fn prove(
        &self,
        folder: &Folder,
        terms: &Terms,
        session: &Session,
    ) -> Result<Cacerts, Vec<Finding>> {
        // A CRL is of the key that signed it.
        let ca_crl = folder.get(mesh::CA_CRL);
        let ca_crl = ca_crl.filter(|_| self.key_file == mesh::CA_KEY);
        let files = CacertsFiles {
            naming: Naming::Pem,
            ca_cert: Some(self.ca_cert.clone()),
            ca_key: folder.get(self.key_file).cloned(),
            cert_chain: Some(self.cert_chain.clone()),
            root_cert: Some(self.root_cert.clone()),
            ca_crl: ca_crl.map(|text| text.to_vec()),
        };
        Cacerts::prove(files, &circumstances(folder, terms, session))
    }

    /// What is to be done to put the proven files in place in `folder`.
    pub fn task(
        &self,
        cacerts: Cacerts,
        folder: &Folder,
        terms: &Terms,
        session: &Session,
    ) -> anyhow::Result<Task<Job>> {
        let name = &folder.name;
        let certificate = cacerts.authority().certificate();
        // Also where the key that waits is the one that is in use.
        if !terms.is_older_taken {
            is_no_older(certificate, folder)?;
        }
        if self.key_file == mesh::CA_KEY {
            let is_there = |(file, contents): (&str, &[u8])| {
                folder
                    .get(file)
                    .is_some_and(|there| there.as_slice() == contents)
            };
            if cacerts.files().present().all(is_there) {
                let expires = date(certificate.not_after());
                let line = format!("{name}: up to date, expires {expires}\n");
                if folder.get(mesh::CA_KEY_NEXT).is_some() {
                    session.console.note(format_args!(
                        "{name}: {} goes on waiting for its certificate",
                        mesh::CA_KEY_NEXT
                    ));
                }
                return Ok(Task::UpToDate(line));
            }
        }
        self.warn(&cacerts, folder, terms, session);
        let job = Job::new(self.key_file, cacerts, folder, session);
        Ok(Task::Issue(Box::new(job)))
    }

    fn warn(&self, cacerts: &Cacerts, folder: &Folder, terms: &Terms, session: &Session) {
        let console = session.console;
        let name = &folder.name;
        let findings = cacerts
            .files()
            .findings(&circumstances(folder, terms, session));
        let warnings = findings
            .iter()
            .filter(|finding| finding.rule.severity == Severity::Warning);
        for Finding {
            rule, file, fact, ..
        } in warnings
        {
            let consequence = rule.consequence;
            console.warning(format_args!("{name}/{file}: {fact}: {consequence}"));
            console.detail(format_args!("rule {}: {}", rule.id, rule.source));
        }
        let stay = Certificate::all_from_pem(&self.root_cert).unwrap_or_default();
        let roots = folder.certificates(mesh::ROOT_CERT).into_iter();
        for root in roots.filter(|root| !stay.contains(root)) {
            let root = root.subject();
            console.warning(format_args!(
                "{name}: {root} goes from {}: what is issued under it will be refused",
                mesh::ROOT_CERT
            ));
        }
        session.warn_if_exposed(&std::path::Path::new(name.as_str()).join(self.key_file));
    }
}

fn circumstances<'a>(folder: &'a Folder, terms: &'a Terms, session: &Session) -> Circumstances<'a> {
    let trust_domain = terms.trust_domain.as_ref();
    Circumstances::new(session.now, folder.name.as_str(), trust_domain)
}

/// Whoever has an old archive would else undo a renewal.
fn is_no_older(certificate: &Certificate, folder: &Folder) -> anyhow::Result<()> {
    let standing = folder.certificates(mesh::CA_CERT);
    let standing = standing.first().filter(|standing| {
        let is_of_key = standing.spki() == certificate.spki();
        is_of_key && standing.not_before() > certificate.not_before()
    });
    let Some(standing) = standing else {
        return Ok(());
    };
    let message = format!(
        "the certificate is of {}, and the one that stands, for the same key, of {}",
        moment(certificate.not_before()),
        moment(standing.not_before())
    );
    Err(Refusal::new(message, "to go back to the older one: --older").into())
}

/// Why the files for `folder`, of the CA of `certificate`, are refused, each fault with the way out.
pub fn unproven(
    findings: &[Finding],
    certificate: &Certificate,
    folder: &Folder,
) -> Vec<anyhow::Error> {
    let name = &folder.name;
    let errors = findings.iter().map(|finding| {
        let Finding {
            file, fact, hint, ..
        } = finding;
        let is_key = *file == mesh::CA_KEY;
        let hint = if is_key {
            format!("a new key: meshpki request --rekey {name}")
        } else if certificate.is_ca() {
            asked_for(hint)
        } else {
            // The request is good: another one would be the same.
            format!(
                "have {name}/{} signed again, as a subordinate CA: CA:TRUE, pathlen:0, keyCertSign",
                mesh::CA_CSR
            )
        };
        Refusal::new(format_args!("{file}: {fact}"), hint).into()
    });
    errors.collect()
}

/// The rules know what to do where the root is; here it is asked for.
fn asked_for(hint: &str) -> String {
    hint.replace("meshpki cluster-cacerts --renew", "meshpki request")
        .replace("meshpki cluster-cacerts --rekey", "meshpki request --rekey")
}
