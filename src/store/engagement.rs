//! The latest engagement figures that networks reported for posts.
//!
//! # Invariants
//! There is one row for each campaign, network, post and day. A figure that is reported again
//! replaces the earlier one; a figure that is absent stays.
//!
//! # Out of scope
//! How figures are displayed.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::page::Page;
use super::text_column::read_id;
use super::upsert_counts::UpsertCounts;
use crate::campaign::engagement::{EngagementFigures, EngagementSubject, EngagementSum};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, find, list, statements};
use crate::id::{CampaignId, EngagementId, LinkId, WorkspaceId};

/// Rows of one statement.
const CHUNK: usize = 500;

/// The subject of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngagedPost {
    /// All posts of the campaign on the network.
    All,
    /// The post that has this link.
    Link(LinkId),
    /// The post at this address, for which no link is known.
    Permalink(String),
}

impl EngagedPost {
    fn link(&self) -> String {
        match self {
            EngagedPost::Link(link) => link.to_string(),
            EngagedPost::All | EngagedPost::Permalink(_) => String::new(),
        }
    }

    fn permalink(&self) -> &str {
        match self {
            EngagedPost::Permalink(permalink) => permalink,
            EngagedPost::All | EngagedPost::Link(_) => "",
        }
    }
}

/// The totals of a post on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engagement {
    /// Its id.
    pub id: EngagementId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Canonical name of the network.
    pub network: String,
    /// The subject.
    pub post: EngagedPost,
    /// The reported day, since 1970-01-01.
    pub day: i64,
    /// The totals.
    pub figures: EngagementFigures,
    /// When it was last reported.
    pub updated_at: Millis,
}

#[derive(sqlx_macros::FromRow)]
struct StoredEngagementRow {
    id: String,
    workspace_id: String,
    campaign_id: String,
    network: String,
    link_id: String,
    permalink: String,
    day: i64,
    impressions: Option<i64>,
    likes: Option<i64>,
    reposts: Option<i64>,
    replies: Option<i64>,
    followers: Option<i64>,
    updated_at: i64,
}

impl TryFrom<StoredEngagementRow> for Engagement {
    type Error = Error;

    fn try_from(row: StoredEngagementRow) -> Result<Engagement, Error> {
        Ok(Engagement {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            campaign_id: read_id(&row.campaign_id)?,
            network: row.network,
            post: match (&*row.link_id, row.permalink) {
                ("", permalink) if permalink.is_empty() => EngagedPost::All,
                ("", permalink) => EngagedPost::Permalink(permalink),
                (link, _) => EngagedPost::Link(read_id(link)?),
            },
            day: row.day,
            figures: EngagementFigures {
                impressions: row.impressions,
                likes: row.likes,
                reposts: row.reposts,
                replies: row.replies,
                followers: row.followers,
            },
            updated_at: Millis(row.updated_at),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, campaign_id, network, link_id, permalink, day, impressions, \
            likes, reposts, replies, followers, updated_at FROM engagement ",
            $rest
        )
    };
}

statements! {
    sql BY_ID = select!("WHERE workspace_id = $1 AND id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 = '' OR campaign_id = $3) \
        ORDER BY id LIMIT $4"
    );
    sql DAYS_OUTSIDE = "SELECT COUNT(DISTINCT CASE WHEN day < $2 THEN day END), \
        COUNT(DISTINCT CASE WHEN day > $3 THEN day END) FROM engagement \
        WHERE campaign_id = $1 AND (day < $2 OR day > $3)";
    sql SUMS = "SELECT network, link_id, CASE WHEN permalink = '' THEN 0 ELSE 1 END AS is_other, day, \
        CAST(sum(impressions) AS BIGINT) AS impressions, CAST(sum(likes) AS BIGINT) AS likes, \
        CAST(sum(reposts) AS BIGINT) AS reposts, CAST(sum(replies) AS BIGINT) AS replies, \
        max(followers) AS followers FROM engagement \
        WHERE campaign_id = $1 AND day >= $2 AND day <= $3 \
        GROUP BY network, link_id, CASE WHEN permalink = '' THEN 0 ELSE 1 END, day \
        ORDER BY network, day, link_id, is_other";
    sql REMOVE = "DELETE FROM engagement WHERE workspace_id = $1 AND id = $2";
    sql DROP_DOUBLE = "DELETE FROM engagement WHERE campaign_id = $1 AND network = $2 AND permalink = $3 \
        AND EXISTS (SELECT 1 FROM engagement o WHERE o.campaign_id = $1 AND o.network = $2 \
        AND o.link_id = $4 AND o.permalink = '' AND o.day = engagement.day)";
    sql ADOPT = "UPDATE engagement SET link_id = $4, permalink = '' \
        WHERE campaign_id = $1 AND network = $2 AND permalink = $3";
    bulk KNOWN = bulk_sql!(
        "SELECT e.id, e.workspace_id, e.campaign_id, e.network, e.link_id, e.permalink, e.day, \
        e.impressions, e.likes, e.reposts, e.replies, e.followers, e.updated_at \
        FROM " rows(campaign_id TEXT, network TEXT, link_id TEXT, permalink TEXT, day BIGINT)
        " JOIN engagement e ON e.campaign_id = a.campaign_id AND e.network = a.network \
        AND e.link_id = a.link_id AND e.permalink = a.permalink AND e.day = a.day"
    );
    bulk PUT = bulk_sql!(
        "INSERT INTO engagement " values(
            id TEXT, workspace_id TEXT, campaign_id TEXT, network TEXT, link_id TEXT,
            permalink TEXT, day BIGINT, impressions BIGINT, likes BIGINT, reposts BIGINT,
            replies BIGINT, followers BIGINT, updated_at BIGINT
        )
        " ON CONFLICT (campaign_id, network, link_id, permalink, day) \
        DO UPDATE SET impressions = excluded.impressions, likes = excluded.likes, \
        reposts = excluded.reposts, replies = excluded.replies, followers = excluded.followers, \
        updated_at = excluded.updated_at"
    );
}

/// Campaign, network, post and day, for which there is one row.
type Place = (CampaignId, String, EngagedPost, i64);

fn place(row: &Engagement) -> Place {
    let network = row.network.clone();
    (row.campaign_id, network, row.post.clone(), row.day)
}

/// Writes totals of one workspace.
///
/// A known row of the same campaign, network, post and day gets the new figures and keeps the
/// others. The written rows get its id. A row must not occur twice. The caller holds the
/// workspace's [`lock`](super::workspace::lock), so that no other import writes the same row
/// meanwhile.
///
/// # Errors
/// When the store does not answer.
pub async fn upsert(tx: &mut Tx, all: &mut [Engagement]) -> Result<UpsertCounts, Error> {
    let mut put = UpsertCounts::default();
    for chunk in all.chunks_mut(CHUNK) {
        let rows = bulk!(
            all StoredEngagementRow, tx, KNOWN, chunk,
            [
                |row: &Engagement| row.campaign_id.to_string(),
                |row: &Engagement| row.network.clone(),
                |row: &Engagement| row.post.link(),
                |row: &Engagement| row.post.permalink().to_owned(),
                |row: &Engagement| row.day,
            ]
        )?;
        let mut known = HashMap::new();
        for row in rows {
            let before = Engagement::try_from(row)?;
            known.insert(place(&before), before);
        }
        let mut written = Vec::with_capacity(chunk.len());
        for new in chunk {
            match known.remove(&place(new)) {
                None => put.new += 1,
                Some(before) => {
                    new.id = before.id;
                    new.figures = new.figures.or(before.figures);
                    if new.figures == before.figures {
                        new.updated_at = before.updated_at;
                        put.unchanged += 1;
                        continue;
                    }
                    put.changed += 1;
                }
            }
            written.push(&*new);
        }
        write(tx, &written).await?;
    }
    Ok(put)
}

async fn write(tx: &mut Tx, all: &[&Engagement]) -> Result<(), Error> {
    if all.is_empty() {
        return Ok(());
    }
    bulk!(
        execute,
        tx,
        PUT,
        all,
        [
            |row: &&Engagement| row.id.to_string(),
            |row: &&Engagement| row.workspace_id.to_string(),
            |row: &&Engagement| row.campaign_id.to_string(),
            |row: &&Engagement| row.network.clone(),
            |row: &&Engagement| row.post.link(),
            |row: &&Engagement| row.post.permalink().to_owned(),
            |row: &&Engagement| row.day,
            |row: &&Engagement| row.figures.impressions,
            |row: &&Engagement| row.figures.likes,
            |row: &&Engagement| row.figures.reposts,
            |row: &&Engagement| row.figures.replies,
            |row: &&Engagement| row.figures.followers,
            |row: &&Engagement| row.updated_at.0,
        ]
    )?;
    Ok(())
}

/// Assigns the figures of a permalink in this campaign to the link of its post. If the link has
/// figures of the same day, those stay.
///
/// # Errors
/// When the store does not answer.
pub async fn adopt(
    tx: &mut Tx,
    campaign: CampaignId,
    network: &str,
    permalink: &str,
    link: LinkId,
) -> Result<(), Error> {
    let (campaign, link) = (campaign.to_string(), link.to_string());
    for statement in [DROP_DOUBLE, ADOPT] {
        execute!(tx, statement, &campaign, network, permalink, &link)?;
    }
    Ok(())
}

/// The workspace's row with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: EngagementId,
) -> Result<Option<Engagement>, Error> {
    find!(
        StoredEngagementRow,
        tx,
        BY_ID,
        workspace.to_string(),
        id.to_string()
    )
}

/// A page of the workspace's rows, for one campaign or for all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: Option<CampaignId>,
    page: &Page,
) -> Result<Vec<Engagement>, Error> {
    let campaign = campaign.map(|id| id.to_string()).unwrap_or_default();
    list!(
        StoredEngagementRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        &campaign,
        page.limit
    )
}

/// Deletes a row.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, workspace: WorkspaceId, id: EngagementId) -> Result<(), Error> {
    execute!(tx, REMOVE, workspace.to_string(), id.to_string())?;
    Ok(())
}

#[derive(sqlx_macros::FromRow)]
struct SumRow {
    network: String,
    link_id: String,
    is_other: i32,
    day: i64,
    impressions: Option<i64>,
    likes: Option<i64>,
    reposts: Option<i64>,
    replies: Option<i64>,
    followers: Option<i64>,
}

/// A campaign's engagement by network, link and day; both days are included.
///
/// # Errors
/// When the store does not answer.
pub async fn sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from_day: i64,
    to_day: i64,
) -> Result<Vec<EngagementSum>, Error> {
    let rows = fetch!(all SumRow, tx, SUMS, campaign.to_string(), from_day, to_day)?;
    let read = |row: SumRow| {
        Ok(EngagementSum {
            network: row.network,
            of: match &*row.link_id {
                "" if row.is_other != 0 => EngagementSubject::OtherPosts,
                "" => EngagementSubject::Network,
                link => EngagementSubject::Link(read_id(link)?),
            },
            day: row.day,
            figures: EngagementFigures {
                impressions: row.impressions,
                likes: row.likes,
                reposts: row.reposts,
                replies: row.replies,
                followers: row.followers,
            },
        })
    };
    rows.into_iter().map(read).collect()
}

/// On how many days before and after these the campaign has figures.
///
/// # Errors
/// When the store does not answer.
pub async fn days_outside(
    tx: &mut Tx,
    campaign: CampaignId,
    days: &RangeInclusive<i64>,
) -> Result<[i64; 2], Error> {
    let id = campaign.to_string();
    let (first, last) = (*days.start(), *days.end());
    let counts = fetch!(optional(i64, i64), tx, DAYS_OUTSIDE, &id, first, last)?;
    Ok(counts.map_or([0, 0], |(before, after)| [before, after]))
}
