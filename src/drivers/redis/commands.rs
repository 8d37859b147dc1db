//! Commands on one connection that many callers share.
//!
//! # Invariants
//! - A caller waits no longer than the deadline, whether the connection is open or not.
//! - The connection opens when the first command needs it, and again after it broke.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{FromRedisValue, Pipeline, RedisError};
use tokio::time::timeout;

use super::connection::TIMEOUT;
use super::endpoint::{RedisEndpoint, RedisEndpointError};

/// Why a command was not answered. The client's own messages name neither address nor password.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The address of Redis cannot be used.
    #[error(transparent)]
    Endpoint(#[from] RedisEndpointError),
    /// No answer came within the deadline.
    #[error("no answer in time")]
    Late,
    /// What Redis or the connection said.
    #[error(transparent)]
    Redis(#[from] RedisError),
}

/// Commands on one connection; clones share it.
#[derive(Clone)]
pub struct SharedCommands {
    connection: ConnectionManager,
    deadline: Duration,
}

impl fmt::Debug for SharedCommands {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedCommands")
    }
}

impl SharedCommands {
    /// Commands to that Redis, each answered within `deadline`. A connection that broke is opened
    /// again up to `retries` times for one command. Nothing connects yet.
    ///
    /// # Errors
    /// [`CommandError::Endpoint`] when the address cannot be used.
    pub fn new(
        server: &RedisEndpoint,
        deadline: Duration,
        retries: usize,
    ) -> Result<SharedCommands, CommandError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(retries)
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(deadline));
        let connection = ConnectionManager::new_lazy_with_config(server.client()?, config)?;
        Ok(SharedCommands {
            connection,
            deadline,
        })
    }

    /// Sends commands and reads their answers.
    ///
    /// # Errors
    /// When Redis refuses, or does not answer in time.
    pub async fn send<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, CommandError> {
        let mut connection = self.connection.clone();
        let answer = timeout(self.deadline, commands.query_async(&mut connection)).await;
        Ok(answer.map_err(|_| CommandError::Late)??)
    }
}
