//! Clicks, and their roll-up.

use leadline::click::{Class, Hit};
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::id::WorkspaceId;
use leadline::store::click::bulk::{self, Insertion, Sighting};
use leadline::store::{self, Page, Tx};
use rstest::rstest;

use super::{T0, campaign_id, click_id, link_id, workspace};
use crate::support::database::Database;

fn hit(workspace_id: WorkspaceId, n: u8, visitor: Option<&str>, at: i64) -> Hit {
    Hit {
        id: click_id(n),
        workspace_id,
        link_id: link_id(1),
        campaign_id: Some(campaign_id(1)),
        network: Some("x".into()),
        clicked_at: T0.plus_ms(at),
        visitor: visitor.map(str::to_owned),
        user_agent: Some("Firefox".into()),
        referrer: None,
    }
}

async fn insert(tx: &mut Tx, hit: &Hit, class: Class) -> Insertion {
    bulk::insert_all(tx, &[sighting(hit, class)]).await.unwrap()[0]
}

fn sighting(hit: &Hit, class: Class) -> Sighting<'_> {
    Sighting {
        hit,
        class,
        class_rule: "default".to_owned(),
    }
}

#[rstest]
#[tokio::test]
async fn a_batch_is_written_as_if_click_after_click(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.ingest().await.unwrap();
    let known = hit(one, 1, Some("ann"), 0);
    insert(&mut tx, &known, Class::Human).await;
    let odd = Hit {
        campaign_id: None,
        network: None,
        user_agent: Some("\"quoted\", {odd} \\ and ünï\u{1f600}".to_owned()),
        referrer: Some("https://t.co/a'b".to_owned()),
        ..hit(one, 5, None, 9)
    };
    let hits = [
        hit(one, 3, Some("bob"), 30),
        known.clone(),
        hit(one, 2, Some("bob"), 20),
        hit(one, 3, Some("bob"), 30),
        hit(one, 4, Some("ann"), 40),
        odd.clone(),
    ];
    let batch: Vec<Sighting<'_>> = hits.iter().map(|hit| sighting(hit, Class::Human)).collect();
    let new = |first| Insertion::New { first };
    assert_eq!(
        bulk::insert_all(&mut tx, &batch).await.unwrap(),
        [
            new(true),
            Insertion::Repeat,
            new(false),
            Insertion::Repeat,
            new(false),
            new(false)
        ]
    );
    assert!(bulk::insert_all(&mut tx, &[]).await.unwrap().is_empty());
    let read = store::click::by_id(&mut tx, one, odd.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.hit, odd);
    let (from, to) = (T0, T0.plus_ms(DAY_MS));
    let sums = store::click::sums(&mut tx, campaign_id(1), from, to)
        .await
        .unwrap();
    assert_eq!((sums[0].human, sums[0].bot, sums[0].visitors), (4, 0, 2));
    assert_eq!(
        store::click::raw_sums(&mut tx, campaign_id(1), from, to)
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
    let mut tx = test.store.write().await.unwrap();
    for (n, visitor, at, class, first) in [
        (1, Some("ann"), 0, Class::Human, true),
        (2, Some("ann"), 10, Class::Human, false),
        (3, Some("bob"), QUARTER_HOUR_MS, Class::Human, true),
        (4, None, QUARTER_HOUR_MS, Class::Human, false),
        (5, Some("bot"), 5, Class::Crawler, false),
    ] {
        let hit = hit(one, n, visitor, at);
        let inserted = insert(&mut tx, &hit, class).await;
        assert_eq!(inserted, Insertion::New { first }, "click {n}");
        let again = insert(&mut tx, &hit, class).await;
        assert_eq!(again, Insertion::Repeat, "click {n} again");
    }
    let elsewhere = Hit {
        network: None,
        ..hit(one, 6, Some("ann"), 0)
    };
    insert(&mut tx, &elsewhere, Class::Human).await;

    for (from, to) in [(0, DAY_MS), (0, QUARTER_HOUR_MS), (QUARTER_HOUR_MS, DAY_MS)] {
        let (from, to) = (T0.plus_ms(from), T0.plus_ms(to));
        let rolled = store::click::sums(&mut tx, campaign_id(1), from, to)
            .await
            .unwrap();
        let counted = store::click::raw_sums(&mut tx, campaign_id(1), from, to)
            .await
            .unwrap();
        assert_eq!(rolled, counted);
    }
    let all = store::click::sums(&mut tx, campaign_id(1), T0, T0.plus_ms(DAY_MS))
        .await
        .unwrap();
    let figures: Vec<_> = all
        .iter()
        .map(|sum| (sum.network.as_deref(), sum.human, sum.bot, sum.visitors))
        .collect();
    assert_eq!(figures, [(None, 1, 0, 1), (Some("x"), 4, 1, 2)]);

    let bots = store::click::Filter {
        class: Some(Class::Crawler),
        ..Default::default()
    };
    let bots = store::click::list(
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
        [click_id(5)]
    );
    let found = store::click::by_id(&mut tx, one, click_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.hit, found.first),
        (hit(one, 1, Some("ann"), 0), true)
    );
    assert_eq!(
        store::click::forget_visitors(&mut tx, T0.plus_ms(1))
            .await
            .unwrap(),
        2
    );
}
