//! Loads the configuration from its layers.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::SecretString;

use super::environment as variables;
use super::error::Error;
use super::layers::Layers;
use super::sections::{Config, PrivacyPreset};

/// The base layer.
const DEFAULTS: &str = include_str!("../../config/default.toml");

impl Config {
    /// Reads all layers and checks them.
    ///
    /// # Errors
    /// When a layer cannot be read, or a value cannot be.
    pub fn load(file: Option<&Path>) -> Result<Config, Error> {
        Config::from_layers(file, variables::all())
    }

    pub(super) fn from_layers(
        file: Option<&Path>,
        environment: BTreeMap<String, Result<String, ()>>,
    ) -> Result<Config, Error> {
        let mut layers = Layers::merge(DEFAULTS, file, environment)?;
        let read = layers.read::<Config>();
        let mut refused = layers.refused;
        match read {
            Ok(mut config) => {
                refused.extend(config.check());
                Error::unless_none(refused)?;
                config.warnings = layers.warnings;
                // So the configuration shows what is in force.
                config.retention.clicks_days = config.clicks_days();
                config.visitor.cookie &= config.privacy.preset == PrivacyPreset::Standard;
                Ok(config)
            }
            Err(error) => {
                refused.push(error);
                Err(Error::Several(refused))
            }
        }
    }
}

/// The value of one environment variable that is not configuration, such as `LEADLINE_KEY`.
pub fn environment(name: &str) -> Option<String> {
    variables::one(name)
}

/// The value in a file that holds one secret, such as `LEADLINE_KEY_FILE` names.
///
/// # Errors
/// When the file cannot be read or holds nothing; the message names it.
pub fn secret_file(variable: &str, path: &Path) -> Result<SecretString, Error> {
    variables::value_of_file(path)
        .map(SecretString::from)
        .map_err(|problem| Error::value(variable, problem))
}
