//! The actor of an operation.

use crate::id::{KeyId, WorkspaceId};
use crate::operations::error::Error;
use crate::store::key::Scope;

/// The actor: a key of a workspace, or the program itself on behalf of one.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The workspace that the actor reads and changes.
    pub workspace: WorkspaceId,
    /// The key; `None` for the program itself.
    pub key: Option<ActorKey>,
    scopes: Vec<Scope>,
}

/// The key of an actor.
#[derive(Clone, Debug)]
pub struct ActorKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
}

impl Actor {
    /// The owner of a key with these scopes.
    pub fn with_key(workspace: WorkspaceId, key: ActorKey, scopes: Vec<Scope>) -> Actor {
        Actor {
            workspace,
            key: Some(key),
            scopes,
        }
    }

    /// The program itself, which may do everything in this workspace.
    pub fn program(workspace: WorkspaceId) -> Actor {
        Actor {
            workspace,
            key: None,
            scopes: Scope::ALL.to_vec(),
        }
    }

    /// Checks that the actor has this scope.
    ///
    /// # Errors
    /// [`Error::ScopeMissing`] when it does not.
    pub fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Error::ScopeMissing(scope))
        }
    }

    /// Whether the key may be public, such as in a page's source: it can report leads and no other
    /// conversion.
    pub fn has_public_key(&self) -> bool {
        !self.scopes.contains(&Scope::Convert)
    }
}
