//! Costs that are refused: wrong lines, wrong rows, and keys without the scope.

use super::*;

/// All lines but the first two are wrong.
const WRONG: &str = "campaign,network,link,day,spend,currency,minutes,event_id\n\
    spring,x,,2026-03-10,5,EUR,,a\n\
    summer,x,,2026-03-10,5,EUR,,\n\
    spring,tictoc,,2026-03-10,5,EUR,,\n\
    spring,,lamp-2,2026-03-10,5,EUR,,\n\
    spring,facebook,lamp,2026-03-10,5,EUR,,\n\
    twice,,lamp,2026-03-10,5,EUR,,\n\
    spring,x,,yesterday,5,EUR,,\n\
    spring,x,,2026-03-10,5,USD,,\n\
    spring,x,,2026-03-10,many,EUR,,\n\
    spring,x,,2026-03-10,-5,EUR,,\n\
    spring,x,,2026-03-10,5,EUR,30,\n\
    spring,x,,2026-03-10,,,,\n\
    spring,x,,2026-03-10,5,EUR,,a\n\
    Twice,x,,2026-03-10,5,EUR,,\n\
    ,x,,2026-03-10,5,EUR,,\n";

/// The whole file is refused, and each line that is wrong is told.
#[tokio::test]
async fn of_a_file_with_wrong_lines_nothing_is_taken() {
    let app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    campaign(&app, "Twice", Value::Null).await;
    campaign(&app, "Twice", Value::Null).await;
    let links = json!({"url": "https://shop.example/", "networks": ["x"], "slug": "lamp"});
    app.post(&format!("/campaigns/{spring}/links"), &links)
        .await;
    let refused = table(&app, "/costs", WRONG).await;
    assert_eq!(
        wrong(&refused),
        [
            (3, "campaign_id"),
            (4, "network"),
            (5, "link"),
            (6, "network"),
            (7, "link"),
            (8, "day"),
            (9, "currency"),
            (10, "amount"),
            (11, "amount"),
            (12, "amount"),
            (13, "amount"),
            (14, "event_id"),
            (15, "campaign_id"),
            (16, "campaign_id"),
        ]
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with(
            "14 of 15 rows cannot be imported, so none was: line 3, `campaign_id` no campaign"
        ) && detail.contains("did you mean tiktok?")
            && detail.contains("the campaign counts in EUR")
            && detail.ends_with('…'),
        "{detail}"
    );
    assert_eq!(costs(&app).await, [] as [Value; 0]);
}

#[tokio::test]
async fn of_wrong_rows_nothing_is_taken() {
    let app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    let neither = json!([{"campaign_id": spring, "day": "2026-03-10"}]);
    assert_eq!(wrong(&app.post("/costs", &neither).await), [(1, "money")]);
    let rows = json!([
        {"campaign_id": spring, "day": "2026-03-10", "minutes": 0},
        {"campaign_id": spring, "day": "2026-03-10", "money": {"amount": 5, "currency": "USD"}},
        {"campaign_id": spring, "day": "2026-03-10", "money": euros(-5)},
        {"campaign_id": spring, "money": euros(5)},
        {"campaign_id": spring, "from": "2026-03-10", "to": "2026-03-09", "money": euros(5)},
        {"campaign_id": spring, "from": "2006-03-10", "to": "2026-03-09", "money": euros(5)},
        {"campaign_id": spring, "day": "2026-03-10", "money": euros(5), "event_id": " "},
        {"campaign_id": spring, "day": "2026-03-10", "money": euros(5), "note": "n".repeat(201)},
        {"day": "2026-03-10", "money": euros(5)},
    ]);
    let refused = app.post("/costs", &rows).await;
    assert_eq!(
        wrong(&refused),
        [
            (1, "minutes"),
            (2, "currency"),
            (3, "money"),
            (4, "day"),
            (5, "to"),
            (6, "to"),
            (7, "event_id"),
            (8, "note"),
            (9, "campaign_id"),
        ]
    );
    for (text, code) in [
        ("no,table\n1,2\n", "invalid_table"),
        ("PK\u{3}\u{4}", "invalid_table"),
    ] {
        assert_eq!(table(&app, "/costs", text).await.code(), code);
    }
    let field = app
        .post(
            "/costs",
            &json!([{"money": {"amount": 1.5, "currency": "EUR"}}]),
        )
        .await;
    assert_eq!(
        (field.status, field.code()),
        (StatusCode::BAD_REQUEST, "invalid_field")
    );
    assert_eq!(costs(&app).await, [] as [Value; 0]);
}

#[tokio::test]
async fn who_may_not_tells_nothing_and_sees_nothing_of_others() {
    let mut app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    let row =
        json!([{"campaign_id": spring, "day": "2026-03-10", "money": euros(5), "event_id": "a"}]);
    let (_, reader) = app.other_key(&[Scope::Read]).await;
    for path in ["/costs", "/engagement"] {
        let refused = app
            .with_key(&reader, app.request(Method::POST, path), &row)
            .await;
        assert_eq!(refused.code(), "scope_missing");
    }
    let told = app.post("/costs", &row).await;
    let id = told.body["costs"][0]["id"].as_str().unwrap().to_owned();
    let request = app.request(Method::DELETE, &format!("/costs/{id}"));
    let removed = app.with_key(&reader, request, &json!({})).await;
    assert_eq!(removed.code(), "scope_missing");

    app.key = app.key_of_another_workspace().await;
    assert_eq!(costs(&app).await, [] as [Value; 0]);
    assert_eq!(
        app.delete(&format!("/costs/{id}")).await.code(),
        "cost_not_found"
    );
    assert_eq!(wrong(&app.post("/costs", &row).await), [(1, "campaign_id")]);
    let own = campaign(&app, "Spring", Value::Null).await;
    let row =
        json!([{"campaign_id": own, "day": "2026-03-10", "money": euros(5), "event_id": "a"}]);
    assert_eq!(
        counts(&app.post("/costs", &row).await),
        [1, 0, 0],
        "an id is a workspace's own"
    );
}

/// A column in `$` is of some dollar or peso, so never of euros.
#[tokio::test]
async fn a_column_in_dollars_is_no_column_in_euros() {
    let app = TestApp::spawn().await;
    campaign(&app, "Spring", Value::Null).await;
    let file = |name: &str| format!("Day,Campaign,{name}\n2026-03-10,Spring,5.00\n");
    for name in ["Cost ($)", "Spend $"] {
        let column = "/costs?column=amount=".to_owned() + &name.replace(' ', "%20");
        let refused = table(&app, &column, file(name)).await;
        assert_eq!(wrong(&refused), [(2, "currency")], "{name}");
    }
    let taken = table(&app, "/costs", file("Cost (€)")).await;
    assert_eq!(counts(&taken), [1, 0, 0]);
}
