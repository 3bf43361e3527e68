//! Completions and man pages, which are made from the command line itself.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use common::{Run, Workspace, has};
use meshpki::cli::Cli;
use meshpki::commands::completions;

fn scripts() -> impl Iterator<Item = (String, String)> {
    completions::scripts(Cli::command)
}

/// The folder `completions/` of the sources.
fn committed() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/completions"))
}

#[test]
fn the_committed_completions_are_those_of_this_command_line() {
    for (name, script) in scripts() {
        let text = std::fs::read_to_string(committed().join(&name)).unwrap_or_default();
        // Not assert_eq!, which would print both.
        assert!(
            text == script,
            "completions/{name} is out of date: meshpki completions SHELL > completions/{name}"
        );
    }
    let names: BTreeSet<_> = scripts().map(|(name, _)| name).collect();
    let files = std::fs::read_dir(committed()).expect("a folder");
    let files = files.map(|file| file.expect("a file").file_name().into_string());
    assert_eq!(files.collect::<Result<BTreeSet<_>, _>>(), Ok(names));
}

#[test]
fn the_name_of_a_command_is_no_folder_for_its_page() {
    let workspace = Workspace::new();
    for command in ["root-ca", "bundle"] {
        workspace.meshpki(["man", command]).fails(
            64,
            &format!(
                "error: {command} is a command, and DIR is a folder for the pages: meshpki {command} --help tells of the command, meshpki man ./{command} makes a folder of that name\n\nUsage: meshpki man [OPTIONS] [DIR]\n\nFor more information, try '--help'.\n"
            ),
        );
    }
    assert!(workspace.snapshot().is_empty());
    workspace.meshpki(["man", "./root-ca"]).succeeds();
    assert!(workspace.join("root-ca/meshpki-root-ca.1").is_file());
}

#[test]
fn a_page_names_the_values_of_options() {
    let workspace = Workspace::new();
    workspace.meshpki(["man", "man1"]).succeeds();
    let page = workspace.read_text("man1/meshpki-cluster-cacerts.1");
    for option in [
        "[\\fB\\-C\\fR \\fIDIR\\fR]",
        "[\\fB\\-\\-key\\-type\\fR \\fITYPE\\fR]",
        "[\\fB\\-\\-days\\fR \\fIDAYS\\fR]",
        "[\\fB\\-q\\fR|\\fB\\-\\-quiet\\fR]",
        "[\\fB\\-\\-renew\\fR]",
    ] {
        assert!(page.contains(option), "{option}\n{page}");
    }
}

#[test]
fn every_shell_is_given_its_script() {
    let workspace = Workspace::new();
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"];
    let printed: BTreeSet<_> = shells
        .iter()
        .map(|shell| workspace.meshpki(["completions", shell]).succeeds())
        .collect();
    let known: BTreeSet<_> = scripts().map(|(_, script)| script).collect();
    assert_eq!(printed.len(), shells.len());
    assert!(printed == known);
}

#[test]
fn bash_completes_commands_and_flags() {
    if !has("bash") {
        return;
    }
    let complete = |words: &str| {
        let script = format!(
            "source {}/meshpki.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _meshpki meshpki \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            committed().display()
        );
        Run::of(Command::new("bash").args(["-c", &script])).succeeds()
    };
    assert_eq!(complete("meshpki sec"), "secret\n");
    assert_eq!(complete("meshpki secret --out"), "--output\n--out-dir\n");
    assert_eq!(complete("meshpki secret --type t"), "tls\n");
}

/// The pages that `meshpki man` writes, one for each command.
const PAGES: [&str; 22] = [
    "meshpki-accept.1",
    "meshpki-bundle-add.1",
    "meshpki-bundle-remove.1",
    "meshpki-bundle.1",
    "meshpki-check.1",
    "meshpki-cluster-cacerts.1",
    "meshpki-completions.1",
    "meshpki-diff.1",
    "meshpki-import.1",
    "meshpki-init.1",
    "meshpki-inspect.1",
    "meshpki-issued.1",
    "meshpki-man.1",
    "meshpki-rekey-passphrase.1",
    "meshpki-request.1",
    "meshpki-root-ca.1",
    "meshpki-secret.1",
    "meshpki-sign.1",
    "meshpki-split.1",
    "meshpki-verify.1",
    "meshpki-workload-certs.1",
    "meshpki.1",
];

#[test]
fn each_command_has_a_page_with_its_examples() {
    let workspace = Workspace::new();
    let printed = workspace.meshpki(["man", "share/man/man1"]).succeeds();
    let mut listed: Vec<_> = printed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, PAGES.map(|page| format!("share/man/man1/{page}")));
    for page in PAGES {
        let text = workspace.read_text(format!("share/man/man1/{page}"));
        let name = page.trim_end_matches(".1");
        assert!(text.contains(&format!(".TH {name} 1 ")), "{text}");
        assert!(text.contains(".SH \"EXAMPLES"), "{text}");
        assert_eq!(workspace.mode(format!("share/man/man1/{page}")), 0o644);
        // What it refers to is there.
        let text = text.replace('\\', "");
        let referred = text.lines().filter_map(|line| line.strip_suffix("(1)"));
        for name in referred {
            assert!(
                PAGES.contains(&format!("{name}.1").as_str()),
                "{page}: {name}"
            );
        }
    }
    assert_eq!(
        workspace.meshpki(["man"]).succeeds(),
        workspace.read_text("share/man/man1/meshpki.1")
    );
}

#[test]
fn pages_that_stand_are_brought_up_to_date() {
    let workspace = Workspace::new();
    workspace.write("man1/meshpki.1", "an old page\n");
    workspace.write("man1/other.1", "another's page\n");
    workspace.meshpki(["man", "man1"]).succeeds();
    assert!(
        workspace
            .read_text("man1/meshpki.1")
            .contains(".TH meshpki 1")
    );
    assert_eq!(workspace.read_text("man1/other.1"), "another's page\n");
    let before = workspace.snapshot();
    workspace.meshpki(["man", "man1"]).succeeds();
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn the_pages_render_without_a_warning() {
    if !has("groff") {
        return;
    }
    let workspace = Workspace::new();
    workspace.meshpki(["man", "man1"]).succeeds();
    for page in PAGES {
        let path = format!("man1/{page}");
        let mut groff = Command::new("groff");
        let groff = groff.current_dir(workspace.path());
        let run = Run::of(groff.args(["-man", "-ww", "-Tascii", "-P-cbou", &path]));
        assert_eq!(run.stderr, "", "{page}");
        let text = run.succeeds();
        assert!(text.contains("\nEXAMPLES"), "{text}");
        // Examples keep their lines, and what groff could take for its own language.
        if page == "meshpki-completions.1" {
            assert!(
                text.contains(" meshpki completions zsh > ~/.zfunc/_meshpki\n"),
                "{text}"
            );
        }
    }
}
