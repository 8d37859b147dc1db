//! The query of an import: values for all of its rows.

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

/// Values for all rows of a request.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// The campaign of all rows, which overrides theirs: its id, `utm_campaign` or whole name.
    pub campaign_id: Option<String>,
    /// The network of all rows, which overrides theirs: its name or an alias.
    pub network: Option<String>,
    /// For a table: the order of days such as 03/04/2026. It is stored for the network's next file.
    #[param(inline)]
    pub dates: Option<DateOrder>,
    /// For a table: the decimal mark, if its numbers do not show it. It is also stored for the
    /// network's next file.
    #[param(inline)]
    pub decimal: Option<DecimalMark>,
    /// For a table whose days have no year: the year of its last day.
    #[param(minimum = 1970, maximum = 9999)]
    #[serde(default, deserialize_with = "year")]
    pub year: Option<i16>,
    /// The first day of a table of costs by campaign without days. Each day from `from` to `to`
    /// gets an equal share.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// The last day of such a table.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<String>,
    /// For a workbook: the sheet; when absent, the one whose header matches best.
    pub sheet: Option<String>,
    /// For a table: the meaning of a column, such as `amount=Kosten`; repeat it for further
    /// columns. It is stored for the network's next file. An empty name deletes the stored one.
    #[param(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub column: Vec<String>,
    /// What happens to rows whose campaign is not in the workspace. By default, the whole request
    /// is refused.
    #[param(inline, value_type = Option<OtherCampaigns>)]
    #[serde(default)]
    pub other_campaigns: OtherCampaigns,
    /// Whether to show the result without storing anything.
    #[param(value_type = Option<bool>)]
    #[serde(default)]
    pub dry_run: bool,
}

/// What happens to rows whose campaign is not in the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherCampaigns {
    /// They are wrong, so no row is stored.
    #[default]
    Refuse,
    /// They are skipped and named, because a file of a whole account has campaigns without links.
    PassOver,
}

/// The year of a table's last day.
fn year<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i16>, D::Error> {
    let year = Option::<i16>::deserialize(deserializer)?;
    if year.is_none_or(|year| (1970..=9999).contains(&year)) {
        Ok(year)
    } else {
        Err(D::Error::custom("`year` must be 1970 to 9999"))
    }
}

/// The key under which the columns and marks of a network's files are stored.
#[derive(Clone, Debug)]
pub struct KeptPlace {
    workspace: WorkspaceId,
    kind: ExportKind,
    /// Canonical name of the network of all rows; empty if none is named.
    network: String,
}

impl ImportQuery {
    /// The names of a row, overridden by those for all rows.
    pub fn override_names(&self, mut names: RowNames) -> RowNames {
        if let Some(campaign) = &self.campaign_id {
            names.campaigns = vec![campaign.clone()];
        }
        names.network = self.network.clone().or(names.network);
        names
    }

    /// An empty collection of wrong rows.
    pub fn bad_rows(&self) -> BadRows {
        BadRows::new(self.other_campaigns == OtherCampaigns::PassOver)
    }

    /// The key for the columns and marks of this file.
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

    /// The options for reading the file. What this request does not set comes from earlier requests
    /// for the network.
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

    /// The days of the whole file, if the request gives them.
    fn range(&self, kind: ExportKind) -> Result<Option<DayRange>, Error> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            if self.from.is_none() && self.to.is_none() {
                return Ok(None);
            }
            let half = "give both `from` and `to`: the first and the last day of the file";
            return Err(Error::Query(half.to_owned()));
        };
        if kind == ExportKind::Engagement {
            let no_range = "engagement rows have single days, so leave out `from` and `to`";
            return Err(Error::Query(no_range.to_owned()));
        }
        match days(None, Some(from), Some(to), self.dates) {
            Ok(days) => Ok(Some(days.into_inner())),
            Err(RowError::Bad(field, problem)) => Err(Error::Query(format!("`{field}` {problem}"))),
            Err(RowError::OtherCampaign(problem)) => Err(Error::Query(problem)),
            Err(RowError::Failed(problem)) => Err(problem),
        }
    }

    /// Stores the given columns for the network's next file. The given marks are stored for its
    /// next file in the same language.
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
        // A file without a network does not affect later files.
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
                    "`column` is {text:?}; write the column of Leadline, `=` and its name in the file, such as amount=Kosten"
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
                    "`column` sets {column} twice; set it once"
                )));
            }
            columns.push((column, name.to_owned()));
        }
        Ok(columns)
    }
}
