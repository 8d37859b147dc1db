//! Removes a person from clicks and keeps what the clicks count for.
//!
//! # Invariants
//! - Class, rule, placement, network seen, quarter-hour and first visit stay. Country and device
//!   are removed, also from the roll-up, so the roll-up still equals the clicks.
//! - The click gets a new id that does not lead back to the old one.

use super::roll_up::{self, CountedClick, RollUpKey, RollUpSums};
use crate::click::{Enrichment, RawClick, RequestContext};
use crate::drivers::sql::{Error, Only, Tx, bulk, bulk_sql, statements};
use crate::id::{ClickId, WorkspaceId};

/// Traits without information, marked so that rules do not run again
/// (`enrich::verdict::PackedTraits`).
const NO_TRAITS: i64 = 16 | 1 << 16;

statements! {
    bulk ERASE = bulk_sql!(
        "UPDATE click SET id = a.stand_in, clicked_at = a.at, visitor = NULL, agent_id = NULL, \
        place_id = NULL, referrer = NULL, device = '', traits = a.traits \
        FROM " rows(id TEXT, workspace_id TEXT, stand_in TEXT, at BIGINT, traits BIGINT)
        " WHERE click.id = a.id AND EXISTS (SELECT 1 FROM placement p \
        WHERE p.id = click.placement_id AND p.workspace_id = a.workspace_id) RETURNING click.id"
    );
    bulk COUNTED = bulk_sql!(
        "SELECT c.id, c.placement_id, c.clicked_at, c.network_seen, l.country, c.device, c.class, \
        c.is_first, c.is_first_of_link FROM " rows(id TEXT, workspace_id TEXT)
        " JOIN click c ON c.id = a.id JOIN placement p ON p.id = c.placement_id \
        AND p.workspace_id = a.workspace_id LEFT JOIN place l ON l.id = c.place_id"
    );
}

/// Removes country and device of these clicks from the roll-up.
async fn count_anew(tx: &mut Tx, counted: &[CountedClick]) -> Result<(), Error> {
    let mut sums = RollUpSums::default();
    for click in counted {
        let (key, first) = (click.key(), click.first());
        let unknown = RollUpKey {
            country: "",
            device: "",
            ..key
        };
        roll_up::count(&mut sums, key, first, -1);
        roll_up::count(&mut sums, unknown, first, 1);
    }
    sums.retain(|_, sum| *sum != [0; 3]);
    roll_up::write(tx, sums).await
}

/// Erases the workspace's clicks with the first ids and gives them the second ids. Returns how many
/// there were.
///
/// # Errors
/// When the store does not answer.
pub async fn erase(
    tx: &mut Tx,
    workspace: WorkspaceId,
    clicks: &[(ClickId, ClickId)],
) -> Result<u64, Error> {
    type Pair = (ClickId, ClickId);
    let counted = bulk!(
        all CountedClick,
        tx,
        COUNTED,
        clicks,
        [
            |pair: &Pair| pair.0.to_string(),
            |_: &Pair| workspace.to_string(),
        ]
    )?;
    count_anew(tx, &counted).await?;
    let erased = bulk!(
        all Only<String>,
        tx,
        ERASE,
        clicks,
        [
            |pair: &Pair| pair.0.to_string(),
            |_: &Pair| workspace.to_string(),
            |pair: &Pair| pair.1.to_string(),
            |pair: &Pair| pair.1.time().0,
            |_: &Pair| NO_TRAITS,
        ]
    )?;
    Ok(erased.len() as u64)
}

/// Erases a click that is not stored yet.
pub fn erased(hit: &RawClick, finding: &Enrichment, stand_in: ClickId) -> (RawClick, Enrichment) {
    let hit = RawClick {
        id: stand_in,
        clicked_at: stand_in.time(),
        visitor: None,
        user_agent: None,
        referrer: None,
        context: RequestContext::default(),
        ..hit.clone()
    };
    let finding = Enrichment {
        traits: NO_TRAITS,
        place: None,
        families: std::sync::Arc::default(),
        ..finding.clone()
    };
    (hit, finding)
}
