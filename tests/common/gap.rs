//! What comes back across the gap: certificates and archives as the root's side makes them.

use meshpki::mesh::archive::{Signed, SignedCertificate};
use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::certificate::Certificate;
use meshpki::pki::digest::Sha256;
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::Validity;
use time::{Date, Month};

use super::{Run, Workspace};

/// A CA, on the other side of the gap.
pub struct Ca(CertificateAuthority);

fn name(common_name: &str, locality: Option<&str>) -> DistinguishedName {
    let organization = (Attribute::Organization, "Istio");
    let locality = locality.map(|locality| (Attribute::Locality, locality));
    let name = [organization, (Attribute::CommonName, common_name)];
    DistinguishedName::new(name.into_iter().chain(locality)).unwrap()
}

/// From the first day of the one year to that of the other.
fn years(begin: i32, end: i32) -> Validity {
    let first = |year| Date::from_calendar_date(year, Month::January, 1).unwrap();
    let [begin, end] = [begin, end].map(|year| first(year).midnight().assume_utc());
    Validity::new(begin, end).unwrap()
}

impl Ca {
    pub fn root(common_name: &str) -> Self {
        let spec = profile::root_ca(name(common_name, None), years(2019, 2099), None);
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        Self(CertificateAuthority::self_signed(&spec, key).unwrap())
    }

    /// A CA below this one, which may have others below it.
    pub fn below(&self, common_name: &str) -> Self {
        let spec = profile::root_ca(name(common_name, None), years(2019, 2098), None);
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let certificate = self.0.issue(&spec, &key.public_key().unwrap()).unwrap();
        Self(CertificateAuthority::new(certificate, key).unwrap())
    }

    pub fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }

    /// Its key and certificate, for other programs: NAME.key and NAME.pem.
    pub fn write(&self, workspace: &Workspace, name: &str) {
        let key = self.0.key().to_pem().unwrap();
        workspace.write(format!("{name}.key"), key.as_bytes());
        workspace.write(format!("{name}.pem"), self.certificate().to_pem());
    }

    pub fn fingerprint(&self) -> String {
        self.certificate().sha256_fingerprint()
    }

    /// The certificate of `cluster`, for the key in its file `key`, from the year `begin` on.
    pub fn certify(
        &self,
        workspace: &Workspace,
        cluster: &str,
        key: &str,
        begin: i32,
    ) -> Certificate {
        let key = workspace.read(format!("{cluster}/{key}"));
        let key = PrivateKey::from_pem(&key).unwrap().public_key().unwrap();
        let subject = name("Intermediate CA", Some(cluster));
        let spec = profile::cluster_ca(subject, years(begin, 2090), Vec::new());
        self.0.issue(&spec, &key).unwrap()
    }
}

/// The archive with the `chains` of clusters, and these `roots`.
pub fn archive(chains: &[(&str, &[&Certificate])], roots: &[&Ca]) -> Vec<u8> {
    let signed = chains.iter().map(|(cluster, chain)| SignedCertificate {
        cluster: cluster.parse().unwrap(),
        chain: chain
            .iter()
            .map(|&certificate| certificate.clone())
            .collect(),
    });
    let roots = roots.iter().map(|root| root.certificate().to_pem());
    let roots = roots.collect::<String>().into_bytes();
    let signed = Signed::new(signed.collect(), roots, None).unwrap();
    signed.pack().0
}

/// The SHA-256 of the manifest of an archive.
pub fn manifest(archive: &[u8]) -> Sha256 {
    Signed::read(archive).unwrap().1
}

/// What is printed of an archive of certificates, and of its manifest.
pub fn told(file: &str, clusters: &str, archive: &[u8]) -> String {
    let groups = manifest(archive).groups();
    let (first, second) = groups.split_at(groups.len() / 2);
    let (first, second) = (first.trim_end(), second.trim_start());
    format!(
        "{file}\n  clusters     {clusters}\n  manifest     SHA-256 {first}\n                       {second}\n"
    )
}

/// `meshpki request`, with keys that are quickly made.
pub fn run_request(workspace: &Workspace, arguments: &[&str]) -> Run {
    let command = ["request", "--key-type", "p256"];
    workspace.meshpki(command.iter().chain(arguments))
}

/// As [`run_request`], which has to succeed.
pub fn request(workspace: &Workspace, arguments: &[&str]) {
    run_request(workspace, arguments).succeeds();
}

/// A folder in which the clusters `names` have asked for their CAs.
pub fn with_requests(names: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    request(&workspace, names);
    workspace
}

/// signed.tar, in which `root` answers what the clusters `names` ask for with their present keys.
pub fn answer(workspace: &Workspace, root: &Ca, names: &[&str], begin: i32) -> Vec<u8> {
    let certificates = names
        .iter()
        .map(|name| (*name, root.certify(workspace, name, "ca-key.pem", begin)));
    let certificates: Vec<_> = certificates.collect();
    let chains: Vec<_> = certificates
        .iter()
        .map(|(name, certificate)| (*name, [certificate, root.certificate()]))
        .collect();
    let chains: Vec<_> = chains
        .iter()
        .map(|(name, chain)| (*name, chain.as_slice()))
        .collect();
    let octets = archive(&chains, &[root]);
    workspace.write("signed.tar", &octets);
    octets
}
