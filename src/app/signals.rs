//! Signals that stop the program.

use tokio_util::sync::CancellationToken;

use super::task::spawn;

/// Cancelled by SIGTERM or SIGINT.
///
/// # Errors
/// When signals cannot be received.
pub fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    drop(spawn("signals", async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        tracing::info!("stopping: finishing what was answered");
        stopped.cancel();
    }));
    Ok(stop)
}
