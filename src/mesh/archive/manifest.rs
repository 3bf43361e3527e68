//! What an archive says of itself: `manifest.json`, and its SHA-256 beside it.

use serde::Serialize;
use serde_json::Value;

use super::members::{self, Member};
use super::{ArchiveError, Packed, requests, signed};
use crate::escape;
use crate::pki::digest::Sha256;

pub const MANIFEST: &str = "manifest.json";

/// `sha256sum -c manifest.sha256` reads it.
pub const MANIFEST_DIGEST: &str = "manifest.sha256";

pub const API_VERSION: &str = "meshpki/v1";

/// The archive of `manifest` and the `members` that it tells of.
pub fn pack(manifest: &impl Serialize, members: Vec<Member>) -> Packed {
    let text = text(manifest);
    let digest = Sha256::of(&text);
    let line = format!("{digest}  {MANIFEST}\n");
    let own = [
        (MANIFEST.to_owned(), text),
        (MANIFEST_DIGEST.to_owned(), line.into_bytes()),
    ];
    let all: Vec<_> = own.into_iter().chain(members).collect();
    (members::pack(&all), digest)
}

fn text(manifest: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(manifest).expect("its keys are strings");
    text.push(b'\n');
    text
}

/// An archive, taken apart.
pub struct Unpacked {
    /// Those that the manifest tells of, in the order in which they stand.
    pub members: Vec<Member>,
    manifest: Vec<u8>,
    pub digest: Sha256,
}

impl Unpacked {
    /// The parts of `octets`, whose manifest has the SHA-256 that stands beside it, and is of this
    /// `kind`.
    pub fn of(octets: &[u8], kind: &'static str) -> Result<Self, ArchiveError> {
        let mut members = members::unpack(octets)?;
        let mut take = |name: &str| {
            let position = members.iter().position(|(member, _)| member == name);
            let position = position.ok_or_else(|| ArchiveError::member(name, "it is not there"))?;
            Ok(members.remove(position).1)
        };
        let manifest = take(MANIFEST)?;
        let beside = take(MANIFEST_DIGEST)?;
        let digest = Sha256::of(&manifest);
        if beside != format!("{digest}  {MANIFEST}\n").as_bytes() {
            let beside = escape::bytes(beside.trim_ascii_end());
            let reason = format!("its SHA-256 is {digest}, and {MANIFEST_DIGEST} says: {beside}");
            return Err(ArchiveError::Manifest(reason));
        }
        let unpacked = Self {
            members,
            manifest,
            digest,
        };
        let found = unpacked.field("kind")?;
        match found.as_str() {
            Some(found) if found == kind => Ok(unpacked),
            Some(signed::KIND) => Err(ArchiveError::IsSigned),
            Some(requests::KIND) => Err(ArchiveError::IsRequests),
            _ => Err(ArchiveError::OtherKind {
                found: escape::text(&found.to_string()),
                wanted: kind,
            }),
        }
    }

    /// A field of the manifest; `null` where it has none of that name.
    pub fn field(&self, name: &str) -> Result<Value, ArchiveError> {
        let mut manifest = self.json()?;
        Ok(manifest.get_mut(name).map(Value::take).unwrap_or_default())
    }

    fn json(&self) -> Result<Value, ArchiveError> {
        let json = serde_json::from_slice(&self.manifest);
        json.map_err(|error| ArchiveError::Manifest(format!("it is not JSON: {error}")))
    }

    /// Holds what was read, `octets`, against what packing has made of it: the same, or an error
    /// that names the first difference.
    pub fn must_be(&self, packed: &[u8], octets: &[u8]) -> Result<(), ArchiveError> {
        if packed == octets {
            return Ok(());
        }
        // It has just been packed, so that it can be taken apart.
        let members = members::unpack(packed)?;
        let manifest = &members[0].1;
        if *manifest != self.manifest {
            let derived = serde_json::from_slice(manifest).expect("it has just been written");
            let reason = difference("", &derived, &self.json()?);
            let reason = reason.unwrap_or_else(|| "it is not as meshpki writes it".to_owned());
            return Err(ArchiveError::Manifest(reason));
        }
        Err(members::difference(octets, packed)?)
    }
}

/// The first place below `path` in which the manifest that was `found` is not the one that is
/// `derived` from what it tells of.
fn difference(path: &str, derived: &Value, found: &Value) -> Option<String> {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match (derived, found) {
        (Value::Object(derived), Value::Object(found)) => {
            let unexpected = found.keys().find(|name| !derived.contains_key(*name));
            if let Some(name) = unexpected {
                let name = escape::text(&below(name));
                return Some(format!("{name} does not belong into it"));
            }
            derived.iter().find_map(|(name, derived)| {
                difference(
                    &below(name),
                    derived,
                    found.get(name).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(derived), Value::Array(found)) => {
            let pairs = derived.iter().zip(found).enumerate();
            let mut pairs = pairs.map(|(position, (derived, found))| {
                difference(&format!("{path}[{position}]"), derived, found)
            });
            pairs.find_map(|difference| difference).or_else(|| {
                let (derived, found) = (derived.len(), found.len());
                (derived != found)
                    .then(|| format!("{path} tells of {found}, and the archive holds {derived}"))
            })
        }
        _ if derived == found => None,
        _ => Some(format!(
            "{path} is {}, and what it tells of has {derived}",
            escape::text(&found.to_string())
        )),
    }
}
