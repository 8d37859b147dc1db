//! The description alone: what generators and readers need from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use utoipa::openapi::RefOr;

use super::{Schemas, description, operations, references};

#[test]
fn operation_ids_are_unique_words() {
    let description = description();
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let is_snake = id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(
            is_snake && id.contains('_'),
            "{method} {path} has the id {id}"
        );
        assert!(
            seen.insert(id.clone()),
            "{method} {path} repeats the id {id}"
        );
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let description = description();
    let mut targets = BTreeSet::new();
    references(&description, &mut targets);
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> = schemas
        .keys()
        .map(|name| format!("#/components/schemas/{name}"))
        .collect();
    assert_eq!(targets, known);
}

#[test]
fn every_operation_and_answer_is_described() {
    let description = description();
    for (method, path, operation) in operations(&description) {
        let summary = operation["summary"].as_str().unwrap_or_default();
        let is_line = !summary.is_empty() && !summary.contains('\n') && !summary.ends_with('.');
        assert!(
            is_line,
            "{method} {path}: {summary:?} is no one-line summary"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{method} {path} has no success"
        );
        for (status, response) in responses {
            let text = response["description"].as_str().unwrap_or_default();
            assert!(
                !text.is_empty(),
                "{method} {path} {status} has no description"
            );
            if status.starts_with(['4', '5']) {
                assert!(text.contains('`'), "{method} {path} {status} names no code");
            }
        }
    }
}

/// Code generators of two languages stop at a schema that is a mere `false`.
#[test]
fn no_schema_is_a_mere_boolean() {
    fn look(place: &str, schema: &Value) {
        match schema {
            Value::Object(fields) => {
                for (name, field) in fields {
                    if matches!(name.as_str(), "items" | "schema" | "prefixItems") {
                        assert!(!field.is_boolean(), "{place}/{name} is {field}");
                    }
                    look(&format!("{place}/{name}"), field);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(place, item)),
            _ => {}
        }
    }
    look("", &description());
}

/// Where the source derives schemas: their names, as they stand in the description.
fn schema_names(file: &Path, names: &mut BTreeMap<String, Vec<String>>) {
    if file.is_dir() {
        for entry in std::fs::read_dir(file).unwrap() {
            schema_names(&entry.unwrap().path(), names);
        }
        return;
    }
    let text = std::fs::read_to_string(file).unwrap();
    // Attributes and the item they belong to are one block without an empty line.
    for block in text.split("\n\n") {
        let Some((_, rest)) = block.split_once("ToSchema") else {
            continue;
        };
        let renamed = rest
            .split_once("#[schema(as = ")
            .and_then(|(_, rest)| rest.split_once(')'));
        let item = rest
            .split_once("pub struct ")
            .or_else(|| rest.split_once("pub enum "));
        let Some((_, item)) = item else { continue };
        let own: String = item
            .chars()
            .take_while(|sign| sign.is_alphanumeric())
            .collect();
        let name = renamed.map_or(own, |(name, _)| name.to_owned());
        names
            .entry(name)
            .or_default()
            .push(file.display().to_string());
    }
}

#[test]
fn no_two_types_have_one_schema_name() {
    let mut names = BTreeMap::new();
    schema_names(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut names,
    );
    assert!(names.len() > 100, "{}", names.len());
    let description = description();
    let schemas = &description["components"]["schemas"];
    for (name, files) in &names {
        assert_eq!(
            files.len(),
            1,
            "{name} is the name of several schemas: {files:?}"
        );
    }
    for name in schemas.as_object().unwrap().keys() {
        assert!(names.contains_key(name), "{name} is derived nowhere");
    }
}

/// Generators take the type that is described first, whatever is answered then.
#[test]
fn json_is_described_before_tables() {
    let mut several = 0;
    for (path, item) in leadline::http::openapi::document().paths.paths {
        for operation in [item.get, item.post].into_iter().flatten() {
            for (status, response) in operation.responses.responses {
                let RefOr::T(response) = response else {
                    continue;
                };
                let kinds: Vec<String> = response.content.into_keys().collect();
                if kinds.len() > 1 {
                    several += 1;
                    assert_eq!(kinds[0], "application/json", "{path} {status}");
                }
            }
        }
    }
    assert!(several > 1, "{several}");
}

#[test]
fn examples_are_of_their_schemas() {
    let description = description();
    let schemas = Schemas::of(&description);
    let mut looked_at = 0;
    for (method, path, operation) in operations(&description) {
        let bodies = operation["responses"].as_object().unwrap().values();
        for content in bodies.chain([&operation["requestBody"]]) {
            for (kind, media) in content["content"].as_object().into_iter().flatten() {
                if let (true, Some(example)) = (kind.ends_with("json"), media.get("example")) {
                    let wrong = schemas.problems(&media["schema"], example);
                    assert_eq!(wrong, [""; 0], "{method} {path}");
                    looked_at += 1;
                }
            }
        }
    }
    let properties = description["components"]["schemas"].as_object().unwrap();
    for (name, schema) in properties {
        for (field, described) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(example) = described.get("example") {
                let wrong = schemas.problems(described, example);
                assert_eq!(wrong, [""; 0], "{name}.{field}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 30, "{looked_at}");
}

/// The codes that the descriptions of error answers name, with their statuses.
fn described_codes(description: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (_, _, operation) in operations(description) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if status.starts_with(['4', '5']) {
                let codes = response["description"].as_str().unwrap().split('`');
                found.extend(
                    codes
                        .skip(1)
                        .step_by(2)
                        .map(|code| (status.clone(), code.to_owned())),
                );
            }
        }
    }
    found
}

/// Adds the text of every file below a folder.
fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

#[test]
fn codes_are_those_of_the_list_of_problems() {
    let page = include_str!("../../../../docs/problems.md");
    let mut listed = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.split('|').skip(1);
        let (statuses, codes) = (cells.next().unwrap(), cells.next().unwrap());
        for status in statuses
            .split(',')
            .map(str::trim)
            .filter(|status| status.parse::<u16>().is_ok())
        {
            let codes = codes.split('`').skip(1).step_by(2);
            listed.extend(codes.map(|code| (status.to_owned(), code.to_owned())));
        }
    }
    let mut described = described_codes(&description());
    let undocumented: Vec<_> = described.difference(&listed).collect();
    assert!(
        undocumented.is_empty(),
        "not in docs/problems.md: {undocumented:?}"
    );
    // No operation of the description has these.
    for (status, code) in [
        ("404", "route_not_found"),
        ("405", "method_not_allowed"),
        ("404", "not_found"),
    ] {
        described.insert((status.to_owned(), code.to_owned()));
    }
    let unused: Vec<_> = listed.difference(&described).collect();
    assert!(unused.is_empty(), "no operation answers: {unused:?}");
    let mut source = String::new();
    // Not the description itself, which lists every code.
    source.push_str(include_str!("../../../../src/http/error.rs"));
    for room in ["src/provider", "src/link"] {
        read_all(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(room),
            &mut source,
        );
    }
    for (_, code) in &listed {
        assert!(
            source.contains(&format!("\"{code}\"")),
            "{code} is in no source"
        );
    }
}
