//! Orders: takes in what a delivery tells of one, and lets its lines in the ledger follow.
//!
//! Holds: the lines are what [`order::ledger`] makes of everything told so far, so every order of
//! arrival ends in the same ones. Orders that turn out to be one become one. Must not know: any
//! provider.

use super::batch_metrics::BatchMetrics;
use super::customers;
use super::tombstones::{ErasureLookup, event_name};
use crate::clock::Millis;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::order::{self, OrderFact, OrderObservation};
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion, OrderPart};
use crate::id::{ConversionId, OrderId, SourceId, WorkspaceId};
use crate::store::conversion::related::{self, Dated, Identifier};
use crate::store::conversion::{self as ledger, Conversion, lines};
use crate::store::{self, Error, Tx};
use crate::vault::Vault;

/// Whose order it is, and when it was told of.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderSource {
    pub(super) workspace_id: WorkspaceId,
    pub(super) source_id: SourceId,
    pub(super) received_at: Millis,
}

/// Takes in what was told of an order; gives the order, and adds the conversions that are to be
/// joined anew to `affected`.
pub(super) async fn apply_order(
    tx: &mut Tx,
    teller: OrderSource,
    gone: Option<ErasureLookup<'_>>,
    names: &[(u8, String)],
    told: Vec<OrderObservation>,
    (tally, affected): (&BatchMetrics, &mut Vec<Dated>),
) -> Result<OrderId, Error> {
    let names = &names_left(tx, teller, gone, names, &told).await?;
    let known = store::order::named(tx, teller.source_id, names).await?;
    let id = known.first().copied();
    let id = id.unwrap_or_else(|| OrderId::new(teller.received_at));
    let mut facts = store::order::facts(tx, id).await?;
    let mut standing = lines::of_order(tx, id).await?;
    let mut news = told;
    for other in known.into_iter().skip(1) {
        news.extend(store::order::dissolve(tx, other, id).await?.into_values());
        standing.extend(lines::of_order(tx, other).await?);
        store::inbox::move_subject(tx, &other.to_string(), &id.to_string()).await?;
        store::erasing::move_order(tx, teller.workspace_id, other, id).await?;
    }
    store::order::name(tx, teller.source_id, id, names).await?;
    let mut is_changed = false;
    for new in news {
        let new = without_erased(tx, teller, gone, new).await?;
        let part = new.part.clone();
        if order::apply(&mut facts, new) {
            store::order::put(tx, id, &facts[&part]).await?;
            is_changed = true;
        }
    }
    let facts: Vec<OrderObservation> = facts.into_values().collect();
    if is_changed {
        store::order::set_marks(tx, teller.workspace_id, id, &facts).await?;
    }
    let name = store::order::best_name(tx, id).await?.unwrap_or_default();
    let wanted = wanted(teller, id, &name, &facts);
    settle(tx, standing, wanted, (tally, affected)).await?;
    Ok(id)
}

/// The names that the order is known by here: one that names an erased person has another text.
async fn names_left(
    tx: &mut Tx,
    teller: OrderSource,
    gone: Option<ErasureLookup<'_>>,
    names: &[(u8, String)],
    told: &[OrderObservation],
) -> Result<Vec<(u8, String)>, Error> {
    let Some(gone) = gone else {
        return Ok(names.to_vec());
    };
    let mut erased = Vec::new();
    for evidence in told.iter().filter_map(OrderObservation::evidence) {
        let found = gone.of_evidence(tx, teller.workspace_id, evidence).await?;
        erased.extend(found.map(|found| (found, evidence)));
    }
    let mut left = Vec::new();
    for (rank, name) in names {
        let other = [(*rank, gone.renamed(teller.workspace_id, name))];
        let is_renamed = !store::order::named(tx, teller.source_id, &other)
            .await?
            .is_empty();
        let names_them = erased
            .iter()
            .any(|(erased, told)| erased.is_named_in(name, told));
        let [other] = other;
        left.push(if is_renamed || names_them {
            other
        } else {
            (*rank, name.clone())
        });
    }
    Ok(left)
}

/// A person who was erased is left out of what comes late.
async fn without_erased(
    tx: &mut Tx,
    teller: OrderSource,
    gone: Option<ErasureLookup<'_>>,
    mut told: OrderObservation,
) -> Result<OrderObservation, Error> {
    if let (Some(gone), OrderFact::Known { evidence }) = (gone, &mut told.fact)
        && let Some(erased) = gone.of_evidence(tx, teller.workspace_id, evidence).await?
    {
        let told = evidence.clone();
        *evidence = told.without(&erased, |text| erased.is_named_in(text, &told));
    }
    Ok(told)
}

/// Takes somebody who is erased out of what was told of an order, and forgets the requests that
/// told it. Its lines stay joined as they are.
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
    let names = |text: &str| all.iter().any(|told| erased.is_named_in(text, told));
    let mut facts = before.clone();
    for told in &mut facts {
        if let OrderFact::Known { evidence } = &mut told.fact {
            *evidence = evidence.without(erased, names);
            store::order::put(tx, id, told).await?;
        }
    }
    for (source, name) in store::order::names(tx, id).await? {
        if names(&name) {
            let other = event_name(vault, workspace)(&name);
            store::order::rename(tx, source, &name, &other).await?;
        }
    }
    store::order::set_marks(tx, workspace, id, &facts).await?;
    let standing = lines::of_order(tx, id).await?;
    let source = standing.first().and_then(|it| it.report.source_id);
    let Some((source_id, name)) = source.zip(store::order::best_name(tx, id).await?) else {
        return Ok(());
    };
    let teller = OrderSource {
        workspace_id: workspace,
        source_id,
        received_at: Millis::default(),
    };
    // What each line is joined to does not change by its name, and may no longer be found
    // otherwise.
    settle(
        tx,
        standing,
        wanted(teller, id, &name, &facts),
        (&BatchMetrics::default(), &mut Vec::new()),
    )
    .await
}

/// The lines that are to stand in the ledger.
fn wanted(
    teller: OrderSource,
    id: OrderId,
    name: &str,
    facts: &[OrderObservation],
) -> Vec<NewConversion> {
    let evidence = order::evidence(facts);
    let conversion = |line: order::LedgerLine| {
        let follows = line.kind.follows_a_sale();
        NewConversion {
            id: ConversionId::new(teller.received_at),
            workspace_id: teller.workspace_id,
            source_id: Some(teller.source_id),
            event_id: if line.part.is_empty() {
                name.to_owned()
            } else {
                format!("{name}:{}", line.part)
            },
            kind: line.kind,
            name: None,
            occurred_at: line.occurred_at,
            received_at: teller.received_at,
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

/// Puts the wanted lines in the place of those that stand.
async fn settle(
    tx: &mut Tx,
    mut standing: Vec<Conversion>,
    wanted: Vec<NewConversion>,
    (tally, affected): (&BatchMetrics, &mut Vec<Dated>),
) -> Result<(), Error> {
    let mut new = Vec::new();
    let mut kept = Vec::new();
    for want in wanted {
        let same = |it: &Conversion| it.report.kind == want.kind && is_part(&it.report, &want);
        match standing.iter().position(same) {
            Some(at) => kept.push((standing.swap_remove(at).report, want)),
            None => new.push(want),
        }
    }
    // First out, then in: an event id may pass from one line to another.
    for gone in standing {
        affected.extend(related::served_by(tx, &gone.report, true).await?);
        follow(tx, &gone.report, affected).await?;
        customers::leave(tx, std::slice::from_ref(&gone.report)).await?;
        lines::remove(tx, &gone.report).await?;
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
            lines::rewrite(tx, &line).await?;
            affected.push((line.occurred_at, line.id));
            affected.extend(related::served_by(tx, &line, true).await?);
            follow(tx, &line, affected).await?;
        }
    }
    for line in new {
        if ledger::insert(tx, &line).await? {
            tally.conversion(line.source_id, line.kind, true);
            affected.push((line.occurred_at, line.id));
            follow(tx, &line, affected).await?;
        }
    }
    Ok(())
}

/// Refunds from elsewhere that name this sale; sales whose clicks are held against this lead.
async fn follow(
    tx: &mut Tx,
    report: &NewConversion,
    affected: &mut Vec<Dated>,
) -> Result<(), Error> {
    if report.kind == ConversionKind::Sale {
        affected.extend(related::refunds_of(tx, report.workspace_id, &report.event_id).await?);
    }
    if report.kind == ConversionKind::Lead {
        affected.extend(related::sales_from(tx, report).await?);
    }
    Ok(())
}

fn is_part(standing: &NewConversion, want: &NewConversion) -> bool {
    let part = |it: &NewConversion| it.order.as_ref().map(|order| order.part.clone());
    part(standing) == part(want)
}
