//! The issuer that was not found, or does not fit.

use super::{Case, Explanation, named, no_ca, quoted, until};
use crate::pki::certificate::KeyUsage;
use crate::pki::validity::date;
use crate::pki::verify::{Candidate, Check, Failure, code};

/// So many certificates are tried by their keys, whatever their names.
const TRIED_BY_KEY: usize = 200;
/// What to do where the name is right and the key is not.
const TWO_OF_A_NAME: &str = "there are two CAs of the same name: have the certificate issued anew by the one that is trusted, or trust both: meshpki bundle add ROOT";
/// So many certificates of other names are listed.
const LISTED: usize = 5;

/// 2 and 20: the path ends at `last`, for want of its issuer.
pub(super) fn missing(failure: &Failure, last: &Candidate, case: &Case<'_>) -> Explanation {
    let subject = named(last);
    let mut wanted = format!(
        "wanted: the issuer of {subject}: {}",
        quoted(&last.issuer())
    );
    if let Some(identifier) = last.authority_key_identifier() {
        wanted += &format!(", key identifier {identifier}");
    }
    let mut explanation = Explanation::new(wanted);
    let candidates = case.candidates();
    let by_key = candidates.len() <= TRIED_BY_KEY;
    let misfits: Vec<_> = candidates
        .iter()
        .filter_map(|candidate| {
            let named = candidate.has_name_of_issuer_of(last);
            let misfit = misfit(candidate, last, named, named || by_key, case)?;
            Some(format!("{}: {misfit}", listed(candidate)))
        })
        .collect();
    let found_none = misfits.is_empty();
    explanation.lines.extend(misfits);
    if found_none {
        explanation.lines.extend(others(&candidates));
        for folder in &case.anchors.trust.folders {
            let (folder, name) = (crate::escape::text(folder), last.issuer_hash_name());
            explanation.lines.push(format!(
                "{folder}: the issuer would be in {name}, and no file of that name has it"
            ));
        }
    }
    if failure.code == code::UNABLE_TO_GET_ISSUER_CERT && !case.parameters.has(Check::PartialChain)
    {
        explanation.lines.push(format!(
            "{subject} is trusted, and it is not self-signed: the path has to go on to a root"
        ));
        return explanation.hint(format!(
            "give the root too (--CAfile FILE), or let the path end there: {}",
            case.command("--partial_chain")
        ));
    }
    let mut anchors = case.anchors.trust.anchors.iter();
    explanation.hint(if case.anchors.is_none() {
        format!("say what is trusted: {}", case.command("--CAfile ROOT"))
    } else if anchors.any(|anchor| anchor.has_name_of_issuer_of(last)) {
        TWO_OF_A_NAME.to_owned()
    } else {
        format!(
            "give the issuer's certificate: {}",
            case.command("--untrusted ISSUER")
        )
    })
}

/// Why `candidate` is not the issuer of `last`, if there is anything to say but that it is another.
fn misfit(
    candidate: &Candidate,
    last: &Candidate,
    is_named: bool,
    tries_key: bool,
    case: &Case<'_>,
) -> Option<String> {
    let signed = tries_key && candidate.signed(last);
    let identifier = candidate.subject_key_identifier();
    let identifier = identifier.map_or_else(
        || "without a key identifier".to_owned(),
        |identifier| format!("key identifier {identifier}"),
    );
    match (is_named, signed) {
        (true, false) => Some(format!("the same name, but another key ({identifier})")),
        (false, true) => Some(format!("the right key ({identifier}), but another name")),
        (false, false) => None,
        (true, true) => {
            let facts = candidate.facts();
            let is_ca = facts.is_ca || !facts.has_basic_constraints;
            let is_expired = case.at().zip(candidate.not_after());
            Some(if !facts.allows(KeyUsage::KeyCertSign) || !is_ca {
                format!("it signed it, and has no right to: {}", no_ca(&facts))
            } else if let Some((_, ended)) = is_expired.filter(|(at, ended)| at > ended) {
                let ended = date(ended);
                format!("the right key, but it expired on {ended}")
            } else if last.authority_key_identifier() != candidate.subject_key_identifier() {
                format!("it signed it, but has {identifier}, which is not what the other asks for")
            } else {
                "it fits, but it is not trusted, nor is what it is issued by".to_owned()
            })
        }
    }
}

/// What else was looked at.
fn others(candidates: &[&Candidate]) -> Vec<String> {
    if candidates.is_empty() {
        return vec!["there was no other certificate to look at".to_owned()];
    }
    let mut lines: Vec<_> = candidates
        .iter()
        .take(LISTED)
        .map(|candidate| format!("{}: another name", listed(candidate)))
        .collect();
    if candidates.len() > LISTED {
        let more = candidates.len() - LISTED;
        lines.push(format!("and {more} more, none of that name"));
    }
    lines
}

/// 18 and 19: the path ends at a self-signed certificate that is not trusted.
pub(super) fn untrusted_root(root: &Candidate, case: &Case<'_>) -> Explanation {
    let subject = named(root);
    let mut explanation = Explanation::new(format!(
        "the path ends at {subject}, which is self-signed and not trusted (SHA-256 {})",
        root.sha256_fingerprint()
    ));
    if case.anchors.is_none() {
        return explanation.hint(format!(
            "say what is trusted: {}",
            case.command("--CAfile ROOT")
        ));
    }
    let anchors = &case.anchors.trust.anchors;
    let of_that_name: Vec<_> = anchors
        .iter()
        .filter(|anchor| anchor.has_name_of(root))
        .collect();
    for anchor in &of_that_name {
        let key = if anchor.signed(root) { "key" } else { "name" };
        let other = if key == "key" { "certificate" } else { "key" };
        explanation.lines.push(format!(
            "{}: the same {key}, but another {other} (SHA-256 {})",
            listed(anchor),
            anchor.sha256_fingerprint()
        ));
    }
    if of_that_name.is_empty() {
        explanation
            .lines
            .extend(others(&anchors.iter().collect::<Vec<_>>()));
        return explanation
            .hint("name the file that holds this root, if it is to be trusted: --CAfile ROOT");
    }
    explanation.hint(TWO_OF_A_NAME)
}

/// 7: the issuer's key did not sign it.
pub(super) fn bad_signature(certificate: &Candidate, depth: usize, case: &Case<'_>) -> Explanation {
    let subject = named(certificate);
    let path = &case.verdict.path;
    let issuer = path.get(depth + 1).or_else(|| path.last());
    let Some(issuer) = issuer else {
        return Explanation::new(format!("{subject} is not signed by its issuer's key"));
    };
    let mut explanation = Explanation::new(format!(
        "{subject} is not signed by the key of {}, though it names it as its issuer: another key of that name signed it, or it was altered",
        named(issuer)
    ));
    let signer = case
        .candidates()
        .into_iter()
        .take(TRIED_BY_KEY)
        .find(|candidate| *candidate != issuer && candidate.signed(certificate));
    match signer {
        Some(signer) => {
            let expired = case.at().zip(signer.not_after());
            let expired = expired.filter(|(at, ended)| at > ended);
            let but = match expired {
                Some((_, ended)) => format!("it expired on {}", date(ended)),
                None => "OpenSSL chose the other of that name".to_owned(),
            };
            let signer = listed(signer);
            explanation
                .lines
                .push(format!("{signer}: the right key, but {but}"));
            explanation.hint("renew the CA whose key is the right one, or take the other of that name out of the files")
        }
        None => explanation
            .hint("give the certificate of the key that signed it, or have it issued anew"),
    }
}

/// A certificate in a list: where it is, its name, and until when it is valid.
fn listed(certificate: &Candidate) -> String {
    let (source, subject) = (certificate.source(), named(certificate));
    format!("{source}: {subject}{}", until(certificate))
}
