//! Whatever the fields of a certificate, a request or a CRL are, they are valid JSON, and their
//! text is for a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshpki::pki::summary::{CrlSummary, RequestSummary, Summary};

fn check(value: impl serde::Serialize) {
    let value = serde_json::to_value(value).expect("JSON");
    no_control(&value);
}

fn no_control(value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.starts_with("-----BEGIN ") => {}
        serde_json::Value::String(text) => {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
        serde_json::Value::Array(elements) => elements.iter().for_each(no_control),
        serde_json::Value::Object(entries) => entries.values().for_each(no_control),
        _ => {}
    }
}

fuzz_target!(|der: &[u8]| {
    meshpki::pki::start_to_read();
    let _ = Summary::of(der).map(check);
    let _ = RequestSummary::of(der).map(check);
    let _ = CrlSummary::of(der).map(check);
});
