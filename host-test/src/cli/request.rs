//! The world, the state and the request that the options come to.

use std::io::{self, IsTerminal};
use std::sync::Once;

use anyhow::Result;

use super::args::{Colour, Common, Locale, Preferences, Terminal};
use crate::contract::commands::{self, Origin, Request};
use crate::contract::{Command, plain_request};
use crate::state::StateFolder;
use crate::world::{self, Asks, Classes, World};
use crate::zone;

impl Common {
    pub(super) fn world(&self, command: Command) -> Result<World> {
        let asks = match command {
            Command::Usage => Asks::Usage,
            Command::Auth => Asks::Nothing,
        };
        match &self.replay {
            Some(path) => world::replay(path),
            None if self.demo => world::demo(world::Clock::System.now()),
            None => world::live(self.auth_path.clone(), &self.agent, asks),
        }
    }

    /// Names the world's state: what a turn in one world leaves behind is nothing to another.
    pub(super) fn state_name(&self) -> Result<String> {
        match &self.replay {
            Some(path) => Ok(format!("replay-{}", world::state_name(path)?)),
            None => Ok(if self.demo { "demo" } else { "live" }.to_owned()),
        }
    }

    pub(super) fn locale(&self) -> commands::Locale {
        match self.locale.unwrap_or_else(locale_of_user) {
            Locale::En => commands::Locale::En,
            Locale::Zh => commands::Locale::Zh,
        }
    }

    /// The state folder and the salt of its keys. Without a salt nothing is kept; a
    /// recorded world has nobody to hide.
    pub(super) fn salted(&self, state: Option<StateFolder>) -> (Option<StateFolder>, String) {
        if !self.is_live() {
            return (state, "demo".to_owned());
        }
        let salt = state.as_ref().and_then(|state| state.salt().ok());
        match salt {
            Some(salt) => (state, salt),
            None => (None, String::new()),
        }
    }

    /// Returns the options with which a command means the same sign-ins.
    pub(super) fn options(&self) -> String {
        let mut options: Vec<String> = Vec::new();
        options.extend(self.demo.then(|| "--demo".to_owned()));
        for (name, path) in [("replay", &self.replay), ("auth-path", &self.auth_path)] {
            let path = path.as_ref().map(|path| path.to_string_lossy());
            let quoted = path.as_deref().and_then(|path| shlex::try_quote(path).ok());
            options.extend(quoted.map(|path| format!("--{name} {path}")));
        }
        let agent = &self.agent;
        options.extend((agent != "main").then(|| format!("--agent {agent}")));
        options.join(" ")
    }

    pub(super) fn request(&self, origin: Origin, now: i64) -> Result<Request> {
        let zone = zone::read(self.zone.clone(), now)?;
        let plain = plain_request(origin, now);
        Ok(Request {
            user: "terminal".to_owned(),
            agent: self.agent.clone(),
            zone: commands::Zone { name: zone.name, transitions: zone.transitions },
            locale: self.locale(),
            settings: commands::Settings { demo: self.demo, ..plain.settings },
            ..plain
        })
    }
}

impl Terminal {
    /// Puts the owner at a terminal into a request.
    pub(super) fn at_terminal(&self, request: &mut Request, common: &Common) {
        request.channel.screen = Some(commands::Screen {
            colour: self.colours(),
            columns: columns(),
            rows: rows(),
            options: common.options(),
        });
        request.is_owner = true;
        request.settings.full_ids = self.full_ids;
    }

    pub(super) fn colours(&self) -> bool {
        // An older console of Windows shows colours only once it is asked to.
        anstyle_query::windows::enable_ansi_colors();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
                io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
            }
        }
    }
}

impl Preferences {
    /// Puts the user's own preferences, then the world's, into the settings.
    pub(super) fn add_to(&self, settings: &mut commands::Settings, classes: &Classes) {
        settings.burn_first = [self.burn_first.as_slice(), &classes.burn_first].concat();
        settings.preserve = [self.preserve.as_slice(), &classes.preserve].concat();
    }
}

/// The user's saved state of a world. Where it is not the user's alone that is said once,
/// and whoever only looks goes on without.
pub(super) fn saved_state(world: &str) -> Option<StateFolder> {
    static SAID: Once = Once::new();
    let not_used = |error| {
        SAID.call_once(|| eprintln!("codex-profiler: {error:#}; nothing is saved until then"));
    };
    StateFolder::of_user(world).map_err(not_used).ok()
}

/// Returns the width of the terminal; 0 where there is none, so that bars are left out.
fn columns() -> u16 {
    if !io::stdout().is_terminal() {
        return 0;
    }
    terminal_size::terminal_size().map_or(80, |(width, _)| width.0.max(20))
}

/// Lines that a prompt, or the status of a watch, needs below a reply.
const ROWS_BELOW: u16 = 2;

fn rows() -> u16 {
    let size = terminal_size::terminal_size();
    size.map_or(24, |(_, height)| height.0).saturating_sub(ROWS_BELOW)
}

fn locale_of_user() -> Locale {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = names.iter().filter_map(|name| std::env::var(name).ok());
    match set.filter(|value| !value.is_empty()).map(|value| value.starts_with("zh")).next() {
        Some(true) => Locale::Zh,
        Some(false) | None => Locale::En,
    }
}
