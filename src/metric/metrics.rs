//! The metrics of one service.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::label::{
    ClassLabel, ReasonLabel, SeenSources, SourceKindOutcomeLabels, SourceLabel, SourceOutcomeLabels,
};
use super::outcome::{ConversionOutcome, RedirectOutcome, WebhookOutcome};

/// Every metric of one service; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The counter `found` of `redirects`, looked up once instead of for each click.
    pub found: Counter,
    /// Answers of the redirect, by [`RedirectOutcome`].
    pub redirects: Family<ReasonLabel, Counter>,
    /// Clicks whose path was repaired before their link was found, by what was removed.
    pub repairs: Family<ReasonLabel, Counter>,
    /// Log entries processed: `click`, `flood` (clicks of it), `conversion`, `orphan`, `repeat`,
    /// `dead_letter`.
    pub ingested: Family<ReasonLabel, Counter>,
    /// Steps of the ingest that failed and will be retried.
    pub ingest_retries: Counter,
    /// Webhook requests refused, by code.
    pub webhooks_rejected: Family<ReasonLabel, Counter>,
    /// Errors answered by the API, by code.
    pub api_errors: Family<ReasonLabel, Counter>,
    /// Clicks that were answered although no log took them, by what failed: the only ones lost.
    pub clicks_lost: Family<ReasonLabel, Counter>,
    /// Clicks forwarded by a proxy that is not configured.
    pub hidden_origins: Counter,
    /// Connections to the public listener.
    pub connections: Gauge,
    /// Most connections that are allowed.
    pub connections_limit: Gauge,
    /// Connections that were closed early, by
    /// [`ClosedConnection`](super::outcome::ClosedConnection).
    pub connections_closed: Family<ReasonLabel, Counter>,
    /// Log entries waiting to be processed.
    pub log_depth: Gauge,
    /// Records kept on disk until Redis takes them.
    pub spill_depth: Gauge,
    /// Age of the oldest entry of the batch that ingest took last, in milliseconds.
    pub ingest_lag_ms: Gauge,
    /// Dead letters kept.
    pub dead_letters: Gauge,
    /// Most seconds that the oldest entry of the log can have waited.
    pub unread_age: Gauge,
    /// Webhook requests that could not be read.
    pub inbox_backlog: Gauge,
    /// Whether Redis takes entries: 1 or 0; 1 where the log is not in Redis.
    pub redis_takes_entries: Gauge,
    /// Whether Redis may evict the log: 1 or 0.
    pub redis_may_evict: Gauge,
    /// Entries that Redis had confirmed and no longer holds, at most.
    pub log_lost: Counter,
    /// Bytes at the end of the log on disk that were not a whole record.
    pub log_cut_off_bytes: Counter,
    pub(super) clicks: Family<ClassLabel, Counter>,
    pub(super) webhooks: Family<SourceOutcomeLabels, Counter>,
    pub(super) conversions: Family<SourceKindOutcomeLabels, Counter>,
    pub(super) last_delivery: Family<SourceLabel, Gauge>,
    pub(super) sources: SeenSources,
}

/// What the operating system reports of the process; unknown figures are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessFacts {
    /// Resident memory.
    pub memory_bytes: Option<u64>,
    /// Processor time used.
    pub cpu_seconds: Option<f64>,
    /// Open files.
    pub open_files: Option<u64>,
    /// Most files that may be open.
    pub max_files: Option<u64>,
    /// When it was started, in Unix seconds.
    pub start_seconds: Option<f64>,
}

/// Why a click is lost; those of `recorder::Error`.
pub const LOST_REASONS: [&str; 4] = ["encode", "too_large", "log", "stopped"];

/// A family whose series for these reasons begin at 0: of a series that begins at 1, an alert on
/// its increase sees none.
fn from_zero(reasons: &[&'static str]) -> Family<ReasonLabel, Counter> {
    let family = Family::<ReasonLabel, Counter>::default();
    for reason in reasons {
        drop(family.get_or_create(&ReasonLabel { reason }));
    }
    family
}

impl Default for Metrics {
    fn default() -> Self {
        let redirects = from_zero(&[RedirectOutcome::Unavailable.into()]);
        let reason = RedirectOutcome::Found.into();
        let found = redirects.get_or_create(&ReasonLabel { reason }).clone();
        Metrics {
            found,
            redirects,
            repairs: Family::default(),
            ingested: Family::default(),
            ingest_retries: Counter::default(),
            webhooks_rejected: Family::default(),
            api_errors: from_zero(&["internal_error", "store_unavailable", "log_unavailable"]),
            clicks_lost: from_zero(&LOST_REASONS),
            hidden_origins: Counter::default(),
            connections: Gauge::default(),
            connections_limit: Gauge::default(),
            connections_closed: Family::default(),
            log_depth: Gauge::default(),
            spill_depth: Gauge::default(),
            ingest_lag_ms: Gauge::default(),
            dead_letters: Gauge::default(),
            unread_age: Gauge::default(),
            inbox_backlog: Gauge::default(),
            redis_takes_entries: Gauge::default(),
            redis_may_evict: Gauge::default(),
            log_lost: Counter::default(),
            log_cut_off_bytes: Counter::default(),
            clicks: Family::default(),
            webhooks: Family::default(),
            conversions: Family::default(),
            last_delivery: Family::default(),
            sources: SeenSources::default(),
        }
    }
}

impl Metrics {
    /// Counts one of `family`.
    pub fn count(family: &Family<ReasonLabel, Counter>, reason: impl Into<&'static str>) {
        let reason = reason.into();
        family.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts `count` of `family`.
    pub fn count_many(
        family: &Family<ReasonLabel, Counter>,
        reason: impl Into<&'static str>,
        count: u64,
    ) {
        let reason = reason.into();
        family.get_or_create(&ReasonLabel { reason }).inc_by(count);
    }

    /// Counts clicks that were written.
    pub fn count_clicks(&self, class: &'static str, count: u64) {
        self.clicks
            .get_or_create(&ClassLabel { class })
            .inc_by(count);
    }

    /// Counts the outcome of a webhook request; `source` is an id or [`super::label::UNKNOWN`].
    pub fn count_webhook(&self, source: &str, outcome: WebhookOutcome) {
        let source = self.sources.label(source);
        let outcome = outcome.into();
        let labels = SourceOutcomeLabels { source, outcome };
        self.webhooks.get_or_create(&labels).inc();
    }

    /// Counts reported conversions; `source` is an id or [`super::label::API`].
    pub fn count_conversions(
        &self,
        source: &str,
        kind: &'static str,
        outcome: ConversionOutcome,
        count: u64,
    ) {
        let labels = SourceKindOutcomeLabels {
            source: self.sources.label(source),
            kind,
            outcome: outcome.into(),
        };
        self.conversions.get_or_create(&labels).inc_by(count);
    }

    /// Shows when each source delivered last, in Unix seconds, and no other source.
    pub fn show_last_deliveries(&self, deliveries: impl Iterator<Item = (String, i64)>) {
        self.last_delivery.clear();
        for (source, at) in deliveries {
            let source = self.sources.label(&source);
            let gauge = self.last_delivery.get_or_create(&SourceLabel { source });
            gauge.set(at.max(gauge.get()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_appear_in_the_text() {
        let metrics = Metrics::default();
        Metrics::count(&metrics.redirects, RedirectOutcome::Found);
        metrics.count_webhook("src_1", WebhookOutcome::Verified);
        let api = crate::metric::label::API;
        metrics.count_conversions(api, "lead", ConversionOutcome::New, 2);
        metrics
            .show_last_deliveries([("src_1".to_owned(), 7), ("src_2".to_owned(), 9)].into_iter());
        metrics.show_last_deliveries([("src_1".to_owned(), 8)].into_iter());
        let text = metrics.encode().unwrap();
        for line in [
            "leadline_redirects_total{reason=\"found\"} 1\n",
            "leadline_webhooks_total{source=\"src_1\",outcome=\"verified\"} 1\n",
            "leadline_conversions_total{source=\"api\",kind=\"lead\",outcome=\"new\"} 2\n",
            "leadline_source_last_delivery_timestamp_seconds{source=\"src_1\"} 8\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(
            !text.contains("src_2") && text.ends_with("# EOF\n"),
            "{text}"
        );
    }
}
