use std::sync::LazyLock;

use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::manifest::{MANIFEST, MANIFEST_DIGEST};
use super::members::{self, Member};
use super::*;
use crate::mesh::profile;
use crate::mesh::{CA_CERT, CA_CSR, CERT_CHAIN, ROOT_CERT};
use crate::pki::authority::CertificateAuthority;
use crate::pki::key::{KeySpec, PrivateKey};
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::request;
use crate::pki::validity::Validity;

fn name(common_name: &str) -> DistinguishedName {
    DistinguishedName::new([(Attribute::CommonName, common_name)]).unwrap()
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeySpec::EcdsaP256).unwrap()
}

fn request(common_name: &str) -> Vec<u8> {
    let pem = request::to_pem(&name(common_name), &key());
    pem.unwrap().into_bytes()
}

/// An archive of the requests of two clusters.
static REQUESTS: LazyLock<Packed> = LazyLock::new(|| {
    let clusters = ["two", "one"].map(|name| (name.parse().unwrap(), request(name)));
    Requests::new(clusters.into()).unwrap().pack()
});

/// An archive of the certificates of two clusters.
static SIGNED: LazyLock<Packed> = LazyLock::new(|| {
    let now = datetime!(2030-01-01 00:00 UTC);
    let validity = Validity::starting(now, Duration::ZERO, 1).unwrap();
    let root = profile::root_ca(name("root"), validity, None);
    let root = CertificateAuthority::self_signed(&root, key()).unwrap();
    let certificates = ["two", "one"].map(|cluster| {
        let spec = profile::cluster_ca(name(cluster), validity, Vec::new());
        let certificate = root.issue(&spec, &key().public_key().unwrap()).unwrap();
        SignedCertificate {
            cluster: cluster.parse().unwrap(),
            chain: vec![certificate, root.certificate().clone()],
        }
    });
    let roots = root.certificate().to_pem().into_bytes();
    let answers = Some(Sha256::of(b"requests"));
    Signed::new(certificates.into(), roots, answers)
        .unwrap()
        .pack()
});

fn read_requests(octets: &[u8]) -> Result<Sha256, String> {
    let read = Requests::read(octets);
    read.map(|(_, digest)| digest)
        .map_err(|error| error.to_string())
}

fn read_signed(octets: &[u8]) -> Result<Sha256, String> {
    let read = Signed::read(octets);
    read.map(|(_, digest)| digest)
        .map_err(|error| error.to_string())
}

/// `archive` with the member `name` changed by `change`, and everything about it packed as it
/// would be: the manifest too has the SHA-256 that stands beside it.
fn repacked(archive: &[u8], name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut members = members::unpack(archive).unwrap();
    let member = members.iter_mut().find(|(member, _)| member == name);
    change(&mut member.expect("it is in the archive").1);
    rehashed(members)
}

fn rehashed(mut members: Vec<Member>) -> Vec<u8> {
    let digest = Sha256::of(&members[0].1);
    members[1].1 = format!("{digest}  {MANIFEST}\n").into_bytes();
    members::pack(&members)
}

fn replaced(text: &mut Vec<u8>, from: &str, to: &str) {
    let before = String::from_utf8(text.clone()).unwrap();
    assert!(before.contains(from), "{from} is not in {before}");
    *text = before.replacen(from, to, 1).into_bytes();
}

#[test]
fn what_is_packed_is_read_again_in_the_order_of_names() {
    let (archive, digest) = &*REQUESTS;
    let (requests, read) = Requests::read(archive).unwrap();
    let names: Vec<_> = requests
        .as_slice()
        .iter()
        .map(|one| one.cluster.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!((read, requests.pack()), (*digest, REQUESTS.clone()));

    let (archive, digest) = &*SIGNED;
    let (signed, read) = Signed::read(archive).unwrap();
    let names: Vec<_> = signed
        .certificates()
        .iter()
        .map(|one| one.cluster.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(signed.answers(), Some(Sha256::of(b"requests")));
    assert_eq!((read, signed.pack()), (*digest, SIGNED.clone()));
}

#[test]
fn one_archive_is_not_taken_for_the_other() {
    assert_eq!(
        read_signed(&REQUESTS.0).unwrap_err(),
        "it holds requests, and no certificates that were signed"
    );
    assert_eq!(
        read_requests(&SIGNED.0).unwrap_err(),
        "it holds certificates that were signed, and no requests"
    );
}

#[test]
fn every_octet_of_an_archive_counts() {
    for (archive, read) in [
        (
            &REQUESTS.0,
            read_requests as fn(&[u8]) -> Result<Sha256, String>,
        ),
        (&SIGNED.0, read_signed),
    ] {
        // Every seventh: no field of a header is shorter but the type, which has a test of its own.
        for position in (0..archive.len()).step_by(7) {
            let mut changed = archive.clone();
            changed[position] ^= 1;
            assert!(read(&changed).is_err(), "octet {position}");
        }
    }
}

#[test]
fn an_archive_is_neither_cut_nor_continued() {
    let archive = &REQUESTS.0;
    for length in (0..archive.len()).step_by(97) {
        assert!(
            read_requests(&archive[..length]).is_err(),
            "{length} octets"
        );
    }
    for more in [vec![0; 512], vec![0; 1024], archive.clone(), vec![1]] {
        let longer = [archive.as_slice(), &more].concat();
        assert_eq!(
            read_requests(&longer).unwrap_err(),
            "it is not a tar archive: something follows its last file"
        );
    }
}

#[test]
fn a_field_of_the_manifest_that_does_not_follow_from_the_members_is_named() {
    for (from, to, difference) in [
        (
            "\"one\"",
            "\"two\"",
            "requests[0].cluster is \"two\", and what it tells of has \"one\"",
        ),
        (
            "CN = one",
            "CN = six",
            "requests[0].subject is \"CN = six\", and what it tells of has \"CN = one\"",
        ),
        (
            "P-256",
            "P-384",
            "requests[0].key is \"ECDSA P-384\", and what it tells of has \"ECDSA P-256\"",
        ),
        (
            "one/ca-csr.pem",
            "two/ca-csr.pem",
            "requests[0].file is \"two/ca-csr.pem\", and what it tells of has \"one/ca-csr.pem\"",
        ),
        (
            "meshpki/v1",
            "meshpki/v2",
            "apiVersion is \"meshpki/v2\", and what it tells of has \"meshpki/v1\"",
        ),
        (
            "\"cluster\"",
            "\"klaster\"",
            "requests[0].klaster does not belong into it",
        ),
        (
            "\"requests\": [",
            "\"requests\": [{},",
            "requests[0].cluster is null, and what it tells of has \"one\"",
        ),
        ("  \"kind\"", "\t\"kind\"", "it is not as meshpki writes it"),
        (
            "{",
            "[",
            "it is not JSON: expected `,` or `]` at line 2 column 15",
        ),
    ] {
        let changed = repacked(&REQUESTS.0, MANIFEST, |text| replaced(text, from, to));
        assert_eq!(
            read_requests(&changed).unwrap_err(),
            format!("manifest.json: {difference}")
        );
    }
}

#[test]
fn every_digest_of_the_manifest_is_held_against_what_it_is_of() {
    for (archive, read) in [
        (
            &REQUESTS.0,
            read_requests as fn(&[u8]) -> Result<Sha256, String>,
        ),
        (&SIGNED.0, read_signed),
    ] {
        let manifest = &members::unpack(archive).unwrap()[0].1;
        let text = String::from_utf8(manifest.clone()).unwrap();
        let digests: Vec<_> = text
            .match_indices('"')
            .map(|(at, _)| at + 1)
            .filter(|at| text[*at..].len() > 64 && text[*at..*at + 64].parse::<Sha256>().is_ok())
            .collect();
        assert!(digests.len() >= 4);
        for at in digests {
            let is_free = text[..at].ends_with("\"answers\": \"");
            let changed = repacked(archive, MANIFEST, |text| {
                text[at] = if text[at] == b'0' { b'1' } else { b'0' }
            });
            assert_eq!(
                read(&changed).is_ok(),
                is_free,
                "{}",
                &text[at - 20..at + 64]
            );
        }
    }
}

#[test]
fn a_manifest_of_another_digest_is_refused() {
    let mut members = members::unpack(&SIGNED.0).unwrap();
    let digest = Sha256::of(&members[0].1);
    let other = Sha256::of(b"requests");
    replaced(&mut members[1].1, &digest.to_string(), &other.to_string());
    assert_eq!(
        read_signed(&members::pack(&members)).unwrap_err(),
        format!(
            "manifest.json: its SHA-256 is {digest}, and manifest.sha256 says: {other}  manifest.json"
        )
    );
}

#[test]
fn a_request_that_is_not_signed_by_its_own_key_takes_the_archive_with_it() {
    let changed = repacked(&REQUESTS.0, "two/ca-csr.pem", |text| {
        let block = crate::pki::pem::blocks(text).remove(0);
        let mut der = block.body.unwrap();
        *der.last_mut().unwrap() ^= 1;
        *text = crate::pki::pem::encode(&block.label, &der).into_bytes();
    });
    assert_eq!(
        read_requests(&changed).unwrap_err(),
        "two/ca-csr.pem: its signature is not of its own key: who made it has not shown to have the key"
    );
}

#[test]
fn a_member_that_was_exchanged_is_named() {
    let other = request("one");
    let changed = repacked(&REQUESTS.0, "one/ca-csr.pem", |text| *text = other.clone());
    let refusal = read_requests(&changed).unwrap_err();
    assert!(
        refusal.starts_with("manifest.json: requests[0].sha256 is "),
        "{refusal}"
    );

    let members = members::unpack(&SIGNED.0).unwrap();
    let of = |name: &str| {
        members
            .iter()
            .find(|(member, _)| member == name)
            .unwrap()
            .1
            .clone()
    };
    let two = of("two/ca-cert.pem");
    let changed = repacked(&SIGNED.0, "one/ca-cert.pem", |text| *text = two);
    assert_eq!(
        read_signed(&changed).unwrap_err(),
        "one/ca-cert.pem: its contents are not as meshpki writes them"
    );
    let two = of("two/cert-chain.pem");
    let changed = repacked(&SIGNED.0, "one/cert-chain.pem", |text| *text = two);
    let refusal = read_signed(&changed).unwrap_err();
    assert!(
        refusal.starts_with("manifest.json: certificates[0]."),
        "{refusal}"
    );
    let changed = repacked(&SIGNED.0, ROOT_CERT, |text| text.insert(0, b'\n'));
    let refusal = read_signed(&changed).unwrap_err();
    assert!(
        refusal.starts_with("manifest.json: files.root-cert.pem is "),
        "{refusal}"
    );
}

#[test]
fn members_in_another_order_or_missing_are_refused() {
    let all = members::unpack(&REQUESTS.0).unwrap();
    let mut swapped = all.clone();
    swapped.swap(2, 3);
    assert_eq!(
        read_requests(&members::pack(&swapped)).unwrap_err(),
        "one/ca-csr.pem: its header in the archive is not as meshpki writes it"
    );
    let mut without = all.clone();
    without.pop();
    assert_eq!(
        read_requests(&members::pack(&without)).unwrap_err(),
        "manifest.json: requests tells of 2, and the archive holds 1"
    );
    for name in [MANIFEST, MANIFEST_DIGEST] {
        let without: Vec<_> = all
            .iter()
            .filter(|(member, _)| member != name)
            .cloned()
            .collect();
        assert_eq!(
            read_requests(&members::pack(&without)).unwrap_err(),
            format!("{name}: it is not there")
        );
    }
    let twice = [all.as_slice(), &all[3..]].concat();
    assert_eq!(
        read_requests(&members::pack(&twice)).unwrap_err(),
        "two/ca-csr.pem: it is there twice"
    );
    assert_eq!(Requests::new(Vec::new()).err(), Some(ArchiveError::Empty));
}

/// A tar of one entry, as other programs make them.
fn tar_of(path: &[u8], kind: tar::EntryType, contents: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(contents.len() as u64);
    header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, contents).unwrap();
    archive.into_inner().unwrap()
}

#[test]
fn what_does_not_belong_into_an_archive_is_refused() {
    use tar::EntryType;

    let unexpected = "no such file belongs into an archive";
    for path in [
        "/etc/passwd",
        "../ca-csr.pem",
        "one/../ca-csr.pem",
        "one/./ca-csr.pem",
        "./one/ca-csr.pem",
        "one/two/ca-csr.pem",
        "one//ca-csr.pem",
        ".meshpki-1-0/ca-csr.pem",
        "one/ca-key.pem",
        "one",
        "ca-csr.pem",
        "\u{1b}[2J/ca-csr.pem",
    ] {
        let archive = tar_of(path.as_bytes(), EntryType::Regular, b"");
        let path = escape::text(path);
        assert_eq!(
            read_requests(&archive).unwrap_err(),
            format!("{path}: {unexpected}")
        );
    }
    for (kind, what) in [
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Link, "a hard link"),
        (EntryType::Directory, "a folder"),
        (EntryType::Char, "a device"),
        (EntryType::Block, "a device"),
        (EntryType::Fifo, "a named pipe"),
        (EntryType::XHeader, "an extension of tar's"),
        (EntryType::GNULongName, "an extension of tar's"),
        (EntryType::GNUSparse, "an extension of tar's"),
    ] {
        let archive = tar_of(b"one/ca-csr.pem", kind, b"");
        assert_eq!(
            read_requests(&archive).unwrap_err(),
            format!("one/ca-csr.pem: it is {what}: only files are taken")
        );
    }
}

#[test]
fn a_member_that_claims_to_be_large_takes_no_memory() {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_path("one/ca-csr.pem").unwrap();
    for (size, refusal) in [
        (8 << 30, "it has more than 16 MiB"),
        (15 << 20, "the archive ends in the middle of it"),
    ] {
        header.set_size(size);
        header.set_cksum();
        assert_eq!(
            read_requests(header.as_bytes()).unwrap_err(),
            format!("one/ca-csr.pem: {refusal}")
        );
    }
}

#[test]
fn names_of_the_greatest_length_fit() {
    let longest = "c".repeat(128);
    let requests = vec![(longest.parse().unwrap(), request("one"))];
    let (archive, _) = Requests::new(requests).unwrap().pack();
    let (requests, _) = Requests::read(&archive).unwrap();
    assert_eq!(requests.as_slice()[0].cluster.as_str(), longest);
    assert!(is_archive(&archive));
    assert!(!is_archive(&request("one")));
}

proptest! {
    #[test]
    fn any_octets_are_refused_or_what_packing_makes(
        at in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        for archive in [&REQUESTS.0, &SIGNED.0] {
            let mut changed = archive.clone();
            let at = at.index(changed.len());
            let end = changed.len().min(at + junk.len());
            changed.splice(at..end, junk.iter().copied());
            if changed == *archive {
                continue;
            }
            prop_assert!(Requests::read(&changed).is_err());
            prop_assert!(Signed::read(&changed).is_err());
        }
    }
}

#[test]
fn the_files_are_those_of_a_cluster() {
    let names = |archive: &[u8]| -> Vec<_> {
        let members = members::unpack(archive).unwrap();
        members.into_iter().map(|(name, _)| name).collect()
    };
    let own = [MANIFEST, MANIFEST_DIGEST].map(str::to_owned);
    let of = |cluster: &str, file: &str| format!("{cluster}/{file}");
    let requests = ["one", "two"].map(|cluster| of(cluster, CA_CSR));
    assert_eq!(names(&REQUESTS.0), [&own[..], &requests].concat());
    let signed = ["one", "two"].map(|cluster| [of(cluster, CA_CERT), of(cluster, CERT_CHAIN)]);
    let root = [ROOT_CERT.to_owned()];
    assert_eq!(
        names(&SIGNED.0),
        [&own[..], &signed.concat(), &root].concat()
    );
}
