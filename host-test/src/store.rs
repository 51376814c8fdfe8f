//! The gateway's stored sign-ins, read and never written.
//!
//! OpenClaw kept them in two ways. Up to 2026.6.1 an agent's folder holds
//! `auth-profiles.json` and, from 2026.4 on, `auth-state.json` beside it.
//! Later ones keep rows of SQLite databases: the shared ones in
//! `state/openclaw.sqlite` (or, where its row `auth.sharedStore` does not say
//! `state-db`, in the database of the agent `main`), an agent's own in
//! `openclaw-agent.sqlite` of its folder. Which one a machine has is found by
//! looking, never assumed from a version.
//!
//! In both, an agent inherits what is shared: its own profile, usage record,
//! order of a provider or last good profile replaces the shared one of the same
//! name, whole. The modules below follow one way in: `json` and `sqlite` read a
//! `layer` each, `stored` merges two of them, `profile` turns an entry into what
//! the component may know. Profiles come out sorted by id.
//!
//! It may be a living gateway's: nothing is resolved, refreshed, locked
//! for longer than a read, or created.

mod json;
mod layer;
mod place;
mod profile;
mod sign_ins;
mod sqlite;
mod stored;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub use self::place::Place;
use self::place::{Folders, state_dir};
pub use self::sign_ins::{
    Access, Era, Failure, Finding, Key, KeyKind, Profile, SignIns, StoreError,
};
use self::stored::Stored;
use crate::policy;

/// Reads the sign-ins of an agent as they are at `now`, in epoch seconds.
///
/// # Errors
///
/// A [`StoreError`] says what is wrong with the store and where it is. Entries
/// that are wrong by themselves are left out and reported as
/// [`Finding::SkippedEntries`].
pub fn read(place: &Place, now: i64) -> Result<SignIns, StoreError> {
    let state_dir = state_dir(place);
    if !policy::is_agent(&place.agent) {
        return Err(place.error(Failure::BadAgent, &state_dir.join("agents")));
    }
    match &place.auth_path {
        Some(path) => read_file(place, path, now),
        None => read_state_dir(place, &state_dir, now),
    }
}

/// Takes store documents that are already in memory, for worlds that were
/// recorded: each is what a JSON store holds, whatever the era it plays. `shared` is
/// what the agent inherits.
///
/// # Errors
///
/// [`Failure::Malformed`] where one is not a store.
pub fn parse(
    own: &str,
    shared: Option<&str>,
    era: Era,
    source: &str,
    now: i64,
) -> Result<SignIns, StoreError> {
    let malformed = || StoreError { failure: Failure::Malformed, source: source.to_owned() };
    let layer = |text: &str| {
        let layer = layer::Layer::parse(text).ok_or_else(malformed)?;
        Ok((layer, PathBuf::from(source)))
    };
    let own = layer(own)?;
    let shared = shared.map(layer).transpose()?;
    let stored = Stored::new(era, Some(own), shared).ok_or_else(malformed)?;
    Ok(stored.sign_ins(source.to_owned(), BTreeSet::new(), now))
}

fn read_file(place: &Place, path: &Path, now: i64) -> Result<SignIns, StoreError> {
    let fail = |failure| place.error(failure, path);
    let (era, layer) = if sqlite::is_database(path).map_err(fail)? {
        (Era::Sqlite, sqlite::any(path))
    } else {
        (Era::Json, json::read(path))
    };
    let own = layer.map_err(fail)?.map(|layer| (layer, path.to_path_buf()));
    let stored = Stored::new(era, own, None).ok_or_else(|| fail(Failure::Missing))?;
    Ok(place.sign_ins(stored, leftovers(path.parent()), now))
}

fn read_state_dir(place: &Place, state_dir: &Path, now: i64) -> Result<SignIns, StoreError> {
    let folders = Folders::new(state_dir, &place.agent.to_ascii_lowercase());
    let fail = |failure: Failed| place.error(failure.0, &failure.1);
    let mut findings = leftovers(folders.all());
    let (stored, database) = databases(&folders).map_err(fail)?;
    match stored {
        Some(mut stored) if stored.has_entries() => {
            if let Ok(Some(left)) = files(&folders)
                && left.has_entries()
            {
                findings.insert(Finding::BothStores);
                stored.add_secrets_of(left);
            }
            Ok(place.sign_ins(stored, findings, now))
        }
        stored if let Some(database) = database => match (folders.file_there(), stored) {
            (Some(file), _) => Err(place.error(Failure::Unmigrated, &file)),
            (None, Some(stored)) => Ok(place.sign_ins(stored, findings, now)),
            (None, None) => Err(place.error(Failure::Missing, &database)),
        },
        _ => files(&folders)
            .map_err(fail)?
            .map(|stored| place.sign_ins(stored, findings, now))
            .ok_or_else(|| place.error(Failure::Missing, &json::path(&folders.own))),
    }
}

type Failed = (Failure, PathBuf);

/// Reads the agent's rows of the SQLite databases, and names the one that shows that
/// this gateway keeps its sign-ins so. The shared one alone does not: 2026.6.1
/// made it and went on reading JSON.
fn databases(folders: &Folders) -> Result<(Option<Stored>, Option<PathBuf>), Failed> {
    let path = &folders.shared_database;
    let state = sqlite::shared(path).map_err(|failure| (failure, path.clone()))?;
    let agent = |folder: &Path| {
        let path = sqlite::path(folder);
        match sqlite::agent(&path) {
            Ok(layer) => Ok(layer.map(|layer| (layer, path))),
            Err(failure) => Err((failure, path)),
        }
    };
    let own = agent(&folders.own)?;
    let main = match state.owner {
        sqlite::Owner::State => None,
        _ if folders.is_main() => None,
        _ => agent(&folders.main)?,
    };
    let in_state = state.layer.map(|layer| (layer, path.clone()));
    let shared = match state.owner {
        sqlite::Owner::State => in_state,
        sqlite::Owner::Main => main,
        // Nothing says who owns what is shared: the agent `main`, and below it the
        // shared database.
        sqlite::Owner::Unsaid => main.or(in_state),
    };
    let shows = [&folders.own, &folders.main]
        .map(|folder| sqlite::path(folder))
        .into_iter()
        .find(|path| path.exists())
        .or_else(|| state.has_table.then(|| path.clone()));
    Ok((Stored::new(Era::Sqlite, own, shared), shows))
}

/// Reads the agent's JSON files.
fn files(folders: &Folders) -> Result<Option<Stored>, Failed> {
    let agent = |folder: &Path| {
        let path = json::path(folder);
        match json::read(&path) {
            Ok(layer) => Ok(layer.map(|layer| (layer, path))),
            Err(failure) => Err((failure, path)),
        }
    };
    let own = agent(&folders.own)?;
    let main = if folders.is_main() { None } else { agent(&folders.main)? };
    Ok(Stored::new(Era::Json, own, main))
}

/// Finds the files that older versions and migrations left in these folders.
fn leftovers<'a>(folders: impl IntoIterator<Item = &'a Path>) -> BTreeSet<Finding> {
    let entries = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok());
    let names = entries.flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| leftover(&name.to_string_lossy())).collect()
}

fn leftover(name: &str) -> Option<Finding> {
    if name == "auth.json" {
        return Some(Finding::LegacyAuthJson);
    }
    ["auth-profiles.json", "auth.json", "oauth.json"]
        .iter()
        .filter_map(|store| name.strip_prefix(store))
        .any(|rest| {
            rest.starts_with(".migrated-")
                || rest.starts_with(".sqlite-import.") && rest.ends_with(".bak")
        })
        .then_some(Finding::MigratedPlainTokens)
}

#[cfg(test)]
mod tests;
