//! A root that a corporate root stands above: three tiers and more. The `openssl` program makes
//! what is above, and judges what comes of it.

mod common;

use common::foreign::make_private;
use common::pki::{CA, Pki};
use common::secrets::fed;
use common::{Run, Workspace, has};
use meshpki::pki::certificate::Certificate;

const UNTIL_2050: [&str; 2] = ["20200101000000Z", "20500101000000Z"];

/// corp.pem, a root; issuing.pem below it; and ours.pem, whose key is root-key.pem, below `above`,
/// which is one of the two.
fn corporation(above: &str) -> Pki {
    let pki = Pki::new();
    pki.issue("corp", "/O=Corp/CN=Corp Root", "corp", CA);
    pki.issue("issuing", "/O=Corp/CN=Corp Issuing", "corp", CA);
    pki.issue("ours", "/O=Mesh/CN=Mesh Root", above, CA);
    pki.0.write("root-key.pem", pki.0.read("ours.key"));
    make_private(&pki.0, "root-key.pem");
    pki
}

/// As [`corporation`], with these certificates in root-cert.pem.
fn with_roots(above: &str, roots: &[&str]) -> Pki {
    let pki = corporation(above);
    trust(&pki, roots);
    pki
}

fn trust(pki: &Pki, names: &[&str]) {
    let files: Vec<_> = names.iter().map(|name| format!("{name}.pem")).collect();
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    pki.join("root-cert.pem", &files);
}

/// The certificate NAME.pem again, of the same key, with other extensions or dates.
fn again(pki: &Pki, name: &str, of: &str, issuer: &str, extensions: &str, dates: [&str; 2]) {
    let subject = match of {
        "corp" => "/O=Corp/CN=Corp Root",
        "issuing" => "/O=Corp/CN=Corp Issuing",
        _ => "/O=Mesh/CN=Mesh Root",
    };
    pki.0
        .write(format!("{name}.key"), pki.0.read(format!("{of}.key")));
    pki.issue_between(name, name, subject, issuer, extensions, dates);
}

/// The common names in `file`, in order.
fn names(workspace: &Workspace, file: &str) -> Vec<String> {
    let certificates = Certificate::all_from_pem(&workspace.read(file)).unwrap();
    let name = |certificate: &Certificate| {
        let subject = certificate.subject();
        let (_, name) = subject.split_once("CN = ").unwrap_or(("", "workload"));
        name.to_owned()
    };
    certificates.iter().map(name).collect()
}

/// `openssl verify -x509_strict` of the first certificate of `file`, by way of the others in it.
#[track_caller]
fn openssl_verifies(workspace: &Workspace, file: &str, options: &str) {
    let line = format!("verify -x509_strict {options} -untrusted {file} {file}");
    assert_eq!(
        workspace.run("openssl", line.split(' ')),
        format!("{file}: OK\n")
    );
}

const C1: &str = "Intermediate CA, L = c1";
const C2: &str = "Intermediate CA, L = c2";

#[test]
fn every_ca_above_is_in_the_chain_whatever_the_order_of_root_cert_pem() {
    if !has("openssl") {
        return;
    }
    for (above, roots, intermediates) in [
        ("corp", &["ours", "corp"][..], &["Mesh Root"][..]),
        ("corp", &["corp", "ours"], &["Mesh Root"]),
        (
            "issuing",
            &["ours", "issuing", "corp"],
            &["Mesh Root", "Corp Issuing"],
        ),
        (
            "issuing",
            &["corp", "issuing", "ours"],
            &["Mesh Root", "Corp Issuing"],
        ),
    ] {
        let pki = with_roots(above, roots);
        let mesh = &pki.0;
        let root_cert = mesh.read("root-cert.pem");
        mesh.issue(&["c1"]).succeeds();
        mesh.issue(&["--chain-without-root", "c2"]).succeeds();
        let root = &["Corp Root"][..];
        assert_eq!(
            names(mesh, "c1/cert-chain.pem"),
            [&[C1][..], intermediates, root].concat()
        );
        assert_eq!(
            names(mesh, "c2/cert-chain.pem"),
            [&[C2][..], intermediates].concat()
        );
        for cluster in ["c1", "c2"] {
            assert_eq!(mesh.read(format!("{cluster}/root-cert.pem")), root_cert);
            let chain = format!("{cluster}/cert-chain.pem");
            openssl_verifies(mesh, &chain, "-CAfile corp.pem");
            openssl_verifies(mesh, &chain, "-CAfile root-cert.pem");
            let verified = mesh.meshpki(["-q", "verify", &chain]).succeeds();
            assert_eq!(verified, format!("{chain}: OK\n"));
        }
        let said = mesh.issue(&["c1", "c2"]).succeeds();
        assert_eq!(said.matches(": up to date, expires ").count(), 2, "{said}");

        let quiet = ["check", "--strict", "--ignore", "root-sent-twice", "c1"];
        assert_eq!(mesh.meshpki(quiet).succeeds(), "c1: fine\n");
        assert_eq!(mesh.meshpki(["check", "c2"]).succeeds(), "c2: fine\n");
    }
}

#[test]
fn a_workloads_chain_goes_as_far_as_its_clusters() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing", "corp"]);
    let mesh = &pki.0;
    mesh.issue(&["c1"]).succeeds();
    mesh.issue(&["--chain-without-root", "c2"]).succeeds();
    for (cluster, folder, more, root) in [
        ("c1", "short", None, &[][..]),
        ("c2", "brief", None, &[]),
        ("c1", "long", Some("--chain-with-root"), &["Corp Root"]),
        ("c2", "full", Some("--chain-with-root"), &["Corp Root"]),
    ] {
        let command = ["workload-certs", "--cluster", cluster, folder];
        mesh.meshpki(command.into_iter().chain(more)).succeeds();
        let chain = format!("{folder}/cert-chain.pem");
        let ca = if cluster == "c1" { C1 } else { C2 };
        let expected = ["workload", ca, "Mesh Root", "Corp Issuing"];
        assert_eq!(names(mesh, &chain), [&expected[..], root].concat());
        openssl_verifies(mesh, &chain, "-CAfile corp.pem");
        let said = mesh.meshpki(command.into_iter().chain(more)).succeeds();
        assert!(said.starts_with(&format!("{folder}: up to date")), "{said}");
    }
}

#[test]
fn without_the_root_above_ours_is_the_anchor_and_in_the_chain() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing"]);
    let mesh = &pki.0;
    mesh.issue(&["c1"]).succeeds();
    mesh.issue(&["--chain-without-root", "c2"]).succeeds();
    let above = ["Mesh Root", "Corp Issuing"];
    assert_eq!(
        names(mesh, "c1/cert-chain.pem"),
        [&[C1], &above[..]].concat()
    );
    assert_eq!(
        names(mesh, "c2/cert-chain.pem"),
        [&[C2], &above[..]].concat()
    );
    openssl_verifies(mesh, "c1/cert-chain.pem", "-CAfile corp.pem");
    openssl_verifies(
        mesh,
        "c1/cert-chain.pem",
        "-partial_chain -trusted ours.pem",
    );
    // There is no root to leave out, so nothing differs.
    let run = mesh.issue(&["--chain-without-root", "c1", "c2"]);
    let said = run.succeeds();
    assert_eq!(said.matches(": up to date, expires ").count(), 2, "{said}");
    let workload = [
        "workload-certs",
        "--cluster",
        "c1",
        "--chain-with-root",
        "w",
    ];
    mesh.meshpki(workload).succeeds();
    assert!(
        mesh.meshpki(workload)
            .succeeds()
            .starts_with("w: up to date")
    );

    let found = mesh.meshpki(["check", "c1"]).succeeds();
    let facts: Vec<_> = found
        .lines()
        .filter(|line| line.contains(".pem: "))
        .collect();
    assert_eq!(
        facts,
        [
            "c1/root-cert.pem: W root-not-self-signed: O = Corp, CN = Corp Issuing is issued by O = Corp, CN = Corp Root, and is no root"
        ]
    );
}

/// Another key under the name of the root above, the root above issued again, and CAs that certify
/// each other.
#[test]
fn of_several_certificates_above_the_path_that_lasts_is_taken() {
    if !has("openssl") {
        return;
    }
    let pki = corporation("corp");
    let mesh = &pki.0;
    pki.issue("twin", "/O=Corp/CN=Corp Root", "twin", CA);
    again(
        &pki,
        "short",
        "corp",
        "corp",
        CA,
        ["20200101000000Z", "20300101000000Z"],
    );
    again(
        &pki,
        "over",
        "corp",
        "corp",
        CA,
        ["20200101000000Z", "20210101000000Z"],
    );
    again(&pki, "cross", "corp", "issuing", CA, UNTIL_2050);
    again(
        &pki,
        "narrow",
        "corp",
        "corp",
        &CA.replace("CA:TRUE", "CA:TRUE,pathlen:1"),
        UNTIL_2050,
    );
    let expected = mesh.read_text("ours.pem") + &mesh.read_text("corp.pem");
    for roots in [
        &["twin", "short", "ours", "corp"][..],
        &["corp", "over", "ours", "twin"],
        &["over", "corp", "corp", "ours", "ours"],
        &["narrow", "ours", "corp"],
        // corp by issuing, issuing by corp: a circle beside the root.
        &["ours", "cross", "issuing", "corp"],
    ] {
        trust(&pki, roots);
        mesh.issue(&["c1"]).succeeds();
        let chain = mesh.read_text("c1/cert-chain.pem");
        assert_eq!(
            chain.split_once(&expected).map(|(_, rest)| rest),
            Some(""),
            "{roots:?}"
        );
        assert_eq!(chain.matches("BEGIN").count(), 3, "{roots:?}");
        openssl_verifies(mesh, "c1/cert-chain.pem", "-CAfile corp.pem");
        std::fs::remove_dir_all(mesh.join("c1")).unwrap();
    }
    // A circle and no root.
    trust(&pki, &["ours", "cross", "issuing"]);
    mesh.issue(&["c1"]).succeeds();
    let above = ["Mesh Root", "Corp Root", "Corp Issuing"];
    assert_eq!(
        names(mesh, "c1/cert-chain.pem"),
        [&[C1], &above[..]].concat()
    );
}

/// Seven CAs, each certified by every other: more paths than it is worth to walk.
#[test]
fn circles_without_number_come_to_an_end() {
    if !has("openssl") {
        return;
    }
    let pki = corporation("corp");
    let mesh = &pki.0;
    let all = ["a", "b", "c", "d", "e", "f", "g"];
    for name in all {
        pki.key(name);
    }
    let mut files = vec!["ours.pem".to_owned()];
    for (name, issuer) in all
        .iter()
        .flat_map(|name| all.map(|issuer| (*name, issuer)))
    {
        let subject = if name == "a" {
            "/O=Corp/CN=Corp Root".to_owned()
        } else {
            format!("/CN={name}")
        };
        if name == issuer {
            continue;
        }
        let file = format!("{name}-by-{issuer}");
        // The issuer's certificate may be any of its own: what counts is its name and key.
        if !mesh.join(format!("{issuer}.pem")).exists() {
            let own = if issuer == "a" {
                "/O=Corp/CN=Corp Root".to_owned()
            } else {
                format!("/CN={issuer}")
            };
            pki.issue_between(issuer, issuer, &own, issuer, CA, UNTIL_2050);
        }
        mesh.write(format!("{file}.key"), mesh.read(format!("{name}.key")));
        pki.issue_between(&file, &file, &subject, issuer, CA, UNTIL_2050);
        files.push(format!("{file}.pem"));
    }
    pki.issue_between("ours", "ours", "/O=Mesh/CN=Mesh Root", "a", CA, UNTIL_2050);
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    pki.join("root-cert.pem", &files);
    mesh.issue(&["c1"]).succeeds();
    assert_eq!(names(mesh, "c1/cert-chain.pem")[..2], [C1, "Mesh Root"]);
}

/// Nothing is issued; the error is `reason`, the way out is `hint`, and the folder is as it was.
#[track_caller]
fn refuses(mesh: &Workspace, reason: &str, hint: &str) {
    let before = mesh.snapshot();
    let error = format!("error: the root cannot be used: root-cert.pem: {reason}\nhint: {hint}\n");
    mesh.issue(&["c1", "c2"]).fails(1, &error);
    assert_eq!(mesh.snapshot(), before);
}

#[test]
fn a_ca_above_that_no_cluster_can_stand_below_is_named_before_anything_is_made() {
    if !has("openssl") {
        return;
    }
    let renew = "have it renewed, and put the new certificate into root-cert.pem";
    let larger = "have it renewed with a larger one, or use a root that stands higher";
    let with = |more: &str| format!("{CA}{more}\n");
    let of_length = |most: u8| CA.replace("CA:TRUE", &format!("CA:TRUE,pathlen:{most}"));
    let no_ca = "basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\n";
    let no_signer = CA.replace("keyCertSign,", "");
    for (name, extensions, reason, hint) in [
        (
            "corp",
            of_length(2),
            "its pathLenConstraint is 2, and 3 CAs would be below it",
            larger,
        ),
        (
            "issuing",
            of_length(1),
            "its pathLenConstraint is 1, and 2 CAs would be below it",
            larger,
        ),
        (
            "corp",
            no_ca.to_owned(),
            "it is not a CA certificate: its basicConstraints do not say CA:TRUE",
            renew,
        ),
        (
            "issuing",
            no_signer,
            "its keyUsage lacks keyCertSign, so it may not sign certificates",
            renew,
        ),
        (
            "corp",
            with("extendedKeyUsage=clientAuth"),
            "its extKeyUsage lacks serverAuth, and every server below it would be refused",
            renew,
        ),
        (
            "issuing",
            with("1.2.3.4=critical,ASN1:UTF8String:x"),
            "OpenSSL refuses it: unhandled critical extension",
            renew,
        ),
    ] {
        let pki = corporation("issuing");
        again(&pki, "unfit", name, "corp", &extensions, UNTIL_2050);
        let above = if name == "corp" {
            ["issuing", "unfit"]
        } else {
            ["unfit", "corp"]
        };
        trust(&pki, &["ours", above[0], above[1]]);
        let subject = if name == "corp" {
            "Corp Root"
        } else {
            "Corp Issuing"
        };
        let reason =
            format!("O = Corp, CN = {subject} cannot stand above the CA of a cluster: {reason}");
        refuses(&pki.0, &reason, hint);
        // With a better one beside it there is a path.
        trust(&pki, &["unfit", "ours", "issuing", "corp"]);
        pki.0.issue(&["c1"]).succeeds();
        openssl_verifies(&pki.0, "c1/cert-chain.pem", "-CAfile corp.pem");
    }
    let pki = corporation("issuing");
    again(&pki, "wide", "corp", "corp", &of_length(3), UNTIL_2050);
    again(&pki, "broad", "issuing", "corp", &of_length(2), UNTIL_2050);
    trust(&pki, &["ours", "broad", "wide"]);
    pki.0.issue(&["c1"]).succeeds();
    openssl_verifies(&pki.0, "c1/cert-chain.pem", "-CAfile wide.pem");
}

#[test]
fn a_ca_above_that_is_out_of_its_time_is_named() {
    if !has("openssl") {
        return;
    }
    for (dates, reason, hint) in [
        (
            ["20200101000000Z", "20210101000000Z"],
            "it expired on 2021-01-01T00:00:00Z, and now is ",
            "have it renewed, and put the new certificate into root-cert.pem",
        ),
        (
            ["90000101000000Z", "90010101000000Z"],
            "it is not valid before 9000-01-01T00:00:00Z, and now is ",
            "wait until then, or set the clock right",
        ),
    ] {
        let pki = corporation("corp");
        again(&pki, "other", "corp", "corp", CA, dates);
        trust(&pki, &["ours", "other"]);
        let before = pki.0.snapshot();
        let Run { status, stderr, .. } = pki.0.issue(&["c1"]);
        let start = format!(
            "error: the root cannot be used: root-cert.pem: O = Corp, CN = Corp Root cannot stand above the CA of a cluster: {reason}"
        );
        assert!(stderr.starts_with(&start), "{stderr}");
        assert!(stderr.ends_with(&format!("Z\nhint: {hint}\n")), "{stderr}");
        assert_eq!(status, Some(1));
        assert_eq!(pki.0.snapshot(), before);
    }
}

#[test]
fn no_ca_of_a_cluster_outlives_what_is_above_it() {
    if !has("openssl") {
        return;
    }
    let pki = corporation("issuing");
    let mesh = &pki.0;
    let until = ["20200101000000Z", "20490101000000Z"];
    again(&pki, "brief", "issuing", "corp", CA, until);
    trust(&pki, &["ours", "brief", "corp"]);
    let before = mesh.snapshot();
    let run = mesh.issue(&["--days", "36500", "c1"]);
    let start = "error: c1: --days 36500 goes beyond O = Corp, CN = Corp Issuing, which is above the root and expires on 2049-01-01T00:00:00Z\nhint: the largest that fits: --days ";
    assert!(run.stderr.starts_with(start), "{run:#?}");
    assert_eq!(run.status, Some(1));
    assert_eq!(mesh.snapshot(), before);

    mesh.write("meshpki.toml", "[cluster-cacerts]\ndays = 36500\n");
    let run = mesh.issue(&["c1"]);
    assert_eq!(
        run.stderr,
        "c1: it will expire with O = Corp, CN = Corp Issuing, above its root, on 2049-01-01T00:00:00Z, and not after the 36500 days of meshpki.toml:2\n"
    );
    run.succeeds();
    let end = |file: &str| mesh.certificate(file).not_after();
    assert_eq!(end("c1/ca-cert.pem"), end("brief.pem"));
    // It is as long as it can be, and a renewal under a longer path is as long as is asked.
    let said = mesh.issue(&["--days", "40000", "c1"]).succeeds();
    assert_eq!(said, "c1: up to date, expires 2049-01-01\n");
    trust(&pki, &["ours", "issuing", "corp"]);
    mesh.issue(&["--renew", "c1"]).succeeds();
    assert_eq!(end("c1/ca-cert.pem"), end("corp.pem"));

    // A workload's ends with them too.
    trust(&pki, &["ours", "brief", "corp"]);
    mesh.issue(&["--renew", "c1"]).succeeds();
    let run = mesh.meshpki(["workload-certs", "--cluster", "c1", "--days", "36500", "w"]);
    // Of those that end together the lowest is named, which is the cluster's own.
    assert_eq!(
        run.stderr,
        "w: it will expire with O = Istio, CN = Intermediate CA, L = c1, on 2049-01-01T00:00:00Z, and not after the 36500d of --days\n"
    );
}

#[test]
fn name_constraints_above_are_heeded() {
    if !has("openssl") {
        return;
    }
    for (constraints, reason) in [
        (
            "permitted;DNS:example.com",
            "its name constraints permit DNS:example.com, and so not DNS:istiod.istio-system.svc",
        ),
        (
            "excluded;URI:.local",
            "its name constraints exclude URI:.local, and so URI:spiffe://cluster.local/ns/istio-system/sa/istiod",
        ),
        (
            "excluded;dirName:istio",
            "OpenSSL refuses the certificate: O = Istio, CN = Intermediate CA, L = c1: excluded subtree violation",
        ),
    ] {
        let pki = corporation("corp");
        let extensions =
            format!("{CA}nameConstraints=critical,{constraints}\n[istio]\nO = Istio\n");
        again(&pki, "narrow", "corp", "corp", &extensions, UNTIL_2050);
        trust(&pki, &["narrow", "ours"]);
        let before = pki.0.snapshot();
        pki.0.issue(&["c1"]).fails(
            1,
            &format!(
                "error: c1: root-cert.pem: O = Corp, CN = Corp Root cannot stand above the CA of a cluster: {reason}\n\
                 hint: ask for names that it permits, or use another root\n"
            ),
        );
        assert_eq!(pki.0.snapshot(), before);
    }
    // What they permit is issued, and what a workload asks for besides is not.
    let pki = corporation("corp");
    let extensions = format!("{CA}nameConstraints=critical,permitted;DNS:svc\n");
    again(&pki, "narrow", "corp", "corp", &extensions, UNTIL_2050);
    trust(&pki, &["ours", "narrow"]);
    pki.0.issue(&["c1"]).succeeds();
    let workload = |name: &'static str| ["workload-certs", "--cluster", "c1", "--dns", name, "w"];
    let before = pki.0.snapshot();
    pki.0.meshpki(workload("web.example.com")).fails(
        1,
        "error: w: what the CA of c1 issues is refused: permitted subtree violation\n\
         hint: ask for names that the CA and those above it permit, or for another: --cluster NAME\n",
    );
    assert_eq!(pki.0.snapshot(), before);
    pki.0.meshpki(workload("web.svc")).succeeds();
    openssl_verifies(&pki.0, "w/cert-chain.pem", "-CAfile narrow.pem");
}

/// A cluster stands, and then root-cert.pem tells more, or something else, of what is above.
#[test]
fn what_a_standing_cluster_is_without_is_named_and_a_renewal_brings_it() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours"]);
    let mesh = &pki.0;
    mesh.issue(&["c1"]).succeeds();
    let differs = |facts: &[&str], way: &str| {
        let before = mesh.snapshot();
        let hint = format!("hint: meshpki cluster-cacerts {way} c1\n");
        let errors = facts
            .iter()
            .map(|fact| format!("error: c1: {fact}\n{hint}"));
        let errors: Vec<_> = errors.collect();
        mesh.meshpki(["cluster-cacerts", "c1"])
            .fails(1, &errors.concat());
        assert_eq!(mesh.snapshot(), before);
    };
    let roots = "its root-cert.pem is not the mesh's root-cert.pem";
    let up_to_date = || {
        let said = mesh.meshpki(["cluster-cacerts", "c1"]).succeeds();
        assert!(said.starts_with("c1: up to date"), "{said}");
    };

    // More of what is above.
    trust(&pki, &["ours", "issuing", "corp"]);
    let without = "its cert-chain.pem is without O = Corp, CN = Corp Issuing, which is above it";
    differs(&[roots, without], "--renew");
    mesh.meshpki(["cluster-cacerts", "--roots-only", "c1"])
        .succeeds();
    differs(&[without], "--renew");
    mesh.meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    let full = [C1, "Mesh Root", "Corp Issuing", "Corp Root"];
    assert_eq!(names(mesh, "c1/cert-chain.pem"), full);
    up_to_date();

    // The root above again: nothing that anybody needs the chain for.
    again(&pki, "anew", "corp", "corp", CA, UNTIL_2050);
    trust(&pki, &["ours", "issuing", "corp", "anew"]);
    differs(&[roots], "--roots-only");
    mesh.meshpki(["cluster-cacerts", "--roots-only", "c1"])
        .succeeds();
    up_to_date();

    // Ours again, of the same key: what the clusters sent is about to end.
    again(&pki, "next", "ours", "issuing", CA, UNTIL_2050);
    trust(&pki, &["next", "issuing", "corp"]);
    let another = "its cert-chain.pem has another certificate of O = Mesh, CN = Mesh Root";
    differs(&[roots, another], "--renew");
    mesh.meshpki(["cluster-cacerts", "--renew", "--chain-without-root", "c1"])
        .succeeds();
    let chain = mesh.read_text("c1/cert-chain.pem");
    let above = mesh.read_text("next.pem") + &mesh.read_text("issuing.pem");
    assert!(chain.ends_with(&above), "{chain}");
    up_to_date();

    // Both of them: the one that is sent will do.
    again(&pki, "third", "ours", "corp", CA, UNTIL_2050);
    trust(&pki, &["next", "issuing", "corp", "third"]);
    differs(&[roots], "--roots-only");
    mesh.meshpki(["cluster-cacerts", "--roots-only", "c1"])
        .succeeds();
    up_to_date();
    trust(&pki, &["next", "issuing", "corp"]);

    // A renewal leaves the choice as it stood.
    mesh.meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    assert_eq!(names(mesh, "c1/cert-chain.pem"), full[..3]);
    mesh.meshpki(["cluster-cacerts", "--rekey", "c1"])
        .succeeds();
    assert_eq!(names(mesh, "c1/cert-chain.pem"), full[..3]);
    openssl_verifies(mesh, "c1/cert-chain.pem", "-CAfile corp.pem");
}

/// From a root of one's own to the same key below a corporate root, in the steps of a rotation.
#[test]
fn a_mesh_moves_below_a_corporate_root() {
    if !has("openssl") {
        return;
    }
    let pki = corporation("corp");
    let mesh = &pki.0;
    again(&pki, "own", "ours", "own", CA, UNTIL_2050);
    trust(&pki, &["own"]);
    mesh.issue(&["c1", "c2"]).succeeds();
    let own = names(mesh, "c1/cert-chain.pem");
    assert_eq!(own, [C1, "Mesh Root"]);

    // Both are trusted, and own still signs: it lasts as long, and comes as far as a root.
    mesh.meshpki(["bundle", "add", "corp.pem"]).succeeds();
    mesh.meshpki(["cluster-cacerts", "--roots-only", "c1", "c2"])
        .succeeds();
    trust(&pki, &["corp", "ours"]);
    mesh.meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    assert_eq!(
        names(mesh, "c1/cert-chain.pem"),
        [C1, "Mesh Root", "Corp Root"]
    );
    let survey = mesh.meshpki(["check", "c1", "c2"]).succeeds();
    assert!(survey.contains(": each lets in all\n"), "{survey}");
    mesh.meshpki(["cluster-cacerts", "--renew", "c2"])
        .succeeds();
    // And corp alone.
    for cluster in ["c1", "c2"] {
        mesh.write(format!("{cluster}/root-cert.pem"), mesh.read("corp.pem"));
    }
    let survey = mesh.meshpki([
        "check",
        "--strict",
        "--ignore",
        "root-sent-twice",
        "c1",
        "c2",
    ]);
    let survey = survey.succeeds();
    assert!(survey.contains(": each lets in all\n"), "{survey}");
}

#[test]
fn check_tells_who_is_signed_under_the_roots_above() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing", "corp"]);
    let mesh = &pki.0;
    mesh.issue(&["c1", "c2"]).succeeds();
    // One that trusts nothing but the highest.
    mesh.write("c2/root-cert.pem", mesh.read("corp.pem"));
    let survey = mesh.meshpki(["check", "c1", "c2"]).succeeds();
    assert!(survey.contains(": each lets in all\n"), "{survey}");
    for root in [
        "O = Mesh, CN = Mesh Root, expires 2050-01-01: 1 cluster signed under it, 1 cluster trusting it",
        "O = Corp, CN = Corp Issuing, expires 2050-01-01: 1 cluster signed under it, 1 cluster trusting it",
        "O = Corp, CN = Corp Root, expires 2050-01-01: 2 clusters signed under it, 2 clusters trusting it",
    ] {
        assert!(survey.contains(root), "{survey}");
    }
    // From less to more, and to another: nobody is left out meanwhile.
    trust(&pki, &["ours"]);
    mesh.issue(&["old"]).succeeds();
    trust(&pki, &["ours", "corp"]);
    let change = ["check", "--multiroot", "on", "--from", "old", "c1"];
    let told = mesh.meshpki(change).succeeds();
    for line in [
        "workloads with certificates of the old CA, where the new roots are: are let in",
        "workloads with certificates of the new CA, where the old roots still are: are let in",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

/// The one was made before anybody knew of a root above, and the other trusts that root alone.
#[test]
fn a_chain_that_is_too_short_for_another_cluster_is_told() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing", "corp"]);
    let mesh = &pki.0;
    mesh.issue(&["c1", "c2"]).succeeds();
    mesh.write("c2/root-cert.pem", mesh.read("corp.pem"));
    for (chain, lacking) in [
        (&["c1/ca-cert.pem"][..], "O = Mesh, CN = Mesh Root"),
        (
            &["c1/ca-cert.pem", "ours.pem"],
            "O = Corp, CN = Corp Issuing",
        ),
    ] {
        pki.join("c1/cert-chain.pem", chain);
        let run = mesh.meshpki(["check", "c1", "c2"]);
        assert_eq!(run.status, Some(2), "{run:#?}");
        let told = format!(
            "c1 -> c2: refused: a CA above root A is trusted there, and {lacking}, which is on the way to it, is not in cert-chain.pem; the other way is open\n  \
             remedy: have every CA above it sent too: meshpki cluster-cacerts --renew NAME\n"
        );
        assert!(run.stdout.ends_with(&told), "{}", run.stdout);
    }
    mesh.meshpki(["cluster-cacerts", "--renew", "c1"])
        .succeeds();
    let survey = mesh.meshpki(["check", "c1", "c2"]).succeeds();
    assert!(survey.contains(": each lets in all\n"), "{survey}");
}

#[test]
fn a_root_above_that_ends_before_ours_is_warned_of() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("corp", &["ours", "corp"]);
    let mesh = &pki.0;
    mesh.issue(&["c1"]).succeeds();
    again(
        &pki,
        "brief",
        "corp",
        "corp",
        CA,
        ["20200101000000Z", "20300101000000Z"],
    );
    pki.join("c1/root-cert.pem", &["ours.pem", "brief.pem"]);
    pki.join("c1/cert-chain.pem", &["c1/ca-cert.pem", "ours.pem"]);
    let at = |time: &'static str| {
        let told = mesh.meshpki(["check", "--at", time, "c1"]);
        assert_eq!(told.status, Some(0), "{told:#?}");
        let facts = told.stdout.lines().filter(|line| line.contains(".pem: W "));
        facts.map(str::to_owned).collect::<Vec<_>>()
    };
    let outlives = "c1/root-cert.pem: W outlives-issuer: O = Mesh, CN = Mesh Root expires on 2050-01-01, after its issuer O = Corp, CN = Corp Root, on 2030-01-01";
    assert_eq!(at("2029-01-01T00:00:00Z"), [outlives]);
    let soon = "c1/root-cert.pem: W expires-soon: O = Corp, CN = Corp Root expires on 2030-01-01T00:00:00Z, in 12 days";
    assert_eq!(at("2029-12-20T00:00:00Z"), [soon, outlives]);
    // Then ours is trusted by itself.
    let over = "c1/root-cert.pem: W root-not-valid: O = Corp, CN = Corp Root expired on 2030-01-01T00:00:00Z, and now is 2031-01-01T00:00:00Z";
    assert_eq!(at("2031-01-01T00:00:00Z"), [over]);
}

#[test]
fn a_secret_of_either_form_is_taken_and_comes_back() {
    if !has("openssl") {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing", "corp"]);
    let mesh = &pki.0;
    mesh.issue(&["c1"]).succeeds();
    mesh.issue(&["--chain-without-root", "c2"]).succeeds();
    for cluster in ["c1", "c2"] {
        let secret = mesh.meshpki(["secret", cluster]).succeeds();
        let quiet = ["check", "--strict", "--ignore", "root-sent-twice", "-"];
        assert_eq!(fed(mesh, &quiet, &secret).succeeds(), "stdin: fine\n");
        let same = fed(mesh, &["diff", cluster, "-"], &secret).succeeds();
        assert_eq!(same.matches(": identical\n").count(), 4, "{same}");
        let copy = format!("copy-{cluster}");
        fed(mesh, &["import", "-", "--out-dir", &copy], &secret).succeeds();
        for file in [
            "ca-cert.pem",
            "ca-key.pem",
            "cert-chain.pem",
            "root-cert.pem",
        ] {
            let there = mesh.read(format!("{copy}/{file}"));
            assert_eq!(there, mesh.read(format!("{cluster}/{file}")), "{file}");
        }
        let tls = mesh
            .meshpki(["secret", "--type", "tls", cluster])
            .succeeds();
        assert_eq!(fed(mesh, &quiet, &tls).succeeds(), "stdin: fine\n");
    }
}

/// What is sent back to a cluster that has asked is what would stand in its folder.
#[test]
fn a_request_is_answered_with_every_ca_above() {
    if !["openssl", "tar"].into_iter().all(has) {
        return;
    }
    let pki = with_roots("issuing", &["ours", "issuing", "corp"]);
    let mesh = &pki.0;
    let request = [
        "request",
        "--key-type",
        "p256",
        "--bundle",
        "requests.tar",
        "c1",
    ];
    mesh.meshpki(request).succeeds();
    mesh.meshpki(["sign", "--yes", "requests.tar"]).succeeds();
    std::fs::create_dir(mesh.join("back")).unwrap();
    mesh.run("tar", ["-xf", "signed.tar", "-C", "back"]);
    let full = [C1, "Mesh Root", "Corp Issuing", "Corp Root"];
    assert_eq!(names(mesh, "back/c1/cert-chain.pem"), full);
    assert_eq!(mesh.read("back/root-cert.pem"), mesh.read("root-cert.pem"));
    openssl_verifies(mesh, "back/c1/cert-chain.pem", "-CAfile corp.pem");
    mesh.meshpki(["accept", "signed.tar"]).succeeds();
    assert_eq!(names(mesh, "c1/cert-chain.pem"), full);
    let quiet = ["check", "--strict", "--ignore", "root-sent-twice", "c1"];
    assert_eq!(mesh.meshpki(quiet).succeeds(), "c1: fine\n");

    // Nothing is signed below a CA that would not bear it.
    let narrow = CA.replace("CA:TRUE", "CA:TRUE,pathlen:1");
    again(&pki, "narrow", "issuing", "corp", &narrow, UNTIL_2050);
    trust(&pki, &["ours", "narrow", "corp"]);
    let before = mesh.snapshot();
    let run = mesh.meshpki(["sign", "--yes", "--out", "other.tar", "requests.tar"]);
    let reason = "O = Corp, CN = Corp Issuing cannot stand above the CA of a cluster: its pathLenConstraint is 1, and 2 CAs would be below it";
    assert!(run.stderr.contains(reason), "{run:#?}");
    assert_eq!(run.status, Some(1));
    assert_eq!(mesh.snapshot(), before);
}
