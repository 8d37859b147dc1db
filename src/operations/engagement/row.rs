//! A row of engagement numbers, read from JSON or a table.

use crate::campaign::engagement::EngagementFigures;
use crate::export_file::ExportRow;
use crate::export_file::format::ExportKind;
use crate::money::number_text;
use crate::operations::engagement::body::NewEngagement;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::import::days::days;
use crate::operations::import::query::ImportQuery;
use crate::operations::import::rows::ImportRow;
use crate::operations::import::target::RowNames;

/// Largest figure.
const MAX_FIGURE: i64 = 1_000_000_000_000;

/// A row before its names are resolved.
#[derive(Debug)]
pub(super) struct EngagementRow {
    pub(super) line: u64,
    pub(super) names: RowNames,
    pub(super) day: i64,
    pub(super) figures: EngagementFigures,
    /// Whether it comes from a table, which may have a row for each of the posts of a day.
    pub(super) is_of_table: bool,
}

impl ImportRow for EngagementRow {
    type Json = NewEngagement;

    const KIND: ExportKind = ExportKind::Engagement;

    const FIGURES: &'static [&'static str] = &["impressions", "likes", "reposts", "replies"];

    const LEVELS: &'static [&'static str] = &["followers"];

    fn from_json(
        line: u64,
        row: NewEngagement,
        query: &ImportQuery,
    ) -> Result<EngagementRow, RowError> {
        let day = *days(Some(&row.day), None, None, query.dates)?.start();
        let figures = EngagementFigures {
            impressions: row.impressions,
            likes: row.likes,
            reposts: row.reposts,
            replies: row.replies,
            followers: row.followers,
        };
        let names = RowNames {
            campaigns: row.campaign_id.into_iter().collect(),
            network: row.network,
            link: row.link_id,
            permalink: row.permalink,
        };
        Ok(EngagementRow {
            line,
            names: query.override_names(names),
            day,
            figures: checked(figures)?,
            is_of_table: false,
        })
    }

    fn from_table(
        line: u64,
        row: ExportRow<'_>,
        query: &ImportQuery,
    ) -> Result<EngagementRow, RowError> {
        // Meta writes "Lifetime" for a figure without a day, next to the day of the post.
        let day = row
            .all("day")
            .find(|text| !text.eq_ignore_ascii_case("lifetime"));
        let days = match row.range_of_file() {
            Some(days) => days,
            None => days(day, None, None, query.dates)?,
        };
        let figure = |field: &'static str| {
            let read = row.get(field).map(number_text::count).transpose();
            read.or_else(|error| bad(field, error.to_string()))
        };
        let figures = EngagementFigures {
            impressions: figure("impressions")?,
            likes: figure("likes")?,
            reposts: figure("reposts")?,
            replies: figure("replies")?,
            followers: figure("followers")?,
        };
        Ok(EngagementRow {
            line,
            names: query.override_names(RowNames::from_table(row)),
            day: *days.start(),
            figures: checked(figures)?,
            is_of_table: true,
        })
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn names(&self) -> &RowNames {
        &self.names
    }
}

fn checked(figures: EngagementFigures) -> Result<EngagementFigures, RowError> {
    if figures.is_empty() {
        return bad(
            "impressions",
            "is missing, and so are likes, reposts, replies and followers",
        );
    }
    for (field, figure) in [
        ("impressions", figures.impressions),
        ("likes", figures.likes),
        ("reposts", figures.reposts),
        ("replies", figures.replies),
        ("followers", figures.followers),
    ] {
        if figure.is_some_and(|figure| !(0..=MAX_FIGURE).contains(&figure)) {
            return bad(field, format!("must be 0 to {MAX_FIGURE}"));
        }
    }
    Ok(figures)
}
