//! Clicks whose address an unconfigured proxy hides: they are counted by day, and the first is
//! logged.
//!
//! # Invariants
//! - A click costs one addition here.
//! - The counts are written to the store every minute, so that reports of those days have a note.
//! - A click is not counted twice, even if it is unknown whether the store counted it.
//!
//! # Out of scope
//! Who the proxy is. That is not stored anywhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::counter::Counter;

use crate::clock::Millis;
use crate::store::{Error, Store, hidden_origin};

/// Counts these clicks.
#[derive(Debug)]
pub struct HiddenOrigins {
    clicks: Counter,
    is_warned: AtomicBool,
    unsaved: AtomicU64,
    /// Clicks by day that the store may or may not have counted.
    unconfirmed: Mutex<BTreeMap<i64, u64>>,
}

impl HiddenOrigins {
    /// An empty counter; `clicks` counts for operators.
    pub fn new(clicks: Counter) -> HiddenOrigins {
        HiddenOrigins {
            clicks,
            is_warned: AtomicBool::new(false),
            unsaved: AtomicU64::new(0),
            unconfirmed: Mutex::default(),
        }
    }

    /// Counts a click; warns about the first.
    pub fn note(&self) {
        self.clicks.inc();
        self.unsaved.fetch_add(1, Ordering::Relaxed);
        if !self.is_warned.load(Ordering::Relaxed) && !self.is_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "a proxy forwards clicks and is not in `server.trusted_proxies`: everybody behind it \
                 counts as one address. Set `server.trusted_proxies` to the proxy's network; \
                 docs/proxies.md says how"
            );
        }
    }

    /// Whether there was any since the start.
    pub fn is_any(&self) -> bool {
        self.is_warned.load(Ordering::Relaxed)
    }

    /// Adds the clicks since the last call to the day of `now`.
    ///
    /// # Errors
    /// When the store does not answer. Then the next call adds them.
    pub async fn save(&self, store: &Store, now: Millis) -> Result<(), Error> {
        let clicks = self.unsaved.swap(0, Ordering::Relaxed);
        let unconfirmed = std::mem::take(&mut *self.unconfirmed());
        if clicks == 0 && unconfirmed.is_empty() {
            return Ok(());
        }
        let saved = async {
            let mut tx = store.write().await?;
            for (day, clicks) in &unconfirmed {
                hidden_origin::mark(&mut tx, *day, *clicks).await?;
            }
            if clicks > 0 {
                hidden_origin::add(&mut tx, now.day(), clicks).await?;
            }
            tx.commit().await
        };
        let saved = saved.await;
        if let Err(error) = &saved {
            let mut open = self.unconfirmed();
            open.extend(unconfirmed);
            if !matches!(error, Error::Unconfirmed(_)) {
                self.unsaved.fetch_add(clicks, Ordering::Relaxed);
            } else if clicks > 0 {
                *open.entry(now.day()).or_default() += clicks;
            }
        }
        saved
    }

    fn unconfirmed(&self) -> MutexGuard<'_, BTreeMap<i64, u64>> {
        // A panic never leaves the counts half changed.
        self.unconfirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
