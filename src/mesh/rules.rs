//! What must hold of a cluster's files, each rule with its source.
//!
//! istiod is read at istio/istio 86c9f01 (August 2026), ztunnel at 62d8265, Go's crypto/x509 and
//! encoding/pem at 1.24 to 1.26. istiod is a Go program, and sees PEM as Go does: a block whose lines
//! are shared with other text is not there.

mod path;
mod reading;
mod revocation;
mod roots;
mod sent;
mod standing;
mod surroundings;
mod table;
mod workload;

use time::{Duration, OffsetDateTime};

use super::cacerts::{CacertsFiles, Naming};
use super::istio_version::IstioVersion;
use super::spiffe::TrustDomain;
use crate::pki::authority::CertificateAuthority;
use crate::pki::certificate::Certificate;
use crate::pki::chain::VerifyError;
use crate::pki::dns_name::DnsName;
use crate::pki::path::CertificationPath;
use crate::pki::signatures::Signatures;
pub(super) use reading::{BlockFault, public_certificate};
pub use surroundings::{Surroundings, surroundings};
pub use table::*;
pub(super) use workload::{draft, verify_workload};

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    /// The file that breaks it; empty, if it is none in particular.
    pub file: &'static str,
    /// The line of the file on which the block begins that is spoken of, counted from 1.
    pub line: Option<usize>,
    /// What is there, and what it does to the mesh.
    pub fact: String,
    /// What it was held against, where that is a choice.
    pub assumption: Option<String>,
    /// The way out; empty, if there is nothing to be done.
    pub hint: String,
}

/// What the files are judged by, besides themselves.
pub struct Circumstances<'a> {
    pub at: OffsetDateTime,
    /// The cluster's name, for the commands in hints.
    pub cluster: &'a str,
    /// The cluster's folder, for the same.
    pub folder: &'a str,
    /// The trust domain of the workloads; without one, the CA's own or Istio's default.
    pub trust_domain: Option<&'a TrustDomain>,
    /// The name that proxies know istiod by; without one, the CA's own or Istio's default.
    pub istiod_name: Option<&'a DnsName>,
    pub version: IstioVersion,
    /// What ends within this time ends soon.
    pub soon: Duration,
    /// Whether a request for the CA's certificate is beside the files.
    pub has_request: bool,
}

/// What is in files that istiod and the mesh work with.
pub(super) struct Proven {
    pub authority: CertificateAuthority,
    /// The certificates of cert-chain.pem.
    pub chain: Vec<Certificate>,
    /// The certificates of root-cert.pem.
    pub roots: Vec<Certificate>,
    /// From the CA to one of the roots, and on to what is above that, if it is no root's.
    pub path: CertificationPath,
}

impl<'a> Circumstances<'a> {
    /// How long before its end a certificate is spoken of.
    pub const SOON: Duration = Duration::days(30);

    pub fn new(
        at: OffsetDateTime,
        cluster: &'a str,
        trust_domain: Option<&'a TrustDomain>,
    ) -> Self {
        Self {
            at,
            cluster,
            folder: cluster,
            trust_domain,
            istiod_name: None,
            version: IstioVersion::NEWEST,
            soon: Self::SOON,
            has_request: false,
        }
    }
}

/// What is in the files, if nothing keeps istiod or the mesh from working with them; and every
/// finding.
pub(super) fn judge(
    files: &CacertsFiles,
    circumstances: &Circumstances<'_>,
) -> (Option<Proven>, Vec<Finding>) {
    let mut judge = Judge::new(files.naming, circumstances);
    let judged = judge.files(files);
    let mut findings = judge.findings;
    let is_fatal = |finding: &Finding| finding.rule.severity.is_fatal();
    // Whoever is refused is told why.
    debug_assert!(judged.is_some() || findings.iter().any(is_fatal));
    let proven = judged.filter(|_| !findings.iter().any(is_fatal));
    findings.sort_by_key(|finding| finding.rule.severity);
    (proven, findings)
}

/// Every finding on `files` whose key is elsewhere, as far as it can be made without: what istiod
/// would issue among it.
pub(super) fn judge_without_key(
    files: &CacertsFiles,
    circumstances: &Circumstances<'_>,
) -> Vec<Finding> {
    let (_, mut findings) = judge(files, circumstances);
    let is_of_key =
        |finding: &Finding| finding.rule == &INCOMPLETE_SET && finding.file == super::CA_KEY;
    findings.retain(|finding| !is_of_key(finding));
    if findings
        .iter()
        .any(|finding| finding.rule.severity.is_fatal())
    {
        return findings;
    }
    let mut judge = Judge::new(files.naming, circumstances);
    let certificates = |text: &Option<Vec<u8>>| {
        let text = text.as_deref().unwrap_or_default();
        Certificate::all_from_pem(text).unwrap_or_default()
    };
    let signing = certificates(&files.ca_cert);
    let chain = certificates(&files.cert_chain);
    let roots = certificates(&files.root_cert);
    if let Some(signing) = signing.first() {
        judge.workload_of_is_accepted(signing, &chain, &roots);
    }
    findings.extend(judge.findings);
    findings
}

struct Judge<'a> {
    circumstances: &'a Circumstances<'a>,
    naming: Naming,
    findings: Vec<Finding>,
    /// Certificates read so far: the same ones stand in several files.
    seen: Vec<Certificate>,
    /// Those of the path that are not valid now.
    invalid: Vec<Certificate>,
    signatures: Signatures,
}

impl<'a> Judge<'a> {
    fn new(naming: Naming, circumstances: &'a Circumstances<'a>) -> Self {
        Self {
            circumstances,
            naming,
            findings: Vec::new(),
            seen: Vec::new(),
            invalid: Vec::new(),
            signatures: Signatures::default(),
        }
    }
}

impl Judge<'_> {
    /// Looks at everything that can be looked at; `None` once that is too little to go on.
    fn files(&mut self, files: &CacertsFiles) -> Option<Proven> {
        if files.present().next().is_none() {
            self.has_no_file();
            return None;
        }
        self.is_complete(files);
        if !self.fits_a_secret(files) {
            return None;
        }
        let key = files.ca_key.as_deref().and_then(|text| self.key(text));
        let signing = files.ca_cert.as_deref();
        let signing = signing.and_then(|text| self.signing_certificate(text));
        let chain = self.chain(files);
        let roots = files.root_cert.as_deref();
        let roots = roots.and_then(|text| self.public_file(super::ROOT_CERT, text));

        let (signing, mut chain, roots) = (signing?, chain?, roots?);
        if self.naming == Naming::Tls {
            chain.extend_from_slice(&roots);
        }
        self.chain_starts_with(&signing, &chain, &roots);
        let path = self.path(&signing, &chain, &roots);
        self.anchors(&roots, path.as_deref().unwrap_or_default());
        let whole = path
            .as_deref()
            .and_then(|path| self.up_to_a_root(path, &chain, &roots));
        if let Some(whole) = &whole {
            self.standing(whole.certificates(), &roots);
            self.sent(whole.certificates(), &chain, &roots);
        }
        let authority = self.authority(signing, key?);
        let (path, authority) = (whole?, authority?);
        self.workload_is_accepted(&authority, &chain, &roots);
        if let Some(crl) = files.ca_crl.as_deref().filter(|crl| !crl.is_empty()) {
            if self.circumstances.version < IstioVersion::READS_CRL {
                self.crl_is_unread();
            } else {
                self.revocation(crl, &chain, path.certificates());
            }
        }
        Some(Proven {
            authority,
            chain,
            roots,
            path,
        })
    }

    fn find(
        &mut self,
        rule: &'static Rule,
        file: &'static str,
        fact: impl Into<String>,
        hint: impl Into<String>,
    ) -> &mut Finding {
        let (fact, hint) = (fact.into(), hint.into());
        let naming = self.naming;
        let finding = match naming {
            Naming::Pem => finding(rule, file, fact, hint),
            Naming::Tls => {
                let renamed = |text: String| {
                    let names = Naming::Pem.names().iter();
                    names.fold(text, |text, name| text.replace(name, naming.name_of(name)))
                };
                finding(rule, naming.name_of(file), renamed(fact), renamed(hint))
            }
        };
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn renew(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!("a new certificate: meshpki cluster-cacerts --renew {cluster}")
    }

    fn rekey(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!("a new key and certificate: meshpki cluster-cacerts --rekey {cluster}")
    }

    /// For a CA that the root has been asked for.
    fn accept(&self) -> String {
        let (cluster, request) = (self.circumstances.cluster, super::CA_CSR);
        format!("once the root has signed {request}: meshpki accept signed.tar {cluster}")
    }

    /// For a key that is not there, or is another's: to certify what is there would be no way out.
    fn key_back(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!(
            "put the right key back, or make a new one: meshpki cluster-cacerts --rekey {cluster}"
        )
    }

    /// For a fault of a CA above: the same CA would do no better.
    fn renew_under_another(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!("a new certificate under another CA: meshpki cluster-cacerts --renew {cluster}")
    }

    /// The way out where OpenSSL finds no path from `signing`, or from what it has issued.
    fn mend(&self, error: &VerifyError, signing: &Certificate) -> String {
        let cluster = self.circumstances.cluster;
        if error.is_of_names {
            format!(
                "other names (--san-dns, --trust-domain) or another CA above: meshpki cluster-cacerts --renew {cluster}"
            )
        } else if error.subject == signing.subject() {
            self.renew()
        } else {
            self.renew_under_another()
        }
    }

    fn has_no_file(&mut self) {
        let cluster = self.circumstances.cluster;
        let hint = format!("make them: meshpki cluster-cacerts {cluster}");
        let fact = "there is none of the files that istiod reads";
        self.find(&NO_FILES, "", fact, hint);
    }

    fn is_complete(&mut self, files: &CacertsFiles) {
        let set = [
            (super::CA_CERT, files.ca_cert.is_some()),
            (super::CA_KEY, files.ca_key.is_some()),
            (super::CERT_CHAIN, files.cert_chain.is_some()),
            (super::ROOT_CERT, files.root_cert.is_some()),
        ];
        for (file, _) in set.iter().filter(|(_, present)| !present) {
            let hint = if *file == super::CA_KEY {
                self.key_back()
            } else if self.circumstances.has_request && files.ca_cert.is_none() {
                self.accept()
            } else {
                self.renew()
            };
            let falls_back = self.circumstances.version < IstioVersion::READS_CRL
                && *file == super::CA_KEY
                && self.naming == Naming::Pem;
            let fact = if falls_back {
                "it is missing: istiod makes a CA of its own in silence"
            } else {
                "it is missing: istiod does not start with an incomplete set of files"
            };
            self.find(&INCOMPLETE_SET, file, fact, hint);
        }
    }

    fn fits_a_secret(&mut self, files: &CacertsFiles) -> bool {
        const MAX_SECRET_SIZE: usize = 1 << 20;

        let size: usize = files.present().map(|(_, contents)| contents.len()).sum();
        if size > MAX_SECRET_SIZE {
            self.find(
                &TOO_LARGE,
                super::ROOT_CERT,
                format!("the files have {size} octets, and a Secret holds {MAX_SECRET_SIZE}"),
                "drop the roots that are no longer in use: meshpki bundle remove CERT",
            );
        }
        size <= MAX_SECRET_SIZE
    }
}

fn finding(rule: &'static Rule, file: &'static str, fact: String, hint: String) -> Finding {
    Finding {
        rule,
        file,
        line: None,
        fact,
        assumption: None,
        hint,
    }
}
