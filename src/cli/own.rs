//! `leadline self`: the addresses that mark a browser as the owner's own.

use super::client::Client;
use super::print;

pub(super) fn run(client: &Client) -> anyhow::Result<()> {
    let answer = client.get("/self", &[])?;
    let urls = answer["urls"].as_array().into_iter().flatten();
    for url in urls.filter_map(|url| url.as_str()) {
        print(&format!("{url}\n"))?;
    }
    let until = answer["expires_at"].as_str().unwrap_or_default();
    say!(
        "Open it in each browser whose clicks are to count for nothing. It works until {until}; what it \
         marks stays marked for 400 days, or until https://…/_self?unmark."
    );
    Ok(())
}
