//! A year of checks for alerts, through the component: nothing is told twice, nothing is
//! lost, and nothing that is kept grows without bound.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use host_test::contract::chat::AlertKind;
use host_test::contract::commands::{Channel, Delivery, Locale, Origin, Request, Subscription};
use host_test::contract::plain_request;
use host_test::harness::{Command, Harness};
use host_test::host::Host;
use host_test::state::StateFolder;
use host_test::world;
use serde_json::{Value, json};

const START: i64 = 1_795_372_800;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// Seconds between two checks: the longest that can be set.
const EVERY: i64 = HOUR;
/// A state that lasts so long has been told, or was told before.
const SETTLED: i64 = 3 * HOUR;
const NAMES: [&str; 4] = ["ann", "ben", "cyd", "dee"];

/// Numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }

    /// True once in so many throws.
    fn once_in(&mut self, throws: u64) -> bool {
        self.below(throws) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Out,
    Broken,
}

/// A profile as it really is.
struct Account {
    name: &'static str,
    /// Thousandths of a percent.
    short_left: i64,
    week_left: i64,
    short_reset: i64,
    week_reset: i64,
    broken_until: i64,
    /// Thousandths of a percent of the week, an hour.
    rate: i64,
}

impl Account {
    fn live(&mut self, now: i64, seconds: i64, dice: &mut Dice) {
        if now >= self.short_reset {
            (self.short_left, self.short_reset) = (100_000, now + 5 * HOUR);
        }
        if now >= self.week_reset {
            (self.week_left, self.week_reset) = (100_000, now + WEEK);
            self.rate = 300 + i64::try_from(dice.below(2_500)).unwrap();
        }
        if self.state(now) == State::Ready {
            let busy = i64::try_from(dice.below(3)).unwrap();
            let used = self.rate * busy * seconds.min(HOUR) / HOUR;
            self.week_left = (self.week_left - used).max(0);
            self.short_left = (self.short_left - used * 12).max(0);
        }
        if dice.once_in(1_500) {
            self.broken_until = now + HOUR * (1 + i64::try_from(dice.below(72)).unwrap());
        }
    }

    fn state(&self, now: i64) -> State {
        if now < self.broken_until {
            State::Broken
        } else if self.short_left < 1_000 || self.week_left < 1_000 {
            State::Out
        } else {
            State::Ready
        }
    }

    fn told(&self, now: i64, is_down: bool) -> Value {
        if is_down {
            return json!({ "id": self.name, "fetch_error": "request_failed" });
        }
        match self.state(now) {
            State::Broken => json!({ "id": self.name, "auth": "reauth" }),
            state => json!({
                "id": self.name, "allowed": state == State::Ready,
                "windows": [
                    { "len": 18_000, "left": self.short_left / 1000, "reset": self.short_reset },
                    { "len": WEEK, "left": self.week_left / 1000, "reset": self.week_reset },
                ],
            }),
        }
    }
}

/// The changes that were told, and those that have to be.
#[derive(Default)]
struct Judge {
    counts: BTreeMap<&'static str, usize>,
    /// When a change of this kind was told last of this profile.
    told_at: BTreeMap<(String, &'static str), i64>,
    /// Windows of which it was told that they lapse or end too soon.
    ends: BTreeSet<(String, &'static str, i64)>,
    /// The state of each subject, and since when.
    since: BTreeMap<String, (State, i64)>,
    /// The state that was the same for long enough, and since when.
    settled: BTreeMap<String, (State, i64)>,
}

impl Judge {
    fn hear(&mut self, text: &str, accounts: &[Account], now: i64) {
        for line in text.lines().filter(|line| line.starts_with("🔔 ")) {
            let (kind, end) = kind_of(line);
            *self.counts.entry(kind).or_default() += 1;
            let name = line.split([' ', ':']).nth(1).unwrap().to_owned();
            let account = accounts.iter().find(|account| account.name == name);
            if let (Some(is_week), Some(account)) = (end, account) {
                let end = if is_week { account.week_reset } else { account.short_reset };
                assert!(self.ends.insert((name, kind, end)), "twice: {line}");
                continue;
            }
            let last = self.told_at.insert((name, kind), now);
            let is_late = last.is_none_or(|last| now - last >= HOUR);
            assert!(is_late, "within an hour: {line}");
        }
    }

    /// Takes in how a subject is, as a check that was kept saw it.
    fn see(
        &mut self,
        subject: &str,
        state: State,
        kind: impl Fn(State) -> Option<&'static str>,
        now: i64,
    ) {
        let since = self.since.entry(subject.to_owned()).or_insert((state, now));
        if since.0 != state {
            *since = (state, now);
        }
        if now - since.1 < SETTLED {
            return;
        }
        let new = (state, since.1);
        let Some(old) = self.settled.insert(subject.to_owned(), new) else {
            return;
        };
        if old.0 == state {
            return;
        }
        if let Some(kind) = kind(state) {
            let name = if subject == "all" { "No" } else { subject };
            let at = self.told_at.get(&(name.to_owned(), kind));
            let is_told = at.is_some_and(|at| *at > old.1);
            assert!(is_told, "{subject} is {state:?} since {} and nobody was told", new.1);
        }
    }
}

/// The kind of a line, and of one that is told once for a window whether that is the week.
fn kind_of(line: &str) -> (&'static str, Option<bool>) {
    for (part, kind, end) in [
        (" is ready again", "ready", None),
        (" is nearly used up", "low", None),
        (" its week is empty", "empty-soon", Some(true)),
        (" its 5 hours is empty", "empty-soon", Some(false)),
        (" stopped working", "broken", None),
        (" of its week ", "expiring", Some(true)),
        ("No profile is ready", "all-out", None),
    ] {
        if line.contains(part) {
            return (kind, end);
        }
    }
    panic!("of no kind: {line}");
}

struct Scene<'a> {
    harness: Harness,
    folder: &'a Path,
    checks: usize,
}

impl Scene<'_> {
    /// One check by schedule at this time of the gateway's clock.
    fn check(&mut self, accounts: &[Account], now: i64, clock: i64, is_down: bool) -> Vec<String> {
        let profiles: Vec<Value> = accounts.iter().map(|one| one.told(now, is_down)).collect();
        let file = self.folder.join("world.json");
        fs::write(&file, json!({ "now": clock, "profiles": profiles }).to_string()).unwrap();
        let subscription = Subscription {
            kinds: vec![
                AlertKind::Ready,
                AlertKind::Low,
                AlertKind::EmptySoon,
                AlertKind::Broken,
                AlertKind::Expiring,
                AlertKind::AllOut,
            ],
            locale: Locale::En,
            channel: Channel { buttons: 8, length: 4096, private: true, screen: None },
        };
        let request = Request {
            salt: "salt".into(),
            ..plain_request(Origin::Schedule(vec![subscription]), clock)
        };
        let state = StateFolder::at(self.folder.join("state"));
        let world = Arc::new(world::replay(&file).unwrap());
        let host = Host::new(world, Some(state));
        let turn = self.harness.call(Command::Auth, &request, host).unwrap();
        let Delivery::Alerts(alerts) = turn.reply.delivery else {
            panic!("no answer to a check by schedule");
        };
        self.checks += 1;
        alerts.into_iter().flatten().map(|part| part.text).collect()
    }

    fn kept(&self) -> Vec<u64> {
        let size = |name: &str| {
            fs::metadata(self.folder.join("state").join(name)).map_or(0, |file| file.len())
        };
        ["memory", "alerts", "history"].map(size).to_vec()
    }
}

#[test]
#[ignore = "takes half a minute: .ci/run does it"]
fn a_year_of_checks_tells_each_change_once_and_keeps_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    let mut accounts: Vec<Account> = NAMES
        .iter()
        .zip(1..)
        .map(|(name, place)| Account {
            name,
            short_left: 100_000,
            week_left: 100_000,
            short_reset: START + HOUR * place,
            week_reset: START + DAY * place,
            broken_until: 0,
            rate: 600 * place,
        })
        .collect();
    let mut scene = Scene { harness: Harness::new().unwrap(), folder: folder.path(), checks: 0 };
    let mut judge = Judge::default();
    let (mut now, mut down_until, mut full_until) = (START, 0, 0);
    let (mut outages, mut jumps, mut races, mut full) = (0, 0, 0, 0);
    let mut largest = [vec![0; 3], vec![0; 3]];
    while now < START + 365 * DAY {
        // A suspended machine now and then, for up to two days.
        let slept =
            if dice.once_in(400) { HOUR * (1 + i64::try_from(dice.below(48)).unwrap()) } else { 0 };
        let seconds = EVERY + slept + i64::try_from(dice.below(120)).unwrap();
        now += seconds;
        // Nobody checks in quiet hours: the first check afterwards tells it all.
        if !(8..22).contains(&(now % DAY / HOUR)) {
            for account in &mut accounts {
                account.live(now, seconds, &mut dice);
            }
            continue;
        }
        for account in &mut accounts {
            account.live(now, seconds, &mut dice);
        }
        if dice.once_in(700) {
            down_until = now + HOUR;
            outages += 1;
        }
        if dice.once_in(900) {
            full_until = now + 3 * HOUR;
        }
        let (is_down, is_full) = (now < down_until, now < full_until);
        // A folder in the place of the new file: the disk refuses.
        let blocked = folder.path().join("state/alerts.new");
        if is_full {
            full += 1;
            fs::create_dir_all(&blocked).unwrap();
        } else {
            let _ = fs::remove_dir(&blocked);
        }
        let clock = match dice.below(600) {
            0 => now + DAY,
            1 => now - DAY,
            2 => now + 400 * DAY,
            _ => now,
        };
        jumps += usize::from(clock != now);
        let said = scene.check(&accounts, now, clock, is_down);
        assert!(said.len() <= 1 && (said.is_empty() || !is_full), "{said:?}");
        for text in &said {
            judge.hear(text, &accounts, now);
        }
        if dice.once_in(50) {
            // Another gateway on the same folder, or a restart, a moment later.
            races += 1;
            let again = scene.check(&accounts, now, clock, is_down);
            assert_eq!(again, Vec::<String>::new());
        }
        if is_down || is_full || clock != now {
            continue;
        }
        for account in &accounts {
            let kind = |state| match state {
                State::Ready => Some("ready"),
                State::Broken => Some("broken"),
                State::Out => None,
            };
            judge.see(account.name, account.state(now), kind, now);
        }
        let is_out = accounts.iter().all(|account| account.state(now) != State::Ready);
        let all = if is_out { State::Out } else { State::Ready };
        let kind = |state| (state == State::Out).then_some("all-out");
        judge.see("all", all, kind, now);
        let half = usize::from(now > START + 60 * DAY);
        for (most, size) in largest[half].iter_mut().zip(scene.kept()) {
            *most = size.max(*most);
        }
    }
    eprintln!(
        "{} checks in 365 days: {outages} outages, {jumps} jumps of the clock, {races} races, {full} on a full disk",
        scene.checks
    );
    eprintln!("told: {:?}", judge.counts);
    eprintln!("largest files of memory, alerts and history: {largest:?}");
    assert!(judge.counts.len() == 6, "of every kind: {:?}", judge.counts);
    for (early, late) in largest[0].iter().zip(&largest[1]) {
        assert!(late * 10 <= early * 12, "{largest:?}");
    }
}
