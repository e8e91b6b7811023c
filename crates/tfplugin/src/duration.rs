//! Durations as Terraform's users write them: Go's form (`time.ParseDuration`), such as `"90m"`, `"1h30m"`,
//! `"1.5h"`, `"300ms"`.
//!
//! An attribute that is a duration is a string with two options: [`validate()`] rejects other text during plan,
//! and [`same()`] treats `60m` and `1h` as equal, so that an API's spelling is no change:
//!
//! ```
//! use tfplugin::{Schema, duration};
//!
//! /// A lease.
//! #[derive(Clone, Debug, Schema)]
//! #[schema(name = "shop_lease")]
//! struct Lease {
//!     /// Lifetime of the lease as a Go duration, such as `720h`.
//!     #[schema(required, validate(duration::validate), same = duration::same)]
//!     lifetime: String,
//! }
//!
//! # fn main() -> Result<(), String> {
//! let lease = Lease { lifetime: "1h30m".to_owned() };
//! assert_eq!(duration::parse(&lease.lifetime)?.as_secs(), 5_400);
//! # Ok(())
//! # }
//! ```
//!
//! For the time limits of operations there is [`Timeouts`](crate::Timeouts).

use std::time::Duration;

use crate::value::Number;

/// Units with their length in nanoseconds, longer names first.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Parses a duration: numbers with the units `h`, `m`, `s`, `ms`, `us` (`µs`), `ns`, or `0`.
///
/// # Errors
/// For other text, a negative duration, and more than 2⁶⁴ − 1 nanoseconds (584 years). The message names
/// the text, and what to write instead:
///
/// ```
/// use tfplugin::duration;
///
/// let message = duration::parse("30d").expect_err("Go has no days");
/// assert!(message.contains("write \"720h\""), "{message}");
/// ```
pub fn parse(text: &str) -> Result<Duration, String> {
    if text.starts_with('-') {
        return Err(format!("{text:?} is negative: a duration is not."));
    }
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return Err("It is empty: write a number with a unit, such as \"90m\".".to_owned());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|sign: char| sign.is_ascii_digit() || sign == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let length = nanoseconds(unit).ok_or_else(|| wrong_unit(text, number, unit))?;
        let part = part(number, length)
            .ok_or_else(|| format!("{text:?} is not a duration: write \"90m\" or \"1h30m\", say."))?;
        total = total.checked_add(part).ok_or_else(|| format!("{text:?} is too long."))?;
        rest = behind;
    }
    Ok(Duration::from_nanos(total))
}

/// Checks that the text is a duration, for `#[schema(validate(duration::validate))]`.
///
/// # Errors
/// Those of [`parse`].
pub fn validate(text: &str) -> Result<(), String> {
    parse(text).map(|_| ())
}

/// Whether two texts mean the same duration, for `#[schema(same = duration::same)]`: `"60m"` and `"1h"` do.
/// Text that is no duration equals nothing, itself included.
pub fn same(one: &str, other: &str) -> bool {
    matches!((parse(one), parse(other)), (Ok(one), Ok(other)) if one == other)
}

fn nanoseconds(unit: &str) -> Option<u64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, length)| *length)
}

/// `number` units of `length` nanoseconds; parts of a nanosecond are dropped.
fn part(number: &str, length: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // The value itself is only looked at to refuse what is no number, such as "." or "1.2.3".
    number.parse::<Number>().ok()?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(length)?;
    let mut unit = length;
    for digit in fraction.bytes() {
        unit /= 10;
        total = total.checked_add(u64::from(digit - b'0').checked_mul(unit)?)?;
    }
    Some(total)
}

fn wrong_unit(text: &str, number: &str, unit: &str) -> String {
    let hours_of = |hours: u64| number.parse::<u64>().ok().and_then(|count| count.checked_mul(hours));
    let instead = match unit {
        "d" | "day" | "days" => hours_of(24),
        "w" | "week" | "weeks" => hours_of(7 * 24),
        _ => None,
    };
    match instead {
        Some(hours) => {
            format!("{text:?} has the unit {unit:?}, which durations do not know: write \"{hours}h\".")
        }
        None if unit.is_empty() => format!("{text:?} has no unit: write \"{number}s\" for seconds, say."),
        None => format!("{text:?} is not a duration: the units are h, m, s, ms, us and ns, as in \"1h30m\"."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read() {
        for (text, milliseconds) in [
            ("0", 0),
            ("10s", 10_000),
            ("90m", 5_400_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            (".5s", 500),
            ("720h", 2_592_000_000),
            ("1000000ns", 1),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, complaint: &str) {
        let message = parse(text).expect_err(text);
        assert!(message.contains(complaint), "{text:?}: {message}");
    }

    #[test]
    fn an_invalid_duration_is_rejected_with_a_valid_example() {
        check("30d", "\"720h\"");
        check("2w", "\"336h\"");
        check("10", "\"10s\"");
        check("-1h", "negative");
        check("", "empty");
        check("abc", "units are");
        check("1.2.3s", "not a duration");
        check(".s", "not a duration");
        check("99999999999h", "not a duration");
    }

    #[test]
    fn durations_are_compared_by_value() {
        assert!(same("60m", "1h"));
        assert!(!same("61m", "1h"));
        assert!(!same("never", "never"));
    }
}
