//! Stories with several touches on each path, in shuffled orders: every model gives the same
//! credits.

use leadline::click::{RawClick, RequestContext, Visitor};
use leadline::clock::{DAY_MS, Millis};
use leadline::conversion::{ClickIdSource, ConversionKind, JoinEvidence, NewConversion};
use leadline::event_log::entry::Entry;
use leadline::id::{CampaignId, ClickId, ConversionId, LinkId, WorkspaceId};
use leadline::money::Money;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{all_credits, campaign};
use crate::support::app::{CHROME, NOON, TestApp};

const NETWORKS: [Option<&str>; 4] = [Some("x"), Some("facebook"), Some("linkedin"), None];

/// Days that a story lasts.
const DAYS: i64 = 60;

struct Story {
    dice: StdRng,
    workspace: WorkspaceId,
    campaign: CampaignId,
    link: LinkId,
    entries: Vec<Entry>,
    clicks: Vec<ClickId>,
}

impl Story {
    /// Some quarter of a day of the story, so that moments meet.
    fn moment(&mut self) -> Millis {
        NOON.plus_ms(self.dice.random_range(0..DAYS * 4) * DAY_MS / 4)
    }

    fn click(&mut self) {
        let at = self.moment();
        let id = ClickId::from_parts(at, self.dice.random());
        let network = NETWORKS[self.dice.random_range(0..NETWORKS.len())];
        self.clicks.push(id);
        self.entries.push(Entry::Click(RawClick {
            id,
            workspace_id: self.workspace,
            link_id: self.link,
            // Some clicks are of links without a campaign.
            campaign_id: (!self.dice.random_bool(0.2)).then_some(self.campaign),
            network: network.map(str::to_owned),
            clicked_at: at,
            visitor: Some(Visitor(self.dice.random())),
            user_agent: Some(CHROME.to_owned()),
            referrer: None,
            context: RequestContext::default(),
        }));
    }

    fn report(&mut self, n: u8, kind: ConversionKind, of: Option<&str>) {
        let at = self.moment();
        let mut evidence = JoinEvidence::default();
        for click in self.clicks.clone() {
            if self.dice.random_bool(0.5) && of.is_none() {
                let brought = [
                    ClickIdSource::Given,
                    ClickIdSource::Landing,
                    ClickIdSource::Path,
                ];
                evidence.add_click(click, brought[self.dice.random_range(0..3)]);
            }
        }
        if of.is_none() {
            let (id, email) = (self.dice.random_range(0..3), self.dice.random_range(0..3));
            evidence.external_id = (id > 0).then(|| format!("ann-{id}"));
            evidence.email_hash = (email > 0).then(|| format!("mail-{email}"));
        }
        let amount = match kind {
            ConversionKind::Sale => Some(self.dice.random_range(1..10_000)),
            ConversionKind::Refund => Some(-self.dice.random_range(1..10_000)),
            _ => None,
        };
        self.entries.push(Entry::Conversion(NewConversion {
            id: ConversionId::from_parts(at, self.dice.random()),
            workspace_id: self.workspace,
            source_id: None,
            event_id: format!("e{n}"),
            kind,
            name: (kind == ConversionKind::Event).then(|| "asked".to_owned()),
            occurred_at: at,
            received_at: at,
            value: amount.map(|amount| Money {
                amount,
                currency: "EUR".parse().unwrap(),
            }),
            refund_of: of.map(str::to_owned),
            evidence,
            order: None,
        }));
    }

    /// Six clicks and what came of them.
    fn play(&mut self) {
        for _ in 0..6 {
            self.click();
        }
        let kinds = [
            ConversionKind::Lead,
            ConversionKind::Lead,
            ConversionKind::Sale,
            ConversionKind::Sale,
            ConversionKind::Sale,
            ConversionKind::Event,
        ];
        for (n, kind) in (0u8..).zip(kinds) {
            self.report(n, kind, None);
        }
        self.report(7, ConversionKind::Refund, Some("e2"));
        self.report(8, ConversionKind::Refund, Some("e3"));
    }
}

#[tokio::test]
async fn every_order_of_arrival_ends_in_the_same_credits() {
    let mut several = 0;
    for seed in 0..14 {
        let mut dice = StdRng::seed_from_u64(seed);
        let app = TestApp::spawn().await;
        let windows = json!({
            "lead_window_days": dice.random_range(5..40), "sale_window_days": dice.random_range(5..40),
        });
        let id = campaign(&app, "Spring", windows).await;
        app.links(&id, &["x"]).await;
        let link: Value = app.get("/links").await.body["links"][0].clone();
        let mut story = Story {
            dice,
            workspace: app.workspace_id,
            campaign: id.parse().unwrap(),
            link: link["id"].as_str().unwrap().parse().unwrap(),
            entries: Vec::new(),
            clicks: Vec::new(),
        };
        story.play();
        app.clock.set(NOON.plus_ms((DAYS + 1) * DAY_MS));
        let mut expected = None;
        for _ in 0..4 {
            let mut fresh = TestApp::spawn_like(&app, &link).await;
            fresh.workspace_id = app.workspace_id;
            for entry in &story.entries {
                let record = entry.encode().unwrap();
                let records = [record].iter().collect();
                fresh.log().append(&records).await.unwrap();
                // Some come in one batch, some alone.
                if story.dice.random() {
                    fresh.drain().await;
                }
            }
            fresh.drain().await;
            let credits = all_credits(&fresh).await;
            assert_eq!(credits.len(), 8);
            let expected = expected.get_or_insert_with(|| credits.clone());
            assert_eq!(*expected, credits, "seed {seed}");
            let shares = credits.iter().flat_map(|(_, by_model)| by_model.values());
            several += shares.filter(|shares| shares.len() > 1).count();
            story.entries.shuffle(&mut story.dice);
        }
    }
    assert!(
        several > 200,
        "{several} conversions were shared among several touches"
    );
}
