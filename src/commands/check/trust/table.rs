//! A few clusters, each against each.

use crate::mesh::trust::Trust;

/// A row for each cluster's workloads, a column for each cluster that they come to.
pub(super) fn table(trust: &Trust) -> String {
    let clusters = 0..trust.len();
    let width = clusters.clone().map(|one| trust.name(one).chars().count());
    let width = width.max().unwrap_or_default();
    let head = clusters.clone().fold(String::new(), |head, to| {
        let number = to + 1;
        head + &format!("  {number:>3}")
    });
    let mut text = format!("  {:>2} {:width$}{head}\n", "", "");
    for from in clusters.clone() {
        let cells = clusters.clone().map(|to| {
            let answer = if trust.accepts(from, to) { "yes" } else { "no" };
            format!("  {answer:>3}")
        });
        let (number, name) = (from + 1, trust.name(from));
        let cells: String = cells.collect();
        text += &format!("  {number:>2} {name:width$}{cells}\n");
    }
    text
}
