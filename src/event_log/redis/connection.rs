//! A line to Redis: one connection, opened when it is needed.
//!
//! Holds: who takes the connection and does not give it back (because a command failed or was dropped
//! halfway) leaves none behind, so the next one opens a fresh one and nobody reads another's answer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisResult};

use super::TIMEOUT;

/// At most one idle connection; it lives on the runtime that opened it.
pub(super) struct Line {
    client: Client,
    idle: Mutex<Option<MultiplexedConnection>>,
}

impl fmt::Debug for Line {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl Line {
    pub(super) fn to(url: &str) -> RedisResult<Line> {
        Ok(Line {
            client: Client::open(url)?,
            idle: Mutex::new(None),
        })
    }

    /// Another line to the same place.
    pub(super) fn fork(&self) -> Line {
        Line {
            client: self.client.clone(),
            idle: Mutex::new(None),
        }
    }

    /// The idle connection; `None` where there is none.
    pub(super) fn idle(&self) -> Option<MultiplexedConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.take()
    }

    /// The idle connection, or a new one.
    pub(super) async fn take(&self) -> RedisResult<MultiplexedConnection> {
        match self.idle() {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        }
    }

    pub(super) async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// Gives a connection back after everything asked on it was answered.
    pub(super) fn keep(&self, connection: MultiplexedConnection) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
    }
}
