//! A pasted callback: the parts it holds, never their text, and the next step.

use super::documents::Pasted;
use super::words::say;
use super::{Message, ReplyContext};
use crate::callback::{Callback, Kind, Oddity, Presence, SignInError};

/// The parts of a pasted callback in words, and the next step.
pub fn finish(context: &ReplyContext, callback: &Callback) -> Message {
    let mut lines = vec![callback_kind(context, callback)];
    lines.extend(callback.error.map(|error| sign_in_error(context, error)));
    if !matches!(callback.kind, Kind::Token | Kind::Nothing) {
        lines.push(callback_parts(context, callback));
    }
    lines.extend(
        callback
            .oddities
            .iter()
            .map(|oddity| describe_oddity(context, *oddity)),
    );
    lines.push(callback_advice(context, callback));
    lines.push(match context.screen {
        Some(_) => say!(
            context,
            "Nothing was changed, sent or kept.",
            "未作任何更改，也没有发送或保存任何内容。"
        ),
        None => say!(
            context,
            "Nothing was changed, sent or kept. Whoever reads this conversation can read what you pasted: delete that message.",
            "未作任何更改，也没有发送或保存任何内容。能看到此对话的人都能看到您粘贴的内容，请删除那条消息。"
        ),
    });
    let text = lines.join("\n");
    let has = |presence: Presence| matches!(presence, Presence::Once | Presence::Repeated);
    let document = context.document(|| Pasted {
        ok: callback.is_complete(),
        has_code: has(callback.code),
        has_state: has(callback.state),
        has_error: callback.error.is_some(),
        is_expected_address: callback.kind == Kind::Expected,
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// The answer to a callback that was pasted in a group.
pub fn not_in_a_group(context: &ReplyContext) -> String {
    say!(
        context,
        "Not in a group: everybody here can read what was pasted. Delete that message, treat it as exposed, and start the login again.",
        "请勿在群组中使用：所有人都能看到粘贴的内容。请删除那条消息，视其为已泄露，并重新开始登录。"
    )
}

fn callback_kind(context: &ReplyContext, callback: &Callback) -> String {
    match callback.kind {
        Kind::Expected => say!(
            context,
            "This is the address that a login waits for.",
            "这是登录正在等待的回调地址。"
        ),
        Kind::OtherAddress => say!(
            context,
            "This address differs from the one that a login waits for: http://localhost:1455/auth/callback",
            "此地址与登录等待的回调地址不同：http://localhost:1455/auth/callback"
        ),
        Kind::BareCode if callback.state == Presence::Absent => say!(
            context,
            "This looks like a code by itself.",
            "这看起来只是一个授权码。"
        ),
        Kind::QueryOnly | Kind::BareCode => say!(
            context,
            "These are the parameters of a callback without its address.",
            "这是缺少地址部分的回调参数。"
        ),
        Kind::Token => say!(
            context,
            "⚠️ This looks like a token or a key, and not like a callback. Treat it as exposed: sign out of that account's sessions or revoke the key.",
            "⚠️ 这看起来是令牌或密钥，而不是回调地址。请视为已泄露：注销该账号的会话或吊销该密钥。"
        ),
        Kind::Nothing => say!(
            context,
            "This is no callback: that is an address which begins with http://localhost:1455/auth/callback and holds a code and a state.",
            "这不是回调地址：回调地址以 http://localhost:1455/auth/callback 开头，并含有 code 和 state。"
        ),
    }
}

fn callback_parts(context: &ReplyContext, callback: &Callback) -> String {
    let part = |presence: Presence| match presence {
        Presence::Absent => say!(context, "missing", "无"),
        Presence::Empty => say!(context, "empty", "为空"),
        Presence::Once => say!(context, "there", "有"),
        Presence::Repeated => say!(context, "there more than once", "重复出现"),
    };
    let code = part(callback.code);
    let state = part(callback.state);
    say!(
        context,
        "code: {code} · state: {state}",
        "code：{code} · state：{state}"
    )
}

fn sign_in_error(context: &ReplyContext, error: SignInError) -> String {
    match error {
        SignInError::AccessDenied => say!(
            context,
            "The sign-in page reports that access was refused: you, or your workspace, said no.",
            "登录页报告：访问被拒绝（由您或您的工作区拒绝）。"
        ),
        SignInError::Expired => say!(
            context,
            "The sign-in page reports that it took too long.",
            "登录页报告：已超时。"
        ),
        SignInError::ServerError => say!(
            context,
            "The sign-in page reports a fault of its own: try again in a few minutes.",
            "登录页报告自身出错：请几分钟后重试。"
        ),
        SignInError::InvalidRequest => say!(
            context,
            "The sign-in page reports that the login asked wrongly: update OpenClaw.",
            "登录页报告请求无效：请更新 OpenClaw。"
        ),
        SignInError::Other => say!(
            context,
            "The sign-in page reports an error.",
            "登录页报告了错误。"
        ),
    }
}

fn describe_oddity(context: &ReplyContext, oddity: Oddity) -> String {
    match oddity {
        Oddity::Https => say!(
            context,
            "It says https in place of http, which does no harm.",
            "它以 https 而不是 http 开头，没有影响。"
        ),
        Oddity::NoScheme => say!(
            context,
            "The beginning is missing: http://",
            "缺少开头的 http://"
        ),
        Oddity::UserInfo => say!(
            context,
            "⚠️ It holds a user name before the host, which hides where it leads.",
            "⚠️ 主机名前带有用户名，可能掩盖真实去向。"
        ),
        Oddity::OtherHost => say!(
            context,
            "It leads to another machine than localhost.",
            "它指向 localhost 以外的主机。"
        ),
        Oddity::OtherPort => say!(context, "The port is not 1455.", "端口不是 1455。"),
        Oddity::OtherPath => say!(
            context,
            "The path is not /auth/callback.",
            "路径不是 /auth/callback。"
        ),
        Oddity::Fragment => say!(
            context,
            "Its parameters stand behind #, where the login does not look.",
            "参数位于 # 之后，登录程序不会读取。"
        ),
        Oddity::Encoded => say!(context, "Its separators are encoded.", "分隔符已被编码。"),
        Oddity::Broken => say!(
            context,
            "It is broken into pieces: paste it on one line.",
            "它被拆成了多段：请粘贴为一行。"
        ),
        Oddity::TooLong => say!(
            context,
            "It is too long to be a callback and was not read.",
            "它过长，不是回调地址，未读取。"
        ),
    }
}

fn callback_advice(context: &ReplyContext, callback: &Callback) -> String {
    let is_bare = callback.kind == Kind::BareCode;
    if is_bare && callback.state == Presence::Absent && callback.is_complete() {
        return say!(
            context,
            "⚠️ Without its state nobody can tell whose login it belongs to. Paste the whole address into the terminal that waits, if you still have it.",
            "⚠️ 缺少 state，无法确认它属于哪次登录。如果仍有完整地址，请粘贴到正在等待的终端。"
        );
    }
    if callback.is_complete() {
        return say!(
            context,
            "Paste it, on one line and without quotes, into the terminal where `openclaw models auth login` waits. It works once and for a few minutes.",
            "请将它粘贴到 `openclaw models auth login` 正在等待的终端：一行、不带引号。它只能使用一次，几分钟内有效。"
        );
    }
    let start = context.command("auth", "start");
    // The same copy would hold the same.
    let is_final = callback.error.is_some() || callback.oddities.contains(&Oddity::Fragment);
    if is_final || callback.kind == Kind::Token {
        return say!(
            context,
            "No login can go on with this. Start again: {start}",
            "无法用它继续登录。请重新开始：{start}"
        );
    }
    // A shell cuts an address at `&`.
    let is_cut = callback.code == Presence::Once && callback.state == Presence::Absent;
    if is_cut && context.screen.is_some() {
        return say!(
            context,
            "It ends before the state: put quotes around an address on a command line, or leave it out and paste it when asked.",
            "它在 state 之前被截断：请在命令行中给地址加引号，或留空并在提示时粘贴。"
        );
    }
    say!(
        context,
        "No login can go on with this: copy the whole address from the browser once more, or start again: {start}",
        "无法用它继续登录：请从浏览器重新复制完整地址，或重新开始：{start}"
    )
}
