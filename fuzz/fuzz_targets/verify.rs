//! Certificates and CRLs from anywhere are verified against each other: whatever they are, there is
//! a verdict.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use meshpki::mesh::find;
use meshpki::mesh::svid::{self, Expected};
use meshpki::pki::find::Item;
use meshpki::pki::text::NameOptions;
use meshpki::pki::verify::{Anchorage, Candidate, Check, Crl, Event, Parameters, Trust, Verifier};

fuzz_target!(|data: &[u8]| {
    meshpki::pki::start_to_read();
    // The first octet chooses what is asked.
    let Some((&choice, data)) = data.split_first() else {
        return;
    };
    let source: Arc<str> = "fuzz".into();
    let mut certificates = Vec::new();
    let mut crls = Vec::new();
    for found in find::items("fuzz", data) {
        match found.item {
            Item::Certificate(der) if der.is_trusted() => {
                certificates.extend(Candidate::from_trusted_der(der.with_trailer(), &source).ok());
            }
            Item::Certificate(der) => {
                certificates.extend(Candidate::from_der(der.der(), &source).ok());
            }
            Item::Crl(der) => crls.extend(Crl::from_der(&der)),
            _ => {}
        }
    }
    let Some((certificate, others)) = certificates.split_first() else {
        return;
    };
    let all = [
        Check::PartialChain,
        Check::Strict,
        Check::SelfSignature,
        Check::Policies,
        Check::PrintPolicies,
        Check::CrlOfAll,
        Check::ExtendedCrls,
        Check::DeltaCrls,
    ];
    let asked = all.iter().enumerate();
    let asked = asked.filter(|(bit, _)| choice >> bit & 1 == 1);
    let parameters = Parameters {
        checks: asked.map(|(_, check)| *check).collect(),
        at: Some(1_893_456_000),
        hostname: (choice & 1 == 1).then(|| "a.example.com".to_owned()),
        ..Parameters::default()
    };
    let trust = Trust {
        anchorage: if choice & 2 == 2 {
            Anchorage::Stack
        } else {
            Anchorage::Store
        },
        anchors: others.iter().rev().take(2).cloned().collect(),
        crls: Vec::new(),
        folders: Vec::new(),
    };
    let parameters = parameters.to_openssl().expect("they can be asked");
    let verifier = Verifier::new(&trust, others, &crls, &parameters).expect("there is memory");
    let verdict = verifier.verify(certificate, others);
    for event in &verdict.events {
        match event {
            Event::Policies(lines) => lines.iter().for_each(|line| harmless(line)),
            Event::Failure(failure) => {
                let certificate = failure.certificate.as_ref();
                harmless(&certificate.map(Candidate::subject).unwrap_or_default());
            }
        }
    }
    for certificate in &certificates {
        harmless(&certificate.subject());
        harmless(&certificate.subject_as(NameOptions::default()));
        harmless(&certificate.issuer());
        for breach in svid::breaches(&certificate.facts(), &Expected::default()) {
            harmless(&breach.to_string());
        }
        for other in &certificates {
            certificate.signed(other);
        }
        for crl in &crls {
            crl.revoked(certificate);
        }
    }
});

fn harmless(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}
