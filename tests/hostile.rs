//! Inputs that mean harm: each gives a result or a clear error, soon, and nothing that a terminal
//! would act on.

mod common;

use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use common::{Run, Workspace, has};

/// DER, composed by hand: what no library writes.
fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut octets = vec![tag];
    if length < 0x80 {
        octets.push(u8::try_from(length).unwrap());
    } else {
        let digits: Vec<u8> = length
            .to_be_bytes()
            .into_iter()
            .skip_while(|&digit| digit == 0)
            .collect();
        octets.push(0x80 | u8::try_from(digits.len()).unwrap());
        octets.extend(digits);
    }
    octets.extend_from_slice(contents);
    octets
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

const ED25519: &[u8] = &[0x06, 0x03, 0x2B, 0x65, 0x70];

/// A certificate of made-up parts, with a signature that is none.
struct Forged {
    serial: Vec<u8>,
    common_name: (u8, Vec<u8>),
    not_after: Vec<u8>,
    spki: Vec<u8>,
    extensions: Vec<Vec<u8>>,
}

impl Forged {
    fn new() -> Self {
        Self {
            serial: vec![1],
            common_name: (0x0C, b"forged".to_vec()),
            not_after: b"360101000000Z".to_vec(),
            spki: sequence(&[
                sequence(&[ED25519.to_vec()]),
                tlv(3, &[&[0][..], &[7; 32]].concat()),
            ]),
            extensions: Vec::new(),
        }
    }

    fn extension(mut self, oid: &[u8], value: &[u8]) -> Self {
        self.extensions
            .push(sequence(&[tlv(6, oid), tlv(4, value)]));
        self
    }

    fn der(&self) -> Vec<u8> {
        let algorithm = sequence(&[ED25519.to_vec()]);
        let (tag, text) = &self.common_name;
        let attribute = sequence(&[tlv(6, &[0x55, 4, 3]), tlv(*tag, text)]);
        let name = sequence(&[tlv(0x31, &attribute)]);
        let validity = sequence(&[tlv(0x17, b"260101000000Z"), tlv(0x17, &self.not_after)]);
        let mut fields = vec![
            tlv(0xA0, &[2, 1, 2]),
            tlv(2, &self.serial),
            algorithm.clone(),
            name.clone(),
            validity,
            name,
            self.spki.clone(),
        ];
        if !self.extensions.is_empty() {
            fields.push(tlv(0xA3, &sequence(&self.extensions)));
        }
        sequence(&[sequence(&fields), algorithm, tlv(3, &[0; 65])])
    }
}

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1D, 0x11];

fn alternative_name(tag: u8, value: &[u8]) -> Vec<u8> {
    Forged::new()
        .extension(SUBJECT_ALT_NAME, &sequence(&[tlv(tag, value)]))
        .der()
}

/// Nothing that a terminal would act on is in `text`.
#[track_caller]
fn is_harmless(text: &str) {
    let harmful = |character: &char| character.is_control() && *character != '\n';
    assert_eq!(text.chars().find(harmful), None, "{text:?}");
    assert!(!text.contains(['\u{202E}', '\u{FFFD}']), "{text:?}");
}

/// `inspect` of `contents` in each form; the text.
#[track_caller]
fn inspect(workspace: &Workspace, contents: &[u8]) -> Run {
    workspace.write("input", contents);
    let is_long = contents.len() > 100_000;
    for form in [
        &["--short"][..],
        &["-o", "json"],
        &["-o", "yaml"],
        &["--dates", "--subject"],
    ]
    .into_iter()
    .filter(|_| !is_long)
    {
        let run = workspace.meshpki(["inspect", "input"].iter().chain(form));
        is_harmless(&(run.stdout + &run.stderr));
        assert!(matches!(run.status, Some(0 | 1)), "{:?}", run.status);
    }
    let run = workspace.meshpki(["inspect", "input"]);
    is_harmless(&run.stdout);
    is_harmless(&run.stderr);
    run
}

#[test]
#[allow(clippy::too_many_lines)] // It is a table.
fn what_is_no_certificate_is_named_in_one_line() {
    let workspace = Workspace::new();
    let block = |label: &str, body: &str| {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
    };
    let nothing = "there is no certificate in it: ";
    for (contents, reason) in [
        (b"".to_vec(), format!("{nothing}it is empty")),
        (
            b" \n\t\n".to_vec(),
            format!("{nothing}there are only blanks in it"),
        ),
        (
            b"x".to_vec(),
            format!("{nothing}it is text without a PEM block"),
        ),
        (
            b"0".repeat(100),
            format!("{nothing}it is text without a PEM block"),
        ),
        (
            vec![0; 5000],
            format!("{nothing}it is binary data, and no DER of a certificate"),
        ),
        (
            (0..=255).cycle().take(4000).collect(),
            format!("{nothing}it is binary data, and no DER of a certificate"),
        ),
        (
            b"\xFF\xFE-\0-\0-\0".to_vec(),
            format!("{nothing}it is UTF-16 text; PEM is ASCII"),
        ),
        (
            b"{\"a\": 1}".to_vec(),
            format!("{nothing}it is JSON without a certificate"),
        ),
        (
            block("CERTIFICATE", "!!!!"),
            "the CERTIFICATE block on line 1 cannot be read: it is not valid base64".to_owned(),
        ),
        (
            block("CERTIFICATE", "MIIB"),
            "the certificate on line 1 cannot be read: OpenSSL takes it for none".to_owned(),
        ),
        (
            block("CERTIFICATE", ""),
            "the certificate on line 1 cannot be read: OpenSSL takes it for none".to_owned(),
        ),
        (
            b"\n-----BEGIN CERTIFICATE-----\nMIIB\n".to_vec(),
            "the CERTIFICATE block on line 2 cannot be read: it has no END line".to_owned(),
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END X-----\n".to_vec(),
            "the CERTIFICATE block on line 1 cannot be read: its END line says X".to_owned(),
        ),
        (
            block(
                "CERTIFICATE",
                "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB",
            ),
            "the CERTIFICATE block on line 1 cannot be read: it is encrypted".to_owned(),
        ),
        (
            block("PUBLIC KEY", "MIIB"),
            "there is no certificate in it, but PUBLIC KEY".to_owned(),
        ),
        (
            block("OPENSSH PRIVATE KEY", "MIIB"),
            "there is no certificate in it, but an OpenSSH private key".to_owned(),
        ),
        (
            block("\u{1B}[31m", "MIIB"),
            "there is no certificate in it, but \\1B[31m".to_owned(),
        ),
    ] {
        workspace.write("input", &contents);
        let before = workspace.snapshot();
        workspace
            .meshpki(["inspect", "input"])
            .fails(1, &format!("error: input: {reason}\n"));
        assert_eq!(workspace.snapshot(), before);
        inspect(&workspace, &contents);
    }
    let encrypted = inspect(&workspace, &block("ENCRYPTED PRIVATE KEY", "MIIB"));
    assert_eq!(
        encrypted.stderr,
        "private key 1: input, line 1: encrypted key; it belongs to no certificate of the input\n"
    );
    assert_eq!(encrypted.succeeds(), "");
    let twice = [block("X", "MIIB"), block("Y", "MIIB")].concat();
    workspace.write("input", twice);
    workspace.meshpki(["inspect", "input"]).fails(
        1,
        "error: input: there is no certificate in it, but X and 1 more\n",
    );
    for wrong in ["[", "{\"a\": \"\u{1B}\"}", "kind: A\nkind: B\n"] {
        let run = inspect(&workspace, wrong.as_bytes());
        assert_eq!(run.status, Some(1));
        assert!(
            run.stderr
                .starts_with("error: input: it cannot be read: it is not valid "),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1);
    }
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    if !has("mkfifo") {
        return;
    }
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.join("folder")).unwrap();
    workspace.run("mkfifo", ["pipe"]);
    std::os::unix::fs::symlink("loop", workspace.join("loop")).unwrap();
    let hint = "hint: give what it holds on stdin, as the file -\n";
    for (name, error) in [
        (
            "folder",
            "error: cannot read folder: it is a folder\nhint: name a file in it\n".to_owned(),
        ),
        (
            "pipe",
            format!("error: cannot read pipe: it is a named pipe, and no file\n{hint}"),
        ),
        (
            "/dev/zero",
            format!("error: cannot read /dev/zero: it is a device, and no file\n{hint}"),
        ),
        (
            "loop",
            "error: cannot read loop: Too many levels of symbolic links (os error 40)\n".to_owned(),
        ),
        (
            "absent\u{1B}",
            "error: cannot read absent\\1B: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        workspace.meshpki(["inspect", name]).fails(1, &error);
    }
    let odd = std::ffi::OsStr::from_bytes(b"\xFF\n.pem");
    std::fs::write(workspace.join(odd), "x").unwrap();
    workspace
        .meshpki([std::ffi::OsStr::new("inspect"), odd])
        .fails(
            1,
            "error: \\FF\\0A.pem: there is no certificate in it: it is text without a PEM block\n",
        );
}

#[test]
fn what_is_too_long_is_refused_without_reading_on() {
    let workspace = Workspace::new();
    let error = |name: &str, limit: u64| {
        format!(
            "error: cannot read {name}: it is longer than {limit} octets\nhint: raise the limit: --max-size\n"
        )
    };
    let file = std::fs::File::create(workspace.join("huge")).unwrap();
    file.set_len(1 << 40).unwrap();
    workspace
        .meshpki(["inspect", "huge"])
        .fails(1, &error("huge", 64 << 20));
    workspace.write("input", "x".repeat(11));
    workspace
        .meshpki(["inspect", "--max-size", "10", "input"])
        .fails(1, &error("input", 10));

    let endless = std::fs::File::open("/dev/zero").unwrap();
    let mut command = workspace.meshpki_command();
    command
        .args(["inspect", "--max-size", "1M", "-"])
        .stdin(endless);
    let run = Run::from(command.output().unwrap());
    run.fails(1, &error("stdin", 1 << 20));
}

#[test]
fn long_inputs_without_a_certificate_are_one_scan() {
    let workspace = Workspace::new();
    let lines = "-----BEGIN CERTIFICATE-----\n";
    let megabytes = |text: &str| text.repeat((1 << 20) / text.len());
    for (contents, start) in [
        (
            vec![0; 4 << 20],
            "error: input: there is no certificate in it: it is binary",
        ),
        (
            megabytes("some text\n").into_bytes(),
            "error: input: there is no certificate in it: it is text",
        ),
        (
            megabytes("-").into_bytes(),
            "error: input: there is no certificate in it: it is text",
        ),
        (
            megabytes("-----BEGIN ").into_bytes(),
            "error: input: the  block on line 1 cannot be read: it has no END line\n",
        ),
        (
            megabytes("-----BEGIN -----").into_bytes(),
            "error: input: the  block on line 1 cannot be read: it has no END line\n",
        ),
        (
            megabytes(lines).into_bytes(),
            "error: input: the CERTIFICATE block on line 1 cannot be read: it has no END line\n",
        ),
        (
            megabytes("QUJD").into_bytes(),
            "error: input: there is no certificate in it: it is text",
        ),
        (
            megabytes("[").into_bytes(),
            "error: input: it cannot be read: it is not valid JSON",
        ),
        (
            format!("kind: A\na: {}", megabytes("[")).into_bytes(),
            "error: input: it cannot be read: it is not valid YAML",
        ),
        (
            format!("kind: A\n{}", megabytes("- ")).into_bytes(),
            "error: input: it cannot be read: it is not valid YAML",
        ),
        (
            [0x30, 0x80].repeat(1 << 18),
            "error: input: there is no certificate in it: it is ",
        ),
    ] {
        workspace.write("input", &contents);
        let run = workspace.meshpki(["inspect", "input"]);
        assert_eq!(run.status, Some(1));
        let shown: String = run.stderr.chars().take(200).collect();
        assert!(run.stderr.starts_with(start), "{shown}");
    }
}

#[test]
fn bombs_in_yaml_do_not_go_off() {
    let workspace = Workspace::new();
    let mut bomb = "kind: A\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{below}]\n");
    }
    let run = inspect(&workspace, bomb.as_bytes());
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr
            .starts_with("error: input: it cannot be read: it is not valid YAML: "),
        "{}",
        run.stderr
    );
    let long = format!(
        "kind: A\na: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a, ".repeat(10_000)
    );
    assert_eq!(inspect(&workspace, long.as_bytes()).status, Some(1));
}

#[test]
#[allow(clippy::too_many_lines)] // It is a table.
fn text_in_a_certificate_cannot_drive_the_terminal_or_forge_a_line() {
    let workspace = Workspace::new();
    let forged_line = b"x\n            X509v3 Basic Constraints: critical\n                CA:TRUE";
    for (tag, kind) in [(0x82, "DNS:"), (0x86, "URI:"), (0x81, "email:")] {
        let text = inspect(&workspace, &alternative_name(tag, forged_line)).succeeds();
        let line =
            "x\\0A            X509v3 Basic Constraints: critical\\0A                CA:TRUE\n";
        assert!(
            text.contains(&format!("                {kind}{line}")),
            "{text}"
        );
        let text = inspect(
            &workspace,
            &alternative_name(tag, b"a\x1B[31m\x07\r\x7F\xC2\x9B\xE2\x80\xAE\xFF"),
        )
        .succeeds();
        let escaped = "a\\1B[31m\\07\\0D\\7F\\C2\\9B\\E2\\80\\AE\\FF";
        assert!(text.contains(&format!("{kind}{escaped}\n")), "{text}");
    }
    // A NUL makes OpenSSL show the extension by its octets.
    let text = inspect(&workspace, &alternative_name(0x82, b"good.com\0.evil.com")).succeeds();
    assert!(text.contains("good.com..evil.com\n"), "{text}");

    let organization = sequence(&[tlv(6, &[0x55, 4, 10]), tlv(0x0C, b"Example")]);
    let strings: [(&str, &[u8], Vec<u8>); 11] = [
        (
            "URI:x\\0Ay\n",
            &[0x55, 0x1D, 0x1F],
            sequence(&[sequence(&[tlv(0xA0, &tlv(0x80, &tlv(0x86, b"x\ny")))])]),
        ),
        (
            "CPS: x\\0Ay\n",
            &[0x55, 0x1D, 0x20],
            sequence(&[sequence(&[
                tlv(6, &[0x2A, 3]),
                sequence(&[sequence(&[
                    tlv(6, &[0x2B, 6, 1, 5, 5, 7, 2, 1]),
                    tlv(0x16, b"x\ny"),
                ])]),
            ])]),
        ),
        (
            "Explicit Text: x\\0Ay\n",
            &[0x55, 0x1D, 0x20],
            sequence(&[sequence(&[
                tlv(6, &[0x2A, 3]),
                sequence(&[sequence(&[
                    tlv(6, &[0x2B, 6, 1, 5, 5, 7, 2, 2]),
                    sequence(&[tlv(0x0C, b"x\ny")]),
                ])]),
            ])]),
        ),
        // netscape-comment
        (
            "x\\0Ay\n",
            &[0x60, 0x86, 0x48, 1, 0x86, 0xF8, 0x42, 1, 13],
            tlv(0x16, b"x\ny"),
        ),
        (
            "OCSP - URI:x\\0Ay\n",
            &[0x2B, 6, 1, 5, 5, 7, 1, 1],
            sequence(&[sequence(&[
                tlv(6, &[0x2B, 6, 1, 5, 5, 7, 0x30, 1]),
                tlv(0x86, b"x\ny"),
            ])]),
        ),
        (
            "URI:x\\0Ay\n",
            &[0x55, 0x1D, 0x1F],
            sequence(&[sequence(&[tlv(0xA0, &tlv(0xA0, &tlv(0x86, b"x\ny")))])]),
        ),
        (
            "DNS:x\\0Ay\n",
            &[0x55, 0x1D, 0x1E],
            sequence(&[tlv(0xA0, &sequence(&[tlv(0x82, b"x\ny")]))]),
        ),
        // Strings in parts that are no strings (BER), and beside them what only looks like one.
        (
            "URI:U\\04\\0AExample\n",
            SUBJECT_ALT_NAME,
            sequence(&[tlv(0xA6, &organization)]),
        ),
        (
            "email:U.\\0AExample\n",
            &[0x55, 0x1D, 0x1E],
            sequence(&[tlv(
                0xA1,
                &[
                    sequence(&[tlv(0xA4, &sequence(&[tlv(0x31, &organization)]))]),
                    sequence(&[tlv(0xA1, &organization)]),
                ]
                .concat(),
            )]),
        ),
        (
            "CRL Issuer:\n                  DirName:O = Example\n",
            &[0x55, 0x1D, 0x1F],
            sequence(&[sequence(&[
                tlv(0xA0, &tlv(0xA0, &tlv(0x86, b"x\ny"))),
                tlv(0xA2, &tlv(0xA4, &sequence(&[tlv(0x31, &organization)]))),
            ])]),
        ),
        // An extension that nobody knows is shown by its octets.
        ("..x\\0Ay\\0D\n", &[0x2A, 3, 4], tlv(0x0C, b"x\ny\r")),
    ];
    // An extension in parts whose only part is as long as a key identifier: OpenSSL shows its octets.
    let mut in_parts = Forged::new();
    let identifier = tlv(4, b"0123456789\n123456789");
    let key_identifier = [tlv(6, &[0x55, 0x1D, 0x0E]), tlv(0x24, &identifier)];
    in_parts.extensions.push(sequence(&key_identifier));
    let text = inspect(&workspace, &in_parts.der()).succeeds();
    assert!(text.contains("0123456789\\0A123456789\n"), "{text}");
    // Likewise one in which there is what looks like another extension.
    let mut in_parts = Forged::new();
    let policy = sequence(&[tlv(6, b"*\n"), tlv(4, b"AB")]);
    let parts = sequence(&[tlv(6, &[0x55, 0x1D, 0x0E]), tlv(0x24, &policy)]);
    in_parts.extensions.push(parts);
    let text = inspect(&workspace, &in_parts.der()).succeeds();
    assert!(text.contains("                *\\0AAB\n"), "{text}");
    // Extensions in what is said to have nothing in it.
    let mut primitive = alternative_name(0x86, forged_line);
    let at = primitive
        .windows(2)
        .position(|tags| tags[0] == 0xA3)
        .unwrap();
    let sequence_of =
        at + 2 + usize::from(primitive[at + 1] & 0x7F) * usize::from(primitive[at + 1] >> 7);
    assert_eq!(primitive[sequence_of], 0x30);
    primitive[sequence_of] = 0x10;
    let text = inspect(&workspace, &primitive).succeeds();
    assert!(text.contains("URI:x\\0A   "), "{text}");
    for (shown, oid, value) in strings {
        let text = inspect(&workspace, &Forged::new().extension(oid, &value).der()).succeeds();
        assert!(text.contains(shown), "{shown}{text}");
        let honest = value
            .iter()
            .map(|&octet| if octet == b'\n' { b'-' } else { octet });
        let honest: Vec<u8> = honest.collect();
        let honest = inspect(&workspace, &Forged::new().extension(oid, &honest).der()).succeeds();
        assert_eq!(text.lines().count(), honest.lines().count());
    }
}

#[test]
fn where_to_tell_line_feeds_apart_would_take_too_long_there_are_none() {
    let workspace = Workspace::new();
    let organization = sequence(&[tlv(6, &[0x55, 4, 10]), tlv(0x0C, b"x\nCA:TRUE")]);
    let issuer = tlv(0xA4, &sequence(&[tlv(0x31, &organization)]));
    let point = sequence(&[tlv(0xA2, &issuer)]);
    let points = sequence(&vec![point; 4000]);
    let forged = Forged::new().extension(&[0x55, 0x1D, 0x1F], &points);
    let text = inspect(&workspace, &forged.der()).succeeds();
    assert_eq!(text.lines().count(), 1);
    assert_eq!(text.matches("DirName:O = x\\0ACA:TRUE\\0A").count(), 4000);
}

#[test]
fn a_line_feed_of_openssl_stays_one() {
    let workspace = Workspace::new();
    // A number in an object identifier that is printed, beside a name with a line feed in it.
    let mut forged = Forged::new().extension(&[0x55, 0x1D, 0x17], &tlv(6, b"*\n\n"));
    forged.common_name.1 = b"a\nb".to_vec();
    let text = inspect(&workspace, &forged.der()).succeeds();
    assert!(
        text.contains("Hold Instruction Code: \n                1.2.10.10\n"),
        "{text}"
    );
    assert!(text.contains("Subject: CN = a\\0Ab\n"), "{text}");
    // A key identifier with line feeds in it is printed as numbers.
    let identifier = tlv(4, b"\n\n\nabc\n");
    let text = inspect(
        &workspace,
        &Forged::new()
            .extension(&[0x55, 0x1D, 0x0E], &identifier)
            .der(),
    )
    .succeeds();
    assert!(
        text.contains("                0A:0A:0A:61:62:63:0A\n"),
        "{text}"
    );
    // A string in parts, as BER has them.
    let in_parts = tlv(0x36, &[tlv(4, b"x\n"), tlv(4, b"y\n")].concat());
    let comment = [0x60, 0x86, 0x48, 1, 0x86, 0xF8, 0x42, 1, 13];
    let text = inspect(
        &workspace,
        &Forged::new().extension(&comment, &in_parts).der(),
    )
    .succeeds();
    assert!(text.contains("                x\\0Ay\\0A\n"), "{text}");
}

#[test]
#[allow(clippy::too_many_lines)] // It is a table.
fn odd_certificates_are_shown_or_refused() {
    let workspace = Workspace::new();
    let with = |change: &dyn Fn(&mut Forged)| {
        let mut forged = Forged::new();
        change(&mut forged);
        forged.der()
    };
    let deep = (0..20_000).fold(Vec::new(), |inside, _| tlv(0x30, &inside));
    let names: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| tlv(0x82, format!("n{number}.example").as_bytes()))
        .collect();
    let shown = [
        (
            with(&|forged| forged.serial = vec![0xFF]),
            "        Serial Number: -1 (-0x1)\n",
        ),
        (
            with(&|forged| forged.serial = vec![0]),
            "        Serial Number: 0 (0x0)\n",
        ),
        (
            with(&|forged| forged.serial = vec![0x55; 1 << 20]),
            "            55:55:55:55:",
        ),
        (
            with(&|forged| forged.common_name.1 = b"good.com\0.evil.com".to_vec()),
            "CN = good.com\\00.evil.com\n",
        ),
        (
            with(&|forged| forged.common_name.1 = b"a\x1B[2J\nb".to_vec()),
            "CN = a\\1B[2J\\0Ab\n",
        ),
        (
            with(&|forged| forged.common_name.1 = "\u{202E}".into()),
            "CN = \\E2\\80\\AE\n",
        ),
        (
            with(&|forged| forged.not_after = b"361301000000Z".to_vec()),
            "Not After : Bad time value\n",
        ),
        (
            with(&|forged| {
                forged.spki = sequence(&[sequence(&[ED25519.to_vec()]), tlv(3, &[0, 1])]);
            }),
            "Unable to load Public Key\n    Signature Algorithm: ",
        ),
        (
            Forged::new().extension(&[0x2A, 3], &deep).der(),
            "1.2.3: \n",
        ),
        (
            Forged::new()
                .extension(SUBJECT_ALT_NAME, &tlv(0x30, &names))
                .der(),
            "DNS:n99999.example\n",
        ),
        (
            Forged::new()
                .extension(SUBJECT_ALT_NAME, &sequence(&[]))
                .der(),
            "<EMPTY>\n",
        ),
        (
            alternative_name(0x87, &[1, 2, 3]),
            "IP Address:<invalid length=3>\n",
        ),
        (
            Forged::new()
                .extension(&[0x55, 0x1D, 0x25], &sequence(&[tlv(6, &[])]))
                .der(),
            "X509v3 Extended Key Usage: \n                0...\n",
        ),
        (
            Forged::new()
                .extension(&[[0x8F; 10_000].as_slice(), &[1]].concat(), &[5, 0])
                .der(),
            "        X509v3 extensions:\n",
        ),
        (
            [Forged::new().der(), b"trailing".to_vec()].concat(),
            "CN = forged\n",
        ),
    ];
    for (der, part) in shown {
        let text = inspect(&workspace, &der);
        let head: String = text.stdout.chars().take(3000).collect();
        assert_eq!(text.status, Some(0), "{part}{}", text.stderr);
        assert!(text.stdout.contains(part), "{part}{head}");
    }
    let refused = [
        with(&|forged| forged.serial = Vec::new()),
        with(&|forged| forged.common_name.1 = vec![0xFF, 0xFE]),
        with(&|forged| forged.common_name.1 = vec![b'x'; 1 << 20]),
        Forged::new().extension(&[], &[5, 0]).der(),
        with(&|forged| forged.spki = Vec::new()),
    ];
    for der in refused {
        let run = inspect(&workspace, &der);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (Some(1), ""),
            "{}",
            run.stderr
        );
        assert!(run.stderr.starts_with("error: input: "), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
    }
}

#[test]
fn a_certificate_cut_short_anywhere_is_refused() {
    let workspace = Workspace::new();
    let der = Forged::new()
        .extension(SUBJECT_ALT_NAME, &sequence(&[tlv(0x82, b"a")]))
        .der();
    for length in (0..der.len()).step_by(7) {
        workspace.write("input", &der[..length]);
        let run = workspace.meshpki(["inspect", "input"]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{length}");
    }
}

#[test]
fn a_key_of_a_million_octets_is_shown() {
    let workspace = Workspace::new();
    let rsa = sequence(&[
        tlv(6, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 1]),
        vec![5, 0],
    ]);
    let modulus = tlv(2, &[&[0][..], &vec![0xC5; 1 << 20]].concat());
    let key = sequence(&[modulus, tlv(2, &[1, 0, 1])]);
    let mut forged = Forged::new();
    forged.spki = sequence(&[rsa, tlv(3, &[&[0][..], &key].concat())]);
    let run = inspect(&workspace, &forged.der());
    assert_eq!(run.status, Some(0));
    assert!(run.stdout.contains("Subject Public Key Info:\n"));
}

#[test]
fn names_of_objects_cannot_drive_the_terminal() {
    let workspace = Workspace::with_clusters(&[]);
    let object = serde_json::json!({
        "kind": "Config\u{1B}[31mMap",
        "metadata": {"name": "a\nb", "namespace": "\u{202E}"},
        "data": {"k\r": workspace.read_text("root-cert.pem")},
    });
    let run = inspect(&workspace, object.to_string().as_bytes());
    assert_eq!(
        run.stderr,
        "certificate 1: input, Config\\1B[31mMap \\E2\\80\\AE/a\\0Ab, k\\0D\n"
    );
}

#[test]
fn a_reader_that_is_gone_stops_an_endless_writer() {
    let workspace = Workspace::with_clusters(&[]);
    workspace.write(
        "many.pem",
        workspace.read_text("root-cert.pem").repeat(3000),
    );
    let mut command = workspace.meshpki_command();
    command
        .args(["inspect", "-q", "many.pem"])
        .stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 12];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"Certificate:");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_full_disk_is_an_error() {
    let workspace = Workspace::with_clusters(&[]);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command: Command = workspace.meshpki_command();
    command
        .args(["inspect", "root-cert.pem"])
        .stdin(Stdio::null())
        .stdout(full);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "error: cannot write to stdout: No space left on device (os error 28)\n"
    );
}

#[test]
fn certificates_of_many_extensions_are_compared_in_one_pass() {
    const MANY: u32 = 20_000;

    let workspace = Workspace::new();
    let forged = |value: &[u8]| {
        let mut forged = Forged::new();
        for number in 0..MANY {
            let digit = |shift: u32| u8::try_from(number >> shift & 0x7F).unwrap();
            let oid = [0x2A, 0x81 + digit(14), 0x80 | digit(7), digit(0)];
            forged = forged.extension(&oid, value);
        }
        forged.der()
    };
    workspace.write("a.der", forged(b"a"));
    workspace.write("b.der", forged(b"b"));
    let run = workspace.meshpki(["diff", "a.der", "b.der"]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.stdout.lines().count(), 1 + 2 * MANY as usize);
    assert_eq!(run.status, Some(2));
}

#[test]
fn what_is_split_and_compared_cannot_drive_the_terminal() {
    let workspace = Workspace::new();
    let wild = b"x\n\x1B[31m\xE2\x80\xAE".to_vec();
    let forged = |serial: u8, extension: &[u8]| {
        let mut forged = Forged::new().extension(SUBJECT_ALT_NAME, extension);
        forged.serial = vec![serial];
        forged.common_name = (0x0C, wild.clone());
        forged.der()
    };
    workspace.write("a.der", forged(1, &sequence(&[tlv(0x82, &wild)])));
    workspace.write("b.der", forged(2, &sequence(&[tlv(0x86, &wild)])));
    let shown = "CN = x\\0A\\1B[31m\\E2\\80\\AE";
    let split = workspace.meshpki(["split", "a.der"]).succeeds();
    is_harmless(&split);
    assert!(split.contains(shown), "{split}");
    for form in [&[][..], &["-o", "json"]] {
        let run = workspace.meshpki(["diff", "a.der", "b.der"].iter().chain(form));
        is_harmless(&run.stdout);
        let shown = match form {
            [] => shown.to_owned(),
            _ => shown.replace('\\', "\\\\"),
        };
        assert!(run.stdout.contains(&shown), "{}", run.stdout);
        assert_eq!(run.status, Some(2));
    }
}
