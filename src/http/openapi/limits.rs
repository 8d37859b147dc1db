//! Limits of parameters in path and query: length, form and allowed words.
//!
//! # Invariants
//! Every limit here matches what handlers accept: a value outside it is refused, or names nothing.
//! A test checks both against the API.
//!
//! # Out of scope
//! Numbers and enumerations of a parameter's own type, which are next to its field.

use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::Object;
use utoipa::openapi::{RefOr, Schema};

use crate::attribution::AttributionModel;
use crate::attribution::data_driven::DataDrivenModel;
use crate::campaign_report::dimension::{Dimension, UNKNOWN};
use crate::enrich::user_agent::DeviceKind;
use crate::id;
use crate::link::Intent;
use crate::link::domain::MAX_HOST;
use crate::operations::campaign::name::MAX_NAME;
use crate::operations::link::name::MAX_NAME as MAX_LINK_NAME;
use crate::operations::orphan::MAX_CURSOR;
use crate::provider::report::{MAX_EVENT_ID, MAX_EXTERNAL_ID};
use crate::store::promo_code::MAX_CODE;

/// Lists and paths of one noun, and the prefix of its ids.
const NOUNS: [(&str, &str); 12] = [
    ("links", "lnk"),
    ("keys", "key"),
    ("domains", "dom"),
    ("posts", "pst"),
    ("sources", "src"),
    ("inbox", "dlv"),
    ("costs", "cst"),
    ("engagement", "eng"),
    ("clicks", "clk"),
    ("conversions", "cnv"),
    ("campaigns", "cmp"),
    ("customers", "cus"),
];

/// Adds the limits of an operation's parameters.
pub(super) fn describe(path: &str, operation: &mut Operation) {
    let noun = path.trim_start_matches("/api/v1/").split('/').next();
    let noun = noun.unwrap_or_default();
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(Parameter {
            name,
            parameter_in,
            schema: Some(RefOr::T(Schema::Object(schema))),
            ..
        }) = parameter
        {
            match parameter_in {
                ParameterIn::Path => of_path(noun, name, schema),
                ParameterIn::Query => of_query(path, noun, name, schema),
                _ => {}
            }
        }
    }
}

fn prefix(noun: &str) -> Option<&'static str> {
    let found = NOUNS.iter().find(|(known, _)| *known == noun);
    found.map(|(_, prefix)| *prefix)
}

fn of_path(noun: &str, name: &str, schema: &mut Object) {
    match (noun, name) {
        // Its id or tag.
        ("campaigns", _) => schema.max_length = Some(MAX_NAME),
        // Its id or the reporter's id of the event.
        ("conversions", _) => schema.max_length = Some(MAX_EVENT_ID),
        // Its id, slug or short URL.
        ("links", _) => schema.max_length = Some(MAX_LINK_NAME),
        // Its id, or the shop's own id.
        ("customers", _) => schema.max_length = Some(MAX_EXTERNAL_ID),
        // Its id or its host.
        ("domains", _) => schema.max_length = Some(MAX_HOST),
        ("promo-codes", _) => schema.max_length = Some(MAX_CODE),
        (_, "source_id") => schema.pattern = Some(id::pattern("src")),
        (noun, "id") => schema.pattern = prefix(noun).map(id::pattern),
        _ => {}
    }
}

fn of_query(path: &str, noun: &str, name: &str, schema: &mut Object) {
    match (noun, name) {
        ("orphans", "cursor") => {
            schema.max_length = Some(MAX_CURSOR);
            schema.pattern = Some("^[^~]+~[^~]*~".to_owned());
        }
        ("promo-codes", "cursor") => schema.max_length = Some(MAX_CODE),
        (noun, "cursor") => schema.pattern = prefix(noun).map(id::pattern),
        (_, "campaign_id" | "compare") => schema.max_length = Some(MAX_NAME),
        (_, "link_id") => schema.max_length = Some(MAX_LINK_NAME),
        ("conversions", "source_id") => {
            let of_sources = id::pattern("src");
            let of_sources = of_sources.trim_start_matches('^').trim_end_matches('$');
            schema.pattern = Some(format!("^(api|{of_sources})$"));
        }
        (_, "source_id") => schema.pattern = Some(id::pattern("src")),
        (_, "model") => schema.enum_values = Some(models(!path.ends_with("/next"))),
        // The report over all campaigns has its own enumeration.
        ("campaigns", "by") => {
            let names = Dimension::ALL.map(Dimension::as_str).join("|");
            schema.pattern = Some(format!("^({names})(,({names}))?$"));
        }
        (_, "intent") => schema.pattern = Some(one_or_more(&Intent::ALL.map(Intent::as_str))),
        (_, "device") => {
            let kinds = DeviceKind::ALL.map(DeviceKind::as_str);
            schema.pattern = Some(one_or_more(&[&kinds[..], &[UNKNOWN]].concat()));
        }
        (_, "country") => schema.pattern = Some(one_or_more(&["[A-Za-z]{2}", UNKNOWN])),
        _ => {}
    }
}

/// The words of attribution models.
fn models(has_data_driven: bool) -> Vec<Value> {
    let rules = AttributionModel::ALL
        .map(AttributionModel::as_str)
        .into_iter();
    let others = DataDrivenModel::ALL
        .map(DataDrivenModel::as_str)
        .into_iter();
    let words = rules.chain(others.filter(|_| has_data_driven));
    words.map(Value::from).collect()
}

/// Values separated by commas, with optional spaces.
fn one_or_more(values: &[&str]) -> String {
    let one = format!(r"\s*({})\s*", values.join("|"));
    format!("^{one}(,{one})*$")
}
