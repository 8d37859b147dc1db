//! The customer itself.

use super::touch::CustomerTouch;
use crate::clock::Millis;
use crate::id::{ConversionId, CustomerId, WorkspaceId};

/// A customer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The earliest touch, if a conversion had one.
    pub first_touch: Option<CustomerTouch>,
    /// The latest touch.
    pub last_touch: Option<CustomerTouch>,
    /// When the earliest conversion happened.
    pub first_seen_at: Millis,
    /// When the earliest sale happened, if there is one.
    pub became_customer_at: Option<Millis>,
}

/// The id of the customer whose first reported conversion this is.
pub fn customer_id_of(conversion: ConversionId) -> CustomerId {
    CustomerId::from_bytes(*conversion.as_bytes())
}
