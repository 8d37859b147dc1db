//! The query of an import: what holds for all of its rows.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::clock::day::DateOrder;
use crate::export_file::dates::DayRange;
use crate::export_file::format::ExportKind;
use crate::export_file::{FileRead, ReadOptions, RememberedMarks, column_called};
use crate::id::WorkspaceId;
use crate::money::number_text::DecimalMark;
use crate::network::NetworkRegistry;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{BadRows, RowError};
use crate::operations::import::days::days;
use crate::operations::import::target::RowNames;
use crate::store::{Tx, export_column};

/// Longest name of a column, in characters.
const MAX_NAME: usize = 200;

/// What holds for all rows of a request.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// The campaign of all rows, whatever they say: its id, `utm_campaign` or whole name.
    pub campaign_id: Option<String>,
    /// The network of all rows, likewise: a name or an alias.
    pub network: Option<String>,
    /// Of a table: how days such as 03/04/2026 are written. It is kept for the network's next file.
    #[param(inline)]
    pub dates: Option<DateOrder>,
    /// Of a table: what stands before its decimals, where its numbers leave it open. It is kept
    /// too.
    #[param(inline)]
    pub decimal: Option<DecimalMark>,
    /// Of a table whose days have no year: the year of its last day.
    #[param(minimum = 1970, maximum = 9999)]
    #[serde(default, deserialize_with = "year")]
    pub year: Option<i16>,
    /// Of a table of costs without a column of days, and with one line for each campaign: its first
    /// day. Each day to the last one, `to`, gets an equal share.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// Its last day.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<String>,
    /// Of a workbook: the sheet; the one whose header fits best when absent.
    pub sheet: Option<String>,
    /// Of a table: what a column is, as in `amount=Kosten`; once for each column. It is kept for
    /// the network's next file. An empty name deletes what was kept.
    #[param(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub column: Vec<String>,
    /// What happens to rows whose campaign is not in the workspace. By default they refuse the
    /// whole request.
    #[param(inline, value_type = Option<OtherCampaigns>)]
    #[serde(default)]
    pub other_campaigns: OtherCampaigns,
    /// Whether to answer what would happen to the rows, and keep nothing.
    #[param(value_type = Option<bool>)]
    #[serde(default)]
    pub dry_run: bool,
}

/// What happens to rows whose campaign is not in the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherCampaigns {
    /// They are wrong, so no row is kept.
    #[default]
    Refuse,
    /// They are passed over and named: a file of a whole account has campaigns without any link.
    PassOver,
}

/// The year of a table's last day.
fn year<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i16>, D::Error> {
    let year = Option::<i16>::deserialize(deserializer)?;
    if year.is_none_or(|year| (1970..=9999).contains(&year)) {
        Ok(year)
    } else {
        Err(D::Error::custom("year is 1970 to 9999"))
    }
}

/// Under what the columns and marks of a network's files are kept.
#[derive(Clone, Debug)]
pub struct KeptPlace {
    workspace: WorkspaceId,
    kind: ExportKind,
    /// Canonical name of the network of all rows; empty where none is named.
    network: String,
}

impl ImportQuery {
    /// The names of a row, replaced by those that hold for all rows.
    pub fn override_names(&self, mut names: RowNames) -> RowNames {
        if let Some(campaign) = &self.campaign_id {
            names.campaigns = vec![campaign.clone()];
        }
        names.network = self.network.clone().or(names.network);
        names
    }

    /// Where what is wrong with the rows is gathered.
    pub fn bad_rows(&self) -> BadRows {
        BadRows::new(self.other_campaigns == OtherCampaigns::PassOver)
    }

    /// Under what the columns and marks of this file are kept.
    pub fn kept_place(
        &self,
        registry: &NetworkRegistry,
        workspace: WorkspaceId,
        kind: ExportKind,
    ) -> KeptPlace {
        let find = |name: &String| {
            let found = registry.find(name).ok();
            found.or_else(|| registry.by_utm_source(name))
        };
        let network = self.network.as_ref().and_then(find);
        KeptPlace {
            workspace,
            kind,
            network: network
                .map(|network| network.name.clone())
                .unwrap_or_default(),
        }
    }

    /// How the file is read: as this request says, else as earlier ones of its network said.
    ///
    /// # Errors
    /// A column that does not exist, or a store that does not answer.
    pub async fn options(&self, tx: &mut Tx, place: &KeptPlace) -> Result<ReadOptions, Error> {
        let kind = place.kind;
        let kept = export_column::of(tx, place.workspace, kind.name(), &place.network).await?;
        let given = self.columns(kind)?;
        let mut options = ReadOptions::of(kind);
        options.kept = kept.into_iter().collect();
        options.kept_marks = RememberedMarks::take_from(&mut options.kept);
        options
            .kept
            .retain(|column, _| !given.iter().any(|(name, _)| name == column));
        options.columns = given
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

    /// The days of the whole file, where the request gives them.
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

    /// Keeps the given columns for the network's next file, and the given marks for its next file
    /// in the same language.
    ///
    /// # Errors
    /// A column that does not exist, or a store that does not answer.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        place: &KeptPlace,
        file: Option<&FileRead>,
    ) -> Result<(), Error> {
        let network = place.network.as_str();
        let mut kept = Vec::new();
        // A file without a network says nothing of the next one.
        if let Some(file) = file.filter(|_| !network.is_empty()) {
            let marks =
                RememberedMarks::entries(file.language.as_deref(), self.dates, self.decimal);
            kept.extend(marks);
        }
        kept.extend(self.columns(place.kind)?);
        for (name, value) in kept {
            let of = (place.kind.name(), network);
            export_column::set(tx, place.workspace, of, (&name, &value)).await?;
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
            if name.chars().count() > MAX_NAME {
                return Err(Error::Query(format!(
                    "the name of the column {column} has more than {MAX_NAME} characters"
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
}
