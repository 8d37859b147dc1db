//! Requests for the inbox and what they are answered with.

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
    /// The source that it came to.
    #[schema(value_type = String)]
    pub source_id: SourceId,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Millis,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Code of the reason, where it could not be read or was refused.
    pub code: Option<String>,
    /// What to mend, or why nothing came of it.
    pub detail: Option<String>,
    /// Conversions and orders that it told of.
    pub told: i64,
    /// How often it was read.
    pub tries: i64,
    /// When it was handled last.
    #[schema(value_type = String, format = DateTime)]
    pub handled_at: Millis,
}

/// A page of the inbox.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct InboxPage {
    /// Oldest first.
    pub deliveries: Vec<DeliveryView>,
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InboxQuery {
    /// Only requests to this source.
    pub source_id: Option<String>,
    /// Only those of which this became: `read`, `nothing`, `failed` or `refused`.
    pub status: Option<DeliveryStatus>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A request as it came in.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DeliveryRequest {
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub url: String,
    /// Those headers that the provider's protocol reads; signatures and keys are left out.
    /// Each is a name and a value.
    #[schema(value_type = Vec<Vec<String>>)]
    pub headers: Vec<(String, String)>,
    /// As text, unpacked where it came packed; signs that are none are replaced, and so are the
    /// source's secrets.
    pub body: String,
}

/// How many requests are read again.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ReplayResult {
    /// Requests that are in the log again.
    pub replayed: usize,
    /// Requests that still prove no sender.
    pub refused: usize,
    /// `cursor` of the next call; `null` when there are no more.
    pub next_cursor: Option<String>,
}

/// Which requests are read again.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReplayQuery {
    /// Only requests to this source.
    pub source_id: Option<String>,
    /// `failed` unless it says `refused`, `nothing` or `read`.
    pub status: Option<DeliveryStatus>,
    /// `next_cursor` of the call before.
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
