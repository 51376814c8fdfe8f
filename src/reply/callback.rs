//! A pasted callback: the parts it holds, never their text, and the next step.

use super::documents::Body;
use super::{Message, ReplyContext};
use crate::callback::{Callback, Kind, Oddity, Presence, SignInError};

/// The parts of a pasted callback in words, and the next step.
pub fn finish(context: &ReplyContext, callback: &Callback) -> Message {
    let mut lines = vec![callback_kind(context, callback)];
    lines.extend(callback.error.map(|error| sign_in_error(context, error)));
    if !matches!(callback.kind, Kind::Token | Kind::Nothing) {
        lines.push(callback_parts(context, callback));
    }
    lines.extend(callback.oddities.iter().map(|oddity| describe_oddity(context, *oddity)));
    lines.push(callback_advice(context, callback));
    let mut end =
        context.say("Nothing was changed, sent or kept.", "没有更改、发送或保存任何内容。");
    if context.screen.is_none() {
        end += &context.say(
            " Anyone who can read this chat can read what you pasted: delete that message.",
            "能看到本聊天的人都能看到您粘贴的内容，请删除那条消息。",
        );
    }
    lines.push(end);
    let text = lines.join("\n");
    let has = |presence: Presence| matches!(presence, Presence::Once | Presence::Repeated);
    context.message(text, |text| {
        context.json(Body::Callback {
            ok: callback.is_complete(),
            has_code: has(callback.code),
            has_state: has(callback.state),
            has_error: callback.error.is_some(),
            is_expected_address: callback.kind == Kind::Expected,
            suggested_user_message: text,
        })
    })
}

/// The answer to a callback that was pasted in a group.
pub fn not_in_a_group(context: &ReplyContext) -> String {
    context.say(
        "Never paste this in a group: everyone here can read it. Delete that message, treat the address as leaked, and start the login again.",
        "不要在群组中使用：这里的人都能看到您粘贴的内容。请删除那条消息，视为已泄露，并重新登录。",
    )
}

fn callback_kind(context: &ReplyContext, callback: &Callback) -> String {
    let (en, zh) = match callback.kind {
        Kind::Expected => {
            ("This is the address a login waits for.", "这是登录正在等待的回调地址。")
        }
        Kind::OtherAddress => (
            "This is not the address a login waits for, which is http://localhost:1455/auth/callback.",
            "这不是登录等待的回调地址 http://localhost:1455/auth/callback。",
        ),
        Kind::BareCode if callback.state == Presence::Absent => {
            ("This looks like a code without its address.", "这看起来只是一个授权码，没有地址。")
        }
        Kind::QueryOnly | Kind::BareCode => (
            "These are a callback's parameters without its address.",
            "这只是回调的参数，没有地址。",
        ),
        Kind::Token => (
            "⚠️ This looks like a token or a key, not a callback. Treat it as leaked: end that account's sessions or revoke the key.",
            "⚠️ 这看起来是令牌或密钥，不是回调地址。请视为已泄露：退出该账号的会话，或吊销该密钥。",
        ),
        Kind::Nothing => (
            "This is not a callback. A callback starts with http://localhost:1455/auth/callback and contains a code and a state.",
            "这不是回调地址。回调地址以 http://localhost:1455/auth/callback 开头，含有 code 和 state。",
        ),
    };
    context.say(en, zh)
}

fn callback_parts(context: &ReplyContext, callback: &Callback) -> String {
    let part = |presence: Presence| match presence {
        Presence::Absent => context.say("missing", "无"),
        Presence::Empty => context.say("empty", "为空"),
        Presence::Once => context.say("present", "有"),
        Presence::Repeated => context.say("present more than once", "重复出现"),
    };
    let code = part(callback.code);
    let state = part(callback.state);
    say!(context, "code: {code} · state: {state}", "code：{code} · state：{state}")
}

fn sign_in_error(context: &ReplyContext, error: SignInError) -> String {
    let (en, zh) = match error {
        SignInError::AccessDenied => {
            ("that you or your workspace refused access", "：您或您的工作区拒绝了访问")
        }
        SignInError::Expired => ("that the login timed out", "：登录超时"),
        SignInError::ServerError => {
            ("a server error: try again in a few minutes", "服务器出错：过几分钟再试")
        }
        SignInError::InvalidRequest => {
            ("that the request was invalid: update OpenClaw", "请求无效：请更新 OpenClaw")
        }
        SignInError::Other => ("an error", "了错误"),
    };
    say!(context, "The sign-in page reports {en}.", "登录页报告{zh}。")
}

fn describe_oddity(context: &ReplyContext, oddity: Oddity) -> String {
    use Oddity::*;
    let (en, zh) = match oddity {
        Https => (
            "It starts with https instead of http; that is harmless.",
            "它以 https 开头，不是 http，没有影响。",
        ),
        NoScheme => ("Its start is missing: http://", "缺少开头的 http://"),
        UserInfo => (
            "⚠️ It has a user name before the host, which can hide where it leads.",
            "⚠️ 主机名前带有用户名，可能掩盖真实去向。",
        ),
        OtherHost => {
            ("It leads to a machine other than localhost.", "它指向的主机不是 localhost。")
        }
        OtherPort => ("The port is not 1455.", "端口不是 1455。"),
        OtherPath => ("The path is not /auth/callback.", "路径不是 /auth/callback。"),
        Fragment => (
            "Its parameters come after #, so the login cannot see them.",
            "参数在 # 之后，登录程序看不到。",
        ),
        Encoded => ("Its separators are encoded.", "分隔符被编码了。"),
        Broken => (
            "It is split over several lines: paste it as one line.",
            "它被拆成了几段：请粘贴成一行。",
        ),
        TooLong => (
            "It is too long to be a callback, so it was not read.",
            "它太长，不是回调地址，因此没有读取。",
        ),
    };
    context.say(en, zh)
}

fn callback_advice(context: &ReplyContext, callback: &Callback) -> String {
    let start = context.command("auth", "start");
    let is_stateless = callback.state == Presence::Absent;
    // The same copy would hold the same.
    let is_final = callback.error.is_some() || callback.oddities.contains(&Oddity::Fragment);
    let (en, zh) = if callback.is_complete() && is_stateless {
        (
            "⚠️ Without its state, it is unclear which login it belongs to. If you still have the whole address, paste it into the waiting terminal.",
            "⚠️ 缺少 state，无法确认它属于哪次登录。如果还有完整地址，请粘贴到正在等待的终端。",
        )
    } else if callback.is_complete() {
        (
            "Paste it into the terminal where `openclaw models auth login` is waiting, on one line and without quotes. It works once, for a few minutes.",
            "请把它粘贴到 `openclaw models auth login` 正在等待的终端：一行，不带引号。它只能用一次，几分钟内有效。",
        )
    } else if is_final || callback.kind == Kind::Token {
        let en = "A login can't continue with this. Start again";
        return context.named(en, "无法用它继续登录。请重新开始", &start);
    } else if callback.code == Presence::Once && is_stateless && context.screen.is_some() {
        // A shell cuts an address at `&`.
        (
            "The address is cut off before `state`. Put it in quotes on the command line, or leave it out and paste it when asked.",
            "地址在 `state` 之前被截断。请在命令行中给它加引号，或先不写，等提示时再粘贴。",
        )
    } else {
        return say!(
            context,
            "A login can't continue with this. Copy the whole address from the browser again, or start over: {start}",
            "无法用它继续登录。请从浏览器重新复制完整地址，或重新开始：{start}"
        );
    };
    context.say(en, zh)
}
