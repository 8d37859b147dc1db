//! Why Redis did not do what it was asked, in kinds that call for different remedies.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why Redis refused or did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody answers at the address, or the connection broke.
    Unreachable,
    /// Its certificate is of another name, or leads to no root that is trusted here.
    Certificate,
    /// It did not answer within the deadline.
    Slow,
    /// Its memory is full (`maxmemory`).
    OutOfMemory,
    /// It is a replica that takes no writes.
    ReadOnly,
    /// User or password are wrong, or the user lacks rights.
    NotAllowed,
    /// It is a node of a Redis Cluster.
    Cluster,
    /// It cannot write its own file and takes no writes therefore.
    CannotPersist,
    /// It is still loading its data, or is busy with a script.
    Busy,
    /// Anything else.
    Other,
}

impl Refusal {
    /// The kind of an error. A script's error tells the cause in its text only.
    pub fn of(error: &RedisError) -> Refusal {
        match error.kind() {
            ErrorKind::Io => {
                return if error.is_timeout() {
                    Refusal::Slow
                } else if error.to_string().contains("certificate") {
                    Refusal::Certificate
                } else {
                    Refusal::Unreachable
                };
            }
            ErrorKind::AuthenticationFailed => return Refusal::NotAllowed,
            ErrorKind::Server(kind) => match kind {
                ServerErrorKind::ReadOnly => return Refusal::ReadOnly,
                ServerErrorKind::NoPerm => return Refusal::NotAllowed,
                ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::CrossSlot
                | ServerErrorKind::ClusterDown => return Refusal::Cluster,
                ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown => return Refusal::Busy,
                _ => {}
            },
            _ => {}
        }
        Refusal::in_text(&error.to_string())
    }

    fn in_text(text: &str) -> Refusal {
        let kinds: [(&[&str], Refusal); 6] = [
            (&["OOM"], Refusal::OutOfMemory),
            (&["READONLY", "ReadOnly"], Refusal::ReadOnly),
            (
                &["NOPERM", "NoPerm", "NOAUTH", "WRONGPASS"],
                Refusal::NotAllowed,
            ),
            (&["MOVED", "CROSSSLOT", "CLUSTERDOWN"], Refusal::Cluster),
            (&["MISCONF"], Refusal::CannotPersist),
            (&["LOADING", "BUSY"], Refusal::Busy),
        ];
        let named = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        let found = kinds.into_iter().find(|(marks, _)| named(marks));
        found.map_or(Refusal::Other, |(_, refusal)| refusal)
    }

    /// The stable code that readiness names it by.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Unreachable => "redis_unreachable",
            Refusal::Certificate => "redis_certificate",
            Refusal::Slow => "redis_slow",
            Refusal::OutOfMemory => "redis_out_of_memory",
            Refusal::ReadOnly => "redis_read_only",
            Refusal::NotAllowed => "redis_not_allowed",
            Refusal::Cluster => "redis_cluster",
            Refusal::CannotPersist => "redis_cannot_persist",
            Refusal::Busy => "redis_busy",
            Refusal::Other => "redis_refuses",
        }
    }

    /// What is wrong and what to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Refusal::Unreachable => {
                "Redis does not answer; check that the one at `log.url` runs and can be reached"
            }
            Refusal::Certificate => {
                "the certificate of Redis is not valid for the host in `log.url`, or leads to no root \
                 in `log.tls_root`"
            }
            Refusal::Slow => {
                "Redis does not answer within `log.deadline_ms`; look at its load and at the way to it"
            }
            Refusal::OutOfMemory => {
                "Redis is at its `maxmemory` and takes no entries; raise it, or make room"
            }
            Refusal::ReadOnly => "Redis is a read-only replica; give the primary in `log.url`",
            Refusal::NotAllowed => {
                "Redis refuses the user of `log.url`; compare its rights with docs/reliability.md"
            }
            Refusal::Cluster => {
                "`log.url` names a node of a Redis Cluster, which Leadline cannot use; give a single Redis"
            }
            Refusal::CannotPersist => {
                "Redis cannot write its file and takes no entries; free space on its disk"
            }
            Refusal::Busy => "Redis is busy: it loads its data or runs a script",
            Refusal::Other => "Redis refuses entries; look at its log",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_fails_tells_the_cause_in_its_text() {
        for (text, refusal) in [
            (
                "Pipeline failure: [(Index 0, error: \"OOM\": command not allowed when used memory)]",
                Refusal::OutOfMemory,
            ),
            (
                "ERR Error running script: @user_script: 1: -READONLY You can't write",
                Refusal::ReadOnly,
            ),
            (
                "\"MISCONF\": Errors writing to the AOF file",
                Refusal::CannotPersist,
            ),
            (
                "\"WRONGPASS\": invalid username-password pair",
                Refusal::NotAllowed,
            ),
            ("something else", Refusal::Other),
        ] {
            assert_eq!(Refusal::in_text(text), refusal, "{text}");
        }
    }
}
