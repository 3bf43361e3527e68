//! Signatures that have been looked at: of RSA, to look takes longer than all else.

use super::certificate::Certificate;

/// Which certificates have issued which, as far as it was asked.
#[derive(Default)]
pub struct Signatures {
    known: Vec<(Certificate, Certificate, bool)>,
}

impl Signatures {
    /// As [`Certificate::is_issued_by`].
    pub fn is_issued_by(&mut self, child: &Certificate, issuer: &Certificate) -> bool {
        let known = self
            .known
            .iter()
            .find(|(below, above, _)| below == child && above == issuer);
        if let Some((_, _, is_issued)) = known {
            return *is_issued;
        }
        let is_issued = child.is_issued_by(issuer);
        self.known.push((child.clone(), issuer.clone(), is_issued));
        is_issued
    }
}
