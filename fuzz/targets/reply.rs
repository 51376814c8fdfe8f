//! Everything that can be said of arbitrary sign-ins and answers, in every format, on
//! every screen and in both languages.

#![no_main]

use codex_profiler::command::{AuthCommand, CheckOptions, Format, Origin, Target, UsageCommand};
use codex_profiler::order::{self, End, OrderRequest};
use codex_profiler::outlook::Outlook;
use codex_profiler::profile::{Profile, ProfileId, SignIns};
use codex_profiler::readings::{Known, Readings};
use codex_profiler::reply::advice::Advice;
use codex_profiler::reply::change::{self, Proposal};
use codex_profiler::reply::layout::width;
use codex_profiler::reply::selector::{self, Purpose};
use codex_profiler::reply::{Button, Message, ReplyContext, best, check, guide, health, timeline};
use codex_profiler::report::{Report, Tries};
use codex_profiler::rotation::Preferences;
use codex_profiler::time::Instant;
use codex_profiler::usage::Outcome;
use fuzz::made::{context, outcome, sign_ins, text};
use fuzz::shown::{check_document, check_parts, check_table, check_text};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // What runs out of bytes is made of zeros.
    let _ = check(&mut Unstructured::new(input));
});

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let context = context(u)?;
    let length = u.int_in_range(0..=4096)?;
    // A part at a time: all of it takes long, and finds no more.
    let part = u.int_in_range(0..=2)?;
    let all = sign_ins(u, context.ids)?;
    match part {
        0 | 1 => check_report(&context, &all, length, u),
        _ => check_stored(&context, &all, length, u),
    }
}

fn check_report(
    context: &ReplyContext,
    all: &SignIns,
    length: usize,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let mut report = Report::new(all, checked(u, all, context.now)?, context.now);
    if u.arbitrary()? {
        let hour_ago = context.now.saturating_sub(3600).max(0);
        let before = Report::new(all, checked(u, all, hour_ago)?, hour_ago);
        report.recall(&remembered(&before, hour_ago), "salt");
    }
    let unknown = text(u, 30)?;
    let wishes = wishes(u, all, &unknown)?;
    let advice = Advice::new(&report, &wishes, context.now);
    check_outlook(&advice.outlook, context.now);
    let format = *u.choose(&[Format::Line, Format::Block, Format::Text, Format::Json])?;
    let options = CheckOptions { format, debug: u.arbitrary()?, ..CheckOptions::default() };
    let usage = check::check(context, &advice, &options);
    check_document(usage.document.as_deref());
    match format {
        Format::Json => assert!(usage.text.is_empty() && usage.document.is_some()),
        Format::Line | Format::Block | Format::Text => {
            check_text(&usage.text, is_coloured(context));
            check_parts(context, &usage.text, &usage.closing, length);
            if let Some(table) = &usage.table {
                check_table(&usage.text, table);
            }
        }
    }
    let told = match u.int_in_range(0..=2)? {
        0 => best::best(context, &advice),
        1 => guide::short(context, &advice),
        _ => guide::deep(context, &advice, None),
    };
    check_told(context, &told, length);
    for Button { label, value } in best::buttons_below_all(context, &advice) {
        check_text(&label, false);
        let is_read = AuthCommand::parse(&Origin::Button(value.to_string())).is_ok()
            || UsageCommand::parse(&Origin::Button(value.to_string())).is_ok();
        assert!(value.len() <= 52 && is_read, "{value}");
    }
    if let (Some(shown), Some(screen)) = (timeline::timeline(context, &advice, 0), &context.screen)
    {
        let is_wide = |line: &str| width(line) > usize::from(screen.columns);
        // The last line says what the signs mean.
        let mut lines: Vec<&str> = shown.lines().collect();
        lines.pop();
        assert!(!lines.into_iter().any(is_wide), "{shown}");
    }
    Ok(())
}

type Checked<'a> = Vec<(&'a Profile, Outcome, Tries)>;

fn checked<'a>(u: &mut Unstructured<'_>, all: &'a SignIns, now: Instant) -> Result<Checked<'a>> {
    let mut checked = Vec::new();
    for profile in all.in_order() {
        let (outcome, tries) = outcome(u, now)?;
        checked.push((profile, outcome, tries));
    }
    Ok(checked)
}

fn check_stored(
    context: &ReplyContext,
    all: &SignIns,
    length: usize,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let profiles = all.in_order();
    let hour_ago = context.now.saturating_sub(3600).max(0);
    let before = Report::new(all, checked(u, all, hour_ago)?, hour_ago);
    let known = remembered(&before, hour_ago).known(all, "salt", context.now);
    let version = Some("2026.9.6").filter(|_| u.arbitrary().unwrap_or(false));
    let health = health::status(context, all, &profiles, &known, version);
    check_told(context, &health, length);
    check_told(context, &codex_profiler::reply::order::order(context, all, &known), length);
    for purpose in [Purpose::Usage, Purpose::Auth] {
        check_selector(context, all, purpose, u)?;
    }
    check_plans(context, all, &known, u, length)
}

fn is_coloured(context: &ReplyContext) -> bool {
    context.screen.as_ref().is_some_and(|screen| screen.colour)
}

fn check_told(context: &ReplyContext, told: &Message, length: usize) {
    check_text(&told.text, is_coloured(context));
    check_text(&told.closing, is_coloured(context));
    check_parts(context, &told.text, &told.closing, length);
    check_document(told.document.as_deref());
}

fn remembered(before: &Report<'_>, then: Instant) -> Readings {
    let found = before.rows.iter().map(|row| row.found());
    let readings = Readings::default().with(found, "salt", then);
    let read = Readings::from_bytes(&readings.to_bytes());
    assert_eq!(read, readings, "not what was kept");
    read
}

fn wishes<'a>(
    u: &mut Unstructured<'_>,
    all: &SignIns,
    unknown: &'a str,
) -> Result<Preferences<'a>> {
    let mut wishes = Preferences::default();
    for profile in &all.profiles {
        match u.int_in_range(0..=5)? {
            0 => wishes.burn_first.push(profile.id.clone()),
            1 => wishes.preserve.push(profile.id.clone()),
            _ => {}
        }
    }
    wishes.unknown.extend(Some(unknown).filter(|name| !name.is_empty()));
    Ok(wishes)
}

fn check_outlook(outlook: &Outlook, now: Instant) {
    assert!(outlook.ends_at.is_none_or(|at| at >= now), "{outlook:?}");
    for expiring in &outlook.expiring {
        assert!(expiring.at > now && (10..=100).contains(&expiring.left.trunc()), "{outlook:?}");
    }
}

/// Asserts that a button or a line of a selector names that profile, and no other.
fn check_selector(
    context: &ReplyContext,
    all: &SignIns,
    purpose: Purpose,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let page = u.int_in_range(0..=4)?;
    let buttons = *u.choose(&[0, 1, 3, 25, 100])?;
    let message = selector::selector(context, all, purpose, page, buttons);
    check_text(&message.text, false);
    for Button { label, value } in &message.buttons {
        check_text(label, false);
        assert!(value.len() <= 52, "{value}");
        let known = match purpose {
            Purpose::Usage => match UsageCommand::parse(&Origin::Button(value.to_string())) {
                Ok(UsageCommand::Check(Target::Named(name), _)) => is_one(all, &name),
                Ok(
                    UsageCommand::Check(..)
                    | UsageCommand::Select(_)
                    | UsageCommand::Advise(..)
                    | UsageCommand::History(..)
                    | UsageCommand::Alerts,
                ) => true,
                Ok(UsageCommand::Help) | Err(_) => false,
            },
            Purpose::Auth => match AuthCommand::parse(&Origin::Button(value.to_string())) {
                Ok(AuthCommand::Status(Target::Named(name), _)) => is_one(all, &name),
                Ok(AuthCommand::Select(_)) => true,
                _ => false,
            },
        };
        assert!(known, "{value}");
    }
    let start = match (purpose, &context.screen) {
        (Purpose::Usage, None) => "/codex_usage ",
        (Purpose::Auth, None) => "/codex_auth ",
        (_, Some(_)) => return Ok(()),
    };
    for line in message.text.lines() {
        let Some((_, typed)) = line.rsplit_once(start) else {
            continue;
        };
        // Behind the words that advise stands what they do.
        if ["best – ", "rotation – "].iter().any(|advises| typed.starts_with(advises)) {
            continue;
        }
        let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
        let target = match purpose {
            Purpose::Usage => match UsageCommand::parse(&Origin::Terminal(words.to_vec())) {
                Ok(UsageCommand::Check(target, _)) => target,
                Ok(UsageCommand::Advise(..)) => continue,
                other => panic!("{typed:?}: {other:?}"),
            },
            Purpose::Auth => match AuthCommand::parse(&Origin::Terminal(words.to_vec())) {
                Ok(AuthCommand::Status(target, _)) => target,
                other => panic!("{typed:?}: {other:?}"),
            },
        };
        if let Target::Named(name) = target {
            assert!(is_one(all, &name), "{typed:?}");
        }
    }
    Ok(())
}

fn is_one(all: &SignIns, name: &str) -> bool {
    // Two of one label are told by their ids, which others may have as a label.
    matches!(all.find(name), Ok(Some(_)))
}

/// Changes of the order as they are planned.
fn check_plans(
    context: &ReplyContext,
    all: &SignIns,
    known: &Known,
    u: &mut Unstructured<'_>,
    length: usize,
) -> Result<()> {
    let ids: Vec<ProfileId> = all.profiles.iter().map(|profile| profile.id.clone()).collect();
    let one = u.choose(&ids)?.clone();
    let some = ids[..u.int_in_range(1..=ids.len())?].to_vec();
    let end = *u.choose(&[None, Some(End::First), Some(End::Last)])?;
    let proposal = Proposal { code: "WVY48JBM".to_owned(), expires_at: context.now };
    let proposal = Some(&proposal).filter(|_| u.arbitrary().unwrap_or(false));
    for wish in [
        OrderRequest::Set(some),
        OrderRequest::Clear,
        OrderRequest::Retire(one.clone()),
        OrderRequest::Restore(one.clone(), end),
        OrderRequest::Delete(one),
    ] {
        let Ok(plan) = order::plan(all, &wish, |id| known.is_usable(all, id)) else {
            continue;
        };
        let lead = u.arbitrary::<bool>()?.then(|| change::plan_has_moved(context));
        let told = change::plan::plan(context, all, &plan, known, proposal, lead);
        check_told(context, &told, length);
        if let (Some(ids), false) = (&plan.after.own, matches!(wish, OrderRequest::Delete(_))) {
            assert!(!ids.is_empty() && ids.iter().all(|id| all.has(id) && id.is_writable()));
        }
    }
    Ok(())
}
