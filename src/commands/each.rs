//! Several things that a command makes, each all or nothing: the keys on every core, the files by
//! this thread alone, the results in the order in which they were asked for.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::Context as _;

use super::{Outcome, Session};
use crate::mesh;
use crate::mesh::record::NewEntry;
use crate::output::{Batch, OutputDir, OutputError, Placed};
use crate::progress::Progress;

/// What is to be done about one of them.
pub enum Task<J> {
    UpToDate(String),
    Issue(Box<J>),
    Refused(Vec<anyhow::Error>),
}

/// One that is to be made.
pub trait Job: Send + 'static {
    /// What all of them have in common.
    type Common: Send + Sync + 'static;
    /// It, made, on its way to the disk.
    type Made: Send + 'static;

    /// What they are called, more than one of them.
    const WHAT: &str;
    /// What is done with them.
    const DONE: &str = "issued";
    /// What takes time to make, if anything does.
    const SLOW: Option<&'static str> = Some("keys");
    /// What is said where nothing of them was written.
    const NOTHING_WRITTEN: &str;

    /// What there is to know before it is made.
    fn notes(&self) -> &[String];
    /// What `--dry-run` says of it.
    fn plan(&self) -> String;
    /// Makes it, wherever there is a core.
    fn make(self, common: &Self::Common) -> anyhow::Result<Self::Made>;
    fn stage(made: &Self::Made, batch: &mut Batch<'_>) -> Result<(), OutputError>;
    /// What the root has signed for it.
    fn signed(_made: &Self::Made) -> Option<NewEntry> {
        None
    }
    /// What is said of it when its files are in place.
    fn report(made: &Self::Made) -> String;
}

/// Does what the `tasks` say, each under its name, and tells of it. Without an `output` it says
/// what it would do. All that the root has signed is handed to `record` before any of it is put in
/// place; if that fails, none of it is.
pub fn run<J: Job>(
    tasks: Vec<(String, Task<J>)>,
    common: J::Common,
    output: Option<&OutputDir>,
    record: impl FnOnce(&[NewEntry]) -> anyhow::Result<()>,
    session: &Session,
) -> anyhow::Result<Outcome> {
    let total = tasks.len();
    let mut jobs = Vec::new();
    let mut report = String::new();
    let (mut up_to_date, mut failed) = (0, 0);
    for (name, task) in tasks {
        match task {
            Task::UpToDate(line) => {
                up_to_date += 1;
                report += &line;
            }
            Task::Issue(job) => {
                for note in job.notes() {
                    session.console.note(note);
                }
                jobs.push((name, *job));
            }
            Task::Refused(errors) => {
                failed += 1;
                for error in errors {
                    session.console.error(&error.context(name.clone()));
                }
            }
        }
    }
    session.console.report(&report)?;
    let (issued, would_be) = match output {
        None => {
            let plan: String = jobs.iter().map(|(_, job)| job.plan()).collect();
            session.console.print(&plan)?;
            (jobs.len(), "would be ")
        }
        Some(output) => {
            let wanted = jobs.len();
            let issued = make(jobs, common, output, record, session)?;
            failed += wanted - issued;
            (issued, "")
        }
    };
    if total > 1 {
        session.console.note(format_args!(
            "{total} {}: {issued} {would_be}{}, {up_to_date} up to date, {failed} failed",
            J::WHAT,
            J::DONE
        ));
    }
    Ok(match failed {
        0 => Outcome::Done,
        _ => Outcome::Trouble,
    })
}

/// Makes them and says what came of each; how many are in place.
fn make<J: Job>(
    jobs: Vec<(String, J)>,
    common: J::Common,
    output: &OutputDir,
    record: impl FnOnce(&[NewEntry]) -> anyhow::Result<()>,
    session: &Session,
) -> anyhow::Result<usize> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let progress = |what| Progress::new(jobs.len(), what, session.console);
    let mut progress = J::SLOW.map(progress);
    let mut batch = output.batch()?;
    let (mut staged, mut signed) = (Vec::new(), Vec::new());
    let names: Vec<_> = jobs.iter().map(|(name, _)| name.clone()).collect();
    let results = start(jobs, common);
    for _ in 0..names.len() {
        let (position, made) = next(&results, session)?;
        let name = &names[position];
        if let Some(progress) = &mut progress {
            progress.advance(name);
        }
        let written = made.and_then(|made| {
            J::stage(&made, &mut batch)?;
            staged.push((position, J::report(&made)));
            signed.extend(J::signed(&made).map(|signed| (position, signed)));
            Ok(())
        });
        if let Err(error) = written {
            session.interrupt.check()?;
            session.console.error(&error.context(name.clone()));
        }
    }
    drop(progress);

    signed.sort_by_key(|(position, _)| *position);
    let signed: Vec<_> = signed.into_iter().map(|(_, signed)| signed).collect();
    let mut is_recorded = false;
    let committed = batch.commit_each_after(|| {
        record(&signed)?;
        is_recorded = !signed.is_empty();
        anyhow::Ok(())
    });
    let placed = committed.with_context(|| match is_recorded {
        true => format!("{}, and {}", J::NOTHING_WRITTEN, stays_recorded()),
        false => J::NOTHING_WRITTEN.to_owned(),
    })?;
    let mut reports = Vec::new();
    for ((position, report), placed) in staged.into_iter().zip(placed) {
        let name = &names[position];
        match placed {
            Ok(placed) => {
                if placed == Placed::WithAGap {
                    session.console.note(format_args!(
                        "{name}: this file system cannot exchange two folders: for a moment there was none"
                    ));
                }
                reports.push((position, report));
            }
            Err(error) => {
                let mut error = anyhow::Error::from(error);
                if is_recorded {
                    error = error.context(format!("it is not in place, and {}", stays_recorded()));
                }
                session.console.error(&error.context(name.clone()));
            }
        }
    }
    reports.sort();
    let report: String = reports.iter().map(|(_, report)| report.as_str()).collect();
    session.console.report(&report)?;
    Ok(reports.len())
}

/// Of what was recorded, and could not be put in place afterwards.
fn stays_recorded() -> String {
    format!("what was signed for it stays in {}", mesh::ROOT_ISSUED)
}

/// What came of the job in this place.
type JobResult<J> = (usize, anyhow::Result<<J as Job>::Made>);

/// Every job on its way, as many at once as there are cores.
fn start<J: Job>(jobs: Vec<(String, J)>, common: J::Common) -> mpsc::Receiver<JobResult<J>> {
    let common = Arc::new(common);
    let (sender, results) = mpsc::channel();
    for (position, (_, job)) in jobs.into_iter().enumerate() {
        let (common, sender) = (common.clone(), sender.clone());
        rayon::spawn_fifo(move || {
            // The receiver is gone if the run was interrupted, and the result with it.
            let _ = sender.send((position, job.make(&common)));
        });
    }
    results
}

/// The next result, or an error as soon as a signal comes: a key is never waited for then.
pub fn next<R>(results: &mpsc::Receiver<R>, session: &Session) -> anyhow::Result<R> {
    loop {
        session.interrupt.check()?;
        match results.recv_timeout(Duration::from_millis(50)) {
            Ok(result) => return Ok(result),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                anyhow::bail!("a worker ended without a result")
            }
        }
    }
}
