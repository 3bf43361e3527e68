//! What a folder may look like after a fault: nothing under a final name is partial.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use meshpki::mesh::cacerts::{Cacerts, CacertsFiles};
use meshpki::mesh::record::Record;
use meshpki::mesh::rules::Circumstances;
use meshpki::pki::certificate::Certificate;
use meshpki::pki::key::{KeyError, PrivateKey};
use meshpki::pki::request::CertificationRequest;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::common::{Entry, Workspace, snapshot};

type Entries = BTreeMap<PathBuf, Entry>;

/// What the root has signed.
const RECORD: &str = "root-issued.jsonl";

/// The files that a root CA may have.
const ROOT_FILES: [&str; 5] = [
    RECORD,
    "root-key.pem",
    "root-cert.pem",
    "root-ca.conf",
    "root-cert.csr",
];
const CLUSTER_FILES: [&str; 4] = [
    "ca-cert.pem",
    "ca-key.pem",
    "cert-chain.pem",
    "root-cert.pem",
];

/// What a cluster has on the way to a new certificate.
const REQUEST: &str = "ca-csr.pem";
const NEXT_KEY: &str = "ca-key.next.pem";

const WORKLOAD_FILES: [&str; 3] = ["cert-chain.pem", "key.pem", "root-cert.pem"];

/// The folders that are no cluster's: one of manifests, and one of a workload.
const OTHER_FOLDERS: [&str; 2] = ["d", "w"];

/// A folder at rest, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What is there under final names.
    pub placed: Entries,
    /// What is in staging folders.
    pub staged: Entries,
}

impl State {
    pub fn of(workspace: &Workspace) -> Self {
        Self::at(workspace.path())
    }

    pub fn at(folder: &Path) -> Self {
        let (staged, mut placed): (Entries, Entries) = snapshot(folder)
            .into_iter()
            .partition(|(path, _)| is_staged(path));
        // A folder of manifests without manifests is none.
        if placed.contains_key(Path::new("d")) && !placed.keys().any(|path| is_below(path, "d")) {
            placed.remove(Path::new("d"));
        }
        Self { placed, staged }
    }

    /// The staging folders.
    pub fn staging(&self) -> Vec<&Path> {
        let is_staging = |path: &&PathBuf| path.file_name().is_some_and(is_staging_name);
        let paths = self.staged.keys().filter(is_staging);
        paths.map(PathBuf::as_path).collect()
    }

    /// The final names, less the time in those that keep what was replaced.
    pub fn shape(&self) -> BTreeSet<String> {
        let names = self.placed.keys().map(|path| path.to_str().expect("text"));
        names.map(without_time).collect()
    }

    fn contents(&self, path: impl AsRef<Path>) -> Option<&[u8]> {
        self.placed.get(path.as_ref())?.contents.as_deref()
    }

    /// The clusters that are there, those that are kept among them.
    pub fn clusters(&self) -> impl Iterator<Item = &str> {
        let folders = self
            .placed
            .iter()
            .filter(|(_, entry)| entry.contents.is_none())
            .filter(|(path, _)| !OTHER_FOLDERS.contains(&text(path)));
        folders.map(|(path, _)| path.to_str().expect("text"))
    }

    /// Whether each of `files`, which a cluster had, is in one folder, wherever that is.
    pub fn keeps(&self, files: &[Vec<u8>]) -> bool {
        files.is_empty() || has_folder_of(&self.placed, files) || self.stages(files)
    }

    /// Whether a folder with each of `files` is in a staging folder.
    pub fn stages(&self, files: &[Vec<u8>]) -> bool {
        has_folder_of(&self.staged, files)
    }

    /// The files in `folder`.
    pub fn files_in(&self, folder: &str) -> Vec<Vec<u8>> {
        let below = self
            .placed
            .iter()
            .filter(|(path, _)| is_below(path, folder));
        below
            .filter_map(|(_, entry)| entry.contents.clone())
            .collect()
    }

    /// Some of the files of a root that is new are in place, and others are not.
    pub fn has_half_a_root(&self, before: &Self, complete: &Self) -> bool {
        if before.contents("root-cert.pem").is_some() {
            return false;
        }
        let count = |state: &Self| {
            let files = ROOT_FILES.iter();
            files.filter(|file| state.contents(file).is_some()).count()
        };
        (1..count(complete)).contains(&count(self))
    }

    /// The next key of some cluster is in place without its request, or the other way round.
    pub fn has_half_a_request(&self) -> bool {
        self.clusters().any(|name| {
            let file = |file| self.contents(Path::new(name).join(file));
            let request =
                file(REQUEST).map(|text| CertificationRequest::from_pem(text).expect("a request"));
            let present = file(NEXT_KEY).or_else(|| file("ca-key.pem"));
            let key = PrivateKey::from_pem(present.expect("a key")).expect("a private key");
            match request {
                Some(request) => !key.belongs_to(request.public_key()),
                None => file(NEXT_KEY).is_some(),
            }
        })
    }

    /// Fails if anything under a final name is not what one of three says: the state before, the
    /// state after a run without a fault, or, of certificates and keys that no two runs make
    /// alike, the rules that hold of them.
    pub fn check(&self, before: &Self, complete: &Self) {
        self.check_keys();
        self.has_keys_of(before);
        for cluster in self.clusters() {
            self.check_cluster(cluster);
        }
        self.check_workload("w");
        self.check_root(before);
        self.check_record(before);
        for (path, entry) in &self.placed {
            let is_known = [before, complete]
                .iter()
                .any(|state| state.placed.get(path) == Some(entry));
            let is_checked = self.clusters().any(|cluster| path.starts_with(cluster))
                || path.starts_with("w")
                || [RECORD, "root-key.pem", "root-cert.pem", "root-cert.csr"].contains(&text(path));
            assert!(is_known || is_checked, "{} is partial", path.display());
        }
    }

    /// Nobody but the owner may read a key, wherever it is, and a key is never empty in its place.
    fn check_keys(&self) {
        for (path, entry) in self.placed.iter().chain(&self.staged) {
            let Some(contents) = &entry.contents else {
                continue;
            };
            let holds_key = contents.windows(11).any(|part| part == b"PRIVATE KEY");
            let is_secret = path
                .extension()
                .is_some_and(|extension| extension == "yaml");
            if holds_key
                || is_secret
                || ["key.pem", NEXT_KEY]
                    .iter()
                    .any(|key| text(path).ends_with(key))
            {
                assert_eq!(entry.mode & 0o7777, 0o600, "{}", path.display());
                let is_placed = self.placed.contains_key(path);
                assert!(!is_placed || !contents.is_empty(), "{}", path.display());
            }
        }
        for staging in self.staging() {
            let mode = self.staged[staging].mode & 0o7777;
            assert_eq!(mode, 0o700, "{}", staging.display());
        }
    }

    /// No key of a cluster is lost, whatever it is called then.
    fn has_keys_of(&self, before: &Self) {
        let is_key = |path: &Path| {
            ["ca-key.pem", NEXT_KEY]
                .iter()
                .any(|key| path.ends_with(key))
        };
        let keys = before.placed.iter().filter(|(path, _)| is_key(path));
        for (path, key) in keys {
            let mut entries = self.placed.values().chain(self.staged.values());
            let is_there = entries.any(|entry| entry.contents == key.contents);
            assert!(is_there, "{} is lost", path.display());
        }
    }

    /// The four files are there, and istiod would take them; or, where the root has been asked for
    /// them, the key alone.
    fn check_cluster(&self, name: &str) {
        assert_eq!(self.placed[Path::new(name)].mode & 0o7777, 0o700, "{name}");
        let files = self.placed.keys().filter(|path| is_below(path, name));
        let names = files.map(|path| path.file_name().expect("a name").to_str().expect("text"));
        let names: Vec<_> = names
            .filter(|file| ![REQUEST, NEXT_KEY].contains(file))
            .collect();
        let is_asked_for = self.contents(Path::new(name).join(REQUEST)).is_some();
        if is_asked_for && names == ["ca-key.pem"] {
            return;
        }
        assert_eq!(names, CLUSTER_FILES);
        let file = |file| {
            self.contents(Path::new(name).join(file))
                .map(<[u8]>::to_vec)
        };
        let [ca_cert, ca_key, cert_chain, root_cert] = CLUSTER_FILES.map(file);
        let files = CacertsFiles {
            ca_cert,
            ca_key: ca_key.map(Zeroizing::new),
            cert_chain,
            root_cert,
            ..CacertsFiles::default()
        };
        let circumstances = Circumstances::new(OffsetDateTime::now_utc(), name, None);
        if let Err(findings) = Cacerts::prove(files, &circumstances) {
            panic!("{name}: {findings:#?}");
        }
    }

    /// The three files are there, or nothing, and they belong together and to a cluster.
    fn check_workload(&self, name: &str) {
        let Some(folder) = self.placed.get(Path::new(name)) else {
            return;
        };
        assert_eq!(folder.mode & 0o7777, 0o700, "{name}");
        let files = WORKLOAD_FILES.map(|file| Path::new(name).join(file));
        let paths = self.placed.keys().filter(|path| is_below(path, name));
        assert_eq!(paths.collect::<Vec<_>>(), files.each_ref());
        let [chain, key, roots] = files.map(|file| self.contents(file).expect("a file"));
        let chain = Certificate::all_from_pem(chain).expect("certificates");
        let key = PrivateKey::from_pem(key).expect("a private key");
        assert!(key.belongs_to(&chain[0].public_key().expect("a public key")));
        assert!(chain[0].is_issued_by(&chain[1]));
        assert_eq!(Some(roots), self.contents("root-cert.pem"));
    }

    /// The certificates in the record. What is torn at its end is none of it.
    pub fn recorded(&self) -> Vec<Certificate> {
        let text = self.contents(RECORD).unwrap_or_default();
        let record = Record::parse(text).expect("a record that holds");
        let entries = record.entries().iter();
        entries.map(|entry| entry.certificate.clone()).collect()
    }

    /// The same is in place, whatever was recorded besides.
    pub fn has_in_place_what(&self, before: &Self) -> bool {
        let without = |state: &Self| {
            let mut placed = state.placed.clone();
            placed.remove(Path::new(RECORD));
            placed
        };
        without(self) == without(before)
    }

    /// What was recorded stays so, and no certificate that is new in its place is not recorded.
    fn check_record(&self, before: &Self) {
        let (recorded, recorded_before) = (self.recorded(), before.recorded());
        assert!(recorded.starts_with(&recorded_before));
        if let Some(record) = self.placed.get(Path::new(RECORD)) {
            assert_eq!(record.mode & 0o7777, 0o600);
        }
        let clusters = self.clusters().map(|name| format!("{name}/ca-cert.pem"));
        for file in clusters.chain(["root-cert.pem".to_owned()]) {
            let Some(text) = self.contents(&file) else {
                continue;
            };
            let is_old = before.placed.values();
            let is_old = is_old.filter_map(|entry| entry.contents.as_deref());
            let is_old = is_old.into_iter().any(|old| old == text);
            let roots_before = before.contents("root-cert.pem");
            let is_bundle = file == "root-cert.pem" && roots_before.is_some();
            let certificate = Certificate::all_from_pem(text).expect("certificates");
            assert!(
                is_old || is_bundle || recorded.contains(&certificate[0]),
                "{file} is not recorded"
            );
        }
    }

    /// What is there of a root is whole, and belongs together. A key that is encrypted is as it was.
    fn check_root(&self, before: &Self) {
        let key = self.contents("root-key.pem");
        let key = key.and_then(|text| match PrivateKey::from_pem(text) {
            Err(KeyError::Encrypted) => {
                assert_eq!(Some(text), before.contents("root-key.pem"));
                None
            }
            key => Some(key.expect("a private key")),
        });
        let roots = self.contents("root-cert.pem");
        let roots = roots.map(|text| Certificate::all_from_pem(text).expect("certificates"));
        if let (Some(key), Some(roots)) = (&key, &roots) {
            let public_key = roots[0].public_key().expect("a public key");
            assert!(key.belongs_to(&public_key));
        }
        if let Some(request) = self.contents("root-cert.csr") {
            let request = pem::parse(request).expect("a request");
            assert_eq!(request.tag(), "CERTIFICATE REQUEST");
        }
    }
}

fn has_folder_of(entries: &Entries, files: &[Vec<u8>]) -> bool {
    let mut folders = BTreeMap::<_, Vec<_>>::new();
    for (path, entry) in entries {
        let contents = entry.contents.iter();
        folders.entry(path.parent()).or_default().extend(contents);
    }
    let has_all = |folder: &Vec<&Vec<u8>>| files.iter().all(|file| folder.contains(&file));
    folders.values().any(has_all)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("names of text")
}

fn is_below(path: &Path, folder: &str) -> bool {
    path.parent() == Some(Path::new(folder))
}

fn is_staging_name(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".meshpki-")
}

fn is_staged(path: &Path) -> bool {
    path.iter().any(is_staging_name)
}

/// `a.20261122T003800Z/ca-key.pem` as `a.TIME/ca-key.pem`.
fn without_time(path: &str) -> String {
    let (folder, file) = path.split_once('/').unwrap_or((path, ""));
    let is_kept = folder.len() > 17 && folder.ends_with('Z') && folder.contains('T');
    let folder = if is_kept {
        format!("{}.TIME", &folder[..folder.len() - 17])
    } else {
        folder.to_owned()
    };
    format!("{folder}/{file}")
}
