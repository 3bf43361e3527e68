//! How long `meshpki workload-certs` takes, as a ratio to the same work by openssl on the same
//! machine in the same run: `cargo bench --bench workloads`. It prints, and judges nothing.
//! `MESHPKI_BENCH=brief` makes of everything the least there is, to see that it runs.

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{is_brief, machine, meshpki, quiet, report, time};

const LOOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/workload_loop.sh");

/// Rounds, certificates, and how many of them openssl makes: its time is multiplied.
const WHOLE: [usize; 3] = [3, 1000, 50];
const BRIEF: [usize; 3] = [1, 20, 2];

fn main() {
    let [rounds, count, of_the_loop] = if is_brief() { BRIEF } else { WHOLE };
    println!("{}", machine());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..rounds {
        let ours = mesh(folder.path(), &format!("ours-{round}"));
        let mut all = meshpki(&ours);
        times[0].push(time(all.arg("workload-certs").args(names(count))));
        let ours = mesh(folder.path(), &format!("one-thread-{round}"));
        let mut all = meshpki(&ours);
        let all = all.arg("workload-certs").args(names(count));
        times[1].push(time(all.env("RAYON_NUM_THREADS", "1")));
        let theirs = mesh(folder.path(), &format!("loop-{round}"));
        let looped = time(quiet(LOOP, &theirs).args(names(of_the_loop)));
        let factor = u32::try_from(count / of_the_loop).expect("a small number");
        times[2].push(looped * factor);
    }
    println!("\n{count} workloads, P-256: the median of {rounds} rounds");
    let [ours, one_thread, looped] = times;
    let ours = report("meshpki", &ours, None);
    report("meshpki, one thread", &one_thread, Some(ours));
    report("openssl in a loop", &looped, Some(ours));
    println!("  (the loop: {of_the_loop} workloads, and the time multiplied)");
}

/// A new folder with a root and a cluster in it.
fn mesh(folder: &Path, name: &str) -> PathBuf {
    let folder = folder.join(name);
    std::fs::create_dir(&folder).expect("a folder");
    time(meshpki(&folder).args(["root-ca", "--key-type", "p256"]));
    time(meshpki(&folder).args(["cluster-cacerts", "--key-type", "p256", "cluster1"]));
    folder
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("ns{number}")).collect()
}
