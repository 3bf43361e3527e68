//! Settings: a flag goes before the environment, the environment before the file, the file before
//! the built-in default; and `meshpki init`, which writes the file.

mod common;

use common::{Run, Workspace, has};
use meshpki::config::DEFAULTS;
use meshpki::pki::certificate::Certificate;

/// One setting, with a value for each place that it can be set in.
struct Setting {
    key: &'static str,
    flag: &'static [&'static str],
    variable: Option<(&'static str, &'static str)>,
    file: &'static str,
    /// What the result says with the flag, the variable, the file's value and the default.
    seen: [&'static str; 4],
}

const ROOT_CA: [Setting; 4] = [
    Setting {
        key: "root-ca.organization",
        flag: &["--org", "Flag"],
        variable: Some(("ROOTCA_ORG", "Variable")),
        file: "\"File\"",
        seen: ["O = Flag,", "O = Variable,", "O = File,", "O = Istio,"],
    },
    Setting {
        key: "root-ca.common-name",
        flag: &["--cn", "Flag"],
        variable: Some(("ROOTCA_CN", "Variable")),
        file: "\"File\"",
        seen: [
            "CN = Flag;",
            "CN = Variable;",
            "CN = File;",
            "CN = Root CA;",
        ],
    },
    Setting {
        key: "root-ca.days",
        flag: &["--days", "1"],
        variable: Some(("ROOTCA_DAYS", "2")),
        file: "3",
        seen: ["; 1 days", "; 2 days", "; 3 days", "; 3650 days"],
    },
    Setting {
        key: "mesh.trust-domain",
        flag: &["--trust-domain", "flag"],
        variable: None,
        file: "\"file\"",
        seen: ["[URI:spiffe://flag]", "", "[URI:spiffe://file]", "[]"],
    },
];

const CLUSTER_CACERTS: [Setting; 6] = [
    Setting {
        key: "cluster-cacerts.organization",
        flag: &["--org", "Flag"],
        variable: Some(("INTERMEDIATE_ORG", "Variable")),
        file: "\"File\"",
        seen: ["O = Flag,", "O = Variable,", "O = File,", "O = Istio,"],
    },
    Setting {
        key: "cluster-cacerts.common-name",
        flag: &["--cn", "Flag"],
        variable: Some(("INTERMEDIATE_CN", "Variable")),
        file: "\"File\"",
        seen: [
            "CN = Flag,",
            "CN = Variable,",
            "CN = File,",
            "CN = Intermediate CA,",
        ],
    },
    Setting {
        key: "cluster-cacerts.days",
        flag: &["--days", "1"],
        variable: Some(("INTERMEDIATE_DAYS", "2")),
        file: "3",
        seen: ["; 1 days", "; 2 days", "; 3 days", "; 3650 days"],
    },
    Setting {
        key: "cluster-cacerts.san-dns",
        flag: &["--san-dns", "flag.a", "--san-dns", "flag.b"],
        variable: Some(("INTERMEDIATE_SAN_DNS", "variable.a,variable.b")),
        file: "[\"file.a\", \"file.b\"]",
        seen: [
            "[DNS:flag.a DNS:flag.b]",
            "[DNS:variable.a DNS:variable.b]",
            "[DNS:file.a DNS:file.b]",
            "[DNS:istiod.istio-system.svc]",
        ],
    },
    Setting {
        key: "cluster-cacerts.chain-with-root",
        flag: &["--chain-without-root"],
        variable: None,
        file: "false",
        seen: ["chain of 1", "", "chain of 1", "chain of 2"],
    },
    Setting {
        key: "mesh.trust-domain",
        flag: &["--trust-domain", "flag"],
        variable: None,
        file: "\"file\"",
        seen: ["URI:spiffe://flag]", "", "URI:spiffe://file]", "svc]"],
    },
];

const KEY_TYPES: [Setting; 2] = [
    Setting {
        key: "root-ca.key-type",
        flag: &["--key-type", "p256"],
        variable: Some(("ROOTCA_KEYSZ", "2048")),
        file: "\"p384\"",
        seen: ["ECDSA P-256", "RSA 2048", "ECDSA P-384", "RSA 4096"],
    },
    Setting {
        key: "cluster-cacerts.key-type",
        flag: &["--key-type", "p256"],
        variable: Some(("INTERMEDIATE_KEYSZ", "2048")),
        file: "\"p384\"",
        seen: [
            "a new key, p256",
            "a new key, rsa-2048",
            "a new key, p384",
            "a new key, rsa-4096",
        ],
    },
];

/// Where nobody can be asked for a passphrase, no key is made that was to be encrypted.
const ENCRYPT_KEY: Setting = Setting {
    key: "root-ca.encrypt-key",
    flag: &["--encrypt-key"],
    variable: None,
    file: "true",
    seen: [
        "nobody can be asked for a passphrase",
        "",
        "nobody can be asked for a passphrase",
        "-----BEGIN PRIVATE KEY-----",
    ],
};

const SECRET: [Setting; 2] = [
    Setting {
        key: "secret.namespace",
        flag: &["-n", "flag"],
        variable: Some(("ISTIO_NAMESPACE", "variable")),
        file: "\"file\"",
        seen: [
            "namespace: \"flag\"",
            "namespace: \"variable\"",
            "namespace: \"file\"",
            "namespace: \"istio-system\"",
        ],
    },
    Setting {
        key: "secret.name",
        flag: &["--name", "flag"],
        variable: None,
        file: "\"file\"",
        seen: ["name: \"flag\"", "", "name: \"file\"", "name: \"cacerts\""],
    },
];

const WORKLOAD_CERTS: [Setting; 9] = [
    Setting {
        key: "workload-certs.cluster",
        flag: &["--cluster", "flag"],
        variable: None,
        file: "\"file\"",
        seen: ["by L = flag;", "", "by L = file;", ""],
    },
    Setting {
        key: "workload-certs.service-account",
        flag: &["--service-account", "flag"],
        variable: Some(("SERVICE_ACCOUNT", "variable")),
        file: "\"file\"",
        seen: [
            "/ns/foo/sa/flag]",
            "/ns/foo/sa/variable]",
            "/ns/foo/sa/file]",
            "/ns/foo/sa/default]",
        ],
    },
    Setting {
        key: "workload-certs.organization",
        flag: &["--org", "Flag"],
        variable: None,
        file: "\"File\"",
        seen: ["\nO = Flag;", "", "\nO = File;", "\n; "],
    },
    Setting {
        key: "workload-certs.common-name",
        flag: &["--cn", "Flag"],
        variable: Some(("WORKLOAD_CN", "Variable")),
        file: "\"File\"",
        seen: ["\nCN = Flag;", "\nCN = Variable;", "\nCN = File;", "\n; "],
    },
    Setting {
        key: "workload-certs.days",
        flag: &["--days", "3"],
        variable: Some(("WORKLOAD_DAYS", "4")),
        file: "5",
        seen: ["; 3 days", "; 4 days", "; 5 days", "; 1 days"],
    },
    Setting {
        key: "workload-certs.key-type",
        flag: &["--key-type", "rsa-2048"],
        variable: None,
        file: "\"p384\"",
        seen: ["RSA 2048", "", "ECDSA P-384", "ECDSA P-256"],
    },
    Setting {
        key: "workload-certs.dns",
        flag: &["--dns", "flag.a", "--dns", "flag.b", "--dns", "flag.a"],
        variable: None,
        file: "[\"file.a\"]",
        seen: [
            "sa/default DNS:flag.a DNS:flag.b]",
            "",
            "sa/default DNS:file.a]",
            "sa/default]",
        ],
    },
    Setting {
        key: "workload-certs.chain-with-root",
        flag: &["--chain-with-root"],
        variable: None,
        file: "true",
        seen: ["chain of 3", "", "chain of 3", "chain of 2"],
    },
    Setting {
        key: "workload-certs.grace-ratio",
        flag: &["--grace-ratio", "0"],
        variable: Some(("SECRET_GRACE_PERIOD_RATIO", "0.25")),
        file: "1",
        seen: [
            "renewed in 0.00 of it",
            "renewed in 0.25 of it",
            "renewed in 1.00 of it",
            "renewed in 0.50 of it",
        ],
    },
];

/// What clusters may ask for: no flag and no variable goes before the file, and what each of them
/// refuses is in tests/sign_refusals.rs.
const SIGN: [&str; 7] = [
    "sign.clusters",
    "sign.common-names",
    "sign.key-types",
    "sign.max-days",
    "sign.organizations",
    "sign.san-dns",
    "sign.trust-domains",
];

/// The certificate in one line.
fn describe(pem: &[u8]) -> String {
    let certificates = Certificate::all_from_pem(pem).expect("certificates");
    let certificate = &certificates[0];
    let names: Vec<_> = certificate
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "{}; {} days; {}; [{}]; chain of {}",
        certificate.subject(),
        certificate
            .validity()
            .expect("a period")
            .length()
            .whole_days(),
        certificate.public_key().expect("a key").kind(),
        names.join(" "),
        certificates.len()
    )
}

fn root_ca(workspace: &Workspace, run: impl Fn(&[&str]) -> Run) -> String {
    run(&["root-ca"]).succeeds();
    let seen = describe(&workspace.read("root-cert.pem"));
    workspace.remove_root();
    seen
}

fn cluster_cacerts(workspace: &Workspace, run: impl Fn(&[&str]) -> Run) -> String {
    run(&["cluster-cacerts", "cluster1"]).succeeds();
    let seen = describe(&workspace.read("cluster1/cert-chain.pem"));
    std::fs::remove_dir_all(workspace.join("cluster1")).unwrap();
    seen
}

/// Which CA has issued it, in which part of its lifetime it is renewed, and what it says.
fn workload_certs(workspace: &Workspace, run: impl Fn(&[&str]) -> Run) -> String {
    let run = run(&["workload-certs", "foo"]);
    if run.stderr.starts_with("error: several clusters are here") {
        return String::new();
    }
    let printed = run.succeeds();
    let chain = workspace.read("foo/cert-chain.pem");
    std::fs::remove_dir_all(workspace.join("foo")).unwrap();
    let certificate = Certificate::all_from_pem(&chain).unwrap().remove(0);
    let issuer = certificate.issuer();
    let (_, cluster) = issuer.rsplit_once(", ").expect("a cluster");
    let from = printed
        .split("renewed      from ")
        .nth(1)
        .expect("a moment");
    let from = from.split(' ').next().expect("a moment");
    let from = time::OffsetDateTime::parse(from, &time::format_description::well_known::Rfc3339);
    let length = certificate.validity().expect("a period").length();
    let grace = (certificate.not_after() - from.expect("a moment")) / length;
    let seen = describe(&chain);
    format!("by {cluster}; renewed in {grace:.2} of it\n{seen}")
}

/// Each place goes before those behind it: the flag is given with all of them, the variable with
/// the file.
fn is_looked_up_in_order(
    workspace: &Workspace,
    setting: &Setting,
    seen: impl Fn(&dyn Fn(&[&str]) -> Run) -> String,
    more: &[&str],
) {
    let (section, key) = setting.key.split_once('.').expect("section.key");
    for (place, expected) in setting.seen.into_iter().enumerate() {
        let (flag, variable, file) = (place == 0, place <= 1, place <= 2);
        if place == 1 && setting.variable.is_none() {
            continue;
        }
        let text = format!("[{section}]\n{key} = {}\n", setting.file);
        workspace.write("meshpki.toml", if file { &text } else { "" });
        let run = |arguments: &[&str]| {
            let mut command = workspace.meshpki_command();
            command.args(arguments).args(more);
            if flag {
                command.args(setting.flag);
            }
            if let Some((name, value)) = setting.variable.filter(|_| variable) {
                command.env(name, value);
            }
            Run::of(&mut command)
        };
        let seen = seen(&run);
        assert!(seen.contains(expected), "{} {place}: {seen}", setting.key);
    }
}

#[test]
fn the_settings_of_root_ca_are_looked_up_in_order() {
    let workspace = Workspace::new();
    for setting in &ROOT_CA {
        let seen = |run: &dyn Fn(&[&str]) -> Run| root_ca(&workspace, run);
        is_looked_up_in_order(&workspace, setting, seen, &["--key-type", "p256"]);
    }
}

#[test]
fn the_settings_of_cluster_cacerts_are_looked_up_in_order() {
    let workspace = Workspace::with_clusters(&[]);
    for setting in &CLUSTER_CACERTS {
        let seen = |run: &dyn Fn(&[&str]) -> Run| cluster_cacerts(&workspace, run);
        is_looked_up_in_order(&workspace, setting, seen, &["--key-type", "p256"]);
    }
}

#[test]
fn the_kinds_of_keys_are_looked_up_in_order() {
    let workspace = Workspace::new();
    let seen = |run: &dyn Fn(&[&str]) -> Run| root_ca(&workspace, run);
    is_looked_up_in_order(&workspace, &KEY_TYPES[0], seen, &[]);
    let workspace = Workspace::with_clusters(&[]);
    let dry_run = ["cluster-cacerts", "--dry-run", "cluster1"];
    let seen = |run: &dyn Fn(&[&str]) -> Run| run(&dry_run).succeeds();
    is_looked_up_in_order(&workspace, &KEY_TYPES[1], seen, &[]);
}

#[test]
fn the_settings_of_workload_certs_are_looked_up_in_order() {
    let workspace = Workspace::with_clusters(&["flag"]);
    let (one, several) = WORKLOAD_CERTS.split_at(1);
    for setting in several {
        let seen = |run: &dyn Fn(&[&str]) -> Run| workload_certs(&workspace, run);
        is_looked_up_in_order(&workspace, setting, seen, &[]);
    }
    workspace.write("meshpki.toml", "");
    let another = ["cluster-cacerts", "--key-type", "p256", "file"];
    workspace.meshpki(another).succeeds();
    let seen = |run: &dyn Fn(&[&str]) -> Run| workload_certs(&workspace, run);
    is_looked_up_in_order(&workspace, &one[0], seen, &[]);
}

#[test]
fn whether_the_root_key_is_encrypted_is_looked_up_in_order() {
    let workspace = Workspace::new();
    let seen = |run: &dyn Fn(&[&str]) -> Run| {
        let run = run(&["root-ca", "--key-type", "p256"]);
        match run.status {
            Some(0) => workspace.read_text("root-key.pem"),
            _ => run.stderr,
        }
    };
    is_looked_up_in_order(&workspace, &ENCRYPT_KEY, seen, &[]);
}

#[test]
fn the_settings_of_secret_are_looked_up_in_order() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    for setting in &SECRET {
        let seen = |run: &dyn Fn(&[&str]) -> Run| run(&["secret", "cluster1"]).succeeds();
        is_looked_up_in_order(&workspace, setting, seen, &[]);
    }
}

#[test]
fn every_setting_of_the_file_is_tested_here() {
    let defaults: toml::Table = DEFAULTS.parse().expect("TOML");
    let mut keys: Vec<_> = defaults
        .iter()
        .flat_map(|(section, settings)| {
            let settings = settings.as_table().expect("a section");
            settings.keys().map(move |key| format!("{section}.{key}"))
        })
        .collect();
    keys.sort_unstable();
    let settings = ROOT_CA.iter().chain(&CLUSTER_CACERTS);
    let settings = settings.chain(&KEY_TYPES).chain(&SECRET);
    let settings = settings.chain(&WORKLOAD_CERTS).chain([&ENCRYPT_KEY]);
    let mut tested: Vec<_> = settings.map(|setting| setting.key).chain(SIGN).collect();
    tested.sort_unstable();
    tested.dedup();
    assert_eq!(keys, tested);
}

#[test]
fn an_empty_variable_is_none() {
    let workspace = Workspace::new();
    let mut command = workspace.meshpki_command();
    command.args(["root-ca", "--key-type", "p256"]);
    let printed = Run::of(command.env("ROOTCA_ORG", "").env("ROOTCA_DAYS", "")).succeeds();
    assert!(printed.contains("O = Istio, CN = Root CA"), "{printed}");
}

#[test]
fn an_unusable_variable_is_named_with_what_would_be_right() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let before = workspace.snapshot();
    for (command, name, value, reason) in [
        (
            "cluster-cacerts",
            "INTERMEDIATE_DAYS",
            "ten",
            "\"ten\" is not a number of days: a whole number from 1 is wanted",
        ),
        (
            "cluster-cacerts",
            "INTERMEDIATE_KEYSZ",
            "1024",
            "\"1024\" is not a size of RSA key: 2048, 3072 or 4096 is wanted",
        ),
        (
            "cluster-cacerts",
            "INTERMEDIATE_SAN_DNS",
            "a_b",
            "\"a_b\" is not a DNS name: a label has other characters than letters, digits and hyphens",
        ),
        (
            "cluster-cacerts",
            "INTERMEDIATE_ORG",
            "a\u{1B}b",
            "the O of a name has the control character '\\u{1b}' in it",
        ),
        (
            "workload-certs",
            "SERVICE_ACCOUNT",
            "a/b",
            "\"a/b\" cannot be a service account: a label has other characters than letters, digits and hyphens (RFC 1123 §2.1)",
        ),
        (
            "workload-certs",
            "WORKLOAD_DAYS",
            "0",
            "\"0\" is not a number of days: a whole number from 1 is wanted",
        ),
        (
            "workload-certs",
            "SECRET_GRACE_PERIOD_RATIO",
            "50%",
            "\"50%\" is not a part of a lifetime: a number from 0 to 1 is wanted, such as 0.5",
        ),
        (
            "secret",
            "ISTIO_NAMESPACE",
            "A",
            "\"A\" cannot be a namespace: it has capital letters in it (RFC 1123 §2.1)",
        ),
    ] {
        let mut command_line = workspace.meshpki_command();
        let run = Run::of(command_line.args([command, "cluster1"]).env(name, value));
        run.fails(1, &format!("error: {name} in the environment: {reason}\n"));
    }
    assert_eq!(workspace.snapshot(), before);
}

#[test]
fn init_writes_every_setting_commented_out() {
    let workspace = Workspace::new();
    assert_eq!(workspace.meshpki(["init"]).succeeds(), "meshpki.toml\n");
    assert_eq!(workspace.mode("meshpki.toml"), 0o644);
    let text = workspace.read_text("meshpki.toml");
    let table: toml::Table = text.parse().expect("TOML");
    for (section, settings) in &table {
        assert!(
            settings.as_table().is_some_and(toml::Table::is_empty),
            "{section}"
        );
    }
    // With the settings put back, it is the file that the defaults are read from.
    let mut restored = String::new();
    for line in text.lines() {
        let setting = line.strip_prefix("# ").filter(|rest| {
            let key = rest.split(" = ").next().unwrap_or_default();
            rest.contains(" = ")
                && key
                    .bytes()
                    .all(|octet| octet == b'-' || octet.is_ascii_lowercase())
        });
        restored += setting.unwrap_or(line);
        restored.push('\n');
    }
    assert_eq!(restored, DEFAULTS);
    // Every setting has its comment: what it is, and what goes before it.
    for (above, line) in DEFAULTS.lines().zip(DEFAULTS.lines().skip(1)) {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(above.starts_with("# "), "{line}");
            assert!(above.ends_with(']') || above.ends_with("]."), "{line}");
        }
    }
}

#[test]
fn init_never_overwrites() {
    let workspace = Workspace::new();
    workspace.write("meshpki.toml", "# mine\n");
    workspace.meshpki(["init"]).fails(
        1,
        "error: meshpki.toml is there already\n\
         hint: move it away to get a new one: mv meshpki.toml meshpki.toml.old\n",
    );
    assert_eq!(workspace.read_text("meshpki.toml"), "# mine\n");
    assert_eq!(workspace.snapshot().len(), 1);
}

#[test]
fn a_setting_put_back_in_the_written_file_takes_effect() {
    let workspace = Workspace::new();
    workspace.meshpki(["init"]).succeeds();
    let text = workspace.read_text("meshpki.toml");
    let text = text.replacen("# organization = \"Istio\"", "organization = \"Acme\"", 1);
    let text = text.replacen("# key-type = \"rsa-4096\"", "key-type = \"p256\"", 1);
    workspace.write("meshpki.toml", text);
    let printed = workspace.meshpki(["root-ca"]).succeeds();
    assert!(printed.contains("O = Acme, CN = Root CA"), "{printed}");
    assert!(printed.contains("ECDSA P-256"), "{printed}");
}

#[test]
fn a_named_pipe_is_no_settings_and_no_cluster() {
    if !has("mkfifo") {
        return;
    }
    let workspace = Workspace::new();
    workspace.run("mkfifo", ["meshpki.toml", "c1"]);
    workspace
        .meshpki(["root-ca"])
        .fails(1, "error: cannot read meshpki.toml: it is not a file\n");
    std::fs::remove_file(workspace.join("meshpki.toml")).unwrap();
    workspace
        .meshpki(["secret", "c1"])
        .fails(1, "error: cannot read c1: Not a directory (os error 20)\n");
    std::os::unix::fs::symlink("missing", workspace.join("meshpki.toml")).unwrap();
    workspace.meshpki(["root-ca"]).fails(
        1,
        "error: cannot read meshpki.toml: No such file or directory (os error 2)\n",
    );
}
