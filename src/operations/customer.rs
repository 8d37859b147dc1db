//! Customers: read one, or list them.
//!
//! # Invariants
//! Only the existence of an e-mail address is shown, never its hash. Counts and money are summed
//! from the ledger on each request.

pub mod body;
pub mod lifetime;

use std::collections::BTreeMap;

use crate::conversion::ConversionKind;
use crate::customer::Customer;
use crate::id::{CustomerId, WorkspaceId};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::find_named;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::store::conversion::related::{Identifier, latest_of_customer};
use crate::store::customer::query::{ConversionTotals, CustomerFilter};
use crate::store::customer::{self, query};
use crate::store::{self, Tx};
use body::{
    CustomerDetails, CustomerEvent, CustomerHas, CustomerPage, CustomerQuery, CustomerRevenue,
    CustomerView, TouchView,
};

/// Most conversions that are shown for one customer.
const LATEST: i64 = 100;

/// The customers in the form of an answer.
async fn bodies(tx: &mut Tx, customers: Vec<Customer>) -> Result<Vec<CustomerView>, store::Error> {
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    let mut known = query::known(tx, &ids).await?;
    let mut brought = query::brought(tx, &ids).await?;
    let body = |customer: Customer| {
        let known = known.remove(&customer.id).unwrap_or_default();
        let brought = brought.remove(&customer.id).unwrap_or_default();
        let count = |kind: ConversionKind| -> i64 {
            let of = brought.iter().filter(|total| total.kind == kind);
            of.map(|total| total.conversions).sum()
        };
        CustomerView {
            id: customer.id,
            external_ids: known.external_ids,
            has_email: known.email,
            first_touch: customer.first_touch.map(TouchView::from),
            last_touch: customer.last_touch.map(TouchView::from),
            leads: count(ConversionKind::Lead),
            sales: count(ConversionKind::Sale),
            currencies: currencies(&brought),
            first_seen_at: customer.first_seen_at,
            became_customer_at: customer.became_customer_at,
        }
    };
    Ok(customers.into_iter().map(body).collect())
}

fn currencies(brought: &[ConversionTotals]) -> Vec<CustomerRevenue> {
    let mut by_currency: BTreeMap<&str, CustomerRevenue> = BTreeMap::new();
    for total in brought {
        let Some(value) = total.value else { continue };
        let is_sale = total.kind == ConversionKind::Sale;
        if !is_sale && !total.kind.follows_a_sale() {
            continue;
        }
        let code = value.currency.code();
        let nothing = Money { amount: 0, ..value };
        let sums = by_currency.entry(code).or_insert_with(|| CustomerRevenue {
            currency: code.to_owned(),
            revenue: nothing,
            refunds: nothing,
            net_revenue: nothing,
        });
        if is_sale {
            sums.revenue.amount = sums.revenue.amount.saturating_add(value.amount);
        } else {
            sums.refunds.amount = sums.refunds.amount.saturating_sub(value.amount);
        }
        sums.net_revenue.amount = sums.net_revenue.amount.saturating_add(value.amount);
    }
    by_currency.into_values().collect()
}

/// Finds a customer by our id, or else by the shop's.
async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    text: &str,
) -> Result<Option<Customer>, store::Error> {
    if let Ok(id) = text.parse()
        && let Some(found) = query::by_id(tx, workspace, id).await?
    {
        return Ok(Some(found));
    }
    let mark = Identifier::ExternalId(text.to_owned());
    match customer::of_mark(tx, workspace, &mark).await? {
        Some(id) => query::by_id(tx, workspace, id).await,
        None => Ok(None),
    }
}

/// One customer, by `cus_…` or by the shop's own id.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<CustomerDetails, Error> {
    let mut tx = context.store.read().await?;
    let found = find(&mut tx, actor.workspace, id).await?;
    let found = Noun::Customer.found(found)?;
    let conversions = latest_of_customer(&mut tx, found.id, LATEST).await?;
    let mut bodies = bodies(&mut tx, vec![found]).await?;
    let customer = Noun::Customer.found(bodies.pop())?;
    Ok(CustomerDetails {
        customer,
        conversions: conversions.into_iter().map(CustomerEvent::from).collect(),
    })
}

/// A page of the workspace's customers.
///
/// # Errors
/// A limit, cursor or campaign that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CustomerQuery,
) -> Result<CustomerPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "cus")?;
    let mut tx = context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let filter = CustomerFilter {
        campaign_id: campaign.map(|campaign| campaign.id),
        network: query.network,
        has_sales: query.has == Some(CustomerHas::Sales),
    };
    let mut rows = query::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(CustomerPage {
        customers: bodies(&mut tx, rows).await?,
        next_cursor,
    })
}
