//! The embedded lists of robots, apps and browsers: their sources and ages.
//!
//! # Invariants
//! Each list has a first line `Source: … of YYYY-MM-DD`: the day on which its source was
//! published or the list was last edited.
//!
//! # Out of scope
//! The entries of a list.

use jiff::civil::Date;

/// File and text of each list.
const LISTS: [(&str, &str); 5] = [
    ("config/robots/own.txt", super::robot::OWN),
    ("config/robots/names.txt", super::robot::NAMES),
    ("config/robots/forms.txt", super::robot::FORMS),
    ("config/robots/apps.txt", super::robot::name_filter::APPS),
    ("config/user_agents.toml", super::user_agent::EMBEDDED_TOML),
];

/// One line for each list: file, source and age on this day (`YYYY-MM-DD`).
pub fn ages(today: &str) -> Vec<String> {
    let today = today.parse().ok();
    LISTS
        .iter()
        .filter_map(|(file, text)| {
            let (source, date) = source(text)?;
            let days = today
                .and_then(|today: Date| today.since(date).ok())?
                .get_days();
            Some(format!("{file}: {source} of {date}, {days} days old"))
        })
        .collect()
}

fn source(text: &'static str) -> Option<(&'static str, Date)> {
    let head = text
        .lines()
        .find_map(|line| line.strip_prefix("# Source: "))?;
    let (source, rest) = head.split_once(" of ")?;
    Some((source, rest.get(..10)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_tells_its_source_and_its_age() {
        let ages = ages("2026-12-31");
        assert_eq!(ages.len(), LISTS.len(), "{ages:#?}");
        let forms = "config/robots/forms.txt: isbot 5.2.3 (npm) of 2026-11-09, 52 days old";
        assert!(ages.iter().any(|line| line == forms), "{ages:#?}");
    }
}
