//! What must hold of a cluster's files, each rule with its source.
//!
//! istiod is read at istio/istio 86c9f01 (August 2026). It is a Go program, and sees PEM as Go
//! does: a block whose lines are shared with other text is not there.

mod revocation;

use time::{Duration, OffsetDateTime};

use super::cacerts::CacertsFiles;
use super::profile;
use super::spiffe::TrustDomain;
use crate::escape;
use crate::pki::authority::{AuthorityError, CertificateAuthority};
use crate::pki::certificate::{Certificate, CertificateError, ExtendedKeyUsage, SubjectAltName};
use crate::pki::chain::{Purpose, TrustBundle, VerifyError};
use crate::pki::key::{KeyError, PrivateKey};
use crate::pki::pem::{self, Block};
use crate::pki::validity::{Validity, moment};

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

/// The labels of the private keys that istiod reads (istio security/pkg/pki/util/crypto.go).
const KEY_LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

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

/// The CA and the certificates of cert-chain.pem, if no rule is broken; else every finding.
pub(super) fn judge(
    files: &CacertsFiles,
    circumstances: &Circumstances<'_>,
) -> Result<(CertificateAuthority, Vec<Certificate>), Vec<Finding>> {
    let mut judge = Judge {
        circumstances,
        findings: Vec::new(),
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
}

impl Judge<'_> {
    /// Looks at everything that can be looked at; `None` once that is too little to go on.
    fn files(&mut self, files: &CacertsFiles) -> Option<(CertificateAuthority, Vec<Certificate>)> {
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
        Some((authority, chain))
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
                self.rekey()
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

    fn as_pkcs8(&self, act: &str) -> String {
        let key = format!("{}/{}", self.circumstances.cluster, super::CA_KEY);
        format!(
            "{act} as one PKCS#8 block: openssl pkey -in {key} -out {key}.new && mv {key}.new {key}"
        )
    }

    /// istiod reads the first block, whatever it is.
    fn key(&mut self, text: &[u8]) -> Option<PrivateKey> {
        let Some(first) = pem::blocks(text).into_iter().next() else {
            let hint = self.rekey();
            self.find(
                &CA_KEY_UNREADABLE,
                super::CA_KEY,
                "there is no private key in it",
                hint,
            );
            return None;
        };
        if !first.own_lines {
            self.shares_its_lines(super::CA_KEY, first.line);
            return None;
        }
        if !first.is_private_key() {
            let label = escape::text(&first.label);
            let fact = format!(
                "it begins with the block {label:?}: istiod reads the first block alone, and wants a private key there"
            );
            let hint = self.as_pkcs8("write the key");
            self.find(&CA_KEY_UNREADABLE, super::CA_KEY, fact, hint);
            return None;
        }
        let label = first.label.clone();
        match PrivateKey::from_block(first) {
            Ok(_) if !KEY_LABELS.contains(&label.as_str()) => {
                let label = escape::text(&label);
                let fact = format!(
                    "the private key is in the block {label:?}: istiod reads none of that name"
                );
                let hint = self.as_pkcs8("write it");
                self.find(&CA_KEY_UNREADABLE, super::CA_KEY, fact, hint);
                None
            }
            Ok(key) => Some(key),
            Err(KeyError::Encrypted) => {
                let fact = "the private key is encrypted: istiod cannot ask for a passphrase";
                let hint = self.as_pkcs8("decrypt it");
                self.find(&CA_KEY_UNREADABLE, super::CA_KEY, fact, hint);
                None
            }
            Err(error @ (KeyError::WeakRsa { .. } | KeyError::Unsupported(_))) => {
                let hint = self.rekey();
                self.find(&CA_KEY_KIND, super::CA_KEY, error.to_string(), hint);
                None
            }
            Err(error) => {
                let hint = self.rekey();
                self.find(&CA_KEY_UNREADABLE, super::CA_KEY, error.to_string(), hint);
                None
            }
        }
    }

    /// istiod reads the first block, and takes one label.
    fn signing_certificate(&mut self, text: &[u8]) -> Option<Certificate> {
        let first = pem::blocks(text).into_iter().next();
        let refusal = match first {
            None => "there is no certificate in it".to_owned(),
            Some(block) if !block.is_certificate() => format!(
                "it begins with a block {:?}: istiod reads the first block alone, and wants a CERTIFICATE there",
                escape::text(&block.label)
            ),
            Some(block) if !block.own_lines => {
                self.shares_its_lines(super::CA_CERT, block.line);
                return None;
            }
            Some(block) => match Certificate::from_block(&block) {
                Ok(certificate) => return Some(certificate),
                Err(error) => error.to_string(),
            },
        };
        let hint = self.renew();
        self.find(&UNREADABLE_BLOCK, super::CA_CERT, refusal, hint);
        None
    }

    /// The certificates of a file that is sent to others: every block of it has to be one.
    fn public_file(&mut self, file: &'static str, text: &[u8]) -> Option<Vec<Certificate>> {
        let blocks = pem::blocks(text);
        let found_before = self.findings.len();
        if blocks.is_empty() && !(file == super::CERT_CHAIN && text.is_empty()) {
            let hint = self.renew();
            self.find(
                &UNREADABLE_BLOCK,
                file,
                "there is no certificate in it",
                hint,
            );
        }
        let mut certificates = Vec::new();
        for block in &blocks {
            certificates.extend(self.public_block(file, block));
        }
        (self.findings.len() == found_before).then_some(certificates)
    }

    fn public_block(&mut self, file: &'static str, block: &Block) -> Option<Certificate> {
        match public_certificate(file, block) {
            Ok(certificate) => Some(certificate),
            Err(fault) => {
                self.block_fault(file, fault);
                None
            }
        }
    }

    fn block_fault(&mut self, file: &'static str, fault: BlockFault) {
        let hint = fault.hint.map_or_else(|| self.renew(), str::to_owned);
        self.find(fault.rule, file, fault.fact, hint);
    }

    fn shares_its_lines(&mut self, file: &'static str, line: usize) {
        self.find(
            &UNREADABLE_BLOCK,
            file,
            shared_lines(line),
            LINES_OF_THEIR_OWN,
        );
    }

    fn chain_starts_with(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let hint = self.renew();
        match chain.first() {
            Some(first) if first == signing => {}
            Some(first) => self.find(
                &CHAIN_START,
                super::CERT_CHAIN,
                format!(
                    "it begins with {}, and not with ca-cert.pem, {}: workloads could not prove whom they were signed by",
                    first.subject(),
                    signing.subject()
                ),
                hint,
            ),
            None if roots.contains(signing) => {}
            None => self.find(
                &CHAIN_START,
                super::CERT_CHAIN,
                "it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail",
                hint,
            ),
        }
    }

    /// The path from the signing certificate to an anchor, if there is one that holds now.
    fn path(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) -> Option<Vec<Certificate>> {
        let at = self.circumstances.at;
        let bundle = TrustBundle::new(roots.to_vec());
        let path = match bundle.verify(signing, chain, Purpose::Any, Some(at)) {
            Ok(verified) => verified.path().to_vec(),
            Err(now) => match bundle.verify(signing, chain, Purpose::Any, None) {
                Ok(verified) => {
                    self.not_valid_now(verified.path());
                    return None;
                }
                Err(ever) => {
                    let reason = if ever.reason == now.reason { now } else { ever };
                    let hint = self.mend(&reason, signing);
                    self.find(
                        &NO_PATH,
                        super::CERT_CHAIN,
                        format!("there is no path from ca-cert.pem to root-cert.pem: {reason}"),
                        hint,
                    );
                    return None;
                }
            },
        };
        let mut serve_tls = true;
        for certificate in &path {
            let file = file_of(certificate, signing, roots);
            serve_tls &= self.serves_tls(certificate, file, certificate == signing);
        }
        serve_tls.then_some(path)
    }

    /// Go takes anyExtendedKeyUsage for every purpose; what Envoy verifies with does not.
    fn serves_tls(
        &mut self,
        certificate: &Certificate,
        file: &'static str,
        is_signing: bool,
    ) -> bool {
        let allows = |purpose| certificate.allows_purpose(purpose);
        let (rule, purpose, effect) =
            if !allows(ExtendedKeyUsage::ServerAuth) && !allows(ExtendedKeyUsage::Any) {
                (&NO_SERVER_AUTH, "serverAuth", "istiod does not start")
            } else if !allows(ExtendedKeyUsage::ClientAuth) {
                let effect = "proxies refuse every client";
                (&NO_CLIENT_AUTH, "clientAuth", effect)
            } else {
                return true;
            };
        let fact = format!(
            "the extKeyUsage of {} lacks {purpose}: {effect}",
            certificate.subject()
        );
        let hint = if is_signing {
            self.renew()
        } else {
            self.renew_under_another()
        };
        self.find(rule, file, fact, hint);
        false
    }

    fn not_valid_now(&mut self, path: &[Certificate]) {
        let at = self.circumstances.at;
        let (Some(signing), Some(anchor)) = (path.first(), path.last()) else {
            return;
        };
        for certificate in path
            .iter()
            .filter(|certificate| !certificate.is_valid_at(at))
        {
            let period = if at > certificate.not_after() {
                format!("expired on {}", moment(certificate.not_after()))
            } else {
                format!("is not valid before {}", moment(certificate.not_before()))
            };
            let hint = if certificate == signing {
                self.renew()
            } else if certificate == anchor {
                "another root: meshpki bundle --help shows the way to it".to_owned()
            } else {
                let cluster = self.circumstances.cluster;
                format!(
                    "once the CA above has a new certificate: meshpki cluster-cacerts --renew {cluster}"
                )
            };
            self.find(
                &NOT_VALID_NOW,
                file_of(certificate, signing, std::slice::from_ref(anchor)),
                format!(
                    "{} {period}, and now is {}",
                    certificate.subject(),
                    moment(at)
                ),
                hint,
            );
        }
    }

    fn authority(&mut self, signing: Certificate, key: PrivateKey) -> Option<CertificateAuthority> {
        let subject = signing.subject();
        let error = match CertificateAuthority::new(signing, key) {
            Ok(authority) => return Some(authority),
            Err(error) => error,
        };
        let hint = self.renew();
        match error {
            AuthorityError::OtherKey => self.find(
                &KEY_MISMATCH,
                super::CA_KEY,
                format!("it is not the key of ca-cert.pem, {subject}"),
                hint,
            ),
            AuthorityError::NoKeyCertSign => {
                self.find(&NO_KEY_CERT_SIGN, super::CA_CERT, error.to_string(), hint);
            }
            AuthorityError::NotACa => {
                self.find(&NOT_A_CA, super::CA_CERT, error.to_string(), hint);
            }
            AuthorityError::Key(_) => {
                self.find(&CA_KEY_KIND, super::CA_CERT, error.to_string(), hint);
            }
        }
        None
    }

    /// Issues, in memory, what istiod would issue, and has OpenSSL judge it as Envoy would: this
    /// finds what no look at the CA alone does, such as a pathLenConstraint of 0 above it.
    fn workload_is_accepted(
        &mut self,
        authority: &CertificateAuthority,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let at = self.circumstances.at;
        let signing = authority.certificate();
        let (reason, hint) = match trial_workload(authority, self.circumstances) {
            Err(reason) => (reason, self.renew()),
            Ok(workload) => {
                let mut intermediates = vec![signing.clone()];
                intermediates.extend_from_slice(chain);
                let bundle = TrustBundle::new(roots.to_vec());
                match bundle.verify(&workload, &intermediates, Purpose::TlsPeer, Some(at)) {
                    Ok(_) => return,
                    // A workload has no subject.
                    Err(error) if error.subject.is_empty() => {
                        (error.reason.clone(), self.mend(&error, signing))
                    }
                    Err(error) => (error.to_string(), self.mend(&error, signing)),
                }
            }
        };
        let fact =
            format!("what istiod would issue with it is refused in every handshake: {reason}");
        self.find(&WORKLOAD_REFUSED, super::CA_CERT, fact, hint);
    }
}

/// What is wrong with a block of a file that istiod sends to others.
pub(super) struct BlockFault {
    rule: &'static Rule,
    pub fact: String,
    /// The way out, where it is in the file.
    pub hint: Option<&'static str>,
}

const LINES_OF_THEIR_OWN: &str =
    "give the BEGIN line and the END line a line of their own, without a byte order mark";

fn shared_lines(line: usize) -> String {
    format!(
        "the BEGIN or END line of the block on line {line} has other text or a byte order mark on it: istiod does not see such a block"
    )
}

fn key_leak(file: &str, line: usize) -> BlockFault {
    let readers = if file == super::CERT_CHAIN {
        "workload"
    } else {
        "namespace"
    };
    BlockFault {
        rule: &KEY_LEAK,
        fact: format!(
            "there is a private key on line {line}: istiod would send it to every {readers}"
        ),
        hint: Some("remove the block, and take the key for known to all who could read the file"),
    }
}

/// The certificate that `block` of cert-chain.pem or root-cert.pem has to be.
pub(super) fn public_certificate(file: &str, block: &Block) -> Result<Certificate, BlockFault> {
    let line = block.line;
    let unreadable = |fact, hint| BlockFault {
        rule: &UNREADABLE_BLOCK,
        fact,
        hint,
    };
    if block.is_private_key() {
        return Err(key_leak(file, line));
    }
    if !block.is_certificate() {
        let label = escape::text(&block.label);
        let fact = format!(
            "the block on line {line} is a {label:?}: istiod wants CERTIFICATE blocks, and nothing else"
        );
        return Err(unreadable(fact, None));
    }
    if !block.own_lines {
        return Err(unreadable(shared_lines(line), Some(LINES_OF_THEIR_OWN)));
    }
    Certificate::from_block(block).map_err(|error| {
        let fact = match error {
            CertificateError::Block { .. } => error.to_string(),
            error => format!("the block on line {line}: {error}"),
        };
        unreadable(fact, None)
    })
}

/// A workload's certificate as istiod would issue it, valid now; or why there can be none.
fn trial_workload(
    authority: &CertificateAuthority,
    circumstances: &Circumstances<'_>,
) -> Result<Certificate, String> {
    let ca = authority.certificate();
    let fitting = || {
        let begin = circumstances.at - profile::BACKDATING;
        let lifetime = Validity::new(begin, circumstances.at + Duration::days(1))?;
        lifetime.within(&ca.validity()?)
    };
    let validity = fitting().map_err(|error| error.to_string())?;
    let workload = trust_domain_of(ca, circumstances).workload("istio-system", "istiod");
    let dns_names = ca
        .subject_alt_names()
        .iter()
        .filter(|name| matches!(name, SubjectAltName::Dns(_)));
    let names = std::iter::once(&workload).chain(dns_names).cloned();
    let spec = profile::istiod_workload(validity, names.collect());
    let key = authority.key().public_key();
    let key = key.map_err(|error| error.to_string())?;
    authority
        .issue(&spec, &key)
        .map_err(|error| error.to_string())
}

fn trust_domain_of(ca: &Certificate, circumstances: &Circumstances<'_>) -> TrustDomain {
    let of_ca = || {
        ca.subject_alt_names().iter().find_map(|name| match name {
            SubjectAltName::Uri(uri) => uri.strip_prefix("spiffe://")?.parse().ok(),
            SubjectAltName::Dns(_) => None,
        })
    };
    circumstances
        .trust_domain
        .cloned()
        .or_else(of_ca)
        .unwrap_or_else(TrustDomain::istio_default)
}

fn file_of(
    certificate: &Certificate,
    signing: &Certificate,
    roots: &[Certificate],
) -> &'static str {
    if certificate == signing {
        super::CA_CERT
    } else if roots.contains(certificate) {
        super::ROOT_CERT
    } else {
        super::CERT_CHAIN
    }
}
