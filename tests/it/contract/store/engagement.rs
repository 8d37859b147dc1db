//! Engagement, and publications of posts.

use leadline::campaign::engagement::{EngagementFigures, EngagementSubject, EngagementSum};
use leadline::id::{EngagementId, LinkId, PostId, WorkspaceId};
use leadline::store::engagement::{self, EngagedPost, Engagement};
use leadline::store::publication::{self, PermalinkTarget, Publication};
use leadline::store::{self, Page};
use rstest::rstest;

use super::{T0, bits, campaign, campaign_id, link, link_id, workspace};
use crate::support::database::Database;

fn told(workspace_id: WorkspaceId, n: u8, post: EngagedPost, likes: i64) -> Engagement {
    Engagement {
        id: EngagementId::from_parts(T0.plus_ms(i64::from(n)), bits(n)),
        workspace_id,
        campaign_id: campaign_id(1),
        network: "x".to_owned(),
        post,
        day: 10,
        figures: EngagementFigures {
            likes: Some(likes),
            ..EngagementFigures::default()
        },
        updated_at: T0.plus_ms(i64::from(n)),
    }
}

fn at(permalink: &str) -> EngagedPost {
    EngagedPost::Permalink(permalink.to_owned())
}

fn sum(of: EngagementSubject, day: i64, figures: EngagementFigures) -> EngagementSum {
    EngagementSum {
        network: "x".to_owned(),
        of,
        day,
        figures,
    }
}

fn likes(likes: i64) -> EngagementFigures {
    EngagementFigures {
        likes: Some(likes),
        ..EngagementFigures::default()
    }
}

#[rstest]
#[tokio::test]
async fn totals_take_the_place_of_earlier_ones(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let (one, two) = (
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    );
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(one, 1, "Spring"))
        .await
        .unwrap();
    let mut first = [
        told(one, 1, EngagedPost::All, 5),
        told(one, 2, EngagedPost::Link(link_id(1)), 3),
        told(one, 3, at("https://x.com/a/1"), 1),
        told(one, 4, at("https://x.com/a/2"), 1),
    ];
    let put = engagement::upsert(&mut tx, &mut first).await.unwrap();
    assert_eq!((put.new, put.changed, put.unchanged), (4, 0, 0));
    let followers = EngagementFigures {
        followers: Some(99),
        ..EngagementFigures::default()
    };
    let mut again = [
        Engagement {
            figures: followers,
            ..told(one, 5, EngagedPost::All, 0)
        },
        told(one, 6, EngagedPost::Link(link_id(1)), 3),
        told(one, 7, at("https://x.com/a/1"), 0),
        Engagement {
            day: 11,
            ..told(one, 8, EngagedPost::All, 2)
        },
    ];
    let put = engagement::upsert(&mut tx, &mut again).await.unwrap();
    assert_eq!((put.new, put.changed, put.unchanged), (1, 2, 1));
    let both = EngagementFigures {
        likes: Some(5),
        followers: Some(99),
        ..EngagementFigures::default()
    };
    assert_eq!((again[0].id, again[0].figures), (first[0].id, both));
    assert_eq!(again[1], first[1], "nothing of it changed");

    let page = |after: Option<&Engagement>, limit| Page {
        after: after.map(|told| told.id.to_string()),
        limit,
    };
    let list = engagement::list(&mut tx, one, None, &page(None, 2)).await;
    assert_eq!(list.unwrap(), [again[0].clone(), first[1].clone()]);
    let campaign = Some(campaign_id(1));
    let rest = engagement::list(&mut tx, one, campaign, &page(Some(&first[1]), 9)).await;
    assert_eq!(
        rest.unwrap(),
        [again[2].clone(), first[3].clone(), again[3].clone()]
    );
    let sums = engagement::sums(&mut tx, campaign_id(1), 10, 10)
        .await
        .unwrap();
    let expected = [
        sum(EngagementSubject::Network, 10, both),
        sum(EngagementSubject::OtherPosts, 10, likes(1)),
        sum(EngagementSubject::Link(link_id(1)), 10, likes(3)),
    ];
    assert_eq!(sums, expected);
    let sums = engagement::sums(&mut tx, campaign_id(1), 11, 20)
        .await
        .unwrap();
    assert_eq!(sums, [sum(EngagementSubject::Network, 11, likes(2))]);

    let foreign = engagement::by_id(&mut tx, two, first[0].id).await.unwrap();
    assert_eq!(foreign, None);
    engagement::delete(&mut tx, two, first[0].id).await.unwrap();
    assert!(
        engagement::by_id(&mut tx, one, first[0].id)
            .await
            .unwrap()
            .is_some()
    );
    engagement::delete(&mut tx, one, first[0].id).await.unwrap();
    assert_eq!(
        engagement::by_id(&mut tx, one, first[0].id).await.unwrap(),
        None
    );
}

/// What was told before a permalink was noted goes to the link, but for days that the link has.
#[rstest]
#[tokio::test]
async fn permalinks_lead_to_links(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let other = workspace(&test.store, 2).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(of, 1, "Spring"))
        .await
        .unwrap();
    let post = store::post::Post {
        id: PostId::from_parts(T0, bits(1)),
        workspace_id: of,
        campaign_id: campaign_id(1),
        text: Some("Hello".to_owned()),
        created_at: T0,
    };
    store::post::insert(&mut tx, &post).await.unwrap();
    let linked = leadline::link::Link {
        post_id: Some(post.id),
        ..link(of, 1, 1, "x")
    };
    assert!(store::link::insert(&mut tx, &linked).await.unwrap());
    let publication = |network: &str, permalink: &str| Publication {
        network: network.to_owned(),
        permalink: permalink.to_owned(),
        published_at: None,
    };
    let noted = [
        publication("linkedin", "https://linkedin.com/posts/1"),
        Publication {
            published_at: Some(T0),
            ..publication("x", "https://x.com/a/1")
        },
    ];
    publication::upsert(&mut tx, &post, &publication("x", "https://x.com/a/0"))
        .await
        .unwrap();
    for one in &noted {
        publication::upsert(&mut tx, &post, one).await.unwrap();
    }
    let of_posts = publication::of_posts(&mut tx, &[post.id]).await.unwrap();
    assert_eq!(of_posts[&post.id], noted);
    let place = async |tx: &mut store::Tx, at| publication::by_permalink(tx, of, at).await.unwrap();
    let place_of = |network: &str, link_id: Option<LinkId>| {
        Some(PermalinkTarget {
            campaign_id: campaign_id(1),
            network: network.to_owned(),
            link_id,
        })
    };
    assert_eq!(place(&mut tx, "https://x.com/a/0").await, None, "it moved");
    assert_eq!(
        place(&mut tx, "https://x.com/a/1").await,
        place_of("x", Some(link_id(1)))
    );
    assert_eq!(
        place(&mut tx, "https://linkedin.com/posts/1").await,
        place_of("linkedin", None)
    );
    let foreign = publication::by_permalink(&mut tx, other, "https://x.com/a/1").await;
    assert_eq!(foreign.unwrap(), None);

    let mut before = [
        told(of, 1, at("https://x.com/a/1"), 7),
        Engagement {
            day: 11,
            ..told(of, 2, at("https://x.com/a/1"), 8)
        },
        told(of, 3, EngagedPost::Link(link_id(1)), 9),
        told(of, 4, at("https://x.com/a/2"), 1),
    ];
    engagement::upsert(&mut tx, &mut before).await.unwrap();
    let of_link = "https://x.com/a/1";
    engagement::adopt(&mut tx, campaign_id(1), "x", of_link, link_id(1))
        .await
        .unwrap();
    let sums = engagement::sums(&mut tx, campaign_id(1), 0, 99)
        .await
        .unwrap();
    let expected = [
        sum(EngagementSubject::OtherPosts, 10, likes(1)),
        sum(EngagementSubject::Link(link_id(1)), 10, likes(9)),
        sum(EngagementSubject::Link(link_id(1)), 11, likes(8)),
    ];
    assert_eq!(sums, expected);
    publication::delete(&mut tx, post.id, "x").await.unwrap();
    let of_posts = publication::of_posts(&mut tx, &[post.id]).await.unwrap();
    assert_eq!(of_posts[&post.id], noted[..1]);
}

#[rstest]
#[tokio::test]
async fn a_permalink_is_of_one_post(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(of, 1, "Spring"))
        .await
        .unwrap();
    let mut put = Ok(());
    for n in [1, 2] {
        let post = store::post::Post {
            id: PostId::from_parts(T0, bits(n)),
            workspace_id: of,
            campaign_id: campaign_id(1),
            text: None,
            created_at: T0,
        };
        store::post::insert(&mut tx, &post).await.unwrap();
        let noted = Publication {
            network: "x".to_owned(),
            permalink: "https://x.com/a/1".to_owned(),
            published_at: None,
        };
        put = publication::upsert(&mut tx, &post, &noted).await;
    }
    assert!(matches!(put, Err(store::Error::Duplicate)), "{put:?}");
}
