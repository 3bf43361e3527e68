//! Whether a running istiod takes new files over those that it has, and what it does with them at
//! its next start.
//!
//! istiod watches the folder of its files (istio pilot/pkg/bootstrap/istio_ca.go, handleEvent). When
//! they change it first compares root-cert.pem, and drops the whole update if it may not become what
//! it is now; then it verifies the new files, and drops them if they do not pass. It looks at less
//! than when it starts, so it may take what it will refuse then.

mod roots;

use super::cacerts::{CacertsFiles, Naming};
use super::istio_version::IstioVersion;
use super::rules::{
    CHAIN_EXPIRED, Finding, INCOMPLETE_SET, NO_FILES, NOT_A_CA, Severity, UNREADABLE_BLOCK,
};
use super::{CA_CRT, CERT_CHAIN, ROOT_CERT};
pub use roots::RootsChange;

/// From this one on istiod can look at its files again, if `AUTO_RELOAD_PLUGIN_CERTS` is set.
const WATCHES: IstioVersion = IstioVersion::minor(11);
/// From this one on it does without being told to (istio#43946).
const WATCHES_BY_DEFAULT: IstioVersion = IstioVersion::minor(18);

/// From this one on it is certificates that are compared, and not text (istio#59909).
const COMPARES_SETS: IstioVersion = IstioVersion::minor(30);

/// What becomes of new files.
pub struct Rotation<'a> {
    /// With `ISTIO_MULTIROOT_MESH` off.
    pub off: Hot<'a>,
    /// With `ISTIO_MULTIROOT_MESH` on.
    pub on: Hot<'a>,
    pub start: Start<'a>,
    pub roots: RootsChange,
    /// The rules that it breaks, and without which the mesh does not work.
    pub broken: Vec<&'a Finding>,
    /// istiod goes on handing out the old CRL until it is restarted (istio#61073).
    pub keeps_crl: bool,
}

/// What a running istiod does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hot<'a> {
    /// There is no difference.
    Nothing,
    Takes,
    /// It drops the whole update, and goes on with the old files.
    Refuses(Refusal<'a>),
}

/// Why a running istiod drops an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// It began with a CA of its own, and does not watch.
    OwnCa,
    /// This version never watches.
    NeverWatches,
    /// This version watches only with `AUTO_RELOAD_PLUGIN_CERTS=true`.
    DoesNotWatch,
    /// This version takes no change of root-cert.pem.
    RootsFixed,
    MultiRootOff,
    /// Of the old and the new roots neither contains the other.
    RootsReplaced,
    /// It would be the right roots, but the old text is not in the new one in one piece.
    TextReplaced,
    /// It does not pass the verification.
    Findings(Vec<&'a Finding>),
}

/// What istiod does when it starts with the new files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<'a> {
    Loads,
    /// It makes a CA of its own in silence.
    OwnCa,
    Refuses(Vec<&'a Finding>),
}

impl<'a> Rotation<'a> {
    /// From `old` to `new`, of which `findings` were made. `has_path` says whether Go finds a path
    /// from the new CA to a new root among the blocks that it can read.
    pub fn judge(
        old: &CacertsFiles,
        new: &CacertsFiles,
        findings: &'a [Finding],
        has_path: bool,
        version: IstioVersion,
    ) -> Self {
        let roots = RootsChange::between(old, new);
        let hot = |multi_root| {
            if !is_complete(old) {
                return Hot::Refuses(Refusal::OwnCa);
            }
            if is_same(old, new) {
                return Hot::Nothing;
            }
            if version < WATCHES {
                return Hot::Refuses(Refusal::NeverWatches);
            }
            if version < WATCHES_BY_DEFAULT {
                return Hot::Refuses(Refusal::DoesNotWatch);
            }
            if let Some(refusal) = roots_refused(&roots, multi_root, version) {
                return Hot::Refuses(refusal);
            }
            let refused = findings
                .iter()
                .filter(|finding| is_refusal(finding) && !is_for_start_alone(finding, has_path));
            let refused: Vec<_> = refused.collect();
            if refused.is_empty() {
                Hot::Takes
            } else {
                Hot::Refuses(Refusal::Findings(refused))
            }
        };
        let reads_crl = version >= IstioVersion::READS_CRL;
        Self {
            off: hot(false),
            on: hot(true),
            start: start(new, findings, version),
            broken: findings
                .iter()
                .filter(|finding| finding.rule.severity == Severity::Broken)
                .collect(),
            keeps_crl: reads_crl && has_crl(old) && !has_crl(new),
            roots,
        }
    }

    pub fn hot(&self, multi_root: bool) -> &Hot<'a> {
        if multi_root { &self.on } else { &self.off }
    }
}

impl Hot<'_> {
    /// Whether istiod has the new files without a restart.
    pub fn takes(&self) -> bool {
        !matches!(self, Self::Refuses(_))
    }
}

fn roots_refused(
    roots: &RootsChange,
    multi_root: bool,
    version: IstioVersion,
) -> Option<Refusal<'static>> {
    if roots.is_same_text || roots.is_missing {
        return None;
    }
    if version < IstioVersion::TAKES_ROOTS {
        return Some(Refusal::RootsFixed);
    }
    if !multi_root {
        return Some(Refusal::MultiRootOff);
    }
    match (
        version >= COMPARES_SETS,
        roots.is_contiguous,
        roots.is_contained,
    ) {
        (true, _, true) | (false, true, _) => None,
        (false, false, true) => Some(Refusal::TextReplaced),
        (_, _, false) => Some(Refusal::RootsReplaced),
    }
}

fn is_refusal(finding: &Finding) -> bool {
    finding.rule.severity == Severity::Refused
}

/// Whether a running istiod does not look at this. It uses what it can read of cert-chain.pem and
/// root-cert.pem; when it starts it wants to read all of it, for its own serving certificate and for
/// the verifier of its clients.
fn is_for_start_alone(finding: &Finding, has_path: bool) -> bool {
    let rule = finding.rule;
    let of_others = [CERT_CHAIN, ROOT_CERT, CA_CRT].contains(&finding.file);
    let is_passed_over = *rule == UNREADABLE_BLOCK && of_others && has_path;
    *rule == NOT_A_CA || *rule == CHAIN_EXPIRED || is_passed_over
}

fn start<'a>(new: &CacertsFiles, findings: &'a [Finding], version: IstioVersion) -> Start<'a> {
    let refused: Vec<_> = findings
        .iter()
        .filter(|finding| is_refusal(finding))
        .collect();
    let looks_for_key_alone = version < IstioVersion::READS_CRL && new.naming == Naming::Pem;
    let is_own = refused.iter().any(|finding| {
        let is_incomplete = *finding.rule == INCOMPLETE_SET;
        let lacks_key = looks_for_key_alone && new.ca_key.is_none();
        *finding.rule == NO_FILES || (is_incomplete && lacks_key)
    });
    match refused.as_slice() {
        [] => Start::Loads,
        _ if is_own => Start::OwnCa,
        _ => Start::Refuses(refused),
    }
}

fn is_complete(files: &CacertsFiles) -> bool {
    let CacertsFiles {
        ca_cert,
        ca_key,
        cert_chain,
        root_cert,
        ..
    } = files;
    let public = [ca_cert, cert_chain, root_cert];
    ca_key.is_some() && public.into_iter().all(Option::is_some)
}

fn is_same(old: &CacertsFiles, new: &CacertsFiles) -> bool {
    old.naming == new.naming && old.present().eq(new.present())
}

fn has_crl(files: &CacertsFiles) -> bool {
    files.ca_crl.as_deref().is_some_and(|crl| !crl.is_empty())
}
