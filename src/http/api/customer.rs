//! Customers over the API: one, and a page of them.
//!
//! Holds: of an e-mail address only whether one is known is told, never its hash. Counts and money
//! are summed from the ledger as it is asked for. Lifetime value stands in [`lifetime`].

pub mod lifetime;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::conversion::{ConversionKind, JoinedBy};
use crate::customer::{Customer, Touch};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::id::{CampaignId, ConversionId, CustomerId, LinkId, WorkspaceId};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::store::conversion::Conversion;
use crate::store::conversion::related::{Mark, latest_of_customer};
use crate::store::customer::reading::{Brought, Filter};
use crate::store::customer::{self, reading};
use crate::store::{self, Tx};

/// Conversions that are shown of one customer.
const LATEST: i64 = 100;

/// What a customer came by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Touch)]
pub struct TouchBody {
    /// `null` where it is not known.
    #[schema(example = "linkedin")]
    network: Option<String>,
    #[schema(value_type = Option<String>)]
    campaign_id: Option<CampaignId>,
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    /// `null` where no click is known, only a promo code or UTM tags.
    #[schema(value_type = Option<String>, format = DateTime)]
    clicked_at: Option<Millis>,
}

impl From<Touch> for TouchBody {
    fn from(touch: Touch) -> Self {
        TouchBody {
            network: touch.network,
            campaign_id: touch.campaign_id,
            link_id: touch.link_id,
            clicked_at: touch.clicked_at,
        }
    }
}

/// What a customer has brought in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerRevenue {
    #[schema(example = "EUR")]
    currency: String,
    /// Sales.
    revenue: Money,
    /// Refunds and chargebacks, as a positive amount.
    refunds: Money,
    /// Revenue less refunds.
    net_revenue: Money,
}

/// A customer: every conversion that an id or an e-mail address ties together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerBody {
    /// That of the conversion told of first, with another prefix. When two customers turn out to be
    /// one, the smaller id stays.
    #[schema(value_type = String, example = "cus_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: CustomerId,
    /// Your own ids of the customer, at most 100.
    external_ids: Vec<String>,
    /// Whether an e-mail address is known, as a keyed hash.
    has_email: bool,
    /// The earliest touch that a conversion of theirs brought.
    first_touch: Option<TouchBody>,
    /// The latest one.
    last_touch: Option<TouchBody>,
    leads: i64,
    sales: i64,
    /// Each currency by itself; never to be added.
    currencies: Vec<CustomerRevenue>,
    /// The earliest conversion.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Millis,
    /// The earliest sale; `null` before it.
    #[schema(value_type = Option<String>, format = DateTime)]
    became_customer_at: Option<Millis>,
}

/// A conversion of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerEvent {
    #[schema(value_type = String)]
    id: ConversionId,
    kind: ConversionKind,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Millis,
    /// Minor units; negative for refunds.
    value: Option<Money>,
    /// The rung of the join ladder that found what is credited.
    joined_by: JoinedBy,
    /// The network credited.
    network: Option<String>,
}

/// A customer with what they did.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerDetails {
    #[serde(flatten)]
    customer: CustomerBody,
    /// The latest 100, the latest first.
    conversions: Vec<CustomerEvent>,
}

/// A page of customers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerPage {
    /// In the order of ids, which is that in which they were first told of.
    customers: Vec<CustomerBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<Conversion> for CustomerEvent {
    fn from(conversion: Conversion) -> Self {
        CustomerEvent {
            id: conversion.report.id,
            kind: conversion.report.kind,
            occurred_at: conversion.report.occurred_at,
            value: conversion.report.value,
            joined_by: conversion.join.joined_by,
            network: conversion.join.network,
        }
    }
}

/// The customers as they are answered.
async fn bodies(tx: &mut Tx, customers: Vec<Customer>) -> Result<Vec<CustomerBody>, store::Error> {
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    let mut known = reading::known(tx, &ids).await?;
    let mut brought = reading::brought(tx, &ids).await?;
    let body = |customer: Customer| {
        let known = known.remove(&customer.id).unwrap_or_default();
        let brought = brought.remove(&customer.id).unwrap_or_default();
        let count = |kind: ConversionKind| -> i64 {
            let of = brought.iter().filter(|it| it.kind == kind);
            of.map(|it| it.conversions).sum()
        };
        CustomerBody {
            id: customer.id,
            external_ids: known.external_ids,
            has_email: known.email,
            first_touch: customer.first_touch.map(TouchBody::from),
            last_touch: customer.last_touch.map(TouchBody::from),
            leads: count(ConversionKind::Lead),
            sales: count(ConversionKind::Sale),
            currencies: currencies(&brought),
            first_seen_at: customer.first_seen_at,
            became_customer_at: customer.became_customer_at,
        }
    };
    Ok(customers.into_iter().map(body).collect())
}

fn currencies(brought: &[Brought]) -> Vec<CustomerRevenue> {
    let mut by_currency: BTreeMap<&str, CustomerRevenue> = BTreeMap::new();
    for it in brought {
        let Some(value) = it.value else { continue };
        let is_sale = it.kind == ConversionKind::Sale;
        if !is_sale && !it.kind.follows_a_sale() {
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

/// By their own id, or else by the shop's.
async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    text: &str,
) -> Result<Option<Customer>, store::Error> {
    if let Ok(id) = text.parse()
        && let Some(found) = reading::by_id(tx, workspace, id).await?
    {
        return Ok(Some(found));
    }
    let mark = Mark::ExternalId(text.to_owned());
    match customer::of_mark(tx, workspace, &mark).await? {
        Some(id) => reading::by_id(tx, workspace, id).await,
        None => Ok(None),
    }
}

/// Read a customer
///
/// By the id that begins with `cus_`, or by your own, percent-encoded: `/customers/cust%2F17`. Of
/// an own id that is the word `lifetime`, use the other one.
#[utoipa::path(
    operation_id = "read_customer",
    tag = "customers",
    params(("id" = String, Path, description = "`cus_…`, or your own id of the customer")),
    responses(
        (status = 200, description = "The customer", body = CustomerDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let found = find(&mut tx, actor.workspace, &id).await?;
    let found = found.ok_or(Error::NotFound(Noun::Customer))?;
    let conversions = latest_of_customer(&mut tx, found.id, LATEST).await?;
    let mut bodies = bodies(&mut tx, vec![found]).await?;
    let customer = bodies.pop().ok_or(Error::NotFound(Noun::Customer))?;
    Ok(HttpResponse::Ok().json(CustomerDetails {
        customer,
        conversions: conversions.into_iter().map(CustomerEvent::from).collect(),
    }))
}

/// What customers may be asked to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerHas {
    /// A sale.
    Sales,
}

/// What a list of customers is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those whose first touch was this campaign's, by its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    campaign_id: Option<CampaignRef>,
    /// Only those whose first touch was on this network.
    #[param(example = "linkedin")]
    network: Option<String>,
    /// `sales`: only those with a sale.
    #[param(inline)]
    has: Option<CustomerHas>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List customers
#[utoipa::path(
    operation_id = "list_customers",
    tag = "customers",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of customers", body = CustomerPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "cus")?;
    let mut tx = state.context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let filter = Filter {
        campaign_id: campaign.map(|campaign| campaign.id),
        network: query.network,
        has_sales: query.has == Some(CustomerHas::Sales),
    };
    let mut rows = reading::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(HttpResponse::Ok().json(CustomerPage {
        customers: bodies(&mut tx, rows).await?,
        next_cursor,
    }))
}
