//! The streams that are being read: a limited number for each key.
//!
//! # Invariants
//! - A key reads at most `OpenStreams::per_key` streams at a time. However a stream ends, its place
//!   becomes free.
//! - A client that does not read for `OpenStreams::patience` loses its connection. Time for reading
//!   the store does not count.
//!
//! Limits apply to each program separately. Out of scope: the content of a stream.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::connections::Answering;
use crate::http::error::Problem;
use crate::id::KeyId;
use crate::metric::Metrics;
use crate::metric::outcome::ClosedConnection;

/// `OpenStream::taken` while the store is read.
const READING: u64 = u64::MAX;

/// All streams that are being read.
#[derive(Debug)]
pub struct OpenStreams {
    per_key: usize,
    patience: Duration,
    begun: Instant,
    open: Mutex<Vec<Arc<OpenStream>>>,
    metrics: Metrics,
}

/// One stream.
#[derive(Debug)]
struct OpenStream {
    key: KeyId,
    /// The connection that it is sent to, if known.
    answering: Option<Answering>,
    /// When the client last read something, in milliseconds since the start.
    taken: AtomicU64,
}

/// The place of one stream among those of its key, while it is read.
#[derive(Debug)]
pub struct StreamPlace {
    streams: Arc<OpenStreams>,
    stream: Arc<OpenStream>,
}

impl OpenStreams {
    /// At most `per_key` streams for each key (0 means no limit); `patience` for a client that does
    /// not read.
    pub fn new(per_key: usize, patience: Duration, metrics: Metrics) -> Arc<OpenStreams> {
        Arc::new(OpenStreams {
            per_key,
            patience,
            begun: Instant::now(),
            open: Mutex::default(),
            metrics,
        })
    }

    /// Takes a place for one more stream of a key, on the given connection.
    ///
    /// # Errors
    /// [`Problem::TooManyStreams`] when the key reads as many as allowed.
    pub fn enter(
        self: &Arc<Self>,
        key: KeyId,
        answering: Option<Answering>,
    ) -> Result<StreamPlace, Problem> {
        let stream = Arc::new(OpenStream {
            key,
            answering,
            taken: AtomicU64::new(READING),
        });
        let mut open = self.open();
        let of_key = open.iter().filter(|stream| stream.key == key).count();
        if self.per_key > 0 && of_key >= self.per_key {
            return Err(Problem::TooManyStreams(self.per_key));
        }
        open.push(stream.clone());
        drop(open);
        Ok(StreamPlace {
            streams: self.clone(),
            stream,
        })
    }

    /// Ends every stream whose client has not read for too long.
    pub fn close_stalled(&self, now: Instant) {
        let now = self.since_start(now);
        let patience = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
        for stream in self.open().iter() {
            let taken = stream.taken.load(Ordering::Relaxed);
            if taken == READING || now.saturating_sub(taken) < patience {
                continue;
            }
            let Some(answering) = &stream.answering else {
                continue;
            };
            // The stream leaves its place when the server closes the connection.
            stream.taken.store(READING, Ordering::Relaxed);
            answering.close();
            Metrics::count(&self.metrics.connections_closed, ClosedConnection::Stalled);
            tracing::warn!(
                key.id = %stream.key,
                idle_s = self.patience.as_secs(),
                "a stream was ended: its client did not read for limits.stream_idle_s"
            );
        }
    }

    fn since_start(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.begun);
        u64::try_from(since.as_millis()).unwrap_or(READING - 1)
    }

    fn open(&self) -> MutexGuard<'_, Vec<Arc<OpenStream>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamPlace {
    /// Records that the client waits for the store.
    pub fn note_reading(&self) {
        self.stream.taken.store(READING, Ordering::Relaxed);
    }

    /// Records that data is ready for the client, which has read all earlier data.
    pub fn note_ready(&self) {
        let now = self.streams.since_start(Instant::now());
        self.stream.taken.store(now, Ordering::Relaxed);
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.retain(|stream| !Arc::ptr_eq(stream, &self.stream));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    #[test]
    fn each_key_has_places_of_its_own_and_gets_them_back() {
        let streams = OpenStreams::new(2, Duration::from_secs(1), Metrics::default());
        let (one, other) = (KeyId::new(Millis(1)), KeyId::new(Millis(2)));
        let first = streams.enter(one, None).unwrap();
        let _second = streams.enter(one, None).unwrap();
        let third = streams.enter(one, None);
        assert!(matches!(third, Err(Problem::TooManyStreams(2))));
        let _of_another = streams.enter(other, None).unwrap();
        drop(first);
        let _third = streams.enter(one, None).unwrap();
        assert_eq!(streams.open().len(), 3);
        let unbounded = OpenStreams::new(0, Duration::ZERO, Metrics::default());
        let places: Vec<_> = (0..100).map(|_| unbounded.enter(one, None)).collect();
        assert!(places.iter().all(Result::is_ok));
    }
}
