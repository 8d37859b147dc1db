//! Erased people are found by the queried identifiers, and by nothing else.

use std::collections::{BTreeSet, HashMap};

use leadline::clock::{Millis, QUARTER_HOUR_MS};
use leadline::id::ClickId;
use leadline::store::tombstone::{self, TombstoneKind};
use rstest::rstest;

use super::{T0, bits, workspace};
use crate::support::database::Database;

fn quarter(n: i64) -> Millis {
    T0.quarter_hour().plus_ms(n * QUARTER_HOUR_MS)
}

fn stand_in(n: i64) -> String {
    ClickId::from_parts(quarter(n), bits(7)).to_string()
}

#[rstest]
#[tokio::test]
async fn tombstones(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let asked = [stand_in(0), stand_in(3), "ann".to_owned(), "ben".to_owned()];
    let all: BTreeSet<Millis> = (-2..6).map(quarter).collect();
    assert_eq!(
        tombstone::erased_among(&mut tx, &asked).await.unwrap(),
        HashMap::new()
    );
    assert_eq!(
        tombstone::quarters(&mut tx, &all).await.unwrap(),
        BTreeSet::new()
    );

    let marks = [
        (TombstoneKind::Visit, stand_in(0)),
        (TombstoneKind::Visit, stand_in(1)),
        (TombstoneKind::Visit, stand_in(3)),
        (TombstoneKind::Customer, "ann".to_owned()),
    ];
    tombstone::add(&mut tx, one, &marks, T0).await.unwrap();
    // Asked for by itself, and then named by a person's conversion once more.
    for kind in [TombstoneKind::Click, TombstoneKind::Visit] {
        let again = [(kind, stand_in(3))];
        tombstone::add(&mut tx, one, &again, T0).await.unwrap();
    }
    let found = tombstone::erased_among(&mut tx, &asked).await.unwrap();
    let expected = [(0, false), (3, true)].map(|(n, person)| (stand_in(n), person));
    let expected = expected.into_iter().chain([("ann".to_owned(), true)]);
    assert_eq!(found, expected.collect());

    let some = BTreeSet::from([-1, 0, 2, 3].map(quarter));
    assert_eq!(
        tombstone::quarters(&mut tx, &some).await.unwrap(),
        BTreeSet::from([quarter(0), quarter(3)])
    );
    assert_eq!(
        tombstone::quarters(&mut tx, &all).await.unwrap(),
        BTreeSet::from([0, 1, 3].map(quarter))
    );
}
