//! Takes a person out of a click: what it counts for stays.
//!
//! Holds: class, rule, placement, network seen and whether it was its visitor's first stay, and the
//! quarter-hour, so the roll-up still equals the clicks counted one by one. The click goes on under an
//! id that does not lead back to it.

use crate::click::{Finding, Hit, Manner};
use crate::id::{ClickId, WorkspaceId};
use crate::store::db::execute;
use crate::store::{Error, Tx};

/// The traits of which nothing is known, marked as not to be judged again (`enrich::verdict::Packed`).
const NO_TRAITS: i64 = 16 | 1 << 16;

const ERASE: &str = "UPDATE click SET id = $3, clicked_at = $4, visitor = NULL, agent_id = NULL, \
     place_id = NULL, referrer = NULL, traits = $5 WHERE id = $1 AND placement_id IN \
     (SELECT id FROM placement WHERE workspace_id = $2)";

/// Statements of this file.
pub(super) const STATEMENTS: &[&str] = &[ERASE];

/// Erases the workspace's click of that id, and gives it the other one; `false` when there is none.
///
/// # Errors
/// When the store does not answer.
pub async fn erase(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ClickId,
    stand_in: ClickId,
) -> Result<bool, Error> {
    let erased = execute!(
        tx,
        ERASE,
        id.to_string(),
        workspace.to_string(),
        stand_in.to_string(),
        stand_in.time().0,
        NO_TRAITS,
    )?;
    Ok(erased > 0)
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
