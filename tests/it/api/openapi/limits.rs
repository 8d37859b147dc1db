//! The API accepts exactly the lengths, forms and words of parameters in the description.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Schemas, description, operations};
use crate::support::app::{Answer, Size, TestApp, read};

/// A value that a parameter takes, and some just beyond what it takes.
struct Values {
    right: String,
    wrong: Vec<String>,
}

fn values(right: &str, wrong: &[&str]) -> Values {
    Values {
        right: right.to_owned(),
        wrong: wrong.iter().map(|it| (*it).to_owned()).collect(),
    }
}

/// Values by what the description says of the parameter; `None` where that is nothing.
fn values_of(name: &str, schema: &Value) -> Option<Values> {
    if let (Some(least), Some(most)) = (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
        let below = format!("{}", i128::from(least) - 1);
        let above = format!("{}", u128::from(most) + 1);
        return Some(values(&most.to_string(), &[&below, &above, "many"]));
    }
    if let Some(words) = schema["enum"].as_array() {
        let last = words.last()?.as_str()?;
        return Some(values(
            last,
            &[&last.to_uppercase(), &format!("{last}x"), "surely_none"],
        ));
    }
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let of_ids = pattern.strip_suffix("_[0-7][0-9a-hjkmnp-tv-z]{25}$");
    if let Some(prefix) = of_ids.and_then(|it| it.strip_prefix('^')) {
        let id = |rest: &str| format!("{prefix}_{rest:0<26}");
        let right = id("01kb3v9w8e7q4t2n5r6s8y0zx");
        let wrong = [
            format!("{right}0"),
            right[..right.len() - 1].to_owned(),
            right.to_uppercase(),
            id("8"),
            id("01u"),
            right.replacen(prefix, "zzz", 1),
        ];
        return Some(Values {
            right,
            wrong: wrong.into(),
        });
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        let most = usize::try_from(most).unwrap();
        let filled =
            |before: &str, length: usize| format!("{before}{}", "a".repeat(length - before.len()));
        let before = if pattern.is_empty() { "" } else { "12~a~" };
        let mut wrong = vec![filled(before, most + 1)];
        wrong.extend((!pattern.is_empty()).then(|| "12~a".to_owned()));
        let right = filled(before, most);
        return Some(Values { right, wrong });
    }
    if pattern.is_empty() {
        return None;
    }
    Some(match name {
        "by" => values(
            "network,day",
            &["network,day,link", "campaign", "network, day", ""],
        ),
        "country" => values("DE, at,unknown", &["DE,Germany", "D", "", "DE,"]),
        "device" => values("desktop, mobile,unknown", &["desktop,phone", "Desktop", ""]),
        "intent" => values("helpful, conversation", &["helpful,kind", "Helpful", ""]),
        "source_id" => values("api", &["apis", "API", "src_1"]),
        _ => panic!("nothing is known of {name} here: {pattern}"),
    })
}

/// A request with one parameter; the others of its path are a campaign's.
async fn ask(
    app: &TestApp,
    method: &str,
    path: &str,
    campaign: &str,
    one: (&Value, &str),
) -> Answer {
    let (parameter, value) = one;
    let name = parameter["name"].as_str().unwrap();
    let below = path.strip_prefix("/api/v1").unwrap();
    let method: Method = method.parse().unwrap();
    let encoded = value
        .bytes()
        .fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    let target = if parameter["in"] == "path" {
        below.replace(&format!("{{{name}}}"), &encoded)
    } else {
        format!("{}?{name}={encoded}", below.replace("{id}", campaign))
    };
    // What this one cannot do without.
    let needed = if below.ends_with("/expected") {
        "from=2026-03-10&to=2026-03-10"
    } else {
        ""
    };
    let separator = if target.contains('?') { '&' } else { '?' };
    let request = app.request(method, &format!("{target}{separator}{needed}"));
    read(request.send().await.unwrap()).await
}

#[rstest]
#[tokio::test]
async fn what_is_beyond_a_limit_is_refused_and_what_is_within_is_not(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let description = description();
    let schemas = Schemas::of(&description);
    let mut asked = 0;
    for (method, path, operation) in operations(&description) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            if !["GET", "DELETE"].contains(&&*method) || parameter["in"] == "header" {
                continue;
            }
            let Some(Values { right, wrong }) = values_of(name, schema) else {
                continue;
            };
            let what = format!("{method} {path} {name}");
            let is_number = schema["type"] == "integer";
            let described = |value: &str| {
                let value = value
                    .parse()
                    .map_or_else(|_| json!(value), |it: i64| json!(it));
                schemas.problems(schema, &value).is_empty()
            };
            assert!(is_number || described(&right), "{what}: {right}");
            let taken = ask(&app, &method, &path, &campaign, (parameter, &right)).await;
            let is_taken = taken.status == StatusCode::OK || taken.status == StatusCode::NOT_FOUND;
            assert!(is_taken, "{what}={right}: {taken:?}");
            for value in &wrong {
                if value.is_empty() && parameter["in"] == "path" {
                    continue;
                }
                assert!(!described(value), "{what}: {value}");
                let refused = ask(&app, &method, &path, &campaign, (parameter, value)).await;
                assert!(
                    refused.status.is_client_error(),
                    "{what}={value}: {refused:?}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 150, "{asked}");
}

/// A body with a field of this value, without what else is needed only for success.
fn body_with(schema: &str, field: &str, value: &str) -> Value {
    let mut body = match schema {
        "NewLink" => json!({"url": "https://shop.example/"}),
        "NewPromoCode" => json!({"code": "POD10"}),
        _ => json!({}),
    };
    body[field] = json!(value);
    body
}

/// The same of what bodies name.
#[tokio::test]
async fn a_body_that_names_something_beyond_a_limit_is_refused() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    let description = description();
    let schemas = Schemas::of(&description);
    let id = |prefix: &str| format!("{prefix}_01kb3v9w8e7q4t2n5r6s8y0zxa");
    let (tag, long) = ("spring".to_owned(), "a".repeat(129));
    let (link, code) = (
        ["POST /links", "NewLink"],
        ["POST /promo-codes", "NewPromoCode"],
    );
    let person = ["DELETE /people", "PersonIdentifier"];
    for ([operation, schema], field, right, wrong) in [
        (link, "campaign_id", tag.clone(), long.clone()),
        (code, "campaign_id", tag, long),
        (code, "link_id", id("lnk"), "a".repeat(2049)),
        (person, "click_id", id(" clk"), id("clk") + "0"),
        (person, "click_id", id("clk"), id("lnk")),
    ] {
        let named = json!({"$ref": format!("#/components/schemas/{schema}")});
        let [right, wrong] = [right, wrong].map(|value| body_with(schema, field, &value));
        assert_eq!(schemas.problems(&named, &right), [""; 0]);
        assert_ne!(schemas.problems(&named, &wrong), [""; 0]);
        let (method, path) = operation.split_once(' ').unwrap();
        let request = app.request(method.parse().unwrap(), path);
        let refused = read(request.json(&wrong).send().await.unwrap()).await;
        assert!(refused.status.is_client_error(), "{operation}: {refused:?}");
    }
}

/// Ids, cursors and dimensions have a limit wherever they stand.
#[test]
fn every_id_and_dimension_has_a_limit() {
    let kinds = ["pattern", "maxLength", "enum", "$ref", "minimum"];
    let mut found = 0;
    for (method, path, operation) in operations(&description()) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let is_id = name == "id" || name.ends_with("_id") || name == "cursor";
            let others = [
                "by", "model", "country", "device", "intent", "compare", "limit", "code",
            ];
            if is_id || others.contains(&name) {
                let has_limit = kinds.iter().any(|kind| schema.get(kind).is_some());
                assert!(has_limit, "{method} {path} {name}: {schema}");
                found += 1;
            }
        }
    }
    assert!(found > 60, "{found}");
}

/// No text of a path or query makes the database fail.
#[rstest]
#[tokio::test]
async fn a_zero_byte_names_nothing(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    for (method, path, operation) in operations(&description()) {
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let is_asked = ["GET", "DELETE"].contains(&&*method);
        for parameter in parameters
            .iter()
            .filter(|it| is_asked && it["in"] == "path")
        {
            let answer = ask(&app, &method, &path, "", (parameter, "a\0b")).await;
            assert!(
                answer.status.is_client_error(),
                "{method} {path}: {answer:?}"
            );
        }
    }
}
