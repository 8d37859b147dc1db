//! Whether a log stores new entries, and what puts that at risk.

use crate::drivers::redis::RedisRefusal;

/// The result of a check of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCondition {
    /// Whether a new entry is stored somewhere.
    pub keeps: bool,
    /// What is wrong, or may go wrong.
    pub problems: Vec<LogProblem>,
}

/// What kind of thing is wrong with a log, or may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogProblemKind {
    /// Redis refuses entries, or is not one that Leadline can use.
    Redis(RedisRefusal),
    /// The disk refuses entries.
    DiskRefuses,
    /// The disk does not answer.
    Stuck,
    /// Entries cannot be read.
    NotRead,
    /// Redis may evict the log.
    MayEvict,
    /// Redis keeps no append-only file.
    NotDurable,
    /// Redis lost entries that it had confirmed.
    LostEntries,
}

impl LogProblemKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            LogProblemKind::Redis(refusal) => refusal.code(),
            LogProblemKind::DiskRefuses => "disk_refuses",
            LogProblemKind::Stuck => "log_stuck",
            LogProblemKind::NotRead => "log_not_read",
            LogProblemKind::MayEvict => "redis_may_evict",
            LogProblemKind::NotDurable => "redis_not_durable",
            LogProblemKind::LostEntries => "redis_lost_entries",
        }
    }
}

/// One thing that is wrong with a log, or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProblem {
    /// What kind of thing.
    pub kind: LogProblemKind,
    /// What it means for users, and what to do.
    pub says: String,
}

impl LogProblem {
    /// A problem of this kind.
    pub fn new(kind: LogProblemKind, says: impl Into<String>) -> LogProblem {
        LogProblem {
            kind,
            says: says.into(),
        }
    }
}
