//! The layers are one list, written three times: for the compiler's readers in `src/lib.rs`, for
//! people in `CONTRIBUTING.md`, for the test that enforces them in `floors.rs`.

use std::collections::BTreeSet;

use super::floors::FLOORS;

/// The layers from the bottom up, each with its modules.
type Layers = Vec<BTreeSet<String>>;

/// Words of a list that name modules.
fn modules(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// `//! floor 3  adapters    store  event_log`, going on in lines without `floor`.
fn of_the_crate() -> Layers {
    let text = include_str!("../../../src/lib.rs");
    let map = text.split("```text").nth(1).unwrap();
    let map = map.split("```").next().unwrap();
    let mut layers: Layers = Vec::new();
    for line in map.lines().map(|line| line.trim_start_matches("//!")) {
        let line = line.split('(').next().unwrap();
        if line.trim().is_empty() {
            continue;
        }
        let rest = line.trim().strip_prefix("floor ");
        match rest {
            Some(rest) => {
                let mut columns = rest.split_once("  ").unwrap().1.trim().splitn(2, "  ");
                assert!(columns.next().is_some(), "{line}");
                layers.push(modules(columns.next().unwrap()));
            }
            None => layers.last_mut().unwrap().extend(modules(line)),
        }
    }
    layers.reverse();
    layers
}

/// Rows of its table, as in "3 adapters", the modules, "one technology each".
fn of_contributing() -> Layers {
    let text = include_str!("../../../CONTRIBUTING.md");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|row| row.starts_with(|c: char| c.is_ascii_digit()));
    let mut layers: Layers = rows
        .map(|row| {
            let column = row.split('|').nth(1).unwrap();
            let quoted = column.split('`').skip(1).step_by(2);
            quoted.map(str::to_owned).collect()
        })
        .collect();
    layers.reverse();
    layers
}

#[test]
fn the_layers_are_one_list() {
    let enforced: Layers = FLOORS
        .iter()
        .map(|layer| layer.iter().map(|&module| module.to_owned()).collect())
        .collect();
    assert_eq!(
        of_the_crate(),
        enforced,
        "src/lib.rs, tests/it/docs/floors.rs"
    );
    assert_eq!(
        of_contributing(),
        enforced,
        "CONTRIBUTING.md, tests/it/docs/floors.rs"
    );
}

#[test]
fn every_module_of_the_crate_has_a_layer() {
    let text = include_str!("../../../src/lib.rs");
    let declared = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let declared: BTreeSet<&str> = declared.map(|line| line.trim_end_matches(';')).collect();
    let layered: BTreeSet<&str> = FLOORS.iter().copied().flatten().copied().collect();
    assert_eq!(declared, layered);
}
