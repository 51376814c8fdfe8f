//! The contract's types turned into ours.

use super::bindings::codex_profiler::skill::{auth_store, gateway, https};
use super::bindings::exports::codex_profiler::skill::commands::{
    self, About, Check, Origin, Request, Strain, StrainKind, Subscription,
};
use crate::command::{Format, Input};
use crate::gateway::{GatewayError, Output};
use crate::order::Change;
use crate::profile::{
    Access, AuthOrder, Era, Finding, Identity, Ids, Key, KeyKind, Profile, ProfileId, SignIns,
    StoreError, StoreFailure, clean, names_to_show,
};
use crate::reply::session::{Pin, Session};
use crate::reply::{Locale, ReplyContext, Screen};
use crate::report::{Report, Row};
use crate::time::Zone;
use crate::usage::{HttpResponse, UsageError, Verdict};

/// Returns the reply context for a request, in the format that its words name.
pub(super) fn context(request: &Request, format: Format) -> ReplyContext {
    ReplyContext {
        locale: locale(request.locale),
        zone: Zone {
            name: clean(&request.zone.name, 40),
            transitions: request.zone.transitions.clone(),
        },
        now: request.now,
        agent: clean(&request.agent, 64),
        screen: request.channel.screen.as_ref().map(|screen| Screen {
            colour: screen.colour,
            columns: screen.columns,
            rows: screen.rows,
        }),
        options: match &request.channel.screen {
            Some(screen) => clean(&screen.options, 200),
            None => String::new(),
        },
        ids: ids(request),
        demo: request.settings.demo,
        wants_json: request.wants_json || format == Format::Json,
        session: request.session_profile.as_ref().map(|session| Session {
            profile: ProfileId::new(session.profile.clone()),
            pin: match session.pin {
                commands::Pin::Auto => Pin::Auto,
                commands::Pin::User => Pin::User,
            },
        }),
    }
}

pub(super) fn locale(locale: commands::Locale) -> Locale {
    match locale {
        commands::Locale::En => Locale::En,
        commands::Locale::Zh => Locale::Zh,
    }
}

/// Returns the words of a request, or the subscriptions where nobody asked.
pub(super) fn input(origin: &Origin) -> Result<Input<'_>, &[Subscription]> {
    match origin {
        Origin::Command(text) | Origin::Tool(text) => Ok(Input::Text(text)),
        Origin::Button(value) => Ok(Input::Button(value)),
        Origin::Terminal(words) => Ok(Input::Words(words)),
        Origin::Schedule(subscriptions) => Err(subscriptions),
    }
}

/// Returns the form in which the user wants ids shown.
pub(super) fn ids(request: &Request) -> Ids {
    if request.settings.full_ids { Ids::Full } else { Ids::Masked }
}

/// Returns the facts of a check for a host that repeats it by itself.
pub(super) fn about(report: &Report<'_>) -> About {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let strain = |row: &Row<'_>| {
        let error = row.outcome.as_ref().err()?;
        let kind = match error {
            UsageError::RateLimited(_) => StrainKind::RateLimited,
            UsageError::ServerError(_) => StrainKind::ServerError,
            _ => return None,
        };
        let seconds = error.retry_after().unwrap_or(0).max(0);
        Some(Strain { kind, retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX) })
    };
    let strains = report.rows.iter().filter_map(strain);
    About::Check(Check {
        profiles: count(report.rows.len()),
        usable: count(report.count(Verdict::Usable)),
        unknown: count(report.count(Verdict::Unknown)),
        most_left: report.most_left().and_then(|left| u8::try_from(left.trunc()).ok()),
        strain: strains.max_by_key(|strain| strain.retry_after_seconds),
    })
}

pub(super) fn response(response: https::Response) -> HttpResponse {
    HttpResponse {
        status: response.status,
        retry_after: response.retry_after,
        content_type: response.content_type,
        challenged: response.challenged,
        body: response.body,
        received_at: response.received_at,
    }
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

pub(super) fn store_error(error: auth_store::Error) -> StoreError {
    let failure = match error.failure {
        auth_store::Failure::Missing => StoreFailure::Missing,
        auth_store::Failure::Unreadable => StoreFailure::Unreadable,
        auth_store::Failure::Malformed => StoreFailure::Malformed,
        auth_store::Failure::Unmigrated => StoreFailure::Unmigrated,
        auth_store::Failure::Locked => StoreFailure::Locked,
        auth_store::Failure::TooLarge => StoreFailure::TooLarge,
        auth_store::Failure::BadAgent => StoreFailure::BadAgent,
        auth_store::Failure::Denied => StoreFailure::Denied,
    };
    StoreError { failure, source: clean(&error.source, 200) }
}

/// Builds the sign-ins of a store, with ids as the settings want them shown.
pub(super) fn sign_ins(snapshot: auth_store::Snapshot, ids: Ids) -> SignIns {
    let listed = |order: Vec<String>| order.into_iter().map(ProfileId::new).collect();
    let order = AuthOrder {
        own: snapshot.order.map(listed),
        inherited: snapshot.inherited_order.map(listed),
    };
    let stored = snapshot.profiles.iter();
    let stored: Vec<(ProfileId, &str)> =
        stored.map(|profile| (ProfileId::new(&profile.id), profile.handle.as_str())).collect();
    let names = names_to_show(&stored, ids);
    let places = order.places();
    let mut profiles = Vec::with_capacity(names.len());
    for (stored, name) in snapshot.profiles.into_iter().zip(names) {
        let id = ProfileId::new(&stored.id);
        profiles.push(profile(stored, name, places.get(&id).copied()));
    }
    SignIns {
        era: match snapshot.era {
            auth_store::Era::Json => Era::Json,
            auth_store::Era::Sqlite => Era::Sqlite,
        },
        source: clean(&snapshot.source, 200),
        provider: snapshot.provider,
        profiles,
        keys: snapshot.keys.into_iter().map(|each| key(each, ids)).collect(),
        order,
        last_good: snapshot.last_good.map(ProfileId::new),
        findings: snapshot.findings.into_iter().map(finding).collect(),
    }
}

fn profile(profile: auth_store::Profile, name: String, place: Option<usize>) -> Profile {
    Profile {
        id: ProfileId::new(profile.id),
        handle: profile.handle,
        provider: profile.provider,
        access: match profile.access {
            auth_store::Access::Ready => Access::Ready,
            auth_store::Access::Expired => Access::Expired,
            auth_store::Access::Fenced => Access::Fenced,
            auth_store::Access::Missing => Access::Missing,
        },
        expires_at: profile.expires_at,
        has_refresh: profile.has_refresh,
        identity: Identity { account_id: profile.account_id, user_id: profile.user_id },
        last_used_at: profile.last_used_at,
        last_failure_at: profile.last_failure_at,
        cooldown_until: profile.cooldown_until,
        cooldown_reason: profile.cooldown_reason.map(|reason| clean(&reason, 40)),
        error_count: profile.error_count,
        failure_counts: profile.failure_counts,
        name,
        place,
    }
}

fn key(key: auth_store::Key, ids: Ids) -> Key {
    let id = ProfileId::new(key.id);
    Key {
        handle: key.handle,
        name: id.shown(ids),
        kind: match key.kind {
            auth_store::KeyKind::ApiKey => KeyKind::ApiKey,
            auth_store::KeyKind::Token => KeyKind::Token,
        },
        id,
    }
}

/// Turns the result of a gateway command into its output or its error.
pub(super) fn output(
    result: Result<gateway::Output, gateway::Error>,
) -> Result<Output, GatewayError> {
    match result {
        Ok(output) => {
            Ok(Output { exit_code: output.exit_code, json: output.json, message: output.message })
        }
        Err(error) => Err(gateway_error(error)),
    }
}

fn gateway_error(error: gateway::Error) -> GatewayError {
    match error {
        gateway::Error::NotFound => GatewayError::NotFound,
        gateway::Error::Failed => GatewayError::Failed,
        gateway::Error::TimedOut => GatewayError::TimedOut,
        gateway::Error::NeedsTerminal => GatewayError::NeedsTerminal,
        // Only a change is answered so, and it looks at them first.
        gateway::Error::Busy
        | gateway::Error::NotConfirmed
        | gateway::Error::Moved
        | gateway::Error::Denied => GatewayError::Denied,
    }
}

/// A planned change as the host is asked for it.
pub(super) fn change(change: &Change, provider: &str) -> gateway::Change {
    let id = |id: &ProfileId| id.as_str().to_owned();
    match change {
        Change::Set(ids) => gateway::Change::AuthOrderSet(gateway::Order {
            provider: provider.to_owned(),
            profiles: ids.iter().map(id).collect(),
        }),
        Change::Clear => gateway::Change::AuthOrderClear(provider.to_owned()),
        Change::Delete(of) => gateway::Change::AuthLogout(id(of)),
    }
}

/// Whether the host keeps exactly this change under a code.
pub(super) fn is_same_change(kept: &gateway::Change, ours: &gateway::Change) -> bool {
    match (kept, ours) {
        (gateway::Change::AuthOrderSet(kept), gateway::Change::AuthOrderSet(ours)) => {
            kept.provider == ours.provider && kept.profiles == ours.profiles
        }
        (gateway::Change::AuthOrderClear(kept), gateway::Change::AuthOrderClear(ours))
        | (gateway::Change::AuthLogout(kept), gateway::Change::AuthLogout(ours)) => kept == ours,
        _ => false,
    }
}

fn finding(finding: auth_store::Finding) -> Finding {
    match finding {
        auth_store::Finding::BothStores => Finding::BothStores,
        auth_store::Finding::LegacyAuthJson => Finding::LegacyAuthJson,
        auth_store::Finding::MigratedPlainTokens => Finding::MigratedPlainTokens,
        auth_store::Finding::StaleCooldown => Finding::StaleCooldown,
        auth_store::Finding::OrderNamesMissing => Finding::OrderNamesMissing,
        auth_store::Finding::MixedProviders => Finding::MixedProviders,
        auth_store::Finding::SkippedEntries => Finding::SkippedEntries,
    }
}
