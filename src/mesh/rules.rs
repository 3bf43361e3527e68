//! What must hold of a cluster's files, each rule with its source.
//!
//! istiod is read at istio/istio 86c9f01 (August 2026). It is a Go program, and sees PEM as Go
//! does: a block whose lines are shared with other text is not there.

mod path;
mod reading;
mod revocation;

use time::OffsetDateTime;

use super::cacerts::CacertsFiles;
use super::spiffe::TrustDomain;
use crate::pki::authority::CertificateAuthority;
use crate::pki::certificate::Certificate;
use crate::pki::chain::VerifyError;
pub(super) use path::verify_workload;
pub(super) use reading::{BlockFault, public_certificate};

/// A rule, by a name that stays the same, and where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: &'static str,
    pub source: &'static str,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $source:literal;)*) => {
        $($(#[$doc])* pub const $name: Rule = Rule { id: $id, source: $source };)*
    };
}

rules! {
    /// ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem are all there.
    INCOMPLETE_SET = "incomplete-set", "istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundle";
    /// Every PEM block can be read, and Go sees it.
    UNREADABLE_BLOCK = "unreadable-block", "istio security/pkg/pki/util/crypto.go; Go encoding/pem";
    /// cert-chain.pem goes to every workload, root-cert.pem and ca-crl.pem to every namespace.
    KEY_LEAK = "key-leak", "istio security/pkg/pki/util/crypto.go, PemCertBytestoString";
    /// ca-key.pem begins with a private key that istiod can read.
    CA_KEY_UNREADABLE = "ca-key-unreadable", "istio security/pkg/pki/util/crypto.go, ParsePemEncodedKey";
    /// The key is of a kind that istiod, Envoy and ztunnel all take.
    CA_KEY_KIND = "ca-key-kind", "istio security/pkg/pki/util/crypto.go; rustls-webpki";
    /// The key belongs to the certificate.
    KEY_MISMATCH = "key-mismatch", "istio security/pkg/pki/util/keycertbundle.go, Verify";
    /// The certificate is a CA's.
    NOT_A_CA = "not-a-ca", "RFC 5280 §4.2.1.9; istio security/pkg/pki/ca/ca.go";
    /// The CA may sign certificates.
    NO_KEY_CERT_SIGN = "no-key-cert-sign", "RFC 5280 §4.2.1.3";
    /// cert-chain.pem begins with ca-cert.pem.
    CHAIN_START = "chain-start", "istio security/pkg/server/ca/server.go; security/pkg/pki/ca/ca.go, minTTL";
    /// There is a path from ca-cert.pem by way of cert-chain.pem to root-cert.pem.
    NO_PATH = "no-path", "istio security/pkg/pki/util/keycertbundle.go, Verify; RFC 5280 §6.1";
    /// Every certificate of the path is valid now.
    NOT_VALID_NOW = "not-valid-now", "RFC 5280 §6.1.3 (a)(2)";
    /// No extKeyUsage on the path lacks serverAuth.
    NO_SERVER_AUTH = "no-server-auth", "Go crypto/x509, Certificate.Verify: KeyUsages";
    /// No extKeyUsage on the path lacks clientAuth.
    NO_CLIENT_AUTH = "no-client-auth", "Envoy source/common/tls/cert_validator/default_validator.cc: ssl_client; RFC 5280 §4.2.1.12";
    /// A workload's certificate under this CA is good for a TLS server.
    WORKLOAD_REFUSED = "workload-refused", "RFC 5280 §6.1; X509-SVID §5";
    /// Every CA of the path has a CRL in ca-crl.pem, if there is that file.
    CRL_MISSING = "crl-missing", "istio security/pkg/pki/util/keycertbundle.go, Verify";
    /// Every CA of the path has a CRL that is current.
    CRL_NOT_CURRENT = "crl-not-current", "RFC 5280 §6.3.3; Envoy and OpenSSL: errors 11 and 12";
    /// No certificate of the path is revoked.
    REVOKED = "revoked", "RFC 5280 §6.3.3";
    /// A Secret holds at most one mebibyte.
    TOO_LARGE = "too-large", "Kubernetes core/v1, MaxSecretSize";
}

/// A rule that is broken.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    /// The file that breaks it.
    pub file: &'static str,
    /// What is there, and what it does to the mesh.
    pub fact: String,
    /// The way out.
    pub hint: String,
}

/// What the files are judged by, besides themselves.
pub struct Circumstances<'a> {
    pub at: OffsetDateTime,
    /// The cluster's name, for the commands in hints.
    pub cluster: &'a str,
    /// The trust domain of the workloads; without one, the CA's own or Istio's default.
    pub trust_domain: Option<&'a TrustDomain>,
}

/// What is in files of which every rule holds.
pub(super) struct Proven {
    pub authority: CertificateAuthority,
    /// The certificates of cert-chain.pem.
    pub chain: Vec<Certificate>,
    /// The certificates of root-cert.pem.
    pub roots: Vec<Certificate>,
    /// From the CA to one of the roots.
    pub path: Vec<Certificate>,
}

/// What is in the files, if no rule is broken; else every finding.
pub(super) fn judge(
    files: &CacertsFiles,
    circumstances: &Circumstances<'_>,
) -> Result<Proven, Vec<Finding>> {
    let mut judge = Judge {
        circumstances,
        findings: Vec::new(),
        seen: Vec::new(),
    };
    let judged = judge.files(files);
    match judged {
        Some(proven) if judge.findings.is_empty() => Ok(proven),
        _ => Err(judge.findings),
    }
}

struct Judge<'a> {
    circumstances: &'a Circumstances<'a>,
    findings: Vec<Finding>,
    /// Certificates read so far: the same ones stand in several files.
    seen: Vec<Certificate>,
}

impl Judge<'_> {
    /// Looks at everything that can be looked at; `None` once that is too little to go on.
    fn files(&mut self, files: &CacertsFiles) -> Option<Proven> {
        self.is_complete(files);
        self.fits_a_secret(files);
        let key = files.ca_key.as_deref().and_then(|text| self.key(text));
        let signing = files.ca_cert.as_deref();
        let signing = signing.and_then(|text| self.signing_certificate(text));
        let chain = files.cert_chain.as_deref();
        let chain = chain.and_then(|text| self.public_file(super::CERT_CHAIN, text));
        let roots = files.root_cert.as_deref();
        let roots = roots.and_then(|text| self.public_file(super::ROOT_CERT, text));

        let (signing, chain, roots) = (signing?, chain?, roots?);
        self.chain_starts_with(&signing, &chain, &roots);
        let path = self.path(&signing, &chain, &roots);
        let authority = self.authority(signing, key?);
        let (path, authority) = (path?, authority?);
        self.workload_is_accepted(&authority, &chain, &roots);
        if let Some(crl) = files.ca_crl.as_deref().filter(|crl| !crl.is_empty()) {
            self.revocation(crl, &chain, &path);
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
    ) {
        self.findings.push(Finding {
            rule,
            file,
            fact: fact.into(),
            hint: hint.into(),
        });
    }

    fn renew(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!("a new certificate: meshpki cluster-cacerts --renew {cluster}")
    }

    fn rekey(&self) -> String {
        let cluster = self.circumstances.cluster;
        format!("a new key and certificate: meshpki cluster-cacerts --rekey {cluster}")
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
            } else {
                self.renew()
            };
            self.find(
                &INCOMPLETE_SET,
                file,
                "it is missing: istiod does not start with an incomplete set of files",
                hint,
            );
        }
    }

    fn fits_a_secret(&mut self, files: &CacertsFiles) {
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
    }
}
