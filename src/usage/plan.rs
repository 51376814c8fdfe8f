//! Plans by the names that people know.

use super::value::is_like_a_secret;

/// The plan: an open list, unknown values survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanName {
    /// The server's word, cleaned.
    pub name: String,
    /// As a person knows it: `Pro 5x`.
    pub label: String,
}

/// Reads a plan's name. An unknown one becomes plain words.
pub(super) fn plan(name: &str) -> Option<PlanName> {
    // An address or a token in its place is no plan, and less without its signs.
    if name.contains('@') || is_like_a_secret(name.trim()) {
        return None;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    // A name with other signs in it is another plan, whatever its letters spell.
    let is_plain = name.trim().chars().all(fits);
    let spaced = |c| if fits(c) { c } else { ' ' };
    let name: String = name.chars().map(spaced).collect();
    let name: String = name.trim().chars().take(40).collect();
    let is_letter = |c: &char| c.is_ascii_alphanumeric();
    let letters: String = name.to_ascii_lowercase().chars().filter(is_letter).collect();
    let known = match letters.as_str() {
        "pro" => Some("Pro 20x"),
        "prolite" => Some("Pro 5x"),
        "promax" => Some("Pro Max"),
        "selfservebusinessusagebased" => Some("Business (usage-based)"),
        "enterprisecbpusagebased" => Some("Enterprise (usage-based)"),
        "enterprisecbpautomation" => Some("Enterprise"),
        "k12" => Some("K-12"),
        _ => None,
    };
    let label = known.filter(|_| is_plain).map_or_else(|| title_case(&name), str::to_owned);
    (!label.is_empty()).then_some(PlanName { name, label })
}

fn title_case(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let words = name.split(['_', '-', ' ']).filter_map(|word| word.split_at_checked(1));
    let words: Vec<String> = words.map(|(first, rest)| first.to_ascii_uppercase() + rest).collect();
    words.join(" ")
}
