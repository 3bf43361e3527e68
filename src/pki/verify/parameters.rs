//! What a verification asks of a path.

use std::net::IpAddr;

use openssl::asn1::Asn1Object;
use openssl::x509::X509PurposeRef;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};

use crate::pki::ffi;

/// What is looked at, or left alone, beyond the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    CrlOfLeaf,
    CrlOfAll,
    IgnoreCritical,
    Strict,
    AllowProxies,
    Policies,
    ExplicitPolicy,
    InhibitAny,
    InhibitMap,
    PrintPolicies,
    ExtendedCrls,
    DeltaCrls,
    SelfSignature,
    TrustedFirst,
    SuiteB128Only,
    SuiteB128,
    SuiteB192,
    PartialChain,
    NoAlternativeChains,
    NoTime,
}

/// The parameters of `openssl verify`; nothing set is its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pub checks: Vec<Check>,
    /// A name that OpenSSL has parameters under: `ssl_server`, …
    pub named: Option<String>,
    /// A short name that OpenSSL has for a purpose: `sslserver`, …
    pub purpose: Option<String>,
    pub depth: Option<i32>,
    pub auth_level: Option<i32>,
    /// Seconds since 1970; without them, OpenSSL asks the clock.
    pub at: Option<i64>,
    pub hostname: Option<String>,
    pub email: Option<String>,
    pub ip: Option<IpAddr>,
    /// Object identifiers, as numbers or by the names that OpenSSL has for them.
    pub policies: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("{:?} is no purpose that OpenSSL knows", crate::escape::text(.0))]
    Purpose(String),
    #[error("{:?} is no set of parameters that OpenSSL knows", crate::escape::text(.0))]
    Named(String),
    #[error("{:?} is no policy: it is not an object identifier", crate::escape::text(.0))]
    Policy(String),
    #[error("{:?} cannot be looked for in a certificate", crate::escape::text(.0))]
    Name(String),
}

impl Parameters {
    /// As OpenSSL takes them.
    pub fn to_openssl(&self) -> Result<X509VerifyParam, ParameterError> {
        let named = |error| move |_| error;
        let mut openssl = X509VerifyParam::new().expect("there is memory for it");
        if let Some(name) = &self.named
            && !ffi::set_named_parameters(&mut openssl, name)
        {
            return Err(ParameterError::Named(name.clone()));
        }
        if let Some(name) = &self.purpose {
            let purpose = purpose(name).ok_or_else(|| ParameterError::Purpose(name.clone()))?;
            let set = openssl.set_purpose(purpose);
            set.map_err(named(ParameterError::Purpose(name.clone())))?;
        }
        for &check in &self.checks {
            openssl.set_flags(flags(check)).expect("flags can be set");
        }
        if let Some(depth) = self.depth {
            openssl.set_depth(depth);
        }
        if let Some(level) = self.auth_level {
            openssl.set_auth_level(level);
        }
        if let Some(at) = self.at {
            openssl.set_time(at);
        }
        if let Some(name) = &self.hostname {
            let set = openssl.set_host(name);
            set.map_err(named(ParameterError::Name(name.clone())))?;
        }
        if let Some(email) = &self.email {
            let set = openssl.set_email(email);
            set.map_err(named(ParameterError::Name(email.clone())))?;
        }
        if let Some(ip) = self.ip {
            let set = openssl.set_ip(ip);
            set.map_err(named(ParameterError::Name(ip.to_string())))?;
        }
        for policy in &self.policies {
            let refused = || ParameterError::Policy(policy.clone());
            let object = Some(policy).filter(|policy| !policy.contains('\0'));
            let object = object.and_then(|policy| Asn1Object::from_str(policy).ok());
            ffi::add_policy(&mut openssl, object.ok_or_else(refused)?).map_err(|_| refused())?;
        }
        Ok(openssl)
    }

    pub fn has(&self, check: Check) -> bool {
        self.checks.contains(&check)
    }
}

fn purpose(name: &str) -> Option<openssl::x509::X509PurposeId> {
    let name = Some(name).filter(|name| !name.contains('\0'))?;
    let index = X509PurposeRef::get_by_sname(name).ok()?;
    Some(X509PurposeRef::from_idx(index).ok()?.purpose())
}

fn flags(check: Check) -> X509VerifyFlags {
    match check {
        Check::CrlOfLeaf => X509VerifyFlags::CRL_CHECK,
        Check::CrlOfAll => X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL,
        Check::IgnoreCritical => X509VerifyFlags::IGNORE_CRITICAL,
        Check::Strict => X509VerifyFlags::X509_STRICT,
        Check::AllowProxies => X509VerifyFlags::ALLOW_PROXY_CERTS,
        Check::Policies => X509VerifyFlags::POLICY_CHECK,
        Check::ExplicitPolicy => X509VerifyFlags::EXPLICIT_POLICY,
        Check::InhibitAny => X509VerifyFlags::INHIBIT_ANY,
        Check::InhibitMap => X509VerifyFlags::INHIBIT_MAP,
        Check::PrintPolicies => X509VerifyFlags::NOTIFY_POLICY,
        Check::ExtendedCrls => X509VerifyFlags::EXTENDED_CRL_SUPPORT,
        Check::DeltaCrls => X509VerifyFlags::USE_DELTAS,
        Check::SelfSignature => X509VerifyFlags::CHECK_SS_SIGNATURE,
        Check::TrustedFirst => X509VerifyFlags::TRUSTED_FIRST,
        Check::SuiteB128Only => X509VerifyFlags::SUITEB_128_LOS_ONLY,
        Check::SuiteB128 => X509VerifyFlags::SUITEB_128_LOS,
        Check::SuiteB192 => X509VerifyFlags::SUITEB_192_LOS,
        Check::PartialChain => X509VerifyFlags::PARTIAL_CHAIN,
        Check::NoAlternativeChains => X509VerifyFlags::NO_ALT_CHAINS,
        Check::NoTime => X509VerifyFlags::NO_CHECK_TIME,
    }
}
