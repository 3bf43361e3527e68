//! What a flag, a variable or a line of the file says, checked.

use std::fmt;
use std::str::FromStr;

use crate::escape;
use crate::pki::key::KeySpec;
use crate::pki::name::{self, Attribute};

/// `--org` and its like.
pub fn parse_organization(text: &str) -> Result<String, String> {
    name::checked(Attribute::Organization, text).map_err(display)
}

/// `--cn` and its like.
pub fn parse_common_name(text: &str) -> Result<String, String> {
    name::checked(Attribute::CommonName, text).map_err(display)
}

/// `--days` and its like.
pub fn parse_days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Err(_) if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) => {
            Err(format!("no certificate lasts {text} days"))
        }
        Ok(0) | Err(_) => Err(format!(
            "\"{}\" is not a number of days: a whole number from 1 is wanted",
            escape::text(text)
        )),
        Ok(days) => Ok(days),
    }
}

/// `--grace-ratio` and its like: the part of a lifetime in which a certificate is renewed.
pub fn parse_grace_ratio(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err(format!(
            "\"{}\" is not a part of a lifetime: a number from 0 to 1 is wanted, such as 0.5",
            escape::text(text)
        )),
    }
}

/// The Makefile's `…_KEYSZ`: the bits of an RSA key.
pub(super) fn parse_key_size(text: &str) -> Result<KeySpec, String> {
    text.parse().ok().and_then(KeySpec::rsa).ok_or_else(|| {
        format!(
            "\"{}\" is not a size of RSA key: 2048, 3072 or 4096 is wanted",
            escape::text(text)
        )
    })
}

pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(display)
}

fn display(error: impl fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_lifetime_is_from_nothing_to_the_whole() {
        for right in ["0", "0.5", "1", "1.0", ".25"] {
            assert!(parse_grace_ratio(right).is_ok(), "{right}");
        }
        for wrong in ["", "-0.1", "1.1", "NaN", "inf", "half", "50%"] {
            let refusal = parse_grace_ratio(wrong).unwrap_err();
            assert!(
                refusal.ends_with("from 0 to 1 is wanted, such as 0.5"),
                "{refusal}"
            );
        }
    }
}
