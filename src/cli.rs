//! The command line.
//!
//! Holds: results go to standard output, everything else to standard error, so that scripts can
//! use what is printed. Commands on campaigns, links and reports speak to a running server
//! through its API and know nothing the API does not tell.

// First, because its macro is in scope of what follows.
#[macro_use]
mod terminal;

mod by_campaign;
mod campaign;
mod click;
mod client;
mod conversion;
mod cost;
mod customer;
mod domain;
mod engagement;
mod exit;
mod healthcheck;
mod import;
mod inbox;
mod key;
mod link;
mod listing;
mod money;
mod networks;
mod orphans;
mod outlook;
mod own;
mod person;
mod promo;
mod rates;
mod reclassify;
mod reference;
mod report;
mod serve;
mod server;
mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::{self, Role, StartError};
use crate::config::Config;
use crate::{http, telemetry};

use server::Server;
use terminal::print;

/// Tagged short links, every click logged, every conversion joined: the real lead yield of each
/// network.
#[derive(Debug, Parser)]
#[command(
    name = "leadline",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    /// Configuration file over the built-in defaults; `LEADLINE__SECTION__KEY` overrides both
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "LEADLINE_CONFIG",
        help_heading = "Everywhere"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve short links and the API (what happens without a command)
    Serve,
    /// Serve short links only; several such nodes share one Redis, and start without the store
    Redirect,
    /// Turn the log into rows only; several may share the work on one Redis and one PostgreSQL
    Ingest,
    /// Serve the API only
    Api,
    /// Bring the store's schema up to date and end
    Migrate,
    /// Create, list and revoke API keys, and accept a new master key; works on the store itself,
    /// without a server
    Key {
        #[command(subcommand)]
        command: key::Command,
    },
    /// Manage the domains of short links; works on the store itself, without a server
    Domain {
        #[command(subcommand)]
        command: domain::Command,
    },
    /// Load and list rates of exchange; works on the store itself, without a server
    Rates {
        #[command(subcommand)]
        command: rates::Command,
    },
    /// Create, edit and list campaigns
    Campaign {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: campaign::Command,
    },
    /// Create tagged short links
    Link {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: link::Command,
    },
    /// Create and list sources: shops and forms that report by webhook
    Source {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: source::Command,
    },
    /// Look at what shops sent, and read again what could not be read
    Inbox {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: inbox::Command,
    },
    /// Tie promo codes to campaigns
    Promo {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: promo::Command,
    },
    /// List clicks
    Click {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: click::Command,
    },
    /// Report conversions by hand, and list them
    Conversion {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: conversion::Command,
    },
    /// Add, import, list and delete costs: money, or work
    Cost {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: cost::Command,
    },
    /// Import, list and delete engagement numbers: impressions, likes, reposts, replies, followers
    Engagement {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: engagement::Command,
    },
    /// Look at customers, and at what they bring over time
    Customer {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: customer::Command,
    },
    /// Erase a person
    Person {
        #[command(flatten)]
        server: Server,
        #[command(subcommand)]
        command: person::Command,
    },
    /// Print the yield of a campaign by network, or of all campaigns
    Report {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        question: report::Question,
    },
    /// Hold a period against the same hours of earlier weeks: did the post bring more than usual?
    Expected {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        period: outlook::Period,
    },
    /// Rank what was posted by leads a post, and draw what to post next
    Next {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        posts: outlook::Posts,
    },
    /// Print the addresses that mark a browser as your own, so that its clicks count for nothing
    #[command(name = "self")]
    Own {
        #[command(flatten)]
        server: Server,
    },
    /// Run today's rules of classes over the clicks of past days; works on the store itself
    Reclassify(reclassify::Span),
    /// Print what people asked for that no link has: typos in posts, and the links they were meant
    /// to be
    Orphans {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        question: orphans::Question,
    },
    /// Print the networks that links can be made for
    Networks,
    /// Look at the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the API's OpenAPI document
    Openapi,
    /// Print a reference page, as it stands in `docs/`
    #[command(hide = true)]
    Reference {
        /// The page
        page: reference::Page,
    },
    /// Fill a separate data folder with a plausible season of ten weeks and serve it
    Demo(serve::Demo),
    /// Ask the server at `server.listen` whether it is ready; for containers
    Healthcheck,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration and print what is in force, without secrets
    Check,
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    // What the program makes is its user's alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; nobody reads either where the output is closed.
            let _ = error.print();
            let failed = error.use_stderr();
            return ExitCode::from(if failed { exit::USAGE } else { 0 });
        }
    };
    // Docker knows two answers to a health check.
    let is_healthcheck = matches!(cli.command, Some(Command::Healthcheck));
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say!("leadline: {error:#}");
            ExitCode::from(if is_healthcheck {
                exit::FAILURE
            } else {
                exit::code(&error)
            })
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = || Config::load(cli.config.as_deref());
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&config()?, Role::All),
        Command::Redirect => serve::serve(&config()?, Role::Redirect),
        Command::Ingest => serve::serve(&config()?, Role::Ingest),
        Command::Api => serve::serve(&config()?, Role::Api),
        Command::Migrate => migrate(&config()?),
        Command::Key { command } => key::run(&config()?, command),
        Command::Domain { command } => domain::run(&config()?, &command),
        Command::Rates { command } => rates::run(&config()?, &command),
        Command::Campaign { server, command } => campaign::run(&server.client()?, command),
        Command::Link { server, command } => link::run(&server.client()?, command),
        Command::Click { server, command } => click::run(&server.client()?, &command),
        Command::Conversion { server, command } => conversion::run(&server.client()?, command),
        Command::Cost { server, command } => cost::run(&server.client()?, command),
        Command::Engagement { server, command } => engagement::run(&server.client()?, command),
        Command::Source { server, command } => source::run(&server.client()?, command),
        Command::Inbox { server, command } => inbox::run(&server.client()?, command),
        Command::Promo { server, command } => promo::run(&server.client()?, command),
        Command::Customer { server, command } => customer::run(&server.client()?, &command),
        Command::Person { server, command } => person::run(&server.client()?, command),
        Command::Report { server, question } => report::run(&server.client()?, &question),
        Command::Expected { server, period } => outlook::expected(&server.client()?, &period),
        Command::Next { server, posts } => outlook::next(&server.client()?, &posts),
        Command::Own { server } => own::run(&server.client()?),
        Command::Reclassify(span) => reclassify::run(&config()?, &span),
        Command::Orphans { server, question } => orphans::run(&server.client()?, &question),
        Command::Networks => networks::run(),
        Command::Config {
            command: ConfigCommand::Check,
        } => check(&config()?),
        Command::Openapi => print(&http::openapi::text()?),
        Command::Reference { page } => print(&reference::text(page, &Cli::command())?),
        Command::Demo(demo) => serve::demo(config()?, &demo),
        Command::Healthcheck => healthcheck::run(&config()?),
    }
}

fn migrate(config: &Config) -> anyhow::Result<()> {
    telemetry::start(&config.telemetry)?;
    app::create_data_dir(config)?;
    terminal::waiting("Bringing the schema up to date", || {
        block_on(async {
            app::open_store(config).await?.close().await;
            Ok(())
        })
    })?;
    say!("The schema is up to date.");
    Ok(())
}

fn check(config: &Config) -> anyhow::Result<()> {
    print(&toml::to_string(config)?)?;
    for warning in &config.warnings {
        say!("warning: {warning}");
    }
    terminal::waiting("Reading what it names", || config.examine()).all_good()?;
    for list in crate::enrich::list_ages::ages(&crate::clock::Clock::System.now().date()) {
        say!("list: {list}");
    }
    say!("The configuration is good.");
    Ok(())
}

/// Passes where there is a store: what is put into one that was made in the wrong folder is lost.
fn ensure_store(config: &Config) -> anyhow::Result<()> {
    match config.store_file() {
        Some(file) if !file.exists() => Err(StartError::Configuration(format!(
            "there is no store at {}; run this in the server's folder, or set LEADLINE__DATA__DIR to \
             its data folder, or make a new store with `leadline migrate`",
            file.display()
        ))
        .into()),
        _ => Ok(()),
    }
}

/// Runs a short piece of work that waits.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// So many, with their name.
fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
