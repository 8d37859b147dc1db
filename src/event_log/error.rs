//! Errors of the log.

use std::io;
use std::path::PathBuf;

use super::settings::MAX_RECORD_BYTES;
use crate::drivers::redis::{RedisEndpointError, RedisRefusal};

/// Why a log operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the folder.
    #[error(
        "another process uses the event log in {}; stop it, or give this one its own `data.dir`",
        .0.display()
    )]
    Locked(PathBuf),
    /// The folder or a file in it cannot be opened.
    #[error(
        "cannot open the event log in {}: {error}; check that the folder can be read and written",
        .dir.display()
    )]
    Open {
        /// Folder of the log.
        dir: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The disk refused a write. The whole batch counts as not written.
    #[error("cannot write to the event log: {0}; free space on its disk, then try again")]
    Write(io::Error),
    /// The disk refused a read.
    #[error("cannot read the event log: {0}; check its disk, then try again")]
    Read(io::Error),
    /// A record is larger than [`MAX_RECORD_BYTES`]. Nothing of the batch was written.
    #[error(
        "a record of {0} bytes is too large for the event log; send {MAX_RECORD_BYTES} at most"
    )]
    TooLarge(usize),
    /// The address of Redis cannot be used. It is not displayed, because it may contain a password.
    #[error(transparent)]
    Endpoint(#[from] RedisEndpointError),
    /// The Redis is a node of a cluster, but a single Redis is required.
    #[error("{}", RedisRefusal::Cluster.remedy())]
    Cluster,
    /// Redis did not answer, or refused.
    #[error("Redis cannot {doing} the event log: {message} ({})", .refusal.remedy())]
    Redis {
        /// The failed operation, as a verb.
        doing: &'static str,
        /// The kind of refusal.
        refusal: RedisRefusal,
        /// The message of Redis or of the connection, without the address.
        message: String,
    },
    /// The program is shutting down and no longer accesses files.
    #[error("the program is shutting down; try again when it runs")]
    Stopped,
}
