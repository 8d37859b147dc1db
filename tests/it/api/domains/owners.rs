//! Who gets a domain, and who loses it, when two change it at the same time.

use leadline::id::{DomainId, LinkId, WorkspaceId};
use leadline::link::Link;
use leadline::link::domain::{Domain, DomainAddress, DomainOrigin, Scheme};
use leadline::link_resolver::domain_move::DomainMove;
use leadline::operations;
use leadline::operations::actor::Actor;
use leadline::operations::domain::body::NewDomain;
use leadline::operations::domain::on_store;
use leadline::operations::error::Error;
use leadline::store;
use leadline::store::workspace::Workspace;

use super::*;
use crate::contract::store::link;
use crate::support::app::NOON;
use crate::support::database::{Database, after_commit, postgres_schema};
use crate::support::proxy::{in_front_of, through};

/// A domain that the configuration named before, if nobody owns it.
fn domain(host: &str, workspace_id: Option<WorkspaceId>) -> Domain {
    Domain {
        id: DomainId::new(NOON),
        workspace_id,
        address: DomainAddress::parse(host, Scheme::Https).unwrap(),
        origin: match workspace_id {
            Some(_) => DomainOrigin::Command,
            None => DomainOrigin::Configuration,
        },
        moved_to: Vec::new(),
        created_at: NOON,
    }
}

async fn insert(app: &TestApp, domain: &Domain) {
    let mut tx = app.state.context.store.write().await.unwrap();
    assert!(store::domain::insert(&mut tx, domain).await.unwrap());
    tx.commit().await.unwrap();
}

async fn owner(app: &TestApp, host: &str) -> Option<Option<WorkspaceId>> {
    let mut tx = app.state.context.store.read().await.unwrap();
    let all = store::domain::all(&mut tx).await.unwrap();
    let mut owners = all.into_iter();
    let found = owners.find(|domain| domain.address.host == host);
    found.map(|domain| domain.workspace_id)
}

/// The program itself in this workspace, and in another one.
async fn two_workspaces(app: &TestApp) -> [Actor; 2] {
    let other = Workspace::new(WorkspaceId::new(NOON.plus_ms(1)), "Other", NOON);
    let mut tx = app.state.context.store.write().await.unwrap();
    store::workspace::insert(&mut tx, &other).await.unwrap();
    tx.commit().await.unwrap();
    [app.workspace_id, other.id].map(Actor::program)
}

async fn create(app: &TestApp, actor: &Actor, host: &str) -> Result<(), Error> {
    let address = host.to_owned();
    let new = NewDomain { address };
    let created = operations::domain::create(&app.state.context, actor, None, new).await;
    created.map(drop)
}

#[rstest]
#[tokio::test]
async fn one_of_two_workspaces_takes_over_a_former_domain(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let [one, two] = two_workspaces(&app).await;
    let host = "old.example";
    insert(&app, &domain(host, None)).await;
    let results = tokio::join!(create(&app, &one, host), create(&app, &two, host));
    let (winner, refused) = match results {
        (Ok(()), refused) => (one, refused),
        (refused, Ok(())) => (two, refused),
        neither => panic!("{neither:?}"),
    };
    assert!(matches!(refused, Err(Error::DomainTaken(_))), "{refused:?}");
    assert_eq!(owner(&app, host).await, Some(Some(winner.workspace)));
}

#[rstest]
#[tokio::test]
async fn a_former_domain_that_is_deleted_meanwhile_is_added_again(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let one = Actor::program(app.workspace_id);
    let host = "old.example";
    insert(&app, &domain(host, None)).await;
    let mut tx = app.state.context.store.write().await.unwrap();
    store::domain::delete(&mut tx, host).await.unwrap();
    after_commit(tx, create(&app, &one, host)).await.unwrap();
    assert_eq!(owner(&app, host).await, Some(Some(one.workspace)));
}

#[rstest]
#[tokio::test]
async fn a_domain_that_another_workspace_gets_meanwhile_is_not_deleted(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let [one, two] = two_workspaces(&app).await;
    let context = &app.state.context;
    let host = "s.example";
    let own = domain(host, Some(one.workspace));
    insert(&app, &own).await;
    let mut tx = context.store.write().await.unwrap();
    let given = Domain {
        workspace_id: Some(two.workspace),
        ..own
    };
    store::domain::update(&mut tx, &given).await.unwrap();
    let deletion = operations::domain::delete(context, &one, host);
    let refused = after_commit(tx, deletion).await;
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    assert_eq!(owner(&app, host).await, Some(Some(two.workspace)));

    let mut tx = context.store.write().await.unwrap();
    store::domain::delete(&mut tx, host).await.unwrap();
    let removal = on_store::remove(&context.resolver, &context.store, host, NOON);
    let refused = after_commit(tx, removal).await;
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
}

#[tokio::test]
async fn a_former_domain_of_nobody_is_not_deleted_by_a_workspace() {
    let before = TestApp::spawn_with(|config| {
        config.server.domains = vec!["old.example.com".to_owned()];
    })
    .await;
    let app = before.spawn_beside(|_| {}).await;
    let refused = app.delete("/domains/old.example.com").await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "domain_managed")
    );
    let detail = text(&refused.body, "detail");
    assert!(detail.contains("`leadline domain remove`"), "{detail}");
    assert_eq!(owner(&app, "old.example.com").await, Some(None));
    let context = &app.state.context;
    let removal = on_store::remove(&context.resolver, &context.store, "old.example.com", NOON);
    removal.await.unwrap();
}

/// The deletion of the new domain begins after each step of the move, in turn.
#[rstest]
#[tokio::test]
async fn links_do_not_move_to_a_domain_that_is_deleted(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let context = &app.state.context;
    let actor = Actor::program(app.workspace_id);
    let mut deleted_first = 0;
    for polls in 1..200_u8 {
        let (from, to) = (format!("old{polls}.example"), format!("new{polls}.example"));
        for host in [&from, &to] {
            insert(&app, &domain(host, Some(app.workspace_id))).await;
        }
        let mut tx = context.store.write().await.unwrap();
        let moved = Link {
            id: LinkId::from_parts(NOON, [polls; 10]),
            campaign_id: None,
            domain: from.clone(),
            ..link(app.workspace_id, 1, 1, "x")
        };
        store::link::insert(&mut tx, &moved).await.unwrap();
        tx.commit().await.unwrap();
        let wanted = DomainMove {
            from: &from,
            to: &to,
            skip_taken: false,
            dry_run: false,
        };
        let mut moving = Box::pin(context.resolver.move_domain(&wanted, NOON));
        let is_done = turns::given_up_after(polls.into(), &mut moving).await;
        if is_done {
            break;
        }
        let deletion = operations::domain::delete(context, &actor, &to);
        let (moved, deleted) = tokio::join!(moving, deletion);
        assert_eq!(moved.unwrap().moved, 1, "{polls}");
        deleted_first += i32::from(deleted.is_ok());
        assert!(owner(&app, &to).await.is_some(), "{polls} {deleted:?}");
        context.resolver.refresh_domains().await.unwrap();
        for host in [&from, &to] {
            let leads = leads_to(&app, host, "/slug-1").await;
            assert_eq!(leads, "https://shop.example/", "{polls} {host}");
        }
    }
    assert!(deleted_first > 0, "no deletion came before the links");
}

/// A page of domains takes as many round trips to the database as a page of one.
#[tokio::test]
async fn links_of_a_page_of_domains_are_counted_at_once() {
    let direct = postgres_schema().await;
    let proxy = in_front_of(&direct).await;
    let app = TestApp::spawn_with(|config| config.store.url = through(&proxy, &direct)).await;
    for n in 0..20 {
        let host = format!("s{n}.example");
        insert(&app, &domain(&host, Some(app.workspace_id))).await;
    }
    app.state.context.resolver.refresh_domains().await.unwrap();
    for slug in ["spring", "summer"] {
        let new = json!({"url": "https://shop.example/", "domain": "s7.example", "slug": slug});
        assert_eq!(make(&app, new).await.status, StatusCode::CREATED);
    }
    let all = app.get("/domains").await.body;
    let links = all["domains"].as_array().unwrap().iter();
    let links = links.filter(|domain| domain["links"] != 0);
    let links: Vec<_> = links.map(|it| (text(it, "host"), &it["links"])).collect();
    assert_eq!(links, [("s7.example", &json!(2))]);
    let mut trips = Vec::new();
    for limit in [1, 20] {
        let before = proxy.carried();
        app.get(&format!("/domains?limit={limit}")).await;
        trips.push(proxy.carried() - before);
    }
    assert!(trips[1] < trips[0] + 10, "{trips:?}");
}

#[rstest]
#[tokio::test]
async fn links_count_for_their_workspace_and_domain(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let [one, two] = [
        crate::contract::store::workspace(&test.store, 1).await,
        crate::contract::store::workspace(&test.store, 2).await,
    ];
    let mut tx = test.store.write().await.unwrap();
    let links = [
        (one, "a.example"),
        (one, "b.example"),
        (one, "b.example"),
        (two, "b.example"),
    ];
    for (n, (owner, host)) in (1..).zip(links) {
        let link = Link {
            campaign_id: None,
            domain: host.to_owned(),
            ..link(owner, n, 1, "x")
        };
        assert!(store::link::insert(&mut tx, &link).await.unwrap());
    }
    let hosts = ["b.example", "c.example"];
    let counts = store::domain::count_links_by_host(&mut tx, one, &hosts).await;
    assert_eq!(counts.unwrap(), [("b.example".to_owned(), 2)].into());
    let none = store::domain::count_links_by_host(&mut tx, one, &[]).await;
    assert!(none.unwrap().is_empty());
}
