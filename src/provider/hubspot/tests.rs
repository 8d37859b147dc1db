//! HubSpot: which requests are accepted, and what contacts, stages and deals become.

use super::*;
use crate::conversion::ClickIdSource;
use crate::provider::testing::{self, CLICK, KEY, fixture};

const KIND: crate::provider::ProviderKind = crate::provider::ProviderKind::Hubspot;
const NOW: Millis = Millis(1_773_144_002_000);

fn sign_at(url: &str, body: &[u8], key: &str, time: Millis) -> Delivery {
    let time = time.0.to_string();
    let address = decoded(url);
    let parts = [b"POST".as_slice(), &address, body, time.as_bytes()];
    let signature = STANDARD.encode(signature::hmac_sha256(key.as_bytes(), &parts));
    let headers = [
        ("x-hubspot-signature-v3", signature.as_str()),
        ("x-hubspot-request-timestamp", &time),
    ];
    Delivery {
        url: url.to_owned(),
        ..testing::delivery(&headers, body)
    }
}

fn sign(body: &[u8], key: &str) -> Delivery {
    sign_at(
        "https://go.example.com/api/v1/webhooks/src_1",
        body,
        key,
        NOW,
    )
}

fn parse(body: &[u8]) -> Result<ParsedWebhook, ReportError> {
    testing::read(KIND, &sign(body, KEY), &SourceSettings::default(), NOW)
}

fn read(name: &str) -> ParsedWebhook {
    parse(&fixture(&format!("hubspot/{name}.json"))).unwrap()
}

#[test]
fn the_signature_of_hubspot_s_own_library_passes() {
    let headers = [
        (
            "x-hubspot-signature-v3",
            "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=",
        ),
        ("x-hubspot-request-timestamp", "15000000"),
    ];
    let delivery = Delivery {
        url: "https://www.example.com/webhook_uri".to_owned(),
        ..testing::delivery(&headers, b"{'example_field':'example_value'}")
    };
    let keys = testing::secrets(&["yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"]);
    assert_eq!(verify(&delivery, &keys, Millis(15_000_000)), Ok(()));
    let elsewhere = Delivery {
        url: "https://www.example.com/webhook_url".to_owned(),
        ..delivery
    };
    let refused = verify(&elsewhere, &keys, Millis(15_000_000));
    assert_eq!(refused, Err(Error::Signature), "the address is signed");
}

#[test]
fn the_signature_proves_the_sender() {
    let settings = SourceSettings::default();
    let header = "x-hubspot-signature-v3";
    testing::refuses_what_proves_nothing(KIND, &settings, NOW, header, sign);
    let signed = sign(b"[]", KEY);
    let check = |ms| verify(&signed, &testing::secrets(&[KEY]), NOW.plus_ms(ms));
    assert_eq!((check(300_000), check(-300_000)), (Ok(()), Ok(())));
    assert_eq!(check(301_000), Err(Error::TooOld));
    assert_eq!(check(-301_000), Err(Error::TooNew));
    let mut odd = signed;
    odd.headers[1].1 = "soon".to_owned();
    let refused = verify(&odd, &testing::secrets(&[KEY]), NOW);
    assert_eq!(refused, Err(Error::Timestamp));
}

#[test]
fn addresses_are_decoded_as_hubspot_does() {
    let url = "https://go.example.com/a%2fb%3Fc%40%21%24%27%28%29%2A%2C%3B?d=%3Ae%20f%26%zz%4";
    let shown = "https://go.example.com/a/b?c@!$'()*,;?d=:e%20f%26%zz%4";
    assert_eq!(String::from_utf8(decoded(url)).unwrap(), shown);
}

#[test]
fn a_contact_is_one_lead_whose_trail_adds_up() {
    let parsed = read("contact");
    assert_eq!(parsed.note, None);
    let orders: Vec<&OrderReport> = parsed
        .effects
        .iter()
        .filter_map(|effect| match effect {
            WebhookEffect::Order(report) => Some(report),
            _ => None,
        })
        .collect();
    let records: Vec<_> = orders
        .iter()
        .map(|order| (order.record, order.version.0))
        .collect();
    assert_eq!(
        records,
        [
            ("ll_click", 1_773_144_000_456),
            ("creation", 1_773_144_000_123),
            ("email", 1_773_144_000_789),
            ("first_url", 1_773_144_001_000)
        ]
    );
    for order in &orders {
        assert_eq!(order.names, [(0, "contact:65059681032".to_owned())]);
        let id = order.hints.customer.external_id.as_deref();
        assert_eq!(id, Some("65059681032"));
    }
    let evidence = |at: usize| orders[at].hints.evidence(&|email| email.to_owned());
    let clicks: Vec<_> = evidence(0).clicks().collect();
    assert_eq!(clicks, [(CLICK.parse().unwrap(), ClickIdSource::Given)]);
    assert_eq!(
        evidence(2).email_hash.as_deref(),
        Some("ann@people.example")
    );
    assert_eq!(evidence(3).utm.campaign.as_deref(), Some("summer-sale"));
    let one_by_one = parsed
        .effects
        .iter()
        .map(|effect| vec![effect.clone()].into());
    let order_scenarios: Vec<ParsedWebhook> = one_by_one.collect();
    assert_eq!(
        testing::ledger(&order_scenarios),
        ["lead  at 2026-03-10T12:00:00.123Z"]
    );
}

#[test]
fn a_stage_is_an_event_of_the_contact() {
    let parsed = read("contact");
    let Some(WebhookEffect::Conversion(report)) = parsed.effects.last() else {
        panic!("{parsed:?}");
    };
    assert_eq!(report.kind, ConversionKind::Event);
    assert_eq!(report.name.as_deref(), Some("customer"));
    assert_eq!(report.event_id.as_deref(), Some("customer:65059681032"));
    assert_eq!(report.occurred_at, Some(Millis(1_773_576_000_000)));
    let customer = report.customer.as_ref().unwrap();
    assert_eq!(customer.external_id.as_deref(), Some("65059681032"));
}

#[test]
fn deals_and_erasures() {
    assert_eq!(read("deal_won"), ParsedWebhook::nothing(DEAL));
    let customer = ReportedCustomer {
        external_id: Some("65059681032".into()),
        email: None,
    };
    assert_eq!(
        read("privacy_deletion"),
        vec![WebhookEffect::Erase(customer)].into()
    );
    let other = parse(br#"[{"subscriptionType":"contact.deletion","objectId":1}]"#).unwrap();
    assert_eq!((other.effects.len(), other.note.is_some()), (0, true));
}

#[test]
fn what_cannot_be_read_says_what_to_mend() {
    for (body, says) in [
        (r#"{"vid": 1}"#, "not those of a workflow"),
        (r#"[{"objectId": 1}]"#, "`subscriptionType`"),
        (
            r#"[{"subscriptionType":"contact.creation","occurredAt":1}]"#,
            "`objectId`",
        ),
        (
            r#"[{"subscriptionType":"contact.creation","objectId":1}]"#,
            "`occurredAt`",
        ),
        ("[", "not JSON"),
    ] {
        let text = parse(body.as_bytes()).unwrap_err().to_string();
        assert!(text.contains(says), "{body}: {text}");
    }
}

#[test]
fn whatever_comes_is_answered() {
    let names = ["contact", "deal_won", "privacy_deletion"];
    let samples = names.map(|name| fixture(&format!("hubspot/{name}.json")));
    testing::survives_anything(KIND, &SourceSettings::default(), &samples);
}
