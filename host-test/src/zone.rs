//! The user's time zone as the plain numbers that the component reads.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// How far before and after now the offsets are told.
const DAYS: i64 = 400;

/// A zone's name, and from when on which offset holds, in seconds east of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `Europe/Berlin`; empty where the system does not name it.
    pub name: String,
    /// Oldest first.
    pub transitions: Vec<(i64, i32)>,
}

/// The zone of this name, or the system's.
///
/// # Errors
///
/// Where there is no such zone.
pub fn read(name: Option<&str>, now: i64) -> Result<Zone> {
    let zone = match name {
        None => TimeZone::system(),
        Some(name) => TimeZone::get(name).with_context(|| {
            format!("there is no time zone {name:?}; name one as Europe/Berlin or UTC")
        })?,
    };
    let from = at(now - DAYS * 86_400)?;
    let until = at(now + DAYS * 86_400)?;
    let mut transitions = vec![(from.as_second(), seconds(zone.to_offset(from)))];
    let later = zone
        .following(from)
        .take_while(|transition| transition.timestamp() <= until);
    transitions.extend(later.map(|transition| {
        (
            transition.timestamp().as_second(),
            seconds(transition.offset()),
        )
    }));
    let name = zone
        .iana_name()
        .map_or_else(String::new, |name| match name {
            "Etc/UTC" | "Etc/UCT" | "UCT" | "Zulu" => "UTC".to_owned(),
            name => name.to_owned(),
        });
    Ok(Zone { name, transitions })
}

fn at(second: i64) -> Result<Timestamp> {
    Timestamp::from_second(second).context("the clock of this machine is not set")
}

fn seconds(offset: Offset) -> i32 {
    offset.seconds()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn berlin_changes_its_clock_twice_a_year() {
        let zone = read(Some("Europe/Berlin"), 1_795_372_800).unwrap();
        assert_eq!(zone.name, "Europe/Berlin");
        assert!(zone.transitions.contains(&(1_792_890_000, 3600)));
        assert!(zone.transitions.is_sorted());
        assert!(zone.transitions.len() >= 4);
    }

    #[test]
    fn a_zone_that_does_not_exist_is_named() {
        let error = read(Some("Europe/Nowhere"), 0).unwrap_err().to_string();
        assert!(error.contains("Europe/Nowhere"), "{error}");
    }
}
