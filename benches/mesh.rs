//! How long meshpki takes, as ratios to the same work by openssl on the same machine in the same
//! run: `cargo bench --bench mesh`. It prints, and judges nothing.
//!
//! The search for an RSA key takes up to twelve times as long for one key as for another. So every
//! contender makes many keys, takes its turn in every round, and is told of by its median round.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{MESHPKI, is_brief, machine, median, meshpki, peak_memory, quiet, report, time};

const MAKEFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/Makefile");
const LOOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/loop.sh");

/// How much of everything there is.
struct Scale {
    rounds: usize,
    rsa_clusters: usize,
    p256_clusters: usize,
    /// So many are made by openssl, and what that takes is multiplied.
    p256_clusters_of_the_loop: usize,
    starts: usize,
}

const WHOLE: Scale = Scale {
    rounds: 3,
    rsa_clusters: 20,
    p256_clusters: 1000,
    p256_clusters_of_the_loop: 50,
    starts: 300,
};

const BRIEF: Scale = Scale {
    rounds: 1,
    rsa_clusters: 2,
    p256_clusters: 20,
    p256_clusters_of_the_loop: 2,
    starts: 5,
};

fn main() {
    let scale = if is_brief() { BRIEF } else { WHOLE };
    let bench = Bench::new(&scale);
    println!("{}", machine());
    bench.rsa();
    bench.p256();
    bench.memory();
    bench.start_up();
}

/// One folder for everything, removed at the end: ext4 is slow to create files for some seconds
/// after many were removed.
struct Bench<'a> {
    scale: &'a Scale,
    folder: tempfile::TempDir,
}

impl<'a> Bench<'a> {
    fn new(scale: &'a Scale) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { scale, folder }
    }

    /// A new folder with a root of this type in it.
    fn mesh(&self, name: &str, key_type: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        time(meshpki(&folder).args(["root-ca", "--key-type", key_type]));
        folder
    }

    fn rsa(&self) {
        let count = self.scale.rsa_clusters;
        let names = names(count);
        let targets: Vec<_> = names.iter().map(|name| format!("{name}-cacerts")).collect();
        let mut times: [Vec<Duration>; 4] = Default::default();
        for round in 0..self.scale.rounds {
            let folder =
                |contender: &str| self.mesh(&format!("rsa-{contender}-{round}"), "rsa-4096");
            let ours = |contender: &str| {
                let mut command = meshpki(&folder(contender));
                command.arg("cluster-cacerts").args(&names);
                command
            };
            let make = |contender: &str| {
                let folder = folder(contender);
                let mut command = quiet("make", &folder);
                // The root is there: it is not to be made again from its parts.
                command
                    .args(["-f", MAKEFILE, "-o", "root-cert.pem"])
                    .args(&targets);
                command
            };
            times[0].push(time(&mut ours("all-cores")));
            times[1].push(time(ours("one-thread").env("RAYON_NUM_THREADS", "1")));
            times[2].push(time(make("j2").arg("-j2")));
            times[3].push(time(&mut make("plain")));
        }
        println!(
            "\n{count} clusters, RSA 4096: the median of {} rounds",
            self.scale.rounds
        );
        let [ours, others @ ..] = times;
        let ours = report("meshpki", &ours, None);
        for (name, times) in ["meshpki, one thread", "make -j2", "make"]
            .iter()
            .zip(others)
        {
            report(name, &times, Some(ours));
        }
    }

    fn p256(&self) {
        let (count, of_the_loop) = (
            self.scale.p256_clusters,
            self.scale.p256_clusters_of_the_loop,
        );
        let mut times: [Vec<Duration>; 2] = Default::default();
        for round in 0..self.scale.rounds {
            let ours = self.mesh(&format!("p256-ours-{round}"), "p256");
            times[0].push(time(&mut cluster_cacerts_p256(&ours, count)));
            let theirs = self.mesh(&format!("p256-loop-{round}"), "p256");
            let looped = time(quiet(LOOP, &theirs).args(names(of_the_loop)));
            let factor = count / of_the_loop;
            times[1].push(looped * u32::try_from(factor).expect("a small number"));
        }
        println!(
            "\n{count} clusters, P-256: the median of {} rounds",
            self.scale.rounds
        );
        let [ours, looped] = times;
        let ours = report("meshpki", &ours, None);
        report("openssl in a loop", &looped, Some(ours));
        println!("  (the loop: {of_the_loop} clusters, and the time multiplied)");
    }

    fn memory(&self) {
        let count = self.scale.p256_clusters;
        let folder = self.mesh("memory", "p256");
        let peak = peak_memory(&mut cluster_cacerts_p256(&folder, count));
        println!("\npeak memory for {count} clusters, P-256 (VmHWM): {peak}");
    }

    fn start_up(&self) {
        let here = self.folder.path();
        let mut contenders = [
            ("meshpki --version", meshpki(here), Vec::new()),
            ("openssl version", quiet("openssl", here), Vec::new()),
            ("true", quiet("true", here), Vec::new()),
        ];
        contenders[0].1.arg("--version");
        contenders[1].1.arg("version");
        for _ in 0..self.scale.starts {
            for (_, command, times) in &mut contenders {
                times.push(time(command));
            }
        }
        println!("\nstart to end: the median of {} runs", self.scale.starts);
        for (name, _, times) in contenders {
            println!(
                "  {name:<20} {:>7.2} ms",
                median(&times).as_secs_f64() * 1000.0
            );
        }
        let size = std::fs::metadata(&*MESHPKI).expect("the binary").len();
        println!("\nsize of the binary: {size} bytes");
    }
}

fn names(count: usize) -> Vec<String> {
    (1..=count)
        .map(|number| format!("cluster{number}"))
        .collect()
}

fn cluster_cacerts_p256(folder: &Path, count: usize) -> Command {
    let mut command = meshpki(folder);
    command
        .args(["cluster-cacerts", "--key-type", "p256"])
        .args(names(count));
    command
}
