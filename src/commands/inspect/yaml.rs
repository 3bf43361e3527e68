//! YAML for programs: what JSON says, in blocks. Strings are always quoted, so that none is taken
//! for something else; PEM is a block of its own.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// `json` as an element of a sequence.
pub fn element(json: &str) -> String {
    let node: Node = serde_json::from_str(json).expect("it has just been written");
    let mut yaml = String::new();
    node.write_element(&mut yaml, 0);
    yaml
}

/// A JSON value, with its keys in order.
enum Node {
    /// A number, a boolean or null.
    Plain(String),
    Text(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl Node {
    fn write_element(&self, yaml: &mut String, indent: usize) {
        *yaml += &" ".repeat(indent);
        match self {
            Self::Mapping(entries) if !entries.is_empty() => {
                for (position, (key, value)) in entries.iter().enumerate() {
                    *yaml += &if position == 0 {
                        "- ".to_owned()
                    } else {
                        " ".repeat(indent + 2)
                    };
                    *yaml += key;
                    yaml.push(':');
                    value.write_entry(key, yaml, indent + 2);
                }
            }
            other => {
                yaml.push('-');
                other.write_value(yaml, indent);
            }
        }
    }

    /// Behind `key`.
    fn write_entry(&self, key: &str, yaml: &mut String, indent: usize) {
        match self {
            Self::Text(pem) if key == "pem" => {
                *yaml += " |\n";
                for line in pem.lines() {
                    *yaml += &format!("{}{line}\n", " ".repeat(indent + 2));
                }
            }
            value => value.write_value(yaml, indent),
        }
    }

    /// Behind a key or a dash, up to the end of the line or of the block.
    fn write_value(&self, yaml: &mut String, indent: usize) {
        match self {
            Self::Plain(text) => *yaml += &format!(" {text}\n"),
            Self::Text(text) => *yaml += &format!(" {}\n", super::form::json(text)),
            Self::Sequence(elements) if elements.is_empty() => *yaml += " []\n",
            Self::Sequence(elements) => {
                yaml.push('\n');
                for element in elements {
                    element.write_element(yaml, indent);
                }
            }
            Self::Mapping(entries) if entries.is_empty() => *yaml += " {}\n",
            Self::Mapping(entries) => {
                yaml.push('\n');
                for (key, value) in entries {
                    *yaml += &format!("{}{key}:", " ".repeat(indent + 2));
                    value.write_entry(key, yaml, indent + 2);
                }
            }
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

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Plain("null".to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut sequence = Vec::new();
        while let Some(element) = elements.next_element()? {
            sequence.push(element);
        }
        Ok(Node::Sequence(sequence))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Mapping(entries))
    }
}
