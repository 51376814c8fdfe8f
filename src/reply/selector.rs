//! The question which profile is meant, as buttons and as commands to type.

use super::ReplyContext;
use super::commands::typed_name;
use super::documents::{Body, Choices};
use super::words::say;
use crate::profile::{Profile, SignIns};

/// The command that a selector belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `/codex_usage`
    Usage,
    /// `/codex_auth`
    Auth,
}

impl Purpose {
    fn verb(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Auth => "auth",
        }
    }
}

/// The question which profile to check, with its choices as buttons and as the
/// commands to type.
pub struct Selector {
    /// The question and the commands.
    pub text: String,
    /// To programs, where they ask.
    pub document: Option<String>,
    /// Label and value of each button.
    pub buttons: Vec<(String, String)>,
}

/// The most profiles on one page of a selector.
const PAGE: usize = 20;

/// A choice that has a number.
struct Choice {
    label: String,
    typed: String,
    value: String,
}

impl Choice {
    fn of(profile: &Profile) -> Self {
        Self {
            label: profile.name.clone(),
            typed: typed_name(profile),
            value: profile.handle.clone(),
        }
    }
}

/// Offers the profiles. `buttons` is how many one message may carry.
pub fn selector(
    context: &ReplyContext,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
    buttons: usize,
) -> Selector {
    let words = words_to_choose(context, sign_ins, purpose);
    let profiles = to_choose(sign_ins, purpose);
    let mut advice = advice_to_choose(context, purpose);
    if buttons > 0 && buttons < words.len() + advice.len() + 3 {
        // The profiles come first.
        advice.clear();
    }
    // One button turns the page.
    let size = match buttons {
        0 => PAGE,
        most => most.saturating_sub(words.len() + advice.len() + 1).clamp(1, PAGE),
    };
    let pages = profiles.len().div_ceil(size).max(1);
    let page = page.min(pages - 1);
    let shown = profiles.iter().skip(page * size).take(size);
    let shown: Vec<Choice> = shown.copied().map(Choice::of).collect();
    let verb = purpose.verb();
    let mut lines = vec![question(context, purpose)];
    let mut pressed = Vec::new();
    if buttons > 0 {
        let button = |choice: &Choice| (choice.label.clone(), format!("{verb}:{}", choice.value));
        pressed.extend(words.iter().map(button));
        let advise = |(word, _): &(&str, String)| ((*word).to_owned(), format!("{verb}:{word}"));
        pressed.extend(advice.iter().map(advise));
        pressed.extend(shown.iter().map(button));
    } else {
        let line = |(number, choice)| numbered(context, purpose, number, choice);
        lines.extend((1..).zip(&words).map(line));
        lines.extend((words.len() + page * size + 1..).zip(&shown).map(line));
        let advise = |(word, what): &(&str, String)| {
            let command = context.command(verb, word);
            format!("{command} – {what}")
        };
        lines.extend(advice.iter().map(advise));
    }
    if pages > 1 {
        lines.push(more_pages(context, page + 1, pages));
        let next = (page + 1) % pages;
        let turn = (context.say("more…", "更多……"), format!("{verb}:page:{next}"));
        pressed.extend((buttons > 0).then_some(turn));
    }
    let text = lines.join("\n");
    let stored = sign_ins.profiles.iter();
    let names = stored.map(|profile| profile.name.as_str());
    Selector {
        document: choices_document(context, Some(&sign_ins.source), names.collect(), &text),
        text,
        buttons: pressed,
    }
}

/// `Page 1 of 3.`
fn more_pages(context: &ReplyContext, page: usize, pages: usize) -> String {
    say!(
        context,
        "Page {page} of {pages}. Any profile can be typed by its name.",
        "第 {page}/{pages} 页。也可以直接输入 profile 名称。"
    )
}

/// `3. work: /codex_usage work`
fn numbered(context: &ReplyContext, purpose: Purpose, number: usize, choice: &Choice) -> String {
    let Choice { label, typed, .. } = choice;
    let command = context.command(purpose.verb(), typed);
    say!(context, "{number}. {label}: {command}", "{number}. {label}：{command}")
}

/// The choices that stand on every page.
fn words_to_choose(context: &ReplyContext, sign_ins: &SignIns, purpose: Purpose) -> Vec<Choice> {
    let choice = |label: String, word: &str| Choice {
        label,
        typed: word.to_owned(),
        value: word.to_owned(),
    };
    let default = sign_ins.default_profile().map(|profile| profile.name.as_str());
    let count = sign_ins.profiles.len();
    match purpose {
        Purpose::Usage => vec![
            choice(choice_default(context, default), "default"),
            choice(say!(context, "all {count}", "全部 {count} 个"), "all"),
        ],
        Purpose::Auth => vec![],
    }
}

/// The profiles that are listed one by one: the default has a choice of its own.
fn to_choose(sign_ins: &SignIns, purpose: Purpose) -> Vec<&Profile> {
    let default = sign_ins.default_profile().map(|profile| &profile.id);
    let mut profiles = sign_ins.in_order();
    profiles.retain(|profile| purpose == Purpose::Auth || Some(&profile.id) != default);
    profiles
}

/// Words for advice on all profiles, and what each answers.
fn advice_to_choose(context: &ReplyContext, purpose: Purpose) -> Vec<(&'static str, String)> {
    match purpose {
        Purpose::Usage => vec![
            ("best", context.say("which to use next", "接下来用哪个")),
            ("rotation", context.say("how the gateway switches", "网关如何切换")),
        ],
        Purpose::Auth => vec![],
    }
}

/// The profiles that stand at a number of a selector, `3` or `#3`.
pub fn listed<'a>(
    sign_ins: &'a SignIns,
    purpose: Purpose,
    number: &str,
) -> Option<Vec<&'a Profile>> {
    let number = number.strip_prefix('#').unwrap_or(number);
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    let profiles = to_choose(sign_ins, purpose);
    match (purpose, index) {
        (Purpose::Usage, 0) => Some(sign_ins.default_profile().into_iter().collect()),
        (Purpose::Usage, 1) => Some(sign_ins.in_order()),
        (Purpose::Usage, _) => Some(vec![profiles.get(index - 2)?]),
        (Purpose::Auth, _) => Some(vec![profiles.get(index)?]),
    }
}

/// The question above the choices.
fn question(context: &ReplyContext, purpose: Purpose) -> String {
    match purpose {
        Purpose::Usage => {
            context.say("Codex usage: check which profile?", "Codex 用量：查询哪个 profile？")
        }
        Purpose::Auth => {
            context.say("Codex sign-ins: show which profile?", "Codex 登录：查看哪个 profile？")
        }
    }
}

/// The choice of the default profile.
fn choice_default(context: &ReplyContext, name: Option<&str>) -> String {
    match name {
        Some(name) if name != "default" => {
            say!(context, "default ({name})", "默认（{name}）")
        }
        Some(_) | None => context.say("default", "默认"),
    }
}

pub(super) fn choices_document(
    context: &ReplyContext,
    source: Option<&str>,
    available_profiles: Vec<&str>,
    text: &str,
) -> Option<String> {
    context.document(|| {
        Body::Choices(Choices {
            ok: true,
            source,
            available_profiles,
            suggested_user_message: text,
        })
    })
}
