//! Runs the component: a fresh instance for every call, bounded in work, time,
//! memory and output, and checked for secrets on its way out.

use std::env::consts::OS;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Store, StoreLimitsBuilder, UpdateDeadline};

use crate::changes::Proposal;
use crate::compiled;
pub use crate::contract::Command;
use crate::contract::commands::{Delivery, Origin, Part, Reply, Request, Table};
use crate::contract::{Skill, SkillPre, auth_store, chat, gateway, https, memory};
use crate::engine;
use crate::host::Host;
use crate::host::chat::{Shown, by_columns, cells, clean_table, is_message, is_short_table};
use crate::policy::policy;
use crate::printable::{printable, printable_in_colour};

/// The component as built, for whoever wants to look at it.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/codex_profiler.wasm"));

/// The component, ready to be called from any thread.
pub struct Harness<L: 'static = Host> {
    engine: Engine,
    skill: SkillPre<L>,
}

/// Provides the five imports: a [`Host`], or a wrapper that answers in its place, which tests use
/// to inject failures. The limits of a call are always those of the host.
pub trait HostImports:
    https::Host + gateway::Host + auth_store::Host + chat::Host + memory::Host + AsMut<Host>
{
}

impl<L> HostImports for L where
    L: https::Host + gateway::Host + auth_store::Host + chat::Host + memory::Host + AsMut<Host>
{
}

/// The result of a call.
#[derive(Debug)]
pub struct Turn {
    /// The reply, fit to print.
    pub reply: Reply,
    /// The fuel that the guest used, about one unit an instruction.
    pub fuel: u64,
    /// The time that the guest worked, without the host's own work.
    pub guest: Duration,
    /// The change that was proposed, and the code that its user confirms it with.
    pub proposed: Option<(String, Proposal)>,
}

/// Returns the settings for a component that [`Harness::of`] is given.
pub fn config() -> Config {
    engine::config(OS)
}

/// The time between two looks at the deadline.
const TICK: Duration = Duration::from_millis(100);

/// The component that was compiled with this program. Its code is in one place, and can be
/// registered there once: all harnesses share it.
static SHIPPED: LazyLock<Result<Component>> = LazyLock::new(|| {
    let component = compiled::load()?;
    tick(component.engine());
    Ok(component)
});

/// Lets the calls of an engine look at their deadlines, for as long as the engine lives.
fn tick(engine: &Engine) {
    let ticking = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    });
}

impl Harness {
    /// Loads the component that was compiled with this program.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot run on this machine.
    pub fn new() -> Result<Self> {
        Self::for_imports()
    }
}

impl<L: HostImports + 'static> Harness<L> {
    /// Loads it for other imports than the host's own.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot run on this machine.
    pub fn for_imports() -> Result<Self> {
        let shipped = SHIPPED.as_ref().map_err(|error| anyhow!("{error:#}"))?;
        Self::linked(shipped)
    }

    /// Makes another component ready, such as a hostile one: it is lent the same and
    /// bounded alike, where its engine was made with [`config`]. This program has no
    /// compiler, so a component can only come from a test.
    ///
    /// # Errors
    ///
    /// Returns an error if it asks for more than the five imports, or lacks the commands.
    pub fn of(component: &Component) -> Result<Self> {
        let harness = Self::linked(component)?;
        tick(&harness.engine);
        Ok(harness)
    }

    fn linked(component: &Component) -> Result<Self> {
        let engine = component.engine().clone();
        let mut linker = Linker::new(&engine);
        Skill::add_to_linker::<_, HasSelf<_>>(&mut linker, |imports: &mut L| imports)?;
        let skill = SkillPre::new(linker.instantiate_pre(component)?)?;
        Ok(Self { engine, skill })
    }

    /// Calls the component once, in an instance of its own.
    ///
    /// # Errors
    ///
    /// Returns an error if the component was ended for using too much, or let out a secret, or the
    /// certificates to trust cannot be read. The text of a trap stays here.
    pub fn call(&self, command: Command, request: &Request, imports: L) -> Result<Turn> {
        let limits = &policy().limits;
        let colour = request.channel.screen.as_ref().is_some_and(|screen| screen.colour);
        let mut store = self.store(command, request, imports)?;
        let started = Instant::now();
        let Ok(reply) = self.enter(&mut store, command, request) else {
            // A trap's text is the guest's to write: it is not passed on.
            let ended =
                || anyhow!("the component was ended: it trapped, or used more than one call may");
            return Err(store.data_mut().as_mut().unready.take().unwrap_or_else(ended));
        };
        let elapsed = started.elapsed();
        let fuel = limits.guest_fuel - store.get_fuel()?;
        let host = store.data_mut().as_mut();
        let guest = elapsed.saturating_sub(host.away);
        // Cleaned first: what is taken out could have hidden a secret.
        let mut reply = fit_to_print(reply, colour);
        for part in parts_mut(&mut reply.delivery) {
            host.fit_buttons(&mut part.buttons);
        }
        if !is_answer(&reply.delivery, request) {
            bail!("the component's reply was larger than its channel allows and was withheld");
        }
        let columns: Vec<String> = tables(&reply).map(by_columns).collect();
        let columns = columns.iter().map(String::as_str);
        if host.tells_with_said(&shown(&reply)) || host.tells(columns.chain(reply.json.as_deref()))
        {
            bail!("the component's reply held a secret and was withheld");
        }
        let proposed = host.proposed();
        Ok(Turn { reply, fuel, guest, proposed })
    }

    /// A host that has heard what is asked, and everything a call of it is bounded by.
    ///
    /// # Errors
    ///
    /// Returns an error if the engine counts no fuel.
    pub fn store(&self, command: Command, request: &Request, mut imports: L) -> Result<Store<L>> {
        let limits = &policy().limits;
        let host = imports.as_mut();
        host.begin_call(command, request);
        host.limits = StoreLimitsBuilder::new()
            .memory_size(limits.guest_memory_bytes)
            .memories(1)
            // The component model's own adapters are small instances with a table.
            .tables(4)
            .table_elements(10_000)
            .instances(16)
            .build();
        let mut store = Store::new(&self.engine, imports);
        store.limiter(|imports| &mut imports.as_mut().limits);
        store.set_fuel(limits.guest_fuel)?;
        store.set_hostcall_fuel(limits.guest_output_bytes);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            if store.data_mut().as_mut().is_overdue() {
                Err(wasmtime::Error::msg("the time of the call is spent"))
            } else {
                Ok(UpdateDeadline::Continue(1))
            }
        });
        Ok(store)
    }

    /// Calls the component in a new instance. What it replies is as it wrote it.
    ///
    /// # Errors
    ///
    /// Returns an error if it was ended; the text can be the guest's.
    pub fn enter(
        &self,
        store: &mut Store<L>,
        command: Command,
        request: &Request,
    ) -> wasmtime::Result<Reply> {
        let request = store.data_mut().as_mut().vetted(request);
        let skill = self.skill.instantiate(&mut *store)?;
        let commands = skill.codex_profiler_skill_commands();
        match command {
            Command::Usage => commands.call_codex_usage(store, &request),
            Command::Auth => commands.call_codex_auth(store, &request),
        }
    }
}

fn parts(delivery: &Delivery) -> Vec<&Part> {
    match delivery {
        Delivery::Parts(parts) => parts.iter().collect(),
        Delivery::NoReply => vec![],
        Delivery::Alerts(alerts) => alerts.iter().flatten().collect(),
    }
}

fn tables(reply: &Reply) -> impl Iterator<Item = &Table> {
    let parts = parts(&reply.delivery).into_iter();
    parts.filter_map(|part| part.table.as_ref())
}

fn shown(reply: &Reply) -> Vec<Shown<'_>> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for part in parts(&reply.delivery) {
        shown.push((&part.text, &part.buttons));
        let cells = part.table.iter().flat_map(cells);
        shown.extend(cells.map(|cell| (cell, &[][..])));
    }
    shown
}

fn parts_mut(delivery: &mut Delivery) -> Vec<&mut Part> {
    match delivery {
        Delivery::Parts(parts) => parts.iter_mut().collect(),
        Delivery::NoReply => vec![],
        Delivery::Alerts(alerts) => alerts.iter_mut().flatten().collect(),
    }
}

/// Returns whether this answers the request within its channel, or each of its subscriptions
/// within its own.
fn is_answer(delivery: &Delivery, request: &Request) -> bool {
    let fits = |part: &Part, channel| {
        let mut tables = part.table.iter();
        is_message(channel, &part.text, &part.buttons)
            && tables.all(|table| is_short_table(channel, table))
    };
    match (delivery, &request.origin) {
        (Delivery::Alerts(alerts), Origin::Schedule(subscriptions)) => {
            let mut pairs = alerts.iter().zip(subscriptions);
            alerts.len() == subscriptions.len()
                && pairs.all(|(alert, to)| alert.iter().all(|part| fits(part, &to.channel)))
        }
        (Delivery::Alerts(_), _) | (_, Origin::Schedule(_)) => false,
        (Delivery::Parts(parts), _) => {
            let most = policy().limits.parts_a_reply;
            parts.len() <= most && parts.iter().all(|part| fits(part, &request.channel))
        }
        (Delivery::NoReply, _) => true,
    }
}

fn fit_to_print(mut reply: Reply, colour: bool) -> Reply {
    for part in parts_mut(&mut reply.delivery) {
        part.text = if colour { printable_in_colour(&part.text) } else { printable(&part.text) };
        if let Some(table) = &mut part.table {
            clean_table(table);
        }
    }
    reply.json = reply.json.map(|json| printable(&json));
    reply
}
