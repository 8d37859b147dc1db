//! Shared by commands that work on the store itself.

use crate::app::StartError;
use crate::config::Config;

/// Checks that the store exists: data in a new store in the wrong folder would be lost.
///
/// # Errors
/// If the store is a file and does not exist.
pub(super) fn ensure_store(config: &Config) -> anyhow::Result<()> {
    match config.store_file() {
        Some(file) if !file.exists() => Err(StartError::Configuration(format!(
            "there is no store at {}; run this in the server's folder, set LEADLINE__DATA__DIR to its \
             data folder, or create a new store with `leadline migrate`",
            file.display()
        ))
        .into()),
        _ => Ok(()),
    }
}

/// Runs a short piece of asynchronous work.
///
/// # Errors
/// The errors of the work, and an error if the runtime cannot start.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
