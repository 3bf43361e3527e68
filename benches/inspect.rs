//! How much faster `meshpki inspect` is than the `openssl` program on PATH:
//! `cargo bench --bench inspect`. It prints ratios of medians; nothing depends on them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MESHPKI: &str = env!("CARGO_BIN_EXE_meshpki");

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    run(folder, MESHPKI, &["root-ca", "--key-type", "rsa-2048"]);
    for name in ["a", "b", "c", "d"] {
        let key_type = if name < "c" { "p256" } else { "rsa-2048" };
        run(
            folder,
            MESHPKI,
            &["cluster-cacerts", "--key-type", key_type, name],
        );
    }
    let files = ["a", "b", "c", "d"].map(|name| folder.join(name).join("ca-cert.pem"));
    let texts = files.map(|file| fs::read_to_string(file).expect("a certificate"));
    fs::write(folder.join("bundle.pem"), texts.concat().repeat(2500)).expect("a file");

    let one = ["x509", "-in", "a/ca-cert.pem", "-noout", "-text"];
    let all = ["storeutl", "-noout", "-text", "-certs", "bundle.pem"];
    compare(
        folder,
        "one certificate",
        21,
        &["inspect", "a/ca-cert.pem"],
        &one,
    );
    compare(
        folder,
        "10,000 certificates",
        5,
        &["inspect", "-q", "bundle.pem"],
        &all,
    );
    compare(
        folder,
        "10,000 in short",
        5,
        &["inspect", "--short", "bundle.pem"],
        &all,
    );
    compare(
        folder,
        "10,000 as JSON",
        5,
        &["inspect", "-o", "json", "bundle.pem"],
        &all,
    );
}

fn compare(folder: &Path, what: &str, times: usize, ours: &[&str], theirs: &[&str]) {
    let ours = median(times, || run(folder, MESHPKI, ours));
    let theirs = median(times, || run(folder, "openssl", theirs));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    println!("{what:<20} meshpki {ours:>10.1?}  openssl {theirs:>10.1?}  {ratio:>6.1} times");
}

fn median(times: usize, action: impl Fn()) -> Duration {
    let mut durations: Vec<_> = (0..times)
        .map(|_| {
            let start = Instant::now();
            action();
            start.elapsed()
        })
        .collect();
    durations.sort();
    durations[times / 2]
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let status = Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let status = status.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {arguments:?}: {status}");
}
