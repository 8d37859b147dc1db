//! Deliveries: requests of providers, verified over their raw bytes and made durable.
//!
//! # Invariants
//! - A delivery is in the event log, sealed, before its sender gets a success. It is parsed later;
//!   a delivery that cannot be parsed waits in the inbox.
//! - A refused delivery is counted. The inbox stores it for a while, if the caller allows it.
//! - A repeat is recorded like the first request; the worker drops it.
//!
//! # Out of scope
//! The sender: it is a source, not an actor with a key. The caller finds the source.

use crate::clock::Millis;
use crate::event_log::entry::{Entry, SealedDelivery};
use crate::id::DeliveryId;
use crate::metric::Metrics;
use crate::metric::outcome::WebhookOutcome;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::provider::{self, Delivery, ReportError, postback};
use crate::recorder::Recorder;
use crate::sources::ActiveSource;
use crate::store::inbox::{self, DeliveryStatus, InboxItem};
use crate::store::{self, source, touch};
use crate::worker::delivery::reason;

/// How long a click may take until it is in the store.
const CLICK_DELAY_MS: i64 = 60_000;

/// Why a delivery is refused.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its signature does not prove its sender.
    #[error("{0}")]
    Signature(provider::Error),
    /// It does not have the form of its protocol.
    #[error("{0}")]
    Form(ReportError),
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Signature(error) => error.code(),
            Refusal::Form(error) => error.code(),
        }
    }

    /// The outcome under which it is counted.
    fn outcome(&self) -> WebhookOutcome {
        match self {
            Refusal::Signature(_) => WebhookOutcome::BadSignature,
            Refusal::Form(_) => WebhookOutcome::Unreadable,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Signature(error) => Error::Signature(error),
            Refusal::Form(error) => Error::Report(error),
        }
    }
}

/// Checks that a delivery from `received_at` proves its sender with a secret that is valid `now`,
/// and that it has the form of its protocol.
///
/// # Errors
/// The refusal, when it does not.
pub fn check(
    source: &ActiveSource,
    delivery: &Delivery,
    now: Millis,
    received_at: Millis,
) -> Result<(), Refusal> {
    let secrets = source.secrets(now);
    let verified = source
        .kind
        .verify(delivery, &secrets, &source.settings, received_at)
        .map_err(Refusal::Signature)?;
    source.kind.check_form(verified).map_err(Refusal::Form)
}

/// Verifies a delivery and stores it durably. Returns its id; `None` for a ping, which is not
/// stored.
///
/// `may_keep` decides whether a refused delivery may be stored in the inbox.
///
/// # Errors
/// A refusal, or an event log that does not accept it.
pub async fn receive(
    context: &Context,
    recorder: &Recorder,
    source: &ActiveSource,
    delivery: &Delivery,
    may_keep: impl FnOnce() -> bool,
) -> Result<Option<DeliveryId>, Error> {
    let label = source.id.to_string();
    if source.kind.is_ping(delivery) {
        context.metrics.count_webhook(&label, WebhookOutcome::Ping);
        return Ok(None);
    }
    let now = context.clock.now();
    let checked = check(source, delivery, now, now);
    let id = DeliveryId::new(now);
    let sealed = SealedDelivery {
        id,
        workspace_id: source.workspace_id,
        source_id: source.id,
        received_at: now,
        sealed: context.vault.seal_delivery(id, delivery, &delivery.body)?,
    };
    if let Err(refusal) = checked {
        let code = refusal.code();
        Metrics::count(&context.metrics.webhooks_rejected, code);
        context.metrics.count_webhook(&label, refusal.outcome());
        tracing::warn!(source.id = %source.id, code, "a webhook was refused");
        if may_keep() {
            // The answer is already decided, and a failed write must not change it.
            let kept = keep_refused(context, sealed, &refusal).await;
            let _ = kept.inspect_err(|error| {
                tracing::warn!(%error, "a refused webhook could not be stored in the inbox");
            });
        }
        return Err(refusal.into());
    }
    let id = sealed.id;
    recorder.record(&Entry::Delivery(sealed)).await?;
    context
        .metrics
        .count_webhook(&label, WebhookOutcome::Verified);
    Ok(Some(id))
}

/// Counts a refused delivery for its source, and puts it into the inbox.
async fn keep_refused(
    context: &Context,
    sealed: SealedDelivery,
    refusal: &Refusal,
) -> Result<(), store::Error> {
    let mut tx = context.store.write().await?;
    let (source, at, code) = (sealed.source_id, sealed.received_at, refusal.code());
    match refusal {
        Refusal::Signature(_) => source::count_unproven(&mut tx, source, at, code).await?,
        Refusal::Form(_) => source::count_rejected(&mut tx, source, at, code).await?,
    }
    let item = InboxItem {
        id: sealed.id,
        workspace_id: sealed.workspace_id,
        source_id: source,
        received_at: at,
        status: DeliveryStatus::Refused,
        code: Some(code.to_owned()),
        detail: Some(reason::without_addresses(&refusal.to_string())),
        told: 0,
        tries: 1,
        handled_at: at,
        sealed: Some(sealed.sealed),
    };
    inbox::upsert(&mut tx, &item).await?;
    tx.commit().await
}

/// Whether a delivery that has just arrived proves its sender, even if its body has the wrong form.
pub fn proves_sender(context: &Context, source: &ActiveSource, delivery: &Delivery) -> bool {
    let now = context.clock.now();
    let verified = source
        .kind
        .verify(delivery, &source.secrets(now), &source.settings, now);
    verified.is_ok()
}

/// Refuses a postback for an unknown click, if its source is strict. A click that may still be on
/// its way to the store counts as known.
///
/// Call it only for a proven sender: nobody else may learn which clicks are known.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn require_known_click(
    context: &Context,
    source: &ActiveSource,
    delivery: &Delivery,
) -> Result<(), Error> {
    let settings = source.settings.postback.as_ref();
    if !settings.is_some_and(|settings| settings.strict) {
        return Ok(());
    }
    let unknown = Error::NotFound(Noun::Click);
    let Some(id) = postback::click_id(delivery) else {
        return Err(unknown);
    };
    if id.time().plus_ms(CLICK_DELAY_MS) > context.clock.now() {
        return Ok(());
    }
    let mut tx = context.store.read().await?;
    let click = touch::by_id(&mut tx, source.workspace_id, id).await?;
    click.map(|_| ()).ok_or(unknown)
}
