//! `leadline domain`: the domains of short links, in the store that the configuration names.

use anyhow::Context;
use clap::Subcommand;

use super::store_access::{block_on, ensure_store};
use super::terminal::{lines, plain_table, plural, print};
use crate::app;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::id::WorkspaceId;
use crate::link::domain::table::scheme_of_links;
use crate::link::domain::{DomainAddress, reach};
use crate::link_resolver::LinkResolver;
use crate::link_resolver::domain_move::{DomainMove, MoveOutcome};
use crate::operations::domain::body::DomainState;
use crate::operations::domain::on_store;
use crate::operations::error::Error;
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum DomainCommand {
    /// List domains with their number of links, and where the links moved to
    #[command(after_help = "Example:\n  leadline domain list")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a domain for new links, in addition to `server.domains`
    #[command(after_help = "Examples:\n  leadline domain add go.example.com\n  \
        leadline domain add https://www.shop.example/go\n\n\
        Servers on this store use it within five seconds. Set up DNS and the proxy yourself.")]
    Add {
        /// A host, or an address with scheme and the path before slugs
        address: String,
        /// Only this workspace may create links on it
        #[arg(long, value_name = "ID")]
        workspace: Option<WorkspaceId>,
    },
    /// Remove a domain that has no links, such as a mistyped one
    #[command(after_help = "Example:\n  leadline domain remove og.example.com\n\n\
        A domain stays if it has links, archived ones included, if links were moved from or to it, or if \
        the configuration names it. Servers on this store notice the removal within five seconds.")]
    Remove {
        /// The domain
        host: String,
    },
    /// Move the links of one domain to another one; they then answer under both names
    #[command(
        after_help = "Examples:\n  leadline domain move 127.0.0.1:8080 go.example.com --dry-run\n  \
        leadline domain move 127.0.0.1:8080 go.example.com\n\n\
        Nothing moves while a slug is taken on the new domain, unless `--skip-taken` leaves those links \
        where they are. Printed links work as long as the old name leads to this service. Links move in \
        batches; the same command finishes a move that was broken off."
    )]
    Move {
        /// The domain whose links move
        #[arg(value_name = "OLD")]
        from: String,
        /// The domain that they move to; it is added if it is new
        #[arg(value_name = "NEW")]
        to: String,
        /// Skip links whose slug is taken, and move the others
        #[arg(long)]
        skip_taken: bool,
        /// Only print what would move
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) fn run(config: &Config, command: &DomainCommand) -> anyhow::Result<()> {
    ensure_store(config)?;
    block_on(async {
        let store = app::open_store(config).await?;
        let resolver = app::resolver(config, &store)?;
        let now = Clock::System.now();
        let done = match command {
            DomainCommand::List { json } => list(&resolver, &store, *json, now).await,
            DomainCommand::Add { address, workspace } => {
                add(&resolver, address, *workspace, now).await
            }
            DomainCommand::Remove { host } => remove(&resolver, &store, host, now).await,
            DomainCommand::Move {
                from,
                to,
                skip_taken,
                dry_run,
            } => {
                let wanted = DomainMove {
                    from,
                    to,
                    skip_taken: *skip_taken,
                    dry_run: *dry_run,
                };
                relocate(&resolver, &wanted, now).await
            }
        };
        store.close().await;
        done
    })
}

async fn list(
    resolver: &LinkResolver,
    store: &Store,
    json: bool,
    now: Millis,
) -> anyhow::Result<()> {
    let domains = on_store::list(resolver, store, now).await?;
    if json {
        return print(&format!("{}\n", serde_json::to_string_pretty(&domains)?));
    }
    let mut table = plain_table(["Address", "Shown as", "State", "Links", "Moved to"]);
    for domain in &domains {
        table.add_row([
            domain.address.clone(),
            domain.shown.clone().unwrap_or_default(),
            domain.state.as_str().to_owned(),
            domain.links.to_string(),
            domain.moved_to.join(", "),
        ]);
    }
    print(&lines(&table))?;
    let former = domains
        .iter()
        .any(|domain| domain.state == DomainState::Former && domain.links > 0);
    if former {
        say!(
            "Links of a former domain answer under its name and, if the slug is free, on the default \
             one; `leadline domain move` gives them another address."
        );
    }
    Ok(())
}

async fn add(
    resolver: &LinkResolver,
    text: &str,
    owner: Option<WorkspaceId>,
    now: Millis,
) -> anyhow::Result<()> {
    let scheme = scheme_of_links(resolver.domains().configured(), text);
    let address = DomainAddress::parse(text, scheme)?;
    let is_new = resolver.add_domain(&address, owner, now).await?;
    let base = address.base();
    let done = if is_new {
        "is added"
    } else {
        "was known; links can be created on it from now on"
    };
    say!("{base} {done}. Servers on this store use it within five seconds.");
    if reach::reach(&address.host) != reach::Reachability::Everybody {
        say!("Note: not everybody can open {}.", address.host);
    }
    print(&format!("{base}\n"))
}

async fn remove(
    resolver: &LinkResolver,
    store: &Store,
    host: &str,
    now: Millis,
) -> anyhow::Result<()> {
    let removed = match on_store::remove(resolver, store, host, now).await {
        Err(Error::NotFound(_)) => {
            anyhow::bail!("{host} is no domain; `leadline domain list` shows all of them")
        }
        removed => removed?,
    };
    say!("{removed} is removed. Servers on this store notice it within five seconds.");
    Ok(())
}

async fn relocate(
    resolver: &LinkResolver,
    wanted: &DomainMove<'_>,
    now: Millis,
) -> anyhow::Result<()> {
    let outcome = resolver.move_domain(wanted, now).await?;
    let MoveOutcome {
        from,
        to,
        moved,
        stayed,
        taken,
    } = &outcome;
    let count = |count: u64| plural(count, "link", "links");
    for name in taken {
        say!(
            "{from}/{slug}: {}/{slug} is another link",
            name.domain,
            slug = name.slug
        );
    }
    if !taken.is_empty() && !wanted.skip_taken {
        Err(anyhow::anyhow!(
            "slugs are taken on {to}, the first of them are listed above; nothing was moved. \
             --skip-taken leaves those links on {from} and moves the others"
        ))
        .with_context(|| format!("the links of {from} cannot all move"))?;
    }
    let stayed = match stayed {
        0 => String::new(),
        stayed => format!(", {} stayed", count(*stayed)),
    };
    if wanted.dry_run {
        return print(&format!(
            "{} would move from {from} to {to}{stayed}; nothing was changed.\n",
            count(*moved)
        ));
    }
    print(&format!(
        "{} moved from {from} to {to}{stayed}. They answer under both names.\n",
        count(*moved)
    ))?;
    if resolver.domains().configured().names(from) {
        say!("Note: this configuration still names {from}, so links may be created there.");
    }
    Ok(())
}
