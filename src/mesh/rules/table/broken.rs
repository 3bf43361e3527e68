//! Rules without which istiod starts, and the mesh breaks.

use super::super::super::istio_version::IstioVersion;

super::rules! { Broken, BROKEN:
    KEY_LEAK = "key-leak", "no private key is in a file that goes to others"
    => "the key is sent to every workload or every namespace"
    ; "cert-chain.pem goes to every workload with its certificate, root-cert.pem to a ConfigMap in every namespace, ca-crl.pem to every proxy. istiod keeps the blocks of these files as they are, whatever their labels."
    ; "istio security/pkg/pki/util/crypto.go, PemCertBytestoString"

    FOREIGN_LABEL = "foreign-label", "certificates are in blocks that say CERTIFICATE"
    => "istiod does not use the certificate, and hands it out all the same"
    ; "A certificate under another label, such as X509 CERTIFICATE, parses where istiod looks at every block, and is passed over where it builds a pool of roots or intermediates (AppendCertsFromPEM). What a proxy makes of it is up to its library: ztunnel refuses anything but certificates there."
    ; "Go crypto/x509, AppendCertsFromPEM; ztunnel src/tls/certificate.rs"

    CA_KEY_KIND = "ca-key-kind", "the key is of a kind that istiod, Envoy and ztunnel all take"
    => "proxies refuse what is signed with it: ztunnel takes no RSA under 2048 bits, and not every build of Envoy Ed25519"
    ; "istiod itself signs with RSA of 1024 bits and with Ed25519. ztunnel's verifier (rustls-webpki) has no RSA under 2048 bits. What all of them take is RSA of 2048 bits and more, and ECDSA on P-256, P-384 and P-521. meshpki signs with nothing else."
    ; "istio security/pkg/pki/util/crypto.go; rustls-webpki"

    NO_KEY_CERT_SIGN = "no-key-cert-sign", "the CA may sign certificates"
    => "istiod starts, and every certificate that it issues is refused"
    ; "A keyUsage without keyCertSign forbids a key to sign certificates. istiod does not look at that of its own CA; all who verify what it issues do."
    ; "RFC 5280 §4.2.1.3"

    CHAIN_START = "chain-start", "cert-chain.pem begins with ca-cert.pem"
    => "workloads cannot prove whom they were signed by, or do so out of order"
    ; "istiod sends cert-chain.pem as it is, behind each certificate that it issues; the CA's own certificate has to be in it, unless the CA is itself in root-cert.pem: else every handshake fails. It has to be the first: TLS 1.2 wants each certificate before its issuer, though Envoy and ztunnel find their way. The first certificate also limits the lifetimes that istiod gives, and is the one that the metric citadel_server_cert_chain_expiry_timestamp is about."
    ; "istio security/pkg/server/ca/server.go; security/pkg/pki/ca/ca.go, minTTL"

    NO_CLIENT_AUTH = "no-client-auth", "no extKeyUsage on the path lacks clientAuth"
    => "proxies refuse every client"
    ; "istiod asks for serverAuth alone, and Go takes anyExtendedKeyUsage for it. Workloads are clients too, and Envoy's verifier wants clientAuth by name in every extKeyUsage of the path."
    ; "Envoy source/common/tls/cert_validator/default_validator.cc: ssl_client; RFC 5280 §4.2.1.12"

    WORKLOAD_REFUSED = "workload-refused", "a workload's certificate under this CA is good for a TLS server"
    => "every handshake fails"
    ; "A certificate is issued in memory as istiod would issue it, with a workload's SPIFFE ID and istiod's DNS name, and judged by OpenSSL as Envoy would and by Go's rules as istiod would: this finds a pathLenConstraint of 0 above the CA, and name constraints that leave out the trust domain (--trust-domain) or istiod's name (--istiod-san)."
    ; "RFC 5280 §6.1; X509-SVID §5"

    AMBIGUOUS_ROOT = "ambiguous-root", "a root can be told from another of its name"
    => "verifiers like OpenSSL's take the wrong root, and handshakes fail with: certificate signature failure"
    ; "Two roots with one name and different keys are told apart by key identifiers: authorityKeyIdentifier below, subjectKeyIdentifier in the root. Without them Go tries both, and OpenSSL and BoringSSL take the first that is valid. It is an error here when that is the wrong one."
    ; "OpenSSL X509_STORE_CTX_get1_issuer; RFC 5280 §4.2.1.1"

    #[since(IstioVersion::READS_CRL)]
    CRL_INCOMPLETE = "crl-incomplete", "each CA of the path has a CRL in ca-crl.pem, if there is that file"
    => "proxies refuse every peer: unable to get certificate CRL"
    ; "istiod wants CRLs of the certificates in cert-chain.pem alone. Envoy is given ca-crl.pem too, and wants a CRL of every CA on the path, the root included."
    ; "istio security/pkg/pki/util/keycertbundle.go, Verify; Envoy: CRL_CHECK_ALL"

    #[since(IstioVersion::READS_CRL)]
    CRL_NOT_CURRENT = "crl-not-current", "each CA of the path has a CRL that is current"
    => "proxies refuse every peer: CRL has expired, or is not yet valid"
    ; "istiod does not look at thisUpdate and nextUpdate. Envoy's verifier does. ztunnel passes over an expired CRL."
    ; "RFC 5280 §6.3.3; Envoy and OpenSSL: errors 11 and 12"

    #[since(IstioVersion::READS_CRL)]
    REVOKED = "revoked", "no certificate of the path is revoked"
    => "proxies refuse every peer of this cluster"
    ; "istiod does not look up its own CA in the CRLs that it loads, and starts. Proxies do."
    ; "RFC 5280 §6.3.3"
}
