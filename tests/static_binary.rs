//! The fully static binary, of which README.md says how it is built: where there is one, it works on
//! a machine that has nothing.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Run, Workspace, has};

const BINARY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/x86_64-unknown-linux-gnu/release/meshpki"
);

/// In a mount and network namespace of its own: a root folder with `$1` in it and nothing else, that
/// cannot be written to, but for an empty `mesh`; no environment. There is a /dev/null where stdin is
/// closed: Rust's runtime opens it in the place of a stream that is not there, and aborts without.
const SCRIPT: &str = r#"
set -e
chroot=$(command -v chroot)
mount -t tmpfs none root
mkdir root/mesh root/dev
touch root/dev/null
cp "$1" root/meshpki
mount -t tmpfs none root/mesh
mount -o remount,ro root
if touch root/written 2>/dev/null; then echo 'the root can be written to'; exit 1; fi
empty() { env -i PASSPHRASE='correct horse' "$chroot" root /meshpki -C /mesh "$@"; }
empty --version </dev/null
mount --bind /dev/null root/dev/null
alone() { empty "$@" <&-; }
alone root-ca --key-type p256 --passout env:PASSPHRASE
alone cluster-cacerts --key-type p256 --passin env:PASSPHRASE cluster1
alone inspect --short cluster1/cert-chain.pem
alone verify cluster1/cert-chain.pem
alone secret cluster1 --out-dir manifests
cp -r root/mesh mesh
"#;

#[test]
fn it_works_where_there_is_nothing_else() {
    if !Path::new(BINARY).is_file() {
        eprintln!("skipped: there is no static binary, {BINARY}");
        return;
    }
    if !has("unshare") || !has("readelf") {
        return;
    }
    let workspace = Workspace::new();
    let dynamic = workspace.run("readelf", ["--dynamic", "--program-headers", BINARY]);
    assert!(!dynamic.contains("(NEEDED)"), "{dynamic}");
    assert!(!dynamic.contains("INTERP"), "{dynamic}");

    std::fs::create_dir(workspace.join("root")).unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "--net", "sh", "-c", SCRIPT]);
    unshare.args(["sh", BINARY]).current_dir(workspace.path());
    let run = Run::of(&mut unshare);
    if run.status != Some(0) && run.stderr.contains("unshare: ") {
        eprintln!("skipped: {}", run.stderr);
        return;
    }
    let printed = run.succeeds();
    for line in [
        concat!("meshpki ", env!("CARGO_PKG_VERSION"), "\n"),
        "cluster1/cert-chain.pem: OK\n",
        "manifests/cluster1.yaml\n",
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
