//! A clock that steps back, also across midnight.

use std::collections::HashMap;

use leadline::clock::DAY_MS;
use rstest::rstest;

use crate::support::app::{CHROME, NOON, Size, TestApp, click_id, location};

#[rstest]
#[tokio::test]
async fn a_clock_that_steps_back_costs_no_click_and_brings_no_key_back(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let midnight = NOON.plus_ms(DAY_MS / 2);
    let mut answered = Vec::new();
    // A step of two hours on one day, and one of two seconds into the day before.
    for ms in [-1000, -7_200_000, -500, 1000, -1000, 500] {
        app.clock.set(midnight.plus_ms(ms));
        for agent in [CHROME, &format!("{CHROME} {}", answered.len())] {
            let answer = app.click(&link, &[("user-agent", agent)]).await;
            answered.push(click_id(&location(&answer)));
        }
        app.drain().await;
    }
    let kept = app.get("/clicks").await.body["clicks"].clone();
    let kept = kept.as_array().unwrap();
    let visitors: HashMap<_, _> = kept
        .iter()
        .map(|click| (click["id"].as_str().unwrap(), &click["visitor"]))
        .collect();
    assert_eq!((kept.len(), visitors.len()), (12, 12), "each once");
    // The browser that clicks again and again is one visitor until midnight and another one from
    // then on, also where the clock says that it is not midnight yet.
    let visitor = |n: &usize| visitors[&answered[2 * n][..]];
    let (before, after) = (visitor(&0), visitor(&3));
    assert_ne!(before, after);
    assert!([1, 2].iter().all(|n| visitor(n) == before));
    assert!([4, 5].iter().all(|n| visitor(n) == after));
    // Visitors count once a day, by the time of their clicks: the one whose clock fell back is on
    // both.
    let total = &app.report(&campaign).await["total"];
    assert_eq!(
        (&total["clicks"]["human"], &total["visitors"]),
        (&12.into(), &9.into())
    );
}
