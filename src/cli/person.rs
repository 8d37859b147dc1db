//! `leadline person`: erase a person.

use clap::{Args, Subcommand};

use super::client::ApiClient;
use super::terminal::{plural, print};
use crate::operations::person::{ErasureResult, PersonIdentifier};

#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// Erase a person from conversions and clicks, and keep the amounts. This cannot be undone
    #[command(
        long_about = "Erase a person from conversions and clicks, and keep the amounts: reports do \
        not change. Of a customer or an e-mail address, everything that conversions tie to it is \
        erased too, with the clicks that they name. What arrives later is kept without the person. \
        This cannot be undone. The key needs the scope `admin`.",
        after_help = "Example:\n  leadline person erase --customer cust-17"
    )]
    Erase(ErasePerson),
}

#[derive(Debug, Args)]
pub(super) struct ErasePerson {
    #[command(flatten)]
    person: PersonOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct PersonOptions {
    /// Your own id of the customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Their e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Id of one of their clicks
    #[arg(long, value_name = "ID")]
    click_id: Option<String>,
}

pub(super) fn run(client: &ApiClient, command: PersonCommand) -> anyhow::Result<()> {
    let PersonCommand::Erase(ErasePerson { person, json }) = command;
    let person = PersonIdentifier {
        customer: person.customer,
        email: person.email,
        click_id: person.click_id,
    };
    let answer = client.delete_named("/people", &person)?;
    if json {
        return print(&answer.json());
    }
    let erased: ErasureResult = answer.read()?;
    print(&format!(
        "Erased from {} and {}; reports stay as they were\n",
        plural(erased.conversions, "conversion", "conversions"),
        plural(erased.clicks, "click", "clicks"),
    ))
}
