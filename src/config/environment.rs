//! The environment as a layer of the configuration.
//!
//! # Invariants
//! - Only this file reads the environment.
//! - A variable that looks like a setting of Leadline sets something, is refused, or is named in a
//!   warning. None is ignored silently.
//!
//! # Out of scope
//! The meaning of values: `layers.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::Error;
use super::nearest::{edits, nearest};
use super::open_sections::is_open;

/// The prefix of variables that set a key.
const PREFIX: &str = "LEADLINE__";

/// The suffix of variables that name a file with the value.
const FILE: &str = "_FILE";

/// Keys whose values may be read from files.
const FROM_FILES: [&str; 2] = ["store.url", "log.url"];

/// Longest file with a value, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;

/// Variables of commands and of the project's own scripts.
const OF_COMMANDS: [&str; 7] = [
    "LEADLINE_CONFIG",
    "LEADLINE_SERVER",
    "LEADLINE_KEY",
    "LEADLINE_KEY_FILE",
    "LEADLINE_SECRET",
    "LEADLINE_DB_PASSWORD",
    "LEADLINE_CHAOS",
];

/// The prefixes of variables of tests and benchmarks.
const OF_TESTS: [&str; 2] = ["LEADLINE_TEST_", "LEADLINE_BENCH_"];

/// One value from the environment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The key, such as `server.listen`.
    pub(super) key: String,
    pub(super) value: String,
}

/// What the environment sets.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) set: Vec<Variable>,
    pub(super) refused: Vec<Error>,
    pub(super) warnings: Vec<String>,
}

/// Every variable whose name begins with `LEADLINE`, in the order of names.
pub(super) fn all() -> BTreeMap<String, Result<String, ()>> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.to_ascii_uppercase().starts_with("LEADLINE_"))
        .map(|(name, value)| (name, value.into_string().map_err(drop)))
        .collect()
}

/// The value of one variable that is not configuration, such as `LEADLINE_KEY`.
pub(super) fn one(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The content of a file that holds one value, without blanks around it.
///
/// # Errors
/// When the file cannot be read, is empty or is no text; the message does not hold its content.
pub(super) fn value_of_file(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let length = std::fs::metadata(path).map(|metadata| metadata.len());
    if length.is_ok_and(|length| length > LONGEST_FILE) {
        return Err(format!(
            "names {shown}, which is longer than {LONGEST_FILE} bytes"
        ));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names {shown}, which cannot be read: {error}"))?;
    match text.trim() {
        "" => Err(format!("names {shown}, which is empty")),
        text => Ok(text.to_owned()),
    }
}

impl Variables {
    /// Assigns the `given` variables to the `known` keys.
    pub(super) fn read(given: BTreeMap<String, Result<String, ()>>, known: &[String]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in given {
            let name = name.to_ascii_uppercase();
            if let Some(rest) = name.strip_prefix(PREFIX) {
                let key = rest.to_ascii_lowercase().replace("__", ".");
                match value {
                    Ok(value) => variables.set(name, key, value, known),
                    Err(()) => variables.refuse(&name, "is not valid UTF-8".to_owned()),
                }
            } else if name.starts_with("LEADLINE_") {
                variables.judge(&name, known);
            }
        }
        variables.refuse_twice_set();
        variables
    }

    fn set(&mut self, name: String, key: String, value: String, known: &[String]) {
        let file = key.strip_suffix(&FILE.to_ascii_lowercase());
        if let Some(key) = file.filter(|key| FROM_FILES.contains(key)) {
            match value_of_file(Path::new(&value)) {
                Ok(value) => {
                    let key = key.to_owned();
                    self.set.push(Variable { name, key, value });
                }
                Err(problem) => self.refuse(&name, problem),
            }
        } else if known.contains(&key) || is_open(&key) {
            self.set.push(Variable { name, key, value });
        } else {
            let near = nearest(&key, known.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{}`?", variable(near)));
            let end = near.unwrap_or_else(|| "; `leadline config check` lists the keys".to_owned());
            self.refuse(&name, format!("sets no key of the configuration{end}"));
        }
    }

    /// Judges a variable with one underscore after `LEADLINE`.
    fn judge(&mut self, name: &str, known: &[String]) {
        if OF_COMMANDS.contains(&name) || OF_TESTS.iter().any(|begin| name.starts_with(begin)) {
            return;
        }
        let meant = name["LEADLINE_".len()..].to_ascii_lowercase();
        let letters = |text: &str| text.replace(['_', '.'], "");
        let same = known.iter().find(|key| letters(key) == letters(&meant));
        if let Some(key) = same {
            let right = variable(key);
            self.refuse(name, format!("sets nothing; write `{right}`"));
        } else if meant.contains("__") {
            let near = known
                .iter()
                .min_by_key(|key| edits(&letters(key), &letters(&meant)));
            let near = near.map_or_else(String::new, |key| variable(key));
            self.refuse(name, format!("sets nothing; did you mean `{near}`?"));
        } else if !is_of_kubernetes(&meant) {
            let end = known.iter().find(|key| key.ends_with(&format!(".{meant}")));
            let end = end.map(|key| format!("; did you mean `{}`?", variable(key)));
            let end = end.unwrap_or_default();
            self.warnings
                .push(format!("the variable `{name}` has no effect{end}"));
        }
    }

    /// Refuses keys that are set twice: by a value and by a file.
    fn refuse_twice_set(&mut self) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let mut twice = Vec::new();
        for variable in &self.set {
            if let Some(other) = seen.insert(&variable.key, &variable.name) {
                let problem = format!("and `{other}` set the same key; keep one of them");
                twice.push(Error::value(&variable.name, problem));
            }
        }
        self.refused.extend(twice);
    }

    fn refuse(&mut self, name: &str, problem: String) {
        self.refused.push(Error::value(name, problem));
    }
}

/// The variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// Whether the name, without its prefix, is one that Kubernetes and Docker links set for a service
/// called `leadline` or `leadline-…`.
fn is_of_kubernetes(name: &str) -> bool {
    let ends_with_port = name == "port" || name.ends_with("_port") || name == "name";
    let of_port = ["port_", "_port_"].iter().any(|part| {
        name.split_once(part)
            .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    ends_with_port || of_port || name.contains("service_host") || name.contains("service_port")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Variables {
        let known = [
            "server.listen",
            "server.public_url",
            "store.url",
            "log.sync",
        ];
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Ok((*value).to_owned())));
        Variables::read(given.collect(), &known.map(str::to_owned))
    }

    #[test]
    fn what_looks_like_a_setting_sets_one_or_is_named() {
        let set = read(&[("LEADLINE__SERVER__PUBLIC_URL", "x")]).set;
        assert_eq!(set[0].key, "server.public_url");
        for (name, remedy) in [
            (
                "LEADLINE_SERVER__LISTEN",
                "write `LEADLINE__SERVER__LISTEN`",
            ),
            (
                "LEADLINE_SERVER_PUBLIC_URL",
                "write `LEADLINE__SERVER__PUBLIC_URL`",
            ),
            (
                "LEADLINE__SERVER_LISTEN",
                "did you mean `LEADLINE__SERVER__LISTEN`?",
            ),
            (
                "LEADLINE__SERVER__LISEN",
                "did you mean `LEADLINE__SERVER__LISTEN`?",
            ),
            ("LEADLINE_LOG__SINC", "did you mean `LEADLINE__LOG__SYNC`?"),
            ("LEADLINE__COLOUR", "sets no key"),
            ("LEADLINE__SERVER__LISTEN_FILE", "sets no key"),
        ] {
            let read = read(&[(name, "x")]);
            let refused = read.refused.first().map(ToString::to_string);
            let refused = refused.unwrap_or_default();
            assert!(
                refused.contains(name) && refused.contains(remedy),
                "{name}: {refused}"
            );
            assert!(read.set.is_empty());
        }
        let warned = read(&[("LEADLINE_PUBLIC_URL", "x")]);
        assert!(warned.refused.is_empty());
        assert!(warned.warnings[0].contains("`LEADLINE__SERVER__PUBLIC_URL`?"));
    }

    #[test]
    fn variables_of_others_pass() {
        for name in [
            "LEADLINE_KEY",
            "LEADLINE_TEST_REDIS_URL",
            "LEADLINE_PORT",
            "LEADLINE_PORT_8080_TCP_ADDR",
            "LEADLINE_SERVICE_HOST",
            "LEADLINE_REDIS_SERVICE_PORT_HTTP",
        ] {
            let read = read(&[(name, "tcp://10.0.0.1:8080")]);
            assert!(
                read.refused.is_empty() && read.warnings.is_empty(),
                "{name}"
            );
        }
    }
}
