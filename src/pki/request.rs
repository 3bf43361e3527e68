//! Certification requests (PKCS #10, RFC 2986).

mod extensions;

use openssl::asn1::{Asn1Object, Asn1OctetString};
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::{X509Extension, X509Name, X509NameBuilder, X509Req, X509ReqBuilder};
use x509_parser::prelude::FromDer;

use super::authority::{self, IssueError};
use super::certificate::CertificateSpec;
use super::digest::Sha256;
use super::find::{self, Item};
use super::key::{KeyError, PrivateKey, PublicKey};
use super::name::{Attribute, DistinguishedName};
use super::summary::{RequestSummary, hex};
use super::{der, pem};

pub use extensions::{RequestedConstraints, RequestedExtensions};

/// Label of a certification request (RFC 7468 §7).
const LABEL: &str = "CERTIFICATE REQUEST";

/// A request whose signature proves that who made it has the private key.
pub struct CertificationRequest {
    der: Vec<u8>,
    summary: RequestSummary,
    public_key: PublicKey,
    subject: Vec<(String, String)>,
    extensions: RequestedExtensions,
}

#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// With what is there instead.
    #[error("there is no certification request in it{}", instead(.0.as_ref()))]
    None(Option<String>),
    #[error("there are {0} certification requests in it")]
    Several(usize),
    #[error("it is not a certification request")]
    Malformed,
    #[error("{0} octets follow the certification request")]
    TrailingData(usize),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("its signature is not of its own key: who made it has not shown to have the key")]
    Signature,
    #[error("it asks for {0} twice")]
    Repeated(String),
    #[error("the {0} that it asks for cannot be read")]
    Unreadable(String),
}

fn instead(found: Option<&String>) -> String {
    found.map_or_else(String::new, |found| format!(": {found}"))
}

impl CertificationRequest {
    pub fn from_der(octets: &[u8]) -> Result<Self, RequestError> {
        let (value, after) = der::value(octets).ok_or(RequestError::Malformed)?;
        if !after.is_empty() {
            return Err(RequestError::TrailingData(after.len()));
        }
        let request = X509Req::from_der(value.whole).map_err(|_| RequestError::Malformed)?;
        let summary = RequestSummary::of(value.whole).ok_or(RequestError::Malformed)?;
        let fields = Fields::of(value.whole).ok_or(RequestError::Malformed)?;
        let public_key = PublicKey::from_spki(fields.spki)?;
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
            der: value.whole.to_vec(),
            summary,
            public_key,
            subject: subject.collect(),
            extensions: RequestedExtensions::of(&fields.attributes)?,
        })
    }

    /// The one request in `text`, which is PEM, with whatever else in it, or DER.
    pub fn from_pem(text: &[u8]) -> Result<Self, RequestError> {
        let items: Vec<_> = match find::in_der(text) {
            Some(items) => items,
            None => find::in_text(text).map(|(_, item)| item).collect(),
        };
        let ((), request) = Self::only(items.into_iter().map(|item| ((), item)))?;
        Ok(request)
    }

    /// The one request among `items`, and what came with it.
    pub fn only<T>(items: impl IntoIterator<Item = (T, Item)>) -> Result<(T, Self), RequestError> {
        let mut requests = Vec::new();
        let mut other = None;
        for (place, item) in items {
            match item {
                Item::Request(der) => requests.push((place, der)),
                Item::Broken { what, reason } => {
                    other.get_or_insert(format!("{what} cannot be read: {reason}"));
                }
                found => {
                    other.get_or_insert_with(|| format!("it is a {}", found.word()));
                }
            }
        }
        match requests.len() {
            0 => Err(RequestError::None(other)),
            1 => {
                let (place, der) = requests.remove(0);
                Ok((place, Self::from_der(&der)?))
            }
            number => Err(RequestError::Several(number)),
        }
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn to_pem(&self) -> String {
        pem::encode(LABEL, &self.der)
    }

    /// SHA-256 of its CertificationRequestInfo: of what is asked, by which key. An ECDSA signature
    /// over the same is another each time, and is none of it.
    pub fn info_digest(&self) -> Sha256 {
        Sha256::of(self.fields().info)
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

    /// The value of `attribute` in the subject, if it is there once.
    pub fn subject_value(&self, attribute: Attribute) -> Option<&str> {
        let is_it = |(name, _): &&(String, String)| name == attribute.short_name();
        let mut values = self.subject.iter().filter(is_it);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The subject's Name in DER, octet for octet.
    pub fn subject_der(&self) -> &[u8] {
        self.fields().subject
    }

    /// The subject for a certificate, octet for octet.
    pub fn subject_name(&self) -> DistinguishedName {
        let shown = self.summary.subject.clone();
        DistinguishedName::carried(self.subject_der(), shown.unwrap_or_default())
    }

    /// The extensions that it asks for.
    pub fn extensions(&self) -> &RequestedExtensions {
        &self.extensions
    }

    /// Whether it asks for what `spec` says, and for nothing else.
    pub fn asks_for(&self, spec: &CertificateSpec) -> bool {
        let subject = name(&spec.subject).and_then(|name| name.to_der());
        subject.is_ok_and(|subject| subject == self.subject_der())
            && self.extensions.are_those_of(spec)
    }

    fn fields(&self) -> Fields<'_> {
        Fields::of(&self.der).expect("it has been read")
    }
}

/// The fields of a CertificationRequestInfo (RFC 2986 §4.1), as they stand.
struct Fields<'a> {
    info: &'a [u8],
    subject: &'a [u8],
    spki: &'a [u8],
    attributes: Vec<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Of the request `der`.
    fn of(der: &'a [u8]) -> Option<Self> {
        let info = *der::elements(der)?.first()?;
        let fields = der::elements(info)?;
        Some(Self {
            info,
            subject: fields.get(1)?,
            spki: fields.get(2)?,
            attributes: fields
                .get(3)
                .map_or(Some(Vec::new()), |field| der::elements(field))?,
        })
    }
}

/// A request for a certificate that names `subject`, signed by `key`, in PEM. It carries no
/// extensions: what a certificate says is the authority's to decide.
pub fn to_pem(subject: &DistinguishedName, key: &PrivateKey) -> Result<String, ErrorStack> {
    signed(subject, None, key)
}

/// A request for the certificate that `spec` describes, signed by `key`, in PEM.
pub fn asking_for(spec: &CertificateSpec, key: &PrivateKey) -> Result<String, IssueError> {
    let mut extensions = Stack::new()?;
    for extension in authority::extensions(spec, &key.public_key()?)? {
        let (_, read) = x509_parser::extensions::X509Extension::from_der(&extension)
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let kind = Asn1Object::from_str(&read.oid.to_id_string())?;
        let value = Asn1OctetString::new_from_bytes(read.value)?;
        extensions.push(X509Extension::new_from_der(&kind, read.critical, &value)?)?;
    }
    Ok(signed(&spec.subject, Some(&extensions), key)?)
}

fn signed(
    subject: &DistinguishedName,
    extensions: Option<&Stack<X509Extension>>,
    key: &PrivateKey,
) -> Result<String, ErrorStack> {
    let (pkey, digest) = key.as_pkey();
    let subject = name(subject)?;
    let mut request = X509ReqBuilder::new()?;
    request.set_version(0)?;
    request.set_subject_name(&subject)?;
    request.set_pubkey(pkey)?;
    if let Some(extensions) = extensions {
        request.add_extensions(extensions)?;
    }
    request.sign(pkey, digest)?;
    Ok(pem::encode(LABEL, &request.build().to_der()?))
}

fn name(subject: &DistinguishedName) -> Result<X509Name, ErrorStack> {
    if let Some(der) = subject.carried_der() {
        return X509Name::from_der(der);
    }
    let mut name = X509NameBuilder::new()?;
    for (attribute, value) in subject.attributes() {
        name.append_entry_by_text(attribute.short_name(), value)?;
    }
    Ok(name.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::certificate::{BasicConstraints, KeyUsage, SubjectAltName};
    use crate::pki::key::KeySpec;
    use crate::pki::validity::Validity;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn key() -> PrivateKey {
        PrivateKey::generate(KeySpec::EcdsaP256).unwrap()
    }

    fn subject() -> DistinguishedName {
        let attributes = [
            (Attribute::Organization, "R & D"),
            (Attribute::CommonName, "vm"),
        ];
        DistinguishedName::new(attributes).unwrap()
    }

    fn ca(subject: DistinguishedName) -> CertificateSpec {
        let [from, until] = [
            datetime!(2026-01-01 0:00 UTC),
            datetime!(2027-01-01 0:00 UTC),
        ];
        CertificateSpec {
            subject,
            validity: Validity::new(from, until).unwrap(),
            basic_constraints: BasicConstraints::Ca { path_len: Some(0) },
            key_usage: vec![KeyUsage::KeyCertSign, KeyUsage::CrlSign],
            extended_key_usage: Vec::new(),
            subject_alt_names: vec![
                SubjectAltName::Dns("istiod.istio-system.svc".to_owned()),
                SubjectAltName::Uri("spiffe://prod.example.com".to_owned()),
            ],
        }
    }

    fn read(pem: &str) -> CertificationRequest {
        CertificationRequest::from_pem(pem.as_bytes()).unwrap()
    }

    /// The request `info`, signed by `key`.
    fn signed_info(info: &[u8], key: &PrivateKey) -> Vec<u8> {
        let signature = der::bit_string(&key.sign(info).unwrap());
        der::sequence(&[info, &key.kind().signature_algorithm(), &signature])
    }

    #[test]
    fn what_is_written_is_read_again() {
        let key = key();
        let request = read(&to_pem(&subject(), &key).unwrap());
        assert!(key.belongs_to(request.public_key()));
        let subject = [("O", "R & D"), ("CN", "vm")];
        let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(request.subject(), subject);
        assert_eq!(request.subject_value(Attribute::CommonName), Some("vm"));
        assert_eq!(request.subject_value(Attribute::Locality), None);
        assert_eq!(*request.extensions(), RequestedExtensions::default());
    }

    #[test]
    fn a_request_asks_for_what_the_certificate_is_to_say_and_for_nothing_else() {
        let (key, spec) = (key(), ca(subject()));
        let request = read(&asking_for(&spec, &key).unwrap());
        let asked = request.extensions();
        let constraints = RequestedConstraints {
            is_ca: true,
            path_len: Some(0),
        };
        assert_eq!(asked.basic_constraints, Some(constraints));
        let usage: Vec<_> = KeyUsage::names(asked.key_usage.unwrap()).collect();
        assert_eq!(usage, ["keyCertSign", "cRLSign"]);
        assert_eq!(asked.subject_alt_names, spec.subject_alt_names);
        assert!(asked.others.is_empty() && asked.other_alt_names.is_empty());
        assert!(request.asks_for(&spec));
        let mut other = spec.clone();
        other.subject_alt_names.pop();
        assert!(!request.asks_for(&other));
        other = spec.clone();
        other.basic_constraints = BasicConstraints::Ca { path_len: None };
        assert!(!request.asks_for(&other));
        other = spec.clone();
        other.key_usage.pop();
        assert!(!request.asks_for(&other));
        other = spec;
        other.subject = DistinguishedName::empty();
        assert!(!request.asks_for(&other));
    }

    #[test]
    fn a_name_that_is_carried_over_is_asked_for_octet_for_octet() {
        // O=x as a T61String, which OpenSSL itself would not write.
        let odd = b"\x30\x0C\x31\x0A\x30\x08\x06\x03\x55\x04\x0A\x14\x01x";
        let carried = DistinguishedName::carried(odd, "O = x".to_owned());
        let request = read(&asking_for(&ca(carried.clone()), &key()).unwrap());
        assert_eq!(request.subject_der(), odd);
        assert_eq!(request.subject_name(), carried);
    }

    #[test]
    fn the_digest_is_of_what_is_asked_and_not_of_the_signature() {
        let (key, spec) = (key(), ca(subject()));
        let [one, same] = [(); 2].map(|()| read(&asking_for(&spec, &key).unwrap()));
        assert_ne!(one.der(), same.der());
        assert_eq!(one.info_digest(), same.info_digest());
        let plain = read(&to_pem(&spec.subject, &key).unwrap());
        assert_ne!(plain.info_digest(), one.info_digest());
    }

    #[test]
    fn a_text_has_to_have_one_request_in_it() {
        let [one, other] = [(); 2].map(|()| to_pem(&subject(), &key()).unwrap());
        let refusal = |text: &str| {
            let refused = CertificationRequest::from_pem(text.as_bytes()).err();
            refused.unwrap().to_string()
        };
        assert_eq!(
            refusal(&format!("{one}{other}")),
            "there are 2 certification requests in it"
        );
        assert_eq!(refusal(""), "there is no certification request in it");
        let key = key().to_pem().unwrap();
        assert_eq!(
            refusal(&key),
            "there is no certification request in it: it is a private key"
        );
        let read_from = |text: &[u8]| CertificationRequest::from_pem(text).unwrap().der().to_vec();
        let among_others = read_from(format!("Certificate Request:\n{one}{}", *key).as_bytes());
        assert_eq!(read_from(one.as_bytes()), among_others);
        assert_eq!(read_from(&among_others), among_others);
    }

    #[test]
    fn what_is_asked_twice_or_cannot_be_read_is_refused() {
        let (key, spec) = (key(), ca(subject()));
        let request = read(&asking_for(&spec, &key).unwrap());
        let fields = der::elements(request.fields().info).unwrap();
        let attribute = request.fields().attributes[0];
        let with = |attributes: &[u8]| {
            let set = [
                &[0xA0, 0x81, u8::try_from(attributes.len()).unwrap()],
                attributes,
            ]
            .concat();
            let info = der::sequence(&[fields[0], fields[1], fields[2], &set]);
            CertificationRequest::from_der(&signed_info(&info, &key))
        };
        assert!(with(attribute).is_ok());
        let refusal = |attributes: &[u8]| with(attributes).err().unwrap().to_string();
        let empty = b"\x30\x0F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x0E\x31\x02\x30\x00";
        assert_eq!(
            refusal(&[attribute, empty].concat()),
            "it asks for extReq twice"
        );
        let asking = |extensions: &[&[u8]]| {
            let extensions = der::sequence(extensions);
            let length = u8::try_from(extensions.len()).unwrap();
            let values = [&[0x31, length], extensions.as_slice()].concat();
            der::sequence(&[&empty[2..13], &values])
        };
        let usage = b"\x30\x0B\x06\x03\x55\x1D\x0F\x04\x04\x03\x02\x01\x06";
        assert!(with(&asking(&[usage])).is_ok());
        assert_eq!(
            refusal(&asking(&[usage, usage])),
            "it asks for keyUsage twice"
        );
        let broken = b"\x30\x0A\x06\x03\x55\x1D\x13\x04\x03\x30\x05\x01";
        assert_eq!(
            refusal(&asking(&[broken])),
            "the basicConstraints that it asks for cannot be read"
        );
        let names = b"\x30\x0C\x06\x03\x55\x1D\x11\x04\x05\x30\x03\x82\x02x";
        assert_eq!(
            refusal(&asking(&[names])),
            "the subjectAltName that it asks for cannot be read"
        );
    }

    #[test]
    fn what_follows_a_request_is_counted() {
        let request = read(&to_pem(&subject(), &key()).unwrap());
        let longer = [request.der(), &[0; 3]].concat();
        let refusal = CertificationRequest::from_der(&longer).err().unwrap();
        assert_eq!(
            refusal.to_string(),
            "3 octets follow the certification request"
        );
    }

    proptest! {
        #[test]
        fn a_request_of_which_any_octet_is_another_is_refused(at: prop::sample::Index, by in 1_u8..) {
            let mut der = read(&asking_for(&ca(subject()), &key()).unwrap()).der().to_vec();
            *at.get_mut(&mut der) ^= by;
            prop_assert!(CertificationRequest::from_der(&der).is_err());
        }
    }
}
