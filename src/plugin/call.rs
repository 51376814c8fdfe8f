//! One call: the request, and the context of its reply.

use super::bindings::codex_profiler::skill::auth_store;
use super::bindings::exports::codex_profiler::skill::commands::{Origin, Request, Status};
use super::convert;
use super::refusal::{Refusal, ambiguous_profile, unknown_words};
use crate::command::{Format, Target};
use crate::profile::{Found, Profile, SignIns, StoreError, StoreFailure};
use crate::reply::selector::Purpose;
use crate::reply::{self, ReplyContext};

pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) context: ReplyContext,
}

impl<'a> Call<'a> {
    pub(super) fn new(request: &'a Request, format: Format) -> Self {
        Self { request, context: convert::context(request, format) }
    }

    pub(super) fn is_at_terminal(&self) -> bool {
        matches!(self.request.origin, Origin::Terminal(_))
    }

    /// Reads the stored sign-ins. There is at least one.
    pub(super) fn read_sign_ins(&self) -> Result<SignIns, Refusal> {
        let refuse = |error: StoreError| Refusal {
            source: Some(error.source.clone()),
            ..Refusal::new(
                match error.failure {
                    StoreFailure::BadAgent => Status::Misused,
                    _ => Status::Failed,
                },
                error.failure.word(),
                reply::refusal::store_failure(&self.context, &error),
            )
        };
        let snapshot = auth_store::read().map_err(|error| refuse(convert::store_error(error)))?;
        let sign_ins = convert::sign_ins(snapshot, convert::ids(self.request));
        if sign_ins.profiles.is_empty() {
            return Err(refuse(StoreError {
                failure: StoreFailure::Empty,
                source: sign_ins.source,
            }));
        }
        Ok(sign_ins)
    }

    /// Finds the profiles of a target, in the order they are shown.
    pub(super) fn find<'s>(
        &self,
        sign_ins: &'s SignIns,
        purpose: Purpose,
        target: &Target,
    ) -> Result<Vec<&'s Profile>, Refusal> {
        let name = match target {
            Target::All => return Ok(sign_ins.in_order()),
            Target::Default => return Ok(sign_ins.default_profile().into_iter().collect()),
            Target::Named(name) => name,
        };
        match sign_ins.find(name) {
            Found::One(profile) => Ok(vec![profile]),
            Found::Several(those) => Err(ambiguous_profile(self, &those)),
            Found::None if matches!(self.request.origin, Origin::Button(_)) => {
                Err(Refusal::list_changed(self))
            }
            Found::None => reply::selector::listed(sign_ins, purpose, name)
                .ok_or_else(|| unknown_words(self, sign_ins, purpose, name)),
        }
    }
}
