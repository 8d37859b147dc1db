//! `leadline serve` and `leadline demo`: run the service.

use std::net::TcpListener;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use super::terminal::{self, print};
use crate::app::{self, App, Role};
use crate::clock::Clock;
use crate::config::{Config, LogFormat};
use crate::demo::{self as story, Story};
use crate::operations::key::on_store::{self, FirstKey};
use crate::telemetry;

/// The default address of the server for commands.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// Data folder of the demo, emptied each time; a folder with other data is refused
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "./demo-data",
        env = "LEADLINE__DATA__DIR"
    )]
    dir: PathBuf,
    /// Seed of its figures; the same seed gives the same figures
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Fill the folder and exit, without serving
    #[arg(long)]
    fill_only: bool,
    /// Fill it with 50 campaigns, 90 days and ten million clicks, to measure speed; takes up to 15
    /// minutes and 4 GB, and exits without serving
    #[arg(long)]
    scale: bool,
    /// About how many clicks
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 10_000_000,
        requires = "scale"
    )]
    clicks: u64,
    /// About how many leads; a fifth of them buy
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 200_000,
        requires = "scale"
    )]
    leads: u64,
    /// PostgreSQL to fill instead of a file in the folder: an empty database
    #[arg(long, value_name = "URL", requires = "scale")]
    store: Option<String>,
}

/// Runs the service until SIGTERM or Ctrl-C.
pub(super) fn serve(config: &Config, role: Role) -> anyhow::Result<()> {
    telemetry::start(&config.telemetry)?;
    for warning in &config.warnings {
        tracing::warn!("{}", warning);
    }
    config.preflight().refuse()?;
    tracing::debug!(?config, "the configuration in force");
    runtime()?.block_on(async {
        let (app, listener, stop) = open(config, role).await?;
        greet(config, role, &app)?;
        if role == Role::All {
            greet_with_key(config, &app).await?;
        }
        app.run(listener, stop).await
    })
}

/// Creates the first key and prints it at the terminal. If log lines are for machines, they are
/// stored, and a key among them would be stored too, so none is created.
async fn greet_with_key(config: &Config, app: &App) -> anyhow::Result<()> {
    let (store, now) = (&app.context.store, app.context.clock.now());
    if config.telemetry.format == LogFormat::Json {
        if !on_store::has_key(store, now).await? {
            tracing::warn!(
                "there is no API key yet; `leadline key create` creates one and prints it"
            );
        }
        return Ok(());
    }
    let first = on_store::first_key(store, now).await.context(
        "cannot create the first key. Start again when the database answers; if no key is shown then, \
         `leadline key create` creates one",
    )?;
    match first {
        Some(first) => print(&first_steps(&app.context.public_url, &first)),
        None => print("`leadline key create` replaces a lost key.\n"),
    }
}

/// Fills a separate folder with plausible campaigns and serves it.
pub(super) fn demo(mut config: Config, demo: &DemoOptions) -> anyhow::Result<()> {
    telemetry::start(&config.telemetry)?;
    anyhow::ensure!(
        demo.leads.saturating_mul(4) <= demo.clicks,
        "{} leads of {} clicks are too many; give at most a quarter (--leads {})",
        demo.leads,
        demo.clicks,
        demo.clicks / 4
    );
    config.geo.database = story::make_folder(&demo.dir)?;
    config.data.dir.clone_from(&demo.dir);
    config.store.url = demo.store.clone().unwrap_or_default().into();
    config.log.url = SecretString::default();
    let fill_only = demo.fill_only || demo.scale;
    let size = if demo.scale {
        Story::large(demo.clicks, demo.leads)
    } else {
        Story::spring_lamp()
    };
    if fill_only {
        // Links have the address under which they are served later; here any port works.
        config.server.public_url = config.public_url()?;
        config.server.listen.set_port(0);
        config.admin.listen.clear();
    }
    runtime()?.block_on(async {
        let (mut app, listener, stop) = open(&config, Role::All).await?;
        let mut filling = |done, of| say_filling(demo, done, of);
        let summary = Box::pin(story::tell(&mut app, &size, demo.seed, &mut filling)).await?;
        if fill_only {
            print(&filled(demo, &summary))?;
            stop.cancel();
        } else {
            greet(&config, Role::All, &app)?;
            print(&demo_steps(&app.context.public_url, &summary))?;
        }
        app.run(listener, stop).await
    })
}

/// Prints progress: one changing line at a terminal, otherwise about ten lines.
fn say_filling(demo: &DemoOptions, done: i64, of: i64) {
    let line = format!("Filling {}: day {done} of {of}", demo.dir.display());
    if terminal::is_watched() {
        terminal::progress(&line, done == of);
    } else if done == of || done % (of / 10).max(1) == 0 {
        terminal::note(&line);
    }
}

fn filled(demo: &DemoOptions, summary: &story::DemoSummary) -> String {
    let story::StoryTotals {
        clicks,
        leads,
        sales,
    } = summary.made;
    let (folder, key) = (demo.dir.display(), summary.token.expose_secret());
    let store = demo
        .store
        .as_ref()
        .map_or("", |_| "LEADLINE__STORE__URL=… ");
    format!(
        "Filled {folder} with {clicks} clicks, {leads} leads and {sales} sales; the key is {key}\n\
         To serve it: LEADLINE__DATA__DIR={folder} {store}leadline serve\n"
    )
}

async fn open(
    config: &Config,
    role: Role,
) -> anyhow::Result<(App, Option<TcpListener>, CancellationToken)> {
    let stop = app::stop_signal()?;
    let listener = if role.listens() {
        Some(app::bind(config.server.listen, "server.listen")?)
    } else {
        None
    };
    Ok((
        App::open(config, role, Clock::System).await?,
        listener,
        stop,
    ))
}

fn greet(config: &Config, role: Role, app: &App) -> anyhow::Result<()> {
    let url = &app.context.public_url;
    let does = match role {
        Role::All => format!("serves short links and its API on {url}"),
        Role::Redirect => format!("serves short links on {url}"),
        Role::Api => format!("serves its API on {url}"),
        Role::Ingest => "processes the log".to_owned(),
    };
    let (version, folder) = (env!("CARGO_PKG_VERSION"), config.data.dir.display());
    let (store, log) = (config.shown_store_url(), config.shown_log());
    let listen = match config.server.listen {
        listen if role.listens() => listen.to_string(),
        _ => "nowhere".to_owned(),
    };
    let admin = config.admin_listen()?;
    let metrics = admin.map_or("none".to_owned(), |admin| format!("http://{admin}/metrics"));
    let app::FileLimits { files, connections } = app.files;
    if config.telemetry.format == LogFormat::Json {
        let folder = folder.to_string();
        tracing::info!(
            version,
            listen,
            store,
            log,
            folder,
            metrics,
            connections,
            files,
            "Leadline {does}"
        );
        return Ok(());
    }
    print(&format!(
        "Leadline {version} {does}\n  \
         Listens on   {listen}\n  \
         Data folder  {folder}\n  \
         Store        {store}\n  \
         Log          {log}\n  \
         Metrics      {metrics}\n  \
         Connections  {connections} at most, of {files} open files\n"
    ))
}

fn first_steps(server: &str, first: &FirstKey) -> String {
    let (environment, leadline) = (environment(server, &first.token), program());
    format!(
        "\nThis workspace's first key follows. It is shown only now; keep it. Paste this into another \
         terminal:\n\n\
         {environment}\n\n\
         Three commands to begin with, for the same terminal:\n\n\
         # a campaign with one tagged link for each network\n\
         {leadline} campaign create \"Spring launch\" --goal leads=40 --currency EUR \
         --url https://example.com/lamp --networks x,facebook,linkedin\n\n\
         # a conversion, as a shop would report it\n\
         {leadline} conversion create lead --event-id signup-1 --customer cust-1 \
         --utm campaign=spring-launch --utm source=x\n\n\
         # what each network yielded\n\
         {leadline} report spring-launch\n\n"
    )
}

fn demo_steps(server: &str, summary: &story::DemoSummary) -> String {
    let (environment, leadline) = (environment(server, &summary.token), program());
    let campaign = &summary.campaign;
    format!(
        "\nThe demo's key, to paste into another terminal:\n\n{environment}\n\nIts report, and what else \
         there is to see:\n\n\
         {leadline} report {campaign}\n\
         {leadline} report {campaign} --by intent\n\
         {leadline} report {campaign} --by network,network_seen\n\
         {leadline} next {campaign}\n\n"
    )
}

/// The line that sets the key and, if needed, the server for commands.
fn environment(server: &str, token: &SecretString) -> String {
    let key = token.expose_secret();
    if server == DEFAULT_SERVER {
        format!("export LEADLINE_KEY={key}")
    } else {
        format!("export LEADLINE_SERVER={server} LEADLINE_KEY={key}")
    }
}

/// The command for this program, which works in any folder.
fn program() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("leadline"));
    let program = program.display().to_string();
    if program.contains(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c)) {
        format!("'{}'", program.replace('\'', "'\\''"))
    } else {
        program
    }
}

/// The runtime of the long tasks; the listener has its own threads for requests.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("leadline")
        .enable_all()
        .build()
}
