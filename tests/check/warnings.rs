//! What works, and will hurt, and what is good to know.

use crate::common::pki::{CA, LEAF};
use crate::kit::{ALWAYS, BARE, Case, Kit, PAST, case};

const RFC: &str = "RFC 5280 §6.1.3";
const LOAD: &str = "istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundle";
const SENT: &str = "istio security/pkg/server/ca/server.go";

/// Ends thirty days, less a second, after [`crate::common::pki::AT`].
const SOON: [&str; 2] = ["20200101000000Z", "20300130235959Z"];
const LATER: [&str; 2] = ["20200101000000Z", "20300131000000Z"];

pub const CASES: &[Case] = &[
    case("a CA that expires soon", RFC, "", "W expires-soon", |kit| {
        kit.twin("special", "inter", "root", CA, SOON);
        kit.set(&["special"], &["root"])
    }),
    case("a CA that expires later", RFC, "expires-soon", "", |kit| {
        kit.twin("special", "inter", "root", CA, LATER);
        kit.set(&["special"], &["root"])
    }),
    case(
        "a CA that expires within what is asked for",
        RFC,
        "",
        "W expires-soon",
        |kit| {
            kit.twin("special", "inter", "root", CA, LATER);
            kit.set(&["special"], &["root"])
                .asked("--expires-within 31d")
        },
    ),
    case(
        "a root that expires soon, and its CA later",
        RFC,
        "",
        "W expires-soon, W outlives-issuer",
        |kit| {
            kit.twin("special", "root", "root", CA, SOON);
            kit.set(&["inter"], &["special"])
        },
    ),
    case(
        "a CA that outlives its root",
        RFC,
        "",
        "W outlives-issuer",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                CA,
                ["20200101000000Z", "20400101000000Z"],
            );
            kit.set(&["inter"], &["special"])
        },
    ),
    case(
        "a CA that ends a day after its root",
        RFC,
        "outlives-issuer",
        "",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                CA,
                ["20200101000000Z", "20491231000000Z"],
            );
            kit.set(&["inter"], &["special"])
        },
    ),
    case(
        "a CA that ends a day and a second after its root",
        RFC,
        "",
        "W outlives-issuer",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                CA,
                ["20200101000000Z", "20491230235959Z"],
            );
            kit.set(&["inter"], &["special"])
        },
    ),
    case(
        "a CA without cRLSign",
        "RFC 5280 §4.2.1.3",
        "",
        "W no-crl-sign",
        |kit| kit.signing(&CA.replace(",cRLSign", "")),
    ),
    case(
        "a CA with cRLSign",
        "RFC 5280 §4.2.1.3",
        "no-crl-sign",
        "",
        Kit::plain,
    ),
    case(
        "a CA that enciphers",
        "X509-SVID appendix A",
        "",
        "W key-encipherment",
        |kit| kit.signing(&CA.replace("cRLSign", "cRLSign,keyEncipherment")),
    ),
    case(
        "a CA that signs",
        "X509-SVID appendix A",
        "key-encipherment",
        "",
        |kit| kit.signing(&CA.replace("cRLSign", "cRLSign,digitalSignature")),
    ),
    case(
        "a key that the group can read",
        "tools/certs/Makefile.selfsigned.mk",
        "",
        "W key-exposed",
        |kit| kit.plain().with_key_mode(0o640),
    ),
    case(
        "a tls.key that all can read",
        "tools/certs/Makefile.selfsigned.mk",
        "",
        "W key-exposed, N root-sent-twice",
        |kit| kit.tls().with_key_mode(0o644),
    ),
    case(
        "a key that its owner can only read",
        "tools/certs/Makefile.selfsigned.mk",
        "key-exposed",
        "",
        |kit| kit.plain().with_key_mode(0o400),
    ),
    case(
        "the root's key beside it",
        "kubectl create secret --from-file=DIR",
        "",
        "W stray-key",
        |kit| kit.plain().with("root-key.pem", kit.key("root")),
    ),
    case(
        "something beside it",
        "kubectl create secret --from-file=DIR",
        "stray-key",
        "N ignored-file",
        |kit| kit.plain().with("keys.txt", ""),
    ),
    case(
        "constraints on URIs",
        "rustls-webpki src/subject_name.rs",
        "",
        "W names-for-ztunnel",
        |kit| {
            kit.below_root(&format!(
                "{CA}nameConstraints=critical,permitted;URI:cluster.local\n"
            ))
        },
    ),
    case(
        "constraints on distinguished names",
        "rustls-webpki src/subject_name.rs",
        "",
        "W names-for-ztunnel",
        |kit| {
            kit.below_root(&format!(
                "{CA}nameConstraints=permitted;dirName:n\n[n]\nO=Istio\n"
            ))
        },
    ),
    case(
        "constraints on DNS names",
        "rustls-webpki src/subject_name.rs",
        "names-for-ztunnel",
        "",
        |kit| kit.below_root(&format!("{CA}nameConstraints=critical,permitted;DNS:svc\n")),
    ),
    case(
        "a root of RSA 1024",
        "rustls-webpki: RSA_PKCS1_2048_8192",
        "",
        "W uncommon-key",
        |kit| {
            kit.with_key("short", "genrsa 1024", "short", CA);
            kit.ca("below", "short", CA);
            kit.set(&["below"], &["short"])
        },
    ),
    case(
        "a CA on P-521",
        "rustls-webpki src/ring_algs.rs",
        "",
        "W uncommon-key",
        |kit| {
            kit.with_key(
                "largest",
                "ecparam -name secp521r1 -genkey -noout",
                "root",
                CA,
            );
            kit.set(&["largest"], &["root"])
        },
    ),
    case(
        "a root of RSA 2048",
        "rustls-webpki: RSA_PKCS1_2048_8192",
        "uncommon-key",
        "",
        |kit| {
            kit.with_key("rsa", "genrsa 2048", "rsa", CA);
            kit.ca("below", "rsa", CA);
            kit.set(&["below"], &["rsa"])
        },
    ),
    case(
        "a policy CA for an anchor",
        "Go crypto/x509, Certificate.Verify",
        "",
        "W root-not-self-signed",
        |kit| kit.set(&["cluster"], &["policy"]),
    ),
    case(
        "a root for an anchor",
        "Go crypto/x509, Certificate.Verify",
        "root-not-self-signed",
        "",
        Kit::plain,
    ),
    case(
        "a leaf among the roots",
        "istio pilot/pkg/trustbundle/trustbundle.go",
        "",
        "W leaf-in-roots",
        |kit| {
            kit.ca("leaf", "root", LEAF);
            kit.set(&["inter"], &["root", "leaf"])
        },
    ),
    case(
        "another root",
        "istio pilot/pkg/trustbundle/trustbundle.go",
        "leaf-in-roots",
        "",
        |kit| {
            kit.ca("another", "another", CA);
            kit.set(&["inter"], &["root", "another"])
        },
    ),
    case(
        "another root that has expired",
        "istio security/pkg/server/ca/monitoring.go",
        "",
        "W root-not-valid",
        |kit| {
            kit.ca("another", "another", CA);
            kit.twin("special", "another", "another", CA, PAST);
            kit.set(&["inter"], &["root", "special"])
        },
    ),
    case(
        "another root that has not",
        "istio security/pkg/server/ca/monitoring.go",
        "root-not-valid",
        "",
        |kit| {
            kit.ca("another", "another", CA);
            kit.set(&["inter"], &["another", "root"])
        },
    ),
    case(
        "two roots of one name",
        "RFC 5280 §4.2.1.1",
        "",
        "W roots-share-name",
        |kit| {
            kit.called("namesake", "root", "namesake", CA);
            kit.set(&["inter"], &["namesake", "root"])
        },
    ),
    case(
        "two certificates of one root",
        "RFC 5280 §4.2.1.1",
        "roots-share-name",
        "",
        |kit| {
            kit.twin("special", "root", "root", CA, ALWAYS);
            kit.set(&["inter"], &["special", "root"])
        },
    ),
    case(
        "a root twice",
        "RFC 8446 §4.4.2",
        "",
        "W duplicate-certificate",
        |kit| kit.set(&["inter"], &["root", "root"]),
    ),
    case(
        "a CA twice",
        "RFC 8446 §4.4.2",
        "",
        "W duplicate-certificate, N chain-order",
        |kit| {
            kit.plain()
                .with("cert-chain.pem", kit.pem(&["inter", "inter"]))
        },
    ),
    case(
        "each once",
        "RFC 8446 §4.4.2",
        "duplicate-certificate",
        "",
        Kit::plain,
    ),
    case(
        "a CRL beside tls.crt",
        LOAD,
        "",
        "W crl-unread, N root-sent-twice",
        |kit| {
            kit.tls()
                .with("ca-crl.pem", kit.crls(&[("inter", &[], PAST)]))
        },
    ),
    case("a CRL before 1.27", LOAD, "", "W crl-unread", |kit| {
        kit.plain()
            .with("ca-crl.pem", "none")
            .asked("--istio-version 1.26.4")
    }),
    case("a CRL from 1.27 on", LOAD, "crl-unread", "", |kit| {
        let lists = kit.crls(&[("root", &[], ALWAYS), ("inter", &[], ALWAYS)]);
        kit.plain()
            .with("ca-crl.pem", lists)
            .asked("--istio-version 1.27")
    }),
    case(
        "both forms",
        LOAD,
        "",
        "W both-forms, N root-sent-twice",
        |kit| kit.tls().with("ca-cert.pem", kit.pem(&["inter"])),
    ),
    case("both forms before 1.15", LOAD, "both-forms", "", |kit| {
        kit.plain()
            .with("tls.crt", "")
            .asked("--istio-version 1.14")
    }),
    case(
        "a CA of another trust domain",
        "X509-SVID §3.2",
        "",
        "W other-trust-domain",
        |kit| {
            let set = kit.signing(&format!("{CA}subjectAltName=URI:spiffe://example.com\n"));
            set.asked("--trust-domain cluster.local")
        },
    ),
    case(
        "a CA of the trust domain",
        "X509-SVID §3.2",
        "other-trust-domain",
        "",
        |kit| {
            let set = kit.signing(&format!("{CA}subjectAltName=URI:spiffe://example.com\n"));
            set.asked("--trust-domain example.com")
        },
    ),
    case(
        "the root in the chain",
        SENT,
        "",
        "N root-sent-twice",
        |kit| {
            kit.plain()
                .with("cert-chain.pem", kit.pem(&["inter", "root"]))
        },
    ),
    case(
        "no root in the chain",
        SENT,
        "root-sent-twice",
        "",
        Kit::plain,
    ),
    case(
        "a stranger in the chain",
        SENT,
        "",
        "N unused-in-chain",
        |kit| {
            kit.ca("below", "inter", CA);
            kit.ca("alone", "alone", CA);
            kit.set(&["below", "inter", "alone"], &["root"])
                .without("cert-chain.pem")
                .with("cert-chain.pem", kit.pem(&["below", "inter"]) + &cross(kit))
        },
    ),
    case(
        "no stranger in the chain",
        SENT,
        "unused-in-chain",
        "",
        |kit| kit.set(&["cluster", "policy"], &["root"]),
    ),
    case(
        "a chain out of order",
        "RFC 5246 §7.4.2",
        "",
        "N root-sent-twice, N chain-order",
        |kit| kit.set(&["cluster", "root", "policy"], &["root"]),
    ),
    case(
        "a chain in order",
        "RFC 5246 §7.4.2",
        "chain-order",
        "N root-sent-twice",
        |kit| kit.set(&["cluster", "policy", "root"], &["root"]),
    ),
    case(
        "no key identifiers",
        "RFC 5280 §4.2.1.1",
        "",
        "N no-key-identifiers, N no-key-identifiers",
        |kit| kit.signing(BARE),
    ),
    case(
        "key identifiers",
        "RFC 5280 §4.2.1.1",
        "no-key-identifiers",
        "",
        Kit::plain,
    ),
    case(
        "purposes on a root",
        "RFC 5280 §4.2.1.12",
        "",
        "N purpose-on-ca",
        |kit| kit.below_root(&format!("{CA}extendedKeyUsage=serverAuth,clientAuth\n")),
    ),
    case(
        "no purposes",
        "RFC 5280 §4.2.1.12",
        "purpose-on-ca",
        "",
        Kit::plain,
    ),
    case(
        "the root itself",
        "Istio documentation: Plug in CA Certificates",
        "",
        "N root-signs-workloads, N root-sent-twice",
        |kit| kit.set(&["root"], &["root"]),
    ),
    case(
        "a CA below it",
        "Istio documentation: Plug in CA Certificates",
        "root-signs-workloads",
        "",
        Kit::plain,
    ),
    case(
        "istio-generated",
        "istio pilot/pkg/bootstrap/istio_ca.go, createIstioCA",
        "",
        "N istio-generated",
        |kit| kit.plain().with("istio-generated", "").in_secret("cacerts"),
    ),
    case(
        "another file",
        "istio security/pkg/pki/ca/ca.go",
        "istio-generated",
        "N ignored-file",
        |kit| kit.plain().with("istio-generator", "").in_secret("cacerts"),
    ),
    case(
        "a cluster's CRL",
        "istio security/pkg/pki/ca/ca.go",
        "ignored-file",
        "",
        |kit| kit.plain().with("ca-crl.pem", ""),
    ),
    case(
        "a Secret by another name",
        "istio-discovery/templates/deployment.yaml",
        "",
        "N secret-name",
        |kit| kit.plain().in_secret("cacert"),
    ),
    case(
        "a Secret by the name",
        "istio-discovery/templates/deployment.yaml",
        "secret-name",
        "",
        |kit| kit.plain().in_secret("cacerts"),
    ),
    case(
        "a Secret of the tls form",
        LOAD,
        "secret-name",
        "N root-sent-twice",
        |kit| kit.tls().in_secret("cacerts"),
    ),
];

/// The root's certificate by another root: a cross-certificate, which no path here needs.
fn cross(kit: &Kit) -> String {
    kit.twin("crossed", "root", "alone", CA, ALWAYS);
    kit.pem(&["crossed"])
}
