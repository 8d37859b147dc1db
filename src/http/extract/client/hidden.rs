//! Clicks whose sender is hidden by a proxy that is not configured: warned of once, and counted by
//! day.
//!
//! # Invariants
//! - A click costs one addition here.
//! - The counts go into the store every minute, so that reports of those days carry a note.
//! - A click is not counted twice, even if the store does not say whether it counted.
//!
//! # Out of scope
//! Who the proxy is: that is not written anywhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::counter::Counter;

use crate::clock::Millis;
use crate::store::{Error, Store, hidden_origin};

/// Counts them.
#[derive(Debug)]
pub struct HiddenOrigins {
    clicks: Counter,
    is_warned: AtomicBool,
    unsaved: AtomicU64,
    /// Clicks of days that the store may have counted, or not.
    unconfirmed: Mutex<BTreeMap<i64, u64>>,
}

impl HiddenOrigins {
    /// None yet; `clicks` counts them for operators.
    pub fn new(clicks: Counter) -> HiddenOrigins {
        HiddenOrigins {
            clicks,
            is_warned: AtomicBool::new(false),
            unsaved: AtomicU64::new(0),
            unconfirmed: Mutex::default(),
        }
    }

    /// Notes a click; warns of the first.
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

    /// Whether there was one since the start.
    pub fn is_any(&self) -> bool {
        self.is_warned.load(Ordering::Relaxed)
    }

    /// Adds those since the last time to the day of `now`.
    ///
    /// # Errors
    /// When the store does not answer; the next call adds them then.
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
        // Nothing is left half done by a panic.
        self.unconfirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
