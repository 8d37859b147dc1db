//! The conversions that share an event id: an order's sale and its refund may, and two sources may.

use super::row::{Conversion, ConversionRow, select};
use crate::drivers::sql::{Error, Tx, list, statements};
use crate::id::WorkspaceId;

statements! {
    sql BY_EVENT_ID = select!("WHERE workspace_id = $1 AND event_id = $2 ORDER BY id LIMIT $3");
}

/// The workspace's first `limit` conversions of that event id: of any source, kind and name.
///
/// # Errors
/// When the store does not answer.
pub async fn by_event_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    event_id: &str,
    limit: i64,
) -> Result<Vec<Conversion>, Error> {
    list!(
        ConversionRow,
        tx,
        BY_EVENT_ID,
        workspace.to_string(),
        event_id,
        limit
    )
}
