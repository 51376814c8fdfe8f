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
    let label = match letters.as_str() {
        _ if !is_plain => title_case(&name.to_ascii_lowercase()),
        "pro" => "Pro 20x".to_owned(),
        "prolite" => "Pro 5x".to_owned(),
        "promax" => "Pro Max".to_owned(),
        "selfservebusinessusagebased" => "Business (usage-based)".to_owned(),
        "enterprisecbpusagebased" => "Enterprise (usage-based)".to_owned(),
        "enterprisecbpautomation" => "Enterprise".to_owned(),
        "k12" => "K-12".to_owned(),
        _ => title_case(&name.to_ascii_lowercase()),
    };
    (!label.is_empty()).then_some(PlanName { name, label })
}

fn title_case(name: &str) -> String {
    let mut title = String::new();
    let mut starts_a_word = true;
    for c in name.chars() {
        if matches!(c, '_' | '-' | ' ') {
            starts_a_word = true;
        } else if starts_a_word {
            if !title.is_empty() {
                title.push(' ');
            }
            title.push(c.to_ascii_uppercase());
            starts_a_word = false;
        } else {
            title.push(c);
        }
    }
    title
}
