//! Promo codes. Each belongs to a campaign, and to one of its networks or links if that is known.
//!
//! # Invariants
//! Codes are compared without regard to case. A code finds the conversions that used it.
//!
//! # Out of scope
//! How conversions are joined.

use super::text_column::{read_id, read_id_option};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, find, list, statements};
use crate::id::{CampaignId, ConversionId, LinkId, WorkspaceId};
use crate::store::conversion::related::DatedConversion;

/// Longest code, in characters.
pub const MAX_CODE: usize = 100;

/// A promo code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromoCode {
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// As it was written.
    pub code: String,
    /// The campaign of its conversions.
    pub campaign_id: CampaignId,
    /// The network, if the code was published on only one.
    pub network: Option<String>,
    /// The link, if the code was published with only one.
    pub link_id: Option<LinkId>,
    /// When it was created.
    pub created_at: Millis,
}

#[derive(sqlx_macros::FromRow)]
struct PromoCodeRow {
    workspace_id: String,
    shown: String,
    campaign_id: String,
    network: Option<String>,
    link_id: Option<String>,
    created_at: i64,
}

impl TryFrom<PromoCodeRow> for PromoCode {
    type Error = Error;

    fn try_from(row: PromoCodeRow) -> Result<PromoCode, Error> {
        Ok(PromoCode {
            workspace_id: read_id(&row.workspace_id)?,
            code: row.shown,
            campaign_id: read_id(&row.campaign_id)?,
            network: row.network,
            link_id: read_id_option(row.link_id.as_deref())?,
            created_at: Millis(row.created_at),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT workspace_id, shown, campaign_id, network, link_id, created_at \
            FROM promo_code ",
            $rest
        )
    };
}

statements! {
    sql PUT = "INSERT INTO promo_code (workspace_id, code, shown, campaign_id, network, link_id, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sql BY_CODE = select!("WHERE workspace_id = $1 AND code = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND code > $2 AND ($3 = '' OR campaign_id = $3) \
        ORDER BY code LIMIT $4"
    );
    sql UPDATE = "UPDATE promo_code SET campaign_id = $3, network = $4, link_id = $5 \
        WHERE workspace_id = $1 AND code = $2";
    sql REMOVE = "DELETE FROM promo_code WHERE workspace_id = $1 AND code = $2";
    sql USED = "INSERT INTO conversion_code (workspace_id, code, conversion_id) VALUES ($1, $2, $3) \
        ON CONFLICT (workspace_id, code, conversion_id) DO NOTHING";
    sql USERS = "SELECT c.occurred_at, c.id FROM conversion_code u \
        JOIN conversion c ON c.id = u.conversion_id WHERE u.workspace_id = $1 AND u.code = $2 \
        AND c.id > $3 ORDER BY c.id LIMIT $4";
    bulk FORGET_USED = bulk_sql!("DELETE FROM conversion_code WHERE conversion_id " in_list);
}

/// The normal form, in which codes are compared.
pub fn normalized(code: &str) -> String {
    code.trim().to_lowercase()
}

/// Adds a code.
///
/// # Errors
/// [`Error::Duplicate`] when the code exists; when the store does not answer.
pub async fn insert(tx: &mut Tx, code: &PromoCode) -> Result<(), Error> {
    execute!(
        tx,
        PUT,
        code.workspace_id.to_string(),
        normalized(&code.code),
        code.code.trim(),
        code.campaign_id.to_string(),
        code.network.as_deref(),
        code.link_id.map(|id| id.to_string()),
        code.created_at.0,
    )?;
    Ok(())
}

/// The code, without regard to case.
///
/// # Errors
/// When the store does not answer.
pub async fn by_code(
    tx: &mut Tx,
    workspace: WorkspaceId,
    code: &str,
) -> Result<Option<PromoCode>, Error> {
    find!(
        PromoCodeRow,
        tx,
        BY_CODE,
        workspace.to_string(),
        normalized(code)
    )
}

/// At most `limit` codes in order, after `after`, for one campaign or for all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: &str,
    campaign: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<PromoCode>, Error> {
    let campaign = campaign.map(|id| id.to_string()).unwrap_or_default();
    list!(
        PromoCodeRow,
        tx,
        LIST,
        workspace.to_string(),
        normalized(after),
        campaign,
        limit
    )
}

/// Writes what a code belongs to.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, code: &PromoCode) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        code.workspace_id.to_string(),
        normalized(&code.code),
        code.campaign_id.to_string(),
        code.network.as_deref(),
        code.link_id.map(|id| id.to_string()),
    )?;
    Ok(())
}

/// Deletes a code.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, workspace: WorkspaceId, code: &str) -> Result<(), Error> {
    execute!(tx, REMOVE, workspace.to_string(), normalized(code))?;
    Ok(())
}

/// Stores which codes a conversion used, if none are stored yet.
///
/// # Errors
/// When the store does not answer.
pub async fn add_used(
    tx: &mut Tx,
    workspace: WorkspaceId,
    conversion: ConversionId,
    codes: &[String],
) -> Result<(), Error> {
    for code in codes {
        let (workspace, id) = (workspace.to_string(), conversion.to_string());
        execute!(tx, USED, workspace, normalized(code), id)?;
    }
    Ok(())
}

/// Deletes the records of which codes these conversions used.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_used(tx: &mut Tx, conversions: &[ConversionId]) -> Result<(), Error> {
    bulk!(
        execute,
        tx,
        FORGET_USED,
        conversions,
        [ConversionId::to_string]
    )?;
    Ok(())
}

/// At most `limit` conversions that used the code, in the order of their ids, after `after`.
///
/// # Errors
/// When the store does not answer.
pub async fn users(
    tx: &mut Tx,
    workspace: WorkspaceId,
    code: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<DatedConversion>, Error> {
    let rows = fetch!(
        all(i64, String),
        tx,
        USERS,
        workspace.to_string(),
        normalized(code),
        after,
        limit
    )?;
    let dated = |(at, id): (i64, String)| Ok((Millis(at), read_id(&id)?));
    rows.into_iter().map(dated).collect()
}
