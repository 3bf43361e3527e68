//! Whatever is given, what is found in it is found soon, and can be named on a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshpki::mesh::find;

fuzz_target!(|contents: &[u8]| {
    for found in find::items("input", contents) {
        let named = format!("{} {:?}", found.source, found.item.word());
        assert!(!named.chars().any(char::is_control), "{named}");
        let _ = format!("{:?}", found.item);
    }
    let _ = find::what_it_is(contents);
});
