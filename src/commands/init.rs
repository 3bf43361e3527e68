//! `meshpki init`.

use std::path::Path;

use clap::Args;

use super::{Outcome, Session};
use crate::config;
use crate::console::Refusal;
use crate::output::{NewFile, OutputError};

/// Write meshpki.toml with every setting, its default and its meaning
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki init                       write meshpki.toml here
  meshpki -C mesh init               write mesh/meshpki.toml
  meshpki init && vi meshpki.toml    and take the '# ' from what is to differ")]
pub struct Init {}

impl Init {
    // Every command is run by value.
    #[allow(clippy::unused_self)]
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let text = commented_out(config::DEFAULTS);
        let output = session.lock(Path::new("."))?;
        let mut batch = output.batch()?;
        match batch.new_files(&[NewFile::public(config::FILE_NAME, text.as_bytes())]) {
            Err(OutputError::Exists(_)) => {
                return Err(Refusal::new(
                    "meshpki.toml is there already",
                    "move it away to get a new one: mv meshpki.toml meshpki.toml.old",
                )
                .into());
            }
            staged => staged?,
        }
        batch.commit_all()?;
        session.console.report("meshpki.toml\n")?;
        Ok(Outcome::Done)
    }
}

/// Settings behind a `#`; sections, comments and blank lines as they are.
fn commented_out(text: &str) -> String {
    let mut commented = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        if !line.is_empty() && !line.starts_with(['#', '[']) {
            commented.push_str("# ");
        }
        commented.push_str(line);
        commented.push('\n');
    }
    commented
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_commented_out_and_every_section_stays() {
        let text = commented_out(config::DEFAULTS);
        let table: toml::Table = text.parse().unwrap();
        assert!(
            table
                .values()
                .all(|section| section.as_table().unwrap().is_empty())
        );
        assert!(text.contains("\n# days = 3650\n"));
        let restored = text.replace("\n# days", "\ndays");
        assert!(restored.parse::<toml::Table>().unwrap()["root-ca"]["days"].is_integer());
    }
}
