//! What `openssl verify` can be asked, by its own names.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::commands::inspect::duration::Size;
use crate::pki::verify::{Check, Parameters};

/// Where the certificates are that a path is made of.
#[derive(Args)]
#[command(next_help_heading = "Trust anchors and intermediates")]
pub(super) struct Sources {
    /// Trust the certificates in FILE; CRLs in it are used too
    #[arg(long = "CAfile", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Trust the certificates in DIR, by the names that `openssl rehash` gives them
    #[arg(long = "CApath", value_name = "DIR")]
    pub ca_path: Option<PathBuf>,
    /// Trust the certificates in FILE, and nothing else; repeatable
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ca_file", "ca_path", "system_roots"])]
    pub trusted: Vec<PathBuf>,
    /// Trust what this system trusts
    #[arg(long)]
    pub system_roots: bool,
    /// Certificates that a path may lead through; repeatable
    #[arg(long, value_name = "FILE")]
    pub untrusted: Vec<PathBuf>,
    /// CRLs; without --crl_check, that of the certificate alone is looked at; repeatable
    #[arg(long = "CRLfile", value_name = "FILE")]
    pub crl_file: Vec<PathBuf>,
    /// The most octets that are read of a file (k, M, G)
    #[arg(long, value_name = "SIZE", default_value = "64M")]
    pub max_size: Size,
    /// Accepted: there is no default file
    #[arg(long = "no-CAfile")]
    no_ca_file: bool,
    /// Accepted: there is no default folder
    #[arg(long = "no-CApath")]
    no_ca_path: bool,
    /// Accepted: there is no default store
    #[arg(long = "no-CAstore")]
    no_ca_store: bool,
}

/// What is asked of the path.
#[derive(Args)]
#[command(next_help_heading = "What is asked of the path, as openssl verify has it")]
pub(super) struct Demands {
    /// Verify as of TIME: RFC 3339, or seconds since 1970
    #[arg(long, visible_alias = "attime", value_name = "TIME", value_parser = instant, allow_negative_numbers = true)]
    pub at: Option<i64>,
    /// Leave periods of validity aside
    #[arg(long = "no_check_time")]
    no_check_time: bool,
    /// A purpose that the certificate is to have: sslserver, sslclient, crlsign, any, ...
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// A set of parameters by its name: ssl_server, ssl_client, ...
    #[arg(long = "verify_name", value_name = "NAME")]
    verify_name: Option<String>,
    /// At most N intermediates
    #[arg(long = "verify_depth", value_name = "N", allow_negative_numbers = true)]
    verify_depth: Option<i32>,
    /// The least strength of keys and digests, 0 to 5
    #[arg(
        long = "auth_level",
        value_name = "LEVEL",
        allow_negative_numbers = true
    )]
    auth_level: Option<i32>,
    /// A host name that the certificate is to be good for
    #[arg(long = "verify_hostname", value_name = "NAME")]
    verify_hostname: Option<String>,
    /// An email address that the certificate is to be good for
    #[arg(long = "verify_email", value_name = "EMAIL")]
    verify_email: Option<String>,
    /// An IP address that the certificate is to be good for
    #[arg(long = "verify_ip", value_name = "IP")]
    verify_ip: Option<IpAddr>,
    /// End the path at any certificate that is trusted, self-signed or not
    #[arg(long = "partial_chain")]
    partial_chain: bool,
    /// Insist on what RFC 5280 asks of a certificate
    #[arg(long = "x509_strict")]
    x509_strict: bool,
    /// Check the signature of a self-signed anchor too
    #[arg(long = "check_ss_sig")]
    check_ss_sig: bool,
    /// Pass over critical extensions that are not known
    #[arg(long = "ignore_critical")]
    ignore_critical: bool,
    /// Take proxy certificates
    #[arg(long = "allow_proxy_certs")]
    allow_proxy_certs: bool,
    /// Look among the anchors first (the default)
    #[arg(long = "trusted_first")]
    trusted_first: bool,
    /// Look for one path only
    #[arg(long = "no_alt_chains")]
    no_alt_chains: bool,
    /// Look whether the certificate is revoked
    #[arg(long = "crl_check")]
    pub crl_check: bool,
    /// Look whether any certificate of the path is revoked
    #[arg(long = "crl_check_all")]
    pub crl_check_all: bool,
    /// Use delta CRLs
    #[arg(long = "use_deltas")]
    use_deltas: bool,
    /// Use indirect CRLs, and such with other keys
    #[arg(long = "extended_crl")]
    extended_crl: bool,
    /// A policy that is acceptable; repeatable
    #[arg(long, value_name = "OID")]
    policy: Vec<String>,
    /// Process policies
    #[arg(long = "policy_check")]
    policy_check: bool,
    /// Require a policy of --policy
    #[arg(long = "explicit_policy")]
    explicit_policy: bool,
    /// Take anyPolicy for no policy
    #[arg(long = "inhibit_any")]
    inhibit_any: bool,
    /// Map no policies
    #[arg(long = "inhibit_map")]
    inhibit_map: bool,
    /// Show on stderr what came of the policies
    #[arg(long = "policy_print")]
    policy_print: bool,
    /// Suite B at 128 bits: P-256 and P-384
    #[arg(long = "suiteB_128")]
    suite_b_128: bool,
    /// Suite B at 128 bits: P-256 alone
    #[arg(long = "suiteB_128_only")]
    suite_b_128_only: bool,
    /// Suite B at 192 bits: P-384 alone
    #[arg(long = "suiteB_192")]
    suite_b_192: bool,
}

impl Demands {
    /// For OpenSSL; `crls_are_given` has the leaf's revocation looked at, if nothing else is said.
    pub fn parameters(&self, now: OffsetDateTime, crls_are_given: bool) -> Parameters {
        let checks_crl = self.crl_check || self.crl_check_all || crls_are_given;
        let checks = [
            (checks_crl, Check::CrlOfLeaf),
            (self.crl_check_all, Check::CrlOfAll),
            (self.ignore_critical, Check::IgnoreCritical),
            (self.x509_strict, Check::Strict),
            (self.allow_proxy_certs, Check::AllowProxies),
            (self.policy_check, Check::Policies),
            (self.explicit_policy, Check::ExplicitPolicy),
            (self.inhibit_any, Check::InhibitAny),
            (self.inhibit_map, Check::InhibitMap),
            (self.policy_print, Check::PrintPolicies),
            (self.extended_crl, Check::ExtendedCrls),
            (self.use_deltas, Check::DeltaCrls),
            (self.check_ss_sig, Check::SelfSignature),
            (self.trusted_first, Check::TrustedFirst),
            (self.suite_b_128_only, Check::SuiteB128Only),
            (self.suite_b_128, Check::SuiteB128),
            (self.suite_b_192, Check::SuiteB192),
            (self.partial_chain, Check::PartialChain),
            (self.no_alt_chains, Check::NoAlternativeChains),
            (self.no_check_time, Check::NoTime),
        ];
        // OpenSSL checks periods of validity at a time that it is given, even when told not to.
        let now = Some(now.unix_timestamp()).filter(|_| !self.no_check_time);
        Parameters {
            checks: checks
                .into_iter()
                .filter_map(|(asked, check)| asked.then_some(check))
                .collect(),
            named: self.verify_name.clone(),
            purpose: self.purpose.clone(),
            depth: self.verify_depth.filter(|&depth| depth >= 0),
            auth_level: self.auth_level.filter(|&level| level >= 0),
            at: self.at.or(now),
            hostname: self.verify_hostname.clone(),
            email: self.verify_email.clone(),
            ip: self.verify_ip,
            policies: self.policy.clone(),
        }
    }
}

pub(in crate::commands) fn instant(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(OffsetDateTime::unix_timestamp)
        .map_err(|_| "it is neither RFC 3339 (2026-01-31T12:00:00Z) nor seconds since 1970".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_either_way() {
        assert_eq!(instant("1767225600"), Ok(1_767_225_600));
        assert_eq!(instant("2026-01-01T01:00:00+01:00"), Ok(1_767_225_600));
        assert_eq!(instant("-1"), Ok(-1));
        assert!(instant("tomorrow").is_err());
    }
}
