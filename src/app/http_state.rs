//! The state of handlers, built from the configuration and the opened parts.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::files::FileLimits;
use crate::config::{Config, PrefetchPolicy, PrivacyPreset};
use crate::http::api::stream::open::OpenStreams;
use crate::http::connections::Connections;
use crate::http::extract::bodies::{BodyLimits, BodyPools};
use crate::http::extract::client::HiddenOrigins;
use crate::http::flood_bound::FloodBound;
use crate::http::key_uses::KeyUses;
use crate::http::limit::Limits;
use crate::http::{HealthState, Settings, State, openapi};
use crate::metric::Metrics;
use crate::visitor_key::Pseudonyms;

/// The state of handlers.
pub(super) fn http_state(
    config: &Config,
    files: &FileLimits,
    health: Arc<HealthState>,
    hidden_origins: Arc<HiddenOrigins>,
    pseudonyms: Pseudonyms,
) -> State {
    let context = health.context.clone();
    let metrics = context.metrics.clone();
    State {
        context,
        health,
        pseudonyms: Arc::new(pseudonyms),
        key_uses: KeyUses::default(),
        limits: limits(config),
        flood_bound: FloodBound::new(config.limits.clicks_per_minute),
        bodies: bodies(config),
        hidden_origins,
        streams: streams(config, &metrics),
        connections: Connections::new(files.connections, metrics),
        description: LazyLock::new(openapi::text),
        settings: settings(config),
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        trusted_proxies: config.server.trusted_proxies.clone(),
        visitor_cookie: config.visitor.cookie && config.privacy.preset == PrivacyPreset::Standard,
        own_networks: config.visitor.own_networks.clone(),
        forwarded_header: config.server.forwarded_header,
        body_limit_bytes: config.server.body_limit_bytes,
        answer_prefetch: config.server.prefetch == PrefetchPolicy::Answer,
        preload_links: config.cache.preload_links,
        answer_deadline: Duration::from_millis(config.conversion.answer_deadline_ms),
    }
}

/// The rate limits.
fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    Limits::new(
        limits.unknown_slugs_per_minute,
        limits.api_per_minute,
        limits.leads_per_minute,
    )
}

/// The limits of bodies.
fn bodies(config: &Config) -> BodyPools {
    let limits = &config.limits;
    BodyPools::new(BodyLimits {
        grace: Duration::from_secs(limits.body_grace_s),
        bytes_per_s: limits.body_bytes_per_s,
        count: limits.bodies,
        total_bytes: limits.bodies_bytes,
    })
}

/// How many streams a key may read, and how long they wait for their clients.
fn streams(config: &Config, metrics: &Metrics) -> Arc<OpenStreams> {
    let limits = &config.limits;
    let patience = Duration::from_secs(limits.stream_idle_s);
    OpenStreams::new(limits.streams_per_key, patience, metrics.clone())
}
