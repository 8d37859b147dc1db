//! The codec of a day's credits in the report cache.
//!
//! # Invariants
//! Decoding gives what was encoded. Ids are stored separately, so they are read as one block.

use serde::{Deserialize, Serialize};

use crate::campaign_report::credits::{CreditedTouch, ModelShares};
use crate::campaign_report::text_table::{TextId, TextTable};
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::Id;

/// Bytes of an id.
const ID: usize = 16;

/// The packed credits of a day.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PackedCredits<'a> {
    /// The texts, by number.
    #[serde(borrow)]
    pub(super) names: Vec<&'a str>,
    /// Conversion, click and link of each touch; zeros if one is not known.
    ids: &'a [u8],
    touches: Vec<Packed>,
}

/// A touch without its ids; times are in milliseconds from the conversion.
#[derive(Debug, Serialize, Deserialize)]
struct Packed {
    kind: ConversionKind,
    joined_by: MatchRule,
    names: [TextId; 6],
    occurred_at: Millis,
    earned_after: i64,
    clicked_after: Option<i64>,
    earlier_sales: Option<i64>,
    rate_day: Option<i64>,
    shares: ModelShares,
}

fn bytes<K: crate::id::IdKind>(id: Option<&Id<K>>) -> [u8; ID] {
    id.map_or([0; ID], |id| *id.as_bytes())
}

fn id<K: crate::id::IdKind>(bytes: [u8; ID]) -> Option<Id<K>> {
    (bytes != [0; ID]).then(|| Id::from_bytes(bytes))
}

/// The ids of these touches, concatenated.
pub(super) fn ids(touches: &[CreditedTouch]) -> Vec<u8> {
    let of = |touch: &CreditedTouch| {
        let conversion = bytes(Some(&touch.conversion));
        [
            conversion,
            bytes(touch.click.as_ref()),
            bytes(touch.link.as_ref()),
        ]
        .concat()
    };
    touches.iter().flat_map(of).collect()
}

impl<'a> PackedCredits<'a> {
    /// Packs these touches; `ids` is the result of [`ids`].
    pub(super) fn new(
        names: &'a TextTable,
        ids: &'a [u8],
        touches: Vec<CreditedTouch>,
    ) -> PackedCredits<'a> {
        let packed = |mut touch: CreditedTouch| Packed {
            kind: touch.kind,
            joined_by: touch.joined_by,
            names: touch.names().map(|name| *name),
            occurred_at: touch.occurred_at,
            earned_after: touch.earned_at.0 - touch.occurred_at.0,
            clicked_after: touch.clicked_at.map(|at| at.0 - touch.occurred_at.0),
            earlier_sales: touch.earlier_sales,
            rate_day: touch.rate_day,
            shares: touch.shares,
        };
        PackedCredits {
            names: names.texts().collect(),
            ids,
            touches: touches.into_iter().map(packed).collect(),
        }
    }

    /// The touches; `None` if their ids are missing.
    pub(super) fn touches(self) -> Option<impl Iterator<Item = CreditedTouch> + use<'a>> {
        let (ids, rest) = self.ids.as_chunks::<ID>();
        let (ids, cut) = ids.as_chunks::<3>();
        let is_whole = rest.is_empty() && cut.is_empty() && ids.len() == self.touches.len();
        let touch = |(packed, [conversion, click, link]): (Packed, &[[u8; ID]; 3])| {
            let [name, currency, network, network_seen, country, device] = packed.names;
            let at = packed.occurred_at;
            CreditedTouch {
                conversion: Id::from_bytes(*conversion),
                kind: packed.kind,
                name,
                currency,
                joined_by: packed.joined_by,
                occurred_at: at,
                earned_at: at.plus_ms(packed.earned_after),
                earlier_sales: packed.earlier_sales,
                rate_day: packed.rate_day,
                click: id(*click),
                clicked_at: packed.clicked_after.map(|after| at.plus_ms(after)),
                link: id(*link),
                network,
                network_seen,
                country,
                device,
                shares: packed.shares,
            }
        };
        is_whole.then(|| self.touches.into_iter().zip(ids).map(touch))
    }
}
