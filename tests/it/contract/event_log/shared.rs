//! Further guarantees of the log in Redis: shards, several consumers, and changes of its keys by
//! others.

use super::*;

fn entries_key(place: &Place) -> String {
    match &place.settings.target {
        LogTarget::Redis(redis) => format!("{{{}:0}}:entries", redis.prefix),
        LogTarget::Local { .. } | LogTarget::Spilling { .. } => panic!("only Redis has keys"),
    }
}

#[tokio::test]
async fn a_redis_that_was_emptied_begins_anew() {
    let place = Backend::Redis.place();
    let log = place.open().await;
    append(&log, &["in hand"]).await;
    assert_eq!(read(&log, 10).await.len(), 1);
    append(&log, &["lost"]).await;
    redis::run(&["DEL", &entries_key(&place)]).await;
    append(&log, &["one", "two"]).await;
    assert_eq!(texts(&read(&log, 10).await), ["in hand", "one", "two"]);
}

#[tokio::test]
async fn an_entry_deleted_by_hand_is_reported_and_passed() {
    let place = Backend::Redis.place();
    let log = place.open().await;
    append(&log, &["one"]).await;
    append(&log, &["two"]).await;
    let deleted = read(&log, 1).await[0].id;
    let name = deleted.to_string();
    let entry = name.rsplit_once('-').unwrap().0.to_owned();
    redis::run(&["XDEL", &entries_key(&place), &entry]).await;
    drop(log);
    let log = place.open().await;
    let found = read(&log, 10).await;
    let reason = found[0].unreadable.clone().unwrap();
    log.dead_letter(&found[0], &reason, Millis(0))
        .await
        .unwrap();
    assert_eq!(texts(&read(&log, 10).await), ["two"]);
}

/// A consumer of another name on the same log.
async fn other_consumer(place: &Place, claim_after: Duration) -> EventLog {
    let LogTarget::Redis(redis) = &place.settings.target else {
        panic!("only Redis has consumers");
    };
    let target = LogTarget::Redis(leadline::event_log::redis::RedisLogSettings {
        consumer: "other".to_owned(),
        claim_after,
        ..redis.clone()
    });
    let settings = LogSettings {
        target,
        ..place.settings.clone()
    };
    EventLog::open(&settings).await.unwrap()
}

#[tokio::test]
async fn each_entry_goes_to_one_consumer_and_to_another_when_it_is_kept_too_long() {
    let place = Backend::Redis.place();
    let first = place.open().await;
    append(&first, &["one", "two"]).await;
    let kept = read(&first, 1).await;
    let patient = other_consumer(&place, Duration::from_mins(1)).await;
    append(&first, &["three"]).await;
    assert_eq!(texts(&read(&patient, 10).await), ["three"]);
    drop(patient);
    let claimer = other_consumer(&place, Duration::from_millis(1)).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let claimed = read(&claimer, 10).await;
    assert_eq!(texts(&claimed), ["one", "two", "three"]);
    claimer.ack(&ids(&claimed)).await.unwrap();
    // The first one was only slow: what it does late changes nothing any more.
    first.ack(&ids(&kept)).await.unwrap();
    assert_eq!(first.depth().await.unwrap(), 0);
    append(&first, &["four"]).await;
    assert_eq!(first.depth().await.unwrap(), 1);
}

#[tokio::test]
async fn shards_are_read_together_and_keep_their_keys_apart() {
    let redis = leadline::event_log::redis::RedisLogSettings {
        shards: 3,
        ..redis::settings()
    };
    let prefix = redis.prefix.clone();
    let settings = LogSettings {
        target: LogTarget::Redis(redis),
        sync: SyncMode::Process,
    };
    let log = EventLog::open(&settings).await.unwrap();
    append(&log, &["zero"]).await;
    for record in ["one", "two", "again zero"] {
        append(&log.fork(), &[record]).await;
    }
    for (shard, length) in [(0, 2), (1, 1), (2, 1)] {
        let key = format!("{{{prefix}:{shard}}}:entries");
        assert_eq!(
            redis::run(&["XLEN", &key]).await,
            ::redis::Value::Int(length)
        );
    }
    assert_eq!(log.depth().await.unwrap(), 4);
    let found = read(&log, 10).await;
    let mut all = texts(&found);
    all.sort_unstable();
    assert_eq!(all, ["again zero", "one", "two", "zero"]);
    log.dead_letter(&found[0], "no", Millis(1)).await.unwrap();
    log.ack(&ids(&found[1..])).await.unwrap();
    assert_eq!(
        (log.depth().await.unwrap(), log.dead_depth().await.unwrap()),
        (0, 1)
    );
    let late = async {
        tokio::task::yield_now().await;
        append(&log.fork(), &["late"]).await;
    };
    let (found, ()) = tokio::join!(log.read(10, Duration::from_mins(1)), late);
    assert_eq!(texts(&found.unwrap()), ["late"]);
}

#[tokio::test]
async fn redis_errors_hide_the_address() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("redis://user:hush@{closed}/0"),
        "redis//user:hush@nowhere".to_owned(),
    ] {
        let target = LogTarget::Redis(leadline::event_log::redis::RedisLogSettings {
            server: url.as_str().into(),
            ..redis::settings()
        });
        let settings = LogSettings {
            target,
            sync: SyncMode::Process,
        };
        let error = match EventLog::open(&settings).await {
            Ok(log) => log.depth().await.unwrap_err(),
            Err(error) => error,
        };
        let shown = format!("{error} {error:?} {settings:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
