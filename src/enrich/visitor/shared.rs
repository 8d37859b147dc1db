//! The day's key in Redis, so that all nodes give a browser the same pseudonym.
//!
//! | key | type | written by | trimmed by |
//! | --- | --- | --- | --- |
//! | `{prefix:visitor}:YYYY-MM-DD` | string: 32 random bytes | the first node that asks for it | its expiry, at the end of that day |
//!
//! Holds: whoever asks first makes the key, and everybody gets the same; a Redis that has lost it
//! gets it back from the first node that looks; with the end of its day it is gone, from Redis by
//! its expiry and from each node's memory. It never touches a disk of ours (with `appendonly` it is
//! in Redis' file until that is rewritten). Nobody waits longer than the deadline.

use std::fmt;
use std::time::Duration;

use super::date;
use crate::clock::{DAY_MS, Millis};
use crate::drivers::redis::{CommandError, Endpoint, EndpointError, SharedCommands};

/// Redis does not answer, or refuses. The address may hold a password, so it is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of Redis cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// What Redis or the connection said.
    #[error("Redis does not tell the day's key: {0}")]
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

/// Where the keys are in Redis.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which Redis.
    pub server: Endpoint,
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
    /// The keys at that Redis; it is not asked yet.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub fn open(settings: &Settings) -> Result<SharedKeys, Error> {
        Ok(SharedKeys {
            commands: SharedCommands::new(&settings.server, settings.deadline, 1)?,
            tag: format!("{{{}:visitor}}", settings.prefix),
        })
    }

    /// The key of a day (days since 1970-01-01, UTC): that of Redis or, where it has none (any
    /// more), the one offered. It stays until that day has ended.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn of(&self, day: i64, now: Millis, offered: [u8; 32]) -> Result<[u8; 32], Error> {
        let key = format!("{}:{}", self.tag, date(day));
        let left_ms = (day + 1)
            .saturating_mul(DAY_MS)
            .saturating_sub(now.0)
            .max(1);
        let mut both = redis::pipe();
        both.atomic();
        both.cmd("SET")
            .arg(&key)
            .arg(&offered[..])
            .arg("NX")
            .arg("PX")
            .arg(left_ms)
            .ignore();
        both.cmd("GET").arg(&key);
        let (bytes,): (Vec<u8>,) = self.commands.send(&both).await?;
        bytes
            .try_into()
            .map_err(|_| Error::Redis("the key has another length".to_owned()))
    }
}
