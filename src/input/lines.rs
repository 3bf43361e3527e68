//! The first lines of a file, and no more of it: the rest may be meant for somebody else, or never
//! come.

use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::{InputError, open, stdin};

/// What is read at most.
const LIMIT: usize = 4096;

/// The first `count` lines of the file `path`, without their line feeds, as far as there are that
/// many; `-` is stdin. They may be passphrases.
pub fn first_lines(path: &Path, count: usize) -> Result<Vec<Zeroizing<Vec<u8>>>, InputError> {
    let (mut file, path) = match path == Path::new("-") {
        true => (stdin(Path::new("stdin"))?, Path::new("stdin")),
        false => (open(rustix::fs::CWD, path, path)?, path),
    };
    // A buffer that never grows leaves no copies behind.
    let mut buffer = Zeroizing::new([0; LIMIT]);
    let mut length = 0;
    while length < LIMIT && buffer[..length].iter().filter(|&&o| o == b'\n').count() < count {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                return Err(InputError::IsAFolder(path.to_owned()));
            }
            Err(source) => {
                let path = path.to_owned();
                return Err(InputError::Io { path, source });
            }
        }
    }
    let lines = buffer[..length].split_inclusive(|&octet| octet == b'\n');
    let lines = lines.take(count).map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Zeroizing::new(line.to_vec())
    });
    Ok(lines.collect())
}
