//! The HTTP API: what each operation answers, refuses and describes.

mod access;
mod campaigns;
pub(crate) mod costs;
mod customers;
mod domains;
mod engagement;
mod goals;
mod keys;
mod leads;
mod links;
mod lists;
mod mistakes;
pub(crate) mod openapi;
mod orphans;
mod posts;
mod promo_codes;
mod rates;
pub(crate) mod reports;
mod requests;
mod snippet;
mod workspace;
