//! The few statistics of a handful of rounds: smallest, middle, largest.

/// Smallest, middle, and largest of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of these values; `None` if there are none. The median of an even number is the mean of the two in the middle.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { min, median: f64::midpoint(low, high), max })
    }

    /// Largest divided by smallest; 1 is no spread.
    pub(crate) fn width(&self) -> f64 {
        self.max / self.min
    }

    /// The median, and smallest and largest if they differ as shown: `1.86 (1.84–1.93)`.
    pub(crate) fn shown(&self, decimals: usize) -> String {
        let [min, median, max] = [self.min, self.median, self.max].map(|value| number(value, decimals));
        if min == max { median } else { format!("{median} ({min}–{max})") }
    }
}

/// The spread of some values as [`Spread::shown`], and a dash for none.
pub(crate) fn shown(values: &[f64], decimals: usize) -> String {
    let spread = Spread::of(values.iter().copied());
    spread.map_or_else(|| "–".to_owned(), |spread| spread.shown(decimals))
}

/// A number with this many decimals, and commas between thousands.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}

/// A number of things.
pub(crate) fn count(value: usize) -> String {
    number(as_float(value), 0)
}

/// A number of things, for divisions.
#[expect(clippy::cast_precision_loss, reason = "counts of requests and bytes are far below 2^52")]
pub(crate) fn as_float(value: usize) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], expected: Option<[f64; 3]>) {
        let found = Spread::of(values.iter().copied());
        assert_eq!(found.map(|Spread { min, median, max }| [min, median, max]), expected, "{values:?}");
    }

    #[test]
    fn a_spread_has_the_smallest_the_middle_and_the_largest_in_any_order() {
        check(&[], None);
        check(&[2.0], Some([2.0, 2.0, 2.0]));
        check(&[3.0, 1.0, 2.0], Some([1.0, 2.0, 3.0]));
        check(&[4.0, 1.0, 2.0, 8.0], Some([1.0, 3.0, 8.0]));
    }

    #[test]
    fn a_spread_is_shown_unless_all_values_look_the_same() {
        let shown = |values: &[f64], decimals| Spread::of(values.iter().copied()).unwrap().shown(decimals);
        assert_eq!(shown(&[1.84, 1.93, 1.86], 2), "1.86 (1.84–1.93)");
        assert_eq!(shown(&[1.861, 1.859], 2), "1.86");
        assert_eq!(shown(&[1000.0], 0), "1,000");
    }

    #[test]
    fn the_width_is_a_ratio() {
        let width = Spread::of([2.0, 3.0]).unwrap().width();
        assert!((width - 1.5).abs() < 1e-9, "{width}");
    }

    #[test]
    fn numbers_have_commas_between_thousands() {
        let check = |value, decimals, expected: &str| assert_eq!(number(value, decimals), expected);
        check(0.0, 0, "0");
        check(999.4, 0, "999");
        check(1000.0, 0, "1,000");
        check(1_234_567.25, 1, "1,234,567.2");
        check(-1234.0, 0, "-1,234");
        check(-123.0, 0, "-123");
    }
}
