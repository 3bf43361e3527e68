//! The one question: whether what the table says is to be signed.

use super::plan::Plan;
use crate::commands::Session;
use crate::console::Refusal;
use crate::pki::certificate::Certificate;
use crate::terminal::{self, Terminal, TerminalError};

/// Whether the person at the terminal has the certificates of `plan` signed with the key of `root`.
pub fn is_agreed(plan: &Plan<'_>, root: &Certificate, session: &Session) -> anyhow::Result<bool> {
    let what = match plan.to_sign() {
        1 => "1 certificate".to_owned(),
        number => format!("{number} certificates"),
    };
    let what = format!("sign {what} with the key of {}", root.subject());
    let refusal = |reason: &str| -> anyhow::Error {
        let hint = "if the table above says what is meant, say so: --yes";
        let fact = format_args!("nobody can be asked whether to {what}: {reason}");
        Refusal::new(fact, hint).into()
    };
    if !terminal::is_there() {
        return Err(refusal("stdin and stderr are not both terminals"));
    }
    session.listen()?;
    Terminal::confirm(&format!("{what}?"), session.interrupt.clone()).map_err(|error| match error {
        TerminalError::Io(error) => refusal(&format!("/dev/tty: {error}")),
        error => error.into(),
    })
}
