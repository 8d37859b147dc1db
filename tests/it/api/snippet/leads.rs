//! Leads that a page reports by the script.

use std::time::Duration;

use leadline::store::key::Scope;
use serde_json::json;

use super::{path, shop};
use crate::support::app::TestApp;
use crate::support::browser::Page;

#[tokio::test]
async fn a_lead_from_a_page_joins_to_its_click() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let shop = shop(&app, &format!("data-key=\"{key}\" data-consent=\"true\""));
    let campaign = app.campaign("Spring").await;
    let fan_out = json!({"url": format!("{}/landing", shop.base), "networks": ["x", "linkedin"]});
    let made = app
        .post(&format!("/campaigns/{campaign}/links"), &fan_out)
        .await;
    let page = Page::open().await;
    for n in 0..2 {
        let link = made.body["links"][n]["short_url"].as_str().unwrap();
        page.visit(link).await;
        app.later(1000);
    }
    page.visit(&format!("{}/thanks", shop.base)).await;
    let clicks = path(&page).await;
    assert_eq!(clicks.as_array().unwrap().len(), 2);
    let told = "return leadline.lead({email: 'ann@shop.example', externalId: 17});";
    let told = page.run(told).await;
    assert_eq!(told["status"], "queued");
    app.drain().await;
    let found = app.get("/conversions").await.body["conversions"][0].clone();
    assert_eq!(found["kind"], "lead");
    assert_eq!(found["event_id"], told["eventId"]);
    assert_eq!(found["joined_by"], "path");
    assert_eq!(found["click_id"], clicks[1]);
    assert_eq!(found["network"], "linkedin");
    assert_eq!(found["customer_external_id"], "17");

    // The person comes back without any click, and another shop page has UTM tags only.
    page.run("leadline.consent(false)").await;
    page.visit(&format!(
        "{}/thanks?utm_campaign=spring&utm_source=x",
        shop.base
    ))
    .await;
    page.visit(&format!("{}/thanks", shop.base)).await;
    app.later(1000);
    page.run("return leadline.lead({eventId: 'signup-2'});")
        .await;
    page.run(
        "const kept = JSON.parse(localStorage.leadline);
         kept.utm[1] -= 90 * 864e5; localStorage.leadline = JSON.stringify(kept);",
    )
    .await;
    app.later(1000);
    page.run("return leadline.lead({eventId: 'signup-3'});")
        .await;
    let refused = "return leadline.lead({email: 'nobody'}).catch((error) => error.message);";
    let refused = page.run(refused).await;
    assert_eq!(refused, "`customer.email` is not an e-mail address");
    app.drain().await;
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(found.as_array().unwrap().len(), 3);
    assert_eq!(found[1]["event_id"], "signup-2");
    assert_eq!(found[1]["joined_by"], "utm");
    assert_eq!(found[1]["network"], "x");
    assert_eq!(found[2]["joined_by"], "none", "its tags were too old");
}

/// Waits until so many leads are in the log.
async fn arrived(app: &TestApp, leads: u64) {
    let arrived = tokio::time::timeout(Duration::from_secs(10), async {
        while app.log().depth().await.unwrap() < leads {
            tokio::task::yield_now().await;
        }
    });
    arrived.await.expect("the leads arrive");
}

/// The form of the guide for forms, sent so many times before the browser leaves the page.
async fn sign_up(page: &Page, email: &str, times: u64) {
    page.run(&format!(
        "signup.insertAdjacentHTML('beforeend', '<input type=email name=email value=\"{email}\">');
         signup.addEventListener('submit', (event) => {{
             window.leadline?.lead({{ email: event.target.elements.email.value }});
         }});
         for (let time = 0; time < {times}; time++) signup.requestSubmit();"
    ))
    .await;
}

/// As the guide for forms has it: the browser leaves the page while the lead is on its way. A
/// double click, and the form sent again, are one lead of one person.
#[tokio::test]
async fn a_form_sent_twice_is_one_lead_that_outlives_the_page() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let shop = shop(&app, &format!("data-key=\"{key}\""));
    let page = Page::open().await;
    for (place, email, times) in [
        ("/landing?utm_source=x", "ann@shop.example", 2),
        ("/landing", "Ann@shop.example", 1),
        ("/landing", "ben@shop.example", 1),
    ] {
        page.visit(&format!("{}{place}", shop.base)).await;
        sign_up(&page, email, times).await;
        arrived(&app, times).await;
        assert_eq!(shop.posted().await.0, "/signup");
        app.drain().await;
        app.later(1000);
    }
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found[0]["kind"], "lead");
}

#[tokio::test]
async fn a_lead_with_a_misspelled_field_or_of_nobody_is_refused_aloud() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let shop = shop(&app, &format!("data-key=\"{key}\""));
    let page = Page::open().await;
    page.visit(&format!("{}/landing", shop.base)).await;
    let unknown = "unknown mail: use email, externalId, eventId, promoCode";
    let nobody = "email, externalId or eventId is missing";
    for (lead, why) in [
        ("lead({mail: 'ann@shop.example'})", unknown),
        ("lead({email: 'ann@shop.example', mail: 'x'})", unknown),
        ("lead()", nobody),
        ("lead({email: ''})", nobody),
        ("lead({promoCode: 'ANN10'})", nobody),
    ] {
        let told = format!(
            "const told = []; console.error = (text) => told.push(text);
             told.push(await leadline.{lead}.then(() => 'sent', (error) => error.message));
             return told;"
        );
        let expected = json!([format!("leadline.lead: {why}"), why]);
        assert_eq!(page.run(&told).await, expected, "{lead}");
    }
    app.drain().await;
    let found = app.get("/conversions").await.body;
    assert_eq!(found["conversions"], json!([]));
}
