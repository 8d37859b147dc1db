//! Bodies of requests, read within bounds of size, of time, and of the memory that all of them
//! take.
//!
//! # Invariants
//! - A body that stops coming is given up, so a slow sender holds neither memory nor a connection.
//! - All bodies that are being received take at most [`BodyLimits::total_bytes`].
//! - Requests with a key have bounds of their own, which requests without a key cannot use up.
//! - A length that is announced and not sent takes no memory.
//!
//! # Out of scope
//! Who may send a body: that is decided before one is read.

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

/// Most memory that a body gets by its announced length alone, once its first bytes are there.
const MOST_ROOM: usize = 64 * 1024;

/// Bounds of bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// How long a body may take, whatever its size.
    pub grace: Duration,
    /// Bytes for each of which it has another second.
    pub bytes_per_s: u32,
    /// Most bodies that are read at once.
    pub count: usize,
    /// Most memory of bodies at once, in bytes.
    pub total_bytes: usize,
}

/// The bodies of requests with a key, and of those without: webhooks, postbacks, leads of pages.
#[derive(Clone, Debug)]
pub struct BodyPools {
    /// With a key.
    pub keyed: Arc<Bodies>,
    /// Without one.
    pub open: Arc<Bodies>,
    /// Which workbook is being read: one at a time, as each takes more memory than its bytes.
    pub workbooks: Arc<Semaphore>,
}

impl BodyPools {
    /// Both with the same bounds.
    pub fn new(limits: BodyLimits) -> BodyPools {
        BodyPools {
            keyed: Arc::new(Bodies::new(limits)),
            open: Arc::new(Bodies::new(limits)),
            workbooks: Arc::new(Semaphore::new(1)),
        }
    }
}

/// Bodies under way.
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

    /// How many bytes of memory they take.
    pub fn under_way(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Reads a whole body of at most `limit` bytes, of which `announced` may be known.
    ///
    /// # Errors
    /// [`Problem::BodyTooLarge`]; [`Problem::BodyBroken`] where it does not arrive whole and
    /// [`Problem::BodyTooSlow`] where not in time; [`Problem::BodiesFull`] where too many are under
    /// way.
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

/// How many bytes of body a request announces; 0 where it does not say.
pub fn announced(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
}

/// What one body takes; given back when it is dropped.
#[derive(Debug)]
struct Room {
    bodies: Arc<Bodies>,
    bytes: usize,
}

impl Room {
    fn enter(bodies: &Arc<Bodies>) -> Result<Room, Problem> {
        // Counted first, so that leaving takes away what entering added, whatever comes of it.
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

/// A body that came whole. Its memory counts until it is dropped.
#[derive(Debug)]
pub struct WholeBody {
    bytes: Bytes,
    _room: Room,
}

impl WholeBody {
    /// Its bytes, shared with it.
    pub fn shared(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Its bytes, moved out of it.
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
        let left = [&bodies.count, &bodies.bytes].map(|it| it.load(Ordering::Relaxed));
        assert_eq!(left, [0, 0]);
    }
}
