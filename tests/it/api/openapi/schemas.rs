//! Compares values with the description's schemas. It supports the part of JSON Schema that the
//! description uses, with one more rule: an object has only described fields. An unknown keyword
//! fails the test.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What a schema says to readers, or to generators, and not of values.
const ABOUT: [&str; 7] = [
    "description",
    "example",
    "examples",
    "title",
    "default",
    "deprecated",
    "readOnly",
];

/// What a schema may say of a value.
const KNOWN: [&str; 18] = [
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "format",
    "pattern",
    "oneOf",
    "anyOf",
    "items",
    "required",
    "properties",
    "propertyNames",
    "additionalProperties",
];

/// The schemas of the description.
pub(crate) struct Schemas {
    by_name: Map<String, Value>,
}

impl Schemas {
    pub(crate) fn of(description: &Value) -> Schemas {
        let by_name = description["components"]["schemas"].as_object().unwrap();
        Schemas {
            by_name: by_name.clone(),
        }
    }

    /// What is wrong with a value.
    pub(crate) fn problems(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, value, "", true, &mut found);
        found
    }

    fn named(&self, target: &Value) -> &Value {
        let name = target.as_str().unwrap().rsplit('/').next().unwrap();
        self.by_name
            .get(name)
            .unwrap_or_else(|| panic!("no schema {name}"))
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        self.problems(schema, value).is_empty()
    }

    fn check(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        is_closed: bool,
        found: &mut Vec<String>,
    ) {
        if *schema == Value::Bool(true) {
            return;
        }
        let keywords = schema
            .as_object()
            .unwrap_or_else(|| panic!("{schema} is no schema"));
        let mut wrong = |what: String| found.push(format!("{at}: {value} {what}"));
        for (keyword, rule) in keywords {
            let (number, length) = (
                value.as_f64(),
                value.as_str().map(|text| text.chars().count()),
            );
            let (items, limit) = (
                value.as_array().map(Vec::len),
                rule.as_u64().and_then(|n| usize::try_from(n).ok()),
            );
            match keyword.as_str() {
                "type" if !is_of_type(rule, value) => wrong(format!("is no {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    wrong(format!("is none of {rule}"));
                }
                "const" if rule != value => wrong(format!("is not {rule}")),
                "minimum" if number < rule.as_f64() && number.is_some() => {
                    wrong(format!("is below {rule}"));
                }
                "maximum" if number > rule.as_f64() => wrong(format!("is above {rule}")),
                "minLength" if length.is_some() && length < limit => {
                    wrong(format!("is shorter than {rule}"));
                }
                "maxLength" if length > limit => wrong(format!("is longer than {rule}")),
                "minItems" if items.is_some() && items < limit => {
                    wrong(format!("has less than {rule}"));
                }
                "maxItems" if items > limit => wrong(format!("has more than {rule}")),
                "format" if !is_of_format(rule, value) => wrong(format!("has not the form {rule}")),
                "pattern" if !is_like(rule, value) => wrong(format!("is not like {rule}")),
                "oneOf" | "anyOf" => {
                    let fitting = rule
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(|rule| self.fits(rule, value));
                    let count = fitting.count();
                    if count == 0 || (keyword == "oneOf" && count > 1) {
                        wrong(format!("fits {count} of {rule}"));
                    }
                }
                _ => {}
            }
        }
        self.check_parts(keywords, value, at, is_closed, found);
        if let (true, Value::Object(fields)) = (is_closed, value) {
            self.check_others(schema, fields, at, found);
        }
    }

    /// What a schema says of the parts of a value.
    fn check_parts(
        &self,
        keywords: &Map<String, Value>,
        value: &Value,
        at: &str,
        is_closed: bool,
        found: &mut Vec<String>,
    ) {
        for (keyword, rule) in keywords {
            match (keyword.as_str(), value) {
                ("$ref", _) => self.check(self.named(rule), value, at, is_closed, found),
                ("allOf", _) => {
                    for part in rule.as_array().unwrap() {
                        self.check(part, value, at, false, found);
                    }
                }
                ("items", Value::Array(items)) => {
                    for (number, item) in items.iter().enumerate() {
                        self.check(rule, item, &format!("{at}/{number}"), true, found);
                    }
                }
                ("required", Value::Object(fields)) => {
                    let missing = rule
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|name| name.as_str().unwrap());
                    let missing = missing.filter(|name| !fields.contains_key(*name));
                    found.extend(missing.map(|name| format!("{at}: lacks {name}")));
                }
                ("properties", Value::Object(fields)) => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if let Some(field) = fields.get(name) {
                            self.check(rule, field, &format!("{at}/{name}"), true, found);
                        }
                    }
                }
                ("propertyNames", Value::Object(fields)) => {
                    for name in fields.keys() {
                        self.check(rule, &Value::String(name.clone()), at, true, found);
                    }
                }
                (other, _) => {
                    let is_known = KNOWN.contains(&other) || ABOUT.contains(&other);
                    assert!(is_known, "{other} is not known here");
                }
            }
        }
    }

    /// Fields that no schema of an object names.
    fn check_others(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let (mut names, mut others) = (BTreeSet::new(), Vec::new());
        if !self.gather(schema, &mut names, &mut others) {
            return;
        }
        for (name, field) in fields
            .iter()
            .filter(|(name, _)| !names.contains(name.as_str()))
        {
            match others.first() {
                Some(rule) => self.check(rule, field, &format!("{at}/{name}"), true, found),
                None => found.push(format!("{at}: {name} is not described")),
            }
        }
    }

    /// The fields that a schema of an object names, and the schemas of others; whether it names
    /// any.
    fn gather<'a>(
        &'a self,
        schema: &'a Value,
        names: &mut BTreeSet<&'a str>,
        others: &mut Vec<&'a Value>,
    ) -> bool {
        let mut any = false;
        if let Some(fields) = schema["properties"].as_object() {
            names.extend(fields.keys().map(String::as_str));
            any = true;
        }
        if let Some(rule) = schema
            .get("additionalProperties")
            .filter(|rule| rule.is_object())
        {
            others.push(rule);
            any = true;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let part = part.get("$ref").map_or(part, |target| self.named(target));
            any |= self.gather(part, names, others);
        }
        any
    }
}

fn is_like(rule: &Value, value: &Value) -> bool {
    let pattern = regex::Regex::new(rule.as_str().unwrap()).unwrap();
    value.as_str().is_none_or(|text| pattern.is_match(text))
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    if let Value::Array(rules) = rule {
        return rules.iter().any(|rule| is_of_type(rule, value));
    }
    match rule.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

fn is_of_format(rule: &Value, value: &Value) -> bool {
    let text = value.as_str();
    match rule.as_str().unwrap() {
        "date-time" => text.is_none_or(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "date" => text.is_none_or(|text| text.parse::<jiff::civil::Date>().is_ok()),
        "int32" => value.as_i64().is_none_or(|n| i32::try_from(n).is_ok()),
        "int64" | "double" | "uri" | "binary" => true,
        other => panic!("no format {other}"),
    }
}
