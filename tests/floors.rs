//! The floors of the house, as `src/lib.rs` draws them: a path points down only, and what a floor
//! must not know it does not name.

use std::path::{Path, PathBuf};

/// Each module, with those that it may name.
const FLOORS: [(&str, &[&str]); 14] = [
    ("main", &["cli"]),
    (
        "cli",
        &[
            "commands",
            "config",
            "console",
            "escape",
            "interrupt",
            "pki",
            "process",
        ],
    ),
    (
        "commands",
        &[
            "commands",
            "config",
            "console",
            "escape",
            "input",
            "interrupt",
            "mesh",
            "output",
            "pki",
            "progress",
            "terminal",
        ],
    ),
    ("config", &["config", "escape", "mesh", "pki"]),
    ("mesh", &["escape", "mesh", "pki"]),
    ("pki", &["escape", "pki"]),
    ("output", &["escape", "interrupt", "output"]),
    ("input", &["escape"]),
    ("progress", &["console", "interrupt"]),
    ("terminal", &["interrupt"]),
    ("console", &[]),
    ("interrupt", &[]),
    ("process", &[]),
    ("escape", &[]),
];

/// What is named in some places only: the words, where they may stand, and why nowhere else.
const RESERVED: [(&[&str], &[&str], &str); 7] = [
    (
        &[
            "rcgen::",
            "openssl::",
            "openssl_sys::",
            "x509_parser::",
            "yasna::",
            "foreign_types::",
            "use pem;",
            "use pem::",
            "::pem::parse",
            "pem::Pem",
        ],
        &["src/pki"],
        "X.509 and cryptography are pki's alone",
    ),
    (
        &["unsafe "],
        &["src/pki/ffi.rs"],
        "unsafe code is in one file",
    ),
    (
        &["unsafe_code"],
        &["src/pki/ffi.rs"],
        "unsafe code is in one file",
    ),
    (
        &["SystemTime", "Instant::now", "now_utc", "now_local"],
        &["src/cli.rs"],
        "the clock is read once, at the edge",
    ),
    (
        &["std::env", "env::var", "env::args"],
        &["src/cli.rs"],
        "the environment is read at the edge",
    ),
    (
        &[
            "std::fs",
            "fs::File",
            "File::open",
            "OpenOptions",
            "rustix::",
        ],
        &[
            "src/commands",
            "src/config.rs",
            "src/input",
            "src/output",
            "src/process.rs",
            "src/terminal.rs",
            // /proc, for the signals that the caller has had ignored.
            "src/interrupt.rs",
        ],
        "files are the business of commands",
    ),
    (
        &["stdout()", "stderr()", "stdin()"],
        &[
            "src/console.rs",
            "src/input.rs",
            "src/progress.rs",
            "src/terminal.rs",
        ],
        "the streams are the console's",
    ),
];

/// What is named nowhere.
const NOWHERE: [&str; 13] = [
    "println!",
    "eprintln!",
    "print!(",
    "eprint!(",
    "dbg!(",
    "todo!(",
    "unimplemented!(",
    "process::Command",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "process::exit",
];

/// The lines of code with their numbers: no comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split(" // ").next().unwrap_or(line)))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// `src/mesh/rules.rs` is in `mesh`, one below it.
fn module_and_depth(path: &Path) -> (String, usize) {
    let inside = path.strip_prefix("src").expect("it is in src");
    let first = inside.components().next().expect("a file");
    let first = Path::new(first.as_os_str()).with_extension("");
    let module = first.to_str().expect("text").to_owned();
    (module, inside.components().count())
}

/// Whether `word` stands in `line`, and not as the end of a longer one.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

/// The modules of the crate that `line` names by a path from the root.
fn modules_named(line: &str, depth: usize) -> Vec<String> {
    let to_root = "super::".repeat(depth);
    let rest = line.trim_start();
    // Inside `mod tests`, one more leads to the same place.
    let nested = if rest.len() < line.len() {
        "super::"
    } else {
        ""
    };
    let roots = ["crate::", "meshpki::", &format!("{nested}{to_root}")];
    roots
        .iter()
        .flat_map(|root| {
            line.match_indices(root)
                .map(|(at, _)| &line[at + root.len()..])
        })
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(several) => several.split([',', '}']).map(str::trim).collect(),
            None => vec![rest],
        })
        .map(|name| {
            let is_of_name = |character: char| character.is_alphanumeric() || character == '_';
            name.chars()
                .take_while(|character| is_of_name(*character))
                .collect()
        })
        .collect()
}

fn faults(path: &Path, text: &str) -> Vec<String> {
    let (module, depth) = module_and_depth(path);
    let below = FLOORS.iter().find(|(name, _)| *name == module);
    let mut faults = Vec::new();
    if below.is_none() && module != "lib" {
        faults.push(format!("{}: no floor is given for it", path.display()));
    }
    for (number, line) in code(text) {
        let mut fault = |reason: &str| {
            faults.push(format!(
                "{}:{number}: {reason}: {}",
                path.display(),
                line.trim()
            ));
        };
        for named in modules_named(line, depth) {
            let is_module = FLOORS.iter().any(|(name, _)| *name == named);
            if is_module && !below.is_some_and(|(_, below)| below.contains(&named.as_str())) {
                fault(&format!("{module} must not know {named}"));
            }
        }
        for (words, places, reason) in RESERVED {
            let is_allowed = places
                .iter()
                .any(|place| path.starts_with(place) || path == Path::new(&format!("{place}.rs")));
            if !is_allowed && words.iter().any(|word| names(line, word)) {
                fault(reason);
            }
        }
        if NOWHERE.iter().any(|word| names(line, word)) {
            fault("this is done nowhere");
        }
    }
    faults
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_path_points_down_and_nothing_is_named_where_it_must_not_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    sources(&root.join("src"), &mut found);
    assert!(found.len() > 30, "{found:?}");
    let mut all = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).expect("text");
        let path = path.strip_prefix(root).expect("it is below");
        all.extend(faults(path, &text));
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn a_fault_is_found_and_told_with_its_file_and_line() {
    for (path, line, reason) in [
        (
            "src/mesh/rules.rs",
            "use crate::config::Config;",
            "mesh must not know config",
        ),
        (
            "src/pki/key.rs",
            "use crate::{escape, mesh};",
            "pki must not know mesh",
        ),
        (
            "src/pki/key.rs",
            "use super::super::mesh::profile;",
            "pki must not know mesh",
        ),
        (
            "src/mesh.rs",
            "    use super::super::output;",
            "mesh must not know output",
        ),
        (
            "src/input.rs",
            "let x = crate::pki::start();",
            "input must not know pki",
        ),
        (
            "src/commands/man.rs",
            "use crate::cli::Cli;",
            "commands must not know cli",
        ),
        (
            "src/main.rs",
            "meshpki::config::load()",
            "main must not know config",
        ),
        (
            "src/mesh/rules.rs",
            "use openssl::x509::X509;",
            "X.509 and cryptography are pki's alone",
        ),
        (
            "src/config.rs",
            "use pem::Pem;",
            "X.509 and cryptography are pki's alone",
        ),
        (
            "src/pki/key.rs",
            "unsafe { x() }",
            "unsafe code is in one file",
        ),
        (
            "src/output.rs",
            "#![allow(unsafe_code)]",
            "unsafe code is in one file",
        ),
        (
            "src/pki/key.rs",
            "OffsetDateTime::now_utc()",
            "the clock is read once, at the edge",
        ),
        (
            "src/mesh/rules.rs",
            "std::env::var(\"X\")",
            "the environment is read at the edge",
        ),
        (
            "src/mesh/rules.rs",
            "std::fs::read(path)",
            "files are the business of commands",
        ),
        (
            "src/pki/key.rs",
            "use rustix::fs::open;",
            "files are the business of commands",
        ),
        (
            "src/commands/man.rs",
            "io::stdout().lock()",
            "the streams are the console's",
        ),
        ("src/output.rs", "println!(\"x\")", "this is done nowhere"),
        (
            "src/output.rs",
            "std::process::Command::new(\"cp\")",
            "this is done nowhere",
        ),
    ] {
        let text = format!("//! A file.\n\n{line}\n");
        let expected = format!("{path}:3: {reason}: {}", line.trim());
        assert_eq!(faults(Path::new(path), &text), [expected]);
    }
    let new = faults(Path::new("src/attic.rs"), "");
    assert_eq!(new, ["src/attic.rs: no floor is given for it"]);
}

#[test]
fn what_is_said_in_comments_and_what_points_down_is_no_fault() {
    for (path, line) in [
        (
            "src/mesh/rules.rs",
            "// crate::config and openssl::x509 are not for here.",
        ),
        ("src/mesh/rules.rs", "use crate::pki::pem::{self, Block};"),
        ("src/mesh/rules/revocation.rs", "use super::super::CA_CRL;"),
        ("src/config.rs", "    use super::*;"),
        ("src/pki/key.rs", "use openssl::pkey::PKey;"),
        ("src/commands/man.rs", "std::fs::create_dir_all(folder)"),
    ] {
        assert_eq!(faults(Path::new(path), line), [""; 0], "{line}");
    }
}
