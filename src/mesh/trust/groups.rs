//! Clusters that cannot be told apart by whom they let in and who lets them in.

use std::collections::HashMap;

use super::{ChainId, Trust};

/// Clusters that let in the same ones, are let in by the same ones, and lead to the same root.
/// Either all of them let in each other, or none does.
pub struct Group {
    /// By their numbers, in order.
    pub members: Vec<usize>,
}

impl Group {
    /// One that speaks for all.
    pub fn first(&self) -> usize {
        self.members[0]
    }
}

impl Trust {
    /// The clusters in groups, the largest first.
    pub fn groups(&self) -> Vec<Group> {
        let rows = self.distinct_rows();
        let columns = self.distinct_columns();
        let mut groups: HashMap<_, Group> = HashMap::new();
        for (number, cluster) in self.clusters.iter().enumerate() {
            let row = cluster.chain.map(|chain| rows[chain]);
            let key = (row, columns[cluster.bundle], self.root_of(number));
            let group = groups.entry(key).or_insert_with(|| Group {
                members: Vec::new(),
            });
            group.members.push(number);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.first()));
        groups
    }

    /// For each chain a number, the same for those that the same roots take.
    fn distinct_rows(&self) -> Vec<usize> {
        let mut numbers = HashMap::new();
        let rows = self.accepted.iter();
        rows.map(|row| {
            let next = numbers.len();
            *numbers.entry(row).or_insert(next)
        })
        .collect()
    }

    /// For each choice of roots a number, the same for those that take the same chains.
    fn distinct_columns(&self) -> Vec<usize> {
        let mut columns: Vec<Vec<ChainId>> = vec![Vec::new(); self.bundles.len()];
        for (chain, bundles) in self.accepted.iter().enumerate() {
            for &bundle in bundles {
                columns[bundle].push(chain);
            }
        }
        let mut numbers = HashMap::new();
        let columns = columns.into_iter();
        columns
            .map(|column| {
                let next = numbers.len();
                *numbers.entry(column).or_insert(next)
            })
            .collect()
    }
}
