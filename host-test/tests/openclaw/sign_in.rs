//! Made-up sign-ins.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(super) const DAY: i64 = 24 * 60 * 60;

/// A ChatGPT sign-in that nobody has.
#[derive(Debug, Clone)]
pub(super) struct SignIn {
    pub(super) label: &'static str,
    pub(super) plan: &'static str,
    pub(super) used_percent: u8,
    pub(super) expires_at: i64,
}

impl SignIn {
    pub(super) fn new(label: &'static str, plan: &'static str, days: i64) -> Self {
        Self { label, plan, used_percent: label.len() as u8, expires_at: now() + days * DAY }
    }

    pub(super) fn account_id(&self) -> String {
        format!("acct-FAKE-{}", self.label)
    }

    pub(super) fn user_id(&self) -> String {
        format!("user-FAKE-{}", self.label)
    }

    pub(super) fn email(&self) -> String {
        format!("{}.person@example.invalid", self.label)
    }

    pub(super) fn access(&self) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({
            "iss": "https://auth.openai.com",
            "aud": ["https://api.openai.com/v1"],
            "iat": self.expires_at - 10 * DAY,
            "exp": self.expires_at,
            "https://api.openai.com/auth": {
                "chatgpt_account_id": self.account_id(),
                "chatgpt_user_id": self.user_id(),
                "chatgpt_plan_type": self.plan,
            },
            "https://api.openai.com/profile": {"email": self.email(), "email_verified": true},
        });
        let head = part(json!({"alg": "none", "typ": "JWT"}));
        format!("{head}.{}.FAKE-SIGNATURE-{}", part(claims), self.label)
    }

    pub(super) fn refresh(&self) -> String {
        format!("rt_FAKE-REFRESH-{}", self.label)
    }

    /// As the gateway stores it.
    pub(super) fn entry(&self, provider: &str) -> Value {
        json!({
            "type": "oauth",
            "provider": provider,
            "access": self.access(),
            "refresh": self.refresh(),
            "expires": self.expires_at * 1000,
            "accountId": self.account_id(),
            "email": self.email(),
        })
    }

    /// As chatgpt.com would answer: about this very person.
    pub(super) fn usage(&self) -> String {
        let now = now();
        let window = |percent: u8, length: i64| {
            json!({
                "used_percent": percent,
                "limit_window_seconds": length,
                "reset_after_seconds": length / 2,
                "reset_at": now + length / 2,
            })
        };
        let usage = json!({
            "user_id": self.user_id(),
            "account_id": self.account_id(),
            "email": self.email(),
            "plan_type": self.plan,
            "rate_limit": {
                "allowed": true,
                "limit_reached": false,
                "primary_window": window(self.used_percent, 5 * 60 * 60),
                "secondary_window": window(1, 7 * DAY),
            },
        });
        usage.to_string()
    }

    /// Texts that nobody may ever read in an output.
    pub(super) fn secrets(&self) -> [String; 4] {
        let access = self.access();
        let payload = access.split('.').nth(1).unwrap().to_owned();
        [access, payload, self.refresh(), self.email()]
    }
}

/// More than a day away, all of them: `openclaw doctor` tries to refresh what
/// expires sooner, and breaks what it cannot refresh.
pub(super) fn three_sign_ins() -> Vec<SignIn> {
    vec![
        SignIn::new("default", "plus", 10),
        SignIn::new("work", "team", 5),
        SignIn::new("backup", "pro", 3),
    ]
}

pub(super) fn store_of(sign_ins: &[SignIn], provider: &str) -> Value {
    let entry = |sign_in: &SignIn| {
        let id = format!("{provider}:{}", sign_in.label);
        (id, sign_in.entry(provider))
    };
    let profiles: BTreeMap<String, Value> = sign_ins.iter().map(entry).collect();
    json!({"version": 1, "profiles": profiles})
}

pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() as i64
}
