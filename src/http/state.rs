//! What handlers work with: the operations' context, and what belongs to HTTP alone.

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

/// Everything that handlers work with.
#[derive(Debug)]
pub struct State {
    /// What operations work with.
    pub context: Arc<Context>,
    /// What health checks look at.
    pub health: Arc<HealthState>,
    /// Visitors' pseudonyms.
    pub pseudonyms: Arc<Pseudonyms>,
    /// On which day each key was used last.
    pub key_uses: KeyUses,
    /// How many requests each key and address may send.
    pub limits: Limits,
    /// How often an address may click a link.
    pub flood_bound: FloodBound,
    /// Memory for bodies that are being received.
    pub bodies: BodyPools,
    /// Streams that are being read.
    pub streams: Arc<OpenStreams>,
    /// Connections to the public listener.
    pub connections: Arc<Connections>,
    /// Clicks whose sender a proxy hides.
    pub hidden_origins: Arc<HiddenOrigins>,
    /// The API's own description. It is made when somebody first asks for it: few ask, and making
    /// it takes megabytes.
    pub description: LazyLock<Result<String, serde_json::Error>>,
    /// What can be set.
    pub settings: Settings,
}
