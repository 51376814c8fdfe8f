//! The profile that the chat session uses, and what a change of the order means for it.

use super::ReplyContext;
pub use crate::contract::commands::{Pin, SessionProfile};
use crate::profile::{AuthOrder, ProfileId, SignIns};

impl SessionProfile {
    /// The profile or key.
    pub(super) fn id(&self) -> ProfileId {
        ProfileId::new(&self.profile)
    }
}

/// The profile that this chat uses, and for how long.
pub(super) fn session_line(context: &ReplyContext, sign_ins: &SignIns) -> Option<String> {
    let session = context.session.as_ref()?;
    let name = sign_ins.name(&session.id());
    Some(match session.pin {
        Pin::Auto => {
            say!(context, "This chat uses {name} until /new.", "当前会话使用 {name}，直到 /new。")
        }
        Pin::User => say!(
            context,
            "This chat is pinned to {name}, even after /new.",
            "当前会话固定使用 {name}，/new 之后也不变。"
        ),
    })
}

/// Says what this chat does once `after` is the order.
pub(super) fn session_after(
    context: &ReplyContext,
    sign_ins: &SignIns,
    after: &AuthOrder,
) -> Option<String> {
    let session = context.session.as_ref()?;
    let profile = session.id();
    let name = sign_ins.name(&profile);
    let order = after.in_effect().unwrap_or_default();
    Some(match session.pin {
        Pin::User => say!(
            context,
            "This chat stays on {name}, even after /new: it is pinned. To change that: /model …@<profile>",
            "当前会话固定使用 {name}，/new 之后也不变。如需更换：/model …@<profile>"
        ),
        Pin::Auto if order.first() == Some(&profile) => say!(
            context,
            "This chat already uses {name}, the first in the order.",
            "当前会话已在使用 {name}，即顺序中的第一个。"
        ),
        // The gateway lets go of what it chose itself.
        Pin::Auto if !order.is_empty() && !order.contains(&profile) => say!(
            context,
            "This chat leaves {name} with its next message and takes the new order.",
            "当前会话从下一条消息起不再使用 {name}，改按新顺序。"
        ),
        Pin::Auto => say!(
            context,
            "This chat stays on {name} until /new.",
            "当前会话继续使用 {name}，直到 /new。"
        ),
    })
}
