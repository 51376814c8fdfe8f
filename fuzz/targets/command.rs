//! Anything typed or pressed: what is read can be written again and means the same.

#![no_main]

use codex_profiler::command::{
    Advising, AlertsCommand, AuthCommand, ChangeOptions, CheckOptions, CommandError, Format,
    Origin, Target, UsageCommand, is_taken, order_button,
};
use codex_profiler::order::{End, OrderRequest};
use codex_profiler::reply::refusal;
use fuzz::CANARY;
use fuzz::made::contexts;
use fuzz::shown::check_text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    // As a chat cuts a message, and as a terminal hands words over.
    let chat: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let read = |origin: &Origin| (UsageCommand::parse(origin), AuthCommand::parse(origin));
    assert_eq!(
        read(&Origin::Command(text.to_string())),
        read(&Origin::Terminal(chat.to_vec())),
        "{text:?}"
    );
    let terminal = text.split('\n').map(str::to_owned).collect();
    for words in [chat, terminal] {
        check(&words);
        let odd = [words.as_slice(), &[format!("--{CANARY}")]].concat();
        for error in [
            UsageCommand::parse(&Origin::Terminal(odd.to_vec())).err(),
            AuthCommand::parse(&Origin::Terminal(odd.to_vec())).err(),
        ]
        .into_iter()
        .flatten()
        {
            check_error(error);
        }
    }
    // A handle has no spaces. Typed, they would part words.
    let is_handle = !text.contains(char::is_whitespace);
    if let Ok(command @ UsageCommand::Check(..)) =
        UsageCommand::parse(&Origin::Button(text.to_string()))
        && is_handle
    {
        assert_eq!(UsageCommand::parse(&Origin::Terminal(usage_words(&command))), Ok(command));
    }
    match AuthCommand::parse(&Origin::Button(text.to_string())) {
        Ok(AuthCommand::Follow(handles)) => {
            let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
            let length = handles.first().map_or(0, |handle| handle.len());
            let value = format!("auth:order:{length}:{}", handles.concat());
            assert_eq!(
                AuthCommand::parse(&Origin::Button(value.to_string())),
                Ok(AuthCommand::Follow(handles.iter().map(|&handle| handle.to_owned()).collect()))
            );
        }
        Ok(command @ AuthCommand::Status(..)) => {
            assert_eq!(
                AuthCommand::parse(&Origin::Terminal(auth_words(&command).unwrap_or_default())),
                Ok(command)
            );
        }
        Ok(_) => {}
        Err(error) => check_error(error),
    }
    is_taken(&text);
    check_order_button(input);
});

fn check(words: &Vec<String>) {
    match UsageCommand::parse(&Origin::Terminal(words.to_vec())) {
        Ok(command) => {
            let written = usage_words(&command);
            assert_eq!(
                UsageCommand::parse(&Origin::Terminal(written.to_vec())),
                Ok(command),
                "{words:?}, {written:?}"
            );
        }
        Err(error) => check_error(error),
    }
    match AuthCommand::parse(&Origin::Terminal(words.to_vec())) {
        Ok(command) => {
            if let Some(written) = auth_words(&command) {
                assert_eq!(
                    AuthCommand::parse(&Origin::Terminal(written.to_vec())),
                    Ok(command),
                    "{words:?}, {written:?}"
                );
            }
        }
        Err(error) => check_error(error),
    }
}

fn check_error(error: CommandError) {
    for context in contexts() {
        check_text(&refusal::misuse(&context, error), false);
    }
}

fn usage_words(command: &UsageCommand) -> Vec<String> {
    let (mut words, options) = match command {
        UsageCommand::Select(_) => return vec![],
        UsageCommand::Help => return vec!["help".to_owned()],
        UsageCommand::Alerts => return vec!["alerts".to_owned()],
        UsageCommand::History(target, format) => {
            let name = match target {
                Target::Default => "default",
                Target::All => "all",
                Target::Named(name) => name,
            };
            // As a terminal hands it over: the word and the name as one.
            return vec![
                format!("--profile=history {name}"),
                format!("--format={}", format_word(format)),
            ];
        }
        UsageCommand::Check(target, options) => (target_words(target), options),
        UsageCommand::Advise(advising, options) => {
            let words: &[&str] = match advising {
                Advising::Best => &["best"],
                Advising::Rotation => &["rotation"],
                Advising::DeepDive => &["rotation", "deep"],
            };
            (words.iter().map(|&word| word.to_owned()).collect(), options)
        }
    };
    words.extend(option_words(options));
    words
}

fn target_words(target: &Target) -> Vec<String> {
    vec![match target {
        Target::Default => "default".to_owned(),
        Target::All => "all".to_owned(),
        Target::Named(name) => format!("--profile={name}"),
    }]
}

fn option_words(options: &CheckOptions) -> Vec<String> {
    let mut words = vec![
        format!("--format={}", format_word(&options.format)),
        "--timeout-sec".to_owned(),
        (options.timeout_ms / 1000).to_string(),
        format!("--retries={}", u8::from(options.retry)),
    ];
    words.extend(options.debug.then(|| "--debug".to_owned()));
    words
}

/// Nothing for what is not written: a callback, which is not kept, and pages.
fn auth_words(command: &AuthCommand) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    Some(match command {
        AuthCommand::Select(0) => vec![],
        AuthCommand::Select(_) | AuthCommand::Finish(_) | AuthCommand::Follow(_) => return None,
        AuthCommand::Status(target, format) => {
            let format = format!("--format={}", format_word(format));
            [words(&["status"]), target_words(target), vec![format]].concat()
        }
        AuthCommand::Start(None) => words(&["start"]),
        AuthCommand::Start(Some(name)) => words(&["start", &format!("--profile={name}")]),
        AuthCommand::Order(format) => words(&["order", "--format", change_format(*format)]),
        AuthCommand::Help => words(&["help"]),
        AuthCommand::Alerts(AlertsCommand::Show) => words(&["alerts"]),
        AuthCommand::Alerts(AlertsCommand::Off) => words(&["alerts", "off"]),
        AuthCommand::Alerts(AlertsCommand::On(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            words(&[&["alerts", "on"], kinds.as_slice()].concat())
        }
        AuthCommand::Delete(name) => words(&["delete", name]),
        AuthCommand::Confirm(code, name) => words(&["confirm", code, name]),
        AuthCommand::Change(wish, options) => [wish_words(wish), change_words(*options)].concat(),
    })
}

fn wish_words(wish: &OrderRequest<String>) -> Vec<String> {
    let mut words: Vec<&str> = match wish {
        OrderRequest::Set(_) => vec!["order", "set"],
        OrderRequest::Clear => vec!["order", "clear"],
        OrderRequest::Retire(_) => vec!["retire"],
        OrderRequest::Restore(..) => vec!["restore"],
        OrderRequest::Delete(_) => vec!["delete"],
    };
    words.extend(wish.profiles().iter().map(String::as_str));
    match wish {
        OrderRequest::Restore(_, Some(End::First)) => words.push("first"),
        OrderRequest::Restore(_, Some(End::Last)) => words.push("last"),
        OrderRequest::Delete(_) => words.push("permanently"),
        OrderRequest::Set(_)
        | OrderRequest::Clear
        | OrderRequest::Retire(_)
        | OrderRequest::Restore(_, None) => {}
    }
    words.into_iter().map(str::to_owned).collect()
}

fn change_words(options: ChangeOptions) -> Vec<String> {
    let mut words = vec![format!("--format={}", change_format(options.format))];
    words.extend(options.dry_run.then(|| "--dry-run".to_owned()));
    words
}

fn change_format(format: Format) -> &'static str {
    match format {
        Format::Line => "text",
        Format::Json => "json",
        Format::Block | Format::Text => panic!("no change is told so"),
    }
}

/// An order that a button carries names the handles it was made of.
fn check_order_button(input: &[u8]) {
    let handle = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let handles: Vec<String> = input.chunks_exact(4).map(handle).collect();
    let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
    let Some(value) = order_button(&handles, &handles) else {
        return;
    };
    assert!(value.len() <= 52, "{value}");
    let Ok(AuthCommand::Follow(beginnings)) =
        AuthCommand::parse(&Origin::Button(value.to_string()))
    else {
        panic!("{value}");
    };
    assert_eq!(beginnings.len(), handles.len());
    for (index, beginning) in beginnings.iter().enumerate() {
        let of = |handle: &&str| handle.starts_with(beginning.as_str());
        assert_eq!(handles.iter().position(of), Some(index), "{value}");
        assert_eq!(handles.iter().copied().filter(of).count(), 1, "{value}");
    }
}

/// The word that is typed for a format.
fn format_word(format: &Format) -> String {
    format!("{format:?}").to_lowercase()
}
