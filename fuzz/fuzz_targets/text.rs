//! Whatever OpenSSL reads, its text has nothing in it that a terminal would act on, and a line feed
//! that comes out of a certificate begins no line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshpki::pki::find::{self, Item};
use meshpki::pki::text::{self, NameOptions, Printable};

/// How OpenSSL's own lines begin that are not indented: the first, and headings of CRLs, of trust
/// settings, and extensions without contents.
const OWN: [&str; 10] = [
    "Certificate",
    "Revoked ",
    "No ",
    "Trusted ",
    "Rejected ",
    "Alias: ",
    "Key Id: ",
    "<EMPTY>",
    "<Empty Attributes>",
    "<No Attributes>",
];

fuzz_target!(|der: &[u8]| {
    meshpki::pki::start_to_read();
    let names = NameOptions::default();
    let mut texts = vec![text::request(der, names), text::crl(der, names)];
    for item in find::in_der(der).unwrap_or_default() {
        if let Item::Certificate(certificate) = item {
            texts.push(Printable::new(&certificate).map(|printable| printable.text(names)));
        }
    }
    for text in texts.into_iter().flatten() {
        let is_harmful = |character: char| character.is_control() && character != '\n';
        assert!(!text.contains(is_harmful), "{text:?}");
        for line in text.lines() {
            let is_own = line.is_empty()
                || line.starts_with(' ')
                || OWN.iter().any(|start| line.starts_with(start));
            assert!(is_own, "{line:?} in {text}");
        }
    }
});
