//! The demo: a plausible campaign of 30 days, told through the program's own log and worker.
//!
//! Holds: the same seed at the same time tells the same story; it lives in a folder of its own,
//! and only a folder that a demo has made is ever emptied. Nothing is written past the worker but
//! campaign, links and key, so its report is made as every other.

mod visits;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;

use crate::app::{self, App};
use crate::campaign::{Aim, Campaign, Goal, Metric};
use crate::clock::{DAY_MS, Millis};
use crate::event_log::entry::Entry;
use crate::event_log::records::Records;
use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::link::destination::UtmConflict;
use crate::link::tagging::{ClickIdMode, Wanted, tag};
use crate::link::utm::{Convention, Utm};
use crate::link::{Intent, Link, slug};
use crate::money::Currency;
use crate::network::Network;
use crate::store;
use crate::worker::Outcome;
use visits::{Audience, Visits};

/// Days the story covers.
const DAYS: i64 = 30;

/// Marks a folder as a demo's own.
const MARK: &str = ".leadline-demo";

/// The `utm_campaign` of the story.
const CAMPAIGN: &str = "spring-lamp";

/// How often people of each network visit, become leads, and buy.
const AUDIENCES: [(&str, Audience); 5] = [
    (
        "x",
        Audience {
            daily: 46.0,
            bots: 0.30,
            lead: 0.021,
            sale: 0.20,
        },
    ),
    (
        "facebook",
        Audience {
            daily: 31.0,
            bots: 0.16,
            lead: 0.034,
            sale: 0.25,
        },
    ),
    (
        "linkedin",
        Audience {
            daily: 13.0,
            bots: 0.12,
            lead: 0.085,
            sale: 0.35,
        },
    ),
    (
        "bluesky",
        Audience {
            daily: 8.0,
            bots: 0.10,
            lead: 0.050,
            sale: 0.30,
        },
    ),
    (
        "email",
        Audience {
            daily: 11.0,
            bots: 0.05,
            lead: 0.110,
            sale: 0.40,
        },
    ),
];

/// What was told.
#[derive(Debug)]
pub struct Told {
    /// A key to read it with.
    pub token: SecretString,
    /// The campaign's `utm_campaign`.
    pub campaign: &'static str,
}

/// Makes the demo's folder anew.
///
/// # Errors
/// When the folder holds something that no demo has made; nothing is removed then.
pub fn make_folder(dir: &Path) -> anyhow::Result<()> {
    let filled = dir
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if filled && !dir.join(MARK).exists() {
        bail!(
            "{} is not a demo's folder; give another one with --dir",
            dir.display()
        );
    }
    let remade = || {
        if filled {
            std::fs::remove_dir_all(dir)?;
        }
        std::fs::create_dir_all(dir)?;
        std::fs::write(
            dir.join(MARK),
            "Made by `leadline demo`, which empties this folder.\n",
        )
    };
    remade().with_context(|| format!("cannot make {}", dir.display()))
}

/// Tells the story up to the clock's now; `progress` hears of each day.
///
/// # Errors
/// When log or store do not answer.
pub async fn tell(
    app: &mut App,
    seed: u64,
    progress: &mut dyn FnMut(i64, i64),
) -> anyhow::Result<Told> {
    let now = app.state.clock.now();
    let start = Millis(now.0.div_euclid(DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS);
    let first = app::first_key(&app.state.store, start).await?;
    let first = first.context("the demo's store has a workspace already")?;
    let currency: Currency = "EUR".parse()?;
    let links = set_up(app, start, currency).await?;
    let mut visits = Visits::new(StdRng::seed_from_u64(seed), links, currency);
    for day in 0..DAYS {
        let midnight = start.plus_ms(day * DAY_MS);
        let mut entries = visits.day(midnight, &AUDIENCES);
        entries.retain(|(at, _)| *at <= now);
        entries.sort_by_key(|(at, _)| *at);
        ingest(app, entries.into_iter().map(|(_, entry)| entry)).await?;
        progress(day + 1, DAYS);
    }
    Ok(Told {
        token: first.token,
        campaign: CAMPAIGN,
    })
}

async fn ingest(app: &mut App, entries: impl Iterator<Item = Entry>) -> anyhow::Result<()> {
    let mut records = Records::default();
    for entry in entries {
        records.push_with(|out| entry.encode_into(out))?;
    }
    app.state.log.append(&records).await?;
    while app.worker.step(Duration::ZERO).await? != Outcome::Idle {}
    Ok(())
}

async fn set_up(app: &App, start: Millis, currency: Currency) -> anyhow::Result<Vec<Link>> {
    let mut tx = app.state.store.write().await?;
    let workspace = store::workspace::first(&mut tx)
        .await?
        .context("no workspace")?;
    let campaign = campaign(workspace.id, start, currency);
    campaign.check()?;
    store::campaign::insert(&mut tx, &campaign).await?;
    let mut links = Vec::new();
    for (name, _) in AUDIENCES {
        let network = app.state.registry.find(name)?;
        let link = link(app, &campaign, network, &workspace.convention)?;
        store::link::insert(&mut tx, &link).await?;
        links.push(link);
    }
    tx.commit().await?;
    Ok(links)
}

fn campaign(workspace_id: WorkspaceId, start: Millis, currency: Currency) -> Campaign {
    Campaign {
        id: CampaignId::new(start),
        workspace_id,
        name: "Spring lamp".to_owned(),
        utm_campaign: CAMPAIGN.to_owned(),
        aim: Aim::Goal(Goal {
            metric: Metric::Leads,
            target: 150,
            by: None,
        }),
        currency,
        time_zone: "Europe/Berlin".to_owned(),
        starts_at: Some(start),
        ends_at: Some(start.plus_ms((DAYS + 10) * DAY_MS)),
        hourly_rate: None,
        lead_window_days: None,
        sale_window_days: None,
        created_at: start,
        updated_at: start,
        archived_at: None,
    }
}

fn link(
    app: &App,
    campaign: &Campaign,
    network: &Network,
    convention: &Convention,
) -> anyhow::Result<Link> {
    let settings = &app.state.settings;
    let url = "https://shop.example/lamp";
    let tagged = tag(&Wanted {
        url,
        own_domains: &settings.domains,
        campaign: Some(campaign),
        network: Some(network),
        utm: &Utm::default(),
        conflict: UtmConflict::Error,
        click_id: ClickIdMode::Auto,
        click_id_param: None,
        convention,
    })?;
    let at = campaign.created_at;
    Ok(Link {
        id: LinkId::new(at),
        workspace_id: campaign.workspace_id,
        campaign_id: Some(campaign.id),
        post_id: None,
        network: Some(network.name.clone()),
        domain: settings.default_domain().to_owned(),
        slug: slug::generate(),
        url: url.to_owned(),
        destination: tagged.destination,
        utm: tagged.utm,
        intent: Intent::Promotion,
        click_id_param: tagged.click_id_param,
        created_at: at,
        updated_at: at,
        archived_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folder_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let precious = dir.path().join("precious");
        std::fs::write(&precious, "data").unwrap();
        assert!(make_folder(dir.path()).is_err());
        assert!(precious.exists());
        let own = dir.path().join("demo");
        make_folder(&own).unwrap();
        std::fs::write(own.join("old"), "data").unwrap();
        make_folder(&own).unwrap();
        assert!(!own.join("old").exists());
    }
}
