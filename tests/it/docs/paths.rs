//! Everything in the repository that the docs name exists: files, folders, modules, tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the repository that a path can begin with.
const TOP: [&str; 10] = [
    "src",
    "tests",
    "docs",
    "scripts",
    "config",
    "migrations",
    "fuzz",
    "benches",
    "findings",
    ".ci",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that people read.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "tests/README.md"]
        .iter()
        .map(|page| root().join(page))
        .collect();
    let mut folders = vec![root().join("docs"), root().join("tests/fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// What stands in back-ticks, outside blocks of code.
fn quoted(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found = Vec::new();
    for paragraph in text.split("\n\n") {
        let lines = paragraph.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            is_code ^= fence;
            !is_code && !fence
        });
        let prose: Vec<&str> = lines.collect();
        let prose = prose.join(" ");
        found.extend(prose.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    found
}

/// The part of a path before a placeholder, such as `<name>`, `VERSION` or `*`.
fn fixed_part(path: &str) -> &str {
    let is_placeholder = |part: &&str| {
        part.contains(['<', '*'])
            || (part.len() > 3 && part.chars().all(|c| c.is_ascii_uppercase()))
    };
    match path.split('/').position(|part| is_placeholder(&part)) {
        None => path,
        Some(0) => "",
        Some(at) => {
            let parts: Vec<&str> = path.split('/').take(at).collect();
            &path[..parts.join("/").len()]
        }
    }
}

/// Whether the text looks like a path of the repository or of its source.
fn is_path(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-./<>*".contains(c);
    if text.starts_with(['/', '-']) || !text.chars().all(allowed) {
        return false;
    }
    let is_source = Path::new(text)
        .extension()
        .is_some_and(|extension| extension == "rs");
    let begins_in_the_repository = text
        .split_once('/')
        .is_some_and(|(first, _)| TOP.contains(&first));
    is_source || begins_in_the_repository
}

fn exists(path: &str) -> bool {
    let path = fixed_part(path).trim_end_matches('/');
    root().join(path).exists() || root().join("src").join(path).exists()
}

/// The file of a module, and whether there is one, for `store::click` or `api::reports`.
fn module_file(base: &Path, parts: &[&str]) -> Option<PathBuf> {
    let (last, above) = parts.split_last()?;
    let folder = above
        .iter()
        .fold(base.to_owned(), |path, part| path.join(part));
    let file = folder.join(format!("{last}.rs"));
    file.exists().then_some(file)
}

/// Whether a path of modules leads somewhere: its last parts may be an item in the file of the
/// parts before, or below it.
fn leads_somewhere(base: &Path, parts: &[&str]) -> bool {
    (1..=parts.len()).rev().any(|known| {
        module_file(base, &parts[..known]).is_some_and(|file| {
            let mut texts = vec![fs::read_to_string(&file).unwrap()];
            let mut folders = vec![file.with_extension("")];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).into_iter().flatten() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        texts.push(fs::read_to_string(path).unwrap_or_default());
                    }
                }
            }
            parts[known..].iter().all(|item| {
                let named = |text: &String| {
                    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                        .any(|word| word == *item)
                };
                texts.iter().any(named)
            })
        })
    })
}

#[test]
fn every_path_in_the_docs_exists() {
    let mut checked = 0;
    let mut missing = Vec::new();
    for page in pages() {
        for text in quoted(&fs::read_to_string(&page).unwrap()) {
            if is_path(&text) {
                checked += 1;
                if !exists(&text) {
                    missing.push(format!("{}: {text}", page.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(checked > 60, "{checked} paths");
}

#[test]
fn every_module_and_item_in_the_docs_exists() {
    let bases = [root().join("src"), root().join("tests/it")];
    let mut checked = 0;
    let mut missing = Vec::new();
    for page in pages() {
        for text in quoted(&fs::read_to_string(&page).unwrap()) {
            let parts: Vec<&str> = text.split("::").collect();
            let is_name = |part: &&str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            };
            if parts.len() < 2 || !parts.iter().all(is_name) {
                continue;
            }
            checked += 1;
            if !bases.iter().any(|base| leads_somewhere(base, &parts)) {
                missing.push(format!("{}: {text}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(checked > 10, "{checked} names");
}

/// `docs/reliability.md` names the test of each fault.
#[test]
fn every_test_of_a_fault_exists() {
    let page = fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let folder = root().join("tests/it/chaos/database_faults");
    let tests: String = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let (_, section) = page.split_once("## Faults of the database").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let mut checked = 0;
    for name in rows.filter_map(|row| row.strip_suffix("` |")?.rsplit('`').next()) {
        assert!(tests.contains(&format!("fn {name}(")), "no test {name}");
        checked += 1;
    }
    assert!(checked > 8, "{checked} tests");
}

#[test]
fn the_checker_sees_what_it_should() {
    assert!(is_path("src/store/db.rs") && is_path("store/db.rs") && is_path("tests/it/chaos"));
    assert!(!is_path("/readyz") && !is_path("log/") && !is_path("application/json"));
    assert_eq!(fixed_part("src/provider/<name>.rs"), "src/provider");
    assert_eq!(fixed_part("fuzz_regressions/PROVIDER"), "fuzz_regressions");
    assert!(!exists("src/nothing.rs") && exists("src/lib.rs") && exists("lib.rs"));
    assert!(!leads_somewhere(
        &root().join("src"),
        &["clock", "NothingKnown"]
    ));
    assert!(leads_somewhere(&root().join("src"), &["clock", "Millis"]));
    assert_eq!(quoted("a `b`\n\n```sh\n`c`\n\n`e`\n```\n\n`d`"), ["b", "d"]);
}
