//! Which line feeds of OpenSSL's text are its own, and which come out of a certificate.
//!
//! OpenSSL prints the text of some extensions as it is (names of subjectAltName, the address of a
//! certification practice statement, comments) and shows an extension that it does not know by its
//! octets, line feeds included. One in a name begins a line that the certificate's owner has
//! written: `CA:TRUE`, say. So what is to be printed is printed twice: as it is, and with every
//! line feed inside its strings exchanged for a carriage return, which OpenSSL treats the same and
//! never prints of itself. Where the first text has a line feed and the second has none, it comes
//! out of the certificate.

mod masks;

use self::masks::{Masked, masked};

/// `printed`, which OpenSSL has made of `der`, with every octet in it that a terminal would act on
/// as `\XX`, but for the line feeds that are OpenSSL's own. `print` makes such a text of other DER.
pub fn sanitized(
    printed: Vec<u8>,
    der: &[u8],
    print: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> String {
    let printed = without_error_queue(printed);
    let masked = match masked(der) {
        Masked::Nothing => return own(printed),
        Masked::Undecided => return escaped(&printed, |_| true),
        Masked::Octets(masked) => masked,
    };
    match print(&masked).map(without_error_queue) {
        Some(second) if second.len() == printed.len() => {
            escaped(&printed, |at| second[at] != b'\n')
        }
        // OpenSSL has read something else in the masked form: what cannot be told apart is not
        // shown as it is.
        Some(second) => escaped(&second, |_| false),
        None => escaped(&printed, |_| true),
    }
}

/// As [`sanitized`], where all line feeds are OpenSSL's own.
pub fn own(printed: Vec<u8>) -> String {
    // No early way out: so it is a few instructions for many octets at once.
    let is_plain = printed.iter().fold(true, |is_plain, &octet| {
        is_plain & (octet == b'\n' || matches!(octet, b' '..=b'~'))
    });
    if is_plain {
        String::from_utf8(printed).expect("ASCII")
    } else {
        escaped(&printed, |_| false)
    }
}

/// What stands behind `Unable to load Public Key` is OpenSSL's error queue, with the number of the
/// thread: it differs from run to run. All other lines are indented.
fn without_error_queue(mut printed: Vec<u8>) -> Vec<u8> {
    const UNABLE: &[u8] = b"            Unable to load Public Key\n";

    if let Some(position) = memchr::memmem::find(&printed, UNABLE) {
        let start = position + UNABLE.len();
        let mut end = start;
        while end < printed.len() && printed[end] != b' ' {
            let length = memchr::memchr(b'\n', &printed[end..]);
            end = length.map_or(printed.len(), |length| end + length + 1);
        }
        printed.drain(start..end);
    }
    printed
}

fn escaped(printed: &[u8], is_foreign: impl Fn(usize) -> bool) -> String {
    let mut text = String::with_capacity(printed.len());
    let mut start = 0;
    let own_line_feeds = memchr::memchr_iter(b'\n', printed).filter(|&at| !is_foreign(at));
    for end in own_line_feeds.chain([printed.len()]) {
        text += &crate::escape::bytes(&printed[start..end]);
        if end < printed.len() {
            text.push('\n');
        }
        start = end + 1;
    }
    text
}
