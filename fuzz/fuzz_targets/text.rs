//! Whatever OpenSSL reads, its text has nothing in it that a terminal would act on, and a line feed
//! that comes out of a certificate begins no line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshpki::pki::find::{self, Item};
use meshpki::pki::text::{self, NameOptions, Printable};

fuzz_target!(|der: &[u8]| {
    meshpki::pki::start();
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
            // OpenSSL's own lines: the first, those that are indented, and the CRL's and the trust
            // settings' headings.
            let is_own = line.is_empty()
                || line.starts_with(' ')
                || ["Certificate", "Revoked ", "No ", "Trusted ", "Rejected ", "Alias: ", "Key Id: "]
                    .iter()
                    .any(|start| line.starts_with(start));
            assert!(is_own, "{line:?} in {text}");
        }
    }
});
