//! The ledger, its joins and credits, customers, and the sums for reports.

use leadline::attribution::window::SKEW_MS;
use leadline::attribution::{AttributionModel, Credit, CreditsByModel, Touch, WHOLE};
use leadline::campaign_report::credits::UnattributedCredits;
use leadline::campaign_report::period::Period;
use leadline::campaign_report::{ReportAxis, ReportQuery};
use leadline::clock::{DAY_MS, Millis};
use leadline::conversion::{ConversionKind, JoinEvidence, MatchRule, NewConversion};
use leadline::id::WorkspaceId;
use leadline::money::Money;
use leadline::store::conversion::by_event_id::by_event_id;
use leadline::store::conversion::related::{self, Identifier};
use leadline::store::conversion::{ConversionFilter, Join};
use leadline::store::credit::cache;
use leadline::store::{self, Page};
use rstest::rstest;

use super::{T0, campaign_id, click_id, conversion_id, link_id, source_id, workspace};
use crate::support::database::Database;

fn report(
    workspace_id: WorkspaceId,
    n: u8,
    kind: ConversionKind,
    event: &str,
    amount: i64,
) -> NewConversion {
    NewConversion {
        id: conversion_id(n),
        workspace_id,
        source_id: None,
        event_id: event.to_owned(),
        kind,
        name: None,
        occurred_at: T0.plus_ms(i64::from(n)),
        received_at: T0,
        value: (amount != 0).then(|| Money {
            amount,
            currency: "EUR".parse().unwrap(),
        }),
        refund_of: (kind == ConversionKind::Refund).then(|| "o-1".to_owned()),
        order: None,
        evidence: JoinEvidence {
            click_ids: vec![click_id(1)],
            ..JoinEvidence::default()
        },
    }
}

fn joined(by: MatchRule) -> Join {
    Join {
        joined_by: by,
        click_id: Some(click_id(1)),
        campaign_id: Some(campaign_id(1)),
        network: Some("x".into()),
        link_id: Some(link_id(1)),
        via: None,
        unjoined: None,
    }
}

#[rstest]
#[tokio::test]
async fn the_ledger(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let sale = report(one, 1, ConversionKind::Sale, "o-1", 4999);
    assert!(store::conversion::insert(&mut tx, &sale).await.unwrap());
    let repeat = NewConversion {
        id: conversion_id(9),
        ..sale.clone()
    };
    assert!(
        !store::conversion::insert(&mut tx, &repeat).await.unwrap(),
        "a repeat"
    );
    let shop = NewConversion {
        id: conversion_id(2),
        source_id: Some(source_id(1)),
        ..sale.clone()
    };
    assert!(
        store::conversion::insert(&mut tx, &shop).await.unwrap(),
        "another source"
    );
    let refund = report(one, 3, ConversionKind::Refund, "r-1", -1000);
    assert!(store::conversion::insert(&mut tx, &refund).await.unwrap());

    for first in [&sale, &shop] {
        let found = store::conversion::first_of(&mut tx, first).await.unwrap();
        assert_eq!(found.unwrap().report.id, first.id);
        let found = store::conversion::sale_by_event(&mut tx, one, first.source_id, "o-1").await;
        assert_eq!(found.unwrap().unwrap().report.id, first.id);
    }
    let lead = NewConversion {
        value: None,
        ..report(one, 4, ConversionKind::Lead, "o-1", 0)
    };
    assert_eq!(
        store::conversion::first_of(&mut tx, &lead).await.unwrap(),
        None
    );
    let stranger = store::conversion::sale_by_event(&mut tx, one, Some(source_id(7)), "o-1").await;
    assert_eq!(
        stranger.unwrap().unwrap().report.id,
        sale.id,
        "the earliest of the workspace"
    );

    let of_event = by_event_id(&mut tx, one, "o-1", 9).await.unwrap();
    let ids: Vec<_> = of_event.iter().map(|found| found.report.id).collect();
    assert_eq!(ids, [sale.id, shop.id]);
    let limited = by_event_id(&mut tx, one, "o-1", 1).await.unwrap();
    assert_eq!(limited.len(), 1);

    let claimed = related::claimed_by(&mut tx, &[click_id(1)]).await.unwrap();
    assert_eq!(claimed.len(), 3);
    assert_eq!(
        related::refunds_of(&mut tx, one, "o-1").await.unwrap(),
        [(refund.occurred_at, refund.id)]
    );
    store::conversion::set_join(&mut tx, sale.id, &joined(MatchRule::ClickId))
        .await
        .unwrap();
    let found = store::conversion::by_id(&mut tx, sale.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.report, found.join),
        (sale.clone(), joined(MatchRule::ClickId))
    );
    let filter = ConversionFilter {
        campaign_id: Some(campaign_id(1)),
        kind: Some(ConversionKind::Sale),
        joined_by: Some(MatchRule::ClickId),
        ..ConversionFilter::default()
    };
    let page = Page {
        after: None,
        limit: 9,
    };
    let listed = store::conversion::list(&mut tx, one, &filter, &page)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
}

#[rstest]
#[tokio::test]
async fn customers_are_found_by_either_mark(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let two = workspace(&test.store, 2).await;
    let mut tx = test.store.write().await.unwrap();
    let of = |workspace, n: u8, kind, external: Option<&str>, email: Option<&str>| {
        let mut new = report(workspace, n, kind, &format!("e-{n}"), 0);
        new.evidence.external_id = external.map(str::to_owned);
        new.evidence.email_hash = email.map(str::to_owned);
        new
    };
    let lead = of(one, 1, ConversionKind::Lead, Some("ann"), Some("mail"));
    let by_mail = of(one, 2, ConversionKind::Lead, None, Some("mail"));
    let by_id = of(one, 3, ConversionKind::Lead, Some("ann"), None);
    let refund = of(one, 4, ConversionKind::Refund, Some("ann"), Some("mail"));
    let stranger = of(two, 5, ConversionKind::Lead, Some("ann"), Some("mail"));
    for new in [&lead, &by_mail, &by_id, &refund, &stranger] {
        assert!(store::conversion::insert(&mut tx, new).await.unwrap());
    }
    let later = related::served_by(&mut tx, &lead, true).await.unwrap();
    let mut later: Vec<_> = later.iter().map(|(_, id)| *id).collect();
    later.sort();
    assert_eq!(later, [by_mail.id, by_id.id, refund.id]);
    let later = related::served_by(&mut tx, &by_id, true).await.unwrap();
    assert_eq!(later.len(), 2, "one of them is earlier, but not by much");
    let since = by_id.occurred_at;
    let served = related::served_from(&mut tx, &by_id, since).await.unwrap();
    assert_eq!(served, [(refund.occurred_at, refund.id)]);

    for new in [&lead, &by_mail, &refund, &stranger] {
        let join = joined(MatchRule::ClickId);
        store::conversion::set_join(&mut tx, new.id, &join)
            .await
            .unwrap();
    }
    let at = |n: i64| T0.plus_ms(n);
    for (mark, until, except, expected) in [
        (
            Identifier::EmailHash("mail".into()),
            10,
            by_id.id,
            Some(by_mail.id),
        ),
        (
            Identifier::EmailHash("mail".into()),
            10,
            by_mail.id,
            Some(lead.id),
        ),
        (
            Identifier::ExternalId("ann".into()),
            10,
            by_id.id,
            Some(lead.id),
        ),
        (Identifier::ExternalId("ann".into()), 0, by_id.id, None),
        (Identifier::ExternalId("ben".into()), 10, by_id.id, None),
    ] {
        let rule = MatchRule::ClickId;
        let found = related::source_before(&mut tx, one, &mark, rule, at(until), except).await;
        let found = found.unwrap().map(|found| found.report.id);
        assert_eq!(found, expected, "{mark:?} {until}");
    }
    for (after, except, expected) in [
        (0, by_id.id, Some(lead.id)),
        (0, lead.id, Some(by_mail.id)),
        (2, by_id.id, None),
        (1 - SKEW_MS, by_id.id, Some(lead.id)),
        (-SKEW_MS, by_id.id, None),
    ] {
        let (rule, mark) = (MatchRule::ClickId, Identifier::EmailHash("mail".into()));
        let found = related::source_soon(&mut tx, one, &mark, rule, at(after), except).await;
        let found = found.unwrap().map(|found| found.report.id);
        assert_eq!(found, expected, "{after}");
    }
    let (rule, ann) = (MatchRule::Email, Identifier::ExternalId("ann".into()));
    let none = related::source_before(&mut tx, one, &ann, rule, at(10), by_id.id);
    assert_eq!(none.await.unwrap(), None);
}

fn share(click: Option<Millis>, amount: i64) -> Credit {
    Credit {
        touch: Some(Touch {
            click_id: click.map(|_| click_id(1)),
            campaign_id: Some(campaign_id(1)),
            network: Some("x".into()),
            network_seen: None,
            country: None,
            device: None,
            link_id: Some(link_id(1)),
            clicked_at: click,
        }),
        weight: WHOLE,
        amount: Some(amount),
    }
}

#[rstest]
#[tokio::test]
async fn credits_are_replaced_and_summed_by_axis_and_window(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let model = AttributionModel::LastTouch;
    let mut sale = report(one, 1, ConversionKind::Sale, "o-1", 4999);
    sale.occurred_at = T0.plus_ms(10 * DAY_MS);
    let stray = Credit {
        touch: None,
        weight: WHOLE,
        amount: Some(4999),
    };
    for credits in [[stray.clone()], [share(Some(T0), 4999)]] {
        let all = CreditsByModel::from([(model, credits.to_vec())]);
        store::credit::replace(&mut tx, &sale, sale.occurred_at, "click_id", &all)
            .await
            .unwrap();
        assert_eq!(
            store::credit::of(&mut tx, sale.id, model).await.unwrap(),
            credits
        );
    }
    let lost = report(one, 2, ConversionKind::Sale, "o-2", 700);
    let strayed = Credit {
        amount: Some(700),
        ..stray
    };
    let all = CreditsByModel::from([(model, vec![strayed])]);
    store::credit::replace(&mut tx, &lost, lost.occurred_at, "none", &all)
        .await
        .unwrap();

    let day = |n: i64| T0.plus_ms(n * DAY_MS);
    for (axis, from, to, window_days, expected) in [
        (ReportAxis::Click, 0, 1, 30, Some((true, 4999))),
        (ReportAxis::Click, 0, 1, 9, Some((false, 4999))),
        (ReportAxis::Click, 1, 20, 30, None),
        (ReportAxis::Conversion, 0, 1, 30, None),
        (ReportAxis::Conversion, 10, 11, 10, Some((true, 4999))),
    ] {
        let query = ReportQuery {
            model: model.into(),
            axis,
            period: Period {
                from: day(from),
                to: day(to),
            },
            window_days: Some(window_days),
            ..ReportQuery::default()
        };
        let credits = cache::of_campaign(&mut tx, campaign_id(1)).await.unwrap();
        let sums = credits.sums(&query);
        let figures = sums.first().map(|sum| (sum.in_window, sum.amount));
        assert_eq!(figures, expected, "{axis:?} {from} {to} {window_days}");
        assert!(sums.len() <= 1);
    }
    let query = ReportQuery {
        model: model.into(),
        period: Period {
            from: T0,
            to: day(1),
        },
        window_days: Some(1),
        ..ReportQuery::default()
    };
    let mut unattributed = UnattributedCredits::new(&query);
    let days = (i64::MIN, i64::MAX);
    cache::read(&mut tx, &one.to_string(), days, &mut unattributed)
        .await
        .unwrap();
    let unattributed = unattributed.sums();
    assert_eq!(
        unattributed
            .iter()
            .map(|sum| sum.amount)
            .collect::<Vec<_>>(),
        [700]
    );
    assert_eq!(
        unattributed[0]
            .currency
            .map(leadline::money::Currency::code),
        Some("EUR")
    );
}
