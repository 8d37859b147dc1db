//! `leadline person`: erase a person.

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::Client;
use super::print;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take a person out of conversions and clicks, and keep the amounts; cannot be undone
    #[command(
        long_about = "Take a person out of conversions and clicks, and keep the amounts: reports do \
        not change. By customer or e-mail every mark that conversions tie together is followed, and \
        the clicks that they named. What comes late or again is kept without the person. It cannot \
        be undone. The key needs the scope `admin`.",
        after_help = "Example:\n  leadline person erase --customer cust-17"
    )]
    Erase(Erase),
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    mark: Mark,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Mark {
    /// Your own id of the customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Their e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Id of a click of theirs
    #[arg(long, value_name = "ID")]
    click_id: Option<String>,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    let Command::Erase(Erase { mark, json }) = command;
    let body = json!({
        "customer": mark.customer, "email": mark.email, "click_id": mark.click_id,
    });
    let erased = client.delete("/people", &body)?;
    if json {
        return print(&format!("{erased:#}\n"));
    }
    let count = |what: &str, noun: &str| match erased[what].as_u64() {
        Some(1) => format!("1 {noun}"),
        count => format!("{} {noun}s", count.unwrap_or_default()),
    };
    print(&format!(
        "Erased from {} and {}; nobody is known by that now, and reports are as before\n",
        count("conversions", "conversion"),
        count("clicks", "click"),
    ))
}
