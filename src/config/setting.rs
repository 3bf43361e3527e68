//! A setting, and who has made it.

use std::fmt;
use std::path::PathBuf;

use crate::escape;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Environment(&'static str),
    File { path: PathBuf, line: usize },
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::File { path, line } => write!(f, "{}:{line}", escape::path(path)),
            Self::Default => f.write_str("the built-in default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub source: Source,
}

impl<T> Setting<T> {
    /// Whether somebody asked for it: a built-in default is not a request.
    pub fn is_request(&self) -> bool {
        self.source != Source::Default
    }

    /// Who asked for it, if somebody did.
    pub fn request(&self) -> Option<&Source> {
        self.is_request().then_some(&self.source)
    }

    /// If a flag asked for it: the flag, once with each of the `values`.
    pub fn flag(&self, values: impl Fn(&T) -> Vec<String>) -> Vec<String> {
        match self.source {
            Source::Flag(flag) => {
                let values = values(&self.value).into_iter();
                let separator = |value: &str| if value.starts_with('-') { '=' } else { ' ' };
                values
                    .map(|value| format!("{flag}{}{value}", separator(&value)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The value of `flag`, if it is given.
    #[must_use]
    pub fn or_flag(self, flag: &'static str, value: Option<T>) -> Self {
        match value {
            Some(value) => Self {
                value,
                source: Source::Flag(flag),
            },
            None => self,
        }
    }
}

impl<T: Clone> Setting<T> {
    /// What is asked for; where nobody asks, what stands.
    pub fn over(&self, standing: Option<T>) -> T {
        match standing {
            Some(standing) if !self.is_request() => standing,
            _ => self.value.clone(),
        }
    }
}
