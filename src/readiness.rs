//! Readiness: whether what requests need does work, tried and not believed.
//!
//! # Invariants
//! - Store and log are tried: a read, a write and an append. So a part that works again is found
//!   to, also without traffic.
//! - However many ask, one check runs, and its result is shared for [`SHARED_FOR`], or until an
//!   append finds otherwise: a flood of requests costs the store a write a second.
//! - A check ends within `DEADLINE`.
//! - A store that reads, and whose writers have to wait, is a problem and does not make the program
//!   unready: what waits is kept in the log.
//!
//! # Out of scope
//! HTTP.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::event_log::EventLog;
use crate::event_log::condition::LogCondition;
use crate::store::{self, Store};

/// How long a result stands.
pub const SHARED_FOR: Duration = Duration::from_secs(1);

const STORE_UNAVAILABLE: &str = "the store does not answer, or takes no writes. Cached links are \
                                 answered; clicks and webhooks wait in the log.";

/// The code of a store that does not work.
const UNAVAILABLE: &str = "store_unavailable";

/// The code of a store that reads while somebody else writes.
const BUSY: &str = "store_busy";

const STORE_BUSY: &str = "the store reads, and another transaction has been writing for long. Links and \
                          reports are answered, clicks and webhooks wait in the log, edits may fail. A \
                          maintenance command may be at work; if none is, find the program that holds \
                          the store's file";

/// How long a check may take.
const DEADLINE: Duration = Duration::from_secs(3);

/// Tries store and log. Clones share the result.
#[derive(Clone, Debug)]
pub struct Readiness {
    shared: Arc<ReadinessState>,
}

#[derive(Debug)]
struct ReadinessState {
    store: Store,
    log: EventLog,
    needs_store: bool,
    last: Mutex<Option<(Instant, CheckResult)>>,
}

/// What a check found.
#[derive(Clone, Debug)]
struct CheckResult {
    /// Why the store does not work, or lets writers wait.
    store: Option<ReadinessProblem>,
    log: LogCondition,
    /// What appends had found when the check ended.
    seen: AppendHealth,
}

/// What appends find, whoever makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AppendHealth {
    disk_fails: bool,
    redis_is_well: bool,
}

/// What operators are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessReport {
    /// Whether requests are answered as they should.
    pub ready: bool,
    /// `ok` or `unavailable`.
    pub store: &'static str,
    /// `ok`, `spilling` or `failing`.
    pub log: &'static str,
    /// Entries kept on disk until Redis takes them, where the log is in Redis.
    pub spill_depth: Option<u64>,
    /// What is wrong, or may go wrong.
    pub problems: Vec<ReadinessProblem>,
}

/// One thing that is wrong, or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessProblem {
    /// `store` or `log`.
    pub part: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What it means, and what to do.
    pub says: String,
    /// What a server or the system said: for operators only, as it may name hosts and users.
    pub detail: Option<String>,
}

impl Readiness {
    /// Tries these parts; a program that works without the store is ready without it.
    pub fn new(store: Store, log: EventLog, needs_store: bool) -> Readiness {
        Readiness {
            shared: Arc::new(ReadinessState {
                store,
                log,
                needs_store,
                last: Mutex::new(None),
            }),
        }
    }

    /// How things stand: as tried within the last second, and as requests have found since.
    pub async fn report(&self) -> ReadinessReport {
        let ReadinessState {
            log, needs_store, ..
        } = &*self.shared;
        let checked = self.checked().await;
        let spill = log.spill();
        let log = match spill {
            _ if !checked.log.keeps || log.is_failing() => "failing",
            Some(spill) if !spill.redis_is_well => "spilling",
            _ => "ok",
        };
        let is_unavailable = |problem: &ReadinessProblem| problem.code == UNAVAILABLE;
        let store_works = !checked.store.as_ref().is_some_and(is_unavailable);
        let mut problems = Vec::new();
        problems.extend(checked.store);
        problems.extend(
            checked
                .log
                .problems
                .into_iter()
                .map(|problem| ReadinessProblem {
                    part: "log",
                    code: problem.code,
                    says: problem.says,
                    detail: None,
                }),
        );
        ReadinessReport {
            ready: (store_works || !needs_store) && log != "failing",
            store: if store_works { "ok" } else { "unavailable" },
            log,
            spill_depth: spill.map(|spill| spill.depth),
            problems,
        }
    }

    async fn checked(&self) -> CheckResult {
        let mut last = self.shared.last.lock().await;
        if let Some((at, checked)) = &*last
            && at.elapsed() < SHARED_FOR
            && checked.seen == self.shared.seen()
        {
            return checked.clone();
        }
        let checked = self.shared.check().await;
        *last = Some((Instant::now(), checked.clone()));
        checked
    }
}

impl ReadinessState {
    async fn check(&self) -> CheckResult {
        let store = timeout(DEADLINE, self.store.probe());
        let log = timeout(DEADLINE, self.log.check());
        let (store, log) = futures_util::future::join(store, log).await;
        let problem = |code, says: &str, detail| ReadinessProblem {
            part: "store",
            code,
            says: says.to_owned(),
            detail: Some(detail),
        };
        let store = match store {
            Ok(Ok(())) => None,
            Ok(Err(error)) if matches!(error, store::Error::Busy(_)) => {
                Some(problem(BUSY, STORE_BUSY, error.to_string()))
            }
            Ok(Err(error)) => Some(problem(UNAVAILABLE, STORE_UNAVAILABLE, error.to_string())),
            Err(_) => {
                let silence = format!("the store did not answer within {DEADLINE:?}");
                Some(problem(UNAVAILABLE, STORE_UNAVAILABLE, silence))
            }
        };
        let log = log.unwrap_or_else(|_| LogCondition {
            keeps: false,
            problems: vec![crate::event_log::condition::LogProblem {
                code: "log_stuck",
                says: format!("the log's disk did not answer within {DEADLINE:?}"),
            }],
        });
        let seen = self.seen();
        CheckResult { store, log, seen }
    }

    fn seen(&self) -> AppendHealth {
        AppendHealth {
            disk_fails: self.log.is_failing(),
            redis_is_well: self.log.spill().is_none_or(|spill| spill.redis_is_well),
        }
    }
}
