//! Readiness: whether the parts that requests need work, by trying them.
//!
//! # Invariants
//! - A check tries a read and a write of the store, and an append to the log. So it notices a
//!   recovery without traffic.
//! - However many callers ask, one check runs. Its result is shared for [`SHARED_FOR`], or until an
//!   append finds otherwise. A flood of requests costs the store one write a second.
//! - A check ends within `DEADLINE`.
//! - A store that can be read while writers wait is a problem, but the program stays ready: the log
//!   keeps what waits.
//!
//! # Out of scope
//! HTTP.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::event_log::EventLog;
use crate::event_log::condition::{LogCondition, LogProblem, LogProblemKind};
use crate::store::{self, Store};

/// How long a result is shared.
pub const SHARED_FOR: Duration = Duration::from_secs(1);

const STORE_UNAVAILABLE: &str = "the store does not answer, or takes no writes. Cached links are \
                                 answered; clicks and webhooks wait in the log.";

const STORE_BUSY: &str = "the store reads, and another transaction has been writing for long. Links and \
                          reports are answered, clicks and webhooks wait in the log, edits may fail. A \
                          maintenance command may be at work; if none is, find the program that holds \
                          the store's file";

/// How long a check may take.
const DEADLINE: Duration = Duration::from_secs(3);

/// Checks store and log. Clones share the result.
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

/// The result of a check.
#[derive(Clone, Debug)]
struct CheckResult {
    store: StoreStatus,
    /// Why the store does not work, or why its writers wait.
    store_problem: Option<ReadinessProblem>,
    log: LogCondition,
    /// What appends had found when the check ended.
    appends: AppendHealth,
}

/// Whether the store works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum StoreStatus {
    /// It takes writes, or they wait for another writer.
    Ok,
    /// It does not answer, or takes no writes.
    Unavailable,
}

/// Whether the log keeps what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LogStatus {
    /// It keeps entries where it should.
    Ok,
    /// It keeps entries on disk until Redis takes them.
    Spilling,
    /// It keeps nothing.
    Failing,
}

/// The part that a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CheckedPart {
    /// The store.
    Store,
    /// The event log.
    Log,
}

/// What appends of the whole program have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AppendHealth {
    disk_fails: bool,
    redis_is_well: bool,
}

/// What operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessReport {
    /// Whether requests are answered as they should be.
    pub ready: bool,
    /// The store.
    pub store: StoreStatus,
    /// The log.
    pub log: LogStatus,
    /// Entries on disk that Redis does not have yet; `None` if the log is not in Redis.
    pub spill_depth: Option<u64>,
    /// What is wrong, or may go wrong.
    pub problems: Vec<ReadinessProblem>,
}

/// One thing that is wrong, or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessProblem {
    /// What it is about.
    pub part: CheckedPart,
    /// A stable code.
    pub code: &'static str,
    /// What it means, and what to do.
    pub says: String,
    /// The message of a server or the system: for operators only, as it may name hosts and users.
    pub detail: Option<String>,
}

impl Readiness {
    /// Checks these parts. A program that works without the store is ready without it.
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

    /// The result of a check within the last second, and what requests have found since.
    pub async fn report(&self) -> ReadinessReport {
        let ReadinessState {
            log, needs_store, ..
        } = &*self.shared;
        let checked = self.checked().await;
        let spill = log.spill();
        let log = match spill {
            _ if !checked.log.keeps || log.is_failing() => LogStatus::Failing,
            Some(spill) if !spill.redis_is_well => LogStatus::Spilling,
            _ => LogStatus::Ok,
        };
        let store_works = checked.store == StoreStatus::Ok;
        let of_log = checked.log.problems.into_iter();
        let of_log = of_log.map(|problem| ReadinessProblem {
            part: CheckedPart::Log,
            code: problem.kind.code(),
            says: problem.says,
            detail: None,
        });
        let problems = checked.store_problem.into_iter().chain(of_log).collect();
        ReadinessReport {
            ready: (store_works || !needs_store) && log != LogStatus::Failing,
            store: checked.store,
            log,
            spill_depth: spill.map(|spill| spill.depth),
            problems,
        }
    }

    async fn checked(&self) -> CheckResult {
        let mut last = self.shared.last.lock().await;
        if let Some((at, checked)) = &*last
            && at.elapsed() < SHARED_FOR
            && checked.appends == self.shared.appends()
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
            part: CheckedPart::Store,
            code,
            says: says.to_owned(),
            detail: Some(detail),
        };
        let unavailable = |detail| {
            let problem = problem("store_unavailable", STORE_UNAVAILABLE, detail);
            (StoreStatus::Unavailable, Some(problem))
        };
        let (store, store_problem) = match store {
            Ok(Ok(())) => (StoreStatus::Ok, None),
            Ok(Err(error)) if matches!(error, store::Error::Busy(_)) => {
                let problem = problem("store_busy", STORE_BUSY, error.to_string());
                (StoreStatus::Ok, Some(problem))
            }
            Ok(Err(error)) => unavailable(error.to_string()),
            Err(_) => unavailable(format!("the store did not answer within {DEADLINE:?}")),
        };
        let log = log.unwrap_or_else(|_| LogCondition {
            keeps: false,
            problems: vec![LogProblem::new(
                LogProblemKind::Stuck,
                format!("the log's disk did not answer within {DEADLINE:?}"),
            )],
        });
        CheckResult {
            store,
            store_problem,
            log,
            appends: self.appends(),
        }
    }

    fn appends(&self) -> AppendHealth {
        AppendHealth {
            disk_fails: self.log.is_failing(),
            redis_is_well: self.log.spill().is_none_or(|spill| spill.redis_is_well),
        }
    }
}
