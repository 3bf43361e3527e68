//! The period in which a certificate is valid (RFC 5280 §4.1.2.5).

use std::fmt;

use time::macros::{datetime, format_description};
use time::{Duration, OffsetDateTime, UtcOffset};

/// From `not_before` to `not_after`, both inclusive: `not_before < not_after`, whole seconds, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// The last instant that a certificate can name (RFC 5280 §4.1.2.5).
const END_OF_TIME: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    #[error("a lifetime of {days} days: at least one is needed")]
    NoDay { days: u32 },
    #[error(
        "a lifetime of {days} days: no certificate outlives the year 9999, so at most {largest} fit"
    )]
    TooLong { days: u32, largest: i64 },
    #[error("it would end on {}, before it begins on {}", moment(*.not_after), moment(*.not_before))]
    Empty {
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    },
}

impl Validity {
    pub fn new(
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Result<Self, ValidityError> {
        let [not_before, not_after] = [not_before, not_after].map(whole_seconds);
        if not_before >= not_after {
            return Err(ValidityError::Empty {
                not_before,
                not_after,
            });
        }
        Ok(Self {
            not_before,
            not_after,
        })
    }

    /// From `backdating` before `now` until `days` after it.
    pub fn starting(
        now: OffsetDateTime,
        backdating: Duration,
        days: u32,
    ) -> Result<Self, ValidityError> {
        if days == 0 {
            return Err(ValidityError::NoDay { days });
        }
        let now = whole_seconds(now);
        let not_after = now
            .checked_add(Duration::days(days.into()))
            .filter(|end| *end <= END_OF_TIME)
            .ok_or(ValidityError::TooLong {
                days,
                largest: (END_OF_TIME - now).whole_days(),
            })?;
        Self::new(now - backdating, not_after)
    }

    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// This period without what lies outside `other`'s.
    pub fn within(&self, other: &Self) -> Result<Self, ValidityError> {
        Self::new(
            self.not_before.max(other.not_before),
            self.not_after.min(other.not_after),
        )
    }

    pub fn contains(&self, other: &Self) -> bool {
        self.not_before <= other.not_before && other.not_after <= self.not_after
    }

    pub fn length(&self) -> Duration {
        self.not_after - self.not_before
    }
}

fn whole_seconds(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::UTC)
        .replace_nanosecond(0)
        .expect("0 is a nanosecond")
}

/// A date for people: `2036-11-18`.
pub fn date(at: OffsetDateTime) -> impl fmt::Display {
    at.to_offset(UtcOffset::UTC).date()
}

/// An instant for people, where the time of day matters: `2036-11-18T22:21:09Z`.
pub fn moment(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
        ))
        .expect("every component is there")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05.678 UTC);

    #[test]
    fn it_begins_early_and_ends_the_days_asked_for_from_now() {
        let validity = Validity::starting(NOW, Duration::minutes(2), 10).unwrap();
        assert_eq!(moment(validity.not_before()), "2026-01-02T03:02:05Z");
        assert_eq!(moment(validity.not_after()), "2026-01-12T03:04:05Z");
    }

    #[test]
    fn the_year_9999_is_the_end() {
        let days = |days| Validity::starting(NOW, Duration::ZERO, days);
        let ValidityError::TooLong { largest, .. } = days(u32::MAX).unwrap_err() else {
            panic!("another error");
        };
        let largest = u32::try_from(largest).unwrap();
        assert!(days(largest).is_ok());
        assert!(days(largest + 1).is_err());
        assert_eq!(days(0), Err(ValidityError::NoDay { days: 0 }));
    }

    #[test]
    fn periods_without_a_common_instant_do_not_overlap() {
        let year = |year: i32| {
            Validity::new(
                NOW.replace_year(year).unwrap(),
                NOW.replace_year(year + 1).unwrap(),
            )
            .unwrap()
        };
        assert!(year(2026).within(&year(2030)).is_err());
        assert_eq!(year(2026).within(&year(2026)), Ok(year(2026)));
    }
}
