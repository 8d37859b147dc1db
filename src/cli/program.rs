//! The commands of the program, and their common options.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::campaign::CampaignCommand;
use super::click::ClickCommand;
use super::completions::CompletionsOptions;
use super::configuration::ConfigCommand;
use super::conversion::ConversionCommand;
use super::cost::CostCommand;
use super::customer::CustomerCommand;
use super::domain::DomainCommand;
use super::engagement::EngagementCommand;
use super::forecast::{ExpectedOptions, NextOptions};
use super::inbox::InboxCommand;
use super::key::KeyCommand;
use super::link::LinkCommand;
use super::man::ManOptions;
use super::orphans::OrphansOptions;
use super::person::PersonCommand;
use super::post::PostCommand;
use super::promo::PromoCommand;
use super::rates::RatesCommand;
use super::reclassify::ReclassifyOptions;
use super::reference::ReferencePage;
use super::report::ReportOptions;
use super::serve::DemoOptions;
use super::server::ServerOptions;
use super::source::SourceCommand;
use super::workspace::WorkspaceCommand;

/// Tagged short links, every click logged, every conversion joined: the real lead yield of each
/// network.
#[derive(Debug, Parser)]
#[command(
    name = "leadline",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(super) struct Program {
    /// Configuration file, which overrides the built-in defaults; `LEADLINE__SECTION__KEY`
    /// overrides both
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "LEADLINE_CONFIG",
        help_heading = "Everywhere"
    )]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Option<ProgramCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProgramCommand {
    /// Serve short links and the API (the default)
    Serve,
    /// Serve short links only; several such nodes can share one Redis, and start without the store
    Redirect,
    /// Process the log only; several nodes can share the work with one Redis and one PostgreSQL
    Ingest,
    /// Serve the API only
    Api,
    /// Migrate the store's schema and exit
    Migrate,
    /// Create, list, show, edit and revoke API keys, and accept a new master key; works on the
    /// store itself, without a server
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// List, add, remove and move domains of short links; works on the store itself, without a
    /// server
    Domain {
        #[command(subcommand)]
        command: DomainCommand,
    },
    /// Import and list exchange rates; works on the store itself, without a server
    Rates {
        #[command(subcommand)]
        command: RatesCommand,
    },
    /// Create, list, show, edit and archive campaigns
    Campaign {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: CampaignCommand,
    },
    /// Create, list, show, edit and archive tagged short links
    Link {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: LinkCommand,
    },
    /// List, show and edit posts: their text, and where they were published
    Post {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: PostCommand,
    },
    /// Create, list, show, edit, test and archive sources: shops and forms that report by webhook
    Source {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: SourceCommand,
    },
    /// List, show and replay the webhooks that shops sent
    Inbox {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: InboxCommand,
    },
    /// Create, list, show, edit and delete promo codes of campaigns
    Promo {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: PromoCommand,
    },
    /// List clicks
    Click {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: ClickCommand,
    },
    /// Report conversions by hand, and list them
    Conversion {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: ConversionCommand,
    },
    /// Add, import, list, show, edit and delete costs: money, or work
    Cost {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: CostCommand,
    },
    /// Add, import, list, show and delete engagement numbers: impressions, likes, reposts,
    /// replies, followers
    Engagement {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: EngagementCommand,
    },
    /// List and show customers, and print their lifetime value
    Customer {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: CustomerCommand,
    },
    /// Erase a person
    Person {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: PersonCommand,
    },
    /// Show and edit the workspace: its UTM convention, the parameters that its links pass on, and
    /// the defaults of campaigns
    Workspace {
        #[command(flatten)]
        server: ServerOptions,
        #[command(subcommand)]
        command: WorkspaceCommand,
    },
    /// Print the yield of a campaign by network, or of all campaigns
    Report {
        #[command(flatten)]
        server: ServerOptions,
        #[command(flatten)]
        options: ReportOptions,
    },
    /// Compare a period with the same hours of earlier weeks: did a post bring more than usual?
    Expected {
        #[command(flatten)]
        server: ServerOptions,
        #[command(flatten)]
        options: ExpectedOptions,
    },
    /// Rank posts by leads per post, and suggest what to post next
    Next {
        #[command(flatten)]
        server: ServerOptions,
        #[command(flatten)]
        options: NextOptions,
    },
    /// Print the addresses that mark a browser as your own, so that its clicks do not count
    #[command(name = "self")]
    SelfTraffic {
        #[command(flatten)]
        server: ServerOptions,
    },
    /// Reclassify the clicks of past days by the current rules; works on the store itself
    Reclassify(ReclassifyOptions),
    /// Print requests for links that do not exist: typos in posts, with the links that were meant
    Orphans {
        #[command(flatten)]
        server: ServerOptions,
        #[command(flatten)]
        options: OrphansOptions,
    },
    /// Print the networks that links can be created for
    Networks,
    /// Check the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the API's OpenAPI document
    Openapi,
    /// Print the completions of commands and options for a shell
    Completions(CompletionsOptions),
    /// Print the manual page, or write one for each command
    Man(ManOptions),
    /// Print a reference page of `docs/`
    #[command(hide = true)]
    Reference {
        /// The page
        page: ReferencePage,
    },
    /// Fill a separate data folder with ten weeks of plausible data, and serve it
    Demo(DemoOptions),
    /// Ask the server at `server.listen` whether it is ready; for containers
    Healthcheck,
}
