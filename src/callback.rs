//! Explains a pasted OAuth callback. The text is a secret: it is read
//! once, and nothing of it is kept.

use invisible::is_blank;
use percent_encoding::percent_decode_str;

/// A pasted callback, without any of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The kind of text it is.
    pub kind: Kind,
    /// The code that the login exchanges.
    pub code: Presence,
    /// The word by which the login knows its own callback.
    pub state: Presence,
    /// The error that the sign-in page reported instead.
    pub error: Option<SignInError>,
    /// Oddities in it, each once.
    pub oddities: Vec<Oddity>,
}

/// Kinds of pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The address that the login waits for, with parameters or without.
    Expected,
    /// Another web address; the oddities say how it differs.
    OtherAddress,
    /// Parameters without an address.
    QueryOnly,
    /// One long word: a code alone, or `code#state`.
    BareCode,
    /// It holds a token, which belongs nowhere and counts as exposed.
    Token,
    /// None of these.
    Nothing,
}

/// Occurrence of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not at all.
    Absent,
    /// Once, without a value.
    Empty,
    /// Once.
    Once,
    /// More than once, with a value or without.
    Repeated,
}

/// Errors that the sign-in page reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInError {
    /// The person, or their workspace, said no.
    AccessDenied,
    /// The sign-in took too long.
    Expired,
    /// The sign-in server failed.
    ServerError,
    /// The login asked wrongly.
    InvalidRequest,
    /// Something else.
    Other,
}

/// Oddities of a pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// `https` in the place of `http`.
    Https,
    /// No scheme at all.
    NoScheme,
    /// A user name or password before the host.
    UserInfo,
    /// Not this machine.
    OtherHost,
    /// Not port 1455.
    OtherPort,
    /// Not `/auth/callback`.
    OtherPath,
    /// Parameters behind `#`, where the login does not look.
    Fragment,
    /// The separators were encoded: `%3D` for `=`, `&amp;` for `&`.
    Encoded,
    /// Line ends, spaces or invisible characters broke it up.
    Broken,
    /// Too long to be one, and not read.
    TooLong,
}

const MOST_BYTES: usize = 16 * 1024;
/// The fewest characters of a code.
pub const FEWEST_IN_A_CODE: usize = 16;

impl Callback {
    /// Whether a waiting `openclaw models auth login` can go on with this, on one
    /// line and without quotes. It takes any address or query text with a `code`,
    /// or a bare code, and checks `state` only where there is one. Asked for here is
    /// more: the code once, no reported error, and, except beside a bare code, the
    /// state, which comes last and is what a cut address lacks. Of addresses, the
    /// awaited one (`https` does no harm): others carry codes of other sign-ins.
    pub fn is_complete(&self) -> bool {
        let stated = match self.state {
            Presence::Once => true,
            Presence::Absent => self.kind == Kind::BareCode,
            Presence::Empty | Presence::Repeated => false,
        };
        let harmless = |oddity: &Oddity| matches!(oddity, Oddity::Https | Oddity::Broken);
        let whole = self.error.is_none() && self.oddities.iter().all(harmless);
        self.code == Presence::Once && stated && whole
    }

    /// Whether it is what no profile is called: an address, parameters or a token.
    pub fn is_more_than_a_word(&self) -> bool {
        !matches!(self.kind, Kind::BareCode | Kind::Nothing)
    }

    fn new(kind: Kind, oddities: Vec<Oddity>) -> Self {
        Self { kind, code: Presence::Absent, state: Presence::Absent, error: None, oddities }
    }

    fn note(&mut self, oddity: Oddity) {
        if !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    fn found(&self) -> usize {
        let (code, state) = (self.code != Presence::Absent, self.state != Presence::Absent);
        [code, state, self.error.is_some()].into_iter().filter(|is_there| *is_there).count()
    }

    /// Counts parameters; whether any was one of ours.
    fn take(&mut self, query: &str) -> bool {
        let mut known = false;
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let bare = name.strip_prefix("amp;");
            match decoded(bare.unwrap_or(name)).as_str() {
                "code" => self.code = self.code.and(value),
                "state" => self.state = self.state.and(value),
                "error" if self.error.is_none() => self.error = Some(sign_in_error(value)),
                _ => continue,
            }
            known = true;
            if bare.is_some() {
                self.note(Oddity::Encoded);
            }
        }
        known
    }
}

impl Presence {
    fn and(self, value: &str) -> Self {
        match (self, value.is_empty()) {
            (Self::Absent, true) => Self::Empty,
            (Self::Absent, false) => Self::Once,
            (Self::Empty | Self::Once | Self::Repeated, _) => Self::Repeated,
        }
    }
}

/// Reads what a person pasted, with whatever a chat put around and into it.
pub fn read(text: &str) -> Callback {
    if text.len() > MOST_BYTES {
        return Callback::new(Kind::Nothing, vec![Oddity::TooLong]);
    }
    let text = text.trim_matches(is_wrapping);
    if holds_token(text) {
        return Callback::new(Kind::Token, vec![]);
    }
    let text = address_in(text);
    let mut plain = joined(text);
    let broken = plain.len() != text.len();
    let mut callback = parse(&plain);
    // What was encoded as a whole may have been so twice.
    for _ in 0..2 {
        if callback.code != Presence::Absent && callback.state != Presence::Absent {
            break;
        }
        plain = decoded(&plain);
        let inner = parse(&plain);
        if inner.found() > callback.found() {
            callback = inner;
            callback.note(Oddity::Encoded);
        }
    }
    if holds_token(&plain) {
        return Callback::new(Kind::Token, vec![]);
    }
    // Only a single word can be a bare code.
    if callback.kind == Kind::BareCode && text.contains(char::is_whitespace) {
        return Callback::new(Kind::Nothing, vec![]);
    }
    if broken && callback.kind != Kind::Nothing {
        callback.oddities.push(Oddity::Broken);
    }
    callback
}

fn parse(text: &str) -> Callback {
    let (base, rest) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    let (kind, oddities, tail) = match differences(base) {
        Some(oddities) if oddities.is_empty() => (Kind::Expected, oddities, rest),
        Some(oddities) => (Kind::OtherAddress, oddities, rest),
        // Behind another scheme, or a sentence.
        None if !base.is_empty() && rest.starts_with('?') => {
            return Callback::new(Kind::Nothing, vec![]);
        }
        None => (Kind::QueryOnly, vec![], text.trim_start_matches('#')),
    };
    let mut callback = Callback::new(kind, oddities);
    let (query, fragment) = tail.split_once('#').unwrap_or((tail, ""));
    let mut known = callback.take(query.trim_start_matches('?'));
    // Behind a query without an address, the login takes any `#` for `code#state`.
    if callback.take(fragment.trim_start_matches(['/', '?']))
        || (kind == Kind::QueryOnly && known && !fragment.is_empty())
    {
        callback.oddities.push(Oddity::Fragment);
        known = true;
    }
    if known || kind != Kind::QueryOnly {
        return callback;
    }
    let (code, state) = text.split_once('#').unwrap_or((text, ""));
    let is_code = code.len() >= FEWEST_IN_A_CODE && code.bytes().all(is_code_byte);
    if !is_code || !state.bytes().all(is_code_byte) {
        return Callback::new(Kind::Nothing, vec![]);
    }
    let has_state = text.len() > code.len();
    Callback {
        code: Presence::Once,
        state: if has_state { Presence::Absent.and(state) } else { Presence::Absent },
        ..Callback::new(Kind::BareCode, vec![])
    }
}

/// Compares an address with the awaited one; `None` where it is no web address.
fn differences(base: &str) -> Option<Vec<Oddity>> {
    let with_scheme =
        base.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let (scheme, rest) = match with_scheme {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (None, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Oddity::Https), rest),
        None if starts_at_home(base) => (Some(Oddity::NoScheme), base),
        Some(_) | None => return None,
    };
    let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    // The colons in `[::1]` belong to the host.
    let colon = address.rfind(':').filter(|_| !address.ends_with(']'));
    let (host, port) = address.split_at(colon.unwrap_or(address.len()));
    let is_local =
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host.eq_ignore_ascii_case(name));
    let differing = [
        (address.len() != authority.len(), Oddity::UserInfo),
        (!is_local, Oddity::OtherHost),
        (port != ":1455", Oddity::OtherPort),
        (path != "/auth/callback", Oddity::OtherPath),
    ];
    let differing = differing.into_iter().filter_map(|(is_so, oddity)| is_so.then_some(oddity));
    Some(scheme.into_iter().chain(differing).collect())
}

fn starts_at_home(base: &str) -> bool {
    let starts = ["localhost:", "127.0.0.1:", "[::1]:", "/auth/callback"];
    starts.iter().any(|start| find(base, start) == Some(0))
}

fn sign_in_error(value: &str) -> SignInError {
    match decoded(value).as_str() {
        "access_denied" => SignInError::AccessDenied,
        "expired_token" | "session_expired" | "login_required" => SignInError::Expired,
        "server_error" | "temporarily_unavailable" => SignInError::ServerError,
        "invalid_request"
        | "invalid_scope"
        | "invalid_grant"
        | "unauthorized_client"
        | "unsupported_response_type" => SignInError::InvalidRequest,
        _ => SignInError::Other,
    }
}

/// Whether a token is in it: by its look, or by the name before it.
fn holds_token(text: &str) -> bool {
    let looks = |word: &str| {
        ["sk-", "rt_", "rt.1.", "sess-"].iter().any(|start| word.starts_with(start))
            || (word.starts_with("eyJ") && word.bytes().filter(|b| *b == b'.').count() >= 2)
    };
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "-._~/+".contains(c);
    let mut words = text.split(|c| !is_inside(c));
    let joined = joined(text);
    let names = ["token=", "token:", "token\":", "token':"];
    looks(&joined)
        || names.iter().any(|name| find(&joined, name).is_some())
        || words.any(|word| looks(word) || word.eq_ignore_ascii_case("bearer"))
}

/// The address in a sentence, a Markdown link or a code block; else all of it.
fn address_in(text: &str) -> &str {
    let starts = ["http://", "https://"].map(|start| find(text, start));
    let Some(at) = starts.into_iter().flatten().min() else {
        return text;
    };
    let (before, address) = text.split_at(at);
    // Within a query or another address it is a value.
    let apart = match before.chars().next_back() {
        None => true,
        Some(':') => !before.is_ascii(),
        Some(last) => last.is_whitespace() || !last.is_ascii() || "([<\"'`*_|".contains(last),
    };
    if !apart || before.contains(['=', '?', '/']) {
        return text;
    }
    let end = address.find(['|', '<', '"', '`']).unwrap_or(address.len());
    let end = find(address, "](").unwrap_or(end).min(end);
    &address[..end]
}

/// Decodes escapes, once; what is none stays, and what is not UTF-8 is replaced.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn joined(text: &str) -> String {
    text.chars().filter(|c| !is_blank(*c)).collect()
}

fn find(text: &str, needle: &str) -> Option<usize> {
    let mut places = text.as_bytes().windows(needle.len());
    places.position(|place| place.eq_ignore_ascii_case(needle.as_bytes()))
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_wrapping(c: char) -> bool {
    let quote = matches!(c, '"' | '\'' | '`' | '‘'..='”' | '«' | '»' | '‹' | '›' | '《'..='』');
    quote || matches!(c, '<' | '>' | '(' | ')' | '*' | '|') || is_blank(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "http://localhost:1455/auth/callback?code=ac_CANARY.code-1&scope=a+b&state=CANARYstate2";
    /// Pasted texts and their explanation. `¶` is a line end, `·` a zero-width space, `␀` NUL.
    const TABLE: &str = r#"
ok Expected 1 1 [] <- GOOD
ok Expected 1 1 [] <- HTTP://LocalHost:1455/auth/callback?BOTH
ok Expected 1 1 [] <- http://127.0.0.1:1455/auth/callback?BOTH
ok Expected 1 1 [] <- http://[::1]:1455/auth/callback?BOTH
Expected - - [] <- http://LOCAL
Expected 1 - [] <- http://LOCAL?code=x
Expected 0 0 [] <- http://LOCAL?code=&state
Expected 2 1 [] <- http://LOCAL?BOTH&code=x
Expected 2 1 [] <- http://LOCAL?BOTH&c%6fde=x
ok Expected 1 1 [] <- http://LOCAL?c%6fde=x&st%61te=y
ok Expected 1 1 [] <- http://LOCAL?code=%&state=%zz%+1%e4%
ok Expected 1 1 [] <- GOOD&x=%26error%3Daccess_denied
Expected - - [] <- http://LOCAL?Code=x&xcode=y&code_challenge=z

-- What the sign-in page reports.
Expected - 1 AccessDenied [] <- http://LOCAL?error=access_denied&state=y
Expected 1 1 AccessDenied [] <- http://LOCAL?BOTH&error=access%5Fdenied
QueryOnly - - ServerError [] <- ?error=temporarily_unavailable&error=x
QueryOnly - - InvalidRequest [] <- error=invalid_scope
QueryOnly - - Expired [] <- error=session_expired
QueryOnly - - Other [] <- error=

-- Other addresses.
ok OtherAddress 1 1 [Https] <- https://LOCAL?BOTH
OtherAddress 1 1 [NoScheme] <- LOCAL?BOTH
OtherAddress 1 1 [NoScheme, OtherHost, OtherPort] <- /auth/callback?BOTH
OtherAddress 1 1 [OtherHost] <- http://localhost.:1455/auth/callback?BOTH
OtherAddress 1 1 [OtherPort] <- http://localhost:01455/auth/callback?BOTH
OtherAddress 1 1 [OtherPort] <- http://[::1]/auth/callback?BOTH
OtherAddress 1 1 [OtherPath] <- http://LOCAL/?BOTH
OtherAddress 1 1 [OtherPath] <- http://localhost:1455\@evil.example/?BOTH
OtherAddress 1 1 [UserInfo] <- http://a:b@LOCAL?BOTH
OtherAddress - - [UserInfo, OtherHost, OtherPort, OtherPath] <- http://localhost:1455@evil.example/
OtherAddress - - [OtherHost, OtherPath] <- http://localhost.evil.example:1455/
OtherAddress - 1 [OtherHost] <- http://evil.example:1455/auth/callback?x=GOOD
OtherAddress - - [Https] <- https://LOCAL?id_token_add_organizations=true&redirect_uri=http%3A%2F%2Fx
OtherAddress - - [OtherHost, OtherPort, OtherPath] <- http://

-- Parameters alone, in another place or encoded.
ok QueryOnly 1 1 [] <- BOTH
ok QueryOnly 1 1 [] <- ?BOTH
ok QueryOnly 1 1 [] <- #BOTH
QueryOnly 1 1 [Fragment] <- BOTH#z
Expected 1 1 [Fragment] <- http://LOCAL#BOTH
ok Expected 1 1 [] <- http://LOCAL?BOTH#_=_
Expected 2 1 [Fragment] <- http://LOCAL?BOTH#code=z
QueryOnly 1 - [Encoded] <- code%3Dabc
QueryOnly 1 1 [Encoded] <- code%3Dabc%26state%3Dd
QueryOnly 1 1 [Encoded] <- code=abc%26state%3Dd
QueryOnly 1 1 [Encoded] <- code=abc&amp;state=d
Expected 1 1 [Encoded] <- http%3A%2F%2Flocalhost%3A1455%2Fauth%2Fcallback%3Fcode%3Da%26state%3Db
Expected 1 1 [Encoded] <- http%253A%252F%252Flocalhost%253A1455%252Fauth%252Fcallback%253Fcode%253Da%2526state%253Db
ok BareCode 1 - [] <- ac_0123456789abcdef
ok BareCode 1 - [] <- eyJhbGciOiJub25lIn0.eyJhIjoxfQ
ok BareCode 1 1 [] <- ac_0123456789abcdef#st
BareCode 1 0 [] <- ac_0123456789abcdef#

-- Wrapped by a chat, a terminal or a person.
ok Expected 1 1 [] <- "<`GOOD`>"
ok Expected 1 1 [] <- ·“·GOOD·”¶
ok Expected 1 1 [] <- ```text¶GOOD¶```
ok Expected 1 1 [] <- [this one](GOOD)
ok Expected 1 1 [] <- [GOOD](GOOD)
ok Expected 1 1 [] <- <GOOD|GOOD>
ok Expected 1 1 [] <- 回调地址:GOOD
ok Expected 1 1 [] <- 请看GOOD
QueryOnly 0 - [] <- 'code=""'
ok Expected 1 1 [Broken] <- it is GOOD , thanks
ok Expected 1 1 [Broken] <- ht¶tp://local¶  host:1455/auth/call␀back?co·de=x&state=¶y
Expected 1 2 [Broken] <- GOOD¶GOOD

-- Tokens, wherever they stand.
Token - - [] <- eyJhbGci.eyJzdWI.c2ln
Token - - [] <- eyJhbGci.eyJz¶dWI.c2ln
Token - - [] <- sk-proj-x
Token - - [] <- my rt_x
Token - - [] <- Authorization: Bearer x
Token - - [] <- { "access_token" : "x" }
Token - - [] <- {"refreshToken":"x"}
Token - - [] <- http://localhost:1455/success?id_token=x
Token - - [] <- http://LOCAL#access%5Ftoken%3Dx
Token - - [] <- http://LOCAL#access%E2%80%8B_token%3Dx

-- Nothing of all this.
Nothing - - [] <- ¶
Nothing - - [] <- ␀
Nothing - - [] <- `"'
Nothing - - [] <- 我登录以后页面打不开,怎么办?
Nothing - - [] <- which address do you mean?
Nothing - - [] <- yes/no
Nothing - - [] <- ac_0123456789;abcdef
Nothing - - [] <- ac_0123456789abcdef#s;t
Nothing - - [] <- default
Nothing - - [] <- javascript:GOOD
Nothing - - [] <- ftp://LOCAL?BOTH
Nothing - - [] <- javascript:/x?code=y
Nothing - - [] <- data:text/html,GOOD
"#;

    /// `ok Expected 1 - [Https]`: complete, kind, how often code and state, the rest.
    fn said(text: &str) -> String {
        let it = read(text);
        let ok = if it.is_complete() { "ok " } else { "" };
        let often = |presence| match presence {
            Presence::Absent => "-",
            Presence::Empty => "0",
            Presence::Once => "1",
            Presence::Repeated => "2",
        };
        let (code, state) = (often(it.code), often(it.state));
        let error = it.error.map_or(String::new(), |e| format!("{e:?} "));
        format!("{ok}{:?} {code} {state} {error}{:?}", it.kind, it.oddities)
    }

    #[test]
    fn what_is_pasted_is_told_in_words() {
        for row in TABLE.lines() {
            if row.is_empty() || row.starts_with("--") {
                continue;
            }
            let (expected, text) = row.split_once(" <- ").expect("a row has an arrow");
            let text = text
                .replace("GOOD", GOOD)
                .replace("BOTH", "code=ac_x&state=y")
                .replace("LOCAL", "localhost:1455/auth/callback")
                .replace('¶', "\n")
                .replace('·', "\u{200b}")
                .replace('␀', "\0");
            assert_eq!(said(&text), expected, "{row}");
        }
        let of_length = |bytes: usize| format!("{GOOD}{}", "x".repeat(bytes - GOOD.len()));
        assert_eq!(said(&of_length(16_384)), "ok Expected 1 1 []");
        for bytes in [16_385, 100_000] {
            assert_eq!(said(&of_length(bytes)), "Nothing - - [TooLong]");
        }
    }

    #[test]
    fn nothing_of_the_text_survives_any_mutation() {
        let odd = "\0\u{200b}\u{202e}\n %&=#?:/@[]{}<>\"'`|\\é界😀\u{301}+";
        let wide = format!("《{GOOD}》,请看");
        let encoded = GOOD.replace('&', "%26");
        for good in [GOOD, &wide, &encoded, "ac_CANARY0123456789#CANARY"] {
            for (at, _) in good.char_indices() {
                let (head, tail) = good.split_at(at);
                let mut texts = vec![head.to_owned(), tail.to_owned(), format!("{tail}{head}")];
                texts.extend(odd.chars().map(|c| format!("{head}{c}{tail}")));
                let pieces = ["%2", "%C3", "%+1", "://", "](", "Bearer ", "&amp;"];
                texts.extend(pieces.map(|piece| format!("{head}{piece}{tail}")));
                for text in texts {
                    let debug = format!("{:?}", read(&text));
                    let is_ours = |c: char| c.is_ascii_alphabetic() || "{}[](): ,".contains(c);
                    assert!(debug.chars().all(is_ours) && !debug.contains("CANARY"));
                }
            }
        }
    }
}
