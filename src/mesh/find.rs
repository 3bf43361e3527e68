//! Everything of X.509 in whatever the operator has: PEM in any text, DER, PKCS#7, Kubernetes
//! objects, Envoy's secrets.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::objects::{self, NotBase64, ObjectName, SyntaxError};
use crate::pki::find::{self, Item};
use crate::pki::text::Printable;

/// One thing that was found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub source: Source,
    pub item: Item,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as a message names it.
    pub file: Arc<str>,
    pub object: Option<ObjectName>,
    /// The key of the object.
    pub key: Option<String>,
    /// Counted from 1 among the things of its kind in the file.
    pub position: usize,
    /// Of the file, or of the key's value; none in DER.
    pub line: Option<usize>,
}

impl Source {
    /// Whether it is what an object has under `key`.
    pub fn is_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }
}

/// `stdin, Secret istio-system/cacerts, cert-chain.pem, line 12`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(object) = &self.object {
            write!(f, ", {object}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", {}", crate::escape::text(key))?;
        }
        // Most keys hold one block, on their first line.
        match self.line {
            Some(line) if self.key.is_none() || line > 1 => write!(f, ", line {line}"),
            _ => Ok(()),
        }
    }
}

/// What is found in `contents`, in order. `file` is its name for messages, escaped already.
pub fn items<'a>(file: &str, contents: &'a [u8]) -> impl Iterator<Item = Found> + 'a {
    let file: Arc<str> = file.into();
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    places(contents).map(move |place| {
        let word = place.item.word();
        let known = counts.iter().position(|(counted, _)| *counted == word);
        let index = known.unwrap_or_else(|| {
            counts.push((word, 0));
            counts.len() - 1
        });
        counts[index].1 += 1;
        let source = Source {
            file: Arc::clone(&file),
            object: place.object,
            key: place.key,
            position: counts[index].1,
            line: place.line,
        };
        Found {
            source,
            item: place.item,
        }
    })
}

/// Why `item`, which begins on `line`, cannot be read, if it cannot.
pub fn fault(item: &Item, line: Option<usize>) -> Option<String> {
    match item {
        Item::Broken { what, reason } => {
            let what = crate::escape::text(what);
            Some(format!("{what} cannot be read: {reason}"))
        }
        Item::Certificate(certificate) => {
            let is_readable = Printable::new(certificate).is_ok();
            (!is_readable).then(|| unreadable(item, line))
        }
        _ => None,
    }
}

/// What OpenSSL, or a summary, makes nothing of.
pub fn unreadable(item: &Item, line: Option<usize>) -> String {
    let word = item.word();
    let place = line.map_or_else(String::new, |line| format!(" on line {line}"));
    format!("the {word}{place} cannot be read: OpenSSL takes it for none")
}

/// For a message that nothing was found: what `contents` is instead.
pub fn what_it_is(contents: &[u8]) -> &'static str {
    let head = &contents[..contents.len().min(4096)];
    let is_cut = |error: std::str::Utf8Error| error.error_len().is_none();
    match std::str::from_utf8(head) {
        Ok("") => "it is empty",
        Ok(text) if text.trim().is_empty() => "there are only blanks in it",
        _ if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) => {
            "it is UTF-16 text; PEM is ASCII"
        }
        _ if head.contains(&0) => "it is binary data, and no DER of a certificate",
        Ok(text) if text.trim_start().starts_with(['{', '[']) => "it is JSON without a certificate",
        Ok(_) => "it is text without a PEM block",
        Err(error) if is_cut(error) => "it is text without a PEM block",
        Err(_) => "it is binary data, and no DER of a certificate",
    }
}

struct Place {
    object: Option<ObjectName>,
    key: Option<String>,
    line: Option<usize>,
    item: Item,
}

impl Place {
    fn of(item: Item, line: Option<usize>) -> Self {
        Self {
            object: None,
            key: None,
            line,
            item,
        }
    }
}

/// What an input is made of.
enum Contents {
    Der(Vec<Item>),
    Objects(Result<Vec<objects::Value>, SyntaxError>),
    /// The value of one key, as `kubectl -o jsonpath` prints it.
    Encoded(Zeroizing<Vec<u8>>),
    Text,
}

impl Contents {
    fn of(contents: &[u8]) -> Self {
        if let Some(items) = find::in_der(contents) {
            return Self::Der(items);
        }
        let Ok(text) = std::str::from_utf8(contents) else {
            return Self::Text;
        };
        // In JSON no block has lines of its own: the text around one may begin like JSON.
        let has_block =
            || find::in_text(contents).any(|(_, item)| !matches!(item, Item::Broken { .. }));
        match objects::values(text) {
            Some(Err(error)) if error.is_of_json() && has_block() => return Self::Text,
            Some(values) => return Self::Objects(values),
            None => {}
        }
        let decoded = match find::in_text(contents).next() {
            Some(_) => None,
            None => objects::base64(text).ok(),
        };
        decoded.map_or(Self::Text, Self::Encoded)
    }
}

fn places(contents: &[u8]) -> Box<dyn Iterator<Item = Place> + '_> {
    let in_text = || find::in_text(contents).map(|(line, item)| Place::of(item, Some(line)));
    match Contents::of(contents) {
        Contents::Der(items) => Box::new(items.into_iter().map(|item| Place::of(item, None))),
        Contents::Objects(Ok(values)) => Box::new(values.into_iter().flat_map(in_value)),
        Contents::Objects(Err(error)) => {
            let broken = Item::Broken {
                what: "it".to_owned(),
                reason: error.to_string(),
            };
            Box::new(in_text().chain(std::iter::once(Place::of(broken, None))))
        }
        Contents::Encoded(octets) => Box::new(in_octets(&octets).into_iter()),
        Contents::Text => Box::new(in_text()),
    }
}

/// A part of an input: all of it, or what an object has under one key.
pub struct Piece {
    pub object: Option<ObjectName>,
    pub key: Option<String>,
    /// They may be a private key.
    pub contents: Result<Zeroizing<Vec<u8>>, NotBase64>,
}

impl Piece {
    /// All of an input.
    pub fn whole(contents: Zeroizing<Vec<u8>>) -> Self {
        Self {
            object: None,
            key: None,
            contents: Ok(contents),
        }
    }
}

/// The parts of `contents`, and whether they are those of objects.
pub fn pieces(contents: Zeroizing<Vec<u8>>) -> Result<(Vec<Piece>, bool), SyntaxError> {
    let values = match Contents::of(&contents) {
        Contents::Objects(values) => values?,
        Contents::Encoded(octets) => return Ok((vec![Piece::whole(octets)], false)),
        _ => return Ok((vec![Piece::whole(contents)], false)),
    };
    let pieces = values.into_iter().map(|value| Piece {
        object: value.object,
        key: Some(value.key).filter(|key| !key.is_empty()),
        contents: value.contents,
    });
    Ok((pieces.collect(), true))
}

/// What is found in a part of an input, in order, with the line on which it begins.
pub fn in_piece(octets: &[u8]) -> Vec<(Option<usize>, Item)> {
    let places = in_octets(octets).into_iter();
    places.map(|place| (place.line, place.item)).collect()
}

fn in_value(value: objects::Value) -> Vec<Place> {
    let objects::Value {
        object,
        key,
        contents,
    } = value;
    let places = match contents {
        Ok(octets) => in_octets(&octets),
        Err(error) => vec![Place::of(
            Item::Broken {
                what: "its value".to_owned(),
                reason: error.to_string(),
            },
            None,
        )],
    };
    let places = places.into_iter().map(|place| Place {
        object: object.clone(),
        key: Some(key.clone()),
        ..place
    });
    places.collect()
}

fn in_octets(octets: &[u8]) -> Vec<Place> {
    match find::in_der(octets) {
        Some(items) => items
            .into_iter()
            .map(|item| Place::of(item, None))
            .collect(),
        None => find::in_text(octets)
            .map(|(line, item)| Place::of(item, Some(line)))
            .collect(),
    }
}
