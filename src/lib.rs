//! Leadline: tagged short links, every click logged, every conversion joined, so that the real
//! lead yield of each network is a number with an error bar.
//!
//! The crate is built in layers (floors); imports go down only, and a test enforces it.
//!
//! ```text
//! floor 7  assembly    cli  config  app  telemetry  demo
//! floor 6  surfaces    http
//! floor 5  operations  operations (one file for each noun)
//! floor 4  flows       link_resolver  recorder  readiness  sources  worker
//! floor 3  adapters    store  event_log  redis_links  provider  enrich  visitor_key  vault
//!                      (never import each other)
//! floor 2  drivers     drivers
//! floor 1  the field   campaign <- link <- click <- conversion <- attribution <- customer
//!                      <- campaign_report
//! floor 0  vocabulary  clock  id  money  network  metric  quiet  export_file
//! ```

pub mod clock;
pub mod export_file;
pub mod id;
pub mod metric;
pub mod money;
pub mod network;
pub mod quiet;

pub mod attribution;
pub mod campaign;
pub mod campaign_report;
pub mod click;
pub mod conversion;
pub mod customer;
pub mod link;

pub mod drivers;

pub mod enrich;
pub mod event_log;
pub mod provider;
pub mod redis_links;
pub mod store;
pub mod vault;
pub mod visitor_key;

pub mod link_resolver;
pub mod readiness;
pub mod recorder;
pub mod sources;
pub mod worker;

pub mod operations;

pub mod http;

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod telemetry;
