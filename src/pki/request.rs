//! Certification requests (PKCS #10, RFC 2986).

use openssl::error::ErrorStack;
use openssl::x509::{X509Name, X509NameBuilder, X509Req, X509ReqBuilder};

use super::der;
use super::key::{KeyError, PrivateKey, PublicKey};
use super::name::DistinguishedName;
use super::pem;
use super::summary::{RequestSummary, hex};

/// A request whose signature proves that who made it has the private key.
pub struct CertificationRequest {
    summary: RequestSummary,
    public_key: PublicKey,
    subject: Vec<(String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("it is not a certification request")]
    Malformed,
    #[error("{0} octets follow the certification request")]
    TrailingData(usize),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("its signature is not of its own key: who made it has not shown to have the key")]
    Signature,
}

impl CertificationRequest {
    pub fn from_der(octets: &[u8]) -> Result<Self, RequestError> {
        let (value, after) = der::value(octets).ok_or(RequestError::Malformed)?;
        if !after.is_empty() {
            return Err(RequestError::TrailingData(after.len()));
        }
        let request = X509Req::from_der(value.whole).map_err(|_| RequestError::Malformed)?;
        let summary = RequestSummary::of(value.whole).ok_or(RequestError::Malformed)?;
        let spki = spki(value.whole).ok_or(RequestError::Malformed)?;
        let public_key = PublicKey::from_spki(spki)?;
        let verified = request.public_key().and_then(|key| request.verify(&key));
        if !verified.unwrap_or(false) {
            return Err(RequestError::Signature);
        }
        let subject = request.subject_name().entries().map(|entry| {
            let nid = entry.object().nid();
            let name = nid.short_name().map(str::to_owned);
            let name = name.unwrap_or_else(|_| entry.object().to_string());
            let value = entry.data();
            let text = value.to_string();
            let text = text.unwrap_or_else(|_| hex(value.as_slice(), ""));
            (name, text)
        });
        Ok(Self {
            summary,
            public_key,
            subject: subject.collect(),
        })
    }

    /// What it says.
    pub fn summary(&self) -> &RequestSummary {
        &self.summary
    }

    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The attributes of the subject, by their short names (RFC 4514 §3).
    pub fn subject(&self) -> &[(String, String)] {
        &self.subject
    }
}

/// The SubjectPublicKeyInfo of the request `der`, octet for octet.
fn spki(der: &[u8]) -> Option<&[u8]> {
    let information = *der::elements(der)?.first()?;
    der::elements(information)?.get(2).copied()
}

/// A request for a certificate that names `subject`, signed by `key`, in PEM. It carries no
/// extensions: what a certificate says is the authority's to decide.
pub fn to_pem(subject: &DistinguishedName, key: &PrivateKey) -> Result<String, ErrorStack> {
    let (pkey, digest) = key.as_pkey();
    let name = match subject.carried_der() {
        Some(der) => X509Name::from_der(der)?,
        None => composed(subject)?,
    };
    let mut request = X509ReqBuilder::new()?;
    request.set_version(0)?;
    request.set_subject_name(&name)?;
    request.set_pubkey(pkey)?;
    request.sign(pkey, digest)?;
    Ok(pem::encode(
        "CERTIFICATE REQUEST",
        &request.build().to_der()?,
    ))
}

fn composed(subject: &DistinguishedName) -> Result<X509Name, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    for (attribute, value) in subject.attributes() {
        name.append_entry_by_text(attribute.short_name(), value)?;
    }
    Ok(name.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::key::KeySpec;
    use crate::pki::name::Attribute;
    use proptest::prelude::*;

    fn request(key: &PrivateKey) -> Vec<u8> {
        let attributes = [
            (Attribute::Organization, "R & D"),
            (Attribute::CommonName, "vm"),
        ];
        let subject = DistinguishedName::new(attributes).unwrap();
        let pem = to_pem(&subject, key).unwrap();
        let block = pem::blocks(pem.as_bytes()).remove(0);
        block.body.unwrap().to_vec()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let request = CertificationRequest::from_der(&request(&key)).unwrap();
        assert!(key.belongs_to(request.public_key()));
        let subject = [("O", "R & D"), ("CN", "vm")];
        let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(request.subject(), subject);
        assert!(request.summary().subject_alt_names.is_empty());
    }

    #[test]
    fn what_follows_a_request_is_counted() {
        let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
        let longer = [request(&key), vec![0; 3]].concat();
        let refusal = CertificationRequest::from_der(&longer).err().unwrap();
        assert_eq!(
            refusal.to_string(),
            "3 octets follow the certification request"
        );
    }

    proptest! {
        #[test]
        fn a_request_of_which_any_octet_is_another_is_refused(at: prop::sample::Index, by in 1_u8..) {
            let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
            let mut der = request(&key);
            *at.get_mut(&mut der) ^= by;
            prop_assert!(CertificationRequest::from_der(&der).is_err());
        }
    }
}
