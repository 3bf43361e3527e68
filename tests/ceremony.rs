//! The way of requests and certificates across an air gap, with the root in one folder and the
//! clusters in another, and nothing but two archives carried from the one to the other.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::{Entry, Run, Workspace, has, snapshot};
use meshpki::mesh::archive::{Requests, Signed};
use meshpki::pki::digest::Sha256;

const PASSPHRASE: &str = "correct horse battery staple";

/// The root's side, `root`, and that of the clusters, `mesh`.
struct Gap(Workspace);

impl Gap {
    /// With a root whose key is encrypted, and a policy.
    fn new(policy: &str) -> Self {
        let gap = Self(Workspace::in_memory());
        gap.0.write("root/meshpki.toml", policy);
        gap.0.write("mesh/meshpki.toml", "");
        gap.root("root-ca --key-type p256 --days 4000 --passout env:PASSPHRASE")
            .succeeds();
        gap
    }

    fn root(&self, arguments: &str) -> Run {
        self.on("root", arguments)
    }

    fn mesh(&self, arguments: &str) -> Run {
        self.on("mesh", arguments)
    }

    fn on(&self, side: &str, arguments: &str) -> Run {
        let mut command = self.0.meshpki_command();
        command.env("PASSPHRASE", PASSPHRASE);
        Run::of(command.args(["-C", side]).args(arguments.split(' ')))
    }

    fn sign(&self, arguments: &str) -> Run {
        self.root(&format!("sign --passin env:PASSPHRASE {arguments}"))
    }

    fn carry(&self, from: &str, to: &str) {
        std::fs::copy(self.0.join(from), self.0.join(to)).expect("a file");
    }

    /// As somebody reads it off the certificate on the root's machine.
    fn fingerprint(&self) -> String {
        self.0
            .certificate("root/root-cert.pem")
            .sha256_fingerprint()
    }

    fn snapshot(&self) -> BTreeMap<PathBuf, Entry> {
        snapshot(self.0.path())
    }
}

fn names(count: u32) -> Vec<String> {
    (1..=count)
        .map(|number| format!("cluster{number}"))
        .collect()
}

#[test]
fn fifty_clusters_ask_and_the_root_answers() {
    let gap =
        Gap::new("[sign]\nclusters = [\"cluster*\"]\nkey-types = [\"p256\"]\nmax-days = 365\n");
    let clusters = names(50);
    let all = clusters.join(" ");
    gap.mesh(&format!(
        "request --key-type p256 --bundle requests.tar {all}"
    ))
    .succeeds();
    let keys: Vec<_> = clusters
        .iter()
        .map(|name| gap.0.read(format!("mesh/{name}/ca-key.pem")))
        .collect();

    gap.carry("mesh/requests.tar", "root/requests.tar");
    let requests = gap.0.read("root/requests.tar");
    let (_, asked) = Requests::read(&requests).unwrap();
    let printed = gap
        .sign(&format!("--yes --manifest-sha256 {asked} requests.tar"))
        .succeeds();
    for name in &clusters {
        assert!(
            printed.contains(&format!("{name}: a new certificate\n")),
            "{printed}"
        );
    }
    let listed = gap.root("issued").succeeds();
    // The titles, the root, the clusters and the head.
    assert_eq!(
        listed.lines().count(),
        1 + 1 + clusters.len() + 1,
        "{listed}"
    );

    gap.carry("root/signed.tar", "mesh/signed.tar");
    let archive = gap.0.read("mesh/signed.tar");
    let (signed, granted) = Signed::read(&archive).unwrap();
    assert_eq!(signed.answers(), Some(asked));
    let pin = gap.fingerprint();
    gap.mesh(&format!(
        "accept --root-sha256 {pin} --manifest-sha256 {granted} signed.tar"
    ))
    .succeeds();

    for archive in [&requests, &archive] {
        assert!(memchr::memmem::find(archive, b"PRIVATE KEY").is_none());
    }
    for (name, key) in clusters.iter().zip(keys) {
        assert_eq!(gap.0.read(format!("mesh/{name}/ca-key.pem")), key);
        assert!(!gap.0.join(format!("root/{name}")).exists());
        let certificate = gap.0.certificate(&format!("mesh/{name}/ca-cert.pem"));
        assert!(certificate.validity().unwrap().length().whole_days() <= 365);
    }
    assert!(!gap.0.join("mesh/root-key.pem").exists());
    gap.mesh(&format!("check {all}")).succeeds();
    if has("openssl") {
        let chains = clusters
            .iter()
            .map(|name| format!("mesh/{name}/ca-cert.pem"));
        let verify = ["verify", "-x509_strict", "-CAfile", "root/root-cert.pem"];
        let arguments = verify.map(str::to_owned).into_iter().chain(chains);
        let verified = gap.0.run("openssl", arguments);
        assert_eq!(
            verified.matches(": OK\n").count(),
            clusters.len(),
            "{verified}"
        );
        tar_and_sha256sum_read_them_too(&gap);
    }
}

fn tar_and_sha256sum_read_them_too(gap: &Gap) {
    if !has("tar") || !has("sha256sum") {
        return;
    }
    for archive in ["requests.tar", "signed.tar"] {
        std::fs::create_dir_all(gap.0.join("read")).unwrap();
        gap.0
            .run("tar", ["-xf", &format!("mesh/{archive}"), "-C", "read"]);
        let check = "cd read && sha256sum -c manifest.sha256";
        assert_eq!(gap.0.run("sh", ["-c", check]), "manifest.json: OK\n");
    }
}

#[test]
fn the_next_time_the_root_is_known_and_one_cluster_has_another_key() {
    let gap = Gap::new("");
    gap.mesh("request --key-type p256 --bundle first.tar cluster1 cluster2")
        .succeeds();
    gap.carry("mesh/first.tar", "root/first.tar");
    gap.sign("--yes --out first-signed.tar first.tar")
        .succeeds();
    gap.carry("root/first-signed.tar", "mesh/first-signed.tar");
    let pin = gap.fingerprint();
    gap.mesh(&format!("accept --root-sha256 {pin} first-signed.tar"))
        .succeeds();
    let old = gap.0.read("mesh/cluster1/ca-key.pem");

    gap.mesh("request --rekey cluster1").succeeds();
    gap.mesh("request --key-type p256 cluster3").succeeds();
    let next = gap.0.read("mesh/cluster1/ca-key.next.pem");
    assert_eq!(gap.0.read("mesh/cluster1/ca-key.pem"), old);
    gap.mesh("request --bundle second.tar").succeeds();
    gap.carry("mesh/second.tar", "root/second.tar");
    let refused = gap.sign("--yes --dry-run second.tar");
    assert_eq!(refused.status, Some(1), "{refused:#?}");
    assert!(refused.stderr.contains("--rekey cluster1"), "{refused:#?}");
    gap.sign("--yes --rekey cluster1 --out second-signed.tar second.tar")
        .succeeds();
    gap.carry("root/second-signed.tar", "mesh/second-signed.tar");
    gap.mesh("accept second-signed.tar cluster1").succeeds();
    assert_eq!(gap.0.read("mesh/cluster1/ca-key.pem"), next);
    assert!(!gap.0.join("mesh/cluster1/ca-key.next.pem").exists());

    // A new cluster has no root yet, and nothing that came with the archive vouches for one.
    let before = gap.snapshot();
    let refused = gap.mesh("accept second-signed.tar");
    assert_eq!(refused.status, Some(1));
    assert!(refused.stderr.contains(&pin), "{refused:#?}");
    assert_eq!(gap.snapshot(), before);
    gap.carry("mesh/cluster1/root-cert.pem", "mesh/root-cert.pem");
    gap.mesh("accept second-signed.tar").succeeds();
    gap.mesh("check cluster1 cluster2 cluster3").succeeds();
    assert_eq!(gap.root("issued").succeeds().lines().count(), 1 + 5 + 1);
}

/// Where one field is in an archive, and what it is called.
struct Region {
    member: String,
    field: &'static str,
    offset: usize,
    is_in_header: bool,
}

/// Every field of every header of `archive` (POSIX.1-1988, ustar), the beginning, middle and end of
/// every file, what is behind it, and the end of the archive.
fn regions(archive: &[u8]) -> Vec<Region> {
    const HEADER: [(&str, usize); 16] = [
        ("name", 0),
        ("mode", 100),
        ("uid", 108),
        ("gid", 116),
        ("size", 134),
        ("mtime", 136),
        ("chksum", 148),
        ("typeflag", 156),
        ("linkname", 157),
        ("magic", 257),
        ("version", 263),
        ("uname", 265),
        ("gname", 297),
        ("devmajor", 329),
        ("prefix", 345),
        ("reserved", 500),
    ];

    let mut regions = Vec::new();
    let mut end = 0;
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let entry = entry.unwrap();
        let member = entry.path().unwrap().to_str().unwrap().to_owned();
        let header = usize::try_from(entry.raw_header_position()).unwrap();
        let contents = usize::try_from(entry.raw_file_position()).unwrap();
        let length = usize::try_from(entry.size()).unwrap();
        let mut region = |field, offset, is_in_header| {
            regions.push(Region {
                member: member.clone(),
                field,
                offset,
                is_in_header,
            });
        };
        for (field, offset) in HEADER {
            region(field, header + offset, true);
        }
        region("beginning", contents, false);
        region("middle", contents + length / 2, false);
        region("end", contents + length - 1, false);
        end = contents + length.next_multiple_of(512);
        if end > contents + length {
            region("padding", contents + length, false);
        }
    }
    for (field, offset) in [("trailer", end), ("last", archive.len() - 1)] {
        regions.push(Region {
            member: "the archive".to_owned(),
            field,
            offset,
            is_in_header: false,
        });
    }
    regions
}

/// The checksum of the header around `offset` is made to hold again.
fn with_checksum(archive: &mut [u8], offset: usize) {
    let start = offset / 512 * 512;
    let header: &mut [u8; 512] = (&mut archive[start..start + 512]).try_into().unwrap();
    let mut header = tar::Header::from_byte_slice(header).clone();
    header.set_cksum();
    archive[start..start + 512].copy_from_slice(header.as_bytes());
}

/// That `archive` is refused on `side` by `command`, whatever is changed in it, with nothing done.
fn every_region_counts(gap: &Gap, side: &str, command: &str, archive: &[u8]) {
    gap.0.write(format!("{side}/changed.tar"), archive);
    let taken = gap.on(side, command);
    assert_eq!(taken.status, Some(0), "{taken:#?}");
    for Region {
        member,
        field,
        offset,
        is_in_header,
    } in regions(archive)
    {
        let mut changed = archive.to_vec();
        changed[offset] ^= 1;
        if is_in_header && field != "chksum" {
            with_checksum(&mut changed, offset);
        }
        gap.0.write(format!("{side}/changed.tar"), &changed);
        let before = gap.snapshot();
        let run = gap.on(side, command);
        let what = format!("{field} of {member}: {run:#?}");
        assert_eq!(run.status, Some(1), "{what}");
        // Without the magic of tar it is looked at as whatever else a file may be.
        if field != "magic" {
            assert_eq!(run.stdout, "", "{what}");
            let names = [member.as_str(), "manifest.json", "it is not a tar archive"];
            let reason = run.stderr.strip_prefix("error: changed.tar: ");
            let reason = reason.expect(&what);
            // A name that was changed is named as it is now.
            let is_named = names.iter().any(|name| reason.starts_with(name));
            assert!(is_named || ["name", "prefix"].contains(&field), "{what}");
        }
        assert!(gap.snapshot() == before, "{what}");
    }
}

#[test]
fn every_region_of_an_archive_counts() {
    let gap = Gap::new("");
    gap.mesh("request --key-type p256 --bundle requests.tar cluster1 cluster2")
        .succeeds();
    let requests = gap.0.read("mesh/requests.tar");
    let sign = "sign --yes --passin env:PASSPHRASE --dry-run changed.tar";
    every_region_counts(&gap, "root", sign, &requests);

    gap.carry("mesh/requests.tar", "root/requests.tar");
    gap.sign("--yes requests.tar").succeeds();
    let signed = gap.0.read("root/signed.tar");
    gap.carry("root/root-cert.pem", "mesh/root-cert.pem");
    every_region_counts(&gap, "mesh", "accept --dry-run changed.tar", &signed);
}

#[test]
fn every_field_of_a_request_counts() {
    let gap = Gap::new("");
    gap.mesh("request --key-type p256 --trust-domain example.org cluster1")
        .succeeds();
    let pem = gap.0.read("mesh/cluster1/ca-csr.pem");
    let block = meshpki::pki::pem::blocks(&pem).remove(0);
    let der = block.body.unwrap();
    let request = meshpki::pki::request::CertificationRequest::from_der(&der).unwrap();
    let key = request.public_key().spki();

    let policy = "[mesh]\ntrust-domain = \"example.org\"\n";
    gap.0.write("root/meshpki.toml", policy);
    gap.carry("mesh/cluster1/ca-csr.pem", "root/cluster1.csr");
    gap.sign("--yes --dry-run cluster1.csr").succeeds();

    let fields: [(&str, &[u8]); 12] = [
        ("version", &[0x02, 0x01, 0x00]),
        ("organization", b"Istio"),
        ("common name", b"Intermediate CA"),
        ("locality", b"cluster1"),
        ("public key", &key[key.len() - 8..]),
        ("subjectAltName", b"istiod.istio-system.svc"),
        ("trust domain", b"spiffe://example.org"),
        // basicConstraints, critical, CA:TRUE, and pathlen:0 (RFC 5280 §4.2.1.9).
        ("basicConstraints", &[0x55, 0x1D, 0x13, 0x01, 0x01, 0xFF]),
        (
            "pathLenConstraint",
            &[0x30, 0x06, 0x01, 0x01, 0xFF, 0x02, 0x01, 0x00],
        ),
        // keyUsage, critical, keyCertSign and cRLSign (RFC 5280 §4.2.1.3).
        ("keyUsage", &[0x03, 0x02, 0x01, 0x06]),
        // ecdsa-with-SHA256 (RFC 5758 §3.2).
        (
            "signature algorithm",
            &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02],
        ),
        ("signature", &der[der.len() - 8..]),
    ];
    for (field, octets) in fields {
        let start = memchr::memmem::find(&der, octets).unwrap_or_else(|| panic!("{field}"));
        let mut changed = der.clone();
        changed[start + octets.len() - 1] ^= 1;
        let pem = meshpki::pki::pem::encode(&block.label, &changed);
        gap.0.write("root/cluster1.csr", &pem);
        let before = gap.snapshot();
        let run = gap.sign("--yes cluster1.csr");
        assert_eq!(run.status, Some(1), "{field}: {run:#?}");
        assert!(
            run.stderr.starts_with("error: cluster1.csr: "),
            "{field}: {run:#?}"
        );
        assert!(gap.snapshot() == before, "{field}");
    }
}

/// Whoever packs an archive anew gets another manifest, and its SHA-256 is what people compare.
#[test]
fn another_request_in_its_place_shows_in_the_manifest() {
    let gap = Gap::new("");
    gap.mesh("request --key-type p256 --bundle requests.tar cluster1")
        .succeeds();
    let (_, asked) = Requests::read(&gap.0.read("mesh/requests.tar")).unwrap();
    gap.on(
        "root",
        "request --key-type p256 --bundle requests.tar cluster1",
    )
    .succeeds();
    let (_, other): (_, Sha256) = Requests::read(&gap.0.read("root/requests.tar")).unwrap();
    let before = gap.snapshot();
    let run = gap.sign(&format!("--yes --manifest-sha256 {asked} requests.tar"));
    assert_eq!(run.status, Some(1));
    let error = format!(
        "error: requests.tar: the SHA-256 of its manifest is {other}, and --manifest-sha256 says {asked}\n"
    );
    assert!(run.stderr.starts_with(&error), "{run:#?}");
    assert_eq!(gap.snapshot(), before);
}
