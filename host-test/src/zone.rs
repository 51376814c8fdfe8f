//! The user's time zone as the plain numbers that the component reads.

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneTransition};

/// The days before and after now for which offsets are listed.
const DAYS: i64 = 400;

/// A zone's name, and from when on which offset holds, in seconds east of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `Europe/Berlin`; empty where the system does not name it.
    pub name: String,
    /// Oldest first.
    pub transitions: Vec<(i64, i32)>,
}

/// The zone of this name.
///
/// # Errors
///
/// Returns an error if there is none.
pub fn parse(name: &str) -> Result<TimeZone> {
    TimeZone::get(name)
        .map_err(|_| anyhow!("unknown time zone; use a name such as Europe/Berlin or UTC"))
}

/// This zone, or the system's, for some time around `now`.
///
/// # Errors
///
/// Returns an error if the clock of this machine is not set.
pub fn read(zone: Option<TimeZone>, now: i64) -> Result<Zone> {
    let zone = zone.unwrap_or_else(TimeZone::system);
    let from = at(now - DAYS * 86_400)?;
    let until = at(now + DAYS * 86_400)?;
    let mut transitions = vec![(from.as_second(), seconds(zone.to_offset(from)))];
    // Of a zone that never changes, the library may go on naming its beginning.
    let is_ahead =
        |transition: &TimeZoneTransition<'_>| (from..=until).contains(&transition.timestamp());
    let later = zone.following(from).take_while(is_ahead);
    transitions.extend(
        later.map(|transition| (transition.timestamp().as_second(), seconds(transition.offset()))),
    );
    let name = zone.iana_name().map_or_else(String::new, |name| match name {
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
        let zone = read(Some(parse("Europe/Berlin").unwrap()), 1_795_372_800).unwrap();
        assert_eq!(zone.name, "Europe/Berlin");
        assert!(zone.transitions.contains(&(1_792_890_000, 3600)));
        assert!(zone.transitions.is_sorted());
        assert!(zone.transitions.len() >= 4);
    }

    #[test]
    fn a_zone_that_never_changes_has_one_offset() {
        // A file of one offset and its letters, for all times.
        let counts = [0, 0, 0, 0, 1, 4].map(u32::to_be_bytes).concat();
        let offset = [&5400i32.to_be_bytes()[..], &[0, 0], b"MUT\0"].concat();
        let file = [&b"TZif"[..], &[0; 16], &counts, &offset].concat();
        let zone = TimeZone::tzif("Made/Up", &file).unwrap();
        let zone = read(Some(zone), 1_795_372_800).unwrap();
        assert_eq!((zone.transitions.len(), zone.transitions[0].1), (1, 5400));
    }
}
