//! The Redis for tests, and separate key prefixes, so that tests can share it.

use std::time::Duration;

use leadline::clock::Clock;
use leadline::event_log::redis::RedisLogSettings;
use leadline::id::LinkId;
use secrecy::{ExposeSecret, SecretString};

/// Names the variable that `make test` sets.
const URL: &str = "LEADLINE_TEST_REDIS_URL";

/// The address of the test Redis. Without one the test fails: a skipped test promises nothing.
pub(crate) fn url() -> SecretString {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration to read it from"
    )]
    let url = std::env::var(URL);
    url.unwrap_or_else(|_| panic!("{URL} is not set: run `make test`, it starts a Redis"))
        .into()
}

/// A prefix that no other test and no other run uses.
pub(crate) fn prefix() -> String {
    format!("test:{}", LinkId::new(Clock::System.now()))
}

/// A log of its own in the test Redis.
pub(crate) fn settings() -> RedisLogSettings {
    RedisLogSettings {
        server: url().into(),
        prefix: prefix(),
        shards: 1,
        consumer: "test".to_owned(),
        claim_after: Duration::from_secs(15),
    }
}

/// Runs one command on the test Redis, as an operator would.
pub(crate) async fn run(command: &[&str]) -> ::redis::Value {
    let client = ::redis::Client::open(url().expose_secret()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut operation = ::redis::cmd(command[0]);
    operation.arg(&command[1..]);
    operation.query_async(&mut connection).await.unwrap()
}
