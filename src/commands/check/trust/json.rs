//! The trust among clusters as data.

use serde::Serialize;

use super::Survey;
use super::refusals::Refused;
use crate::mesh::trust::{Group, Root};
use crate::pki::validity::moment;

impl<'a> Survey<'a> {
    /// For programs: everything.
    pub fn document(&self) -> Document<'_> {
        let root = |root: &'_ Root<'a>| RootDocument {
            label: root.label.clone(),
            subject: root.certificate.subject(),
            sha256_fingerprint: root.certificate.sha256_fingerprint(),
            not_after: moment(root.certificate.not_after()),
            signed_under: root.led_to_by,
            trusted_by: root.trusted_by,
        };
        let group = |(number, group): (usize, &'_ Group)| {
            let first = group.first();
            let root = self.roots.led_to(self.trust, first);
            let trusted = self.roots.trusted(self.trust, first);
            let members = group.members.iter();
            GroupDocument {
                group: number + 1,
                clusters: members.map(|&member| self.trust.name(member)).collect(),
                signed_under: root.map(|root| root.label.clone()),
                trusts: trusted.map(|root| root.label.clone()).collect(),
            }
        };
        let namesakes = self.roots.namesakes();
        let labels = |roots: &Vec<&Root<'_>>| roots.iter().map(|root| root.label.clone()).collect();
        Document {
            at: moment(self.trust.at()),
            clusters: self.trust.len(),
            is_whole: self.is_whole(),
            roots: self.roots.all.iter().map(root).collect(),
            same_name: namesakes.iter().map(labels).collect(),
            groups: self.groups.iter().enumerate().map(group).collect(),
            refused: &self.refused,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::check) struct Document<'a> {
    at: String,
    clusters: usize,
    is_whole: bool,
    roots: Vec<RootDocument>,
    same_name: Vec<Vec<String>>,
    groups: Vec<GroupDocument<'a>>,
    refused: &'a [Refused],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RootDocument {
    label: String,
    subject: String,
    sha256_fingerprint: String,
    not_after: String,
    signed_under: usize,
    trusted_by: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupDocument<'a> {
    group: usize,
    clusters: Vec<&'a str>,
    signed_under: Option<String>,
    trusts: Vec<String>,
}
