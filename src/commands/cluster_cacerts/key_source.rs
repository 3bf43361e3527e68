//! Where the key of a cluster's CA comes from.

use super::asked::Asked;
use crate::config::{Setting, Source};
use crate::console::Refusal;
use crate::mesh::kubernetes::ClusterName;
use crate::pki::key::{KeyError, KeyKind, KeySpec, PrivateKey};

pub enum KeySource {
    Generate(KeySpec),
    Keep(PrivateKey),
}

impl KeySource {
    /// For `--dry-run`.
    pub fn plan(&self) -> String {
        match self {
            Self::Generate(spec) => format!("a new key, {spec}"),
            Self::Keep(key) => format!("the same key, {}", key.kind()),
        }
    }

    pub fn into_key(self) -> Result<PrivateKey, KeyError> {
        match self {
            Self::Generate(spec) => PrivateKey::generate(spec),
            Self::Keep(key) => Ok(key),
        }
    }
}

/// That the key of `name`, `whose`, stays as it is, for the `reason`, where another kind is asked
/// for. A flag that asks for it is refused, with the way out; what comes from elsewhere is left,
/// which the note says.
pub fn other_kind_kept(
    name: &ClusterName,
    whose: &str,
    key: &PrivateKey,
    asked: &Asked,
    reason: &str,
    way_out: &str,
) -> anyhow::Result<Option<String>> {
    let Setting { value, source } = &asked.key_type;
    let (kind, wanted) = (key.kind(), KeyKind::from(*value));
    if kind == wanted || !asked.key_type.is_request() {
        return Ok(None);
    }
    if let Source::Flag(_) = source {
        let fact = format!("{whose} is {kind}, and {source} asks for {value}: {reason}");
        return Err(Refusal::new(fact, way_out).into());
    }
    Ok(Some(format!(
        "{name}: {whose} stays {kind}, and not {value} of {source}: {reason}"
    )))
}
