//! How much faster `meshpki verify` is than `openssl verify`, and what memory both take: `cargo
//! bench --bench verify`. It prints, and judges nothing.
//!
//! What there is to gain depends on the root's key: a signature of RSA is checked in a fraction of
//! the time that one of an elliptic curve takes, and the check itself is libcrypto's in both.

mod common;

use std::fs;
use std::path::Path;

use common::{Contenders, clusters, compare, compare_memory, is_brief, machine, meshpki, quiet};

fn main() {
    let (starts, rounds, count) = if is_brief() {
        (3, 1, 20)
    } else {
        (101, 3, 10_000)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{}", machine());
    println!("\nverify, and openssl verify: the median of {starts} and {rounds} rounds");
    for root in ["p256", "rsa-2048", "rsa-4096"] {
        let folder = folder.path().join(root);
        let files = files(&folder, root, count);
        let mut one = both(&folder, &files[..1]);
        let what = format!("one certificate, {root} root");
        compare(&what, starts, &mut one);
        let mut all = both(&folder, &files);
        let what = format!("{count} files, {root} root");
        compare(&what, rounds, &mut all);
        compare_memory("  peak memory", &mut all);
    }
}

/// The same question to both. Without its last two options, `openssl verify` would look at the
/// system's trust anchors too.
fn both(folder: &Path, files: &[String]) -> Contenders {
    let mut openssl = quiet("openssl", folder);
    openssl.args(["verify", "-no-CApath", "-no-CAstore"]);
    let mut meshpki = meshpki(folder);
    meshpki.arg("verify");
    for command in [&mut meshpki, &mut openssl] {
        command.args(["-CAfile", "root-cert.pem"]).args(files);
    }
    [meshpki, openssl]
}

/// So many files of a certificate each, a tenth of them different ones.
fn files(folder: &Path, root: &str, count: usize) -> Vec<String> {
    const DIFFERENT_PART: usize = 10;

    let different = count / DIFFERENT_PART;
    clusters(folder, root, "p256", different);
    let name = |number: usize| {
        let name = format!("{number}.pem");
        let cluster = folder.join((number % different + 1).to_string());
        fs::copy(cluster.join("ca-cert.pem"), folder.join(&name)).expect("a file");
        name
    };
    (0..count).map(name).collect()
}
