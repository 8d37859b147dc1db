//! The server that commands call, and the key for it.

use std::path::Path;

use clap::Args;
use secrecy::ExposeSecret;

use super::client::ApiClient;
use crate::config;

/// The variable that names a file with the API key.
const KEY_FILE: &str = "LEADLINE_KEY_FILE";

/// The server, and the key for it.
#[derive(Debug, Args)]
pub(super) struct ServerOptions {
    /// Address of the server
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "LEADLINE_SERVER",
        default_value = "http://127.0.0.1:8080",
        help_heading = "Server"
    )]
    server: String,
    /// API key; `LEADLINE_KEY`, or a file that `LEADLINE_KEY_FILE` names, is better, because other
    /// users of the machine can see arguments
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "LEADLINE_KEY",
        hide_env_values = true,
        help_heading = "Server"
    )]
    key: Option<String>,
}

impl ServerOptions {
    /// The server's API, with the key.
    ///
    /// # Errors
    /// If the key's file cannot be read, or no key is given.
    pub(super) fn client(&self) -> anyhow::Result<ApiClient> {
        let of_file = || -> anyhow::Result<Option<String>> {
            let Some(file) = config::environment(KEY_FILE) else {
                return Ok(None);
            };
            let key = config::secret_file(KEY_FILE, Path::new(&file))?;
            Ok(Some(key.expose_secret().to_owned()))
        };
        let given = self.key.clone().filter(|key| !key.trim().is_empty());
        let key = given.map_or_else(of_file, |key| Ok(Some(key)))?;
        ApiClient::new(&self.server, key.as_deref())
    }
}
