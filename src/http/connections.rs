//! The connections of the public listener. Their number is limited; the slowest are closed first.
//!
//! # Invariants
//! - A new connection always gets a place. If all are taken, the connection that was answered
//!   longest ago is closed, because it sends its request slowly or only occupies its place.
//! - A connection with a running answer is closed only if all have one.
//! - So nobody can block clicks and health checks by holding connections.
//!
//! # Out of scope
//! The admin listener, which has few connections and another port.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;

use crate::metric::Metrics;
use crate::metric::outcome::ClosedConnection;

/// Every open connection.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    begun: Instant,
    open: Mutex<OpenConnections>,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct OpenConnections {
    /// By number; `None` is a free place.
    slots: Vec<Option<Arc<Held>>>,
    free: Vec<usize>,
    count: usize,
}

#[derive(Debug)]
struct Held {
    /// A second handle of the socket: the first belongs to the server.
    socket: TcpStream,
    /// When it was opened or last answered, in milliseconds since the start.
    answered: AtomicU64,
    /// Number of running answers.
    answering: AtomicU64,
}

/// A running answer on a connection.
#[derive(Debug)]
pub struct Answering(Arc<Held>);

/// One connection, while the server has it.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    held: Arc<Held>,
    number: usize,
}

impl Connections {
    /// At most `most` at the same time.
    pub fn new(most: usize, metrics: Metrics) -> Arc<Connections> {
        Arc::new(Connections {
            most: most.max(1),
            begun: Instant::now(),
            open: Mutex::default(),
            metrics,
        })
    }

    /// The limit.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Adds a new connection, and closes the slowest one if there is no place.
    pub fn enter(self: &Arc<Self>, socket: TcpStream) -> Connection {
        let held = Arc::new(Held {
            socket,
            answered: AtomicU64::new(self.now()),
            answering: AtomicU64::new(0),
        });
        let mut open = self.open();
        if open.count >= self.most {
            open.close_slowest();
            Metrics::count(&self.metrics.connections_closed, ClosedConnection::Crowded);
        }
        open.count += 1;
        self.metrics.connections.inc();
        let number = open.free.pop().unwrap_or(open.slots.len());
        if number == open.slots.len() {
            open.slots.push(Some(held.clone()));
        } else {
            open.slots[number] = Some(held.clone());
        }
        drop(open);
        Connection {
            connections: self.clone(),
            held,
            number,
        }
    }

    /// Adds a connection that the server opens. Without a second handle from the system it is not
    /// tracked.
    pub fn on_connect(self: &Arc<Self>, io: &dyn std::any::Any, data: &mut Extensions) {
        let stream = io.downcast_ref::<actix_web::rt::net::TcpStream>();
        if let Some(Ok(socket)) = stream.map(second_handle) {
            data.insert(self.enter(socket));
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    /// Closes the connection that was answered longest ago. Its place becomes free when the server
    /// has closed it.
    fn close_slowest(&mut self) {
        let held = self.slots.iter_mut().filter(|slot| slot.is_some());
        let slowest = held.min_by_key(|slot| {
            let held = slot.as_ref();
            held.map(|held| {
                let is_answering = held.answering.load(Ordering::Relaxed) > 0;
                (is_answering, held.answered.load(Ordering::Relaxed))
            })
        });
        if let Some(held) = slowest.and_then(Option::take) {
            self.count -= 1;
            // A closed connection has already left its place.
            let _ = held.socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        // Empty if it was closed to make room.
        if open.slots[self.number].take().is_some() {
            open.count -= 1;
        }
        open.free.push(self.number);
        self.connections.metrics.connections.dec();
    }
}

/// Records that the connection of a request gets an answer.
pub fn note_answer(request: &HttpRequest) {
    if let Some(connection) = request.conn_data::<Connection>() {
        let now = connection.connections.now();
        connection.held.answered.store(now, Ordering::Relaxed);
    }
}

/// Records that the connection of a request gets an answer that may take long.
pub fn begin_answer(request: &HttpRequest) -> Option<Answering> {
    note_answer(request);
    let held = &request.conn_data::<Connection>()?.held;
    held.answering.fetch_add(1, Ordering::Relaxed);
    Some(Answering(held.clone()))
}

impl Answering {
    /// Closes the connection, even during an answer.
    pub fn close(&self) {
        // A closed connection needs no further action.
        let _ = self.0.socket.shutdown(Shutdown::Both);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(unix)]
fn second_handle(stream: &actix_web::rt::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::fd::AsFd;
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn second_handle(stream: &actix_web::rt::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::windows::io::AsSocket;
    Ok(stream.as_socket().try_clone_to_owned()?.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_slowest_makes_room() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::new(2, Metrics::default());
        let connect = || {
            let client = TcpStream::connect(address).unwrap();
            (client, connections.enter(listener.accept().unwrap().0))
        };
        let (first, second) = (connect(), connect());
        first.1.held.answered.store(9, Ordering::Relaxed);
        second.1.held.answered.store(5, Ordering::Relaxed);
        let third = connect();
        let mut closed = second.0;
        assert_eq!(closed.read(&mut [0]).unwrap(), 0, "the slowest is closed");
        drop(second.1);
        third.1.held.answered.store(10, Ordering::Relaxed);
        first.1.held.answering.store(1, Ordering::Relaxed);
        let fourth = connect();
        let mut closed = third.0;
        assert_eq!(
            closed.read(&mut [0]).unwrap(),
            0,
            "not one with a running answer"
        );
        assert_eq!(connections.open().count, 2);
        drop((first, third.1, fourth));
        assert_eq!(connections.open().count, 0);
    }
}
