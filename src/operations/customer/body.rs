//! Requests for customers and their answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::customer::CustomerTouch;
use crate::id::{CampaignId, ConversionId, CustomerId, LinkId};
use crate::money::Money;
use crate::operations::campaign::name::CampaignRef;
use crate::store::conversion::Conversion;

/// How a customer came.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Touch)]
pub struct TouchView {
    /// The network; `null` if it is not known.
    #[schema(example = "linkedin")]
    pub network: Option<String>,
    /// The campaign.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The link.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// Time of the click; `null` if only a promo code or UTM tags are known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub clicked_at: Option<Millis>,
}

/// Money of a customer in one currency.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CustomerRevenue {
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Sales.
    pub revenue: Money,
    /// Refunds and chargebacks, as a positive amount.
    pub refunds: Money,
    /// Revenue minus refunds.
    pub net_revenue: Money,
}

/// A customer: all conversions that an id or an e-mail address ties together.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerView {
    /// The id of the customer's first reported conversion, with another prefix. When two customers
    /// turn out to be one, the smaller id stays.
    #[schema(value_type = String, example = "cus_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: CustomerId,
    /// Your own ids of the customer, at most 100.
    pub external_ids: Vec<String>,
    /// Whether an e-mail address is known, as a keyed hash.
    pub has_email: bool,
    /// The earliest touch that a conversion of theirs brought.
    pub first_touch: Option<TouchView>,
    /// The latest touch.
    pub last_touch: Option<TouchView>,
    /// How many leads.
    pub leads: i64,
    /// How many sales.
    pub sales: i64,
    /// Money by currency. Never add different currencies.
    pub currencies: Vec<CustomerRevenue>,
    /// The earliest conversion.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: Millis,
    /// The earliest sale; `null` before it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub became_customer_at: Option<Millis>,
}

/// A conversion of a customer.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CustomerEvent {
    /// Id.
    #[schema(value_type = String)]
    pub id: ConversionId,
    /// What it is.
    pub kind: ConversionKind,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Millis,
    /// Minor units; negative for refunds.
    pub value: Option<Money>,
    /// The match rule that found the credited click or campaign.
    pub joined_by: MatchRule,
    /// The network credited.
    pub network: Option<String>,
}

/// A customer with what they did.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CustomerDetails {
    /// The customer.
    #[serde(flatten)]
    pub customer: CustomerView,
    /// The latest 100, newest first.
    pub conversions: Vec<CustomerEvent>,
}

/// A page of customers.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CustomerPage {
    /// In the order of their ids, which is the order of their first reports.
    pub customers: Vec<CustomerView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// What a listed customer must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerHas {
    /// A sale.
    Sales,
}

/// The filters of a list of customers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CustomerQuery {
    /// Only customers whose first touch was in this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only customers whose first touch was on this network.
    #[param(example = "linkedin")]
    pub network: Option<String>,
    /// `sales`: only customers with a sale.
    #[param(inline)]
    pub has: Option<CustomerHas>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

impl From<CustomerTouch> for TouchView {
    fn from(touch: CustomerTouch) -> Self {
        TouchView {
            network: touch.network,
            campaign_id: touch.campaign_id,
            link_id: touch.link_id,
            clicked_at: touch.clicked_at,
        }
    }
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
