//! What each kind of certificate in a mesh says. To know what meshpki signs, read this file.

use time::Duration;

use super::spiffe::{TrustDomain, WorkloadId};
use crate::pki::certificate::{
    BasicConstraints, CertificateSpec, ExtendedKeyUsage, KeyUsage, SubjectAltName,
};
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeyKind;
use crate::pki::name::DistinguishedName;
use crate::pki::validity::Validity;

/// How far before the present a certificate begins, for the clocks of others that are slow. istiod
/// does the same (istio security/pkg/pki/util/generate_cert.go).
pub const BACKDATING: Duration = Duration::minutes(2);

/// Whether a certificate of this length is one of `days`: its beginning may have been moved back,
/// or into the period of its issuer.
pub fn is_length(days: u32, length: Duration) -> bool {
    is_lifetime(Duration::days(days.into()), length)
}

/// As [`is_length`], of a lifetime that need not be of whole days.
pub fn is_lifetime(asked: Duration, length: Duration) -> bool {
    asked <= length && length <= asked.saturating_add(BACKDATING)
}

/// What a CA of the mesh may do: sign certificates and CRLs, and nothing else (X509-SVID §4.3 and
/// appendix A; without cRLSign no CRL of it is ever valid, RFC 5280 §4.2.1.3).
pub const CA_KEY_USAGE: [KeyUsage; 2] = [KeyUsage::KeyCertSign, KeyUsage::CrlSign];

/// The root of the mesh. With a trust domain it is the signing authority of it (X509-SVID §3.2).
pub fn root_ca(
    subject: DistinguishedName,
    validity: Validity,
    trust_domain: Option<&TrustDomain>,
) -> CertificateSpec {
    CertificateSpec {
        subject,
        validity,
        basic_constraints: BasicConstraints::Ca { path_len: None },
        key_usage: CA_KEY_USAGE.to_vec(),
        extended_key_usage: Vec::new(),
        subject_alt_names: trust_domain
            .map(TrustDomain::signing_authority)
            .into_iter()
            .collect(),
    }
}

/// The CA that istiod signs workload certificates with: no CA may stand below it.
pub fn cluster_ca(
    subject: DistinguishedName,
    validity: Validity,
    subject_alt_names: Vec<SubjectAltName>,
) -> CertificateSpec {
    CertificateSpec {
        subject,
        validity,
        basic_constraints: BasicConstraints::Ca { path_len: Some(0) },
        key_usage: CA_KEY_USAGE.to_vec(),
        extended_key_usage: Vec::new(),
        subject_alt_names,
    }
}

/// The subjectAltName of a cluster's CA: istiod's DNS names, and the trust domain's signing
/// authority.
pub fn cluster_ca_names(
    dns_names: &[DnsName],
    trust_domain: Option<&TrustDomain>,
) -> Vec<SubjectAltName> {
    dns_names
        .iter()
        .map(|name| SubjectAltName::Dns(name.as_str().to_owned()))
        .chain(trust_domain.map(TrustDomain::signing_authority))
        .collect()
}

/// A workload's certificate, an X509-SVID: one SPIFFE ID, which is critical if there is no subject
/// (§2, §3.1), a critical keyUsage (§4.3), and both purposes of TLS (§4.4). Only an RSA key is one
/// that encipherment makes sense with (RFC 4055 §1.2, RFC 8813 §3).
pub fn workload(
    subject: DistinguishedName,
    validity: Validity,
    key: KeyKind,
    id: &WorkloadId,
    dns_names: &[DnsName],
) -> CertificateSpec {
    let key_usage = match key {
        KeyKind::Rsa(_) => vec![KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment],
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 => {
            vec![KeyUsage::DigitalSignature]
        }
    };
    let dns_names = dns_names
        .iter()
        .map(|name| SubjectAltName::Dns(name.as_str().to_owned()));
    CertificateSpec {
        subject,
        validity,
        basic_constraints: BasicConstraints::EndEntity,
        key_usage,
        extended_key_usage: vec![ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
        subject_alt_names: std::iter::once(id.name()).chain(dns_names).collect(),
    }
}

/// A workload's certificate as istiod issues it: no subject, and so a critical subjectAltName
/// (istio security/pkg/pki/util/generate_cert.go; X509-SVID §3.1, §4).
pub fn istiod_workload(
    validity: Validity,
    subject_alt_names: Vec<SubjectAltName>,
) -> CertificateSpec {
    CertificateSpec {
        subject: DistinguishedName::empty(),
        validity,
        basic_constraints: BasicConstraints::EndEntity,
        key_usage: vec![KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment],
        extended_key_usage: vec![ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
        subject_alt_names,
    }
}
