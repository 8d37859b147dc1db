//! How well people and programs are distinguished, over agents that others collected.
//!
//! Names come from one list, forms from another, and each is also tested alone on agents that it
//! was not made from: those figures show what to expect for robots that are not listed yet.

use std::path::{Path, PathBuf};

use leadline::enrich::agent::{AgentClassifier, AgentKind};
use leadline::enrich::robot::RobotMatcher;
use leadline::network::NetworkRegistry;

/// Most people that may be taken for programs, and most robots that may be missed, in a hundred.
const MOST_LOST: f64 = 0.1;
const MOST_MISSED: f64 = 0.5;

/// Most people of whom the agent alone tells nothing, in a hundred.
const MOST_UNKNOWN: f64 = 0.5;

/// Most robots that may be missed where only forms are asked, without any robot's name.
const MOST_MISSED_BY_FORM: f64 = 1.0;

const PEOPLE: [&str; 6] = [
    "people_crawlerdetect",
    "people_devices",
    "people_fake_useragent",
    "people_in_app",
    "people_isbot",
    "people_user_agents",
];
const ROBOTS: [&str; 5] = [
    "robots_ai_crawlers",
    "robots_crawler_user_agents",
    "robots_crawlerdetect",
    "robots_devices",
    "robots_previews",
];

fn corpus(name: &str) -> Vec<String> {
    // `scripts/robots` names a folder where the larger corpora are whole.
    let folder = std::env::var_os("LEADLINE_TEST_AGENTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents"),
        PathBuf::from,
    );
    let path = folder.join(name).with_extension("txt");
    let text = std::fs::read_to_string(path).unwrap();
    let agents = text.lines().filter(|line| !line.starts_with('#'));
    let agents: Vec<String> = agents.map(str::to_owned).collect();
    assert!(agents.len() > 30, "{name} has {} agents", agents.len());
    agents
}

/// Of all agents of these corpora, those that are judged wrongly must be at most so many in a
/// hundred; prints each of them.
#[track_caller]
fn judge(names: &[&str], what: &str, most: f64, wrong: impl Fn(&str) -> bool) {
    let (mut all, mut bad) = (0, 0);
    for name in names {
        let agents = corpus(name);
        let judged: Vec<&String> = agents.iter().filter(|agent| wrong(agent)).collect();
        let part = share(judged.len(), agents.len());
        println!(
            "{name}: {} of {} {what}, {part:.2} %",
            judged.len(),
            agents.len()
        );
        for agent in &judged {
            println!("    {agent}");
        }
        all += agents.len();
        bad += judged.len();
    }
    let share = share(bad, all);
    println!("{names:?}: {bad} of {all} {what}, {share:.2} %");
    assert!(
        share <= most,
        "{share:.2} % {what}, at most {most} % may be"
    );
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand agents")]
fn share(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}

fn agents() -> AgentClassifier {
    AgentClassifier::new(&NetworkRegistry::embedded().unwrap()).unwrap()
}

#[test]
fn people_are_not_lost() {
    let agents = agents();
    judge(&PEOPLE, "people lost", MOST_LOST, |agent| {
        matches!(agents.look_up(agent).kind, AgentKind::Program(_))
    });
    // An app alone is `unknown` by its text: neither lost nor known.
    judge(&PEOPLE, "people unknown", MOST_UNKNOWN, |agent| {
        matches!(
            agents.look_up(agent).kind,
            AgentKind::App(_) | AgentKind::Empty
        )
    });
}

#[test]
fn no_click_of_an_app_is_lost() {
    let agents = agents();
    judge(&["people_in_app"], "people lost", 0.0, |agent| {
        matches!(agents.look_up(agent).kind, AgentKind::Program(_))
    });
}

#[test]
fn robots_are_caught() {
    let agents = agents();
    let missed = |agent: &str| !matches!(agents.look_up(agent).kind, AgentKind::Program(_));
    judge(&ROBOTS, "robots missed", MOST_MISSED, missed);
    judge(
        &["robots_previews"],
        "previews missed",
        0.0,
        |agent| !matches!(agents.look_up(agent).kind, AgentKind::Program(code) if code.starts_with("preview:")),
    );
}

#[test]
fn forms_alone_catch_the_robots_of_a_list_they_were_not_made_from() {
    let robots = RobotMatcher::embedded().unwrap();
    judge(
        &["robots_crawler_user_agents"],
        "robots missed by form",
        MOST_MISSED_BY_FORM,
        |agent| robots.by_form(agent).is_none(),
    );
    judge(&PEOPLE, "people lost by form", MOST_LOST, |agent| {
        robots.by_form(agent).is_some()
    });
}
