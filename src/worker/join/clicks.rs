//! The rungs that find clicks by ids in the report itself.
//!
//! # Invariants
//! - The owner's own clicks, and those that lie after the conversion by more than clocks differ,
//!   are no touches.
//! - A click that was dropped is known from what it was credited with.
//! - A touch that heuristics took for a program's is noted: the conversion proves that it was a
//!   person's. One that came with a key of a page proves nothing, because everybody can read that
//!   key, until a repeat with a secret names the same click.

use super::Joiner;
use crate::attribution::Touch;
use crate::attribution::window::SKEW_MS;
use crate::click::ClickClass;
use crate::conversion::{ClickIdSource, MatchRule, UnjoinedReason};
use crate::enrich::verdict;
use crate::store::conversion::Conversion;
use crate::store::{Error, credit, touch};

/// The clicks of a report's own.
pub(super) struct NamedClicks {
    /// The strongest rung that found one.
    pub(super) match_rule: MatchRule,
    pub(super) touches: Vec<Touch>,
    /// Why one that it names is none of them.
    pub(super) missed: Option<UnjoinedReason>,
}

impl Default for NamedClicks {
    fn default() -> Self {
        NamedClicks {
            match_rule: MatchRule::Path,
            touches: Vec::new(),
            missed: None,
        }
    }
}

impl Joiner<'_> {
    /// The known clicks that the report names and that do not lie after it.
    pub(super) async fn clicks_of(
        &mut self,
        conversion: &Conversion,
    ) -> Result<NamedClicks, Error> {
        let report = &conversion.report;
        let latest = report.occurred_at.plus_ms(SKEW_MS);
        let mut clicks = NamedClicks::default();
        let mut gone = Vec::new();
        for (id, brought) in report.evidence.clicks() {
            let Some(click) = touch::by_id(self.tx, report.workspace_id, id).await? else {
                gone.push((id, brought));
                continue;
            };
            // The owner's own clicks count for nothing, and so does what comes of them.
            if click.class == ClickClass::Own {
                clicks.missed = Some(UnjoinedReason::ClickOwn);
            } else if click.touch.clicked_at > Some(latest) {
                clicks.missed = Some(UnjoinedReason::ClickLater);
            } else {
                if report.evidence.proves(id) {
                    let rule = verdict::converted(click.class, &click.rule);
                    self.converted.extend(rule.map(|rule| (id, rule)));
                }
                clicks.add(brought, click.touch);
            }
        }
        if gone.is_empty() {
            return Ok(clicks);
        }
        // Clicks are dropped after their time; what they were credited with is not.
        let kept = credit::touches(credit::all(self.tx, report.id).await?);
        for (id, brought) in gone {
            match kept.iter().find(|touch| touch.click_id == Some(id)) {
                Some(touch) => clicks.add(brought, touch.clone()),
                None => clicks.missed = clicks.missed.or(Some(UnjoinedReason::ClickUnknown)),
            }
        }
        Ok(clicks)
    }
}

impl NamedClicks {
    fn add(&mut self, brought: ClickIdSource, touch: Touch) {
        self.match_rule = self.match_rule.min(brought.match_rule());
        self.touches.push(touch);
    }
}
