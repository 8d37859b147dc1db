//! A scene of the demo: a network of a campaign, with its links and audience.

use std::ops::Range;

use super::plan::Audience;
use crate::clock::Millis;
use crate::link::Link;
use crate::money::Currency;

/// A network of a campaign: its links, and who clicks them.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) links: Vec<Link>,
    pub(super) audience: Audience,
    /// Whether its links were posted one after the other.
    pub(super) is_season: bool,
    /// When people click.
    pub(super) days: Range<Millis>,
    /// Its campaign's.
    pub(super) currency: Currency,
}
