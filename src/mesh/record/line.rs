//! A line of root-issued.jsonl.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Entry, Fault, NewEntry};
use crate::pki::certificate::Certificate;
use crate::pki::digest::Sha256;
use crate::pki::validity::moment;

/// The fields in the order in which they are written. What a certificate says is written beside it,
/// for those who read the record without meshpki.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    number: u64,
    time: String,
    cluster: Option<String>,
    serial_number: String,
    subject: String,
    not_before: String,
    not_after: String,
    sha256: String,
    spki_sha256: String,
    issuer_spki_sha256: String,
    request_sha256: Option<String>,
    certificate: String,
    previous: String,
}

impl Line {
    pub fn of(
        number: u64,
        time: OffsetDateTime,
        new: &NewEntry,
        issuer: Sha256,
        previous: Sha256,
    ) -> Self {
        let certificate = &new.certificate;
        Self {
            number,
            time: moment(time),
            cluster: new.cluster.as_ref().map(ToString::to_string),
            serial_number: certificate.serial_number(),
            subject: certificate.subject(),
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            sha256: Sha256::of(certificate.der()).to_string(),
            spki_sha256: Sha256::of(certificate.spki()).to_string(),
            issuer_spki_sha256: issuer.to_string(),
            request_sha256: new.request.as_ref().map(ToString::to_string),
            certificate: BASE64_STANDARD.encode(certificate.der()),
            previous: previous.to_string(),
        }
    }

    /// Its octets, with the line feed at its end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("text and numbers alone");
        json.push(b'\n');
        json
    }

    /// What the certificate says too.
    fn certified(&self) -> [(&'static str, &str); 6] {
        [
            ("serialNumber", &self.serial_number),
            ("subject", &self.subject),
            ("notBefore", &self.not_before),
            ("notAfter", &self.not_after),
            ("sha256", &self.sha256),
            ("spkiSha256", &self.spki_sha256),
        ]
    }
}

/// Whether `octets` are a JSON value: the start of a line is none.
pub fn is_whole(octets: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(octets).is_ok()
}

/// The entry in `octets`, which end with a line feed, and its `previous`.
pub fn read(octets: &[u8]) -> Result<(Entry, Sha256), Fault> {
    let line: Line = serde_json::from_slice(octets)
        .map_err(|error| Fault::Unreadable(crate::escape::text(&error.to_string())))?;
    let new = NewEntry {
        cluster: line.cluster.as_ref().map(|name| name.parse()).transpose()?,
        certificate: certificate(&line.certificate)?,
        request: match &line.request_sha256 {
            Some(text) => Some(digest("requestSha256", text)?),
            None => None,
        },
    };
    let time = OffsetDateTime::parse(&line.time, &Rfc3339).map_err(|_| Fault::Field {
        field: "time",
        value: line.time.clone(),
    })?;
    let issuer = digest("issuerSpkiSha256", &line.issuer_spki_sha256)?;
    let previous = digest("previous", &line.previous)?;

    // What it says, said again, has to be the same: whatever else stands there was not written here.
    let again = Line::of(line.number, time, &new, issuer, previous);
    for ((field, recorded), (_, certified)) in line.certified().into_iter().zip(again.certified()) {
        if recorded != certified {
            return Err(Fault::Disagrees {
                field,
                recorded: recorded.to_owned(),
                certified: certified.to_owned(),
            });
        }
    }
    if again.to_json() != octets {
        return Err(Fault::Spelling);
    }
    let entry = Entry {
        number: line.number,
        time,
        cluster: new.cluster,
        certificate: new.certificate,
        issuer,
        request: new.request,
        head: Sha256::of(octets),
    };
    Ok((entry, previous))
}

fn certificate(base64: &str) -> Result<Certificate, Fault> {
    let der = BASE64_STANDARD.decode(base64);
    let der = der.map_err(|error| Fault::Unreadable(format!("its certificate: {error}")))?;
    Ok(Certificate::from_der(&der)?)
}

fn digest(field: &'static str, text: &str) -> Result<Sha256, Fault> {
    text.parse().map_err(|_| Fault::Field {
        field,
        value: text.to_owned(),
    })
}
