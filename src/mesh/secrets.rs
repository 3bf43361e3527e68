//! The Secrets among Kubernetes objects, as `kubectl get secret -o yaml` and `-o json` print them,
//! and as people write them.

mod tree;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use self::tree::Tree;
use super::kubernetes::{NameError, Namespace, SecretName};
use super::objects::{self, NotBase64, ObjectName, SyntaxError};

/// A Secret with its values decoded. It is never printed.
pub struct Secret {
    pub name: SecretName,
    /// None where kubectl has not been told one.
    pub namespace: Option<Namespace>,
    pub secret_type: Option<String>,
    values: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl Secret {
    /// For a message.
    pub fn object_name(&self) -> ObjectName {
        ObjectName {
            kind: "Secret".to_owned(),
            namespace: self
                .namespace
                .as_ref()
                .map(|namespace| namespace.as_str().to_owned()),
            name: self.name.as_str().to_owned(),
        }
    }

    /// What is under `key`.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(|value| value.as_slice())
    }

    /// What is under `key`, which is gone then.
    pub fn take(&mut self, key: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.values.remove(key)
    }

    /// As [`Secret::get`], if it is not empty.
    pub fn filled(&self, key: &str) -> Option<&[u8]> {
        self.get(key).filter(|value| !value.is_empty())
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The keys whose values are not empty.
    pub fn filled_keys(&self) -> impl Iterator<Item = &str> {
        let filled = self.values.iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(key, _)| key.as_str())
    }
}

/// A Secret that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{object}: it has no name")]
    NoName { object: String },
    #[error("{object}: {source}")]
    Name { object: String, source: NameError },
    #[error("{object}: {field} has to be {wanted}")]
    Field {
        object: String,
        field: String,
        wanted: &'static str,
    },
    #[error("{object}: {field}: {source}")]
    NotBase64 {
        object: String,
        field: String,
        source: NotBase64,
    },
    #[error("{object}: no key of a Secret can be \"{key}\"")]
    Key { object: String, key: String },
}

/// What is found among the objects of a text, in order.
#[derive(Default)]
pub struct Found {
    pub secrets: Vec<Result<Secret, SecretError>>,
    /// Objects of other kinds.
    pub others: Vec<ObjectName>,
    /// Whether they came as a List.
    pub in_a_list: bool,
}

/// The objects of `text`. `None` if it holds none.
pub fn find(text: &str) -> Option<Result<Found, SyntaxError>> {
    let documents = objects::documents::<Tree>(text)?;
    Some(documents.map(|documents| {
        let mut found = Found::default();
        for document in documents {
            found.add(document, None);
        }
        found
    }))
}

impl Found {
    /// `kind` is that of an element of a list which leaves it unsaid.
    fn add(&mut self, tree: Tree, kind: Option<&str>) {
        let fields = match tree {
            Tree::Map(fields) => fields,
            Tree::List(elements) => {
                self.in_a_list = true;
                for element in elements {
                    self.add(element, None);
                }
                return;
            }
            // A document without content: `---` at the end.
            Tree::Null => return,
            Tree::Text(_) | Tree::Other => Vec::new(),
        };
        let mut object = Object::new(fields, kind);
        if let Some(Tree::List(items)) = object.take("items") {
            self.in_a_list = true;
            let kind = object.kind.strip_suffix("List");
            for item in items {
                self.add(item, kind.filter(|kind| !kind.is_empty()));
            }
        } else if object.kind == "Secret" {
            let number = self.secrets.len() + self.others.len() + 1;
            self.secrets.push(object.into_secret(number));
        } else {
            self.others.push(object.name());
        }
    }
}

struct Object {
    kind: String,
    fields: Vec<(String, Tree)>,
    metadata: Vec<(String, Tree)>,
}

impl Object {
    fn new(fields: Vec<(String, Tree)>, kind: Option<&str>) -> Self {
        let mut object = Self {
            kind: String::new(),
            fields,
            metadata: Vec::new(),
        };
        object.kind = match object.take("kind") {
            Some(Tree::Text(kind)) => kind.to_string(),
            _ => kind.unwrap_or_default().to_owned(),
        };
        if let Some(Tree::Map(metadata)) = object.take("metadata") {
            object.metadata = metadata;
        }
        object
    }

    /// The value of a field, which is gone then.
    fn take(&mut self, field: &str) -> Option<Tree> {
        take(&mut self.fields, field)
    }

    fn name(mut self) -> ObjectName {
        let mut text = |field| match take(&mut self.metadata, field) {
            Some(Tree::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let (namespace, name) = (text("namespace"), text("name"));
        ObjectName {
            kind: match self.kind.as_str() {
                "" => "an object without a kind".to_owned(),
                kind => kind.to_owned(),
            },
            namespace,
            name: name.unwrap_or_default(),
        }
    }

    /// It is the object `number` of the text.
    fn into_secret(mut self, number: usize) -> Result<Secret, SecretError> {
        let object = format!("object {number}, a Secret");
        let Some(Tree::Text(name)) = take(&mut self.metadata, "name") else {
            return Err(SecretError::NoName { object });
        };
        let wrong_name = |source| SecretError::Name {
            object: object.clone(),
            source,
        };
        let name: SecretName = name.parse().map_err(wrong_name)?;
        let namespace = match take(&mut self.metadata, "namespace") {
            Some(Tree::Text(namespace)) if !namespace.is_empty() => {
                Some(namespace.parse().map_err(wrong_name)?)
            }
            _ => None,
        };
        let secret_type = match self.take("type") {
            Some(Tree::Text(secret_type)) => Some(secret_type.to_string()),
            _ => None,
        };
        let mut secret = Secret {
            name,
            namespace,
            secret_type,
            values: BTreeMap::new(),
        };
        let object = secret.object_name().to_string();
        secret.values = self.values(&object)?;
        Ok(secret)
    }

    /// `data`, and over it `stringData`, as the API server lays it.
    fn values(
        &mut self,
        object: &str,
    ) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, SecretError> {
        let mut values = BTreeMap::new();
        for field in ["data", "stringData"] {
            let entries = match self.take(field) {
                None | Some(Tree::Null) => continue,
                Some(Tree::Map(entries)) => entries,
                Some(_) => {
                    return Err(SecretError::Field {
                        object: object.to_owned(),
                        field: field.to_owned(),
                        wanted: "a map of keys to text",
                    });
                }
            };
            for (key, value) in entries {
                if !is_key(&key) {
                    let key = crate::escape::text(&key);
                    let object = object.to_owned();
                    return Err(SecretError::Key { object, key });
                }
                let is_encoded = field == "data";
                let field = format!("{field}.{key}");
                let value = value_of(value, is_encoded, object, field)?;
                values.insert(key, value);
            }
        }
        Ok(values)
    }
}

fn value_of(
    value: Tree,
    is_encoded: bool,
    object: &str,
    field: String,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let object = object.to_owned();
    let text = match value {
        Tree::Null => return Ok(Zeroizing::default()),
        Tree::Text(text) => text,
        Tree::Map(_) | Tree::List(_) | Tree::Other => {
            return Err(SecretError::Field {
                object,
                field,
                wanted: "text",
            });
        }
    };
    if !is_encoded {
        return Ok(Zeroizing::new(text.as_bytes().to_vec()));
    }
    if text.trim().is_empty() {
        return Ok(Zeroizing::default());
    }
    objects::base64(&text).map_err(|source| SecretError::NotBase64 {
        object,
        field,
        source,
    })
}

/// A key of a Secret (Kubernetes apimachinery, `IsConfigMapKey`): it may become a file's name.
fn is_key(key: &str) -> bool {
    let is_of_key = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    !key.is_empty()
        && key.len() <= 253
        && key.bytes().all(is_of_key)
        && key != "."
        && !key.starts_with("..")
}

fn take(fields: &mut Vec<(String, Tree)>, name: &str) -> Option<Tree> {
    let position = fields.iter().position(|(field, _)| field == name)?;
    Some(fields.swap_remove(position).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secrets(text: &str) -> Vec<Result<Secret, SecretError>> {
        find(text).expect("objects").expect("valid").secrets
    }

    fn error(text: &str) -> String {
        let error = secrets(text).swap_remove(0).err().expect("an error");
        error.to_string()
    }

    #[test]
    fn elements_of_a_list_that_leave_their_kind_unsaid_have_the_lists() {
        let list = r#"{"kind": "SecretList", "items": [{"metadata": {"name": "a"}}, {"kind": "ConfigMap", "metadata": {"name": "b"}}]}"#;
        let found = find(list).unwrap().unwrap();
        assert!(found.in_a_list);
        assert_eq!(found.secrets.len(), 1);
        assert_eq!(found.others[0].to_string(), "ConfigMap b");
    }

    #[test]
    fn string_data_goes_over_data() {
        let text = "kind: Secret\nmetadata: {name: a}\nstringData: {x: new}\ndata: {x: b2xk, y: \"\", z: null}\n";
        let secret = secrets(text).swap_remove(0).unwrap();
        assert_eq!(secret.get("x"), Some(&b"new"[..]));
        assert_eq!(secret.get("y"), Some(&b""[..]));
        assert_eq!(secret.filled("z"), None);
        assert_eq!(secret.filled_keys().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn what_leads_out_of_a_folder_is_no_key() {
        for key in [
            "../x",
            "..",
            ".",
            "",
            "a/b",
            "..data",
            "a\\b",
            "ä",
            &"a".repeat(254),
        ] {
            assert!(!is_key(key), "{key}");
        }
        for key in [".a", "a..b", "tls.crt", "A_b-1", &"a".repeat(253)] {
            assert!(is_key(key), "{key}");
        }
    }

    #[test]
    fn no_error_quotes_a_value() {
        for value in [
            "c2VjcmV0",
            "!c2VjcmV0!",
            "[c2VjcmV0]",
            "!!int c2VjcmV0",
            "!!binary c2VjcmV0",
            "!!float c2VjcmV0",
            "!x c2VjcmV0",
            "&c2V c2VjcmV0",
            "!!bool c2VjcmV0",
        ] {
            for text in [
                format!("kind: Secret\nmetadata: {{name: a}}\ndata: {{x: {value}}}\n"),
                format!("kind: Secret\nmetadata: {{name: a}}\ndata: {value}\n"),
                format!("kind: Secret\nmetadata: {value}\n"),
                format!("kind: Secret\nmetadata: {{name: a}}\ndata: {{x: {value}, x: {value}}}\n"),
            ] {
                let message = match find(&text).unwrap() {
                    Ok(found) => match found.secrets.into_iter().next().unwrap() {
                        Ok(_) => continue,
                        Err(error) => error.to_string(),
                    },
                    Err(error) => error.to_string(),
                };
                assert!(!message.contains("c2VjcmV0"), "{text}{message}");
            }
        }
    }

    #[test]
    fn an_error_names_the_object_and_the_field() {
        let secret = "kind: Secret\nmetadata: {name: a, namespace: b}\n";
        assert_eq!(
            error(&format!("{secret}data: {{x: \"!\"}}\n")),
            "Secret b/a: data.x: it is not valid base64: character 1 is none of base64's"
        );
        assert_eq!(
            error(&format!("{secret}stringData: {{x: 5}}\n")),
            "Secret b/a: stringData.x has to be text"
        );
        assert_eq!(
            error("kind: Secret\n"),
            "object 1, a Secret: it has no name"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = find(&text);
            let _ = find(&format!("kind: Secret\nmetadata: {{name: {text}}}"));
            let _ = find(&format!("kind: Secret\ndata: {text}"));
            let _ = find(&format!("{{\"kind\": \"Secret\", \"data\": {{\"{text}"));
        }
    }
}
