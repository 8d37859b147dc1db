//! What health checks and metrics look at, in every role: also in one without public listener.

use std::sync::Arc;

use crate::http::extract::client::HiddenOrigins;
use crate::operations::context::Context;
use crate::readiness::Readiness;

/// What health checks and metrics look at.
#[derive(Debug)]
pub struct HealthState {
    /// What operations work with.
    pub context: Arc<Context>,
    /// Whether store and log work.
    pub readiness: Readiness,
    /// Clicks whose sender a proxy hides, where short links are answered.
    pub hidden_origins: Option<Arc<HiddenOrigins>>,
}
