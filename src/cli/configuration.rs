//! `leadline config` and `leadline migrate`: the configuration, and the store that it names.

use clap::Subcommand;

use super::store_access::block_on;
use super::terminal::{self, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::{app, enrich, telemetry};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the configuration and print it with its defaults, without secrets
    #[command(after_help = "Example:\n  leadline config check --config leadline.toml")]
    Check,
}

pub(super) fn run(config: &Config, command: &ConfigCommand) -> anyhow::Result<()> {
    let ConfigCommand::Check = command;
    print(&toml::to_string(config)?)?;
    for warning in &config.warnings {
        say!("warning: {warning}");
    }
    terminal::waiting("Reading what it names", || config.examine()).all_good()?;
    for list in enrich::list_ages::ages(&Clock::System.now().date()) {
        say!("list: {list}");
    }
    say!("The configuration is good.");
    Ok(())
}

pub(super) fn migrate(config: &Config) -> anyhow::Result<()> {
    telemetry::start(&config.telemetry)?;
    app::create_data_dir(config)?;
    terminal::waiting("Migrating the schema", || {
        block_on(async {
            app::open_store(config).await?.close().await;
            Ok(())
        })
    })?;
    say!("The schema is up to date.");
    Ok(())
}
