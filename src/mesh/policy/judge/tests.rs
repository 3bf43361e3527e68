//! Whatever is asked for: what is granted is permitted.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use time::macros::datetime;

use super::super::Policy;
use super::*;
use crate::mesh::policy::tests::{patterns, permitted};
use crate::pki::certificate::{BasicConstraints, CertificateSpec};
use crate::pki::key::{KeySpec, PrivateKey};
use crate::pki::request;
use crate::pki::validity::Validity;

fn policy() -> Policy {
    Policy {
        clusters: patterns(&["*"]),
        organizations: patterns(&["Istio", "Ac*"]),
        common_names: patterns(&["CA"]),
        dns_names: patterns(&["*.svc"]),
        trust_domains: permitted(vec!["prod".parse().unwrap()]),
        key_types: permitted(KeySpec::ALL.to_vec()),
    }
}

fn defaults() -> Defaults {
    Defaults {
        organization: "Istio".to_owned(),
        common_name: "CA".to_owned(),
        dns_names: vec!["istiod.svc".parse().unwrap()],
        trust_domain: None,
    }
}

const NAMES: [(&str, bool); 6] = [
    ("a.svc", true),
    ("b.svc", true),
    ("evil.example.com", false),
    ("spiffe://prod", true),
    ("spiffe://test", false),
    ("https://prod", false),
];

fn name(name: &str) -> SubjectAltName {
    match name.contains(':') {
        true => SubjectAltName::Uri(name.to_owned()),
        false => SubjectAltName::Dns(name.to_owned()),
    }
}

proptest! {
    #[test]
    fn what_is_granted_is_permitted_and_what_is_not_permitted_is_refused(
        organization in select(vec![None, Some("Istio"), Some("Acme"), Some("acme"), Some("x")]),
        common_name in select(vec![None, Some("CA"), Some("CA "), Some("ca")]),
        locality in select(vec![None, Some("a"), Some("b")]),
        is_ca in any::<bool>(),
        path_len in select(vec![None, Some(0), Some(1)]),
        names in subsequence(NAMES.to_vec(), 0..=3),
    ) {
        let attributes = [
            (Attribute::CommonName, common_name),
            (Attribute::Locality, locality),
            (Attribute::Organization, organization),
        ];
        let attributes = attributes.into_iter();
        let present = attributes.filter_map(|(attribute, value)| Some((attribute, value?)));
        let spec = CertificateSpec {
            subject: DistinguishedName::new(present).unwrap(),
            validity: Validity::new(
                datetime!(2026-01-01 0:00 UTC),
                datetime!(2027-01-01 0:00 UTC),
            )
            .unwrap(),
            basic_constraints: match is_ca {
                true => BasicConstraints::Ca { path_len },
                false => BasicConstraints::EndEntity,
            },
            key_usage: vec![KeyUsage::DigitalSignature],
            extended_key_usage: Vec::new(),
            subject_alt_names: names.iter().map(|(text, _)| name(text)).collect(),
        };
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let pem = request::asking_for(&spec, &key).unwrap();
        let request = CertificationRequest::from_pem(pem.as_bytes()).unwrap();
        let judged = policy().judge(&"a".parse().unwrap(), &request, &defaults());

        let is_permitted = !matches!(organization, Some("acme" | "x"))
            && !matches!(common_name, Some("CA " | "ca"))
            && locality != Some("b")
            && is_ca
            && path_len != Some(1)
            && names.iter().all(|(_, is_permitted)| *is_permitted);
        prop_assert_eq!(judged.is_ok(), is_permitted, "{:?}", judged);
        let Ok(granted) = judged else { return Ok(()) };
        let organization = organization.unwrap_or("Istio");
        let subject = format!("O = {organization}, CN = CA, L = a");
        prop_assert_eq!(granted.subject.to_string(), subject);
        let asked = match names.is_empty() {
            true => vec![name("istiod.svc")],
            false => spec.subject_alt_names,
        };
        prop_assert_eq!(granted.subject_alt_names, asked);
        prop_assert_eq!(not_taken_over(request.extensions()), ["digitalSignature"]);
    }
}
