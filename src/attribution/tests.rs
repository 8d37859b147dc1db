//! Each rule by examples. For every path, shares sum to the whole in any order of touches.

use super::*;
use crate::clock::{DAY_MS, Millis};
use crate::id::ClickId;
use proptest::prelude::*;

const TERMS: AttributionSettings = AttributionSettings {
    window_days: 30,
    sale_window_days: 90,
    half_life_days: 7,
};

/// A touch at that time; `on` says whether its link has a network.
fn touch(at: i64, on: bool) -> Touch {
    Touch {
        click_id: Some(ClickId::from_parts(Millis(at), [0; 10])),
        campaign_id: None,
        network_seen: None,
        country: None,
        device: None,
        network: on.then(|| "x".to_owned()),
        link_id: None,
        clicked_at: Some(Millis(at)),
    }
}

/// The credited times, with their weights and amounts.
fn shared(model: AttributionModel, touches: &[Touch], amount: i64) -> Vec<(i64, i64, i64)> {
    let credits = credits(model, touches, Some(amount), &TERMS);
    let share = |credit: Credit| {
        let at = credit.touch.and_then(|touch| touch.clicked_at).unwrap();
        (at.0, credit.weight, credit.amount.unwrap())
    };
    credits.into_iter().map(share).collect()
}

#[test]
fn each_model_shares_a_path_of_four_by_its_rule() {
    // A direct click is last; one week is between the first two, and between the third and the
    // last.
    let week = 7 * DAY_MS;
    let (b, c, d) = (week, week + DAY_MS, 2 * week + DAY_MS);
    let path = [
        touch(0, true),
        touch(b, true),
        touch(c, true),
        touch(d, false),
    ];
    for (model, expected) in [
        (AttributionModel::LastTouch, vec![(d, WHOLE, 1001)]),
        (AttributionModel::FirstTouch, vec![(0, WHOLE, 1001)]),
        (AttributionModel::LastNonDirect, vec![(c, WHOLE, 1001)]),
        (
            AttributionModel::Linear,
            vec![
                (0, 250_000, 251),
                (b, 250_000, 250),
                (c, 250_000, 250),
                (d, 250_000, 250),
            ],
        ),
        (
            AttributionModel::Position,
            vec![
                (0, 400_000, 401),
                (b, 100_000, 100),
                (c, 100_000, 100),
                (d, 400_000, 400),
            ],
        ),
        // Ages relative to the last: 15, 8, 7 and 0 days; 2^(-15/7), 2^(-8/7), 1/2 and 1.
        (
            AttributionModel::TimeDecay,
            vec![
                (0, 103_901, 104),
                (b, 207_802, 208),
                (c, 229_432, 230),
                (d, 458_865, 459),
            ],
        ),
    ] {
        let found = shared(model, &path, 1001);
        assert_eq!(found, expected, "{model}");
    }
}

#[test]
fn of_two_touches_position_gives_half_to_each() {
    let found = shared(
        AttributionModel::Position,
        &[touch(1, true), touch(2, true)],
        100,
    );
    assert_eq!(found, [(1, 500_000, 50), (2, 500_000, 50)]);
}

#[test]
fn where_every_touch_is_direct_the_last_one_is_it() {
    let found = shared(
        AttributionModel::LastNonDirect,
        &[touch(2, false), touch(1, false)],
        100,
    );
    assert_eq!(found, [(2, WHOLE, 100)]);
}

#[test]
fn a_touch_of_less_than_a_millionth_gets_no_row() {
    let path = [touch(0, true), touch(700 * DAY_MS, true)];
    assert_eq!(
        shared(AttributionModel::TimeDecay, &path, 5),
        [(700 * DAY_MS, WHOLE, 5)]
    );
}

#[test]
fn without_touches_nobody_is_credited() {
    for model in AttributionModel::ALL {
        let nobody = Credit {
            touch: None,
            weight: WHOLE,
            amount: None,
        };
        let whole = credits(model, &[], None, &TERMS);
        assert_eq!(whole, refund_credits(&[], None));
        assert_eq!(whole, [nobody]);
    }
}

#[test]
fn units_left_over_go_to_the_largest_remainder() {
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
    assert_eq!(split(5, &[0, 0]), [0, 0]);
}

#[test]
fn each_change_of_what_is_set_is_another_version() {
    let versions = [
        TERMS,
        AttributionSettings {
            window_days: 31,
            ..TERMS
        },
        AttributionSettings {
            sale_window_days: 30,
            ..TERMS
        },
        AttributionSettings {
            half_life_days: 30,
            ..TERMS
        },
        AttributionSettings {
            window_days: 90,
            sale_window_days: 30,
            ..TERMS
        },
    ]
    .map(|terms| terms.version());
    let different: std::collections::BTreeSet<i64> = versions.into_iter().collect();
    assert_eq!(different.len(), versions.len());
    assert!(versions.iter().all(|version| *version > 0));
}

/// Up to nine touches within two months, several of them at the same time.
fn any_path() -> impl Strategy<Value = Vec<Touch>> {
    let one = (0i64..60, any::<bool>(), any::<u8>());
    prop::collection::vec(one, 1..9).prop_map(|touches| {
        let touch = |(place, (days, on, bits)): (u8, (i64, bool, u8))| Touch {
            click_id: Some(ClickId::from_parts(
                Millis(days * DAY_MS),
                [bits, place, 0, 0, 0, 0, 0, 0, 0, 0],
            )),
            ..touch(days * DAY_MS, on)
        };
        (0u8..).zip(touches).map(touch).collect()
    })
}

fn model() -> impl Strategy<Value = AttributionModel> {
    prop::sample::select(AttributionModel::ALL.to_vec())
}

proptest! {
    #[test]
    fn parts_sum_to_the_amount(
        amount in -1_000_000_000_000i64..1_000_000_000_000,
        weights in prop::collection::vec(0i64..WHOLE, 1..9),
    ) {
        prop_assume!(weights.iter().sum::<i64>() > 0);
        prop_assert_eq!(split(amount, &weights).iter().sum::<i64>(), amount);
    }

    #[test]
    fn shares_sum_to_the_whole_and_to_the_amount(
        model in model(),
        path in any_path(),
        amount in -1_000_000_000_000i64..1_000_000_000_000,
    ) {
        let credits = credits(model, &path, Some(amount), &TERMS);
        prop_assert_eq!(credits.iter().map(|credit| credit.weight).sum::<i64>(), WHOLE);
        prop_assert_eq!(credits.iter().filter_map(|credit| credit.amount).sum::<i64>(), amount);
        prop_assert!(credits.iter().all(|credit| credit.weight > 0 && credit.touch.is_some()));
    }

    #[test]
    fn the_order_of_touches_changes_nothing(
        model in model(),
        (path, shuffled) in any_path()
            .prop_flat_map(|path| (Just(path.clone()), Just(path).prop_shuffle())),
        amount in -10_000i64..10_000,
    ) {
        prop_assert_eq!(
            credits(model, &path, Some(amount), &TERMS),
            credits(model, &shuffled, Some(amount), &TERMS)
        );
    }

    #[test]
    fn a_path_of_one_touch_is_last_touch_by_every_model(
        model in model(), path in any_path(), amount in -10_000i64..10_000,
    ) {
        let one = &path[..1];
        prop_assert_eq!(
            credits(model, one, Some(amount), &TERMS),
            credits(AttributionModel::LastTouch, one, Some(amount), &TERMS)
        );
    }

    #[test]
    fn a_refund_takes_back_with_its_sale_s_weights(
        model in model(), path in any_path(), amount in 0i64..1_000_000,
    ) {
        let sale = credits(model, &path, Some(amount), &TERMS);
        let refund = refund_credits(&sale, Some(-amount));
        prop_assert_eq!(sale.len(), refund.len());
        for (sale, refund) in sale.iter().zip(&refund) {
            prop_assert_eq!(&sale.touch, &refund.touch);
            prop_assert_eq!(sale.weight, refund.weight);
            prop_assert_eq!(sale.amount.map(|amount| -amount), refund.amount);
        }
    }

    #[test]
    fn a_later_touch_never_weighs_less_by_time_decay(path in any_path()) {
        let credits = credits(AttributionModel::TimeDecay, &path, None, &TERMS);
        let weights: Vec<i64> = credits.iter().map(|credit| credit.weight).collect();
        // Largest remainders may move one millionth.
        prop_assert!(weights.windows(2).all(|pair| pair[0] <= pair[1] + 1), "{weights:?}");
    }
}
