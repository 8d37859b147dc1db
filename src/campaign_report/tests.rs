//! The report: every network has its row, and rows with what is unattributed make the total.

use proptest::prelude::*;

use super::period::Period;
use super::segment::Segment;
use super::wilson::LeadRate;
use super::*;
use crate::attribution::WHOLE;
use crate::campaign::{Campaign, Goal, GoalMetric, GoalOrWaiver, GoalVerdict};
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::{CampaignId, WorkspaceId};

fn campaign(aim: GoalOrWaiver) -> Campaign {
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
        lead_window_days: None,
        sale_window_days: None,
        created_at: Millis(0),
        updated_at: Millis(0),
        archived_at: None,
    }
}

fn leads_goal(target: i64) -> GoalOrWaiver {
    GoalOrWaiver::Goal(Goal {
        metric: GoalMetric::Leads,
        target,
        by: None,
    })
}

fn on(network: Option<&str>, seen: Option<&str>) -> Segment {
    Segment {
        network: network.map(Into::into),
        network_seen: seen.map(Into::into),
        ..Segment::default()
    }
}

fn credit(network: Option<&str>, kind: ConversionKind, count: i64, amount: i64) -> CreditSum {
    CreditSum {
        segment: on(network, None),
        kind,
        name: None,
        currency: (amount != 0).then(|| "EUR".parse().unwrap()),
        joined_by: MatchRule::ClickId,
        in_window: true,
        weight: count * WHOLE,
        first_sales: 0,
        second_sales: 0,
        lags: Vec::new(),
        payments: Vec::new(),
        amount,
        converted: None,
    }
}

fn clicks(network: &str, human: i64, bot: i64, visitors: i64) -> [ClickSum; 2] {
    [
        (ClickClass::Human, human, visitors),
        (ClickClass::Crawler, bot, 0),
    ]
    .map(|(class, clicks, visitors)| ClickSum {
        segment: on(Some(network), None),
        class,
        clicks,
        visitors,
        link_visitors: visitors,
    })
}

fn report(
    campaign: &Campaign,
    clicks: &[ClickSum],
    credits: &[CreditSum],
    elsewhere: &[CreditSum],
) -> YieldReport {
    let query = ReportQuery {
        default_window_days: 30,
        period: Period {
            from: Millis(0),
            to: Millis(900_000),
        },
        now: Millis(500),
        ..ReportQuery::default()
    };
    let observed = Observed {
        networks: vec!["linkedin".to_owned()],
        clicks: clicks.to_vec(),
        credits: credits.to_vec(),
        goal_credits: credits.to_vec(),
        workspace_unattributed: elsewhere.to_vec(),
        ..Observed::default()
    };
    let declared = Declared {
        campaign: campaign.clone(),
        past_goals: Vec::new(),
        costs: PeriodCosts {
            rows: Vec::new(),
            days: 0..=0,
            unvalued_minutes: 0,
            outside: Default::default(),
        },
        engagement: Vec::new(),
        engagement_outside: [0, 0],
    };
    yield_report(&query, &observed, &declared)
}

#[test]
fn rows_count_people_and_money_and_every_network_of_the_campaign_has_one() {
    let report = report(
        &campaign(leads_goal(2)),
        &clicks("x", 50, 7, 40),
        &[
            credit(Some("x"), ConversionKind::Lead, 3, 0),
            credit(Some("x"), ConversionKind::Sale, 1, 4999),
            credit(Some("x"), ConversionKind::Refund, 1, -1000),
        ],
        &[],
    );
    let [linkedin, x] = &report.rows[..] else {
        panic!("two rows, not {:?}", report.rows)
    };
    assert_eq!(linkedin.key.network.as_deref(), Some("linkedin"));
    assert_eq!((linkedin.clicks.all, linkedin.lead_rate), (0, None));
    assert_eq!((x.clicks.human, x.clicks.bot, x.clicks.all), (50, 7, 57));
    assert_eq!(x.clicks.by_class[&ClickClass::Crawler], 7);
    assert_eq!(x.lead_rate, LeadRate::wilson(3.0, 40.0));
    assert_eq!(
        (x.revenue.amount, x.refunds.amount, x.net_revenue.amount),
        (4999, 1000, 3999)
    );
    assert_eq!(report.goal.verdict, GoalVerdict::Met);
    assert_eq!(report.joined_by["click_id"], 5.0);
    assert_eq!(
        serde_json::to_value(&report).unwrap()["rows"][1]["leads"],
        3
    );
}

#[test]
fn late_clicks_are_unattributed_and_others_are_in_no_sum_and_both_are_noted() {
    let late = CreditSum {
        in_window: false,
        ..credit(Some("x"), ConversionKind::Lead, 1, 0)
    };
    let elsewhere = CreditSum {
        joined_by: MatchRule::None,
        ..credit(None, ConversionKind::Lead, 2, 0)
    };
    let report = report(&campaign(leads_goal(1)), &[], &[late], &[elsewhere]);
    assert_eq!(report.unattributed.leads, 1.0);
    assert_eq!(report.workspace_unattributed.unwrap().leads, 2.0);
    assert_eq!(report.total.leads, 1.0);
    assert_eq!(
        report.goal.actual,
        Some(1.0),
        "the goal counts what the total does"
    );
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
fn other_currencies_stand_apart_and_count_as_what_they_were_converted_to() {
    let dollars = |kind, count, amount, converted: Option<(i64, i64)>| CreditSum {
        currency: Some("USD".parse().unwrap()),
        converted: converted.map(|(amount, latest_day)| ConvertedAmount { amount, latest_day }),
        ..credit(Some("x"), kind, count, amount)
    };
    let credits = [
        credit(Some("x"), ConversionKind::Sale, 1, 4999),
        dollars(ConversionKind::Sale, 1, 700, None),
        dollars(ConversionKind::Sale, 2, 12_000, Some((11_406, 20_781))),
        dollars(ConversionKind::Sale, 1, 1_000, Some((951, 20_780))),
        dollars(ConversionKind::Refund, 1, -2_000, Some((-1_901, 20_781))),
        dollars(ConversionKind::Lead, 1, 5, None),
    ];
    let report = report(&campaign(leads_goal(1)), &[], &credits, &[]);
    let total = &report.total;
    assert_eq!((total.sales, total.revenue.amount), (5.0, 17_356));
    assert_eq!(
        (total.refunds.amount, total.net_revenue.amount),
        (1_901, 15_455)
    );
    let [out, counted] = &report.currencies[..] else {
        panic!("two blocks, not {:?}", report.currencies)
    };
    assert_eq!(
        (out.converted, out.sales, out.counted_as),
        (false, 1.0, None)
    );
    assert_eq!(out.net_revenue.to_string(), "7.00 USD");
    assert_eq!((counted.converted, counted.sales), (true, 3.0));
    assert_eq!(counted.net_revenue.to_string(), "110.00 USD");
    assert_eq!(counted.counted_as.unwrap().to_string(), "104.56 EUR");
    for begin in [
        "7.00 USD of 1 sale are not in any of these sums",
        "130.00 USD of 3 sales and 20.00 USD of refunds were converted to EUR at the rates of their \
         days that were loaded (latest 2026-11-24)",
    ] {
        let mut notes = report.notes.iter();
        assert!(
            notes.any(|note| note.starts_with(begin)),
            "{:?}",
            report.notes
        );
    }
}

#[test]
fn more_leads_than_visitors_have_no_rate() {
    let report = report(
        &campaign(leads_goal(1)),
        &clicks("x", 1, 0, 1),
        &[credit(Some("x"), ConversionKind::Lead, 2, 0)],
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
    let report = report(
        &campaign(GoalOrWaiver::Waived("brand only".into())),
        &[],
        &[],
        &[],
    );
    assert_eq!(report.goal.verdict, GoalVerdict::Waived);
    assert_eq!(report.goal.goal_waiver.as_deref(), Some("brand only"));
}

fn any_credit() -> impl Strategy<Value = CreditSum> {
    (
        0usize..4,
        0usize..4,
        any::<bool>(),
        1i64..50,
        -100_000i64..100_000,
        prop::option::of(prop::option::of(-100_000i64..100_000)),
    )
        .prop_map(
            |(network, kind, in_window, count, amount, dollars)| CreditSum {
                in_window,
                currency: match dollars {
                    None => Some("EUR".parse().unwrap()),
                    Some(_) => Some("USD".parse().unwrap()),
                },
                converted: dollars.flatten().map(|amount| ConvertedAmount {
                    amount,
                    latest_day: 20_781,
                }),
                ..credit(
                    [None, Some("x"), Some("facebook"), Some("linkedin")][network],
                    [
                        ConversionKind::Lead,
                        ConversionKind::Sale,
                        ConversionKind::Refund,
                        ConversionKind::Event,
                    ][kind],
                    count,
                    amount,
                )
            },
        )
}

proptest! {
    #[test]
    fn rows_and_unattributed_sum_to_the_total(
        credits in prop::collection::vec(any_credit(), 0..20),
        elsewhere in prop::collection::vec(any_credit(), 0..5),
        visits in prop::collection::vec(0i64..1000, 3),
    ) {
        let seen = [clicks("x", visits[0], 3, visits[0]), clicks("threads", visits[1], 0, visits[2])].concat();
        let report = report(&campaign(leads_goal(1)), &seen, &credits, &elsewhere);
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
        // What is counted is what the campaign's own currency brought and what was converted.
        let counted = |kind| {
            let sums = credits.iter().filter(move |sum| sum.kind == kind);
            let euro = "EUR".parse().ok();
            sums.map(|sum| match sum.converted {
                None if sum.currency == euro => sum.amount,
                converted => converted.map_or(0, |converted| converted.amount),
            })
            .sum::<i64>()
        };
        prop_assert_eq!(counted(ConversionKind::Sale), total.revenue.amount);
        prop_assert_eq!(counted(ConversionKind::Refund), -total.refunds.amount);
        let dollars: i64 = report.currencies.iter().map(|block| block.net_revenue.amount).sum();
        let reported: i64 = credits.iter()
            .filter(|sum| sum.currency == "USD".parse().ok())
            .filter(|sum| matches!(sum.kind, ConversionKind::Sale | ConversionKind::Refund))
            .map(|sum| sum.amount)
            .sum();
        prop_assert_eq!(dollars, reported);
    }
}
