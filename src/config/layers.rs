//! The layers of the configuration: built-in defaults, then a file, then the environment.
//!
//! # Invariants
//! - An unknown key is refused, and the message names the nearest known one.
//! - A wrong value is refused. The message names the key, the value, where it was set, and the
//!   allowed values.
//! - No message holds the value of a key that may be secret.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::environment::{Variable, Variables};
use super::error::Error;
use super::nearest::nearest;
use super::open_sections::is_open;
use super::shown::HIDDEN;

/// Keys whose values are never shown.
const SECRET: [&str; 2] = ["store.url", "log.url"];

/// The layers, merged.
pub(super) struct Layers {
    defaults: Table,
    merged: Table,
    /// Where a key was set, if not by the defaults.
    origins: BTreeMap<String, String>,
    /// What is wrong with the layers.
    pub(super) refused: Vec<Error>,
    /// Warnings about the layers.
    pub(super) warnings: Vec<String>,
}

impl Layers {
    /// Merges the defaults, the file and what the environment sets.
    ///
    /// # Errors
    /// When the file cannot be read or is not TOML.
    pub(super) fn merge(
        defaults: &str,
        file: Option<&Path>,
        environment: BTreeMap<String, Result<String, ()>>,
    ) -> Result<Layers, Error> {
        let defaults = parse(defaults, "the defaults")?;
        let mut layers = Layers {
            merged: defaults.clone(),
            defaults,
            origins: BTreeMap::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
        };
        let mut known = Vec::new();
        list_keys(&layers.merged, "", &mut known);
        if let Some(file) = file {
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(file)
                .map_err(|error| Error::Read(format!("{shown} cannot be read: {error}")))?;
            let given = parse(&text, &shown)?;
            layers.add_table(given, "", &shown, &known);
        }
        let variables = Variables::read(environment, &known);
        layers.refused.extend(variables.refused);
        layers.warnings.extend(variables.warnings);
        for variable in variables.set {
            layers.add_variable(variable);
        }
        Ok(layers)
    }

    /// The merged layers as a typed value. A value that is not allowed for its key is refused, and
    /// the default stands in for it, so that all of them are found.
    ///
    /// # Errors
    /// When a value without a default is not allowed for its key.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        loop {
            let merged = Value::Table(self.merged.clone());
            let error = match serde_path_to_error::deserialize(merged) {
                Ok(read) => return Ok(read),
                Err(error) => error,
            };
            let path = error.path().to_string();
            // An item of a list is refused with its whole list.
            let key = path.split('[').next().unwrap_or_default().to_owned();
            let refusal = self.refusal(key.clone(), error.inner().message());
            match value_of(&self.defaults, &key) {
                Some(default) if self.origins.remove(&key).is_some() => {
                    let default = default.clone();
                    self.put(&key, default);
                    self.refused.push(refusal);
                }
                _ => return Err(refusal),
            }
        }
    }

    fn add_table(&mut self, given: Table, section: &str, origin: &str, known: &[String]) {
        for (name, value) in given {
            let key = joined(section, &name);
            let is_section = known
                .iter()
                .any(|known| known.starts_with(&format!("{key}.")));
            match value {
                Value::Table(table) if is_section => self.add_table(table, &key, origin, known),
                _ if is_section => {
                    let problem = format!("is a section; write [{key}] in {origin}");
                    self.refused.push(Error::value(&key, problem));
                }
                value if known.contains(&key) || is_open(&key) => {
                    self.origins.insert(key.clone(), origin.to_owned());
                    self.put(&key, value);
                }
                _ => {
                    let near = nearest(&key, known.iter().map(String::as_str));
                    let near = near.map(|near| format!("; did you mean `{near}`?"));
                    let end = near.unwrap_or_else(|| "; drop it".to_owned());
                    let problem = format!("in {origin} is not a key of Leadline{end}");
                    self.refused.push(Error::value(&key, problem));
                }
            }
        }
    }

    fn add_variable(&mut self, variable: Variable) {
        let Variable { name, key, value } = variable;
        let value = match self.get(&key) {
            Some(Value::Array(_)) => Value::Array(
                value
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.to_owned()))
                    .collect(),
            ),
            Some(Value::Boolean(_)) => truth(&value).map_or(Value::String(value), Value::Boolean),
            Some(Value::String(_)) => Value::String(value.trim().to_owned()),
            // A value that is not a number stays text, and is refused with the others.
            _ => match value.trim().parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::String(value),
            },
        };
        self.origins.insert(key.clone(), name);
        self.put(&key, value);
    }

    fn get(&self, key: &str) -> Option<&Value> {
        value_of(&self.merged, key)
    }

    fn put(&mut self, key: &str, value: Value) {
        let (sections, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut self.merged;
        for section in sections.split('.').filter(|section| !section.is_empty()) {
            let entry = table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            match entry {
                Value::Table(inner) => table = inner,
                _ => return,
            }
        }
        table.insert(name.to_owned(), value);
    }

    /// A refusal with the key, its value, where it was set, and the allowed values.
    fn refusal(&self, key: String, message: &str) -> Error {
        let value = match self.get(&key) {
            _ if SECRET.contains(&key.as_str()) => format!("is {HIDDEN}"),
            Some(value) => format!("is {value}"),
            None => "cannot be read".to_owned(),
        };
        let origin = self.origins.get(&key);
        let origin = origin.map_or_else(String::new, |origin| format!(" (set by {origin})"));
        let problem = format!("{value}{origin}; {}", allowed(message));
        Error::Value { key, problem }
    }
}

fn value_of<'t>(mut table: &'t Table, key: &str) -> Option<&'t Value> {
    let (sections, name) = key.rsplit_once('.')?;
    for section in sections.split('.') {
        table = table.get(section)?.as_table()?;
    }
    table.get(name)
}

fn parse(text: &str, origin: &str) -> Result<Table, Error> {
    text.parse::<Table>().map_err(|error| {
        // The error's own text quotes the line, which may hold a password.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        Error::Read(format!("{origin}, line {line}: {}", error.message()))
    })
}

fn joined(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

fn list_keys(table: &Table, section: &str, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = joined(section, name);
        match value {
            Value::Table(table) => list_keys(table, &key, keys),
            _ => keys.push(key),
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The allowed values, from the message of serde.
fn allowed(message: &str) -> String {
    if message.contains("socket address") {
        return "write an address and a port up to 65535, such as 127.0.0.1:8080".to_owned();
    }
    let Some((_, expected)) = message.rsplit_once("expected ") else {
        return message.to_owned();
    };
    let expected = expected.trim_start_matches("one of ");
    if expected.starts_with('`') {
        let words: Vec<String> = expected
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|word| format!("\"{word}\""))
            .collect();
        let (last, others) = words
            .split_last()
            .map_or(("", &[][..]), |(last, others)| (last, others));
        return match others {
            [] => format!("it can be {last}"),
            others => format!("it can be {} or {last}", others.join(", ")),
        };
    }
    match expected {
        "u16" | "u32" | "u64" | "usize" => "write a whole number from 0".to_owned(),
        "i32" | "i64" => "write a whole number".to_owned(),
        "a boolean" => "write true or false".to_owned(),
        "a string" | "path string" => "write text in quotes".to_owned(),
        "a sequence" => "write a list such as [\"one\", \"two\"]".to_owned(),
        other => format!("expected {other}"),
    }
}
