//! Metrics as text.
//!
//! # Invariants
//! Every [`Name`] is in the text once it has series.

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::label::{ByLimit, ByOperation, ByTier, Reason};
use super::{Metrics, Name, ProcessFacts, measured};

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
        for name in Name::ALL {
            self.register(&mut registry, name, process);
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn register(&self, registry: &mut Registry, name: Name, process: &ProcessFacts) {
        let measured = measured();
        match name {
            Name::Redirects => add(registry, name, self.redirects.clone()),
            Name::Repairs => add(registry, name, self.repairs.clone()),
            Name::Clicks => add(registry, name, self.clicks.clone()),
            Name::ClicksLost => add(registry, name, self.clicks_lost.clone()),
            Name::LinkLookups => add(registry, name, self.link_lookups()),
            Name::Webhooks => add(registry, name, self.webhooks.clone()),
            Name::WebhooksRejected => add(registry, name, self.webhooks_rejected.clone()),
            Name::SourceLastDelivery => add(registry, name, self.last_delivery.clone()),
            Name::Conversions => add(registry, name, self.conversions.clone()),
            Name::InboxBacklog => add(registry, name, self.inbox_backlog.clone()),
            Name::ApiErrors => add(registry, name, self.api_errors.clone()),
            Name::Limited => {
                add::<Family<ByLimit, Counter>>(registry, name, measured.limited.clone());
            }
            Name::Connections => add(registry, name, self.connections.clone()),
            Name::ConnectionsLimit => add(registry, name, self.connections_limit.clone()),
            Name::ConnectionsClosed => add(registry, name, self.connections_closed.clone()),
            Name::HiddenOrigins => add(registry, name, self.hidden_origins.clone()),
            Name::Ingested => add(registry, name, self.ingested.clone()),
            Name::IngestRetries => add(registry, name, self.ingest_retries.clone()),
            Name::IngestLag => add(registry, name, self.ingest_lag_ms.clone()),
            Name::UnreadAge => add(registry, name, self.unread_age.clone()),
            Name::LogDepth => add(registry, name, self.log_depth.clone()),
            Name::SpillDepth => add(registry, name, self.spill_depth.clone()),
            Name::DeadLetters => add(registry, name, self.dead_letters.clone()),
            Name::RedisTakesEntries => add(registry, name, self.redis_takes_entries.clone()),
            Name::RedisMayEvict => add(registry, name, self.redis_may_evict.clone()),
            Name::LogLost => add(registry, name, self.log_lost.clone()),
            Name::LogCutOff => add(registry, name, self.log_cut_off_bytes.clone()),
            Name::LogAppend => add::<Histogram>(registry, name, measured.log_append.clone()),
            Name::StoreTransactions => {
                add::<Family<ByOperation, Histogram, fn() -> Histogram>>(
                    registry,
                    name,
                    measured.store.clone(),
                );
            }
            Name::BuildInfo => add(registry, name, build_info()),
            Name::ProcessMemory => add_gauge(registry, name, process.memory_bytes),
            Name::ProcessFiles => add_gauge(registry, name, process.open_files),
            Name::ProcessMaxFiles => add_gauge(registry, name, process.max_files),
            Name::ProcessCpu => {
                if let Some(seconds) = process.cpu_seconds {
                    add(registry, name, ConstCounter::new(seconds));
                }
            }
            Name::ProcessStart => {
                if let Some(seconds) = process.start_seconds {
                    add(registry, name, ConstGauge::new(seconds));
                }
            }
        }
    }

    /// What memory knew is not counted click by click: it is what was answered without a look
    /// further.
    fn link_lookups(&self) -> Family<ByTier, Counter> {
        let lookups = Family::<ByTier, Counter>::default();
        let mut further = 0;
        for tier in ["redis", "store", "nowhere"] {
            let misses = measured().link_misses.get_or_create(&ByTier { tier }).get();
            lookups.get_or_create(&ByTier { tier }).inc_by(misses);
            further += if tier == "nowhere" { 0 } else { misses };
        }
        let answers = ["found", "archived", "head", "prefetch", "flood"];
        let answered: u64 = answers
            .into_iter()
            .map(|reason| self.redirects.get_or_create(&Reason { reason }).get())
            .sum();
        lookups
            .get_or_create(&ByTier { tier: "memory" })
            .inc_by(answered.saturating_sub(further));
        lookups
    }
}

fn add<M: EncodeMetric + std::fmt::Debug + Metric>(registry: &mut Registry, name: Name, metric: M) {
    registry.register(name.stem(), name.help(), metric);
}

fn add_gauge(registry: &mut Registry, name: Name, value: Option<u64>) {
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
