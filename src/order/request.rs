//! Requests to change the order, as typed and as kept beside a proposal.

use crate::profile::ProfileId;

/// A change that the user asks for, with profiles as `P`: a name as typed, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRequest<P = ProfileId> {
    /// Exactly this order.
    Set(Vec<P>),
    /// No order of the agent's own.
    Clear,
    /// Out of the order; what is stored stays.
    Retire(P),
    /// Back into the order, at this end of it.
    Restore(P, Option<End>),
    /// Deleted permanently.
    Delete(P),
}

/// An end of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Tried before all others.
    First,
    /// Tried after all others.
    Last,
}

impl<P> OrderRequest<P> {
    /// The word for it in JSON and in a note.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Set(_) => "order_set",
            Self::Clear => "order_clear",
            Self::Retire(_) => "retire",
            Self::Restore(_, None) => "restore",
            Self::Restore(_, Some(End::First)) => "restore_first",
            Self::Restore(_, Some(End::Last)) => "restore_last",
            Self::Delete(_) => "delete",
        }
    }

    /// The profiles it names.
    pub fn profiles(&self) -> &[P] {
        match self {
            Self::Set(all) => all,
            Self::Clear => &[],
            Self::Retire(one) | Self::Restore(one, _) | Self::Delete(one) => {
                std::slice::from_ref(one)
            }
        }
    }

    /// The same request for the profiles that `find` knows by these names.
    ///
    /// # Errors
    ///
    /// The first that `find` does not know.
    pub fn resolve<Q, E>(&self, find: impl Fn(&P) -> Result<Q, E>) -> Result<OrderRequest<Q>, E> {
        Ok(match self {
            Self::Set(all) => OrderRequest::Set(all.iter().map(find).collect::<Result<_, _>>()?),
            Self::Clear => OrderRequest::Clear,
            Self::Retire(one) => OrderRequest::Retire(find(one)?),
            Self::Restore(one, end) => OrderRequest::Restore(find(one)?, *end),
            Self::Delete(one) => OrderRequest::Delete(find(one)?),
        })
    }
}

impl OrderRequest {
    /// The request as a line of text that [`OrderRequest::from_note`] reads again: a host
    /// keeps it beside a proposed change, which holds the list of an order.
    pub fn to_note(&self) -> String {
        match self {
            Self::Set(_) | Self::Clear => self.word().to_owned(),
            // No id of a change holds white space.
            Self::Retire(id) | Self::Restore(id, _) | Self::Delete(id) => {
                format!("{} {}", self.word(), id.as_str())
            }
        }
    }

    /// Reads what [`OrderRequest::to_note`] wrote beside a change that sets this order.
    pub fn from_note(note: &str, set: Option<Vec<ProfileId>>) -> Option<Self> {
        let (verb, id) = note.split_once(' ').unwrap_or((note, ""));
        let id = ProfileId::new(id);
        Some(match verb {
            "order_set" => Self::Set(set?),
            "order_clear" => Self::Clear,
            "retire" => Self::Retire(id),
            "restore" => Self::Restore(id, None),
            "restore_first" => Self::Restore(id, Some(End::First)),
            "restore_last" => Self::Restore(id, Some(End::Last)),
            "delete" => Self::Delete(id),
            _ => return None,
        })
    }
}
