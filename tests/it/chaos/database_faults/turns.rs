//! On SQLite all writers share one connection: ingest releases it again and again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use leadline::click::{Flood, FloodedLink};
use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::event_log::entry::{Encode, Entry};
use leadline::event_log::local::{LocalLog, SEGMENT_BYTES};
use leadline::event_log::records::Records;
use leadline::event_log::{EventLog, SyncMode};
use leadline::id::{ClickId, ConversionId, LinkId, WorkspaceId};
use leadline::worker::StepOutcome;
use serde_json::json;

use crate::contract::store::T0;
use crate::support::app::TestApp;
use crate::support::ground::Ground;
use crate::support::process::free_port;

/// A lead of a customer of its own.
fn lead(workspace_id: WorkspaceId, n: u32) -> NewConversion {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    NewConversion {
        id: ConversionId::from_parts(T0, random),
        workspace_id,
        source_id: None,
        event_id: format!("lead-{n}"),
        kind: ConversionKind::Lead,
        name: None,
        occurred_at: T0.plus_ms(i64::from(n)),
        received_at: T0,
        value: None,
        refund_of: None,
        order: None,
        evidence: JoinEvidence {
            external_id: Some(format!("customer-{n}")),
            ..JoinEvidence::default()
        },
    }
}

fn flood(workspace_id: WorkspaceId, n: u32) -> Flood {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    Flood {
        id: ClickId::from_parts(T0, random),
        at: T0,
        clicks: 3,
        link: FloodedLink {
            workspace_id,
            link_id: LinkId::from_parts(T0, [1; 10]),
            campaign_id: None,
            network: None,
        },
    }
}

async fn fill(log: &EventLog, workspace: WorkspaceId, leads: u32) {
    let mut records = Records::default();
    for n in 0..leads {
        let entry = Entry::Conversion(lead(workspace, n));
        records.push_with(|out| entry.encode_into(out)).unwrap();
        if records.len() == 500 || n + 1 == leads {
            log.append(&records).await.unwrap();
            records.clear();
        }
    }
}

#[tokio::test]
async fn edits_have_their_turn_beside_a_burst_of_conversions() {
    const LEADS: u32 = 3_000;
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    fill(app.log(), app.workspace_id, LEADS).await;
    let (step, took, waits) = step_beside_edits(&app, &campaign).await;
    assert_eq!(step, StepOutcome::Worked(LEADS as usize));
    has_turns(took, &waits);
}

/// One entry of the log, and very much to do.
#[tokio::test]
async fn edits_have_their_turn_beside_a_promo_code_that_many_have_used() {
    const LEADS: u32 = 1_500;
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let mut records = Records::default();
    for n in 0..LEADS {
        let mut report = lead(app.workspace_id, n);
        report.evidence.promo_codes = vec!["POD10".to_owned()];
        let entry = Entry::Conversion(report);
        records.push_with(|out| entry.encode_into(out)).unwrap();
        if records.len() == 500 {
            app.log().append(&records).await.unwrap();
            records.clear();
        }
    }
    app.drain().await;
    let code = json!({"code": "POD10", "campaign_id": campaign, "network": "instagram"});
    let made = app.post("/promo-codes", &code).await;
    assert_eq!(made.status, 201, "{made:?}");
    let (step, took, waits) = step_beside_edits(&app, &campaign).await;
    assert_eq!(step, StepOutcome::Worked(1));
    has_turns(took, &waits);
    let report = app.report(&campaign).await;
    assert_eq!(report["total"]["leads"], LEADS, "each was joined once");
}

/// A step of the worker, how long it took, and how long each edit beside it did, the shortest
/// first.
async fn step_beside_edits(
    app: &TestApp,
    campaign: &str,
) -> (StepOutcome, Duration, Vec<Duration>) {
    let (begun, is_done) = (Instant::now(), AtomicBool::new(false));
    let ingest = async {
        let step = app.step().await.unwrap();
        is_done.store(true, Ordering::Relaxed);
        (step, begun.elapsed())
    };
    let edits = async {
        let mut waits = Vec::new();
        while !is_done.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let body = json!({"name": format!("Spring {}", waits.len())});
            let edit = app.patch(&format!("/campaigns/{campaign}"), &body).await;
            assert_eq!(edit.status, 200, "{edit:?}");
            waits.push(begun.elapsed());
        }
        waits.sort();
        waits
    };
    let ((step, took), waits) = futures_util::future::join(ingest, edits).await;
    (step, took, waits)
}

fn has_turns(took: Duration, waits: &[Duration]) {
    let slowest = waits[waits.len() - 1];
    assert!(waits.len() >= 5, "{} edits in {took:?}", waits.len());
    assert!(slowest < took / 4, "{slowest:?} of {took:?}");
}

/// Floods stand between the leads, as a burst of both leaves them in the log.
#[tokio::test]
async fn no_conversion_is_lost_beside_floods() {
    const LEADS: u32 = 1_000;
    let app = TestApp::spawn().await;
    for from in (0..LEADS).step_by(100) {
        let mut records = Records::default();
        for n in from..from + 100 {
            let entry = Entry::Conversion(lead(app.workspace_id, n));
            records.push_with(|out| entry.encode_into(out)).unwrap();
        }
        for n in 0..5 {
            let entry = Entry::Flood(flood(app.workspace_id, from + n));
            records.push_with(|out| entry.encode_into(out)).unwrap();
        }
        app.log().append(&records).await.unwrap();
    }
    app.drain().await;
    let mut tx = app.state.context.store.read().await.unwrap();
    let mut lost = Vec::new();
    for n in 0..LEADS {
        let report = lead(app.workspace_id, n);
        let found = leadline::store::conversion::first_of(&mut tx, &report).await;
        if found.unwrap().is_none() {
            lost.push(n);
        }
    }
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_full_log() {
    const LEADS: u32 = 30_000;
    let ground = Ground::embedded().await;
    let mut tx = ground.store.read().await.unwrap();
    let workspace = leadline::store::workspace::first(&mut tx).await.unwrap();
    drop(tx);
    let folder = ground.folder("s").join("log");
    std::fs::create_dir_all(&folder).unwrap();
    let log = LocalLog::open(&folder, SyncMode::Process, SEGMENT_BYTES)
        .await
        .unwrap();
    let log = EventLog::Local(log);
    fill(&log, workspace.unwrap().id, LEADS).await;
    drop(log);
    let server = ground.node("serve", "s", free_port());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let status = server.stop("TERM");
    let took = begun.elapsed();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let log = LocalLog::open(&folder, SyncMode::Process, SEGMENT_BYTES)
        .await
        .unwrap();
    let left = EventLog::Local(log).depth().await.unwrap();
    // It was stopped in the middle: some were written, and what was not reached waits.
    assert!(0 < left && left < u64::from(LEADS), "{left}");
}
