//! Every PEM block in whatever text it is given, in one scan (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block between a BEGIN line and what ends it.
pub struct Block {
    /// The words between `-----BEGIN ` and `-----`.
    pub label: String,
    /// The line of the input, counted from 1, on which the block begins.
    pub line: usize,
    /// The offset in the input at which its BEGIN line begins.
    pub start: usize,
    /// The offset in the input behind what ends it.
    pub end: usize,
    /// What is between the lines, decoded. It may be a private key.
    pub body: Result<Zeroizing<Vec<u8>>, Flaw>,
    /// Nothing else stands on the BEGIN and END lines. Go's `encoding/pem`, and so istiod, does not
    /// see a block whose lines are shared with other text.
    pub own_lines: bool,
}

/// Why a block cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("it has no END line")]
    Truncated,
    #[error("its END line says {0}")]
    OtherEnd(String),
    #[error("it is not valid base64")]
    Base64,
    #[error("it is encrypted")]
    Encrypted,
}

impl Block {
    /// Label of an X.509 certificate (RFC 7468 §5).
    pub const CERTIFICATE: &str = "CERTIFICATE";

    pub fn is_certificate(&self) -> bool {
        self.label == Self::CERTIFICATE
    }

    /// A private key of any form, encrypted or not.
    pub fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }
}

const DASHES: &[u8] = b"-----";

/// The blocks of `text`, in order. Text around them is passed over, as OpenSSL and Go do.
pub fn blocks(text: &[u8]) -> Vec<Block> {
    scan(text).collect()
}

/// As [`blocks`], one at a time: as much of them is in memory as is asked for.
pub fn scan(text: &[u8]) -> impl Iterator<Item = Block> + '_ {
    let mut open: Option<(Marker, usize)> = None;
    let mut lines = LineCounter::new(text);
    let mut markers = markers(text);
    std::iter::from_fn(move || {
        for marker in markers.by_ref() {
            match (marker.is_begin, open.take()) {
                (true, unfinished) => {
                    let start = marker.start;
                    let line = lines.line_of(start);
                    open = Some((marker, line));
                    if let Some((begin, line)) = unfinished {
                        return Some(truncated(&begin, line, start));
                    }
                }
                (false, Some((begin, line))) => return Some(closed(text, &begin, &marker, line)),
                (false, None) => {}
            }
        }
        let (begin, line) = open.take()?;
        Some(truncated(&begin, line, text.len()))
    })
}

/// Whether a block begins anywhere in `text`.
pub fn has_block(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"-----BEGIN ").is_some()
}

/// One block as text, 64 characters a line, ending with a line feed.
pub fn encode(label: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}

/// A `-----BEGIN X-----` or `-----END X-----`.
struct Marker {
    is_begin: bool,
    label: String,
    start: usize,
    end: usize,
}

/// The markers of `text`. A marker is on one line, so each octet is looked at a bounded number of
/// times.
fn markers(text: &[u8]) -> impl Iterator<Item = Marker> + '_ {
    let mut at = 0;
    let dashes = memchr::memmem::Finder::new(DASHES);
    std::iter::from_fn(move || {
        while let Some(found) = dashes.find(&text[at..]) {
            let start = at + found;
            let after = &text[start + DASHES.len()..];
            let word = [&b"BEGIN "[..], b"END "]
                .into_iter()
                .find(|word| after.starts_with(word));
            let Some(word) = word else {
                at = start + 1;
                continue;
            };
            let label = &after[word.len()..];
            let label_start = start + DASHES.len() + word.len();
            // Up to the end of the label or of the line, whichever is first, and no further: a
            // line may be as long as the text, and have a marker at every step.
            let stop = (0..label.len())
                .find(|&at| matches!(label[at], b'\n' | b'\r') || label[at..].starts_with(DASHES));
            let length = stop.unwrap_or(label.len());
            at = label_start + length;
            if label[length..].starts_with(DASHES) {
                at += DASHES.len();
                return Some(Marker {
                    is_begin: word.starts_with(b"B"),
                    label: String::from_utf8_lossy(&label[..length]).into_owned(),
                    start,
                    end: at,
                });
            }
        }
        None
    })
}

fn truncated(begin: &Marker, line: usize, end: usize) -> Block {
    Block {
        label: begin.label.clone(),
        line,
        start: begin.start,
        end,
        body: Err(Flaw::Truncated),
        own_lines: true,
    }
}

fn closed(text: &[u8], begin: &Marker, end: &Marker, line: usize) -> Block {
    let starts_line = begin.start == 0 || text[begin.start - 1] == b'\n';
    let ends_line = text[end.end..]
        .iter()
        .take_while(|&&octet| octet != b'\n')
        .all(u8::is_ascii_whitespace);
    let body = if begin.label != end.label {
        Err(Flaw::OtherEnd(end.label.clone()))
    } else if begin.label.is_empty() {
        Err(Flaw::Base64)
    } else {
        decode(&text[begin.end..end.start])
    };
    Block {
        label: begin.label.clone(),
        line,
        start: begin.start,
        end: end.end,
        body,
        own_lines: starts_line && ends_line,
    }
}

/// What stands between the BEGIN and the END line. Headers may stand before it, with an empty line
/// behind them (RFC 1421 §4.6).
fn decode(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let body = body.trim_ascii_start();
    let (headers, digits) = [&b"\n\n"[..], b"\r\n\r\n"]
        .into_iter()
        .find_map(|blank| {
            let end = memchr::memmem::find(body, blank)?;
            Some((&body[..end], &body[end + blank.len()..]))
        })
        .unwrap_or((&[], body));
    let mut is_encrypted = false;
    for header in headers.split_inclusive(|&octet| octet == b'\n') {
        let colon = memchr::memchr(b':', header).ok_or(Flaw::Base64)?;
        let (name, value) = header.split_at(colon);
        is_encrypted |= name.trim_ascii() == b"Proc-Type"
            && memchr::memmem::find(value, b"ENCRYPTED").is_some();
    }
    // A buffer that never grows leaves no copies of a key behind.
    let mut joined = Zeroizing::new(Vec::with_capacity(digits.len()));
    for part in digits.split(u8::is_ascii_whitespace) {
        joined.extend_from_slice(part);
    }
    let contents = STANDARD.decode(&*joined).map_err(|_| Flaw::Base64)?;
    let contents = Zeroizing::new(contents);
    if is_encrypted {
        Err(Flaw::Encrypted)
    } else {
        Ok(contents)
    }
}

/// Turns rising offsets into line numbers in one pass.
struct LineCounter<'a> {
    text: &'a [u8],
    offset: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    fn line_of(&mut self, offset: usize) -> usize {
        let passed = &self.text[self.offset..offset];
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.offset = offset;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(text: &str) -> Vec<(String, usize, bool, bool)> {
        blocks(text.as_bytes())
            .into_iter()
            .map(|block| (block.label, block.line, block.body.is_ok(), block.own_lines))
            .collect()
    }

    const A: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----";

    #[test]
    fn text_around_blocks_is_passed_over() {
        let text = format!("subject: a\n{A}\nnotes\n\n{A}");
        assert_eq!(
            labels(&text),
            [
                ("CERTIFICATE".into(), 2, true, true),
                ("CERTIFICATE".into(), 7, true, true)
            ]
        );
    }

    #[test]
    fn glued_blocks_are_both_found_and_said_to_share_a_line() {
        let found = labels(&format!("{A}{A}\n"));
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .all(|(_, _, decodes, own_lines)| *decodes && !own_lines)
        );
    }

    #[test]
    fn a_byte_order_mark_shares_the_line_of_the_block_it_precedes() {
        assert!(!labels(&format!("\u{FEFF}{A}\n"))[0].3);
    }

    #[test]
    fn windows_line_ends_are_no_flaw() {
        let text = format!("{A}\n").replace('\n', "\r\n");
        assert_eq!(labels(&text), [("CERTIFICATE".into(), 1, true, true)]);
    }

    #[test]
    fn each_flaw_is_told_apart() {
        let flaw = |text: &str| blocks(text.as_bytes()).remove(0).body.unwrap_err();
        assert_eq!(flaw("-----BEGIN X-----\nAQID\n"), Flaw::Truncated);
        assert_eq!(
            flaw("-----BEGIN X-----\nAQID\n-----END Y-----\n"),
            Flaw::OtherEnd("Y".into())
        );
        assert_eq!(
            flaw("-----BEGIN X-----\n!\n-----END X-----\n"),
            Flaw::Base64
        );
        assert_eq!(
            flaw(
                "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQID\n-----END X-----\n"
            ),
            Flaw::Encrypted
        );
    }

    #[test]
    fn a_block_cut_short_does_not_swallow_the_next() {
        let found = labels(&format!("-----BEGIN CERTIFICATE-----\nAQ\n{A}\n"));
        assert_eq!(
            found.iter().map(|block| block.2).collect::<Vec<_>>(),
            [false, true]
        );
    }

    #[test]
    fn a_line_of_a_million_markers_is_one_scan() {
        let text = "-----BEGIN X-----".repeat(1_000_000);
        assert_eq!(scan(text.as_bytes()).count(), 1_000_000);
    }

    #[test]
    fn a_megabyte_of_begin_lines_is_one_scan() {
        let text = "-----BEGIN CERTIFICATE-----\n".repeat(40_000);
        assert_eq!(blocks(text.as_bytes()).len(), 40_000);
    }

    /// Text that begins and ends no block.
    fn around() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            3 => "(?s).{0,20}".boxed(),
            1 => "-{1,7}[a-z ]{1,3}".boxed(),
            1 => "[\r\n]{1,3}".boxed(),
            1 => Just("BEGIN CERTIFICATE-----".to_owned()).boxed(),
        ];
        let parts = proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat());
        let is_marker = |text: &String| {
            ["-----BEGIN ", "-----END "]
                .iter()
                .any(|word| text.contains(word))
        };
        parts.prop_filter("no marker", move |text| {
            !is_marker(text) && !text.ends_with('-')
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_found_again(
            der in proptest::collection::vec(any::<u8>(), 1..300),
            before in "[^-]{0,40}\n",
        ) {
            let text = before + &encode("X", &der);
            let found = blocks(text.as_bytes());
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].body.as_ref().unwrap().as_slice(), der.as_slice());
        }

        /// However lines end and wherever they are broken, whatever stands around.
        #[test]
        fn every_block_of_any_text_is_found(
            parts in proptest::collection::vec(
                (around(), "[A-Z0-9]([A-Z0-9 ]{0,10}[A-Z0-9])?", proptest::collection::vec(any::<u8>(), 1..120)),
                0..5,
            ),
            rest in around(),
            is_windows in any::<bool>(),
            breaks in proptest::collection::vec(1..90usize, 1..6),
        ) {
            let end = if is_windows { "\r\n" } else { "\n" };
            let mut text = String::new();
            let mut wanted = Vec::new();
            for (before, label, der) in parts {
                text += &before;
                let line = text.matches('\n').count() + 1;
                let encoded = encode(&label, &der);
                let body: String = encoded.lines().filter(|line| !line.contains('-')).collect();
                text += &format!("-----BEGIN {label}-----{end}");
                let mut body = body.as_str();
                for &length in breaks.iter().cycle() {
                    let (line, after) = body.split_at(length.min(body.len()));
                    text += &format!("{line}{end}");
                    body = after;
                    if body.is_empty() {
                        break;
                    }
                }
                text += &format!("-----END {label}-----");
                wanted.push((label, line, der));
            }
            text += &rest;
            let found = blocks(text.as_bytes()).into_iter();
            let found = found.map(|block| (block.label, block.line, block.body.unwrap().to_vec()));
            prop_assert_eq!(found.collect::<Vec<_>>(), wanted, "{}", text);
        }

        /// The `pem` crate is what rcgen and others read with.
        #[test]
        fn a_body_is_what_other_readers_make_of_it(
            headers in "([A-Za-z -]{1,12}:? ?[A-Z0-9,]{0,12}\r?\n){0,2}(\r?\n)?",
            digits in "([A-Za-z0-9+/]{4}|[ \t\r\n]){0,30}[A-Za-z0-9+/=!:]{0,4}\n{0,2}",
        ) {
            let text = format!("-----BEGIN X-----\n{headers}{digits}-----END X-----\n");
            let read = pem::parse(&text).ok().map(pem::Pem::into_contents);
            let body = blocks(text.as_bytes()).remove(0).body;
            prop_assert_eq!(body.ok().map(|body| body.to_vec()), read, "{:?}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            blocks(&text);
        }
    }
}
