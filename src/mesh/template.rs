//! Texts that are filled in: Kubernetes manifests and OpenSSL configurations, in Jinja's language.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
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
    environment.add_filter("b64encode", |text: &str| BASE64_STANDARD.encode(text));
    environment.add_filter("quote", quote);
    environment.add_filter("conf", conf);
    environment
        .render_str(template, Serde(values))
        .map_err(|error| TemplateError {
            line: error.line().unwrap_or(1),
            reason: reason(&error),
        })
}

/// `no`, `1e3` and `null` are legal names in Kubernetes, and only quotes keep YAML from reading
/// them as something else.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// In double quotes OpenSSL expands no `$` and sees no comment (config(5)).
fn conf(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn reason(error: &minijinja::Error) -> String {
    let words = match error.kind() {
        ErrorKind::UndefinedError => "there is no such value",
        ErrorKind::UnknownFilter => "there is no such filter",
        ErrorKind::SyntaxError => "the syntax is wrong",
        _ => "it cannot be rendered",
    };
    match error.detail() {
        Some(detail) => format!("{words}: {}", crate::escape::text(detail)),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_yaml_would_take_for_something_else_are_quoted() {
        let values = serde_json::json!({ "words": ["no", "1e3", "a: b # c", "\"\\\n"] });
        let rendered = render("{{ words | map('quote') | join(' ') }}\n", &values);
        let expected = "\"no\" \"1e3\" \"a: b # c\" \"\\\"\\\\\\n\"\n";
        assert_eq!(rendered.as_deref(), Ok(expected));
    }

    #[test]
    fn a_fault_is_on_its_line() {
        let refusal = |template| render(template, &()).unwrap_err().to_string();
        assert_eq!(
            refusal("a\n{{ missing }}\n"),
            "line 2: there is no such value: `missing` is undefined"
        );
        assert_eq!(
            refusal("{{ 1 | nofilter }}"),
            "line 1: there is no such filter: filter nofilter is unknown"
        );
        assert!(refusal("\n\n{% if %}").starts_with("line 3: the syntax is wrong: "));
    }
}
