//! The rules that find clicks by ids in the report itself.
//!
//! # Invariants
//! - The owner's own clicks are not touches, nor are clicks that are later than the conversion by
//!   more than clocks differ.
//! - A deleted click is known from its credits.
//! - A conversion proves that a person made its clicks, whatever heuristics decided. A conversion
//!   with a page's key proves nothing, because everybody can read that key, until a repeat with a
//!   secret names the same click.

use super::joiner::Joiner;
use crate::attribution::Touch;
use crate::attribution::window::SKEW_MS;
use crate::click::ClickClass;
use crate::conversion::{ClickIdSource, MatchRule, UnjoinedReason};
use crate::enrich::verdict;
use crate::store::conversion::Conversion;
use crate::store::{Error, credit, touch};

/// The clicks that a report names.
pub(super) struct NamedClicks {
    /// The strongest rule that found a click.
    pub(super) match_rule: MatchRule,
    pub(super) touches: Vec<Touch>,
    /// Why a named click is not among them.
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
    /// The known clicks that the report names and that are not later than it.
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
            // The owner's own clicks earn no credit.
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
        // Clicks are deleted after their retention time; their credits are not.
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
