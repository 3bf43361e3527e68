//! Amounts with a unit: of time and of octets.

use std::fmt;
use std::str::FromStr;

use time::Duration;

/// `30d`, `12h`, `90m`, `45s`, `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(Duration);

impl Lifetime {
    pub fn days(days: u32) -> Self {
        Self(Duration::days(days.into()))
    }

    pub fn of(length: Duration) -> Self {
        Self(length)
    }

    pub fn length(self) -> Duration {
        self.0
    }
}

/// In the largest unit that it is a whole number of, weeks aside: `36h`.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.whole_seconds();
        let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
        let whole = units.into_iter().find(|(unit, _)| seconds % unit == 0);
        let (unit, name) = whole.unwrap_or((1, "s"));
        write!(f, "{}{name}", seconds / unit)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no length of time: a whole number and s, m, h, d or w are wanted, such as 30d")]
pub struct LifetimeError(String);

impl FromStr for Lifetime {
    type Err = LifetimeError;

    fn from_str(text: &str) -> Result<Self, LifetimeError> {
        let seconds = amount(text, |unit| match unit {
            "s" => Some(1),
            "m" => Some(60),
            "h" => Some(60 * 60),
            "d" => Some(24 * 60 * 60),
            "w" => Some(7 * 24 * 60 * 60),
            _ => None,
        });
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        seconds
            .map(|seconds| Self(Duration::seconds(seconds)))
            .ok_or_else(|| LifetimeError(text.to_owned()))
    }
}

/// `100M`, `1G`, `65536`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(u64);

impl Size {
    pub fn octets(self) -> u64 {
        self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size: a whole number of octets is wanted, with k, M or G behind it or not")]
pub struct SizeError(String);

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let octets = amount(text, |unit| match unit {
            "" => Some(1),
            "k" | "K" => Some(1 << 10),
            "M" => Some(1 << 20),
            "G" => Some(1 << 30),
            _ => None,
        });
        octets.map(Self).ok_or_else(|| SizeError(text.to_owned()))
    }
}

fn amount(text: &str, factor: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    number.parse::<u64>().ok()?.checked_mul(factor(unit)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_what_they_say() {
        let seconds = |text: &str| text.parse::<Lifetime>().map(|time| time.0.whole_seconds());
        assert_eq!(seconds("30d"), Ok(2_592_000));
        assert_eq!(seconds("12h"), Ok(43_200));
        assert_eq!(seconds("0s"), Ok(0));
        for wrong in [
            "",
            "30",
            "d",
            "-1d",
            "1.5d",
            "99999999999999999999d",
            "9223372036854775807w",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        for text in ["30d", "36h", "90m", "61s"] {
            assert_eq!(text.parse::<Lifetime>().unwrap().to_string(), text);
        }
        assert_eq!("2w".parse::<Lifetime>().unwrap().to_string(), "14d");
        assert_eq!("64M".parse(), Ok(Size(64 << 20)));
        assert_eq!("10".parse(), Ok(Size(10)));
        assert!("1T".parse::<Size>().is_err());
    }

    proptest! {
        #[test]
        fn a_length_of_time_is_a_number_and_a_unit(number in any::<u64>(), unit in 0..5usize) {
            let (unit, seconds) = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)][unit];
            // A short number as well as a long one.
            for number in [number, number >> 20, number >> 40] {
                let seconds = i64::try_from(u128::from(number) * seconds).ok();
                let parsed = format!("{number}{unit}").parse::<Lifetime>().ok();
                prop_assert_eq!(parsed.map(|time| time.length().whole_seconds()), seconds);
            }
        }

        #[test]
        fn nothing_else_is_an_amount(text in "[-+0-9 .smhdwkKMGT\u{e4}]{0,6}") {
            let digits = text.chars().take_while(char::is_ascii_digit).count();
            let unit = &text[digits..];
            let is_time = digits > 0 && ["s", "m", "h", "d", "w"].contains(&unit);
            prop_assert_eq!(text.parse::<Lifetime>().is_ok(), is_time, "{}", text);
            let is_size = digits > 0 && ["", "k", "K", "M", "G"].contains(&unit);
            prop_assert_eq!(text.parse::<Size>().is_ok(), is_size, "{}", text);
        }
    }
}
