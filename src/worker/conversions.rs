//! Adds reported conversions to the ledger and joins them.
//!
//! # Invariants
//! - The first report of an event wins. A repeat only adds proof for the evidence of the first one.
//! - A report of an erased person is written without that person.

use std::borrow::Cow;

use super::context::IngestContext;
use super::tombstones::LateReport;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::{ConversionKind, NewConversion, repeat};
use crate::id::ConversionId;
use crate::store::conversion::{self, Conversion};
use crate::store::{Error, Tx};

/// The result for a report.
#[derive(Clone, Debug)]
pub(super) struct AppliedConversion {
    /// The conversion of its event.
    pub(super) id: ConversionId,
    /// Whether its event was not reported before.
    pub(super) is_new: bool,
    /// How a repeat differs from the first report, which wins.
    pub(super) warning: Option<String>,
}

/// Adds a report to the ledger and joins it, unless its event was already reported.
pub(super) async fn apply(
    tx: &mut Tx,
    context: IngestContext<'_>,
    report: &NewConversion,
) -> Result<AppliedConversion, Error> {
    let applied = add(tx, context, report).await?;
    context
        .metrics
        .conversion(report.source_id, report.kind, applied.is_new);
    Ok(applied)
}

async fn add(
    tx: &mut Tx,
    context: IngestContext<'_>,
    report: &NewConversion,
) -> Result<AppliedConversion, Error> {
    let repeated = |id| AppliedConversion {
        id,
        is_new: false,
        warning: None,
    };
    let report = match context.erasures {
        Some(erasures) => match erasures.check_report(tx, report).await? {
            LateReport::New(report) => report,
            LateReport::Repeat(first) => {
                add_proof(tx, context, &first, report).await?;
                return Ok(repeated(first.report.id));
            }
        },
        None => Cow::Borrowed(report),
    };
    if let Some(first) = conversion::first_of(tx, &report).await? {
        let warning = repeat::warning(&first.report, &report);
        if warning.is_some() {
            tracing::warn!(conversion.id = %first.report.id,
                "an event was reported again with other content; the first report counts");
        }
        add_proof(tx, context, &first, &report).await?;
        return Ok(AppliedConversion {
            warning,
            ..repeated(first.report.id)
        });
    }
    if !conversion::insert(tx, &report).await? {
        return Ok(repeated(report.id));
    }
    let mut added = vec![(report.occurred_at, report.id)];
    if report.kind == ConversionKind::Lead {
        added.extend(conversion::related::sales_from(tx, &report).await?);
    }
    context.joiner(tx).run(added).await?;
    Ok(AppliedConversion {
        id: report.id,
        is_new: true,
        warning: None,
    })
}

/// Adds the proof of a repeat to a first report that came with a page's key.
async fn add_proof(
    tx: &mut Tx,
    context: IngestContext<'_>,
    first: &Conversion,
    again: &NewConversion,
) -> Result<(), Error> {
    let (id, at) = (first.report.id, first.report.occurred_at);
    let mut evidence = first.report.evidence.clone();
    if evidence.add_proof(&again.evidence) {
        if let Some(erasures) = context.erasures {
            let workspace = first.report.workspace_id;
            let erased = erasures
                .of_evidence(tx, workspace, &first.report.evidence)
                .await?;
            if erased == Some(ErasureScope::Person) {
                // The first report will be erased.
                return Ok(());
            }
        }
        // Few repeats prove anything, so this future is boxed.
        Box::pin(async {
            conversion::set_evidence(tx, id, &evidence).await?;
            context.joiner(tx).run(vec![(at, id)]).await
        })
        .await?;
    }
    Ok(())
}
