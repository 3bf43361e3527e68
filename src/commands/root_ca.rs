//! `meshpki root-ca`.

use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::passphrase::{Passphrases, Source};
use super::{Outcome, Session, report};
use crate::config::{self, CaSettings};
use crate::console::Refusal;
use crate::input;
use crate::mesh::openssl_conf::RootConf;
use crate::mesh::record::{NewEntry, Record};
use crate::mesh::spiffe::TrustDomain;
use crate::mesh::{self, profile};
use crate::output::{NewFile, OutputDir, Recovery};
use crate::pki::authority::CertificateAuthority;
use crate::pki::certificate::{Certificate, CertificateSpec};
use crate::pki::key::{KeyError, KeySpec, PrivateKey};
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::request;
use crate::pki::validity::{Validity, date};

/// Make the root CA of a mesh: root-key.pem and root-cert.pem
///
/// Nothing is ever overwritten: where a root stands, another is refused. Beside it begins the
/// record of what it signs, root-issued.jsonl, with its own certificate: meshpki issued.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki root-ca                                  O=Istio, CN=Root CA, RSA 4096, ten years
  meshpki root-ca --org Acme --days 7300           with another name and lifetime
  meshpki root-ca --key-type p384 --trust-domain prod.example.com
  meshpki root-ca --encrypt-key                    ask for a passphrase for root-key.pem")]
pub struct RootCa {
    /// The organization (O) in its name [default: Istio]
    #[arg(long, value_name = "O", value_parser = config::parse_organization)]
    org: Option<String>,
    /// The common name (CN) in its name [default: Root CA]
    #[arg(long, value_name = "CN", value_parser = config::parse_common_name)]
    cn: Option<String>,
    /// The days until it expires [default: 3650]
    #[arg(long, value_parser = config::parse_days)]
    days: Option<u32>,
    /// rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]
    #[arg(long, value_name = "TYPE")]
    key_type: Option<KeySpec>,
    /// Write the SPIFFE ID of this trust domain into it
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
    /// Write root-ca.conf and root-cert.csr too, with which openssl makes the same root
    #[arg(long)]
    openssl_conf: bool,
    /// Encrypt root-key.pem with a passphrase
    #[arg(long)]
    encrypt_key: bool,
    /// Encrypt it with the passphrase in SOURCE: env:NAME, file:PATH, fd:N or stdin [default: it is
    /// asked for]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
    passout: Option<Source>,
}

impl RootCa {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let CaSettings {
            organization,
            common_name,
            days,
            key_type,
        } = session.config.root_ca()?;
        let encrypt_key = self.encrypt_key || session.config.encrypt_key().value;
        let organization = self.org.unwrap_or(organization.value);
        let common_name = self.cn.unwrap_or(common_name.value);
        let days = days.or_flag("--days", self.days);
        let key_type = self.key_type.unwrap_or(key_type.value);
        let trust_domain = session.config.trust_domain().value;
        let trust_domain = self.trust_domain.or(trust_domain);

        let subject = DistinguishedName::new([
            (Attribute::Organization, organization.as_str()),
            (Attribute::CommonName, common_name.as_str()),
        ])?;
        let validity = Validity::starting(session.now, profile::BACKDATING, days.value)
            .with_context(|| days.source.to_string())?;
        let days = days.value;
        let spec = profile::root_ca(subject, validity, trust_domain.as_ref());

        let mut wanted = vec![mesh::ROOT_KEY, mesh::ROOT_CERT, mesh::ROOT_ISSUED];
        if self.openssl_conf {
            wanted.extend([mesh::ROOT_CONF, mesh::ROOT_CSR]);
        }
        let is_encrypted = encrypt_key || self.passout.is_some();
        let mut passphrases = Passphrases::new(None, self.passout.as_ref(), session);
        let mut passphrase = None;
        let output = loop {
            let output = session.lock(Path::new("."))?;
            if let Some(completed) =
                completed(&output, &wanted, &spec, key_type, is_encrypted, days)
            {
                let report = report::certificate(&completed, &wanted);
                session.console.report(&format!("root CA\n{report}"))?;
                return Ok(Outcome::Done);
            }
            refuse_to_overwrite(&wanted)?;
            if !is_encrypted || passphrase.is_some() {
                break output;
            }
            // Nobody is kept waiting while somebody thinks of a passphrase.
            drop(output);
            passphrase = Some(passphrases.for_new(mesh::ROOT_KEY)?);
        };
        let key = PrivateKey::generate(key_type)?;
        let root =
            CertificateAuthority::self_signed(&spec, key).context("cannot make the root CA")?;

        let key_pem = match &passphrase {
            Some(passphrase) => Zeroizing::new(root.key().to_encrypted_pem(passphrase)?),
            None => root.key().to_pem()?,
        };
        let cert_pem = root.certificate().to_pem();
        let own = NewEntry {
            cluster: None,
            certificate: root.certificate().clone(),
            request: None,
        };
        let record = Record::default().lines_for(&[own], root.certificate(), session.now);
        // In this order: no certificate is in place, for however short, without its record.
        let mut files = vec![
            NewFile::private(mesh::ROOT_ISSUED, &record),
            NewFile::private(mesh::ROOT_KEY, key_pem.as_bytes()),
            NewFile::public(mesh::ROOT_CERT, cert_pem.as_bytes()),
        ];
        let (conf, csr);
        if self.openssl_conf {
            let root_conf = RootConf {
                organization: &organization,
                common_name: &common_name,
                days,
                key_type,
                trust_domain: trust_domain.as_ref(),
            };
            conf = root_conf.render().context("templates/root-ca.conf")?;
            csr = request::to_pem(&spec.subject, root.key())?;
            files.push(NewFile::public(mesh::ROOT_CONF, conf.as_bytes()));
            files.push(NewFile::public(mesh::ROOT_CSR, csr.as_bytes()));
        }
        let mut batch = output.batch()?;
        batch.new_files(&files)?;
        batch.commit_all()?;

        let report = report::certificate(root.certificate(), &wanted);
        session.console.report(&format!("root CA\n{report}"))?;
        Ok(Outcome::Done)
    }
}

/// The root that an interrupted run had half in place, if it is the one that is asked for: this run
/// has completed it, and is done.
fn completed(
    output: &OutputDir,
    wanted: &[&str],
    spec: &CertificateSpec,
    key_type: KeySpec,
    is_encrypted: bool,
    days: u32,
) -> Option<Certificate> {
    let is_root = |recovery: &Recovery| match recovery {
        Recovery::Completed(names) => {
            names.len() == wanted.len() && wanted.iter().all(|name| names.iter().any(|n| n == name))
        }
        Recovery::Removed(_) => false,
    };
    output
        .recovered()
        .iter()
        .find(|recovery| is_root(recovery))?;
    let text = input::read(Path::new(mesh::ROOT_CERT)).ok()?;
    let standing = Certificate::all_from_pem(&text).ok()?.pop()?;
    let key = PrivateKey::from_pem(&input::read(Path::new(mesh::ROOT_KEY)).ok()?);
    let has_subject = spec
        .subject
        .attributes()
        .all(|(attribute, value)| standing.subject_values(attribute) == [value]);
    let public_key = standing.public_key().ok()?;
    let has_key = public_key.kind().spec() == Some(key_type)
        && match key {
            Ok(key) => !is_encrypted && key.belongs_to(&public_key),
            Err(KeyError::Encrypted) => is_encrypted,
            Err(_) => false,
        };
    let has_length = profile::is_length(days, standing.validity().ok()?.length());
    let has_names = standing.subject_alt_names() == spec.subject_alt_names;
    (has_subject && has_key && has_length && has_names).then_some(standing)
}

/// A root key is worth more than any command: there is no way to overwrite one.
fn refuse_to_overwrite(wanted: &[&str]) -> Result<(), Refusal> {
    let is_there = |name: &&&str| Path::new(name).symlink_metadata().is_ok();
    let Some(standing) = wanted.iter().find(is_there) else {
        return Ok(());
    };
    if *standing == mesh::ROOT_ISSUED {
        return Err(Refusal::new(
            format_args!("{standing} is there already: the record of what another root has signed"),
            format!(
                "keep it with that root, and move it away: mv {standing} DIR; or work in another folder: mkdir DIR && meshpki -C DIR root-ca"
            ),
        ));
    }
    if ![mesh::ROOT_KEY, mesh::ROOT_CERT].contains(standing) {
        return Err(Refusal::new(
            format_args!("{standing} is there already"),
            format!("move it away: mv {standing} {standing}.old"),
        ));
    }
    Err(Refusal::new(
        format_args!(
            "{standing} is there already: {}",
            describe_standing(standing)
        ),
        "a mesh has one root; for another mesh, work in another folder: mkdir DIR && meshpki -C DIR root-ca",
    ))
}

fn describe_standing(standing: &str) -> String {
    let read = |name| input::read(Path::new(name)).ok();
    if standing == mesh::ROOT_KEY
        && let Err(error) = input::read(Path::new(standing))
    {
        return format!("{:#}", anyhow::Error::from(error));
    }
    let key = read(mesh::ROOT_KEY).map(|text: Zeroizing<Vec<u8>>| PrivateKey::from_pem(&text));
    let certificates = read(mesh::ROOT_CERT).and_then(|text| Certificate::all_from_pem(&text).ok());
    let key_kind = match key {
        Some(Ok(ref key)) => format!("an {} key", key.kind()),
        Some(Err(KeyError::Encrypted)) if standing == mesh::ROOT_KEY => {
            "an encrypted key".to_owned()
        }
        Some(Err(ref error)) if standing == mesh::ROOT_KEY => error.to_string(),
        _ => "a certificate".to_owned(),
    };
    let belongs = |certificate: &&Certificate| match &key {
        Some(Ok(key)) => certificate
            .public_key()
            .is_ok_and(|public| key.belongs_to(&public)),
        _ => true,
    };
    match certificates.iter().flatten().find(belongs) {
        Some(certificate) => format!(
            "{key_kind}, of {}, which expires on {}",
            certificate.subject(),
            date(certificate.not_after())
        ),
        None => format!("{key_kind}, and there is no certificate of it in root-cert.pem"),
    }
}
