//! Readings of earlier checks, in the host's memory.

use crate::contract::commands::Request;
use crate::contract::memory::{self, Key};
use crate::history::History;
use crate::profile::SignIns;
use crate::readings::{Known, Readings};
use crate::report::{Report, Row};
use crate::time::Zone;

/// Loads what earlier checks found of the stored sign-ins.
pub(super) fn known(request: &Request, sign_ins: &SignIns) -> Known {
    let readings = Readings::from_bytes(&memory::load(Key::Readings).bytes);
    readings.known(sign_ins, &readings_salt(request), request.now)
}

/// Loads the use of the last days.
pub(super) fn history() -> History {
    History::from_bytes(&memory::load(Key::History).bytes)
}

/// Adds what a check found to the use of the last days, and returns that with it.
pub(super) fn remember_days(request: &Request, report: &Report<'_>, zone: &Zone) -> History {
    let kept = memory::load(Key::History);
    let history = History::from_bytes(&kept.bytes);
    let found = report.rows.iter().map(Row::found);
    let Some(new) = history.with(found, &readings_salt(request), zone, request.now) else {
        return history;
    };
    // A reading that cannot be kept is made up for by the next one.
    let _ = memory::save(Key::History, &new.to_bytes(), kept.version);
    new
}

/// Returns the salt of readings' keys: agents may have profiles of one name.
pub(super) fn readings_salt(request: &Request) -> String {
    [request.salt.as_str(), &request.agent].join("\n")
}

/// Keeps what a check found, so that the next one can say what has changed, and a
/// change whom it puts next. Returns what was kept before.
pub(super) fn remember(request: &Request, report: &Report<'_>) -> Readings {
    let remember = || {
        let kept = memory::load(Key::Readings);
        let past = Readings::from_bytes(&kept.bytes);
        let found = report.rows.iter().map(Row::found);
        let readings = past.with(found, &readings_salt(request), request.now);
        (past, memory::save(Key::Readings, &readings.to_bytes(), kept.version))
    };
    match remember() {
        // Of two checks that end at once the second takes in what the first one kept.
        (_, Err(memory::Error::Conflict)) => remember().0,
        // What cannot be kept is merely not known later.
        (past, _) => past,
    }
}
