//! The number of different people who clicked, over any period.

use leadline::campaign_report::People;
use leadline::click::{ClickClass, EnrichedClick, FirstVisit, RawClick, Visitor};
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::id::{ClickId, WorkspaceId};
use leadline::store::click_event::people::{pack_next, people};
use leadline::store::click_event::writer::{ClickInsertion, ClickWriter};
use leadline::store::{Store, Tx};
use rstest::rstest;

use super::{T0, campaign_id, link_id, workspace};
use crate::support::database::Database;
use crate::support::finding;

/// Link 1 is for x, 2 and 3 for linkedin.
pub(super) fn hit(
    workspace_id: WorkspaceId,
    number: u64,
    link: u8,
    visitor: u64,
    at: i64,
) -> RawClick {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    RawClick {
        id: ClickId::from_parts(T0.plus_ms(at), random),
        workspace_id,
        link_id: link_id(link),
        campaign_id: Some(campaign_id(1)),
        network: Some(if link == 1 { "x" } else { "linkedin" }.to_owned()),
        clicked_at: T0.plus_ms(at),
        visitor: Some(Visitor(visitor)),
        user_agent: None,
        referrer: None,
        context: leadline::click::RequestContext::default(),
    }
}

pub(super) async fn insert(
    store: &Store,
    writer: &mut ClickWriter,
    hits: &[RawClick],
) -> Vec<ClickInsertion> {
    let finding = &finding(ClickClass::Human);
    let sightings: Vec<_> = hits
        .iter()
        .map(|hit| EnrichedClick { hit, finding })
        .collect();
    let mut tx = store.ingest().await.unwrap();
    let inserted = writer.insert_all(&mut tx, &sightings).await.unwrap();
    tx.commit().await.unwrap();
    inserted
}

async fn counted(tx: &mut Tx, from: i64, to: i64) -> (i64, i64, i64) {
    let people = people(tx, campaign_id(1), T0.plus_ms(from), T0.plus_ms(to))
        .await
        .unwrap();
    assert!(people.is_exact);
    let of = |network: &str| people.by_network.get(network).copied().unwrap_or(0);
    (people.all, of("x"), of("linkedin"))
}

/// A lasting one. The multiplier spreads numbers over all pseudonyms, as a hash does.
pub(super) fn pseudonym(number: u64) -> u64 {
    Visitor::of_cookie(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).0
}

#[rstest]
#[tokio::test]
async fn a_visitor_is_first_of_a_link_of_a_network_and_counts_once_in_any_period(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let hour = 4 * QUARTER_HOUR_MS;
    let [ann, bob] = [1, 2].map(pseudonym);
    let clicks = [
        (1, ann, 0, (true, true)),
        (1, ann, 1, (false, false)),
        (1, ann, hour, (false, false)),
        (2, ann, hour, (true, true)),
        (3, ann, hour, (true, false)),
        (3, bob, 2 * hour, (true, true)),
        (1, ann, DAY_MS, (true, true)),
    ];
    // Two writers that know nothing of each other, one click at a time.
    let mut writers = [ClickWriter::default(), ClickWriter::default()];
    for (n, (link, visitor, at, (of_link, of_network))) in (0u64..).zip(clicks) {
        let writer = &mut writers[usize::from(n % 2 == 1)];
        let hits = [hit(one, n, link, visitor, at)];
        let first = FirstVisit {
            of_link,
            of_network,
        };
        let inserted = insert(&test.store, writer, &hits).await;
        assert_eq!(inserted, [ClickInsertion::New { first }], "click {n}");
    }
    for packed in [false, true] {
        let mut tx = test.store.ingest().await.unwrap();
        for (from, to, expected) in [
            (0, 2 * DAY_MS, (2, 1, 2)),
            (0, DAY_MS, (2, 1, 2)),
            (0, QUARTER_HOUR_MS, (1, 1, 0)),
            (hour, 2 * hour, (1, 1, 1)),
            (2 * hour, DAY_MS, (1, 0, 1)),
            (2 * hour, 2 * DAY_MS, (2, 1, 1)),
            (3 * hour, DAY_MS, (0, 0, 0)),
        ] {
            let found = counted(&mut tx, from, to).await;
            assert_eq!(found, expected, "{from} to {to}, packed: {packed}");
        }
        while pack_next(&mut tx, T0.plus_ms(DAY_MS)).await.unwrap() {}
        assert!(!pack_next(&mut tx, T0.plus_ms(DAY_MS)).await.unwrap());
        tx.commit().await.unwrap();
    }
    // What is packed is still known to who writes.
    let again = insert(
        &test.store,
        &mut ClickWriter::default(),
        &[hit(one, 99, 3, bob, 2 * hour)],
    )
    .await;
    let first = FirstVisit::default();
    assert_eq!(again, [ClickInsertion::New { first }]);
}

/// More than are counted one by one: a sample decides, of rows packed or not.
#[tokio::test]
async fn many_people_are_estimated_within_one_percent() {
    let test = Database::Sqlite.store().await;
    let one = workspace(&test.store, 1).await;
    let mut writer = ClickWriter::default();
    let (each, days) = (60_000u64, 5);
    for day in 0..days {
        // Every fifth comes by both networks, and a tenth of all every day.
        let hits: Vec<RawClick> = (0..each)
            .flat_map(|n| {
                let person = if n % 10 == 0 { n } else { n + each * (day + 1) };
                let at = i64::try_from(day).unwrap() * DAY_MS + i64::try_from(n).unwrap();
                let number = (n + each * day) * 2;
                let x = hit(one, number, 1, pseudonym(person), at);
                let both = (n % 5 == 0).then(|| hit(one, number + 1, 2, pseudonym(person), at));
                [Some(x), both]
            })
            .flatten()
            .collect();
        insert(&test.store, &mut writer, &hits).await;
    }
    let few = (0..7).map(|n| RawClick {
        network: None,
        ..hit(one, 9_000_000 + n, 3, pseudonym(each * 100 + n), 0)
    });
    insert(&test.store, &mut writer, &few.collect::<Vec<_>>()).await;
    let truth = each * days * 9 / 10 + each / 10;
    for _ in 0..2 {
        let mut tx = test.store.ingest().await.unwrap();
        let to = T0.plus_ms(i64::try_from(days).unwrap() * DAY_MS);
        let found: People = people(&mut tx, campaign_id(1), T0, to).await.unwrap();
        assert!(!found.is_exact);
        // Off by how many thousandths.
        let off =
            |found: i64, truth: u64| found.abs_diff(i64::try_from(truth).unwrap()) * 1000 / truth;
        assert!(off(found.all, truth) < 10, "{} of {truth}", found.all);
        let linkedin = each * days / 10 + each / 10;
        assert!(
            off(found.by_network["linkedin"], linkedin) < 20,
            "{found:?}"
        );
        // A part of a day is less than was left out.
        let minute = T0.plus_ms(QUARTER_HOUR_MS);
        let part = people(&mut tx, campaign_id(1), T0, minute).await.unwrap();
        assert!(off(part.all, each) < 10, "{part:?}");
        // Few are not lost among many.
        assert_eq!(found.by_network[""], 7);
        while pack_next(&mut tx, to).await.unwrap() {}
        tx.commit().await.unwrap();
    }
}
