//! A turn reports exactly the entries that it has written.

use super::*;
use std::sync::Arc;

use crate::click::{Flood, FloodedLink};
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::id::{ClickId, ConversionId, LinkId};
use crate::store::Store;
use crate::vault::Vault;

const T0: Millis = Millis(1_773_144_000_000);

const TERMS: AttributionSettings = AttributionSettings {
    window_days: 30,
    sale_window_days: 90,
    half_life_days: 7,
};

fn flood(workspace_id: WorkspaceId) -> EnrichedEntry {
    EnrichedEntry::Flood(Flood {
        id: ClickId::new(T0),
        at: T0,
        clicks: 7,
        link: FloodedLink {
            workspace_id,
            link_id: LinkId::new(T0),
            campaign_id: None,
            network: None,
        },
    })
}

fn lead(workspace_id: WorkspaceId, event: &str) -> EnrichedEntry {
    EnrichedEntry::Conversion(Box::new(NewConversion {
        id: ConversionId::new(T0),
        workspace_id,
        source_id: None,
        event_id: event.to_owned(),
        kind: ConversionKind::Lead,
        name: None,
        occurred_at: T0,
        received_at: T0,
        value: None,
        refund_of: None,
        evidence: JoinEvidence::default(),
        order: None,
    }))
}

/// The number of entries that a turn without any time reports as written, and which ones are.
async fn reached(entries: &[EnrichedEntry]) -> (usize, Vec<bool>) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/test.db", dir.path().display());
    let store = Store::open(&url.into(), 2).await.unwrap();
    store.migrate().await.unwrap();
    let mut tx = store.ingest().await.unwrap();
    let registry = NetworkRegistry::embedded().unwrap();
    let mut tombstones = Tombstones::new(Arc::new(Vault::from_key([7; 32])));
    let all: Vec<&EnrichedEntry> = entries.iter().collect();
    let written = apply(
        &mut tx,
        &mut ClickWriter::default(),
        (&registry, TERMS),
        &mut tombstones,
        &all,
        (T0, TimeBudget::over()),
        &mut None,
    )
    .await
    .unwrap();
    let mut is_written = Vec::new();
    for entry in entries {
        is_written.push(match entry {
            EnrichedEntry::Conversion(report) => conversion::first_of(&mut tx, report)
                .await
                .unwrap()
                .is_some(),
            // If it is added again, a flood that was already written does not count.
            EnrichedEntry::Flood(flood) => {
                let again = ClickWriter::default()
                    .add_floods(&mut tx, &[flood], T0)
                    .await;
                again.unwrap() == 0
            }
            other => panic!("{other:?}"),
        });
    }
    (written.count, is_written)
}

#[tokio::test]
async fn an_exhausted_turn_counts_no_entry_that_it_did_not_write() {
    let workspace = WorkspaceId::new(T0);
    let orders: [&[&str]; 4] = [
        &["a", "b", "flood"],
        &["a", "flood", "b"],
        &["flood", "a", "b"],
        &["flood", "a", "flood", "b", "c", "flood"],
    ];
    for order in orders {
        let entry = |name: &&str| match *name {
            "flood" => flood(workspace),
            event => lead(workspace, event),
        };
        let entries: Vec<EnrichedEntry> = order.iter().map(entry).collect();
        let (count, is_written) = reached(&entries).await;
        assert!(count > 0, "a turn writes something: {order:?}");
        assert!(count < entries.len(), "the turn is over: {order:?}");
        assert!(
            is_written[..count].iter().all(|written| *written),
            "{count} of {order:?} are acknowledged, written are {is_written:?}"
        );
    }
}
