//! What a shop has besides its posts: rates of exchange, promo codes, sources with their
//! deliveries, keys and another domain.
//!
//! # Invariants
//! Deliveries go through the log and the worker like those of any sender.
//!
//! # Out of scope
//! Campaigns, posts and visits.

use rand::{Rng, RngExt};
use serde_json::json;

use super::stage::Stage;
use super::visits::{HOUR_MS, Timed, Visits};
use crate::app::App;
use crate::clock::{DAY_MS, Millis};
use crate::conversion::{ConversionKind, JoinEvidence};
use crate::event_log::entry::{Entry, SealedDelivery};
use crate::id::{DeliveryId, SourceId, WorkspaceId};
use crate::money::Money;
use crate::money::rate::DayRate;
use crate::operations::actor::Actor;
use crate::operations::key::{self, on_store};
use crate::operations::promo_code::body::NewPromoCode;
use crate::operations::source::body::NewSource;
use crate::operations::{promo_code, source};
use crate::provider::signature::Error as SignatureError;
use crate::provider::{Delivery, ProviderKind, SourceSettings};
use crate::store::inbox::{self, DeliveryStatus, InboxItem};
use crate::store::key::Scope;
use crate::store::source::Source;
use crate::store::{self, Tx, exchange_rate};

/// Promo codes: where they are given out.
const CODES: [(&str, Option<&str>); 3] = [
    ("PODCAST10", None),
    ("ERIKA15", Some("linkedin")),
    ("LICHT5", Some("facebook")),
];

/// Days from one order with a promo code to the next, from one form to the next, and from one
/// delivery that cannot be read to the next.
const CODE_EVERY: i64 = 3;
const FORM_EVERY: i64 = 2;
const BROKEN_EVERY: i64 = 7;

/// For how many days deliveries that cannot be read have come.
const BROKEN_DAYS: i64 = 16;

/// The sources that send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backstage {
    workspace_id: WorkspaceId,
    form: SourceId,
    payments: SourceId,
}

impl Backstage {
    /// Creates all of it.
    pub(super) async fn set_up(
        app: &App,
        stage: &Stage,
        start: Millis,
    ) -> anyhow::Result<Backstage> {
        let now = app.context.clock.now();
        let actor = Actor::program(stage.workspace_id);
        let mut tx = app.context.store.write().await?;
        let rates = rates(start.day() - 7..=now.day())?;
        exchange_rate::upsert(&mut tx, &rates, "demo", now).await?;
        for (code, network) in CODES {
            let Some(campaign) = stage.campaigns.first() else {
                continue;
            };
            let new = NewPromoCode {
                code: code.to_owned(),
                campaign_id: Some(campaign.id.into()),
                network: network.map(str::to_owned),
                link_id: None,
            };
            promo_code::create_in(&mut tx, &app.context, &actor, &new, start).await?;
        }
        let backstage = sources(app, &mut tx, &actor, start).await?;
        tx.commit().await?;
        let store = &app.context.store;
        on_store::create(store, "Sign-up page", vec![Scope::Lead], start).await?;
        let old = on_store::create(store, "Former agency", vec![Scope::Read], start).await?;
        let (id, at) = (old.0.id.to_string(), start.plus_ms(30 * DAY_MS));
        key::revoke(store, &actor, &id, at).await?;
        Ok(backstage)
    }

    /// What sources send, and promo codes bring, on a day.
    pub(super) fn day(
        self,
        app: &App,
        visits: &mut Visits,
        midnight: Millis,
    ) -> anyhow::Result<Vec<Timed>> {
        let mut entries = Vec::new();
        let day = midnight.day();
        if day % FORM_EVERY == 0 {
            let at = visits.moment(midnight);
            let body = json!({"type": "lead.created", "timestamp": at, "data": {
                "event_id": format!("form-{day}"),
                "customer": {"email": format!("reader-{day}@mail.example")},
                "utm": {"campaign": "spring-lamp", "source": "newsletter"},
            }});
            entries.push(self.delivery(app, visits, (at, self.form), &body)?);
        }
        // The form was changed lately.
        let age = app.context.clock.now().day() - day;
        if age < BROKEN_DAYS && day % BROKEN_EVERY == 0 {
            let at = visits.moment(midnight);
            let body = json!({"type": "lead.created", "data": {
                "event_id": format!("form-broken-{day}"),
                "value": {"amount": "free", "currency": "EUR"},
            }});
            entries.push(self.delivery(app, visits, (at, self.form), &body)?);
            let at = visits.moment(midnight);
            let body = json!({"id": format!("evt_{day}"), "object": "event", "livemode": false,
                "type": "customer.updated",
                "created": at.0 / 1000, "data": {"object": {"id": format!("cus_{day}")}}});
            entries.push(self.delivery(app, visits, (at, self.payments), &body)?);
        }
        if day % CODE_EVERY == 0 {
            let at = visits.moment(midnight);
            let chosen = visits.rng.random_range(0..CODES.len());
            let evidence = JoinEvidence {
                external_id: Some(format!("listener-{day}")),
                promo_codes: vec![CODES[chosen].0.to_owned()],
                ..JoinEvidence::default()
            };
            let value = Some(Money {
                amount: 7110,
                currency: "EUR".parse()?,
            });
            let (kind, id) = (ConversionKind::Sale, format!("order-code-{day}"));
            entries.push(visits.conversion(at, self.workspace_id, kind, id, value, &evidence));
        }
        Ok(entries)
    }

    fn delivery(
        self,
        app: &App,
        visits: &mut Visits,
        (at, source_id): (Millis, SourceId),
        body: &serde_json::Value,
    ) -> anyhow::Result<Timed> {
        let id = DeliveryId::from_parts(at, visits.bits());
        let sealed = sealed(app, id, (self.workspace_id, source_id), body)?;
        Ok((at, Entry::Delivery(sealed)))
    }
}

fn sealed(
    app: &App,
    id: DeliveryId,
    (workspace_id, source_id): (WorkspaceId, SourceId),
    body: &serde_json::Value,
) -> anyhow::Result<SealedDelivery> {
    let base = &app.context.public_url;
    let delivery = Delivery {
        method: "POST".to_owned(),
        url: format!("{base}/api/v1/webhooks/{source_id}"),
        headers: vec![("webhook-id".to_owned(), id.to_string())],
        body: body.to_string().into_bytes(),
    };
    let vault = &app.context.vault;
    Ok(SealedDelivery {
        id,
        workspace_id,
        source_id,
        received_at: id.time(),
        sealed: vault.seal_delivery(id, &delivery, &delivery.body)?,
    })
}

/// Sources: one that works, one of which little comes, one whose sender has the wrong secret, one
/// that nobody has set up yet, and one that was taken back.
async fn sources(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    start: Millis,
) -> anyhow::Result<Backstage> {
    let now = app.context.clock.now();
    let [form, payments, survey, shop, visits] = [
        (ProviderKind::Standard, "Sign-up form"),
        (ProviderKind::Stripe, "Payments"),
        (ProviderKind::Typeform, "Reader survey"),
        (ProviderKind::Shopify, "Shop, not connected yet"),
        (ProviderKind::Calendly, "Showroom visits"),
    ];
    let form = create_source(app, tx, actor, form, start).await?.id;
    let payments = create_source(app, tx, actor, payments, start).await?.id;
    let survey = create_source(app, tx, actor, survey, start).await?.id;
    create_source(app, tx, actor, shop, start).await?;
    let mut former = create_source(app, tx, actor, visits, start).await?;
    source::archive_in(tx, &mut former, now.plus_ms(-20 * DAY_MS)).await?;
    refused(app, tx, (actor.workspace, survey)).await?;
    Ok(Backstage {
        workspace_id: actor.workspace,
        form,
        payments,
    })
}

async fn create_source(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (kind, name): (ProviderKind, &str),
    at: Millis,
) -> anyhow::Result<Source> {
    let mut secret = [0; 32];
    rand::rng().fill_bytes(&mut secret);
    let new = NewSource {
        provider: kind.to_string(),
        name: name.to_owned(),
        // Such a sender makes it itself.
        secret: kind.makes_its_secret().then(|| hex::encode(secret).into()),
        settings: SourceSettings::default(),
        quiet_after_hours: Some(72),
    };
    Ok(source::create_in(tx, &app.context, actor, new, at).await?)
}

/// A request that proves no sender, a few hours ago.
async fn refused(
    app: &App,
    tx: &mut Tx,
    (workspace_id, source_id): (WorkspaceId, SourceId),
) -> anyhow::Result<()> {
    let now = app.context.clock.now();
    let id = DeliveryId::new(now.plus_ms(-5 * HOUR_MS));
    let body = json!({"event_id": "1", "event_type": "form_response"});
    let refused = sealed(app, id, (workspace_id, source_id), &body)?;
    let problem = SignatureError::Signature;
    let reason = problem.code();
    store::source::count_unproven(tx, source_id, id.time(), reason).await?;
    let item = InboxItem {
        id,
        workspace_id,
        source_id,
        received_at: id.time(),
        status: DeliveryStatus::Refused,
        code: Some(reason.to_owned()),
        detail: Some(problem.to_string()),
        told: 0,
        tries: 1,
        handled_at: id.time(),
        sealed: Some(refused.sealed),
    };
    inbox::upsert(tx, &item).await?;
    Ok(())
}

/// Rates of weekdays, near what they were in earnest.
fn rates(days: std::ops::RangeInclusive<i64>) -> anyhow::Result<Vec<DayRate>> {
    let mut rates = Vec::new();
    // 1970-01-01 was a Thursday.
    for day in days.filter(|day| !matches!((day + 4).rem_euclid(7), 0 | 6)) {
        let moved = (day * 37).rem_euclid(140);
        for (code, rate) in [
            ("USD", format!("1.1{:03}", 500 + moved)),
            ("GBP", format!("0.8{:03}", 600 + moved)),
            ("JPY", format!("17{}.{:02}", moved % 5, moved % 97)),
        ] {
            rates.push(DayRate {
                day,
                currency: code.parse()?,
                rate: rate.parse()?,
            });
        }
    }
    Ok(rates)
}
