use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::mesh::profile;
use crate::pki::authority::CertificateAuthority;
use crate::pki::key::{KeySpec, PrivateKey};
use crate::pki::name::{Attribute, DistinguishedName};
use crate::pki::validity::Validity;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:00:05.25 UTC);

/// A root, the CA of a cluster below it, and another root.
struct Certificates {
    root: Certificate,
    cluster: Certificate,
    other: Certificate,
}

fn certificates() -> &'static Certificates {
    static CERTIFICATES: OnceLock<Certificates> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        let [root, other] = ["Root CA", "Zoë \"R&D\" \\"].map(root);
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let spec = profile::cluster_ca(name("Intermediate CA"), validity(10), Vec::new());
        let cluster = root.issue(&spec, &key.public_key().unwrap()).unwrap();
        Certificates {
            root: root.certificate().clone(),
            cluster,
            other: other.certificate().clone(),
        }
    })
}

fn name(common_name: &str) -> DistinguishedName {
    DistinguishedName::new([(Attribute::CommonName, common_name)]).unwrap()
}

fn validity(days: u32) -> Validity {
    Validity::starting(NOW, Duration::ZERO, days).unwrap()
}

fn root(common_name: &str) -> CertificateAuthority {
    let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let spec = profile::root_ca(name(common_name), validity(20), None);
    CertificateAuthority::self_signed(&spec, key).unwrap()
}

fn new(cluster: Option<&str>, certificate: &Certificate) -> NewEntry {
    NewEntry {
        cluster: cluster.map(|name| name.parse().unwrap()),
        certificate: certificate.clone(),
        request: cluster.map(|name| Sha256::of(name.as_bytes())),
    }
}

/// The root's own, and then the CAs of so many clusters.
fn text(clusters: usize) -> Vec<u8> {
    text_at(clusters, NOW)
}

fn text_at(clusters: usize, now: OffsetDateTime) -> Vec<u8> {
    let Certificates { root, cluster, .. } = certificates();
    let mut text = Record::default().lines_for(&[new(None, root)], root, now);
    let entries: Vec<_> = (0..clusters)
        .map(|number| new(Some(&format!("cluster{number}")), cluster))
        .collect();
    let record = Record::parse(&text).unwrap();
    text.extend(record.lines_for(&entries, root, now + Duration::HOUR));
    text
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&octet| octet == b'\n').collect()
}

fn refusal(text: &[u8]) -> String {
    Record::parse(text).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_again() {
    let text = text(2);
    let record = Record::parse(&text).unwrap();
    let Certificates { root, cluster, .. } = certificates();
    let [first, _, last] = record.entries() else {
        panic!("{record:?}");
    };
    assert_eq!((first.number, last.number), (1, 3));
    assert_eq!((&first.certificate, &last.certificate), (root, cluster));
    assert_eq!(first.time, datetime!(2026-11-22 08:00:05 UTC));
    assert_eq!((&first.cluster, first.request), (&None, None));
    assert_eq!(last.cluster.as_ref().unwrap().as_str(), "cluster1");
    assert_eq!(last.request, Some(Sha256::of(b"cluster1")));
    assert_eq!(last.issuer, first.spki());
    assert!(first.is_of_its_own_key() && !last.is_of_its_own_key());
    assert_eq!(record.head(), Sha256::of(lines(&text)[2]));
    assert_eq!((record.length(), record.torn()), (text.len(), 0));
    assert_eq!(record.verify(&[]).unwrap(), 0);
    assert!(record.late_beginnings().is_empty());
}

#[test]
fn a_line_is_an_object_with_its_fields_in_this_order() {
    let text = text(1);
    let line = String::from_utf8(lines(&text)[1].to_vec()).unwrap();
    let serial_number = certificates().cluster.serial_number();
    let start = format!(
        "{{\"number\":2,\"time\":\"2026-11-22T09:00:05Z\",\"cluster\":\"cluster0\",\"serialNumber\":\"{serial_number}\",\"subject\":\"CN = Intermediate CA\",\"notBefore\":\"2026-11-22T08:00:05Z\",\"notAfter\":\"2026-12-02T08:00:05Z\",\"sha256\":\""
    );
    assert!(line.starts_with(&start), "{line}");
    let previous = Sha256::of(lines(&text)[0]);
    let end = format!("\",\"previous\":\"{previous}\"}}\n");
    assert!(line.ends_with(&end), "{line}");
    let fields = [
        "sha256",
        "spkiSha256",
        "issuerSpkiSha256",
        "requestSha256",
        "certificate",
        "previous",
    ];
    let at = fields.map(|field| line.find(&format!("\"{field}\":\"")).expect(field));
    assert!(at.is_sorted(), "{line}");
    let first = String::from_utf8(lines(&text)[0].to_vec()).unwrap();
    assert!(first.contains("\"cluster\":null,"), "{first}");
    assert!(first.contains("\"requestSha256\":null,"), "{first}");
    let zeros = format!("\"previous\":\"{}\"}}\n", "0".repeat(64));
    assert!(first.ends_with(&zeros), "{first}");
}

#[test]
fn nothing_is_a_record_without_entries() {
    let record = Record::parse(b"").unwrap();
    assert_eq!(record.entries(), []);
    assert_eq!(record.head(), NO_HEAD);
    assert_eq!(record.since(&NO_HEAD), Some(&[][..]));
    assert_eq!(record.since(&Sha256::of(b"")), None);
}

#[test]
fn a_name_of_any_characters_is_recorded_as_it_is_printed() {
    let other = &certificates().other;
    let text = Record::default().lines_for(&[new(None, other)], other, NOW);
    let record = Record::parse(&text).unwrap();
    assert_eq!(record.entries()[0].certificate, *other);
    let subject = serde_json::to_string(&other.subject()).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(&format!("\"subject\":{subject},")), "{text}");
    assert!(text.is_ascii());
}

#[test]
fn what_came_after_a_head_is_told() {
    let text = text(2);
    let record = Record::parse(&text).unwrap();
    let heads: Vec<_> = lines(&text).into_iter().map(Sha256::of).collect();
    for (position, head) in heads.iter().enumerate() {
        let after = record.since(head).unwrap();
        assert_eq!(after.len(), 2 - position);
    }
    assert_eq!(record.since(&NO_HEAD).unwrap().len(), 3);
    assert_eq!(record.since(&Sha256::of(&text)), None);
}

#[test]
fn what_stands_behind_the_last_line_feed_is_no_line() {
    let whole = text(2);
    let last = lines(&whole)[2].len();
    for left in 2..last {
        let torn = &whole[..whole.len() - left];
        let record = Record::parse(torn).unwrap();
        assert_eq!(record.entries().len(), 2);
        assert_eq!(record.torn(), last - left);
        assert_eq!(record.length(), whole.len() - last);
    }
    assert_eq!(Record::parse(b"{").unwrap().torn(), 1);
}

#[test]
fn a_line_that_lacks_its_line_feed_alone_is_one_and_is_given_it() {
    let whole = text(2);
    let cut = &whole[..whole.len() - 1];
    let record = Record::parse(cut).unwrap();
    assert_eq!((record.length(), record.torn()), (cut.len(), 0));
    assert_eq!(record.head(), Record::parse(&whole).unwrap().head());
    let Certificates { root, cluster, .. } = certificates();
    let more = record.lines_for(&[new(Some("more"), cluster)], root, NOW);
    let longer = Record::parse(&[cut, &more].concat()).unwrap();
    assert_eq!(longer.entries().len(), 4);
    assert_eq!(longer.entries()[2].head, record.head());

    let last = lines(&whole)[2];
    let serial_number = format!("\"{}\"", certificates().cluster.serial_number());
    let other = with(&last[..last.len() - 1], &serial_number, "\"00\"");
    let error = Record::parse(&[&whole[..whole.len() - last.len()], &other].concat()).unwrap_err();
    assert_eq!(error.line, 3);
}

#[test]
fn a_key_that_begins_in_the_middle_is_told() {
    let Certificates {
        root,
        cluster,
        other,
    } = certificates();
    let late = |entries: &[(&Certificate, &Certificate)]| {
        let mut text = Vec::new();
        for (certificate, issuer) in entries {
            let record = Record::parse(&text).unwrap();
            text.extend(record.lines_for(&[new(None, certificate)], issuer, NOW));
        }
        let record = Record::parse(&text).unwrap();
        let late = record.late_beginnings();
        late.iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    assert_eq!(
        late(&[(root, root), (cluster, root), (other, other)]),
        [0; 0]
    );
    assert_eq!(late(&[(cluster, root), (root, root), (cluster, root)]), [1]);
    assert_eq!(late(&[(other, other), (cluster, root)]), [2]);
}

#[test]
fn a_certificate_of_another_key_than_its_line_names_is_found() {
    let Certificates {
        root,
        cluster,
        other,
    } = certificates();
    let mut text = Record::default().lines_for(&[new(None, root)], root, NOW);
    let record = Record::parse(&text).unwrap();
    text.extend(record.lines_for(&[new(Some("a"), cluster)], other, NOW));
    let record = Record::parse(&text).unwrap();
    assert_eq!(record.verify(&[]).unwrap(), 1);
    assert_eq!(
        record
            .verify(std::slice::from_ref(other))
            .unwrap_err()
            .to_string(),
        format!(
            "line 2: its certificate was not signed by the key that it names, {}",
            Sha256::of(other.spki())
        )
    );
}

/// `line` with `to` in the place of `from`, which is in it once.
fn with(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let line = std::str::from_utf8(line).unwrap();
    assert_eq!(line.matches(from).count(), 1, "{from}\n{line}");
    line.replace(from, to).into_bytes()
}

#[test]
fn what_the_certificate_does_not_say_is_told_by_field() {
    let text = text(0);
    for (from, to, refusal_of_it) in [
        (
            "\"CN = Root CA\"",
            "\"CN = \\u001b[31m\"",
            "line 1: its subject is CN = \\1B[31m, and that of its certificate is CN = Root CA",
        ),
        (
            "\"notAfter\":\"2026",
            "\"notAfter\":\"2027",
            "line 1: its notAfter is 2027-12-12T08:00:05Z, and that of its certificate is 2026-12-12T08:00:05Z",
        ),
        (
            "\"time\":\"2026-11-22",
            "\"time\":\"2026-13-22",
            "line 1: its time is \"2026-13-22T08:00:05Z\", which is none",
        ),
        (
            "\"requestSha256\":null",
            "\"requestSha256\":\"\\u009b\"",
            "line 1: its requestSha256 is \"\\C2\\9B\", which is none",
        ),
        (
            "\"cluster\":null",
            "\"cluster\":\"../x\"",
            "line 1: its cluster: \"../x\" cannot be a cluster's name: it may have letters, digits, '-', '_' and '.' in it",
        ),
        (
            "\"number\":1,",
            "\"number\": 1,",
            "line 1: it is not written as meshpki writes it: its blanks, order or escapes are others",
        ),
        (
            "\"number\":1,",
            "\"number\":1,\"number\":1,",
            "line 1: it cannot be read: duplicate field `number` at line 1 column 20",
        ),
        (
            "\"number\":1,",
            "\"\\u001b\":1,\"number\":1,",
            "line 1: it cannot be read: unknown field `\\1B`, expected one of `number`, `time`, `cluster`, `serialNumber`, `subject`, `notBefore`, `notAfter`, `sha256`, `spkiSha256`, `issuerSpkiSha256`, `requestSha256`, `certificate`, `previous` at line 1 column 9",
        ),
        (
            "\"certificate\":\"MII",
            "\"certificate\":\"MIJ",
            "line 1: its certificate: it is not an X.509 certificate: Parsing Error: NomError(Eof)",
        ),
    ] {
        let other = with(&text, from, to);
        assert_eq!(refusal(&other), refusal_of_it, "{from}");
    }
}

#[test]
fn what_is_no_line_is_refused_by_its_number() {
    let whole = text(1);
    let [first, second] = lines(&whole)[..] else {
        panic!("two lines");
    };
    for (text, line) in [
        ([&b"\n"[..], first].concat(), 1),
        ([first, b"\n"].concat(), 2),
        ([first, b"\xFF\n"].concat(), 2),
        ([first, b"null\n"].concat(), 2),
        ([first, &second[..second.len() - 1], b"\r\n"].concat(), 2),
        ([first, b"{}\n", second].concat(), 2),
        ([b"\xEF\xBB\xBF", first].concat(), 1),
    ] {
        assert_eq!(Record::parse(&text).unwrap_err().line, line);
    }
}

#[test]
fn a_record_whose_beginning_is_gone_does_not_begin_anew() {
    let whole = text(2);
    let previous = Sha256::of(lines(&whole)[0]);
    let second = with(lines(&whole)[1], "\"number\":2", "\"number\":1");
    assert_eq!(
        refusal(&second),
        format!(
            "line 1: its previous is {previous}, and no line is before it: the lines before it are missing"
        )
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_octet_that_is_another_is_found_by_its_line(at: Index, by in 1_u8..) {
        let mut text = text(3);
        let at = at.index(text.len());
        let before = Record::parse(&text).unwrap();
        let line = 1 + text[..at].iter().filter(|&&octet| octet == b'\n').count() as u64;
        let is_last_octet = at + 1 == text.len();
        text[at] ^= by;
        match Record::parse(&text) {
            // By itself, or by the line that follows it.
            Err(error) => prop_assert!(error.line == line || error.line == line + 1, "{}", error),
            // Of the last line, the head tells what no other field does.
            Ok(after) => {
                prop_assert_eq!(line, 4);
                prop_assert!(after.head() != before.head());
                prop_assert!(!is_last_octet || after.torn() > 0);
            }
        }
    }

    #[test]
    fn a_line_that_is_missing_is_found_by_its_number(number in 0_usize..3) {
        let text = text(3);
        let mut lines = lines(&text);
        lines.remove(number);
        let error = Record::parse(&lines.concat()).unwrap_err();
        prop_assert_eq!(error.line, number as u64 + 1);
    }

    #[test]
    fn a_line_that_is_elsewhere_is_found_by_its_number(from in 0_usize..4, to in 0_usize..4) {
        prop_assume!(from != to);
        let text = text(3);
        let mut lines = lines(&text);
        let moved = lines.remove(from);
        lines.insert(to, moved);
        let error = Record::parse(&lines.concat()).unwrap_err();
        prop_assert_eq!(error.line, from.min(to) as u64 + 1);
    }

    #[test]
    fn a_line_that_is_repeated_is_found_by_its_number(number in 0_usize..4, to in 0_usize..5) {
        let text = text(3);
        let mut lines = lines(&text);
        lines.insert(to, lines[number]);
        let error = Record::parse(&lines.concat()).unwrap_err();
        // Which of two that are alike is the second, nobody can tell.
        let expected = if to == number { to + 1 } else { to };
        prop_assert_eq!(error.line, expected as u64 + 1);
    }

    #[test]
    fn a_line_of_another_record_is_found_by_its_number(number in 0_usize..3) {
        let [one, other] = [NOW, NOW + Duration::DAY].map(|now| text_at(3, now));
        let mut mixed = lines(&one);
        mixed[number] = lines(&other)[number];
        let line = Record::parse(&mixed.concat()).unwrap_err().line;
        // The first follows nothing; of others, what they follow is another.
        prop_assert_eq!(line, number.max(1) as u64 + 1);
    }

    #[test]
    fn no_octets_make_it_panic(octets: Vec<u8>) {
        let _ = Record::parse(&octets);
        let _ = Record::parse(&[&octets[..], b"\n"].concat());
    }
}
