//! A click with its enrichment, before and after it is stored.

use super::enrichment::Enrichment;
use super::raw::RawClick;

/// A click with what enrichment found out about it, before it is stored.
#[derive(Clone, Copy, Debug)]
pub struct EnrichedClick<'a> {
    /// What the redirect saw.
    pub hit: &'a RawClick,
    /// Its enrichment.
    pub finding: &'a Enrichment,
}

/// Whether a person's click is the first of its visitor on that UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstVisit {
    /// The first on its link.
    pub of_link: bool,
    /// The first on its network in its campaign; without a campaign, on its link.
    pub of_network: bool,
}

/// A click as it is stored: with its enrichment and what it is the first of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// What the redirect saw.
    pub hit: RawClick,
    /// Its enrichment.
    pub finding: Enrichment,
    /// Whether it is a first visit of its visitor.
    pub first: FirstVisit,
}
