//! Certification requests (PKCS #10, RFC 2986).

use openssl::error::ErrorStack;
use openssl::x509::{X509Name, X509NameBuilder, X509ReqBuilder};

use super::key::PrivateKey;
use super::name::DistinguishedName;
use super::pem;

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
