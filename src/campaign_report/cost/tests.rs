//! Costs shared among rows, days and periods: no unit is lost, and no order matters.

use proptest::prelude::*;

use super::*;

fn cost(network: &str, days: RangeInclusive<i64>, amount: i64) -> ValuedCost {
    ValuedCost {
        network: (!network.is_empty()).then(|| network.to_owned()),
        link_id: None,
        days,
        amount,
    }
}

/// Rows by network.
fn fit(cost: &ValuedCost, key: &&str) -> CostFit {
    match cost.network.as_deref() {
        None => CostFit::Shared,
        Some(network) if network == *key => CostFit::Named,
        Some(_) => CostFit::No,
    }
}

fn shares(
    rows: &[(&'static str, i64)],
    costs: &[ValuedCost],
    rule: CostAllocation,
) -> (Vec<i64>, i64) {
    let made = allocate(rows, costs, rule, fit);
    assert_eq!(made.rule, rule);
    let sum: i64 = made.by_row.values().sum();
    assert_eq!(sum + made.unallocated, made.total);
    (made.by_row.into_values().collect(), made.unallocated)
}

#[test]
fn what_names_a_row_is_its_and_the_rest_is_shared() {
    let rows = [("facebook", 100), ("linkedin", 0), ("x", 200)];
    let costs = [
        cost("x", 0..=0, 500),
        cost("", 0..=0, 1_000),
        cost("tiktok", 0..=0, 70),
    ];
    for (rule, by_row, unallocated) in [
        (CostAllocation::ByPeople, [333, 0, 1_167], 70),
        (CostAllocation::Evenly, [334, 333, 833], 70),
        (CostAllocation::None, [0, 0, 500], 1_070),
    ] {
        assert_eq!(
            shares(&rows, &costs, rule),
            (by_row.to_vec(), unallocated),
            "{rule:?}"
        );
    }
}

#[test]
fn where_nobody_came_it_stands_in_the_total_only() {
    let rows = [("facebook", 0), ("x", 0)];
    let costs = [cost("x", 0..=0, 500), cost("", 0..=0, 1_000)];
    assert_eq!(
        shares(&rows, &costs, CostAllocation::ByPeople),
        (vec![0, 500], 1_000)
    );
    assert_eq!(shares(&[], &costs, CostAllocation::Evenly), (vec![], 1_500));
}

/// By network and country a network's cost names several rows, and by day a day's names one.
#[test]
fn what_names_several_rows_is_shared_among_these() {
    let rows = [(("x", "de"), 3), (("x", "fr"), 1), (("y", "de"), 9)];
    let fit = |cost: &ValuedCost, key: &(&str, &str)| fit(cost, &key.0);
    let costs = [cost("x", 0..=0, 100)];
    let made = allocate(&rows, &costs, CostAllocation::ByPeople, fit);
    assert_eq!(made.by_row.into_values().collect::<Vec<_>>(), [75, 25, 0]);
    assert_eq!(
        allocate(&rows, &costs, CostAllocation::None, fit).unallocated,
        100
    );

    let days = [(4, 0), (5, 7), (6, 0)];
    let parts = cost("", 4..=6, 100).by_day(&(0..=9));
    let by_day = |cost: &ValuedCost, day: &i64| {
        if cost.days.contains(day) {
            CostFit::Named
        } else {
            CostFit::No
        }
    };
    let made = allocate(&days, &parts, CostAllocation::None, by_day);
    assert_eq!(made.by_row.into_values().collect::<Vec<_>>(), [34, 33, 33]);
}

/// Shared one by one, each cent would go to the same row.
#[test]
fn many_small_costs_are_shared_like_one() {
    let rows = [("facebook", 1), ("x", 1)];
    let costs = vec![cost("", 0..=0, 1); 100];
    assert_eq!(
        shares(&rows, &costs, CostAllocation::ByPeople),
        (vec![50, 50], 0)
    );
}

#[test]
fn a_range_counts_by_its_days_inside() {
    let month = cost("x", 10..=39, 1_000);
    let amount = |period| month.within(&period).map(|row| (row.days, row.amount));
    // A thousand over 30 days: 34 on each of the first ten, 33 on the others.
    assert_eq!(amount(0..=9), None);
    assert_eq!(amount(40..=90), None);
    assert_eq!(amount(0..=10), Some((10..=10, 34)));
    assert_eq!(amount(15..=24), Some((15..=24, 5 * 34 + 5 * 33)));
    assert_eq!(amount(i64::MIN..=i64::MAX), Some((10..=39, 1_000)));
}

#[test]
fn a_period_counts_the_days_it_touches() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let at = |text: &str| Millis::parse(text).unwrap();
    let days = |from, to| super::days_of_period(at(from), at(to), &zone);
    let tenth = Millis::parse("2026-03-10T00:00:00Z").unwrap().day();
    let midnight = "2026-03-09T23:00:00Z";
    assert_eq!(days(midnight, "2026-03-10T23:00:00Z"), tenth..=tenth);
    assert_eq!(days(midnight, "2026-03-10T23:15:00Z"), tenth..=tenth + 1);
    assert_eq!(
        days("2026-03-09T22:45:00Z", midnight),
        tenth - 1..=tenth - 1
    );
    assert_eq!(days(midnight, midnight), tenth..=tenth);
}

#[test]
fn work_is_worth_its_rate() {
    assert_eq!(CostAmount::Minutes(90).value(Some(4_001)), Some(6_002));
    assert_eq!(CostAmount::Minutes(1).value(Some(29)), Some(0));
    assert_eq!(CostAmount::Minutes(1).value(Some(30)), Some(1));
    assert_eq!(CostAmount::Minutes(90).value(None), None);
    assert_eq!(CostAmount::Money(7).value(None), Some(7));
}

fn networks() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "a", "b", "c", "d"])
}

fn costs() -> impl Strategy<Value = Vec<ValuedCost>> {
    let one = (networks(), 0i64..30, 0i64..30, 0i64..1_000_000);
    let one =
        one.prop_map(|(network, from, more, amount)| cost(network, from..=from + more, amount));
    prop::collection::vec(one, 0..20)
}

fn rules() -> impl Strategy<Value = CostAllocation> {
    prop::sample::select(vec![
        CostAllocation::ByPeople,
        CostAllocation::Evenly,
        CostAllocation::None,
    ])
}

proptest! {
    #[test]
    fn sums_are_exact_and_no_order_matters(
        people in prop::collection::vec(0i64..10_000, 3),
        (costs, shuffled) in costs().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        turn in 0usize..3,
        rule in rules(),
    ) {
        let mut rows: Vec<(&str, i64)> = ["a", "b", "c"].into_iter().zip(people).collect();
        let made = allocate(&rows, &costs, rule, fit);
        let whole: i64 = costs.iter().map(|cost| cost.amount).sum();
        prop_assert_eq!(made.total, whole);
        prop_assert_eq!(made.by_row.values().sum::<i64>() + made.unallocated, whole);
        prop_assert!(made.by_row.values().all(|amount| *amount >= 0));
        rows.rotate_left(turn);
        prop_assert_eq!(allocate(&rows, &shuffled, rule, fit), made);
    }

    #[test]
    fn neither_periods_nor_days_lose_a_unit(costs in costs(), cut in -1i64..62) {
        for cost in costs {
            let parts = [i64::MIN..=cut, cut + 1..=i64::MAX];
            let parts = parts.iter().filter_map(|period| cost.within(period));
            prop_assert_eq!(parts.map(|part| part.amount).sum::<i64>(), cost.amount);
            let days = cost.by_day(&(i64::MIN..=i64::MAX));
            prop_assert_eq!(days.iter().map(|day| day.amount).sum::<i64>(), cost.amount);
            for day in &days {
                prop_assert_eq!(cost.within(&day.days), Some(day.clone()));
            }
        }
    }
}
