//! `leadline conversion`: report a conversion by hand, list all of them or those that wait.

mod list;
mod waiting;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::{link, money, print};
use crate::money::Money;

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is read in a run")]
pub(super) enum Command {
    /// Report a lead, sale, refund or event
    #[command(
        after_help = "Example:\n  leadline conversion create sale --event-id order-1001 \
        --amount 49.99 --currency EUR \\\n    --customer cust-17\n\n\
        Money is in major units at the command line: 49.99 is 49 euros and 99 cents, 4999 are 4999 euros."
    )]
    Create(Create),
    /// List conversions, in the order in which they were reported
    #[command(
        after_help = "Examples:\n  leadline conversion list --campaign spring-launch --kind sale --from 2026-03-01\n  \
        leadline conversion list --csv > conversions.csv\n\n\
        Money is in major units in tables and with --csv, in minor ones with --json and --ndjson."
    )]
    List(Box<list::ListOptions>),
    /// List conversions that nothing matches, with the reason and their age
    #[command(after_help = "Example:\n  leadline conversion waiting")]
    Waiting(waiting::Question),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What happened
    #[arg(value_parser = ["lead", "sale", "refund", "event"])]
    kind: String,
    /// Your own id of the event; the same id again is a repeat
    #[arg(long)]
    event_id: String,
    /// Name of an event
    #[arg(long)]
    name: Option<String>,
    /// When it happened; now when absent
    #[arg(long, value_name = "TIME")]
    occurred_at: Option<String>,
    /// Click id from the landing URL
    #[arg(long)]
    click_id: Option<String>,
    /// Promo code used
    #[arg(long)]
    promo_code: Option<String>,
    /// Your own id of the customer
    #[arg(long)]
    customer: Option<String>,
    /// The customer's e-mail address; only a keyed hash of it is kept
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
    /// Event id of the sale that a refund takes back
    #[arg(long)]
    of: Option<String>,
    /// A UTM tag that the shop saw, as in campaign=spring-launch; may be given several times
    #[arg(long = "utm", value_name = "TAG=VALUE")]
    utm: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    let new = match command {
        Command::Create(new) => new,
        Command::List(asked) => return list::run(client, &asked),
        Command::Waiting(question) => return waiting::run(client, &question),
    };
    let made = client.post("/conversions", &body(&new)?)?;
    if new.json {
        return print(&format!("{made:#}\n"));
    }
    let text = |field: &str| made[field].as_str().unwrap_or("-").to_owned();
    if made["status"] == "queued" {
        let value = new.amount.as_ref().zip(new.currency.as_ref());
        let value = value.map(|(amount, currency)| money::given("--amount", amount, currency));
        let value = value.transpose()?.map(|value| format!(" of {value}"));
        return print(&format!(
            "{}{} is durable and will be joined soon\n",
            text("event_id"),
            value.unwrap_or_default()
        ));
    }
    let value: Option<Money> = serde_json::from_value(made["value"].clone()).unwrap_or_default();
    print(&format!(
        "{} {}{} joined by {}, credited to {}\n",
        text("kind"),
        text("event_id"),
        value
            .map(|value| format!(" of {value}"))
            .unwrap_or_default(),
        text("joined_by"),
        made["network"].as_str().unwrap_or("no network")
    ))?;
    for warning in made["warnings"].as_array().into_iter().flatten() {
        say!("{}", warning.as_str().unwrap_or_default());
    }
    Ok(())
}

fn body(new: &Create) -> anyhow::Result<Value> {
    let mut body = Map::new();
    body.insert("kind".to_owned(), json!(new.kind));
    body.insert("event_id".to_owned(), json!(new.event_id));
    for (field, value) in [
        ("name", &new.name),
        ("occurred_at", &new.occurred_at),
        ("click_id", &new.click_id),
        ("of", &new.of),
        ("promo_code", &new.promo_code),
    ] {
        if let Some(value) = value {
            body.insert(field.to_owned(), json!(value));
        }
    }
    if new.customer.is_some() || new.email.is_some() {
        let customer = json!({ "external_id": new.customer, "email": new.email });
        body.insert("customer".to_owned(), customer);
    }
    if let (Some(amount), Some(currency)) = (&new.amount, &new.currency) {
        let value = money::given("--amount", amount, currency)?;
        body.insert("value".to_owned(), json!(value));
    }
    if !new.utm.is_empty() {
        body.insert("utm".to_owned(), Value::Object(link::tags(&new.utm)?));
    }
    Ok(Value::Object(body))
}
