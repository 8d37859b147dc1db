//! Lists of any length: JSON objects on lines (NDJSON), or a table (CSV).
//!
//! # Invariants
//! - Pages are read one by one, each in its own transaction. The next page is read only after the
//!   client has received the last one: memory holds one page, and a slow client keeps no
//!   transaction open.
//! - If a client disconnects, reading ends. A client that does not read for too long loses its
//!   connection ([`open`]).
//! - If a stream fails, the connection breaks, so a client never mistakes a part for the whole.
//!
//! # Out of scope
//! The rows, and reading a page of them.

pub mod open;

use std::io::Write;

use actix_web::http::header::{
    CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde::Serialize;

use crate::http::api::table::cell;
use crate::http::connections::{begin_answer, note_answer};
use crate::http::error::Problem;
use crate::http::extract::accept::AnswerFormat;
use crate::http::state::State;
use crate::metric::Metrics;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::store::Page;
use open::StreamPlace;

/// Rows in one read.
const ROWS: i64 = 500;

/// Bytes of one part: small enough to notice that a slow client still reads.
const PART: usize = 16 * 1024;

/// A row of a list, as an object and as a line of a table.
pub trait ListedRow: Serialize {
    /// The columns.
    const COLUMNS: &'static [&'static str];

    /// The file name of a table.
    const FILE_NAME: &'static str;

    /// The values of the columns.
    fn cells(&self) -> Vec<String>;

    /// The cursor of the page after this row.
    fn cursor(&self) -> String;
}

/// Text of a cell; empty without a value.
pub fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A stream that is being sent.
#[derive(Debug)]
pub struct Stream {
    /// The request; its connection counts as busy.
    request: HttpRequest,
    /// [`AnswerFormat::Ndjson`] or [`AnswerFormat::Csv`].
    format: AnswerFormat,
    /// The cursor of the last row that was read.
    after: Option<String>,
    /// The number of rows that are left; `None` means all.
    most: Option<i64>,
    /// Counts failures.
    metrics: Metrics,
    /// Its place among the streams of its key. If there are too many connections, one with an
    /// active stream is closed last.
    place: StreamPlace,
}

impl Stream {
    /// A stream of the rows after `after`: `most` of them, or all.
    ///
    /// # Errors
    /// [`Problem::TooManyStreams`] when the key reads as many streams as allowed.
    pub fn begin(
        state: &State,
        actor: &Actor,
        request: HttpRequest,
        format: AnswerFormat,
        after: Option<String>,
        most: Option<i64>,
    ) -> Result<Stream, Problem> {
        let key = actor.key.as_ref().ok_or(Problem::KeyMissing)?;
        let answering = begin_answer(&request);
        Ok(Stream {
            place: state.streams.enter(key.id, answering)?,
            request,
            format,
            after,
            most,
            metrics: state.context.metrics.clone(),
        })
    }

    /// Answers with the rows that `read` returns, page by page.
    ///
    /// # Errors
    /// When the first page cannot be read. Later errors break the connection.
    pub async fn answer<R: ListedRow>(
        mut self,
        read: impl AsyncFn(Page) -> Result<Vec<R>, Error> + 'static,
    ) -> Result<HttpResponse, Problem> {
        let kind = match self.format {
            AnswerFormat::Csv => "text/csv; charset=utf-8",
            _ => "application/x-ndjson",
        };
        let mut response = HttpResponse::Ok();
        response.content_type(kind);
        if self.format == AnswerFormat::Csv {
            let name = DispositionParam::Filename(R::FILE_NAME.to_owned());
            let disposition = ContentDisposition {
                disposition: DispositionType::Attachment,
                parameters: vec![name],
            };
            response.insert_header((CONTENT_DISPOSITION, disposition));
        }
        let mut first = self.head::<R>()?;
        first.extend(self.next(&read).await?.unwrap_or_default());
        let begun = (Bytes::from(first), self, read);
        Ok(response.streaming(stream::try_unfold(
            begun,
            async |(ready, mut stream, read)| {
                let part = stream.part(ready, &read).await?;
                Ok::<_, Problem>(part.map(|(part, left)| (part, (left, stream, read))))
            },
        )))
    }

    /// The next bytes for the client, and the bytes that are ready after them; `None` after the
    /// last row.
    async fn part<R: ListedRow>(
        &mut self,
        mut ready: Bytes,
        read: &impl AsyncFn(Page) -> Result<Vec<R>, Error>,
    ) -> Result<Option<(Bytes, Bytes)>, Problem> {
        if ready.is_empty() {
            self.place.note_reading();
            let page = self.next(read).await.map_err(Problem::from);
            let page = page.inspect_err(|problem| {
                tracing::error!(code = problem.code(), error = ?problem, "a stream broke off");
                Metrics::count(&self.metrics.api_errors, problem.code());
            })?;
            let Some(page) = page else {
                return Ok(None);
            };
            ready = page.into();
        }
        self.place.note_ready();
        note_answer(&self.request);
        let part = ready.split_to(ready.len().min(PART));
        Ok(Some((part, ready)))
    }

    /// The bytes before all rows.
    fn head<R: ListedRow>(&self) -> Result<Vec<u8>, Error> {
        match self.format {
            AnswerFormat::Csv => {
                table([R::COLUMNS.iter().map(|name| (*name).to_owned()).collect()])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The next page; `None` after the last row.
    async fn next<R: ListedRow>(
        &mut self,
        read: &impl AsyncFn(Page) -> Result<Vec<R>, Error>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let limit = self.most.map_or(ROWS, |most| most.min(ROWS));
        if limit == 0 {
            return Ok(None);
        }
        let after = self.after.clone();
        let rows = read(Page { after, limit }).await?;
        let Some(last) = rows.last() else {
            self.most = Some(0);
            return Ok(None);
        };
        self.after = Some(last.cursor());
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        // A page that is not full is the last one.
        let left = self.most.map(|most| most - count);
        self.most = if count < limit { Some(0) } else { left };
        self.written(&rows).map(Some)
    }

    fn written<R: ListedRow>(&self, rows: &[R]) -> Result<Vec<u8>, Error> {
        if self.format == AnswerFormat::Csv {
            return table(rows.iter().map(R::cells));
        }
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, row)?;
            lines.write_all(b"\n").map_err(|_| Error::Broken)?;
        }
        Ok(lines)
    }
}

/// Lines of a table.
fn table(lines: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for cells in lines {
        let cells = cells.iter().map(|text| cell::shown(text).into_owned());
        table.write_record(cells).map_err(|_| Error::Broken)?;
    }
    table.into_inner().map_err(|_| Error::Broken)
}
