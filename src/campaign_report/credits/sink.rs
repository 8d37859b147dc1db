//! What touches are read into.

use super::touch::CreditedTouch;
use crate::campaign_report::text_table::{TextId, TextTable};

/// Receives touches as they are read.
pub trait CreditSink {
    /// Adds touches whose text ids are places in `names`.
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    );
}

/// The ids that `known` has for these texts, in their order.
pub(super) fn text_ids<'a>(
    known: &mut TextTable,
    texts: impl Iterator<Item = &'a str>,
) -> Vec<TextId> {
    texts.map(|text| known.number(text)).collect()
}
