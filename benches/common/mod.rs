//! What the benchmarks of whole runs share: programs that are timed, and how it is told.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const MESHPKI: &str = env!("CARGO_BIN_EXE_meshpki");

/// Whether there is to be the least of everything, to see that it runs.
pub fn is_brief() -> bool {
    std::env::var_os("MESHPKI_BENCH").is_some_and(|value| value == "brief")
}

pub fn meshpki(folder: &Path) -> Command {
    quiet(MESHPKI, folder)
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
    let status = status.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
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
