//! What one program does of the work that several may share.

use crate::http::Surfaces;

/// What a program does of all there is to do. Programs that share the work share Redis and the
/// store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    All,
    /// Answer short links; starts and runs without the store as long as Redis knows the links.
    Redirect,
    /// Turn the log into rows.
    Ingest,
    /// Answer the API.
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
