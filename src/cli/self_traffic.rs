//! `leadline self`: the addresses that mark a browser as the owner's own.

use super::client::ApiClient;
use super::terminal::print;
use crate::operations::self_traffic::SelfTrafficLinks;

pub(super) fn run(client: &ApiClient) -> anyhow::Result<()> {
    let links: SelfTrafficLinks = client.get("/self", &[])?.read()?;
    for url in &links.urls {
        print(&format!("{url}\n"))?;
    }
    say!(
        "Open an address in each browser whose clicks should not count. The addresses work until {}. \
         A browser stays marked for 400 days; https://…/_self?unmark ends that.",
        links.expires_at
    );
    Ok(())
}
