//! Signing in: the steps, what a pasted callback holds, and what a login left behind.

use super::change::Message;
use super::documents::{LoggedIn, LoginSteps, Pasted};
use super::words::{profiles, say};
use super::{ReplyContext, words};
use crate::callback::{Callback, Kind, Oddity, Presence, SignInError};
use crate::gateway::{self, GatewayError};
use crate::order::GatewayState;
use crate::profile::{Access, Ids, Profile, ProfileId, SignIns, names};

/// A login that somebody is about to run.
pub struct Login {
    /// Whose sign-ins.
    pub agent: String,
    /// The provider, as this gateway spells it.
    pub provider: String,
    /// The profile it is for; without one the gateway names it.
    pub profile: Option<ProfileId>,
    /// Whether this gateway's login can be told the profile.
    pub names_profiles: bool,
    /// The gateway's version, where it is known.
    pub version: Option<String>,
}

/// What a login left behind.
pub struct SignedIn<'a> {
    /// Who was signed in before.
    pub before: Option<&'a SignIns>,
    /// Who is signed in now.
    pub after: Option<SignIns>,
    /// What the command itself came to.
    pub error: Option<GatewayError>,
    /// What the gateway's own commands tell now.
    pub gateway: Result<GatewayState, GatewayError>,
}

impl SignedIn<'_> {
    /// Profiles that were not there.
    fn new_ones(&self) -> Vec<&Profile> {
        let is_new = |profile: &&Profile| self.stored_before(profile).is_none();
        self.after
            .iter()
            .flat_map(|all| &all.profiles)
            .filter(is_new)
            .collect()
    }

    /// Profiles that were there and hold another sign-in now, with the old one.
    fn replaced(&self) -> Vec<(&Profile, &Profile)> {
        let replaced = |now: &'_ Profile| {
            let old = self.stored_before(now)?;
            // An expiry that has passed meanwhile, a fence or the gateway's own refresh is
            // no login: that leaves somebody else, or a token that is good for longer.
            let is_longer = now.expires_at > old.expires_at && now.access == Access::Ready;
            (old.identity != now.identity || is_longer).then_some(old)
        };
        let mut all = Vec::new();
        for now in self.after.iter().flat_map(|all| &all.profiles) {
            all.extend(replaced(now).map(|old| (old, now)));
        }
        all
    }

    fn stored_before(&self, profile: &Profile) -> Option<&Profile> {
        self.before?.by_id(&profile.id)
    }

    /// Whether anybody is signed in that was not before.
    pub fn is_done(&self) -> bool {
        let somebody = !self.new_ones().is_empty() || !self.replaced().is_empty();
        somebody && self.error.is_none()
    }
}

/// How to sign in, step by step. `is_offered` where the terminal can run it.
pub fn start(
    context: &ReplyContext,
    sign_ins: Option<&SignIns>,
    login: &Login,
    is_offered: bool,
) -> Message {
    let command = context.login_of(login);
    let mut lines = vec![
        context.login_title(login),
        context.what_it_overwrites(sign_ins, login),
    ];
    lines.push(say!(
        context,
        "1. In a terminal on the gateway's machine run: {command}",
        "1. 在网关所在机器的终端运行：{command}"
    ));
    lines.push(say!(
        context,
        "2. Open the address that it prints, and sign in with the account that you mean.",
        "2. 打开它给出的地址，用要使用的账号登录。"
    ));
    lines.push(say!(
        context,
        "3. Where the browser ends at http://localhost:1455/auth/callback and shows an error, paste that whole address into the terminal that waits, and nowhere else.",
        "3. 如果浏览器停在 http://localhost:1455/auth/callback 并显示错误，请把完整地址粘贴到正在等待的终端，不要发到别处。"
    ));
    let status = context.command("auth", "status");
    let order = context.command("auth", "order");
    lines.push(say!(
        context,
        "4. Look at what it left: {status} and {order}",
        "4. 查看结果：{status} 与 {order}"
    ));
    let chat_login = login
        .version
        .as_deref()
        .is_some_and(gateway::has_chat_login);
    if context.screen.is_none() && chat_login {
        lines.push(say!(
            context,
            "Or let the gateway do it, in a private chat with its owner: /login codex (it names the profile itself).",
            "也可以由所有者在私聊中使用网关自带的 /login codex（profile 名称由网关决定）。"
        ));
    }
    if is_offered {
        let announcement = context.announcement();
        lines.push(format!("\n{announcement}"));
    }
    let text = lines.join("\n");
    let document = context.document(|| LoginSteps {
        ok: true,
        provider: &login.provider,
        gateway_version: login.version.as_deref(),
        gateway_command: &command,
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// What a login left behind, by comparing who was signed in with who is.
pub fn signed_in(context: &ReplyContext, signed_in: &SignedIn<'_>) -> Message {
    let mut lines = Vec::new();
    for profile in signed_in.new_ones() {
        let name = &profile.name;
        lines.push(say!(context, "✅ {name} is new.", "✅ 新增 {name}。"));
    }
    for (old, now) in signed_in.replaced() {
        let name = &now.name;
        lines.push(match old.identity == now.identity {
            true => say!(
                context,
                "✅ {name} was signed in again, with the same account.",
                "✅ {name} 已用同一账号重新登录。"
            ),
            false => say!(
                context,
                "⚠️ {name} was overwritten: it is another account than before.",
                "⚠️ {name} 已被覆盖：现在是另一个账号。"
            ),
        });
    }
    if !lines.is_empty() && signed_in.error.is_some() {
        lines.insert(
            0,
            say!(
                context,
                "⚠️ The login did not end well, and yet something is different:",
                "⚠️ 登录未正常结束，但状态有变化："
            ),
        );
    }
    if lines.is_empty() {
        lines.push(say!(
            context,
            "❌ Nobody was signed in: no profile is new, and none was overwritten.",
            "❌ 没有完成登录：没有新增或被覆盖的 profile。"
        ));
    }
    lines.extend(signed_in.error.map(|error| context.gateway_error(error)));
    lines.extend(context.gone(signed_in));
    lines.extend(context.order_moved(signed_in));
    lines.extend(context.not_in_the_order(signed_in));
    lines.push(match &signed_in.gateway {
        Ok(state) => {
            let count = state.profiles.len();
            let profiles = profiles(count);
            say!(
                context,
                "Read back by `models status` and `auth order get`: {count} {profiles}.",
                "已通过 `models status` 和 `auth order get` 回读：共 {count} 个 profile。"
            )
        }
        Err(error) => {
            let error = context.gateway_error(*error);
            say!(
                context,
                "⚠️ It could not be read back. {error}",
                "⚠️ 无法回读验证。{error}"
            )
        }
    });
    let text = lines.join("\n");
    let overwritten: Vec<&Profile> = signed_in
        .replaced()
        .into_iter()
        .map(|(_, now)| now)
        .collect();
    let document = context.document(|| LoggedIn {
        ok: signed_in.is_done(),
        new: names(&signed_in.new_ones()),
        overwritten: names(&overwritten),
        read_back: signed_in.gateway.is_ok(),
        suggested_user_message: &text,
    });
    Message::new(text, document)
}

/// What a pasted callback holds, in words, and what to do with it.
pub fn finish(context: &ReplyContext, callback: &Callback) -> Message {
    let mut lines = vec![context.callback_kind(callback)];
    lines.extend(callback.error.map(|error| context.sign_in_error(error)));
    if !matches!(callback.kind, Kind::Token | Kind::Nothing) {
        lines.push(context.callback_parts(callback));
    }
    lines.extend(
        callback
            .oddities
            .iter()
            .map(|oddity| context.oddity(*oddity)),
    );
    lines.push(context.callback_advice(callback));
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

impl ReplyContext {
    fn login_title(&self, login: &Login) -> String {
        let provider = &login.provider;
        let gateway = login.version.as_deref();
        let gateway = gateway.map_or(String::new(), |version| format!(" · OpenClaw {version}"));
        match &login.profile {
            Some(id) if login.names_profiles => {
                let name = id.shown_label(self.ids);
                say!(
                    self,
                    "Sign in as {name} · provider {provider}{gateway}",
                    "以 {name} 登录 · provider {provider}{gateway}"
                )
            }
            Some(_) | None => say!(
                self,
                "Sign in · provider {provider}{gateway}",
                "登录 · provider {provider}{gateway}"
            ),
        }
    }

    /// The command of a login, ids as they may be shown.
    fn login_of(&self, login: &Login) -> String {
        let provider = &login.provider;
        let mut command = format!("openclaw models auth login --provider {provider}");
        if let Some(id) = login.profile.as_ref().filter(|_| login.names_profiles) {
            let shown = if id.is_plain() {
                id.shown(Ids::Full)
            } else {
                words::quoted(&id.shown(self.ids))
            };
            command.push_str(&format!(" --profile-id {shown}"));
        }
        if !login.agent.eq_ignore_ascii_case("main") {
            command.push_str(&format!(" --agent {}", self.agent));
        }
        command
    }

    fn what_it_overwrites(&self, sign_ins: Option<&SignIns>, login: &Login) -> String {
        let stored = login.profile.as_ref().and_then(|id| sign_ins?.by_id(id));
        match (&login.profile, stored) {
            (_, _) if !login.names_profiles => {
                let default = ProfileId::new(format!("{}:default", login.provider));
                let is_stored = sign_ins.is_some_and(|all| all.has(&default));
                let what = match is_stored {
                    true => say!(
                        self,
                        "⚠️ That overwrites the sign-in of default that is stored here.",
                        "⚠️ 这会覆盖此处已存储的 default。"
                    ),
                    false => say!(self, "No default is stored here.", "此处没有存储 default。"),
                };
                say!(
                    self,
                    "This OpenClaw cannot be told the profile: its login writes default, or where it learns the account's e-mail the profile named after that. {what}",
                    "此版本的 OpenClaw 无法指定 profile：登录会写入 default，若能得知账号邮箱则写入以其命名的 profile。{what}"
                )
            }
            (Some(_), Some(profile)) => {
                let name = &profile.name;
                say!(
                    self,
                    "It overwrites the stored sign-in of {name}, whichever account you sign in with.",
                    "无论用哪个账号登录，都会覆盖 {name} 已存储的登录信息。"
                )
            }
            (Some(_), None) => say!(
                self,
                "It is a new profile: nothing that is stored is overwritten.",
                "这是新的 profile：不会覆盖已有内容。"
            ),
            (None, _) => {
                let start = self.command("auth", "start <profile>");
                say!(
                    self,
                    "If you name no profile, the gateway names it after the account's e-mail address, or else its user id, and overwrites what is stored under that name. To choose: {start}",
                    "如未指定 profile，网关会用账号邮箱（没有邮箱则用用户 ID）命名，并覆盖同名的已有内容。如需指定：{start}"
                )
            }
        }
    }

    /// That a label cannot be one.
    pub fn bad_label(&self, provider: &str) -> String {
        say!(
            self,
            "There is no such profile, and a new one of {provider} cannot be called so: letters, digits, dots, dashes and underscores, at most 50, and no other provider in front.",
            "没有这个 profile，此名称也不能用于 {provider} 的新 profile：仅限字母、数字、点、横线和下划线，最多 50 个字符，且前面不能是其他 provider。"
        )
    }

    /// That a callback is not for a group to read.
    pub fn not_in_a_group(&self) -> String {
        say!(
            self,
            "Not in a group: everybody here can read what was pasted. Delete that message, treat it as exposed, and start the login again.",
            "请勿在群组中使用：所有人都能看到粘贴的内容。请删除那条消息，视其为已泄露，并重新开始登录。"
        )
    }

    fn gone(&self, signed_in: &SignedIn<'_>) -> Option<String> {
        let (before, after) = (signed_in.before?, signed_in.after.as_ref()?);
        let mut gone = Vec::new();
        for profile in &before.profiles {
            if !after.has(&profile.id) {
                gone.push(profile);
            }
        }
        let names = self.list(&names(&gone));
        (!gone.is_empty()).then(|| {
            say!(
                self,
                "⚠️ Not stored any more: {names}.",
                "⚠️ 已不再存储：{names}。"
            )
        })
    }

    fn order_moved(&self, signed_in: &SignedIn<'_>) -> Option<String> {
        let (before, after) = (signed_in.before?, signed_in.after.as_ref()?);
        let (was, is) = (&before.order, &after.order);
        (was.in_effect() != is.in_effect()).then(|| {
            let was = self.order_text(before, was);
            let is = self.order_text(after, is);
            say!(
                self,
                "The login changed the order.\nbefore: {was}\nafter:  {is}",
                "登录改变了顺序。\n变更前：{was}\n变更后：{is}"
            )
        })
    }

    /// New profiles that the order does not name, and so nobody uses.
    fn not_in_the_order(&self, signed_in: &SignedIn<'_>) -> Option<String> {
        let after = signed_in.after.as_ref()?;
        let mut left_out = signed_in.new_ones();
        left_out.retain(|profile| after.leaves_out(profile));
        let first = left_out.first()?;
        let name = &first.name;
        let restore = self.command("auth", &format!("restore {}", super::typed_name(first)));
        Some(say!(
            self,
            "{name} is not in the order, and so not selected yet: {restore}",
            "{name} 不在顺序中，目前不会被选中。加入：{restore}"
        ))
    }

    fn callback_kind(&self, callback: &Callback) -> String {
        match callback.kind {
            Kind::Expected => say!(
                self,
                "This is the address that a login waits for.",
                "这是登录正在等待的回调地址。"
            ),
            Kind::OtherAddress => say!(
                self,
                "This address differs from the one that a login waits for: http://localhost:1455/auth/callback",
                "此地址与登录等待的回调地址不同：http://localhost:1455/auth/callback"
            ),
            Kind::BareCode if callback.state == Presence::Absent => say!(
                self,
                "This looks like a code by itself.",
                "这看起来只是一个授权码。"
            ),
            Kind::QueryOnly | Kind::BareCode => say!(
                self,
                "These are the parameters of a callback without its address.",
                "这是缺少地址部分的回调参数。"
            ),
            Kind::Token => say!(
                self,
                "⚠️ This looks like a token or a key, and not like a callback. Treat it as exposed: sign out of that account's sessions or revoke the key.",
                "⚠️ 这看起来是令牌或密钥，而不是回调地址。请视为已泄露：注销该账号的会话或吊销该密钥。"
            ),
            Kind::Nothing => say!(
                self,
                "This is no callback: that is an address which begins with http://localhost:1455/auth/callback and holds a code and a state.",
                "这不是回调地址：回调地址以 http://localhost:1455/auth/callback 开头，并含有 code 和 state。"
            ),
        }
    }

    fn callback_parts(&self, callback: &Callback) -> String {
        let part = |presence: Presence| match presence {
            Presence::Absent => say!(self, "missing", "无"),
            Presence::Empty => say!(self, "empty", "为空"),
            Presence::Once => say!(self, "there", "有"),
            Presence::Repeated => say!(self, "there more than once", "重复出现"),
        };
        let code = part(callback.code);
        let state = part(callback.state);
        say!(
            self,
            "code: {code} · state: {state}",
            "code：{code} · state：{state}"
        )
    }

    fn sign_in_error(&self, error: SignInError) -> String {
        match error {
            SignInError::AccessDenied => say!(
                self,
                "The sign-in page reports that access was refused: you, or your workspace, said no.",
                "登录页报告：访问被拒绝（由您或您的工作区拒绝）。"
            ),
            SignInError::Expired => say!(
                self,
                "The sign-in page reports that it took too long.",
                "登录页报告：已超时。"
            ),
            SignInError::ServerError => say!(
                self,
                "The sign-in page reports a fault of its own: try again in a few minutes.",
                "登录页报告自身出错：请几分钟后重试。"
            ),
            SignInError::InvalidRequest => say!(
                self,
                "The sign-in page reports that the login asked wrongly: update OpenClaw.",
                "登录页报告请求无效：请更新 OpenClaw。"
            ),
            SignInError::Other => say!(
                self,
                "The sign-in page reports an error.",
                "登录页报告了错误。"
            ),
        }
    }

    fn oddity(&self, oddity: Oddity) -> String {
        match oddity {
            Oddity::Https => say!(
                self,
                "It says https in place of http, which does no harm.",
                "它以 https 而不是 http 开头，没有影响。"
            ),
            Oddity::NoScheme => say!(
                self,
                "The beginning is missing: http://",
                "缺少开头的 http://"
            ),
            Oddity::UserInfo => say!(
                self,
                "⚠️ It holds a user name before the host, which hides where it leads.",
                "⚠️ 主机名前带有用户名，可能掩盖真实去向。"
            ),
            Oddity::OtherHost => say!(
                self,
                "It leads to another machine than localhost.",
                "它指向 localhost 以外的主机。"
            ),
            Oddity::OtherPort => say!(self, "The port is not 1455.", "端口不是 1455。"),
            Oddity::OtherPath => say!(
                self,
                "The path is not /auth/callback.",
                "路径不是 /auth/callback。"
            ),
            Oddity::Fragment => say!(
                self,
                "Its parameters stand behind #, where the login does not look.",
                "参数位于 # 之后，登录程序不会读取。"
            ),
            Oddity::Encoded => say!(self, "Its separators are encoded.", "分隔符已被编码。"),
            Oddity::Broken => say!(
                self,
                "It is broken into pieces: paste it on one line.",
                "它被拆成了多段：请粘贴为一行。"
            ),
            Oddity::TooLong => say!(
                self,
                "It is too long to be a callback and was not read.",
                "它过长，不是回调地址，未读取。"
            ),
        }
    }

    fn callback_advice(&self, callback: &Callback) -> String {
        let is_bare = callback.kind == Kind::BareCode;
        if is_bare && callback.state == Presence::Absent && callback.is_complete() {
            return say!(
                self,
                "⚠️ Without its state nobody can tell whose login it belongs to. Paste the whole address into the terminal that waits, if you still have it.",
                "⚠️ 缺少 state，无法确认它属于哪次登录。如果仍有完整地址，请粘贴到正在等待的终端。"
            );
        }
        if callback.is_complete() {
            return say!(
                self,
                "Paste it, on one line and without quotes, into the terminal where `openclaw models auth login` waits. It works once and for a few minutes.",
                "请将它粘贴到 `openclaw models auth login` 正在等待的终端：一行、不带引号。它只能使用一次，几分钟内有效。"
            );
        }
        let start = self.command("auth", "start");
        // The same copy would hold the same.
        let is_final = callback.error.is_some() || callback.oddities.contains(&Oddity::Fragment);
        if is_final || callback.kind == Kind::Token {
            return say!(
                self,
                "No login can go on with this. Start again: {start}",
                "无法用它继续登录。请重新开始：{start}"
            );
        }
        // A shell cuts an address at `&`.
        let is_cut = callback.code == Presence::Once && callback.state == Presence::Absent;
        if is_cut && self.screen.is_some() {
            return say!(
                self,
                "It ends before the state: put quotes around an address on a command line, or leave it out and paste it when asked.",
                "它在 state 之前被截断：请在命令行中给地址加引号，或留空并在提示时粘贴。"
            );
        }
        say!(
            self,
            "No login can go on with this: copy the whole address from the browser once more, or start again: {start}",
            "无法用它继续登录：请从浏览器重新复制完整地址，或重新开始：{start}"
        )
    }
}
