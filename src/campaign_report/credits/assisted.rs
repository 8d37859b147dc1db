//! Leads that clicks were part of which last touch credits to others.

use foldhash::{HashMap, HashMapExt};

use super::sums::Place;
use super::{Credits, Question, Shares};
use crate::attribution::{Model, WHOLE};
use crate::campaign_report::Assisted;
use crate::conversion::Kind;
use crate::id::ConversionId;

impl Credits {
    /// Those of the period, within the window; told apart by network only where `by_network` says so.
    pub fn assisted(&self, asked: &Question<'_>, by_network: bool) -> Vec<Assisted> {
        let mut is_last: HashMap<(ConversionId, Place), bool> = HashMap::new();
        for touch in &self.touches {
            // What has the whole by every model is the only touch, and the last.
            if matches!(touch.shares, Shares::Alike(share) if share.weight == WHOLE) {
                continue;
            }
            let last = touch.share(Model::LastTouch).is_some();
            // The model that credits every touch.
            let is_part = last || touch.share(Model::Linear).is_some();
            if !is_part
                || touch.kind != Kind::Lead
                || !asked.is_about(touch)
                || !touch.is_within(asked.window_ms)
            {
                continue;
            }
            let place = Place::of(touch, asked.grain);
            let place = if by_network {
                place
            } else {
                place.without_network()
            };
            *is_last.entry((touch.conversion, place)).or_default() |= last;
        }
        let mut leads: HashMap<Place, i64> = HashMap::new();
        for ((_, place), _) in is_last.into_iter().filter(|(_, is_last)| !is_last) {
            *leads.entry(place).or_default() += 1;
        }
        let assisted = leads.into_iter().map(|(place, leads)| Assisted {
            spot: place.spot(&self.names),
            leads,
        });
        let mut assisted: Vec<Assisted> = assisted.collect();
        assisted.sort_unstable_by(|a, b| a.spot.cmp(&b.spot));
        assisted
    }
}
