//! What is said of a change.

use super::super::report::headline;
use super::super::trust::{MOST_LINES, more, words};
use super::{Judged, MultiRoot, NEW, OLD};
use crate::mesh::rotation::{Hot, Refusal, Start};
use crate::mesh::rules::Finding;
use crate::pki::certificate::Certificate;
use crate::pki::validity::date;

impl Judged<'_> {
    /// For people.
    pub fn text(&self, is_for_people: bool) -> String {
        let change = self.change;
        let (old, new, version) = (&change.old.name, &change.new.name, change.version);
        let setting = match change.multi_root {
            Some(MultiRoot::On) => "on",
            Some(MultiRoot::Off) => "off",
            None => "off, the default",
        };
        let verdict = self.verdict();
        let head = format!(
            "from {old} to {new}, Istio {version}, ISTIO_MULTIROOT_MESH {setting}: {verdict}"
        );
        let mut text = headline(&head, self.is_safe(), is_for_people);
        text += &self.table();
        text += &self.reasons();
        text += &self.differences();
        if *self.rotation.hot(self.has_multi_root()) != Hot::Refuses(Refusal::OwnCa) {
            text += &self.between(OLD, NEW, "of the old CA, where the new roots are");
            text += &self.between(NEW, OLD, "of the new CA, where the old roots still are");
        }
        if self.rotation.keeps_crl {
            text += "  the old ca-crl.pem stays in use until istiod is restarted: a running istiod never drops a CRL\n";
        }
        for (number, step) in self.advice().iter().enumerate() {
            text += &format!("  remedy {}: {step}\n", number + 1);
        }
        text
    }

    fn verdict(&self) -> &'static str {
        let loads = self.rotation.start == Start::Loads;
        let works = self.rotation.broken.is_empty();
        match (self.is_taken(), loads, works, self.overlaps()) {
            (true, true, true, true) => "the running istiod takes it, and the mesh works meanwhile",
            (true, true, true, false) => {
                "the running istiod takes it, and meanwhile workloads refuse each other"
            }
            (true, true, false, _) => "the running istiod takes it, and the mesh breaks",
            (true, false, ..) => "the running istiod takes it, and will not start with it again",
            (false, true, true, true) => "the running istiod drops it; a restart loads it",
            (false, true, true, false) => {
                "the running istiod drops it, and a restart would have workloads refuse each other"
            }
            (false, true, false, _) => "the running istiod drops it, and a restart breaks the mesh",
            (false, false, ..) => "the running istiod drops it, and does not start with it either",
        }
    }

    fn table(&self) -> String {
        let hot = [&self.rotation.off, &self.rotation.on];
        let takes = hot.map(|hot| match hot {
            Hot::Nothing => "has it",
            Hot::Takes => "takes it",
            Hot::Refuses(_) => "drops it",
        });
        let serves = hot.map(|hot| if hot.takes() { "new" } else { "old" });
        let starts = match &self.rotation.start {
            Start::Loads => "loads it",
            Start::OwnCa => "makes its own",
            Start::Refuses(_) => "refuses it",
        };
        let rows = [
            ("ISTIO_MULTIROOT_MESH", ["off", "on"]),
            ("the running istiod", takes),
            ("CA and roots in use then", serves),
            ("istiod at its next start", [starts; 2]),
        ];
        let lines = rows.map(|(name, [off, on])| format!("  {name:<24}  {off:<13}  {on}\n"));
        lines.concat()
    }

    /// Why it is not taken, the same reason once.
    fn reasons(&self) -> String {
        let mut text = String::new();
        let (off, on) = (&self.rotation.off, &self.rotation.on);
        let settings = match (off, on) {
            (Hot::Refuses(off), Hot::Refuses(on)) if off == on => vec![("off and on", off)],
            (off, on) => {
                let both = [("off", off), ("on", on)].into_iter();
                let refused = both.filter_map(|(setting, hot)| match hot {
                    Hot::Refuses(refusal) => Some((setting, refusal)),
                    _ => None,
                });
                refused.collect()
            }
        };
        for (setting, refusal) in settings {
            let reason = reason(refusal);
            text += &format!("  {setting}: {reason}\n");
        }
        if !self.rotation.roots.is_same_text && on.takes() {
            text += "  on: until its next start istiod holds the certificates of its own clients against the old roots\n";
        }
        let drops = !off.takes() || !on.takes();
        match &self.rotation.start {
            Start::Loads if drops => {
                text += "  a restart, whenever it comes, loads it without a look at what was there before\n";
            }
            Start::Loads => {}
            Start::OwnCa => {
                text += "  at its next start istiod makes a CA of its own in silence, which no other cluster trusts\n";
            }
            Start::Refuses(findings) => {
                let findings = listed(findings);
                let trap = if off.takes() || on.takes() {
                    "; a running istiod does not look at that"
                } else {
                    ""
                };
                text += &format!("  at its next start istiod refuses it: {findings}{trap}\n");
            }
        }
        text
    }

    /// What is different.
    fn differences(&self) -> String {
        let roots = &self.rotation.roots;
        let mut text = String::new();
        let trust = &self.change.trust;
        let cas = [OLD, NEW].map(|cluster| trust.signing(cluster));
        if cas[OLD] != cas[NEW] {
            for (word, ca) in ["old", "new"].iter().zip(cas) {
                if let Some(ca) = ca {
                    text += &told(&format!("{word} CA"), ca);
                }
            }
        }
        for (word, roots) in [("added", &roots.added), ("removed", &roots.removed)] {
            for root in roots.iter().take(MOST_LINES) {
                text += &told(&format!("root {word}"), root);
            }
            text += &more(roots.len(), &format!("roots {word}"));
        }
        if !roots.is_same_text && roots.added.is_empty() && roots.removed.is_empty() {
            text += "  the roots are the same, and the text of root-cert.pem is not\n";
        }
        text
    }

    /// Whether workloads that show the one let each other in where the other is.
    fn between(&self, from: usize, to: usize, whose: &str) -> String {
        let answer = self.refusal(from, to);
        let answer = answer.map_or_else(
            || "are let in".to_owned(),
            |reason| format!("are refused: {reason}"),
        );
        format!("  workloads with certificates {whose}: {answer}\n")
    }

    pub(super) fn refusal(&self, from: usize, to: usize) -> Option<String> {
        if self.change.trust.accepts(from, to) {
            return None;
        }
        let reason = self.change.trust.workloads_of(from).refusal(to);
        let root = self.change.trust.root(from).map(Certificate::subject);
        Some(words(&reason, &root.unwrap_or_default(), false))
    }
}

fn told(what: &str, certificate: &Certificate) -> String {
    let (subject, expires) = (certificate.subject(), date(certificate.not_after()));
    let sha256 = certificate.sha256_fingerprint();
    format!("  {what}: {subject}, expires {expires}\n    SHA-256 {sha256}\n")
}

/// Why a running istiod drops the update, and what its log says.
pub(super) fn reason(refusal: &Refusal<'_>) -> String {
    let reason = match refusal {
        Refusal::OwnCa => {
            "it began without a whole set of files, with a CA of its own, and watches none (istio#57853)"
        }
        Refusal::NeverWatches => "Istio before 1.11 reads its files once, when it starts",
        Refusal::DoesNotWatch => {
            "Istio 1.11 to 1.17 watches its files only with AUTO_RELOAD_PLUGIN_CERTS=true, which is not the default"
        }
        Refusal::RootsFixed => {
            "root-cert.pem is different: Istio before 1.20 drops the whole update"
        }
        Refusal::MultiRootOff => {
            "root-cert.pem is different: the whole update is dropped, with the line \"Multi root is disabled, updating new ROOT-CA not supported\""
        }
        Refusal::RootsReplaced => {
            "of the old roots and the new ones neither contain the others: the whole update is dropped, with the line \"Updating new ROOT-CA not supported\""
        }
        Refusal::TextReplaced => {
            "Istio 1.20 to 1.29 compares text, and the old root-cert.pem is not in the new one in one piece, nor the new one in the old: the whole update is dropped, with the line \"Updating new ROOT-CA not supported\""
        }
        Refusal::Findings(findings) => {
            let findings = listed(findings);
            return format!("it does not pass, and the whole update is dropped: {findings}");
        }
    };
    reason.to_owned()
}

/// `not-a-ca (ca-cert.pem), no-path (cert-chain.pem)`.
fn listed(findings: &[&Finding]) -> String {
    let told = |finding: &&Finding| match (finding.rule.id, finding.file) {
        (id, "") => id.to_owned(),
        (id, file) => format!("{id} ({file})"),
    };
    let mut listed: Vec<_> = findings.iter().map(told).collect();
    listed.dedup();
    listed.join(", ")
}
