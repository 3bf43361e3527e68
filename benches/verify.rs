//! How long `meshpki verify` takes, as a ratio to `openssl verify` on the same machine in the same
//! run: `cargo bench --bench verify`. It prints, and judges nothing. `MESHPKI_BENCH=brief` makes of
//! everything the least there is, to see that it runs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MESHPKI: &str = env!("CARGO_BIN_EXE_meshpki");
/// What keeps `openssl verify` from the system's trust anchors.
const OPENSSL: [&str; 4] = ["verify", "-no-CApath", "-no-CAstore", "-CAfile"];

fn main() {
    let is_brief = std::env::var_os("MESHPKI_BENCH").is_some_and(|value| value == "brief");
    let (starts, files) = if is_brief { (5, 50) } else { (200, 10_000) };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    run(folder, MESHPKI, &["root-ca", "--key-type", "p256"]);
    run(
        folder,
        MESHPKI,
        &["cluster-cacerts", "--key-type", "p256", "c"],
    );
    let certificate = std::fs::read(folder.join("c/ca-cert.pem")).expect("a certificate");

    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let asked = ["verify", "-CAfile", "root-cert.pem", "c/ca-cert.pem"];
    let by_openssl: Vec<_> = OPENSSL.iter().copied().chain(asked[2..].to_vec()).collect();
    for _ in 0..starts {
        ours.push(run(folder, MESHPKI, &asked));
        theirs.push(run(folder, "openssl", &by_openssl));
    }
    told("one certificate, whole process", &mut ours, &mut theirs);

    let names: Vec<_> = (0..files).map(|number| format!("{number}.pem")).collect();
    for name in &names {
        std::fs::write(folder.join(name), &certificate).expect("a file");
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let all = |first: &[&'static str]| -> Vec<_> {
        let first = first.iter().copied().chain(["root-cert.pem"]);
        first.chain(names.iter().copied()).collect()
    };
    let (asked, by_openssl) = (all(&["verify", "-CAfile"]), all(&OPENSSL));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(run(folder, MESHPKI, &asked));
        theirs.push(run(folder, "openssl", &by_openssl));
    }
    told(
        &format!("{files} files under one root"),
        &mut ours,
        &mut theirs,
    );
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Duration {
    let begin = Instant::now();
    let status = Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {:?}", arguments.first());
    begin.elapsed()
}

fn told(what: &str, ours: &mut [Duration], theirs: &mut [Duration]) {
    let [ours, theirs] = [ours, theirs].map(|times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    });
    let (ratio, ours, theirs) = (theirs / ours, ours * 1000.0, theirs * 1000.0);
    println!("verify, {what}: {ours:.1} ms, openssl {theirs:.1} ms: {ratio:.1} times as fast");
}
