//! How a certificate that was made, or stands, is told of.

use std::fmt::Write;

use crate::pki::certificate::Certificate;
use crate::pki::validity::date;

/// The lines below the name of what was made.
pub fn certificate(certificate: &Certificate, files: &[&str]) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(lines, "  {name:<12} {value}").expect("a String takes every write");
    };
    line("files", &files.join(" "));
    line("subject", &certificate.subject());
    let key = certificate.public_key();
    line(
        "key",
        &key.map_or_else(|error| error.to_string(), |key| key.kind().to_string()),
    );
    line("SHA-256", &certificate.sha256_fingerprint());
    line("expires", &date(certificate.not_after()).to_string());
    lines
}
