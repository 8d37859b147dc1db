//! The campaigns of the small story: a lamp shop that posts in five languages.
//!
//! # Invariants
//! The first campaign is under way, and lasts as long as the story. Of the others one has met its
//! goal, one has missed it, one has none, and one is archived.
//!
//! # Out of scope
//! How people behave.

use super::plan::{Audience, Plan, goal};
use crate::campaign::{GoalMetric, GoalOrWaiver};
use crate::link::Intent;

/// Days of the story.
pub(super) const DAYS: i64 = 70;

/// A domain that somebody has added, for the link in the shop's profile.
pub(super) const OTHER_DOMAIN: &str = "lamp.example";

const SPRING: [(Intent, &str); 3] = [
    (Intent::Promotion, "Our new lamp is here: {link}"),
    (Intent::Helpful, "How to light a desk without glare: {link}"),
    (Intent::Conversation, "What is on your desk? Ours: {link}"),
];

const JAPANESE: [(Intent, &str); 3] = [
    (Intent::Promotion, "新しいデスクライトができました：{link}"),
    (Intent::Helpful, "目が疲れない机の照らし方：{link}"),
    (Intent::Conversation, "あなたの机を見せてください：{link}"),
];

const ARABIC: [(Intent, &str); 2] = [
    (Intent::Promotion, "مصباح القراءة الجديد: {link}"),
    (Intent::Helpful, "كيف تضيء مكتبك دون وهج: {link}"),
];

const FRENCH: [(Intent, &str); 2] = [
    (Intent::Helpful, "Bien éclairer un bureau : {link}"),
    (Intent::Conversation, "Quelle lampe pour lire ? {link}"),
];

const GERMAN: [(Intent, &str); 2] = [
    (Intent::Promotion, "Restposten, nur diese Woche: {link}"),
    (
        Intent::Helpful,
        "Welche Birne passt in welche Lampe? {link}",
    ),
];

/// All of them.
pub(super) fn campaigns() -> Vec<Plan> {
    vec![
        spring_lamp(),
        desk_light(),
        reading_lamp(),
        newsletter(),
        leftovers(),
    ]
}

fn audience(daily: f64, bots: f64, lead: f64, sale: f64) -> Audience {
    Audience {
        daily,
        bots,
        lead,
        sale,
    }
}

fn spring_lamp() -> Plan {
    Plan {
        name: "Spring lamp".to_owned(),
        utm_campaign: "spring-lamp".to_owned(),
        aim: goal(GoalMetric::Leads, 240),
        currency: "EUR",
        time_zone: "Europe/Berlin",
        lasts: 0..DAYS,
        days_left: 10,
        is_archived: false,
        url: "https://shop.example/lamp",
        texts: &SPRING,
        audiences: vec![
            ("x", 1, audience(24.0, 0.30, 0.021, 0.20)),
            ("facebook", 1, audience(16.0, 0.16, 0.034, 0.25)),
            ("linkedin", 1, audience(8.0, 0.12, 0.095, 0.35)),
            ("bluesky", 1, audience(5.0, 0.10, 0.050, 0.30)),
            // Two subject lines of each mail.
            ("email", 2, audience(5.0, 0.05, 0.075, 0.40)),
        ],
        ads: &[("facebook", 3500), ("linkedin", 6000)],
        hourly_rate: Some(4500),
    }
}

fn desk_light() -> Plan {
    Plan {
        name: "机の灯り・秋".to_owned(),
        utm_campaign: "tsukue-no-akari".to_owned(),
        aim: goal(GoalMetric::Sales, 5),
        currency: "JPY",
        time_zone: "Asia/Tokyo",
        lasts: 10..50,
        days_left: 0,
        is_archived: false,
        url: "https://shop.example/ja/light",
        texts: &JAPANESE,
        audiences: vec![
            ("x", 1, audience(9.0, 0.25, 0.070, 0.40)),
            ("instagram", 1, audience(7.0, 0.10, 0.080, 0.45)),
            ("youtube", 1, audience(4.0, 0.05, 0.110, 0.50)),
        ],
        ads: &[("instagram", 6000)],
        hourly_rate: Some(3800),
    }
}

fn reading_lamp() -> Plan {
    Plan {
        name: "مصباح القراءة".to_owned(),
        utm_campaign: "reading-lamp-ar".to_owned(),
        aim: goal(GoalMetric::Revenue, 900_000),
        currency: "USD",
        time_zone: "Asia/Dubai",
        lasts: 20..56,
        days_left: 0,
        is_archived: false,
        url: "https://shop.example/ar/reading",
        texts: &ARABIC,
        audiences: vec![
            ("instagram", 2, audience(6.0, 0.10, 0.050, 0.30)),
            ("telegram", 1, audience(5.0, 0.20, 0.070, 0.30)),
            ("tiktok", 1, audience(6.0, 0.05, 0.020, 0.20)),
        ],
        ads: &[("tiktok", 4000)],
        hourly_rate: Some(4000),
    }
}

fn newsletter() -> Plan {
    Plan {
        name: "Lettre d’automne".to_owned(),
        utm_campaign: "lettre-automne".to_owned(),
        aim: GoalOrWaiver::Waived(
            "The letter is for readers; it is to be read, not to sell".to_owned(),
        ),
        currency: "EUR",
        time_zone: "Europe/Paris",
        lasts: 30..DAYS,
        days_left: 30,
        is_archived: false,
        url: "https://shop.example/fr/lettre",
        texts: &FRENCH,
        audiences: vec![
            ("email", 1, audience(6.0, 0.05, 0.060, 0.20)),
            ("threads", 1, audience(4.0, 0.10, 0.040, 0.20)),
            ("reddit", 1, audience(4.0, 0.15, 0.030, 0.15)),
        ],
        ads: &[],
        // What an hour costs is not known: its work has no value in money.
        hourly_rate: None,
    }
}

fn leftovers() -> Plan {
    Plan {
        name: "Restposten".to_owned(),
        utm_campaign: "restposten".to_owned(),
        aim: goal(GoalMetric::Event("guide_downloaded".to_owned()), 40),
        currency: "EUR",
        time_zone: "Europe/Berlin",
        lasts: 0..12,
        days_left: 0,
        is_archived: true,
        url: "https://shop.example/de/rest",
        texts: &GERMAN,
        audiences: vec![
            ("facebook", 1, audience(5.0, 0.15, 0.030, 0.30)),
            ("pinterest", 1, audience(4.0, 0.10, 0.040, 0.30)),
        ],
        ads: &[("facebook", 2000)],
        hourly_rate: Some(4500),
    }
}
