//! The record of what the root signs: read and judged before anything is signed, and appended to
//! before anything that was signed is put in place.

use std::path::Path;

use super::Session;
use crate::console::Refusal;
use crate::input;
use crate::mesh;
use crate::mesh::record::{self, Entry, NewEntry, Record, RecordError};
use crate::output::journal::Journal;
use crate::output::{OutputDir, OutputError};
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;

/// root-issued.jsonl in the folder that is locked.
pub struct RootRecord<'a> {
    journal: Journal<'a>,
    record: Record,
    session: &'a Session,
}

impl<'a> RootRecord<'a> {
    /// The record as it stands. As long as it does not hold, nothing is signed.
    pub fn open(output: &'a OutputDir, session: &'a Session) -> anyhow::Result<Self> {
        let journal = output.journal(mesh::ROOT_ISSUED, record::SIZE_LIMIT);
        let journal = journal.map_err(unusable)?;
        let record = Record::parse(journal.contents().unwrap_or_default())
            .map_err(|error| broken(&error))?;
        Ok(Self {
            journal,
            record,
            session,
        })
    }

    /// What it holds.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Records `new`, all signed by the key of `issuer`, in one write. They are on the disk when it
    /// returns; after an error none of them may be put in place.
    pub fn append(self, new: &[NewEntry], issuer: &Certificate) -> anyhow::Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let lines = self.record().lines_for(new, issuer, self.session.now);
        let torn = self.record.torn();
        let appended = self.journal.append(self.record.length(), &lines);
        appended.map_err(unusable)?;
        if torn > 0 {
            let file = mesh::ROOT_ISSUED;
            self.session.console.note(format_args!(
                "{file}: cut off {torn} octets at its end, of a line that an interrupted run left"
            ));
        }
        Ok(())
    }
}

/// The record as it stands, for those who sign nothing; `None` if there is none. Of one that is
/// being appended to, it is what is there whole.
pub fn look() -> anyhow::Result<Option<Record>> {
    let path = Path::new(mesh::ROOT_ISSUED);
    match input::read_or_stdin_up_to(path, record::SIZE_LIMIT) {
        Err(error) if error.is_not_found() => Ok(None),
        text => Ok(Some(Record::parse(&text?).map_err(|error| broken(&error))?)),
    }
}

/// That `record` begins in the middle of what the key of `root` signs, where the next that is signed
/// is the first that it has of it.
pub fn late_beginning(record: &Record, root: &Certificate) -> Option<String> {
    let issuer = Sha256::of(root.spki());
    let is_its = |entry: &Entry| entry.issuer == issuer;
    if record.entries().iter().any(is_its) {
        return None;
    }
    let (file, subject) = (mesh::ROOT_ISSUED, root.subject());
    let begins = match record.entries() {
        [] => format!("{file} begins now"),
        _ => format!("{file} has nothing of {subject} yet"),
    };
    Some(format!("{begins}: {}", not_in_it(&subject)))
}

/// What is missing of the signatures of `whom`.
pub fn not_in_it(whom: &str) -> String {
    format!("what {whom} signed before is not in {}", mesh::ROOT_ISSUED)
}

/// That the record does not hold, and the way out.
pub fn broken(error: &RecordError) -> Refusal {
    let file = mesh::ROOT_ISSUED;
    let hint = format!(
        "put back the {file} that was kept a second time, and find out who has changed this one"
    );
    Refusal::new(format_args!("{file}: {error}"), hint)
}

fn unusable(error: OutputError) -> anyhow::Error {
    let file = mesh::ROOT_ISSUED;
    let hint = match &error {
        OutputError::IsNoFile { .. } => {
            "what the root has signed is recorded in a file of its own folder: move this away"
                .to_owned()
        }
        OutputError::TooLong { .. } => {
            format!(
                "keep it under another name, and the next signature begins another: mv {file} {file}.1"
            )
        }
        OutputError::Changed(_) => "run it again".to_owned(),
        _ => return error.into(),
    };
    Refusal::new(error, hint).into()
}
