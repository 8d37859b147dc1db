//! Domains that the command adds and removes in the store.

use super::{printed, run};
use crate::support::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_domain_is_taken_back() {
    let app = TestApp::spawn().await;
    let environment = [("LEADLINE__SERVER__PUBLIC_URL", app.base.as_str())];
    let run = |arguments: &[&str]| run(app.dir(), arguments, &environment);
    run(&["domain", "add", "og.example.com"]);
    let listed = printed(&run(&["domain", "list"]));
    assert!(listed.contains("og.example.com"), "{listed}");
    let removed = run(&["domain", "remove", "https://OG.example.com/"]);
    assert!(removed.status.success(), "{removed:?}");
    let listed = printed(&run(&["domain", "list"]));
    assert!(!listed.contains("og.example.com"), "{listed}");
    for (host, cause) in [
        ("og.example.com", "leadline domain list"),
        (app.base.as_str(), "`server.domains`"),
        (app.base.trim_start_matches("http://"), "`server.domains`"),
    ] {
        let refused = run(&["domain", "remove", host]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(cause), "{told}");
    }
}
