//! What to post next: which network, intent and hours brought most leads for each post.
//!
//! # Invariants
//! - Noise is not ranked: nothing is called the best below a probability of 80 %.
//! - Suggestions are drawn by these probabilities from a given seed (Thompson sampling), so
//!   uncertain choices are tried as well.
//!
//! # Out of scope
//! Formulas: [`super::statistics::thompson`].

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::statistics::Estimate;
use super::statistics::posterior::{Gamma, Posterior};
use super::statistics::thompson;
use crate::clock::{DAY_MS, Millis};

/// From this probability on an option is called the best.
const SURE: f64 = 0.8;

/// Fewer posts than this are not ranked.
const LEAST_POSTS: usize = 8;

/// Hours of one choice.
const HOURS: i8 = 4;

/// Younger posts are left out: most of their leads are still to come.
const YOUNG_MS: i64 = 3 * DAY_MS;

/// Suggestions made.
const SUGGESTIONS: usize = 5;

/// A link that was posted, and what it brought.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedLink {
    /// Canonical name of its network.
    pub network: String,
    /// Why it was posted.
    pub intent: String,
    /// When.
    pub at: Millis,
    /// Leads credited to it.
    pub leads: f64,
}

/// Results of posts of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PostChoice {
    /// The kind of posts: `x, helpful` or `Tue 08:00–12:00`.
    pub name: String,
    /// How many posts.
    pub posts: usize,
    /// Leads of all of them.
    pub leads: f64,
    /// Expected leads of the next post, with the 95 % interval.
    pub leads_per_post: Estimate,
    /// Probability that no other choice brings more.
    pub probability_best: f64,
}

/// Choices, most promising first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChoiceRanking {
    /// The choices; empty while there are too few posts to rank.
    pub choices: Vec<PostChoice>,
    /// Name of the best one, if it is known.
    pub best: Option<String>,
    /// The reason in numbers, or why nothing is ranked.
    pub sentence: String,
}

/// A post to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PostSuggestion {
    /// Network and intent.
    pub post: String,
    /// Hours in the campaign's time zone; `null` if hours are not ranked.
    pub hours: Option<String>,
}

/// What to post next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NextPosts {
    /// Networks with intents.
    pub posts: ChoiceRanking,
    /// Hours of the week, in the campaign's time zone.
    pub hours: ChoiceRanking,
    /// Posts to try, drawn at random by the probabilities above, so that uncertain choices are also
    /// tried. Empty while nothing is ranked.
    pub suggestions: Vec<PostSuggestion>,
    /// Posts of the last three days. They are left out, because most of their leads have not
    /// arrived yet.
    pub too_young: usize,
    /// Seed of the random numbers; the same seed gives the same suggestions.
    pub seed: u64,
}

/// Ranks what was posted, `now`.
pub fn next_posts(posted: &[PostedLink], zone: &TimeZone, seed: u64, now: Millis) -> NextPosts {
    let is_old = |post: &&PostedLink| post.at <= now.plus_ms(-YOUNG_MS);
    let old: Vec<PostedLink> = posted.iter().filter(is_old).cloned().collect();
    let too_young = posted.len() - old.len();
    let posted = old.as_slice();
    let by_kind = |post: &PostedLink| format!("{}, {}", post.network, post.intent);
    let posts = ranking(posted, by_kind);
    let hours = ranking(posted, |post| hours_of(post.at, zone));
    let draw = |ranking: &ChoiceRanking, seed| {
        let shares: Vec<f64> = ranking
            .choices
            .iter()
            .map(|choice| choice.probability_best)
            .collect();
        thompson::draw(&shares, SUGGESTIONS, seed)
    };
    let when = draw(&hours, seed.wrapping_add(1));
    let suggestions = draw(&posts, seed)
        .into_iter()
        .enumerate()
        .map(|(n, at)| PostSuggestion {
            post: posts.choices[at].name.clone(),
            hours: when.get(n).map(|at| hours.choices[*at].name.clone()),
        });
    NextPosts {
        suggestions: suggestions.collect(),
        posts,
        hours,
        too_young,
        seed,
    }
}

/// The hours of the week that a time falls in.
fn hours_of(at: Millis, zone: &TimeZone) -> String {
    let local = at.timestamp().to_zoned_datetime(zone.clone());
    let from = local.hour() / HOURS * HOURS;
    format!(
        "{} {from:02}:00–{:02}:00",
        local.strftime("%a"),
        from + HOURS
    )
}

fn ranking(posted: &[PostedLink], name: impl Fn(&PostedLink) -> String) -> ChoiceRanking {
    let mut kinds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for post in posted {
        kinds.entry(name(post)).or_default().push(post.leads);
    }
    let refused = |sentence: String| ChoiceRanking {
        choices: Vec::new(),
        best: None,
        sentence,
    };
    if posted.len() < LEAST_POSTS || kinds.len() < 2 {
        return refused(format!(
            "Nothing to rank yet: {} posts of {} kind{}; at least {LEAST_POSTS} of 2 kinds are needed.",
            posted.len(),
            kinds.len(),
            if kinds.len() == 1 { "" } else { "s" }
        ));
    }
    let leads: Vec<&[f64]> = kinds.values().map(Vec::as_slice).collect();
    let Some(learnt) = thompson::learn(&leads) else {
        return refused("Nothing to rank yet: no leads.".to_owned());
    };
    let shares = thompson::shares(&learnt);
    let mut choices: Vec<PostChoice> = kinds
        .into_iter()
        .zip(learnt.iter().zip(shares))
        .map(|((name, leads), (learnt, share))| choice(name, &leads, learnt, share))
        .collect();
    choices.sort_by(|a, b| {
        let sure = b.probability_best.total_cmp(&a.probability_best);
        sure.then_with(|| a.name.cmp(&b.name))
    });
    let first = &choices[0];
    let (best, sentence) = if first.probability_best >= SURE {
        (
            Some(first.name.clone()),
            reason(first, "is the best choice"),
        )
    } else {
        (
            None,
            reason(first, "leads, but chance alone may explain that"),
        )
    };
    ChoiceRanking {
        choices,
        best,
        sentence,
    }
}

fn choice(name: String, leads: &[f64], learnt: &Gamma, share: f64) -> PostChoice {
    PostChoice {
        name,
        posts: leads.len(),
        leads: leads.iter().sum(),
        leads_per_post: learnt.estimate(),
        probability_best: share,
    }
}

fn reason(choice: &PostChoice, says: &str) -> String {
    let Estimate { mean, low, high } = choice.leads_per_post;
    format!(
        "{} {says}: {mean:.1} leads a post ({low:.1} to {high:.1}) by {} posts, {:.0} % sure to bring most.",
        choice.name,
        choice.posts,
        // 99.7 % is no certainty.
        (choice.probability_best * 100.0).floor().min(99.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Millis = Millis(1_773_144_000_000);
    const LATER: Millis = Millis(FIRST.0 + 30 * DAY_MS);

    fn posts(network: &str, leads: &[f64]) -> Vec<PostedLink> {
        let posted = |(n, leads): (i64, &f64)| PostedLink {
            network: network.into(),
            intent: "helpful".into(),
            at: FIRST.plus_ms(n * DAY_MS),
            leads: *leads,
        };
        (0..).zip(leads).map(posted).collect()
    }

    #[test]
    fn what_brings_ten_times_as_many_is_the_best() {
        let posted = [
            posts("x", &[10.0, 12.0, 9.0, 11.0, 10.0, 13.0]),
            posts("linkedin", &[1.0, 0.0, 2.0, 1.0, 0.0, 1.0]),
        ]
        .concat();
        let found = next_posts(&posted, &TimeZone::UTC, 7, LATER);
        assert_eq!(found.posts.best.as_deref(), Some("x, helpful"));
        assert!(found.posts.sentence.contains("leads a post"));
        assert_eq!(found.suggestions.len(), SUGGESTIONS);
        assert_eq!(
            found,
            next_posts(&posted, &TimeZone::UTC, 7, LATER),
            "the same lots"
        );
    }

    #[test]
    fn posts_whose_leads_are_still_to_come_are_left_out() {
        let old = [
            posts("x", &[10.0, 12.0, 9.0, 11.0, 10.0, 13.0]),
            posts("linkedin", &[1.0, 0.0, 2.0, 1.0, 0.0, 1.0]),
        ]
        .concat();
        let young = (0..20).map(|_| PostedLink {
            at: LATER.plus_ms(-DAY_MS),
            ..posts("x", &[0.0]).remove(0)
        });
        let all: Vec<PostedLink> = old.iter().cloned().chain(young).collect();
        let found = next_posts(&all, &TimeZone::UTC, 7, LATER);
        assert_eq!(found.too_young, 20);
        assert_eq!(
            found.posts,
            next_posts(&old, &TimeZone::UTC, 7, LATER).posts
        );
    }

    #[test]
    fn noise_is_not_ranked() {
        let few = next_posts(&posts("x", &[3.0, 0.0]), &TimeZone::UTC, 7, LATER);
        assert!(few.posts.choices.is_empty() && few.suggestions.is_empty());
        let alike = [
            posts("x", &[1.0, 0.0, 2.0, 1.0, 1.0]),
            posts("linkedin", &[0.0, 1.0, 2.0, 1.0, 0.0]),
        ]
        .concat();
        let alike = next_posts(&alike, &TimeZone::UTC, 7, LATER);
        assert_eq!(alike.posts.best, None);
        assert!(alike.posts.sentence.contains("chance alone"));
        let sum: f64 = alike
            .posts
            .choices
            .iter()
            .map(|choice| choice.probability_best)
            .sum();
        assert!((sum - 1.0).abs() < 1e-6);
    }
}
