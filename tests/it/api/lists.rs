//! Lists of clicks and conversions: their filters, their pages, all rows as a stream, and single
//! rows.

mod bounds;
mod clicks;
mod commands;
mod conversions;
mod single;
mod streams;

use std::ops::Range;

use leadline::click::{ClickClass, EnrichedClick, RawClick, RequestContext};
use leadline::clock::Millis;
use leadline::conversion::{ConversionKind, JoinEvidence, MatchRule, NewConversion};
use leadline::id::{ClickId, ConversionId};
use leadline::money::Money;
use leadline::store;
use leadline::store::click_event::writer::ClickWriter;
use leadline::store::conversion::Join;
use serde_json::{Value, json};

use crate::support::app::{CHROME, NOON, TestApp};
use crate::support::finding;

/// The links of a new post, one for each network.
async fn links(app: &TestApp, campaign: &str, networks: &[&str]) -> Vec<Value> {
    let body = json!({"url": "https://shop.example/lamp", "networks": networks});
    let made = app
        .post(&format!("/campaigns/{campaign}/links"), &body)
        .await;
    made.body["links"].as_array().unwrap().clone()
}

fn of(link: &Value, field: &str) -> String {
    link[field].as_str().unwrap().to_owned()
}

/// A click of a link.
fn hit(app: &TestApp, link: &Value, at: Millis, number: u32) -> RawClick {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&number.to_be_bytes());
    RawClick {
        id: ClickId::from_parts(at, random),
        workspace_id: app.workspace_id,
        link_id: of(link, "id").parse().unwrap(),
        campaign_id: link["campaign_id"].as_str().map(|id| id.parse().unwrap()),
        network: link["network"].as_str().map(str::to_owned),
        clicked_at: at,
        visitor: None,
        user_agent: Some(CHROME.to_owned()),
        referrer: None,
        context: RequestContext::default(),
    }
}

/// Writes clicks as the worker does.
async fn insert(app: &TestApp, hits: &[RawClick]) {
    let finding = finding(ClickClass::Human);
    let sighting = |hit| EnrichedClick {
        hit,
        finding: &finding,
    };
    let sightings: Vec<_> = hits.iter().map(sighting).collect();
    let mut tx = app.state.context.store.ingest().await.unwrap();
    let mut writer = ClickWriter::default();
    writer.insert_all(&mut tx, &sightings).await.unwrap();
    tx.commit().await.unwrap();
}

/// So many clicks, one in a second from noon on.
async fn insert_many(app: &TestApp, link: &Value, numbers: Range<u32>) {
    let hits: Vec<RawClick> = numbers
        .map(|n| hit(app, link, NOON.plus_ms(1000 * i64::from(n)), n))
        .collect();
    insert(app, &hits).await;
}

/// A lead that was reported and occurred at noon, and a second later for each number.
fn lead(app: &TestApp, number: u32) -> NewConversion {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&number.to_be_bytes());
    let at = NOON.plus_ms(1000 * i64::from(number));
    NewConversion {
        id: ConversionId::from_parts(at, random),
        workspace_id: app.workspace_id,
        source_id: None,
        event_id: format!("e-{number}"),
        kind: ConversionKind::Lead,
        name: None,
        occurred_at: at,
        received_at: at,
        value: None,
        refund_of: None,
        evidence: JoinEvidence::default(),
        order: None,
    }
}

/// Something paid.
fn sale(app: &TestApp, number: u32, amount: i64) -> NewConversion {
    NewConversion {
        kind: ConversionKind::Sale,
        value: Some(Money {
            amount,
            currency: "EUR".parse().unwrap(),
        }),
        ..lead(app, number)
    }
}

/// What credits a link's campaign and network.
fn credited(link: &Value, joined_by: MatchRule) -> Join {
    Join {
        joined_by,
        click_id: None,
        campaign_id: link["campaign_id"].as_str().map(|id| id.parse().unwrap()),
        network: link["network"].as_str().map(str::to_owned),
        link_id: Some(of(link, "id").parse().unwrap()),
        via: None,
        unjoined: None,
    }
}

/// Writes conversions as the worker does.
async fn insert_conversions(app: &TestApp, all: &[(NewConversion, Option<Join>)]) {
    let mut tx = app.state.context.store.ingest().await.unwrap();
    for (new, join) in all {
        assert!(store::conversion::insert(&mut tx, new).await.unwrap());
        if let Some(join) = join {
            store::conversion::set_join(&mut tx, new.id, join)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
}

/// Every row of a list, by pages of this size; between two of them something happens.
async fn paged(
    app: &TestApp,
    path: &str,
    rows: &str,
    limit: usize,
    between: impl AsyncFn(usize),
) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let mark = if path.contains('?') { '&' } else { '?' };
        let answer = app.get(&format!("{path}{mark}limit={limit}{cursor}")).await;
        let found = answer.body[rows].as_array();
        let found = found.unwrap_or_else(|| panic!("{path} {answer:?}"));
        assert!(found.len() <= limit);
        all.extend(found.clone());
        let Some(next) = answer.body["next_cursor"].as_str() else {
            return all;
        };
        assert_eq!(found.len(), limit, "only the last page may be short");
        cursor = format!("&cursor={next}");
        between(page).await;
    }
    all
}

/// One field of each row.
fn each(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| of(row, field)).collect()
}
