//! The error answers of each operation: status, and the codes that it may have.
//!
//! # Invariants
//! What follows from an operation's form (a key, parameters, a body) is derived from its
//! description. The table here has only the operation's own codes. A test compares all codes with
//! `docs/problems.md`.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, Ref, RefOr, Response};

/// Codes of a JSON body.
const JSON: &[&str] = &["invalid_json", "unknown_field", "invalid_field"];

/// Codes for a link's destination, tags and slug, for every operation that creates or updates
/// links.
const LINK: &str = "422 invalid_field unknown_network invalid_slug unknown_domain url_malformed url_scheme \
     url_credentials url_too_long url_loop utm_conflict utm_repeated utm_convention click_id_param \
     click_id_conflict, 409 slug_taken campaign_archived conflict, 404 campaign_not_found";

/// Codes for a table of costs or engagement.
const TABLE: &str = "422 invalid_table invalid_rows invalid_field unknown_network currency_mismatch, \
     404 campaign_not_found";

/// Codes for a reported conversion.
const CONVERSION: &str = "422 invalid_field event_id_missing event_name value_missing unknown_currency \
     amount_fraction amount_malformed amount_negative amount_too_large occurred_in_future occurred_too_early \
     email_malformed of_not_allowed";

/// Codes for a delivery without a proven sender.
const SIGNATURE: &str = "400 invalid_json unknown_field invalid_field, 401 signature_missing signature_time \
     signature_invalid, 410 source_archived, 422 invalid_field event_id_missing payload_unexpected, \
     429 rate_limited";

/// Codes for a goal, a period or a currency that is not valid.
const CAMPAIGN: &str = "422 goal_required unknown_metric target_too_small unknown_time_zone period_reversed \
     goal_frozen invalid_field unknown_currency";

/// Codes for a report that cannot be made.
const REPORT: &str = "422 invalid_period unknown_model model_by_network unknown_dimension unknown_network \
     invalid_field, 404 campaign_not_found";

/// Operations with their own codes: status, then its codes, separated by commas.
const OWN: &[(&str, &str)] = &[
    ("create_campaign", CAMPAIGN),
    ("update_campaign", CAMPAIGN),
    ("create_link", LINK),
    ("read_link", "422 ambiguous_name"),
    ("update_link", LINK),
    ("update_link", "422 ambiguous_name"),
    ("archive_link", "422 ambiguous_name"),
    ("create_post_links", LINK),
    ("create_post_links", "422 invalid_networks"),
    ("list_posts", "404 campaign_not_found"),
    (
        "update_post",
        "422 invalid_field unknown_network, 409 permalink_taken",
    ),
    ("read_campaign_report", REPORT),
    (
        "read_workspace_report",
        "422 invalid_period unknown_model model_by_network unknown_network",
    ),
    ("read_expected_report", REPORT),
    ("read_next_posts", REPORT),
    ("list_links", "404 campaign_not_found, 422 unknown_network"),
    (
        "list_clicks",
        "404 campaign_not_found link_not_found, 422 invalid_period unknown_network ambiguous_name, \
         429 too_many_streams",
    ),
    (
        "list_conversions",
        "404 campaign_not_found source_not_found, 422 invalid_period unknown_network, 429 too_many_streams",
    ),
    ("read_conversion", "422 ambiguous_name"),
    ("report_conversion", CONVERSION),
    ("report_lead", CONVERSION),
    (
        "report_lead",
        "401 key_missing key_unknown key_revoked, 403 scope_missing, 429 rate_limited",
    ),
    ("list_costs", "404 campaign_not_found"),
    ("import_costs", TABLE),
    (
        "update_cost",
        "404 link_not_found, 422 invalid_field ambiguous_name",
    ),
    ("list_engagement", "404 campaign_not_found"),
    ("import_engagement", TABLE),
    (
        "list_customers",
        "404 campaign_not_found, 422 unknown_network",
    ),
    (
        "read_lifetime_report",
        "404 campaign_not_found, 422 invalid_period",
    ),
    ("list_deliveries", "404 source_not_found"),
    ("replay_deliveries", "404 source_not_found"),
    ("replay_delivery", "410 delivery_emptied"),
    ("read_delivery_request", "410 delivery_emptied"),
    ("list_orphans", "422 invalid_period"),
    (
        "erase_person",
        "422 person_mark person_too_large invalid_field email_malformed",
    ),
    ("receive_webhook", SIGNATURE),
    ("receive_postback", SIGNATURE),
    ("receive_postback", "404 click_not_found"),
    ("receive_postback_by_post", SIGNATURE),
    ("receive_postback_by_post", "404 click_not_found"),
    ("list_promo_codes", "404 campaign_not_found"),
    (
        "create_promo_code",
        "404 campaign_not_found link_not_found, 409 promo_code_taken, 422 invalid_field unknown_network \
         ambiguous_name",
    ),
    (
        "update_promo_code",
        "404 campaign_not_found link_not_found, 422 invalid_field unknown_network ambiguous_name",
    ),
    ("import_rates", "422 invalid_rates"),
    ("create_domain", "422 invalid_field, 409 domain_taken"),
    ("delete_domain", "409 domain_in_use domain_managed"),
    ("create_key", "422 invalid_field"),
    ("update_key", "422 invalid_field, 409 own_key key_inactive"),
    ("revoke_key", "409 own_key"),
    ("create_source", "422 invalid_field"),
    ("update_source", "422 invalid_field"),
    (
        "test_source",
        "400 invalid_json, 422 invalid_field event_id_missing event_name value_missing unknown_currency \
         amount_fraction amount_malformed amount_negative amount_too_large occurred_in_future \
         occurred_too_early email_malformed of_not_allowed payload_unexpected",
    ),
    (
        "update_workspace",
        "422 utm_convention invalid_field unknown_currency unknown_time_zone",
    ),
];

/// Codes by status.
type Codes = BTreeMap<u16, Vec<&'static str>>;

fn add(codes: &mut Codes, status: u16, more: &[&'static str]) {
    let known = codes.entry(status).or_default();
    for code in more {
        if !known.contains(code) {
            known.push(code);
        }
    }
}

/// The codes that follow from the form of an operation.
fn of_its_form(path: &str, operation: &Operation, codes: &mut Codes) {
    if operation.security.is_none() {
        add(codes, 401, &["key_missing", "key_unknown", "key_revoked"]);
        add(codes, 403, &["scope_missing"]);
        add(codes, 429, &["rate_limited"]);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        match (&parameter.parameter_in, parameter.name.as_str()) {
            (ParameterIn::Query, "cursor") => add(codes, 400, &["invalid_query", "invalid_cursor"]),
            (ParameterIn::Query, _) => add(codes, 400, &["invalid_query"]),
            (ParameterIn::Header, "Idempotency-Key") => {
                add(codes, 400, &["invalid_idempotency_key"]);
                add(codes, 422, &["idempotency_key_reused"]);
            }
            (ParameterIn::Path, _) => add(codes, 404, not_found(path)),
            _ => {}
        }
    }
    if let Some(RefOr::T(body)) = &operation.request_body {
        add(codes, 400, &["body_broken"]);
        add(codes, 408, &["body_too_slow"]);
        add(codes, 413, &["body_too_large"]);
        add(
            codes,
            503,
            &["bodies_full", "store_unavailable", "log_unavailable"],
        );
        if body.content.contains_key("application/json") && operation.security.is_none() {
            add(codes, 400, JSON);
        }
    }
}

/// The code for an unknown id in the path.
fn not_found(path: &str) -> &'static [&'static str] {
    match path.trim_start_matches("/api/v1/").split('/').next() {
        Some("campaigns") => &["campaign_not_found"],
        Some("domains") => &["domain_not_found"],
        Some("keys") => &["key_not_found"],
        Some("clicks") => &["click_not_found"],
        Some("conversions") => &["conversion_not_found"],
        Some("links") => &["link_not_found"],
        Some("posts") => &["post_not_found"],
        Some("sources" | "webhooks" | "postback") => &["source_not_found"],
        Some("inbox") => &["delivery_not_found"],
        Some("costs") => &["cost_not_found"],
        Some("engagement") => &["engagement_not_found"],
        Some("customers") => &["customer_not_found"],
        Some("promo-codes") => &["promo_code_not_found"],
        _ => &["not_found"],
    }
}

fn of_its_own(operation_id: &str, codes: &mut Codes) {
    let own = OWN.iter().filter(|(id, _)| *id == operation_id);
    for group in own.flat_map(|(_, groups)| groups.split(',')) {
        let mut words = group.split_whitespace();
        let status = words.next().and_then(|status| status.parse().ok());
        let named: Vec<&'static str> = words.collect();
        add(codes, status.unwrap_or_default(), &named);
    }
}

fn problem(description: String) -> Response {
    let mut response = Response::new(description);
    let schema = Ref::from_schema_name("ProblemDetails");
    response.content.insert(
        "application/problem+json".to_owned(),
        Content::new(Some(schema)).into(),
    );
    response
}

/// Replaces the general `4XX` of an operation by each status that it answers, with its codes.
pub(super) fn describe(path: &str, operation: &mut Operation) {
    let mut codes = Codes::new();
    of_its_form(path, operation, &mut codes);
    of_its_own(
        operation.operation_id.as_deref().unwrap_or_default(),
        &mut codes,
    );
    let responses = &mut operation.responses.responses;
    responses.remove("4XX");
    for (status, codes) in codes {
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        responses.insert(status.to_string(), problem(codes.join(", ")).into());
    }
    for (status, code) in [
        ("500", "`internal_error`"),
        ("503", "`store_unavailable`, `log_unavailable`"),
    ] {
        let general = || problem(code.to_owned()).into();
        responses.entry(status.to_owned()).or_insert_with(general);
    }
}
