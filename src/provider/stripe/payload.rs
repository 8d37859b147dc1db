//! The used fields of Stripe's events and objects.
//!
//! # Invariants
//! A field may be absent, null, an id or a whole object; all forms are read. Shapes from before and
//! after the API of 2025-03-31 are both read.
//!
//! # Out of scope
//! What follows from them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// An event around one object.
#[derive(Deserialize)]
pub(super) struct StripeEvent<T> {
    /// In seconds since 1970, like all times.
    pub created: i64,
    pub data: EventData<T>,
}

#[derive(Deserialize)]
pub(super) struct EventData<T> {
    pub object: T,
}

/// The id of another object, or the whole object.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ObjectId {
    Text(String),
    Whole { id: String },
}

impl ObjectId {
    pub(super) fn text(&self) -> &str {
        match self {
            ObjectId::Text(id) | ObjectId::Whole { id } => id,
        }
    }
}

/// The first part of a list; the rest would need a request to Stripe.
#[derive(Deserialize)]
pub(super) struct ObjectList<T> {
    #[serde(default = "Vec::new")]
    pub data: Vec<T>,
}

/// What the shop's own code wrote on an object.
pub(super) type Metadata = Option<BTreeMap<String, Value>>;

/// An object of which only the metadata are used.
#[derive(Deserialize)]
pub(super) struct Annotated {
    pub metadata: Metadata,
}

/// A Checkout session.
#[derive(Deserialize)]
pub(super) struct CheckoutSession {
    pub id: String,
    pub created: i64,
    pub mode: String,
    pub payment_status: String,
    pub amount_total: Option<i64>,
    pub currency: Option<String>,
    pub invoice: Option<ObjectId>,
    pub payment_intent: Option<ObjectId>,
    pub client_reference_id: Option<String>,
    pub customer: Option<ObjectId>,
    pub customer_account: Option<ObjectId>,
    pub customer_details: Option<ContactDetails>,
    pub customer_email: Option<String>,
    pub metadata: Metadata,
    pub discounts: Option<Vec<Discount>>,
}

/// Contact details of a customer.
#[derive(Deserialize)]
pub(super) struct ContactDetails {
    pub email: Option<String>,
}

/// A discount, or its id.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Discount {
    Whole {
        promotion_code: Option<PromotionCode>,
        coupon: Option<ObjectId>,
        source: Option<DiscountSource>,
    },
    /// Without a use here.
    Other(#[expect(dead_code, reason = "only to match other forms")] Value),
}

/// The place of the coupon since the API of 2025-09-30.
#[derive(Deserialize)]
pub(super) struct DiscountSource {
    pub coupon: Option<ObjectId>,
}

/// A promotion code, or its id.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum PromotionCode {
    Id(String),
    Whole { id: String, code: Option<String> },
}

/// An invoice.
#[derive(Deserialize)]
pub(super) struct Invoice {
    pub id: String,
    pub created: i64,
    pub amount_paid: i64,
    pub currency: String,
    pub customer: Option<ObjectId>,
    pub customer_account: Option<ObjectId>,
    pub customer_email: Option<String>,
    pub metadata: Metadata,
    /// Since the API of 2025-03-31.
    pub parent: Option<InvoiceParent>,
    /// Since the same version, and only if requested.
    pub payments: Option<ObjectList<InvoicePayment>>,
    /// Before that version.
    pub subscription_details: Option<Annotated>,
    /// Before that version.
    pub payment_intent: Option<ObjectId>,
    /// Before that version.
    pub charge: Option<ObjectId>,
    /// Before that version.
    pub discount: Option<Discount>,
    pub discounts: Option<Vec<Discount>>,
    pub lines: Option<ObjectList<Annotated>>,
}

/// The origin of an invoice.
#[derive(Deserialize)]
pub(super) struct InvoiceParent {
    pub subscription_details: Option<Annotated>,
}

/// The link between an invoice and a payment.
#[derive(Deserialize)]
pub(super) struct InvoicePayment {
    pub invoice: Option<ObjectId>,
    pub payment: Option<PaidBy>,
}

#[derive(Deserialize)]
pub(super) struct PaidBy {
    pub payment_intent: Option<ObjectId>,
    pub charge: Option<ObjectId>,
}

/// A payment intent.
#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    pub id: String,
    pub latest_charge: Option<ObjectId>,
    /// Before the API of 2025-03-31.
    pub invoice: Option<ObjectId>,
    pub payment_details: Option<PaymentDetails>,
    pub customer: Option<ObjectId>,
    pub customer_account: Option<ObjectId>,
    pub receipt_email: Option<String>,
    pub metadata: Metadata,
}

/// The purpose of a payment.
#[derive(Deserialize)]
pub(super) struct PaymentDetails {
    /// The invoice, if the payment is for one.
    pub order_reference: Option<String>,
}

/// A charge.
#[derive(Deserialize)]
pub(super) struct Charge {
    pub id: String,
    pub created: i64,
    pub amount_captured: Option<i64>,
    pub amount_refunded: i64,
    pub captured: Option<bool>,
    pub currency: String,
    pub payment_intent: Option<ObjectId>,
    /// Before the API of 2025-03-31.
    pub invoice: Option<ObjectId>,
    pub customer: Option<ObjectId>,
    pub customer_account: Option<ObjectId>,
    pub billing_details: Option<ContactDetails>,
    pub receipt_email: Option<String>,
    pub metadata: Metadata,
    /// Before the API of 2022-11-15.
    pub refunds: Option<ObjectList<StripeRefund>>,
}

/// A refund.
#[derive(Deserialize)]
pub(super) struct StripeRefund {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub status: Option<String>,
    pub charge: Option<ObjectId>,
    pub payment_intent: Option<ObjectId>,
    pub metadata: Metadata,
}

/// A dispute.
#[derive(Deserialize)]
pub(super) struct Dispute {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    pub charge: Option<ObjectId>,
    pub payment_intent: Option<ObjectId>,
    pub metadata: Metadata,
}
