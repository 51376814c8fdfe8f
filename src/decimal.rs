//! Decimal numbers as the endpoint means them, in whole hundredths, so that 99.6
//! used leaves 0.4 and nothing else.

/// A decimal number, in hundredths, cut towards zero. Saturates far beyond
/// anything that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i64);

/// What a number saturates at, in hundredths.
const MOST: i64 = 1_000_000_000_000_000_000;

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One hundred, the whole of a percentage.
    pub const HUNDRED: Self = Self(10_000);

    /// Reads digits with an optional sign, fraction and exponent. Anything else,
    /// `NaN` and `inf` among it, is no number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut value: i64 = 0;
        let mut point: Option<i32> = None;
        let mut seen = false;
        let mut dropped = 0_i32;
        let mut exponent = 0_i32;
        for (index, byte) in digits.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    if value < MOST / 100 {
                        value = value * 10 + i64::from(byte - b'0');
                        point = point.map(|places| places + 1);
                    } else if point.is_none() {
                        dropped += 1;
                    }
                }
                b'.' if point.is_none() => point = Some(0),
                b'e' | b'E' if seen => {
                    exponent = small_integer(&digits[index + 1..])?;
                    break;
                }
                _ => return None,
            }
        }
        if !seen {
            return None;
        }
        let scale = exponent.saturating_add(dropped) + 2 - point.unwrap_or(0);
        let hundredths = scaled(value, scale);
        Some(Self(if negative { -hundredths } else { hundredths }))
    }

    /// A binary fraction as JSON readers give it: rounded to a ten-thousandth, so
    /// that 99.6 is what it was, then cut like all others.
    pub fn from_fraction(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        if number.abs() >= 1e14 {
            return Some(Self(if number < 0.0 { -MOST } else { MOST }));
        }
        Some(Self((number * 10_000.0).round() as i64 / 100))
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

    /// What is missing to one hundred.
    pub fn complement(self) -> Self {
        Self(Self::HUNDRED.0 - self.0)
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

fn small_integer(digits: &[u8]) -> Option<i32> {
    let number: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(number.clamp(-400, 400) as i32)
}

fn scaled(mut value: i64, mut scale: i32) -> i64 {
    while scale > 0 && value != 0 && value < MOST {
        value = value.saturating_mul(10);
        scale -= 1;
    }
    while scale < 0 && value != 0 {
        value /= 10;
        scale += 1;
    }
    value.min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_digit_by_digit() {
        for (text, hundredths) in [
            ("33", 33_00),
            ("99.6", 99_60),
            (" -5 ", -5_00),
            ("+0.129", 12),
            ("1.79e9", 179_000_000_000),
            ("179e-2", 1_79),
            ("3944.1197930574417", 394_411),
            ("0.0000000000000000000000000001", 0),
            ("1e400", MOST),
            ("99999999999999999999999999", MOST),
            ("0e999999999", 0),
            (".5", 50),
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
        for text in [
            "", "-", ".", "NaN", "inf", "1.2.3", "12x", "e5", "1e", "0x10", "½",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_has_no_more_places_than_it_needs() {
        for (text, shown) in [
            ("40", "40"),
            ("0.40", "0.4"),
            ("63.25", "63.25"),
            ("-0.05", "-0.05"),
        ] {
            assert_eq!(
                Decimal::parse(text).map(Decimal::to_text).as_deref(),
                Some(shown)
            );
        }
        assert_eq!(Decimal::whole(i64::MAX).to_text(), (MOST / 100).to_string());
    }
}
