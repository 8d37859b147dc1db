//! Packed past days of clicks.

use leadline::campaign_report::granularity::Granularity;
use leadline::click::ClickClass;
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::id::{ClickId, WorkspaceId};
use leadline::store::click_event::writer::ClickWriter;
use leadline::store::report_cache::{self, RebuildClaim, ReportDay, ReportPart};
use leadline::store::{self, Page, Tx};
use rstest::rstest;

use super::clicks::{ANN, BOB, BOT, hit, insert};
use super::{T0, campaign_id, workspace};
use crate::support::database::Database;
use crate::support::{finest, totals};

/// What the roll-up says, which is what the clicks say: told apart finely and not at all, of whole
/// days and of days that are cut.
async fn counted(tx: &mut Tx) -> [i64; 3] {
    let periods = [
        (
            T0.plus_ms(QUARTER_HOUR_MS),
            T0.plus_ms(2 * DAY_MS + QUARTER_HOUR_MS),
        ),
        (
            T0.plus_ms(QUARTER_HOUR_MS - DAY_MS),
            T0.plus_ms(QUARTER_HOUR_MS),
        ),
        (T0.plus_ms(-DAY_MS), T0.plus_ms(3 * DAY_MS)),
    ];
    let mut all = [0; 3];
    for (from, to) in periods {
        for grain in [Granularity::default(), finest()] {
            let rolled = store::click_event::sums(tx, campaign_id(1), from, to, &grain).await;
            let raw = store::click_event::raw_sums(tx, campaign_id(1), from, to, &grain).await;
            let rolled = rolled.unwrap();
            assert_eq!(rolled, raw.unwrap());
            all = totals(&rolled);
        }
    }
    all
}

/// What is open of a part, claimed and packed.
type Claimed = (ReportPart, RebuildClaim, Vec<(ReportDay, Option<Vec<u8>>)>);

async fn claimed(tx: &mut Tx) -> Vec<Claimed> {
    let mut all = Vec::new();
    for part in [ReportPart::Clicks, ReportPart::Cells] {
        let open = report_cache::stale(tx, part, 99).await.unwrap();
        let claim = report_cache::claim(tx, part, &open).await.unwrap();
        let mut days = Vec::new();
        for day in open {
            let packed = match part {
                ReportPart::Clicks => store::click_event::cache::rebuild(tx, &day).await,
                _ => store::click_event::cache::rebuild_cells(tx, &day).await,
            };
            days.push((day, packed.unwrap()));
        }
        all.push((part, claim, days));
    }
    all
}

/// Closes what was claimed; how many days were not written to meanwhile.
async fn closed(tx: &mut Tx, claimed: Vec<Claimed>) -> usize {
    let mut count = 0;
    for (part, claim, days) in claimed {
        for (day, packed) in days {
            let closed = report_cache::store(tx, part, &day, claim, packed).await;
            count += usize::from(closed.unwrap());
        }
    }
    count
}

/// Packs for reports what is open; how many rows that were.
async fn packed_for_reports(tx: &mut Tx) -> usize {
    let claimed = claimed(tx).await;
    closed(tx, claimed).await
}

async fn listed(tx: &mut Tx, workspace: WorkspaceId, class: Option<ClickClass>) -> Vec<ClickId> {
    let filter = store::click_event::ClickFilter {
        class,
        ..Default::default()
    };
    let page = Page {
        after: None,
        limit: 99,
    };
    let clicks = store::click_event::list(tx, workspace, &filter, &page).await;
    clicks.unwrap().iter().map(|click| click.hit.id).collect()
}

#[rstest]
#[tokio::test]
async fn days_that_are_over_are_packed_and_count_as_before(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut writer = ClickWriter::default();
    let mut tx = test.store.ingest().await.unwrap();
    let day = |n: i64| n * DAY_MS;
    let hits = [
        (hit(one, 1, ANN, 0), ClickClass::Human),
        (hit(one, 2, BOT, 5), ClickClass::Crawler),
        (hit(one, 3, BOB, QUARTER_HOUR_MS), ClickClass::Human),
        (hit(one, 4, ANN, day(1)), ClickClass::Human),
        (hit(one, 5, ANN, day(2)), ClickClass::Human),
    ];
    for (hit, class) in &hits {
        insert(&mut writer, &mut tx, hit, *class).await;
    }
    let ids: Vec<ClickId> = hits.iter().map(|(hit, _)| hit.id).collect();
    let before = T0.plus_ms(day(2));
    let mut days = 0;
    while store::click_event::packed_days::pack_next(&mut tx, before)
        .await
        .unwrap()
    {
        days += 1;
        assert_eq!(counted(&mut tx).await, [4, 1, 4]);
    }
    assert_eq!(days, 2, "the third is not over");
    assert_eq!(packed_for_reports(&mut tx).await, 4);
    assert_eq!(counted(&mut tx).await, [4, 1, 4]);
    assert_eq!(listed(&mut tx, one, None).await, ids);
    assert_eq!(
        listed(&mut tx, one, Some(ClickClass::Crawler)).await,
        [ids[1]]
    );
    // What comes late is packed with the rest.
    let late = hit(one, 6, BOB, day(1) + 1);
    insert(&mut writer, &mut tx, &late, ClickClass::Human).await;
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
    assert!(
        store::click_event::packed_days::pack_next(&mut tx, before)
            .await
            .unwrap()
    );
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
    assert_eq!(packed_for_reports(&mut tx).await, 2);
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
    assert!(
        !store::click_event::packed_days::pack_next(&mut tx, before)
            .await
            .unwrap()
    );
    // Of an erased click country and device go, from what is packed too.
    let stand_in = ClickId::from_parts(hits[0].0.clicked_at, [9; 10]);
    let pairs = [(hits[0].0.id, stand_in)];
    let erased = store::click_event::erasure::erase(&mut tx, one, &pairs).await;
    assert_eq!(erased.unwrap(), 1);
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
    while store::click_event::packed_days::pack_next(&mut tx, before)
        .await
        .unwrap()
    {}
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
    assert_eq!(packed_for_reports(&mut tx).await, 2);
    assert_eq!(counted(&mut tx).await, [5, 1, 5]);
}

#[rstest]
#[tokio::test]
async fn a_day_that_is_written_to_while_it_is_packed_stays_open(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut writer = ClickWriter::default();
    let mut tx = test.store.ingest().await.unwrap();
    for n in 0..2 {
        let hit = hit(one, u8::try_from(n).unwrap(), ANN, n * DAY_MS);
        insert(&mut writer, &mut tx, &hit, ClickClass::Human).await;
    }
    let before = T0.plus_ms(3 * DAY_MS);
    let pack_days = async |tx: &mut Tx| {
        while store::click_event::packed_days::pack_next(tx, before)
            .await
            .unwrap()
        {}
    };
    pack_days(&mut tx).await;
    let slow = claimed(&mut tx).await;
    let late = hit(one, 9, BOB, DAY_MS + 1);
    insert(&mut writer, &mut tx, &late, ClickClass::Human).await;
    pack_days(&mut tx).await;
    assert_eq!(closed(&mut tx, slow).await, 2, "of the other day");
    assert_eq!(counted(&mut tx).await, [3, 0, 3]);
    // Of two who pack, the later one does.
    let slow = claimed(&mut tx).await;
    let other = claimed(&mut tx).await;
    assert_eq!(closed(&mut tx, slow).await, 0);
    assert_eq!(closed(&mut tx, other).await, 2);
    assert_eq!(counted(&mut tx).await, [3, 0, 3]);
    assert_eq!(packed_for_reports(&mut tx).await, 0);
}
