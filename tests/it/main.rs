//! Every integration test, in one binary: contracts of the adapters on all backends, and flows
//! through the real program.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test cannot go on without fails it"
)]

mod access;
mod accuracy;
mod api;
mod batches;
mod campaigns;
mod chaos;
mod cli;
mod contract;
mod converted;
mod costs;
mod customers;
mod demo;
mod docs;
mod domains;
mod engagement;
mod enrichment;
mod faults;
mod floods;
mod floors;
mod goals;
mod handed_on;
mod inbox;
mod joins;
mod leads;
mod lists;
mod mistakes;
mod models;
mod openapi;
mod operating;
mod orphans;
mod own;
mod people;
mod privacy;
mod promo_codes;
mod provider_inputs;
mod proxies;
mod rates;
mod reclassify;
mod recorder;
mod redirect;
mod redis_faults;
mod repairs;
mod reports;
mod resolver;
mod senders;
mod shops;
mod sizes;
mod snippet;
mod support;
mod visitors;
mod webhooks;
