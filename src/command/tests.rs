use super::*;
use crate::order::End;

fn check(text: &str) -> Result<UsageCommand, CommandError> {
    UsageCommand::parse(&Origin::Command(text.to_string()))
}

fn named(name: &str) -> UsageCommand {
    UsageCommand::Check(Target::Named(name.into()), CheckOptions::default())
}

#[test]
fn names_and_options_are_told_apart() {
    assert_eq!(check(""), Ok(UsageCommand::Select(0)));
    assert_eq!(check("Best"), Ok(UsageCommand::Advise(Advising::Best, CheckOptions::default())));
    assert_eq!(check("My Work"), Ok(named("My Work")));
    assert_eq!(check("Help"), Ok(UsageCommand::Help));
    assert_eq!(check("帮助"), Ok(UsageCommand::Help));
    assert_eq!(check("openai:help"), Ok(named("openai:help")));
    assert_eq!(check("--profile work"), Ok(named("work")));
    assert_eq!(
        check("ALL --format=json --timeout-sec 5 --retries 0 --debug"),
        Ok(UsageCommand::Check(
            Target::All,
            CheckOptions { format: Format::Json, timeout_ms: 5000, retry: false, debug: true }
        ))
    );
}

#[test]
fn advice_has_words_of_its_own() {
    let advise = |advising| Ok(UsageCommand::Advise(advising, CheckOptions::default()));
    for (text, advising) in [
        ("best", Advising::Best),
        ("推荐", Advising::Best),
        ("Rotation", Advising::Rotation),
        ("轮换", Advising::Rotation),
        ("rotation deep", Advising::DeepDive),
        ("rotation Setup", Advising::DeepDive),
        ("轮换 排障", Advising::DeepDive),
    ] {
        assert_eq!(check(text), advise(advising), "{text}");
    }
    // A terminal hands over the words behind `usage` as one name.
    let words = ["--profile=rotation deep".to_owned()];
    let deep = UsageCommand::parse(&Origin::Terminal(words.to_vec()));
    assert_eq!(deep, advise(Advising::DeepDive));
    let spaced = ["--profile=My  Work".to_owned()];
    let spaced = UsageCommand::parse(&Origin::Terminal(spaced.to_vec()));
    assert_eq!(spaced, Ok(named("My  Work")));
    assert_eq!(check("rotation work"), Err(CommandError::BadRotation));
    assert_eq!(check("best friend"), Ok(named("best friend")));
    assert!(is_taken("rotation") && is_taken("best") && !is_taken("bester"));
}

#[test]
fn an_order_fits_into_a_button_by_the_beginnings_of_handles() {
    let handles: Vec<String> =
        (0..16_u32).map(|n| format!("{:08x}", n.wrapping_mul(0x9e37_79b9))).collect();
    let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
    for count in 1..=13 {
        let value = order_button(&handles[..count], &handles).expect("a button");
        assert!(value.len() <= button::LONGEST, "{value}");
        let Ok(AuthCommand::Follow(beginnings)) =
            AuthCommand::parse(&Origin::Button(value.to_string()))
        else {
            panic!("{value}");
        };
        assert_eq!(beginnings.len(), count);
        let mut pairs = handles.iter().zip(&beginnings);
        assert!(pairs.all(|(handle, beginning)| handle.starts_with(beginning)));
    }
    assert_eq!(order_button(&handles[..14], &handles), None);
    assert_eq!(order_button(&[], &handles), None);
    // Beginnings that are the same would name either.
    let alike: Vec<String> = (0..8).map(|n| format!("aaaaaaa{n}")).collect();
    let alike: Vec<&str> = alike.iter().map(String::as_str).collect();
    assert_eq!(order_button(&alike, &alike), None);
}

#[test]
fn a_button_of_no_order_is_none() {
    for value in [
        "auth:order:",
        "auth:order:8:",
        "auth:order:8:0badcaf",
        "auth:order:2:0bad",
        "auth:order:9:0badcafe0",
        "auth:order:4:0bad*afe",
        "auth:order:4:0BAD",
        "auth:order:x:0bad",
    ] {
        assert_eq!(
            AuthCommand::parse(&Origin::Button(value.to_string())),
            Err(CommandError::UnknownButton),
            "{value}"
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, error) in [
        ("--frmat json", CommandError::UnknownOption),
        ("all --format xml", CommandError::BadFormat),
        ("all --format", CommandError::BadFormat),
        ("all --timeout-sec 0", CommandError::BadTimeout),
        ("all --timeout-sec 1000000000", CommandError::BadTimeout),
        ("all --timeout-sec 99999999999999999999", CommandError::BadTimeout),
        ("all --retries 2", CommandError::BadRetries),
        ("--profile", CommandError::MissingProfile),
        ("work --profile home", CommandError::SeveralProfiles),
    ] {
        assert_eq!(check(text), Err(error), "{text}");
    }
}

#[test]
fn buttons_carry_a_verb_and_a_handle() {
    assert_eq!(
        UsageCommand::parse(&Origin::Button("usage:0badcafe".to_string())),
        Ok(named("0badcafe"))
    );
    for (word, advising) in [("best", Advising::Best), ("rotation", Advising::Rotation)] {
        let value = format!("usage:{word}");
        assert_eq!(
            UsageCommand::parse(&Origin::Button(value.to_string())),
            Ok(UsageCommand::Advise(advising, CheckOptions::default()))
        );
    }
    assert_eq!(
        UsageCommand::parse(&Origin::Button("usage:page:2".to_string())),
        Ok(UsageCommand::Select(2))
    );
    assert_eq!(
        UsageCommand::parse(&Origin::Button("auth:all".to_string())),
        Err(CommandError::UnknownButton)
    );
    assert_eq!(
        AuthCommand::parse(&Origin::Button("auth:0badcafe".to_string())),
        Ok(AuthCommand::Status(Target::Named("0badcafe".into()), Format::Line))
    );
}

fn auth(text: &str) -> Result<AuthCommand, CommandError> {
    AuthCommand::parse(&Origin::Command(text.to_string()))
}

fn change(request: OrderRequest<String>) -> Result<AuthCommand, CommandError> {
    let options = ChangeOptions { dry_run: false, format: Format::Line };
    Ok(AuthCommand::Change(request, options))
}

#[test]
fn a_change_is_read_in_both_languages() {
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(auth("order set b a"), change(OrderRequest::Set(all(&["b", "a"]))));
    assert_eq!(auth("顺序 设置 b"), change(OrderRequest::Set(all(&["b"]))));
    assert_eq!(auth("order clear"), change(OrderRequest::Clear));
    assert_eq!(auth("retire My Work"), change(OrderRequest::Retire("My Work".into())));
    assert_eq!(auth("Retire a"), change(OrderRequest::Retire("a".into())));
    assert_eq!(auth("停用 a"), change(OrderRequest::Retire("a".into())));
    let restored = |end| change(OrderRequest::Restore("a".into(), end));
    assert_eq!(auth("restore a"), restored(None));
    assert_eq!(auth("restore a first"), restored(Some(End::First)));
    assert_eq!(auth("恢复 a 最后"), restored(Some(End::Last)));
    assert_eq!(auth("restore first"), change(OrderRequest::Restore("first".into(), None)));
    for text in
        ["delete a permanently", "删除 a 彻底移除", "delete a 永久删除", "永久删除 a", "彻底移除 a"]
    {
        assert_eq!(auth(text), change(OrderRequest::Delete("a".into())), "{text}");
    }
    let confirm = |name: &str| Ok(AuthCommand::Confirm("K7QX".into(), name.into()));
    assert_eq!(auth("confirm k7qx"), confirm(""));
    assert_eq!(auth("确认 K7QX my work"), confirm("my work"));
    assert_eq!(AuthCommand::parse(&Origin::Button("auth:confirm:K7QX".to_string())), confirm(""));
    let dry = ChangeOptions { dry_run: true, format: Format::Json };
    assert_eq!(
        auth("order clear --dry-run --format json"),
        Ok(AuthCommand::Change(OrderRequest::Clear, dry))
    );
}

#[test]
fn half_a_change_says_what_is_missing() {
    for (text, error) in [
        ("order set", CommandError::NameOneProfile("order set <profile> <profile>")),
        ("order sort", CommandError::BadOrder),
        ("order clear a", CommandError::BadOrder),
        ("retire", CommandError::NameOneProfile("retire <profile>")),
        ("restore", CommandError::NameOneProfile("restore <profile>")),
        ("delete", CommandError::NameOneProfile("delete <profile> permanently")),
        ("delete permanently", CommandError::NameOneProfile("delete <profile> permanently")),
        ("永久删除", CommandError::NameOneProfile("delete <profile> permanently")),
        ("remove", CommandError::NameOneProfile("delete <profile> permanently")),
        ("retire work --force", CommandError::UnknownChangeOption),
        ("retire work --format xml", CommandError::UnknownChangeOption),
        ("confirm", CommandError::MissingCode),
        ("finish", CommandError::MissingCallback),
        ("finish work", CommandError::MissingCallback),
        ("finish openai:work", CommandError::MissingCallback),
    ] {
        assert_eq!(auth(text), Err(error), "{text}");
    }
}

#[test]
fn a_deletion_without_its_word_is_none() {
    for (text, name) in [
        ("delete work", "work"),
        ("delete work Permanently!", "work Permanently!"),
        ("remove my work", "my work"),
        ("移除 work", "work"),
        ("Logout work permanently", "work permanently"),
    ] {
        assert_eq!(auth(text), Ok(AuthCommand::Delete(name.into())), "{text}");
    }
}

#[test]
fn looking_is_told_from_changing() {
    let status = |target| Ok(AuthCommand::Status(target, Format::Line));
    assert_eq!(auth("status"), status(Target::All));
    assert_eq!(auth("状态 a"), status(Target::Named("a".into())));
    assert_eq!(auth("work"), status(Target::Named("work".into())));
    assert_eq!(auth("Help"), Ok(AuthCommand::Help));
    assert_eq!(auth("rename work"), Ok(AuthCommand::Help));
    assert_eq!(auth("order"), Ok(AuthCommand::Order(Format::Line)));
    assert_eq!(auth("start"), Ok(AuthCommand::Start(None)));
    assert_eq!(auth("start --profile a"), Ok(AuthCommand::Start(Some("a".into()))));
    assert_eq!(AuthCommand::parse(&Origin::Terminal(vec![])), Ok(AuthCommand::Select(0)));
}

#[test]
fn what_stands_before_a_callback_is_the_name_of_its_profile() {
    let (url, code) = ("localhost:1455/auth/callback?code=a&state=b", "ac_FAKE0123456789");
    let whole = |text: &str| matches!(auth(text), Ok(AuthCommand::Finish(callback)) if callback.is_complete());
    for text in [
        format!("finish http://{url}"),
        format!("finish work http://{url}"),
        // A line end in it, and more behind it.
        format!("finish http:// {url}"),
        format!("finish http://{url} thanks"),
        format!("finish work {code}"),
        format!("finish {code} {code}"),
    ] {
        assert!(whole(&text), "{text}");
    }
    // A terminal may paste nothing behind the name.
    let pasted = ["finish", "work", ""].map(str::to_owned);
    let nothing = AuthCommand::parse(&Origin::Terminal(pasted.to_vec()));
    assert!(matches!(nothing, Ok(AuthCommand::Finish(callback)) if !callback.is_complete()));
    for text in [format!("finish http://{url} {code}&state=c"), format!("finish {code} work")] {
        assert!(!whole(&text), "{text}");
    }
}

#[test]
fn a_callback_needs_no_finish_and_no_name_is_one() {
    let url = "http://localhost:1455/auth/callback?code=a&state=b";
    for text in [
        url,
        &format!("work {url}"),
        &url[7..],
        "code=a&state=b",
        "?error=access_denied",
        "http%3A%2F%2Flocalhost%3A1455%2Fauth%2Fcallback%3Fcode%3Da%26state%3Db",
    ] {
        assert!(matches!(auth(text), Ok(AuthCommand::Finish(_))), "{text}");
    }
    for name in [
        "openai:work",
        "work laptop",
        "someone@example.invalid",
        "openai:someone@example.invalid",
        "team/work",
        "100%",
        "a=b",
        "code",
        "state",
        "error",
        "localhost",
        "sk-work",
        "ac_0123456789abcdef",
    ] {
        let status = AuthCommand::Status(Target::Named(name.into()), Format::Line);
        assert_eq!(auth(name), Ok(status), "{name}");
    }
    assert_eq!(
        auth("work --format=json"),
        Ok(AuthCommand::Status(Target::Named("work".into()), Format::Json))
    );
}

#[test]
fn nothing_of_a_callback_is_kept() {
    let url = "http://localhost:1455/auth/callback?code=CANARY&state=CANARY";
    for text in [
        format!("finish work {url}"),
        format!("finish {url}"),
        format!("finish work {url} --profile x"),
        "finish CANARY0123456789".to_owned(),
        "finish CANARY0123456789?code=a".to_owned(),
        url.to_owned(),
    ] {
        let command = auth(&text).expect("a command");
        assert!(matches!(command, AuthCommand::Finish(_)), "{text}");
        assert!(!format!("{command:?}").contains("CANARY"), "{text}");
    }
}
