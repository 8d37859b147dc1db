//! Settings of the store, derived from the configuration.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::sections::Config;
use super::shown;
use crate::drivers::sql::DatabaseOptions;

impl Config {
    /// Where the store is, with its default filled in.
    pub fn store_url(&self) -> SecretString {
        if self.store.url.expose_secret().is_empty() {
            format!("sqlite:{}", self.data.dir.join("leadline.db").display()).into()
        } else {
            self.store.url.clone()
        }
    }

    /// Where the store is, without secrets.
    pub fn shown_store_url(&self) -> String {
        shown::url(self.store_url().expose_secret())
    }

    /// How the store is opened.
    pub fn store_options(&self) -> DatabaseOptions {
        DatabaseOptions {
            connections: self.store.pool_size,
            statements: self.store.statements,
            statement_timeout: Duration::from_millis(self.store.statement_timeout_ms),
            lock_timeout: Duration::from_millis(self.store.lock_timeout_ms),
        }
    }

    /// The file that SQLite keeps the store in; `None` for another database.
    pub fn store_file(&self) -> Option<PathBuf> {
        let url = self.store_url();
        let path = url.expose_secret().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}
