//! Conversions over the API: report one.
//!
//! Holds: a report is durable before it is answered; a repeat of an event id answers what the
//! first report became and changes nothing.

pub(in crate::http) mod list;

mod body;

use std::time::Duration;

use actix_web::{HttpResponse, post, web};
use tokio::time::{Instant, timeout_at};

use crate::click::ClickClass;
use crate::conversion::{NewConversion, repeat};
use crate::event_log::entry::Entry;
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Json;
use crate::id::ConversionId;
use crate::operations::actor::Actor;
use crate::provider::report::{ConversionReport, ReportContext};
use crate::recorder::Recorder;
use crate::store::conversion::{self, Conversion};
use crate::store::touch;
use body::{ConversionBody, QueuedConversion};

/// How often a waiting report looks into the store when this process does not ingest itself.
const POLL: Duration = Duration::from_millis(25);

/// Report a conversion
///
/// `event_id` makes it safe to repeat: the second report of an event answers 200 with what the
/// first became. It counts within its kind, so an order's sale and its refund may share one. Money
/// is in minor units: 4999 for 49.99 EUR.
#[utoipa::path(
    operation_id = "report_conversion",
    tag = "conversions",
    request_body = ConversionReport,
    responses(
        (status = 201, body = ConversionBody, description = "Recorded and joined"),
        (status = 200, body = ConversionBody, description = "Reported before; this is the first answer"),
        (status = 202, body = QueuedConversion, description = "Durable, but not joined yet"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/conversions")]
pub(in crate::http) async fn make(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    body: Json<ConversionReport>,
) -> Result<HttpResponse, Problem> {
    let now = state.context.clock.now();
    let email_hash = |email: &str| state.context.vault.email_hash(actor.workspace, email);
    let claimed = body.value.click_id.is_some();
    let new = body.value.into_conversion(&ReportContext {
        id: ConversionId::new(now),
        workspace_id: actor.workspace,
        source_id: None,
        now,
        email_hash: &email_hash,
    })?;
    let garbled = claimed && new.evidence.click_ids.is_empty();
    // What repeats an event changes nothing, unless it proves what a page's report did not.
    let proves = |first: &Stored| {
        let mut evidence = first.0.report.evidence.clone();
        evidence.add_proof(&new.evidence)
    };
    let mut known = match stored(&state, &new).await {
        Ok(Some(found)) if !proves(&found) => return Ok(answer(found, &new, garbled)),
        found => found.ok().flatten(),
    };
    let mut progress = state.context.progress.clone();
    let deadline = Instant::now() + state.settings.answer_deadline;
    let entry = Entry::Conversion(new.clone());
    recorder.record(&entry).await?;
    loop {
        match stored(&state, &new).await {
            Ok(Some(found)) if !proves(&found) => return Ok(answer(found, &new, garbled)),
            Ok(Some(found)) => known = Some(found),
            _ => {}
        }
        if Instant::now() >= deadline {
            if let Some(found) = known {
                return Ok(answer(found, &new, garbled));
            }
            let queued = QueuedConversion {
                id: new.id,
                event_id: new.event_id,
                status: "queued",
            };
            return Ok(HttpResponse::Accepted().json(queued));
        }
        // Whether it was progress or the poll that woke us, the store knows the answer.
        let next = deadline.min(Instant::now() + POLL);
        if let Ok(Err(_)) = timeout_at(next, progress.changed()).await {
            tokio::time::sleep_until(next).await;
        }
    }
}

/// 201 with what `new` became, or 200 with what the first report of its event became.
fn answer((first, program): Stored, new: &NewConversion, garbled: bool) -> HttpResponse {
    let mut response = if first.report.id == new.id {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    let warning = repeat::warning(&first.report, new);
    let warning = warning.filter(|_| first.report.id != new.id);
    let mut body = ConversionBody::from(first);
    body.warnings.extend(warning);
    if garbled {
        body.warnings.push(
            "click_id is none of Leadline's and was left out; it looks like clk_ and 26 characters"
                .to_owned(),
        );
    }
    if let Some(rule) = program {
        body.warnings.push(format!(
            "its click was made by a program that says what it is ({rule}); the conversion counts, and the \
             click stays out of the visitors"
        ));
    }
    response.json(body)
}

/// A conversion, and the rule by which the click that it was joined to is a program's, where it is
/// one.
type Stored = (Conversion, Option<String>);

async fn stored(state: &State, new: &NewConversion) -> Result<Option<Stored>, crate::store::Error> {
    let mut tx = state.context.store.read().await?;
    let Some(first) = conversion::first_of(&mut tx, new).await? else {
        return Ok(None);
    };
    let joined = first
        .join
        .click_id
        .filter(|_| first.join.joined_by.is_own_clicks());
    let click = match joined {
        Some(id) => touch::by_id(&mut tx, first.report.workspace_id, id).await?,
        None => None,
    };
    let program = click.filter(|it| !it.class.is_person() && it.class != ClickClass::Own);
    Ok(Some((first, program.map(|it| it.rule))))
}
