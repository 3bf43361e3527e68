//! Files in a tar archive (POSIX.1-1988, ustar): regular ones, each with a name that is expected.

use std::collections::HashSet;

use tar::{Archive, Builder, EntryType, Header};

use super::manifest::{MANIFEST, MANIFEST_DIGEST};
use super::{ArchiveError, SIZE_LIMIT};
use crate::escape;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::{CA_CERT, CA_CSR, CERT_CHAIN, ROOT_CERT};

/// A file's name in the archive, and its contents.
pub type Member = (String, Vec<u8>);

/// The most octets that one member may have.
const MEMBER_LIMIT: u64 = 16 << 20;

/// tar is written in blocks of this many octets.
const BLOCK: usize = 512;

/// Whether `octets` are an archive of this kind, and not PEM or DER.
pub fn is_archive(octets: &[u8]) -> bool {
    const MAGIC: &[u8] = b"ustar";
    const MAGIC_OFFSET: usize = 257;

    octets.get(MAGIC_OFFSET..MAGIC_OFFSET + MAGIC.len()) == Some(MAGIC)
}

pub fn pack(members: &[Member]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (name, contents) in members {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        // A cluster's name has 128 octets at most, and the prefix of ustar holds 155.
        header.set_path(name).expect("the name fits");
        header.set_cksum();
        let appended = archive.append(&header, contents.as_slice());
        appended.expect("memory can be written to");
    }
    archive.into_inner().expect("memory can be written to")
}

/// The files of the archive `octets`, which are those that are packed, in whatever order.
pub fn unpack(octets: &[u8]) -> Result<Vec<Member>, ArchiveError> {
    let not_tar = |reason: &dyn ToString| ArchiveError::NotTar(escape::text(&reason.to_string()));
    if octets.len() as u64 > SIZE_LIMIT {
        let reason = format!("it has more than {} MiB", SIZE_LIMIT >> 20);
        return Err(ArchiveError::NotTar(reason));
    }
    if !is_archive(octets) {
        return Err(ArchiveError::NotTar("it does not begin as one".to_owned()));
    }
    let mut archive = Archive::new(octets);
    let entries = archive.entries().map_err(|error| not_tar(&error))?;
    let mut members: Vec<Member> = Vec::new();
    let mut seen = HashSet::new();
    // Raw: what other tars write before a file, to say more of it, is an entry like any other.
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|error| not_tar(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refused = |reason: String| Err(ArchiveError::member(&name, reason));
        if let Some(what) = other_than_a_file(entry.header().entry_type()) {
            return refused(format!("it is {what}: only files are taken"));
        }
        if !is_expected(&name) {
            return refused("no such file belongs into an archive".to_owned());
        }
        if entry.size() > MEMBER_LIMIT {
            return refused(format!("it has more than {} MiB", MEMBER_LIMIT >> 20));
        }
        if !seen.insert(name.clone()) {
            return refused("it is there twice".to_owned());
        }
        let mut contents = Vec::new();
        let read = std::io::Read::read_to_end(&mut entry, &mut contents);
        if read.is_err() || contents.len() as u64 != entry.size() {
            return refused("the archive ends in the middle of it".to_owned());
        }
        members.push((name, contents));
    }
    Ok(members)
}

/// Names the part in which the archive `found` is not as packing has made it, `packed`.
pub fn difference(found: &[u8], packed: &[u8]) -> Result<ArchiveError, ArchiveError> {
    let (members, wanted) = (unpack(found)?, unpack(packed)?);
    for (name, contents) in &wanted {
        let member = members.iter().find(|(member, _)| member == name);
        let reason = match member {
            None => "it is not there",
            Some((_, found)) if found != contents => "its contents are not as meshpki writes them",
            Some(_) => continue,
        };
        return Ok(ArchiveError::member(name, reason));
    }
    // The same files: they stand in another order, or what is around them is another.
    let pairs = found.iter().zip(packed);
    let mut offset = pairs.take_while(|(found, packed)| found == packed).count();
    for (name, contents) in &wanted {
        let length = BLOCK + contents.len().next_multiple_of(BLOCK);
        if offset < length {
            let reason = match offset < BLOCK {
                true => "its header in the archive is not as meshpki writes it",
                false => "something follows its contents in the archive",
            };
            return Ok(ArchiveError::member(name, reason));
        }
        offset -= length;
    }
    let reason = match found.len() < packed.len() {
        true => "it ends too early",
        false => "something follows its last file",
    };
    Ok(ArchiveError::NotTar(reason.to_owned()))
}

fn other_than_a_file(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular => None,
        EntryType::Directory => Some("a folder"),
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Link => Some("a hard link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a named pipe"),
        _ => Some("an extension of tar's"),
    }
}

/// Whether `name` is one that packing gives: never absolute, and never with `..` in it.
fn is_expected(name: &str) -> bool {
    match name.split_once('/') {
        None => [MANIFEST, MANIFEST_DIGEST, ROOT_CERT].contains(&name),
        Some((cluster, file)) => {
            [CA_CSR, CA_CERT, CERT_CHAIN].contains(&file) && cluster.parse::<ClusterName>().is_ok()
        }
    }
}
