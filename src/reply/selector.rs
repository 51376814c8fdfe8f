//! The question which profile is meant, as buttons and as commands to type.

use strum::IntoStaticStr;

use super::commands::typed_name;
use super::documents::Body;
use super::{Message, ReplyContext};
use crate::profile::{Profile, SignIns};

/// The command that a selector belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Purpose {
    /// `/codex_usage`
    Usage,
    /// `/codex_auth`
    Auth,
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
    fn word(label: String, word: &str) -> Self {
        Self { label, typed: word.to_owned(), value: word.to_owned() }
    }

    fn profile(profile: &Profile) -> Self {
        let (label, value) = (profile.name.clone(), profile.handle.clone());
        Self { label, typed: typed_name(profile), value }
    }
}

/// The question which profile to check, with its choices as commands to type or as
/// buttons. `most` is how many buttons one message may carry.
pub fn selector(
    context: &ReplyContext,
    sign_ins: &SignIns,
    purpose: Purpose,
    page: usize,
    most: usize,
) -> Message {
    let verb: &str = purpose.into();
    let (question, words, mut advice) = question(context, sign_ins, purpose);
    if most > 0 && most < words.len() + advice.len() + 3 {
        // The profiles come first.
        advice.clear();
    }
    // One button turns the page.
    let size = match most {
        0 => PAGE,
        most => most.saturating_sub(words.len() + advice.len() + 1).clamp(1, PAGE),
    };
    let profiles = to_choose(sign_ins, purpose);
    let pages = profiles.len().div_ceil(size).max(1);
    let page = page.min(pages - 1);
    let shown = profiles.iter().skip(page * size).take(size);
    let shown: Vec<Choice> = shown.map(|profile| Choice::profile(profile)).collect();
    let mut lines = vec![question];
    let mut buttons = Vec::new();
    if most > 0 {
        let button =
            |label: &str, value: &str| context.button(label, label, &format!("{verb}:{value}"));
        let choose = |choice: &Choice| button(&choice.label, &choice.value);
        buttons.extend(words.iter().map(choose));
        buttons.extend(advice.iter().map(|(word, _)| button(word, word)));
        buttons.extend(shown.iter().map(choose));
    } else {
        let numbered = |(number, Choice { label, typed, .. }): (usize, &Choice)| {
            let command = context.command(verb, typed);
            say!(context, "{number}. {label}: {command}", "{number}. {label}：{command}")
        };
        lines.extend((1..).zip(&words).map(numbered));
        lines.extend((words.len() + page * size + 1..).zip(&shown).map(numbered));
        let advise = |(word, what): &(&str, String)| {
            let command = context.command(verb, word);
            format!("{command} – {what}")
        };
        lines.extend(advice.iter().map(advise));
    }
    if pages > 1 {
        let (this, next) = (page + 1, (page + 1) % pages);
        lines.push(say!(
            context,
            "Page {this} of {pages}. Any profile can be typed by its name.",
            "第 {this}/{pages} 页。也可以直接输入 profile 名称。"
        ));
        let turn = context.button("more…", "更多……", &format!("{verb}:page:{next}"));
        buttons.extend((most > 0).then_some(turn));
    }
    let text = lines.join("\n");
    let names = sign_ins.profiles.iter().map(|profile| profile.name.as_str());
    Message { buttons, ..choices(context, Some(&sign_ins.source), names.collect(), text) }
}

/// The question above the choices, the choices that stand on every page, and words for
/// advice on all profiles with what each answers.
fn question(
    context: &ReplyContext,
    sign_ins: &SignIns,
    purpose: Purpose,
) -> (String, Vec<Choice>, Vec<(&'static str, String)>) {
    if purpose == Purpose::Auth {
        let (en, zh) =
            ("Codex sign-ins: show which profile?", "Codex 登录凭据：查看哪个 profile？");
        return (context.say(en, zh), vec![], vec![]);
    }
    let question =
        context.say("Codex usage: check which profile?", "Codex 用量：查询哪个 profile？");
    let default = match sign_ins.default_profile().map(|profile| profile.name.as_str()) {
        Some(name) if name != "default" => say!(context, "default ({name})", "默认（{name}）"),
        Some(_) | None => context.say("default", "默认"),
    };
    let count = sign_ins.profiles.len();
    let all = say!(context, "all {count}", "全部 {count} 个");
    let advice = vec![
        ("best", context.say("which to use next", "接下来用哪个")),
        ("rotation", context.say("rotation guide", "轮换指南")),
    ];
    (question, vec![Choice::word(default, "default"), Choice::word(all, "all")], advice)
}

/// The profiles that are listed one by one: the default has a choice of its own.
fn to_choose(sign_ins: &SignIns, purpose: Purpose) -> Vec<&Profile> {
    let default = sign_ins.default_profile().map(|profile| &profile.id);
    let mut profiles = sign_ins.in_order();
    profiles.retain(|profile| purpose == Purpose::Auth || Some(&profile.id) != default);
    profiles
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

/// This text, and the names that can be asked for, for programs.
pub(super) fn choices(
    context: &ReplyContext,
    source: Option<&str>,
    available_profiles: Vec<&str>,
    text: String,
) -> Message {
    context.message(text, |text| {
        context.json(Body::Choices {
            ok: true,
            source,
            available_profiles,
            suggested_user_message: text,
        })
    })
}
