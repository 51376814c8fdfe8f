//! The line of one profile: `sign name · what decides · until when · the rest`.

use unicode_width::UnicodeWidthChar;

use super::ReplyContext;
use super::advice::Advice;
use super::layout::width;
use super::reason::{self, Ends};
use super::words::tier_sign;
use crate::profile::{Ids, Profile, ProfileId, SignIns};
use crate::rotation::Ranked;

/// The most characters of a line.
const WIDEST: usize = 76;

/// The most cells of a name in it.
pub(super) const LONGEST_NAME: usize = 24;

/// The fewest cells that a name is cut to.
const SHORTEST_NAME: usize = 8;

/// The line of one profile, without the facts at its end for which there is no room.
pub(super) fn profile_line(context: &ReplyContext, advice: &Advice<'_>, one: &Ranked) -> String {
    let (sign, name) = (tier_sign(one.tier), advice.short_name(one.index));
    let line = |name: &str, facts: &[String]| format!("{sign} {name} · {}", context.joined(facts));
    let over = |facts: &[String]| line(&name, facts).chars().count().saturating_sub(WIDEST);
    let mut facts = vec![];
    for ends in [Ends::OfAll, Ends::OfTheFirst] {
        facts = reason::facts(context, advice, one, ends);
        if over(&facts) == 0 {
            break;
        }
    }
    facts.extend(reason::besides(context, advice, one));
    while over(&facts) > 0 && facts.len() > 1 {
        facts.pop();
    }
    let over = over(&facts);
    let room = name.chars().count().saturating_sub(over).max(SHORTEST_NAME);
    let name = if over > 0 { shortened(&name, room) } else { name };
    line(&name, &facts).chars().take(WIDEST).collect()
}

/// A name of at most so many cells; the handle where another would look the same.
pub(super) fn short_name<'a>(
    all: impl Iterator<Item = &'a Profile>,
    profile: &Profile,
    most: usize,
) -> String {
    let short = shortened(&profile.name, most);
    let looks_alike =
        |other: &&Profile| other.name.len() > most && shortened(&other.name, most) == short;
    if short != profile.name && all.filter(looks_alike).count() > 1 {
        profile.handle.clone()
    } else {
        short
    }
}

/// The name of a stored profile, or of anything else in the order, in a line of its own.
pub(super) fn name_in_line(context: &ReplyContext, sign_ins: &SignIns, id: &ProfileId) -> String {
    match (context.ids, sign_ins.by_id(id)) {
        (Ids::Full, _) => sign_ins.name(id),
        (Ids::Masked, Some(profile)) => short_name(sign_ins.profiles.iter(), profile, LONGEST_NAME),
        (Ids::Masked, None) => shortened(&sign_ins.name(id), LONGEST_NAME),
    }
}

/// The beginning and the end of a text, in at most so many cells: names often differ in
/// the end only.
fn shortened(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let fitting = |cells: usize, characters: &mut dyn Iterator<Item = char>| -> String {
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= cells
        };
        characters.take_while(fits).collect()
    };
    let end = most / 3;
    let begin = fitting(most - 1 - end, &mut text.chars());
    let end: String = fitting(end, &mut text.chars().rev()).chars().rev().collect();
    begin + "…" + &end
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_short_name_keeps_both_ends() {
        for (name, short) in [
            ("work", "work"),
            ("a-very-long-label-1", "a-very…l-1"),
            ("一二三四五六七八九十甲乙", "一二三…乙"),
        ] {
            assert_eq!(shortened(name, 10), short);
        }
    }
}
