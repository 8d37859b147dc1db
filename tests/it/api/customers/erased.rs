//! Customers after the erasure of a person.

use super::*;

#[rstest]
#[tokio::test]
async fn who_is_erased_is_no_customer_any_more_and_does_not_become_one_again(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (_, [first, second]) = two_clicks(&app).await;
    let both = json!({"external_id": "lulu", "email": "ann@shop.example"});
    buys(&app, &both, &first).await;
    let ben = json!({"external_id": "ben"});
    tell(
        &app,
        5,
        json!({"kind": "lead", "event_id": "l2", "customer": ben, "click_id": second}),
    )
    .await;
    let mail = json!({"email": "ann@shop.example"});
    assert_eq!(erase(&app, &mail).await.body["conversions"], 2);
    // What takes their sale back names nobody, and leads to no click of theirs.
    let refunds = app.get("/conversions?kind=refund").await.body;
    let refund = &refunds["conversions"][0];
    assert_eq!(
        (&refund["click_id"], &refund["network"]),
        (&Value::Null, &json!("x"))
    );
    let left = customers(&app, "").await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["external_ids"], json!(["ben"]));
    // Ids that are made here have no l and no u.
    let mut raw = crate::support::database::Raw::open(&app.store_url).await;
    assert_eq!(raw.holding(&["lulu", "ann@"]).await, [""; 0]);

    // Again and late, by either mark.
    tell(
        &app,
        6,
        json!({"kind": "sale", "event_id": "s2", "customer": both, "value": euros(1)}),
    )
    .await;
    tell(
        &app,
        6,
        json!({"kind": "sale", "event_id": "s3", "value": euros(1),
                         "customer": {"email": "Ann@Shop.example"}}),
    )
    .await;
    tell(
        &app,
        7,
        json!({"kind": "refund", "event_id": "r2", "of": "s1", "value": euros(100)}),
    )
    .await;
    assert_eq!(customers(&app, "").await, left);
}

/// By click only the conversion that names it goes; whom it had tied together fall apart.
#[rstest]
#[tokio::test]
async fn an_erased_conversion_ties_nobody_together_any_more(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (_, [first, second]) = two_clicks(&app).await;
    let mail = json!({"email": "a@shop.example"});
    buys(
        &app,
        &json!({"external_id": "ann", "email": "a@shop.example"}),
        &first,
    )
    .await;
    tell(
        &app,
        5,
        json!({"kind": "sale", "event_id": "s2", "customer": mail, "value": euros(50),
                         "click_id": second}),
    )
    .await;
    assert_eq!(customers(&app, "").await.len(), 1);
    assert_eq!(
        erase(&app, &json!({"click_id": first})).await.body["conversions"],
        1
    );
    let left = customers(&app, "").await;
    assert_eq!(left.len(), 2, "{left:?}");
    let by_id = customer(&app, "ann").await;
    assert_eq!(by_id["currencies"][0]["net_revenue"], euros(800));
    assert_eq!(by_id["first_touch"], Value::Null);
    assert_eq!(by_id["has_email"], false);
    let by_mail = left.iter().find(|it| it["has_email"] == true).unwrap();
    assert_eq!(by_mail["first_touch"]["network"], "linkedin");
    assert_eq!(by_mail["currencies"][0]["net_revenue"], euros(50));
}
