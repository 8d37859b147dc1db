//! Pseudonyms on a shared Redis: the same on every node, for one day.

use leadline::clock::{DAY_MS, Millis};
use leadline::visitor_key::Pseudonyms;
use leadline::visitor_key::shared::{SharedKeySettings, SharedKeys};

use crate::support::app::NOON;
use crate::support::redis;

fn settings(prefix: &str) -> SharedKeySettings {
    SharedKeySettings {
        server: redis::url().into(),
        prefix: prefix.to_owned(),
        deadline: std::time::Duration::from_secs(5),
    }
}

async fn node(settings: &SharedKeySettings, now: Millis) -> Pseudonyms {
    Pseudonyms::shared(SharedKeys::open(settings).unwrap(), now).await
}

fn ann(node: &Pseudonyms, now: Millis) -> leadline::click::Visitor {
    node.of(now, "203.0.113.9".parse().unwrap(), "Firefox", "go.example")
}

#[tokio::test]
async fn nodes_agree_today_and_tomorrow_and_a_restart_changes_nothing() {
    let settings = settings(&redis::prefix());
    let (one, two) = (node(&settings, NOON).await, node(&settings, NOON).await);
    let today = ann(&one, NOON);
    assert_eq!(ann(&two, NOON), today);
    assert_eq!(
        ann(&node(&settings, NOON).await, NOON),
        today,
        "after a restart"
    );
    // A minute before midnight the next key is there, and not in force.
    let midnight = Millis((NOON.0 / DAY_MS + 1) * DAY_MS);
    let late = midnight.plus_ms(-60_000);
    for node in [&one, &two] {
        node.prepare(late).await.unwrap();
        assert_eq!(ann(node, late), today);
    }
    let tomorrow = ann(&one, midnight);
    assert_ne!(tomorrow, today);
    assert_eq!(ann(&two, midnight), tomorrow);
    assert_eq!(ann(&node(&settings, midnight).await, midnight), tomorrow);
}

/// A Redis that has lost its memory gets the key back, and a node that comes then agrees with the
/// others.
#[tokio::test]
async fn a_key_that_redis_has_lost_is_put_back() {
    let prefix = redis::prefix();
    let settings = settings(&prefix);
    let one = node(&settings, NOON).await;
    let today = ann(&one, NOON);
    redis::run(&["DEL", &format!("{{{prefix}:visitor}}:2026-03-10")]).await;
    one.prepare(NOON).await.unwrap();
    assert_eq!(ann(&node(&settings, NOON).await, NOON), today);
    // Where another node was first, both go by its key.
    redis::run(&["DEL", &format!("{{{prefix}:visitor}}:2026-03-10")]).await;
    let two = node(&settings, NOON).await;
    one.prepare(NOON).await.unwrap();
    assert_eq!(ann(&one, NOON), ann(&two, NOON));
}

#[tokio::test]
async fn a_key_ends_with_its_day() {
    let prefix = redis::prefix();
    let settings = settings(&prefix);
    let second = Millis((NOON.0 / DAY_MS + 1) * DAY_MS - 1_000);
    let keys = SharedKeys::open(&settings).unwrap();
    let day = NOON.0 / DAY_MS;
    let first = keys.of(day, second, [1; 32]).await.unwrap();
    assert_eq!(first, [1; 32]);
    assert_eq!(keys.of(day, second, [2; 32]).await.unwrap(), first);
    let name = format!("{{{prefix}:visitor}}:2026-03-10");
    let ::redis::Value::Int(left) = redis::run(&["PTTL", &name]).await else {
        panic!("no time to live");
    };
    assert!((1..=1_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn without_redis_a_node_counts_alone_until_it_is_back() {
    let away = SharedKeySettings {
        server: "redis://127.0.0.1:1/0".into(),
        ..settings("p")
    };
    let (one, two) = (node(&away, NOON).await, node(&away, NOON).await);
    assert_eq!(ann(&one, NOON), ann(&one, NOON.plus_ms(1)));
    assert_ne!(ann(&one, NOON), ann(&two, NOON));
    assert_ne!(ann(&one, NOON), ann(&one, NOON.plus_ms(DAY_MS)));
    assert!(one.prepare(NOON).await.is_err());
}
