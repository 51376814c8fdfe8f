//! Properties of replies about generated fleets: whatever profiles answer, and whatever
//! is remembered of them, a reply stays true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::advice::{self, Advice};
use super::change::{self, Confirm};
use super::check::check;
use super::{Locale, Message, ReplyContext, Screen, guide};
use crate::command::{CheckOptions, Format};
use crate::decimal::Decimal;
use crate::order::{self, OrderRequest};
use crate::outlook::Outlook;
use crate::pace::pace;
use crate::profile::{
    Access, Finding, Key, Profile, ProfileId, SignIns, tests::profile, tests::sign_ins as stored,
};
use crate::readings::{Change, Known, Readings};
use crate::report::{Report, Row, Tries};
use crate::rotation::{self, Preferences, Ranked, Tier, tests::Dice};
use crate::time::{self, HOUR, Instant, LATEST, Zone};
use crate::usage::{Answer, Outcome, Rejection, UsageError, Verdict, WindowState, read_response};

const NOW: Instant = 1_795_372_800;
const SALT: &str = "salt";

/// Stands in every place where something secret or personal could, and may never be
/// said, in whatever case.
const CANARY: &str = "canary";

/// Ids as people give them, and as nobody should. Some cannot stand on a command line.
const IDS: [&str; 18] = [
    "openai:work",
    "openai-codex:work",
    "openai:default",
    "openai:CANARYuser@CANARYhost.example.invalid",
    "openai:CANARYother@CANARYhost.example.invalid",
    "openai-codex:CANARYuser@CANARYhost.example.invalid",
    "openai:默认账号",
    "openai:🦊💳🦊",
    "openai:\u{202e}שלום עולם",
    "openai:مرحبا",
    "openai:two words",
    "openai:all",
    "openai:",
    "-openai:dash",
    "openai:Ünïcode",
    "openai:lab",
    "openai:zeta.9",
    "plain",
];

/// Ids that an order names and nobody has.
const GONE: [&str; 3] = [
    "openai:gone",
    "openai:CANARYgone@CANARYhost.example.invalid",
    "openai:also gone",
];

/// A check that somebody made, and all that it is told by.
struct World {
    sign_ins: SignIns,
    /// Outcomes, by the place of the profile in the store.
    came: Vec<(usize, Came, Tries)>,
    context: ReplyContext,
    options: CheckOptions,
    /// Bytes that are kept of earlier checks.
    kept: Vec<u8>,
    burn_first: Vec<String>,
    preserve: Vec<String>,
}

/// The outcome for one profile.
#[derive(Clone)]
enum Came {
    Answer(Answer),
    Failure(UsageError),
}

impl Came {
    /// The same, so many seconds later.
    fn read(&self, later: i64) -> Outcome {
        match self {
            Self::Answer(answer) => read_response(&Answer {
                received_at: answer.received_at + later,
                ..answer.clone()
            }),
            Self::Failure(error) => Err(error.clone()),
        }
    }
}

impl World {
    fn report(&self, now: Instant) -> Report<'_> {
        let mut report = self.report_of(&self.came, now);
        report.recall(&Readings::from_bytes(&self.kept), SALT);
        report
    }

    /// At `now`, everything as much later as that is.
    fn report_of(&self, came: &[(usize, Came, Tries)], now: Instant) -> Report<'_> {
        let later = now - self.context.now;
        let checked = came.iter().map(|(index, came, tries)| {
            (&self.sign_ins.profiles[*index], came.read(later), *tries)
        });
        Report::new(&self.sign_ins, checked.collect(), now)
    }

    fn preferences(&self) -> Preferences<'_> {
        let mut preferences = Preferences::default();
        for (names, burns) in [(&self.burn_first, true), (&self.preserve, false)] {
            for name in names {
                match (self.sign_ins.find(name), burns) {
                    (crate::profile::Found::One(one), true) => {
                        preferences.burn_first.push(one.id.clone());
                    }
                    (crate::profile::Found::One(one), false) => {
                        preferences.preserve.push(one.id.clone());
                    }
                    _ => preferences.unknown.push(name),
                }
            }
        }
        preferences
    }

    /// Everything that is said of it: for people, and for programs.
    fn said(&self) -> Vec<(String, String)> {
        let report = self.report(self.context.now);
        let advice = Advice::new(&report, &self.preferences(), self.context.now);
        let message = |message: Message| (message.text, message.document.expect("a document"));
        vec![
            message(check(&self.context, &advice, &self.options)),
            message(advice::best(&self.context, &advice)),
            message(guide::short(&self.context, &advice)),
            message(guide::deep(&self.context, &advice, None)),
            message(guide::deep(&self.context, &advice, Some("2026.9.6"))),
        ]
    }
}

/// Values that the endpoint may send in the place of a number, a truth, a time or a name.
impl Dice {
    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from) as usize) as i64
    }

    fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    fn oddity(&mut self) -> Value {
        match self.below(20) {
            0 => Value::Null,
            1 => json!(-7),
            2 => json!(0),
            3 => json!(1e308),
            4 => json!(-1e308),
            5 => json!("NaN"),
            6 => json!("inf"),
            7 => json!(i64::MIN),
            8 => json!(i64::MAX),
            9 => json!(u64::MAX),
            10 => json!("1e400"),
            11 => json!("CANARY"),
            12 => json!([1, { "CANARY": "CANARY" }]),
            13 => json!({ "CANARY": "CANARY", "type": "CANARY" }),
            14 => json!(true),
            15 => json!("false"),
            16 => json!("99.6"),
            17 => json!(-0.0),
            18 => json!(""),
            _ => json!(1e-9),
        }
    }

    /// `value`, most of the time.
    fn or_odd(&mut self, value: Value) -> Value {
        match self.one_in(12) {
            true => self.oddity(),
            false => value,
        }
    }

    /// Puts `value` there, or something else, or nothing.
    fn put(&mut self, to: &mut Value, key: &str, value: Value) {
        if !self.one_in(12) {
            to[key] = self.or_odd(value);
        }
    }

    /// A time, in one of the forms that were seen, or out of all proportion.
    fn time(&mut self, at: Instant) -> Value {
        let utc = zone("UTC", &[]);
        match self.below(16) {
            0 => json!(at * 1000),
            1 => json!(utc.rfc3339(at)),
            2 => json!(at - 40 * 86_400),
            3 => json!(LATEST),
            4 => json!(LATEST + 1),
            5 => self.oddity(),
            _ => json!(at),
        }
    }

    fn truth(&mut self, value: bool) -> Value {
        match self.one_in(10) {
            true => self.one_of(&[json!(!value), json!("true"), json!(0), Value::Null]),
            false => json!(value),
        }
    }

    fn metered(&mut self, now: Instant) -> Value {
        let length = self.of(&[
            5 * HOUR,
            5 * HOUR,
            7 * 86_400,
            7 * 86_400,
            30 * 86_400,
            5 * HOUR - 60,
            86_400,
            3 * HOUR,
            61,
            315_360_000,
        ]);
        let left = self.between(1, length + 1);
        let used = match self.below(12) {
            0 => json!(99.6),
            1 => json!(0),
            2 => json!(100),
            3 => json!("33.25"),
            4 => json!(140),
            _ => json!(self.below(100)),
        };
        let left = if used == json!(0) && self.one_in(2) {
            length
        } else {
            left
        };
        let mut window = json!({});
        self.put(&mut window, "used_percent", used);
        self.put(&mut window, "limit_window_seconds", json!(length));
        let at = self.time(now + left);
        self.put(&mut window, "reset_at", at);
        self.put(&mut window, "reset_after_seconds", json!(left));
        self.or_odd(window)
    }

    fn quota(&mut self, now: Instant, most: usize) -> Value {
        let mut quota = json!({});
        let is_allowed = !self.one_in(4);
        let allowed = self.truth(is_allowed);
        self.put(&mut quota, "allowed", allowed);
        let reached = self.truth(!is_allowed);
        self.put(&mut quota, "limit_reached", reached);
        let slots = ["primary_window", "secondary_window", "tertiary_window"];
        for index in 0..self.below(most) {
            let slot = slots
                .get(index)
                .map_or(format!("w{index}_window"), |slot| (*slot).to_owned());
            quota[slot] = self.metered(now);
        }
        quota
    }

    fn spend(&mut self, now: Instant) -> Value {
        let mut limit = json!({ "limit": "1000.00" });
        let share = self.below(101);
        self.put(&mut limit, "remaining_percent", json!(share));
        self.put(&mut limit, "remaining", json!("12.5"));
        let at = self.between(-HOUR, 40 * 86_400);
        let at = self.time(now + at);
        self.put(&mut limit, "reset_at", at);
        let named = self.of(&["CANARY", "group_shared", "workspace_shared"]);
        let mut spend = json!({ "reached_limit_type": named });
        let reached = self.one_in(6);
        let reached = self.truth(reached);
        self.put(&mut spend, "reached", reached);
        let key = self.of(&["individual_limit", "monthly_limit", "group_shared_limit"]);
        if key == "group_shared_limit" {
            limit = json!({ "group_id": "CANARY", "group_name": "CANARY", "details": limit });
        }
        self.put(&mut spend, key, limit);
        spend
    }

    fn body(&mut self, of: &Profile, now: Instant) -> Value {
        let mut body = json!({ "email": "CANARY@example.invalid" });
        let own = |id: &Option<String>| id.clone().map_or(Value::Null, Value::from);
        if !self.one_in(6) {
            body["account_id"] = own(&of.identity.account_id);
            body["user_id"] = own(&of.identity.user_id);
        }
        if self.one_in(15) {
            body["user_id"] = json!("user-CANARY-somebody-else");
        }
        if self.one_in(15) {
            body["account_id"] = self.oddity();
        }
        // Any plain word may be the name of a plan.
        body["plan_type"] = self.one_of(&[
            json!("plus"),
            json!("pro"),
            json!("brand_new plan"),
            json!("CANARY@example.invalid"),
            json!("eyJCANARY"),
            json!(""),
            json!(7),
            json!({ "CANARY": "CANARY" }),
            Value::Null,
        ]);
        let most = if self.one_in(12) { 10 } else { 4 };
        let quota = match self.one_in(10) {
            true => Value::Null,
            false => self.quota(now, most),
        };
        self.put(&mut body, "rate_limit", quota);
        if self.one_in(2) {
            let balance = self.of(&["0", "412.5", "0.001", "-3", "1e30", "CANARY", "00012"]);
            let mut credits = json!({});
            for key in ["has_credits", "unlimited", "overage_limit_reached"] {
                let holds = self.one_in(match key {
                    "has_credits" => 1,
                    _ => 5,
                });
                let holds = self.truth(holds);
                self.put(&mut credits, key, holds);
            }
            self.put(&mut credits, "balance", json!(balance));
            body["credits"] = self.or_odd(credits);
        }
        if self.one_in(4) {
            let spend = self.spend(now);
            body["spend_control"] = self.or_odd(spend);
        }
        if self.one_in(8) {
            let reached = self.of(&[
                "rate_limit_reached",
                "workspace_owner_credits_depleted",
                "workspace_member_credits_depleted",
                "workspace_owner_usage_limit_reached",
                "workspace_member_usage_limit_reached",
                "workspace_CANARY",
                "CANARY",
                "",
            ]);
            let is_object = self.one_in(2);
            body["rate_limit_reached_type"] = match is_object {
                true => json!({ "type": reached }),
                false => json!(reached),
            };
        }
        if self.one_in(4) {
            let count = self.one_of(&[
                json!(1),
                json!(3),
                json!(i64::MAX),
                json!(u64::MAX),
                json!(1e300),
            ]);
            let mut banked = json!({ "available_count": count, "applicable_available_count": 1 });
            let at = self.between(-HOUR, 3 * 86_400);
            let credit = json!({
                "id": "CANARY", "title": "CANARY", "status": "available",
                "expires_at": self.time(now + at),
            });
            self.put(&mut banked, "credits", json!([credit]));
            body["rate_limit_reset_credits"] = banked;
        }
        self.besides(&mut body, now);
        body
    }

    /// Pools, models, and what no version knows.
    fn besides(&mut self, body: &mut Value, now: Instant) {
        if self.one_in(4) {
            body["code_review_rate_limit"] = self.quota(now, 3);
        }
        if self.one_in(4) {
            let quota = self.quota(now, 3);
            body["additional_rate_limits"] = json!([
                { "metered_feature": "spark", "rate_limit": quota },
                { "metered_feature": "CANARY@example.invalid", "rate_limit": quota },
                { "limit_name": "sk-CANARY", "rate_limit": quota },
                "CANARY",
            ]);
        }
        if self.one_in(4) {
            let at = self.time(now + HOUR);
            body["model_usage"] = json!({
                "gpt-6": { "available": false, "available_at": at, "credits_would_enable": true },
                "rt_CANARY": { "available": false },
                "CANARY@example.invalid": { "available": false },
            });
        }
        if self.one_in(4) {
            body["CANARY"] = json!({ "CANARY": ["CANARY"] });
        }
    }

    fn answer(&mut self, of: &Profile, now: Instant) -> Answer {
        let status = match self.below(12) {
            0 => self.of(&[
                201, 302, 401, 401, 402, 403, 403, 404, 418, 429, 429, 500, 503,
            ]),
            _ => 200,
        };
        let mut body = match status {
            200 => self.body(of, now),
            _ => {
                let code = self.of(&[
                    "CANARY",
                    "token_expired",
                    "token_revoked",
                    "deactivated_workspace",
                    "usage_limit_reached",
                ]);
                let at = self.time(now + HOUR);
                json!({ "error": {
                    "code": code, "message": "CANARY CANARY@example.invalid", "resets_at": at,
                    "resets_in_seconds": self.oddity(),
                } })
            }
            .clone(),
        }
        .to_string();
        if self.one_in(40) {
            body.truncate(body.len() / 2);
        }
        // Clocks jump.
        let age = match self.below(14) {
            0 => self.between(-2 * 86_400, 2 * 86_400),
            1 => self.of(&[-901, -900, -899, 899, 900, 901]),
            _ => self.between(0, 5),
        };
        Answer {
            status,
            retry_after: self
                .maybe(&[
                    "5",
                    "99999999999999999999",
                    "CANARY",
                    "-1",
                    "Sun, 06 Nov 1994 08:49:37 GMT",
                ])
                .map(str::to_owned),
            content_type: self
                .maybe(&["application/json", "application/json", "CANARY"])
                .map(str::to_owned),
            challenged: self.one_in(60),
            body: body.into_bytes(),
            received_at: now + age,
        }
    }

    fn failure(&mut self, now: Instant) -> UsageError {
        let seconds = self.maybe(&[0, 5, 61, 3600]);
        let later = |by: i64| (now + by).clamp(1, LATEST);
        let at = self.maybe(&[later(-1), later(HOUR), later(86_400), LATEST]);
        let access = self.of(&[Access::Expired, Access::Fenced, Access::Missing]);
        let rejection = self.of(&[Rejection::Expired, Rejection::Revoked, Rejection::Unknown]);
        let failures = [
            UsageError::AuthNotAccepted(rejection),
            UsageError::AccountDeactivated,
            UsageError::BillingRequired,
            UsageError::Forbidden,
            UsageError::UpstreamChallenge,
            UsageError::EndpointMissing,
            UsageError::RateLimited(seconds),
            UsageError::QuotaExhausted(at),
            UsageError::UnexpectedRedirect,
            UsageError::ServerError(seconds),
            UsageError::BadContent,
            UsageError::Timeout,
            UsageError::RequestFailed,
            UsageError::NotChecked,
            UsageError::MissingAccessToken(access),
        ];
        self.one_of(&failures)
    }

    fn came(&mut self, sign_ins: &SignIns, now: Instant) -> Vec<(usize, Came, Tries)> {
        let mut came = Vec::new();
        // Sometimes the network or the endpoint fails all of them alike.
        let outage = self
            .one_in(10)
            .then(|| UsageError::RateLimited(self.maybe(&[60])));
        for (index, profile) in sign_ins.profiles.iter().enumerate() {
            if let Some(error) = &outage {
                let tries = Tries {
                    attempt: 1,
                    status: Some(429),
                    ..Tries::default()
                };
                came.push((index, Came::Failure(error.clone()), tries));
                continue;
            }
            let one = match self.one_in(7) {
                true => Came::Failure(self.failure(now)),
                false => Came::Answer(self.answer(profile, now)),
            };
            let tries = Tries {
                attempt: self.below(3) as u32,
                elapsed_ms: self.of(&[0, 203, u32::MAX]),
                status: self.maybe(&[200, 401, 503]),
                answered_at: match &one {
                    Came::Answer(answer) => Some(answer.received_at),
                    Came::Failure(_) => None,
                },
            };
            came.push((index, one, tries));
        }
        came
    }

    /// A stored instant: hosts hand in none outside of four-digit years.
    fn stored(&mut self, now: Instant) -> Option<Instant> {
        let apart = self.maybe(&[-86_400, -1, 0, 1, HOUR, 9 * 86_400, i64::MIN, i64::MAX])?;
        Some(now.saturating_add(apart).clamp(0, LATEST))
    }

    fn sign_ins(&mut self, now: Instant) -> SignIns {
        let mut ids: Vec<String> = IDS.iter().map(|id| (*id).to_owned()).collect();
        ids.push(format!("openai:{}", "long".repeat(60)));
        ids.push(format!(
            "openai:CANARY{}@CANARYhost.invalid",
            "long".repeat(20)
        ));
        self.shuffle(&mut ids);
        ids.truncate(self.below(13));
        let mut all = stored(&[]);
        for id in &ids {
            let mut profile = profile(id);
            let person = self.below(6);
            let account = format!("CANARY-account-{}", person / 2);
            let user = format!("user-CANARY{person}");
            profile.identity.account_id = (!self.one_in(5)).then_some(account);
            profile.identity.user_id = (!self.one_in(5)).then_some(user);
            profile.access = self.of(&[
                Access::Ready,
                Access::Ready,
                Access::Expired,
                Access::Fenced,
            ]);
            profile.has_refresh = !self.one_in(4);
            profile.expires_at = self.stored(now);
            profile.last_used_at = self.stored(now);
            profile.last_failure_at = self.stored(now);
            if self.one_in(5) {
                profile.cooldown_until = self.stored(now);
                profile.cooldown_reason = self
                    .maybe(&["rate_limit", "auth_permanent"])
                    .map(str::to_owned);
            }
            all.profiles.push(profile);
        }
        for (id, handle, is_api_key) in [
            ("openai:key", "cccccccc", true),
            ("openai:pasted token", "dddddddd", false),
        ] {
            if self.one_in(4) {
                all.keys.push(Key {
                    id: ProfileId::new(id),
                    handle: handle.to_owned(),
                    name: String::new(),
                    is_api_key,
                });
            }
        }
        all.order = self.order(&all);
        all.inherited_order = self.order(&all);
        let ids: Vec<ProfileId> = all.profiles.iter().map(|each| each.id.clone()).collect();
        if !ids.is_empty() && !self.one_in(4) {
            all.last_good = Some(self.one_of(&ids));
        }
        let findings = [
            Finding::BothStores,
            Finding::LegacyAuthJson,
            Finding::MigratedPlainTokens,
            Finding::StaleCooldown,
            Finding::OrderNamesMissing,
            Finding::MixedProviders,
            Finding::SkippedEntries,
        ];
        all.findings = findings.into_iter().filter(|_| self.one_in(20)).collect();
        all.describe(false);
        all
    }

    fn order(&mut self, of: &SignIns) -> Option<Vec<ProfileId>> {
        if self.one_in(2) {
            return None;
        }
        let stored = of.profiles.iter().map(|profile| &profile.id);
        let mut ids: Vec<ProfileId> = stored
            .chain(of.keys.iter().map(|key| &key.id))
            .cloned()
            .collect();
        let is_whole = self.one_in(2);
        ids.retain(|_| is_whole || !self.one_in(3));
        for gone in GONE {
            if self.one_in(10) {
                ids.push(ProfileId::new(gone));
            }
        }
        self.shuffle(&mut ids);
        if self.one_in(10) {
            let twice = ids.first().cloned();
            ids.extend(twice);
        }
        Some(ids)
    }

    fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while !self.one_in(3) {
            let unknown = [
                "nobody",
                "CANARYnobody@CANARYhost.example.invalid",
                "\u{202e}",
                "",
            ];
            names.push(match self.one_in(3) {
                true => self.of(&unknown).to_owned(),
                false => self.of(&IDS).to_owned(),
            });
        }
        names
    }

    fn context(&mut self, now: Instant) -> ReplyContext {
        let berlin = [
            (0, 3600),
            (1_774_746_000, 7200),
            (1_792_890_000, 3600),
            (NOW + 86_400, 7200),
        ];
        let zones = [
            zone("", &[]),
            zone("UTC", &[]),
            zone("Europe/Berlin", &berlin),
            zone("America/St_Johns", &[(0, -12_600), (NOW - HOUR, -9000)]),
            zone("Asia/Kathmandu", &[(0, 20_700)]),
            zone("x", &[(i64::MIN, i32::MIN), (NOW + HOUR, i32::MAX)]),
        ];
        let columns = self.of(&[
            None,
            None,
            Some(0),
            Some(20),
            Some(60),
            Some(80),
            Some(100),
            Some(160),
            Some(u16::MAX),
        ]);
        ReplyContext {
            locale: self.of(&[Locale::En, Locale::Zh]),
            zone: self.one_of(&zones),
            now,
            agent: self.of(&["main", "ops"]).to_owned(),
            screen: columns.map(|columns| Screen {
                colour: self.one_in(2),
                columns,
            }),
            options: self.of(&["", "--live"]).to_owned(),
            full_ids: false,
            wants_json: true,
            session: None,
        }
    }

    /// Bytes that an earlier check of the same profiles kept, or a later one whose clock
    /// jumped since, or what a broken disk made of it.
    fn kept(&mut self, sign_ins: &SignIns, now: Instant) -> Vec<u8> {
        let mut readings = Readings::default();
        for _ in 0..self.below(3) {
            let at = match self.one_in(6) {
                true => now + self.between(1, 2 * 86_400),
                false if self.one_in(2) => now - self.between(0, 900),
                false => now - self.between(0, 8 * 86_400),
            };
            let mut came = self.came(sign_ins, at);
            came.retain(|_| !self.one_in(4));
            let checked = came
                .iter()
                .map(|(index, came, tries)| (&sign_ins.profiles[*index], came.read(0), *tries));
            let report = Report::new(sign_ins, checked.collect(), at);
            readings = readings.with(report.rows.iter().map(Row::found), SALT, at);
        }
        let mut bytes = readings.to_bytes();
        if self.one_in(3) {
            self.mutate(&mut bytes);
        }
        if self.one_in(20) {
            // The header of a newer version.
            if let Some(newer) = bytes.iter().position(|byte| *byte == b'\n') {
                bytes.insert(newer, b'9');
            }
        }
        bytes
    }

    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(12) {
            let at = self.below(bytes.len() + 1);
            match (self.below(4), at < bytes.len()) {
                (0, true) => bytes[at] = self.of(b"0123456789abcdef- \n\xff"),
                (1, true) => bytes.truncate(at.max(40)),
                (2, true) => {
                    bytes.remove(at);
                }
                _ => {
                    let extra = self.of(&[
                        "9",
                        "-",
                        " ",
                        "\n",
                        "9999999999999999999",
                        " 9223372036854775807 ",
                    ]);
                    bytes.splice(at..at, extra.bytes());
                }
            }
        }
    }

    fn world(&mut self) -> World {
        let now = match self.one_in(30) {
            true => self.of(&[0, 1, LATEST - 1]),
            false => NOW + self.between(0, 4 * 86_400),
        };
        let sign_ins = self.sign_ins(now);
        let formats = [Format::Line, Format::Block, Format::Text, Format::Json];
        World {
            came: self.came(&sign_ins, now),
            kept: self.kept(&sign_ins, now),
            sign_ins,
            context: self.context(now),
            options: CheckOptions {
                format: self.of(&formats),
                debug: self.one_in(3),
                ..CheckOptions::default()
            },
            burn_first: self.names(),
            preserve: self.names(),
        }
    }
}

fn zone(name: &str, transitions: &[(Instant, i32)]) -> Zone {
    Zone {
        name: name.to_owned(),
        transitions: transitions.to_vec(),
    }
}

/// `count` fleets; each is known by its number alone.
fn each_world(seed: u64, count: u64, mut check: impl FnMut(&World, &str)) {
    for number in 0..count {
        let mut dice = Dice(seed << 32 | number);
        check(&dice.world(), &format!("fleet {number} of {seed}"));
    }
}

/// Asserts that a text says nothing absurd and nothing private.
fn check_text(text: &str, which: &str) {
    let fail = |what: &str| panic!("{which}: {what} in\n{text}");
    for odd in ["NaN", "{", "}", " in -", "None", "Some("] {
        if text.contains(odd) {
            fail(odd);
        }
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|word| word == "inf") {
        fail("inf");
    }
    if text.to_ascii_lowercase().contains(CANARY) {
        fail(CANARY);
    }
    if text
        .lines()
        .any(|line| line.len() > 4000 && line.chars().count() > 4000)
    {
        fail("a line without an end");
    }
    // A reset may move back, and says so.
    let text = text.replace("moved by -", "");
    for (at, _) in text.match_indices('-') {
        let rest = &text[at + 1..];
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_number = unit.len() < rest.len();
        let units = [
            "%", "m ", "h ", "d ", "m,", "h,", "d,", " 分", " 小时", " 天", " Days", " Hours",
            " Minutes",
        ];
        if is_number && units.iter().any(|each| unit.starts_with(each)) {
            fail("a negative number");
        }
    }
    let mut parts = text.split('/').peekable();
    while let (Some(day), Some(month)) = (parts.next(), parts.next_if(|part| is_two_digits(part))) {
        let Some(rest) = parts.peek().filter(|_| day.len() >= 2 && month.len() == 2) else {
            continue;
        };
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let year: i64 = rest[..length].parse().expect("a year");
        if !(1970..=9999).contains(&year) {
            fail("a year that nobody meant");
        }
    }
}

fn is_two_digits(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Asserts that a document is JSON, and holds no number or time that cannot be.
fn check_document(document: &str, which: &str) {
    let value: Value = serde_json::from_str(document)
        .unwrap_or_else(|error| panic!("{which}: {error} in {document}"));
    check_value("", &value, which);
}

fn check_value(key: &str, value: &Value, which: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                check_text(key, which);
                check_value(key, value, which);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_value(key, item, which)),
        Value::Number(number) if key.ends_with("percent") => {
            let is_percent = number
                .as_f64()
                .is_some_and(|share| (0.0..=100.0).contains(&share));
            assert!(is_percent, "{which}: {key} is {number}");
        }
        Value::Number(number) if key.ends_with("_at") => {
            let is_time = number.as_i64().is_some_and(|at| (0..=LATEST).contains(&at));
            assert!(is_time, "{which}: {key} is {number}");
        }
        Value::String(text) => {
            check_text(text, which);
            let is_time = key.ends_with("_at")
                || matches!(
                    key,
                    "token_expiry" | "last_used" | "last_failure" | "cooldown_until"
                );
            assert!(
                !is_time || time::parse_rfc3339(text).is_some(),
                "{which}: {key} is {text}"
            );
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn whatever_a_fleet_answers_nothing_absurd_and_nothing_secret_is_said() {
    each_world(1, 400, |world, which| {
        for (text, document) in world.said() {
            if world.options.format != Format::Json {
                check_text(&text, which);
            }
            check_document(&document, which);
        }
    });
}

#[test]
fn the_same_check_is_told_in_the_same_words_twice() {
    for number in 0..50 {
        let world = || Dice(2 << 32 | number).world();
        let (first, second) = (world(), world());
        assert_eq!(first.said(), first.said());
        assert_eq!(first.said(), second.said());
    }
}

#[test]
fn advice_is_never_without_its_caveat() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    each_world(3, 900, |world, which| {
        let (context, now) = (&world.context, world.context.now);
        let report = world.report(now);
        let advice = Advice::new(&report, &world.preferences(), now);
        let best = advice::best(context, &advice).text;
        let short = guide::short(context, &advice).text;
        let is_english = context.locale == Locale::En;
        let says = |text: &str, en: &str, zh: &str| text.contains(if is_english { en } else { zh });
        let mut next = |what| *seen.entry(what).or_insert(0) += 1;
        let lines: Vec<&str> = best.lines().collect();
        let pick = rotation::pick(&advice.ranked);
        if report.outage().is_some() {
            for text in [&best, &short] {
                let sentence = text.lines().next().unwrap_or_default();
                assert!(says(sentence, "check", "没查成"), "{which}: {text}");
                let has_next = says(text, "Next: ", "下一个：");
                assert_eq!(has_next, pick.is_some(), "{which}: {text}");
            }
            next("outage");
            if pick.is_some() {
                next("ready a moment ago");
            }
            return;
        }
        match pick {
            Some(pick) if pick.tier == Tier::Unknown => {
                let earlier = pick.earlier.expect("what an earlier check found");
                assert!(
                    earlier.tier <= Tier::Low && earlier.at <= now,
                    "{which}: {best}"
                );
                assert!(now - earlier.at <= 900, "{which}: {best}");
                for said in [lines[2], short.lines().next().unwrap_or_default()] {
                    assert!(says(said, " ago", "前"), "{which}: {best}");
                }
                next("ready a moment ago");
            }
            Some(pick) => {
                let row = advice.row(pick);
                let name = &row.profile.name;
                // The newest reading of a quota speaks for all its labels: a label whose
                // own answer said otherwise shortly before may be picked by it.
                let speaker = &report.rows[pick.read_from].judgement;
                let server = speaker.server.unwrap_or(speaker.verdict);
                assert_eq!(server, Verdict::Usable, "{which}: {best}");
                let verdict = row.judgement.verdict;
                let is_its_own = pick.read_from == pick.index;
                assert!(!is_its_own || verdict == Verdict::Usable, "{which}: {best}");
                let is_hopeless = matches!(verdict, Verdict::Broken | Verdict::Unknown);
                assert!(!is_hopeless, "{which}: {best}");
                assert!(pick.tier <= Tier::Low, "{which}: {best}");
                assert!(row.profile.cooldown_at(now).is_none(), "{which}: {best}");
                for said in [lines[2], short.lines().next().unwrap_or_default()] {
                    let (en, zh) = (format!("Next: {name}, "), format!("下一个：{name}，"));
                    assert!(says(said, &en, &zh), "{which}: {best}");
                    let is_low = says(said, "nearly used up", "即将用尽");
                    assert_eq!(is_low, pick.tier == Tier::Low, "{which}: {best}");
                    let is_left_out = says(said, "The order leaves it out", "它不在顺序中");
                    assert_eq!(is_left_out, row.is_left_out, "{which}: {best}");
                }
                next(match pick.tier {
                    Tier::Ready => "ready",
                    _ => "low",
                });
                if row.is_left_out {
                    next("left out");
                }
            }
            None => {
                for text in [&best, &short] {
                    assert!(says(
                        text,
                        "No profile is known to be ready",
                        "目前没有确定可用的"
                    ));
                    assert!(!says(text, "Next: ", "下一个："), "{which}: {text}");
                }
                assert_eq!(advice.order(), None, "{which}");
                next("nobody");
                let mut unknown = advice.ranked.iter().filter(|one| {
                    let row = advice.row(one);
                    one.tier == Tier::Unknown && !row.needs_sign_in() && !row.is_left_out
                });
                let names = says(lines[2], "Unknown, and may", "也许可用");
                let first = unknown.next().map(|one| &advice.row(one).profile.name);
                assert_eq!(names, first.is_some(), "{which}: {best}");
                assert!(first.is_none_or(|name| lines[2].contains(name.as_str())));
            }
        }
        // Whom to wait for stands above: but not what that one costs.
        let awaited = advice.outlook.next_recovery.filter(|_| pick.is_none());
        let is_above = |one: &&Ranked| match (pick, awaited) {
            (Some(pick), _) => pick.index == one.index,
            (None, Some((row, _))) => row == one.index && one.tier == Tier::Wait,
            (None, None) => false,
        };
        let others = advice.ranked.iter().filter(|one| !is_above(one));
        // Reserve pools and banked resets come before them.
        let is_other = |line: &&&str| says(line, "Not ", "不选 ");
        let message = lines.iter().skip_while(|line| !is_other(line));
        for (other, line) in others.zip(message) {
            let row = advice.row(other);
            let name = &row.profile.name;
            let (en, zh) = (format!("Not {name}: "), format!("不选 {name}："));
            assert!(says(line, &en, &zh), "{which}: {best}");
            if other.tier == Tier::Overage {
                assert!(line.contains("credits"), "{which}: {best}");
                next("at a cost");
            }
        }
        // Nobody that costs credits is named before that is said.
        let paid = short
            .lines()
            .position(|line| says(line, "At a cost: ", "需付费："));
        let has_paid = advice.ranked.iter().any(|one| one.tier == Tier::Overage);
        assert_eq!(paid.is_some(), has_paid, "{which}: {short}");
        if let Some(order) = advice.order() {
            next("order");
            let distinct: BTreeSet<&ProfileId> = order.iter().copied().collect();
            assert_eq!(distinct.len(), order.len(), "{which}: {order:?}");
            let in_effect = world.sign_ins.order_in_effect();
            for id in order {
                assert!(
                    id.is_writable() && world.sign_ins.has(id),
                    "{which}: {id:?}"
                );
                assert!(
                    in_effect.is_none_or(|order| order.contains(id)),
                    "{which}: {id:?}"
                );
                let ranked = advice
                    .ranked
                    .iter()
                    .find(|one| advice.row(one).profile.id == *id);
                assert!(
                    ranked.is_none_or(|one| one.tier != Tier::Broken),
                    "{which}: {id:?}"
                );
            }
        }
    });
    for what in [
        "ready",
        "low",
        "ready a moment ago",
        "left out",
        "nobody",
        "outage",
        "at a cost",
        "order",
    ] {
        let count = seen.get(what).copied().unwrap_or(0);
        assert!(count >= 20, "{what} was seen {count} times: {seen:?}");
    }
}

#[test]
fn a_pace_is_of_a_clock_that_runs_and_ends_before_its_reset() {
    let (mut seen, mut ends) = (0, 0);
    each_world(4, 300, |world, which| {
        for row in &world.report(world.context.now).rows {
            let Ok(usage) = &row.outcome else {
                continue;
            };
            let pools = usage.additional.iter().flat_map(|pool| &pool.quota.windows);
            for window in usage.windows().iter().chain(pools) {
                let Some(pace) = pace(window, usage.as_of) else {
                    continue;
                };
                seen += 1;
                let percents = Decimal::ZERO..=Decimal::HUNDRED;
                assert!(percents.contains(&pace.even_left), "{which}: {pace:?}");
                assert!(percents.contains(&pace.left_at_reset), "{which}: {pace:?}");
                assert_eq!(window.state, WindowState::Running, "{which}");
                let (length, resets_at) = (window.length_seconds, window.resets_at);
                let (length, resets_at) = (length.expect("a length"), resets_at.expect("a reset"));
                let elapsed = length - (resets_at - usage.as_of);
                assert!(elapsed * 10 >= length, "{which}: {window:?}");
                if let Some(at) = pace.runs_out_at {
                    ends += 1;
                    assert!((usage.as_of..resets_at).contains(&at), "{which}: {pace:?}");
                }
            }
        }
    });
    assert!(seen > 500 && ends > 100, "{seen} {ends}");
}

#[test]
fn what_lies_ahead_lies_ahead() {
    let (mut ends, mut expiring, mut back) = (0, 0, 0);
    each_world(5, 600, |world, which| {
        let now = world.context.now;
        let report = world.report(now);
        let outlook = Advice::new(&report, &world.preferences(), now).outlook;
        let of = |verdict| {
            report
                .rows
                .iter()
                .filter(|row| row.judgement.verdict == verdict)
                .count()
        };
        assert_eq!(outlook.checked, report.rows.len(), "{which}");
        let usable = report.rows.iter().filter(|row| row.is_usable(now));
        assert_eq!(outlook.usable, usable.count(), "{which}");
        assert_eq!(outlook.unknown, of(Verdict::Unknown), "{which}");
        ends += usize::from(outlook.ends_at.is_some());
        assert!(
            outlook.ends_at.is_none_or(|at| at >= now),
            "{which}: {outlook:?}"
        );
        back += usize::from(outlook.next_recovery.is_some());
        assert!(
            outlook.next_recovery.is_none_or(|(_, at)| at > now),
            "{which}: {outlook:?}"
        );
        expiring += outlook.expiring.len();
        for one in &outlook.expiring {
            assert!(
                now < one.at && one.at <= now + 86_400,
                "{which}: {outlook:?}"
            );
            assert!(
                (Decimal::ZERO..=Decimal::HUNDRED).contains(&one.left),
                "{which}"
            );
        }
        assert!(outlook.expiring.is_sorted_by_key(|one| one.at), "{which}");
    });
    assert!(
        ends > 15 && expiring > 30 && back > 100,
        "{ends} {expiring} {back}"
    );
}

#[test]
fn it_does_not_matter_in_which_order_the_profiles_came() {
    let mut dice = Dice(6);
    each_world(7, 400, |world, which| {
        let now = world.context.now;
        let mut came = world.came.clone();
        dice.shuffle(&mut came);
        let message = |report: &Report<'_>| {
            let advice = Advice::new(report, &world.preferences(), now);
            let id = |row: usize| report.rows[row].profile.id.clone();
            let ranking: Vec<_> = advice
                .ranked
                .iter()
                .map(|one| {
                    (
                        id(one.index),
                        one.tier,
                        one.why.word(),
                        one.recovers_at,
                        id(one.read_from),
                    )
                })
                .collect();
            let Outlook {
                usable,
                left_out,
                checked,
                unknown,
                next_recovery,
                ends_at,
                expiring,
                banked,
            } = &advice.outlook;
            let expiring: Vec<_> = expiring
                .iter()
                .map(|one| {
                    (
                        id(one.row),
                        one.length_seconds,
                        one.left,
                        one.at,
                        one.is_at_pace,
                    )
                })
                .collect();
            let banked: BTreeSet<_> = banked
                .iter()
                .map(|(row, banked)| (id(*row), banked.available))
                .collect();
            let next = next_recovery.map(|(row, at)| (id(row), at));
            let outlook = (
                (*usable, *left_out),
                *checked,
                *unknown,
                next,
                *ends_at,
                expiring,
                banked,
            );
            let order: Option<Vec<ProfileId>> = advice
                .order()
                .map(|order| order.into_iter().cloned().collect());
            (
                ranking,
                outlook,
                order,
                advice::best(&world.context, &advice).text,
            )
        };
        let before = message(&world.report_of(&world.came, now));
        assert_eq!(message(&world.report_of(&came, now)), before, "{which}");
    });
}

#[test]
fn nothing_changes_by_itself_nor_backwards() {
    let mut seen = 0;
    each_world(8, 400, |world, which| {
        let now = world.context.now;
        seen += world
            .report(now)
            .rows
            .iter()
            .map(|row| row.changes(now).len())
            .sum::<usize>();
        let report = world.report_of(&world.came, now);
        let found = || report.rows.iter().map(Row::found);
        let readings = Readings::default().with(found(), SALT, now);
        let kept = Readings::from_bytes(&readings.to_bytes());
        assert_eq!(kept, readings, "{which}");
        for later in [0, 1, 30] {
            let mut again = world.report_of(&world.came, now + later);
            again.recall(&kept, SALT);
            for row in &again.rows {
                let mut changes = row.changes(now + later);
                // The end of a cooldown is a change.
                let cooldown = row.profile.cooldown_until;
                if cooldown.is_some_and(|until| until > now && until <= now + later) {
                    changes.retain(|change| *change != Change::UsableAgain);
                }
                assert_eq!(changes, [], "{which}: {:?} {row:?}", row.past);
            }
        }
        // The clock has jumped back since.
        let future = Readings::default().with(found(), SALT, now + 1);
        let mut earlier = world.report(now);
        earlier.recall(&future, SALT);
        assert!(
            earlier.rows.iter().all(|row| row.changes(now).is_empty()),
            "{which}"
        );
    });
    assert!(seen > 200, "{seen}");
}

#[test]
fn a_plan_in_place_of_a_confirmed_one_is_told_to_programs_too() {
    let sign_ins = stored(&["openai:work", "openai:home"]);
    let request = OrderRequest::Retire(ProfileId::new("openai:work"));
    let plan = order::plan(&sign_ins, &request, |_| true).expect("a plan");
    let context = Dice(1).context(NOW);
    let message = |lead: Option<String>| {
        let message = change::plan::plan(
            &context,
            &sign_ins,
            &plan,
            &Known::default(),
            &Confirm::DryRun,
            lead,
        );
        let document: Value =
            serde_json::from_str(&message.document.expect("a document")).expect("JSON");
        assert_eq!(document["suggested_user_message"], message.text);
        (
            document["ok"].clone(),
            document["state"].clone(),
            message.text,
        )
    };
    let (ok, state, text) = message(None);
    assert_eq!((ok, state), (true.into(), "planned".into()));
    let moved = change::plan_has_moved(&context);
    let (ok, state, moved_text) = message(Some(moved.clone()));
    assert_eq!((ok, state), (false.into(), "moved".into()));
    assert_eq!(moved_text, format!("{moved}\n{text}"));
}

/// The advice and the check of profiles that answered so now, and earlier so.
fn told_of(earlier: &[(&str, Outcome)], came: &[(&str, Outcome)], wait: i64) -> (String, String) {
    let ids: Vec<&str> = came.iter().map(|(id, _)| *id).collect();
    let sign_ins = stored(&ids);
    let report = |outcomes: &[(&str, Outcome)], now| {
        let checked = outcomes.iter().map(|(id, outcome)| {
            let profile = sign_ins.by_id(&ProfileId::new(*id)).expect("a profile");
            let mut outcome = outcome.clone();
            if let Ok(usage) = &mut outcome {
                usage.as_of = now;
            }
            let status = match &outcome {
                Ok(_) => 200,
                Err(UsageError::RateLimited(_)) => 429,
                Err(UsageError::ServerError(_)) if *id == "openai:c" => 503,
                Err(UsageError::ServerError(_)) => 500,
                Err(_) => 401,
            };
            let tries = Tries {
                attempt: 1,
                status: Some(status),
                answered_at: Some(now),
                ..Tries::default()
            };
            (profile, outcome, tries)
        });
        Report::new(&sign_ins, checked.collect(), now)
    };
    let before = report(earlier, NOW);
    let readings = before.rows.iter().map(Row::found);
    let readings = Readings::default().with(readings, SALT, NOW);
    let mut report = report(came, NOW + wait);
    report.recall(&readings, SALT);
    let context = ReplyContext {
        locale: Locale::En,
        zone: zone("UTC", &[]),
        screen: None,
        now: NOW + wait,
        ..Dice(1).context(NOW)
    };
    let advice = Advice::new(&report, &Preferences::default(), context.now);
    let best = advice::best(&context, &advice).text;
    (
        best,
        check(&context, &advice, &CheckOptions::default()).text,
    )
}

fn answered(body: &Value) -> Outcome {
    read_response(&crate::usage::tests::answer(200, body))
}

fn with_left(percent: i64) -> Outcome {
    let window = json!({
        "used_percent": 100 - percent, "limit_window_seconds": 18_000, "reset_after_seconds": 9000,
    });
    answered(&json!({ "rate_limit": { "allowed": percent > 0, "primary_window": window } }))
}

#[test]
fn a_profile_that_was_signed_out_stays_so_while_it_cannot_be_checked() {
    let revoked = Err(UsageError::AuthNotAccepted(Rejection::Revoked));
    let busy = Err(UsageError::RateLimited(Some(60)));
    for wait in [100, 4000] {
        let earlier = [("openai:b", revoked.clone())];
        let came = [("openai:a", with_left(0)), ("openai:b", busy.clone())];
        let (best, all) = told_of(&earlier, &came, wait);
        assert!(!best.contains("may well work"), "{best}");
        assert!(best.contains("Not b: too many requests (429)"), "{best}");
        assert!(best.contains(": signed out"), "{best}");
        assert!(all.contains(": signed out"), "{all}");
        assert!(!all.contains("may well work"), "{all}");
    }
    let earlier = [("openai:b", revoked)];
    let ready = with_left(50);
    let came = [
        ("openai:a", ready.clone()),
        ("openai:b", busy),
        ("openai:c", ready),
    ];
    let (best, _) = told_of(&earlier, &came, 100);
    assert!(best.contains("Broken, so it is without them: b"), "{best}");
}

#[test]
fn a_pick_by_an_earlier_reading_says_why_it_was_not_checked() {
    let busy = Err(UsageError::RateLimited(Some(60)));
    let earlier = [("openai:a", with_left(50))];
    let came = [("openai:a", busy.clone()), ("openai:b", with_left(0))];
    let (best, _) = told_of(&earlier, &came, 180);
    let next = "Next: a, ready 3m ago (not checked now: too many requests (429)";
    assert!(best.contains(next), "{best}");
    // Where all failed alike, that is said once.
    let (best, _) = told_of(&earlier, &came.map(|(id, _)| (id, busy.clone())), 180);
    assert!(best.contains("Next: a, ready 3m ago."), "{best}");
}

#[test]
fn server_errors_are_alike_whatever_their_number() {
    let failed = |id| (id, Err(UsageError::ServerError(None)));
    let (_, all) = told_of(&[], &[failed("openai:a"), failed("openai:c")], 0);
    assert!(all.contains("All 2 checks failed: server error;"), "{all}");
    let (_, all) = told_of(&[], &[failed("openai:a"), failed("openai:b")], 0);
    assert!(all.contains("server error (500);"), "{all}");
}

#[test]
fn an_outlook_counts_the_unknown() {
    let unknown = |id| (id, answered(&json!({})));
    let ids = ["openai:b", "openai:c"];
    let (_, all) = told_of(
        &[],
        &[unknown("openai:a"), unknown(ids[0]), unknown(ids[1])],
        0,
    );
    assert!(!all.contains("Outlook"), "{all}");
    let waits = ("openai:a", with_left(0));
    let (_, all) = told_of(&[], &[waits, unknown(ids[0]), unknown(ids[1])], 0);
    let outlook = "Outlook: 0 of 3 known to be usable · 2 unknown";
    assert!(all.contains(outlook), "{all}");
}

#[test]
fn a_banked_reset_is_advised_only_to_whom_it_helps() {
    let banked = |allowed: bool, applicable: Value| {
        let body = json!({
            "rate_limit": { "allowed": allowed, "primary_window": {
                "used_percent": 50, "limit_window_seconds": 18_000, "reset_after_seconds": 9000,
            } },
            "spend_control": { "reached": !allowed },
            "rate_limit_reset_credits": {
                "available_count": 1, "applicable_available_count": applicable,
                "credits": [{ "status": "available", "expires_at": NOW + HOUR }],
            },
        });
        told_of(
            &[],
            &[("openai:a", answered(&body)), ("openai:b", with_left(9))],
            0,
        )
        .0
    };
    for (allowed, applicable, said) in [
        (
            true,
            json!(1),
            "Use a first, or the reset, before it expires.",
        ),
        (true, json!(0), "Use a first, before it expires."),
        (false, json!(1), "Use the reset before it expires."),
        (false, json!(0), ".\nThis tool never"),
    ] {
        let best = banked(allowed, applicable);
        assert!(best.contains(said), "{best}");
        assert_eq!(best.contains("Use "), said.contains("Use "), "{best}");
    }
}

#[test]
fn a_reserve_pool_is_named_unless_a_cap_stops_it_too() {
    let reserve = |limits: Value, spend: bool, reached: Value| {
        let body = json!({
            "rate_limit": { "allowed": false }, "spend_control": { "reached": spend },
            "rate_limit_reached_type": reached,
            "additional_rate_limits": [{ "limit_name": "GPT-Reserve", "rate_limit": limits }],
        });
        told_of(
            &[],
            &[("openai:a", answered(&body)), ("openai:b", with_left(0))],
            0,
        )
        .0
    };
    let open = || json!({ "allowed": true });
    let offer = "Reserve pool still open – a: GPT-Reserve open";
    let best = reserve(open(), false, json!(null));
    assert!(best.contains(offer), "{best}");
    for best in [
        reserve(json!({ "allowed": null }), false, json!(null)),
        reserve(open(), true, json!(null)),
        reserve(open(), false, json!("workspace_member_credits_depleted")),
    ] {
        assert!(!best.contains("Reserve pool"), "{best}");
    }
}
