//! Which rules are asked about.

use clap::Args;

use crate::mesh::rules::{self, Rule};

#[derive(Args)]
pub(super) struct Selection {
    /// Leave these rules aside; may be given more than once, or with commas
    #[arg(long, value_name = "ID", value_parser = rule, value_delimiter = ',')]
    ignore: Vec<&'static Rule>,
    /// Look at these rules alone; may be given more than once, or with commas
    #[arg(long, value_name = "ID", value_parser = rule, value_delimiter = ',')]
    only: Vec<&'static Rule>,
}

impl Selection {
    pub fn takes(&self, rule: &'static Rule) -> bool {
        !self.ignore.contains(&rule) && (self.only.is_empty() || self.only.contains(&rule))
    }
}

/// The rule by the name `id`.
pub(super) fn rule(id: &str) -> Result<&'static Rule, String> {
    let mut all = rules::all();
    if let Some(rule) = all.find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let nearest = rules::all().min_by_key(|rule| distance(rule.id, id));
    let nearest = nearest.map_or("", |rule| rule.id);
    Err(format!(
        "there is no such rule: the nearest is {nearest}, and meshpki check --rules lists them all"
    ))
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_that_of_the_shortest_way() {
        for (one, other, steps) in [
            ("", "", 0),
            ("abc", "", 3),
            ("chain-start", "chain-strat", 2),
            ("kitten", "sitting", 3),
            ("no-path", "nopath", 1),
        ] {
            assert_eq!(distance(one, other), steps, "{one} {other}");
            assert_eq!(distance(other, one), steps, "{other} {one}");
        }
    }
}
