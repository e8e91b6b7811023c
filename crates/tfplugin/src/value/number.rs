//! Terraform's numbers: decimal, of any precision.

use std::{cmp::Ordering, fmt, str::FromStr};

/// The most digits before or after the point that a number is written out with: what Terraform itself computes with has 512
/// bits, about 155 digits, and `1e1000000000` must not fill the memory.
const LONGEST: i64 = 4096;

/// A decimal number, kept exactly, with at most 4096 digits before and after the point. Equal numbers are
/// equal however they are written: `1`, `1.0`, `1e0`.
///
/// ```
/// use tfplugin::value::Number;
///
/// let ratio: Number = "0.10".parse()?;
/// assert_eq!(ratio, Number::from_f64(0.1)?);
/// assert_eq!(ratio.to_i64(), None);
/// assert_eq!(Number::from(5_i64).to_string(), "5");
/// # Ok::<(), tfplugin::value::NumberError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// Digits without leading and trailing zeros; empty for zero.
    digits: String,
    /// The power of ten of the last digit.
    exponent: i64,
}

/// Text that is no number, or one too long to be written out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most {LONGEST} digits")]
pub struct NumberError;

impl Number {
    /// The number as `i64`, if it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        self.is_whole().then(|| self.to_string().parse().ok()).flatten()
    }

    /// The number as `u64`, if it is whole, not negative and fits.
    pub fn to_u64(&self) -> Option<u64> {
        self.is_whole().then(|| self.to_string().parse().ok()).flatten()
    }

    /// Whether there is nothing after the point.
    pub fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// From a binary fraction: the shortest decimal that is read back as the same one.
    ///
    /// # Errors
    /// For infinities and NaN, which Terraform does not have as values.
    pub fn from_f64(value: f64) -> Result<Self, NumberError> {
        if value.is_finite() { format!("{value:e}").parse() } else { Err(NumberError) }
    }

    fn new(negative: bool, digits: &str, exponent: i64) -> Result<Self, NumberError> {
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let dropped = digits.len() - digits.trim_end_matches('0').len();
        let exponent = i64::try_from(dropped)
            .ok()
            .and_then(|dropped| exponent.checked_add(dropped))
            .ok_or(NumberError)?;
        let length = i64::try_from(significant.len()).map_err(|_| NumberError)?;
        let highest = exponent.checked_add(length).ok_or(NumberError)?;
        if highest > LONGEST || exponent < -LONGEST || length > 2 * LONGEST {
            return Err(NumberError);
        }
        Ok(Self { negative, digits: significant.to_owned(), exponent })
    }

    /// The power of ten just above the first digit.
    fn magnitude(&self) -> i64 {
        // Both are bounded by LONGEST.
        self.exponent + i64::try_from(self.digits.len()).unwrap_or(i64::MAX / 2)
    }

    fn compare_absolute(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits without trailing zeros compare like the fractions that they begin.
            (false, false) => {
                self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::whole(value < 0, value.unsigned_abs())
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::whole(false, value)
    }
}

impl Number {
    fn whole(negative: bool, magnitude: u64) -> Self {
        let text = magnitude.to_string();
        let digits = text.trim_end_matches('0');
        if magnitude == 0 {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        // At most 19 zeros.
        let exponent = i64::try_from(text.len() - digits.len()).unwrap_or(0);
        Self { negative, digits: digits.to_owned(), exponent }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Decimal text with an optional sign, fraction and exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, text) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| NumberError)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return Err(NumberError);
        }
        let after_point = i64::try_from(fraction.len()).map_err(|_| NumberError)?;
        let exponent = exponent.checked_sub(after_point).ok_or(NumberError)?;
        Self::new(negative, &format!("{whole}{fraction}"), exponent)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_absolute(other),
            (true, true) => other.compare_absolute(self),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    /// Written out, without an exponent: what Terraform parses without loss.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        let magnitude = self.magnitude();
        if self.exponent >= 0 {
            write!(f, "{}{}", self.digits, zeros(self.exponent))
        } else if magnitude <= 0 {
            write!(f, "0.{}{}", zeros(-magnitude), self.digits)
        } else {
            let (whole, fraction) = self.digits.split_at(usize::try_from(magnitude).unwrap_or(0));
            write!(f, "{whole}.{fraction}")
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        assert_eq!(text.parse::<Number>().map(|number| number.to_string()).as_deref(), Ok(written), "{text}");
    }

    #[test]
    fn a_number_is_written_out_exactly() {
        for (text, written) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000", "0"),
            ("1.0", "1"),
            ("1e0", "1"),
            ("0.1", "0.1"),
            ("-12.50", "-12.5"),
            ("1.5e3", "1500"),
            ("1e-3", "0.001"),
            (".5", "0.5"),
            ("+7", "7"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("123456789012345678901234567890.123", "123456789012345678901234567890.123"),
        ] {
            check(text, written);
        }
        assert_eq!("1e400".parse::<Number>().map(|number| number.to_string().len()), Ok(401));
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "0x10",
            "1_000",
            "inf",
            "NaN",
            "1.2.3",
            " 1",
            "1e1000000000",
            "1e-1000000000",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError), "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_convert_at_the_edges() {
        assert_eq!(Number::from(i64::MIN).to_i64(), Some(i64::MIN));
        assert_eq!(Number::from(u64::MAX).to_u64(), Some(u64::MAX));
        assert_eq!(Number::from(u64::MAX).to_i64(), None);
        assert_eq!(Number::from(-1_i64).to_u64(), None);
        assert_eq!("0.5".parse::<Number>().map(|number| number.to_i64()), Ok(None));
        assert_eq!(Number::from_f64(0.1).map(|number| number.to_string()).as_deref(), Ok("0.1"));
        assert_eq!(Number::from_f64(f64::INFINITY), Err(NumberError));
    }

    proptest! {
        #[test]
        fn writing_and_reading_give_the_same_number(text in "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?") {
            let number: Number = text.parse().map_err(|error: NumberError| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number));
        }

        #[test]
        fn order_and_equality_are_those_of_the_values(one in -1_000_000..1_000_000_i64, other in -1_000_000..1_000_000_i64) {
            // Thousandths of both, written in two ways.
            let written = |count: i64| format!("{count}e-3").parse::<Number>().expect("a number");
            let padded = |count: i64| format!("{count}000e-6").parse::<Number>().expect("a number");
            prop_assert_eq!(written(one).cmp(&padded(other)), one.cmp(&other));
            prop_assert_eq!(written(one), padded(one));
            prop_assert_eq!(Number::from(one).cmp(&Number::from(other)), one.cmp(&other));
        }

        #[test]
        fn a_binary_fraction_is_the_decimal_that_names_it(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            let number = Number::from_f64(value).expect("finite");
            prop_assert_eq!(number.to_string().parse::<f64>(), Ok(value));
        }
    }
}
