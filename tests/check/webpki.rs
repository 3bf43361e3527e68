//! What rustls-webpki, with which ztunnel verifies, makes of what is issued under a set of files.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;

use crate::common::Workspace;
use crate::common::pki::AT;

/// Whether the certificate workload.pem is taken with the files in `folder`: istiod sends
/// cert-chain.pem, and root-cert.pem is what is trusted.
pub fn accepts_the_workload(workspace: &Workspace, folder: &str) -> bool {
    let read = |file: &str| {
        let text = workspace.read(file);
        let certificates = CertificateDer::pem_slice_iter(&text);
        certificates.filter_map(Result::ok).collect::<Vec<_>>()
    };
    let mut roots = RootCertStore::empty();
    // As ztunnel does it: what it cannot read is passed over (src/tls/certificate.rs).
    roots.add_parsable_certificates(read(&format!("{folder}/root-cert.pem")));
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let Ok(verifier) = verifier.build() else {
        return false;
    };
    let at = AT.parse().expect("seconds");
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at));
    let workload = read("workload.pem").remove(0);
    let sent = read(&format!("{folder}/cert-chain.pem"));
    verifier.verify_client_cert(&workload, &sent, at).is_ok()
}
