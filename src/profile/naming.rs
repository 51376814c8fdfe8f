//! Names that a person can tell apart.

use std::collections::BTreeMap;

use super::look::{is_blank, look};
use super::{Ids, ProfileId, clean};

/// Names the profiles of a store, each given by its id and its handle. A profile is called
/// by its label; by its id where two share the label; with its handle behind the name where
/// two names look alike; by its handle where the label shows nothing.
pub fn names_to_show(profiles: &[(ProfileId, &str)], ids: Ids) -> Vec<String> {
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, _) in profiles {
        *holders.entry(id.label()).or_default() += 1;
    }
    let name = |(id, _): &(ProfileId, &str)| {
        if holders[id.label()] > 1 { id.shown(ids) } else { id.shown_label(ids) }
    };
    let names: Vec<String> = profiles.iter().map(name).collect();
    let looks: Vec<String> = names.iter().map(|name| look(name)).collect();
    let mut twins: BTreeMap<&str, usize> = BTreeMap::new();
    for look in &looks {
        *twins.entry(look).or_default() += 1;
    }
    let mut told_apart = Vec::with_capacity(names.len());
    for (((id, handle), name), look) in profiles.iter().zip(names).zip(&looks) {
        told_apart.push(if is_blank(&clean(id.label(), 48)) {
            (*handle).to_owned()
        } else if twins[look.as_str()] > 1 {
            format!("{name} ({handle})")
        } else {
            name
        });
    }
    told_apart
}
