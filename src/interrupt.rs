//! Ctrl-C and its like: remembered when they come, acted upon where nothing is half done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The signal that has come, if one has. Clones speak of the same.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

/// A signal came, and what was begun has been undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted {
    signal: i32,
}

impl Interrupt {
    /// Remembers SIGINT, SIGTERM and SIGHUP from now on, instead of dying of them. One that the
    /// caller has had ignored, as nohup(1) does, stays ignored.
    /// Before anything is begun that has to be undone there is no need to.
    pub fn listen(&self) -> std::io::Result<()> {
        let ignored = ignored_signals();
        let heard = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored >> (signal - 1) & 1 == 0);
        for signal in heard {
            let number = usize::try_from(signal).expect("signals are small positive numbers");
            signal_hook::flag::register_usize(signal, self.0.clone(), number)?;
        }
        Ok(())
    }

    /// An error once a signal has come.
    pub fn check(&self) -> Result<(), Interrupted> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok(()),
            signal => Err(Interrupted {
                signal: i32::try_from(signal).expect("it was an i32 before"),
            }),
        }
    }
}

impl Interrupted {
    /// Dies of the signal, so that a shell or make that waits knows to stop too.
    pub fn die(self) {
        // What it fails on is a signal that does not kill, and none of the three is one.
        let _ = signal_hook::low_level::emulate_default_handler(self.signal);
    }
}

/// The signals that this process ignores, a bit each from signal 1 on: `SigIgn` of proc(5). Where
/// there is no such file, none.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .unwrap_or(0)
}
