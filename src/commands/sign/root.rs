//! The root that signs, looked at without its key, and once more with it.

use zeroize::Zeroizing;

use crate::commands::Session;
use crate::commands::cluster_cacerts::read_root_or;
use crate::commands::root_key::RootKey;
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::signing_root::{SigningRoot, SigningRootError};
use crate::pki::key::{KeyError, PrivateKey};

/// The root's files as they were read, and the root that they are of.
pub struct Root {
    pub signing: SigningRoot,
    /// root-cert.pem, octet for octet.
    pub certificates: Vec<u8>,
    /// root-key.pem, octet for octet.
    key: Zeroizing<Vec<u8>>,
}

impl Root {
    /// The passphrase is asked for only if without the key nobody can tell which root signs.
    pub fn look(root_key: &mut RootKey<'_>, session: &Session) -> anyhow::Result<Self> {
        let certificates = read_it(mesh::ROOT_CERT)?.to_vec();
        let key = read_it(mesh::ROOT_KEY)?;
        let mut signing = find(&certificates, root_key.read(&key), session)?;
        if signing.is_none() {
            root_key.unlock()?;
            signing = find(&certificates, root_key.read(&key), session)?;
        }
        let signing =
            signing.ok_or_else(|| refusal(&SigningRootError::from(KeyError::Encrypted)))?;
        Ok(Self {
            signing,
            certificates,
            key,
        })
    }

    /// Has the key decrypted, if it is encrypted.
    pub fn open(&mut self, root_key: &mut RootKey<'_>, session: &Session) -> anyhow::Result<()> {
        if self.signing.authority().is_err() {
            let key = root_key.open()?;
            let opened = find(&self.certificates, Ok(Some(key)), session)?;
            self.signing = opened.expect("with its key it is known");
        }
        Ok(())
    }

    /// Whether the files are still the same.
    pub fn stands(&self) -> anyhow::Result<bool> {
        Ok(*read_it(mesh::ROOT_CERT)? == self.certificates && read_it(mesh::ROOT_KEY)? == self.key)
    }
}

/// A file of the root's: whoever is asked to sign has one.
fn read_it(name: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    read_root_or(
        name,
        "the root is in another folder: work there, with -C DIR",
    )
}

fn find(
    certificates: &[u8],
    key: Result<Option<PrivateKey>, KeyError>,
    session: &Session,
) -> anyhow::Result<Option<SigningRoot>> {
    SigningRoot::find_of(certificates, key, session.now).map_err(|error| refusal(&error))
}

fn refusal(error: &SigningRootError) -> anyhow::Error {
    let fact = format_args!("the root cannot be used: {error}");
    Refusal::new(fact, error.hint()).into()
}
