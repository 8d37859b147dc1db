//! The docs name what there is: files, commands and endpoints.

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
