//! Requests for the inbox and their answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::id::{DeliveryId, SourceId};
use crate::store::inbox::{DeliveryStatus, InboxItem};

/// A provider's request.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Id.
    #[schema(value_type = String, example = "dlv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: DeliveryId,
    /// The source that it was sent to.
    #[schema(value_type = String)]
    pub source_id: SourceId,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Millis,
    /// Its status.
    pub status: DeliveryStatus,
    /// Code of the reason, if it could not be read or was refused.
    pub code: Option<String>,
    /// What to fix, or why nothing counted.
    pub detail: Option<String>,
    /// Number of conversions and orders that it reported.
    pub told: i64,
    /// How often it was read.
    pub tries: i64,
    /// When it was last handled.
    #[schema(value_type = String, format = DateTime)]
    pub handled_at: Millis,
}

/// A page of the inbox.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct InboxPage {
    /// Oldest first.
    pub deliveries: Vec<DeliveryView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// The filters of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InboxQuery {
    /// Only requests to this source.
    pub source_id: Option<String>,
    /// Only requests with this status: `read`, `nothing`, `failed` or `refused`.
    pub status: Option<DeliveryStatus>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A request as it arrived.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DeliveryRequest {
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub url: String,
    /// Headers that the provider's protocol reads, except signatures and keys. Each is a name and a
    /// value.
    #[schema(value_type = Vec<Vec<String>>)]
    pub headers: Vec<(String, String)>,
    /// The body as text, decompressed if needed. Invalid characters and the source's secrets are
    /// replaced.
    pub body: String,
}

/// How many requests are read again.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ReplayResult {
    /// Requests that were put into the log again.
    pub replayed: usize,
    /// Requests that still do not prove their sender.
    pub refused: usize,
    /// `cursor` for the next call; `null` when none is left.
    pub next_cursor: Option<String>,
}

/// The filters of a replay.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReplayQuery {
    /// Only requests to this source.
    pub source_id: Option<String>,
    /// Status of the requests: `failed` (the default), `refused`, `nothing` or `read`.
    pub status: Option<DeliveryStatus>,
    /// `next_cursor` of the previous call.
    pub cursor: Option<String>,
}

impl From<InboxItem> for DeliveryView {
    fn from(item: InboxItem) -> DeliveryView {
        DeliveryView {
            id: item.id,
            source_id: item.source_id,
            received_at: item.received_at,
            status: item.status,
            code: item.code,
            detail: item.detail,
            told: item.told,
            tries: item.tries,
            handled_at: item.handled_at,
        }
    }
}
