//! Error messages of commands name options, never the API's fields.

use std::collections::BTreeSet;

use super::*;

/// What the program refuses, each for another reason.
const MISTAKES: [&str; 50] = [
    "campaign create A --goal leads=0 --currency EUR",
    "campaign create A --goal likes=1 --currency EUR",
    "campaign create A --goal leads=1 --currency EURO",
    "campaign create LONG --goal leads=1 --currency EUR",
    "campaign create A --goal-waiver LONGER --currency EUR",
    "campaign create A --goal leads=1 --currency EUR --hourly-rate 99999999999999",
    "campaign create A --goal leads=1 --currency EUR --starts-at soon",
    "campaign create A --goal leads=1 --currency EUR --utm-campaign A_SPACE_B",
    "campaign create A --goal leads=1 --currency EUR --utm-campaign spring",
    "campaign edit spring --lead-window-days 0",
    "campaign edit spring --goal leads=7",
    "campaign edit spring --ends-at 2001-01-01",
    "campaign edit spring --time-zone Mars/Base",
    "link create https://a.example --campaign spring --networks myspace",
    "link create ftp://a.example --campaign spring --networks x",
    "link create https://a.example --slug a",
    "link create https://a.example --hand-on utm_source",
    "link create https://a.example --click-id-param a_SPACE_b",
    "link create https://a.example --domain b.example",
    "link show nothing",
    "source create myspace --name A",
    "source create shopify --name ''",
    "source create shopify --name A --quiet-after -1",
    "source create generic --name A --settings {",
    "promo create '' --campaign spring",
    "promo create LONG --campaign spring",
    "cost add --campaign spring --day tomorrow --spend 1",
    "cost add --campaign spring --day 2026-03-10 --minutes -1",
    "engagement add --campaign spring --network x --day never --likes 1",
    "conversion create sale --event-id '' --amount 1 --currency EUR",
    "conversion create lead --event-id a --occurred-at soon",
    "conversion create refund --event-id a --amount 1 --currency EUR",
    "conversion create event --event-id a",
    "conversion list --joined-by magic",
    "conversion list --from soon",
    "click list --class martian",
    "report spring --window-days 0",
    "report spring --by colour",
    "report spring --model magic",
    "report spring --only country=Germany",
    "expected spring --from 2026-03-01 --to 2026-03-02 --weeks 1",
    "customer show nobody",
    "person erase --click-id nothing",
    "post edit pst_nothing --at x=none",
    "inbox replay dlv_nothing",
    "workspace edit --separator +",
    "workspace edit --hand-on utm_source",
    "workspace edit --currency EURO",
    "workspace edit --time-zone Mars/North",
    "campaign create A --goal leads=1",
];

/// A word of a mistake: some stand for what cannot be written there.
fn argument(word: &str) -> String {
    match word {
        "''" => String::new(),
        "LONG" => "x".repeat(300),
        "LONGER" => "x".repeat(3_000),
        word => word.replace("_SPACE_", " "),
    }
}

/// Every field of the API whose name cannot be a word of English.
fn fields() -> BTreeSet<String> {
    let description: Value =
        serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let properties = schemas
        .values()
        .filter_map(|schema| schema["properties"].as_object());
    let names = properties.flat_map(|properties| properties.keys());
    names.filter(|name| name.contains('_')).cloned().collect()
}

/// Words that a person types as the value of an option.
const VALUES: [&str; 8] = [
    "click_id",
    "cohort_week",
    "first_touch",
    "hour_of_week",
    "landing_url",
    "last_touch",
    "network_seen",
    "promo_code",
];

/// Tags of UTM are called at the command line what they are called on the API.
fn is_leak(fields: &BTreeSet<String>, word: &str) -> bool {
    fields.contains(word) && !word.starts_with("utm_") && !VALUES.contains(&word)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_names_a_field_of_the_api() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let fields = fields();
    let (mut leaks, mut accepted) = (Vec::new(), 0);
    for mistake in MISTAKES {
        let arguments: Vec<String> = mistake.split_whitespace().map(argument).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = served(&app, &arguments).await;
        let told = String::from_utf8(output.stderr).unwrap();
        if output.status.success() {
            accepted += 1;
        }
        // The stable code in parentheses may be looked up in docs/problems.md.
        let told = told.trim_end();
        let message = told.rsplit_once(" (").map_or(told, |(message, _)| message);
        let words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let found: Vec<&str> = words.filter(|word| is_leak(&fields, word)).collect();
        if !found.is_empty() {
            leaks.push(format!("{mistake:?}: {found:?}: {told}"));
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(accepted < 5, "{accepted} mistakes are none");
}
