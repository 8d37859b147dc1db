//! What networks call the columns of their files: data (`config/exports.toml`), not code.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::column_name::{ColumnName, folded};
use crate::clock::day::DateOrder;
use crate::money::Currency;
use crate::money::number_text::DecimalMark;

const EMBEDDED: &str = include_str!("../../config/exports.toml");

/// The files that are known.
pub static FORMATS: LazyLock<ExportFormats> =
    LazyLock::new(|| ExportFormats::read(EMBEDDED).unwrap_or_default());

/// A form without columns.
static NOTHING: LazyLock<ExportFormat> = LazyLock::new(|| ExportFormat {
    network: "any".to_owned(),
    title: String::new(),
    kind: ExportKind::Costs,
    language: None,
    grade: None,
    source: String::new(),
    dates: None,
    first_day_of_range: false,
    post_address: None,
    instead: None,
    columns: BTreeMap::new(),
    other: Vec::new(),
    known: HashMap::new(),
});

/// What a file is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// What campaigns cost.
    Costs,
    /// What networks count of posts.
    Engagement,
}

impl ExportKind {
    /// Its name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            ExportKind::Costs => "costs",
            ExportKind::Engagement => "engagement",
        }
    }
}

/// A kind of file in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFormat {
    /// Whose file it is; `any` for files of one's own.
    pub network: String,
    /// What people call the file.
    pub title: String,
    /// What it is sent as.
    pub kind: ExportKind,
    /// Its language.
    pub language: Option<String>,
    /// How sure the names are: A to C.
    pub grade: Option<String>,
    /// Where the names are known from.
    pub source: String,
    /// The order of days, where the network has one of its own.
    pub dates: Option<DateOrder>,
    /// Whether its day may be the first one of the file's whole range.
    #[serde(default)]
    pub first_day_of_range: bool,
    /// What stands before a post's id where the file has no address.
    pub post_address: Option<String>,
    /// Where it has no figures that are taken: what it has, and what to export instead.
    pub instead: Option<String>,
    /// Our columns and their names here.
    columns: BTreeMap<String, Vec<String>>,
    /// Names of which nothing is taken.
    #[serde(default)]
    other: Vec<String>,
    /// Columns by their folded names, with the place of the name among those of the column.
    #[serde(skip)]
    known: HashMap<String, Option<(String, usize)>>,
}

impl ExportFormat {
    /// Whether it is the form of files of one's own.
    pub fn is_any(&self) -> bool {
        self.network == "any"
    }

    /// Our column of a name: `Some(None)` where the name is known and nothing is taken.
    pub fn column(&self, name: &str) -> Option<Option<(&str, usize)>> {
        let found = self.known.get(name)?;
        Some(
            found
                .as_ref()
                .map(|(column, rank)| (column.as_str(), *rank)),
        )
    }

    /// What the network calls a column, where it has a name for it.
    pub fn called(&self, column: &str) -> Option<&str> {
        self.columns.get(column)?.first().map(String::as_str)
    }

    /// The columns that it has.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    fn index(&mut self) {
        for name in &self.other {
            self.known.insert(ColumnName::of(name).plain, None);
        }
        for (column, names) in &self.columns {
            for (rank, name) in names.iter().enumerate() {
                let place = Some((column.clone(), rank));
                self.known.insert(ColumnName::of(name).plain, place);
            }
        }
    }
}

/// What a language says of numbers and days.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    code: String,
    decimal: Option<DecimalMark>,
    dates: Option<DateOrder>,
    months: Vec<String>,
}

/// All that is known of files.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFormats {
    longer_than_a_day: Vec<String>,
    language: Vec<Language>,
    signs: BTreeMap<String, Currency>,
    export: Vec<ExportFormat>,
    #[serde(skip)]
    months: HashMap<String, i8>,
}

impl ExportFormats {
    fn read(text: &str) -> Result<ExportFormats, toml::de::Error> {
        let mut all: ExportFormats = toml::from_str(text)?;
        for format in &mut all.export {
            format.index();
        }
        for language in &all.language {
            for (number, forms) in (1..).zip(&language.months) {
                let forms = forms.split(' ').map(|form| (folded(form), number));
                all.months.extend(forms);
            }
        }
        Ok(all)
    }

    /// The forms of a kind of file.
    pub fn of(&self, kind: ExportKind) -> impl Iterator<Item = &ExportFormat> {
        self.export.iter().filter(move |format| format.kind == kind)
    }

    /// The form of files of one's own.
    pub fn any(&self, kind: ExportKind) -> &ExportFormat {
        let found = self.of(kind).find(|format| format.is_any());
        found.unwrap_or(&NOTHING)
    }

    /// The decimal mark of a language, where it decides it.
    pub fn decimal(&self, language: Option<&str>) -> Option<DecimalMark> {
        self.language(language)?.decimal
    }

    /// The order of days of a language, where it decides it.
    pub fn dates(&self, language: Option<&str>) -> Option<DateOrder> {
        self.language(language)?.dates
    }

    /// The number of a month in any language, by its folded name.
    pub fn month(&self, name: &str) -> Option<i8> {
        self.months.get(name).copied()
    }

    /// Whether a column of that folded name is of weeks or longer.
    pub fn is_longer_than_a_day(&self, name: &str) -> bool {
        self.longer_than_a_day
            .iter()
            .any(|known| folded(known) == name)
    }

    /// The currency of a sign in a cell.
    pub fn sign(&self, sign: &str) -> Option<Currency> {
        self.signs.get(sign).copied()
    }

    fn language(&self, code: Option<&str>) -> Option<&Language> {
        self.language
            .iter()
            .find(|language| Some(language.code.as_str()) == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that two columns of one form share would be taken for either.
    #[test]
    fn the_data_is_read_and_a_name_has_one_meaning_in_a_form() {
        let all = ExportFormats::read(EMBEDDED).unwrap();
        assert!(all.export.len() > 30 && all.month("septembre") == Some(9));
        for format in &all.export {
            let names = format.columns.values().flatten().chain(&format.other);
            let mut names: Vec<String> = names.map(|name| ColumnName::of(name).plain).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{} {:?}", format.title, format.language);
            if format.is_any() {
                continue;
            }
            assert!(matches!(format.grade.as_deref(), Some("A" | "B" | "C")));
            let language = format.language.as_deref();
            assert!(all.language(language).is_some(), "{language:?}");
        }
        for language in &all.language {
            assert_eq!(language.months.len(), 12, "{}", language.code);
        }
    }
}
