//! The stored sign-ins as the gateway keeps them: ids, local health, order and
//! identity, and how a profile is named to a person.

use std::collections::BTreeMap;

use invisible::is_invisible;

use crate::clock::Instant;

mod look;

use look::{is_blank, look};

/// A profile's id as the gateway spells it, `provider:label`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

impl ProfileId {
    /// Takes an id as stored.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as stored: for the gateway, and for the owner's own terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the provider: `work` of `openai:work`.
    pub fn label(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, label)| label)
    }

    /// The id as it may be shown: `full` for the owner's own terminal, `shared`
    /// where the label alone would be ambiguous.
    pub fn shown(&self, full: bool, shared: bool) -> String {
        if full {
            return clean(&self.0, 128);
        }
        match clean_and_masked(self.label(), 48) {
            // A label that leaves nothing to read names nobody.
            label if !shared && !label.is_empty() => label,
            _ => clean_and_masked(&self.0, 64),
        }
    }

    /// Whether the id can be an argument of a gateway command: in the limits that the
    /// host checks again.
    pub fn is_writable(&self) -> bool {
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        self.0.len() <= 200 && !self.0.starts_with('-') && !self.0.chars().any(is_odd)
    }

    /// Whether the id can stand in a shell command as it is, and may be shown.
    pub fn is_plain(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-');
        self.0.len() <= 64 && !self.0.starts_with('-') && self.0.chars().all(plain)
    }
}

/// What could be sent for a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// An access token that has not expired.
    Ready,
    /// The token is past its expiry; the gateway refreshes it on next use.
    Expired,
    /// The gateway replaced the credential after a refresh that failed.
    Fenced,
    /// No access token is stored.
    Missing,
}

/// The upstream identity of a sign-in: the same only if account **and** user
/// agree, because members of a team share the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The account, where known.
    pub account_id: Option<String>,
    /// The user, where known.
    pub user_id: Option<String>,
}

impl Identity {
    /// Whether `answer` names somebody else. A part that either side does not
    /// report says nothing. Personal accounts are answered with the user's id in
    /// the place of the account's: that is not compared with an account id.
    pub fn contradicts(&self, answer: &Identity) -> bool {
        let names_a_user = |id: &str| id.starts_with("user-");
        let account = match (&self.account_id, &answer.account_id) {
            (Some(ours), Some(theirs)) => {
                names_a_user(ours) == names_a_user(theirs) && ours != theirs
            }
            (None, _) | (_, None) => false,
        };
        let user = match (&self.user_id, &answer.user_id) {
            (Some(ours), Some(theirs)) => ours != theirs,
            (None, _) | (_, None) => false,
        };
        account || user
    }
}

/// One stored ChatGPT/Codex sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `provider:label`.
    pub id: ProfileId,
    /// Eight hex digits that name it in a button or on a command line.
    pub handle: String,
    /// Who serves the models, as stored.
    pub provider: String,
    /// What could be sent for it.
    pub access: Access,
    /// The earlier of the stored expiry and the token's own.
    pub expires_at: Option<Instant>,
    /// Whether the gateway can refresh it.
    pub has_refresh: bool,
    /// Whom it signs in.
    pub identity: Identity,
    /// When the gateway last used it.
    pub last_used_at: Option<Instant>,
    /// When it last failed in the gateway.
    pub last_failure_at: Option<Instant>,
    /// The gateway skips it until then.
    pub cooldown_until: Option<Instant>,
    /// The gateway's word for why.
    pub cooldown_reason: Option<String>,
    /// How often it failed in a row.
    pub error_count: u32,
    /// How often it failed, by reason.
    pub failure_counts: Vec<(String, u32)>,
    /// How it is shown; set by [`SignIns::describe`].
    pub name: String,
    /// Its place in the order in effect, from 1; set by [`SignIns::describe`].
    pub place: Option<usize>,
}

impl Profile {
    /// Whether the gateway could use it: an expired token counts where it can be
    /// refreshed, one that the gateway itself gave up does not.
    pub fn is_usable(&self) -> bool {
        let is_given_up = self.cooldown_reason.as_deref() == Some("auth_permanent");
        match self.access {
            Access::Ready => !is_given_up,
            Access::Expired => self.has_refresh && !is_given_up,
            Access::Fenced | Access::Missing => false,
        }
    }

    /// The cooldown, where it still runs.
    pub fn cooldown_at(&self, now: Instant) -> Option<Instant> {
        self.cooldown_until.filter(|until| *until > now)
    }
}

/// A profile of the same provider that is no ChatGPT/Codex sign-in, and can stand in
/// the order all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `provider:label`.
    pub id: ProfileId,
    /// Eight hex digits that name it on a command line.
    pub handle: String,
    /// How it is shown.
    pub name: String,
    /// Whether it pays by use; else it is a token that was pasted.
    pub is_api_key: bool,
}

/// Where the sign-ins are kept, which tells what the gateway can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `auth-profiles.json`, OpenClaw up to 2026.6.1.
    Json,
    /// SQLite, later ones.
    Sqlite,
}

/// Mixed state that explains odd behaviour of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Both a JSON and a SQLite store hold sign-ins.
    BothStores,
    /// `auth.json` of an older version is still there.
    LegacyAuthJson,
    /// A leftover of the migration holds tokens in plain text.
    MigratedPlainTokens,
    /// A cooldown that has passed is still recorded.
    StaleCooldown,
    /// The order names a profile that is not stored.
    OrderNamesMissing,
    /// Provider ids of both eras are stored.
    MixedProviders,
    /// Part of the store was not understood.
    SkippedEntries,
}

impl Finding {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::BothStores => "both_stores",
            Self::LegacyAuthJson => "legacy_auth_json",
            Self::MigratedPlainTokens => "migrated_plain_tokens",
            Self::StaleCooldown => "stale_cooldown",
            Self::OrderNamesMissing => "order_names_missing",
            Self::MixedProviders => "mixed_providers",
            Self::SkippedEntries => "skipped_entries",
        }
    }
}

/// Why the sign-ins could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What is wrong.
    pub failure: StoreFailure,
    /// Where the host looked, as a person would name it.
    pub source: String,
}

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFailure {
    /// There is none.
    Missing,
    /// It holds no ChatGPT/Codex sign-in.
    Empty,
    /// It may not be read, or is not a file.
    Unreadable,
    /// It was read and is not a store.
    Malformed,
    /// It waits for the gateway's migration.
    Unmigrated,
    /// Another program holds it locked.
    Locked,
    /// It is larger than the host reads.
    TooLarge,
    /// The agent's name cannot name a folder.
    BadAgent,
    /// It held something that the policy does not let in.
    Denied,
}

impl StoreFailure {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "store_missing",
            Self::Empty => "store_empty",
            Self::Unreadable => "store_unreadable",
            Self::Malformed => "store_malformed",
            Self::Unmigrated => "store_unmigrated",
            Self::Locked => "store_locked",
            Self::TooLarge => "store_too_large",
            Self::BadAgent => "bad_agent",
            Self::Denied => "store_denied",
        }
    }
}

/// Every sign-in of one agent, at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIns {
    /// Where they are kept.
    pub era: Era,
    /// The store as a person would name it.
    pub source: String,
    /// The provider under which orders are kept.
    pub provider: String,
    /// The sign-ins, in the store's order.
    pub profiles: Vec<Profile>,
    /// What else the provider has, in the store's order.
    pub keys: Vec<Key>,
    /// The agent's own order.
    pub order: Option<Vec<ProfileId>>,
    /// The order in effect where the agent has none.
    pub inherited_order: Option<Vec<ProfileId>>,
    /// The profile the gateway used last with success.
    pub last_good: Option<ProfileId>,
    /// Mixed state.
    pub findings: Vec<Finding>,
}

/// What a typed name turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The profile.
    One(&'a Profile),
    /// More than one has this label.
    Several(Vec<&'a Profile>),
    /// None has it.
    None,
}

impl SignIns {
    /// The order that the gateway goes by: the agent's own, else the inherited.
    pub fn order_in_effect(&self) -> Option<&[ProfileId]> {
        let set = |order: &&[ProfileId]| !order.is_empty();
        let own = self.order.as_deref().filter(set);
        own.or(self.inherited_order.as_deref().filter(set))
    }

    /// `:default`, else the first of the order that is stored, else the first.
    pub fn default_profile(&self) -> Option<&Profile> {
        let is_default = |profile: &&Profile| profile.id.label() == "default";
        let of_provider = |profile: &&Profile| profile.provider == self.provider;
        let named = self.profiles.iter().filter(is_default);
        let named = named.clone().find(of_provider).or(named.clone().next());
        let ordered = || {
            let order = self.order_in_effect()?;
            order.iter().find_map(|id| self.by_id(id))
        };
        named.or_else(ordered).or(self.profiles.first())
    }

    /// The profile with this id.
    pub fn by_id(&self, id: &ProfileId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == *id)
    }

    /// What stands in the order under this id and is no sign-in.
    pub fn key(&self, id: &ProfileId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// What names each profile and key in a button.
    pub fn handles(&self) -> impl Iterator<Item = &str> {
        let profiles = self.profiles.iter().map(|profile| profile.handle.as_str());
        profiles.chain(self.keys.iter().map(|key| key.handle.as_str()))
    }

    /// Whether anything is stored under this id.
    pub fn has(&self, id: &ProfileId) -> bool {
        self.by_id(id).is_some() || self.key(id).is_some()
    }

    /// Whether the order of the provider can name this profile.
    pub fn is_of_provider(&self, id: &ProfileId) -> bool {
        let of = |profile: &Profile| profile.provider == self.provider;
        self.by_id(id).map_or(self.key(id).is_some(), of)
    }

    /// Everybody that the gateway may pick where there is no order: sign-ins before
    /// tokens, and tokens before what pays by use.
    pub fn all_ids(&self) -> Vec<ProfileId> {
        let of_provider = |profile: &&Profile| profile.provider == self.provider;
        let signed_in = self.in_order().into_iter().filter(of_provider);
        let mut ids: Vec<ProfileId> = signed_in.map(|profile| profile.id.clone()).collect();
        for is_api_key in [false, true] {
            let of_kind = self.keys.iter().filter(|key| key.is_api_key == is_api_key);
            ids.extend(of_kind.map(|key| key.id.clone()));
        }
        ids
    }

    /// How this id is shown: as the profile, or the key, or masked.
    pub fn name(&self, id: &ProfileId) -> String {
        let profile = self.by_id(id).map(|profile| profile.name.clone());
        let key = || self.key(id).map(|key| key.name.clone());
        profile
            .or_else(key)
            .unwrap_or_else(|| id.shown(false, false))
    }

    /// How these ids are shown.
    pub fn names(&self, ids: &[ProfileId]) -> Vec<String> {
        ids.iter().map(|id| self.name(id)).collect()
    }

    /// Whether the gateway could use what is stored under this id: an expired token
    /// counts where it can be refreshed.
    pub fn is_usable(&self, id: &ProfileId) -> bool {
        match self.by_id(id) {
            Some(profile) => profile.is_usable(),
            None => self.key(id).is_some(),
        }
    }

    /// The profile that `name` means: a full id, a label, a handle or
    /// the name it is shown by. Exact spelling wins over other case.
    pub fn find(&self, name: &str) -> Found<'_> {
        let exact = |profile: &&Profile| profile.id.as_str() == name;
        if let Some(profile) = self.profiles.iter().find(exact) {
            return Found::One(profile);
        }
        let ways: [&dyn Fn(&Profile) -> bool; 4] = [
            &|profile| profile.id.label() == name,
            &|profile| profile.handle == name,
            &|profile| {
                profile.id.label().eq_ignore_ascii_case(name)
                    || profile.id.as_str().eq_ignore_ascii_case(name)
            },
            &|profile| profile.name == name && !name.is_empty(),
        ];
        for matches in ways {
            let found = self.profiles.iter().filter(|profile| matches(profile));
            let found: Vec<&Profile> = found.collect();
            match found.as_slice() {
                [] => {}
                [profile] => return Found::One(profile),
                _ => return Found::Several(found),
            }
        }
        Found::None
    }

    /// The profiles in the order a person expects them: by place in the order,
    /// then as stored.
    pub fn in_order(&self) -> Vec<&Profile> {
        let length = self.order_in_effect().map_or(0, <[ProfileId]>::len);
        let mut placed: Vec<Option<&Profile>> = vec![None; length];
        let mut rest = Vec::new();
        for profile in &self.profiles {
            match profile.place {
                Some(place) => placed[place - 1] = Some(profile),
                None => rest.push(profile),
            }
        }
        let mut profiles: Vec<&Profile> = placed.into_iter().flatten().collect();
        profiles.append(&mut rest);
        profiles
    }

    /// Whether there is an order and it leaves this profile out.
    pub fn leaves_out(&self, profile: &Profile) -> bool {
        self.order_in_effect().is_some() && profile.place.is_none()
    }

    /// Tells each profile its name and its place. It is shown by its label; by its
    /// whole id where two share the label; with its handle behind it where two names
    /// look alike or there is nothing to see; with an e-mail address masked, unless
    /// `full` ids were asked for.
    pub fn describe(&mut self, full: bool) {
        let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
        for profile in &self.profiles {
            *holders.entry(profile.id.label()).or_default() += 1;
        }
        let mut places = BTreeMap::new();
        let order = self.order_in_effect().unwrap_or_default();
        for (index, id) in order.iter().enumerate() {
            places.entry(id.as_str()).or_insert(index + 1);
        }
        let mut described = Vec::new();
        let mut looks: BTreeMap<String, usize> = BTreeMap::new();
        for profile in &self.profiles {
            let shared = holders[profile.id.label()] > 1;
            let name = profile.id.shown(full, shared);
            let look = look(&name);
            *looks.entry(look.clone()).or_default() += 1;
            described.push((name, look, places.get(profile.id.as_str()).copied()));
        }
        for (profile, (name, look, place)) in self.profiles.iter_mut().zip(described) {
            profile.name = match &profile.handle {
                handle if is_blank(&clean(profile.id.label(), 48)) => handle.clone(),
                handle if looks[&look] > 1 => format!("{name} ({handle})"),
                _ => name,
            };
            profile.place = place;
        }
        for key in &mut self.keys {
            key.name = key.id.shown(full, true);
        }
    }
}

/// How these profiles are shown.
pub fn names(profiles: &[&Profile]) -> Vec<String> {
    profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect()
}

/// Text of others made fit to print: no control characters, nothing that turns
/// the writing direction or joins invisibly, one space at a time, and at most
/// `most` characters.
pub fn clean(text: &str, most: usize) -> String {
    // Nearly every label is this plain already.
    if text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let visible = |c: &char| !is_invisible(*c) && !is_private_use(*c);
    let words: Vec<String> = text
        .split(char::is_whitespace)
        .map(|word| word.chars().filter(visible).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// Returns whether `c` has no agreed shape, which every font may draw as it likes.
fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// [`clean`] text with every e-mail address in it masked. Masked before it is cut: half
/// an address is not recognised as one.
pub fn clean_and_masked(text: &str, most: usize) -> String {
    clean(&masked(&clean(text, usize::MAX)), most)
}

/// `text` with every e-mail address in it masked: `us…2@ex….invalid`.
pub fn masked(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let mask_word = |word: &str| match word.split_once('@') {
        Some((local, domain)) => format!("{}@{}", masked_local(local), masked_domain(domain)),
        None => word.to_owned(),
    };
    text.split(' ').map(mask_word).collect::<Vec<_>>().join(" ")
}

fn masked_local(local: &str) -> String {
    match local.rsplit_once(':') {
        Some((provider, name)) => format!("{provider}:{}", masked_name(name)),
        None => masked_name(local),
    }
}

fn masked_name(name: &str) -> String {
    let is_long = name.chars().count() > 3;
    let shown = if is_long { 2 } else { 1 };
    let mut masked: String = name.chars().take(shown).collect();
    masked.push('…');
    masked.extend(name.chars().next_back().filter(|_| is_long));
    masked
}

fn masked_domain(domain: &str) -> String {
    let head: String = domain.chars().take_while(|c| *c != '.').take(2).collect();
    match domain.rsplit_once('.') {
        Some((_, top)) if top.chars().all(|c| c.is_ascii_alphanumeric()) => {
            format!("{head}….{top}")
        }
        Some(_) | None => format!("{head}…"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn profile(id: &str) -> Profile {
        Profile {
            id: ProfileId::new(id),
            handle: format!(
                "{:08x}",
                id.bytes()
                    .fold(7_u32, |h, b| h.wrapping_mul(31) ^ u32::from(b))
            ),
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

    pub(crate) fn sign_ins(ids: &[&str]) -> SignIns {
        let mut all = SignIns {
            era: Era::Sqlite,
            source: "test".into(),
            provider: "openai".into(),
            profiles: ids.iter().map(|id| profile(id)).collect(),
            keys: vec![],
            order: None,
            inherited_order: None,
            last_good: None,
            findings: vec![],
        };
        all.describe(false);
        all
    }

    fn found(sign_ins: &SignIns, name: &str) -> Option<String> {
        match sign_ins.find(name) {
            Found::One(profile) => Some(profile.id.as_str().to_owned()),
            Found::Several(_) => Some("several".into()),
            Found::None => None,
        }
    }

    #[test]
    fn a_profile_is_found_by_id_label_handle_and_other_case() {
        let all = sign_ins(&[
            "openai:work",
            "openai:Home",
            "openai-codex:work",
            "openai:2",
        ]);
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
            assert_eq!(
                (id.is_writable(), id.is_plain()),
                (is_writable, is_plain),
                "{id:?}"
            );
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
            assert_eq!(
                profile.is_usable(),
                is_usable,
                "{access:?} {has_refresh} {reason:?}"
            );
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
            name: String::new(),
            is_api_key: true,
        });
        all.describe(false);
        assert_eq!(all.name(&id), "openai:key");
        assert_eq!(
            all.handles().collect::<Vec<_>>(),
            [&all.profiles[0].handle, "0badcafe"]
        );
        assert!(all.has(&id) && all.is_usable(&id) && all.is_of_provider(&id));
        let nobody = ProfileId::new("openai:nobody");
        assert!(!all.has(&nobody) && !all.is_usable(&nobody) && !all.is_of_provider(&nobody));
        assert_eq!(found(&all, "openai:key"), None);
        let token = Key {
            id: ProfileId::new("openai:token"),
            is_api_key: false,
            ..all.keys[0].clone()
        };
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
        all.order = Some(vec![
            ProfileId::new("openai:gone"),
            ProfileId::new("openai:b"),
        ]);
        assert_eq!(default(&all).as_deref(), Some("b"));
        all.profiles.push(profile("openai:default"));
        all.describe(false);
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
    fn e_mails_are_masked_wherever_they_stand() {
        for (raw, shown) in [
            ("user42@example.invalid", "us…2@ex….invalid"),
            ("openai:user42@example.invalid", "openai:us…2@ex….invalid"),
            ("me@example.com", "m…@ex….com"),
            ("you@example.com", "y…@ex….com"),
            ("thou@example.com", "th…u@ex….com"),
            ("named user@example.com", "named us…r@ex….com"),
            ("a@b", "a…@b…"),
            ("@", "…@…"),
            ("x@y.z@evil", "x…@y…"),
            ("plain", "plain"),
        ] {
            assert_eq!(masked(raw), shown);
        }
    }

    #[test]
    fn an_e_mail_is_masked_before_it_is_cut() {
        let id = ProfileId::new(format!("openai:{}@example.invalid", "user".repeat(20)));
        assert_eq!(id.shown(false, false), "us…r@ex….invalid");
        assert_eq!(id.shown(false, true), "openai:us…r@ex….invalid");
    }

    #[test]
    fn shown_names_are_clean_and_tell_twins_apart() {
        let all = sign_ins(&[
            "openai:work",
            "openai-codex:work",
            "openai:\u{202e}ev\u{1b}[31mil",
        ]);
        assert_eq!(all.profiles[0].name, "openai:work");
        assert_eq!(all.profiles[2].name, "ev[31mil");
        for long in ["é", "e"] {
            assert_eq!(clean(&long.repeat(50), 10), long.repeat(9) + "…");
            assert_eq!(clean(&long.repeat(10), 10), long.repeat(10));
        }
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
        all.describe(false);
        let names: Vec<&str> = all.profiles.iter().map(|each| each.name.as_str()).collect();
        let expected = [
            "work (00000000)",
            "w\u{43e}rk (00000001)",
            "home",
            "00000003",
            "00000004",
        ];
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
}
