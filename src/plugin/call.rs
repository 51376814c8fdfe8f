//! One call: the request, and the context of its reply.

use super::convert;
use super::refusal::{Refusal, STORE_EMPTY, ambiguous_profile, key_has_no_quota, unknown_profile};
use crate::command::{CommandError, Format, Target};
use crate::contract::auth_store;
use crate::contract::commands::{Origin, Request, Status};
use crate::profile::{Profile, SignIns, StoreError, StoreFailure, names};
use crate::reply::selector::Purpose;
use crate::reply::{self, ReplyContext};
use crate::text::clean;

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
        let context = &self.context;
        let snapshot = auth_store::read().map_err(|error| {
            let error = StoreError { source: clean(&error.source, 200), ..error };
            let is_misuse = error.failure == StoreFailure::BadAgent;
            let status = if is_misuse { Status::Misused } else { Status::Failed };
            let text = reply::refusal::store_failure(context, &error);
            let refusal = Refusal::new(status, error.failure.word(), text);
            Refusal { source: Some(error.source), ..refusal }
        })?;
        let sign_ins = convert::sign_ins(snapshot, context.ids);
        if sign_ins.profiles.is_empty() {
            let text = reply::refusal::store_empty(context, &sign_ins.source);
            let refusal = Refusal::new(Status::Failed, STORE_EMPTY, text);
            return Err(Refusal { source: Some(sign_ins.source), ..refusal });
        }
        Ok(sign_ins)
    }

    /// Reads the sign-ins; none where nobody is signed in.
    pub(super) fn read_any_sign_ins(&self) -> Result<Option<SignIns>, Refusal> {
        match self.read_sign_ins() {
            Err(refusal) if refusal.is_signed_out() => Ok(None),
            read => read.map(Some),
        }
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
        if let Some(profile) = self.find_one(sign_ins, name)? {
            return Ok(vec![profile]);
        }
        if matches!(self.request.origin, Origin::Button(_)) {
            return Err(Refusal::list_changed(self));
        }
        if let Some(listed) = reply::selector::listed(sign_ins, purpose, name) {
            return Ok(listed);
        }
        let names = names(&sign_ins.in_order());
        if let Some(key) = sign_ins.find_key(name) {
            return Err(key_has_no_quota(self, names, key));
        }
        let is_a_name = |word: &str| matches!(sign_ins.find(word), Ok(Some(_)));
        if name.contains(' ') && name.split(' ').all(is_a_name) {
            return Err(Refusal::misuse(self, CommandError::SeveralProfiles));
        }
        Err(unknown_profile(self, names, Some(purpose), name))
    }

    /// Finds the profile of a name, where there is one.
    pub(super) fn find_one<'s>(
        &self,
        sign_ins: &'s SignIns,
        name: &str,
    ) -> Result<Option<&'s Profile>, Refusal> {
        sign_ins.find(name).map_err(|those| ambiguous_profile(self, &those))
    }
}
