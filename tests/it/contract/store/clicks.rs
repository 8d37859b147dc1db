//! Clicks, and their roll-up.

use std::sync::Arc;

use leadline::click::{
    AgentFamilies, ClickClass, EnrichedClick, Enrichment, FirstVisit, GeoLocation, RawClick,
    Visitor,
};
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::id::{ClickId, WorkspaceId};
use leadline::store::click_event::ClickSums;
use leadline::store::click_event::writer::{ClickInsertion, ClickWriter};
use leadline::store::{self, Page, Tx};
use leadline::worker::retention::{self, RetentionTimes};
use rstest::rstest;

use super::{T0, bits, campaign_id, link_id, workspace};
use crate::support::database::Database;
use crate::support::{finding, finest, totals};

pub(crate) const ANN: Option<Visitor> = Some(Visitor(1));
pub(super) const BOB: Option<Visitor> = Some(Visitor(u64::MAX));
pub(super) const BOT: Option<Visitor> = Some(Visitor(3));

pub(crate) fn hit(workspace_id: WorkspaceId, n: u8, visitor: Option<Visitor>, at: i64) -> RawClick {
    RawClick {
        id: ClickId::from_parts(T0.plus_ms(at), bits(n)),
        workspace_id,
        link_id: link_id(1),
        campaign_id: Some(campaign_id(1)),
        network: Some("x".into()),
        clicked_at: T0.plus_ms(at),
        visitor,
        user_agent: Some("Firefox".into()),
        referrer: None,
        context: leadline::click::RequestContext::default(),
    }
}

fn first_of_both(is: bool) -> FirstVisit {
    FirstVisit {
        of_link: is,
        of_network: is,
    }
}

pub(super) async fn insert(
    writer: &mut ClickWriter,
    tx: &mut Tx,
    hit: &RawClick,
    class: ClickClass,
) -> ClickInsertion {
    let place = GeoLocation {
        country: Some("DE".into()),
        ..GeoLocation::default()
    };
    let families = AgentFamilies {
        device: "mobile".into(),
        ..AgentFamilies::default()
    };
    let finding = &Enrichment {
        place: Some(Arc::new(place)),
        families: Arc::new(families),
        ..finding(class)
    };
    let inserted = writer
        .insert_all(tx, &[EnrichedClick { hit, finding }])
        .await;
    inserted.unwrap()[0]
}

#[rstest]
#[tokio::test]
async fn a_batch_is_written_as_if_click_after_click(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut writer = ClickWriter::default();
    let mut tx = test.store.ingest().await.unwrap();
    let known = hit(one, 1, ANN, 0);
    insert(&mut writer, &mut tx, &known, ClickClass::Human).await;
    let odd = RawClick {
        campaign_id: None,
        network: None,
        user_agent: Some("\"quoted\", {odd} \\ and ünï\u{1f600}".to_owned()),
        referrer: Some("https://t.co/a'b".to_owned()),
        ..hit(one, 5, None, 9)
    };
    let hits = [
        hit(one, 3, BOB, 30),
        known.clone(),
        hit(one, 2, BOB, 20),
        hit(one, 3, BOB, 30),
        hit(one, 4, ANN, 40),
        odd.clone(),
    ];
    let finding = &finding(ClickClass::Human);
    let batch = hits.each_ref().map(|hit| EnrichedClick { hit, finding });
    let new = |first| ClickInsertion::New {
        first: first_of_both(first),
    };
    assert_eq!(
        writer.insert_all(&mut tx, &batch).await.unwrap(),
        [
            new(true),
            ClickInsertion::Repeat,
            new(false),
            ClickInsertion::Repeat,
            new(false),
            new(false)
        ]
    );
    assert!(writer.insert_all(&mut tx, &[]).await.unwrap().is_empty());
    let read = store::click_event::by_id(&mut tx, one, odd.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.hit, odd);
    let (from, to) = (T0, T0.plus_ms(DAY_MS));
    let sums = store::click_event::sums(&mut tx, campaign_id(1), from, to, &finest())
        .await
        .unwrap();
    assert_eq!(totals(&sums), [4, 0, 2]);
    assert_eq!(
        store::click_event::raw_sums(&mut tx, campaign_id(1), from, to, &finest())
            .await
            .unwrap(),
        sums
    );
}

#[rstest]
#[tokio::test]
async fn clicks_are_counted_once_and_the_roll_up_equals_the_count(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut writer = ClickWriter::default();
    let mut tx = test.store.write().await.unwrap();
    for (n, visitor, at, class, first) in [
        (1, ANN, 0, ClickClass::Human, true),
        (2, ANN, 10, ClickClass::Human, false),
        (3, BOB, QUARTER_HOUR_MS, ClickClass::Human, true),
        (4, None, QUARTER_HOUR_MS, ClickClass::Human, false),
        (5, BOT, 5, ClickClass::Crawler, false),
    ] {
        let hit = hit(one, n, visitor, at);
        let inserted = insert(&mut writer, &mut tx, &hit, class).await;
        let first = first_of_both(first);
        assert_eq!(inserted, ClickInsertion::New { first }, "click {n}");
        let again = insert(&mut writer, &mut tx, &hit, class).await;
        assert_eq!(again, ClickInsertion::Repeat, "click {n} again");
    }
    let elsewhere = RawClick {
        network: None,
        ..hit(one, 6, ANN, 0)
    };
    insert(&mut writer, &mut tx, &elsewhere, ClickClass::Human).await;

    for (from, to) in [(0, DAY_MS), (0, QUARTER_HOUR_MS), (QUARTER_HOUR_MS, DAY_MS)] {
        let (from, to) = (T0.plus_ms(from), T0.plus_ms(to));
        let rolled = store::click_event::sums(&mut tx, campaign_id(1), from, to, &finest())
            .await
            .unwrap();
        let counted = store::click_event::raw_sums(&mut tx, campaign_id(1), from, to, &finest())
            .await
            .unwrap();
        assert_eq!(rolled, counted);
    }
    let all = store::click_event::sums(&mut tx, campaign_id(1), T0, T0.plus_ms(DAY_MS), &finest())
        .await
        .unwrap();
    let of = |has_network: bool| ClickSums {
        sums: all
            .sums
            .iter()
            .filter(|sum| sum.segment.network.is_some() == has_network)
            .cloned()
            .collect(),
        ..ClickSums::default()
    };
    assert_eq!(
        [totals(&of(false)), totals(&of(true))],
        [[1, 0, 1], [4, 1, 2]]
    );
    let days: Vec<_> = all.days.iter().map(|it| it.visitors).collect();
    assert_eq!(days, [1, 2], "of links for no network, and of x");

    let bots = store::click_event::ClickFilter {
        class: Some(ClickClass::Crawler),
        ..Default::default()
    };
    let bots = store::click_event::list(
        &mut tx,
        one,
        &bots,
        &Page {
            after: None,
            limit: 9,
        },
    )
    .await
    .unwrap();
    assert_eq!(
        bots.iter().map(|click| click.hit.id).collect::<Vec<_>>(),
        [hit(one, 5, BOT, 5).id]
    );
    let found = store::click_event::by_id(&mut tx, one, hit(one, 1, ANN, 0).id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.hit, hit(one, 1, ANN, 0));
    assert_eq!(found.first, first_of_both(true));
    let forgotten = store::click_event::people::delete_before(&mut tx, T0.plus_ms(DAY_MS)).await;
    assert_eq!(forgotten.unwrap(), 3);
}

#[rstest]
#[tokio::test]
async fn writers_agree_on_who_is_first_and_forget_what_was_not_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let [mut here, mut there] = [ClickWriter::default(), ClickWriter::default()];
    let hit = |n: u8, visitor| hit(one, n, visitor, i64::from(n));
    for (writer, n, visitor, first, kept) in [
        (0, 1, ANN, true, true),
        (1, 2, ANN, false, true),
        (1, 3, BOB, true, false),
        (0, 3, BOB, true, true),
        (1, 4, BOB, false, true),
        (0, 5, ANN, false, true),
    ] {
        let writer = if writer == 0 { &mut here } else { &mut there };
        let mut tx = test.store.ingest().await.unwrap();
        let inserted = insert(writer, &mut tx, &hit(n, visitor), ClickClass::Human).await;
        let first = first_of_both(first);
        assert_eq!(inserted, ClickInsertion::New { first }, "click {n}");
        if kept {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
            writer.clear_cache();
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_list_goes_on_over_gaps_and_pages(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.ingest().await.unwrap();
    let mut writer = ClickWriter::default();
    let mut made = Vec::new();
    // Two in one quarter-hour, one in the next, one after a month.
    for (n, at) in [(1, 0), (2, 5), (3, QUARTER_HOUR_MS), (4, 31 * DAY_MS)] {
        let hit = hit(one, n, None, at);
        insert(&mut writer, &mut tx, &hit, ClickClass::Human).await;
        let other = RawClick {
            id: ClickId::from_parts(hit.clicked_at, bits(n + 100)),
            campaign_id: Some(campaign_id(2)),
            ..hit.clone()
        };
        insert(&mut writer, &mut tx, &other, ClickClass::Crawler).await;
        made.push(hit.id);
    }
    for limit in 1..=5 {
        let filter = store::click_event::ClickFilter {
            campaign_id: Some(campaign_id(1)),
            ..Default::default()
        };
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, limit };
            let clicks = store::click_event::list(&mut tx, one, &filter, &page).await;
            let ids: Vec<_> = clicks.unwrap().iter().map(|it| it.hit.id).collect();
            assert!(i64::try_from(ids.len()).unwrap() <= limit);
            let Some(last) = ids.last() else { break };
            after = Some(last.to_string());
            listed.extend(ids);
        }
        assert_eq!(listed, made, "pages of {limit}");
    }
}

#[rstest]
#[tokio::test]
async fn old_clicks_go_by_class_and_their_sums_stay(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let clock = leadline::clock::Clock::manual(T0.plus_ms(100 * DAY_MS));
    let mut writer = ClickWriter::default();
    let write = async |writer: &mut ClickWriter, n: u8, day: i64, class| {
        let hit = RawClick {
            user_agent: Some(format!("agent of day {day}")),
            ..hit(one, n, None, day * DAY_MS)
        };
        let mut tx = test.store.ingest().await.unwrap();
        insert(writer, &mut tx, &hit, class).await;
        tx.commit().await.unwrap();
        hit.id
    };
    let mut kept = Vec::new();
    let mut gone = Vec::new();
    for (n, day, class, stays) in [
        (1, 0, ClickClass::Human, false),
        (2, 0, ClickClass::Crawler, false),
        (3, 69, ClickClass::Human, true),
        (4, 69, ClickClass::Crawler, false),
        (5, 99, ClickClass::Human, true),
        (6, 99, ClickClass::Crawler, true),
    ] {
        let id = write(&mut writer, n, day, class).await;
        if stays { &mut kept } else { &mut gone }.push(id);
    }
    // Classes that are not named here go with the programs, so that everything has an end.
    let days = ClickClass::ALL
        .map(|class| (class, if class == ClickClass::Human { 60 } else { 30 }))
        .into();
    let kept_for = RetentionTimes {
        clicks_days: days,
        ..RetentionTimes::default()
    };
    let dropped = retention::step(&test.store, &clock, &kept_for)
        .await
        .unwrap();
    assert_eq!(dropped.clicks, 3);
    assert_eq!(dropped.other, 1, "the agent of day 0");
    let mut tx = test.store.read().await.unwrap();
    for (ids, is_there) in [(&kept, true), (&gone, false)] {
        for id in ids {
            let click = store::click_event::by_id(&mut tx, one, *id).await.unwrap();
            assert_eq!(click.is_some(), is_there);
        }
    }
    for (class, before) in retention::ends(&kept_for.clicks_days, clock.now()) {
        let left = store::click_event::retention::remaining(&mut tx, class, before).await;
        assert_eq!(left.unwrap(), 0);
    }
    let (from, to) = (T0, T0.plus_ms(100 * DAY_MS));
    let sums = store::click_event::sums(&mut tx, campaign_id(1), from, to, &finest())
        .await
        .unwrap();
    assert_eq!(totals(&sums), [3, 3, 0]);
    drop(tx);

    // A second step finds nothing; a month later the next ones are due, and an agent that is seen
    // again after it was dropped is written again.
    let again = retention::step(&test.store, &clock, &kept_for)
        .await
        .unwrap();
    assert_eq!(again, retention::DroppedRows::default());
    clock.set(clock.now().plus_ms(31 * DAY_MS));
    let later = retention::step(&test.store, &clock, &kept_for)
        .await
        .unwrap();
    assert_eq!(later.clicks, 2);
    let back = write(&mut writer, 7, 131, ClickClass::Human).await;
    let mut tx = test.store.read().await.unwrap();
    let back = store::click_event::by_id(&mut tx, one, back)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(back.hit.user_agent.as_deref(), Some("agent of day 131"));
}
