//! The day on which each key was last used.
//!
//! # Invariants
//! A request does not write to the store. It records the day in memory, and a task writes the day
//! in the background. After a crash, the next request records the day again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::{DAY_MS, Millis};
use crate::id::KeyId;
use crate::store::key::{self, ApiKey};
use crate::store::{self, Store};

/// Most keys that wait to be written; a later request records the others.
const MOST: usize = 10_000;

/// Keys whose day is not in the store yet.
#[derive(Debug, Default)]
pub struct KeyUses(Mutex<BTreeMap<KeyId, i64>>);

impl KeyUses {
    /// Records that the key is used at `now`. If the store already has the day, this is only a
    /// comparison.
    pub fn note(&self, key: &ApiKey, now: Millis) {
        let day = now.0.div_euclid(DAY_MS);
        if key.last_used_day.is_some_and(|last| last >= day) {
            return;
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST || waiting.contains_key(&key.id) {
            waiting.insert(key.id, day);
        }
    }

    /// Writes the waiting days.
    ///
    /// # Errors
    /// When the store does not answer. Then the next call writes the days.
    pub async fn flush(&self, store: &Store) -> Result<(), store::Error> {
        let waiting: Vec<(KeyId, i64)> = {
            let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.iter().map(|(id, day)| (*id, *day)).collect()
        };
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = store.write().await?;
        for (id, day) in &waiting {
            key::record_use(&mut tx, *id, *day).await?;
        }
        tx.commit().await?;
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, day) in waiting {
            if left.get(&id) == Some(&day) {
                left.remove(&id);
            }
        }
        Ok(())
    }
}
