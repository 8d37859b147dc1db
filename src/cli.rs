//! The command line.
//!
//! # Invariants
//! - Results go to standard output, everything else to standard error, so that scripts can use the
//!   results.
//! - Commands on campaigns, links and reports call the API of a running server, and know only its
//!   answers. Commands on keys, domains, rates and classes work on the store itself.

// First, because the following modules use its macro.
#[macro_use]
mod terminal;

mod by_campaign;
mod campaign;
mod cleared;
mod click;
mod client;
mod completions;
mod configuration;
mod conversion;
mod cost;
mod customer;
mod domain;
mod engagement;
mod event_list;
mod exit;
mod forecast;
mod healthcheck;
mod import;
mod inbox;
mod key;
mod link;
mod man;
mod money;
mod networks;
mod option_words;
mod orphans;
mod person;
mod post;
mod program;
mod promo;
mod rates;
mod reclassify;
mod reference;
mod report;
mod run;
mod self_traffic;
mod serve;
mod server;
mod source;
mod store_access;
mod times;
mod workspace;

pub use run::main;
