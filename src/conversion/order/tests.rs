//! Orders told piece by piece, in any order, end in the same lines of the ledger.

use proptest::prelude::*;

use super::*;
use crate::clock::Millis;
use crate::conversion::JoinEvidence;
use crate::conversion::{ClickIdSource, ConversionKind};
use crate::id::ClickId;
use crate::money::Money;

fn money(amount: i64) -> Money {
    Money {
        amount,
        currency: "EUR".parse().unwrap(),
    }
}

fn observation(part: &str, version: i64, fact: OrderFact) -> OrderObservation {
    OrderObservation {
        part: part.to_owned(),
        version: Millis(version),
        fact,
    }
}

fn paid(version: i64, total: i64) -> OrderObservation {
    let at = Millis(1);
    let total = money(total);
    observation("paid", version, OrderFact::Paid { at, total })
}

fn refund(id: &str, version: i64, amount: i64, state: RefundState) -> OrderObservation {
    let (at, amount) = (Millis(version), money(amount));
    observation(id, version, OrderFact::Refund { at, amount, state })
}

fn in_all(event: &str, version: i64, amount: i64) -> OrderObservation {
    let (at, amount) = (Millis(version), money(amount));
    observation(event, version, OrderFact::RefundedInAll { at, amount })
}

fn dispute(version: i64, state: DisputeState) -> OrderObservation {
    let fact = OrderFact::Dispute {
        at: Millis(5),
        amount: money(100),
        state,
        changed_at: Millis(version),
    };
    observation("dispute:1", version, fact)
}

fn standing(version: i64, is_void: bool) -> OrderObservation {
    observation("standing", version, OrderFact::Standing { is_void })
}

/// Amounts by kind and part, in the order of the ledger.
fn lines(observations: &[OrderObservation]) -> Vec<(ConversionKind, String, i64)> {
    let of = |line: LedgerLine| (line.kind, line.part, line.value.map_or(0, |v| v.amount));
    ledger(observations).into_iter().map(of).collect()
}

fn amounts(observations: &[OrderObservation]) -> Vec<i64> {
    lines(observations).into_iter().map(|line| line.2).collect()
}

#[test]
fn the_newest_word_of_a_part_stands_whichever_came_first() {
    let (old, new) = (paid(1, 100), paid(2, 90));
    assert_eq!(old.clone().merged(new.clone()), new);
    assert_eq!(new.clone().merged(old), new);
    let done = refund("refund:1", 3, 10, RefundState::Done);
    let failed = refund("refund:1", 3, 10, RefundState::Failed);
    assert_eq!(failed.clone().merged(done), failed, "of the same second");
}

/// Told by somebody who never says when: the time is that of arrival.
fn arrived(at: i64, total: i64) -> OrderObservation {
    let (at, total) = (Millis(at), money(total));
    observation("paid", 0, OrderFact::Paid { at, total })
}

fn off(at: i64) -> OrderObservation {
    observation("off", at, OrderFact::Off { at: Millis(at) })
}

#[test]
fn of_words_without_a_version_the_first_stands() {
    let (first, again) = (arrived(3, 100), arrived(900, 20));
    assert_eq!(first.clone().merged(again.clone()), first);
    assert_eq!(again.merged(first.clone()), first);
    let off = off(5).merged(off(700));
    let story = [first.clone(), off.clone(), standing(700, true)];
    let since = ledger(&story)[1].occurred_at;
    assert_eq!(since, Millis(5), "said again, it is off since the first");
    assert_eq!(amounts(&[first, off, standing(800, false)]), [100]);
}

#[test]
fn a_refund_stays_where_it_was_first_told() {
    let (first, later) = (
        refund("refund:1", 3, 10, RefundState::Pending),
        refund("refund:1", 9, 12, RefundState::Done),
    );
    let fact = OrderFact::Refund {
        at: Millis(3),
        amount: money(12),
        state: RefundState::Done,
    };
    let expected = observation("refund:1", 9, fact);
    assert_eq!(first.clone().merged(later.clone()), expected);
    assert_eq!(later.merged(first), expected);
}

#[test]
fn sums_become_steps() {
    let story = [
        paid(1, 1000),
        in_all("evt_b", 5, 500),
        in_all("evt_a", 4, 300),
        in_all("evt_c", 6, 500),
    ];
    assert_eq!(amounts(&story), [1000, -300, -200]);
}

#[test]
fn a_refund_told_by_itself_and_in_a_sum_counts_once() {
    let one = refund("refund:1", 4, 300, RefundState::Done);
    assert_eq!(
        amounts(&[paid(1, 1000), one.clone(), in_all("evt_a", 4, 300)]),
        [1000, -300]
    );
    let beyond = lines(&[paid(1, 1000), one, in_all("evt_a", 5, 450)]);
    assert_eq!(
        beyond[2],
        (ConversionKind::Refund, "refunds".to_owned(), -150)
    );
    let failed = refund("refund:1", 5, 300, RefundState::Failed);
    assert_eq!(
        amounts(&[paid(1, 1000), in_all("evt_a", 4, 300), failed]),
        [1000]
    );
}

#[test]
fn sums_of_several_payments_add_up() {
    let story = [
        paid(1, 1000),
        in_all("refunded:a:20", 4, 20),
        in_all("refunded:b:10", 5, 10),
        in_all("refunded:a:50", 6, 50),
    ];
    assert_eq!(amounts(&story), [1000, -20, -10, -30]);
    let one = refund("refund:1", 4, 20, RefundState::Done);
    let beyond: i64 = amounts(&[&story[..], &[one]].concat())[1..].iter().sum();
    assert_eq!(beyond, -60);
}

#[test]
fn a_refund_that_had_failed_is_in_no_later_sum() {
    let failed = refund("refund:1", 3, 10, RefundState::Failed);
    let story = [paid(1, 1000), failed, in_all("refunded:a:20", 4, 20)];
    assert_eq!(amounts(&story), [1000, -20]);
}

#[test]
fn an_order_is_off_since_it_was_first_told() {
    let twice = off(9).merged(off(5));
    assert_eq!(twice.fact, off(5).fact);
    let story = [paid(1, 100), twice, standing(9, true)];
    assert_eq!(ledger(&story)[1].occurred_at, Millis(5));
}

#[test]
fn a_dispute_takes_money_and_gives_it_back_when_won() {
    let story = |state| lines(&[paid(1, 100), dispute(9, state)]);
    let sale = (ConversionKind::Sale, String::new(), 100);
    let taken = (ConversionKind::Chargeback, "dispute:1".to_owned(), -100);
    let given = (
        ConversionKind::ChargebackReversal,
        "dispute:1".to_owned(),
        100,
    );
    assert_eq!(story(DisputeState::Inquiry).len(), 1);
    assert_eq!(story(DisputeState::Open), [sale.clone(), taken.clone()]);
    assert_eq!(story(DisputeState::Lost), [sale.clone(), taken.clone()]);
    assert_eq!(story(DisputeState::Won), [sale, taken, given]);
}

#[test]
fn what_is_void_leaves_nothing() {
    let part = refund("refund:1", 3, 40, RefundState::Done);
    assert_eq!(
        amounts(&[paid(1, 100), part, standing(4, true)]),
        [100, -40, -60]
    );
    assert_eq!(
        amounts(&[standing(4, true)]),
        [0i64; 0],
        "it was never paid"
    );
    assert_eq!(
        amounts(&[paid(1, 100), standing(5, false)]),
        [100],
        "it is on again"
    );
    let lead = observation("lead", 1, OrderFact::Lead { at: Millis(1) });
    assert_eq!(
        lines(std::slice::from_ref(&lead))[0].0,
        ConversionKind::Lead
    );
    assert!(lines(&[lead, standing(2, true)]).is_empty());
}

#[test]
fn evidence_adds_up_over_deliveries() {
    let click = |n| ClickId::from_parts(Millis(n), [0; 10]);
    let known = |part: &str, version, n, customer: Option<&str>| {
        let mut evidence = JoinEvidence {
            external_id: customer.map(str::to_owned),
            ..JoinEvidence::default()
        };
        evidence.add_click(click(n), ClickIdSource::Given);
        observation(part, version, OrderFact::Known { evidence })
    };
    let merged = known("order", 1, 1, Some("a")).merged(known("order", 2, 2, Some("b")));
    let all = evidence(&[known("charge", 1, 3, None), merged]);
    assert_eq!(all.click_ids, [click(1), click(2), click(3)]);
    assert_eq!(all.external_id.as_deref(), Some("b"));
}

#[test]
fn three_words_of_one_moment_merge_alike_in_every_order() {
    let known = |n, customer: &str| {
        let mut evidence = JoinEvidence {
            external_id: Some(customer.to_owned()),
            ..JoinEvidence::default()
        };
        evidence.add_click(
            ClickId::from_parts(Millis(n), [0; 10]),
            ClickIdSource::Given,
        );
        observation("order", 1, OrderFact::Known { evidence })
    };
    let [a, b, c] = [known(1, "a"), known(3, "b"), known(2, "c")];
    let merged = |[x, y, z]: [&OrderObservation; 3]| x.clone().merged(y.clone()).merged(z.clone());
    let first = merged([&a, &b, &c]);
    for order in [
        [&a, &c, &b],
        [&b, &a, &c],
        [&b, &c, &a],
        [&c, &a, &b],
        [&c, &b, &a],
    ] {
        assert_eq!(merged(order), first);
    }
}

fn any_observation() -> impl Strategy<Value = OrderObservation> {
    let version = 1..6i64;
    prop_oneof![
        (version.clone(), 1..1000i64).prop_map(|(version, total)| paid(version, total)),
        (version.clone(), any::<bool>()).prop_map(|(version, off)| standing(version, off)),
        version.clone().prop_map(off),
        (version.clone(), 1..3u8, 1..50i64, 0..3usize).prop_map(|(version, id, amount, state)| {
            let states = [RefundState::Pending, RefundState::Done, RefundState::Failed];
            refund(&format!("refund:{id}"), version, amount, states[state])
        }),
        (version.clone(), 1..4u8, 1..90i64).prop_map(|(version, id, sum)| in_all(
            &format!("evt_{id}"),
            version,
            sum
        )),
        (1..6i64, 1..1000i64).prop_map(|(at, total)| arrived(at, total)),
        (version, 0..4usize).prop_map(|(version, state)| {
            let states = [
                DisputeState::Inquiry,
                DisputeState::Open,
                DisputeState::Lost,
                DisputeState::Won,
            ];
            dispute(version, states[state])
        }),
    ]
}

fn kept(observations: &[OrderObservation]) -> Vec<OrderObservation> {
    let mut facts = OrderFacts::new();
    for observation in observations {
        apply(&mut facts, observation.clone());
    }
    facts.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]
    #[test]
    fn any_order_and_any_repeats_end_in_the_same_ledger(
        (observations, shuffled) in prop::collection::vec(any_observation(), 1..9).prop_flat_map(|observations| {
            let twice: Vec<_> = observations.iter().chain(&observations).cloned().collect();
            (Just(observations), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(ledger(&kept(&observations)), ledger(&kept(&shuffled)));
    }

    #[test]
    fn a_line_has_a_name_of_its_own(observations in prop::collection::vec(any_observation(), 1..9)) {
        let mut names: Vec<_> = lines(&kept(&observations)).into_iter().map(|line| (line.0.as_str(), line.1)).collect();
        let before = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), before);
    }
}
