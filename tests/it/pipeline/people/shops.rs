//! Event ids belong to their source, and erased data are recognised by any identifier.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{erase, holding};
use crate::pipeline::webhooks::{Shop, shop};
use crate::support::app::{Size, TestApp};

/// A shop that reports by webhook, beside one that reports over the API; each has its campaign.
struct Two {
    app: TestApp,
    shop: Shop,
    /// Of the sales that the API and the webhook report.
    campaigns: [String; 2],
    sent: usize,
}

impl Two {
    async fn new(size: Size) -> Two {
        let app = TestApp::spawn_in(size).await;
        let shop = shop(&app).await;
        let campaigns = [app.campaign("Spring").await, app.campaign("Summer").await];
        Two {
            app,
            shop,
            campaigns,
            sent: 0,
        }
    }

    async fn api(&mut self, body: &Value) {
        self.app.later(1000);
        let sent = self.app.post("/conversions", body).await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
        self.app.drain().await;
    }

    async fn webhook(&mut self, body: &Value) {
        self.app.later(1000);
        self.sent += 1;
        let id = format!("msg_{}", self.sent);
        let sent = self.shop.send(&self.app, &id, body).await;
        assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
        self.app.drain().await;
    }

    /// Event, the sale it names and the campaign of every refund.
    async fn refunds(&self) -> Vec<(String, String, Option<usize>)> {
        let all = self.app.get("/conversions?kind=refund").await.body;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let refunds = all["conversions"].as_array().unwrap().iter().map(|it| {
            let campaign = self
                .campaigns
                .iter()
                .position(|id| it["campaign_id"] == *id);
            (text(&it["event_id"]), text(&it["of"]), campaign)
        });
        refunds.collect()
    }

    async fn count(&self) -> usize {
        let all = self.app.get("/conversions").await.body;
        all["conversions"].as_array().unwrap().len()
    }
}

fn sale(customer: &str, campaign: &str) -> Value {
    json!({"kind": "sale", "event_id": "order-17", "value": {"amount": 5000, "currency": "EUR"},
           "customer": {"external_id": customer}, "utm": {"campaign": campaign}})
}

fn refund(event: &str) -> Value {
    json!({"kind": "refund", "event_id": event, "of": "order-17",
           "value": {"amount": 1000, "currency": "EUR"}})
}

fn lead(event: &str, customer: &Value) -> Value {
    json!({"kind": "lead", "event_id": event, "customer": customer})
}

#[rstest]
#[tokio::test]
async fn refunds_of_another_shops_sale_of_the_same_number_stay_its_own(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let mut two = Two::new(size).await;
    two.api(&sale("17", "spring")).await;
    two.webhook(&sale("99", "summer")).await;
    two.api(&refund("api-1")).await;
    two.webhook(&refund("shop-1")).await;
    let erased = erase(&two.app, &json!({"customer": "17"})).await;
    assert_eq!(erased.body, json!({"conversions": 1, "clicks": 0}));
    two.api(&refund("api-2")).await;
    two.webhook(&refund("shop-2")).await;
    let refunds = two.refunds().await;
    let other = &refunds[0].1;
    assert!(other.starts_with("erased:"), "{refunds:?}");
    let expected = [
        ("api-1", other.as_str(), Some(0)),
        ("shop-1", "order-17", Some(1)),
        ("api-2", other, Some(0)),
        ("shop-2", "order-17", Some(1)),
    ];
    let expected = expected.map(|(event, of, at)| (event.to_owned(), of.to_owned(), at));
    assert_eq!(refunds, expected);
}

/// The sale of somebody erased comes late, after refunds of it and of the other shop's.
#[rstest]
#[tokio::test]
async fn a_late_sale_takes_its_own_refunds_along_and_no_others(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let mut two = Two::new(size).await;
    erase(&two.app, &json!({"customer": "17"})).await;
    two.webhook(&sale("99", "summer")).await;
    two.webhook(&refund("shop-1")).await;
    two.api(&refund("api-1")).await;
    two.api(&sale("17", "spring")).await;
    for _ in 0..2 {
        let refunds = two.refunds().await;
        assert_eq!(refunds[0].1, "order-17");
        assert!(refunds[1].1.starts_with("erased:"), "{refunds:?}");
        assert_eq!([refunds[0].2, refunds[1].2], [Some(1), Some(0)]);
        two.api(&sale("17", "spring")).await;
    }
}

#[tokio::test]
async fn a_lead_of_the_sales_number_takes_no_refund_along() {
    let mut two = Two::new(Size::Embedded).await;
    two.webhook(&sale("99", "summer")).await;
    two.webhook(&refund("shop-1")).await;
    two.webhook(&lead("order-17", &json!({"external_id": "17"})))
        .await;
    erase(&two.app, &json!({"customer": "17"})).await;
    two.api(&lead("order-17", &json!({"external_id": "17"})))
        .await;
    let expected = ("shop-1".to_owned(), "order-17".to_owned(), Some(1));
    assert_eq!(two.refunds().await, [expected]);
}

#[rstest]
#[tokio::test]
async fn an_event_that_comes_again_with_other_marks_is_a_repeat(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let mut two = Two::new(size).await;
    let ann = json!({"external_id": "17"});
    two.webhook(&lead("signup-17", &ann)).await;
    two.webhook(&lead("visit-17", &json!({}))).await;
    erase(&two.app, &json!({"customer": "17"})).await;
    two.webhook(&lead("signup-17", &json!({}))).await;
    two.webhook(&lead("visit-17", &ann)).await;
    assert_eq!(two.count().await, 2);
    assert_eq!(holding(&two.app, &["signup-17"]).await, [""; 0]);
    // Another source's event of that name is another one.
    two.api(&lead("signup-17", &json!({}))).await;
    assert_eq!(two.count().await, 3);
}
