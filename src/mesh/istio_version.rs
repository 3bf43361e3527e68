//! Which Istio is spoken of, where its behaviour has changed.

use std::fmt;
use std::str::FromStr;

/// A minor version of Istio 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IstioVersion {
    minor: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{:?} is no version of Istio: 1.X is wanted, such as 1.27", crate::escape::text(.0))]
pub struct IstioVersionError(String);

impl IstioVersion {
    /// The last at which something changed that is told apart here.
    pub const NEWEST: Self = Self::minor(30);
    /// From this one on, tls.crt, tls.key and ca.crt are read.
    pub const READS_TLS: Self = Self::minor(15);
    /// From this one on, ca-crl.pem is read, and an incomplete set of files refused.
    pub const READS_CRL: Self = Self::minor(27);

    /// From this one on, a running istiod takes other roots, if it is told to (istio#47063).
    pub const TAKES_ROOTS: Self = Self::minor(20);

    /// Istio 1.`minor`.
    pub const fn minor(minor: u32) -> Self {
        Self { minor }
    }
}

impl fmt::Display for IstioVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// `1.27`, `1.27.3` and `v1.27` are the same: patch releases are not told apart.
impl FromStr for IstioVersion {
    type Err = IstioVersionError;

    fn from_str(text: &str) -> Result<Self, IstioVersionError> {
        let refused = || IstioVersionError(text.to_owned());
        let rest = text.strip_prefix('v').unwrap_or(text);
        let rest = rest.strip_prefix("1.").ok_or_else(refused)?;
        let (minor, patch) = rest.split_once('.').unwrap_or((rest, "0"));
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
        if !is_number(minor) || !is_number(patch) {
            return Err(refused());
        }
        minor.parse().map(Self::minor).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_with_its_patch_release_or_without() {
        let minor = |text: &str| text.parse::<IstioVersion>().map(|version| version.minor);
        assert_eq!(minor("1.9"), Ok(9));
        assert_eq!(minor("v1.27.3"), Ok(27));
        assert!("1.9".parse::<IstioVersion>().unwrap() < IstioVersion::minor(10));
        for wrong in ["", "1", "1.", "2.0", "1.x", "1.27.", "1.27-rc", "1.+7"] {
            assert!(minor(wrong).is_err(), "{wrong}");
        }
    }
}
