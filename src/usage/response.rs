//! Reads an answer of the usage endpoint. The endpoint is undocumented: every
//! field may be missing, null, new, or of another type, so each is taken for
//! what it turns out to be and none is trusted to be there. Nothing of a body is
//! kept but the values named here.

use serde_json::{Map, Value};

use super::{
    Amount, Credits, ModelAvailability, Outcome, Plan, Pool, Quota, RateLimit, ReachedType,
    Rejection, ResetCredits, Role, SpendControl, SpendLimit, UsageError, UsageSnapshot,
    UsageWindow, WindowState,
};
use crate::clock::{self, Instant};
use crate::decimal::Decimal;
use crate::profile::Identity;

/// What came back over HTTPS.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `retry-after` header as sent.
    pub retry_after: Option<String>,
    /// The `content-type` header as sent.
    pub content_type: Option<String>,
    /// Whether `cf-mitigated: challenge` was sent.
    pub challenged: bool,
    /// The body, at most what the host lets in.
    pub body: Vec<u8>,
    /// When it was received.
    pub received_at: Instant,
}

/// Turns an answer into a snapshot, or into the failure it stands for.
pub fn read_response(answer: &Answer) -> Outcome {
    if answer.challenged {
        return Err(UsageError::UpstreamChallenge);
    }
    match answer.status {
        200 => read_usage(answer),
        201..=299 => Err(UsageError::BadContent),
        300..=399 => Err(UsageError::UnexpectedRedirect),
        401 => Err(UsageError::AuthNotAccepted(rejection(&complaint(answer)))),
        402 if complaint(answer).is_deactivation() => Err(UsageError::AccountDeactivated),
        402 => Err(UsageError::BillingRequired),
        403 => Err(read_forbidden(answer)),
        404 => Err(UsageError::EndpointMissing),
        429 => Err(read_too_many(answer)),
        500..=599 => Err(UsageError::ServerError(retry_after(answer))),
        _ => Err(UsageError::RequestFailed),
    }
}

fn is_html(answer: &Answer) -> bool {
    let declared = answer.content_type.as_deref().unwrap_or_default();
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    says(declared.to_ascii_lowercase().as_bytes(), b"text/html") || first == Some(&b'<')
}

fn read_forbidden(answer: &Answer) -> UsageError {
    if is_html(answer) || is_block_page(&answer.body) {
        UsageError::UpstreamChallenge
    } else if complaint(answer).is_deactivation() {
        UsageError::AccountDeactivated
    } else {
        UsageError::Forbidden
    }
}

/// The edge also blocks in plain text: `error code: 1020`.
fn is_block_page(body: &[u8]) -> bool {
    let start = body[..body.len().min(4096)].to_ascii_lowercase();
    !start.trim_ascii_start().starts_with(b"{")
        && (says(&start, b"cloudflare") || says(&start, b"error code: 1"))
}

/// Whether `words` stand somewhere in `text`.
fn says(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

fn read_too_many(answer: &Answer) -> UsageError {
    let complaint = complaint(answer);
    if !says(&answer.body, b"usage_limit_reached") {
        return UsageError::RateLimited(retry_after(answer));
    }
    let relative = || sane(answer.received_at.checked_add(complaint.resets_in?)?);
    UsageError::QuotaExhausted(complaint.resets_at.or_else(relative))
}

/// Seconds to wait, at most an hour: a longer wait is a person's decision.
fn retry_after(answer: &Answer) -> Option<i64> {
    let text = answer.retry_after.as_deref()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => i64::MAX,
        Err(_) => clock::parse_imf_date(text)? - answer.received_at,
    };
    Some(seconds.clamp(0, 3600))
}

/// The machine-readable words of an error body, and its sentence.
#[derive(Default)]
struct Complaint {
    words: Vec<String>,
    sentence: String,
    /// When an exhausted quota resets, or in how many seconds.
    resets_at: Option<Instant>,
    resets_in: Option<i64>,
}

impl Complaint {
    fn add(&mut self, object: &Map<String, Value>) {
        let text = |key| object.get(key).and_then(Value::as_str);
        let words = ["code", "type"].into_iter().filter_map(text);
        self.words.extend(words.map(str::to_ascii_lowercase));
        self.add_sentence(text("message").unwrap_or_default());
        let resets_at = object.get("resets_at").and_then(instant);
        self.resets_at = self.resets_at.or(resets_at);
        let resets_in = object.get("resets_in_seconds").and_then(whole);
        self.resets_in = self.resets_in.or(resets_in);
    }

    fn add_sentence(&mut self, sentence: &str) {
        self.sentence.push_str(&sentence.to_ascii_lowercase());
    }

    fn sentence_says(&self, words: &[u8]) -> bool {
        says(self.sentence.as_bytes(), words)
    }

    fn is_deactivation(&self) -> bool {
        self.words
            .iter()
            .any(|word| word == "deactivated_workspace")
            || self.sentence_says(b"workspace has been deactivated")
    }
}

fn complaint(answer: &Answer) -> Complaint {
    let mut complaint = Complaint::default();
    let Some(body) = json_object(&answer.body) else {
        return complaint;
    };
    complaint.add(&body);
    for part in [body.get("error"), body.get("detail")] {
        match part {
            Some(Value::String(sentence)) => {
                complaint.words.push(sentence.to_ascii_lowercase());
                complaint.add_sentence(sentence);
            }
            Some(Value::Object(object)) => complaint.add(object),
            Some(_) | None => {}
        }
    }
    complaint
}

fn rejection(complaint: &Complaint) -> Rejection {
    let has_one_of = |known: &[&str]| {
        complaint
            .words
            .iter()
            .any(|word| known.contains(&word.as_str()))
    };
    if has_one_of(&["token_expired"]) {
        Rejection::Expired
    } else if has_one_of(&[
        "token_invalidated",
        "token_revoked",
        "refresh_token_reused",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "invalid_grant",
    ]) || complaint.sentence_says(b"invalidated")
        || complaint.sentence_says(b"revoked")
    {
        Rejection::Revoked
    } else if complaint.sentence_says(b"expired") {
        Rejection::Expired
    } else {
        Rejection::Unknown
    }
}

/// How many values an answer may hold. A real one has about a hundred; a body of
/// nothing but brackets would grow to eighty times its size when it is read.
const MOST_VALUES: usize = 10_000;

fn json_object(body: &[u8]) -> Option<Map<String, Value>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let values = body
        .iter()
        .filter(|byte| matches!(byte, b'{' | b'[' | b','));
    if values.count() > MOST_VALUES {
        return None;
    }
    match serde_json::from_slice(body).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

const KNOWN_FIELDS: [&str; 15] = [
    "user_id",
    "account_id",
    "email",
    "plan_type",
    "rate_limit",
    "code_review_rate_limit",
    "additional_rate_limits",
    "model_usage",
    "credits",
    "spend_control",
    "rate_limit_reached_type",
    "rate_limit_reset_credits",
    // Banners: known, and of no use to anybody who asks for numbers.
    "rate_limit_upsell",
    "promo",
    "referral_beacon",
];

fn read_usage(answer: &Answer) -> Outcome {
    if is_html(answer) {
        return Err(UsageError::BadContent);
    }
    let body = json_object(&answer.body).ok_or(UsageError::BadContent)?;
    let as_of = answer.received_at;
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let unknown = body
        .keys()
        .filter(|key| !KNOWN_FIELDS.contains(&key.as_str()));
    Ok(UsageSnapshot {
        as_of,
        identity: Identity {
            account_id: text("account_id").filter(|id| !id.is_empty()),
            user_id: text("user_id").filter(|id| !id.is_empty()),
        },
        plan: body.get("plan_type").and_then(Value::as_str).and_then(plan),
        rate_limit: rate_limit(body.get("rate_limit"), as_of),
        reached: body.get("rate_limit_reached_type").and_then(reached_type),
        credits: object(&body, "credits").map(credits),
        spend: object(&body, "spend_control").map(|spend| spend_control(spend, as_of)),
        reset_credits: object(&body, "rate_limit_reset_credits").and_then(reset_credits),
        models: object(&body, "model_usage").map(models).unwrap_or_default(),
        additional: pools(&body, as_of),
        unknown_fields: unknown.count(),
    })
}

fn object<'a>(from: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    from.get(key).and_then(Value::as_object)
}

fn plan(name: &str) -> Option<Plan> {
    // An address or a token in its place is no plan, and less without its signs.
    if name.contains('@') || is_like_a_secret(name.trim()) {
        return None;
    }
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    let name: String = name.trim().chars().filter(fits).take(40).collect();
    let label = match name.to_ascii_lowercase().as_str() {
        "pro" => "Pro 20x".to_owned(),
        "prolite" => "Pro 5x".to_owned(),
        other => title_case(other),
    };
    (!label.is_empty()).then_some(Plan { name, label })
}

fn title_case(name: &str) -> String {
    let mut title = String::new();
    let mut starts_a_word = true;
    for c in name.chars() {
        if matches!(c, '_' | '-' | ' ') {
            starts_a_word = true;
        } else if starts_a_word {
            if !title.is_empty() {
                title.push(' ');
            }
            title.push(c.to_ascii_uppercase());
            starts_a_word = false;
        } else {
            title.push(c);
        }
    }
    title
}

fn rate_limit(value: Option<&Value>, as_of: Instant) -> RateLimit {
    match value {
        Some(Value::Null) => RateLimit::None,
        Some(Value::Object(object)) => RateLimit::Reported(quota(object, as_of)),
        Some(_) | None => RateLimit::Absent,
    }
}

fn quota(object: &Map<String, Value>, as_of: Instant) -> Quota {
    let limit_reached = object.get("limit_reached").and_then(truth);
    let read = |(key, value): (&String, &Value)| {
        let slot = key.strip_suffix("_window")?;
        Some(window(slot, value.as_object()?, as_of))
    };
    let mut windows: Vec<UsageWindow> = Vec::new();
    for window in object.iter().filter_map(read).take(MOST_LISTED) {
        let length = |window: &UsageWindow| window.length_seconds.unwrap_or(i64::MAX);
        let place = windows.partition_point(|other| length(other) <= length(&window));
        windows.insert(place, window);
    }
    let allowed = object.get("allowed").and_then(truth);
    // A limit that is reached is some window's: where none reports it, it is the
    // one that reports no percentage.
    let is_over = limit_reached == Some(true) && allowed != Some(true);
    if is_over && !windows.iter().any(UsageWindow::is_exhausted) {
        let is_silent = |window: &UsageWindow| window.used_percent.is_none();
        if windows.iter().filter(|window| is_silent(window)).count() == 1
            && let Some(silent) = windows.iter_mut().find(|window| is_silent(window))
        {
            silent.reached = true;
        }
    }
    Quota {
        allowed,
        limit_reached,
        windows,
    }
}

/// How far two clocks may be apart, in seconds, before a reset is called
/// inconsistent.
const SKEW: i64 = 60;

fn window(slot: &str, object: &Map<String, Value>, as_of: Instant) -> UsageWindow {
    let number = |key| object.get(key).and_then(whole);
    let used_percent = object.get("used_percent").and_then(percent);
    let reset_after = number("reset_after_seconds");
    let resets_at = object
        .get("reset_at")
        .and_then(instant)
        .or_else(|| sane(as_of.checked_add(reset_after?)?));
    let resets_in = resets_at.map(|at| at - as_of);
    let reported =
        number("limit_window_seconds").filter(|length| (1..=LONGEST_WINDOW).contains(length));
    let usual = match slot {
        "primary" => Some(Role::SESSION_SECONDS),
        "secondary" => Some(Role::WEEK_SECONDS),
        _ => None,
    };
    // The usual length of a slot is no more than a guess: a reset beyond it
    // proves the guess wrong.
    let assumed = usual.filter(|length| resets_in.is_none_or(|left| left <= length + SKEW));
    let length_seconds = reported.or(assumed);
    let state = match (resets_in, length_seconds) {
        (Some(left), _) if left <= 0 => WindowState::Due,
        (Some(left), Some(length)) if left > length + SKEW => WindowState::Inconsistent,
        (_, Some(_)) if reported.is_none() => WindowState::Assumed,
        (Some(left), Some(length)) if used_percent == Some(Decimal::ZERO) && left >= length - 5 => {
            WindowState::NotStarted
        }
        (_, length)
            if used_percent == Some(Decimal::ZERO) && length.is_some() && length == reset_after =>
        {
            WindowState::NotStarted
        }
        (_, _) => WindowState::Running,
    };
    UsageWindow {
        role: length_seconds.map_or(Role::Other, Role::of_length),
        used_percent,
        reached: false,
        resets_at,
        length_seconds,
        is_assumed: reported.is_none() && length_seconds.is_some(),
        state,
    }
}

/// Ten years, in seconds: a longer window meters nothing.
pub const LONGEST_WINDOW: i64 = 315_360_000;

fn reached_type(value: &Value) -> Option<ReachedType> {
    let word = match value {
        Value::String(word) => word,
        Value::Object(object) => object.get("type")?.as_str()?,
        _ => return None,
    };
    Some(match word {
        "" => return None,
        "rate_limit_reached" => ReachedType::RateLimit,
        "workspace_owner_credits_depleted" => ReachedType::OwnerCreditsDepleted,
        "workspace_member_credits_depleted" => ReachedType::MemberCreditsDepleted,
        "workspace_owner_usage_limit_reached" => ReachedType::OwnerUsageLimit,
        "workspace_member_usage_limit_reached" => ReachedType::MemberUsageLimit,
        other if other.starts_with("workspace_") => ReachedType::OtherWorkspace,
        _ => ReachedType::Other,
    })
}

fn credits(object: &Map<String, Value>) -> Credits {
    let flag = |key| object.get(key).and_then(truth).unwrap_or(false);
    Credits {
        has_credits: flag("has_credits"),
        unlimited: flag("unlimited"),
        overage_limit_reached: flag("overage_limit_reached"),
        balance: object.get("balance").and_then(amount),
    }
}

fn spend_control(object: &Map<String, Value>, as_of: Instant) -> SpendControl {
    let mut limits = object.iter().filter(|(key, _)| key.ends_with("_limit"));
    let individual = super::response::object(object, "individual_limit");
    let limit = individual.or_else(|| limits.find_map(|(_, value)| value.as_object()));
    SpendControl {
        reached: object.get("reached").and_then(truth).unwrap_or(false),
        limit: limit.map(|limit| spend_limit(limit, as_of)),
    }
}

fn spend_limit(object: &Map<String, Value>, as_of: Instant) -> SpendLimit {
    let amount = |key| object.get(key).and_then(amount);
    let share = |key| object.get(key).and_then(percent);
    let relative = || {
        let seconds = object.get("reset_after_seconds").and_then(whole)?;
        sane(as_of.checked_add(seconds)?)
    };
    SpendLimit {
        remaining_percent: share("remaining_percent")
            .or_else(|| share("used_percent").map(Decimal::complement)),
        limit: amount("limit"),
        remaining: amount("remaining"),
        resets_at: object.get("reset_at").and_then(instant).or_else(relative),
    }
}

fn reset_credits(object: &Map<String, Value>) -> Option<ResetCredits> {
    let count = |key| {
        let count = object.get(key).and_then(whole)?;
        u64::try_from(count).ok()
    };
    Some(ResetCredits {
        available: count("available_count")?,
        applicable: count("applicable_available_count"),
    })
}

/// How many models and pools are kept: more is not an answer for a person.
const MOST_LISTED: usize = 32;

fn models(object: &Map<String, Value>) -> Vec<ModelAvailability> {
    let read = |(slug, value): (&String, &Value)| {
        let about = value.as_object()?;
        Some(ModelAvailability {
            model: word(slug)?,
            available: about.get("available").and_then(truth),
            available_at: about.get("available_at").and_then(instant),
            credits_would_enable: about.get("credits_would_enable").and_then(truth),
        })
    };
    object.iter().filter_map(read).take(MOST_LISTED).collect()
}

fn pools(body: &Map<String, Value>, as_of: Instant) -> Vec<Pool> {
    let mut pools = Vec::new();
    if let Some(review) = object(body, "code_review_rate_limit") {
        pools.push(Pool {
            name: "code_review".to_owned(),
            quota: quota(review, as_of),
        });
    }
    let listed = body.get("additional_rate_limits").and_then(Value::as_array);
    for value in listed.into_iter().flatten() {
        if pools.len() < MOST_LISTED {
            pools.extend(pool(value, as_of));
        }
    }
    pools
}

fn pool(value: &Value, as_of: Instant) -> Option<Pool> {
    let about = value.as_object()?;
    let text = |key| about.get(key).and_then(Value::as_str).and_then(word);
    Some(Pool {
        // The limit's own name is for people, the feature's for machines.
        name: text("limit_name").or_else(|| text("metered_feature"))?,
        quota: quota(object(about, "rate_limit")?, as_of),
    })
}

/// A remote name that may be shown: short, plain, and nothing like a secret.
fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = !text.is_empty() && text.len() <= 40 && text.chars().all(plain);
    (fits && !is_like_a_secret(text)).then(|| text.to_owned())
}

fn is_like_a_secret(text: &str) -> bool {
    text.starts_with("sk") || text.starts_with("eyJ") || text.starts_with("rt_")
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A number, or a string that holds one.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(Decimal::whole(whole)),
            None => Decimal::from_fraction(number.as_f64()?),
        },
        Value::String(text) => Decimal::parse(text),
        _ => None,
    }
}

fn amount(value: &Value) -> Option<Amount> {
    let number = number(value)?;
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let is_json = |digits: &&str| {
        let is_plain = digits.len() <= 40 && digits.bytes().all(plain);
        is_plain && serde_json::from_slice::<Value>(digits.as_bytes()).is_ok()
    };
    let digits = value.as_str().filter(is_json);
    Some(Amount {
        digits: digits.map_or_else(|| number.to_text(), str::to_owned),
        value: number,
        is_zero: match value {
            Value::Number(number) => number.as_f64() == Some(0.0),
            _ => !value
                .as_str()?
                .bytes()
                .any(|byte| matches!(byte, b'1'..=b'9')),
        },
    })
}

fn whole(value: &Value) -> Option<i64> {
    number(value).map(Decimal::trunc)
}

/// Cut, never rounded: 99.999 used is not yet all of it.
fn percent(value: &Value) -> Option<Decimal> {
    Some(number(value)?.clamp(Decimal::ZERO, Decimal::HUNDRED))
}

/// An instant in seconds, in milliseconds, or as RFC 3339. Zero and less stand
/// for nothing.
fn instant(value: &Value) -> Option<Instant> {
    let iso = || value.as_str().and_then(clock::parse_rfc3339);
    let Some(number) = whole(value) else {
        return iso().and_then(sane);
    };
    let seconds = if number > 100_000_000_000 {
        number / 1000
    } else {
        number
    };
    sane(seconds)
}

fn sane(instant: Instant) -> Option<Instant> {
    (1..=clock::LATEST).contains(&instant).then_some(instant)
}
