//! A change at a terminal: the plan, the question, and after a yes, the change itself.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::{Result, ensure};

use super::args::{ChangeArgs, Form};
use super::output::{exit_code, parts, print, print_reply, tell_step};
use crate::changes::{Confirmation, Proposal};
use crate::contract::commands::{About, Locale, Origin};
use crate::contract::{Change, Command, chat};
use crate::digest;
use crate::harness::{Harness, Turn};
use crate::host::{Attached, Host};
use crate::policy::policy;
use crate::printable::printable;
use crate::state::StateFolder;
use crate::world::World;

/// Plans what the words ask for, asks the person at the terminal, and applies it.
pub(super) fn turn(words: Vec<String>, form: Form, args: &ChangeArgs) -> Result<u8> {
    ensure!(
        args.common.auth_path.is_none(),
        "--auth-path is for reading only: leave it out to change the gateway's own sign-ins"
    );
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if args.yes && !has_terminal {
        eprintln!("codex-profiler: --yes needs a terminal; --dry-run shows the plan without one");
        return Ok(2);
    }
    let terminal = ChangeTurn {
        world: Arc::new(args.common.world(Command::Auth)?),
        // What a demo proposes is forgotten with it.
        folder: tempfile::tempdir()?,
        harness: Harness::new()?,
        locale: args.common.locale(),
        form,
        args,
    };
    let asks = has_terminal && !args.dry_run;
    let wanted = kind(&words);
    let purpose = if asks { Purpose::Change } else { Purpose::DryRun };
    let mut turn = terminal.call(Origin::Terminal(words), purpose, None)?;
    let mut question = if args.yes { Question::AnsweredByOption } else { Question::Asked };
    // A plan that does not hold any more is followed by the one that does.
    while let Some((code, proposal)) = turn.proposed.take().filter(|_| asks) {
        ensure!(
            proposal.words() == wanted,
            "the proposed change is not the one you asked for: nothing was changed"
        );
        let Some(answer) = terminal.asked(&code, &proposal, question)? else {
            if form == Form::Document {
                print_reply(&turn, form)?;
            }
            return Ok(1);
        };
        question = Question::Asked;
        let words = vec!["confirm".to_owned(), code];
        turn = terminal.call(Origin::Terminal(words), Purpose::Change, Some(answer))?;
    }
    if form == Form::Document {
        print_reply(&turn, form)?;
    }
    if !has_terminal && !args.dry_run && matches!(turn.reply.about, About::Plan) {
        eprintln!("codex-profiler: {}", terminal.says(NO_TERMINAL));
        return Ok(1);
    }
    Ok(exit_code(&turn))
}

/// The gateway command that these words can come to.
fn kind(words: &[String]) -> &'static str {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["order", "clear", ..] => "order clear",
        ["order" | "retire" | "restore", ..] => "order set",
        ["delete", ..] => "logout",
        _ => "login",
    }
}

/// A sentence in English and in Chinese.
type Saying = (&'static str, &'static str);

const RUNS: Saying = ("This runs:", "将执行：");
const WOULD_RUN: Saying = ("This would run:", "若非演示，将执行：");
const NO_TERMINAL: Saying = (
    "nothing was changed: a change has to be confirmed in a terminal or in chat; --dry-run shows only the plan",
    "没有任何更改：更改须在终端或聊天中确认；用 --dry-run 可只看计划",
);
const NOTHING_CHANGED: Saying = ("Nothing was changed.", "没有任何更改。");
const WRONG_NAME: Saying = ("That is not its name. Nothing was deleted.", "名称不符，没有删除。");
const DELETE: Saying =
    ("Type the profile's name to delete it permanently: ", "请输入 profile 名称以永久删除：");
const LOG_IN: Saying = ("Run it now, here? [y/N] ", "现在在此运行？[y/N] ");
const APPLY: Saying = ("Apply this? [y/N] ", "确认执行？[y/N] ");

/// The use that is made of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is applied once it is confirmed.
    Change,
    /// It is only shown.
    DryRun,
}

/// The question before a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// The person answers it.
    Asked,
    /// `--yes` answers it, unless a profile would be deleted.
    AnsweredByOption,
}

/// A change at the terminal: the things that both calls share.
struct ChangeTurn<'a> {
    world: Arc<World>,
    folder: tempfile::TempDir,
    harness: Harness,
    locale: Locale,
    form: Form,
    args: &'a ChangeArgs,
}

impl ChangeTurn<'_> {
    /// Makes one call. A program that asked for JSON gets one document at the end; everything
    /// before that goes to stderr, for the person at the terminal.
    fn call(
        &self,
        origin: Origin,
        purpose: Purpose,
        answered: Option<Confirmation>,
    ) -> Result<Turn> {
        let ChangeArgs { common, terminal, .. } = self.args;
        let mut request = common.request(origin, self.world.clock.now())?;
        terminal.at_terminal(&mut request, common);
        request.settings.dry_run = purpose == Purpose::DryRun;
        request.wants_json = self.form == Form::Document;
        let state = if common.is_live() {
            let state = StateFolder::of_user("live")?;
            request.salt = state.salt()?;
            state
        } else {
            request.salt = "demo".to_owned();
            StateFolder::at(self.folder.path())
        };
        let form = self.form;
        let outbox = Box::new(move |message: &chat::Message| {
            // A reader that went away is noticed at the reply.
            match form {
                Form::Text => drop(print(&format!("{}\n\n", message.text))),
                Form::Document => eprintln!("{}\n", message.text),
            }
        });
        let attached =
            Attached { can_log_in: common.is_live() && purpose == Purpose::Change, answered };
        let mut host = Host::new(Arc::clone(&self.world), Some(state))
            .with_terminal(attached)
            .with_outbox(outbox);
        if common.is_live() {
            host = host.with_progress(Box::new(tell_step));
        }
        let turn = self.harness.call(Command::Auth, &request, host)?;
        match form {
            Form::Text => print_reply(&turn, form)?,
            Form::Document if turn.proposed.is_some() => {
                for part in parts(&turn) {
                    eprintln!("{}", part.text);
                }
            }
            Form::Document => {}
        }
        Ok(turn)
    }

    /// Asks the person at the terminal. A deletion is confirmed by the profile's name,
    /// anything else by yes.
    fn asked(
        &self,
        code: &str,
        proposal: &Proposal,
        question: Question,
    ) -> Result<Option<Confirmation>> {
        let deletes = matches!(proposal.change, Change::AuthLogout { .. });
        let words = match &proposal.change {
            Change::AuthLogout { .. } => DELETE,
            Change::AuthLogin { .. } => LOG_IN,
            Change::AuthOrderSet { .. } | Change::AuthOrderClear { .. } => APPLY,
        };
        // In the host's own words, whatever the plan says; beside the reply, which may be
        // a document.
        let granted = policy().gateway.granted(&proposal.change, &proposal.agent);
        let argv = granted.map_or_else(Vec::new, |granted| granted.argv);
        let argv: Vec<String> = argv.iter().map(|word| self.shown(word)).collect();
        let runs = if self.args.common.demo { WOULD_RUN } else { RUNS };
        eprintln!("\n{} openclaw {}", self.says(runs), argv.join(" "));
        if question == Question::AnsweredByOption && !deletes {
            eprintln!();
            return Ok(Some(Confirmation::new(code, "")));
        }
        eprint!("{}", self.says(words));
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        let line = line.trim();
        eprintln!();
        let answer = Confirmation::new(code, if deletes { line } else { "" });
        let is_yes = matches!(line.to_lowercase().as_str(), "y" | "yes" | "是" | "好");
        let refusal = match (deletes, line) {
            (true, "") => Some(NOTHING_CHANGED),
            (true, _) if !proposal.is_named_by(&answer) => Some(WRONG_NAME),
            (false, _) if !is_yes => Some(NOTHING_CHANGED),
            (true | false, _) => None,
        };
        Ok(match refusal {
            Some(refusal) => {
                eprintln!("{}", self.says(refusal));
                None
            }
            None => Some(answer),
        })
    }

    /// A word of a command line. An id that contains an e-mail address is shown as its handle.
    fn shown(&self, word: &str) -> String {
        if word.contains('@') && !self.args.terminal.full_ids {
            format!("<{}>", digest::short(word.as_bytes(), 4))
        } else {
            printable(word)
        }
    }

    fn says(&self, (en, zh): Saying) -> &'static str {
        match self.locale {
            Locale::En => en,
            Locale::Zh => zh,
        }
    }
}
