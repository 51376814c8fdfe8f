//! Messages: bounded, cleaned, and with buttons that confirm only what was proposed.

use std::collections::BTreeSet;

use super::{Caller, Host};
use crate::changes::CONFIRMS;
use crate::contract::{Command, chat, commands};
use crate::policy::{is_button, policy};
use crate::printable::printable;
use crate::state::StateFolder;
use crate::subscriptions::{self, Subscribed};

impl Host {
    /// Makes buttons fit to be shown. One that confirms says what the host would do, in
    /// the host's own words, and only of what this call has proposed. A value that a channel
    /// could change is nobody's button.
    pub(crate) fn fit_buttons(&self, buttons: &mut Vec<chat::Button>) {
        buttons.retain_mut(|button| {
            if !is_button(&button.value) {
                return false;
            }
            let Some(code) = button.value.strip_prefix(CONFIRMS) else {
                button.label = printable(&button.label);
                return true;
            };
            let proposed = self.proposed.as_ref().filter(|(of, _)| of == code);
            if let Some((_, proposal)) = proposed {
                let words = proposal.words();
                button.label = match self.caller.locale {
                    commands::Locale::En => format!("Apply: {words}"),
                    commands::Locale::Zh => format!("确认执行：{words}"),
                };
            }
            proposed.is_some()
        });
    }

    /// Returns whether these texts contain a secret, alone or joined with everything the call has
    /// sent: a secret could be split over two messages.
    pub(crate) fn tells_with_said(&mut self, messages: &[Shown<'_>]) -> bool {
        let texts = |(text, buttons)| texts_of(text, buttons);
        let alone: BTreeSet<&str> = messages.iter().copied().flat_map(texts).collect();
        if self.tells(alone.iter().copied()) {
            return true;
        }
        let said = self.said.iter().map(|said| (said.text.as_str(), said.buttons.as_slice()));
        let all: Vec<Shown<'_>> = said.chain(messages.iter().copied()).collect();
        let joined = joined(&all);
        self.tells(joined.iter().map(String::as_str).filter(|text| !alone.contains(text)))
    }
}

/// Returns whether a channel takes this as one message.
pub(crate) fn is_message(
    channel: &commands::Channel,
    text: &str,
    buttons: &[chat::Button],
) -> bool {
    let length = usize::try_from(channel.length).unwrap_or(usize::MAX);
    let fits = |text: &str| text.encode_utf16().count() <= length;
    let labels_fit = buttons.iter().all(|button| fits(&button.label));
    fits(text) && labels_fit && buttons.len() <= usize::from(channel.buttons)
}

/// Returns whether a channel would take all of this table as one message, a letter between
/// its cells.
pub(crate) fn is_short_table(channel: &commands::Channel, table: &commands::Table) -> bool {
    let length = usize::try_from(channel.length).unwrap_or(usize::MAX);
    let units = cells(table).map(|cell| cell.encode_utf16().count() + 1);
    units.sum::<usize>() + table.rows.len() <= length
}

/// Returns every text of a table, row by row.
pub(crate) fn cells(table: &commands::Table) -> impl Iterator<Item = &str> {
    let rows = table.rows.iter().flatten();
    let texts = std::iter::once(&table.caption).chain(&table.headers);
    texts.chain(rows).map(String::as_str)
}

/// Returns the text of all cells, column by column.
pub(crate) fn by_columns(table: &commands::Table) -> String {
    let cell = |column| table.rows.iter().filter_map(move |row: &Vec<String>| row.get(column));
    let widest = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..widest).flat_map(cell).map(String::as_str).collect()
}

/// Leaves one line in every cell, without what nobody sees.
pub(crate) fn clean_table(table: &mut commands::Table) {
    let rows = table.rows.iter_mut().flatten();
    for cell in [&mut table.caption].into_iter().chain(&mut table.headers).chain(rows) {
        *cell = printable(cell).replace('\n', " ");
    }
}

/// A message or a part of a reply: its text and its buttons.
pub(crate) type Shown<'a> = (&'a str, &'a [chat::Button]);

/// The texts of all messages joined in order, and their own texts, the labels and the values
/// of their buttons each by themselves: a channel can show them so. The plugin's rule, too.
fn joined(messages: &[Shown<'_>]) -> BTreeSet<String> {
    let buttons = || messages.iter().flat_map(|(_, buttons)| *buttons);
    BTreeSet::from([
        messages.iter().flat_map(|(text, buttons)| texts_of(text, buttons)).collect(),
        messages.iter().map(|(text, _)| *text).collect(),
        buttons().map(|button| button.label.as_str()).collect(),
        buttons().map(|button| button.value.as_str()).collect(),
    ])
}

/// Returns every text of a message: its own, and the label and the value of each button.
fn texts_of<'a>(text: &'a str, buttons: &'a [chat::Button]) -> impl Iterator<Item = &'a str> {
    let of_button = |button: &'a chat::Button| [button.label.as_str(), button.value.as_str()];
    std::iter::once(text).chain(buttons.iter().flat_map(of_button))
}

impl chat::Host for Host {
    fn send(&mut self, mut message: chat::Message) -> wasmtime::Result<Result<(), chat::Error>> {
        self.count()?;
        if self.outbox.is_none() || self.caller.is_scheduled {
            return Ok(Err(chat::Error::Unavailable));
        }
        let limits = &policy().limits;
        let values = message.buttons.iter().map(|button| button.value.len());
        let is_wide = values.max() > Some(limits.button_bytes);
        message.text = printable(&message.text);
        self.fit_buttons(&mut message.buttons);
        let is_long = !is_message(&self.caller.channel, &message.text, &message.buttons);
        let shown = (message.text.as_str(), message.buttons.as_slice());
        let is_one_more = self.spent.messages >= limits.messages_a_call;
        if is_wide || is_long || is_one_more || self.tells_with_said(&[shown]) {
            return Ok(Err(chat::Error::Refused));
        }
        self.spent.messages += 1;
        if let Some(outbox) = &mut self.outbox {
            outbox(&message);
        }
        self.said.push(message);
        Ok(Ok(()))
    }

    fn subscribe(
        &mut self,
        kinds: Vec<chat::AlertKind>,
    ) -> wasmtime::Result<Result<(), chat::SubscribeError>> {
        self.count()?;
        Ok(self.may_subscribe().and_then(|state| {
            if kinds.is_empty() {
                return Err(chat::SubscribeError::Denied);
            }
            let Caller { user, agent, .. } = &self.caller;
            let new = Subscribed {
                user: user.clone(),
                agent: agent.clone(),
                kinds: subscriptions::words(&kinds),
                is_chinese: self.caller.locale == commands::Locale::Zh,
                buttons: self.caller.channel.buttons,
                length: self.caller.channel.length,
            };
            subscriptions::keep(state, new, self.left())
        }))
    }

    fn unsubscribe(&mut self) -> wasmtime::Result<Result<(), chat::SubscribeError>> {
        self.count()?;
        Ok(self.may_subscribe().and_then(|state| {
            let Caller { user, agent, .. } = &self.caller;
            subscriptions::end(state, user, agent, self.left())
        }))
    }

    fn subscriptions(
        &mut self,
    ) -> wasmtime::Result<Result<Option<Vec<chat::AlertKind>>, chat::SubscribeError>> {
        self.count()?;
        Ok(self.may_subscribe().map(|state| {
            let Caller { user, agent, .. } = &self.caller;
            let all = subscriptions::of_agent(state, agent);
            let own = all.into_iter().find(|one| one.user == *user);
            own.map(|own| own.kinds())
        }))
    }
}

impl Host {
    /// Returns the place where subscriptions are kept. No conversation of the harness can be
    /// written to unasked; one of a recorded world may say that it could be.
    fn may_subscribe(&self) -> Result<&StateFolder, chat::SubscribeError> {
        self.caller.subscribing?;
        if !self.world.is_subscribable {
            return Err(chat::SubscribeError::Unavailable);
        }
        self.state.as_ref().ok_or(chat::SubscribeError::Failed)
    }
}

/// Returns whether whoever asks may have alerts: the owner, by a word to `codex-auth`.
pub(super) fn subscribing(
    command: Command,
    request: &commands::Request,
) -> Result<(), chat::SubscribeError> {
    match request.origin {
        commands::Origin::Terminal(_) => Err(chat::SubscribeError::Unavailable),
        commands::Origin::Command(_) | commands::Origin::Button(_)
            if command == Command::Auth && request.is_owner =>
        {
            Ok(())
        }
        commands::Origin::Command(_)
        | commands::Origin::Button(_)
        | commands::Origin::Tool(_)
        | commands::Origin::Schedule(_) => Err(chat::SubscribeError::Denied),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::contract::{auth_store, gateway, memory};
    use crate::host::fixtures::*;
    use crate::host::gateway_commands::shown;

    #[test]
    fn no_message_and_no_blob_carries_a_secret_out() {
        let calls = Calls::new();
        let mut host = calls.call("ann", None).with_outbox(Box::new(|_| {}));
        auth_store::Host::read(&mut host).unwrap().unwrap();
        assert!(sent(&mut host, message("hello")).is_ok());
        assert!(matches!(sent(&mut host, message(SECRET)), Err(chat::Error::Refused)));
        // Hidden behind what nobody sees.
        let hidden = SECRET.replace("token", "to\u{200b}ken");
        assert!(matches!(sent(&mut host, message(&hidden)), Err(chat::Error::Refused)));
        let button = chat::Button { label: SECRET.into(), value: "x".into() };
        let pressed = chat::Message { text: String::new(), buttons: vec![button] };
        assert!(matches!(sent(&mut host, pressed), Err(chat::Error::Refused)));
        let saved =
            memory::Host::save(&mut host, memory::Key::Readings, SECRET.as_bytes().to_vec(), 0)
                .unwrap();
        assert!(matches!(saved, Err(memory::Error::Denied)));
    }

    fn button(value: &str) -> chat::Button {
        chat::Button { label: "All\u{202e}".into(), value: value.into() }
    }

    #[test]
    fn a_button_whose_value_a_channel_could_change_is_left_out() {
        let values = [
            "usage:\u{1b}[2Jall",
            "usage:all",
            "usage:\u{202e}all",
            " usage:all",
            "usage:all ",
            "usage: all",
            "usage:\u{a0}all",
            "usage:\u{e9}",
            "usage:\u{fe0f}",
            "usage:\u{7f}",
            "",
            &"x".repeat(53),
        ];
        let mut buttons = values.map(button).to_vec();
        host().fit_buttons(&mut buttons);
        let left: Vec<_> = buttons.iter().map(|one| (&*one.label, &*one.value)).collect();
        assert_eq!(left, [("All", "usage:all")]);
    }

    #[test]
    fn a_message_is_bounded_in_length_in_buttons_and_in_number() {
        let mut host = host();
        assert!(matches!(sent(&mut host, message(&"💳".repeat(51))), Err(chat::Error::Refused)));
        let with = |buttons: Vec<chat::Button>| chat::Message { text: String::new(), buttons };
        let labelled = chat::Button { label: "x".repeat(101), ..button("usage:all") };
        for buttons in [vec![button(&"x".repeat(53))], vec![button("usage:all"); 4], vec![labelled]]
        {
            let refused = sent(&mut host, with(buttons));
            assert!(matches!(refused, Err(chat::Error::Refused)));
        }
        let most = policy().limits.messages_a_call;
        assert!(sent(&mut host, with(vec![button("usage:all"); 3])).is_ok());
        let all = (0..30).map(|_| sent(&mut host, message("hello")).is_ok());
        assert_eq!(all.filter(|sent| *sent).count(), most - 1);
    }

    #[test]
    fn a_secret_is_not_said_in_pieces_either() {
        let (first, last) = SECRET.split_at(SECRET.len() / 2);
        let button = |label: &str| chat::Button { label: label.into(), value: "usage:all".into() };
        let labelled =
            |label: &str| chat::Message { text: "pick one".into(), buttons: vec![button(label)] };
        // The value and the text stand between, and a channel need not show them.
        let both = chat::Message { buttons: vec![button(first), button(last)], ..message("") };
        assert!(sent(&mut host(), both).is_err());
        for [one, other] in [[message(first), message(last)], [labelled(first), labelled(last)]] {
            let mut host = host();
            assert!(sent(&mut host, one).is_ok());
            assert!(sent(&mut host, other).is_err());
        }
    }

    #[test]
    fn a_button_that_confirms_says_what_the_host_would_do() {
        let calls = Calls::new();
        let mut host = calls.call("ann", None);
        let button = |code: &str| chat::Button {
            label: "Next page".into(),
            value: format!("{CONFIRMS}{code}"),
        };
        let mut buttons = vec![button("GUESSED0")];
        host.fit_buttons(&mut buttons);
        assert!(buttons.is_empty(), "nothing was proposed");
        let change = shown(set(&["openai:work"]));
        let proposed = gateway::Host::propose(&mut host, change, String::new());
        let code = proposed.unwrap().unwrap().code;
        let mut buttons = vec![button("GUESSED0"), button(&code)];
        host.fit_buttons(&mut buttons);
        let labels: Vec<&str> = buttons.iter().map(|button| button.label.as_str()).collect();
        assert_eq!(labels, ["Apply: order set"]);
    }

    #[test]
    fn what_was_pasted_as_a_callback_does_not_leave() {
        let mut host = host();
        let mut request = request_of(
            "finish work http://localhost:1455/auth/callback?code=ac_FAKE0123456789&state=x",
        );
        host.begin_call(Command::Auth, &request);
        assert!(matches!(sent(&mut host, message("ac_FAKE0123456789")), Err(chat::Error::Refused)));
        // What the store holds is a secret besides.
        auth_store::Host::read(&mut host).unwrap().unwrap();
        assert!(host.leaks(["ac_FAKE0123456789"]) && host.leaks([SECRET]));
        request.is_owner = false;
        host.begin_call(Command::Auth, &request);
        assert!(!host.caller.may_change);
        request.is_owner = true;
        host.begin_call(Command::Usage, &request);
        assert!(!host.caller.may_change, "a check changes nothing");
        request.settings.dry_run = true;
        host.begin_call(Command::Auth, &request);
        assert!(!host.caller.may_change, "nor does a dry run");
    }
}
