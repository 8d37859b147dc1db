//! Providers must answer every request without a panic: every payload of the fixtures, with every
//! head that the fuzz targets use, and every input that a fuzz target has found.

use std::fs;
use std::path::{Path, PathBuf};

use leadline::provider::ProviderKind;

#[path = "../../../fuzz/src/lib.rs"]
mod harness;

fn files(folder: &str, kind: ProviderKind) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(kind.as_str());
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What stands before a payload: the headers and settings by which it is read.
fn heads(kind: ProviderKind) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/heads")
        .join(kind.as_str());
    let lines = fs::read_to_string(file).unwrap_or_default();
    let heads = lines.lines().map(|head| format!("{head}\n\n"));
    heads.chain([String::new()]).collect()
}

#[test]
fn every_payload_is_answered_and_nothing_breaks() {
    let mut tried = 0;
    for kind in ProviderKind::ALL {
        let payloads = files("tests/fixtures/providers", kind);
        let regressions = files("tests/fixtures/fuzz_regressions", kind);
        for path in payloads.iter().chain(&regressions) {
            let payload = fs::read(path).unwrap();
            for head in heads(kind) {
                harness::run(kind, &[head.as_bytes(), &payload].concat());
                tried += 1;
            }
        }
        for head in heads(kind) {
            harness::run(kind, head.as_bytes());
        }
    }
    assert!(tried > 100, "only {tried} inputs");
}
