//! `leadline domain move` in many transactions: after an interruption every link answers, and the
//! same command finishes it.

use std::pin::pin;
use std::task::Poll;

use leadline::id::LinkId;
use leadline::link::Link;
use leadline::link_resolver::domain_move::DomainMove;
use leadline::store;

use super::*;
use crate::contract::store::{T0, link};

/// More than move in two transactions.
const LINKS: u16 = 1_200;

async fn fill(app: &TestApp) {
    let mut tx = app.state.context.store.write().await.unwrap();
    for n in 0..LINKS {
        let mut random = [0; 10];
        random[..2].copy_from_slice(&n.to_be_bytes());
        let link = Link {
            id: LinkId::from_parts(T0, random),
            campaign_id: None,
            domain: "old.example".to_owned(),
            slug: format!("slug-{n}"),
            destination: format!("https://shop.example/{n}"),
            click_id_param: None,
            ..link(app.workspace_id, 1, 1, "x")
        };
        assert!(store::link::insert(&mut tx, &link).await.unwrap());
    }
    tx.commit().await.unwrap();
}

/// Polls a move so many times, then drops it; whether it was done before.
pub(super) async fn given_up_after<T>(polls: usize, moving: impl Future<Output = T>) -> bool {
    let mut moving = pin!(moving);
    let mut left = polls;
    std::future::poll_fn(|context| match moving.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn counts(app: &TestApp) -> [i64; 2] {
    let mut tx = app.state.context.store.read().await.unwrap();
    let mut counts = [0; 2];
    for (count, host) in counts.iter_mut().zip(["old.example", "new.example"]) {
        *count = store::domain::count_links(&mut tx, host).await.unwrap();
    }
    counts
}

#[rstest]
#[tokio::test]
async fn a_move_that_broke_off_is_finished_by_the_same_command(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_with_in(size, |config| {
        "https://new.example".clone_into(&mut config.server.public_url);
        config.server.domains = vec!["old.example".to_owned()];
    })
    .await;
    fill(&app).await;
    let wanted = DomainMove {
        from: "old.example",
        to: "new.example",
        skip_taken: false,
        dry_run: false,
    };
    let moving = || {
        app.state
            .context
            .resolver
            .move_domain(&wanted, app.clock.now())
    };
    let mut polls = 10;
    let left = loop {
        assert!(
            !given_up_after(polls, moving()).await,
            "it was never half-way"
        );
        polls += 5;
        let [old, new] = counts(&app).await;
        assert_eq!(old + new, i64::from(LINKS));
        if new > 0 {
            break old;
        }
    };
    assert!(left > 0, "all moved at once");
    app.state.context.resolver.refresh_domains().await.unwrap();
    for n in [0, 7, LINKS / 2, LINKS - 1] {
        let leads = leads_to(&app, "old.example", &format!("/slug-{n}")).await;
        assert_eq!(leads, format!("https://shop.example/{n}"));
    }
    let moved = moving().await.unwrap().moved;
    // A commit that was given up may have gone through after the links were counted.
    assert!(
        (1..=left).contains(&i64::try_from(moved).unwrap()),
        "{moved} of {left}"
    );
    assert_eq!(counts(&app).await, [0, i64::from(LINKS)]);
    for host in ["old.example", "new.example"] {
        let leads = leads_to(&app, host, "/slug-99").await;
        assert_eq!(leads, "https://shop.example/99", "{host}");
    }
}
