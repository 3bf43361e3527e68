//! `meshpki cluster-cacerts` for clusters that stand: left alone, told apart, or replaced.

mod common;

use std::path::{Path, PathBuf};

use common::{Entry, Run, Workspace, has};
use meshpki::pki::validity::date;

/// A root that outlives every cluster's CA of the default lifetime, and clusters.
fn with_clusters(names: &[&str]) -> Workspace {
    let workspace = Workspace::with_root("Root CA");
    if !names.is_empty() {
        workspace.issue(names).succeeds();
    }
    workspace
}

/// The one folder in which the files of `name` are kept.
fn kept(workspace: &Workspace, name: &str) -> String {
    let entries = workspace.path().read_dir().unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut kept = names.filter(|entry| entry.starts_with(&format!("{name}.")));
    let only = kept.next().expect("a folder that was kept");
    assert_eq!(kept.next(), None);
    only
}

/// What is in `folder`, by the names in it.
fn inside(workspace: &Workspace, folder: &str) -> Vec<(PathBuf, Entry)> {
    let entries = workspace.snapshot().into_iter();
    let inside = entries.filter_map(|(path, entry)| {
        let path = path.strip_prefix(folder).ok()?.to_owned();
        (path != Path::new("")).then_some((path, entry))
    });
    inside.collect()
}

#[test]
fn nothing_to_change_is_no_change() {
    let workspace = with_clusters(&["c1", "c2"]);
    let expires = date(workspace.certificate("c1/ca-cert.pem").not_after()).to_string();
    let up_to_date =
        format!("c1: up to date, expires {expires}\nc2: up to date, expires {expires}\n");
    let before = workspace.snapshot();
    for arguments in [
        &["cluster-cacerts", "c1", "c2"][..],
        &["cluster-cacerts", "--dry-run", "c1", "c2"],
        &[
            "cluster-cacerts",
            "--key-type",
            "p256",
            "--days",
            "3650",
            "c1",
            "c2",
        ],
        &[
            "cluster-cacerts",
            "--org",
            "Istio",
            "--san-dns",
            "ISTIOD.istio-system.svc",
            "c1",
            "c2",
        ],
        &["c1-cacerts", "c2-cacerts"],
    ] {
        let run = workspace.meshpki(arguments);
        let issued = if arguments.contains(&"--dry-run") {
            "would be issued"
        } else {
            "issued"
        };
        assert_eq!(
            run.stderr,
            format!("2 clusters: 0 {issued}, 2 up to date, 0 failed\n")
        );
        assert_eq!(run.succeeds(), up_to_date);
        assert_eq!(workspace.snapshot(), before);
    }
}

#[test]
fn a_copy_that_has_lost_its_times_is_up_to_date() {
    let workspace = with_clusters(&["c1"]);
    let copy = Workspace::new();
    // The oldest file last: make(1) would see everything out of date.
    for file in [
        "c1/cert-chain.pem",
        "c1/ca-cert.pem",
        "c1/ca-key.pem",
        "c1/root-cert.pem",
        "root-cert.pem",
        "root-key.pem",
    ] {
        copy.write(file, workspace.read(file));
        common::foreign::make_private(&copy, file);
        let old = std::time::SystemTime::UNIX_EPOCH;
        let file = std::fs::File::options().write(true).open(copy.join(file));
        file.unwrap().set_modified(old).unwrap();
    }
    let before = copy.snapshot();
    let run = copy.meshpki(["cluster-cacerts", "c1"]);
    assert_eq!(run.stderr, "");
    assert!(run.succeeds().starts_with("c1: up to date, expires "));
    assert_eq!(copy.snapshot(), before);
}

#[test]
fn each_difference_is_named_with_who_asks_and_the_way() {
    let workspace = with_clusters(&["c1"]);
    workspace.write(
        "meshpki.toml",
        "[mesh]\ntrust-domain = \"a.example.com\"\n\n[cluster-cacerts]\nchain-with-root = false\n",
    );
    let before = workspace.snapshot();
    let mut command = workspace.meshpki_command();
    command.env("INTERMEDIATE_ORG", "Acme");
    command.env("INTERMEDIATE_KEYSZ", "2048");
    let end = meshpki::pki::validity::moment(workspace.certificate("c1/ca-cert.pem").not_after());
    let flags = [
        "--cn",
        "Zoë's CA",
        "--san-dns",
        "a.svc",
        "--san-dns",
        "b.svc",
        "--days",
        "7",
    ];
    let asked = r"--cn 'Zoë'\''s CA' --days 7 --san-dns a.svc --san-dns b.svc c1";
    let rekey = format!("hint: meshpki cluster-cacerts --rekey {asked}\n");
    Run::of(command.arg("cluster-cacerts").args(flags).arg("c1")).fails(
        1,
        &format!(
            "error: c1: its organization: Istio, and INTERMEDIATE_ORG in the environment asks for Acme\n{rekey}\
             error: c1: its common name: Intermediate CA, and --cn asks for Zoë's CA\n{rekey}\
             error: c1: its DNS names: istiod.istio-system.svc, and --san-dns asks for a.svc, b.svc\n{rekey}\
             error: c1: its trust domain: none, and meshpki.toml:2 asks for a.example.com\n{rekey}\
             error: c1: its chain: with the root, and meshpki.toml:5 asks for without the root\n{rekey}\
             error: c1: its lifetime: 3650 days, until {end}, and --days asks for 7\n{rekey}\
             error: c1: its key is ECDSA P-256, and INTERMEDIATE_KEYSZ in the environment asks for rsa-2048\n{rekey}"
        ),
    );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn files_that_are_broken_are_named_with_the_way() {
    let workspace = with_clusters(&["c1", "c2"]);
    std::fs::remove_file(workspace.join("c1/cert-chain.pem")).unwrap();
    let other_key = workspace.read("c2/ca-key.pem");
    workspace.write("c1/ca-key.pem", other_key);
    let before = workspace.snapshot();
    workspace.meshpki(["cluster-cacerts", "c1"]).fails(
        1,
        "error: c1: cert-chain.pem: it is missing: istiod does not start with an incomplete set of files\n\
         hint: a new certificate: meshpki cluster-cacerts --renew c1\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    workspace.meshpki(["cluster-cacerts", "c1"]).succeeds();
    assert_eq!(
        workspace.certificate("c1/ca-cert.pem").spki(),
        workspace.certificate("c2/ca-cert.pem").spki()
    );
}

#[test]
fn another_root_is_told_and_one_of_the_same_name_too() {
    let workspace = with_clusters(&["c1"]);
    let tells = |fact: &str| {
        let before = workspace.snapshot();
        workspace.meshpki(["cluster-cacerts", "c1"]).fails(
            1,
            &format!(
                "error: c1: its root-cert.pem is not the mesh's root-cert.pem\n\
                 hint: meshpki cluster-cacerts --renew c1\n\
                 error: c1: {fact}\n\
                 hint: meshpki cluster-cacerts --renew c1\n"
            ),
        );
        assert_eq!(workspace.snapshot(), before);
    };
    workspace.make_root("Root CA");
    tells("it was issued by another O = Istio, CN = Root CA than the root of that name");
    workspace.make_root("B");
    tells("it was issued by O = Istio, CN = Root CA, and not by the root, O = Istio, CN = B");
}

#[test]
fn a_renewal_keeps_the_key_what_nobody_asks_to_change_and_the_old_files() {
    let workspace = Workspace::new();
    workspace.make_root("Root CA");
    let names = [
        "--org",
        "Acme",
        "--cn",
        "Zoë's CA",
        "--san-dns",
        "a.svc",
        "--days",
        "30",
    ];
    let others = [
        "--trust-domain",
        "td.example.com",
        "--chain-without-root",
        "c1",
    ];
    workspace.issue(&[&names[..], &others].concat()).succeeds();
    workspace.write("c1/notes.txt", "mine");
    let before = inside(&workspace, "c1");
    let old = workspace.certificate("c1/ca-cert.pem");
    let key = workspace.read("c1/ca-key.pem");

    let renew = ["cluster-cacerts", "--renew", "--cn", "New CA", "c1"];
    let run = workspace.meshpki(renew);
    let kept = kept(&workspace, "c1");
    assert_eq!(run.stderr, format!("c1: notes.txt will stay in {kept}\n"));
    let said = run.succeeds();
    let last = format!("  kept         {kept}/, the files that it replaces\n");
    assert!(said.ends_with(&last), "{said}");

    let new = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(workspace.read("c1/ca-key.pem"), key);
    assert_eq!(new.subject(), "O = Acme, CN = New CA, L = c1");
    assert_eq!(new.subject_alt_names(), old.subject_alt_names());
    assert_eq!(
        new.validity().unwrap().length(),
        old.validity().unwrap().length()
    );
    assert_ne!(new.raw_serial_number(), old.raw_serial_number());
    assert_eq!(
        workspace.read("c1/cert-chain.pem"),
        workspace.read("c1/ca-cert.pem")
    );
    assert_eq!(inside(&workspace, &kept), before);
    assert_eq!([workspace.mode("c1"), workspace.mode(&kept)], [0o700; 2]);

    let stamp = kept.strip_prefix("c1.").unwrap();
    let form: String = stamp
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    assert_eq!(form, "00000000T000000Z");
    let refused = workspace.meshpki(["cluster-cacerts", &kept]);
    let reason = "cannot be a cluster's name: a name with a date and time at its end is a replaced cluster's";
    assert!(refused.stderr.contains(reason), "{}", refused.stderr);
    assert_eq!(refused.status, Some(64));
}

#[test]
fn a_new_key_is_of_the_old_kind_unless_another_is_asked_for() {
    let workspace = with_clusters(&["c1"]);
    let old = workspace.read("c1/ca-key.pem");
    workspace
        .meshpki(["cluster-cacerts", "--rekey", "c1"])
        .succeeds();
    assert_ne!(workspace.read("c1/ca-key.pem"), old);
    assert_eq!(
        workspace.read(format!("{}/ca-key.pem", kept(&workspace, "c1"))),
        old
    );
    let kind = || {
        workspace
            .certificate("c1/ca-cert.pem")
            .public_key()
            .unwrap()
            .kind()
    };
    assert_eq!(kind().to_string(), "ECDSA P-256");
    let other = ["cluster-cacerts", "--rekey", "--key-type", "p384", "c1"];
    workspace.meshpki(other).succeeds();
    assert_eq!(kind().to_string(), "ECDSA P-384");
}

#[test]
fn a_renewal_cannot_change_the_kind_of_the_key() {
    let workspace = with_clusters(&["c1"]);
    let before = workspace.snapshot();
    let renew = ["cluster-cacerts", "--renew", "--key-type", "p384", "c1"];
    workspace.meshpki(renew).fails(
        1,
        "error: c1: its key is ECDSA P-256, and --key-type asks for p384: --renew keeps the key\n\
         hint: meshpki cluster-cacerts --rekey --key-type p384 c1\n",
    );
    assert_eq!(workspace.snapshot(), before);
    let mut command = workspace.meshpki_command();
    command.env("INTERMEDIATE_KEYSZ", "4096");
    let run = Run::of(command.args(["cluster-cacerts", "--renew", "c1"]));
    assert_eq!(
        run.stderr,
        "c1: its key stays ECDSA P-256, and not rsa-4096 of INTERMEDIATE_KEYSZ in the environment: --renew keeps the key\n"
    );
    run.succeeds();
}

#[test]
fn two_renewals_within_a_second_keep_both() {
    let workspace = with_clusters(&["c1"]);
    for _ in 0..3 {
        workspace
            .meshpki(["cluster-cacerts", "--renew", "c1"])
            .succeeds();
    }
    let folders = workspace.path().read_dir().unwrap();
    assert_eq!(folders.count(), 3 + 1 + 3);
}

#[test]
fn what_is_not_there_cannot_be_replaced() {
    let workspace = with_clusters(&[]);
    std::fs::create_dir(workspace.join("empty")).unwrap();
    let before = workspace.snapshot();
    for way in ["--renew", "--rekey", "--roots-only"] {
        for name in ["c1", "empty"] {
            workspace.meshpki(["cluster-cacerts", way, name]).fails(
                1,
                &format!(
                    "error: {name}: there is nothing to replace\n\
                     hint: make it first: meshpki cluster-cacerts {name}\n"
                ),
            );
        }
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn a_dry_run_of_a_renewal_names_the_key_and_what_is_kept_and_writes_nothing() {
    let workspace = with_clusters(&["c1"]);
    let before = workspace.snapshot();
    let renew = ["cluster-cacerts", "--renew", "--dry-run", "c1"];
    let said = workspace.meshpki(renew).succeeds();
    assert!(
        said.contains("\n  key          the same key, ECDSA P-256\n"),
        "{said}"
    );
    assert!(said.contains("\n  kept         c1."), "{said}");
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn roots_only_changes_one_file() {
    let workspace = with_clusters(&["c1", "c2", "c3"]);
    let other = with_clusters(&[]);
    let bundle = workspace.read_text("root-cert.pem") + &other.read_text("root-cert.pem");
    workspace.write("root-cert.pem", &bundle);
    workspace.write("c2/root-cert.pem", &bundle);
    workspace.write("c3/cert-chain.pem", "");
    let mut expected = workspace.snapshot();
    let names = ["c1", "c2", "c3", "c4"];

    let command = ["cluster-cacerts", "--roots-only"];
    let dry = workspace.meshpki(command.iter().chain(&["--dry-run"]).chain(&names));
    assert_eq!(
        dry.stdout,
        "c1/root-cert.pem (not written)\nc2: root-cert.pem is up to date\n"
    );
    assert_eq!(workspace.snapshot(), expected);

    let run = workspace.meshpki(command.iter().chain(&names));
    assert_eq!(
        run.stderr,
        "error: c3/cert-chain.pem: it is empty, and ca-cert.pem is not in root-cert.pem: every handshake would fail\n\
         hint: a new certificate: meshpki cluster-cacerts --renew c3\n\
         error: c4: there is nothing to replace\n\
         hint: make it first: meshpki cluster-cacerts c4\n\
         4 clusters: 1 written, 1 up to date, 2 failed\n"
    );
    assert_eq!(
        run.stdout,
        "c2: root-cert.pem is up to date\nc1/root-cert.pem\n"
    );
    assert_eq!(run.status, Some(1));
    let changed = expected.get_mut(Path::new("c1/root-cert.pem")).unwrap();
    changed.contents = Some(bundle.into_bytes());
    assert_eq!(workspace.snapshot(), expected);
}

#[test]
fn roots_only_takes_no_word_about_the_certificate() {
    let workspace = with_clusters(&["c1"]);
    let before = workspace.snapshot();
    for flags in [["--days", "5"], ["--org", "a"], ["--key-type", "p384"]] {
        let command = ["cluster-cacerts", "--roots-only", "c1"];
        let refused = workspace.meshpki(command.iter().chain(&flags));
        assert_eq!(refused.status, Some(64), "{refused:?}");
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn roots_that_would_cut_a_cluster_off_are_refused() {
    let workspace = with_clusters(&["c1"]);
    workspace.make_root("B");
    let before = workspace.snapshot();
    workspace
        .meshpki(["cluster-cacerts", "--roots-only", "c1"])
        .fails(
            1,
            "error: c1/cert-chain.pem: there is no path from ca-cert.pem to root-cert.pem: O = Istio, CN = Root CA: self-signed certificate in certificate chain\n\
             hint: a new certificate under another CA: meshpki cluster-cacerts --renew c1\n",
        );
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn crls_stay_with_the_key_that_they_are_of() {
    if !has("openssl") {
        return;
    }
    let workspace = with_clusters(&["c1"]);
    workspace.write("index.txt", "");
    workspace.write(
        "ca.cnf",
        "[ca]\ndefault_ca = default\n[default]\ndatabase = index.txt\ndefault_md = sha256\ncrl_extensions = ext\n[ext]\nauthorityKeyIdentifier = keyid\n",
    );
    let crl = |cert: &str, key: &str| {
        let command = ["ca", "-gencrl", "-config", "ca.cnf", "-crldays", "3000"];
        workspace.run(
            "openssl",
            command.iter().chain(&["-cert", cert, "-keyfile", key]),
        )
    };
    let crls = crl("c1/ca-cert.pem", "c1/ca-key.pem") + &crl("root-cert.pem", "root-key.pem");
    workspace.write("c1/ca-crl.pem", &crls);
    workspace.meshpki(["cluster-cacerts", "c1"]).succeeds();

    let run = workspace.meshpki(["cluster-cacerts", "--renew", "c1"]);
    assert_eq!(run.stderr, "");
    let said = run.succeeds();
    assert!(
        said.contains(
            "files        ca-cert.pem ca-crl.pem ca-key.pem cert-chain.pem root-cert.pem\n"
        ),
        "{said}"
    );
    assert_eq!(workspace.read_text("c1/ca-crl.pem"), crls);
    let renewed = kept(&workspace, "c1");
    std::fs::remove_dir_all(workspace.join(renewed)).unwrap();

    let run = workspace.meshpki(["cluster-cacerts", "--rekey", "c1"]);
    let kept = kept(&workspace, "c1");
    assert_eq!(run.stderr, format!("c1: ca-crl.pem will stay in {kept}\n"));
    run.succeeds();
    assert!(!workspace.join("c1/ca-crl.pem").exists());
    assert_eq!(workspace.read_text(format!("{kept}/ca-crl.pem")), crls);
}

#[test]
fn a_name_that_meshpki_could_not_compose_is_kept_until_another_is_asked_for() {
    use common::foreign::{self, CA};

    if !has("openssl") {
        return;
    }
    let workspace = foreign::root("CN = root", CA);
    let name = "0.DC = com\n1.DC = example\nO = a\n+OU = b\nCN = mesh\nL = c1";
    let ca = foreign::root(name, &format!("{CA}subjectAltName = DNS:a.svc\n"));
    workspace.write("c1/ca-key.pem", ca.read("root-key.pem"));
    foreign::make_private(&workspace, "c1/ca-key.pem");
    workspace.write("c1/ca-cert.pem", ca.read("root-cert.pem"));
    let subject = || {
        workspace
            .certificate("c1/ca-cert.pem")
            .subject_der()
            .to_vec()
    };
    let before = subject();
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    assert_eq!(subject(), before);
    let verify = [
        "verify",
        "-x509_strict",
        "-CAfile",
        "root-cert.pem",
        "c1/ca-cert.pem",
    ];
    assert_eq!(workspace.run("openssl", verify), "c1/ca-cert.pem: OK\n");
    let text = workspace.run(
        "openssl",
        ["x509", "-in", "c1/ca-cert.pem", "-noout", "-text"],
    );
    let names = "Subject Alternative Name: \n                DNS:a.svc\n";
    assert!(text.contains(names), "{text}");
    let other = ["cluster-cacerts", "--renew", "--org", "New", "c1"];
    workspace.meshpki(other).succeeds();
    let renamed = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(renamed.subject(), "O = New, CN = mesh, L = c1");
}

#[test]
fn a_ca_for_servers_alone_is_told_since_every_workload_is_a_client_too() {
    use common::foreign::{self, CA};

    if !has("openssl") {
        return;
    }
    for (purposes, fact) in [
        (
            "serverAuth",
            "lacks clientAuth: proxies refuse every client",
        ),
        ("clientAuth", "lacks serverAuth: istiod does not start"),
    ] {
        let extensions = format!("{CA}extendedKeyUsage = {purposes}\n");
        let workspace = foreign::root("CN = ca", &extensions);
        for (from, to) in [
            ("root-key.pem", "c1/ca-key.pem"),
            ("root-cert.pem", "c1/ca-cert.pem"),
            ("root-cert.pem", "c1/cert-chain.pem"),
            ("root-cert.pem", "c1/root-cert.pem"),
        ] {
            workspace.write(to, workspace.read(from));
        }
        let refused = workspace.meshpki(["secret", "c1"]);
        let fact = format!("the extKeyUsage of CN = ca {fact}\n");
        assert!(refused.stderr.contains(&fact), "{}", refused.stderr);
        assert_eq!(refused.status, Some(1));
    }
}

#[test]
fn a_copy_under_another_name_takes_that_name_when_it_is_renewed() {
    let workspace = with_clusters(&["c1"]);
    let copy = workspace.join("c2");
    std::fs::rename(workspace.join("c1"), copy).unwrap();
    workspace
        .meshpki(["cluster-cacerts", "--rekey", "c2"])
        .succeeds();
    let subject = workspace.certificate("c2/ca-cert.pem").subject();
    assert_eq!(subject, "O = Istio, CN = Intermediate CA, L = c2");
}

/// What Istio's Makefile leaves: the same files, of other modes, with another profile.
#[test]
fn a_cluster_that_the_makefile_made_is_up_to_date_and_can_be_renewed() {
    use common::foreign;

    if !has("openssl") {
        return;
    }
    let usage =
        "keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, keyCertSign";
    let root =
        format!("basicConstraints = critical, CA:true\nsubjectKeyIdentifier = hash\n{usage}\n");
    let workspace = foreign::root("O = Istio\nCN = Root CA", &root);
    let extensions = format!(
        "[x]\nbasicConstraints = critical, CA:true, pathlen:0\nsubjectKeyIdentifier = hash\n\
         subjectAltName = DNS:istiod.istio-system.svc\n{usage}\n"
    );
    workspace.write("c1/x.cnf", extensions);
    let make = |command: &str| {
        workspace.run("sh", ["-ec", command]);
    };
    make(
        "openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -out c1/ca-key.pem; chmod 600 c1/ca-key.pem",
    );
    make(
        "openssl req -new -subj '/O=Istio/CN=Intermediate CA/L=c1' -key c1/ca-key.pem -out c1/x.csr",
    );
    make(
        "openssl x509 -req -in c1/x.csr -days 3650 -CA root-cert.pem -CAkey root-key.pem -CAcreateserial -extfile c1/x.cnf -extensions x -out c1/ca-cert.pem 2> c1/log",
    );
    make(
        "cat c1/ca-cert.pem root-cert.pem > c1/cert-chain.pem; cp root-cert.pem c1; rm c1/x.* c1/log",
    );
    let before = workspace.snapshot();
    let run = workspace.meshpki(["c1-cacerts"]);
    assert_eq!(run.stderr, "");
    assert!(run.succeeds().starts_with("c1: up to date, expires "));
    assert_eq!(workspace.snapshot(), before);
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    let renewed = workspace.certificate("c1/ca-cert.pem");
    assert_eq!(renewed.subject(), "O = Istio, CN = Intermediate CA, L = c1");
}

#[test]
fn a_folder_with_the_ca_of_another_cluster_is_told() {
    let workspace = with_clusters(&["c1"]);
    workspace.run("cp", ["-r", "c1", "c2"]);
    let before = workspace.snapshot();
    workspace.meshpki(["cluster-cacerts", "c2"]).fails(
        1,
        "error: c2: its certificate is that of a cluster c1\n\
         hint: meshpki cluster-cacerts --rekey c2\n",
    );
    assert_eq!(workspace.snapshot(), before);
    workspace
        .meshpki(["cluster-cacerts", "--rekey", "c2"])
        .succeeds();
    let said = workspace.meshpki(["cluster-cacerts", "c2"]).succeeds();
    assert!(said.starts_with("c2: up to date, expires "), "{said}");
}

#[test]
fn what_a_lost_certificate_said_is_read_in_the_chain() {
    let workspace = with_clusters(&[]);
    let flags = ["--org", "Foo", "--days", "30", "--san-dns", "x.y"];
    let arguments = ["cluster-cacerts", "--key-type", "p256", "c1"];
    workspace.meshpki(arguments.iter().chain(&flags)).succeeds();
    std::fs::remove_file(workspace.join("c1/ca-cert.pem")).unwrap();
    workspace
        .meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    workspace
        .meshpki(["cluster-cacerts", "c1"].iter().chain(&flags))
        .succeeds();
}
