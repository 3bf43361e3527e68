//! A file that cannot be read, and the way out, where `--max-size` is an option.

use std::path::Path;

use crate::console::Refusal;
use crate::input::InputError;
use crate::mesh;

/// What is looked for in a folder that is given in the place of a file.
const LIKELY: [&str; 3] = [mesh::CA_CERT, mesh::CERT_CHAIN, mesh::ROOT_CERT];

pub fn unreadable(error: InputError) -> anyhow::Error {
    let hint = match &error {
        InputError::TooLong { .. } => Some("raise the limit: --max-size".to_owned()),
        InputError::IsAFolder(path) => Some(files_in(path)),
        error => error.hint().map(str::to_owned),
    };
    let error = anyhow::Error::from(error);
    match hint {
        Some(hint) => Refusal::new(format_args!("{error:#}"), hint).into(),
        None => error,
    }
}

fn files_in(folder: &Path) -> String {
    let files = LIKELY.iter().map(|name| folder.join(name));
    let files = files.filter(|path| path.is_file());
    let files: Vec<_> = files.map(|path| crate::escape::path(&path)).collect();
    match files.as_slice() {
        [] => "name a file in it".to_owned(),
        [one] => format!("name the file in it: {one}"),
        [others @ .., last] => {
            let others = others.join(", ");
            format!("name a file in it: {others} or {last}")
        }
    }
}
