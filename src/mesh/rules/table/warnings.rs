//! What works today, and will hurt.

use super::super::super::istio_version::IstioVersion;

super::rules! { Warning, WARNINGS:
    EXPIRES_SOON = "expires-soon", "no certificate of the path expires soon"
    => "from that day on istiod does not start, and handshakes fail"
    ; "Thirty days, or what --expires-within says. What istiod issues ends with its CA at the latest, so that lifetimes become shorter before the end. A new root takes longer to roll out than a new CA."
    ; "RFC 5280 §6.1.3 (a)(2)"

    OUTLIVES_ISSUER = "outlives-issuer", "no certificate of the path outlives its issuer"
    => "the mesh breaks on the day that the issuer expires, and nothing that looks at ca-cert.pem tells of it"
    ; "A path is good until the first of its certificates expires. A day's difference is passed over: certificates that were made one after the other, for as many days each, differ by seconds. istiod's metrics are about the first certificate of cert-chain.pem and the first root, and nothing in between."
    ; "RFC 5280 §6.1.3 (a)(2)"

    NO_CRL_SIGN = "no-crl-sign", "each CA of the path may sign CRLs"
    => "no CRL of this CA is ever valid, so that nothing that it has issued can be revoked"
    ; "With a keyUsage that lacks cRLSign a CA signs no CRL, and istiod refuses a ca-crl.pem without a CRL of each certificate of cert-chain.pem."
    ; "RFC 5280 §4.2.1.3; istio security/pkg/pki/util/keycertbundle.go, Verify"

    KEY_ENCIPHERMENT = "key-encipherment", "a CA's key signs and does nothing else"
    => "SPIRE refuses such a CA, and others that go by SPIFFE may"
    ; "SPIFFE leaves keyEncipherment and keyAgreement to leaves. Istio does not look at it, and the CAs of its Makefile have it."
    ; "X509-SVID appendix A; spire pkg/server/credvalidator/validator.go"

    KEY_EXPOSED = "key-exposed", "the private key can be read by its owner alone"
    => "whoever reads it can make a certificate of any workload"
    ; "The permissions of ca-key.pem let the group or all read it. What openssl writes is protected by the umask alone."
    ; "Istio's own tools/certs/Makefile.selfsigned.mk; NIST SP 800-57 part 1 §6.2.2"

    STRAY_KEY = "stray-key", "no other private key lies beside the cluster's"
    => "whoever can read the folder or the Secret has that key too, which may be the root's"
    ; "istiod needs the key of its CA and no other. kubectl create secret --from-file=DIR puts everything of a folder into the Secret, a root-key.pem too. Files are told by their names: *key.pem and *.key."
    ; "Istio documentation: Plug in CA Certificates"

    NAMES_FOR_ZTUNNEL = "names-for-ztunnel", "no name constraint is of a kind that ztunnel refuses"
    => "in ambient mode every handshake fails; sidecars are not affected"
    ; "rustls-webpki, ztunnel's verifier, refuses every certificate with a URI below a CA that constrains URIs, and every name below one that constrains distinguished names. Go and Envoy look at the host of the URI."
    ; "rustls-webpki src/subject_name.rs; ztunnel src/tls"

    UNCOMMON_KEY = "uncommon-key", "each key of the path is of a kind that every proxy takes"
    => "some proxies refuse the path: ztunnel takes no RSA under 2048 or over 8192 bits, and P-521 and Ed25519 depend on how a proxy was built"
    ; "What every build of istiod, Envoy and ztunnel takes is RSA of 2048 to 8192 bits, P-256 and P-384."
    ; "rustls-webpki src/ring_algs.rs, src/aws_lc_rs_algs.rs"

    ROOT_NOT_SELF_SIGNED = "root-not-self-signed", "every certificate of root-cert.pem is a root's, or leads to one there"
    => "whatever that CA has issued is trusted; verifiers that go on to a root refuse it"
    ; "Go, Envoy and ztunnel end a path at any certificate that is trusted. openssl verify does so with -partial_chain alone, and gRPC and Java applications that are given the same file may not at all."
    ; "Go crypto/x509, Certificate.Verify; RFC 5280 §6.1.1 (d)"

    LEAF_IN_ROOTS = "leaf-in-roots", "every certificate of root-cert.pem is a CA's"
    => "it is no anchor for anything but itself; with ISTIO_MULTIROOT_MESH istiod refuses it, if it is the first"
    ; "istiod loads a certificate without CA:TRUE from root-cert.pem and says nothing. Nothing can be issued by it."
    ; "istio pilot/pkg/trustbundle/trustbundle.go, verifyTrustAnchor"

    ROOT_NOT_VALID = "root-not-valid", "every certificate of root-cert.pem is valid now"
    => "what is issued under that root is refused"
    ; "istiod loads root-cert.pem with expired certificates in it, as long as its own path needs none of them. istiod's metric is about the first root alone."
    ; "istio security/pkg/server/ca/monitoring.go"

    ROOTS_SHARE_NAME = "roots-share-name", "roots with different keys have different names"
    => "logs, metrics and people cannot tell them apart; without key identifiers verifiers cannot either"
    ; "Give each generation of a root a name of its own. Verifiers that compare names and key identifiers cope; a certificate without authorityKeyIdentifier below such a root is refused by those that take the first root of the name."
    ; "RFC 5280 §4.2.1.1"

    DUPLICATE_CERTIFICATE = "duplicate-certificate", "no certificate is in a file twice"
    => "it is sent twice in each handshake, or trusted twice"
    ; "A certificate that is repeated in cert-chain.pem costs its size in each handshake. In root-cert.pem it does no harm, and is mostly the sign of a step that ran twice."
    ; "RFC 8446 §4.4.2"

    CRL_UNREAD = "crl-unread", "ca-crl.pem is read, if it is there"
    => "nothing is revoked"
    ; "istiod reads ca-crl.pem from 1.27 on, and never beside tls.crt."
    ; "istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundle"

    #[since(IstioVersion::READS_TLS)]
    BOTH_FORMS = "both-forms", "the files are there in one form"
    => "istiod takes tls.crt, tls.key and ca.crt, and never looks at the .pem files"
    ; "Where tls.crt is, it wins, from Istio 1.15 on. A change of the .pem files then has no effect."
    ; "istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundle"

    OTHER_TRUST_DOMAIN = "other-trust-domain", "the CA is of the trust domain that it is used in"
    => "verifiers that go by SPIFFE refuse its workloads"
    ; "The SPIFFE ID of a signing certificate, where it has one, should be that of the trust domain of what it signs. Istio does not look at it."
    ; "X509-SVID §3.2"
}
