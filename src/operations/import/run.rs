//! Runs an import in one transaction: reads its rows, resolves their names, stores all or none.

use serde::Serialize;

use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::RowError;
use crate::operations::import::body::ImportRequest;
use crate::operations::import::rows::{FileSummary, ImportRow, parse};
use crate::operations::import::target::{RowTarget, TargetFinder};
use crate::operations::repeat::{self, Created};
use crate::store::{Tx, workspace};

/// Most rows of an import that its result shows.
pub const MAX_SHOWN: usize = 200;

/// The result of an import.
#[derive(Debug)]
pub enum Imported<T> {
    /// The rows are stored, by this request or by the one that it repeats.
    Kept(Created<T>),
    /// The result of a dry run; nothing was stored.
    Tried(T),
}

/// Runs `effect` in a writing transaction, which is dropped after a dry run.
///
/// # Errors
/// The errors of `effect`, which then leaves nothing behind; a key of another request.
pub async fn run<T: Serialize>(
    context: &Context,
    actor: &Actor,
    request: &ImportRequest<'_>,
    effect: impl AsyncFnOnce(&mut Tx) -> Result<T, Error>,
) -> Result<Imported<T>, Error> {
    if !request.query.dry_run {
        let created = repeat::create(context, actor, request.repeat.as_ref(), effect).await?;
        return Ok(Imported::Kept(created));
    }
    let mut tx = context.store.write().await?;
    Ok(Imported::Tried(effect(&mut tx).await?))
}

/// Reads the rows of a request and passes each to `add`, with its target. From here on, other
/// imports of the workspace wait.
///
/// # Errors
/// [`Error::Rows`] with all wrong rows, a body that cannot be read at all, or a store that does not
/// answer.
pub async fn read_rows<R: ImportRow>(
    tx: &mut Tx,
    (context, actor): (&Context, &Actor),
    request: &ImportRequest<'_>,
    mut add: impl FnMut(R, RowTarget) -> Result<(), RowError>,
) -> Result<FileSummary, Error> {
    let query = request.query;
    let place = query.kept_place(&context.registry, actor.workspace, R::KIND);
    let mut bad = query.bad_rows();
    workspace::lock(tx, actor.workspace).await?;
    let options = query.options(tx, &place).await?;
    let parsed = parse::<R>(&request.body, &options, query, &mut bad)?;
    let mut finder = TargetFinder::new(context, actor.workspace);
    for row in parsed.rows {
        let line = row.line();
        let added = match finder.find(tx, row.names()).await {
            Ok(target) => add(row, target),
            Err(error) => Err(error),
        };
        bad.sift(line, added)?;
    }
    let mut file = parsed.file;
    file.pass_over(bad.finish(parsed.count)?);
    query.keep(tx, &place, file.read.as_ref()).await?;
    Ok(file)
}
