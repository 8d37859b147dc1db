//! Why Redis did not execute a command. Each kind of reason has its own remedy.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why Redis refused or did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisRefusal {
    /// Nobody answers at the address, or the connection broke.
    Unreachable,
    /// Its certificate is for another host, or does not chain to a trusted root.
    Certificate,
    /// It did not answer within the deadline.
    Slow,
    /// Its memory is full (`maxmemory`).
    OutOfMemory,
    /// It is a replica that does not accept writes.
    ReadOnly,
    /// The user or the password is wrong, or the user lacks a permission.
    NotAllowed,
    /// It is a node of a Redis Cluster.
    Cluster,
    /// It cannot write its own file, so it does not accept writes.
    CannotPersist,
    /// It is still loading its data, or is busy with a script.
    Busy,
    /// Anything else.
    Other,
}

impl RedisRefusal {
    /// The kind of an error. A script's error names its cause only in the text.
    pub fn of(error: &RedisError) -> RedisRefusal {
        match error.kind() {
            ErrorKind::Io => {
                return if error.is_timeout() {
                    RedisRefusal::Slow
                } else if error.to_string().contains("certificate") {
                    RedisRefusal::Certificate
                } else {
                    RedisRefusal::Unreachable
                };
            }
            ErrorKind::AuthenticationFailed => return RedisRefusal::NotAllowed,
            ErrorKind::Server(kind) => match kind {
                ServerErrorKind::ReadOnly => return RedisRefusal::ReadOnly,
                ServerErrorKind::NoPerm => return RedisRefusal::NotAllowed,
                ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::CrossSlot
                | ServerErrorKind::ClusterDown => return RedisRefusal::Cluster,
                ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown => {
                    return RedisRefusal::Busy;
                }
                _ => {}
            },
            _ => {}
        }
        RedisRefusal::in_text(&error.to_string())
    }

    fn in_text(text: &str) -> RedisRefusal {
        let kinds: [(&[&str], RedisRefusal); 6] = [
            (&["OOM"], RedisRefusal::OutOfMemory),
            (&["READONLY", "ReadOnly"], RedisRefusal::ReadOnly),
            (
                &["NOPERM", "NoPerm", "NOAUTH", "WRONGPASS"],
                RedisRefusal::NotAllowed,
            ),
            (
                &["MOVED", "CROSSSLOT", "CLUSTERDOWN"],
                RedisRefusal::Cluster,
            ),
            (&["MISCONF"], RedisRefusal::CannotPersist),
            (&["LOADING", "BUSY"], RedisRefusal::Busy),
        ];
        let named = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        let found = kinds.into_iter().find(|(marks, _)| named(marks));
        found.map_or(RedisRefusal::Other, |(_, refusal)| refusal)
    }

    /// The stable code that readiness reports.
    pub fn code(self) -> &'static str {
        match self {
            RedisRefusal::Unreachable => "redis_unreachable",
            RedisRefusal::Certificate => "redis_certificate",
            RedisRefusal::Slow => "redis_slow",
            RedisRefusal::OutOfMemory => "redis_out_of_memory",
            RedisRefusal::ReadOnly => "redis_read_only",
            RedisRefusal::NotAllowed => "redis_not_allowed",
            RedisRefusal::Cluster => "redis_cluster",
            RedisRefusal::CannotPersist => "redis_cannot_persist",
            RedisRefusal::Busy => "redis_busy",
            RedisRefusal::Other => "redis_refuses",
        }
    }

    /// What is wrong and what to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            RedisRefusal::Unreachable => {
                "Redis does not answer; check that the one at `log.url` runs and can be reached"
            }
            RedisRefusal::Certificate => {
                "the certificate of Redis is not valid for the host in `log.url`, or does not chain \
                 to a root in `log.tls_root`"
            }
            RedisRefusal::Slow => {
                "Redis does not answer within `log.deadline_ms`; check its load and the network to it"
            }
            RedisRefusal::OutOfMemory => {
                "Redis has reached its `maxmemory` and does not accept entries; raise it, or free memory"
            }
            RedisRefusal::ReadOnly => "Redis is a read-only replica; set `log.url` to the primary",
            RedisRefusal::NotAllowed => {
                "Redis refuses the user of `log.url`; compare its permissions with docs/reliability.md"
            }
            RedisRefusal::Cluster => {
                "`log.url` names a node of a Redis Cluster, which Leadline cannot use; use a single Redis"
            }
            RedisRefusal::CannotPersist => {
                "Redis cannot write its file and does not accept entries; free space on its disk"
            }
            RedisRefusal::Busy => {
                "Redis is loading its data or running a script; it accepts entries again afterwards"
            }
            RedisRefusal::Other => "Redis refuses entries; check its log",
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
                RedisRefusal::OutOfMemory,
            ),
            (
                "ERR Error running script: @user_script: 1: -READONLY You can't write",
                RedisRefusal::ReadOnly,
            ),
            (
                "\"MISCONF\": Errors writing to the AOF file",
                RedisRefusal::CannotPersist,
            ),
            (
                "\"WRONGPASS\": invalid username-password pair",
                RedisRefusal::NotAllowed,
            ),
            ("something else", RedisRefusal::Other),
        ] {
            assert_eq!(RedisRefusal::in_text(text), refusal, "{text}");
        }
    }
}
