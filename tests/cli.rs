//! The command line itself: help, usage errors and streams. Settings are in `settings.rs`.

mod common;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use common::{Run, Workspace, has};

/// The variables that meshpki reads.
const VARIABLES: [&str; 10] = [
    "ROOTCA_DAYS",
    "ROOTCA_KEYSZ",
    "ROOTCA_ORG",
    "ROOTCA_CN",
    "INTERMEDIATE_DAYS",
    "INTERMEDIATE_KEYSZ",
    "INTERMEDIATE_ORG",
    "INTERMEDIATE_CN",
    "INTERMEDIATE_SAN_DNS",
    "ISTIO_NAMESPACE",
];

/// `TRYCMD=overwrite cargo test --test cli` writes what is printed into the cases.
#[test]
fn help_and_refusals_are_as_written_down() {
    let cases = trycmd::TestCases::new();
    for name in VARIABLES {
        cases.env(name, "");
    }
    let version = env!("CARGO_PKG_VERSION");
    cases.insert_var("[VERSION]", version).expect("a variable");
    cases.case("tests/cmd/*.trycmd").run();
}

#[test]
fn the_help_of_every_command_opens_with_three_examples() {
    let workspace = Workspace::new();
    let help = |path: &str| {
        let words = path.split(' ').filter(|word| !word.is_empty());
        workspace.meshpki(words.chain(["--help"])).succeeds()
    };
    let mut paths = vec![String::new()];
    let mut seen = 0;
    while let Some(path) = paths.pop() {
        seen += 1;
        let text = help(&path);
        assert!(text.starts_with("Examples"), "{text}");
        let examples = text
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with("  "));
        assert!(examples.count() >= 3, "{text}");
        let commands = text.lines().skip_while(|line| *line != "Commands:").skip(1);
        for line in commands.take_while(|line| !line.is_empty()) {
            let name = line
                .strip_prefix("  ")
                .and_then(|line| line.split(' ').next());
            if let Some(name) = name.filter(|name| !name.is_empty() && *name != "help") {
                paths.push(format!("{path} {name}"));
            }
        }
    }
    assert!(seen > 9, "{seen}");
}

#[test]
fn minus_c_is_as_if_started_there() {
    let workspace = Workspace::new();
    workspace.write("mesh/other.toml", "[root-ca]\norganization = \"Other\"\n");
    let arguments = [
        "-C",
        "mesh",
        "--config",
        "other.toml",
        "root-ca",
        "--key-type",
        "p256",
    ];
    let printed = workspace.meshpki(arguments).succeeds();
    assert!(printed.contains("O = Other, CN = Root CA"), "{printed}");
    assert_eq!(workspace.mode("mesh/root-key.pem"), 0o600);
    assert_eq!(workspace.snapshot().len(), 5);
    // Behind the command it is the same flag.
    let refused = workspace.meshpki(["root-ca", "-C", "mesh"]);
    assert!(
        refused
            .stderr
            .starts_with("error: root-key.pem is there already"),
        "{refused:?}"
    );
}

#[test]
fn the_makefiles_targets_are_commands() {
    let workspace = Workspace::with_clusters(&[]);
    let arguments = ["-q", "east-cacerts", "west-cacerts", "--key-type", "p256"];
    workspace.meshpki(arguments).succeeds();
    assert!(workspace.join("east/ca-key.pem").is_file());
    assert!(workspace.join("west/ca-key.pem").is_file());
}

#[test]
fn quiet_says_nothing_but_what_went_wrong() {
    let workspace = Workspace::new();
    for arguments in [
        &["root-ca", "--key-type", "p256"][..],
        &[
            "cluster-cacerts",
            "--key-type",
            "p256",
            "cluster1",
            "cluster2",
        ],
        &["cluster-cacerts", "cluster1"],
        &["cluster-cacerts", "--roots-only", "cluster1"],
        &["init"],
        &["man", "man1"],
        &["secret", "cluster1", "--out-dir", "manifests"],
    ] {
        let run = workspace.meshpki(arguments.iter().chain(&["-q"]));
        assert_eq!((&*run.stdout, &*run.stderr), ("", ""), "{arguments:?}");
        run.succeeds();
    }
    // What is asked for is no talk.
    let printed = workspace.meshpki(["-q", "secret", "cluster1"]).succeeds();
    assert!(printed.starts_with("apiVersion: v1\n"), "{printed}");
    let refused = workspace.meshpki(["-q", "secret", "cluster3"]);
    refused.fails(
        1,
        "error: there is no folder cluster3\nhint: make it first: meshpki cluster-cacerts cluster3\n",
    );
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let workspace = Workspace::new();
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = workspace.meshpki_command();
        command.args(arguments).args(["secret", "cluster1"]);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        Run::of(command.envs(environment.iter().copied()))
    };
    let plain = "error: there is no folder cluster1\n\
                 hint: make it first: meshpki cluster-cacerts cluster1\n";
    let force = ("CLICOLOR_FORCE", "1");
    run(&[], &[]).fails(1, plain);
    run(&[], &[("NO_COLOR", "1"), force]).fails(1, plain);
    run(&["--color", "never"], &[force]).fails(1, plain);
    let coloured = plain
        .replace("error:", "\u{1B}[1m\u{1B}[31merror:\u{1B}[0m")
        .replace("hint:", "\u{1B}[1m\u{1B}[36mhint:\u{1B}[0m");
    run(&["--color", "always"], &[]).fails(1, &coloured);
    run(&["--color=always"], &[("NO_COLOR", "1")]).fails(1, &coloured);
    run(&[], &[force]).fails(1, &coloured);
    // How a command line is wrong is said the same way.
    for (color, is_coloured) in [("always", true), ("never", false)] {
        let refused = run(&["--color", color, "--nothing"], &[force]);
        assert_eq!(
            refused.stderr.contains('\u{1B}'),
            is_coloured,
            "{refused:?}"
        );
        assert_eq!(refused.status, Some(64));
    }
}

#[test]
fn data_is_never_coloured_nor_cleaned() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let plain = workspace.meshpki(["secret", "cluster1"]).succeeds();
    let always = workspace.meshpki(["--color", "always", "secret", "cluster1"]);
    assert_eq!(always.succeeds(), plain);
}

const WITH_OUTPUT: [&[&str]; 6] = [
    &["--help"],
    &["--version"],
    &["root-ca", "--help"],
    &["secret", "cluster1"],
    &["completions", "bash"],
    &["man"],
];

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for arguments in WITH_OUTPUT {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = workspace.meshpki_command();
        command.args(arguments).stdout(full.expect("/dev/full"));
        let output = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let run = Run::from(output.wait_with_output().expect("it ends"));
        run.fails(
            1,
            "error: cannot write to stdout: No space left on device (os error 28)\n",
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for arguments in WITH_OUTPUT {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = workspace.meshpki_command();
        command.args(arguments).stdout(writer);
        let output = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let run = Run::from(output.wait_with_output().expect("it ends"));
        run.fails(0, "");
    }
}

#[test]
fn a_configuration_of_openssl_in_the_environment_changes_nothing() {
    let workspace = Workspace::new();
    // With this, OpenSSL would refuse to start, or to sign with SHA-256.
    workspace.write(
        "openssl.cnf",
        "openssl_conf = nonsense\n[nonsense]\nproviders = none\nalg_section = algorithms\n\
         [none]\ndefault = off\n[off]\nactivate = 0\n[algorithms]\nfips_mode = yes\n\
         default_properties = fips=yes\nx = $nothing\n",
    );
    for arguments in [
        &["root-ca", "--key-type", "p256"][..],
        &["cluster-cacerts", "--key-type", "p256", "cluster1"],
        &["secret", "cluster1"],
    ] {
        let mut command = workspace.meshpki_command();
        let conf = workspace.join("openssl.cnf");
        let command = command.args(arguments).env("OPENSSL_CONF", conf);
        Run::of(command.env("OPENSSL_MODULES", workspace.path())).succeeds();
    }
    if !has("strace") {
        return;
    }
    for conf in ["openssl.cnf", ""] {
        std::fs::remove_dir_all(workspace.join("cluster1")).unwrap();
        let binary = workspace.meshpki_command();
        let mut strace = std::process::Command::new("strace");
        let strace = strace
            .current_dir(workspace.path())
            .args(["-f", "-qq", "-e", "trace=open,openat", "-o", "trace"])
            .arg(binary.get_program())
            .args(["cluster-cacerts", "--key-type", "p256", "cluster1"])
            .env("OPENSSL_CONF", conf);
        Run::of(strace).succeeds();
        let trace = workspace.read_text("trace");
        assert!(trace.contains("root-key.pem"), "{trace}");
        assert!(!trace.contains("openssl.cnf"), "{trace}");
    }
}

#[test]
fn what_a_terminal_would_act_on_is_shown_as_bytes() {
    let workspace = Workspace::new();
    let red = "\u{1B}[31m\u{202E}red";
    let shown = "\\1B[31m\\E2\\80\\AEred";
    for (arguments, error) in [
        (
            &["secret", red][..],
            format!(
                "error: invalid value '{shown}' for '<NAME>...': \"{shown}\" cannot be a cluster's name: "
            ),
        ),
        (
            &[red],
            format!("error: unrecognized subcommand '{shown}'\n"),
        ),
        (
            &["init", red],
            format!("error: unexpected argument '{shown}' found\n"),
        ),
        (
            &["--config", red, "init"],
            format!("error: cannot read {shown}: "),
        ),
        (
            &["-C", red, "init"],
            format!("error: cannot work in {shown}: "),
        ),
        (
            &["bundle", "add", red],
            format!("error: cannot read {shown}: "),
        ),
        (
            &["secret", "a", "--template", red],
            format!("error: cannot read {shown}: "),
        ),
    ] {
        let refused = workspace.meshpki(arguments);
        assert!(refused.stderr.starts_with(&error), "{}", refused.stderr);
        assert!(
            !refused.stderr.contains(['\u{1B}', '\u{202E}']),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn arguments_that_are_not_utf8_are_refused_or_are_file_names() {
    let workspace = Workspace::new();
    let latin = OsStr::from_bytes(b"caf\xE9");
    for (before, status) in [
        (&[][..], 64),
        (&["secret"], 64),
        (&["root-ca", "--org"], 64),
        (&["cluster-cacerts", "a", "--san-dns"], 64),
        (&["completions"], 64),
        (&["--config"], 64),
        (&["-C"], 64),
        (&["bundle", "add"], 1),
    ] {
        let words = before.iter().map(OsStr::new).chain([latin]);
        let refused = workspace.meshpki(words);
        assert_eq!(refused.status, Some(status), "{refused:?}");
        assert!(
            refused.stderr.starts_with("error: ") || before.len() == 1,
            "{refused:?}"
        );
    }
    let words = [OsStr::new("bundle"), OsStr::new("add"), latin];
    workspace.meshpki(words).fails(
        1,
        "error: cannot read caf\\E9: No such file or directory (os error 2)\n",
    );
}
