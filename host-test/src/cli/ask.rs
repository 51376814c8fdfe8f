//! One question from a terminal, asked once or again and again.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use anyhow::Result;

use super::args::{Common, Form, Preferences, Terminal};
use super::output::{print_reply, progress};
use super::request::saved_state;
use crate::contract::Command;
use crate::contract::commands::Origin;
use crate::harness::{Harness, Turn};
use crate::host::Host;
use crate::world::World;

/// A question from a terminal, asked once or again and again.
pub(super) struct Ask<'a> {
    pub(super) command: Command,
    pub(super) words: Vec<String>,
    /// Asks the endpoint, which can take its time.
    pub(super) is_a_check: bool,
    pub(super) preferences: Preferences,
    /// Draws the time ahead, however high the terminal.
    pub(super) timeline: bool,
    pub(super) form: Form,
    /// Has a document beside the text.
    pub(super) wants_document: bool,
    pub(super) common: &'a Common,
    pub(super) terminal: &'a Terminal,
}

impl Ask<'_> {
    /// One call, its reply on standard output.
    pub(super) fn once(&self) -> Result<Turn> {
        let world = self.world()?;
        self.announce();
        // The process ends with it: the system takes back all at once.
        let harness = ManuallyDrop::new(Harness::new()?);
        let turn = self.call(&harness, world)?;
        print_reply(&turn, self.form)?;
        Ok(turn)
    }

    pub(super) fn world(&self) -> Result<World> {
        self.common.world(self.command)
    }

    /// Says that a check of real profiles begins.
    pub(super) fn announce(&self) {
        if self.common.is_live() && self.is_a_check {
            eprintln!("{}", progress(self.common.locale()));
        }
    }

    /// One call in this world, by its own clock.
    pub(super) fn call(&self, harness: &Harness, world: World) -> Result<Turn> {
        let common = self.common;
        let now = world.clock.now();
        let mut request = common.request(Origin::Terminal(self.words.clone()), now)?;
        self.terminal.at_terminal(&mut request, common);
        if let Some(screen) = request.channel.screen.as_mut().filter(|_| self.timeline) {
            screen.rows = u16::MAX;
        }
        request.wants_json = self.wants_document || self.form == Form::Document;
        self.preferences.add_to(&mut request.settings, &world.classes);
        // A terminal never suppresses. What a check of the gateway's own sign-ins found
        // is kept, and nothing else.
        let keeps =
            common.is_live() && common.auth_path.is_none() && self.command == Command::Usage;
        let state = if keeps { saved_state("live") } else { None };
        let (state, salt) = common.salted(state);
        request.salt = salt;
        harness.call(self.command, &request, Host::new(Arc::new(world), state))
    }
}
