//! Any bytes as the request of a provider, with what has to hold of whatever it is read as.
//!
//! The fuzz targets run it, and so does the test that replays inputs which were hard once.
//!
//! ```text
//! [GET ] url                              ; a line without a space behind its first word
//! name: value                             ; headers; `settings: {…}` are the source's
//!                                         ; an empty line
//! body                                    ; without an empty line everything is the body
//! ```

use std::collections::HashSet;
use std::sync::LazyLock;

use leadline::clock::Millis;
use leadline::conversion::order::{OrderFacts, OrderObservation, apply, ledger};
use leadline::id::{ConversionId, SourceId, WorkspaceId};
use leadline::provider::ReportContext;
use leadline::provider::{
    ConversionReport, Delivery, OrderReport, ProviderKind, SourceSettings, VerifiedWebhook,
    WebhookEffect, postback,
};
use leadline::vault::Vault;
use secrecy::SecretString;

/// Largest amount in minor units, either way.
const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// Longest id that is kept, in characters.
const MAX_ID: usize = 200;

/// 2026-03-10T12:00:00Z, when every request comes in.
const NOW: Millis = Millis(1_773_144_000_000);

fn workspace() -> WorkspaceId {
    WorkspaceId::from_parts(NOW, [1; 10])
}

static VAULT: LazyLock<Vault> = LazyLock::new(|| Vault::from_key([7; 32]));

/// Takes the request as the service does, as far as no store is needed.
///
/// # Panics
/// When anything that has to hold does not.
pub fn run(kind: ProviderKind, input: &[u8]) {
    let (delivery, settings) = request(input);
    let secrets = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "hush-hush"];
    let secrets = secrets.map(|text| SecretString::from(text.to_owned()));
    let _ = kind.is_ping(&delivery);
    let _ = kind.verify(&delivery, &secrets, &settings, NOW);
    if kind == ProviderKind::Postback {
        let _ = postback::click_id(&delivery);
    }
    let proven = VerifiedWebhook::before(&delivery);
    let has_form = kind.check_form(proven).is_ok();
    let Ok(parsed) = kind.read(proven, &settings, NOW) else {
        return;
    };
    let again = kind.read(proven, &settings, NOW);
    assert_eq!(again.as_ref(), Ok(&parsed), "read again, it says the same");
    if !has_form {
        return;
    }
    for effect in parsed.effects {
        match effect {
            WebhookEffect::Conversion(report) => conversion(report),
            WebhookEffect::Order(report) => order(&report),
            WebhookEffect::Erase(_) => {}
        }
    }
}

/// The request and its source's settings in an input.
fn request(input: &[u8]) -> (Delivery, SourceSettings) {
    let mut settings = SourceSettings {
        accept_test: true,
        ..SourceSettings::default()
    };
    let mut delivery = Delivery {
        method: "POST".to_owned(),
        url: "https://ll.example/api/v1/webhooks/src_1".to_owned(),
        ..Delivery::default()
    };
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((&[][..], input), |end| (&input[..end], &input[end + 2..]));
    delivery.body = body.to_vec();
    for line in String::from_utf8_lossy(head).lines() {
        match line.split_once(": ") {
            Some(("settings", json)) => {
                settings = serde_json::from_str(json).unwrap_or(settings);
            }
            Some((name, value)) => {
                let name = name.to_ascii_lowercase();
                delivery.headers.push((name, value.to_owned()));
            }
            None => {
                let get = line.strip_prefix("GET ");
                get.map_or("POST", |_| "GET")
                    .clone_into(&mut delivery.method);
                get.unwrap_or(line).clone_into(&mut delivery.url);
            }
        }
    }
    (delivery, settings)
}

fn email_hash(email: &str) -> String {
    VAULT.email_hash(workspace(), email)
}

fn conversion(report: ConversionReport) {
    let context = ReportContext {
        id: ConversionId::from_parts(NOW, [2; 10]),
        workspace_id: workspace(),
        source_id: Some(SourceId::from_parts(NOW, [3; 10])),
        now: NOW,
        email_hash: &email_hash,
    };
    let Ok(made) = report.into_conversion(&context) else {
        return;
    };
    is_id(&made.event_id);
    made.refund_of.as_deref().into_iter().for_each(is_id);
    if let Some(value) = made.value {
        is_amount(value.amount);
    }
    can_be_kept(&made);
}

fn order(report: &OrderReport) {
    let Ok(observations) = report.observations(NOW, &email_hash) else {
        return;
    };
    report.names.iter().for_each(|(_, name)| is_id(name));
    let mut parts = OrderFacts::new();
    for told in observations {
        can_be_kept(&told);
        is_id(&told.part);
        apply(&mut parts, told);
    }
    let mut all: Vec<OrderObservation> = parts.into_values().collect();
    let lines = ledger(&all);
    // A lead, a sale and what an order that is off takes back; a dispute has two lines.
    assert!(lines.len() <= 2 * all.len() + 3, "{} lines", lines.len());
    let distinct: HashSet<_> = lines
        .iter()
        .map(|it| (it.kind.to_string(), &it.part))
        .collect();
    assert_eq!(distinct.len(), lines.len(), "one line of a kind and part");
    for line in &lines {
        if let Some(value) = line.value {
            is_amount(value.amount);
        }
    }
    all.reverse();
    assert_eq!(ledger(&all), lines, "whatever the order it was told in");
}

fn is_id(text: &str) {
    let length = text.chars().count();
    assert!(
        (1..=MAX_ID).contains(&length),
        "an id of {length} characters"
    );
}

fn is_amount(amount: i64) {
    assert!((-MAX_AMOUNT..=MAX_AMOUNT).contains(&amount), "{amount}");
}

/// Nothing that goes into the store holds NUL, which not every database can keep, and it reads back
/// the same.
fn can_be_kept<T>(told: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let json = serde_json::to_string(told).expect("it has a form at rest");
    assert!(!json.replace("\\\\", "").contains("\\u0000"), "{json}");
    let back: T = serde_json::from_str(&json).expect("it can be read back");
    assert_eq!(&back, told);
}
