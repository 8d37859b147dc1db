//! `leadline conversion create`.

use clap::Args;
use serde::Deserialize;

use crate::cli::client::{ApiClient, Body};
use crate::cli::option_words::with_options;
use crate::cli::terminal::print;
use crate::cli::{link, money};
use crate::money::Money;
use crate::operations::conversion::body::{ConversionView, QueuedConversion};

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateConversion {
    /// What happened
    #[arg(value_parser = ["lead", "sale", "refund", "event"])]
    kind: String,
    /// Your own id of the event; the same id again is a repeat
    #[arg(long)]
    event_id: String,
    /// Name of an event
    #[arg(long)]
    name: Option<String>,
    /// When it happened; now by default
    #[arg(long, value_name = "TIME")]
    occurred_at: Option<String>,
    /// Click id from the landing URL
    #[arg(long)]
    click_id: Option<String>,
    /// Promo code that the customer used
    #[arg(long)]
    promo_code: Option<String>,
    /// Your own id of the customer
    #[arg(long)]
    customer: Option<String>,
    /// The customer's e-mail address; only its keyed hash is stored
    #[arg(long)]
    email: Option<String>,
    /// Amount in major units with the currency's decimals: 49.99 for EUR, 4999 for JPY, 4.999 for
    /// KWD
    #[arg(
        long,
        requires = "currency",
        required_if_eq_any = [("kind", "sale"), ("kind", "refund")]
    )]
    amount: Option<String>,
    /// ISO 4217 currency
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// Event id of the sale that a refund reverses
    #[arg(long)]
    of: Option<String>,
    /// A UTM tag that the shop saw, such as campaign=spring-launch; may be repeated
    #[arg(long = "utm", value_name = "TAG=VALUE")]
    utm: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What became of a report.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reported {
    Joined(Box<ConversionView>),
    Queued(QueuedConversion),
}

pub(super) fn run(client: &ApiClient, new: &CreateConversion) -> anyhow::Result<()> {
    let value = new.amount.as_deref().zip(new.currency.as_deref());
    let value = value.map(|(amount, currency)| money::given("--amount", amount, currency));
    let value = value.transpose()?;
    let answer = client.post("/conversions", &body(new, value)?)?;
    if new.json {
        return print(&answer.json());
    }
    let of = |value: Option<Money>| value.map(|value| format!(" of {value}"));
    match answer.read()? {
        Reported::Queued(queued) => {
            let (event_id, of) = (queued.event_id, of(value).unwrap_or_default());
            print(&format!(
                "{event_id}{of} is durable and will be joined soon\n"
            ))
        }
        Reported::Joined(known) => {
            for warning in &known.warnings {
                say!("{}", with_options(warning));
            }
            print(&format!(
                "{} {}{} joined by {}, credited to {}\n",
                known.kind,
                known.event_id,
                of(known.value).unwrap_or_default(),
                known.joined_by,
                known.network.as_deref().unwrap_or("no network")
            ))
        }
    }
}

fn body(new: &CreateConversion, value: Option<Money>) -> anyhow::Result<Body> {
    let is_named = new.customer.is_some() || new.email.is_some();
    let customer = is_named.then(|| {
        Body::default()
            .with_given("external_id", new.customer.as_ref())
            .with_given("email", new.email.as_ref())
    });
    Ok(Body::default()
        .with("kind", &new.kind)
        .with("event_id", &new.event_id)
        .with_given("name", new.name.as_ref())
        .with_given("occurred_at", new.occurred_at.as_ref())
        .with_given("click_id", new.click_id.as_ref())
        .with_given("of", new.of.as_ref())
        .with_given("promo_code", new.promo_code.as_ref())
        .with_given("customer", customer)
        .with_given("value", value)
        .with("utm", link::utm_tags(&new.utm)?))
}
