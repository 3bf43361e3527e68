//! root-issued.jsonl: what a root has signed, a line for each certificate, in the order in which
//! they were signed.
//!
//! Each line is a JSON object with the certificate itself in it, so that none is ever recorded and
//! lost, and with the SHA-256 of the line before, its line feed included: what `sed -n 3p
//! root-issued.jsonl | sha256sum` prints is the `previous` of line 4. So the record shows by itself
//! that a line was changed, removed, moved or repeated. What it cannot show is that lines are
//! missing at its end, or that it was written anew from some line on: that is seen by whoever has
//! kept the SHA-256 of its last line, which is its head.

mod line;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use time::OffsetDateTime;

use self::line::Line;
use super::kubernetes::{ClusterName, NameError};
use crate::pki::certificate::{Certificate, CertificateError};
use crate::pki::digest::Sha256;
use crate::pki::key::PublicKey;

/// The most octets that are read of a record: some hundred thousand certificates.
pub const SIZE_LIMIT: u64 = 256 << 20;

/// The head of a record without a line.
pub const NO_HEAD: Sha256 = Sha256::ZEROS;

/// Every line is as meshpki writes it, says of its certificate what the certificate says, and names
/// the line before it.
#[derive(Debug, Default)]
pub struct Record {
    entries: Vec<Entry>,
    length: usize,
    torn: usize,
    /// Whether the last line does.
    lacks_line_feed: bool,
}

/// A certificate that was signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The number of its line, from 1 on.
    pub number: u64,
    /// When it was signed, in whole seconds.
    pub time: OffsetDateTime,
    /// The cluster whose CA it is of; `None` for the root's own.
    pub cluster: Option<ClusterName>,
    pub certificate: Certificate,
    /// SHA-256 of the SubjectPublicKeyInfo whose key signed it.
    pub issuer: Sha256,
    /// SHA-256 of the CertificationRequestInfo (RFC 2986 §4.1) that it answers, if there was one.
    pub request: Option<Sha256>,
    /// SHA-256 of its line: the head of the record as it was then.
    pub head: Sha256,
}

/// A certificate that is to be recorded.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// As [`Entry::cluster`].
    pub cluster: Option<ClusterName>,
    pub certificate: Certificate,
    /// As [`Entry::request`].
    pub request: Option<Sha256>,
}

/// A line that is not as it was written.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct RecordError {
    pub line: u64,
    pub fault: Fault,
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("its {field} is \"{}\", which is none", crate::escape::text(.value))]
    Field { field: &'static str, value: String },
    #[error("its cluster: {0}")]
    Cluster(#[from] NameError),
    #[error("its certificate: {0}")]
    Certificate(#[from] CertificateError),
    #[error("its number is {0}: lines are missing, moved or repeated")]
    Number(u64),
    #[error("its {field} is {}, and that of its certificate is {certified}", crate::escape::text(.recorded))]
    Disagrees {
        field: &'static str,
        recorded: String,
        certified: String,
    },
    #[error("it is not written as meshpki writes it: its blanks, order or escapes are others")]
    Spelling,
    #[error(
        "its previous is {recorded}, and the SHA-256 of line {} is {found}: one of the two lines was changed",
        .line - 1
    )]
    Previous {
        line: u64,
        recorded: Sha256,
        found: Sha256,
    },
    #[error("its previous is {0}, and no line is before it: the lines before it are missing")]
    NoPrevious(Sha256),
    #[error("its certificate was not signed by the key that it names, {0}")]
    Signature(Sha256),
}

impl Record {
    /// The record that `text` is. What stands behind the last line feed is no line: a run that was
    /// interrupted has left it, or one that is at work is about to complete it. But if it is whole,
    /// an editor may have taken its line feed away from it, and it is one.
    pub fn parse(text: &[u8]) -> Result<Self, RecordError> {
        let end = memchr::memrchr(b'\n', text).map_or(0, |last| last + 1);
        let (lines, rest) = text.split_at(end);
        let mut lines: Vec<_> = lines.split_inclusive(|&octet| octet == b'\n').collect();
        let with_line_feed = [rest, b"\n"].concat();
        let lacks_line_feed = line::is_whole(rest);
        if lacks_line_feed {
            lines.push(&with_line_feed);
        }
        let read: Vec<_> = lines.par_iter().map(|line| line::read(line)).collect();
        let mut entries: Vec<Entry> = Vec::with_capacity(read.len());
        let mut head = NO_HEAD;
        for (line, read) in (1..).zip(read) {
            let fault = |fault| RecordError { line, fault };
            let (entry, previous) = read.map_err(fault)?;
            if entry.number != line {
                return Err(fault(Fault::Number(entry.number)));
            }
            if previous != head {
                return Err(fault(match line {
                    1 => Fault::NoPrevious(previous),
                    line => Fault::Previous {
                        line,
                        recorded: previous,
                        found: head,
                    },
                }));
            }
            head = entry.head;
            entries.push(entry);
        }
        let torn = if lacks_line_feed { 0 } else { rest.len() };
        Ok(Self {
            entries,
            length: text.len() - torn,
            torn,
            lacks_line_feed,
        })
    }

    /// What was signed, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The SHA-256 of the last line: whoever keeps it can tell later whether all up to it is there.
    pub fn head(&self) -> Sha256 {
        self.entries.last().map_or(NO_HEAD, |entry| entry.head)
    }

    /// The octets of its lines: where the next ones go.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The octets behind its last line, which are none.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// What was signed after the head was `head`. `None` if it never was.
    pub fn since(&self, head: &Sha256) -> Option<&[Entry]> {
        if *head == NO_HEAD {
            return Some(&self.entries);
        }
        let last = self.entries.iter().position(|entry| entry.head == *head)?;
        Some(&self.entries[last + 1..])
    }

    /// The lines that record `new`, all signed by the key of `issuer` at the instant `now`; before
    /// them the line feed that the last line lacks, if it does.
    pub fn lines_for(
        &self,
        new: &[NewEntry],
        issuer: &Certificate,
        now: OffsetDateTime,
    ) -> Vec<u8> {
        let issuer = Sha256::of(issuer.spki());
        let mut lines = Vec::new();
        if self.lacks_line_feed {
            lines.push(b'\n');
        }
        let mut previous = self.head();
        for (new, number) in new.iter().zip(self.entries.len() as u64 + 1..) {
            let line = Line::of(number, now, new, issuer, previous).to_json();
            previous = Sha256::of(&line);
            lines.extend_from_slice(&line);
        }
        lines
    }

    /// That each certificate was signed by the key that its line names, as far as that key is in a
    /// certificate of `known` or of a root in the record; of how many it is not.
    pub fn verify(&self, known: &[Certificate]) -> Result<usize, RecordError> {
        let own = self
            .entries
            .iter()
            .filter(|entry| entry.is_of_its_own_key());
        let own = own.map(|entry| &entry.certificate);
        let keys: HashMap<_, PublicKey> = known
            .iter()
            .chain(own)
            .filter_map(|known| Some((Sha256::of(known.spki()), known.public_key().ok()?)))
            .collect();
        let is_forged = |entry: &&Entry| {
            let key = keys.get(&entry.issuer);
            key.is_some_and(|key| !entry.certificate.is_signed_by(key))
        };
        if let Some(forged) = self.entries.par_iter().find_first(is_forged) {
            return Err(RecordError {
                line: forged.number,
                fault: Fault::Signature(forged.issuer),
            });
        }
        let is_unknown = |entry: &&Entry| !keys.contains_key(&entry.issuer);
        Ok(self.entries.iter().filter(is_unknown).count())
    }

    /// The entries that are the first of their issuer's key, and not its own certificate: what that
    /// key signed before them is not in the record.
    pub fn late_beginnings(&self) -> Vec<&Entry> {
        let mut seen = HashSet::new();
        let mut firsts: Vec<_> = self.entries.iter().collect();
        firsts.retain(|entry| seen.insert(entry.issuer) && !entry.is_of_its_own_key());
        firsts
    }
}

impl Entry {
    /// Whether the key that signed it is the one that it certifies, as a root's own is.
    pub fn is_of_its_own_key(&self) -> bool {
        self.issuer == self.spki()
    }

    /// SHA-256 of the SubjectPublicKeyInfo that it certifies.
    pub fn spki(&self) -> Sha256 {
        Sha256::of(self.certificate.spki())
    }
}

#[cfg(test)]
mod tests;
