//! A click with its enrichment, before and after it is stored.

use super::enrichment::Enrichment;
use super::raw::RawClick;

/// A click with what enrichment found out about it, before it is stored.
#[derive(Clone, Copy, Debug)]
pub struct EnrichedClick<'a> {
    /// What the redirect saw.
    pub hit: &'a RawClick,
    /// What was found out about it.
    pub finding: &'a Enrichment,
}

/// What a click of a person is the visitor's first of, on that UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstVisit {
    /// Of its link.
    pub of_link: bool,
    /// Of its network in its campaign; of its link where there is no campaign.
    pub of_network: bool,
}

/// A click as it is stored: with its enrichment and what it is the first of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// What the redirect saw.
    pub hit: RawClick,
    /// What was found out about it.
    pub finding: Enrichment,
    /// What it is its visitor's first of.
    pub first: FirstVisit,
}
