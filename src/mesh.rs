//! Istio, SPIFFE and Kubernetes: no disk, no terminal, no clock. Policy lives here; the mechanism
//! is in [`crate::pki`].

pub mod archive;
pub mod cacerts;
pub mod compare;
pub mod find;
pub mod heap;
pub mod import;
pub mod istio_version;
pub mod kubernetes;
pub mod manifest;
pub mod objects;
pub mod openssl_conf;
pub mod policy;
pub mod profile;
pub mod record;
pub mod root_bundle;
pub mod rotation;
pub mod rules;
pub mod secrets;
pub mod signing_root;
pub mod spiffe;
pub mod svid;
mod template;
pub mod trust;

/// The root's files, as Istio's Makefile names them.
pub const ROOT_KEY: &str = "root-key.pem";
pub const ROOT_CERT: &str = "root-cert.pem";
pub const ROOT_CONF: &str = "root-ca.conf";
pub const ROOT_CSR: &str = "root-cert.csr";

/// The record of what the root has signed.
pub const ROOT_ISSUED: &str = "root-issued.jsonl";

/// A cluster's files, by the names istiod reads (istio security/pkg/pki/ca/ca.go); the root's
/// certificate stands beside them as [`ROOT_CERT`].
pub const CA_CERT: &str = "ca-cert.pem";
pub const CA_KEY: &str = "ca-key.pem";
pub const CERT_CHAIN: &str = "cert-chain.pem";
pub const CA_CRL: &str = "ca-crl.pem";

/// What a cluster asks the root for, and a new key that waits for the answer.
pub const CA_CSR: &str = "ca-csr.pem";
pub const CA_KEY_NEXT: &str = "ca-key.next.pem";

/// Both of them: a folder may have them for a while, and a Secret has no use for them.
pub const ON_THE_WAY: [&str; 2] = [CA_CSR, CA_KEY_NEXT];

/// The same by the names of a Secret of type kubernetes.io/tls (istio security/pkg/pki/ca/ca.go).
pub const TLS_CRT: &str = "tls.crt";
pub const TLS_KEY: &str = "tls.key";
pub const CA_CRT: &str = "ca.crt";

/// A workload's key, by the name the Istio agent reads (istio pkg/security/security.go).
pub const WORKLOAD_KEY: &str = "key.pem";
