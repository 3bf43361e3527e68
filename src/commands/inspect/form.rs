//! The forms in which things are shown.

use serde::Serialize;
use time::OffsetDateTime;

use super::fields::Fields;
use super::keys::NamedKey;
use super::{Format, Inspect, short, yaml};
use crate::mesh::find::{self, Found, Source};
use crate::mesh::objects::ObjectName;
use crate::pki::digest::Sha256;
use crate::pki::find::Item;
use crate::pki::pem;
use crate::pki::summary::{self, CrlSummary, RequestSummary, Summary};
use crate::pki::text::{self, NameOptions, Printable};
use crate::pki::validity::moment;

/// How things are shown, and which.
pub struct Form {
    shape: Shape,
    names: NameOptions,
    now: OffsetDateTime,
    /// Only certificates that end before this.
    deadline: Option<OffsetDateTime>,
}

enum Shape {
    /// `openssl x509 -text`.
    Text,
    Fields(Fields),
    /// A line for each certificate that expires.
    Expiring,
    Short,
    Data(Format),
}

/// One thing in its form.
pub struct Rendered {
    /// `None` if it is not to be shown, and a reason if it cannot be.
    pub output: Result<Option<String>, String>,
    /// Of a certificate's key, so that a private key finds it.
    pub spki_digest: Option<Sha256>,
    /// Whether it expires before the deadline.
    pub expires: bool,
    /// What is asked for, and it does not have.
    pub lack: Option<&'static str>,
}

/// A thing as data, with its source.
#[derive(Serialize)]
struct Record<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    source: SourceRecord<'a>,
    #[serde(flatten)]
    fields: T,
    pem: String,
}

#[derive(Serialize)]
pub struct SourceRecord<'a> {
    file: &'a str,
    object: Option<ObjectRecord<'a>>,
    key: Option<&'a str>,
    position: usize,
    line: Option<usize>,
}

#[derive(Serialize)]
pub struct ObjectRecord<'a> {
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> ObjectRecord<'a> {
    pub fn of(object: &'a ObjectName) -> Self {
        Self {
            kind: &object.kind,
            namespace: object.namespace.as_deref(),
            name: &object.name,
        }
    }
}

impl<'a> SourceRecord<'a> {
    pub fn of(source: &'a Source) -> Self {
        Self {
            file: &source.file,
            object: source.object.as_ref().map(ObjectRecord::of),
            key: source.key.as_deref(),
            position: source.position,
            line: source.line,
        }
    }
}

impl Form {
    pub fn new(asked: &Inspect, now: OffsetDateTime) -> Self {
        let shape = match asked.output {
            Some(format) => Shape::Data(format),
            None if asked.short => Shape::Short,
            None if !asked.fields.is_empty() => Shape::Fields(asked.fields.clone()),
            None if asked.expires_within.is_some() => Shape::Expiring,
            None => Shape::Text,
        };
        let deadline = asked.expires_within.map(|within| {
            let latest = OffsetDateTime::new_utc(time::Date::MAX, time::Time::MIDNIGHT);
            now.checked_add(within.length()).unwrap_or(latest)
        });
        Self {
            shape,
            names: asked.nameopt,
            now,
            deadline,
        }
    }

    /// Whether stdout is openssl's text, and sources are named on stderr.
    pub fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text | Shape::Fields(_))
    }

    /// Whether everything is asked for, private keys by their names too, and not what certificates
    /// alone have.
    pub fn names_keys(&self) -> bool {
        !matches!(self.shape, Shape::Fields(_)) && self.deadline.is_none()
    }

    /// Whether something goes after all things.
    pub fn has_end(&self) -> bool {
        matches!(self.shape, Shape::Short | Shape::Data(_))
    }

    /// Whether things of this kind are shown.
    pub fn shows(&self, item: &Item) -> bool {
        match item {
            Item::Certificate(_) => true,
            Item::Request(_) | Item::Crl(_) => self.names_keys(),
            _ => false,
        }
    }

    pub fn render(&self, found: &Found) -> Rendered {
        let mut rendered = Rendered {
            output: Ok(None),
            spki_digest: None,
            expires: false,
            lack: None,
        };
        if let Item::Certificate(certificate) = &found.item {
            rendered.spki_digest = summary::spki_digest(certificate.der());
            if let Some(deadline) = self.deadline {
                let end = summary::name_and_end(certificate.der());
                // An end that cannot be read is not known to be far away.
                let end = end.and_then(|(_, end)| end);
                rendered.expires = end.is_none_or(|end| end < deadline);
                if !rendered.expires {
                    return rendered;
                }
            }
        }
        rendered.output = match &found.item {
            item @ Item::Broken { .. } => Err(find::fault(item, None).unwrap_or_default()),
            item if !self.shows(item) => Ok(None),
            _ => self
                .output(found, &mut rendered.lack)
                .map(Some)
                .ok_or_else(|| find::unreadable(&found.item, found.source.line)),
        };
        rendered
    }

    fn output(&self, found: &Found, lack: &mut Option<&'static str>) -> Option<String> {
        let source = &found.source;
        match (&self.shape, &found.item) {
            (Shape::Text, Item::Certificate(certificate)) => {
                text::certificate(certificate, self.names).ok()
            }
            (Shape::Text, Item::Request(der)) => text::request(der, self.names).ok(),
            (Shape::Text, Item::Crl(der)) => text::crl(der, self.names).ok(),
            (Shape::Fields(fields), Item::Certificate(certificate)) => {
                let printable = Printable::new(certificate).ok()?;
                *lack = fields.lack(&printable);
                Some(fields.of(&printable, certificate.der(), self.names))
            }
            (Shape::Expiring, Item::Certificate(certificate)) => {
                let (name, end) = summary::name_and_end(certificate.der())?;
                let end = end.map_or_else(
                    || "its end cannot be read".to_owned(),
                    |end| {
                        let verb = if end < self.now { "expired" } else { "expires" };
                        format!(
                            "{verb} {} ({})",
                            moment(end),
                            short::time_left(end, self.now)
                        )
                    },
                );
                Some(format!("{source}: {name}: {end}\n"))
            }
            (Shape::Short, Item::Certificate(certificate)) => {
                let summary = Summary::of(certificate.der())?;
                Some(short::certificate(&summary, source, self.now))
            }
            (Shape::Short, Item::Request(der)) => {
                Some(short::request(&RequestSummary::of(der)?, source))
            }
            (Shape::Short, Item::Crl(der)) => {
                Some(short::crl(&CrlSummary::of(der)?, source, self.now))
            }
            (Shape::Data(format), Item::Certificate(certificate)) => {
                let summary = Summary::of(certificate.der())?;
                Some(record(*format, &found.item, source, summary))
            }
            (Shape::Data(format), Item::Request(der)) => {
                let summary = RequestSummary::of(der)?;
                Some(record(*format, &found.item, source, summary))
            }
            (Shape::Data(format), Item::Crl(der)) => {
                let summary = CrlSummary::of(der)?;
                Some(record(*format, &found.item, source, summary))
            }
            _ => None,
        }
    }

    /// What goes before a thing.
    pub fn before(&self, has_begun: bool) -> &'static str {
        match (&self.shape, has_begun) {
            (Shape::Short, true) => "\n",
            (Shape::Data(Format::Json), false) => {
                "{\n\"apiVersion\":\"meshpki/v1\",\n\"kind\":\"Inspection\",\n\"items\":[\n"
            }
            (Shape::Data(Format::Json), true) => ",\n",
            (Shape::Data(Format::Yaml), false) => {
                "apiVersion: meshpki/v1\nkind: Inspection\nitems:\n"
            }
            _ => "",
        }
    }

    /// What goes after all things: the private keys, and what closes the whole.
    pub fn end(&self, has_begun: bool, keys: &[NamedKey]) -> String {
        match &self.shape {
            Shape::Short => {
                let blocks = keys.iter().map(short::key);
                let all: Vec<_> = has_begun
                    .then(String::new)
                    .into_iter()
                    .chain(blocks)
                    .collect();
                all.join("\n")
            }
            Shape::Data(Format::Json) => {
                let keys: Vec<_> = keys.iter().map(|key| json(&key.record())).collect();
                let before = if has_begun { "" } else { self.before(false) };
                let keys = keys.join(",\n");
                format!("{before}\n],\n\"privateKeys\":[\n{keys}\n]\n}}\n")
            }
            Shape::Data(Format::Yaml) => {
                let before = if has_begun {
                    ""
                } else {
                    "apiVersion: meshpki/v1\nkind: Inspection\nitems: []\n"
                };
                let keys = match keys {
                    [] => "privateKeys: []\n".to_owned(),
                    keys => {
                        let keys = keys.iter().map(|key| yaml::element(&json(&key.record())));
                        format!("privateKeys:\n{}", keys.collect::<String>())
                    }
                };
                format!("{before}{keys}")
            }
            _ => String::new(),
        }
    }
}

fn record(format: Format, item: &Item, source: &Source, fields: impl Serialize) -> String {
    let (kind, label, der) = match item {
        Item::Certificate(certificate) => ("certificate", "CERTIFICATE", certificate.der()),
        Item::Request(der) => (
            "certificationRequest",
            "CERTIFICATE REQUEST",
            der.as_slice(),
        ),
        Item::Crl(der) => ("crl", "X509 CRL", der.as_slice()),
        _ => ("item", "", &[][..]),
    };
    let json = json(&Record {
        kind,
        source: SourceRecord::of(source),
        fields,
        pem: pem::encode(label, der),
    });
    match format {
        Format::Json => json,
        Format::Yaml => yaml::element(&json),
    }
}

/// JSON on one line, without anything in it that a terminal would act on.
pub fn json(value: &(impl Serialize + ?Sized)) -> String {
    let json = serde_json::to_string(value).expect("text and numbers alone");
    if json.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return json;
    }
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        if crate::escape::is_harmless(character) {
            plain.push(character);
        } else {
            // Such a character is inside a string: JSON's own octets are plain.
            for unit in character.encode_utf16(&mut [0; 2]) {
                plain += &format!("\\u{unit:04x}");
            }
        }
    }
    plain
}
