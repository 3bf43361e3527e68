//! `meshpki bundle`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::passphrase::Source;
use super::root_key::RootKey;
use super::{Outcome, Session};
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::root_bundle::{self, Removed};
use crate::output::NewFile;
use crate::pki::certificate::{Certificate, CertificateError};
use crate::pki::find::Shape;
use crate::pki::validity::date;

/// Add a root to root-cert.pem, or remove one, to walk from one root to the next
#[derive(Args)]
#[command(before_help = "\
Examples, from root A to root B; after each step every cluster's Secret is applied again:
  mkdir a && cp -p root-key.pem root-cert.pem a/   keep A
  meshpki bundle add b/root-cert.pem               1. trust both ...
  meshpki cluster-cacerts --roots-only cluster1    ... in every cluster
  cp -p b/root-key.pem root-key.pem                2. sign with B
  meshpki cluster-cacerts --renew cluster1
  meshpki bundle remove a/root-cert.pem            3. trust B alone
  meshpki cluster-cacerts --roots-only cluster1")]
pub struct Bundle {
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand)]
enum Change {
    /// Append the roots in CERT to root-cert.pem
    #[command(before_help = "\
Examples:
  meshpki bundle add ../b/root-cert.pem
  vault read -field=certificate pki/cert/ca | meshpki bundle add -
  meshpki -C mesh bundle add ../new/root-cert.pem")]
    Add {
        /// A file in PEM or DER, or - for stdin
        cert: PathBuf,
    },
    /// Remove the roots in CERT from root-cert.pem
    #[command(before_help = "\
Examples:
  meshpki bundle remove ../a/root-cert.pem
  openssl x509 -in old.pem | meshpki bundle remove -
  meshpki -C mesh bundle remove ../old/root-cert.pem")]
    Remove {
        /// A file in PEM or DER, or - for stdin
        cert: PathBuf,
        /// Where root-key.pem's passphrase is, if which root it signs with has to be known:
        /// env:NAME, file:PATH, fd:N or stdin [default: it is asked for]
        #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
        passin: Option<Source>,
    },
}

impl Bundle {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let (Change::Add { cert: path } | Change::Remove { cert: path, .. }) = &self.change;
        let name = input::name(path);
        let certificates = certificates(&input::read_or_stdin(path)?).map_err(|error| {
            Refusal::new(
                format_args!("{name}: {error}"),
                "name a file with a CA certificate in it, in PEM or DER",
            )
        })?;

        let passin = match &self.change {
            Change::Remove { passin, .. } => passin.as_ref(),
            Change::Add { .. } => None,
        };
        let mut root_key = RootKey::to_sign_with(passin, session);
        let (output, bundle, changed) = loop {
            let output = session.lock(Path::new("."))?;
            let bundle = read_bundle()?;
            let changed = match &self.change {
                Change::Add { .. } => Some(add(&bundle, &certificates, session)?),
                Change::Remove { .. } => remove(&bundle, &certificates, &mut root_key, session)?,
            };
            if let Some(changed) = changed {
                break (output, bundle, changed);
            }
            drop(output);
            root_key.unlock()?;
        };
        let roots = readable(&changed)?;
        if changed != *bundle {
            let mut batch = output.batch()?;
            batch.replace_file(mesh::ROOT_CERT, &NewFile::public(mesh::ROOT_CERT, &changed))?;
            batch.commit_all()?;
        }
        let mut report = String::from("root-cert.pem\n");
        for root in roots {
            let (subject, expires) = (root.subject(), date(root.not_after()));
            report += &format!("  {subject}, expires {expires}\n");
        }
        session.console.report(&report)?;
        Ok(Outcome::Done)
    }
}

/// The certificates in PEM text, or the one that `octets` is in DER.
fn certificates(octets: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    if Shape::of(octets) == Shape::Certificate {
        Certificate::from_der(octets).map(|certificate| vec![certificate])
    } else {
        Certificate::all_from_pem(octets)
    }
}

/// root-cert.pem, which istiod can read.
fn read_bundle() -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let path = Path::new(mesh::ROOT_CERT);
    let bundle = input::read(path).map_err(|error| {
        if error.is_not_found() {
            let hint = "make a root first: meshpki root-ca";
            Refusal::new("there is no root-cert.pem", hint).into()
        } else {
            anyhow::Error::from(error)
        }
    })?;
    if path.is_symlink() {
        return Err(Refusal::new(
            "root-cert.pem is a symbolic link: the change would put a file in its place",
            "work in the folder of the file that it points to: meshpki -C DIR bundle",
        )
        .into());
    }
    readable(&bundle)?;
    Ok(bundle)
}

fn readable(bundle: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    root_bundle::certificates(bundle).map_err(|error| Refusal::new(&error, error.hint))
}

fn add(bundle: &[u8], roots: &[Certificate], session: &Session) -> anyhow::Result<Vec<u8>> {
    let mut standing = Certificate::all_from_pem(bundle)?;
    let mut changed = bundle.to_vec();
    for root in roots {
        let subject = root.subject();
        if !root.is_ca() {
            return Err(Refusal::new(
                format_args!("{subject} is not a CA certificate"),
                "a trust anchor has basicConstraints CA:TRUE",
            )
            .into());
        }
        if !root.is_valid_at(session.now) {
            let (from, until) = (date(root.not_before()), date(root.not_after()));
            let console = session.console;
            console.warning(format_args!(
                "{subject} is valid from {from} to {until}, and not now"
            ));
        }
        if !root.is_self_issued() {
            let issuer = root.issuer();
            session.console.warning(format_args!(
                "{subject} is no root, but issued by {issuer}: the mesh will trust all that it has issued"
            ));
        }
        if standing.contains(root) {
            session
                .console
                .note(format_args!("{subject} is in root-cert.pem already"));
        } else {
            changed = root_bundle::with(&changed, root);
            standing.push(root.clone());
        }
    }
    Ok(changed)
}

/// `None` if it has to be known which root signs, and the key is encrypted.
fn remove(
    bundle: &[u8],
    roots: &[Certificate],
    root_key: &mut RootKey<'_>,
    session: &Session,
) -> anyhow::Result<Option<Vec<u8>>> {
    let key = match input::read(Path::new(mesh::ROOT_KEY)) {
        Err(error) if error.is_not_found() => None,
        text => match root_key.read(&text?) {
            Ok(None) if takes_a_key(bundle, roots)? => return Ok(None),
            Ok(key) => key,
            Err(error) => {
                session.console.warning(format_args!(
                    "root-key.pem: {error}: which root it signs with is not known"
                ));
                None
            }
        },
    };
    let signs = |root: &Certificate| {
        let public_key = root.public_key();
        key.as_ref()
            .zip(public_key.ok())
            .is_some_and(|(key, public_key)| key.belongs_to(&public_key))
    };
    let stays = |root: &&Certificate| !roots.contains(root);
    let standing = Certificate::all_from_pem(bundle)?;
    let can_sign_after = standing.iter().filter(stays).any(signs);
    let mut changed = bundle.to_vec();
    for root in roots {
        let subject = root.subject();
        if standing.contains(root) && signs(root) && !can_sign_after {
            return Err(Refusal::new(
                format_args!("{subject} is the root that root-key.pem signs with"),
                "put the key of the root that is to stay in the place of root-key.pem first",
            )
            .into());
        }
        match root_bundle::without(&changed, root) {
            Removed::Absent => {
                session
                    .console
                    .note(format_args!("{subject} is not in root-cert.pem"));
            }
            Removed::All => {
                return Err(Refusal::new(
                    format_args!("{subject} is the only root in root-cert.pem"),
                    "add its successor first: meshpki bundle add CERT",
                )
                .into());
            }
            Removed::Leaving(text) => changed = text,
        }
    }
    if !root_bundle::is_contiguous(&changed, bundle) {
        session.console.warning(
            "what is left stood apart before: Istio 1.20 to 1.29 takes the change after a restart of istiod alone",
        );
    }
    Ok(Some(changed))
}

/// Whether without `roots` some remain in `bundle`, and one of those that go has a key that none of
/// these has: it may be the one that signs.
fn takes_a_key(bundle: &[u8], roots: &[Certificate]) -> anyhow::Result<bool> {
    let standing = Certificate::all_from_pem(bundle)?;
    let (going, staying): (Vec<_>, Vec<_>) = standing.iter().partition(|root| roots.contains(root));
    let has_key_of = |going: &Certificate| {
        let key = going.public_key().ok();
        let keys = staying.iter().map(|root| root.public_key().ok());
        keys.into_iter().any(|staying| staying == key)
    };
    Ok(!staying.is_empty() && !going.into_iter().all(has_key_of))
}
