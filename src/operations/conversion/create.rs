//! Reports a conversion, and waits a while for its join.
//!
//! # Invariants
//! - A report is in the event log before it is answered.
//! - The first report of an event wins. A repeat gets the first answer, and changes nothing unless
//!   it adds proof.
//! - If the store does not answer, reports are still accepted.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::click::ClickClass;
use crate::conversion::{NewConversion, repeat};
use crate::event_log::entry::Entry;
use crate::id::ConversionId;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::conversion::body::{ConversionView, QueuedConversion};
use crate::operations::error::Error;
use crate::provider::{ConversionReport, ReportContext};
use crate::recorder::Recorder;
use crate::store::conversion::{self, Conversion};
use crate::store::{self, touch};

/// How often a waiting report reads the store if this process does not ingest.
const POLL: Duration = Duration::from_millis(25);

/// The result of a report.
#[derive(Clone, Debug)]
pub enum ReportedConversion {
    /// The report was recorded and joined.
    Created(ConversionView),
    /// The event was already reported: the result of its first report.
    Repeated(ConversionView),
    /// The report is durable, but not joined yet.
    Queued(QueuedConversion),
}

/// A report that waits for its answer.
struct PendingReport {
    conversion: NewConversion,
    /// Whether its click id is not one of Leadline's and was ignored.
    has_foreign_click_id: bool,
}

/// The first report of an event, as it is stored.
struct FirstReport {
    conversion: Conversion,
    /// The rule that attributed its click to a program, if it is a program's.
    program_rule: Option<String>,
}

/// Reports a conversion. Waits at most `patience` for its join.
///
/// # Errors
/// A report that is refused, or an event log that does not accept it.
pub async fn create(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    report: ConversionReport,
    patience: Duration,
) -> Result<ReportedConversion, Error> {
    let pending = PendingReport::new(context, actor, report)?;
    let mut known = match first_report(context, &pending.conversion).await {
        Ok(Some(first)) if !pending.proves_more_than(&first) => return Ok(pending.answer(first)),
        found => found.ok().flatten(),
    };
    let mut progress = context.progress.clone();
    let deadline = Instant::now() + patience;
    let entry = Entry::Conversion(pending.conversion.clone());
    recorder.record(&entry).await?;
    loop {
        match first_report(context, &pending.conversion).await {
            Ok(Some(first)) if !pending.proves_more_than(&first) => {
                return Ok(pending.answer(first));
            }
            Ok(Some(first)) => known = Some(first),
            _ => {}
        }
        if Instant::now() >= deadline {
            return Ok(match known {
                Some(first) => pending.answer(first),
                None => pending.queued(),
            });
        }
        // Whether progress or the poll woke this task, the store knows the answer.
        let next = deadline.min(Instant::now() + POLL);
        if let Ok(Err(_)) = timeout_at(next, progress.changed()).await {
            tokio::time::sleep_until(next).await;
        }
    }
}

impl PendingReport {
    fn new(
        context: &Context,
        actor: &Actor,
        report: ConversionReport,
    ) -> Result<PendingReport, Error> {
        let now = context.clock.now();
        let email_hash = |email: &str| context.vault.email_hash(actor.workspace, email);
        let has_click_id = report.click_id.is_some();
        let conversion = report.into_conversion(&ReportContext {
            id: ConversionId::new(now),
            workspace_id: actor.workspace,
            source_id: None,
            now,
            email_hash: &email_hash,
        })?;
        Ok(PendingReport {
            has_foreign_click_id: has_click_id && conversion.evidence.click_ids.is_empty(),
            conversion,
        })
    }

    /// Whether it adds proof to the first report of its event, such as a page's.
    fn proves_more_than(&self, first: &FirstReport) -> bool {
        let mut evidence = first.conversion.report.evidence.clone();
        evidence.add_proof(&self.conversion.evidence)
    }

    /// Its own result, or that of the first report of its event.
    fn answer(&self, first: FirstReport) -> ReportedConversion {
        let FirstReport {
            conversion: first,
            program_rule,
        } = first;
        let is_first = first.report.id == self.conversion.id;
        let difference = repeat::warning(&first.report, &self.conversion);
        let mut view = ConversionView::from(first);
        view.warnings.extend(difference.filter(|_| !is_first));
        if self.has_foreign_click_id {
            view.warnings.push(
                "`click_id` is not one of Leadline's and was ignored; a click id is clk_ and 26 characters"
                    .to_owned(),
            );
        }
        if let Some(rule) = program_rule {
            view.warnings.push(format!(
                "its click was made by a program that says what it is ({rule}); the conversion counts, and \
                 the click stays out of the visitors"
            ));
        }
        if is_first {
            ReportedConversion::Created(view)
        } else {
            ReportedConversion::Repeated(view)
        }
    }

    fn queued(self) -> ReportedConversion {
        ReportedConversion::Queued(QueuedConversion {
            id: self.conversion.id,
            event_id: self.conversion.event_id,
            status: "queued".to_owned(),
        })
    }
}

async fn first_report(
    context: &Context,
    new: &NewConversion,
) -> Result<Option<FirstReport>, store::Error> {
    let mut tx = context.store.read().await?;
    let Some(conversion) = conversion::first_of(&mut tx, new).await? else {
        return Ok(None);
    };
    let join = &conversion.join;
    let joined = join.click_id.filter(|_| join.joined_by.is_own_clicks());
    let click = match joined {
        Some(id) => touch::by_id(&mut tx, conversion.report.workspace_id, id).await?,
        None => None,
    };
    let of_program =
        click.filter(|click| !click.class.is_person() && click.class != ClickClass::Own);
    Ok(Some(FirstReport {
        conversion,
        program_rule: of_program.map(|click| click.rule),
    }))
}
