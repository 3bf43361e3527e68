//! CRLs that are missing, out of date, or have the certificate on them.

use super::{Case, Explanation, named, quoted, shown};
use crate::pki::validity::moment;
use crate::pki::verify::{Candidate, Crl, Failure, code};

pub(super) fn explain(failure: &Failure, certificate: &Candidate, case: &Case<'_>) -> Explanation {
    let subject = named(certificate);
    let issuer = quoted(&certificate.issuer());
    let all = || case.crls.iter().chain(&case.anchors.trust.crls);
    let mut of_issuer = all().filter(|crl| crl.is_of_issuer_of(certificate));
    let at = case.at().map(moment).unwrap_or_default();
    match failure.code {
        code::CERT_REVOKED => {
            let on = of_issuer.find_map(|crl| crl.revoked(certificate)).flatten();
            let on = on.map_or_else(String::new, |on| format!(" on {}", moment(on)));
            Explanation::new(format!("{subject} was revoked{on} by {issuer}"))
                .hint("it is not to be used any more: issue another")
        }
        code::CRL_HAS_EXPIRED => {
            let ended = of_issuer.filter_map(Crl::next_update).max();
            let ended = ended.map_or_else(String::new, |ended| format!(" {}", moment(ended)));
            Explanation::new(format!(
                "the CRL of {issuer} was to be replaced by{ended}, and it is {at}"
            ))
            .hint("fetch the CRL anew from its issuer")
        }
        code::CRL_NOT_YET_VALID => {
            let begins = of_issuer.filter_map(Crl::last_update).min();
            let begins = begins.map_or_else(String::new, |begins| format!(" {}", moment(begins)));
            Explanation::new(format!(
                "the CRL of {issuer} is from{begins}, and it is {at}"
            ))
            .hint("look at the clock")
        }
        _ => {
            let issuers: Vec<_> = all().map(|crl| quoted(&crl.issuer())).collect();
            let given = if issuers.is_empty() {
                "no CRL was given".to_owned()
            } else {
                format!("the CRLs given are of {}", shown(&issuers))
            };
            Explanation::new(format!(
                "wanted: the CRL of {issuer}, for {subject}; {given}"
            ))
            .hint("give it: --CRLfile FILE")
        }
    }
}
