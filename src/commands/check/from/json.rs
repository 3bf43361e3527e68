//! What becomes of a change, as data.

use serde::Serialize;

use super::words::reason;
use super::{Judged, NEW, OLD};
use crate::mesh::rotation::{Hot, Start};
use crate::pki::certificate::Certificate;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::check) struct Document<'a> {
    from: &'a str,
    to: &'a str,
    istio_version: String,
    /// ISTIO_MULTIROOT_MESH, by which the verdict is.
    multi_root: bool,
    is_safe: bool,
    running: Running,
    at_next_start: AtNextStart<'a>,
    roots_added: Vec<Root>,
    roots_removed: Vec<Root>,
    old_workloads_where_new_roots_are: LetIn,
    new_workloads_where_old_roots_are: LetIn,
    keeps_crl: bool,
    remedies: Vec<String>,
}

/// What a running istiod does with ISTIO_MULTIROOT_MESH off, and on.
#[derive(Serialize)]
struct Running {
    off: Reaction,
    on: Reaction,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reaction {
    answer: &'static str,
    /// Which CA and roots are in use then.
    serves: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AtNextStart<'a> {
    answer: &'static str,
    /// The rules that are broken.
    rules: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    subject: String,
    sha256_fingerprint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LetIn {
    let_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Judged<'_> {
    pub fn document(&self) -> Document<'_> {
        let (change, rotation) = (self.change, &self.rotation);
        let let_in = |from, to| {
            let reason = self.refusal(from, to);
            LetIn {
                let_in: reason.is_none(),
                reason,
            }
        };
        Document {
            from: &change.old.name,
            to: &change.new.name,
            istio_version: change.version.to_string(),
            multi_root: self.has_multi_root(),
            is_safe: self.is_safe(),
            running: Running {
                off: answer(&rotation.off),
                on: answer(&rotation.on),
            },
            at_next_start: at_next_start(&rotation.start),
            roots_added: rotation.roots.added.iter().map(root).collect(),
            roots_removed: rotation.roots.removed.iter().map(root).collect(),
            old_workloads_where_new_roots_are: let_in(OLD, NEW),
            new_workloads_where_old_roots_are: let_in(NEW, OLD),
            keeps_crl: rotation.keeps_crl,
            remedies: self.advice(),
        }
    }
}

fn answer(hot: &Hot<'_>) -> Reaction {
    let (answer, reason) = match hot {
        Hot::Nothing => ("same", None),
        Hot::Takes => ("taken", None),
        Hot::Refuses(refusal) => ("dropped", Some(reason(refusal))),
    };
    Reaction {
        answer,
        serves: if hot.takes() { "new" } else { "old" },
        reason,
    }
}

fn at_next_start<'a>(start: &Start<'a>) -> AtNextStart<'a> {
    let (answer, findings) = match start {
        Start::Loads => ("loaded", [].as_slice()),
        Start::OwnCa => ("ownCa", [].as_slice()),
        Start::Refuses(findings) => ("refused", findings.as_slice()),
    };
    let rules = findings.iter().map(|finding| finding.rule.id);
    AtNextStart {
        answer,
        rules: rules.collect(),
    }
}

fn root(root: &Certificate) -> Root {
    Root {
        subject: root.subject(),
        sha256_fingerprint: root.sha256_fingerprint(),
    }
}
