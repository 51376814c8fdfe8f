//! The contract's values turned into ours, and ours into the contract's.

use std::collections::BTreeMap;

use crate::command::Format;
use crate::contract::commands::{About, Check, Request, Strain, StrainKind};
use crate::contract::{auth_store, gateway, https};
use crate::gateway::GatewayError;
use crate::order::{OrderRequest, Plan};
use crate::profile::{
    Access, AuthOrder, Identity, Ids, Key, Profile, ProfileId, SignIns, names_to_show,
};
use crate::reply::{ReplyContext, Screen};
use crate::report::{Report, Row};
use crate::text::clean;
use crate::time::Zone;
use crate::usage::{UsageError, Verdict};

/// Returns the reply context for a request, in the format that its words name.
pub(super) fn context(request: &Request, format: Format) -> ReplyContext {
    let screen = request.channel.screen.as_ref();
    ReplyContext {
        locale: request.locale,
        zone: Zone { name: clean(&request.zone.name, 40), ..request.zone.clone() },
        now: request.now,
        agent: clean(&request.agent, 64),
        screen: screen
            .map(|screen| Screen { options: clean(&screen.options, 200), ..screen.clone() }),
        ids: if request.settings.full_ids { Ids::Full } else { Ids::Masked },
        demo: request.settings.demo,
        wants_json: request.wants_json || format == Format::Json,
        session: request.session_profile.clone(),
    }
}

/// Returns the facts of a check for a host that repeats it by itself.
pub(super) fn about(report: &Report<'_>) -> About {
    let strain = |row: &Row<'_>| {
        let error = row.outcome.as_ref().err()?;
        let kind = match error {
            UsageError::RateLimited(_) => StrainKind::RateLimited,
            UsageError::ServerError(_) => StrainKind::ServerError,
            _ => return None,
        };
        let seconds = u32::try_from(error.retry_after().unwrap_or(0));
        Some(Strain { kind, retry_after_seconds: seconds.unwrap_or(0) })
    };
    let strains = report.rows.iter().filter_map(strain);
    About::Check(Check {
        profiles: report.rows.len() as u32,
        usable: report.count(Verdict::Usable) as u32,
        unknown: report.count(Verdict::Unknown) as u32,
        most_left: report.most_left().and_then(|left| u8::try_from(left.trunc()).ok()),
        strain: strains.max_by_key(|strain| strain.retry_after_seconds),
    })
}

pub(super) fn transport_error(error: &https::Error, profile: &Profile) -> UsageError {
    match error.failure {
        https::Failure::NoCredential => UsageError::MissingAccessToken(match profile.access {
            Access::Ready => Access::Missing,
            known => known,
        }),
        https::Failure::BudgetSpent => UsageError::NotChecked,
        https::Failure::TimedOut => UsageError::Timeout,
        https::Failure::TooLarge | https::Failure::SecretEchoed => UsageError::BadContent,
        https::Failure::Denied | https::Failure::Unreachable => UsageError::RequestFailed,
    }
}

/// Builds the sign-ins of a store, with ids as the settings want them shown.
pub(super) fn sign_ins(snapshot: auth_store::Snapshot, ids: Ids) -> SignIns {
    let listed = |order: Vec<String>| order.into_iter().map(ProfileId::new).collect();
    let order = AuthOrder {
        own: snapshot.order.map(listed),
        inherited: snapshot.inherited_order.map(listed),
    };
    let stored: Vec<(ProfileId, &str)> = snapshot
        .profiles
        .iter()
        .map(|profile| (ProfileId::new(&profile.id), profile.handle.as_str()))
        .collect();
    let names = names_to_show(&stored, ids);
    let places = order.places();
    let named = snapshot.profiles.into_iter().zip(names);
    let profiles = named.map(|(stored, name)| profile(stored, name, &places)).collect();
    SignIns {
        era: snapshot.era,
        source: clean(&snapshot.source, 200),
        provider: snapshot.provider,
        profiles,
        keys: snapshot.keys.into_iter().map(|each| key(each, ids)).collect(),
        order,
        last_good: snapshot.last_good.map(ProfileId::new),
        findings: snapshot.findings,
    }
}

fn profile(
    stored: auth_store::Profile,
    name: String,
    places: &BTreeMap<&ProfileId, usize>,
) -> Profile {
    let id = ProfileId::new(stored.id);
    Profile {
        place: places.get(&id).copied(),
        id,
        handle: stored.handle,
        provider: stored.provider,
        access: stored.access,
        expires_at: stored.expires_at,
        has_refresh: stored.has_refresh,
        identity: Identity { account_id: stored.account_id, user_id: stored.user_id },
        last_used_at: stored.last_used_at,
        last_failure_at: stored.last_failure_at,
        cooldown_until: stored.cooldown_until,
        cooldown_reason: stored.cooldown_reason.map(|reason| clean(&reason, 40)),
        error_count: stored.error_count,
        failure_counts: stored.failure_counts,
        name,
    }
}

fn key(stored: auth_store::Key, ids: Ids) -> Key {
    let id = ProfileId::new(stored.id);
    Key { handle: stored.handle, name: id.shown(ids), kind: stored.kind, id }
}

impl From<gateway::Error> for GatewayError {
    fn from(error: gateway::Error) -> Self {
        match error {
            gateway::Error::NotFound => Self::NotFound,
            gateway::Error::Failed => Self::Failed,
            gateway::Error::TimedOut => Self::TimedOut,
            gateway::Error::NeedsTerminal => Self::NeedsTerminal,
            // Only a change is answered so, and it looks at them first.
            gateway::Error::Busy
            | gateway::Error::NotConfirmed
            | gateway::Error::Moved
            | gateway::Error::Denied => Self::Denied,
        }
    }
}

/// Returns a planned change as the host is asked for it.
pub(super) fn change(plan: &Plan, provider: &str) -> gateway::Change {
    let id = |id: &ProfileId| id.as_str().to_owned();
    let provider = provider.to_owned();
    match &plan.request {
        OrderRequest::Delete(of) => gateway::Change::AuthLogout(id(of)),
        OrderRequest::Clear => gateway::Change::AuthOrderClear(provider),
        OrderRequest::Set(_) | OrderRequest::Retire(_) | OrderRequest::Restore(..) => {
            let profiles = plan.after.own.iter().flatten().map(id).collect();
            gateway::Change::AuthOrderSet(gateway::Order { provider, profiles })
        }
    }
}
