//! What was signed, a line for each.

use crate::mesh::record::Entry;
use crate::pki::digest::Sha256;
use crate::pki::validity::date;

/// What is said of the root's own certificate: no cluster has such a name.
const ROOT: &str = "(root)";

/// The table, and below it the head to be read aloud.
pub fn table(entries: &[&Entry], head: &Sha256) -> String {
    let rows = entries.iter().map(|entry| {
        let cluster = entry.cluster.as_ref().map(ToString::to_string);
        [
            entry.number.to_string(),
            date(entry.time).to_string(),
            cluster.unwrap_or_else(|| ROOT.to_owned()),
            entry.certificate.serial_number(),
            short(&entry.spki()),
            date(entry.certificate.not_after()).to_string(),
        ]
    });
    let titles = ["NUMBER", "DATE", "CLUSTER", "SERIAL", "KEY", "EXPIRES"].map(str::to_owned);
    let rows: Vec<_> = [titles].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max();
    let widths: Vec<_> = (0..rows[0].len()).filter_map(width).collect();
    let mut text = String::new();
    if !entries.is_empty() {
        for row in &rows {
            let cells = row.iter().zip(&widths);
            let cells: Vec<_> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            text += cells.join("  ").trim_end();
            text.push('\n');
        }
    }
    text + &format!("head  {}\n", head.groups())
}

/// As much of a digest as tells keys apart at a glance.
pub fn short(digest: &Sha256) -> String {
    let mut digits = digest.to_string();
    digits.truncate(16);
    digits
}
