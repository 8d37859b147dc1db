//! Clicks, the first sight of each visitor, and the quarter-hour roll-up.
//!
//! Holds: a click and its part of the roll-up are written in the same transaction, so the
//! roll-up always equals the clicks counted one by one.

pub mod bulk;

use super::db::{execute, fetch};
use super::{Error, Page, Tx, read_id, read_id_option};
use crate::campaign_report::ClickSum;
use crate::click::{Class, Click, Hit};
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    link_id: String,
    campaign_id: Option<String>,
    network: Option<String>,
    clicked_at: i64,
    visitor: Option<String>,
    user_agent: Option<String>,
    referrer: Option<String>,
    class: String,
    class_rule: String,
    is_first: bool,
}

impl TryFrom<Row> for Click {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Click {
            hit: Hit {
                id: read_id(&row.id)?,
                workspace_id: read_id(&row.workspace_id)?,
                link_id: read_id(&row.link_id)?,
                campaign_id: read_id_option(row.campaign_id.as_deref())?,
                network: row.network,
                clicked_at: Millis(row.clicked_at),
                visitor: row.visitor,
                user_agent: row.user_agent,
                referrer: row.referrer,
            },
            class: Class::from_stored(&row.class),
            class_rule: row.class_rule,
            first: row.is_first,
        })
    }
}

/// What a list of clicks is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this campaign's.
    pub campaign_id: Option<CampaignId>,
    /// Only this link's.
    pub link_id: Option<LinkId>,
    /// Only this class.
    pub class: Option<Class>,
}

const BY_ID: &str = "SELECT id, workspace_id, link_id, campaign_id, network, clicked_at, visitor, \
     user_agent, referrer, class, class_rule, is_first FROM click \
     WHERE id = $1 AND workspace_id = $2";
const LIST: &str = "SELECT id, workspace_id, link_id, campaign_id, network, clicked_at, visitor, \
     user_agent, referrer, class, class_rule, is_first FROM click \
     WHERE workspace_id = $1 AND id > $2 AND ($3 = '' OR campaign_id = $3) \
     AND ($4 = '' OR link_id = $4) AND ($5 = '' OR class = $5) ORDER BY id LIMIT $6";
const SUMS: &str = "SELECT network, CAST(sum(human) AS BIGINT) AS human, \
     CAST(sum(bot) AS BIGINT) AS bot, CAST(sum(visitors) AS BIGINT) AS visitors \
     FROM click_quarter WHERE campaign_id = $1 AND quarter >= $2 AND quarter < $3 \
     GROUP BY network ORDER BY network";
const RAW_SUMS: &str = "SELECT coalesce(network, '') AS network, \
     CAST(count(*) FILTER (WHERE class = 'human') AS BIGINT) AS human, \
     CAST(count(*) FILTER (WHERE class <> 'human') AS BIGINT) AS bot, \
     CAST(count(*) FILTER (WHERE is_first) AS BIGINT) AS visitors \
     FROM click WHERE campaign_id = $1 AND clicked_at >= $2 AND clicked_at < $3 \
     GROUP BY coalesce(network, '') ORDER BY 1";
const FORGET_VISITORS: &str = "DELETE FROM visitor_first WHERE clicked_at < $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[BY_ID, LIST, SUMS, RAW_SUMS, FORGET_VISITORS];

/// The workspace's click of that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ClickId,
) -> Result<Option<Click>, Error> {
    fetch!(optional Row, tx, BY_ID, id.to_string(), workspace.to_string())?
        .map(TryInto::try_into)
        .transpose()
}

/// A page of the workspace's clicks.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Click>, Error> {
    let campaign = filter
        .campaign_id
        .map(|id| id.to_string())
        .unwrap_or_default();
    let link = filter.link_id.map(|id| id.to_string()).unwrap_or_default();
    let class = filter.class.map(Class::as_str).unwrap_or_default();
    fetch!(
        all Row, tx, LIST,
        workspace.to_string(), page.after(), &campaign, &link, class, page.limit
    )?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

type SumRow = (String, i64, i64, i64);

fn click_sums(rows: Vec<SumRow>) -> Vec<ClickSum> {
    rows.into_iter()
        .map(|(network, human, bot, visitors)| ClickSum {
            network: (!network.is_empty()).then_some(network),
            human,
            bot,
            visitors,
        })
        .collect()
}

/// The roll-up of a campaign by network, `from` inclusive to `to` exclusive, whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<Vec<ClickSum>, Error> {
    Ok(click_sums(
        fetch!(all SumRow, tx, SUMS, campaign.to_string(), from.0, to.0)?,
    ))
}

/// The same sums counted from the clicks themselves, to hold the roll-up against.
///
/// # Errors
/// When the store does not answer.
pub async fn raw_sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<Vec<ClickSum>, Error> {
    Ok(click_sums(
        fetch!(all SumRow, tx, RAW_SUMS, campaign.to_string(), from.0, to.0)?,
    ))
}

/// Drops the first-sight notes older than `before`; pseudonyms of past days never come back.
///
/// # Errors
/// When the store does not answer.
pub async fn forget_visitors(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, FORGET_VISITORS, before.0)?)
}
