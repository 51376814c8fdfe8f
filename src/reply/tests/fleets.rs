//! Generated fleets: stored sign-ins, answers as odd as an endpoint may send, and bytes as
//! broken as a disk may keep.

use serde_json::{Value, json};

use crate::command::{CheckOptions, Format};
use crate::profile::tests::{name_and_place, profile, sign_ins as stored};
use crate::profile::{Access, Finding, Ids, Key, KeyKind, Profile, ProfileId, SignIns};
use crate::readings::Readings;
use crate::reply::advice::Advice;
use crate::reply::check::check;
use crate::reply::{Locale, Message, ReplyContext, Screen, best, guide};
use crate::report::{Report, Row, Tries};
use crate::rotation::Preferences;
use crate::rotation::tests::Dice;
use crate::time::{HOUR, Instant, LATEST, Zone, rfc3339};
use crate::usage::{HttpResponse, Outcome, Rejection, UsageError, read_response};

pub(super) const NOW: Instant = 1_795_372_800;
pub(super) const SALT: &str = "salt";

/// Stands in every place where something secret or personal could, and may never be
/// said, in whatever case.
pub(super) const CANARY: &str = "canary";

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
const GONE: [&str; 3] =
    ["openai:gone", "openai:CANARYgone@CANARYhost.example.invalid", "openai:also gone"];

/// A check that somebody made, and all that it is told by.
pub(super) struct World {
    pub(super) sign_ins: SignIns,
    /// Outcomes, by the place of the profile in the store.
    pub(super) came: Vec<(usize, Came, Tries)>,
    pub(super) context: ReplyContext,
    pub(super) options: CheckOptions,
    /// Bytes that are kept of earlier checks.
    kept: Vec<u8>,
    burn_first: Vec<String>,
    preserve: Vec<String>,
}

/// The outcome for one profile.
#[derive(Clone)]
pub(super) enum Came {
    Answer(HttpResponse),
    Failure(UsageError),
}

impl Came {
    /// The same, so many seconds later.
    fn read(&self, later: i64) -> Outcome {
        match self {
            Self::Answer(answer) => read_response(&HttpResponse {
                received_at: answer.received_at + later,
                ..answer.clone()
            }),
            Self::Failure(error) => Err(error.clone()),
        }
    }
}

impl World {
    pub(super) fn report(&self, now: Instant) -> Report<'_> {
        let mut report = self.report_of(&self.came, now);
        report.recall(&Readings::from_bytes(&self.kept), SALT);
        report
    }

    /// At `now`, everything as much later as that is.
    pub(super) fn report_of(&self, came: &[(usize, Came, Tries)], now: Instant) -> Report<'_> {
        let later = now - self.context.now;
        let checked = came.iter().map(|(index, came, tries)| {
            (&self.sign_ins.profiles[*index], came.read(later), *tries)
        });
        Report::new(&self.sign_ins, checked.collect(), now)
    }

    pub(super) fn preferences(&self) -> Preferences<'_> {
        let mut preferences = Preferences::default();
        for (names, burns) in [(&self.burn_first, true), (&self.preserve, false)] {
            for name in names {
                match (self.sign_ins.find(name), burns) {
                    (Ok(Some(one)), true) => {
                        preferences.burn_first.push(one.id.clone());
                    }
                    (Ok(Some(one)), false) => {
                        preferences.preserve.push(one.id.clone());
                    }
                    _ => preferences.unknown.push(name),
                }
            }
        }
        preferences
    }

    /// Everything that is said of it: for people, and for programs.
    pub(super) fn said(&self) -> Vec<(String, String)> {
        let report = self.report(self.context.now);
        let advice = Advice::new(&report, &self.preferences(), self.context.now);
        let message = |message: Message| (message.text, message.document.expect("a document"));
        vec![
            message(check(&self.context, &advice, &self.options)),
            message(best::best(&self.context, &advice)),
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
        if self.one_in(12) { self.oddity() } else { value }
    }

    /// Puts `value` there, or something else, or nothing.
    fn put(&mut self, to: &mut Value, key: &str, value: Value) {
        if !self.one_in(12) {
            to[key] = self.or_odd(value);
        }
    }

    /// A time, in one of the forms that were seen, or out of all proportion.
    fn time(&mut self, at: Instant) -> Value {
        match self.below(16) {
            0 => json!(at * 1000),
            1 => json!(rfc3339(at)),
            2 => json!(at - 40 * 86_400),
            3 => json!(LATEST),
            4 => json!(LATEST + 1),
            5 => self.oddity(),
            _ => json!(at),
        }
    }

    fn truth(&mut self, value: bool) -> Value {
        if self.one_in(10) {
            self.one_of(&[json!(!value), json!("true"), json!(0), Value::Null])
        } else {
            json!(value)
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
        let left = if used == json!(0) && self.one_in(2) { length } else { left };
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
            let slot =
                slots.get(index).map_or(format!("w{index}_window"), |slot| (*slot).to_owned());
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
        let quota = if self.one_in(10) { Value::Null } else { self.quota(now, most) };
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
            body["rate_limit_reached_type"] =
                if is_object { json!({ "type": reached }) } else { json!(reached) };
        }
        if self.one_in(4) {
            let count =
                self.one_of(&[json!(1), json!(3), json!(i64::MAX), json!(u64::MAX), json!(1e300)]);
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

    fn answer(&mut self, of: &Profile, now: Instant) -> HttpResponse {
        let status = match self.below(12) {
            0 => self.of(&[201, 302, 401, 401, 402, 403, 403, 404, 418, 429, 429, 500, 503]),
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
        HttpResponse {
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
            elapsed_ms: 0,
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
        let outage = self.one_in(10).then(|| UsageError::RateLimited(self.maybe(&[60])));
        for (index, profile) in sign_ins.profiles.iter().enumerate() {
            if let Some(error) = &outage {
                let tries = Tries { attempt: 1, status: Some(429), ..Tries::default() };
                came.push((index, Came::Failure(error.clone()), tries));
                continue;
            }
            let one = if self.one_in(7) {
                Came::Failure(self.failure(now))
            } else {
                Came::Answer(self.answer(profile, now))
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
        ids.push(format!("openai:CANARY{}@CANARYhost.invalid", "long".repeat(20)));
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
            profile.access =
                self.of(&[Access::Ready, Access::Ready, Access::Expired, Access::Fenced]);
            profile.has_refresh = !self.one_in(4);
            profile.expires_at = self.stored(now);
            profile.last_used_at = self.stored(now);
            profile.last_failure_at = self.stored(now);
            if self.one_in(5) {
                profile.cooldown_until = self.stored(now);
                profile.cooldown_reason =
                    self.maybe(&["rate_limit", "auth_permanent"]).map(str::to_owned);
            }
            all.profiles.push(profile);
        }
        for (id, handle, kind) in [
            ("openai:key", "cccccccc", KeyKind::ApiKey),
            ("openai:pasted token", "dddddddd", KeyKind::Token),
        ] {
            if self.one_in(4) {
                let id = ProfileId::new(id);
                all.keys.push(Key {
                    name: id.shown(Ids::Masked),
                    id,
                    handle: handle.to_owned(),
                    kind,
                });
            }
        }
        all.order.own = self.order(&all);
        all.order.inherited = self.order(&all);
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
        name_and_place(&mut all);
        all
    }

    fn order(&mut self, of: &SignIns) -> Option<Vec<ProfileId>> {
        if self.one_in(2) {
            return None;
        }
        let stored = of.profiles.iter().map(|profile| &profile.id);
        let mut ids: Vec<ProfileId> =
            stored.chain(of.keys.iter().map(|key| &key.id)).cloned().collect();
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
            let unknown = ["nobody", "CANARYnobody@CANARYhost.example.invalid", "\u{202e}", ""];
            names.push(if self.one_in(3) {
                self.of(&unknown).to_owned()
            } else {
                self.of(&IDS).to_owned()
            });
        }
        names
    }

    pub(super) fn context(&mut self, now: Instant) -> ReplyContext {
        let berlin =
            [(0, 3600), (1_774_746_000, 7200), (1_792_890_000, 3600), (NOW + 86_400, 7200)];
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
                rows: 60,
                options: self.of(&["", "--demo"]).to_owned(),
            }),
            ids: Ids::Masked,
            demo: false,
            wants_json: true,
            session: None,
        }
    }

    /// Bytes that an earlier check of the same profiles kept, or a later one whose clock
    /// jumped since, or what a broken disk made of it.
    fn kept(&mut self, sign_ins: &SignIns, now: Instant) -> Vec<u8> {
        let mut readings = Readings::default();
        for _ in 0..self.below(3) {
            let at = if self.one_in(6) {
                now + self.between(1, 2 * 86_400)
            } else if self.one_in(2) {
                now - self.between(0, 900)
            } else {
                now - self.between(0, 8 * 86_400)
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

    pub(super) fn world(&mut self) -> World {
        let now = if self.one_in(30) {
            self.of(&[0, 1, LATEST - 1])
        } else {
            NOW + self.between(0, 4 * 86_400)
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

pub(super) fn zone(name: &str, transitions: &[(Instant, i32)]) -> Zone {
    Zone { name: name.to_owned(), transitions: transitions.to_vec() }
}

/// `count` fleets; each is known by its number alone.
pub(super) fn each_world(seed: u64, count: u64, mut check: impl FnMut(&World, &str)) {
    for number in 0..count {
        let mut dice = Dice(seed << 32 | number);
        check(&dice.world(), &format!("fleet {number} of {seed}"));
    }
}
