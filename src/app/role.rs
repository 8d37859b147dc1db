//! The part of the work that one program does.

use crate::http::Surfaces;

/// The part of the work that a program does. Programs that share the work also share Redis and the
/// store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    All,
    /// Answers short links. It starts and runs without the store while Redis has the links.
    Redirect,
    /// Processes the log.
    Ingest,
    /// Answers the API.
    Api,
}

impl Role {
    pub(super) fn surfaces(self) -> Surfaces {
        Surfaces {
            links: matches!(self, Role::All | Role::Redirect),
            api: matches!(self, Role::All | Role::Api),
        }
    }

    /// Whether it has a public listener.
    pub fn listens(self) -> bool {
        self != Role::Ingest
    }

    pub(super) fn ingests(self) -> bool {
        matches!(self, Role::All | Role::Ingest)
    }

    pub(super) fn needs_store(self) -> bool {
        self != Role::Redirect
    }
}
