//! Shared vocabulary: numbers, verdicts and lists, in English and in Chinese.

use std::fmt;

use super::{Locale, ReplyContext};
use crate::decimal::Decimal;
use crate::rotation::Tier;

/// A sentence in English and in Chinese with something to fill in: only the one of the
/// reply's language is put together. [`ReplyContext::say`] says one that is complete. Every
/// file below uses it, so it is in scope without an import.
macro_rules! say {
    ($context:expr, $en:literal, $zh:literal) => {
        $context.filled(format_args!($en), format_args!($zh))
    };
}

impl ReplyContext {
    /// The first few, and how many more there are.
    pub(super) fn some_of(&self, said: Vec<String>) -> String {
        self.joined(&self.at_most(MOST_NAMED, said))
    }

    /// The first of these lines, and how many more there are.
    pub(super) fn at_most(&self, most: usize, mut lines: Vec<String>) -> Vec<String> {
        let more = lines.len().saturating_sub(most);
        lines.truncate(most);
        lines.extend((more > 0).then(|| say!(self, "… and {more} more", "……另有 {more} 个")));
        lines
    }

    /// Facts side by side. Behind a full-width bracket no space is needed.
    pub(super) fn joined(&self, facts: &[String]) -> String {
        let line = facts.join(" · ");
        match self.locale {
            Locale::En => line,
            Locale::Zh => line.replace("） · ", "）· "),
        }
    }

    /// A sentence in English and in Chinese.
    pub(super) fn say(&self, en: &str, zh: &str) -> String {
        match self.locale {
            Locale::En => en.to_owned(),
            Locale::Zh => zh.to_owned(),
        }
    }

    /// `Plan: Pro`: a fact behind its name.
    pub(super) fn named(&self, en: &str, zh: &str, fact: &str) -> String {
        say!(self, "{en}: {fact}", "{zh}：{fact}")
    }

    // Every sentence calls this: one copy is enough.
    #[inline(never)]
    pub(super) fn filled(&self, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) -> String {
        fmt::format(match self.locale {
            Locale::En => en,
            Locale::Zh => zh,
        })
    }

    pub(super) fn list(&self, names: &[String]) -> String {
        names.join(match self.locale {
            Locale::En => ", ",
            Locale::Zh => "、",
        })
    }

    /// `67`, `0.4`, `<0.1`: never zero while something is left, never all of it
    /// while something is gone.
    pub(super) fn percent(&self, percent: Decimal) -> String {
        let hundredths = percent.hundredths();
        match (hundredths + 5) / 10 {
            0 if hundredths > 0 => "<0.1".to_owned(),
            1000 if hundredths < 10_000 => "99.9".to_owned(),
            tenths if tenths % 10 == 0 => (tenths / 10).to_string(),
            tenths => format!("{}.{}", tenths / 10, tenths % 10),
        }
    }

    /// `412`, and below one `0.5`.
    pub(super) fn whole(&self, amount: Decimal) -> String {
        match amount.trunc() {
            0 => amount.to_text(),
            whole => whole.to_string(),
        }
    }

    pub(super) fn tier_word(&self, tier: Tier) -> String {
        match tier {
            Tier::Ready => self.say("ready", "可用"),
            Tier::Low => self.say("nearly used up", "即将用完"),
            Tier::Unknown => self.say("unknown", "不明"),
            Tier::Overage => self.say("costs credits", "会扣 credits"),
            Tier::Wait => self.say("waiting", "等待中"),
            Tier::Broken => self.say("broken", "已失效"),
        }
    }

    /// `2 of 6 ready`
    pub(super) fn ready_of(&self, ready: usize, all: usize) -> String {
        say!(self, "{ready} of {all} ready", "{all} 个中 {ready} 个可用")
    }

    /// The first names, and how many more there are.
    pub(super) fn shortened(&self, names: &[String]) -> String {
        let most = names.len().min(MOST_NAMES);
        let list = self.list(&names[..most]);
        match names.len() - most {
            0 => list,
            more => say!(self, "{list} and {more} more", "{list}，另有 {more} 个"),
        }
    }
}

/// The most items that one line lists.
const MOST_NAMED: usize = 5;

/// The most names that a sentence lists.
const MOST_NAMES: usize = 12;

/// A sentence with a capital letter at its beginning; a command stays as it is typed.
pub(super) fn capitalised(text: &str) -> String {
    if text.starts_with("codex-profiler ") {
        return text.to_owned();
    }
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

/// One profile, two profiles.
pub(super) fn profiles(count: usize) -> &'static str {
    if count == 1 { "profile" } else { "profiles" }
}

/// The sign of a tier.
pub(super) fn tier_sign(tier: Tier) -> &'static str {
    match tier {
        Tier::Ready => "✅",
        Tier::Low => "🟡",
        Tier::Unknown => "❓",
        Tier::Overage => "💳",
        Tier::Wait => "⏳",
        Tier::Broken => "❌",
    }
}
