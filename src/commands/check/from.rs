//! `meshpki check --from`: whether a running istiod takes one set of files over another.

mod advice;
mod json;
mod words;

use clap::ValueEnum;

pub(super) use self::json::Document;
use super::input::Input;
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::rotation::{Rotation, Start};
use crate::mesh::rules::Finding;
use crate::mesh::trust::Trust;

/// The value of ISTIO_MULTIROOT_MESH on istiod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MultiRoot {
    On,
    Off,
}

/// What the change from one input to another is judged by.
pub(super) struct Change<'a> {
    pub old: Input,
    pub new: &'a Input,
    /// Of the new files.
    pub findings: Vec<Finding>,
    /// Between the two: some workloads have the new certificates or roots before others.
    pub trust: Trust,
    pub version: IstioVersion,
    /// As the caller has it.
    pub multi_root: Option<MultiRoot>,
}

/// What comes of it.
pub(super) struct Judged<'a> {
    change: &'a Change<'a>,
    rotation: Rotation<'a>,
}

/// The places of the two in the trust between them.
const OLD: usize = 0;
const NEW: usize = 1;

impl<'a> Judged<'a> {
    pub fn of(change: &'a Change<'a>) -> Self {
        let has_path = change.trust.accepts(NEW, NEW);
        let (old, new) = (&change.old.files, &change.new.files);
        let rotation = Rotation::judge(old, new, &change.findings, has_path, change.version);
        Self { change, rotation }
    }

    /// Whether the new files can be applied as they are: the running istiod takes them, with the
    /// setting that it has, and so it does when it starts again; the mesh works with them, and
    /// meanwhile the workloads with old certificates and those with new ones let in each other.
    pub fn is_safe(&self) -> bool {
        self.is_taken()
            && self.rotation.start == Start::Loads
            && self.rotation.broken.is_empty()
            && self.overlaps()
    }

    fn is_taken(&self) -> bool {
        self.rotation.hot(self.has_multi_root()).takes()
    }

    /// Istio's default is off.
    fn has_multi_root(&self) -> bool {
        self.change.multi_root == Some(MultiRoot::On)
    }

    /// Whether old workloads let in new ones, and new ones old ones.
    fn overlaps(&self) -> bool {
        self.change.trust.accepts(OLD, NEW) && self.change.trust.accepts(NEW, OLD)
    }
}
