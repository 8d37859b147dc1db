//! Bodies of requests, read within limits on size, time and the total memory of all bodies.
//!
//! # Invariants
//! - A body that stops arriving is dropped, so a slow sender holds neither memory nor a connection.
//! - All bodies that are being received use at most [`BodyLimits::total_bytes`].
//! - Requests with a key have their own limits, which requests without a key cannot exhaust.
//! - An announced length alone uses no memory.
//!
//! # Out of scope
//! Who may send a body: that is checked before the body is read.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::http::error::Problem;

/// Most memory that a body gets for its announced length, after its first bytes have arrived.
const MOST_ROOM: usize = 64 * 1024;

/// Limits on bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The time that every body has, whatever its size.
    pub grace: Duration,
    /// A body has one more second for each of this many bytes.
    pub bytes_per_s: u32,
    /// Most bodies that are received at the same time.
    pub count: usize,
    /// Most memory for all bodies, in bytes.
    pub total_bytes: usize,
}

/// The bodies of requests with a key, and of those without one: webhooks, postbacks, leads of
/// pages.
#[derive(Clone, Debug)]
pub struct BodyPools {
    /// For requests with a key.
    pub keyed: Arc<Bodies>,
    /// For requests without a key.
    pub open: Arc<Bodies>,
    /// Lets one workbook be read at a time, because each uses more memory than its bytes.
    pub workbooks: Arc<Semaphore>,
}

impl BodyPools {
    /// Both with the same limits.
    pub fn new(limits: BodyLimits) -> BodyPools {
        BodyPools {
            keyed: Arc::new(Bodies::new(limits)),
            open: Arc::new(Bodies::new(limits)),
            workbooks: Arc::new(Semaphore::new(1)),
        }
    }
}

/// Bodies that are being received.
#[derive(Debug)]
pub struct Bodies {
    limits: BodyLimits,
    count: AtomicUsize,
    bytes: AtomicUsize,
}

impl Bodies {
    fn new(limits: BodyLimits) -> Bodies {
        Bodies {
            limits,
            count: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    /// The memory that they use, in bytes.
    pub fn under_way(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Reads a complete body of at most `limit` bytes, of which `announced` may be known.
    ///
    /// # Errors
    /// [`Problem::BodyTooLarge`]; [`Problem::BodyBroken`] when it does not arrive completely;
    /// [`Problem::BodyTooSlow`] when it does not arrive in time; [`Problem::BodiesFull`] when too
    /// many are being received.
    pub async fn read(
        self: &Arc<Self>,
        mut payload: Payload,
        announced: usize,
        limit: usize,
    ) -> Result<WholeBody, Problem> {
        if announced > limit {
            return Err(Problem::BodyTooLarge(limit));
        }
        let mut room = Room::enter(self)?;
        let mut body = BytesMut::new();
        let begun = Instant::now();
        loop {
            let earned = body.len() / self.limits.bytes_per_s.max(1) as usize;
            let deadline = begun + self.limits.grace + Duration::from_secs(earned as u64);
            let next = timeout_at(deadline, payload.next()).await;
            let Some(chunk) = next.map_err(|_| Problem::BodyTooSlow)? else {
                break;
            };
            let chunk = chunk.map_err(|_| Problem::BodyBroken)?;
            if body.len() + chunk.len() > limit {
                return Err(Problem::BodyTooLarge(limit));
            }
            let wanted = (body.len() + chunk.len()).max(announced.min(MOST_ROOM));
            body.reserve(wanted - body.len());
            room.grow_to(body.capacity())?;
            body.extend_from_slice(&chunk);
        }
        Ok(WholeBody {
            bytes: body.freeze(),
            _room: room,
        })
    }
}

/// The length of the body that a request announces; 0 if unknown.
pub fn announced(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
}

/// The memory of one body; released when this is dropped.
#[derive(Debug)]
struct Room {
    bodies: Arc<Bodies>,
    bytes: usize,
}

impl Room {
    fn enter(bodies: &Arc<Bodies>) -> Result<Room, Problem> {
        // Counted first, so that the release always subtracts exactly what was added.
        let under_way = bodies.count.fetch_add(1, Ordering::Relaxed);
        let room = Room {
            bodies: bodies.clone(),
            bytes: 0,
        };
        if under_way < bodies.limits.count {
            Ok(room)
        } else {
            Err(Problem::BodiesFull)
        }
    }

    fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        let more = bytes.saturating_sub(self.bytes);
        let before = self.bodies.bytes.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        if before + more <= self.bodies.limits.total_bytes {
            Ok(())
        } else {
            Err(Problem::BodiesFull)
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.bodies.count.fetch_sub(1, Ordering::Relaxed);
        self.bodies.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A complete body. Its memory counts until it is dropped.
#[derive(Debug)]
pub struct WholeBody {
    bytes: Bytes,
    _room: Room,
}

impl WholeBody {
    /// Its bytes, shared.
    pub fn shared(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Its bytes, moved.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes).into()
    }
}

impl Deref for WholeBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_their_room_and_give_it_back() {
        let bodies = Arc::new(Bodies::new(BodyLimits {
            grace: Duration::ZERO,
            bytes_per_s: 1,
            count: 2,
            total_bytes: 100,
        }));
        let mut first = Room::enter(&bodies).unwrap();
        let mut second = Room::enter(&bodies).unwrap();
        assert!(matches!(Room::enter(&bodies), Err(Problem::BodiesFull)));
        first.grow_to(60).unwrap();
        first.grow_to(60).unwrap();
        second.grow_to(40).unwrap();
        assert!(matches!(second.grow_to(41), Err(Problem::BodiesFull)));
        drop(second);
        let mut third = Room::enter(&bodies).unwrap();
        third.grow_to(40).unwrap();
        drop((first, third));
        let left = [&bodies.count, &bodies.bytes].map(|counter| counter.load(Ordering::Relaxed));
        assert_eq!(left, [0, 0]);
    }
}
