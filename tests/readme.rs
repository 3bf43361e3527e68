//! Every command in README.md is run, in the order in which it stands there.

mod common;

use std::path::Path;

use common::machine::Machine;
use common::{Workspace, has};

const README: &str = include_str!("../README.md");
const CI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/run");

/// A fenced block: its language and its text.
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let parts: Vec<_> = markdown.split("```").collect();
    assert!(parts.len() % 2 == 1, "a block of README.md has no end");
    let fenced = parts.into_iter().skip(1).step_by(2);
    fenced
        .map(|block| {
            let (language, text) = block.split_once('\n').expect("a block has lines");
            Block { language, text }
        })
        .collect()
}

/// Where the commands are run: what would take long, or needs a cluster, is stood in for.
fn machine() -> Machine {
    let machine = Machine::new();
    // What cargo would build is built; what it was called with is looked at afterwards.
    let cargo = format!(
        "#!/bin/sh\nset -eu\necho \"cargo $*\" >> '{log}'\nmkdir -p target/release\nln -sf '{meshpki}' target/release/meshpki\n",
        log = machine.workspace.join("cargo.log").display(),
        meshpki = machine.workspace.join("bin/meshpki").display(),
    );
    machine.stand_in("cargo", &cargo);
    machine.stand_in("kubectl", &kubectl());
    machine
}

/// `kubectl apply -f -` without a cluster, and `kubectl --context NAME get secret cacerts` of one that
/// has what was applied. The real one, where it is there, reads the objects and
/// maps them; `apply --dry-run=client` would ask a server what kinds there are.
fn kubectl() -> String {
    let read = match real_kubectl() {
        Some(kubectl) => {
            format!("exec '{kubectl}' label --local -o name -f - checked=yes")
        }
        None => "grep -q '^kind: Secret$'".to_owned(),
    };
    format!(
        "#!/bin/sh\nset -eu\ncase \"$*\" in\n*'apply -f -') {read};;\n*'get secret cacerts -o yaml') exec meshpki secret \"$2\";;\n*) echo \"unknown: kubectl $*\" >&2; exit 1;;\nesac\n"
    )
}

fn real_kubectl() -> Option<String> {
    if !has("kubectl") {
        return None;
    }
    let paths = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&paths).map(|folder| folder.join("kubectl"));
    let found = found.find(|path| path.is_file())?;
    Some(found.to_str()?.to_owned())
}

/// A block of prompts and what they print: `...` stands for any text of a line.
fn run_console(machine: &Machine, text: &str) {
    for part in text.split("$ ").skip(1) {
        let (command, expected) = part.split_once('\n').expect("a command ends its line");
        let run = machine.bash(&format!("{{ {command}\n}} 2>&1"));
        assert_eq!(run.status, Some(0), "{command}: {run:#?}");
        let printed: Vec<_> = run.stdout.lines().collect();
        let expected: Vec<_> = expected.lines().filter(|line| !line.is_empty()).collect();
        let matches = printed.len() == expected.len()
            && printed
                .iter()
                .zip(&expected)
                .all(|(line, pattern)| is_like(line, pattern));
        assert!(
            matches,
            "{command}\nprints\n{printed:#?}\nand not\n{expected:#?}"
        );
    }
}

fn is_like(line: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("...") else {
        return line == pattern;
    };
    let Some(line) = line.strip_prefix(start) else {
        return false;
    };
    (0..=line.len())
        .filter_map(|position| line.get(position..))
        .any(|tail| is_like(tail, rest))
}

#[test]
fn every_command_runs() {
    let machine = machine();
    let mut count = 0;
    for Block { language, text } in blocks(README) {
        match language {
            "sh" => {
                let run = machine.bash(text);
                assert_eq!(run.status, Some(0), "{text}{run:#?}");
            }
            "console" => run_console(&machine, text),
            "toml" => {
                let file = machine.workspace.join("settings.toml");
                std::fs::write(&file, text).unwrap();
                let file = file.to_str().unwrap();
                let script =
                    format!("mkdir ../settings; meshpki --config {file} -C ../settings root-ca");
                machine.bash(&script).succeeds();
            }
            other => {
                panic!("README.md has a block of \"{other}\", which no test knows to run:\n{text}")
            }
        }
        count += 1;
    }
    assert!(count > 3, "{count} blocks");
    cargo_is_run_by_ci(&machine.workspace.read_text("cargo.log"));
}

/// What the blocks call cargo with is what `.ci/run` calls it with.
fn cargo_is_run_by_ci(log: &str) {
    let ci = std::fs::read_to_string(CI).unwrap();
    for called in log.lines() {
        let is_run = if called.starts_with("cargo test") {
            // It takes the line from here.
            let lines = README.lines().filter(|line| line.starts_with("cargo test"));
            assert_eq!(lines.collect::<Vec<_>>(), [called]);
            ci.contains("test_command=$(grep -x 'cargo test.*' README.md)")
                && ci.contains("bash -euc \"$test_command\"")
        } else {
            // That another OpenSSL is linked shows without optimization too.
            let is_linked_elsewhere = called.contains("--no-default-features");
            let unoptimized = called.replace(" --release", "");
            ci.lines()
                .map(str::trim)
                .any(|line| line == called || is_linked_elsewhere && line == unoptimized)
        };
        assert!(
            is_run,
            ".ci/run does not run this line of README.md: {called}"
        );
    }
    assert!(
        log.lines().any(|called| called.starts_with("cargo build")),
        "{log}"
    );
    assert!(
        log.lines().any(|called| called.starts_with("cargo test")),
        "{log}"
    );
}

/// Flags in running text, such as `--renew`, and commands, such as `meshpki bundle add`.
#[test]
fn what_the_text_names_is_there() {
    let workspace = Workspace::new();
    let commands = [
        "root-ca",
        "cluster-cacerts",
        "workload-certs",
        "secret",
        "import",
        "bundle",
        "check",
        "rekey-passphrase",
        "request",
        "sign",
        "accept",
        "issued",
        "inspect",
        "verify",
        "split",
        "diff",
        "init",
        "completions",
        "man",
    ];
    let help: String = commands
        .iter()
        .map(|command| workspace.meshpki([*command, "--help"]).succeeds())
        .collect();
    let help = help + &workspace.meshpki(["bundle", "add", "--help"]).succeeds();
    let prose: String = README.split("```").step_by(2).collect();
    let spans: Vec<_> = prose.split('`').skip(1).step_by(2).collect();
    assert!(spans.len() > 20, "{spans:?}");
    for span in spans {
        let span = span.split_once(" \\|").map_or(span, |(command, _)| command);
        if let Some(rest) = span.strip_prefix("meshpki ") {
            let rest = rest.strip_prefix("-C certs ").unwrap_or(rest);
            let command = rest.split(' ').find(|word| !word.starts_with('-'));
            let is_there = command.is_none_or(|command| {
                // A target of the Makefile is a command too.
                commands.contains(&command)
                    || command.ends_with("-cacerts")
                    || command.ends_with("-certs")
            });
            assert!(is_there, "`{span}`");
        } else if !span.starts_with("--") {
            continue;
        }
        for word in span.split(' ').filter(|word| word.starts_with("--")) {
            let flags = ["--version", "--no-default-features"];
            let is_there = flags.contains(&word)
                || help
                    .split_whitespace()
                    .any(|known| known.trim_end_matches(',') == word);
            assert!(is_there, "`{span}`: no command has {word}");
        }
    }
}

#[test]
fn every_file_that_it_links_to_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = README
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.starts_with("http") && !target.starts_with('#')) {
        assert!(folder.join(target).exists(), "{target}");
    }
}
