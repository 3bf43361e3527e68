//! The errors of a verification that have more to be said of them than their text: `X509_V_ERR_…`
//! of `openssl/x509_vfy.h`, by OpenSSL's own names.

pub const UNABLE_TO_GET_ISSUER_CERT: i32 = 2;
pub const UNABLE_TO_GET_CRL: i32 = 3;
pub const CERT_SIGNATURE_FAILURE: i32 = 7;
pub const CERT_NOT_YET_VALID: i32 = 9;
pub const CERT_HAS_EXPIRED: i32 = 10;
pub const CRL_NOT_YET_VALID: i32 = 11;
pub const CRL_HAS_EXPIRED: i32 = 12;
pub const DEPTH_ZERO_SELF_SIGNED_CERT: i32 = 18;
pub const SELF_SIGNED_CERT_IN_CHAIN: i32 = 19;
pub const UNABLE_TO_GET_ISSUER_CERT_LOCALLY: i32 = 20;
pub const CERT_CHAIN_TOO_LONG: i32 = 22;
pub const CERT_REVOKED: i32 = 23;
pub const PATH_LENGTH_EXCEEDED: i32 = 25;
pub const INVALID_PURPOSE: i32 = 26;
pub const UNHANDLED_CRITICAL_EXTENSION: i32 = 34;
pub const INVALID_NON_CA: i32 = 37;
pub const NO_EXPLICIT_POLICY: i32 = 43;
pub const PERMITTED_VIOLATION: i32 = 47;
pub const EXCLUDED_VIOLATION: i32 = 48;
pub const HOSTNAME_MISMATCH: i32 = 62;
pub const EMAIL_MISMATCH: i32 = 63;
pub const IP_ADDRESS_MISMATCH: i32 = 64;
pub const EE_KEY_TOO_SMALL: i32 = 66;
pub const CA_KEY_TOO_SMALL: i32 = 67;
pub const CA_MD_TOO_WEAK: i32 = 68;
pub const SIGNATURE_ALGORITHM_INCONSISTENCY: i32 = 78;
pub const INVALID_CA: i32 = 79;

/// The errors that only `-x509_strict` looks for, without names of their own here.
pub const STRICT: std::ops::RangeInclusive<i32> = 80..=93;
