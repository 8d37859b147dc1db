//! Everything that an erasure needs.

use crate::attribution::AttributionSettings;
use crate::network::NetworkRegistry;
use crate::store::Store;
use crate::vault::Vault;

/// Erases people from a store.
#[derive(Clone, Copy, Debug)]
pub struct Eraser<'a> {
    /// The store that people are erased from.
    pub store: &'a Store,
    /// Creates tombstones and stand-ins.
    pub vault: &'a Vault,
    /// The networks.
    pub registry: &'a NetworkRegistry,
    /// How credits are calculated.
    pub terms: AttributionSettings,
}
