//! Every released version has its section of the changelog, its commit and its fixtures.

use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct Releases {
    release: Vec<Release>,
}

#[derive(Deserialize)]
struct Release {
    version: String,
    date: String,
    commit: String,
}

#[test]
fn every_version_has_a_section_a_commit_and_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let releases: Releases = toml::from_str(&read("releases.toml")).unwrap();
    let changelog = read("CHANGELOG.md");
    let mut sections = changelog
        .lines()
        .filter(|line| line.starts_with("## ["))
        .map(str::to_owned);
    assert_eq!(sections.next().as_deref(), Some("## [Unreleased]"));
    let sections: Vec<String> = sections.collect();
    let listed = releases.release.iter();
    let listed: Vec<String> = listed
        .map(|release| format!("## [{}] - {}", release.version, release.date))
        .collect();
    // The newest section may be of a version whose commit is not listed yet.
    assert!(sections.ends_with(&listed) && sections.len() <= listed.len() + 1);
    for release in &releases.release {
        let fixtures = format!("tests/fixtures/releases/{}", release.version);
        assert!(root.join(&fixtures).is_dir(), "{fixtures} is missing");
        let is_hash = release.commit.bytes().all(|c| c.is_ascii_hexdigit());
        assert!(is_hash && release.commit.len() == 40, "{}", release.commit);
    }
    let newest = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(sections[0].starts_with(&newest), "Cargo.toml: {newest}");
}
