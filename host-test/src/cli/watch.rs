//! A check again and again: when the next one is, what is waited for, and what is seen
//! meanwhile.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use jiff::Zoned;
use jiff::tz::TimeZone;

use self::words::{says_gave_up, says_next, says_now, says_rest, shown_time};
use super::args::{Form, Until, WatchArgs};
use super::ask::Ask;
use super::output::{NOT_STARTED, error_document, exit_code, parts};
use super::screen::Screen;
use crate::contract::commands::{About, Check, StrainKind};
use crate::harness::{Harness, Turn};

mod words;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Checks again and again, as the arguments ask for.
pub(super) fn run(ask: &Ask<'_>, args: &WatchArgs, every: Duration) -> Result<u8> {
    let form = ask.form;
    let plan = WatchPlan { every, until: args.until, patience: args.patience };
    let locale = ask.common.locale();
    let zone = ask.common.zone.clone().unwrap_or_else(TimeZone::system);
    let stopwatch = Stopwatch::start();
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let mut output = if form == Form::Text && io::stdout().is_terminal() && !is_dumb {
        Display::Screen { screen: None, colour: ask.terminal.colours() }
    } else {
        Display::Lines { form, told: false }
    };
    let is_first = Cell::new(true);
    let check = || {
        let is_first = is_first.replace(false);
        let made = ask.world().and_then(|world| {
            if is_first {
                ask.announce();
            }
            ask.call(&Harness::new()?, world)
        });
        match made {
            Ok(turn) => Ok(WatchedCheck::of(&turn)),
            // What cannot be begun is not watched; what once could may come back.
            Err(error) if is_first => Err(error),
            Err(error) => Ok(WatchedCheck::failed(&format!("{error:#}"))),
        }
    };
    let wait = |check: &WatchedCheck, pause: &Pause| {
        let mut clock = |at: Duration| {
            let left = at.saturating_sub(stopwatch.elapsed());
            shown_time(locale, &Zoned::now().with_time_zone(zone.clone()), left)
        };
        let next = says_next(locale, &clock(pause.due), pause.strain);
        let rest = says_rest(locale, &plan, pause.ends_at.map(&mut clock));
        let status = StatusLine { next, rest, now: says_now(locale) };
        output.show(check, &status, &stopwatch, pause.end())
    };
    let (end, last) = watch(&plan, || stopwatch.elapsed(), random, check, wait)?;
    output.finish(&last, end)?;
    if let (End::TimeIsOver, Some(until), Some(patience)) = (end, plan.until, plan.patience) {
        eprintln!("codex-profiler: {}", says_gave_up(locale, until, patience));
    }
    Ok(match (end, plan.until) {
        (End::Refused(code), _) => code,
        (End::Reached, _) | (End::TimeIsOver | End::NobodyReads, None) => 0,
        (End::TimeIsOver | End::NobodyReads, Some(_)) => 1,
    })
}

/// The place where checks are shown.
enum Display {
    /// In one place of a terminal, which is taken over with the first pause.
    Screen { screen: Option<Screen>, colour: bool },
    /// One after the other.
    Lines {
        form: Form,
        /// True if one was.
        told: bool,
    },
}

/// The last line of a screen.
struct StatusLine {
    next: String,
    rest: String,
    now: &'static str,
}

impl Display {
    /// Shows a check until `end`. Breaks where nobody reads any more.
    fn show(
        &mut self,
        check: &WatchedCheck,
        status: &StatusLine,
        stopwatch: &Stopwatch,
        end: Duration,
    ) -> Result<ControlFlow<()>> {
        match self {
            Self::Lines { form, told } => {
                let shown = tell(check, *form, told)?;
                if shown.is_continue() {
                    stopwatch.sleep_until(end, Duration::from_secs(5), || Ok(()))?;
                }
                Ok(shown)
            }
            Self::Screen { screen, colour } => {
                let screen = match screen {
                    Some(screen) => screen,
                    none => none.insert(Screen::open(*colour)?),
                };
                let StatusLine { next, rest, now } = status;
                let line = format!("{next} · {rest}");
                screen.draw(&check.text, &line)?;
                let tick =
                    || if screen.is_stale() { screen.draw(&check.text, &line) } else { Ok(()) };
                stopwatch.sleep_until(end, Duration::from_millis(250), tick)?;
                screen.draw(&check.text, &format!("{now} · {rest}"))?;
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    /// Leaves the last check on the terminal.
    fn finish(self, last: &WatchedCheck, end: End) -> Result<()> {
        match self {
            Self::Screen { screen: Some(screen), .. } => screen.leave(&last.text),
            Self::Screen { screen: None, .. } => drop(tell(last, Form::Text, &mut false)?),
            Self::Lines { form, mut told } => {
                if matches!(end, End::Reached | End::Refused(_)) {
                    let _ = tell(last, form, &mut told)?;
                }
            }
        }
        Ok(())
    }
}

/// Prints a reading below those before it. Breaks where nobody reads any more.
fn tell(reading: &WatchedCheck, form: Form, told: &mut bool) -> Result<ControlFlow<()>> {
    let text = match form {
        Form::Document => format!("{}\n", reading.document),
        Form::Text if *told => format!("\n{}\n", reading.text),
        Form::Text => format!("{}\n", reading.text),
    };
    *told = true;
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(error.into()),
    }
}

/// The interval and the end of a watch.
struct WatchPlan {
    every: Duration,
    until: Option<Until>,
    patience: Option<Duration>,
}

/// The end of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The event that it waited for came.
    Reached,
    /// `--for` is over.
    TimeIsOver,
    /// The component does not understand what is asked, with this exit code.
    Refused(u8),
    /// The reader of the output went away.
    NobodyReads,
}

/// The time between two checks. Instants count from the start of the watch.
struct Pause {
    due: Duration,
    /// The end of the watch, whatever comes.
    ends_at: Option<Duration>,
    /// The reason for which the next check is later than asked for.
    strain: Option<Strain>,
}

impl Pause {
    fn end(&self) -> Duration {
        self.ends_at.map_or(self.due, |ends_at| ends_at.min(self.due))
    }
}

/// Checks until the plan ends the watch. `wait` shows a reading and returns after the pause. If
/// the machine slept, that can be much later; missed checks are not made up for.
fn watch(
    plan: &WatchPlan,
    elapsed: impl Fn() -> Duration,
    random: impl Fn() -> u32,
    mut check: impl FnMut() -> Result<WatchedCheck>,
    mut wait: impl FnMut(&WatchedCheck, &Pause) -> Result<ControlFlow<()>>,
) -> Result<(End, WatchedCheck)> {
    let mut interval = plan.every;
    loop {
        let reading = check()?;
        if reading.exit_code == MISUSED {
            return Ok((End::Refused(MISUSED), reading));
        }
        if let (Some(until), Some(check)) = (plan.until, &reading.check)
            && until.is_reached(check)
        {
            return Ok((End::Reached, reading));
        }
        interval = next_interval(plan.every, interval, reading.strain);
        let pause = Pause {
            due: elapsed() + spread(interval, reading.strain, random()),
            ends_at: plan.patience,
            strain: reading.strain,
        };
        if wait(&reading, &pause)?.is_break() {
            return Ok((End::NobodyReads, reading));
        }
        if pause.end() < pause.due {
            return Ok((End::TimeIsOver, reading));
        }
    }
}

/// The exit code of a reply to what was not understood.
const MISUSED: u8 = 2;

impl Until {
    fn is_reached(self, check: &Check) -> bool {
        match self {
            Self::Usable => check.usable > 0,
            Self::Blocked => check.profiles > 0 && check.usable + check.unknown == 0,
        }
    }
}

/// The longest interval that doubling leads to.
const LONGEST: Duration = HOUR;

/// Returns the requested interval after a good reading. After a bad one, doubles the last
/// interval, and waits at least as long as the endpoint asks for.
fn next_interval(every: Duration, before: Duration, strain: Option<Strain>) -> Duration {
    match strain {
        None => every,
        Some(strain) => (2 * before).min(LONGEST).max(every).max(strain.retry_after),
    }
}

/// An interval made up to a tenth shorter or longer by chance, so that many watchers do
/// not ask at once; never shorter than a minute, or than the endpoint asks for.
fn spread(interval: Duration, strain: Option<Strain>, random: u32) -> Duration {
    let tenth = interval / 10;
    let least = strain.map_or(MINUTE, |strain| strain.retry_after.max(MINUTE));
    let chance = f64::from(random) / f64::from(u32::MAX);
    (interval - tenth).max(least) + (2 * tenth).mul_f64(chance)
}

fn random() -> u32 {
    // Without chance a watch is as good, only less kind.
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

/// The result of a check: to be shown, and to go on by.
#[derive(Debug)]
struct WatchedCheck {
    text: String,
    /// On one line.
    document: String,
    exit_code: u8,
    /// Absent if nothing was checked.
    check: Option<Check>,
    strain: Option<Strain>,
}

/// The overload that the endpoint reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Strain {
    kind: StrainKind,
    /// The time for which it asks to be left alone.
    retry_after: Duration,
}

impl Strain {
    fn of(check: &Check) -> Option<Self> {
        let strain = check.strain?;
        let retry_after = Duration::from_secs(strain.retry_after_seconds.into());
        Some(Self {
            kind: strain.kind,
            // Whoever asks for more than a day is not taken at its word.
            retry_after: retry_after.min(DAY),
        })
    }
}

impl WatchedCheck {
    fn of(turn: &Turn) -> Self {
        let texts: Vec<&str> = parts(turn).iter().map(|part| part.text.as_str()).collect();
        let document = turn.reply.json.as_deref().unwrap_or_default();
        let check = match turn.reply.about {
            About::Check(check) => Some(check),
            About::Plan | About::Other => None,
        };
        Self {
            text: texts.join("\n"),
            // Line breaks occur only between the parts of a document. Joining its lines keeps every
            // number and the order of the fields.
            document: document.lines().map(str::trim_start).collect(),
            exit_code: exit_code(turn),
            check,
            strain: check.as_ref().and_then(Strain::of),
        }
    }

    /// A check that was not carried out.
    fn failed(message: &str) -> Self {
        Self {
            text: format!("codex-profiler: {message}"),
            document: error_document(NOT_STARTED, message).to_string(),
            exit_code: 1,
            check: None,
            strain: None,
        }
    }
}

/// The time since a watch began. What a machine slept counts, and a clock that is set
/// back holds nothing up.
struct Stopwatch {
    at: Cell<(Instant, SystemTime)>,
    elapsed: Cell<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            at: Cell::new((Instant::now(), SystemTime::now())),
            elapsed: Cell::new(Duration::ZERO),
        }
    }

    fn elapsed(&self) -> Duration {
        self.read(Instant::now(), SystemTime::now())
    }

    /// Advances by the clock that went further since the last look: one stands still
    /// while the machine sleeps, the other can be set back.
    fn read(&self, instant: Instant, time: SystemTime) -> Duration {
        let (last_instant, last_time) = self.at.replace((instant, time));
        let by_instant = instant.saturating_duration_since(last_instant);
        let by_time = time.duration_since(last_time).unwrap_or_default();
        self.elapsed.set(self.elapsed.get() + by_instant.max(by_time));
        self.elapsed.get()
    }

    /// Sleeps in slices, so that the end of a sleep of the machine is noticed.
    fn sleep_until(
        &self,
        end: Duration,
        slice: Duration,
        mut tick: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        loop {
            let left = end.saturating_sub(self.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(slice));
            tick()?;
        }
    }
}

#[cfg(test)]
mod tests;
