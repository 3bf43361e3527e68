//! What `meshpki verify` says beyond what `openssl verify` does.

mod common;

use common::pki::{CA, LEAF, Pki, zoo};
use common::{Run, has};

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
             hint: give the root too (--CAfile FILE), or let the path end there: meshpki verify --trusted inter.pem --partial_chain leaf.pem\n"
        ),
    );
}

#[test]
fn a_certificate_without_a_subject_goes_by_its_uri() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    let id = "subjectAltName=critical,URI:spiffe://cluster.local/ns/foo/sa/bar,DNS:bar";
    pki.issue("svid", "/", "inter", &[LEAF, id].concat());
    pki.issue("nobody", "/", "inter", LEAF);
    for (file, name) in [
        ("svid", "\"spiffe://cluster.local/ns/foo/sa/bar\""),
        ("nobody", "a certificate without a subject"),
    ] {
        let run = pki.verify(&format!("-attime 1893456000 -CAfile root.pem {file}.pem"));
        let wanted = format!("wanted: the issuer of {name}: \"O = Istio, CN = Intermediate CA\"");
        assert!(run.stderr.contains(&wanted), "{}", run.stderr);
    }
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

#[test]
fn the_command_that_asks_whether_it_was_good_until_it_expired_says_so() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::with_chain();
    pki.key("old");
    let short = ["20200101000000Z", "20250101000000Z"];
    pki.issue_between("old", "old", "/CN=old", "inter", LEAF, short);
    let run = pki.verify("-attime 1893456000 -CAfile root.pem -untrusted inter.pem old.pem");
    let command = "--CAfile root.pem --untrusted inter.pem --at 2024-12-31T23:59:59Z old.pem";
    let hint =
        format!("hint: renew it; whether it was good until then: meshpki verify {command}\n");
    assert!(run.stderr.ends_with(&hint), "{}", run.stderr);
    assert_eq!(pki.verify(command).succeeds(), "old.pem: OK\n");
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
fn what_is_wrong_with_the_path_is_explained() {
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
                "hint: renew it; whether it was good until then: meshpki verify --CAfile root.pem --untrusted intermediates.pem --at 2049-12-31T23:59:59Z root.pem",
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
    ] {
        let run = pki.verify(&format!("{trust} {line}"));
        assert_eq!(explained(&run), lines, "{line}");
        assert_eq!(run.status, Some(2), "{line}");
    }
}

#[test]
fn what_was_asked_for_and_is_not_so_is_explained() {
    if !has("openssl") {
        return;
    }
    let pki = zoo();
    let trust = "-CAfile root.pem -untrusted intermediates.pem";
    for (line, lines) in [
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
