//! The fake sign-ins of recorded worlds.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A fake sign-in of these ids that is good for ten more days.
pub(super) fn credential(account_id: Option<&str>, user_id: Option<&str>, now: i64) -> Value {
    let expires = now + 864_000;
    let claims = json!({
        "exp": expires,
        "https://api.openai.com/auth": {
            "chatgpt_account_id": account_id,
            "chatgpt_user_id": user_id,
        },
    });
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(&json!({ "alg": "none" }));
    let access = format!("{header}.{}.fake-signature-of-a-recorded-world", part(&claims));
    json!({
        "type": "oauth",
        "provider": "openai",
        "access": access,
        "refresh": "fake-refresh-token-of-a-recorded-world",
        "expires": expires * 1000,
        "accountId": account_id,
    })
}
