//! Connections to Redis, opened when they are needed.
//!
//! # Invariants
//! - A caller that does not give the connection back (its command failed, or it was dropped
//!   halfway) leaves none behind: the next caller opens a fresh one, and nobody reads another's
//!   answer.
//! - Opening survives its caller: when the caller gives up, the next one goes on with it. So a
//!   handshake that takes longer than a caller's deadline ends all the same.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisResult};

/// How long Redis may take to connect and to answer, beyond what a command asked it to wait.
pub const TIMEOUT: Duration = Duration::from_secs(2);

type Opening = Pin<Box<dyn Future<Output = RedisResult<MultiplexedConnection>> + Send>>;

/// At most one idle connection; it lives on the runtime that opened it.
pub struct LazyConnection {
    client: Client,
    idle: Mutex<Option<MultiplexedConnection>>,
    opening: Mutex<Option<Opening>>,
}

impl fmt::Debug for LazyConnection {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyConnection")
    }
}

/// An opening that is put back when its caller gives up.
struct Resumable<'a> {
    of: &'a LazyConnection,
    opening: Option<Opening>,
}

impl Future for Resumable<'_> {
    type Output = RedisResult<MultiplexedConnection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let of = self.of;
        let opening = self.opening.get_or_insert_with(|| of.open());
        let opened = opening.as_mut().poll(context);
        if opened.is_ready() {
            self.opening = None;
        }
        opened
    }
}

impl Drop for Resumable<'_> {
    fn drop(&mut self) {
        if let Some(opening) = self.opening.take() {
            *locked(&self.of.opening) = Some(opening);
        }
    }
}

impl LazyConnection {
    /// A connection to that Redis.
    pub fn new(client: Client) -> LazyConnection {
        LazyConnection {
            client,
            idle: Mutex::new(None),
            opening: Mutex::new(None),
        }
    }

    /// Another connection to the same Redis.
    #[must_use]
    pub fn fork(&self) -> LazyConnection {
        LazyConnection::new(self.client.clone())
    }

    /// The idle connection; `None` where there is none.
    pub fn idle(&self) -> Option<MultiplexedConnection> {
        locked(&self.idle).take()
    }

    /// Asks on the idle connection, or on a new one; also where Redis had closed the idle one
    /// meanwhile. So what is asked may be done twice.
    ///
    /// # Errors
    /// When no connection can be opened, or Redis refuses.
    pub async fn ask<T: FromRedisValue>(&self, pipe: &Pipeline) -> RedisResult<T> {
        if let Some(mut connection) = self.idle() {
            match pipe.query_async(&mut connection).await {
                Ok(answer) => {
                    self.keep(connection);
                    return Ok(answer);
                }
                Err(error) if error.is_connection_dropped() => {}
                Err(error) => return Err(error),
            }
        }
        let mut connection = self.connect().await?;
        let answer = pipe.query_async(&mut connection).await?;
        self.keep(connection);
        Ok(answer)
    }

    /// A new connection.
    ///
    /// # Errors
    /// When none can be opened.
    pub async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let opening = locked(&self.opening).take();
        Resumable { of: self, opening }.await
    }

    /// Gives a connection back after everything asked on it was answered.
    pub fn keep(&self, connection: MultiplexedConnection) {
        *locked(&self.idle) = Some(connection);
    }

    fn open(&self) -> Opening {
        let client = self.client.clone();
        Box::pin(async move {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT));
            client
                .get_multiplexed_async_connection_with_config(&config)
                .await
        })
    }
}

/// A panic never leaves the counts half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
