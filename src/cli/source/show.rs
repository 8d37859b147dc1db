//! `leadline source show`: a source, and whether it reports.

use crate::cli::terminal::facts;
use crate::cli::times::minute;
use crate::operations::source::body::{SourceHealth, SourceView};

/// The status of a source. Of one in use, a missing secret comes first.
pub(super) fn status(source: &SourceView) -> &'static str {
    match source.status {
        SourceHealth::Archived => "archived",
        _ if source.needs_secret => "needs its secret",
        SourceHealth::Waiting => "waiting",
        SourceHealth::Ok => "ok",
        SourceHealth::Quiet => "quiet",
        SourceHealth::Failing => "failing",
    }
}

pub(super) fn shown(source: &SourceView) -> anyhow::Result<String> {
    let utc = |at| format!("{} (UTC)", minute(at));
    let accepted = source.last_accepted_at;
    let accepted = accepted.map(|at| format!(", the last one at {}", utc(at)));
    let refused = source.last_rejected_at;
    let refused = refused.map(|at| format!(", the last one at {}", utc(at)));
    let because = |code: &Option<String>| {
        let code = code.as_ref();
        code.map(|code| format!(" ({code})")).unwrap_or_default()
    };
    let settings = serde_json::to_string(&source.settings)?;
    let settings = if settings == "{}" {
        String::new()
    } else {
        settings
    };
    Ok(facts(&[
        ("Source", source.name.clone()),
        ("Id", source.id.to_string()),
        ("Provider", source.provider.clone()),
        ("Status", status(source).to_owned()),
        ("Webhook URL", source.webhook_url.clone()),
        (
            "Accepted",
            format!("{}{}", source.accepted, accepted.unwrap_or_default()),
        ),
        (
            "Refused",
            format!(
                "{}{}{}",
                source.rejected,
                refused.unwrap_or_default(),
                because(&source.last_rejection)
            ),
        ),
        (
            "Unproven",
            format!("{}{}", source.unproven, because(&source.last_unproven)),
        ),
        (
            "Quiet after",
            source
                .quiet_after_hours
                .map_or_else(|| "never".to_owned(), |hours| format!("{hours} hours")),
        ),
        ("Settings", settings),
        (
            "Old secret",
            source
                .previous_secret_until
                .map(|at| format!("works until {}", utc(at)))
                .unwrap_or_default(),
        ),
        ("Created", utc(source.created_at)),
        ("Archived", source.archived_at.map(utc).unwrap_or_default()),
    ]))
}
