//! Everything that the entries of one transaction of the worker need.

use super::batch_metrics::BatchMetrics;
use super::join::Joiner;
use super::tombstones::ErasureLookup;
use crate::attribution::AttributionSettings;
use crate::network::NetworkRegistry;
use crate::store::Tx;
use crate::vault::Vault;

/// Everything that entries are written with.
#[derive(Clone, Copy)]
pub(super) struct IngestContext<'a> {
    pub(super) registry: &'a NetworkRegistry,
    pub(super) terms: AttributionSettings,
    pub(super) vault: &'a Vault,
    /// Recognizes erased people, if anybody was erased.
    pub(super) erasures: Option<ErasureLookup<'a>>,
    /// Counts the written entries.
    pub(super) metrics: &'a BatchMetrics,
}

impl<'a> IngestContext<'a> {
    pub(super) fn joiner(self, tx: &'a mut Tx) -> Joiner<'a> {
        Joiner::new(tx, self.registry, self.terms)
    }
}
