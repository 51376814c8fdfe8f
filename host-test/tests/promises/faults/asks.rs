//! The commands that are asked while a host fails: few enough that every call of theirs
//! can fail in every way, and enough that each import is called in all its roles.

use std::fmt;
use std::path::Path;

use host_test::contract::commands::Locale;
use host_test::harness::Command;
use host_test::world::{self, World};

use super::NOW;

/// One command, asked by the owner in a world of their own.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    pub world: Kind,
    pub command: Command,
    /// The typed or pressed text; `{code}` is what confirms the plan.
    pub text: &'static str,
    pub from: From,
    pub locale: Locale,
    pub channel: Channel,
    /// An earlier plan of the same user.
    pub plan: Option<&'static str>,
}

/// The world that is asked in.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Six sign-ins, one of each fate, a gateway that can do everything, and alerts.
    Demo,
    /// A gateway of the older era, which cannot delete.
    Old,
    /// Sign-ins of another agent, and an order of one's own.
    Inherited,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Command,
    Button,
    Tool,
    Terminal,
}

/// The channel's ways besides the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A message path, and buttons.
    Rich,
    /// A message path alone.
    Messages,
    /// Nothing.
    Plain,
}

pub const USAGE: Ask = Ask {
    world: Kind::Demo,
    command: Command::Usage,
    text: "all",
    from: From::Command,
    locale: Locale::En,
    channel: Channel::Rich,
    plan: None,
};

const AUTH: Ask = Ask { command: Command::Auth, text: "status", ..USAGE };

/// Everything that is asked.
pub const ASKS: [Ask; 20] = [
    USAGE,
    Ask {
        text: "usage:all",
        from: From::Button,
        locale: Locale::Zh,
        channel: Channel::Messages,
        ..USAGE
    },
    Ask { text: "推荐 --format json", locale: Locale::Zh, channel: Channel::Plain, ..USAGE },
    Ask { text: "rotation deep", from: From::Tool, channel: Channel::Plain, ..USAGE },
    Ask {
        text: "all --format text --debug",
        from: From::Terminal,
        channel: Channel::Messages,
        ..USAGE
    },
    AUTH,
    Ask { text: "顺序 --format json", locale: Locale::Zh, channel: Channel::Plain, ..AUTH },
    Ask {
        text: "finish http://localhost:1455/auth/callback?code=typed-code-1&state=typed-state-1",
        ..AUTH
    },
    Ask { text: "alerts", ..AUTH },
    Ask { text: "auth:alerts:on", from: From::Button, channel: Channel::Messages, ..AUTH },
    Ask { text: "提醒 关闭", locale: Locale::Zh, channel: Channel::Plain, ..AUTH },
    Ask { text: "order set work default", ..AUTH },
    Ask {
        text: "order 清除",
        locale: Locale::Zh,
        channel: Channel::Messages,
        world: Kind::Inherited,
        ..AUTH
    },
    Ask { text: "delete work permanently", channel: Channel::Plain, world: Kind::Old, ..AUTH },
    Ask { text: "confirm {code}", plan: Some("order set work default"), ..AUTH },
    Ask {
        text: "确认 {code}",
        plan: Some("order clear"),
        locale: Locale::Zh,
        channel: Channel::Plain,
        ..AUTH
    },
    Ask {
        text: "auth:confirm:{code}",
        from: From::Button,
        plan: Some("restore backup first"),
        world: Kind::Inherited,
        ..AUTH
    },
    Ask {
        text: "confirm {code} work",
        plan: Some("delete work permanently"),
        channel: Channel::Messages,
        ..AUTH
    },
    Ask { text: "start somebody-new", from: From::Terminal, channel: Channel::Messages, ..AUTH },
    Ask {
        text: "confirm {code}",
        from: From::Terminal,
        plan: Some("start somebody-new"),
        channel: Channel::Messages,
        ..AUTH
    },
];

impl Kind {
    /// This world, as nobody has touched it.
    pub fn fresh(self) -> World {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/worlds");
        match self {
            Self::Demo => World { is_subscribable: true, ..world::demo(NOW).unwrap() },
            Self::Old => world::replay(&folder.join("auth-old.json")).unwrap(),
            Self::Inherited => world::replay(&folder.join("auth-inherited.json")).unwrap(),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}, {:?}, {:?}", self.text, self.from, self.channel, self.world)
    }
}
