//! The script for shops: how it is served, and what it does in a real Chromium.

mod leads;

use std::io::Write;
use std::process::{Command, Stdio};

use leadline::clock::DAY_MS;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::browser::Page;
use crate::support::shop::Shop;

/// A click id as the service makes them, told apart by its end.
fn id(n: u32) -> String {
    format!("clk_01m85vy6cvfcc9txcmfk0m8{n:03}")
}

/// The shop whose pages load Leadline's script with these attributes.
fn shop(app: &TestApp, attributes: &str) -> Shop {
    let source = format!("{}/js/leadline.js", app.base);
    Shop::open(&format!(
        r#"<script src="{source}" {attributes} defer></script>"#
    ))
}

/// Names of everything that the page keeps: in both storages, in cookies, in databases.
async fn kept(page: &Page) -> Value {
    page.run(
        "const names = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
         const databases = await indexedDB.databases();
         return [...names, document.cookie, ...databases.map((it) => it.name)].filter(Boolean);",
    )
    .await
}

async fn path(page: &Page) -> Value {
    page.run("return leadline.path();").await
}

#[tokio::test]
async fn it_is_served_small_and_cacheable_to_any_shop() {
    let app = TestApp::spawn().await;
    let url = format!("{}/js/leadline.js", app.base);
    let served = app.visit(Method::GET, &url, &[]).await;
    assert_eq!(served.status(), StatusCode::OK);
    let header = |name: &str| served.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header("cache-control"), "public, max-age=3600");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    let tag = header("etag");
    for (known, status) in [
        (tag.as_str(), StatusCode::NOT_MODIFIED),
        ("\"older\"", StatusCode::OK),
    ] {
        let headers = [("if-none-match", known)];
        let again = app.visit(Method::GET, &url, &headers).await;
        assert_eq!(again.status(), status);
        assert_eq!(again.headers()["etag"], tag);
    }
    let head = app.visit(Method::HEAD, &url, &[]).await;
    assert_eq!(head.status(), StatusCode::OK);
    let script = served.bytes().await.unwrap();
    let packed = [("accept-encoding", "br;q=0.5, gzip")];
    let packed = app.visit(Method::GET, &url, &packed).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()["vary"], "accept-encoding");
    let packed = packed.bytes().await.unwrap();
    let size = packed.len();
    assert!((500..2048).contains(&size), "{size} bytes compressed");
    let mut gzip = Command::new("gzip")
        .args(["-d", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    gzip.stdin.take().unwrap().write_all(&packed).unwrap();
    assert_eq!(gzip.wait_with_output().unwrap().stdout, script);
    let link = json!({"url": "https://shop.example", "slug": "js"});
    assert_eq!(app.post("/links", &link).await.code(), "invalid_slug");
}

#[tokio::test]
async fn nothing_is_stored_before_consent_and_the_path_grows_after_it() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "data-consent=\"false\" data-days=\"30\"");
    let page = Page::open().await;
    let land = async |n: u32| {
        let url = format!("{}/landing?utm_source=x&ll_click={}", shop.base, id(n));
        page.visit(&url).await;
    };
    let product = format!("{}/product", shop.base);
    page.visit(&product).await;
    assert_eq!(page.run("return leadline.clickId();").await, Value::Null);
    page.visit(&format!("{product}?ll_click=clk_\"><script>"))
        .await;
    assert_eq!(path(&page).await, json!([]), "what is no click id");
    land(1).await;
    assert_eq!(page.run("return leadline.clickId();").await, id(1));
    assert_eq!(kept(&page).await, json!([]));
    page.visit(&product).await;
    assert_eq!(path(&page).await, json!([]), "it was in memory only");

    land(1).await;
    page.run("leadline.consent(true);").await;
    assert_eq!(kept(&page).await, json!(["leadline"]));
    page.visit(&product).await;
    assert_eq!(path(&page).await, json!([id(1)]));
    land(2).await;
    land(1).await;
    assert_eq!(path(&page).await, json!([id(1), id(2)]), "no repeats");

    // As if the first had come so long ago.
    let age = "const kept = JSON.parse(localStorage.leadline);
               kept.path[0][1] -= AGE; localStorage.leadline = JSON.stringify(kept);";
    page.visit(&product).await;
    let aged = async |ms: i64| page.run(&age.replace("AGE", &ms.to_string())).await;
    aged(29 * DAY_MS).await;
    assert_eq!(path(&page).await, json!([id(1), id(2)]));
    aged(DAY_MS).await;
    assert_eq!(path(&page).await, json!([id(2)]));
    for n in 3..=22 {
        land(n).await;
    }
    let latest: Vec<String> = (3..=22).map(id).collect();
    assert_eq!(path(&page).await, json!(latest));

    land(23).await;
    page.run("leadline.consent(false);").await;
    assert_eq!(kept(&page).await, json!([]));
    assert_eq!(
        path(&page).await,
        json!([id(23)]),
        "what its own address says"
    );
    page.visit(&product).await;
    assert_eq!(path(&page).await, json!([]));

    page.run("localStorage.leadline = '{\"path\": 7';").await;
    land(24).await;
    assert_eq!(path(&page).await, json!([id(24)]), "damage is borne");
}

#[tokio::test]
async fn who_declines_tracking_has_nothing_stored_whatever_the_shop_says() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "data-consent=\"true\" data-shop=\"shopify\"");
    let landing = format!("{}/landing?ll_click={}", shop.base, id(1));
    for wish in ["globalPrivacyControl: true", "doNotTrack: '1'"] {
        let page = Page::open().await;
        let [name, value] = wish.split(": ").collect::<Vec<_>>()[..] else {
            panic!("{wish}")
        };
        page.before_each(&format!(
            "if (sessionStorage.declines) Object.defineProperty(navigator, '{name}', {{value: {value}}});"
        ))
        .await;
        page.visit(&landing).await;
        assert_eq!(kept(&page).await, json!(["leadline", "leadline"]));
        assert_eq!(shop.posted().await.0, "/cart/update.js");
        page.run("sessionStorage.declines = 'yes'").await;
        page.visit(&landing).await;
        page.run("leadline.consent(true)").await;
        assert_eq!(kept(&page).await, json!(["declines"]), "{wish}");
        page.run("await fetch('/end', {method: 'POST'})").await;
        assert_eq!(shop.posted().await.0, "/end", "nothing went to the cart");
    }
}

#[tokio::test]
async fn forms_get_the_click_and_the_path() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "data-param=\"from\"");
    let page = Page::open().await;
    let landing = |n: u32| format!("{}/landing?from={}", shop.base, id(n));
    page.visit(&landing(1)).await;
    page.run("leadline.consent(true)").await;
    page.visit(&landing(2)).await;
    let both = format!("{},{}", id(1), id(2));
    let fields = "return [...document.querySelectorAll('input')].map((it) => it.value);";
    assert_eq!(page.run(fields).await, json!([id(2), both]));
    page.run(
        "document.body.insertAdjacentHTML('beforeend',
             '<form><input type=hidden name=ll_path><input name=other></form>');
         await new Promise((seen) => setTimeout(seen));",
    )
    .await;
    assert_eq!(page.run(fields).await, json!([id(2), both, both, ""]));
    // A page may empty its fields; what counts is what is sent.
    page.run("signup.ll_click.value = ''; signup.requestSubmit();")
        .await;
    let (form, body) = shop.posted().await;
    assert_eq!(form, "/signup");
    assert!(
        body.starts_with(&format!("ll_click={}&ll_path=", id(2))),
        "{body}"
    );

    // WooCommerce's checkout has no such field of its own.
    page.visit(&landing(3).replace("landing", "checkout")).await;
    page.run("document.querySelector('form.checkout').requestSubmit();")
        .await;
    let order = format!("billing_email=&ll_click={}", id(3));
    assert_eq!(shop.posted().await, ("/order".to_owned(), order));
}

#[tokio::test]
async fn payment_links_of_stripe_carry_the_click() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "");
    let page = Page::open().await;
    page.visit(&format!("{}/landing?ll_click={}", shop.base, id(2)))
        .await;
    let link = async |name: &str| page.run(&format!("return {name}.href")).await;
    let reference = format!("client_reference_id={}", id(2));
    let pay = "https://buy.stripe.com/test_1?prefilled_email=a%40b.example";
    assert_eq!(link("pay").await, format!("{pay}&{reference}#top"));
    assert_eq!(
        link("book").await,
        format!("https://book.stripe.com/test_2?{reference}")
    );
    let own = "https://donate.stripe.com/test_3?client_reference_id=cart-7";
    assert_eq!(link("window.own").await, own);
    assert_eq!(link("other").await, "https://docs.stripe.com/payments");
    assert_eq!(
        link("trap").await,
        "https://buy.stripe.com.example/?x=.stripe.com/"
    );
    // The page writes the link anew, and only then somebody presses it.
    for button in ["left", "middle"] {
        page.run(
            "book.href = 'https://book.stripe.com/test_9'; window.seen = null;
             for (const name of ['click', 'auxclick'])
                 book.addEventListener(name, (event) => {
                     seen = book.href; event.preventDefault();
                 });",
        )
        .await;
        page.press("#book", button).await;
        let seen = page.run("return seen").await;
        assert_eq!(
            seen,
            format!("https://book.stripe.com/test_9?{reference}"),
            "{button}"
        );
    }
}

#[tokio::test]
async fn who_takes_consent_back_takes_the_click_out_of_payment_links() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "");
    let page = Page::open().await;
    page.visit(&format!("{}/landing?ll_click={}", shop.base, id(2)))
        .await;
    page.run("leadline.consent(true);").await;
    page.visit(&format!("{}/landing", shop.base)).await;
    let held = page
        .run("const held = book.href; leadline.consent(false); return held + ' ' + book.href")
        .await;
    let held = held.as_str().unwrap();
    let (before, after) = held.split_once(' ').unwrap();
    assert!(
        before.ends_with(&format!("client_reference_id={}", id(2))),
        "{before}"
    );
    assert!(!after.contains("clk_"), "{after}");
    let own = page.run("return window.own.href").await;
    assert!(
        own.to_string().contains("client_reference_id=cart-7"),
        "{own}"
    );
}

#[tokio::test]
async fn a_shopify_cart_gets_each_click_once() {
    let app = TestApp::spawn().await;
    let shop = shop(&app, "");
    let page = Page::open().await;
    let landing = |n: u32| format!("{}/landing?ll_click={}", shop.base, id(n));
    page.visit(&landing(1)).await;
    page.run("leadline.consent(true); await fetch('/no-shopify', {method: 'POST'})")
        .await;
    assert_eq!(shop.posted().await.0, "/no-shopify");
    page.run("leadline.consent(false);").await;
    page.before_each("window.Shopify = {};").await;
    page.visit(&landing(1)).await;
    page.run("await fetch('/no-consent', {method: 'POST'})")
        .await;
    assert_eq!(shop.posted().await.0, "/no-consent");
    let cart = |click: &str, path: &str| {
        let body = format!("attributes%5Bll_click%5D={click}&attributes%5Bll_path%5D={path}");
        ("/cart/update.js".to_owned(), body)
    };
    page.run("leadline.consent(true);").await;
    assert_eq!(shop.posted().await, cart(&id(1), &id(1)));
    page.visit(&landing(1)).await;
    page.visit(&landing(2)).await;
    let both = format!("{}%2C{}", id(1), id(2));
    assert_eq!(
        shop.posted().await,
        cart(&id(2), &both),
        "the first one only once"
    );
    page.run("leadline.consent(false);").await;
    assert_eq!(shop.posted().await, cart("", ""));
}
