//! What a request is compared with: the record, and the other requests.

use std::collections::HashMap;

use super::given::{Asked, Given};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::record::{Entry, Record};
use crate::pki::key::PublicKey;

/// The record and what is given, by keys and by clusters: there may be thousands.
pub struct Index<'a> {
    /// By key identifiers: the same key may be written in several ways.
    recorded_keys: HashMap<Vec<u8>, Vec<&'a Entry>>,
    recorded_clusters: HashMap<&'a ClusterName, Vec<&'a Entry>>,
    given_keys: HashMap<Vec<u8>, Vec<&'a Asked>>,
    given_clusters: HashMap<&'a ClusterName, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    pub fn of(given: &'a Given, record: &'a Record) -> Self {
        let mut index = Self {
            recorded_keys: HashMap::new(),
            recorded_clusters: HashMap::new(),
            given_keys: HashMap::new(),
            given_clusters: HashMap::new(),
        };
        for entry in record.entries() {
            if let Ok(key) = entry.certificate.public_key() {
                let of_key = index.recorded_keys.entry(key.key_identifier());
                of_key.or_default().push(entry);
            }
            if let Some(cluster) = &entry.cluster {
                let of_cluster = index.recorded_clusters.entry(cluster);
                of_cluster.or_default().push(entry);
            }
        }
        for request in &given.requests {
            let Ok(asked) = &request.asked else { continue };
            let key = asked.request.public_key().key_identifier();
            index.given_keys.entry(key).or_default().push(asked);
            let of_cluster = index.given_clusters.entry(&asked.cluster);
            of_cluster.or_default().push(request.file.as_str());
        }
        index
    }

    /// What the record has of `key`.
    pub fn of_key(&self, key: &PublicKey) -> &[&'a Entry] {
        let recorded = self.recorded_keys.get(&key.key_identifier());
        recorded.map_or(&[], Vec::as_slice)
    }

    /// What the record has of `cluster`.
    pub fn of_cluster(&self, cluster: &ClusterName) -> &[&'a Entry] {
        let recorded = self.recorded_clusters.get(cluster);
        recorded.map_or(&[], Vec::as_slice)
    }

    /// The requests of `key` that are given.
    pub fn given_of_key(&self, key: &PublicKey) -> &[&'a Asked] {
        let given = self.given_keys.get(&key.key_identifier());
        given.map_or(&[], Vec::as_slice)
    }

    /// The files with requests of `cluster` that are given.
    pub fn files_of(&self, cluster: &ClusterName) -> &[&'a str] {
        let given = self.given_clusters.get(cluster);
        given.map_or(&[], Vec::as_slice)
    }
}
