//! Costs, and changed goals.

use leadline::campaign::goal::{GoalVersion, current_version};
use leadline::campaign::{Campaign, Goal, GoalMetric, GoalOrWaiver};
use leadline::campaign_report::cost::{CostAmount, ValuedCost};
use leadline::id::{CostId, WorkspaceId};
use leadline::store::UpsertCounts;
use leadline::store::cost::{self, CampaignCosts, Cost};
use leadline::store::{self, Page, goal_version};
use rstest::rstest;

use super::{T0, bits, campaign, campaign_id, key_id, link_id, workspace};
use crate::support::database::Database;

fn cost(workspace_id: WorkspaceId, n: u8, event_id: Option<&str>, spent: CostAmount) -> Cost {
    Cost {
        id: CostId::from_parts(T0.plus_ms(i64::from(n)), bits(n)),
        workspace_id,
        campaign_id: campaign_id(1),
        network: Some("x".to_owned()),
        link_id: Some(link_id(1)),
        days: 10..=12,
        spent,
        note: Some("a note".to_owned()),
        event_id: event_id.map(str::to_owned),
        created_at: T0,
    }
}

fn page(after: Option<&Cost>, limit: i64) -> Page {
    Page {
        after: after.map(|cost| cost.id.to_string()),
        limit,
    }
}

fn counts(put: UpsertCounts) -> (u64, u64, u64) {
    (put.new, put.changed, put.unchanged)
}

#[rstest]
#[tokio::test]
async fn costs_are_put_once_by_their_id(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let (one, two) = (
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    );
    let mut tx = test.store.write().await.unwrap();
    for (of, n) in [(one, 1), (one, 2), (two, 3)] {
        let campaign = campaign(of, n, &format!("c{n}"));
        assert!(store::campaign::insert(&mut tx, &campaign).await.unwrap());
    }
    store::workspace::lock(&mut tx, one).await.unwrap();
    let wide = Cost {
        network: None,
        link_id: None,
        note: None,
        ..cost(one, 3, None, CostAmount::Minutes(90))
    };
    let mut first = [
        cost(one, 1, Some("a"), CostAmount::Money(500)),
        cost(one, 2, Some("b"), CostAmount::Money(0)),
        wide.clone(),
    ];
    assert_eq!(
        counts(cost::upsert(&mut tx, &mut first).await.unwrap()),
        (3, 0, 0)
    );
    let moved = Cost {
        campaign_id: campaign_id(2),
        days: 11..=11,
        ..cost(one, 5, Some("b"), CostAmount::Minutes(3))
    };
    let mut again = [
        cost(one, 4, Some("a"), CostAmount::Money(500)),
        moved.clone(),
        cost(one, 6, None, CostAmount::Minutes(90)),
    ];
    assert_eq!(
        counts(cost::upsert(&mut tx, &mut again).await.unwrap()),
        (1, 1, 1)
    );
    let expected = Cost {
        id: first[1].id,
        ..moved
    };
    assert_eq!(again[1], expected, "its first id stays");
    let mut others = [Cost {
        campaign_id: campaign_id(3),
        ..cost(two, 7, Some("a"), CostAmount::Money(1))
    }];
    assert_eq!(
        counts(cost::upsert(&mut tx, &mut others).await.unwrap()),
        (1, 0, 0)
    );

    let list = cost::list(&mut tx, one, None, &page(None, 2))
        .await
        .unwrap();
    assert_eq!(list, [first[0].clone(), expected.clone()]);
    let rest = cost::list(&mut tx, one, None, &page(Some(&expected), 9))
        .await
        .unwrap();
    assert_eq!(rest, [wide, again[2].clone()]);
    let list = cost::list(&mut tx, one, Some(campaign_id(2)), &page(None, 9)).await;
    assert_eq!(list.unwrap(), [expected]);
    let foreign = cost::by_id(&mut tx, two, first[0].id).await.unwrap();
    assert_eq!(foreign, None);
    let mended = Cost {
        network: None,
        link_id: None,
        days: 20..=21,
        spent: CostAmount::Minutes(7),
        note: None,
        ..first[0].clone()
    };
    cost::update(&mut tx, &mended).await.unwrap();
    let found = cost::by_id(&mut tx, one, mended.id).await.unwrap();
    assert_eq!(found, Some(mended));
    cost::delete(&mut tx, two, first[0].id).await.unwrap();
    assert!(
        cost::by_id(&mut tx, one, first[0].id)
            .await
            .unwrap()
            .is_some()
    );
    cost::delete(&mut tx, one, first[0].id).await.unwrap();
    assert_eq!(cost::by_id(&mut tx, one, first[0].id).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_period_has_its_days_of_costs_and_of_work(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let rated = campaign(of, 1, "Spring");
    let unrated = Campaign {
        hourly_rate: None,
        ..rated.clone()
    };
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &rated).await.unwrap();
    let mut told = [
        cost(of, 1, None, CostAmount::Money(100)),
        cost(of, 2, None, CostAmount::Minutes(90)),
    ];
    cost::upsert(&mut tx, &mut told).await.unwrap();
    let row = |amount| ValuedCost {
        network: Some("x".to_owned()),
        link_id: Some(link_id(1)),
        days: 10..=11,
        amount,
    };
    // An hour costs 40.00, so 60.00 over three days; and 34, 33, 33 cents of money.
    let valued = cost::of_campaign(&mut tx, &rated, &(5..=11)).await.unwrap();
    let expected = CampaignCosts {
        rows: vec![row(67), row(4_000)],
        unvalued_minutes: 0,
    };
    assert_eq!(valued, expected);
    let open = cost::of_campaign(&mut tx, &unrated, &(5..=11))
        .await
        .unwrap();
    let expected = CampaignCosts {
        rows: vec![row(67)],
        unvalued_minutes: 60,
    };
    assert_eq!(open, expected);
    for days in [5..=9, 13..=20] {
        let none = cost::of_campaign(&mut tx, &rated, &days).await.unwrap();
        assert_eq!(none, CampaignCosts::default());
    }
}

/// More rows than one statement takes.
#[rstest]
#[tokio::test]
async fn many_costs_are_put_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(of, 1, "Spring"))
        .await
        .unwrap();
    let mut many: Vec<Cost> = (0..1_201)
        .map(|n| Cost {
            id: CostId::from_parts(T0.plus_ms(n), bits(1)),
            event_id: Some(format!("e{n}")),
            ..cost(of, 1, None, CostAmount::Money(n))
        })
        .collect();
    for expected in [(1_201, 0, 0), (0, 0, 1_201)] {
        let put = cost::upsert(&mut tx, &mut many).await.unwrap();
        assert_eq!(counts(put), expected);
    }
    let all = cost::of_campaign(&mut tx, &campaign(of, 1, "Spring"), &(0..=99)).await;
    assert_eq!(all.unwrap().rows.len(), 1_201);
}

#[rstest]
#[tokio::test]
async fn goals_that_were_changed_are_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(of, 1, "Spring"))
        .await
        .unwrap();
    assert_eq!(
        goal_version::list(&mut tx, campaign_id(1)).await.unwrap(),
        []
    );
    let goal = GoalVersion {
        number: 1,
        aim: GoalOrWaiver::Goal(Goal {
            metric: GoalMetric::Event("call".to_owned()),
            target: 7,
            by: Some(T0),
        }),
        starts_at: None,
        ends_at: Some(T0.plus_ms(9)),
        changed_at: T0.plus_ms(1),
        key_id: key_id(1).to_string(),
        key_name: "Ann".to_owned(),
        reason: "no calls".to_owned(),
    };
    let waived = GoalVersion {
        number: 2,
        aim: GoalOrWaiver::Waived("brand".to_owned()),
        starts_at: Some(T0),
        ends_at: None,
        ..goal.clone()
    };
    for version in [&goal, &waived] {
        goal_version::insert(&mut tx, campaign_id(1), version)
            .await
            .unwrap();
    }
    let all = goal_version::list(&mut tx, campaign_id(1)).await.unwrap();
    assert_eq!(current_version(&all), 3);
    assert_eq!(all, [goal.clone(), waived]);
    assert_eq!(current_version(&[]), 1);
    let twice = goal_version::insert(&mut tx, campaign_id(1), &goal).await;
    assert!(matches!(twice, Err(store::Error::Duplicate)), "{twice:?}");
}

#[rstest]
#[tokio::test]
async fn campaigns_are_found_by_tag_and_name(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let other = workspace(&test.store, 2).await;
    let mut tx = test.store.write().await.unwrap();
    let tagged = |n, name: &str, tag: &str| Campaign {
        utm_campaign: tag.to_owned(),
        ..campaign(of, n, name)
    };
    for campaign in [
        tagged(1, "summer", "first"),
        tagged(2, "Twice", "summer"),
        tagged(3, "Twice", "twice-2"),
    ] {
        store::campaign::insert(&mut tx, &campaign).await.unwrap();
    }
    for (text, found) in [
        ("summer", vec![1]),
        ("Twice", vec![2, 3]),
        ("twice", vec![]),
        ("first", vec![]),
    ] {
        let named = store::campaign::of_name(&mut tx, of, text).await.unwrap();
        let ids: Vec<_> = named.iter().map(|campaign| campaign.id).collect();
        let expected: Vec<_> = found.into_iter().map(campaign_id).collect();
        assert_eq!(ids, expected, "{text}");
    }
    for (text, found) in [("first", Some(1)), ("summer", Some(2)), ("Twice", None)] {
        let tagged = store::campaign::by_tag(&mut tx, of, text).await.unwrap();
        let id = tagged.map(|campaign| campaign.id);
        assert_eq!(id, found.map(campaign_id), "{text}");
    }
    let foreign = store::campaign::of_name(&mut tx, other, "summer").await;
    assert_eq!(foreign.unwrap(), []);
    let foreign = store::campaign::by_tag(&mut tx, other, "first").await;
    assert_eq!(foreign.unwrap(), None);
}
