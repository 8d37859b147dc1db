//! Cases that only orders cause: conversions whose identifiers change, and conversions that are
//! removed.

use super::*;
use crate::attribution::AttributionSettings;
use crate::clock::Millis;
use crate::conversion::JoinEvidence;
use crate::conversion::order::{OrderFact, OrderObservation};
use crate::id::SourceId;
use crate::network::NetworkRegistry;
use crate::worker::batch_metrics::BatchMetrics;
use crate::worker::join::Joiner;
use crate::worker::orders::{self, OrderSource};

const T0: Millis = Millis(1_773_144_000_000);

const TERMS: AttributionSettings = AttributionSettings {
    window_days: 30,
    sale_window_days: 90,
    half_life_days: 7,
};

struct Shop {
    store: Store,
    registry: NetworkRegistry,
    source: OrderSource,
    _dir: tempfile::TempDir,
}

fn evidence(external_id: Option<&str>, email: Option<&str>) -> JoinEvidence {
    JoinEvidence {
        external_id: external_id.map(str::to_owned),
        email_hash: email.map(str::to_owned),
        ..JoinEvidence::default()
    }
}

fn known(version: i64, evidence: JoinEvidence) -> OrderObservation {
    OrderObservation {
        part: "who".to_owned(),
        version: T0.plus_ms(version),
        fact: OrderFact::Known { evidence },
    }
}

fn paid() -> OrderObservation {
    let currency = "EUR".parse().unwrap();
    OrderObservation {
        part: "paid".to_owned(),
        version: T0,
        fact: OrderFact::Paid {
            at: T0,
            total: crate::money::Money {
                amount: 4999,
                currency,
            },
        },
    }
}

impl Shop {
    async fn open() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/test.db", dir.path().display());
        let store = Store::open(&url.into(), 2).await.unwrap();
        store.migrate().await.unwrap();
        Shop {
            store,
            registry: NetworkRegistry::embedded().unwrap(),
            source: OrderSource {
                workspace_id: WorkspaceId::new(T0),
                source_id: SourceId::new(T0),
                received_at: T0,
            },
            _dir: dir,
        }
    }

    async fn order(&self, observation: OrderObservation) {
        let mut tx = self.store.ingest().await.unwrap();
        let mut affected = Vec::new();
        let names = [(0, "o-1".to_owned())];
        orders::apply(
            &mut tx,
            self.source,
            None,
            &names,
            vec![observation],
            (&BatchMetrics::default(), &mut affected),
        )
        .await
        .unwrap();
        let joins = Joiner::new(&mut tx, &self.registry, TERMS);
        joins.run(affected).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn lead(&self, evidence: JoinEvidence) {
        let report = NewConversion {
            id: ConversionId::new(T0),
            workspace_id: self.source.workspace_id,
            source_id: None,
            event_id: "lead".to_owned(),
            kind: ConversionKind::Lead,
            name: None,
            occurred_at: T0,
            received_at: T0,
            value: None,
            refund_of: None,
            evidence,
            order: None,
        };
        let mut tx = self.store.ingest().await.unwrap();
        assert!(ledger::insert(&mut tx, &report).await.unwrap());
        let joins = Joiner::new(&mut tx, &self.registry, TERMS);
        joins.run(vec![(T0, report.id)]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Ids, whether an address is known, and the count of conversions of each customer.
    async fn customers(&self) -> Vec<(String, bool, i64)> {
        let mut tx = self.store.read().await.unwrap();
        let page = crate::store::Page {
            after: None,
            limit: 100,
        };
        let all = customer::query::CustomerFilter::default();
        let workspace = self.source.workspace_id;
        let found = customer::query::list(&mut tx, workspace, &all, &page).await;
        let ids: Vec<CustomerId> = found.unwrap().iter().map(|customer| customer.id).collect();
        let known = customer::query::known(&mut tx, &ids).await.unwrap();
        let brought = customer::query::brought(&mut tx, &ids).await.unwrap();
        let mut all: Vec<_> = ids
            .iter()
            .map(|id| {
                let count = brought[id].iter().map(|total| total.conversions).sum();
                (known[id].external_ids.join(" "), known[id].email, count)
            })
            .collect();
        all.sort();
        all
    }
}

/// An order first names one address and later another one, and somebody signs up with the first. In
/// each of the 24 orders of arrival the result is two people.
#[tokio::test]
async fn who_was_tied_by_an_order_that_was_mended_falls_apart() {
    let mut orders: Vec<Vec<usize>> = vec![vec![]];
    for next in 0..4 {
        let longer = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=next).map(move |place| {
                let mut order = order.clone();
                order.insert(place, next);
                order
            })
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        let shop = Shop::open().await;
        for step in &order {
            match step {
                0 => shop.order(known(1, evidence(Some("ann"), Some("a")))).await,
                1 => shop.order(known(2, evidence(Some("ann"), Some("b")))).await,
                2 => shop.order(paid()).await,
                _ => shop.lead(evidence(None, Some("a"))).await,
            }
        }
        let expected = [(String::new(), true, 1), ("ann".to_owned(), true, 1)];
        assert_eq!(shop.customers().await, expected, "{order:?}");
    }
}

/// An order without identifiers belongs to no customer.
#[tokio::test]
async fn who_has_no_conversion_left_is_gone() {
    let shop = Shop::open().await;
    shop.order(known(1, evidence(Some("ann"), None))).await;
    shop.order(paid()).await;
    assert_eq!(shop.customers().await, [("ann".to_owned(), false, 1)]);
    shop.order(known(2, evidence(Some("ben"), None))).await;
    assert_eq!(shop.customers().await, [("ben".to_owned(), false, 1)]);
    shop.order(known(3, evidence(None, None))).await;
    assert_eq!(shop.customers().await, []);
}
