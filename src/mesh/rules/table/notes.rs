//! What is good to know, and never counted.

super::rules! { Note, NOTES:
    ROOT_SENT_TWICE = "root-sent-twice", "cert-chain.pem leaves the root out"
    => "the root goes over the wire twice in each handshake, and proxies have no use for it even once"
    ; "This is the layout of Istio's Makefile and of meshpki by default. istiod appends root-cert.pem to what it sends as well; Java clients have refused a chain with the root in it twice. To leave it out: meshpki cluster-cacerts --renew --chain-without-root."
    ; "istio pkg/security, secretcache.go; istio issues 39001, 43654"

    UNUSED_IN_CHAIN = "unused-in-chain", "every certificate of cert-chain.pem is on the path"
    => "it goes over the wire in each handshake for nothing"
    ; "istiod sends cert-chain.pem as it is. A certificate that no path needs does no harm but costs its size; during a change of roots it may be a cross-certificate that others need."
    ; "istio security/pkg/server/ca/server.go; RFC 8446 §4.4.2"

    CHAIN_ORDER = "chain-order", "each certificate of cert-chain.pem is issued by the next"
    => "TLS 1.3 allows it; TLS 1.2 does not, and old clients refuse it"
    ; "istiod, Envoy and ztunnel find their way in any order."
    ; "RFC 5246 §7.4.2; RFC 8446 §4.4.2"

    NO_KEY_IDENTIFIERS = "no-key-identifiers", "certificates name the key of their issuer"
    => "a second root of the same name would break handshakes"
    ; "Without authorityKeyIdentifier in a certificate and subjectKeyIdentifier in its issuer, verifiers go by names alone. Go gives what istiod issues an authorityKeyIdentifier only if the CA has a subjectKeyIdentifier."
    ; "RFC 5280 §4.2.1.1, §4.2.1.2"

    PURPOSE_ON_CA = "purpose-on-ca", "a CA has no extKeyUsage"
    => "all that is issued below it is held to these purposes"
    ; "In a CA, extKeyUsage limits everything below it, in Go, Envoy and ztunnel alike. With serverAuth and clientAuth in it workloads are fine."
    ; "RFC 5280 §4.2.1.12"

    ROOT_SIGNS_WORKLOADS = "root-signs-workloads", "the root's key is not in a cluster"
    => "whoever gets at the cluster's Secret has the root of the mesh"
    ; "ca-cert.pem is itself a self-signed root. istiod takes it. With a CA below the root for each cluster, a cluster that is broken into is replaced without a new root."
    ; "Istio documentation: Plug in CA Certificates"

    ISTIO_GENERATED = "istio-generated", "the key istio-generated is not there"
    => "with USE_CACERTS_FOR_SELF_SIGNED_CA, istiod takes the set for its own, and replaces it"
    ; "istiod writes this key into a Secret that it has made itself. Where the setting is on (it is off by default), files with it are treated as self-signed, and rotated by istiod."
    ; "istio pilot/pkg/bootstrap/istio_ca.go, createIstioCA"

    IGNORED_FILE = "ignored-file", "all that is there is read by istiod"
    => "istiod does not look at it"
    ; "All keys of the Secret cacerts are mounted; istiod reads those that it knows by name, and passes over the rest. Secrets by kubectl create secret --from-file=DIR carry everything of a folder."
    ; "istio security/pkg/pki/ca/ca.go"

    SECRET_NAME = "secret-name", "the Secret is called cacerts"
    => "istiod is not given it under another name, unless the Deployment is changed"
    ; "istiod's Deployment mounts the Secret cacerts of its own namespace, and goes on without it where there is none."
    ; "istio manifests/charts/istio-control/istio-discovery/templates/deployment.yaml"
}
