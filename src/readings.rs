//! What the last checks found, kept in the host's memory: a verdict and a time for
//! each profile, under a key that tells nobody which.

use serde_json::Value;

use crate::clock::Instant;
use crate::document::Item;
use crate::prelude::*;
use crate::profile::ProfileId;
use crate::siphash::siphash;
use crate::usage::Verdict;

/// How long a reading speaks for now.
pub const FRESH_SECONDS: i64 = 15 * 60;

/// How many readings are kept, the newest first.
const MOST: usize = 200;

/// The version of what is kept: another is as good as none.
const VERSION: i64 = 1;

/// The verdict of one check of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    key: String,
    /// When it was checked.
    pub at: Instant,
    /// What came of it.
    pub verdict: Verdict,
}

/// The readings of one user's memory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Readings(Vec<Reading>);

impl Readings {
    /// Reads what [`Readings::to_bytes`] wrote. Anything else is no readings.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(parse(bytes).unwrap_or_default())
    }

    /// The readings as they are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let reading = |reading: &Reading| {
            Item::Object(vec![
                ("key", reading.key.clone().into()),
                ("at", reading.at.into()),
                ("verdict", reading.verdict.word().into()),
            ])
        };
        let readings = self.0.iter().map(reading).collect();
        let fields = vec![
            ("version", VERSION.into()),
            ("readings", Item::List(readings)),
        ];
        Item::Object(fields).to_text().into_bytes()
    }

    /// Takes in what was just found, in place of what was known of these profiles.
    pub fn add<'a>(
        &mut self,
        found: impl Iterator<Item = (&'a ProfileId, Verdict)>,
        salt: &str,
        now: Instant,
    ) {
        let mut readings: Vec<Reading> = Vec::new();
        for (id, verdict) in found.take(MOST) {
            let key = key(id, salt);
            readings.push(Reading {
                key,
                at: now,
                verdict,
            });
        }
        let old = core::mem::take(&mut self.0);
        for reading in old {
            let is_known = readings.iter().any(|new| new.key == reading.key);
            if readings.len() < MOST && !is_known {
                readings.push(reading);
            }
        }
        self.0 = readings;
    }

    /// The reading of a profile that still speaks for now. One from the future is
    /// none: a clock jumped.
    pub fn fresh(&self, id: &ProfileId, salt: &str, now: Instant) -> Option<&Reading> {
        let key = key(id, salt);
        let reading = self.0.iter().find(|reading| reading.key == key)?;
        (0..FRESH_SECONDS)
            .contains(&now.saturating_sub(reading.at))
            .then_some(reading)
    }
}

/// Sixteen hex digits that only this installation can tie to a profile.
fn key(id: &ProfileId, salt: &str) -> String {
    let salted = [salt, id.as_str()].concat();
    format!("{:016x}", siphash(salted.as_bytes()))
}

fn parse(bytes: &[u8]) -> Option<Vec<Reading>> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let document = document.as_object()?;
    (document.get("version")?.as_i64()? == VERSION).then_some(())?;
    let reading = |item: &Value| {
        let item = item.as_object()?;
        let word = item.get("verdict")?.as_str()?;
        Some(Reading {
            key: item.get("key")?.as_str()?.to_owned(),
            at: item.get("at")?.as_i64()?,
            verdict: Verdict::ALL
                .into_iter()
                .find(|verdict| verdict.word() == word)?,
        })
    };
    let items = document.get("readings")?.as_array()?;
    Some(items.iter().filter_map(reading).take(MOST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = 1_795_372_800;

    fn id(name: &str) -> ProfileId {
        ProfileId::new(name)
    }

    fn verdict(readings: &Readings, name: &str, now: Instant) -> Option<Verdict> {
        readings
            .fresh(&id(name), "salt", now)
            .map(|reading| reading.verdict)
    }

    #[test]
    fn a_reading_speaks_for_a_quarter_of_an_hour() {
        let mut readings = Readings::default();
        let (a, b) = (id("a"), id("b"));
        readings.add(
            [(&a, Verdict::Usable), (&b, Verdict::Wait)].into_iter(),
            "salt",
            NOW,
        );
        readings.add([(&a, Verdict::Broken)].into_iter(), "salt", NOW + 10);
        let readings = Readings::from_bytes(&readings.to_bytes());
        assert_eq!(verdict(&readings, "a", NOW + 10), Some(Verdict::Broken));
        assert_eq!(verdict(&readings, "b", NOW + 899), Some(Verdict::Wait));
        assert_eq!(verdict(&readings, "b", NOW + 900), None);
        assert_eq!(verdict(&readings, "a", NOW), None);
        assert_eq!(verdict(&readings, "c", NOW), None);
        assert_eq!(readings.fresh(&a, "other salt", NOW + 10), None);
    }

    #[test]
    fn what_is_kept_names_nobody() {
        let mut readings = Readings::default();
        let work = id("openai:canary@example.invalid");
        readings.add([(&work, Verdict::Usable)].into_iter(), "salt", NOW);
        let kept = String::from_utf8(readings.to_bytes()).expect("text");
        assert!(!kept.contains("canary"), "{kept}");
    }

    #[test]
    fn the_newest_two_hundred_are_kept() {
        let mut readings = Readings::default();
        let old: Vec<ProfileId> = (0..150).map(|n| id(&format!("old {n}"))).collect();
        let new: Vec<ProfileId> = (0..150).map(|n| id(&format!("new {n}"))).collect();
        for ids in [&old, &new] {
            readings.add(ids.iter().map(|id| (id, Verdict::Usable)), "salt", NOW);
        }
        assert_eq!(readings.0.len(), 200);
        assert!(
            new.iter()
                .all(|id| readings.fresh(id, "salt", NOW).is_some())
        );
        assert!(readings.to_bytes().len() < 64 << 10);
    }

    #[test]
    fn what_is_no_memory_of_ours_is_an_empty_one() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"[]",
            br#"{"version":2,"readings":[]}"#,
            br#"{"version":1}"#,
        ] {
            assert_eq!(Readings::from_bytes(bytes), Readings::default());
        }
        let half = br#"{"version":1,"readings":[7,{"key":"x","at":1,"verdict":"great"}]}"#;
        assert_eq!(Readings::from_bytes(half), Readings::default());
    }
}
