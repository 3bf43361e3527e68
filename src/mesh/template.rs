//! Texts that are filled in: Kubernetes manifests and OpenSSL configurations, in Jinja's language.

use std::error::Error as _;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

/// A template that cannot be rendered: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TemplateError {
    line: usize,
    reason: String,
}

/// `template` with `values`. Besides Jinja's own filters there are `b64encode`, `quote` (a string
/// of JSON, and so of YAML) and `conf` (a value of an OpenSSL configuration file).
pub fn render(template: &str, values: &impl Serialize) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the default ones"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("b64encode", |value: Value| match value.as_bytes() {
        Some(octets) => Ok(BASE64_STANDARD.encode(octets)),
        None => Err(not_text(&value)),
    });
    environment.add_filter("quote", |value: Value| on_text(&value, quote));
    environment.add_filter("conf", |value: Value| on_text(&value, conf));
    environment
        .render_str(template, Serde(values))
        .map_err(|error| TemplateError {
            line: error.line().unwrap_or(1),
            reason: reason(&error, template),
        })
}

/// The value that a filter is given is not text.
#[derive(Debug, thiserror::Error)]
#[error("it is given {0}, and takes text")]
struct NotText(String);

fn on_text(value: &Value, filter: impl Fn(&str) -> String) -> Result<String, minijinja::Error> {
    match value.as_str() {
        Some(text) => Ok(filter(text)),
        None => Err(not_text(value)),
    }
}

fn not_text(value: &Value) -> minijinja::Error {
    let kind = match value.kind() {
        ValueKind::Undefined => "a value that is not there".to_owned(),
        kind => format!("a {kind}"),
    };
    minijinja::Error::from(ErrorKind::InvalidOperation).with_source(NotText(kind))
}

/// `no`, `1e3` and `null` are legal names in Kubernetes, and only quotes keep YAML from reading
/// them as something else. What YAML has no place for, or takes for a line's end, is escaped
/// (YAML 1.2 §5.1; YAML 1.1 §4.2).
fn quote(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut quoted = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7F}'..='\u{9F}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{FEFF}'
            | '\u{FFFE}'
            | '\u{FFFF}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted
}

/// In double quotes OpenSSL expands no `$` and sees no comment (config(5)).
fn conf(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// What is said of a name that is not known is the template's own text, and never a value: that
/// could be a key.
fn reason(error: &minijinja::Error, template: &str) -> String {
    let words = match error.kind() {
        ErrorKind::UndefinedError => "there is no such value",
        ErrorKind::UnknownFilter => "there is no such filter",
        ErrorKind::UnknownFunction => "there is no such function",
        ErrorKind::UnknownMethod => "there is no such method",
        ErrorKind::UnknownTest => "there is no such test",
        ErrorKind::SyntaxError => {
            let detail = error.detail().unwrap_or("it cannot be read");
            return format!("the syntax is wrong: {}", crate::escape::text(detail));
        }
        _ => "it cannot be rendered",
    };
    let expression = error.range().and_then(|range| template.get(range));
    let not_text = error
        .source()
        .and_then(|source| source.downcast_ref::<NotText>());
    if let (Some(expression), Some(not_text)) = (expression, not_text) {
        return format!("{}: {not_text}", crate::escape::text(expression));
    }
    match expression {
        Some(expression) => format!("{words}: {}", crate::escape::text(expression)),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_that_yaml_would_take_for_something_else_are_quoted() {
        let values = serde_json::json!({ "words": ["no", "1e3", "a: b # c", "\"\\\n"] });
        let rendered = render("{{ words | map('quote') | join(' ') }}\n", &values);
        let expected = "\"no\" \"1e3\" \"a: b # c\" \"\\\"\\\\\\n\"\n";
        assert_eq!(rendered.as_deref(), Ok(expected));
    }

    #[test]
    fn what_yaml_cannot_hold_is_escaped() {
        let rendered = render(
            "{{ text | quote }}",
            &serde_json::json!({ "text": "\u{7F}\u{9B}é\u{2028}\u{1F600}" }),
        );
        assert_eq!(
            rendered.as_deref(),
            Ok("\"\\u007f\\u009bé\\u2028\u{1F600}\"")
        );
    }

    #[test]
    fn a_fault_never_quotes_a_value() {
        let values = serde_json::json!({ "key": "SECRET" });
        for template in [
            "{{ 1 + key }}",
            "{{ key.x() }}",
            "{{ [1] | map(key) | list }}",
            "{{ key | int }}",
        ] {
            let refusal = render(template, &values).unwrap_err().to_string();
            assert!(!refusal.contains("SECRET"), "{refusal}");
        }
    }

    #[test]
    fn a_fault_is_on_its_line() {
        let refusal = |template| render(template, &()).unwrap_err().to_string();
        assert_eq!(
            refusal("a\n{{ missing }}\n"),
            "line 2: there is no such value: missing"
        );
        assert_eq!(
            refusal("{{ 1 | nofilter }}"),
            "line 1: there is no such filter: nofilter"
        );
        assert!(refusal("\n\n{% if %}").starts_with("line 3: the syntax is wrong: "));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(text in any::<String>()) {
            let values = serde_json::json!({ "text": text });
            let yaml = render("key: {{ text | quote }}\n", &values).unwrap();
            let read: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
            prop_assert_eq!(&read["key"], &text);
            let plain = |character: char| character == '\n' || crate::escape::is_harmless(character);
            let odd = yaml.chars().find(|&character| character.is_control() && !plain(character));
            prop_assert_eq!(odd, None);
        }

        #[test]
        fn what_is_encoded_is_decoded_again(text in any::<String>()) {
            use base64::Engine;

            let encoded = render("{{ text | b64encode }}", &serde_json::json!({ "text": text })).unwrap();
            let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
            prop_assert_eq!(decoded, text.into_bytes());
        }
    }
}
