//! Pages of lists: a cursor continues after the last row of a page (keyset pagination), so rows
//! that arrive meanwhile never shift a page.

use crate::id;
use crate::operations::error::Error;
use crate::store::Page;

/// Default number of rows of a page.
const DEFAULT_LIMIT: i64 = 50;

/// Most rows of a page.
const MAX_LIMIT: i64 = 200;

/// Most rows of a page of a long list.
pub const MANY: i64 = 1000;

/// The store's page for a request. It has one more row, to see whether there is a next page.
///
/// # Errors
/// [`Error::Query`] when the limit is out of range, [`Error::Cursor`] when the cursor does not come
/// from a list.
pub fn page(limit: Option<i64>, cursor: Option<&str>, prefix: &str) -> Result<Page, Error> {
    page_of(MAX_LIMIT, limit, cursor, prefix)
}

/// The same for a list whose pages have up to `most` rows.
///
/// # Errors
/// The errors of [`page`].
pub fn page_of(
    most: i64,
    limit: Option<i64>,
    cursor: Option<&str>,
    prefix: &str,
) -> Result<Page, Error> {
    let limit = within(most, limit)?;
    if cursor.is_some_and(|cursor| !id::is_id(cursor, prefix)) {
        return Err(Error::Cursor);
    }
    Ok(Page {
        after: cursor.map(str::to_owned),
        limit: limit + 1,
    })
}

/// The same for a list whose cursor is not an id: `is_cursor` decides whether a cursor is valid.
///
/// # Errors
/// The errors of [`page`].
pub fn page_after(
    limit: Option<i64>,
    cursor: Option<&str>,
    is_cursor: impl Fn(&str) -> bool,
) -> Result<Page, Error> {
    let limit = within(MAX_LIMIT, limit)?;
    if cursor.is_some_and(|cursor| !is_cursor(cursor)) {
        return Err(Error::Cursor);
    }
    Ok(Page {
        after: cursor.map(str::to_owned),
        limit: limit + 1,
    })
}

/// The number of rows of a page.
///
/// # Errors
/// [`Error::Query`] when the number is out of range.
pub fn limit(asked: Option<i64>) -> Result<i64, Error> {
    within(MAX_LIMIT, asked)
}

fn within(most: i64, asked: Option<i64>) -> Result<i64, Error> {
    let limit = asked.unwrap_or(DEFAULT_LIMIT);
    if (1..=most).contains(&limit) {
        Ok(limit)
    } else {
        let problem = format!("`limit` is {limit}; give 1 to {most}");
        Err(Error::Query(problem))
    }
}

/// Removes the extra row and returns the cursor of the next page, if there is one.
pub fn cut<T>(rows: &mut Vec<T>, page: &Page, id: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(page.limit - 1).unwrap_or(0);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(id)
}
