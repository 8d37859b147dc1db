//! The listeners, and the recorder of each answering thread.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App as Actix, HttpServer, web};
use tokio_util::sync::CancellationToken;

use crate::event_log::EventLog;
use crate::http::{self, HealthState, State, Surfaces};
use crate::recorder::{self, Recorder};

/// Threads of the admin listener, which has few connections.
const ADMIN_WORKERS: usize = 1;

/// Connections that are accepted above the limit while older ones are being closed.
const ACCEPTED_BEYOND: usize = 64;

/// The public listener, not awaited yet. It ends in order when `stop` is cancelled.
///
/// # Errors
/// When it cannot be served.
pub fn serve(
    state: web::Data<State>,
    surfaces: Surfaces,
    listener: TcpListener,
    workers: usize,
    deadline: Duration,
    stop: &CancellationToken,
) -> anyhow::Result<actix_web::dev::Server> {
    let (broken, stopped) = (stop.clone(), stop.clone());
    let path = state.context.public_path().to_owned();
    let connections = state.connections.clone();
    // The server accepts more than the limit, because it closes old connections instead of refusing
    // new ones.
    let accepted = connections.most() + ACCEPTED_BEYOND;
    let mut server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .app_data(web::Data::new(record(&state.context.log, broken.clone())))
            .configure(|config| http::routes(config, surfaces, &path))
    })
    .on_connect(move |io, data| connections.on_connect(io, data))
    .max_connections(accepted)
    .disable_signals()
    .shutdown_timeout(deadline.as_secs())
    .shutdown_signal(stopped.cancelled_owned());
    if workers > 0 {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
}

/// The recorder of one answering thread, with its flusher on the same thread. If a flusher panics,
/// the service stops, because without it clicks are lost.
fn record(log: &EventLog, stop: CancellationToken) -> Recorder {
    let (recorder, flusher) = recorder::new();
    let log = log.fork();
    actix_web::rt::spawn(async move {
        let guard = stop.drop_guard();
        flusher.run(log).await;
        guard.disarm();
    });
    recorder
}

/// The listener for operators, not awaited yet.
pub(super) fn serve_admin(
    health: Arc<HealthState>,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<actix_web::dev::Server> {
    let health = web::Data::from(health);
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(health.clone())
            .configure(http::admin_routes)
    });
    Ok(server
        .workers(ADMIN_WORKERS)
        .disable_signals()
        .shutdown_timeout(1)
        .shutdown_signal(stop.cancelled_owned())
        .listen(listener)?
        .run())
}
