//! What a Secret of istiod's is in files: those of a cluster, or the root of a mesh.

mod form;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use self::form::Form;
use super::cacerts::{CacertsFiles, Naming};
use super::rules::{Circumstances, Finding};
use super::secrets::Secret;
use super::signing_root::{SigningRoot, SigningRootError};
use super::{ROOT_CERT, ROOT_KEY, TLS_CRT};
use crate::pki::certificate::{Certificate, CertificateError};
use crate::pki::pem;

/// The Secret in which istiod keeps the CA that it has made for itself, and its type (istio
/// security/pkg/pki/ca/ca.go, `CASecret` and `istioCASecretType`).
pub const SELF_SIGNED_SECRET: &str = "istio-ca-secret";
const SELF_SIGNED_TYPE: &str = "istio.io/ca-root";

/// The key of a `cacerts` that istiod has made for itself (istio security/pkg/pki/ca/ca.go,
/// `IstioGenerated`; with `USE_CACERTS_FOR_SELF_SIGNED_CA`).
const SELF_SIGNED_MARK: &str = "istio-generated";

/// The Secret that an operator gives istiod.
const PLUGGED_SECRET: &str = "cacerts";

/// A CA out of a Secret: a CA certificate with its key.
pub struct Imported {
    pub certificate: Certificate,
    pub files: Files,
    /// Whether istiod has made it for itself.
    pub is_made_by_istiod: bool,
    /// Keys of the Secret that are not taken, and why.
    pub left_out: Vec<LeftOut>,
}

/// The files by what they are for.
pub enum Files {
    /// What istiod signs with in one cluster.
    Cluster(CacertsFiles),
    /// What signs the CAs of clusters.
    Root {
        cert: Vec<u8>,
        key: Zeroizing<Vec<u8>>,
    },
}

impl Files {
    /// By their names, in the order of the names.
    pub fn present(&self) -> Vec<(&'static str, &[u8])> {
        match self {
            Self::Cluster(files) => files.present().collect(),
            Self::Root { cert, key } => vec![(ROOT_CERT, cert), (ROOT_KEY, key)],
        }
    }
}

/// Keys that stay behind.
#[derive(Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// istiod reads tls.crt and its like, where there are both forms.
    ByPrecedence(Vec<String>),
    /// root-cert.pem of a root that is not in it.
    OtherRoots(&'static str),
    /// istiod reads no such file.
    Unknown(Vec<String>),
}

/// Why there is no CA in a Secret, or none that may be written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("there is no CA certificate in it: {}", .0.as_deref().map_or_else(|| "it is empty".to_owned(), |keys| format!("it has {keys}")))]
    NoCa(Option<String>),
    #[error("there is no CA certificate in it: {0} is missing")]
    CertificateMissing(&'static str),
    #[error("there is no CA certificate in it: {file}: {source}")]
    NoCertificate {
        file: &'static str,
        source: CertificateError,
    },
    #[error("there is no CA certificate in it: {file} is the certificate of {subject}")]
    NotACa { file: &'static str, subject: String },
    #[error("there is no CA key in it: {0} is missing")]
    KeyMissing(&'static str),
    #[error("there is no CA key in it: {file}: {reason}")]
    NoKey { file: &'static str, reason: String },
    #[error(
        "{0}: the private key is encrypted: whether it is the certificate's cannot be told, and istiod could not read it"
    )]
    Encrypted(&'static str),
    #[error("{file}: the {key} is not the key of {subject}")]
    OtherKey {
        file: &'static str,
        key: String,
        subject: String,
    },
    #[error("{file}: there is a private key on line {line}, and {file} is public")]
    KeyLeak { file: &'static str, line: usize },
}

impl ImportError {
    /// Whether `secret` is none of istiod's, but a server's certificate or something else.
    pub fn is_of_no_ca(&self, secret: &Secret) -> bool {
        if [PLUGGED_SECRET, SELF_SIGNED_SECRET].contains(&secret.name.as_str()) {
            return false;
        }
        match self {
            Self::NoCa(_) => true,
            Self::NoCertificate { file, .. } | Self::NotACa { file, .. } => *file == TLS_CRT,
            _ => false,
        }
    }

    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoCa(_) | Self::NotACa { .. } => {
                "istiod's CA is in the Secret cacerts, or else in istio-ca-secret: kubectl get secret NAME -n istio-system -o yaml"
            }
            Self::CertificateMissing(_)
            | Self::NoCertificate { .. }
            | Self::KeyMissing(_)
            | Self::NoKey { .. } => {
                "give the whole Secret, as kubectl get secret -o yaml prints it: where keys are blacked out, none can be restored"
            }
            Self::Encrypted(_) => "decrypt the key first: openssl pkey -in KEY -out NEW.pem",
            Self::OtherKey { .. } => {
                "find the key that belongs to it: no file of this Secret is written"
            }
            Self::KeyLeak { .. } => {
                "istiod sends that file to others: take the key for known to them, and make a new CA"
            }
        }
    }
}

/// The CA in `secret`.
pub fn import(secret: &Secret) -> Result<Imported, ImportError> {
    let form = Form::of(secret)?;
    let certificate = form.certificate()?;
    let key = form.key(&certificate)?;
    for (file, text) in form.public() {
        if let Some(block) = pem::scan(text).find(pem::Block::is_private_key) {
            let line = block.line;
            return Err(ImportError::KeyLeak { file, line });
        }
    }
    let is_self_signed = certificate.is_self_issued() && certificate.is_issued_by(&certificate);
    let is_made_by_istiod = is_self_signed && has_istiods_mark(secret);
    let mut left_out = left_out(secret, &form);
    let is_root = is_made_by_istiod
        || is_self_signed
            && secret.name.as_str() != PLUGGED_SECRET
            && form.chain().is_none_or(<[u8]>::is_empty);
    let files = if is_root {
        let is_in = |roots: &&[u8]| {
            Certificate::all_from_pem(roots).is_ok_and(|roots| roots.contains(&certificate))
        };
        let roots = form.roots().filter(|roots| !roots.is_empty());
        if roots.is_some_and(|roots| !is_in(&roots)) {
            left_out.push(LeftOut::OtherRoots(form.file(ROOT_CERT)));
        }
        Files::Root {
            cert: roots.filter(is_in).unwrap_or(form.ca_cert()).to_vec(),
            key,
        }
    } else {
        Files::Cluster(form.into_cacerts(&certificate, key))
    };
    Ok(Imported {
        certificate,
        files,
        is_made_by_istiod,
        left_out,
    })
}

fn has_istiods_mark(secret: &Secret) -> bool {
    secret.name.as_str() == SELF_SIGNED_SECRET
        || secret.secret_type.as_deref() == Some(SELF_SIGNED_TYPE)
        || secret.get(SELF_SIGNED_MARK).is_some()
}

fn left_out(secret: &Secret, form: &Form) -> Vec<LeftOut> {
    let mut by_precedence = Vec::new();
    let mut unknown = Vec::new();
    for key in secret.filled_keys().filter(|key| *key != SELF_SIGNED_MARK) {
        if form.naming().names().contains(&key) {
            continue;
        }
        if form.naming() == Naming::Tls && Naming::Pem.names().contains(&key) {
            by_precedence.push(key.to_owned());
        } else {
            unknown.push(key.to_owned());
        }
    }
    let mut left_out = Vec::new();
    if !by_precedence.is_empty() {
        left_out.push(LeftOut::ByPrecedence(by_precedence));
    }
    if !unknown.is_empty() {
        left_out.push(LeftOut::Unknown(unknown));
    }
    left_out
}

/// What is wrong with an imported CA.
pub enum Fault {
    /// A rule of istiod's is broken.
    Rule(Finding),
    /// It can sign no CA of a cluster.
    Root(SigningRootError),
}

impl Imported {
    /// What istiod, or `cluster-cacerts`, would say of it.
    pub fn faults(&self, circumstances: &Circumstances<'_>) -> Vec<Fault> {
        match &self.files {
            Files::Cluster(files) => {
                let findings = files.findings(circumstances).into_iter();
                let fatal = findings.filter(|finding| finding.rule.severity.is_fatal());
                fatal.map(Fault::Rule).collect()
            }
            Files::Root { cert, key } => root_fault(cert, key, circumstances.at),
        }
    }
}

fn root_fault(cert: &[u8], key: &[u8], at: OffsetDateTime) -> Vec<Fault> {
    let root = SigningRoot::find(cert, key, at);
    root.err().map(Fault::Root).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{CA_CERT, CA_CRL, CA_CRT, CA_KEY, CERT_CHAIN, TLS_KEY};
    use super::*;
    use crate::mesh::profile;
    use crate::mesh::secrets;
    use crate::mesh::spiffe::TrustDomain;
    use crate::pki::authority::CertificateAuthority;
    use crate::pki::key::{KeySpec, PrivateKey};
    use crate::pki::name::{Attribute, DistinguishedName};
    use crate::pki::validity::Validity;
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    /// Values that a Secret may have under any key.
    static VALUES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let name = |name| DistinguishedName::new([(Attribute::CommonName, name)]).unwrap();
        let validity = Validity::starting(NOW, Duration::ZERO, 1).unwrap();
        let [root, cluster, workload] =
            [(); 3].map(|()| PrivateKey::generate(KeySpec::EcdsaP256).unwrap());
        let [root_pem, cluster_pem] =
            [&root, &cluster].map(|key| key.to_pem().unwrap().to_string());
        let cluster_public = cluster.public_key().unwrap();
        let spec = profile::root_ca(name("root"), validity, None);
        let root = CertificateAuthority::self_signed(&spec, root).unwrap();
        let spec = profile::cluster_ca(name("cluster"), validity, Vec::new());
        let below = root.issue(&spec, &cluster_public).unwrap();
        let id = TrustDomain::istio_default().workload("a", "b");
        let spec = profile::istiod_workload(validity, vec![id]);
        let leaf = root.issue(&spec, &workload.public_key().unwrap()).unwrap();
        let [root, below, leaf] = [root.certificate(), &below, &leaf].map(Certificate::to_pem);
        vec![
            format!("{below}{root}"),
            format!("{below}{cluster_pem}"),
            root,
            below,
            leaf,
            root_pem,
            cluster_pem,
            String::new(),
            "text".to_owned(),
        ]
    });

    /// A Secret with some values under some keys.
    fn some_secret() -> impl Strategy<Value = String> {
        const KEYS: [&str; 9] = [
            CA_CERT,
            CA_KEY,
            CERT_CHAIN,
            ROOT_CERT,
            CA_CRL,
            TLS_CRT,
            TLS_KEY,
            CA_CRT,
            SELF_SIGNED_MARK,
        ];
        let values = prop::collection::btree_map(
            prop::sample::select(&KEYS[..]),
            prop::sample::select(VALUES.as_slice()),
            4..9,
        );
        let names = prop::sample::select(vec![PLUGGED_SECRET, SELF_SIGNED_SECRET, "other"]);
        (names, values).prop_map(|(name, values)| {
            let secret = serde_json::json!({
                "kind": "Secret",
                "metadata": {"name": name},
                "stringData": values,
            });
            secret.to_string()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn whatever_is_imported_is_a_ca_with_its_key_and_leaks_none(secret in some_secret()) {
            let mut found = secrets::find(&secret).unwrap().unwrap();
            let Ok(imported) = import(&found.secrets.remove(0).unwrap()) else { return Ok(()) };
            prop_assert!(imported.certificate.is_ca());
            for (name, contents) in imported.files.present() {
                let has_key = pem::scan(contents).any(|block| block.is_private_key());
                prop_assert_eq!(has_key, [CA_KEY, ROOT_KEY].contains(&name), "{}", name);
            }
            match &imported.files {
                Files::Root { cert, key } => {
                    prop_assert!(imported.certificate.is_self_issued());
                    prop_assert!(SigningRoot::find(cert, key, NOW).is_ok());
                }
                Files::Cluster(files) => {
                    let signing = files.ca_cert.as_deref().unwrap();
                    let signing = Certificate::all_from_pem(signing).unwrap().remove(0);
                    let key = PrivateKey::from_pem(files.ca_key.as_deref().unwrap()).unwrap();
                    prop_assert!(key.belongs_to(&signing.public_key().unwrap()));
                    prop_assert_eq!(signing, imported.certificate);
                }
            }
        }
    }
}
