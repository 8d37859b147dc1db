//! The floors: imports go down only, and the house rules that a compiler does not know.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor. On floors 0 and 1 a module may import those to its left; on the floors above
/// modules of one floor do not import each other, except on the topmost, the assembly.
pub(super) const FLOORS: [&[&str]; 8] = [
    &[
        "clock",
        "id",
        "money",
        "network",
        "metric",
        "quiet",
        "export_file",
    ],
    &[
        "campaign",
        "link",
        "click",
        "conversion",
        "attribution",
        "customer",
        "campaign_report",
    ],
    &["drivers"],
    &[
        "store",
        "event_log",
        "redis_links",
        "provider",
        "enrich",
        "visitor_key",
        "vault",
    ],
    &[
        "link_resolver",
        "readiness",
        "recorder",
        "sources",
        "worker",
    ],
    &["operations"],
    &["http"],
    &["app", "cli", "config", "telemetry", "demo"],
];

/// What the pure floors never touch.
const IMPURE: [&str; 8] = [
    "tokio::",
    "sqlx::",
    "redis::",
    "actix_web::",
    "std::fs",
    "std::net::Tcp",
    "std::env",
    "reqwest",
];

const MAX_LINES: usize = 400;

pub(super) struct Source {
    path: PathBuf,
    pub(super) text: String,
}

pub(super) fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path, text });
            }
        }
    }
    assert!(found.len() > 60, "only {} sources found", found.len());
    found
}

impl Source {
    /// Its path below `src`.
    pub(super) fn inside(&self) -> PathBuf {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        self.path.strip_prefix(src).unwrap().to_owned()
    }

    /// The top-level module it belongs to.
    fn module(&self) -> String {
        let inside = self.inside();
        let first = inside.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    pub(super) fn is_tests(&self) -> bool {
        self.path.ends_with("tests.rs")
    }
}

/// Code without comments, strings kept: the tokens looked for stand in no string here.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The code before its unit tests.
pub(super) fn shipped(text: &str) -> String {
    code(text.split("#[cfg(test)]").next().unwrap_or_default())
}

/// Every top-level module that code names by `crate::`, grouped imports included.
fn imports(code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let name = |text: &str| -> String {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        match rest.strip_prefix('{') {
            None => modules.push(name(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = 0;
                for (place, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            modules.push(name(&group[start..place]));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            modules.push(name(&group[start..place]));
                            start = place + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

fn place(module: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, modules)| {
        modules
            .iter()
            .position(|name| *name == module)
            .map(|place| (floor, place))
    })
}

fn may_import(from: &str, to: &str) -> bool {
    if from == to || ["lib", "main"].contains(&from) {
        return true;
    }
    let (Some((floor, place_from)), Some((below, place_to))) = (place(from), place(to)) else {
        return false;
    };
    match floor {
        0 | 1 if below == floor => place_to < place_from,
        _ if floor + 1 == FLOORS.len() => true,
        _ => below < floor,
    }
}

#[test]
fn imports_go_down_only() {
    for source in sources() {
        let from = source.module();
        for to in imports(&code(&source.text)) {
            assert!(
                may_import(&from, &to),
                "{}: `{from}` must not import `{to}`; see the map in src/lib.rs",
                source.path.display()
            );
        }
    }
}

#[test]
fn the_checker_sees_what_it_should() {
    assert_eq!(
        imports("use crate::clock::Millis; use crate::{store, link::{Link, utm}};"),
        ["clock", "store", "link"]
    );
    assert!(may_import("link", "campaign") && !may_import("campaign", "link"));
    assert!(may_import("http", "store") && !may_import("store", "http"));
    assert!(!may_import("store", "event_log") && !may_import("worker", "recorder"));
    assert!(!may_import("http", "config") && !may_import("clock", "id"));
    assert!(!may_import("http", "nothing_known"));
    assert_eq!(code("a // crate::http\nb"), "a \nb");
}

#[test]
fn the_field_is_pure() {
    for source in sources() {
        if place(&source.module()).is_some_and(|(floor, _)| floor <= 1) {
            for word in IMPURE {
                assert!(
                    !shipped(&source.text).contains(word),
                    "{}: floors 0 and 1 do no input or output, but `{word}` is there",
                    source.path.display()
                );
            }
        }
    }
}

/// Spawns a task that ends within seconds, as connection pools do: a rollback that nobody waits
/// for.
const SPAWNS_SHORT_TASKS: &str = "src/drivers/sql/tx.rs";

#[test]
fn long_tasks_are_spawned_in_the_assembly_only() {
    for source in sources() {
        let spawns = ["tokio::spawn", "rt::spawn", "task::spawn("]
            .iter()
            .any(|word| shipped(&source.text).contains(word));
        assert!(
            !spawns
                || source.module().starts_with("app")
                || source.path.ends_with(SPAWNS_SHORT_TASKS)
                || source.is_tests(),
            "{}: spawn long tasks in app/task.rs, by name",
            source.path.display()
        );
    }
}

#[test]
fn every_source_says_what_it_is_for_and_stays_short() {
    for source in sources() {
        let shown = source.path.display();
        assert!(
            source.text.starts_with("//!") || source.is_tests(),
            "{shown}: open with `//!`"
        );
        let lines = source.text.lines().count();
        assert!(
            lines <= MAX_LINES,
            "{shown}: {lines} lines; split at {MAX_LINES}"
        );
        assert!(
            !code(&source.text).contains("#[allow"),
            "{shown}: use #[expect(…, reason)]"
        );
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(database);
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
