//! Why a request is refused.

use crate::console::Refusal;
use crate::mesh::policy::Reason;

/// One reason, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub fact: String,
    hint: String,
}

impl Problem {
    pub fn new(fact: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            fact: fact.into(),
            hint: hint.into(),
        }
    }

    /// Of the request that is called `name`.
    pub fn to_error(&self, name: &str) -> anyhow::Error {
        let fact = format_args!("{name}: {}", self.fact).to_string();
        Refusal::new(fact, self.hint.as_str()).into()
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::new(reason.to_string(), reason.hint())
    }
}
