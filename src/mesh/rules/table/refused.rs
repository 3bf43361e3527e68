//! Rules without which istiod does not start, or makes a CA of its own.

use super::super::super::istio_version::IstioVersion;

super::rules! { Refused, REFUSED:
    NO_FILES = "no-files", "there is something for istiod to load"
    => "istiod makes a CA of its own in silence, which no other cluster trusts"
    ; "istiod looks for tls.crt, and else for ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem in /etc/cacerts, which is the Secret cacerts. Where none of them is there it logs \"Use self-signed certificate as the CA certificate\" and goes on with a root that it makes itself: everything works inside the cluster, and nothing across clusters. A misspelt key of the Secret has the same effect."
    ; "istio pilot/pkg/bootstrap/istio_ca.go, createIstioCA"

    INCOMPLETE_SET = "incomplete-set", "the set of files is whole"
    => "istiod does not start: incomplete signing CA bundle detected; before 1.27, without ca-key.pem, it makes a CA of its own in silence"
    ; "Of the four files (tls.crt, tls.key and ca.crt in the other form) istiod wants all or none. Up to 1.26 it looked for the key alone: without it, it made a root of its own and said nothing; with the key and without another file it failed to start all the same."
    ; "istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundle"

    UNREADABLE_BLOCK = "unreadable-block", "istiod can read every block"
    => "istiod does not start, or does not see a certificate that is there"
    ; "istiod is a Go program. Go's encoding/pem does not see a block whose BEGIN or END line has anything else on it: a byte order mark, another block glued to it because a file lacked its last line feed. Of ca-cert.pem it reads the first block alone, and nothing but a CERTIFICATE. Of cert-chain.pem and root-cert.pem every block has to parse as a certificate, whatever its label: for its own serving certificate, and for the verifier of the proxies that connect to it. Go refuses what OpenSSL takes: negative serial numbers (from Go 1.23 on; older ones take them), curves that it does not know, compressed points, key identifiers that are marked critical, URIs whose host ends with a dot."
    ; "istio security/pkg/pki/util/crypto.go; Go encoding/pem"

    CA_KEY_UNREADABLE = "ca-key-unreadable", "the key file begins with a private key that istiod can read"
    => "istiod does not start"
    ; "istiod reads the first block of the key file and nothing else, and it takes three labels: PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY. What openssl ecparam -genkey writes begins with EC PARAMETERS; what openssl genpkey -aes256 or step write is encrypted, and istiod cannot ask for a passphrase; a key on a curve that Go does not know, such as secp256k1, cannot be parsed."
    ; "istio security/pkg/pki/util/crypto.go, ParsePemEncodedKey"

    KEY_MISMATCH = "key-mismatch", "the key belongs to the certificate"
    => "istiod does not start"
    ; "The private key has to be the one that the CA's certificate certifies (tls.X509KeyPair)."
    ; "istio security/pkg/pki/util/keycertbundle.go, Verify"

    NOT_A_CA = "not-a-ca", "the certificate is a CA's"
    => "istiod does not start; one that is running takes it, signs with it, and does not start again"
    ; "basicConstraints have to say CA:TRUE. A running istiod that loads new files does not look at it, serves certificates that nobody accepts, and refuses the same files at its next start."
    ; "RFC 5280 §4.2.1.9; istio security/pkg/pki/ca/ca.go"

    NO_PATH = "no-path", "there is a path from the CA to a root"
    => "istiod does not start"
    ; "istiod verifies its CA certificate by way of cert-chain.pem to root-cert.pem with Go's crypto/x509: each issuer by name and signature, CA:TRUE and keyCertSign above the first, pathLenConstraint, name constraints on every DNS name and URI below them (a URI by its host: cluster.local, not spiffe://cluster.local), signatures of a kind that it knows (no SHA-224, no SHA-3, RSASSA-PSS with a salt of the hash's length alone), and no critical extension that Go does not handle. Where OpenSSL refuses the path too, its words are given, as they are what openssl verify prints."
    ; "istio security/pkg/pki/util/keycertbundle.go, Verify; RFC 5280 §6.1"

    WEAK_SIGNATURE = "weak-signature", "no certificate of the path is signed with MD5 or SHA-1"
    => "istiod does not start, although openssl verify is content"
    ; "Go refuses signatures with MD5 and, from 1.18 on, with SHA-1, on every certificate of the path but the root: a root's own signature is looked at by nobody. ztunnel's verifier knows neither."
    ; "Go crypto/x509, checkSignature; rustls-webpki"

    NOT_VALID_NOW = "not-valid-now", "every certificate of the path is valid now"
    => "istiod does not start, and every handshake fails"
    ; "istiod verifies the path as of now when it starts. One that is running does not look again: it goes on signing until the CA's end, to which it shortens what it issues, and workloads then refuse each other."
    ; "RFC 5280 §6.1.3 (a)(2)"

    CHAIN_EXPIRED = "chain-expired", "the first certificate of cert-chain.pem has not expired"
    => "istiod does not start: cert chain has expired"
    ; "To find the longest lifetime that it can give, istiod reads the first certificate of cert-chain.pem, whichever that is, and refuses an expired one, even if no path needs it."
    ; "istio security/pkg/pki/ca/ca.go, minTTL"

    NO_SERVER_AUTH = "no-server-auth", "no extKeyUsage on the path lacks serverAuth"
    => "istiod does not start"
    ; "istiod asks Go for a path without saying for what, and Go's default is serverAuth. A certificate of the path that has an extKeyUsage, the root included, has to name serverAuth or anyExtendedKeyUsage."
    ; "Go crypto/x509, Certificate.Verify: KeyUsages"

    #[since(IstioVersion::READS_CRL)]
    CRL_MISSING = "crl-missing", "each certificate of cert-chain.pem has a CRL in ca-crl.pem, if there is that file"
    => "istiod does not start: missing CRL signed by certificates"
    ; "If ca-crl.pem is not empty, istiod wants in it a CRL signed by each certificate of cert-chain.pem, which has to have cRLSign for it. It does not look at nextUpdate, nor whether anything is revoked."
    ; "istio security/pkg/pki/util/keycertbundle.go, Verify"

    TOO_LARGE = "too-large", "a Secret holds at most one mebibyte"
    => "Kubernetes refuses the Secret, so that istiod keeps what it has"
    ; "The data of a Secret may have 1,048,576 octets in all. root-cert.pem is copied to a ConfigMap in each namespace, which has the same limit."
    ; "Kubernetes core/v1, MaxSecretSize"
}
