//! What is to be done about each request: by the policy, the record, the root and the others.

use time::OffsetDateTime;

use super::given::{Asked, Given, GivenRequest};
use super::index::Index;
use super::problem::Problem;
use super::root::Root;
use super::terms::{Lifetime, Terms};
use crate::commands::{record, report};
use crate::mesh;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::policy::Granted;
use crate::mesh::profile;
use crate::mesh::record::{Entry, Record};
use crate::mesh::root_bundle;
use crate::mesh::signing_root::SigningRoot;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::certificate::{Certificate, CertificateSpec};
use crate::pki::digest::Sha256;
use crate::pki::validity::moment;

/// What is to be done, in the order in which the requests are given.
pub struct Plan<'a> {
    pub items: Vec<(&'a GivenRequest, Decision)>,
    /// What there is to know of all that is signed.
    pub notes: Vec<String>,
}

/// What is to be done about a request.
#[derive(PartialEq, Eq)]
pub enum Decision {
    Sign(Box<New>),
    Again(Box<Recorded>),
    Refused(Vec<Problem>),
}

/// A certificate that is to be signed.
#[derive(PartialEq, Eq)]
pub struct New {
    pub spec: CertificateSpec,
    /// Why it is not valid for longer.
    pub bound: Option<String>,
    /// What the record has last of the same cluster.
    pub last: Option<Recorded>,
    /// Whether that is of another key.
    pub is_rekey: bool,
}

/// A certificate that the record has.
#[derive(PartialEq)]
pub struct Recorded {
    pub certificate: Certificate,
    /// The number of its line.
    pub number: u64,
    pub time: OffsetDateTime,
}

// No two certificates are alike in part.
impl Eq for Recorded {}

impl From<&Entry> for Recorded {
    fn from(entry: &Entry) -> Self {
        Self {
            certificate: entry.certificate.clone(),
            number: entry.number,
            time: entry.time,
        }
    }
}

impl<'a> Plan<'a> {
    pub fn of(
        given: &'a Given,
        terms: &Terms,
        root: &Root,
        record: &Record,
    ) -> anyhow::Result<Self> {
        let Lifetime {
            validity,
            bound,
            mut notes,
        } = terms.lifetime(&root.signing)?;
        notes.extend(clock_set_back(record, terms.now));
        let spec = |granted: Granted| {
            profile::cluster_ca(granted.subject, validity, granted.subject_alt_names)
        };
        let late = record::late_beginning(record, root.signing.certificate());
        notes.extend(late);
        let judge = Judge {
            terms,
            root: &root.signing,
            roots: root_bundle::certificates(&root.certificates)?,
            index: Index::of(given, record),
            bound,
        };
        let items = given.requests.iter().map(|request| {
            let decision = match &request.asked {
                Err(problem) => Decision::Refused(vec![problem.clone()]),
                Ok(asked) => judge.decide(asked, spec),
            };
            (request, decision)
        });
        let items: Vec<_> = items.collect();
        let signs = items
            .iter()
            .any(|(_, decision)| matches!(decision, Decision::Sign(_)));
        Ok(Self {
            items,
            notes: if signs { notes } else { Vec::new() },
        })
    }

    /// The requests that are answered, with what each is given.
    pub fn answered(&self) -> impl Iterator<Item = (&'a Asked, &Decision)> {
        self.items.iter().filter_map(|(request, decision)| {
            let asked = request.asked.as_ref().ok()?;
            (!matches!(decision, Decision::Refused(_))).then_some((asked, decision))
        })
    }

    pub fn to_sign(&self) -> usize {
        self.count(|decision| matches!(decision, Decision::Sign(_)))
    }

    pub fn again(&self) -> usize {
        self.count(|decision| matches!(decision, Decision::Again(_)))
    }

    pub fn refused(&self) -> usize {
        self.count(|decision| matches!(decision, Decision::Refused(_)))
    }

    fn count(&self, is_it: fn(&Decision) -> bool) -> usize {
        let decisions = self.items.iter();
        decisions.filter(|(_, decision)| is_it(decision)).count()
    }

    /// Whether the same is to be done as `other` says, of the same requests.
    pub fn is_as(&self, other: &Self) -> bool {
        let mut pairs = self.items.iter().zip(&other.items);
        self.items.len() == other.items.len() && pairs.all(|((_, one), (_, other))| one == other)
    }
}

/// Whether the clock, which no network sets, is behind what was signed before: `accept` would take
/// what is signed now for the older one.
fn clock_set_back(record: &Record, now: OffsetDateTime) -> Option<String> {
    let last = record.entries().iter().max_by_key(|entry| entry.time)?;
    let (number, file) = (last.number, mesh::ROOT_ISSUED);
    let [then, now_told] = [last.time, now].map(moment);
    (last.time > now).then(|| {
        format!("line {number} of {file} is of {then}, and now is {now_told}: is the clock right?")
    })
}

/// What a request is held against.
struct Judge<'a> {
    terms: &'a Terms,
    root: &'a SigningRoot,
    roots: Vec<Certificate>,
    index: Index<'a>,
    /// Why nothing is signed for longer.
    bound: Option<String>,
}

impl Judge<'_> {
    fn decide(&self, asked: &Asked, spec: impl Fn(Granted) -> CertificateSpec) -> Decision {
        let Terms {
            policy, defaults, ..
        } = self.terms;
        let mut problems: Vec<Problem> = Vec::new();
        let granted = policy.judge(&asked.cluster, &asked.request, defaults);
        let spec = match granted {
            Ok(granted) => Some(spec(granted)),
            Err(reasons) => {
                problems.extend(reasons.into_iter().map(Problem::from));
                None
            }
        };
        problems.extend(self.of_the_key(asked));
        problems.extend(self.of_the_others(asked));
        if let Some(spec) = &spec {
            problems.extend(self.of_the_root(spec));
        }
        match spec {
            Some(spec) if problems.is_empty() => match self.answer(asked) {
                Some(recorded) => Decision::Again(Box::new(recorded)),
                None => Decision::Sign(Box::new(self.new_one(asked, spec))),
            },
            _ => Decision::Refused(problems),
        }
    }

    /// A key is of one cluster, and a cluster has one key until it is said that it gets another.
    fn of_the_key(&self, asked: &Asked) -> Vec<Problem> {
        let (cluster, key) = (&asked.cluster, asked.request.public_key());
        let another = "have another made with a key of its own";
        let is_of_key =
            |root: &&Certificate| root.public_key().is_ok_and(|of_root| of_root == *key);
        if let Some(root) = self.roots.iter().find(is_of_key) {
            let fact = format!("its key is the root's own, that of {}", root.subject());
            return vec![Problem::new(fact, another)];
        }
        let mut problems = Vec::new();
        let file = mesh::ROOT_ISSUED;
        let of_key = self.index.of_key(key);
        let of_another = of_key
            .iter()
            .find(|entry| entry.cluster.as_ref() != Some(cluster));
        if let Some(entry) = of_another {
            let number = entry.number;
            let of_root = "the root".to_owned();
            let whose = entry.cluster.as_ref().map_or(of_root, ToString::to_string);
            let fact = format!("its key is that of {whose}, by line {number} of {file}");
            problems.push(Problem::new(fact, another));
        }
        if let Some(last) = self.index.of_cluster(cluster).last()
            && !of_key.contains(last)
            && !self.terms.rekey.contains(cluster)
        {
            problems.push(self.of_another_key(cluster, of_key, last.number));
        }
        problems
    }

    /// A key that `cluster`, whose last line is `last`, does not have now: it never had it, or had it
    /// once, by `of_key`.
    fn of_another_key(&self, cluster: &ClusterName, of_key: &[&Entry], last: u64) -> Problem {
        let file = mesh::ROOT_ISSUED;
        let is_of_cluster = |entry: &&&Entry| entry.cluster.as_ref() == Some(cluster);
        let Some(old) = of_key.iter().rfind(is_of_cluster) else {
            let fact = format!("its key is another than that of line {last} of {file}");
            let hint = format!("if {cluster} is to have a new key: --rekey {cluster}");
            return Problem::new(fact, hint);
        };
        let old = old.number;
        let mut after = self.index.of_cluster(cluster).iter();
        let next = after.find(|entry| entry.number > old);
        let next = next.map_or(last, |entry| entry.number);
        Problem::new(
            format!("its key is the old one of line {old} of {file}, which line {next} replaced"),
            format!(
                "is it an old request or archive? give the newest; if {cluster} is to have its old key back: --rekey {cluster}"
            ),
        )
    }

    fn new_one(&self, asked: &Asked, spec: CertificateSpec) -> New {
        let last = self.index.of_cluster(&asked.cluster).last();
        let key = asked.request.public_key();
        New {
            spec,
            bound: self.bound.clone(),
            last: last.map(|last| Recorded::from(*last)),
            is_rekey: last.is_some_and(|last| !self.index.of_key(key).contains(last)),
        }
    }

    /// Which of two requests is the right one, nobody can tell here.
    fn of_the_others(&self, asked: &Asked) -> Vec<Problem> {
        let mut problems = Vec::new();
        let files = self.index.files_of(&asked.cluster);
        if files.len() > 1 {
            let (number, files) = (files.len(), report::first_of(files));
            let fact = format!("{number} requests of this cluster are given: {files}");
            problems.push(Problem::new(fact, "give the one that is meant"));
        }
        let of_key = self.index.given_of_key(asked.request.public_key());
        let is_other = |other: &&&Asked| other.cluster != asked.cluster;
        if let Some(other) = of_key.iter().find(is_other) {
            let fact = format!("the request of {} has the same key", other.cluster);
            let hint = "have others made, each with a key of its own";
            problems.push(Problem::new(fact, hint));
        }
        problems
    }

    fn of_the_root(&self, spec: &CertificateSpec) -> Option<Problem> {
        let trust_domain = TrustDomain::of_authority(&spec.subject_alt_names)
            .or_else(|| self.terms.defaults.trust_domain.clone())
            .unwrap_or_else(TrustDomain::istio_default);
        let permitted = self.root.permits(spec, &trust_domain);
        let error = permitted.err()?;
        Some(Problem::new(error.to_string(), error.hint()))
    }

    /// What was signed for the same request by the same root, and is still of use.
    fn answer(&self, asked: &Asked) -> Option<Recorded> {
        if self.terms.renew {
            return None;
        }
        let root = self.root.certificate();
        let request = asked.request.info_digest();
        let issuer = Sha256::of(root.spki());
        let is_answer = |entry: &&&Entry| {
            entry.request == Some(request)
                && entry.issuer == issuer
                && entry.certificate.is_valid_at(self.terms.now)
                && entry.certificate.is_issued_by(root)
        };
        let entry = self
            .index
            .of_cluster(&asked.cluster)
            .iter()
            .rfind(is_answer)?;
        Some(Recorded::from(*entry))
    }
}
