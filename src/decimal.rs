//! Decimal numbers as the endpoint means them: 99.6 used leaves 0.4 and nothing else.
//!
//! Whole hundredths in an integer are all that percentages and credits need. A decimal
//! crate would bring arithmetic and rounding that nothing here uses, and would still need
//! the cut, the bounds and the text below.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A decimal number, in hundredths, cut towards zero. Saturates far beyond
/// anything that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i64);

/// The largest number, in hundredths.
const MOST: i64 = 1_000_000_000_000_000_000;

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One hundred, the whole of a percentage.
    pub const HUNDRED: Self = Self(10_000);

    /// Reads a number as JSON spells it. Anything else, `NaN` and `inf` among it, is no number.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().and_then(Self::from_fraction)
    }

    /// A binary fraction as readers of JSON give it, cut towards zero.
    pub fn from_fraction(number: f64) -> Option<Self> {
        // The nearest binary fraction of 99.6 is below it: without this, 9,959 hundredths.
        let hundredths = number * 100.0 + 1e-6_f64.copysign(number);
        (!number.is_nan()).then(|| Self::of_hundredths(hundredths as i64))
    }

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self(number.saturating_mul(100).clamp(-MOST, MOST))
    }

    /// So many hundredths.
    pub fn of_hundredths(hundredths: i64) -> Self {
        Self(hundredths.clamp(-MOST, MOST))
    }

    /// The whole part.
    pub fn trunc(self) -> i64 {
        self.0 / 100
    }

    /// In hundredths.
    pub fn hundredths(self) -> i64 {
        self.0
    }

    /// The rest to one hundred.
    pub fn complement(self) -> Self {
        Self(Self::HUNDRED.0 - self.0)
    }

    /// This much less.
    pub fn minus(self, other: Self) -> Self {
        Self::of_hundredths(self.0.saturating_sub(other.0))
    }

    /// Its share of `whole`, 0 to 100; none of nothing.
    pub fn percent_of(self, whole: Self) -> Option<Self> {
        let share = i128::from(self.0) * i128::from(Self::HUNDRED.0);
        let share = share.checked_div(i128::from(whole.0)).filter(|_| whole.0 > 0)?;
        let most = i128::from(Self::HUNDRED.0);
        i64::try_from(share.clamp(0, most)).ok().map(Self)
    }

    /// `40`, `0.4`, `63.25`
    pub fn to_text(self) -> String {
        let (whole, rest) = (self.0.abs() / 100, self.0.abs() % 100);
        let sign = if self.0 < 0 { "-" } else { "" };
        match (rest / 10, rest % 10) {
            (0, 0) => format!("{sign}{whole}"),
            (tenth, 0) => format!("{sign}{whole}.{tenth}"),
            (tenth, hundredth) => format!("{sign}{whole}.{tenth}{hundredth}"),
        }
    }
}

/// A number in its own digits.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_digits(self.to_text(), serializer)
    }
}

/// Writes a number in its own digits, and null where the text is no number.
pub fn in_digits<S: Serializer>(text: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(text).ok().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_towards_zero() {
        for (text, hundredths) in [
            ("33", 33_00),
            ("99.6", 99_60),
            ("99.99996", 99_99),
            (" -5 ", -5_00),
            ("0.129", 12),
            ("1.79e9", 179_000_000_000),
            ("179e-2", 1_79),
            ("3944.1197930574417", 394_411),
            ("0.0000000000000000000000000001", 0),
            ("99999999999999999999999999", MOST),
            ("0e999999999", 0),
        ] {
            let read = Decimal::parse(text).map(Decimal::hundredths);
            assert_eq!(read, Some(hundredths), "{text}");
        }
    }

    #[test]
    fn a_binary_fraction_is_what_it_was_written_as() {
        for (number, hundredths) in [
            (99.6, 99_60),
            (63.5, 63_50),
            (0.4, 40),
            (99.999, 99_99),
            (99.99996, 99_99),
            (-5.0, -5_00),
            (1e300, MOST),
            (-1e300, -MOST),
        ] {
            let read = Decimal::from_fraction(number).map(Decimal::hundredths);
            assert_eq!(read, Some(hundredths), "{number}");
        }
        assert_eq!(Decimal::from_fraction(f64::NAN), None);
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".5", "+1", "NaN", "inf", "1.2.3", "12x", "1e", "1e400", "0x10", "½"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_has_no_more_places_than_it_needs() {
        for (text, shown) in [("40", "40"), ("0.40", "0.4"), ("63.25", "63.25"), ("-0.05", "-0.05")]
        {
            assert_eq!(Decimal::parse(text).map(Decimal::to_text).as_deref(), Some(shown));
        }
        assert_eq!(Decimal::whole(i64::MAX).to_text(), (MOST / 100).to_string());
    }
}
