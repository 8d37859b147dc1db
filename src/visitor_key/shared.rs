//! The day's key in Redis: all nodes give a browser the same pseudonym.
//!
//! `{prefix:visitor}:YYYY-MM-DD` holds 32 random bytes. The first node that asks writes it, and it
//! expires at the end of that day.
//!
//! # Invariants
//! - The first node that asks creates the key; every node gets the same one.
//! - A Redis that lost the key gets it back from the first node that looks.
//! - The key is gone when its day ends: from Redis by its expiry, from each node's memory by its
//!   clock. It never touches our disks. With `appendonly` it is in Redis' file until Redis rewrites
//!   that.
//! - Nobody waits longer than the deadline.

use std::fmt;
use std::time::Duration;

use crate::clock::Millis;
use crate::drivers::redis::{CommandError, RedisEndpoint, RedisEndpointError, SharedCommands};

/// Why Redis gives no key. Its address may hold a password, so no message shows it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of Redis cannot be used.
    #[error(transparent)]
    Endpoint(#[from] RedisEndpointError),
    /// Redis refused, or did not answer.
    #[error("Redis gives no visitor key for the day: {0}")]
    Redis(String),
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Error {
        match error {
            CommandError::Endpoint(error) => Error::Endpoint(error),
            error => Error::Redis(error.to_string()),
        }
    }
}

/// Where Redis has the keys.
#[derive(Clone, Debug)]
pub struct SharedKeySettings {
    /// Which Redis.
    pub server: RedisEndpoint,
    /// What the names of the keys start with.
    pub prefix: String,
    /// How long anybody waits for Redis.
    pub deadline: Duration,
}

/// The keys in Redis.
pub struct SharedKeys {
    commands: SharedCommands,
    tag: String,
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedKeys({})", self.tag)
    }
}

impl SharedKeys {
    /// The keys at that Redis. It does not connect yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(settings: &SharedKeySettings) -> Result<SharedKeys, Error> {
        Ok(SharedKeys {
            commands: SharedCommands::new(&settings.server, settings.deadline, 1)?,
            tag: format!("{{{}:visitor}}", settings.prefix),
        })
    }

    /// The key of a day (days since 1970-01-01, UTC). When Redis has none, it stores the one
    /// offered until the end of that day.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn of(&self, day: i64, now: Millis, offered: [u8; 32]) -> Result<[u8; 32], Error> {
        let key = format!("{}:{}", self.tag, Millis::of_day(day).date());
        let left_ms = Millis::of_day(day + 1).0.saturating_sub(now.0).max(1);
        let mut pipe = redis::pipe();
        pipe.atomic();
        pipe.cmd("SET")
            .arg(&key)
            .arg(&offered[..])
            .arg("NX")
            .arg("PX")
            .arg(left_ms)
            .ignore();
        pipe.cmd("GET").arg(&key);
        let (bytes,): (Vec<u8>,) = self.commands.send(&pipe).await?;
        bytes
            .try_into()
            .map_err(|_| Error::Redis("the stored key does not have 32 bytes".to_owned()))
    }
}
