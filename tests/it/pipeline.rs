//! From the arrival of data to the report: redirects, webhooks, the event log, enrichment, joins,
//! credits and erasure.

mod accuracy;
mod batches;
mod converted;
mod enrichment;
mod floods;
mod handed_on;
mod inbox;
pub(crate) mod joins;
mod models;
mod own;
mod people;
mod provider_inputs;
mod proxies;
mod reclassify;
mod recorder;
mod redirect;
mod repairs;
mod resolver;
mod senders;
pub(crate) mod shops;
mod sizes;
mod visitors;
pub(crate) mod webhooks;
