//! The state of handlers: the operations' context, and what belongs only to HTTP.

use std::sync::{Arc, LazyLock};

use crate::http::api::stream::open::OpenStreams;
use crate::http::connections::Connections;
use crate::http::extract::bodies::BodyPools;
use crate::http::extract::client::HiddenOrigins;
use crate::http::flood_bound::FloodBound;
use crate::http::health_state::HealthState;
use crate::http::key_uses::KeyUses;
use crate::http::limit::Limits;
use crate::http::settings::Settings;
use crate::operations::context::Context;
use crate::visitor_key::Pseudonyms;

/// The state of handlers.
#[derive(Debug)]
pub struct State {
    /// The context of operations.
    pub context: Arc<Context>,
    /// The state for health checks.
    pub health: Arc<HealthState>,
    /// Visitors' pseudonyms.
    pub pseudonyms: Arc<Pseudonyms>,
    /// The day on which each key was last used.
    pub key_uses: KeyUses,
    /// Rate limits by key and address.
    pub limits: Limits,
    /// The bound on clicks of one address on one link.
    pub flood_bound: FloodBound,
    /// Memory for bodies that are being received.
    pub bodies: BodyPools,
    /// Streams that are being read.
    pub streams: Arc<OpenStreams>,
    /// Connections to the public listener.
    pub connections: Arc<Connections>,
    /// Clicks whose address a proxy hides.
    pub hidden_origins: Arc<HiddenOrigins>,
    /// The API's own description. It is built on the first request, because few clients ask for it
    /// and it takes megabytes.
    pub description: LazyLock<Result<String, serde_json::Error>>,
    /// The settings.
    pub settings: Settings,
}
