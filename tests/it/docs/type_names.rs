//! The name of a public type describes it, and one name has one meaning.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Names that say nothing without their module.
const MEANINGLESS: [&str; 46] = [
    "Answer", "Asked", "Base", "Case", "Common", "Data", "Entity", "Faces", "Finding", "Found",
    "Gathered", "Handler", "Helper", "Helpers", "Hit", "Impl", "Info", "Item", "Kept", "Known",
    "Left", "Line", "Live", "Made", "Manager", "Manner", "Object", "Parts", "Place", "Question",
    "Reading", "Row", "Said", "Seen", "Shared", "Sighting", "Site", "Spot", "Stuff", "Thing",
    "Told", "Util", "Utils", "Waiting", "Wanted", "Worth",
];

/// A public type: its name, its file, and whether it is a schema of the API.
struct Type {
    name: String,
    file: String,
    is_schema: bool,
}

fn types() -> Vec<Type> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(root).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            let shipped = text.split("#[cfg(test)]").next().unwrap();
            // Attributes and the item they belong to are one block without an empty line.
            for block in shipped.split("\n\n") {
                for line in block.lines() {
                    let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
                    let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
                        continue;
                    };
                    found.push(Type {
                        name: rest.chars().take_while(|c| c.is_alphanumeric()).collect(),
                        file: file.clone(),
                        is_schema: block.contains("ToSchema"),
                    });
                }
            }
        }
    }
    assert!(found.len() > 300, "{} types", found.len());
    found
}

#[test]
fn no_public_type_has_a_name_that_says_nothing() {
    let meaningless: Vec<String> = types()
        .into_iter()
        .filter(|found| MEANINGLESS.contains(&found.name.as_str()))
        .map(|found| format!("{} in {}", found.name, found.file))
        .collect();
    assert!(meaningless.is_empty(), "{meaningless:#?}");
}

#[test]
fn no_two_schemas_are_types_of_one_name() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for found in types().into_iter().filter(|found| found.is_schema) {
        files.entry(found.name).or_default().push(found.file);
    }
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "{files:#?}");
}
