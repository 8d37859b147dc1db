//! The docs name all files, commands and endpoints that exist.

use std::path::{Path, PathBuf};
use std::process::Command;

/// README, CONTRIBUTING, and every page below `docs`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for folder in ["docs", "docs/shops", "docs/decisions"] {
        let files = std::fs::read_dir(root.join(folder)).unwrap();
        let files = files.map(|file| file.unwrap().path());
        pages.extend(files.filter(|file| file.extension().is_some_and(|it| it == "md")));
    }
    pages
}

/// What a heading is linked as.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter_map(|c| match c {
        ' ' | '-' => Some('-'),
        c if c.is_alphanumeric() || c == '_' => Some(c),
        _ => None,
    });
    kept.collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut checked = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let Some((link, _)) = link.split_once(')') else {
                continue;
            };
            if link.contains("://") || link.contains(char::is_whitespace) {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(target.exists(), "{} links to {link}", page.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let headings = text.lines().filter(|line| line.starts_with('#'));
                let found = headings.map(anchor).any(|it| it == heading);
                assert!(found, "{} links to {link}", page.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} links");
}

/// `make reference` writes them.
#[test]
fn reference_pages_are_what_the_program_prints() {
    for page in ["commands", "api"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_leadline"));
        let printed = program.args(["reference", page]).output().unwrap();
        assert!(printed.status.success(), "{printed:?}");
        let file = format!("{}/docs/{page}.md", env!("CARGO_MANIFEST_DIR"));
        let is_current = std::fs::read(file).unwrap() == printed.stdout;
        assert!(is_current, "docs/{page}.md: run `make reference`");
    }
}

#[test]
fn a_first_reader_is_not_sent_through_a_long_page() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let lines = std::fs::read_to_string(readme).unwrap().lines().count();
    assert!(lines <= 120, "README.md has {lines} lines");
}

/// A client meets these words; each is explained where people look for it.
#[test]
fn every_word_of_the_api_is_in_the_glossary() {
    fn words(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_array() {
                        Some(listed) if name == "enum" => {
                            let listed = listed.iter().filter_map(|word| word.as_str());
                            found.extend(listed.map(str::to_owned));
                        }
                        _ if name == "example" || name == "examples" => {}
                        _ => words(value, found),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| words(item, found)),
            _ => {}
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let description = std::fs::read(root.join("docs/openapi.json")).unwrap();
    let mut found = std::collections::BTreeSet::new();
    words(&serde_json::from_slice(&description).unwrap(), &mut found);
    assert!(found.len() > 80, "{} words", found.len());
    let glossary = std::fs::read_to_string(root.join("docs/glossary.md")).unwrap();
    found.retain(|word| !glossary.contains(&format!("`{word}`")));
    assert!(found.is_empty(), "docs/glossary.md lacks {found:?}");
}

#[test]
fn every_decision_has_a_status() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/decisions");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for page in pages().iter().filter(|page| page.starts_with(&folder)) {
        let name = page.file_name().unwrap().to_str().unwrap();
        if name == "README.md" {
            continue;
        }
        let text = std::fs::read_to_string(page).unwrap();
        let status = text.lines().nth(2).unwrap();
        let is_status = ["Status: accepted", "Status: superseded"]
            .iter()
            .any(|begin| status.starts_with(begin));
        assert!(is_status, "{name}: the third line is its status");
        assert!(list.contains(name), "docs/decisions/README.md lacks {name}");
    }
}
