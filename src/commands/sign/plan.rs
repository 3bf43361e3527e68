//! What is to be done about each request: by the policy, the record, the root and the others.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::given::{Asked, Given, GivenRequest};
use super::problem::Problem;
use super::root::Root;
use super::terms::Terms;
use crate::commands::report;
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
    Sign(Box<CertificateSpec>),
    Again(Box<Recorded>),
    Refused(Vec<Problem>),
}

/// A certificate that the record has for the same request.
#[derive(PartialEq)]
pub struct Recorded {
    pub certificate: Certificate,
    /// The number of its line.
    pub number: u64,
    pub time: OffsetDateTime,
}

// No two certificates are alike in part.
impl Eq for Recorded {}

impl<'a> Plan<'a> {
    pub fn of(
        given: &'a Given,
        terms: &Terms,
        root: &Root,
        record: &Record,
    ) -> anyhow::Result<Self> {
        let (validity, mut notes) = terms.validity(&root.signing)?;
        notes.extend(clock_set_back(record, terms.now));
        let spec = |granted: Granted| {
            profile::cluster_ca(granted.subject, validity, granted.subject_alt_names)
        };
        let judge = Judge {
            terms,
            root: &root.signing,
            roots: root_bundle::certificates(&root.certificates)?,
            index: Index::of(given, record),
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

/// The record and what is given, by keys and by clusters: there may be thousands.
struct Index<'a> {
    /// By key identifiers: the same key may be written in several ways.
    recorded_keys: HashMap<Vec<u8>, Vec<&'a Entry>>,
    recorded_clusters: HashMap<&'a ClusterName, Vec<&'a Entry>>,
    given_keys: HashMap<Vec<u8>, Vec<&'a Asked>>,
    given_clusters: HashMap<&'a ClusterName, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    fn of(given: &'a Given, record: &'a Record) -> Self {
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
}

/// What a request is held against.
struct Judge<'a> {
    terms: &'a Terms,
    root: &'a SigningRoot,
    roots: Vec<Certificate>,
    index: Index<'a>,
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
                None => Decision::Sign(Box::new(spec)),
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
        let of_key = self.index.recorded_keys.get(&key.key_identifier());
        let of_key = of_key.map_or(&[][..], Vec::as_slice);
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
        if let Some(last) = self.recorded(cluster).last()
            && !of_key.contains(last)
            && !self.terms.rekey.contains(cluster)
        {
            let number = last.number;
            let fact = format!("its key is another than that of line {number} of {file}");
            let hint = format!("if {cluster} is to have a new key: --rekey {cluster}");
            problems.push(Problem::new(fact, hint));
        }
        problems
    }

    /// Which of two requests is the right one, nobody can tell here.
    fn of_the_others(&self, asked: &Asked) -> Vec<Problem> {
        let mut problems = Vec::new();
        let files = &self.index.given_clusters[&asked.cluster];
        if files.len() > 1 {
            let (number, files) = (files.len(), report::first_of(files));
            let fact = format!("{number} requests of this cluster are given: {files}");
            problems.push(Problem::new(fact, "give the one that is meant"));
        }
        let of_key = &self.index.given_keys[&asked.request.public_key().key_identifier()];
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

    /// What the record has of `cluster`.
    fn recorded(&self, cluster: &ClusterName) -> &[&Entry] {
        let recorded = self.index.recorded_clusters.get(cluster);
        recorded.map_or(&[], Vec::as_slice)
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
        let entry = self.recorded(&asked.cluster).iter().rfind(is_answer)?;
        Some(Recorded {
            certificate: entry.certificate.clone(),
            number: entry.number,
            time: entry.time,
        })
    }
}
