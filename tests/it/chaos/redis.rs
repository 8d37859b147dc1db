//! Redis that stops, freezes, or closes connections in the middle of a message.

use std::time::{Duration, Instant};

use leadline::event_log::redis::RedisLogSettings;
use leadline::event_log::{self, EventLog, LogTarget, SyncMode};
use rstest::rstest;

use super::{Figures, SEED, doubles, form, is_long, pause};
use crate::support::ground::Ground;
use crate::support::load::Load;
use crate::support::process::free_port;
use crate::support::proxy::{Proxy, in_front_of, through};
use crate::support::redis;

/// How Redis goes away.
#[derive(Clone, Copy, Debug)]
enum Outage {
    Stopped,
    Killed,
    Frozen,
    Full,
}

impl Outage {
    fn name(self) -> &'static str {
        match self {
            Outage::Stopped => "Redis stopped, then started again",
            Outage::Killed => "Redis killed, then started again",
            Outage::Frozen => "Redis frozen (SIGSTOP)",
            Outage::Full => "Redis at its `maxmemory`",
        }
    }

    async fn begin(self, ground: &mut Ground) {
        match self {
            Outage::Stopped => drop(ground.redis.take().unwrap().stop("TERM")),
            Outage::Killed => ground.redis.take().unwrap().kill(),
            Outage::Frozen => ground.redis.as_ref().unwrap().signal("STOP"),
            Outage::Full => limit_memory(ground, "1").await,
        }
    }

    /// Redis comes back with what it had confirmed.
    async fn end(self, ground: &mut Ground) {
        match self {
            Outage::Stopped | Outage::Killed => ground.start_redis(),
            Outage::Frozen => ground.redis.as_ref().unwrap().signal("CONT"),
            Outage::Full => limit_memory(ground, "0").await,
        }
    }
}

async fn limit_memory(ground: &Ground, bytes: &str) {
    let _: String = ground
        .ask_redis(&["CONFIG", "SET", "maxmemory", bytes])
        .await;
}

#[rstest]
#[tokio::test]
async fn no_redirect_fails_without_redis(
    #[values(Outage::Stopped, Outage::Killed, Outage::Frozen, Outage::Full)] outage: Outage,
) {
    let mut ground = Ground::server().await;
    let port = free_port();
    let _redirect = ground.node("redirect", "r", port);
    let (_ingest, metrics) = ground.watched_node("ingest", "i", 0);
    let load = Load::on(&[port], 8);
    pause(500).await;
    let begun = Instant::now();
    outage.begin(&mut ground).await;
    pause(form(1500, 10_000)).await;
    outage.end(&mut ground).await;
    let ended = Instant::now();
    pause(1000).await;
    let seen = load.stop();
    assert_eq!(seen.failed, 0);
    let rows = ground.has_all(&seen).await;
    assert_eq!(rows, seen.clicks.len());
    let p99 = Figures {
        case: outage.name(),
        seen: &seen,
        rows,
        doubles: doubles(&metrics).await,
        outage: Some((begun, ended)),
    }
    .tell();
    // Redis has 50 ms to confirm. The short form runs beside other tests, and built for debugging.
    let bound = Duration::from_millis(if is_long() { 50 + 20 } else { 250 });
    assert!(p99 < bound, "{p99:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_redis_that_break_at_random_lose_and_double_nothing() {
    let mut ground = Ground::server().await;
    let redis = format!("127.0.0.1:{}", ground.redis_port);
    let proxy = Proxy::seeded(redis, SEED).await;
    ground.set("LEADLINE__LOG__URL", format!("redis://{}/0", proxy.address));
    let port = free_port();
    let _redirect = ground.node("redirect", "r", port);
    let (_ingest, metrics) = ground.watched_node("ingest", "i", 0);
    let load = Load::on(&[port], 8);
    pause(200).await;
    let begun = Instant::now();
    proxy.fray();
    pause(form(3000, 30_000)).await;
    // On a busy machine little is said in that time, and so little breaks.
    while proxy.broken() <= 10 && begun.elapsed().as_secs() < 60 {
        pause(50).await;
    }
    proxy.mend();
    let ended = Instant::now();
    pause(200).await;
    let seen = load.stop();
    assert_eq!(seen.failed, 0);
    let broken = proxy.broken();
    assert!(broken > 10, "only {broken} connections broke");
    let rows = ground.has_all(&seen).await;
    assert_eq!(rows, seen.clicks.len());
    Figures {
        case: &format!("connections to Redis break at random, {broken} times"),
        seen: &seen,
        rows,
        doubles: doubles(&metrics).await,
        outage: Some((begun, ended)),
    }
    .tell();
}

/// An acknowledgement that fails brings a whole batch again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cut_what_is_read_can_be_acknowledged_at_once() {
    let proxy = in_front_of(&redis::url()).await;
    let target = LogTarget::Redis(RedisLogSettings {
        server: through(&proxy, &redis::url()).into(),
        ..redis::settings()
    });
    let sync = SyncMode::Process;
    let settings = event_log::LogSettings { target, sync };
    let log = EventLog::open(&settings).await.unwrap();
    let record = ["click"].iter().collect();
    for cut in [false, true] {
        if cut {
            proxy.cut();
            assert!(log.append(&record).await.is_err());
            // Mended before it ends, the connection for reads would outlive the others.
            while log.read(10, Duration::ZERO).await.is_ok() {}
            proxy.mend();
        }
        log.append(&record).await.unwrap();
        let read = log.read(10, Duration::ZERO).await.unwrap();
        // An append whose answer was cut off may have arrived.
        assert!((1..=1 + usize::from(cut)).contains(&read.len()));
        let ids: Vec<_> = read.iter().map(|it| it.id).collect();
        log.ack(&ids).await.unwrap();
    }
    assert_eq!(log.depth().await.unwrap(), 0);
}
