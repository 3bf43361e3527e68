//! The fully static binary, of which README.md says how it is built: where there is one, it works on
//! a machine that has nothing. `.ci/run` says where it has built it.

mod common;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Run, Workspace, has};

/// Where cargo puts it in this folder.
const BUILT_HERE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/x86_64-unknown-linux-gnu/release/meshpki"
);

/// `MESHPKI_STATIC_BINARY`, which has to be there; without that variable, the one that is built here,
/// if it is.
fn binary() -> Option<PathBuf> {
    if let Some(built) = std::env::var_os("MESHPKI_STATIC_BINARY") {
        let built = PathBuf::from(built);
        assert!(built.is_file(), "there is no {}", built.display());
        return Some(built);
    }
    let is_there = Path::new(BUILT_HERE).is_file();
    if !is_there {
        eprintln!("skipped: there is no static binary, {BUILT_HERE}");
    }
    is_there.then(|| BUILT_HERE.into())
}

/// In a mount and network namespace of its own: a root folder with `$1` in it and nothing else, that
/// cannot be written to, but for an empty `mesh`; no environment. There is a /dev/null where stdin is
/// closed: Rust's runtime opens it in the place of a stream that is not there, and aborts without.
const PREPARE: &str = r#"
set -e
chroot=$(command -v chroot)
mount -t tmpfs none root
mkdir root/mesh root/dev
touch root/dev/null
cp "$1" root/meshpki
mount -t tmpfs none root/mesh
mount -o remount,ro root
if touch root/written 2>/dev/null; then echo 'the root can be written to'; exit 1; fi
[ "$(cd root; echo *)" = 'dev mesh meshpki' ]
empty() { env -i PASSPHRASE='correct horse' "$chroot" root /meshpki -C /mesh "$@"; }
alone() { empty "$@" <&-; }
empty --version </dev/null
mount --bind /dev/null root/dev/null
"#;

/// What is then run, a command a line, each with a closed stdin.
const COMMANDS: &[&str] = &[
    "root-ca --key-type p256 --passout env:PASSPHRASE",
    "cluster-cacerts --key-type p256 --passin env:PASSPHRASE cluster1",
    "workload-certs --cluster cluster1 foo",
    "inspect --short cluster1/cert-chain.pem",
    "verify cluster1/cert-chain.pem foo/cert-chain.pem",
    "check cluster1",
    "secret cluster1 --out-dir manifests",
    "request --key-type p256 --bundle requests.tar cluster2",
    "sign --yes --passin env:PASSPHRASE requests.tar",
    "accept signed.tar",
    "issued",
];

#[test]
fn it_works_where_there_is_nothing_else() {
    let Some(binary) = binary() else {
        return;
    };
    if !has("unshare") || !has("readelf") {
        return;
    }
    let workspace = Workspace::new();
    let headers = ["--dynamic", "--program-headers"].map(OsStr::new);
    let dynamic = workspace.run("readelf", headers.into_iter().chain([binary.as_os_str()]));
    assert!(!dynamic.contains("(NEEDED)"), "{dynamic}");
    assert!(!dynamic.contains("INTERP"), "{dynamic}");

    std::fs::create_dir(workspace.join("root")).unwrap();
    let commands = COMMANDS.iter().map(|command| format!("alone {command}\n"));
    let commands: Vec<_> = commands.collect();
    let script = format!("{PREPARE}{}cp -r root/mesh mesh\n", commands.concat());
    let mut unshare = Command::new("unshare");
    unshare
        .current_dir(workspace.path())
        .args(["--map-root-user", "--mount", "--net"])
        .args(["sh", "-c", &script, "sh"])
        .arg(&binary);
    let run = Run::of(&mut unshare);
    if run.status != Some(0) && run.stderr.contains("unshare: ") {
        eprintln!("skipped: {}", run.stderr);
        return;
    }
    let printed = run.succeeds();
    for line in [
        concat!("meshpki ", env!("CARGO_PKG_VERSION"), "\n"),
        "cluster1/cert-chain.pem: OK\nfoo/cert-chain.pem: OK\n",
        "cluster1: fine (1 N)\n",
        "manifests/cluster1.yaml\n",
        "cluster2: a new certificate\n",
        "cluster2/\n  files        ca-cert.pem ca-csr.pem ca-key.pem cert-chain.pem root-cert.pem\n",
        "  cluster2  ",
    ] {
        assert!(printed.contains(line), "{line}{printed}");
    }
    // What it has made there is what it makes anywhere.
    let key = workspace.read_text("mesh/root-key.pem");
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    workspace
        .meshpki(["-C", "mesh", "secret", "cluster1"])
        .succeeds();
}
