//! `meshpki verify`, held against the `openssl` program: the same verdicts, lines and streams.

mod common;

use std::process::{Command, Stdio};

use common::pki::{AT, CA, LEAF, Pki, zoo};
use common::{Run, Workspace, has};
use rayon::prelude::*;

/// What the `openssl` program says to the same, as the version inside this one would say it, and
/// without the lines of its error queue, which name threads and source lines.
fn openssl(pki: &Pki, line: &str) -> Run {
    let own = "verify -no-CAfile -no-CApath -no-CAstore";
    let names = if line.contains("-nameopt") {
        ""
    } else {
        "-nameopt oneline"
    };
    let mut command = Command::new("openssl");
    command
        .current_dir(pki.0.path())
        .args(own.split(' '))
        .args(names.split_whitespace())
        .args(line.split(' '));
    let mut run = Run::of(&mut command);
    let lines = run.stderr.lines().filter(|line| !line.contains(":error:"));
    run.stderr = lines.flat_map(|line| [line, "\n"]).collect();
    // The words of error 9 since OpenSSL 3.5.
    run.stderr = run.stderr.replace(
        "certificate is not yet valid\n",
        "certificate is not yet valid or the system clock is incorrect\n",
    );
    run
}

#[test]
fn lines_verdicts_and_streams_are_those_of_openssl() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let targets = "root.pem twin.pem inter.pem leaf.pem leaf.der leafold.pem leaflate.pem leafbelow.pem leafnoca.pem leaflax.pem leafnamed.pem leafpoliced.pem client.pem odd.pem alone.pem strange.pem forged.pem";
    let anchors = [
        "-CAfile root.pem",
        "-CAfile both.pem -untrusted intermediates.pem",
        "-CAfile rootcrl.pem -untrusted intermediates.pem",
        "-CAfile reject.pem -untrusted inter.pem",
        "-CApath roots -untrusted intermediates.pem",
        "-trusted twin.pem -trusted root.pem -untrusted inter.pem",
        "-trusted inter.pem",
        "-trusted alone.pem -untrusted root.pem -untrusted intermediates.pem",
        "-CAfile root.pem -untrusted old.pem",
    ];
    let options = [
        "",
        "-partial_chain -show_chain",
        "-x509_strict -check_ss_sig",
        "-no_check_time",
        "-verify_depth 0",
        "-auth_level 4",
        "-purpose sslserver",
        "-verify_name ssl_client",
        "-verify_hostname a.example.com",
        "-verify_email a@example.com",
        "-verify_ip 10.0.0.2",
        "-ignore_critical -trusted_first -no_alt_chains -allow_proxy_certs",
        "-policy 1.2.3.4 -policy_check -policy_print",
        "-policy_check -policy 1.2.3.9 -explicit_policy -inhibit_any -inhibit_map",
        "-crl_check",
        "-crl_check -CRLfile revoked.crl",
        "-crl_check_all -CRLfile inter.crl -CRLfile root.crl",
        "-crl_check -CRLfile old.crl -extended_crl",
        "-crl_check -CRLfile late.crl -use_deltas",
        "-suiteB_128",
        "-suiteB_192",
        "-suiteB_128_only",
        "-attime 1",
        "-attime 4102444800",
    ];
    let pairs = anchors
        .iter()
        .flat_map(|anchors| options.iter().map(move |options| (anchors, options)));
    pairs.par_bridge().for_each(|(anchors, options)| {
        // Since OpenSSL 3.6 no CRL is wanted for a self-signed certificate, and the policies that
        // were found are gone once none is acceptable.
        let left_out = match options {
            options if options.contains("crl_check") => "root.pem twin.pem alone.pem",
            options if options.contains("-explicit_policy") => "leafpoliced.pem",
            _ => "",
        };
        let is_left_out = |target: &&str| left_out.split(' ').any(|left_out| left_out == *target);
        let targets = targets.split(' ').filter(|target| !is_left_out(target));
        let has_time = options.contains("time");
        let at = if has_time { "" } else { "-attime 1893456000" };
        let options = [*anchors, *options, at]
            .into_iter()
            .flat_map(str::split_whitespace);
        let line = options.chain(targets).collect::<Vec<_>>().join(" ");
        let (theirs, ours) = (openssl(&pki, &line), pki.verify(&format!("-q {line}")));
        assert_eq!(ours.stderr, theirs.stderr, "{line}");
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
        assert_eq!(ours.status, theirs.status, "{line}");
    });
}

#[test]
fn names_are_printed_as_nameopt_says() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    pki.issue("a", "/O=\u{e4} \"x\", y/CN=\u{1b}[31mred\n", "a", CA);
    for names in [
        "RFC2253",
        "oneline,-esc_msb",
        "sep_multiline,lname,esc_ctrl,utf8",
        "utf8,esc_ctrl,dn_rev",
    ] {
        let line = format!("-nameopt {names} -attime {AT} a.pem");
        let (theirs, ours) = (openssl(&pki, &line), pki.verify(&format!("-q {line}")));
        assert_eq!(ours.stderr, theirs.stderr, "{names}");
    }
    let run = pki.verify(&format!("-q -nameopt sname -attime {AT} a.pem"));
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
}

#[test]
fn the_others_in_the_file_are_its_intermediates() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let ok = |line: &str, stdout: &str| {
        let run = pki.verify(&format!("--at 2030-01-01T00:00:00Z {line}"));
        assert_eq!((run.stderr.as_str(), run.stdout.as_str()), ("", stdout));
        assert_eq!(run.status, Some(0));
    };
    ok("--CAfile root.pem chain.pem", "chain.pem: OK\n");
    ok(
        "-CAfile root.pem --show-chain chain.pem",
        "chain.pem: OK\nChain:\ndepth=0: O = Istio, CN = leaf (untrusted)\ndepth=1: O = Istio, CN = Intermediate CA (untrusted)\ndepth=2: O = Istio, CN = Root CA\n",
    );
    ok(
        "-CAfile root.pem --each chain.pem",
        "chain.pem, certificate 1: OK\nchain.pem, certificate 2: OK\n",
    );
}

#[test]
fn stdin_and_process_substitution_are_files_too() {
    if !has("bash") || !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let mut command = pki.0.meshpki_command();
    let program = command.get_program().to_owned();
    command = {
        let mut bash = Command::new("bash");
        bash.current_dir(pki.0.path()).arg("-c");
        bash
    };
    let script = format!(
        "cat chain.pem | \"$0\" verify -attime {AT} -CAfile <(cat root.pem) && \"$0\" verify -attime {AT} -CAfile <(cat root.pem) - <chain.pem && \"$0\" verify -attime {AT} -CAfile root.pem -untrusted <(cat inter.pem) leaf.pem"
    );
    let run = Run::of(command.arg(script).arg(program));
    assert_eq!(run.succeeds(), "stdin: OK\nstdin: OK\nleaf.pem: OK\n");
}

#[test]
fn a_hint_names_stdin_as_a_command_does() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let mut command = pki.0.meshpki_command();
    let leaf = std::fs::File::open(pki.0.join("leaf.pem")).unwrap();
    let root = ["verify", "--CAfile", "root.pem", "--attime", AT, "-"];
    let output = command.args(root).stdin(leaf).output().unwrap();
    let run = Run::from(output);
    let end = "error stdin: verification failed\n";
    assert!(run.stderr.contains(end), "{run:?}");
    let hint = "hint: give the issuer's certificate: meshpki verify --CAfile root.pem --untrusted ISSUER -\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    let mut command = pki.0.meshpki_command();
    let anchors = std::fs::File::open(pki.0.join("root.pem")).unwrap();
    let leaf = ["verify", "--CAfile", "-", "--attime", AT, "leaf.pem"];
    let run = Run::from(command.args(leaf).stdin(anchors).output().unwrap());
    assert!(run.stderr.contains("stdin, line 1: "), "{run:?}");
    let hint = "meshpki verify --CAfile - --untrusted ISSUER leaf.pem\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
}

#[test]
fn of_an_object_it_is_said_which_certificate_is_verified() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let secret = workspace.meshpki(["secret", "cluster1"]).succeeds();
    workspace.write("objects/secret.yaml", secret);
    let trust = ["verify", "--CAfile", "root-cert.pem"];
    let run = workspace.meshpki(trust.iter().chain(&["objects/secret.yaml"]));
    assert_eq!(
        run.stderr,
        "the certificate verified: objects/secret.yaml, Secret istio-system/cacerts, ca-cert.pem\n"
    );
    assert_eq!(run.succeeds(), "objects/secret.yaml: OK\n");
    let run = workspace.meshpki(trust.iter().chain(&["--each", "objects/secret.yaml"]));
    let first = run.succeeds();
    let first = first.lines().next();
    assert_eq!(
        first,
        Some("objects/secret.yaml, Secret istio-system/cacerts, ca-cert.pem: OK")
    );
    let secret = workspace
        .meshpki(["secret", "cluster1", "--type", "tls"])
        .succeeds();
    workspace.write("objects/tls.yaml", secret);
    let run = workspace.meshpki(trust.iter().chain(&["objects/tls.yaml"]));
    assert_eq!(
        run.stderr,
        "the certificate verified: objects/tls.yaml, Secret istio-system/cacerts, tls.crt\n"
    );
    assert_eq!(run.succeeds(), "objects/tls.yaml: OK\n");
}

#[test]
fn the_root_beside_the_file_or_one_folder_up_is_trusted_and_told_of() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let run = workspace.meshpki(["verify", "cluster1/ca-cert.pem", "cluster1/root-cert.pem"]);
    assert_eq!(
        run.stderr,
        "trust anchors: cluster1/root-cert.pem\ntrust anchors: root-cert.pem\n"
    );
    assert_eq!(
        run.succeeds(),
        "cluster1/ca-cert.pem: OK\ncluster1/root-cert.pem: OK\n"
    );
    let run = workspace.meshpki(["verify", "-q", "cluster1/cert-chain.pem"]);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("cluster1/cert-chain.pem: OK\n", "")
    );
}

#[test]
fn a_trust_file_that_is_no_trust_file_is_an_error_and_never_passed_over() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.0.write("empty.pem", "");
    pki.join("damaged.pem", &["root.pem"]);
    let damaged = pki.0.read_text("damaged.pem").replacen("MII", "!!!", 1);
    pki.join("half.pem", &["root.pem"]);
    pki.0
        .write("half.pem", pki.0.read_text("root.pem") + &damaged);
    pki.0.write("sub/root-cert.pem", "");
    pki.join("sub/leaf.pem", &["leaf.pem"]);
    pki.join("root-cert.pem", &["root.pem"]);
    let before = pki.0.snapshot();
    let hint =
        "hint: name a file with a certificate in it: PEM, DER, PKCS#7 or a Kubernetes object\n";
    for (line, message) in [
        (
            "-CAfile missing.pem leaf.pem",
            "error: cannot read missing.pem: No such file or directory (os error 2)\n".to_owned(),
        ),
        (
            "-CAfile empty.pem leaf.pem",
            format!("error: empty.pem: there is no certificate in it: it is empty\n{hint}"),
        ),
        (
            "-trusted root.key leaf.pem",
            format!("error: root.key: there is no certificate in it: what is in it is a private key\n{hint}"),
        ),
        (
            "-CAfile half.pem leaf.pem",
            "error: half.pem, line 13: the CERTIFICATE block on line 13 cannot be read: it is not valid base64\nhint: a file of trust anchors is taken whole or not at all\n".replace("13", &(pki.0.read_text("root.pem").lines().count() + 1).to_string()),
        ),
        (
            "-CApath . leaf.pem",
            "error: .: no file in it is named by the hash of its subject\nhint: --CApath names a folder that `openssl rehash` was run on\n".to_owned(),
        ),
        (
            "-CAfile root.pem -CRLfile root.pem leaf.pem",
            "error: root.pem: there is no CRL in it\nhint: name a file with a CRL in it, in PEM or DER\n".to_owned(),
        ),
        (
            "sub/leaf.pem",
            "error: sub/root-cert.pem: there is no certificate in it: it is empty\nhint: it is what is trusted where nothing else is named: mend it, or name what is trusted: --CAfile FILE\n".to_owned(),
        ),
    ] {
        pki.verify(line).fails(1, &message);
    }
    assert_eq!(pki.0.snapshot(), before);
}

#[test]
fn several_files_are_answered_in_order_and_the_worst_is_the_status() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let line = "-q -attime 1893456000 -CAfile root.pem leaf.pem chain.pem inter.pem";
    let run = pki.verify(line);
    assert_eq!(run.stdout, "chain.pem: OK\ninter.pem: OK\n");
    assert_eq!(run.status, Some(2));
    let run = pki.verify(&format!("{line} missing.pem chain.pem"));
    assert_eq!(run.stdout, "chain.pem: OK\ninter.pem: OK\nchain.pem: OK\n");
    assert!(
        run.stderr
            .ends_with("error: cannot read missing.pem: No such file or directory (os error 2)\n"),
        "{run:?}"
    );
    assert_eq!(run.status, Some(1));

    let names: Vec<String> = (0..600)
        .map(|number| format!("many/{number}.pem"))
        .collect();
    for name in &names {
        pki.0.write(name, pki.0.read("inter.pem"));
    }
    let arguments = ["verify", "-attime", AT, "-CAfile", "root.pem"].map(str::to_owned);
    let run = pki.0.meshpki(arguments.iter().chain(&names));
    let wanted: String = names.iter().flat_map(|name| [name, ": OK\n"]).collect();
    assert_eq!(run.succeeds(), wanted);
}

#[test]
fn answers_keep_their_order_where_both_streams_are_one() {
    let pki = zoo();
    let mut sh = Command::new("sh");
    let line = "\"$0\" verify -q --at $1 --CAfile root.pem -- root.pem leaf.pem root.pem twin.pem root.pem 2>&1";
    sh.current_dir(pki.0.path())
        .args(["-c", line, env!("CARGO_BIN_EXE_meshpki"), AT]);
    let run = Run::of(&mut sh);
    let told = run.stdout.lines().filter(|line| line.contains(".pem"));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "root.pem: OK",
            "error leaf.pem: verification failed",
            "root.pem: OK",
            "error twin.pem: verification failed",
            "root.pem: OK"
        ]
    );
    assert_eq!(run.status, Some(2));
}

#[test]
fn an_x509_svid_keeps_its_rules_and_is_the_one_expected() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let id = "subjectAltName=URI:spiffe://cluster.local/ns/foo/sa/bar\nextendedKeyUsage=serverAuth,clientAuth\n";
    pki.issue("svid", "/O=Istio", "inter", &format!("{LEAF}{id}"));
    let loose = LEAF.replace("critical,digitalSignature", "digitalSignature,cRLSign");
    pki.issue("loose", "/O=Istio", "inter", &format!("{loose}{id}"));
    let base = "-attime 1893456000 -CAfile root.pem -untrusted inter.pem";
    let run = pki.verify(&format!(
        "{base} --spiffe-id spiffe://cluster.local/ns/foo/sa/bar --trust-domain td,cluster.local svid.pem"
    ));
    assert_eq!(run.succeeds(), "svid.pem: OK\n");
    pki.verify(&format!("{base} --trust-domain td svid.pem")).fails(
        2,
        "O = Istio\n\
         error X509-SVID at 0 depth: its trust domain is cluster.local, and not td (--trust-domain)\n\
         error svid.pem: verification failed\n",
    );
    pki.verify(&format!("{base} --trust-domain cluster.local loose.pem")).fails(
        2,
        "O = Istio\n\
         error X509-SVID at 0 depth: keyUsage has cRLSign, which a leaf must not have (X509-SVID §5.2)\n\
         error X509-SVID at 0 depth: keyUsage is not critical, which it must be (X509-SVID §4.3)\n\
         error loose.pem: verification failed\n",
    );
    pki.verify(&format!("{base} --spiffe-id spiffe://cluster.local/ns/foo/sa/bar inter.pem")).fails(
        2,
        "O = Istio, CN = Intermediate CA\n\
         error X509-SVID at 0 depth: basicConstraints says CA:TRUE: it is a signing certificate, and identifies nobody (X509-SVID §5.2)\n\
         error X509-SVID at 0 depth: keyUsage has keyCertSign, which a leaf must not have (X509-SVID §5.2)\n\
         error X509-SVID at 0 depth: keyUsage has cRLSign, which a leaf must not have (X509-SVID §5.2)\n\
         error X509-SVID at 0 depth: keyUsage lacks digitalSignature, which a leaf must have (X509-SVID §4.3)\n\
         error X509-SVID at 0 depth: it has no URI SAN, and so no SPIFFE ID (X509-SVID §2)\n\
         error inter.pem: verification failed\n",
    );
}

#[test]
fn answers_are_data_with_o_json() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let run =
        pki.verify("-q -attime 1893456000 -CAfile root.pem -o json chain.pem leaf.pem missing.pem");
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(1)));
    let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let certificate = |name: &str, subject: &str, issuer: &str| {
        serde_json::json!({
            "subject": subject, "issuer": issuer,
            "sha256Fingerprint": pki.fingerprint(name), "notAfter": "2050-01-01T00:00:00Z",
        })
    };
    let step = |depth: usize, trusted: bool, mut certificate: serde_json::Value| {
        certificate["depth"] = depth.into();
        certificate["trusted"] = trusted.into();
        certificate
    };
    let leaf = certificate(
        "leaf",
        "O = Istio, CN = leaf",
        "O = Istio, CN = Intermediate CA",
    );
    let inter = certificate(
        "inter",
        "O = Istio, CN = Intermediate CA",
        "O = Istio, CN = Root CA",
    );
    let root = certificate("root", "O = Istio, CN = Root CA", "O = Istio, CN = Root CA");
    let wanted = serde_json::json!({
        "apiVersion": "meshpki/v1", "kind": "Verification",
        "items": [
            {
                "file": "chain.pem", "verdict": "ok", "certificate": leaf, "trustAnchors": ["root.pem"],
                "path": [step(0, false, leaf.clone()), step(1, false, inter), step(2, true, root)],
                "errors": [],
            },
            {
                "file": "leaf.pem", "verdict": "failed", "certificate": leaf, "trustAnchors": ["root.pem"],
                "path": [step(0, false, leaf.clone())],
                "errors": [{
                    "code": 20, "text": "unable to get local issuer certificate", "depth": 0, "crlPath": false,
                    "certificate": leaf,
                    "explanation": [
                        format!("wanted: the issuer of \"O = Istio, CN = leaf\": \"O = Istio, CN = Intermediate CA\", key identifier {}", pki.key_identifier("inter")),
                        "root.pem, line 1: \"O = Istio, CN = Root CA\", expires 2050-01-01: another name",
                    ],
                    "hint": "give the issuer's certificate: meshpki verify --CAfile root.pem --untrusted ISSUER leaf.pem",
                }],
            },
            {
                "file": "missing.pem", "verdict": "unreadable", "trustAnchors": [], "path": [], "errors": [],
                "reason": "cannot read missing.pem: No such file or directory (os error 2)",
            },
        ],
    });
    assert_eq!(list, wanted);
}

#[test]
fn a_hint_is_data_that_names_the_folder_worked_in() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.join("sub/leaf.pem", &["leaf.pem"]);
    let run = pki.verify("-C sub -CAfile ../root.pem -o json leaf.pem");
    assert_eq!(run.status, Some(2));
    let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        list["items"][0]["errors"][0]["hint"],
        "give the issuer's certificate: meshpki -C sub verify --CAfile ../root.pem --untrusted ISSUER leaf.pem"
    );
}

#[test]
fn a_file_that_is_no_object_after_all_is_told_of_in_words() {
    let workspace = Workspace::with_clusters(&[]);
    workspace.write("ca.cnf", "[ca]\ndefault_ca=d\n");
    workspace.meshpki(["verify", "ca.cnf"]).fails(
        1,
        "error: ca.cnf: it cannot be read: it is not valid JSON: expected value at line 1 column 2\n",
    );
    // But with PEM in it, it is text around PEM.
    let root = workspace.read_text("root-cert.pem");
    for (file, head) in [("a.pem", "[mesh roots]\n"), ("b.pem", "{ of our mesh\n")] {
        workspace.write(file, head.to_owned() + &root);
        let run = workspace.meshpki(["verify", "--CAfile", file, file]);
        assert_eq!(run.stderr, "");
        assert_eq!(run.succeeds(), format!("{file}: OK\n"));
    }
}

#[test]
fn a_wrong_command_line_is_64() {
    let workspace = Workspace::with_clusters(&[]);
    for (line, message) in [
        (
            "-purpose nothing",
            "error: \"nothing\" is no purpose that OpenSSL knows\n",
        ),
        (
            "-verify_name nothing",
            "error: \"nothing\" is no set of parameters that OpenSSL knows\n",
        ),
        (
            "-policy x/y",
            "error: \"x/y\" is no policy: it is not an object identifier\n",
        ),
        (
            "-attime soon",
            "error: invalid value 'soon' for '--at <TIME>': it is neither RFC 3339 (2026-01-31T12:00:00Z) nor seconds since 1970\n",
        ),
        (
            "-verify_ip ten",
            "error: invalid value 'ten' for '--verify_ip <IP>': invalid IP address syntax\n",
        ),
        (
            "-trusted a -CAfile b",
            "error: the argument '--trusted <FILE>' cannot be used with '--CAfile <FILE>'\n",
        ),
        ("--CAfil b", "error: unexpected argument '--CAfil' found\n"),
    ] {
        let arguments = ["verify"].into_iter().chain(line.split(' '));
        let run = workspace.meshpki(arguments.chain(["root-cert.pem"]));
        assert!(run.stderr.starts_with(message), "{run:?}");
        assert_eq!((run.status, run.stdout.as_str()), (Some(64), ""), "{line}");
    }
}

#[test]
fn nothing_raw_reaches_the_terminal() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    let names = "subjectAltName=DNS:a\u{1b}[31m\u{202e}x,URI:spiffe://a\u{7}/b\n";
    pki.issue(
        "bad",
        "/CN=\u{1b}]0;x\u{7}\u{202e}name",
        "bad",
        &format!("{LEAF}{names}"),
    );
    let name = "a\u{1b}[2J\n.pem";
    std::fs::copy(pki.0.join("bad.pem"), pki.0.join(name)).unwrap();
    for options in [
        &["--trust-domain", "td", "-verify_hostname", "x"][..],
        &["-nameopt", "utf8", "-show_chain", "-CAfile", name],
        &["-o", "json"],
    ] {
        let run = pki.0.meshpki(
            ["verify", "-attime", AT]
                .iter()
                .chain(options)
                .chain(&[name]),
        );
        for text in [&run.stdout, &run.stderr] {
            let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(raw), "{run:?}");
        }
    }
    let run = pki.0.meshpki(["verify", "-q", "-attime", AT, name]);
    assert_eq!(
        run.stderr,
        "CN = \"\\1B]0;x\\07\\E2\\80\\AEname\"\n\
         error 18 at 0 depth lookup: self-signed certificate\n\
         error a\\1B[2J\\0A.pem: verification failed\n"
    );
}

#[test]
fn hostile_files_are_refused_and_end() {
    let workspace = Workspace::with_clusters(&[]);
    workspace.write("empty", "");
    workspace.write("junk", [0xFF, 0x00, 0x30, 0x84].repeat(4096));
    workspace.write("begin", "-----BEGIN CERTIFICATE-----\n".repeat(40_000));
    workspace.write("deep", [0x30, 0x80].repeat(100_000));
    workspace.write("long", vec![b'x'; (2 << 20) + 1]);
    for (file, reason) in [
        ("empty", "there is no certificate in it: it is empty"),
        (
            "junk",
            "there is no certificate in it: it is binary data, and no DER of a certificate",
        ),
        (
            "begin",
            "line 1: the CERTIFICATE block on line 1 cannot be read: it has no END line",
        ),
        (
            "deep",
            "there is no certificate in it: it is binary data, and no DER of a certificate",
        ),
        ("long", "it is longer than 2097152 octets"),
        (".", "it is a folder"),
        ("/dev/zero", "it is a device, and no file"),
        ("/dev/null", "it is a device, and no file"),
    ] {
        let run = workspace.meshpki([
            "verify",
            "--max-size",
            "2M",
            "-CAfile",
            "root-cert.pem",
            file,
        ]);
        assert!(run.stderr.contains(reason), "{file}: {run:?}");
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{file}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let mut command = workspace.meshpki_command();
    let mut child = command
        .args(["verify", "-q"])
        .args(vec!["cluster1/ca-cert.pem"; 2000])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn nothing_is_asked_for_and_nothing_is_read_of_openssls_configuration() {
    let workspace = Workspace::with_clusters(&["cluster1"]);
    let key = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAQID\n-----END CERTIFICATE-----\n";
    workspace.write("locked.pem", key);
    let mut command = workspace.meshpki_command();
    command.env("OPENSSL_CONF", "/nonexistent/openssl.cnf");
    command.args(["verify", "locked.pem"]);
    Run::of(&mut command).fails(
        1,
        "error: locked.pem, line 1: the CERTIFICATE block on line 1 cannot be read: it is encrypted\n",
    );
}

/// Usual keys and signatures are verified with few of OpenSSL's algorithms, all others with all of
/// them, and a path may have both.
#[test]
fn whatever_keys_and_signatures_a_path_has_the_verdict_is_that_of_openssl() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    let run = |line: &str| pki.0.run("openssl", line.split_whitespace());
    let pss = "rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32";
    let kinds = [
        ("rsa", "RSA -pkeyopt rsa_keygen_bits:1024".to_owned()),
        (
            "pss",
            format!("RSA-PSS -pkeyopt rsa_keygen_bits:1024 -pkeyopt {pss}"),
        ),
        ("p256", "EC -pkeyopt ec_paramgen_curve:P-256".to_owned()),
        ("p521", "EC -pkeyopt ec_paramgen_curve:P-521".to_owned()),
        ("k256", "EC -pkeyopt ec_paramgen_curve:secp256k1".to_owned()),
        (
            "explicit",
            "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit".to_owned(),
        ),
        ("ed25519", "ED25519".to_owned()),
    ];
    for (kind, options) in &kinds {
        run(&format!("genpkey -out {kind}.key -algorithm {options}"));
    }
    let digests = ["-sha256", "-sha512", "-sha1", "-sha224"];
    let padded = "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    let certify = "req -config ca.cnf -x509 -new -days 100";
    let same = |line: &str| {
        let (theirs, ours) = (openssl(&pki, line), pki.verify(&format!("-q {line}")));
        assert_eq!(ours.stderr, theirs.stderr, "{line}");
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
        assert_eq!(ours.status, theirs.status, "{line}");
    };
    let mut leaves = Vec::new();
    for (number, (kind, _)) in kinds.iter().enumerate() {
        let own = format!("-key {kind}.key -subj /CN={kind} -out {kind}.pem");
        run(&format!("{certify} {own}"));
        let signatures = match *kind {
            "rsa" => [digests.as_slice(), &["-sha3-256", padded]].concat(),
            "pss" | "ed25519" => vec!["-sha256"],
            _ => digests.to_vec(),
        };
        for (at, signature) in signatures.iter().enumerate() {
            let key = kinds[(number + at) % kinds.len()].0;
            let file = format!("{kind}{at}.pem");
            let leaf = format!("{signature} -key {key}.key -subj /CN=leaf -out {file}");
            run(&format!(
                "{certify} -CA {kind}.pem -CAkey {kind}.key {leaf}"
            ));
            for option in ["", "-auth_level 1 ", "-check_ss_sig "] {
                same(&format!("{option}-CAfile {kind}.pem {file} {kind}.pem"));
            }
            leaves.push(file);
        }
    }
    // One after the other in a process: after a usual one comes another, and the other way round.
    let roots = kinds
        .iter()
        .map(|(kind, _)| pki.0.read_text(format!("{kind}.pem")));
    pki.0.write("roots.pem", roots.collect::<String>());
    for _ in 0..2 {
        for some in leaves.chunks(3) {
            same(&format!("-CAfile roots.pem {}", some.join(" ")));
            same(&format!("-CAfile p256.pem {}", some.join(" ")));
        }
        leaves.reverse();
    }
    // Many are shared out: no thread may come upon OpenSSL while another sets it up.
    for _ in 0..8 {
        same(&format!("-CAfile p256.pem {}", leaves.join(" ")));
        same(&format!("-trusted ed25519.pem {}", leaves.join(" ")));
    }
    // OpenSSL reads what is in a folder by itself.
    run("rehash .");
    same("-CApath . p2560.pem ed255190.pem pss0.pem");
}
