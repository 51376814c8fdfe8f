//! Requests: each with the credential that it gets, together with those beside it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::{Host, Spent};
use crate::contract::https;
use crate::net;
use crate::policy::policy;
use crate::secret::{Secret, SecretScan};
use crate::store::{self, Profile, SignIns};
use crate::world::World;

/// A request that the policy lets through, with the credential it gets.
struct Grant<'a> {
    endpoint: net::Endpoint,
    profile: &'a Profile,
    token: &'a Secret,
    timeout: Duration,
    delay: Duration,
}

type Fetched = Result<https::Response, https::Error>;

impl https::Host for Host {
    fn fetch_all(&mut self, requests: Vec<https::Request>) -> wasmtime::Result<Vec<Fetched>> {
        self.count()?;
        let away_since = Instant::now();
        // Before any request's time begins.
        if let Err(why) = self.world.endpoint.ready() {
            self.unready = Some(why);
            return Err(wasmtime::Error::msg("the endpoint cannot be asked"));
        }
        let known = self.sign_ins.as_ref().and_then(|read| read.as_ref().ok());
        let grants = self.spent.grants(known, &requests);
        let batch = Batch {
            world: &self.world,
            scan: &self.scan,
            started: Instant::now(),
            deadline: self.started + self.batch_deadline,
            bodies: AtomicUsize::new(0),
        };
        let fetched = batch.run(&grants);
        self.away += away_since.elapsed();
        Ok(fetched)
    }
}

impl Spent {
    /// Grants requests for the profiles that this call has read.
    fn grants<'a>(
        &mut self,
        known: Option<&'a SignIns>,
        requests: &[https::Request],
    ) -> Vec<Result<Grant<'a>, https::Failure>> {
        let profiles = known.into_iter().flat_map(|known| &known.profiles);
        let profiles = profiles.map(|profile| (profile.id.as_str(), profile));
        let profiles = BTreeMap::from_iter(profiles);
        let grant = |request| self.grant(&profiles, request);
        requests.iter().map(grant).collect()
    }

    fn grant<'a>(
        &mut self,
        profiles: &BTreeMap<&str, &'a Profile>,
        request: &https::Request,
    ) -> Result<Grant<'a>, https::Failure> {
        let limits = &policy().limits;
        if self.requests >= limits.requests_a_call {
            return Err(https::Failure::BudgetSpent);
        }
        let endpoint = match request.endpoint {
            https::Endpoint::Usage => net::Endpoint::Usage,
            https::Endpoint::ResetCredits => net::Endpoint::ResetCredits,
        };
        if !policy().endpoints.contains_key(endpoint.name()) {
            return Err(https::Failure::Denied);
        }
        let profile = profiles.get(request.profile.as_str());
        let profile = *profile.ok_or(https::Failure::Denied)?;
        let store::Access::Ready(token) = &profile.access else {
            return Err(https::Failure::NoCredential);
        };
        // To the millisecond a delay could say something to whoever sees the request.
        let step = u64::from(limits.delay_step_ms);
        let delay_ms = u64::from(request.delay_ms).div_ceil(step) * step;
        let grant = Grant {
            endpoint,
            profile,
            token,
            timeout: Duration::from_millis(request.timeout_ms.into()),
            delay: Duration::from_millis(delay_ms),
        };
        let of_profile = (endpoint.name(), profile.id.clone());
        let of_profile = self.requests_of.entry(of_profile).or_default();
        if *of_profile >= limits.requests_a_profile {
            return Err(https::Failure::BudgetSpent);
        }
        *of_profile += 1;
        self.requests += 1;
        Ok(grant)
    }
}

/// Requests that go out together.
struct Batch<'a> {
    world: &'a World,
    scan: &'a SecretScan,
    started: Instant,
    deadline: Instant,
    bodies: AtomicUsize,
}

impl Batch<'_> {
    fn run(&self, grants: &[Result<Grant<'_>, https::Failure>]) -> Vec<Fetched> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(grant) = grants.get(index) else {
                    return done;
                };
                let fetched = match grant {
                    Ok(grant) => self.fetch(grant),
                    Err(failure) => Err(unsent(*failure)),
                };
                done.push((index, fetched));
            }
        };
        // This thread is one of the workers, and enough where no answer takes time.
        let others = if self.world.endpoint.is_instant() {
            0
        } else {
            grants.len().min(policy().limits.requests_at_once)
        };
        let others = others.saturating_sub(1);
        let mut results: Vec<Option<Fetched>> = grants.iter().map(|_| None).collect();
        let done = std::thread::scope(|scope| {
            // Where the system has no thread left, this one does the work alone.
            let spawn = |_| Builder::new().spawn_scoped(scope, work).ok();
            let handles: Vec<_> = (0..others).filter_map(spawn).collect();
            let mut done = work();
            for handle in handles {
                // A worker that panicked loses its results and nobody else's.
                done.extend(handle.join().unwrap_or_default());
            }
            done
        });
        for (index, fetched) in done {
            results[index] = Some(fetched);
        }
        let lost = https::Error { failure: https::Failure::Unreachable, sent: true, elapsed_ms: 0 };
        results.into_iter().map(|fetched| fetched.unwrap_or(Err(lost))).collect()
    }

    fn fetch(&self, grant: &Grant<'_>) -> Fetched {
        if self.bodies.load(Ordering::Relaxed) >= policy().limits.batch_body_bytes {
            return Err(unsent(https::Failure::BudgetSpent));
        }
        // A delay counts from the start of the batch: those behind do not add up.
        let delay = (self.started + grant.delay).saturating_duration_since(Instant::now());
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left <= delay {
            return Err(unsent(https::Failure::BudgetSpent));
        }
        self.world.endpoint.wait(delay);
        // It may have been the last of the token's time.
        let now = self.world.clock.now();
        if grant.profile.expires_at.is_some_and(|at| at <= now) {
            return Err(unsent(https::Failure::NoCredential));
        }
        let timeout = grant.timeout.min(left - delay);
        let answer = self.world.endpoint.get(
            grant.endpoint,
            &grant.profile.id,
            grant.token,
            grant.profile.account_id.as_deref(),
            timeout,
        );
        match answer {
            Ok(answer) => self.admit(answer),
            Err(fault) => Err(https::Error {
                failure: match fault.failure {
                    net::Failure::Denied => https::Failure::Denied,
                    net::Failure::TimedOut => https::Failure::TimedOut,
                    net::Failure::TooLarge => https::Failure::TooLarge,
                    net::Failure::Unreachable => https::Failure::Unreachable,
                },
                sent: fault.sent,
                elapsed_ms: fault.elapsed_ms,
            }),
        }
    }

    /// Lets an answer into the guest: within the batch's budget, and only where
    /// nothing in it is a secret that the host holds.
    fn admit(&self, answer: net::Answer) -> Fetched {
        let elapsed_ms = answer.elapsed_ms;
        let refuse = |failure| https::Error { failure, sent: true, elapsed_ms };
        if answer.body.len() > policy().limits.body_bytes {
            return Err(refuse(https::Failure::TooLarge));
        }
        let before = self.bodies.fetch_add(answer.body.len(), Ordering::Relaxed);
        if before + answer.body.len() > policy().limits.batch_body_bytes {
            return Err(refuse(https::Failure::BudgetSpent));
        }
        let is_secret = |text: &Option<String>| {
            text.as_ref().is_some_and(|text| self.scan.finds(text.as_bytes()))
        };
        if self.scan.finds(&answer.body)
            || is_secret(&answer.retry_after)
            || is_secret(&answer.content_type)
        {
            return Err(refuse(https::Failure::SecretEchoed));
        }
        Ok(https::Response {
            status: answer.status,
            retry_after: answer.retry_after,
            content_type: answer.content_type,
            challenged: answer.challenged,
            body: answer.body,
            received_at: answer.received_at,
            elapsed_ms: answer.elapsed_ms,
        })
    }
}

fn unsent(failure: https::Failure) -> https::Error {
    https::Error { failure, sent: false, elapsed_ms: 0 }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::contract::{Command, auth_store, commands};
    use crate::host::fixtures::{NOW, host, request_of, usage_of};

    #[test]
    fn a_token_that_ends_during_a_delay_is_not_sent() {
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        let sign_ins = host.sign_ins.as_mut().unwrap().as_mut().unwrap();
        let work = sign_ins.profiles.iter_mut();
        let work = work.filter(|profile| profile.id == "openai:work");
        work.for_each(|profile| profile.expires_at = Some(NOW));
        let fetched = https::Host::fetch_all(&mut host, vec![usage_of("openai:work")]).unwrap();
        let error = fetched.into_iter().next().unwrap().unwrap_err();
        assert!(matches!(error.failure, https::Failure::NoCredential));
        assert!(!error.sent);
    }

    #[test]
    fn only_a_profile_of_this_calls_snapshot_is_asked_for() {
        let mut host = host();
        let mut failure = |profile: &str| {
            let fetched = https::Host::fetch_all(&mut host, vec![usage_of(profile)]).unwrap();
            let error = fetched.into_iter().next().unwrap().unwrap_err();
            assert!(!error.sent);
            error.failure
        };
        // Before the snapshot was read nothing is.
        assert!(matches!(failure("openai:work"), https::Failure::Denied));
        auth_store::Host::read(&mut host).unwrap().unwrap();
        for profile in ["openai:other", "", "work", "openai:work\0", &"x".repeat(1 << 20)] {
            let fetched = https::Host::fetch_all(&mut host, vec![usage_of(profile)]).unwrap();
            let error = fetched.into_iter().next().unwrap().unwrap_err();
            assert!(matches!(error.failure, https::Failure::Denied), "{profile:.20}");
        }
    }

    fn grant(host: &mut Host, request: https::Request) -> Result<Grant<'_>, https::Failure> {
        let known = host.sign_ins.as_ref().and_then(|read| read.as_ref().ok());
        host.spent.grants(known, &[request]).remove(0)
    }

    #[test]
    fn a_profile_is_asked_for_three_times_and_no_call_asks_without_end() {
        let limits = &policy().limits;
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        let mut asked = |profile: &str| grant(&mut host, usage_of(profile)).is_ok();
        for profile in ["openai:work", "openai:home"] {
            let granted = (0..10).filter(|_| asked(profile)).count();
            assert_eq!(granted, limits.requests_a_profile);
        }
        let profile = host.known().unwrap().profiles[0].clone();
        let many = (0..limits.requests_a_call)
            .map(|each| store::Profile { id: format!("openai:{each}"), ..profile.clone() });
        host.sign_ins.as_mut().unwrap().as_mut().unwrap().profiles = many.collect();
        let mut granted = 0;
        for each in 0..limits.requests_a_call {
            let asked = grant(&mut host, usage_of(&format!("openai:{each}")));
            granted += usize::from(asked.is_ok());
        }
        assert_eq!(granted, limits.requests_a_call - 2 * limits.requests_a_profile);
    }

    #[test]
    fn a_delay_is_rounded_up_to_a_step() {
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        let mut delays = [0, 1, 100, 101, 1234, u32::MAX].into_iter();
        let mut delay = |profile: &str| {
            let request = https::Request { delay_ms: delays.next().unwrap(), ..usage_of(profile) };
            grant(&mut host, request).unwrap().delay.as_millis()
        };
        let work = [(); 3].map(|()| delay("openai:work"));
        let home = [(); 3].map(|()| delay("openai:home"));
        assert_eq!(work, [0, 100, 100]);
        assert_eq!(home, [200, 1300, 4_294_967_300]);
    }

    #[test]
    fn whoever_waits_in_a_chat_is_answered_sooner() {
        let deadline = |origin: commands::Origin| {
            let mut host = host();
            let request = commands::Request { origin, ..request_of("all") };
            host.begin_call(Command::Usage, &request);
            host.batch_deadline.as_secs()
        };
        let typed = |text: &str| commands::Origin::Command(text.into());
        assert_eq!(deadline(typed("all --timeout-sec 60")), 25);
        assert_eq!(deadline(commands::Origin::Tool("all".into())), 25);
        assert_eq!(deadline(commands::Origin::Terminal(vec![])), 60);
        // What would come later is ended then, and what has no time left is not sent.
        let mut host = host();
        auth_store::Host::read(&mut host).unwrap().unwrap();
        host.batch_deadline = Duration::ZERO;
        let fetched = https::Host::fetch_all(&mut host, vec![usage_of("openai:work")]).unwrap();
        let spent =
            |error: &https::Error| error.failure == https::Failure::BudgetSpent && !error.sent;
        assert!(fetched[0].as_ref().is_err_and(spent), "{fetched:?}");
    }
}
