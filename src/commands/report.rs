//! How a certificate that was made, or stands, is told of.

use std::fmt::{Display, Write};

use crate::config::Source;
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::validity::date;

/// That something stands otherwise than `source` asks.
pub fn otherwise(what: &str, stands: &[String], wanted: &[String], source: &Source) -> String {
    let shown = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => crate::escape::text(&names.join(", ")),
    };
    let (stands, wanted) = (shown(stands), shown(wanted));
    format!("its {what}: {stands}, and {source} asks for {wanted}")
}

/// The first few of `names`, of which there may be thousands.
pub fn first_of(names: &[impl Display]) -> String {
    const MOST: usize = 4;

    // An object may have a kind alone, and a blank behind it.
    let names = names
        .iter()
        .map(|name| name.to_string().trim_end().to_owned());
    first(names, MOST)
}

/// The first of `names`, at most so many: `a, b and 4 more`.
pub fn first(names: impl ExactSizeIterator<Item = impl Display>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let shown: Vec<_> = names.take(most).map(|name| name.to_string()).collect();
    let shown = shown.join(", ");
    match more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How many `names` there are, and the first few of them: `2: a, b`.
pub fn counted(names: &[impl Display]) -> String {
    format!("{}: {}", names.len(), first_of(names))
}

/// The lines below the name of what was made.
pub fn certificate(certificate: &Certificate, files: &[&str]) -> String {
    let key = certificate.public_key();
    let key = key.map_or_else(|error| error.to_string(), |key| key.kind().to_string());
    lines(&[
        ("files", files.join(" ")),
        ("subject", certificate.subject()),
        ("key", key),
        ("SHA-256", certificate.sha256_fingerprint()),
        ("expires", date(certificate.not_after()).to_string()),
    ])
}

/// The SHA-256 of an archive's manifest, in groups to be read aloud, on two lines.
pub fn manifest(digest: Sha256) -> String {
    aloud("manifest", digest)
}

/// A SHA-256 by its `name`, in groups to be read aloud, on two lines.
pub fn aloud(name: &str, digest: Sha256) -> String {
    let groups = digest.groups();
    let (first, second) = groups.split_at(groups.len() / 2);
    lines(&[
        (name, format!("SHA-256 {}", first.trim_end())),
        ("", format!("        {}", second.trim_start())),
    ])
}

/// Names and values, below each other.
pub fn lines(fields: &[(&str, String)]) -> String {
    let mut lines = String::new();
    for (name, value) in fields {
        writeln!(lines, "  {name:<12} {value}").expect("a String takes every write");
    }
    lines
}
