//! `meshpki verify`, held against the `openssl` program: the same verdicts, lines and streams.

mod common;

use std::process::{Command, Stdio};

use common::{Run, Workspace, has};

/// As of when certificates are verified: 2030-01-01.
const AT: &str = "1893456000";
const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
const LEAF: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
const CA_CONF: &str = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\npreserve=yes\nunique_subject=no\ncrlnumber=crlnumber\n[p]\norganizationName=optional\ncommonName=optional\n[req]\ndistinguished_name=n\nstring_mask=utf8only\n[n]\n";

/// A folder in which `openssl ca` makes certificates, valid from 2020 to 2050.
struct Pki(Workspace);

impl Pki {
    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.write("ca.cnf", CA_CONF);
        workspace.write("index.txt", "");
        workspace.write("crlnumber", "01\n");
        Self(workspace)
    }

    /// One with root.pem, inter.pem below it, and leaf.pem below that.
    fn with_chain() -> Self {
        let pki = Self::new();
        pki.issue("root", "/O=Istio/CN=Root CA", "root", CA);
        pki.issue("inter", "/O=Istio/CN=Intermediate CA", "root", CA);
        pki.issue("leaf", "/O=Istio/CN=leaf", "inter", LEAF);
        pki.join("chain.pem", &["leaf.pem", "inter.pem"]);
        pki
    }

    /// NAME.pem and NAME.key, issued by `issuer`; by itself, if that is `name`.
    fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.key(name);
        let dates = ["20200101000000Z", "20500101000000Z"];
        self.issue_between(name, name, subject, issuer, extensions, dates);
    }

    fn key(&self, name: &str) {
        let key = format!("{name}.key");
        let arguments = [
            "ecparam",
            "-name",
            "prime256v1",
            "-genkey",
            "-noout",
            "-out",
        ];
        self.0
            .run("openssl", arguments.iter().chain(&[key.as_str()]));
    }

    /// NAME.pem, over the key KEY.key.
    fn issue_between(
        &self,
        name: &str,
        key: &str,
        subject: &str,
        issuer: &str,
        extensions: &str,
        [begins, ends]: [&str; 2],
    ) {
        let file = |extension: &str| format!("{name}.{extension}");
        self.0.write(file("ext"), extensions);
        let (csr, ext, pem) = (file("csr"), file("ext"), file("pem"));
        let (subject_key, issuer_key) = (format!("{key}.key"), format!("{issuer}.key"));
        let request = format!(
            "req -new -config ca.cnf -utf8 -key {subject_key} -out {csr} -multivalue-rdn -subj"
        );
        let words = request.split(' ').filter(|word| *word != "-multivalue-rdn");
        self.0.run("openssl", words.chain([subject]));
        let sign = format!(
            "ca -batch -config ca.cnf -in {csr} -out {pem} -notext -startdate {begins} -enddate {ends} -extfile {ext} -keyfile"
        );
        let mut words: Vec<_> = sign.split(' ').collect();
        let issuer_pem = format!("{issuer}.pem");
        if issuer == name {
            words.extend([subject_key.as_str(), "-selfsign"]);
        } else {
            words.extend([issuer_key.as_str(), "-cert", &issuer_pem]);
        }
        self.0.run("openssl", words);
    }

    /// FILE, a CRL of `issuer` on which are `revoked`.
    fn crl(&self, file: &str, issuer: &str, revoked: &[&str], [from, until]: [&str; 2]) {
        let lines = revoked.iter().map(|name| {
            let serial = self.x509(name, "-serial");
            let serial = serial.trim().trim_start_matches("serial=").to_owned();
            format!("R\t500101000000Z\t210101000000Z\t{serial}\tunknown\t/CN=x\n")
        });
        self.0.write("index.txt", lines.collect::<String>());
        let (pem, key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let sign = format!(
            "ca -gencrl -config ca.cnf -cert {pem} -keyfile {key} -out {file} -crl_lastupdate {from} -crl_nextupdate {until}"
        );
        self.0.run("openssl", sign.split(' '));
    }

    /// FILE, of the contents of `parts`.
    fn join(&self, file: &str, parts: &[&str]) {
        let parts: Vec<_> = parts.iter().map(|part| self.0.read_text(part)).collect();
        self.0.write(file, parts.concat());
    }

    /// What `openssl x509` says of NAME.pem.
    fn x509(&self, name: &str, what: &str) -> String {
        let file = format!("{name}.pem");
        let arguments = ["x509", "-in", &file, "-noout", "-sha256"];
        self.0
            .run("openssl", arguments.into_iter().chain(what.split(' ')))
    }

    fn key_identifier(&self, name: &str) -> String {
        let text = self.x509(name, "-ext subjectKeyIdentifier");
        text.lines().last().unwrap().trim().to_owned()
    }

    fn fingerprint(&self, name: &str) -> String {
        let text = self.x509(name, "-fingerprint");
        text.trim().split_once('=').unwrap().1.to_owned()
    }

    fn verify(&self, line: &str) -> Run {
        self.0
            .meshpki(["verify"].into_iter().chain(line.split(' ')))
    }
}

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
    run.stderr = lines.map(|line| format!("{line}\n")).collect();
    // The words of error 9 since OpenSSL 3.5.
    run.stderr = run.stderr.replace(
        "certificate is not yet valid\n",
        "certificate is not yet valid or the system clock is incorrect\n",
    );
    run
}

/// Certificates of many kinds, all in one folder.
fn zoo() -> Pki {
    let pki = Pki::with_chain();
    let issue = |name, subject, issuer, extensions: String| {
        pki.issue(name, subject, issuer, &extensions);
    };
    pki.issue("twin", "/O=Istio/CN=Root CA", "twin", CA);
    let short = ["20200101000000Z", "20250101000000Z"];
    let late = ["20400101000000Z", "20500101000000Z"];
    pki.issue_between(
        "old",
        "inter",
        "/O=Istio/CN=Intermediate CA",
        "root",
        CA,
        short,
    );
    pki.issue_between("leafold", "leaf", "/O=Istio/CN=leaf", "inter", LEAF, short);
    pki.issue_between("leaflate", "leaf", "/O=Istio/CN=leaf", "inter", LEAF, late);
    issue(
        "narrow",
        "/CN=Narrow",
        "root",
        CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"),
    );
    issue("below", "/CN=Below", "narrow", CA.to_owned());
    issue("leafbelow", "/CN=leaf below", "below", LEAF.to_owned());
    issue("noca", "/CN=No CA", "root", LEAF.to_owned());
    issue("leafnoca", "/CN=leaf of no CA", "noca", LEAF.to_owned());
    issue("lax", "/CN=Lax", "root", CA.replace("critical,CA", "CA"));
    let bare = "basicConstraints=CA:FALSE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n";
    issue("leaflax", "/CN=leaf of lax", "lax", bare.to_owned());
    issue(
        "named",
        "/CN=Named",
        "root",
        format!("{CA}nameConstraints=critical,permitted;DNS:.example.com\n"),
    );
    issue(
        "leafnamed",
        "/CN=leaf elsewhere",
        "named",
        format!("{LEAF}subjectAltName=DNS:a.example.org\n"),
    );
    issue(
        "policed",
        "/CN=Policed",
        "root",
        format!(
            "{CA}certificatePolicies=1.2.3.4,@p\n[p]\npolicyIdentifier=1.2.3.5\nCPS.1=http://a/\nuserNotice.1=@n\n[n]\nexplicitText=text\norganization=Org\nnoticeNumbers=1,2\n"
        ),
    );
    issue(
        "leafpoliced",
        "/CN=leaf policed",
        "policed",
        format!("{LEAF}certificatePolicies=1.2.3.4,1.2.3.5\n"),
    );
    let names = "subjectAltName=DNS:a.example.com,email:a@example.com,IP:10.0.0.1\nextendedKeyUsage=clientAuth\n";
    issue("client", "/CN=client", "inter", format!("{LEAF}{names}"));
    issue(
        "odd",
        "/CN=odd",
        "root",
        format!("{LEAF}1.2.3.4.5=critical,ASN1:UTF8String:x\n"),
    );
    issue("alone", "/O=Istio/CN=alone", "alone", LEAF.to_owned());
    issue(
        "strange",
        "/O=\u{e4} \"x\", y/CN=\u{1b}[31m\u{202e}red",
        "root",
        LEAF.to_owned(),
    );
    let until = ["20200101000000Z", "20500101000000Z"];
    pki.crl("inter.crl", "inter", &[], until);
    pki.crl("root.crl", "root", &["inter"], until);
    pki.crl("revoked.crl", "inter", &["leaf"], until);
    pki.crl(
        "old.crl",
        "inter",
        &[],
        ["20200101000000Z", "20210101000000Z"],
    );
    pki.crl(
        "late.crl",
        "inter",
        &[],
        ["20400101000000Z", "20500101000000Z"],
    );
    let text = pki.0.read_text("leaf.pem");
    // The last characters of the base64 are of the signature.
    let end = text
        .find("=\n")
        .unwrap_or_else(|| text.find("\n-----END").unwrap())
        - 5;
    let other = if &text[end..=end] == "A" { "B" } else { "A" };
    pki.0.write(
        "forged.pem",
        format!("{}{other}{}", &text[..end], &text[end + 1..]),
    );
    pki.join(
        "intermediates.pem",
        &[
            "inter.pem",
            "narrow.pem",
            "below.pem",
            "noca.pem",
            "lax.pem",
            "named.pem",
            "policed.pem",
        ],
    );
    pki.join("both.pem", &["root.pem", "twin.pem"]);
    pki.join("rootcrl.pem", &["root.pem", "root.crl", "inter.crl"]);
    pki.0.run(
        "openssl",
        "x509 -in root.pem -addreject serverAuth -trustout -out reject.pem".split(' '),
    );
    pki.0.run(
        "openssl",
        "x509 -in leaf.pem -outform DER -out leaf.der".split(' '),
    );
    std::fs::create_dir(pki.0.join("roots")).unwrap();
    let hash = pki.x509("root", "-subject_hash");
    pki.0
        .write(format!("roots/{}.0", hash.trim()), pki.0.read("root.pem"));
    pki
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
    for anchors in anchors {
        for options in options {
            let at = if options.contains("time") {
                ""
            } else {
                " -attime 1893456000"
            };
            // Since OpenSSL 3.6 no CRL is wanted for a self-signed certificate.
            let targets = if options.contains("crl_check") {
                targets
                    .replace("root.pem twin.pem ", "")
                    .replace("alone.pem ", "")
            } else if options.contains("-explicit_policy") {
                // Since OpenSSL 3.6 the policies that were found are gone once none is acceptable.
                targets.replace("leafpoliced.pem ", "")
            } else {
                targets.to_owned()
            };
            let line = format!("{anchors} {options}{at} {targets}");
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let (theirs, ours) = (openssl(&pki, &line), pki.verify(&format!("-q {line}")));
            assert_eq!(ours.stderr, theirs.stderr, "{line}");
            assert_eq!(ours.stdout, theirs.stdout, "{line}");
            assert_eq!(ours.status, theirs.status, "{line}");
        }
    }
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
fn a_certificate_does_not_vouch_for_itself() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let fingerprint = pki.fingerprint("root");
    std::fs::create_dir_all(pki.0.join("a/b")).unwrap();
    std::fs::copy(pki.0.join("root.pem"), pki.0.join("a/b/root-cert.pem")).unwrap();
    pki.join("a/b/all.pem", &["leaf.pem", "inter.pem", "root.pem"]);
    pki.verify("--at 1893456000 a/b/root-cert.pem").fails(
        2,
        &format!(
            "O = Istio, CN = Root CA\n\
             error 18 at 0 depth lookup: self-signed certificate\n\
             error a/b/root-cert.pem: verification failed\n  \
             the path ends at \"O = Istio, CN = Root CA\", which is self-signed and not trusted (SHA-256 {fingerprint})\n  \
             in itself the file is consistent: its path leads to \"O = Istio, CN = Root CA\", for which nothing here vouches\n  \
             nothing is trusted: no --CAfile, and no root-cert.pem beside the file or one folder up\n\
             hint: say what is trusted: meshpki verify --CAfile ROOT a/b/root-cert.pem\n"
        ),
    );
    std::fs::remove_file(pki.0.join("a/b/root-cert.pem")).unwrap();
    pki.verify("--at 1893456000 a/b/all.pem").fails(
        2,
        &format!(
            "O = Istio, CN = Root CA\n\
             error 19 at 2 depth lookup: self-signed certificate in certificate chain\n\
             error a/b/all.pem: verification failed\n  \
             the path ends at \"O = Istio, CN = Root CA\", which is self-signed and not trusted (SHA-256 {fingerprint})\n  \
             in itself the file is consistent: its path leads to \"O = Istio, CN = Root CA\", for which nothing here vouches\n  \
             nothing is trusted: no --CAfile, and no root-cert.pem beside the file or one folder up\n\
             hint: say what is trusted: meshpki verify --CAfile ROOT a/b/all.pem\n"
        ),
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
            "error: half.pem, line 13: the CERTIFICATE block on line 13: it is not valid base64\nhint: a file of trust anchors is taken whole or not at all\n".replace("13", &(pki.0.read_text("root.pem").lines().count() + 1).to_string()),
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
            format!("error: sub/root-cert.pem: there is no certificate in it: it is empty\n{hint}"),
        ),
    ] {
        pki.verify(line).fails(1, &message);
    }
    assert_eq!(pki.0.snapshot(), before);
}

#[test]
fn the_issuer_that_is_missing_is_named_and_what_was_looked_at() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.issue("twin", "/O=Istio/CN=Root CA", "twin", CA);
    pki.issue("stray", "/CN=stray", "twin", LEAF);
    let wanted = pki.key_identifier("inter");
    pki.verify("-attime 1893456000 -CAfile root.pem leaf.pem").fails(
        2,
        &format!(
            "O = Istio, CN = leaf\n\
             error 20 at 0 depth lookup: unable to get local issuer certificate\n\
             error leaf.pem: verification failed\n  \
             wanted: the issuer of \"O = Istio, CN = leaf\": \"O = Istio, CN = Intermediate CA\", key identifier {wanted}\n  \
             root.pem, line 1: \"O = Istio, CN = Root CA\", expires 2050-01-01: another name\n\
             hint: give the issuer's certificate: meshpki verify --CAfile root.pem --untrusted ISSUER leaf.pem\n"
        ),
    );
    let (wanted, other) = (pki.key_identifier("twin"), pki.key_identifier("root"));
    pki.verify("-attime 1893456000 -CAfile root.pem stray.pem").fails(
        2,
        &format!(
            "CN = stray\n\
             error 20 at 0 depth lookup: unable to get local issuer certificate\n\
             error stray.pem: verification failed\n  \
             wanted: the issuer of \"CN = stray\": \"O = Istio, CN = Root CA\", key identifier {wanted}\n  \
             root.pem, line 1: \"O = Istio, CN = Root CA\", expires 2050-01-01: the same name, but another key (key identifier {other})\n\
             hint: there are two CAs of the same name: have the certificate issued anew by the one that is trusted, or trust both: meshpki bundle add ROOT\n"
        ),
    );
    let (twin, root) = (pki.fingerprint("twin"), pki.fingerprint("root"));
    pki.verify("-attime 1893456000 -CAfile root.pem twin.pem").fails(
        2,
        &format!(
            "O = Istio, CN = Root CA\n\
             error 18 at 0 depth lookup: self-signed certificate\n\
             error twin.pem: verification failed\n  \
             the path ends at \"O = Istio, CN = Root CA\", which is self-signed and not trusted (SHA-256 {twin})\n  \
             root.pem, line 1: \"O = Istio, CN = Root CA\", expires 2050-01-01: the same name, but another key (SHA-256 {root})\n\
             hint: there are two CAs of the same name: have the certificate issued anew by the one that is trusted, or trust both: meshpki bundle add ROOT\n"
        ),
    );
    let wanted = pki.key_identifier("root");
    pki.verify("-attime 1893456000 -trusted inter.pem leaf.pem").fails(
        2,
        &format!(
            "O = Istio, CN = Intermediate CA\n\
             error 2 at 1 depth lookup: unable to get issuer certificate\n\
             error leaf.pem: verification failed\n  \
             wanted: the issuer of \"O = Istio, CN = Intermediate CA\": \"O = Istio, CN = Root CA\", key identifier {wanted}\n  \
             inter.pem, line 1: \"O = Istio, CN = Intermediate CA\", expires 2050-01-01: another name\n  \
             \"O = Istio, CN = Intermediate CA\" is trusted, and it is not self-signed: the path has to go on to a root\n\
             hint: give the root too (--CAfile FILE), or let the path end there: meshpki verify --partial_chain --trusted inter.pem leaf.pem\n"
        ),
    );
}

#[test]
fn the_right_key_that_has_expired_is_told_of() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    pki.key("old");
    let short = ["20200101000000Z", "20250101000000Z"];
    let plain = "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n";
    pki.issue_between("old", "old", "/CN=Root", "old", plain, short);
    pki.issue("new", "/CN=Root", "new", plain);
    pki.issue("leaf", "/CN=leaf", "old", &plain.replace("TRUE", "FALSE"));
    pki.join("roots.pem", &["new.pem", "old.pem"]);
    let line = 1 + pki.0.read_text("new.pem").lines().count();
    pki.verify("-attime 1893456000 -CAfile roots.pem leaf.pem").fails(
        2,
        &format!(
            "CN = leaf\n\
             error 7 at 0 depth lookup: certificate signature failure\n\
             error leaf.pem: verification failed\n  \
             \"CN = leaf\" is not signed by the key of \"CN = Root\", though it names it as its issuer: another key of that name signed it, or it was altered\n  \
             roots.pem, line {line}: \"CN = Root\", expires 2025-01-01: the right key, but it expired on 2025-01-01\n\
             hint: renew the CA whose key is the right one, or take the other of that name out of the files\n"
        ),
    );
}

/// The lines that explain, without those of openssl.
fn explained(run: &Run) -> Vec<&str> {
    let lines = run.stderr.lines();
    lines
        .skip_while(|line| !line.ends_with("verification failed"))
        .skip(1)
        .collect()
}

#[test]
fn every_error_is_explained() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let trust = "-CAfile root.pem -untrusted intermediates.pem";
    for (line, lines) in [
        (
            "-attime 4102444800 root.pem",
            vec![
                "  \"O = Istio, CN = Root CA\" expired on 2050-01-01T00:00:00Z, and it is verified as of 2100-01-01T00:00:00Z",
                "hint: renew it; whether it was good until then: meshpki verify --at 2050-01-01T00:00:00Z root.pem",
            ],
        ),
        (
            "-attime 1 leaf.pem",
            vec![
                "  \"O = Istio, CN = Root CA\" is valid from 2020-01-01T00:00:00Z, and it is verified as of 1970-01-01T00:00:01Z",
                "hint: look at the clock; or see whether it will hold: --at TIME",
            ],
        ),
        (
            "-attime 1893456000 leafnoca.pem",
            vec![
                "  \"CN = No CA\" signed another certificate of the path and is no CA: its basicConstraints says CA:FALSE",
                "  \"CN = No CA\": key usage does not include certificate signing: a certificate that signs others has keyCertSign in keyUsage, if it has keyUsage (RFC 5280 §4.2.1.3)",
                "hint: issue the certificate below it from a CA, or give the CA of the same name if there is one: --untrusted FILE",
            ],
        ),
        (
            "-attime 1893456000 leafbelow.pem",
            vec![
                "  \"CN = Narrow\" allows 0 CAs below it (pathLenConstraint, RFC 5280 §4.2.1.9), and below it are \"CN = Below\"",
                "hint: issue the lowest CA's certificate from a CA that allows one below it",
            ],
        ),
        (
            "-attime 1893456000 -purpose sslserver client.pem",
            vec![
                "  \"CN = client\" is not for sslserver: its extKeyUsage has clientAuth, and its keyUsage has digitalSignature",
                "hint: --purpose any leaves purposes aside",
            ],
        ),
        (
            "-attime 1893456000 odd.pem",
            vec![
                "  \"CN = odd\" has a critical extension that OpenSSL does not know; its critical extensions are 2.5.29.19, 2.5.29.15, 1.2.3.4.5",
                "hint: --ignore_critical passes over it, at your own risk",
            ],
        ),
        (
            "-attime 1893456000 -verify_hostname b.example.com client.pem",
            vec!["  \"CN = client\" is good for the DNS names a.example.com"],
        ),
        (
            "-attime 1893456000 -verify_ip 10.0.0.2 client.pem",
            vec!["  \"CN = client\" is good for the IP addresses 10.0.0.1"],
        ),
        (
            "-attime 1893456000 leafnamed.pem",
            vec![
                "  a CA above \"CN = leaf elsewhere\" has nameConstraints that a name of it is outside of; its names are a.example.org",
                "hint: issue it with names that the CA may certify, or from another CA",
            ],
        ),
        (
            "-attime 1893456000 -auth_level 4 leaf.pem",
            vec![
                "  \"O = Istio, CN = leaf\" has an EC key of 256 bits and is signed with ECDSA and SHA-256",
                "hint: issue it anew with a stronger key or digest, or ask for less: --auth_level 1",
            ],
        ),
        (
            "-attime 1893456000 -crl_check -CRLfile root.crl leaf.pem",
            vec![
                "  wanted: the CRL of \"O = Istio, CN = Intermediate CA\", for \"O = Istio, CN = leaf\"; the CRLs given are of \"O = Istio, CN = Root CA\"",
                "hint: give it: --CRLfile FILE",
            ],
        ),
        (
            "-attime 1893456000 -crl_check -CRLfile old.crl leaf.pem",
            vec![
                "  the CRL of \"O = Istio, CN = Intermediate CA\" was to be replaced by 2021-01-01T00:00:00Z, and it is 2030-01-01T00:00:00Z",
                "hint: fetch the CRL anew from its issuer",
            ],
        ),
        (
            "-attime 1893456000 -crl_check -CRLfile revoked.crl leaf.pem",
            vec![
                "  \"O = Istio, CN = leaf\" was revoked on 2021-01-01T00:00:00Z by \"O = Istio, CN = Intermediate CA\"",
                "hint: it is not to be used any more: issue another",
            ],
        ),
        (
            "-attime 1893456000 -x509_strict leaflax.pem",
            vec![
                "  \"CN = leaf of lax\": Key usage keyCertSign invalid for non-CA cert: keyCertSign in keyUsage is for CAs alone (RFC 5280 §4.2.1.3)",
                "  \"CN = leaf of lax\": Missing Authority Key Identifier: every certificate but a self-signed one has an authority key identifier (RFC 5280 §4.2.1.1)",
                "  \"CN = Lax\": Basic Constraints of CA cert not marked critical: basicConstraints of a CA is critical (RFC 5280 §4.2.1.9)",
            ],
        ),
    ] {
        let run = pki.verify(&format!("{trust} {line}"));
        assert_eq!(explained(&run), lines, "{line}");
        assert_eq!(run.status, Some(2), "{line}");
    }
}

#[test]
fn a_crl_without_crl_check_is_used_and_that_is_said() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.crl(
        "crl.pem",
        "inter",
        &["leaf"],
        ["20200101000000Z", "20500101000000Z"],
    );
    let run = pki.verify("-attime 1893456000 -CAfile root.pem -CRLfile crl.pem chain.pem");
    let said = "--CRLfile without --crl_check: it is looked whether the certificate itself is revoked; --crl_check_all looks along the whole path\n\
                O = Istio, CN = leaf\n\
                error 23 at 0 depth lookup: certificate revoked\n";
    assert!(run.stderr.starts_with(said), "{run:?}");
    assert_eq!(run.status, Some(2));
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
    let wanted: String = names.iter().map(|name| format!("{name}: OK\n")).collect();
    assert_eq!(run.succeeds(), wanted);
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
        "apiVersion": "meshpki/v1", "kind": "VerificationList",
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
    workspace.write("long", vec![b'x'; (16 << 20) + 1]);
    for (file, reason) in [
        ("empty", "there is no certificate in it: it is empty"),
        (
            "junk",
            "there is no certificate in it: it is binary data, and no DER of a certificate",
        ),
        (
            "begin",
            "line 1: the CERTIFICATE block on line 1: it has no END line",
        ),
        (
            "deep",
            "there is no certificate in it: it is binary data, and no DER of a certificate",
        ),
        ("long", "it is longer than 16777216 octets"),
        (".", "it is a folder"),
        ("/dev/zero", "it is a device, and no file"),
        ("/dev/null", "it is a device, and no file"),
    ] {
        let run = workspace.meshpki(["verify", "-CAfile", "root-cert.pem", file]);
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
        .args(["cluster1/ca-cert.pem"; 2000])
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
        "error: locked.pem, line 1: the CERTIFICATE block on line 1: it is encrypted\n",
    );
}
