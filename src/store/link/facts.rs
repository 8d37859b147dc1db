//! Facts about links for reports: intent, post and short address.

use compact_str::format_compact;

use crate::campaign_report::segment::{LinkFacts, LinkIndex};
use crate::drivers::sql::{Error, Tx, fetch, statements};
use crate::id::CampaignId;
use crate::store::text_column::read_id;

statements! {
    sql OF_CAMPAIGN = "SELECT l.id, l.intent, l.post_id, l.domain, l.slug FROM link l \
        WHERE l.campaign_id = $1 OR l.id IN (SELECT link_id FROM placement WHERE campaign_id = $1)";
}

/// The facts about links that are or were in the campaign.
///
/// # Errors
/// When the store does not answer.
pub async fn of_campaign(tx: &mut Tx, campaign: CampaignId) -> Result<LinkIndex, Error> {
    type LinkFactsRow = (String, String, Option<String>, String, String);
    let rows = fetch!(all LinkFactsRow, tx, OF_CAMPAIGN, campaign.to_string())?;
    let facts = |(id, intent, post, domain, slug): LinkFactsRow| {
        Ok((
            read_id(&id)?,
            LinkFacts {
                intent: intent.into(),
                post: post.map(Into::into),
                short: format_compact!("{domain}/{slug}"),
            },
        ))
    };
    rows.into_iter().map(facts).collect()
}
