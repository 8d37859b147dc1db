//! Clicks, the first sight of each visitor, and the quarter-hour roll-up.
//!
//! Holds: a click and its part of the roll-up are written in the same transaction, so the
//! roll-up always equals the clicks counted one by one.

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

const INSERT: &str = "INSERT INTO click (id, workspace_id, link_id, campaign_id, network, \
     clicked_at, visitor, user_agent, referrer, class, class_rule, is_first) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
const EXISTS: &str = "SELECT id FROM click WHERE id = $1";
const SEE: &str = "INSERT INTO visitor_first (scope, visitor, click_id, clicked_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (scope, visitor) DO NOTHING";
const ROLL_UP: &str = "INSERT INTO click_quarter \
     (campaign_id, network, link_id, quarter, human, bot, visitors) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (campaign_id, quarter, link_id, network) DO UPDATE SET \
     human = click_quarter.human + excluded.human, bot = click_quarter.bot + excluded.bot, \
     visitors = click_quarter.visitors + excluded.visitors";
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
pub const STATEMENTS: &[&str] = &[
    INSERT,
    EXISTS,
    SEE,
    ROLL_UP,
    BY_ID,
    LIST,
    SUMS,
    RAW_SUMS,
    FORGET_VISITORS,
];

/// Adds a click with its part of the roll-up; `None` when its id is there already, else whether
/// it is its visitor's first.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(
    tx: &mut Tx,
    hit: &Hit,
    class: Class,
    class_rule: &str,
) -> Result<Option<bool>, Error> {
    let id = hit.id.to_string();
    if fetch!(optional(String,), tx, EXISTS, &id)?.is_some() {
        return Ok(None);
    }
    let first = class == Class::Human && see_visitor(tx, hit).await?;
    let added = execute!(
        tx,
        INSERT,
        &id,
        hit.workspace_id.to_string(),
        hit.link_id.to_string(),
        hit.campaign_id.map(|id| id.to_string()),
        hit.network.as_deref(),
        hit.clicked_at.0,
        hit.visitor.as_deref(),
        hit.user_agent.as_deref(),
        hit.referrer.as_deref(),
        class.as_str(),
        class_rule,
        first,
    )?;
    if added == 0 {
        return Ok(None);
    }
    if let Some(campaign) = hit.campaign_id {
        execute!(
            tx,
            ROLL_UP,
            campaign.to_string(),
            hit.network.as_deref().unwrap_or(""),
            hit.link_id.to_string(),
            hit.clicked_at.quarter_hour().0,
            i64::from(class == Class::Human),
            i64::from(class == Class::Bot),
            i64::from(first),
        )?;
    }
    Ok(Some(first))
}

/// Notes the visitor; `true` when it was not seen before in the campaign's network (or, without
/// a campaign, on the link).
async fn see_visitor(tx: &mut Tx, hit: &Hit) -> Result<bool, Error> {
    let Some(visitor) = &hit.visitor else {
        return Ok(false);
    };
    let scope = match hit.campaign_id {
        Some(campaign) => format!("{campaign} {}", hit.network.as_deref().unwrap_or("")),
        None => hit.link_id.to_string(),
    };
    Ok(execute!(
        tx,
        SEE,
        &scope,
        visitor,
        hit.id.to_string(),
        hit.clicked_at.0
    )? == 1)
}

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
