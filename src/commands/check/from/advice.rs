//! What to do instead of, or after, a change.

use super::{Judged, NEW, OLD};
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::rotation::{Hot, Refusal, Start};

const RESTART: &str = "kubectl -n istio-system rollout restart deployment/istiod";

impl Judged<'_> {
    /// The steps that lead to the new files, in order; none, if they can be applied.
    pub(super) fn advice(&self) -> Vec<String> {
        let (old, new) = (&self.change.old.name, &self.change.new.name);
        if self.rotation.start != Start::Loads || !self.rotation.broken.is_empty() {
            let folder = &self.change.new.place.folder;
            return vec![format!("mend {new} first: meshpki check {folder}")];
        }
        let hot = self.rotation.hot(self.has_multi_root());
        if *hot == Hot::Refuses(Refusal::OwnCa) {
            return vec![format!(
                "apply {new}, restart istiod ({RESTART}), then the workloads: those signed under istiod's own CA and those signed under {new} refuse each other"
            )];
        }
        if !self.overlaps() {
            return self.steps();
        }
        let Hot::Refuses(refusal) = hot else {
            return Vec::new();
        };
        match refusal {
            Refusal::TextReplaced => vec![format!(
                "leave root-cert.pem of {old} as it is, octet for octet, and add to its end (meshpki bundle add CERT) or take away from it (meshpki bundle remove CERT)"
            )],
            Refusal::RootsReplaced => self.steps(),
            Refusal::MultiRootOff if self.rotation.on.takes() => vec![format!(
                "set ISTIO_MULTIROOT_MESH=true on istiod and apply {new}, or apply it and restart istiod: {RESTART}"
            )],
            _ => vec![format!("apply {new}, and restart istiod: {RESTART}")],
        }
    }

    /// The steps, with commands to be run where meshpki runs now. What they change is the old
    /// cluster: the new one has skipped them.
    fn steps(&self) -> Vec<String> {
        let old = &self.change.old;
        let mut steps = self.steps_of_mesh();
        if let Some(first) = steps.first_mut() {
            *first = format!("starting from {}, {first}", old.name);
        }
        let steps = steps.iter();
        steps.map(|step| old.place.as_typed(step)).collect()
    }

    /// A root is trusted everywhere before anything is signed under it, and until nothing is.
    fn steps_of_mesh(&self) -> Vec<String> {
        let cluster = &self.change.old.place.cluster;
        let roots = &self.rotation.roots;
        let restart = if self.takes_roots() {
            String::new()
        } else {
            format!(", restart istiod ({RESTART})")
        };
        let again = format!("apply the Secret everywhere{restart}, and go on when it is in use");
        let mut steps = Vec::new();
        if !roots.added.is_empty() || !self.change.trust.accepts(NEW, OLD) {
            steps.push(format!(
                "trust the new roots beside the old ones: meshpki bundle add NEW-ROOT, meshpki cluster-cacerts --roots-only {cluster}; {again}"
            ));
        }
        if !self.change.trust.accepts(OLD, NEW) || !self.change.trust.accepts(NEW, OLD) {
            steps.push(format!(
                "sign under the new root: put its key into root-key.pem, meshpki cluster-cacerts --renew {cluster}; apply the Secret, and wait until the old certificates are out of use (24 hours by default)"
            ));
        }
        if !roots.removed.is_empty() {
            steps.push(format!(
                "trust the new roots alone: meshpki bundle remove OLD-ROOT, meshpki cluster-cacerts --roots-only {cluster}; apply the Secret{restart}"
            ));
        }
        steps
    }

    /// Whether a running istiod takes a root that is added or removed.
    fn takes_roots(&self) -> bool {
        self.has_multi_root() && self.change.version >= IstioVersion::TAKES_ROOTS
    }
}
