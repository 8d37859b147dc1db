//! Posts and their links.

use leadline::id::{PostId, WorkspaceId};
use leadline::store::post::{self, Post, PostLink};
use leadline::store::{self, Page, Tx};
use rstest::rstest;

use super::{T0, bits, campaign, campaign_id, link, link_id, workspace};
use crate::support::database::Database;

async fn insert(tx: &mut Tx, workspace_id: WorkspaceId, campaign: u8, n: u8) -> Post {
    let at = T0.plus_ms(i64::from(n));
    let post = Post {
        id: PostId::from_parts(at, bits(n)),
        workspace_id,
        campaign_id: campaign_id(campaign),
        text: Some(format!("Post {n}")),
        created_at: at,
    };
    post::insert(tx, &post).await.unwrap();
    post
}

fn page(after: Option<&Post>, limit: i64) -> Page {
    Page {
        after: after.map(|post| post.id.to_string()),
        limit,
    }
}

#[rstest]
#[tokio::test]
async fn posts_are_listed_newest_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let (one, two) = (
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    );
    let mut tx = test.store.write().await.unwrap();
    for (of, n) in [(one, 1), (one, 2), (two, 3)] {
        let campaign = campaign(of, n, &format!("c{n}"));
        assert!(store::campaign::insert(&mut tx, &campaign).await.unwrap());
    }
    let first = insert(&mut tx, one, 1, 1).await;
    let second = insert(&mut tx, one, 2, 2).await;
    let third = insert(&mut tx, one, 1, 3).await;
    let foreign = insert(&mut tx, two, 3, 4).await;

    let newest = post::list(&mut tx, one, None, &page(None, 2)).await;
    assert_eq!(newest.unwrap(), [third.clone(), second.clone()]);
    let rest = post::list(&mut tx, one, None, &page(Some(&second), 9)).await;
    assert_eq!(rest.unwrap(), std::slice::from_ref(&first));
    let of_campaign = post::list(&mut tx, one, Some(campaign_id(1)), &page(None, 9)).await;
    assert_eq!(of_campaign.unwrap(), [third, first.clone()]);

    let found = post::by_id(&mut tx, one, foreign.id).await;
    assert_eq!(found.unwrap(), None);
    post::set_text(&mut tx, first.id, None).await.unwrap();
    let found = post::by_id(&mut tx, one, first.id).await;
    assert_eq!(
        found.unwrap(),
        Some(Post {
            text: None,
            ..first
        })
    );
}

#[rstest]
#[tokio::test]
async fn links_of_several_posts_come_together(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let of = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(of, 1, "Spring"))
        .await
        .unwrap();
    let posts = [
        insert(&mut tx, of, 1, 1).await,
        insert(&mut tx, of, 1, 2).await,
        insert(&mut tx, of, 1, 3).await,
    ];
    for (n, post, network) in [(1, 0, "x"), (2, 0, "facebook"), (3, 1, "x")] {
        let linked = leadline::link::Link {
            post_id: Some(posts[post].id),
            ..link(of, n, 1, network)
        };
        assert!(store::link::insert(&mut tx, &linked).await.unwrap());
    }
    let ids = posts.map(|post| post.id);
    let links = post::links(&mut tx, &ids).await.unwrap();
    let post_link = |n: u8, network: &str| PostLink {
        id: link_id(n),
        network: network.to_owned(),
        domain: "ll.example".to_owned(),
        slug: format!("slug-{n}"),
    };
    assert_eq!(
        links[&ids[0]],
        [post_link(2, "facebook"), post_link(1, "x")]
    );
    assert_eq!(links[&ids[1]], [post_link(3, "x")]);
    assert_eq!(links.get(&ids[2]), None);
}
