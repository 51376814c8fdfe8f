//! Names that a person can tell apart.

use std::collections::BTreeSet;

use super::look::{is_blank, look};
use super::{Ids, ProfileId};
use crate::text::clean;

/// Names the profiles of a store, each given by its id and its handle. A profile is called
/// by its label; by its id where two share the label; with its handle behind the name where
/// two names look alike; by its handle where the label shows nothing.
pub fn names_to_show(profiles: &[(ProfileId, &str)], ids: Ids) -> Vec<String> {
    let shared = repeated(profiles.iter().map(|(id, _)| id.label()));
    let name = |(id, _): &(ProfileId, &str)| {
        if shared.contains(id.label()) { id.shown(ids) } else { id.shown_label(ids) }
    };
    let names: Vec<String> = profiles.iter().map(name).collect();
    let looks: Vec<String> = names.iter().map(|name| look(name)).collect();
    let twins = repeated(looks.iter().map(String::as_str));
    let told_apart = |(((id, handle), name), look): (((&ProfileId, &str), String), &String)| {
        if is_blank(&clean(id.label(), 48)) {
            handle.to_owned()
        } else if twins.contains(look.as_str()) {
            format!("{name} ({handle})")
        } else {
            name
        }
    };
    let stored = profiles.iter().map(|(id, handle)| (id, *handle));
    stored.zip(names).zip(&looks).map(told_apart).collect()
}

/// Returns the texts that occur more than once.
fn repeated<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut sorted: Vec<&str> = texts.collect();
    sorted.sort_unstable();
    let pairs = sorted.array_windows().filter(|[one, next]| one == next);
    pairs.map(|[one, _]| *one).collect()
}
