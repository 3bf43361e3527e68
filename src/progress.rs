//! How far a long command has come: a bar on a terminal, lines elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::console::Console;

/// The progress of a number of tasks.
pub struct Progress {
    total: usize,
    done: usize,
    display: Display,
}

enum Display {
    Bar(ProgressBar),
    Lines(Console),
}

impl Progress {
    /// One task is soon done: nothing is shown of it.
    pub fn new(total: usize, what: &'static str, console: Console) -> Self {
        let display = if std::io::stderr().is_terminal() && total > 1 && !console.is_quiet() {
            let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {eta}")
                .expect("the template is right")
                .progress_chars("=> ");
            let bar = ProgressBar::new(total as u64).with_style(style);
            bar.set_message(what);
            Display::Bar(bar)
        } else {
            Display::Lines(console)
        };
        Self {
            total,
            done: 0,
            display,
        }
    }

    /// One more task is done: `message` says which.
    pub fn advance(&mut self, message: &str) {
        self.done += 1;
        match &self.display {
            Display::Bar(bar) => bar.inc(1),
            Display::Lines(console) if self.total > 1 => {
                console.note(format_args!("[{}/{}] {message}", self.done, self.total));
            }
            Display::Lines(_) => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}
