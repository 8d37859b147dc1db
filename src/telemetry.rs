//! What the service says of itself: log lines on standard error, for people or machines.
//!
//! Holds: standard output stays free for results. Log lines carry ids, codes and durations; never
//! an address, an e-mail, a secret or a whole URL.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Telemetry};

/// Starts logging; a second call changes nothing.
///
/// # Errors
/// When the filter cannot be read; the message names the part.
pub fn start(settings: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| anyhow::anyhow!("`telemetry.filter` cannot be read: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // An error says that logging was started before, as tests do.
    let _ = match settings.format {
        Format::Text => lines.with_target(false).try_init(),
        Format::Json => lines.json().try_init(),
    };
    Ok(())
}
