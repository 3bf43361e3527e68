//! Which octets of DER are strings that OpenSSL prints as they are, and masked.

use std::ops::Range;

use crate::pki::der::{self, Value};
use crate::pki::ffi::{self, ShownExtension};

/// What came of masking.
pub(super) enum Masked {
    /// There is no line feed in its strings.
    Nothing,
    Octets(Vec<u8>),
    /// To tell strings from structures would take too long.
    Undecided,
}

/// `der` with the line feeds of its strings masked.
pub(super) fn masked(der: &[u8]) -> Masked {
    if memchr::memchr(b'\n', der).is_none() {
        return Masked::Nothing;
    }
    let mut masks = Masks::of(der);
    masks.walk(0..der.len(), Context::default());
    if masks.is_undecided {
        return Masked::Undecided;
    }
    if masks.found.is_empty() {
        return Masked::Nothing;
    }
    let mut masked = der.to_vec();
    masks.apply(&mut masked);
    Masked::Octets(masked)
}

struct Masks<'a> {
    der: &'a [u8],
    found: Vec<(Range<usize>, Mask)>,
    /// So many octets may be printed again to find out what is a string.
    budget: usize,
    is_undecided: bool,
}

#[derive(Clone, Copy)]
enum Mask {
    LineFeeds,
    All,
}

#[derive(Clone, Copy, Default)]
struct Context<'x> {
    depth: usize,
    /// All that is below is text: it is a string in parts (BER), or an extension with octets that
    /// OpenSSL prints as text.
    is_text: bool,
    /// The extension that it is in.
    extension: Option<&'x Printed>,
}

impl Context<'_> {
    /// Whether it is inside an extension, where nothing else is one.
    fn is_inside(&self) -> bool {
        self.is_text || self.extension.is_some()
    }
}

/// An extension, and what OpenSSL prints of it.
struct Printed {
    range: Range<usize>,
    text: Vec<u8>,
}

const CONSTRUCTED: u8 = 0x20;
const SEQUENCE: u8 = 0x30;
const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;

impl<'a> Masks<'a> {
    fn of(der: &'a [u8]) -> Self {
        const MOST_OCTETS: usize = 4 << 20;

        Self {
            der,
            found: Vec::new(),
            budget: MOST_OCTETS,
            is_undecided: false,
        }
    }

    fn apply(self, octets: &mut [u8]) {
        for (range, mask) in self.found {
            for octet in &mut octets[range] {
                match mask {
                    Mask::LineFeeds if *octet == b'\n' => *octet = b'\r',
                    Mask::LineFeeds => {}
                    // No extension that OpenSSL knows begins with this octet, so it is shown by its
                    // octets as before: one character for each.
                    Mask::All => *octet = b'x',
                }
            }
        }
    }

    fn walk(&mut self, range: Range<usize>, context: Context<'_>) {
        /// What OpenSSL prints as text is nowhere near as deep.
        const DEEPEST: usize = 64;

        let der = self.der;
        if context.depth > DEEPEST || memchr::memchr(b'\n', &der[range.clone()]).is_none() {
            return;
        }
        let below = Context {
            depth: context.depth + 1,
            ..context
        };
        for value in der::values(&der[range]) {
            let contents = self.range_of(value.contents);
            let is_row = context.extension.is_some() && is_unmarked_row(&value);
            if !is_constructed(value.tag) && !is_row {
                if (context.is_text || is_text(value.tag)) && value.contents.contains(&b'\n') {
                    self.found.push((contents, Mask::LineFeeds));
                }
            } else if let Some(extension) = Extension::of(&value).filter(|_| !context.is_inside()) {
                self.extension(&extension, below);
            } else {
                let is_text = context.is_text
                    || is_in_parts(&value)
                    || is_doubtful(&value) && self.is_printed(&contents, context.extension);
                self.walk(contents, Context { is_text, ..below });
            }
        }
    }

    fn extension(&mut self, extension: &Extension<'a>, below: Context<'_>) {
        /// Thawte's strong extranet, with user names as octets, and the policies of a proxy
        /// certificate (RFC 3820 §3.8), as octets too.
        const TEXT_AS_OCTETS: [&[u8]; 2] = [
            &[0x2B, 0x65, 0x01, 0x04, 0x01],
            &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0E],
        ];

        let contents = self.range_of(extension.octets.contents);
        let is_octets = extension.octets.tag == OCTET_STRING;
        let is_numbers = is_octets && extension.is_key_identifier();
        if !extension.octets.contents.contains(&b'\n') || is_numbers {
            return;
        }
        match ffi::extension(extension.whole) {
            Some(ShownExtension::Octets) if is_octets => self.found.push((contents, Mask::All)),
            Some(ShownExtension::Text(text)) if is_octets => {
                let range = self.range_of(extension.whole);
                let context = Context {
                    is_text: TEXT_AS_OCTETS.contains(&extension.oid),
                    extension: Some(&Printed { range, text }),
                    ..below
                };
                self.walk(contents, context);
            }
            _ => {
                let is_text = true;
                self.walk(contents, Context { is_text, ..below });
            }
        }
    }

    /// Whether everything in `range`, which is inside `extension`, is printed as it is, or not at
    /// all: then nothing changes but the line feeds if they are masked.
    fn is_printed(&mut self, range: &Range<usize>, extension: Option<&Printed>) -> bool {
        let Some(Printed { range: whole, text }) = extension else {
            return false;
        };
        let Some(budget) = self.budget.checked_sub(whole.len()) else {
            self.is_undecided = true;
            return false;
        };
        self.budget = budget;
        let mut masks = Masks::of(&self.der[whole.clone()]);
        let inside = range.start - whole.start..range.end - whole.start;
        let is_text = true;
        masks.walk(
            inside,
            Context {
                is_text,
                ..Context::default()
            },
        );
        let mut masked = masks.der.to_vec();
        masks.apply(&mut masked);
        let Some(ShownExtension::Text(second)) = ffi::extension(&masked) else {
            return false;
        };
        let is_masked =
            |(&first, &second): (&u8, &u8)| first == second || (first == b'\n' && second == b'\r');
        text.len() == second.len() && text.iter().zip(&second).all(is_masked)
    }

    /// Where `part` stands in `der`, which it is a part of.
    fn range_of(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr() as usize - self.der.as_ptr() as usize;
        start..start + part.len()
    }
}

/// Whether values are inside. OpenSSL reads a row of them behind the tag of a SEQUENCE or a SET even
/// where it is said to be primitive.
fn is_constructed(tag: u8) -> bool {
    tag & CONSTRUCTED != 0 || matches!(tag, 0x10 | 0x11)
}

/// Likewise behind a number for its tag that is not that of a string or an address.
fn is_unmarked_row(value: &Value<'_>) -> bool {
    let lengths = || der::values(value.contents).map(|part| part.whole.len());
    matches!(value.tag, 0x80 | 0x83..=0x85) && lengths().sum::<usize>() == value.contents.len()
}

/// Whether a primitive value of this tag may be text: the string types, the times, which one
/// extension prints as they are, and the names of a GeneralName that are strings (RFC 5280
/// §4.2.1.6).
fn is_text(tag: u8) -> bool {
    matches!(tag, 0x0C | 0x12..=0x1E | 0x81 | 0x82 | 0x86)
}

/// A string in parts, as BER has them. OpenSSL takes parts of any kind for text, but what is no
/// string in a value with a number for its tag may be a structure just as well.
fn is_in_parts(value: &Value<'_>) -> bool {
    let is_string = |tag: u8| matches!(tag & !CONSTRUCTED, OCTET_STRING | 0x0C | 0x12..=0x1E);
    let has_strings = || der::values(value.contents).all(|part| is_string(part.tag));
    is_text(value.tag & !CONSTRUCTED) && (is_string(value.tag) || has_strings())
}

/// Whether it is either a structure or a string in parts: `[1]`, `[2]` and `[6]` are used for both.
fn is_doubtful(value: &Value<'_>) -> bool {
    is_text(value.tag & !CONSTRUCTED)
}

/// An Extension (RFC 5280 §4.1).
struct Extension<'a> {
    whole: &'a [u8],
    oid: &'a [u8],
    octets: Value<'a>,
}

impl<'a> Extension<'a> {
    fn of(value: &Value<'a>) -> Option<Self> {
        if value.tag != SEQUENCE {
            return None;
        }
        let fields: Vec<_> = der::values(value.contents).take(4).collect();
        let (oid, octets) = match fields.as_slice() {
            [oid, octets] => (oid, octets),
            [oid, critical, octets] if critical.tag == BOOLEAN => (oid, octets),
            _ => return None,
        };
        let is_extension = oid.tag == OID && octets.tag & !CONSTRUCTED == OCTET_STRING;
        is_extension.then_some(Self {
            whole: value.whole,
            oid: oid.contents,
            octets: *octets,
        })
    }

    /// A key identifier of the usual length, which is printed as numbers. One in thirteen has a line
    /// feed in it, and OpenSSL need not be asked.
    fn is_key_identifier(&self) -> bool {
        let start: &[u8] = match self.oid {
            [0x55, 0x1D, 14] => &[OCTET_STRING, 20],
            [0x55, 0x1D, 35] => &[SEQUENCE, 22, 0x80, 20],
            _ => return false,
        };
        let contents = self.octets.contents;
        contents.starts_with(start) && contents.len() == start.len() + 20
    }
}
