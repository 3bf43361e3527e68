//! A disk that is full, and not only said to be.

use std::process::Command;

use crate::common::{Run, Workspace, has};
use crate::judge::State;

/// In a mount namespace of its own: a disk of 32 pages with the folder `before` on it, of which
/// but `$1` are filled. The other arguments are run there; then the filling goes, and they are run
/// again.
const SCRIPT: &str = r#"
set -e
free=$1
shift
mount -t tmpfs -o size=128k,mode=700 none disk
cp -a before/. disk
cd disk
dd if=/dev/zero of=filling bs=4096 2>/dev/null || true
truncate -s "-$((free * 4096))" filling
status=0
"$@" >../stdout 2>../stderr || status=$?
echo "$status" >../status
rm filling
mkdir ../after ../again
cp -a . ../after
status=0
"$@" >../stdout-again 2>../stderr-again || status=$?
echo "$status" >>../status
cp -a . ../again
"#;

/// One run with `free` pages, in an `outer` folder. `None`: nothing can be mounted here.
fn run_on_disk(outer: &Workspace, arguments: &[&str], free: usize) -> Option<()> {
    let meshpki = outer.meshpki_command();
    let mut unshare = Command::new("unshare");
    unshare.current_dir(outer.path());
    unshare.args(["--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
    unshare.arg(free.to_string());
    unshare.arg(meshpki.get_program()).args(arguments);
    let run = Run::of(&mut unshare);
    if run.status == Some(0) {
        return Some(());
    }
    assert!(
        run.stderr.contains("unshare: ") || run.stderr.contains("mount: "),
        "{run:#?}"
    );
    eprintln!("skipped: {}", run.stderr);
    None
}

#[test]
fn a_full_disk_leaves_each_cluster_whole_or_absent() {
    if !has("unshare") {
        return;
    }
    let template = Workspace::with_clusters(&["standing"]);
    let mut statuses = Vec::new();
    for free in 0..=10 {
        let outer = Workspace::in_memory();
        std::fs::create_dir(outer.join("disk")).unwrap();
        let template = template.path().to_str().unwrap();
        outer.run("cp", ["-a", template, "before"]);
        let arguments = &["cluster-cacerts", "--key-type", "p256", "a", "b"];
        if run_on_disk(&outer, arguments, free).is_none() {
            return;
        }
        let [before, after, again] =
            ["before", "after", "again"].map(|name| State::at(&outer.join(name)));
        after.check(&before, &again);
        again.check(&before, &again);
        assert_eq!(after.staging().len(), 0);
        assert_eq!(again.staging().len(), 0);
        assert_eq!(again.placed.len(), before.placed.len() + 2 * 5);
        let status = outer.read_text("status");
        let stderr = outer.read_text("stderr");
        match status.as_str() {
            "0\n0\n" => assert_eq!(after, again),
            "1\n0\n" => {
                assert!(after != again);
                assert!(stderr.contains("No space left on device"), "{stderr}");
            }
            _ => panic!("{status}{stderr}"),
        }
        statuses.push(status);
    }
    // It was too little at first, and enough in the end.
    assert_eq!(statuses.first().unwrap(), "1\n0\n");
    assert_eq!(statuses.last().unwrap(), "0\n0\n");
}
