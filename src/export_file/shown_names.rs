//! Names of columns and sheets as messages show them: cut, because files come from strangers.

/// Longest name of a column that is shown.
const MOST_SHOWN: usize = 64;

/// Most names that a message lists.
const MOST_LISTED: usize = 40;

/// A name as it is shown.
pub(super) fn short(name: &str) -> String {
    name.chars().take(MOST_SHOWN).collect()
}

/// Names in quotes, without empty ones.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .filter(|name| !name.is_empty())
        .take(MOST_LISTED);
    let shown: Vec<String> = shown.map(|name| format!("{:?}", short(name))).collect();
    shown.join(", ")
}
