//! `leadline customer`: list customers, show one, and print their lifetime value.

mod lifetime;
mod show;

use clap::{Args, Subcommand};

use super::client::{ApiClient, given, segment};
use super::terminal::{NONE, align_right, lines_with_room, plain_table, print};
use super::times::day;
use crate::operations::customer::body::CustomerView;

#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// List customers in the order of their first reports
    #[command(
        after_help = "Example:\n  leadline customer list --campaign spring-launch --with-sales"
    )]
    List(ListCustomers),
    /// Show a customer: their touches, money and conversions
    #[command(after_help = "Example:\n  leadline customer show cust-17")]
    Show {
        /// The customer: `cus_…`, or your own id of them
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the lifetime value of customers after 30, 60, 90 and 180 days, by the network of their
    /// first touch
    #[command(
        after_help = "Example:\n  leadline customer lifetime --campaign spring-launch --from 2026-01-01"
    )]
    Lifetime(lifetime::LifetimeOptions),
}

#[derive(Debug, Args)]
pub(super) struct ListCustomers {
    /// Only customers whose first touch was in this campaign: its id, its `utm_campaign` or its
    /// whole name
    #[arg(long)]
    campaign: Option<String>,
    /// Only customers whose first touch was on this network
    #[arg(long)]
    network: Option<String>,
    /// Only customers with a sale
    #[arg(long)]
    with_sales: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: &CustomerCommand) -> anyhow::Result<()> {
    match command {
        CustomerCommand::List(options) => list(client, options),
        CustomerCommand::Show { id, json } => {
            let answer = client.get(&format!("/customers/{}", segment(id)), &[])?;
            if *json {
                return print(&answer.json());
            }
            print(&show::shown(&answer.read()?, &client.campaign_tags()?))
        }
        CustomerCommand::Lifetime(options) => lifetime::run(client, options),
    }
}

fn list(client: &ApiClient, options: &ListCustomers) -> anyhow::Result<()> {
    let campaign = client.campaign_id(options.campaign.as_deref())?;
    let query = given(&[
        ("campaign_id", campaign.as_deref()),
        ("network", options.network.as_deref()),
        ("has", options.with_sales.then_some("sales")),
    ]);
    let rows = client.list("/customers", "customers", &query)?;
    if options.json {
        return print(&rows.json());
    }
    let customers: Vec<CustomerView> = rows.read()?;
    if customers.is_empty() {
        say!("No customers match.");
        return Ok(());
    }
    print(&shown(&customers))
}

/// A row for each customer, and another one for each further currency.
fn shown(customers: &[CustomerView]) -> String {
    let mut table = plain_table([
        "Customer",
        "First network",
        "First seen",
        "Leads",
        "Sales",
        "Net revenue",
        "Id",
    ]);
    for customer in customers {
        let touch = customer.first_touch.as_ref();
        let network = touch.and_then(|touch| touch.network.clone());
        let known_by = match customer.external_ids.first() {
            Some(id) => id.clone(),
            None => "an e-mail address".to_owned(),
        };
        let mut revenues = customer.currencies.iter();
        let mut revenue = || revenues.next().map(|sums| sums.net_revenue.to_string());
        table.add_row([
            known_by,
            network.unwrap_or_else(|| NONE.to_owned()),
            day(customer.first_seen_at),
            customer.leads.to_string(),
            customer.sales.to_string(),
            revenue().unwrap_or_else(|| NONE.to_owned()),
            customer.id.to_string(),
        ]);
        while let Some(revenue) = revenue() {
            table.add_row(["", "", "", "", "", &revenue, ""]);
        }
    }
    align_right(&mut table, 3..6);
    lines_with_room(&table, &[6])
}
