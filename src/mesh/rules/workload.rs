//! Whether what is issued below the CA is accepted, and by whom not.

use std::fmt;

use time::{Duration, OffsetDateTime};

use super::super::spiffe::TrustDomain;
use super::super::{CA_CERT, profile};
use super::{AMBIGUOUS_ROOT, Circumstances, Finding, Judge, WORKLOAD_REFUSED};
use crate::pki::authority::{self, CertificateAuthority, IssueError};
use crate::pki::certificate::{Certificate, SubjectAltName};
use crate::pki::chain::{Purpose, TrustBundle, VerifiedChain, VerifyError};
use crate::pki::go;
use crate::pki::validity::Validity;

impl Judge<'_> {
    /// Drafts what istiod would issue, and has OpenSSL judge it as Envoy would, and Go's rules: this
    /// finds what no look at the CA alone does, such as a pathLenConstraint of 0 above it.
    pub(super) fn workload_is_accepted(
        &mut self,
        authority: &CertificateAuthority,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        self.workload_of_is_accepted(authority.certificate(), chain, roots);
    }

    /// As [`Judge::workload_is_accepted`], wherever the key of `signing` is.
    pub(super) fn workload_of_is_accepted(
        &mut self,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) {
        let held_against = Names::of(signing, self.circumstances);
        let trial = trial_workload(signing, self.circumstances, &held_against);
        let refusal = match trial {
            Err(reason) => Some((reason, self.renew())),
            Ok(workload) => {
                let error = self.refusal(&workload, signing, chain, roots);
                error.map(|error| {
                    let hint = self.mend(&error, signing);
                    (error.to_string(), hint)
                })
            }
        };
        let Some((reason, hint)) = refusal else {
            return;
        };
        let fact =
            format!("what istiod would issue with it is refused in every handshake: {reason}");
        let finding = self.find(&WORKLOAD_REFUSED, CA_CERT, fact, hint);
        finding.assumption = Some(held_against.to_string());
    }

    /// Why OpenSSL does not take `workload`, or else Go.
    fn refusal(
        &mut self,
        workload: &Certificate,
        signing: &Certificate,
        chain: &[Certificate],
        roots: &[Certificate],
    ) -> Option<VerifyError> {
        let at = self.circumstances.at;
        let bundle = TrustBundle::new(roots.to_vec());
        let intermediates = with_signing(signing, chain);
        // Where OpenSSL takes the wrong one of two roots, that has been said.
        let is_told_of = |finding: &Finding| finding.rule == &AMBIGUOUS_ROOT;
        let by_openssl =
            bundle.verify_unsigned(workload, &intermediates, Purpose::TlsPeer, Some(at));
        let by_openssl = by_openssl.err();
        let by_openssl = by_openssl.filter(|_| !self.findings.iter().any(is_told_of));
        by_openssl.or_else(|| {
            let known = &mut self.signatures;
            let by_go = go::paths_of_unsigned(workload, &intermediates, roots, at, known);
            by_go.map_err(VerifyError::from).err()
        })
    }
}

/// The path that proxies would find from `workload`, issued by `signing` and sent with `chain`, to
/// `roots`.
pub(in crate::mesh) fn verify_workload(
    workload: &Certificate,
    signing: &Certificate,
    chain: &[Certificate],
    roots: &[Certificate],
    at: OffsetDateTime,
) -> Result<VerifiedChain, VerifyError> {
    let bundle = TrustBundle::new(roots.to_vec());
    let intermediates = with_signing(signing, chain);
    bundle.verify(workload, &intermediates, Purpose::TlsPeer, Some(at))
}

fn with_signing(signing: &Certificate, chain: &[Certificate]) -> Vec<Certificate> {
    let mut intermediates = chain.to_vec();
    if !chain.contains(signing) {
        intermediates.push(signing.clone());
    }
    intermediates
}

/// The names that a workload's certificate is tried with.
struct Names {
    trust_domain: TrustDomain,
    istiod: Vec<SubjectAltName>,
}

impl Names {
    fn of(ca: &Certificate, circumstances: &Circumstances<'_>) -> Self {
        /// The name that the agent knows istiod by (istio pkg/istio-agent).
        const ISTIOD: &str = "istiod.istio-system.svc";

        let is_dns = |name: &&SubjectAltName| matches!(name, SubjectAltName::Dns(_));
        let names = ca.subject_alt_names().iter().filter(is_dns).cloned();
        let mut istiod: Vec<_> = match circumstances.istiod_name {
            Some(name) => vec![SubjectAltName::Dns(name.as_str().to_owned())],
            None => names.collect(),
        };
        if istiod.is_empty() {
            istiod.push(SubjectAltName::Dns(ISTIOD.to_owned()));
        }
        Self {
            trust_domain: TrustDomain::of_workloads(ca, circumstances.trust_domain),
            istiod,
        }
    }
}

/// `the trust domain cluster.local and DNS:istiod.istio-system.svc`.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the trust domain {}", self.trust_domain)?;
        for name in &self.istiod {
            write!(f, " and {name}")?;
        }
        Ok(())
    }
}

/// A workload's certificate as istiod would sign it, valid now; or why there can be none.
fn trial_workload(
    ca: &Certificate,
    circumstances: &Circumstances<'_>,
    names: &Names,
) -> Result<Certificate, String> {
    let fitting = || {
        let begin = circumstances.at.saturating_sub(profile::BACKDATING);
        let end = circumstances.at.saturating_add(Duration::days(1));
        let lifetime = Validity::new(begin, end)?;
        lifetime.within(&ca.validity()?)
    };
    let validity = fitting().map_err(|error| error.to_string())?;
    let workload = names.trust_domain.workload("istio-system", "istiod");
    let names = std::iter::once(&workload).chain(&names.istiod).cloned();
    draft(ca, validity, names.collect()).map_err(|error| error.to_string())
}

/// A workload's certificate as istiod would issue it with `ca`, but for the signature. It is for the
/// CA's own key: any would do.
pub(in crate::mesh) fn draft(
    ca: &Certificate,
    validity: Validity,
    names: Vec<SubjectAltName>,
) -> Result<Certificate, IssueError> {
    let spec = profile::istiod_workload(validity, names);
    authority::unsigned(ca, &spec, &ca.public_key()?)
}
