//! What is compared: a file, a folder, or Kubernetes objects.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::escape;
use crate::mesh::ON_THE_WAY;
use crate::mesh::find::{self, Piece};
use crate::mesh::objects::{ObjectName, SyntaxError};
use crate::pki::compare::Thing;
use crate::pki::find::Item;

/// One of the two.
pub struct Side {
    pub form: Form,
    /// Of a file that is no object: the last part of its path.
    pub file_name: Option<String>,
    /// At least one.
    pub holders: Vec<Holder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text, or DER, that is no object.
    File,
    Folder,
    Objects,
}

/// A file, a folder or an object.
pub struct Holder {
    pub object: Option<ObjectName>,
    pub parts: Vec<Part>,
}

/// A file, or what an object has under one key.
pub struct Part {
    /// The name of a file in a folder, or the key in an object.
    pub name: Option<String>,
    /// They may be a private key.
    pub contents: Zeroizing<Vec<u8>>,
    pub things: Vec<Thing>,
    /// Where what is, and why it cannot be compared.
    pub fault: Option<String>,
    /// The first of what is in it besides, by its name.
    pub other: Option<String>,
}

impl Side {
    /// Of what is on one stream, which messages call `label`.
    pub fn of_stream(
        label: &str,
        file_name: Option<&str>,
        contents: Zeroizing<Vec<u8>>,
    ) -> Result<Self, SyntaxError> {
        let (pieces, are_objects) = find::pieces(contents)?;
        Ok(Self {
            form: match are_objects {
                true => Form::Objects,
                false => Form::File,
            },
            file_name: file_name.filter(|_| !are_objects).map(str::to_owned),
            holders: holders(label, pieces),
        })
    }

    /// Of the files of the folder `label`: those in which something was found.
    pub fn of_folder(label: &str, files: Vec<(String, Zeroizing<Vec<u8>>)>) -> Self {
        let mut parts = Vec::new();
        for (name, contents) in files {
            // A template is no object yet, and of no concern.
            let Ok((pieces, are_objects)) = find::pieces(contents.clone()) else {
                continue;
            };
            let place = format!("{}/{}", label.trim_end_matches('/'), escape::text(&name));
            let mut part = Part::empty(Some(name));
            for contents in pieces.into_iter().filter_map(|piece| piece.contents.ok()) {
                part.read(&place, &contents);
            }
            part.contents = contents;
            // Manifests have much else in them.
            part.fault = part.fault.filter(|_| !are_objects);
            if !part.is_empty() {
                parts.push(part);
            }
        }
        Self {
            form: Form::Folder,
            file_name: None,
            holders: vec![Holder {
                object: None,
                parts,
            }],
        }
    }

    /// Whether there is nothing that could be compared.
    pub fn is_empty(&self) -> bool {
        let mut parts = self.holders.iter().flat_map(|holder| &holder.parts);
        parts.all(Part::is_empty)
    }

    /// Leaves out what a cluster's folder has on the way to a new certificate, if this is a folder,
    /// and the `other` is objects that have it not: istiod reads none of it.
    pub fn leave_out_what_waits(&mut self, other: &Self) {
        if (self.form, other.form) != (Form::Folder, Form::Objects) {
            return;
        }
        let is_in_other = |name: &str| {
            other
                .holders
                .iter()
                .any(|holder| holder.part(name).is_some())
        };
        for holder in &mut self.holders {
            holder.parts.retain(|part| {
                let name = part.name.as_deref().unwrap_or_default();
                !ON_THE_WAY.contains(&name) || is_in_other(name)
            });
        }
    }

    /// The first key of an object that is meant for certificates, and has none.
    pub fn vacant(&self) -> Option<&str> {
        let parts = self.holders.iter().flat_map(|holder| &holder.parts);
        let mut vacant = parts.filter(|part| part.is_empty() && part.contents.is_empty());
        vacant.find_map(|part| part.name.as_deref())
    }
}

/// The pieces of one object stand together. A key that comes again is that of another object of the
/// same name.
fn holders(label: &str, pieces: Vec<Piece>) -> Vec<Holder> {
    let mut holders: Vec<Holder> = Vec::new();
    let mut names: HashSet<Option<String>> = HashSet::new();
    for piece in pieces {
        let Piece {
            object,
            key,
            contents,
        } = piece;
        let is_further = holders.last().is_some_and(|last| last.object == object);
        if !is_further || names.contains(&key) {
            names.clear();
            holders.push(Holder {
                object,
                parts: Vec::new(),
            });
        }
        names.insert(key.clone());
        let place = || {
            let object = holders.last().and_then(|holder| holder.object.as_ref());
            let object = object.map(|object| format!(", {object}"));
            let key = key.as_ref().map(|key| format!(", {}", escape::text(key)));
            [Some(label.to_owned()), object, key].into_iter().flatten()
        };
        let place = place().collect::<String>();
        let mut part = Part::empty(key);
        match contents {
            // Of an object in which nothing was found, that is all there is to know.
            Ok(contents) if contents.is_empty() && part.name.is_none() => continue,
            Ok(contents) => {
                part.read(&place, &contents);
                part.contents = contents;
            }
            Err(error) => {
                part.fault = Some(format!("{place}: its value cannot be read: {error}"));
            }
        }
        holders.last_mut().expect("one was begun").parts.push(part);
    }
    holders
}

impl Holder {
    /// What it has under `name`, if there is something in it.
    pub fn part(&self, name: &str) -> Option<&Part> {
        let mut parts = self.parts.iter().filter(|part| !part.is_empty());
        parts.find(|part| part.name.as_deref() == Some(name))
    }

    /// The things that it has under `name`.
    pub fn things(&self, name: &str) -> impl Iterator<Item = &Thing> {
        self.part(name).into_iter().flat_map(|part| &part.things)
    }
}

impl Part {
    fn empty(name: Option<String>) -> Self {
        Self {
            name,
            contents: Zeroizing::default(),
            things: Vec::new(),
            fault: None,
            other: None,
        }
    }

    fn read(&mut self, place: &str, contents: &[u8]) {
        for (line, item) in find::in_piece(contents) {
            if self.fault.is_none() {
                let fault = find::fault(&item, line);
                self.fault = fault.map(|fault| format!("{place}: {fault}"));
            }
            if let (Item::Other(name), None) = (&item, &self.other) {
                self.other = Some(name.clone());
            }
            self.things.extend(Thing::of(item));
        }
    }

    /// Whether there is nothing in it that could be compared.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty() && self.fault.is_none()
    }
}

/// Things that are there once each.
pub fn without_copies<'t>(things: impl Iterator<Item = &'t Thing>) -> Vec<&'t Thing> {
    let mut seen = HashSet::new();
    things
        .filter(|thing| seen.insert((thing.kind(), thing.octets())))
        .collect()
}
