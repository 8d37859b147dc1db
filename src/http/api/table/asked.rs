//! What a request says of all rows that it brings.

use actix_web::web;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::clock::day::DateOrder;
use crate::export_file::dates::DayRange;
use crate::export_file::format::ExportKind;
use crate::export_file::{FileRead, ReadOptions, RememberedMarks, column_called};
use crate::http::State;
use crate::http::api::table::place::{Named, days};
use crate::id::WorkspaceId;
use crate::money::number_text::DecimalMark;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{BadRows, RowError};
use crate::store::{Tx, export_column};

/// Longest name of a column, in characters.
const MOST_NAME: usize = 200;

/// What holds for all rows of a request.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct ImportQuery {
    /// The campaign of all rows, whatever they say: its id, `utm_campaign` or whole name.
    campaign_id: Option<String>,
    /// The network of all rows, likewise: a name or an alias.
    network: Option<String>,
    /// Of a table: how days such as 03/04/2026 are written. It is kept for the network's next file.
    #[param(inline)]
    dates: Option<DateOrder>,
    /// Of a table: what stands before its decimals, where its numbers leave it open. It is kept
    /// too.
    #[param(inline)]
    decimal: Option<DecimalMark>,
    /// Of a table whose days have no year: the year of its last day.
    #[param(minimum = 1970, maximum = 9999)]
    year: Option<i16>,
    /// Of a table of costs without a column of days, and with one line for each campaign: its first
    /// day. Each day to the last one, `to`, gets an equal share.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Its last day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// Of a workbook: the sheet; the one whose header fits best when absent.
    sheet: Option<String>,
    /// Of a table: what a column is, as in `amount=Kosten`; once for each column. It is kept for
    /// the network's next file. An empty name forgets what was kept.
    #[param(value_type = Option<Vec<String>>)]
    column: Vec<String>,
    /// What becomes of rows whose campaign is none of the workspace: by themselves they refuse the
    /// whole request.
    #[param(inline, value_type = Option<OtherCampaigns>)]
    other_campaigns: OtherCampaigns,
    /// Whether to answer what would become of the rows, and keep nothing.
    #[param(value_type = Option<bool>)]
    dry_run: bool,
}

/// What becomes of rows whose campaign is none of the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherCampaigns {
    /// They are wrong, so no row is kept.
    #[default]
    Refuse,
    /// They are passed over and named: a file of a whole account has campaigns without any link.
    PassOver,
}

/// The parameters that stand once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    campaign_id: Option<String>,
    network: Option<String>,
    dates: Option<DateOrder>,
    decimal: Option<DecimalMark>,
    year: Option<i16>,
    from: Option<String>,
    to: Option<String>,
    sheet: Option<String>,
    other_campaigns: Option<OtherCampaigns>,
    dry_run: Option<bool>,
}

impl TryFrom<Vec<(String, String)>> for ImportQuery {
    type Error = String;

    fn try_from(pairs: Vec<(String, String)>) -> Result<ImportQuery, String> {
        let (columns, single): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == "column");
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let text = text.extend_pairs(single).finish();
        let single = web::Query::<Single>::from_query(&text).map_err(|error| error.to_string())?;
        let single = single.into_inner();
        if single
            .year
            .is_some_and(|year| !(1970..=9999).contains(&year))
        {
            return Err("year is 1970 to 9999".to_owned());
        }
        Ok(ImportQuery {
            campaign_id: single.campaign_id,
            network: single.network,
            dates: single.dates,
            decimal: single.decimal,
            year: single.year,
            from: single.from,
            to: single.to,
            sheet: single.sheet,
            column: columns.into_iter().map(|(_, column)| column).collect(),
            other_campaigns: single.other_campaigns.unwrap_or_default(),
            dry_run: single.dry_run.unwrap_or(false),
        })
    }
}

impl ImportQuery {
    /// What a row names, as far as it is not said for all.
    pub fn over(&self, mut named: Named) -> Named {
        if let Some(campaign) = &self.campaign_id {
            named.campaigns = vec![campaign.clone()];
        }
        named.network = self.network.clone().or(named.network);
        named
    }

    /// How days are written.
    pub fn dates(&self) -> Option<DateOrder> {
        self.dates
    }

    /// Where what is wrong with the rows is gathered.
    pub fn bad_rows(&self) -> BadRows {
        BadRows::new(self.other_campaigns == OtherCampaigns::PassOver)
    }

    /// Whether nothing is to be kept.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// How the file is read: as the request says, and as earlier ones of the workspace and network
    /// said.
    ///
    /// # Errors
    /// When a column is none of ours, and when the store does not answer.
    pub async fn options(
        &self,
        tx: &mut Tx,
        state: &State,
        workspace: WorkspaceId,
        kind: ExportKind,
    ) -> Result<ReadOptions, Error> {
        let network = self.network_name(state);
        let kept = export_column::of(tx, workspace, kind.name(), &network).await?;
        let said = self.columns(kind)?;
        let mut options = ReadOptions::of(kind);
        options.kept = kept.into_iter().collect();
        options.kept_marks = RememberedMarks::take_from(&mut options.kept);
        options
            .kept
            .retain(|column, _| !said.iter().any(|(it, _)| it == column));
        options.columns = said
            .into_iter()
            .filter(|(_, name)| !name.is_empty())
            .collect();
        options.decimal = self.decimal;
        options.dates = self.dates;
        options.year = self.year;
        options.range = self.range(kind)?;
        options.sheet.clone_from(&self.sheet);
        Ok(options)
    }

    /// The days of the whole file, where the request says them.
    fn range(&self, kind: ExportKind) -> Result<Option<DayRange>, Error> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            if self.from.is_none() && self.to.is_none() {
                return Ok(None);
            }
            let half = "from and to are the first and the last day of a file: give both";
            return Err(Error::Query(half.to_owned()));
        };
        if kind == ExportKind::Engagement {
            let no_range = "engagement is of single days, so from and to say nothing of it";
            return Err(Error::Query(no_range.to_owned()));
        }
        match days(None, Some(from), Some(to), self.dates) {
            Ok(days) => Ok(Some(days.into_inner())),
            Err(RowError::Bad(field, problem)) => Err(Error::Query(format!("{field} {problem}"))),
            Err(RowError::OtherCampaign(problem)) => Err(Error::Query(problem)),
            Err(RowError::Failed(problem)) => Err(problem),
        }
    }

    /// Keeps what the request says of columns for the network's next file, and of marks for its
    /// next one in the same language.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        state: &State,
        (workspace, kind): (WorkspaceId, ExportKind),
        file: Option<&FileRead>,
    ) -> Result<(), Error> {
        let network = self.network_name(state);
        // Of files of no network in particular the next one may come from anywhere.
        if let Some(file) = file.filter(|_| !network.is_empty()) {
            let marks =
                RememberedMarks::entries(file.language.as_deref(), self.dates, self.decimal);
            for (name, said) in marks {
                let place = (kind.name(), network.as_str());
                export_column::put(tx, workspace, place, (&name, &said)).await?;
            }
        }
        for (column, name) in self.columns(kind)? {
            let place = (kind.name(), network.as_str());
            export_column::put(tx, workspace, place, (&column, &name)).await?;
        }
        Ok(())
    }

    fn columns(&self, kind: ExportKind) -> Result<Vec<(String, String)>, Error> {
        let mut columns: Vec<(String, String)> = Vec::new();
        for text in &self.column {
            let Some((column, name)) = text.split_once('=') else {
                let text: String = text.chars().take(64).collect();
                return Err(Error::Query(format!(
                    "column is {text:?}; write our column, `=` and its name in the file, like amount=Kosten"
                )));
            };
            let column =
                column_called(kind, column).map_err(|error| Error::Query(error.to_string()))?;
            let name = name.trim();
            if name.chars().count() > MOST_NAME {
                return Err(Error::Query(format!(
                    "the name of the column {column} has more than {MOST_NAME} characters"
                )));
            }
            if columns.iter().any(|(before, _)| *before == column) {
                return Err(Error::Query(format!(
                    "column says twice what {column} is; say it once"
                )));
            }
            columns.push((column, name.to_owned()));
        }
        Ok(columns)
    }

    /// The canonical name of the network of all rows; empty where none is named.
    fn network_name(&self, state: &State) -> String {
        let Some(named) = &self.network else {
            return String::new();
        };
        let found = state.context.registry.find(named).ok();
        let found = found.or_else(|| state.context.registry.by_utm_source(named));
        found
            .map(|network| network.name.clone())
            .unwrap_or_default()
    }
}
