//! What istiod refuses.

use crate::common::pki::{CA, LEAF};
use crate::kit::{ALWAYS, Case, FUTURE, Kit, PAST, Set, case};

const PEM: &str = "Go encoding/pem, Decode; istio security/pkg/pki/util/crypto.go";
const VERIFY: &str = "istio security/pkg/pki/util/keycertbundle.go, Verify";
const LOAD: &str = "istio pilot/pkg/bootstrap/istio_ca.go";
const GO: &str = "Go crypto/x509, Certificate.Verify";

/// What `openssl ca -md` is given for a signature with a salt of `salt` octets.
fn pss(salt: usize) -> String {
    format!("sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}")
}

pub const CASES: &[Case] = &[
    case("nothing", LOAD, "", "E no-files", |_| Set::empty()),
    case(
        "a misspelt file",
        LOAD,
        "",
        "E no-files, N ignored-file",
        |kit| Set::empty().with("ca_cert.pem", kit.pem(&["inter"])),
    ),
    case(
        "the tls form before it was read",
        LOAD,
        "",
        "E no-files",
        |kit| kit.tls().asked("--istio-version 1.14"),
    ),
    case(
        "the tls form since it is read",
        LOAD,
        "no-files",
        "N root-sent-twice",
        |kit| kit.tls().asked("--istio-version 1.15"),
    ),
    case("no certificate", LOAD, "", "E incomplete-set", |kit| {
        kit.plain().without("ca-cert.pem")
    }),
    case("no key", LOAD, "", "E incomplete-set", |kit| {
        kit.plain().without("ca-key.pem")
    }),
    case("no key, before 1.27", LOAD, "", "E incomplete-set", |kit| {
        kit.plain()
            .without("ca-key.pem")
            .asked("--istio-version 1.26")
    }),
    case("no chain", LOAD, "", "E incomplete-set", |kit| {
        kit.plain().without("cert-chain.pem")
    }),
    case("no root", LOAD, "", "E incomplete-set", |kit| {
        kit.plain().without("root-cert.pem")
    }),
    case("no ca.crt", LOAD, "", "E incomplete-set", |kit| {
        kit.tls().without("ca.crt")
    }),
    case(
        "tls.crt beside a whole .pem set",
        LOAD,
        "",
        "E incomplete-set, E incomplete-set, W both-forms",
        |kit| kit.plain().with("tls.crt", kit.pem(&["inter"])),
    ),
    case("a whole set", LOAD, "incomplete-set", "", Kit::plain),
    case(
        "an empty chain file",
        LOAD,
        "incomplete-set",
        "N root-signs-workloads",
        |kit| kit.set(&["root"], &["root"]).with("cert-chain.pem", ""),
    ),
    case(
        "a chain of white space",
        VERIFY,
        "",
        "E unreadable-block",
        |kit| kit.set(&["root"], &["root"]).with("cert-chain.pem", " \n"),
    ),
    case(
        "an empty root file",
        VERIFY,
        "",
        "E unreadable-block",
        |kit| kit.plain().with("root-cert.pem", ""),
    ),
    case(
        "an empty certificate file",
        VERIFY,
        "",
        "E unreadable-block",
        |kit| kit.plain().with("ca-cert.pem", ""),
    ),
    case(
        "a byte order mark before the chain",
        PEM,
        "",
        "E unreadable-block",
        |kit| {
            kit.plain()
                .changed("cert-chain.pem", |text| format!("\u{FEFF}{text}"))
        },
    ),
    case(
        "a byte order mark before the certificate",
        PEM,
        "",
        "E unreadable-block",
        |kit| {
            kit.plain()
                .changed("ca-cert.pem", |text| format!("\u{FEFF}{text}"))
        },
    ),
    case(
        "glued blocks",
        PEM,
        "",
        "E unreadable-block, E unreadable-block",
        |kit| {
            let set = kit.set(&["cluster", "policy"], &["root"]);
            set.changed("cert-chain.pem", |text| {
                text.replace("-----\n-----", "----------")
            })
        },
    ),
    case(
        "a tls.crt without its last line feed",
        LOAD,
        "",
        "E unreadable-block",
        |kit| {
            kit.tls()
                .changed("tls.crt", |text| text.trim_end().to_owned())
        },
    ),
    case(
        "a chain without its last line feed",
        PEM,
        "unreadable-block",
        "",
        |kit| {
            kit.plain()
                .changed("cert-chain.pem", |text| text.trim_end().to_owned())
        },
    ),
    case(
        "windows line ends, and text around",
        PEM,
        "unreadable-block",
        "",
        |kit| {
            let mut set = kit.plain();
            for file in [
                "ca-cert.pem",
                "ca-key.pem",
                "cert-chain.pem",
                "root-cert.pem",
            ] {
                set = set.changed(file, |text| {
                    format!("subject: x\n\n{text}\nend").replace('\n', "\r\n")
                });
            }
            set
        },
    ),
    case(
        "a block that is no certificate",
        PEM,
        "",
        "E unreadable-block",
        |kit| {
            kit.plain().changed("root-cert.pem", |text| {
                text + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            })
        },
    ),
    case(
        "trust settings of OpenSSL",
        PEM,
        "",
        "E unreadable-block",
        |kit| {
            let trusted = kit.openssl("x509 -in policy.pem -addtrust serverAuth -trustout");
            kit.plain().changed("root-cert.pem", |text| text + &trusted)
        },
    ),
    case(
        "parameters in the chain",
        PEM,
        "",
        "E unreadable-block",
        |kit| {
            let parameters = kit.openssl("ecparam -name prime256v1");
            kit.plain()
                .changed("cert-chain.pem", |text| text + &parameters)
        },
    ),
    case(
        "a negative serial number",
        "Go 1.23 crypto/x509, parseCertificate",
        "",
        "E unreadable-block, E unreadable-block",
        |kit| {
            kit.ca("negative", "root", CA);
            kit.with_negative_serial("negative");
            kit.set(&["negative"], &["root"])
        },
    ),
    case(
        "a critical key identifier",
        "Go crypto/x509, processExtensions",
        "",
        "E unreadable-block, E unreadable-block",
        |kit| kit.signing(&CA.replace("subjectKeyIdentifier=", "subjectKeyIdentifier=critical,")),
    ),
    case(
        "a root on another curve",
        "Go crypto/x509, parsePublicKey",
        "",
        "E unreadable-block",
        |kit| {
            kit.with_key(
                "koblitz",
                "ecparam -name secp256k1 -genkey -noout",
                "koblitz",
                CA,
            );
            kit.set(&["inter"], &["root", "koblitz"])
        },
    ),
    case(
        "EC PARAMETERS before the key",
        PEM,
        "",
        "E ca-key-unreadable",
        |kit| {
            let parameters = kit.openssl("ecparam -name prime256v1");
            kit.plain().changed("ca-key.pem", |text| parameters + &text)
        },
    ),
    case(
        "EC PARAMETERS behind the key",
        PEM,
        "ca-key-unreadable",
        "",
        |kit| {
            let parameters = kit.openssl("ecparam -name prime256v1");
            kit.plain().changed("ca-key.pem", |text| text + &parameters)
        },
    ),
    case("a key as PKCS#8", PEM, "ca-key-unreadable", "", |kit| {
        kit.plain().with(
            "ca-key.pem",
            kit.openssl("pkcs8 -topk8 -nocrypt -in inter.key"),
        )
    }),
    case("an encrypted key", PEM, "", "E ca-key-unreadable", |kit| {
        kit.plain().with(
            "ca-key.pem",
            kit.openssl("pkcs8 -topk8 -in inter.key -passout pass:four"),
        )
    }),
    case(
        "a key that was encrypted the old way",
        PEM,
        "",
        "E ca-key-unreadable",
        |kit| {
            kit.plain().with(
                "ca-key.pem",
                kit.openssl("ec -in inter.key -aes128 -passout pass:four"),
            )
        },
    ),
    case(
        "a key under another label",
        PEM,
        "",
        "E ca-key-unreadable",
        |kit| {
            kit.plain().changed("ca-key.pem", |text| {
                text.replace("EC PRIVATE", "ANY PRIVATE")
            })
        },
    ),
    case(
        "a key with the public half of another",
        "Go crypto/x509, parseECPrivateKey",
        "",
        "E ca-key-unreadable",
        |kit| {
            /// Where the private number of a SEC1 key on P-256 stands.
            const NUMBER: std::ops::Range<usize> = 7..39;

            let der = |name: &str| {
                kit.openssl(&format!("ec -in {name}.key -outform DER -out key.der"));
                kit.0.0.read("key.der")
            };
            let (mut key, other) = (der("inter"), der("policy"));
            key[NUMBER].copy_from_slice(&other[NUMBER]);
            kit.0.0.write("key.der", key);
            let encoded = kit.openssl("base64 -in key.der");
            let label = "EC PRIVATE KEY";
            let key = format!("-----BEGIN {label}-----\n{encoded}-----END {label}-----\n");
            kit.plain().with("ca-key.pem", key)
        },
    ),
    case("an empty key file", PEM, "", "E ca-key-unreadable", |kit| {
        kit.plain().with("ca-key.pem", "")
    }),
    case(
        "a CA on another curve",
        "Go crypto/x509, parsePublicKey",
        "",
        "E ca-key-unreadable, E unreadable-block, E unreadable-block",
        |kit| {
            kit.with_key(
                "koblitz",
                "ecparam -name secp256k1 -genkey -noout",
                "root",
                CA,
            );
            kit.set(&["koblitz"], &["root"])
        },
    ),
    case("the key of another", VERIFY, "", "E key-mismatch", |kit| {
        kit.plain().with("ca-key.pem", kit.key("policy"))
    }),
    case(
        "the key first, and another behind it",
        PEM,
        "key-mismatch",
        "",
        |kit| {
            kit.plain()
                .with("ca-key.pem", kit.key("inter") + &kit.key("policy"))
        },
    ),
    case(
        "a leaf",
        "istio security/pkg/pki/ca/ca.go, NewPluggedCertIstioCAOptions",
        "",
        "E not-a-ca",
        |kit| kit.signing(LEAF),
    ),
    case(
        "a CA that says nothing of its usage",
        "RFC 5280 §4.2.1.3",
        "not-a-ca",
        "",
        |kit| {
            kit.signing("basicConstraints=CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        },
    ),
    case("another root", VERIFY, "", "E no-path", |kit| {
        kit.ca("elsewhere", "elsewhere", CA);
        kit.set(&["inter"], &["elsewhere"])
    }),
    case(
        "another root of the same name",
        VERIFY,
        "",
        "E no-path",
        |kit| {
            kit.called("namesake", "root", "namesake", CA);
            kit.set(&["inter"], &["namesake"])
        },
    ),
    case("no policy CA", VERIFY, "", "E no-path", |kit| {
        kit.set(&["cluster"], &["root"])
    }),
    case("three tiers", VERIFY, "no-path", "", |kit| {
        kit.set(&["cluster", "policy"], &["root"])
    }),
    case("a policy CA that is none", GO, "", "E no-path", |kit| {
        kit.below_policy(LEAF)
    }),
    case(
        "a policy CA without keyCertSign",
        "Go crypto/x509, CheckSignatureFrom",
        "",
        "E no-path",
        |kit| kit.below_policy(&CA.replace("keyCertSign,", "")),
    ),
    case(
        "a root without keyCertSign",
        "Go crypto/x509, CheckSignatureFrom",
        "",
        "E no-path",
        |kit| kit.below_root(&CA.replace("keyCertSign,", "")),
    ),
    case("pathlen 0 two above", GO, "", "E no-path", |kit| {
        kit.twin(
            "special",
            "root",
            "root",
            &CA.replace("CA:TRUE", "CA:TRUE,pathlen:0"),
            ALWAYS,
        );
        kit.set(&["cluster", "policy"], &["special"])
    }),
    case(
        "a critical extension that Go does not handle",
        GO,
        "",
        "E no-path",
        |kit| kit.below_policy(&format!("{CA}1.2.3.4=critical,ASN1:UTF8String:x\n")),
    ),
    case("the same, not critical", GO, "no-path", "", |kit| {
        kit.below_policy(&format!("{CA}1.2.3.4=ASN1:UTF8String:x\n"))
    }),
    case(
        "critical constraints on distinguished names",
        GO,
        "",
        "E no-path",
        |kit| {
            kit.below_root(&format!(
                "{CA}nameConstraints=critical,permitted;dirName:n\n[n]\nO=Istio\n"
            ))
        },
    ),
    case(
        "a DNS name of the CA that is not permitted",
        GO,
        "",
        "E no-path",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                &format!("{CA}nameConstraints=critical,permitted;DNS:example.com\n"),
                ALWAYS,
            );
            kit.ca(
                "named",
                "root",
                &format!("{CA}subjectAltName=DNS:istiod.istio-system.svc\n"),
            );
            kit.set(&["named"], &["special"])
        },
    ),
    case(
        "a DNS name of the CA that is permitted",
        GO,
        "no-path",
        "",
        |kit| {
            kit.twin(
                "special",
                "root",
                "root",
                &format!("{CA}nameConstraints=critical,permitted;DNS:svc\n"),
                ALWAYS,
            );
            kit.ca(
                "named",
                "root",
                &format!("{CA}subjectAltName=DNS:istiod.istio-system.svc\n"),
            );
            kit.set(&["named"], &["special"])
        },
    ),
    case(
        "SHA-1",
        "Go crypto/x509, checkSignature",
        "",
        "E weak-signature",
        |kit| {
            kit.ca("sha", "root", CA);
            kit.signed_with("sha1", "sha", "root");
            kit.set(&["sha"], &["root"])
        },
    ),
    case(
        "SHA-1 on the root itself",
        "Go crypto/x509, buildChains",
        "weak-signature",
        "",
        |kit| {
            kit.ca("old", "old", CA);
            kit.signed_with("sha1", "old", "old");
            kit.ca("new", "old", CA);
            kit.set(&["new"], &["old"])
        },
    ),
    case(
        "SHA-512",
        "Go crypto/x509, checkSignature",
        "weak-signature",
        "",
        |kit| {
            kit.ca("sha", "root", CA);
            kit.signed_with("sha512", "sha", "root");
            kit.set(&["sha"], &["root"])
        },
    ),
    case(
        "a URI whose host ends with a dot",
        "Go crypto/x509, parseSANExtension",
        "",
        "E unreadable-block, E unreadable-block",
        |kit| kit.signing(&format!("{CA}subjectAltName=URI:spiffe://cluster.local.\n")),
    ),
    case(
        "a URI whose host ends without a dot",
        "Go crypto/x509, parseSANExtension",
        "unreadable-block",
        "",
        |kit| kit.signing(&format!("{CA}subjectAltName=URI:spiffe://cluster.local\n")),
    ),
    case(
        "SHA-224, which OpenSSL takes",
        "Go crypto/x509, signatureAlgorithmDetails",
        "",
        "E no-path",
        |kit| {
            kit.ca("sha", "root", CA);
            kit.signed_with("sha224", "sha", "root");
            kit.set(&["sha"], &["root"])
        },
    ),
    case(
        "RSASSA-PSS with a short salt",
        "Go crypto/x509, getSignatureAlgorithmFromAI",
        "",
        "E no-path",
        |kit| {
            kit.with_key("rsa", "genrsa 2048", "rsa", CA);
            kit.ca("pss", "rsa", CA);
            kit.signed_with(&pss(20), "pss", "rsa");
            kit.set(&["pss"], &["rsa"])
        },
    ),
    case(
        "RSASSA-PSS with a salt of the hash's length",
        "Go crypto/x509, getSignatureAlgorithmFromAI",
        "no-path",
        "",
        |kit| {
            kit.with_key("rsa", "genrsa 2048", "rsa", CA);
            kit.ca("pss", "rsa", CA);
            kit.signed_with(&pss(32), "pss", "rsa");
            kit.set(&["pss"], &["rsa"])
        },
    ),
    case("an expired CA", GO, "", "E not-valid-now", |kit| {
        kit.twin("special", "inter", "root", CA, PAST);
        kit.set(&["special"], &["root"])
    }),
    case("a CA to come", GO, "", "E not-valid-now", |kit| {
        kit.twin("special", "inter", "root", CA, FUTURE);
        kit.set(&["special"], &["root"])
    }),
    case("an expired policy CA", GO, "", "E not-valid-now", |kit| {
        kit.twin("special", "policy", "root", CA, PAST);
        kit.set(&["cluster", "special"], &["root"])
    }),
    case("an expired root", GO, "", "E not-valid-now", |kit| {
        kit.twin("special", "root", "root", CA, PAST);
        kit.set(&["inter"], &["special"])
    }),
    case(
        "the last second but one of a CA",
        "RFC 5280 §4.1.2.5",
        "not-valid-now",
        "W expires-soon",
        |kit| {
            kit.twin("special", "inter", "root", CA, PAST);
            kit.set(&["special"], &["root"])
                .asked("--at 2020-12-31T23:59:59Z")
        },
    ),
    case(
        "the last second of a CA",
        "OpenSSL X509_cmp_time: equal is past",
        "",
        "B workload-refused, W expires-soon",
        |kit| {
            kit.twin("special", "inter", "root", CA, PAST);
            kit.set(&["special"], &["root"])
                .asked("--at 2021-01-01T00:00:00Z")
        },
    ),
    case(
        "the second after it",
        "RFC 5280 §4.1.2.5",
        "",
        "E not-valid-now",
        |kit| {
            kit.twin("special", "inter", "root", CA, PAST);
            kit.set(&["special"], &["root"])
                .asked("--at 2021-01-01T00:00:01Z")
        },
    ),
    case(
        "an expired twin of a root beside it",
        GO,
        "not-valid-now",
        "W root-not-valid",
        |kit| {
            kit.twin("special", "root", "root", CA, PAST);
            kit.set(&["inter"], &["special", "root"])
        },
    ),
    case(
        "an expired stranger first in the chain",
        "istio security/pkg/pki/ca/ca.go, minTTL",
        "",
        "E chain-expired, B chain-start, N unused-in-chain",
        |kit| {
            kit.ca("stranger", "root", CA);
            kit.twin("special", "stranger", "root", CA, PAST);
            kit.plain()
                .with("cert-chain.pem", kit.pem(&["special", "inter"]))
        },
    ),
    case(
        "an expired stranger behind",
        "istio security/pkg/pki/ca/ca.go, minTTL",
        "chain-expired",
        "N unused-in-chain, N chain-order",
        |kit| {
            kit.ca("stranger", "root", CA);
            kit.twin("special", "stranger", "root", CA, PAST);
            kit.plain()
                .with("cert-chain.pem", kit.pem(&["inter", "special"]))
        },
    ),
    case("a CA for clients", GO, "", "E no-server-auth", |kit| {
        kit.signing(&format!("{CA}extendedKeyUsage=clientAuth\n"))
    }),
    case("a root for code", GO, "", "E no-server-auth", |kit| {
        kit.below_root(&format!("{CA}extendedKeyUsage=codeSigning\n"))
    }),
    case(
        "a policy CA for something unknown",
        GO,
        "",
        "E no-server-auth",
        |kit| kit.below_policy(&format!("{CA}extendedKeyUsage=1.2.3.4\n")),
    ),
    case(
        "a CA for clients and servers",
        GO,
        "no-server-auth",
        "N purpose-on-ca",
        |kit| kit.signing(&format!("{CA}extendedKeyUsage=clientAuth,serverAuth\n")),
    ),
    case(
        "a CRL of the root alone",
        VERIFY,
        "",
        "E crl-missing",
        |kit| {
            kit.plain()
                .with("ca-crl.pem", kit.crls(&[("root", &[], ALWAYS)]))
        },
    ),
    case("a CRL of a namesake", VERIFY, "", "E crl-missing", |kit| {
        kit.called("namesake", "inter", "root", CA);
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &[], ALWAYS), ("namesake", &[], ALWAYS)]),
        )
    }),
    case(
        "a CRL by a CA without cRLSign",
        VERIFY,
        "",
        "E crl-missing, W no-crl-sign",
        |kit| {
            let set = kit.signing(&CA.replace(",cRLSign", ""));
            set.with(
                "ca-crl.pem",
                kit.crls(&[("root", &[], ALWAYS), ("special", &[], ALWAYS)]),
            )
        },
    ),
    case("CRLs of all", VERIFY, "crl-missing", "", |kit| {
        kit.plain().with(
            "ca-crl.pem",
            kit.crls(&[("root", &[], ALWAYS), ("inter", &[], ALWAYS)]),
        )
    }),
    case("an empty CRL file", VERIFY, "crl-missing", "", |kit| {
        kit.plain().with("ca-crl.pem", "")
    }),
    case(
        "a certificate in the CRL file",
        VERIFY,
        "",
        "E unreadable-block",
        |kit| {
            kit.plain().with(
                "ca-crl.pem",
                kit.pem(&["root"]) + &kit.crls(&[("root", &[], ALWAYS), ("inter", &[], ALWAYS)]),
            )
        },
    ),
    case(
        "more than a Secret holds",
        "Kubernetes core/v1, MaxSecretSize",
        "",
        "E too-large",
        |kit| {
            kit.plain()
                .changed("root-cert.pem", |text| text + &"#".repeat(1 << 20))
        },
    ),
    case(
        "as much as a Secret holds",
        "Kubernetes core/v1, MaxSecretSize",
        "too-large",
        "",
        |kit| {
            let set = kit.plain();
            let left = (1 << 20) - set.size();
            set.changed("root-cert.pem", |text| text + &"#".repeat(left))
        },
    ),
];
