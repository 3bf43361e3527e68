//! `meshpki completions`.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::aot::Shell;

use super::{Outcome, Session};
use crate::cli::Cli;

/// Print the completions for a shell
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki completions bash > /etc/bash_completion.d/meshpki
  meshpki completions zsh > ~/.zfunc/_meshpki
  meshpki completions fish > ~/.config/fish/completions/meshpki.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        session.console.print(&script(self.shell))?;
        Ok(Outcome::Done)
    }
}

/// The file name and the script of every shell.
pub fn scripts() -> impl Iterator<Item = (String, String)> {
    use clap_complete::Generator;

    Shell::value_variants()
        .iter()
        .map(|shell| (shell.file_name("meshpki"), script(*shell)))
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "meshpki", &mut script);
    String::from_utf8(script).expect("the names of commands and flags are ASCII")
}
