//! Everything that a command creates can be listed, shown, edited, and archived or removed.

use leadline::store::key::Scope;

use super::*;
use crate::support::app::{click_id, location};

/// The word of a text that begins with `prefix`.
fn word<'a>(text: &'a str, prefix: &str) -> &'a str {
    let mut words = text.split(|c: char| c.is_whitespace() || "(),;".contains(c));
    let found = words.find(|word| word.starts_with(prefix));
    found.unwrap_or_else(|| panic!("no {prefix} in {text}"))
}

/// The value of a fact, as in `Name         Spring`.
fn fact<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(' '))
    });
    line.unwrap_or_else(|| panic!("no {name} in {text}"))[name.len()..].trim()
}

async fn run(app: &TestApp, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    out(&served(app, &arguments).await)
}

async fn refused(app: &TestApp, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = served(app, &arguments).await;
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns() {
    let app = TestApp::spawn().await;
    let create = "campaign create Spring --goal revenue=1000 --goal-by 2030-05-31 --currency EUR \
                  --time-zone Europe/Berlin --starts-at 2030-05-01 --lead-window-days 7";
    run(&app, create).await;
    let shown = run(&app, "campaign show Spring").await;
    assert_eq!(
        fact(&shown, "Goal"),
        "1000.00 EUR revenue, by 2030-06-01 00:00"
    );
    assert_eq!(fact(&shown, "Period"), "from 2030-05-01 00:00");
    assert_eq!(fact(&shown, "Lead window"), "7 days");
    let edit = "campaign edit spring --time-zone Asia/Kolkata --ends-at 2030-06-30 --name Lamps";
    run(&app, edit).await;
    let shown = run(&app, "campaign show spring").await;
    assert_eq!(fact(&shown, "Name"), "Lamps");
    assert!(fact(&shown, "Period").ends_with("to 2030-07-01 00:00"));
    let archived = run(&app, "campaign archive Lamps").await;
    assert!(archived.contains("campaign restore spring"), "{archived}");
    let link = "link create https://shop.example/lamp --campaign spring --networks x";
    assert!(refused(&app, link).await.contains("campaign_archived"));
    assert!(run(&app, "campaign list").await.is_empty());
    let all = run(&app, "campaign list --archived").await;
    assert!(all.contains("Lamps (archived)"), "{all}");
    run(&app, "campaign restore spring").await;
    run(&app, link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_posts() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let create = "link create https://shop.example/lamp --campaign spring --networks x,facebook \
                  --slug lamp --utm content=video --text Lamp";
    run(&app, create).await;
    let single = run(&app, "link create https://shop.example/other --slug other").await;
    assert!(single.ends_with("/other\n"), "{single}");
    let several = refused(&app, "link create https://a.example --networks x,facebook").await;
    assert!(several.contains("--campaign"), "{several}");
    let nowhere = "link create https://shop.example/lamp --domain elsewhere.example";
    let nowhere = refused(&app, nowhere).await;
    assert!(
        nowhere.contains("unknown_domain") && nowhere.contains("`--domain`"),
        "{nowhere}"
    );
    let listed = run(&app, "link list --campaign Spring --network x").await;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("/lamp-x") && listed.contains("spring"));
    let edited = run(
        &app,
        "link edit lamp-x --url https://shop.example/new --utm term=b",
    )
    .await;
    assert_eq!(fact(&edited, "URL"), "https://shop.example/new");
    let tags = fact(&edited, "UTM tags");
    assert!(
        tags.contains("utm_content=video") && tags.contains("utm_term=b"),
        "{tags}"
    );
    let kept = run(&app, "link show lamp-x").await;
    assert_eq!(kept, edited);
    let short = format!("link archive {}/lamp-x", app.base);
    run(&app, &short).await;
    let gone = app.click(&format!("{}/lamp-x", app.base), &[]).await;
    assert_eq!(gone.status(), 410);
    run(&app, "link restore lamp-x").await;
    let back = app.click(&format!("{}/lamp-x", app.base), &[]).await;
    assert_eq!(back.status(), 302);
    let post = word(&kept, "pst_");
    let permalink = "https://x.com/ann/status/1780000000000000001";
    let noted = run(&app, &format!("post edit {post} --at x={permalink}")).await;
    assert!(noted.contains(permalink), "{noted}");
    assert_eq!(run(&app, &format!("post show {post}")).await, noted);
    let elsewhere = "https://tiktok.com/@a/video/7000000000000000001";
    let beside = run(&app, &format!("post edit {post} --at tiktok={elsewhere}")).await;
    assert!(beside.contains("@a/video/7000000000000000001"), "{beside}");
    run(&app, &format!("post edit {post} --at tiktok=none")).await;
    let cleared = run(&app, &format!("post edit {post} --at x=none --text Table")).await;
    assert!(!cleared.contains(permalink), "{cleared}");
    assert_eq!(fact(&cleared, "Text"), "Table");
    let posts = run(&app, "post list --campaign Spring").await;
    let row: Vec<&str> = posts.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(row[1..], ["spring", "facebook,", "x", "Table", post]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sources() {
    let app = TestApp::spawn().await;
    let created = run(&app, "source create standard --name Shop --quiet-after 24").await;
    let id = word(&created, "src_");
    let shown = run(&app, &format!("source show {id}")).await;
    assert_eq!(fact(&shown, "Quiet after"), "24 hours");
    let edit = format!("source edit {id} --name Web --quiet-after none --settings {{}}");
    let edited = run(&app, &edit).await;
    assert_eq!(fact(&edited, "Source"), "Web");
    assert_eq!(fact(&edited, "Quiet after"), "never");
    let wrong = refused(&app, &format!("source edit {id} --quiet-after soon")).await;
    assert!(wrong.contains("--quiet-after is \"soon\""), "{wrong}");
    let dir = tempfile::tempdir().unwrap();
    let sample = dir.path().join("lead.json");
    std::fs::write(
        &sample,
        r#"{"type": "lead.created", "timestamp": "2026-03-10T12:00:00Z",
            "data": {"kind": "lead", "event_id": "l1", "customer": {"external_id": "c1"}}}"#,
    )
    .unwrap();
    let test = format!("source test {id} {}", sample.display());
    let read = run(&app, &test).await;
    assert!(
        read.contains("l1") && read.contains("customer c1"),
        "{read}"
    );
    run(&app, &format!("source archive {id}")).await;
    let shown = run(&app, &format!("source show {id}")).await;
    assert_eq!(fact(&shown, "Status"), "archived");
    assert!(run(&app, "source list").await.is_empty());
    let all = run(&app, "source list --archived").await;
    assert!(all.contains("archived"), "{all}");
    let restored = run(&app, &format!("source restore {id}")).await;
    assert!(restored.contains("/webhooks/src_"), "{restored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_and_conversions() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let create = "link create https://shop.example/lamp --campaign spring --networks x --slug lamp";
    run(&app, create).await;
    let short = format!("{}/lamp", app.base);
    let clicked = app.click(&short, &[]).await;
    let id = click_id(&location(&clicked));
    app.later(1000);
    app.drain().await;
    let listed = run(&app, &format!("click list --link {short}")).await;
    assert!(listed.contains(&id), "{listed}");
    let shown = run(&app, &format!("click show {id}")).await;
    assert_eq!(fact(&shown, "Link"), short);
    assert_eq!(fact(&shown, "Campaign"), "spring");
    let report = format!(
        "conversion create sale --event-id order/1 --amount 49.99 --currency EUR --click-id {id}"
    );
    // The worker of this test joins it only when it is stepped.
    run(&app, &report).await;
    app.drain().await;
    let repeated = run(&app, &report).await;
    assert!(repeated.contains("joined by click_id"), "{repeated}");
    let shown = run(&app, "conversion show order/1").await;
    assert_eq!(fact(&shown, "Value"), "49.99 EUR");
    assert!(fact(&shown, "Click").starts_with(&id), "{shown}");
    let last = fact(&shown, "last_touch");
    assert!(
        last.starts_with("100.0 %  49.99 EUR  spring    x"),
        "{shown}"
    );
    let nothing = refused(&app, "conversion show order/2").await;
    assert!(
        nothing.contains("`leadline conversion list`") && nothing.contains("conversion_not_found"),
        "{nothing}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn promo_codes_engagement_and_customers() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    run(&app, "promo create LAMP10 --campaign Spring --network x").await;
    let codes = run(&app, "promo list --campaign spring").await;
    assert!(codes.contains("LAMP10  spring    x"), "{codes}");
    let edited = run(&app, "promo edit lamp10 --network none").await;
    assert_eq!(fact(&edited, "Network"), "any");
    let edited = run(&app, "promo edit lamp10 --network x").await;
    assert_eq!(run(&app, "promo show LAMP10").await, edited);
    assert!(
        refused(&app, "promo edit lamp10")
            .await
            .contains("nothing to change")
    );
    let add = "engagement add --campaign spring --network x --day 2026-03-10 --likes 40";
    let added = run(&app, add).await;
    assert_eq!(run(&app, "engagement list --campaign Spring").await, added);
    let id = word(&added, "eng_");
    let shown = run(&app, &format!("engagement show {id}")).await;
    assert_eq!((fact(&shown, "Post"), fact(&shown, "Likes")), ("all", "40"));
    run(&app, &format!("engagement remove {id}")).await;
    let sale = "conversion create sale --event-id s1 --amount 5 --currency EUR --customer c-1 \
                --promo-code lamp10";
    run(&app, sale).await;
    app.drain().await;
    let customers = run(&app, "customer list --campaign spring --with-sales").await;
    assert!(
        customers.contains("c-1") && customers.contains("5.00 EUR"),
        "{customers}"
    );
    let shown = run(&app, "customer show c-1").await;
    assert!(
        fact(&shown, "First touch").starts_with("x, spring"),
        "{shown}"
    );
    run(&app, "promo remove lamp10").await;
    assert!(run(&app, "promo list").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn costs() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let add = "cost add --campaign spring --network x --day 2026-03-10 --spend 5";
    let added = run(&app, add).await;
    let id = word(&added, "cst_");
    let edit = format!("cost edit {id} --spend 7.50 --to 2026-03-12 --network none --note ads");
    let edited = run(&app, &edit).await;
    assert_eq!(fact(&edited, "Spent"), "7.50 EUR");
    assert_eq!(fact(&edited, "Days"), "2026-03-10 to 2026-03-12");
    assert_eq!(
        (fact(&edited, "Network"), fact(&edited, "Note")),
        ("all", "ads")
    );
    assert_eq!(run(&app, &format!("cost show {id}")).await, edited);
    let wrong = refused(&app, &format!("cost edit {id} --link nowhere")).await;
    assert!(wrong.contains("link_not_found"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspace() {
    let app = TestApp::spawn().await;
    let shown = run(&app, "workspace show").await;
    assert_eq!(
        fact(&shown, "UTM values"),
        "lower case, words separated by -"
    );
    let edit = "workspace edit --separator _ --allow utm_medium=social,email --hand-on none";
    let edited = run(&app, edit).await;
    assert_eq!(
        fact(&edited, "UTM values"),
        "lower case, words separated by _"
    );
    assert_eq!(fact(&edited, "Allowed"), "utm_medium=social|email");
    assert_eq!(fact(&edited, "Hands on"), "none");
    let back = "workspace edit --allow utm_medium=any --hand-on default --lower-case false";
    let edited = run(&app, back).await;
    assert!(!edited.contains("Allowed"), "{edited}");
    assert!(fact(&edited, "Hands on").contains("gclid"), "{edited}");
    assert!(fact(&edited, "UTM values").starts_with("any case"));

    let create = "campaign create Spring --goal revenue=1000";
    let told = refused(&app, create).await;
    assert!(
        told.contains("--currency EUR") && told.contains("workspace edit"),
        "{told}"
    );
    let edit = "workspace edit --name Shop --currency JPY --time-zone Asia/Tokyo";
    let edited = run(&app, edit).await;
    for (name, value) in [
        ("Workspace", "Shop"),
        ("Currency", "JPY"),
        ("Time zone", "Asia/Tokyo"),
    ] {
        assert_eq!(fact(&edited, name), value);
    }
    let create = format!("{create} --ends-at 2030-05-31");
    assert!(run(&app, &create).await.contains("1000 JPY revenue"));
    let shown = run(&app, "campaign show spring").await;
    assert!(
        fact(&shown, "Period").ends_with("to 2030-06-01 00:00"),
        "{shown}"
    );
    let (_, writer) = app.other_key(&[Scope::Write]).await;
    let without_reading = "campaign create Autumn --goal leads=1 --currency EUR --key";
    run(&app, &format!("{without_reading} {writer}")).await;
    let autumn = app.get("/campaigns/autumn").await.body;
    assert_eq!(autumn["time_zone"], "Asia/Tokyo");
    let day = without_reading.replace("Autumn", "Winter --ends-at 2030-05-31");
    let told = refused(&app, &format!("{day} {writer}")).await;
    assert!(told.contains("--time-zone"), "{told}");
    let back = "workspace edit --currency none --time-zone none";
    let edited = run(&app, back).await;
    assert_eq!(fact(&edited, "Currency"), "none");
}
