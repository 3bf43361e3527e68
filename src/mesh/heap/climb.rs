//! From a certificate to all that stands above it, by names and signatures alone.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::{HeapError, Path};
use crate::pki::certificate::Certificate;
use crate::pki::go;
use crate::pki::signatures::Signatures;

/// Of a thousand certificates that share one name, each could have issued each.
pub const MOST_SIGNATURES: usize = 10_000;

/// The certificates by their names.
pub struct Climb<'a> {
    by_subject: HashMap<&'a [u8], Vec<&'a Certificate>>,
    signatures: usize,
}

/// What stands above one certificate.
pub struct Way<'a> {
    /// The certificate itself, and all that is above it, the nearest first.
    steps: Vec<Step<'a>>,
    /// Those that have signed themselves.
    pub roots: Vec<&'a Certificate>,
    /// Those whose issuer is not there.
    pub without_issuer: Vec<&'a Certificate>,
}

struct Step<'a> {
    certificate: &'a Certificate,
    /// The place among the steps of the one below; the first has none.
    below: Option<usize>,
}

impl<'a> Climb<'a> {
    pub fn new(certificates: impl Iterator<Item = &'a Certificate>) -> Self {
        let mut by_subject: HashMap<_, Vec<_>> = HashMap::new();
        for certificate in certificates {
            let namesakes = by_subject.entry(certificate.subject_der()).or_default();
            namesakes.push(certificate);
        }
        Self {
            by_subject,
            signatures: 0,
        }
    }

    /// All that stands above `start`, each once, however many ways lead there.
    pub fn from(&mut self, start: &'a Certificate) -> Result<Way<'a>, HeapError> {
        let mut way = Way {
            steps: vec![Step {
                certificate: start,
                below: None,
            }],
            roots: Vec::new(),
            without_issuer: Vec::new(),
        };
        let mut position = 0;
        while position < way.steps.len() {
            let below = way.steps[position].certificate;
            let issuers = self.issuers(below)?;
            if issuers.is_empty() {
                way.without_issuer.push(below);
            }
            for issuer in issuers {
                if issuer == below {
                    way.roots.push(below);
                } else if !way.steps.iter().any(|step| step.certificate == issuer) {
                    way.steps.push(Step {
                        certificate: issuer,
                        below: Some(position),
                    });
                }
            }
            position += 1;
        }
        Ok(way)
    }

    fn issuers(&mut self, below: &Certificate) -> Result<Vec<&'a Certificate>, HeapError> {
        let named = self.by_subject.get(below.issuer_der());
        let named = named.map(Vec::as_slice).unwrap_or_default();
        self.signatures += named.len();
        if self.signatures > MOST_SIGNATURES {
            return Err(HeapError::TooMany);
        }
        let issuers = named.iter().filter(|issuer| below.is_issued_by(issuer));
        Ok(issuers.copied().collect())
    }
}

impl Way<'_> {
    /// The paths to `anchors` that Go takes at the instant `at`.
    pub fn taken_by_go(&self, anchors: &[Certificate], at: OffsetDateTime) -> Vec<Path> {
        let is_anchor = |certificate: &&Certificate| anchors.contains(certificate);
        let all = self.steps.iter().map(|step| step.certificate);
        let (anchors, others): (Vec<_>, Vec<_>) = all.partition(is_anchor);
        let owned = |certificates: Vec<&Certificate>| -> Vec<Certificate> {
            certificates.into_iter().cloned().collect()
        };
        let (anchors, others) = (owned(anchors), owned(others));
        let start = self.steps[0].certificate;
        let paths = go::paths(
            start,
            &others,
            &anchors,
            Some(at),
            &mut Signatures::default(),
        );
        let paths = paths.into_iter().flatten();
        paths.map(Path::new).collect()
    }

    /// The shortest path to one of `anchors`, whatever anybody thinks of it.
    pub fn shortest(&self, anchors: &[Certificate]) -> Option<Path> {
        let mut steps = self.steps.iter();
        let mut step = steps.find(|step| anchors.contains(step.certificate))?;
        let mut path = vec![step.certificate.clone()];
        while let Some(below) = step.below {
            step = &self.steps[below];
            path.push(step.certificate.clone());
        }
        path.reverse();
        Some(Path::new(path))
    }
}
