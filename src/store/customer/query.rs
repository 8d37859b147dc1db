//! Customers as the API shows them: one, a page, their conversions, and lifetime value.
//!
//! # Invariants
//! - Counts and money are summed from the ledger on each request.
//! - The hash of an e-mail address never leaves the store; only its existence does.

use std::collections::HashMap;

use super::{CustomerTouch, TouchRow};
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::customer::Customer;
use crate::customer::lifetime::{CustomerCounts, LifetimeRevenue, LifetimeSums};
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, fetch, find, list, statements};
use crate::id::{CampaignId, CustomerId, WorkspaceId};
use crate::money::{Currency, Money};
use crate::store::page::Page;
use crate::store::text_column::read_id;

#[derive(sqlx_macros::FromRow)]
struct CustomerRow {
    id: String,
    workspace_id: String,
    first_seen_at: i64,
    became_customer_at: Option<i64>,
    first_campaign_id: Option<String>,
    first_network: Option<String>,
    first_link_id: Option<String>,
    first_touched_at: Option<i64>,
    first_clicked_at: Option<i64>,
    last_campaign_id: Option<String>,
    last_network: Option<String>,
    last_link_id: Option<String>,
    last_touched_at: Option<i64>,
    last_clicked_at: Option<i64>,
}

impl TryFrom<CustomerRow> for Customer {
    type Error = Error;

    fn try_from(row: CustomerRow) -> Result<Self, Error> {
        let first = row.first_touched_at.map(|touched_at| TouchRow {
            touched_at,
            clicked_at: row.first_clicked_at,
            campaign_id: row.first_campaign_id,
            network: row.first_network,
            link_id: row.first_link_id,
        });
        let last = row.last_touched_at.map(|touched_at| TouchRow {
            touched_at,
            clicked_at: row.last_clicked_at,
            campaign_id: row.last_campaign_id,
            network: row.last_network,
            link_id: row.last_link_id,
        });
        Ok(Customer {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            first_touch: first.map(CustomerTouch::try_from).transpose()?,
            last_touch: last.map(CustomerTouch::try_from).transpose()?,
            first_seen_at: Millis(row.first_seen_at),
            became_customer_at: row.became_customer_at.map(Millis),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, first_seen_at, became_customer_at, first_campaign_id, \
            first_network, first_link_id, first_touched_at, first_clicked_at, last_campaign_id, \
            last_network, last_link_id, last_touched_at, last_clicked_at \
            FROM customer ",
            $rest
        )
    };
}

statements! {
    sql BY_ID = select!("WHERE id = $1 AND workspace_id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 = '' OR first_campaign_id = $3) AND ($4 = '' \
        OR first_network = $4) AND CASE WHEN $5 THEN became_customer_at IS NOT NULL ELSE TRUE END \
        ORDER BY id LIMIT $6"
    );
    // $5 is the latest beginning; $6 is the age in question.
    sql HEADS = "SELECT c.first_network AS network, count(*) AS customers, \
        count(CASE WHEN c.became_customer_at < c.begun_at + $6 THEN 1 END) AS buyers, \
        count(CASE WHEN (SELECT count(*) FROM conversion v WHERE v.customer_id = c.id \
             AND v.kind = 'sale' AND v.occurred_at < c.begun_at + $6) > 1 THEN 1 END) AS repeat_buyers \
        FROM customer c WHERE c.workspace_id = $1 AND c.begun_at >= $2 AND c.begun_at < $3 \
        AND ($4 = '' OR c.first_campaign_id = $4) AND c.begun_at <= $5 GROUP BY c.first_network";
    sql TAKINGS = "SELECT c.first_network AS network, k.currency AS currency, \
        CAST(sum(k.amount / 1000000) AS BIGINT) AS millions, \
        CAST(sum(k.amount % 1000000) AS BIGINT) AS units FROM customer c \
        JOIN conversion v ON v.customer_id = c.id \
        JOIN credit k ON k.conversion_id = v.id AND k.model = 'last_touch' \
        WHERE c.workspace_id = $1 AND c.begun_at >= $2 AND c.begun_at < $3 \
        AND ($4 = '' OR c.first_campaign_id = $4) AND c.begun_at <= $5 \
        AND k.earned_at < c.begun_at + $6 AND k.currency IS NOT NULL \
        AND k.kind IN ('sale', 'refund', 'chargeback', 'chargeback_reversal') \
        GROUP BY c.first_network, k.currency";
    bulk MARKS = bulk_sql!(
        "SELECT customer_id, kind, mark FROM (SELECT customer_id, kind, mark, row_number() OVER \
        (PARTITION BY customer_id, kind ORDER BY mark) AS place FROM customer_mark \
        WHERE customer_id " in_list ") AS m WHERE place <= 100 ORDER BY customer_id, kind, mark"
    );
    bulk BROUGHT = bulk_sql!(
        "SELECT customer_id, kind, currency, count(*) AS conversions, CAST(coalesce(sum(amount / \
        1000000), 0) AS BIGINT) AS millions, CAST(coalesce(sum(amount % 1000000), \
        0) AS BIGINT) AS units FROM conversion WHERE customer_id " in_list
        " GROUP BY customer_id, kind, currency ORDER BY customer_id, currency, kind"
    );
}

/// Narrows a list of customers.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// Only those whose first touch was this campaign's.
    pub campaign_id: Option<CampaignId>,
    /// Only customers whose first touch was on this network.
    pub network: Option<String>,
    /// Only those with a sale.
    pub has_sales: bool,
}

/// The identifiers of a customer, as far as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownIdentifiers {
    /// The shop's own ids, the first 100 in alphabetical order.
    pub external_ids: Vec<String>,
    /// Whether an e-mail address is known.
    pub email: bool,
}

/// Conversions of one kind and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionTotals {
    /// Their kind.
    pub kind: ConversionKind,
    /// How many.
    pub conversions: i64,
    /// Their sum, signed; `None` if they have no amount.
    pub value: Option<Money>,
}

/// The workspace's customer with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomerId,
) -> Result<Option<Customer>, Error> {
    find!(
        CustomerRow,
        tx,
        BY_ID,
        id.to_string(),
        workspace.to_string()
    )
}

/// A page of the workspace's customers.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &CustomerFilter,
    page: &Page,
) -> Result<Vec<Customer>, Error> {
    let campaign = filter.campaign_id.map(|id| id.to_string());
    let network = filter.network.as_deref().unwrap_or_default();
    list!(
        CustomerRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        campaign.unwrap_or_default(),
        network,
        filter.has_sales,
        page.limit
    )
}

/// The identifiers of these customers.
///
/// # Errors
/// When the store does not answer.
pub async fn known(
    tx: &mut Tx,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, KnownIdentifiers>, Error> {
    let id = |id: &CustomerId| id.to_string();
    let mut known: HashMap<CustomerId, KnownIdentifiers> = HashMap::new();
    for (customer, kind, mark) in bulk!(all(String, String, String), tx, MARKS, ids, [id])? {
        let known = known.entry(read_id(&customer)?).or_default();
        match kind.as_str() {
            "external_id" => known.external_ids.push(mark),
            _ => known.email = true,
        }
    }
    Ok(known)
}

/// The sums of these customers' conversions, sorted by currency.
///
/// # Errors
/// When the store does not answer.
pub async fn brought(
    tx: &mut Tx,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<ConversionTotals>>, Error> {
    type Sum = (String, String, Option<String>, i64, i64, i64);
    let id = |id: &CustomerId| id.to_string();
    let mut all: HashMap<CustomerId, Vec<ConversionTotals>> = HashMap::new();
    for (customer, kind, code, conversions, millions, units) in
        bulk!(all Sum, tx, BROUGHT, ids, [id])?
    {
        let amount = whole(millions, units);
        let currency = code.as_deref().map(currency).transpose()?;
        all.entry(read_id(&customer)?)
            .or_default()
            .push(ConversionTotals {
                kind: kind.parse().map_err(|_| corrupt("kind", &kind))?,
                conversions,
                value: currency.map(|currency| Money { amount, currency }),
            });
    }
    Ok(all)
}

/// The customers whose lifetime value is asked for.
#[derive(Clone, Copy, Debug)]
pub struct LifetimeQuestion {
    /// The earliest beginning.
    pub from: Millis,
    /// The end of the beginnings, exclusive.
    pub to: Millis,
    /// Only those whose first touch was this campaign's.
    pub campaign_id: Option<CampaignId>,
    /// The latest beginning that is old enough.
    pub begun_until: Millis,
    /// The age up to which they are counted, in milliseconds.
    pub age_ms: i64,
}

#[derive(sqlx_macros::FromRow)]
struct HeadsRow {
    network: Option<String>,
    customers: i64,
    buyers: i64,
    repeat_buyers: i64,
}

/// Customers and the sum of their conversions up to one age. A refund counts together with its
/// sale.
///
/// # Errors
/// When the store does not answer.
pub async fn sums(
    tx: &mut Tx,
    workspace: WorkspaceId,
    question: &LifetimeQuestion,
) -> Result<LifetimeSums, Error> {
    type Sum = (Option<String>, String, i64, i64);
    let workspace = workspace.to_string();
    let campaign = question.campaign_id.map(|id| id.to_string());
    let campaign = campaign.as_deref().unwrap_or_default();
    let (from, to) = (question.from.0, question.to.0);
    let (until, age) = (question.begun_until.0, question.age_ms);
    let heads = fetch!(all HeadsRow, tx, HEADS, &workspace, from, to, campaign, until, age)?;
    let heads = heads.into_iter().map(|row| CustomerCounts {
        network: row.network,
        customers: row.customers,
        buyers: row.buyers,
        repeat_buyers: row.repeat_buyers,
    });
    let mut takings = Vec::new();
    for (network, code, millions, units) in
        fetch!(all Sum, tx, TAKINGS, &workspace, from, to, campaign, until, age)?
    {
        let currency = currency(&code)?;
        let amount = whole(millions, units);
        takings.push(LifetimeRevenue {
            network,
            net_revenue: Money { amount, currency },
        });
    }
    Ok(LifetimeSums {
        heads: heads.collect(),
        takings,
    })
}

/// A sum of money from its two halves, which avoids an overflow in the database.
fn whole(millions: i64, units: i64) -> i64 {
    millions.saturating_mul(1_000_000).saturating_add(units)
}

fn currency(code: &str) -> Result<Currency, Error> {
    code.parse().map_err(|_| corrupt("currency", code))
}

fn corrupt(what: &'static str, value: &str) -> Error {
    Error::Corrupt {
        what,
        value: value.to_owned(),
    }
}
