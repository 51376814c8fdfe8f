//! Signing in: the steps, what a pasted callback holds, and what a login left behind.

use super::change::{self, gateway_error};
use super::documents::Body;
use super::order::order_text;
use super::words::profiles;
use super::{Message, ReplyContext, commands};
use crate::gateway::{self, GatewayError};
use crate::order::GatewayState;
use crate::profile::{Access, Profile, ProfileId, SignIns, names};

/// A login that is about to run.
pub struct Login {
    /// The provider, as this gateway spells it.
    pub provider: String,
    /// The profile that it is told; without one the gateway names it.
    pub profile: Option<ProfileId>,
    /// This gateway's login can be told the profile.
    pub names_profiles: bool,
    /// The gateway's version, where it is known.
    pub version: Option<String>,
    /// This terminal runs it, once its question is answered.
    pub is_offered: bool,
}

/// The state that a login left behind.
pub struct SignedIn<'a> {
    /// The sign-ins before.
    pub before: Option<&'a SignIns>,
    /// The sign-ins now.
    pub after: Option<SignIns>,
    /// The command's own failure.
    pub error: Option<GatewayError>,
    /// The answers of the gateway's own commands now.
    pub gateway: Result<GatewayState, GatewayError>,
}

/// A profile with its sign-in of before, where there was one, and that of now.
type Changed<'a> = (Option<&'a Profile>, &'a Profile);

impl SignedIn<'_> {
    /// Profiles that hold another sign-in now than before, the new ones first.
    fn changed(&self) -> Vec<Changed<'_>> {
        let profiles = self.after.iter().flat_map(|all| &all.profiles);
        let pairs = profiles.map(|now| (self.before.and_then(|all| all.by_id(&now.id)), now));
        // An expiry that has passed meanwhile, a fence or the gateway's own refresh is
        // no login: that leaves another account, or a token that is valid for longer.
        let is_other = |old: &Profile, now: &Profile| {
            let is_longer = now.expires_at > old.expires_at && now.access == Access::Ready;
            old.identity != now.identity || is_longer
        };
        let changed = pairs.filter(|(old, now)| old.is_none_or(|old| is_other(old, now)));
        let (mut all, replaced): (Vec<_>, Vec<_>) = changed.partition(|(old, _)| old.is_none());
        all.extend(replaced);
        all
    }

    /// Whether anyone is signed in who was not before.
    pub fn is_done(&self) -> bool {
        !self.changed().is_empty() && self.error.is_none()
    }
}

/// The steps of signing in.
pub fn start(context: &ReplyContext, sign_ins: Option<&SignIns>, login: &Login) -> Message {
    let words = login_words(context, login);
    let command = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
    let title = login_title(context, login);
    let overwritten = what_it_overwrites(context, sign_ins, login);
    let status = context.command("auth", "status");
    let order = context.command("auth", "order");
    let mut text = say!(
        context,
        "{title}\n{overwritten}\n\
         1. In a terminal on the gateway's machine, run: {command}\n\
         2. Open the address it prints, and sign in with the account you want.\n\
         3. If the browser stops at http://localhost:1455/auth/callback with an error, copy the whole address into the waiting terminal – nowhere else.\n\
         4. Check the result: {status} and {order}",
        "{title}\n{overwritten}\n\
         1. 在网关所在机器的终端运行：{command}\n\
         2. 打开它显示的地址，用您想用的账号登录。\n\
         3. 如果浏览器停在 http://localhost:1455/auth/callback 并显示错误，请把完整地址粘贴到正在等待的终端，不要发到别处。\n\
         4. 查看结果：{status} 和 {order}"
    );
    let has_chat_login = |version: &str| gateway::is_at_least(version, gateway::HAS_CHAT_LOGIN);
    if context.screen.is_none() && login.version.as_deref().is_some_and(has_chat_login) {
        text += &context.say(
            "\nOr, as the owner in a private chat: /login codex (the gateway chooses the profile's name).",
            "\n也可以由所有者在私聊中发送 /login codex（profile 名称由网关决定）。",
        );
    }
    if login.is_offered {
        text += "\n\n";
        text += &change::announcement(context);
    }
    context.message(text, |text| {
        context.json(Body::LoginSteps {
            ok: true,
            provider: &login.provider,
            gateway_version: login.version.as_deref(),
            gateway_command: words,
            suggested_user_message: text,
        })
    })
}

/// The result of a login, by comparing the sign-ins before and after.
pub fn signed_in(context: &ReplyContext, signed_in: &SignedIn<'_>) -> Message {
    let changed = signed_in.changed();
    let mut lines = Vec::new();
    if changed.is_empty() {
        lines.push(context.say(
            "❌ No one signed in: no profile was added or overwritten.",
            "❌ 登录没有完成：没有新增或被覆盖的 profile。",
        ));
    } else if signed_in.error.is_some() {
        lines.push(context.say(
            "⚠️ The login failed, but something changed:",
            "⚠️ 登录失败，但有内容发生了变化：",
        ));
    }
    lines.extend(changed.iter().map(|one| describe(context, one)));
    lines.extend(signed_in.error.map(|error| gateway_error::gateway_error(context, error)));
    lines.extend(profiles_gone(context, signed_in));
    lines.extend(order_moved(context, signed_in));
    lines.extend(not_in_the_order(context, signed_in));
    lines.push(read_back(context, signed_in));
    let text = lines.join("\n");
    let names = |is_new| {
        let those = changed.iter().filter(|(old, _)| old.is_none() == is_new);
        those.map(|(_, now)| now.name.clone()).collect()
    };
    context.message(text, |text| {
        context.json(Body::Login {
            ok: signed_in.is_done(),
            new: names(true),
            overwritten: names(false),
            read_back: signed_in.gateway.is_ok(),
            suggested_user_message: text,
        })
    })
}

fn describe(context: &ReplyContext, (old, now): &Changed<'_>) -> String {
    let name = &now.name;
    match old {
        None => say!(context, "✅ {name} was added.", "✅ 已新增 {name}。"),
        Some(old) if old.identity == now.identity => say!(
            context,
            "✅ {name} is signed in again, with the same account.",
            "✅ {name} 已用同一账号重新登录。"
        ),
        Some(_) => say!(
            context,
            "⚠️ {name} was overwritten: it is now a different account.",
            "⚠️ {name} 已被覆盖：现在是另一个账号。"
        ),
    }
}

/// Says what the gateway's own commands report now.
fn read_back(context: &ReplyContext, signed_in: &SignedIn<'_>) -> String {
    match &signed_in.gateway {
        Ok(state) => {
            let count = state.profiles.len();
            let profiles = profiles(count);
            say!(
                context,
                "Verified with `models status` and `auth order get`: {count} {profiles}.",
                "已用 `models status` 和 `auth order get` 复查：共 {count} 个 profile。"
            )
        }
        Err(error) => {
            let error = gateway_error::gateway_error(context, *error);
            say!(context, "⚠️ It could not be verified. {error}", "⚠️ 无法复查。{error}")
        }
    }
}

fn login_title(context: &ReplyContext, login: &Login) -> String {
    let (provider, version) = (&login.provider, login.version.as_ref());
    let gateway = version.map_or(String::new(), |version| format!(" · OpenClaw {version}"));
    let title = match &login.profile {
        Some(id) => {
            let name = id.shown_label(context.ids);
            say!(context, "Sign in as {name}", "以 {name} 登录")
        }
        None => context.say("Sign in", "登录"),
    };
    format!("{title} · provider {provider}{gateway}")
}

/// The words of the gateway's login command, ids as they may be shown.
fn login_words(context: &ReplyContext, login: &Login) -> Vec<String> {
    let command = ["openclaw", "models", "auth", "login", "--provider"];
    let mut words: Vec<String> = command.map(String::from).into();
    words.push(login.provider.clone());
    if let Some(id) = &login.profile {
        words.extend(["--profile-id".to_owned(), context.id_to_run(id)]);
    }
    if !context.agent.eq_ignore_ascii_case("main") {
        words.extend(["--agent".to_owned(), context.agent.clone()]);
    }
    words
}

fn what_it_overwrites(context: &ReplyContext, sign_ins: Option<&SignIns>, login: &Login) -> String {
    let stored = |id| sign_ins.filter(|all| all.has(id)).map(|all| all.name(id));
    if !login.names_profiles {
        let default = ProfileId::new(format!("{}:default", login.provider));
        let (en, zh) = if sign_ins.is_some_and(|all| all.has(&default)) {
            (
                "⚠️ The stored sign-in of default would be overwritten.",
                "⚠️ 已存储的 default 会被覆盖。",
            )
        } else {
            ("No default is stored now.", "目前没有存储 default。")
        };
        return say!(
            context,
            "This OpenClaw version cannot choose the profile name: the login writes default, or a profile named after the account's e-mail if it learns it. {en}",
            "此版本的 OpenClaw 不能指定 profile 名称：登录会写入 default；如果得知账号邮箱，则写入以邮箱命名的 profile。{zh}"
        );
    }
    match login.profile.as_ref().map(stored) {
        Some(Some(name)) => say!(
            context,
            "This overwrites the stored sign-in of {name}, whichever account you use.",
            "无论用哪个账号登录，都会覆盖 {name} 已存储的登录凭据。"
        ),
        Some(None) => context.say(
            "This adds a new profile; nothing is overwritten.",
            "这会新增一个 profile，不会覆盖已有内容。",
        ),
        None => {
            let start = context.command("auth", "start <profile>");
            say!(
                context,
                "Without a name, the gateway names the profile after the account's e-mail (or user id) and overwrites a profile of that name. To choose the name: {start}",
                "不写名称时，网关会用账号邮箱（或用户 ID）命名，并覆盖同名的 profile。要自己指定名称：{start}"
            )
        }
    }
}

/// A label that no profile can have.
pub fn bad_label(context: &ReplyContext, provider: &str) -> String {
    say!(
        context,
        "No profile has that name, and it is not a valid name for a new one of {provider}. Use letters, digits, dots, dashes and underscores, at most 50, and no other provider in front.",
        "没有叫这个名称的 profile，它也不能作为 {provider} 新 profile 的名称。只能用字母、数字、点、横线和下划线，最多 50 个字符，前面不能是其他 provider。"
    )
}

fn profiles_gone(context: &ReplyContext, signed_in: &SignedIn<'_>) -> Option<String> {
    let (before, after) = (signed_in.before?, signed_in.after.as_ref()?);
    let is_gone = |profile: &&Profile| !after.has(&profile.id);
    let gone: Vec<&Profile> = before.profiles.iter().filter(is_gone).collect();
    let names = context.list(&names(&gone));
    (!gone.is_empty())
        .then(|| say!(context, "⚠️ Not stored any more: {names}.", "⚠️ 已不再存储：{names}。"))
}

fn order_moved(context: &ReplyContext, signed_in: &SignedIn<'_>) -> Option<String> {
    let (before, after) = (signed_in.before?, signed_in.after.as_ref()?);
    let (was, is) = (&before.order, &after.order);
    (was.in_effect() != is.in_effect()).then(|| {
        let was = order_text(context, before, was);
        let is = order_text(context, after, is);
        say!(
            context,
            "The login changed the order.\nBefore: {was}\nAfter: {is}",
            "登录改变了顺序。\n变更前：{was}\n变更后：{is}"
        )
    })
}

/// New profiles that the order does not list, so that the gateway does not use them.
fn not_in_the_order(context: &ReplyContext, signed_in: &SignedIn<'_>) -> Option<String> {
    let after = signed_in.after.as_ref()?;
    let is_left_out = |(old, now): &Changed<'_>| old.is_none() && after.leaves_out(now);
    let (_, first) = signed_in.changed().into_iter().find(is_left_out)?;
    let name = &first.name;
    let restore = context.command("auth", &format!("restore {}", commands::typed_name(first)));
    Some(say!(
        context,
        "{name} is not in the order, so the gateway won't use it. Add it: {restore}",
        "{name} 不在顺序中，网关不会使用它。加入：{restore}"
    ))
}
