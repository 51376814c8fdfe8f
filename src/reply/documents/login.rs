//! Signing in.

use serde::Serialize;

/// The steps of signing in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LoginSteps<'a> {
    /// Always true.
    pub(crate) ok: bool,
    /// The provider, as this gateway spells it.
    pub(crate) provider: &'a str,
    /// The gateway's version, where its command told it.
    pub(crate) gateway_version: Option<&'a str>,
    /// The gateway's command, a word each.
    pub(crate) gateway_command: Vec<String>,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

/// The outcome of a login.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LoggedIn<'a> {
    /// Whether somebody is signed in who was not before.
    pub(crate) ok: bool,
    /// The names of new profiles.
    pub(crate) new: Vec<String>,
    /// The names of profiles that hold another sign-in now.
    pub(crate) overwritten: Vec<String>,
    /// Whether the gateway's own commands could be asked afterwards.
    pub(crate) read_back: bool,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}

/// The parts of a pasted callback address, none of their text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Pasted<'a> {
    /// Whether the login that waits for it can use it.
    pub(crate) ok: bool,
    /// Whether it holds a code.
    pub(crate) has_code: bool,
    /// Whether it holds a state.
    pub(crate) has_state: bool,
    /// Whether it holds an error.
    pub(crate) has_error: bool,
    /// Whether it begins with the address that a login waits for.
    pub(crate) is_expected_address: bool,
    /// The reply that a person reads.
    pub(crate) suggested_user_message: &'a str,
}
