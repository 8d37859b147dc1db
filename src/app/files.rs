//! How many files and connections this process may have open.
//!
//! # Invariants
//! The limit of files is raised to what the system allows. Connections leave enough of it for the
//! store, the log, Redis and the admin listener.

use crate::config::Config;
use crate::metric::Metrics;

/// Files that are not connections of visitors: those of the store, the log, Redis and the admin
/// listener.
const RESERVE: u64 = 256;

/// Handles of a connection's socket: one in use, and one while it is closed.
const HANDLES: u64 = 2;

/// Fewest connections, even if few files are allowed.
const FEWEST: u64 = 64;

/// The limits of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Files, including connections.
    pub files: u64,
    /// Connections to the public listener.
    pub connections: usize,
}

impl FileLimits {
    /// Raises the limit of files, and computes how many connections fit.
    pub(super) fn raise(config: &Config) -> FileLimits {
        // If the system refuses, the limit stays, and fewer connections fit.
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
        FileLimits::of(files, config.server.max_connections, config.store.pool_size)
    }

    /// Sets the metrics of the limits.
    pub(super) fn note(self, metrics: &Metrics) {
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        metrics
            .connections_limit
            .set(gauge(self.connections as u64));
    }

    fn of(files: u64, wanted: usize, pool_size: u32) -> FileLimits {
        let taken = RESERVE + u64::from(pool_size);
        let room = (files.saturating_sub(taken) / HANDLES).max(FEWEST);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        FileLimits {
            files,
            connections: wanted.min(room),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        let connections = |files| FileLimits::of(files, 4096, 10).connections;
        assert_eq!(connections(1_048_576), 4096);
        assert_eq!(connections(1024), 379);
        assert_eq!(connections(256), 64);
    }
}
