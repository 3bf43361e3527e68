//! What the benchmarks share. Contenders take turns, in rounds, and are told of by their medians: a
//! machine is never the same from one minute to the next. `MESHPKI_BENCH=brief` makes of everything
//! the least there is, to see that it runs.
// Each of the benchmarks takes its part.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// meshpki as it is installed: a copy. What a linker has written stays in the page cache page by
/// page, which costs every start of it a fifth more until it is read from the disk again.
pub static MESHPKI: LazyLock<PathBuf> = LazyLock::new(|| {
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("meshpki");
    std::fs::copy(env!("CARGO_BIN_EXE_meshpki"), &installed).expect("a copy");
    installed
});

pub fn is_brief() -> bool {
    std::env::var_os("MESHPKI_BENCH").is_some_and(|value| value == "brief")
}

pub fn meshpki(folder: &Path) -> Command {
    quiet(&*MESHPKI, folder)
}

/// A program that is neither heard nor given the caller's settings.
pub fn quiet(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let is_setting = [
            "ROOTCA_",
            "INTERMEDIATE_",
            "ISTIO_",
            "MAKE",
            "WORKLOAD_",
            "SERVICE_ACCOUNT",
            "SECRET_GRACE_PERIOD_RATIO",
            // Cargo's: each library is looked for in its folders first.
            "LD_LIBRARY_PATH",
        ]
        .iter()
        .any(|prefix| name.to_string_lossy().starts_with(prefix));
        if is_setting {
            command.env_remove(&name);
        }
    }
    command
}

pub fn time(command: &mut Command) -> Duration {
    let begin = Instant::now();
    let status = command.status();
    let took = begin.elapsed();
    let name = command.get_program().to_owned();
    let status = status.unwrap_or_else(|error| panic!("{}: {error}", name.display()));
    assert!(status.success(), "{}: {status}", name.display());
    took
}

pub fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// One line: the median, the range, and how many times `ours` it is. The median again.
pub fn report(name: &str, times: &[Duration], ours: Option<Duration>) -> Duration {
    let seconds = |time: Option<&Duration>| time.map_or(0.0, Duration::as_secs_f64);
    let (least, most) = (seconds(times.iter().min()), seconds(times.iter().max()));
    let median = median(times);
    let ratio = ours.map_or(String::new(), |ours| {
        format!(
            "   {:.1} times as long",
            median.as_secs_f64() / ours.as_secs_f64()
        )
    });
    let shown = median.as_secs_f64();
    println!("  {name:<20} {shown:>7.2} s   ({least:.2} to {most:.2}){ratio}");
    median
}

/// meshpki and openssl, with the same to do.
pub type Contenders = [Command; 2];

/// One line: what both take, and how many times as fast meshpki is.
pub fn compare(what: &str, rounds: usize, contenders: &mut Contenders) {
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..rounds {
        for (command, times) in contenders.iter_mut().zip(&mut times) {
            times.push(time(command));
        }
    }
    let [ours, theirs] = times.map(|times| median(&times).as_secs_f64() * 1000.0);
    let ratio = theirs / ours;
    println!("  {what:<32} {ours:>9.1} ms {theirs:>9.1} ms {ratio:>6.1} times as fast");
}

/// One line: the most memory that both take.
pub fn compare_memory(what: &str, contenders: &mut Contenders) {
    let [ours, theirs] = contenders.each_mut().map(peak_memory);
    println!("  {what:<32} {ours:>12} {theirs:>12}");
}

/// VmHWM is the kernel's own count of the peak; it is read until the process has ended.
pub fn peak_memory(command: &mut Command) -> String {
    let mut process = command.spawn().expect("it starts");
    let status = format!("/proc/{}/status", process.id());
    let mut peak = None;
    while process.try_wait().expect("a status").is_none() {
        peak = high_water_mark(&status).or(peak);
        std::thread::sleep(Duration::from_millis(1));
    }
    peak.map_or("unknown".to_owned(), |kib| {
        format!("{:.1} MiB", kib / 1024.0)
    })
}

fn high_water_mark(status: &str) -> Option<f64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The CAs of so many clusters, under a root of this type: in `folder/1` to `folder/count`.
pub fn clusters(folder: &Path, root: &str, key_type: &str, count: usize) {
    std::fs::create_dir(folder).expect("a folder");
    time(meshpki(folder).args(["root-ca", "--key-type", root]));
    let names = (1..=count).map(|number| number.to_string());
    time(
        meshpki(folder)
            .args(["cluster-cacerts", "--key-type", key_type])
            .args(names),
    );
}

/// Cores, load, and whose openssl it is.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let openssl = Command::new("openssl")
        .arg("version")
        .output()
        .expect("openssl");
    let openssl = String::from_utf8_lossy(&openssl.stdout).trim().to_owned();
    format!("{cores} cores, load before: {load}, {openssl}")
}
