//! Every stored sign-in of one agent.

use super::{AuthOrder, Era, Finding, Ids, Key, KeyKind, Profile, ProfileId};

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
    /// The provider's keys and tokens, in the store's order.
    pub keys: Vec<Key>,
    /// The order in which the gateway tries them.
    pub order: AuthOrder,
    /// The profile the gateway used last with success.
    pub last_good: Option<ProfileId>,
    /// Mixed state.
    pub findings: Vec<Finding>,
}

impl SignIns {
    /// `:default`, else the first of the order that is stored, else the first.
    pub fn default_profile(&self) -> Option<&Profile> {
        let named = self.profiles.iter().filter(|profile| profile.id.label() == "default");
        let named = named.min_by_key(|profile| profile.provider != self.provider);
        let ordered = || self.order.in_effect()?.iter().find_map(|id| self.by_id(id));
        named.or_else(ordered).or(self.profiles.first())
    }

    /// The profile with this id.
    pub fn by_id(&self, id: &ProfileId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == *id)
    }

    /// The key with this id.
    pub fn key(&self, id: &ProfileId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// The key of this id, label or handle.
    pub fn find_key(&self, name: &str) -> Option<&Key> {
        let is_it =
            |key: &&Key| key.id.as_str() == name || key.id.label() == name || key.handle == name;
        self.keys.iter().find(is_it)
    }

    /// The handles of all profiles and keys.
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

    /// The profiles that the gateway may use where there is no order: sign-ins before
    /// tokens, and tokens before what pays by use.
    pub fn all_ids(&self) -> Vec<ProfileId> {
        let signed_in = self.in_order().into_iter();
        let signed_in = signed_in.filter(|profile| profile.provider == self.provider);
        let keys = |kind| self.keys.iter().filter(move |key| key.kind == kind).map(|key| &key.id);
        let ids = signed_in.map(|profile| &profile.id).chain(keys(KeyKind::Token));
        ids.chain(keys(KeyKind::ApiKey)).cloned().collect()
    }

    /// The name of the profile or key with this id; of any other, its masked label.
    pub fn name(&self, id: &ProfileId) -> String {
        let profile = self.by_id(id).map(|profile| &profile.name);
        let name = profile.or_else(|| Some(&self.key(id)?.name));
        name.map_or_else(|| id.shown_label(Ids::Masked), String::clone)
    }

    /// The names of these ids.
    pub fn names(&self, ids: &[ProfileId]) -> Vec<String> {
        ids.iter().map(|id| self.name(id)).collect()
    }

    /// Whether the gateway could use what is stored under this id: an expired token
    /// counts where it can be refreshed.
    pub fn is_usable(&self, id: &ProfileId) -> bool {
        self.by_id(id).map_or(self.key(id).is_some(), Profile::is_usable)
    }

    /// Finds the profile that `name` means: a full id, a label, a handle or the name it is
    /// shown by. Exact spelling wins over other case. The error is those that `name` means
    /// alike.
    pub fn find(&self, name: &str) -> Result<Option<&Profile>, Vec<&Profile>> {
        let ways: [&dyn Fn(&&Profile) -> bool; 5] = [
            &|profile| profile.id.as_str() == name,
            &|profile| profile.id.label() == name,
            &|profile| profile.handle == name,
            &|profile| {
                profile.id.label().eq_ignore_ascii_case(name)
                    || profile.id.as_str().eq_ignore_ascii_case(name)
            },
            &|profile| profile.name == name && !name.is_empty(),
        ];
        for matches in ways {
            let found: Vec<&Profile> = self.profiles.iter().filter(matches).collect();
            match found.as_slice() {
                [] => {}
                [profile] => return Ok(Some(profile)),
                _ => return Err(found),
            }
        }
        Ok(None)
    }

    /// The profiles in the order a person expects them: by place in the order,
    /// then as stored.
    pub fn in_order(&self) -> Vec<&Profile> {
        let mut placed = vec![None; self.order.in_effect().map_or(0, <[ProfileId]>::len)];
        for profile in &self.profiles {
            if let Some(place) = profile.place {
                placed[place - 1] = Some(profile);
            }
        }
        let rest = self.profiles.iter().filter(|profile| profile.place.is_none());
        placed.into_iter().flatten().chain(rest).collect()
    }

    /// Whether there is an order and it leaves this profile out.
    pub fn leaves_out(&self, profile: &Profile) -> bool {
        self.order.in_effect().is_some() && profile.place.is_none()
    }
}
