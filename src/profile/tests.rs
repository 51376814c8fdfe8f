use super::*;

pub(crate) fn profile(id: &str) -> Profile {
    Profile {
        id: ProfileId::new(id),
        handle: format!("{:08x}", id.bytes().fold(7_u32, |h, b| h.wrapping_mul(31) ^ u32::from(b))),
        provider: id.split_once(':').map_or("openai", |(of, _)| of).into(),
        access: Access::Ready,
        expires_at: None,
        has_refresh: true,
        identity: Identity::default(),
        last_used_at: None,
        last_failure_at: None,
        cooldown_until: None,
        cooldown_reason: None,
        error_count: 0,
        failure_counts: vec![],
        name: String::new(),
        place: None,
    }
}

/// Names the profiles and places them, after a test changed what decides that.
pub(crate) fn name_and_place(all: &mut SignIns) {
    let profiles = all.profiles.iter();
    let stored: Vec<(ProfileId, &str)> =
        profiles.map(|profile| (profile.id.clone(), profile.handle.as_str())).collect();
    let names = names_to_show(&stored, Ids::Masked);
    let places = all.order.places();
    for (profile, name) in all.profiles.iter_mut().zip(names) {
        profile.name = name;
        profile.place = places.get(&profile.id).copied();
    }
}

pub(crate) fn sign_ins(ids: &[&str]) -> SignIns {
    let mut all = SignIns {
        era: Era::Sqlite,
        source: "test".into(),
        provider: "openai".into(),
        profiles: ids.iter().map(|id| profile(id)).collect(),
        keys: vec![],
        order: AuthOrder::default(),
        last_good: None,
        findings: vec![],
    };
    name_and_place(&mut all);
    all
}

fn found(sign_ins: &SignIns, name: &str) -> Option<String> {
    match sign_ins.find(name) {
        Ok(profile) => profile.map(|profile| profile.id.as_str().to_owned()),
        Err(_) => Some("several".into()),
    }
}

#[test]
fn a_profile_is_found_by_id_label_handle_and_other_case() {
    let all = sign_ins(&["openai:work", "openai:Home", "openai-codex:work", "openai:2"]);
    assert_eq!(found(&all, "openai:work").as_deref(), Some("openai:work"));
    assert_eq!(found(&all, "home").as_deref(), Some("openai:Home"));
    assert_eq!(found(&all, "work").as_deref(), Some("several"));
    assert_eq!(found(&all, "2").as_deref(), Some("openai:2"));
    let handle = all.profiles[1].handle.clone();
    assert_eq!(found(&all, &handle).as_deref(), Some("openai:Home"));
}

#[test]
fn what_may_be_an_argument_and_what_a_shell_leaves_as_it_is() {
    let of_length = |length: usize| "x".repeat(length);
    for (id, is_writable, is_plain) in [
        ("openai:work_2.b-c", true, true),
        (&of_length(64), true, true),
        (&of_length(65), true, false),
        (&of_length(200), true, false),
        (&of_length(201), false, false),
        ("-openai", false, false),
        ("openai:a b", false, false),
        ("openai:a\u{7f}", false, false),
        ("openai:a\u{3000}b", false, false),
        ("openai:$(id)", true, false),
        ("openai:é", true, false),
    ] {
        let id = ProfileId::new(id);
        assert_eq!((id.is_writable(), id.is_plain()), (is_writable, is_plain), "{id:?}");
    }
}

#[test]
fn the_gateway_can_use_what_it_can_refresh_and_has_not_given_up() {
    for (access, has_refresh, reason, is_usable) in [
        (Access::Ready, true, None, true),
        (Access::Ready, false, Some("rate_limit"), true),
        (Access::Ready, true, Some("auth_permanent"), false),
        (Access::Expired, true, None, true),
        (Access::Expired, false, None, false),
        (Access::Expired, true, Some("auth_permanent"), false),
        (Access::Fenced, true, None, false),
        (Access::Missing, true, None, false),
    ] {
        let mut profile = profile("openai:work");
        (profile.access, profile.has_refresh) = (access, has_refresh);
        profile.cooldown_reason = reason.map(str::to_owned);
        assert_eq!(profile.is_usable(), is_usable, "{access:?} {has_refresh} {reason:?}");
    }
}

#[test]
fn a_cooldown_ends_at_its_time() {
    let mut profile = profile("openai:work");
    let at = 1_000_000;
    profile.cooldown_until = Some(at);
    assert_eq!(profile.cooldown_at(999_999), Some(at));
    assert_eq!(profile.cooldown_at(at), None);
}

#[test]
fn a_key_has_a_name_and_a_handle_and_is_no_profile() {
    let mut all = sign_ins(&["openai:work"]);
    let id = ProfileId::new("openai:key");
    all.keys.push(Key {
        id: id.clone(),
        handle: "0badcafe".into(),
        name: id.shown(Ids::Masked),
        kind: KeyKind::ApiKey,
    });
    name_and_place(&mut all);
    assert_eq!(all.name(&id), "openai:key");
    assert_eq!(all.handles().collect::<Vec<_>>(), [&all.profiles[0].handle, "0badcafe"]);
    assert!(all.has(&id) && all.is_usable(&id) && all.is_of_provider(&id));
    let nobody = ProfileId::new("openai:nobody");
    assert!(!all.has(&nobody) && !all.is_usable(&nobody) && !all.is_of_provider(&nobody));
    assert_eq!(found(&all, "openai:key"), None);
    let token =
        Key { id: ProfileId::new("openai:token"), kind: KeyKind::Token, ..all.keys[0].clone() };
    all.keys.push(token.clone());
    // What pays by use comes last.
    assert_eq!(all.all_ids(), [ProfileId::new("openai:work"), token.id, id]);
}

#[test]
fn odd_names_find_nothing() {
    let all = sign_ins(&["openai:work", "\u{200b}"]);
    let long = "x".repeat(10_000);
    for name in ["", " ", "wоrk", "work\0", "#0", &long] {
        assert_eq!(found(&all, name), None, "{name:?}");
    }
}

#[test]
fn the_default_is_the_one_named_so_then_the_first_of_the_order() {
    let mut all = sign_ins(&["openai:a", "openai:b"]);
    let default = |all: &SignIns| all.default_profile().map(|p| p.id.label().to_owned());
    assert_eq!(default(&all).as_deref(), Some("a"));
    all.order.own = Some(vec![ProfileId::new("openai:gone"), ProfileId::new("openai:b")]);
    assert_eq!(default(&all).as_deref(), Some("b"));
    all.profiles.push(profile("openai:default"));
    name_and_place(&mut all);
    assert_eq!(default(&all).as_deref(), Some("default"));
    assert_eq!(all.in_order()[0].id.label(), "b");
    assert_eq!(all.profiles[1].place, Some(2));
    assert!(all.leaves_out(&all.profiles[0]) && !all.leaves_out(&all.profiles[1]));
    let unordered = sign_ins(&["openai:a"]);
    assert!(!unordered.leaves_out(&unordered.profiles[0]));
    // Of two that are called so, the one under whose provider orders are kept.
    all.profiles.insert(0, profile("openai-codex:default"));
    let id = all.default_profile().map(|profile| profile.id.as_str());
    assert_eq!(id, Some("openai:default"));
}

#[test]
fn an_e_mail_is_masked_before_it_is_cut() {
    let id = ProfileId::new(format!("openai:{}@example.invalid", "user".repeat(20)));
    assert_eq!(id.shown_label(Ids::Masked), "us…r@ex….invalid");
    assert_eq!(id.shown(Ids::Masked), "openai:us…r@ex….invalid");
}

#[test]
fn shown_names_are_clean_and_tell_twins_apart() {
    let all = sign_ins(&["openai:work", "openai-codex:work", "openai:\u{202e}ev\u{1b}[31mil"]);
    assert_eq!(all.profiles[0].name, "openai:work");
    assert_eq!(all.profiles[2].name, "ev[31mil");
}

#[test]
fn names_that_look_alike_carry_their_handles() {
    let mut all = sign_ins(&[
        "openai:work",
        "openai:w\u{43e}rk",
        "openai:home",
        "openai:\u{2800}",
        "openai:",
    ]);
    for (at, profile) in all.profiles.iter_mut().enumerate() {
        profile.handle = format!("0000000{at}");
    }
    name_and_place(&mut all);
    let names: Vec<&str> = all.profiles.iter().map(|each| each.name.as_str()).collect();
    let expected = ["work (00000000)", "w\u{43e}rk (00000001)", "home", "00000003", "00000004"];
    assert_eq!(names, expected);
}

#[test]
fn an_identity_is_compared_part_by_part() {
    let id = |account: Option<&str>, user: Option<&str>| Identity {
        account_id: account.map(Into::into),
        user_id: user.map(Into::into),
    };
    let ours = id(Some("acct-1"), Some("user-1"));
    assert!(!ours.contradicts(&ours));
    assert!(ours.contradicts(&id(Some("acct-2"), Some("user-1"))));
    assert!(ours.contradicts(&id(Some("acct-1"), Some("user-2"))));
    assert!(!ours.contradicts(&id(None, None)));
    assert!(!id(None, None).contradicts(&ours));
    assert!(!ours.contradicts(&id(Some("user-1"), Some("user-1"))));
}
