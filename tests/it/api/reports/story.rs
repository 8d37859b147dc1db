//! A random story: clicks of a few people and conversions of most kinds, with every kind of
//! evidence.

use leadline::clock::DAY_MS;
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{CHROME, TestApp, click_id, location};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

/// A campaign with five links for three networks, and what has happened so far.
pub(super) struct Story {
    pub(super) campaign: String,
    links: Vec<String>,
    clicks: Vec<String>,
    /// Event ids and minor units.
    sales: Vec<(String, i64)>,
    steps: u32,
}

impl Story {
    /// Ten days of it, and costs.
    pub(super) async fn played(app: &TestApp, rng: &mut StdRng) -> Story {
        Story::played_with(app, rng, Vec::new()).await
    }

    /// The same, where people visit these links too.
    pub(super) async fn played_with(
        app: &TestApp,
        rng: &mut StdRng,
        mut links: Vec<String>,
    ) -> Story {
        let campaign = app.campaign("Spring").await;
        links.extend(app.links(&campaign, &["x", "linkedin", "facebook"]).await);
        for intent in ["helpful", "conversation"] {
            let body = json!({"url": "https://shop.example/lamp", "networks": ["x"], "intent": intent,
                              "text": "Look: {link}"});
            let path = format!("/campaigns/{campaign}/links");
            let made = app.post(&path, &body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
            let link = made.body["links"][0]["short_url"].as_str().unwrap();
            links.push(link.to_owned());
        }
        let mut story = Story {
            campaign,
            links,
            clicks: Vec::new(),
            sales: Vec::new(),
            steps: 0,
        };
        for _ in 0..60 {
            app.later(rng.random_range(1..DAY_MS / 3));
            story.go_on(app, rng).await;
        }
        story.costs(app).await;
        app.drain().await;
        story
    }

    /// A click, or a conversion.
    pub(super) async fn go_on(&mut self, app: &TestApp, rng: &mut StdRng) {
        self.steps += 1;
        if self.steps <= 5 || rng.random_bool(0.6) {
            let agent = [CHROME, IPHONE][rng.random_range(0..2)];
            let agent = format!("{agent} {}", rng.random_range(0..6));
            let from = ["https://t.co/x", "https://www.reddit.com/", ""][rng.random_range(0..3)];
            let headers = [("user-agent", agent.as_str()), ("referer", from)];
            let link = &self.links[rng.random_range(0..self.links.len())];
            let answer = app.click(link, &headers).await;
            self.clicks.push(click_id(&location(&answer)));
            return;
        }
        let mut report = self.conversion(rng);
        if rng.random_bool(0.3) {
            // Told late, so that it comes before others.
            let late = rng.random_range(0..4 * DAY_MS);
            report["occurred_at"] = app.clock.now().plus_ms(-late).to_string().into();
        }
        let told = app.post("/conversions", &report).await;
        assert!(told.status.is_success(), "{report}: {}", told.body);
    }

    /// A lead, sale or refund with whatever evidence.
    fn conversion(&mut self, rng: &mut StdRng) -> Value {
        let step = self.steps;
        let mut report = match rng.random_range(0..4) {
            0 => json!({"kind": "lead"}),
            1 | 2 => {
                let amount = rng.random_range(1..100_000);
                let currency = if rng.random_bool(0.8) { "EUR" } else { "USD" };
                self.sales.push((format!("e{step}"), amount));
                json!({"kind": "sale", "value": {"amount": amount, "currency": currency}})
            }
            _ => match self.sales.last() {
                Some((sale, amount)) => json!({"kind": "refund", "of": sale,
                    "value": {"amount": rng.random_range(1..=*amount), "currency": "EUR"}}),
                None => json!({"kind": "lead"}),
            },
        };
        report["event_id"] = format!("e{step}").into();
        if report["kind"] != "refund" {
            self.add_evidence(rng, &mut report);
        }
        report
    }

    fn add_evidence(&self, rng: &mut StdRng, report: &mut Value) {
        let customer = |rng: &mut StdRng| format!("c{}", rng.random_range(0..3));
        match rng.random_range(0..6) {
            0 => report["customer"] = json!({"external_id": customer(rng)}),
            // Ties two of them together where both are known by then.
            1 => {
                let email = format!("{}@shop.example", customer(rng));
                report["customer"] = json!({"external_id": customer(rng), "email": email});
            }
            2 => report["utm"] = json!({"campaign": "spring", "source": "x"}),
            3 => {}
            _ => {
                let click = |_| self.clicks[rng.random_range(0..self.clicks.len())].clone();
                report["path"] = (0..3).map(click).collect::<Vec<_>>().into();
            }
        }
    }

    async fn costs(&self, app: &TestApp) {
        let campaign = &self.campaign;
        let costs = json!([
            {"campaign_id": campaign, "network": "x", "from": "2026-03-10", "to": "2026-03-12",
             "money": {"amount": 1001, "currency": "EUR"}},
            {"campaign_id": campaign, "from": "2026-03-10", "to": "2026-03-16",
             "money": {"amount": 777, "currency": "EUR"}},
        ]);
        let told = app.post("/costs", &costs).await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    }
}
