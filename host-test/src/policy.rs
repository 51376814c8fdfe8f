//! The grants to the component: the default is no. The numbers and lists are the
//! data file `policy.json`, so that every host can go by the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::Change;
use crate::contract::memory::Key;

/// The policy that every call goes by.
#[derive(Deserialize)]
pub struct Policy {
    /// The endpoints there are. The contract's enum names no other.
    pub endpoints: BTreeMap<String, EndpointGrant>,
    /// The grants for gateway commands.
    pub gateway: GatewayGrants,
    /// The blobs that are kept for the component.
    pub memory: Memory,
    /// The bounds of a call.
    pub limits: Limits,
}

/// An endpoint that may be asked.
#[derive(Deserialize)]
pub struct EndpointGrant {
    /// `GET`.
    pub method: String,
    /// The whole URL.
    pub url: String,
}

/// Gateway commands that look, and those that change something.
#[derive(Deserialize)]
pub struct GatewayGrants {
    /// The providers that may be named.
    pub providers: Vec<String>,
    /// The queries, by name.
    pub queries: BTreeMap<String, QueryGrant>,
    /// The changes, by name.
    pub changes: BTreeMap<String, ChangeGrant>,
    /// The most queries that run side by side.
    pub queries_at_once: usize,
    /// Bytes of an error message that are handed in.
    pub message_bytes: usize,
    /// The most bytes of a profile's id that a change names.
    pub id_bytes: usize,
    /// The most bytes of the component's note beside a proposed change.
    pub note_bytes: usize,
    /// The life of a code, in seconds.
    pub code_seconds: i64,
}

/// One gateway command that only looks.
#[derive(Deserialize)]
pub struct QueryGrant {
    /// Its arguments, `{agent}` and `{provider}` to be filled in.
    pub argv: Vec<String>,
    /// The time it may take, in seconds.
    pub timeout_seconds: u64,
    /// The keys of its JSON that are handed in: `true` for a plain value, an
    /// object or a list of one pattern for what is nested.
    pub keys: Value,
}

/// One gateway command that changes.
#[derive(Deserialize)]
pub struct ChangeGrant {
    /// Its arguments: `{agent}`, `{provider}` and `{profile}` to be filled in;
    /// `{profiles}`, one argument each; `{agent-option}`, nothing for the agent
    /// `main`, whom older versions take no option for.
    pub argv: Vec<String>,
    /// The time it may take, in seconds.
    pub timeout_seconds: u64,
}

/// The blobs of the component's memory.
#[derive(Deserialize)]
pub struct Memory {
    readings: BlobRule,
    alerts: BlobRule,
    history: BlobRule,
}

/// The form of one blob.
#[derive(Deserialize)]
pub struct BlobRule {
    /// The most bytes it may have.
    pub bytes: usize,
    /// Its JSON: an object of named fields, `?` behind the name of one that may be absent;
    /// a list of one pattern; `hash` for 16 hex digits, `instant`, `number` for a whole
    /// one, words parted by `|`; and `true` or a number for exactly this.
    pub format: Value,
}

impl Memory {
    /// Returns the rule for the blob of this key.
    pub fn rule(&self, key: Key) -> &BlobRule {
        match key {
            Key::Readings => &self.readings,
            Key::Alerts => &self.alerts,
            Key::History => &self.history,
        }
    }
}

/// The bounds of a call.
#[derive(Deserialize)]
pub struct Limits {
    /// HTTPS requests.
    pub requests_a_call: usize,
    /// HTTPS requests of a call to one endpoint for one profile.
    pub requests_a_profile: usize,
    /// HTTPS requests under way.
    pub requests_at_once: usize,
    /// Milliseconds. A delay before a request is rounded up to a multiple of them.
    pub delay_step_ms: u32,
    /// Seconds for all batches of a call.
    pub batch_deadline_seconds: u64,
    /// The same where somebody in a chat waits for the reply.
    pub chat_deadline_seconds: u64,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Bytes of all bodies of a batch.
    pub batch_body_bytes: usize,
    /// Chat messages.
    pub messages_a_call: usize,
    /// Parts of a reply.
    pub parts_a_reply: usize,
    /// Bytes of a button's value.
    pub button_bytes: usize,
    /// Conversations that are told of changes.
    pub subscriptions: usize,
    /// Claims of all calls that count as recent: of more, those go that would lapse first.
    pub recent_claims: usize,
    /// The longest that a claim counts as recent, in seconds, whatever is asked for.
    pub claim_seconds: u32,
    /// Calls of the host, of any kind.
    pub host_calls: u32,
    /// Bytes of the guest's memory.
    pub guest_memory_bytes: usize,
    /// Fuel, about one unit an instruction.
    pub guest_fuel: u64,
    /// Bytes that the guest may hand out in one call of the host or as a reply.
    pub guest_output_bytes: usize,
    /// Seconds for a whole call of `codex-usage`.
    pub call_deadline_seconds: u64,
    /// Seconds for a whole call of `codex-auth`, which may run five gateway
    /// commands. A login that a person sits at does not count.
    pub change_deadline_seconds: u64,
}

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../policy.json"))
        .unwrap_or_else(|error| panic!("policy.json, part of this program, is wrong: {error}"))
});

/// The policy.
pub fn policy() -> &'static Policy {
    &POLICY
}

/// Returns whether `agent` can name an agent: it becomes part of a path and of a command.
pub fn is_agent(agent: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&agent.len()) && agent.chars().all(fits) && !agent.starts_with(['.', '-'])
}

/// Returns whether `value` can be a button's: visible ASCII, which every channel brings back as it
/// was sent.
pub fn is_button(value: &str) -> bool {
    let most = policy().limits.button_bytes;
    (1..=most).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The gateway command that a change is.
#[derive(Debug, PartialEq, Eq)]
pub struct Granted {
    /// Its arguments.
    pub argv: Vec<String>,
    /// The time it may take.
    pub patience: Duration,
}

impl GatewayGrants {
    /// The arguments of a query, or nothing where the policy does not grant it.
    pub fn argv(&self, query: &str, agent: &str, provider: Option<&str>) -> Option<Vec<String>> {
        let words = &self.queries.get(query)?.argv;
        self.fill(words, agent, provider, &[])
    }

    /// The gateway command of a change whose ids are all stored, or nothing where
    /// the policy does not grant it.
    pub fn granted(&self, change: &Change, agent: &str) -> Option<Granted> {
        let (name, provider, profiles) = match change {
            Change::AuthOrderSet { provider, profiles } => {
                ("auth-order-set", Some(provider), profiles.as_slice())
            }
            Change::AuthOrderClear { provider } => ("auth-order-clear", Some(provider), &[][..]),
            Change::AuthLogin { provider, profile } => match profile {
                Some(profile) => ("auth-login-as", Some(provider), std::slice::from_ref(profile)),
                None => ("auth-login", Some(provider), &[][..]),
            },
            Change::AuthLogout { profile } => ("auth-logout", None, std::slice::from_ref(profile)),
        };
        let distinct: BTreeSet<&String> = profiles.iter().collect();
        if distinct.len() < profiles.len() || !profiles.iter().all(|id| self.is_profile_id(id)) {
            return None;
        }
        let grant = self.changes.get(name)?;
        let provider = provider.map(String::as_str);
        Some(Granted {
            argv: self.fill(&grant.argv, agent, provider, profiles)?,
            patience: Duration::from_secs(grant.timeout_seconds),
        })
    }

    fn fill(
        &self,
        words: &[String],
        agent: &str,
        provider: Option<&str>,
        profiles: &[String],
    ) -> Option<Vec<String>> {
        let known = |name: &str| self.providers.iter().any(|provider| provider == name);
        if !is_agent(agent) || !provider.is_none_or(known) {
            return None;
        }
        let mut argv = Vec::new();
        for word in words {
            match word.as_str() {
                "{agent}" => argv.push(agent.to_owned()),
                "{agent-option}" if agent.eq_ignore_ascii_case("main") => {}
                "{agent-option}" => argv.extend(["--agent".to_owned(), agent.to_owned()]),
                "{provider}" => argv.push(provider?.to_owned()),
                "{profile}" => argv.push(profiles.first()?.clone()),
                "{profiles}" if profiles.is_empty() => return None,
                "{profiles}" => argv.extend_from_slice(profiles),
                _ => argv.push(word.clone()),
            }
        }
        Some(argv)
    }

    /// Returns whether `id` is one argument of a command line, and nothing else.
    fn is_profile_id(&self, id: &str) -> bool {
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        (1..=self.id_bytes).contains(&id.len()) && !id.starts_with('-') && !id.contains(is_odd)
    }

    /// Returns the time that a query may take.
    pub fn patience(&self, query: &str) -> Duration {
        let seconds = self.queries.get(query).map(|query| query.timeout_seconds);
        Duration::from_secs(seconds.unwrap_or(0))
    }

    /// Returns the part of a query's JSON that is handed in.
    pub fn filtered(&self, query: &str, output: &Value) -> Option<Value> {
        keep(&self.queries.get(query)?.keys, output)
    }
}

/// Cuts `value` down to `pattern`: named keys only, plain values only.
fn keep(pattern: &Value, value: &Value) -> Option<Value> {
    match (pattern, value) {
        (Value::Bool(true), Value::Array(items)) if items.iter().all(Value::is_string) => {
            Some(value.clone())
        }
        (Value::Bool(true), Value::Array(_) | Value::Object(_)) => None,
        (Value::Bool(true), plain) => Some(plain.clone()),
        (Value::Object(keys), Value::Object(object)) => {
            let kept = keys
                .iter()
                .filter_map(|(key, pattern)| Some((key.clone(), keep(pattern, object.get(key)?)?)));
            Some(Value::Object(kept.collect::<Map<_, _>>()))
        }
        (Value::Array(one), Value::Array(items)) => {
            let pattern = one.first()?;
            Some(items.iter().filter_map(|item| keep(pattern, item)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net;

    /// Cases that the other host is tried with, too.
    #[derive(Deserialize)]
    struct Table {
        queries_refused: Vec<Asked>,
        changes_granted: Vec<Command>,
        changes_refused: Vec<Change>,
        ids_refused: Vec<String>,
        ids_granted: Vec<String>,
    }

    #[derive(Deserialize)]
    struct Asked {
        agent: String,
        provider: Option<String>,
    }

    #[derive(Deserialize)]
    struct Command {
        change: Change,
        agent: String,
        argv: String,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("../tables/arguments.json")).expect("a table")
    }

    #[test]
    fn the_allow_list_is_the_endpoints_that_the_client_knows() {
        let endpoints = &policy().endpoints;
        assert_eq!(endpoints.len(), net::Endpoint::ALL.len());
        for endpoint in net::Endpoint::ALL {
            assert_eq!(endpoints[endpoint.name()].url, endpoint.url());
            assert_eq!(endpoints[endpoint.name()].method, "GET");
        }
        assert_eq!(policy().limits.body_bytes, crate::net::BODY_CAP);
    }

    #[test]
    fn arguments_are_filled_in_only_with_what_is_granted() {
        let gateway = &policy().gateway;
        let argv =
            |agent: &str, provider: Option<&str>| gateway.argv("auth-order-get", agent, provider);
        assert_eq!(
            argv("main", Some("openai")).map(|argv| argv.join(" ")).as_deref(),
            Some("models auth order get --provider openai --agent main --json")
        );
        for (query, filled) in
            [("version", "--version"), ("models-status", "models status --json --agent ops")]
        {
            let argv = gateway.argv(query, "ops", None).map(|argv| argv.join(" "));
            assert_eq!(argv.as_deref(), Some(filled));
        }
        for Asked { agent, provider } in table().queries_refused {
            assert_eq!(argv(&agent, provider.as_deref()), None, "{agent:?} {provider:?}");
        }
        assert_eq!(gateway.argv("auth-logout", "main", None), None);
    }

    fn granted(change: &Change, agent: &str) -> Option<String> {
        let granted = policy().gateway.granted(change, agent)?;
        Some(granted.argv.join(" "))
    }

    #[test]
    fn a_change_becomes_the_one_command_of_its_kind() {
        for command in table().changes_granted {
            let Command { change, agent, argv } = command;
            assert_eq!(granted(&change, &agent), Some(argv), "{change:?}");
        }
    }

    /// The changes that name only this profile.
    fn naming(id: &str) -> [Change; 3] {
        let provider = || "openai".to_owned();
        let profile = || id.to_owned();
        [
            Change::AuthOrderSet { provider: provider(), profiles: vec![profile()] },
            Change::AuthLogin { provider: provider(), profile: Some(profile()) },
            Change::AuthLogout { profile: profile() },
        ]
    }

    #[test]
    fn no_id_is_more_than_one_plain_argument() {
        let table = table();
        for change in table.ids_refused.iter().flat_map(|id| naming(id)) {
            assert_eq!(granted(&change, "main"), None, "{change:?}");
        }
        // What a shell would understand is a plain argument here: there is no shell.
        for change in table.ids_granted.iter().flat_map(|id| naming(id)) {
            assert!(granted(&change, "main").is_some(), "{change:?}");
        }
        for change in table.changes_refused {
            assert_eq!(granted(&change, "main"), None, "{change:?}");
        }
    }

    #[test]
    fn a_leaky_status_is_cut_down_to_the_named_keys() {
        let status: Value =
            serde_json::from_str(include_str!("../cases/readers/models-status-leaky.json"))
                .expect("a recorded status");
        let kept = policy().gateway.filtered("models-status", &status["response"]["body"]);
        let kept = kept.expect("an object").to_string();
        assert!(!kept.contains("FAKE-LEAKED"), "{kept}");
        assert!(!kept.contains("storePath"), "{kept}");
        assert!(kept.contains(r#""profileId":"openai:b""#), "{kept}");
        assert!(kept.contains(r#""until":1790432000000"#), "{kept}");
    }

    #[test]
    fn what_is_not_named_is_left_out_at_every_level() {
        // Each object holds what may be in it, and as much that may not.
        let more = |mut object: Value| {
            for key in ["storePath", "access", "remainingMs"] {
                object[key] = "FAKE".into();
            }
            object
        };
        let named = |keys: &[&str]| -> Value {
            let named = keys.iter().map(|key| ((*key).to_owned(), (*key).into()));
            Value::Object(named.collect())
        };
        let status = |more: &dyn Fn(Value) -> Value| {
            let profile = ["expiresAt", "profileId", "provider", "reasonCode", "status", "type"];
            let unusable = ["kind", "profileId", "provider", "reason", "until"];
            let mut provider = named(&["provider", "status"]);
            provider["effectiveProfiles"] = vec![more(named(&["profileId"]))].into();
            let oauth = serde_json::json!({
                "profiles": [more(named(&profile))],
                "providers": [more(provider)],
            });
            let auth = serde_json::json!({
                "oauth": more(oauth),
                "unusableProfiles": [more(named(&unusable))],
            });
            more(serde_json::json!({"agentId": "main", "auth": more(auth)}))
        };
        let order = named(&["agentId", "order", "provider"]);
        let version = named(&["version"]);
        for (query, told, kept) in [
            ("models-status", status(&more), status(&|same| same)),
            ("auth-order-get", more(order.clone()), order),
            ("version", more(version.clone()), version),
        ] {
            assert_eq!(policy().gateway.filtered(query, &told), Some(kept));
        }
    }

    #[test]
    fn where_one_value_is_named_no_more_comes_in() {
        for (told, kept) in [
            (r#"{"order":["openai:a",{"access":"FAKE"}]}"#, "{}"),
            (r#"{"order":["openai:a",["FAKE"]]}"#, "{}"),
            (r#"{"order":{"access":"FAKE"}}"#, "{}"),
            (r#"{"provider":{"access":"FAKE"},"agentId":"main"}"#, r#"{"agentId":"main"}"#),
        ] {
            let told: Value = serde_json::from_str(told).expect("an output");
            let found = policy().gateway.filtered("auth-order-get", &told);
            assert_eq!(found.map(|found| found.to_string()).as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_query_may_take_as_long_as_it_needs_and_another_no_time() {
        let patience = |query| policy().gateway.patience(query).as_secs();
        let queries = ["version", "models-status", "auth-order-get", "doctor"];
        assert_eq!(queries.map(patience), [10, 90, 90, 0]);
    }

    #[test]
    fn an_order_of_null_stays_null_and_an_order_stays_an_order() {
        let recorded: Value = serde_json::from_str(include_str!("../cases/readers/order-get.json"))
            .expect("a recorded order");
        let kept = policy().gateway.filtered("auth-order-get", &recorded["response"]["body"]);
        assert_eq!(
            kept.map(|kept| kept.to_string()).as_deref(),
            Some(r#"{"agentId":"main","order":null,"provider":"openai"}"#)
        );
        let set = serde_json::json!({"order": recorded["variants"]["order"][0]});
        let kept = policy().gateway.filtered("auth-order-get", &set);
        assert_eq!(
            kept.map(|kept| kept.to_string()).as_deref(),
            Some(r#"{"order":["openai:a","openai:b"]}"#)
        );
    }
}
