//! The state that health checks and metrics read, in every role, even without a public listener.

use std::sync::Arc;

use crate::http::extract::client::HiddenOrigins;
use crate::operations::context::Context;
use crate::readiness::Readiness;

/// The state that health checks and metrics read.
#[derive(Debug)]
pub struct HealthState {
    /// The context of operations.
    pub context: Arc<Context>,
    /// Whether store and log work.
    pub readiness: Readiness,
    /// Clicks whose address a proxy hides, if the role answers short links.
    pub hidden_origins: Option<Arc<HiddenOrigins>>,
}
