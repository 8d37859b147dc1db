//! Takes a person out of clicks: what they count for stays.
//!
//! Holds: class, rule, placement, network seen and whether it was its visitor's first stay, and the
//! quarter-hour, so the roll-up still equals the clicks counted one by one. A click goes on under an
//! id that does not lead back to it.

use crate::click::{Finding, Hit, Manner};
use crate::id::{ClickId, WorkspaceId};
use crate::store::bulk::{Bulk, bulk};
use crate::store::db::Only;
use crate::store::{Error, Tx};

/// The traits of which nothing is known, marked as not to be judged again (`enrich::verdict::Packed`).
const NO_TRAITS: i64 = 16 | 1 << 16;

const ERASE: Bulk = Bulk {
    postgres: "UPDATE click c SET id = a.stand_in, clicked_at = a.at, visitor = NULL, \
         agent_id = NULL, place_id = NULL, referrer = NULL, traits = a.traits \
         FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BIGINT[], $5::BIGINT[]) \
         AS a (id, workspace_id, stand_in, at, traits) WHERE c.id = a.id AND EXISTS (SELECT 1 \
         FROM placement p WHERE p.id = c.placement_id AND p.workspace_id = a.workspace_id) \
         RETURNING c.id",
    sqlite: "UPDATE click SET id = a.value ->> 2, clicked_at = a.value ->> 3, visitor = NULL, \
         agent_id = NULL, place_id = NULL, referrer = NULL, traits = a.value ->> 4 \
         FROM json_each($1) a WHERE click.id = a.value ->> 0 AND EXISTS (SELECT 1 \
         FROM placement p WHERE p.id = click.placement_id AND p.workspace_id = a.value ->> 1) \
         RETURNING id",
};

/// Statements of this file.
pub(super) const BULK: &[Bulk] = &[ERASE];

/// Erases the workspace's clicks of the first ids, and gives them the others; tells how many there were.
///
/// # Errors
/// When the store does not answer.
pub async fn erase(
    tx: &mut Tx,
    workspace: WorkspaceId,
    clicks: &[(ClickId, ClickId)],
) -> Result<u64, Error> {
    type Pair = (ClickId, ClickId);
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

/// The same of a click that is not stored yet.
pub fn erased(hit: &Hit, finding: &Finding, stand_in: ClickId) -> (Hit, Finding) {
    let hit = Hit {
        id: stand_in,
        clicked_at: stand_in.time(),
        visitor: None,
        user_agent: None,
        referrer: None,
        manner: Manner::default(),
        ..hit.clone()
    };
    let finding = Finding {
        traits: NO_TRAITS,
        place: None,
        families: std::sync::Arc::default(),
        ..finding.clone()
    };
    (hit, finding)
}
