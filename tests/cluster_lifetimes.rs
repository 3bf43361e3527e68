//! How long a cluster's CA is valid, and how long its root lets it be.

mod common;

use common::{Run, Workspace};
use meshpki::pki::certificate::Certificate;
use meshpki::pki::validity::moment;
use time::OffsetDateTime;

/// A root of 100 days.
fn with_root() -> Workspace {
    let workspace = Workspace::new();
    let arguments = ["root-ca", "--key-type", "p256", "--days", "100"];
    workspace.meshpki(arguments).succeeds();
    workspace
}

fn end_of(workspace: &Workspace, file: &str) -> OffsetDateTime {
    let all = Certificate::all_from_pem(&workspace.read(file)).unwrap();
    all[0].not_after()
}

#[test]
fn the_default_ends_with_the_root_and_says_so() {
    let workspace = with_root();
    let end = end_of(&workspace, "root-cert.pem");
    let run = workspace.issue(&["c1"]);
    assert_eq!(
        run.stderr,
        format!(
            "c1: it will expire with its root, on {}, and not after the 3650 days of the built-in default\n",
            moment(end)
        )
    );
    run.succeeds();
    assert_eq!(end_of(&workspace, "c1/ca-cert.pem"), end);
}

/// As of a root and clusters that are made one after the other, with the same setting.
#[test]
fn that_hours_are_lost_to_the_root_is_left_unsaid() {
    let workspace = with_root();
    workspace.write("meshpki.toml", "[cluster-cacerts]\ndays = 100\n");
    let run = workspace.issue(&["c1"]);
    assert_eq!(run.stderr, "");
    run.succeeds();
    let [root, cluster] = ["root-cert.pem", "c1/ca-cert.pem"].map(|file| end_of(&workspace, file));
    assert!(cluster <= root);
}

#[test]
fn a_flag_that_goes_beyond_the_root_is_refused_with_the_largest_that_fits() {
    let workspace = with_root();
    let before = workspace.snapshot();
    let end = moment(end_of(&workspace, "root-cert.pem"));
    for days in ["101", "3650", "4294967295"] {
        workspace.issue(&["--days", days, "c1"]).fails(
            1,
            &format!(
                "error: c1: --days {days} goes beyond the root, which expires on {end}\n\
                 hint: the largest that fits: --days 99\n"
            ),
        );
    }
    assert_eq!(workspace.snapshot(), before);
    let run = workspace.issue(&["--days", "99", "c1"]);
    assert_eq!(run.stderr, "");
    run.succeeds();
}

#[test]
fn a_root_that_ends_within_a_day_leaves_no_day() {
    let workspace = Workspace::new();
    let arguments = ["root-ca", "--key-type", "p256", "--days", "1"];
    workspace.meshpki(arguments).succeeds();
    let end = moment(end_of(&workspace, "root-cert.pem"));
    workspace.issue(&["--days", "2", "c1"]).fails(
        1,
        &format!(
            "error: c1: --days 2 goes beyond the root, which expires on {end}\n\
             hint: the root ends within a day: renew it first\n"
        ),
    );
}

#[test]
fn what_the_environment_or_the_file_asks_beyond_the_root_is_shortened_and_said() {
    let workspace = with_root();
    let end = end_of(&workspace, "root-cert.pem");
    workspace.write("meshpki.toml", "[cluster-cacerts]\n\ndays = 200\n");
    let command = ["cluster-cacerts", "--key-type", "p256"];
    let from_file = workspace.meshpki(command.iter().chain(&["c1"]));
    let mut with_variable = workspace.meshpki_command();
    with_variable.env("INTERMEDIATE_DAYS", "4294967295");
    let from_environment = Run::of(with_variable.args(command).arg("c2"));
    for (name, run, source) in [
        ("c1", from_file, "200 days of meshpki.toml:3"),
        (
            "c2",
            from_environment,
            "4294967295 days of INTERMEDIATE_DAYS in the environment",
        ),
    ] {
        let said = format!(
            "{name}: it will expire with its root, on {}, and not after the {source}\n",
            moment(end)
        );
        assert_eq!(run.stderr, said);
        run.succeeds();
        assert_eq!(end_of(&workspace, &format!("{name}/ca-cert.pem")), end);
    }
}

#[test]
fn one_that_ends_with_its_root_matches_any_longer_lifetime() {
    let workspace = with_root();
    workspace.issue(&["c1"]).succeeds();
    let before = workspace.snapshot();
    for days in ["100", "101", "3650", "4294967295"] {
        let said = workspace.issue(&["--days", days, "c1"]).succeeds();
        assert!(said.starts_with("c1: up to date, expires "), "{said}");
    }
    let end = moment(end_of(&workspace, "c1/ca-cert.pem"));
    workspace.issue(&["--days", "50", "c1"]).fails(
        1,
        &format!(
            "error: c1: its lifetime: 100 days, until {end}, and --days asks for 50\n\
             hint: meshpki cluster-cacerts --renew --days 50 --key-type p256 c1\n"
        ),
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn lifetimes_are_compared_as_lengths() {
    let workspace = with_root();
    workspace.issue(&["--days", "30", "c1"]).succeeds();
    let said = workspace.issue(&["--days", "30", "c1"]).succeeds();
    assert!(said.starts_with("c1: up to date, expires "), "{said}");
    let end = moment(end_of(&workspace, "c1/ca-cert.pem"));
    for days in ["29", "31"] {
        workspace.issue(&["--days", days, "c1"]).fails(
            1,
            &format!(
                "error: c1: its lifetime: 30 days, until {end}, and --days asks for {days}\n\
                 hint: meshpki cluster-cacerts --renew --days {days} --key-type p256 c1\n"
            ),
        );
    }
}

#[test]
fn a_renewal_keeps_the_length_and_one_under_a_shorter_root_ends_with_it() {
    let workspace = with_root();
    workspace.issue(&["--days", "30", "c1"]).succeeds();
    let run = workspace.meshpki(["cluster-cacerts", "--renew", "c1"]);
    assert_eq!(run.stderr, "");
    run.succeeds();
    let renewed = Certificate::all_from_pem(&workspace.read("c1/ca-cert.pem")).unwrap();
    assert_eq!(renewed[0].validity().unwrap().length().whole_days(), 30);

    workspace.remove_root();
    let shorter = ["root-ca", "--key-type", "p256", "--days", "10"];
    workspace.meshpki(shorter).succeeds();
    let end = end_of(&workspace, "root-cert.pem");
    let run = workspace.meshpki(["cluster-cacerts", "--renew", "c1"]);
    assert_eq!(
        run.stderr,
        format!(
            "c1: it will expire with its root, on {}, and not after the 30 days before\n",
            moment(end)
        )
    );
    run.succeeds();
    assert_eq!(end_of(&workspace, "c1/ca-cert.pem"), end);
}
