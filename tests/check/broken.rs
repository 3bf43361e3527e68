//! What istiod starts with, and the mesh breaks on.

use crate::common::pki::CA;
use crate::kit::{ALWAYS, BARE, Case, FUTURE, Kit, PAST, Set, case};

const ENVOY: &str = "openssl verify -crl_check_all, as Envoy";
const SENT: &str = "istio security/pkg/server/ca/server.go";
const LEAK: &str = "istio security/pkg/pki/util/crypto.go, PemCertBytestoString";

fn constrained(constraints: &str) -> String {
    format!("{CA}nameConstraints=critical,{constraints}\n")
}

/// inter, below the second or the first of two roots of one name, by `extensions`.
fn namesakes(kit: &Kit, extensions: &str, is_first: bool) -> Set {
    kit.called("one", "Root", "one", extensions);
    kit.called("two", "Root", "two", extensions);
    kit.ca("below", "two", extensions);
    let roots = if is_first {
        ["two", "one"]
    } else {
        ["one", "two"]
    };
    kit.set(&["below"], &roots)
}

pub const CASES: &[Case] = &[
    case("a key in the chain", LEAK, "", "B key-leak", |kit| {
        kit.plain()
            .changed("cert-chain.pem", |text| text + &kit.key("inter"))
    }),
    case("a key in the root file", LEAK, "", "B key-leak", |kit| {
        kit.plain()
            .changed("root-cert.pem", |text| text + &kit.key("root"))
    }),
    case("a key in the CRL file", LEAK, "", "B key-leak", |kit| {
        kit.plain().with("ca-crl.pem", kit.key("root"))
    }),
    case(
        "an encrypted key in the chain",
        LEAK,
        "",
        "B key-leak",
        |kit| {
            let key = kit.openssl("pkcs8 -topk8 -in inter.key -passout pass:four");
            kit.plain().changed("cert-chain.pem", |text| text + &key)
        },
    ),
    case(
        "a key in ca-cert.pem, which nobody is sent",
        LEAK,
        "key-leak",
        "",
        |kit| {
            kit.plain()
                .changed("ca-cert.pem", |text| text + &kit.key("inter"))
        },
    ),
    case(
        "a key in tls.crt, which is sent",
        LEAK,
        "",
        "B key-leak",
        |kit| {
            kit.tls()
                .changed("tls.crt", |text| text + &kit.key("inter"))
        },
    ),
    case(
        "X509 CERTIFICATE",
        "Go crypto/x509, AppendCertsFromPEM",
        "",
        "B foreign-label",
        |kit| {
            let other = kit
                .pem(&["policy"])
                .replace("CERTIFICATE", "X509 CERTIFICATE");
            kit.plain().changed("cert-chain.pem", |text| text + &other)
        },
    ),
    case(
        "a comment that names one",
        "Go encoding/pem, Decode",
        "foreign-label",
        "",
        |kit| {
            kit.plain()
                .changed("cert-chain.pem", |text| text + "# X509 CERTIFICATE\n")
        },
    ),
    case(
        "RSA of 1024 bits",
        "rustls-webpki: RSA_PKCS1_2048_8192",
        "",
        "B ca-key-kind",
        |kit| {
            kit.with_key("short", "genrsa 1024", "root", CA);
            kit.set(&["short"], &["root"])
        },
    ),
    case(
        "Ed25519",
        "istio security/pkg/pki/ca/ca.go",
        "",
        "B ca-key-kind",
        |kit| {
            kit.with_key("edwards", "genpkey -algorithm ed25519", "root", CA);
            kit.set(&["edwards"], &["root"])
        },
    ),
    case(
        "RSA of 2048 bits",
        "rustls-webpki: RSA_PKCS1_2048_8192",
        "ca-key-kind",
        "",
        |kit| {
            kit.with_key("rsa", "genrsa 2048", "root", CA);
            kit.set(&["rsa"], &["root"])
        },
    ),
    case(
        "P-384",
        "rustls-webpki: ECDSA_P384_SHA384",
        "ca-key-kind",
        "",
        |kit| {
            kit.with_key(
                "larger",
                "ecparam -name secp384r1 -genkey -noout",
                "root",
                CA,
            );
            kit.set(&["larger"], &["root"])
        },
    ),
    case(
        "a CA without keyCertSign",
        "RFC 5280 §4.2.1.3",
        "",
        "B no-key-cert-sign",
        |kit| kit.signing(&CA.replace("keyCertSign,", "")),
    ),
    case(
        "a CA with keyCertSign",
        "RFC 5280 §4.2.1.3",
        "no-key-cert-sign",
        "",
        |kit| kit.signing(CA),
    ),
    case(
        "the root alone in the chain",
        SENT,
        "",
        "B chain-start, N root-sent-twice",
        |kit| kit.plain().with("cert-chain.pem", kit.pem(&["root"])),
    ),
    case(
        "the root first in the chain",
        SENT,
        "",
        "B chain-start, N root-sent-twice",
        |kit| {
            kit.plain()
                .with("cert-chain.pem", kit.pem(&["root", "inter"]))
        },
    ),
    case("the policy CA first", SENT, "", "B chain-start", |kit| {
        let set = kit.set(&["cluster", "policy"], &["root"]);
        set.with("cert-chain.pem", kit.pem(&["policy", "cluster"]))
    }),
    case(
        "an empty chain below a root",
        SENT,
        "",
        "B chain-start",
        |kit| kit.plain().with("cert-chain.pem", ""),
    ),
    case(
        "another certificate of the same key first",
        SENT,
        "",
        "B chain-start, N unused-in-chain",
        |kit| {
            kit.twin("special", "inter", "root", CA, ALWAYS);
            kit.plain().with("cert-chain.pem", kit.pem(&["special"]))
        },
    ),
    case(
        "an empty chain, and the CA an anchor",
        SENT,
        "chain-start",
        "W root-not-self-signed",
        |kit| kit.set(&["inter"], &["inter"]).with("cert-chain.pem", ""),
    ),
    case(
        "a CA for servers",
        "Envoy default_validator.cc: ssl_client",
        "",
        "B no-client-auth",
        |kit| kit.signing(&format!("{CA}extendedKeyUsage=serverAuth\n")),
    ),
    case(
        "a CA for anything",
        "openssl verify -purpose sslclient",
        "",
        "B no-client-auth",
        |kit| kit.signing(&format!("{CA}extendedKeyUsage=anyExtendedKeyUsage\n")),
    ),
    case(
        "a CA for anything and clients and servers",
        "openssl verify",
        "no-client-auth",
        "N purpose-on-ca",
        |kit| {
            kit.signing(&format!(
                "{CA}extendedKeyUsage=anyExtendedKeyUsage,clientAuth,serverAuth\n"
            ))
        },
    ),
    case(
        "pathlen 0 one above",
        "RFC 5280 §4.2.1.9",
        "",
        "B workload-refused",
        |kit| kit.below_root(&CA.replace("CA:TRUE", "CA:TRUE,pathlen:0")),
    ),
    case(
        "pathlen 1 one above",
        "RFC 5280 §4.2.1.9",
        "workload-refused",
        "",
        |kit| kit.below_root(&CA.replace("CA:TRUE", "CA:TRUE,pathlen:1")),
    ),
    case(
        "pathlen 1 two above",
        "RFC 5280 §4.2.1.9",
        "",
        "B workload-refused",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                &CA.replace("CA:TRUE", "CA:TRUE,pathlen:1"),
                ALWAYS,
            );
            kit.set(&["cluster", "policy"], &["special"])
        },
    ),
    case(
        "pathlen 0 on the CA itself",
        "RFC 5280 §4.2.1.9",
        "workload-refused",
        "",
        |kit| kit.signing(&CA.replace("CA:TRUE", "CA:TRUE,pathlen:0")),
    ),
    case(
        "the trust domain is excluded",
        "RFC 5280 §4.2.1.10",
        "",
        "B workload-refused, W names-for-ztunnel",
        |kit| kit.below_root(&constrained("excluded;URI:cluster.local")),
    ),
    case(
        "another trust domain is permitted",
        "RFC 5280 §4.2.1.10",
        "",
        "B workload-refused, W names-for-ztunnel",
        |kit| kit.below_root(&constrained("permitted;URI:example.com")),
    ),
    case(
        "the trust domain is permitted as a URI",
        "RFC 5280 §4.2.1.10: the host alone",
        "",
        "B workload-refused, W names-for-ztunnel",
        |kit| kit.below_root(&constrained("permitted;URI:spiffe://cluster.local")),
    ),
    case(
        "the trust domain that is asked for is permitted",
        "RFC 5280 §4.2.1.10",
        "workload-refused",
        "W names-for-ztunnel",
        |kit| {
            let set = kit.below_root(&constrained("permitted;URI:example.com"));
            set.asked("--trust-domain example.com")
        },
    ),
    case(
        "all trust domains below local are permitted, as Go has it",
        "Go crypto/x509, matchDomainConstraint; RFC 5280 §4.2.1.10",
        "",
        "B workload-refused, W names-for-ztunnel",
        |kit| kit.below_root(&constrained("permitted;URI:local")),
    ),
    case(
        "all trust domains below local are permitted",
        "RFC 5280 §4.2.1.10",
        "workload-refused",
        "W names-for-ztunnel",
        |kit| kit.below_root(&constrained("permitted;URI:.local")),
    ),
    case(
        "istiod's name is not permitted",
        "RFC 5280 §4.2.1.10",
        "",
        "B workload-refused",
        |kit| kit.below_root(&constrained("permitted;DNS:example.com")),
    ),
    case(
        "istiod's name as asked for is permitted",
        "RFC 5280 §4.2.1.10",
        "workload-refused",
        "",
        |kit| {
            kit.below_root(&constrained("permitted;DNS:example.com"))
                .asked("--istiod-san istiod.example.com")
        },
    ),
    case(
        "istiod's name as asked for is excluded",
        "RFC 5280 §4.2.1.10",
        "",
        "B workload-refused",
        |kit| {
            kit.below_root(&constrained("excluded;DNS:example.com"))
                .asked("--istiod-san istiod.example.com")
        },
    ),
    case(
        "the wrong one of two roots without key identifiers is first",
        "OpenSSL X509_STORE_CTX_get1_issuer",
        "",
        "B ambiguous-root, W roots-share-name, N no-key-identifiers, N no-key-identifiers",
        |kit| namesakes(kit, BARE, false),
    ),
    case(
        "the right one of two roots without key identifiers is first",
        "OpenSSL X509_STORE_CTX_get1_issuer",
        "ambiguous-root",
        "W roots-share-name, N no-key-identifiers, N no-key-identifiers",
        |kit| namesakes(kit, BARE, true),
    ),
    case(
        "two roots of one name with key identifiers",
        "RFC 5280 §4.2.1.1",
        "ambiguous-root",
        "W roots-share-name",
        |kit| namesakes(kit, CA, false),
    ),
    case(
        "a CRL of the CA alone",
        ENVOY,
        "",
        "B crl-incomplete",
        |kit| {
            kit.plain()
                .with("ca-crl.pem", kit.crls(&[("inter", &[], ALWAYS)]))
        },
    ),
    case("CRLs of three tiers", ENVOY, "crl-incomplete", "", |kit| {
        let lists: &[(&str, &[&str], [&str; 2])] = &[
            ("cluster", &[], ALWAYS),
            ("policy", &[], ALWAYS),
            ("root", &[], ALWAYS),
        ];
        kit.set(&["cluster", "policy"], &["root"])
            .with("ca-crl.pem", kit.crls(lists))
    }),
    case("an expired CRL", ENVOY, "", "B crl-not-current", |kit| {
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &[], ALWAYS), ("inter", &[], PAST)]),
        )
    }),
    case("a CRL to come", ENVOY, "", "B crl-not-current", |kit| {
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &[], FUTURE), ("inter", &[], ALWAYS)]),
        )
    }),
    case(
        "an expired CRL beside a current one",
        ENVOY,
        "crl-not-current",
        "",
        |kit| {
            let lists: &[(&str, &[&str], [&str; 2])] = &[
                ("root", &[], ALWAYS),
                ("inter", &[], PAST),
                ("inter", &[], ALWAYS),
            ];
            kit.plain().with("ca-crl.pem", kit.crls(lists))
        },
    ),
    case("a revoked CA", ENVOY, "", "B revoked", |kit| {
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &["inter"], ALWAYS), ("inter", &[], ALWAYS)]),
        )
    }),
    case("another revoked CA", ENVOY, "revoked", "", |kit| {
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &["policy"], ALWAYS), ("inter", &[], ALWAYS)]),
        )
    }),
    case(
        "much at once",
        "",
        "",
        "E key-mismatch, B chain-start, W key-exposed, N unused-in-chain, N ignored-file",
        |kit| {
            kit.plain()
                .with("ca-key.pem", kit.key("policy"))
                .with("cert-chain.pem", kit.pem(&["cluster"]))
                .with("notes.txt", "")
                .with_key_mode(0o644)
        },
    ),
];
