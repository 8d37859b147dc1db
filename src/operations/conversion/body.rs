//! Queries for conversions and their answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::attribution::{AttributionModel, Credit, CreditsByModel};
use crate::click::Click;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule, UnjoinedReason};
use crate::id::{CampaignId, ClickId, ConversionId, LinkId, SourceId};
use crate::money::{Currency, Money};
use crate::operations::campaign::name::CampaignRef;
use crate::operations::click::body::ClickView;
use crate::store::conversion::Conversion;

/// The filters of a list of conversions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConversionQuery {
    /// Earliest time at which they occurred: a day in `time_zone`, or a time with an offset;
    /// unlimited when absent.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day (inclusive) or a time (exclusive); unlimited when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// IANA time zone of the days; when absent, that of the campaign, or UTC without a campaign.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Only those credited by last touch to this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only those credited by last touch to this network: its name or an alias.
    #[param(example = "linkedin")]
    pub network: Option<String>,
    /// Only those that this source reported; `api` for reports over the API.
    pub source_id: Option<String>,
    /// Only conversions of this kind.
    pub kind: Option<ConversionKind>,
    /// Only those joined by this match rule; `none` lists conversions that could not be joined.
    pub joined_by: Option<MatchRule>,
    /// Rows of the page, 1 to 1000. When absent, a page has 50 rows, and a stream has all.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A conversion and what it was joined to.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Conversion)]
pub struct ConversionView {
    /// Id.
    #[schema(value_type = String, example = "cnv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: ConversionId,
    /// What happened.
    pub kind: ConversionKind,
    /// Name of an `event`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reporter's id of the event.
    pub event_id: String,
    /// The source that reported it; `null` for the API.
    #[schema(value_type = Option<String>)]
    pub source_id: Option<SourceId>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Millis,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Millis,
    /// Minor units; negative for refunds.
    pub value: Option<Money>,
    /// Event id of the sale that a refund reverses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Your own id of the customer.
    pub customer_external_id: Option<String>,
    /// The match rule that found the credited click or campaign.
    pub joined_by: MatchRule,
    /// Why nothing matched, if `joined_by` is `none`. Later evidence can still join it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unjoined: Option<UnjoinedReason>,
    /// The customer's earlier conversion that led to the click.
    #[schema(value_type = Option<String>)]
    pub joined_via: Option<ConversionId>,
    /// The click credited.
    #[schema(value_type = Option<String>)]
    pub click_id: Option<ClickId>,
    /// The campaign credited.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The network credited.
    pub network: Option<String>,
    /// The link credited.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// Parts of this request that were ignored, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A conversion with the click that it was joined to, and its credits.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ConversionDetails {
    /// The conversion.
    #[serde(flatten)]
    pub conversion: ConversionView,
    /// The click of `click_id`; `null` where there is none, or where it is no longer stored.
    pub click: Option<ClickView>,
    /// Who is credited, for each attribution model that shares by a rule. The shares of one model
    /// sum to 1.
    pub credits: Vec<CreditView>,
}

/// A share of a conversion by one attribution model.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Credit)]
pub struct CreditView {
    /// The attribution model.
    pub model: AttributionModel,
    /// The share, 0 to 1.
    #[schema(minimum = 0, maximum = 1, example = 0.4)]
    pub share: f64,
    /// The share of the conversion's `value`; `null` where it has none.
    pub value: Option<Money>,
    /// The campaign credited; `null` where nobody can be credited.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The network credited.
    pub network: Option<String>,
    /// The link credited.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// The click credited; `null` where no click is known, only a promo code or UTM tags.
    #[schema(value_type = Option<String>)]
    pub click_id: Option<ClickId>,
    /// When it was clicked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub clicked_at: Option<Millis>,
}

/// A durably stored report that is not joined yet.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct QueuedConversion {
    /// The id it gets if it is the first report of its event.
    #[schema(value_type = String)]
    pub id: ConversionId,
    /// The reporter's id of the event.
    pub event_id: String,
    /// Always `queued`.
    pub status: String,
}

/// A page of conversions.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ConversionPage {
    /// In the order of their reports.
    pub conversions: Vec<ConversionView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl ConversionDetails {
    /// A conversion, its click and its credits as they are stored.
    pub fn new(
        conversion: Conversion,
        click: Option<Click>,
        credits: CreditsByModel,
    ) -> ConversionDetails {
        let currency = conversion.report.value.map(|value| value.currency);
        let mut shares = Vec::new();
        for (model, credits) in credits {
            let view = |credit| CreditView::new(model, credit, currency);
            shares.extend(credits.into_iter().map(view));
        }
        ConversionDetails {
            conversion: conversion.into(),
            click: click.map(ClickView::from),
            credits: shares,
        }
    }
}

impl CreditView {
    fn new(model: AttributionModel, credit: Credit, currency: Option<Currency>) -> CreditView {
        let value = credit.amount.zip(currency);
        let share = credit.share();
        let touch = credit.touch;
        CreditView {
            model,
            share,
            value: value.map(|(amount, currency)| Money { amount, currency }),
            campaign_id: touch.as_ref().and_then(|touch| touch.campaign_id),
            link_id: touch.as_ref().and_then(|touch| touch.link_id),
            click_id: touch.as_ref().and_then(|touch| touch.click_id),
            clicked_at: touch.as_ref().and_then(|touch| touch.clicked_at),
            network: touch.and_then(|touch| touch.network),
        }
    }
}

impl From<Conversion> for ConversionView {
    fn from(conversion: Conversion) -> Self {
        let report = conversion.report;
        let join = conversion.join;
        ConversionView {
            id: report.id,
            kind: report.kind,
            name: report.name,
            event_id: report.event_id,
            source_id: report.source_id,
            occurred_at: report.occurred_at,
            received_at: report.received_at,
            value: report.value,
            of: report.refund_of,
            customer_external_id: report.evidence.external_id,
            joined_by: join.joined_by,
            unjoined: join.unjoined,
            joined_via: join.via,
            click_id: join.click_id,
            campaign_id: join.campaign_id,
            network: join.network,
            link_id: join.link_id,
            warnings: Vec::new(),
        }
    }
}
