//! Metrics as text.
//!
//! # Invariants
//! Every [`MetricName`] is in the text once it has series.

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::adapter::adapter_metrics;
use super::label::{LimitLabel, OperationLabel, ReasonLabel, TierLabel};
use super::metrics::{Metrics, ProcessFacts};
use super::name::MetricName;
use super::outcome::{LinkTier, RedirectOutcome};

impl Metrics {
    /// All metrics as `OpenMetrics` text, without figures of the process.
    ///
    /// # Errors
    /// None in practice: a `String` takes everything written to it.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        self.encode_with(&ProcessFacts::default())
    }

    /// All metrics as `OpenMetrics` text.
    ///
    /// # Errors
    /// None in practice: a `String` takes everything written to it.
    pub fn encode_with(&self, process: &ProcessFacts) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::default();
        for name in MetricName::ALL {
            self.register(&mut registry, name, process);
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn register(&self, registry: &mut Registry, name: MetricName, process: &ProcessFacts) {
        let adapters = adapter_metrics();
        match name {
            MetricName::Redirects => add(registry, name, self.redirects.clone()),
            MetricName::Repairs => add(registry, name, self.repairs.clone()),
            MetricName::Clicks => add(registry, name, self.clicks.clone()),
            MetricName::ClicksLost => add(registry, name, self.clicks_lost.clone()),
            MetricName::LinkLookups => add(registry, name, self.link_lookups()),
            MetricName::Webhooks => add(registry, name, self.webhooks.clone()),
            MetricName::WebhooksRejected => add(registry, name, self.webhooks_rejected.clone()),
            MetricName::SourceLastDelivery => add(registry, name, self.last_delivery.clone()),
            MetricName::Conversions => add(registry, name, self.conversions.clone()),
            MetricName::InboxBacklog => add(registry, name, self.inbox_backlog.clone()),
            MetricName::ApiErrors => add(registry, name, self.api_errors.clone()),
            MetricName::Limited => {
                add::<Family<LimitLabel, Counter>>(registry, name, adapters.limited.clone());
            }
            MetricName::Connections => add(registry, name, self.connections.clone()),
            MetricName::ConnectionsLimit => add(registry, name, self.connections_limit.clone()),
            MetricName::ConnectionsClosed => add(registry, name, self.connections_closed.clone()),
            MetricName::HiddenOrigins => add(registry, name, self.hidden_origins.clone()),
            MetricName::Ingested => add(registry, name, self.ingested.clone()),
            MetricName::IngestRetries => add(registry, name, self.ingest_retries.clone()),
            MetricName::IngestLag => add(registry, name, self.ingest_lag_ms.clone()),
            MetricName::UnreadAge => add(registry, name, self.unread_age.clone()),
            MetricName::LogDepth => add(registry, name, self.log_depth.clone()),
            MetricName::SpillDepth => add(registry, name, self.spill_depth.clone()),
            MetricName::DeadLetters => add(registry, name, self.dead_letters.clone()),
            MetricName::RedisTakesEntries => add(registry, name, self.redis_takes_entries.clone()),
            MetricName::RedisMayEvict => add(registry, name, self.redis_may_evict.clone()),
            MetricName::LogLost => add(registry, name, self.log_lost.clone()),
            MetricName::LogCutOff => add(registry, name, self.log_cut_off_bytes.clone()),
            MetricName::LogAppend => {
                add::<Histogram>(registry, name, adapters.log_append.clone());
            }
            MetricName::StoreTransactions => {
                add::<Family<OperationLabel, Histogram, fn() -> Histogram>>(
                    registry,
                    name,
                    adapters.store.clone(),
                );
            }
            MetricName::BuildInfo => add(registry, name, build_info()),
            MetricName::ProcessMemory => add_gauge(registry, name, process.memory_bytes),
            MetricName::ProcessFiles => add_gauge(registry, name, process.open_files),
            MetricName::ProcessMaxFiles => add_gauge(registry, name, process.max_files),
            MetricName::ProcessCpu => {
                if let Some(seconds) = process.cpu_seconds {
                    add(registry, name, ConstCounter::new(seconds));
                }
            }
            MetricName::ProcessStart => {
                if let Some(seconds) = process.start_seconds {
                    add(registry, name, ConstGauge::new(seconds));
                }
            }
        }
    }

    /// What memory knew is not counted click by click: it is what was answered without a look
    /// further.
    fn link_lookups(&self) -> Family<TierLabel, Counter> {
        let lookups = Family::<TierLabel, Counter>::default();
        let mut further = 0;
        for found in [LinkTier::Redis, LinkTier::Store, LinkTier::Nowhere] {
            let tier = found.into();
            let misses = adapter_metrics()
                .link_misses
                .get_or_create(&TierLabel { tier })
                .get();
            lookups.get_or_create(&TierLabel { tier }).inc_by(misses);
            if found != LinkTier::Nowhere {
                further += misses;
            }
        }
        let answers = [
            RedirectOutcome::Found,
            RedirectOutcome::Archived,
            RedirectOutcome::Head,
            RedirectOutcome::Prefetch,
            RedirectOutcome::Flood,
        ];
        let answered: u64 = answers
            .into_iter()
            .map(|answer| {
                let reason = answer.into();
                self.redirects.get_or_create(&ReasonLabel { reason }).get()
            })
            .sum();
        let tier = LinkTier::Memory.into();
        lookups
            .get_or_create(&TierLabel { tier })
            .inc_by(answered.saturating_sub(further));
        lookups
    }
}

fn add<M: EncodeMetric + std::fmt::Debug + Metric>(
    registry: &mut Registry,
    name: MetricName,
    metric: M,
) {
    registry.register(name.stem(), name.help(), metric);
}

fn add_gauge(registry: &mut Registry, name: MetricName, value: Option<u64>) {
    if let Some(value) = value.and_then(|value| i64::try_from(value).ok()) {
        add(registry, name, ConstGauge::new(value));
    }
}

fn build_info() -> Family<Vec<(&'static str, &'static str)>, Gauge> {
    let info = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
    info.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION"))])
        .set(1);
    info
}
