//! How much faster `meshpki inspect` is than the `openssl` program, and what memory both take:
//! `cargo bench --bench inspect`. It prints, and judges nothing.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{clusters, compare, compare_memory, is_brief, machine, meshpki, quiet};

fn main() {
    let (starts, rounds, count) = if is_brief() {
        (3, 1, 20)
    } else {
        (101, 5, 10_000)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    bundle(folder, count);
    println!("{}", machine());
    println!("\ninspect, and openssl x509 or storeutl: the median of {starts} and {rounds} rounds");

    let one = "p256/1/ca-cert.pem";
    let mut x509 = quiet("openssl", folder);
    x509.args(["x509", "-in", one, "-noout", "-text"]);
    compare(
        "one certificate, as text",
        starts,
        &mut [inspect(folder, &[one]), x509],
    );
    let forms: [&[&str]; 3] = [&["-q"], &["--short"], &["-o", "json"]];
    for form in forms {
        let mut storeutl = quiet("openssl", folder);
        storeutl.args(["storeutl", "-noout", "-text", "-certs", "bundle.pem"]);
        let words = [form, &["bundle.pem"]].concat();
        let mut contenders = [inspect(folder, &words), storeutl];
        let what = format!("{count} certificates, {}", form.join(" "));
        compare(&what, rounds, &mut contenders);
        compare_memory("  peak memory", &mut contenders);
    }
}

fn inspect(folder: &Path, words: &[&str]) -> Command {
    let mut command = meshpki(folder);
    command.arg("inspect").args(words);
    command
}

/// A file of so many certificates, a tenth of them different ones: half with an elliptic curve,
/// half with RSA.
fn bundle(folder: &Path, count: usize) {
    const DIFFERENT_PART: usize = 10;
    const KEY_TYPES: [&str; 2] = ["p256", "rsa-2048"];

    let of_each = count / DIFFERENT_PART / KEY_TYPES.len();
    let mut texts = String::new();
    for key_type in KEY_TYPES {
        let folder = folder.join(key_type);
        clusters(&folder, "rsa-2048", key_type, of_each);
        for number in 1..=of_each {
            let file = folder.join(number.to_string()).join("ca-cert.pem");
            texts += &fs::read_to_string(file).expect("a certificate");
        }
    }
    fs::write(folder.join("bundle.pem"), texts.repeat(DIFFERENT_PART)).expect("a file");
}
