//! What the service counts of itself, and the names that operators see.
//!
//! Holds: every metric is declared here once; labels come from closed sets, so the number of
//! series is bounded. Must not know: who counts, who reads.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// A label with one name and a value out of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    /// What or why.
    pub reason: &'static str,
}

/// Every metric; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The one of `redirects` that counts most: `found`, looked up once and not for each click.
    pub found: Counter,
    /// Answers of the redirect: `found`, `unknown`, `archived`, `head`, `prefetch`,
    /// `limited`, `unavailable`.
    pub redirects: Family<Reason, Counter>,
    /// Log entries processed: `click`, `conversion`, `orphan`, `repeat`, `dead_letter`.
    pub ingested: Family<Reason, Counter>,
    /// Steps of the ingest that failed and will be tried again.
    pub ingest_retries: Counter,
    /// Webhook requests refused, by code.
    pub webhooks_rejected: Family<Reason, Counter>,
    /// Errors answered by the API, by code.
    pub api_errors: Family<Reason, Counter>,
    /// Clicks that were answered although no log took them, by what failed: the only ones lost.
    pub clicks_lost: Family<Reason, Counter>,
    /// Log entries waiting to be processed.
    pub log_depth: Gauge,
    /// Records kept on disk until Redis takes them.
    pub spill_depth: Gauge,
    /// Age of the oldest entry of the batch that ingest took last, in milliseconds.
    pub ingest_lag_ms: Gauge,
    /// Dead letters kept.
    pub dead_letters: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let redirects = Family::<Reason, Counter>::default();
        let found = redirects.get_or_create(&Reason { reason: "found" }).clone();
        Metrics {
            found,
            redirects,
            ingested: Family::default(),
            ingest_retries: Counter::default(),
            webhooks_rejected: Family::default(),
            api_errors: Family::default(),
            clicks_lost: Family::default(),
            log_depth: Gauge::default(),
            spill_depth: Gauge::default(),
            ingest_lag_ms: Gauge::default(),
            dead_letters: Gauge::default(),
        }
    }
}

impl Metrics {
    /// Counts one of `family`.
    pub fn count(family: &Family<Reason, Counter>, reason: &'static str) {
        family.get_or_create(&Reason { reason }).inc();
    }

    /// Counts `count` of `family`.
    pub fn count_many(family: &Family<Reason, Counter>, reason: &'static str, count: u64) {
        family.get_or_create(&Reason { reason }).inc_by(count);
    }

    /// All metrics as `OpenMetrics` text.
    ///
    /// # Errors
    /// None in practice: a `String` takes everything written to it.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("leadline");
        let mut add = |name: &str, help: &str, metric: &Family<Reason, Counter>| {
            registry.register(name, help, metric.clone());
        };
        add(
            "redirects",
            "Requests to short links by answer",
            &self.redirects,
        );
        add("ingested", "Log entries processed by kind", &self.ingested);
        add(
            "webhooks_rejected",
            "Webhook requests refused by code",
            &self.webhooks_rejected,
        );
        add(
            "api_errors",
            "API errors answered by code",
            &self.api_errors,
        );
        add(
            "clicks_lost",
            "Clicks answered although no log took them",
            &self.clicks_lost,
        );
        let spill = "Log entries kept on disk until Redis takes them";
        registry.register("spill_depth", spill, self.spill_depth.clone());
        let lag = "Age of the oldest entry that ingest took last, in milliseconds";
        registry.register("ingest_lag_ms", lag, self.ingest_lag_ms.clone());
        let retries = "Ingest steps that failed and are tried again";
        registry.register("ingest_retries", retries, self.ingest_retries.clone());
        let depth = "Log entries waiting to be processed";
        registry.register("log_depth", depth, self.log_depth.clone());
        let dead = "Dead letters kept in the log";
        registry.register("dead_letters", dead, self.dead_letters.clone());
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_appear_in_the_text() {
        let metrics = Metrics::default();
        Metrics::count(&metrics.redirects, "found");
        let text = metrics.encode().unwrap();
        assert!(
            text.contains("leadline_redirects_total{reason=\"found\"} 1"),
            "{text}"
        );
    }
}
