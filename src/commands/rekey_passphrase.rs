//! `meshpki rekey-passphrase`.

use std::path::Path;

use clap::Args;
use zeroize::Zeroizing;

use super::passphrase::{Passphrases, Source};
use super::root_key::{self, RootKey};
use super::{Outcome, Session};
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::output::{NewFile, OutputDir};
use crate::pki::key::PrivateKey;
use crate::pki::pem;

/// Change, set or remove the passphrase of root-key.pem
///
/// The key stays the same, and so does every certificate. What the file held before is not kept.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki rekey-passphrase                       ask for both passphrases
  meshpki rekey-passphrase --passin file:old --passout file:new
  meshpki rekey-passphrase --decrypt             whoever reads the file has the key")]
pub struct RekeyPassphrase {
    /// Where the present passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
    passin: Option<Source>,
    /// Where the new passphrase is; in the file of --passin, it is the second line
    #[arg(long, value_name = "SOURCE", value_parser = Source::parser())]
    passout: Option<Source>,
    /// Write the key unencrypted
    #[arg(long, conflicts_with = "passout")]
    decrypt: bool,
}

impl RekeyPassphrase {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let passphrases = Passphrases::new(self.passin.as_ref(), self.passout.as_ref(), session);
        let mut root_key = RootKey::new(passphrases, session);
        // Nobody is kept waiting while somebody thinks of a passphrase.
        drop(session.lock(Path::new("."))?);
        let before = read()?;
        let key = match root_key.read(&before) {
            Ok(Some(_)) if self.decrypt => {
                let report = format!("{}: not encrypted\n", mesh::ROOT_KEY);
                session.console.report(&report)?;
                return Ok(Outcome::Done);
            }
            Ok(Some(key)) => key,
            Ok(None) => root_key.open()?,
            Err(error) => return Err(root_key::refusal(error).into()),
        };
        let (after, how) = self.written(&key, root_key.passphrases())?;

        let output = session.lock(Path::new("."))?;
        if *read()? != *before {
            let changed = format_args!("{} has changed meanwhile", mesh::ROOT_KEY);
            return Err(Refusal::new(changed, "run it again").into());
        }
        replace(&after, &output)?;
        session
            .console
            .report(&format!("{}: {how}\n", mesh::ROOT_KEY))?;
        Ok(Outcome::Done)
    }

    /// The new file, and what is told of it.
    fn written(
        &self,
        key: &PrivateKey,
        passphrases: &mut Passphrases<'_>,
    ) -> anyhow::Result<(Zeroizing<String>, &'static str)> {
        if self.decrypt {
            return Ok((key.to_pem()?, "decrypted"));
        }
        let passphrase = passphrases.for_new(mesh::ROOT_KEY)?;
        let text = key.to_encrypted_pem(&passphrase)?;
        Ok((Zeroizing::new(text), "encrypted"))
    }
}

/// root-key.pem, if it can be written anew without a loss.
fn read() -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let path = Path::new(mesh::ROOT_KEY);
    let text = input::read(path).map_err(|error| match error.is_not_found() {
        true => {
            let hint = "work in the folder of the root: meshpki -C DIR rekey-passphrase";
            Refusal::new("there is no root-key.pem", hint).into()
        }
        false => anyhow::Error::from(error),
    })?;
    if path.is_symlink() {
        return Err(Refusal::new(
            "root-key.pem is a symbolic link: the change would put a file in its place",
            "work in the folder of the file that it points to: meshpki -C DIR rekey-passphrase",
        )
        .into());
    }
    // What `openssl ecparam -genkey` writes before a key is in the key too.
    let mut blocks = pem::blocks(&text);
    blocks.retain(|block| block.label != "EC PARAMETERS");
    let key = blocks.iter().position(pem::Block::is_private_key);
    let key = key.map(|position| blocks.remove(position));
    if let (Some(_), Some(other)) = (key, blocks.first()) {
        let label = crate::escape::text(&other.label);
        return Err(Refusal::new(
            format_args!(
                "root-key.pem holds more than the key, and it would be lost: the {label} block on line {}",
                other.line
            ),
            "put it into a file of its own",
        )
        .into());
    }
    Ok(text)
}

fn replace(text: &str, output: &OutputDir) -> anyhow::Result<()> {
    let mut batch = output.batch()?;
    let file = NewFile::private(mesh::ROOT_KEY, text.as_bytes());
    batch.replace_file(mesh::ROOT_KEY, &file)?;
    Ok(batch.commit_all()?)
}
