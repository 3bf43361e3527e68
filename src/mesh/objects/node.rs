//! One JSON or YAML value as it is read: the strings in it that hold certificates are kept, with the
//! object that they are of, and all else is dropped.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::contents::{NotBase64, contents};
use super::{ObjectName, Value};

/// What is kept of a JSON or YAML value: a short string that may be a name, and the strings below
/// it that may hold certificates. All else is dropped as it is read.
#[derive(Default)]
pub(super) struct Node {
    text: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    pub(super) held: Vec<Held>,
    /// The keys by which a certificate would go, without one.
    vacant: Vec<String>,
}

pub(super) struct Held {
    object: Option<ObjectName>,
    /// The keys that lead to it, the innermost first.
    path: Vec<String>,
    contents: Result<Zeroizing<Vec<u8>>, NotBase64>,
}

/// The keys of an object under which its entries are.
const DATA: [&str; 3] = ["data", "stringData", "binaryData"];

impl Held {
    fn nothing(path: Vec<String>) -> Self {
        Self {
            object: None,
            path,
            contents: Ok(Zeroizing::default()),
        }
    }

    pub(super) fn into_value(mut self) -> Value {
        let is_data = |outermost: &String| DATA.contains(&outermost.as_str());
        let is_data = self.path.last().is_some_and(is_data);
        if is_data && self.path.len() > 1 {
            self.path.pop();
        }
        self.path.reverse();
        Value {
            object: self.object,
            key: self.path.join("."),
            contents: self.contents,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        /// A longer string is no name (the longest in Kubernetes is 253 octets).
        const LONGEST_NAME: usize = 300;

        let mut node = Node::default();
        if text.len() <= LONGEST_NAME {
            node.text = Some(text.to_owned());
        }
        node.held.extend(contents(text).map(|contents| Held {
            object: None,
            path: Vec::new(),
            contents,
        }));
        Ok(node)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut node = Node::default();
        let mut kind = None;
        let mut metadata = Node::default();
        while let Some(key) = map.next_key::<String>()? {
            let mut value: Node = map.next_value()?;
            if key == "metadata" {
                // What kubectl apply notes down there is all of the object, once more.
                value.held.clear();
            }
            if DATA.contains(&key.as_str()) {
                let vacant = value.vacant.drain(..);
                let nothing = vacant.map(|name| Held::nothing(vec![name]));
                value.held.extend(nothing);
            }
            if value.held.is_empty() && is_certificate_name(&key) {
                node.vacant.push(key.clone());
            }
            for held in value.held.iter_mut().filter(|held| held.object.is_none()) {
                held.path.push(key.clone());
            }
            node.held.append(&mut value.held);
            match key.as_str() {
                "kind" => kind = value.text,
                "name" => node.name = value.text,
                "namespace" => node.namespace = value.text,
                "metadata" => metadata = value,
                _ => {}
            }
        }
        let object = match (kind, metadata.name) {
            (Some(kind), Some(name)) => Some(ObjectName {
                kind,
                namespace: metadata.namespace,
                name,
            }),
            _ => None,
        };
        if object.is_some() && node.held.is_empty() {
            node.held.push(Held::nothing(Vec::new()));
        }
        for held in node.held.iter_mut().filter(|held| held.object.is_none()) {
            held.object = match (&object, &node.name) {
                (Some(object), _) => Some(object.clone()),
                (None, Some(name)) if is_of_envoy(&held.path) => {
                    held.path.retain(|key| key != "inlineBytes");
                    Some(ObjectName {
                        kind: "Envoy secret".to_owned(),
                        namespace: None,
                        name: name.clone(),
                    })
                }
                (None, _) => None,
            };
        }
        Ok(node)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut node = Node::default();
        while let Some(mut element) = elements.next_element::<Node>()? {
            node.held.append(&mut element.held);
        }
        Ok(node)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Node, D::Error> {
        Node::deserialize(value)
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, value: A) -> Result<Node, A::Error> {
        use serde::de::VariantAccess;

        let (_, variant) = value.variant::<IgnoredAny>()?;
        variant.newtype_variant()
    }
}

/// Whether an entry of this name is meant for certificates: `root-cert.pem`, `ca.crt`.
fn is_certificate_name(key: &str) -> bool {
    let is_key = key.ends_with("key.pem");
    !is_key && [".pem", ".crt"].iter().any(|end| key.ends_with(end))
}

/// A Secret of Envoy's (envoy api/envoy/extensions/transport_sockets/tls/v3/secret.proto): the
/// keys that lead from it to a certificate.
fn is_of_envoy(path: &[String]) -> bool {
    path.last().is_some_and(|outermost| {
        ["tlsCertificate", "validationContext"].contains(&outermost.as_str())
    })
}
