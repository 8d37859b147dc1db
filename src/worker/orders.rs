//! Orders: adds reported facts about an order, and updates the order's lines in the ledger.
//!
//! # Invariants
//! - The lines are what [`order::ledger`] derives from all observations so far. So every order of
//!   arrival ends in the same lines.
//! - Two orders that turn out to be the same are merged.
//!
//! # Out of scope
//! Providers.

use super::batch_metrics::BatchMetrics;
use super::customers;
use super::tombstones::{ErasureLookup, event_name};
use crate::clock::Millis;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::order::{self, OrderFact, OrderObservation};
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion, OrderPart};
use crate::id::{ConversionId, OrderId, SourceId, WorkspaceId};
use crate::store::conversion::related::{self, DatedConversion, Identifier};
use crate::store::conversion::{self as ledger, Conversion, order_lines};
use crate::store::{self, Error, Tx};
use crate::vault::Vault;

/// Who reported an order, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderSource {
    pub(super) workspace_id: WorkspaceId,
    pub(super) source_id: SourceId,
    pub(super) received_at: Millis,
}

/// Adds observations about an order. Returns the order, and adds the conversions that must be
/// joined again to `affected`.
pub(super) async fn apply(
    tx: &mut Tx,
    of: OrderSource,
    erasures: Option<ErasureLookup<'_>>,
    names: &[(u8, String)],
    observations: Vec<OrderObservation>,
    (metrics, affected): (&BatchMetrics, &mut Vec<DatedConversion>),
) -> Result<OrderId, Error> {
    let names = &names_to_keep(tx, of, erasures, names, &observations).await?;
    let known = store::order::by_names(tx, of.source_id, names).await?;
    let id = known.first().copied();
    let id = id.unwrap_or_else(|| OrderId::new(of.received_at));
    let mut facts = store::order::facts(tx, id).await?;
    let mut standing = order_lines::of_order(tx, id).await?;
    let mut news = observations;
    for other in known.into_iter().skip(1) {
        news.extend(store::order::dissolve(tx, other, id).await?.into_values());
        standing.extend(order_lines::of_order(tx, other).await?);
        store::inbox::move_subject(tx, &other.to_string(), &id.to_string()).await?;
        store::erasure_queue::move_order(tx, of.workspace_id, other, id).await?;
    }
    store::order::add_names(tx, of.source_id, id, names).await?;
    let mut is_changed = false;
    for new in news {
        let new = without_erased(tx, of, erasures, new).await?;
        let part = new.part.clone();
        if order::apply(&mut facts, new) {
            store::order::upsert_fact(tx, id, &facts[&part]).await?;
            is_changed = true;
        }
    }
    let facts: Vec<OrderObservation> = facts.into_values().collect();
    if is_changed {
        store::order::set_marks(tx, of.workspace_id, id, &facts).await?;
    }
    let name = store::order::best_name(tx, id).await?.unwrap_or_default();
    let wanted = wanted(of, id, &name, &facts);
    replace_lines(tx, standing, wanted, (metrics, affected)).await?;
    Ok(id)
}

/// The names to store for the order. A name of an erased person is replaced.
async fn names_to_keep(
    tx: &mut Tx,
    of: OrderSource,
    erasures: Option<ErasureLookup<'_>>,
    names: &[(u8, String)],
    observations: &[OrderObservation],
) -> Result<Vec<(u8, String)>, Error> {
    let Some(erasures) = erasures else {
        return Ok(names.to_vec());
    };
    let mut erased = Vec::new();
    for evidence in observations.iter().filter_map(OrderObservation::evidence) {
        let found = erasures.of_evidence(tx, of.workspace_id, evidence).await?;
        erased.extend(found.map(|found| (found, evidence)));
    }
    let mut kept = Vec::new();
    for (rank, name) in names {
        let other = [(*rank, erasures.renamed(of.workspace_id, name))];
        let is_renamed = !store::order::by_names(tx, of.source_id, &other)
            .await?
            .is_empty();
        let names_them = erased
            .iter()
            .any(|(erased, observation)| erased.is_named_in(name, observation));
        let [other] = other;
        kept.push(if is_renamed || names_them {
            other
        } else {
            (*rank, name.clone())
        });
    }
    Ok(kept)
}

/// The observation without an erased person.
async fn without_erased(
    tx: &mut Tx,
    of: OrderSource,
    erasures: Option<ErasureLookup<'_>>,
    mut observation: OrderObservation,
) -> Result<OrderObservation, Error> {
    if let (Some(erasures), OrderFact::Known { evidence }) = (erasures, &mut observation.fact)
        && let Some(erased) = erasures.of_evidence(tx, of.workspace_id, evidence).await?
    {
        let known = evidence.clone();
        *evidence = known.without(&erased, |text| erased.is_named_in(text, &known));
    }
    Ok(observation)
}

/// Removes an erased person from the facts about an order, and deletes the requests that reported
/// it. The order's lines keep their joins.
pub(super) async fn erase(
    tx: &mut Tx,
    id: OrderId,
    workspace: WorkspaceId,
    erased: &ErasureScope,
    vault: &Vault,
) -> Result<(), Error> {
    store::inbox::empty(tx, &[id.to_string()]).await?;
    let before: Vec<OrderObservation> = store::order::facts(tx, id).await?.into_values().collect();
    let all: Vec<&JoinEvidence> = before
        .iter()
        .filter_map(OrderObservation::evidence)
        .collect();
    let names = |text: &str| all.iter().any(|fact| erased.is_named_in(text, fact));
    let mut facts = before.clone();
    for fact in &mut facts {
        if let OrderFact::Known { evidence } = &mut fact.fact {
            *evidence = evidence.without(erased, names);
            store::order::upsert_fact(tx, id, fact).await?;
        }
    }
    for (source, name) in store::order::names(tx, id).await? {
        if names(&name) {
            let other = event_name(vault, workspace)(&name);
            store::order::rename(tx, source, &name, &other).await?;
        }
    }
    store::order::set_marks(tx, workspace, id, &facts).await?;
    let standing = order_lines::of_order(tx, id).await?;
    let source = standing.first().and_then(|line| line.report.source_id);
    let Some((source_id, name)) = source.zip(store::order::best_name(tx, id).await?) else {
        return Ok(());
    };
    let of = OrderSource {
        workspace_id: workspace,
        source_id,
        received_at: Millis::default(),
    };
    // The join of a line does not depend on its name, and the rules might not find it again.
    replace_lines(
        tx,
        standing,
        wanted(of, id, &name, &facts),
        (&BatchMetrics::default(), &mut Vec::new()),
    )
    .await
}

/// The lines that the ledger must have.
fn wanted(
    of: OrderSource,
    id: OrderId,
    name: &str,
    facts: &[OrderObservation],
) -> Vec<NewConversion> {
    let evidence = order::evidence(facts);
    let conversion = |line: order::LedgerLine| {
        let follows = line.kind.follows_a_sale();
        NewConversion {
            id: ConversionId::new(of.received_at),
            workspace_id: of.workspace_id,
            source_id: Some(of.source_id),
            event_id: if line.part.is_empty() {
                name.to_owned()
            } else {
                format!("{name}:{}", line.part)
            },
            kind: line.kind,
            name: None,
            occurred_at: line.occurred_at,
            received_at: of.received_at,
            value: line.value,
            refund_of: follows.then(|| name.to_owned()),
            evidence: if follows {
                JoinEvidence::default()
            } else {
                evidence.clone()
            },
            order: Some(OrderPart {
                id,
                part: line.part,
            }),
        }
    };
    order::ledger(facts).into_iter().map(conversion).collect()
}

/// Replaces the lines in the ledger by the wanted ones.
async fn replace_lines(
    tx: &mut Tx,
    mut standing: Vec<Conversion>,
    wanted: Vec<NewConversion>,
    (metrics, affected): (&BatchMetrics, &mut Vec<DatedConversion>),
) -> Result<(), Error> {
    let mut new = Vec::new();
    let mut kept = Vec::new();
    for want in wanted {
        let same =
            |line: &Conversion| line.report.kind == want.kind && is_same_part(&line.report, &want);
        match standing.iter().position(same) {
            Some(at) => kept.push((standing.swap_remove(at).report, want)),
            None => new.push(want),
        }
    }
    // Deletions come first, because an event id may move from one line to another.
    for old in standing {
        affected.extend(related::served_by(tx, &old.report, true).await?);
        follow(tx, &old.report, affected).await?;
        customers::leave(tx, std::slice::from_ref(&old.report)).await?;
        order_lines::delete(tx, &old.report).await?;
    }
    for (before, want) in kept {
        let line = NewConversion {
            id: before.id,
            received_at: before.received_at,
            ..want
        };
        if line != before {
            affected.extend(related::served_by(tx, &before, true).await?);
            follow(tx, &before, affected).await?;
            if Identifier::of(&line) != Identifier::of(&before) {
                customers::leave(tx, std::slice::from_ref(&before)).await?;
            }
            order_lines::rewrite(tx, &line).await?;
            affected.push((line.occurred_at, line.id));
            affected.extend(related::served_by(tx, &line, true).await?);
            follow(tx, &line, affected).await?;
        }
    }
    for line in new {
        if ledger::insert(tx, &line).await? {
            metrics.conversion(line.source_id, line.kind, true);
            affected.push((line.occurred_at, line.id));
            follow(tx, &line, affected).await?;
        }
    }
    Ok(())
}

/// Adds refunds from elsewhere that name this sale, and sales whose window begins with this lead.
async fn follow(
    tx: &mut Tx,
    report: &NewConversion,
    affected: &mut Vec<DatedConversion>,
) -> Result<(), Error> {
    if report.kind == ConversionKind::Sale {
        affected.extend(related::refunds_of(tx, report.workspace_id, &report.event_id).await?);
    }
    if report.kind == ConversionKind::Lead {
        affected.extend(related::sales_from(tx, report).await?);
    }
    Ok(())
}

fn is_same_part(standing: &NewConversion, want: &NewConversion) -> bool {
    let part = |line: &NewConversion| line.order.as_ref().map(|order| order.part.clone());
    part(standing) == part(want)
}
