use proptest::prelude::*;

use super::wilson::Rate;
use super::*;
use crate::attribution::WHOLE;
use crate::campaign::Goal;
use crate::id::WorkspaceId;

fn campaign(aim: Aim) -> Campaign {
    Campaign {
        id: CampaignId::from_parts(Millis(0), [1; 10]),
        workspace_id: WorkspaceId::from_parts(Millis(0), [1; 10]),
        name: "Spring".into(),
        utm_campaign: "spring".into(),
        aim,
        currency: "EUR".parse().unwrap(),
        time_zone: "UTC".into(),
        starts_at: None,
        ends_at: Some(Millis(1_000)),
        hourly_rate: None,
        created_at: Millis(0),
        updated_at: Millis(0),
        archived_at: None,
    }
}

fn leads_goal(target: i64) -> Aim {
    Aim::Goal(Goal {
        metric: Metric::Leads,
        target,
        by: None,
    })
}

fn credit(network: Option<&str>, kind: Kind, count: i64, amount: i64) -> CreditSum {
    CreditSum {
        network: network.map(str::to_owned),
        network_seen: None,
        kind,
        name: None,
        currency: (amount != 0).then(|| "EUR".parse().unwrap()),
        joined_by: JoinedBy::ClickId,
        in_window: true,
        weight: count * WHOLE,
        amount,
    }
}

fn clicks(network: &str, human: i64, bot: i64, visitors: i64) -> [ClickSum; 2] {
    [(Class::Human, human, visitors), (Class::Crawler, bot, 0)].map(|(class, clicks, visitors)| {
        ClickSum {
            network: Some(network.into()),
            network_seen: None,
            class,
            clicks,
            visitors,
        }
    })
}

fn report(
    campaign: &Campaign,
    clicks: &[ClickSum],
    credits: &[CreditSum],
    strays: &[CreditSum],
) -> YieldReport {
    yield_report(&Inputs {
        campaign,
        networks: &["linkedin".to_owned()],
        by: &By::default(),
        model: Model::LastTouch,
        axis: Axis::Click,
        window_days: 30,
        period: Period {
            from: Millis(0),
            to: Millis(900_000),
        },
        clicks,
        people: None,
        credits,
        strays,
        whole: credits,
        now: Millis(500),
    })
}

#[test]
fn rows_count_people_and_money_and_every_network_of_the_campaign_has_one() {
    let report = report(
        &campaign(leads_goal(2)),
        &clicks("x", 50, 7, 40),
        &[
            credit(Some("x"), Kind::Lead, 3, 0),
            credit(Some("x"), Kind::Sale, 1, 4999),
            credit(Some("x"), Kind::Refund, 1, -1000),
        ],
        &[],
    );
    let [linkedin, x] = &report.rows[..] else {
        panic!("two rows, not {:?}", report.rows)
    };
    assert_eq!(linkedin.network.as_deref(), Some("linkedin"));
    assert_eq!((linkedin.clicks.all, linkedin.lead_rate), (0, None));
    assert_eq!((x.clicks.human, x.clicks.bot, x.clicks.all), (50, 7, 57));
    assert_eq!(x.clicks.by_class[&Class::Crawler], 7);
    assert_eq!(x.lead_rate, Rate::wilson(3.0, 40.0));
    assert_eq!(
        (x.revenue.amount, x.refunds.amount, x.net_revenue.amount),
        (4999, 1000, 3999)
    );
    assert_eq!(report.goal.verdict, Verdict::Met);
    assert_eq!(report.joined_by["click_id"], 5.0);
    assert_eq!(
        serde_json::to_value(&report).unwrap()["rows"][1]["leads"],
        3
    );
}

#[test]
fn late_clicks_and_strays_are_unattributed_and_noted() {
    let late = CreditSum {
        in_window: false,
        ..credit(Some("x"), Kind::Lead, 1, 0)
    };
    let stray = CreditSum {
        joined_by: JoinedBy::None,
        ..credit(None, Kind::Lead, 2, 0)
    };
    let report = report(&campaign(leads_goal(1)), &[], &[late], &[stray]);
    assert_eq!(report.unattributed.leads, 3.0);
    assert_eq!(report.goal.actual, Some(0.0));
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("1 conversion came more than 30 days"))
    );
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("2 conversions of the workspace"))
    );
}

#[test]
fn other_currencies_are_noted_and_never_added() {
    let dollars = CreditSum {
        currency: Some("USD".parse().unwrap()),
        ..credit(Some("x"), Kind::Sale, 1, 700)
    };
    let report = report(&campaign(leads_goal(1)), &[], &[dollars], &[]);
    assert_eq!((report.total.sales, report.total.revenue.amount), (1.0, 0));
    assert!(
        report.notes.iter().any(|note| note.starts_with("7.00 USD")),
        "{:?}",
        report.notes
    );
}

#[test]
fn more_leads_than_visitors_have_no_rate() {
    let report = report(
        &campaign(leads_goal(1)),
        &clicks("x", 1, 0, 1),
        &[credit(Some("x"), Kind::Lead, 2, 0)],
        &[],
    );
    assert_eq!(report.rows[1].lead_rate, None);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.starts_with("x has no lead rate"))
    );
}

#[test]
fn a_waived_goal_shows_its_reason() {
    let report = report(&campaign(Aim::Waived("brand only".into())), &[], &[], &[]);
    assert_eq!(report.goal.verdict, Verdict::Waived);
    assert_eq!(report.goal.goal_waiver.as_deref(), Some("brand only"));
}

fn any_credit() -> impl Strategy<Value = CreditSum> {
    (
        0usize..4,
        0usize..4,
        any::<bool>(),
        1i64..50,
        -100_000i64..100_000,
    )
        .prop_map(|(network, kind, in_window, count, amount)| CreditSum {
            in_window,
            ..credit(
                [None, Some("x"), Some("facebook"), Some("linkedin")][network],
                [Kind::Lead, Kind::Sale, Kind::Refund, Kind::Event][kind],
                count,
                amount,
            )
        })
}

proptest! {
    #[test]
    fn rows_and_unattributed_sum_to_the_total(
        credits in prop::collection::vec(any_credit(), 0..20),
        strays in prop::collection::vec(any_credit(), 0..5),
        visits in prop::collection::vec(0i64..1000, 3),
    ) {
        let seen = [clicks("x", visits[0], 3, visits[0]), clicks("threads", visits[1], 0, visits[2])].concat();
        let report = report(&campaign(leads_goal(1)), &seen, &credits, &strays);
        let parts = || report.rows.iter().chain([&report.unattributed]);
        let total = &report.total;
        prop_assert_eq!(parts().map(|row| row.clicks.all).sum::<i64>(), total.clicks.all);
        prop_assert_eq!(parts().map(|row| row.visitors).sum::<i64>(), total.visitors);
        prop_assert_eq!(parts().map(|row| row.leads).sum::<f64>(), total.leads);
        prop_assert_eq!(parts().map(|row| row.sales).sum::<f64>(), total.sales);
        prop_assert_eq!(parts().map(|row| row.revenue.amount).sum::<i64>(), total.revenue.amount);
        prop_assert_eq!(parts().map(|row| row.refunds.amount).sum::<i64>(), total.refunds.amount);
        prop_assert_eq!(
            parts().map(|row| row.net_revenue.amount).sum::<i64>(),
            total.net_revenue.amount
        );
    }
}
