//! What was signed, as data.

use serde::Serialize;

use crate::commands::inspect::{plain_json, yaml_element};
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::record::Entry;
use crate::pki::digest::Sha256;
use crate::pki::validity::moment;

/// A line of the record, with the certificate in PEM.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    number: u64,
    time: String,
    cluster: Option<&'a str>,
    serial_number: String,
    subject: String,
    not_before: String,
    not_after: String,
    sha256: Sha256,
    spki_sha256: Sha256,
    issuer_spki_sha256: Sha256,
    request_sha256: Option<Sha256>,
    /// That of the record after this line.
    head: Sha256,
    pem: String,
}

impl<'a> Item<'a> {
    fn of(entry: &'a Entry) -> Self {
        let certificate = &entry.certificate;
        Self {
            number: entry.number,
            time: moment(entry.time),
            cluster: entry.cluster.as_ref().map(ClusterName::as_str),
            serial_number: certificate.serial_number(),
            subject: certificate.subject(),
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            sha256: Sha256::of(certificate.der()),
            spki_sha256: entry.spki(),
            issuer_spki_sha256: entry.issuer,
            request_sha256: entry.request,
            head: entry.head,
            pem: certificate.to_pem(),
        }
    }
}

/// An item a line.
pub fn json(entries: &[&Entry], head: &Sha256) -> String {
    let items: Vec<_> = items(entries).collect();
    let items = items.join(",\n");
    format!(
        "{{\n\"apiVersion\":\"meshpki/v1\",\n\"kind\":\"Issued\",\n\"items\":[\n{items}\n],\n\"head\":\"{head}\"\n}}\n"
    )
}

pub fn yaml(entries: &[&Entry], head: &Sha256) -> String {
    let items = match entries {
        [] => "items: []\n".to_owned(),
        entries => {
            let items = items(entries).map(|item| yaml_element(&item));
            format!("items:\n{}", items.collect::<String>())
        }
    };
    format!("apiVersion: meshpki/v1\nkind: Issued\n{items}head: \"{head}\"\n")
}

fn items(entries: &[&Entry]) -> impl Iterator<Item = String> {
    entries.iter().map(|entry| plain_json(&Item::of(entry)))
}
