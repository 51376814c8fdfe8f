use super::*;

fn output(json: &str) -> Output {
    Output { json: Some(json.into()), ..Output::default() }
}

fn ids(names: &[&str]) -> Vec<ProfileId> {
    names.iter().copied().map(ProfileId::new).collect()
}

const STATUS: &str = r#"{"agentId":"main","auth":{"oauth":{
    "profiles":[{"profileId":"openai:b","provider":"openai","type":"oauth"},
                {"profileId":"openai:a","provider":"openai","type":"api_key"},
                {"profileId":"x:a","provider":"x","type":"oauth"}],
    "providers":[{"provider":"openai","status":"ok"}]}}}"#;

#[test]
fn a_status_tells_the_profiles_of_one_provider() {
    let status = |agent, provider| read_status(&output(STATUS), agent, provider);
    assert_eq!(status("Main", "openai"), Ok(ids(&["openai:a", "openai:b"])));
    assert_eq!(status("ops", "openai"), Err(GatewayError::OtherAgent));
    assert_eq!(status("main", "openai-codex"), Err(GatewayError::NoProvider));
    for json in ["", "{}", "[]", r#"{"agentId":"main","auth":{"oauth":7}}"#] {
        let read = read_status(&output(json), "main", "openai");
        assert_eq!(read, Err(GatewayError::NotUnderstood), "{json}");
    }
}

#[test]
fn an_order_is_a_list_or_null_and_nothing_else() {
    let read = |order: &str| {
        let json = format!(r#"{{"agentId":"main","provider":"openai"{order}}}"#);
        read_order(&output(&json), "main", "openai")
    };
    assert_eq!(read(r#","order":null"#), Ok(None));
    assert_eq!(read(r#","order":[]"#), Ok(None));
    assert_eq!(read(r#","order":["b","a"]"#), Ok(Some(ids(&["b", "a"]))));
    for order in ["", r#","order":7"#, r#","order":[7]"#, r#","order":{}"#] {
        assert_eq!(read(order), Err(GatewayError::NotUnderstood), "{order}");
    }
    let other = output(r#"{"agentId":"main","provider":"openai-codex","order":null}"#);
    assert_eq!(read_order(&other, "main", "openai"), Err(GatewayError::NotUnderstood));
    assert_eq!(read_order(&Output::default(), "main", "openai"), Err(GatewayError::NotUnderstood));
}

#[test]
fn a_failure_is_known_by_what_the_gateway_says() {
    let error = |exit_code, message: &str| {
        let output = Output { exit_code, json: None, message: message.into() };
        output.error()
    };
    for (message, known) in [
        ("Failed to update auth state; the auth state lock may be busy.", GatewayError::Locked),
        (
            "Error: Auth profile \"openai-codex:nope\" not found in /home/user",
            GatewayError::UnknownProfile,
        ),
        ("CLI and live Gateway use different state directories (CLI: /x", GatewayError::OtherHome),
        (
            "Auth profile store /x is unreadable; run openclaw doctor --fix.",
            GatewayError::StoreUnreadable,
        ),
        ("store /x requires legacy credential migration; affected", GatewayError::Unmigrated),
        ("OpenClaw config is invalid: /home/user/.openclaw", GatewayError::BadConfig),
        ("error: unknown option '--yes'", GatewayError::NoSuchCommand),
        ("something else", GatewayError::Exit(3)),
        ("", GatewayError::Exit(3)),
    ] {
        assert_eq!(error(3, message), Some(known), "{message}");
    }
    assert_eq!(error(0, "database is locked"), None);
}

#[test]
fn what_the_gateway_tells_has_to_be_what_is_stored() {
    let gateway = GatewayState { profiles: ids(&["a", "b"]), order: Some(ids(&["b"])) };
    let order = ids(&["b"]);
    let compare = |stored: &[&str], order| compare(&gateway, &ids(stored), order);
    assert_eq!(compare(&["b", "a"], Some(&order)), Ok(()));
    assert_eq!(compare(&["a"], Some(&order)), Ok(()));
    assert_eq!(compare(&["a", "c"], Some(&order)), Err(Mismatch::Profiles));
    assert_eq!(compare(&["a", "b"], None), Err(Mismatch::Order));
}

#[test]
fn deleting_came_with_2026_8() {
    for (version, can) in [
        ("2026.9.6", true),
        ("2026.8.1", true),
        ("2026.8.1-beta.2", true),
        ("2026.8.0", false),
        ("2026.3.8", false),
        ("2027.1.1", true),
        ("", false),
        ("unknown", false),
    ] {
        assert_eq!(is_at_least(version, DELETES_PROFILES), can, "{version}");
    }
}
